"""Grids of strings from tables in LaTeX, HTML, Markdown, Word, CSV and Excel files."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

from printcheck.cells import LARGEST, InputError, read_text

Grid = list[list[str]]
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WIDEST = 200  # columns that one cell may span
SIGNS = {
    r"\\ast": "*", r"\\times": "×", r"\\(?:textminus|minus)": "-", r"\\dagger": "†",
    r"\\(?:quad|qquad|,|;|!|:|~)|~": " ", r"\\checkmark": "Yes",
}  # fmt: skip


def read_grids(path: Path) -> list[Grid]:
    """Read every table of a file; the name's end says what it is.

    Raises
    ------
    InputError
        If the kind is not known, the file cannot be read or is hostile, or it holds no table.
    """
    readers: dict[str, Callable[[Path], list[Grid]]] = {
        ".tex": _latex, ".html": _html, ".htm": _html, ".md": _markdown, ".csv": _csv,
        ".docx": _word, ".xlsx": _excel,
    }  # fmt: skip
    if path.suffix.lower() not in readers:
        raise InputError(f"{path}: not one of {', '.join(readers)}; save the table as one of them")
    grids = [grid for grid in readers[path.suffix.lower()](path) if any(map(any, grid))]
    if not grids:
        raise InputError(f"{path}: no table found")
    return grids


def _latex(path: Path) -> list[Grid]:
    """Tabulars, booktabs, and what estout and etable write."""
    text = re.sub(r"(?<!\\)%.*", "", read_text(path))
    body = r"\\begin\{(tabular[x*y]?|longtable|tabulary)\}(.*?)\\end\{\1\}"
    return [
        _latex_rows(match[2], groups=2 if match[1][-1] in "x*y" else 1)
        for match in re.finditer(body, text, re.DOTALL)
    ]


def _latex_rows(body: str, groups: int) -> Grid:
    """Rows of one tabular; position, width and column specification go."""
    while groups and (start := body.lstrip())[:1] in ("{", "["):
        groups -= start[0] == "{"
        body = start[_closing(start) + 1 :]
    body = re.sub(r"\\(?:top|mid|bottom|h)(?:rule|line)\b(?:\[[^\]]*\])?"
                  r"|\\addlinespace(?:\[[^\]]*\])?"
                  r"|\\c(?:mid)?(?:rule|line)\s*(?:\([^)]*\))?\{[^}]*\}", " ", body)  # fmt: skip
    grid = []
    for line in re.split(r"\\\\\s*(?:\[[^\]]*\])?|\\tabularnewline\b", _stacked(body)):
        row: list[str] = []
        for cell in re.split(r"(?<!\\)&", line):
            span = re.search(r"\\multicolumn\s*\{(\d+)\}", cell)
            row += [_untex(cell)] + [""] * (min(int(span[1]), WIDEST) - 1 if span else 0)
        grid.append(row)
    return grid


def _stacked(body: str) -> str:
    """Lines stacked inside a cell stand side by side."""
    while stack := re.search(r"\\(?:makecell|shortstack|thead)\s*(?:\[[^\]]*\])?(?=\{)", body):
        end = stack.end() + _closing(body[stack.end() :])
        inner = body[stack.end() + 1 : end].replace("\\\\", " ")
        body = body[: stack.start()] + inner + body[end + 1 :]
    return body


def _closing(text: str) -> int:
    """Place of the bracket that closes the first one."""
    depth, pair = 0, {"{": "}", "[": "]"}[text[0]]
    for place, character in enumerate(text):
        depth += (character == text[0]) - (character == pair)
        if depth == 0:
            return place
    return len(text)


def _untex(cell: str) -> str:
    """Text of a cell without commands."""
    cell = re.sub(r"\\multi(?:column|row)\s*(?:\[[^\]]*\])?\{[^}]*\}\s*\{[^}]*\}", "", cell)
    for name, sign in SIGNS.items():
        cell = re.sub(name + r"(?![a-zA-Z])", sign, cell)
    cell = re.sub(r"\\(?:label|cite\w*|footnote(?:mark)?)\{[^}]*\}", "", cell)
    cell = re.sub(r"\\[()]|\\[a-zA-Z]+\*?(?:\[[^\]]*\])?", "", cell)
    return re.sub(r"\\([&%_#$])", r"\1", re.sub(r"(?<!\\)[{}$^]", "", cell)).strip()


class _Tables(HTMLParser):
    """Cells of the tables of a page; superscripts stay, scripts and styles go."""

    def __init__(self) -> None:
        super().__init__()
        self.grids: list[Grid] = []
        self.open, self.mute = False, 0
        self.span = 1  # columns of the open cell
        self.down: dict[int, int] = {}  # rows that cells above still take, by column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.grids.append([])
            self.down.clear()
        elif tag == "tr" and self.grids:
            self.grids[-1].append([])
        elif tag in ("td", "th") and self.grids and self.grids[-1]:
            self.open, row, given = True, self.grids[-1][-1], dict(attrs)
            while self.down.get(len(row), 0):
                self.down[len(row)] -= 1
                row.append("")
            digits = (re.match(r"\d{1,4}", given.get(n) or "") for n in ("colspan", "rowspan"))
            self.span, high = (max(min(int(d[0]), WIDEST), 1) if d else 1 for d in digits)
            self.down |= dict.fromkeys(range(len(row), len(row) + self.span), high - 1)
            row.extend([""] * self.span)
        elif tag in ("script", "style"):
            self.mute += 1
        elif tag == "br":
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        self.open = self.open and tag not in ("td", "th", "table")
        self.mute -= tag in ("script", "style") and self.mute > 0

    def handle_data(self, data: str) -> None:
        if self.open and not self.mute:
            self.grids[-1][-1][-self.span] += data


def _html(path: Path) -> list[Grid]:
    parser = _Tables()
    parser.feed(read_text(path))
    return [[[" ".join(cell.split()) for cell in row] for row in grid] for grid in parser.grids]


def _markdown(path: Path) -> list[Grid]:
    """Pipe tables; a line without a pipe ends one."""
    grids: list[Grid] = [[]]
    for line in read_text(path).splitlines():
        if "|" not in line:
            grids.append([])
        elif not re.fullmatch(r"[\s|:+-]+", line):
            row = re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))
            text = (
                re.sub(r"\\([\\*_|])", r"\1", re.sub(r"</?\w+/?>|\$|\^|~", " ", c)) for c in row
            )
            grids[-1].append([" ".join(cell.split()) for cell in text])
    return grids


def _csv(path: Path) -> list[Grid]:
    """Separated by what the first lines hold most of; Excel's `="…"` is unwrapped."""
    text = read_text(path)
    mark = max(",;\t", key=text[:5000].count)
    rows = csv.reader(text.splitlines(), delimiter=mark)
    return [[[re.sub(r'^="?(.*?)"?$', r"\1", c.strip()) for c in row] for row in rows]]


def _archive(path: Path) -> zipfile.ZipFile:
    """Open a zip file that unpacks to a bounded size."""
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: cannot be opened ({error}); save it again") from None
    if sum(entry.file_size for entry in archive.infolist()) > 10 * LARGEST:
        raise InputError(
            f"{path}: unpacks to more than {10 * LARGEST:,} bytes; keep the tables only"
        )
    return archive


def _word(path: Path) -> list[Grid]:
    """Tables of a .docx; declarations of entities are refused."""
    with _archive(path) as archive:
        try:
            text = archive.read("word/document.xml")
            if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                raise InputError(f"{path}: declares entities, as no word processor does; refused")
            root = ElementTree.fromstring(text)
        except (KeyError, ElementTree.ParseError) as error:
            raise InputError(f"{path}: not a Word document ({error}); save it as .docx") from None
    grids = []
    for table in root.iter(f"{WORD}tbl"):
        grid = []
        for line in table.iter(f"{WORD}tr"):
            row: list[str] = []
            for cell in line.iter(f"{WORD}tc"):
                span = cell.find(f"{WORD}tcPr/{WORD}gridSpan")
                width = int(span.get(f"{WORD}val", "1")) if span is not None else 1
                words = "".join(node.text or "" for node in cell.iter(f"{WORD}t"))
                row += [" ".join(words.split())] + [""] * (min(width, WIDEST) - 1)
            grid.append(row)
        grids.append(grid)
    return grids


def _excel(path: Path) -> list[Grid]:
    """Sheets of an .xlsx as printed: a number format's decimals are kept, formulas are refused."""
    from openpyxl import load_workbook  # loaded only where a file needs it

    _archive(path).close()
    try:
        book = load_workbook(path, read_only=True)
    except (KeyError, ValueError, OSError) as error:
        raise InputError(f"{path}: not a workbook ({error}); save it as .xlsx") from None
    grids = []
    for sheet in book.worksheets:
        grid = []
        for line in sheet.iter_rows():
            row = []
            for cell in line:
                if cell.data_type == "f":
                    raise InputError(
                        f"{path}, {sheet.title}!{cell.coordinate}: a formula; save values"
                    )
                shown = re.match(r"[#,]*0\.(0+)", str(getattr(cell, "number_format", "")))
                number = isinstance(cell.value, int | float) and shown
                row.append(f"{cell.value:.{len(shown[1])}f}" if number and shown else
                           "" if cell.value is None else str(cell.value))  # fmt: skip
            grid.append(row)
        grids.append(grid)
    return grids
