# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 7.8 What we found in the tools
#
# This book stands on packages that others wrote and give away. Comparing them with each other and with their sources, we
# found a few results that are not what their documentation says. Each is shown here in a few lines, with the
# cure that this book uses. The full reports, with causes and suggested tests, lie in the folder `docs/upstream`, ready to send, with
# our thanks. They hold for the versions that this book pins.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables

# %% tags=["hide-input"]
import json
import warnings

import diff_diff as dd
import numpy as np
import pandas as pd
import pyfixest as pf
from exercises.tools import check_1, check_2, check_3

import clustergap as cg
from bookkit.page import Page
from bookkit.paths import DATA as DATA_FOLDER
from paneldid.few_clusters import small_sample_errors
from paneldid.honest import relative_magnitudes
from paneldid.identified import require_several
from paneldid.resampling import leave_one_out
from paneldid.staggered import att_gt

# The demonstrations provoke what the packages warn of.
for words in ("MultiPeriodDiD", "Distribution changed", "collinear", "Rank"):
    warnings.filterwarnings("ignore", message=f".*{words}")
folder = DATA_FOLDER / "validation"
reference = json.loads(
    (folder / "references.json").read_text(encoding="utf-8")
)

# %%
study = cg.load(DATA)
panel = study.panel
page = Page("07_8_tools", study)
formula = f"gap~did+{'+'.join(study.controls)}|county+year"

# %% tags=["remove-input"]
page.banner()

# %% [markdown]
# ## pyfixest: errors that depend on the hash seed
#
# The number of fixed effects that are nested in the clusters is counted while looping over a Python *set*, whose order is drawn anew in every
# process. Clustered errors can therefore change from run to run of the same script. *Cure:* `import clustergap` puts the fixed effects into the order of the formula.
#
# ## pyfixest: an F test that answers with chi-squared
#
# Both calls test that the same two coefficients are zero; the second only names them in the other order.

# %%
fit = pf.feols("gap~did+pgdp|county+year", panel, vcov={"CRV1": "county"})
identity = np.eye(2)
answers = [
    fit.wald_test(R=r, distribution="F")["statistic"]
    for r in (identity, identity[::-1])
]

# %% tags=["remove-cell"]
page.tell(wald_one=answers[0], wald_two=answers[1])

# %% [markdown]
# The answers are {glue:text}`wald_one:.2f` and {glue:text}`wald_two:.2f`: for any matrix but the identity it is the chi-squared statistic, with a warning that is easily missed.
# *Cure:* `eventstudy.joint_test`.
#
# ## pyfixest: the jackknife's factor
#
# CRV3 is the cluster jackknife. Its variance is $(G-1)/G$ times the sum of squared deviations
# {cite:p}`mackinnon2023`; the package multiplies by $G/(G-1)$. (It has a second factor, for the number of regressors, which is switched off
# here.)

# %%
require_several(panel, "province")
package = pf.feols(
    formula, panel, vcov={"CRV3": "province"}, ssc=pf.ssc(k_adj=False)
).se()["did"]
without = leave_one_out(panel, formula, cluster="province")
g = len(without.coefficients)
squares = ((without.coefficients - without.observed) ** 2).sum()
jackknife = np.sqrt((g - 1) / g * squares)
ours = small_sample_errors(
    panel, "gap", "did", study.controls, cluster="province"
).loc["CR3", "se"]

# %% tags=["remove-cell"]
page.tell(
    crv3_package=package,
    crv3_jackknife=jackknife,
    crv3_ours=ours,
    crv3_excess=package / jackknife - 1,
    g=int(g),
)

# %% [markdown]
# With {glue:text}`g` provinces the package gives {glue:text}`crv3_package:.5f`; leaving out each province by hand gives {glue:text}`crv3_jackknife:.5f`, so the error is
# {glue:text}`crv3_excess:.1%` too large. *Cure:* `robust.small_sample_errors`, {glue:text}`crv3_ours:.5f`.
#
# ## diff-diff: doubly robust weights that do not add up to one
#
# Without covariates the package equals R's `did` to the last digit, and so do its regression and weighting
# estimators. The doubly robust one divides the comparison term by the number of *treated* units instead of the sum of its weights.

# %%
mpdta = pd.read_csv(folder / "mpdta.csv")
theirs = dd.CallawaySantAnna(estimation_method="dr").fit(
    mpdta.assign(g=mpdta["cohort"].fillna(0).astype(int)),
    outcome="lemp",
    unit="county",
    time="year",
    first_treat="g",
    covariates=["lpop"],
)
cells = att_gt(mpdta, "lemp", ["lpop"]).cells
r_cells = reference["mpdta_cs_lpop_dr"]["att_gt"]

# %% tags=["hide-input"]
worst = max(
    r_cells,
    key=lambda r: abs(
        theirs.group_time_effects[r["group"], r["t"]]["effect"] - r["att"]
    ),
)
key = (worst["group"], worst["t"])
by_hand = cells.set_index(["cohort", "year"]).loc[key, "estimate"]
page.table(
    pd.DataFrame(
        {
            "R": [f"{worst['att']:.8f}"],
            "diff-diff": [f"{theirs.group_time_effects[key]['effect']:.8f}"],
            "here": [f"{by_hand:.8f}"],
        }
    ),
    name="tbl-tools-dr",
    caption=f"Doubly robust effect of cohort {key[0]} in {key[1]}, teen employment",
    source="US Census Bureau; R package did",
)

# %% [markdown]
# *Cure:* `robust.doubly_robust`.
#
# ## diff-diff: relative-magnitude intervals that are too short
#
# The interval adds sampling error around the estimated bounds, but the bounds are themselves estimated: the largest step before the start
# is random as well.

# %%
medicaid = pd.read_csv(folder / "medicaid.csv")
event = dd.MultiPeriodDiD(cluster="state").fit(
    medicaid,
    outcome="dins",
    treatment="treat",
    time="year",
    post_periods=[2014, 2015],
    reference_period=2013,
    unit="state",
    absorb=["state"],
)
twfe = pf.feols(
    "dins~i(year,treat,ref=2013)|state+year", medicaid, vcov={"CRV1": "state"}
)

# %% tags=["hide-input"]
rows = []
r_bounds = reference["honest_medicaid"]["RM"]
for mbar, low, high in zip(
    r_bounds["Mbar"], r_bounds["lb"], r_bounds["ub"], strict=True
):
    naive = dd.HonestDiD(
        method="relative_magnitude", M=mbar, l_vec=np.array([1.0, 0.0])
    ).fit(event)
    exact = relative_magnitudes(
        twfe.coef().to_numpy(), twfe._vcov, 5, mbar, np.random.default_rng(0)
    )
    rows.append(
        {
            "size": f"{mbar:g}",
            "R": f"[{low:.4f}, {high:.4f}]",
            "diff-diff": f"[{naive.ci_lb:.4f}, {naive.ci_ub:.4f}]",
            "here": f"[{exact.lower:.4f}, {exact.upper:.4f}]",
        }
    )
page.table(
    pd.DataFrame(rows),
    name="tbl-tools-honest",
    caption="Intervals by relative magnitude for the Medicaid expansion",
    source="US Census Bureau; R package HonestDiD",
)

# %% [markdown]
# In the last line R's interval holds zero and the package's does not. *Cure:* `honest.relative_magnitudes`.
#
# ## What to conclude
#
# None of these faults would have shown in a single run of a single package. They show when two programs compute the same number, which is the
# cheapest test there is. This book runs it for its own functions in the folder `tests`.

# %% [markdown]
# ## Exercises

# %% [markdown]
# ### Exercise 1: predict
#
# The package multiplies the jackknife's sum of squares by $G/(G-1)$ instead of $(G-1)/G$. Guess: is that a matter of ten clusters, or of a hundred? Let `answer_1` be the
# smallest number of clusters $G$ for which the *standard error* is less than one per cent too large.
#
# <details class="hint"><summary>Hint</summary>
#
# Divide the two factors, and remember that a standard error is the root of a variance.
#
# </details>

# %% tags=["solution", "hide-cell"]
clusters = np.arange(2, 1000)
excess = clusters / (clusters - 1) - 1  # the root of the factors' ratio
answer_1 = int(clusters[excess < 0.01].min())

# %% tags=["check"]
check_1(answer_1, g)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The ratio of the standard errors is $G/(G-1)$, so the excess is $1/(G-1)$. With a thousand counties nobody will ever notice. With the few clusters
# for which one *uses* a jackknife, it is several per cent. Faults of small-sample corrections show where the corrections matter, and nowhere else.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Add a third regressor, `serv`, to the demonstration of the $F$ test, and test that all three coefficients are zero, in both orders. Let `answer_2` be the second answer over the first. What
# gives the fault away?
#
# <details class="hint"><summary>Hint</summary>
#
# Fit `gap~did+pgdp+serv|county+year`, and use `np.eye(3)` and its rows in reverse.
#
# </details>

# %% tags=["solution", "hide-cell"]
by_county = {"CRV1": "county"}
three = pf.feols("gap~did+pgdp+serv|county+year", panel, vcov=by_county)
pair = [
    three.wald_test(R=r, distribution="F")["statistic"]
    for r in (np.eye(3), np.eye(3)[::-1])
]
answer_2 = pair[1] / pair[0]

# %% tags=["check"]
check_2(answer_2, panel)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The ratio is the number of restrictions, because $\chi^2 = q F$. A hypothesis does not depend on the order in which its parts are named, so two answers to it cannot both be right: such
# *invariances* make good tests, since they need no second program. If you have a newer version of the package at hand, run the demonstration with it; the fault may be
# gone by now.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# Why does it matter more that weights add up to one where treated and untreated units overlap little? Let the covariate $x$ be standard normal among the untreated and shifted by $s$ among the
# treated. An untreated unit then has the weight $e^{sx - s^2/2}$, which is one on average. Let `answer_3` be how many times as much the *mean weight* of a sample varies (standard deviation) for a
# shift of 1.5 as for one of 0.5.
#
# <details class="hint"><summary>Hint</summary>
#
# For a standard normal $x$, $E[e^{2sx - s^2}] = e^{s^2}$. The size of the sample cancels.
#
# </details>

# %% tags=["solution", "hide-cell"]
shifts = np.array([0.5, 1.5])
deviations = np.sqrt(np.exp(shifts**2) - 1)
answer_3 = deviations[1] / deviations[0]

# %% tags=["check"]
check_3(answer_3)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# With little overlap a few untreated units look like treated ones and carry huge weights. Whether such a unit is in the sample decides whether the weights add up to more or to less than they should. Divide by
# their own sum, and the comparison stays a weighted *mean* of outcomes. Divide by a number that is right only on average, and the whole level of the outcome is multiplied by the error: the further the
# outcome is from zero, the worse.
#
# </details>
