"""What a page offers to take away: a notebook that runs elsewhere, and all it needs to run."""

from __future__ import annotations

import copy
import json
import re
import sys
from pathlib import Path

import nbformat

from bookkit import pairs
from bookkit.paths import ROOT, files, write_atomically, zipped

BUNDLE = "clustergap-project"
"""Name of the zip that holds the library, the data and the chapters, and of its one folder."""

BUNDLED = (
    "README.md", "LICENSE", "CITATION.cff", "pyproject.toml", "lib/**/*",
    "notebooks/*.py", "notebooks/*.ipynb", "notebooks/*.toml", "data/**/*", "benchmarks/results/*",
)  # fmt: skip

TAGS = ["install", "remove-cell"]
CLONE, UNPACK = (
    Path(__file__).with_name("templates").joinpath(f"{name}.txt").read_text(encoding="utf-8")
    for name in ("clone", "unpack")
)
"""Cells that bring the library along where a notebook is opened outside the project."""


def downloads() -> dict[str, bytes]:
    """Files for the book's folder ``downloads``: every chapter's two files, and the bundle.

    Returns
    -------
    dict
        File name to content. The same sources give the same bytes.
    """
    found = {f"{BUNDLE}.zip": bundle()}
    for script in pairs.scripts():
        notebook = with_install_cell(nbformat.read(script.with_suffix(".ipynb"), as_version=4))
        found[f"{script.stem}.ipynb"] = (nbformat.writes(notebook) + "\n").encode()
        found[script.name] = script.read_bytes()
    return found


def with_install_cell(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Put the cell that unpacks the bundle before the first code, unless one clones already.

    Parameters
    ----------
    notebook
        A chapter.

    Returns
    -------
    NotebookNode
        The same with that cell.
    """
    notebook = copy.deepcopy(notebook)
    if any("install" in cell.metadata.get("tags", []) for cell in notebook.cells):
        return notebook
    source = UNPACK.format(bundle=BUNDLE).rstrip()
    cell = nbformat.v4.new_code_cell(source, id="cell-install", metadata={"tags": TAGS})
    first = next(i for i, c in enumerate(notebook.cells) if c.cell_type == "code")
    notebook.cells.insert(first, cell)
    return notebook


def bundle() -> bytes:
    """Zip what a chapter needs to run; equal files give equal bytes.

    Returns
    -------
    bytes
        Of the archive.
    """
    found = {p.relative_to(ROOT).as_posix(): p.read_bytes() for p in files(BUNDLED)}
    return zipped(found, BUNDLE)


def set_address(address: str, root: Path = ROOT) -> None:
    """Write down where the project is hosted: in _config.yml, and in each chapter's install cell.

    Parameters
    ----------
    address
        ``https://github.com/OWNER/NAME``; an empty text takes address and cells out again.
    root
        The project's folder.

    Raises
    ------
    ValueError
        If the address is not of this form.
    """
    if address and not re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", address):
        raise ValueError(f"{address!r} is not of the form https://github.com/OWNER/NAME")
    config = root / "_config.yml"
    text = config.read_text(encoding="utf-8")
    changed, places = re.subn(r'(?m)^(repository:\n  url: )"[^"\n]*"', rf'\1"{address}"', text)
    if places != 1:
        raise ValueError(f"{config.name} has no line `url` under `repository`")
    write_atomically(config, changed)
    head = f"# %% tags={json.dumps(TAGS)}\n"
    clone = CLONE.format(address=address).rstrip()
    for script in pairs.scripts(root / "notebooks"):
        text = script.read_text(encoding="utf-8")
        text = re.sub(rf"(?s){re.escape(head)}.*?\n\n(?=# %%)", "", text)
        if address and (first := re.search(r"(?m)^# %%(?! \[markdown\])", text)):
            text = f"{text[: first.start()]}{head}{clone}\n\n{text[first.start() :]}"
        write_atomically(script, text)
        pairs.write_pair(script)


def main() -> None:
    """``python -m bookkit.downloads ADDRESS``: what ``make address`` runs."""
    try:
        set_address(sys.argv[1] if len(sys.argv) > 1 else "")
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
