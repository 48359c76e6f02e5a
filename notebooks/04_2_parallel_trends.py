# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4.2 Parallel trends
#
# The design stands on a history that nobody saw: how the gap would have moved in cluster
# counties without clusters. It cannot be tested. What can be looked at is whether the two groups moved
# together *before*. That is the paper's Figure 1.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
SEED = 2020  # of the simulated band; any number will do

# %% tags=["hide-input"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf
from myst_nb import glue

import clustergap as cg
from bookkit import display as style
from bookkit.ledger import Ledger
from bookkit.page import export
from countysim.calibrate import T_AFTER, T_BEFORE
from paneldid.eventstudy import (
    BASE,
    WINDOW,
    joint_test,
    sup_t,
    window_event_time,
)

style.use_style()

# %%
study = cg.load(DATA)
panel = study.panel

# %% tags=["remove-input"]
style.banner(study)

# %% [markdown]
# ## From one dummy to nine
#
# The baseline gives all treated years one coefficient. The {term}`event study` gives each year before
# and after the start its own:
#
# $$
# Y_{it} = \sum_{k \neq -1} \beta_k \, 1\{t - \text{cohort}_i = k\} + \theta' X_{it}
#          + \mu_i + \lambda_t + \varepsilon_{it}.
# $$
#
# The year before the start, $k = -1$, is left out, so that every $\beta_k$ is a difference to it
# {cite:p}`beck2010`. Counties without a cluster have no {term}`event time`; they are put at $-1$, where no
# dummy is ever one for them, and so they only help to estimate the year effects and the slopes of the controls.

# %%
controls = "pgdp+pgra+ind+serv+fiscal+edu+financial+com"
data = panel.assign(k=window_event_time(panel["event_time"], outside="bin"))
event = pf.feols(
    f"gap~i(k,ref=-1)+{controls}|county+year", data, vcov={"CRV1": "county"}
)

path = sup_t(event, np.random.default_rng(SEED), variable="k")
leads = [k for k in path["event_time"] if k < -1]
lags = [k for k in path["event_time"] if k >= 0]
before = joint_test(event, leads, variable="k")
after = joint_test(event, lags, variable="k")

# %% tags=["hide-input"]
fig, axis = plt.subplots(figsize=(7, 3.8))
axis.axhline(0, color=style.INK, linewidth=0.8)
axis.axvline(-0.5, color=style.INK, linewidth=0.8, linestyle=":")
axis.fill_between(
    path["event_time"],
    path["sup_lower"],
    path["sup_upper"],
    color=style.COLOURS["blue"],
    alpha=0.15,
    label="uniform 95 % band",
)
axis.errorbar(
    path["event_time"],
    path["estimate"],
    yerr=[path["estimate"] - path["lower"], path["upper"] - path["estimate"]],
    fmt="o",
    color=style.COLOURS["blue"],
    capsize=3,
    label="pointwise 95 % interval",
)
axis.set(
    xlabel="years since the first cluster year",
    ylabel="Theil points, relative to year −1",
)
axis.set_xticks(path["event_time"])
axis.legend(loc="lower left")
at = path.set_index("event_time")["estimate"]
before_start, since_start = at[leads], at[lags]
style.figure(
    fig,
    name="fig-event-study",
    caption="Event study of the gap (the paper's Figure 1).",
    alt=f"Coefficients from {-min(leads)} years before to {max(lags)} years after the first cluster "
    "year, with pointwise intervals and a wider uniform band. The year before the start is zero by construction; "
    f"the earlier ones lie between {before_start.min():.3f} and {before_start.max():.3f}, those from the start on "
    f"between {since_start.min():.3f} and {since_start.max():.3f}.",
    source=study.source,
)

# %% tags=["remove-cell"]
first = path.loc[path["event_time"] == 0].iloc[0]
second = path.loc[path["event_time"] == max(lags)].iloc[0]
outside = path[
    path["event_time"].isin(leads)
    & ((path["lower"] > 0) | (path["upper"] < 0))
]
glue("before_f", float(before.statistic), display=False)
for name, test, places in (("before", before, 2), ("after", after, 3)):
    least = 10.0**-places
    reads = f"< {least:g}" if test.p < least else f"= {test.p:.{places}f}"
    glue(f"{name}_p", reads, display=False)
glue("n_leads", len(leads), display=False)
glue("leads_outside", len(outside), display=False)
glue(
    "largest_lead",
    float(path.loc[path["event_time"].isin(leads), "estimate"].abs().max()),
    display=False,
)
glue("beta_0", float(first["estimate"]), display=False)
glue("beta_last", float(second["estimate"]), display=False)
glue("last_lag", int(max(lags)), display=False)
glue(
    "widening",
    float(
        (path["sup_upper"] - path["sup_lower"]).sum()
        / (path["upper"] - path["lower"]).sum()
    ),
    display=False,
)

# %% tags=["remove-input"]
all_treated = style.prose(
    "**Every county of these data joins a cluster sooner or later.** Event time is then year less "
    "cohort for all rows, so that a straight line through the coefficients cannot be told from county "
    "and year effects {cite:p}`roth2022`. The slope of the figure rests on the pooled ends and on "
    "dummies that were dropped; only bends in it are evidence."
)
all_treated if panel["treat"].all() else None

# %% [markdown]
# ## How to read it
#
# To the left of the dotted line are years in which nothing had happened yet. The coefficients
# there should be near zero. The largest is {glue:text}`largest_lead:.3f` in size, and
# {glue:text}`leads_outside` of {glue:text}`n_leads` differ from zero at 5 % by themselves. With
# {glue:text}`n_leads` looks, one expects a false alarm now and then. Two tools take the many
# looks into account:
#
# - The **joint test** asks whether all *leads* (the coefficients before the start; those from it on are
#   *lags*) are zero together: $F$ = {glue:text}`before_f:.2f`, $p$ {glue:text}`before_p`.
# - The **{term}`uniform band`** covers the whole path with 95 % probability, not each point of it
#   {cite:p}`montielolea2019`. It is {glue:text}`widening:.2f` times as wide as the pointwise intervals here. If a path of zeros fits
#   into it, the data do not speak against parallel trends.
#
# To the right, the coefficient is {glue:text}`beta_0:.3f` in year 0 and
# {glue:text}`beta_last:.3f` in year {glue:text}`last_lag` (all lags jointly, $p$ {glue:text}`after_p`). The paper prints no numbers for its
# Figure 1, so the figure is redrawn here, not compared.

# %% tags=["remove-input"]
put_in = style.prose(
    "**On the synthetic panel the quiet past was put in**, and so was the drop: the calibration asked for leads with a $t$-value below "
    f"{T_BEFORE[1]:g} in size and for lags with one below −{-T_AFTER[1]:g}, because the paper's text calls the leads "
    "insignificant and the lags significantly negative; the two bounds are ours. The joint tests, the band and the table below inherit it."
)
put_in if study.synthetic else None

# %% [markdown]
# ### What happens to year −8?
#
# The paper lists dummies from −7 to 2. Yet in its panel the cohort of 2022 was observed in 2014, *eight* years
# before its start. There are four things one can do: count −8 with −7, give it its own
# dummy, drop those county-years, or leave it without a dummy, in the base beside −1, which is what the list says taken literally.
# The paper does not say which it did. Here are all four.

# %%
variants = {}
for outside in ("bin", "own", "drop", "base"):
    if outside == "base":
        k = window_event_time(panel["event_time"], outside="own")
        k = k.where(k.between(*WINDOW), BASE)
    else:
        k = window_event_time(panel["event_time"], outside=outside)
    rows = panel.assign(k=k).dropna(subset="k").astype({"k": int})
    variants[outside] = pf.feols(
        f"gap~i(k,ref=-1)+{controls}|county+year",
        rows,
        vcov={"CRV1": "county"},
    )

# %% tags=["hide-input"]
told = study.may_show_cohorts()  # or N without these rows gives one away
WORDS = {"bin": "count with −7", "own": "own dummy", "drop": "drop the rows"}
WORDS["base"] = "no dummy"


def described(name, fit):
    times = sorted(
        int(c.removeprefix("k::"))
        for c in fit._coefnames
        if c.startswith("k::")
    )
    test = joint_test(fit, [k for k in times if k < -1], variable="k")

    def at(k):
        return f"{fit.coef()[f'k::{k}']:.4f}" if k in times else "–"

    return {
        "year −8": WORDS[name],
        "β at −7": at(-7),
        "β at 0": at(0),
        "p of all leads": f"{test.p:.3f}",
        "N": f"{fit._N:,}" if told or name != "drop" else "withheld",
    }


style.table(
    pd.DataFrame([described(name, fit) for name, fit in variants.items()]),
    name="tbl-event-window",
    caption="Four ways to treat event time −8",
    source=study.source,
)

# %% tags=["remove-input"]
longest = (int(panel["event_time"].min()), int(panel["event_time"].max()))
other_window = style.prose(
    f"In these data event time runs from {longest[0]} to {longest[1]}. Whatever lies outside the paper's "
    "window of −7 to 2, on either side, is treated in these four ways; if nothing does, they are the same."
)
None if longest == (-8, 2) else other_window

# %% [markdown]
# ## What a quiet past does and does not show
#
# A joint test that does not reject is not a proof of parallel trends. The test may lack the power to see
# a drift that would matter, and looking at it before going on changes what the later intervals mean
# {cite:p}`roth2022`. Nor is a lead that differs from zero always a sign of a {term}`pre-trend`: where effects differ between
# cohorts, each lead of this regression mixes in effects at other event times {cite:p}`sun2021` ({doc}`chapter 7.1 <07_1_staggered>`).
# One can turn the question round: how strong a violation, compared with those before the policy, would be needed
# to undo the finding {cite:p}`rambachan2023`? {doc}`Chapter 7.2 <07_2_honest>` does.

# %% tags=["remove-cell"]
book = Ledger("04_2_parallel_trends", study.source)
for k in (-7, -6, -5, -4, -3, -2):
    book.record_number(f"event_lead_{-k}", k if k in leads else np.nan)
for k in (0, 1, 2):
    book.record_number(f"event_lag_{k}", k if k in lags else np.nan)
export(book.file)

# %% [markdown]
# ## Exercises

# %% tags=["remove-input"]
style.prose(
    "The panel is synthetic, and in the first exercise you falsify even that: you will know the truth, and "
    "see what the figure makes of it."
    if study.synthetic
    else "In the first exercise you add a made-up drift to the data: that part of the truth you know, and you see what the figure makes of it."
)

# %% [markdown]
# ### Exercise 1: predict
#
# Let counties that ever join a cluster catch up by themselves: lower their gap by 0.01 *each year*,
# from the panel's first year on, cluster or not. How will the points of {numref}`fig-event-study`
# move, on the left and on the right? Draw it first. Then refit with all event times
# (`outside="own"`) and store the change of each coefficient, new less old, as a Series `answer_1`,
# indexed by event time (integers), with the 0 of the base year included.
#
# <details class="hint"><summary>Hint</summary>
#
# `panel.assign(gap=…)` makes the new outcome, `variants["own"]` is the old fit. Every coefficient
# is a difference to year −1: ask for the drift between year −1 and year $k$.
#
# </details>

# %% tags=["solution", "hide-cell"]
since = panel["year"] - panel["year"].min()
drifting = panel.assign(
    gap=panel["gap"] - 0.01 * panel["treat"] * since,
    k=window_event_time(panel["event_time"], outside="own"),
)
drifted = pf.feols(
    f"gap~i(k,ref=-1)+{controls}|county+year", drifting, vcov="iid"
)
change = (drifted.coef() - variants["own"].coef()).filter(like="k::")
change.index = change.index.str.removeprefix("k::").astype(int)
answer_1 = pd.concat([change, pd.Series({-1: 0.0})]).sort_index()

# %% tags=["check", "hide-cell"]
own = variants["own"].coef().filter(like="k::")
assert len(answer_1) == len(own) + 1, (
    "one value for each event time, the base year included"
)
assert answer_1.loc[-1] == 0, "the base year does not move"
steps = np.diff(answer_1.sort_index()) / np.diff(sorted(answer_1.index))
assert np.allclose(steps, steps[0], atol=1e-5), (
    "a steady drift must move the points by equal steps"
)
assert np.isclose(steps[0], -0.01, atol=1e-4), (
    "the steps are equal, but not by the drift of one year: new less old?"
)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Every point moves by $-0.01\,(k+1)$: leads *up*, lags *down*, a straight line through year −1. So
# a group that was catching up all the time shows positive leads that slope towards zero, and
# negative lags that look like a growing effect. This is why one looks at the slope on the left
# before believing the right. A drift that starts together with the policy would leave no trace on
# the left at all.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Make year −2 the base instead of −1, with everything else as in `event`. Store the fit in
# `answer_2`. Which statements about the figure change, and which cannot?
#
# <details class="hint"><summary>Hint</summary>
#
# `data` is ready; the base stands in the formula. Compare the differences between two coefficients,
# and the joint test of all leads, with those of before.
#
# </details>

# %% tags=["solution", "hide-cell"]
answer_2 = pf.feols(
    f"gap~i(k,ref=-2)+{controls}|county+year", data, vcov={"CRV1": "county"}
)
same_test = joint_test(
    answer_2, [k for k in [*leads, -1] if k != -2], variable="k"
)
assert np.isclose(same_test.statistic, before.statistic, rtol=1e-4)

# %% tags=["check", "hide-cell"]
shifted, old = answer_2.coef(), event.coef()
assert "k::-2" not in shifted, "year −2 has a coefficient: it is not the base"
assert "k::-1" in shifted, "year −1 has no coefficient: it is still left out"
assert np.isclose(shifted["k::-1"], -old["k::-2"], rtol=1e-4), (
    "from −2 to −1 should be the way back of from −1 to −2"
)
assert np.isclose(
    shifted["k::0"] - shifted["k::-1"], old["k::0"], rtol=1e-4
), "the step from −1 to 0 does not depend on the base: what else changed?"

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# All points move up or down together, by the old coefficient of −2. Differences between points
# stay, and so does the joint test: “all years before the start are alike” is the same hypothesis,
# whichever of them is the base. What changes is every interval, because each is now about the
# difference to another year, and with it the count of points that “differ from zero”. A statement
# that depends on the base should be made with it.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# How many cohorts does the panel observe at each event time? Store the numbers as a Series
# `answer_3`, indexed by event time as in the panel, before any pooling. What does it mean for the
# outermost points of the figure?
#
# <details class="hint"><summary>Hint</summary>
#
# `panel["event_time"]` is missing for counties without a cluster. Count different values of
# `cohort`, not counties.
#
# </details>

# %% tags=["solution", "hide-cell"]
answer_3 = panel.groupby("event_time")["cohort"].nunique()

# %% tags=["check", "hide-cell"]
assert answer_3.max() <= panel["cohort"].nunique(), (
    "more than there are cohorts: these look like counties or county-years"
)
starts, years = panel["cohort"].dropna().unique(), panel["year"].unique()
apart = pd.Series([year - start for start in starts for year in years])
assert answer_3.sort_index().to_dict() == apart.value_counts().to_dict(), (
    "for each event time: in how many cohorts does some year have it?"
)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Only the middle is observed for all cohorts: the earliest cohort alone has the last lags, the
# latest alone the first leads. A path along the figure thus changes its counties on the way. If
# cohorts differ in their effects, the line can bend without anything happening in any of them, and
# the outermost points rest on the fewest counties. {doc}`Chapter 7.1 <07_1_staggered>` estimates each cohort by itself.
#
# </details>
