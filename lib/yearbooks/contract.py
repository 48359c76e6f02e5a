"""The raw-table contract: what a folder of county data must hold, as ``tables.yml`` declares it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import yaml

EASTERN = frozenset({"11", "12", "13", "21", "31", "32", "33", "35", "37", "44", "46"})
"""Province codes of the eastern region; every other province is central-western."""
PROVINCES: dict[str, str] = yaml.safe_load(
    Path(__file__).with_name("provinces.yml").read_text(encoding="utf-8")
)
"""First two digits of a county code: the province's Chinese name."""


class ContractError(ValueError):
    """Raw tables that do not meet the contract; says file, row, column, value and remedy."""


class Column(NamedTuple):
    """A column as ``tables.yml`` declares it; ``metadata`` are its kind, unit and ``zh``."""

    title: str
    metadata: dict[str, str]
    nullable: bool


class Table(NamedTuple):
    """A raw table as ``tables.yml`` declares it; ``unique`` is its key, ``sums`` what adds up."""

    title: str
    description: str
    metadata: dict[str, str]
    columns: dict[str, Column]
    sums: dict[str, str]
    unique: list[str]

    def typed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The columns that are there, as numbers and words; what is no number is missing."""
        return pd.DataFrame({
            name: frame[name].astype(str) if column.metadata["kind"] in KINDS_OF_WORDS
            else pd.to_numeric(frame[name], errors="coerce").astype(float)
            for name, column in self.columns.items() if name in frame
        })  # fmt: skip


def _of_the_larger_kind(codes: pd.Series) -> pd.Series:
    synthetic = codes.str[2:3] == "S"
    return synthetic == (synthetic.mean() > 0.5)


KINDS_OF_WORDS = ("code", "type", "text")
CODE = f"(?:{'|'.join(PROVINCES)})(?:[0-9]{{4}}|S[0-9]{{3}})"  # S: a synthetic county
SIX = "a county code of six digits, the first two of a province"
_ALIKE = "codes all synthetic (an S after the province) or all real: leave out the fewer"
_FINITE = {"below 1e15, and finite": lambda v: v < 1e15}  # a float still tells whole numbers
_AMOUNT = {"not negative": lambda v: v >= 0} | _FINITE
_WHOLE = {"a whole number": lambda v: v % 1 == 0}
_KINDS: dict[str, dict[str, Callable[[pd.Series], pd.Series]]] = {
    "code": {SIX: lambda v: v.str.fullmatch(CODE), _ALIKE: _of_the_larger_kind},
    "type": {"grain or high_value": lambda v: v.isin(["grain", "high_value"])},
    "text": {},
    "year": _WHOLE | {"a calendar year": lambda v: v.between(1949, 2100)},
    "count": _AMOUNT | _WHOLE,
    "amount": _AMOUNT,
    "positive": {"more than zero": lambda v: v > 0} | _FINITE,
}  # fmt: skip
"""What is expected of the values of each kind, one after the other, and which have it."""
SLACK = 0.005  # share of a sum by which its parts may miss it: yearbooks round
TWINS = "a key of its own"
MOST = 8
"""Faults of one sort that are told one by one."""


def _column(kind: str, unit: str, label: str, zh: str) -> Column:
    kind, or_empty, _ = kind.partition(" or empty")
    return Column(label, {"kind": kind, "unit": unit, "zh": zh}, bool(or_empty))


TABLES = {
    name: Table(t["title"], t["description"], {"zh": t["zh"]},
                {c: _column(*facts) for c, facts in t["columns"].items()}, t.get("sums", {}),
                t["key"])
    for name, t in yaml.safe_load(
        Path(__file__).with_name("tables.yml").read_text(encoding="utf-8")).items()
}  # fmt: skip


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
    schema = TABLES[name]
    if lacking := [c for c in schema.columns if c not in frame and c not in absent]:
        found = ", ".join(map(str, frame.columns))
        raise ContractError(f"{file}: column {', '.join(lacking)} missing; found {found}")
    if frame.empty:
        raise ContractError(f"{file}: no rows below the heading; fill it in")
    frame = frame.drop(columns=[*absent], errors="ignore").reset_index(drop=True)

    def plainly(row: int, column: str) -> tuple[str, Any, str]:
        value = frame[column].astype(object).iat[row] if column else ""
        return f"{file}, line {row + 2}", value, column

    checked = schema.typed(frame)
    if wrong := _wrong(frame, checked, schema, rounding):
        lines = _explain(wrong, checked, schema, file, where or plainly)
        raise ContractError("\n".join(dict.fromkeys(lines)))
    whole = [c for c in checked if schema.columns[c].metadata["kind"] in ("year", "count")]
    return checked.astype(dict.fromkeys(whole, "int64")).reindex(columns=list(schema.columns))


Wrong = dict[tuple[str, tuple[str, ...]], Any]
"""What is expected, and of which columns together, to the rows that have it not."""


def _wrong(
    frame: pd.DataFrame, typed: pd.DataFrame, schema: Table, rounding: Mapping[str, float]
) -> Wrong:
    keyed = typed[schema.unique]
    wrong: Wrong = {}
    for column in typed:
        about, values, empty = schema.columns[column], typed[column].dropna(), frame[column].isna()
        or_empty = ", or leave the cell empty" * about.nullable
        no_number = f"expected a number; mend the value{or_empty}"
        wrong[no_number, (column,)] = typed[column].isna() & ~empty
        a_year = {*schema.unique} == {"county", "year"} and column not in schema.unique
        left_out = ", or leave the whole county-year out" * a_year
        wrong[f"must not be empty; fill it in{left_out}", (column,)] = empty & (not about.nullable)
        for words, holds in _KINDS[about.metadata["kind"]].items():
            held = holds(values).astype(bool)
            wrong[f"expected {words}", (column,)] = ~held.reindex(frame.index, fill_value=True)
            values = values[held]
    for parts, whole in schema.sums.items():
        *addends, limit = columns = (*parts.split(" + "), whole.removeprefix("at most "))
        if {*columns} <= {*typed}:
            excess = typed[addends].sum(axis=1, skipna=limit != whole) - typed[limit]
            excess = excess.abs() if limit == whole else excess
            slack = SLACK * typed[limit] + sum(rounding.get(c, 0) for c in columns)
            wrong[f"{parts} must be {whole}", columns] = excess > slack
    wrong[TWINS, ()] = keyed.duplicated(keep=False) & keyed.notna().all(axis=1)
    return {case: np.flatnonzero(rows) for case, rows in wrong.items() if rows.any()}


def _explain(
    wrong: Wrong, typed: pd.DataFrame, schema: Table, file: str, where: Where
) -> list[str]:
    """Lines that a person can act on, from the first row on."""
    lines: list[str] = []
    in_order = sorted(wrong, key=lambda case: (wrong[case][0], len(case[1]) == 1, case[1]))
    for wanted, columns in in_order:
        rows, column = wrong[wanted, columns], columns[0] if len(columns) == 1 else ""
        if wanted == TWINS:
            lines += _twins(typed.loc[rows], schema.unique, file, where)
            continue
        for row in rows[:MOST]:
            if column:
                place, value, head = where(row, column)
                named = column if head == column else f"{column} ({head})"
                lines.append(f"{place}, column {named}, value {value!r}: {wanted}")
            else:  # its cells may stand in several files
                values = typed.loc[row, list(columns)].dropna()
                places = " and ".join(dict.fromkeys(where(row, c)[0] for c in values.index))
                told = ", ".join(f"{c} is {value:,.12g}" for c, value in values.items())
                lines.append(f"{places}: {wanted}: {told}")
        if len(rows) > MOST:
            lines.append(f"{file}: rows in all that fail '{wanted}': {len(rows)}")
    return lines


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
