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
import pandas as pd
import pyfixest as pf
from exercises.conclusion import check_1, check_2, check_3
from scipy import stats
from scipy.optimize import brentq

import clustergap as cg
from bookkit.page import Page

# %%
study = cg.load(DATA)
panel = study.panel
page = Page("06_conclusion", study)

# %% tags=["remove-input"]
page.banner()

# %% [markdown]
# ## How much, in words that can be checked

# %% tags=["remove-cell"]
baseline = pf.feols(
    f"gap~did+{'+'.join(cg.CONTROLS)}|county+year",
    panel,
    vcov={"CRV1": "county"},
)
effect, se = baseline.coef()["did"], baseline.se()["did"]
treated = panel[panel["did"] == 1]
counterfactual = (treated["gap"] - effect).mean()
page.tell_fit("baseline", baseline)
page.tell(
    of_mean=effect / panel["gap"].mean(),
    of_sd=effect / panel["gap"].std(),
    counterfactual=counterfactual,
    observed=treated["gap"].mean(),
    of_counterfactual=effect / counterfactual,
)

# %% [markdown]
# The baseline coefficient is {glue:text}`beta_baseline:.3f` points of the Theil index, with a 95 % interval from
# {glue:text}`low_baseline:.3f` to {glue:text}`high_baseline:.3f`. Put on three scales:
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
statements = [
    ("Clusters narrow the gap (H1)", "4.1, 4.2, 4.4, 7.1",
     "parallel trends; nobody reacts before the start; effects that do not grow or fade much with the years since it"),
    ("The result survives the treatment of endogeneity", "4.3",
     "ruggedness × trend acts on the gap through clusters only"),
    ("Technology, chains, brands are the channels (H2)", "4.5",
     "the mechanisms move the gap, and nothing else moves both"),
    ("More for grain", "4.6",
     "grain counties without never-treated controls can be compared with the rest"),
    ("More in the east", "4.6",
     "the regions differ in nothing else that matters for clusters"),
    ("More where finance is developed", "4.6",
     "loans of the same year are not themselves an outcome"),
]  # fmt: skip
page.table(
    pd.DataFrame(
        statements,
        columns=["statement of the paper", "chapter", "it follows if"],
    ),
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
shown = (
    "book shows that the paper's procedure can be carried out, what each number would mean, "
    "and where the printed numbers leave questions: that is the subject of the {doc}`audit <90_audit>`."
)
page.words(synthetic=f"Until then, this {shown}", own=f"This {shown}")

# %% [markdown]
# ## Exercises

# %% tags=["remove-input"]
page.words(
    synthetic="The numbers come from the synthetic panel, so no minister should see them. The reasoning is the same with real ones.",
    own="They use the panel named at the head of this page.",
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

# %% tags=["check"]
check_1(answer_1, panel, effect)

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

# %% tags=["check"]
check_2(answer_2, treated, effect)

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

# %% tags=["check"]
check_3(answer_3, se)

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
