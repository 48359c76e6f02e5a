# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What is real here
#
# **Three kinds of numbers {glue:text}`make_up`.** Real numbers come from public statistics and lists. Printed numbers
# are the paper's, copied digit by digit. {glue:text}`others` (Chapters 7.3 and 7.6 to 7.8 use two more kinds, to test the methods themselves, and the page on performance tells seconds.)
# The line below each table and figure says which it holds, and so does every file that you can download.

# %% tags=["parameters", "remove-input"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
RESULTS = "../build/results"  # where the results of the other chapters lie

# %% tags=["remove-input"]
import pandas as pd
from exercises.what_is_real import check_1

import clustergap as cg
from bookkit import ledger, provenance
from bookkit.page import Page
from printcheck import verdicts

study = cg.load(DATA)
page = Page("00_what_is_real", study, "this book")

# %% tags=["remove-cell"]
comparison = provenance.with_provenance(
    verdicts.compare(
        ledger.read_records(RESULTS),
        ledger.published(),
        ledger.published_text(),
    )
)
exact = comparison["verdict"] == "exact"
effect = ledger.printed_value("table_2", "3", "did", "estimate")
page.tell(
    make_up="make up this book, and only two of them are about the world"
    if study.synthetic
    else "make up this book",
    others="Synthetic ones come from a county panel that a program made."
    if study.synthetic
    else "The others come from your own county tables.",
    needed="the counties"
    if study.synthetic
    else "all its counties, and a design that holds",
    numbers=len(comparison),
    effect=effect,
    size=-effect,
    exact=exact.sum(),
    verified=provenance.verified(comparison).sum(),
    panel=(exact & (comparison["rests_on"] == "panel")).sum(),
    setting=(exact & (comparison["rests_on"] == "setting")).sum(),
    paper=(exact & comparison["rests_on"].isin(["paper", "none"])).sum(),
)

# %% tags=["remove-input"]
KINDS = [
    (
        "real",
        "incomes of the nation, of its provinces and of counties once listed as poor; the ministry's lists of clusters and advantage areas",
        "1, 2, 5, a part of 3, a sentence of 4.4",
        "what the public figures say of China",
    ),
    (
        "printed",
        f"{len(comparison)} numbers of the paper",
        "the audit, with real counties beside two findings; parts of 7.3 and 7b; beside the paper's own tables in 3 and 4, in figures and a table of 5; the scoreboard and the summaries",
        "whether the paper's numbers fit each other, and the real ones",
    ),
    (
        "synthetic" if study.synthetic else "your county tables",
        "the county panel, and every regression on it",
        "3, 4, 6, 7, the scoreboard, how the panel was made",
        "how a method answers on some panel; nothing about China, nothing about the paper"
        if study.synthetic
        else "whatever your tables can bear",
    ),
    (
        "simulated",
        "many small panels whose true effect is set by hand",
        "7.6, parts of 7.3 and 7.8",
        "which estimator finds a truth that is known",
    ),
    (
        "borrowed",
        "small data sets that statistical packages ship",
        "7.7",
        "that the estimators here give published numbers",
    ),
    (
        "timed",
        "seconds that programs took on one machine",
        "performance",
        "how they compare there",
    ),
]
page.table(
    pd.DataFrame(
        KINDS,
        columns=["Kind", "What", "Chapters", "What may be concluded"],
    ),
    name="tbl-kinds",
    caption="Kinds of numbers in this book",
)

# %% [markdown] tags=["synthetic"]
# ## Why the county panel is synthetic
#
# The paper's counties, their incomes, and above all the list of counties that each cluster covers are not public. Without them no regression of the paper can be run.
# So a program drew a panel of the same shape and moved it until the paper's regressions, run on it, gave the printed numbers ({doc}`how that was
# done <91_synthetic_panel>`). That makes a book in which every formula can be run, changed and taught. It cannot make evidence: **the numbers agree with the paper because they were built to.**
#
# Anyone who holds the county tables can put them in the panel's place; `make book DATA=folder` then writes the same book about them, and each page says so at its head.

# %% [markdown]
# ## How many printed numbers are verified?

# %% [markdown]
# Of the paper's {glue:text}`numbers` printed numbers, {glue:text}`exact` come out exactly. Of these, {glue:text}`panel` were computed from the county panel,
# {glue:text}`setting` repeat a choice that the book copied from the paper, such as how many placebos to draw, and {glue:text}`paper` are read from the paper or have no source of their own.
# **{glue:text}`verified` are verified against something independent of the paper**: national incomes, counts and years of clusters and advantage areas, and a threshold of the policy. No coefficient is among
# them. The {doc}`scoreboard <80_scoreboard>` lists all numbers with what each rests on.
#
# ## What you may conclude
#
# - From **public data** ({doc}`chapter 5 <05_1_real_levels>` and its neighbours): how far apart incomes of town and country are, where clusters were set up and when, and whether numbers of the paper's size occur.
# - From the **audit** ({doc}`in brief <89_audit_brief>`, {doc}`in full <90_audit>`): which printed numbers contradict each other or a sentence of the paper, and which need a condition that the paper does not state.
# - From the **chapters on the county panel**: what each method does, what it assumes, and how its answer moves when you change it.
#
# And what you may *not*: whether clusters narrow the gap in China. For that, one would need {glue:text}`needed`.

# %% [markdown] tags=["synthetic"]
# ## Exercises

# %% [markdown] tags=["synthetic"]
# ### Exercise 1: predict
#
# Which kind of number does each of these sentences rest on? Let `answer_1` be three of the words *real*, *printed*, *synthetic*, in the order of the sentences, such as `"real, real, real"`.
#
# - *a*: "In this book's panel, the baseline regression says that joining a cluster lowers the Theil index by {glue:text}`size:.3f`."
# - *b*: "The mean of the Theil index in Table 1 is more than four times the mean over provinces" (about the first of the two means).
# - *c*: "The ratio of urban to rural income has fallen every year since 2014."
#
# <details class="hint"><summary>Hint</summary>
#
# Ask who could check the number, and against what.
#
# </details>

# %% tags=["solution", "hide-cell"]
answer_1 = "synthetic, printed, real"

# %% tags=["check"]
check_1(answer_1)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# *a* speaks of the panel and says so, which makes it true and harmless; without its first four words it would be a claim about China that nothing here supports. *b* sets a printed number beside a
# real one, which is what the audit does all along. *c* can be looked up at the statistical office.
#
# </details>

# %% [markdown] tags=["synthetic"]
# ### Exercise 2: explain
#
# A friend shows you a chart from this book: 1,000 placebo coefficients around zero, and far to the left the actual one. "So the policy works", she says. What do you answer? And what would the same chart
# be worth if it were drawn from the counties' own tables?
#
# <details class="hint"><summary>Hint</summary>
#
# Where does the actual coefficient come from? And which questions does a placebo test leave open, even on real data?
#
# </details>

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The actual coefficient is {glue:text}`effect:.3f` because the panel was calibrated to have it; that placebos differ from it only shows that the drop was built into the counties that are treated. On real tables the chart would say that
# chance alone hardly gives such a coefficient. It would not say that the policy made it: counties that were chosen may have been on another path before ({doc}`chapter 4.2 <04_2_parallel_trends>`),
# and neighbours were treated together, so that single counties shuffled at random vary less than they should ({doc}`chapter 4.4 <04_4_robustness>`).
#
# </details>
