# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 5.1 Real counties: how wide is the gap?
#
# The paper's counties have a mean Theil index of {glue:text}`paper_mean:.3f`. What do real Chinese counties have? The answer takes two public
# figures a county: what townspeople earn for each yuan of a villager, and which share of the people lives in town.
#
# :::{admonition} Real public data
# :class: real-data language-en
#
# Every number of this part is computed from public statistics, or printed in the paper and marked so. None comes from the synthetic panel, and none
# changes with `DATA`: a book on your own tables has the same five chapters.
# :::

# %% tags=["hide-input"]
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf
import seaborn as sns
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

import clustergap as cg
from bookkit.display import COLOURS, PAPER
from bookkit.interactive import Selector, at, when
from bookkit.ledger import printed_value
from bookkit.page import Page
from clustergap.counties import SOURCE, sensitivity_samples

warnings.filterwarnings("ignore", message=".*singleton fixed effect")
page = Page("05_1_real_levels", source=SOURCE)

# %%
counties = cg.load_counties()
panel = counties.dropna(subset=["theil"])  # two lack the census of 2010
gap = panel["theil"]
paper_mean, paper_sd = (
    printed_value("table_1", "main", "gap", "mean"),
    printed_value("table_1", "main", "gap", "sd"),
)
paper_effect = printed_value("table_2", "3", "did", "estimate")

# %% tags=["remove-cell"]
above = gap > paper_mean
numbers = dict(
    rows=len(panel),
    counties=int(panel["county"].nunique()),
    provinces=int(panel["province"].nunique()),
    mean=gap.mean(),
    p99=gap.quantile(0.99),
    largest=gap.max(),
    n_above=int(above.sum()),
    percent_above=100 * above.mean(),
    paper_mean=paper_mean,
    times=paper_mean / gap.mean(),
)
page.tell(**numbers)

# %% [markdown]
# **The answer.** On {glue:text}`rows:,` real county-years ({glue:text}`counties` counties of {glue:text}`provinces` provinces, 2014 to 2022) the index
# averages **{glue:text}`mean:.4f`**. Its 99th percentile is {glue:text}`p99:.4f`, its maximum {glue:text}`largest:.4f`; {glue:text}`n_above` county-years
# ({glue:text}`percent_above:.2f` %) lie above the {glue:text}`paper_mean:.3f` that the paper prints as its *mean*. And these are counties that were once listed
# as poor, where the gap is wide. A mean {glue:text}`times:.1f` times as large, over counties of every kind, has no counterpart among them.

# %% tags=["hide-input"]
fig, axis = plt.subplots(figsize=(6.4, 3.4))
sns.histplot(
    gap,
    binwidth=0.01,
    binrange=(0, 0.38),
    color=COLOURS["green"],
    alpha=0.7,
    ax=axis,
)
marks = [
    (gap.mean(), f"real counties' mean, {gap.mean():.3f}", "green"),
    (
        paper_mean,
        f"the paper's mean, {paper_mean:.3f}",
        "vermillion",
    ),
]
for value, words, colour in marks:
    axis.axvline(value, color=COLOURS[colour], linewidth=2)
    axis.annotate(
        words,
        (value, 1.02),
        xycoords=("data", "axes fraction"),
        ha="center" if value < 0.3 else "right",
        color=COLOURS[colour],
    )
axis.set(xlabel="Theil index between town and country", ylabel="county-years")
axis.set_xlim(0, 0.38)
page.figure(
    fig,
    name="fig-real-distribution",
    caption="The Theil index of real county-years. Only the line on the right is the paper's.",
    alt=f"A histogram of {len(panel):,} county-years, nearly all between 0.03 and 0.25, with a line at their mean of "
    f"{gap.mean():.3f}. A second line, at {paper_mean:.3f}, lies beyond the last visible bar.",
)

# %% [markdown]
# ## How large is the paper's effect here?
#
# The paper's baseline effect is {glue:text}`effect:.3f`. Against *its* mean and standard deviation that is moderate; against those of real counties it is not.

# %% tags=["hide-input"]
within = pf.feols("theil~1|county+year", panel, vcov="iid").resid()
size = abs(paper_effect)
scale = pd.DataFrame(
    {
        "the paper's panel": [
            f"{100 * size / paper_mean:.1f} %",
            f"{size / paper_sd:.2f}",
            "not printed",
        ],
        "real counties": [
            f"{100 * size / gap.mean():.1f} %",
            f"{size / gap.std():.2f}",
            f"{size / within.std():.1f}",
        ],
    },
    index=pd.Index(
        [
            "of the mean",
            "standard deviations",
            "standard deviations left by county and year effects",
        ],
        name=f"an effect of {size:.3f} is",
    ),
)
page.table(
    scale,
    name="tbl-real-scale",
    caption="The size of the paper's effect, on its own scale and on that of real counties",
    source=f"the paper's Tables 1 and 2; {SOURCE}",
)

# %% tags=["remove-cell"]
more = dict(
    effect=paper_effect,
    percent_paper=100 * size / paper_mean,
    percent_real=100 * size / gap.mean(),
    sds_paper=size / paper_sd,
    matched_mean=paper_effect * gap.mean() / paper_mean,
    matched_sd=paper_effect * gap.std() / paper_sd,
)
page.tell(**more)
page.export_json(
    "real_levels.json",
    "real",
    source=page.source,
    values={k: float(v) for k, v in (numbers | more).items()},
)

# %% [markdown]
# So there are two ways to carry the effect over, and the following chapters show both. Taken **as printed**, {glue:text}`effect:.3f` is
# {glue:text}`percent_real:.0f` % of the real mean. Taken **in proportion** ({glue:text}`percent_paper:.1f` % of the mean), it is
# {glue:text}`matched_mean:.4f`; in standard deviations ({glue:text}`sds_paper:.2f`), it is {glue:text}`matched_sd:.4f`. If the paper's index is on
# another scale than equation (1), only the second reading is fair to it; if it is on this scale, only the first.
#
# ## Where and when
#
# Move the year. Colours keep their meaning from year to year.

# %% tags=["hide-input"]
EDGES = [0.06, 0.10, 0.14, 0.18]  # of the classes of the index
CLASSES = ["to 0.06", "to 0.10", "to 0.14", "to 0.18", "above"]
located = panel.dropna(subset=["longitude"]).copy()
located["class"] = np.searchsorted(EDGES, located["theil"])
provinces = cg.load_official("province_income").drop_duplicates("code")
names = provinces.set_index(provinces["code"].astype(int))["province"]


def dots(axis, rows, **look):
    """Places as one path of round ends, which is light enough for thousands."""
    points = rows[["longitude", "latitude"]].to_numpy().repeat(2, axis=0)
    path = Path(points, np.tile([Path.MOVETO, Path.LINETO], len(rows)))
    path.should_simplify = False  # or lines without length are left out
    axis.add_patch(PathPatch(path, fill=False, capstyle="round", **look))


fig, axis = plt.subplots(figsize=(5.2, 4.8))
everywhere = located.drop_duplicates("county")
dots(axis, everywhere, color=COLOURS["grey"], alpha=0.25, linewidth=2.8)
years, words = sorted(located["year"].unique()), ""
shades = [0.2, 0.4, 0.6, 0.8, 1]
for i, year in enumerate(years):
    then = located[located["year"] == year]
    with at(axis, a=i):
        for c, alpha in enumerate(shades):
            rows = then[then["class"] == c]
            dots(
                axis,
                rows,
                color=COLOURS["vermillion"],
                alpha=alpha,
                linewidth=5,
            )
    words += when(
        f"<b>{year}</b>: {len(then)} counties, mean {then['theil'].mean():.3f}, from {then['theil'].min():.3f} to "
        f"{then['theil'].max():.3f}; above {paper_mean}: {(then['theil'] > paper_mean).sum()}.",
        a=i,
    )
middle = everywhere.groupby("province")[["longitude", "latitude"]].median()
NUDGE = {"Ningxia": (0, 1), "Gansu": (-1.5, -0.8), "Shanxi": (-1.2, 0.3)}
NUDGE |= {"Hebei": (1.4, 0.5), "Hubei": (1.3, 0.3), "Chongqing": (-1.5, 0)}
NUDGE |= {"Hunan": (1, 0.3)}
for province, (x, y) in middle.iterrows():
    dx, dy = NUDGE.get(names[province], (0, 0))  # or names would overlap
    name = axis.text(
        x + dx, y + dy, names[province], ha="center", va="center"
    )
    name.set_path_effects([withStroke(linewidth=2.5, foreground=PAPER)])
for label, alpha in zip(CLASSES, shades, strict=True):
    axis.plot(
        [], [], "o", color=COLOURS["vermillion"], alpha=alpha, label=label
    )
axis.legend(loc="lower right", title="Theil index", frameon=False)
axis.set(xlim=(97, 135), ylim=(17.5, 52), aspect=1 / np.cos(np.radians(35)))
axis.set_axis_off()
page.interactive(
    fig,
    [Selector("a", "Year", [str(y) for y in years], len(years) - 1)],
    words=words,
    name="fig-real-map",
    caption="Real counties by the Theil index of the year; grey dots have no figure for it, and a few counties without coordinates are not drawn. All but one were once listed as poor.",
    alt="Dots at the places of several hundred counties, most in a belt from the north-east to the south-west of China, "
    "stronger in colour the higher the index. The strongest lie in Shanxi, Gansu and Guizhou, and all fade from year to year.",
)

# %% tags=["remove-cell"]
steps = panel.sort_values("year").groupby("county")
steps = panel.assign(
    change=steps["theil"].diff() / steps["year"].diff(),
    before=steps["year"].shift(),
)
early = (
    steps[steps["year"] < 2020].groupby("province")["change"].mean().dropna()
)
assert (early < 0).all()
page.tell(
    fall_before=-steps.loc[steps["year"] < 2020, "change"].mean(),
    fall_after=-steps.loc[steps["before"] >= 2019, "change"].mean(),
    provinces_before=len(early),
    joined=int(np.diff(panel.groupby("year").size())[0]),
)

# %% [markdown]
# The gap narrowed everywhere, and it did so before the first cluster: from 2014 to 2019 the index of a county fell by {glue:text}`fall_before:.4f` a year, and
# it fell in each of the {glue:text}`provinces_before` provinces that have figures for these years; from 2019 on by {glue:text}`fall_after:.4f` a year.
# {numref}`tbl-real-years` gives the means three ways, because the index is only as good as its urban shares.

# %% tags=["hide-input"]
whole = panel[panel["every_year"] & (panel["year"] > 2014)]
MEASURES = {
    "theil": "Theil",
    "theil_2020": "Theil, shares of 2020",
    "log_ratio": "log ratio",
}
by_year = panel.groupby("year")
years_table = pd.DataFrame(
    {
        "counties": by_year.size().map("{:d}".format),
        "income ratio": by_year["income_ratio"].mean().map("{:.2f}".format),
        "urban share": by_year["urban_share"].mean().map("{:.3f}".format),
        **{
            words: by_year[measure].mean().map("{:.4f}".format)
            for measure, words in MEASURES.items()
        },
        "Theil, same counties": whole.groupby("year")["theil"]
        .mean()
        .map("{:.4f}".format)
        .reindex(by_year.size().index, fill_value="–"),
    }
)
years_table.index = [
    f"{year}{' †' if year > 2020 else ''}" for year in years_table.index
]
page.table(
    years_table.rename_axis("year"),
    name="tbl-real-years",
    caption="Real counties by year: means over counties",
    notes=f"† urban shares extrapolated. Same counties: the {whole['county'].nunique()} that have every year from 2015 to 2022.",
)

# %% [markdown]
# ## What is interpolated
#
# Counties publish incomes every year, but their urban population only in a census. **Between 2010 and 2020 the urban share is a straight line; 2021 and 2022
# continue it beyond the last census.** Nothing of this touches the log ratio, and the index at the fixed share of 2020 shows what incomes alone did.

# %% tags=["hide-input"]
course = whole.groupby("year")[list(MEASURES)].mean()
course = 100 * course / course.loc[2015]
fig, axis = plt.subplots(figsize=(6.4, 3.2))
for (measure, words), colour, shift in zip(
    MEASURES.items(), ("green", "blue", "grey"), (-5, 5, 3), strict=True
):
    line = {"color": COLOURS[colour], "linewidth": 2}
    known = course.loc[:2020, measure]
    axis.plot(known.index, known, marker="o", markersize=4, **line)
    axis.plot(
        course.loc[2020:].index,
        course.loc[2020:, measure],
        linestyle="-" if measure == "log_ratio" else (0, (2, 2)),
        marker="o",
        markersize=4,
        **line,
    )
    axis.annotate(
        f"{words}, {course[measure].iloc[-1]:.0f}",
        (2022, course[measure].iloc[-1]),
        xytext=(8, shift),
        textcoords="offset points",
        color=COLOURS[colour],
        va="center",
    )
axis.set(ylabel="2015 = 100", xlim=(2014.8, 2025.9))
axis.set_xticks(range(2015, 2023))
page.figure(
    fig,
    name="fig-real-shares",
    caption="The same counties by three measures; dotted where the measure rests on the last census.",
    alt="Three falling lines from 100 in 2015. In 2022 "
    + ", ".join(
        f"{words} stands at {course[m].iloc[-1]:.0f}"
        for m, words in MEASURES.items()
    )
    + ".",
)

# %% tags=["remove-cell"]
fall = whole.groupby("year")[list(MEASURES)].mean().loc[[2015, 2022]]
drop = fall.loc[2022] - fall.loc[2015]
page.tell(
    same=int(whole["county"].nunique()),
    theil_fall=-100 * drop["theil"] / fall.loc[2015, "theil"],
    fixed_fall=-100 * drop["theil_2020"] / fall.loc[2015, "theil_2020"],
    log_fall=-100 * drop["log_ratio"] / fall.loc[2015, "log_ratio"],
    by_shares=100 * (1 - drop["theil_2020"] / drop["theil"]),
)

# %% [markdown]
# From 2015 to 2022 the index of the {glue:text}`same` counties with every year fell by {glue:text}`theil_fall:.0f` %, at fixed shares by
# {glue:text}`fixed_fall:.0f` %, the log ratio by {glue:text}`log_fall:.0f` %: about {glue:text}`by_shares:.0f` % of the fall of the index, in points, is people moving
# to town, along a line that we drew. A study of the Theil index is in part a study of how its urban shares were made, and the paper does not say how its own were.
#
# ## How selective are these counties?
#
# Very. They are the counties of the poverty list whose incomes a public collection holds, and one that slipped in: the list has the Chengguan district of Lhasa, the collection that of Lanzhou.
# {numref}`tbl-real-provinces` shows how many a province, and sets beside their mean the index of their whole province in the same years.

# %% tags=["hide-input"]
province = cg.load_official("province_income")
province["own"] = cg.theil(
    province["urban_income_yuan"],
    province["rural_income_yuan"],
    province["urban_share"],
    1 - province["urban_share"],
)
province["province"] = province["code"].astype(int)
joined = panel.merge(
    province[["province", "year", "own"]], on=["province", "year"], how="left"
)
by_province = joined.groupby("province")
selected = pd.DataFrame(
    {
        "counties": by_province["county"].nunique().map("{:d}".format),
        "county-years": by_province.size().map("{:d}".format),
        "years": by_province["year"].agg(lambda y: f"{y.min()}–{y.max()}"),
        "Theil": by_province["theil"].mean().map("{:.3f}".format),
        "whole province": by_province["own"].mean().map("{:.3f}".format),
    }
)
selected.index = pd.Index(names[selected.index], name="province")
page.table(
    selected,
    name="tbl-real-provinces",
    caption="Real counties by province, beside the index of the province itself",
    source=f"{SOURCE}; China Statistical Yearbook",
    notes="The province: mean over the county-years that have one; none in 2020, and its urban shares of 2021 and 2022 are interpolated.",
)

# %% tags=["remove-cell"]
LISTED = 832  # counties on the list of 2014
paper_counties = round(
    printed_value("table_1", "main", "gap", "n") / 9
)  # nine years, balanced
compared = joined.dropna(subset=["own"])
higher = by_province["theil"].mean() > by_province["own"].mean()
page.tell(
    higher=int(higher.sum()),
    of_provinces=len(higher),
    own_mean=compared["own"].mean(),
    theirs=compared["theil"].mean(),
    listed=LISTED,
    paper_counties=paper_counties,
    unlisted=paper_counties - LISTED,
)

# %% [markdown]
# In {glue:text}`higher` of {glue:text}`of_provinces` provinces the listed counties' mean is above the province's own index ({glue:text}`theirs:.3f` against
# {glue:text}`own_mean:.3f` on average, and a province's index also holds the differences *between* its counties). Zhejiang, Fujian, Shandong, Sichuan and Xinjiang are absent.
# So the comparison runs one way. Only {glue:text}`listed` counties were ever listed as poor, so that at least {glue:text}`unlisted` of the paper's
# {glue:text}`paper_counties:,` were not: one would expect their mean **below** {glue:text}`mean:.3f`, not above it. What the selection cannot support is any claim about how gaps
# *changed* in counties that were never poor.
#
# ## Does it hang on a few figures?

# %% tags=["hide-input"]
checks = pd.DataFrame(
    {
        name: {
            "counties": f"{rows['county'].nunique()}",
            "county-years": f"{len(rows):,}",
            "mean": f"{rows['theil'].mean():.4f}",
            "99th percentile": f"{rows['theil'].quantile(0.99):.4f}",
            "above the paper's mean": f"{100 * (rows['theil'] > paper_mean).mean():.2f} %",
        }
        for name, rows in sensitivity_samples(panel).items()
    }
).T
page.table(
    checks.rename_axis("sample"),
    name="tbl-real-level-checks",
    caption="The level of the index on other samples",
    notes="A ratio jumps if it moves by more than a quarter since the county's last year.",
)

# %% [markdown]
# No. What the level does depend on is the definition; {doc}`the audit <90_audit>` asks which other definition would give {glue:text}`paper_mean:.3f`.
#
# ## Exercises

# %% [markdown]
# ### Exercise 1: change
#
# Take the county-years of 2020, the year of the census, where no share is interpolated. Let `answer_1` be their mean Theil index, from the columns
# `income_ratio` and `urban_share` alone, without `cg.theil`.
#
# <details class="hint"><summary>Hint</summary>
#
# Give a villager one yuan. With $p$ the urban share and $r$ the ratio, town earns $pr$ of $pr + 1 - p$. Put that share and $p$ into equation (1).
#
# </details>

# %% tags=["solution", "hide-cell"]
census = panel[panel["year"] == 2020]
p, r = census["urban_share"], census["income_ratio"]
s = p * r / (p * r + 1 - p)
answer_1 = (s * np.log(s / p) + (1 - s) * np.log((1 - s) / (1 - p))).mean()

# %% tags=["check", "hide-cell"]
in_2020 = panel.loc[panel["year"] == 2020, "theil"].mean()
assert abs(answer_1 - in_2020) < 1e-6, (
    "The column `theil` has another mean in 2020. Is s the urban share of "
    "income, and are both terms of equation (1) there?"
)
print(f"Right: {answer_1:.4f}, without any interpolated share.")

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The index needs no yuan: doubling both incomes leaves $s$ as it is. That is why a file of ratios is enough for this chapter.
#
# </details>

# %% [markdown]
# ### Exercise 2: predict
#
# A county with the median urban share of 2020 is to have an index of {glue:text}`paper_mean:.3f`. How many times a villager's income must a townsperson earn? Let
# `answer_2` be that ratio, to two decimals at least.
#
# <details class="hint"><summary>Hint</summary>
#
# The index rises with the ratio, so a fine grid (`np.linspace(1, 20, 100_000)`) and `np.interp` will do.
#
# </details>

# %% tags=["solution", "hide-cell"]
grid = np.linspace(1, 20, 100_000)
median = panel.loc[panel["year"] == 2020, "urban_share"].median()
answer_2 = np.interp(paper_mean, cg.theil(grid, 1, median, 1 - median), grid)

# %% tags=["check", "hide-cell"]
share = panel.loc[panel["year"] == 2020, "urban_share"].median()
assert answer_2 > 1, "In town people are to earn more than in the country."
reached = float(cg.theil(answer_2, 1, share, 1 - share))
assert abs(reached - paper_mean) < 1e-3, (
    f"At that ratio the index is {reached:.3f}. Does the urban share belong "
    "to the median county of 2020?"
)
print(
    f"Right: {answer_2:.2f}; the largest of {len(panel):,} ratios is {panel['income_ratio'].max():.2f}."
)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# More than six to one. Only the handful of county-years to the right of the line in {numref}`fig-real-distribution` come near.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# The mean index of all counties falls from 2014 to 2015 in {numref}`tbl-real-years`, but 2015 has figures of {glue:text}`joined` more counties. How much of the
# change is due to who is counted? Let `answer_3` be the change of the mean from 2014 to 2015 among the counties that have both years.
#
# <details class="hint"><summary>Hint</summary>
#
# `panel.pivot(index="county", columns="year", values="theil")`, and drop counties that miss one of the two.
#
# </details>

# %% tags=["solution", "hide-cell"]
wide = panel.pivot(index="county", columns="year", values="theil")
answer_3 = (wide[2015] - wide[2014]).mean()

# %% tags=["check", "hide-cell"]
pairs = panel[panel["year"].isin([2014, 2015])]
pairs = pairs[pairs.groupby("county")["year"].transform("size") == 2]
fit = pf.feols("theil~i(year,ref=2014)|county", pairs, vcov="iid")
assert abs(answer_3 - fit.coef().iloc[0]) < 1e-8, (
    "A regression with county effects gives another change. Are only "
    "counties with both years in it?"
)
print(f"Right: {answer_3:.4f}.")

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# An unbalanced panel has two kinds of change in its means: within counties, and in who is there. County effects take the second away; a table of
# yearly means does not. The last column of {numref}`tbl-real-years` keeps the counties the same instead.
#
# </details>
