"""The raw-table contract: what a folder of county data must hold, declared once in ``tables.yml``.

The synthetic tables meet it, and so must private data. The codebook page is generated
from it; :func:`check_table` checks a table against it.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pandera.pandas as pa
import yaml

EASTERN = frozenset({"11", "12", "13", "21", "31", "32", "33", "35", "37", "44", "46"})
"""Province codes of the eastern region; every other province is central-western."""


class ContractError(ValueError):
    """Raw tables that do not meet the contract; says file, row, column, value and remedy."""


_CODE = pa.Check.str_matches(  # of synthetic counties, an S follows the province
    r"^\d{2}(?:\d{4}|S\d{3})$", error="six digits, or two digits, S and three digits"
)


def _of_the_larger_kind(codes: pd.Series) -> pd.Series:
    synthetic = codes.str[2] == "S"
    return synthetic == (synthetic.mean() > 0.5)


_ONE_KIND = pa.Check(  # what is synthetic is told whole, what is real is not
    _of_the_larger_kind,
    error="codes all synthetic (an S after the province) or all real: leave out the fewer",
)
_WHOLE = pa.Check(lambda values: values % 1 == 0, error="a whole number")
_NOT_NEGATIVE = pa.Check.ge(0, error="not negative")
_FINITE = pa.Check.lt(1e15, error="below 1e15, and finite")  # a float still tells whole numbers
_KINDS: dict[str, tuple[type, list[pa.Check]]] = {
    "code": (str, [_CODE, _ONE_KIND]),
    "type": (str, [pa.Check.isin(["grain", "high_value"], error="grain or high_value")]),
    "text": (str, []),
    # whole numbers are read as float, so that 2.5 is refused and not cut to 2
    "year": (float, [_WHOLE, pa.Check.in_range(1949, 2100, error="a calendar year")]),
    "count": (float, [_WHOLE, _NOT_NEGATIVE, _FINITE]),
    "amount": (float, [_NOT_NEGATIVE, _FINITE]),
    "positive": (float, [pa.Check.gt(0, error="more than zero"), _FINITE]),
}
"""Kinds of columns: type, and checks, each of which says what it expects."""


def _column(kind: str, unit: str, label: str, zh: str) -> pa.Column:
    kind, or_empty, _ = kind.partition(" or empty")
    dtype, checks = _KINDS[kind]
    about = {"kind": kind, "unit": unit, "zh": zh}
    return pa.Column(
        dtype, checks, nullable=bool(or_empty), coerce=True, title=label, metadata=about
    )


def _adds_up(parts: str, whole: str, slack: float = 0.005) -> pa.Check:
    """Columns ``a + b`` add up to ``c``, or to ``at most c``, up to the rounding of yearbooks."""
    limit = whole.removeprefix("at most ")

    def holds(frame: pd.DataFrame) -> pd.Series:
        excess = frame[parts.split(" + ")].sum(axis=1, skipna=False) - frame[limit]
        return ~((excess.abs() if limit == whole else excess) > slack * frame[limit])

    return pa.Check(holds, error=f"{parts} must be {whole}")


_DECLARED = yaml.safe_load(Path(__file__).with_name("tables.yml").read_text(encoding="utf-8"))
TABLES = {
    name: pa.DataFrameSchema(
        {column: _column(*facts) for column, facts in table["columns"].items()},
        checks=[_adds_up(parts, whole) for parts, whole in table.get("sums", {}).items()],
        unique=table["key"],
        title=table["title"],
        description=table["description"],
        metadata={"zh": table["zh"]},
    )
    for name, table in _DECLARED.items()
}
"""Schema of each raw table; the metadata of a column are its ``kind``, ``unit`` and ``zh``."""


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Read the six raw tables that ship; `yearbooks.intake` reads those of others."""
    text = {"county": str, "county_name": str}
    return {n: check_table(pd.read_csv(folder / f"{n}.csv", dtype=text), n) for n in TABLES}


def check_table(
    frame: pd.DataFrame, name: str, file: str | None = None, places: list[str] | None = None
) -> pd.DataFrame:
    """Check one raw table."""
    file, schema = file or f"{name}.csv", TABLES[name]
    absent = [column for column in schema.columns if column not in frame.columns]
    if absent:
        raise ContractError(
            f"{file}: column {', '.join(absent)} missing; "
            f"found {', '.join(map(str, frame.columns))}"
        )
    if frame.empty:
        raise ContractError(f"{file}: no rows below the heading; fill it in")
    frame = frame[list(schema.columns)].reset_index(drop=True)
    try:
        checked = schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        places = places or [f"{file}, line {row + 2}" for row in range(len(frame))]
        keys = frame[schema.unique]
        raise ContractError(_explain(errors.failure_cases, keys, file, places)) from None
    kinds = {column: about.metadata["kind"] for column, about in schema.columns.items()}
    whole = [column for column, kind in kinds.items() if kind in ("year", "count")]
    return checked.astype(dict.fromkeys(whole, "int64"))


def _explain(
    cases: pd.DataFrame, keys: pd.DataFrame, file: str, places: list[str], most: int = 8
) -> str:
    """Turn pandera's failure cases into lines that a person can act on."""
    # without an index: a check that broke on a value which another line names
    cases = cases.dropna(subset="index").astype({"index": int, "check": str})
    of_rows = cases["schema_context"] == "DataFrameSchema"  # told once, not for each column
    cases = cases.assign(column=cases["column"].mask(of_rows, "")).sort_values(["index", "column"])
    cases = cases.drop_duplicates(["check", "column", "index"])
    lines: list[str] = []
    for (check, column), group in cases.groupby(["check", "column"], sort=False):
        rows, wanted = group["index"], _wanted(check)
        if check.startswith("multiple_fields_uniqueness"):
            first = rows.iloc[0]
            lines.append(
                f"{file}: {len(rows)} rows share their key, the first in {places[first]}: "
                f"{keys.loc[first].to_dict()}; keep one row for each"
            )
            continue
        for row, value in zip(rows[:most], group["failure_case"][:most], strict=True):
            cell = f", column {column}, value {value!r}" if column else ""
            lines.append(f"{places[row]}{cell}: {wanted}")
        if len(rows) > most:
            lines.append(f"{file}: {len(rows) - most} more rows fail '{wanted}'")
    return "\n".join(dict.fromkeys(lines))


def _wanted(check: str) -> str:
    if check.startswith(("coerce_dtype", "dtype")):
        kind = check.split("'")[1]
        return f"expected a number of type {kind}; mend the value, or leave the cell empty"
    if check == "not_nullable":
        return "must not be empty; fill it in, or leave the whole county-year out"
    return f"expected {check}"


def region(county: pd.Series) -> pd.Series:
    """``eastern`` or ``central_western``, from the province digits of the county code."""
    eastern = county.str[:2].isin(EASTERN)
    return eastern.map({True: "eastern", False: "central_western"})
