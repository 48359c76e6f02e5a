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
# regressions can show.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables

# %% tags=["hide-input"]
import numpy as np
import pandas as pd
import pyfixest as pf
from myst_nb import glue

import clustergap as cg
from clustergap import style
from clustergap.estimable import Gaps, require
from clustergap.ledger import Ledger, level_reached

style.use_style()

# %%
study = cg.load(DATA)
panel = study.panel

# %% tags=["remove-input"]
style.banner(study)

# %% [markdown]
# ## From cluster to mechanism
#
# Equation {eq}`eq-mechanism` is the baseline with another outcome: machinery power per villager,
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
    book.record_model("table_5", column, fit, {"did": "did"})
    level = level_reached(fit.pvalue()["did"])
    book.record_text(f"significance_table_5_column_{column}", level)
book.save()
style.beside(book, "table_5")

# %% [markdown]
# ## What is missing between the arrows
#
# A significant coefficient in {numref}`tbl-5` supports one arrow: from the cluster to the
# mechanism. H2 speaks of two arrows in a row, and the second, from the mechanism to the gap, is
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
        f"{a[m]:.4f}",
        f"{b[m]:.4f}",
        f"{indirect[m]:.5f}",
        f"{indirect[m] / total:.1%}",
    )
    for m in held
]
rows += [
    (
        "all mechanisms",
        "",
        "",
        f"{indirect.sum():.5f}",
        f"{indirect.sum() / total:.1%}",
    ),
    ("direct", "", "", f"{direct:.5f}", f"{direct / total:.1%}"),
    ("total", "", "", f"{total:.5f}", "100.0%"),
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
# ## Exercises
#
# 1. *Predict.* Leave the controls out of all five regressions. Does the decomposition still add up? Why?
# 2. *Change.* Add `income_ratio` as a fifth mechanism. What share does it take, and why is that not an insight?
# 3. *Explain.* A mechanism has $a = 0.1$ with $p < 0.01$ and $b = 0$. What does the paper's procedure conclude, and what do you?
