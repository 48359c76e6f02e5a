"""From the cells of a sheet to columns with the contract's names: headings, units, notes, shapes.

Yearbooks have headings in several rows, a column a year, a row an indicator, units above or below
the headings, totals and notes. A column may answer to several names (its heading, the group above
it, a variable's name and label), and to ``column J``; mapping.yml may use any of them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice, zip_longest
from typing import Any

import pandas as pd

from yearbooks.contract import MOST, TABLES, ContractError
from yearbooks.files import Sheet
from yearbooks.headings import LONG, NO_UNIT, WORDS, Head, meaning, of_year, plain, split, unit_of
from yearbooks.mapping import answer

MOST_HEADS = 15
"""Rows among which headings are looked for."""
NOTES = tuple(WORDS["notes"])


def lay_out(sheet: Sheet) -> None:
    """Put the rows below the heading, by contract name, into ``text``; the index names lines."""
    first = 0 if sheet.columns else _read_headings(sheet)
    _take_data(sheet, first)
    _reshape(sheet)
    _add_year(sheet)
    used = _choose(sheet)
    _tell_unused(used, sheet)
    sheet.heads = {column: replace(sheet.columns[n]) for column, n in used.items()}
    sheet.text = sheet.text[list(used.values())].set_axis(list(used), axis=1)


def _read_headings(sheet: Sheet) -> int:
    """Understand the columns; where the rows below their headings begin."""
    cells = list(islice(sheet.rows.values(), MOST_HEADS))
    scores = [len({_understood(c, sheet) for c in row if c} - {""}) for row in cells]
    if max(scores, default=0) < 2:
        found = ", ".join(map(repr, cells[0][:8])) if cells else "nothing"
        needed = (c for c, s in TABLES[sheet.table].columns.items() if not s.nullable)
        words = f"columns: {{{', '.join(f'{column}: …' for column in needed)}}}"
        found = f"{sheet.place}: no heading row found; the first line holds {found}. Which is what?"
        raise ContractError(f"{found} {answer(sheet.table, words)}")
    at = scores.index(max(scores))
    top, end, unit_row = at, at + 1, []
    while top and len(set(cells[top - 1]) - {""}) > 1:
        top -= 1
    while end < len(cells):
        named = set(cells[end]) - NO_UNIT
        if named and all(map(unit_of, named)):
            unit_row = cells[end]
            sheet.note("row of units below the heading read", 1)
        elif not _goes_on(cells[end], cells[at], scores[end]):
            break
        end += 1
    for row in cells[:top]:
        words = " ".join(dict.fromkeys(filter(None, row)))
        sheet.above |= _units_above(words)
        sheet.note("title above the heading left out", 1, 0, words[:60])
    rows = [cells[at], *(r for r in cells[top:end] if r is not cells[at] and r is not unit_row)]
    sheet.note("headings in several rows read as one", len(rows) - 1)
    columns = zip_longest(*rows, unit_row, fillvalue="")
    heads = [_head(list(names), unit, n, sheet) for n, (*names, unit) in enumerate(columns)]
    sheet.columns = heads[: max((n + 1 for n, head in enumerate(heads) if head.shown), default=0)]
    return end


def _understood(name: str, sheet: Sheet) -> str:
    """What a heading means; one of a year or of a long table counts, too."""
    stem, _, year = of_year(name)
    named = sheet.meaning(name) or LONG.get(plain(name), "")
    return named or (year and (sheet.meaning(stem) if stem else year))


def _goes_on(row: list[str], heading: list[str], score: int) -> bool:
    """Whether a row below a heading is one, too: it is understood, and holds no number."""
    least = 1 if heading[0] and not row[0] else max(2, len(list(filter(None, row))) // 2)
    number = any(c.replace(".", "").isdigit() for c in row)
    return row != heading and not number and score >= least


def _head(names: list[str], unit: str, at: int, sheet: Sheet) -> Head:
    """Leaf first; then with its group, if the leaf alone says nothing."""
    leaf, *groups = names
    for group in filter(None, groups):
        joined = [f"{group}{leaf}", f"{leaf}{group}"] if leaf else [group]
        names += [*joined, f"{group} {leaf}"]
    return Head.at(at, names, unit * (unit not in NO_UNIT), "share" * (at in sheet.percent))


def _units_above(words: str) -> dict[str, str]:
    """``单位：万元、人`` above a table: a unit for every kind that it names once."""
    found = re.search(r"(?:单位|units?)\s*[:：]\s*(.+)", words, re.IGNORECASE)
    named = re.split(r"[、，,;；/\s]+", found[1].rstrip("）) ")) if found else []
    units = {word: kind[0] for word in named if (kind := unit_of(word))}
    return {k: w for w, k in units.items() if list(units.values()).count(k) == 1}


def _take_data(sheet: Sheet, first: int) -> None:
    """Take the rows that hold data, as wide as the headings."""
    width, kept = len(sheet.columns), {}
    above = [row for row in islice(sheet.rows.values(), first) if len(set(row)) > 2]
    repeated, notes, short = 0, 0, []
    for place, row in islice(sheet.rows.items(), first, None):
        if row in above:
            repeated += 1
        elif _is_note(row):
            notes += 1
        else:
            if extra := next(filter(None, row[width:]), ""):
                sheet.faults.append(
                    f"{place}: {len(row)} cells below {width} headings, the first too many is "
                    f"{extra!r}; put text that holds commas in quotes"
                )
            short += [place] * (len(row) < width)
            kept[place] = row if len(row) == width else (row + [""] * width)[:width]
    sheet.note("repeated heading rows dropped", repeated, repeated)
    sheet.note("note rows dropped", notes, notes)
    if short and short == [place] != [*kept]:
        sheet.faults.append(f"{place}: the last row, alone, has fewer cells than the heading: is "
                            "the file cut off? Save it again, or add what is missing")  # fmt: skip
    sheet.note("rows with fewer cells than the heading: the rest read as empty", len(short))
    sheet.text = pd.DataFrame([*kept.values()], [*kept], range(width), dtype=object)
    sheet.rows = {}  # a large table would be there twice


def _is_note(row: list[str]) -> bool:
    first, words = next(filter(None, row)), set(row) - {""}
    merged = len(words) == 1 and row.count(first) > 2  # it stands in every cell
    return merged or (first.lower().startswith(NOTES) and len(words) < 3)


def _reshape(sheet: Sheet) -> None:
    """A row an indicator (as CNRDS has them), or a column a year, to a row a county and year."""
    text, heads = sheet.text, sheet.columns
    meant = [sheet.meaning(*head.names) for head in heads]
    parts = {LONG[plain(h.shown)]: n for n, h in enumerate(heads) if plain(h.shown) in LONG}
    long_form = {"indicator", "value"} <= set(parts) and sum(map(bool, meant)) < 5 + len(parts)
    dated = long_form or "year" in meant or "year" not in TABLES[sheet.table].columns
    years = {} if dated else _columns_of_years(sheet)
    if long_form:
        keys = [n for n, column in enumerate(meant) if column and n not in parts.values()]
        name, value, unit = (text.get(parts.get(p), "") for p in ("indicator", "value", "unit"))
        place = text.index.to_series().groupby([text[key] for key in keys]).transform("first")
        long = text[keys].assign(name=name, value=value, unit=unit, place=place, year="")
        what = "a row an indicator: read as a row a county and year"
    elif len({year for *_, year in years.values()}) > 1:
        keys = [n for n in text if n not in years]
        long = text.assign(place=text.index).melt([*keys, "place"], [*years], ignore_index=False)
        of = pd.DataFrame.from_dict(years, "index", columns=["name", "unit", "year"])
        long = long.join(of, on="variable")
        what = "a table with a column a year: read as a row a county and year"
    else:
        return
    sheet.note(what, len(text))
    made = {}
    for name, stated in long.groupby("name", sort=False)["unit"].unique().items():
        if not sheet.meaning(name):
            sheet.unused.append(name)
            continue
        units = list(filter(None, stated))
        made[name] = Head([name], repr(name), split(name)[1] or next(iter(units), ""))
        if len(units) > 1:
            sheet.fault(f": {name!r} has the units {', '.join(units)}; make them one")
    long = long[long["name"].isin(made)]
    twice = long.duplicated(["place", "year", "name"])
    for place in long.index[twice][:MOST]:
        sheet.faults.append(f"{place}: this indicator of this county and year stands twice")
    wide = long[~twice].pivot(index=["place", "year"], columns="name", values="value")
    rows = long.drop_duplicates(["place", "year"]).set_index(["place", "year"])[keys]
    wide = rows.join(wide.reindex(columns=list(made))).fillna("").reset_index("year")
    if years:
        wide.index = wide.index + ", year " + wide["year"]
    else:
        del wide["year"]
    sheet.columns = [Head(["year"])] * bool(years) + [heads[n] for n in keys] + [*made.values()]
    sheet.text = wide.set_axis(range(len(sheet.columns)), axis=1).rename_axis(None)


def _columns_of_years(sheet: Sheet) -> dict[int, tuple[str, str, str]]:
    """Name, unit and year of the columns that hold something in one year."""
    alone = re.sub(r"^[^_]*_|(19|20)\d\d", "", sheet.path.stem)
    found = {}
    for n, head in enumerate(sheet.columns):
        stem, unit, year = of_year(head.shown)
        if year and sheet.meaning(stem or alone):
            found[n] = (stem or alone, unit or head.unit, year)
    return found


def _add_year(sheet: Sheet) -> None:
    """The year that the name of a sheet or file holds, where no column does."""
    meant = {sheet.meaning(*head.names) for head in sheet.columns}
    named = re.search(r"(?:19|20)\d\d", sheet.place.removeprefix(sheet.path.stem.split("_")[0]))
    if named and "year" not in meant and "year" in TABLES[sheet.table].columns:
        sheet.text[len(sheet.columns)] = named[0]
        sheet.columns.append(Head(["year"]))
        what = "no column of years: the year is that in the name of the file or sheet"
        sheet.note(what, len(sheet.text))


def _choose(sheet: Sheet) -> dict[str, int]:
    """Contract name to the position of its column; mapping.yml has the last word."""
    used: dict[str, int] = {}
    for column, raw in sheet.said.get("columns", {}).items():
        if ranks := answering(raw, sheet):
            used[column] = _best(ranks, column, sheet)
    candidates: dict[str, dict[int, int]] = {}
    for n, head in enumerate(sheet.columns):
        meant = {meaning(x, sheet.table): rank for rank, x in reversed([*enumerate(head.names)])}
        meant.pop("", None)
        if n in used.values() or not meant:
            continue
        column = min(meant, key=meant.__getitem__)
        others = ", ".join(other for other in meant if other != column)
        sheet.note("a name and a label mean different columns; the name counts", len(meant) - 1, 0,
                   f"{head.shown}: {others}", doubt=True)  # fmt: skip
        candidates.setdefault(column, {})[n] = meant[column]
    for column, ranks in candidates.items():
        if column not in used:
            used[column] = _best(ranks, column, sheet)
    heads = {column: sheet.columns[n].shown for column, n in used.items()}
    other = [f"{head} → {column}" for column, head in heads.items() if plain(head) != plain(column)]
    sheet.note("headings read as columns of the codebook", len(other), 0, "; ".join(other)[:600])
    return used


def answering(raw: Any, sheet: Sheet) -> dict[int, int]:
    """Columns that answer to a heading in mapping.yml, and 0 if they do exactly."""
    name, ranks = " ".join(str(raw).split()), {}
    for n, head in enumerate(sheet.columns):
        exactly = name in (head.names[0], head.letter)
        if exactly or split(name)[0] in [split(other)[0] for other in head.names]:
            ranks[n] = int(not exactly)
    return ranks


def _best(ranks: dict[int, int], column: str, sheet: Sheet) -> int:
    """The column that answers best, or else a question that its letter answers."""
    found = [n for n, rank in ranks.items() if rank == min(ranks.values())]
    heads = [sheet.columns[n] for n in found]
    if len(found) > 1:
        both = " and ".join(f"{head.shown!r} ({head.letter})" for head in heads)
        same = len({head.shown for head in heads}) < len(heads)
        chosen = heads[0].letter if same else repr(heads[0].shown)
        rename = " (two columns with one heading: rename or remove one, or name the right one)"
        which = f"{both} may both be {column}{rename if same else ''}: which is it"
        sheet.question(which, f"columns: {{{column}: {chosen}}}")
    return found[0]


def _tell_unused(used: dict[str, int], sheet: Sheet) -> None:
    other = [head.shown for n, head in enumerate(sheet.columns) if n not in used.values()]
    sheet.unused += filter(None, other)
    for raw in sheet.unused:
        column, why = WORDS["lookalikes"].get(split(raw)[0], ("", ""))
        if column in TABLES[sheet.table].columns and column not in used:
            question = f"{raw!r} is not the same as {column} ({why}); is it to be used"
            sheet.question(question, f"columns: {{{column}: {raw!r}}}")
    sheet.note("columns not used", len(sheet.unused), 0, ", ".join(sheet.unused)[:200])
