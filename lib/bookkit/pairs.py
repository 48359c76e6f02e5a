"""Keeps each chapter's two files the same: the script that is edited, the notebook that is run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import jupytext
import nbformat

from bookkit.paths import ROOT, write_atomically

FOLDER = ROOT / "notebooks"
REMEDY = (
    "edit the .py and run `make pairs`, or edit the notebook and run `jupytext --to py:percent`"
)


def notebook_of(script: Path) -> nbformat.NotebookNode:
    """Read a py:percent script as the notebook it stands for, cell ids by position.

    Parameters
    ----------
    script
        Its path.

    Returns
    -------
    NotebookNode
        Without outputs.
    """
    notebook = jupytext.read(script)
    notebook.metadata.pop("jupytext", None)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:03d}"
    return notebook


def write_pair(script: Path) -> None:
    """Write the notebook beside a script; the same script gives the same bytes.

    Parameters
    ----------
    script
        Its path.
    """
    text = nbformat.writes(notebook_of(script)) + "\n"
    write_atomically(script.with_suffix(".ipynb"), text)


def differences(script: Path) -> list[str]:
    """Say in what the two files of a chapter differ: cells, code, prose, tags, outputs.

    Parameters
    ----------
    script
        Its path.

    Returns
    -------
    list
        Empty if they are the same.
    """
    other = script.with_suffix(".ipynb")
    if not other.is_file():
        return [f"{other.name} is missing"]
    wanted, found = notebook_of(script), nbformat.read(other, as_version=4)
    problems = []
    for key, what in {"kernelspec": "kernels", "clustergap": "clustergap metadata"}.items():
        if wanted.metadata.get(key) != found.metadata.get(key):
            problems.append(f"the {what} differ")
    if (here := len(wanted.cells)) != (there := len(found.cells)):
        problems.append(f"{here} cells in the script, {there} in the notebook")
    for number, cells in enumerate(zip(wanted.cells, found.cells, strict=False), start=1):
        a, b = map(_parts, cells)
        problems += [f"cell {number}: the {what} differ" for what in a if a[what] != b[what]]
        if cells[1].get("outputs") or cells[1].get("execution_count"):
            problems.append(f"cell {number}: the notebook holds outputs")
    return [f"{script.stem}: {problem}" for problem in problems]


def _parts(cell: nbformat.NotebookNode) -> dict[str, Any]:
    metadata = dict(cell.metadata)
    tags = metadata.pop("tags", [])
    return {"kinds": cell.cell_type, "sources": cell.source, "tags": tags, "metadata": metadata}


def scripts(folder: Path = FOLDER) -> list[Path]:
    """Chapter scripts of a folder, in order.

    Parameters
    ----------
    folder
        Of chapters.

    Returns
    -------
    list
        Paths.
    """
    return sorted(folder.glob("*.py"))


def all_differences(folder: Path = FOLDER) -> list[str]:
    """Say in what the pairs of a folder differ.

    Parameters
    ----------
    folder
        Of chapters.

    Returns
    -------
    list
        With a last line that says what to do; empty if there is nothing to do.
    """
    problems = [problem for script in scripts(folder) for problem in differences(script)]
    return [*problems, f"The pairs differ: {REMEDY}"] if problems else []


def strip(folder: Path = FOLDER) -> None:
    """Take outputs out of notebooks that are otherwise as their scripts.

    Parameters
    ----------
    folder
        Of chapters.
    """
    for script in scripts(folder):
        if (found := differences(script)) and all("holds outputs" in one for one in found):
            write_pair(script)


def main() -> None:
    """``python -m bookkit.pairs``: write every notebook from its script.

    With ``--check`` it only says in what they differ, with ``--strip`` it takes outputs out.
    """
    if "--strip" in sys.argv[1:]:
        return strip()
    if "--check" in sys.argv[1:]:
        sys.exit("\n".join(all_differences()) or None)
    for script in scripts():
        write_pair(script)
    print(f"{len(scripts())} pairs written", file=sys.stderr)


if __name__ == "__main__":
    main()
