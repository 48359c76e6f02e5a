"""Reads county tables as they come: yearbook headings, units, codes, marks; every repair is told.

The contract (:mod:`yearbooks.contract`) says what a raw table must hold. This module brings
real files there. It never guesses: what a file leaves open becomes a question, an error that
names the line to add to ``mapping.yml``. Nothing is filled in, and no row goes unreported.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from yearbooks import cells
from yearbooks.contract import TABLES, ContractError, check_table
from yearbooks.files import READERS, Note, grids
from yearbooks.layout import DERIVED, File, text_of
from yearbooks.mapping import MAPPING, OPTIONAL, Said, about, answer, read_mapping
from yearbooks.plausible import Said as Stated
from yearbooks.plausible import doubts, odd_cells


@dataclass(frozen=True)
class Loaded:
    """Tables by the contract's names, all notes, the paths they come from, and what is absent."""

    tables: dict[str, pd.DataFrame]
    notes: tuple[Note, ...]
    files: tuple[Path, ...]
    absent: tuple[str, ...] = ()


@dataclass
class _Part:
    """What one sheet or file holds: its text and its converted columns, row by row."""

    file: File
    text: pd.DataFrame
    frame: pd.DataFrame


class ReadingError(ContractError):
    """Faults, and the notes that reading had made until then."""

    def __init__(self, words: str, notes: list[Note]) -> None:
        super().__init__(words)
        self.notes = tuple(notes)


def read_folder(folder: Path | str, names: Collection[str] = tuple(TABLES)) -> Loaded:
    """Read the raw tables of a folder, in whatever of the known forms they are.

    ``folder`` holds one file a table, named after it (``yearbook.xlsx``), or several whose names
    begin with it (``yearbook_2014.csv``, …), or a ``mapping.yml`` that names them; ``names`` are
    the tables to read. Raises `ContractError` with every fault and open question in all files at
    once: file, line, column, value, remedy.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise ContractError(f"{folder} is not a folder: give the folder that holds the raw tables")
    mapping = read_mapping(folder)
    tables, files, faults = {}, [], []
    notes: list[Note] = []
    counties: cells.Names = {}
    unmet = {str(old) for old in mapping.get("codes", {})}
    for name in names:
        try:
            paths = _find(folder, name, mapping)
            files += paths
            parts = _parts(name, paths, mapping, notes)
            if name == "yearbook":
                counties = cells.names_of([part.text for part in parts])
            unmet -= {c for part in parts for c in part.text.get("county", pd.Series(dtype=object))}
            tables[name] = _table(name, parts, mapping, notes, counties)
        except ContractError as error:
            faults.append(str(error))
    if faults:
        raise ReadingError("\n".join(faults), notes)
    if unmet and len(names) == len(TABLES):
        words = "codes that mapping.yml changes, and that no row has: a typing error?"
        notes.append(Note(MAPPING, "codes", words, len(unmet), 0, ", ".join(unmet), doubt=True))
    if "yearbook" in tables:
        _note_gaps(tables["yearbook"], notes)
    files += [path for path in [folder / MAPPING] if path.is_file()]
    return Loaded(tables, tuple(notes), tuple(files), tuple(mapping.get("absent", [])))


def _find(folder: Path, name: str, mapping: Said) -> list[Path]:
    """Files of a table: those that mapping.yml names, else those named after the table."""
    if name in mapping.get("absent", []):
        return []
    named = about(mapping, name).get("file", [])
    paths = [folder / str(one) for one in ([named] if isinstance(named, str) else named)]
    for path in paths:
        if ".." in path.parts or not path.is_relative_to(folder) or not path.is_file():
            raise ContractError(f"{MAPPING}: {name}: file {path.name} is not in the folder")
    whole = [p for p in folder.iterdir() if p.is_file() and not p.name.startswith((".", "~$"))]
    fitting = sorted(p for p in whole if (s := p.stem.lower()) == name or s.startswith(f"{name}_"))
    alike = [p for p in fitting if p.suffix.lower() in READERS]
    alike.sort(key=lambda p: p.stem.lower() != name)
    if not paths and len(alike) > 1 and alike[0].stem.lower() == name:
        both = [p.name for p in alike]
        file = f"file: [{', '.join(both)}]"
        raise ContractError(
            f"{' and '.join(both)} both hold {name}: which, or all? {answer(name, file)}"
        )
    if found := paths or alike or fitting:
        return found  # a format that is not read is told when it is read
    remedy = f"name its file in {MAPPING}: tables: {{{name}: {{file: …}}}}"
    if name in OPTIONAL:
        remedy += f"\n    or, if you do not have it (then {OPTIONAL[name]}): absent: [{name}]"
    others = ", ".join(
        sorted(p.name for p in whole if not p.stem.lower().startswith(tuple(TABLES)))
    )
    there = f" (there are {others[:200]})" if others else ""
    raise ContractError(f"{name}.csv is missing in {folder.name}{there}: add it, or {remedy}")


def _parts(name: str, paths: list[Path], mapping: Said, notes: list[Note]) -> list[_Part]:
    """The text of all sheets of all files of a table; raises with the faults of all of them."""
    parts, faults = [], []
    for path in paths:
        try:
            for grid in grids(source := File(path, name, about(mapping, name), notes)):
                file = File(path, name, source.said, notes)
                parts.append(_Part(file, text_of(grid, file), pd.DataFrame()))
                faults += file.faults
        except ContractError as error:
            faults.append(str(error))
    if faults:
        raise ContractError("\n".join(dict.fromkeys(faults)))
    return parts


def _table(
    name: str, parts: list[_Part], mapping: Said, notes: list[Note], counties: cells.Names
) -> pd.DataFrame:
    absent = [c for c in TABLES[name].columns if c in mapping.get("absent", [])]
    if not parts:
        notes.append(Note(MAPPING, name, f"{name} declared absent: {OPTIONAL[name]}", 0))
        return TABLES[name].validate(pd.DataFrame(columns=list(TABLES[name].columns)))
    for part in parts:
        part.text = cells.counties(part.text, part.file, mapping.get("codes", {}), counties)
        part.frame = _frame(part, absent)
        assumed = ", ".join(part.file.assumed)
        part.file.note(f"units not stated, taken to be the codebook's (plausible): {assumed}",
                       len(part.frame) if assumed else 0)  # fmt: skip
    _raise(parts)
    label = parts[0].file.path.name if len(parts) == 1 else f"{name} ({len(parts)} files)"
    file = parts[0].file
    frame = _joined(parts, name)
    _derive(frame, file)
    frame = _complete(frame, parts, name, absent)
    if name == "yearbook":
        whole = frame.reindex(columns=list(TABLES[name].columns))
        said = Stated(_merged(parts, "heads"), _merged(parts, "stated"), file.said.get("units", {}))
        doubts(whole, said, file.question)
        odd = odd_cells(whole)
        for column, number in odd[odd > 0].items():
            what = "cells a hundred times, or a hundredth of, what is usual for their county"
            file.note(f"{column}: {what}", number, doubt=True)
        _raise(parts)
    people = ("population", "urban_population", "rural_population")
    digits = {
        c: max(cells.rounding(p.text[c], p.frame[c]) for p in parts if c in p.text)
        for c in people
        if any(c in p.text for p in parts)
    }
    checked = check_table(frame, name, label, _where(frame, parts), absent, digits)
    notes += [Note(MAPPING, name, f"{c} declared absent: {OPTIONAL[c]}", 0) for c in absent]
    return checked


def _merged(parts: list[_Part], what: str) -> dict[str, str]:
    return {key: word for part in parts for key, word in getattr(part.file, what).items()}


def _raise(parts: list[_Part]) -> None:
    if faults := [fault for part in parts for fault in part.file.faults]:
        raise ContractError("\n".join(dict.fromkeys(faults)))


def _frame(part: _Part, absent: list[str]) -> pd.DataFrame:
    """The contract's columns of one file, converted; the index names file and line."""
    text, file = part.text, part.file
    columns = [c for c in text if c in (*TABLES[file.table].columns, *DERIVED) and c not in absent]
    keys = pd.DataFrame(
        {c: text[c] if c in text else "" for c in ("county", "year")}, index=text.index
    )
    if "year" in text:
        keys["year"] = pd.to_numeric(text["year"].str[:4], errors="coerce")
    return pd.DataFrame(
        {c: cells.column_of(text[c], file, keys) for c in columns}, index=text.index
    )


def _joined(parts: list[_Part], name: str) -> pd.DataFrame:
    """Files with the same columns one below the other, with other columns side by side."""
    groups: dict[frozenset[str], list[pd.DataFrame]] = {}
    for part in parts:
        groups.setdefault(frozenset(part.frame.columns), []).append(part.frame)
    key = [k for k in TABLES[name].unique if k not in ("cluster",)]
    stacked = [pd.concat(frames) for frames in groups.values()]
    whole = max(stacked, key=lambda f: len(f.columns))
    for other in (f for f in stacked if f is not whole):
        shared = [c for c in whole if c in other and c not in (*key, "county_name")]
        lacks = not set(key) <= set(other) or not set(key) <= set(whole)
        if lacks or shared or not len(other.merge(whole, on=key)):
            whole = pd.concat([whole, other])
            continue
        new = [*key, *(c for c in other if c not in whole)]
        places = pd.concat([whole[key], other[key]]).assign(_place=[*whole.index, *other.index])
        joined = whole.merge(other[new], on=key, how="outer", indicator=True)
        alone = int((joined.pop("_merge") != "both").sum())
        parts[0].file.note("tables with other columns joined on county and year; rows found in one "
                           f"of them only: {alone}", len(joined), doubt=alone > 0)  # fmt: skip
        place = places.drop_duplicates(key).set_index(key)["_place"]
        whole = joined.set_axis(place.loc[pd.MultiIndex.from_frame(joined[key])].to_numpy())
    return whole


def _derive(frame: pd.DataFrame, file: File) -> None:
    """Amounts from shares, and rural population from its complement, where only those are given."""
    for share, (target, whole, _) in DERIVED.items():
        if share not in frame:
            continue
        if target in frame or whole not in frame:
            file.note(f"{share} not used: {target} is there, or {whole} is not", len(frame))
            continue
        outside = frame.loc[~frame[share].between(0, 1) & frame[share].notna(), share]
        file.bad_cells(outside, share, "is not between 0 and 1 after conversion")
        frame[target] = (frame[share] * frame[whole]).round()
        file.note(f"{target} computed as {share} times {whole}", len(frame))
    if {"population", "urban_population"} <= set(frame) and "rural_population" not in frame:
        frame["rural_population"] = frame["population"] - frame["urban_population"]
        file.note("rural_population computed as population less urban_population", len(frame))


def _complete(
    frame: pd.DataFrame, parts: list[_Part], name: str, absent: list[str]
) -> pd.DataFrame:
    """All columns of the contract; county-years whose gap cannot be computed are left out."""
    columns, file = TABLES[name].columns, parts[0].file
    for column in [c for c in ("county_name", "cluster", "product") if c in columns]:
        if column not in frame and (column == "county_name" or column in absent):
            frame[column] = ""
    lacking = [c for c in columns if c not in frame and c not in absent]
    if lacking:
        labels = ", ".join(f"{c} ({columns[c].metadata['zh']})" for c in lacking)
        unused = ", ".join(dict.fromkeys(u for part in parts for u in part.file.unused))
        may = [c for c in lacking if c in OPTIONAL]
        none = f"\n    or, if you do not have them: absent: [{', '.join(may)}]" if may else ""
        file.fault(
            f": column {labels} missing; headings not used: {unused or 'none'}. If one of them is "
            f"it, add to {MAPPING}:\n    tables: {{{name}: {{columns: {{{lacking[0]}: 'heading in "
            f"your file'}}}}}}{none}"
        )
        _raise(parts)
    if name == "yearbook":
        for column in [c for c, s in columns.items() if not s.nullable][2:]:
            empty = frame[column].isna()
            if len(frame) and empty.all():
                file.fault(f": {column} is empty in all {len(frame)} rows; fill it in")
            file.note(
                f"{column} empty: the gap cannot be computed, left out", empty.sum(), empty.sum()
            )
            frame = frame[~empty]
    if not len(frame) and not file.faults:
        file.fault(": no rows below the heading; fill it in")
    _raise(parts)
    return frame[
        [c for c in columns if c in frame and c not in (set(absent) - {"cluster", "product"})]
    ]


def _where(frame: pd.DataFrame, parts: list[_Part]) -> Any:
    """Where a cell of the joined table stands, and what stands there."""
    keys = [k for k in ("county", "year") if k in frame]

    def find(row: int, column: str) -> tuple[str, str, str]:
        place, key = frame.index[row], frame.iloc[row][keys]
        for part in parts:
            if not column or column not in part.text:
                continue
            here = part.frame.index == place
            here = here if here.any() else (part.frame[keys] == key).all(axis=1).to_numpy()
            if here.any():
                at = int(np.argmax(here))
                head = part.file.heads.get(column, column)
                return str(part.text.index[at]), str(part.text[column].iloc[at]), head
        return str(place), "" if not column else str(frame[column].iloc[row]), column

    return find


def _note_gaps(yearbook: pd.DataFrame, notes: list[Note]) -> None:
    """Notice missing years, and counties whose code changed, also between prefectures."""

    def note(what: str, rows: int, detail: str = "") -> None:
        notes.append(Note("yearbook", "yearbook", what, rows, 0, detail, doubt=True))

    years = yearbook["year"]
    if gaps := sorted(set(range(years.min(), years.max() + 1)) - set(years)):
        note(f"no county has the year {gaps}", 0)
    short = len(years.unique()) - yearbook.groupby("county").size()
    if (short > 0).any():
        note(
            f"{(short > 0).sum()} counties lack a year: county-years that are not there",
            int(short.sum()),
        )
    named = yearbook[yearbook["county_name"].fillna("").str.len() > 1]
    stem = named["county_name"].str.replace(r"(?<=.{2})[县市区]$", "", regex=True)
    codes = named.groupby([named["county"].str[:2], stem])["county"].transform("nunique")
    several = named[codes > 1]
    for (_, name), group in several.groupby([several["county"].str[:2], stem[codes > 1]]):
        if not group.duplicated("year").any():
            found = " and ".join(dict.fromkeys(group.sort_values("year")["county"]))
            what = "a county has two codes, one after the other: is it one? Then map the old code"
            note(f"{what} under codes", len(group), f"{name} has the codes {found}")
