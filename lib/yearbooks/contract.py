"""The raw-table contract: what a folder of county data must hold, declared once in ``tables.yml``.

The synthetic tables meet it, and so must private data. The codebook page is generated
from it; :func:`check_table` checks a table against it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import yaml

EASTERN = frozenset({"11", "12", "13", "21", "31", "32", "33", "35", "37", "44", "46"})
"""Province codes of the eastern region; every other province is central-western."""


class ContractError(ValueError):
    """Raw tables that do not meet the contract; says file, row, column, value and remedy."""


class Rule(NamedTuple):
    """What a reader is told to be expected, and where it holds: in values, or in rows."""

    error: str
    holds: Callable[[Any], Any]


class Column(NamedTuple):
    """A column as ``tables.yml`` declares it; ``metadata`` are its kind, unit and ``zh``."""

    title: str
    metadata: dict[str, str]
    nullable: bool


@dataclass(frozen=True)
class Table:
    """A raw table as ``tables.yml`` declares it; ``unique`` is its key."""

    title: str
    description: str
    metadata: dict[str, str]
    columns: dict[str, Column]
    checks: tuple[Rule, ...]
    unique: list[str]

    def typed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The columns as numbers and words; what is no number is missing."""
        return pd.DataFrame({
            name: frame[name].astype(str) if column.metadata["kind"] in KINDS_OF_WORDS
            else pd.to_numeric(frame[name], errors="coerce").astype(float)
            for name, column in self.columns.items()
        })  # fmt: skip


def _of_the_larger_kind(codes: pd.Series) -> pd.Series:
    synthetic = codes.str[2:3] == "S"
    return synthetic == (synthetic.mean() > 0.5)


KINDS_OF_WORDS = ("code", "type", "text")
_CODE = r"\d{2}(?:\d{4}|S\d{3})"  # of synthetic counties, an S follows the province
_KIND = "codes all synthetic (an S after the province) or all real: leave out the fewer"
_WHOLE = Rule("a whole number", lambda v: v % 1 == 0)
_FINITE = Rule("below 1e15, and finite", lambda v: v < 1e15)  # a float still tells whole numbers
_NOT_NEGATIVE = Rule("not negative", lambda v: v >= 0)
_KINDS = {
    "code": (
        Rule("a county code of six digits", lambda v: v.str.fullmatch(_CODE)),
        Rule(_KIND, _of_the_larger_kind),
    ),
    "type": (Rule("grain or high_value", lambda v: v.isin(["grain", "high_value"])),),
    "text": (),
    "year": (_WHOLE, Rule("a calendar year", lambda v: v.between(1949, 2100))),
    "count": (_WHOLE, _NOT_NEGATIVE, _FINITE),
    "amount": (_NOT_NEGATIVE, _FINITE),
    "positive": (Rule("more than zero", lambda v: v > 0), _FINITE),
}
"""What is expected of the values of each kind of column."""
MOST = 8
"""Faults of one sort that are told one by one."""
_DECLARED = yaml.safe_load(Path(__file__).with_name("tables.yml").read_text(encoding="utf-8"))


def _column(kind: str, unit: str, label: str, zh: str) -> Column:
    kind, or_empty, _ = kind.partition(" or empty")
    return Column(label, {"kind": kind, "unit": unit, "zh": zh}, bool(or_empty))


def _summed(parts: str, whole: str) -> list[str]:
    return [*parts.split(" + "), whole.removeprefix("at most ")]


def _adds_up(parts: str, whole: str, rounding: float, slack: float = 0.005) -> Rule:
    """Columns ``a + b`` add up to ``c``, or to ``at most c``, up to the rounding of yearbooks."""
    *addends, limit = _summed(parts, whole)

    def holds(frame: pd.DataFrame) -> pd.Series:
        excess = frame[addends].sum(axis=1, skipna=False) - frame[limit]
        return ~((excess.abs() if limit == whole else excess) > slack * frame[limit] + rounding)

    return Rule(f"{parts} must be {whole}", holds)


def schema_of(
    name: str, absent: Collection[str] = (), rounding: Mapping[str, float] = MappingProxyType({})
) -> Table:
    """Schema of a raw table, without what is declared absent, and as exact as it is written."""
    table = _DECLARED[name]
    sums = {
        (parts, whole): _summed(parts, whole)
        for parts, whole in table.get("sums", {}).items()
        if not {*_summed(parts, whole)} & {*absent}
    }
    return Table(
        table["title"],
        table["description"],
        {"zh": table["zh"]},
        {c: _column(*facts) for c, facts in table["columns"].items() if c not in absent},
        tuple(_adds_up(*s, sum(rounding.get(c, 0) for c in of)) for s, of in sums.items()),
        [key for key in table["key"] if key not in absent],
    )


TABLES = {name: schema_of(name) for name in _DECLARED}


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
    frame = frame.reset_index(drop=True)

    def plainly(row: int, column: str) -> tuple[str, Any, str]:
        value = frame[column].astype(object).iat[row] if column else ""
        return f"{file}, line {row + 2}", value, column

    checked = schema.typed(frame)
    if lines := _faults(frame, checked, schema, file, where or plainly):
        raise ContractError("\n".join(dict.fromkeys(lines)))
    whole = [c for c, s in schema.columns.items() if s.metadata["kind"] in ("year", "count")]
    return checked.astype(dict.fromkeys(whole, "int64")).reindex(columns=list(TABLES[name].columns))


def _faults(
    frame: pd.DataFrame, typed: pd.DataFrame, schema: Table, file: str, where: Where
) -> list[str]:
    """Lines that a person can act on, from the first row on."""
    no_number = "expected a number of type float64; mend the value, or leave the cell empty"
    wrong: dict[tuple[str, str], Any] = {}
    for column, about in schema.columns.items():
        values, empty = typed[column].dropna(), frame[column].isna()
        wrong[no_number, column] = typed[column].isna() & ~empty
        left_out = "" if column == "year" else ", or leave the whole county-year out"
        wrong[f"must not be empty; fill it in{left_out}", column] = empty & (not about.nullable)
        for rule in _KINDS[about.metadata["kind"]]:
            held = rule.holds(values).astype(bool).reindex(frame.index, fill_value=True)
            wrong[f"expected {rule.error}", column] = ~held
    for rule in schema.checks:
        wrong[f"expected {rule.error}", ""] = ~rule.holds(typed)
    wrong["twins", ""] = frame.duplicated(schema.unique, keep=False)
    rows_of = {case: np.flatnonzero(rows) for case, rows in wrong.items() if rows.any()}
    lines: list[str] = []
    for (wanted, column), rows in sorted(rows_of.items(), key=lambda i: (i[1][0], i[0][1])):
        if wanted == "twins":
            lines += _twins(frame.loc[rows], schema.unique, file, where)
            continue
        for row in rows[:MOST]:
            place, value, head = where(row, column)
            named = f"{column} ({head})" if head != column else column
            shown = f", column {named}, value {value!r}" if column else ""
            numbers = "" if column else _numbers(wanted, typed.loc[row])
            lines.append(f"{place}{shown}: {wanted}{numbers}")
        if len(rows) > MOST:
            lines.append(f"{file}: {len(rows) - MOST} more rows fail '{wanted}'")
    return lines


def _numbers(check: str, row: pd.Series) -> str:
    """The numbers that do not add up."""
    *parts, total = _summed(*check.removeprefix("expected ").split(" must be "))
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
