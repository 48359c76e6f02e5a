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
# The design stands on a history that nobody saw: how the gap would have moved in cluster counties without clusters. That cannot be tested. What can be looked at is whether the two groups moved
# together *before*. The paper does so in its Figure 1, finds no significant difference before the policy and a significant negative one after it, and takes this to confirm parallel trends.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
SEED = 2020  # of the simulated band; any number will do

# %% tags=["hide-input"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf
from exercises.parallel_trends import check_1, check_2, check_3

import clustergap as cg
from bookkit.display import COLOURS, INK, out_of, reads_p
from bookkit.page import Page
from clustergap.disclosure import may_show_cohorts
from countysim.calibrate import T_AFTER, T_BEFORE
from paneldid.eventstudy import (
    BASE,
    WINDOW,
    joint_test,
    sup_t,
    window_event_time,
)

# %%
study = cg.load(DATA)
panel = study.panel
page = Page("04_2_parallel_trends", study)

# %% tags=["remove-input"]
page.banner()

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
# {cite:p}`beck2010`. Counties without a cluster have no {term}`event time`: they get zero in every dummy,
# and only help to estimate the year effects and the slopes of the controls. (The code puts them at $-1$, which comes to the same.)

# %%
by_county = {"CRV1": "county"}
controls = "+".join(study.controls) or "1"
data = panel.assign(k=window_event_time(panel["event_time"], outside="bin"))
event = pf.feols(
    f"gap~i(k,ref=-1)+{controls}|county+year", data, vcov=by_county
)

path = sup_t(event, np.random.default_rng(SEED), variable="k")
leads = [k for k in path["event_time"] if k < -1]
lags = [k for k in path["event_time"] if k >= 0]
before = joint_test(event, leads, variable="k")
after = joint_test(event, lags, variable="k")

# %% tags=["hide-input"]
at = path.set_index("event_time")
blue = COLOURS["blue"]
fig, axis = plt.subplots(figsize=(5.8, 3.6))
axis.axhline(0, color=INK, linewidth=0.8)
axis.axvline(-0.5, color=INK, linewidth=0.8, linestyle=":")
for x, words in ((-1, "base year"), (max(lags), "with a cluster")):
    axis.annotate(
        words, (x, 0), xytext=(0, 8), textcoords="offset points", ha="center"
    )
axis.fill_between(
    at.index,
    at["sup_lower"],
    at["sup_upper"],
    color=blue,
    alpha=0.15,
    label="uniform 95 % band",
)
axis.errorbar(
    at.index,
    at["estimate"],
    yerr=[at["estimate"] - at["lower"], at["upper"] - at["estimate"]],
    fmt="o",
    color=blue,
    capsize=3,
    label="pointwise 95 % interval",
)
axis.set(
    xlabel="years since the first cluster year",
    ylabel="Theil points, relative to year −1",
    xticks=at.index,
)
axis.legend(loc="lower left")
lead, lag = at.loc[leads], at.loc[lags]
page.figure(
    fig,
    name="fig-event-study",
    caption="Event study of the gap. Points: coefficients, with pointwise 95 % intervals; band: covers the whole path with 95 %. Left of the dotted line no county has a cluster yet.",
    alt=f"Coefficients from {-min(leads)} years before to {max(lags)} years after the first cluster "
    "year, with pointwise intervals and a wider uniform band. The year before the start is zero by construction; "
    f"the earlier ones lie between {lead['estimate'].min():.3f} and {lead['estimate'].max():.3f}, those from the start on "
    f"between {lag['estimate'].min():.3f} and {lag['estimate'].max():.3f}.",
)

# %% tags=["remove-cell"]
n_apart = int((lead["lower"].gt(0) | lead["upper"].lt(0)).sum())
n_below = int(lag["upper"].lt(0).sum())
page.tell(
    before_f=before.statistic,
    before_p=reads_p(before.p, 2),
    after_p=reads_p(after.p, 3),
    leads_outside=out_of(n_apart, len(leads)),
    largest_lead=lead["estimate"].abs().max(),
    beta_0=at["estimate"][0],
    beta_last=at["estimate"][max(lags)],
    last_lag=max(lags),
    widening=(at["sup_upper"] - at["sup_lower"]).sum()
    / (at["upper"] - at["lower"]).sum(),
)
page.record(
    **{
        f"event_lead_{-k}": k if k in leads else np.nan for k in range(-7, -1)
    },
    **{f"event_lag_{k}": k if k in lags else np.nan for k in range(3)},
)

# %% tags=["remove-input"]
page.words(
    own="**Every county of these data joins a cluster sooner or later.** Event time is then year less "
    "cohort for all rows, so that a straight line through the coefficients cannot be told from county "
    "and year effects {cite:p}`borusyak2024`. The slope of the figure rests on the pooled ends and on "
    "dummies that were dropped; only bends in it are evidence."
) if panel["treat"].all() else None

# %% [markdown]
# ## How to read it
#
# To the left of the dotted line nothing had happened yet, and the coefficients should be near zero. The largest is {glue:text}`largest_lead:.3f` in size; {glue:text}`leads_outside` differ from zero at 5 % when looked at
# one by one. Of twenty true zeros one is expected to look different at 5 %, so two tools take the many looks into account:
#
# - The **joint test** asks whether all *leads* (the coefficients before the start; those from it on are *lags*) are zero together: $F$ = {glue:text}`before_f:.2f`, $p$ {glue:text}`before_p`.
# - The **{term}`uniform band`** covers the whole path with 95 % probability, not each point of it {cite:p}`montielolea2019`. Here it is {glue:text}`widening:.2f` times as wide as the pointwise intervals. If a path of zeros fits
#   into it, the data do not speak against parallel trends.
#
# To the right, the coefficient is {glue:text}`beta_0:.3f` in year 0 and {glue:text}`beta_last:.3f` in year {glue:text}`last_lag` (all lags jointly, $p$ {glue:text}`after_p`). The paper prints no numbers for its Figure 1. It does print
# claims, and these can be checked here:

# %% tags=["hide-input"]
claims = [
    ("dummies from −7 to 2, base year −1", f"{len(leads)} leads, {len(lags)} lags", len(leads) == 6 and len(lags) == 3),
    ("before: no significant difference", f"{out_of(n_apart, len(leads))} leads differ from zero at 5 %", n_apart == 0),
    ("after: significant and negative", f"{out_of(n_below, len(lags))} lags lie below zero at 5 %", n_below == len(lags)),
]  # fmt: skip
page.table(
    pd.DataFrame(
        [
            (claim, here, "yes" if holds else "no")
            for claim, here, holds in claims
        ],
        columns=["what the paper says of its Figure 1", "here", "holds here"],
    ),
    name="tbl-event-claims",
    caption="The paper's claims about its Figure 1",
    source=f"the paper, section 4.2; {study.source}",
)

# %% tags=["remove-input"]
page.words(
    synthetic="**On the synthetic panel the quiet past was put in**, and so was the drop: the calibration asked for leads with a $t$-value below "
    f"{T_BEFORE[1]:g} in size and for lags with one below −{-T_AFTER[1]:g}, because the paper's text calls the leads "
    "insignificant and the lags significantly negative; the two bounds are ours. The joint tests, the band and the table below inherit it."
)

# %% [markdown]
# ### What happens to year −8?
#
# The paper lists dummies from −7 to 2. Yet in its panel the cohort of 2022 was observed in 2014, *eight* years
# before its start. There are four things one can do: count −8 with −7, give it its own
# dummy, drop those county-years, or leave it without a dummy, in the base beside −1, which is what the list says taken literally.
# The paper does not say which it did. Here are all four.

# %%
own = window_event_time(panel["event_time"], outside="own")
ways = {
    "count with −7": window_event_time(panel["event_time"], outside="bin"),
    "own dummy": own,
    "drop the rows": window_event_time(panel["event_time"], outside="drop"),
    "no dummy": own.where(own.between(*WINDOW), BASE),
}
variants = {
    way: pf.feols(
        f"gap~i(k,ref=-1)+{controls}|county+year",
        panel.assign(k=k).dropna(subset="k").astype({"k": int}),
        vcov=by_county,
    )
    for way, k in ways.items()
}

# %% tags=["hide-input"]
rows = {}
for way, fit in variants.items():
    beta = fit.coef().filter(like="k::")
    beta.index = beta.index.str.removeprefix("k::").astype(int)
    test = joint_test(fit, sorted(beta.index[beta.index < -1]), variable="k")
    shown = (
        may_show_cohorts(study.panel, study.private) or way != "drop the rows"
    )
    rows[way] = {
        "β at −7": f"{beta[-7]:.4f}" if -7 in beta else "–",
        "β at 0": f"{beta[0]:.4f}" if 0 in beta else "–",
        "p of all leads": f"{test.p:.3f}",
        "N": f"{fit._N:,}" if shown else "withheld",  # or it gives rows away
    }
page.table(
    pd.DataFrame(rows).T.rename_axis("year −8"),
    name="tbl-event-window",
    caption="Four ways to treat event time −8",
    notes=study.controls_note,
)

# %% tags=["remove-input"]
first, last = panel["event_time"].agg(["min", "max"]).astype(int)
page.words(
    own=f"In these data event time runs from {first} to {last}. Whatever lies outside the paper's "
    "window of −7 to 2, on either side, is treated in these four ways; if nothing does, they are the same."
)

# %% [markdown]
# ## What a quiet past does and does not show
#
# A joint test that does not reject is no proof of parallel trends, for three reasons. It may lack the power to see a drift that would matter, and looking at it before going on changes what the later
# intervals mean {cite:p}`roth2022`. Where effects differ between cohorts, each lead of this regression mixes in effects at other event times, so that a lead may be off zero without a {term}`pre-trend`, or at zero with one
# {cite:p}`sun2021`. And a drift that starts together with the policy leaves no trace on the left at all.
#
# So the paper's "confirms that the model satisfies the parallel trends assumption" says too much. The figure only fails to contradict it, and only for points of the index: {doc}`chapter 7a <07_a_functional_form>` asks the same of logarithms and ratios. {doc}`Chapter 7.1 <07_1_staggered>` estimates the cohorts one by one, and {doc}`7.2 <07_2_honest>`
# computes how strong a violation, compared with those before the policy, would undo the finding {cite:p}`rambachan2023`.

# %% [markdown]
# ## Exercises

# %% tags=["remove-input"]
page.words(
    synthetic="The panel is synthetic, and in the first exercise you falsify even that: you will know the truth, and "
    "see what the figure makes of it.",
    own="In the first exercise you add a made-up drift to the data: that part of the truth you know, and you see what the figure makes of it.",
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
# `panel.assign(gap=…)` makes the new outcome, `variants["own dummy"]` is the old fit. Every coefficient
# is a difference to year −1: ask for the drift between year −1 and year $k$.
#
# </details>

# %% tags=["solution", "hide-cell"]
since = panel["year"] - panel["year"].min()
drifting = panel.assign(
    gap=panel["gap"] - 0.01 * panel["treat"] * since, k=ways["own dummy"]
)
drifted = pf.feols(
    f"gap~i(k,ref=-1)+{controls}|county+year", drifting, vcov="iid"
)
change = drifted.coef() - variants["own dummy"].coef()
change = change.filter(like="k::")
change.index = change.index.str.removeprefix("k::").astype(int)
answer_1 = pd.concat([change, pd.Series({-1: 0.0})]).sort_index()

# %% tags=["check"]
check_1(answer_1, variants["own dummy"])

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Every point moves by $-0.01\,(k+1)$: leads *up*, lags *down*, a straight line through year −1. So
# a group that was catching up all the time shows positive leads that slope towards zero, and
# negative lags that look like a growing effect. This is why one looks at the slope on the left before believing the right.
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
    f"gap~i(k,ref=-2)+{controls}|county+year", data, vcov=by_county
)
same_test = joint_test(
    answer_2, [k for k in [*leads, -1] if k != -2], variable="k"
)
assert np.isclose(same_test.statistic, before.statistic, rtol=1e-4)

# %% tags=["check"]
check_2(answer_2, event)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# All points move up or down together, by the old coefficient of −2. Differences between points
# stay, and so does the joint test: “all years before the start are alike” is the same hypothesis,
# whichever of them is the base. What changes is every interval, because each is now about the
# difference to another year, and with it the count of points that “differ from zero”. So name the base whenever you count them.
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

# %% tags=["check"]
check_3(answer_3, panel)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Only the middle is observed for all cohorts: the earliest cohort alone has the last lags, the
# latest alone the first leads. A path along the figure thus changes its counties on the way. If
# cohorts differ in their effects, the line can bend without anything happening in any of them, and
# the outermost points rest on the fewest counties. {doc}`Chapter 7.1 <07_1_staggered>` estimates each cohort by itself.
#
# </details>
