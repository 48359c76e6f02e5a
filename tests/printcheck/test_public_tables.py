"""Published tables whose data are public: what the tool says beside what is true."""

import runpy

import pytest

from bookkit.paths import ROOT
from printcheck import read_cells

FOLDER = ROOT / "examples" / "printed-tables"


@pytest.fixture(scope="module")
def confront():
    return runpy.run_path(str(FOLDER / "confront.py"))


def test_every_table_is_confronted_and_its_numbers_are_what_the_data_give(confront):
    papers = confront["regressions"]()
    assert {path.stem for path in FOLDER.glob("*.csv")} == papers.keys() and len(papers) >= 3
    for name, columns in papers.items():
        cells = read_cells(FOLDER / f"{name}.csv")
        assert confront["off"](cells, columns) == [], name
        wrong = [cells[0]._replace(printed=f"9{cells[0].printed}"), *cells[1:]]
        assert confront["off"](wrong, columns) == wrong[:1]  # a misprint is one for the data, too


def test_misprints_differ_by_one_digit(confront):
    cells = read_cells(FOLDER / "meyer_1995.csv")
    copies = list(confront["misprints"](cells))
    digits = sum(character.isdigit() for cell in cells for character in cell.printed)
    assert len(copies) == 9 * digits
    assert all(sum(a != b for a, b in zip(cells, c, strict=True)) == 1 for c in copies)


@pytest.mark.slow
def test_the_readme_shows_what_the_comparison_gives(confront):
    assert confront["table"]() in (FOLDER / "README.md").read_text(encoding="utf-8")
