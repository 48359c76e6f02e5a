"""Reads a table file as sheets of text: delimited text, Excel of any age, Stata."""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd

from yearbooks.contract import MOST, ContractError
from yearbooks.headings import INVISIBLE, WORDS, Head, meaning, plain, split
from yearbooks.mapping import MAPPING, answer

MOST_BYTES = 500_000_000
"""A larger file, or one that unpacks to more, is no yearbook."""
MOST_TEXT = 500
"""Characters of a cell that are read; more are no number and no heading."""
_UNCLEAN = re.compile(rf"\s|{INVISIBLE.pattern}")


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
class Sheet:
    """A sheet, or a file without sheets: its rows, and what reading makes of them.

    ``said`` is what mapping.yml says of the table. All sheets of a table share ``notes`` and
    ``faults``. ``rows`` go by their places; ``columns`` are known at once where a file tells them
    (Stata). What is understood goes by contract name: ``heads``, and ``text`` and ``frame``
    (converted) with places as their index; ``above`` are units by kind.
    """

    path: Path
    table: str
    said: dict[str, Any]
    notes: list[Note]
    faults: list[str]
    place: str = ""
    rows: dict[str, list[str]] = field(default_factory=dict)
    percent: set[int] = field(default_factory=set)
    columns: list[Head] = field(init=False, default_factory=list)
    heads: dict[str, Head] = field(init=False, default_factory=dict)
    above: dict[str, str] = field(init=False, default_factory=dict)
    unused: list[str] = field(init=False, default_factory=list)
    text: pd.DataFrame = field(init=False, default_factory=pd.DataFrame)
    frame: pd.DataFrame = field(init=False, default_factory=pd.DataFrame)

    def holding(self, cells: Iterable[Iterable[str]], place: str = "",
                lines: Iterable[int] = (), **known: Any) -> Sheet:  # fmt: skip
        """A sheet of this file with these cells, cleaned, in rows that are not empty."""
        place, rows, invisible = place or self.path.name, {}, 0
        for line, values in zip(lines or count(1), cells, strict=False):
            row = list(values)
            whole = "".join(row)
            if len(whole) > MOST_TEXT or _UNCLEAN.search(whole):
                invisible += sum(INVISIBLE.search(cell) is not None for cell in row)
                row = [" ".join(INVISIBLE.sub("", cell[:MOST_TEXT]).split()) for cell in row]
            if any(row):
                rows[f"{place}, line {line}"] = row
        self.note("invisible characters (such as zero-width spaces) taken off cells", invisible)
        return replace(self, place=place, rows=rows, **known)

    def meaning(self, *names: str) -> str:
        """The contract's name of a column that answers to these, by mapping.yml or by itself."""
        said = {split(str(raw))[0]: column for column, raw in self.said.get("columns", {}).items()}
        found = (said.get(split(name)[0]) or meaning(name, self.table) for name in names)
        return next(filter(None, found), "")

    def note(self, what: str, rows: int, lost: int = 0, detail: str = "", *,
             doubt: bool = False) -> None:  # fmt: skip
        """Keep a note, unless it concerns no row; what sheets of a file share is one note."""
        if rows:
            new = Note(self.path.name, self.table, what, int(rows), int(lost), detail, doubt)
            for at, old in enumerate(self.notes):
                if (old.file, old.table, old.what) == (new.file, new.table, new.what):
                    detail = "; ".join(dict.fromkeys([*old.detail.split("; "), detail]))
                    new = replace(new, rows=old.rows + new.rows, lost=old.lost + new.lost)
                    self.notes[at] = replace(new, detail=detail)
                    return
            self.notes.append(new)

    def fault(self, what: str) -> None:
        """Keep what a person must mend."""
        self.faults.append(f"{self.path.name}{what}")

    def question(self, what: str, words: str, right: str = "") -> None:
        """A question is a fault that carries the line which answers it, or lets it stand."""
        stands = f"\n    or, if it is right as it is: {{{right}}}" if words and right else ""
        self.fault(f": {what}? {answer(self.table, words or right)}{stands}")

    def bad_cells(self, values: pd.Series, column: str, why: str) -> None:
        """A fault for each of the first cells, by their places, and one for all others."""
        head = self.heads[column].shown if column in self.heads else column
        named = column if plain(head) == plain(column) else f"{column} ({head})"
        for place, value in values.head(MOST).items():
            self.faults.append(f"{place}, column {named}, value {value!r}: {why}")
        if len(values) > MOST:
            self.fault(f": cells of {named} in all that are like it: {len(values)}")


def sheets_of(source: Sheet) -> list[Sheet]:
    """All sheets of a file that are to be read.

    Raises `ContractError` if the file cannot be read, or mapping.yml must say how.
    """
    path, suffix = source.path, source.path.suffix.lower()
    try:
        if suffix not in READERS:
            known = " ".join(sorted(READERS))
            remedy = WORDS["instead"].get(suffix, "save it in one of these").format(path.name)
            raise ContractError(f": {suffix or 'no suffix'} is not read (read: {known}); {remedy}")
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
        return cell
    empty = cell is None or cell != cell
    return "" if empty else str(cell).removesuffix(" 00:00:00").removesuffix(".0")


def _delimited(source: Sheet) -> list[Sheet]:
    content, said = source.path.read_bytes(), source.said.get("encoding")
    marks = {"utf-8-sig": (codecs.BOM_UTF8,), "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)}
    marked = [encoding for encoding, mark in marks.items() if content.startswith(mark)]
    tried = [said] if said else marked or ["utf-8", "gb18030"]
    good = 0  # bytes that are text in one of them
    for encoding in tried:
        try:
            if "\x00" not in (text := content.decode(encoding)):
                break
        except (UnicodeError, LookupError) as error:
            good = max(good, getattr(error, "start", 0))
    else:
        line, names = content.count(b"\n", 0, good) + 1, " or ".join(tried)
        raise ContractError(f", line {line}: not text in {names}: mend it, or save it as UTF-8")
    source.note(f"read as {encoding}", encoding != "utf-8")
    delimiter = max(",\t;|", key=text[:5000].count)
    source.note(f"columns are split by {delimiter!r}", delimiter != ",")
    file = io.TextIOWrapper(io.BytesIO(content), encoding, newline="")
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    del text  # a large file would be there twice
    rows, lines = [], [1]  # where each row begins: one may go over several lines
    try:
        for row in reader:
            rows.append(row)
            lines.append(reader.line_num + 1)
    except csv.Error as error:
        why = f"cannot be read ({error}): a quote opens in this line and does not close"
        raise ContractError(f", line {lines[-1]}: {why}; take it away, or write it twice") from None
    return [source.holding(rows, lines=lines)]


def _stata(source: Sheet) -> list[Sheet]:
    """A column answers to the name of its variable, and to its label."""
    with pd.read_stata(source.path, iterator=True, convert_categoricals=False) as reader:
        labels, frame = reader.variable_labels(), reader.read()
    for name in frame.select_dtypes(["object", "str"]):
        frame[name] = frame[name].map({word: _gbk(word) for word in frame[name].unique()})
    cells = (map(_text, row) for row in frame.itertuples(index=False, name=None))
    sheet = source.holding(cells, lines=count(2))
    names = ([name, _gbk(labels.get(name) or "")] for name in frame)
    sheet.columns = [Head.at(n, both) for n, both in enumerate(names)]
    return [sheet]


def _gbk(word: Any) -> Any:
    """Old Stata files hold GBK, which is read as Latin-1."""
    with suppress(UnicodeError, AttributeError):
        return word.encode("latin-1").decode("gb18030")
    return word


_ERROR = re.compile(rb'<c r="([A-Z]+\d+)"[^>]*\bt="e"[^>]*>(?:<f.*?</f>|<f[^>]*/>)?<v>([^<]*)</v>')
_UNCOMPUTED = re.compile(
    rb'<c r="([A-Z]+\d+)"(?![^>]*\bt="str")[^>]*>'
    rb"<f(?:[^>]*/>|[^>]*>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>"
)


def _excel(source: Sheet) -> list[Sheet]:
    from python_calamine import CalamineWorkbook

    beside = _beside(source.path) if zipfile.is_zipfile(source.path) else {}
    with CalamineWorkbook.from_path(source.path) as book:
        sheets = {name: book.get_sheet_by_name(name) for name in book.sheet_names}
    chosen = _chosen([name for name, sheet in sheets.items() if sheet.width], source)
    found = []
    for name in chosen:
        cells, percent = sheets[name].to_python(skip_empty_area=False), set[int]()
        if beside:
            percent, content = beside[name]
            _mend(cells, content)
        _fill_merged(cells, sheets[name].merged_cell_ranges or [], source)
        place = f"{source.path.name}, sheet {name}" if len(chosen) > 1 else ""
        text = (map(_text, row) for row in cells)
        found.append(source.holding(text, place, percent=percent))
    old = source.path.suffix.lower() == ".xls"
    source.note("old Excel: a cell with an error value comes as empty", old)
    return found


def _chosen(sheets: list[str], source: Sheet) -> list[str]:
    """The sheets that mapping.yml names, the one called like the table, the only one, or years."""
    said = source.said.get("sheet")
    if said is None:
        named = [source.table] if source.table in sheets else sheets
        years = all(re.search(r"(19|20)\d\d", name) for name in sheets)
        source.note("sheets read one below the other", len(named) if years and named[1:] else 0)
        if len(named) == 1 or (named and years):
            return named
    else:
        named = [str(name) for name in (said if isinstance(said, list) else [said])]
        named = sheets if said == "all" else named
        if set(named) <= set(sheets):
            others = [name for name in sheets if name not in named]
            source.note("sheets not read (sheet: all reads all)", len(others), 0,
                        ", ".join(others), doubt=len(named) == 1)  # fmt: skip
            return named
    words = f"tables: {{{source.table}: {{sheet: {sheets[0] if sheets else '…'!r}}}}}"
    raise ContractError(
        f": which of the sheets {', '.join(sheets) or '(all are empty)'}? Answer in {MAPPING}:"
        f"\n    {words}\n    or, to read all of them, one below the other: sheet: all"
    )


def _beside(path: Path) -> dict[str, tuple[set[int], bytes]]:
    """What calamine does not tell of sheets: columns shown as per cent, and the raw XML.

    A cell in the last row would make a table of a thousand million cells; so would a bomb.
    """
    import openpyxl

    with zipfile.ZipFile(path) as archive:
        if (size := sum(part.file_size for part in archive.infolist())) > MOST_BYTES:
            raise ContractError(f" unpacks to {size / 1e9:.1f} GB: no yearbook does; take it away")
        parts = [p for p in archive.namelist() if re.fullmatch(r"xl/worksheets/[^/]+\.xml", p)]
        xml = {part: archive.read(part) for part in parts}
    for content in xml.values():
        rows = re.findall(rb'<row\b[^>]*?\br="(\d+)"', content)
        far = re.search(rb'<c r="([A-Z]{3}\d+)"', content)
        if far or (rows and int(rows[-1]) > 5000 + 20 * len(rows)):
            where = f"cell {far[1].decode()}" if far else f"row {int(rows[-1])}"
            raise ContractError(f": something stands in {where}, far from the table: delete it")
    found: dict[str, tuple[set[int], bytes]] = {}
    if not xml:  # .ods, .xlsb
        return found
    with closing(openpyxl.load_workbook(path, read_only=True)) as book:
        for sheet in book.worksheets:
            cells = [cell for row in sheet.iter_rows(max_row=40) for cell in row if cell.value]
            numbers = [cell for cell in cells if isinstance(cell.value, int | float)]
            percent = {n.column - 1 for n in numbers if "%" in (n.number_format or "")}
            found[sheet.title] = percent, xml[sheet._worksheet_path]
    return found


def _mend(rows: list[list[Any]], content: bytes) -> None:
    """Put in error values, which calamine leaves empty; formulas without a value are a fault."""
    from openpyxl.utils.cell import coordinate_to_tuple

    for coordinate, words in _ERROR.findall(content) if b't="e"' in content else ():
        row, column = coordinate_to_tuple(coordinate.decode())
        rows[row - 1][column - 1] = words.decode()
    if b"<f" in content and (empty := [c.decode() for c in _UNCOMPUTED.findall(content)]):
        more = f", and {len(empty) - 1} more like it" if empty[1:] else ""
        what = f", cell {empty[0]}: a formula without a value{more}"
        raise ContractError(f"{what}; open the file in Excel or LibreOffice, and save it")


def _fill_merged(cells: list[list[Any]], merged: Iterable[Any], source: Sheet) -> None:
    """Every cell of a merged one gets its text, but numbers: they are not filled downward."""
    number = 0
    for (top, left), (bottom, right) in merged:
        word = _text(cells[top][left]) if top < len(cells) else ""
        if re.fullmatch(r"[\d.]*", word) and not re.fullmatch(r"\d{6,12}|(?:19|20)\d\d", word):
            source.note("merged cells: a number counts once, where it stands", bottom > top)
            continue
        for row in cells[top : bottom + 1]:
            row[left : right + 1] = [word] * len(row[left : right + 1])
        number += 1
    source.note("merged cells filled with what stands in them", number)


READERS = dict.fromkeys((".csv", ".txt", ".tsv"), _delimited) | {".dta": _stata}
READERS |= dict.fromkeys((".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"), _excel)
