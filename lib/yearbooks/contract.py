"""The raw-table contract: what a folder of county data must hold, declared once in ``tables.yml``.

The synthetic tables meet it, and so must private data. The codebook page is generated
from it; :func:`check_table` checks a table against it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import pandera.pandas as pa
import yaml

EASTERN = frozenset({"11", "12", "13", "21", "31", "32", "33", "35", "37", "44", "46"})
"""Province codes of the eastern region; every other province is central-western."""


class ContractError(ValueError):
    """Raw tables that do not meet the contract; says file, row, column, value and remedy."""


def _of_the_larger_kind(codes: pd.Series) -> pd.Series:
    synthetic = codes.isin([code for code in codes.unique() if str(code)[2:3] == "S"])
    return synthetic == (synthetic.mean() > 0.5)


_CODE = pa.Check.str_matches(  # of synthetic counties, an S follows the province
    r"^\d{2}(?:\d{4}|S\d{3})$", error="a county code of six digits"
)
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
MOST = 8
"""Faults of one sort that are told one by one."""
_DECLARED = yaml.safe_load(Path(__file__).with_name("tables.yml").read_text(encoding="utf-8"))


def _column(kind: str, unit: str, label: str, zh: str) -> pa.Column:
    kind, or_empty, _ = kind.partition(" or empty")
    about = {"kind": kind, "unit": unit, "zh": zh}
    return pa.Column(*_KINDS[kind], nullable=bool(or_empty), coerce=True, title=label,
                     metadata=about)  # fmt: skip


def _summed(parts: str, whole: str) -> list[str]:
    return [*parts.split(" + "), whole.removeprefix("at most ")]


def _adds_up(parts: str, whole: str, rounding: float, slack: float = 0.005) -> pa.Check:
    """Columns ``a + b`` add up to ``c``, or to ``at most c``, up to the rounding of yearbooks."""
    *addends, limit = _summed(parts, whole)

    def holds(frame: pd.DataFrame) -> pd.Series:
        excess = frame[addends].sum(axis=1, skipna=False) - frame[limit]
        return ~((excess.abs() if limit == whole else excess) > slack * frame[limit] + rounding)

    return pa.Check(holds, error=f"{parts} must be {whole}")


def schema_of(
    name: str, absent: Collection[str] = (), rounding: Mapping[str, float] = MappingProxyType({})
) -> pa.DataFrameSchema:
    """Schema of a raw table, without what is declared absent, and as exact as it is written."""
    table = _DECLARED[name]
    return pa.DataFrameSchema(
        {c: _column(*facts) for c, facts in table["columns"].items() if c not in absent},
        checks=[
            _adds_up(parts, whole, sum(rounding.get(c, 0) for c in _summed(parts, whole)))
            for parts, whole in table.get("sums", {}).items()
            if not {*_summed(parts, whole)} & {*absent}
        ],
        unique=[key for key in table["key"] if key not in absent],
        title=table["title"],
        description=table["description"],
        metadata={"zh": table["zh"]},
    )


TABLES = {name: schema_of(name) for name in _DECLARED}
"""Schema of each raw table; the metadata of a column are its ``kind``, ``unit`` and ``zh``."""


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Read the six raw tables that ship; `yearbooks.intake` reads those of others."""
    text = {"county": str, "county_name": str}
    return {n: check_table(pd.read_csv(folder / f"{n}.csv", dtype=text), n) for n in TABLES}


Where = Callable[[int, str], tuple[str, Any, str]]
"""Of a row and a column: its place, the value as the file has it, and its heading."""


def check_table(
    frame: pd.DataFrame, name: str, file: str | None = None, where: Where | None = None,
    absent: Collection[str] = (), rounding: Mapping[str, float] = MappingProxyType({}),
) -> pd.DataFrame:  # fmt: skip
    """A copy of a raw table with the contract's types and column order.

    Raises `ContractError` with file, line (the heading is line 1), column, value and what is
    expected. Columns declared ``absent`` come back empty; sums hold up to ``rounding``.
    """
    file = file or f"{name}.csv"
    schema = schema_of(name, absent, rounding) if absent or rounding else TABLES[name]
    if lacking := [column for column in schema.columns if column not in frame]:
        found = ", ".join(map(str, frame.columns))
        raise ContractError(f"{file}: column {', '.join(lacking)} missing; found {found}")
    if frame.empty:
        raise ContractError(f"{file}: no rows below the heading; fill it in")
    frame = frame[list(schema.columns)].reset_index(drop=True)

    def plainly(row: int, column: str) -> tuple[str, Any, str]:
        value = frame[column].astype(object).iat[row] if column else ""
        return f"{file}, line {row + 2}", value, column

    try:
        checked = schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        lines = _explain(errors.failure_cases, frame, schema, file, where or plainly)
        raise ContractError("\n".join(dict.fromkeys(lines))) from None
    whole = [c for c, s in schema.columns.items() if s.metadata["kind"] in ("year", "count")]
    return checked.astype(dict.fromkeys(whole, "int64")).reindex(columns=list(TABLES[name].columns))


def _explain(
    cases: pd.DataFrame, frame: pd.DataFrame, schema: pa.DataFrameSchema, file: str, where: Where
) -> list[str]:
    """Turn pandera's failure cases into lines that a person can act on."""
    # without an index: a check that broke on a value which another line names
    cases = cases.dropna(subset="index").astype({"index": int, "check": str})
    of_rows = cases["schema_context"] == "DataFrameSchema"  # told once, not for each column
    cases = cases.assign(column=cases["column"].mask(of_rows, "")).sort_values(["index", "column"])
    cases = cases.drop_duplicates(["check", "column", "index"])
    lines: list[str] = []
    for (check, column), rows in cases.groupby(["check", "column"], sort=False)["index"]:
        if check.startswith("multiple_fields_uniqueness"):
            lines += _twins(frame.loc[rows], schema.unique, file, where)
            continue
        wanted = _wanted(check, column)
        for row in rows[:MOST]:
            place, value, head = where(row, column)
            named = f"{column} ({head})" if head != column else column
            shown = f", column {named}, value {value!r}" if column else ""
            numbers = "" if column else _numbers(check, frame.loc[row])
            lines.append(f"{place}{shown}: {wanted}{numbers}")
        if len(rows) > MOST:
            lines.append(f"{file}: {len(rows) - MOST} more rows fail '{wanted}'")
    return lines


def _wanted(check: str, column: str) -> str:
    if check == "not_nullable":
        left_out = "" if column == "year" else ", or leave the whole county-year out"
        return f"must not be empty; fill it in{left_out}"
    if check.startswith(("coerce_dtype", "dtype")):
        return "expected a number of type float64; mend the value, or leave the cell empty"
    return f"expected {check}"


def _numbers(check: str, row: pd.Series) -> str:
    """The numbers that do not add up."""
    *parts, total = _summed(*check.split(" must be "))
    return (f": {' + '.join(f'{row[c]:,g}' for c in parts)} = {row[parts].sum():,g}, "
            f"{total} is {row[total]:,g}")  # fmt: skip


def _twins(rows: pd.DataFrame, key: list[str], file: str, where: Where) -> list[str]:
    """Rows that share their key: both places, and whether they differ."""
    lines = []
    for values, twins in islice(rows.groupby(key, dropna=False), MOST):
        differing = [c for c in twins if twins[c].nunique(dropna=False) > 1]
        how = f"differ in {', '.join(differing[:4])}" if differing else "are the same"
        places = " and ".join(where(row, "")[0] for row in twins.index[:4])
        named = zip(key, (f"{v:g}" if isinstance(v, float) else v for v in values), strict=True)
        shown = ", ".join(f"{column} {value}" for column, value in named)
        lines.append(f"{places}: {len(twins)} rows share their key ({shown}) and {how}; keep one")
    if len(rows) > 2 * len(lines):
        lines.append(f"{file}: {len(rows)} rows in all share their key with another")
    return lines


def region(county: pd.Series) -> pd.Series:
    """``eastern`` or ``central_western``, from the province digits of the county code."""
    eastern = county.str[:2].isin(EASTERN)
    return eastern.map({True: "eastern", False: "central_western"})
