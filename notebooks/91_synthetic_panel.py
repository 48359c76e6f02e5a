# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # How the synthetic panel was made
#
# The paper's county data are private. The panel that ships with this book is made by a program, and no
# row of it describes a real county. What it shares with the data behind the paper is the
# printed numbers: run the regressions, and the tables come out. This chapter says how that
# was done, what was left to chance, and what such a panel can and cannot show.

# %% tags=["parameters", "hide-input"]
RESULTS = "../build/results"  # where the results of the other chapters lie

# %% tags=["hide-input"]
import warnings

import numpy as np
import pandas as pd
import pyfixest as pf
from exercises.synthetic_panel import check_1, check_2, check_3

import clustergap as cg
from bookkit import ledger
from bookkit.page import Page
from bookkit.paths import DATA as FOLDER
from clustergap.panel import assemble
from countysim import moments as shaping
from countysim.calibrate import calibrate
from paneldid.identified import NotEstimable
from paneldid.weakiv import weak_iv
from printcheck import verdicts

# Dropped singletons are part of the story below; no need to be warned as well.
warnings.filterwarnings("ignore", message=".*singleton.*")

# %%
study = cg.load("synthetic")
panel = study.panel
cells = ledger.published()
page = Page("91_synthetic_panel", study)
baseline = f"gap~did+{'+'.join(cg.CONTROLS)}|county+year"

# %% tags=["remove-input"]
page.banner()

# %% [markdown]
# ## Two programs, kept apart
#
# `simulate` draws a panel from a process whose truth the caller chooses: the effect of a
# cluster, constant or changing with time or by cohort; whether trends are parallel; whether the instrument is
# weak, strong, or invalid. It knows nothing of the paper's results. It serves for teaching and
# for testing estimators against a known truth.
#
# `calibrate` starts from such a draw and moves it to the printed numbers, which it takes as an argument. Both
# write the same six raw tables, and no estimator can tell which of the two it reads.
#
# ## Why it is possible
#
# Hold the regressors, the treatment and the instrument fixed. Every coefficient by least squares,
# and by two-stage least squares, is then a weighted sum of the outcome:
#
# $$
# \hat\beta_j = \sum_{it} h_{j,it}\, Y_{it}, \qquad h_j \text{ a function of the regressors alone.}
# $$
#
# So the printed coefficients of Tables 2, 3, 4 and 6 are linear equations in one and the same vector of outcomes, which
# has many more elements than there are equations. Standard errors, $R^2$ and standard deviations are
# not linear, but smooth. With $m(Y)$ all of these moments and $J$ their derivatives, the step
#
# $$
# \Delta = W J' \left(J W J' + R\right)^{-1} \left(m^{*} - m(Y)\right)
# $$
#
# is the smallest change, measured in $W^{-1}$, that brings them to $m^{*}$, up to what the ridge $R$
# leaves open where little is at stake. $W$ makes relative changes equally likely, which keeps
# outcomes positive. A few such steps suffice. The aim is an *interval*: any number that rounds to the printed
# one, and whose $t$-ratio has the printed stars, is as good as another.
#
# The regressors come first, because the tables tell about them, too. Column 1 of Table 2 follows from column 2
# by the omitted-variable identity, so the controls of treated county-years must differ from the others' by a known
# amount, weighted by the coefficients. Column 2's $R^2$ is a quadratic form in the controls' covariances. Its
# unclustered standard errors are the roots of the diagonal of $s^2 (X'X)^{-1}$, the inverse of their second moments up to scale;
# column 3's say
# how much each control varies within counties. All of these are smooth functions of the
# controls, and the same step finds them.
#
# ## The order of the work

# %% tags=["hide-input"]
steps = [
    (
        "Counties, clusters",
        "real provinces, batches, products; counties drawn; grain clusters cover what Table 6's "
        "column 2 implies, and one county changes type",
    ),
    (
        "Controls",
        "means and spreads of Table 1; what Table 2 implies about second moments",
    ),
    (
        "Common support",
        "the controls of a few counties trade places, until the rows off support are as many "
        "as Table 4's column 3 lacks",
    ),
    (
        "Loans",
        "some counties become larger or smaller, until the median split loses the right number "
        "of single county-years",
    ),
    (
        "Ruggedness",
        "first-stage coefficient and Kleibergen–Paap F of Table 3",
    ),
    (
        "Gap",
        "everything in Tables 1 to 4 and 6 that rests on it, and what the text says of Figure 1: "
        "leads far from significant, clearly negative effects",
    ),
    (
        "Gini",
        "Table 4's column 1; Theil and Gini together give incomes and urban shares",
    ),
    ("Mechanisms", "Table 5; whole numbers where the real ones are whole"),
]
page.table(
    pd.DataFrame(steps, columns=["step", "what it has to meet"]),
    name="tbl-calibration-steps",
    caption="The steps of the calibration",
    source="this book",
)

# %% [markdown]
# ## What was matched
#
# The chapters have run their regressions on the assembled panel and recorded what came out; the {doc}`scoreboard <80_scoreboard>` shows the same comparison. A cell is met if the
# estimate, rounded to the printed places, is the printed string, and the stars agree.

# %%
records = [
    r
    for r in ledger.read_records(RESULTS)
    if r.source == study.source and r.exhibit != "text"
]
if not records:
    raise NotEstimable(
        "It compares the synthetic panel with print, and these results come "
        "from other tables. The book that ships has this page."
    )
result = verdicts.compare(records, cells)
met = result["verdict"] == verdicts.Verdict.EXACT

# %% tags=["hide-input"]
half = 0.5 * 10.0 ** -result["decimals"].astype(float)
distance = (result["value"] - result["printed"].astype(float)).abs() / half
by_exhibit = result["exhibit"].str.replace("_", " ").str.capitalize()
page.table(
    pd.DataFrame(
        {
            "printed cells": met.groupby(by_exhibit).size().astype(str),
            "met": met.groupby(by_exhibit).sum().astype(str),
            "largest distance of a met one": distance[met]
            .groupby(by_exhibit)
            .max()
            .map("{:.2f}".format)
            .reindex(by_exhibit.unique(), fill_value="–"),
        }
    ).rename_axis("exhibit"),
    name="tbl-attainment",
    caption="Printed cells that the panel meets",
    source=f"the paper; {study.source}",
    notes="Distance from the printed number in halves of its last unit: a number rounds to it up to 1.",
)

# %% tags=["hide-input"]
LABELS = cg.LABELS | {"constant": "Constant", "model": ""}
unmet = result[~met]
page.tell(cells=len(result), met=met.sum(), unmet=len(unmet))
page.table(
    pd.DataFrame(
        {
            "exhibit": by_exhibit[~met] + ", column " + unmet["column"],
            "cell": unmet["row"].map(lambda r: LABELS.get(r, r))
            + unmet["statistic"].map(
                lambda s: verdicts.NAMES.get(s, f", {s}")
            ),
            "printed": unmet["printed"],
            "in the panel": unmet["rounded"],
        }
    ).reset_index(drop=True),
    name="tbl-unmet",
    caption="Printed cells that the panel does not meet",
    source=f"the paper; {study.source}",
)

# %% [markdown]
# So {glue:text}`met` of {glue:text}`cells` numbers can be true at the same time: in this panel they are. Not met: {glue:text}`unmet`, the subject of the next section.
#
# ## The cell that is left unmet
#
# Table 3 prints a Cragg–Donald $F$, for independent errors, and a Kleibergen–Paap $F$, for errors
# clustered by county. Their ratio is what clustering does to the variance of the first-stage coefficient. But
# the instrument is a county constant times a linear trend, and the treatment switches on and stays on. A county's
# contributions to the estimate's error then add up rather than cancel. {numref}`tbl-inflation` shows by how much, for each group of counties:
# the variance of the clustered sums over what independent errors of the same spread would give. With county and year
# effects alone, which is as far as print leads, it depends on *when counties are treated*, not on what ruggedness is. The last
# column adds the controls of this panel.

# %%
county, years = panel["county"].factorize()[0], panel["year"].to_numpy()
cohort = panel.groupby("county")["cohort"].first()
groups = cohort.map("{:.0f}".format).replace("nan", "never treated")
size = groups.value_counts()
trend = years - years.mean()


def inflation(controls):
    """Inflation by county, and the variance of the treatment net of controls."""
    fit = shaping.regression(county, years, panel[[*controls]].to_numpy())
    did = fit.residuals(panel["did"].to_numpy(float))
    sums = shaping.run_sums(trend * did, shaping.first_rows(county)) ** 2
    variance = np.mean(did**2)
    independent = (np.unique(trend) ** 2).sum() * variance
    return pd.Series(sums / independent, cohort.index), variance


def least_share(by_group, ratio):
    """Least share of the group of least inflation, and its spread over the next one."""
    lowest, next_ = by_group.sort_values().index[:2]
    low, high = by_group[lowest], by_group[next_]
    share = (high - ratio) / (high - low)
    per_county = (share / size[lowest]) / ((1 - share) / size[next_])
    return share, np.sqrt(per_county)


bare, variance = inflation(())
full, variance_left = inflation(cg.CONTROLS)
by_group = bare.groupby(groups).mean()
by_group_full = full.groupby(groups).mean()

# %% tags=["hide-input"]
strength = weak_iv(panel, "gap", "did", "ruggedness_trend", cg.CONTROLS)
ratio = strength.cragg_donald_f / strength.kleibergen_paap_f
printed_f = cells.set_index("statistic")["printed"]
wanted = float(printed_f["cragg_donald_f"]) / float(
    printed_f["kleibergen_paap_f"]
)
lowest = by_group.idxmin()
share, sd_times = least_share(by_group, wanted)
share_full, _ = least_share(by_group_full, wanted)
lm = strength.kleibergen_paap_lm
implied_f = (
    float(printed_f["kleibergen_paap_f"]) * strength.kleibergen_paap_f / lm
)
page.tell(
    ratio_here=ratio,
    ratio_printed=wanted,
    ratio_even=bare.mean(),
    ratio_even_full=full.mean(),
    taken_up=1 - variance_left / variance,
    lowest_group=lowest,
    lowest_share=share,
    lowest_share_full=share_full,
    lowest_size=size[lowest] / size.sum(),
    sd_times=sd_times,
    lm_here=lm,
    f_here=strength.kleibergen_paap_f,
    f_if_lm=implied_f,
    ratio_if_lm=float(printed_f["cragg_donald_f"]) / implied_f,
)
page.table(
    pd.DataFrame(
        {
            "cohort": by_group.index,
            "counties": [f"{size[g]:d}" for g in by_group.index],
            "inflation": by_group.map("{:.1f}".format).to_numpy(),
            "with controls": by_group_full.map("{:.1f}".format).to_numpy(),
        }
    ),
    name="tbl-inflation",
    caption="How much clustering inflates the variance of the first stage, by group of counties",
)

# %% [markdown]
# If ruggedness varies alike everywhere, the ratio is {glue:text}`ratio_even:.1f`, or
# {glue:text}`ratio_even_full:.1f` with the panel's controls; in the panel it is
# {glue:text}`ratio_here:.1f`; the printed one is {glue:text}`ratio_printed:.2f`. With county and year effects alone it is a weighted mean of
# the inflations, the weights being each group's part in the variation of
# ruggedness. Only the cohort of {glue:text}`lowest_group` lies below the printed ratio. To
# reach it, at the least {glue:text}`lowest_share:.0%` of all variation would have to sit in those counties,
# {glue:text}`lowest_size:.0%` of the total, with a standard deviation
# {glue:text}`sd_times:.1f` times that of the counties without a cluster, and *none at all* in the other cohorts, whose
# terrain would be the same everywhere. Nothing ties terrain to the year of a list like that. Controls that move
# with the treatment can lower the ratio, too. Those of this panel take up {glue:text}`taken_up:.0%` of what the fixed
# effects leave of the treatment; but they make the products of the last cohort cancel less, and the same sum comes to {glue:text}`lowest_share_full:.0%`.
#
# Perhaps the printed $F$ is in truth the LM statistic, as the paper's text says? Then the ratio would be lower still: in this panel the LM
# statistic is {glue:text}`lm_here:.1f` where the $F$ is {glue:text}`f_here:.1f`; in this proportion the $F$ would be
# {glue:text}`f_if_lm:.1f`, and the ratio {glue:text}`ratio_if_lm:.1f`.
#
# A panel that meets both statistics could be made; it would be a contrivance, and this one does without. Either the two printed
# statistics come from different specifications, or the first stage was another one.
#
# ## Where the paper is silent
#
# **Standard errors of Table 2, columns 1 and 2.** The note says clustered. The numbers say
# otherwise:

# %% tags=["hide-input"]
kinds = {"unclustered": "iid", "clustered": {"CRV1": "county"}}
tables = []
for column, formula in {
    "1": "gap~did",
    "2": baseline.partition("|")[0],
}.items():
    errors = pd.DataFrame(
        {k: pf.feols(formula, panel, vcov=v).se() for k, v in kinds.items()}
    ).rename(index={"Intercept": "constant"})
    printed = cells.query(
        "exhibit=='table_2' and column==@column and statistic=='se'"
    ).set_index("row")["printed"]
    errors = errors.map("{:.4f}".format)
    errors.insert(0, "printed", printed)
    shown = errors.loc[printed.index].rename(LABELS)
    tables.append(shown.add_prefix(f"({column}) ", axis=0))
page.table(
    pd.concat(tables).rename_axis("coefficient"),
    name="tbl-iid-or-clustered",
    caption="Standard errors of the paper's Table 2, columns 1 and 2",
    source=f"the paper; {study.source}",
)

# %% tags=["remove-cell"]
simple = pf.feols("gap~did", panel, vcov="iid")
constant = cells.query(
    "exhibit=='table_2' and column=='1' and row=='constant' and statistic=='se'"
).iloc[0]
most = float(constant["printed"]) + 0.5 * 10.0 ** -int(constant["decimals"])
t = panel["year"].nunique()
# the constant is the mean of the untreated rows: a county's number of them is its cluster's size
untreated = panel.loc[panel["did"] == 0, "county"].value_counts()
further = (untreated**2).sum() / untreated.sum() - 1
allowed = ((most / simple.se()["Intercept"]) ** 2 - 1) / further
residual = pd.Series(simple.resid(), panel.index)
between = residual.groupby(panel["county"]).mean().var()
found = (between - residual.var() / t) / (residual.var() * (1 - 1 / t))
page.tell(icc_allowed=allowed, icc_found=found)

# %% [markdown]
# For the constant of column 1 to be as precise as printed with clustered errors, the residuals of a
# county's untreated years may be correlated at {glue:text}`icc_allowed:.2f` at most. In this panel, which has column
# 3's $R^2$, the correlation is {glue:text}`icc_found:.2f`. (It could be low only if nearly all of
# that $R^2$ came from the year effects, that is, if counties hardly differed.) The book therefore estimates these
# two columns without clustering, as the printed numbers imply, and compares with those.
#
# **Common support.** The paper matches to the nearest neighbour and excludes what cannot be matched. Here, a logit of
# `treat` on the controls, pooled over years, gives the scores, and rows outside the other group's range are
# off support. Some programs drop only treated rows, others both kinds; in this panel no untreated
# row is off support, so that both give the same sample.
#
# **Loans.** High means above the pooled median of county-years. County-years that are alone in their
# county on one side of it have no within-variation, and are dropped as singletons; that explains the printed numbers of observations.
#
# **A county that changes type.** The numbers of observations by type fit if one county joins a grain cluster
# first and a high-value cluster in the last year: its last year is then a singleton in column 1.
#
# ## What the printed numbers ask of the data
#
# Calibration is also a test of plausibility: some numbers can be met, but only by data of a
# peculiar kind.

# %% tags=["remove-cell"]
urban = pd.read_csv(
    FOLDER / "synthetic" / "yearbook.csv",
    usecols=["urban_population", "population"],
)
change = panel.groupby("county")["brand"].diff().dropna()
numbers = {}
for index in ("gap", "gini"):
    plain, grouped = (
        pf.feols(baseline.replace("gap", index), panel, vcov=kind)
        for kind in kinds.values()
    )
    numbers[f"t_{index}"] = abs(grouped.tstat()["did"])
    numbers[f"design_{index}"] = (
        grouped.se()["did"] / plain.se()["did"]
    ) ** 2
    numbers[f"sd_{index}"] = panel[index].std()
in_east = panel["region"].eq("eastern").to_numpy()
own = {f"{name}_east": panel[name] * in_east for name in cg.CONTROLS}
region_year = panel["region"].astype(str) + panel["year"].astype(str)
split = panel.assign(region_year=region_year, **own)
slopes = "+".join([*cg.CONTROLS, *own])
rest = pf.feols(f"did~{slopes}|county+region_year", split, vcov="iid").resid()
apart = pf.feols(f"gap~did+{slopes}|county+region_year", split, vcov="iid")
pooled = pf.feols(baseline, panel, vcov="iid")
page.tell(
    **numbers,
    urban_share=(urban["urban_population"] / urban["population"]).mean(),
    income_ratio=panel["income_ratio"].median(),
    brand_falls=(change < 0).mean(),
    east_weight=(rest**2)[in_east].sum() / (rest**2).sum(),
    regions_mean=apart.coef()["did"],
    regions_pooled=pooled.coef()["did"],
)

# %% [markdown]
# - **The gap is large.** A Theil index with the printed mean means that incomes in town are several times those in the
#   country: the median ratio here is {glue:text}`income_ratio:.1f`. The urban share of people is
#   a free choice, {glue:text}`urban_share:.0%` on average; at shares nearer to the census the
#   ratio would be larger still.
# - **Protected products jump.** The printed $R^2$ and standard error for geographical indications
#   leave much noise from year to year and hardly any persistence. A stock of protected products that behaves so
#   falls in {glue:text}`brand_falls:.0%` of county-years, which a real register would hardly do.
# - **The two indices are measured with unlike precision.** The policy's effect on Theil has a $t$ ratio of
#   {glue:text}`t_gap:.1f`, that on Gini of {glue:text}`t_gini:.1f`, though the same regressors explain more of Gini. The panel meets this by
#   its errors: clustering multiplies the variance of the one by {glue:text}`design_gap:.1f` and that of the other by
#   {glue:text}`design_gini:.1f`. With equal factors Gini would have to spread more than Theil (the {doc}`audit <90_audit>`); here its
#   standard deviation is {glue:text}`sd_gini:.3f` against {glue:text}`sd_gap:.3f`.
# - **The whole is no mean of its regions.** With a year effect and slopes of its own for each region, the East has {glue:text}`east_weight:.0%` of the weight in the common effect,
#   which is then {glue:text}`regions_mean:.3f`. It takes common year effects and common slopes of the controls, as in the paper's equation (3), to make it
#   {glue:text}`regions_pooled:.3f`. Whether counties of East and West share their years is a question of parallel trends.
# - **The gap falls fast.** A coefficient of column 1 so far from that of column 3 asks for lower gaps in cluster
#   counties, for gaps that fall over time, or for both.
#
# ## What was free
#
# Whatever is not printed is left to the draw. Calibrated from another seed, another panel has the same printed numbers, and other answers to what is not printed:

# %%
other, _ = assemble(calibrate(cells, seed=1))


def quantities(data: pd.DataFrame) -> dict[str, str]:
    """Two printed quantities, and some about which the paper prints nothing."""
    printed = pf.feols(baseline, data, vcov={"CRV1": "county"})
    event = data.assign(
        k=data["event_time"].clip(lower=-7).fillna(-1).astype(int)
    )
    dynamic = pf.feols(
        baseline.replace("did", "i(k,ref=-1)"), event, vcov="iid"
    )
    recent = data[(data["cohort"] != 2020) & (data["cohort"] != 2021)]
    last = pf.feols(baseline, recent, vcov="iid")
    growth = data.groupby("year")["gap"].mean()
    return {
        "printed: baseline coefficient": f"{printed.coef()['did']:.3f}",
        "printed: its standard error": f"{printed.se()['did']:.3f}",
        "effect two years after": f"{dynamic.coef()['k::2']:.3f}",
        "effect in the cohort of 2022": f"{last.coef()['did']:.3f}",
        "mean Gini coefficient": f"{data['gini'].mean():.3f}",
        "correlation of gap and GDP per person": f"{data['gap'].corr(data['pgdp']):.2f}",
        "largest gap": f"{data['gap'].max():.2f}",
        "mean gap in the last year": f"{growth.iloc[-1]:.3f}",
    }


# %% tags=["hide-input"]
page.table(
    pd.DataFrame(
        {"this panel": quantities(panel), "another seed": quantities(other)}
    ).rename_axis("quantity"),
    name="tbl-free",
    caption="Two panels with the same printed numbers",
    source="two synthetic panels",
)

# %% [markdown]
# ## What it can show, and what not
#
# It can show that chapters and calibration run the same regressions: a wrong sample, a wrong fixed effect or a wrong
# degree of freedom in one of them breaks agreement at once; a misreading of the paper that they share never does. It can show which printed numbers fit together, and which do not. And
# it lets anyone change a specification and see what *a* panel with these numbers answers.
#
# It cannot show that the paper is right. The panel agrees because it was made to. Any robustness check whose
# result is not printed answers for this draw, not for the counties of China: {numref}`tbl-free` shows
# two panels with the same tables and different answers.

# %% [markdown]
# ## Exercises

# %% [markdown]
# ### Exercise 1: predict
#
# Suppose that the gap of every county-year of the synthetic panel grew by 0.01. How many of the printed cells of Tables 1 and 2 would come out differently? Let `answer_1` be
# your number. Which ones?
#
# <details class="hint"><summary>Hint</summary>
#
# What does adding a constant to the outcome do to slopes, to R², to standard errors? The gap has a mean in Table 1, and each column of Table 2 prints a constant; column 3's is the
# mean of what the slopes leave. `cells` may help with counting.
#
# </details>

# %% tags=["solution", "hide-cell"]
levels = cells[
    (cells["row"].eq("constant") & cells["statistic"].eq("estimate"))
    | (cells["row"].eq("gap") & cells["statistic"].eq("mean"))
]
answer_1 = len(levels)


# %% tags=["check"]
check_1(answer_1, panel, baseline, cg.CONTROLS)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The mean of the gap, and the constant of each column. All else is about differences from means: slopes, residuals, and hence R² and standard errors. The calibration uses this
# backwards: level and effects can be met one after the other. (Logarithms or shares of the gap would be another matter: there the level enters everywhere.)
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Calibrate by hand. Find the *smallest* change of the synthetic panel's gap (least sum of squares) that makes the baseline coefficient of `did` equal to −0.05. Let
# `answer_2` be the new gap, a Series with the panel's index.
#
# <details class="hint"><summary>Hint</summary>
#
# By Frisch and Waugh, $\hat\beta = \sum \tilde d\, Y / \sum \tilde d^2$, with $\tilde d$ the residual of `did` after controls and fixed effects. What does adding $c\,\tilde d$ to the gap do to
# $\hat\beta$, and why is no other change of the same effect smaller?
#
# </details>

# %% tags=["solution", "hide-cell"]
auxiliary = pf.feols(baseline.replace("gap~did+", "did~"), panel, vcov="iid")
now = pf.feols(baseline, panel, vcov="iid").coef()["did"]
answer_2 = panel["gap"] + (-0.05 - now) * auxiliary.resid()

# %% tags=["check"]
check_2(answer_2, panel, baseline, cg.CONTROLS)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Adding $c\,\tilde d$ raises $\hat\beta$ by exactly $c$. Any other change with the same effect is $c\,\tilde d$ plus something orthogonal to $\tilde d$, which only adds squares. The coefficients of
# the controls move a little, since nothing held them: to keep them as well, one must add $c$ times `did` freed of the fixed effects alone, which is a larger change. Each printed number that has to
# be met makes the smallest change larger. The formula at the head of this chapter does this for all printed numbers at once; the rows of $J$ that belong to coefficients are the $h_j$, and
# $W$ measures changes relative to the gap.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# A panel that meets every printed coefficient can still have any event-study path. Show it for one point: let `answer_3` be a new gap in which counties have a gap
# lower by 0.02 *in the year before their start*, as far as that leaves all coefficients of the baseline regression unchanged.
#
# <details class="hint"><summary>Hint</summary>
#
# Make a dummy for `event_time` −1. Only the part of it that is orthogonal to `did`, controls and fixed effects can be added without the baseline's noticing.
#
# </details>

# %% tags=["solution", "hide-cell"]
dummy = panel.assign(before=panel["event_time"].eq(-1).astype(float))
unseen = pf.feols(baseline.replace("gap~", "before~"), dummy, vcov="iid")
answer_3 = panel["gap"] - 0.02 * unseen.resid()

# %% tags=["check"]
check_3(answer_3, panel, baseline)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Ten coefficients are ten linear equations in more than ten thousand outcomes. Whatever is orthogonal to their rows is free, and a dummy for one event time has a part that is. So the printed
# baseline does not tell whether trends were parallel: two panels with the same Table 2 may look calm or alarming in an event study. What the paper's text says of Figure 1
# gives some of this away, which is why the calibration uses it; what no table or figure shows is the draw's, not China's.
# (Your new gap may be negative in places, which no Theil index can be; the weights $W$ are there to prevent that.)
#
# </details>
