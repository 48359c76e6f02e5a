# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4.3 Endogeneity
#
# Perhaps the gap decides who gets a cluster, and not the other way round. The paper's remedy is
# an instrument: the ruggedness of a county's terrain, multiplied by time. This chapter re-estimates
# its Table 3 and adds what a reader should ask of any instrument.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables

# %% tags=["hide-input"]
import pandas as pd
import pyfixest as pf
from myst_nb import glue

import clustergap as cg
from clustergap import style
from clustergap.ledger import Ledger, level_reached
from clustergap.weakiv import weak_iv

style.use_style()

# %%
study = cg.load(DATA)
panel = study.panel

# %% tags=["remove-input"]
style.banner(study)

# %% [markdown]
# ## The idea
#
# Rugged counties, the paper argues, have special crops and therefore get clusters (*relevance*),
# while mountains were there before any income was earned (*exogeneity*). Ruggedness does not
# change over time, so a county fixed effect would swallow it; its product with a time trend is
# used instead. Two regressions follow. The *first stage* explains treatment by the instrument,
# the *second* the gap by the treatment that the first stage predicts. In pyfixest both are one formula,
# whose last part reads "endogenous ~ instrument":

# %%
by_county = {"CRV1": "county"}
controls = "pgdp+pgra+ind+serv+fiscal+edu+financial+com"

second = pf.feols(
    f"gap~{controls}|county+year|did~ruggedness_trend", panel, vcov=by_county
)
first = pf.feols(
    f"did~ruggedness_trend+{controls}|county+year", panel, vcov=by_county
)
reduced = pf.feols(
    f"gap~ruggedness_trend+{controls}|county+year", panel, vcov=by_county
)
ols = pf.feols(f"gap~did+{controls}|county+year", panel, vcov=by_county)

iv = weak_iv(panel, "gap", "did", "ruggedness_trend", cg.CONTROLS)

# %% tags=["hide-input"]
frame = style.regression_table(
    {"(1) First stage": first, "(2) 2SLS": second},
    {"ruggedness_trend": "Terrain ruggedness × trend", "did": "DID"},
    {
        "Controls": ["Yes", "Yes"],
        "Cragg–Donald Wald F": [f"{iv.cragg_donald_f:.3f}", ""],
        "Kleibergen–Paap rk Wald F": [f"{iv.kleibergen_paap_f:.3f}", ""],
    },
)
style.table(
    frame.drop(index="R²"),
    name="tbl-3",
    caption="Instrumental variables (the paper's Table 3)",
    source=study.source,
    notes=style.STARS_NOTE,
)

# %% [markdown]
# ## Printed and re-estimated

# %% tags=["hide-input"]
book = Ledger("04_3_endogeneity", study.source)
book.record_model(
    "table_3", 1, first, {"ruggedness_trend": "ruggedness"}, model=["n"]
)
book.record_model("table_3", 2, second, {"did": "did"}, model=["n"])
book.record("table_3", 1, "model", "cragg_donald_f", iv.cragg_donald_f)
book.record("table_3", 1, "model", "kleibergen_paap_f", iv.kleibergen_paap_f)
book.record_text("kleibergen_paap_lm", iv.kleibergen_paap_lm)
book.record_text("kleibergen_paap_lm_p", iv.kleibergen_paap_lm_p)
book.record_text(
    "significance_table_3_column_1",
    level_reached(first.pvalue()["ruggedness_trend"]),
)
book.record_text(
    "significance_table_3_column_2", level_reached(second.pvalue()["did"])
)
book.save()
style.beside(book, "table_3")

# %% [markdown]
# ## Is the instrument strong?
#
# If the instrument hardly moves the treatment, 2SLS is biased towards OLS and its usual interval
# covers too rarely. The oldest yardstick is the first stage's $F$. Which $F$, though, and above what?

# %% tags=["hide-input"]
yogo = iv.stock_yogo
rows = [
    (
        "Cragg–Donald Wald F",
        f"{iv.cragg_donald_f:.2f}",
        "errors independent and of one variance",
    ),
    (
        "Kleibergen–Paap rk Wald F",
        f"{iv.kleibergen_paap_f:.2f}",
        "clustered by county",
    ),
    (
        "Effective F",
        f"{iv.effective_f:.2f}",
        "clustered; the same with one instrument",
    ),
    (
        "Kleibergen–Paap rk LM",
        f"{iv.kleibergen_paap_lm:.2f}",
        "χ² with one degree of freedom",
    ),
    ("Partial R² of the instrument", f"{iv.partial_r2:.4f}", ""),
    (
        "Stock–Yogo bound, 10 % size",
        f"{yogo.iloc[0]:.2f}",
        "only for independent errors",
    ),
    (
        "tF bound, no inflation above",
        "104.67",
        "Lee et al., any error structure",
    ),
]
style.table(
    pd.DataFrame(rows, columns=["statistic", "value", "valid for"]),
    name="tbl-strength",
    caption="Strength of the instrument",
    source=study.source,
)

# %% tags=["remove-cell"]
glue("cd", float(iv.cragg_donald_f), display=False)
glue("kp", float(iv.kleibergen_paap_f), display=False)
glue("lm", float(iv.kleibergen_paap_lm), display=False)
glue("beta_iv", float(second.coef()["did"]), display=False)
glue("beta_ols", float(ols.coef()["did"]), display=False)
glue(
    "iv_over_ols",
    float(second.coef()["did"] / ols.coef()["did"]),
    display=False,
)
glue("mean_gap", float(panel["gap"].mean()), display=False)
glue(
    "iv_over_mean",
    float(abs(second.coef()["did"]) / panel["gap"].mean()),
    display=False,
)
glue("first", float(first.coef()["ruggedness_trend"]), display=False)
glue("reduced_form", float(reduced.coef()["ruggedness_trend"]), display=False)
glue("partial_r2", float(iv.partial_r2), display=False)
wald_low, wald_high = second.confint().loc["did"]
glue("ar_p", float(iv.anderson_rubin_p), display=False)
glue(
    "treated_mean",
    float(panel.loc[panel["did"] == 1, "gap"].mean()),
    display=False,
)

# %% [markdown]
# The Cragg–Donald $F$ and its Stock–Yogo bound suppose independent errors {cite:p}`cragg1993,stock2005`,
# which is just what clustering denies. The Kleibergen–Paap statistic allows for clusters
# {cite:p}`kleibergen2006`; with one instrument its Wald $F$ equals the effective $F$
# {cite:p}`montielolea2013`, here {glue:text}`kp:.1f`. Its LM version is a different number,
# {glue:text}`lm:.1f`. The paper prints one and the same value as a Wald $F$ in its table and as
# an LM statistic in its text; the {doc}`audit <90_audit>` returns to that.
#
# ## Intervals that hold if it is weak

# %% tags=["hide-input"]
sets = [
    ("2SLS, usual (Wald)", f"[{wald_low:.3f}, {wald_high:.3f}]"),
    ("2SLS, tF-adjusted", str(iv.tf_set)),
    ("Anderson–Rubin", str(iv.anderson_rubin_set)),
]
style.table(
    pd.DataFrame(sets, columns=["method", "95 % confidence set"]),
    name="tbl-iv-sets",
    caption="Three confidence sets for the effect",
    source=study.source,
)

# %% [markdown]
# The Anderson–Rubin set {cite:p}`anderson1949` collects all effects $b$ for which $Y - b\,DID$ is
# unrelated to the instrument. It needs no first stage at all, and has the right coverage however weak
# the instrument is. The tF interval widens the usual one by a factor that depends on the first-stage
# $F$ {cite:p}`lee2022`.
#
# ## Strong is not valid
#
# The 2SLS estimate is {glue:text}`beta_iv:.3f`, {glue:text}`iv_over_ols:.0f` times the OLS one
# ({glue:text}`beta_ols:.3f`), and in size {glue:text}`iv_over_mean:.1f` times the mean of an index that
# cannot fall below zero. Treated county-years have a mean gap of {glue:text}`treated_mean:.3f`. How can an
# estimate become as large as the paper's? Look at its anatomy. 2SLS is the reduced form over the first stage,
#
# $$
# \hat\beta_{2SLS} = \frac{\hat\rho}{\hat\pi},
# $$
#
# where $\rho$ is the effect of ruggedness × trend on the gap, and $\pi$ its effect on treatment.
# Here that is {glue:text}`reduced_form:.4f` over {glue:text}`first:.4f`. The denominator says that
# a point of ruggedness moves the chance of treatment by {glue:text}`first:.1%` a year. The smaller it is, the
# less the numerator need be to give a huge ratio. Any *other* reason for which the gap might fall faster in rugged
# counties (poverty programmes, roads, migration) enters the numerator and is divided by
# that number. The instrument is not mountains but *a trend that is steeper where it is rugged*,
# and nothing in geology says that such a trend touches the gap through clusters alone.
#
# A last remark on the printed argument: that an instrument is not affected by people makes it
# predetermined. Exclusion asks for more, that it acts through the treatment only.

# %% [markdown]
# ## Exercises
#
# 1. *Predict.* Divide ruggedness by ten. Which numbers of {numref}`tbl-3` change, and how?
# 2. *Change.* Use `ruggedness` instead of `ruggedness_trend` as the instrument. What does the library answer, and why?
# 3. *Explain.* Suppose rugged counties got a poverty programme that lowers the gap by 0.002 a year
#    for each point of ruggedness. How far would 2SLS be off?
