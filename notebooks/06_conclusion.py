# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 6 Conclusions and policy
#
# The paper concludes that clusters narrow the urban–rural income gap, by way of technology, chains and
# brands, and more so for grain, in the east and where credit is plentiful. It recommends
# supporting clusters more, building their whole chain, and letting finance follow. This chapter goes
# through these statements one by one: what was computed, and what would have to be true for the advice to follow.
# (The paper has no section 5, and this book keeps its numbers.)

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables

# %% tags=["hide-input"]
import numpy as np
import pandas as pd
import pyfixest as pf
from myst_nb import glue
from scipy import stats
from scipy.optimize import brentq

import clustergap as cg
from bookkit import display as style

style.use_style()

# %%
study = cg.load(DATA)
panel = study.panel

# %% tags=["remove-input"]
style.banner(study)

# %% [markdown]
# ## How much, in words that can be checked

# %% tags=["remove-cell"]
by_county = {"CRV1": "county"}
controls = "pgdp+pgra+ind+serv+fiscal+edu+financial+com"
baseline = pf.feols(f"gap~did+{controls}|county+year", panel, vcov=by_county)
effect, se = baseline.coef()["did"], baseline.se()["did"]
low, high = baseline.confint().loc["did"]
mean, spread = panel["gap"].mean(), panel["gap"].std()
treated = panel.loc[panel["did"] == 1]
counterfactual = (treated["gap"] - effect).mean()
glue("effect", float(effect), display=False)
glue("low", float(low), display=False)
glue("high", float(high), display=False)
glue("of_mean", float(effect / mean), display=False)
glue("of_sd", float(effect / spread), display=False)
glue("counterfactual", float(counterfactual), display=False)
glue("observed", float(treated["gap"].mean()), display=False)
glue("of_counterfactual", float(effect / counterfactual), display=False)

# %% [markdown]
# The baseline coefficient is {glue:text}`effect:.3f` points of the Theil index, with a 95 % interval from
# {glue:text}`low:.3f` to {glue:text}`high:.3f`. Put on three scales:
#
# - {glue:text}`of_mean:.1%` of the panel's mean gap;
# - {glue:text}`of_sd:.2f` standard deviations of the gap;
# - {glue:text}`of_counterfactual:.1%` of what the model says treated county-years would have had without
#   a cluster ({glue:text}`counterfactual:.3f` instead of {glue:text}`observed:.3f`).
#
# None of them is the percentage in the paper's text, which reads hundredths of a point as per cent.

# %% [markdown]
# ## Statement by statement

# %% tags=["hide-input"]
statements = pd.DataFrame(
    [
        (
            "Clusters narrow the gap (H1)",
            "4.1, 4.2, 4.4, 7.1",
            "parallel trends; nobody reacts before the start; effects that do not grow or fade much with the years since it",
        ),
        (
            "The result survives the treatment of endogeneity",
            "4.3",
            "ruggedness × trend acts on the gap through clusters only",
        ),
        (
            "Technology, chains, brands are the channels (H2)",
            "4.5",
            "the mechanisms move the gap, and nothing else moves both",
        ),
        (
            "More for grain",
            "4.6",
            "grain counties without never-treated controls can be compared with the rest",
        ),
        (
            "More in the east",
            "4.6",
            "the regions differ in nothing else that matters for clusters",
        ),
        (
            "More where finance is developed",
            "4.6",
            "loans of the same year are not themselves an outcome",
        ),
    ],
    columns=["statement of the paper", "chapter", "it follows if"],
)
style.table(
    statements,
    name="tbl-statements",
    caption="What the paper concludes, where it is computed, and what it takes",
    source="the paper's section 6; this book's chapters",
)

# %% [markdown]
# ## From coefficient to policy
#
# **More support for clusters.** The coefficient is an average over counties that were *chosen*
# for their strong industries. The next county to be chosen is by design a weaker case. An effect on
# the chosen is a poor guide to the effect on the next, unless selection had nothing to do with the gain.
#
# **Build the whole chain.** That advice rests on H2. The paper estimates the arrows from clusters
# to technology, firms and brands, not those from there to incomes ({numref}`tbl-decomposition`), nor does it ask whether villagers
# gain or townspeople lose ({numref}`tbl-incomes` does).
#
# **Let finance follow.** The sample is split by loans of the same year. If clusters attract
# credit, the split sorts counties by an outcome.
#
# And **costs** appear nowhere: a narrowing of the gap is a benefit, not yet a reason.
#
# ## What would settle it
#
# The list of counties and their first cluster year, with the county yearbooks and, for some chapters, new firms, geographical
# indications, CAPAA and terrain. With them, each chapter of this book can be run again, unchanged, and the verdicts beside the
# printed numbers begin to mean something. They would settle what was computed. Whether trends were parallel, and whether the
# instrument acts through clusters only, no table can settle.

# %% tags=["remove-input"]
style.prose(
    ("Until then, this" if study.synthetic else "This")
    + " book shows that the paper's procedure can be carried out, what each number would mean, "
    "and where the printed numbers leave questions: that is the subject of the {doc}`audit <90_audit>`."
)

# %% [markdown]
# ## Exercises

# %% tags=["remove-input"]
style.prose(
    "The numbers come from the synthetic panel, so no minister should see them. The reasoning is the same with real ones."
    if study.synthetic
    else "They use the panel named at the head of this page."
)

# %% [markdown]
# ### Exercise 1: explain
#
# A minister asks: “By how many yuan did a villager's income rise?” Why can the baseline not answer?
# Take a county with half its people in town, whose income ratio is the panel's median. Its Theil
# index falls by the baseline effect. By what share must *rural* income rise if urban income stays,
# or *urban* income fall if rural income stays? Store the two shares (rise, fall), both positive, in
# `answer_1`. What would you regress instead?
#
# <details class="hint"><summary>Hint</summary>
#
# With the urban share fixed, the index depends on the income ratio alone. Find the ratio that gives
# the lower index (`brentq` solves an equation in one unknown); the rest is division.
#
# </details>

# %% tags=["solution", "hide-cell"]
ratio = panel["income_ratio"].median()
target = cg.theil(ratio, 1.0, 0.5, 0.5) + effect
narrower = brentq(lambda r: cg.theil(r, 1.0, 0.5, 0.5) - target, 1, ratio)
answer_1 = (float(ratio / narrower - 1), float(1 - narrower / ratio))

# %% tags=["check", "hide-cell"]
before = (panel["income_ratio"].median(), 1.0)
rise, fall = answer_1
assert 0 < rise and 0 < fall < 1, "two positive shares: a rise, then a fall"
for after, what in (
    ((before[0], 1 + rise), "the rise of rural income"),
    ((before[0] * (1 - fall), 1.0), "the fall of urban income"),
):
    drop = cg.theil(*after, 1, 1) - cg.theil(*before, 1, 1)
    assert abs(drop / effect - 1) < 0.01, (
        f"{what} changes the index by {drop:.4f}, not by the effect"
    )

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The index knows ratios and shares of people, no yuan, and it cannot tell a village that gains from
# a town that loses: both of your numbers are the same change of the index. People who move change
# it as well ({doc}`chapter 3 <03_data>`). To answer the minister, regress the logarithms of rural and of urban
# income, each by itself, and the urban share beside them. The raw tables of a study like this one
# have all three, and {doc}`chapter 4.5 <04_5_mechanisms>` runs the three regressions ({numref}`tbl-incomes`); only real tables
# can make them tell something.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# The baseline takes the same number of points off everywhere. Compute the effect relative to the
# counterfactual for each cohort: among its treated county-years, `effect` over the mean gap they
# would have had. Store it as a Series `answer_2`, indexed by `cohort`. Where is the relative effect
# largest, and is this a finding about that cohort?
#
# <details class="hint"><summary>Hint</summary>
#
# `treated` holds the treated county-years. The counterfactual gap is the observed one less the
# effect.
#
# </details>

# %% tags=["solution", "hide-cell"]
would_be = treated.assign(gap=treated["gap"] - effect)
answer_2 = effect / would_be.groupby("cohort")["gap"].mean()

# %% tags=["check", "hide-cell"]
assert sorted(answer_2.index) == sorted(treated["cohort"].unique()), (
    "one value for each cohort"
)
for start, relative in answer_2.items():
    seen = treated.loc[treated["cohort"] == start, "gap"].mean()
    assert np.isclose(seen / (1 + relative) + effect, seen, rtol=1e-6), (
        f"{start:.0f}: relative to what would have been, not to what is"
    )

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# It is largest where the gap would have been smallest, by construction: the numerator is one and
# the same number. The model *assumes* equal points and cannot find unequal ones. With a regression
# in logarithms one would have assumed equal percentages, and the points would seem to differ. Which
# scale is constant, if any, is a question for a model that lets cohorts differ, as in {doc}`chapter 7.1 <07_1_staggered>`.
#
# </details>

# %% [markdown]
# ### Exercise 3: predict
#
# Suppose that a study on real data has the standard error `se` of the baseline. How large must a
# true effect be (in size) so that a test at 5 % finds it with a probability of 80 %? Guess whether
# it is one, two or three standard errors, then store the effect in `answer_3`.
#
# <details class="hint"><summary>Hint</summary>
#
# The $t$-value scatters around the true effect over `se` with standard deviation one. How far from
# 1.96 must its centre be so that only a fifth of the values falls short?
#
# </details>

# %% tags=["solution", "hide-cell"]
answer_3 = float((stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) * se)

# %% tags=["check", "hide-cell"]
assert answer_3 > 0, "give the size of the effect"
beyond = stats.norm.cdf(answer_3 / se - np.array([1.96, -1.96]))
power = 1 - (beyond[1] - beyond[0])
assert power > 0.79, (
    f"such an effect is found with probability {power:.2f} only"
)
assert power < 0.81, f"a smaller one would do: this has power {power:.2f}"

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# About 2.8 standard errors: 1.96 to pass the test, 0.84 to pass it four times in five. A true
# effect of two standard errors is missed every other time, and *if* it is found, the estimate is
# too large on average, because the small ones were not significant. Asking for this before the data
# are in tells whether a “no significant effect” in a small sample of counties, a single region say,
# would mean anything.
#
# </details>
