# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 3 Data, variables and methodology
#
# Three questions: which counties and years, how is the gap measured, and what is regressed on
# what? The indices are first computed on real provinces, where you can judge their size.
# From Table 1 on, the chapter uses the county panel.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables

# %% tags=["hide-input"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from myst_nb import glue

import clustergap as cg
from clustergap import style
from clustergap.ledger import Ledger

style.use_style()

# %%
study = cg.load(DATA)
panel = study.panel

# %% tags=["remove-input"]
style.banner(study)

# %% [markdown]
# ## 3.1 The sample
#
# The raw tables are six: a yearbook with people, incomes and the economy of each county and
# year; the counties that each cluster covers; designated advantage areas (CAPAA); new firms;
# geographical indications; and the ruggedness of the terrain. The {doc}`codebook
# <_generated/codebook>` lists every column. `cg.load` checks each table against it, merges them
# one to one, and says what became of every row:

# %% tags=["hide-input"]
style.table(
    study.report.assign(
        rows=study.report["rows"].map(study.count),
        lost=study.report["lost"].map("{:,d}".format),
    ),
    name="tbl-assembly",
    caption="What assembly kept and lost",
    source=study.source,
)

# %% tags=["remove-cell"]
first_year, last_year = int(panel["year"].min()), int(panel["year"].max())
units = panel.drop_duplicates("county")
glue("n", len(panel), display=False)
glue("counties", int(panel["county"].nunique()), display=False)
glue("years", int(panel["year"].nunique()), display=False)
glue("first_year", first_year, display=False)
glue("last_year", last_year, display=False)
whole = {"all": len(units)}
for rows, names in (
    (units["treat"] == 1, ("treated", "never")),
    (units["region"] == "eastern", ("eastern", "central_western")),
):
    parts = whole | dict(zip(names, (rows.sum(), (~rows).sum()), strict=True))
    written = study.counts(pd.DataFrame([parts])).iloc[0]
    for name in names:
        glue(name, written[name], display=False)
treated_years = int(panel["did"].sum())
glue(
    "treated_years",
    f"{treated_years:,d}" if study.tells_cohorts() else "withheld",
    display=False,
)

# %% [markdown]
# So the panel has {glue:text}`n:,d` county-years: {glue:text}`counties:,d` counties
# ({glue:text}`eastern` eastern, {glue:text}`central_western` central-western) over
# {glue:text}`years` years, {glue:text}`first_year` to {glue:text}`last_year`.
# {glue:text}`treated` counties are in a cluster sooner or later, which makes
# {glue:text}`treated_years` treated county-years.

# %% [markdown]
# ## 3.2 Variables
#
# ### The gap
#
# Think of a county as two groups, town and country. Let $s$ be the town's share of all income
# and $p$ its share of all people. If incomes were equal, $s$ would equal $p$. The paper's
# measure of how far they differ is the Theil index {cite:p}`theil1967`,
#
# ```{math}
# :label: eq-theil
# T_{it} = s_{it} \ln \frac{s_{it}}{p_{it}} + (1 - s_{it}) \ln \frac{1 - s_{it}}{1 - p_{it}},
# ```
#
# and, as a check, the Gini coefficient of the two groups,
#
# ```{math}
# :label: eq-gini
# G_{it} = p_{it} (1 - p_{it}) \left| \frac{u_{1,it} - u_{2,it}}{u_{it}} \right| = |s_{it} - p_{it}|,
# ```
#
# where $u_1$, $u_2$ and $u$ are incomes per person in town, in the country and in all. The
# second equality takes one line: $s = p\,u_1/u$, so $s - p = p\,(u_1 - u)/u$, and
# $u_1 - u = (1-p)(u_1 - u_2)$. Both functions are in the library, a line each:

# %%
print(
    cg.theil(
        urban_income=3.0,
        rural_income=1.0,
        urban_population=4,
        rural_population=6,
    )
)
print(
    cg.gini(
        urban_income=3.0,
        rural_income=1.0,
        urban_population=4,
        rural_population=6,
    )
)

# %% [markdown]
# Three properties to keep in mind. Both are zero when incomes are equal, and neither changes
# when all incomes double. The Theil index is at least twice the squared Gini, $T \ge 2G^2$. And
# if people stay where they are, a small change of incomes moves the two together:
#
# $$
# \frac{\mathrm{d}T}{\mathrm{d}G} = \ln \frac{u_1}{u_2}.
# $$
#
# An effect on the Theil index divided by an effect on the Gini coefficient therefore tells you
# the (logarithm of the) income ratio at which it happened. The {doc}`audit <90_audit>` makes use of that.
#
# ### How large is it in reality?
#
# The county incomes are not public, those of the provinces are. Here are the same two lines of code
# on real data.

# %%
provinces = cg.load_official("province_income")
complete = provinces.dropna(
    subset=["urban_income_yuan", "rural_income_yuan", "urban_share"]
)
real = complete.assign(
    theil=cg.theil(
        complete["urban_income_yuan"],
        complete["rural_income_yuan"],
        complete["urban_share"],
        1 - complete["urban_share"],
    ),
    ratio=complete["urban_income_yuan"] / complete["rural_income_yuan"],
)
by_year = real.groupby("year")["theil"].agg(["mean", "min", "max", "count"])

# %% tags=["remove-cell"]
glue("real_mean", float(real["theil"].mean()), display=False)
glue("real_first", float(by_year["mean"].iloc[0]), display=False)
glue("real_last", float(by_year["mean"].iloc[-1]), display=False)
glue("real_max", float(real["theil"].max()), display=False)
widest = real.loc[real["theil"].idxmax()]
glue("real_max_province", str(widest["province"]), display=False)
glue("real_max_year", int(widest["year"]), display=False)
glue("real_max_ratio", float(widest["ratio"]), display=False)
glue("real_n", len(real), display=False)
grid = provinces["province"].nunique() * provinces["year"].nunique()
glue("real_all", int(grid), display=False)
glue("real_missing", int(grid - len(real)), display=False)
glue("panel_gap", float(panel["gap"].mean()), display=False)
glue(
    "panel_over_real",
    float(panel["gap"].mean() / real["theil"].mean()),
    display=False,
)

# %% tags=["hide-input"]
fig, axis = plt.subplots(figsize=(7, 3.4))
wide = real.pivot(index="year", columns="province", values="theil").reindex(
    range(2014, 2023)
)
axis.plot(
    wide.index, wide, color=style.COLOURS["grey"], alpha=0.35, linewidth=0.8
)
axis.plot(
    wide.index, wide.mean(axis=1), color=style.COLOURS["blue"], marker="o"
)
axis.set(ylabel="Theil index", ylim=(0, None))
axis.annotate(
    "mean of the provinces",
    (2016, float(by_year.loc[2016, "mean"])),
    (2016.1, 0.125),
)
style.figure(
    fig,
    name="fig-provinces",
    caption="Urban–rural Theil index of the 31 provinces, one thin line each; the income split of "
    "2020 is not in the yearbooks at hand, so the lines have a gap there.",
    alt="Thin lines fall from 2014 to 2022; the mean falls from about nine to about six hundredths.",
    source="National Bureau of Statistics of China, China Statistical Yearbook",
)

# %% [markdown]
# On {glue:text}`real_n` real province-years the index averages {glue:text}`real_mean:.3f`. It
# fell from {glue:text}`real_first:.3f` in 2014 to {glue:text}`real_last:.3f` in 2022
# ({numref}`fig-provinces`). The largest value anywhere is {glue:text}`real_max:.3f`, in
# {glue:text}`real_max_province` in {glue:text}`real_max_year`, where a townsperson earned
# {glue:text}`real_max_ratio:.1f` times what a villager did. ({glue:text}`real_missing` of
# {glue:text}`real_all` province-years lack an income or an urban share and are left out, not filled in.)
#
# The county panel of this book has a mean of {glue:text}`panel_gap:.3f`,
# {glue:text}`panel_over_real:.1f` times as much.

# %% tags=["remove-input"]
style.prose(
    "That is not a discovery about counties: the synthetic panel was given that mean because the "
    "paper prints one of that size. What it would take for real counties to have it is a question "
    "for the {doc}`audit <90_audit>`."
    if study.synthetic
    else "What it takes for counties to have the mean that the paper prints is a question for the "
    "{doc}`audit <90_audit>`."
)

# %% [markdown]
# ### Treatment
#
# `treat` marks counties that are ever in a cluster, `post` the years from the county's first
# cluster year on, and `did` is their product. The paper writes the first year of county $i$ as
# its batch; we call it the county's `cohort`.

# %% tags=["hide-input"]
cohorts = (
    units.assign(
        cohort=units["cohort"].map(
            lambda c: "never" if np.isnan(c) else f"{c:.0f}"
        )
    )
    .groupby("cohort")
    .agg(
        counties=("county", "size"),
        eastern=("region", lambda r: (r == "eastern").sum()),
    )
    .assign(central_western=lambda t: t["counties"] - t["eastern"])
    .rename(columns={"central_western": "central-western"})
)
style.table(
    study.counts(cohorts).rename_axis("first cluster year"),
    name="tbl-cohorts",
    caption="Counties by first cluster year",
    source=study.source,
)

# %% [markdown]
# ### Controls and mechanisms
#
# Eight controls describe a county's economy, and four outcomes stand for the three mechanisms
# of H2. Their definitions and moments are in {numref}`tbl-1`, the paper's Table 1.

# %%
rows = ["gap", *cg.CONTROLS, *cg.MECHANISMS]
rows = [row for row in rows if row in panel]
moments = panel[rows].agg(["count", "mean", "std"]).T

# %% tags=["hide-input"]
style.table(
    pd.DataFrame(
        {
            "variable": rows,
            "definition": [
                "{} ({})".format(*cg.VARIABLES[row]) for row in rows
            ],
            "N": [f"{moments.loc[row, 'count']:,.0f}" for row in rows],
            "mean": [f"{moments.loc[row, 'mean']:.3f}" for row in rows],
            "SD": [f"{moments.loc[row, 'std']:.3f}" for row in rows],
        }
    ),
    name="tbl-1",
    caption="Definitions and summary statistics (the paper's Table 1)",
    source=study.source,
)

# %% tags=["hide-input"]
book = Ledger("03_data", study.source)
for row in rows:
    for printed, ours in {"n": "count", "mean": "mean", "sd": "std"}.items():
        book.record("table_1", "main", row, printed, moments.loc[row, ours])
for key in ("abstract", "introduction", "data", "conclusion"):
    book.record_text(f"counties_{key}", panel["county"].nunique())
    book.record_text(f"first_year_{key}", first_year)
    book.record_text(f"last_year_{key}", last_year)
book.record_text("yearbook_first_year", first_year)
book.record_text("yearbook_last_year", last_year)
book.save()
style.beside(book, "table_1")

# %% [markdown]
# Two definitions needed a decision, because the paper's words leave room. The numbers of new
# firms enter as $\ln(1 + n)$: the plain logarithm would lose every county-year without a new
# firm, and the paper's $N$ says that none is lost. And `loans` over GDP is the control
# `financial`, whereas chapter 4.6 splits the sample by the *level* of loans, as the paper's
# note 6 does.

# %% [markdown]
# ## 3.3 Methodology
#
# The baseline compares the change in counties that joined with the change in those that did
# not (yet):
#
# ```{math}
# :label: eq-baseline
# Y_{it} = \alpha_0 + \beta_0\, DID_{it} + \theta_0' X_{it} + \mu_i + \lambda_t + \varepsilon_{it}.
# ```
#
# $\mu_i$ absorbs whatever is constant in a county (climate, distance to the coast), $\lambda_t$
# whatever hits all counties in a year (prices, a pandemic), and $X_{it}$ are the eight controls.
# For the mechanisms the same right-hand side explains another outcome:
#
# ```{math}
# :label: eq-mechanism
# M_{it} = \alpha_1 + \beta_1\, DID_{it} + \theta_1' X_{it} + \mu_i + \lambda_t + \varepsilon_{it}.
# ```
#
# In pyfixest, equation {eq}`eq-baseline` reads `gap~did+pgdp+…+com|county+year`: the outcome, a
# tilde, the regressors, and behind the bar the fixed effects. Standard errors are clustered by county,
# because a county's shocks last for more than one year {cite:p}`liang1986,cameron2015`.
#
# What must hold for $\beta_0$ to be an effect? *Parallel trends*: without clusters, the gap in
# treated counties would have changed as it did in the others. Chapter 4.2 looks for signs
# against it. And since counties start in different years, $\beta_0$ also averages over cohorts and
# years with weights that two-way fixed effects choose, not we
# {cite:p}`goodmanbacon2021,dechaisemartin2020`.

# %% [markdown]
# ## Exercises
#
# 1. *Predict.* A county has 40 % of its people in town, and incomes of 3 and 1. Move a tenth of
#    the villagers to town without changing the two incomes. Do $T$ and $G$ rise or fall? Check.
# 2. *Change.* Compute the provinces' Gini coefficients and verify $T \ge 2G^2$ for each of them.
# 3. *Explain.* Why does the slope $\mathrm{d}T/\mathrm{d}G = \ln(u_1/u_2)$ hold only if people stay
#    where they are?
