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
from myst_nb import glue

import clustergap as cg
from bookkit import display as style
from bookkit.ledger import Ledger
from bookkit.page import beside, export
from clustergap.requirements import require_told
from paneldid.identified import (
    Gaps,
    NotEstimable,
    require_effect,
    require_never,
)
from paneldid.staggered import aggregate, att_gt, balanced
from printcheck.verdicts import level_reached

style.use_style()
# Dropped singletons are counted below; no need to be warned as well.
warnings.filterwarnings("ignore", message=".*singleton.*")

# %%
study = cg.load(DATA)
panel = study.panel

# %% tags=["remove-input"]
style.banner(study)

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
controls = "pgdp+pgra+ind+serv+fiscal+edu+financial+com"
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
names = list(samples)
fits = {}
gaps = Gaps()  # samples that the data at hand do not carry
for place, (name, rows) in enumerate(samples.items()):
    with gaps.column(name):
        other_half = samples[names[place ^ 1]]
        require_told(study, rows, other_half)
        require_effect(rows, "this sample")
        fits[name] = pf.feols(
            formula, rows, vcov=by_county, fixef_rm="singleton"
        )

# %% tags=["hide-input"]
style.table(
    style.regression_table(
        fits, {"did": "DID"}, {"Controls": ["Yes"] * len(fits)}
    ),
    name="tbl-6",
    caption="Heterogeneity (the paper's Table 6)",
    source=study.source,
    notes=style.STARS_NOTE + gaps.note,
)

# %% tags=["remove-cell"]
for name, fit in fits.items():
    glue(f"lost_{name[1]}", int(len(samples[name]) - fit._N), display=False)

# %% [markdown]
# County-years lost as {term}`singletons <singleton>`, column by column: {glue:text}`lost_1`, {glue:text}`lost_2`, {glue:text}`lost_3`,
# {glue:text}`lost_4`, {glue:text}`lost_5` and {glue:text}`lost_6`. The paper's columns 1 and 2 together
# lack one row of its panel, and its columns 5 and 6 together many more: what dropped singletons would leave. (Its column 2 is also one row
# short of whole counties. One county that changes type would explain both: the year that column 2 lacks stands alone in column 1, and drops out there.)
#
# ## Printed and re-estimated

# %% tags=["hide-input"]
book = Ledger("04_6_heterogeneity", study.source)
beta, level = dict.fromkeys(samples, np.nan), dict.fromkeys(samples, 100)
for name, fit in fits.items():
    book.record_fit("table_6", name[1], fit, {"did": "did"})
    beta[name] = fit.coef()["did"]
    level[name] = level_reached(fit.pvalue()["did"])
book.record_number("coefficient_high_value", beta["(1) High-value"])
book.record_number("coefficient_grain", beta["(2) Grain"])
book.record_number("coefficient_eastern", beta["(3) Eastern"])
book.record_number("coefficient_central_western", beta["(4) Central-western"])
book.record_number(
    "significance_table_6_column_1_and_2",
    max(level["(1) High-value"], level["(2) Grain"]),
)
book.record_number(
    "significance_table_6_column_3_and_4",
    max(level["(3) Eastern"], level["(4) Central-western"]),
)
book.record_number("loan_median_first_year", panel["year"].min())
book.record_number("loan_median_last_year", panel["year"].max())
export(book.file)
beside(book, "table_6")

# %% [markdown]
# ## Are the differences there?
#
# Two coefficients can both be significant, or one of them not, without being different. The
# difference has a standard error of its own. For samples of different counties it is
# $\sqrt{s_1^2 + s_2^2}$; where a county may be in both, estimate one regression in which everything,
# fixed effects included, is interacted with the split, and cluster by county.

# %%
splits = {"type": grain, "region": eastern, "finance": high}
pairs = {
    name: (names[one], names[other])
    for name, one, other in (
        ("type", 1, 0),
        ("region", 2, 3),
        ("finance", 4, 5),
    )
    if names[one] in fits and names[other] in fits
}


def interacted(split):
    """One regression for both samples: the difference of the two coefficients."""
    data = panel.assign(
        side=split.astype(int),
        county_side=panel["county"] + split.map({True: "a", False: "b"}),
        year_side=panel["year"].astype(str)
        + split.map({True: "a", False: "b"}),
    )
    data["did_side"] = data["did"] * data["side"]
    both = [f"{c}_side" for c in cg.CONTROLS]
    data = data.assign(
        **{f"{c}_side": data[c] * data["side"] for c in cg.CONTROLS}
    )
    return pf.feols(
        f"gap~did+did_side+{controls}+{'+'.join(both)}|county_side+year_side",
        data,
        vcov=by_county,
        fixef_rm="singleton",
    )


differences = {name: interacted(splits[name]) for name in pairs}

# %% tags=["hide-input"]
rows = []
for name, (one, other) in pairs.items():
    a, b = fits[one], fits[other]
    gap_ab = a.coef()["did"] - b.coef()["did"]
    naive = np.hypot(a.se()["did"], b.se()["did"])
    joint = differences[name]
    rows.append(
        {
            "split": f"{one[4:]} less {other[4:]}",
            "difference": f"{gap_ab:.3f}",
            "SE, samples independent": f"({naive:.3f})",
            "SE, one regression": f"({joint.se()['did_side']:.3f})",
            "p": f"{joint.pvalue()['did_side']:.4f}",
        }
    )
    assert np.isclose(joint.coef()["did_side"], gap_ab, atol=1e-6)
    glue(f"z_{name}", float(gap_ab / naive), display=False)
    glue(f"p_{name}", float(joint.pvalue()["did_side"]), display=False)
style.table(
    pd.DataFrame(rows),
    name="tbl-differences",
    caption="Differences between the samples' coefficients",
    source=study.source,
    notes="Differences of unrounded coefficients.",
)

# %% [markdown]
# Three splits are three tests; multiplying each $p$-value by three is a blunt but honest
# correction.

# %% [markdown]
# ## Who is compared with whom in the grain sample?

# %% tags=["remove-cell"]
require_effect(panel[grain], "the grain sample")
grain_units = panel[grain].drop_duplicates("county")
glue("grain_counties", study.count(len(grain_units)), display=False)
glue("grain_never", int(grain_units["treat"].eq(0).sum()), display=False)

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
require_effect(panel)
require_never(panel)
never = panel[panel["treat"] == 0]
type_of = panel.groupby("county")["cluster_type"].transform("first")
repaired, cells, against = {}, {}, Gaps()
for number, kind in ((1, "high_value"), (2, "grain")):
    name = names[number - 1]
    with against.column(name[4:]):
        own, other_half = samples[name], samples[names[2 - number]]
        own = own[own["treat"] == 1]
        require_told(study, own, other_half)
        both = pd.concat([own, never])
        require_effect(both, "this sample")
        of_kind = panel[(type_of == kind) | (panel["treat"] == 0)]
        cells[name] = aggregate(
            att_gt(balanced(of_kind, ["gap"]), "gap"), "simple"
        )
        repaired[name] = pf.feols(
            formula, both, vcov=by_county, fixef_rm="singleton"
        )

# %% tags=["hide-input"]
if not repaired:
    raise NotEstimable(next(iter(against.reasons.values())))
rows = []
for name, fit in repaired.items():
    found = [
        (one.coef()["did"], one.se()["did"])
        for one in (fits.get(name), fit)
        if one is not None
    ]
    found.append((cells[name].overall, cells[name].overall_se))
    shown = [f"{estimate:.3f} ({se:.3f})" for estimate, se in found]
    rows.append([name[4:], *["–"] * (3 - len(shown)), *shown])
style.table(
    pd.DataFrame(
        rows,
        columns=[
            "type",
            "the paper's sample",
            "with the never treated",
            "against the never treated alone",
        ],
    ),
    name="tbl-never",
    caption="Beyond the paper: the effect by type, and whom it is measured against",
    source=study.source,
    notes="Standard errors, clustered by county, are in parentheses. The last column takes a county's first type for good."
    + against.note,
)

# %% tags=["hide-input"]
words = ""
if len(repaired) == 2 and all(name in fits for name in repaired):
    high_value, with_grain = repaired
    apart = [
        of[with_grain] - of[high_value]
        for of in (
            {name: fits[name].coef()["did"] for name in repaired},
            {name: fit.coef()["did"] for name, fit in repaired.items()},
            {name: found.overall for name, found in cells.items()},
        )
    ]
    told = [f"{value:.3f}".replace("-", "−") for value in apart]
    words = (
        f"The coefficient of grain clusters less that of high-value ones, both unrounded, is {told[0]} in the paper's samples, {told[1]} with the never "
        f"treated in both, and {told[2]} against them alone. "
    )
    if len(set(np.sign(apart))) > 1:
        words += "So the sign depends on whom one compares with. "
    words += (
        "On the synthetic panel only the paper's samples were calibrated, the grain one within itself, where nothing but "
        "timing counts: nothing printed says how grain counties did beside those that never joined. So the other columns are "
        "no finding about grain. They show how far a coefficient from timing alone can lie from a comparison with counties outside."
        if study.synthetic
        else "The comparison with the never treated is the one that both types share, so it is the one to compare them by. Where "
        "the columns of a type lie apart by more than chance, effects differ between batches or years, or trends were not parallel."
    )
style.prose(words) if words else None

# %% [markdown]
# ## Exercises

# %% tags=["remove-input"]
style.prose(
    "That the synthetic panel differs between samples was put into it, from the printed coefficients. What the "
    "comparison of samples means is the real question here."
    if study.synthetic
    else "They use the panel named at the head of this page."
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
timing = samples["(1) High-value"].query("treat == 1")
shrunk = pf.feols(formula, timing, vcov=by_county, fixef_rm="singleton")
answer_1 = float(shrunk.coef()["did"])
glue("without_never", answer_1, display=False)
glue("with_never", float(fits["(1) High-value"].coef()["did"]), display=False)
glue(
    "times_se",
    float(shrunk.se()["did"] / fits["(1) High-value"].se()["did"]),
    display=False,
)

# %% tags=["check", "hide-cell"]
wanted = panel[panel["cluster_type"] == "high_value"]
wanted = wanted[wanted.groupby("county")["year"].transform("size") > 1]
apart = pf.feols(f"did~{controls}|county+year", wanted, vcov="iid")
rest, in_wanted = apart.resid(), wanted["gap"].to_numpy()
assert not np.isclose(
    answer_1, fits["(1) High-value"].coef()["did"], rtol=1e-3
), "this is column 1: the never-treated counties are still in"
assert np.isclose(answer_1 * (rest @ rest), rest @ in_wanted, rtol=1e-3), (
    "not the baseline formula on the counties of high-value clusters alone"
)

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

# %% tags=["check", "hide-cell"]
years = panel["year"].nunique()
assert sum(answer_2) == len(panel), "the two samples should make up the panel"
assert all(n % years == 0 for n in answer_2), (
    "a county is still on both sides: the split must be by county"
)
by_year = panel.pivot(index="county", columns="year", values="loans")
middle = np.median(by_year, axis=1)
above = int((middle > np.median(middle)).sum())
assert answer_2[0] == above * years, (
    "above the median of the counties' medians"
)

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
    vcov=by_county,
)
answer_3 = float(lent.coef()["did"])

# %% tags=["check", "hide-cell"]
wide = panel.pivot(index="county", columns="year")
moving = wide["did"].sub(wide["did"].mean(axis=1), axis=0)
moving = moving - moving.mean()  # exact in a balanced panel
by_hand = (moving * np.log(wide["loans"])).sum().sum() / (
    moving**2
).sum().sum()
assert np.isclose(answer_3, by_hand, rtol=1e-3), (
    "not the two-way coefficient: log of loans, both effects, no controls"
)

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

# %% tags=["check", "hide-cell"]
p_of = {name: fit.pvalue()["did_side"] for name, fit in differences.items()}
assert sorted(answer_4.index) == sorted(p_of), "one value for each split"
three = list(p_of)
groups = [
    [n for i, n in enumerate(three) if bits >> i & 1] for bits in range(1, 8)
]
for name in three:  # a split is rejected if every group with it is
    worst = max(len(g) * min(p_of[n] for n in g) for g in groups if name in g)
    assert np.isclose(answer_4[name], min(worst, 1), rtol=1e-6, atol=0), (
        f"{name}: is each p-value multiplied by its rank's number, and in order?"
    )

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Once the smallest is rejected, at most two true hypotheses are left, so the next needs a factor of
# two only. Holm rejects whatever Bonferroni does, and sometimes more, at the same risk of *any*
# false alarm. The check computes it in another way: a split counts as different if every group of
# splits that contains it does. Neither knows of the splits that were tried and not reported.
#
# </details>
