# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 7.4 Inference
#
# The coefficient of the baseline stays the same on this page; only its uncertainty changes. Which
# counties are independent of each other? The answer decides how much the data know.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
DRAWS = 1999  # of each bootstrap and of each randomisation test
SEED = 1908  # of these draws; any number will do

# %% tags=["hide-input"]
import json

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf
from myst_nb import glue

import clustergap as cg
from clustergap import style
from clustergap.estimable import Gaps, require_several
from clustergap.project import results_folder, write_atomically
from clustergap.resample import (
    leave_one_out,
    placebo,
    wild_cluster_bootstrap,
)
from clustergap.robust import small_sample_errors

style.use_style()

# %%
study = cg.load(DATA)
panel = study.panel
formula = f"gap~did+{'+'.join(cg.CONTROLS)}|county+year"

# %% tags=["remove-input"]
style.banner(study)

# %% [markdown]
# ## Which clusters?
#
# **By county**, as in the paper: a county's errors may be correlated over time, counties are independent.
# **By province**: clusters are proposed and paid for by provinces, and neighbours share weather, markets
# and statisticians. If the treatment is assigned, or the errors move, at the level of the
# province, that is the level to cluster at {cite:p}`mackinnon2023,cameron2015`. **Two ways**: also the counties of one year.

# %%
LEVELS = {
    "county": {"CRV1": "county"},
    "province": {"CRV1": "province"},
    "county and year": {"CRV1": "county+year"},
    "province and year": {"CRV1": "province+year"},
}
fits = {}
gaps = Gaps()  # what the data at hand do not tell
for name, vcov in LEVELS.items():
    with gaps.column(f"clusters by {name}"):
        require_several(panel, *vcov["CRV1"].split("+"))
        fits[name] = pf.feols(formula, panel, vcov=vcov)
unclustered = pf.feols(formula, panel, vcov="hetero")

# %% [markdown]
# ## How many clusters are enough?
#
# Provinces are few and unequal. The usual formula then gives errors that are too small and $t$ quantiles that are too
# kind. **CR2** scales each cluster's residuals so that the variance is right on average, and asks how many degrees of
# freedom it really has; **CR3** leaves each cluster out in turn and is on the safe side.

# %%
levels = [level for level in ("county", "province") if level in fits]
small = {
    level: small_sample_errors(
        panel, "gap", "did", cg.CONTROLS, cluster=level
    )
    for level in levels
}

# %% [markdown]
# The **wild cluster bootstrap** {cite:p}`cameron2008` gives whole clusters' residuals random signs, under the hypothesis of
# no effect, and reads off how often the $t$ statistic is as large. With few clusters it uses six values instead of two signs.

# %%
WEIGHTS = {"county": "rademacher", "province": "webb"}
wild = {
    level: wild_cluster_bootstrap(
        panel,
        formula,
        seed=SEED,
        draws=DRAWS,
        weights=WEIGHTS[level],
        cluster=level,
    )
    for level in levels
}

# %% [markdown]
# **Randomisation inference** asks something else: not whether other counties could have been sampled, but whether
# *the same counties* could have drawn other treatments. Within provinces, each province keeps its numbers of clusters.

# %%
randomised = {
    "all counties": placebo(panel, formula, seed=SEED, draws=DRAWS),
    "within provinces": placebo(
        panel,
        formula,
        seed=SEED,
        draws=DRAWS,
        within="province",
    ),
}


# %% tags=["hide-input"]
def line(method, level, se, df, p):
    degrees = "" if np.isnan(df) else f"{df:.0f}"
    return {
        "method": method,
        "clusters": level,
        "SE": f"{se:.5f}" if np.isfinite(se) else "",
        "degrees of freedom": degrees,
        "p": f"{p:.4f}" if p >= 5e-5 else "<0.0001",
    }


rows = [
    line(
        "heteroskedasticity only",
        "none",
        unclustered.se()["did"],
        float(unclustered._df_t),
        unclustered.pvalue()["did"],
    )
]
for name, fit in fits.items():
    rows.append(
        line(
            "CR1, the usual",
            name,
            fit.se()["did"],
            float(fit._df_t),
            fit.pvalue()["did"],
        )
    )
for level, table in small.items():
    for kind, r in table.iterrows():
        rows.append(line(kind, level, r["se"], r["df"], r["p"]))
for level, draws in wild.items():
    rows.append(
        line("wild bootstrap", level, np.nan, np.nan, draws.tail("t").p)
    )
for name, draws in randomised.items():
    for statistic in ("coefficient", "t"):
        rows.append(
            line(
                f"randomisation, {statistic}",
                name,
                np.nan,
                np.nan,
                draws.tail(statistic).p,
            )
        )
style.table(
    pd.DataFrame(rows),
    name="tbl-inference",
    caption="One coefficient, many uncertainties: the baseline of Table 2, column 3",
    source=study.source,
    notes=f"Bootstrap and randomisation: {DRAWS:,} draws, so the smallest possible p is {1 / (DRAWS + 1):.4f}."
    + gaps.note,
)

# %% tags=["remove-cell"]
beta = fits["county"].coef()["did"]
county, province, cr2_df = fits["county"].se()["did"], np.nan, np.nan
if "province" in fits:
    province = fits["province"].se()["did"]
    cr2_df = small["province"].loc["CR2", "df"]
errors = [f.se()["did"] for f in fits.values()]
errors += [r["se"] for t in small.values() for _, r in t.iterrows()]
p_values = [f.pvalue()["did"] for f in fits.values()]
p_values += [r["p"] for t in small.values() for _, r in t.iterrows()]
p_values += [d.tail("t").p for d in wild.values()]
p_values += [d.tail("t").p for d in randomised.values()]
glue("beta", float(beta), display=False)
glue("county_se", float(county), display=False)
glue("province_over_county", float(province / county), display=False)
glue("largest_over_county", float(max(errors) / county), display=False)
glue("smallest_t", float(abs(beta) / max(errors)), display=False)
glue("largest_p", float(max(p_values)), display=False)
glue("methods", len(p_values), display=False)
glue("cr2_df", float(cr2_df), display=False)
glue("n_provinces", int(panel["province"].nunique()), display=False)
glue(
    "size_plain",
    float((randomised["all counties"].p < 0.05).mean()),
    display=False,
)

# %% [markdown]
# Clustering by province multiplies the county-clustered error of {glue:text}`county_se:.4f` by
# {glue:text}`province_over_county:.2f`. The {glue:text}`n_provinces` provinces are worth
# {glue:text}`cr2_df:.0f` degrees of freedom, the fewer the more they differ in size. The largest error of the table is
# {glue:text}`largest_over_county:.2f` times the county-clustered one and leaves a $t$ of {glue:text}`smallest_t:.1f`; of
# {glue:text}`methods` $p$-values the largest is {glue:text}`largest_p:.4f`.
#
# ## Which province carries it?

# %%
require_several(panel, "province")
without = leave_one_out(panel, formula, by="province")

# %% tags=["hide-input"]
order = np.argsort(without.coefficients)
fig, axis = plt.subplots(figsize=(7.4, 3.6))
axis.axhline(
    without.observed, color=style.COLOURS["vermillion"], label="all provinces"
)
axis.errorbar(
    range(len(order)),
    without.coefficients[order],
    yerr=1.96 * without.ses[order],
    fmt="o",
    markersize=4,
    linewidth=1,
    color=style.COLOURS["blue"],
    label="without one, 95 % interval",
)
axis.axhline(0, color=style.INK, linewidth=0.8)
axis.set_xticks(
    range(len(order)), without.labels[order], rotation=90, fontsize=8
)
axis.set(xlabel="province left out (code)", ylabel="coefficient")
axis.legend(loc="lower right", fontsize=9)
style.figure(
    fig,
    name="fig-leave-one-province",
    caption="The baseline coefficient without each province in turn.",
    alt="Coefficients with intervals, one for each province left out, in ascending order, beside the line of the full sample.",
    source=study.source,
)

# %% tags=["remove-cell"]
glue("loo_low", float(without.coefficients.min()), display=False)
glue("loo_high", float(without.coefficients.max()), display=False)

# %% tags=["remove-cell"]
write_atomically(
    results_folder() / "indicators_07_4_inference.json",
    json.dumps(
        {
            "schema": "clustergap.indicators",
            "version": 1,
            "chapter": "07_4_inference",
            "source": study.source,
            "values": {
                "largest SE over county-clustered SE": float(
                    max(errors) / county
                ),
                "largest p": float(max(p_values)),
                "methods": len(p_values),
                "least without a province": float(without.coefficients.min()),
                "greatest without a province": float(
                    without.coefficients.max()
                ),
            },
        },
        indent=1,
    )
    + "\n",
)

# %% [markdown]
# The coefficients lie between {glue:text}`loo_low:.4f` and {glue:text}`loo_high:.4f`.
#
# ## What is missing: space
#
# Neighbouring counties on two sides of a provincial border are not independent either. Spatial errors after Conley need
# coordinates, which the raw tables do not hold. Clusters of whole provinces are
# the coarser substitute.
#
# ## What to conclude
#
# If the finding survives the most cautious line of {numref}`tbl-inference`, chance is not its weak point. None of these errors
# knows about bias: they are about samples and assignments that might have been, not about trends that were different.
# In real data nothing guarantees that the lines by province lie close to those by county.

# %% tags=["remove-input"]
by_county = style.prose(
    "The shocks of the synthetic panel are drawn county by county, so that here they *should* lie close."
)
by_county if study.synthetic else None

# %% [markdown]
# ## Exercises
#
# 1. *Predict.* There are nine years. What do you expect of clustering by year alone? Try it, and say why nobody should use it.
# 2. *Change.* Use Rademacher signs at the province level. How many different samples can there be, and does $p$ change?
# 3. *Explain.* Why can two-way clustering give a *smaller* error than one-way clustering?
