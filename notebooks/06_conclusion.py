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
# to support clusters more, to build their whole chain, and to let finance follow. This chapter goes
# through these statements one by one: what was computed, and what would have to be true for the advice to follow.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables

# %% tags=["hide-input"]
import pandas as pd
import pyfixest as pf
from myst_nb import glue

import clustergap as cg
from clustergap import style

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
            "4.1, 4.2, 4.4",
            "parallel trends; effects of later cohorts like those of earlier ones",
        ),
        (
            "Reverse causality is ruled out",
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
# to technology, firms and brands, not those from there to incomes ({numref}`tbl-decomposition`).
#
# **Let finance follow.** The sample is split by loans of the same year. If clusters attract
# credit, the split sorts counties by an outcome.
#
# And **costs** appear nowhere: a narrowing of the gap is a benefit, not yet a reason.
#
# ## What would settle it
#
# The list of counties and their first cluster year, with the county yearbooks. With them, each
# chapter of this book can be run again, unchanged, and the verdicts beside the printed numbers begin to mean something.

# %% tags=["remove-input"]
style.prose(
    ("Until then, this" if study.synthetic else "This")
    + " book shows that the paper's procedure can be carried out, what each number would mean, "
    "and where the printed numbers leave questions: that is the subject of the {doc}`audit <90_audit>`."
)

# %% [markdown]
# ## Exercises
#
# 1. *Explain.* A minister asks: "By how many yuan did a villager's income rise?" Why can the baseline not answer? What would you regress instead?
# 2. *Change.* Compute the effect relative to the counterfactual for each cohort. Where is it largest?
