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
from clustergap import style
from clustergap.eventstudy import joint_test, sup_t, window_event_time
from clustergap.ledger import Ledger

style.use_style()

# %%
study = cg.load(DATA)
panel = study.panel

# %% tags=["remove-input"]
style.banner(study)

# %% [markdown]
# ## From one dummy to nine
#
# The baseline gives all treated years one coefficient. The event study gives each year before
# and after the start its own:
#
# $$
# Y_{it} = \sum_{k \neq -1} \beta_k \, 1\{t - \text{cohort}_i = k\} + \theta' X_{it}
#          + \mu_i + \lambda_t + \varepsilon_{it}.
# $$
#
# The year before the start, $k = -1$, is left out, so that every $\beta_k$ is a difference to it
# {cite:p}`beck2010`. Counties without a cluster have no event time; they are put at $-1$, where no
# dummy is ever one for them, and so they only help to estimate the year effects.

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
style.figure(
    fig,
    name="fig-event-study",
    caption="Event study of the gap (the paper's Figure 1).",
    alt=f"Coefficients from {-min(leads)} years before to {max(lags)} years after the first cluster "
    "year, with pointwise intervals and a wider uniform band; the year before the start is zero by construction.",
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
glue("before_p", float(before.p), display=False)
glue("after_p", float(after.p), display=False)
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
# - The **joint test** asks whether all leads are zero together: $F$ =
#   {glue:text}`before_f:.2f`, $p$ = {glue:text}`before_p:.2f`.
# - The **uniform band** covers the whole path with 95 % probability, not each point of it
#   {cite:p}`montielolea2019`. It is {glue:text}`widening:.2f` times as wide here. If a path of zeros fits
#   into it, the data do not speak against parallel trends.
#
# To the right, the coefficient is {glue:text}`beta_0:.3f` in the first year and
# {glue:text}`beta_last:.3f` in year {glue:text}`last_lag` (jointly, $p$ = {glue:text}`after_p:.3f`).
#
# ### What happens to year −8?
#
# The paper lists dummies from −7 to 2. Yet in its panel the cohort of 2022 was observed in 2014, *eight* years
# before its start. There are three things one can do: count −8 with −7, give it its own
# dummy, or drop those county-years. The paper does not say which it did. Here are all three.

# %%
variants = {}
for outside in ("bin", "own", "drop"):
    k = window_event_time(panel["event_time"], outside=outside)
    rows = panel.assign(k=k).dropna(subset="k").astype({"k": int})
    variants[outside] = pf.feols(
        f"gap~i(k,ref=-1)+{controls}|county+year",
        rows,
        vcov={"CRV1": "county"},
    )

# %% tags=["hide-input"]
told = study.tells_cohorts()  # or N without these rows gives one away
WORDS = {"bin": "count with −7", "own": "own dummy", "drop": "drop the rows"}


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
    caption="Three ways to treat event time −8",
    source=study.source,
)

# %% tags=["remove-input"]
longest = (int(panel["event_time"].min()), int(panel["event_time"].max()))
other_window = style.prose(
    f"In these data event time runs from {longest[0]} to {longest[1]}. Whatever lies outside the paper's "
    "window of −7 to 2, on either side, is treated in these three ways; if nothing does, they are the same."
)
None if longest == (-8, 2) else other_window

# %% [markdown]
# ## What a quiet past does and does not show
#
# A joint test that does not reject is not a proof of parallel trends. The test may lack the power to see
# a drift that would matter, and looking at it before going on changes what the later intervals mean
# {cite:p}`roth2022`. One can turn the question round: how strong a violation, compared with
# those before the policy, would be needed to undo the finding {cite:p}`rambachan2023`?

# %% tags=["remove-cell"]
book = Ledger("04_2_parallel_trends", study.source)
for k in (-7, -6, -5, -4, -3, -2):
    book.record_text(f"event_lead_{-k}", k if k in leads else np.nan)
for k in (0, 1, 2):
    book.record_text(f"event_lag_{k}", k if k in lags else np.nan)
book.save()

# %% [markdown]
# ## Exercises
#
# 1. *Predict.* If cluster counties were already catching up before their start, on which side of
#    zero would the leads lie? Draw it, then think about what the lags would look like.
# 2. *Change.* Make year −2 the base instead of −1. Which statements about the figure change, and which cannot?
# 3. *Explain.* Why are the leads far from the start estimated from fewer cohorts than those near it?
