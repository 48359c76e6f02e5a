# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   clustergap:
#     reads_results: true
# ---

# %% [markdown]
# # Scoreboard
#
# Three questions are often mixed up, and this book keeps them apart. **Fidelity**: does the code give the
# printed number? **Robustness**: does the finding survive reasonable changes? **Credibility**: can the
# design answer the question at all?

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables

# %% tags=["hide-input"]
import json

import pandas as pd
from myst_nb import glue

import clustergap as cg
from clustergap import ledger, style
from clustergap.estimable import Gaps, NotEstimable
from clustergap.project import gathered_folder, results_folder

study = cg.load(DATA)


def results_of(name, chapter):
    """What a chapter has written for this page."""
    path = gathered_folder() / name
    if not path.is_file():
        raise NotEstimable(
            f"Chapter {chapter} ended early on these data, before it came to this; it says why."
        )
    return json.loads(path.read_text(encoding="utf-8"))


# %% tags=["remove-input"]
style.banner(study)

# %% [markdown]
# ## Fidelity
#
# Every printed number of the tables and of the text has a verdict from a closed list:
#
# | verdict | meaning |
# |---|---|
# | exact | rounds to the printed number, and the stars agree |
# | within rounding | fits, given that its inputs are rounded |
# | within one SE | an estimate no further away than the printed standard error |
# | same sign | an estimate with the printed sign |
# | different | none of these |
# | not run | no number to compare; never counts as a pass |

# %%
records = ledger.read_records(gathered_folder())
comparison = ledger.compare(
    records, ledger.published(), ledger.published_text()
)
ledger.write_results(comparison, results_folder())
summary = ledger.summarise(comparison)

# %% tags=["hide-input"]
EXHIBITS = {f"table_{n}": f"Table {n}" for n in range(1, 7)} | {
    "text": "Text"
}
style.table(
    summary.rename(columns=lambda c: style.VERDICTS.get(c, c))
    .rename(index=EXHIBITS)
    .rename_axis("exhibit")
    .astype(str),
    name="tbl-fidelity",
    caption="Fidelity: printed numbers by verdict",
    source=f"the paper; {study.source}",
)

# %% tags=["remove-cell"]
cells = comparison[comparison["exhibit"] != "text"]
glue("cells", len(cells), display=False)
glue("cells_exact", int((cells["verdict"] == "exact").sum()), display=False)
words = comparison[comparison["exhibit"] == "text"]
glue("text", len(words), display=False)
glue("text_exact", int((words["verdict"] == "exact").sum()), display=False)
glue(
    "not_run", int((comparison["verdict"] == "not_run").sum()), display=False
)

# %% [markdown]
# {glue:text}`cells_exact` of {glue:text}`cells` table cells and {glue:text}`text_exact` of
# {glue:text}`text` numbers in the text are exact; {glue:text}`not_run` have nothing to be compared with. Here are all that are not exact:

# %% tags=["hide-input"]
rest = comparison[comparison["verdict"] != "exact"]
style.table(
    pd.DataFrame(
        {
            "where": rest["exhibit"].map(EXHIBITS),
            "number": (
                rest["column"].map(lambda c: f"({c}) " if c else "")
                + rest["row"]
            ).astype(str),
            "statistic": rest["statistic"],
            "printed": rest["printed"],
            "here": rest["rounded"],
            "verdict": rest["verdict"].astype(str),
        }
    ).reset_index(drop=True),
    name="tbl-not-exact",
    caption="Printed numbers that are not matched exactly",
    source=f"the paper; {study.source}",
)

# %% [markdown]
# ### Which kind of reproduction is this?
#
# Data editors distinguish a *computational reproduction* (the authors' data and code, run again), a *recreation*
# (the authors' data, new code) and a *replication* (new data) {cite:p}`nasem2019,dreber2023`.

# %% tags=["remove-input"]
style.prose(
    "On the panel that ships with this book it is none of them: it is **own code on constructed data**. The panel "
    "was calibrated so that the code gives the printed numbers, so a verdict of *exact* says that code and calibration "
    "fit together, and nothing about the paper. On the authors' tables the same run would be a recreation, and on "
    "tables that someone else compiled from the yearbooks, a replication."
    if study.synthetic
    else "This page was computed from the tables named at its head. If they are the authors', it is a recreation; if "
    "someone else compiled them from the yearbooks, a replication, and then a printed number that comes out is "
    "evidence, and one that does not is a question to both sides."
)

# %% [markdown]
# The verdicts of the *text* are different for numbers that rest on public statistics: national
# incomes and counts of clusters are compared with real data.
#
# ## Robustness
#
# Does the finding survive reasonable changes of the data and the model? The {doc}`specification
# curve <07_5_specification_curve>` runs every reasonable combination of outcome, controls, fixed effects, sample,
# clustering and estimator, and {doc}`chapter 7.1 <07_1_staggered>` the estimators made for staggered adoption.

# %% tags=["hide-input"]
curve = results_of("robustness.json", "7.5")
rows = []
for label, key in {
    "reasonable": "reasonable",
    "feasible, the former included": "feasible",
}.items():
    part = curve[key]
    rows.append(
        {
            "models": label,
            "number": f"{part['models']:,d}",
            "same sign": f"{part['same_sign']:.0%}",
            "same sign and p < 0.05": f"{part['significant_same_sign']:.0%}",
            "median relative effect": f"{part['relative_effect']:.2f}",
            "middle half": f"{part['relative_effect_low']:.2f} to {part['relative_effect_high']:.2f}",
        }
    )
style.table(
    pd.DataFrame(rows),
    name="tbl-robustness",
    caption="Robustness: agreement of all specifications with the baseline",
    source=study.source,
    notes="Relative effect: the estimate over its outcome's standard deviation, as a multiple of the baseline's.",
)

# %% [markdown]
# ### Estimators for staggered adoption

# %% tags=["remove-cell"]
estimators = pd.DataFrame(results_of("estimators.json", "7.1")["estimators"])
glue("estimators", len(estimators), display=False)
glue("estimator_low", float(estimators["estimate"].min()), display=False)
glue("estimator_high", float(estimators["estimate"].max()), display=False)

# %% [markdown]
# The {glue:text}`estimators` estimators of chapter 7.1 put the effect between {glue:text}`estimator_low:.3f` and
# {glue:text}`estimator_high:.3f`.

# %% tags=["remove-input"]
no_achievement = style.prose(
    "On the synthetic panel their agreement is no achievement: a panel whose effects hardly differ by cohort "
    "cannot make the estimators disagree. On real data it would be one."
)
no_achievement if study.synthetic else None

# %% [markdown]
# ## Credibility
#
# Could the design answer the question even with perfect data? No single number says so. These are the findings
# of the {doc}`audit <90_audit>` that touch identification. They rest on the printed numbers alone, and hold for whatever data lie behind them.

# %% tags=["hide-input"]
findings = pd.DataFrame(results_of("audit.json", "90")["findings"])
grave = findings[findings["consequence"] == "identification"]
style.table(
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
    source="the printed tables and sentences of the paper, no data",
)

# %% [markdown]
# Two more questions depend on the data. Parallel trends cannot be tested; {doc}`chapter 7.2 <07_2_honest>` says how
# large a violation the conclusion would survive. The instrument's exclusion restriction is an argument, not a
# result; {doc}`chapter 7.3 <07_3_weak_instruments>` says what it would have to survive, and
# {doc}`chapter 7.4 <07_4_inference>` how far the choice of standard errors matters.

# %% tags=["hide-input"]
chapters = {
    "07_2_honest": "7.2",
    "07_3_weak_instruments": "7.3",
    "07_4_inference": "7.4",
}
rows, gaps = [], Gaps()
for chapter, number in chapters.items():
    with gaps.column(f"chapter {number}"):
        found = results_of(f"indicators_{chapter}.json", number)
        for name, value in found["values"].items():
            shown = (
                "beyond the range tried" if value is None else f"{value:.3g}"
            )
            rows.append((number, name, shown))
style.table(
    pd.DataFrame(rows, columns=["chapter", "indicator", "value"]),
    name="tbl-credibility-indicators",
    caption="Indicators of credibility that depend on the data",
    source=study.source,
    notes="Breakdown: the violation at which the interval touches zero, in units explained in chapter 7.2."
    + gaps.note,
)
