# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 7.1 Staggered adoption
#
# Clusters started in batches ({term}`staggered adoption`). A two-way regression then compares treated counties not only with
# untreated ones, but also with counties that were treated *before* them. Does that matter here, and what do
# estimators say that avoid it?

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
SEED = 2021  # of the simultaneous bands; any number will do

# %% tags=["hide-input"]
import warnings

import diff_diff as dd
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf
from exercises.staggered import check_1, check_2, check_3
from scipy.stats import norm

import clustergap as cg
from bookkit.display import (
    COLOURS,
    INK,
    PAPER,
    STARS_NOTE,
    regression_table,
)
from bookkit.interactive import Selector, at, belong, when
from bookkit.page import Page
from clustergap.disclosure import format_count
from clustergap.requirements import require_cohorts_told
from paneldid.decomposition import extended_two_way
from paneldid.eventstudy import (
    coefficients,
    sup_t,
    sup_t_critical_value,
    window_event_time,
)
from paneldid.identified import (
    Gaps,
    NotEstimable,
    require_several,
    with_comparison,
)
from paneldid.staggered import aggregate, att_gt, balanced

# A change announced for the package's next version; this book pins this one.
warnings.filterwarnings("ignore", message=".*aggregate=.*deprecated")

# %%
study = cg.load(DATA)
page = Page("07_1_staggered", study)
# several of these estimators need every county in every year
panel = balanced(study.panel, ["gap", *study.controls])
panel, adapted = with_comparison(panel)
panel = panel.assign(first=panel["cohort"].fillna(0).astype(int))
by_county = {"CRV1": "county"}
controls = "+".join(study.controls)
columns = {
    "outcome": "gap",
    "unit": "county",
    "time": "year",
    "first_treat": "first",
}

# %% tags=["remove-input"]
page.banner()

# %% tags=["remove-input"]
page.say(adapted)

# %% tags=["hide-input"]
treated = panel["did"] == 1  # the figure's weights are explained below


def weights(regressors):
    """Weights of the treated county-years in the coefficient of `did` beside these."""
    rest = pf.feols(f"did~{regressors}|county+year", panel, vcov="iid")
    weight = pd.Series(rest.resid(), panel.index)[treated]
    return weight / weight.sum()


weight, weight_full = weights("1"), weights(controls or "1")
pairs = dd.BaconDecomposition(weights="exact").fit(panel, **columns)
pairs = pairs.to_dataframe()
forbidden = pairs.loc[
    pairs["comparison_type"] == "later_vs_earlier", "weight"
].sum()
harmless = forbidden < 0.05 and not (weight < 0).any()
withheld = Gaps()  # sizes and weights can give counties away
with withheld.column("the decomposition"):
    require_cohorts_told(study, panel)
told = not withheld.reasons

# %% tags=["remove-input"]
page.say(
    "**The answer.** On the panel it matters {glue:text}`matters`"
    + ": comparisons with counties treated earlier have {glue:text}`forbidden:.1%` of the weight"
    * told
    + ". Without controls, {glue:text}`n_estimators` estimators of the effect on "
    "all cohorts lie between {glue:text}`bare_low:.4f` and {glue:text}`bare_high:.4f`, the two-way regression among them at "
    "{glue:text}`two_way:.4f`. How controls enter moves the estimate {glue:text}`further`, from {glue:text}`same_year_high:.4f` to {glue:text}`base_year_low:.4f`: that is the "
    "question of {doc}`chapter 7b <07_b_controls>`."
)

# %% tags=["hide-input"]
equal = 1 / treated.sum()
cell = [panel["first"].where(panel["first"] > 0, np.inf), panel["year"]]
size = panel.groupby(cell[0])["county"].nunique()
height = size / size.sum() if told else 1 / len(size) + 0 * size
mean_weight = (weight / equal).groupby([c[treated] for c in cell]).mean()
years = np.sort(panel["year"].unique())
years = years[years >= size.index.min() - 1]  # nobody is treated before
fig, axis = plt.subplots(figsize=(3.7, 3))
ticks, top = {}, 1.0
for cohort, high in height.items():
    top -= high
    on = years >= cohort
    for which, colour, alpha in ((on, "blue", 0.85), (~on, "grey", 0.25)):
        bar = {"color": COLOURS[colour], "alpha": alpha, "edgecolor": PAPER}
        axis.bar(years[which], high, 0.96, top, **bar)
    for year in years[on] if told else ():
        words = f"{mean_weight[cohort, year]:.2f}"
        given = {"ha": "center", "va": "center", "color": PAPER}
        axis.text(year, top + high / 2, words, **given)
    name = "never" if np.isinf(cohort) else f"{cohort:.0f}"
    ticks[top + high / 2] = f"{name} ({size[cohort]})" if told else name
axis.set_yticks([*ticks], [*ticks.values()])
axis.set_xticks(years)
axis.set(ylabel="first treated year" + " (counties)" * told, ylim=(0, 1))
axis.grid(visible=False)
page.figure(
    fig,
    name="fig-adoption",
    caption="Who is treated when (blue), from the last year before the first cluster on"
    + "; heights by the number of counties. Numbers: weight of a treated county-year in the two-way coefficient, relative to an equal share."
    * told
    + "." * (not told),
    alt="Rows of bars, one a cohort, and a column a year; blue from the first treated year on. "
    + " ".join(
        f"Cohort {g:.0f} in {t}: weight {w:.2f}."
        for (g, t), w in mean_weight.items()
    )
    * told,
)

# %% [markdown]
# ## Which comparisons make up the coefficient?
#
# A *cohort* is the set of counties with the same first treated year.
# The coefficient of `gap~did|county+year` is a weighted mean of all comparisons (the {term}`Goodman-Bacon decomposition`) of two cohorts in
# two periods {cite:p}`goodmanbacon2021`, the never treated being one of them. Two kinds are harmless: treated with never treated, and
# earlier with later *before* the later start. The third, later with earlier *after* the earlier
# start, uses treated counties as the comparison. If their effect still grows, that growth is
# subtracted from the estimate.

# %% tags=["hide-input"]
KINDS = {
    "treated_vs_never": "treated with never treated",
    "earlier_vs_later": "earlier with later treated",
    "later_vs_earlier": "later with earlier treated",
}
kinds = {
    words: {
        "comparisons": str(len(rows)),
        "weight": f"{rows['weight'].sum():.3f}",
        "mean estimate": f"{np.average(rows['estimate'], weights=rows['weight']):.4f}",
    }
    for kind, words in KINDS.items()
    if len(rows := pairs[pairs["comparison_type"] == kind])
}
page.table(
    pd.DataFrame(kinds).T.rename_axis("kind"),
    name="tbl-bacon",
    caption="Goodman-Bacon decomposition of the two-way coefficient without controls",
) if told else page.say(withheld.note.strip())

# %% tags=["remove-cell"]
if told:
    page.tell(
        forbidden=forbidden,
        negative=int((weight < 0).sum()) or "none",
        treated=f"{int(treated.sum()):,d}",
        ratio_of_weights=weight.max() / equal,
        least_weight=weight.min() / equal,
        negative_full=(weight_full < 0).sum(),
        negative_full_sum=weight_full[weight_full < 0].sum(),
        least_weight_full=weight_full.min() / equal,
        ratio_of_weights_full=weight_full.max() / equal,
    )

# %% tags=["remove-input"]
page.say(
    """There is a second way to take the coefficient apart. By Frisch and Waugh it is a weighted sum of
the outcomes, and the weights are the residuals of `did` after county and year effects. Each
treated county-year's effect enters with its residual over the sum of the residuals of all treated
county-years {cite:p}`dechaisemartin2020`. A {term}`negative weight <negative weights>` pulls the wrong way."""
    + """ {numref}`fig-adoption` has the weights. Without controls,
{glue:text}`negative` of {glue:text}`treated` treated county-years have one, and the weights range from
{glue:text}`least_weight:.2f` to {glue:text}`ratio_of_weights:.2f` times an equal share. With the paper's controls beside `did`, {glue:text}`negative_full` are negative
(together {glue:text}`negative_full_sum:.3f`), and the range is {glue:text}`least_weight_full:.1f` to {glue:text}`ratio_of_weights_full:.1f`."""
    * told
)

# %% tags=["remove-input"]
page.say(
    (
        "With so little weight on forbidden comparisons, and none negative, the two-way estimator *without controls* can do "
        "little harm in a panel of this shape."
        if harmless
        else "In a panel of this shape the two-way estimator can do harm: the more these comparisons weigh, the "
        "more it matters whether effects grow, or differ by cohort."
    )
    * told
)

# %% [markdown]
# ## Estimators that choose their comparisons
#
# The *estimand* is the mean {term}`effect on the treated`. With $Y_{it}(\infty)$ for the gap of a county that had never been treated,
#
# $$
# ATT = \frac{1}{N_1} \sum_{it:\,DID_{it}=1} E\left[Y_{it} - Y_{it}(\infty)\right] = \sum_{g \le t} \frac{N_{gt}}{N_1}\, ATT(g, t),
# $$
#
# where each of the $N_1$ treated county-years weighs the same, and $ATT(g,t)$ is the mean effect on cohort $g$ in year $t$. Nobody sees $Y_{it}(\infty)$ of a treated county. Every
# estimator fills it in, from the assumption that it would have moved in parallel in all cohorts and that nobody reacts before the start. They differ in where they look:
#
# | estimator | compares with | what counts as before | weights | parallel trends | controls |
# | :-- | :-- | :-- | :-- | :-- | :-- |
# | two-way (the paper's) | everybody, the treated too | all years | variance of treatment | in all years; equal effects | same year |
# | stacked | never treated, a block a cohort | all years of the block | variance of treatment | in all years | same year |
# | {term}`Callaway–Sant'Anna <Callaway–Sant'Anna estimator>` {cite:p}`callaway2021` | never, or not yet treated | the year before the start | size | from that year on | of that year, doubly robust |
# | {term}`Sun–Abraham <Sun–Abraham estimator>` {cite:p}`sun2021` | never treated | the year before | size | from that year on | same year |
# | {term}`imputation <imputation estimator>` {cite:p}`borusyak2024`, two-stage {cite:p}`gardner2022` | all untreated county-years | all years before | size | in all years | same year, slopes of the untreated |
# | extended two-way {cite:p}`wooldridge2025` | all untreated county-years | all years before | size | in all years | base year × year |
# | efficient {cite:p}`chen2025` | never and not yet treated, weighted | all years before, weighted | size | in all years | – |
# | local projections (LP-DID) | not yet treated | the year before | the **earliest cohort** only | from that year on | – |
#
# Two formulas say most of it. Callaway and Sant'Anna take differences of two mean changes, since the last year before the start; imputation predicts from
# county and year effects that it learns from untreated county-years alone:
#
# $$
# \widehat{ATT}(g,t) = \left(\bar Y_{g,t} - \bar Y_{g,g-1}\right) - \left(\bar Y_{C,t} - \bar Y_{C,g-1}\right),
# \qquad
# \widehat{ATT}(g,t) = \bar Y_{g,t} - \left(\bar{\hat\alpha}_{g} + \hat\lambda_t\right).
# $$
#
# One base year is noisier than the mean of all earlier ones, but trusts less in parallel paths long ago. "Controls of the base year" are, in the regressions, the values of the last year
# before the first cluster, each times all year effects, as in Wooldridge's regression. Errors are clustered by county; {doc}`chapter 7.4 <07_4_inference>` asks whether that is the right level.

# %%
last = panel.loc[panel["year"] < panel["cohort"].min(), "year"].max()
before = panel[panel["year"] == last].set_index("county")
base = before[[*study.controls]].add_prefix("base_")
panel = panel.join(base, on="county")
by_year = "".join(f"+i(year,{b},ref={last})" for b in base)

cs, gaps = {}, Gaps()  # gaps: estimates that the data at hand do not give
for control in ("never", "not_yet"):
    for used in ((), study.controls):
        against = control.replace("_", " ") + " treated"
        against += ", with controls" * bool(used)
        with gaps.column(f"Callaway–Sant'Anna, {against}"):
            cs[control, bool(used)] = att_gt(
                panel, "gap", used, control=control, base="universal"
            )
imputed = {
    bool(used): dd.ImputationDiD(pretrends=True).fit(
        panel, covariates=used, aggregate="event_study", **columns
    )
    for used in (None, [*study.controls])
}
extended = {False: extended_two_way(panel, "gap")}
with gaps.column("Extended two-way, controls"):
    if not study.controls:
        raise NotEstimable("These data hold none of the paper's controls.")
    extended[True] = extended_two_way(panel, "gap", [*base])
efficient = dd.EfficientDiD().fit(panel, **columns)
local = None
with gaps.column("Local projections"):
    if (panel["year"].drop_duplicates().sort_values().diff() > 1).any():
        raise NotEstimable(
            "They go from one year to the next, and nobody has some years in between."
        )
    local = dd.LPDiD(
        pre_window=min(6, -int(panel["event_time"].min())),
        post_window=int(panel["event_time"].max()),
        reweight=True,
    ).fit(panel, "gap", "county", "year", "did")

blocks = [
    panel[panel["first"].isin([0, g])].assign(
        block_county=panel["county"] + f"·{g}",
        block_year=panel["year"].astype(str) + f"·{g}",
    )
    for g in sorted(panel["first"].unique())
    if g > 0
]
stack = pd.concat(blocks, ignore_index=True)
tails = {"none": ""}
if study.controls:
    tails |= {"of the same year": f"+{controls}", "of the base year": by_year}
regressions = {
    (name, use): pf.feols(f"gap~did{tail}|{fixed}", rows, vcov=by_county)
    for use, tail in tails.items()
    for name, rows, fixed in (
        ("two-way", panel, "county+year"),
        ("stacked", stack, "block_county+block_year"),
    )
}

# %% tags=["hide-input"]
LINES = {
    "two-way": "Two-way (the paper's)",
    "stacked": "Stacked",
    "never": "Callaway–Sant'Anna, never treated",
    "not_yet": "Callaway–Sant'Anna, not yet treated",
    "imputation": "Imputation (Borusyak et al.)",
    "extended": "Extended two-way (Wooldridge)",
    "efficient": "Efficient (Chen et al.)",
    "lp": "Local projections, earliest cohort",
}
numbers = {
    key: (fit.coef()["did"], fit.se()["did"])
    for key, fit in regressions.items()
}
for (control, full), effects in cs.items():
    found = aggregate(effects, "simple")
    use = "of the base year" if full else "none"
    numbers[control, use] = found.overall, found.overall_se
for full, found in imputed.items():
    use = "of the same year" if full else "none"
    numbers["imputation", use] = found.overall_att, found.overall_se
for full, result in extended.items():
    use = "of the base year" if full else "none"
    numbers["extended", use] = result.overall, result.overall_se
numbers["efficient", "none"] = efficient.overall_att, efficient.overall_se
if local:
    pooled = local.pooled.set_index("window").loc["post"]
    numbers["lp", "none"] = pooled["coefficient"], pooled["se"]


cells = {key: f"{b:.4f} ({se:.4f})" for key, (b, se) in numbers.items()}
page.table(
    pd.DataFrame(
        [
            {"estimator": name}
            | {
                u.replace("none", "no controls"): cells.get((kind, u), "–")
                for u in tails
            }
            for kind, name in LINES.items()
        ]
    ),
    name="tbl-overall",
    caption="Overall effect on the treated, by estimator and use of the controls",
    notes="Standard errors, clustered by county, are in parentheses. –: not run; with controls of the base year, imputation is the extended two-way regression."
    + gaps.note
    + study.controls_note,
)

# %% tags=["remove-cell"]
ranges = {}
for name, use in zip(("bare", "same_year", "base_year"), tails, strict=False):
    # of the effect on all cohorts, so without local projections
    spread = [
        b for (n, u), (b, _) in numbers.items() if u == use and n != "lp"
    ]
    ranges[use] = np.ptp(spread)
    page.tell(**{f"{name}_low": min(spread), f"{name}_high": max(spread)})
    if use == "none":
        page.tell(
            n_estimators=len(spread), two_way=numbers["two-way", use][0]
        )
alike = ranges["none"] < numbers["two-way", "none"][1]
with_controls = [
    b for (n, u), (b, _) in numbers.items() if u != "none" and n != "lp"
]
further = with_controls and np.ptp(with_controls) > ranges["none"]
page.tell(
    matters="a good deal"
    if not harmless
    else "little"
    if alike
    else "little, though the estimators differ by more than a standard error",
    further="further" if further else "as well",
    where="Where most counties are never treated, as here, the"
    if told and panel["treat"].mean() < 0.5
    else "On this panel the",
    choice="changes little" if alike else "moves the estimate",
    more="moves the estimate more" if further else "also moves it",
)
page.export_json(
    "estimators.json",
    "estimators",
    estimators=[
        {
            "estimator": kind,
            "controls": use,
            "estimate": float(estimate),
            "se": float(se),
        }
        for (kind, use), (estimate, se) in numbers.items()
    ],
)

# %% [markdown]
# *Down* a column of {numref}`tbl-overall` only the estimator changes: without controls the estimates of effects on all cohorts lie between {glue:text}`bare_low:.4f` and
# {glue:text}`bare_high:.4f`. *Across* it the use of the controls changes: with those of the same year the range is
# {glue:text}`same_year_low:.4f` to {glue:text}`same_year_high:.4f`, with those of the base year {glue:text}`base_year_low:.4f` to {glue:text}`base_year_high:.4f`.
#
# ## Four event studies, whatever their names
#
# In a balanced panel without controls many of these names mean the same number. Figures write CS for Callaway and Sant'Anna.

# %%
k = window_event_time(panel["event_time"], outside="own").astype(int)
panel = panel.assign(k=k)
rng = np.random.default_rng(SEED)


def path_of(effects):
    """Event study of a result of diff-diff."""
    rows = [(e, v["effect"], v["se"]) for e, v in sorted(effects.items())]
    return pd.DataFrame(rows, columns=["event_time", "estimate", "se"])


def studies(outcome):
    """Four event studies: estimate, standard error, and what reaches half of a simultaneous band."""
    given = columns | {"outcome": outcome}
    fit = pf.feols(
        f"{outcome}~i(k,ref=-1)|county+year", panel, vcov=by_county
    )
    path = sup_t(fit, rng, variable="k")
    paths = {
        "Two-way": path.assign(reach=path["sup_upper"] - path["estimate"])
    }
    for control, name in (("never", "CS never"), ("not_yet", "CS not yet")):
        with Gaps().column(name):  # left out above, and so here
            found = aggregate(
                att_gt(panel, outcome, control=control, base="universal")
            )
            path = found.table.rename(columns={"at": "event_time"})
            far = sup_t_critical_value(found.variance, 0.95, rng)
            paths[name] = path.assign(reach=far * path["se"])
    fit = dd.ImputationDiD(pretrends=True)
    fit = fit.fit(panel, aggregate="event_study", **given)
    path = path_of(fit.event_study_effects).fillna({"se": 0}).astype(float)
    far = norm.ppf((1 + 0.95 ** (1 / (len(path) - 1))) / 2)  # Šidák's
    paths["Imputation"] = path.assign(reach=far * path["se"])
    return paths


found = {
    outcome: studies(outcome) for outcome in ("gap", "gini", "income_ratio")
}
paths = found["gap"]
sun_abraham = dd.SunAbraham().fit(panel, **columns)
two_stage = dd.TwoStageDiD(pretrends=True)
two_stage = two_stage.fit(panel, aggregate="event_study", **columns)
untreated = pf.feols(
    "gap~i(k,ref=-1)|county+year", panel[~treated], by_county
)

# %% tags=["remove-cell"]


def apart(one, other):
    """Largest difference of two event studies, at the event times that both have."""
    both = one.merge(other, on="event_time")
    return (both["estimate_x"] - both["estimate_y"]).abs().max()


imputation, gardner = (
    paths["Imputation"],
    path_of(two_stage.event_study_effects),
)
after = gardner["event_time"] >= 0
differences = [
    apart(gardner[after], imputation),
    apart(coefficients(untreated, variable="k"), imputation),
    abs(extended[False].overall - imputed[False].overall_att),
]
others = {"CS never": path_of(sun_abraham.event_study_effects)}
if local:
    others["CS not yet"] = local.event_study.rename(
        columns={"horizon": "event_time", "coefficient": "estimate"}
    )
for name, other in others.items():
    if name in paths:
        differences.append(apart(paths[name], other))
far = max(differences)
page.tell(
    same="less than 10⁻⁸" if far < 1e-8 else f"up to {far:.4f}",
    two_stage_before=apart(gardner[~after], imputation),
)

# %% [markdown]
# :::{admonition} Equal by algebra: a balanced panel, no controls
# :class: note
#
# - **Sun–Abraham is Callaway–Sant'Anna with the never treated**, at every event time: one dummy for each cohort and event time makes each coefficient a difference of four means.
# - **LP-DID, reweighted by size, is Callaway–Sant'Anna with the not yet treated.**
# - **Two-stage is imputation** from the start on. Before it the two differ, here by up to {glue:text}`two_stage_before:.4f`.
# - **Imputation before the start is the two-way regression** of untreated county-years alone, since −1.
# - **Extended two-way is imputation**: a dummy for every treated cell leaves county and year effects to the untreated.
#
# On this panel the two sides differ by {glue:text}`same`. Four event studies are left.
# :::

# %% tags=["hide-input"]
drift = panel.assign(drift=0.01 * panel["event_time"].fillna(0))
SERIES = {
    "Two-way": ("blue", "o"),
    "CS never": ("vermillion", "s"),
    "CS not yet": ("orange", "D"),
    "Imputation": ("green", "P"),
}
invented = {
    "CS never, base −1 (universal)": aggregate(
        att_gt(drift, "drift", base="universal")
    ).table,
    "CS never, base the year before (R’s default)": aggregate(
        att_gt(drift, "drift")
    ).table,
    "Imputation": path_of(
        dd.ImputationDiD(pretrends=True)
        .fit(drift, aggregate="event_study", **columns | {"outcome": "drift"})
        .event_study_effects
    ),
}
fig, axes = plt.subplots(2, 1, figsize=(6.6, 6.2), sharex=True)
for axis in axes:
    axis.axhline(0, color=INK, linewidth=0.8)
    axis.axvline(-0.5, color=INK, linewidth=0.8, linestyle=":")
    axis.set_ylabel("Theil points")
for place, (name, path) in enumerate(paths.items()):
    colour, marker = SERIES[name]
    x = path["event_time"] + (place - 1.5) * 0.13
    given = {"color": COLOURS[colour], "fmt": "none"}
    axes[0].errorbar(x, path["estimate"], path["reach"], lw=0.8, **given)
    axes[0].errorbar(x, path["estimate"], 1.96 * path["se"], lw=2, **given)
    axes[0].plot(
        x, path["estimate"], marker, ms=4, color=COLOURS[colour], label=name
    )
axes[0].set_title("the gap")
for (name, path), (colour, style) in zip(
    invented.items(),
    (("vermillion", "s-"), ("purple", "^--"), ("green", "P:")),
    strict=True,
):
    x = path.columns[0]
    axes[1].plot(
        path[x],
        path["estimate"],
        style,
        ms=4,
        color=COLOURS[colour],
        label=name,
    )
axes[1].set_title("an invented outcome: a steady drift and no effect")
axes[1].set_xlabel("years since the first cluster year")
axes[1].set_xticks(sorted(set(k)))
axes[0].legend(fontsize=9, loc="upper right", ncols=2)
axes[1].legend(fontsize=9, loc="upper left")
since = [
    v
    for path in paths.values()
    for v in path.loc[path["event_time"] >= 0, "estimate"]
]
page.figure(
    fig,
    name="fig-all-event-studies",
    caption="Above: the four event studies of the gap without controls; thick, pointwise 95 % intervals; thin, bands that cover the whole path with 95 % "
    "(sup-t {cite:p}`montielolea2019`; for imputation Šidák’s, which takes no covariances). Below: what three of them make of a drift of 0.01 a year without any effect.",
    alt=f"Above, event-study coefficients of four estimators from event time {k.min()} to {k.max()}; from the start on all lie between {min(since):.3f} and {max(since):.3f}. "
    "Below, on a steady drift: one straight line, one flat before the start and rising after, one that jumps at the start.",
)

# %% [markdown]
# **The estimator itself can make a kink at the start.** The lower panel has no effect at all, only cluster counties that drift by a hundredth a year. Measured since −1 throughout, the
# event study is the straight line that it should be. Two common defaults break it at the start: R's `did` measures each year *before* since the year before it, and each year
# after since −1; imputation measures the years before since −1, and those after since *all* years before. Both show a jump or a kink that a reader takes for an effect {cite:p}`roth2024`. So compare leads and lags of
# one kind only: two-way, or Callaway and Sant'Anna with the universal base, which this book uses.
#
# {numref}`fig-event-explorer` takes the four one at a time, and adds two other outcomes. A shape that is there in the Theil index but not in the income ratio may come from people who moved to town.

# %% tags=["hide-input"]
LABELS = {
    "gap": "Theil index",
    "gini": "Gini",
    "income_ratio": "Income ratio",
}
reading = ""
fig = plt.figure(
    figsize=(6.6, 3.9), layout="none"
)  # the axes share one place
for a, (outcome, label) in enumerate(LABELS.items()):
    axis = fig.add_axes((0.12, 0.15, 0.86, 0.75), label=outcome)
    belong(axis, a=a)
    axis.axhline(0, color=INK, linewidth=0.8)
    axis.set_title(f"Effect on the {label}")
    axis.set_xlabel("years since the first cluster year")
    for b, name in enumerate(SERIES):
        if (path := found[outcome].get(name)) is None:
            line = f"{name} cannot be had from these data."
            reading += when(line, a=a, b=b)
            continue
        with at(axis, b=b):
            for drawn, colour, alpha in (
                (found[outcome]["Two-way"], "grey", 0.45),
                (path, "blue", 1),
            ):
                axis.errorbar(
                    drawn["event_time"],
                    drawn["estimate"],
                    drawn["reach"],
                    fmt="o",
                    color=COLOURS[colour],
                    alpha=alpha,
                )
        after = path.loc[path["event_time"] >= 0, "estimate"].mean()
        early = path[(path["event_time"] < -1) & (path["se"] > 0)]
        line = f"{label}, <b>{name}</b>: mean after the start {after:.4f}. "
        if len(early):
            ratio = (early["estimate"] / early["se"]).abs()
            line += (
                f"Before it, the largest |t| is {ratio.max():.2f}, "
                f"{-early['event_time'][ratio.idxmax()]:.0f} years ahead."
            )
        reading += when(line.replace("start -", "start −"), a=a, b=b)
page.interactive(
    fig,
    [
        Selector("b", "Estimator", list(SERIES), 1, "menu"),
        Selector("a", "Outcome", list(LABELS.values()), 0, "menu"),
    ],
    words=reading,
    name="fig-event-explorer",
    caption="Event study of the chosen outcome by the chosen estimator, without controls, with simultaneous 95 % bands; in grey the two-way regression.",
    alt="Event-study coefficients with bands of one estimator, over the two-way ones in grey. The words below "
    "give the mean after the start and the largest t statistic before it.",
)

# %% [markdown]
# In case counties acted before their start, {doc}`chapter 7.2 <07_2_honest>` lets the reference be an earlier year.
#
# ## And the neighbours?
#
# All these estimators suppose that a county's gap depends on its own treatment only (the *stable unit treatment value assumption*, SUTVA). But firms buy from
# neighbouring counties, and workers commute. If neighbours gain as well, the comparison counties are partly treated, and the estimate is too small in size;
# if clusters draw firms and workers away from them, it is too large {cite:p}`butts2021`.
#
# The tables do not say which counties touch, but they say which share a province. Let *exposure* be the share of the other counties of
# a county's province that already have a cluster, for counties without a cluster of their own. Provinces differ in more than clusters, so the last column gives each region its own year effects.

# %%
per_province = panel.groupby(["province", "year"])["did"]
others = per_province.transform("size") - 1
share = (per_province.transform("sum") - panel["did"]) / others.clip(lower=1)
exposed = panel.assign(
    exposure=share * (1 - panel["did"]),
    region_year=panel["region"] + " " + panel["year"].astype(str),
)
by_province = {"CRV1": "province"}
right = "+".join(["", *study.controls])
alone, spill = Gaps(), {}
formulas = {
    "(1)": f"gap~did{right}|county+year",
    "(2)": f"gap~did+exposure{right}|county+year",
    "(3)": f"gap~did+exposure{right}|county+region_year",
}
with alone.column("what depends on neighbours"):
    require_several(panel, "province")
    fits = {n: pf.feols(f, exposed, by_province) for n, f in formulas.items()}
    if not all("exposure" in fits[n].coef() for n in ("(2)", "(3)")):
        raise NotEstimable("On these data the exposure follows the years.")
    spill = fits

# %% tags=["hide-input"]
page.say(alone.note.strip()) if not spill else page.table(
    regression_table(
        spill,
        {"did": "Cluster (did)", "exposure": "Exposure of the untreated"},
        {
            "Controls": ["Yes" if study.controls else "No"] * 3,
            "Region × year FE": ["No", "No", "Yes"],
        },
    ),
    name="tbl-spillovers",
    caption="The baseline, with the exposure of counties without a cluster, and with year effects by region",
    notes=STARS_NOTE.replace("by county", "by province"),
)

# %% tags=["remove-cell"]
rivals = exposed[~treated & (panel["year"] >= panel["cohort"].min())]
clean = int((rivals["exposure"] == 0).sum())
mean_exposure = rivals["exposure"].mean()
for column, fit in spill.items():
    page.tell(**{f"did_{column[1]}": fit.coef()["did"]})
    if column != "(1)":
        spillover = fit.coef()["exposure"]
        p_value = fit.pvalue()["exposure"]
        page.tell(
            **{
                f"spillover_{column[1]}": spillover,
                f"spill_p_{column[1]}": p_value,
            }
        )
    if column == "(2)" and told:
        page.tell(at_mean=fit.coef()["did"] - spillover * mean_exposure)
if told:
    page.tell(
        rivals=f"{len(rivals):,d}",
        clean=format_count(clean, study.private) if clean else "none",
        least=rivals["exposure"].min(),
        mean_exposure=mean_exposure,
    )

# %% [markdown]
# On the panel, the coefficient of exposure in column 2 is {glue:text}`spillover_2:.4f` ($p$ = {glue:text}`spill_p_2:.2f`), and that of `did` goes from {glue:text}`did_1:.4f` to
# {glue:text}`did_2:.4f`, the effect beside counties of no exposure at all. Of {glue:text}`rivals` untreated county-years since the first clusters, {glue:text}`clean` are without exposure
# (the least is {glue:text}`least:.3f`), so that is an extrapolation. Against untreated counties at their mean exposure of {glue:text}`mean_exposure:.2f` the effect is
# {glue:text}`at_mean:.4f`. With year effects by region, exposure has {glue:text}`spillover_3:.4f` ($p$ = {glue:text}`spill_p_3:.2f`), and `did` {glue:text}`did_3:.4f`.

# %% tags=["remove-input"]
page.say(
    ""
    if not spill
    else (
        "Exposure matters even within regions: the untreated counties are no clean comparison."
        if p_value < 0.05
        else "Within regions no spillover is significant. That is weak support: exposure by province is coarse, and what reaches all provinces alike is in the year effects."
    )
    + (
        " On the synthetic panel no neighbour has an effect. Column 2 picks up regional paths: the calibration lets the gap of the east and of the rest move apart "
        "after 2019, and the regions differ in exposure."
        if study.synthetic
        else " With a map, exposure by distance would be sharper."
    )
)

# %% [markdown]
# ## What to conclude
#
# {glue:text}`where` choice among these estimators {glue:text}`choice`, and several are one estimator under two names. Report one whose comparisons are
# clean and whose leads and lags share a base. Then spend the effort on what {glue:text}`more`: how controls enter ({doc}`chapter 7b <07_b_controls>`), whether trends are
# parallel ({doc}`chapter 7.2 <07_2_honest>`), and who the neighbours are.

# %% [markdown]
# ## Exercises

# %% [markdown]
# ### Exercise 1: predict
#
# Suppose that effects grow: one point in a county's first treated year, two in the second, three in the third. Does the
# two-way coefficient then lie above or below the mean effect over all treated county-years? Make a guess from
# {numref}`fig-adoption`. Then let `answer_1` be the two-way coefficient as a multiple of the mean effect.
#
# <details class="hint"><summary>Hint</summary>
#
# `weight` holds the weight of each treated county-year, and the effect there is `event_time` + 1. The two-way coefficient is
# the weighted sum of the effects; the mean effect gives every treated county-year the same weight.
#
# </details>

# %% tags=["solution", "hide-cell"]
growing = panel.loc[treated, "event_time"] + 1
answer_1 = (weight * growing).sum() / growing.mean()

# %% tags=["check"]
check_1(answer_1, panel, treated)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Below. A residual of `did` is what county and year effects leave of it: it is smaller where many counties are treated (late years) and
# in counties that are treated for long. These are the county-years with the largest effects, so the weighted mean
# leans towards small effects. With many never-treated counties the loss is small. Where nearly all
# are treated the late weights turn negative, and the loss becomes large ({doc}`chapter 7.6 <07_6_monte_carlo>`).
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Keep only the counties that are treated at some time, and decompose the two-way coefficient again. Let `answer_2` be the weight of
# the forbidden comparisons, later with earlier treated. Why is it so much larger than in {numref}`tbl-bacon`?
#
# <details class="hint"><summary>Hint</summary>
#
# `first` is zero for the never treated. Run `dd.BaconDecomposition` on the other rows as above, and add
# up `weight` where `comparison_type` is `later_vs_earlier`.
#
# </details>

# %% tags=["solution", "hide-cell"]
ever = panel[panel["first"] > 0]
among = dd.BaconDecomposition(weights="exact").fit(ever, **columns)
among = among.to_dataframe().set_index("comparison_type")["weight"]
answer_2 = among[among.index == "later_vs_earlier"].sum()

# %% tags=["check"]
check_2(answer_2, panel)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Without the never treated only comparisons among treated cohorts remain, and the forbidden ones no longer drown in a large clean group.
# For two cohorts that are treated in the shares $D_e > D_l$ of the years (earlier, later), the harmless comparison has a weight
# in proportion to $n_e n_l (D_e - D_l)(1 - D_e)$, the forbidden one to $n_e n_l (D_e - D_l) D_l$: the
# longer both are treated, the more the forbidden one counts. Late starts, and not a clever estimator, keep it small here.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# Without controls, Sun and Abraham's regression gives the same effect in each cohort and year as Callaway and Sant'Anna's
# estimator with the never treated. Why? Let `answer_3` be the effect on the earliest cohort in its first treated year, computed by hand
# from four means of the gap.
#
# <details class="hint"><summary>Hint</summary>
#
# Cohort and never treated, first treated year and the year before: `panel.groupby(["first", "year"])["gap"].mean()`.
#
# </details>

# %% tags=["solution", "hide-cell"]
start = int(panel["cohort"].min())
means = panel.groupby(["first", "year"])["gap"].mean()
change = means[:, start] - means[:, start - 1]
answer_3 = change[start] - change[0]

# %% tags=["check"]
check_3(answer_3, panel, cs, sun_abraham)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Sun and Abraham's regression has a dummy for every cohort and event time but the year before the start. In a balanced panel
# it fits the mean of each of these cells exactly, so that a coefficient can only be one thing: the cohort's change since the year before its
# start, less the change of the never treated. Callaway and Sant'Anna *start* from this difference of four means. With controls
# they part: the regression holds controls of the same year fixed, with one slope for all cohorts, while Callaway and Sant'Anna use them as
# they were in the base year.
#
# </details>
