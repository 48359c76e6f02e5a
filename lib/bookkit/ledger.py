"""The ledger: every printed number of a paper beside the number that a chapter re-estimates.

A chapter records into a `Ledger` and hands on one JSON file; the scoreboard reads them all and
compares them with ``data/published``. A missing or NaN record is never a pass.
"""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from bookkit.paths import DATA
from printcheck.verdicts import KEY, Interval, Key, Record, Verdict, compare, stars_of, summarise

PUBLISHED = DATA / "published"

VERSION = 1
PAIRED_COLUMNS = 3  # columns of an exhibit that have room for the printed ones between them


@dataclass
class Ledger:
    """Records of one chapter by address; a repeated address is replaced, as by a re-run cell.

    ``source`` says where the chapter's data come from, below every exhibit and in every record.
    """

    chapter: str
    source: str
    records: dict[Key, Record] = field(default_factory=dict, init=False, repr=False)

    def record(
        self, exhibit: str, column: str | int, row: str, statistic: str, value: float, *,
        se: float | None = None, stars: int | None = None, interval: Interval | None = None,
    ) -> None:  # fmt: skip
        """Record one number and, beside an estimate, its standard error.

        The address (exhibit, column, row, statistic) is that of ``data/published``; a value of
        NaN says that an estimation failed; stars are 0 to 3; the interval is as in `Record`.
        """
        key = (exhibit, str(column), row, statistic)
        self.records[key] = Record(*key, float(value), stars, interval, self.chapter, self.source)
        if se is not None:
            self.record(exhibit, column, row, "se", se)

    def record_fit(
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

    def record_number(self, key: str, value: float, interval: Interval | None = None) -> None:
        """Record a number of the paper's prose, by its key in ``text.csv``."""
        self.record("text", "", key, "value", value, interval=interval)

    @property
    def file(self) -> dict[str, str]:
        """``ledger_<chapter>.json`` and its text, sorted."""
        records = [asdict(self.records[key]) for key in sorted(self.records)]
        for entry in records:
            entry["value"] = None if math.isnan(entry["value"]) else entry["value"]
        text = _json("clustergap.ledger", records=records)
        return {f"ledger_{self.chapter}.json": text}


def found_results(folder: Path | str) -> Path:
    """Return the folder of the other chapters' results, or raise `FileNotFoundError`."""
    if not (path := Path(folder)).is_dir():
        raise FileNotFoundError(f"no results in {folder}: run `make book`, then set RESULTS to it")
    return path


def read_records(folder: Path | str) -> list[Record]:
    """Read every chapter's ledger in a folder, in the order of the file names.

    Raises
    ------
    ValueError
        If a file is of another version.
    """
    records = []
    for path in sorted(found_results(folder).glob("ledger_*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        if (document["schema"], document["version"]) != ("clustergap.ledger", VERSION):
            raise ValueError(f"{path}: not a ledger of version {VERSION}; run the chapter again")
        for entry in document["records"]:
            value = math.nan if entry["value"] is None else entry["value"]
            interval = entry["interval"] and tuple(entry["interval"])
            records.append(Record(**entry | {"value": value, "interval": interval}))
    return records


def result_files(comparison: pd.DataFrame) -> dict[str, str]:
    """Return ``comparison.csv``, ``summary.csv`` and ``results.json`` by name, as text."""
    sources = "; ".join(sorted(set(comparison["source"].dropna()) - {""}))
    summary = summarise(comparison).assign(source=sources)
    numbers = comparison.astype(object).where(comparison.notna(), None).to_dict("records")
    document = _json(
        "clustergap.results", summary=summary.to_dict("index"), numbers=numbers, source=sources
    )
    return {
        "comparison.csv": comparison.to_csv(index=False, lineterminator="\n"),
        "summary.csv": summary.to_csv(lineterminator="\n"),
        "results.json": document,
    }


def _json(schema: str, **content: Any) -> str:
    """Serialise with sorted keys; floats keep their shortest exact form."""
    document = {"schema": schema, "version": VERSION, **content}
    return json.dumps(document, indent=1, sort_keys=True, allow_nan=False) + "\n"


def lay_beside(records: Iterable[Record], exhibit: str) -> pd.DataFrame:
    """Lay an exhibit of one column out by statistic: printed, and ours beside it, as strings.

    Ours is rounded to the printed places; a dagger marks a verdict other than exact, a dash what
    was not computed. One row a printed row, two columns a statistic.
    """
    rows = _compared(records, exhibit)
    dagger = rows["verdict"].map(lambda verdict: "" if verdict == Verdict.EXACT else " †")
    here = rows["rounded"] + dagger.astype(str)
    rows["here"] = here.where(rows["verdict"] != Verdict.NOT_RUN, "–")
    wide = rows.pivot(index="row", columns="statistic", values=["printed", "here"]).fillna("")
    pairs = [(what, name) for name in rows["statistic"].unique() for what in ("printed", "here")]
    wide = wide.loc[rows["row"].unique(), pairs]
    return wide.set_axis([f"{name} {what}" for what, name in pairs], axis=1).rename_axis("number")


def beside_printed(
    here: pd.DataFrame,
    places: Sequence[tuple[str, str] | None],
    columns: Sequence[str | int],
    records: Iterable[Record],
    exhibit: str,
) -> pd.DataFrame:
    """Set the paper's numbers beside a regression table of ours.

    Up to three columns become pairs of columns; of more, each printed row stands above ours, so
    that the table is no wider than the paper's. A dagger marks what is not exact.

    Parameters
    ----------
    here
        As `display.regression_table` gives it, shape (rows, fits).
    places
        Row and statistic of each row in ``data/published``; None for what is not compared.
    columns
        The exhibit's columns that the fits fill.
    records, exhibit
        What was recorded, and of which exhibit.
    """
    rows = _compared(records, exhibit)
    rows["printed"] += rows["printed_stars"].fillna(0).map(lambda count: "*" * count)
    numbers = {tuple(n[:3]): n[3:] for n in rows[[*KEY[1:], "printed", "verdict"]].to_numpy()}
    printed, ours = here.copy(), here.copy()
    for i, place in enumerate(places):
        for j, column in enumerate(columns):
            text, verdict = numbers.get((str(column), *(place or ())), ("", Verdict.EXACT))
            printed.iat[i, j] = f"({text})" if text and place and place[1] == "se" else text
            ours.iat[i, j] += "" if verdict == Verdict.EXACT else " †"
    both = {"printed": printed.to_numpy(), "here": ours.to_numpy()}
    if len(columns) <= PAIRED_COLUMNS:
        pairs = {
            f"{head} {what}": cells[:, j]
            for j, head in enumerate(here.columns)
            for what, cells in both.items()
        }
        return pd.DataFrame(pairs, index=here.index)
    lines: list[tuple[str, Any]] = []
    for i, (label, place) in enumerate(zip(here.index, places, strict=True)):
        if place is None:
            lines.append((label, ours.iloc[i]))
        elif place[1] != "se":
            for what, cells in both.items():
                lines.append((f"{label}, {what}", cells[i]))
                lines += [("", cells[i + 1])] if place[1] == "estimate" else []
    labels, found = zip(*lines, strict=True)
    return pd.DataFrame(list(found), pd.Index(labels, name=here.index.name), here.columns)


def _compared(records: Iterable[Record], exhibit: str) -> pd.DataFrame:
    cells = published().query("exhibit == @exhibit")
    return compare([r for r in records if r.exhibit == exhibit], cells)


def published(path: Path | str | None = None) -> pd.DataFrame:
    """Read the printed cells of Tables 1-6: numbers as printed, ``decimals`` and ``stars`` typed.

    One row a cell; a repeated address, or a number that contradicts its decimals, is a ValueError.
    """
    return _read(Path(path or PUBLISHED / "cells.csv"), KEY)


def printed_value(exhibit: str, column: str, row: str, statistic: str) -> float:
    """Return one printed number of Tables 1-6, by its address; KeyError if there is none."""
    cells = published().set_index(["exhibit", "column", "row", "statistic"])["printed"]
    return float(cells[exhibit, column, row, statistic])


def published_text(path: Path | str | None = None) -> pd.DataFrame:
    """Read the numbers of the paper's prose, typed and checked as in `published`."""
    return _read(Path(path or PUBLISHED / "text.csv"), ["key"])


def _read(path: Path, key: list[str]) -> pd.DataFrame:
    """Read typed printed numbers; refuse a repeated address, or decimals that are not printed."""
    types = defaultdict(lambda: "str", decimals="int", stars="Int64")
    empty = {"stars": [""]}  # elsewhere an empty string is one
    frame = pd.read_csv(path, dtype=types, keep_default_na=False, na_values=empty)
    if repeated := frame.loc[frame.duplicated(key), key].values.tolist():
        raise ValueError(f"{path}: repeated {key}: {repeated}; keep one line for each")
    for line, (printed, decimals) in enumerate(frame[["printed", "decimals"]].values, start=2):
        if decimals != len(printed.partition(".")[2]):
            raise ValueError(f"{path}, line {line}: {printed!r} has not {decimals} decimals")
    return frame
