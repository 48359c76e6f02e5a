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
# # Do industry clusters narrow the urban–rural income gap?
#
# *A literate replication of “Can the development of advantageous and characteristic industry
# clusters narrow the urban-rural income gap? Evidence from China” {cite:p}`lixuegeng`.*

# %% tags=["parameters", "remove-input"]
DATA = "synthetic"  # or the path of a folder with your own raw tables

# %% tags=["remove-input"]
from myst_nb import glue

import clustergap as cg
from clustergap import ledger, style
from clustergap.project import gathered_folder

study = cg.load(DATA)
style.banner(study)

# %% [markdown]
# From 2020 on, China chose groups of counties with a strong farm product and helped them to build
# the processing, trade and brands around it. Did the distance between urban and rural incomes
# shrink in those counties? The paper says yes, with a panel of counties and a staggered
# difference-in-differences design. This book recomputes the paper in the open, section by
# section: every table and figure comes out of the code you see above it.
#
# ## Where we stand
#
# Each number the paper prints is compared with the number that this book's code computes from
# the data named above.

# %% tags=["remove-input"]
comparison = ledger.compare(
    ledger.read_records(gathered_folder()),
    ledger.published(),
    ledger.published_text(),
)
summary = ledger.summarise(comparison)
style.table(
    summary.rename(columns=lambda c: style.VERDICTS.get(c, c))
    .rename(index=lambda e: e.replace("_", " ").capitalize())
    .rename_axis("exhibit")
    .astype(str),
    name="tbl-scoreboard",
    caption="Printed numbers by verdict",
    source=study.source,
)

# %% tags=["remove-cell"]
cells = comparison[comparison["exhibit"] != "text"]
glue("cells", len(cells), display=False)
glue("exact", int((cells["verdict"] == "exact").sum()), display=False)

# %% [markdown]
# {glue:text}`exact` of the {glue:text}`cells` table cells come out as printed. That is **fidelity**: whether the
# code does what the tables say. It is not *robustness* (would the finding survive other reasonable choices?)
# nor *credibility* (can the design answer the question?). The {doc}`scoreboard <80_scoreboard>` keeps the
# three apart and says which kind of reproduction this is; the {doc}`audit <90_audit>` needs no data at all
# and asks what the printed numbers reveal by themselves.
#
# ## How to use it
#
# - **Read** it from {doc}`01_introduction` on. It follows the paper's order.
# - **Run** it: `make book` rebuilds everything you see, `make test` checks it.
# - **Change** it: download a chapter with the button at the top of its page, open it in
#   JupyterLab, edit a formula.
# - **Bring your own data**: the {doc}`codebook <_generated/codebook>` says which tables are needed.
