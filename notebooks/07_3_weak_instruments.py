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
# weak instrument, a local effect, or a violated exclusion?

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
DRAWS = 200  # samples in the demonstration of weakness
SEED = 1949  # of these samples; any number will do

# %% tags=["hide-input"]
from dataclasses import replace
from itertools import product

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from exercises.weak_instruments import check_1, check_2, check_3
from scipy import stats

import clustergap as cg
from bookkit.display import COLOURS, INK
from bookkit.ledger import printed_value
from bookkit.page import Page
from clustergap.requirements import before_policy, require
from paneldid.identified import Gaps
from paneldid.weakiv import (
    anderson_rubin,
    anderson_rubin_from_print,
    plausibly_exogenous,
    reduced_forms,
    residualise,
    tf_factor,
    two_stage_least_squares,
    wald_rejection,
    weak_iv,
)

# %%
study = cg.load(DATA)
panel = study.panel
require(panel, "ruggedness_trend")
page = Page("07_3_weak_instruments", study)
iv = weak_iv(panel, "gap", "did", "ruggedness_trend", study.controls)
ols = two_stage_least_squares(
    residualise(panel, "gap", "did", "did", study.controls)
)

# %% tags=["remove-input"]
page.banner()

# %% [markdown]
# **The answer.** Not weakness, if the printed $F$ of {glue:text}`print_f:.1f` and the printed errors come from one clustered variance. Then the paper's own numbers
# bound what it did not print: the reduced form has **$|t| \ge$ {glue:text}`print_t:.2f`**, Anderson and Rubin's test of no effect $p \le$ {glue:text}`print_p:.4f`, and their 95 % set
# lies between [{glue:text}`print_low_least:.2f`, {glue:text}`print_high_least:.2f`] and [{glue:text}`print_low_most:.2f`, {glue:text}`print_high_most:.2f`]
# ({numref}`fig-iv-print`). The printed OLS estimate of {glue:text}`print_ols:.3f` is outside in every case. Local effect or violated exclusion? **No statistic separates these
# two**: the same numbers come from both.

# %% tags=["hide-input"]
PRINTED_YEARS = 9
b, se, f_printed = (
    (printed_value("table_3", column, row, statistic), half)
    for column, row, statistic, half in (
        ("2", "did", "estimate", 0.0005),
        ("2", "did", "se", 0.0005),
        ("1", "model", "kleibergen_paap_f", 0.0005),
    )
)
counties = int(printed_value("table_3", "2", "model", "n") / PRINTED_YEARS)
print_ols = printed_value("table_2", "3", "did", "estimate")
found = []
for correlation in np.linspace(-1, 1, 81):
    for way in product((-1, 1), repeat=3):  # the ends of what was rounded
        numbers = [
            v + w * h
            for (v, h), w in zip((b, se, f_printed), way, strict=True)
        ]
        t, accepted = anderson_rubin_from_print(
            *numbers, counties, correlation
        )
        ((low, high),) = accepted.intervals
        found.append((correlation, abs(t), low, high))
found = pd.DataFrame(found, columns=["correlation", "t", "low", "high"])
ends = found.groupby("correlation").agg(["min", "max"])
fig, axis = plt.subplots(figsize=(6.4, 3.5))
axis.fill_between(
    ends.index,
    ends["low", "max"],
    ends["high", "min"],
    color=COLOURS["blue"],
    alpha=0.3,
    label="Anderson–Rubin 95 % set",
)
for side in ("low", "high"):
    axis.fill_between(
        ends.index,
        ends[side, "min"],
        ends[side, "max"],
        color=COLOURS["vermillion"],
        alpha=0.5,
        lw=0,
        label="its end, by rounding" if side == "low" else None,
    )
axis.axhline(b[0], color=COLOURS["blue"], label="2SLS")
axis.axhline(print_ols, color=COLOURS["green"], linestyle="--", label="OLS")
axis.axhline(0, color=INK, linewidth=0.8)
axis.set(
    xlabel="correlation of the errors of π and ρ − βπ, not printed",
    ylabel="effect, Theil points",
    ylim=(None, 0.32),
)
axis.legend(ncols=2, fontsize=9, loc="upper center")
page.figure(
    fig,
    name="fig-iv-print",
    caption="Which effects Anderson and Rubin's test leaves, from the printed 2SLS estimate, its error and the printed F alone, for each value of the one number that is missing.",
    alt="A band of accepted effects that moves from one side of the 2SLS estimate to the other as the unknown correlation goes from minus one to one; "
    "zero and OLS stay above it everywhere.",
    source="the paper, Tables 2 and 3",
)

# %% tags=["remove-cell"]
weakest = found["t"].min()
page.tell(
    print_f=f_printed[0],
    print_t=weakest,
    print_p=stats.f.sf(weakest**2, 1, counties - 1),
    print_low_least=found["low"].min(),
    print_low_most=found["low"].max(),
    print_high_least=found["high"].min(),
    print_high_most=found["high"].max(),
    print_ols=print_ols,
)

# %% [markdown]
# ## What print alone says
#
# With one instrument 2SLS is $\rho/\pi$, a ratio of reduced form and first stage. Its printed error is that of $\rho - \beta\pi$ over $\pi$, and the printed $F$ is the squared
# $t$ ratio of $\pi$. What is missing for the variance of $\rho$ is one number, the correlation of the two errors, and it lies between −1 and 1. So {numref}`fig-iv-print` goes through all
# values it can have, and through everything that rounds to what was printed.
#
# The condition matters. The {doc}`audit <90_audit>` finds that the printed errors of Table 3 fit a variance that is not clustered, and that a clustered $F$
# would be far smaller. Then these bounds hold for a variance that nobody should use here, and the question of weakness is open again.
#
# ## Is it weak?
#
# Now the data at hand. With one instrument everything follows from two regressions on it: of the treatment (slope $\pi$)
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
    notes="Clustered by county." + study.controls_note,
)

# %% [markdown]
# ### What weakness does, and what it needs for it
#
# A weak instrument alone does no harm to the usual test. It takes a strong correlation of the errors of first stage and outcome as well, for then 2SLS is pulled
# towards OLS and its error is too small. How often the usual test of 2SLS rejects the truth has a formula in large samples {cite:p}`stock2005,angrist2024`. The *concentration* is what the expected
# first-stage $F$ has above one, the value of a first stage without any slope.

# %%
CORRELATIONS = (0.5, 0.75, 0.95, 0.99)
here = reduced_forms(iv.data)
at_estimate = here.v_xy - second["estimate"] * here.v_xx
spread = second["se"] * abs(here.first_stage) * np.sqrt(here.v_xx)
own_correlation = abs(at_estimate) / spread
exact = pd.DataFrame(
    {
        f"correlation {rho:g}": [wald_rejection(c, rho) for c in (1, 10, 100)]
        for rho in CORRELATIONS
    },
    index=pd.Index(["1", "10", "100"], name="expected F less one"),
)

# %% tags=["hide-input"]
page.table(
    exact.map("{:.1%}".format),
    name="tbl-iv-wald",
    caption="How often the usual 5 % test of 2SLS rejects the truth",
    source="a formula for large samples and equal variances; no data",
)

# %% [markdown]
# At a concentration of one it is {glue:text}`wald_95:.1%` with a correlation of 0.95, {glue:text}`wald_75:.1%` with 0.75 and {glue:text}`wald_50:.1%` with 0.5. On the data at hand the
# correlation is {glue:text}`own_correlation:.2f` in size, and at the $F$ at hand the formula gives {glue:text}`own_rate:.1%`.
#
# Are other tests better at the worst? Take the instrument as it is and invent treatments and outcomes: no effect at all, errors of the two with a correlation of
# 0.95, whose spread differs between counties.


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
for concentration in (1.0, 10.0):
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
    caption="How often a true effect of zero is rejected at 5 %, with a correlation of 0.95",
    source="invented outcomes on the panel's own instrument",
    notes=f"{DRAWS} samples a row.",
)


# %% tags=["remove-cell"]
def margin(rate):
    """What the simulation may be off by, at 95 %."""
    return 1.96 * np.sqrt(rate * (1 - rate) / DRAWS)


page.tell(
    wald_weak=size.loc[1.0, "Wald"],
    wald_margin=margin(size.loc[1.0, "Wald"]),
    ar_weak=size.loc[1.0, "AR"],
    five_margin=margin(0.05),
    wald_95=wald_rejection(1, 0.95),
    wald_75=wald_rejection(1, 0.75),
    wald_50=wald_rejection(1, 0.5),
    own_correlation=own_correlation,
    own_rate=wald_rejection(max(f - 1, 0), min(own_correlation, 0.999)),
    effective_f=f,
    ratio=second["estimate"] / ols["estimate"],
    iv=second["estimate"],
    ols=ols["estimate"],
    pi=first["estimate"],
)
needed = reduced["estimate"] - ols["estimate"] * first["estimate"]
page.tell(needed=needed, needed_share=needed / reduced["estimate"])
years = panel["year"].nunique()
page.tell(steps=years - 1)
difference = needed * panel["ruggedness"].std() * (years - 1)
page.tell(
    needed_total=difference, needed_in_sd=abs(difference) / panel["gap"].std()
)

# %% [markdown]
# With a concentration of one, the usual test rejects the truth in {glue:text}`wald_weak:.1%` of the samples (± {glue:text}`wald_margin:.1%`),
# Anderson and Rubin's in {glue:text}`ar_weak:.1%`; a rate of 5 % is known to ± {glue:text}`five_margin:.1%` only, so that the table cannot say whether tF or Anderson and Rubin's test come closer to it.
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
gaps, early_t = Gaps(), None
with gaps.column("the reduced form before the policy"):
    early = before_policy(panel)
    before = two_stage_least_squares(
        residualise(
            early,
            "gap",
            "ruggedness_trend",
            "ruggedness_trend",
            study.controls,
        )
    )
    early_t = before["estimate"] / before["se"]

# %% tags=["remove-cell"]
if early_t is not None:
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
    gaps.note.strip()
    if early_t is None
    else (
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
fig, axis = plt.subplots(figsize=(6.4, 3.5))
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
    first_zero="The interval holds zero whatever the share."
    if len(includes) == len(bounds)
    else f"The interval first holds zero at {includes['share'].min():.0%} of the reduced form."
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
# 2SLS is {glue:text}`ratio:.0f` times OLS ({glue:text}`iv:.3f` against {glue:text}`ols:.4f`). Three explanations are on offer.
#
# 1. **OLS is biased towards zero**, because the gap decides who is treated. Possible; but where the ratio is large, the
#    bias of OLS is then nearly all of the true effect.
# 2. **A local effect**: 2SLS speaks for counties whose treatment depends on ruggedness. These can
#    have larger effects, but not larger than the whole gap. And the reading as an average effect of *those* counties is not free: it takes ruggedness to move every county's treatment the same way, and,
#    with controls, a specification rich enough in them {cite:p}`blandhol2022`; with an instrument times a trend, also parallel trends of rugged and flat counties without clusters.
# 3. **A direct effect of the instrument**: it is divided by $\pi$ = {glue:text}`pi:.4f`, hence multiplied by about
#    {glue:text}`one_over_pi:.0f`. The direct effect that turns OLS into 2SLS is {glue:text}`needed:.5f` per year and point of
#    ruggedness. For a county one standard deviation more rugged that adds up to {glue:text}`needed_total:.3f` Theil points over the
#    {glue:text}`steps` years from the panel's first to its last, {glue:text}`needed_in_sd:.2f` standard deviations of the gap.
#
# The data do not choose between the second and the third: any 2SLS estimate can be written as a local effect without a direct one, or as OLS with one. What one can do is to compare what each requires: an
# effect on some counties {glue:text}`ratio:.0f` times that on all, or a trend of {glue:text}`needed_in_sd:.2f` standard deviations over the years with ruggedness. An instrument that is a trend is exposed to every other trend.

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
# Weak-instrument statistics answer whether the *interval* can be trusted if the instrument is valid. They are silent on validity, and no other statistic of this page tells
# a local effect from a violated exclusion. When the estimate is implausible and the instrument strong, doubt the exclusion.

# %% tags=["remove-input"]
page.words(
    synthetic="On the synthetic panel first stage, 2SLS and OLS were calibrated to the printed ones. Only π, 2SLS, OLS, the standard errors of these "
    f"three, the ratio of 2SLS to OLS, the share of the reduced form at which the two are equal, and the F of {f:.0f} are therefore the paper's. "
    "The standard error of the reduced form, the Anderson–Rubin set and its p are one point in the range that print leaves open; the share at which the interval holds zero, and all that uses "
    "the spread of ruggedness, are this draw's. The panel meets the printed F with a variance clustered by county. The {doc}`audit <90_audit>` finds "
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

# %% [markdown]
# ### Exercise 4: explain
#
# An open question. Someone defends the estimate as "the effect on counties whose terrain kept them out", and adds that it is large because these counties had most to gain. Write at most 150 words that
# take this seriously: what would have to be true, which number of this page speaks to it, and which observation, not on this page, could decide?
#
# <details class="hint"><summary>Hint</summary>
#
# Who is moved by ruggedness, in which direction, and when? What do the years before the policy say? What does the estimate imply for the gap of such a county?
#
# </details>

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# One point for each of five things. (1) The conditions of a local effect are named: exclusion, monotonicity, controls rich enough, parallel trends in ruggedness. (2) Strength of the instrument is
# not offered as evidence for any of them. (3) The size is confronted with the gap itself, or with the direct effect that would do the same. (4) The reduced form
# before the policy is used, with its number. (5) An observation that could decide is proposed, such as the paper's own reduced form in years without clusters, rugged counties that could never be eligible,
# or a known programme for mountain counties with its dates. Taking a side without (4) and (5) earns no more than two.
#
# </details>
