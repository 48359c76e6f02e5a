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
#
# {doc}`中文摘要 <96_zh_summary>` · {doc}`Glossary 术语表 <glossary>`

# %% tags=["parameters", "remove-input"]
DATA = "synthetic"  # or the path of a folder with your own raw tables
RESULTS = "../build/results"  # where the results of the other chapters lie

# %% tags=["remove-input"]
import matplotlib.pyplot as plt

import clustergap as cg
from bookkit import display as style
from bookkit import ledger
from clustergap.requirements import results_at
from printcheck import verdicts

style.use_style()
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
# Three questions are often mixed up. This book answers each by itself.

# %% tags=["remove-input"]
comparison = verdicts.compare(
    ledger.read_records(RESULTS),
    ledger.published(),
    ledger.published_text(),
)


def card(title, question, figure, words, page, link):
    """One answer: a question, a figure, what it means, where to read on."""
    return (
        f"::::{{grid-item-card}} {title}\n*{question}*\n\n"
        f"[{figure}]{{.key-figure}}\n\n{words}\n"
        f":::{{card-footer}}\n{{doc}}`{link} <{page}>`\n:::\n::::"
    )


in_tables = comparison[comparison["exhibit"] != "text"]
exact = int((in_tables["verdict"] == "exact").sum())
curve = results_at(RESULTS, "robustness.json").get("reasonable")
findings = results_at(RESULTS, "audit.json").get("findings", [])
raised = [f for f in findings if f["outcome"] != "CONSISTENT"]
grave = [f for f in raised if f["consequence"] == "identification"]
made_up = (
    " A made-up panel can show that the code runs, not that the finding holds."
    if study.synthetic
    else ""
)
answers = [
    card(
        "Fidelity",
        "Does the code give the printed numbers?",
        f"{exact} of {len(in_tables)}",
        "table cells come out as printed."
        + (" The panel was calibrated to them." if study.synthetic else ""),
        "80_scoreboard",
        "Scoreboard",
    ),
    card(
        "Robustness",
        "Does the finding survive reasonable changes?",
        f"{curve['significant_same_sign']:.0%}" if curve else "–",
        f"of {curve['models']:,d} reasonable models agree with the baseline in sign, with p\u00a0<\u00a00.05.{made_up}"
        if curve
        else "The specification curve could not be run on these data.",
        "07_5_specification_curve",
        "Specification curve",
    ),
    card(
        "Credibility",
        "Can the design answer the question?",
        f"{len(grave)}",
        f"findings of the audit touch identification ({len(raised)} findings in {len(findings)} checks). They rest on the "
        "paper's printed numbers and on the assumption stated with each, not on county data.",
        "90_audit",
        "Audit",
    ),
]
style.prose(
    "\n".join([":::::{grid} 1 1 3 3", ":gutter: 3", "", *answers, ":::::"])
)

# %% tags=["remove-input"]
LOOK = {  # colour, whether filled
    "exact": ("green", True),
    "within_rounding_of_inputs": ("blue", True),
    "within_one_se": ("blue", False),
    "same_sign": ("orange", False),
    "different": ("vermillion", True),
    "not_run": ("grey", False),
}
EXHIBITS = {f"table_{n}": f"Table {n}" for n in range(1, 7)} | {
    "text": "Text"
}
WIDE = 39  # squares in a line

fig, ax = plt.subplots(figsize=(7.2, 2.9))
line, where = 0, {}
for exhibit in EXHIBITS:
    verdicts = comparison.loc[comparison["exhibit"] == exhibit, "verdict"]
    where[exhibit] = line
    for k, verdict in enumerate(sorted(verdicts, key=list(LOOK).index)):
        colour, filled = LOOK[verdict]
        ax.plot(
            k % WIDE,
            line + k // WIDE,
            marker="X" if verdict == "different" else "s",
            markersize=7,
            markeredgewidth=1,
            markeredgecolor=style.COLOURS[colour],
            markerfacecolor=style.COLOURS[colour] if filled else style.PAPER,
        )
    line += -(-len(verdicts) // WIDE)
for verdict, (colour, filled) in LOOK.items():
    if (comparison["verdict"] == verdict).any():
        ax.plot(
            [],
            [],
            linestyle="none",
            marker="X" if verdict == "different" else "s",
            color=style.COLOURS[colour],
            markerfacecolor=style.COLOURS[colour] if filled else style.PAPER,
            label=style.VERDICTS[verdict],
        )
ax.set_yticks(list(where.values()), list(EXHIBITS.values()))
ax.set_ylim(line - 0.4, -0.6)
ax.set_xticks([])
ax.grid(False)
ax.spines[:].set_visible(False)
ax.tick_params(length=0)
fig.legend(loc="outside lower center", ncols=6, handletextpad=0.2)
words = ", ".join(
    f"{EXHIBITS[e]} {int((v == 'exact').sum())} of {len(v)}"
    for e, v in comparison.groupby("exhibit", observed=True)["verdict"]
)
style.figure(
    fig,
    name="fig-every-number",
    caption="Every number the paper prints, one mark each, by what this book's code computes in its place.",
    alt=f"Rows of squares, one row an exhibit. Exactly as printed: {words}.",
    source=f"the paper; {study.source}",
)

# %% [markdown]
# ## Four ways in
#
# ::::{grid} 1 1 2 2
# :gutter: 3
#
# :::{grid-item-card} Read
# :link: 01_introduction
# :link-type: doc
# Start with the introduction and follow the paper's order. Sliders work in the page, without internet.
# :::
#
# :::{grid-item-card} Review
# :link: 80_scoreboard
# :link-type: doc
# `make book` executes every chapter again, `make test` checks it. The scoreboard lists each printed number with its verdict.
# :::
#
# :::{grid-item-card} Study
# :link: 04_1_baseline
# :link-type: doc
# Change a formula, see what happens. Each chapter ends with exercises that check your answer; the buttons at the top of a page
# open or download it.
# :::
#
# :::{grid-item-card} Bring your own data
# :link: _generated/codebook
# :link-type: doc
# `make book DATA=path/to/folder` builds the same book on real county tables. The codebook says which are needed.
# :::
# ::::
