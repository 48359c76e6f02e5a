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
# Every paper reports a few of the regressions that its authors could have run. This chapter runs the others:
# every combination of defensible choices for the two-way estimator, and those that Callaway and Sant'Anna's allows, hundreds of them, and asks what they have in common: a {term}`specification curve` {cite:p}`simonsohn2020`.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
DRAWS = 99  # placebo policies in the joint test
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
    require_effect,
    require_several,
    with_comparison,
)
from paneldid.matching import match
from paneldid.resampling import draw_assignments
from paneldid.spec_curve import (
    placebo_specification_curve,
    specification_curve,
)
from paneldid.staggered import aggregate, att_gt, balanced

warnings.filterwarnings("ignore", message=".*singleton.*")

# %%
study = cg.load(DATA)
page = Page("07_5_specification_curve", study)
panel = study.panel.assign(log_gap=lambda d: np.log(d["gap"]))

# %% tags=["remove-input"]
page.banner()

# %% [markdown]
# ## Feasible is not reasonable
#
# Many regressions *can* be run; not all answer the question. A curve that mixes both says nothing. So each
# option is first listed as reasonable or merely feasible, with the reason, before any estimate is seen.

# %%
OPTIONS = [
    # choice, option, reasonable, reason
    ("outcome", "gap", True, "the paper's: Theil index"),
    ("outcome", "gini", True, "the paper's second index"),
    ("outcome", "income_ratio", True, "what public debate quotes"),
    ("outcome", "log_gap", True, "proportional effects; the gap is positive"),
    ("controls", "none", True, "nothing that the policy could move"),
    ("controls", "paper", True, "the paper's eight, of the same year"),
    (
        "controls",
        "no industry",
        True,
        "leaves out what industrial policy moves",
    ),
    ("controls", "first year × trend", True, "fixed before any start"),
    ("effects", "county+year", True, "the paper's"),
    ("effects", "county+region^year", True, "regions may drift apart"),
    (
        "effects",
        "county+province^year",
        True,
        "compares within provinces only",
    ),
    ("effects", "year", False, "compares levels of different counties"),
    ("sample", "all", True, "the paper's"),
    ("sample", "winsorised", True, "the paper's robustness check"),
    ("sample", "common support", True, "the paper's robustness check"),
    ("sample", "no last cohort", True, "its effect has hardly begun"),
    ("cluster", "county", True, "the paper's"),
    ("cluster", "province", True, "clusters are proposed by provinces"),
    ("estimator", "two-way", True, "the paper's"),
    ("estimator", "never", True, "Callaway–Sant'Anna, never treated"),
    ("estimator", "not_yet", True, "Callaway–Sant'Anna, not yet treated"),
]

# %% tags=["hide-input"]
options = pd.DataFrame(
    OPTIONS, columns=["choice", "option", "reasonable", "reason"]
)
page.table(
    options.assign(
        reasonable=options["reasonable"].map({True: "yes", False: "no"})
    ),
    name="tbl-options",
    caption="Options, and which of them are reasonable",
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

continuous = ["gap", "gini", "income_ratio", "log_gap", *study.controls]
low, high = (panel[continuous].quantile(q) for q in (0.01, 0.99))
samples = {
    "all": panel,
    "winsorised": panel.assign(**panel[continuous].clip(low, high, axis=1)),
}
gaps = Gaps()  # models that the data at hand cannot carry
with gaps.column("sample common support"):
    matched = match(panel, study.controls)
    samples["common support"] = panel[matched.on_support]
with gaps.column("sample no last cohort"):
    earlier = panel[panel["cohort"] != panel["cohort"].max()]
    require_effect(earlier, "the sample without its last cohort")
    samples["no last cohort"] = earlier
controls = {
    "none": [],
    "paper": list(study.controls),
    "no industry": [c for c in study.controls if c not in ("ind", "serv")],
    "first year × trend": list(predetermined),
}
outcomes = ["gap", "gini", "income_ratio", "log_gap"]
effects = list(options.query("choice == 'effects'")["option"])
clusters = ["county"]
with gaps.column("cluster province"):
    require_several(panel, "province")
    clusters.append("province")
models = specification_curve(
    samples, outcomes, "did", controls, effects, clusters
).assign(estimator="two-way")

# %% [markdown]
# Callaway and Sant'Anna's estimators join where the panel is balanced, with the controls of the base year or without.
# If every county joins a cluster, they compare with the last cohort, in the years before it starts.

# %%
extra = []
for sample in [s for s in ("all", "no last cohort") if s in samples]:
    with gaps.column(f"Callaway–Sant'Anna, sample {sample}"):
        complete = balanced(samples[sample], [*outcomes, *study.controls])
        complete, _ = with_comparison(complete)
        for outcome, chosen, control in product(
            outcomes, ("none", "paper"), ("never", "not_yet")
        ):
            group_time = att_gt(
                complete, outcome, controls[chosen], control=control
            )
            found = aggregate(group_time, "simple")
            z = found.overall / found.overall_se
            extra.append(
                {
                    "sample": sample,
                    "fixed_effects": "county+year",
                    "controls": chosen,
                    "outcome": outcome,
                    "cluster": "county",
                    "estimate": found.overall,
                    "se": found.overall_se,
                    "p": 2 * stats.norm.sf(abs(z)),
                    "n": len(complete),
                    "estimator": control,
                }
            )
models = pd.concat([models, pd.DataFrame(extra)], ignore_index=True)

# %% [markdown]
# Outcomes have different units, so each estimate is divided by the standard deviation of its outcome after county and year effects, and then by the
# baseline's: a *relative effect* of one is as large as the paper's specification, zero is none, negative is the other sign.

# %%
values = panel[outcomes]
within = (
    values
    - values.groupby(panel["county"]).transform("mean")
    - values.groupby(panel["year"]).transform("mean")
    + values.mean()
)
spread_of = within.std()
models["effect"] = models["estimate"] / models["outcome"].map(spread_of)
unreasonable = set(options.loc[~options["reasonable"], "option"])
models["reasonable"] = ~models["fixed_effects"].isin(unreasonable)
is_baseline = (
    (models["outcome"] == "gap")
    & (models["controls"] == "paper")
    & (models["fixed_effects"] == "county+year")
    & (models["sample"] == "all")
    & (models["cluster"] == "county")
    & (models["estimator"] == "two-way")
)
baseline = models[is_baseline].iloc[0]
models["relative"] = models["effect"] / baseline["effect"]
reasonable = models[models["reasonable"]]


def indicators(rows):
    """Agreement with the baseline in sign, in significance, and in size."""
    same = rows["relative"] > 0
    significant = rows["p"] < 0.05
    return {
        "models": len(rows),
        "same_sign": float(same.mean()),
        "significant_same_sign": float((same & significant).mean()),
        "significant_other_sign": float((~same & significant).mean()),
        "relative_effect": float(rows["relative"].median()),
        "relative_effect_low": float(rows["relative"].quantile(0.25)),
        "relative_effect_high": float(rows["relative"].quantile(0.75)),
    }


# %% tags=["hide-input"]
NAMES = {
    "models": "models",
    "same_sign": "same sign",
    "significant_same_sign": "significant at 5 %",
    "significant_other_sign": "significant, other sign",
    "relative_effect": "median relative effect",
}
COLUMNS = {
    "controls": "controls",
    "fixed_effects": "fixed effects",
    "outcome": "outcome",
    "sample": "sample",
    "estimator": "estimator",
    "cluster": "cluster",
}


def worded(rows):
    found = indicators(rows)
    return {
        NAMES["models"]: f"{found['models']}",
        NAMES["same_sign"]: f"{found['same_sign']:.0%}",
        NAMES[
            "significant_same_sign"
        ]: f"{found['significant_same_sign']:.0%}",
        NAMES[
            "significant_other_sign"
        ]: f"{found['significant_other_sign']:.0%}",
        NAMES["relative_effect"]: f"{found['relative_effect']:.2f}",
    }


OPTION_WORDS = {
    "gap": "Theil",
    "gini": "Gini",
    "log_gap": "log of Theil",
    "income_ratio": "income ratio",
    "county+year": "county, year",
    "county+region^year": "county, region × year",
    "county+province^year": "county, province × year",
    "all": "whole",
    "never": "CS, never treated",
    "not_yet": "CS, not yet treated",
}
lines = [{"models with": "every feasible option"} | worded(models)]
lines.append({"models with": "reasonable options only"} | worded(reasonable))
for column, name in COLUMNS.items():
    for option, rows in reasonable.groupby(column, sort=False):
        option = OPTION_WORDS.get(option, option)
        lines.append({"models with": f"{name}: {option}"} | worded(rows))
page.table(
    pd.DataFrame(lines),
    name="tbl-indicators",
    caption="How far the models agree with the baseline",
    notes="From the third line on: reasonable models with that option. Significance counts only with the baseline's sign, unless said otherwise."
    + gaps.note,
)

# %% tags=["hide-input"]
shown = (
    reasonable[reasonable["cluster"] == "county"]
    .sort_values("relative", ignore_index=True)
    .assign(clear=lambda d: d["p"] < 0.05)
)
fig, (top, bottom) = plt.subplots(
    2, 1, figsize=(7.8, 7.2), sharex=True, height_ratios=[1, 1.35]
)
for clear, colour, label in (
    (True, "blue", "significant at 5 %"),
    (False, "grey", "not significant"),
):
    part = shown[shown["clear"] == clear]
    if part.empty:
        continue
    top.plot(
        part.index,
        part["relative"],
        ".",
        markersize=4,
        color=COLOURS[colour],
        label=label,
    )
top.axhline(0, color=INK, linewidth=0.8)
top.axhline(1, color=INK, linewidth=0.8, linestyle=":")
top.set_ylabel("relative effect")
top.legend()
names, place = [], 0
for column, name in list(COLUMNS.items())[:5]:
    for option in shown[column].unique():
        hits = shown.index[shown[column] == option]
        bottom.plot(
            hits,
            np.full(len(hits), -place),
            "|",
            markersize=5,
            color=COLOURS["blue"],
        )
        names.append(f"{name}: {OPTION_WORDS.get(option, option)}")
        place += 1
    place += 0.6
    names.append("")
positions, labels, place = [], [], 0
for name in names:
    if name:
        positions.append(-place)
        labels.append(name)
        place += 1
    else:
        place += 0.6
bottom.set_yticks(positions, labels, fontsize=8)
bottom.grid(visible=False)
bottom.set_xlabel("models, from the smallest to the largest relative effect")
page.figure(
    fig,
    name="fig-specification-curve",
    caption="Specification curve of the reasonable models, errors clustered by county: relative effects, "
    "and the options behind each of them. The dotted line is the baseline.",
    alt="Upper panel: relative effects of all models in ascending order, from "
    f"{shown['relative'].min():.2f} to {shown['relative'].max():.2f}; {shown['clear'].mean():.0%} of them are "
    "significant. Lower panel: a tick for each model in the row of each of its options.",
)

# %% [markdown]
# In {numref}`fig-curve-explorer` you choose the options. Fix one choice at a time and see where on the curve its models sit: options that spread
# over the whole curve do not matter, an option that sits at one end does.

# %% tags=["remove-input"]
page.say(
    "Every model lies on the baseline's side of zero already, so no choice decides the sign here. What is left to see is which of them moves the size."
    if (shown["relative"] > 0).all()
    else "Then look for the smallest set of options that puts all models on one side of zero: that is what the finding rests on."
)

# %% tags=["hide-input"]
keys = dict(zip("abcde", list(COLUMNS)[:5], strict=True))
found = {key: list(shown[column].unique()) for key, column in keys.items()}


def counter(row):
    counts = "models" + (" same" if row.relative > 0 else "")
    counts += " clear" if row.relative > 0 and row.clear else ""
    return f'<i style="counter-increment:{counts}"></i>'


fig, axis = plt.subplots(figsize=(6.8, 4))
axis.scatter(
    shown.index,
    shown["relative"],
    s=6,
    color=COLOURS["grey"],
    alpha=0.3,
)
axis.axhline(0, color=INK, linewidth=0.8)
axis.set(xlabel="models, in ascending order", ylabel="relative effect")
axis.set(xticks=[], yticks=[0, 1])
counted = ""
for options, rows in shown.groupby(list(keys.values()), sort=False):
    places = {
        key: found[key].index(option) + 1
        for key, option in zip(keys, options, strict=True)
    }
    with at(axis, **places):
        for clear, part in rows.groupby("clear"):
            colour = COLOURS["blue" if clear else "orange"]
            axis.scatter(part.index, part["relative"], s=18, color=colour)
    counted += when("".join(map(counter, rows.itertuples())), **places)
counting = ".fig-curve-explorer{counter-reset:models same clear}"
counting += "".join(
    f".count-{name}::after{{content:counter({name})}}"
    for name in ("models", "same", "clear")
)
page.interactive(
    fig,
    [
        Selector(
            key,
            COLUMNS[column].capitalize(),
            ["any", *(OPTION_WORDS.get(o, o) for o in found[key])],
            0,
            "menu",
            all_at=0,
        )
        for key, column in keys.items()
    ],
    words=f"<style>{counting}</style>{counted}"
    '<b class="count-models"></b> models with these options; '
    '<b class="count-same"></b> have the baseline’s sign, and '
    '<b class="count-clear"></b> of these are significant at 5%.',
    name="fig-curve-explorer",
    caption="The specification curve, filtered by options: blue where significant at 5 %, orange where not, pale where an option differs. "
    "The baseline is at one.",
    alt="Relative effects of all models in ascending order; those with the chosen options stand out. The "
    "words below count them, and those with the baseline's sign.",
)

# %% [markdown]
# ## A joint test
#
# The models share data, so their $p$-values cannot be counted as if independent. Give the cohorts to counties at random, run
# *all* reasonable two-way models on that placebo, and repeat. How often is the median effect, or the share of
# significant estimates with the right sign, as large as under the actual assignment?

# %%
reasonable_effects = [e for e in effects if e not in unreasonable]
placebo_estimates, placebo_t = placebo_specification_curve(
    samples,
    outcomes,
    controls,
    reasonable_effects,
    draw_assignments(
        panel.groupby("county")["cohort"].first(), seed=SEED, draws=DRAWS
    ),
)
observed = specification_curve(
    samples, outcomes, "did", controls, reasonable_effects
)
deviation = observed["outcome"].map(spread_of).to_numpy()
sign = np.sign(baseline["estimate"])
median = np.median(observed["estimate"] / deviation)
medians = np.median(placebo_estimates / deviation, axis=1)
share = (sign * observed["estimate"] / observed["se"] > 1.96).mean()
placebo_shares = (sign * placebo_t > 1.96).mean(axis=1)
median_p = (1 + (np.abs(medians) >= abs(median)).sum()) / (DRAWS + 1)
share_p = (1 + (placebo_shares >= share).sum()) / (DRAWS + 1)

# %% tags=["remove-cell"]
summary = indicators(reasonable)
page.tell(
    **{k: v for k, v in summary.items() if k != "significant_other_sign"},
    feasible=len(models),
    joint_models=len(observed),
    share=share,
    placebo_share=np.median(placebo_shares),
    median_p=median_p,
    share_p=share_p,
)
by_choice = {
    column: {
        str(option): indicators(rows)
        for option, rows in reasonable.groupby(column, sort=False)
    }
    for column in COLUMNS
}
spread = {
    column: max(f["relative_effect"] for f in found.values())
    - min(f["relative_effect"] for f in found.values())
    for column, found in by_choice.items()
}
matters = max(spread, key=spread.get)
page.tell(matters=COLUMNS[matters], matters_spread=spread[matters])
second = sorted(spread, key=spread.get)[-2]
page.tell(second=COLUMNS[second], second_spread=spread[second])
page.export_json(
    "robustness.json",
    "robustness",
    fingerprint=study.fingerprint,
    baseline={k: float(baseline[k]) for k in ("estimate", "se", "p")},
    feasible=indicators(models),
    reasonable=summary,
    by_choice=by_choice,
    joint_test={
        "models": len(observed),
        "draws": DRAWS,
        "median_effect_p": float(median_p),
        "significant_share_p": float(share_p),
    },
)

# %% tags=["remove-cell"]
page.tell(smallest_p=1 / (DRAWS + 1))

# %% [markdown]
# In {glue:text}`share:.0%` of the {glue:text}`joint_models` models the estimate is significant with the baseline's sign; in the median placebo in
# {glue:text}`placebo_share:.0%`. The joint $p$-values are {glue:text}`median_p:.3f` for the median effect and
# {glue:text}`share_p:.3f` for the share (with so many draws, none can be below {glue:text}`smallest_p:.3f`).
#
# ## What to conclude
#
# Of {glue:text}`models` reasonable models ({glue:text}`feasible` feasible ones), {glue:text}`same_sign:.0%` have the baseline's sign,
# {glue:text}`significant_same_sign:.0%` are also significant, and the median effect is {glue:text}`relative_effect:.2f` times the
# baseline's, with half of the models between {glue:text}`relative_effect_low:.2f` and {glue:text}`relative_effect_high:.2f`.
#
# More telling than the averages is *which choice moves the result*: the medians of {numref}`tbl-indicators` differ most by
# **{glue:text}`matters`** (by {glue:text}`matters_spread:.2f`), then by {glue:text}`second` ({glue:text}`second_spread:.2f`). A finding that stands with one set of
# controls and falls with another is not refuted, but it rests on an argument about these controls, and the paper has to make it.
#
# Three cautions. Models are not votes: a hundred regressions with the same flaw agree. The list of
# {numref}`tbl-options` is a judgement that a reader may not share, so change it. And the joint test asks about chance alone.

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
# Suppose that you hold the paper's controls of the same year to be unreasonable, because clusters may move them. Let `answer_2` be the median relative effect of the
# reasonable models that are left. Which numbers of the conclusion turn over?
#
# <details class="hint"><summary>Hint</summary>
#
# `reasonable` has a column `controls`. `indicators` gives all numbers of the conclusion for any set of rows.
#
# </details>

# %% tags=["solution", "hide-cell"]
left = indicators(reasonable[reasonable["controls"] != "paper"])
answer_2 = left["relative_effect"]

# %% tags=["check"]
check_2(answer_2, models, unreasonable, controls)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Compare `left` with {numref}`tbl-indicators`, line by line. As long as the shares with the same sign and with significance hardly move, the *existence* of an effect does not
# rest on this choice; if the median moves, its *size* does. Note what the exercise did not do: it did not look for the exclusion that gives
# the nicest number. The reason was there before the estimate, and that is all that keeps a specification curve from being one more search.
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
