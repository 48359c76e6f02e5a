"""From the text of cells to codes, years and numbers in the contract's units."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from unicodedata import normalize

import numpy as np
import pandas as pd

from yearbooks.contract import CODE, KINDS_OF_WORDS, PROVINCES, SIX, TABLES
from yearbooks.files import Sheet
from yearbooks.headings import DERIVED, FOOTNOTE, UNITS, WORDS, plain, unit_of
from yearbooks.mapping import MAPPING

MISSING = {"", *map(str, WORDS["missing"])}
LISTS = ("clusters", "capaa")
"""Tables in which the code of a prefecture is no total: it stands for the counties in it."""
_NUMBER = r"(?a:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
_THOUSANDS = r"^[+-]?\d{1,3}(?:[,' ]\d{3})+(?:\.\d+)?$"
_DAY = r"[-/.年]\d{1,2}(?:[-/.月]\d{1,2}日?)?(?: [\d:.]+)?|[01]\d[0-3]\d"
_DATE = rf"(?!\d{{4}}\.\d*$)((?:19|20)\d\d)(?:{_DAY})"
_SERIAL = r"[2-5]\d{4}(?:\.0)?"
_CODE = r"\d{6}(?:\.0|0{3}|0{6})?|\d\dS\d{3}"
_CODE_AS_NUMBER = r"^(?:\d+\.0*|\d\.\d*[eE]\+?\d+)$"
Mend = tuple[str, Callable[[str], str]]
MENDING: tuple[Mend, ...] = (
    ("footnote marks removed", lambda cell: FOOTNOTE.sub("", cell)),
    ("full-width digits made plain", lambda cell: normalize("NFKC", cell).replace("−", "-")),
    ("thousands separators removed",
     lambda cell: re.sub("[,' ]", "", cell) if re.match(_THOUSANDS, cell) else cell),
    ("年 removed", lambda cell: re.sub(r"年度?$", "", cell)),
)  # fmt: skip
"""What is taken off the cells of a column of numbers, in this order; the last in years only."""
Names = dict[str, dict[str, set[str]]]
"""Plain name of a county to the codes that it has, by province."""


def names_of(sheets: list[Sheet]) -> Names:
    """Which codes the counties of the yearbook have, by their names."""
    found: Names = {}
    for text in (s.text for s in sheets if {"county", "county_name"} <= set(s.text)):
        pairs = text[["county", "county_name"]].drop_duplicates()
        for code, name in pairs[_like(pairs["county"], _CODE)].itertuples(index=False):
            found.setdefault(plain(name), {}).setdefault(code[:2], set()).add(code[:6])
    return found


def counties(sheet: Sheet, codes: dict[Any, Any], names: Names | None) -> None:
    """Bring county codes to six characters; drop rows of totals, of which a list holds none."""
    text = sheet.text
    if "county" not in text and "county_name" in text:
        text = text.assign(county=text["county_name"])
        sheet.heads["county"] = sheet.heads["county_name"]
    if "county" not in text:
        return
    new = {str(old): str(code) for old, code in codes.items()}
    steps: tuple[Mend, ...] = (
        ("county codes that were numbers or had marks made text", _as_code),
        ("of these, codes of nine or twelve digits cut to six",
         lambda cell: re.sub(r"^(\d{6})(?:0{3}|0{6})$", r"\1", cell)),
        ("county codes of changed divisions replaced", lambda cell: new.get(cell, cell)),
    )  # fmt: skip
    code = _mended(text["county"], steps, sheet)
    total = _totals(code, text, sheet)
    code = _looked_up(code[~total], text[~total], sheet, names)
    sheet.text = text[~total].assign(county=code)


def _mended(cells: pd.Series, steps: tuple[Mend, ...], sheet: Sheet, label: str = "") -> pd.Series:
    """Take the steps one by one, on each distinct cell once, and note how many cells changed."""
    numbers = cells.value_counts(sort=False)
    mended = list(numbers.index)
    for what, mend in steps:
        before, mended = mended, [mend(cell).strip() for cell in mended]
        changed = [old != new for old, new in zip(before, mended, strict=True)]
        sheet.note(f"{label}{what}", numbers[changed].sum())
    return cells.map(dict(zip(numbers.index, mended, strict=True))).astype(object)


def _as_code(cell: str) -> str:
    if cell.isascii() and cell.isdecimal():  # the usual case, and the quick one
        return cell
    text = normalize("NFKC", FOOTNOTE.sub("", cell.lstrip("'")))
    return f"{float(text):.0f}" if re.match(_CODE_AS_NUMBER, text) else text


def _like(cells: pd.Series, pattern: str) -> pd.Series:
    """Which cells are of the form; each is looked at once."""
    return cells.isin(list(filter(re.compile(pattern).fullmatch, cells.unique())))


def _totals(code: pd.Series, text: pd.DataFrame, sheet: Sheet) -> pd.Series:
    word = code.map(plain)
    name = text["county_name"].map(plain) if "county_name" in text else word
    total = _like(code, r"\d{2}0000|\d{4}00") & ~code.isin(WORDS["cities_without_counties"])
    if sheet.table in LISTS:
        several = text.loc[total | word.str.startswith("全"), "county"]
        sheet.bad_cells(several, "county", "no county; list those that it covers, a row each")
    elif len(total) and total.all():
        sheet.fault(": all rows have codes of prefectures or provinces, which count as totals: it "
                    "takes the yearbook of counties")  # fmt: skip
    total |= word.isin(WORDS["totals"]) | name.isin(WORDS["totals"])
    shown = ", ".join(dict.fromkeys(code[total].where(code[total] != "", name[total])))[:80]
    sheet.note("rows of totals dropped", total.sum(), total.sum(), shown)
    return total


def _looked_up(code: pd.Series, text: pd.DataFrame, sheet: Sheet, known: Names | None) -> pd.Series:
    """Codes by the names (and provinces) in the yearbook; if that has faults, they come first."""
    by_name = _like(code, r".*[\u4e00-\u9fff].*")
    named, given = code[by_name], text["county"][~by_name & ~_like(code, CODE)]
    sheet.bad_cells(given, "county", f"expected {SIX}")
    stated = text["province"] if "province" in text else pd.Series("", text.index)
    found, names = dict[str, str](), known or {}
    for place, name in named.items():
        word = plain(name)
        ending = (codes for n, codes in names.items() if n and word.endswith(n))
        fitting = names.get(word) or next(ending, {})
        said = plain(stated[place]) + word
        provinces = (two for two, p in PROVINCES.items() if said.startswith(p))
        codes = fitting.get(next(provinces, said[:2])) or set().union(*fitting.values())
        if len(codes) != 1 and known is not None:
            why = f"has the codes {', '.join(sorted(codes))}" if codes else "is not in the yearbook"
            why = why if names else "cannot be looked up: the yearbook has no column of names"
            sheet.faults.append(
                f"{place}, column county, value {name!r}: a county of this name {why}; write its "
                f"code, or add to {MAPPING}:\n    codes: {{{name}: 'its code'}}"
            )
        told = f"11{len(found):04d}"  # a fault is told, here or where the yearbook has the code
        found[place] = next(filter(re.compile(CODE).fullmatch, codes), told)
    sheet.note("counties given by name looked up in the yearbook", len(found))
    return pd.Series({**code, **found}, dtype=object) if found else code


def converted(sheet: Sheet, absent: list[str]) -> pd.DataFrame:
    """The contract's columns, and shares to compute others from: numbers in its units, words."""
    columns = TABLES[sheet.table].columns
    text = sheet.text[[c for c in sheet.text if c in {*columns, *DERIVED} - {*absent}]]
    made = text.copy()
    numbers = [c for c in text if c in DERIVED or columns[c].metadata["kind"] not in KINDS_OF_WORDS]
    for column in (c for c in text if c not in numbers):
        said = WORDS["values"].get(column, {}) | sheet.said.get("values", {}).get(column, {})
        words = {str(old): str(new) for old, new in said.items()}
        sheet.note(f"{column}: Chinese or mapped words translated", text[column].isin(words).sum())
        made[column] = text[column].replace(words)
        if column not in ("county", "county_name"):
            made[column] = made[column].where(made[column] != "")
    for column in numbers:
        made[column] = _numbers(text[column], sheet)
    keys = made.reindex(columns=["county", "year"]).astype({"county": str})
    for column in numbers:
        made[column] = _in_unit(made[column], sheet, keys)
    assumed = [
        f"{column} ({_unit(column, sheet)})"
        for column in numbers
        if sheet.heads[column].taken == "" and plain(sheet.heads[column].shown) != plain(column)
    ]
    what = f"units not stated, taken to be the codebook's (plausible): {', '.join(assumed)}"
    sheet.note(what, len(made) if assumed else 0)
    return made


def _unit(column: str, sheet: Sheet) -> str:
    return "share" if column in DERIVED else TABLES[sheet.table].columns[column].metadata["unit"]


def _numbers(text: pd.Series, sheet: Sheet) -> pd.Series:
    """Turn cells into numbers; anything but a number or a mark of absence is a fault."""
    column, schema = str(text.name), TABLES[sheet.table].columns.get(text.name)
    year, share = column.endswith("year"), column in DERIVED
    cells = _years(text, sheet) if year else text
    if re.fullmatch(r"[0-9.]*", "".join(cells)):  # the usual case, and the quick one
        with suppress(ValueError):
            return cells.replace("", "nan").astype(float)
    plainly = _like(cells, _NUMBER) & (not share)
    missing = ~plainly & cells.str.lower().isin(MISSING)
    marks = cells[missing & (cells != "")]
    sheet.note(f"{column}: {' '.join(sorted(set(marks)))} read as missing", len(marks))
    given = cells[~plainly & ~missing]
    mended = _mended(given, MENDING[: None if year else -1], sheet, f"{column}: ")
    if share and (signed := mended.str.endswith("%")).any():
        sheet.heads[column].unit = sheet.heads[column].unit or "%"
        sheet.bad_cells(given[~signed], column, "has no % as others do")
        mended = mended.str.rstrip("%")
    mended = mended.where(_like(mended, _NUMBER), "nan")
    value = pd.concat([cells[plainly], mended]).astype(float).reindex(text.index)
    or_empty = "" if schema and not schema.nullable else ", or leave the cell empty"
    why = "a year of four digits" if year else f"a number; mend the value{or_empty}"
    sheet.bad_cells(text[~np.isfinite(value) & ~missing], column, f"expected {why}")
    return value


def _years(cells: pd.Series, sheet: Sheet) -> pd.Series:
    """Dates and Excel's serial numbers are a question; ``units: {year: date}`` answers it."""
    serial = _like(cells, _SERIAL)
    date = serial | _like(cells, _DATE)
    if not date.any():
        return cells
    if sheet.said.get("units", {}).get(cells.name) != "date":
        such = f"such as {cells[date].iloc[0]!r} in {cells[date].index[0]}"
        what = f"column {cells.name} holds dates, {such}; is it their year that counts"
        sheet.question(what, f"units: {{{cells.name}: date}}")
        return cells.mask(date, "")
    sheet.note(f"{cells.name}: the year of a date taken", date.sum())
    days = pd.to_timedelta(cells[serial].astype(float), unit="D") + pd.Timestamp("1899-12-30")
    cells = cells.str.replace(rf"^{_DATE}$", r"\1", regex=True)
    return cells.mask(serial, days.dt.year.astype(str).reindex(cells.index))


def _in_unit(value: pd.Series, sheet: Sheet, keys: pd.DataFrame) -> pd.Series:
    """Convert to the contract's unit, as the file or mapping.yml states units."""
    column = str(value.name)
    unit = _unit(column, sheet)
    kind, size = unit_of(unit) or (unit, 1.0)
    said = sheet.said.get("units", {}).get(column) or ""
    groups = {str(k): str(v) for k, v in (said if isinstance(said, dict) else {"": said}).items()}
    stated = sheet.heads[column].unit if unit_of(unit) else ""  # others are not converted
    if odd := [g for g in groups if not re.fullmatch(r"all|(\d\d/)?\d{4}|\d\d|", g)]:
        told = f"units of {column} ({MAPPING}) hold for a year (2020), a province (13)"
        sheet.fault(f": {told}, both (13/2020), or all; not for {', '.join(odd)}")
        return value
    for_all = groups.pop("all", "")
    whole = for_all or groups.pop("", "")
    if whole and stated and not for_all and unit_of(whole) != unit_of(stated):
        differ = f"column {column}: the file says {stated!r}, {MAPPING} says {whole!r}. If the file"
        what = f"{differ} is right, take it out of {MAPPING}; is it {MAPPING}"
        sheet.question(what, f"units: {{{column}: {{all: {whole!r}}}}}")
        return value
    whole = whole or stated or sheet.above.get(kind, "")
    if column in DERIVED and not whole:
        question = f"column {column}: percentages or shares? Values reach {value.max():g}"
        likely = "percent" if value.max() > 1 else "share"
        sheet.question(question, f"units: {{{column}: {likely}}}")
    if unit_of(unit):
        sheet.heads[column].taken = whole
    factor = pd.Series(1.0, value.index)
    for group, word in {"": whole or unit, **groups}.items():
        other, times = unit_of(word) or (word, 1.0)
        words = sorted(w for w, (of, _) in UNITS.items() if of == kind) or [unit]
        if other != kind and (word, unit) != ("date", "calendar year"):
            question = f"column {column}: {word!r} is not a unit of it; one of {', '.join(words)}"
            sheet.question(question, f"units: {{{column}: {words[0]}}}")
            return value
        rows = in_group(keys, group)
        factor[rows] = times / size
        changed = (rows & value.notna()).sum() * (times != size)
        sheet.note(f"{column}: {word} converted (times {times / size:g})", changed)
    # Dividing by 10,000 rounds once; multiplying by 0.0001 rounds twice.
    return (value * factor).where(factor >= 1, value / (1 / factor))


def in_group(keys: pd.DataFrame, group: str) -> pd.Series:
    """Rows of ``2020``, of the province ``13``, of ``13/2020``; of all, if the group is empty."""
    rows = pd.Series(True, keys.index)
    for part in filter(None, group.split("/")):
        of_year = len(part) == 4
        rows &= keys["year"] == float(part) if of_year else keys["county"].str.startswith(part)
    return rows


def rounding(text: pd.Series, value: pd.Series) -> float:
    """Half a unit of the last digit that a column has, in the contract's unit."""
    decimals = max((len(t.partition(".")[2].rstrip("0")) for t in text), default=0)
    some = text[value > 0].head(1000).str.replace(",", "")  # they have one unit, but for a few
    scale = (value / pd.to_numeric(some, errors="coerce")).median()
    return 0.0 if np.isnan(scale) else float(0.5 * 10.0**-decimals * scale)
