# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 7.7 Validation on real panels
#
# Do the estimators of this book compute what their authors meant? Here they run on three real panels from the United States, beside the
# results of the reference implementations in R. No county of China, real or made up, is on this page.
#
# **The answer.** Yes: **{glue:text}`compared` numbers and {glue:text}`honest_count` intervals** agree with the references within what rounding, iterations and grids allow
# ({numref}`fig-validation`). The largest difference in a group-time effect is {glue:text}`worst_cell`; honest bounds by relative magnitude differ by {glue:text}`worst_steps:.2f` steps of R's grid at most, those by
# smoothness by {glue:text}`worst_smooth:.2f`. A failing comparison would have stopped the build.

# %% tags=["parameters"]
SEED = 0  # of the simulated critical values; any number will do

# %% tags=["hide-input"]
import json
import re

import diff_diff as dd
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf
from exercises.validation import check_1, check_2, check_3

from bookkit.display import COLOURS
from bookkit.page import Page
from bookkit.paths import DATA as DATA_FOLDER
from paneldid.honest import relative_magnitudes, smoothness
from paneldid.staggered import aggregate, att_gt

folder = DATA_FOLDER / "validation"
page = Page("07_7_validation", source="R packages did, HonestDiD, causaldata")

# %%
reference = json.loads(
    (folder / "references.json").read_text(encoding="utf-8")
)
mpdta = pd.read_csv(folder / "mpdta.csv")
medicaid = pd.read_csv(folder / "medicaid.csv")
castle = pd.read_csv(folder / "castle.csv")

# %%
plain = att_gt(mpdta, "lemp")
robust = att_gt(mpdta, "lemp", ["lpop"])
R_CELLS = {
    "none": (plain, "mpdta_cs_nocov"),
    "log population": (robust, "mpdta_cs_lpop_dr"),
}


# %% tags=["hide-input"]
def size(difference):
    """Write a difference by its order of magnitude; "none" below 1e-12."""
    difference = abs(difference)
    if difference < 1e-12:
        return "none"
    return f"{difference:.0e}"


rows = []
for covariates, (effects, key) in R_CELLS.items():
    for ours, theirs in zip(
        effects.cells.itertuples(), reference[key]["att_gt"], strict=True
    ):
        rows.append(
            {
                "covariates": covariates,
                "cohort, year": f"{ours.cohort}, {ours.year}",
                "here": f"{ours.estimate:.6f}",
                "R": f"{theirs['att']:.6f}",
                "difference": size(ours.estimate - theirs["att"]),
                "SE here": f"({ours.se:.6f})",
                "SE in R": f"({theirs['se']:.6f})",
                "SE, relative": size(ours.se / theirs["se"] - 1),
            }
        )
# %%
data = mpdta.assign(g=mpdta["cohort"].fillna(0).astype(int))
columns = {
    "outcome": "lemp",
    "unit": "county",
    "time": "year",
    "first_treat": "g",
}
two_way = pf.feols("lemp~did|county+year", mpdta, vcov={"CRV1": "county"})
sun_abraham = dd.SunAbraham().fit(data, **columns)
two_stage = dd.TwoStageDiD().fit(data, **columns)
bacon = dd.BaconDecomposition(weights="exact").fit(data, **columns)

# %% tags=["hide-input"]
lines, ratios = [], []


def compare(what, by, ours, theirs, tolerance):
    """One line: both numbers, their difference, and the tolerance of this book."""
    ratios.append((what, abs(ours - theirs) / tolerance))
    lines.append(
        {
            "result": what,
            "computed by": by,
            "here": f"{ours:.6f}",
            "R": f"{theirs:.6f}",
            "difference": size(ours - theirs),
            "allowed": f"{tolerance:.0e}",
            "verdict": "holds"
            if abs(ours - theirs) <= tolerance
            else "FAILS",
        }
    )


KINDS = {
    "event_time": "dynamic",
    "cohort": "group",
    "year": "calendar",
    "simple": "simple",
}
for covariates, (effects, key) in R_CELLS.items():
    for by, kind in KINDS.items():
        found, r = aggregate(effects, by), reference[key][kind]
        what = f"CS, {kind} mean, covariates: {covariates}"
        compare(what, "this book", found.overall, r["overall"], 1e-6)
        compare(
            f"{what}, SE",
            "this book",
            found.overall_se,
            r["overall_se"],
            1e-6,
        )
r = reference["mpdta_twfe"]["post"]
compare("two-way", "pyfixest", two_way.coef()["did"], r["coef"], 1e-6)
compare("two-way, SE", "pyfixest", two_way.se()["did"], r["se"], 1e-6)
for name, r in reference["mpdta_sunab"]["event"].items():
    k = int(name.removeprefix("year::"))
    found = sun_abraham.event_study_effects[k]
    compare(
        f"Sun–Abraham at {k}", "diff-diff", found["effect"], r["coef"], 1e-6
    )
r = reference["mpdta_sunab"]["att"]["ATT"]
compare(
    "Sun–Abraham, mean", "diff-diff", sun_abraham.overall_att, r["coef"], 1e-6
)
r = reference["mpdta_did2s"]["post::1"]
compare("two-stage", "diff-diff", two_stage.overall_att, r["coef"], 1e-5)
compare("two-stage, SE", "diff-diff", two_stage.overall_se, r["se"], 1e-5)
cells = {
    (str(c.treated_group), str(c.control_group)): c
    for c in bacon.to_dataframe().itertuples()
}
for r in reference["mpdta_bacon"]["cells"]:
    other = "never_treated" if r["untreated"] is None else str(r["untreated"])
    found = cells[str(r["treated"]), other]
    words = f"Bacon, {r['treated']} with {other.replace('_', ' ')}"
    compare(
        f"{words}: estimate", "diff-diff", found.estimate, r["estimate"], 1e-8
    )
    compare(f"{words}: weight", "diff-diff", found.weight, r["weight"], 1e-8)
for weight, label in ((None, "unweighted"), ("popwt", "weighted")):
    fit = pf.feols(
        "l_homicide~post|state+year",
        castle,
        vcov={"CRV1": "state"},
        weights=weight,
    )
    coef, se = reference["castle"][label]
    words = f"castle doctrine, {label}"
    compare(words, "pyfixest", fit.coef()["post"], coef, 1e-6)
    compare(f"{words}, SE", "pyfixest", fit.se()["post"], se, 1e-6)
# %%
event = pf.feols(
    "dins~i(year,treat,ref=2013)|state+year", medicaid, vcov={"CRV1": "state"}
)
beta, sigma, n_pre = event.coef().to_numpy(), event._vcov, 5

# %% tags=["hide-input"]
honest, steps_off, smooth_off = [], [], []


def both(what, value, ours, low, high, unit):
    off = max(abs(ours.lower - low), abs(ours.upper - high)) / unit
    honest.append(
        {
            "bounds": what,
            "size": f"{value:g}",
            "here": f"[{ours.lower:.4f}, {ours.upper:.4f}]",
            "R": f"[{low:.4f}, {high:.4f}]",
            "difference in steps": f"{off:.2f}",
        }
    )
    return off


for key, words, weights in (
    ("RM", "relative magnitudes, first year", np.array([1.0, 0.0])),
    ("RM_avg", "relative magnitudes, mean", np.array([0.5, 0.5])),
):
    r = reference["honest_medicaid"][key]
    step = 40 * np.sqrt(weights @ sigma[n_pre:, n_pre:] @ weights) / 999
    for mbar, low, high in zip(r["Mbar"], r["lb"], r["ub"], strict=True):
        ours = relative_magnitudes(
            beta,
            sigma,
            n_pre,
            mbar,
            np.random.default_rng(SEED),
            weights=weights,
        )
        steps_off.append(both(words, mbar, ours, low, high, step))
r = reference["honest_medicaid"]["SD_FLCI"]
for m, low, high in zip(r["M"], r["lb"], r["ub"], strict=True):
    ours = smoothness(beta, sigma, n_pre, m)
    step = 40 * np.sqrt(sigma[n_pre, n_pre]) / 999
    smooth_off.append(
        both("smoothness, first year", m, ours, low, high, step)
    )
# %% tags=["remove-cell"]
failed = [line["result"] for line in lines if line["verdict"] == "FAILS"]
assert not failed, failed
assert max(steps_off) < 1.5 and max(smooth_off) < 0.5, (steps_off, smooth_off)
page.tell(
    compared=len(lines) + 2 * len(rows),
    honest_count=len(honest),
    worst_steps=max(steps_off),
    worst_smooth=max(smooth_off),
)
worst = max(
    abs(o.estimate - r["att"])
    for effects, key in R_CELLS.values()
    for o, r in zip(
        effects.cells.itertuples(), reference[key]["att_gt"], strict=True
    )
)
page.tell(worst_cell=f"{worst:.0e}")
package = dd.CallawaySantAnna(control_group="never_treated").fit(
    data, covariates=["lpop"], **columns
)
off = max(
    abs(package.group_time_effects[r["group"], r["t"]]["effect"] - r["att"])
    for r in reference["mpdta_cs_lpop_dr"]["att_gt"]
)
page.tell(package_off=f"{off:.0e}")

# %% tags=["hide-input"]
agreement = [
    (f"group-time {what}", abs(found) / 1e-6)
    for effects, key in R_CELLS.values()
    for ours, theirs in zip(
        effects.cells.itertuples(), reference[key]["att_gt"], strict=True
    )
    for what, found in (
        ("effects", ours.estimate - theirs["att"]),
        ("errors, relative", ours.se / theirs["se"] - 1),
    )
]
agreement += [(re.split(", | at ", what)[0], found) for what, found in ratios]
agreement += [("bounds, relative magnitudes", off / 1.5) for off in steps_off]
agreement += [("bounds, smoothness", off / 0.5) for off in smooth_off]
kinds = list(dict.fromkeys(kind for kind, _ in agreement))
fig, axis = plt.subplots(figsize=(6.4, 0.33 * len(kinds) + 1))
axis.plot(
    [max(found, 1e-9) for _, found in agreement],
    [kinds.index(kind) for kind, _ in agreement],
    "o",
    alpha=0.45,
    color=COLOURS["blue"],
)
axis.axvline(1, color=COLOURS["vermillion"])
axis.set_yticks(range(len(kinds)), kinds)
axis.invert_yaxis()
axis.set(xscale="log", xlabel="difference over what is allowed (line)")
axis.set_xticks(
    [1e-8, 1e-6, 1e-4, 1e-2, 1], labels=["10⁻⁸", "10⁻⁶", "10⁻⁴", "10⁻²", "1"]
)
axis.minorticks_off()
page.figure(
    fig,
    name="fig-validation",
    caption="Every comparison of this page: the difference from the reference as a multiple of what is allowed. Differences below a thousand-millionth of that are drawn there.",
    alt="Rows of points by kind of result, all to the left of a line at one, most of them far.",
)

# %% [markdown]
# ## Teen employment and minimum wages
#
# Five hundred counties of the United States; some lie in states that raised the minimum wage in 2004, 2006 or 2007: a subset of
# the panel to which Callaway and Sant'Anna apply their estimator {cite:p}`callaway2021`, shipped with their R package. First, all twelve effects by cohort and year, without covariates and
# doubly robust with log population.

# %% tags=["remove-input", "hide-output"]
page.table(
    pd.DataFrame(rows),
    name="tbl-validation-cells",
    caption="Group-time effects on teen employment: this book and R's did",
    source="US Census Bureau; R package did",
    notes="Analytic standard errors. None: a difference below 10⁻¹².",
)

# %% [markdown]
# Then everything else that can be compared on this panel.

# %% tags=["remove-input", "hide-output"]
page.table(
    pd.DataFrame(lines),
    name="tbl-validation",
    caption="Overall effects, event studies and decompositions: this book and the references",
    source="US Census Bureau; Cheng and Hoekstra; R packages did, fixest, did2s, bacondecomp",
    notes="CS: Callaway and Sant'Anna. None: a difference below 10⁻¹². The castle-doctrine results were published for this copy of the data, whose treatment starts a year later than R's.",
)

# %% [markdown]
# ## The Medicaid expansion
#
# States that expanded Medicaid in 2014 against states that did not: the example in the documentation of the R package for
# Rambachan and Roth's honest bounds {cite:p}`rambachan2023`. The package reports confidence sets on a grid, with simulated critical values; ours come
# from other draws, so they should agree within a step of that grid. The smoothness intervals need no grid.

# %% tags=["remove-input", "hide-output"]
page.table(
    pd.DataFrame(honest),
    name="tbl-validation-honest",
    caption="Honest bounds for the Medicaid expansion: this book and R's HonestDiD",
    source="US Census Bureau; R package HonestDiD",
    notes="A step is that of R's grid: a thousand points over forty standard errors.",
)

# %% [markdown]
# ## What to conclude
#
# Programs that were written apart and agree to rounding are not likely to share a mistake; where they differ, {doc}`chapter 7.8 <07_8_tools>` says who is right.
#
# Which package for what? The choice was made by agreement with R. pyfixest gives the regressions; diff-diff Sun and Abraham, the two-stage estimator and the decomposition.
# Doubly robust effects are written by hand, because diff-diff's differ from R's by up to {glue:text}`package_off` on this panel: its comparison weights
# do not add up to one. The bounds are written by hand as well: the port of the R package takes minutes, and diff-diff's relative-magnitude bounds leave
# out the sampling error of the years before the start.

# %% [markdown]
# ## Exercises

# %% [markdown]
# ### Exercise 1: predict
#
# The mean effect over event times and the mean over all treated county-years answer different questions. Which is further from zero on this panel, and why? Guess from the effects of the three cohorts; then let `answer_1` be the
# first over the second, without covariates.
#
# <details class="hint"><summary>Hint</summary>
#
# `aggregate(plain, "event_time").overall` and `aggregate(plain, "simple").overall`. Whom does the last event time hold?
#
# </details>

# %% tags=["solution", "hide-cell"]
by_event, simple = (
    aggregate(plain, by).overall for by in ("event_time", "simple")
)
answer_1 = by_event / simple

# %% tags=["check"]
check_1(answer_1, reference)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The mean over event times, because it gives every year since the start the same weight, and late years are those of the first cohort alone: few counties, whose effect had the longest time to grow. The mean over county-years counts each treated
# county-year once. Neither is wrong. A sentence that says "the effect" without saying which mean is.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Compare with the *not yet* treated instead of the never treated, without covariates. Let `answer_2` be the number of effects, of the twelve, that do not change at all. Which ones
# are they, and why could one have known?
#
# <details class="hint"><summary>Hint</summary>
#
# `att_gt(mpdta, "lemp", control="not_yet")`. Whom does the not-yet-treated group hold besides the never treated, in each year?
#
# </details>

# %% tags=["solution", "hide-cell"]
not_yet = att_gt(mpdta, "lemp", control="not_yet")
same = np.isclose(not_yet.cells["estimate"], plain.cells["estimate"])
answer_2 = int(same.sum())

# %% tags=["check"]
check_2(answer_2, mpdta, plain)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Those in whose year no other cohort is still waiting: then the not yet treated *are* the never treated. In the last year that holds for every cohort; for the last
# cohort it already holds in the year in which the one before it has started. Everywhere else the larger comparison group changes the estimate. It buys precision with one more
# assumption: parallel trends also of the cohorts that start later.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# Bounds by relative magnitude differ from R's by up to a grid step, those by smoothness by next to nothing. Why? Let `answer_3` be the step if only a *hundred*
# values were tested for the first year's effect at $\bar M = 0.5$, and compare the interval with that of a thousand values.
#
# <details class="hint"><summary>Hint</summary>
#
# `relative_magnitudes` has an argument `points`, and what it returns has a `step`.
#
# </details>

# %% tags=["solution", "hide-cell"]
coarse = relative_magnitudes(
    beta, sigma, n_pre, 0.5, np.random.default_rng(SEED), points=100
)
answer_3 = coarse.step

# %% tags=["check"]
check_3(answer_3, beta, n_pre, sigma)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The smoothness interval is a formula: an optimal estimator, plus and minus a length. Two correct programs must agree to rounding. The other one comes from testing one value after another; its
# ends are the outermost values *on the grid* that are accepted, so that two programs with different grids may differ by a step, and different random draws of the critical value add a
# little. Before calling a difference an error, ask how exact either number claims to be.
#
# </details>

# %% [markdown]
# ### Exercise 4: explain
#
# An open question. "It equals R to eight digits, so it is right." In at most 150 words: what has been shown, what has not, and which further test would you ask for?
#
# <details class="hint"><summary>Hint</summary>
#
# What do two programs share if one was written after the other's paper? What does a known truth tell that another program does not?
#
# </details>

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# One point for each of five things. (1) Agreement speaks for the same formula on *these* data, not for the formula. (2) Shared sources and shared defaults are named as what could make both wrong. (3) Cases are named that these panels do not hold:
# gaps, ties, tiny cohorts, covariates that vary over time. (4) Another kind of test is proposed: a value by hand, a known truth, coverage by simulation. (5) Tolerances are justified: rounding, iteration, grid. "More digits" is no further test.
#
# </details>
