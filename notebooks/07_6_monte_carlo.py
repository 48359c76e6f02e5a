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
# effects that are constant, grow, differ by batch or begin early, trends that are parallel or not, and shocks that neighbours share or do not. Which estimator
# finds the truth, how precisely, and does its interval cover it?

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
DRAWS = 500  # panels of each kind
SEED = 1949  # of the panels; any number will do

# %% tags=["hide-input"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf
from exercises.monte_carlo import check_1, check_2, check_3
from scipy import stats

import clustergap as cg
from bookkit.display import COLOURS, INK
from bookkit.page import Page
from clustergap.foresight import COHORT
from clustergap.requirements import require_cohorts_told
from countysim import Truth
from paneldid.identified import NotEstimable, require_effect, with_comparison
from paneldid.staggered import cell_weights, linear_estimates

# %%
study = cg.load(DATA)
page = Page("07_6_monte_carlo", study)
panel, adapted = with_comparison(study.panel)
# who is treated from the first year on was never seen without
panel = panel[~(panel["cohort"] <= panel["year"].min())]

# %% tags=["remove-input"]
page.banner()

# %% tags=["remove-input"]
page.say(adapted)

# %% tags=["remove-input"]
page.words(own=f"Cohorts of fewer than {COHORT} counties are left out here.")

# %% [markdown]
# **The answer.** The more precise estimators are the less robust ones. With parallel trends two-way and imputation are the most precise here, with a standard deviation of {glue:text}`sd_two_way:.4f` against {glue:text}`sd_never:.4f` for a
# comparison with the never treated. But they average over all years before the start, so a drift hurts them **{glue:text}`drift_ratio:.1f` times** as much ({glue:text}`drift_two_way:.4f` against {glue:text}`drift_never:.4f`
# at a drift of {glue:text}`drift_size:.3f` a year), and from a drift of **{glue:text}`even:.4f`** a year on theirs is the larger error ({numref}`fig-mc-tradeoff`). Shocks shared by {glue:text}`group` neighbours
# matter more for the interval than the choice among the four estimators: if a fifth of their variance is shared, errors by county reject a true zero in {glue:text}`shared_low:.1%` to {glue:text}`shared_high:.1%` of panels.

# %%
require_cohorts_told(study, panel)  # exact biases depend on their sizes alone
require_effect(panel)
first = panel.groupby("county")["cohort"].first().fillna(np.inf)
GROUP = 4  # counties, about a cluster's size
counts = first.value_counts().sort_index()
sizes = counts[counts >= COHORT].to_dict()  # smaller ones tell no variance
if len(sizes) < 2 or np.inf not in sizes:
    raise NotEstimable(
        f"It takes a cohort of at least {COHORT} counties, and as many without a cluster."
    )
first = first[first.isin(sizes)]
panel = panel[panel["county"].isin(first.index)]
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
    "early": Truth(effect=-0.03),
    "drift": Truth(effect=-0.03, pretrend=-0.002),
}
EARLY = {"early": -0.01}  # in the year before the start
if len(batches) == 1:  # nothing to differ by
    del SCENARIOS["by batch"]


def cells(truth, cohorts, early=0.0):
    """Effect in each cohort and year, and the same with drift and anticipation."""
    g = np.repeat(cohorts, len(years))
    at = truth.at(
        np.where(np.isinf(g), np.nan, g), np.tile(years, len(cohorts))
    )
    effect = at.reshape(len(cohorts), len(years))
    drift = (
        truth.pretrend * np.isfinite(cohorts)[:, None] * (years - years[0])
    )
    before = early * (years == cohorts[:, None] - 1)
    return effect, effect + drift + before


def bias(truth, sizes, weights, early=0.0):
    """Expected estimate less the mean effect over treated county-years."""
    cohorts = np.array(list(sizes), float)
    effect, moved = cells(truth, cohorts, early)
    treated = (years >= cohorts[:, None]) * np.array(list(sizes.values()))[
        :, None
    ]
    truth_mean = (effect * treated).sum() / treated.sum()
    return truth_mean, {
        n: (w * moved).sum() - truth_mean for n, w in weights.items()
    }


# %%
left = panel.assign(
    left=pf.feols(
        "gap~did|county+year", panel, vcov="iid", fixef_rm="none"
    ).resid()
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

# %%
CORRELATION = PERSISTENCE**apart


def exact_sd(weights, sizes, shared=0.0):
    """Exact spread of each estimator; groups of `GROUP` share part of the shocks."""
    found = {}
    for name, w in weights.items():
        total = 0.0
        for row, n in zip(w, sizes.values(), strict=True):
            whole, rest = divmod(n, GROUP)
            squares = whole * GROUP**2 + rest**2
            members = (n * (1 - shared) + squares * shared) / n**2
            total += row @ CORRELATION @ row * members
        found[name] = SPREAD * np.sqrt(total)
    return found


SHARED = 0.2
sd, sd_shared = (exact_sd(weights, sizes, share) for share in (0.0, SHARED))
a_unit = bias(Truth(effect=0.0, pretrend=1.0), sizes, weights)[1]

# %% tags=["hide-input"]
even = (sd["never"] ** 2 - sd["two-way"] ** 2) / (
    a_unit["two-way"] ** 2 - a_unit["never"] ** 2
)
even = np.sqrt(max(even, 0.0))
drifts = np.linspace(0, 0.003, 61)
fig, axis = plt.subplots(figsize=(7, 3.5))
LOOKS = {
    "two-way": ("blue", "-"),
    "never": ("vermillion", "-"),
    "not yet": ("orange", "--"),
    "imputation": ("green", "--"),
}
for name, (colour, dashes) in LOOKS.items():
    error = np.sqrt(sd[name] ** 2 + (drifts * a_unit[name]) ** 2)
    axis.plot(
        drifts,
        error,
        color=COLOURS[colour],
        linestyle=dashes,
        label=NAMES[name],
    )
axis.set(
    xlabel="drift of the treated, Theil points a year",
    ylabel="root mean squared error",
    ylim=(0, None),
)
axis.legend()
page.figure(
    fig,
    name="fig-mc-tradeoff",
    caption="Efficiency against robustness: the exact root mean squared error of four estimators of the mean effect, by how far trends are from parallel.",
    alt="Four rising curves. Two-way and imputation begin lowest and rise fastest; the comparisons with the never and the not yet treated begin higher and end lower.",
    source="exact, for shocks as spread and as persistent as those of the panel at hand",
)

# %% [markdown]
# ## An estimator is a set of weights
#
# Without controls and in a balanced panel, each estimator of chapter 7.1 is a weighted sum of the cohorts' yearly means. The
# function `cell_weights` computes the weights. That has three consequences. Its *bias* is the same weighted sum of the effects and trends, minus the true mean
# effect, with no simulation at all. Its *spread* is exact as well: shocks with a variance of $\sigma^2$ and a correlation matrix $R$ over the years give $\sigma^2 \sum_c w_c' R\, w_c / n_c$. And its *noise* does not
# depend on the effects, so that the spread serves every scenario. Only the estimated *errors* need simulated panels.
#
# County effects that go with the timing of treatment cancel, since each row of weights adds up to zero. So do effects that differ *within* a cohort: only a cohort's mean counts for the bias. What does not
# cancel is an effect that differs *between* cohorts, the scenario "by batch".

# %% tags=["remove-cell"]
grown = SCENARIOS["growing"]
page.tell(
    growing=", ".join(
        f"{grown.effect + grown.by_event_time.get(k, 0):.3f}"
        for k in range(3)
    )
    + " in the first, second and third treated year"
)
parts = SCENARIOS.get("by batch", Truth(effect=-0.03))
page.tell(
    effect=parts.effect,
    by_batch=", ".join(
        f"{round(parts.effect + parts.by_cohort.get(g, 0), 3) + 0:.3f} in {g:.0f}"
        for g in batches
    ),
)

# %% [markdown]
# ## Bias, exactly
#
# The common effect is {glue:text}`effect:.3f`. Where effects are not equal, they are {glue:text}`growing` where they grow, and
# {glue:text}`by_batch` where they differ by batch. "Early" adds a third of the effect in the year *before* the start.
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
    | bias(truth, *chosen, EARLY.get(name, 0.0))[1]
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
# ## Spread and coverage
#
# *Coverage* is how often the 95 % interval holds the truth; *power* is how often a test at 5 % rejects zero where it is false. Shocks are normal, with the spread and the persistence of the gap at hand,
# measured on what county, year and treatment leave of it: the persistence of a year's shock into the next is {glue:text}`persistence:.2f`, and the spread {glue:text}`spread:.3f`. With an estimator's bias and spread, both follow from the
# normal distribution.

# %%
rows = []
for scenario, truth in SCENARIOS.items():
    mean, off = bias(truth, sizes, weights, EARLY.get(scenario, 0.0))
    line = {"scenario": scenario}
    for name in weights:
        to_truth, to_zero = (
            off[name] / sd[name],
            (mean + off[name]) / sd[name],
        )
        covered, accepted = (
            stats.norm.cdf(1.96 - z) - stats.norm.cdf(-1.96 - z)
            for z in (to_truth, to_zero)
        )
        line[name] = covered
        line[f"{name}, zero"] = 1 - accepted
    rows.append(line)
coverage = pd.DataFrame(rows).set_index("scenario")

# %% tags=["hide-input"]
page.table(
    pd.DataFrame(
        {
            "exact spread": [f"{sd[name]:.4f}" for name in weights],
            **{
                scenario: [
                    f"{line[name]:.1%} ({line[f'{name}, zero']:.0%})"
                    for name in weights
                ]
                for scenario, line in coverage.iterrows()
            },
        },
        index=pd.Index(NAMES.values(), name="estimator"),
    ),
    name="tbl-mc",
    caption="Spread, coverage of the 95 % interval and, in brackets, rejections of zero at 5 %, by scenario",
    source="exact, for shocks as spread and as persistent as those of the panel at hand",
    notes="For errors that are known; the next table is about estimated ones.",
)

# %% tags=["hide-input"]
grid = np.linspace(0, 0.03, 61)
fig, axis = plt.subplots(figsize=(7, 3.3))
for name, (colour, dashes) in LOOKS.items():
    power = stats.norm.cdf(-1.96 + grid / sd[name]) + stats.norm.cdf(
        -1.96 - grid / sd[name]
    )
    axis.plot(
        grid,
        power,
        color=COLOURS[colour],
        linestyle=dashes,
        label=NAMES[name],
    )
axis.axhline(0.05, color=INK, linewidth=0.8, linestyle=":")
axis.set(xlabel="size of a constant effect, Theil points", ylabel="power")
axis.legend()
page.figure(
    fig,
    name="fig-mc-power",
    caption="Power of the 5 % test under a constant effect.",
    alt="Four rising curves, one for each estimator, from the size of the test at no effect towards one.",
    source="exact, for shocks as spread and as persistent as those of the panel at hand",
)

# %% [markdown]
# ## Are the errors right?
#
# All this supposes that errors are known. Estimated ones come from how the counties of a cohort differ, with the sizes of cohorts fixed; that is clustering by county without the factors for small
# samples. If each county has shocks of its own, they must be right. But clusters are given to groups of neighbours (chapter 7.4). So in a second world a fifth of each shock's variance is
# shared by {glue:text}`group` counties of a cohort; then the error can be estimated by county, which ignores that, or by group.

# %%
rng = np.random.default_rng(SEED)
n, t = len(cohort), len(years)
within = pd.Series(cohort).groupby(cohort).cumcount().to_numpy() // GROUP
group = pd.MultiIndex.from_arrays([cohort, within]).factorize()[0]


def lasting(count):
    """Shocks of variance one with the persistence at hand."""
    shocks = rng.standard_normal((count, t))
    for year in range(1, t):
        shocks[:, year] *= np.sqrt(1 - PERSISTENCE**2)
        shocks[:, year] += PERSISTENCE * shocks[:, year - 1]
    return SPREAD * shocks


drawn = {"own": [], "shared": [], "by group": []}
for _ in range(DRAWS):
    own = lasting(n)
    shared = (
        np.sqrt(1 - SHARED) * own
        + np.sqrt(SHARED) * lasting(group.max() + 1)[group]
    )
    drawn["own"].append(linear_estimates(own, cohort, weights))
    drawn["shared"].append(linear_estimates(shared, cohort, weights))
    drawn["by group"].append(linear_estimates(shared, cohort, weights, group))
noise, errors = (
    {world: pd.DataFrame([pair[k] for pair in pairs]) for world, pairs in drawn.items()}
    for k in (0, 1)
)  # fmt: skip
rejects = pd.DataFrame(
    {
        world: ((noise[world] / errors[world]).abs() > 1.96).mean()
        for world in drawn
    }
)

# %% tags=["hide-input"]
page.table(
    pd.DataFrame(
        {
            "exact spread": [f"{sd[k]:.4f}" for k in weights],
            "simulated": [f"{noise['own'][k].std():.4f}" for k in weights],
            "mean error": [f"{errors['own'][k].mean():.4f}" for k in weights],
            "rejects": [f"{rejects.loc[k, 'own']:.1%}" for k in weights],
            "exact spread, shared": [f"{sd_shared[k]:.4f}" for k in weights],
            "rejects, by county": [
                f"{rejects.loc[k, 'shared']:.1%}" for k in weights
            ],
            "rejects, by group": [
                f"{rejects.loc[k, 'by group']:.1%}" for k in weights
            ],
        },
        index=pd.Index(NAMES.values(), name="estimator"),
    ),
    name="tbl-mc-errors",
    caption="Estimated errors where shocks are each county's own, and where neighbours share a fifth of their variance: rejections at 5 % of a zero that is true",
    source="simulated panels of the shape of the panel at hand",
    notes=f"{DRAWS:,} panels of each kind.",
)

# %% tags=["remove-cell"]
sampling = 1.96 * np.sqrt(0.05 * 0.95 / DRAWS)
drift = bias(SCENARIOS["drift"], sizes, weights)[1]
table = pd.DataFrame(exact).set_index(["design", "scenario"])
all_treated = table.loc[("nearly all treated", "growing")]
crowded = sizes | {np.inf: 10**6 * sizes[np.inf]}  # more would cancel digits
limit = bias(SCENARIOS["growing"], crowded, cell_weights(crowded, years))[1][
    "two-way"
]
inflation = sd_shared["two-way"] / sd["two-way"]
early = table.loc[("this panel", "early")]
page.tell(
    persistence=PERSISTENCE,
    spread=SPREAD,
    group=GROUP,
    sd_two_way=sd["two-way"],
    sd_never=sd["never"],
    drift_size=abs(SCENARIOS["drift"].pretrend),
    drift_two_way=drift["two-way"],
    drift_never=drift["never"],
    drift_ratio=drift["two-way"] / drift["never"],
    drift_all=table.loc[("nearly all treated", "drift"), "two-way"],
    drift_all_never=table.loc[("nearly all treated", "drift"), "never"],
    even=even,
    shared_low=rejects["shared"].min(),
    shared_high=rejects["shared"].max(),
    inflation=inflation,
    sampling=sampling,
    size_low=rejects["own"].min(),
    size_high=rejects["own"].max(),
    group_low=rejects["by group"].min(),
    group_high=rejects["by group"].max(),
    drift_low=coverage.loc["drift", list(weights)].min(),
    drift_high=coverage.loc["drift", list(weights)].max(),
    early_never=early["never"],
    early_two_way=early["two-way"],
    two_way_bias=table.loc[("this panel", "growing"), "two-way"],
    true_here=table.loc[("this panel", "growing"), "true mean"],
    two_way_limit=limit,
    two_way_bias_all=all_treated["two-way"],
    true_all=all_treated["true mean"],
    efficiency=(sd["never"] / sd["two-way"]) ** 2,
)

# %% [markdown]
# ## What to conclude
#
# - **Efficiency or robustness.** Comparing with the never treated and one base year alone has {glue:text}`efficiency:.2f` times the variance of two-way, at this persistence of shocks. Under the drift of the table it is off by {glue:text}`drift_never:.4f`,
#   two-way by {glue:text}`drift_two_way:.4f`: the mean of all earlier years lies further back than the last of them. From a drift of {glue:text}`even:.4f` a year on the noisier estimator is the closer one. No choice of comparison
#   protects: coverage is between {glue:text}`drift_low:.1%` and {glue:text}`drift_high:.1%` there, and how large a drift must be feared is the business of chapter 7.2.
# - **Which is hurt depends on the design.** Where nearly all are treated, two-way is off by {glue:text}`drift_all:.4f` only under the same drift, never treated by {glue:text}`drift_all_never:.4f`: its forbidden comparisons are with counties that drift as well.
# - **Two-way bias.** With growing effects it is {glue:text}`two_way_bias:.4f` in this panel's design on a true mean of {glue:text}`true_here:.4f`;
#   with ever more never treated it does not vanish but tends to {glue:text}`two_way_limit:.5f`, because the weights of a cohort's years stay unequal. Where nearly all are treated it is {glue:text}`two_way_bias_all:.4f` on {glue:text}`true_all:.4f`.
# - **Anticipation.** An effect that begins a year early spoils the base year: never treated is off by {glue:text}`early_never:.4f`, all of it; two-way by {glue:text}`early_two_way:.4f`, since it averages over other years, too. This is the trade-off once more, the other way round.
# - **Errors.** With own shocks, tests by county reject a true zero in {glue:text}`size_low:.1%` to {glue:text}`size_high:.1%` of the panels (margin of the simulation: ± {glue:text}`sampling:.1%`). With a fifth shared the spread is
#   {glue:text}`inflation:.2f` times as large, of which errors by county see nothing; by group the tests reject in {glue:text}`group_low:.1%` to {glue:text}`group_high:.1%`.
# - **Controls that treatment moves** are in no table, for their bias has a formula that holds for every estimator which adjusts for the control of the *same* year: exercise 3.
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
check_1(answer_1, years, weights, sizes, sd)

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
# A control is *moved by treatment*: clusters raise the share of services by $\delta = 0.05$, and a point of services lowers the gap by $\gamma = -0.2$ per unit. Beside this, clusters lower the gap by 0.02 on another way.
# Let `answer_3` be the bias, for the whole effect, of a regression that holds services constant. Why does no other estimator, and no larger sample, help?
#
# <details class="hint"><summary>Hint</summary>
#
# Write down the gap as a function of treatment and services, and services as a function of treatment. Which of the coefficients is the whole effect, and which one does the regression estimate?
#
# </details>

# %% tags=["solution", "hide-cell"]
delta, gamma, other = 0.05, -0.2, -0.02
whole = other + gamma * delta
answer_3 = other - whole

# %% tags=["check"]
check_3(answer_3, panel)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The whole effect is $\beta + \gamma\delta$, what passes through services included; the regression holds services at the level that treatment gave them and estimates $\beta$. Its bias is $-\gamma\delta$. Nothing in that is about
# weights, comparison groups or noise, so that every estimator with the same-year control shares it. The remedy is to take the control from before the start. (It is a bias only for the *whole* effect. And if an unobserved cause moves services and gap
# together, the regression does not even estimate $\beta$.)
#
# </details>

# %% [markdown]
# ### Exercise 4: explain
#
# An open question. A colleague says: "I use the efficient estimator, its intervals are the shortest." For the panel at hand, write at most 150 words of advice, with numbers: when is that right, when wrong, and what would you look at
# before choosing?
#
# <details class="hint"><summary>Hint</summary>
#
# Which of the numbers in {numref}`tbl-mc` and in the figure at the head depend on something that the data can tell, and which on something that they cannot?
#
# </details>

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# One point for each of five things. (1) A short interval is good only if it covers: coverage under a drift is quoted. (2) The drift at which the order turns round is quoted and held against what chapter 7.2 can rule
# out. (3) The persistence of shocks is named as what decides the gain in precision (exercise 1). (4) Anticipation, or growing effects, are mentioned as cases with another order. (5) The advice is a decision, with the reason
# that would reverse it. A list of properties without a decision earns at most three.
#
# </details>
