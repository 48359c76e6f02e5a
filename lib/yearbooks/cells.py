"""From the text of cells to codes, years and numbers in the contract's units."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from yearbooks.contract import TABLES
from yearbooks.headings import FOOTNOTE, UNITS, WORDS, plain, split, unit_of
from yearbooks.layout import DERIVED, File
from yearbooks.mapping import MAPPING

MISSING = {"", *map(str, WORDS["missing"])}
LISTS = ("clusters", "capaa")
"""Tables in which the code of a prefecture is no total: it stands for the counties in it."""
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_THOUSANDS = r"^[+-]?\d{1,3}(?:[,' ]\d{3})+(?:\.\d+)?$"
_DATE = r"((?:19|20)\d\d)(?:[-/.年]\d{1,2}(?:[-/.月]\d{1,2}日?)?(?: [\d:.]+)?|[01]\d[0-3]\d)"
_SERIAL = r"[2-5]\d{4}(?:\.0)?"
MENDING = (
    ("footnote marks removed", lambda s: s.str.replace(FOOTNOTE, "", regex=True).str.strip()),
    ("full-width digits made plain",
     lambda s: s.str.normalize("NFKC").str.replace("−", "-").str.strip()),
    ("thousands separators removed",
     lambda s: s.str.replace(_THOUSANDS, lambda m: re.sub("[,' ]", "", m[0]), regex=True)),
    ("年 removed", lambda s: s.str.replace(r"年度?$", "", regex=True)),
)  # fmt: skip
"""What is taken off the cells of a column of numbers, in this order; the last in years only."""
Names = dict[str, dict[str, set[str]]]
"""Plain name of a county to the codes that it has, by province."""


def names_of(texts: list[pd.DataFrame]) -> Names:
    """Which codes the counties of the yearbook have, by their names."""
    found: Names = {}
    for text in texts:
        if {"county", "county_name"} <= set(text):
            pairs = text[["county", "county_name"]].drop_duplicates()
            pairs = pairs[pairs["county"].str.fullmatch(r"\d{6}(?:\.0|0{3}|0{6})?|\d\dS\d{3}")]
            for code, name in pairs.itertuples(index=False):
                found.setdefault(plain(name), {}).setdefault(code[:2], set()).add(code[:6])
    return found


def counties(text: pd.DataFrame, file: File, codes: dict[Any, Any], names: Names) -> pd.DataFrame:
    """Bring county codes to six characters; drop rows of totals, of which a list holds none."""
    if "county" not in text and "county_name" in text:
        text = text.assign(county=text["county_name"])
        file.heads["county"] = file.heads["county_name"]
    if "county" not in text:
        return text
    raw = text["county"]
    whole = pd.Series(raw.unique(), dtype=object)  # each code once: there are few
    code = whole.str.lstrip("'").str.replace(FOOTNOTE, "", regex=True).str.normalize("NFKC")
    as_number = r"^(?:\d+\.0*|\d\.\d*[eE]\+?\d+)$"
    code = code.str.replace(as_number, lambda m: f"{float(m[0]):.0f}", regex=True)
    six = code.str.replace(r"^(\d{6})(?:000|000000)$", r"\1", regex=True)
    code, cut = (raw.map(dict(zip(whole, to, strict=True))).astype(object) for to in (code, six))
    file.note("county codes that were numbers or had marks made text", (raw != cut).sum())
    file.note("of these, codes of nine or twelve digits cut to six", (code != cut).sum())
    renamed = {str(old): str(new) for old, new in codes.items()}
    code = cut.map(lambda one: renamed.get(one, one)) if renamed else cut
    file.note("county codes of changed divisions replaced", (code != cut).sum())
    total = _totals(code, raw, text, file)
    code = _looked_up(code[~total], text[~total], file, names)
    return text[~total].assign(county=code)


def _totals(code: pd.Series, raw: pd.Series, text: pd.DataFrame, file: File) -> pd.Series:
    name = text["county_name"].map(plain) if "county_name" in text else code
    word = code.map(plain)
    total = code.str.fullmatch(r"\d{2}0000|\d{4}00")
    total &= ~code.isin(WORDS["cities_without_counties"])
    if file.table in LISTS:
        several = raw[total | word.str.startswith("全")]
        file.bad_cells(several, "county", "no county; list those that it covers, a row each")
    elif len(total) and total.all():
        file.fault(": all rows have codes of prefectures or provinces, which count as totals: it "
                   "takes the yearbook of counties")  # fmt: skip
    total |= word.isin(WORDS["totals"]) | name.isin(WORDS["totals"])
    shown = ", ".join(dict.fromkeys(code[total].where(code[total] != "", name[total])))[:80]
    file.note("rows of totals dropped", total.sum(), total.sum(), shown)
    return total


def _looked_up(code: pd.Series, text: pd.DataFrame, file: File, names: Names) -> pd.Series:
    """Codes of counties that are named, if the yearbook has one of that name (in the province)."""
    named = code[code.str.contains(r"[\u4e00-\u9fff]")]
    provinces = {name: two for two, name in WORDS["provinces"].items()}
    stated = text["province"] if "province" in text else pd.Series("", text.index)
    found: dict[str, str] = {}
    for place, name in named.items():
        word = plain(name)
        fitting = names.get(word) or next(
            (c for n, c in names.items() if n and word.endswith(n)), {}
        )
        said = plain(stated[place]) + word
        two = next((two for p, two in provinces.items() if said.startswith(p)), said[:2])
        codes = fitting.get(two) or set().union(*fitting.values())
        if len(codes) == 1:
            found[place] = codes.pop()
        else:
            why = f"has the codes {', '.join(sorted(codes))}" if codes else "is not in the yearbook"
            why = why if names else "cannot be looked up: the yearbook has no column of names"
            file.faults.append(
                f"{place}, column county, value {name!r}: a county of this name {why}; write its "
                f"code, or add to {MAPPING}:\n    codes: {{{name}: '110101'}}"
            )
            found[place] = "000000"
    file.note("counties given by name looked up in the yearbook", len(found))
    return pd.Series({**code, **found}, dtype=object) if found else code


def column_of(text: pd.Series, file: File, keys: pd.DataFrame) -> pd.Series:
    """One column of the contract, or a share to compute from, converted."""
    column = text.name
    schema = TABLES[file.table].columns.get(column)
    if schema is None or str(schema.dtype) == "float64":
        return _converted(_numbers(text, file), file, keys)
    said = WORDS["values"].get(column, {}) | (file.said.get("values", {}).get(column) or {})
    said = {str(word): str(meant) for word, meant in said.items()}
    file.note(f"{column}: Chinese or mapped words translated", text.isin(list(said)).sum())
    words = text.replace(said) if said else text
    return words if column in ("county", "county_name") else words.where(words != "")


def _numbers(text: pd.Series, file: File) -> pd.Series:
    """Turn cells into numbers; anything but a number or a mark of absence is a fault."""
    column, given = text.name, text[text != ""]
    try:  # the usual case, and the quick one
        value = given.astype(float)
        dates = column.endswith("year") and (value > 9999).any()
        if (
            not dates
            and np.isfinite(value).all()
            and all(c.isascii() and "_" not in c for c in given)
        ):
            return value.reindex(text.index)
    except ValueError:
        pass
    missing = text.str.lower().isin(MISSING)
    given = cells = text[~missing]
    if column.endswith("year"):
        given = cells = _years(cells, file)
    for what, mend in MENDING[: None if column.endswith("year") else -1]:
        mended = mend(cells)
        file.note(f"{column}: {what}", (mended != cells).sum())
        cells = mended
    if column in DERIVED and (signed := cells.str.endswith("%")).any():
        file.units[column] = file.units.get(column) or "%"
        cells = cells.str.rstrip("%")
        file.bad_cells(given[~signed], column, "has no % as others do")
    value = cells.where(cells.str.fullmatch(_NUMBER), "nan").astype(float)
    schema = TABLES[file.table].columns.get(column)
    or_empty = ", or leave the cell empty" if schema is None or schema.nullable else ""
    why = f"expected a number; mend the value{or_empty}"
    why = "expected a year of four digits" if column.endswith("year") else why
    file.bad_cells(given[~np.isfinite(value)], column, why)
    marks = text[missing & (text != "")]
    file.note(f"{column}: {' '.join(sorted(set(marks)))} read as missing", len(marks))
    return value.reindex(text.index)


def _years(cells: pd.Series, file: File) -> pd.Series:
    """Dates and Excel's serial numbers are a question; ``units: {year: date}`` answers it."""
    date = cells.str.fullmatch(_DATE) | cells.str.fullmatch(_SERIAL)
    if not date.any():
        return cells
    if file.said.get("units", {}).get(cells.name) != "date":
        file.question(
            f"column {cells.name} holds dates, such as {cells[date].iloc[0]!r} in "
            f"{cells[date].index[0]}; is it their year that counts",
            f"units: {{{cells.name}: date}}",
        )
        return cells[~date]
    file.note(f"{cells.name}: the year of a date taken", date.sum())
    serial = cells.str.fullmatch(_SERIAL)
    days = pd.to_timedelta(cells[serial].astype(float), unit="D") + pd.Timestamp("1899-12-30")
    cells = cells.mask(serial, days.dt.year.astype(str).reindex(cells.index))
    return cells.str.replace(rf"^{_DATE}$", r"\1", regex=True)


def _converted(value: pd.Series, file: File, keys: pd.DataFrame) -> pd.Series:
    """Convert to the contract's unit, which the file or mapping.yml must allow to do."""
    column = str(value.name)
    unit = "share" if column in DERIVED else TABLES[file.table].columns[column].metadata["unit"]
    if (wanted := unit_of(unit)) is None:
        may = (None, unit, "date") if unit == "calendar year" else (None, unit)
        if (said := file.said.get("units", {}).get(column)) not in may:
            file.question(
                f"column {column} is in {unit}, and nothing is converted to that; {MAPPING} says "
                f"{said!r}",
                f"units: {{{column}: {unit}}}",
            )
        return value
    said, head = file.said.get("units", {}).get(column), file.heads.get(column, column)
    groups = {str(k): v for k, v in said.items()} if isinstance(said, dict) else {}
    said = groups.pop("all", "") or (None if isinstance(said, dict) else said)
    stated = split(head)[1] or file.units.get(column) or ("share" if head in file.percent else "")
    if said and stated and "all" not in (file.said["units"][column] or ()) and (
        unit_of(str(said)) != unit_of(stated)
    ):  # fmt: skip
        file.question(
            f"column {column}: the file says {stated!r}, {MAPPING} says {said!r}. If the file is "
            f"right, take it out of {MAPPING}; is it {MAPPING}",
            f"units: {{{column}: {{all: {said!r}}}}}",
        )
        return value
    said = said or stated or file.kinds.get(wanted[0], "")
    if column in DERIVED and not said:
        question = f"column {column}: percentages or shares? Values reach {value.max():g}"
        file.question(question, f"units: {{{column}: {'percent' if value.max() > 1 else 'share'}}}")
        return value
    if not said and plain(head) != plain(column):
        file.assumed.append(f"{column} ({unit})")
    file.stated[column] = str(said or unit)
    factor = pd.Series(1.0, value.index)
    for group, word in {"": said or unit, **groups}.items():
        kind, size = unit_of(str(word)) or ("", 0.0)
        if kind != wanted[0]:
            words = sorted(word for word, (other, _) in UNITS.items() if other == wanted[0])
            question = f"column {column}: {word!r} is not a unit of it; one of {', '.join(words)}"
            file.question(question, f"units: {{{column}: {words[0]}}}")
            return value
        factor[in_group(keys, group)] = size / wanted[1]
        changed = (in_group(keys, group) & value.notna()).sum() if size != wanted[1] else 0
        file.note(f"{column}: {word} converted (times {size / wanted[1]:g})", changed)
    # Dividing by 10,000 rounds once; multiplying by 0.0001 rounds twice.
    return (value * factor).where(factor >= 1, value / (1 / factor))


def in_group(keys: pd.DataFrame, group: str) -> pd.Series:
    """Rows of ``2020``, of the province ``13``, of ``13/2020``; of all, if the group is empty."""
    rows = pd.Series(True, keys.index)
    for part in filter(None, group.split("/")):
        rows &= (
            keys["year"].eq(float(part)) if len(part) == 4 else keys["county"].str.startswith(part)
        )
    return rows


def rounding(text: pd.Series, value: pd.Series) -> float:
    """Half a unit of the last digit that a column has, in the contract's unit."""
    decimals = text.str.extract(r"\.(\d*?)0*$")[0].str.len().max()
    decimals = 0 if pd.isna(decimals) else decimals
    plainly = pd.to_numeric(text, errors="coerce")
    return float(0.5 * 10.0**-decimals * (value / plainly)[plainly > 0].median())
