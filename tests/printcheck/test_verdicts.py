"""Every verdict by hand, every way to lose one, and files that survive a crash."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookkit.ledger import (
    PUBLISHED,
    Ledger,
    beside_printed,
    lay_beside,
    published,
    published_text,
    read_records,
    result_files,
)
from bookkit.paths import write_atomically
from printcheck.verdicts import (
    KEY,
    Record,
    Verdict,
    compare,
    judge,
    level_reached,
    stars_of,
    summarise,
)

BASELINE = ("table_2", "3", "did", "estimate")  # printed -0.033 (0.004), three stars


def number(printed, kind="estimate", stars=pd.NA, se=""):
    return {"printed": printed, "kind": kind, "printed_stars": stars, "printed_se": se}


def verdict(printed, value, *, kind="estimate", printed_stars=pd.NA, se="", **ours):
    record = Record("table_0", "1", "did", "estimate", value, **ours)
    return judge(number(printed, kind, printed_stars, se), record)


def records_as_printed(cells, text):
    """Pretend that every printed number was re-estimated exactly."""
    table = [
        Record(*(c[name] for name in KEY), float(c["printed"]), stars=c["stars"])
        for c in cells.to_dict("records")
    ]
    prose = [Record("text", "", t.key, "value", float(t.printed)) for t in text.itertuples()]
    return table + prose


def verdict_at(comparison, key):
    return comparison.set_index(KEY).loc[key, "verdict"]


@pytest.mark.parametrize(
    ("printed", "value", "expected"),
    [
        ("-0.033", -0.033, Verdict.EXACT),
        ("-0.033", -0.0334999, Verdict.EXACT),
        ("-0.033", -0.0325, Verdict.EXACT),  # a tie may be rounded either way
        ("-0.032", -0.0325, Verdict.EXACT),
        ("-0.033", -0.0335001, Verdict.SAME_SIGN),
        ("11583", 11583.0, Verdict.EXACT),
        ("11583", 11584.0, Verdict.SAME_SIGN),
        ("-0.000", -0.0001, Verdict.EXACT),
        ("-0.000", -0.0, Verdict.EXACT),
        ("-0.000", 0.0001, Verdict.DIFFERENT),
        ("0.000", 0.0001, Verdict.EXACT),
        ("0.000", 0.0, Verdict.EXACT),
        ("0.000", -0.0001, Verdict.DIFFERENT),
        ("-0.000", -0.0006, Verdict.SAME_SIGN),
        ("0.004", -0.004, Verdict.DIFFERENT),
        ("0.004", 0.0, Verdict.DIFFERENT),  # zero has no sign
        ("0.004", math.nan, Verdict.NOT_RUN),
    ],
)
def test_verdicts_of_values(printed, value, expected):
    assert verdict(printed, value) is expected


def test_floating_point_noise_at_a_tie_does_not_decide():
    noisy = 0.1 + 0.2 - 0.2865  # 0.0135 in exact arithmetic
    assert noisy != 0.0135
    assert verdict("0.013", noisy) is verdict("0.014", noisy) is Verdict.EXACT
    assert verdict("0.013", 0.0135 + 1e-8) is Verdict.SAME_SIGN  # but a real difference does


def test_one_standard_error_is_the_printed_one_and_inclusive():
    assert verdict("-0.186", -0.190, se="0.004") is Verdict.WITHIN_ONE_SE
    assert verdict("-0.186", -0.1901, se="0.004") is Verdict.SAME_SIGN
    assert verdict("-0.002", 0.001, se="0.004") is Verdict.WITHIN_ONE_SE  # a sign may differ


def test_stars_that_differ_or_are_missing_keep_a_value_from_exact():
    starred = {"printed_stars": 3, "se": "0.004"}
    assert verdict("-0.033", -0.033, stars=3, **starred) is Verdict.EXACT
    assert verdict("-0.033", -0.033, stars=2, **starred) is Verdict.WITHIN_ONE_SE
    assert verdict("-0.033", -0.033, stars=None, **starred) is Verdict.WITHIN_ONE_SE


def test_rounded_inputs_need_an_interval_that_meets_the_print():
    kwargs = {"kind": "statistic"}
    assert verdict("9.3", 9.0, interval=(8.9, 9.25), **kwargs) is Verdict.WITHIN_ROUNDING_OF_INPUTS
    assert verdict("9.3", 9.0, interval=(8.9, 9.24), **kwargs) is Verdict.DIFFERENT
    assert verdict("9.3", 9.5, interval=(9.36, 9.6), **kwargs) is Verdict.DIFFERENT
    assert verdict("9.3", 9.0, interval=(8.9, 9.6), **kwargs) is Verdict.WITHIN_ROUNDING_OF_INPUTS
    assert verdict("9.3", 9.0, **kwargs) is Verdict.DIFFERENT
    assert Record(*BASELINE, 9.0, interval=(9.0, 9.0)).value == 9.0  # the ends belong to it
    with pytest.raises(ValueError, match="outside"):
        verdict("9.3", 9.0, interval=(9.1, 9.4))


def test_sign_counts_only_for_estimates():
    assert verdict("0.827", 0.7, kind="r2") is Verdict.DIFFERENT
    assert verdict("-0.036", -0.05, kind="coefficient") is Verdict.SAME_SIGN


def test_bounds_of_the_prose_are_half_lines():
    assert verdict("0.001", 1e-9, kind="upper_bound") is Verdict.EXACT
    assert verdict("0.001", 0.002, kind="upper_bound") is Verdict.DIFFERENT
    assert verdict("5", 7.0, kind="lower_bound") is Verdict.EXACT
    assert verdict("5", 4.0, kind="lower_bound") is Verdict.DIFFERENT


@given(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12),
    st.integers(min_value=0, max_value=6),
)
def test_any_number_is_exact_beside_its_own_print(value, decimals):
    assert verdict(f"{value:.{decimals}f}", value) is Verdict.EXACT


def test_all_exact_when_every_number_is_as_printed_and_not_run_without_records():
    cells, text = published(), published_text()
    comparison = compare(records_as_printed(cells, text), cells, text)
    assert len(comparison) == len(cells) + len(text)
    assert (comparison["verdict"] == Verdict.EXACT).all()
    assert (compare([], cells, text)["verdict"] == Verdict.NOT_RUN).all()
    assert (comparison["rounded"] == comparison["printed"]).all()


def test_altering_one_printed_number_changes_its_verdict_alone():
    cells, text = published(), published_text()
    records = records_as_printed(cells, text)
    altered = cells.copy()
    place = altered.set_index(KEY).index.get_loc(("table_4", "1", "model", "r2"))
    altered.loc[place, "printed"] = "0.924"
    counts = compare(records, altered, text)["verdict"].value_counts()
    assert counts[Verdict.DIFFERENT] == 1
    assert counts[Verdict.EXACT] == len(cells) + len(text) - 1
    flipped = cells.copy()
    place = flipped.set_index(KEY).index.get_loc(BASELINE)
    flipped.loc[place, "printed"] = "0.033"
    assert verdict_at(compare(records, flipped, text), BASELINE) == Verdict.DIFFERENT


def test_every_verdict_is_reached_in_one_comparison_and_counted():
    records = [
        Record(*BASELINE, -0.0331, stars=3),
        Record("table_2", "3", "model", "r2", 0.8, interval=(0.79, 0.8266)),
        Record("table_2", "1", "did", "estimate", -0.19, stars=3),
        Record("table_2", "2", "did", "estimate", -0.5, stars=3),
        Record("table_2", "1", "model", "r2", 0.5),
        Record("table_2", "2", "model", "r2", math.nan),
    ]
    # The printed standard error is 0.006, so -0.19 is within one of -0.186.
    comparison = compare(records, published())
    reached = [verdict_at(comparison, record.key) for record in records]
    assert reached == list(Verdict)
    summary = summarise(comparison)
    assert list(summary.columns) == [*(v.value for v in Verdict), "printed"]
    assert summary.loc["table_2"].tolist() == [1, 1, 1, 1, 1, 45, 50]
    assert summary["printed"].sum() == 153


def test_a_number_recorded_twice_or_never_printed_is_refused():
    record = Record(*BASELINE, -0.03, chapter="a")
    with pytest.raises(ValueError, match="recorded by a and by b"):
        compare([record, Record(*BASELINE, -0.03, chapter="b")], published())
    with pytest.raises(ValueError, match="not in data/published"):
        compare([Record("table_2", "3", "DID", "estimate", -0.03)], published())
    with pytest.raises(ValueError, match="record NaN"):
        Record(*BASELINE, math.inf)


def test_stars_and_levels_follow_the_paper():
    p_values = [0.2, 0.1, 0.0999, 0.05, 0.0499, 0.0099]
    assert [stars_of(p) for p in p_values] == [0, 0, 1, 1, 2, 3]
    assert [level_reached(p) for p in p_values] == [100, 100, 10, 10, 5, 1]
    assert stars_of(math.nan) is None
    assert level_reached(math.nan) == 100


def save(files, folder):
    """Write what a chapter hands on, as the build does."""
    for name, text in files.items():
        write_atomically(folder / name, text)


def test_ledger_goes_through_its_file_unchanged(tmp_path):
    ledger = Ledger("04_1_baseline", source="synthetic")
    ledger.record("table_2", 3, "did", "estimate", np.float64(-0.1), se=0.004, stars=3)
    ledger.record("table_2", 3, "did", "estimate", -0.0331, se=0.0041, stars=3)  # a re-run cell
    ledger.record("table_2", 3, "model", "r2", math.nan)
    ledger.record_number("reduction_percent", 9.27, interval=(9.1, 9.42))
    save(ledger.file, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["ledger_04_1_baseline.json"]
    back = {record.key: record for record in read_records(tmp_path)}
    assert back[BASELINE] == Record(*BASELINE, -0.0331, 3, None, "04_1_baseline", "synthetic")
    assert back["table_2", "3", "did", "se"].value == 0.0041
    assert math.isnan(back["table_2", "3", "model", "r2"].value)
    assert back["text", "", "reduction_percent", "value"].interval == (9.1, 9.42)
    assert len(back) == 4


def test_order_of_recording_does_not_change_the_file(tmp_path):
    contents = []
    for order in (["did", "pgdp"], ["pgdp", "did"]):
        ledger = Ledger("a", "b")
        for row in order:
            ledger.record("table_2", "3", row, "estimate", 0.1)
        save(ledger.file, tmp_path)
        contents.append((tmp_path / "ledger_a.json").read_bytes())
    assert contents[0] == contents[1]


def test_ledger_refuses_another_version(tmp_path):
    save(Ledger("a", "b").file, tmp_path)
    path = tmp_path / "ledger_a.json"
    path.write_text(path.read_text().replace('"version": 1', '"version": 0'))
    with pytest.raises(ValueError, match="run the chapter again"):
        read_records(tmp_path)


def test_without_results_nothing_is_said_to_agree(tmp_path):
    with pytest.raises(FileNotFoundError, match="run `make book`, then set RESULTS"):
        read_records(tmp_path / "none")


def test_model_is_recorded_as_pyfixest_estimates_it():
    generator = np.random.default_rng(7)
    panel = pd.DataFrame({"county": np.repeat(np.arange(20), 5), "did": generator.random(100)})
    panel["gap"] = 0.4 - 0.2 * panel["did"] + 0.01 * generator.random(100)
    fit = pf.feols("gap~did", panel, vcov={"CRV1": "county"})
    ledger = Ledger("a", "b")
    ledger.record_fit("table_2", 1, fit)
    ledger.record_fit("table_4", 1, fit, rows={"did": "did"}, model=["n"])
    values = {key: record.value for key, record in ledger.records.items()}
    assert values["table_2", "1", "did", "estimate"] == fit.coef()["did"]
    assert values["table_2", "1", "constant", "se"] == fit.se()["Intercept"]
    assert values["table_2", "1", "model", "n"] == 100
    assert values["table_2", "1", "model", "r2"] == fit._r2
    assert ledger.records["table_2", "1", "did", "estimate"].stars == 3
    assert {key[2:] for key in values if key[0] == "table_4"} == {
        ("did", "estimate"),
        ("did", "se"),
        ("model", "n"),
    }
    with pytest.raises(KeyError, match="not estimated"):
        ledger.record_fit("table_2", 1, fit, rows={"pgdp": "pgdp"})


def test_results_are_the_same_bytes_from_run_to_run_and_valid(tmp_path):
    cells, text = published(), published_text()
    records = [
        Record(*BASELINE, -1 / 30, stars=3, chapter="a", source="s"),
        Record("table_2", "3", "model", "r2", math.nan),
    ]
    for folder, order in (("one", records), ("two", records[::-1])):
        save(result_files(compare(order, cells, text)), tmp_path / folder)
    names = {path.name for path in (tmp_path / "one").iterdir()}
    assert names == {"comparison.csv", "summary.csv", "results.json"}
    for name in names:
        content = (tmp_path / "one" / name).read_bytes()
        assert content == (tmp_path / "two" / name).read_bytes()
        assert b"\r" not in content
    document = json.loads((tmp_path / "one" / "results.json").read_text())
    assert (document["schema"], document["version"]) == ("clustergap.results", 1)
    assert len(document["numbers"]) == len(cells) + len(text)
    assert {n["verdict"] for n in document["numbers"]} <= {v.value for v in Verdict}
    ours = next(n for n in document["numbers"] if tuple(n[k] for k in KEY) == BASELINE)
    assert (ours["value"], ours["stars"], ours["verdict"]) == (-1 / 30, 3, "exact")
    counts = summarise(compare(records, cells)).loc["table_2"].to_dict()
    assert document["summary"]["table_2"] == counts | {"source": "s"}


def test_a_crash_while_writing_leaves_the_old_file(tmp_path, monkeypatch):
    ledger = Ledger("a", "b")
    ledger.record(*BASELINE, -0.033, stars=3)
    save(ledger.file, tmp_path)
    path = tmp_path / "ledger_a.json"
    old = path.read_bytes()
    ledger.record(*BASELINE, -0.5, stars=3)

    def crash(source, target):
        raise OSError("power cut")

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(OSError, match="power cut"):
        save(ledger.file, tmp_path)
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]
    monkeypatch.undo()
    save(ledger.file, tmp_path)
    assert path.read_bytes() != old


def test_the_words_in_the_files_are_these():
    # Files of results are read elsewhere, so these do not change with a version.
    assert [str(verdict) for verdict in Verdict] == [
        *("exact", "within_rounding_of_inputs", "within_one_se", "same_sign", "different"),
        "not_run",
    ]
    comparison = compare([], published())
    assert comparison["verdict"].min() == "not_run" and comparison["verdict"].cat.ordered


def test_records_are_made_by_recording_only():
    with pytest.raises(TypeError):
        Ledger("one", "a panel", {})
    book = Ledger("one", "a panel")
    book.record(*BASELINE, -0.033)
    assert "Record" not in repr(book)


def regression(labels, heads, cells):
    return pd.DataFrame(cells, pd.Index(labels, name="Variable"), heads)


def test_printed_columns_stand_beside_ours_and_a_dagger_marks_what_differs():
    kept = {"chapter": "04_1_baseline", "source": "a panel"}
    ours = [
        Record(*BASELINE, -0.0329, stars=3, **kept),
        Record("table_2", "3", "did", "se", 0.0051, **kept),
        Record("table_2", "3", "model", "n", 11583.0, **kept),
    ]
    here = regression(
        ["DID", "", "County FE", "N"], ["(3)"], [["-0.033***"], ["(0.005)"], ["Yes"], ["11,583"]]
    )
    places = [("did", "estimate"), ("did", "se"), None, ("model", "n")]
    table = beside_printed(here, places, [3], ours, "table_2")
    assert list(table.columns) == ["(3) printed", "(3) here"] and table.index.equals(here.index)
    assert list(table["(3) printed"]) == ["-0.033***", "(0.004)", "", "11583"]
    assert list(table["(3) here"]) == ["-0.033***", "(0.005) †", "Yes", "11,583"]


def test_of_many_columns_the_printed_row_stands_above_ours():
    heads = [f"({column})" for column in "1234"]
    ours = [Record("table_4", column, "did", "estimate", -0.013, 3) for column in "1234"]
    here = regression(
        ["DID", "", "Controls"], heads, [["-0.013***"] * 4, ["(0.004)"] * 4, ["Yes"] * 4]
    )
    places = [("did", "estimate"), ("did", "se"), None]
    table = beside_printed(here, places, [1, 2, 3, 4], ours, "table_4")
    assert list(table.index) == ["DID, printed", "", "DID, here", "", "Controls"]
    assert list(table["(1)"]) == ["-0.013***", "(0.004)", "-0.013***", "(0.004) †", "Yes"]
    assert list(table["(4)"])[:3:2] == ["-0.032***", "-0.013*** †"]


def test_a_table_of_one_column_is_laid_out_by_statistic():
    ours = [Record("table_1", "main", "gap", "mean", 0.0921)]
    table = lay_beside(ours, "table_1")
    assert list(table.columns[:2]) == ["n printed", "n here"]
    assert set(table.columns) == {
        f"{s} {w}" for s in ("n", "mean", "sd") for w in ("printed", "here")
    }
    assert len(table) == 13 and table.loc["gap", "mean here"].startswith("0.092")
    assert table.loc["gap", "sd here"] == "–"  # was not computed


def test_a_repeated_address_and_wrong_decimals_are_refused(tmp_path):
    lines = (PUBLISHED / "cells.csv").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "cells.csv"
    path.write_text("\n".join([*lines, lines[-1]]), encoding="utf-8")
    with pytest.raises(ValueError, match=r"cells\.csv: repeated"):
        published(path)
    path.write_text("\n".join(lines).replace("0.356,3", "0.356,2"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"cells\.csv, line 3: '0\.356' has not 2 decimals"):
        published(path)


def test_chapter_and_source_stand_beside_each_number_and_none_where_nothing_ran():
    cells = published()
    ours = Record(*BASELINE, -0.0405, 3, chapter="04_1_baseline", source="a panel")
    comparison = compare([ours], cells).set_index(KEY)
    row = comparison.loc[BASELINE]
    assert list(row[["rounded", "chapter", "source", "place"]]) == [
        *("-0.041", "04_1_baseline", "a panel", "Table 2, section 4.1")
    ]
    assert row["difference"] == pytest.approx(-0.0075)
    assert row["printed_se"] == "0.004"
    other = comparison.loc[("table_2", "3", "did", "se")]
    assert other["printed_se"] == other["rounded"] == other["chapter"] == other["source"] == ""
