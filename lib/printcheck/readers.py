"""Grids of strings from tables in LaTeX, HTML, Markdown, Word, CSV and Excel files."""

from __future__ import annotations

import csv
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
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
    """Read every table of a file, as rows of strings; the name's end says what it is.

    Raises InputError if the kind is not known, the file cannot be read or is hostile, or it holds
    no table.
    """
    if (kind := path.suffix.lower()) not in READERS:
        raise InputError(f"{path}: not one of {', '.join(READERS)}; save the table as one of them")
    grids = [grid for grid in READERS[kind](path) if any(map(any, grid))]
    if not grids:
        raise InputError(f"{path}: no table found")
    return grids


def _latex(path: Path) -> list[Grid]:
    """Tabulars, booktabs, and what estout and etable write."""
    text = re.sub(r"(?<!\\)%.*", "", read_text(path))
    body = r"\\begin\{(tabular[x*y]?|longtable|tabulary)\}(.*?)\\end\{\1\}"
    found = re.finditer(body, text, re.DOTALL)
    return [_latex_rows(match[2], groups=2 if match[1][-1] in "x*y" else 1) for match in found]


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


def _html(path: Path) -> list[Grid]:
    """Tables of a page that hold no other table; superscripts stay, scripts and styles go."""
    from bs4 import BeautifulSoup  # loaded only where a file needs it

    page = BeautifulSoup(read_text(path), "lxml")
    for tag in page(["script", "style", "br"]):
        tag.replace_with(" ")
    return [_html_rows(table("tr")) for table in page("table") if not table.table]


def _html_rows(lines: Iterable[Any]) -> Grid:
    """Cells in their columns, beside those of earlier rows that reach down."""
    grid: Grid = []
    down: Counter[int] = Counter()  # rows that cells above still take, by column
    for line in lines:
        row: list[str] = []
        for cell in line(["td", "th"]):
            while down[len(row)] > 0:
                down[len(row)] -= 1
                row.append("")
            digits = (re.match(r"\d{1,4}", cell.get(n, "")) for n in ("colspan", "rowspan"))
            wide, high = (max(min(int(d[0]), WIDEST), 1) if d else 1 for d in digits)
            down.update(dict.fromkeys(range(len(row), len(row) + wide), high - 1))
            row += [" ".join(cell.get_text().split())] + [""] * (wide - 1)
        grid.append(row)
    return grid


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
    most = 10 * LARGEST
    if sum(entry.file_size for entry in archive.infolist()) > most:
        raise InputError(f"{path}: unpacks to more than {most:,} bytes; keep the tables only")
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
    return [
        [_word_row(line) for line in table.iter(f"{WORD}tr")] for table in root.iter(f"{WORD}tbl")
    ]


def _word_row(line: ElementTree.Element) -> list[str]:
    """Cells of a row, and empty ones for those that span columns."""
    row: list[str] = []
    for cell in line.iter(f"{WORD}tc"):
        span = cell.find(f"{WORD}tcPr/{WORD}gridSpan")
        width = int(span.get(f"{WORD}val", "1")) if span is not None else 1
        words = "".join(node.text or "" for node in cell.iter(f"{WORD}t"))
        row += [" ".join(words.split())] + [""] * (min(width, WIDEST) - 1)
    return row


def _excel(path: Path) -> list[Grid]:
    """Sheets of an .xlsx as printed: a number format's decimals are kept, formulas are refused."""
    from openpyxl import load_workbook  # loaded only where a file needs it

    _archive(path).close()
    with path.open("rb") as file:  # closed whatever happens; openpyxl would keep a path open
        try:
            sheets = load_workbook(file, read_only=True).worksheets
        except (KeyError, ValueError, OSError) as error:
            raise InputError(f"{path}: not a workbook ({error}); save it as .xlsx") from None
        return [[[_shown(path, cell) for cell in line] for line in s.iter_rows()] for s in sheets]


def _shown(path: Path, cell: Any) -> str:
    """What a spreadsheet shows of a cell."""
    if cell.data_type == "f":
        place = f"{cell.parent.title}!{cell.coordinate}"
        raise InputError(f"{path}, {place}: a formula; save values")
    shown = re.match(r"[#,]*0\.(0+)", str(getattr(cell, "number_format", "")))
    if shown and isinstance(cell.value, int | float):
        return f"{cell.value:.{len(shown[1])}f}"
    return "" if cell.value is None else str(cell.value)


READERS: dict[str, Callable[[Path], list[Grid]]] = {
    ".tex": _latex, ".html": _html, ".htm": _html, ".md": _markdown, ".csv": _csv, ".docx": _word,
    ".xlsx": _excel,
}  # fmt: skip
