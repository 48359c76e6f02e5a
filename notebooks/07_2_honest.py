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
# A quiet past, the absence of a {term}`pre-trend`, is weak support for parallel trends. Would the test of chapter 4.2 have noticed a drift that
# matters? And how much may trends differ before the finding is gone?

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
from scipy import stats

import clustergap as cg
from bookkit.display import COLOURS, INK
from bookkit.interactive import Selector, at, when
from bookkit.page import Page
from paneldid.eventstudy import window_event_time
from paneldid.honest import (
    breakdown,
    pretrend_power,
    relative_breakdown,
    relative_magnitudes,
    slope_with_power,
    smoothness,
)
from paneldid.identified import Gaps, with_comparison
from paneldid.staggered import aggregate, att_gt, balanced

# %%
study = cg.load(DATA)
page = Page("07_2_honest", study)
panel, adapted = with_comparison(study.panel)

# %% tags=["remove-input"]
page.banner()

# %% tags=["remove-input"]
page.say(adapted)


# %% [markdown]
# **The answer.** On this panel, the effect of the first treated year in the paper's regression stays significant as long as trends move apart, from one year to the next, by less than **{glue:text}`undone_two_way`** times the largest such move
# before the start (Callaway and Sant'Anna without controls: {glue:text}`undone_robust`); that counts the years from {glue:text}`lo` on, which every cohort has. For the mean of all treated years, and the whole past, it is
# {glue:text}`undone_two_way_all` and {glue:text}`undone_robust_all`: violations add up, and only some cohorts have the earliest years ({numref}`fig-honest-past`).
#
# Looking whether any lead is significant is a poor guard: it finds something in
# **{glue:text}`look_at_none:.0%`** of all samples *without* a drift. A drift whose bias is {glue:text}`share_half:.0%`
# of the effect is found by the joint test at 5 % in only {glue:text}`joint_at_half:.0%` of the samples.


# %% tags=["hide-input"]
def two_way_study(outside, controls=study.controls):
    """Times, estimates and variance of the two-way event study."""
    k = window_event_time(panel["event_time"], outside=outside).astype(int)
    regressors = "+".join(["i(k,ref=-1)", *controls])
    fit = pf.feols(
        f"gap~{regressors}|county+year",
        panel.assign(k=k),
        vcov={"CRV1": "county"},
    )
    times = np.array(
        [int(n.removeprefix("k::")) for n in fit._coefnames if "k::" in n]
    )
    place = [fit._coefnames.index(f"k::{t}") for t in times]
    estimates = fit.coef().to_numpy()[place]
    return times, estimates, fit._vcov[np.ix_(place, place)]


def by_cohort_study(controls):
    """The same of Callaway and Sant'Anna's, against the never treated."""
    complete = balanced(panel, ["gap", *controls])
    found = aggregate(att_gt(complete, "gap", controls, base="universal"))
    table = found.table
    return (
        table["at"].to_numpy(),
        table["estimate"].to_numpy(),
        found.variance,
    )


def between(found, start, last):
    """Estimates, variance and number before, of a study from start to last."""
    times, estimates, variance = found
    kept = (times >= start) & (times <= last)
    block = variance[np.ix_(kept, kept)]
    return estimates[kept], block, int((times[kept] < -1).sum())


def mean_after(event):
    """Weights of the mean effect."""
    n_post = len(event[0]) - event[2]
    return np.full(n_post, 1 / n_post)


PAPER, ROBUST = "two-way, controls", "Callaway–Sant'Anna, no controls"
gaps = Gaps()
studies = {}
for name, estimate, chosen in (
    (PAPER, lambda c: two_way_study("own", c), study.controls),
    ("two-way, no controls", lambda c: two_way_study("own", c), ()),
    ("Callaway–Sant'Anna, controls", by_cohort_study, study.controls),
    (ROBUST, by_cohort_study, ()),
):
    if chosen == study.controls and name != PAPER:
        with gaps.column(name):
            studies[name] = estimate(list(chosen))
    else:
        studies[name] = estimate(list(chosen))

# years before and after the start that every cohort has
seen = panel[panel["treat"] == 1].groupby("cohort")["event_time"]
seen = seen.agg(["min", "max"]).query("min < 0 and max >= 0")
LO, HI = int(min(seen["min"].max(), -2)), int(seen["max"].min())
events = {n: between(found, -99, 99) for n, found in studies.items()}
steady = {n: between(found, LO, HI) for n, found in studies.items()}

# %% tags=["hide-input"]
TRIED = 4  # the largest violation, in largest moves or in drifts (below)
PAST = range(int(studies[PAPER][0].min()), -1)
last = int(studies[PAPER][0].max())
common = f"mean of years 0 to {HI}" if HI else "the first treated year"
parameters = {common: HI} | {f"mean of years 0 to {last}": last}


def undone_by(event):
    """The breakdown value in relative magnitude."""
    rng = np.random.default_rng(SEED)
    return relative_breakdown(*event, TRIED, rng, weights=mean_after(event))


fig, axes = plt.subplots(
    1, len(parameters), figsize=(8.6, 3.4), sharey=True, squeeze=False
)
values = {}
for axis, (title, end) in zip(axes[0], parameters.items(), strict=True):
    for name, colour, marker in (
        (PAPER, "blue", "o"),
        (ROBUST, "vermillion", "s"),
    ):
        starts = [k for k in PAST if between(studies[name], k, end)[2]]
        found = [undone_by(between(studies[name], k, end)) for k in starts]
        values |= {
            (name, k, end): v for k, v in zip(starts, found, strict=True)
        }
        axis.plot(
            starts,
            np.minimum(found, TRIED),
            color=COLOURS[colour],
            marker=marker,
            label=name,
        )
    axis.axvspan(LO - 0.15, LO + 0.15, color=INK, alpha=0.12)
    axis.axhline(1, color=INK, linewidth=0.8, linestyle=":")
    axis.set(
        xlabel="first year of the past",
        title=f"effect: {title}",
        ylim=(0, None),
    )
axes[0, 0].set_ylabel("breakdown value")
axes[0, 0].legend(fontsize=9)
page.figure(
    fig,
    name="fig-honest-past",
    caption="Breakdown value in relative magnitude, by where the past is taken to begin. Grey: the earliest year that every "
    "cohort has."
    + f" Values above {TRIED} are drawn at {TRIED}."
    * (max(values.values()) > TRIED),
    alt="Two panels of two rising lines: the later the past begins, the larger the violation that the finding survives. "
    "The lines for the mean of all treated years lie lower than those for the years that all cohorts have.",
)

# %% [markdown]
# ## What goes in
#
# An event study and its variance. Here are four: the paper's two-way regression, and Callaway
# and Sant'Anna's estimator with the never treated as comparison (chapter 7.1), each with and without the controls (the latter takes them from the
# year before the start).
#
# Not every year before the start is observed for every cohort. From {glue:text}`lo` to {glue:text}`hi` the same counties are behind each estimate; a move further back
# compares *different* cohorts with one another, and so does the mean effect, whose last year only the first cohort has. The bounds below
# restrict how trends move, not how groups differ {cite:p}`rambachan2023`: for averages over changing cohorts they hold only if every cohort has the same violation.
# So the window with a constant composition comes first, and the whole one is a check of sensitivity.

# %% tags=["remove-cell"]
page.tell(
    lo=f"−{-LO}",
    lo_years=-LO,
    hi=HI,
    fourth="fourth" if len(events) == 4 else "third",
)

# %% [markdown]
# ## Would the test have noticed?
#
# Suppose cluster counties drift by a constant amount a year, with or without clusters. The usual look at a
# figure finds the drift if at least one estimate before the start is significant. With several of them it finds something even where there
# is nothing, since each has its own chance of a false alarm. Three tests keep the 5 %: the joint Wald test, the largest
# $t$ ratio with its own critical value (sup-$t$), and the best test against just this alternative, a straight line fitted by generalised least squares. How steep must the
# drift be for the look to find it in half of all samples? What would it do to the
# estimate after the start, in the samples where it was *not* found {cite:p}`roth2022`?

# %%
rows, half = {}, {}
for name, event in events.items():
    estimates, variance, n_pre = event
    of_slope = {
        slope: pretrend_power(
            variance,
            n_pre,
            slope,
            np.random.default_rng(SEED),
            weights=mean_after(event),
        )
        for slope in (0.0, slope_with_power(variance, n_pre, 0.5, SEED))
    }
    none, half[name] = of_slope.values()
    leads, ahead = np.arange(-n_pre, 0), variance[:n_pre, :n_pre]
    information = leads @ np.linalg.solve(ahead, leads)
    found_best = (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) / np.sqrt(
        information
    )
    equivalent = abs(estimates[:n_pre]) + stats.norm.ppf(0.95) * np.sqrt(
        np.diag(ahead)
    )
    rows[name] = {
        "the look finds something, no drift": f"{none.power:.0%}",
        "drift a year that it finds half of the time": f"{half[name].slope:.4f}",
        "power against that drift: Wald": f"{half[name].joint:.0%}",
        "… sup-t": f"{half[name].sup_t:.0%}",
        "… best": f"{half[name].best:.0%}",
        "bias by that drift": f"{half[name].bias:.4f}",
        "… where the look missed it": f"{half[name].bias_if_passed:.4f}",
        "drift a year that the best finds at 80 %": f"{found_best:.4f}",
        "every lead is within ±": f"{equivalent.max():.4f}",
    }
    if name == PAPER:
        effect = mean_after(event) @ estimates[n_pre:]
        page.tell(
            look_at_none=none.power,
            slope_half=half[name].slope,
            bias_half=half[name].bias,
            share_half=abs(half[name].bias / effect),
            two_way_mean=effect,
            worsens=half[name].bias_if_passed / half[name].bias,
            joint_at_half=half[name].joint,
            best_at_half=half[name].best,
            found_best=found_best,
            within=equivalent.max(),
            within_share=equivalent.max() / abs(effect),
        )

# %% tags=["hide-input"]
page.table(
    pd.DataFrame(rows).rename_axis("event study"),
    name="tbl-pretrend-power",
    caption="A drift that the look at the leads finds half of the time, and how often proper tests find it",
    notes="Power: of tests at 5 %. Bias: of the mean effect after the start. At 80 %: in four samples of five. "
    "Within: the smallest bound that two one-sided tests at 5 % show to hold for every lead. Drift, bias and within: Theil points."
    + gaps.note,
)

# %% tags=["hide-input"]
_, variance, n_pre = events[PAPER]
slopes = np.linspace(0, 2.5 * half[PAPER].slope, 16)
curves = [
    pretrend_power(
        variance, n_pre, slope, np.random.default_rng(SEED), draws=8000
    )
    for slope in slopes
]
fig, axis = plt.subplots(figsize=(7, 3.3))
for what, label, colour in (
    ("power", "usual look", "vermillion"),
    ("joint", "Wald", "blue"),
    ("sup_t", "sup-t", "orange"),
    ("best", "best against a line", "green"),
):
    axis.plot(
        slopes,
        [getattr(found, what) for found in curves],
        label=label,
        color=COLOURS[colour],
    )
axis.axhline(0.05, color=INK, linewidth=0.8, linestyle=":")
axis.set(xlabel="drift a year, Theil points", ylabel="finds something")
axis.legend()
page.figure(
    fig,
    name="fig-pretrend-power",
    caption="How often four tests of the leads find a drift, in the paper's regression on the panel. At zero a test at 5 % should find one in twenty.",
    alt="Four rising curves. Three begin at five per cent; that of the usual look begins far higher.",
)

# %% [markdown]
# In the paper's regression on this panel, a drift of {glue:text}`slope_half:.4f` a year escapes the usual look in half of all samples; the same look
# raises a false alarm in {glue:text}`look_at_none:.0%` of samples without any drift. Of the tests that keep 5 %, Wald has a power of {glue:text}`joint_at_half:.0%` against it, the best
# one {glue:text}`best_at_half:.0%`: the leads hardly tell this drift from none. It would move the mean
# effect by {glue:text}`bias_half:.4f`, or {glue:text}`share_half:.0%` of the estimate of
# {glue:text}`two_way_mean:.4f`. Does looking first help? Among the samples that pass, the bias is
# {glue:text}`worsens:.1f` times as large: estimate and test lean on the same reference year. To be found at 80 % by the best test, a drift must
# be {glue:text}`found_best:.4f` a year.
#
# That nothing was found shows no equivalence. The reverse question, how large leads can be *ruled out* {cite:p}`dette2024`, has the answer
# ±{glue:text}`within:.4f`, which is {glue:text}`within_share:.0%` of the mean effect.
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
# and keeping those that are not rejected. (The test is the authors' choice, a conditional test with a least-favourable first stage. With bounds on
# steps its nuisance parameters drop out in closed form, so that any number of years after the start will do.)


# %%
def by_magnitude(event, mbar):
    """Interval of the mean effect; the same draws at every magnitude."""
    rng = np.random.default_rng(SEED)
    weights = mean_after(event)
    return relative_magnitudes(
        *event, mbar, rng, weights=weights, points=2000
    )


WINDOWS = {f"−{-LO} to {HI}": steady, "all years": events}
magnitudes = (0.0, 0.5, 1.0, 1.5, 2.0)
relative = {
    (window, name): {m: by_magnitude(event, m) for m in magnitudes}
    for window, of_window in WINDOWS.items()
    for name, event in of_window.items()
}
undone = {
    (window, name): undone_by(event)
    for window, of_window in WINDOWS.items()
    for name, event in of_window.items()
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
unit = half[PAPER].slope
smooth = {
    (window, name): {
        share: smoothness(*event, share * unit, weights=mean_after(event))
        for share in shares
    }
    for window, of_window in WINDOWS.items()
    for name, event in of_window.items()
}
undone_smooth = {
    (window, name): breakdown(
        lambda m, event=event: smoothness(
            *event, m, weights=mean_after(event)
        ),
        TRIED * unit,
    )
    for window, of_window in WINDOWS.items()
    for name, event in of_window.items()
}


# %% tags=["hide-input"]
def shown(bounds):
    return f"[{bounds.lower:.3f}, {bounds.upper:.3f}]"


def words(value, digits=2, one=1.0):
    """A breakdown value in units of `one`, or where the search for it ended."""
    if np.isinf(value):
        return f"more than {TRIED * one:.{digits}f}"
    return f"{value:.{digits}f}"


lines = []
for window in WINDOWS:
    for kind, table, at_zero, one in (
        ("relative", relative, undone, 1),
        ("smooth", smooth, undone_smooth, unit),
    ):
        for size in table[window, PAPER]:
            lines.append(
                {"years": window, "restriction": kind, "size": f"{size:.2f}"}
                | {n: shown(table[window, n][size]) for n in events}
            )
        lines.append(
            {"years": window, "restriction": kind, "size": "breakdown"}
            | {n: words(at_zero[window, n] / one) for n in events}
        )
page.table(
    pd.DataFrame(lines),
    name="tbl-honest",
    caption="95 % confidence sets of the effect under violations of parallel trends: of the first treated years that all cohorts have, and of the mean of all treated years (“all years”)",
    notes="Size: for relative magnitudes, the multiple of the largest move before the start; for smoothness, M in units of the drift that the look at the two-way study "
    f"finds half of the time, {unit:.4f} Theil points a year. Breakdown: the size at which zero comes in; “more than {TRIED:.2f}”: zero is still outside at that size, the largest tried."
    + gaps.note
    + study.controls_note,
)

# %% [markdown]
# Read along a row: from the first to the second column only the controls change, from the second to the {glue:text}`fourth` only the estimator.
#
# {numref}`fig-honest-explorer` shows where such an interval comes from. On the left, the shaded cone is what trends may be off by if they were
# as wild before the start as the estimates say; an effect is safe to the extent that it lies outside. On the right is the interval.
# Move the size until the interval touches zero: that is the breakdown value. Then change the restriction. A smooth
# violation follows the line through the last years before the start, so it can be large in level and small in curvature. (All years and their mean; {numref}`tbl-honest` has the others.)

# %% tags=["hide-input"]
SIZES = np.arange(0, 2.01, 0.25)
pictured = {name: events[name] for name in (PAPER, ROBUST)}
at_times = {name: studies[name][0] for name in pictured}


def cone(event, restriction, size, ahead):
    """Ends of the violation, so many years after the last one before."""
    before = np.append(event[0][: event[2]], 0.0)  # the reference is zero
    if restriction == "relative magnitude":
        return np.outer([-1, 1], size * abs(np.diff(before)).max() * ahead)
    bend = size * unit * ahead * (ahead + 1) / 2
    return np.diff(before)[-1] * ahead + np.outer([-1, 1], bend)


bounds = {}
for name, event in pictured.items():
    for size in SIZES:
        known = relative["all years", name].get(size) or by_magnitude(
            event, size
        )
        bounds[name, "relative magnitude", size] = known
        bounds[name, "smoothness", size] = smoothness(
            *event, size * unit, weights=mean_after(event)
        )
ends = [abs(b) for v in bounds.values() for b in (v.lower, v.upper)]
ends = [end for end in ends if np.isfinite(end)] or [0.0]
errors = [
    1.96 * np.sqrt(np.diag(event[1])).max() for event in pictured.values()
]
reach = max(
    *(
        abs(e[0]).max() + s
        for e, s in zip(pictured.values(), errors, strict=True)
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
for c, (name, event) in enumerate(pictured.items()):
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
        Selector("c", "Event study", list(pictured), 0, "menu"),
    ],
    words=reading,
    name="fig-honest-explorer",
    caption="Event study with the violations that a restriction allows (cone), and the confidence set of the mean effect at each size, "
    "strong for the chosen one. Sizes as in the table above; what is beyond the picture is cut off.",
    alt="Left, event-study estimates with 95 % intervals and a cone that opens from the year before the start. Right, "
    "confidence sets of the mean effect that widen with the size of the violation. The words below give the chosen set.",
)


# %% [markdown]
# ## Did the counties act early?
#
# All this takes the year before the start for untreated. If counties that expect a cluster move before they have one, −1 is a bad
# reference {cite:p}`callaway2021`. The remedy costs nothing: measure the first year's effect against −2 or −3.

# %% tags=["hide-input"]
early, rows = [], []
for base in (-1, -2, -3):
    line = {"compared with": f"−{-base}"}
    for name, (times, estimates, variance) in studies.items():
        if base != -1 and base not in times:
            line[name] = "not observed"
            continue
        contrast = (times == 0).astype(float) - (times == base)
        se = np.sqrt(contrast @ variance @ contrast)
        line[name] = f"{contrast @ estimates:.4f} ({se:.4f})"
        if name == ROBUST:
            early.append(contrast @ estimates)
    rows.append(line)
page.table(
    pd.DataFrame(rows),
    name="tbl-anticipation",
    caption="Effect of the first treated year against the year before the start, and against earlier ones",
    notes="Standard errors by county." + gaps.note,
)

# %% tags=["remove-cell"]
page.tell(
    early_first=early[0],
    early_range=f"{min(early):.4f} to {max(early):.4f}",
    early_turn="shrinks: a sign of neither"
    if max(map(abs, early)) <= abs(early[0])
    else "grows: a sign of one of them",
)

# %% [markdown]
# Callaway and Sant'Anna's estimate without controls runs from {glue:text}`early_range` over the three bases, {glue:text}`early_first:.4f` being the usual one. Anticipation would make the effect
# *grow* in size as the base moves back, by as much as was anticipated; so would a slow drift in the effect's direction, and the table could not tell them apart. Here it {glue:text}`early_turn`.

# %% tags=["remove-cell"]
pooled = between(two_way_study("bin"), -99, 99)
steady_years = next(iter(WINDOWS))
smooth_words = [
    words(undone_smooth[steady_years, name], 4, unit) for name in pictured
]
whole = "all years"
of_past = {
    n: [v for (m, _, end), v in values.items() if (m, end) == (n, last)]
    for n in (PAPER, ROBUST)
}
between_two = max(abs(a - b) for a, b in zip(*of_past.values(), strict=False))
page.tell(
    tried=TRIED,
    past_more="What one counts as the past matters more than the estimator."
    if np.ptp(of_past[PAPER]) > between_two
    else "What one counts as the past matters, and so does the estimator.",
    undone_pooled=words(undone_by(pooled)),
    undone_two_way=words(undone[steady_years, PAPER]),
    undone_robust=words(undone[steady_years, ROBUST]),
    undone_two_way_all=words(undone[whole, PAPER]),
    undone_robust_all=words(undone[whole, ROBUST]),
    undone_from_lo=words(values.get((PAPER, LO, last), np.nan)),
    undone_smooth=" and ".join(dict.fromkeys(smooth_words)) + " Theil points",
)

# %% tags=["remove-cell"]
# a breakdown value of null lies beyond the largest violation that was tried
finite = {
    f"{measure}, {name}, {window}": None if np.isinf(value) else float(value)
    for measure, found in (
        ("breakdown, relative magnitude", undone),
        ("breakdown, smoothness in Theil points", undone_smooth),
    )
    for (window, name), value in found.items()
    if name in pictured
}
finite["pre-trend bias found half of the time, share of effect"] = float(
    abs(half[PAPER].bias / effect)
)
page.export_json("indicators_07_2_honest.json", "indicators", values=finite)

# %% [markdown]
# ## What to conclude
#
# The {term}`breakdown value` is the smallest violation at which the interval touches zero. In the window that every cohort has it is {glue:text}`undone_two_way` for
# the paper's regression on this panel and {glue:text}`undone_robust` for Callaway and Sant'Anna's estimator without controls, in relative magnitude; in smoothness it is
# {glue:text}`undone_smooth`, where “more than” says that zero is
# still outside at the largest $M$ that was tried, {glue:text}`tried` times the drift of {numref}`tbl-honest`. In relative magnitude, zero says that the
# interval holds zero even under parallel trends, and a value above one that the finding survives violations as bad as any seen before. In
# smoothness, zero says that subtracting a straight line is enough to lose it.
#
# {glue:text}`past_more` For the mean of all treated years the two-way value is {glue:text}`undone_two_way_all` with every year,
# and {glue:text}`undone_from_lo` from −{glue:text}`lo_years` on. Pooling the two earliest years, as chapter 4.2 does, gives {glue:text}`undone_pooled`, but not because trends were calmer:
# the largest move of the whole past leads from years that only the later cohorts have to years that all have.
#
# No value settles it. Ask whether a cause can be named that would produce a violation of
# that size: a poverty programme that starts in the same counties in the same year is
# not bounded by anything seen before. And columns with and without controls bound different things, trends *given the controls* and
# unconditional ones. Bounds given the controls have nothing to say about controls that the policy itself moves.

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
# Without `weights`, `relative_breakdown` is about the first period after the start. Let it search up to 4, with a generator of the chapter's seed.
#
# </details>

# %% tags=["solution", "hide-cell"]
event = events["Callaway–Sant'Anna, no controls"]
answer_2 = relative_breakdown(*event, 4.0, np.random.default_rng(SEED))

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
# At $M = 0$ the smoothness interval allows no curvature at all. Let `answer_3` be how many times as wide it is as the usual interval of the same mean
# effect, for the two-way event study with controls and all years. Where does the width come from, and must the ratio be above one?
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
# least squares: a common line through all years, and a free effect in each year after the start.)
#
# The ratio need not be above one. The usual interval *assumes* a slope of zero, but it also compares with the year −1 alone, while the line
# uses all years before the start. With shocks that hardly last, that gain can outweigh what the slope costs: in a textbook design with
# independent shocks the line's interval is the shorter one.
#
# </details>

# %% [markdown]
# ### Exercise 4: explain
#
# An open question. A referee writes: "The pre-trends are insignificant, so parallel trends hold." Answer in at most 150 words, with numbers of this page,
# for a reader who knows regression and no more. Say what would change your mind.
#
# <details class="hint"><summary>Hint</summary>
#
# What is the test's size, what its power, and against what? What does a confidence set say that a test does not?
#
# </details>

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Give one point for each of five things. (1) Not rejecting is not accepting: the power against a named drift is given as a number. (2) The look's
# false alarms are counted before its power is praised. (3) The drift is translated into bias of the *effect*. (4) A breakdown value or an equivalence bound is
# quoted with its window and parameter. (5) Something is named that would change the writer's mind: a known programme with that timing, other cohorts' paths, a longer past
# of constant composition. An answer that only says "absence of evidence" has one point.
#
# </details>
