# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 7.5 Specification curve
#
# Every paper reports a few of the regressions that its authors could have run. This chapter runs the others, every combination of defensible choices for the two-way estimator and
# those that Callaway and Sant'Anna's allows, and asks what they have in common: a {term}`specification curve` {cite:p}`simonsohn2020`. It also asks of each two-way model what
# one asks of a single one: are its leads quiet?

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
DRAWS = 249  # placebo policies in the joint test
SEED = 2020  # of these draws; any number will do

# %% tags=["hide-input"]
import warnings
from itertools import product

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from exercises.specification_curve import check_1, check_2, check_3
from scipy import stats

import clustergap as cg
from bookkit.display import COLOURS, INK
from bookkit.interactive import Selector, at, when
from bookkit.page import Page
from paneldid.identified import (
    Gaps,
    NotEstimable,
    require_effect,
    require_several,
    with_comparison,
)
from paneldid.matching import match
from paneldid.resampling import draw_assignments
from paneldid.spec_curve import (
    joint_inference,
    lead_tests,
    placebo_specification_curve,
    specification_curve,
)
from paneldid.staggered import aggregate, att_gt, balanced

warnings.filterwarnings("ignore", message=".*singleton.*")

# %% tags=["hide-input"]
study = cg.load(DATA)
page = Page("07_5_specification_curve", study)
panel = study.panel.assign(log_gap=lambda d: np.log(d["gap"]))
require_effect(panel)

# %% tags=["remove-input"]
page.banner()

# %% [markdown]
# **The answer.** Of {glue:text}`models` reasonable models, {glue:text}`significant_same_sign:.0%` have the baseline's sign and are significant at 5 %. That is the naive share. Of the
# {glue:text}`tested` two-way models among them, the joint test rejects the leads of {glue:text}`rejected`
# {term}`parallel trends`{glue:text}`whatever` Of the {glue:text}`admissible` that are left, the share is {glue:text}`admissible_share:.0%`, and the median effect is {glue:text}`admissible_effect:.2f` times the
# baseline's{glue:text}`instead`

# %% [markdown]
# ## Feasible is not reasonable
#
# Many regressions *can* be run; not all answer the question. A curve that mixes both says nothing. So each
# option is first listed as reasonable or merely feasible, with the reason, before any estimate is seen.

# %% tags=["hide-input"]
OPTIONS = pd.DataFrame(
    [
        ("outcome", "Theil index", "yes", "the paper's"),
        ("outcome", "Gini coefficient", "yes", "the paper's second index"),
        ("outcome", "income ratio", "yes", "what public debate quotes"),
        ("outcome", "log Theil index", "yes", "proportional effects; the index is positive"),
        ("controls", "the paper's", "yes", "all of them, of the same year"),
        ("controls", "none", "yes", "nothing that the policy could move"),
        ("controls", "without industry", "yes", "leaves out what industrial policy moves"),
        ("controls", "first year × trend", "yes", "fixed before any start"),
        ("fixed effects", "county, year", "yes", "the paper's"),
        ("fixed effects", "county, region × year", "yes", "regions may drift apart"),
        ("fixed effects", "county, province × year", "yes", "compares within provinces only"),
        ("fixed effects", "year", "no", "compares levels of different counties"),
        ("sample", "whole panel", "yes", "the paper's"),
        ("sample", "winsorised", "yes", "the paper's robustness check"),
        ("sample", "common support", "yes", "the paper's robustness check"),
        ("sample", "before the last start", "yes", "the last cohort's effect has hardly begun"),
        ("estimator", "two-way", "yes", "the paper's"),
        ("estimator", "never treated", "yes", "Callaway and Sant'Anna's, against the never treated"),
        ("estimator", "not yet treated", "yes", "the same, against the not yet treated"),
        ("errors", "county", "yes", "the paper's"),
        ("errors", "province", "yes", "clusters are proposed by provinces"),
    ],
    columns=["choice", "option", "reasonable", "reason"],
)  # fmt: skip
page.table(
    OPTIONS,
    name="tbl-options",
    caption="Options, and which of them are reasonable",
    notes="The first option of each choice is the baseline's. Errors make no model of their own: they give each estimate a second $p$-value.",
    source="this book",
)

# %% [markdown]
# ## Hundreds of regressions
#
# Fixed effects are taken out once for each sample; what follows are small matrix products. The
# results are those that pyfixest gives one by one.

# %%
first_year = panel.sort_values("year").groupby("county")[list(study.controls)]
trend = panel["year"] - panel["year"].min()
predetermined = (
    first_year.transform("first").mul(trend, axis=0).add_suffix("_trend")
)
panel = panel.join(predetermined)
outcomes = dict(
    gap="Theil index",
    gini="Gini coefficient",
    income_ratio="income ratio",
    log_gap="log Theil index",
)
continuous = [*outcomes, *study.controls]
low, high = (panel[continuous].quantile(q) for q in (0.01, 0.99))
samples = {
    "whole panel": panel,
    "winsorised": panel.assign(**panel[continuous].clip(low, high, axis=1)),
}
gaps = Gaps()  # models that the data at hand cannot carry
with gaps.column("sample before the last start"):
    early = panel[panel["year"] < panel["cohort"].max()]
    require_effect(early, "the years before the last cohort starts")
    samples["before the last start"] = early
with gaps.column("sample common support"):
    support = panel[match(panel, study.controls).on_support]
    if len(support) < len(panel) / 2:
        raise NotEstimable("Fewer than half of the county-years are on it.")
    require_effect(support, "the county-years on the common support")
    samples["common support"] = support
controls = {
    "the paper's": list(study.controls),
    "none": [],
    "without industry": [
        c for c in study.controls if c not in ("ind", "serv")
    ],
    "first year × trend": list(predetermined),
}
effects = {"county+year": "county, year"}
for place in ("region", "province"):
    with gaps.column(f"effects of {place} and year"):
        cells = panel.groupby([place, "year"])["county"]
        require_several(panel, place)
        if 2 * cells.ngroups > len(panel) - panel["county"].nunique():
            raise NotEstimable("They are too many for so few county-years.")
        if (cells.nunique() < 2).all():
            raise NotEstimable(f"No {place} holds two counties.")
        effects[f"county+{place}^year"] = f"county, {place} × year"
clusters = ["county"]
with gaps.column("errors by province"):
    require_several(panel, "province")
    clusters.append("province")
CHOICES = ["outcome", "controls", "fixed_effects", "sample"]
curve = specification_curve(
    samples, list(outcomes), "did", controls, [*effects, "year"], clusters
)
leads = lead_tests(samples, list(outcomes), controls, list(effects))

# %% [markdown]
# Errors by province give an estimate another $p$, not another estimate: each model stands once. The test of the leads gives every event time but −1 a dummy, in place
# of the one for treatment, and asks whether those before the start are zero together, as in {doc}`chapter 4.2 <04_2_parallel_trends>`.

# %%
errors = curve.pivot(index=CHOICES, columns="cluster", values="p")
models = (
    curve[curve["cluster"] == "county"]
    .join(errors.add_prefix("p_by_"), on=CHOICES)
    .join(leads.set_index(CHOICES)["p"].rename("leads"), on=CHOICES)
    .assign(estimator="two-way")
)

# %% [markdown]
# Callaway and Sant'Anna's estimators join where the panel is balanced, with the controls of the base year or without.
# If every county joins a cluster, they compare with the last cohort, in the years before it starts. Their leads are those of {doc}`chapter 7.1 <07_1_staggered>` and not tested here.

# %%
robust = []
for sample in [
    s for s in samples if s in ("whole panel", "before the last start")
]:
    with gaps.column(f"Callaway–Sant'Anna, sample {sample}"):
        rows = balanced(samples[sample], [*outcomes, *study.controls])
        rows, _ = with_comparison(rows)
        for outcome, chosen, against in product(
            outcomes, ("the paper's", "none"), ("never", "not_yet")
        ):
            cells = att_gt(rows, outcome, controls[chosen], control=against)
            found = aggregate(cells, "simple")
            z = found.overall / found.overall_se
            values = (outcome, chosen, "county+year", sample)
            robust.append(
                dict(zip(CHOICES, values, strict=True))
                | {"estimate": found.overall, "se": found.overall_se}
                | {"p": 2 * stats.norm.sf(abs(z)), "n": len(rows)}
                | {"estimator": f"{against.replace('_', ' ')} treated"}
            )
models = pd.concat([models, pd.DataFrame(robust)], ignore_index=True)

# %% [markdown]
# Outcomes have different units, so each estimate is divided by the standard deviation of its outcome after county and year effects, and then by the
# baseline's: a *relative effect* of one is as large as the paper's specification, zero is none, negative is the other sign.

# %%
values = panel[list(outcomes)]
within = (
    values
    - values.groupby(panel["county"]).transform("mean")
    - values.groupby(panel["year"]).transform("mean")
    + values.mean()
)
spread_of = within.std()
models["relative"] = models["estimate"] / models["outcome"].map(spread_of)
models = models.replace({"outcome": outcomes, "fixed_effects": effects})
models = models.rename(columns={"fixed_effects": "fixed effects"})
REFERENCE = {  # the baseline's options
    "outcome": "Theil index",
    "controls": "the paper's",
    "fixed effects": "county, year",
    "sample": "whole panel",
    "estimator": "two-way",
}
baseline = models.set_index([*REFERENCE]).loc[tuple(REFERENCE.values())]
models["relative"] /= baseline["relative"]
reasonable = models[models["fixed effects"] != "year"]
tested = reasonable[reasonable["leads"].notna()]
rejected = tested[tested["leads"] < 0.05]
admissible = tested[tested["leads"] >= 0.05]


def indicators(rows):
    """Agreement with the baseline in sign, in significance, and in size."""
    same = rows["relative"] > 0
    return {
        "models": len(rows),
        "same_sign": float(same.mean()),
        "significant_same_sign": float((same & (rows["p"] < 0.05)).mean()),
        "relative_effect": float(rows["relative"].median()),
        "relative_effect_low": float(rows["relative"].quantile(0.25)),
        "relative_effect_high": float(rows["relative"].quantile(0.75)),
    }


# %% tags=["hide-input"]
groups = {
    "every feasible option": models,
    "reasonable options only": reasonable,
    "… two-way": tested,
    "… two-way, leads not rejected": admissible,
    "… two-way, leads rejected": rejected,
}
lines = {}
for name, rows in groups.items():
    if rows.empty:
        continue
    found = indicators(rows)
    second = rows.get("p_by_province", pd.Series(dtype=float)).dropna()
    lines[name] = {
        "models": f"{found['models']}",
        "same sign": f"{found['same_sign']:.0%}",
        "and p < 0.05": f"{found['significant_same_sign']:.0%}",
        "p < 0.05, by province": f"{(second < 0.05).mean():.0%}"
        if len(second)
        else "–",
        "median effect": f"{found['relative_effect']:.2f}",
        "middle half": f"{found['relative_effect_low']:.2f} to {found['relative_effect_high']:.2f}",
    }
page.table(
    pd.DataFrame(lines).T.rename_axis("models with"),
    name="tbl-indicators",
    caption="How far the models agree with the baseline",
    notes="Effects are relative to the baseline's. Leads: joint test at 5 %, errors by county. By province: two-way models only."
    + gaps.note
    + study.controls_note,
)

# %% tags=["hide-input"]
shown = reasonable.sort_values("relative", ignore_index=True)
shown["leads"] = np.select(
    [shown["leads"] >= 0.05, shown["leads"] < 0.05],
    ["not rejected", "rejected"],
    "not tested",
)
SEEN = dict(zip(("not rejected", "rejected", "not tested"), ("blue", "vermillion", "grey"), strict=True))  # fmt: skip
fig, (top, bottom) = plt.subplots(
    2, 1, figsize=(6.6, 7.2), sharex=True, height_ratios=[1, 1.35]
)
for leads_are, rows in shown.groupby("leads"):
    colour, clear = COLOURS[SEEN[leads_are]], rows["p"] < 0.05
    for part, mark in ((rows[clear], "."), (rows[~clear], "x")):
        top.plot(part["relative"], mark, markersize=4, color=colour)
    top.plot([], ".", color=colour, label=f"leads {leads_are}")
top.axhline(0, color=INK, linewidth=0.8)
top.axhline(1, color=INK, linewidth=0.8, linestyle=":")
top.set_ylabel("relative effect")
top.legend()
ticks = {}
for column in REFERENCE:
    for option in reasonable[column].unique():
        hits = shown.index[shown[column] == option]
        ticks[f"{column}: {option}"] = place = -len(ticks)
        at_place = np.full(len(hits), place)
        bottom.plot(hits, at_place, "|", markersize=5, color=COLOURS["blue"])
bottom.set_yticks([*ticks.values()], [*ticks], fontsize=9)
bottom.grid(visible=False)
bottom.set_xlabel("models, from the smallest to the largest relative effect")
page.figure(
    fig,
    name="fig-specification-curve",
    caption="Specification curve of the reasonable models: relative effects, and the options behind each of them. The dotted line is the baseline; "
    "a cross is an effect that is not significant at 5 % (errors by county).",
    alt="Upper panel: relative effects of all models in ascending order, from "
    f"{shown['relative'].min():.2f} to {shown['relative'].max():.2f}, coloured by the test of their leads."
    + (
        f" The median of those whose leads are rejected is {rejected['relative'].median():.2f}, of the others {admissible['relative'].median():.2f}."
        if len(rejected)
        else ""
    )
    + " Lower panel: a tick for each model in the row of each of its options.",
)

# %% [markdown]
# In {numref}`fig-curve-explorer` you choose the options. Begin with *Leads: not rejected*, and see which part of the curve goes. Then set *Leads* back to *any* and choose one outcome after the other: an option
# whose models spread over the whole curve does not matter, one whose models sit together at one end does.

# %% tags=["hide-input"]
keys = dict(zip("abcdef", [*REFERENCE, "leads"], strict=True))
found = {key: list(reasonable[c].unique()) for key, c in keys.items()}
found["f"] = [option for option in SEEN if (shown["leads"] == option).any()]


def counter(row):
    counts = "models" + (" same" if row.relative > 0 else "")
    counts += " clear" if row.relative > 0 and row.p < 0.05 else ""
    return f'<i style="counter-increment:{counts}"></i>'


fig, axis = plt.subplots(figsize=(6.8, 4))
axis.scatter(
    shown.index, shown["relative"], s=6, color=COLOURS["grey"], alpha=0.3
)
axis.axhline(0, color=INK, linewidth=0.8)
axis.set(xlabel="models, in ascending order", ylabel="relative effect")
axis.axhline(1, color=INK, linewidth=0.8, linestyle=":")
axis.set(xticks=[])
counted = ""
for chosen, rows in shown.groupby([*keys.values()], sort=False):
    places = {
        key: found[key].index(option) + 1
        for key, option in zip(keys, chosen, strict=True)
    }
    with at(axis, **places):
        colour = COLOURS[SEEN[chosen[-1]]]
        axis.scatter(rows.index, rows["relative"], s=18, color=colour)
    counted += when("".join(map(counter, rows.itertuples())), **places)
counting = ".fig-curve-explorer{counter-reset:models same clear}"
counting += "".join(
    f".count-{name}::after{{content:counter({name})}}"
    for name in ("models", "same", "clear")
)
page.interactive(
    fig,
    [
        Selector(k, c.capitalize(), ["any", *found[k]], 0, "menu", 0)
        for k, c in keys.items()
    ],
    words=f"<style>{counting}</style>{counted}"
    '<b class="count-models"></b> models with these options; '
    '<b class="count-same"></b> have the baseline’s sign, and '
    '<b class="count-clear"></b> of these are significant at 5%.',
    name="fig-curve-explorer",
    caption="The specification curve, filtered by options: blue where the leads are not rejected, orange-red where they are, grey where they are not tested, pale where an option differs. "
    "The dotted line is the baseline.",
    alt="Relative effects of all models in ascending order; those with the chosen options stand out. The "
    "words below count them, and those with the baseline's sign.",
)

# %% [markdown]
# ## Which choice moves the effect
#
# Medians of all models with an option would mix choices: Callaway and Sant'Anna's estimators, for example, exist for one set of fixed effects only. So each option is compared with the baseline's option
# *in pairs of models that are otherwise equal*.


# %%
def in_pairs(rows):
    """Relative effect with an option, less that with the baseline's."""
    found = {}
    for column, reference in REFERENCE.items():
        others = [c for c in REFERENCE if c != column]
        wide = rows.pivot(index=others, columns=column, values="relative")
        differences = wide.sub(wide.get(reference, np.nan), axis=0)
        for option in differences.columns.drop(reference, errors="ignore"):
            if len(pairs := differences[option].dropna()):
                found[column, option] = pairs
    return found


moves = in_pairs(reasonable)

# %% tags=["hide-input"]
lines = {}
for (column, option), pairs in moves.items():
    lead = tested.loc[tested[column] == option, "leads"]
    lines[f"{column}: {option}"] = {
        "pairs": f"{len(pairs)}",
        "median difference": f"{pairs.median():.2f}",
        "middle half": f"{pairs.quantile(0.25):.2f} to {pairs.quantile(0.75):.2f}",
        "leads rejected": f"{(lead < 0.05).sum()} of {len(lead)}"
        if len(lead)
        else "not tested",
    }
page.table(
    pd.DataFrame(lines).T.rename_axis("option"),
    name="tbl-pairs",
    caption="What each option changes: relative effects in pairs of otherwise equal models",
    notes="The other of each pair has the baseline's option. Reasonable models.",
)

# %% [markdown]
# ## A joint test
#
# The models share data, so their $p$-values cannot be counted as if independent. Give the cohorts to counties at random, run
# the two-way models on that placebo, and repeat. How often are the median effect, the share of significant estimates with the right sign, or Stouffer's $Z$ (the sum of all
# $t$-values over the root of their number) as far from zero as under the actual assignment? These are the three statistics of {cite:t}`simonsohn2020`.
#
# Such a test is exact only if a placebo changes nothing but the policy. The whole panel, its winsorised twin and the years before the last start are the same under every assignment. The common support is not, because
# the score asks who is treated: it would have to be found anew in every draw (exercise 2), so its models are left out here. (That counties can be exchanged at all, though they were
# chosen in groups, is another assumption: {doc}`chapter 7.4 <07_4_inference>`.)

# %%
fixed = {n: rows for n, rows in samples.items() if n != "common support"}
assignments = draw_assignments(
    panel.groupby("county")["cohort"].first(), seed=SEED, draws=DRAWS
)
placebo_estimates, placebo_t = placebo_specification_curve(
    fixed, list(outcomes), controls, list(effects), assignments
)
observed = curve[
    (curve["cluster"] == "county")
    & curve["sample"].isin(fixed)
    & curve["fixed_effects"].isin(effects)
]  # in the order of the placebos
whole = np.isfinite(placebo_t).all(axis=0) & observed["p"].notna()
observed = observed[whole]  # a small panel identifies some in some draws only
placebo_estimates, placebo_t = (
    placebo_estimates[:, whole],
    placebo_t[:, whole],
)
deviation = observed["outcome"].map(spread_of).to_numpy()
unit = deviation * baseline["estimate"] / spread_of["gap"]
joint = joint_inference(
    observed["estimate"] / unit,
    (observed["estimate"] / observed["se"]).to_numpy(),
    placebo_estimates / unit,
    placebo_t,
    np.sign(baseline["estimate"]),
)

# %% tags=["hide-input"]
page.table(
    joint[["observed", "p"]]
    .assign(p=joint["p"].map("{:.3f}".format))
    .assign(observed=joint["observed"].map("{:.2f}".format))
    .rename_axis("statistic"),
    name="tbl-joint",
    caption="Joint tests of the two-way models, against placebo policies",
    notes=f"{len(observed)} models, {DRAWS} draws: no $p$ can be below {1 / (DRAWS + 1):.3f}. The median is relative to the baseline.",
)

# %% tags=["remove-cell"]
summary = {
    "feasible": models,
    "reasonable": reasonable,
    "two_way": tested,
    "admissible": admissible,
}
summary = {name: indicators(rows) for name, rows in summary.items()}
(matters, matters_by), (kept, kept_by) = (
    max(((abs(d.median()), o) for (_, o), d in found.items()), default=(0, "-"))[::-1]
    for found in (moves, in_pairs(admissible))
)  # fmt: skip
by_outcome = [
    f"{(p < 0.05).sum()} of {len(p)} with the {outcome}"
    for outcome, p in tested.groupby("outcome", sort=False)["leads"]
    if (p < 0.05).any()
]
page.tell(
    models=len(reasonable),
    significant_same_sign=summary["reasonable"]["significant_same_sign"],
    tested=len(tested),
    rejected=f"{len(rejected)} ({', '.join(by_outcome)}): these do not estimate an effect under"
    if by_outcome
    else "none: no model speaks against",
    whatever=", whatever their sign." if by_outcome else ".",
    instead=f", instead of {summary['two_way']['relative_effect']:.2f} times with the rejected ones among them."
    if by_outcome
    else ".",
    admissible=len(admissible),
    admissible_share=summary["admissible"]["significant_same_sign"],
    admissible_effect=summary["admissible"]["relative_effect"],
    halves=f", half of those whose leads are not rejected between {summary['admissible']['relative_effect_low']:.2f} and {summary['admissible']['relative_effect_high']:.2f}."
    if by_outcome
    else ".",
    low=summary["reasonable"]["relative_effect_low"],
    high=summary["reasonable"]["relative_effect_high"],
    matters=matters,
    matters_by=matters_by,
    among=f"; among models whose leads are not rejected it is {kept} ({kept_by:.2f})."
    if by_outcome
    else ".",
)
page.export_json(
    "robustness.json",
    "robustness",
    fingerprint=study.fingerprint,
    baseline={k: float(baseline[k]) for k in ("estimate", "se", "p")},
    **summary,
    in_pairs={f"{c}: {o}": float(d.median()) for (c, o), d in moves.items()},
    joint_test={
        "models": len(observed),
        "draws": DRAWS,
        "p": {name: float(p) for name, p in joint["p"].items()},
    },
)

# %% [markdown]
# ## What to conclude
#
# What the options change here is the size. Half of the reasonable models lie between {glue:text}`low:.2f` and {glue:text}`high:.2f` times the baseline{glue:text}`halves` The option that moves the effect most is **{glue:text}`matters`** (median difference {glue:text}`matters_by:.2f`){glue:text}`among` Why an outcome alone can make leads fail is the subject of {doc}`chapter 7a <07_a_functional_form>`.
#
# Four cautions. Models are not votes: a hundred regressions with the same flaw agree. Leads that are not rejected are not shown to be zero, one in twenty tests rejects leads that are, and picking models by them bends the intervals of the others {cite:p}`roth2022`; the second share is
# a check of the first, not a better estimate. The list of {numref}`tbl-options` is a judgement that a reader may not share, so change it. And the joint test asks about chance alone.

# %% tags=["remove-input"]
page.words(
    synthetic="On the synthetic panel one caution more: the baseline was calibrated, and with it went most of what the curve shows. That so many models "
    "agree says nothing about the finding."
)

# %% [markdown]
# ## Exercises

# %% [markdown]
# ### Exercise 1: predict
#
# Somebody proposes one more sample: all provinces but the eastern ones. Look at the paper's results by region
# ({doc}`chapter 4.6 <04_6_heterogeneity>`) and guess whether the effect on the gap will be smaller or larger than the baseline's. Let `answer_1` be
# the baseline specification's coefficient in that sample, over the baseline's. Is this a robustness check or another question?
#
# <details class="hint"><summary>Hint</summary>
#
# `specification_curve` takes dictionaries of samples and of controls, and lists of the rest: one of each is enough. The eastern provinces have `region` `"eastern"`.
#
# </details>

# %% tags=["solution", "hide-cell"]
inland = specification_curve(
    {"inland": panel[panel["region"] != "eastern"]},
    ["gap"],
    "did",
    {"paper": list(study.controls)},
    ["county+year"],
    ["county"],
)
answer_1 = inland["estimate"].iloc[0] / baseline["estimate"]

# %% tags=["check"]
check_1(answer_1, panel)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Another question. A robustness check asks for the *same* effect with other means: other controls, other treatment of outliers. The effect inland is the effect
# on other counties. If the policy works differently there, as the paper's own table says, both numbers may be right, and their difference says nothing against
# either. Such a sample belongs in an analysis of heterogeneity; in the curve, it would widen the spread for a reason that is not doubt.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# The joint test leaves out the common support. Find it anew for the first placebo in `assignments`: let `answer_2` be the number of county-years on it. How many of them are on the support
# of the actual assignment, too?
#
# <details class="hint"><summary>Hint</summary>
#
# `match` reads the column `treat`. Under a placebo, a county is treated if `assignments[0]` gives it a cohort: `panel["county"].map(assignments[0])`.
#
# </details>

# %% tags=["solution", "hide-cell"]
joined = panel["county"].map(assignments[0]).notna().astype(int)
support = match(panel.assign(treat=joined), study.controls).on_support
answer_2 = int(support.sum())
both = (support & match(panel, study.controls).on_support).mean()

# %% tags=["check"]
check_2(answer_2, panel, assignments, study.controls)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Nearly all rows are on both supports, but not the same ones fall out. To run placebos on the actual support would compare the actual policy on a sample made for it with placebos on a sample that was not made for them, and such a test need
# not have its size. `placebo_specification_curve` takes a function in place of a sample, which is called with each draw's cohorts: exact, at the price of a logit and new fixed effects in every draw.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# The joint test runs all models on the *same* placebo policy and then draws the next one. Why not a new placebo for each model? Let
# `answer_3` say what is at stake: the standard deviation of the models' mean effect over the placebos, as a multiple of what it would be if the models were
# independent of each other.
#
# <details class="hint"><summary>Hint</summary>
#
# `placebo_estimates / deviation` has a row for each placebo and a column for each model. If models were independent, the variance of their mean would be the sum of
# their variances over the squared number of models.
#
# </details>

# %% tags=["solution", "hide-cell"]
effects_drawn = placebo_estimates / deviation
together = effects_drawn.mean(axis=1).std(ddof=1)
apart = np.sqrt(effects_drawn.var(axis=0, ddof=1).sum())
answer_3 = together / (apart / effects_drawn.shape[1])

# %% tags=["check"]
check_3(answer_3, placebo_estimates, deviation)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The models look at the same counties through slightly different glasses: if a placebo happens to hit counties whose gap fell, it does so in all of them. Their mean hardly
# averages anything out. A new placebo for each model would make them independent, so the placebo means would lie far too close to zero and *anything* would look
# significant. If the models were one and the same, the multiple would be the root of their number; the square of `answer_3` tells how many
# of these models carry as much as one independent model.
#
# </details>
