# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 7a Parallel in what? Levels, logs and ratios
#
# The paper assumes that without clusters the gap of cluster counties would have moved as that of the others did. In *what*: in points of the Theil index, in per cent, in the income ratio?
# Where groups start at different levels, {term}`parallel trends` in one of these mean unequal trends in the others. Which of them fits the years before the clusters?

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables

# %% tags=["hide-input"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf
from exercises.functional_form import check_1, check_2, check_3
from scipy import stats

import clustergap as cg
from bookkit.display import COLOURS, INK, reads_p
from bookkit.page import Page
from clustergap.requirements import before_policy
from paneldid.eventstudy import coefficients, joint_test, window_event_time
from paneldid.identified import require_effect, with_comparison

# %% tags=["hide-input"]
study = cg.load(DATA)
page = Page("07_a_functional_form", study)
require_effect(study.panel)
panel, adapted = with_comparison(study.panel)
panel = panel.assign(log_gap=np.log(panel["gap"].where(panel["gap"] > 0)))
OUTCOMES = {
    "gap": "the Theil index",
    "log_gap": "the log Theil index",
    "gini": "the Gini coefficient",
    "income_ratio": "the income ratio",
}
early = before_policy(panel)
first, last = int(early["year"].min()), int(early["year"].max())

# %% tags=["remove-input"]
page.banner()

# %% tags=["remove-input"]
page.say(adapted)

# %% tags=["hide-input"]
seen = panel[panel["county"].isin(early["county"])]
means = seen.groupby(["treat", "year"])[list(OUTCOMES)].mean()
falls = means.xs(first, level="year") - means.xs(last, level="year")
off = falls.loc[1] - falls.loc[0]  # by how much more the treated fell
controls = "+".join(study.controls) or "1"
by_county = {"CRV1": "county"}
data = panel.assign(
    k=window_event_time(panel["event_time"], "own").astype(int)
)

# %% [markdown]
# **The answer.** On the panel, the years before the clusters reject parallel trends {glue:text}`verdict`. The joint
# test of all leads has $p$ {glue:text}`p_gap` for the Theil index, $p$ {glue:text}`p_log_gap` for its logarithm, $p$ {glue:text}`p_gini` for the Gini coefficient and $p$ {glue:text}`p_income_ratio` for the income ratio.
#
# {glue:text}`reason` where the groups start: in {glue:text}`first`, later cluster counties have a mean gap of {glue:text}`low:.3f`, the others of {glue:text}`high:.3f`. By {glue:text}`last`, before the first cluster, the former had lost
# {glue:text}`fall_low:.3f` points and the latter {glue:text}`fall_high:.3f`: {glue:text}`apart_points:.3f` apart. In logarithms they fell by {glue:text}`log_low:.2f` and {glue:text}`log_high:.2f`.
# Read an effect only in a unit whose leads are not rejected; a number from another ("the gap fell by so many per cent") includes a drift.

# %% tags=["remove-input"]
fig, axes = plt.subplots(1, 3, figsize=(8.4, 3.2))
shown = ("gap", "log_gap", "income_ratio")
for axis, column in zip(axes, shown, strict=True):
    others, treated = (means.loc[group, column] for group in (0, 1))
    moved = others + treated[last] - others[last]
    axis.plot(others, color=COLOURS["grey"], label="never in a cluster")
    axis.plot(treated, color=COLOURS["blue"], label="cluster, now or later")
    axis.plot(
        moved, "--", color=COLOURS["blue"], label="if parallel to the others"
    )
    axis.axvline(last + 0.5, color=INK, linewidth=0.8, linestyle=":")
    axis.set_title(OUTCOMES[column], fontsize=10)
    axis.set_xticks([first, last, int(panel["year"].max())])
fig.legend(
    *axis.get_legend_handles_labels(), loc="outside lower center", ncols=3
)
page.figure(
    fig,
    name="fig-functional-means",
    caption="Raw means of both groups. Dashed: the path of the never treated, moved to meet the cluster counties in the last year before the first cluster (dotted line).",
    alt=f"Yearly means in three panels. In {first} the dashed line is {abs(off['gap']):.3f} away from the cluster counties' "
    f"Theil index, {abs(off['log_gap']):.2f} from its logarithm and {abs(off['income_ratio']):.2f} from their income ratio.",
)

# %% [markdown]
# ## One line of algebra
#
# Let one group start at $a$, the other at $b$, and let both change by $\delta$ points. In logarithms they change by
#
# $$
# \log\frac{a+\delta}{a} \quad\text{and}\quad \log\frac{b+\delta}{b},
# $$
#
# which differ unless $a = b$ or $\delta = 0$. So if starting levels differ and the gap moves at all, at most one of the two can be parallel. (Exactly so for two counties; a group's mean of logarithms is not the logarithm of its mean.) With $a$ = {glue:text}`low:.3f`,
# $b$ = {glue:text}`high:.3f` and the others' own change, $\delta$ = {glue:text}`delta:.3f`, trends that are exactly parallel in levels are {glue:text}`implied:.3f` apart in logs. On the raw means they are
# {glue:text}`log_apart:.3f` apart. Of two groups that lose as many points, the lower one loses more per cent, and in logarithms that looks like an effect.
#
# ## Four outcomes, the same event study
#
# The regression is that of {doc}`chapter 4.2 <04_2_parallel_trends>`, each event time with a dummy of its own. Only the outcome changes.

# %%
events = pf.feols(
    f"gap+log_gap+gini+income_ratio~i(k,ref=-1)+{controls}|county+year",
    data,
    vcov=by_county,
).to_list()
effects = pf.feols(
    f"gap+log_gap+gini+income_ratio~did+{controls}|county+year",
    data,
    vcov=by_county,
).to_list()
paths = {fit._depvar: coefficients(fit, variable="k") for fit in events}
tests = {
    fit._depvar: joint_test(
        fit, [k for k in paths[fit._depvar]["event_time"] if k < -1], "k"
    )
    for fit in events
}
spread = {
    column: pf.feols(f"{column}~1|county+year", data, vcov="iid")
    .resid()
    .std()
    for column in OUTCOMES
}

# %% tags=["hide-input"]
rows = {}
for fit in effects:
    column, test = fit._depvar, tests[fit._depvar]
    beta, se = fit.coef()["did"], fit.se()["did"]
    lead = paths[column].query("event_time < -1")["estimate"]
    rows[OUTCOMES[column]] = {
        "effect": f"{beta:.3f}",
        "standard error": f"{se:.3f}",
        "in deviations": f"{beta / spread[column]:.2f}",
        "largest lead, in effects": f"{lead.abs().max() / abs(beta):.2f}",
        "F of the leads": f"{test.statistic:.2f}",
        "p of the leads": f"{test.p:.4f}" if test.p >= 1e-4 else "< 0.0001",
    }
page.table(
    pd.DataFrame(rows).T.rename_axis("outcome"),
    name="tbl-functional-form",
    caption="The baseline regression and the test of its leads, for four outcomes",
    notes="Errors clustered by county. In deviations: over the standard deviation that county and year effects leave of the outcome. "
    "In effects: over the size of the effect." + study.controls_note,
)

# %% tags=["hide-input"]
fig, axes = plt.subplots(2, 2, figsize=(7.8, 5.4), sharex=True, sharey=True)
for axis, (column, path) in zip(axes.flat, paths.items(), strict=True):
    size = path.set_index("event_time") / spread[column]
    bars = [
        size["estimate"] - size["lower"],
        size["upper"] - size["estimate"],
    ]
    colour = COLOURS["vermillion" if tests[column].p < 0.05 else "blue"]
    axis.axhline(0, color=INK, linewidth=0.8)
    axis.axvline(-0.5, color=INK, linewidth=0.8, linestyle=":")
    axis.errorbar(
        size.index, size["estimate"], bars, fmt="o", color=colour, capsize=2
    )
    axis.set_title(
        f"{OUTCOMES[column]}: leads p {reads_p(tests[column].p, 4)}",
        fontsize=10,
    )
fig.supxlabel("years since the first cluster year", fontsize=10)
fig.supylabel("standard deviations, within", fontsize=10)
page.figure(
    fig,
    name="fig-functional-leads",
    caption="The effect by outcome, with its leads: event-study coefficients with pointwise 95 % intervals. Orange-red: the leads are rejected at 5 %.",
    alt="Four event studies, for "
    + "; ".join(
        f"{OUTCOMES[c]}, first lead {path['estimate'].iloc[0] / spread[c]:.2f}, last lag {path['estimate'].iloc[-1] / spread[c]:.2f} deviations"
        for c, path in paths.items()
    )
    + ".",
)

# %% [markdown]
# Where the points on the left slope down to zero, the lower group falls faster in that unit, before any policy: the drift that the algebra predicts. If it goes on to the right, it is counted as an effect. The estimate
# in logs is {glue:text}`log_times:.1f` times that in levels when each is measured in its own deviations, and the two disagree in per cent: the level estimate is {glue:text}`level_percent:.0%` of what treated county-years
# would have had, the logarithm's says {glue:text}`log_percent:.0%`.
#
# ## Parallel in every unit
#
# {cite:t}`roth2023` ask when the choice does not matter. Parallel trends hold for *every* strictly increasing transformation of the outcome if and only if they hold for the whole distribution function:
#
# $$
# F_{1,t'}(y) - F_{1,t}(y) = F_{0,t'}(y) - F_{0,t}(y) \quad\text{for all } y,
# $$
#
# where $F_{d,t}$ is the distribution of the *untreated* outcome in group $d$ and year $t$. They show that this happens in two pure cases, and in mixtures of these: the groups have the same distribution, as if clusters were drawn by lot; or
# neither distribution moves over time. Groups that start apart and move satisfy neither; only a mixture remains.
#
# This can be tested. Solved for the one distribution that nobody sees, that of cluster counties without clusters in the later year, the equation implies a share of counties in each bin of the outcome. If one of these shares is negative, trends are not parallel in every unit, and one has to argue for a unit. Bins keep their order under a logarithm, so the test is the same for the index and its logarithm.


# %%
def implied_shares(start, end, bins=10):
    """Share of cluster counties in each tenth of the gap without clusters."""
    wide = panel.pivot(index="county", columns="year", values="gap")
    wide = wide[[start, end]].dropna()
    joins = panel.groupby("county")["treat"].first()[wide.index] == 1
    edges = np.quantile(wide, np.arange(1, bins) / bins)
    old, new = (np.eye(bins)[np.searchsorted(edges, wide[y])] for y in wide)
    own, change = old[joins], (new - old)[~joins]
    variance = own.var(axis=0) / len(own) + change.var(axis=0) / len(change)
    share = own.mean(axis=0) + change.mean(axis=0)
    return pd.DataFrame({"share": share, "se": np.sqrt(variance)})


end = int(panel["year"].max())
implied = {
    f"{a} to {b}": implied_shares(a, b)
    for a, b in ((first, last), (last, end))
}
critical = stats.norm.isf(0.05 / 10)  # Bonferroni: ten tenths, one side

# %% tags=["hide-input"]
lowest = {}
for period, found in implied.items():
    worst = (found["share"] / found["se"].replace(0, np.nan)).idxmin()
    share, se = found.loc[worst]
    lowest[period] = {
        "lowest implied share in": f"tenth {worst + 1}",
        "share": f"{share:.3f}",
        "standard error": f"{se:.3f}",
        "t": f"{share / se:.2f}",
        "negative at 5 %": "yes" if share < -critical * se else "no",
    }
page.table(
    pd.DataFrame(lowest).T.rename_axis("years"),
    name="tbl-implied-shares",
    caption="Implied shares of cluster counties, had there been no clusters and parallel trends in every unit",
    notes=f"The bin with the smallest $t$ of ten, each a tenth of all county-years of both years. Errors take counties as independent; critical value by Bonferroni, −{critical:.2f}.",
)

# %% [markdown]
# A *yes* rejects the claim that trends are parallel in all units; they may be so in some. A *no* is no support: the test sees only violations so large that a share turns negative, and it depends on the bins. (Over the later years only cluster
# counties' distribution at the start enters, so the effect of the clusters does not disturb it.) Neither answer says *which* unit is the right one.

# %% tags=["remove-cell"]
high, low = means.xs(first, level="year")["gap"]
delta = -falls.loc[0, "gap"]
level, logarithm = (fit.coef()["did"] for fit in effects[:2])
unclustered = (data["gap"] - level)[data["did"] == 1].mean()
rejected = [words for c, words in OUTCOMES.items() if tests[c].p < 0.05]
quiet = [words for words in OUTCOMES.values() if words not in rejected]
lists = [
    " and ".join(names).replace(" and ", ", ", max(len(names) - 2, 0))
    for names in (rejected, quiet)
]
page.tell(
    first=first,
    last=last,
    low=low,
    high=high,
    fall_low=falls.loc[1, "gap"],
    fall_high=-delta,
    apart_points=abs(off["gap"]),
    log_low=falls.loc[1, "log_gap"],
    log_high=falls.loc[0, "log_gap"],
    log_apart=-off["log_gap"],
    delta=delta,
    implied=np.log1p(delta / low) - np.log1p(delta / high),
    verdict="for {}, and not for {}".format(*lists)
    if all(lists)
    else f"for {'all' if rejected else 'none'} of the four outcomes",
    reason="The reason is" if rejected else "What could pull them apart is",
    level_percent=level / unclustered,
    log_percent=np.expm1(logarithm),
    log_times=logarithm / spread["log_gap"] / (level / spread["gap"]),
    **{f"p_{c}": reads_p(tests[c].p, 4) for c in OUTCOMES},
)

# %% [markdown]
# ## What remains of the claim
#
# The paper's claim is one in points: its baseline has the Theil index itself as outcome, its check of another index the Gini coefficient, and no regression of the gap has its logarithm or the ratio. So print says nothing about the other units,
# except for a hint: the first column of its {doc}`baseline table <04_1_baseline>`, without fixed effects, has county-years with a cluster far below all others. That mixes starting points, years and effect, and print does not give the starting points alone. If they are far apart and the gap moves, mean trends are hardly parallel both in points and in per cent. The
# paper does not say why it should be points, and its text reads the coefficient, a change in points, as one in per cent, a unit in which it shows no leads.
#
# An argument for a unit comes from what moves the outcome without the policy. If incomes in town and country grow at rates common to all counties, the *logarithm of the income ratio* moves in parallel; no such account is at hand for points of
# the Theil index, which mixes incomes and population shares. Two habits help: name the unit in the sentence that claims parallel trends, and show the leads in the unit in which the effect is quoted. {doc}`Chapter 7.5 <07_5_specification_curve>` tests the leads of each of its models for that reason.

# %% tags=["remove-input"]
page.words(
    synthetic="None of this is evidence about counties. The calibration asked for quiet leads of the *level*, because the paper's text reports them; that logarithms then drift "
    "follows from the algebra, and would follow in any data with such levels."
)

# %% [markdown]
# ## Exercises

# %% [markdown]
# ### Exercise 1: predict
#
# Two counties, with gaps of 0.2 and 0.4, lose 0.05 points each in the same year; only the first has joined a cluster, which did nothing. What does a difference in differences of *logarithms* report as the effect? Guess the sign, then
# compute `answer_1`.
#
# <details class="hint"><summary>Hint</summary>
#
# Change of the first less change of the second, both as differences of `np.log`.
#
# </details>

# %% tags=["solution", "hide-cell"]
answer_1 = float(np.log(0.15 / 0.2) - np.log(0.35 / 0.4))

# %% tags=["check"]
check_1(answer_1)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Negative, and large: the first lost a quarter, the second an eighth. Nothing happened but a common fall. Where clusters go to counties with a small gap and the gap falls everywhere, logarithms find that clusters work, whatever they do.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# The square root lies between the level and the logarithm. Repeat the event study with $\sqrt{\text{gap}}$ and let `answer_2` be the $p$-value of its leads. Where between the two does it lie?
#
# <details class="hint"><summary>Hint</summary>
#
# `data.assign(root=np.sqrt(data["gap"]))`, the formula of `events` with one outcome, and `joint_test` of the event times below −1.
#
# </details>

# %% tags=["solution", "hide-cell"]
root = pf.feols(
    f"root~i(k,ref=-1)+{controls}|county+year",
    data.assign(root=np.sqrt(data["gap"])),
    vcov=by_county,
)
early = [k for k in coefficients(root, variable="k")["event_time"] if k < -1]
answer_2 = joint_test(root, early, "k").p

# %% tags=["check"]
check_2(answer_2, data, study.controls)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# In between, as the transformation is. So there is no gap between a right unit and wrong ones: the more a transformation stretches the low end, the more a common fall in points looks like a fall of the lower group. A unit chosen
# because its leads look quiet is chosen by the data, and the intervals that follow ignore that choice {cite:p}`roth2022`.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# Somebody reports the estimate in logarithms as "clusters narrow the gap by `np.expm1(logarithm)`", because per cent are easier to read. Let `answer_3` be what the estimate in *levels* is in per cent of the treated county-years' mean
# without clusters (a fraction, negative). Which of the two may the paper's conclusion quote?
#
# <details class="hint"><summary>Hint</summary>
#
# Take `level` off the gap of the county-years with `did` one: their mean is what they would have had.
#
# </details>

# %% tags=["solution", "hide-cell"]
joined = data.loc[data["did"] == 1, "gap"]
answer_3 = float(level / (joined - level).mean())

# %% tags=["check"]
check_3(answer_3, panel, level)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The one from levels: it assumes parallel levels, as the regression did, and changes the unit only afterwards. The other assumes parallel logarithms. Where the leads reject these, part of the percentage is the drift of exercise 1. They would also
# differ without any drift, as one is a ratio of means and the other a mean of ratios, but not by so much.
#
# </details>
