# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 5.4 Real counties: a programme that "widens" the gap
#
# Strong farm towns ([农业产业强镇]{.language-zh-hans}) are a sister programme of the clusters: same ministry, same aim, and lists that *name* the counties. So the paper's regression can be run
# on real treatment dates. It says that strong towns **widened** the gap. Did they?
#
# **The answer.** Hardly. The paper's regression without its controls gives **{glue:text}`naive:.4f`** ($t$ = {glue:text}`naive_t:.1f`, {glue:text}`treated_counties` treated counties), a widening by {glue:text}`naive_percent:.1f` % of the mean. Within provinces it
# is {glue:text}`inside:.4f`, with the initial level as well {glue:text}`both:.4f` ($p$ = {glue:text}`both_p:.3f`): {glue:text}`gone:.0f` % of it is gone. At the fixed shares of 2020 what is left is {glue:text}`both_fixed:.4f` ($p$ =
# {glue:text}`both_fixed_p:.2f`), and in the log ratio $p$ is {glue:text}`both_log_p:.2f`. Parks ({glue:text}`parks` counties) and zones ({glue:text}`zones`) show nothing in any regression.

# %% tags=["hide-input"]
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf

import clustergap as cg
from bookkit.display import COLOURS, INK
from bookkit.interactive import Selector, at, when
from bookkit.page import Page
from clustergap.counties import SOURCE, sensitivity_samples
from paneldid.eventstudy import coefficients, joint_test, window_event_time

warnings.filterwarnings("ignore", message=".*singleton fixed effect")
page = Page(
    "05_4_strong_towns",
    source=f"{SOURCE}; lists of the ministry",
)

# %%
counties = cg.load_counties().dropna(subset=["theil"])
lists = cg.load_official("county_programmes")
PROGRAMMES = {
    "strong_town": "strong towns",
    "modern_park": "modern parks",
    "modernisation_zone": "modernisation zones",
}
OUTCOMES = {
    "theil": "Theil",
    "theil_2020": "Theil, shares of 2020",
    "log_ratio": "log ratio",
}


def treated(programme):
    """Counties with a programme's first year, and first levels times trend."""
    first = lists[lists["programme"] == programme].set_index("county")["year"]
    rows = counties.assign(cohort=counties["county"].map(first))
    rows["cohort"] = rows["cohort"].where(rows["cohort"] <= 2022)
    rows["did"] = (rows["year"] >= rows["cohort"]).astype(float)
    start = (
        rows.sort_values("year")
        .groupby("county")[list(OUTCOMES)]
        .transform("first")
    )
    drift = start.mul(rows["year"] - 2014, axis=0).add_suffix("_start_trend")
    return rows.join(drift)


# %% [markdown]
# ## Four regressions
#
# The first is the paper's, but for its controls, which public files do not hold: county and year effects. The others add what it lacks: **province × year effects**, so that only counties of one province are compared; the county's **initial
# level times a trend**, so that those which *started* with a wide gap may narrow at their own pace; and both.

# %%
MODELS = {
    "county and year": "{y}~did|county+year",
    "+ initial level × trend": "{y}~did+{y}_start_trend|county+year",
    "province × year": "{y}~did|county+province^year",
    "both": "{y}~did+{y}_start_trend|county+province^year",
}
fits = {
    (programme, outcome, model): pf.feols(
        formula.format(y=outcome), treated(programme), vcov={"CRV1": "county"}
    )
    for programme in PROGRAMMES
    for outcome in OUTCOMES
    for model, formula in MODELS.items()
}

# %% tags=["hide-input"]
rows = {}
for (programme, outcome, model), fit in fits.items():
    where = rows.setdefault((PROGRAMMES[programme], OUTCOMES[outcome]), {})
    stars = "*" * sum(
        fit.pvalue()["did"] < level for level in (0.1, 0.05, 0.01)
    )
    where[model] = f"{fit.coef()['did']:z.4f}{stars} ({fit.se()['did']:.4f})"
table = pd.DataFrame(rows).T.rename_axis(["programme", "outcome"])
page.table(
    table.reset_index(),
    name="tbl-towns",
    caption="Three farm programmes and the gap in real counties, four regressions",
    notes="Standard errors, clustered by county, in parentheses; \\* p < 0.1, \\*\\* p < 0.05, \\*\\*\\* p < 0.01.",
)

# %% tags=["remove-cell"]
towns = treated("strong_town")
naive = fits["strong_town", "theil", "county and year"]
inside = fits["strong_town", "theil", "province × year"]
both = fits["strong_town", "theil", "both"]
both_fixed = fits["strong_town", "theil_2020", "both"]
both_log = fits["strong_town", "log_ratio", "both"]
numbers = dict(
    treated_counties=int(
        towns.loc[towns["cohort"].notna(), "county"].nunique()
    ),
    parks=int(
        treated("modern_park").query("cohort.notna()")["county"].nunique()
    ),
    zones=int(
        treated("modernisation_zone")
        .query("cohort.notna()")["county"]
        .nunique()
    ),
    naive=naive.coef()["did"],
    naive_t=naive.tstat()["did"],
    naive_percent=100 * naive.coef()["did"] / towns["theil"].mean(),
    inside=inside.coef()["did"],
    both=both.coef()["did"],
    both_p=both.pvalue()["did"],
    gone=100 * (1 - both.coef()["did"] / naive.coef()["did"]),
    both_fixed=both_fixed.coef()["did"],
    both_fixed_p=both_fixed.pvalue()["did"],
    both_log_p=both_log.pvalue()["did"],
)
page.tell(**numbers)
page.export_json(
    "real_towns.json",
    "real",
    source=page.source,
    values={k: float(v) for k, v in (numbers).items()},
)

# %% [markdown]
# ## One sees why before the policy
#
# Look to the left of zero.

# %%
towns["event_time"] = window_event_time(
    towns["year"] - towns["cohort"]
).astype(int)
paths, leads = {}, {}
for model in MODELS:
    for outcome in OUTCOMES:
        formula = MODELS[model].format(y=outcome)
        event = pf.feols(
            formula.replace("~did", "~i(event_time,ref=-1)"),
            towns,
            vcov={"CRV1": "county"},
        )
        paths[model, outcome] = coefficients(event)
        before = [k for k in paths[model, outcome]["event_time"] if k < -1]
        leads[model, outcome] = joint_test(event, before)

# %% tags=["hide-input"]
TOP = {"theil": 0.02, "theil_2020": 0.02, "log_ratio": 0.08}
fig, axis = plt.subplots(figsize=(5.2, 3.1))
unit = {y: TOP["theil"] / top for y, top in TOP.items()}  # all on one axis
words = ""
axis.axhline(0, color=INK, linewidth=0.8)
axis.axvline(-0.5, color=COLOURS["grey"], linestyle=":")
for j, (outcome, name) in enumerate(OUTCOMES.items()):
    first = paths["county and year", outcome]
    with at(axis, b=j):
        axis.plot(
            first["event_time"],
            first["estimate"] * unit[outcome],
            color=COLOURS["grey"],
        )
    for i, model in enumerate(MODELS):
        path, test = paths[model, outcome], leads[model, outcome]
        with at(axis, a=i, b=j):
            axis.vlines(
                path["event_time"],
                path["lower"] * unit[outcome],
                path["upper"] * unit[outcome],
                color=COLOURS["green"],
            )
            axis.plot(
                path["event_time"],
                path["estimate"] * unit[outcome],
                "o",
                color=COLOURS["green"],
            )
        words += when(
            f"<b>{name}, {model}</b>: effect {fits['strong_town', outcome, model].coef()['did']:.4f}; "
            f"all leads zero: F = {test.statistic:.1f}, p = {test.p:.3f}.",
            a=i,
            b=j,
        )
axis.set(
    xlabel="years since the county's first list",
    ylabel="Theil index (log ratio: a quarter)",
    ylim=(-0.015, 0.015),
)
page.interactive(
    fig,
    [
        Selector("a", "Effects", list(MODELS), 0, "menu"),
        Selector("b", "Outcome", list(OUTCOMES.values()), 0, "menu"),
    ],
    words=words,
    name="fig-towns-event",
    caption="Event study of strong towns, relative to the year before the list, 95 % intervals. Choose what stands beside the county effects; the grey line stays with year effects only. "
    "Log ratios are drawn at a quarter of their size.",
    alt="With county and year effects the coefficients rise in a straight line from seven years before the list to two years after. "
    "With province and year effects and the initial level they are close to zero before.",
)

# %% tags=["remove-cell"]
straight = paths["county and year", "theil"].set_index("event_time")[
    "estimate"
]
per_year = np.polyfit(
    [k for k in straight.index if k <= -1], straight.loc[:-1], 1
)[0]
page.tell(
    lead_f=leads["county and year", "theil"].statistic,
    lead_p_both=leads["both", "theil"].p,
    per_year=per_year,
    closing=-100 * both.coef()["theil_start_trend"],
    start_treated=towns[towns["cohort"].notna()]
    .sort_values("year")
    .groupby("county")["theil"]
    .first()
    .mean(),
    start_others=towns[towns["cohort"].isna()]
    .sort_values("year")
    .groupby("county")["theil"]
    .first()
    .mean(),
)

# %% [markdown]
# With county and year effects the line climbs by {glue:text}`per_year:.4f` a year **before** the list, and simply goes on climbing after it (leads: $F$ = {glue:text}`lead_f:.1f`). Treated counties started with a
# smaller gap, {glue:text}`start_treated:.3f` against {glue:text}`start_others:.3f`, and wide gaps narrow fastest: of each point of initial gap, {glue:text}`closing:.1f` % goes every year. Relative to that, a county with a small gap "widens", whoever
# treats it. Choose *province × year* and the climb is mostly gone; choose *both* ($p$ of the leads {glue:text}`lead_p_both:.2f`).
#
# **What two-way fixed effects compare.** County effects take out how counties *differ*, year effects what they *share*. What remains is how they *diverge*, and the regression gives all of it to the policy. But for its controls, it is the regression of the paper's
# Table 2, column 3. Here the divergence happens to work against the programme. A programme whose counties start with *wider* gaps would be handed the same drift with the opposite sign, as a success.
#
# ## Does it hang on a few figures?

# %%
checks = {
    name: {
        model: pf.feols(
            MODELS[model].format(y="theil"), rows, vcov={"CRV1": "county"}
        )
        for model in ("county and year", "both")
    }
    for name, rows in sensitivity_samples(towns).items()
}

# %% tags=["remove-cell"]
steady = checks["without counties whose ratio jumps"]["both"]
whole = checks["all county-years"]["both"].coef()["did"]
rest = sensitivity_samples(towns)["without counties whose ratio jumps"]
page.tell(
    both_steady=steady.coef()["did"],
    both_steady_p=steady.pvalue()["did"],
    jumps_share=100 * (1 - steady.coef()["did"] / whole),
    jumpers=int(towns["county"].nunique() - rest["county"].nunique()),
)

# %% tags=["hide-input"]
page.table(
    pd.DataFrame(
        {
            name: {
                model: f"{fit.coef()['did']:z.4f} ({fit.se()['did']:.4f})"
                for model, fit in by_model.items()
            }
            | {"N": f"{by_model['both']._N:,}"}
            for name, by_model in checks.items()
        }
    ).T.rename_axis("sample"),
    name="tbl-towns-checks",
    caption="Strong towns and the Theil index, other samples",
    notes="Standard errors, clustered by county, in parentheses.",
)

# %% [markdown]
# The first column stays. Of the last one, {glue:text}`jumps_share:.0f` % goes with the {glue:text}`jumpers` counties whose ratio jumps from one year to the next; without them it is {glue:text}`both_steady:.4f` ($p$ = {glue:text}`both_steady_p:.2f`).
#
# ## Exercises

# %% [markdown]
# ### Exercise 1: predict
#
# Throw away every treated county-year, so that no programme can have done anything in what is left. Do counties that *will* be listed (by 2022) still drift? Let `answer_1` be the pair of $t$ statistics of "will be listed" × trend for the Theil index: with county and year
# effects, and with county and province × year effects.
#
# <details class="hint"><summary>Hint</summary>
#
# `towns[towns["did"] == 0]`, and a column that is `year - 2014` where `cohort` is known and zero elsewhere.
#
# </details>

# %% tags=["solution", "hide-cell"]
untreated = towns[towns["did"] == 0]
untreated = untreated.assign(
    drift=untreated["cohort"].notna() * (untreated["year"] - 2014.0)
)
answer_1 = tuple(
    pf.feols(f"theil~drift|{fe}", untreated, vcov={"CRV1": "county"}).tstat()[
        "drift"
    ]
    for fe in ("county+year", "county+province^year")
)

# %% tags=["check", "hide-cell"]
listed = lists[lists["programme"] == "strong_town"].set_index("county")[
    "year"
]
listed = counties["county"].map(listed[listed <= 2022])
kept = ~(counties["year"] >= listed)
later = counties[kept].assign(
    slope=np.where(listed[kept] > 0, counties["year"][kept], 0)
)
later["place"] = later["province"] * 10000 + later["year"]
for given, fe in zip(answer_1, ("county+year", "county+place"), strict=True):
    again = pf.feols(f"theil~slope|{fe}", later, vcov={"CRV1": "county"})
    assert abs(given - again.tstat()["slope"]) < 1e-6, (
        f"With {fe} there is another t. Are all treated county-years out, and "
        "counties listed after 2022 counted as never listed?"
    )
print(
    f"Right: t = {answer_1[0]:.1f}, and {answer_1[1]:.1f} within provinces."
)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# No treated county-year is left, and the divergence is there all the same; within provinces it is not. Whoever has dates of treatment can run this line before any other, and needs no new method for it.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Instead of a straight line, let counties in each quarter of the initial gap have year effects of their own. Let `answer_2` be the coefficient of `did` for the Theil index with county, province × year and quarter × year
# effects.
#
# <details class="hint"><summary>Hint</summary>
#
# `pd.qcut` of the first value of `theil` in each county, one value a county, into four; then `|county+province^year+quarter^year`.
#
# </details>

# %% tags=["solution", "hide-cell"]
start = towns.sort_values("year").groupby("county")["theil"].first()
quarter = pd.qcut(start, 4, labels=False)
answer_2 = pf.feols(
    "theil~did|county+province^year+quarter^year",
    towns.assign(quarter=towns["county"].map(quarter)),
    vcov={"CRV1": "county"},
).coef()["did"]

# %% tags=["check", "hide-cell"]
first_value = counties.sort_values("year").groupby("county")["theil"].first()
edges = first_value.quantile([0.25, 0.5, 0.75]).to_numpy()
fourth = towns["county"].map(first_value).to_numpy()
fourth = np.searchsorted(edges, fourth)
by_hand = towns.assign(cell=fourth * 10000 + towns["year"])
by_hand["place"] = by_hand["province"] * 10000 + by_hand["year"]
found = pf.feols("theil~did|county+place+cell", by_hand, vcov="iid").coef()[
    "did"
]
assert abs(answer_2 - found) < 1e-6, (
    "Year effects by province and by quarter give another coefficient. Has "
    "each county one quarter, that of its first value?"
)
print(f"Right: {answer_2:.4f}.")

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Little of the first coefficient is left, nearly as little as with the straight line. The two answers need not agree; that they do says that the drift is close to straight.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# The paper shows flat leads (its Figure 1). Does that settle the matter for clusters? Say what a reader would still want to see, given this chapter.
#
# <details class="hint"><summary>Hint</summary>
#
# Which regression are the leads taken from, and on which outcome?
#
# </details>

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Flat leads in the very regression that gives the effect are the right check, and the paper's are said to be flat. What is missing is the same figure with province × year effects, and the gap before the policy in treated and other counties
# (the paper's own Table 2, column 1, has the treated *lower* by a great deal). If both are harmless, the worry of this chapter is too. {doc}`Chapter 7.2 <07_2_honest>` asks how large a drift the leads would have missed.
#
# </details>
