"""Reads a table file of any known form as rows of text: delimited, Excel, Stata."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from yearbooks.contract import ContractError
from yearbooks.headings import known, plain


@dataclass(frozen=True)
class Note:
    """One thing that reading changed or noticed."""

    file: str
    what: str
    rows: int
    lost: int = 0


@dataclass
class Source:
    """A file that is being read, what mapping.yml says of it, and what reading did."""

    path: Path
    table: str
    said: dict[str, Any]
    notes: list[Note] = field(default_factory=list)

    def note(self, what: str, rows: int, lost: int = 0) -> None:
        """Keep a repair, unless it concerns no row."""
        if rows:
            self.notes.append(Note(self.path.name, what, int(rows), int(lost)))


Rows = Iterable[tuple[int, Iterable[Any]]]
"""Rows of cells, and the line of the file in which each begins."""


def rows(source: Source) -> list[tuple[int, list[str]]]:
    """All cells of a file, row by row; empty text where there is nothing."""
    try:
        found = READERS[source.path.suffix.lower()](source)
        return [(line, [_text(cell) for cell in row]) for line, row in found]
    except ContractError as error:
        raise ContractError(f"{source.path.name}{error}") from None
    except Exception as error:  # the parsers raise whatever their insides raise
        raise ContractError(
            f"{source.path.name} cannot be read ({type(error).__name__}: {error}): it is damaged, "
            "locked, or not what its name says; save it again"
        ) from None


def _text(cell: Any) -> str:
    return "" if pd.isna(cell) is True else " ".join(str(cell).split())


def _delimited(source: Source) -> Rows:
    content, said = source.path.read_bytes(), source.said.get("encoding")
    tried = [said] if said else ["utf-8", "gb18030", "utf-16"]
    for encoding in tried:
        with suppress(UnicodeDecodeError, LookupError):
            if "\x00" not in (text := content.decode(encoding)):
                break
    else:
        raise ContractError(f": not text in {' or '.join(tried)}: save it as UTF-8")
    if text.startswith("\ufeff"):
        text, encoding = text[1:], "utf-8-sig"
    if encoding != "utf-8":
        source.note(f"read as {encoding}", 1)
    delimiter = max(",\t;|", key=text[:5000].count)
    if delimiter != ",":
        source.note(f"columns are split by {delimiter!r}", 1)
    reader, line = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 1
    for row in reader:
        yield line, row
        line = reader.line_num + 1


def _excel(source: Source) -> Rows:
    import openpyxl

    book = openpyxl.load_workbook(source.path)
    sheets = {s.title: s for s in book.worksheets if s.max_row > 1 or s["A1"].value is not None}
    named = source.said.get("sheet") or (source.table if source.table in sheets else None)
    fitting = [sheet for title, sheet in sheets.items() if named in (None, title)]
    if len(fitting) != 1:
        raise ContractError(
            f": which of the sheets {', '.join(sheets) or '(all are empty)'}? Answer in "
            f"mapping.yml:\n    tables: {{{source.table}: {{sheet: {next(iter(sheets), '…')}}}}}"
        )
    [sheet] = fitting
    source.note("merged cells: only the first of each counts", len(sheet.merged_cells.ranges))
    if formulas := [c.coordinate for row in sheet for c in row if c.data_type == "f"]:
        sheet = openpyxl.load_workbook(source.path, data_only=True)[sheet.title]
        # an empty text that was computed has the type "str"
        empty = [c for c in formulas if sheet[c].value is None and sheet[c].data_type == "n"]
        if empty:
            more = f", and {len(empty) - 1} more like it" if empty[1:] else ""
            raise ContractError(
                f", cell {empty[0]}: a formula without a value{more}; open the file in Excel or "
                "LibreOffice, let it compute, and save it"
            )
    return enumerate(sheet.iter_rows(values_only=True), start=1)


def _stata(source: Source) -> Rows:
    with pd.read_stata(source.path, iterator=True, convert_categoricals=False) as reader:
        labels, frame = reader.variable_labels(), reader.read()
    understood = known(source.table)
    heads = [n if plain(n) in understood else labels.get(n) or n for n in frame.columns]
    grid = [heads, *frame.itertuples(index=False)]
    return enumerate(([_gbk(cell) for cell in row] for row in grid), start=1)


def _gbk(cell: Any) -> Any:
    """Old Stata files hold GBK, which is read as Latin-1."""
    try:
        return cell.encode("latin-1").decode("gb18030") if isinstance(cell, str) else cell
    except UnicodeError:
        return cell


READERS = dict.fromkeys((".csv", ".txt", ".tsv"), _delimited)
READERS |= {".xlsx": _excel, ".xlsm": _excel, ".dta": _stata}
