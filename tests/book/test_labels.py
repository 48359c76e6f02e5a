"""What leaves the book says inside itself what its numbers are."""

import json
import re

import pandas as pd
import pytest

from bookkit.contents import NOTEBOOKS, chapters, parameters
from bookkit.paths import read_json
from bookkit.reproduce import CONTENTS
from clustergap.panel import SYNTHETIC

PRINTED_ONLY = '"data": "printed numbers only"'  # of printcheck's own report
KINDS = ("tables/*.csv", "tables/*.tex", "figures/*.svg", "*.json", "*.csv")


def unlabelled(folder, marks):
    """Files of results that hold none of the marks, by name."""
    files = [path for kind in KINDS for path in sorted(folder.glob(kind))]
    assert files
    return [p.name for p in files if not any(m in _plain(p) for m in marks)]


def _plain(path):
    text = re.sub(r"</text>\s*<text[^>]*>", " ", path.read_text("utf-8"))  # a source may wrap
    return json.dumps(json.loads(text), ensure_ascii=False) if path.suffix == ".json" else text


def sources(built_book):
    """The sources that tables of the built book name, row by row."""
    tables = (built_book / "results" / "tables").glob("*.csv")
    return {s for path in tables for s in pd.read_csv(path, dtype=str)["source"]}


@pytest.mark.slow
def test_every_file_names_its_data_and_the_synthetic_panel_is_named_as_what_it_is(built_book):
    known = sources(built_book)
    assert SYNTHETIC in known
    assert "synthetic panel" not in {s for s in known if "no evidence" not in s}
    assert (
        unlabelled(built_book / "results", {*known, '"source": "', ">Data: ", PRINTED_ONLY}) == []
    )


NO_PANEL = {  # exhibits of chapters about the panel that hold none of its numbers
    "tbl-kinds", "tbl-statements", "tbl-options", "tbl-iv-size", "fig-mc-power", "tbl-mc-bias",
    "tbl-mc", "tbl-tools-dr", "tbl-tools-honest", "tbl-credibility", "tbl-zh-audit", "fig-level",
    "fig-confounder", "tbl-benchmarks", "tbl-oster", "fig-iv-print", "tbl-iv-wald", "tbl-mc-errors",
    "fig-mc-tradeoff", "fig-tools-ritest",
}  # fmt: skip
IN_CHINESE = "合成面板"


@pytest.mark.slow
def test_what_chapters_about_the_panel_hand_on_says_that_it_is_made_up(built_book):
    about = [n for n in chapters() if "DATA" in parameters(NOTEBOOKS / f"{n}.ipynb")]
    made = read_json(CONTENTS)["files"]
    files = [built_book / "results" / f for f, chapter in made.items() if chapter in about]
    silent = [p for p in files if not any(m in _plain(p) for m in (SYNTHETIC, IN_CHINESE))]
    assert len(files) > 60 and {path.stem for path in silent} == NO_PANEL


@pytest.mark.slow
def test_each_row_of_a_table_carries_the_mark(built_book):
    for path in (built_book / "results" / "tables").glob("*.csv"):
        assert pd.read_csv(path, dtype=str)["source"].str.len().gt(3).all(), path.name


def test_a_file_without_a_mark_is_found(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "bare.csv").write_text("a,b\n1,2\n")
    (tmp_path / "tables" / "marked.csv").write_text(f"a,source\n1,{SYNTHETIC}\n")
    (tmp_path / "x.json").write_text('{"a": 1}')
    assert unlabelled(tmp_path, {SYNTHETIC}) == ["bare.csv", "x.json"]
