# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4.4 Robustness
#
# Five checks of the baseline: a thousand policies that never happened, another index, fewer
# extreme values, more similar counties, and another policy of the same years.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
DRAWS = 1000  # placebo policies
SEED = 1967  # of the placebo draws; any number will do

# %% tags=["hide-input"]
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf
from myst_nb import glue

import clustergap as cg
from clustergap import style
from clustergap.estimable import Gaps, require, require_never
from clustergap.ledger import Ledger, level_reached
from clustergap.matching import balance, match
from clustergap.resample import placebo

style.use_style()
# Dropped singletons are counted in the table; no need to be warned as well.
warnings.filterwarnings("ignore", message=".*singleton.*")

# %%
study = cg.load(DATA)
panel = study.panel
by_county = {"CRV1": "county"}
controls = "pgdp+pgra+ind+serv+fiscal+edu+financial+com"
formula = f"gap~did+{controls}|county+year"

# %% tags=["remove-input"]
style.banner(study)

# %% [markdown]
# ## 4.4.1 A thousand placebos
#
# Give the cohorts to other counties, chosen at random: as many in each year as in truth, no
# county twice. Then estimate the baseline as if that had been the policy. Nothing happened to these
# counties because of it, so the coefficients should scatter around zero. Where does the real one lie?
#
# The engine of this book does not refit: in a balanced panel the regression of a draw follows
# from sums that are computed once. Its numbers equal those of a fresh fit of every draw.

# %%
draws = placebo(panel, formula, seed=SEED, draws=DRAWS)
actual = pf.feols(formula, panel, vcov=by_county)
tail = draws.tail()

# %% tags=["hide-input"]
fig, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.4))
left.hist(
    draws.coefficients, bins=40, color=style.COLOURS["blue"], alpha=0.75
)
left.axvline(
    draws.observed,
    color=style.COLOURS["vermillion"],
    label="the actual coefficient",
)
left.axvline(0, color=style.INK, linewidth=0.8, linestyle=":")
left.set(xlabel="coefficient", ylabel="draws")
left.legend(loc="upper left")
right.scatter(
    draws.coefficients,
    draws.p,
    s=7,
    color=style.COLOURS["blue"],
    alpha=0.5,
    rasterized=False,
)
right.axvline(draws.observed, color=style.COLOURS["vermillion"])
right.axhline(0.1, color=style.INK, linewidth=0.8, linestyle=":")
right.set(xlabel="coefficient", ylabel="p-value")
style.figure(
    fig,
    name="fig-placebo",
    caption="Placebo policies (the paper's Figure 2): coefficients, and their p-values.",
    alt="Left: a histogram of placebo coefficients, and the actual coefficient "
    "as a vertical line. Right: p-values of the placebo coefficients.",
    source=study.source,
)

# %% tags=["remove-cell"]
glue("draws", len(draws.coefficients), display=False)
glue("placebo_mean", float(draws.coefficients.mean()), display=False)
glue("placebo_sd", float(draws.coefficients.std(ddof=1)), display=False)
glue("actual", float(draws.observed), display=False)
glue("actual_se", float(draws.observed_se), display=False)
glue("exceed", int(tail.exceed), display=False)
glue("tail_p", float(tail.p), display=False)
glue("tail_low", float(tail.low), display=False)
glue("tail_high", float(tail.high), display=False)
glue("size5", float((draws.p < 0.05).mean()), display=False)

# %% [markdown]
# The {glue:text}`draws:,d` coefficients have mean {glue:text}`placebo_mean:.4f` and standard deviation
# {glue:text}`placebo_sd:.4f` ({numref}`fig-placebo`); the actual one is {glue:text}`actual:.3f`. In
# {glue:text}`exceed` draws a placebo is at least as far from zero. That gives a
# randomisation $p$-value of {glue:text}`tail_p:.4f`, with an exact 95 % interval for the limited number of
# draws from {glue:text}`tail_low:.4f` to {glue:text}`tail_high:.4f`.
#
# The test has a by-product that the paper does not use: {glue:text}`size5:.1%` of the placebos
# are significant at 5 %. If that share were well above 5 %, the clustered standard errors would
# be too small, whatever the actual coefficient.
#
# What does a placebo test show? That the coefficient is not a quirk of serial correlation or of the
# estimator. It cannot rule out that *these* counties were on another path, because the placebos are
# given to others. It answers a question about chance, not about selection.

# %% [markdown]
# ## 4.4.2 to 4.4.5 Four regressions
#
# **Another index.** The Gini coefficient of {eq}`eq-gini` instead of the Theil index.
#
# **Extremes.** Each continuous variable is winsorised: values beyond the 1st and 99th percentile
# of the pooled sample are set to that percentile.

# %%
continuous = ["gap", *cg.CONTROLS]
bounds = panel[continuous].quantile([0.01, 0.99])
winsorised = panel.assign(
    **panel[continuous].clip(bounds.loc[0.01], bounds.loc[0.99], axis=1)
)

fits = {
    "(1) Gini": pf.feols(
        f"gini~did+{controls}|county+year", panel, vcov=by_county
    ),
    "(2) Winsorised": pf.feols(formula, winsorised, vcov=by_county),
}
gaps = Gaps()  # columns that the data at hand cannot fill

# %% [markdown]
# **Matching.** A logit of `treat` on the eight controls gives each county-year a propensity
# score {cite:p}`rosenbaum1983`. The paper says that it matches to the nearest neighbour and excludes what cannot be matched;
# it loses few observations, which fits dropping those outside the *common support* of the scores.

# %%
with gaps.column("(3) PSM-DID"):
    matched = match(panel, cg.CONTROLS, two_sided=True)
    support = panel[matched.on_support]
    fits["(3) PSM-DID"] = pf.feols(formula, support, vcov=by_county)

# %% [markdown]
# **Another policy.** Counties can also become *characteristic agricultural product
# advantageous areas*. A dummy that is 1 from a county's designation on joins the controls.

# %%
with gaps.column("(4) CAPAA"):
    require(panel, "capaa")
    fits["(4) CAPAA"] = pf.feols(
        f"gap~did+capaa+{controls}|county+year", panel, vcov=by_county
    )

# %% tags=["hide-input"]
style.table(
    style.regression_table(
        fits,
        {"did": "DID"},
        {
            "CAPAA": ["Yes" if "CAPAA" in name else "No" for name in fits],
            "Controls": ["Yes"] * len(fits),
        },
    ),
    name="tbl-4",
    caption="Robustness (the paper's Table 4)",
    source=study.source,
    notes=style.STARS_NOTE + gaps.note,
)

# %% [markdown]
# ## Printed and re-estimated

# %% tags=["hide-input"]
book = Ledger("04_4_robustness", study.source)
for name, fit in fits.items():
    book.record_model("table_4", name[1], fit, {"did": "did"})
for key in ("samples", "repetitions", "samplings"):
    book.record_text(f"placebo_{key}", len(draws.coefficients))
designated = cg.load_official("capaa_counts")
book.record_text("capaa_launch_year", designated["year"].min())
book.record_text("capaa_first_batch_year", designated["year"].min())
book.record_text("capaa_first_batch", designated["designated"].iloc[0])
book.record_text("capaa_total", designated["designated"].sum())
book.record_text("capaa_total_year", designated["year"].max())
book.record_text("winsorised_share", 100 * bounds.index[0])
book.record_text(
    "significance_table_4_column_1",
    level_reached(fits["(1) Gini"].pvalue()["did"]),
)
book.save()
style.beside(book, "table_4")

# %% tags=["remove-cell"]
glue("gini_beta", float(fits["(1) Gini"].coef()["did"]), display=False)
glue(
    "theil_over_gini",
    float(actual.coef()["did"] / fits["(1) Gini"].coef()["did"]),
    display=False,
)
glue(
    "implied_ratio",
    float(np.exp(actual.coef()["did"] / fits["(1) Gini"].coef()["did"])),
    display=False,
)
glue("median_ratio", float(panel["income_ratio"].median()), display=False)

# %% [markdown]
# Two things deserve a second look. The Gini effect is {glue:text}`gini_beta:.3f`, so the Theil effect is
# {glue:text}`theil_over_gini:.2f` times as large. By the slope of chapter 3 this ratio is the
# logarithm of the income ratio at which incomes moved, if people stayed where they were: the
# two effects together describe counties where townspeople earn {glue:text}`implied_ratio:.1f` times as much as villagers.

# %% [markdown]
# ### What matching does
#
# Matching removes {glue:text}`off_support` county-years. Is the rest more alike?

# %% tags=["hide-input"]
require_never(panel)
trimmed = balance(panel, cg.CONTROLS, matched.on_support)
neighbours = balance(panel, cg.CONTROLS, matched.weight)
style.table(
    pd.DataFrame(
        {
            "all": trimmed["standardised_difference_before"],
            "common support": trimmed["standardised_difference_after"],
            "nearest neighbours": neighbours["standardised_difference_after"],
        }
    )
    .map("{:.3f}".format)
    .rename_axis("control"),
    name="tbl-balance",
    caption="Standardised differences between treated and other county-years",
    source=study.source,
    notes="Difference of means in units of the pooled standard deviation; below 0.1 in size is usually called balanced.",
)

# %% tags=["hide-input"]
fig, axis = plt.subplots(figsize=(7, 3.2))
edges = np.linspace(matched.score.min(), matched.score.max(), 50)
for value, label, colour in (
    (0, "never in a cluster", "grey"),
    (1, "in a cluster sooner or later", "blue"),
):
    axis.hist(
        matched.score[panel["treat"] == value],
        edges,
        density=True,
        alpha=0.55,
        color=style.COLOURS[colour],
        label=label,
    )
axis.set(xlabel="propensity score", ylabel="density")
axis.legend()
style.figure(
    fig,
    name="fig-support",
    caption="Propensity scores of county-years in the two groups.",
    alt="Two overlapping histograms of the propensity score.",
    source=study.source,
)

# %% tags=["remove-cell"]
glue("off_support", int((~matched.on_support).sum()), display=False)
weighted = panel.assign(weight=matched.weight).query("weight > 0")
neighbour_fit = pf.feols(formula, weighted, vcov=by_county, weights="weight")
glue("beta_neighbours", float(neighbour_fit.coef()["did"]), display=False)
glue("se_neighbours", float(neighbour_fit.se()["did"]), display=False)
glue("n_neighbours", int(neighbour_fit._N), display=False)
glue("n_support", int(fits["(3) PSM-DID"]._N), display=False)

# %% [markdown]
# Dropping the county-years off support leaves {glue:text}`n_support:,d` of them. It is trimming, not
# matching: see how little it can do for the differences of {numref}`tbl-balance`. Matching proper keeps each
# treated county-year and its nearest neighbour, {glue:text}`n_neighbours:,d` county-years in all, and
# gives {glue:text}`beta_neighbours:.3f` (standard error {glue:text}`se_neighbours:.3f`).

# %% [markdown]
# ## Exercises
#
# 1. *Predict.* Draw placebos *within provinces* (`within="province"`). Should the spread grow or shrink? Try it.
# 2. *Change.* Winsorise at 5 % instead of 1 %. At which share does the coefficient begin to move?
# 3. *Explain.* Why can matching on controls of the same year be harmful when the policy moves the controls?
