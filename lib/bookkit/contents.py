"""Which pages a book has, and what each chapter declares: its place, its parameters."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import yaml

from bookkit.paths import ROOT, read_json

NOTEBOOKS = ROOT / "notebooks"


def toc_parts() -> dict[str, list[str]]:
    """Pages of _toc.yml by the caption of their part, in order; the landing page has none."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    parts = {part.get("caption", ""): _files_below(part) for part in toc.get("parts", [])}
    return {"": [toc["root"], *_files_below(toc.get("chapters", []))], **parts}


def toc_files() -> list[str]:
    """Every page of _toc.yml, in order, without suffix."""
    return [name for names in toc_parts().values() for name in names]


def _files_below(node: Any) -> list[str]:
    if isinstance(node, dict):
        here = [node["file"]] if "file" in node else []
        return here + _files_below(list(node.values()))
    children = node if isinstance(node, list) else []
    return [name for child in children for name in _files_below(child)]


def scripts(folder: Path = NOTEBOOKS) -> list[Path]:
    """Chapter scripts of a folder, in order."""
    return sorted(folder.glob("*.py"))


def chapters() -> list[str]:
    """Names of the chapters, in the book's order; a script that _toc.yml leaves out is an error."""
    known = {script.stem for script in scripts()}
    names = [name for name in toc_files() if name in known]
    if left_out := known - set(names):
        raise ValueError(f"_toc.yml leaves out the chapters {', '.join(sorted(left_out))}")
    return names


def parameters(notebook: Path) -> dict[str, Any]:
    """Name and value of what the cell tagged ``parameters`` sets.

    A chapter about the panel that a reader names has the parameter DATA; one that reads what
    other chapters have computed has RESULTS, and is executed after them.
    """
    cells = (c for c in read_json(notebook)["cells"] if c["cell_type"] == "code")
    source = next(("".join(c["source"]) for c in cells if _is_parameters(c)), "")
    set_here = (step for step in ast.parse(source).body if isinstance(step, ast.Assign))
    return {
        name.id: ast.literal_eval(step.value)
        for step in set_here
        for name in step.targets
        if isinstance(name, ast.Name)
    }


def _is_parameters(cell: dict[str, Any]) -> bool:
    return "parameters" in cell["metadata"].get("tags", [])
