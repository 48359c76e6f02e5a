"""The two files of each chapter are the same chapter, and any drift is caught."""

import nbformat
import pytest

from bookkit.contents import NOTEBOOKS, parameters, scripts
from bookkit.pairs import REMEDY, all_differences, differences, write_pair

CHAPTER = """# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A title

# %% tags=["parameters"]
DATA = "synthetic"

# %% tags=["hide-input"]
print(DATA)
"""


@pytest.fixture
def chapter(tmp_path):
    script = tmp_path / "01_chapter.py"
    script.write_text(CHAPTER, encoding="utf-8")
    write_pair(script)
    return script


def edit(script, change):
    path = script.with_suffix(".ipynb")
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    nbformat.write(notebook, path)


def test_every_shipped_pair_agrees():
    assert len(scripts()) >= 5
    assert [p for script in scripts() for p in differences(script)] == []


def test_no_notebook_is_without_its_script():
    assert {p.stem for p in NOTEBOOKS.glob("*.ipynb")} == {p.stem for p in scripts()}


def test_no_chapter_has_two_parameters_cells_nor_one_that_sets_nothing():
    for script in scripts():
        cells = nbformat.read(script.with_suffix(".ipynb"), as_version=4).cells
        tagged = [c for c in cells if "parameters" in c.metadata.get("tags", [])]
        assert len(tagged) <= 1, script.name
        assert bool(parameters(script.with_suffix(".ipynb"))) == bool(tagged), script.name


def test_a_fresh_pair_agrees(chapter):
    assert differences(chapter) == []


def test_writing_twice_gives_the_same_bytes(chapter):
    before = chapter.with_suffix(".ipynb").read_bytes()
    write_pair(chapter)
    assert chapter.with_suffix(".ipynb").read_bytes() == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda nb: nb.cells[2].update(source="print(1)"), "sources"),
        (lambda nb: nb.cells[0].update(source="# Another title"), "sources"),
        (lambda nb: nb.cells[2].metadata.update(tags=["remove-cell"]), "tags"),
        (lambda nb: nb.cells[2].metadata.update(mystnb={"x": 1}), "metadata"),
        (lambda nb: nb.cells.pop(), "cells in the script"),
        (lambda nb: nb.cells[2].update(execution_count=3), "outputs"),
        (
            lambda nb: nb.cells[2]["outputs"].append(nbformat.v4.new_output("stream", text="x")),
            "outputs",
        ),
        (lambda nb: nb.metadata.kernelspec.update(name="ir"), "headers"),
    ],
)
def test_drift_in_the_notebook_is_caught(chapter, change, words):
    edit(chapter, change)
    assert any(words in problem for problem in differences(chapter))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("print(DATA)", "print(1)"),
        ("A title", "Another"),
        ('tags=["hide-input"]', 'tags=["x"]'),
        ("# # A title", "# # A title\n\n# %%\n1"),
    ],
)
def test_drift_in_the_script_is_caught(chapter, old, new):
    chapter.write_text(CHAPTER.replace(old, new), encoding="utf-8")
    assert differences(chapter)


def test_the_remedy_stands_below_the_differences(chapter):
    assert all_differences(chapter.parent) == []
    edit(chapter, lambda nb: nb.cells.pop())
    assert REMEDY in all_differences(chapter.parent)[-1]


def test_a_missing_notebook_is_caught(chapter):
    chapter.with_suffix(".ipynb").unlink()
    assert differences(chapter) == ["01_chapter.ipynb is missing"]
