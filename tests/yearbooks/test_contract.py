"""The raw-table contract: what it accepts, and what it says when it does not."""

import pandas as pd
import pytest

from yearbooks.contract import EASTERN, TABLES, ContractError, check_table, read_tables


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
    assert raw_tables["terrain"]["county"].str[:2].isin(EASTERN).sum() == 494


@pytest.mark.parametrize(
    ("table", "column", "value", "words"),
    [
        ("yearbook", "county", "1301", "six digits"),
        ("yearbook", "year", "201", "calendar year"),
        ("yearbook", "year", "MMXX", "expected a number"),
        ("yearbook", "urban_income", "-5", "more than zero"),
        ("yearbook", "urban_income", "", "must not be empty"),
        ("yearbook", "gdp", "n.a", "expected a number; mend the value, or leave the cell empty$"),
        ("yearbook", "rural_income", "n.a", "expected a number; mend the value$"),
        ("yearbook", "county", "99S001", "the first two of a province$"),
        ("yearbook", "urban_population", "1", "urban_population \\+ rural_population"),
        ("yearbook", "tertiary_value_added", "1e12", "must be at most gdp"),
        ("clusters", "cluster_type", "tea", "grain or high_value"),
        ("registrations", "auxiliary", "-1", "not negative"),
        ("registrations", "auxiliary", "2.5", "a whole number"),
        ("terrain", "ruggedness", "", "must not be empty; fill it in$"),
        (
            "terrain",
            "county",
            "1３S001",
            "'1３S001': expected a county code[^;]*$",
        ),
        ("terrain", "ruggedness", "inf", "column ruggedness, value inf: expected below 1e15"),
        ("yearbook", "gdp", "inf", "column gdp, value inf: expected below 1e15"),
        ("yearbook", "population", "inf", "column population, value inf: expected below 1e15"),
        ("gi_products", "gi_products", "1e20", "value 1e\\+20: expected below 1e15"),
        ("terrain", "county", "130001", "value '130001': .* all synthetic"),
    ],
)
def test_a_fault_names_file_line_and_remedy(raw_folder, table, column, value, words):
    spoil(raw_folder, table, column, value, row=3)
    with pytest.raises(ContractError, match=words) as caught:
        read_tables(raw_folder)
    assert f"{table}.csv, line 5" in str(caught.value)


@pytest.mark.parametrize("left_over", [1, 5])
def test_a_few_synthetic_codes_among_real_ones_are_faults(raw_tables, left_over):
    mixed = raw_tables["terrain"].head(10).copy()
    mixed.loc[left_over:, "county"] = [f"1301{n:02d}" for n in range(21, 31 - left_over)]
    with pytest.raises(ContractError) as caught:
        check_table(mixed, "terrain")
    lines = str(caught.value).splitlines()
    assert len(lines) == left_over and lines[0].startswith("terrain.csv, line 2, column county")
    assert "all synthetic (an S after the province) or all real" in lines[0]


def test_all_faults_of_a_table_are_told_from_the_first_row_on_and_each_once(raw_tables):
    table = raw_tables["yearbook"].head(30).astype(object)
    table.loc[20:, "urban_population"] = 1.0
    table.loc[12, ["rural_income", "loans"]] = -1.0
    table.loc[3, "year"] = "MMXX"
    with pytest.raises(ContractError) as caught:
        check_table(table, "yearbook")
    lines = str(caught.value).splitlines()
    rule = "urban_population + rural_population must be population"
    lines = [
        line.partition(": urban_population is ")[0] for line in lines
    ]  # and the numbers that do not add up
    assert lines[1:] == [
        "yearbook.csv, line 14, column loans, value -1.0: expected not negative",
        "yearbook.csv, line 14, column rural_income, value -1.0: expected more than zero",
        *(f"yearbook.csv, line {line}: {rule}" for line in range(22, 30)),
        f"yearbook.csv: rows in all that fail '{rule}': 10",
    ]
    assert lines[0].startswith("yearbook.csv, line 5, column year, value 'MMXX': expected a number")


def test_a_missing_column_is_named(raw_folder):
    path = raw_folder / "yearbook.csv"
    pd.read_csv(path, dtype=str).drop(columns="gdp").to_csv(path, index=False)
    with pytest.raises(ContractError, match=r"yearbook.csv: column gdp missing"):
        read_tables(raw_folder)


def test_doubled_rows_are_named(raw_folder):
    path = raw_folder / "terrain.csv"
    frame = pd.read_csv(path, dtype=str)
    pd.concat([frame, frame.head(1)]).to_csv(path, index=False)
    with pytest.raises(
        ContractError,
        match=r"terrain.csv, line 2 and terrain.csv, line \d+: 2 rows share their key",
    ):
        read_tables(raw_folder)


def test_rows_whose_keys_differ_in_type_only_are_doubled(raw_tables):
    doubled = raw_tables["yearbook"].head(9).astype(object)
    doubled.loc[[1, 2], ["year", "gdp"]] = [["2014", 1e9], [2014.0, 2e9]]
    with pytest.raises(ContractError, match=r"line 4: 3 rows .*year 2014\) and differ in"):
        check_table(doubled, "yearbook")


def test_one_sector_alone_is_held_against_gdp(raw_folder):
    spoil(raw_folder, "yearbook", "tertiary_value_added", "")
    spoil(raw_folder, "yearbook", "secondary_value_added", "1234567890")
    with pytest.raises(ContractError, match=r"gdp: secondary_value_added is 1,234,567,890, "):
        read_tables(raw_folder)


def test_an_empty_table_is_named(raw_folder):
    path = raw_folder / "capaa.csv"
    path.write_text("county,year\n", encoding="utf-8")
    with pytest.raises(ContractError, match=r"capaa.csv: no rows"):
        read_tables(raw_folder)


def test_codes_keep_their_zeros_and_letters(raw_folder):
    tables = read_tables(raw_folder)
    assert all(len(code) == 6 for code in tables["yearbook"]["county"])


def test_checking_leaves_the_callers_table_alone(raw_tables):
    table = raw_tables["terrain"].assign(extra=1)
    checked = check_table(table, "terrain")
    assert "extra" in table.columns and "extra" not in checked.columns
