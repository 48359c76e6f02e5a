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

# %% tags=["parameters"]
DATA = "synthetic"  # not used: this chapter is about the panel that ships

# %% tags=["hide-input"]
import warnings

import numpy as np
import pandas as pd
import pyfixest as pf
from myst_nb import glue

import clustergap as cg
from bookkit import display as style
from bookkit import ledger
from bookkit.paths import DATA as FOLDER
from clustergap.panel import assemble
from countysim import moments as shaping
from countysim.attainment import attainment
from countysim.calibrate import calibrate
from paneldid.weakiv import weak_iv

style.use_style()
# Dropped singletons are part of the story below; no need to be warned as well.
warnings.filterwarnings("ignore", message=".*singleton.*")

# %%
study = cg.load("synthetic")
panel = study.panel
cells = ledger.published()

# %% tags=["remove-input"]
style.banner(study)

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
# unclustered standard errors are the diagonal of the inverse of their second moments; column 3's say
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
style.table(
    pd.DataFrame(steps, columns=["step", "what it has to meet"]),
    name="tbl-calibration-steps",
    caption="The steps of the calibration",
    source="this book",
)

# %% [markdown]
# ## What was matched
#
# The regressions below are run now, by pyfixest, on the assembled panel. A cell is met if the
# estimate, rounded to the printed places, is the printed string, and the stars agree.

# %%
result = attainment(panel, cells)

# %% tags=["hide-input"]
half = 0.5 * 10.0 ** -result["decimals"].astype(float)
distance = (result["value"] - result["printed"].astype(float)).abs() / half
summary = pd.DataFrame(
    {
        "printed cells": result.groupby("exhibit").size(),
        "met": result.groupby("exhibit")["met"].sum(),
        "largest distance of a met one": distance[result["met"]]
        .groupby(result["exhibit"])
        .max(),
    }
)
glue("cells", len(result), display=False)
glue("met", int(result["met"].sum()), display=False)
glue("unmet", int((~result["met"]).sum()), display=False)
style.table(
    pd.DataFrame(
        {
            "exhibit": [
                e.replace("_", " ").capitalize() for e in summary.index
            ],
            "printed cells": summary["printed cells"].map("{:d}".format),
            "met": summary["met"].map("{:d}".format),
            "largest distance of a met one": summary.iloc[:, 2].map(
                "{:.2f}".format
            ),
        }
    ).reset_index(drop=True),
    name="tbl-attainment",
    caption="Printed cells that the panel meets",
    source=f"the paper; {study.source}",
    notes="Distance from the printed number in halves of its last unit: a number rounds to it up to 1.",
)

# %% tags=["hide-input"]
unmet = result[~result["met"]]
style.table(
    pd.DataFrame(
        {
            "exhibit": unmet["exhibit"].str.replace("_", " ").str.capitalize()
            + ", column "
            + unmet["column"],
            "cell": unmet["row"]
            + ", "
            + unmet["statistic"].str.replace("_", " "),
            "printed": unmet["printed"],
            "in the panel": unmet["rounded"],
        }
    ).reset_index(drop=True),
    name="tbl-unmet",
    caption="Printed cells that the panel does not meet",
    source=f"the paper; {study.source}",
)

# %% [markdown]
# So {glue:text}`met` of {glue:text}`cells` numbers can be true at the same time, and a panel in which
# they are is at hand. The rest, {glue:text}`unmet`, is the next section.
#
# ## The cell that is left unmet
#
# Table 3 prints a Cragg–Donald $F$, for independent errors, and a Kleibergen–Paap $F$, for errors
# clustered by county. Their ratio is what clustering does to the variance of the first-stage coefficient. But
# the instrument is a county constant times a linear trend, and the treatment switches on and stays on. A county's
# scores then add up rather than cancel. The table shows by how much, for each group of counties:
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
printed_f = result.set_index("statistic")["printed"]
wanted = float(printed_f["cragg_donald_f"]) / float(
    printed_f["kleibergen_paap_f"]
)
lowest = by_group.idxmin()
share, sd_times = least_share(by_group, wanted)
share_full, _ = least_share(by_group_full, wanted)
# if the first F counts fixed effects as parameters and the second does not
n, absorbed = len(panel), panel["county"].nunique() + panel["year"].nunique()
counted = n / (n - absorbed - len(cg.CONTROLS))
share_counted, sd_counted = least_share(by_group, wanted * counted)
glue("ratio_here", float(ratio), display=False)
glue("ratio_printed", float(wanted), display=False)
glue("ratio_even", float(bare.mean()), display=False)
glue("ratio_even_full", float(full.mean()), display=False)
glue("taken_up", float(1 - variance_left / variance), display=False)
glue("lowest_group", str(lowest), display=False)
glue("lowest_share", float(share), display=False)
glue("lowest_share_full", float(share_full), display=False)
glue("lowest_share_counted", float(share_counted), display=False)
glue("lowest_size", float(size[lowest] / size.sum()), display=False)
glue("sd_times", float(sd_times), display=False)
glue("sd_counted", float(sd_counted), display=False)
lm = strength.kleibergen_paap_lm
glue("lm_here", float(lm), display=False)
glue("f_here", float(strength.kleibergen_paap_f), display=False)
implied_f = (
    float(printed_f["kleibergen_paap_f"]) * strength.kleibergen_paap_f / lm
)
glue("f_if_lm", float(implied_f), display=False)
glue(
    "ratio_if_lm",
    float(float(printed_f["cragg_donald_f"]) / implied_f),
    display=False,
)
style.table(
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
    source=study.source,
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
# terrain would be the same everywhere. (If the first $F$ counted fixed effects as parameters and the second did not, it would be
# {glue:text}`lowest_share_counted:.0%`, and {glue:text}`sd_counted:.1f` times.) Terrain does not know when a list was published. Controls that move
# with the treatment can lower the ratio, too. Those of this panel take up {glue:text}`taken_up:.0%` of what the fixed
# effects leave of the treatment; but they make the products of the last cohort cancel less, and the same sum comes to {glue:text}`lowest_share_full:.0%`.
#
# Nor does it help if the number in the row of the $F$ is the LM statistic that the paper's text calls it. In this panel the LM
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
formula = "gap~did+" + "+".join(cg.CONTROLS)
rows = []
for column, formula_ in {"1": "gap~did", "2": formula}.items():
    both = {
        kind: pf.feols(formula_, panel, vcov=kind_)
        for kind, kind_ in {
            "unclustered": "iid",
            "clustered": {"CRV1": "county"},
        }.items()
    }
    here = cells.query(
        "exhibit=='table_2' and column==@column and statistic=='se'"
    )
    for cell in here.itertuples():
        name = "Intercept" if cell.row == "constant" else cell.row
        rows.append(
            (
                f"({column}) {cell.row}",
                cell.printed,
                *(f"{fit_.se()[name]:.4f}" for fit_ in both.values()),
            )
        )
frame = pd.DataFrame(
    rows, columns=["coefficient", "printed", "unclustered", "clustered"]
)
style.table(
    frame,
    name="tbl-iid-or-clustered",
    caption="Standard errors of Table 2, columns 1 and 2",
    source=f"the paper; {study.source}",
)

# %% tags=["remove-cell"]
simple = pf.feols("gap~did", panel, vcov="iid")
constant = result.query(
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
glue("icc_allowed", float(allowed), display=False)
glue("icc_found", float(found), display=False)

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
glue(
    "urban_share",
    float((urban["urban_population"] / urban["population"]).mean()),
    display=False,
)
glue("income_ratio", float(panel["income_ratio"].median()), display=False)
change = panel.groupby("county")["brand"].diff().dropna()
glue("brand_falls", float((change < 0).mean()), display=False)
for index in ("gap", "gini"):
    plain, grouped = (
        pf.feols(
            f"{index}~did+{'+'.join(cg.CONTROLS)}|county+year",
            panel,
            vcov=kind,
        )
        for kind in ("iid", {"CRV1": "county"})
    )
    t_ratio = float(abs(grouped.tstat()["did"]))
    effect = float((grouped.se()["did"] / plain.se()["did"]) ** 2)
    glue(f"t_{index}", t_ratio, display=False)
    glue(f"design_{index}", effect, display=False)
    glue(f"sd_{index}", float(panel[index].std()), display=False)
in_east = panel["region"].eq("eastern").to_numpy()
own = {f"{name}_east": panel[name] * in_east for name in cg.CONTROLS}
region_year = panel["region"].astype(str) + panel["year"].astype(str)
split = panel.assign(region_year=region_year, **own)
slopes = "+".join([*cg.CONTROLS, *own])
rest = pf.feols(f"did~{slopes}|county+region_year", split, vcov="iid").resid()
apart = pf.feols(f"gap~did+{slopes}|county+region_year", split, vcov="iid")
glue(
    "east_weight",
    float((rest**2)[in_east].sum() / (rest**2).sum()),
    display=False,
)
glue("regions_mean", float(apart.coef()["did"]), display=False)
glue(
    "regions_pooled",
    float(
        result.set_index(["exhibit", "column", "row", "statistic"]).loc[
            ("table_2", "3", "did", "estimate"), "value"
        ]
    ),
    display=False,
)

# %% [markdown]
# - **The gap is large.** A Theil index with the printed mean means that townspeople earn several times what
#   villagers earn: the median ratio here is {glue:text}`income_ratio:.1f`. The urban share of people is
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
# - **The whole is no mean of its regions.** As one, it would give the East more than half of the weight (the {doc}`audit <90_audit>`). Here the East
#   has {glue:text}`east_weight:.0%`, and the mean of the two regions' effects is {glue:text}`regions_mean:.3f`. It takes common year effects and common
#   slopes of the controls to make it {glue:text}`regions_pooled:.3f`.
# - **The gap falls fast.** A coefficient of column 1 so far from that of column 3 asks for lower gaps in cluster
#   counties, for gaps that fall over time, or for both.
#
# ## What was free
#
# Whatever is not printed is left to the draw. Another seed meets the same cells with
# another panel:

# %%
other, _ = assemble(calibrate(cells, seed=1))
again = attainment(other, cells)

# %% tags=["hide-input"]
baseline = f"gap~did+{'+'.join(cg.CONTROLS)}|county+year"


def unprinted(data: pd.DataFrame) -> dict[str, str]:
    """Some quantities about which the paper prints nothing."""
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
        "effect two years after": f"{dynamic.coef()['k::2']:.3f}",
        "effect in the cohort of 2022": f"{last.coef()['did']:.3f}",
        "mean Gini coefficient": f"{data['gini'].mean():.3f}",
        "correlation of gap and GDP per person": f"{data['gap'].corr(data['pgdp']):.2f}",
        "largest gap": f"{data['gap'].max():.2f}",
        "mean gap in the last year": f"{growth.iloc[-1]:.3f}",
    }


first, second_ = unprinted(panel), unprinted(other)
style.table(
    pd.DataFrame(
        {
            "quantity": ["printed cells met", *first],
            "this panel": [
                f"{result['met'].sum():d} of {len(result)}",
                *first.values(),
            ],
            "another seed": [
                f"{again['met'].sum():d} of {len(again)}",
                *second_.values(),
            ],
        }
    ),
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


# %% tags=["check", "hide-cell"]
def printed_levels(data):
    """Mean and spread of the gap, then slopes and constants of Table 2."""
    found = [data["gap"].mean(), data["gap"].std()]
    for names in (["did"], ["did", *cg.CONTROLS]):
        design = data[names].assign(constant=1.0)
        found.extend(np.linalg.lstsq(design, data["gap"])[0])
    within = pf.feols(baseline, data, vcov="iid").coef()
    means = data[["gap", *within.index]].mean()
    found.append(means["gap"] - means[within.index] @ within)
    return np.array([*found, *within])


raised = printed_levels(panel.assign(gap=panel["gap"] + 0.01))
moved = (abs(raised - printed_levels(panel)) > 1e-6).sum()
assert answer_1 == moved, (
    "Regressions with the raised gap say otherwise. Slopes and spreads do "
    "not move; what does?"
)
print(f"Right: {answer_1}.")

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

# %% tags=["check", "hide-cell"]
was, becomes = (
    pf.feols(baseline, panel.assign(gap=values), vcov="iid").coef()["did"]
    for values in (panel["gap"], answer_2)
)
assert abs(becomes + 0.05) < 1e-6, (
    f"With your gap the coefficient is {becomes:.4f}."
)
shift = answer_2 - panel["gap"]
idle = panel[[*cg.CONTROLS]].corrwith(shift).abs().max()
spent = shift @ shift - (becomes - was) * (shift @ panel["did"])
assert idle < 1e-4 and abs(spent) < 1e-4, (
    "A smaller change would do: a part of yours does not move the "
    "coefficient, because controls or fixed effects take it up."
)
print(f"Right: a county-year changes by at most {shift.abs().max():.3f}.")

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

# %% tags=["check", "hide-cell"]
trial = panel.assign(
    shift=answer_3 - panel["gap"], lead=panel["event_time"].eq(-1) * 1.0
)
seen, path = (
    pf.feols(f"shift~{lead}{baseline[4:]}", trial, vcov="iid").coef()
    for lead in ("", "lead+")
)
assert abs(seen).max() < 1e-6, (
    "The baseline regression has noticed: a coefficient has moved."
)
step = path["lead"]
assert abs(step + 0.02) < 1e-6, (
    f"Beside `did`, the year before the start has moved by {step:+.4f}."
)
print(f"Right: the year before moves by {step:.2f}, the baseline by nothing.")

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Ten coefficients are ten linear equations in more than ten thousand outcomes. Whatever is orthogonal to their rows is free, and a dummy for one event time has a part that is. So the printed
# baseline does not tell whether trends were parallel: two panels with the same Table 2 may look calm or alarming in an event study. What the paper's text says of Figure 1
# gives some of this away, which is why the calibration uses it; what no table or figure shows is the draw's, not China's.
# (Your new gap may be negative in places, which no Theil index can be; the weights $W$ are there to prevent that.)
#
# </details>
