"""The published numbers reach the comparison, the audit and the calibration, and nothing else."""

import re

import pytest

from bookkit.contents import scripts
from bookkit.paths import ROOT

READS = re.compile(
    r"\bpublished(_text)?\(|printed_value|PUBLISHED|data/published|cells\.csv|text\.csv"
)
# the build takes their checksum only, the README lists them, reproduce compares
MODULES = {"ledger", "provenance", "verdicts", "check_data", "calibrate", "build"}
MODULES |= {"page", "reproduce"}
MODULES |= {"__main__"}  # of printcheck, which names its own two files
CHAPTERS = {
    "index",
    "00_what_is_real",
    "80_scoreboard",
    "90_audit",
    "91_synthetic_panel",
    "92_check_a_table",
    "96_zh_summary",
}
CHAPTERS |= {
    "05_1_real_levels",
    "05_2_real_instrument",
    "05_3_named_places",
}  # set beside real ones
CHAPTERS |= {"07_3_weak_instruments"}  # what print alone bounds, apart from what it estimates
CHAPTERS |= {"07_b_controls"}  # sensitivity of the printed effect, by formulas and no estimator
LIBRARY = sorted((ROOT / "lib").rglob("*.py"))


def readers(paths):
    """Files that read the published numbers; comments and docstrings that name them count too."""
    return {path.stem for path in paths if READS.search(path.read_text(encoding="utf-8"))}


def test_only_the_comparison_the_audit_and_the_calibration_read_them():
    assert readers(LIBRARY) <= MODULES
    assert readers(scripts()) <= CHAPTERS


@pytest.mark.parametrize(
    "line", ["cells = published()", 'pd.read_csv("data/published/x")', "ledger.published_text()"]
)
def test_a_reader_is_found(tmp_path, line):
    path = tmp_path / "estimator.py"
    path.write_text(line, encoding="utf-8")
    assert readers([path]) == {"estimator"}


def test_no_number_of_the_tables_is_typed_into_an_estimator():
    """Long printed numbers, which cannot stand in code by accident."""
    printed = ("43.041", "28.987", "585.045", "585.671", "-0.772", "0.772")
    allowed = {"checks"}
    for path in LIBRARY + scripts():
        if path.stem not in allowed | {"90_audit", "91_synthetic_panel"}:
            text = path.read_text(encoding="utf-8")
            assert not [n for n in printed if n in text], path.name
