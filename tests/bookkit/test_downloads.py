"""What pages offer: notebooks that run outside the project, and links that lead to them."""

import importlib.util
import io
import re
import subprocess
import sys
import zipfile
from types import SimpleNamespace

import nbformat
import pytest

from bookkit import downloads, pairs
from bookkit.contents import scripts
from bookkit.paths import ROOT

ADDRESS = "https://github.com/owner/name"


@pytest.fixture(scope="module")
def files():
    return downloads.downloads()


def test_every_chapter_comes_as_notebook_and_script(files):
    wanted = {f"{s.stem}{end}" for s in scripts() for end in (".py", ".ipynb")}
    assert set(files) == wanted | {f"{downloads.BUNDLE}.zip"}


def test_the_same_sources_give_the_same_bytes(files):
    assert downloads.downloads() == files


def test_a_notebook_that_is_no_chapter_stays_at_home(monkeypatch):
    there = [ROOT / "README.md", ROOT / "notebooks" / "Untitled.ipynb"]
    monkeypatch.setattr(downloads, "files", lambda patterns: there)
    bundle = downloads.downloads()[f"{downloads.BUNDLE}.zip"]
    names = zipfile.ZipFile(io.BytesIO(bundle)).namelist()
    assert names == [f"{downloads.BUNDLE}/README.md"]


def test_a_notebook_is_its_chapter_with_one_more_cell(files):
    for script in scripts():
        notebook = nbformat.reads(files[f"{script.stem}.ipynb"].decode(), as_version=4)
        nbformat.validate(notebook)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert "find_spec" in code[0].source and not any(cell.outputs for cell in code)
        rest = [cell.source for cell in notebook.cells if cell is not code[0]]
        assert rest == [cell.source for cell in pairs.notebook_of(script).cells]


def run_elsewhere(folder, notebook, until, installed=()):
    """Run a notebook's first code cells where the package is not installed, or is.

    Packages are found, editable installs are not (they need `site`); pip's part is recorded.
    """
    code = [c.source for c in notebook.cells if c.cell_type == "code"][:until]
    packages = [*installed, *(p for p in sys.path if p.endswith("site-packages"))]
    program = (
        "import subprocess\n"
        "subprocess.run = lambda command, check: print('ran', *command[1:], flush=True)\n"
        + "\n".join(code)
        + "\nimport importlib.util, os"
        + "\nfor name in ('clustergap', 'exercises'):"
        + "\n    print('from', os.path.relpath(importlib.util.find_spec(name).origin))"
    )
    (folder / "cells.py").write_text(program, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-S", "cells.py"], cwd=folder, text=True, capture_output=True,
        env={"PYTHONPATH": ":".join(packages), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


@pytest.mark.slow
def test_a_notebook_runs_beside_the_unpacked_bundle(files, tmp_path):
    notebook = nbformat.reads(files["04_1_baseline.ipynb"].decode(), as_version=4)
    (tmp_path / f"{downloads.BUNDLE}.zip").write_bytes(files[f"{downloads.BUNDLE}.zip"])
    done = run_elsewhere(tmp_path, notebook, until=7)
    assert done.returncode == 0, done.stderr
    assert f"ran -m pip install --quiet --editable {downloads.BUNDLE}" in done.stdout
    for module in ("lib/clustergap", "notebooks/exercises"):
        assert f"from {downloads.BUNDLE}/{module}/__init__.py" in done.stdout


def test_where_the_library_is_installed_its_exercises_are_found_too(files, tmp_path):
    notebook = nbformat.reads(files["04_1_baseline.ipynb"].decode(), as_version=4)
    done = run_elsewhere(tmp_path, notebook, until=1, installed=[str(ROOT / "lib")])
    assert done.returncode == 0, done.stderr
    assert "notebooks/exercises/__init__.py" in done.stdout and "ran" not in done.stdout


def test_without_the_bundle_a_notebook_says_what_to_do(files, tmp_path):
    notebook = nbformat.reads(files["04_1_baseline.ipynb"].decode(), as_version=4)
    done = run_elsewhere(tmp_path, notebook, until=1)
    assert done.returncode != 0
    assert "Put clustergap-project.zip beside this notebook" in done.stderr


def test_the_bundle_holds_library_data_and_chapters_and_nothing_built(files):
    names = zipfile.ZipFile(io.BytesIO(files[f"{downloads.BUNDLE}.zip"])).namelist()
    for wanted in ("lib/clustergap/__init__.py", "data/synthetic/manifest.json", "pyproject.toml",
                   "notebooks/04_1_baseline.ipynb", "lib/yearbooks/headings.yml"):  # fmt: skip
        assert f"{downloads.BUNDLE}/{wanted}" in names
    assert not [n for n in names if "__pycache__" in n or "/build/" in n or n.endswith(".pyc")]


def test_with_an_address_the_cell_clones(files, tmp_path, monkeypatch):
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    (tmp_path / "_config.yml").write_text(re.sub(r'url: ""', f'url: "{ADDRESS}"', config))
    monkeypatch.setattr(downloads, "ROOT", tmp_path)
    chapter = nbformat.read(scripts()[0].with_suffix(".ipynb"), as_version=4)
    code = [c for c in downloads.with_install_cell(chapter).cells if c.cell_type == "code"]
    assert f'address, folder = "{ADDRESS}"' in code[0].source and "git" in code[0].source
    assert code[0].metadata.tags == ["install"]


def offered(page, address):
    """Text and address of everything in the buttons at the top of a page."""
    spec = importlib.util.spec_from_file_location("ext", ROOT / "book/_ext/clustergap_pages.py")
    extension = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(extension)
    app = SimpleNamespace(config=SimpleNamespace(html_theme_options={"repository_url": address}))
    context = {
        "header_buttons": [{"label": "download-buttons"}], "sourcename": page,
        "pathto": lambda name, resource: name,
    }  # fmt: skip
    extension.offer(app, page.split(".")[0], "page.html", context, None)
    return {b["text"]: b.get("url") for g in context["header_buttons"] for b in g["buttons"]}


def test_links_point_at_the_committed_pair():
    links = offered("04_1_baseline.ipynb", ADDRESS)
    assert links["Binder"].endswith(
        "/owner/name/HEAD?urlpath=lab/tree/notebooks/04_1_baseline.ipynb"
    )
    assert links["JupyterLab (after make lab)"].endswith("/lab/tree/04_1_baseline.ipynb")


def test_without_an_address_there_is_no_link_to_a_service():
    links = offered("04_1_baseline.ipynb", "")
    assert "Binder" not in links
    assert links["Notebook (.ipynb)"] == "downloads/04_1_baseline.ipynb"


def test_a_page_without_a_notebook_offers_none():
    assert offered("references.md", ADDRESS) == {"Print this page": None}
