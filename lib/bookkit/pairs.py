"""Keeps each chapter's two files the same: the script that is edited, the notebook that is run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import jupytext
import nbformat

from bookkit.contents import NOTEBOOKS, scripts
from bookkit.paths import write_atomically

REMEDY = (
    "edit the .py and run `make pairs`, or edit the notebook and run `jupytext --to py:percent`"
)


def notebook_of(script: Path) -> nbformat.NotebookNode:
    """Read a py:percent script as the notebook it stands for; jupytext's cell ids are random."""
    notebook = jupytext.read(script)
    notebook.metadata.pop("jupytext", None)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:03d}"
    return notebook


def write_pair(script: Path) -> None:
    """Write the notebook beside a script; the same script gives the same bytes."""
    text = nbformat.writes(notebook_of(script)) + "\n"
    write_atomically(script.with_suffix(".ipynb"), text)


def differences(script: Path) -> list[str]:
    """Say in what the two files of a chapter differ; empty if they are the same."""
    if not (other := script.with_suffix(".ipynb")).is_file():
        return [f"{other.name} is missing"]
    wanted, found = notebook_of(script), nbformat.read(other, as_version=4)
    problems = [] if _header(wanted) == _header(found) else ["the headers differ"]
    if (here := len(wanted.cells)) != (there := len(found.cells)):
        problems.append(f"{here} cells in the script, {there} in the notebook")
    for number, (a, b) in enumerate(zip(wanted.cells, found.cells, strict=False), start=1):
        ours, theirs = _parts(a), _parts(b)
        problems += [f"cell {number}: the {w} differ" for w in ours if ours[w] != theirs[w]]
        if b.get("outputs") or b.get("execution_count"):
            problems.append(f"cell {number}: the notebook holds outputs")
    return [f"{script.stem}: {problem}" for problem in problems]


def _header(notebook: nbformat.NotebookNode) -> dict[str, Any]:
    return {k: v for k, v in notebook.metadata.items() if k not in ("jupytext", "language_info")}


def _parts(cell: nbformat.NotebookNode) -> dict[str, Any]:
    metadata = dict(cell.metadata)
    tags = metadata.pop("tags", [])
    return {"kinds": cell.cell_type, "sources": cell.source, "tags": tags, "metadata": metadata}


def all_differences(folder: Path = NOTEBOOKS) -> list[str]:
    """Say in what the pairs of a folder differ, and what to do; empty if in nothing."""
    problems = [problem for script in scripts(folder) for problem in differences(script)]
    return [*problems, f"The pairs differ: {REMEDY}"] if problems else []


def main() -> None:
    """``python -m bookkit.pairs``: write every notebook from its script; ``--check`` compares."""
    if "--check" in sys.argv[1:]:
        sys.exit("\n".join(all_differences()) or None)
    for script in scripts():
        write_pair(script)
    print(f"{len(scripts())} pairs written", file=sys.stderr)


if __name__ == "__main__":
    main()
