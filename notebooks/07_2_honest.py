# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 7.2 Honest pre-trends
#
# A quiet past, the absence of a {term}`pre-trend`, is weak support for parallel trends. This chapter asks two sharper questions. Would the
# test of chapter 4.2 have noticed a drift that matters? And how much may trends differ before the
# finding is gone?

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
SEED = 2023  # of the simulated critical values; any number will do

# %% tags=["hide-input"]
from itertools import product

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf
from exercises.honest import check_1, check_2, check_3

import clustergap as cg
from bookkit.display import COLOURS, INK
from bookkit.interactive import Selector, at, when
from bookkit.page import Page
from paneldid.eventstudy import window_event_time
from paneldid.honest import (
    breakdown,
    pretrend_power,
    relative_magnitudes,
    slope_with_power,
    smoothness,
)
from paneldid.identified import with_comparison
from paneldid.staggered import aggregate, att_gt, balanced

# %%
study = cg.load(DATA)
page = Page("07_2_honest", study)
panel, adapted = with_comparison(study.panel)
controls = "+".join(study.controls)

# %% tags=["remove-input"]
page.banner()

# %% tags=["remove-input"]
page.say(adapted)

# %% [markdown]
# ## What goes in
#
# An event study and its variance. Here are two: the paper's two-way regression with controls, and Callaway
# and Sant'Anna's estimator without controls, with the never treated as comparison (chapter 7.1). So two things change at once from
# the one to the other, estimator and controls. The parameter is the mean of the effects
# from the first treated year on. Every year before the start has an estimate of its own in both. (Chapter 4.2 counts −8 with −7, and
# a mean of two years moves less than either: what is pooled here would pass for calm.)


# %%
def two_way_study(outside):
    """Years, and the event study: estimates, variance, number before."""
    k = window_event_time(panel["event_time"], outside=outside).astype(int)
    fit = pf.feols(
        f"gap~i(k,ref=-1)+{controls}|county+year",
        panel.assign(k=k),
        vcov={"CRV1": "county"},
    )
    times = np.array(
        [int(n.removeprefix("k::")) for n in fit._coefnames if "k::" in n]
    )
    place = [fit._coefnames.index(f"k::{t}") for t in times]
    variance = fit._vcov[np.ix_(place, place)]
    before = int((times < -1).sum())
    return times, (fit.coef().to_numpy()[place], variance, before)


times, two_way = two_way_study("own")
complete = balanced(panel, ["gap"])
never = aggregate(att_gt(complete, "gap", base="universal"))
robust = (
    never.table["estimate"].to_numpy(),
    never.variance,
    int((never.table["at"] < -1).sum()),
)
events = {
    "two-way, controls": two_way,
    "Callaway–Sant'Anna, no controls": robust,
}


def mean_after(event):
    """Weights of the mean effect."""
    n_post = len(event[0]) - event[2]
    return np.full(n_post, 1 / n_post)


# %% [markdown]
# ## Would the test have noticed?
#
# Suppose cluster counties drift by a constant amount a year, with or without clusters. The usual look at a
# figure finds the drift if at least one estimate before the start is significant. How steep must it be
# to be found in half of all samples, or in four fifths? And what would such a drift do to the
# estimate after the start, in the samples where it was *not* found {cite:p}`roth2022`?

# %%
rows = []
for name, event in events.items():
    estimates, variance, n_pre = event
    for power in (0.5, 0.8):
        slope = slope_with_power(variance, n_pre, power, SEED)
        found = pretrend_power(
            variance,
            n_pre,
            slope,
            np.random.default_rng(SEED),
            weights=mean_after(event),
        )
        rows.append(
            (name, power, found, mean_after(event) @ estimates[n_pre:])
        )

# %% tags=["hide-input"]
page.table(
    pd.DataFrame(
        [
            {
                "event study": name,
                "power": f"{power:.0%}",
                "drift a year": f"{found.slope:.4f}",
                "bias": f"{found.bias:.4f}",
                "bias if unnoticed": f"{found.bias_if_passed:.4f}",
                "mean effect": f"{effect:.4f}",
            }
            for name, power, found, effect in rows
        ]
    ),
    name="tbl-pretrend-power",
    caption="Drifts that a look at the pre-trends finds, and what they would do",
    notes="Bias is that of the mean effect after the start, in Theil points.",
)

# %% tags=["remove-cell"]
half = rows[0][2]
page.tell(
    slope_half=half.slope,
    bias_half=half.bias,
    share_half=abs(half.bias / rows[0][3]),
    two_way_mean=rows[0][3],
    worsens=half.bias_if_passed / half.bias,
)

# %% [markdown]
# In the paper's regression on this panel, a drift of {glue:text}`slope_half:.4f` a year escapes notice half of the time. It would move the mean
# effect by {glue:text}`bias_half:.4f`, or {glue:text}`share_half:.0%` of the estimate of
# {glue:text}`two_way_mean:.4f`. Does looking first help? Among the samples that pass, the bias is
# {glue:text}`worsens:.1f` times as large: estimate and test lean on the same reference year.
#
# ## Bounds by relative magnitudes
#
# Let the violation of parallel trends move, from one year to the next, by at most $\bar M$ times its largest
# move before the start {cite:p}`rambachan2023`:
#
# $$
# |\delta_{t+1} - \delta_t| \le \bar M \max_{s < -1} |\delta_{s+1} - \delta_s|, \qquad t \ge -1, \quad \delta_{-1} = 0 .
# $$
#
# Year 0 is the first treated one, so the step from −1 to 0 is the first that a cluster could hide.
# $\bar M = 0$ is parallel trends, $\bar M = 1$ says that the future is no wilder than the past.
# The confidence sets below ({term}`honest bounds`) hold for every such violation. They are found by testing one value of the effect after another on a grid
# and keeping those that are not rejected. (The test is the authors' choice, a conditional test with a least-favourable first stage.)


# %%
def by_magnitude(event, mbar):
    """Interval of the mean effect; the same draws at every magnitude."""
    rng = np.random.default_rng(SEED)
    weights = mean_after(event)
    return relative_magnitudes(
        *event, mbar, rng, weights=weights, points=8000
    )


magnitudes = (0.0, 0.5, 1.0, 1.5, 2.0)
relative = {
    name: {m: by_magnitude(event, m) for m in magnitudes}
    for name, event in events.items()
}
undone = {
    name: breakdown(lambda m, event=event: by_magnitude(event, m), 4.0)
    for name, event in events.items()
}

# %% [markdown]
# ## Bounds by smoothness
#
# A drift that is steady before the start will hardly break at the start. Let the *slope* of the violation change by at most $M$
# from year to year; $M = 0$ allows a straight line and subtracts it. A natural unit for $M$ is
# the drift that the test misses half of the time, here that of the two-way study for both.
# (These intervals are of another kind than those above: not a test inverted on a grid, but the shortest of a fixed length
# that hold for every violation allowed {cite:p}`armstrong2018`.)

# %%
shares = (0.0, 0.1, 0.25, 0.5, 1.0)
unit = half.slope
smooth = {
    name: {
        share: smoothness(*event, share * unit, weights=mean_after(event))
        for share in shares
    }
    for name, event in events.items()
}
undone_smooth = {
    name: breakdown(
        lambda m, event=event: smoothness(
            *event, m, weights=mean_after(event)
        ),
        4 * unit,
    )
    for name, event in events.items()
}


# %% tags=["hide-input"]
def shown(bounds):
    return f"[{bounds.lower:.4f}, {bounds.upper:.4f}]"


lines = []
for restriction, table in (
    ("relative magnitude", relative),
    ("smoothness", smooth),
):
    for size in table["two-way, controls"]:
        lines.append(
            {"restriction": restriction, "size": f"{size:.2f}"}
            | {name: shown(table[name][size]) for name in events}
        )
page.table(
    pd.DataFrame(lines),
    name="tbl-honest",
    caption="95 % confidence sets of the mean effect under violations of parallel trends",
    notes="Size: the multiple of the largest move before the start; for smoothness, M in units of the drift that the two-way study "
    f"finds half of the time, {unit:.4f} Theil points a year.",
)

# %% tags=["hide-input"]
fig, axes = plt.subplots(1, 2, figsize=(8.6, 3.5), sharey=True)
for axis, (title, table) in zip(
    axes,
    (("relative magnitude", relative), ("smoothness", smooth)),
    strict=True,
):
    axis.axhline(0, color=INK, linewidth=0.8)
    for shift, (name, colour) in enumerate(
        zip(events, ("blue", "vermillion"), strict=True)
    ):
        sizes = np.arange(len(table[name])) + 0.16 * (shift - 0.5)
        low = [b.lower for b in table[name].values()]
        high = [b.upper for b in table[name].values()]
        axis.vlines(
            sizes,
            low,
            high,
            color=COLOURS[colour],
            linewidth=5,
            alpha=0.7,
            label=name,
        )
    axis.set_xticks(range(len(table[name])), [f"{m:g}" for m in table[name]])
    axis.set_title(title)
    axis.set_xlabel("size of the violation")
axes[0].set_ylabel("mean effect, Theil points")
axes[1].legend(fontsize=9)
page.figure(
    fig,
    name="fig-honest",
    caption="Confidence sets of the mean effect as larger violations are allowed.",
    alt="Two panels of vertical intervals that widen from left to right as the allowed violation grows, "
    "for the two-way event study and for that of Callaway and Sant'Anna.",
)

# %% [markdown]
# {numref}`fig-honest-explorer` shows where such an interval comes from. On the left, the shaded cone is what trends may be off by if they were
# as wild before the start as the estimates say; an effect is safe to the extent that it lies outside. On the right is the interval.
# Move the size until the interval touches zero: that is the breakdown value. Then change the restriction. A smooth
# violation follows the line through the last years before the start, so it can be large in level and small in curvature.

# %% tags=["hide-input"]
SIZES = np.arange(0, 2.01, 0.25)
at_times = {
    "two-way, controls": times,
    "Callaway–Sant'Anna, no controls": never.table["at"].to_numpy(),
}


def cone(event, restriction, size, ahead):
    """Ends of the violation, so many years after the last one before."""
    before = np.append(event[0][: event[2]], 0.0)  # the reference is zero
    if restriction == "relative magnitude":
        return np.outer([-1, 1], size * abs(np.diff(before)).max() * ahead)
    bend = size * unit * ahead * (ahead + 1) / 2
    return np.diff(before)[-1] * ahead + np.outer([-1, 1], bend)


bounds = {}
for name, event in events.items():
    for size in SIZES:
        known = relative[name].get(size) or by_magnitude(event, size)
        bounds[name, "relative magnitude", size] = known
        bounds[name, "smoothness", size] = smoothness(
            *event, size * unit, weights=mean_after(event)
        )
ends = [abs(b) for v in bounds.values() for b in (v.lower, v.upper)]
ends = [end for end in ends if np.isfinite(end)] or [0.0]
errors = [
    1.96 * np.sqrt(np.diag(event[1])).max() for event in events.values()
]
reach = max(
    *(
        abs(e[0]).max() + s
        for e, s in zip(events.values(), errors, strict=True)
    ),
    np.quantile(ends, 0.8),
)
first = min(t.min() for t in at_times.values())
last = max(t.max() for t in at_times.values())
fig, (left, right) = plt.subplots(
    1, 2, figsize=(6.8, 3.9), sharey=True, width_ratios=[1.8, 1]
)
left.set(
    xlim=(first - 0.5, last + 0.5),
    ylim=(-1.05 * reach or -1, 1.05 * reach or 1),
    xlabel="years since the start",
    ylabel="Theil points",
)
right.set(
    xlim=(-0.15, 2.15),
    xlabel="size of the violation",
    title="95% set of the mean",
)
for axis in (left, right):
    axis.axhline(0, color=INK, linewidth=0.8, alpha=0.6)
blue, orange = COLOURS["blue"], COLOURS["orange"]
restrictions, reading = ("relative magnitude", "smoothness"), ""
for c, (name, event) in enumerate(events.items()):
    t, spread = at_times[name], 1.96 * np.sqrt(np.diag(event[1]))
    with at(left, c=c):
        left.errorbar(t, event[0], spread, fmt="o", color=blue)
        left.plot([-1], [0], "o", color=INK, markersize=4)
    for (b, restriction), (a, size) in product(
        enumerate(restrictions), enumerate(SIZES)
    ):
        held = bounds[name, restriction, size]
        ends = np.clip([held.lower, held.upper], -reach, reach)
        ahead = np.arange(t.max() + 2)
        down, up = cone(event, restriction, size, ahead).clip(-reach, reach)
        with at(right, b=b, c=c):
            right.plot([size, size], ends, color=blue, lw=6, alpha=0.28)
        with at(right, a=a, b=b, c=c):
            right.plot([size, size], ends, color=blue, lw=6)
        with at(left, a=a, b=b, c=c):
            left.fill_between(
                ahead - 1, down, up, color=orange, alpha=0.35, lw=1
            )
        inside = "inside" if held.lower <= 0 <= held.upper else "outside"
        line = (
            f"{name}, {restriction} {size:.2f}: the mean effect of "
            f"{mean_after(event) @ event[0][event[2] :]:.4f} becomes "
            f"[{held.lower:.4f}, {held.upper:.4f}]; <b>zero is {inside}</b>."
        )
        reading += when(line.replace("-0.", "−0."), a=a, b=b, c=c)
page.interactive(
    fig,
    [
        Selector("a", "Size", [f"{size:.2f}" for size in SIZES], 4),
        Selector("b", "Restriction", restrictions, 0, "menu"),
        Selector("c", "Event study", list(events), 0, "menu"),
    ],
    words=reading,
    name="fig-honest-explorer",
    caption="Event study with the violations that a restriction allows (cone), and the confidence set of the mean effect at each size, "
    "strong for the chosen one. Sizes as in the table above; what is beyond the picture is cut off.",
    alt="Left, event-study estimates with 95 % intervals and a cone that opens from the year before the start. Right, "
    "confidence sets of the mean effect that widen with the size of the violation. The words below give the chosen set.",
)


# %% tags=["remove-cell"]
def words(value, top, digits=2):
    """A breakdown value, or where the search for it ended."""
    beyond = np.isinf(value)
    return f"beyond {top:.{digits}f}" if beyond else f"{value:.{digits}f}"


_, pooled = two_way_study("bin")
undone_pooled = breakdown(lambda m: by_magnitude(pooled, m), 4.0)
page.tell(
    undone_pooled=words(undone_pooled, 4),
    undone_two_way=words(undone["two-way, controls"], 4),
    undone_robust=words(undone["Callaway–Sant'Anna, no controls"], 4),
    undone_smooth_two_way=words(
        undone_smooth["two-way, controls"], 4 * unit, 4
    ),
    undone_smooth_robust=words(
        undone_smooth["Callaway–Sant'Anna, no controls"], 4 * unit, 4
    ),
)

# %% tags=["remove-cell"]
# a breakdown value of null lies beyond the largest violation that was tried
finite = {
    f"{measure}, {name}": None if np.isinf(value) else float(value)
    for measure, found in (
        ("breakdown, relative magnitude", undone),
        ("breakdown, smoothness in Theil points", undone_smooth),
    )
    for name, value in found.items()
}
finite["pre-trend bias found half of the time, share of effect"] = float(
    abs(half.bias / rows[0][3])
)
page.export_json("indicators_07_2_honest.json", "indicators", values=finite)

# %% [markdown]
# ## What to conclude
#
# The {term}`breakdown value` is the smallest violation at which the interval touches zero. In relative magnitude it is {glue:text}`undone_two_way` for
# the paper's regression on this panel and {glue:text}`undone_robust` for Callaway and Sant'Anna's estimator without controls; in smoothness, $M$ is
# {glue:text}`undone_smooth_two_way` and {glue:text}`undone_smooth_robust` Theil points a year. In relative magnitude, zero says that the
# interval holds zero even under parallel trends, and a value above one that the finding survives violations as bad as any seen before. In
# smoothness, zero says that subtracting a straight line is enough to lose it. What one counts as the past matters: with −8 pooled with −7, as in
# chapter 4.2, the two-way value in relative magnitude would be {glue:text}`undone_pooled`.
#
# No value is a threshold of truth. What counts is whether one can name a cause that would produce a violation of
# that size: a poverty programme that starts in the same counties in the same year is
# not bounded by anything seen before. And the two columns bound different things, the first trends *given the controls*, the second
# unconditional ones; so their difference is not the estimator's alone. Bounds given the controls
# have nothing to say about controls that the policy itself moves.

# %% tags=["remove-input"]
page.words(
    synthetic="On the synthetic panel the quiet past was put in: the calibration asked for leads that are far from "
    "significant and for clearly negative effects, because the paper's text says that its Figure 1 shows this. "
    "The power, the bounds and the breakdown values on this page inherit it, and say nothing about China."
)

# %% [markdown]
# ## Exercises

# %% [markdown]
# ### Exercise 1: predict
#
# Take Callaway and Sant'Anna's event study and suppose that we had only the last three moves before the start, not all
# of them. Is the *identified set* at $\bar M = 1$ (the interval without sampling error) then longer, shorter, or can one not say? Let
# `answer_1` be its length as a multiple of its length with all moves. Is it a flaw that a longer past gives a longer interval?
#
# <details class="hint"><summary>Hint</summary>
#
# The length is in proportion to the largest absolute move before the start. The moves are the differences of the estimates before the start,
# with the zero of the reference year as the last of them: `estimates, variance, n_pre = events["Callaway–Sant'Anna, no controls"]`.
#
# </details>

# %% tags=["solution", "hide-cell"]
estimates, variance, n_pre = events["Callaway–Sant'Anna, no controls"]
moves = np.abs(np.diff(np.append(estimates[:n_pre], 0.0)))
answer_1 = moves[-3:].max() / moves.max()

# %% tags=["check"]
check_1(answer_1, events, SEED)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# It cannot be longer: a maximum over fewer moves is never larger. So a study with a long past pays a price: its
# "no worse than anything seen before" allows more. In part that is right, for it has seen more. In part it is noise, for the largest
# of many *estimated* moves grows with their number even where trends are parallel. Values of $\bar M$ from studies with pasts of
# different length are therefore not comparable, and the years that enter should be chosen before looking.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Look at the first treated year alone instead of the mean of all treated years. Let `answer_2` be the breakdown value of Callaway and Sant'Anna's event
# study in relative magnitude. How does it compare with that of the mean, and why?
#
# <details class="hint"><summary>Hint</summary>
#
# Without `weights`, `relative_magnitudes` is about the first period after the start. `breakdown` wants a function of $\bar M$ alone; use
# the same seed at each call, as `by_magnitude` does, and let it search up to 4.
#
# </details>


# %% tags=["solution", "hide-cell"]
def first_year(mbar):
    event = events["Callaway–Sant'Anna, no controls"]
    return relative_magnitudes(*event, mbar, np.random.default_rng(SEED))


answer_2 = breakdown(first_year, 4.0)

# %% tags=["check"]
check_2(answer_2, SEED, events, undone)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Violations add up: one move has been possible until the first treated year, two until the second, three until the third. The mean of
# three years can be off by $(1 + 2 + 3)/3 = 2$ moves, the first year by one. So the same $\bar M$ does half the damage, and unless
# the effect is smaller or noisier at the start, the breakdown value is larger. The price is another question: the first year is
# the one in which a policy has done least.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# At $M = 0$ the smoothness interval allows no curvature at all, and yet it is wider than the usual interval of the same mean
# effect. Let `answer_3` be how many times as wide it is for the two-way event study. Where does the width come from?
#
# <details class="hint"><summary>Hint</summary>
#
# The usual 95 % interval is $2 \times 1.96$ standard errors long, and the variance of the mean effect is $w'Vw$,
# with $w$ from `mean_after` and $V$ the block of the variance after the start.
#
# </details>

# %% tags=["solution", "hide-cell"]
estimates, variance, n_pre = events["two-way, controls"]
w = mean_after(events["two-way, controls"])
usual = 2 * 1.96 * np.sqrt(w @ variance[n_pre:, n_pre:] @ w)
straight = smoothness(estimates, variance, n_pre, 0.0, weights=w)
answer_3 = (straight.upper - straight.lower) / usual

# %% tags=["check"]
check_3(answer_3, events)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The line that $M = 0$ allows is not known. Its slope is estimated from the years before the start, carried on to the years after it,
# and subtracted. The slope's own sampling error comes along, the more so the further ahead one looks. (The check does the same with generalised
# least squares: a common line through all years, and a free effect in each year after the start.) The usual interval is
# shorter because it *assumes* a slope of zero, which is just what this chapter doubts.
#
# </details>
