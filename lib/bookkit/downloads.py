"""What a page offers to take away: a notebook that runs elsewhere, and all it needs to run."""

from __future__ import annotations

import copy

import nbformat
import yaml

from bookkit.contents import scripts
from bookkit.paths import ROOT, files, zipped

BUNDLE = "clustergap-project"
"""Name of the zip that holds the library, the data and the chapters, and of its one folder."""
SHIPPED = tuple(f"data/{n}/**/*" for n in ("official", "published", "synthetic", "validation"))
BUNDLED = (
    "README.md", "LICENSE", "CITATION.cff", "pyproject.toml", "lib/**/*",
    "notebooks/*.py", "notebooks/*.ipynb", "notebooks/exercises/*.py", "notebooks/*.toml",
    *SHIPPED, "benchmarks/results/*",
)  # fmt: skip

INSTALL = """\
# Library, data and exercises: here where the book's folder is; elsewhere, as on Colab, fetched.
import importlib.util, pathlib, subprocess, sys, zipfile

address, folder = "{address}", "{bundle}"
known = importlib.util.find_spec("clustergap")
project = pathlib.Path(known.origin).parents[2] if known else pathlib.Path(folder)
if not known or not (project / "notebooks" / "exercises").is_dir():
    if pathlib.Path(f"{{folder}}.zip").is_file():
        zipfile.ZipFile(f"{{folder}}.zip").extractall()
    elif address:
        subprocess.run(["git", "clone", "--quiet", "--depth", "1", address, folder], check=True)
    else:
        raise SystemExit(f"Put {{folder}}.zip beside this notebook: the page it is from has it.")
    install = [sys.executable, "-m", "pip", "install", "--quiet"]
    subprocess.run([*install, "--editable", folder], check=True)
    project = pathlib.Path(folder)
sys.path[:0] = [str(project.resolve() / part) for part in ("lib", "notebooks")]"""
"""The one cell that finds or brings along what a chapter imports, wherever it is opened."""


def downloads() -> dict[str, bytes]:
    """Files for the book's folder ``downloads``: every chapter's two files, and the bundle."""
    ours = [p for p in files(BUNDLED) if p.suffix != ".ipynb" or p.with_suffix(".py").is_file()]
    bundled = {p.relative_to(ROOT).as_posix(): p.read_bytes() for p in ours}  # no reader's trials
    found = {f"{BUNDLE}.zip": zipped(bundled, BUNDLE)}
    for script in scripts():
        notebook = with_install_cell(nbformat.read(script.with_suffix(".ipynb"), as_version=4))
        found[f"{script.stem}.ipynb"] = (nbformat.writes(notebook) + "\n").encode()
        found[script.name] = script.read_bytes()
    return found


def with_install_cell(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return a chapter with the cell that brings the library along before its first code."""
    notebook = copy.deepcopy(notebook)
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    source = INSTALL.format(address=config["repository"]["url"], bundle=BUNDLE)
    cell = nbformat.v4.new_code_cell(source, id="cell-install", metadata={"tags": ["install"]})
    first = next(i for i, c in enumerate(notebook.cells) if c.cell_type == "code")
    notebook.cells.insert(first, cell)
    return notebook
