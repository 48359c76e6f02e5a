# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Do industry clusters narrow the urban–rural income gap?

# %% [markdown] tags=["synthetic"]
# *A literate replication on a synthetic county panel, with an audit of the printed numbers and public data that are real:
# “Can the development of advantageous and characteristic industry clusters narrow the urban-rural income gap? Evidence from
# China” {cite:p}`lixuegeng`.*

# %% [markdown]
# {doc}`中文摘要 <96_zh_summary>` · {doc}`What is real here <00_what_is_real>` · {doc}`Glossary 术语表 <glossary>`

# %% tags=["parameters", "remove-input"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
RESULTS = "../build/results"  # where the results of the other chapters lie

# %% tags=["remove-input"]
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns

import clustergap as cg
from bookkit import ledger, provenance
from bookkit.display import COLOURS
from bookkit.page import Page
from clustergap import official
from printcheck import verdicts

YEARBOOK = (
    "National Bureau of Statistics of China, China Statistical Yearbook"
)
study = cg.load(DATA)
page = Page("index", study)
cells, text = ledger.published(), ledger.published_text()
comparison = provenance.with_provenance(
    verdicts.compare(ledger.read_records(RESULTS), cells, text)
)
printed = cells.set_index(["exhibit", "column", "row", "statistic"])[
    "printed"
]
told = text.set_index("key")["printed"].astype(float)
effect = float(printed["table_2", "3", "did", "estimate"])
by_iv = float(printed["table_3", "2", "did", "estimate"])
mean = float(printed["table_1", "main", "gap", "mean"])
provinces = cg.load_official("province_income").rename(
    columns={"urban_income_yuan": "u", "rural_income_yuan": "r"}
)
p = provinces["urban_share"]
provinces["theil"] = cg.theil(provinces["u"], provinces["r"], p, 1 - p)
real = provinces.dropna(subset="theil")
counties = None  # they may have been taken out of a copy
if official.COUNTIES.is_dir():
    counties = cg.load_counties()["theil"].dropna()
# the least income ratio at which some urban share gives a Theil index of the printed size
ratios, shares = (
    np.linspace(1, 10, 9001)[:, None],
    np.linspace(0.01, 0.99, 99),
)
highest = cg.theil(ratios, 1, shares, 1 - shares).max(axis=1)

# %% tags=["remove-cell"]
page.tell(
    untold="narrow the gap. The county data are not public, and the panel on which every table is computed again was made so that the printed numbers come out"
    if study.synthetic
    else "narrow the gap in the paper's counties. Their data are not public, and every table is computed again on your own instead",
    start=int(told["policy_approval_year"]),
    counties=told["counties_data"],
    effect=-effect,
    mean=mean,
    relative=-effect / mean,
    said=told["reduction_percent"],
    official=real["theil"].mean(),
    times=mean / real["theil"].mean(),
    least_ratio=ratios[highest >= mean - 0.0005].min(),
    nation_low=told["income_ratio_2024"],
    nation_high=told["income_ratio_2014"],
    iv_over_ols=by_iv / effect,
    iv_over_mean=-by_iv / mean,
    numbers=len(comparison),
    verified=provenance.verified(comparison).sum(),
)

# %% tags=["remove-input"]
page.words(
    own="*The regressions of “Can the development of advantageous and characteristic industry clusters narrow the urban-rural income gap? Evidence from China” "
    "{cite:p}`lixuegeng` on county tables of your own, with an audit of the printed numbers and public data that are real.*"
)

# %% [markdown]
# From {glue:text}`start` on, China paid groups of neighbouring counties to build an industry round a strong farm product. **The paper claims** that joining such a cluster lowers a county's
# urban–rural Theil index, a measure of how far apart incomes in town and country are, by {glue:text}`effect:.3f`, on a panel of {glue:text}`counties:,.0f` counties. That is
# {glue:text}`relative:.0%` of its mean, not the "{glue:text}`said:.1f`%" of the text.
#
# **You may conclude from this book** what the printed numbers say about each other, and beside public figures. Most of them fit together. Of what does not, four things matter most:
#
# - the mean of the index, {glue:text}`mean:.3f`, is {glue:text}`times:.1f` times what official provincial figures give
#   ({glue:text}`official:.3f`), and asks for incomes in town of at least {glue:text}`least_ratio:.1f` times those in the country (the nation's: {glue:text}`nation_low` to {glue:text}`nation_high`);
# - the estimate with an instrument is {glue:text}`iv_over_ols:.0f` times the baseline, and {glue:text}`iv_over_mean:.1f` times that mean;
# - the first-stage $F$ of that estimate fits unclustered errors, although the table says that they are clustered;
# - grain, the group with the largest effect, seems to have no never-treated county beside it.
#
# **You may not conclude** whether clusters {glue:text}`untold`. Of
# {glue:text}`numbers` printed numbers, only {glue:text}`verified` are verified against anything independent, and none of those is a result.

# %% tags=["remove-input"]
average = real.groupby("province")["theil"].mean()
rows = 2 if counties is not None else 1
fig, axes = plt.subplots(
    rows,
    1,
    figsize=(6.4, 1.6 * rows + 0.5),
    sharex=True,
    squeeze=False,
    gridspec_kw={"hspace": 0.05},
)
top, bottom = axes[0, 0], axes[-1, 0]
sns.swarmplot(x=average, size=6, color=COLOURS["green"], ax=top)
top.set_title("31 provinces, mean of 2014 to 2022")
for place in ("Gansu", "Tianjin"):
    top.annotate(place, (average[place], -0.2), ha="center")
top.annotate(
    f"the paper's mean\nover its counties, {mean:.3f}",
    (mean - 0.005, 0),
    ha="right",
    va="center",
    color=COLOURS["vermillion"],
)
if counties is not None:
    sns.histplot(
        counties, binwidth=0.005, color=COLOURS["green"], alpha=0.6, ax=bottom
    )
    bottom.set_title(
        f"{len(counties):,} county-years of counties once listed as poor"
    )
for axis in axes.flat:
    axis.axvline(mean, color=COLOURS["vermillion"], linewidth=2.5)
    axis.set(ylabel="", yticks=[])
    axis.spines["left"].set_visible(False)
bottom.set(xlim=(0, 0.38), xlabel="urban–rural Theil index")
page.figure(
    fig,
    name="fig-level",
    caption="The level of the outcome, from public figures: provinces ({doc}`chapter 3 <03_data>`), real counties ({doc}`chapter 5.1 <05_1_real_levels>`), "
    "and the mean that the paper prints (line).",
    alt=f"Dots of 31 provinces between {average.min():.2f} (Tianjin) and {average.max():.2f} (Gansu), below them the distribution over real "
    f"county-years, which ends well below the line far to the right that marks the paper's mean, {mean:.3f}.",
    source="real public data (chapters 3 and 5.1); the line: the paper's Table 1",
)

# %% tags=["remove-input"]
None if study.synthetic else page.banner()

# %% [markdown]
# ## Ways in
#
# ::::{grid} 1 1 2 2
# :gutter: 3
#
# :::{grid-item-card} Judge →
# :link: 89_audit_brief
# :link-type: doc
# The audit in brief: what the printed numbers give away, on one page. Behind each finding stands its arithmetic and the answer an author could give.
# :::
#
# :::{grid-item-card} Read →
# :link: 01_introduction
# :link-type: doc
# The paper's sections in order, with every regression in the open. Sliders work in the page, without internet.
# :::
#
# :::{grid-item-card} Study →
# :link: 04_1_baseline
# :link-type: doc
# Change a formula, see what happens. Each chapter ends with exercises that check your answer; the buttons at the top of a page
# open or download it.
# :::
#
# :::{grid-item-card} Bring your own data →
# :link: _generated/codebook
# :link-type: doc
# `make book DATA=path/to/folder` writes the same book about real county tables. The codebook says which are needed.
# :::
# ::::
#
# To check the book itself, see {doc}`every printed number with its verdict <80_scoreboard>`; {doc}`chapter 7 <07_1_staggered>` has newer methods.

# %% [markdown] tags=["synthetic"]
# {doc}`How the synthetic panel was made <91_synthetic_panel>` has a page of its own.
