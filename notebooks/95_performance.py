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
# The paper's Figure 2 takes a thousand regressions. How long does that take, here and elsewhere? The
# figures on this page come from the last committed run of `make bench`; nothing is timed while the book is built.

# %% tags=["parameters"]
RUN = ""  # a date such as "2026-11-24"; empty: the latest run

# %% tags=["hide-input"]
import json

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.ticker import NullFormatter
from myst_nb import glue

from bookkit import display as style
from bookkit.paths import ROOT

style.use_style()
folder = ROOT / "benchmarks" / "results"
path = folder / f"{RUN}.json" if RUN else sorted(folder.glob("*.json"))[-1]
run = json.loads(path.read_text(encoding="utf-8"))
rows = pd.DataFrame(run["rows"])
machine = run["machine"]
SOURCE = (
    f"make bench, {path.stem}, {machine['cores']} cores ({machine['cpu']})"
)

# %% [markdown]
# ## Against its peers
#
# All do the same job, the coefficient and clustered standard error of a placebo policy on a
# panel of the paper's shape, in the same run and on one core. Slow ones do fewer draws, and their
# time is scaled to a thousand. Set-up is included.

# %% tags=["hide-input"]
peers = rows[rows["section"] == "peers"].sort_values("ratio")
style.table(
    pd.DataFrame(
        {
            "method": peers["name"],
            "draws timed": peers["draws"].map("{:,.0f}".format),
            "seconds for 1,000": peers["seconds_per_1000"].map(
                "{:.2f}".format
            ),
            "times as long": peers["ratio"].map("{:,.1f}".format),
            "lowest": peers["ratio_min"].map("{:,.1f}".format),
            "highest": peers["ratio_max"].map("{:,.1f}".format),
        }
    ).reset_index(drop=True),
    name="tbl-peers",
    caption="A thousand placebo regressions",
    source=SOURCE,
    notes="Median, and the smallest and largest ratio of the repetitions.",
)

# %% tags=["remove-cell"]
by_name = peers.set_index("name")
glue(
    "loop_ratio", float(by_name.loc["pyfixest loop", "ratio"]), display=False
)
numpy_rows = peers[peers["name"].str.startswith("numpy")]
glue("numpy_ratio", float(numpy_rows["ratio"].min()), display=False)
million = rows[rows["section"] == "million"].iloc[0]
glue("cores", int(machine["cores"]), display=False)
glue("million_seconds", float(million["seconds"]), display=False)
glue("million_mb", float(million["peak_mb"]), display=False)
wild = rows[rows["name"] == "wild cluster bootstrap"].iloc[0]
glue("wild_seconds", float(wild["seconds"]), display=False)
glue("wild_draws", int(wild["draws"]), display=False)
large = rows[
    (rows["section"] == "large") & (rows["name"] == "all three")
].iloc[0]
glue("large_rows", int(large["counties"] * large["periods"]), display=False)
glue("large_seconds", float(large["seconds"]), display=False)
glue("large_gb", float(large["peak_mb"] / 1000), display=False)

# %% [markdown]
# A loop of `pf.feols` takes {glue:text}`loop_ratio:,.0f` times as long. That is no fault of pyfixest, which is built to
# fit any regression once; the gain is in *not* fitting. In a balanced panel demeaning is closed form, the
# outcome and the controls are residualised once, and a county's treatment path is one of four vectors, so
# that a draw is a gather and a few small matrix products. Against a hand-written numpy loop that already residualises
# once, {glue:text}`numpy_ratio:.1f` remains.
#
# ## How the cost grows

# %% tags=["hide-input"]
fig, axes = plt.subplots(1, 3, figsize=(9, 3.1), sharey=True)
for axis, (section, x) in zip(
    axes,
    {"draws": "draws", "counties": "counties", "periods": "periods"}.items(),
    strict=True,
):
    part = rows[rows["section"] == section]
    if section == "draws":
        part = pd.concat([part, rows[rows["section"] == "million"]])
    if section == "counties":
        part = part.sort_values("draws").groupby("counties").head(1)
    for name, line in part.sort_values(x).groupby("name"):
        axis.plot(line[x], line["seconds"], marker="o", label=name)
    axis.set(xscale="log", yscale="log", xlabel=x)
    axis.xaxis.set_major_formatter("{x:,.0f}")
    axis.yaxis.set_major_formatter("{x:,g}")
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.tick_params(axis="x", labelrotation=30)
axes[0].set(ylabel="seconds")
timed = rows.groupby("section")["draws"].min()
axes[2].legend()
style.figure(
    fig,
    name="fig-scaling",
    caption=f"Seconds against the number of draws, of counties ({timed['counties']:,.0f} draws) and of periods ({timed['periods']:,.0f} draws).",
    alt="Three log-log charts. Time grows in proportion to draws and counties, and slowly with periods.",
    source=SOURCE,
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
# How long would *ten* million draws take on the machine of this run, with the same cores? Guess from {numref}`fig-scaling`, then let `answer_1` be the seconds that follow from the run with a million
# draws (`million`). What could make the guess wrong?
#
# <details class="hint"><summary>Hint</summary>
#
# On log–log axes, a line of slope one is proportionality.
#
# </details>

# %% tags=["solution", "hide-cell"]
answer_1 = 10 * million["seconds"]

# %% tags=["check", "hide-cell"]
draws_a_second = million["draws"] / million["seconds"]
assert abs(answer_1 * draws_a_second / 10_000_000 - 1) < 0.02, (
    f"At {draws_a_second:,.0f} draws a second that would be "
    f"{answer_1 * draws_a_second:,.0f} draws."
)
print(f"Right: about {answer_1:,.0f} seconds.")

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# Ten times as long: draws are independent, and set-up no longer counts. An extrapolation of this kind fails where something new becomes scarce. Here that might be memory, if all draws were kept and
# not summed up; a laptop that grows hot and slows down; or the other work on the machine.
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
# `np.polyfit(x, y, 1)` returns slope and constant; this chapter has not imported numpy yet.
#
# </details>

# %% tags=["solution", "hide-cell"]
import numpy as np

timed = np.log(rows.loc[rows["section"] == "draws", ["draws", "seconds"]])
answer_2 = np.polyfit(timed["draws"], timed["seconds"], 1)[0]

# %% tags=["check", "hide-cell"]
import numpy as np

of_draws = rows.query("section == 'draws'").sort_values("draws")
frame = pd.DataFrame(
    {"x": np.log(of_draws["draws"]), "y": np.log(of_draws["seconds"])}
)
assert abs(answer_2 - frame["x"].cov(frame["y"]) / frame["x"].var()) < 1e-9, (
    "Covariance over variance gives another slope. Are both sides in "
    "logarithms, with the seconds on the left?"
)
last = frame.diff().iloc[-1]
late = last["y"] / last["x"]
print(f"Right: {answer_2:.2f}; between the last two points {late:.2f}.")

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
# this book's. Let `answer_3` be the share of the whole gain, in logarithms, that the first step makes.
#
# <details class="hint"><summary>Hint</summary>
#
# `ratio` in `by_name` says how many times as long each takes. Gains multiply, so their logarithms add up: the whole is $\log$ of the first ratio.
#
# </details>

# %% tags=["solution", "hide-cell"]
import numpy as np

full = by_name.loc["pyfixest loop", "ratio"]
once = by_name.loc["numpy loop, residualise once", "ratio"]
answer_3 = np.log(full / once) / np.log(full)

# %% tags=["check", "hide-cell"]
import numpy as np

taken = peers.set_index("name")["ratio"]
second_step = np.log(taken["numpy loop, residualise once"])
whole = np.log(taken["pyfixest loop"])
assert abs((1 - answer_3) * whole - second_step) < 1e-6, (
    "Both steps together do not make the whole gain. Is it the share of the "
    "first step, from full regressions to residualising once?"
)
print(f"Right: {answer_3:.0%}, the rest comes from the second step.")

# %% [markdown] tags=["solution"]
# <details class="solution"><summary>Solution</summary>
#
# A large part of the gain is Frisch and Waugh's: outcome and controls are the same in all draws, so they need to be residualised only once. The rest is knowing that a placebo policy is one of very few paths through the
# years, so that even *its* residual is not computed but looked up. Both steps are algebra rather than programming. To see other numbers, run `make bench` on your own machine and set
# `RUN` to its date.
#
# </details>
