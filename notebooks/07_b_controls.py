# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 7b Which controls? Bad ones and missing ones
#
# The paper's baseline holds eight county variables fixed. Two questions follow, and they are opposites. Did clusters move these variables themselves, so that
# holding them fixed takes a part of the effect away or lets a bias in? And how strong would a variable that is *not* held fixed have to be
# to undo the printed estimate?

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables

# %% tags=["hide-input"]
from itertools import product

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf
from exercises.controls import check_1, check_2, check_3

import clustergap as cg
from bookkit.display import COLOURS, INK
from bookkit.ledger import PUBLISHED
from bookkit.page import Page
from paneldid.decomposition import gelbach
from paneldid.eventstudy import coefficients, joint_test, window_event_time
from paneldid.identified import Gaps, NotEstimable, with_comparison
from paneldid.sensitivity import (
    benchmark,
    oster_delta,
    partial_r2,
    robustness_value,
)
from printcheck import Interval, read_cells, read_roles

# %%
study = cg.load(DATA)
page = Page("07_b_controls", study)
controls = [*study.controls]
if not controls:
    raise NotEstimable("These data hold none of the paper's controls.")
panel, adapted = with_comparison(study.panel)
by_county = {"CRV1": "county"}
names = {c: cg.LABELS[c] for c in controls}
same_year = "+".join(controls)

# %% tags=["remove-input"]
page.banner()

# %% tags=["remove-input"]
page.say(adapted)

# %% tags=["hide-input"]
moves = gelbach(panel, "gap", "did", controls)  # what is explained below
bare = pf.feols("gap~did|county+year", panel, vcov=by_county)
full = pf.feols(f"gap~did+{same_year}|county+year", panel, vcov=by_county)
spread = panel[controls].std()
parts = moves.loc[controls]

# the paper's Table 2: every value that a printed number can have had
cells = read_cells(PUBLISHED / "cells.csv")
values = {c[:4]: Interval.from_printed(c.printed, c.decimals) for c in cells}


def printed(column, row="did", what="estimate"):
    """All values of a number of Table 2 before it was rounded."""
    return values["table_2", str(column), row, what]


def over_roundings(formula, *numbers):
    """Range of a formula that is monotone in each of some printed numbers."""
    found = [formula(*ends) for ends in product(*(n.ends for n in numbers))]
    return Interval(min(found), max(found))


shape = read_roles(PUBLISHED / "roles.yml")["panel"]
years = shape["last"] - shape["first"] + 1
effects = shape["units"] + years - 1
df = printed(3, "model", "n").lo - effects - 1 - len(cg.CONTROLS)
effect, error = printed(3), printed(3, what="se")


def value(estimate, se):
    """The robustness value of the printed effect."""
    return robustness_value(estimate / se, df)


robust = over_roundings(value, effect, error)

# %% tags=["remove-cell"]
moved = (parts["moved"] / parts["moved_se"]).abs() > 1.96
largest = parts["contribution"].abs().idxmax()
page.tell(
    n_moved=int(moved.sum()),
    n_controls=len(controls),
    bare=bare.coef()["did"],
    full=full.coef()["did"],
    largest_name=names[largest],
    largest_part=-parts.loc[largest, "contribution"],
    rv=value(effect.middle, error.middle),
    rv_range=f"{robust:.1%}",
)

# %% [markdown]
# **The answer, on the panel.** Clusters move {glue:text}`n_moved` of the {glue:text}`n_controls` controls. Holding all of them fixed in the same
# year takes the estimate from {glue:text}`bare:.4f` to {glue:text}`full:.4f`, and this small move hides larger ones that cancel: one control alone ({glue:text}`largest_name`) moves it by
# {glue:text}`largest_part:+.4f` (minus its part in {numref}`fig-moved-controls`). Held at their values before the policy, the controls move it the other way, to {glue:text}`before:.4f`.
#
# **The answer, from print.** A missing variable that explains {glue:text}`rv:.1%` ({glue:text}`rv_range` over all roundings) of what is left of both the treatment and the gap would bring the
# paper's estimate to zero. Of the gap, the control that comes out strongest from the printed digits as they stand ({glue:text}`strongest_name`) explains {glue:text}`strongest:.2%`, much less; rounding leaves the order open ({numref}`tbl-benchmarks`). What controls explain of the treatment is not printed.

# %% tags=["hide-input"]
fig, axes = plt.subplots(1, 2, figsize=(8.4, 3.2), sharey=True)
sides = (
    ("moved", "moved_se", spread, "effect of did, standard deviations"),
    ("contribution", "se", 1, "part of the difference, Theil points"),
)
for axis, (what, se, scale, label) in zip(axes, sides, strict=True):
    axis.axvline(0, color=INK, linewidth=0.8)
    axis.errorbar(
        parts[what] / scale,
        range(len(controls)),
        xerr=1.96 * parts[se] / scale,
        fmt="o",
        color=COLOURS["blue"],
    )
    axis.set_xlabel(label)
axes[0].set_yticks(range(len(controls)), names.values())
axes[0].invert_yaxis()
page.figure(
    fig,
    name="fig-moved-controls",
    caption="Left: the effect of treatment on each control. Right: the part of each in the estimate without controls less that with all. 95 % intervals.",
    alt="Two columns of points with intervals, a row a control. "
    + " ".join(
        f"{names[c]}: moved by {parts['moved'][c] / spread[c]:.2f} standard deviations, part {parts['contribution'][c]:.4f}."
        for c in controls
    ),
)

# %% [markdown]
# ## Controls that the treatment moves
#
# A {term}`bad control` is itself a result of the treatment {cite:p}`angrist2009`. Industry's share of GDP may well be one: a policy that brings processing
# to farm counties changes what their economies are made of. The test is simple: take each control as the *outcome* of the event study of chapter 4.2. A good control is flat throughout. One that
# drifts before the start differs between the groups; one that jumps at the start is moved.

# %%
k = window_event_time(panel["event_time"], outside="own").astype(int)
paths = {
    c: pf.feols(f"{c}~i(k,ref=-1)|county+year", panel.assign(k=k), by_county)
    for c in controls
}

# %% tags=["hide-input"]
fig, axes = plt.subplots(2, 4, figsize=(8.4, 3.8), sharex=True, sharey=True)
for axis, c in zip(axes.flat, controls, strict=False):
    path = coefficients(paths[c], variable="k").set_index("event_time")
    path = path / spread[c]
    axis.axhline(0, color=INK, linewidth=0.8)
    axis.axvline(-0.5, color=INK, linewidth=0.8, linestyle=":")
    axis.fill_between(
        path.index,
        path["lower"],
        path["upper"],
        color=COLOURS["blue"],
        alpha=0.2,
    )
    axis.plot(path["estimate"], color=COLOURS["blue"])
    axis.set_title(names[c], fontsize=7.5)
for axis in axes.flat[len(controls) :]:
    axis.remove()
fig.supxlabel("years since the first cluster year", fontsize="medium")
fig.supylabel("standard deviations", fontsize="medium")
page.figure(
    fig,
    name="fig-control-paths",
    caption="Each control as the outcome of a two-way event study, in its standard deviations; pointwise 95 % intervals. The dotted line is the start.",
    alt="Small event-study figures, one a control. The table below gives the size of each step at the start and the test of the years before.",
)

# %% [markdown]
# How much does each matter? The estimate without controls, less that with all of them, is exactly a sum over the controls {cite:p}`gelbach2016`,
#
# $$
# \underbrace{\beta_{0}}_{\text{no controls}} - \underbrace{\beta}_{\text{all}} = \sum_c \underbrace{m_c}_{\text{did → }c} \times \underbrace{s_c}_{c\text{ → gap}},
# $$
#
# where $m_c$ is the coefficient of `did` with $c$ as the outcome, and $s_c$ that of $c$ in the full regression. Unlike adding one control after the other, the split does
# not depend on an order.

# %% tags=["hide-input"]
gaps = Gaps()
leads = {}
for c, fit in paths.items():
    with gaps.column("the test of the years before"):
        before_start = [int(e) for e in sorted(set(k)) if e < -1]
        leads[c] = f"{joint_test(fit, before_start, variable='k').p:.3f}"
shown = pd.DataFrame(
    {
        "did → control, m": parts["moved"].map("{:z.4f}".format),
        "(SE)": parts["moved_se"].map("({:.4f})".format),
        "years before: joint p": [leads.get(c, "–") for c in controls],
        "control → gap, s": parts["slope"].map("{:z.5f}".format),
        "part m × s": parts["contribution"].map("{:z.4f}".format),
        "(SE) ": parts["se"].map("({:.4f})".format),
    }
)
whole = moves.loc["all"]
shown.loc["all"] = [
    "",
    "",
    "",
    "",
    f"{whole['contribution']:z.4f}",
    f"({whole['se']:.4f})",
]
page.table(
    shown.rename(names).rename_axis("control"),
    name="tbl-gelbach",
    caption="Gelbach's decomposition of the change when the controls enter",
    notes="Standard errors, clustered by county; those of the parts by the delta method."
    + gaps.note
    + study.controls_note,
)

# %% tags=["remove-cell"]
against = parts.loc[
    np.sign(parts["contribution"]) != np.sign(whole["contribution"]),
    "contribution",
]
page.tell(
    gross=parts["contribution"].abs().sum(),
    net=whole["contribution"],
    against=len(against),
)

# %% [markdown]
# The parts add up to {glue:text}`net:.4f`; without their signs they add up to {glue:text}`gross:.4f`, and {glue:text}`against` of them have the sign that their sum does not have. So a small change between
# two columns of a table is no sign that the controls are harmless.

# %% tags=["remove-input"]
page.words(
    synthetic="That clusters move these controls is the calibration's doing, so that the printed coefficients of all columns come out together. Whether real clusters "
    "move them is not known. It takes these eight regressions, and the authors can run them.",
    own="A control that moves at the start and not before is a result of the policy. Leave it out, or hold it fixed as it was before.",
)

# %% [markdown]
# ### Hold them as they were before
#
# Three estimates answer three questions. *Without controls*: the whole effect, if the gaps would have moved in parallel. *With controls of the same year*: the effect
# other than through the controls, if in addition nothing unseen moves both a control and the gap; Caetano, Callaway, Payne and Rodrigues show that a two-way regression with such
# controls need not give the effect on the treated even with two periods {cite:p}`caetano2022`. *With controls of a year before the policy, times year effects*: the whole effect, if counties that were alike then
# would have moved in parallel. Clusters cannot move these, and they allow for different paths of
# industrial and farming counties, the reason for having controls.

# %%
start = panel["cohort"].min()
last = panel.loc[panel["year"] < start, "year"].max()
before = panel[panel["year"] == last]
base = before.set_index("county")[controls].add_prefix("base_")
based = panel.join(base, on="county").dropna(subset=[*base])
by_year = "+".join(f"i(year,{b},ref={last})" for b in base)
ways = {
    "none": (bare.coef()["did"], bare.se()["did"]),
    "same year": (full.coef()["did"], full.se()["did"]),
}
with gaps.column("controls of the base year"):
    if based.empty:
        raise NotEstimable(
            "No county is observed before the first cluster year."
        )
    held = pf.feols(f"gap~did+{by_year}|county+year", based, vcov=by_county)
    ways["base year × year"] = held.coef()["did"], held.se()["did"]

# %% tags=["remove-cell"]
if "base year × year" in ways:
    page.tell(before=ways["base year × year"][0])

# %% tags=["hide-input"]
page.table(
    pd.DataFrame(
        [(n, f"{b:.4f}", f"({s:.4f})") for n, (b, s) in ways.items()],
        columns=["controls", "effect", "(SE)"],
    ),
    name="tbl-ways-to-control",
    caption="The two-way estimate with three uses of the controls",
    notes="Clustered by county. Base year: the last before the first cluster."
    + gaps.note,
)

# %% [markdown]
# {doc}`Chapter 7.1 <07_1_staggered>` has the same comparison for estimators that choose their comparisons.
#
# ## What a missing variable would have to do
#
# From here on, **Table 2 of the paper is enough**; the one comparison with the panel says so. Suppose a variable is missing from its column 3. How far it can move the
# coefficient depends on two shares only: what it explains of the treatment that the other regressors leave, $R^2_D$, and what it explains of the gap that they and the treatment leave, $R^2_Y$
# {cite:p}`cinelli2020`. With $f^2 = t^2/\mathit{df}$, the estimate is gone when
#
# $$
# R^2_Y \, \frac{R^2_D}{1 - R^2_D} = f^2 .
# $$
#
# The *robustness value* is the point of that curve at which both shares are equal. Each input is printed to three decimals, so each result is a range.


# %%
def f2(estimate, se):
    """Explained over unexplained variance of a coefficient."""
    return (estimate / se) ** 2 / df


def of_gap(estimate, se):
    """Share of what is left of the gap, explained by a printed coefficient."""
    return partial_r2(estimate / se, df)


def needed(estimate, se, other, other_se):
    """Share of the treatment that a variable of this strength would need."""
    strength = f2(estimate, se)
    return strength / (strength + of_gap(other, other_se))


marks = {}
for c in cg.CONTROLS:
    slope, slope_se = printed(3, c), printed(3, c, "se")
    if slope_se.lo > 0:  # else its t can be anything
        t = over_roundings(lambda b, s: abs(b / s), slope, slope_se)
        own = over_roundings(of_gap, slope, slope_se)
        asked = over_roundings(needed, effect, error, slope, slope_se)
        marks[c] = of_gap(slope.middle, slope_se.middle), t, own, asked

# %% tags=["hide-input"]
FROM_PRINT = "the paper's Table 2, printed numbers only"
significant = over_roundings(
    lambda b, s: robustness_value(b / s, df, level=0.05), effect, error
)
all_of_gap = over_roundings(of_gap, effect, error)
strongest_first = sorted(marks, key=lambda c: -marks[c][0])
page.table(
    pd.DataFrame(
        [
            (cg.LABELS[c], f"{t:.1f}", f"{own:.2%}", f"{asked:.0%}")
            for c in strongest_first
            for _, t, own, asked in [marks[c]]
        ],
        columns=[
            "as strong as",
            "|t|",
            "explains of the gap",
            "would have to explain of the treatment",
        ],
    ),
    name="tbl-benchmarks",
    caption="A missing variable as strong, for the gap, as a printed control: how strong must it be for the treatment?",
    notes="Ranges over all roundings of the printed digits. Grain per person prints as zero with a zero error: its stars say that $t$ is not small, and nothing says how large it may be.",
    source=FROM_PRINT,
)

# %% tags=["hide-input"]
share = np.geomspace(0.005, 0.95, 200)
low, high = over_roundings(f2, effect, error).ends
fig, axis = plt.subplots(figsize=(6.4, 3.8))
axis.fill_between(
    share,
    low * (1 - share) / share,
    (high * (1 - share) / share).clip(max=1),
    color=COLOURS["vermillion"],
    alpha=0.25,
    label="the estimate is zero (all roundings)",
)
centre = value(effect.middle, error.middle)
axis.plot(
    [centre],
    [centre],
    "o",
    color=COLOURS["vermillion"],
    label="robustness value",
)
for c, style in zip(strongest_first[:3], ("-", "--", ":"), strict=False):
    axis.axhline(
        marks[c][0],
        color=COLOURS["blue"],
        linestyle=style,
        label=f"{cg.LABELS[c]}, of the gap",
    )
axis.set(
    xscale="log",
    yscale="log",
    ylim=(0.002, 1),
    xlabel="explained of what is left of the treatment",
    ylabel="explained of what is left of the gap",
)
for side in (axis.xaxis, axis.yaxis):
    side.set_major_formatter("{x:g}")
axis.legend(fontsize=9)
page.figure(
    fig,
    name="fig-confounder",
    caption="Band: missing variables that bring the printed estimate to zero. Above it the sign turns. Lines: what a printed control explains of the gap.",
    alt=f"On logarithmic axes a falling band, through the point where both shares are {centre:.3f}. Horizontal lines at "
    f"{', '.join(f'{marks[c][0]:.4f} for {cg.LABELS[c]}' for c in strongest_first[:3])} meet it only far to the right.",
    source=FROM_PRINT,
)

# %% tags=["remove-cell"]
first = strongest_first[0]
plain = pf.feols(f"gap~did+{same_year}|county+year", panel, vcov="iid")
page.tell(
    strongest=marks[first][0],
    strongest_name=cg.LABELS[first],
    asked=f"{marks[first][3]:.0%}",
    all_of_gap=f"{all_of_gap:.2%}",
    rv_significant=f"{significant:.1%}",
    rv_clustered=robustness_value(full.tstat()["did"], plain._df_t),
    rv_plain=robustness_value(plain.tstat()["did"], plain._df_t),
)

# %% [markdown]
# A variable that explains **all** that is left of the gap would need {glue:text}`all_of_gap` of the treatment. One as strong for the gap as {glue:text}`strongest_name` would need {glue:text}`asked` of what the other regressors leave open about who joins and when; where a control's digits are few, its range in the table is wide. To leave the estimate insignificant at 5 %, {glue:text}`rv_significant` of both is enough.
#
# Three cautions. *First*, the theory takes classical standard errors, and the paper says that its are clustered. How far that matters shows on the panel: {glue:text}`rv_clustered:.1%` with
# the clustered $t$, {glue:text}`rv_plain:.1%` with the classical one. (The {doc}`audit <90_audit>` doubts that all printed errors are clustered.) *Second*, the printed controls are a yardstick for
# the gap only. How much they explain of the treatment is not printed, and something that came *with* the clusters, say a poverty programme, can explain a great deal of it.
# *Third*, a control that clusters move is a bad yardstick as well (exercise 2), and nothing here touches spillovers or the measure of the gap.

# %% [markdown]
# ### Selection on what is seen, and on what is not
#
# Oster compares how far an estimate moves as controls enter with how much $R^2$ they bring, and asks: how many times as related to the treatment as these controls, $\delta$, would everything
# unseen have to be for the effect to be zero {cite:p}`oster2019`? A usual bar is $\delta = 1$. Table 2 prints all that her approximation takes, once a largest possible $R^2$ is chosen.


# %%
def delta(short, short_r2, long, long_r2, times):
    """Oster's approximation; the largest R²: a multiple of the last, at most 1."""
    return oster_delta(
        short, short_r2, long, long_r2, min(times * long_r2, 1)
    )


rows = []
for a, b in ((1, 2), (2, 3), (1, 3)):
    known = [
        printed(a),
        printed(a, "model", "r2"),
        printed(b),
        printed(b, "model", "r2"),
    ]
    capped = 1.3 * known[3].lo >= 1  # then both limits are one
    for times in (np.inf,) if capped else (1.3, np.inf):
        found = over_roundings(lambda *x, m=times: delta(*x, m), *known)
        limit = "1.3 × R²" if times == 1.3 else "1"
        rows.append((f"{a} to {b}", limit, *known, found))
oster = pd.DataFrame(
    rows, columns=["columns", "largest R²", "short", "r2", "long", "R2", "δ"]
)

# %% tags=["hide-input"]
page.table(
    pd.DataFrame(
        {
            "columns": oster["columns"],
            "estimate": [
                f"{r.short.middle:.3f} → {r.long.middle:.3f}"
                for r in oster.itertuples()
            ],
            "R²": [
                f"{r.r2.middle:.3f} → {r.R2.middle:.3f}"
                for r in oster.itertuples()
            ],
            "largest R²": oster["largest R²"],
            "δ": oster["δ"].map("{:.2f}".format),
        }
    ),
    name="tbl-oster",
    caption="Oster's δ across the columns of Table 2",
    notes="Column 1: no controls; 2: controls; 3: controls, county and year effects. Ranges over all roundings.",
    source=FROM_PRINT,
)

# %% tags=["remove-cell"]
within_levels = oster.loc[oster["columns"] == "1 to 2", "δ"]
page.tell(
    delta_low=within_levels.iloc[-1].lo,
    delta_high=within_levels.iloc[0].hi,
    delta_whole=f"{oster['δ'].iloc[-1]:.2f}",
)

# %% [markdown]
# From column 1 to 3, $\delta$ is {glue:text}`delta_whole`, below the bar. From 1 to 2 it is {glue:text}`delta_low:.1f` to {glue:text}`delta_high:.0f`, above it, but for the estimate of column 2, on which the
# paper does not rely. What differs is *who counts as a control*: county and year effects bring most of the $R^2$ of column 3 and take most of the estimate away.
# To ask that unseen variables be as selective as all these effects is harsh, and to leave the effects out, as columns 1 to 2 do, asks for nothing. The comparison that would help, without and with controls *within* counties, needs an $R^2$ net of fixed effects, which the paper does not print.
#
# ## What to conclude
#
# Leave out of the regression what the policy may move, or hold it as it was before; the move between two columns tests neither. Against missing variables, print shows one side: to undo the estimate, a variable no stronger for the gap than the printed
# controls would have to explain a large share of the treatment ({numref}`tbl-benchmarks`). That says what to look for, another programme with the same places and dates, and not that there is none.
#
# ## Exercises

# %% [markdown]
# ### Exercise 1: predict
#
# Take the control with the largest part in {numref}`tbl-gelbach` (its name is in `largest`) out of the full regression, and keep the other controls. Will the estimate move by exactly that part? Guess, then
# let `answer_1` be the estimate of `did` without it.
#
# <details class="hint"><summary>Hint</summary>
#
# The part is $m_c s_c$, and $m_c$ comes from a regression of the control on `did` *alone*. Which regression gives the change when one control leaves and the others stay?
#
# </details>

# %% tags=["solution", "hide-cell"]
others = "".join(f"+{c}" for c in controls if c != largest)
answer_1 = pf.feols(f"gap~did{others}|county+year", panel).coef()["did"]

# %% tags=["check"]
check_1(answer_1, panel, controls, largest)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# No. When one control leaves, the others take over what they share with it. The change is its slope times the coefficient of `did` in a regression of the control on `did` *and the other
# controls*. Gelbach's parts answer another question: how the whole change, from none to all, is shared out.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Print gives one side of a benchmark only; the panel gives both. Suppose that a variable is missing which is as strong as `largest`, for the treatment and for the gap. What would the
# estimate on the panel be (`answer_2`)? Use classical errors.
#
# <details class="hint"><summary>Hint</summary>
#
# `benchmark` takes the estimate, its error, the degrees of freedom, and the control's partial $R^2$ with treatment and with the gap: `partial_r2` of its $t$ in a regression of `did`
# on the controls, and in the full one. `fit._df_t` has the degrees of freedom.
#
# </details>

# %% tags=["solution", "hide-cell"]
on_did = pf.feols(f"did~{same_year}|county+year", panel, vcov="iid")
answer_2 = benchmark(
    plain.coef()["did"],
    plain.se()["did"],
    plain._df_t,
    of_did := partial_r2(on_did.tstat()[largest], on_did._df_t),
    partial_r2(plain.tstat()[largest], plain._df_t),
).estimate
page.tell(benchmarked=answer_2, of_did=of_did)

# %% tags=["check"]
check_2(answer_2, panel, controls, largest)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# {glue:text}`benchmarked:.4f`, in place of {glue:text}`full:.4f`: given the other controls, this one explains {glue:text}`of_did:.0%` of the treatment. A benchmark takes that for selection. But {numref}`tbl-gelbach` says that
# this control is moved *by* the treatment, so part of the share is a result. A bad control is a bad benchmark too: choose one that was fixed before. And the bound
# is for a variable that pulls towards zero; one that pulls away from it is as possible.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# Another team has a quarter of the residual degrees of freedom, the printed estimate, and twice the printed standard error, so half the $t$. What is its robustness value (`answer_3`, from the
# printed digits as they stand)? Why does it not fall, although the estimate is less certain?
#
# <details class="hint"><summary>Hint</summary>
#
# `robustness_value(t, df)` takes both. Which combination of the two enters the curve above?
#
# </details>

# %% tags=["solution", "hide-cell"]
answer_3 = robustness_value(effect.middle / (2 * error.middle), df / 4)

# %% tags=["check"]
check_3(answer_3, effect.middle, error.middle, df)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The same: only $f^2 = t^2/\mathit{df}$ enters. A robustness value describes how much of the gap the treatment goes with, not how precisely that is known. The version at a level of 5 % does
# depend on precision. A huge sample makes any estimate significant and none robust.
#
# </details>
