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
# Do all clusters work alike? The paper splits the sample three times, by product, by region and by the size of the loan market, and finds the gap to narrow more with grain, in the east and where loans are large. It compares coefficients, explains the
# differences, and does not test them. This chapter re-estimates its Table 6, tests the differences, and asks who is compared with whom.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables

# %% tags=["hide-input"]
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf
import seaborn as sns
from exercises.heterogeneity import check_1, check_2, check_3, check_4

import clustergap as cg
from bookkit.display import COLOURS, INK, counted
from bookkit.page import Page
from clustergap.requirements import left_out
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
# ## Three splits, and how the paper explains them
#
# - **Type** ({term}`grain cluster` or high value). Grain chains are standardised and easily scaled; mills and feed works stand in or near the county, and give many steady jobs to rural people. High-value crops ask for skill,
#   technique and capital {cite:p}`birthal2020`, so that leading firms, cooperatives and large growers gain first, and smallholders little {cite:p}`negi2018`.
# - **Region.** Eastern counties developed earlier; their supporting industries are mature, draw capital and talent, and rural people find work there. In the centre and west, markets are small and what supports an industry is missing, so that less labour is taken up {cite:p}`qi2024`.
# - **Finance.** Credit lets an industry grow and upgrade {cite:p}`sehrawat2016`, and with it jobs off the farm; where credit is scarce, the policy cannot show its full effect. (The paper also cites "Gao et al., 2024", which its list of references lacks.)
#
# How did it split? Its numbers of observations tell. By type, columns 1 and 2 have 10,800 and 782, together one less than the panel's 11,583. So counties that never join are in one of the two, and 782 rows cannot hold them: they are with the high-value clusters.
# And 782 is $87 \times 9 - 1$: 87 grain counties, one of them with eight years instead of nine. If that county counted as high-value in the ninth year (a county in clusters of both types counts by its latest cluster to date), it would have a single row in column 1. Such a row explains
# nothing, and Stata's `reghdfe` drops it, as pyfixest does: 10,800 + 782 + 1.
#
# By finance, the split is by year-end loans of county *and year*, above or below the median of all; a county can change sides. Region goes by province.

# %%
by_county = {"CRV1": "county"}
controls = "+".join(study.controls) or "1"
formula = f"gap~did+{controls}|county+year"

high_value, of_grain = "(1) High-value", "(2) Grain"
east, west = "(3) Eastern", "(4) Central-western"
rich, poor = "(5) High finance", "(6) Low finance"
splits = {}
if "cluster_type" in panel:
    splits["type"] = panel["cluster_type"] == "grain", of_grain, high_value
splits["region"] = panel["region"] == "eastern", east, west
if "loans" in panel:
    splits["finance"] = panel["loans"] > panel["loans"].median(), rich, poor
samples = {one: panel[half] for half, one, _ in splits.values()}
samples |= {other: panel[~half] for half, _, other in splits.values()}
carried, gaps = estimable(study, dict(sorted(samples.items())))
not_held = {f"{high_value} and {of_grain}": "cluster_type"}
not_held |= {f"{rich} and {poor}": "loans"}
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
    caption="Heterogeneity, printed and computed here",
    notes=page.STARS
    + gaps.note
    + left_out(panel, not_held)
    + study.controls_note,
) if fits else page.say(f"**There is no Table 6 on these data.**{gaps.note}")

# %% tags=["remove-cell"]
beta = {name: fit.coef()["did"] for name, fit in fits.items()}
level = {
    name: level_reached(fit.pvalue()["did"]) for name, fit in fits.items()
}
page.tell(
    lost=", ".join(
        f"{len(samples[name]) - fit._N} in column {name[1]}"
        for name, fit in fits.items()
    )
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
# County-years lost as {term}`singletons <singleton>`: {glue:text}`lost`.

# %% [markdown]
# ## Are the differences there?
#
# Two coefficients can both be significant without being different. The difference has a standard error of its own. For samples of different counties it is $\sqrt{s_1^2 + s_2^2}$; where a county may be in both, estimate one regression in which
# everything, fixed effects included, is interacted with the split, and cluster by county.


# %%
def interacted(half):
    """Interact all with a split: `did_side` is the difference."""
    side = half.astype(int)
    both = {f"{c}_side": panel[c] * side for c in ("did", *study.controls)}
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

# %% tags=["remove-input"]
tests = counted(len(differences), "test")
number = tests.split()[0]
page.say(
    f"{number.capitalize()} splits are {tests}; the simplest correction multiplies each $p$-value by {number}."
    if len(differences) > 1
    else ""
)

# %% [markdown]
# ## Who is compared with whom in the grain sample?

# %% tags=["remove-cell"]
if of_grain in carried:
    grain_units = samples[of_grain].drop_duplicates("county")
    page.tell(
        grain_counties=f"{len(grain_units):,d}",
        grain_never=str(grain_units["treat"].eq(0).sum() or "none"),
    )

# %% [markdown]
# The grain sample has {glue:text}`grain_counties` counties; of those that never join a cluster it has {glue:text}`grain_never`. Its coefficient comes from timing alone: early grain counties are compared with later ones, and once all are treated, already treated counties serve as
# controls {cite:p}`goodmanbacon2021`. The high-value sample has all the {term}`never-treated <never treated>` counties. So the two coefficients differ not in the crop alone, but also in the comparison.
#
# **The paper's own numbers say how grain did beside the never treated**, if only indirectly. Column 1 is measured against them, with −0.036; the baseline pools both types against them, with −0.033. If the pooled coefficient is a weighted mean of the two types'
# (and the controls have the same slopes in both), the other part of the mean must lie *nearer to zero* than −0.033, whatever the weights. Grain would then narrow the gap less than high-value crops, against the order of Table 6. The {doc}`audit <90_audit>` works out how much.
#
# ## Beyond the paper: both types against the never treated

# %% tags=["remove-input"]
page.say(
    "The grain sample can be repaired: give it the counties that never join a cluster. The last column of {numref}`tbl-never` leaves no other comparison: each batch against the never treated alone, by Callaway and Sant'Anna's method of "
    "{doc}`chapter 7.1 <07_1_staggered>`, without controls."
    if with_never(study, high_value=high_value[4:], grain=of_grain[4:])[0]
    else "Given the counties that never join a cluster, the grain sample could be repaired; not with these data."
)

# %%
both, absent = with_never(
    study, high_value=high_value[4:], grain=of_grain[4:]
)
repaired = {
    name: pf.feols(formula, rows, vcov=by_county, fixef_rm="singleton")
    for name, rows in both.items()
}
kinds = {"High-value": "high_value", "Grain": "grain"}
alone = {}
for name in both:
    type_of = panel.groupby("county")["cluster_type"].transform("first")
    of_kind = panel[(type_of == kinds[name]) | (panel["treat"] == 0)]
    with absent.column(f"{name}, against the never treated alone"):
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
    notes="Standard errors, clustered by county, are in parentheses. In the last column a county keeps its first type."
    + absent.note,
)

# %% tags=["hide-input"]
shown = [
    (n, f.coef()["did"], f.se()["did"], "the paper's samples")
    for n, f in fits.items()
]
shown += [
    (f"{n}, never added", f.coef()["did"], f.se()["did"], "repaired")
    for n, f in repaired.items()
]
shown += [
    (f"{n}, never only", f.overall, f.overall_se, "repaired")
    for n, f in alone.items()
]
plot = pd.DataFrame(shown, columns=["sample", "estimate", "se", "kind"])
fig, axis = plt.subplots(figsize=(5.8, 3.6))
axis.axvline(0, color=INK, linewidth=0.8)
axis.errorbar(
    plot["estimate"],
    plot["sample"],
    xerr=1.96 * plot["se"],
    fmt="none",
    color=COLOURS["grey"],
)
sns.scatterplot(
    plot,
    x="estimate",
    y="sample",
    hue="kind",
    style="kind",
    palette={
        "the paper's samples": COLOURS["blue"],
        "repaired": COLOURS["vermillion"],
    },
    s=60,
    legend=False,
    ax=axis,
    zorder=3,
)
axis.set(xlabel="Theil points, with 95 % intervals", ylabel="")
plt.close(fig) if plot.empty else page.figure(
    fig,
    name="fig-samples",
    caption=f"The {counted(len(fits), 'sample')} of Table 6 (dots)"
    + ", and both types with the never treated added or as the only comparison (crosses)"
    * bool(both)
    + ".",
    alt=" ".join(
        f"{row.sample}: {row.estimate:.3f}." for row in plot.itertuples()
    ),
)

# %% tags=["remove-input"]
page.words(
    synthetic="**On the synthetic panel only the paper's six samples were calibrated**, the grain one within itself. The other estimates "
    "are no finding about grain: they show how far a coefficient from timing alone can lie from a comparison with counties outside.",
    own="The comparison with the never treated is the one that both types share, so it is the one to compare them by. Where "
    "the columns of a type lie apart by more than chance, effects differ between batches or years, or trends were not parallel."
    * bool(both),
)

# %% [markdown]
# ## Exercises

# %% tags=["remove-input"]
page.words(
    synthetic="That the synthetic panel differs between samples was put into it, from the printed coefficients. The exercises ask what "
    "a comparison of samples means.",
    own="They use the panel named at the head of this page.",
)

# %% [markdown] tags=["synthetic"]
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
# ones can tell. So split by what was known *before* the policy.
#
# </details>

# %% [markdown] tags=["synthetic"]
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
