# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4.5 Mechanisms
#
# Hypothesis H2 says *how* clusters narrow the gap: by better farming technology, by longer and wider industrial chains, and by brands. The paper regresses four measures of these on treatment, finds all four significant, and takes H2 as
# confirmed. This chapter runs the regressions, and then asks what they can show, and whose income moves.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
SEED = 5  # of the wild bootstrap; any number will do
DRAWS = 1999  # of it

# %% tags=["hide-input"]
import numpy as np
import pandas as pd
import pyfixest as pf
from exercises.mechanisms import check_1, check_2, check_3

import clustergap as cg
from bookkit.display import counted, regression_table
from bookkit.page import Page
from clustergap.requirements import left_out
from clustergap.sentences import which_income_moves
from paneldid.identified import Gaps, require_effect, without_effect
from paneldid.resampling import wild_cluster_bootstrap
from paneldid.sensitivity import romano_wolf

# %%
study = cg.load(DATA)
panel = study.panel
page = Page("04_5_mechanisms", study)

# %% tags=["remove-input"]
page.banner()

# %% [markdown]
# ## From cluster to mechanism
#
# The model of {eq}`eq-mechanism` is the baseline with another outcome. The paper's reading of each column:
#
# 1. **Technology** (machinery power per rural resident). Larger fields pay for machines that replace hands and lower costs {cite:p}`wardhana2017,he2020`; farmers learn by doing, quality rises, and with it farm income.
# 2. **Wider chains** (new auxiliary firms, log). Farming spreads into inputs, logistics, e-commerce and tourism, so that those who take part earn from more than the harvest {cite:p}`zeleke2024`.
# 3. **Longer chains** (new processing firms, log). Processing comes to the county and gives rural people jobs at home {cite:p}`otsuka2020`.
# 4. **Brands** (geographical indications). Common standards make quality even {cite:p}`rathee2023`, on which a reputation, a margin and new sales channels rest.

# %%
by_county = {"CRV1": "county"}
controls = "+".join(study.controls) or "1"
outcomes = {
    "atl": "(1) Machinery per rural resident",
    "chain_aux": "(2) New auxiliary firms, log",
    "chain_process": "(3) New processing firms, log",
    "brand": "(4) Geographical indications",
}
fits, gaps = {}, Gaps()
held = []  # those that can be taken together
for m in (m for m in outcomes if m in panel):
    with gaps.column(f"column {outcomes[m][1]}"):
        require_effect(
            panel.dropna(subset=[m]), "the years with this outcome"
        )
        fits[m] = pf.feols(
            f"{m}~did+{controls}|county+year", panel, vcov=by_county
        )
    if not without_effect(panel.dropna(subset=[*held, m])):
        held.append(m)

# %% tags=["hide-input"]
gone = left_out(panel, {f"column {outcomes[m][1]}": m for m in outcomes})
gone += gaps.note
page.exhibit(
    "table_5",
    {outcomes[m]: fit for m, fit in fits.items()},
    {"did": "DID"},
    {"Controls": ["Yes"] * len(fits)},
    record={"did": "did"},
    columns=[int(outcomes[m][1]) for m in fits],
    levels=(1, 2, 3, 4),
    caption="Mechanisms, printed and computed here",
    notes=page.STARS + gone + study.controls_note,
) if fits else page.say(f"**There is no Table 5 on these data.**{gone}")

# %% [markdown]
# One sentence of the paper does not fit its table. "Columns (2)-(3)", it says, are significant "at the 1% and 10% levels respectively", and goes on to speak of processing firms first and auxiliary firms second. In the table, column 2 is the auxiliary firms. So it is
# the *wider* chain that is clear (1 %), and the *longer* one, on which the story of jobs rests, that is faint (10 %).

# %% [markdown]
# ### {glue:text}`tests`, one hypothesis
#
# Whoever tests {glue:text}`n_outcomes` unrelated outcomes at 5 % and reports what is significant finds something in {glue:text}`family:.0%` of all samples without any effect. The remedy of {cite:t}`romano2016` resamples all outcomes
# together and compares the largest $|t|$ with the largest of a draw, the next with the largest of the remaining ones, and so on. The draws are those of the wild bootstrap
# ({doc}`chapter 7.4 <07_4_inference>`), each with the same weights for all outcomes.

# %%
draws = {
    m: wild_cluster_bootstrap(
        panel.dropna(subset=held),
        f"{m}~did+{controls}|county+year",
        seed=SEED,
        draws=DRAWS,
    )
    for m in held
}
observed = np.array([d.observed_t for d in draws.values()])
adjusted = observed
if held:
    adjusted = romano_wolf(
        observed, np.column_stack([d.t for d in draws.values()])
    )

# %% tags=["hide-input"]
tests = counted(len(held), "test")
alone = [d.tail("t").p for d in draws.values()]
page.table(
    pd.DataFrame(
        {
            "t": [f"{t:.2f}" for t in observed],
            "p by itself": [f"{p:.4f}" for p in alone],
            "p as a family": [f"{p:.4f}" for p in adjusted],
        },
        index=pd.Index([outcomes[m] for m in held], name="outcome"),
    ),
    name="tbl-romano-wolf",
    caption=f"The mechanisms one by one, and as {tests} of one hypothesis",
    notes=f"Wild cluster bootstrap, {DRAWS:,} draws; the smallest possible p is {1 / (DRAWS + 1):.4f}. Adjusted by the step-down of Romano and Wolf.",
) if held else None

# %% tags=["remove-cell"]
if held:
    page.tell(
        tests=tests.capitalize(),
        mechanisms=counted(len(held), "mechanism"),
        with_ratio=counted(len(held) + 1, "mechanism"),
        another="fifth" if len(held) == 4 else "further",
        n_outcomes=len(held),
        family=1 - 0.95 ** len(held),
        n_alone=sum(p < 0.05 for p in alone) or "none",
        n_joint=int((adjusted < 0.05).sum()) or "none",
    )

# %% [markdown]
# One by one {glue:text}`n_alone` are significant at 5 %; as a family, {glue:text}`n_joint`. The adjustment costs less than multiplying each $p$ by the number of tests, because it uses how the outcomes move together. What it cannot
# repair is a choice of outcomes made after looking.

# %% tags=["remove-input"]
page.words(
    synthetic="The $t$ ratios were calibrated to the printed ones. How the outcomes move together, which the adjustment uses as well, is the generator's.",
)

# %% [markdown]
# ## What is missing between the arrows
#
# A significant coefficient in {numref}`tbl-5` supports one arrow: from the cluster to the {term}`mechanism`. H2 speaks of two arrows in a row, and the paper does not estimate the second, from the mechanism to the gap. Put the mechanisms
# into the baseline, and treatment and mechanisms share the work:
#
# $$
# \underbrace{\beta}_{\text{total}} = \underbrace{\beta'}_{\text{direct}} + \sum_m
# \underbrace{a_m}_{\text{cluster → }m} \times \underbrace{b_m}_{m\text{ → gap}}.
# $$
#
# $a_m$ are the coefficients of {numref}`tbl-5`, $b_m$ those of the mechanisms in the long
# regression. The equation is exact arithmetic of least squares, and it does not depend on the order in which
# mechanisms are added {cite:p}`gelbach2016`.

# %%
rows = panel.dropna(subset=held)  # the same in all regressions
right = f"{controls}|county+year"
short = pf.feols(f"gap~did+{right}", rows, vcov=by_county)
long = pf.feols(
    f"gap~{'+'.join(['did', *held])}+{right}", rows, vcov=by_county
)

stages = {m: pf.feols(f"{m}~did+{right}", rows, vcov=by_county) for m in held}
a = pd.Series({m: stage.coef()["did"] for m, stage in stages.items()})
b = long.coef()[held]
indirect = a * b
total, direct = short.coef()["did"], long.coef()["did"]

# %% tags=["hide-input"]
parts = pd.DataFrame({"a": a, "b": b, "a × b": indirect}).rename(
    lambda m: outcomes[m][4:]
)
parts.loc["all mechanisms", "a × b"] = indirect.sum()
parts.loc["direct", "a × b"] = direct
parts.loc["total", "a × b"] = total
shown = parts[["a", "b"]].map("{:z.4f}".format).replace("nan", "")
shown["a × b"] = parts["a × b"].map("{:z.5f}".format)
shown["share of total"] = (parts["a × b"] / total).map("{:z.1%}".format)
page.table(
    shown.rename_axis("part"),
    name="tbl-decomposition",
    caption="Decomposition of the baseline coefficient",
) if held else None

# %% tags=["remove-cell"]
assert np.isclose(total, direct + indirect.sum(), rtol=1e-8)

# %% tags=["remove-input"]
page.words(
    synthetic="In the synthetic panel $a_m$ was calibrated, while $b_m$ was left to chance because the paper "
    "prints nothing about it: the table shows the method and not a finding.",
    own=f"In these data the mechanisms at hand together carry {indirect.sum() / total:.1%} of the baseline coefficient; the other {direct / total:.1%} do not pass "
    "through them as measured. The paper prints no $b_m$ to compare this with."
    if held
    else "These data hold no mechanism, so there is nothing to take apart.",
)

# %% [markdown]
# Even with real data the second arrow is fragile. Mechanisms are not assigned by a ministry: a county whose rural economy does well will buy machines *and* narrow its gap, and then $b_m$ mixes the effect of machines with that of doing well.
# To call $a_m b_m$ an effect, two things must be as good as random, given controls and fixed effects: who gets a cluster, and, among counties with the same treatment, who has how much of the mechanism {cite:p}`imai2010`. The first may hold
# without the second. The same goes for controls that the policy may move, such as the share of industry in GDP: they are {term}`bad controls <bad control>`.
#
# ## Beyond the paper: which income moves?
#
# The paper does not ask this. A narrower gap may mean that rural people gained, that urban people lost, or that people moved, and the index cannot tell. Any study that computes the index has what it takes to tell: run the same regression with
# the logarithm of each income as the outcome, and with the share of people who live in town.

# %%
moving = panel.assign(
    log_rural=np.log(panel["rural_income"]),
    log_urban=np.log(panel["urban_income"]),
)
of_income = {
    "log_rural": "(1) Rural income, log",
    "log_urban": "(2) Urban income, log",
    "urban_share": "(3) Urban share of people",
}
moved = {
    y: pf.feols(f"{y}~did+{right}", moving, vcov=by_county) for y in of_income
}

# %% tags=["hide-input"]
page.table(
    regression_table(
        {of_income[y]: fit for y, fit in moved.items()},
        {"did": "DID"},
        {"Controls": ["Yes"] * len(moved)},
    ),
    name="tbl-incomes",
    caption="Beyond the paper: incomes and people",
    notes=page.STARS
    + " The coefficient of column 2 less that of column 1 is the effect on the log of the income ratio.",
)

# %% tags=["remove-input"]
page.words(
    synthetic="**On the synthetic panel this split says nothing about China.** The paper prints nothing about either income, so nothing "
    "printed pins the split down: the generator made it, by setting a county's mean income from its GDP per person and the year, "
    "and the two incomes around it so that the calibrated gap comes out. The table shows how to ask, not what the answer is.",
    own=which_income_moves(moved),
)

# %% [markdown]
# ## Exercises

# %% tags=["remove-input"]
page.words(
    synthetic="In the synthetic panel the second arrow is chance, as said above. So read the answers as arithmetic.",
    own="They use the panel named at the head of this page.",
)

# %% [markdown]
# ### Exercise 1: predict
#
# Leave the controls out of all regressions, but keep the fixed effects. Does the decomposition still
# add up, and to which total? Store (direct effect, sum of all $a_m b_m$) in `answer_1`.
#
# <details class="hint"><summary>Hint</summary>
#
# The equation is that of an omitted variable, written for several at once. Nothing in it asks what
# else stands on the right-hand side, as long as it is the same everywhere.
#
# </details>

# %% tags=["solution", "hide-cell"]
bare = pf.feols(f"gap~did+{'+'.join(outcomes)}|county+year", panel).coef()
arrows = pd.Series(
    {
        m: pf.feols(f"{m}~did|county+year", panel).coef()["did"]
        for m in outcomes
    }
)
answer_1 = (float(bare["did"]), float((arrows * bare[[*outcomes]]).sum()))

# %% tags=["check"]
check_1(answer_1, panel, total)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# It adds up exactly, to another total: that of the regression without controls. That an accounting identity closes is no evidence for anything: it closes for every list of mechanisms, sensible
# or not. What could be wrong are the causal *names* of its parts.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Add `income_ratio` as a {glue:text}`another` mechanism, with the controls. What share of the total does it take
# (`answer_2`, 0.5 for half)? Why is the number no insight, however large?
#
# <details class="hint"><summary>Hint</summary>
#
# You need its $a$, and its $b$ in a long regression that now has {glue:text}`with_ratio`. How is the Theil
# index computed?
#
# </details>

# %% tags=["solution", "hide-cell"]
to_ratio = pf.feols(f"income_ratio~did+{controls}|county+year", panel)
five = pf.feols(
    f"gap~did+income_ratio+{'+'.join(outcomes)}+{controls}|county+year",
    panel,
)
answer_2 = float(to_ratio.coef()["did"] * five.coef()["income_ratio"] / total)
page.tell(ratio_share=answer_2)


# %% tags=["check"]
check_2(answer_2, panel, total)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The Theil index is a function of the income ratio and the urban share. “The gap narrows because
# the ratio falls” is the outcome in other words, and an ingredient of the outcome will carry much
# of any effect, or even more than all of it, if the other parts of the decomposition together have the opposite sign. In these
# data it takes {glue:text}`ratio_share:.0%`. The same warning holds, in a milder form, for mechanisms that are measured with
# incomes, or close to them in time: one must be able to change a mechanism *without* touching the outcome by definition.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# A mechanism has $a = 0.1$ with $p < 0.01$, and $b = 0$. What does the paper's procedure conclude,
# and what do you? The product needs a standard error of its own; to first order (and with $a$ and
# $b$ independent) its variance is $a^2 s_b^2 + b^2 s_a^2$. Compute the $t$-value of $a_m b_m$ for
# the {glue:text}`mechanisms` as a Series `answer_3`.
#
# <details class="hint"><summary>Hint</summary>
#
# `fits[m].se()` and `long.se()` have the two standard errors. Compare each $t$ with the two
# $t$-values of its arrows.
#
# </details>

# %% tags=["solution", "hide-cell"]
se_a = pd.Series({m: fits[m].se()["did"] for m in outcomes})
se_b = long.se()[[*outcomes]]
answer_3 = indirect / np.sqrt((a * se_b) ** 2 + (b * se_a) ** 2)

# %% tags=["check"]
check_3(answer_3, fits, long)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The paper's procedure looks at $a$ only and reports a mechanism. But with $b = 0$ nothing reaches
# the gap by this way: $ab = 0$. Dividing the variance by $a^2b^2$ gives $1/t^2 = 1/t_a^2 +
# 1/t_b^2$, so the chain is always weaker than its weaker arrow, and a very significant $a$ cannot
# make up for an uncertain $b$.
#
# </details>
