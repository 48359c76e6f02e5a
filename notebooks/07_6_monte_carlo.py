# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 7.6 Monte Carlo
#
# Estimators are judged where the truth is known. Here it is chosen: a panel with the counties, years and batches of the one at hand,
# effects that are constant, grow, or differ by batch, and trends that are parallel or not. Which estimator
# finds the truth, how precisely, and does its interval cover it?

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
DRAWS = 1000  # panels
SEED = 1949  # of the panels; any number will do

# %% tags=["hide-input"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf
from exercises.monte_carlo import check_1, check_2, check_3

import clustergap as cg
from bookkit.display import COLOURS, INK
from bookkit.page import Page
from countysim import Truth
from paneldid.identified import require_effect, with_comparison
from paneldid.staggered import cell_weights, linear_estimates

# %%
study = cg.load(DATA)
page = Page("07_6_monte_carlo", study)
panel, adapted = with_comparison(study.panel)

# %% tags=["remove-input"]
page.banner()

# %% tags=["remove-input"]
page.say(adapted)

# %% [markdown]
# ## An estimator is a set of weights
#
# Without controls and in a balanced panel, each estimator of chapter 7.1 is a weighted sum of the cohorts' yearly means. The
# function `cell_weights` computes the weights. That has two consequences. Its *bias* is the same weighted sum of the effects and trends, minus the true mean
# effect, with no simulation at all. And its *noise* does not depend on the effects, so that one set of simulated panels serves every scenario.

# %%
require_effect(panel)
first = panel.groupby("county")["cohort"].first().fillna(np.inf)
sizes = first.value_counts().sort_index().to_dict()
years = np.sort(panel["year"].unique())
weights = cell_weights(sizes, years)
cohort = pd.Index(sizes).get_indexer(first)

batches = [start for start in sizes if np.isfinite(start)]

NAMES = {
    "two-way": "two-way",
    "never": "never treated",
    "not yet": "not yet treated",
    "imputation": "imputation",
}
# by_event_time and by_cohort are added to the effect
SCENARIOS = {
    "no effect": Truth(effect=0.0),
    "constant": Truth(effect=-0.03),
    "growing": Truth(effect=-0.015, by_event_time={1: -0.015, 2: -0.03}),
    "by batch": Truth(
        effect=-0.03, by_cohort={batches[0]: -0.03, batches[-1]: 0.03}
    ),
    "drift": Truth(effect=-0.03, pretrend=-0.002),
}
if len(batches) == 1:  # nothing to differ by
    del SCENARIOS["by batch"]


def cells(truth, cohorts):
    """Effect and drift in each cohort and year, and the true mean effect."""
    g = np.repeat(cohorts, len(years))
    at = truth.at(
        np.where(np.isinf(g), np.nan, g), np.tile(years, len(cohorts))
    )
    effect = at.reshape(len(cohorts), len(years))
    drift = (
        truth.pretrend * np.isfinite(cohorts)[:, None] * (years - years[0])
    )
    return effect, effect + drift


def bias(truth, sizes, weights):
    """Expected estimate less the mean effect over treated county-years."""
    cohorts = np.array(list(sizes), float)
    effect, moved = cells(truth, cohorts)
    treated = (years >= cohorts[:, None]) * np.array(list(sizes.values()))[
        :, None
    ]
    truth_mean = (effect * treated).sum() / treated.sum()
    return truth_mean, {
        n: (w * moved).sum() - truth_mean for n, w in weights.items()
    }


# %% tags=["remove-cell"]
grown = SCENARIOS["growing"]
page.tell(
    growing=", ".join(
        f"{grown.effect + grown.by_event_time.get(k, 0):.3f}"
        for k in range(3)
    ).replace("-", "−")
    + " in the first, second and third treated year"
)
parts = SCENARIOS.get("by batch", Truth(effect=-0.03))
page.tell(
    by_batch=", ".join(
        f"{round(parts.effect + parts.by_cohort.get(g, 0), 3) + 0:.3f} in {g:.0f}"
        for g in batches
    ).replace("-", "−")
)

# %% [markdown]
# ## Bias, exactly
#
# In a scenario, the parts by event time and by batch come on top of the common effect: where effects grow they are
# {glue:text}`growing`, and by batch {glue:text}`by_batch`.
#
# Beside this panel's design stands one in which nearly everybody is treated in the end: few never-treated counties, and a first batch in the panel's second
# year. There the forbidden comparisons of chapter 7.1 carry weight.

# %%
starts = years[[1, len(years) // 2, -2]].astype(float)
early = dict.fromkeys(starts, 400) | {np.inf: 40}
designs = {
    "this panel": (sizes, weights),
    "nearly all treated": (early, cell_weights(early, years)),
}
late = {
    "growing": Truth(by_event_time={k: -0.015 * k for k in range(1, 9)}),
    "by batch": Truth(by_cohort={starts[0]: -0.03, starts[-1]: 0.03}),
}
exact = [
    {"design": design, "scenario": name}
    | {"true mean": bias(truth, *chosen)[0]}
    | bias(truth, *chosen)[1]
    for design, chosen in designs.items()
    for name, truth in (
        SCENARIOS if design == "this panel" else SCENARIOS | late
    ).items()
]

# %% tags=["hide-input"]
page.table(
    pd.DataFrame(exact)
    .rename(columns=NAMES)
    .map(lambda v: v if isinstance(v, str) else f"{round(v, 4) + 0:.4f}"),
    name="tbl-mc-bias",
    caption="Exact bias of four estimators of the mean effect on the treated",
    source="the formulas above; no data",
    notes="In the second design effects go on growing for as long as counties are treated; batches there are "
    + ", ".join(f"{start:.0f}" for start in starts)
    + ".",
)

# %% [markdown]
# ## Size, power and coverage
#
# *Size* is how often a test at 5 % rejects zero although it is true, *power* how often it does so when it is false, and *coverage* how often the 95 % interval
# holds the truth. These need the noise: normal shocks that have the spread and the persistence of the gap at hand, measured on what county, year and
# treatment leave of it. County and year effects cancel in every estimator, so they are left out.

# %%
left = panel.assign(
    left=pf.feols("gap~did|county+year", panel, vcov="iid").resid()
).pivot(index="county", columns="year", values="left")
left = left.to_numpy()
observed = np.nanmean(left[:, 1:] * left[:, :-1]) / np.nanmean(left**2)

# taking county means off lowers the persistence that is seen: undo it
demean = np.eye(len(years)) - 1 / len(years)
apart = np.abs(np.subtract.outer(range(len(years)), range(len(years))))
candidates = np.linspace(-0.9, 0.9, 181)
seen = [demean @ (rho**apart) @ demean for rho in candidates]
ratios = [np.diag(w, 1).mean() / np.diag(w).mean() for w in seen]
best = np.abs(np.array(ratios) - observed).argmin()
PERSISTENCE = candidates[best]
SPREAD = np.sqrt(np.nanmean(left**2) / np.diag(seen[best]).mean())

# %% [markdown]
# On these data the persistence of a year's shock into the next is {glue:text}`persistence:.2f`, and the spread {glue:text}`spread:.3f`.

# %% tags=["remove-cell"]
page.tell(persistence=PERSISTENCE, spread=SPREAD)

# %%
rng = np.random.default_rng(SEED)
n, t = len(cohort), len(years)
estimates, errors = [], []
for _ in range(DRAWS):
    shocks = rng.standard_normal((n, t))
    for year in range(1, t):
        shocks[:, year] *= np.sqrt(1 - PERSISTENCE**2)
        shocks[:, year] += PERSISTENCE * shocks[:, year - 1]
    estimate, error = linear_estimates(SPREAD * shocks, cohort, weights)
    estimates.append(estimate)
    errors.append(error)
noise, errors = pd.DataFrame(estimates), pd.DataFrame(errors)

# %% tags=["hide-input"]
rows = []
for scenario, truth in SCENARIOS.items():
    mean, off = bias(truth, sizes, weights)
    for name in weights:
        drawn = mean + off[name] + noise[name]
        t_ratio = (drawn - mean) / errors[name]
        rows.append(
            {
                "scenario": scenario,
                "estimator": name,
                "bias": drawn.mean() - mean,
                "sd": drawn.std(),
                "mean SE": errors[name].mean(),
                "coverage": (t_ratio.abs() < 1.96).mean(),
                "rejects zero": ((drawn / errors[name]).abs() > 1.96).mean(),
            }
        )
results = pd.DataFrame(rows)
page.table(
    results.assign(
        estimator=results["estimator"].map(NAMES),
        **{
            c: results[c].map("{:.4f}".format)
            for c in ("bias", "sd", "mean SE")
        },
        **{
            c: results[c].map("{:.1%}".format)
            for c in ("coverage", "rejects zero")
        },
    ),
    name="tbl-mc",
    caption="Monte Carlo: bias, spread, coverage of the 95 % interval, rejections of zero at 5 %",
    source="simulated panels of the shape of the panel at hand",
    notes=f"{DRAWS:,} panels. Rejections are the size in the first scenario, the power in the others.",
)

# %% tags=["hide-input"]
grid = np.linspace(0, 0.03, 61)
fig, axis = plt.subplots(figsize=(7, 3.5))
for name, colour in zip(
    weights, ("blue", "vermillion", "orange", "green"), strict=True
):
    power = [
        ((noise[name] - effect).abs() > 1.96 * errors[name]).mean()
        for effect in grid
    ]
    axis.plot(grid, power, color=COLOURS[colour], label=NAMES[name])
axis.axhline(0.05, color=INK, linewidth=0.8, linestyle=":")
axis.set(xlabel="size of a constant effect, Theil points", ylabel="power")
axis.legend()
page.figure(
    fig,
    name="fig-mc-power",
    caption="Power of the 5 % test under a constant effect.",
    alt="Four rising curves, one for each estimator, from the size of the test at no effect towards one.",
    source="simulated panels",
)

# %% tags=["remove-cell"]
sampling = 1.96 * np.sqrt(0.05 * 0.95 / DRAWS)
null = results[results["scenario"] == "no effect"].set_index("estimator")
parallel = results[
    results["scenario"].isin(["no effect", "constant", "growing", "by batch"])
]
clean = parallel[parallel["estimator"] != "two-way"]
page.tell(
    sampling=sampling,
    size_low=null["rejects zero"].min(),
    size_high=null["rejects zero"].max(),
    cover_low=clean["coverage"].min(),
    cover_high=clean["coverage"].max(),
)
drift = results[results["scenario"] == "drift"].set_index("estimator")
page.tell(
    drift_low=drift["coverage"].min(), drift_high=drift["coverage"].max()
)
table = pd.DataFrame(exact).set_index(["design", "scenario"])
page.tell(
    two_way_bias=table.loc[("this panel", "growing"), "two-way"],
    true_here=table.loc[("this panel", "growing"), "true mean"],
)
all_treated = table.loc[("nearly all treated", "growing")]
page.tell(
    two_way_bias_all=all_treated["two-way"],
    true_all=all_treated["true mean"],
    efficiency=(noise["never"].std() / noise["two-way"].std()) ** 2,
)

# %% [markdown]
# ## What to conclude
#
# - **Size and coverage.** With no effect the tests reject in {glue:text}`size_low:.1%` to {glue:text}`size_high:.1%` of the panels (margin of the simulation: ± {glue:text}`sampling:.1%`).
#   As long as trends are parallel, the intervals of the three estimators with clean comparisons cover in {glue:text}`cover_low:.1%` to {glue:text}`cover_high:.1%`.
# - **Two-way bias.** With growing effects it is {glue:text}`two_way_bias:.4f` in this panel's design on a true mean of {glue:text}`true_here:.4f`;
#   the more never treated, the smaller. Where nearly all are treated it is {glue:text}`two_way_bias_all:.4f` on {glue:text}`true_all:.4f`.
# - **Precision.** Comparing with the never treated and one base year alone has {glue:text}`efficiency:.2f` times the variance of two-way, at this
#   persistence of shocks.
# - **Drift.** A drift biases *every* estimator: coverage is between {glue:text}`drift_low:.1%` and {glue:text}`drift_high:.1%`. No choice of comparison group protects
#   against trends that are not parallel; that is the business of chapter 7.2.
#
# Instruments are examined in the same way in chapter 7.3.

# %% [markdown]
# ## Exercises

# %% [markdown]
# ### Exercise 1: predict
#
# The comparison with the never treated leans on a single base year, the two-way estimator on all years before the start. Shocks that last longer
# (`PERSISTENCE` at 0.8): do they help the first or the second? Let `answer_1` be the variance of the first over that of the second. No simulation is needed.
#
# <details class="hint"><summary>Hint</summary>
#
# An estimator is the sum over cohorts of $w_c'\bar{Y}_c$, with $w_c$ a row of its weights. Shocks of variance one give $\bar{Y}_c$ the
# variance matrix $R/n_c$, where $R_{st} = 0.8^{|s-t|}$ and $n_c$ is in `sizes`. So add up $w_c' R\, w_c / n_c$.
#
# </details>

# %% tags=["solution", "hide-cell"]
correlation = 0.8 ** np.abs(np.subtract.outer(years, years))
variances = {
    name: sum(
        row @ correlation @ row / size
        for row, size in zip(w, sizes.values(), strict=True)
    )
    for name, w in weights.items()
}
answer_1 = variances["never"] / variances["two-way"]

# %% tags=["check"]
check_1(answer_1, years, weights, sizes, noise)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# They help the one with a single base year. If shocks hardly last, the mean of many years before the start is a better yardstick than the last of them. If shocks last, the last year
# already holds most of what will still be there after the start, and earlier years only add old shocks. In the limit of a
# random walk the change since the last year is best. So "more efficient" is a statement about the shocks, not about the estimator.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Take the second design, *nearly all treated*, and effects that grow more negative: $-1$ in the first treated year, $-(1+g)$ in the second, $-(1+2g)$ in the third, and so on.
# Every single effect is negative. Let `answer_2` be the growth $g$ from which on the two-way coefficient is nevertheless *positive*.
#
# <details class="hint"><summary>Hint</summary>
#
# With $w$ the two-way weights of `designs["nearly all treated"]`, the coefficient is $-\sum w\,(1 + g k)$ over treated cells, $k$ the years since the start. This is linear in $g$.
#
# </details>

# %% tags=["solution", "hide-cell"]
of_cohort, w = designs["nearly all treated"]
since = years - np.array(list(of_cohort))[:, None]
w = np.where(since >= 0, w["two-way"], 0.0)
answer_2 = -w.sum() / (w * np.where(since >= 0, since, 0.0)).sum()

# %% tags=["check"]
check_2(answer_2, years, bias, designs)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The weights of the treated cells add up to one, but late years of early cohorts have negative weights there, and that is where effects are largest. If they grow fast enough, the
# negative part wins. In terms of {doc}`chapter 7.1 <07_1_staggered>`: a later cohort is compared with an earlier one whose
# outcome is still falling, so that the later one seems to rise. In the synthetic panel's own design no $g$ does it: with so many never treated, all late cells keep a positive weight.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# A *constant* effect leaves the two-way estimator unbiased in every design, even in the second, with its negative weights. Let `answer_3` be the
# number that explains it: the sum of its weights over all treated cells of the second design.
#
# <details class="hint"><summary>Hint</summary>
#
# A cell is treated if its year is not before the cohort's start. What does the coefficient become if the effect is the same $\beta$ in all of them?
#
# </details>

# %% tags=["solution", "hide-cell"]
of_cohort, w = designs["nearly all treated"]
on = years >= np.array(list(of_cohort))[:, None]
answer_3 = w["two-way"][on].sum()

# %% tags=["check"]
check_3(answer_3, bias, designs)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The two-way coefficient is $\sum w_{ct} Y_{ct}$, and the weights are those of a regression that has `did` among its regressors: applied to `did` itself, they must give one. And applied to
# `did` they are added up over the treated cells. So $\sum w\,\beta = \beta$, whatever the single weights. Negative weights do harm only if effects *differ* in a way that goes with
# the weights. That is also why a test of constant effects is a natural question before changing the estimator.
#
# </details>
