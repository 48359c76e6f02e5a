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

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf
from exercises.inference import check_1, check_2, check_3

import clustergap as cg
from bookkit.display import COLOURS, INK
from bookkit.page import Page
from paneldid.few_clusters import small_sample_errors
from paneldid.identified import Gaps, require_several
from paneldid.resampling import (
    leave_one_out,
    placebo,
    wild_cluster_bootstrap,
)

# %%
study = cg.load(DATA)
panel = study.panel
page = Page("07_4_inference", study)
formula = f"gap~did+{'+'.join(study.controls)}|county+year"

# %% tags=["remove-input"]
page.banner()

# %% [markdown]
# ## Which groups for the standard errors?
#
# **By county**, as in the paper: a county's errors may be correlated over time, counties are independent.
# **By province**: clusters are proposed by provinces, and neighbours share weather, markets
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
# ## How many groups are enough?
#
# Provinces are few and unequal. The usual formula (**CR1**) then gives errors that are too small and $t$ quantiles that are too
# kind. **CR2** scales each cluster's residuals so that the variance is right on average if errors are independent with one variance, and asks how many degrees of
# freedom it really has; **CR3** leaves each cluster out in turn and is on the safe side.

# %%
levels = [level for level in ("county", "province") if level in fits]
small = {
    level: small_sample_errors(
        panel, "gap", "did", study.controls, cluster=level
    )
    for level in levels
}

# %% [markdown]
# The **{term}`wild cluster bootstrap`** {cite:p}`cameron2008` gives whole clusters' residuals random signs, under the hypothesis of
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
# **{term}`Randomisation inference <randomisation inference>`** asks something else: not whether other counties could have been sampled, but whether
# *the same counties* could have drawn other treatments. Its null is *sharp*: no effect on any county in any year. With the $t$ statistic
# in the place of the coefficient the test also holds, approximately, when effects differ but average zero. "All counties" supposes that any county
# could have been drawn; "within provinces", that only counties of one province could change places, so that each
# province keeps its number of treated counties in each cohort.

# %%
randomised = {
    "all counties": placebo(panel, formula, seed=SEED, draws=DRAWS),
    "within provinces": placebo(
        panel,
        formula,
        seed=SEED,
        draws=DRAWS,
        strata="province",
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
page.table(
    pd.DataFrame(rows),
    name="tbl-inference",
    caption="One coefficient, many uncertainties: the baseline of Table 2, column 3",
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
page.tell(
    county_se=county,
    province_over_county=province / county,
    largest_over_county=max(errors) / county,
    smallest_t=abs(beta) / max(errors),
    largest_p=max(p_values),
    methods=len(p_values),
    cr2_df=cr2_df,
    n_provinces=panel["province"].nunique(),
)

# %% [markdown]
# Clustering by province multiplies the county-clustered error of {glue:text}`county_se:.4f` by
# {glue:text}`province_over_county:.2f`. The {glue:text}`n_provinces` provinces are worth
# {glue:text}`cr2_df:.0f` degrees of freedom, the fewer the more they differ in size. The largest error of the table is
# {glue:text}`largest_over_county:.2f` times the county-clustered one and leaves a $t$ of {glue:text}`smallest_t:.1f`; of the
# {glue:text}`methods` $p$-values that rest on clustered errors, the largest is {glue:text}`largest_p:.4f`.
#
# ## Which province carries it?

# %%
require_several(panel, "province")
without = leave_one_out(panel, formula, by="province")

# %% tags=["hide-input"]
order = np.argsort(without.coefficients)
fig, axis = plt.subplots(figsize=(7.4, 3.6))
axis.axhline(
    without.observed, color=COLOURS["vermillion"], label="all provinces"
)
axis.errorbar(
    range(len(order)),
    without.coefficients[order],
    yerr=1.96 * without.ses[order],
    fmt="o",
    markersize=4,
    linewidth=1,
    color=COLOURS["blue"],
    label="without one, 95 % interval",
)
axis.axhline(0, color=INK, linewidth=0.8)
axis.set_xticks(range(len(order)), without.labels[order], fontsize=9)
axis.set(xlabel="province left out (code)", ylabel="coefficient")
axis.legend(loc="upper right", bbox_to_anchor=(1, 0.93), fontsize=9)
page.figure(
    fig,
    name="fig-leave-one-province",
    caption="The baseline coefficient without each province in turn.",
    alt="Coefficients with intervals, one for each province left out, in ascending order from "
    f"{without.coefficients.min():.4f} to {without.coefficients.max():.4f}; a line marks the full sample's "
    f"{without.observed:.4f}.",
)

# %% tags=["remove-cell"]
page.tell(
    loo_low=without.coefficients.min(), loo_high=without.coefficients.max()
)

# %% tags=["remove-cell"]
page.export_json(
    "indicators_07_4_inference.json",
    "indicators",
    values={
        "largest SE over county-clustered SE": float(max(errors) / county),
        "largest p": float(max(p_values)),
        "methods": len(p_values),
        "least without a province": float(without.coefficients.min()),
        "greatest without a province": float(without.coefficients.max()),
    },
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
page.words(
    synthetic="The shocks of the synthetic panel are drawn county by county. That they lie "
    f"{province / county:.2f} times apart here (CR1, by province over by county) comes from differences between regions, which "
    f"the calibration put in, and from the noise of an error that rests on {panel['province'].nunique()} clusters."
)

# %% [markdown]
# ## Exercises

# %% [markdown]
# ### Exercise 1: predict
#
# The panel has few years. What do you expect of errors clustered by *year* alone: larger or smaller than by county? Let `answer_1` be the one over
# the other (by year over by county), and say why nobody should use it, whatever comes out.
#
# <details class="hint"><summary>Hint</summary>
#
# `pf.feols(formula, panel, vcov={"CRV1": "year"})`; the errors by county are in `fits`.
#
# </details>

# %% tags=["solution", "hide-cell"]
by_year = pf.feols(formula, panel, vcov={"CRV1": "year"})
answer_1 = by_year.se()["did"] / fits["county"].se()["did"]

# %% tags=["check"]
check_1(answer_1, formula, panel, fits)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The year effects have already taken out what all counties share in a year, so there is no reason for a much larger error. But a handful of years is a
# handful of squared scores, and their sum is a very noisy estimate of a variance. Worse, clustering by year treats the years of *one* county as
# independent, and the persistence of a county's shocks is the very reason to cluster a difference-in-differences {cite:p}`cameron2015`.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Run the wild cluster bootstrap by province with random signs (`"rademacher"`) in the place of Webb's six values, with the same seed. Let `answer_2` be
# its $p$-value. How many different samples can there be, and from how many clusters on can signs reach $p < 0.05$ at all?
#
# <details class="hint"><summary>Hint</summary>
#
# Copy the second call in `wild`. Each of $G$ provinces has one of two signs; turning all signs round leaves $|t|$ as it is.
#
# </details>

# %% tags=["solution", "hide-cell"]
signs = wild_cluster_bootstrap(
    panel,
    formula,
    seed=SEED,
    draws=DRAWS,
    weights="rademacher",
    cluster="province",
)
answer_2 = signs.tail("t").p

# %% tags=["check"]
check_2(answer_2, panel, formula, SEED, DRAWS, fits, wild)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# There are $2^G$ patterns of signs, and $2^{G-1}$ different $|t|$. With thirty provinces that is half a billion, and signs and six values
# give much the same $p$. With five clusters there are sixteen, and the smallest possible $p$ is 1/16: no test at 5 % can reject.
# From six clusters on (1/32) it can. Webb's six values make $6^G/2$ samples, which is why they are preferred when clusters are very few.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# Clustering two ways can give a *smaller* error than clustering one way. How? Let `answer_3` be the standard error by county and year, put
# together from three simpler ones, and look at what is added and what is subtracted. Leave out all factors for small samples, so that the
# sum comes out exactly: `ssc=pf.ssc(k_adj=False, G_adj=False)`.
#
# <details class="hint"><summary>Hint</summary>
#
# Variances add up: by county, plus by year, less by what is counted twice, the county-year. That is a single row, hence `"hetero"`.
#
# </details>

# %% tags=["solution", "hide-cell"]
by_county, by_year, by_row = (
    pf.feols(
        formula, panel, vcov=v, ssc=pf.ssc(k_adj=False, G_adj=False)
    ).se()["did"]
    for v in ({"CRV1": "county"}, {"CRV1": "year"}, "hetero")
)
answer_3 = np.sqrt(by_county**2 + by_year**2 - by_row**2)

# %% tags=["check"]
check_3(answer_3, formula, panel, fits)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# $V = V_{county} + V_{year} - V_{row}$. The result lies below $V_{year}$ whenever $V_{county} < V_{row}$, that is, if the scores of one county tend to
# have *opposite* signs in different years. Fixed effects bring this about: a county's residuals add up to zero, so that they are
# a little negatively correlated even if the shocks are not. A smaller two-way error is therefore no discovery. With few years, take the largest of the three.
#
# </details>
