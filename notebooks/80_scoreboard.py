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
import pandas as pd
from myst_nb import glue

import clustergap as cg
from clustergap import ledger, style
from clustergap.project import gathered_folder, results_folder

study = cg.load(DATA)

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
    "text": "Numbers in the text"
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
# (the authors' data, new code) and a *replication* (new data) {cite:p}`nasem2019,dreber2023`. On the panel that ships with this book it is none of
# them: it is **own code on constructed data**. The panel was calibrated so that the code gives the printed
# numbers, so a verdict of *exact* says that code and calibration fit together, and nothing about the paper.
# On the authors' tables the same run would be a recreation, and on tables that someone else compiled from the yearbooks, a replication.
#
# The verdicts of the *text* are different for numbers that rest on public statistics: national
# incomes and counts of clusters are compared with real data.
#
# ## Robustness and credibility
#
# The paper's own robustness checks are in chapter 4.4. Estimators made for staggered adoption, bounds on violations of parallel
# trends and a specification curve belong here too; this edition does not have them yet, so no verdict on robustness
# is given. Credibility is the subject of the {doc}`audit <90_audit>`, which needs no data at all.
