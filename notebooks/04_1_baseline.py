# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4.1 Baseline results
#
# Does the gap narrow where a cluster starts? Three regressions answer, each with more held
# fixed than the one before. They are the three columns of the paper's Table 2.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables

# %% tags=["hide-input"]
import pandas as pd
import pyfixest as pf
from myst_nb import glue
from scipy import stats

import clustergap as cg
from clustergap import style
from clustergap.constant import reghdfe_constant
from clustergap.ledger import (
    STAR_LEVELS,
    Ledger,
    level_reached,
    stars_of,
)

style.use_style()

# %%
study = cg.load(DATA)
panel = study.panel

# %% tags=["remove-input"]
style.banner(study)

# %% [markdown]
# ## Three regressions
#
# Change a formula and run the cell again: that is the whole interface.

# %%
by_county = {"CRV1": "county"}
controls = "pgdp+pgra+ind+serv+fiscal+edu+financial+com"

simple = pf.feols("gap~did", panel, vcov="iid")
controlled = pf.feols(f"gap~did+{controls}", panel, vcov="iid")
baseline = pf.feols(f"gap~did+{controls}|county+year", panel, vcov=by_county)

# %% [markdown]
# A regression with fixed effects has no constant of its own. The paper prints one, as Stata's
# `reghdfe` does: the mean of the outcome less what the regressors explain at their means,
# $\bar y - \bar x'\hat\beta$.

# %%
constant, constant_se = reghdfe_constant(baseline, panel)
constant_p = 2 * stats.t.sf(
    abs(constant / constant_se), panel["county"].nunique() - 1
)

# %% tags=["remove-cell"]
for name, fit in {
    "simple": simple,
    "controlled": controlled,
    "baseline": baseline,
}.items():
    glue(f"beta_{name}", float(fit.coef()["did"]), display=False)
    glue(f"se_{name}", float(fit.se()["did"]), display=False)
    glue(f"r2_{name}", float(fit._r2), display=False)
glue("counties", int(panel["county"].nunique()), display=False)
low, high = baseline.confint().loc["did"]
glue("ci_low", float(low), display=False)
glue("ci_high", float(high), display=False)
glue(
    "relative",
    float(baseline.coef()["did"] / panel["gap"].mean()),
    display=False,
)
glue(
    "in_sd", float(baseline.coef()["did"] / panel["gap"].std()), display=False
)
raw = panel.groupby("did")["gap"].mean()
glue("mean_untreated", float(raw[0]), display=False)
glue("mean_treated", float(raw[1]), display=False)
never = panel[(panel["treat"] == 0)]["gap"].mean()
before = panel[(panel["treat"] == 1) & (panel["did"] == 0)]["gap"].mean()
glue("before_minus_never", float(before - never), display=False)

# %% tags=["hide-input"]
LABELS = {"did": "DID"} | {name: name for name in cg.CONTROLS}
fits = {"(1)": simple, "(2)": controlled, "(3)": baseline}
constants = {
    "Constant": [
        style.starred(f.coef()["Intercept"], f.pvalue()["Intercept"])
        for f in (simple, controlled)
    ]
    + [style.starred(constant, constant_p)],
    "": [f"({f.se()['Intercept']:.3f})" for f in (simple, controlled)]
    + [f"({constant_se:.3f})"],
    "Clustered by county": ["No", "No", "Yes"],
}
style.table(
    style.regression_table(fits, LABELS, constants),
    name="tbl-2",
    caption="Clusters and the urban–rural income gap (the paper's Table 2)",
    source=study.source,
    notes=style.STARS_NOTE.replace(", clustered by county,", ""),
)

# %% [markdown]
# ## Printed and re-estimated
#
# Here is every number of the paper's table beside ours, rounded to the paper's places.

# %% tags=["hide-input"]
book = Ledger("04_1_baseline", study.source)
for column, fit in enumerate(fits.values(), start=1):
    book.record_model("table_2", column, fit)
stars = stars_of(constant_p)
book.record(
    "table_2",
    3,
    "constant",
    "estimate",
    constant,
    se=constant_se,
    stars=stars,
)
percent = 100 * baseline.coef()["did"] / panel["gap"].mean()
book.record_text("reduction_percent", -percent)
for column, fit in {1: simple, 3: baseline}.items():
    level = level_reached(fit.pvalue()["did"])
    book.record_text(f"significance_table_2_column_{column}", level)
for number, level in enumerate(STAR_LEVELS, start=1):
    book.record_text(f"star_level_{number}", level)
book.save()
style.beside(book, "table_2")

# %% [markdown]
# ### Which standard errors?
#
# The paper's note says that all its standard errors are clustered by county. Try it:

# %%
clustered = {
    "(1)": pf.feols("gap~did", panel, vcov=by_county),
    "(2)": pf.feols(f"gap~did+{controls}", panel, vcov=by_county),
}

# %% tags=["hide-input"]
rows = []
for name, fit in clustered.items():
    for coefficient, label in {"did": "DID", "Intercept": "Constant"}.items():
        plain, robust = fits[name].se()[coefficient], fit.se()[coefficient]
        rows.append(
            {
                "column": name,
                "coefficient": label,
                "unclustered": f"({plain:.3f})",
                "by county": f"({robust:.3f})",
                "ratio": f"{robust / plain:.1f}",
            }
        )
        glue(
            f"ratio_{name[1]}_{coefficient}",
            float(robust / plain),
            display=False,
        )
style.table(
    pd.DataFrame(rows),
    name="tbl-2-errors",
    caption="Standard errors of columns 1 and 2, unclustered and clustered by county",
    source=study.source,
)

# %% [markdown]
# Without fixed effects, a county's yearly errors share the county's level, and clustering multiplies the
# standard error of the constant by {glue:text}`ratio_1_Intercept:.1f`. Which of the two are the
# printed errors of columns 1 and 2 like? The
# {doc}`audit <90_audit>` shows from the printed numbers alone that clustered errors could hardly have been as small.
# So the table above leaves the first two columns unclustered, as printed, and clusters the third, the one that counts.

# %% tags=["remove-input"]
made_to_match = style.prose(
    "On the synthetic panel the likeness proves nothing, since the panel was made to match the printed errors."
)
made_to_match if study.synthetic else None

# %% [markdown]
# ## Reading the table
#
# **Column 1** compares treated county-years with all others, whatever else differs:
# {glue:text}`mean_treated:.3f` against {glue:text}`mean_untreated:.3f`, a difference of
# {glue:text}`beta_simple:.3f`. It mixes the effect with everything that tells the two groups
# and the two periods apart. **Column 2** lets counties differ in the eight controls; the coefficient
# becomes {glue:text}`beta_controlled:.3f`.
#
# **Column 3** is the paper's baseline. County effects remove the level of each county, year
# effects the path that all share. What is left compares changes with changes:
# {glue:text}`beta_baseline:.3f`, with a standard error of {glue:text}`se_baseline:.3f` and a 95 %
# interval from {glue:text}`ci_low:.3f` to {glue:text}`ci_high:.3f`. What has changed
# since column 1 is what the fixed effects absorb.
#
# ### How large is that?
#
# The coefficient is in *points of the Theil index*. It is not a percentage: relative to the
# panel's mean gap it is {glue:text}`relative:.1%`, and {glue:text}`in_sd:.2f` standard
# deviations. The paper's text calls its own coefficient, times a hundred, a reduction in *per cent*,
# which the {doc}`audit <90_audit>` takes up.
#
# ### What clustering assumes
#
# They let a county's errors be correlated over time in any way, and assume different counties
# independent. There are {glue:text}`counties:,d` clusters (a common rule of thumb asks for fifty); whether neighbours in the same province
# are independent is less clear, and chapter 7 tries other choices.
#
# ### What the design has not shown yet
#
# A negative coefficient is an effect only if the counties would have moved in parallel. That is
# the subject of the next chapter.

# %% [markdown]
# ## Exercises
#
# 1. *Predict.* Drop the controls but keep the fixed effects. Which way should the coefficient
#    move if clusters go to counties that industrialise fast? Run it.
# 2. *Change.* Replace the outcome by `gini`, then by `income_ratio`. Can you compare the three
#    coefficients? In which unit?
# 3. *Explain.* Why does $R^2$ jump between columns 2 and 3, and why does that say nothing about
#    whether column 3 is closer to the truth?
