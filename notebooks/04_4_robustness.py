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
# Five checks of the baseline: policies that never happened, another index, fewer extreme values, more similar counties, and another policy for special crops. The paper passes all five, and so does a panel made to have its numbers. So this chapter also
# asks what each check could have found.

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
import seaborn as sns
from exercises.robustness import check_1, check_2, check_3

import clustergap as cg
from bookkit.display import COLOURS, INK, counted, out_of
from bookkit.interactive import Selector, at, when
from bookkit.page import Page
from clustergap.disclosure import format_count, may_show_cohorts
from clustergap.requirements import left_out
from paneldid.identified import Gaps, require_effect
from paneldid.matching import balance, match
from paneldid.resampling import monte_carlo_p, placebo

# Dropped singletons are counted in the table; no need to be warned as well.
warnings.filterwarnings("ignore", message=".*singleton.*")

# %%
study = cg.load(DATA)
panel = study.panel
page = Page("04_4_robustness", study)

by_county = {"CRV1": "county"}
controls = "+".join(study.controls) or "1"
formula = f"gap~did+{controls}|county+year"

# %% tags=["remove-input"]
page.banner()

# %% [markdown]
# ## 4.4.1 A thousand placebos
#
# Give the cohorts to other counties, chosen at random: as many in each year as in truth, no county twice. Then estimate the baseline as if that had been the policy, and do so a thousand times. Nothing happened to these
# counties because of it, so the coefficients should scatter around zero, and an actual coefficient far outside is not chance. `placebo` does not refit: in a balanced panel the regression of a draw follows from
# sums that are computed once. Its numbers equal those of a fresh fit.

# %%
draws = placebo(panel, formula, seed=SEED, draws=DRAWS)
actual = pf.feols(formula, panel, vcov=by_county)
tail = draws.tail()

# %% tags=["hide-input"]
blue, red = COLOURS["blue"], COLOURS["vermillion"]
placebos = pd.DataFrame(
    {"coefficient": draws.coefficients, "p-value": draws.p}
)
fig, (left, right) = plt.subplots(1, 2, figsize=(6.6, 3))
sns.histplot(placebos, x="coefficient", bins=40, color=blue, ax=left)
sns.scatterplot(
    placebos,
    x="coefficient",
    y="p-value",
    s=9,
    color=blue,
    alpha=0.5,
    linewidth=0,
    ax=right,
)
right.axhline(0.1, color=INK, linewidth=0.8, linestyle=":")
for axis in (left, right):
    axis.axvline(draws.observed, color=red)
left.set(ylabel="draws")
left.annotate(
    "actual",
    (draws.observed, 0.9),
    xycoords=("data", "axes fraction"),
    xytext=(5, 0),
    textcoords="offset points",
    color=red,
)
right.annotate(
    "p = 0.1",
    (1, 0.1),
    xycoords=("axes fraction", "data"),
    xytext=(-4, 4),
    textcoords="offset points",
    ha="right",
)
page.figure(
    fig,
    name="fig-placebo",
    caption="Placebo policies: coefficients, and their p-values. The vertical lines are the actual coefficient.",
    alt="Left: a histogram of placebo coefficients between "
    f"{draws.coefficients.min():.3f} and {draws.coefficients.max():.3f}, and the actual coefficient as a "
    f"vertical line at {draws.observed:.3f}. Right: their p-values, which fall on both sides of zero; "
    f"{(draws.p < 0.1).mean():.0%} lie below the dotted line at 0.1.",
)

# %% tags=["remove-cell"]
page.tell(
    placebo_mean=draws.coefficients.mean(),
    placebo_sd=draws.coefficients.std(ddof=1),
    actual=draws.observed,
    exceed=out_of(tail.exceed, len(draws.coefficients)),
    monte_carlo_p=tail.p,
    tail_low=tail.low,
    tail_high=tail.high,
)

# %% [markdown]
# The coefficients have mean {glue:text}`placebo_mean:.4f` and standard deviation {glue:text}`placebo_sd:.4f`; the actual one is {glue:text}`actual:.3f`, and {glue:text}`exceed` placebos are as far from zero. That gives a randomisation $p$-value of
# {glue:text}`monte_carlo_p:.4f`; with infinitely many draws it would lie between {glue:text}`tail_low:.4f` and {glue:text}`tail_high:.4f` (95 %). The paper prints no numbers for its Figure 2, only that the mean is near zero, the heap bell-shaped and
# the actual coefficient outside: all three hold here.
#
# A {term}`placebo test` shows how often chance and serial correlation alone give so large a coefficient. It cannot rule out that *these* counties were on another path, because the placebos are given to others; nor that the
# estimator weighs unequal effects badly ({doc}`chapter 7.1 <07_1_staggered>`), because a placebo has no effect to weigh. It is a test of chance, not of selection.
#
# ### Whole clusters instead of single counties
#
# The policy was not given to counties one by one: a cluster covers several neighbours, and all join at once. A placebo should be drawn as the policy was. So cut each province's counties, in the order of their codes (neighbours have neighbouring codes),
# into groups of four (about what the {doc}`audit <90_audit>` infers from print), and draw whole groups:

# %%
units = panel.drop_duplicates("county").set_index("county").sort_index()
place = units.groupby("province").cumcount() // 4
group = (units["province"] + "-" + place.astype(str)).factorize()[0]
latest_first = units["cohort"].sort_values(ascending=False).to_numpy()


def whole_groups(rng):
    """Cohorts dealt group by group in random order, the never treated last."""
    turn = rng.permutation(group.max() + 1)[group].argsort(kind="stable")
    return pd.Series(latest_first, units.index[turn]).reindex(units.index)


rng = np.random.default_rng(SEED)
dealt = pd.concat([whole_groups(rng) for _ in range(DRAWS)], axis=1)
by_cluster = placebo(panel, formula, assignments=dealt)

# %% tags=["hide-input"]
kinds = {"single counties": draws, "groups of four neighbours": by_cluster}
page.table(
    pd.DataFrame(
        {
            "SD of placebo coefficients": f"{d.coefficients.std(ddof=1):.4f}",
            "placebos significant at 5 %": f"{(d.p < 0.05).mean():.1%}",
            "randomisation p": f"{d.tail().p:.4f}",
        }
        for d in kinds.values()
    ).set_index(pd.Index(kinds, name="drawn as")),
    name="tbl-placebo-units",
    caption="Placebos of single counties and of whole clusters",
    notes="Significance by standard errors clustered by county.",
)

# %% tags=["remove-cell"]
page.tell(
    size_single=(draws.p < 0.05).mean(),
    size_cluster=(by_cluster.p < 0.05).mean(),
    spread_ratio=by_cluster.coefficients.std() / draws.coefficients.std(),
)

# %% [markdown]
# The placebos also test the standard errors, which the paper does not use: if errors are right, 5 % of placebos are significant at 5 %. Of single counties {glue:text}`size_single:.1%` are, of whole clusters
# {glue:text}`size_cluster:.1%`; and the coefficients of whole clusters spread {glue:text}`spread_ratio:.2f` times as widely. Where neighbours share shocks, that factor is above one, errors by county are too small, and the group is
# what should be clustered {cite:p}`abadie2023`.

# %% tags=["remove-input"]
page.words(
    synthetic="How much neighbours share on the synthetic panel was not calibrated to anything printed, so the difference between the two rows says nothing about China."
)

# %% [markdown]
# ### How many draws are enough?
#
# Let them accumulate in {numref}`fig-placebo-grows`. The heap's middle and width settle within a hundred draws or so. What more draws buy is a narrower interval of the randomisation $p$-value. As long as no placebo reaches the actual coefficient, its upper
# end falls like $1/R$, with $R$ the number of draws. Once some do, the interval narrows like $1/\sqrt{R}$ only.

# %% tags=["hide-input"]
steps = [n for n in (10, 20, 50, 100, 200, 500) if n < DRAWS]
steps.append(len(draws.coefficients))
far = 1.05 * abs(np.append(draws.coefficients, draws.observed)).max()
edges = np.linspace(-far, far, 43)
fig, (heap, below) = plt.subplots(2, figsize=(5.2, 4.6), height_ratios=(3, 2))
words = ""
for i, n in enumerate(steps):
    first = draws.coefficients[:n]
    found = monte_carlo_p(first, draws.observed)
    interval = (n, max(found.low, 1e-4), found.high)
    below.vlines(*interval, color=blue, linewidth=5, alpha=0.25)
    with at(heap, a=i):
        sns.histplot(
            x=first, bins=edges, stat="proportion", color=blue, ax=heap
        )
    with at(below, a=i):
        below.vlines(*interval, color=blue, linewidth=5)
    line = (
        f"<b>{n:,}</b> draws: mean {first.mean():.4f}, standard deviation {first.std(ddof=1):.4f}. {out_of(found.exceed, n).capitalize()} are at "
        f"least as far from zero as the actual {draws.observed:.4f}: p = "
        f"{found.p:.4f}, 95% interval {found.low:.4f} to {found.high:.4f}."
    )
    words += when(line.replace("-0.", "−0."), a=i)
heap.axvline(draws.observed, color=red)
heap.set(
    xlim=(-far, far),
    ylim=(0, 0.35),
    xlabel="coefficient",
    ylabel="share of draws",
)
below.set(
    xscale="log",
    yscale="log",
    ylim=(1e-4, 1),
    xlabel="number of draws",
    ylabel="p-value, 95% interval",
)
below.set_xticks(steps, [f"{n:,}" for n in steps])
below.set_yticks(
    [1e-4, 1e-3, 1e-2, 1e-1, 1], ["0.0001", "0.001", "0.01", "0.1", "1"]
)
below.minorticks_off()
page.interactive(
    fig,
    [Selector("a", "Draws", [f"{n:,}" for n in steps], len(steps) - 1)],
    words=words,
    name="fig-placebo-grows",
    caption="The placebo distribution as draws accumulate; the vertical line is the actual coefficient. Below, the interval "
    "of the randomisation p-value, drawn bold for the chosen number of draws.",
    alt="A histogram of the first placebo coefficients with the actual coefficient as a line, and below it, "
    "intervals of the p-value that narrow as draws accumulate. The words below give the numbers.",
)

# %% [markdown]
# ## 4.4.2 to 4.4.5 Four regressions
#
# **Another index.** The Gini coefficient of {eq}`eq-gini` instead of the Theil index.
#
# **Extremes.** Each continuous variable is {term}`winsorised <winsorising>`: values beyond the 1st and 99th percentile
# of the pooled sample are set to that percentile.

# %%
continuous = panel[["gap", *study.controls]]
low, high = continuous.quantile(0.01), continuous.quantile(0.99)
winsorised = panel.assign(**continuous.clip(low, high, axis=1))

fits = {
    "(1) Gini": pf.feols(
        f"gini~did+{controls}|county+year", panel, vcov=by_county
    ),
    "(2) Winsorised": pf.feols(formula, winsorised, vcov=by_county),
}

# %% [markdown]
# **Matching** ({term}`propensity score matching`). Clusters were not drawn by lot; the paper fears *selection*, and compares counties that look alike. A logit of `treat` on the {glue:text}`controls` gives each county-year a propensity
# score {cite:p}`rosenbaum1983`. The paper says that it matches to the nearest neighbour and excludes what cannot be matched; it loses few observations, which fits dropping those outside the {term}`common support` of the scores.

# %%
gaps = Gaps()
with gaps.column("(3) PSM-DID"):
    matched = match(panel, study.controls)
    support = panel[matched.on_support]
    require_effect(support, "the county-years on the common support")
    fits["(3) PSM-DID"] = pf.feols(formula, support, vcov=by_county)

# %% [markdown]
# **Another policy.** Counties can also become *characteristic agricultural product advantageous areas* ({term}`CAPAA`). The paper calls this the most influential of the policies for special crops: designation is meant to improve the layout of production and to turn local
# specialities into industries that raise rural incomes. It may move the gap itself, and it goes to the same kind of county, so it could pass for an effect of clusters. The paper adds a dummy that is 1 from a county's designation on, and says
# that the policy ran "concurrently". By the lists it came *before*: of {glue:text}`capaa_total` areas, {glue:text}`capaa_before` were designated in {glue:text}`capaa_first` to {glue:text}`capaa_last_before`, ahead of the first clusters. So what it could feign is less a jump in
# the cluster year than a trend before it, which the dummy takes out only if designation works at once. (The paper prints 310 areas; the lists published have {glue:text}`capaa_total`.)

# %%
if "capaa" in panel:
    fits["(4) CAPAA"] = pf.feols(
        f"gap~did+capaa+{controls}|county+year", panel, vcov=by_county
    )

# %% tags=["hide-input"]
page.exhibit(
    "table_4",
    fits,
    {"did": "DID"},
    {
        "CAPAA": ["Yes" if "CAPAA" in name else "No" for name in fits],
        "Controls": ["Yes"] * len(fits),
    },
    record={"did": "did"},
    columns=[name[1] for name in fits],
    levels=[1],
    caption="Robustness, printed and computed here",
    notes=page.STARS
    + gaps.note
    + left_out(panel, {"(4) CAPAA": "capaa"})
    + study.controls_note,
)

# %% tags=["remove-cell"]
areas = cg.load_official("capaa_counts").groupby("year")["designated"].sum()
before = areas[areas.index < cg.load_official("clusters")["batch_year"].min()]
page.tell(
    controls=counted(len(study.controls), "control"),
    capaa_total=int(areas.sum()),
    capaa_before=int(before.sum()),
    capaa_first=int(areas.index.min()),
    capaa_last_before=int(before.index.max()),
)
page.record(
    **dict.fromkeys(
        ("placebo_samples", "placebo_repetitions", "placebo_samplings"),
        len(draws.coefficients),
    ),
    capaa_launch_year=areas.index.min(),
    capaa_first_batch_year=areas.index.min(),
    capaa_first_batch=areas.iloc[0],
    capaa_total=areas.sum(),
    capaa_total_year=areas.index.max(),
    winsorised_share=100 * low.name,
)

# %% tags=["remove-cell"]
gini_beta = fits["(1) Gini"].coef()["did"]
quotient = actual.coef()["did"] / gini_beta
page.tell(
    gini_beta=gini_beta,
    theil_over_gini=quotient,
    implied_ratio=np.exp(quotient),
    median_ratio=panel["income_ratio"].median(),
)

# %% [markdown]
# One column deserves a second look. The Gini effect is {glue:text}`gini_beta:.3f`, so the Theil effect is {glue:text}`theil_over_gini:.2f` times as large. By the slope of {doc}`chapter 3 <03_data>` this quotient is the logarithm of the income
# ratio at which incomes moved, *if people stayed where they were*: a ratio of {glue:text}`implied_ratio:.1f`. The panel's median income ratio is {glue:text}`median_ratio:.1f`. A quotient of two estimates is imprecise; but if it is
# too far off for chance, people moved, or the effect sits where the ratio is high ({numref}`tbl-incomes`).

# %% [markdown]
# ### What matching does
#
# Matching removes {glue:text}`off_support` county-years. Is the rest more alike?

# %% tags=["hide-input"]
apart = pd.DataFrame()
if not gaps.reasons:
    trimmed = balance(panel, study.controls, matched.on_support)
    neighbours = balance(panel, study.controls, matched.weight)
    apart = pd.DataFrame(
        {
            "all": trimmed["standardised_difference_before"],
            "common support": trimmed["standardised_difference_after"],
            "nearest neighbours": neighbours["standardised_difference_after"],
        }
    )
page.table(
    apart.rename(cg.LABELS).map("{:.3f}".format).rename_axis("control"),
    name="tbl-balance",
    caption="Standardised differences between county-years of cluster counties and of the others",
    notes="Difference of means in units of the pooled standard deviation; below 0.1 in size is usually called balanced.",
)


# %% tags=["hide-input"]
def overlap():
    """Draw the scores of both groups."""
    group = panel["treat"].map(
        {0: "never in a cluster", 1: "in a cluster sooner or later"}
    )
    scores = pd.DataFrame({"propensity score": matched.score, "": group})
    fig, axis = plt.subplots(figsize=(5.8, 2.9))
    sns.histplot(
        scores,
        x="propensity score",
        hue="",
        stat="density",
        common_norm=False,
        bins=50,
        element="step",
        ax=axis,
        hue_order=group.unique(),
        palette=[COLOURS["blue"], COLOURS["grey"]],
    )
    middle = matched.score.groupby(panel["treat"]).median()
    return page.figure(
        fig,
        name="fig-support",
        caption="Propensity scores of county-years in the two groups.",
        alt="Two overlapping histograms. The median score is "
        f"{middle[0]:.2f} in counties that never join a cluster and {middle[1]:.2f} in those that do.",
    )


None if gaps.reasons else overlap()

# %% tags=["remove-cell"]
if not gaps.reasons:
    weighted = panel.assign(weight=matched.weight).query("weight > 0")
    page.tell(
        off_support=int((~matched.on_support).sum()),
        n_support=fits["(3) PSM-DID"]._N,
        apart_support=out_of(
            (apart["common support"].abs() > 0.1).sum(), len(apart)
        ),
        lone=format_count(
            len(support) - fits["(3) PSM-DID"]._N, study.private
        ),
    )
    with Gaps().column("nearest neighbours"):
        require_effect(weighted, "the nearest neighbours")
        neighbour_fit = pf.feols(
            formula, weighted, vcov=by_county, weights="weight"
        )
        page.tell(
            beta_neighbours=neighbour_fit.coef()["did"],
            se_neighbours=neighbour_fit.se()["did"],
            n_neighbours=neighbour_fit._N
            if may_show_cohorts(study.panel, study.private)
            else np.nan,
            apart_neighbours=out_of(
                (apart["nearest neighbours"].abs() > 0.1).sum(), len(apart)
            ),
        )

# %% [markdown]
# Dropping the county-years off support, and {glue:text}`lone` that are then alone in their county, leaves {glue:text}`n_support:,d`. This is trimming and not yet matching: {glue:text}`apart_support` differences in {numref}`tbl-balance` stay above 0.1 in size, against
# {glue:text}`apart_neighbours` with nearest neighbours. Matching proper keeps
#
# - each county-year of a cluster county that is on the support, before or after its start, and
# - the county-year outside clusters that is nearest to it,
#
# {glue:text}`n_neighbours:,d` in all. The coefficient is then {glue:text}`beta_neighbours:.3f` (standard error {glue:text}`se_neighbours:.3f`).

# %% [markdown]
# ## Exercises

# %% tags=["remove-input"]
page.words(
    synthetic="How robust the synthetic panel is depends on how it was drawn; how a check behaves, and what it "
    "can see, does not.",
    own="Mind the difference between what a check shows of these data and what it can show at all.",
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

# %% tags=["check"]
check_1(answer_1)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# $p = (0+1)/(R+1)$, so nearly ten thousand. “None of a thousand placebos reached it” means $p \le
# 0.001$, not $p = 0$. The number of draws limits how small a $p$ one may *claim*, whatever the data.
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
# `continuous.quantile(share)`, then `clip`. Think of the outcome: what does
# winsorising do to its largest movements, whether or not they are errors?
#
# </details>

# %% tags=["solution", "hide-cell"]
answer_2 = pd.Series(
    {
        share: pf.feols(
            formula,
            panel.assign(
                **continuous.clip(
                    continuous.quantile(share),
                    continuous.quantile(1 - share),
                    axis=1,
                )
            ),
        ).coef()["did"]
        for share in (0.01, 0.05, 0.10)
    }
)

# %% tags=["check"]
check_2(answer_2, panel)

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
moves = {
    y: pf.feols(f"{y}~did|county+year", panel).coef()["did"] for y in suspects
}
answer_3 = pd.Series(moves) / panel[suspects].std()

# %% tags=["check"]
check_3(answer_3, panel)

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
