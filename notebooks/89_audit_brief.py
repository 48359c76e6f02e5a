# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The audit in brief
#
# Do the printed numbers of {cite:t}`lixuegeng` fit each other, the sentences around them, and what public figures say of China? To ask that takes no
# county data of the authors.
#
# **The answer.** Mostly they do. Of {glue:text}`checks` checks, {glue:text}`holds` find the numbers consistent, {glue:text}`only_if` consistent if something holds that the paper does not say,
# and {glue:text}`inconsistent` inconsistent as worded. No table contradicts itself. But {glue:text}`findings` findings deserve an answer, and
# {glue:text}`firm` of them are certain or strong.
#
# **What matters most** is the outcome: its printed mean asks for incomes in town that are at least
# {glue:text}`least:.1f` times those in the country, and {numref}`fig-audit-ratios` shows how far that is from public figures. The standard errors of two tables look like those of independent rows. The
# instrument's estimate is more than twice the outcome's mean. And if the baseline is a mean of the two types, grain does less than high-value crops, not more.
#
# **What would settle most of it** is cheap. One county computed step by step would settle the level, the commands behind Tables 2 and 3 the standard errors, and a change of words the percentage.

# %% tags=["parameters", "remove-input"]
RESULTS = "../build/results"  # where the results of the other chapters lie

# %% tags=["remove-input"]
import matplotlib.pyplot as plt
import pandas as pd

from bookkit.display import COLOURS
from bookkit.page import Page
from clustergap.requirements import results_of

audit = results_of(RESULTS, "audit.json", "of the audit")
findings, counts = audit["findings"], audit["counts"]
numbers = {f["id"]: f["numbers"] for f in findings}
page = Page("89_audit_brief", source=audit["data"])

# %% tags=["remove-cell"]
firm = [f for f in findings if f["strength"] in ("certain", "strong")]
page.tell(
    checks=sum(counts.values()),
    holds=counts["CONSISTENT"],
    only_if=counts["CONSISTENT_ONLY_IF"],
    inconsistent=counts["INCONSISTENT"],
    findings=len(findings),
    firm=len(firm),
    least=numbers["level"]["lowest"][0],
)

# %% tags=["remove-input"]
level, pair = numbers["level"], numbers["pair"]
SHOWN = {
    "the nation, 2014 to 2024": level["nation"],
    "31 provinces, 2014 to 2022": level["provinces"],
    "real counties, middle 98 %": level.get("counties"),
    "the mean of the index needs": level["lowest"],
    "the two effects need": pair["sampled_least"],
    "the 2SLS effect needs": numbers["iv_size"]["ratio"],
}
shown = {words: ends for words, ends in SHOWN.items() if ends}
highest = max(
    high for words, (_, high) in shown.items() if "need" not in words
)
arrows = [low for words, (low, _) in shown.items() if "need" in words]
beyond = sum(low > highest for low in arrows)
fig, axis = plt.subplots(figsize=(6.4, 0.42 * len(shown) + 0.8))
for place, (words, (low, high)) in enumerate(shown.items()):
    needed = "need" in words
    look = {"color": COLOURS["vermillion" if needed else "green"]}
    if needed:
        axis.annotate(
            "",
            (18, place),
            (low, place),
            arrowprops={"arrowstyle": "->", "linewidth": 2, **look},
        )
        axis.plot([low], [place], "o", **look)
    else:
        axis.plot(
            [low, high],
            [place, place],
            linewidth=6,
            solid_capstyle="butt",
            **look,
        )
    told = f"{low:.1f}" if needed else f"{low:.2f} to {high:.2f}"
    axis.annotate(
        told,
        (low if needed else high, place),
        xytext=(0 if needed else 6, 5 if needed else 0),
        textcoords="offset points",
        va="bottom" if needed else "center",
        **look,
    )
axis.set_yticks(range(len(shown)), shown)
axis.set(
    xscale="log",
    xlim=(1, 20),
    ylim=(len(shown) - 0.5, -0.6),
    xlabel="yuan in town for each yuan in the country",
)
axis.set_xticks([1, 2, 3, 5, 10, 20], ["1", "2", "3", "5", "10", "20"])
axis.minorticks_off()
axis.grid(visible=False, axis="y")  # it would strike the numbers out
page.figure(
    fig,
    name="fig-audit-ratios",
    caption="Income ratios of town to country: as public figures give them (bars), and as printed numbers need them to be at least (arrows; findings 1, 2 and 5).",
    alt="; ".join(
        f"{words} {low:.1f}" + ("" if "need" in words else f" to {high:.1f}")
        for words, (low, high) in shown.items()
    )
    + f". {beyond} of the {len(arrows)} arrows begin to the right of all bars.",
)

# %% [markdown]
# We judge each finding twice: how *strong* it is (*certain*: no unrounded numbers fit; *strong*: only an unlikely condition saves it; *moderate*: an
# ordinary one does; *weak*: print alone cannot tell), and what is *at stake*. Most may have an innocent explanation; the link behind each leads to what an author could answer.

# %% tags=["remove-input"]
page.table(
    pd.DataFrame(
        [
            [
                f"{n}. {f['title']}",
                f["brief"],
                f["strength"],
                f["consequence"],
            ]
            for n, f in enumerate(findings, start=1)
        ],
        columns=["Finding", "In one line", "Strength", "At stake"],
    ),
    name="tbl-audit-summary",
    caption=f"The {len(findings)} findings that deserve an answer, those about outcome and errors first",
    targets=[f"audit-{f['id'].replace('_', '-')}" for f in findings],
)

# %% [markdown]
# **What holds.** Two ways to find the number of treated county-years agree; stars fit their t ratios wherever rounding lets one tell; sample sizes, shares, R² from column to column and sentences that repeat a table all
# agree ({numref}`tbl-audit-holds`).
#
# **What none of this says.** A finding is a question, and no estimate of the paper is refuted by it: whether clusters narrow the gap is for the counties' own data to tell. {doc}`The audit <90_audit>` gives every step in
# lines that you can change, {doc}`chapter 5 <05_1_real_levels>` the real counties, and {doc}`92_check_a_table` does the same to any table you like.
