# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4.3 Endogeneity
#
# Perhaps the gap decides who gets a cluster, and not the other way round. Against this *reverse causality* the paper uses an instrument ({term}`instrumental variable`): the
# {term}`ruggedness of a county's terrain <terrain ruggedness>`, multiplied by time. Its 2SLS estimate is many times its baseline, and the paper does not discuss why. This chapter re-estimates Table 3, and asks what a reader should ask of any instrument.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables

# %% tags=["hide-input"]
import pandas as pd
import pyfixest as pf
from exercises.endogeneity import check_1, check_2, check_3

import clustergap as cg
from bookkit.page import Page
from clustergap.requirements import before_policy, require
from paneldid.identified import Gaps
from paneldid.weakiv import STOCK_YOGO_10, TF_BOUND, weak_iv

# %%
study = cg.load(DATA)
panel = study.panel
page = Page("04_3_endogeneity", study)

# %% tags=["remove-input"]
require(panel, "ruggedness_trend")
page.banner()

# %% [markdown]
# ## The idea
#
# The paper gives two grounds for its instrument, with {cite:t}`zhang2023` as precedent:
#
# - **Relevance.** Rugged terrain has natural resources of its own, hence products that cannot be had elsewhere, and governments choose sites of clusters by such resources.
# - **Exogeneity.** Terrain comes from geological history, and no economic activity of today changes it.
#
# Ruggedness does not change over time, so a county fixed effect would swallow it; its product with a time trend is used instead. Two regressions follow, {term}`two-stage least squares` (2SLS). The *first stage* explains
# treatment by the instrument, the *second* the gap by the treatment that the first stage predicts. In pyfixest both are one formula, whose last part reads "endogenous ~ instrument":

# %%
by_county = {"CRV1": "county"}
controls = "+".join(study.controls) or "1"

second = pf.feols(
    f"gap~{controls}|county+year|did~ruggedness_trend", panel, vcov=by_county
)
first = pf.feols(
    f"did~ruggedness_trend+{controls}|county+year", panel, vcov=by_county
)
reduced = pf.feols(
    f"gap~ruggedness_trend+{controls}|county+year", panel, vcov=by_county
)
ols = pf.feols(f"gap~did+{controls}|county+year", panel, vcov=by_county)

iv = weak_iv(panel, "gap", "did", "ruggedness_trend", study.controls)

# %% tags=["hide-input"]
page.exhibit(
    "table_3",
    {"(1) First stage": first, "(2) 2SLS": second},
    {
        "ruggedness_trend": "Ruggedness × trend",
        "did": "DID",
    },
    {"Controls": ["Yes", "Yes"]},
    record={"ruggedness_trend": "ruggedness", "did": "did"},
    levels=(1, 2),
    model=["n"],
    statistics={
        "cragg_donald_f": iv.cragg_donald_f,
        "kleibergen_paap_f": iv.kleibergen_paap_f,
    },
    caption="Instrumental variables, printed and computed here",
    notes=page.STARS + study.controls_note,
)

# %% tags=["remove-cell"]
page.record(
    kleibergen_paap_lm=iv.kleibergen_paap_lm,
    kleibergen_paap_lm_p=iv.kleibergen_paap_lm_p,
)

# %% tags=["remove-input"]
page.words(
    synthetic="One number does not come out: the Cragg–Donald $F$. With an instrument that is a county constant times a trend, and errors "
    "clustered by county, the two printed $F$ hardly fit together. The {doc}`audit <90_audit>` shows it from print alone; "
    "the chapter on {doc}`how the panel was made <91_synthetic_panel>` says what it would take."
)

# %% [markdown]
# ## Is the instrument strong?
#
# If the instrument hardly moves the treatment, it is a {term}`weak instrument`: the usual interval of 2SLS covers too rarely, and with several instruments the estimate is biased towards OLS. With a single one, as here, that bias is
# small unless the first stage is very weak {cite:p}`angrist2024`; so weakness is no explanation for an estimate far from OLS. The yardstick is the first stage's $F$, but there are several, valid for different errors:

# %% tags=["hide-input"]
strength = [
    ("Cragg–Donald Wald F", f"{iv.cragg_donald_f:.2f}", "independent errors of equal variance"),
    ("Kleibergen–Paap rk Wald F", f"{iv.kleibergen_paap_f:.2f}", "clustered by county"),
    ("Effective F", f"{iv.effective_f:.2f}", "clustered; equals the one above up to a small-sample factor"),
    ("Kleibergen–Paap rk LM", f"{iv.kleibergen_paap_lm:.2f}", "clustered by county; χ² with one degree of freedom"),
    ("Partial R² of the instrument", f"{iv.partial_r2:.4f}", ""),
    ("Threshold of Stock and Yogo, 10 % size", f"{STOCK_YOGO_10:.2f}", "only for independent errors"),
    ("Threshold of tF, no widening above", f"{TF_BOUND:.2f}", "Lee et al., any error structure"),
]  # fmt: skip
page.table(
    pd.DataFrame(strength, columns=["statistic", "value", "valid for"]),
    name="tbl-strength",
    caption="Strength of the instrument",
)

# %% tags=["remove-cell"]
beta_iv, beta_ols = second.coef()["did"], ols.coef()["did"]
low, high = second.confint().loc["did"]
nearest = min(low, high, key=abs)
treated = panel.loc[panel["did"] == 1, "gap"].mean()
pi, rho = (fit.coef()["ruggedness_trend"] for fit in (first, reduced))
page.tell(
    kp=iv.kleibergen_paap_f,
    lm=iv.kleibergen_paap_lm,
    stock_yogo=STOCK_YOGO_10,
    tf_bound=TF_BOUND,
    beta_iv=beta_iv,
    beta_ols=beta_ols,
    iv_over_ols=beta_iv / beta_ols,
    iv_over_mean=abs(beta_iv) / panel["gap"].mean(),
    first=pi,
    first_pp=100 * pi,
    reduced_form=rho,
    multiplier=1 / pi,
    still_invalid="A strong instrument can still be invalid"
    if iv.cragg_donald_f > STOCK_YOGO_10
    else "Weak or strong, an instrument can be invalid",
    sampling=f"Sampling error does not explain it: even the end of its interval that is nearest to zero is {nearest:.3f}, while the mean gap of treated county-years is {treated:.3f}."
    if abs(nearest) > treated and low * high > 0
    else f"Sampling error alone may explain that: its interval runs from {low:.3f} to {high:.3f}.",
)

# %% [markdown]
# The {term}`Cragg–Donald <Cragg–Donald F>` $F$ and its Stock–Yogo threshold suppose independent errors {cite:p}`cragg1993,stock2005`, which is just what clustering denies. The
# {term}`Kleibergen–Paap <Kleibergen–Paap F>` statistic allows for clusters {cite:p}`kleibergen2006`. Its Wald form is {glue:text}`kp:.1f` here; with one instrument it equals the {term}`effective F` {cite:p}`montielolea2013` but for a
# small-sample factor. Its LM form is another statistic, {glue:text}`lm:.1f`. The paper prints one and the same value as the Wald $F$ in its table and as the LM statistic in its text; at least one of the two is a slip ({doc}`audit <90_audit>`).
#
# The last two rows of {numref}`tbl-strength` are thresholds. With a Cragg–Donald $F$ above {glue:text}`stock_yogo:.2f`, and independent errors, a test of the effect at 5 % rejects the truth in at most 10 % of samples. With a clustered $F$ above
# {glue:text}`tf_bound:.2f`, the usual interval of 2SLS needs no widening; below it, the {term}`tF interval` widens it {cite:p}`lee2022`.
#
# ## Intervals that hold if it is weak

# %% tags=["hide-input"]
sets = {
    "2SLS, usual (Wald)": f"[{low:.3f}, {high:.3f}]",
    "2SLS, tF-adjusted": str(iv.tf_set),
    "Anderson–Rubin": str(iv.anderson_rubin_set),
}
page.table(
    pd.DataFrame(sets.items(), columns=["method", "95 % confidence set"]),
    name="tbl-iv-sets",
    caption="Three confidence sets for the effect",
)

# %% [markdown]
# The {term}`Anderson–Rubin set` {cite:p}`anderson1949` collects all effects $b$ for which a test does not reject that $Y - b\,DID$ is
# unrelated to the instrument. It needs no first stage at all, and has the right coverage however weak
# the instrument is. The tF interval widens the usual one by a factor that depends on the first-stage
# $F$ {cite:p}`lee2022`.
#
# ## {glue:text}`still_invalid`
#
# On this panel the 2SLS estimate is {glue:text}`beta_iv:.3f`, {glue:text}`iv_over_ols:.0f` times the OLS one ({glue:text}`beta_ols:.4f`), and in size {glue:text}`iv_over_mean:.1f` times the mean of an index that cannot fall below zero. {glue:text}`sampling` How can an estimate become so large? 2SLS is the
# reduced form over the first stage,
#
# $$
# \hat\beta_{2SLS} = \frac{\hat\rho}{\hat\pi},
# $$
#
# where $\rho$ is the effect of ruggedness × trend on the gap, and $\pi$ its effect on treatment. Here that is {glue:text}`reduced_form:.4f` over {glue:text}`first:.4f`: a point of ruggedness moves the chance of treatment by only
# {glue:text}`first_pp:.1f` percentage points a year, so a movement of the gap is multiplied by {glue:text}`multiplier:.0f` before it is called an effect. Any *other* reason for which the gap falls faster where it is rugged
# (poverty programmes, roads, migration) is multiplied as well. The instrument is not mountains but a *trend that is steeper where there are mountains*.
#
# That nobody today can change the terrain makes the instrument predetermined, and that is all that the paper's second ground says. {term}`Exclusion <exclusion restriction>` asks for more: that ruggedness × trend touches the gap through
# clusters only.
#
# ### A test of exclusion
#
# This can be tested in part. Before the first cluster year nobody is treated; if the instrument acts through clusters only, and nobody acts in anticipation, its reduced form must be zero in those years.

# %%
gaps, early_form = Gaps(), None
with gaps.column("the test"):
    early = before_policy(panel)
    early_form = pf.feols(
        f"gap~ruggedness_trend+{controls}|county+year", early, vcov=by_county
    )

# %% tags=["remove-cell"]
if early_form:
    page.tell(
        beta_early=early_form.coef()["ruggedness_trend"],
        early_t=early_form.tstat()["ruggedness_trend"],
    )

# %% tags=["remove-input"]
page.say(gaps.note.strip())

# %% [markdown]
# Its coefficient is {glue:text}`beta_early:.4f` ($t$ = {glue:text}`early_t:.1f`), against {glue:text}`reduced_form:.4f` in all years together. On real data a value far from zero would finish the instrument: where it is rugged, the gap
# was falling faster (or slower) already. The test takes one line, and every study with an instrument and years before treatment can print it. The paper does not.

# %% tags=["remove-input"]
page.words(
    synthetic="On the synthetic panel the answer is known. The paper's numbers fix how the gap moves with ruggedness over all years together, and the panel was drawn without anything "
    "that confines this to years with clusters."
)

# %% [markdown]
# ## Exercises

# %% tags=["remove-input"]
page.words(
    synthetic="In the synthetic panel ruggedness acts as the paper's printed coefficients ask, so nothing here is about mountains.",
    own="They use the panel named at the head of this page.",
)

# %% [markdown]
# ### Exercise 1: predict
#
# Divide ruggedness by ten, as if it had been measured in another unit. Which numbers of
# {numref}`tbl-3` change, and how: coefficients, standard errors, stars, the two $F$? Predict each,
# then store (coefficient of the first stage, 2SLS coefficient of `did`) in `answer_1`.
#
# <details class="hint"><summary>Hint</summary>
#
# The 2SLS estimate is the reduced form over the first stage. What happens to each of the two?
#
# </details>

# %% tags=["solution", "hide-cell"]
other_unit = panel.assign(ruggedness_trend=panel["ruggedness_trend"] / 10)
stage, form = (
    pf.feols(f"{y}~ruggedness_trend+{controls}|county+year", other_unit)
    .coef()
    .loc["ruggedness_trend"]
    for y in ("did", "gap")
)
answer_1 = (float(stage), float(form / stage))

# %% tags=["check"]
check_1(answer_1, panel, first, second)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The coefficient and the standard error of the first stage become ten times as large; their
# quotient, the stars, both $F$ and the whole second column stay. A unit is not information. It also
# means that a first stage of “only” {glue:text}`first:.3f` is neither small nor large by itself:
# strength is in the $F$, never in the coefficient.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Here is another test of exclusion. Counties that never join a cluster have no treatment for the instrument to act through, in any year. Estimate the reduced form on them alone, with the controls and both fixed
# effects, and store its coefficient in `answer_2`. When would even a valid instrument fail this test?
#
# <details class="hint"><summary>Hint</summary>
#
# `treat` tells who ever joins. The reduced form of the chapter needs only fewer rows.
#
# </details>

# %% tags=["solution", "hide-cell"]
outside = panel[panel["treat"] == 0]
outside_form = pf.feols(
    f"gap~ruggedness_trend+{controls}|county+year", outside, vcov=by_county
)
answer_2 = float(outside_form.coef()["ruggedness_trend"])
page.tell(outside_t=outside_form.tstat()["ruggedness_trend"])

# %% tags=["check"]
check_2(answer_2, panel, reduced)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# It must be zero as well; here its $t$ is {glue:text}`outside_t:.1f`. But these counties were not chosen at random. Who stays outside depends on ruggedness and on much else, so that among them ruggedness can go with other things that move the gap,
# even if it does not among all counties. The years before the policy know no such selection. Spillovers from clusters next door would show here, too.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# Suppose that rugged counties also got a poverty programme which lowers the gap by 0.002 a year for
# each point of ruggedness, and that the 2SLS estimate above contains it. By how much is the
# estimate off (estimate less truth, `answer_3`)? How does this compare with the estimate itself?
#
# <details class="hint"><summary>Hint</summary>
#
# The programme is an addition to the numerator of $\hat\rho / \hat\pi$. A year and a point of
# ruggedness are just one unit of `ruggedness_trend`.
#
# </details>

# %% tags=["solution", "hide-cell"]
programme = 0.002  # less gap, by point of ruggedness and year
answer_3 = float(-programme / pi)
page.tell(
    programme=programme,
    programme_bias=answer_3,
    programme_share=answer_3 / beta_iv,
)

# %% tags=["check"]
check_3(answer_3, panel, first, second)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# By $-0.002/\hat\pi$ = {glue:text}`programme_bias:.2f`, which is {glue:text}`programme_share:.0%`
# of the estimate. The first stage works as a lever: whatever else runs along mountains is divided by it. (In another unit of
# ruggedness, the programme's {glue:text}`programme:.3f` and the first stage's {glue:text}`first:.3f` would both change, and their ratio
# would stay.) That is why a 2SLS estimate far
# beyond OLS is not a reason to trust it more. {doc}`Chapter 7.3 <07_3_weak_instruments>` draws the estimate against the size of
# such a violation.
#
# </details>
