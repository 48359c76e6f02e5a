# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 7.3 Weak and imperfect instruments
#
# The paper's instrumental-variables estimate is many times the size of its OLS one. Is that a
# weak instrument, a local effect, or a violated exclusion? Three tools separate the three.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
DRAWS = 200  # samples in the demonstration of weakness
SEED = 1949  # of these samples; any number will do

# %% tags=["hide-input"]
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from exercises.weak_instruments import check_1, check_2, check_3

import clustergap as cg
from bookkit.display import COLOURS, INK
from bookkit.page import Page
from paneldid.identified import require_several
from paneldid.weakiv import (
    anderson_rubin,
    plausibly_exogenous,
    reduced_forms,
    residualise,
    tf_factor,
    two_stage_least_squares,
    weak_iv,
)

# %%
study = cg.load(DATA)
panel = study.panel
page = Page("07_3_weak_instruments", study)
iv = weak_iv(panel, "gap", "did", "ruggedness_trend", study.controls)
ols = two_stage_least_squares(
    residualise(panel, "gap", "did", "did", study.controls)
)

# %% tags=["remove-input"]
page.banner()

# %% [markdown]
# ## Is it weak?
#
# With one instrument everything follows from two regressions on it: of the treatment (slope $\pi$)
# and of the gap (slope $\rho$), and from their joint variance clustered by county. 2SLS is $\rho/\pi$. The
# Anderson–Rubin test of an effect $b$ asks whether $\rho - b\pi$ is zero {cite:p}`anderson1949`, which needs no strong
# first stage; the {term}`tF interval` keeps the usual centre and widens it {cite:p}`lee2022`. How much depends on the {term}`effective F`: with one
# instrument, the squared $t$ ratio of $\pi$.

# %% tags=["hide-input"]
first, reduced = iv.first_stage, iv.reduced_form
second = iv.second_stage
f = iv.effective_f
page.table(
    pd.DataFrame(
        [
            (
                "first stage π",
                f"{first['estimate']:.5f}",
                f"({first['se']:.5f})",
            ),
            (
                "reduced form ρ",
                f"{reduced['estimate']:.5f}",
                f"({reduced['se']:.5f})",
            ),
            (
                "2SLS ρ/π",
                f"{second['estimate']:.3f}",
                f"({second['se']:.3f})",
            ),
            ("OLS", f"{ols['estimate']:.3f}", f"({ols['se']:.3f})"),
            ("effective F", f"{f:.1f}", ""),
            ("tF factor of the standard error", f"{tf_factor(f):.3f}", ""),
            (
                "usual 95 % interval",
                f"[{second['lower']:.3f}, {second['upper']:.3f}]",
                "",
            ),
            ("tF 95 % interval", str(iv.tf_set), ""),
            ("Anderson–Rubin 95 % set", str(iv.anderson_rubin_set), ""),
        ],
        columns=["quantity", "value", "(SE)"],
    ),
    name="tbl-iv-anatomy",
    caption="Anatomy of the instrumental-variables estimate",
    notes="Clustered by county.",
)

# %% [markdown]
# ### What weakness does
#
# Take the instrument as it is and invent treatments and outcomes: no effect at all, errors of the two that are strongly
# correlated and whose spread differs between counties, and a first stage whose *concentration* we choose: what its expected $F$ has above one, the
# value of a first stage without any slope. How often do the tests reject the truth at 5 %?


# %%
def sample(data, concentration, rng, correlation=0.95):
    """Variables with a true effect of zero and a first stage of this strength."""
    n, counties = len(data.outcome), data.n_clusters
    mix = np.linalg.cholesky([[1, correlation], [correlation, 1]])
    level = rng.standard_normal((counties, 2)) @ mix.T
    own = rng.standard_normal((n, 2)) @ mix.T
    errors = own + level[data.clusters] * rng.standard_normal((n, 1))
    noise = replace(data, endogenous=errors[:, 0], outcome=errors[:, 1])
    se = np.sqrt(reduced_forms(noise).v_xx)
    drift = np.sqrt(concentration) * se * data.instrument
    return replace(noise, endogenous=errors[:, 0] + drift)


rng = np.random.default_rng(SEED)
tests = []
for concentration in (1.0, 10.0, 100.0):
    for _ in range(DRAWS):
        invented = sample(iv.data, concentration, rng)
        forms = reduced_forms(invented)
        fit = two_stage_least_squares(invented)
        strength = forms.first_stage**2 / forms.v_xx
        reach = 1.96 * tf_factor(strength) * fit["se"]
        tests.append(
            {
                "concentration": concentration,
                "Wald": fit["p"] < 0.05,
                "tF": abs(fit["estimate"]) > reach,
                "AR": anderson_rubin(invented, forms, 0.0)[1] < 0.05,
            }
        )
size = pd.DataFrame(tests).groupby("concentration").mean()

# %% tags=["hide-input"]
page.table(
    size.map("{:.1%}".format)
    .rename(index="{:g}".format)
    .rename_axis("expected F less one")
    .rename(columns={"Wald": "2SLS (Wald)", "AR": "Anderson–Rubin"}),
    name="tbl-iv-size",
    caption="How often a true effect of zero is rejected at 5 %",
    source="invented outcomes on the panel's own instrument",
    notes=f"{DRAWS} samples a row.",
)

# %% tags=["remove-cell"]
sampling = 1.96 * np.sqrt(0.05 * 0.95 / DRAWS)
page.tell(
    sampling=sampling,
    wald_weak=size.loc[1.0, "Wald"],
    ar_weak=size.loc[1.0, "AR"],
    effective_f=f,
    ratio=second["estimate"] / ols["estimate"],
    iv=second["estimate"],
    ols=ols["estimate"],
    pi=first["estimate"],
)
needed = reduced["estimate"] - ols["estimate"] * first["estimate"]
page.tell(needed=needed, needed_share=needed / reduced["estimate"])
years = panel["year"].nunique()
page.tell(years=years)
difference = needed * panel["ruggedness"].std() * (years - 1)
page.tell(
    needed_total=difference, needed_in_sd=abs(difference) / panel["gap"].std()
)

# %% [markdown]
# With a concentration of one, the usual test rejects the truth in {glue:text}`wald_weak:.1%` of the samples,
# Anderson and Rubin's in {glue:text}`ar_weak:.1%` (the simulation's own margin is ± {glue:text}`sampling:.1%`).
# The instrument at hand has an effective $F$ of {glue:text}`effective_f:.1f`, and the three intervals of
# {numref}`tbl-iv-anatomy` show how much that matters.

# %% tags=["remove-input"]
page.say(
    "Weakness may blur the estimate; it does not explain its size."
    if f > 10
    else "With an instrument as weak as that, neither the estimate nor its usual interval can be taken at face value."
)

# %% [markdown]
# ## Was it at work before the policy?
#
# Before the first cluster year nobody is treated. An instrument that touches the gap through clusters only must then be unrelated to it: its
# reduced form in those years alone has to be zero, unless counties reacted to clusters that were still to come.

# %%
early = panel[panel["year"] < panel["cohort"].min()]
require_several(early, "year")
before = two_stage_least_squares(
    residualise(
        early, "gap", "ruggedness_trend", "ruggedness_trend", study.controls
    )
)

# %% tags=["remove-cell"]
early_t = before["estimate"] / before["se"]
page.tell(
    early=before["estimate"],
    early_t=early_t,
    early_last=early["year"].max(),
    reduced=reduced["estimate"],
    early_share=before["estimate"] / reduced["estimate"],
)

# %% [markdown]
# In the years to {glue:text}`early_last` it is {glue:text}`early:.5f` ($t$ = {glue:text}`early_t:.1f`), which is
# {glue:text}`early_share:.2f` times the {glue:text}`reduced:.5f` of all years.

# %% tags=["remove-input"]
page.say(
    (
        "That is far from zero: the gap moved with ruggedness where clusters could not have been the reason. Either exclusion fails, "
        "or the years before are already years of anticipation."
        if abs(early_t) > 1.96
        else "That is no evidence against exclusion: where nobody is treated, ruggedness and the gap are not visibly related."
    )
    + (
        " On the synthetic panel this is the generator's doing: the paper's numbers fix how the gap moves with ruggedness over all "
        "years together, and nothing confined it to years with clusters. What the test would find in the paper's data is not known; it takes "
        "one regression, and the authors can run it."
        if study.synthetic
        else ""
    )
)

# %% [markdown]
# ## Is it valid?
#
# Let the instrument have a *direct* effect $\gamma$ on the gap, by roads, migration or poverty programmes. Then 2SLS estimates
# $(\rho - \gamma)/\pi$. Nobody knows $\gamma$, but one can let it run through a range and take the union of the
# intervals {cite:p}`conley2012`.

# %%
shares = np.linspace(0, 1.2, 61)
bounds = plausibly_exogenous(iv.data, shares * reduced["estimate"])
bounds["share"] = shares

# %% tags=["hide-input"]
fig, axis = plt.subplots(figsize=(7, 3.5))
axis.axhline(0, color=INK, linewidth=0.8)
axis.axhline(
    ols["estimate"],
    color=COLOURS["green"],
    linestyle="--",
    label="OLS",
)
axis.fill_between(
    bounds["share"],
    bounds["lower"],
    bounds["upper"],
    color=COLOURS["blue"],
    alpha=0.2,
    label="95 % interval",
)
axis.plot(
    bounds["share"],
    bounds["estimate"],
    color=COLOURS["blue"],
    label="2SLS",
)
axis.set(
    xlabel="direct effect γ, as a share of the reduced form",
    ylabel="effect, Theil points",
)
axis.legend()
page.figure(
    fig,
    name="fig-plausibly-exogenous",
    caption="2SLS if the instrument acts on the gap directly as well.",
    alt="The 2SLS estimate and its interval shrink towards zero in a straight line as a larger direct "
    "effect of the instrument is allowed; a dashed line marks OLS.",
)

# %% tags=["remove-cell"]
includes = bounds[(bounds["lower"] <= 0) & (bounds["upper"] >= 0)]
page.tell(
    first_zero=f"The interval first holds zero at {includes['share'].min():.0%} of the reduced form."
    if len(includes)
    else "The interval holds zero at no share that was tried."
)

# %% [markdown]
# {glue:text}`first_zero` And 2SLS equals OLS at {glue:text}`needed_share:.1%` of the reduced form:
#
# $$
# \gamma = \rho - \beta_{OLS}\,\pi .
# $$
#
# ## The ratio of 2SLS to OLS
#
# 2SLS is {glue:text}`ratio:.0f` times OLS ({glue:text}`iv:.3f` against {glue:text}`ols:.3f`). Three explanations are on offer.
#
# 1. **OLS is biased towards zero**, because the gap decides who is treated. Possible; but where the ratio is large, the
#    bias of OLS is then nearly all of the true effect.
# 2. **A local effect**: 2SLS speaks for counties whose treatment depends on ruggedness. These can
#    have larger effects, but not larger than the whole gap.
# 3. **A direct effect of the instrument**: it is divided by $\pi$ = {glue:text}`pi:.4f`, hence multiplied by about
#    {glue:text}`one_over_pi:.0f`. The direct effect that turns OLS into 2SLS is {glue:text}`needed:.5f` per year and point of
#    ruggedness. For a county one standard deviation more rugged that adds up to {glue:text}`needed_total:.3f` Theil points over the
#    panel's {glue:text}`years` years, {glue:text}`needed_in_sd:.2f` standard deviations of the gap.
#
# Judge which of the three asks for least. An instrument that is a trend is exposed to every other trend.

# %% tags=["remove-cell"]
page.tell(one_over_pi=1 / first["estimate"])
page.export_json(
    "indicators_07_3_weak_instruments.json",
    "indicators",
    values={
        "effective F": float(f),
        "Anderson-Rubin p": float(iv.anderson_rubin_p),
        "2SLS over OLS": float(second["estimate"] / ols["estimate"]),
        "direct effect that makes 2SLS equal OLS, share": float(
            needed / reduced["estimate"]
        ),
    },
)

# %% [markdown]
# ## What to conclude
#
# Weak-instrument statistics answer whether the *interval* can be trusted if the instrument is valid. They are silent on validity. When
# the estimate is implausible and the instrument strong, believe the second fact and doubt the exclusion.

# %% tags=["remove-input"]
page.words(
    synthetic="On the synthetic panel first stage, 2SLS and OLS were calibrated to the printed ones. Only π, 2SLS, OLS, the standard errors of these "
    f"three, the ratio of 2SLS to OLS, the share of the reduced form at which the two are equal, and the F of {f:.0f} are therefore the paper's. "
    "The standard error of the reduced form, the Anderson–Rubin set and its p, the share at which the interval holds zero, and all that uses "
    "the spread of ruggedness are this draw's. The panel meets the printed F with a variance clustered by county. The {doc}`audit <90_audit>` finds "
    "that the printed one fits a variance that is not clustered, and that, under its assumptions, a clustered F would be far smaller. Then *strong* is not "
    "available either. Whether the instrument is valid this page cannot say."
)

# %% [markdown]
# ## Exercises

# %% [markdown]
# ### Exercise 1: predict
#
# In `sample` the errors of treatment and outcome are strongly correlated. Suppose that they were not correlated at all. With a concentration of
# one, does the usual (Wald) test of 2SLS at 5 % then reject a true effect of zero too often, about as often as it should, or too rarely? Let `answer_1` be
# `"too often"`, `"about right"` or `"too rarely"`.
#
# <details class="hint"><summary>Hint</summary>
#
# Guess first, then draw fifty samples with `sample(iv.data, 1.0, rng, correlation=0.0)` and look at `p` of `two_stage_least_squares`.
#
# </details>

# %% tags=["solution", "hide-cell"]
draw = np.random.default_rng(SEED)
rejected = [
    two_stage_least_squares(sample(iv.data, 1.0, draw, correlation=0.0))["p"]
    < 0.05
    for _ in range(30)
]
often = np.mean(rejected)
answer_1 = "too often" if often > 0.15 else "about right"
answer_1 = "too rarely" if often < 0.03 else answer_1

# %% tags=["check"]
check_1(answer_1)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Too rarely. With uncorrelated errors the squared $t$ ratio of 2SLS is about $1/(1/AR + 1/F)$, where $AR$ is Anderson and Rubin's statistic: it is smaller than
# both $AR$ and $F$. It can only reject where the correct test rejects *and* the first stage happens to look strong. Over-rejection is thus not a matter
# of weakness alone: it takes a weak instrument and a correlation that pulls 2SLS towards OLS. Since the correlation is what an
# instrument is used against, one cannot count on its being small.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Rugged regions may have followed trends of their own. Put year effects *by region* in the place of common ones, and let `answer_2` be the effective $F$ then. Does
# the first stage survive, and what could one still object?
#
# <details class="hint"><summary>Hint</summary>
#
# Make a column that joins `region` and `year`, and pass it to `residualise` with `fixed_effects=("county", …)`. With one instrument the effective $F$
# is the squared first-stage coefficient over its variance: see `reduced_forms`.
#
# </details>

# %% tags=["solution", "hide-cell"]
regional = panel.assign(
    region_year=panel["region"] + " " + panel["year"].astype(str)
)
data = residualise(
    regional,
    "gap",
    "did",
    "ruggedness_trend",
    study.controls,
    fixed_effects=("county", "region_year"),
)
slopes = reduced_forms(data)
answer_2 = slopes.first_stage**2 / slopes.v_xx

# %% tags=["check"]
check_2(answer_2, panel, f)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# If the $F$ hardly changes, the first stage does not come from differences between the two regions: within each of them, too, rugged counties joined at
# another pace. (On the synthetic panel it had to be so, because ruggedness was drawn without regard to regions.) What remains open is the *reduced form*.
# Two regions are coarse, and a trend that goes with ruggedness inside a region would still enter the gap by another road than clusters.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# The Anderson–Rubin set can be unbounded. Below which first-stage $F$ does that happen, at 95 %? Let `answer_3` be that number for this panel,
# and explain why an unbounded set is then the right answer.
#
# <details class="hint"><summary>Hint</summary>
#
# A huge effect $b$ is accepted if $(\rho - b\pi)^2 \le c\,\widehat{Var}(\rho - b\pi)$. Divide by $b^2$ and let $b$ grow. The
# critical value $c$ is that of an $F$ distribution with 1 and $G - 1$ degrees of freedom; $G$ is `iv.data.n_clusters`, and `scipy.stats` has `f.ppf`.
#
# </details>

# %% tags=["solution", "hide-cell"]
from scipy import stats

answer_3 = stats.f.ppf(0.95, 1, iv.data.n_clusters - 1)

# %% tags=["check"]
check_3(answer_3, iv, f)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# For a huge $b$ the condition becomes $\pi^2 / \widehat{Var}(\pi) \le c$: the set is unbounded exactly if the first stage is not significant at the same
# level. Then the data cannot rule out $\pi = 0$, and with $\pi = 0$ the instrument says nothing at all about the effect, so that *every* value
# is compatible with them. An interval that is always bounded, such as the usual one, cannot do justice to that: with a first stage
# that is weak enough, its coverage can fall as low as one likes.
#
# </details>
