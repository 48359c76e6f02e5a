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
# This book stands on packages that others wrote and give away. Do they compute what their documentation says?

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables

# %% tags=["hide-input"]
import json
import warnings
from contextlib import redirect_stderr
from io import StringIO

import diff_diff as dd
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf
from exercises.tools import check_1, check_2, check_3
from scipy import stats

import clustergap as cg
from bookkit.display import COLOURS, INK
from bookkit.page import Page
from bookkit.paths import DATA as DATA_FOLDER
from paneldid.few_clusters import small_sample_errors
from paneldid.honest import relative_magnitudes
from paneldid.identified import Gaps, require_several
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
formula = f"gap~did+{'+'.join(study.controls) or 1}|county+year"

# %% tags=["remove-input"]
page.banner()


# %% [markdown]
# **The answer.** Nearly always; six results do not. The gravest concerns randomisation inference: where {glue:text}`rare:.0%` of the units are treated, a test at 5 % rejects a true null in **{glue:text}`rit_rare:.0%`** of
# samples ({numref}`fig-tools-ritest`). One makes bounds too narrow, so that zero lies outside where it belongs inside; the others move a standard error by {glue:text}`crv3_excess:.1%`, an effect in the sixth decimal, or answer another question than the one put. All but the one that needs a new process are shown here
# in a few lines, with the cure that this book uses. The full reports, with causes and suggested tests, lie in the folder `docs/upstream`, ready to send, with our thanks. They hold for the versions that this book pins, the newest
# ones when it was written; what the development branches have mended since stands in the reports.


# %% tags=["hide-input"]
def rejections(treated, units=100, samples=800, draws=99, seed=1):
    """How often two randomisation tests at 5 % reject, if nothing has an effect."""
    rng = np.random.default_rng(seed)
    actual = np.arange(units) < treated * units
    counts = np.zeros(2)
    for _ in range(samples):
        y = rng.standard_normal(units)
        schemes = (
            rng.integers(0, 2, (draws, units))
            == 1,  # each value, equally often
            rng.permuted(np.tile(actual, (draws, 1)), axis=1),
        )
        for k, placebo in enumerate(schemes):
            each = np.vstack([actual, placebo])
            number = each.sum(axis=1).clip(1, units - 1)
            total = each @ y
            gaps = np.abs(
                total / number - (y.sum() - total) / (units - number)
            )
            counts[k] += (1 + (gaps[1:] >= gaps[0]).sum()) / (
                draws + 1
            ) <= 0.05
    return counts / samples


shares = (0.08, 0.25, 0.5)
wrong, right = np.array([rejections(share) for share in shares]).T
fig, axis = plt.subplots(figsize=(6.4, 3.2))
axis.plot(
    shares, wrong, "o-", color=COLOURS["vermillion"], label="as ritest draws"
)
axis.plot(shares, right, "s-", color=COLOURS["blue"], label="permutations")
axis.axhline(0.05, color=INK, linewidth=0.8, linestyle=":")
axis.set(
    xlabel="share of treated units",
    ylabel="rejects a true null",
    ylim=(0, None),
)
axis.legend()
page.figure(
    fig,
    name="fig-tools-ritest",
    caption="Rejections at 5 % of a null that is true, by the share of treated units, for two ways of drawing placebo treatments. 800 samples a point: 5 % is known to 1.5 points.",
    alt="A falling line, far above five per cent where few units are treated and at five per cent where half are; a second line stays near five per cent.",
    source="invented outcomes",
)

# %% [markdown]
# ## pyfixest: a randomisation test of another null
#
# `ritest` draws the placebo treatment of each row from the treatment's *different values*, all equally likely. So half of the rows are treated in every draw, however few are treated in truth. A coefficient is noisier the more unequal the
# groups are; the placebo coefficients of equal groups are too calm to compare it with. And the first draw is thrown away, and what is printed as the standard error of $p$ is something else:

# %%
rng = np.random.default_rng(3)
few = pd.DataFrame({"d": (np.arange(200) < 16) * 1.0})
few["y"] = rng.standard_normal(200)
with redirect_stderr(StringIO()):  # its progress bar
    answer = pf.feols("y~d", few, vcov="iid").ritest("d", reps=61, rng=rng)
p_value = float(answer["Pr(>|t|)"])
monte_carlo_error = np.sqrt(p_value * (1 - p_value) / 60)

# %% tags=["remove-cell"]
page.tell(
    rare=shares[0],
    rit_rare=wrong[0],
    rit_half=wrong[-1],
    rit_permuted=right[0],
    rit_se=float(answer["Std. Error (Pr(>|t|))"]),
    rit_true_se=monte_carlo_error,
    rit_times=float(answer["Std. Error (Pr(>|t|))"]) / monte_carlo_error,
)

# %% [markdown]
# It prints {glue:text}`rit_se:.4f` where the Monte Carlo error is {glue:text}`rit_true_se:.4f`: {glue:text}`rit_times:.3f` times as much, a normal quantile. The "95 %" interval multiplies by that quantile again. In {numref}`fig-tools-ritest`
# the test rejects in {glue:text}`rit_half:.1%` of samples with half treated, {glue:text}`rit_rare:.1%` with {glue:text}`rare:.0%`; permutations reject in {glue:text}`rit_permuted:.1%` there.
# *Cure:* `resampling.placebo`, which keeps the numbers treated.
#
# ## pyfixest: errors that depend on the hash seed
#
# Which fixed effects are nested in the clusters is decided with their *names* in the order of the formula and their *data* in that of a Python set, which is drawn anew in every
# process. Where the orders differ, the wrong effect counts as nested, and clustered errors change from run to run of the same script. (This one takes several processes to show: see the report.) *Cure:* `import clustergap` puts the fixed effects into the order of the formula.
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
gaps = Gaps()
with gaps.column("the jackknife by province"):
    require_several(panel, "province")
    package = pf.feols(
        formula, panel, vcov={"CRV3": "province"}, ssc=pf.ssc(k_adj=False)
    ).se()["did"]
    without = leave_one_out(panel, formula, cluster="province")
    plain = pf.feols(
        formula,
        panel,
        vcov={"CRV3": "province"},
        ssc=pf.ssc(k_adj=False, G_adj=False),
    ).se()["did"]
    g = len(without.coefficients)
    squares = ((without.coefficients - without.observed) ** 2).sum()
    jackknife = np.sqrt((g - 1) / g * squares)
    ours = small_sample_errors(
        panel, "gap", "did", study.controls, cluster="province"
    ).loc["CR3", "se"]

# %% tags=["remove-cell"]
if not gaps.reasons:
    page.tell(
        crv3_package=package,
        crv3_jackknife=jackknife,
        crv3_plain=plain,
        crv3_sum=np.sqrt(squares),
        crv3_ours=ours,
        crv3_excess=package / jackknife - 1,
        g=int(g),
    )

# %% tags=["remove-input"]
page.say(gaps.note.strip())

# %% [markdown]
# With {glue:text}`g` provinces the package gives {glue:text}`crv3_package:.5f`; leaving out each province by hand gives {glue:text}`crv3_jackknife:.5f`, so the error is
# {glue:text}`crv3_excess:.1%` too large by that definition. Others leave the factor out and take the sum alone, {glue:text}`crv3_sum:.5f`; both options of `ssc` switched off give just that
# ({glue:text}`crv3_plain:.5f`), a way round that stays within the package. *Cure:* `few_clusters.small_sample_errors`, {glue:text}`crv3_ours:.5f`.
#
# ## diff-diff: doubly robust weights that do not add up to one
#
# Without covariates the package equals R's `did` to the last digit; its regression and weighting
# estimators equal their published formulas. The doubly robust one divides the comparison term by the number of *treated* units instead of the sum of its weights.

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
# *Cure:* `staggered.doubly_robust`.
#
# ## diff-diff: relative-magnitude intervals that can be too short
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

# %%
# No effect; before the start one large move, and at the start the largest that is allowed
rng = np.random.default_rng(0)
truth, n_pre = np.zeros(len(twfe.coef())), 5
truth[0] = 6 * twfe.se().iloc[0]
largest = truth[0]
drawn = rng.multivariate_normal(np.zeros(len(truth)), twfe._vcov, 4000)
moves = np.diff(np.c_[truth[:n_pre] + drawn[:, :n_pre], np.zeros(4000)])
worst_move = np.abs(moves).max(axis=1)
reach = 1.96 * twfe.se().to_numpy()[n_pre]
covers = {
    size: np.mean(
        np.abs(size * largest + drawn[:, n_pre]) <= size * worst_move + reach
    )
    for size in (0.5, 1.0, 2.0)
}

# %% tags=["remove-cell"]
page.tell(
    cover_half=covers[0.5], cover_one=covers[1.0], cover_two=covers[2.0]
)

# %% [markdown]
# In the last line R's interval holds zero and the package's does not; in the first the package's is the longer one. Which is right? Let trends have made one clear move before the start, and let the violation be at the limit of what is allowed, with this panel's variance. The package's interval then
# covers the truth in {glue:text}`cover_half:.0%` of samples at a size of 0.5, {glue:text}`cover_one:.0%` at 1 and {glue:text}`cover_two:.0%` at 2: sampling error of the years before the start counts the more, the larger the multiple.
# *Cure:* `honest.relative_magnitudes`.
#
# ## What to conclude
#
# None of these faults would have shown in a single run of a single package. They show when two programs compute the same number, which is the
# cheapest test there is, or when a test is run on a null that is true. This book does both for its own functions in the folder `tests`.

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
# `ritest` prints $z$ times the standard error of $p$ as that standard error, and $z$ times what it prints as half the length of a 95 % interval, with $z$ = 1.645. Let `answer_2` be the coverage that this interval has in truth, in large samples. Is
# it harmless?
#
# <details class="hint"><summary>Hint</summary>
#
# How many true standard errors long is half the interval? `stats.norm.cdf` does the rest.
#
# </details>

# %% tags=["solution", "hide-cell"]
half_length = stats.norm.ppf(0.95) ** 2
answer_2 = 2 * stats.norm.cdf(half_length) - 1

# %% tags=["check"]
check_2(answer_2)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Half the interval is $1.645^2 = 2.7$ standard errors long instead of 1.96, so that it covers more often than it says. That errs on the safe side, but it errs: whoever asks how many draws are enough is told to draw twice as many as are. And two
# mistakes that happen to add up to caution do not check each other: with `level=0.5` the same lines print a standard error of zero.
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

# %% [markdown]
# ### Exercise 4: explain
#
# An open question. Choose one of the six faults and write the message to its maintainers, in at most 150 words: a stranger should be able to see the fault, to judge how far it matters, and to test a cure.
#
# <details class="hint"><summary>Hint</summary>
#
# Which smallest example shows it? What is the outside yardstick? Whom does it hurt, and whom not?
#
# </details>

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# One point for each of five things. (1) A few lines that anyone can run, with the version. (2) A yardstick that does not depend on the writer: a formula with its source, an invariance, a null that is true.
# (3) The size of the error, with a case in which it does not matter. (4) A cause or a test, marked as a suggestion. (5) Thanks, and no adjectives. Compare with the reports in `docs/upstream`.
#
# </details>
