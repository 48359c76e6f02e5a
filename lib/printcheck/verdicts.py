"""Printed numbers beside re-estimated ones: how each relates to the other, in a closed list."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pandas as pd

KEY = ["exhibit", "column", "row", "statistic"]
STAR_LEVELS = (0.1, 0.05, 0.01)  # the paper's, not the usual .05/.01/.001
NAMES = {"estimate": "", "se": ", SE", "n": "N", "r2": "R²", "cragg_donald_f": "Cragg–Donald F",
         "kleibergen_paap_f": "Kleibergen–Paap F"}  # fmt: skip
"""What a regression table's statistics are called."""
SIGNED = ("estimate", "coefficient")
# Share of one unit in the last printed place: wide enough for accumulated floating-point error at
# a rounding tie, far too narrow to turn a different number into an equal one.
ROUNDING_SLACK = Decimal("1e-6")

Interval = tuple[float, float]
Key = tuple[str, str, str, str]


class Verdict(StrEnum):
    """How a re-estimated number relates to the printed one, best first; see `judge`."""

    EXACT = "exact"
    WITHIN_ROUNDING_OF_INPUTS = "within_rounding_of_inputs"
    WITHIN_ONE_SE = "within_one_se"
    SAME_SIGN = "same_sign"
    DIFFERENT = "different"
    NOT_RUN = "not_run"


@dataclass(frozen=True)
class Record:
    """One re-estimated number, at an address as in ``data/published``."""

    exhibit: str
    column: str
    row: str
    statistic: str
    value: float  # NaN where an estimation failed
    stars: int | None = None  # of an estimate
    interval: Interval | None = None  # around the value, if computed from rounded inputs
    chapter: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        if math.isinf(self.value):
            raise ValueError(f"{self.key}: value {self.value}; record NaN where estimation failed")
        if self.interval and any(map(math.isinf, self.interval)):
            raise ValueError(f"{self.key}: {self.interval} has no end; record no interval")
        if self.interval and not self.interval[0] <= self.value <= self.interval[1]:
            raise ValueError(f"{self.key}: value {self.value} lies outside {self.interval}")

    @property
    def key(self) -> Key:
        """Exhibit, column, row and statistic, the address of the number."""
        return self.exhibit, self.column, self.row, self.statistic


def stars_of(p_value: float) -> int | None:
    """Count the stars at the paper's 10, 5 and 1 per cent levels."""
    return None if math.isnan(p_value) else sum(bool(p_value < level) for level in STAR_LEVELS)


def level_reached(p_value: float) -> int:
    """Return the smallest of the paper's levels that the p-value is below."""
    return (100, 10, 5, 1)[stars_of(p_value) or 0]


def printed_interval(printed: str, kind: str = "") -> tuple[Decimal, Decimal]:
    """Return the closed interval of the values that are printed so.

    Half a unit of the last place to each side, ties included because rounding rules differ. A
    printed zero keeps its sign: ``-0.000`` is [-0.0005, 0] and ``0.000`` is [0, 0.0005]. The
    kinds ``upper_bound`` and ``lower_bound`` (of the prose) are half-lines.
    """
    number, half = Decimal(printed), _unit(printed) / 2
    if kind == "upper_bound":
        return Decimal("-Infinity"), number
    if kind == "lower_bound":
        return number, Decimal("Infinity")
    if number.is_zero():
        return (-half, number) if number.is_signed() else (number, half)
    return number - half, number + half


def judge(number: Mapping[str, Any], record: Record) -> Verdict:
    """Return the best verdict that applies to one record of a printed number.

    EXACT: the value is printed so (`printed_interval`) and, where stars are printed, they agree.
    WITHIN_ROUNDING_OF_INPUTS: the record's interval meets the printed one; a record without an
    interval claims no rounded inputs and cannot reach it. WITHIN_ONE_SE: an estimate no further
    from the printed one than the printed standard error. SAME_SIGN: estimates only; a zero of
    ours has no sign, a printed one that of its interval. NOT_RUN: the value is NaN. Comparisons are
    exact decimals, widened by `ROUNDING_SLACK`. ``number`` holds ``printed``, ``kind``,
    ``printed_stars`` (or NA) and ``printed_se`` (or "").
    """
    if math.isnan(record.value):
        return Verdict.NOT_RUN
    value, printed = Decimal(record.value), Decimal(number["printed"])
    slack = _unit(number["printed"]) * ROUNDING_SLACK
    low, high = printed_interval(number["printed"], number["kind"])
    low, high = low - slack, high + slack
    stars, se = number["printed_stars"], number["printed_se"]
    if low <= value <= high and (pd.isna(stars) or stars == record.stars):
        return Verdict.EXACT
    if record.interval and record.interval[0] <= high and record.interval[1] >= low:
        return Verdict.WITHIN_ROUNDING_OF_INPUTS
    if se and abs(value - printed) <= Decimal(se) + slack:
        return Verdict.WITHIN_ONE_SE
    if number["kind"] in SIGNED and value != 0 and (value < 0) == printed.is_signed():
        return Verdict.SAME_SIGN
    return Verdict.DIFFERENT


def compare(
    records: Iterable[Record], cells: pd.DataFrame, text: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return one row a printed number of tables and of the text: its record beside it, a verdict.

    Raises ValueError if a number is recorded twice or was never printed.
    """
    printed = _printed_numbers(cells, text)
    recorded: dict[Key, Record] = {}
    for record in records:
        if twin := recorded.get(record.key):
            raise ValueError(f"{record.key} recorded by {twin.chapter} and by {record.chapter}")
        recorded[record.key] = record
    if unknown := sorted(recorded.keys() - printed.keys()):
        raise ValueError(f"recorded, but not in data/published: {unknown}; correct the address")
    rows = []
    for key, number in printed.items():
        ours = recorded.get(key, Record(*key, math.nan))
        shown = "" if math.isnan(ours.value) else f"{ours.value:.{number['decimals']}f}"
        rows.append({**number, "value": ours.value, "rounded": shown, "stars": ours.stars,
                     "difference": ours.value - float(number["printed"]), "chapter": ours.chapter,
                     "source": ours.source, "verdict": judge(number, ours).value})  # fmt: skip
    verdicts = pd.CategoricalDtype([verdict.value for verdict in Verdict], ordered=True)
    types = {"stars": "Int64", "printed_stars": "Int64", "verdict": verdicts}
    return pd.DataFrame(rows).astype(types)


def summarise(comparison: pd.DataFrame) -> pd.DataFrame:
    """Count each exhibit's verdicts and its printed numbers."""
    counts = comparison.groupby(["exhibit", "verdict"], observed=False).size().unstack()
    counts.columns = [str(verdict) for verdict in counts.columns]
    return counts.assign(printed=counts.sum(axis="columns"))


def _unit(printed: str) -> Decimal:
    """Return one unit in the last printed place."""
    return Decimal(1).scaleb(-len(printed.partition(".")[2]))


def _printed_numbers(cells: pd.DataFrame, text: pd.DataFrame | None) -> dict[Key, Any]:
    """Map address to printed number; ``kind`` is a cell's statistic or a prose number's kind."""
    frames = [cells.assign(kind=cells["statistic"])]
    if text is not None:
        address = {"exhibit": "text", "column": "", "row": text["key"], "statistic": "value"}
        frames.append(text.assign(place=text["section"], **address))
    columns = [*KEY, "kind", "place", "printed", "decimals", "printed_stars"]
    numbers = pd.concat(frames).rename(columns={"stars": "printed_stars"})[columns]
    found = numbers.set_index(KEY, drop=False).to_dict("index")
    for (*row, statistic), number in found.items():
        error = found.get((*row, "se"), {}) if statistic == "estimate" else {}
        number["printed_se"] = error.get("printed", "")
    return found
