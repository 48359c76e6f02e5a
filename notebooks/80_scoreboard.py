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
# Three questions are often mixed up, and this book keeps them apart. **{term}`Fidelity <fidelity>`**: does the code give the
# printed number? **Robustness**: does the finding survive reasonable changes? **Credibility**: can the
# design answer the question at all?

# %% tags=["parameters"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
RESULTS = "../build/results"  # where the results of the other chapters lie

# %% tags=["hide-input"]

import pandas as pd
from myst_nb import glue

import clustergap as cg
from bookkit import display as style
from bookkit import ledger
from bookkit.page import export
from clustergap.requirements import results_of
from paneldid.identified import Gaps
from printcheck import verdicts

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
records = ledger.read_records(RESULTS)
comparison = verdicts.compare(
    records, ledger.published(), ledger.published_text()
)
export(ledger.result_files(comparison))
summary = verdicts.summarise(comparison)

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
# {glue:text}`text` numbers in the text are exact; without a counterpart here: {glue:text}`not_run`. These are all that are not exact:

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
# {cite:t}`dreber2023` distinguish a *computational reproduction* (the authors' data and code, run again), a *recreation*
# (the authors' data, new code) and a *replication* (new data). {cite:t}`nasem2019` separates the first from the last.

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
# The verdicts of the *text* are another matter for numbers that rest on public statistics: national
# incomes and counts of clusters are compared with real data.
#
# ## Robustness
#
# Does the finding survive reasonable changes of the data and the model? The {doc}`specification
# curve <07_5_specification_curve>` runs every reasonable combination of outcome, controls, fixed effects, sample and
# clustering for the two-way estimator, and Callaway and Sant'Anna's for a part of them; {doc}`chapter 7.1 <07_1_staggered>` has the
# estimators made for staggered adoption.

# %% tags=["hide-input"]
curve = results_of(RESULTS, "robustness.json", "7.5")
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
    notes="Relative effect: the estimate over its outcome's standard deviation after county and year effects, as a multiple of the baseline's.",
)

# %% [markdown]
# ### Estimators for staggered adoption

# %% tags=["remove-cell"]
estimators = pd.DataFrame(
    results_of(RESULTS, "estimators.json", "7.1")["estimators"]
)
glue("estimators", estimators["estimator"].nunique(), display=False)
glue("estimates", len(estimators), display=False)
glue("estimator_low", float(estimators["estimate"].min()), display=False)
glue("estimator_high", float(estimators["estimate"].max()), display=False)

# %% [markdown]
# The {glue:text}`estimators` estimators of chapter 7.1, with and without controls ({glue:text}`estimates` estimates), put the effect between
# {glue:text}`estimator_low:.3f` and {glue:text}`estimator_high:.3f`.

# %% tags=["remove-input"]
no_achievement = style.prose(
    "On the synthetic panel their agreement is no achievement: with so many never-treated counties the estimators can hardly "
    "disagree, even where effects differ by cohort ({doc}`chapter 7.6 <07_6_monte_carlo>`). On real data of this shape agreement would say "
    "little, disagreement much."
)
no_achievement if study.synthetic else None

# %% [markdown]
# ## Credibility
#
# Could the design answer the question even with perfect data? No single number says so. These are the findings
# of the {doc}`audit <90_audit>` that touch identification. They rest on printed numbers and on the assumption stated with each, not on county data.

# %% tags=["hide-input"]
findings = pd.DataFrame(results_of(RESULTS, "audit.json", "90")["findings"])
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
    source="the printed tables and sentences of the paper, no county data",
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
        found = results_of(RESULTS, f"indicators_{chapter}.json", number)
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
    notes="Breakdown: the violation at which the interval touches zero, as chapter 7.2 explains; the estimators differ in their controls, too. "
    + (
        "Of these numbers the effective F, 2SLS over OLS and the share that makes them equal were calibrated to printed ones; the others "
        "are this draw's. "
        if study.synthetic
        else ""
    )
    + gaps.note,
)

# %% [markdown]
# ## Exercises

# %% [markdown]
# ### Exercise 1: predict
#
# A table prints the coefficient −0.045 with three stars and a standard error of 0.009. The rerun gives −0.0452 with $p = 0.03$. Which verdict of the closed list
# does it get? Let `answer_1` be its name in words, as in the list above.
#
# <details class="hint"><summary>Hint</summary>
#
# Three stars stand for $p < 0.01$, two for $p < 0.05$. Go through the list from the top, and take the first that fits. `verdicts.judge` would tell, given a
# `verdicts.Record` and the printed number as a dictionary.
#
# </details>

# %% tags=["solution", "hide-cell"]
rerun = verdicts.Record(
    "table_2", "3", "did", "estimate", -0.0452, stars=verdicts.stars_of(0.03)
)
number = {
    "printed": "-0.045",
    "kind": "estimate",
    "printed_stars": 3,
    "printed_se": "0.009",
}
answer_1 = style.VERDICTS[verdicts.judge(number, rerun)]

# %% tags=["check", "hide-cell"]
rounds, stars_agree = round(-0.0452, 3) == -0.045, 0.03 < 0.01
if rounds and stars_agree:
    first_that_fits = "exact"
elif abs(-0.0452 - -0.045) <= 0.009:
    first_that_fits = style.VERDICTS["within_one_se"]
else:
    first_that_fits = style.VERDICTS["different"]
assert answer_1 in style.VERDICTS.values(), (
    f"Choose one of: {', '.join(style.VERDICTS.values())}."
)
assert answer_1 == first_that_fits, (
    "Another one. Does it round to the printed number? Do the stars agree? "
    "How far is it away, in printed standard errors? Were inputs rounded?"
)
print(f"Right: {answer_1}.")

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The coefficient rounds to the printed one, but the stars do not agree, and stars are printed, too. Nothing was computed from rounded inputs, so *within rounding* does not
# apply; the estimate lies well within one printed standard error. The case is a telling one: the same coefficient with another $p$ means
# another standard error, that is, another clustering or another sample. Whoever compares coefficients alone would have missed it.
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
exact = cells[cells["verdict"] == "exact"]
printed = exact["printed"].astype(float)
answer_2 = ((exact["value"] - printed).abs() > 0.01 * printed.abs()).mean()

# %% tags=["check", "hide-cell"]
close, far = 0, 0
for one in cells.query("verdict == 'exact'").itertuples():
    near = sorted([0.99 * float(one.printed), 1.01 * float(one.printed)])
    inside = near[0] <= one.value <= near[1]
    close, far = close + inside, far + (not inside)
assert abs(answer_2 - far / (close + far)) < 1e-3, (
    "Counted one by one, the share is another. Are only exact table cells "
    "in it, and is the difference taken without its sign?"
)
print(f"Right: {answer_2:.0%}, {far} of {close + far}.")

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

# %% tags=["check", "hide-cell"]
WORDS = ("fidelity", "robustness", "credibility")
chosen = [word.strip().lower() for word in answer_3.split(",")]
assert len(chosen) == 3 and set(chosen) <= set(WORDS), (
    f"Three of the words {', '.join(WORDS)}, with commas between them."
)
belongs = {
    "a": (1, "runs another model on the same data"),
    "b": (0, "runs the same model and compares with print"),
    "c": (2, "doubts the comparison, whatever model is run"),
}
for (remark, (place, does)), word in zip(
    belongs.items(), chosen, strict=True
):
    assert word == WORDS[place], f"Remark {remark} {does}."
print(f"Right: {answer_3}.")

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# *b* is fidelity: same model, same number. *a* is robustness: another reasonable model, same answer. *c* is credibility: no rerun and no other control will tell, because the counties
# would have drifted apart without any cluster. High marks in one do not make up for low marks in another. On the synthetic panel, fidelity is
# there by construction, robustness is about a draw, and only credibility, which rests on the printed numbers and on the design, says something about the paper.
#
# </details>
