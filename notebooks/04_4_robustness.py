# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4.4 Robustness
#
# Five checks of the baseline: a thousand policies that never happened, another index, fewer
# extreme values, more similar counties, and another policy of the same years.

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
DRAWS = 1000  # placebo policies
SEED = 1967  # of the placebo draws; any number will do

# %% tags=["hide-input"]
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyfixest as pf
from myst_nb import glue

import clustergap as cg
from bookkit import display as style
from bookkit.explore import (
    Axes,
    Selector,
    figure_with_controls,
    paint,
    when,
)
from bookkit.ledger import Ledger
from bookkit.page import beside, export
from clustergap.requirements import require
from paneldid.identified import Gaps, require_never
from paneldid.matching import balance, match
from paneldid.resampling import monte_carlo_p, placebo
from printcheck.verdicts import level_reached

style.use_style()
# Dropped singletons are counted in the table; no need to be warned as well.
warnings.filterwarnings("ignore", message=".*singleton.*")

# %%
study = cg.load(DATA)
panel = study.panel
by_county = {"CRV1": "county"}
controls = "pgdp+pgra+ind+serv+fiscal+edu+financial+com"
formula = f"gap~did+{controls}|county+year"

# %% tags=["remove-input"]
style.banner(study)

# %% [markdown]
# ## 4.4.1 A thousand placebos
#
# Give the cohorts to other counties, chosen at random: as many in each year as in truth, no
# county twice. Then estimate the baseline as if that had been the policy. Nothing happened to these
# counties because of it, so the coefficients should scatter around zero. Where does the real one lie?
#
# The engine of this book does not refit: in a balanced panel the regression of a draw follows
# from sums that are computed once. Its numbers equal those of a fresh fit of every draw.

# %%
draws = placebo(panel, formula, seed=SEED, draws=DRAWS)
actual = pf.feols(formula, panel, vcov=by_county)
tail = draws.tail()

# %% tags=["hide-input"]
fig, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.4))
left.hist(
    draws.coefficients, bins=40, color=style.COLOURS["blue"], alpha=0.75
)
left.axvline(
    draws.observed,
    color=style.COLOURS["vermillion"],
    label="the actual coefficient",
)
left.axvline(0, color=style.INK, linewidth=0.8, linestyle=":")
left.set(xlabel="coefficient", ylabel="draws")
left.legend(loc="upper left")
right.scatter(
    draws.coefficients,
    draws.p,
    s=7,
    color=style.COLOURS["blue"],
    alpha=0.5,
    rasterized=False,
)
right.axvline(draws.observed, color=style.COLOURS["vermillion"])
right.axhline(0.1, color=style.INK, linewidth=0.8, linestyle=":")
right.set(xlabel="coefficient", ylabel="p-value")
style.figure(
    fig,
    name="fig-placebo",
    caption="Placebo policies (the paper's Figure 2): coefficients, and their p-values.",
    alt="Left: a histogram of placebo coefficients between "
    f"{draws.coefficients.min():.3f} and {draws.coefficients.max():.3f}, and the actual coefficient as a "
    f"vertical line at {draws.observed:.3f}. Right: their p-values, which fall on both sides of zero; "
    f"{(draws.p < 0.1).mean():.0%} lie below the dotted line at 0.1.",
    source=study.source,
)

# %% tags=["remove-cell"]
glue("draws", len(draws.coefficients), display=False)
glue("placebo_mean", float(draws.coefficients.mean()), display=False)
glue("placebo_sd", float(draws.coefficients.std(ddof=1)), display=False)
glue("actual", float(draws.observed), display=False)
glue("actual_se", float(draws.observed_se), display=False)
glue("exceed", int(tail.exceed), display=False)
glue("monte_carlo_p", float(tail.p), display=False)
glue("tail_low", float(tail.low), display=False)
glue("tail_high", float(tail.high), display=False)
glue("size5", float((draws.p < 0.05).mean()), display=False)

# %% [markdown]
# The {glue:text}`draws:,d` coefficients have mean {glue:text}`placebo_mean:.4f` and standard deviation
# {glue:text}`placebo_sd:.4f` ({numref}`fig-placebo`); the actual one is {glue:text}`actual:.3f`. In
# {glue:text}`exceed` draws a placebo is at least as far from zero. That gives a
# randomisation $p$-value of {glue:text}`monte_carlo_p:.4f`, with an exact 95 % interval for the limited number of
# draws from {glue:text}`tail_low:.4f` to {glue:text}`tail_high:.4f`. The paper prints no numbers for its Figure 2, so the figure is redrawn
# here, not compared.
#
# The test has a by-product that the paper does not use: {glue:text}`size5:.1%` of the placebos
# are significant at 5 %. If that share were well above 5 %, the clustered standard errors would
# be too small, whatever the actual coefficient.
#
# What does a {term}`placebo test` show? How often chance and serial correlation alone give so large a coefficient.
# It cannot rule out that *these* counties were on another path, because the placebos are
# given to others; nor that the estimator weighs unequal effects badly ({doc}`chapter 7.1 <07_1_staggered>`), because a placebo
# has no effect to weigh. It answers a question about chance, not about selection.

# %% [markdown]
# How many draws are enough? Let them accumulate in {numref}`fig-placebo-grows`. Look first at the heap: its middle and its width settle
# within a hundred draws or so, and more of them only smooth the outline. Then look at the lower panel: what the other
# draws buy is a narrower interval of the randomisation $p$-value: as long as no placebo reaches the actual coefficient, at the pace
# of one over their number; where some do, of one over its square root.

# %% tags=["hide-input"]
counts = [n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500) if n < DRAWS]
counts.append(len(draws.coefficients))
far = abs(np.append(draws.coefficients, draws.observed)).max()
edges = np.linspace(-far, far, 41)
final = np.histogram(draws.coefficients, edges)[0].max()
heap = Axes((-far, far), (0, final), 46, 436, 26, 176)
below = Axes((-0.5, len(counts) - 0.5), (0, 1), 46, 436, 248, 312)
drawing = heap.frame(
    {x: f"{x:.2g}".replace("-", "−") for x in (-far, 0, far)},
    {0: "0", int(final): f"{final}"},
    "coefficient",
    "draws",
)
drawing += heap.bars(
    [draws.observed],
    [0],
    [final],
    f"stroke:{paint('vermillion')};stroke-width:2",
)
drawing += below.frame(
    {i: f"{n}" for i, n in enumerate(counts)},
    {0: "0", 0.5: "0.5", 1: "1"},
    "number of draws",
    "randomisation p-value, 95% interval",
)
words = ""
for i, n in enumerate(counts):
    first = draws.coefficients[:n]
    found = monte_carlo_p(first, draws.observed)
    heights = np.histogram(first, edges)[0]
    css = f"stroke:{paint('blue')};stroke-width:8"
    picture = heap.bars(
        (edges[1:] + edges[:-1]) / 2, 0 * heights, heights, css
    )
    interval = below.bars([i], [found.low], [found.high], css)
    drawing += f'<g opacity=".3">{interval}</g>'
    drawing += when("a", i, picture + interval)
    spread = f", standard deviation {first.std(ddof=1):.4f}" if n > 1 else ""
    line = (
        f"<b>{n:,}</b> draws: mean {first.mean():.4f}{spread}. {found.exceed} at "
        f"least as far from zero as the actual {draws.observed:.4f}: p = "
        f"{found.p:.4f}, 95% interval {found.low:.4f} to {found.high:.4f}."
    )
    words += when("a", i, line.replace("-0.", "−0."), tag="span")
labels = [f"{n:,}" for n in counts]
figure_with_controls(
    drawing,
    controls=[Selector("a", "Draws", labels, len(counts) - 1)],
    size=(460, 354),
    words=words,
    name="fig-placebo-grows",
    caption="The placebo distribution as draws accumulate; the vertical line is the actual coefficient. Below, the interval "
    "of the randomisation p-value, drawn bold for the chosen number of draws.",
    alt="A histogram of the first placebo coefficients with the actual coefficient as a line, and below it, "
    "intervals of the p-value that narrow as draws accumulate. The words below give the numbers.",
    source=study.source,
)

# %% [markdown]
# ## 4.4.2 to 4.4.5 Four regressions
#
# **Another index.** The Gini coefficient of {eq}`eq-gini` instead of the Theil index.
#
# **Extremes.** Each continuous variable is {term}`winsorised <winsorising>`: values beyond the 1st and 99th percentile
# of the pooled sample are set to that percentile.

# %%
continuous = ["gap", *cg.CONTROLS]
bounds = panel[continuous].quantile([0.01, 0.99])
winsorised = panel.assign(
    **panel[continuous].clip(bounds.loc[0.01], bounds.loc[0.99], axis=1)
)

fits = {
    "(1) Gini": pf.feols(
        f"gini~did+{controls}|county+year", panel, vcov=by_county
    ),
    "(2) Winsorised": pf.feols(formula, winsorised, vcov=by_county),
}
gaps = Gaps()  # columns that the data at hand cannot fill

# %% [markdown]
# **Matching** ({term}`propensity score matching`). A logit of `treat` on the eight controls gives each county-year a propensity
# score {cite:p}`rosenbaum1983`. The paper says that it matches to the nearest neighbour and excludes what cannot be matched;
# it loses few observations, which fits dropping those outside the {term}`common support` of the scores.

# %%
with gaps.column("(3) PSM-DID"):
    matched = match(panel, cg.CONTROLS)
    support = panel[matched.on_support]
    fits["(3) PSM-DID"] = pf.feols(formula, support, vcov=by_county)

# %% [markdown]
# **Another policy.** Counties can also become *characteristic agricultural product
# advantageous areas*. A dummy that is 1 from a county's designation on joins the controls.

# %%
with gaps.column("(4) CAPAA"):
    require(panel, "capaa")
    fits["(4) CAPAA"] = pf.feols(
        f"gap~did+capaa+{controls}|county+year", panel, vcov=by_county
    )

# %% tags=["hide-input"]
style.table(
    style.regression_table(
        fits,
        {"did": "DID"},
        {
            "CAPAA": ["Yes" if "CAPAA" in name else "No" for name in fits],
            "Controls": ["Yes"] * len(fits),
        },
    ),
    name="tbl-4",
    caption="Robustness (the paper's Table 4)",
    source=study.source,
    notes=style.STARS_NOTE + gaps.note,
)

# %% [markdown]
# ## Printed and re-estimated

# %% tags=["hide-input"]
book = Ledger("04_4_robustness", study.source)
for name, fit in fits.items():
    book.record_fit("table_4", name[1], fit, {"did": "did"})
for key in ("samples", "repetitions", "samplings"):
    book.record_number(f"placebo_{key}", len(draws.coefficients))
designated = cg.load_official("capaa_counts")
book.record_number("capaa_launch_year", designated["year"].min())
book.record_number("capaa_first_batch_year", designated["year"].min())
book.record_number("capaa_first_batch", designated["designated"].iloc[0])
book.record_number("capaa_total", designated["designated"].sum())
book.record_number("capaa_total_year", designated["year"].max())
book.record_number("winsorised_share", 100 * bounds.index[0])
book.record_number(
    "significance_table_4_column_1",
    level_reached(fits["(1) Gini"].pvalue()["did"]),
)
export(book.file)
beside(book, "table_4")

# %% tags=["remove-cell"]
glue("gini_beta", float(fits["(1) Gini"].coef()["did"]), display=False)
glue(
    "theil_over_gini",
    float(actual.coef()["did"] / fits["(1) Gini"].coef()["did"]),
    display=False,
)
glue(
    "implied_ratio",
    float(np.exp(actual.coef()["did"] / fits["(1) Gini"].coef()["did"])),
    display=False,
)
glue("median_ratio", float(panel["income_ratio"].median()), display=False)

# %% [markdown]
# Two columns deserve a second look. In the first, the Gini effect is {glue:text}`gini_beta:.3f`, so the Theil effect is
# {glue:text}`theil_over_gini:.2f` times as large. By the slope of {doc}`chapter 3 <03_data>` this quotient is the
# logarithm of the income ratio at which incomes moved, *if people stayed where they were*; that ratio would then be
# {glue:text}`implied_ratio:.1f`. The panel's median income ratio is {glue:text}`median_ratio:.1f`. Where the two lie far apart, the
# condition is in doubt: {doc}`chapter 4.5 <04_5_mechanisms>` looks at who moved ({numref}`tbl-incomes`).

# %% [markdown]
# ### What matching does
#
# Matching removes {glue:text}`off_support` county-years. Is the rest more alike?

# %% tags=["hide-input"]
require_never(panel)
trimmed = balance(panel, cg.CONTROLS, matched.on_support)
neighbours = balance(panel, cg.CONTROLS, matched.weight)
style.table(
    pd.DataFrame(
        {
            "all": trimmed["standardised_difference_before"],
            "common support": trimmed["standardised_difference_after"],
            "nearest neighbours": neighbours["standardised_difference_after"],
        }
    )
    .map("{:.3f}".format)
    .rename_axis("control"),
    name="tbl-balance",
    caption="Standardised differences between county-years of cluster counties and of the others",
    source=study.source,
    notes="Difference of means in units of the pooled standard deviation; below 0.1 in size is usually called balanced.",
)

# %% tags=["hide-input"]
fig, axis = plt.subplots(figsize=(7, 3.2))
edges = np.linspace(matched.score.min(), matched.score.max(), 50)
for value, label, colour in (
    (0, "never in a cluster", "grey"),
    (1, "in a cluster sooner or later", "blue"),
):
    axis.hist(
        matched.score[panel["treat"] == value],
        edges,
        density=True,
        alpha=0.55,
        color=style.COLOURS[colour],
        label=label,
    )
axis.set(xlabel="propensity score", ylabel="density")
axis.legend()
style.figure(
    fig,
    name="fig-support",
    caption="Propensity scores of county-years in the two groups.",
    alt="Two overlapping histograms. The median score is "
    f"{np.median(matched.score[panel['treat'] == 0]):.2f} in counties that never join a cluster and "
    f"{np.median(matched.score[panel['treat'] == 1]):.2f} in those that do.",
    source=study.source,
)

# %% tags=["remove-cell"]
glue("off_support", int((~matched.on_support).sum()), display=False)
weighted = panel.assign(weight=matched.weight).query("weight > 0")
neighbour_fit = pf.feols(formula, weighted, vcov=by_county, weights="weight")
glue("beta_neighbours", float(neighbour_fit.coef()["did"]), display=False)
glue("se_neighbours", float(neighbour_fit.se()["did"]), display=False)
glue("n_neighbours", int(neighbour_fit._N), display=False)
glue("n_support", int(fits["(3) PSM-DID"]._N), display=False)
for kind, compared in {"support": trimmed, "neighbours": neighbours}.items():
    apart = compared["standardised_difference_after"].abs() > 0.1
    glue(f"apart_{kind}", int(apart.sum()), display=False)
glue("n_controls", len(trimmed), display=False)
lone = len(support) - fits["(3) PSM-DID"]._N
glue("lone", study.count(lone), display=False)

# %% [markdown]
# Dropping the county-years off support, and {glue:text}`lone` that are then alone in their county, leaves
# {glue:text}`n_support:,d` of them. It is trimming, not matching: {glue:text}`apart_support` of the {glue:text}`n_controls`
# differences in {numref}`tbl-balance` stay above 0.1 in size, against {glue:text}`apart_neighbours` with nearest neighbours. Matching proper keeps each county-year of a cluster county that is on the support, before or after its start, and
# its nearest neighbour, {glue:text}`n_neighbours:,d` county-years in all, and
# gives {glue:text}`beta_neighbours:.3f` (standard error {glue:text}`se_neighbours:.3f`).

# %% [markdown]
# ## Exercises

# %% tags=["remove-input"]
style.prose(
    "How robust the synthetic panel is depends on how it was drawn; how a check behaves, and what it "
    "can see, does not."
    if study.synthetic
    else "Mind the difference between what a check shows of these data and what it can show at all."
)

# %% [markdown]
# ### Exercise 1: predict
#
# Suppose that no placebo is as far from zero as the actual coefficient. How many draws does it then
# take to report $p \le 0.0001$? Guess first. Store the smallest such number in `answer_1`.
#
# <details class="hint"><summary>Hint</summary>
#
# The actual assignment is one of the possible draws and counts as such, so that $p$ is never zero.
# Look at `tail.exceed`, `tail.draws` and `tail.p`.
#
# </details>

# %% tags=["solution", "hide-cell"]
answer_1 = round(1 / 0.0001) - 1

# %% tags=["check", "hide-cell"]
claim = 0.0001 * (1 + 1e-9)
assert answer_1 == int(answer_1), "a number of draws is whole"
assert 1 / (1 + answer_1) <= claim, "with so few draws p stays above 0.0001"
assert 1 / answer_1 > claim, "one draw less would do as well"

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# $p = (0+1)/(R+1)$, so nearly ten thousand. “None of a thousand placebos reached it” means $p \le
# 0.001$, not $p = 0$; and the interval of the chapter says that the $p$ of infinitely many draws
# could still be a few times that. The number of draws limits how small a $p$ one may *claim*,
# whatever the data.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Winsorise at 1 %, 5 % and 10 % in each tail, outcome and controls as in the chapter, and store the
# coefficients of `did` as a Series `answer_2` with index 0.01, 0.05, 0.10. Do you expect them to
# stay? Explain the pattern.
#
# <details class="hint"><summary>Hint</summary>
#
# `panel[continuous].quantile([share, 1 - share])`, then `clip`. Think of the outcome: what does
# winsorising do to its largest movements, whether or not they are errors?
#
# </details>

# %% tags=["solution", "hide-cell"]
found = {}
for tail_share in (0.01, 0.05, 0.10):
    ends = panel[continuous].quantile([tail_share, 1 - tail_share])
    clipped = panel[continuous].clip(ends.iloc[0], ends.iloc[1], axis=1)
    found[tail_share] = pf.feols(
        formula, panel.assign(**clipped), vcov="iid"
    ).coef()["did"]
answer_2 = pd.Series(found)


# %% tags=["check", "hide-cell"]
def without_means(x):
    """Take county and year means out (which is exact in a balanced panel)."""
    of_county = x.groupby(panel["county"]).transform("mean")
    return (
        x - of_county - x.groupby(panel["year"]).transform("mean") + x.mean()
    )


assert list(answer_2.index) == [0.01, 0.05, 0.10], (
    "the index should be the three shares"
)
for share, coefficient in answer_2.items():
    low, high = np.quantile(panel[continuous], [share, 1 - share], axis=0)
    cut = panel[continuous].clip(low, high, axis=1).assign(did=panel["did"])
    cut = without_means(cut)
    right = cut[["did", *cg.CONTROLS]].to_numpy()
    by_hand = np.linalg.lstsq(right, cut["gap"].to_numpy())[0][0]
    assert np.isclose(coefficient, by_hand, rtol=1e-3), (
        f"{share}: is that share cut in each tail, of outcome and controls?"
    )

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Winsorising is meant to tame errors. But it squeezes whatever is large, and effects are among it:
# in the limit all county-years have the same gap, and no coefficient can differ from zero. So a
# coefficient that shrinks with the share need not have come from outliers. At 1 % the check is
# about extremes; at 10 % in each tail a fifth of the outcomes has been replaced, and it is another
# outcome.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# Matching on controls of the same year, and controlling for them, can be harmful if the policy
# moves the controls. Does it? Run the baseline without controls for the outcomes `ind`, `serv` and
# `financial`, divide by each outcome's standard deviation, and store the results as a Series
# `answer_3` with these names as index. Then explain what matching on them does to the estimated
# effect.
#
# <details class="hint"><summary>Hint</summary>
#
# A county that a cluster made industrial is matched with one that is industrial without a cluster.
# Which part of the effect is gone in this comparison?
#
# </details>

# %% tags=["solution", "hide-cell"]
suspects = ["ind", "serv", "financial"]
answer_3 = pd.Series(
    {
        y: pf.feols(f"{y}~did|county+year", panel, vcov=by_county).coef()[
            "did"
        ]
        for y in suspects
    }
)
answer_3 /= panel[suspects].std()

# %% tags=["check", "hide-cell"]
wide = panel.pivot(index="county", columns="year")
moving = wide["did"].sub(wide["did"].mean(axis=1), axis=0)
moving = (moving - moving.mean()).to_numpy()  # exact in a balanced panel
assert sorted(answer_3.index) == ["financial", "ind", "serv"], (
    "the index should hold the three controls"
)
for name, moved in answer_3.items():
    of_name = (moving * wide[name]).sum().sum() / (moving**2).sum()
    assert np.isclose(moved * panel[name].std(), of_name, rtol=1e-3), (
        f"{name}: not the two-way coefficient over the standard deviation"
    )

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Whatever the policy does *by way of* industry is compared away, because both partners have that
# industry now; what stays is a direct effect at best. Worse, the partner reached the same industry
# for other reasons, so that the pair differs in those. The cure is to match on values from *before*
# the policy, which it cannot have moved. In the synthetic panel the controls do move with `did`,
# because they were drawn so that the printed columns with and without controls come out; whether
# real clusters move them is not known.
#
# </details>
