"""The raw-table contract: what a folder of county data must hold, declared once in ``tables.yml``.

The synthetic tables meet it, and so must private data. The codebook page is generated
from it; :func:`check_table` checks a table against it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import pandas as pd
import pandera.pandas as pa
import yaml

EASTERN = frozenset({"11", "12", "13", "21", "31", "32", "33", "35", "37", "44", "46"})
"""Province codes of the eastern region; every other province is central-western."""


class ContractError(ValueError):
    """Raw tables that do not meet the contract; says file, row, column, value and remedy."""


_CODE = pa.Check.str_matches(  # of synthetic counties, an S follows the province
    r"^\d{2}(?:\d{4}|S\d{3})$", error="a county code of six digits"
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


def _adds_up(parts: str, whole: str, slack: float = 0.005, rounding: float = 0.0) -> pa.Check:
    """Columns ``a + b`` add up to ``c``, or to ``at most c``, up to the rounding of yearbooks."""
    limit = whole.removeprefix("at most ")

    def holds(frame: pd.DataFrame) -> pd.Series:
        excess = frame[parts.split(" + ")].sum(axis=1, skipna=False) - frame[limit]
        return ~((excess.abs() if limit == whole else excess) > slack * frame[limit] + rounding)

    return pa.Check(holds, error=f"{parts} must be {whole}")


_DECLARED = yaml.safe_load(Path(__file__).with_name("tables.yml").read_text(encoding="utf-8"))


def schema_of(
    name: str, absent: Collection[str] = (), rounding: Mapping[str, float] | None = None
) -> pa.DataFrameSchema:
    """Schema of a raw table, without what is declared absent, and as exact as it is written."""
    table, digits = _DECLARED[name], rounding or {}
    return pa.DataFrameSchema(
        {c: _column(*facts) for c, facts in table["columns"].items() if c not in absent},
        checks=[
            _adds_up(parts, whole, rounding=sum(digits.get(c, 0) for c in sums))
            for parts, whole in table.get("sums", {}).items()
            if not set(sums := _summed(parts, whole)) & set(absent)
        ],
        unique=[key for key in table["key"] if key not in absent],
        title=table["title"],
        description=table["description"],
        metadata={"zh": table["zh"]},
    )


def _summed(parts: str, whole: str) -> list[str]:
    return [*parts.split(" + "), whole.removeprefix("at most ")]


TABLES = {name: schema_of(name) for name in _DECLARED}
"""Schema of each raw table; the metadata of a column are its ``kind``, ``unit`` and ``zh``."""


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Read the six raw tables that ship; `yearbooks.intake` reads those of others."""
    text = {"county": str, "county_name": str}
    return {n: check_table(pd.read_csv(folder / f"{n}.csv", dtype=text), n) for n in TABLES}


Where = Callable[[int, str], tuple[str, str, str]]
"""Of a row and a column: its place, the cell as the file has it, and its heading."""


def check_table(
    frame: pd.DataFrame, name: str, file: str | None = None, where: Where | None = None,
    absent: Collection[str] = (), rounding: Mapping[str, float] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """A copy of a raw table with the contract's types and column order.

    Raises `ContractError` with file, line (the heading is line 1), column, value and what is
    expected. Columns declared ``absent`` come back empty; sums hold up to ``rounding``.
    """
    file = file or f"{name}.csv"
    schema = schema_of(name, absent, rounding) if absent or rounding else TABLES[name]
    lacking = [column for column in schema.columns if column not in frame.columns]
    if lacking:
        raise ContractError(
            f"{file}: column {', '.join(lacking)} missing; "
            f"found {', '.join(map(str, frame.columns))}"
        )
    if frame.empty:
        raise ContractError(f"{file}: no rows below the heading; fill it in")
    frame = frame[list(schema.columns)].reset_index(drop=True)
    try:
        checked = schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:

        def plainly(row: int, column: str) -> tuple[str, str, str]:
            return f"{file}, line {row + 2}", str(frame.at[row, column]) if column else "", column

        cases = errors.failure_cases
        lines = _explain(cases, frame, schema, file, where or plainly)
        raise ContractError("\n".join(dict.fromkeys(lines))) from None
    kinds = {column: about.metadata["kind"] for column, about in schema.columns.items()}
    whole = [column for column, kind in kinds.items() if kind in ("year", "count")]
    return checked.astype(dict.fromkeys(whole, "int64")).reindex(columns=list(TABLES[name].columns))


def _explain(
    cases: pd.DataFrame, frame: pd.DataFrame, schema: pa.DataFrameSchema, file: str, where: Where,
    most: int = 8,
) -> list[str]:  # fmt: skip
    """Turn pandera's failure cases into lines that a person can act on."""
    # without an index: a check that broke on a value which another line names
    cases = cases.dropna(subset="index").astype({"index": int, "check": str})
    of_rows = cases["schema_context"] == "DataFrameSchema"  # told once, not for each column
    cases = cases.assign(column=cases["column"].mask(of_rows, "")).sort_values(["index", "column"])
    cases = cases.drop_duplicates(["check", "column", "index"])
    lines: list[str] = []
    for (check, column), group in cases.groupby(["check", "column"], sort=False):
        rows, wanted = group["index"], _wanted(check, column)
        if check.startswith("multiple_fields_uniqueness"):
            lines += _twins(frame.loc[rows], schema.unique, file, where, most)
            continue
        for row, case in zip(rows[:most], group["failure_case"][:most], strict=True):
            place, cell, head = where(row, column)
            named = f" ({head})" if head != column else ""
            cell = cell if where.__name__ != "plainly" else case
            shown = f", column {column}{named}, value {cell!r}" if column else ""
            lines.append(
                f"{place}{shown}: {wanted}{'' if column else _numbers(check, frame.loc[row])}"
            )
        if len(rows) > most:
            lines.append(f"{file}: {len(rows) - most} more rows fail '{wanted}'")
    return lines


def _numbers(check: str, row: pd.Series) -> str:
    """The numbers that do not add up."""
    parts, whole = check.split(" must be ")
    *addends, total = _summed(parts, whole)
    return (f": {' + '.join(f'{row[c]:,g}' for c in addends)} = {row[addends].sum():,g}, "
            f"{total} is {row[total]:,g}")  # fmt: skip


def _twins(rows: pd.DataFrame, key: list[str], file: str, where: Where, most: int) -> list[str]:
    """Rows that share their key: both places, and whether they differ."""
    lines = []
    for _, twins in list(rows.groupby(key, dropna=False))[:most]:
        differing = [c for c in twins if twins[c].nunique(dropna=False) > 1]
        how = f"differ in {', '.join(differing[:4])}" if differing else "are the same"
        places = " and ".join(where(row, "")[0] for row in twins.index[:4])
        first = twins.iloc[0]
        shown = ", ".join(
            f"{k} {first[k]:g}" if twins[k].dtype == float else f"{k} {first[k]}" for k in key
        )
        lines.append(f"{places}: {len(twins)} rows share their key ({shown}) and {how}; keep one")
    if len(rows) > 2 * len(lines):
        lines.append(f"{file}: {len(rows)} rows in all share their key with another")
    return lines


def _wanted(check: str, column: str) -> str:
    if check.startswith(("coerce_dtype", "dtype")):
        kind = check.split("'")[1]
        return f"expected a number of type {kind}; mend the value, or leave the cell empty"
    if check == "not_nullable" and column == "year":
        return "must not be empty; fill it in"
    if check == "not_nullable":
        return "must not be empty; fill it in, or leave the whole county-year out"
    return f"expected {check}"


def region(county: pd.Series) -> pd.Series:
    """``eastern`` or ``central_western``, from the province digits of the county code."""
    eastern = county.str[:2].isin(EASTERN)
    return eastern.map({True: "eastern", False: "central_western"})
