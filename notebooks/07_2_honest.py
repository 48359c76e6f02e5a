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
# A quiet past is weak support for parallel trends. This chapter asks two sharper questions. Would the
# test of chapter 4.2 have noticed a drift that matters? And how much may trends differ before the
# finding is gone?

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
SEED = 2023  # of the simulated critical values; any number will do

# %% tags=["hide-input"]
import json

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf
from myst_nb import glue

import clustergap as cg
from clustergap import style
from clustergap.estimable import with_comparison
from clustergap.eventstudy import window_event_time
from clustergap.honest import (
    breakdown,
    pretrend_power,
    relative_magnitudes,
    slope_with_power,
    smoothness,
)
from clustergap.project import results_folder, write_atomically
from clustergap.robust import aggregate, att_gt, balanced

style.use_style()

# %%
study = cg.load(DATA)
panel, adapted = with_comparison(study.panel)
controls = "+".join(cg.CONTROLS)

# %% tags=["remove-input"]
style.banner(study)

# %% tags=["remove-input"]
style.prose(adapted) if adapted else None

# %% [markdown]
# ## What goes in
#
# An event study and its variance. Here are two: the paper's two-way regression with controls, and Callaway
# and Sant'Anna's estimator with the never treated as comparison (chapter 7.1). The parameter is the mean of the effects
# from the first treated year on.

# %%
k = window_event_time(panel["event_time"], outside="bin")
fit = pf.feols(
    f"gap~i(k,ref=-1)+{controls}|county+year",
    panel.assign(k=k),
    vcov={"CRV1": "county"},
)
times = np.array(
    [int(n.removeprefix("k::")) for n in fit._coefnames if "k::" in n]
)
place = [fit._coefnames.index(f"k::{t}") for t in times]
two_way = (
    fit.coef().to_numpy()[place],
    fit._vcov[np.ix_(place, place)],
    int((times < -1).sum()),
)

complete = balanced(panel, ["gap"])
never = aggregate(att_gt(complete, "gap", base="universal"))
robust = (
    never.table["estimate"].to_numpy(),
    never.variance,
    int((never.table["at"] < -1).sum()),
)
events = {"two-way, controls": two_way, "Callaway–Sant'Anna": robust}


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
style.table(
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
    source=study.source,
    notes="Bias is that of the mean effect after the start, in Theil points.",
)

# %% tags=["remove-cell"]
half = rows[0][2]
glue("slope_half", float(half.slope), display=False)
glue("bias_half", float(half.bias), display=False)
glue("share_half", float(abs(half.bias / rows[0][3])), display=False)
glue("two_way_mean", float(rows[0][3]), display=False)
glue("robust_mean", float(rows[2][3]), display=False)
glue(
    "worsens",
    float(half.bias_if_passed / half.bias),
    display=False,
)

# %% [markdown]
# In the paper's regression, a drift of {glue:text}`slope_half:.4f` a year escapes notice half of the time. It would move the mean
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
# |\delta_{t+1} - \delta_t| \le \bar M \max_{s < 0} |\delta_{s+1} - \delta_s|, \qquad t \ge 0 .
# $$
#
# $\bar M = 0$ is parallel trends, $\bar M = 1$ says that the future is no wilder than the past.
# The confidence sets below hold for every such violation. They come from a conditional test with a
# least-favourable first stage; the only freedom left is the grid on which the effect is tested.


# %%
def by_magnitude(event, mbar):
    """Interval of the mean effect; the same draws at every magnitude."""
    rng = np.random.default_rng(SEED)
    return relative_magnitudes(*event, mbar, rng, weights=mean_after(event))


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
# the drift that the test misses half of the time.

# %%
shares = (0.0, 0.1, 0.25, 0.5, 1.0)
unit = {name: found.slope for name, power, found, _ in rows if power == 0.5}
smooth = {
    name: {
        share: smoothness(
            *event, share * unit[name], weights=mean_after(event)
        )
        for share in shares
    }
    for name, event in events.items()
}
undone_smooth = {
    name: breakdown(
        lambda m, event=event: smoothness(
            *event, m, weights=mean_after(event)
        ),
        4 * unit[name],
    )
    / unit[name]
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
style.table(
    pd.DataFrame(lines),
    name="tbl-honest",
    caption="95 % confidence sets of the mean effect under violations of parallel trends",
    source=study.source,
    notes="Size: the multiple of the largest move before the start; for smoothness, M in units of the drift found half of the time.",
)

# %% tags=["hide-input"]
fig, axes = plt.subplots(1, 2, figsize=(8.6, 3.5), sharey=True)
for axis, (title, table) in zip(
    axes,
    (("relative magnitude", relative), ("smoothness", smooth)),
    strict=True,
):
    axis.axhline(0, color=style.INK, linewidth=0.8)
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
            color=style.COLOURS[colour],
            linewidth=5,
            alpha=0.7,
            label=name,
        )
    axis.set_xticks(range(len(table[name])), [f"{m:g}" for m in table[name]])
    axis.set_title(title)
    axis.set_xlabel("size of the violation")
axes[0].set_ylabel("mean effect, Theil points")
axes[1].legend(fontsize=9)
style.figure(
    fig,
    name="fig-honest",
    caption="Confidence sets of the mean effect as larger violations are allowed.",
    alt="Two panels of vertical intervals that widen from left to right as the allowed violation grows, "
    "for the two-way event study and for that of Callaway and Sant'Anna.",
    source=study.source,
)


# %% tags=["remove-cell"]
def words(value, top):
    return f"beyond {top:g}" if np.isinf(value) else f"{value:.2f}"


glue("undone_two_way", words(undone["two-way, controls"], 4), display=False)
glue("undone_robust", words(undone["Callaway–Sant'Anna"], 4), display=False)
glue(
    "undone_smooth_two_way",
    words(undone_smooth["two-way, controls"], 4),
    display=False,
)
glue(
    "undone_smooth_robust",
    words(undone_smooth["Callaway–Sant'Anna"], 4),
    display=False,
)

# %% tags=["remove-cell"]
# a breakdown value of null lies beyond the largest violation that was tried
finite = {
    f"{measure}, {name}": None if np.isinf(value) else float(value)
    for measure, found in (
        ("breakdown, relative magnitude", undone),
        ("breakdown, smoothness", undone_smooth),
    )
    for name, value in found.items()
}
write_atomically(
    results_folder() / "indicators_07_2_honest.json",
    json.dumps(
        {
            "schema": "clustergap.indicators",
            "version": 1,
            "chapter": "07_2_honest",
            "source": study.source,
            "values": {
                **finite,
                "pre-trend bias found half of the time, share of effect": float(
                    abs(half.bias / rows[0][3])
                ),
            },
        },
        indent=1,
    )
    + "\n",
)

# %% [markdown]
# ## What to conclude
#
# The *breakdown value* is the smallest violation at which the interval touches zero. In relative magnitude it is {glue:text}`undone_two_way` for
# the paper's regression and {glue:text}`undone_robust` for Callaway and Sant'Anna's estimator; in smoothness (in the
# units of {numref}`tbl-honest`) {glue:text}`undone_smooth_two_way` and {glue:text}`undone_smooth_robust`. A value of zero says that the
# interval holds zero even under parallel trends, a value above one that the finding survives violations as bad as any seen before.
#
# No value is a threshold of truth. What counts is whether one can name a cause that would produce a violation of
# that size: a poverty programme that starts in the same counties in the same year is
# not bounded by anything seen before. And the bounds concern trends *given the controls*: they
# have nothing to say about controls that the policy itself moves.

# %% [markdown]
# ## Exercises
#
# 1. *Predict.* The longer the series before the start, the larger tends to be the largest of its moves. What does that do to
#    the interval at $\bar M = 1$? Is that a flaw?
# 2. *Change.* Look at the first treated year alone (weights 1, 0, 0). Why does the breakdown value rise?
# 3. *Explain.* The smoothness interval at $M = 0$ is wider than the usual one although it allows no curvature. Where does the width come from?
