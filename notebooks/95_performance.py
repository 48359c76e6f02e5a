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

from clustergap import style
from clustergap.project import ROOT

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
axes[2].legend()
style.figure(
    fig,
    name="fig-scaling",
    caption="Seconds against the number of draws, of counties (50 draws) and of periods (1,000 draws).",
    alt="Three log-log charts. Time grows in proportion to draws and counties, and slowly with periods.",
    source=SOURCE,
)

# %% [markdown]
# A million draws take {glue:text}`million_seconds:.0f` seconds on both cores and at most
# {glue:text}`million_mb:,.0f` MB. A wild cluster bootstrap with {glue:text}`wild_draws:,d` draws takes
# {glue:text}`wild_seconds:.2f` seconds. On a panel of {glue:text}`large_rows:,d` rows the baseline, the event study and a
# thousand placebos take {glue:text}`large_seconds:.0f` seconds and {glue:text}`large_gb:.1f` GB together. `docs/scaling.md` says
# how to spread longer runs over machines, and how to resume them.

# %% [markdown]
# ## Exercises
#
# 1. *Predict.* From {numref}`fig-scaling`: how long would ten million draws take? A thousand draws on a million counties?
# 2. *Change.* Run `make bench` on your machine and set `RUN` to its date.
