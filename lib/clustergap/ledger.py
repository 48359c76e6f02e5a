"""The ledger: every printed number of the paper beside the number a chapter re-estimates.

A chapter records into a `Ledger` and saves one JSON file; the scoreboard reads them all and
compares them with ``data/published``. A missing or NaN record is never a pass.
"""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import pandas as pd

from clustergap.project import DATA, results_folder, write_atomically

PUBLISHED = DATA / "published"
VERSION = 1
KEY = ["exhibit", "column", "row", "statistic"]
STAR_LEVELS = (0.1, 0.05, 0.01)  # the paper's, not the usual .05/.01/.001
NAMES = {
    "estimate": "",
    "se": ", SE",
    "n": "N",
    "r2": "R²",
    "cragg_donald_f": "Cragg–Donald F",
    "kleibergen_paap_f": "Kleibergen–Paap F",
}
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
    """One re-estimated number.

    Attributes
    ----------
    exhibit, column, row, statistic
        Its address, as in ``data/published``.
    value
        NaN where an estimation failed.
    stars
        Of an estimate.
    interval
        Values compatible with the rounding of the inputs, for a number computed from printed
        (rounded) numbers; it contains ``value``.
    chapter, source
        Who recorded it, from which data.
    """

    exhibit: str
    column: str
    row: str
    statistic: str
    value: float
    stars: int | None = None
    interval: Interval | None = None
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
        """Address of the number: exhibit, column, row, statistic."""
        return self.exhibit, self.column, self.row, self.statistic


@dataclass
class Ledger:
    """Recorder of one chapter; recording an address again replaces it, as a re-run cell does.

    Attributes
    ----------
    chapter
        Name of the notebook.
    source
        Where its data come from: `Study.source`.
    records
        What was recorded, by address.
    """

    chapter: str
    source: str
    records: dict[Key, Record] = field(default_factory=dict, init=False, repr=False)

    def record(
        self,
        exhibit: str,
        column: str | int,
        row: str,
        statistic: str,
        value: float,
        *,
        se: float | None = None,
        stars: int | None = None,
        interval: Interval | None = None,
    ) -> None:
        """Record one number and, beside an estimate, its standard error.

        Parameters
        ----------
        exhibit, column, row, statistic
            The address, as in ``data/published``.
        value
            NaN where an estimation failed.
        se
            Standard error of an estimate.
        stars
            0 to 3, of an estimate.
        interval
            As in `Record`.
        """
        key = (exhibit, str(column), row, statistic)
        self.records[key] = Record(*key, float(value), stars, interval, self.chapter, self.source)
        if se is not None:
            self.record(exhibit, column, row, "se", se)

    def record_model(
        self,
        exhibit: str,
        column: str | int,
        fit: Any,
        rows: Mapping[str, str] | None = None,
        *,
        model: Iterable[str] = ("n", "r2"),
    ) -> None:
        """Record a pyfixest fit: estimates, standard errors, stars, and column-level statistics.

        Parameters
        ----------
        exhibit, column
            The address, as in ``data/published``.
        fit
            The pyfixest fit.
        rows
            Coefficient names to row names; by default all, the intercept as ``constant``.
        model
            Which of n and r2 the exhibit prints.

        Raises
        ------
        KeyError
            If ``rows`` names a coefficient that the fit has not.
        """
        estimates, errors, p_values = fit.coef(), fit.se(), fit.pvalue()
        rows = rows or {n: "constant" if n == "Intercept" else n for n in estimates.index}
        if missing := sorted(set(rows) - set(estimates.index)):
            raise KeyError(f"{missing} not estimated; the fit has {list(estimates.index)}")
        for name, row in rows.items():
            inference = {"se": errors[name], "stars": stars_of(p_values[name])}
            self.record(exhibit, column, row, "estimate", estimates[name], **inference)
        for statistic in model:
            value = {"n": fit._N, "r2": fit._r2}[statistic]
            self.record(exhibit, column, "model", statistic, value)

    def record_text(self, key: str, value: float, interval: Interval | None = None) -> None:
        """Record a number of the paper's prose.

        Parameters
        ----------
        key
            As in ``text.csv``.
        value
            The number.
        interval
            As in `Record`.
        """
        self.record("text", "", key, "value", value, interval=interval)

    def save(self, folder: Path | str | None = None) -> None:
        """Write ``ledger_<chapter>.json``, sorted.

        Parameters
        ----------
        folder
            Where; by default among the results.
        """
        path = Path(folder or results_folder()) / f"ledger_{self.chapter}.json"
        records = [asdict(self.records[key]) for key in sorted(self.records)]
        for entry in records:
            entry["value"] = None if math.isnan(entry["value"]) else entry["value"]
        write_atomically(path, _json("clustergap.ledger", records=records))


def stars_of(p_value: float) -> int | None:
    """Count the stars at the paper's 10, 5 and 1 per cent levels.

    Parameters
    ----------
    p_value
        May be NaN.

    Returns
    -------
    int or None
        0 to 3; None without a p-value.
    """
    return None if math.isnan(p_value) else sum(bool(p_value < level) for level in STAR_LEVELS)


def level_reached(p_value: float) -> int:
    """Return the smallest of the paper's levels that the p-value is below.

    Parameters
    ----------
    p_value
        May be NaN.

    Returns
    -------
    int
        1, 5, 10, or 100 if none.
    """
    return (100, 10, 5, 1)[stars_of(p_value) or 0]


def printed_interval(printed: str, kind: str = "") -> tuple[Decimal, Decimal]:
    """Return the closed interval of the values that are printed so.

    Half a unit of the last place to each side, ties included because rounding rules differ. A
    printed zero keeps its sign: ``-0.000`` is [-0.0005, 0] and ``0.000`` is [0, 0.0005]. The
    kinds ``upper_bound`` and ``lower_bound`` (of the prose) are half-lines.

    Parameters
    ----------
    printed
        A number as printed.
    kind
        Of a number in the prose.

    Returns
    -------
    tuple
        Least and greatest value.
    """
    number, half = Decimal(printed), _unit(printed) / 2
    low, high = number - half, number + half
    if number.is_zero():
        low, high = (low, number) if number.is_signed() else (number, high)
    if kind == "upper_bound":
        low, high = Decimal("-Infinity"), number
    if kind == "lower_bound":
        low, high = number, Decimal("Infinity")
    return low, high


def judge(number: Mapping[str, Any], record: Record) -> Verdict:
    """Return the best verdict that applies to one record of a printed number.

    EXACT: the value is printed so (`printed_interval`) and, where stars are printed, they agree.
    WITHIN_ROUNDING_OF_INPUTS: the record's interval meets the printed one; a record without an
    interval claims no rounded inputs and cannot reach it. WITHIN_ONE_SE: an estimate no further
    from the printed one than the printed standard error. SAME_SIGN: estimates only; a zero of
    ours has no sign, a printed one that of its interval. Comparisons are exact decimals, widened by
    `ROUNDING_SLACK`.

    Parameters
    ----------
    number
        Holds ``printed``, ``kind``, ``printed_stars`` (or NA) and ``printed_se`` (or "").
    record
        Ours.

    Returns
    -------
    Verdict
        NOT_RUN if its value is NaN.
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
    """Return every printed number beside its record, with a verdict.

    Parameters
    ----------
    records
        What chapters recorded.
    cells
        As `published` gives them.
    text
        As `published_text` gives it.

    Returns
    -------
    DataFrame
        One row a printed number.

    Raises
    ------
    ValueError
        If a number is recorded twice or was never printed.
    """
    printed = _printed_numbers(cells, text)
    recorded: dict[Key, Record] = {}
    for record in records:
        if twin := recorded.get(record.key):
            raise ValueError(f"{record.key} recorded by {twin.chapter} and by {record.chapter}")
        recorded[record.key] = record
    if unknown := sorted(recorded.keys() - printed.keys()):
        raise ValueError(f"recorded, but not in data/published: {unknown}; correct the address")
    rows = [
        number | _beside(number, recorded.get(key, Record(*key, math.nan)))
        for key, number in printed.items()
    ]
    verdicts = pd.CategoricalDtype([verdict.value for verdict in Verdict], ordered=True)
    types = {"stars": "Int64", "printed_stars": "Int64", "verdict": verdicts}
    return pd.DataFrame(rows).astype(types)


def lay_beside(records: Iterable[Record], exhibit: str) -> pd.DataFrame:
    """Lay one exhibit's printed numbers beside ours, as strings, one pair a column.

    Ours is rounded to the printed places and carries its stars; a dagger marks a verdict other
    than exact. Where the exhibit has one column only, its statistics become the columns.

    Parameters
    ----------
    records
        What chapters recorded.
    exhibit
        Which of the paper's.

    Returns
    -------
    DataFrame
        Of strings; one row a printed row, two columns a printed column.
    """
    cells = published().query("exhibit == @exhibit")
    rows = compare([r for r in records if r.exhibit == exhibit], cells)
    rows["printed"] += _marks(rows["printed_stars"])
    dagger = rows["verdict"].map(lambda verdict: "" if verdict == Verdict.EXACT else " †")
    here = rows["rounded"] + _marks(rows["stars"]) + dagger.astype(str)
    rows["here"] = here.where(rows["verdict"] != Verdict.NOT_RUN, "–")
    if rows["column"].nunique() == 1:
        rows["label"], rows["head"] = rows["row"], rows["statistic"]
    else:
        named = rows["statistic"].map(NAMES)
        rows["label"] = rows["row"].where(rows["row"] != "model", "") + named
        rows["head"] = "(" + rows["column"] + ")"
    wide = rows.pivot(index="label", columns="head", values=["printed", "here"]).fillna("")
    pairs = [(what, head) for head in rows["head"].unique() for what in ("printed", "here")]
    wide = wide.loc[rows["label"].unique(), pairs]
    return wide.set_axis([f"{head} {what}" for what, head in pairs], axis=1).rename_axis("number")


def _marks(stars: pd.Series) -> pd.Series:
    return stars.fillna(0).map(lambda count: "*" * count)


def summarise(comparison: pd.DataFrame) -> pd.DataFrame:
    """Count each exhibit's verdicts and its printed numbers.

    Parameters
    ----------
    comparison
        As `compare` gives it.

    Returns
    -------
    DataFrame
        One row an exhibit; all six verdicts, zeros kept, and ``printed``.
    """
    counts = comparison.groupby(["exhibit", "verdict"], observed=False).size().unstack()
    counts.columns = [str(verdict) for verdict in counts.columns]
    return counts.assign(printed=counts.sum(axis="columns"))


def published(path: Path | str | None = None) -> pd.DataFrame:
    """Read the printed cells of Tables 1-6: numbers as printed, ``decimals`` and ``stars`` typed.

    Parameters
    ----------
    path
        Of the file; by default the one that ships.

    Returns
    -------
    DataFrame
        One row a cell. A repeated address, or a number that contradicts its decimals, is a
        ValueError.
    """
    return _read(Path(path or PUBLISHED / "cells.csv"), KEY)


def published_text(path: Path | str | None = None) -> pd.DataFrame:
    """Read the numbers of the paper's prose, typed and checked as in `published`.

    Parameters
    ----------
    path
        Of the file; by default the one that ships.

    Returns
    -------
    DataFrame
        One row a number.
    """
    return _read(Path(path or PUBLISHED / "text.csv"), ["key"])


def read_records(folder: Path | str) -> list[Record]:
    """Read every chapter's saved ledger.

    Parameters
    ----------
    folder
        Where they lie.

    Returns
    -------
    list
        All records, in the order of the file names.

    Raises
    ------
    ValueError
        If a file is of another version.
    """
    records = []
    for path in sorted(Path(folder).glob("ledger_*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        if (document["schema"], document["version"]) != ("clustergap.ledger", VERSION):
            raise ValueError(f"{path}: not a ledger of version {VERSION}; run the chapter again")
        for entry in document["records"]:
            value = math.nan if entry["value"] is None else entry["value"]
            interval = entry["interval"] and tuple(entry["interval"])
            records.append(Record(**entry | {"value": value, "interval": interval}))
    return records


def write_results(comparison: pd.DataFrame, folder: Path | str) -> None:
    """Write ``comparison.csv``, ``summary.csv`` and ``results.json``, each atomically.

    Parameters
    ----------
    comparison
        As `compare` gives it.
    folder
        Where to write.
    """
    folder, summary = Path(folder), summarise(comparison)
    numbers = comparison.astype(object).where(comparison.notna(), None).to_dict("records")
    document = _json("clustergap.results", summary=summary.to_dict("index"), numbers=numbers)
    comparison_csv = comparison.to_csv(index=False, lineterminator="\n")
    write_atomically(folder / "comparison.csv", comparison_csv)
    write_atomically(folder / "summary.csv", summary.to_csv(lineterminator="\n"))
    write_atomically(folder / "results.json", document)


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
    errors = numbers[numbers["kind"] == "se"].assign(statistic="estimate")
    errors = errors.rename(columns={"printed": "printed_se"})[[*KEY, "printed_se"]]
    numbers = numbers.merge(errors, how="left").fillna({"printed_se": ""})
    return numbers.set_index(KEY, drop=False).to_dict("index")


def _beside(number: Mapping[str, Any], ours: Record) -> dict[str, Any]:
    """Return our columns of one row of the comparison."""
    return {
        "value": ours.value,
        "rounded": "" if math.isnan(ours.value) else f"{ours.value:.{number['decimals']}f}",
        "stars": ours.stars,
        "difference": ours.value - float(number["printed"]),
        "chapter": ours.chapter,
        "source": ours.source,
        "verdict": judge(number, ours).value,
    }


def _read(path: Path, key: list[str]) -> pd.DataFrame:
    types = defaultdict(lambda: "str", decimals="int", stars="Int64")
    empty = {"stars": [""]}  # elsewhere an empty string is one
    frame = pd.read_csv(path, dtype=types, keep_default_na=False, na_values=empty)
    if repeated := frame.loc[frame.duplicated(key), key].values.tolist():
        raise ValueError(f"{path}: repeated {key}: {repeated}; keep one line for each")
    for line, (printed, decimals) in enumerate(frame[["printed", "decimals"]].values, start=2):
        if decimals != len(printed.partition(".")[2]):
            raise ValueError(f"{path}, line {line}: {printed!r} has not {decimals} decimals")
    return frame


def _json(schema: str, **content: Any) -> str:
    """Serialise with sorted keys; floats keep their shortest exact form."""
    document = {"schema": schema, "version": VERSION, **content}
    return json.dumps(document, indent=1, sort_keys=True, allow_nan=False) + "\n"
