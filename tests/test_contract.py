"""The raw-table contract: what it accepts, and what it says when it does not."""

import pandas as pd
import pytest

from clustergap.contract import (
    TABLES,
    ContractError,
    check_table,
    codebook,
    read_tables,
    region,
)


def spoil(folder, table, column, value, row=0):
    """Overwrite one cell of a raw table."""
    path = folder / f"{table}.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.loc[row, column] = value
    frame.to_csv(path, index=False)


def test_shipped_tables_meet_the_contract(raw_tables):
    assert set(raw_tables) == set(TABLES)
    assert len(raw_tables["yearbook"]) == 1287 * 9
    assert raw_tables["yearbook"]["county"].str.fullmatch(r"\d{2}S\d{3}").all()


def test_regions_have_the_papers_sizes(raw_tables):
    counts = region(raw_tables["terrain"]["county"]).value_counts()
    assert counts.to_dict() == {"eastern": 494, "central_western": 793}


@pytest.mark.parametrize(
    ("table", "column", "value", "words"),
    [
        ("yearbook", "county", "1301", "six digits"),
        ("yearbook", "year", "201", "calendar year"),
        ("yearbook", "year", "MMXX", "expected a number"),
        ("yearbook", "urban_income", "-5", "more than zero"),
        ("yearbook", "urban_income", "", "must not be empty"),
        ("yearbook", "gdp", "n.a", "float"),
        ("yearbook", "urban_population", "1", "urban_population \\+ rural_population"),
        ("yearbook", "tertiary_value_added", "1e12", "must be at most gdp"),
        ("clusters", "cluster_type", "tea", "grain or high_value"),
        ("registrations", "auxiliary", "-1", "not negative"),
        ("registrations", "auxiliary", "2.5", "a whole number"),
        ("terrain", "ruggedness", "", "must not be empty"),
    ],
)
def test_a_fault_names_file_line_and_remedy(raw_folder, table, column, value, words):
    spoil(raw_folder, table, column, value, row=3)
    with pytest.raises(ContractError, match=words) as caught:
        read_tables(raw_folder)
    assert f"{table}.csv, line 5" in str(caught.value)


def test_all_faults_are_told_at_once(raw_folder):
    spoil(raw_folder, "yearbook", "urban_income", "-5")
    spoil(raw_folder, "terrain", "ruggedness", "-1")
    (raw_folder / "capaa.csv").unlink()
    with pytest.raises(ContractError) as caught:
        read_tables(raw_folder)
    for word in ("urban_income", "ruggedness", "capaa.csv is missing"):
        assert word in str(caught.value)


def test_a_missing_column_is_named(raw_folder):
    path = raw_folder / "yearbook.csv"
    pd.read_csv(path, dtype=str).drop(columns="gdp").to_csv(path, index=False)
    with pytest.raises(ContractError, match=r"yearbook.csv: column gdp missing"):
        read_tables(raw_folder)


def test_doubled_rows_are_named(raw_folder):
    path = raw_folder / "terrain.csv"
    frame = pd.read_csv(path, dtype=str)
    pd.concat([frame, frame.head(1)]).to_csv(path, index=False)
    with pytest.raises(ContractError, match=r"terrain.csv: 2 rows share their key"):
        read_tables(raw_folder)


def test_an_empty_table_is_named(raw_folder):
    path = raw_folder / "capaa.csv"
    path.write_text("county,year\n", encoding="utf-8")
    with pytest.raises(ContractError, match=r"capaa.csv: no rows"):
        read_tables(raw_folder)


def test_a_file_that_is_no_text_is_named(raw_folder):
    (raw_folder / "capaa.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(ContractError, match=r"capaa.csv"):
        read_tables(raw_folder)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ContractError, match="not a folder"):
        read_tables(tmp_path / "nowhere")


def test_codes_keep_their_zeros_and_letters(raw_folder):
    tables = read_tables(raw_folder)
    assert all(len(code) == 6 for code in tables["yearbook"]["county"])


def test_checking_leaves_the_callers_table_alone(raw_tables):
    table = raw_tables["terrain"].assign(extra=1)
    checked = check_table(table, "terrain")
    assert "extra" in table.columns and "extra" not in checked.columns


def test_codebook_covers_every_column():
    book = codebook()
    assert len(book) == sum(len(schema.columns) for schema in TABLES.values())
    assert (book[["label", "label_zh", "unit"]].map(len) > 0).all(axis=None)
