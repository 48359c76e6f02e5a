# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4.1 Baseline results
#
# Does the gap narrow where a cluster starts? The paper answers with three regressions, each with more held fixed than the one before: they are
# the columns of its Table 2. From the third it concludes that joining a cluster "leads to a 3.3% reduction in the urban-rural income gap" and that H1,
# *clusters narrow the gap*, is supported. This chapter looks at the groups, runs the regressions, and asks in what unit the coefficient is.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables

# %% tags=["hide-input"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf
import seaborn as sns
from exercises.baseline import check_1, check_2, check_3, check_4

import clustergap as cg
from bookkit.display import COLOURS, INK, counted
from bookkit.page import Page
from clustergap.requirements import require_cohorts_told
from paneldid.identified import Gaps
from paneldid.reghdfe import WithConstant
from printcheck.verdicts import STAR_LEVELS

# %%
study = cg.load(DATA)
panel = study.panel
page = Page("04_1_baseline", study)

# %% tags=["remove-input"]
page.banner()

# %% [markdown]
# ## Two groups, before and after
#
# A difference-in-differences needs no regression to start with. Take the counties that join a cluster sooner or later, and those that never do,
# and follow their mean gap.

# %% tags=["hide-input"]
starts = panel.loc[panel["cohort"] > panel["year"].min(), "cohort"]
start = int(starts.min() if len(starts) else panel["cohort"].min())
names = {1: "joins a cluster sooner or later", 0: "never joins"}
means = panel.groupby([panel["treat"].map(names), "year"])["gap"].mean()
fig, axis = plt.subplots(figsize=(5.8, 3.2))
sns.lineplot(
    means.reset_index(),
    x="year",
    y="gap",
    hue="treat",
    style="treat",
    hue_order=names.values(),
    palette=[COLOURS["blue"], COLOURS["grey"]],
    markers=True,
    ax=axis,
)
axis.axvline(start - 0.5, color=INK, linewidth=0.8, linestyle=":")
axis.set(xlabel="", ylabel="mean Theil index", ylim=(0, None))
axis.legend(title=None, loc="lower left")
page.figure(
    fig,
    name="fig-group-means",
    caption="Mean gap by year in counties that join a cluster and in those that never do. Right of the dotted line clusters exist.",
    alt="Two lines. "
    + " ".join(
        f"{words[0].upper() + words[1:]}: from {path.iloc[0]:.3f} to {path.iloc[-1]:.3f}."
        for words, path in means.groupby("treat")
    ),
)

# %% tags=["hide-input"]
when = panel["year"].ge(start).map({False: "before", True: "since"})
square = (
    panel.pivot_table("gap", panel["treat"].map(names), when)
    .reindex(index=names.values(), columns=["before", "since"])
    .assign(change=lambda of: of["since"] - of["before"])
)
square.loc["difference"] = square.iloc[0] - square.iloc[1]
page.table(
    square.map("{:.3f}".format).rename_axis("county"),
    name="tbl-two-by-two",
    caption=f"Mean gap before {start} and since, and the difference of the two changes",
    notes="Differences of unrounded means.",
)

# %% [markdown]
# {numref}`tbl-two-by-two` holds the whole idea. In the panel the two groups differ before anything happened, by {glue:text}`selection:.3f`: that is *selection*. The gap of those
# that never join changes by {glue:text}`common:.3f` anyway: that is the *common path*. What is left, {glue:text}`did_of_means:.3f`, is the difference of the two changes. It is an effect if
# the groups would have changed alike without clusters. It counts all years since {glue:text}`start` as treated, also of counties that joined later; the regressions do that better.
#
# ## Three regressions
#
# `vcov` says which standard errors: `"iid"` takes all errors as independent and equally spread; `{"CRV1": "county"}` lets those of a county be correlated
# ({term}`clustered <clustered standard error>` by county), with the usual small-sample factor.

# %%
by_county = {"CRV1": "county"}
controls = "+".join(study.controls) or "1"

simple = pf.feols("gap~did", panel, vcov="iid")
controlled = pf.feols(f"gap~did+{controls}", panel, vcov="iid")
baseline = pf.feols(f"gap~did+{controls}|county+year", panel, vcov=by_county)

# %% [markdown]
# A regression with fixed effects has no constant of its own. The paper prints one, as Stata's
# `reghdfe` does: the mean of the outcome less what the regressors explain at their means,
# $\bar y - \bar x'\hat\beta$.

# %% tags=["hide-input"]
LABELS = {name: cg.LABELS[name] for name in ("did", *study.controls)}
fits = {"(2)": controlled, "(3)": WithConstant(baseline, panel)}
hidden = Gaps()
with hidden.column("column 1 and the constants"):
    # both means and their weighted mean tell how many county-years are treated
    require_cohorts_told(study, panel)
    LABELS |= {"Intercept": "Constant"}
    fits = {"(1)": simple, **fits}
told = not hidden.reasons
page.exhibit(
    "table_2",
    fits,
    LABELS,
    {"Clustered by county": ["No", "No", "Yes"][-len(fits) :]},
    record=None if told else {name: name for name in LABELS},
    columns=[int(column[1]) for column in fits],
    levels=(1, 3),
    caption="Clusters and the urban–rural income gap, printed and computed here",
    notes=page.STARS_ONLY + hidden.note + study.controls_note,
)

# %% tags=["remove-cell"]
effect, gap = baseline.coef()["did"], panel["gap"]
page.tell_fit("baseline", baseline)
page.tell(
    beta_simple=simple.coef()["did"] if told else np.nan,
    beta_controlled=controlled.coef()["did"],
    controls=counted(len(study.controls), "control"),
    others=counted(len({*study.controls} - {"ind"}), "control"),
    counties=(counties := panel["county"].nunique()),
    enough="plenty" if counties >= 50 else "few for such errors",
    start=start,
    selection=square.loc["difference", "before"],
    common=square.loc["never joins", "change"],
    did_of_means=square.loc["difference", "change"],
    relative=effect / gap.mean(),
    in_sd=effect / gap.std(),
    mean_untreated=gap[panel["did"] == 0].mean() if told else np.nan,
    mean_treated=gap[panel["did"] == 1].mean(),
    would_be=gap[panel["did"] == 1].mean() - effect,
    of_would_be=effect / (gap[panel["did"] == 1].mean() - effect),
)
page.record(
    reduction_percent=-100 * effect / gap.mean(),
    **{f"star_level_{i}": p for i, p in enumerate(STAR_LEVELS, start=1)},
)

# %% [markdown]
# ### Which standard errors?
#
# The paper's note says that all standard errors of its Table 2 are clustered by county. Cluster the first two columns, and see what happens to theirs:

# %%
clustered = {
    "(1)": pf.feols("gap~did", panel, vcov=by_county),
    "(2)": pf.feols(f"gap~did+{controls}", panel, vcov=by_county),
}

# %% tags=["hide-input"]
rows = ("did", "edu", "com", "Intercept")
shown = {name: LABELS[name] for name in rows if name in LABELS}
errors = pd.concat(
    {
        column: pd.DataFrame(
            {"unclustered": fits[column].se(), "by county": fit.se()}
        )
        .reindex(shown)
        .dropna()
        .rename(shown)
        for column, fit in clustered.items()
        if column in fits
    },
    names=["column", "coefficient"],
)
ratio = errors["by county"] / errors["unclustered"]
page.tell(
    ratio_constant=ratio.get(("(1)", "Constant"), np.nan),
    ratio_edu=ratio.get(("(2)", cg.LABELS["edu"]), np.nan),
    ratio_com=ratio.get(("(2)", cg.LABELS["com"]), np.nan),
)
page.table(
    errors.map("({:.3f})".format)
    .assign(ratio=ratio.map("{:.1f}".format))
    .reset_index(),
    name="tbl-2-errors",
    caption="Standard errors of columns 1 and 2, unclustered and clustered by county",
)

# %% [markdown]
# A county's yearly errors share the county's level, so without fixed effects clustering multiplies the standard error of the constant by {glue:text}`ratio_constant:.1f`, and in column 2
# those of two variables that hardly move within a county, students and telephones, by {glue:text}`ratio_edu:.1f` and {glue:text}`ratio_com:.1f`. The paper's printed errors leave no room for such factors:
# its means, deviations and $R^2$ give a lower bound for the *unclustered* errors of these two ({doc}`audit <90_audit>`), and the printed ones are hardly larger. So columns 1 and 2 of the paper seem to be unclustered,
# contrary to its note. {numref}`tbl-2` leaves them so, and clusters the third.

# %% tags=["remove-input"]
page.words(
    synthetic="That our errors of columns 1 and 2 are like the printed ones proves nothing: the synthetic panel was made to match them."
)

# %% [markdown]
# ## Reading the table
#
# **Column 1** compares treated county-years with all others: {glue:text}`mean_treated:.3f` against {glue:text}`mean_untreated:.3f`, a difference of
# {glue:text}`beta_simple:.3f`. It takes selection and the common path of {numref}`tbl-two-by-two` for effects of clusters. **Column 2** holds the {glue:text}`controls` fixed, and
# the coefficient becomes {glue:text}`beta_controlled:.3f`.
#
# **Column 3** is the paper's baseline. County effects remove the level of each county, and with it selection as far as it does not change; year effects remove the common path.
# What is left compares changes with changes: {glue:text}`beta_baseline:.3f`, with a standard error of {glue:text}`se_baseline:.3f` and a 95 % interval from
# {glue:text}`low_baseline:.3f` to {glue:text}`high_baseline:.3f`.
#
# ### How large is that?
#
# The coefficient is in *points of the Theil index*, and not a percentage. Here is that of the panel on four scales:
#
# - {glue:text}`relative:.1%` of the mean gap of all county-years;
# - {glue:text}`of_would_be:.1%` of {glue:text}`would_be:.3f`, the mean gap that treated county-years would have had without a cluster. For an effect on the treated this is the right base;
# - {glue:text}`in_sd:.2f` standard deviations of the gap over all county-years;
# - times a hundred, the "3.3%" of the paper's text, which is none of these. The {doc}`audit <90_audit>` takes it up.
#
# ### What clustering by county assumes
#
# That errors are correlated within a county in any way, and independent between counties. There are {glue:text}`counties:,d` counties, which is {glue:text}`enough`. But clusters are not given to
# counties one by one. A cluster is given to a *group of neighbours*, all at once, and then what should be clustered is the group: it is the unit that was assigned {cite:p}`abadie2023`.
# If neighbours share shocks, errors by county are too small, whatever their number. {doc}`Chapter 4.4 <04_4_robustness>` permutes whole clusters, and
# {doc}`7.4 <07_4_inference>` clusters by province.
#
# ### What the design has not shown yet
#
# The coefficient is an effect only if the counties would have moved in parallel. That is the subject of the next chapter.

# %% [markdown]
# ## Exercises

# %% tags=["remove-input"]
page.words(
    synthetic="Everything below is computed from the synthetic panel: the answers are right or wrong as "
    "econometrics, and say nothing about counties in China.",
    own="Everything below is computed from the panel named at the head of this page.",
)

# %% [markdown]
# ### Exercise 1: predict
#
# Drop `ind`, the share of industry, from column 3, and the coefficient of `did` changes by a product: the coefficient of `ind` in column 3, times the coefficient of `did` in a
# regression of `ind` on `did`, the other {glue:text}`others` and the fixed effects. Predict the sign of the product if clusters bring industry and industry narrows the gap. Then compute it, and store it in `answer_1`.
#
# <details class="hint"><summary>Hint</summary>
#
# The first factor is in {numref}`tbl-2`. For the second, `ind` becomes the outcome, and leaves the right-hand side.
#
# </details>

# %% tags=["solution", "hide-cell"]
seven = "+".join(c for c in study.controls if c != "ind")
with_did = pf.feols(f"ind~did+{seven}|county+year", panel).coef()["did"]
answer_1 = float(baseline.coef()["ind"] * with_did)
page.tell(
    ind_in_column_3=baseline.coef()["ind"],
    ind_with_did=with_did,
    shift_without_ind=answer_1,
)

# %% tags=["check"]
check_1(answer_1, panel, baseline)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# A positive times a negative number: the product would be negative, and without `ind` the coefficient would lie further below zero. Here the factors are {glue:text}`ind_in_column_3:.3f` and
# {glue:text}`ind_with_did:.3f`, and the coefficient moves by {glue:text}`shift_without_ind:.3f`. Look at the two signs: the direction in which a coefficient moves does not tell why it moves. Nor does it tell which regression is
# right. If clusters bring industry, industry is part of the effect, and controlling for it takes that part out: it is a {term}`bad control`.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Replace the outcome of column 3 by `gini`, then by `income_ratio`. The three coefficients are in
# three units. Make them comparable: divide each by the standard deviation of its own outcome, and
# store the results as a Series `answer_2` with the index `gap`, `gini`, `income_ratio`.
#
# <details class="hint"><summary>Hint</summary>
#
# Only the left-hand side of the formula changes, so a loop (or a comprehension) over three names
# will do.
#
# </details>

# %% tags=["solution", "hide-cell"]
indices = ["gap", "gini", "income_ratio"]
by_index = pd.Series(
    {
        y: pf.feols(f"{y}~did+{controls}|county+year", panel, vcov="iid")
        for y in indices
    }
)
answer_2 = by_index.map(lambda fit: fit.coef()["did"]) / panel[indices].std()

# %% tags=["check"]
check_2(answer_2, panel)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# In standard deviations one can at least ask which index responds most. They need not agree: each
# weighs incomes and people differently, and a spread over all county-years is mostly one *between*
# counties, which says little about what is a large change *within* one. A coefficient has no size
# until you say compared with what.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# $R^2$ jumps from column 2 to column 3. What $R^2$ would the fixed effects reach alone, without
# `did` and without controls? Store it in `answer_3`, and explain why the jump says nothing about
# whether column 3 is closer to the truth.
#
# <details class="hint"><summary>Hint</summary>
#
# pyfixest takes `gap~1|county+year`; $R^2$ is one less the share of the variance that stays in the
# residuals.
#
# </details>

# %% tags=["solution", "hide-cell"]
effects_only = pf.feols("gap~1|county+year", panel, vcov="iid")
answer_3 = float(1 - effects_only.resid().var() / panel["gap"].var(ddof=0))
page.tell(effects_r2=answer_3)

# %% tags=["check"]
check_3(answer_3, panel, baseline)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Of column 3's $R^2$ of {glue:text}`r2_baseline:.3f`, {glue:text}`effects_r2:.3f` is there before any policy enters: counties
# differ in level, and a dummy for each of them says so. $R^2$ is about predicting the outcome. Whether $\hat\beta$ is an
# effect depends on *which* variation it is computed from, and whether that is as good as random.
#
# </details>

# %% [markdown]
# ### Exercise 4: change
#
# The paper reads points of an index as per cent. What would a regression in per cent say? Take $\ln(\text{gap})$ as the outcome of column 3, and store the *relative* change that `did` then
# stands for in `answer_4` (−0.05 for five per cent less). Compare it with the {glue:text}`of_would_be:.1%` of the text above.
#
# <details class="hint"><summary>Hint</summary>
#
# A coefficient $b$ on a logarithm multiplies the outcome by $e^b$.
#
# </details>

# %% tags=["solution", "hide-cell"]
in_logs = pf.feols(
    f"log_gap~did+{controls}|county+year",
    panel.assign(log_gap=np.log(panel["gap"])),
    vcov=by_county,
)
answer_4 = float(np.exp(in_logs.coef()["did"]) - 1)
page.tell(in_logs=answer_4)

# %% tags=["check"]
check_4(answer_4, panel)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The logarithms say {glue:text}`in_logs:.1%`, the text {glue:text}`of_would_be:.1%`. The text divides a mean change by a mean gap, so a county with a large gap counts more. A coefficient on a logarithm is a change of the *geometric* mean, in
# which every county counts alike: where all lose the same points, small gaps lose a larger share. Which of the two is wanted depends on what the question counts, points or shares. Log points and relative changes
# also part ways when they are large: $e^b - 1$ is not $b$.
#
# </details>
