"""Counts firm registrations by county and year: tens of millions of rows in little memory."""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from clustergap.contract import ContractError

INDUSTRIES = {"agro_processing": ["13", "14", "15"], "auxiliary": ["05"]}
"""First two digits of the industry code (GB/T 4754-2017): food, drink and tea; and services to
agriculture, forestry, husbandry and fishery."""
MEMORY = "1500MB"
"""What DuckDB may use; beyond it, it writes to a temporary folder that is then removed."""


@dataclass(frozen=True)
class Counts:
    """County-year counts in the contract's columns, and rows read, counted and left out, by why.

    Attributes
    ----------
    table
        The contract's registrations.
    tally
        Rows read, counted and left out, by why.
    """

    table: pd.DataFrame
    tally: dict[str, int]


def count_registrations(
    files: str, *, county: str = "county", date: str = "date", industry: str = "industry"
) -> Counts:
    """Count new firms by county and year with DuckDB, without holding the rows in memory.

    Parameters
    ----------
    files
        A Parquet or CSV file (UTF-8), or a pattern: ``firms/*.parquet``.
    county, date, industry
        Columns of the county code (six digits or more), the day or year of registration, and the
        industry code: text, with or without its letter, of whatever case.

    Returns
    -------
    Counts
        County-years that occur in the files have a row, also if a count in it is zero.

    Raises
    ------
    ContractError
        DuckDB is missing, the files cannot be read, a column is not there, no row counts, or an
        industry code is a number or looks like one: 511 may be 0511 and may be 5110.
    """
    try:
        import duckdb
    except ImportError:
        raise ContractError("counting needs DuckDB: `make env` installs it") from None
    read = "read_parquet(?)" if files.endswith(".parquet") else "read_csv(?, all_varchar = true)"
    named = ['"' + name.replace('"', '""') + '"' for name in (county, date, industry)]
    division = "left(ltrim(code, 'ABCDEFGHIJKLMNOPQRST '), 2)"
    sums = [f"count(*) FILTER ({division} IN {two}) AS {kind}" for kind, two in INDUSTRIES.items()]
    unclear = """(regexp_matches(type, 'INT|FLOAT|DOUBLE|DECIMAL')
                  OR regexp_full_match(code, '[1-9](\\d\\d)?(\\.0*)?'))"""
    query = f"""
        WITH raw AS (
            SELECT left(CAST({named[0]} AS VARCHAR), 6) AS county,
                   TRY_CAST(left(CAST({named[1]} AS VARCHAR), 4) AS INTEGER) AS year,
                   upper(trim(CAST({named[2]} AS VARCHAR))) AS code,
                   typeof({named[2]}) AS type
            FROM {read})
        SELECT coalesce(regexp_full_match(county, '\\d{{6}}') AND right(county, 2) <> '00', false)
                   AS placed,
               coalesce(year BETWEEN 1949 AND 2100, false) AS dated,
               CASE WHEN placed AND dated THEN county END AS county,
               CASE WHEN placed AND dated THEN year END AS year,
               count(*) AS rows, {", ".join(sums)},
               count(code) FILTER ({unclear}) AS unclear, min(code) FILTER ({unclear}) AS example
        FROM raw GROUP BY ALL ORDER BY ALL"""
    with tempfile.TemporaryDirectory() as spill, duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        connection.execute(f"SET temp_directory = '{spill}'")
        try:
            found = connection.execute(query, [files]).df()
        except duckdb.Error as error:
            raise ContractError(f"{files} cannot be counted: {error}") from None
    if number := int(found["unclear"].sum()):
        raise ContractError(
            f"{files}, column {industry}: {number:,} codes such as "
            f"{found['example'].dropna().min()!r} are numbers, or have lost a leading zero: give "
            "them as text (0511), or with their letter (A0511)"
        )
    return _counts(found, files)


def _counts(found: pd.DataFrame, files: str) -> Counts:
    good = found["placed"] & found["dated"]
    table = found.loc[good, ["county", "year", *INDUSTRIES]].astype({"year": "int64"})
    if table.empty:
        raise ContractError(f"{files}: no row has a six-digit county code and a year")
    counted = int(table[list(INDUSTRIES)].to_numpy().sum())
    tally = {
        "rows": int(found["rows"].sum()),
        "counted": counted,
        "of another industry": int(found.loc[good, "rows"].sum()) - counted,
        "without a county": int(found.loc[~found["placed"], "rows"].sum()),
        "without a year": int(found.loc[found["placed"] & ~found["dated"], "rows"].sum()),
    }
    return Counts(table.reset_index(drop=True), tally)


def main() -> None:
    """``python -m clustergap.own.firms FILES TABLE``: write registrations.csv."""
    parser = argparse.ArgumentParser(description="Count firm registrations by county and year.")
    parser.add_argument("files", help="Parquet or CSV file, or a pattern in quotes")
    parser.add_argument("table", type=Path, help="registrations.csv, to write")
    for name in ("county", "date", "industry"):
        parser.add_argument(f"--{name}", default=name, help=f"column of the {name}")
    said = vars(parser.parse_args())
    target = said.pop("table")
    try:
        counts = count_registrations(said.pop("files"), **said)
    except ContractError as error:
        sys.exit(str(error))
    counts.table.to_csv(target, index=False)
    print("\n".join(f"{number:>12,} {what}" for what, number in counts.tally.items()))


if __name__ == "__main__":
    main()
