"""Every compared number says what it rests on, and only public data count as evidence."""

import pytest

from bookkit import provenance
from bookkit.ledger import published, published_text
from printcheck.verdicts import Record, compare


@pytest.fixture(scope="module")
def nothing_run():
    return compare([], published(), published_text())


def test_every_number_of_the_prose_has_one_kind_and_no_other_key_is_listed():
    assert sorted(provenance.read().index) == sorted(published_text()["key"])


def test_every_printed_number_gets_a_kind_and_the_cells_rest_on_the_panel(nothing_run):
    found = provenance.with_provenance(nothing_run)
    assert len(found) == len(nothing_run) and found["rests_on"].notna().all()
    cells = found[found["exhibit"] != "text"]
    assert set(cells["rests_on"]) == {"panel"}
    assert set(found["rests_on"]) == set(provenance.Provenance)


def test_a_number_without_a_line_is_an_error(nothing_run):
    extra = nothing_run[nothing_run["exhibit"] == "text"].head(1).assign(row="new_number")
    with pytest.raises(ValueError, match="new_number"):
        provenance.with_provenance(extra)


@pytest.mark.parametrize(
    ("lines", "word"),
    [("a,public,\na,paper,\n", "repeated"), ("a,publick,\n", "publick")],
)
def test_a_faulty_file_is_refused(tmp_path, lines, word):
    path = tmp_path / "provenance.csv"
    path.write_text("key,rests_on,why\n" + lines, encoding="utf-8")
    with pytest.raises(ValueError, match=word):
        provenance.read(path)


def test_only_exact_and_public_is_verified():
    text = published_text()
    values = {
        "income_ratio_2014": 2.75,  # public and exact
        "income_gap_2014": 1.0,  # public and wrong
        "counties_data": 1287.0,  # exact, but our own panel's size
        "policy_notice_day": 11.0,  # exact, but read from the paper
    }
    records = [Record("text", "", key, "value", value) for key, value in values.items()]
    found = provenance.with_provenance(compare(records, published(), text))
    assert found.loc[provenance.verified(found), "row"].tolist() == ["income_ratio_2014"]


def test_what_the_kinds_are_called_follows_the_data():
    made_up, real = provenance.words(True), provenance.words(False)
    assert set(made_up) == set(real) == set(provenance.Provenance)
    assert "synthetic" in made_up["panel"] and "synthetic" not in real["panel"]
