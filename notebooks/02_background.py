# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 2 Institutional background and hypotheses
#
# What is a cluster, where are they, and by which routes could one reach a villager's income?
# The first half of this chapter looks at the real lists of the ministry, the second turns the
# paper's argument into two hypotheses and a diagram.

# %% tags=["parameters"]
# Nothing to set: this chapter uses the public lists of clusters only.

# %% tags=["hide-input"]
import matplotlib.pyplot as plt
import pandas as pd
from myst_nb import glue

import clustergap as cg
from bookkit import display as style
from bookkit.explore import (
    Selector,
    figure_with_controls,
    paint,
    rect,
    text,
    when,
)
from bookkit.ledger import Ledger
from bookkit.page import export

style.use_style()
SOURCE = "lists of the Ministry of Agriculture and Rural Affairs of China"
LAST_BATCH = 2022  # the last batch that the paper's panel can see

# %% [markdown]
# ## 2.1 The clusters
#
# A province proposes a cluster; the two ministries choose. The rules ask for an industry that
# is large already, worth more than {glue:text}`threshold:.0f` billion yuan along its whole chain, and spread over
# neighbouring counties. Money goes to production bases, processing, marketing, and to
# arrangements by which farmers share in the gains.
#
# The design matters for everything that follows. Counties are **chosen**, because they were
# strong in their product. They are chosen **in batches**, one {term}`batch` each spring. And they keep the
# status, so that a county is treated from its batch year on.

# %%
clusters = cg.load_official("clusters")
by_batch = clusters.pivot_table(
    index="batch_year",
    columns="cluster_type",
    values="cluster_name",
    aggfunc="count",
    fill_value=0,
)
by_batch["all"] = by_batch.sum(axis=1)
by_batch["cumulated"] = by_batch["all"].cumsum()

# %% tags=["remove-cell"]
in_panel = clusters[clusters["batch_year"] <= LAST_BATCH]
glue("clusters_all", len(clusters), display=False)
glue("clusters_first", int(by_batch["all"].iloc[0]), display=False)
glue("clusters_panel", len(in_panel), display=False)
glue(
    "grain_panel",
    int((in_panel["cluster_type"] == "grain").sum()),
    display=False,
)
glue("grain_first", int(by_batch["grain"].iloc[0]), display=False)
glue("provinces", int(clusters["province"].nunique()), display=False)
glue("borderline", int(clusters["type_is_borderline"].sum()), display=False)
glue("batches", len(by_batch), display=False)
# the text says that the paper's batches are free of such cases
assert not in_panel["type_is_borderline"].any()

# %% tags=["remove-cell"]
policy = cg.load_official("policy_facts").set_index("key")["value"]
book = Ledger("02_background", SOURCE)
book.record_number("clusters_first_batch", by_batch["all"].iloc[0])
book.record_number("clusters_total", len(clusters))
book.record_number("clusters_total_year", clusters["batch_year"].max())
book.record_number("provinces_covered", clusters["province"].nunique())
for key in (
    "policy_year_introduction",
    "policy_notice_year",
    "policy_approval_year",
):
    book.record_number(key, clusters["batch_year"].min())
for key, batch in zip(
    ("first", "second", "third"), by_batch.index, strict=False
):
    book.record_number(f"cluster_list_{key}_year", batch)
book.record_number("policy_notice_day", policy["notice_day_of_march"])
glue("threshold", float(policy["output_threshold"]), display=False)
book.record_number("output_threshold", policy["output_threshold"])
export(book.file)

# %% tags=["hide-input"]
style.table(
    by_batch.rename_axis("batch")
    .rename(columns={"grain": "grain", "high_value": "high-value"})
    .map("{:,d}".format)
    .reset_index()
    .astype(str),
    name="tbl-batches",
    caption="Clusters approved each year, by type",
    source=SOURCE,
)

# %% [markdown]
# The paper's panel ends in 2022, so it sees the first three batches:
# {glue:text}`clusters_panel` of the {glue:text}`clusters_all` clusters
# ({numref}`tbl-batches`). Only {glue:text}`grain_panel` of them grow grain in the sense of the
# paper's note 5 (rice, soybean, wheat, sorghum, highland barley, millet and coarse grains),
# {glue:text}`grain_first` in the first batch. Keep that number in mind for {doc}`chapter 4.6 <04_6_heterogeneity>`, where the paper
# compares grain with the rest. In {glue:text}`borderline` cases of all {glue:text}`batches` batches, potatoes and maize
# among them, the name does not settle the type; the data file flags them. None of them is in the
# paper's three batches.

# %% tags=["hide-input"]
counts = in_panel.pivot_table(
    index="province",
    columns="batch_year",
    values="cluster_name",
    aggfunc="count",
    fill_value=0,
)
counts = counts.loc[counts.sum(axis=1).sort_values(kind="stable").index]
fig, axis = plt.subplots(figsize=(7, 6.2))
left = pd.Series(0, index=counts.index)
for batch, color in zip(
    counts.columns,
    [style.COLOURS[c] for c in ("blue", "orange", "green")],
    strict=True,
):
    axis.barh(
        counts.index,
        counts[batch],
        left=left,
        color=color,
        label=str(batch),
        height=0.72,
    )
    left = left + counts[batch]
axis.set(xlabel="clusters")
axis.margins(y=0.01)
axis.grid(axis="y", visible=False)
axis.legend(title="batch", loc="lower right")
style.figure(
    fig,
    name="fig-rollout",
    caption="Every province takes part, and most take part in every batch.",
    alt="Stacked bars, one a province, in ascending order, coloured by batch. The totals run from "
    f"{left.min():.0f} clusters to {left.max():.0f}; the median province has {left.median():.0f}.",
    source=SOURCE,
)

# %% tags=["remove-cell"]
assert len(counts) == clusters["province"].nunique()  # all take part
glue("fewest", int(left.min()), display=False)
glue("most", int(left.max()), display=False)
glue("in_every_batch", int((counts > 0).all(axis=1).sum()), display=False)

# %% [markdown]
# {numref}`fig-rollout` shows that all {glue:text}`provinces` provinces take part, with {glue:text}`fewest` to
# {glue:text}`most` clusters each, and that {glue:text}`in_every_batch` of them are in every one of the three batches. A
# comparison within provinces may therefore be possible; {doc}`chapter 7.5 <07_5_specification_curve>` tries it, while the year
# effects of the paper are national. That says nothing about why a *county* comes early or late: exercise 1
# shows that the product matters.
#
# What the lists do not say is which counties a cluster covers. The paper's authors collected
# that by hand from provincial documents. It is the one piece of information that makes or
# breaks the study, and it is not public.

# %% [markdown]
# Where were incomes far apart when the clusters came? {numref}`fig-tiles` sets the 31 provinces roughly where they lie, one square each.
# Move the year: from the first year to the last, the ratio of town to country income falls in {glue:text}`falling` of the
# {glue:text}`in_both` provinces with incomes at both ends, and the difference in yuan grows in {glue:text}`growing`. Whether the gap "narrows" is a question of the
# measure before it is one of policy.
# The ratio fell faster late than early: in {glue:text}`faster` of the {glue:text}`in_all` provinces with incomes for {glue:text}`start`,
# {glue:text}`eve` and {glue:text}`end`, the fall of the {glue:text}`late_years` years from {glue:text}`eve` on (median
# {glue:text}`late_fall:.2f`) is larger than that of the {glue:text}`early_years` years before ({glue:text}`early_fall:.2f`). That by itself is no effect
# of clusters: the later years also hold the end of the poverty campaign and a pandemic, in every province.
# From {glue:text}`first_batch` on, dots count the clusters that a province has been given.

# %% tags=["remove-cell"]
income = cg.load_official("province_income").pivot(
    index="province",
    columns="year",
    values=["urban_income_yuan", "rural_income_yuan"],
)
by_town, by_country = income["urban_income_yuan"], income["rural_income_yuan"]
fall, rise = by_town / by_country, by_town - by_country
first_batch = int(clusters["batch_year"].min())
start, eve, end = fall.columns.min(), first_batch - 1, fall.columns.max()
both = fall[[start, end]].dropna().index
three = fall[[start, eve, end]].dropna()
early, late = three[start] - three[eve], three[eve] - three[end]
for name, value in {
    "start": int(start),
    "eve": eve,
    "end": int(end),
    "first_batch": first_batch,
    "in_both": len(both),
    "falling": int((fall[end] < fall[start])[both].sum()),
    "growing": int((rise[end] > rise[start])[both].sum()),
    "in_all": len(three),
    "faster": int((late > early).sum()),
    "early_years": int(eve - start),
    "late_years": int(end - eve),
    "early_fall": float(early.median()),
    "late_fall": float(late.median()),
}.items():
    glue(name, value, display=False)

# %% tags=["hide-input"]
TILES = """
. . . . . . . Heilongjiang
. . . . . Inner_Mongolia Liaoning Jilin
Xinjiang . Gansu Ningxia Shanxi Beijing Tianjin .
. . Qinghai Shaanxi Henan Hebei Shandong .
. Tibet Sichuan Chongqing Hubei Anhui Jiangsu Shanghai
. . Yunnan Guizhou Hunan Jiangxi Zhejiang .
. . . Guangxi Guangdong Fujian . .
. . . Hainan . . . .
"""
SHORT = {"Inner Mongolia": "Inner M.", "Heilongjiang": "Heilong."}
SHORT |= {"Guangdong": "Guangd.", "Chongqing": "Chongq."}
WIDE, HIGH = 57.5, 51  # of a tile
corner = {
    name.replace("_", " "): (WIDE * column, HIGH * row)
    for row, line in enumerate(TILES.strip().splitlines())
    for column, name in enumerate(line.split())
    if name != "."
}
incomes = cg.load_official("province_income")
town, country = incomes["urban_income_yuan"], incomes["rural_income_yuan"]
incomes["ratio"] = town / country
incomes["difference"] = (town - country) / 1000  # thousand yuan
MEASURES = {  # words, and the values with the palest and the strongest colour
    "ratio": ("ratio, town to country", 1.5, 4.0, "{:.2f}"),
    "difference": ("difference, thousand yuan", 8.0, 45.0, "{:.1f}"),
}
drawing, words, years = "", "", sorted(incomes["year"].unique())
for i, year in enumerate(years):
    then = incomes[incomes["year"] == year].set_index("province")
    given = clusters[clusters["batch_year"] <= year]["province"]
    tiles, lines = "", ""
    for j, (measure, (name, low, high, read)) in enumerate(MEASURES.items()):
        known, picture = then[measure].dropna(), ""
        for province, (x, y) in corner.items():
            value = known.get(province, low)
            strength = 0.06 + 0.44 * min(
                max((value - low) / (high - low), 0), 1
            )
            shade = f"fill:{paint('vermillion')};fill-opacity:{strength:.2f}"
            picture += rect(x + 1.5, y + 1.5, WIDE - 3, HIGH - 3, shade)
            value = read.format(value) if province in known else "–"
            picture += text(x + WIDE / 2, y + 32, value, "font-weight:600")
        tiles += when("b", j, picture)
        line = "no incomes by town and country in the yearbooks at hand."
        if len(known):
            line = (
                f"{name}: from {read.format(known.min())} "
                f"({known.idxmin()}) to {read.format(known.max())} "
                f"({known.idxmax()}), median {read.format(known.median())}."
            )
        lines += when("b", j, line, tag="span")
    for province, number in given.value_counts().sort_index().items():
        x, y = corner[province]
        dots = range(number)
        left = x + WIDE / 2 - 2.75 * (number - 1)
        tiles += f'<g style="fill:{paint("blue")}">' + "".join(
            f'<circle cx="{left + 5.5 * k:.1f}" cy="{y + 42:g}" r="2.2"/>'
            for k in dots
        )
        tiles += "</g>"
    drawing += when("a", i, tiles)
    lines += f"<br>Clusters approved by then: {len(given)}."
    words += when("a", i, f"<b>{year}</b>, {lines}", tag="span")
drawing += "".join(
    text(x + WIDE / 2, y + 15, SHORT.get(name, name), "font-size:12px")
    for name, (x, y) in corner.items()
)
figure_with_controls(
    drawing,
    controls=[
        Selector("a", "Year", [str(year) for year in years], len(years) - 1),
        Selector(
            "b", "Show", [name for name, *_ in MEASURES.values()], 0, "menu"
        ),
    ],
    size=(8 * WIDE, 8 * HIGH),
    words=words,
    name="fig-tiles",
    caption="Income per person in town and country by province and year, and the clusters approved so far (dots). "
    "A dash stands where the yearbooks at hand lack an income; current prices.",
    alt="A square for each of 31 provinces, roughly where it lies in China, shaded by the ratio or the "
    "difference of incomes in town and country, with a dot for each cluster. The words below name the extremes.",
    source=f"National Bureau of Statistics of China, China Statistical Yearbook; {SOURCE}",
)

# %% [markdown]
# ## 2.2 From cluster to income: two hypotheses
#
# Why should a cluster narrow the gap? The paper gives three reasons.
#
# Technology
# : Where one crop is grown on many fields, machines, irrigation and advice pay off, and skill
#   spreads from neighbour to neighbour {cite:p}`lazzeretti2012,zeng2019`. Hands that are no longer needed find
#   work outside farming.
#
# A longer chain
# : Storage, grading, packing, processing, transport and tourism settle near the fields. Value
#   that was added in the city is added in the county, by people who live there {cite:p}`zeleke2024`.
#
# Brands
# : A product with a protected name sells for more {cite:p}`castriota2015,menapace2012`, and a name is
#   easier to build together than alone.
#
# **H1.** In counties that join a cluster, the urban–rural income gap becomes narrower than it
# would have been.
#
# **H2.** It does so by way of farming technology, of a longer and wider industrial chain, and
# of agricultural brands.
#
# Mind the words *than it would have been*. H1 compares a county with itself in a history that
# did not happen. Every chapter from here on is an attempt to stand in for that history with
# counties that stayed outside.

# %% tags=["hide-input"]
POSITIONS = {
    "selection": (0.0, 0.0),
    "cluster": (1.3, 0.0),
    "technology": (2.7, 0.8),
    "longer chain": (2.7, 0.0),
    "brands": (2.7, -0.8),
    "rural income": (4.2, 0.0),
    "urban income": (4.2, -1.7),
    "gap": (5.5, 0.0),
}
ARROWS = [("selection", "cluster", 0), ("rural income", "gap", 0)]
ARROWS += [("urban income", "gap", 0)]
for step in ("technology", "longer chain", "brands"):
    ARROWS += [("cluster", step, 0), (step, "rural income", 0)]
DOUBTS = [
    ("selection", "rural income", -0.55),
    ("selection", "urban income", 0.22),
    ("cluster", "urban income", 0.18),
]
BOX = {
    "boxstyle": "round,pad=0.4",
    "facecolor": "none",
    "edgecolor": style.INK,
}

fig, axis = plt.subplots(figsize=(8, 3.9))
boxes = {
    name: axis.text(x, y, name, ha="center", va="center", bbox=BOX)
    for name, (x, y) in POSITIONS.items()
}
for arrows, line, colour in (
    (ARROWS, "-", style.INK),
    (DOUBTS, "--", style.COLOURS["vermillion"]),
):
    for tail, head, bend in arrows:
        axis.annotate(
            "",
            POSITIONS[head],
            POSITIONS[tail],
            arrowprops={
                "arrowstyle": "-|>",
                "linestyle": line,
                "color": colour,
                "connectionstyle": f"arc3,rad={bend}",
                "patchA": boxes[tail].get_bbox_patch(),
                "patchB": boxes[head].get_bbox_patch(),
                "shrinkA": 2,
                "shrinkB": 3,
            },
        )
axis.set(xlim=(-0.6, 5.9), ylim=(-2.1, 1.5))
axis.axis("off")
style.figure(
    fig,
    name="fig-causal",
    caption="The paper's argument (solid) and what could mimic it (dashed).",
    alt="Causal diagram. Solid arrows lead from selection to cluster, from cluster through technology, "
    "longer chain and brands to rural income, and on to the gap. Dashed arrows lead from selection "
    "to rural and urban income and from cluster to urban income.",
    source="the paper's section 2; drawing ours",
)

# %% [markdown]
# {numref}`fig-causal` draws the hypotheses, and with dashed lines what could look like them.
# If counties with a strong product would have caught up anyway, *selection* moves incomes without
# the cluster. County and year fixed effects remove what is constant in a county and what is
# common to a year; they do not remove a county's own trend. If a cluster also raises *urban*
# incomes, by processing plants in the county town, the gap need not narrow although everyone
# gains. And H2 needs more than three arrows out of the cluster: it needs arrows from there into
# the gap, which {doc}`chapter 4.5 <04_5_mechanisms>` looks for.

# %% [markdown]
# ## Exercises
#
# They use the ministry's real lists.

# %% [markdown]
# ### Exercise 1: predict
#
# Grain security became a theme of policy in these years. Do you expect the share of grain clusters
# to rise from batch to batch, and in each one? Decide, then compute it as a Series `answer_1`, one
# value a batch year, all five batches. What would a trend mean for a study that compares grain
# clusters with the others?
#
# <details class="hint"><summary>Hint</summary>
#
# `by_batch` has all you need. Mind that its column `cumulated` runs over batches.
#
# </details>

# %% tags=["solution", "hide-cell"]
answer_1 = by_batch["grain"] / by_batch["all"]

# %% tags=["check", "hide-cell"]
assert sorted(answer_1.index) == sorted(clusters["batch_year"].unique()), (
    "one value for each of the five batches, please"
)
for year, share in answer_1.items():
    of_year = clusters.loc[clusters["batch_year"] == year, "cluster_type"]
    assert abs(share - (of_year == "grain").mean()) < 1e-9, (
        f"{year}: that is not the share of grain in this batch alone"
    )

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# It rises from batch to batch up to the fourth, and falls in the last. In the paper's three
# batches, then, *grain* also means *late*: a grain county has been treated for fewer years than a
# county of another type. A difference between the two types may be one between long and short
# exposure, and nothing in a split of the sample can tell the two apart.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Redraw {numref}`fig-rollout` in your mind with shares instead of counts: does any province
# concentrate on one batch? For each province, compute the largest share that a single one of the
# first three batches has in its clusters (a Series `answer_2`, indexed by province). Which province
# stands out, and is that news?
#
# <details class="hint"><summary>Hint</summary>
#
# `counts` holds provinces in rows and batches in columns. Look at how many clusters the province in
# the first row (the bottom bar) has in all.
#
# </details>

# %% tags=["solution", "hide-cell"]
answer_2 = counts.div(counts.sum(axis=1), axis=0).max(axis=1)

# %% tags=["check", "hide-cell"]
in_one_batch = in_panel.groupby(["province", "batch_year"]).size()
of_province = in_panel["province"].value_counts()
assert set(answer_2.index) == set(of_province.index), (
    "one value a province, for the batches up to 2022"
)
for province, share in answer_2.items():
    largest = share * of_province[province]
    assert abs(largest - in_one_batch[province].max()) < 1e-9, (
        f"{province}: is that its largest batch over all its clusters?"
    )

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Shanghai has all its clusters in one batch: all one of them. Shares of very small numbers are
# extreme by themselves. Everywhere else no batch holds more than half, which is what quotas by province
# would look like, but does not prove them. And a quota would fix how many clusters a province gets in
# a year, not which of its counties come first.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# The paper's panel ends in 2022, so counties of later batches count as never treated in it. What share of
# all listed clusters can the panel not see (`answer_3`)? Then explain: is it a mistake to use those
# counties as controls up to 2022? Would it be one in a panel that ran to 2024?
#
# <details class="hint"><summary>Hint</summary>
#
# Ask what a control must be in the years in which it is used: untreated *then*, or untreated for
# ever? And could a county know a year ahead?
#
# </details>

# %% tags=["solution", "hide-cell"]
answer_3 = float((clusters["batch_year"] > LAST_BATCH).mean())

# %% tags=["check", "hide-cell"]
assert 0 < answer_3 < 1, "give a share between 0 and 1"
assert abs((1 - answer_3) * len(clusters) - len(in_panel)) < 1e-6, (
    "what the panel sees and what it does not should add up to all clusters"
)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Until their own batch these counties have had no cluster, so they are sound controls up to 2022,
# perhaps better ones than counties that no one will ever choose, because they were good enough to
# be chosen later. Two doubts remain: they may act *in anticipation* of an application, and they may
# be chosen *because* of how they did lately. In a panel to 2024 they must leave the controls in the
# year of their batch: “never treated” is a property of the window, not of the county.
#
# </details>

# %% [markdown]
# ### Exercise 4: explain
#
# “The ministry picks counties with a strong industry.” Why does that spoil a comparison of levels,
# but much less a comparison of changes? And what kind of selection would spoil the changes as well?
#
# <details class="hint"><summary>Hint</summary>
#
# Write a county's gap as its level, plus a common path, plus a shock of the year. Which of the
# three does the ministry look at?
#
# </details>

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Let $Y_{it} = \mu_i + \lambda_t + \varepsilon_{it}$. Picking by $\mu_i$ makes the levels of the
# two groups differ, but $\mu_i$ drops out of each county's change. Picking by the *shocks* does
# not: choose counties in an unusually bad year, and they will recover without any policy, which
# looks like an effect; choose those on a steeper path, and the path goes on. So the question is not
# whether counties were chosen, but whether they were chosen for something that lasts.
#
# </details>
