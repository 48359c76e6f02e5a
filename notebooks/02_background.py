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
# What is a cluster, where are they, and by which routes could one raise rural incomes?
# The first half of this chapter looks at the real lists of the ministry. The second takes the
# paper's theory apart: each of its arguments is an arrow of one diagram, and each arrow can fail.

# %% tags=["hide-input"]
import matplotlib.pyplot as plt
import pandas as pd
from exercises.background import check_1, check_2, check_3
from matplotlib.colors import ListedColormap, to_rgba

import clustergap as cg
from bookkit.display import COLOURS, INK, PAPER
from bookkit.interactive import Selector, at, when
from bookkit.page import Page

SOURCE = "lists of the Ministry of Agriculture and Rural Affairs of China"
YEARBOOK = "China Statistical Yearbook"
LAST_BATCH = 2022  # the last batch that the paper's panel can see
page = Page("02_background", source=SOURCE)

# %% [markdown]
# ## 2.1 The clusters
#
# China's farming, says the paper, is rich in local specialities and poor in what makes them pay: spread over the whole country, it is
# "small-scale, fragmented, and weak". The policy answers that. On {glue:text}`notice_day` March {glue:text}`first_batch` two ministries issued a notice
# (the paper's note 1); from May on (note 2), they approved clusters that a province, or one of the bodies named below, had proposed. The rules ask
# for an industry that is large already, worth more than {glue:text}`threshold:.0f` billion yuan along its whole chain, and spread over neighbouring
# counties. Money goes to standardised production bases, to processing and marketing, to better organisation and to bringing in capital and
# skill, and to arrangements by which farmers share in the gains.
#
# The design matters for everything that follows. Counties are **chosen**, because they were
# strong in their product. They are chosen **in batches**, one {term}`batch` each spring. They are chosen **in groups**, so that
# neighbours are treated together. And they keep the status, so that a county is treated from its batch year on.

# %%
clusters = cg.load_official("clusters")
clusters["outside"] = clusters["cluster_name"].str.contains(
    "兵团|北大荒|农垦"  # Xinjiang Corps, Beidahuang, Guangdong state farms
)
by_batch = clusters.pivot_table(
    index="batch_year",
    columns="cluster_type",
    values="cluster_name",
    aggfunc="count",
    fill_value=0,
)
by_batch["all"] = by_batch.sum(axis=1)
by_batch["cumulated"] = by_batch["all"].cumsum()

# %% tags=["hide-input"]
shown = by_batch.rename(columns={"high_value": "high-value"}).assign(
    outside=clusters.groupby("batch_year")["outside"].sum()
)
page.table(
    shown.rename(columns={"outside": "of the Corps and state farms"})
    .rename_axis("batch")
    .map("{:,d}".format)
    .reset_index()
    .astype(str),
    name="tbl-batches",
    caption="Clusters approved each year, by type",
)

# %% tags=["remove-cell"]
in_panel = clusters[clusters["batch_year"] <= LAST_BATCH]
policy = cg.load_official("policy_facts").set_index("key")["value"]
first_batch = int(clusters["batch_year"].min())
# the text says that the paper's batches are free of such cases
assert not in_panel["type_is_borderline"].any()
page.tell(
    notice_day=int(policy["notice_day_of_march"]),
    threshold=policy["output_threshold"],
    first_batch=first_batch,
    batches=len(by_batch),
    clusters_all=len(clusters),
    clusters_panel=len(in_panel),
    grain_panel=(in_panel["cluster_type"] == "grain").sum(),
    grain_first=by_batch["grain"].iloc[0],
    borderline=clusters["type_is_borderline"].sum(),
    provinces=clusters["province"].nunique(),
    outside=in_panel["outside"].sum(),
    outside_grain=(
        in_panel.query("outside")["cluster_type"] == "grain"
    ).sum(),
)
page.record(
    clusters_first_batch=by_batch["all"].iloc[0],
    clusters_total=len(clusters),
    clusters_total_year=clusters["batch_year"].max(),
    provinces_covered=clusters["province"].nunique(),
    policy_year_introduction=first_batch,
    policy_notice_year=first_batch,
    policy_approval_year=first_batch,
    cluster_list_first_year=by_batch.index[0],
    cluster_list_second_year=by_batch.index[1],
    cluster_list_third_year=by_batch.index[2],
    policy_notice_day=policy["notice_day_of_march"],
    output_threshold=policy["output_threshold"],
)

# %% [markdown]
# The paper's panel ends in 2022, so it sees the first three batches:
# {glue:text}`clusters_panel` of the {glue:text}`clusters_all` clusters
# ({numref}`tbl-batches`). The first were mostly livestock, fruit and medicinal herbs; grain came later. Only {glue:text}`grain_panel` of
# the {glue:text}`clusters_panel` grow grain in the sense of the
# paper's note 5 (rice, soybean, wheat, sorghum, highland barley, millet and coarse grains),
# {glue:text}`grain_first` in the first batch. Keep that number in mind for {doc}`chapter 4.6 <04_6_heterogeneity>`, where the paper
# compares grain with the rest. In {glue:text}`borderline` cases of all {glue:text}`batches` batches, potatoes and maize
# among them, the name does not settle the type; the data file flags them. None of them is in the
# paper's three batches.
#
# **Not all clusters are a province's.** {glue:text}`outside` of the {glue:text}`clusters_panel` belong to the Xinjiang Production and Construction
# Corps, which the paper names, or to the state farms of Heilongjiang (Beidahuang) and Guangdong, which it does not; {glue:text}`outside_grain` of
# them grows grain. Their land is run by farms and regiments that have no county's yearbook, so that hardly any row of a county panel
# can be theirs. Whoever divides treated counties by clusters should leave them out.

# %% tags=["hide-input"]
OUTSIDE = {"Xinjiang": "Xinjiang Corps", "Heilongjiang": "Beidahuang farms"}
OUTSIDE |= {"Guangdong": "Guangdong farms"}
places = in_panel["province"].where(
    ~in_panel["outside"], in_panel["province"].map(OUTSIDE)
)
counts = pd.crosstab(places.rename("place"), in_panel["batch_year"])
counts = counts.loc[counts.sum(axis=1).sort_values(kind="stable").index]
total = counts.sum(axis=1)
fig, axis = plt.subplots(figsize=(5.4, 6.6))
counts.plot.barh(
    stacked=True,
    width=0.75,
    ax=axis,
    color=[to_rgba(COLOURS["blue"], alpha) for alpha in (1, 0.55, 0.22)],
)
axis.set(xlabel="clusters", ylabel="")
axis.margins(y=0.01)
axis.grid(axis="y", visible=False)
axis.legend(title="batch", loc="lower right")
page.figure(
    fig,
    name="fig-rollout",
    caption="Every province takes part, and most take part in every batch. The Corps and the state farms stand for themselves.",
    alt="Stacked bars, one a province or other body, in ascending order, darker for earlier batches. The totals run "
    f"from {total.min()} to {total.max()} clusters; the median is {total.median():.0f}.",
)

# %% tags=["remove-cell"]
of_provinces = counts.drop(index=list(OUTSIDE.values()))
assert len(of_provinces) == clusters["province"].nunique()  # all take part
page.tell(
    fewest=of_provinces.sum(axis=1).min(),
    most=of_provinces.sum(axis=1).max(),
    in_every_batch=(of_provinces > 0).all(axis=1).sum(),
)

# %% [markdown]
# All {glue:text}`provinces` provinces take part, with {glue:text}`fewest` to
# {glue:text}`most` clusters each, and {glue:text}`in_every_batch` of them are in every one of the three batches ({numref}`fig-rollout`). Treated and
# untreated counties can therefore be compared within a province, which the paper's national year effects do not do
# ({doc}`chapter 7.5 <07_5_specification_curve>` does). Why a *county* comes early or late is another matter: exercise 1
# shows that the product matters.
#
# What the lists do not say is which counties a cluster covers. The paper's authors collected
# that by hand from provincial documents. It is the one piece of information that makes or
# breaks the study, and it is not public.
#
# ### Where were incomes far apart?
#
# {numref}`fig-tiles` sets the provinces roughly where they lie, one square each. Move the year.

# %% tags=["remove-cell"]
incomes = cg.load_official("province_income")
town, country = incomes["urban_income_yuan"], incomes["rural_income_yuan"]
incomes["ratio"] = town / country
incomes["difference"] = (town - country) / 1000  # thousand yuan
ratio = incomes.pivot(index="province", columns="year", values="ratio")
yuan = incomes.pivot(index="province", columns="year", values="difference")
start, eve, end = ratio.columns.min(), first_batch - 1, ratio.columns.max()
both = ratio[[start, end]].dropna().index
three = ratio[[start, eve, end]].dropna()
early, late = three[start] - three[eve], three[eve] - three[end]
assert (ratio[end] < ratio[start])[both].all() and (yuan[end] > yuan[start])[
    both
].all()  # the text says "in all"
page.tell(
    start=start,
    eve=eve,
    end=end,
    in_both=len(both),
    in_all=len(three),
    faster=(late > early).sum(),
    early_years=eve - start,
    late_years=end - eve,
    early_fall=early.median(),
    late_fall=late.median(),
)

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
tiles = pd.DataFrame([line.split() for line in TILES.strip().splitlines()])
tiles = tiles.replace("_", " ", regex=True)
corner = {name: spot[::-1] for spot, name in tiles.stack().items()}
MEASURES = {  # words, and the values with the palest and the strongest colour
    "ratio, town to country": (ratio, 1.5, 4.0, "{:.2f}"),
    "difference, thousand yuan": (yuan, 8.0, 45.0, "{:.1f}"),
}
shades = [to_rgba(COLOURS["vermillion"], k / 100) for k in range(6, 66)]
fig, axis = plt.subplots(figsize=(5.8, 4.9))
words, years = "", sorted(incomes["year"].unique())
for i, year in enumerate(years):
    lines = ""
    for j, (name, (values, low, high, read)) in enumerate(MEASURES.items()):
        known = values[year]
        cells = tiles.map(lambda tile, known=known: known.get(tile))
        with at(axis, a=i, b=j):
            # seaborn's heatmap draws the whole figure at each call
            axis.pcolormesh(
                cells.astype(float).fillna(low).where(tiles != "."),
                vmin=low,
                vmax=high,
                cmap=ListedColormap(shades),
                edgecolor=PAPER,
                linewidth=2,
            )
            for (row, column), tile in tiles.stack().items():
                if tile != ".":
                    axis.text(
                        column + 0.5,
                        row + 0.5,
                        read.format(known[tile])
                        if pd.notna(known.get(tile))
                        else "–",
                        color=INK,
                        weight="bold",
                        size=10,
                        ha="center",
                        va="center",
                    )
        known = known.dropna()
        said = "no incomes by town and country in the file at hand."
        if len(known):
            said = (
                f"{name}: from {read.format(known.min())} "
                f"({known.idxmin()}) to {read.format(known.max())} "
                f"({known.idxmax()}), median {read.format(known.median())}."
            )
        lines += when(said, b=j)
    given = clusters[clusters["batch_year"] <= year].sort_values("outside")
    dots = given.assign(
        k=given.groupby("province").cumcount(),
        n=given.groupby("province")["outside"].transform("size"),
    )
    across = dots["province"].map(lambda p: corner[p][0]) + 0.5
    dots["x"] = across + 0.095 * (dots["k"] - (dots["n"] - 1) / 2)
    dots["y"] = dots["province"].map(lambda p: corner[p][1]) + 0.83
    for hollow, some in dots.groupby("outside"):
        with at(axis, a=i):
            axis.scatter(
                some["x"],
                some["y"],
                s=8,
                facecolor="none" if hollow else COLOURS["blue"],
                edgecolor=COLOURS["blue"],
                linewidth=0.9,
            )
    lines += f"<br>Clusters approved by then: {len(given)}."
    words += when(f"<b>{year}</b>, {lines}", a=i)
for name, (x, y) in corner.items():
    if name != ".":
        axis.text(
            x + 0.5,
            y + 0.24,
            SHORT.get(name, name),
            ha="center",
            va="center",
            size=9,
        )
axis.set(xlim=(0, 8), ylim=(8, 0))
axis.axis("off")
page.interactive(
    fig,
    [
        Selector("a", "Year", [str(year) for year in years], len(years) - 1),
        Selector("b", "Show", list(MEASURES), 0, "menu"),
    ],
    words=words,
    name="fig-tiles",
    caption="Income per person in town over that in the country (or the difference), by mainland province and year: the stronger the colour, the wider apart. "
    "Dots: clusters approved so far, hollow for those of the Corps and the state farms. A dash: no figures in the file at hand. Current prices.",
    alt="A square for each of 31 provinces, roughly where it lies in China, shaded by the ratio or the "
    "difference of incomes in town and country, with a dot for each cluster. The words below name the extremes.",
    source=f"{YEARBOOK}; {SOURCE}",
)

# %% [markdown]
# From {glue:text}`start` to {glue:text}`end` the ratio of town to country income falls in all
# {glue:text}`in_both` provinces, and the difference in yuan grows in all of them. Whether the gap "narrows" is a question of the
# measure before it is one of policy.
#
# The ratio fell faster late than early: in {glue:text}`faster` of the {glue:text}`in_all` provinces with incomes for {glue:text}`start`,
# {glue:text}`eve` and {glue:text}`end`, the fall of the {glue:text}`late_years` years from {glue:text}`eve` on (median
# {glue:text}`late_fall:.2f`) is larger than that of the {glue:text}`early_years` years before ({glue:text}`early_fall:.2f`). That by itself is no effect
# of clusters: the later years also hold the end of the poverty campaign and a pandemic, in every province.

# %% [markdown]
# ## 2.2 From cluster to income: the paper's argument, arrow by arrow
#
# The starting point is old. Policies made for cities have widened the gap for decades {cite:p}`yang1999`; today farming is held back by chains
# that end at the field and by low productivity {cite:p}`chen2022`, so that common prosperity has to come from more, and faster growing, sources of
# rural income {cite:p}`wan2023`. Clusters are to be such a source, because they join production, processing and sale in one place. The paper
# names three routes. {numref}`fig-causal` draws them; the numbers on its arrows are those of the paragraphs below.

# %% tags=["hide-input"]
POSITIONS = {
    "who is chosen": (0.0, 0.0),
    "cluster": (1.5, 0.0),
    "technology": (3.0, 1.05),
    "longer chain": (3.0, 0.0),
    "brands": (3.0, -1.05),
    "rural income": (4.7, 0.0),
    "urban income": (4.7, -2.1),
    "gap": (6.0, 0.0),
}
ARROWS = {  # tail, head: number, bend
    ("cluster", "technology"): ("1", 0),
    ("technology", "rural income"): ("2", 0),
    ("cluster", "longer chain"): ("3", 0),
    ("longer chain", "rural income"): ("4", 0),
    ("cluster", "brands"): ("5", 0),
    ("brands", "rural income"): ("6", 0),
    ("who is chosen", "cluster"): ("", 0),
    ("rural income", "gap"): ("", 0),
    ("urban income", "gap"): ("", 0),
}
DOUBTS = {
    ("who is chosen", "rural income"): ("catching up anyway", -0.78),
    ("who is chosen", "urban income"): ("", 0.25),
    ("cluster", "urban income"): ("plants in town", 0.2),
}
SPOTS = {"catching up anyway": (2.35, 2.1), "plants in town": (2.75, -1.72)}
BOX = {"boxstyle": "round,pad=0.4", "facecolor": "none", "edgecolor": INK}

fig, axis = plt.subplots(figsize=(6.6, 4.1))
boxes = {
    name: axis.text(x, y, name, ha="center", va="center", bbox=BOX)
    for name, (x, y) in POSITIONS.items()
}
for arrows, line, colour in (
    (ARROWS, "-", INK),
    (DOUBTS, "--", COLOURS["vermillion"]),
):
    for (tail, head), (label, bend) in arrows.items():
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
        (x0, y0), (x1, y1) = POSITIONS[tail], POSITIONS[head]
        spot = SPOTS.get(label, ((x0 + x1) / 2, (y0 + y1) / 2 + 0.2))
        axis.text(*spot, label, ha="center", va="center", color=colour)
axis.set(xlim=(-0.75, 6.4), ylim=(-2.5, 2.3))
axis.axis("off")
page.figure(
    fig,
    name="fig-causal",
    caption="The paper's argument (solid, numbered as in the text) and what could mimic or undo it (dashed).",
    alt="Causal diagram. Solid arrows lead from who is chosen to cluster, from cluster through technology (1, 2), "
    "longer chain (3, 4) and brands (5, 6) to rural income, and on to the gap. Dashed arrows lead from who is chosen "
    "to rural and urban income, and from cluster to urban income by way of plants in town.",
    source="the paper's section 2; drawing ours",
)

# %% [markdown]
# ### Technology (2.2.1)
#
# **Arrow 1, from cluster to technology.** Clusters are where knowledge flows {cite:p}`lazzeretti2012`, and in farming where technology moves on and spreads
# fastest {cite:p}`zeng2019`. *Scale*: on many adjoining fields a combine harvester, smart irrigation or a spraying drone pays off, and machines take the
# place of simple manual work {cite:p}`wardhana2017,he2020`. *Policy*: the notice asks clusters to strengthen "ties with scientific research
# institutions", to set up expert teams and to raise "production technology and equipment standards", and money, people and equipment follow
# {cite:p}`khuntonthong2013`. *Neighbours*: what one farmer knows of soils and pests spreads by field demonstrations and training
# {cite:p}`chatterjee2016,ng2017`, and leading firms and cooperatives are a showcase and a testing ground, from which others learn by doing {cite:p}`joffre2019`.
#
# **Arrow 2, from technology to rural income.** Costs fall, output and quality rise. And hands that are no longer needed find wages in industry and services
# {cite:p}`guo2022,tabeojong2023`. *Where it may fail:* if those wages are earned in the county town by people who have moved there, they are counted as urban.
#
# ### A longer and wider chain (2.2.2)
#
# **Arrow 3, from cluster to chain.** Clusters lengthen chains {cite:p}`hui2022`. *Policy* again: processing and trade are to be driven "down to rural areas", so that the value
# they add "is retained within rural communities": storage, cooling, drying, grading and packing first, then processing in depth by leading firms. *Factors*:
# capital, technology, skill and land gather there {cite:p}`qie2023`, and carry farming from the mere product to its services {cite:p}`poulton2010`.
# *Other trades*: logistics, packaging and printing, tourism {cite:p}`zeleke2024`.
#
# **Arrow 4, from chain to rural income.** What counts for the gap is not the absolute but the *relative* income of the countryside
# {cite:p}`molerosimarro2017`. *Jobs*: processing firms create work close to home {cite:p}`briones2015,otsuka2020`. *Diversification*: farmers earn from
# supplying inputs, hauling, selling online or hosting guests, and from value added beyond the farm gate {cite:p}`zeleke2024`. *Where it may fail:* the firms' profits and
# their better jobs may go to town, the dashed arrow; then the gap can widen while everyone gains.
#
# ### Brands (2.2.3)
#
# **Arrow 5, from cluster to brand.** A cluster's product carries its place in its name; local culture sets it apart {cite:p}`frick2013`. Associations and leading firms set common
# rules for growing, grading and packing, so that quality is even {cite:p}`otsuka2020`. And many firms side by side share the cost of a brand, which a smallholder could not bear
# {cite:p}`briones2015`. The notice names brands as an aim.
#
# **Arrow 6, from brand to rural income.** A brand turns farmers from quantity to quality {cite:p}`rathee2023`. A shared reputation breaks competition among equals and carries a
# premium {cite:p}`neeman2019`, because buyers are willing to pay for it {cite:p}`castriota2015`. A certified origin opens supermarkets, online grocers and
# exports {cite:p}`menapace2012`; live streams and neighbourhood groups do without middlemen. *Where it may fail:* the premium goes to whoever owns the label.
#
# ### The hypotheses
#
# **H1.** The development of clusters narrows the urban–rural income gap: in counties that join one, it becomes narrower than it would have been.
#
# **H2.** It does so by raising farming technology, by extending and widening the industrial chain, and by building agricultural brands.
#
# The words *than it would have been* are ours. H1 compares a county with itself in a history that
# did not happen, and every chapter from here on tries to stand in for that history with
# counties that stayed outside.
#
# ### What could look like it
#
# The dashed arrows of {numref}`fig-causal` are what the paper's argument leaves out.
# If counties with a strong product would have caught up anyway, *who is chosen* moves incomes without
# the cluster. County and year fixed effects remove what is constant in a county and what is
# common to a year; they do not remove a county's own trend. If a cluster also raises *urban*
# incomes, by processing plants in the county town, the gap need not narrow although everyone
# gains. And H2 needs more than three arrows out of the cluster: it needs arrows 2, 4 and 6 as well, which {doc}`chapter 4.5 <04_5_mechanisms>` looks for.

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

# %% tags=["check"]
check_1(answer_1, clusters)

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
# concentrate on one batch? For each bar, compute the largest share that a single one of the
# first three batches has in its clusters (a Series `answer_2`, indexed by place). Which
# stands out, and is that news?
#
# <details class="hint"><summary>Hint</summary>
#
# `counts` holds places in rows and batches in columns. Look at how many clusters the place in
# the first row (the bottom bar) has in all.
#
# </details>

# %% tags=["solution", "hide-cell"]
answer_2 = counts.div(counts.sum(axis=1), axis=0).max(axis=1)

# %% tags=["check"]
check_2(answer_2, in_panel.assign(place=places))

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

# %% tags=["check"]
check_3(answer_3, clusters, in_panel)

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
