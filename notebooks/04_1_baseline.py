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
# Does the gap narrow where a cluster starts? Three regressions answer, each with more held
# fixed than the one before. They are the three columns of the paper's Table 2.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables

# %% tags=["hide-input"]
import numpy as np
import pandas as pd
import pyfixest as pf
from exercises.baseline import check_1, check_2, check_3, check_4

import clustergap as cg
from bookkit.page import Page
from paneldid.reghdfe import WithConstant
from printcheck.verdicts import STAR_LEVELS

# %%
study = cg.load(DATA)
panel = study.panel
page = Page("04_1_baseline", study)

# %% tags=["remove-input"]
page.banner()

# %% [markdown]
# ## Three regressions
#
# Change a formula and run the cell again: that is the whole interface. `vcov` says which standard errors: `"iid"` takes all errors as
# independent and of one variance; `{"CRV1": "county"}` lets those of a county be correlated ({term}`clustered <clustered standard error>`
# by county), with the usual small-sample factor.

# %%
by_county = {"CRV1": "county"}
controls = "+".join(cg.CONTROLS)

simple = pf.feols("gap~did", panel, vcov="iid")
controlled = pf.feols(f"gap~did+{controls}", panel, vcov="iid")
baseline = pf.feols(f"gap~did+{controls}|county+year", panel, vcov=by_county)

# %% [markdown]
# A regression with fixed effects has no constant of its own. The paper prints one, as Stata's
# `reghdfe` does: the mean of the outcome less what the regressors explain at their means,
# $\bar y - \bar x'\hat\beta$.

# %% tags=["hide-input"]
fits = {
    "(1)": simple,
    "(2)": controlled,
    "(3)": WithConstant(baseline, panel),
}
page.exhibit(
    "table_2",
    fits,
    {"did": "DID"} | {c: c for c in cg.CONTROLS} | {"Intercept": "Constant"},
    {"Clustered by county": ["No", "No", "Yes"]},
    levels=(1, 3),
    caption="Clusters and the urban–rural income gap (the paper's Table 2)",
    notes=page.STARS_ONLY,
)

# %% tags=["remove-cell"]
effect, gap = baseline.coef()["did"], panel["gap"]
page.tell_fit("baseline", baseline)
page.tell(
    beta_simple=simple.coef()["did"],
    beta_controlled=controlled.coef()["did"],
    counties=panel["county"].nunique(),
    relative=effect / gap.mean(),
    in_sd=effect / gap.std(),
    mean_untreated=gap[panel["did"] == 0].mean(),
    mean_treated=gap[panel["did"] == 1].mean(),
)
page.record(
    reduction_percent=-100 * effect / gap.mean(),
    **{f"star_level_{i}": p for i, p in enumerate(STAR_LEVELS, start=1)},
)

# %% [markdown]
# ## Printed and re-estimated
#
# Here is every number of the paper's table beside ours, rounded to the paper's places.

# %% tags=["remove-input"]
page.beside("table_2")

# %% [markdown]
# ### Which standard errors?
#
# The paper's note says that all its standard errors are clustered by county. Try it:

# %%
clustered = {
    "(1)": pf.feols("gap~did", panel, vcov=by_county),
    "(2)": pf.feols(f"gap~did+{controls}", panel, vcov=by_county),
}

# %% tags=["hide-input"]
names = {"did": "DID", "Intercept": "Constant"}
errors = pd.concat(
    {
        column: pd.DataFrame(
            {"unclustered": fits[column].se(), "by county": fit.se()}
        )
        .loc[list(names)]
        .rename(names)
        for column, fit in clustered.items()
    },
    names=["column", "coefficient"],
)
ratio = errors["by county"] / errors["unclustered"]
page.tell(ratio_1_constant=ratio["(1)", "Constant"])
page.table(
    errors.map("({:.3f})".format)
    .assign(ratio=ratio.map("{:.1f}".format))
    .reset_index(),
    name="tbl-2-errors",
    caption="Standard errors of columns 1 and 2, unclustered and clustered by county",
)

# %% [markdown]
# Without fixed effects, a county's yearly errors share the county's level, and clustering multiplies the
# standard error of the constant by {glue:text}`ratio_1_constant:.1f`. Which of the two are the
# printed errors of columns 1 and 2 like? The
# {doc}`audit <90_audit>` shows from the printed numbers alone that clustered errors could hardly have been as small.
# So {numref}`tbl-2` leaves the first two columns unclustered, as the size of the printed errors suggests, and clusters the third,
# the one that counts.

# %% tags=["remove-input"]
page.words(
    synthetic="On the synthetic panel the likeness proves nothing, since the panel was made to match the printed errors."
)

# %% [markdown]
# ## Reading the table
#
# **Column 1** compares treated county-years with all others, whatever else differs:
# {glue:text}`mean_treated:.3f` against {glue:text}`mean_untreated:.3f`, a difference of
# {glue:text}`beta_simple:.3f`. It mixes the effect with everything that tells the two groups
# and the two periods apart. **Column 2** lets counties differ in the eight controls; the coefficient
# becomes {glue:text}`beta_controlled:.3f`.
#
# **Column 3** is the paper's baseline. County effects remove the level of each county, year
# effects the path that all share. What is left compares changes with changes:
# {glue:text}`beta_baseline:.3f`, with a standard error of {glue:text}`se_baseline:.3f` and a 95 %
# interval from {glue:text}`low_baseline:.3f` to {glue:text}`high_baseline:.3f`. What has changed
# since column 1 is what controls and fixed effects take out.
#
# ### How large is that?
#
# The coefficient is in *points of the Theil index*. It is not a percentage: relative to the
# panel's mean gap it is {glue:text}`relative:.1%`, and {glue:text}`in_sd:.2f` standard
# deviations. The paper's text calls its own coefficient, times a hundred, a reduction in *per cent*,
# which the {doc}`audit <90_audit>` takes up.
#
# ### What clustering assumes
#
# Clustered errors let a county's errors be correlated over time in any way, and assume different counties
# independent. There are {glue:text}`counties:,d` such groups (nothing to do with industry clusters; a common rule of thumb asks for fifty).
# Whether neighbours in the same province are independent is less clear; {doc}`chapter 7.4 <07_4_inference>` tries other choices.
#
# ### What the design has not shown yet
#
# A negative coefficient is an effect only if the counties would have moved in parallel. That is
# the subject of the next chapter.

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
# Drop `ind` alone, and keep all else in column 3. Suppose that clusters go to counties that industrialise
# fast, and that industry narrows the gap by itself; on which side would that push the coefficient of `did`?
# Write your answer down, run the regression, and store its coefficient of `did` in `answer_1`. Then look whether
# the two suppositions hold in these data.
#
# <details class="hint"><summary>Hint</summary>
#
# The formula of omitted variables: the short coefficient is the long one plus (the coefficient of what
# is left out, in the long regression) × (how it moves with `did`, all else that stays held fixed).
#
# </details>

# %% tags=["solution", "hide-cell"]
seven = "+".join(c for c in cg.CONTROLS if c != "ind")
short = pf.feols(f"gap~did+{seven}|county+year", panel, vcov=by_county)
answer_1 = float(short.coef()["did"])
with_did = pf.feols(f"ind~did+{seven}|county+year", panel, vcov="iid")
page.tell(
    ind_in_column_3=baseline.coef()["ind"],
    ind_with_did=with_did.coef()["did"],
    shift_without_ind=answer_1 - effect,
)

# %% tags=["check"]
check_1(answer_1, panel, baseline)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# *Were the two suppositions true*, `ind` would move with `did` by a positive number and have a negative coefficient: the omitted
# product would be negative, and the short coefficient would lie below column 3. The change is {glue:text}`shift_without_ind:.3f`.
# Its two factors: in column 3 the coefficient of `ind` is {glue:text}`ind_in_column_3:.3f`, and `ind` moves with `did` by
# {glue:text}`ind_with_did:.3f`. In the synthetic panel the short coefficient does lie below, but not for the supposed reason: both
# suppositions are wrong, and two wrong signs make the same product. So the direction in which a coefficient moves does not tell why. Nor does it tell which regression is right: if clusters
# themselves bring industry, then industry is a part of the effect, and controlling for it takes
# that part out ({doc}`chapter 4.4 <04_4_robustness>` returns to this). Leave out all eight controls, and there are eight such products,
# of either sign. In the synthetic panel no story is true; its controls were drawn.
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
answer_3 = float(1 - effects_only.resid().var() / panel["gap"].var())
page.tell(effects_r2=answer_3)

# %% tags=["check"]
check_3(answer_3, panel, baseline)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Of column 3's $R^2$ of {glue:text}`r2_baseline:.3f`, {glue:text}`effects_r2:.3f` is there before any policy enters: counties
# differ in level, and a dummy for each of them says so. $R^2$ is about predicting the outcome. Whether $\hat\beta$ is an
# effect depends on *which* variation it is computed from, and whether that is as good as random; a
# regression with an $R^2$ of 0.01 can be an experiment, and one with 0.99 a tautology.
#
# </details>

# %% [markdown]
# ### Exercise 4: change
#
# The paper reads points of an index as per cent. What would a regression in per cent say? Take
# $\ln(\text{gap})$ as the outcome of column 3, and store the *relative* change that `did` then
# stands for in `answer_4` (−0.05 for five per cent less). Compare it with the
# {glue:text}`relative:.1%` of the text above.
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
would_be = gap[panel["did"] == 1].mean() - effect
page.tell(in_logs=answer_4, of_would_be=effect / would_be)

# %% tags=["check"]
check_4(answer_4, panel)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The two answers differ, {glue:text}`in_logs:.1%` in logs and {glue:text}`relative:.1%` in the text, and neither is wrong. That of
# the text is the mean change over the mean gap of all county-years. (Over the mean gap that treated ones would have had without a
# cluster it is {glue:text}`of_would_be:.1%`, see {doc}`chapter 6 <06_conclusion>`.) That in logs is an average of each county's own
# relative change, in which counties with a small gap count as much as those with a large one. If the policy takes off the same *points* everywhere, the relative
# change is larger where the gap was small. Also, log points and relative change part ways when they
# are large: $e^b - 1$ is not $b$.
#
# </details>
