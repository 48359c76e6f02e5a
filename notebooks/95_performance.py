# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Performance
#
# The paper's Figure 2 takes a thousand regressions. How long does that take, here and elsewhere?
#
# **The answer.** {glue:text}`own_seconds:.2f` seconds on one core. A hand-written numpy loop that knows the same shortcuts takes **{glue:text}`numpy_ratio:.1f` times** as long, a loop of full regressions {glue:text}`loop_ratio:,.0f` times
# ({numref}`fig-peers`). Gains multiply, so they are counted in logarithms: the first step, to residualise once, brings {glue:text}`first_low:.0%` to {glue:text}`first_step:.0%` of the whole, by how well it is programmed. The
# figures on this page come from the last committed run of `make bench`; nothing is timed while the book is built.

# %% tags=["parameters", "hide-input"]
RUN = ""  # a date such as "2026-11-24"; empty: the latest run

# %% tags=["hide-input"]
import json
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from exercises.performance import check_1, check_2, check_3

from bookkit.page import Page
from bookkit.paths import ROOT

folder = ROOT / "benchmarks" / "results"
path = folder / f"{RUN}.json" if RUN else sorted(folder.glob("2*.json"))[-1]
run = json.loads(path.read_text(encoding="utf-8"))
rows = pd.DataFrame(run["rows"])
machine = run["machine"]
page = Page(
    "95_performance",
    source=f"make bench, {path.stem}, {machine['cores']} cores ({machine['cpu']})",
)

# %% tags=["hide-input"]
peers = rows[rows["section"] == "peers"].sort_values("ratio")
# a row that refitted because numba was missing, and drew by another null
slow_fallback = peers["name"] == "pyfixest ritest (another null, no errors)"
peers = peers[~slow_fallback]
others = peers[peers["ratio"] > 1]
fig, axis = plt.subplots(figsize=(5, 0.55 * len(others) + 1))
axis.errorbar(
    others["ratio"],
    range(len(others)),
    xerr=[
        others["ratio"] - others["ratio_min"],
        others["ratio_max"] - others["ratio"],
    ],
    fmt="o",
    capsize=3,
)
names = [fill(name, 24) for name in others["name"]]
axis.set_yticks(range(len(others)), names, multialignment="left")
axis.set(xscale="log", xlabel="times as long as here", xlim=(1, None))
axis.xaxis.set_major_formatter("{x:,g}")
page.figure(
    fig,
    name="fig-peers",
    caption="A thousand placebo regressions: how many times as long others take. Median and range of the repetitions.",
    alt="Points on a logarithmic scale, from a tuned loop at a few times as long to loops of full regressions at hundreds and thousands of times.",
)

# %% [markdown]
# ## Against its peers
#
# All do the same job, the coefficient and clustered standard error of a placebo policy on a
# panel of the paper's shape, in the same run. Slow ones do fewer draws, and their
# time is scaled to a thousand. Set-up is included. Matrix products have one thread; {glue:text}`pool`.

# %% tags=["hide-input"]
formats = {
    "draws": ("draws timed", "{:,.0f}"),
    "seconds_per_1000": ("seconds for 1,000", "{:.2f}"),
    "ratio": ("times as long", "{:,.1f}"),
    "ratio_min": ("lowest", "{:,.1f}"),
    "ratio_max": ("highest", "{:,.1f}"),
}
PEERS = {
    "demean": "pyfixest's own demeaning of many placebo columns at once",
    "ritest, fast": "pyfixest's `ritest` with numba, which draws by another null and gives no errors",
    "fixest": "a loop of R's fixest",
    "Julia": "anything in Julia",
}
absent = [
    words
    for key, words in PEERS.items()
    if not peers["name"].str.contains(key).any()
    or (key == "fixest" and not peers["name"].str.contains("R fixest").any())
]
page.table(
    pd.DataFrame(
        {
            head: peers[column].map(form.format)
            for column, (head, form) in formats.items()
        }
    ).set_axis(peers["name"].rename("method")),
    name="tbl-peers",
    caption="A thousand placebo regressions",
    notes="Median, and the smallest and largest ratio of the repetitions. Not in this run: "
    + "; ".join(absent)
    + ".",
)

# %% tags=["remove-cell"]
by_name = peers.set_index("name")
ours = by_name.index.str.startswith("numpy")
million = rows[rows["section"] == "million"].iloc[0]
wild = rows[rows["name"] == "wild cluster bootstrap"].iloc[0]
large = rows.query("section == 'large' and name == 'all three'").iloc[0]
loop, tuned = (
    by_name.loc["pyfixest loop", "ratio"],
    by_name.loc[ours, "ratio"],
)
page.tell(
    own_seconds=by_name.loc["clustergap", "seconds_per_1000"],
    first_step=np.log(loop / tuned.min()) / np.log(loop),
    first_low=np.log(loop / tuned.max()) / np.log(loop),
    pool="so has pyfixest's own pool"
    if "not run" in machine
    else "in this run pyfixest's own pool was not held to one",
    loop_ratio=by_name.loc["pyfixest loop", "ratio"],
    numpy_ratio=by_name.loc[ours, "ratio"].min(),
    cores=machine["cores"],
    million_seconds=million["seconds"],
    million_mb=million["peak_mb"],
    wild_seconds=wild["seconds"],
    wild_draws=int(wild["draws"]),
    large_rows=int(large["counties"] * large["periods"]),
    large_seconds=large["seconds"],
    large_gb=large["peak_mb"] / 1000,
)

# %% [markdown]
# A loop of `pf.feols` takes {glue:text}`loop_ratio:,.0f` times as long. That is no fault of pyfixest, which is built to
# fit any regression once; the gain is in *not* fitting. In a balanced panel demeaning is closed form, the
# outcome and the controls are residualised once, and a county's treatment path is one of four vectors, so
# that a draw is a gather and a few small matrix products. Against the better of the hand-written numpy loops that already
# residualise once, {glue:text}`numpy_ratio:.1f` remains.
#
# ## How the cost grows

# %% tags=["hide-input"]
POWER = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
fig, axes = plt.subplots(1, 3, figsize=(7.6, 3.1), sharey=True)
for axis, x in zip(axes, ("draws", "counties", "periods"), strict=True):
    part = rows[rows["section"] == x]
    if x == "draws":
        part = pd.concat([part, rows[rows["section"] == "million"]])
    if x == "counties":
        part = part.sort_values("draws").groupby("counties").head(1)
    sns.lineplot(
        part,
        x=x,
        y="seconds",
        hue="name",
        style="name",
        markers=True,
        dashes=False,
        legend=x == "periods",
        ax=axis,
    )
    axis.set(xscale="log", yscale="log", xlabel=x)
    if x == "periods":
        axis.set_xticks(
            sorted(part[x].unique()),
            labels=[f"{v:g}" for v in sorted(part[x].unique())],
        )
    else:
        low, high = (
            np.log10([part[x].min(), part[x].max()]).round().astype(int)
        )
        powers = range(low, high + 1, 1 if high - low < 3 else 2)
        axis.set_xticks(
            [10.0**k for k in powers],
            labels=[f"10{str(k).translate(POWER)}" for k in powers],
        )
    axis.minorticks_off()
    axis.yaxis.set_major_formatter("{x:,g}")
axes[2].legend(title=None, fontsize=8.5)
timed = rows.groupby("section")["draws"].min()
page.figure(
    fig,
    name="fig-scaling",
    caption=f"Seconds against the number of draws, of counties ({timed['counties']:,.0f} draws) and of periods ({timed['periods']:,.0f} draws).",
    alt="Three log-log charts. Time grows in proportion to draws and counties, and with periods slowly in a balanced panel, faster in an unbalanced one.",
)

# %% [markdown]
# A million draws take {glue:text}`million_seconds:.0f` seconds on {glue:text}`cores` cores and at most
# {glue:text}`million_mb:,.0f` MB. A wild cluster bootstrap with {glue:text}`wild_draws:,d` draws takes
# {glue:text}`wild_seconds:.2f` seconds. On a panel of {glue:text}`large_rows:,d` rows the baseline, the event study and a
# thousand placebos take {glue:text}`large_seconds:.0f` seconds and {glue:text}`large_gb:.1f` GB together. `docs/scaling.md` says
# how to spread longer runs over machines, and how to resume them.

# %% [markdown]
# ## Exercises

# %% [markdown]
# ### Exercise 1: predict
#
# Programs have a part that is paid once and a part that is paid per draw. For how many draws are the two equal here? Guess from the left panel of {numref}`fig-scaling`; then let `answer_1` be the number of draws at which the set-up is
# half of the time, from the two rows with `section` equal to `"draws"` that have the fewest and the most draws.
#
# <details class="hint"><summary>Hint</summary>
#
# Two points fix a line: seconds = set-up + rate × draws. Where is the set-up equal to rate × draws?
#
# </details>

# %% tags=["solution", "hide-cell"]
timed = rows[rows["section"] == "draws"].sort_values("draws")
ends = timed.iloc[[0, -1]]
rate = ends["seconds"].diff().iloc[1] / ends["draws"].diff().iloc[1]
setup = ends["seconds"].iloc[0] - rate * ends["draws"].iloc[0]
answer_1 = setup / rate

# %% tags=["check"]
check_1(answer_1, rows)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Below that number the set-up rules, and a faster inner loop would hardly be noticed; far above it only the rate counts. So a benchmark that reports one number of draws compares two things at once. An extrapolation to
# ten million draws may still fail where something new becomes scarce, such as memory or a laptop's cooling.
#
# </details>

# %% [markdown]
# ### Exercise 2: change
#
# Put a number on the left panel of {numref}`fig-scaling`: regress the logarithm of `seconds` on that of `draws` for the rows with `section` equal to `"draws"`. Let `answer_2` be the slope. Why is it not
# one, and which points would you leave out to see one?
#
# <details class="hint"><summary>Hint</summary>
#
# `np.polyfit(x, y, 1)` returns slope and constant.
#
# </details>

# %% tags=["solution", "hide-cell"]
timed = np.log(rows.loc[rows["section"] == "draws", ["draws", "seconds"]])
answer_2 = np.polyfit(timed["draws"], timed["seconds"], 1)[0]

# %% tags=["check"]
check_2(answer_2, rows)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Seconds are a constant plus a rate times draws, and a straight line in logarithms is the wrong model for that: with few draws the constant, reading and residualising, rules, and the line is flat. Among the
# large runs the slope approaches one. Regressions of logarithms on logarithms in economics have the same trap: an "elasticity" of less than one
# may be nothing but a fixed cost.
#
# </details>

# %% [markdown]
# ### Exercise 3: explain
#
# Where does the speed come from? The table of peers has three stations: a loop of full regressions (`"pyfixest loop"`), a loop that residualises once (`"numpy loop, residualise once"`), and
# this book's. A second middle station is the same loop, tuned (`"numpy loop, residualise once, balanced only"`). Let `answer_3` be the shares of the whole gain, in logarithms, that the first step makes by the one and by the other: a list of two. What does the difference teach about
# such attributions?
#
# <details class="hint"><summary>Hint</summary>
#
# `ratio` in `by_name` says how many times as long each takes. Gains multiply, so their logarithms add up: the whole is $\log$ of the first ratio.
#
# </details>

# %% tags=["solution", "hide-cell"]
full = by_name.loc["pyfixest loop", "ratio"]
stations = [
    "numpy loop, residualise once",
    "numpy loop, residualise once, balanced only",
]
answer_3 = [
    float(np.log(full / by_name.loc[name, "ratio"]) / np.log(full))
    for name in stations
]

# %% tags=["check"]
check_3(answer_3, peers)

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# The share depends on how well the middle station is programmed: its author chooses how much is left for the second step, and a weak peer flatters what comes after it. With the better loop most of the gain is Frisch and Waugh's: outcome and controls are the same in all draws, so they need to be residualised only once. The rest is knowing that a placebo policy is one of very few paths through the
# years, so that even *its* residual is not computed but looked up. Both steps are algebra rather than programming. To see other numbers, run `make bench` on your own machine and set
# `RUN` to its date.
#
# </details>
