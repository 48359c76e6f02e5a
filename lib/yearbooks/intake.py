"""Reads county tables as they come: yearbook headings, units, codes, marks; every repair is told.

The contract (:mod:`yearbooks.contract`) says what a raw table must hold. This module brings
real files there: it finds the heading, names the columns, converts declared units, and drops what
is no county-year. It never guesses: what a file leaves open becomes a question, an error that
names the line to add to ``mapping.yml``. Nothing is filled in, and no row goes unreported.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from yearbooks.contract import TABLES, ContractError, check_table
from yearbooks.files import READERS, Note, Source, rows
from yearbooks.headings import FOOTNOTE, UNITS, WORDS, known, plain, split, unit_of

OPTIONAL, DERIVED = WORDS["optional"], WORDS["derived"]
MISSING = {"", *WORDS["missing"]}
LISTS = ("clusters", "capaa")
"""Tables in which the code of a prefecture is no total: it stands for the counties in it."""
MAPPING = "mapping.yml"
TEMPLATE = Path(__file__).with_name(MAPPING)
KEYS = {"file": (str, list), "sheet": str, "encoding": str, "columns": dict, "units": dict}
KEYS["values"] = dict.fromkeys(WORDS["values"], dict)
SAYS = {"tables": dict.fromkeys(TABLES, KEYS), "codes": dict, "absent": list}
"""What mapping.yml may say, and of which kind it is."""

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_THOUSANDS = r"^[+-]?\d{1,3}(?:[,' ]\d{3})+(?:\.\d+)?$"
MENDING = (
    ("footnote marks removed", lambda s: s.str.replace(FOOTNOTE, "", regex=True).str.strip()),
    ("full-width digits made plain",
     lambda s: s.str.normalize("NFKC").str.replace("−", "-").str.strip()),
    ("thousands separators removed",
     lambda s: s.str.replace(_THOUSANDS, lambda m: re.sub("[,' ]", "", m[0]), regex=True)),
    ("年 removed", lambda s: s.str.replace(r"年度?$", "", regex=True)),
)  # fmt: skip
"""What is taken off the cells of a column of numbers, in this order; the last in years only."""


@dataclass(frozen=True)
class Loaded:
    """Tables that meet the contract, all notes, and the files they come from."""

    tables: dict[str, pd.DataFrame]
    notes: tuple[Note, ...]
    files: tuple[Path, ...]


Said = dict[str, Any]
"""What mapping.yml says, as a whole or of one table."""


@dataclass
class _File(Source):
    """What reading understood of a file, by contract name, and what it could not."""

    faults: list[str] = field(default_factory=list)
    heads: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)

    def fault(self, what: str) -> None:
        self.faults.append(f"{self.path.name}{what}")

    def question(self, what: str, key: str, column: str, answer: str) -> None:
        """A question is a fault that carries the line which answers it."""
        self.fault(f": {what}. {_answer(self.table, f'{key}: {{{column}: {answer}}}')}")

    def bad_cells(self, values: pd.Series, column: str, why: str) -> None:
        """A fault for each of the first eight cells, by their places, and one for all others."""
        for place, value in values.head(8).items():
            self.faults.append(f"{place}, column {column}, value {value!r}: {why}")
        if len(values) > 8:
            self.fault(f": {len(values) - 8} more cells of {column} are like it")


def _answer(table: str, words: str) -> str:
    return f"Answer in {MAPPING}:\n    tables: {{{table}: {{{words}}}}}"


def read_folder(folder: Path | str, names: Collection[str] = tuple(TABLES)) -> Loaded:
    """Read the raw tables of a folder, in whatever of the known forms they are."""
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise ContractError(f"{folder} is not a folder: give the folder that holds the raw tables")
    mapping = read_mapping(folder)
    tables, files, faults = {}, [], []
    notes: list[Note] = []
    for name in names:
        try:
            paths = _find(folder, name, mapping)
            tables[name] = _table(name, paths, mapping, notes)
            files += paths
        except ContractError as error:
            faults.append(str(error))
    if faults:
        raise ContractError("\n".join(faults))
    if "yearbook" in tables:
        _note_gaps(tables["yearbook"], notes)
    files += [path for path in [folder / MAPPING] if path.is_file()]
    return Loaded(tables, tuple(notes), tuple(files))


# --- the mapping file ------------------------------------------------------------------


def read_mapping(folder: Path) -> Said:
    """Read ``mapping.yml``; an empty one, or none, says nothing. Unknown words are faults."""
    path = folder / MAPPING
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8-sig")) if path.is_file() else None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ContractError(f"{MAPPING} is not YAML in UTF-8 ({error}): mend that line") from None
    said = {} if said is None else said
    if faults := _misfits(said, SAYS):
        raise ContractError("\n".join(f"{MAPPING}: {fault}" for fault in faults))
    said = {key: value for key, value in said.items() if value is not None}
    for name in said.get("absent", []):
        if name not in list(OPTIONAL):
            raise ContractError(
                f"{MAPPING}: absent: {name!r} cannot be left out; only {', '.join(OPTIONAL)}"
            )
    return said


def _misfits(said: Any, may: Said, where: str = "") -> list[str]:
    """What stands in the mapping and does not belong there, level by level."""
    if not isinstance(said, dict):
        return [f"{where}expected 'key: value' lines, found {said!r}"]
    faults = []
    for key, value in said.items():
        if key not in may:
            faults.append(f"{where}{key}: unknown; use {', '.join(may)}")
        elif isinstance(may[key], dict):
            faults += _misfits({} if value is None else value, may[key], f"{where}{key}: ")
        elif not (value is None or isinstance(value, may[key])):
            faults.append(f"{where}{key}: {value!r} is of the wrong kind; see the template")
    return faults


def _about(mapping: Said, name: str) -> Said:
    about = mapping.get("tables", {}).get(name) or {}
    return {key: value for key, value in about.items() if value is not None}


def _find(folder: Path, name: str, mapping: Said) -> list[Path]:
    """Files of a table: those that mapping.yml names, else those named after the table."""
    if name in mapping.get("absent", []):
        return []
    named = _about(mapping, name).get("file", [])
    paths = [folder / str(one) for one in ([named] if isinstance(named, str) else named)]
    for path in paths:
        if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
            raise ContractError(f"{MAPPING}: {name}: file {path.name} is not in the folder")
    tables = sorted(p for p in folder.iterdir() if p.is_file() and p.suffix.lower() in READERS)
    exact = [p for p in tables if p.stem.lower() == name]
    alike = exact + [p for p in tables if p.stem.lower().startswith(f"{name}_")]
    if exact and len(alike) > 1 and not paths:
        both = [p.name for p in alike]
        answer = _answer(name, f"file: [{', '.join(both)}]")
        raise ContractError(f"{' and '.join(both)} both hold {name}: which, or all? {answer}")
    if found := paths or alike:
        return found
    remedy = f"name its file in {MAPPING}: tables: {{{name}: {{file: …}}}}"
    if name in OPTIONAL:
        remedy += f"\n    or, if you do not have it (then {OPTIONAL[name]}): absent: [{name}]"
    old = f"{name}.xls"
    hint = f" ({old} is of the old kind: save it as .xlsx)" if (folder / old).is_file() else ""
    raise ContractError(f"{name}.csv is missing in {folder.name}{hint}: add it, or {remedy}")


# --- one table -------------------------------------------------------------------------


def _table(name: str, paths: list[Path], mapping: Said, notes: list[Note]) -> pd.DataFrame:
    if not paths:
        notes.append(Note(MAPPING, f"{name} declared absent: {OPTIONAL[name]}", 0))
        return TABLES[name].validate(pd.DataFrame(columns=list(TABLES[name].columns)))
    files = [_File(path, name, _about(mapping, name), notes) for path in paths]
    frames = [_frame(file, mapping) for file in files]
    faults = [fault for file in files for fault in file.faults]
    if not faults:
        frame = pd.concat(frames)
        faults += _implausible(frame, files[0]) if name == "yearbook" else []
    if faults:
        raise ContractError("\n".join(dict.fromkeys(faults)))
    label = paths[0].name if len(paths) == 1 else f"{name} ({len(paths)} files)"
    return check_table(frame, name, label, frame.index.tolist())


def _frame(file: _File, mapping: Said) -> pd.DataFrame:
    """The contract's columns of one file, converted; the index names file and line."""
    try:
        text = _body(file)
    except ContractError as error:
        file.faults.append(str(error))
    if file.faults:
        return pd.DataFrame()
    text = _counties(text, file, mapping.get("codes", {}))
    frame = pd.DataFrame({c: _column(text[c], file) for c in text}, index=text.index)
    _derive(frame, file)
    columns, absent = TABLES[file.table].columns, [*mapping.get("absent", []), "county_name"]
    for column in [c for c in columns if c in absent and c not in frame]:
        frame[column] = "" if column == "county_name" else np.nan
    if lacking := [column for column in columns if column not in frame]:
        labels = ", ".join(f"{c} ({columns[c].metadata['zh']})" for c in lacking)
        file.fault(
            f": column {labels} missing; headings not used: {', '.join(file.unused) or 'none'}. "
            f"If one of them is it, add to {MAPPING}:\n    tables: {{{file.table}: {{columns: "
            f"{{{lacking[0]}: 'heading in your file'}}}}}}"
        )
        return frame
    if file.table == "yearbook":  # leave out county-years whose gap cannot be computed
        for column in [c for c, s in columns.items() if not s.nullable][2:]:
            empty = frame[column].isna()
            what = f"{column} empty: the gap cannot be computed, left out"
            file.note(what, empty.sum(), empty.sum())
            frame = frame[~empty]
    if not len(frame) and not file.faults:
        file.fault(": no rows below the heading; fill it in")
    return frame[list(columns)]


# --- the grid: heading, unit row, notes ------------------------------------------------


def _body(file: _File) -> pd.DataFrame:
    """Find the heading, name the columns, and return the text of the rows below."""
    grid = [(line, row) for line, row in rows(file) if any(row)]
    scores = [len(_recognised(row, file)) for _, row in grid[:15]]
    if max(scores, default=0) < 2:
        found = ", ".join(map(repr, grid[0][1][:8])) if grid else "nothing"
        raise ContractError(
            f"{file.path.name}: no heading row found; the first line holds {found}. The codebook "
            f"lists the headings; others go into {MAPPING}, under columns"
        )
    at = scores.index(max(scores))
    for _, row in grid[:at]:
        file.note(f"title above the heading left out: {' '.join(filter(None, row))[:60]}", 1)
    head, body = grid[at][1], grid[at + 1 :]
    _name_columns(head, file)
    if body and all(map(unit_of, filter(None, body[0][1]))):
        below = dict(zip(head, body.pop(0)[1], strict=False))
        file.units = {column: below.get(raw, "") for column, raw in file.heads.items()}
        file.note("row of units below the heading read", 1)
    once = [(line, row) for line, row in body if row != head]
    kept = [(line, row) for line, row in once if not _is_note(row)]
    file.note("repeated heading rows dropped", len(body) - len(once), len(body) - len(once))
    file.note("note rows dropped", len(once) - len(kept), len(once) - len(kept))
    for line, row in kept:
        if extra := next(filter(None, row[len(head) :]), None):
            file.fault(
                f", line {line}: {len(row)} cells below {len(head)} headings, the first too many "
                f"is {extra!r}; put text that holds commas in quotes"
            )
    short = sum(len(row) < len(head) for _, row in kept)
    file.note("rows with fewer cells than the heading: the rest read as empty", short)
    text = pd.DataFrame(
        [dict(zip(head, row, strict=False)) for _, row in kept],
        index=[f"{file.path.name}, line {line}" for line, _ in kept],
        columns=list(file.heads.values()),
        dtype=object,
    )
    return text.fillna("").set_axis(list(file.heads), axis=1)


def _is_note(row: list[str]) -> bool:
    first, *others = filter(None, row)
    return len(others) < 2 and first.lower().startswith(tuple(WORDS["notes"]))


def _recognised(row: list[str], file: _File) -> dict[str, list[str]]:
    """Contract name to the headings of a row that mean it; mapping.yml has the last word."""
    understood, said = known(file.table), file.said.get("columns", {})
    taken = {" ".join(str(raw).split()): column for column, raw in said.items()}
    found: dict[str, list[str]] = {}
    for raw in row:
        column = taken.get(raw) or understood.get(split(raw)[0]) or understood.get(plain(raw))
        if column and (raw in taken or column not in said):
            found.setdefault(column, []).append(raw)
    return found


def _name_columns(head: list[str], file: _File) -> None:
    found, columns = _recognised(head, file), TABLES[file.table].columns
    for part in ("columns", "units"):
        for column, said in file.said.get(part, {}).items():
            if column not in columns and column not in DERIVED:
                file.fault(f" ({MAPPING}, {part}): no column is called {column!r}")
            elif part == "columns" and column not in found:
                file.fault(f" ({MAPPING}, columns): has no heading {said!r} for {column}")
    for column, raws in found.items():
        if len(raws) > 1:
            both = " and ".join(map(repr, raws))
            file.question(f"{both} may both be {column}", "columns", column, repr(raws[0]))
        file.heads[column] = raws[0]
    used = [raw for raws in found.values() for raw in raws]
    file.unused = [raw for raw in head if raw and raw not in used]
    for raw in file.unused:
        column, why = WORDS["lookalikes"].get(split(raw)[0], ("", ""))
        if column in columns and column not in found:
            question = f"{raw!r} is not the same as {column} ({why}); is it to be used"
            file.question(question, "columns", column, repr(raw))
    file.note(f"columns not used: {', '.join(file.unused)[:200]}", len(file.unused))
    other = [f"{raw} → {c}" for c, raw in file.heads.items() if plain(raw) != plain(c)]
    file.note(f"headings read as: {'; '.join(other)[:600]}", len(other))


# --- cells -----------------------------------------------------------------------------


def _counties(text: pd.DataFrame, file: _File, codes: dict[Any, Any]) -> pd.DataFrame:
    """Bring county codes to six characters; drop rows of totals, of which a list holds none."""
    if "county" not in text:
        return text
    raw = text["county"]
    code = raw.str.lstrip("'").str.replace(FOOTNOTE, "", regex=True).str.normalize("NFKC")
    as_number = r"^(?:\d+\.0*|\d\.\d*[eE]\+?\d+)$"
    code = code.str.replace(as_number, lambda m: f"{float(m[0]):.0f}", regex=True)
    cut = code.str.replace(r"^(\d{6})(?:000|000000)$", r"\1", regex=True)
    file.note("county codes that were numbers or had marks made text", (raw != cut).sum())
    file.note("of these, codes of nine or twelve digits cut to six", (code != cut).sum())
    code = cut.replace({str(old): str(new) for old, new in codes.items()})
    file.note("county codes of changed divisions replaced", (code != cut).sum())
    text = text.assign(county=code)
    name = text["county_name"].map(plain) if "county_name" in text else code
    total = code.str.fullmatch(r"\d{2}0000|\d{4}00")
    total &= ~code.isin(WORDS["cities_without_counties"])
    if file.table in LISTS:
        several = raw[total | code.map(plain).str.startswith("全")]
        file.bad_cells(several, "county", "no county; list those that it covers, a row each")
    total |= code.map(plain).isin(WORDS["totals"]) | name.isin(WORDS["totals"])
    shown = ", ".join(dict.fromkeys(code[total].where(code[total] != "", name[total])))[:80]
    file.note(f"rows of totals dropped: {shown}", total.sum(), total.sum())
    return text[~total]


def _column(text: pd.Series, file: _File) -> pd.Series:
    column = text.name
    schema = TABLES[file.table].columns.get(column)
    if schema is None or str(schema.dtype) == "float64":
        return _converted(_numbers(text, file), file)
    said = WORDS["values"].get(column, {}) | (file.said.get("values", {}).get(column) or {})
    said = {str(word): str(meant) for word, meant in said.items()}
    file.note(f"{column}: Chinese or mapped words translated", text.isin(list(said)).sum())
    words = text.replace(said)
    return words if column in ("county", "county_name") else words.where(words != "")


def _numbers(text: pd.Series, file: _File) -> pd.Series:
    """Turn cells into numbers; anything but a number or a mark of absence is a fault."""
    column, missing = text.name, text.str.lower().isin(MISSING)
    given = cells = text[~missing]
    for what, mend in MENDING[: None if column.endswith("year") else -1]:
        mended = mend(cells)
        file.note(f"{column}: {what}", (mended != cells).sum())
        cells = mended
    if column in DERIVED and (signed := cells.str.endswith("%")).any():
        file.units[column] = file.units.get(column) or "%"
        cells = cells.str.rstrip("%")
        file.bad_cells(given[~signed], column, "has no % as others do")
    value = cells.where(cells.str.fullmatch(_NUMBER), "nan").astype(float)
    why = "expected a number; mend the value, or leave the cell empty"
    file.bad_cells(given[~np.isfinite(value)], f"{column} ({file.heads[column]})", why)
    marks = text[missing & (text != "")]
    file.note(f"{column}: {' '.join(sorted(set(marks)))} read as missing", len(marks))
    return value.reindex(text.index)


def _converted(value: pd.Series, file: _File) -> pd.Series:
    """Convert to the contract's unit, which the file or mapping.yml must allow to do."""
    column = value.name
    unit = "share" if column in DERIVED else TABLES[file.table].columns[column].metadata["unit"]
    if (wanted := unit_of(unit)) is None:
        return value
    said = file.said.get("units", {}).get(column)
    said = said or split(file.heads[column])[1] or file.units.get(column)
    if not said:
        if column in DERIVED:
            question = f"column {column}: percentages or shares? Values reach {value.max():g}"
            file.question(question, "units", column, "percent" if value.max() > 1 else "share")
        elif plain(file.heads[column]) != plain(column):
            file.note(f"{column}: unit not stated, taken to be {unit} (plausible)", len(value))
        return value
    kind, size = unit_of(str(said)) or ("", 0.0)
    if kind != wanted[0]:
        words = sorted(word for word, (other, _) in UNITS.items() if other == wanted[0])
        question = f"column {column}: {said!r} is not a unit of it; one of {', '.join(words)}"
        file.question(question, "units", column, words[0])
        return value
    factor = size / wanted[1]
    if factor != 1:
        file.note(f"{column}: {said} converted (times {factor:g})", value.notna().sum())
    # Dividing by 10,000 rounds once; multiplying by 0.0001 rounds twice.
    return value * factor if factor >= 1 else value / (wanted[1] / size)


def _derive(frame: pd.DataFrame, file: _File) -> None:
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


def _implausible(frame: pd.DataFrame, file: _File) -> list[str]:
    """Ask about units where a year's typical value cannot be right; mapping.yml settles it."""
    for column, (base, low, high) in WORDS["plausible"].items():
        ratio = frame[column] / (frame[base] if base else 1)
        typical = ratio.replace([np.inf, -np.inf], np.nan).groupby(frame["year"]).median()
        wrong = typical[(typical > 0) & ~typical.between(low, high)]
        if wrong.empty or column in file.said.get("units", {}):
            continue
        unit = TABLES["yearbook"].columns[column].metadata["unit"]
        file.question(
            f"column {column}: in {wrong.index[0]:g} the median{f' over {base}' if base else ''} "
            f"is {wrong.iloc[0]:.3g} if the unit is {unit}; expected {low:g} to {high:g}. In which "
            f"unit is it, and {base or 'the other columns'}",
            "units", column, repr(unit),
        )  # fmt: skip
    return file.faults


def _note_gaps(yearbook: pd.DataFrame, notes: list[Note]) -> None:
    """Notice missing years, and counties whose code changed."""
    years = yearbook["year"]
    if gaps := sorted(set(range(years.min(), years.max() + 1)) - set(years)):
        notes.append(Note("yearbook", f"no county has the year {gaps}", 0))
    short = len(years.unique()) - yearbook.groupby("county").size()
    if (short > 0).any():
        what = f"{(short > 0).sum()} counties lack a year: county-years that are not there"
        notes.append(Note("yearbook", what, int(short.sum())))
    names = yearbook[yearbook["county_name"].fillna("").str.len() > 1]
    stem = names["county_name"].str.replace(r"(?<=.{2})[县市区]$", "", regex=True)
    for (_, name), group in names.groupby([names["county"].str[:4], stem]):
        if group["county"].nunique() > 1 and not group.duplicated("year").any():
            codes = " and ".join(dict.fromkeys(group.sort_values("year")["county"]))
            what = f"{name} has the codes {codes}: one county? Then map the old code under codes:"
            notes.append(Note("yearbook", what, len(group)))
