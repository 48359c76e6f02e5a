# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 5.3 Real counties: clusters that name their place
#
# Which counties a cluster covers is not public. But some clusters carry a place in their name, such as the red cattle of Pingliang or the mandarins of the Three Gorges. Did the gap narrow faster in
# the prefectures that are named than in the others of their province?
#
# **The answer.** No difference can be seen. Named prefectures changed by **{glue:text}`itt:.4f`** relative to the others of their province
# ({glue:text}`named_units` of {glue:text}`all_units` prefectures named; effects from {glue:text}`low:.4f` to {glue:text}`high:.4f` are not rejected, $p$ = {glue:text}`p:.2f`). Callaway and Sant'Anna's estimate is
# {glue:text}`cs:.4f` (SE {glue:text}`cs_se:.4f`). The narrow reading gives {glue:text}`thin:.4f` with an interval so wide ({glue:text}`thin_low:.3f` to {glue:text}`thin_high:.3f`; only {glue:text}`deals` different
# deals exist) that it says little.

# %% tags=["hide-input"]
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf

import clustergap as cg
from bookkit.display import COLOURS, INK
from bookkit.ledger import printed_value
from bookkit.page import Page
from clustergap.counties import SOURCE, sensitivity_samples
from paneldid.eventstudy import coefficients, joint_test, window_event_time
from paneldid.randomisation import deal_within
from paneldid.resampling import placebo
from paneldid.staggered import aggregate, att_gt

SEED, DRAWS = 1908, 1999  # of the randomisation tests
warnings.filterwarnings("ignore", message=".*singleton fixed effect")
page = Page(
    "05_3_named_places", source=f"{SOURCE}; names of clusters, coded blind"
)

# %% [markdown]
# ## Who is named
#
# Two passes over the 140 names of the batches 2020 to 2022, made blind to any outcome, say which prefectures a name means. A **narrow** name points at one prefecture
# or a part of it; a **wide** one at a mountain range, a plain, a part of the province. Names such as "Hunan tea" name no place and treat nobody here. Being named is not the same as being covered: this is an {term}`intention to
# treat`.
#
# Treatment is given to prefectures, so the **prefecture is the unit** (in Chongqing the district): the mean of its counties that have every year from 2015 to 2022.

# %%
counties = cg.load_counties()
coded = cg.load_official("cluster_places")
named = (
    coded.dropna(subset=["prefecture_codes"])
    .assign(unit=lambda c: c["prefecture_codes"].str.split(";"))
    .explode("unit")
    .astype({"unit": int})
)
READINGS = {"narrow": ["narrow"], "narrow and wide": ["narrow", "wide"]}
OUTCOMES = {
    "theil": "Theil",
    "theil_2020": "Theil, shares of 2020",
    "log_ratio": "log ratio",
}


def assigned(names, rows):
    """Rows with the year that first names their unit, and whether it has come."""
    first = names.groupby("unit")["batch_year"].min()
    cohort = rows["unit"].map(first).astype(float)
    return rows.assign(
        cohort=cohort, did=(rows["year"] >= cohort).astype(float)
    )


def sample(reading, names=named, rows=counties):
    """Counties of a reading; for narrow, none that only a wide name names."""
    wanted = names[names["reading"].isin(READINGS[reading])]
    others = set(named["unit"]) - set(wanted["unit"])
    return assigned(wanted, rows[~rows["unit"].isin(others)])


def prefectures(rows):
    """One row a prefecture and year: means of counties that have every year."""
    rows = rows[rows["every_year"] & (rows["year"] > 2014)].dropna(
        subset=["theil"]
    )
    keys = ["province", "unit", "year"]
    means = (
        rows.groupby(keys)[[*OUTCOMES, "cohort", "did"]].mean().reset_index()
    )
    return means.rename(
        columns={"unit": "county"}
    )  # the unit of this chapter


panels = {reading: prefectures(sample(reading)) for reading in READINGS}

# %% tags=["hide-input"]
rows = {}
for reading, panel in panels.items():
    units = panel.drop_duplicates("county")
    has_both = units.groupby("province")["cohort"].agg(
        lambda c: c.notna().any() and c.isna().any()
    )
    rows[reading] = {
        "clusters that name": str(
            coded["reading"].isin(READINGS[reading]).sum()
        ),
        "prefectures": str(len(units)),
        "of them named": str(units["cohort"].notna().sum()),
        "2020": str((units["cohort"] == 2020).sum()),
        "2021": str((units["cohort"] == 2021).sum()),
        "2022": str((units["cohort"] == 2022).sum()),
        "provinces with both": str(has_both.sum()),
    }
page.table(
    pd.DataFrame(rows).T.rename_axis("reading"),
    name="tbl-named",
    caption="Clusters that name a place, and the prefectures with real counties that they name",
    notes="Provinces with both hold named prefectures and others.",
)

# %% [markdown]
# Most named places, in Fujian, Shandong, Sichuan or Xinjiang, have no county in the public file. The narrow reading is left with a handful of prefectures, so the wide one carries the weight.
#
# ## Estimates
#
# Four ways to compare. **Two-way** with unit and year effects compares with all others in the country. With **province × year effects** a named prefecture is compared with the others of its province only.
# **Callaway and Sant'Anna** compare each batch with the never named {cite:p}`callaway2021`. The last line uses counties instead of prefecture means, and all of them, with errors clustered by prefecture.

# %%
fits, effects = {}, {}
for reading, panel in panels.items():
    loose = sample(reading).dropna(subset=["theil"])
    for outcome in OUTCOMES:
        by_unit = {"CRV1": "county"}  # that is, the prefecture
        fits[reading, outcome] = {
            "two-way": pf.feols(
                f"{outcome}~did|county+year", panel, vcov=by_unit
            ),
            "province × year": pf.feols(
                f"{outcome}~did|county+province^year", panel, vcov=by_unit
            ),
            "counties, province × year": pf.feols(
                f"{outcome}~did|county+province^year",
                loose,
                vcov={"CRV1": "unit"},
            ),
        }
        effects[reading, outcome] = aggregate(
            att_gt(panel, outcome, base="universal"), "simple"
        )

# %% [markdown]
# Few units are named, so the formulas for standard errors are not to be trusted far. **Randomisation inference** needs none: within each province, deal the same number of names of each batch to other
# prefectures, and estimate again. Taking a supposed effect off the named before dealing gives the effects that the test does not reject: an interval that needs no normal law.

# %%
dealt = {
    (reading, outcome): deal_within(
        panel, outcome, "province", seed=SEED, draws=DRAWS
    )
    for reading, panel in panels.items()
    for outcome in OUTCOMES
}
intervals = {key: deals.interval() for key, deals in dealt.items()}

# %% tags=["hide-input"]
rows, tests = {}, {}
for (reading, outcome), by_name in fits.items():
    cs, deals = effects[reading, outcome], dealt[reading, outcome]
    for name, fit in by_name.items():
        found = f"{fit.coef()['did']:z.4f} ({fit.se()['did']:.4f})"
        rows.setdefault((reading, name), {})[OUTCOMES[outcome]] = found
    row = rows.setdefault((reading, "Callaway–Sant'Anna"), {})
    row[OUTCOMES[outcome]] = f"{cs.overall:.4f} ({cs.overall_se:.4f})"
    tests[reading, OUTCOMES[outcome]] = {
        "estimate": f"{deals.observed:.4f}",
        "p": f"{deals.test.p:.2f}",
        "not rejected": "{:.4f} to {:.4f}".format(
            *intervals[reading, outcome]
        ),
        "would be found": f"{2.8 * deals.coefficients.std():.4f}",
    }
page.table(
    pd.DataFrame(rows).T.rename_axis(["names", "comparison"]).reset_index(),
    name="tbl-named-effects",
    caption="Prefectures that a cluster's name names against others: intention to treat",
    notes="Standard errors, clustered by prefecture, in parentheses; with so few named prefectures the narrow ones are too small.",
)

# %% tags=["hide-input"]
page.table(
    pd.DataFrame(tests).T.rename_axis(["names", "outcome"]).reset_index(),
    name="tbl-named-deals",
    caption="The same with province × year effects, tested by dealing the names anew",
    notes=f"{DRAWS:,} random deals within provinces and batches. Not rejected: constant effects at 5 %. Would be found: 2.8 standard deviations of the "
    "deals, the effect that a test at 5 % finds four times in five.",
)

# %% tags=["remove-cell"]
main = fits["narrow and wide", "theil"]["province × year"]
low, high = intervals["narrow and wide", "theil"]
thin_low, thin_high = intervals["narrow", "theil"]
null = dealt["narrow and wide", "theil"].coefficients.std()
ratio = counties["theil"].mean() / printed_value(
    "table_1", "main", "gap", "mean"
)
paper = printed_value("table_2", "3", "did", "estimate")
numbers = dict(
    itt=main.coef()["did"],
    low=low,
    high=high,
    p=dealt["narrow and wide", "theil"].test.p,
    thin=fits["narrow", "theil"]["province × year"].coef()["did"],
    thin_low=thin_low,
    thin_high=thin_high,
    deals=len(np.unique(dealt["narrow", "theil"].coefficients.round(10))),
    mde=2.8 * null,
    thin_mde=2.8 * dealt["narrow", "theil"].coefficients.std(),
    cs=effects["narrow and wide", "theil"].overall,
    cs_se=effects["narrow and wide", "theil"].overall_se,
    paper=paper,
    matched=paper * ratio,
    least_printed=np.ceil(
        100 * low / paper
    ),  # at fewer whole points it is not rejected
    least_matched=np.ceil(100 * low / (paper * ratio)),
    thin_least=np.ceil(100 * thin_low / paper),
    named_units=int(
        panels["narrow and wide"]
        .drop_duplicates("county")["cohort"]
        .notna()
        .sum()
    ),
    all_units=int(panels["narrow and wide"]["county"].nunique()),
)
page.tell(**numbers)
page.export_json(
    "real_named.json",
    "real",
    source=page.source,
    values={k: float(v) for k, v in (numbers).items()},
)

# %% [markdown]
# ## How small an effect would have shown?
#
# An intention-to-treat effect of {glue:text}`mde:.4f` would be found four times in five; in the narrow reading it takes {glue:text}`thin_mde:.4f` ({numref}`tbl-named-deals`). Not every county of a named prefecture is covered, and some of the others are. Let $L$ be the **difference in coverage** between the two. Then
#
# $$\text{ITT} = L \times \text{effect on the covered},$$
#
# and every $L$ turns the interval above into one for the effect. {numref}`fig-named-bound` does so for all of them: nobody outside the ministry knows $L$, and everyone can read the figure at the $L$ they believe.

# %% tags=["hide-input"]
share = np.linspace(0.05, 1, 191)
fig, axis = plt.subplots(figsize=(7.4, 3.6))
for reading, colour in (("narrow", "grey"), ("narrow and wide", "green")):
    ends = intervals[reading, "theil"]
    axis.fill_between(
        share,
        ends[0] / share,
        ends[1] / share,
        color=COLOURS[colour],
        alpha=0.25 if reading == "narrow" else 0.45,
        linewidth=0,
        label=f"{reading} names",
    )
for value, words in (
    (paper, f"the paper's effect, −{-paper:.3f}"),
    (paper * ratio, f"in proportion to the real mean, −{-paper * ratio:.4f}"),
):
    axis.axhline(value, color=COLOURS["vermillion"], linestyle=(0, (4, 2)))
    axis.text(
        1,
        value - 0.0012,
        words,
        ha="right",
        va="top",
        color=COLOURS["vermillion"],
    )
axis.axhline(0, color=INK, linewidth=0.8)
axis.set(
    xlabel="L: coverage of named prefectures less that of the others",
    ylabel="effect on the covered",
    xlim=(0.05, 1),
    ylim=(-0.05, 0.05),
)
axis.set_xticks(
    [0.05, 0.25, 0.5, 0.75, 1], ["5 %", "25 %", "50 %", "75 %", "100 %"]
)
axis.legend(loc="upper right", fontsize=9)
page.figure(
    fig,
    name="fig-named-bound",
    caption="Effects on covered counties that the real counties do not reject, for every difference in coverage L. Dashed: the paper's.",
    alt="Two funnels around zero that narrow to the right. The inner one, of all names, leaves the paper's effect outside from "
    f"L = {numbers['least_printed']:.0f}% on, and the effect in proportion from {numbers['least_matched']:.0f}% on.",
    source=f"{SOURCE}; dashed lines: the paper's Table 2",
)

# %% [markdown]
# An effect of {glue:text}`paper:.3f` on covered counties is rejected if named prefectures are covered by at least **{glue:text}`least_printed:.0f` percentage points** more than others. An effect of the same proportion of the mean
# ({glue:text}`matched:.4f`) is rejected only from {glue:text}`least_matched:.0f` points on. By the narrow names alone the first takes {glue:text}`thin_least:.0f` points, and the second cannot be rejected at any $L$.
#
# :::{admonition} What a null here means, and what it does not
# :class: important
#
# It means that the gap did not narrow visibly faster where clusters say they are. It does not mean that the paper is refuted, for four reasons.
#
# - **Intention to treat.** Being named is not being covered. Only $L$ times the effect can show.
# - **Poor counties.** All but one had been on the poverty list ({doc}`chapter 5.1 <05_1_real_levels>`), and other programmes reached them in the same years.
# - **Two years.** The batches are those of 2020 to 2022, and the figures end in 2022. A cluster is built over three years.
# - **Thin provinces.** What compares is a few provinces; those with the best-known named clusters are missing.
#
# What these data do speak to is the *level* of the outcome ({doc}`chapter 5.1 <05_1_real_levels>`) and the *size* of an effect.
# :::
#
# ## Before and after
#
# Were named prefectures on a path of their own before? Year by year, relative to the year before the batch, within provinces:

# %%
wide_panel = panels["narrow and wide"]
studied = wide_panel.assign(
    event_time=window_event_time(
        wide_panel["year"] - wide_panel["cohort"]
    ).astype(int)
)
event = pf.feols(
    "theil~i(event_time,ref=-1)|county+province^year",
    studied,
    vcov={"CRV1": "county"},
)
path = coefficients(event)
leads = joint_test(event, [k for k in path["event_time"] if k < -1])

# %% tags=["hide-input"]
fig, axis = plt.subplots(figsize=(7.4, 3.0))
axis.axhline(0, color=INK, linewidth=0.8)
axis.axvline(-0.5, color=COLOURS["grey"], linestyle=":")
axis.errorbar(
    path["event_time"],
    path["estimate"],
    yerr=[path["estimate"] - path["lower"], path["upper"] - path["estimate"]],
    fmt="o",
    color=COLOURS["green"],
)
axis.axhline(
    paper * ratio, color=COLOURS["vermillion"], linestyle=(0, (4, 2))
)
axis.text(
    -7.2,
    paper * ratio - 0.0008,
    "the paper's effect in proportion to the real mean",
    va="top",
    color=COLOURS["vermillion"],
    fontsize=9,
)
axis.set(
    xlabel="years since the batch", ylabel="Theil index", ylim=(-0.016, 0.021)
)
page.figure(
    fig,
    name="fig-named-event",
    caption="Named prefectures against the others of their province, relative to the year before the batch; 95 % intervals.",
    alt="Coefficients from seven years before to two years after, that fall to zero before the batch and rise after it; all intervals cover zero.",
    source=f"{SOURCE}; dashed line: the paper's Table 2",
)

# %% tags=["remove-cell"]
page.tell(
    leads_p=leads.p,
    first_lead=path["estimate"].iloc[0],
    last_lead=path.set_index("event_time").loc[-2, "estimate"],
    after_two=path.set_index("event_time").loc[2, "estimate"],
)

# %% [markdown]
# A test that all leads are zero has *p* = {glue:text}`leads_p:.2f`. They fall from {glue:text}`first_lead:.4f` to {glue:text}`last_lead:.4f`, a drift that this test is weak against ({doc}`chapter 7.2 <07_2_honest>`). Two years after the batch the estimate is {glue:text}`after_two:.4f`.
#
# ## Does it hang on one cluster, or on a few figures?

# %%
clusters = named.groupby("cluster")["unit"].apply(set)
in_panel = set(panels["narrow and wide"]["county"])
without = {}
for cluster in [c for c, units in clusters.items() if units & in_panel]:
    kept = sample("narrow and wide")
    left = prefectures(kept[~kept["unit"].isin(clusters[cluster])])
    without[cluster] = pf.feols(
        "theil~did|county+province^year", left, vcov={"CRV1": "county"}
    ).coef()["did"]
without = pd.Series(without)
checks = {
    name: pf.feols(
        "theil~did|county+province^year",
        sample("narrow and wide", rows=rows.dropna(subset=["theil"])),
        vcov={"CRV1": "unit"},
    )
    for name, rows in sensitivity_samples(counties).items()
}

# %% [markdown]
# The paper adds one policy to its regression, the advantage areas of special products ({term}`CAPAA`; its Table 4, column 4). The same here: a dummy that is one from the year on in which a list names
# the county, or its whole prefecture.

# %%
areas = cg.load_official("capaa_places")
codes = cg.load_official("province_income").drop_duplicates("code")
codes = dict(zip(codes["province_zh"].str[:2], codes["code"], strict=True))
areas["province"] = areas["province_zh"].str[:2].map(codes).astype(float)


def listed(level, stem, rows):
    """Year that first lists each row's place; by stem, within provinces."""
    of_level = areas[areas["level"] == level]
    keys = [of_level["province"], of_level["place_zh"].map(stem)]
    first = of_level.groupby(keys)["year_listed"].min()
    place = {"county": "name_zh", "prefecture": "prefecture_zh"}[level]
    keys = [rows["province"].astype(float), rows[place].map(stem)]
    return first.reindex(pd.MultiIndex.from_arrays(keys)).to_numpy()


loose = sample("narrow and wide").dropna(subset=["theil"])
since = np.fmin(  # counties change their last character when renamed
    listed("county", lambda name: name[:-1], loose),
    listed("prefecture", lambda name: name[:2], loose),
)
loose["area"] = (loose["year"] >= since).astype(float)
checks["all, with the paper's dummy for advantage areas"] = pf.feols(
    "theil~did+area|county+province^year", loose, vcov={"CRV1": "unit"}
)

# %% tags=["hide-input"]
page.table(
    pd.DataFrame(
        {
            name: {
                "estimate": f"{fit.coef()['did']:.4f}",
                "95 % interval": "[{:.4f}, {:.4f}]".format(
                    *fit.confint().loc["did"]
                ),
                "N": f"{fit._N:,}",
            }
            for name, fit in checks.items()
        }
    ).T.rename_axis("sample"),
    name="tbl-named-checks",
    caption="The Theil index of counties in named prefectures, county and province × year effects, other samples",
    notes="Counties, clustered by prefecture.",
)

# %% tags=["remove-cell"]
with_areas = checks["all, with the paper's dummy for advantage areas"]
page.tell(
    area_counties=int(loose.loc[loose["area"] == 1, "county"].nunique()),
    area_itt=with_areas.coef()["did"],
    area_without=checks["all county-years"].coef()["did"],
    area_own=with_areas.coef()["area"],
    area_own_se=with_areas.se()["area"],
    loo_clusters=len(without),
    loo_low=without.min(),
    loo_high=without.max(),
)

# %% [markdown]
# Leaving out the prefectures of one cluster at a time ({glue:text}`loo_clusters` of them) moves the estimate between {glue:text}`loo_low:.4f` and {glue:text}`loo_high:.4f`.
# The dummy for advantage areas, which is one in {glue:text}`area_counties` of these counties sooner or later, hardly touches the counties' estimate ({glue:text}`area_without:.5f` without it, {glue:text}`area_itt:.5f` with it); its own coefficient is {glue:text}`area_own:.4f`
# (SE {glue:text}`area_own_se:.4f`). Advantage areas do not explain that nothing is seen here.
#
# ## Exercises

# %% [markdown]
# ### Exercise 1: change
#
# Suppose that named prefectures are covered at 60 % and the others of their province at 20 %. Which effects on covered counties do the data not reject (all names, Theil)? Let `answer_1` be the pair of ends.
#
# <details class="hint"><summary>Hint</summary>
#
# `intervals["narrow and wide", "theil"]` holds the ends for the intention to treat. What is $L$?
#
# </details>

# %% tags=["solution", "hide-cell"]
ends = intervals["narrow and wide", "theil"]
answer_1 = (ends[0] / (0.6 - 0.2), ends[1] / (0.6 - 0.2))

# %% tags=["check", "hide-cell"]
for given, end in zip(
    answer_1, intervals["narrow and wide", "theil"], strict=True
):
    assert abs(given * 0.4 - end) < 1e-9, (
        "Times the difference in coverage, an end should be the end for the "
        "intention to treat. The coverage of the others counts, too."
    )
print(f"Right: {answer_1[0]:.4f} to {answer_1[1]:.4f}.")

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# $L$ is 0.4, not 0.6: what the others have counts against the comparison. The printed effect is outside this interval, the effect in proportion inside.
#
# </details>

# %% [markdown]
# ### Exercise 2: predict
#
# In the narrow reading few provinces compare a named prefecture with others. How many different deals are there within provinces? Let `answer_2` be their number, and say what the smallest possible $p$ is.
#
# <details class="hint"><summary>Hint</summary>
#
# In a province with $n$ prefectures of which one is named, there are $n$ deals. Provinces multiply. `panels["narrow"]` has a column `cohort`.
#
# </details>

# %% tags=["solution", "hide-cell"]
units = panels["narrow"].drop_duplicates("county")
answer_2 = 1
for _, cohort in units.groupby("province")["cohort"]:
    if cohort.notna().any():
        assert cohort.notna().sum() == 1
        answer_2 *= len(cohort)

# %% tags=["check", "hide-cell"]
seen = len(np.unique(dealt["narrow", "theil"].coefficients.round(10)))
assert answer_2 == seen, (
    f"The {DRAWS:,} draws show another number of different coefficients. Do only provinces with a named prefecture count?"
)
print(f"Right: {answer_2}, so p cannot be below {1 / answer_2:.3f}.")

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Thirty deals, and the real one is among them: no test of this design can reject at 3 %. A design's power is fixed before its data are seen.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# Why must named prefectures be dealt *within* provinces? Compare the centre of the random deals when the regression has year effects only. Let `answer_3` be the mean coefficient of `DRAWS` deals within provinces of
# `theil~did|county+year` (all names, seed `SEED`).
#
# <details class="hint"><summary>Hint</summary>
#
# `placebo(panels["narrow and wide"], "theil~did|county+year", seed=SEED, draws=DRAWS, strata="province")`
#
# </details>

# %% tags=["solution", "hide-cell"]
model, every_name = "theil~did|county+year", panels["narrow and wide"]
deals = placebo(every_name, model, seed=SEED, draws=DRAWS, strata="province")
answer_3 = deals.coefficients.mean()

# %% tags=["check", "hide-cell"]
again = placebo(
    panels["narrow and wide"],
    "theil~did|county+year",
    seed=SEED,
    draws=DRAWS,
    strata="province",
)
assert abs(answer_3 - again.coefficients.mean()) < 1e-12, (
    "The deals have another mean. Is it the mean of the coefficients, within "
    "provinces, with this chapter's seed and draws?"
)
print(f"Right: {answer_3:.4f}; the real names give {again.observed:.4f}.")

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The centre is not zero: provinces with many named prefectures narrowed faster on the whole, named or not. Nearly all of the year-effects estimate is that, and dealing across the country would have
# called it an effect.
#
# </details>
