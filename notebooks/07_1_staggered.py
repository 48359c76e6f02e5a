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

# %% tags=["hide-input"]
import warnings
from itertools import product

import diff_diff as dd
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf
from exercises.staggered import check_1, check_2, check_3

import clustergap as cg
from bookkit.display import COLOURS, INK, STARS_NOTE, regression_table
from bookkit.interactive import Selector, at, belong, when
from bookkit.page import Page
from paneldid.eventstudy import coefficients, window_event_time
from paneldid.identified import Gaps, require_several, with_comparison
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

# %% [markdown]
# ## Which comparisons make up the coefficient?
#
# A *cohort* is the set of counties with the same first treated year.
# The coefficient of `gap~did|county+year` is a weighted mean of all comparisons (the {term}`Goodman-Bacon decomposition`) of two cohorts in
# two periods {cite:p}`goodmanbacon2021`, the never treated being one of them. Two kinds are harmless: treated with never treated, and
# earlier with later *before* the later start. The third, later with earlier *after* the earlier
# start, uses treated counties as the comparison. If their effect still grows, that growth is
# subtracted from the estimate.

# %%
pairs = dd.BaconDecomposition(weights="exact").fit(panel, **columns)
pairs = pairs.to_dataframe()
two_way = pf.feols("gap~did|county+year", panel, vcov=by_county)

# %% tags=["hide-input"]
KINDS = {
    "treated_vs_never": "treated with never treated",
    "earlier_vs_later": "earlier with later treated",
    "later_vs_earlier": "later with earlier treated",
}
kinds = (
    pairs.assign(product=pairs["estimate"] * pairs["weight"])
    .groupby("comparison_type")
    .agg(
        comparisons=("weight", "size"),
        weight=("weight", "sum"),
        product=("product", "sum"),
    )
    .reindex(list(KINDS))
    .dropna()
)
kinds["estimate"] = kinds["product"] / kinds["weight"]
page.table(
    pd.DataFrame(
        {
            "comparisons": kinds["comparisons"].astype(int).astype(str),
            "weight": kinds["weight"].map("{:.3f}".format),
            "mean estimate": kinds["estimate"].map("{:.4f}".format),
        }
    )
    .rename(index=KINDS)
    .rename_axis("kind"),
    name="tbl-bacon",
    caption="Goodman-Bacon decomposition of the two-way coefficient without controls",
)

# %% [markdown]
# There is a second way to take the coefficient apart. By Frisch and Waugh, it is a weighted sum of
# the outcomes, and the weights are the residuals of `did` after county and year effects. Each
# treated county-year's effect enters with its residual over the sum of the residuals of all treated
# county-years {cite:p}`dechaisemartin2020`. A treated county-year with a negative residual pulls the wrong way.

# %%
treated = panel["did"] == 1


def weights(regressors):
    """Weights of the treated county-years in the coefficient of `did` beside these."""
    rest = pf.feols(f"did~{regressors}|county+year", panel, vcov="iid")
    weight = pd.Series(rest.resid(), panel.index)[treated]
    return weight / weight.sum()


weight, weight_full = weights("1"), weights(controls)
by_cell = (
    weight.groupby([panel["cohort"], panel["year"]])
    .sum()
    .unstack()
    .rename_axis(index="cohort")
)

# %% tags=["hide-input"]
equal = 1 / treated.sum()
shown = by_cell.map(lambda w: "" if np.isnan(w) else f"{w:.3f}")
told = (
    study.may_show_cohorts()
)  # or a weight gives away how many counties it has
if not told:
    shown[:] = "withheld"
page.table(
    shown.rename(index=lambda c: str(int(c)), columns=str).rename_axis(
        "cohort"
    ),
    name="tbl-weights",
    caption="Weights of the treated cells in the two-way coefficient",
    notes="They add up to one.",
)

# %% tags=["remove-cell"]
forbidden = kinds["weight"].get("later_vs_earlier", 0.0)
page.tell(forbidden=forbidden)
n_treated = int(treated.sum())
page.tell(
    treated=f"{n_treated:,d}" if told else "the",
    negative=(
        f"{(weight < 0).sum()} are negative (together {weight[weight < 0].sum():.3f})"
        if (weight < 0).any()
        else "none is negative"
    ).replace("-", "−"),
    ratio_of_weights=weight.max() / equal,
    least_weight=weight.min() / equal,
)
below = weight_full[weight_full < 0]
page.tell(
    negative_full=len(below),
    negative_full_sum=below.sum(),
    least_weight_full=weight_full.min() / equal,
    ratio_of_weights_full=weight_full.max() / equal,
)

# %% [markdown]
# The forbidden comparisons carry {glue:text}`forbidden:.1%` of the weight, and
# of the weights of {glue:text}`treated` treated county-years {glue:text}`negative` (see {term}`negative weights`). They range from
# {glue:text}`least_weight:.2f` to {glue:text}`ratio_of_weights:.2f` times an equal share.

# %% tags=["remove-input"]
harmless = forbidden < 0.05 and not (weight < 0).any()
page.say(
    "With so little weight on such comparisons, and none negative, the two-way estimator *without controls* can do "
    "little harm in a panel of this shape. Its weights are uneven all the same."
    if harmless
    else "In a panel of this shape the two-way estimator can do harm: the more these comparisons weigh, the "
    "more it matters whether effects grow, or differ by cohort."
)

# %% [markdown]
# With the paper's controls beside `did`, the weights depend on these as well. Then {glue:text}`negative_full` of
# {glue:text}`treated` are negative (together {glue:text}`negative_full_sum:.3f`), and they range from
# {glue:text}`least_weight_full:.1f` to {glue:text}`ratio_of_weights_full:.1f` times an equal share.
#
# ## Estimators that choose their comparisons
#
# The *estimand* is the mean {term}`effect on the treated`. With $Y_{it}(\infty)$ for the gap of a county that had never been treated,
#
# $$
# ATT = \frac{1}{N_1} \sum_{it:\,DID_{it}=1} E\left[Y_{it} - Y_{it}(\infty)\right],
# $$
#
# where each of the $N_1$ treated county-years weighs the same. The *assumption* is that $Y_{it}(\infty)$ would have moved in parallel in all
# cohorts, and that nobody reacts before the start. The estimators below differ in whom they compare with and in how they use controls; those that weigh
# otherwise are named.
#
# **{term}`Callaway and Sant'Anna <Callaway–Sant'Anna estimator>`** {cite:p}`callaway2021` estimate one effect for each cohort and year, against the never treated
# or the not yet treated, since the year before the start. Controls enter as they were in
# that base year, through a logit and a regression; the estimate is consistent if either is right (it is *doubly robust*).

# %%
cs = {}
gaps = Gaps()  # estimates that the data at hand do not give
for control in ("never", "not_yet"):
    for with_controls in (False, True):
        used = study.controls if with_controls else ()
        with gaps.column(f"Callaway–Sant'Anna, {control}"):
            cs[control, with_controls] = att_gt(
                panel, "gap", used, control=control, base="universal"
            )

# %% [markdown]
# **{term}`Sun and Abraham <Sun–Abraham estimator>`** {cite:p}`sun2021` interact cohorts with event times; **Gardner**
# {cite:p}`gardner2022` and **Borusyak, Jaravel and Spiess** {cite:p}`borusyak2024` learn county and
# year effects (and slopes of the controls) from untreated county-years alone ({term}`imputation <imputation estimator>`), and compare
# treated ones with what these predict. Their point estimates are the same; their standard errors differ.

# %%
packaged = {
    "Sun–Abraham": dd.SunAbraham(),
    "Two-stage (Gardner)": dd.TwoStageDiD(pretrends=True),
    "Imputation (Borusyak et al.)": dd.ImputationDiD(pretrends=True),
}
results = {}
for name, estimator in packaged.items():
    extra = {} if name == "Sun–Abraham" else {"aggregate": "event_study"}
    for covariates in (None, list(study.controls)):
        results[name, bool(covariates)] = estimator.fit(
            panel, covariates=covariates, **columns, **extra
        )

# %% [markdown]
# **Wooldridge's extended two-way regression** {cite:p}`wooldridge2025` gives each treated cell its own
# dummy. The mean of their coefficients, weighted by the cells' sizes, is the overall effect. **Stacking**
# puts each cohort with all never-treated counties into a block of its own, with its own fixed effects. Like the two-way regression, it
# weighs cohorts and years by the variance of treatment, not by size.

# %%
cell = (panel["first"] * 10_000 + panel["year"]) * panel["did"]
saturated = panel.assign(cell=cell)
blocks = [
    panel[panel["first"].isin([0, g])].assign(
        block_county=panel["county"] + f"·{g}",
        block_year=panel["year"].astype(str) + f"·{g}",
    )
    for g in sorted(panel["first"].unique())
    if g > 0
]
stack = pd.concat(blocks, ignore_index=True)

by_formula = {}
for with_controls in (False, True):
    tail = f"+{controls}" if with_controls else ""
    by_formula["two-way", with_controls] = pf.feols(
        f"gap~did{tail}|county+year", panel, vcov=by_county
    )
    by_formula["extended", with_controls] = pf.feols(
        f"gap~i(cell,ref=0){tail}|county+year", saturated, vcov=by_county
    )
    by_formula["stacked", with_controls] = pf.feols(
        f"gap~did{tail}|block_county+block_year", stack, vcov=by_county
    )


def mean_of_cells(fit):
    """Average the cells' effects by their sizes, with the standard error."""
    names = [n for n in fit._coefnames if n.startswith("cell::")]
    position = [fit._coefnames.index(n) for n in names]
    sizes = cell.value_counts()
    share = np.array(
        [sizes[int(float(n.removeprefix("cell::")))] for n in names]
    )
    share = share / share.sum()
    variance = fit._vcov[np.ix_(position, position)]
    return share @ fit.coef()[names], np.sqrt(share @ variance @ share)


# %% [markdown]
# **Local projections** (LP-DID) regress the change since the year before the start on becoming treated, one horizon at a
# time, with clean comparisons only. The overall effect here is that over all horizons, for
# the counties that are observed for all of them, that is, for the **earliest cohort alone**: it is not the ATT above.

# %%
horizons = int(panel["event_time"].max())
lp = {
    with_controls: dd.LPDiD(
        pre_window=6, post_window=horizons, reweight=True
    ).fit(
        panel,
        "gap",
        "county",
        "year",
        "did",
        covariates=list(study.controls) if with_controls else None,
    )
    for with_controls in (False, True)
}

# %% tags=["hide-input"]
NAMES = {
    "two-way": "Two-way (the paper's)",
    "extended": "Extended two-way (Wooldridge)",
    "stacked": "Stacked",
}


def overall(kind, with_controls):
    """Estimate and standard error of one line of the table."""
    if kind in ("two-way", "stacked"):
        fit = by_formula[kind, with_controls]
        return fit.coef()["did"], fit.se()["did"]
    if kind == "extended":
        return mean_of_cells(by_formula[kind, with_controls])
    if kind in ("never", "not_yet"):
        found = aggregate(cs[kind, with_controls], "simple")
        return found.overall, found.overall_se
    if kind == "lp":
        pooled = lp[with_controls].pooled.set_index("window").loc["post"]
        return pooled["coefficient"], pooled["se"]
    found = results[kind, with_controls]
    return found.overall_att, found.overall_se


LINES = {
    "two-way": (NAMES["two-way"], "of the same year"),
    "stacked": (NAMES["stacked"], "of the same year"),
    "never": ("Callaway–Sant'Anna, never treated", "of the base year"),
    "not_yet": ("Callaway–Sant'Anna, not yet treated", "of the base year"),
    "Sun–Abraham": ("Sun–Abraham", "of the same year"),
    "extended": (NAMES["extended"], "of the same year"),
    "Two-stage (Gardner)": ("Two-stage (Gardner)", "of the same year"),
    "Imputation (Borusyak et al.)": (
        "Imputation (Borusyak et al.)",
        "of the same year",
    ),
    "lp": (
        "Local projections, earliest cohort",
        "of the first treated year",
    ),
}
numbers = {
    (kind, with_controls): overall(kind, with_controls)
    for kind in LINES
    for with_controls in (False, True)
    if kind not in ("never", "not_yet") or (kind, with_controls) in cs
}


def written(kind, with_controls):
    """Estimate and standard error as the table shows them."""
    if (kind, with_controls) not in numbers:
        return "–", "–"
    estimate, error = numbers[kind, with_controls]
    return f"{estimate:.4f}", f"({error:.4f})"


page.table(
    pd.DataFrame(
        [
            {
                "estimator": name,
                "no controls": written(kind, False)[0],
                "(SE)": written(kind, False)[1],
                "controls": written(kind, True)[0],
                "(SE) ": written(kind, True)[1],
                "controls as": when,
            }
            for kind, (name, when) in LINES.items()
        ]
    ),
    name="tbl-overall",
    caption="Overall effect on the treated, by estimator",
    notes="Standard errors, clustered by county, are in parentheses."
    + gaps.note,
)

# %% tags=["remove-cell"]
same_year = [
    k for k, (_, when) in LINES.items() if when == "of the same year"
]
bare = [
    numbers[k, False][0] for k in LINES if (k, False) in numbers and k != "lp"
]
full = [numbers[k, True][0] for k in same_year]
at_base = [v[0] for (k, x), v in numbers.items() if x and (k, x) in cs]
page.tell(
    bare_low=min(bare),
    bare_high=max(bare),
    same_year_low=min(full),
    same_year_high=max(full),
    base_year_low=min(at_base, default=np.nan),
    base_year_high=max(at_base, default=np.nan),
    baseline=numbers["two-way", True][0],
)
page.export_json(
    "estimators.json",
    "estimators",
    estimators=[
        {
            "estimator": kind,
            "controls": LINES[kind][1] if with_controls else "none",
            "estimate": float(estimate),
            "se": float(se),
        }
        for (kind, with_controls), (estimate, se) in numbers.items()
    ],
)

# %% [markdown]
# ## All event studies in one figure

# %% tags=["hide-input"]
k = window_event_time(panel["event_time"], outside="own").astype(int)
paths = {}
for with_controls in (False, True):
    tail = f"+{controls}" if with_controls else ""
    fit = pf.feols(
        f"gap~i(k,ref=-1){tail}|county+year",
        panel.assign(k=k),
        vcov=by_county,
    )
    paths["Two-way", with_controls] = coefficients(fit, variable="k")
    for control, name in (("never", "CS never"), ("not_yet", "CS not yet")):
        if (control, with_controls) in cs:
            table = aggregate(cs[control, with_controls]).table
            paths[name, with_controls] = table.rename(
                columns={"at": "event_time"}
            )
    for name, short in (
        ("Sun–Abraham", "Sun–Abraham"),
        ("Two-stage (Gardner)", "Two-stage"),
        ("Imputation (Borusyak et al.)", "Imputation"),
    ):
        effects = results[name, with_controls].event_study_effects
        paths[short, with_controls] = pd.DataFrame(
            [(e, v["effect"], v["se"]) for e, v in sorted(effects.items())],
            columns=["event_time", "estimate", "se"],
        )
    paths["LP-DID", with_controls] = lp[with_controls].event_study.rename(
        columns={"horizon": "event_time", "coefficient": "estimate"}
    )

SERIES = {
    "Two-way": "grey",
    "CS never": "vermillion",
    "CS not yet": "orange",
    "Sun–Abraham": "purple",
    "Two-stage": "blue",
    "Imputation": "green",
    "LP-DID": "blue",
}
names = [name for name in SERIES if name != "Two-way"]
fig, axes = plt.subplots(
    len(names), 2, figsize=(6.4, 8.2), sharex=True, sharey=True
)
for (row, name), with_controls in product(enumerate(names), (False, True)):
    axis = axes[row, int(with_controls)]
    axis.axhline(0, color=INK, linewidth=0.8)
    axis.axvline(-0.5, color=INK, linewidth=0.8, linestyle=":")
    for shown, colour, shift in (
        ("Two-way", "grey", 0.15),
        (name, SERIES[name], -0.15),
    ):
        if (path := paths.get((shown, with_controls))) is not None:
            axis.errorbar(
                path["event_time"] + shift,
                path["estimate"],
                yerr=1.96 * path["se"].fillna(0),
                fmt="o",
                markersize=3,
                linewidth=1,
                alpha=0.6 if colour == "grey" else 1,
                color=COLOURS[colour],
            )
    axis.set_title(
        f"{name}, {'' if with_controls else 'no '}controls",
        color=COLOURS[SERIES[name]],
    )
for axis in axes[-1]:
    axis.set(xlabel="years since the first cluster year")
    axis.set_xticks([x for x in sorted(set(k)) if x % 2 == 0])
fig.supylabel("Theil points")
since = [
    value
    for path in paths.values()
    for value in path.loc[path["event_time"] >= 0, "estimate"]
]
page.figure(
    fig,
    name="fig-all-event-studies",
    caption="Event studies of the gap without and with controls, each estimator over two-way in grey; 95 % intervals. "
    "Two-stage, imputation and local projections choose another reference for the years before the start.",
    alt=f"Twelve panels of event-study coefficients from event time {k.min()} to {k.max()}, "
    "six estimators without and with controls, each beside the two-way one. From the "
    f"start on, all estimates lie between {min(since):.3f} and {max(since):.3f}.",
)

# %% [markdown]
# {numref}`fig-event-explorer` takes them one at a time, and adds two other outcomes for the estimators that are quick to run; the paper's two-way estimates
# stay behind in grey. Change the estimator first: is it the points that move, or their intervals? Then the controls, and then the outcome: a shape
# that is there in the Theil index but not in the income ratio may come from people who moved to town.

# %% tags=["hide-input"]
LABELS = {
    "gap": "Theil index",
    "gini": "Gini",
    "income_ratio": "Income ratio",
}
found = {("gap", *key): path for key, path in paths.items()}
for outcome in ("gini", "income_ratio"):
    for full in (False, True):
        tail = f"+{controls}" if full else ""
        fit = pf.feols(
            f"{outcome}~i(k,ref=-1){tail}|county+year",
            panel.assign(k=k),
            vcov=by_county,
        )
        found[outcome, "Two-way", full] = coefficients(fit, variable="k")
        for control, name in (
            ("never", "CS never"),
            ("not_yet", "CS not yet"),
        ):
            used = study.controls if full else ()
            with Gaps().column(name):  # left out above, and so here
                effects = att_gt(
                    panel, outcome, used, control=control, base="universal"
                )
                path = aggregate(effects).table
                found[outcome, name, full] = path.rename(
                    columns={"at": "event_time"}
                )
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
    for (b, name), (c, full) in product(
        enumerate(SERIES), enumerate((False, True))
    ):
        two_way_path = found[outcome, "Two-way", full]
        if (path := found.get((outcome, name, full))) is None:
            line = (
                f"{name} cannot be had from these data."
                if outcome == "gap" or name in {"CS never", "CS not yet"}
                else f"This chapter runs {name} for the Theil index only."
            )
            reading += when(line, a=a, b=b, c=c)
            continue
        with at(axis, b=b, c=c):
            for drawn, colour, alpha in (
                (two_way_path, "grey", 0.45),
                (path, "blue", 1),
            ):
                axis.errorbar(
                    drawn["event_time"],
                    drawn["estimate"],
                    1.96 * drawn["se"].fillna(0),
                    fmt="o",
                    color=COLOURS[colour],
                    alpha=alpha,
                )
        after = path.loc[path["event_time"] >= 0, "estimate"].mean()
        before = path[(path["event_time"] < -1) & (path["se"] > 0)]
        line = (
            f"{label}, <b>{name}</b>, {'with' if full else 'no'} controls: "
            f"mean after the start {after:.4f}. "
        )
        if len(before):
            ratio = (before["estimate"] / before["se"]).abs()
            line += (
                f"Before it, the largest |t| is {ratio.max():.2f}, "
                f"{-before['event_time'][ratio.idxmax()]:.0f} years ahead."
            )
        reading += when(line.replace("-0.", "−0."), a=a, b=b, c=c)
page.interactive(
    fig,
    [
        Selector("b", "Estimator", list(SERIES), 1, "menu"),
        Selector("a", "Outcome", list(LABELS.values()), 0, "menu"),
        Selector("c", "Controls", ["none", "the paper’s"], 0, "menu"),
    ],
    words=reading,
    name="fig-event-explorer",
    caption="Event study of the chosen outcome by the chosen estimator, 95 % intervals; in grey the two-way regression with the same controls.",
    alt="Event-study coefficients with intervals of one estimator, over the two-way ones in grey. The words below "
    "give the mean after the start and the largest t statistic before it.",
)

# %% [markdown]
# ## And the neighbours?
#
# All these estimators, and the paper's, compare counties with a cluster with counties without one as if the second were untouched: a county's gap is to
# depend on its own treatment only (the *stable unit treatment value assumption*, SUTVA). Clusters reach across borders. Firms buy from
# neighbouring counties, workers commute, prices move. If neighbours gain as well, the comparison counties are partly treated, and the estimate is too small in size;
# if clusters draw firms and workers away from them, it is too large {cite:p}`butts2021`.
#
# The tables do not say which counties touch, but they say which share a province. Let *exposure* be the share of the other counties of
# a county's province that already have a cluster. For counties without a cluster of their own, its coefficient is the spillover from
# none of the others to all of them.

# %%
require_several(panel, "province")
per_province = panel.groupby(["province", "year"])["did"]
others = per_province.transform("size") - 1
share = (per_province.transform("sum") - panel["did"]) / others.clip(lower=1)
exposed = panel.assign(exposure=share * (1 - panel["did"]))
by_province = {"CRV1": "province"}
spill = {
    "(1)": pf.feols(
        f"gap~did+{controls}|county+year", exposed, vcov=by_province
    ),
    "(2)": pf.feols(
        f"gap~did+exposure+{controls}|county+year", exposed, vcov=by_province
    ),
}

# %% tags=["hide-input"]
page.table(
    regression_table(
        spill,
        {"did": "Cluster (did)", "exposure": "Exposure of the untreated"},
        {"Controls": ["Yes", "Yes"]},
    ),
    name="tbl-spillovers",
    caption="The baseline, and the same with the exposure of counties without a cluster",
    notes=STARS_NOTE.replace("by county", "by province")
    + " Exposure hardly varies within a province and year.",
)

# %% tags=["remove-cell"]
for name, column in {"alone": "(1)", "beside": "(2)"}.items():
    page.tell(**{f"did_{name}": float(spill[column].coef()["did"])})
spillover = spill["(2)"].coef()["exposure"]
spillover_p = spill["(2)"].pvalue()["exposure"]
wider = spill["(2)"].se()["did"] / spill["(1)"].se()["did"]
page.tell(did_wider=wider, spillover=spillover, spillover_p=spillover_p)
spill_low, spill_high = spill["(2)"].confint().loc["exposure"]
as_large = max(-spill_low, spill_high) > abs(spill["(1)"].coef()["did"])
page.tell(spill_low=spill_low, spill_high=spill_high)

# %% [markdown]
# The coefficient of exposure is {glue:text}`spillover:.4f` ($p$ = {glue:text}`spillover_p:.2f`), its 95 % interval runs from
# {glue:text}`spill_low:.3f` to {glue:text}`spill_high:.3f`. That of `did` is
# {glue:text}`did_beside:.4f` beside it, and {glue:text}`did_alone:.4f` without. Beside exposure, `did` compares with counties in whose province
# nobody has a cluster. Once the policy is on these are few, and the standard error is {glue:text}`did_wider:.1f` times as large.

# %% tags=["remove-input"]
page.say(
    (
        "So a spillover within provinces can be told from nothing, and the comparison counties are no clean comparison."
        if spillover_p < 0.05
        else "At 5 % a spillover within provinces cannot be told from none"
        + (
            ", and neither can it from one larger than the effect itself. "
            if as_large
            else ". "
        )
        + "That is weak comfort: exposure by province is a coarse measure, and what reaches all provinces alike is in the year effects."
    )
    + (
        " On the synthetic panel there is nothing to find: its generator gives every county its own treatment only, and knows no neighbours. "
        "What the second column adds there is chance."
        if study.synthetic
        else " With a map, exposure by distance would be sharper."
    )
)

# %% [markdown]
# ## What to conclude
#
# Read {numref}`tbl-overall` down and across. *Down* a column the controls stay; the comparison group, the reference years and the weights
# change. Without controls, the estimates of effects on all cohorts lie between {glue:text}`bare_low:.4f` and {glue:text}`bare_high:.4f`: that
# is what choosing among these estimators can change.
#
# *Across*, the use of controls changes. With controls of the same year the range is
# {glue:text}`same_year_low:.4f` to {glue:text}`same_year_high:.4f`, beside the baseline's
# {glue:text}`baseline:.4f`. With controls as they were before the start it is {glue:text}`base_year_low:.4f` to
# {glue:text}`base_year_high:.4f`. Where these two ranges lie apart, the question is no longer which
# estimator to use but **what the controls do**. Controls of the same year may be moved by the
# clusters themselves: industry's share of GDP is a result of industrial policy as much as a cause of
# inequality. Holding them fixed then asks for an effect *other than through industry*, and it
# is only an effect if nothing unseen moves both. This comparison takes two regressions.

# %% tags=["remove-input"]
page.words(
    synthetic="On the synthetic panel it shows merely what the calibration had to build in so that the printed "
    "coefficients come out."
)

# %% [markdown]
# ## Exercises

# %% [markdown]
# ### Exercise 1: predict
#
# Suppose that effects grow: one point in a county's first treated year, two in the second, three in the third. Does the
# two-way coefficient then lie above or below the mean effect over all treated county-years? Make a guess from
# {numref}`tbl-weights`. Then let `answer_1` be the two-way coefficient as a multiple of the mean effect.
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
check_3(answer_3, panel, cs, results)

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
