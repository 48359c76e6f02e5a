"""Reads a table file as grids of text: delimited text, Excel of any age, Stata."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd

from yearbooks.contract import ContractError
from yearbooks.headings import INVISIBLE

MOST_BYTES = 500_000_000
"""A larger file, or one that unpacks to more, is no yearbook."""
MOST_TEXT = 500
"""Characters of a cell that are read; more are no number and no heading."""
INSTEAD = {
    ".sav": "in SPSS, save it as Stata (.dta)", ".parquet": "in pandas: "
    "pd.read_parquet('FILE').to_csv('FILE.csv', index=False)", ".zip": "unpack it",
    ".rar": "unpack it", ".7z": "unpack it", ".pdf": "copy its tables into Excel",
    ".rds": "in R: write.csv(readRDS('FILE'), 'FILE.csv', row.names = FALSE)",
}  # fmt: skip
"""Formats that are not read, and what to do."""


@dataclass(frozen=True)
class Note:
    """One thing that reading changed or noticed; ``detail`` holds words of the file itself.

    What a book shows of private tables are ``table``, ``what`` and the two numbers only. A
    ``doubt`` is for a person to look at.
    """

    file: str
    table: str
    what: str
    rows: int
    lost: int = 0
    detail: str = ""
    doubt: bool = False

    @property
    def words(self) -> str:
        """All of it, for whoever owns the tables."""
        return f"{self.file}: {self.what}{': ' if self.detail else ''}{self.detail}"


@dataclass
class Source:
    """A file that is being read, what mapping.yml says of it, and what reading did."""

    path: Path
    table: str
    said: dict[str, Any]
    notes: list[Note] = field(default_factory=list)

    def note(self, what: str, rows: int, lost: int = 0, detail: str = "", *,
             doubt: bool = False) -> None:  # fmt: skip
        """Keep a note, unless it concerns no row."""
        if rows:
            name = self.path.name
            self.notes.append(Note(name, self.table, what, int(rows), int(lost), detail, doubt))


@dataclass
class Grid:
    """Text of one sheet or file: cells by row, and what the format knows beside them."""

    place: str
    lines: list[int]
    cells: list[list[str]]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    percent: set[int] = field(default_factory=set)
    heads: int = 0


def grids(source: Source) -> list[Grid]:
    """All cells of a file, sheet by sheet: text with single spaces, empty where there is nothing.

    Raises `ContractError` if the file cannot be read, or mapping.yml must say how.
    """
    path, suffix = source.path, source.path.suffix.lower()
    try:
        if suffix not in READERS:
            known = " ".join(sorted(READERS))
            remedy = INSTEAD.get(suffix, "save it in one of these").replace("FILE", path.name)
            raise ContractError(
                f": {suffix or 'no suffix'} is not read (read are {known}); {remedy}"
            )
        if (size := path.stat().st_size) > MOST_BYTES:
            raise ContractError(f" has {size / 1e9:.1f} GB: no yearbook has; take it away")
        if not size:
            raise ContractError(" is empty (0 bytes): save it again")
        return READERS[suffix](source)
    except ContractError as error:
        raise ContractError(f"{path.name}{error}") from None
    except Exception as error:  # the parsers raise whatever their insides raise
        raise ContractError(
            f"{path.name} cannot be read ({type(error).__name__}: {error}): it is damaged, "
            "locked, or not what its name says; save it again"
        ) from None


def _text(cell: Any) -> str:
    """What a person sees in a cell."""
    if isinstance(cell, str):
        return " ".join(cell[:MOST_TEXT].split())
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return "" if pd.isna(cell) is True else str(cell).removesuffix(" 00:00:00")


def _rows(source: Source, rows: Iterable[Iterable[Any]]) -> list[list[str]]:
    cells = [[_text(cell) for cell in row] for row in rows]
    number = 0
    for row in cells:
        for at, cell in enumerate(row):
            if not cell.isascii() and INVISIBLE.search(cell):
                row[at], number = " ".join(INVISIBLE.sub("", cell).split()), number + 1
    source.note("invisible characters (such as zero-width spaces) taken off cells", number)
    return cells


def _delimited(source: Source) -> list[Grid]:
    content, said = source.path.read_bytes(), source.said.get("encoding")
    marked = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    tried = [said] if said else ["utf-8", "gb18030", *["utf-16"] * marked]
    for encoding in tried:
        with suppress(UnicodeDecodeError, LookupError):
            if "\x00" not in (text := content.decode(encoding)):
                break
    else:
        raise ContractError(f": not text in {' or '.join(tried)}: save it as UTF-8")
    if text.startswith("\ufeff"):
        text, encoding = text[1:], "utf-8-sig"
    source.note(f"read as {encoding}", encoding != "utf-8")
    delimiter = max(",\t;|", key=text[:5000].count)
    source.note(f"columns are split by {delimiter!r}", delimiter != ",")
    reader, line = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 1
    rows, lines = [], []
    try:
        for row in reader:
            rows.append(row)
            lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise ContractError(
            f", line {line}: cannot be read ({error}): a quote opens in this line and does not "
            "close; take it away, or write it twice"
        ) from None
    return [Grid(source.path.name, lines, _rows(source, rows))]


# --- Excel -----------------------------------------------------------------------------

_ERROR = re.compile(rb'<c r="([A-Z]+\d+)"[^>]*\bt="e"[^>]*>(?:<f.*?</f>|<f[^>]*/>)?<v>([^<]*)</v>')
_UNCOMPUTED = re.compile(
    rb'<c r="([A-Z]+\d+)"(?![^>]*\bt="str")[^>]*>'
    rb"<f(?:[^>]*/>|[^>]*>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>"
)


def _excel(source: Source) -> list[Grid]:
    from python_calamine import CalamineWorkbook

    zipped = zipfile.is_zipfile(source.path)
    if zipped:
        _refuse_odd_sizes(source.path)
    with CalamineWorkbook.from_path(source.path) as book:
        sheets = {name: book.get_sheet_by_name(name) for name in book.sheet_names}
    chosen = _chosen([name for name, sheet in sheets.items() if sheet.width], source)
    found = []
    for name in chosen:
        rows = sheets[name].to_python(skip_empty_area=False)
        place = f"{source.path.name}, sheet {name}" if len(chosen) > 1 else source.path.name
        grid = Grid(place, list(range(1, len(rows) + 1)), _rows(source, rows))
        ranges = sheets[name].merged_cell_ranges or []
        grid.merged = [(a, b, c, d) for (a, b), (c, d) in ranges]
        if zipped and source.path.suffix.lower() in (".xlsx", ".xlsm"):
            _look_into(source.path, name, grid)
        found.append(grid)
    old = source.path.suffix.lower() == ".xls"
    source.note("old Excel: a cell with an error value comes as empty", old)
    return found


def _chosen(sheets: list[str], source: Source) -> list[str]:
    """The sheets that mapping.yml names, the one called like the table, the only one, or years."""
    said = source.said.get("sheet")
    named = (
        sheets if said == "all" else [str(s) for s in (said if isinstance(said, list) else [said])]
    )
    if said is None:
        named = [source.table] if source.table in sheets else sheets
        years = all(re.search(r"(19|20)\d\d", name) for name in sheets)
        source.note("sheets read one below the other", len(named) if years and named[1:] else 0)
        if len(named) == 1 or (named and years):
            return named
    elif set(named) <= set(sheets):
        others = [name for name in sheets if name not in named]
        source.note("sheets not read (sheet: all reads all)", len(others), 0, ", ".join(others),
                    doubt=len(named) == 1)  # fmt: skip
        return named
    answer = "tables: {{{}: {{sheet: {!r}}}}}".format(source.table, sheets[0] if sheets else "…")
    raise ContractError(
        f": which of the sheets {', '.join(sheets) or '(all are empty)'}? Answer in mapping.yml:"
        f"\n    {answer}\n    or, to read all of them, one below the other: sheet: all"
    )


def _refuse_odd_sizes(path: Path) -> None:
    """A cell in the last row would make a table of a thousand million cells; so would a bomb."""
    with zipfile.ZipFile(path) as archive:
        if (size := sum(part.file_size for part in archive.infolist())) > MOST_BYTES:
            raise ContractError(f" unpacks to {size / 1e9:.1f} GB: no yearbook does; take it away")
        for part in archive.namelist():
            if not part.startswith("xl/worksheets/") or not part.endswith(".xml"):
                continue
            content = archive.read(part)
            rows = re.findall(rb'<row\b[^>]*?\br="(\d+)"', content)
            far = re.search(rb'<c r="([A-Z]{3}\d+)"', content)
            if far or (rows and int(rows[-1]) > 5000 + 20 * len(rows)):
                where = f"cell {far[1].decode()}" if far else f"row {int(rows[-1])}"
                raise ContractError(
                    f": something stands in {where}, far from the table: delete what is there, "
                    "and save it again"
                )


def _look_into(path: Path, title: str, grid: Grid) -> None:
    """Error values, formulas without value and columns shown as per cent, which calamine drops."""
    import openpyxl

    with zipfile.ZipFile(path) as archive:
        book, links = (ElementTree.fromstring(archive.read(f"xl/{name}")) for name in
                       ("workbook.xml", "_rels/workbook.xml.rels"))  # fmt: skip
        targets = {link.get("Id"): link.get("Target", "") for link in links}
        [parts] = [
            [value for key, value in sheet.attrib.items() if key.endswith("}id")]
            for sheet in book.iter()
            if sheet.tag.endswith("}sheet") and sheet.get("name") == title
        ]
        target = targets[parts[0]]
        content = archive.read(target.lstrip("/") if target[0] == "/" else f"xl/{target}")
    at = openpyxl.utils.cell.coordinate_to_tuple
    for coordinate, words in _ERROR.findall(content):
        row, column = at(coordinate.decode())
        grid.cells[row - 1][column - 1] = words.decode()
    if empty := [c.decode() for c in _UNCOMPUTED.findall(content)]:
        more = f", and {len(empty) - 1} more like it" if empty[1:] else ""
        raise ContractError(
            f", cell {empty[0]}: a formula without a value{more}; open the file in Excel or "
            "LibreOffice, let it compute, and save it"
        )
    with closing(openpyxl.load_workbook(path, read_only=True)) as workbook:
        first = list(workbook[title].iter_rows(max_row=40))
    for cells in first:
        grid.percent |= {
            cell.column - 1
            for cell in cells
            if isinstance(cell.value, int | float) and "%" in (cell.number_format or "")
        }


def _stata(source: Source) -> list[Grid]:
    """Two rows of headings: the names of the variables, and their labels."""
    with pd.read_stata(source.path, iterator=True, convert_categoricals=False) as reader:
        labels, frame = reader.variable_labels(), reader.read()
    heads = [list(frame.columns), [_gbk(labels.get(name) or "") for name in frame.columns]]
    heads = heads if any(heads[1]) else heads[:1]
    body = [[_gbk(cell) for cell in row] for row in frame.itertuples(index=False)]
    lines = [1] * len(heads) + list(range(2, len(body) + 2))
    return [Grid(source.path.name, lines, _rows(source, [*heads, *body]), heads=len(heads))]


def _gbk(cell: Any) -> Any:
    """Old Stata files hold GBK, which is read as Latin-1."""
    try:
        return cell.encode("latin-1").decode("gb18030") if isinstance(cell, str) else cell
    except UnicodeError:
        return cell


READERS = dict.fromkeys((".csv", ".txt", ".tsv"), _delimited)
READERS |= dict.fromkeys((".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"), _excel)
READERS |= {".dta": _stata}
