# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 5.5 Real neighbours, and why provinces cannot answer
#
# Two questions are left. Counties lie next to each other: how far do they share shocks, and what does that do to standard errors? And if county lists are not public, why not compare
# provinces, whose clusters are all known?
#
# **The answers.** Within 50 km the residuals of two counties have a correlation of **{glue:text}`near_year:.2f`**, and standard errors that allow for distance are up to {glue:text}`relief_times:.1f` times those clustered by county. And provinces with more
# clusters did narrow their gap faster ({glue:text}`per_cluster:.4f` for each cluster), but they had been doing so *before* the first cluster: {glue:text}`significant` of the {glue:text}`leads` leads have $|t|$ above two.

# %% tags=["hide-input"]
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf

import clustergap as cg
from bookkit.display import COLOURS, INK
from bookkit.page import Page
from clustergap.counties import SOURCE, sensitivity_samples
from paneldid.spatial import conley, correlogram

warnings.filterwarnings("ignore", message=".*singleton fixed effect")
page = Page("05_5_real_neighbours", source=SOURCE)

# %%
counties = cg.load_counties().dropna(subset=["theil", "relief"])
lists = cg.load_official("county_programmes")
town = lists[lists["programme"] == "strong_town"].set_index("county")["year"]
panel = counties.assign(
    town=(counties["year"] >= counties["county"].map(town)).astype(float)
)
places = panel.drop_duplicates("county").set_index("county")[
    ["longitude", "latitude"]
]

# %% [markdown]
# ## How far do shocks reach?
#
# Take the regressions of the last chapters and look at what they leave: are the residuals of two counties in the same year alike, the closer the more?

# %%
EFFECTS = {
    "county and year": "county+year",
    "province × year": "county+province^year",
}
EDGES = [0, 50, 100, 150, 200, 300, 400, 500, 700, 1000]  # km
reach = {}
for effects, absorbed in EFFECTS.items():
    left = pf.feols(
        f"theil~1|{absorbed}", panel, vcov="iid", fixef_rm="none"
    ).resid()
    reach[effects] = correlogram(
        left, panel["county"], panel["year"], places, EDGES
    )

# %% tags=["hide-input"]
fig, axis = plt.subplots(figsize=(6.4, 3.2))
axis.axhline(0, color=INK, linewidth=0.8)
for (effects, table), colour, shift in zip(
    reach.items(), ("green", "blue"), (6, -4), strict=True
):
    middle = (table["near"] + table["far"]) / 2
    axis.plot(middle, table["correlation"], marker="o", color=COLOURS[colour])
    axis.annotate(
        f"{effects.removeprefix('county and ')} effects",
        (middle[1], table["correlation"][1]),
        xytext=(12, shift),
        textcoords="offset points",
        color=COLOURS[colour],
    )
axis.set(
    xlabel="kilometres between the seats of two counties",
    ylabel="correlation of residuals",
)
page.figure(
    fig,
    name="fig-real-correlogram",
    caption="What neighbours share: correlation of the residuals of the Theil index in the same year, by distance.",
    alt="Two falling curves. With year effects the correlation is "
    f"{reach['county and year']['correlation'][0]:.2f} within 50 km and still {reach['county and year']['correlation'][4]:.2f} at 200 to 300 km; with province and year "
    f"effects {reach['province × year']['correlation'][0]:.2f}, and about zero from 100 km on.",
)

# %% tags=["remove-cell"]
year_reach, province_reach = (reach[e]["correlation"] for e in EFFECTS)
page.tell(
    near_year=year_reach[0],
    far_year=year_reach[4],
    near_province=province_reach[0],
)

# %% [markdown]
# With year effects, the correlation of {glue:text}`near_year:.2f` within 50 km is still {glue:text}`far_year:.2f` at 200 to 300 km. Province × year effects leave {glue:text}`near_province:.2f`
# within 50 km and next to nothing from 100 km on. So clustering by county, as the paper does, treats dependent counties as independent; most of what neighbours share, their whole province shares.
#
# ## Errors that allow for distance
#
# Conley's errors {cite:p}`conley1999` let any two counties be dependent that are closer than a cut-off, and the less the further apart they are. Where the cut-off is zero they are the usual errors clustered by county (without the small-sample factor). Distances are
# along the great circle.

# %%
CUTOFFS = [0, 50, 100, 200, 300, 500, 800]  # km
REGRESSORS = {"town": "strong town", "relief_trend": "relief × trend"}
EXACTLY = pf.MapDemeaner(fixef_tol=1e-10)
errors, estimates = {}, {}
for regressor, words in REGRESSORS.items():
    for effects, absorbed in EFFECTS.items():
        full = {"vcov": "iid", "fixef_rm": "none", "demeaner": EXACTLY}
        fit = pf.feols(f"theil~{regressor}|{absorbed}", panel, **full)
        alone = pf.feols(f"{regressor}~1|{absorbed}", panel, **full).resid()
        estimates[words, effects] = fit.coef()[regressor]
        errors[words, effects] = conley(
            alone, fit.resid(), panel["county"], places, CUTOFFS
        )

# %% tags=["hide-input"]
table = pd.DataFrame(
    {
        f"{regressor}, {effects.removeprefix('county and ')} effects": {
            "estimate": f"{estimates[regressor, effects]:.5f}"
        }
        | {
            ("error by county" if c == 0 else f"at {c} km"): f"{se:.5f}"
            for c, se in found.items()
        }
        for (regressor, effects), found in errors.items()
    }
)
page.table(
    table.rename_axis("number"),
    name="tbl-conley",
    caption="Estimates of chapters 5.2 and 5.4 (Theil index), with Conley's standard errors at rising cut-offs",
    notes="Bartlett weights, great-circle distances; a county's years may depend on each other in any way.",
)

# %% tags=["remove-cell"]
grown = {key: (e / e[0]).max() for key, e in errors.items()}
naive = "strong town", "county and year"
trend = "relief × trend", "county and year"
assert grown["strong town", "province × year"] <= 1  # as the text says
numbers = dict(
    town_times=grown[naive],
    relief_times=grown[trend],
    town_t=estimates[naive] / errors[naive][0],
    town_t_far=estimates[naive] / errors[naive].max(),
)
page.tell(**numbers)

# %% [markdown]
# With year effects the error of the strong towns grows to {glue:text}`town_times:.1f` times, that of relief × trend to **{glue:text}`relief_times:.1f` times** the county-clustered one: relief is itself shared by neighbours, and
# dependence hurts where regressor *and* residual are alike. The $t$ of the strong towns falls from {glue:text}`town_t:.1f` to {glue:text}`town_t_far:.1f`. Its larger fault, a drift from before the policy, is that of {doc}`chapter 5.4 <05_4_strong_towns>`, and no standard error cures it. Within provinces the
# errors of the strong towns do not grow at all.
#
# ## Does it hang on a few figures?

# %%
checks = {}
for name, rows in sensitivity_samples(panel).items():
    left, alone = (
        pf.feols(f"{y}~1|county+year", rows, **full).resid()
        for y in ("theil", "relief_trend")
    )
    near = correlogram(left, rows["county"], rows["year"], places, [0, 50])
    fit = pf.feols("theil~relief_trend|county+year", rows, **full)
    checks[name] = {
        "near": near["correlation"][0],
        "errors": conley(alone, fit.resid(), rows["county"], places, CUTOFFS),
        "n": fit._N,
    }

# %% tags=["hide-input"]
page.table(
    pd.DataFrame(
        {
            name: {
                "correlation within 50 km": f"{found['near']:.2f}",
                "error of relief × trend, by county": f"{found['errors'][0]:.5f}",
                "times that, at the worst cut-off": f"{(found['errors'] / found['errors'][0]).max():.1f}",
                "N": f"{found['n']:,}",
            }
            for name, found in checks.items()
        }
    ).T.rename_axis("sample"),
    name="tbl-neighbours-checks",
    caption="What neighbours share in other samples: the Theil index, county and year effects",
    notes="N with the counties of one year, whose residual is zero; chapter 5.2 leaves them out.",
)

# %% tags=["remove-cell"]
page.tell(
    checks_near=min(found["near"] for found in checks.values()),
    checks_times=min(
        (found["errors"] / found["errors"][0]).max()
        for found in checks.values()
    ),
)

# %% [markdown]
# In every sample the correlation within 50 km is at least {glue:text}`checks_near:.2f`, and the error of relief × trend at the worst cut-off at least {glue:text}`checks_times:.1f` times the one by county.
#
# ## Why not provinces?
#
# All clusters of a province are known. Let its gap depend on how many it has been given so far.

# %%
province = cg.load_official("province_income")
province["theil"] = cg.theil(
    province["urban_income_yuan"],
    province["rural_income_yuan"],
    province["urban_share"],
    1 - province["urban_share"],
)
province["log_ratio"] = np.log(
    province["urban_income_yuan"] / province["rural_income_yuan"]
)
province = province.dropna(subset=["theil"])
given = (
    cg.load_official("clusters").groupby(["province", "batch_year"]).size()
)
given = given.unstack(fill_value=0).cumsum(axis=1)
province["clusters"] = [
    given.loc[p].get(y, 0)
    for p, y in zip(province["province"], province["year"], strict=True)
]
province["in_the_end"] = province["province"].map(given[2022])
by_province = {"CRV1": "code"}
totals = {
    outcome: pf.feols(
        f"{outcome}~clusters|code+year", province, vcov=by_province
    )
    for outcome in ("theil", "log_ratio")
}
studies = {
    outcome: pf.feols(
        f"{outcome}~i(year,in_the_end,ref=2019)|code+year",
        province,
        vcov=by_province,
    )
    for outcome in ("theil", "log_ratio")
}

# %% tags=["hide-input"]
path = studies["theil"].tidy()
path.index = [
    int(str(name).split("::")[1].split(":")[0]) for name in path.index
]
path = path.iloc[:, [0, 1, -2, -1]].set_axis(
    ["estimate", "se", "low", "high"], axis=1
)
path.loc[2019] = 0.0
path = path.sort_index()
fig, axis = plt.subplots(figsize=(6.4, 3.0))
axis.axhline(0, color=INK, linewidth=0.8)
axis.axvline(2019.5, color=COLOURS["grey"], linestyle=":")
axis.errorbar(
    path.index,
    path["estimate"],
    yerr=[path["estimate"] - path["low"], path["high"] - path["estimate"]],
    fmt="o",
    color=COLOURS["green"],
)
axis.annotate(
    "no clusters yet",
    (2017, 1.01),  # above the grid, which would strike it out
    xycoords=("data", "axes fraction"),
    ha="center",
    va="bottom",
    color=COLOURS["grey"],
)
axis.set(xlabel="", ylabel="Theil index for each cluster")
axis.set_xticks(sorted({*path.index, 2020}))
page.figure(
    fig,
    name="fig-province-leads",
    caption="The Theil index of provinces by how many clusters each has in the end, relative to 2019; 95 % intervals, clustered by province.",
    alt="Coefficients above zero from 2014 to 2018, several with intervals that exclude it, zero in 2019 by construction, none in 2020, and below zero in 2021 and 2022.",
    source="China Statistical Yearbook; lists of the Ministry of Agriculture and Rural Affairs",
)

# %% tags=["remove-cell"]
total = totals["theil"]
before, after = (
    path.loc[2017, "estimate"] / 2,
    -path.loc[2021, "estimate"] / 2,
)  # 2019: zero
names = [f"year::{y}:in_the_end" for y in range(2014, 2019)]
study = studies["theil"]
found = study.coef()[names]
at = [study._coefnames.index(f"year::{y}:in_the_end") for y in (2017, 2021)]
pair = study._vcov[np.ix_(at, at)]
more = dict(
    per_cluster=total.coef()["clusters"],
    per_cluster_p=total.pvalue()["clusters"],
    per_cluster_log=totals["log_ratio"].coef()["clusters"],
    per_cluster_log_p=totals["log_ratio"].pvalue()["clusters"],
    lead=study.coef()["year::2017:in_the_end"],
    lead_t=study.tstat()["year::2017:in_the_end"],
    significant=int((np.abs(study.tstat()[names]) > 2).sum()),
    leads=len(names),
    before=before,
    after=after,
    more_fall=after - before,
    more_se=np.sqrt(pair.sum()) / 2,
    provinces=int(province["code"].nunique()),
)
page.tell(**more)
page.export_json(
    "real_neighbours.json",
    "real",
    source=page.source,
    values={k: float(v) for k, v in (numbers | more).items()},
)

# %% [markdown]
# It looks like success: **{glue:text}`per_cluster:.4f`** for each cluster ($p$ = {glue:text}`per_cluster_p:.3f`, {glue:text}`provinces` provinces; log ratio {glue:text}`per_cluster_log:.4f`, $p$ = {glue:text}`per_cluster_log_p:.3f`). But provinces that would be given many clusters were narrowing their gap faster
# *years before* the first one: {glue:text}`significant` of the {glue:text}`leads` leads have $|t|$ above two, in 2017 {glue:text}`lead:.4f` for each later cluster ($t$ = {glue:text}`lead_t:.1f`). From 2017 to 2019 the coefficients of {numref}`fig-province-leads` fall by {glue:text}`before:.4f` a year, from 2019 to 2021 by {glue:text}`after:.4f`, which is {glue:text}`more_fall:.5f` more, with a standard error of {glue:text}`more_se:.5f`. (2020 is missing, and the difference depends on the year from which one measures.)
#
# And three things stand in the way of doing better: every province takes part, most in every batch, so that nobody is untreated; the split of incomes in 2020, the first year of the policy, is not in the yearbooks at hand; and the urban shares of 2021 and 2022 are themselves
# **interpolated**, between the census of 2020 and 2024, so that an index of these years moves with a line that somebody drew.
#
# ## Exercises

# %% [markdown]
# ### Exercise 1: change
#
# How many kilometres lie between the two counties of the file that are furthest apart? Let `answer_1` be the distance along the great circle, from `places`.
#
# <details class="hint"><summary>Hint</summary>
#
# The haversine formula, or `great_circle` of `paneldid.spatial`.
#
# </details>

# %% tags=["solution", "hide-cell"]
from paneldid.spatial import great_circle

answer_1 = great_circle(places["longitude"], places["latitude"]).max()

# %% tags=["check", "hide-cell"]
east, north = np.radians(places["longitude"]), np.radians(places["latitude"])
points = np.column_stack(
    [
        np.cos(north) * np.cos(east),
        np.cos(north) * np.sin(east),
        np.sin(north),
    ]
)
longest = 6371 * np.arccos(np.clip(points @ points.T, -1, 1)).max()
assert abs(answer_1 / longest - 1) < 1e-3, (
    "Angles between points on a sphere give another distance. Are degrees "
    "turned into radians?"
)
print(f"Right: {answer_1:,.0f} km.")

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Degrees of longitude shrink towards the poles, so that Pythagoras on degrees overstates distances from east to west in Heilongjiang by half.
#
# </details>

# %% [markdown]
# ### Exercise 2: predict
#
# Cluster the strong-town regression (county and year effects) by province instead. Do you expect an error nearer to that by county or to Conley's at 500 km? Let `answer_2` be the error by province.
#
# <details class="hint"><summary>Hint</summary>
#
# `vcov={"CRV1": "province"}`. A province is several hundred kilometres wide.
#
# </details>

# %% tags=["solution", "hide-cell"]
answer_2 = pf.feols(
    "theil~town|county+year", panel, vcov={"CRV1": "province"}
).se()["town"]

# %% tags=["check", "hide-cell"]
fit = pf.feols("theil~town|county+year", panel, vcov="iid", fixef_rm="none")
alone = pf.feols(
    "town~1|county+year", panel, vcov="iid", fixef_rm="none"
).resid()
scores = (
    pd.Series(alone * fit.resid()).groupby(panel["province"].to_numpy()).sum()
)
by_hand = np.sqrt((scores**2).sum()) / (alone**2).sum()
assert abs(answer_2 / by_hand - 1) < 0.05, (
    "The sandwich by hand, without small-sample factor, is more than 5 % "
    "away. Are the clusters provinces?"
)
print(f"Right: {answer_2:.5f}; Conley at 500 km {errors[naive][500]:.5f}.")

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Nearer to Conley's. Clusters of whole provinces are the coarse way to the same thing, at the price of few of them; distance does not stop at a provincial border, and needs coordinates.
#
# </details>
