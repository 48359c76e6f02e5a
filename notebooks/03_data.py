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
# what? The size of the indices is judged on real provinces; everything else on this page uses the county panel.

# %% tags=["parameters", "hide-input"]
DATA = "synthetic"  # or the path of a folder with your own raw tables

# %% tags=["hide-input"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from exercises.data import check_1, check_2, check_3, check_4

import clustergap as cg
from bookkit.display import COLOURS, counted
from bookkit.interactive import Selector, at, when
from bookkit.ledger import lay_beside
from bookkit.page import Page
from clustergap.disclosure import (
    format_counts,
    format_report,
    may_show_cohorts,
)

YEARBOOK = "China Statistical Yearbook"

# %%
study = cg.load(DATA)
panel = study.panel
page = Page("03_data", study)

# %% tags=["remove-input"]
page.banner()

# %% [markdown]
# ## 3.1 The sample
#
# The paper draws on three sources, none of which can be had as the authors had it:
#
# 1. **The list of counties that clusters cover**, which the authors compiled by hand from provincial documents for the ministry's lists of May 2020, April 2021 and
#    April 2022. It is not public.
# 2. **CCAD**, the China Agricultural Research Database of Zhejiang University's China Academy for Rural Development and the firm Qiyan: new auxiliary and new processing
#    firms, and {term}`geographical indications <geographical indication>`. It is licensed.
# 3. **China County Statistical Yearbook**, 2014 to 2022: everything else about a county's economy and people. It is printed and sold. The paper does not say where
#    the *incomes of town and country* come from.
#
# This book therefore asks for six raw tables of the same content: a yearbook with people, incomes and the economy of each county and
# year; the counties that each cluster covers; designated advantage areas ({term}`CAPAA`); new firms;
# geographical indications; and the ruggedness of the terrain. The {doc}`codebook
# <_generated/codebook>` lists every column. `cg.load` checks each table against it and merges them
# onto the county-years of the yearbook, and `study.report` says what became of every row.

# %% tags=["remove-input"]
account = format_report(study.report, study.panel, study.private)
page.words(
    synthetic="From the tables that ship with the book nothing is lost on the way."
) if study.synthetic else page.table(
    account, name="tbl-assembly", caption="What assembly kept and lost"
)

# %% tags=["remove-cell"]
assert not study.synthetic or study.report["lost"].sum() == 0  # as said
first_year, last_year = panel["year"].min(), panel["year"].max()
units = panel.drop_duplicates("county")
treated, eastern = units["treat"] == 1, units["region"] == "eastern"
parts = pd.DataFrame([[len(units), eastern.sum(), (~eastern).sum()]])
_, east, rest = format_counts(parts, study.private).iloc[0]
told = may_show_cohorts(study.panel, study.private)
page.tell(
    controls=counted(len(study.controls), "control"),
    n=len(panel),
    counties=len(units),
    years=panel["year"].nunique(),
    first_year=first_year,
    last_year=last_year,
    treated=f"{treated.sum():,d}" if told else "A withheld number of",
    eastern=east,
    central_western=rest,
    treated_years=f"{panel['did'].sum():,.0f}"
    if told
    else "a withheld number of",
)

# %% [markdown]
# The panel has {glue:text}`n:,d` county-years: {glue:text}`counties:,d` counties
# ({glue:text}`eastern` eastern, {glue:text}`central_western` central-western) over
# {glue:text}`years` years, {glue:text}`first_year` to {glue:text}`last_year`.
# {glue:text}`treated` counties are in a cluster sooner or later, which makes
# {glue:text}`treated_years` treated county-years. (The paper's abstract, introduction and conclusion say 2012 to 2022;
# its number of observations fits only the nine years of its section 3.1.)

# %% [markdown]
# ## 3.2 Variables
#
# ### The gap
#
# Three measures are in use: the ratio of the two incomes, the Gini coefficient and the Theil index {cite:p}`molerosimarro2017,yu2021,zhang2023`. Why not the ratio, which needs no
# formula? Because it does not know how many people live in town, says the paper (its section 3.2.1). The Gini coefficient shows how incomes differ across the whole population
# {cite:p}`shahid2024`; the Theil index also follows people as they move {cite:p}`theil1967`. So, with {cite:t}`guo2022` and {cite:t}`zhang2023`, it takes Theil as the gap, and Gini
# as a check.
#
# Think of a county as two groups, town and country. Let $s$ be the town's share of all income
# and $p$ its share of all people. If incomes were equal, $s$ would equal $p$. The paper's
# measure of how far they differ is the {term}`Theil index` {cite:p}`theil1967`,
#
# ```{math}
# :label: eq-theil
# T_{it} = s_{it} \ln \frac{s_{it}}{p_{it}} + (1 - s_{it}) \ln \frac{1 - s_{it}}{1 - p_{it}},
# ```
#
# and, as a check, the {term}`Gini coefficient` of the two groups,
#
# ```{math}
# :label: eq-gini
# G_{it} = p_{it} (1 - p_{it}) \left| \frac{u_{1,it} - u_{2,it}}{u_{it}} \right| = |s_{it} - p_{it}|,
# ```
#
# where $u_1$, $u_2$ and $u$ are incomes per person in town, in the country and overall. (In the paper's equation (1) group 1 is the town, in its equation (2) the country; here it is
# always the town, and $G$ does not mind.) The
# second equality takes one line: $s = p\,u_1/u$, so $s - p = p\,(u_1 - u)/u$, and
# $u_1 - u = (1-p)(u_1 - u_2)$. Both functions are in the library, a line each:

# %%
county = {"urban_income": 3.0, "rural_income": 1.0}
people = {"urban_population": 4, "rural_population": 6}
print(cg.theil(**county, **people), cg.gini(**county, **people))

# %% [markdown]
# Three properties to keep in mind. Both are zero when incomes are equal, and neither changes
# when all incomes double. The Theil index is at least twice the squared Gini, $T \ge 2G^2$. And
# if people stay where they are, a small change of incomes moves the two together:
#
# $$
# \frac{\mathrm{d}T}{\mathrm{d}G} = \ln \frac{u_1}{u_2}.
# $$
#
# So if one income ratio held everywhere, and the policy moved nobody, the effect on the Theil index divided by the effect on the Gini coefficient would be the logarithm of that ratio.
# Ratios differ, so that the quotient is a mean of their logarithms, weighted by each county's part in the effect on Gini. The {doc}`audit <90_audit>` makes use of that.
#
# **What neither index sees.** Both know two groups only. Give half of a town's income to one family, and neither moves: they measure inequality *between* town and
# country, not within. The Theil index is built for such a split, for the whole is the sum of a part between groups and the parts within
# {cite:p}`shorrocks1980`; the paper computes the first. That is a sound measure of an urban–rural gap. It is not, as the paper says of its Gini coefficient, an assessment "across all
# income strata", for its equation (2) has two.
#
# ### How large is it in reality?
#
# Incomes of some counties are public ({doc}`chapter 5.1 <05_1_real_levels>`), and of all provinces. Here are the same two lines of code
# on real data.

# %%
provinces = cg.load_official("province_income")
real = provinces.dropna(
    subset=["urban_income_yuan", "rural_income_yuan", "urban_share"]
).rename(columns={"urban_income_yuan": "u", "rural_income_yuan": "r"})
share = real["urban_share"]
real["theil"] = cg.theil(real["u"], real["r"], share, 1 - share)
real["ratio"] = real["u"] / real["r"]

# %% tags=["remove-cell"]
mean_gap = panel["gap"].mean()
before = real[real["year"] < 2020]
by_year = real.groupby("year")["theil"].mean()
widest = real.loc[real["theil"].idxmax()]
grid = provinces["province"].nunique() * provinces["year"].nunique()
guessed = real["urban_share_kind"].str.startswith("interpolated")
page.tell(
    real_mean=real["theil"].mean(),
    real_first=by_year.iloc[0],
    real_first_year=by_year.index[0],
    real_eve=before.groupby("year")["theil"].mean().iloc[-1],
    real_eve_year=before["year"].max(),
    real_max=widest["theil"],
    real_max_province=widest["province"],
    real_max_year=widest["year"],
    real_max_ratio=widest["ratio"],
    real_n=len(real),
    real_all=grid,
    real_missing=grid - len(real),
    real_guessed=guessed.sum(),
    panel_gap=mean_gap,
    panel_over_real=mean_gap / real["theil"].mean(),
)

# %% tags=["hide-input"]
fig, axis = plt.subplots(figsize=(5.8, 3.8))
solid = real[real["year"] < 2020]
for part, dashes in ((solid, ""), (real[guessed], (2, 2))):
    sns.lineplot(
        part,
        x="year",
        y="theil",
        units="province",
        estimator=None,
        color=COLOURS["grey"],
        alpha=0.4,
        linewidth=0.8,
        ax=axis,
    )
    sns.lineplot(
        part,
        x="year",
        y="theil",
        errorbar=None,
        color=COLOURS["blue"],
        marker="o",
        dashes=dashes,
        ax=axis,
    )
axis.axhline(mean_gap, color=COLOURS["vermillion"])
axis.text(
    2022,
    mean_gap,
    f"mean of the county panel, {mean_gap:.3f}",
    ha="right",
    va="bottom",
)
axis.annotate(
    "mean of the provinces",
    (2018, by_year[2018]),
    (2018, 0.2),
    ha="center",
    arrowprops={"arrowstyle": "-", "color": COLOURS["blue"]},
)
for place, drop in (("Gansu", 5), ("Tianjin", 4)):
    last = real[real["province"] == place].iloc[-1]
    axis.annotate(
        place,
        (last["year"], last["theil"]),
        (drop, 0),
        textcoords="offset points",
        va="center",
    )
axis.set(xlabel="", ylabel="Theil index", ylim=(0, None))
page.figure(
    fig,
    name="fig-provinces",
    caption="Urban–rural Theil index of the 31 provinces, one thin line each. No split of incomes in 2020 in the file at hand, so the lines have a gap there; "
    "after it the urban shares are interpolated.",
    alt=f"The lines of most provinces fall from {by_year.index[0]} to {by_year.index[-1]}, with a gap in 2020; "
    f"their mean falls from {by_year.iloc[0]:.3f} to {by_year.iloc[-1]:.3f}, and the highest is Gansu's. "
    f"Far above all of them a line marks the mean of the county panel, {mean_gap:.3f}.",
    source=f"{YEARBOOK}; {study.source}",
)

# %% [markdown]
# On {glue:text}`real_n` real province-years the index averages {glue:text}`real_mean:.3f`. It
# fell from {glue:text}`real_first:.3f` in {glue:text}`real_first_year` to {glue:text}`real_eve:.3f` in {glue:text}`real_eve_year`
# ({numref}`fig-provinces`). The largest value anywhere is {glue:text}`real_max:.3f`, in
# {glue:text}`real_max_province` in {glue:text}`real_max_year`, where a resident of a town had
# {glue:text}`real_max_ratio:.1f` times the income of a resident of the country.
#
# How solid are these numbers? {glue:text}`real_missing` of
# {glue:text}`real_all` province-years lack an income or an urban share and are left out. In {glue:text}`real_guessed` more, all of 2021 and 2022, the
# urban share is *interpolated* between the census of 2020 and 2024, and those before 2020 are of the vintage before that census. So do not read the third decimal.
# The comparison that follows is one of multiples, and no vintage of the shares changes it.
#
# The county panel of this book has a mean of {glue:text}`panel_gap:.3f`,
# {glue:text}`panel_over_real:.1f` times as much.

# %% tags=["remove-input"]
page.words(
    synthetic="That is not a discovery about counties: the synthetic panel was given that mean because the "
    "paper prints one of that size. What it would take for real counties to have it is a question "
    "for the {doc}`audit <90_audit>`.",
    own="What it takes for counties to have the mean that the paper prints is a question for the "
    "{doc}`audit <90_audit>`.",
)

# %% [markdown]
# Try it: move the two sliders of {numref}`fig-indices` and watch what the formulas make of a county. The bars below the plane
# show the town's part of people and of income: the Gini coefficient is the difference between the two filled lengths. Look for two
# things. With incomes of 3 to 1, is there any urban share at which a county reaches the mean of the panel, the thick line?
# And keep the ratio, and walk from a village to a city: both indices rise and fall again, the Theil index first.

# %% tags=["hide-input"]
RATIOS, SHARES = (1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 8, 10), range(10, 91, 10)
p, fine = np.linspace(0.05, 0.95, 91), np.linspace(1, 11, 201)
surface = cg.theil(fine[:, None], 1, p, 1 - p)
fig, (plane, bars) = plt.subplots(
    2, 1, figsize=(5.8, 5), height_ratios=(4, 1)
)
levels = (0.02, 0.05, 0.1, 0.2)
curves = plane.contour(
    100 * p, fine, surface, levels, colors=COLOURS["grey"], linewidths=1
)
at_32 = np.interp(levels, cg.theil(fine, 1, 0.32, 0.68), fine)
plane.clabel(curves, fmt="%g", fontsize=9, manual=[(32, y) for y in at_32])
plane.contour(
    100 * p,
    fine,
    surface,
    [mean_gap],
    colors=COLOURS["vermillion"],
    linewidths=2.5,
)
plane.text(
    30,
    0.84 * np.interp(mean_gap, cg.theil(fine, 1, 0.3, 0.7), fine),
    f"mean of the panel, {mean_gap:.3f}",
    color=COLOURS["vermillion"],
    ha="center",
)
latest = real[real["year"] == real["year"].max()]
sns.scatterplot(
    x=100 * latest["urban_share"],
    y=latest["ratio"],
    color=COLOURS["green"],
    s=18,
    ax=plane,
)
plane.set(
    yscale="log",
    ylim=(1 / 1.06, 11),
    xlabel="urban share of people, %",
    ylabel="income ratio, town to country",
)
plane.set_yticks((1, 2, 3, 4, 6, 10), ("1", "2", "3", "4", "6", "10"))
plane.minorticks_off()
bars.barh(("people", "income"), 100, color=COLOURS["blue"], alpha=0.18)
bars.set(xlim=(0, 100), xlabel="part of the town, %")
bars.invert_yaxis()
words = ""
for j, share in enumerate(SHARES):
    with at(bars, b=j):
        bars.barh("people", share, color=COLOURS["blue"])
for i, ratio in enumerate(RATIOS):
    lines = ""
    for j, share in enumerate(np.array(SHARES) / 100):
        s = ratio * share / (ratio * share + 1 - share)
        theil = cg.theil(ratio, 1, share, 1 - share)
        with at(plane, a=i, b=j):
            plane.plot(
                100 * share, ratio, "o", markersize=9, color=COLOURS["blue"]
            )
        with at(bars, a=i, b=j):
            bars.barh("income", 100 * s, color=COLOURS["blue"])
        lines += when(
            f"income share {s:.3f}, T = <b>{theil:.3f}</b>, {theil / mean_gap:.0%} of the "
            f"panel’s mean, G = {s:.3f} − {share:.1f} = <b>{s - share:.3f}</b>",
            b=j,
        )
    words += when(
        f"Town earns {ratio:g} times as much as country: {lines}", a=i
    )
page.interactive(
    fig,
    [
        Selector("a", "Income ratio", [f"{r:.1f}" for r in RATIOS], 4),
        Selector("b", "Urban share", [f"{share} %" for share in SHARES], 3),
    ],
    words=words,
    name="fig-indices",
    caption="Theil index and Gini coefficient of a county. Lines join counties with the same Theil index; "
    "small dots are the real provinces in the last year at hand.",
    alt="Plane of urban share and income ratio with lines of equal Theil index, a dot for the chosen county, "
    "and two bars with the town's share of people and of income. The words below give the values.",
    source=f"{study.source}; provinces: {YEARBOOK}",
)

# %% [markdown]
# ### Treatment
#
# `treat` marks counties that a cluster covers by the panel's last year, `post` the years from the county's first
# cluster year on, and `did` is their product. The first year of a county is its
# {term}`cohort`; the paper speaks of batches.

# %% tags=["hide-input"]
cohorts = pd.crosstab(
    units["cohort"].map("{:.0f}".format).replace("nan", "never"),
    units["region"],
    margins=True,
    margins_name="counties",
).drop(index="counties")
cohorts = cohorts.reindex(
    columns=["counties", "eastern", "central_western"], fill_value=0
).rename(columns={"central_western": "central-western"})
page.table(
    format_counts(cohorts, study.private).rename_axis("first cluster year"),
    name="tbl-cohorts",
    caption="Counties by first cluster year",
)

# %% [markdown]
# ### Controls and mechanisms
#
# Eight controls describe a county's economy; the paper takes them from {cite:t}`yu2021` and {cite:t}`zhang2023`. Four outcomes stand for the three mechanisms
# of H2. {numref}`tbl-1` defines them, and sets the moments that the paper prints beside those of the panel at hand.

# %%
rows = [v for v in ["gap", *study.controls, *cg.MECHANISMS] if v in panel]
moments = panel[rows].agg(["count", "mean", "std"]).T

# %% tags=["hide-input"]
for row in rows:
    for printed, ours in {"n": "count", "mean": "mean", "sd": "std"}.items():
        page.ledger.record(
            "table_1", "main", row, printed, moments.loc[row, ours]
        )
beside = lay_beside(page.ledger.records.values(), "table_1")
meaning = {row: "{} ({})".format(*cg.VARIABLES[row]) for row in beside.index}
beside.insert(0, "definition", beside.index.map(meaning))
same = beside["n printed"].eq(beside["n here"]).all()
page.table(
    (
        beside.drop(columns="n here").rename(columns={"n printed": "N"})
        if same
        else beside
    )
    .rename(columns=lambda head: head.replace("sd ", "SD "))
    .rename_axis("variable"),
    name="tbl-1",
    caption="Definitions and summary statistics, printed and computed here",
    source=f"the paper; {study.source}",
    notes="† does not round to the printed number."
    if (beside.map(lambda c: "†" in c)).any().any()
    else "",
)

# %% tags=["remove-cell"]
page.record(
    **{
        f"counties_{k}": len(units)
        for k in ("abstract", "introduction", "data", "conclusion")
    },
    **{
        f"first_year_{k}": first_year
        for k in ("abstract", "introduction", "data", "conclusion")
    },
    **{
        f"last_year_{k}": last_year
        for k in ("abstract", "introduction", "data", "conclusion")
    },
    yearbook_first_year=first_year,
    yearbook_last_year=last_year,
)

# %% [markdown]
# Two definitions needed a decision, because the paper's words leave room. The numbers of new
# firms enter as $\ln(1 + n)$: the plain logarithm would lose every county-year without a new
# firm, and the paper's $N$ says that none is lost. (Coefficients of such an outcome depend on its unit, and are no percentages {cite:p}`chen2024`.) And `loans` over GDP is the control
# `financial`, whereas {doc}`chapter 4.6 <04_6_heterogeneity>` splits the sample by the *level* of loans, as the paper's
# note 6 does.

# %% [markdown]
# ## 3.3 Methodology
#
# As in {cite:t}`li2016`, the policy comes in batches, and a regression with many starting years takes them together. The baseline compares the change in counties that joined with the change in those that did
# not (yet), and, since starts are staggered, also with that in counties that joined before
# ({doc}`chapter 7.1 <07_1_staggered>`):
#
# ```{math}
# :label: eq-baseline
# Y_{it} = \alpha_0 + \beta_0\, DID_{it} + \theta_0' X_{it} + \mu_i + \lambda_t + \varepsilon_{it}.
# ```
#
# $\mu_i$ absorbs whatever is constant in a county (climate, distance to the coast), $\lambda_t$
# whatever hits all counties in a year (prices, a pandemic), and $X_{it}$ are the {glue:text}`controls`.
# For the mechanisms the same right-hand side explains another outcome:
#
# ```{math}
# :label: eq-mechanism
# M_{it} = \alpha_1 + \beta_1\, DID_{it} + \theta_1' X_{it} + \mu_i + \lambda_t + \varepsilon_{it}.
# ```
#
# In pyfixest, {eq}`eq-baseline` reads `gap~did+pgdp+…+com|county+year`: the outcome, a
# tilde, the regressors, and behind the bar the fixed effects. Standard errors are {term}`clustered <clustered standard error>` by county,
# because a county's shocks last for more than one year {cite:p}`liang1986,cameron2015`.
#
# What must hold for $\beta_0$ to be an effect? *{term}`Parallel trends <parallel trends>`*: without clusters, the gap in
# treated counties would have changed as it did in the others. {doc}`Chapter 4.2 <04_2_parallel_trends>` looks for signs
# against it. And since counties start in different years, $\beta_0$ also averages over cohorts and
# years with weights that {term}`two-way fixed effects` choose, not we
# {cite:p}`goodmanbacon2021,dechaisemartin2020`.

# %% [markdown]
# ## Exercises
#
# The first two and the last need paper and a few lines of code only; the third uses the real
# provinces.

# %% [markdown]
# ### Exercise 1: predict
#
# A county has 40 % of its people in town; people in town earn 3 each, the others 1. Now a tenth of the
# others move to town, and both incomes stay as they are. Do $T$ and $G$ rise or fall? Say so
# first. Then store the two changes, (of $T$, of $G$), in `answer_1`.
#
# <details class="hint"><summary>Hint</summary>
#
# A tenth of the *rural* people is not a tenth of the people. The functions of this chapter take
# numbers of persons, in any unit.
#
# </details>

# %% tags=["solution", "hide-cell"]
county = {"urban_income": 3.0, "rural_income": 1.0}
stay = county | {"urban_population": 4, "rural_population": 6}
move = county | {"urban_population": 4.6, "rural_population": 5.4}
answer_1 = tuple(
    float(index(**move) - index(**stay)) for index in (cg.theil, cg.gini)
)


# %% tags=["check"]
check_1(answer_1)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Both fall, although nobody's income in town or country changed: the indices weigh incomes by
# people, and there are now fewer people in the group that is far below the mean. A cluster that
# only draws people into the county town would “narrow the gap” in this way. Whether it always goes
# down is the next question.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Start from a county in which nearly everyone is rural, and let people move until nearly all
# live in town; incomes stay at 3 and 1. At which urban share is $G$ largest? Store it in
# `answer_2`, to two decimals or better. Why does the curve rise first and fall later?
#
# <details class="hint"><summary>Hint</summary>
#
# `np.linspace` makes a grid of urban shares, and the functions of this chapter take arrays. With a
# pencil: set the derivative of $s - p$ to zero, where $s = 3p / (1 + 2p)$.
#
# </details>

# %% tags=["solution", "hide-cell"]
share = np.linspace(0.001, 0.999, 999)
along = cg.gini(3.0, 1.0, share, 1 - share)
answer_2 = float(share[along.argmax()])

# %% tags=["check"]
check_2(answer_2)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# $G = s - p$ is largest where $s$ rises as fast as $p$: $k/(1+(k-1)p)^2 = 1$ with the income ratio
# $k$, so $p^* = 1/(1+\sqrt{k})$. With nobody in town, or everybody, there is no gap between groups;
# in between there must be a top. This is Kuznets's inverted U, out of nothing but people moving. An
# index of inequality can therefore rise or fall with migration, depending on where one starts.
#
# </details>

# %% [markdown]
# ### Exercise 3: change
#
# How tight is $T \ge 2G^2$ in reality? Compute $T / (2G^2)$ for each real province-year of `real`,
# as a Series `answer_3`. Where is it far from one, and why there?
#
# <details class="hint"><summary>Hint</summary>
#
# `real` has the Theil index already. Sort the result, and look at urban share and ratio of the top
# and the bottom.
#
# </details>

# %% tags=["solution", "hide-cell"]
town = real["urban_share"]
real_gini = cg.gini(real["u"], real["r"], town, 1 - town)
answer_3 = real["theil"] / (2 * real_gini**2)

# %% tags=["check"]
check_3(answer_3, real)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# In most province-years it is a little above one; the two indices then carry nearly the same
# information. It is far from one in Shanghai, Beijing and Tianjin, where hardly anyone lives in the
# country. For a small gap $T \approx G^2 / (2p(1-p))$, so the quotient is about $1/(4p(1-p))$: one
# at $p = 1/2$, and without limit towards $p = 1$. (The bound itself is Pinsker's inequality for two
# groups.)
#
# </details>

# %% [markdown]
# ### Exercise 4: explain
#
# Why does $\mathrm{d}T/\mathrm{d}G = \ln(u_1/u_2)$ hold only if people stay where they are? In the
# county of exercise 1, compute $\Delta T / \Delta G$ twice: for a tiny rise of the urban income,
# and for a tiny move of people to town. Store (incomes move, people move) in `answer_4`.
#
# <details class="hint"><summary>Hint</summary>
#
# $T$ depends on $s$ and $p$. Along which of the two do incomes move it, and along which do people?
#
# </details>

# %% tags=["solution", "hide-cell"]
tiny = 1e-5
start = np.array([3.0, 1.0, 0.4, 0.6])
richer = start + np.array([tiny, 0, 0, 0])
townward = start + np.array([0, 0, tiny, -tiny])
answer_4 = tuple(
    float(
        (cg.theil(*end) - cg.theil(*start))
        / (cg.gini(*end) - cg.gini(*start))
    )
    for end in (richer, townward)
)

# %% tags=["check"]
check_4(answer_4)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# $\partial T/\partial s = \ln\frac{s}{p} - \ln\frac{1-s}{1-p}$, and since $\frac{s/(1-s)}{p/(1-p)}
# = u_1/u_2$, that is the log of the income ratio. Changes of income move $s$ alone. If people move,
# $p$ changes as well and brings a term of its own, $\partial T/\partial p$; the slope is then
# larger here. Whoever reads an income ratio off two effects assumes that the policy moved no one.
#
# </details>
