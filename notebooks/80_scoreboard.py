# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Scoreboard
#
# Three questions are often mixed up, and this book keeps them apart. **{term}`Fidelity <fidelity>`**: does the code give the
# printed number? **Robustness**: does the finding survive reasonable changes? **Credibility**: can the
# design answer the question at all? But first: if a number agrees, **what does the agreement rest on**?

# %% tags=["parameters", "hide-input"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
RESULTS = "../build/results"  # where the results of the other chapters lie

# %% tags=["hide-input"]
import pandas as pd
from exercises.scoreboard import check_1, check_2, check_3

import clustergap as cg
from bookkit import ledger, provenance
from bookkit.display import VERDICTS
from bookkit.page import Page
from clustergap.panel import VARIABLES
from clustergap.requirements import results_at
from printcheck import verdicts

study = cg.load(DATA)
page = Page("80_scoreboard", study, f"the paper; {study.source}")

# %% tags=["remove-input"]
page.banner()

# %% [markdown]
# ## What the agreement rests on

# %%
records = ledger.read_records(RESULTS)
comparison = provenance.with_provenance(
    verdicts.compare(records, ledger.published(), ledger.published_text())
)
exact = comparison["verdict"] == "exact"
verified = provenance.verified(comparison)

# %% tags=["hide-input"]
page.export(ledger.result_files(comparison))
MEANS = {
    "public": "the paper's number is right",
    "panel": "code and calibration fit together; nothing about the paper"
    if study.synthetic
    else "these tables and this code give what the paper prints",
    "setting": "nothing: the book does what the paper says it did",
    "paper": "nothing: one place of the paper agrees with another",
    "none": "nothing",
}
kinds = provenance.words(study.synthetic)
by_kind = comparison["rests_on"]
page.table(
    pd.DataFrame(
        {
            "the number here rests on": kinds.values(),
            "printed numbers": [f"{(by_kind == k).sum()}" for k in kinds],
            "exact here": [
                f"{(exact & (by_kind == k)).sum()}" for k in kinds
            ],
            "what “exact” says": [MEANS[k] for k in kinds],
        }
    ),
    name="tbl-provenance",
    caption="Printed numbers by what the number beside them rests on",
)

# %% tags=["remove-cell"]
in_tables = comparison["exhibit"] != "text"
cells = comparison[in_tables]
page.tell(
    numbers=len(comparison),
    verified=verified.sum(),
    cells=len(cells),
    cells_exact=(exact & in_tables).sum(),
    text=(~in_tables).sum(),
    text_exact=(exact & ~in_tables).sum(),
    missed=(~exact).sum(),
)

# %% [markdown]
# **{glue:text}`verified` of the {glue:text}`numbers` printed numbers are verified against something independent of the paper**: national incomes, counts and
# years of the clusters and of the advantage areas, and a threshold of the policy. None of them is a result. Every coefficient, standard error and mean of the paper's six
# tables rests on county data that nobody outside can see.
#
# ## Fidelity
#
# Each printed number has a verdict from a closed list:
#
# | verdict | meaning |
# |---|---|
# | exact | rounds to the printed number, or keeps the bound that is printed, and the stars agree |
# | within rounding | fits, given that its inputs are rounded |
# | within one SE | an estimate no further away than the printed standard error |
# | same sign | an estimate with the printed sign |
# | different | none of these |
# | not run | no number to compare; never counts as a pass |

# %% tags=["hide-input"]
EXHIBITS = {f"table_{n}": f"Table {n}" for n in range(1, 7)}
EXHIBITS["text"] = "Text"
summary = verdicts.summarise(comparison)
page.table(
    summary.rename(columns=lambda c: VERDICTS.get(c, c), index=EXHIBITS)
    .rename_axis("the paper's exhibit")
    .astype(str),
    name="tbl-fidelity",
    caption="Fidelity: printed numbers by verdict",
)

# %% [markdown]
# {glue:text}`cells_exact` of {glue:text}`cells` table cells and {glue:text}`text_exact` of
# {glue:text}`text` numbers in the text are exact. Not matched: {glue:text}`missed`.

# %% tags=["hide-input"]
LONG = verdicts.NAMES | {
    "estimate": "estimate",
    "se": "standard error",
    "value": "",
}
BOUNDS = {"upper_bound": "below ", "lower_bound": "at least "}
listed = pd.DataFrame(
    {
        "where": comparison["exhibit"].map(EXHIBITS)
        + comparison["column"].map(
            lambda c: f" ({c})" if c.isdigit() else ""
        ),
        "number": comparison["row"].map(
            lambda row: (
                cg.LABELS.get(row)
                or VARIABLES.get(row, [row.replace("_", " ")])[0]
            )
        ),
        "statistic": comparison["statistic"].map(lambda s: LONG.get(s, s)),
        "printed": comparison["kind"].map(BOUNDS).fillna("")
        + comparison["printed"],
        "here": comparison["rounded"],
        "verdict": comparison["verdict"].astype(str),
        "rests on": by_kind.map(
            lambda kind: kinds[kind].partition(",")[0]
        ).astype(str),
    }
)
page.table(
    listed[~exact].reset_index(drop=True),
    name="tbl-not-exact",
    caption="Printed numbers that are not matched exactly",
)

# %% [markdown]
# And all {glue:text}`numbers` of them, to look one up:

# %% tags=["hide-cell"]
page.table(
    listed,
    name="tbl-all-numbers",
    caption="Every printed number, the number here, the verdict, and what it rests on",
)

# %% [markdown]
# ### Which kind of reproduction is this?
#
# {cite:t}`dreber2023` distinguish a *computational reproduction* (the authors' data and code, run again), a *recreation*
# (the authors' data, new code), a *robustness reproduction* (the authors' data, other reasonable analyses) and a *replication* (new data).
# {cite:t}`nasem2019` separates the first from the last.

# %% tags=["remove-input"]
page.words(
    synthetic="On the panel that ships with this book it is none of them: it is **own code on constructed data**. The panel "
    "was calibrated so that the code gives the printed numbers, so a verdict of *exact* says that code and calibration "
    "fit together, and nothing about the paper. On the authors' tables the same run would be a recreation, its chapters 7 a robustness "
    "reproduction, and on tables that someone else compiled from the yearbooks, a replication.",
    own="This page was computed from the tables named at its head. If they are the authors', it is a recreation, and its chapters 7 a robustness "
    "reproduction; if someone else compiled them from the yearbooks, a replication, and then a printed number that comes out is "
    "evidence, and one that does not is a question to both sides.",
)

# %% [markdown]
# ## Robustness
#
# Does the finding survive reasonable changes of the data and the model? The {doc}`specification
# curve <07_5_specification_curve>` runs every reasonable combination of outcome, controls, fixed effects and sample
# for the two-way estimator, and Callaway and Sant'Anna's for a part of them. The first line of the table leaves out two-way models whose leads are rejected. {doc}`Chapter 7.1 <07_1_staggered>` has the
# estimators made for staggered adoption.

# %% tags=["hide-input"]
curve = results_at(RESULTS, "robustness.json")
labels = {
    "admissible": "reasonable, two-way, leads not rejected",
    "two_way": "reasonable, two-way",
    "reasonable": "reasonable",
    "feasible": "feasible, all of the former included",
}
page.table(
    pd.DataFrame(
        [
            {
                "models": label,
                "number": f"{curve[key]['models']:,d}",
                "same sign": f"{curve[key]['same_sign']:.0%}",
                "same sign and p < 0.05": f"{curve[key]['significant_same_sign']:.0%}",
                "median relative effect": f"{curve[key]['relative_effect']:.2f}",
                "middle half": f"{curve[key]['relative_effect_low']:.2f} to {curve[key]['relative_effect_high']:.2f}",
            }
            for key, label in labels.items()
            if curve.get(key, {}).get("models")
        ]
    ),
    name="tbl-robustness",
    caption="Robustness: agreement of all specifications with the baseline",
    source=study.source,
    notes="Relative effect: the estimate over its outcome's standard deviation after county and year effects, as a multiple of the baseline's.",
)

# %% tags=["remove-input"]
found = pd.DataFrame(
    results_at(RESULTS, "estimators.json").get("estimators", []),
    columns=["estimator", "estimate"],
)
between = (
    f"The {found['estimator'].nunique()} estimators of chapter 7.1, with and without controls, put the effect on this panel between "
    f"{found['estimate'].min():.3f} and {found['estimate'].max():.3f}. "
    if len(found)
    else "Chapter 7.1 could not be run on these data. "
)
page.words(
    synthetic=between
    + "Nothing of this section speaks of China: it is about one draw of a made-up panel, on which the estimators can hardly "
    "disagree, with so many never-treated counties ({doc}`chapter 7.6 <07_6_monte_carlo>`). On real data of this shape agreement would say "
    "little, disagreement much.",
    own=between,
)

# %% [markdown]
# ## Credibility
#
# Could the design answer the question even with perfect data? No single number says so. These are the findings
# of the {doc}`audit <90_audit>` that touch identification. They rest on printed numbers and on the assumption stated with each, not on county data.

# %% tags=["hide-input"]
findings = pd.DataFrame(results_at(RESULTS, "audit.json")["findings"])
grave = findings[findings["consequence"] == "identification"]
page.table(
    pd.DataFrame(
        {
            "finding": grave["title"],
            "where": grave["where"],
            "outcome": grave["outcome"].str.lower().str.replace("_", " "),
            "settled by": grave["resolved_by"],
        }
    ).reset_index(drop=True),
    name="tbl-credibility",
    caption="Credibility: findings that touch identification",
    source="the printed tables and sentences of the paper, no county data",
)

# %% [markdown]
# Three more questions depend on the data: how large a violation of parallel trends the conclusion would survive
# ({doc}`chapter 7.2 <07_2_honest>`), how large a direct effect of the instrument ({doc}`chapter 7.3 <07_3_weak_instruments>`), and how
# far the choice of standard errors matters ({doc}`chapter 7.4 <07_4_inference>`).

# %% tags=["hide-input"]
rows = [
    (
        number,
        name,
        "beyond the range tried" if value is None else f"{value:.3g}",
    )
    for number, chapter in {
        "7.2": "07_2_honest",
        "7.3": "07_3_weak_instruments",
        "7.4": "07_4_inference",
    }.items()
    for name, value in results_at(RESULTS, f"indicators_{chapter}.json")
    .get("values", {})
    .items()
]
page.table(
    pd.DataFrame(rows, columns=["chapter", "indicator", "value"]),
    name="tbl-credibility-indicators",
    caption="Indicators of credibility that depend on the data",
    source=study.source,
    notes="Breakdown: the violation at which the interval touches zero, as chapter 7.2 explains; the estimators differ in their controls, too. "
    + (
        "Of these numbers the effective F, 2SLS over OLS and the share that makes them equal were calibrated to printed ones; the others "
        "are this draw's. "
        if study.synthetic
        else ""
    ),
)

# %% [markdown]
# ## Exercises

# %% [markdown]
# ### Exercise 1: predict
#
# How many of the printed numbers in the paper's *text* are exact here, if only those count that rest on public data? Guess first, from {numref}`tbl-provenance`; then let `answer_1` be their
# share of all numbers in the text.
#
# <details class="hint"><summary>Hint</summary>
#
# `comparison` has the columns `exhibit`, `verdict` and `rests_on`; numbers of the text have the exhibit `"text"`.
#
# </details>

# %% tags=["solution", "hide-cell"]
of_text = comparison[comparison["exhibit"] == "text"]
answer_1 = (
    of_text["verdict"].eq("exact") & of_text["rests_on"].eq("public")
).mean()

# %% tags=["check"]
check_1(answer_1, comparison)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Less than a third. Nearly all numbers of the text are exact, but most of them repeat a setting (how many placebo draws, which event times) or were met by calibration. A count of
# exact numbers says little before one has asked, of each, whether it could have come out otherwise.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# How strict is *exact*? It asks for agreement to the printed digits, and some numbers are printed with one or two digits only. Let `answer_2` be the share of the exact table
# cells that differ from the printed number by more than one per cent of it.
#
# <details class="hint"><summary>Hint</summary>
#
# `cells` holds the comparison of table cells; `value` is the number here, `printed` the string in the paper. Where the printed number is zero, any other value counts as more
# than one per cent off.
#
# </details>

# %% tags=["solution", "hide-cell"]
matched = cells[cells["verdict"] == "exact"]
printed = matched["printed"].astype(float)
off = (matched["value"] - printed).abs()
answer_2 = (off > 0.01 * printed.abs()).mean()

# %% tags=["check"]
check_2(answer_2, cells)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# A standard error printed as 0.004 may be anything from 0.0035 to 0.0045, which is more than ten per cent to either side. A printed number of observations leaves nothing open. So *exact* means
# "as good as print can tell", and that differs from cell to cell; a count of exact cells adds strict tests and lenient ones. A fair
# report says how precise the printed numbers were, or gives the unrounded differences, as the file of results does.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# Fidelity, robustness or credibility? To which question does each of these remarks belong?
#
# - *a*: "With the logarithm of the gap as the outcome, the coefficient keeps its sign."
# - *b*: "The coefficient of column 3 rounds to the printed number."
# - *c*: "Provinces proposed counties whose incomes were about to rise."
#
# Let `answer_3` be three words in the order of the remarks, such as `"fidelity, fidelity, fidelity"`.
#
# <details class="hint"><summary>Hint</summary>
#
# Ask of each remark what one would have to do about it: run the same again, run something else, or find another design?
#
# </details>

# %% tags=["solution", "hide-cell"]
answer_3 = "robustness, fidelity, credibility"

# %% tags=["check"]
check_3(answer_3)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# *b* is fidelity: same model, same number. *a* is robustness: another reasonable model, same answer. *c* is credibility: no rerun and no other control will tell, because the counties
# would have drifted apart without any cluster. High marks in one do not make up for low marks in another. On the synthetic panel, fidelity is
# there by construction, robustness is about a draw, and only credibility, which rests on the printed numbers and on the design, says something about the paper.
#
# </details>
