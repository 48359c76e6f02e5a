"""From a grid of cells to columns with the contract's names: headings, units, notes, shapes.

Yearbooks have headings in several rows, a column a year, a row an indicator, units above or below
the headings, totals and notes. A column may answer to several names (its heading, the group above
it, a variable's name and label), and to ``column J``; mapping.yml may use any of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pandas as pd

from yearbooks.contract import TABLES, ContractError
from yearbooks.files import Grid, Source
from yearbooks.headings import LONG, NO_UNIT, WORDS, meaning, of_year, plain, split, unit_of
from yearbooks.mapping import MAPPING, answer

DERIVED = WORDS["derived"]
EXTRA = ("province",)
"""Columns that are read beside the contract's, to look counties up."""


@dataclass
class File(Source):
    """What reading understood of a file, by contract name, and what it could not."""

    faults: list[str] = field(default_factory=list)
    heads: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    percent: set[str] = field(default_factory=set)
    stated: dict[str, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)

    def fault(self, what: str) -> None:
        """Keep what a person must mend."""
        self.faults.append(f"{self.path.name}{what}")

    def question(self, what: str, words: str, right: str = "") -> None:
        """A question is a fault that carries the line which answers it, or lets it stand."""
        stands = f"\n    or, if it is right as it is: {{{right}}}" if right else ""
        self.fault(f": {what}? {answer(self.table, words or right)}{stands if words else ''}")

    def bad_cells(self, values: pd.Series, column: str, why: str) -> None:
        """A fault for each of the first eight cells, by their places, and one for all others."""
        head = self.heads.get(column, column)
        named = column if plain(head) == plain(column) else f"{column} ({head})"
        for place, value in values.head(8).items():
            self.faults.append(f"{place}, column {named}, value {value!r}: {why}")
        if len(values) > 8:
            self.fault(f": {len(values) - 8} more cells of {named} are like it")


@dataclass
class Head:
    """One column of a grid: the names it answers to, best first, and its unit row's word."""

    names: list[str]
    letter: str
    unit: str = ""

    @property
    def shown(self) -> str:
        """Its heading, as a person would call it."""
        return next(filter(None, self.names), "")


def text_of(grid: Grid, file: File) -> pd.DataFrame:
    """The rows below the heading as text, by contract name; the index names file and line."""
    _fill_merged(grid, file)
    keep = [n for n, row in enumerate(grid.cells) if any(row)]
    lines, cells = [grid.lines[n] for n in keep], [grid.cells[n] for n in keep]
    heads, first = _heading(cells, grid, file)
    rows = _without_notes(lines[first:], cells[first:], heads, cells[:first], grid, file)
    width = max(len(heads), 1)
    text = pd.DataFrame(
        [(row + [""] * (width - len(row)))[:width] for _, row in rows],
        columns=range(width),
        index=[f"{grid.place}, line {line}" for line, _ in rows], dtype=object,
    )  # fmt: skip
    year = re.search(r"(?:19|20)\d\d", grid.place.removeprefix(file.path.stem.split("_")[0]))
    return _named(text, heads, file, year[0] if year else "")


def _fill_merged(grid: Grid, file: File) -> None:
    """Every cell of a merged one gets its text, but numbers: they are not filled downward."""
    number = 0
    for top, left, bottom, right in grid.merged:
        word = grid.cells[top][left] if top < len(grid.cells) else ""
        if re.fullmatch(r"[\d.]*", word) and not re.fullmatch(r"\d{6,12}|(?:19|20)\d\d", word):
            file.note("merged cells: a number counts once, where it stands", bottom > top)
            continue
        for row in grid.cells[top : bottom + 1]:
            row[left : right + 1] = [word] * len(row[left : right + 1])
        number += 1
    file.note("merged cells filled with what stands in them", number)


def _understood(name: str, file: File) -> str:
    """What a heading means; one of a year or of a long table counts, too."""
    stem, _, year = of_year(name)
    said = {str(raw) for raw in file.said.get("columns", {}).values()}
    found = (name if name in said else "") or meaning(name, file.table)
    return (
        found
        or LONG.get(plain(name), "")
        or (year and (meaning(stem, file.table) if stem else year))
    )


def _heading(cells: list[list[str]], grid: Grid, file: File) -> tuple[list[Head], int]:
    """The columns, and where the rows below them begin."""
    scores = [len({_understood(c, file) for c in row if c} - {""}) for row in cells[:15]]
    if max(scores, default=0) < 2 - bool(grid.heads):
        found = ", ".join(map(repr, cells[0][:8])) if cells else "nothing"
        raise ContractError(
            f"{grid.place}: no heading row found; the first line holds {found}. The codebook "
            f"lists the headings; others go into {MAPPING}, under columns"
        )
    at = 0 if grid.heads else scores.index(max(scores))
    top, end = (0, grid.heads) if grid.heads else (at, at + 1)
    while not grid.heads and top and len(set(cells[top - 1]) - {""}) > 1:
        top -= 1
    unit_row: list[str] = []
    while not grid.heads and end < len(cells):
        row = [cell for cell in cells[end] if cell]
        if all(map(unit_of, set(row) - NO_UNIT)) and set(row) - NO_UNIT:
            unit_row = cells[end]
            file.note("row of units below the heading read", 1)
        elif (
            cells[end] == cells[at]
            or any(c.replace(".", "").isdigit() for c in row)
            or end >= len(scores)
            or scores[end] < max(2, len(row) // 2)
        ):
            break
        end += 1
    for row in cells[:top]:
        words = " ".join(dict.fromkeys(filter(None, row)))
        file.kinds |= _units_above(words)
        file.note("title above the heading left out", 1, 0, words[:60])
    others = [row for n, row in enumerate(cells[top:end], start=top) if n != at and row != unit_row]
    file.note("headings in several rows read as one", 0 if grid.heads else len(others))
    width = max(len(row) for row in cells[top:end])
    padded = [row + [""] * (width - len(row)) for row in (cells[at], *others)]
    unit_row = unit_row + [""] * (width - len(unit_row))
    heads = [_head([row[n] for row in padded], n, unit_row[n], grid, file) for n in range(width)]
    while heads and not heads[-1].shown:
        heads.pop()
    return heads, end


def _head(names: list[str], at: int, unit: str, grid: Grid, file: File) -> Head:
    """Leaf first; then with its group, if the leaf alone says nothing."""
    letter = (chr(64 + at // 26) if at >= 26 else "") + chr(65 + at % 26)
    leaf, *groups = names
    if not grid.heads:
        for group in filter(None, groups):
            joined = [f"{group}{leaf}", f"{leaf}{group}"] if leaf else [group]
            names += [*joined, f"{group} {leaf}"]
    head = Head(list(dict.fromkeys(names)), f"column {letter}", "" if unit in NO_UNIT else unit)
    if at in grid.percent:
        file.percent.add(head.shown)
    return head


def _units_above(words: str) -> dict[str, str]:
    """``单位：万元、人`` above a table: a unit for every kind that it names once."""
    found = re.search(r"(?:单位|units?)\s*[:：]\s*(.+)", words, re.IGNORECASE)
    named = re.split(r"[、，,;；/\s]+", found[1].rstrip("）) ")) if found else []
    units = {word: kind[0] for word in named if (kind := unit_of(word))}
    return {k: w for w, k in units.items() if list(units.values()).count(k) == 1}


# --- rows ------------------------------------------------------------------------------


def _without_notes(
    lines: list[int], cells: list[list[str]], heads: list[Head], above: list[list[str]],
    grid: Grid, file: File,
) -> list[tuple[int, list[str]]]:  # fmt: skip
    body = list(zip(lines, cells, strict=True))
    once = [(line, row) for line, row in body if row not in above or len(set(row)) < 3]
    kept = [(line, row) for line, row in once if not _is_note(row)]
    file.note("repeated heading rows dropped", len(body) - len(once), len(body) - len(once))
    file.note("note rows dropped", len(once) - len(kept), len(once) - len(kept))
    for line, row in kept:
        if extra := next(filter(None, row[len(heads) :]), None):
            file.faults.append(
                f"{grid.place}, line {line}: {len(row)} cells below {len(heads)} headings, the "
                f"first too many is {extra!r}; put text that holds commas in quotes"
            )
    short = sum(len(row) < len(heads) for _, row in kept)
    file.note("rows with fewer cells than the heading: the rest read as empty", short)
    return kept


def _is_note(row: list[str]) -> bool:
    if len(words := set(row) - {""}) > 2:
        return False
    first = next(filter(None, row))
    return len(words) < 3 and first.lower().startswith(tuple(WORDS["notes"]))


# --- columns ---------------------------------------------------------------------------


def _named(text: pd.DataFrame, heads: list[Head], file: File, year: str) -> pd.DataFrame:
    """Columns by contract name, from whatever shape the table has."""
    used = _choose(heads, file)
    if "year" in TABLES[file.table].columns and "year" not in used:
        by_year = _by_year(heads, file, used)
        if by_year:
            return _stacked(text, heads, used, by_year, file)
    made = pd.DataFrame({column: text[n] for column, n in used.items()}, index=text.index)
    parts = {LONG[plain(h.shown)]: n for n, h in enumerate(heads) if plain(h.shown) in LONG}
    if {"indicator", "value"} <= set(parts) and len(used) < 5:
        return _from_long(text, made, parts, file)
    _tell_unused(heads, used.values(), file)
    if "year" in TABLES[file.table].columns and "year" not in made and year:
        made["year"] = year
        file.note(
            "no column of years: the year is that in the name of the file or sheet", len(made)
        )
    return made


def _choose(heads: list[Head], file: File) -> dict[str, int]:
    """Contract name to the position of its column; mapping.yml has the last word."""
    said, columns = file.said.get("columns", {}), TABLES[file.table].columns
    used: dict[str, int] = {}
    for column, raw in said.items():
        name = " ".join(str(raw).split())
        if column not in columns and column not in DERIVED:
            file.fault(f" ({MAPPING}, columns): no column is called {column!r}")
            continue
        exact = [n for n, h in enumerate(heads) if name in (h.names[0], h.letter)]
        found = exact or [n for n, h in enumerate(heads) if name in h.names]
        if found:
            used[column] = _one_of(found, heads, column, file)
        elif not any(of_year(n)[0] == split(name)[0] for h in heads for n in h.names):
            file.fault(f" ({MAPPING}, columns): has no heading {raw!r} for {column}")
    for column in file.said.get("units", {}):
        if column not in columns and column not in DERIVED:
            file.fault(f" ({MAPPING}, units): no column is called {column!r}")
    taken = set(used.values())
    candidates: dict[str, list[tuple[int, int]]] = {}
    for n, head in enumerate(heads):
        meant = [(rank, m) for rank, x in enumerate(head.names) if (m := meaning(x, file.table))]
        if n in taken or not meant:
            continue
        (rank, column), others = meant[0], {m for _, m in meant[1:]} - {meant[0][1]}
        file.note("a name and a label mean different columns; the name counts", len(others), 0,
                  f"{head.shown}: {', '.join(others)}", doubt=True)  # fmt: skip
        if column not in used:
            candidates.setdefault(column, []).append((rank, n))
    for column, ranked in candidates.items():
        best = [n for rank, n in ranked if rank == min(ranked)[0]]
        used[column] = _one_of(best, heads, column, file)
    file.heads |= {column: heads[n].shown for column, n in used.items()}
    for column, n in used.items():
        file.units[column] = heads[n].unit
    other = [f"{h} → {c}" for c, h in file.heads.items() if plain(h) != plain(c) and c in used]
    file.note("headings read as the columns of the codebook", len(other), 0, "; ".join(other)[:600])
    return used


def _one_of(found: list[int], heads: list[Head], column: str, file: File) -> int:
    """The one column, or else a question that its letter answers."""
    if len(found) > 1:
        names = [heads[n].shown for n in found]
        both = " and ".join(f"{heads[n].shown!r} ({heads[n].letter})" for n in found)
        same = len(set(names)) < len(names)
        chosen = heads[found[0]].letter if same else repr(names[0])
        rename = " (two columns with one heading: rename or remove one, or name the right one)"
        file.question(
            f"{both} may both be {column}{rename if same else ''}: which is it",
            f"columns: {{{column}: {chosen}}}",
        )
    return found[0]


def _tell_unused(heads: list[Head], used: object, file: File) -> None:
    taken = set(used)  # type: ignore[call-overload]
    unused = [h.shown for n, h in enumerate(heads) if n not in taken and h.shown]
    columns = TABLES[file.table].columns
    for raw in unused:
        column, why = WORDS["lookalikes"].get(split(raw)[0], ("", ""))
        if column in columns and column not in file.heads:
            question = f"{raw!r} is not the same as {column} ({why}); is it to be used"
            file.question(question, f"columns: {{{column}: {raw!r}}}")
    file.unused += unused
    file.note("columns not used", len(unused), 0, ", ".join(unused)[:200])


def _by_year(heads: list[Head], file: File, used: dict[str, int]) -> dict[str, dict[str, int]]:
    """Years to the positions of the columns that hold them, in a table with a column a year."""
    said = {split(str(raw))[0]: column for column, raw in file.said.get("columns", {}).items()}
    alone = meaning(re.sub(r"^[^_]*_|(19|20)\d\d", "", file.path.stem), file.table)
    found: dict[str, dict[str, int]] = {}
    for n, head in enumerate(heads):
        stem, unit, year = of_year(head.shown)
        column = said.get(stem) or (meaning(stem, file.table) if stem else alone)
        if year and column and n not in used.values():
            found.setdefault(year, {})[column] = n
            file.heads[column], file.units[column] = stem or column, unit or head.unit
    return found if len(found) > 1 else {}


def _stacked(text: pd.DataFrame, heads: list[Head], used: dict[str, int],
             by_year: dict[str, dict[str, int]], file: File) -> pd.DataFrame:  # fmt: skip
    columns = list(dict.fromkeys(c for year in by_year.values() for c in year))
    parts = []
    for year, at in sorted(by_year.items()):
        part = pd.DataFrame({c: text[n] for c, n in used.items()}, index=text.index)
        part["year"] = year
        for column in columns:
            part[column] = text[at[column]] if column in at else ""
        parts.append(part.set_axis([f"{place}, year {year}" for place in text.index]))
    file.note("a table with a column a year: read as a row a county and year", len(text))
    taken = [*used.values(), *(n for at in by_year.values() for n in at.values())]
    _tell_unused(heads, taken, file)
    return pd.concat(parts)


def _from_long(text: pd.DataFrame, keys: pd.DataFrame, parts: dict[str, int],
               file: File) -> pd.DataFrame:  # fmt: skip
    """One row an indicator (as CNRDS has them) to one row a county and year."""
    said = {str(raw): column for column, raw in file.said.get("columns", {}).items()}
    names = {
        name: said.get(name) or meaning(name, file.table)
        for name in text[parts["indicator"]].unique()
    }
    column = text[parts["indicator"]].map(names)
    for name, meant in names.items():
        units = (
            text.loc[text[parts["indicator"]] == name, parts["unit"]].unique()
            if "unit" in parts
            else []
        )
        if meant:
            file.heads[meant], file.units[meant] = name, split(name)[1] or next(iter(units), "")
        if meant and len(units) > 1:
            file.fault(f": {name!r} has the units {', '.join(units)}; make them one")
    other = [name for name, meant in names.items() if not meant]
    file.note("indicators not used", len(other), 0, ", ".join(other)[:200])
    file.unused += other
    file.note("a row an indicator: read as a row a county and year", len(text))
    keys = keys.assign(_place=keys.index, _column=column, _value=text[parts["value"]])[column != ""]
    by = [name for name in keys.columns if not name.startswith("_")]
    for place in keys.loc[keys.duplicated([*by, "_column"]), "_place"].head(8):
        file.faults.append(f"{place}: this indicator of this county and year stands twice")
    wide = keys.drop_duplicates([*by, "_column"]).pivot(
        index=by, columns="_column", values="_value"
    )
    places = keys.groupby(by, sort=False)["_place"].first()
    wide = wide.reindex(places.index).fillna("").reset_index()
    return wide.set_axis(places.to_numpy()).rename_axis(columns=None)
