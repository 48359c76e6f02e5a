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
# The paper concludes that clusters narrow the urban–rural income gap, by way of technology, chains and brands, and more so for grain, in the east and where finance is developed. From this it draws three recommendations. This chapter goes through the
# statements one by one: what they rest on, what print alone says about them, and what would have to be true for the advice to follow.

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
# ## Statement by statement

# %% tags=["hide-input"]
statements = [
    ("Clusters narrow the gap (H1)", "4.1, 4.2, 4.4, 7a, 7.1",
     "trends were parallel in points of the index, and nobody reacted before the start",
     "the coefficient is in points, not per cent; the mean of the index asks for an explanation"),
    ("The result survives the treatment of endogeneity", "4.3, 7.3",
     "ruggedness × trend acts on the gap through clusters only",
     "it survives with an estimate of more than twice the mean of the index"),
    ("Technology, chains, brands are the channels (H2)", "4.5",
     "the mechanisms move the gap, and nothing else moves both",
     "only the first of two arrows is estimated"),
    ("More for grain", "4.6",
     "counties that join early and late can be compared without any that never join",
     "against the never treated the order is reversed, if the baseline is a mean of both types"),
    ("More in the east", "4.6",
     "the regions differ in nothing else that matters for clusters",
     "the difference is clear if the printed errors are right"),
    ("More where finance is developed", "4.6",
     "loans of the same year are not themselves an outcome",
     "the difference is clear if the printed errors are right"),
]  # fmt: skip
page.table(
    pd.DataFrame(
        statements,
        columns=[
            "statement of the paper",
            "chapter",
            "it follows if",
            "what print alone says",
        ],
    ),
    name="tbl-statements",
    caption="What the paper concludes, what it takes, and what its printed numbers say",
    source="the paper's section 6; this book's chapters and audit",
)

# %% [markdown]
# **By how much?** The paper's text reads hundredths of a point of the index as per cent. A percentage needs a base, best the gap that treated counties would have had without a cluster; {doc}`chapter 4.1 <04_1_baseline>` computes it.
#
# ## From coefficient to policy
#
# The paper recommends three things. Each asks for more than its regressions give.
#
# **1. Support clusters more**, by measures fitted to local resources, markets and industries, and build integrated clusters of production, processing, distribution, technology and services. The coefficient is an average over counties that were *chosen*. For the next ones it is a
# guide only if the choice had nothing to do with the gain. If the strongest went first, later ones will be weaker; if each province has a quota, strong ones may still be waiting. The lists do not tell. That measures should fit local
# conditions is plausible; no regression of the paper varies the measures.
#
# **2. Build the whole chain**: invest in research and technique, in processing, marketing and brands, and keep the value added in the villages. This rests on H2. The paper estimates the arrows from clusters to machines, firms and brands, not those from there to incomes
# ({numref}`tbl-decomposition`), nor whether rural people gain or urban people lose ({numref}`tbl-incomes`).
#
# **3. Let finance follow**: banks should lend for technique, chains and brands, and capital, talent and land should gather in these industries. The sample was split by loans of the same year. If clusters attract credit, this sorts counties by an outcome. And that clusters do more where credit is plentiful does not say that more
# credit makes them do more.
#
# **Costs** appear nowhere. Without them a narrower gap is a benefit, and not yet a reason.
#
# ## What would settle it
#
# The list of counties and their first cluster year, with the county yearbooks and, for some chapters, new firms, geographical
# indications, CAPAA and terrain. With them each chapter of this book can be run again, unchanged, and the verdicts beside the
# printed numbers would say whether the paper computed what it describes. Whether trends were parallel, and whether the
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
    synthetic="The numbers come from the synthetic panel and say nothing about China. The reasoning is the same with real ones.",
    own="They use the panel named at the head of this page.",
)

# %%
baseline = pf.feols(
    f"gap~did+{'+'.join(study.controls) or 1}|county+year",
    panel,
    vcov={"CRV1": "county"},
)
effect, se = baseline.coef()["did"], baseline.se()["did"]
treated = panel[panel["did"] == 1]

# %% [markdown]
# ### Exercise 1: explain
#
# A ministry asks: “By how many yuan did rural incomes rise?” Why can the baseline not answer?
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
# it as well ({doc}`chapter 3 <03_data>`). To answer the ministry, regress the logarithms of rural and of urban
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
