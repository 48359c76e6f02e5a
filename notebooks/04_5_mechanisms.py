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
# H2 says *how* clusters narrow the gap: better technology, longer chains, brands. The paper
# regresses four measures of these on treatment. This chapter does the same, and then asks what such
# regressions can show, and whose income moves.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables

# %% tags=["hide-input"]
import numpy as np
import pandas as pd
import pyfixest as pf
from myst_nb import glue

import clustergap as cg
from bookkit import display as style
from bookkit.ledger import Ledger
from bookkit.page import beside, export
from clustergap.requirements import require
from paneldid.identified import Gaps
from printcheck.verdicts import level_reached

style.use_style()

# %%
study = cg.load(DATA)
panel = study.panel

# %% tags=["remove-input"]
style.banner(study)

# %% [markdown]
# ## From cluster to mechanism
#
# The model of {eq}`eq-mechanism` is the baseline with another outcome: machinery power per villager,
# two logarithms of new firms, and the number of protected products.

# %%
by_county = {"CRV1": "county"}
controls = "pgdp+pgra+ind+serv+fiscal+edu+financial+com"
outcomes = ["atl", "chain_aux", "chain_process", "brand"]

fits = {}
gaps = Gaps()  # columns that the data at hand cannot fill
for number, m in enumerate(outcomes, start=1):
    with gaps.column(f"column {number}"):
        require(panel, m)
        fits[m] = pf.feols(
            f"{m}~did+{controls}|county+year", panel, vcov=by_county
        )

# %% tags=["hide-input"]
HEADS = {
    "atl": "(1) Machinery power per villager",
    "chain_aux": "(2) New auxiliary firms, log",
    "chain_process": "(3) New processing firms, log",
    "brand": "(4) Geographical indications",
}
style.table(
    style.regression_table(
        {HEADS[m]: fit for m, fit in fits.items()},
        {"did": "DID"},
        {"Controls": ["Yes"] * len(fits)},
    ),
    name="tbl-5",
    caption="Mechanisms (the paper's Table 5)",
    source=study.source,
    notes=style.STARS_NOTE + gaps.note,
)

# %% [markdown]
# ## Printed and re-estimated

# %% tags=["hide-input"]
book = Ledger("04_5_mechanisms", study.source)
for m, fit in fits.items():
    column = outcomes.index(m) + 1
    book.record_fit("table_5", column, fit, {"did": "did"})
    level = level_reached(fit.pvalue()["did"])
    book.record_number(f"significance_table_5_column_{column}", level)
export(book.file)
beside(book, "table_5")

# %% [markdown]
# ## What is missing between the arrows
#
# A significant coefficient in {numref}`tbl-5` supports one arrow: from the cluster to the
# {term}`mechanism`. H2 speaks of two arrows in a row, and the second, from the mechanism to the gap, is
# not estimated in the paper. Put the mechanisms into the baseline, and treatment and mechanisms share the
# work:
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
held = list(fits)
rows = panel.dropna(subset=held)  # the same in all regressions
right = f"{controls}|county+year"
short = pf.feols(f"gap~did+{right}", rows, vcov=by_county)
long = pf.feols(f"gap~did+{'+'.join(held)}+{right}", rows, vcov=by_county)

a = pd.Series(
    {
        m: pf.feols(f"{m}~did+{right}", rows, vcov=by_county).coef()["did"]
        for m in held
    }
)
b = long.coef()[held]
indirect = a * b
total, direct = short.coef()["did"], long.coef()["did"]

# %% tags=["hide-input"]
rows = [
    (
        HEADS[m][4:],
        f"{a[m]:z.4f}",
        f"{b[m]:z.4f}",
        f"{indirect[m]:z.5f}",
        f"{indirect[m] / total:z.1%}",
    )
    for m in held
]
rows += [
    (
        "all mechanisms",
        "",
        "",
        f"{indirect.sum():z.5f}",
        f"{indirect.sum() / total:z.1%}",
    ),
    ("direct", "", "", f"{direct:z.5f}", f"{direct / total:z.1%}"),
    ("total", "", "", f"{total:z.5f}", "100.0%"),
]
style.table(
    pd.DataFrame(rows, columns=["part", "a", "b", "a × b", "share of total"]),
    name="tbl-decomposition",
    caption="Decomposition of the baseline coefficient",
    source=study.source,
)

# %% tags=["remove-cell"]
assert np.isclose(total, direct + indirect.sum(), rtol=1e-8)
glue("indirect_share", float(indirect.sum() / total), display=False)
glue("direct_share", float(direct / total), display=False)

# %% [markdown]
# In these data the mechanisms of the table together carry {glue:text}`indirect_share:.1%` of the baseline
# coefficient; the rest, {glue:text}`direct_share:.1%`, does not pass through them as measured.

# %% tags=["remove-input"]
style.prose(
    "In the synthetic panel $a_m$ was calibrated, while $b_m$ was left to chance because the paper "
    "prints nothing about it: this table shows the method and not a finding."
    if study.synthetic
    else "The paper prints no $b_m$, so there is nothing to compare this table with."
)

# %% [markdown]
# Even with real data the second arrow is fragile. Mechanisms are not assigned by a ministry; a
# county whose rural economy does well will buy machines *and* narrow its gap. Then $b_m$ mixes the
# effect of machines with that of doing well, and the decomposition inherits the mixture
# {cite:p}`imai2010`. The same holds for controls that the policy may move, such as the share of
# industry in GDP: holding them fixed removes a part of the effect.

# %% [markdown]
# ## Beyond the paper: which income moves?
#
# The paper does not ask this. A narrower gap may mean that villagers gained, that townspeople lost, or that people moved, and the index
# cannot tell ({doc}`chapter 6 <06_conclusion>` puts the question as a minister would). The raw tables of such a study can: the same regression has the logarithms
# of the two incomes as outcomes, and the share of people who live in town.

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
style.table(
    style.regression_table(
        {of_income[y]: fit for y, fit in moved.items()},
        {"did": "DID"},
        {"Controls": ["Yes"] * len(moved)},
    ),
    name="tbl-incomes",
    caption="Beyond the paper: incomes and people",
    source=study.source,
    notes=style.STARS_NOTE
    + " The coefficient of column 2 less that of column 1 is the effect on the log of the income ratio.",
)

# %% tags=["hide-input"]
by = {y: fit.coef()["did"] for y, fit in moved.items()}
clear = {y: fit.pvalue()["did"] < 0.05 for y, fit in moved.items()}


def said(name, y):
    """What an outcome does, in words that its p-value allows."""
    if y == "urban_share":
        size = f"{100 * abs(by[y]):.1f} percentage points"
    else:
        size = f"{100 * abs(np.expm1(by[y])):.1f} %"
    size += " higher" if by[y] > 0 else " lower"
    if clear[y]:
        return f"{name} is {size}"
    p = moved[y].pvalue()["did"]
    return f"{name} shows no clear change ({size}, $p$ = {p:.2f})"


lines = (
    "With a cluster, and given county, year and controls, "
    f"{said('rural income', 'log_rural')} and {said('urban income', 'log_urban')}; "
    f"{said('the urban share', 'urban_share')}. "
)
ratio = by["log_urban"] - by["log_rural"]
villagers_gain = clear["log_rural"] and by["log_rural"] > 0
town_loses = clear["log_urban"] and by["log_urban"] < 0
if study.synthetic:
    lines += (
        "**On the synthetic panel this split says nothing about China.** The paper prints nothing about either income, so nothing "
        "printed pins the split down: the generator made it, by setting a county's mean income from its GDP per person and the year, "
        "and the two incomes around it so that the calibrated gap comes out. The table shows how to ask, not what the answer is."
    )
elif ratio >= 0:
    lines += "Town income over country income does not fall, so there is no narrowing of incomes to divide up."
elif villagers_gain and town_loses:
    lines += "So the incomes close in from both sides: the index counts a loss in town like a gain in the country, and H2 speaks of the latter only."
elif villagers_gain:
    lines += "So, as far as incomes go, the gap narrows from below, which is what H2 asks for."
elif town_loses:
    lines += "So, as far as incomes go, the gap narrows because town income falls behind, and not by a gain in the country. That is not what H2 says."
else:
    lines += "Neither income moves clearly by itself, so these data do not tell from which side the gap narrows."
if clear["urban_share"] and not study.synthetic:
    lines += " People move as well, and the index weighs incomes by people ({doc}`chapter 3 <03_data>`)."
style.prose(lines)

# %% [markdown]
# ## Exercises

# %% tags=["remove-input"]
style.prose(
    "In the synthetic panel the second arrow is chance, as said above. So read the answers as arithmetic."
    if study.synthetic
    else "They use the panel named at the head of this page."
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
bare = pf.feols(
    f"gap~did+{'+'.join(outcomes)}|county+year", panel, vcov="iid"
)
arrows = pd.Series(
    {
        m: pf.feols(f"{m}~did|county+year", panel, vcov="iid").coef()["did"]
        for m in outcomes
    }
)
answer_1 = (
    float(bare.coef()["did"]),
    float((arrows * bare.coef()[outcomes]).sum()),
)


# %% tags=["check", "hide-cell"]
def demeaned(x):
    """Take county and year means out (which is exact in a balanced panel)."""
    of_county = x.groupby(panel["county"]).transform("mean")
    return (
        x - of_county - x.groupby(panel["year"]).transform("mean") + x.mean()
    )


moving = demeaned(panel[["gap", "did", *outcomes]])
alone = (moving["did"] @ moving["gap"]) / (moving["did"] @ moving["did"])
assert len(answer_1) == 2, "two numbers: direct, then by way of mechanisms"
assert not np.isclose(sum(answer_1), total, rtol=1e-4), (
    "they add up to the total with controls: leave the controls out everywhere"
)
assert np.isclose(sum(answer_1), alone, rtol=1e-4), (
    "they do not add up to the effect without controls and mechanisms"
)
right = moving[["did", *outcomes]].to_numpy()
assert np.isclose(
    answer_1[0], np.linalg.lstsq(right, moving["gap"])[0][0], rtol=1e-3
), "the sum is right, but the direct part is not"

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# It adds up exactly, to another total: that of the regression without controls. That an accounting
# identity closes is no evidence for anything, and it closes for every list of mechanisms, sensible
# or not. What could be wrong are the causal *names* of its parts.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Add `income_ratio` as a fifth mechanism, with the controls. What share of the total does it take
# (`answer_2`, 0.5 for half)? Why is the number no insight, however large?
#
# <details class="hint"><summary>Hint</summary>
#
# You need its $a$, and its $b$ in a long regression that now has five mechanisms. How is the Theil
# index computed?
#
# </details>

# %% tags=["solution", "hide-cell"]
to_ratio = pf.feols(
    f"income_ratio~did+{controls}|county+year", panel, vcov="iid"
)
five = pf.feols(
    f"gap~did+income_ratio+{'+'.join(outcomes)}+{controls}|county+year",
    panel,
    vcov="iid",
)
answer_2 = float(to_ratio.coef()["did"] * five.coef()["income_ratio"] / total)
glue("ratio_share", answer_2, display=False)


# %% tags=["check", "hide-cell"]
def from_rest(x, others, outcome):
    """Coefficient of x beside others: what they leave of x gives it alone."""
    rest = pf.feols(f"{x}~{others}|county+year", panel, vcov="iid").resid()
    return (rest @ panel[outcome]) / (rest @ rest)


a_ratio = from_rest("did", controls, "income_ratio")
beside = f"did+{'+'.join(outcomes)}+{controls}"
through = a_ratio * from_rest("income_ratio", beside, "gap")
assert not np.isclose(answer_2 * total, 100 * through, rtol=1e-3), (
    "give a share, not a percentage"
)
assert np.isclose(answer_2 * total, through, rtol=1e-3), (
    "not a × b over the total: b belongs to the regression with all five"
)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The Theil index is a function of the income ratio and the urban share. “The gap narrows because
# the ratio falls” is the outcome in other words, and an ingredient of the outcome will carry much
# of any effect, or even more than all of it, if the other parts of the decomposition together have the opposite sign. In these
# data it takes {glue:text}`ratio_share:.0%`. The same warning holds, in a milder form, for mechanisms that are measured with
# incomes, or close to them in time. A mechanism must be something one could change *without*
# touching the outcome by definition.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# A mechanism has $a = 0.1$ with $p < 0.01$, and $b = 0$. What does the paper's procedure conclude,
# and what do you? The product needs a standard error of its own; to first order (and with $a$ and
# $b$ independent) its variance is $a^2 s_b^2 + b^2 s_a^2$. Compute the $t$-value of $a_m b_m$ for
# the four mechanisms as a Series `answer_3`.
#
# <details class="hint"><summary>Hint</summary>
#
# `fits[m].se()` and `long.se()` have the two standard errors. Compare each $t$ with the two
# $t$-values of its arrows.
#
# </details>

# %% tags=["solution", "hide-cell"]
se_a = pd.Series({m: fits[m].se()["did"] for m in outcomes})
se_b = long.se()[outcomes]
answer_3 = indirect / np.sqrt((a * se_b) ** 2 + (b * se_a) ** 2)

# %% tags=["check", "hide-cell"]
assert sorted(answer_3.index) == sorted(outcomes), (
    "one t-value for each of the four mechanisms"
)
for m, t in answer_3.items():
    t_a, t_b = fits[m].tstat()["did"], long.tstat()[m]
    assert t * t_a * t_b > 0, f"{m}: the sign should be that of a × b"
    assert abs(t) < min(abs(t_a), abs(t_b)), (
        f"{m}: a chain cannot be stronger than its weaker link"
    )
    assert np.isclose(t**-2, t_a**-2 + t_b**-2, rtol=1e-3), (
        f"{m}: mind which coefficient goes with which standard error"
    )

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The paper's procedure looks at $a$ only and reports a mechanism. But with $b = 0$ nothing reaches
# the gap by this way: $ab = 0$. Dividing the variance by $a^2b^2$ gives $1/t^2 = 1/t_a^2 +
# 1/t_b^2$, so the chain is always weaker than its weaker arrow, and a very significant $a$ cannot
# make up for an uncertain $b$.
#
# </details>
