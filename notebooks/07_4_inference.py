# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 7.4 Inference
#
# The coefficient of the baseline stays the same on this page; only its uncertainty changes. Which
# counties are independent of each other?

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
DRAWS = 1999  # of each bootstrap and of each randomisation test
SEED = 1908  # of these draws; any number will do

# %% tags=["hide-input"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf
from exercises.inference import check_1, check_2, check_3
from scipy import stats

import clustergap as cg
from bookkit.display import COLOURS, INK
from bookkit.page import Page
from clustergap.disclosure import SUPPRESSED, may_show_cohorts
from clustergap.requirements import require
from paneldid.few_clusters import small_sample_errors
from paneldid.identified import Gaps, require_several
from paneldid.resampling import (
    PValue,
    leave_one_out,
    placebo,
    wild_cluster_bootstrap,
)

# %%
study = cg.load(DATA)
panel = study.panel
page = Page("07_4_inference", study)
formula = f"gap~did+{'+'.join(study.controls) or 1}|county+year"

# %% tags=["remove-input"]
page.banner()


# %% [markdown]
# **The answer.** On this panel the choice {glue:text}`verdict` the verdict at 5 %. The largest of {glue:text}`errors_tried` standard errors that allow for dependence is **{glue:text}`largest_over_county:.2f` times** the one by county and leaves
# a $t$ of {glue:text}`smallest_t:.1f`; of {glue:text}`methods` $p$-values that allow for it the largest is {glue:text}`largest_p`.
#
# Clusters are given to *groups* of counties, so the
# natural level is the industrial cluster: its error is {glue:text}`unit_over_county:.2f` times the county's, and dealing out whole clusters at random gives $p$ {glue:text}`unit_p`.


# %%
def units_of_assignment(panel):
    """A unit for each row: its industrial cluster, or neighbours never treated.

    Clusters are cut at provinces and by first year. Counties that never join are put
    together by their codes, in groups of a cluster's mean size.
    """
    require(panel, "industrial_cluster")
    counties = panel.groupby("county")[
        ["province", "cohort", "industrial_cluster"]
    ].first()
    parts = [
        counties[name].astype(str)
        for name in ("province", "industrial_cluster", "cohort")
    ]
    joined = parts[0] + " " + parts[1] + " " + parts[2]
    never = counties["cohort"].isna()
    size = max(1, round(joined[~never].value_counts().mean()))
    place = counties[never].groupby("province").cumcount() // size
    joined[never] = parts[0][never] + " never " + place.astype(str)
    return panel["county"].map(joined), size


LEVELS = {
    "county": {"CRV1": "county"},
    "industrial cluster": {"CRV1": "unit"},
    "province": {"CRV1": "province"},
    "county and year": {"CRV1": "county+year"},
    "province and year": {"CRV1": "province+year"},
}
fits = {}
gaps = Gaps()  # what the data at hand do not tell
with gaps.column("industrial cluster"):
    units, unit_size = units_of_assignment(panel)
    panel = panel.assign(unit=units)
for name, vcov in LEVELS.items():
    if vcov["CRV1"] == "unit" and "unit" not in panel:
        continue
    with gaps.column(f"clusters by {name}"):
        require_several(panel, *vcov["CRV1"].split("+"))
        fits[name] = pf.feols(formula, panel, vcov=vcov)
unclustered = pf.feols(formula, panel, vcov="hetero")

# %%
levels = [level for level in ("county", "province") if level in fits]
small = {
    level: small_sample_errors(
        panel, "gap", "did", study.controls, cluster=level
    )
    for level in levels
}

# %%
WEIGHTS = {"county": "rademacher", "province": "webb"}
wild = {
    level: wild_cluster_bootstrap(
        panel,
        formula,
        seed=SEED,
        draws=DRAWS,
        weights=WEIGHTS[level],
        cluster=level,
    )
    for level in levels
}

# %%
SCHEMES = {
    "all counties": {},
    "within provinces": {"strata": "province"},
    "whole clusters": {"unit": "unit", "cluster": "unit"},
    "whole clusters within provinces": {
        "unit": "unit",
        "cluster": "unit",
        "strata": "province",
    },
}
randomised = {
    name: placebo(panel, formula, seed=SEED, draws=DRAWS, **scheme)
    for name, scheme in SCHEMES.items()
    if "unit" in panel or "unit" not in scheme
}


# %% tags=["hide-input"]
def said(p):
    """A p-value, or what it cannot exceed where no draw was as far out."""
    if isinstance(p, PValue):
        return f"{'≤ ' * (not p.exceed)}{p.p:.4f}"
    return f"{p:.4f}" if p >= 5e-5 else "<0.0001"


def line(method, level, p, se=np.nan, df=np.nan):
    value = p.p if isinstance(p, PValue) else p
    return {
        "method": method,
        "clusters": level,
        "SE": f"{se:.5f}" if np.isfinite(se) else "",
        "degrees of freedom": ""
        if np.isnan(df)
        else f"{df:.0f}".replace("inf", SUPPRESSED),
        "p": said(p),
    }, (se, df, value)


told = may_show_cohorts(study.panel, study.private)


def of_fit(method, name, fit):
    # one less than the number of units; the figure's interval must not tell it either
    df = float(fit._df_t) if told or name != "industrial cluster" else np.inf
    normal = 2 * stats.norm.sf(
        abs(fit.tstat()["did"])
    )  # as would the p-value of t
    return line(
        method,
        name,
        fit.pvalue()["did"] if np.isfinite(df) else normal,
        fit.se()["did"],
        df,
    )


lines = [of_fit("heteroskedasticity only", "none", unclustered)]
lines += [of_fit("CR1, the usual", name, fit) for name, fit in fits.items()]
lines += [
    line(kind, level, r["p"], r["se"], r["df"])
    for level, table in small.items()
    for kind, r in table.iterrows()
]
lines += [
    line("wild bootstrap", level, draws.tail("t"))
    for level, draws in wild.items()
]
lines += [
    line(f"randomisation, {statistic}", name, draws.tail(statistic))
    for name, draws in randomised.items()
    for statistic in ("coefficient", "t")
]
rows = pd.DataFrame([shown for shown, _ in lines])
numbers = pd.DataFrame(
    [found for _, found in lines], columns=["se", "df", "p"]
)
numbers["clusters"] = rows["clusters"]
beta = fits["county"].coef()["did"]

# %% tags=["hide-input"]
drawn = numbers["se"].notna()
reach = numbers["se"] * stats.t.ppf(0.975, numbers["df"])
labels = rows["method"] + ", " + rows["clusters"]
labels = labels.str.removesuffix(", none")[drawn]
fig, axis = plt.subplots(figsize=(7.4, 0.3 * drawn.sum() + 1))
axis.errorbar(
    np.full(drawn.sum(), beta),
    range(drawn.sum()),
    xerr=reach[drawn],
    fmt="o",
    color=COLOURS["blue"],
    capsize=3,
)
axis.axvline(0, color=INK, linewidth=0.8)
axis.set_yticks(range(drawn.sum()), labels)
axis.invert_yaxis()
axis.set(xlabel="coefficient and 95 % interval")
page.figure(
    fig,
    name="fig-inference",
    caption="The baseline's coefficient with the interval of each standard error.",
    alt="One point and a horizontal interval for each method, all at the same coefficient; the intervals differ in width.",
)

# %% [markdown]
# ## Which groups for the standard errors?
#
# **By county**, as in the paper: a county's errors may be correlated over time, counties are independent.
#
# **By industrial cluster**: a county is not designated alone. A cluster takes in several, so treatment is *assigned* to groups, and errors belong on the level of
# assignment {cite:p}`abadie2023`. Which counties that never joined would have been a group is not known; here {glue:text}`unit_groups`.
#
# **By province**: clusters are proposed by provinces, and neighbours share weather, markets
# and statisticians. If the treatment is assigned, or the errors move, at the level of the
# province, that is the level to cluster at {cite:p}`mackinnon2023,cameron2015`. **Two ways**: also the counties of one year.
#
# ## How many groups are enough?
#
# Provinces are few and unequal. The usual formula (**CR1**) then gives errors that are too small and $t$ quantiles that are too
# kind. **CR2** scales each cluster's residuals so that the variance is right on average if errors are independent with one variance, and asks how many degrees of
# freedom it really has; **CR3** leaves each cluster out in turn and is on the safe side.
#
# The **{term}`wild cluster bootstrap`** {cite:p}`cameron2008` gives whole clusters' residuals random signs, under the hypothesis of
# no effect, and reads off how often the $t$ statistic is as large. With few clusters it uses six values instead of two signs.
#
# ## Other treatments, the same counties
#
# **{term}`Randomisation inference <randomisation inference>`** asks something else: not whether other counties could have been sampled, but whether
# *the same counties* could have drawn other treatments. Its null is *sharp*: no effect on any county in any year. With the $t$ statistic
# in the place of the coefficient the test also holds, approximately, when effects differ but average zero. "All counties" supposes that any county
# could have been drawn; "within provinces", that only counties of one province could change places, so that each
# province keeps its number of treated counties in each cohort. "Whole clusters" deals out the units above, as the policy did: if neighbours share shocks, moving single counties breaks up what belongs together
# and makes chance look smaller than it is.

# %% tags=["hide-input"]
page.table(
    rows,
    name="tbl-inference",
    caption="One coefficient, many uncertainties: the baseline of Table 2, column 3",
    notes="Where degrees of freedom are withheld, p is that of the normal distribution. "
    * (not told)
    + f"Bootstrap and randomisation: {DRAWS:,} draws, so the smallest possible p is {1 / (DRAWS + 1):.4f}; "
    "≤ marks lines in which no draw was as far out, and p may be smaller still."
    + gaps.note
    + study.controls_note,
)

# %% tags=["remove-cell"]
county = fits["county"].se()["did"]
dependent = numbers[numbers["clusters"] != "none"]
greatest = dependent.loc[dependent["p"].idxmax()]
errors = dependent["se"].dropna()


def over_county(level):
    """A level's error over that by county, missing if these data lack it."""
    return fits[level].se()["did"] / county if level in fits else np.nan


whole = randomised.get("whole clusters")
of_counties = randomised["all counties"].coefficients.std()
page.tell(
    county_se=county,
    province_over_county=over_county("province"),
    unit_over_county=over_county("industrial cluster"),
    unit_groups=np.nan
    if "unit" not in panel
    else "neighbours by county code are, in groups of a size withheld here"
    if not told
    else f"neighbours by county code are, in groups of {unit_size}, a cluster's mean size"
    if unit_size > 1
    else "each is taken for itself, as the mean cluster has one county",
    unit_p=said(whole.tail("t")) if whole else np.nan,
    unit_spread=whole.coefficients.std() / of_counties if whole else np.nan,
    largest_over_county=errors.max() / county,
    smallest_t=abs(beta) / errors.max(),
    errors_tried=len(errors),
    largest_p=rows.loc[greatest.name, "p"],
    methods=len(dependent),
    verdict="changes"
    if (dependent["p"] < 0.05).nunique() > 1
    else "does not change",
    cr2_df=small["province"].loc["CR2", "df"]
    if "province" in small
    else np.nan,
    n_provinces=panel["province"].nunique(),
)

# %% [markdown]
# Clustering by province multiplies the county-clustered error of {glue:text}`county_se:.4f` by
# {glue:text}`province_over_county:.2f`, by industrial cluster by {glue:text}`unit_over_county:.2f`. The {glue:text}`n_provinces` provinces are worth
# {glue:text}`cr2_df:.0f` degrees of freedom: the more they differ in size, the fewer. Placebo coefficients of whole clusters spread {glue:text}`unit_spread:.2f` times as widely as
# those of single counties. Two things add to that: what neighbours by code have in common, if only their region, and that the number of treated counties
# is no longer the same in every draw.
#
# ## Which province carries it?

# %%
alone, without = Gaps(), None
with alone.column("the estimate without each province"):
    require_several(panel, "province")
    without = leave_one_out(panel, formula, by="province")


# %% tags=["hide-input"]
def each_left_out():
    """Draw the coefficient without each province."""
    order = np.argsort(without.coefficients)
    fig, axis = plt.subplots(figsize=(7.4, 3.6))
    axis.axhline(
        without.observed, color=COLOURS["vermillion"], label="all provinces"
    )
    axis.errorbar(
        range(len(order)),
        without.coefficients[order],
        yerr=1.96 * without.ses[order],
        fmt="o",
        markersize=4,
        linewidth=1,
        color=COLOURS["blue"],
        label="without one, 95 % interval",
    )
    axis.axhline(0, color=INK, linewidth=0.8)
    axis.set_xticks(range(len(order)), without.labels[order], fontsize=9)
    axis.set(xlabel="province left out (code)", ylabel="coefficient")
    axis.legend(loc="upper right", bbox_to_anchor=(1, 0.93), fontsize=9)
    return page.figure(
        fig,
        name="fig-leave-one-province",
        caption="The baseline coefficient without each province in turn.",
        alt="Coefficients with intervals, one for each province left out, in ascending order from "
        f"{without.coefficients.min():.4f} to {without.coefficients.max():.4f}; a line marks the full sample's "
        f"{without.observed:.4f}.",
    )


page.say(alone.note.strip()) if without is None else each_left_out()

# %% tags=["remove-cell"]
extremes = {}
if without:
    low, high = without.coefficients.min(), without.coefficients.max()
    page.tell(loo_low=low, loo_high=high)
    extremes = {
        "least without a province": float(low),
        "greatest without a province": float(high),
    }

# %% tags=["remove-cell"]
page.export_json(
    "indicators_07_4_inference.json",
    "indicators",
    values={
        "largest SE over county-clustered SE": float(errors.max() / county),
        "largest p": float(dependent["p"].max()),
        "methods": len(dependent),
    }
    | extremes,
)

# %% [markdown]
# The coefficients lie between {glue:text}`loo_low:.4f` and {glue:text}`loo_high:.4f`.
#
# ## What is missing: space
#
# Neighbouring counties on two sides of a provincial border are not independent either. Spatial errors after Conley need
# coordinates, which the raw tables do not hold. Clusters of whole provinces are
# the coarser substitute.
#
# ## What to conclude
#
# If the finding survives the most cautious line of {numref}`tbl-inference`, chance is not its weak point. None of these errors
# knows about bias: they are about samples and assignments that might have been, not about trends that were different.
# In real data nothing guarantees that the lines by province lie close to those by county.

# %% tags=["remove-input"]
by_region = [
    pf.feols(
        formula.replace("|county+year", "|county+region^year"),
        panel,
        vcov={"CRV1": level},
    ).se()["did"]
    for level in (
        ("province", "county")
        if study.synthetic and panel["region"].nunique() > 1
        else ()
    )
]
page.words(
    synthetic="The shocks of the synthetic panel are drawn county by county, so nothing here can show what shared shocks do ({doc}`chapter 7.6 <07_6_monte_carlo>` makes some). That the error by province is "
    f"{over_county('province'):.2f} times that by county comes first from the noise of an error that rests on {panel['province'].nunique()} clusters, and "
    "only then from differences between regions, which the calibration put in: with year effects by region it is still "
    f"{by_region[0] / by_region[1]:.2f} times."
    if by_region
    else ""
)

# %% [markdown]
# ## Exercises

# %% [markdown]
# ### Exercise 1: predict
#
# The panel has few years. What do you expect of errors clustered by *year* alone: larger or smaller than by county? Let `answer_1` be the one over
# the other (by year over by county), and say why nobody should use it, whatever comes out.
#
# <details class="hint"><summary>Hint</summary>
#
# `pf.feols(formula, panel, vcov={"CRV1": "year"})`; the errors by county are in `fits`.
#
# </details>

# %% tags=["solution", "hide-cell"]
by_year = pf.feols(formula, panel, vcov={"CRV1": "year"})
answer_1 = by_year.se()["did"] / fits["county"].se()["did"]

# %% tags=["check"]
check_1(answer_1, formula, panel, fits)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The year effects have already taken out what all counties share in a year, so there is no reason for a much larger error. But a handful of years is a
# handful of squared scores, and their sum is a very noisy estimate of a variance. Worse, clustering by year treats the years of *one* county as
# independent, and the persistence of a county's shocks is the very reason to cluster a difference-in-differences {cite:p}`cameron2015`.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Suppose that there were only the first six provinces (by code). Run the wild cluster bootstrap by province on their counties with random signs (`"rademacher"`), with the chapter's seed and draws. Let `answer_2` be
# its $p$-value. How many different samples can there be, and from how many clusters on can signs reach $p < 0.05$ at all?
#
# <details class="hint"><summary>Hint</summary>
#
# Copy the second call in `wild`. Each of $G$ provinces has one of two signs; turning all signs round leaves $|t|$ as it is.
#
# </details>

# %% tags=["solution", "hide-cell"]
six = sorted(panel["province"].unique())[:6]
signs = wild_cluster_bootstrap(
    panel[panel["province"].isin(six)],
    formula,
    seed=SEED,
    draws=DRAWS,
    weights="rademacher",
    cluster="province",
)
answer_2 = signs.tail("t").p

# %% tags=["check"]
check_2(answer_2, panel, formula, SEED, DRAWS)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# There are $2^G$ patterns of signs, and $2^{G-1}$ different $|t|$. With six clusters these are thirty-two, and one of them is the sample itself, so that $p$ cannot come out below about 1/32
# however strong the effect is. With five clusters the floor is 1/16: no test at 5 % can reject.
# Webb's six values make $6^G/2$ samples, which is why they are preferred when clusters are very few. Neither makes six clusters tell as much as thirty.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# Clustering two ways can give a *smaller* error than clustering one way. How? Let `answer_3` be the standard error by county and year, put
# together from three simpler ones, and look at what is added and what is subtracted. Leave out all factors for small samples, so that the
# sum comes out exactly: `ssc=pf.ssc(k_adj=False, G_adj=False)`.
#
# <details class="hint"><summary>Hint</summary>
#
# Variances add up: by county, plus by year, less by what is counted twice, the county-year. That is a single row, hence `"hetero"`.
#
# </details>

# %% tags=["solution", "hide-cell"]
by_county, by_year, by_row = (
    pf.feols(
        formula, panel, vcov=v, ssc=pf.ssc(k_adj=False, G_adj=False)
    ).se()["did"]
    for v in ({"CRV1": "county"}, {"CRV1": "year"}, "hetero")
)
answer_3 = np.sqrt(by_county**2 + by_year**2 - by_row**2)

# %% tags=["check"]
check_3(answer_3, formula, panel, fits)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# $V = V_{county} + V_{year} - V_{row}$. The result lies below $V_{year}$ whenever $V_{county} < V_{row}$, that is, if the scores of one county tend to
# have *opposite* signs in different years. Fixed effects bring this about: a county's residuals add up to zero, so that they are
# a little negatively correlated even if the shocks are not. A smaller two-way error is therefore no discovery. With few years, take the largest of the three.
#
# </details>

# %% [markdown]
# ### Exercise 4: explain
#
# An open question. The authors cluster by county; a referee demands provinces. Write the reply, in at most 150 words: which level is right for *this* policy and why, what the table says about the
# difference, and one thing that no choice of clusters can repair.
#
# <details class="hint"><summary>Hint</summary>
#
# Separate three arguments: who was sampled, who was assigned together, and whose shocks move together.
#
# </details>

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# One point for each of five things. (1) The level follows from assignment or from shared shocks, not from which error is larger. (2) The industrial cluster is named as the unit of assignment,
# and what is unknown about it (which untreated counties would have been a group). (3) Few provinces: the number of degrees of freedom is quoted, with CR2, CR3 or the bootstrap.
# (4) Numbers of the table support the verdict. (5) Bias from unequal trends is kept apart from uncertainty. "Provinces are more conservative, so take provinces" earns none of the first three.
#
# </details>
