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

import pandas as pd

from yearbooks import cells
from yearbooks.contract import TABLES, ContractError, check_table
from yearbooks.files import READERS, Note, Sheet, sheets_of
from yearbooks.headings import DERIVED
from yearbooks.layout import answering, lay_out
from yearbooks.mapping import MAPPING, OPTIONAL, Said, answer, read_mapping
from yearbooks.plausible import doubts


@dataclass(frozen=True)
class Loaded:
    """Tables by the contract's names, all notes, the paths they come from, and what is absent."""

    tables: dict[str, pd.DataFrame]
    notes: tuple[Note, ...]
    files: tuple[Path, ...]
    absent: tuple[str, ...] = ()


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
    folder = Path(folder).expanduser().resolve()
    if not folder.is_dir():
        raise ContractError(f"{folder} is not a folder: give the folder that holds the raw tables")
    mapping = read_mapping(folder)
    tables, files, faults = {}, [folder / MAPPING], []
    notes: list[Note] = []
    counties: cells.Names | None = None if "yearbook" in names else {}
    unmet = {str(old) for old in mapping.get("codes", {})}
    for name in names:
        try:
            files += (paths := _find(folder, name, mapping))
            sheets = _read(paths, name, mapping, notes)
            if name == "yearbook":
                counties = cells.names_of(sheets)
            for text in (s.text for s in sheets if unmet and "county" in s.text):
                unmet = unmet.difference(text["county"])
            tables[name] = _table(sheets, name, mapping, notes, counties)
        except ContractError as error:
            faults.append(str(error))
    if faults:
        raise ReadingError("\n".join(faults), notes)
    if unmet and len(names) == len(TABLES):
        words = "codes that mapping.yml changes, and that no row has: a typing error?"
        notes.append(Note(MAPPING, "codes", words, len(unmet), 0, ", ".join(unmet), doubt=True))
    if "yearbook" in tables:
        _note_gaps(tables["yearbook"], notes)
    used = tuple(path for path in (*files[1:], files[0]) if path.is_file())
    return Loaded(tables, tuple(notes), used, tuple(mapping.get("absent", [])))


def _find(folder: Path, name: str, mapping: Said) -> list[Path]:
    """Files of a table: those that mapping.yml names, else those named after the table."""
    if name in mapping.get("absent", []):
        return []
    named = mapping.get("tables", {}).get(name, {}).get("file", [])
    paths = [folder / str(one) for one in ([named] if isinstance(named, str) else named)]
    for path in paths:
        if ".." in path.parts or not path.is_relative_to(folder) or not path.is_file():
            raise ContractError(f"{MAPPING}: {name}: file {path.name} is not in the folder")
    stems = {p: p.stem.lower() for p in sorted(folder.iterdir()) if p.is_file()}
    stems = {p: s for p, s in stems.items() if not p.name.startswith((".", "~$", MAPPING))}
    fitting = [p for p, stem in stems.items() if stem == name or stem.startswith(f"{name}_")]
    alike = [p for p in fitting if p.suffix.lower() in READERS]
    alike.sort(key=lambda p: stems[p] != name)
    if not paths and len(alike) > 1 and stems[alike[0]] == name:
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
    others = ", ".join(p.name for p, stem in stems.items() if not stem.startswith(tuple(TABLES)))
    there = f" (there are {others[:200]})" if others else ""
    raise ContractError(f"{name}.csv is missing in {folder.name}{there}: add it, or {remedy}")


def _read(paths: list[Path], name: str, mapping: Said, notes: list[Note]) -> list[Sheet]:
    """All sheets of all files of a table, as text; raises with the faults of all of them."""
    sheets: list[Sheet] = []
    faults: list[str] = []
    for path in paths:
        source = Sheet(path, name, mapping.get("tables", {}).get(name, {}), notes, faults)
        try:
            for sheet in sheets_of(source):
                lay_out(sheet)
                sheets.append(sheet)
        except ContractError as error:
            faults.append(str(error))
    _raise(faults)
    for column, raw in mapping.get("tables", {}).get(name, {}).get("columns", {}).items():
        heads = {s.columns[n].shown: s.columns[n] for s in sheets for n in answering(raw, s)}
        if not heads or (len(heads) > 1 and raw in {head.letter for head in heads.values()}):
            why = f"is {' and '.join(heads)}: write the heading" if heads else "heads no column"
            faults.append(f"{MAPPING}: tables: {name}: columns: {column}: {raw!r} {why}")
    _raise(faults)
    return sheets


def _raise(faults: list[str]) -> None:
    if faults:
        raise ContractError("\n".join(dict.fromkeys(faults)))


def _table(
    sheets: list[Sheet], name: str, mapping: Said, notes: list[Note], counties: cells.Names | None
) -> pd.DataFrame:
    columns, absent = TABLES[name].columns, mapping.get("absent", [])
    for gone in [name] * (not sheets) or [c for c in columns if c in absent]:
        notes.append(Note(MAPPING, name, f"{gone} declared absent: {OPTIONAL[gone]}", 0))
    if not sheets:
        return TABLES[name].typed(pd.DataFrame(columns=list(columns)))
    for sheet in sheets:
        cells.counties(sheet, mapping.get("codes", {}), counties)
        sheet.frame = cells.converted(sheet, absent)
    first = sheets[0]
    _raise(first.faults)
    frame = _joined(sheets)
    _derive(frame, first)
    texts = [c for c, about in columns.items() if about.metadata["kind"] == "text"]
    for column in (c for c in texts if columns[c].nullable or c in absent):
        frame[column] = frame.get(column, "")
    _require(frame, [c for c in columns if c not in absent], sheets)
    if name == "yearbook":
        frame = _with_gap(frame, first)
        doubts(frame, sheets)
    _raise(first.faults)
    label = first.path.name if len(sheets) == 1 else f"{name} ({len(sheets)} files)"
    digits = {
        c: max(cells.rounding(s.text[c], s.frame[c]) for s in sheets if c in s.text)
        for c in ("population", "urban_population", "rural_population")
        if any(c in s.text for s in sheets)
    }
    lacking = {*absent} - {*texts}
    return check_table(frame, name, label, _where(frame, sheets), lacking, digits)


def _joined(sheets: list[Sheet]) -> pd.DataFrame:
    """Sheets with the same columns one below the other, with other columns side by side."""
    key = [k for k in TABLES[sheets[0].table].unique if k != "cluster"]
    alike: dict[frozenset[str], list[pd.DataFrame]] = {}
    for sheet in sheets:
        alike.setdefault(frozenset(sheet.frame), []).append(sheet.frame)
    stacked = sorted(map(pd.concat, alike.values()), key=lambda f: -len(f.columns))
    whole = stacked[0]
    for other in stacked[1:]:
        new = [c for c in other if c not in whole]
        shared = {*other} - {*new, *key, "county_name"}
        joint = not shared and {*key} <= {*other} & {*whole}
        if not (joint and len(other[key].merge(whole[key]))):
            whole = pd.concat([whole, other])
            continue
        left = whole.reset_index(names="place")
        right = other[[*key, *new]].reset_index(names="other_place")
        whole = left.merge(right, on=key, how="outer", indicator=True)
        alone = int((whole.pop("_merge") != "both").sum())
        sheets[0].note("tables with other columns joined on county and year; rows found in one of "
                       f"them only: {alone}", len(whole), doubt=alone > 0)  # fmt: skip
        whole = whole.set_axis(whole.pop("place").fillna(whole.pop("other_place")))
    return whole


def _derive(frame: pd.DataFrame, sheet: Sheet) -> None:
    """Amounts from shares, and rural population from its complement, where only those are given."""
    for share, (target, whole, _) in DERIVED.items():
        if share not in frame:
            continue
        if target in frame or whole not in frame:
            sheet.note(f"{share} not used: {target} is there, or {whole} is not", len(frame))
            continue
        outside = frame.loc[~frame[share].between(0, 1) & frame[share].notna(), share]
        sheet.bad_cells(outside, share, "is not between 0 and 1 after conversion")
        frame[target] = (frame[share] * frame[whole]).round()
        sheet.note(f"{target} computed as {share} times {whole}", len(frame))
    if {"population", "urban_population"} <= set(frame) and "rural_population" not in frame:
        frame["rural_population"] = frame["population"] - frame["urban_population"]
        sheet.note("rural_population computed as population less urban_population", len(frame))


def _require(frame: pd.DataFrame, columns: list[str], sheets: list[Sheet]) -> None:
    """Raise unless the columns are there, with a row below."""
    first = sheets[0]
    if lacking := [c for c in columns if c not in frame]:
        heads = ", ".join(f"{c} ({TABLES[first.table].columns[c].metadata['zh']})" for c in lacking)
        unused = ", ".join(dict.fromkeys(name for sheet in sheets for name in sheet.unused))
        may = [c for c in lacking if c in OPTIONAL]
        none = f"\n    or, if you do not have them: absent: [{', '.join(may)}]" if may else ""
        first.fault(
            f": column {heads} missing; headings not used: {unused or 'none'}. If one of them is "
            f"it, add to {MAPPING}:\n    tables: {{{first.table}: {{columns: {{{lacking[0]}: "
            f"'heading in your file'}}}}}}{none}"
        )
    elif not len(frame) and not first.faults:
        none = f", or, without any: absent: [{first.table}]" if first.table in OPTIONAL else ""
        first.fault(f": no rows below the heading; fill it in{none}")
    _raise(first.faults)


def _with_gap(frame: pd.DataFrame, sheet: Sheet) -> pd.DataFrame:
    """The yearbook without county-years whose gap cannot be computed."""
    needed = [c for c, s in TABLES["yearbook"].columns.items() if not s.nullable]
    for column in needed[2:]:  # county and year may not be empty
        empty = frame[column].isna()
        if empty.all() and len(frame):
            sheet.fault(f": {column} is empty in all {len(frame)} rows; fill it in")
        what = f"{column} empty: the gap cannot be computed, left out"
        sheet.note(what, empty.sum(), empty.sum())
        frame = frame[~empty]
    _raise(sheet.faults)
    return frame


def _where(frame: pd.DataFrame, sheets: list[Sheet]) -> Any:
    """Where a cell of the joined table stands, and what stands there."""
    keys = [k for k in ("county", "year") if k in frame]

    def find(row: int, column: str) -> tuple[str, str, str]:
        place = frame.index[row]
        for sheet in (s for s in sheets if column in s.text):
            here = sheet.frame.index == place
            if not here.any():  # it was joined
                here = (sheet.frame[keys] == frame.iloc[row][keys]).all(axis=1).to_numpy()
            if here.any():
                cell = sheet.text.loc[here, column]
                return str(cell.index[0]), cell.iloc[0], sheet.heads[column].shown
        return str(place), str(frame[column].iloc[row]) if column else "", column

    return find


def _note_gaps(yearbook: pd.DataFrame, notes: list[Note]) -> None:
    """Notice missing years, and counties whose code changed, also between prefectures."""

    def note(what: str, rows: int, detail: str = "") -> None:
        notes.append(Note("yearbook", "yearbook", what, rows, 0, detail, doubt=True))

    years = yearbook["year"]
    if gaps := sorted(set(range(years.min(), years.max() + 1)) - set(years)):
        note(f"no county has the year {gaps}", 0)
    lacking = years.nunique() - yearbook.groupby("county").size()
    if number := (lacking > 0).sum():
        note(f"counties that lack a year: {number}; rows not there", int(lacking.sum()))
    pairs = yearbook[["county", "county_name"]].drop_duplicates().astype(str)
    stem = pairs["county_name"].str.replace(r"(?<=.{2})[县市区]$", "", regex=True)
    pairs = pairs.assign(stem=pairs["county"].str[:2] + stem)[stem.str.len() > 1]
    for stem, alike in pairs[pairs["stem"].duplicated(keep=False)].groupby("stem"):
        group = yearbook[yearbook["county"].isin(alike["county"])].sort_values("year")
        if alike["county"].nunique() > 1 and not group["year"].duplicated().any():
            found = " and ".join(dict.fromkeys(group["county"]))
            what = "a county has two codes, one after the other: is it one? Then map the old code"
            note(f"{what} under codes", len(group), f"{stem[2:]} has the codes {found}")
