# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4.6 Heterogeneity
#
# Do all clusters work alike? The paper splits the sample three times, by the type of the product, by region,
# and by the size of the loan market, and compares coefficients. This chapter re-estimates its Table 6 and
# tests the differences, which the paper does not.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables

# %% tags=["hide-input"]
import warnings

import numpy as np
import pandas as pd
import pyfixest as pf
from exercises.heterogeneity import check_1, check_2, check_3, check_4

import clustergap as cg
from bookkit.page import Page
from clustergap.samples import estimable, with_never
from paneldid.staggered import aggregate, att_gt, balanced
from printcheck.verdicts import level_reached

# Dropped singletons are counted below; no need to be warned as well.
warnings.filterwarnings("ignore", message=".*singleton.*")

# %%
study = cg.load(DATA)
panel = study.panel
page = Page("04_6_heterogeneity", study)

# %% tags=["remove-input"]
page.banner()

# %% [markdown]
# ## Six samples
#
# The paper's numbers of observations suggest how it split.
#
# - **Type** ({term}`grain cluster` or not). The two samples add up to the panel but for one row, so counties without a cluster are in one of
#   them, with the high-value clusters: the grain sample is far too small to hold them. A county in clusters
#   of both types counts by its latest cluster to date.
# - **Region.** By province.
# - **Finance.** By year-end loans, above or below the median of all county-years. The split is by
#   county *and year*: a county can change sides.
#
# A county that is left with a single year in a sample explains nothing there; pyfixest drops it, as Stata's `reghdfe` does.

# %%
by_county = {"CRV1": "county"}
controls = "+".join(cg.CONTROLS)
formula = f"gap~did+{controls}|county+year"

grain = panel["cluster_type"] == "grain"
eastern = panel["region"] == "eastern"
high = panel["loans"] > panel["loans"].median()
samples = {
    "(1) High-value": panel[~grain],
    "(2) Grain": panel[grain],
    "(3) Eastern": panel[eastern],
    "(4) Central-western": panel[~eastern],
    "(5) High finance": panel[high],
    "(6) Low finance": panel[~high],
}
carried, gaps = estimable(study, samples)
fits = {
    name: pf.feols(formula, rows, vcov=by_county, fixef_rm="singleton")
    for name, rows in carried.items()
}

# %% tags=["hide-input"]
page.exhibit(
    "table_6",
    fits,
    {"did": "DID"},
    {"Controls": ["Yes"] * len(fits)},
    record={"did": "did"},
    columns=[int(name[1]) for name in fits],
    caption="Heterogeneity (the paper's Table 6)",
    notes=page.STARS + gaps.note,
)

# %% tags=["remove-cell"]
beta = {name: fit.coef()["did"] for name, fit in fits.items()}
level = {
    name: level_reached(fit.pvalue()["did"]) for name, fit in fits.items()
}
high_value, of_grain, east, west, *_ = samples
page.tell(
    **{
        f"lost_{name[1]}": len(samples[name]) - fit._N
        for name, fit in fits.items()
    }
)
page.record(
    coefficient_high_value=beta.get(high_value, np.nan),
    coefficient_grain=beta.get(of_grain, np.nan),
    coefficient_eastern=beta.get(east, np.nan),
    coefficient_central_western=beta.get(west, np.nan),
    significance_table_6_column_1_and_2=max(
        level.get(n, 100) for n in (high_value, of_grain)
    ),
    significance_table_6_column_3_and_4=max(
        level.get(n, 100) for n in (east, west)
    ),
    loan_median_first_year=panel["year"].min(),
    loan_median_last_year=panel["year"].max(),
)

# %% [markdown]
# County-years lost as {term}`singletons <singleton>`, column by column: {glue:text}`lost_1`, {glue:text}`lost_2`, {glue:text}`lost_3`,
# {glue:text}`lost_4`, {glue:text}`lost_5` and {glue:text}`lost_6`. The paper's columns 1 and 2 together
# lack one row of its panel, and its columns 5 and 6 together many more: what dropped singletons would leave. (Its column 2 is also one row
# short of whole counties. One county that changes type would explain both: the year that column 2 lacks stands alone in column 1, and drops out there.)
#
# ## Printed and re-estimated

# %% [markdown]
# ## Are the differences there?
#
# Two coefficients can both be significant, or one of them not, without being different. The
# difference has a standard error of its own. For samples of different counties it is
# $\sqrt{s_1^2 + s_2^2}$; where a county may be in both, estimate one regression in which everything,
# fixed effects included, is interacted with the split, and cluster by county.


# %%
def interacted(half):
    """Interact everything with a split; `did_side` is the difference of the two coefficients."""
    side = half.astype(int)
    both = {f"{c}_side": panel[c] * side for c in ("did", *cg.CONTROLS)}
    data = panel.assign(
        **both,
        county_side=panel["county"] + side.astype(str),
        year_side=panel["year"].astype(str) + side.astype(str),
    )
    return pf.feols(
        f"gap~did+{controls}+{'+'.join(both)}|county_side+year_side",
        data,
        vcov=by_county,
        fixef_rm="singleton",
    )


splits = {
    "type": (grain, of_grain, high_value),
    "region": (eastern, east, west),
    "finance": (high, "(5) High finance", "(6) Low finance"),
}
differences = {
    name: interacted(half)
    for name, (half, one, other) in splits.items()
    if {one, other} <= set(fits)
}

# %% tags=["hide-input"]
rows = {}
for name, joint in differences.items():
    _, one, other = splits[name]
    apart = beta[one] - beta[other]
    naive = np.hypot(fits[one].se()["did"], fits[other].se()["did"])
    assert np.isclose(joint.coef()["did_side"], apart, atol=1e-6)
    rows[f"{one[4:]} less {other[4:]}"] = {
        "difference": f"{apart:.3f}",
        "SE, samples independent": f"({naive:.3f})",
        "SE, one regression": f"({joint.se()['did_side']:.3f})",
        "p": f"{joint.pvalue()['did_side']:.4f}",
    }
page.table(
    pd.DataFrame(rows).T.rename_axis("split"),
    name="tbl-differences",
    caption="Differences between the samples' coefficients",
    notes="Differences of unrounded coefficients.",
)

# %% [markdown]
# Three splits are three tests; multiplying each $p$-value by three is a blunt but honest
# correction.

# %% [markdown]
# ## Who is compared with whom in the grain sample?

# %% tags=["remove-cell"]
grain_units = panel[grain].drop_duplicates("county")
page.tell(
    grain_counties=study.count(len(grain_units)),
    grain_never=int(grain_units["treat"].eq(0).sum()),
)

# %% [markdown]
# The grain sample has {glue:text}`grain_counties` counties, and {glue:text}`grain_never` of them never
# join a cluster. Its coefficient therefore comes from timing alone: early grain counties are compared with later ones,
# and once all are treated, there is nobody left to compare with. Two-way
# fixed effects then use already treated counties as controls {cite:p}`goodmanbacon2021`. The high-value sample, by contrast, has all the
# {term}`never-treated <never treated>` counties. The two coefficients answer different questions, and their difference is more than
# a difference of crops.

# %% [markdown]
# ## Beyond the paper: both types against the never treated
#
# The grain sample can be repaired. Give it the counties that never join a cluster, and both types are measured against the same
# counties; column 1 of the paper has them already. The last column of {numref}`tbl-never` leaves no other comparison: each batch against the
# never treated alone, by Callaway and Sant'Anna's method of {doc}`chapter 7.1 <07_1_staggered>`, without controls.

# %%
both, left_out = with_never(
    study, high_value=high_value[4:], grain=of_grain[4:]
)
repaired = {
    name: pf.feols(formula, rows, vcov=by_county, fixef_rm="singleton")
    for name, rows in both.items()
}
type_of = panel.groupby("county")["cluster_type"].transform("first")
kinds = {"High-value": "high_value", "Grain": "grain"}
alone = {}
for name in both:
    of_kind = panel[(type_of == kinds[name]) | (panel["treat"] == 0)]
    with left_out.column(f"{name}, against the never treated alone"):
        alone[name] = aggregate(
            att_gt(balanced(of_kind, ["gap"]), "gap"), "simple"
        )

# %% tags=["hide-input"]
found = pd.DataFrame(
    {
        "the paper's sample": {
            n[4:]: (f.coef()["did"], f.se()["did"]) for n, f in fits.items()
        },
        "with the never treated": {
            n: (f.coef()["did"], f.se()["did"]) for n, f in repaired.items()
        },
        "against the never treated alone": {
            n: (f.overall, f.overall_se) for n, f in alone.items()
        },
    }
).reindex([*both])
page.table(
    found.map(
        lambda cell: (
            "{:.3f} ({:.3f})".format(*cell)
            if isinstance(cell, tuple)
            else "–"
        )
    ).rename_axis("type"),
    name="tbl-never",
    caption="Beyond the paper: the effect by type, and whom it is measured against",
    notes="Standard errors, clustered by county, are in parentheses. The last column takes a county's first type for good."
    + left_out.note,
)

# %% tags=["remove-input"]
page.words(
    synthetic="On the synthetic panel only the paper's samples were calibrated, the grain one within itself, where nothing but "
    "timing counts: so the other columns are "
    "no finding about grain. They show how far a coefficient from timing alone can lie from a comparison with counties outside.",
    own="The comparison with the never treated is the one that both types share, so it is the one to compare them by. Where "
    "the columns of a type lie apart by more than chance, effects differ between batches or years, or trends were not parallel.",
)

# %% [markdown]
# ## Exercises

# %% tags=["remove-input"]
page.words(
    synthetic="That the synthetic panel differs between samples was put into it, from the printed coefficients. What the "
    "comparison of samples means is the real question here.",
    own="They use the panel named at the head of this page.",
)

# %% [markdown]
# ### Exercise 1: predict
#
# Take from the high-value counties what the grain counties lack: drop the counties that never join a
# cluster from the high-value sample, and estimate its regression again. What do you expect of the coefficient, and of its
# standard error? Store the coefficient in `answer_1`, and compare both with column 1.
#
# <details class="hint"><summary>Hint</summary>
#
# The sample of column 1 is `samples["(1) High-value"]`; the counties to drop have `treat` equal to 0.
#
# </details>

# %% tags=["solution", "hide-cell"]
timing = samples[high_value].query("treat == 1")
shrunk = pf.feols(formula, timing, vcov=by_county, fixef_rm="singleton")
answer_1 = float(shrunk.coef()["did"])
page.tell(
    without_never=answer_1,
    with_never=beta[high_value],
    times_se=shrunk.se()["did"] / fits[high_value].se()["did"],
)

# %% tags=["check"]
check_1(answer_1, panel, fits)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# If early and late counties, and counties without a cluster, all moved in parallel, and effects were
# the same at all times, the two numbers would agree but for noise. Here they are {glue:text}`with_never:.3f` with the never
# treated and {glue:text}`without_never:.3f` without; the standard error is {glue:text}`times_se:.1f` times as large, because
# much of the comparison is gone. {numref}`tbl-never` makes the same change of counties in the grain sample, the other way round.
# With real data a distance of several standard errors would say that at least one of the assumptions fails. A sample in which everyone
# is treated in the end hides this.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Split by the county's *median* loans over the years, compared with the median of all counties'
# medians, instead of by the loans of each county and year. How many county-years are then in the
# (high, low) sample? Store the two numbers in `answer_2`. Why is there no singleton any more?
#
# <details class="hint"><summary>Hint</summary>
#
# `panel.groupby("county")["loans"].transform("median")` gives each row its county's median. For the
# threshold, let every county count once.
#
# </details>

# %% tags=["solution", "hide-cell"]
usual = panel.groupby("county")["loans"].median()
rich = panel["county"].map(usual > usual.median())
answer_2 = (int(rich.sum()), int((~rich).sum()))

# %% tags=["check"]
check_2(answer_2, panel)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Now a county is on one side for good, so both numbers are multiples of the number of years, and no
# county is left with a single year. It is also a better question: a split by county-year compares a
# county's good years with other counties' good years, and a county that grows drops out of one
# sample just when something happens to it. Best is a split by loans from before the policy.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# May the policy enlarge a county's loans? Regress the logarithm of `loans` on `did` with both fixed
# effects and without controls; store the coefficient in `answer_3`. Then explain what splitting by
# loans of the same year does if the answer is yes.
#
# <details class="hint"><summary>Hint</summary>
#
# Think of a county with a cluster that crosses the median *because* of it. In which sample are its
# years before, in which those after?
#
# </details>

# %% tags=["solution", "hide-cell"]
lent = pf.feols(
    "log_loans~did|county+year",
    panel.assign(log_loans=np.log(panel["loans"])),
)
answer_3 = float(lent.coef()["did"])

# %% tags=["check"]
check_3(answer_3, panel)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Then the sample is chosen by an outcome. Treated county-years wander into the high sample, and
# there the treated are partly those where the policy worked well; the low sample keeps the treated
# years in which it did not. The two coefficients can differ even if the effect on the gap is the
# same everywhere. In the synthetic panel loans do move with `did`; what real ones do, only real
# ones can tell. Split by what was known *before*.
#
# </details>

# %% [markdown]
# ### Exercise 4: change
#
# The text multiplies the $p$-value of each split by three. Holm's method is as honest and loses
# less: multiply the smallest by three, the next by two, the largest by one, never let a value fall
# below the one before it, nor rise above one. Store the adjusted values as a Series `answer_4`,
# indexed by `type`, `region`, `finance`.
#
# <details class="hint"><summary>Hint</summary>
#
# `differences[name].pvalue()["did_side"]` has the $p$-values. Sort, multiply, then `cummax`.
#
# </details>

# %% tags=["solution", "hide-cell"]
plain = pd.Series({n: d.pvalue()["did_side"] for n, d in differences.items()})
ordered = plain.sort_values()
answer_4 = (ordered * [3, 2, 1]).cummax().clip(upper=1)

# %% tags=["check"]
check_4(answer_4, differences)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Once the smallest is rejected, at most two true hypotheses are left, so the next needs a factor of
# two only. Holm rejects whatever Bonferroni does, and sometimes more, at the same risk of *any*
# false alarm. The check computes it in another way: a split counts as different if every group of
# splits that contains it does. Neither knows of the splits that were tried and not reported.
#
# </details>
