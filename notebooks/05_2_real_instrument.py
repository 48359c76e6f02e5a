# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 5.2 Real counties: rugged land and the gap
#
# The paper's instrument is terrain ruggedness times a trend. If clusters narrow the gap, and rugged counties get more clusters, then the gap must narrow faster in
# rugged counties. That chain of two printed numbers is a prediction about real counties, and it needs no list of covered counties. Does it hold?
#
# **The answer.** It does not show. One standard deviation of relief changes the yearly trend of the Theil index by **{glue:text}`real:.5f`**
# (95 % interval {glue:text}`real_low:.5f` to {glue:text}`real_high:.5f`; within provinces {glue:text}`inside:.5f`, {glue:text}`inside_low:.5f` to
# {glue:text}`inside_high:.5f`), where the paper implies {glue:text}`per_sd:.4f`. The lowest end of all eight intervals of the two indices is
# {glue:text}`lowest:.5f`; the implied number is {glue:text}`times:.1f` times that. In proportion to the mean it lies outside all eight as well; in proportion to the
# standard deviation it lies outside those with year effects, and just inside the widest of those within provinces.

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

warnings.filterwarnings("ignore", message=".*singleton fixed effect")
page = Page("05_2_real_instrument", source=SOURCE)

# %%
counties = cg.load_counties()
panel = counties.dropna(subset=["theil", "relief"])
relief = panel.drop_duplicates("county")["relief"]
# relief_trend: relief over its standard deviation, times years since 2014

# %% [markdown]
# ## What the paper implies
#
# The **{term}`reduced form`** of an instrumental-variable estimate is the effect of the instrument on the outcome: first stage times second stage. Printed are
# {glue:text}`first:.3f` and {glue:text}`second:.3f`, so each unit of ruggedness changes the index by {glue:text}`per_unit:.5f` a year.
#
# But what is a unit? The paper does not say. Two ways round:
#
# - **As if in the unit of our file.** The relief figures at hand have a standard deviation of {glue:text}`relief_sd:.2f`. If the paper used the same ones, it
#   implies {glue:text}`per_sd_file:.4f` a year for one standard deviation.
# - **Without a unit.** The printed first-stage $F$ is large or small whatever the unit. It says what share of the treatment's variance the instrument
#   explains, and so how far one standard deviation of the instrument moves the treatment. With counties joining in the proportions of the batches, that
#   implies {glue:text}`per_sd:.4f` a year (controls left aside).

# %% tags=["hide-input"]
first, second = (
    printed_value("table_3", "1", "ruggedness", "estimate"),
    printed_value("table_3", "2", "did", "estimate"),
)
n, f_statistic = (
    printed_value("table_3", "1", "model", s) for s in ("n", "cragg_donald_f")
)
treated = printed_value("table_1", "main", "gap", "mean") - printed_value(
    "table_2", "1", "constant", "estimate"
)
treated /= printed_value(
    "table_2", "1", "did", "estimate"
)  # share of county-years
years = np.arange(2014, 2023)
batches = cg.load_official("clusters")["batch_year"].value_counts()
batches = batches[[2020, 2021, 2022]]
paths = (years >= batches.index.to_numpy()[:, None]).astype(float)
joined = treated * len(years) / np.average(paths.sum(axis=1), weights=batches)
weight = np.append(joined * batches / batches.sum(), 1 - joined)
paths = np.vstack([paths, np.zeros(len(years))])  # the never treated
left = paths - paths.mean(axis=1, keepdims=True)
left = left - weight @ left  # two-way residual of the treatment
sd_treatment = np.sqrt(weight @ (left**2).mean(axis=1))
r = np.sqrt(f_statistic / (f_statistic + n))  # instrument and treatment
per_sd = second * r * sd_treatment / years.std()
per_unit = first * second

# %% tags=["remove-cell"]
ratio = panel["theil"].mean() / printed_value(
    "table_1", "main", "gap", "mean"
)
sd_ratio = panel["theil"].std() / printed_value(
    "table_1", "main", "gap", "sd"
)
numbers = dict(
    first=first,
    second=second,
    per_unit=per_unit,
    relief_sd=relief.std(),
    per_sd_file=per_unit * relief.std(),
    per_sd=per_sd,
    matched=per_sd * ratio,
    matched_sd=per_sd * sd_ratio,
    over_years=8 * per_sd,
)
page.tell(**numbers)

# %% [markdown]
# The two agree within a factor of two, so the paper's ruggedness may well be of this kind. Over the eight years from 2014 to 2022 the smaller one adds up to
# {glue:text}`over_years:.3f` for a county that is one standard deviation more rugged. Carried over to real counties ({doc}`chapter 5.1 <05_1_real_levels>`) in proportion
# to the mean it is {glue:text}`matched:.5f` a year, in proportion to the standard deviation {glue:text}`matched_sd:.5f`.
#
# ## What real counties show
#
# The same regression on real counties: county effects, year effects, and relief times trend. With **province × year effects**, only counties of one province are
# compared. **Before 2020** no cluster existed; whatever relief does there is not the work of clusters, and an instrument that works through clusters alone must do nothing.

# %%
OUTCOMES = {
    "theil": "Theil",
    "theil_2020": "Theil, shares of 2020",
    "log_ratio": "log ratio",
}
EFFECTS = {"year": "county+year", "province × year": "county+province^year"}
SPANS = {
    "2014 to 2022": panel,
    "2014 to 2019": panel[panel["year"] < 2020],
}
fits = {
    (outcome, effects, span): pf.feols(
        f"{outcome}~relief_trend|{absorbed}", rows, vcov={"CRV1": "unit"}
    )
    for outcome in OUTCOMES
    for effects, absorbed in EFFECTS.items()
    for span, rows in SPANS.items()
}

# %% tags=["hide-input"]
rows = {}
for (outcome, effects, span), fit in fits.items():
    row = rows.setdefault((OUTCOMES[outcome], effects), {})
    beta, se = fit.coef()["relief_trend"], fit.se()["relief_trend"]
    row[span] = f"{beta:.5f} ({se:.5f})"
    row[f"t, {span}"] = f"{beta / se:.1f}"
table = pd.DataFrame(rows).T.rename_axis(["outcome", "effects beside county"])
page.table(
    table.reset_index(),
    name="tbl-real-relief",
    caption="Change of the gap each year for one standard deviation of relief, real counties",
    notes="Standard errors, clustered by prefecture, in parentheses. "
    f"{fits['theil', 'year', '2014 to 2022']._N:,} county-years, {fits['theil', 'year', '2014 to 2019']._N:,} of them before 2020.",
)

# %% tags=["hide-input"]
fig, axis = plt.subplots(figsize=(6.4, 3.5))
shown = [(e, s) for e in EFFECTS for s in SPANS]
for place, (effects, span) in enumerate(shown):
    for outcome, colour, shift in (
        ("theil", "green", 0.12),
        ("theil_2020", "blue", -0.12),
    ):
        fit = fits[outcome, effects, span]
        low, high = fit.confint().loc["relief_trend"]
        axis.errorbar(
            fit.coef()["relief_trend"],
            -place + shift,
            xerr=[
                [fit.coef()["relief_trend"] - low],
                [high - fit.coef()["relief_trend"]],
            ],
            fmt="o",
            color=COLOURS[colour],
            label=OUTCOMES[outcome] if place == 0 else None,
        )
for value, words, up in (
    (per_unit * relief.std(), "the paper,\nunit of our file", 0.45),
    (per_sd, "the paper,\nwithout a unit", 0.45),
    (per_sd * ratio, "in proportion\nto the mean", -1.5),
):
    axis.axvline(value, color=COLOURS["vermillion"], linestyle=(0, (4, 2)))
    axis.annotate(
        f"{words}:\n{value:.4f}".replace("-", "−"),
        (value, up),
        xytext=(5 if up > 0 else -5, 0),
        textcoords="offset points",
        ha="left" if up > 0 else "right",
        va="top" if up > 0 else "center",
        color=COLOURS["vermillion"],
        fontsize=9,
    )
axis.axvline(0, color=INK, linewidth=0.8)
axis.set_yticks(
    [-p for p in range(len(shown))],
    [f"{span},\n{effects} effects" for effects, span in shown],
)
axis.set(
    xlabel="change of the Theil index each year for one SD of relief",
    ylim=(-3.5, 0.6),
)
axis.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, fontsize=9)
page.figure(
    fig,
    name="fig-real-relief",
    caption="What relief does to the trend of the gap in real counties, 95 % intervals, and what the paper's two numbers imply (dashed).",
    alt="Eight estimates with intervals, all close to zero. Three dashed lines lie to their left, "
    f"at {per_sd * ratio:.4f}, {per_sd:.4f} and {per_unit * relief.std():.4f}.",
    source=f"{SOURCE}; dashed lines: the paper's Tables 2 and 3",
)

# %% tags=["remove-cell"]
everything = fits["theil", "year", "2014 to 2022"]
inside = fits["theil", "province × year", "2014 to 2022"]
early_log = fits["log_ratio", "year", "2014 to 2019"]
early_log_inside = fits["log_ratio", "province × year", "2014 to 2019"]
bounds = np.array(
    [
        f.confint().loc["relief_trend"].to_numpy()
        for k, f in fits.items()
        if k[0] != "log_ratio"
    ]
)
assert per_sd * ratio < bounds.min() < per_sd * sd_ratio  # as the text says
low, high = everything.confint().loc["relief_trend"]
inside_low, inside_high = inside.confint().loc["relief_trend"]
more = dict(
    real=everything.coef()["relief_trend"],
    real_low=low,
    real_high=high,
    inside=inside.coef()["relief_trend"],
    inside_low=inside_low,
    inside_high=inside_high,
    lowest=bounds.min(),
    times=per_sd / bounds.min(),
    early_log=early_log.coef()["relief_trend"],
    early_log_t=early_log.tstat()["relief_trend"],
    early_log_inside=early_log_inside.coef()["relief_trend"],
    early_log_inside_t=early_log_inside.tstat()["relief_trend"],
    real_counties=int(panel["county"].nunique()),
)
page.tell(**more)
page.export_json(
    "real_instrument.json",
    "real",
    source=page.source,
    values={k: float(v) for k, v in (numbers | more).items()},
)

# %% [markdown]
# **Before 2020.** In the log ratio, rugged counties were on a path of their own: {glue:text}`early_log:.4f` a year (*t* =
# {glue:text}`early_log_t:.1f`), so their gap narrowed *less*; within provinces it turns round, to {glue:text}`early_log_inside:.4f` (*t* =
# {glue:text}`early_log_inside_t:.1f`). No cluster can have done that. Two $t$ statistics of two among the six before 2020 are a warning and no proof; but the exclusion restriction says that relief has
# no other road to the gap, and what there is to see speaks against it, in a direction that depends on whom one compares.
#
# ## Does it hang on a few figures?

# %%
checks = {
    name: pf.feols(
        "theil~relief_trend|county+year", rows, vcov={"CRV1": "unit"}
    )
    for name, rows in sensitivity_samples(panel).items()
}

# %% tags=["hide-input"]
lines = {}
for name, fit in checks.items():
    low, high = fit.confint().loc["relief_trend"]
    lines[name] = {
        "estimate": f"{fit.coef()['relief_trend']:.5f}",
        "95 % interval": f"[{low:.5f}, {high:.5f}]",
        "N": f"{fit._N:,}",
    }
page.table(
    pd.DataFrame(lines).T.rename_axis("sample"),
    name="tbl-real-relief-checks",
    caption="The Theil index on relief times trend, county and year effects, other samples",
    notes="Clustered by prefecture.",
)

# %% [markdown]
# ## What can be concluded, and what cannot
#
# - **Can.** In {glue:text}`real_counties` real counties the gap did not narrow faster on rugged land by the implied amount, nor by the same amount in proportion to the
#   real mean. If the paper's first stage holds in these counties, its second does not, and the reverse.
# - **Can.** Where relief goes with a trend at all, the trend is there before the policy. That is a reason to doubt exclusion whatever the unit.
# - **Cannot.** These are poor counties, more rugged than the average one. The paper's reduced form is one for 1,287 counties of all kinds, with controls that public files do not
#   hold. In plains and rich counties relief may do something else.
# - **Cannot.** The unit of the paper's ruggedness, and which source it has. One sentence from the authors would replace our two ways round by a number.
#
# ## Exercises

# %% [markdown]
# ### Exercise 1: predict
#
# Relief times trend lets rugged counties drift apart in a straight line. What if the drift is not straight? Replace the trend by a set of years: `relief` times each
# year, with 2019 as the base. Let `answer_1` be the coefficient of 2022 for the Theil index, per standard deviation of relief, with county and year effects.
#
# <details class="hint"><summary>Hint</summary>
#
# `pf.feols("theil~i(year,z,ref=2019)|county+year", …)` with `z` the relief over its standard deviation, `relief.std()`.
#
# </details>

# %% tags=["solution", "hide-cell"]
scaled = panel.assign(z=panel["relief"] / relief.std())
by_year = pf.feols(
    "theil~i(year,z,ref=2019)|county+year", scaled, vcov={"CRV1": "unit"}
)
answer_1 = by_year.coef()["year::2022:z"]

# %% tags=["check", "hide-cell"]
dummies = {
    f"d{y}": panel["relief"] / relief.std() * (panel["year"] == y)
    for y in sorted(set(panel["year"]) - {2019})
}
again = pf.feols(
    f"theil~{'+'.join(dummies)}|county+year",
    panel.assign(**dummies),
    vcov="iid",
)
assert abs(answer_1 - again.coef()["d2022"]) < 1e-6, (
    "Eight dummies times relief give another coefficient. Is 2019 the base, "
    "and relief in standard deviations?"
)
print(f"Right: {answer_1:.4f}.")

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# It is close to zero as well: the three years after the first clusters do not break away from the years before. Such a plot of an instrument's coefficients, year by year, is the quickest check of a
# reduced form with a trend in it, and it needs no first stage.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Cluster the first regression of {numref}`tbl-real-relief` for the log ratio (county and year effects, all years) by county instead of prefecture. Let `answer_2` be the ratio of the
# two $t$ statistics, by county over by prefecture. Which of the two would you print?
#
# <details class="hint"><summary>Hint</summary>
#
# The fit by prefecture is `fits["log_ratio", "year", "2014 to 2022"]`.
#
# </details>

# %% tags=["solution", "hide-cell"]
by_prefecture = fits["log_ratio", "year", "2014 to 2022"]
model = "log_ratio~relief_trend|county+year"
by_county = pf.feols(model, panel, vcov={"CRV1": "county"})
answer_2 = (
    by_county.tstat()["relief_trend"] / by_prefecture.tstat()["relief_trend"]
)

# %% tags=["check", "hide-cell"]
other = pf.feols(
    "log_ratio~relief_trend|county+year", panel, vcov={"CRV1": "county"}
)
prefectures = fits["log_ratio", "year", "2014 to 2022"].se()["relief_trend"]
assert abs(answer_2 - prefectures / other.se()["relief_trend"]) < 1e-6, (
    "The coefficient is the same in both, so the ratio of the t statistics "
    "is the inverse ratio of the errors. That gives another number."
)
print(f"Right: {answer_2:.2f}.")

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# By prefecture. Mountains do not stop at a county's border, and neither do the shocks to its incomes: relief and residuals are both shared by neighbours, which is when clustering by county goes
# wrong. {doc}`Chapter 5.5 <05_5_real_neighbours>` goes on to distance itself.
#
# </details>
