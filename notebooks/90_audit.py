# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The audit: what the printed numbers alone reveal
#
# A reviewer does not need the data to test a paper's numbers. A constant printed as
# {glue:text}`example:.3f` was something between {glue:text}`example_lo:.4f` and
# {glue:text}`example_hi:.4f` before it was rounded; a least-squares plane passes through the
# means; a sample splits into parts that add up. This page applies such rules to the tables of
# {cite:t}`lixuegeng`. **Its numbers come from the paper's printed tables and sentences alone**,
# and, where it says so, from official statistics of China. No synthetic data are used here.
#
# The findings are about printed numbers, not about persons. Most of them have an innocent
# explanation, and each names what would settle it. The paper was read in a machine conversion, which
# truncates words and garbles a line of its Table 1. What a conversion can do by itself (lose a heading
# or a pair of brackets, make *Y* of *Yes*, mix up indices in formulas) is not counted.
# "Table 2 (3)" is column 3 of the paper's Table 2; this page's own tables are linked.

# %% tags=["parameters"]
SEED = 90  # of the planted errors at the end of the page

# %% tags=["hide-input"]
import html
import json
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
from myst_nb import glue
from scipy.stats import ncx2

from bookkit import display as style
from bookkit.ledger import published, published_text
from bookkit.page import export
from clustergap import load_official
from clustergap.panel import CONTROLS
from clustergap.printed_cells import SHOWN, check_paper
from paneldid.weakiv import STOCK_YOGO_10, TF_BOUND
from printcheck.checks import (
    FORMULAS,
    Outcome,
    agree,
    finding,
    formula_fits,
    hull,
    intervals,
    lowest_ratio,
    pooled,
    theil_terms,
)
from printcheck.intervals import Interval
from yearbooks.contract import EASTERN

SOURCE = "the printed tables and sentences of the paper, no county data"
cells, text = published(), published_text()
cell = cells.set_index(["exhibit", "column", "row", "statistic"]).printed
said = text.set_index("key").printed
read = check_paper(cells, text)
numbers = {key: item.numbers for key, item in read.items()}

# %% [markdown]
# ## Rules of the page
#
# Every check ends in one of four outcomes.
#
# | Outcome | Meaning |
# |---|---|
# | CONSISTENT | unrounded numbers exist that fit everything printed |
# | CONSISTENT_ONLY_IF | they exist if a condition holds that the paper does not state |
# | INCONSISTENT | under the stated assumption, no unrounded numbers fit |
# | NOT_TESTABLE | the printed numbers cannot decide |
#
# Each finding also says what it would touch if it stands: nothing, the *presentation*, the
# *interpretation* of an estimate, or its *identification*, that is, whether the comparison can
# answer the question at all.

# %% tags=["hide-input"]
# Checks that need this paper's words, or a table of official statistics, beside its cells.
rows, units = (
    int(cell["table_1", "main", "gap", "n"]),
    int(said["counties_data"]),
)
periods = rows // units
high, grain = (
    int(cell["table_6", column, "model", "n"]) for column in ("1", "2")
)
grain_units = units - high // periods
lone = grain_units * periods - grain
clusters, zones = load_official("clusters"), load_official("capaa_counts")
listed = clusters[clusters.batch_year <= int(said["cluster_list_third_year"])]
years_treated = int(said["last_year_data"]) + 1 - listed.batch_year
is_grain = listed.cluster_type == "grain"
treated = read["treated_share"].numbers["treated"]
# rows of the grain counties, if all of them joined in the batches of the grain clusters
grain_rows = grain_units * years_treated[is_grain].mean()
per_grain = grain_units / is_grain.sum()
per_other = (treated - grain_rows) * (1 / years_treated[~is_grain].sum())
per_any = treated * (1 / years_treated.sum())
idle = grain_units - per_any * int(is_grain.sum())
read["grain"] = finding(
    f"{high} = ({units} − {grain_units}) × {periods}; "
    f"{grain_units} × {periods} − {grain} = {lone}; {high} + {grain} + {lone} = {rows}",
    high + grain + lone != rows,
    "counties without any cluster all stand in the high-value column, one county is "
    f"high-value in one year and grain in {periods - 1}, and a grain cluster covers {per_grain:.1f} "
    f"counties where another one covers {per_other:.1f}",
    counties=grain_units,
    idle=idle,
    per_grain=per_grain,
    per_other=per_other,
)

flips = [
    name
    for name in SHOWN
    if float(cell["table_2", "2", name, "estimate"])
    * float(cell["table_2", "3", name, "estimate"])
    < 0
]
read["controls"] = finding(
    f"{len(flips)} of the {len(SHOWN)} controls with visible digits change sign from column 2 to column 3: "
    + ", ".join(flips),
    None,
)

income = load_official("national_income").set_index("year")
first = income.loc[int(said["income_ratio_first_year"])]
ratio_2014 = first.urban_income_yuan / first.rural_income_yuan
gap_2014 = first.urban_income_yuan - first.rural_income_yuan
read["national"] = agree(
    {
        "income ratio of 2014": (
            said["income_ratio_2014"],
            f"{ratio_2014:.2f}",
        ),
        "income gap of 2014": (said["income_gap_2014"], f"{gap_2014:.0f}"),
        "clusters of the first batch": (
            int(said["clusters_first_batch"]),
            int(
                (
                    clusters.batch_year == int(said["policy_approval_year"])
                ).sum()
            ),
        ),
        "clusters in all": (int(said["clusters_total"]), len(clusters)),
        "first advantage areas": (
            int(said["capaa_first_batch"]),
            int(zones.designated.iloc[0]),
        ),
    }
)
designated = int(zones.designated.sum())
read["capaa"] = finding(
    f"{said['capaa_total']} in the text, {designated} in the lists of the batches",
    designated == int(said["capaa_total"]),
    "the lists at hand lack some designations",
)

printed = intervals(cells)
provinces = load_official("province_income")
code = provinces.drop_duplicates("province").set_index("province").code
east_units = int(cell["table_6", "3", "model", "n"]) // periods
east = {
    "counties": east_units / units,
    "clusters": float(listed.province.map(code).isin(EASTERN).mean()),
}
read["pooled_region"] = pooled(
    printed["table_2", "3", "did", "estimate"],
    [printed["table_6", column, "did", "estimate"] for column in ("3", "4")],
    hull(np.array([*east.values()])),
)

read["headings"] = agree(
    {
        "first heading under 3.2, printed and due": ("4.2.1", "3.2.1"),
        "heading after 4.6": ("6", "5"),
    }
)
read["labels"] = agree(
    {
        "control of Table 4 (4), table and text": ("SAPAAs", "CAPAAs"),
        "group 1 of equations 1 and 2": ("urban", "rural"),
        "firms of Table 5 (2), table and section 4.5.2": (
            "auxiliary",
            "processing",
        ),
        "measure of finance, note 6 and Table 1": ("loans", "loans over GDP"),
        "firms, heads of Table 5 and section 3.2.3": ("number", "logarithm"),
        f"Edu, defined and with a mean of {cell['table_1', 'main', 'edu', 'mean']}": (
            "percentage",
            "share",
        ),
    }
)
read["described"] = finding(
    "Table 1 has no line for the Gini coefficient of Table 4 (1), for ruggedness and for the "
    f"dummy of Table 4 (4), so that {cell['table_4', '1', 'did', 'estimate']} has no base and "
    f"{cell['table_3', '1', 'ruggedness', 'estimate']} no unit; section 3.1 names no source "
    "of ruggedness, and none of the incomes and populations of town and country, unless the "
    "additional macroeconomic data are they".replace("-", "−"),
    None,
)
read["citations"] = agree(
    {
        "sections 1 and 2.2": ("Wan and John, 2023", "Wan and Knight, 2023"),
        "section 1": (
            "Galvez-Nogales and Webber, 2017",
            "Galvez and Webber, 2017",
        ),
        "section 1, later 2.2.1": (
            "Khunthonthong, 2013",
            "Khuntonthong et al., 2013",
        ),
        "section 4.6.1": ("Birthal et al., 2020", "Birthal et al., 2019"),
        "section 1, two authors listed": (
            "Tabe-Ojong et al., 2023",
            "Tabe-Ojong and Owusu-Sekyere, 2023",
        ),
        "section 4.6.3": ("Gao et al., 2024", "not listed"),
        "Briones, 2015": ("No. 43-52", "pp. 43-52"),
        "listed twice": ("Guo et al., 2022", "Guo et al., 2022, again"),
        "listed again": (
            "Molero-Simarro, 2017",
            "Molero-Simarro, 2017, again",
        ),
    }
)

pages = {  # note: date in its address, the year and the total it is cited for
    2: ("2020-05-22", "clusters_total"),
    3: ("2017-10-31", "capaa_total"),
}
early = [
    f"note {note}, a page of {day}, is cited for {said[total]} by {said[total + '_year']}"
    for note, (day, total) in pages.items()
    if day < said[total + "_year"]
]
read["notes"] = finding(
    "; ".join(early), not early, "the pages were extended after that day"
)

# %% tags=["hide-input"]
MEANS = (
    "least squares with an intercept; every column uses the rows of Table 1"
)
ROUNDING = "numbers are rounded to the printed decimals"
COPY = "the copy read, a machine conversion, has these words as the paper prints them"
# id: title, where, assumption, what it touches, what would settle it
PLACED = {
    "variance_ratio": (
        "The first-stage F fits a variance without clustering",
        "Table 3",
        "the number in the F's row is an F; ruggedness × trend is the instrument, ruggedness is unrelated to the timing of "
        "treatment, and controls explain little of either; any mix of the three cohorts",
        "identification",
        "the first stage's variance option, or the F with county clustering",
    ),
    "iv_scale": (
        "The 2SLS effect exceeds the outcome's mean",
        "Table 3 (2)",
        "the outcome is a Theil index, which cannot be negative",
        "identification",
        "the reduced form, an Anderson–Rubin interval, and the untreated mean of compliers",
    ),
    "grain": (
        "The grain column seems to hold no never-treated county",
        "Table 6 (1)–(2), note 5",
        "a balanced panel, as section 3.1 says; singletons are dropped; counties join with the "
        "clusters on the official lists",
        "identification",
        "counts of treated and never-treated counties in each column",
    ),
    "split_type": (
        "Cluster type: the parts lack one row",
        "Table 6 (1)–(2)",
        "a balanced panel, as section 3.1 says",
        "presentation",
        "the row that is missing",
    ),
    "split_finance": (
        "The finance split fits county-years, not counties",
        "Table 6 (5)–(6), note 6",
        "a balanced panel, as section 3.1 says",
        "identification",
        "the rule of the split; the same columns with counties split once, by their value before "
        "the policy",
    ),
    "theil_level": (
        "The Theil level needs very unequal counties",
        "Table 1, equation 1",
        "equation 1 is what was computed, from disposable incomes",
        "interpretation",
        "the index of a single county with its two incomes and populations",
    ),
    "two_indices": (
        "The effects on Theil and Gini need another income ratio",
        "Tables 2 (3) and 4 (1), equations 1 and 2",
        "population shares do not move with the policy; one ratio for all",
        "interpretation",
        "the same single county, with its Gini coefficient",
    ),
    "percent": (
        f"The {said['reduction_percent']} % are hundredths of a Theil point",
        "section 4.1",
        "a reduction in percent is relative to the outcome's mean",
        "interpretation",
        "one word: points",
    ),
    "clustering": (
        "Standard errors cannot be told from unclustered ones",
        "Table 2, its note",
        "R² and the outcome's standard deviation belong to the same rows",
        "interpretation",
        "the command, or the columns again with each variance",
    ),
    "pooled_type": (
        "The pooled effect lies outside the effects by cluster type",
        "Tables 2 (3) and 6 (1)–(2)",
        "the pooled coefficient is a weighted mean of the two types' effects in the whole sample",
        "interpretation",
        "one regression on the whole sample with an interaction",
    ),
    "pooled_region": (
        "In the pooled effect the East weighs more than its clusters and counties",
        "Tables 2 (3) and 6 (3)–(4)",
        "the pooled coefficient is a weighted mean of the two regions' effects; the East's weight "
        "lies between its share of the clusters, Liaoning's included, and of the counties",
        "interpretation",
        "one regression on the whole sample with an interaction",
    ),
    "two_errors": (
        "The effect is measured far better on Theil than on Gini",
        "Tables 2 (3) and 4 (1)",
        "clustering multiplies both variances alike; the Gini coefficient spreads no more than the "
        "Theil index, as at fixed shares where the income ratio exceeds e",
        "interpretation",
        "the Gini coefficient's mean and standard deviation",
    ),
    "ceiling_atl": (
        "Machinery",
        "Table 5 (1)",
        MEANS,
        "interpretation",
        "the second step, a × b",
    ),
    "ceiling_chain_aux": (
        "No mechanism carries the whole effect; auxiliary firms",
        "Table 5 (2)",
        MEANS,
        "interpretation",
        "the second step, a × b",
    ),
    "ceiling_chain_process": (
        "Processing firms",
        "Table 5 (3)",
        MEANS,
        "interpretation",
        "the second step, a × b",
    ),
    "ceiling_brand": (
        "Brands",
        "Table 5 (4)",
        MEANS,
        "interpretation",
        "the second step, a × b",
    ),
    "event_window": (
        "Event time −8 exists and is not named",
        "section 4.1, Figure 1",
        "cohorts of the three lists, years of section 3.1",
        "interpretation",
        "where the earliest year of the last cohort went",
    ),
    "matched": (
        "Matching dropped few rows",
        "Table 4 (3), section 4.4.4",
        "a balanced panel, as section 3.1 says",
        "interpretation",
        "caliper, neighbours, and the level of matching",
    ),
    "controls": (
        "Controls may be outcomes of the policy",
        "Table 2 (2)–(3)",
        "none: the printed numbers cannot tell a cause from an effect",
        "interpretation",
        "column 3 without controls, or with their values before the policy times year",
    ),
    "period": (
        "Two periods are named, and the rows fit one",
        "abstract, sections 1, 3.1 and 6",
        "the panel is balanced, as section 3.1 says",
        "presentation",
        "one of the two periods",
    ),
    "plane_2": (
        "Pgra, column 2",
        "Table 2 (2)",
        MEANS,
        "presentation",
        "a rescaled variable",
    ),
    "plane_3": (
        "A starred zero hides a large effect",
        "Table 2 (3)",
        MEANS
        + "; the constant is the one that closes the means, as reghdfe prints it",
        "presentation",
        "a rescaled variable",
    ),
    "logarithms": (
        "The logarithms of counts lack no row",
        "Tables 1 and 5 (2)–(3), section 3.2.3",
        "the variables are logarithms of counts, as section 3.2.3 says",
        "presentation",
        "the formula of the two variables",
    ),
    "described": (
        "Three variables and two sources are not described",
        "Tables 1, 3 and 4, section 3.1",
        "none",
        "interpretation",
        "three lines in Table 1, and two sources",
    ),
    "names": (
        "One number bears two names",
        "Table 3, section 4.3",
        "a Wald F and an LM statistic differ",
        "presentation",
        "the LM statistic",
    ),
    "headings": (
        "Section numbers skip",
        "sections 3.2 and 6",
        COPY,
        "presentation",
        "a proof",
    ),
    "labels": (
        "Labels differ",
        "see arithmetic",
        COPY,
        "presentation",
        "a proof",
    ),
    "citations": (
        "Citations and list differ",
        "references",
        COPY,
        "presentation",
        "a proof",
    ),
    "notes": (
        "Notes are older than what they are cited for",
        "notes 2 and 3, sections 2.1 and 4.4.5",
        "the date in the address is that of the page",
        "presentation",
        "the pages that give the totals",
    ),
    "capaa": (
        "Advantage areas",
        "section 4.4.5",
        "official lists of the batches",
        "presentation",
        "the list of the last batches",
    ),
    "stars": (
        "Stars and t ratios",
        "Tables 2–6",
        ROUNDING,
        "presentation",
        "one more decimal",
    ),
    "treated_share": (
        "Treated rows, found twice",
        "Tables 1 and 2 (1)",
        MEANS,
        "",
        "",
    ),
    "range": ("Every number is in its range", "Tables 1–6", "none", "", ""),
    "rows": (
        "Full-sample columns have all rows",
        "Tables 1–5",
        "none",
        "",
        "",
    ),
    "words": (
        "Sentences repeat the tables",
        "sections 4.1–4.6",
        "none",
        "",
        "",
    ),
    "nested_r2": (
        "R² rises as regressors are added",
        "Tables 2 and 4",
        MEANS,
        "",
        "",
    ),
    "first_stage": (
        "First-stage t and F",
        "Table 3",
        "one instrument",
        "",
        "",
    ),
    "split_region": (
        "Regions add up, in whole counties",
        "Table 6 (3)–(4)",
        "none",
        "",
        "",
    ),
    "difference_type": (
        "Effects differ by type",
        "Table 6",
        "independent samples",
        "",
        "",
    ),
    "difference_region": (
        "Effects differ by region",
        "Table 6",
        "independent samples",
        "",
        "",
    ),
    "difference_finance": (
        "Effects differ by finance",
        "Table 6",
        "any covariance",
        "",
        "",
    ),
    "pooled_finance": (
        "Pooled effect between finance levels'",
        "Tables 2, 6",
        "none",
        "",
        "",
    ),
    "national": (
        "National figures of 2014",
        "sections 1, 2.1, 4.4.5",
        "official lists",
        "",
        "",
    ),
}


def place(key: str) -> SimpleNamespace:
    """Put a reading into the paper; what fits touches nothing."""
    title, where, assumption, touches, settled = PLACED[key]
    fits = read[key].outcome == Outcome.CONSISTENT
    return SimpleNamespace(
        **vars(read[key]),
        id=key,
        title=title,
        where=where,
        assumption=assumption,
        consequence="none" if fits else touches,
        resolved_by=settled,
    )


assert set(PLACED) == set(read), set(PLACED) ^ set(read)
findings = {key: place(key) for key in PLACED}


def show(*keys: str) -> style.Rendered:
    """Findings as boxes: outcome, assumption, arithmetic, condition, what would settle it."""
    boxes, plain = [], []
    for item in (findings[key] for key in keys):
        head = f"{item.outcome}; touches: {item.consequence}; {item.where}"
        lines = {
            "Assumption": item.assumption,
            "Arithmetic": item.arithmetic,
            "Only if": item.condition,
            "Settled by": item.resolved_by,
        }
        body = [
            f"*{name}*: {words}." for name, words in lines.items() if words
        ]
        kind = "warning" if item.outcome == Outcome.INCONSISTENT else "note"
        escaped = "\n\n".join([f"**{head}**", *body]).replace("|", "\\|")
        boxes.append(
            f":::{{admonition}} {item.title}\n:class: {kind}\n\n{escaped}\n:::"
        )
        plain.append("\n".join([item.title, head, *body]).replace("*", ""))
    text_only = "\n\n".join(plain)
    return style.Rendered(
        "\n\n".join(boxes), f"<pre>{html.escape(text_only)}</pre>", text_only
    )


def table(
    rows: list, head: list, name: str, caption: str, source: str = SOURCE
):
    """A numbered table of printed or computed strings."""
    return style.table(
        pd.DataFrame(rows, columns=head).astype(str),
        name=f"tbl-{name}",
        caption=caption,
        source=source,
    )


for key, item in findings.items():
    for name, value in item.numbers.items():
        slug = re.sub(r"\W+", "_", f"{key}_{name}").lower()
        glue(f"{slug}_lo", float(value.lo), display=False)
        glue(f"{slug}_hi", float(value.hi), display=False)
example = Interval.from_printed(
    cell["table_2", "1", "constant", "estimate"], 3
)
glue("example", (example.lo + example.hi) / 2, display=False)
glue("example_lo", example.lo, display=False)
glue("example_hi", example.hi, display=False)
counts = pd.Series(
    [finding.outcome for finding in findings.values()]
).value_counts()
for outcome in Outcome:
    glue(
        f"count_{outcome.lower()}", int(counts.get(outcome, 0)), display=False
    )
glue("count_all", len(findings), display=False)
kept = ("id", "title", "where", "outcome", "consequence", "resolved_by")
record = [
    {name: str(getattr(f, name)) for name in kept}
    | {"numbers": {key: [v.lo, v.hi] for key, v in f.numbers.items()}}
    for f in findings.values()
]
text_out = json.dumps(
    {"schema": "clustergap.audit", "version": 1, "findings": record},
    indent=1,
    ensure_ascii=False,
)
export({"audit.json": text_out + "\n"})

# %% [markdown]
# ## The summary, in three minutes
#
# Of {glue:text}`count_all` checks, {glue:text}`count_consistent` find the printed numbers
# consistent as they stand (unrounded numbers exist that fit everything),
# {glue:text}`count_consistent_only_if` find them consistent only
# if something holds that the paper does not say, {glue:text}`count_inconsistent` find them
# inconsistent as worded, and {glue:text}`count_not_testable` cannot be decided from print.
#
# **What matters most.** The outcome's level fits the printed formula only if counties are far
# more unequal than the country, so the size of every effect hangs on what was computed. The
# instrument's F fits a variance that is not clustered; clustered by county, with ruggedness
# unrelated to the timing of treatment and with controls that explain little, it would be
# {glue:text}`variance_ratio_clustered_f_lo:.0f` to {glue:text}`variance_ratio_clustered_f_hi:.0f`
# instead of {glue:text}`kp:.0f`. And the largest effect by cluster type seems to rest on a
# sample without never-treated counties.
#
# **What holds.** The two ways to find the number of treated county-years from Table 2 agree:
# {glue:text}`treated_share_treated_lo:,.0f` to {glue:text}`treated_share_treated_hi:,.0f`. Stars
# fit their t ratios wherever rounding lets one tell. Sample sizes of full-sample columns, the
# split by region, R² from column to column, and the sentences that repeat a table all agree.
# The effects by region, by cluster type and by finance differ by more than chance, as far as
# the standard errors can be relied on. (Whether one data set can show all printed numbers at
# once is another question, which {doc}`the calibration of the synthetic panel <91_synthetic_panel>` takes up.)
#
# **What costs least.** Two sentences would settle the period and the percentage; one county's
# incomes, populations and two indices would settle the level; one line of code would settle
# the variance. {numref}`tbl-audit-summary` lists what an editor might ask for.

# %% tags=["hide-input"]
SUMMARY = [
    "variance_ratio",
    "iv_scale",
    "grain",
    "split_finance",
    "theil_level",
    "two_indices",
    "two_errors",
    "pooled_type",
    "pooled_region",
    "clustering",
    "percent",
    "ceiling_chain_aux",
    "event_window",
    "matched",
    "controls",
    "period",
    "described",
    "plane_3",
    "names",
]
SHORT = {
    Outcome.CONSISTENT_ONLY_IF: "only if",
    Outcome.INCONSISTENT: "inconsistent",
    Outcome.NOT_TESTABLE: "not testable",
}
table(
    [
        [
            f"{f.title} ({f.where})",
            SHORT[f.outcome],
            f.consequence,
            f.resolved_by,
        ]
        for f in (findings[key] for key in SUMMARY)
    ],
    ["Finding", "Outcome", "Touches", "Ask for"],
    "audit-summary",
    "Findings that deserve an answer, gravest first",
)

# %% tags=["hide-input"]
kp = float(cell["table_3", "1", "model", "kleibergen_paap_f"])
cd = float(cell["table_3", "1", "model", "cragg_donald_f"])
fewest_dof = rows - units - periods - len(CONTROLS)
glue("kp", kp, display=False)
glue("cd", cd, display=False)
glue("partial_hi", 100 * cd / (cd + fewest_dof), display=False)
glue("stock_yogo", STOCK_YOGO_10, display=False)
glue("tf_bound", TF_BOUND, display=False)
# Montiel Olea and Pflueger: noncentrality one over the tolerated bias, a tenth
glue("effective_bound", float(ncx2.ppf(0.95, 1, 10)), display=False)
glue("lm", float(said["kleibergen_paap_lm"]), display=False)

# %% [markdown]
# ## What touches identification
#
# ### The first stage's F and its variance
#
# Table 3 prints two F statistics of the same first stage: {glue:text}`cd:.3f` (Cragg–Donald),
# which supposes independent errors, and {glue:text}`kp:.3f` (Kleibergen–Paap), which allows for
# the variance that the table's note calls clustered by county. Their ratio,
# {glue:text}`variance_ratio_ratio_lo:.3f`, is what clustering did to the variance. How much
# *should* it do? The instrument is a county constant times a trend. Treatment, once it starts,
# stays. Both move slowly within a county, so a county's {glue:text}`periods` products of
# instrument and error mostly share a sign, and their sum varies far more than if they were
# independent.
#
# With the number of treated rows found above, three cohorts in any proportion, and ruggedness
# unrelated to when a county is treated, the ratio lies between
# {glue:text}`variance_ratio_clustered_lo:.1f` and {glue:text}`variance_ratio_clustered_hi:.1f`
# under county clustering. With a variance that is robust to heteroskedasticity only it lies
# between {glue:text}`variance_ratio_robust_lo:.1f` and {glue:text}`variance_ratio_robust_hi:.1f`,
# where the printed ratio is. So either the variance was not clustered; or at least
# {glue:text}`variance_ratio_share_lo:.0%` of all variation in ruggedness
# ({glue:text}`variance_ratio_share_hi:.0%` if both F count parameters alike) lies among the
# counties treated last, the only ones whose products nearly cancel; or the controls take up so much of the
# treatment that what they leave of it no longer stays. A larger spread
# among never-treated counties cannot do it ({doc}`91_synthetic_panel`).
#
# One doubt remains: section 4.3 calls the same {glue:text}`lm:.3f` an LM statistic. If it is
# that, the F is not printed, and coefficient and standard error allow any from
# {glue:text}`first_stage_squared_lo:.1f` to {glue:text}`first_stage_squared_hi:.1f`. The finding would
# stand all the same. The variance of an LM statistic also holds what the instrument explains, so that as a rule it is
# smaller than its F. The F would then be larger than {glue:text}`kp:.0f`, and the ratio of the two smaller
# still ({doc}`91_synthetic_panel` has an example).
#
# It matters because the F is read against a threshold. The usual one for one instrument, derived for
# independent errors, is {glue:text}`stock_yogo:.2f` {cite:p}`stock2005`. For clustered errors the
# effective F has to reach {glue:text}`effective_bound:.1f` for a bias of at most a tenth
# {cite:p}`montielolea2013`, and {glue:text}`tf_bound:.1f` for an interval that needs no widening
# {cite:p}`lee2022`. The printed {glue:text}`kp:.1f` passes the first two; a clustered F would be
# {glue:text}`variance_ratio_clustered_f_lo:.1f` to
# {glue:text}`variance_ratio_clustered_f_hi:.1f`. In either case the instrument explains at most
# {glue:text}`partial_hi:.2f` % of what the fixed effects leave of treatment.

# %% tags=["hide-input"]
show("variance_ratio", "first_stage", "names")

# %% [markdown]
# ### The size of the 2SLS estimate
#
# The estimate is {glue:text}`iv_scale_times_lo:.0f` to {glue:text}`iv_scale_times_hi:.0f` times
# the one without instrument, and {glue:text}`iv_scale_means_lo:.1f` times the outcome's mean.
# A Theil index cannot be negative. Counties that join because of their ruggedness would have to
# be far more unequal without the policy than the average county, while treated rows average
# {glue:text}`treated_share_level_lo:.3f` to {glue:text}`treated_share_level_hi:.3f`. By the
# printed formula an index that high takes an income ratio of at least
# {glue:text}`iv_ratio:.0f`. One reason for large 2SLS estimates is a weak first stage; another
# is an instrument that reaches the outcome by other roads, and rugged counties may well follow
# trends of their own.

# %% tags=["hide-input"]
iv = abs(float(cell["table_3", "2", "did", "estimate"]))
glue("iv_ratio", lowest_ratio(iv), display=False)

# %% tags=["hide-input"]
show("iv_scale")

# %% tags=["hide-input"]
glue(
    "years_ahead",
    f"{-findings['event_window'].numbers['first'].hi:.0f}",
    display=False,
)
glue("grain_units", grain_units, display=False)
glue("high_units", high // periods, display=False)
glue("units", units, display=False)
glue("periods", periods, display=False)
glue("lone", lone, display=False)
glue("clusters_listed", len(listed), display=False)
glue("clusters_grain", int(is_grain.sum()), display=False)
glue("pooled", float(cell["table_2", "3", "did", "estimate"]), display=False)
glue(
    "effect_high",
    float(cell["table_6", "1", "did", "estimate"]),
    display=False,
)
glue(
    "effect_grain",
    float(cell["table_6", "2", "did", "estimate"]),
    display=False,
)
glue(
    "pooled_distance",
    float(cell["table_2", "3", "did", "estimate"])
    - float(cell["table_6", "1", "did", "estimate"]),
    display=False,
)
glue("high_se", float(cell["table_6", "1", "did", "se"]), display=False)

# %% [markdown]
# ### Who is compared with whom in the grain column
#
# The high-value column has {glue:text}`high_units:,.0f` counties for
# {glue:text}`periods` years each, which leaves {glue:text}`grain_units` of
# {glue:text}`units:,.0f` counties for grain. The two columns together lack
# {glue:text}`lone` row. That fits one reading well: a single county counts as high-value in
# one year and as grain in the others, and its lone row was dropped, as `reghdfe` drops a county
# seen once. Then nobody is in both columns, and the counties without any cluster are all in
# the high-value column, as note 5 suggests when it calls all others high-value.
#
# The official lists point the other way. Of their {glue:text}`clusters_listed` clusters
# {glue:text}`clusters_grain` are of grain. If all {glue:text}`grain_units` counties are treated, a grain
# cluster covers {glue:text}`grain_per_grain_lo:.1f` of the sample's counties, and another one
# {glue:text}`grain_per_other_lo:.1f` to {glue:text}`grain_per_other_hi:.1f`, given the number of treated rows and
# the years of the lists. If all clusters are alike, {glue:text}`grain_idle_lo:.0f` to
# {glue:text}`grain_idle_hi:.0f` of the {glue:text}`grain_units` have no cluster, and do serve as a comparison.
# Grain grows over wide areas, so either is possible.
#
# If all are treated, the grain column compares counties treated early with counties treated later, and
# with nobody else. In the last cohort's first year every county is treated, and the year
# effect absorbs whatever happens; the estimate rests on timing among
# {glue:text}`grain_units` counties.
#
# A second look supports caution. The effect in the whole sample is
# {glue:text}`pooled:.3f`, weaker than in either part ({glue:text}`effect_high:.3f` and
# {glue:text}`effect_grain:.3f`). The distance to the nearer one, {glue:text}`pooled_distance:.3f`, is
# less than a standard error, {glue:text}`high_se:.3f`. But a weighted mean lies between what it averages. So when both
# types face the same never-treated counties, at least one of them has an effect weaker than
# its own column shows. If it is grain, the order of the two types could turn round.

# %% tags=["hide-input"]
show("grain", "split_type", "pooled_type", "difference_type")

# %% tags=["hide-input"]
rich, poor = (
    int(cell["table_6", column, "model", "n"]) for column in ("5", "6")
)
glue("finance_missing", rows - rich - poor, display=False)
glue("half", rows // 2, display=False)
glue("lost_rich", rows // 2 - rich, display=False)
glue("lost_poor", rows - rows // 2 - poor, display=False)

# %% [markdown]
# ### High and low finance
#
# Note 6 defines counties above and below the median. Whole counties of a balanced panel give
# numbers of rows that {glue:text}`periods` divides; neither column's does. The numbers fit a
# split by county-*year* at the median of all years: {glue:text}`half:,.0f` rows on one side and
# one more on the other, less, for example, {glue:text}`lost_rich` and {glue:text}`lost_poor` rows of counties
# seen only once there, {glue:text}`finance_missing` in all (the row at the median itself may stand on either side, or on
# neither, as note 6 has it). If loans grow from year to year, late
# rows, and with them the treated ones, tend to the high side. The two columns then differ in
# *when* as well as in *who*, and a county that crosses the median leaves one column for the
# other, perhaps just when it is treated.

# %% tags=["hide-input"]
show("split_finance", "difference_finance", "pooled_finance")

# %% [markdown]
# ## What touches interpretation
#
# ### The level of the Theil index
#
# Equation 1 has two ingredients: the urban share of the population, $p$, and the ratio of urban
# to rural income, $r$. For each ratio there is a share that makes the index largest. For the
# printed mean the ratio must be at least {glue:text}`theil_level_lowest_lo:.2f` *at the most
# favourable share*, and the counties' average ratio no lower. The paper's introduction gives
# {glue:text}`ratio_first:.2f` for the country at the start and {glue:text}`ratio_last:.2f` ten
# years later. {numref}`tbl-audit-provinces` computes the index for the real provinces, from official
# incomes and urban shares, by the printed formula and by two slips that are easily made.

# %% tags=["hide-input"]
provinces = provinces.dropna(
    subset=["urban_income_yuan", "rural_income_yuan", "urban_share"]
)
terms = theil_terms(
    provinces.urban_share.to_numpy(),
    (provinces.urban_income_yuan / provinces.rural_income_yuan).to_numpy(),
)[0]
levels = {name: combine(*terms) for name, combine in FORMULAS.items()}
glue("ratio_first", float(said["income_ratio_2014"]), display=False)
glue("ratio_last", float(said["income_ratio_2024"]), display=False)
glue("province_years", len(provinces), display=False)
glue("theil_provinces", float(levels["as printed"].mean()), display=False)
glue(
    "absolute_provinces",
    float(levels["sum of absolute terms"].mean()),
    display=False,
)
gap_mean, gap_sd = (
    cell["table_1", "main", "gap", name] for name in ("mean", "sd")
)
glue("gap_mean", float(gap_mean), display=False)
glue("gap_sd", float(gap_sd), display=False)
table(
    [
        [name, f"{v.mean():.3f}", f"{v.std(ddof=1):.3f}"]
        for name, v in levels.items()
    ]
    + [["the paper's counties, as printed", gap_mean, gap_sd]],
    ["Formula", "Mean", "Std. dev."],
    "audit-provinces",
    f"Theil index of {len(provinces)} real province-years by three formulas, and the paper's",
    "National Bureau of Statistics, China Statistical Yearbook; last line: the paper",
)

# %% [markdown]
# Over {glue:text}`province_years` province-years the printed formula averages
# {glue:text}`theil_provinces:.3f`; adding the two terms without their signs, so that the
# negative rural term counts as positive, averages {glue:text}`absolute_provinces:.3f`, close to
# the paper's {glue:text}`gap_mean:.3f`. Counties are not provinces, and a match of levels is no
# proof. Wages in place of disposable incomes would raise the ratio, too.

# %% tags=["hide-input"]
show("theil_level")

# %% [markdown]
# ### Theil and Gini
#
# The Gini coefficient of equation 2 is the urban share of income less the urban share of
# people. If people stay where they are, a small change in it changes the Theil index by the
# logarithm of the income ratio. The two printed effects stand as
# {glue:text}`two_indices_slope_lo:.2f` to {glue:text}`two_indices_slope_hi:.2f`, so the ratio
# would be {glue:text}`two_indices_ratio_lo:.0f` to {glue:text}`two_indices_ratio_hi:.0f`. That is
# a second witness, independent of the level, and it points the same way.
# {numref}`tbl-audit-formulas` asks of each formula which ratio and which urban share would give the
# printed level *and* the printed pair of effects.

# %% tags=["hide-input"]
level = Interval.from_printed(gap_mean, 3)
fits = formula_fits(level, numbers["two_indices"]["slope"])
table(
    [
        [name, f"{ratio:.1f}", f"{share:.2f}"]
        for name, (ratio, share) in fits.items()
    ],
    ["Formula", "Income ratio", "Urban share"],
    "audit-formulas",
    "Ratios and urban shares that give both the paper's mean and its effects on both indices",
)

# %% [markdown]
# Only the sum of absolute terms fits with an income ratio like the country's, at urban shares
# that counties could have if residents are counted by household registration. This narrows the
# question without answering it: one county, worked by hand, would.
#
# The same regressors on the same rows explain {glue:text}`r2_theil:.3f` of the variance of Theil
# and {glue:text}`r2_gini:.3f` of that of Gini, though both are made of the same two numbers. Alone that is odd, and no
# more. Yet the effect on Theil is {glue:text}`two_errors_theil_t_lo:.1f` to
# {glue:text}`two_errors_theil_t_hi:.1f` of its standard errors, and that on Gini
# {glue:text}`two_errors_gini_t_lo:.1f` to {glue:text}`two_errors_gini_t_hi:.1f`. A standard error rests on the outcome's
# standard deviation, on R², and on what clustering does to the variance. If it did the same to both, the Gini coefficient, which
# fits better and is measured worse, would have a standard deviation of
# {glue:text}`two_errors_spread_lo:.2f` to {glue:text}`two_errors_spread_hi:.2f`, more than Theil's
# {glue:text}`gap_sd:.3f`. If the two spread alike, clustering inflates the variance of one
# {glue:text}`two_errors_design_lo:.1f` to {glue:text}`two_errors_design_hi:.1f` times as much as that of the
# other. Both are possible, since urban shares differ between counties. The Gini coefficient's standard deviation,
# which the paper does not print, would tell.

# %% tags=["hide-input"]
glue("r2_theil", float(cell["table_2", "3", "model", "r2"]), display=False)
glue("r2_gini", float(cell["table_4", "1", "model", "r2"]), display=False)
show("two_indices", "two_errors")

# %% [markdown]
# ### How large is the effect?
#
# The baseline coefficient is a change in Theil points. Over the mean it is
# {glue:text}`percent_of_mean_lo:.1f` to {glue:text}`percent_of_mean_hi:.1f` %, over the standard
# deviation {glue:text}`percent_of_sd_lo:.0f` to {glue:text}`percent_of_sd_hi:.0f` %. Treated rows
# average only {glue:text}`treated_share_level_lo:.3f` to
# {glue:text}`treated_share_level_hi:.3f`, so relative to what they would have had the effect is
# {glue:text}`relative:.0f` %. The sentence in the paper understates its own result. On the other
# hand, {glue:text}`selected:.0f` % of the raw difference in column 1 disappears once controls and
# fixed effects enter.

# %% tags=["hide-input"]
effect = float(cell["table_2", "3", "did", "estimate"])
raw = float(cell["table_2", "1", "did", "estimate"])
treated_mean = float(cell["table_2", "1", "constant", "estimate"]) + raw
glue("relative", 100 * -effect / (treated_mean - effect), display=False)
glue("selected", 100 * (1 - effect / raw), display=False)
show("percent")

# %% [markdown]
# ### The regions' weights
#
# The effect in the whole sample, {glue:text}`pooled:.3f`, lies between the East's
# {glue:text}`effect_east:.3f` and that of the other provinces, {glue:text}`effect_west:.3f`, but near the East's. For a
# weighted mean to lie there, the East must have {glue:text}`pooled_region_weight_lo:.0%` to
# {glue:text}`pooled_region_weight_hi:.0%` of the weight. It has {glue:text}`east_units` of the
# {glue:text}`units:,.0f` counties, {glue:text}`east_counties:.0%`, and {glue:text}`east_clusters:.0%` of the clusters on the
# official lists. The innocent reading is that the whole is no such mean: it has common year effects and common
# slopes of the controls, where each part has its own.

# %% tags=["hide-input"]
for name, column in {"east": "3", "west": "4"}.items():
    estimate = float(cell["table_6", column, "did", "estimate"])
    glue(f"effect_{name}", estimate, display=False)
glue("east_units", east_units, display=False)
for name, part in east.items():
    glue(f"east_{name}", part, display=False)
show("pooled_region")

# %% [markdown]
# ### Standard errors
#
# For column 1 of Table 2 the unclustered standard errors can be computed from the printed mean,
# standard deviation, R² and treated share, to two digits; for column 3 they can be bounded. None
# can be told from what is printed. Clustering multiplies a variance by a *design effect*: one plus
# the correlation within a county times the number of its further rows. For the constant the
# printed value allows at most {glue:text}`clustering_table_2_1_constant_hi:.1f`, a correlation
# of {glue:text}`icc_lo:.2f` to {glue:text}`icc_hi:.2f`. Column 3 explains
# {glue:text}`r2_theil:.3f` of the variance with county and year effects and controls; for the
# correlation to be that low, year effects and controls would have to explain at least about
# {glue:text}`within_needed:.0f` % of what happens within counties.

# %% tags=["hide-input"]
design = numbers["clustering"]["Table 2 (1) constant"].hi
untreated = rows - numbers["treated_share"]["treated"].hi
glue("icc_hi", (design - 1) / (untreated / units - 1), display=False)
glue("icc_lo", (design - 1) / (periods - 1), display=False)
unexplained = [
    1 - float(cell["table_2", column, "model", "r2"]) for column in ("3", "1")
]
within_share = 1 - design / periods
glue(
    "within_needed",
    100 * (1 - unexplained[0] / unexplained[1] / within_share),
    display=False,
)
show("clustering")

# %% [markdown]
# ### How much could each mechanism carry?
#
# The paper's Table 5 shows that the policy moves four mediators. It does not show that they move the gap:
# the second half of the path is never estimated. Yet print bounds it. A mediator's coefficient,
# given everything else in column 3, is a slope between two residuals whose standard deviations
# follow from its Table 1 and R². It is largest when the mediator explains *all* that is left of
# the gap. {numref}`tbl-audit-mechanisms` gives the largest share of the effect that each could
# carry then, and if it explained a tenth of the remaining variance, which would still be a lot.
# Even at the extreme no single one carries the whole. That bounds the measured variable, not the channel: machinery per
# head, registrations of firms and counts of products are noisy proxies, and noise makes the share smaller. And the four
# maxima add up to {glue:text}`mechanism_sum:.0f` %, so that together they could carry all of it.

# %% tags=["hide-input"]
MECHANISM = {
    "atl": "machinery",
    "chain_aux": "auxiliary firms",
    "chain_process": "processing firms",
    "brand": "brands",
}
mechanisms = [key for key in findings if key.startswith("ceiling_")]
glue(
    "mechanism_sum",
    sum(100 * numbers[key]["share"].hi for key in mechanisms),
    display=False,
)
table(
    [
        [
            MECHANISM[key.removeprefix("ceiling_")],
            f"{100 * numbers[key]['share'].hi:.0f} %",
            f"{100 * numbers[key]['tenth'].hi:.0f} %",
        ]
        for key in mechanisms
    ],
    ["Mechanism", "If it explained all", "If it explained a tenth"],
    "audit-mechanisms",
    "Largest share of the baseline effect that a mechanism could carry, from printed numbers",
)

# %% tags=["hide-input"]
show("ceiling_chain_aux")

# %% [markdown]
# ### The event window, the matched sample, the controls
#
# The cohort treated last is seen {glue:text}`years_ahead` years before treatment in
# the first year of the data; the list of event times in section 4.1 starts a year later. If that
# year was left in the base together with −1, all the leads are measured from a mixture.
#
# The matched sample lacks {glue:text}`matched_missing_lo:.0f` rows. That this is a whole number of counties proves nothing: a support
# rule can drop as many rows from more counties, and leave some of them with a single row, which a regression with fixed effects drops too.
# Pairing each treated row with a neighbour would keep about twice the treated rows; what is
# printed keeps nearly everybody, as trimming to a common support does. The agreement with the
# baseline is then one of almost equal samples.
#
# Several controls change sign when the fixed effects enter. That is no contradiction, but
# output per head, industry, services and loans are things a cluster policy means to move, and
# holding them fixed takes away part of its effect.

# %% tags=["hide-input"]
show("event_window", "matched", "controls")

# %% [markdown]
# ## What touches presentation
#
# Per-capita grain output is measured in units so small that its coefficient prints as zero, once
# with three stars. Its size can be recovered: a standard deviation more goes with a change of
# {glue:text}`plane_3_per_sd_lo:.3f` to {glue:text}`plane_3_per_sd_hi:.3f` Theil points, more than
# the policy's effect.

# %% tags=["hide-input"]
show(
    "plane_3",
    "plane_2",
    "period",
    "logarithms",
    "described",
    "capaa",
    "notes",
    "headings",
    "labels",
    "citations",
)

# %% [markdown]
# ## What holds

# %% tags=["hide-input"]
holds = [f for f in findings.values() if f.outcome == Outcome.CONSISTENT] + [
    findings["stars"]
]
table(
    [[f.title, f.where, f.arithmetic.replace("|", "\\|")] for f in holds],
    ["Check", "Where", "Arithmetic"],
    "audit-holds",
    "Checks that the printed numbers pass; the last one wherever it can be told",
)

# %% [markdown]
# ## How sharp is the audit?
#
# A check that never fails is worth nothing. Here every digit of the paper's estimates, standard
# errors, sample sizes and R², one at a time, is replaced by another, and every star count by
# another; {numref}`tbl-audit-planted` shows how often some check turns inconsistent. (The library's
# tests do the same to tables of simulated honest regressions, none of which was called
# inconsistent among a thousand.) Sample sizes and stars are well guarded. A changed last digit of
# a coefficient or of an R² usually stays within rounding of everything else: no audit of print
# can see it.

# %% tags=["hide-input"]
rng = np.random.default_rng(SEED)
baseline = {
    key
    for key, item in check_paper(cells, text).items()
    if item.outcome == "INCONSISTENT"
}


def noticed(row: int, column: str, value: object) -> bool:
    """Does changing one cell turn a check inconsistent that was not?"""
    changed = cells.copy()
    changed.loc[changed.index[row], column] = value
    after = check_paper(changed, text)
    return any(
        v.outcome == "INCONSISTENT"
        for key, v in after.items()
        if key not in baseline
    )


caught: dict[str, list[bool]] = {}
for row, item in enumerate(cells.itertuples()):
    if item.statistic not in ("estimate", "se", "n", "r2"):
        continue
    for at, digit in enumerate(item.printed):
        if digit.isdigit():
            other = rng.choice([d for d in "0123456789" if d != digit])
            value = item.printed[:at] + other + item.printed[at + 1 :]
            caught.setdefault(item.statistic, []).append(
                noticed(row, "printed", value)
            )
    if item.statistic == "estimate":
        stars = int(
            rng.choice([count for count in range(4) if count != item.stars])
        )
        caught.setdefault("stars", []).append(noticed(row, "stars", stars))
KINDS = {
    "estimate": "coefficient",
    "se": "standard error",
    "n": "sample size",
    "r2": "R²",
}
table(
    [
        [KINDS.get(kind, kind), len(v), f"{100 * np.mean(v):.0f} %"]
        for kind, v in caught.items()
    ],
    ["Changed", "Cases", "Noticed"],
    "audit-planted",
    "Errors planted in the printed tables, one at a time, and the share that a check notices",
)

# %% [markdown]
# ## All checks

# %% tags=["hide-input"]
table(
    [[f.id, f.title, f.outcome, f.consequence] for f in findings.values()],
    ["Check", "Finding", "Outcome", "Touches"],
    "audit-all",
    "Every check of this page",
)

# %% [markdown]
# ## Exercises

# %% [markdown]
# ### Exercise 1: predict
#
# The baseline of Table 2 (3) has a printed coefficient and a printed standard error, both rounded. Guess how well the two pin down the $t$ ratio. Then
# let `answer_1` be the smallest absolute $t$ ratio that is compatible with what is printed.
#
# <details class="hint"><summary>Hint</summary>
#
# `cell["table_2", "3", "did", "estimate"]` and `"se"` in the place of `"estimate"` are the printed strings. Each stood for half a unit of its last digit more or less.
#
# </details>

# %% tags=["solution", "hide-cell"]
beta = abs(float(cell["table_2", "3", "did", "estimate"]))
se = float(cell["table_2", "3", "did", "se"])
answer_1 = (beta - 0.0005) / (se + 0.0005)

# %% tags=["check", "hide-cell"]
of_t = abs(
    Interval.from_printed(cell["table_2", "3", "did", "estimate"], 3)
    / Interval.from_printed(cell["table_2", "3", "did", "se"], 3)
)
assert abs(answer_1 - of_t.lo) < 1e-6, (
    "Interval arithmetic gives another lower end. A small ratio needs a "
    "small numerator and a large denominator; its sign does not matter."
)
print(f"Right: {answer_1:.2f}; the t ratio lies in {of_t:.1f}.")

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The coefficient is known to about two per cent, the standard error, with its single digit, to more than ten. The $t$ ratio inherits the worse of the two. Here it does not
# matter for the stars. But a meta-analysis that divides printed numbers takes such an error on board, and a check of stars must allow for it, or it will accuse
# the innocent.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# How far could the constant of Table 2 (1) have been misprinted without anybody's noticing? Raise it by one unit of its last digit, by two, and so on. Let
# `answer_2` be the number of units at which a check of this page first turns inconsistent. Which check is it, and what would it take to make it sharper?
#
# <details class="hint"><summary>Hint</summary>
#
# `noticed(row, "printed", value)` tells whether a changed string is caught; the row of a cell is its place in `cells`. Mind that the value is a string with three decimals.
#
# </details>

# %% tags=["solution", "hide-cell"]
where = cells.reset_index(drop=True).query(
    "exhibit == 'table_2' and column == '1' and row == 'constant' "
    "and statistic == 'estimate'"
)
at, raised = where.index[0], float(where["printed"].iloc[0])
answer_2 = 1
while not noticed(at, "printed", f"{raised + answer_2 / 1000:.3f}"):
    answer_2 += 1

# %% tags=["check", "hide-cell"]
address = ("table_2", "1", "constant", "estimate")
keys = ["exhibit", "column", "row", "statistic"]
planted = {}
for units_ in (answer_2 - 1, answer_2):
    tampered = cells.set_index(keys)
    before = float(tampered.loc[address, "printed"])
    tampered.loc[address, "printed"] = f"{before + units_ / 1000:.3f}"
    outcome = check_paper(tampered.reset_index(), text)
    planted[units_] = {
        key
        for key, item in outcome.items()
        if item.outcome == "INCONSISTENT" and key not in baseline
    }
assert answer_2 == int(answer_2) > 0, "A whole number of units, please."
assert planted[answer_2], "With so many units no check turns inconsistent."
assert not planted[answer_2 - 1], "One unit less is noticed as well."
print(f"Right: {answer_2}, by {', '.join(sorted(planted[answer_2]))}.")

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The line through the means ties the constant to the mean, the slope and the treated share; the $R^2$ gives the share a second time. Both leave room for the rounding of *their* inputs,
# and a change within that room cannot be seen. One more printed digit of the mean and of the constant would narrow it about tenfold. Authors
# who print four digits make their tables checkable at no cost.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# The paper does not print how many county-years are treated. Let `answer_3` be the number, found from the mean of the gap in Table 1 and from the two coefficients of
# Table 2 (1). Why must the regression line pass through the means?
#
# <details class="hint"><summary>Hint</summary>
#
# `mean = constant + slope × share`. The mean is `cell["table_1", "main", "gap", "mean"]`, and `rows` holds the number of observations.
#
# </details>

# %% tags=["solution", "hide-cell"]
mean = float(cell["table_1", "main", "gap", "mean"])
constant = float(cell["table_2", "1", "constant", "estimate"])
slope = float(cell["table_2", "1", "did", "estimate"])
answer_3 = (mean - constant) / slope * rows

# %% tags=["check", "hide-cell"]
m, a, b = (
    Interval.from_printed(cell[place], 3)
    for place in (
        ("table_1", "main", "gap", "mean"),
        ("table_2", "1", "constant", "estimate"),
        ("table_2", "1", "did", "estimate"),
    )
)
possible = (m - a) / b * rows
assert answer_3 in possible, (
    f"With {answer_3:,.0f} treated rows the line would lead to a mean of "
    f"{(a + b * (answer_3 / rows)):.3f}."
    if answer_3 > 1
    else "A number of rows, not a share, please."
)
both_ways = numbers["treated_share"]["treated"]
print(f"Right: {answer_3:,.0f} of {rows:,}; rounding allows {possible:,.0f}.")
print(f"The mean and the R² together allow {both_ways:,.0f}.")

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Least squares with an intercept makes the residuals add up to zero, which *is* the equation of the hint. Rounding blows up, because the difference of two nearly equal numbers is divided by a
# small one. A second route narrows it: for a regressor of zeros and ones, $R^2$ is $\hat\beta^2 p(1-p)$ over the variance of the outcome. That both
# routes have numbers in common is a check that the paper passes. (The number that follows from the printed digits as they stand need not be among
# them: its inputs are rounded.)
#
# </details>
