"""The page that says how these pages came about: data, outputs, numbers met, seeds, times."""

from __future__ import annotations

import csv
import os
import platform
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bookkit.build import chapter_folder
from bookkit.contents import NOTEBOOKS, parameters
from bookkit.paths import ROOT, read_json
from bookkit.text import pipe_table

PACKAGES = ("numpy", "pandas", "pyfixest", "scipy", "statsmodels", "papermill", "jupyter-book")
PAGE = """# Record

This page is written at each build, from what that build read, did and made. Every chapter was
executed from its first cell to its last; a failing cell stops the build.

## Data sets

{datasets}
## Printed numbers

Each number that the paper prints is compared once, on the scoreboard. On synthetic data a match
shows only that calibration and chapters run the same regressions: it is no evidence for the paper.

{exhibits}
## Result files

What each chapter makes, in `{folder}/results/`.

{outputs}
## Seeds

Random numbers come from generators that a chapter seeds in its parameters cell.

{seeds}
## Times

Seconds of each chapter when it was last executed, {machine}.

{times}
## Versions

{versions}
"""


def record(chapters: Sequence[str], out: Path, datasets: Sequence[Sequence[str]]) -> str:
    """Return the page, as MyST, of the book in a folder that `build.output_folder` names."""
    made = {name: read_json(chapter_folder(name, out) / "files.json") for name in chapters}
    seconds = {name: read_json(chapter_folder(name, out) / "seconds.json") for name in chapters}
    set_here = {name: parameters(NOTEBOOKS / f"{name}.ipynb") for name in chapters}
    files = [(_doc(n), _code(those)) for n, those in made.items() if those]
    seeds = [(_doc(n), f"{v['SEED']}") for n, v in set_here.items() if "SEED" in v]
    times = [(_doc(n), f"{s:.1f}") for n, s in seconds.items()]
    tables = {
        "datasets": pipe_table(("what", "class, rows", "publisher (rights)"), datasets),
        "exhibits": pipe_table(("exhibit", "chapter", "verdicts"), _exhibits(out)),
        "outputs": pipe_table(("chapter", "files"), files),
        "seeds": pipe_table(("chapter", "seed"), seeds),
        "times": pipe_table(("chapter", "seconds"), times),
        "versions": pipe_table(
            ("software", "version"),
            [("python", platform.python_version()), *((n, version(n)) for n in PACKAGES)],
        ),
    }  # fmt: skip
    m = machine()
    words = f"on {m['cores']} cores with {m['memory_gb']} GB of memory ({m['system']})"
    texts = {name: "\n".join(lines) for name, lines in tables.items()}
    return PAGE.format(machine=words, folder=os.path.relpath(out, ROOT), **texts)


def _exhibits(out: Path) -> list[tuple[str, str, str]]:
    """Exhibit, chapter and counts of verdicts; none if the scoreboard was not computed."""
    path = out / "results" / "comparison.csv"
    if not path.is_file():
        return []
    counts: dict[tuple[str, str], Counter[str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            counts.setdefault((row["exhibit"], row["chapter"]), Counter())[row["verdict"]] += 1
    return [
        (
            exhibit.replace("_", " ").capitalize(),
            _doc(chapter) if chapter else "none",
            ", ".join(f"{n} {verdict.replace('_', ' ')}" for verdict, n in found.most_common()),
        )
        for (exhibit, chapter), found in counts.items()
    ]


def _doc(chapter: str) -> str:
    return f"{{doc}}`/{chapter}`"


def _code(names: Sequence[str]) -> str:
    """List files as code; a table's two files stand together."""
    stems: dict[str, list[str]] = {}
    for name in sorted(names):
        stem, _, suffix = name.rpartition(".")
        stems.setdefault(stem, []).append(suffix)
    return " ".join(
        f"`{stem}.{{{','.join(suffixes)}}}`" if len(suffixes) > 1 else f"`{stem}.{suffixes[0]}`"
        for stem, suffixes in stems.items()
    )


def machine() -> dict[str, Any]:
    """Return what run times depend on; nothing that names the machine."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": platform.system(),
        "python": platform.python_version(),
    }
