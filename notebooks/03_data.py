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
# what? Section 3.1 and everything from *Treatment* on use the county panel; in between, the
# indices are computed on real provinces, where you can judge their size.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables

# %% tags=["hide-input"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from myst_nb import glue

import clustergap as cg
from bookkit import display as style
from bookkit.explore import (
    Axes,
    Selector,
    figure_with_controls,
    paint,
    rect,
    text,
    when,
)
from bookkit.ledger import Ledger
from bookkit.page import beside, export

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
# year; the counties that each cluster covers; designated advantage areas ({term}`CAPAA`); new firms;
# {term}`geographical indications <geographical indication>`; and the ruggedness of the terrain. The {doc}`codebook
# <_generated/codebook>` lists every column. `cg.load` checks each table against it, merges them
# onto the county-years of the yearbook, and says what became of every row:

# %% tags=["hide-input"]
style.table(
    study.report.assign(
        rows=study.report["rows"].map(study.count),
        lost=study.report["lost"].map("{:,d}".format),
    ),
    name="tbl-assembly",
    caption="What assembly kept and lost",
    source=study.source,
    notes="The last column says for which reason a step may lose rows, also where it lost none, or what became of those it counts.",
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
    f"{treated_years:,d}" if study.may_show_cohorts() else "withheld",
    display=False,
)

# %% [markdown]
# So the panel has {glue:text}`n:,d` county-years: {glue:text}`counties:,d` counties
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
# where $u_1$, $u_2$ and $u$ are incomes per person in town, in the country and overall. The
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
    alt=f"The lines of most provinces fall from {wide.index[0]} to {wide.index[-1]}, with a gap in 2020; "
    f"their mean falls from {wide.iloc[0].mean():.3f} to {wide.iloc[-1].mean():.3f}, and the highest "
    f"line from {wide.iloc[0].max():.3f} to {wide.iloc[-1].max():.3f}.",
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
# Try it: move the two sliders of {numref}`fig-indices` and watch what the formulas make of a county. The bars below the plane
# show town (filled) and country: the Gini coefficient is the distance by which the fillings of the two bars differ in length. Look for two
# things. With incomes of 3 to 1, is there any urban share at which a county reaches the mean of the panel, the thick line?
# And keep the ratio, and walk from a village to a city: both indices rise and fall again, the Theil index first.

# %% tags=["hide-input"]
RATIOS, SHARES = np.arange(1, 10.1, 0.5), np.arange(10, 91, 5)  # SHARES: %
plane = Axes((5, 95), (0, np.log(10)), 46, 450, 30, 232)
p, fine = np.linspace(0.05, 0.95, 61), np.linspace(1, 10, 181)
surface = cg.theil(fine, 1, p[:, None], 1 - p[:, None])  # rises with fine
mean_gap = panel["gap"].mean()
drawing = plane.frame(
    {share: f"{share} %" for share in SHARES[::4]},
    {np.log(ratio): f"{ratio}" for ratio in (1, 2, 3, 4, 6, 10)},
    "urban share of people",
    "income ratio, town to country (log scale)",
)
for place, level in zip(
    (32, 32, 32, 32, 24), (0.02, 0.05, 0.1, 0.2, mean_gap), strict=True
):
    thick = level == mean_gap
    ratio = [np.interp(level, row, fine, right=np.nan) for row in surface]
    x, y = 100 * p[np.isfinite(ratio)], np.array(ratio)[np.isfinite(ratio)]
    css = f"stroke:{paint('vermillion' if thick else 'grey')};stroke-width:"
    drawing += plane.line(x, np.log(y), css + ("2.5" if thick else "1"))
    if len(x):  # a mean that no ratio up to 10 reaches has no line
        label = f"mean of the panel, {level:.3f}" if thick else f"{level:g}"
        above = np.log(np.interp(place, x, y)) + (0.25 if thick else 0.05)
        spot = plane.to(place, above)
        drawing += text(*spot, label, "font-size:12px")
latest = real[real["year"] == real["year"].max()]
drawing += plane.dots(
    100 * latest["urban_share"],
    np.log(latest["ratio"]),
    f"fill:{paint('green')};fill-opacity:.6",
    2.5,
)
start, width, words = 100, 350, ""
solid, empty = (
    f"fill:{paint('blue')};fill-opacity:{o}" for o in (0.85, 0.18)
)
for row, label in enumerate(("people", "income")):
    drawing += text(start - 8, 302 + 26 * row, label, anchor="end")
    drawing += rect(start, 288 + 26 * row, width, 20, empty)
for j, share in enumerate(SHARES / 100):
    bar = rect(start, 288, width * share, 20, solid)
    drawing += when("b", j, bar)
for i, ratio in enumerate(RATIOS):
    pictures, lines = "", ""
    for j, share in enumerate(SHARES / 100):
        s = ratio * share / (ratio * share + 1 - share)
        theil = float(cg.theil(ratio, 1, share, 1 - share))
        marks = plane.dots([100 * share], [np.log(ratio)], "", 6)
        marks += rect(start, 314, width * s, 20, solid)
        pictures += when("b", j, marks)
        line = (
            f"share of people p = {share:.2f}, of income s = {s:.3f}.<br>"
            f"T = {s:.3f} ln({s:.3f}/{share:.2f}) + {1 - s:.3f} "
            f"ln({1 - s:.3f}/{1 - share:.2f}) = <b>{theil:.3f}</b>, which is "
            f"{100 * theil / mean_gap:.0f} % of the panel’s mean.<br>"
            f"G = |{s:.3f} − {share:.2f}| = <b>{s - share:.3f}</b>"
        )
        lines += when("b", j, line, tag="span")
    drawing += when("a", i, pictures)
    town = f"Town earns {ratio:g} times as much as country; its "
    words += when("a", i, town + lines, tag="span")
figure_with_controls(
    drawing,
    controls=[
        Selector("a", "Income ratio", [f"{r:.1f}" for r in RATIOS], 4),
        Selector("b", "Urban share", [f"{share} %" for share in SHARES], 6),
    ],
    size=(460, 340),
    words=words,
    name="fig-indices",
    caption="Theil index and Gini coefficient of a county. Lines join counties with the same Theil index; "
    "small dots are the real provinces in the last year at hand.",
    alt="Plane of urban share and income ratio with lines of equal Theil index, a dot for the chosen county, "
    "and two bars with the town's share of people and of income. The words below give the values.",
    source=f"{study.source}; provinces: National Bureau of Statistics of China",
)

# %% [markdown]
# ### Treatment
#
# `treat` marks counties that a cluster covers by the panel's last year, `post` the years from the county's first
# cluster year on, and `did` is their product. The paper speaks of batches; the first year of a county
# is here its {term}`cohort`, `cohort` in the code.

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
    book.record_number(f"counties_{key}", panel["county"].nunique())
    book.record_number(f"first_year_{key}", first_year)
    book.record_number(f"last_year_{key}", last_year)
book.record_number("yearbook_first_year", first_year)
book.record_number("yearbook_last_year", last_year)
export(book.file)
beside(book, "table_1")

# %% [markdown]
# Two definitions needed a decision, because the paper's words leave room. The numbers of new
# firms enter as $\ln(1 + n)$: the plain logarithm would lose every county-year without a new
# firm, and the paper's $N$ says that none is lost. And `loans` over GDP is the control
# `financial`, whereas {doc}`chapter 4.6 <04_6_heterogeneity>` splits the sample by the *level* of loans, as the paper's
# note 6 does.

# %% [markdown]
# ## 3.3 Methodology
#
# The baseline compares the change in counties that joined with the change in those that did
# not (yet), and, since starts are staggered, also with that in counties that joined before
# ({doc}`chapter 7.1 <07_1_staggered>`):
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
# A county has 40 % of its people in town; a townsperson earns 3, a villager 1. Now a tenth of the
# villagers move to town, and both incomes stay as they are. Do $T$ and $G$ rise or fall? Say so
# first. Then store the two changes, (of $T$, of $G$), in `answer_1`.
#
# <details class="hint"><summary>Hint</summary>
#
# A tenth of the *villagers* is not a tenth of the people. The functions of this chapter take
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


# %% tags=["check", "hide-cell"]
def by_hand(p):
    s = 3 * p / (3 * p + 1 - p)
    theil = s * np.log(s / p) + (1 - s) * np.log((1 - s) / (1 - p))
    return np.array([theil, s - p])


assert len(answer_1) == 2, "two changes: of T, then of G"
villagers = 1 - 0.4
moved = by_hand(0.4 + 0.1 * villagers) - by_hand(0.4)
assert np.array_equal(np.sign(answer_1), np.sign(moved)), (
    "a sign is wrong: after less before, with a larger share in town"
)
assert np.allclose(answer_1, moved, rtol=0.01), (
    "the signs are right, the sizes not: how many people moved?"
)

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
# Start from a county in which nearly everyone is a villager, and let people move until nearly all
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

# %% tags=["check", "hide-cell"]
assert 0 < answer_2 < 1, "an urban share lies between 0 and 1"
at = answer_2 + np.array([-0.01, 0, 0.01])
less, here, more = at * (1 - at) * 2 / (1 + 2 * at)
assert less < here, "G is larger a little below that share"
assert more < here, "G is larger a little above that share"

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
real_gini = cg.gini(
    real["urban_income_yuan"],
    real["rural_income_yuan"],
    real["urban_share"],
    1 - real["urban_share"],
)
answer_3 = real["theil"] / (2 * real_gini**2)

# %% tags=["check", "hide-cell"]
assert len(answer_3) == len(real), "one value for each row of `real`"
assert (answer_3 >= 1).all(), "the bound must hold in every province-year"
p, u = real["urban_share"], real["urban_income_yuan"]
mean_income = p * u + (1 - p) * real["rural_income_yuan"]
squared = (p * (u - mean_income) / mean_income) ** 2
assert np.allclose(answer_3 * squared * 2, real["theil"]), (
    "times 2G², your values should give back T"
)

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

# %% tags=["check", "hide-cell"]
s, p = 2 / 3, 0.4  # urban shares of income and of people
rise_of_s = 3 / (1 + 2 * p) ** 2  # as p grows by one
rise_of_t = rise_of_s * np.log(3) + (1 - s) / (1 - p) - s / p
assert len(answer_4) == 2, "two slopes: incomes move, then people move"
assert abs(answer_4[0] - np.log(3)) < 0.01, (
    "with people in place the slope should be the log of the income ratio"
)
assert abs(answer_4[1] - rise_of_t / (rise_of_s - 1)) < 0.01, (
    "the second slope is off: move people, keep incomes, and keep the step tiny"
)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# $\partial T/\partial s = \ln\frac{s}{p} - \ln\frac{1-s}{1-p}$, and since $\frac{s/(1-s)}{p/(1-p)}
# = u_1/u_2$, that is the log of the income ratio. Changes of income move $s$ alone. If people move,
# $p$ changes as well and brings a term of its own, $\partial T/\partial p$; the slope is then
# larger here. Whoever reads an income ratio off two effects assumes that the policy moved no one.
#
# </details>
