# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4.6 Heterogeneity
#
# Do all clusters work alike? The paper splits the sample three times, by the type of the product, by region,
# and by the size of the loan market, and compares coefficients. This chapter re-estimates its Table 6 and
# tests the differences, which the paper does not.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables

# %% tags=["hide-input"]
import warnings

import numpy as np
import pandas as pd
import pyfixest as pf
from myst_nb import glue

import clustergap as cg
from clustergap import style
from clustergap.estimable import Gaps, require_effect, require_told
from clustergap.ledger import Ledger, level_reached

style.use_style()
# Dropped singletons are counted below; no need to be warned as well.
warnings.filterwarnings("ignore", message=".*singleton.*")

# %%
study = cg.load(DATA)
panel = study.panel

# %% tags=["remove-input"]
style.banner(study)

# %% [markdown]
# ## Six samples
#
# The paper's numbers of observations tell how it must have split.
#
# - **Type.** The two samples add up to the panel, so counties without a cluster are in one of
#   them, with the high-value clusters: the grain sample is far too small to hold any. A county in clusters
#   of both types counts by its latest cluster to date.
# - **Region.** By province.
# - **Finance.** By year-end loans, above or below the median of all county-years. The split is by
#   county *and year*: a county can change sides.
#
# A county that is left with a single year in a sample explains nothing there; pyfixest drops it, as Stata's `reghdfe` does.

# %%
by_county = {"CRV1": "county"}
controls = "pgdp+pgra+ind+serv+fiscal+edu+financial+com"
formula = f"gap~did+{controls}|county+year"

grain = panel["cluster_type"] == "grain"
eastern = panel["region"] == "eastern"
high = panel["loans"] > panel["loans"].median()
samples = {
    "(1) High-value": panel[~grain],
    "(2) Grain": panel[grain],
    "(3) Eastern": panel[eastern],
    "(4) Central-western": panel[~eastern],
    "(5) High finance": panel[high],
    "(6) Low finance": panel[~high],
}
names = list(samples)
fits = {}
gaps = Gaps()  # samples that the data at hand do not carry
for place, (name, rows) in enumerate(samples.items()):
    with gaps.column(name):
        other_half = samples[names[place ^ 1]]
        require_told(study, rows, other_half)
        require_effect(rows, "this sample")
        fits[name] = pf.feols(
            formula, rows, vcov=by_county, fixef_rm="singleton"
        )

# %% tags=["hide-input"]
style.table(
    style.regression_table(
        fits, {"did": "DID"}, {"Controls": ["Yes"] * len(fits)}
    ),
    name="tbl-6",
    caption="Heterogeneity (the paper's Table 6)",
    source=study.source,
    notes=style.STARS_NOTE + gaps.note,
)

# %% tags=["remove-cell"]
for name, fit in fits.items():
    glue(f"lost_{name[1]}", int(len(samples[name]) - fit._N), display=False)

# %% [markdown]
# Singletons cost columns 1 to 6 {glue:text}`lost_1`, {glue:text}`lost_2`, {glue:text}`lost_3`,
# {glue:text}`lost_4`, {glue:text}`lost_5` and {glue:text}`lost_6` county-years. The paper's
# numbers of observations in columns 2, 5 and 6 are no multiples of its nine years, as they would be without such losses.
#
# ## Printed and re-estimated

# %% tags=["hide-input"]
book = Ledger("04_6_heterogeneity", study.source)
beta, level = dict.fromkeys(samples, np.nan), dict.fromkeys(samples, 100)
for name, fit in fits.items():
    book.record_model("table_6", name[1], fit, {"did": "did"})
    beta[name] = fit.coef()["did"]
    level[name] = level_reached(fit.pvalue()["did"])
book.record_text("coefficient_high_value", beta["(1) High-value"])
book.record_text("coefficient_grain", beta["(2) Grain"])
book.record_text("coefficient_eastern", beta["(3) Eastern"])
book.record_text("coefficient_central_western", beta["(4) Central-western"])
book.record_text(
    "significance_table_6_column_1_and_2",
    max(level["(1) High-value"], level["(2) Grain"]),
)
book.record_text(
    "significance_table_6_column_3_and_4",
    max(level["(3) Eastern"], level["(4) Central-western"]),
)
book.record_text("loan_median_first_year", panel["year"].min())
book.record_text("loan_median_last_year", panel["year"].max())
book.save()
style.beside(book, "table_6")

# %% [markdown]
# ## Are the differences there?
#
# Two coefficients can both be significant, or one of them not, without being different. The
# difference has a standard error of its own. For samples of different counties it is
# $\sqrt{s_1^2 + s_2^2}$; where a county may be in both, estimate one regression in which everything,
# fixed effects included, is interacted with the split, and cluster by county.

# %%
splits = {"type": grain, "region": eastern, "finance": high}
pairs = {
    name: (names[one], names[other])
    for name, one, other in (
        ("type", 1, 0),
        ("region", 2, 3),
        ("finance", 4, 5),
    )
    if names[one] in fits and names[other] in fits
}


def interacted(split):
    """One regression for both samples: the difference of the two coefficients."""
    data = panel.assign(
        side=split.astype(int),
        county_side=panel["county"] + split.map({True: "a", False: "b"}),
        year_side=panel["year"].astype(str)
        + split.map({True: "a", False: "b"}),
    )
    data["did_side"] = data["did"] * data["side"]
    both = [f"{c}_side" for c in cg.CONTROLS]
    data = data.assign(
        **{f"{c}_side": data[c] * data["side"] for c in cg.CONTROLS}
    )
    return pf.feols(
        f"gap~did+did_side+{controls}+{'+'.join(both)}|county_side+year_side",
        data,
        vcov=by_county,
        fixef_rm="singleton",
    )


differences = {name: interacted(splits[name]) for name in pairs}

# %% tags=["hide-input"]
rows = []
for name, (one, other) in pairs.items():
    a, b = fits[one], fits[other]
    gap_ab = a.coef()["did"] - b.coef()["did"]
    naive = np.hypot(a.se()["did"], b.se()["did"])
    joint = differences[name]
    rows.append(
        {
            "split": f"{one[4:]} less {other[4:]}",
            "difference": f"{gap_ab:.3f}",
            "SE, samples independent": f"({naive:.3f})",
            "SE, one regression": f"({joint.se()['did_side']:.3f})",
            "p": f"{joint.pvalue()['did_side']:.4f}",
        }
    )
    assert np.isclose(joint.coef()["did_side"], gap_ab, atol=1e-6)
    glue(f"z_{name}", float(gap_ab / naive), display=False)
    glue(f"p_{name}", float(joint.pvalue()["did_side"]), display=False)
style.table(
    pd.DataFrame(rows),
    name="tbl-differences",
    caption="Differences between the samples' coefficients",
    source=study.source,
)

# %% [markdown]
# Three splits are three tests; multiplying each $p$-value by three is a blunt but honest
# correction.

# %% [markdown]
# ## Who is compared with whom in the grain sample?

# %% tags=["remove-cell"]
require_effect(panel[grain], "the grain sample")
grain_units = panel[grain].drop_duplicates("county")
glue("grain_counties", study.count(len(grain_units)), display=False)
glue("grain_never", int(grain_units["treat"].eq(0).sum()), display=False)

# %% [markdown]
# The grain sample has {glue:text}`grain_counties` counties, and {glue:text}`grain_never` of them never
# join a cluster. Its coefficient therefore comes from timing alone: early grain counties are compared with later ones,
# and once all are treated, there is nobody left to compare with. Two-way
# fixed effects then use already treated counties as controls {cite:p}`goodmanbacon2021`. The high-value sample, by contrast, has all the
# never-treated counties. The two coefficients answer different questions, and their difference is more than
# a difference of crops.

# %% [markdown]
# ## Exercises
#
# 1. *Predict.* Add the never-treated counties to the grain sample. Which coefficient do you expect? Run it.
# 2. *Change.* Split by the county's *median* loans instead of the county-year's loans. How does N change, and why?
# 3. *Explain.* The policy may enlarge a county's loans. What does splitting by loans of the same year then do?
