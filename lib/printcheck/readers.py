"""Grids of strings from tables in LaTeX, HTML, Markdown, Word, CSV and Excel files."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from printcheck.cells import LARGEST, InputError, csv_rows, read_text, visible

Grid = list[list[str]]
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WIDEST = 200  # columns of a table, or that one cell may span
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
    try:
        grids = [grid for grid in READERS[kind](path) if any(map(any, grid))]
    except InputError:
        raise
    except Exception as error:  # parsers raise whatever their insides raise
        told = f"{type(error).__name__}: {visible(str(error))[:200]}"
        raise InputError(f"{path}: cannot be opened ({told}); save it again") from None
    if not grids:
        raise InputError(f"{path}: no table found")
    if any(any(row[WIDEST:]) for grid in grids for row in grid):
        raise InputError(f"{path}: more than {WIDEST} columns; leave out what is no table")
    return grids


def _latex(path: Path) -> list[Grid]:
    """Tabulars, booktabs, and what estout and etable write."""
    text = re.sub(r"(?<!\\)%.*", "", read_text(path))
    grids: list[Grid] = []
    start, depth = 0, 0
    for mark in re.finditer(r"\\(begin|end)\{(tabular[x*y]?|longtable|tabulary)\}", text):
        depth = max(depth + (1 if mark[1] == "begin" else -1), 0)
        if mark[1] == "begin" and depth == 1:  # one inside a cell belongs to that cell
            start = mark.end()
        elif start and not depth:
            groups = 2 if mark[2][-1] in "x*y" else 1
            grids.append(_latex_rows(text[start : mark.start()], groups))
            start = 0
    return grids


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
    """Lines stacked inside a cell, by a command or in a table of its own, stand side by side."""
    inner = r"\\begin\{tabular\}(?:\[\w\])?\{(?:[^{}]|\{[^{}]*\})*\}(.*?)\\end\{tabular\}"
    body = re.sub(inner, lambda m: re.sub(r"\\\\|(?<!\\)&", " ", m[1]), body, flags=re.DOTALL)
    text, *cells = re.split(r"\\(?:makecell|shortstack|thead)\s*(?:\[[^\]]*\])?(?=\{)", body)
    for cell in cells:
        end = _closing(cell)
        text += cell[1:end].replace("\\\\", " ") + cell[end + 1 :]
    return text


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
    from lxml import html  # loaded only where a file needs it

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    page = html.document_fromstring(read_text(path).encode(), parser)
    if fatal := parser.error_log.filter_from_fatals():
        raise InputError(f"{path}, line {fatal[0].line}: {fatal[0].message}; keep the tables only")
    for tag in page.iter("script", "style", "br"):
        tag.text = " "
    return [_html_rows(t.iter("tr")) for t in page.iter("table") if t.find(".//table") is None]


def _html_rows(lines: Iterable[Any]) -> Grid:
    """Cells in their columns, beside those of earlier rows that reach down."""
    grid: Grid = []
    down: Counter[int] = Counter()  # rows that cells above still take, by column
    for line in lines:
        row: list[str] = []
        for cell in line.iter("td", "th"):
            while down[len(row)] > 0:
                down[len(row)] -= 1
                row.append("")
            digits = (re.match(r"\d{1,4}", cell.get(n, "")) for n in ("colspan", "rowspan"))
            wide, high = (max(min(int(d[0]), WIDEST), 1) if d else 1 for d in digits)
            down.update(dict.fromkeys(range(len(row), len(row) + wide), high - 1))
            row += [" ".join(cell.text_content().split())] + [""] * (wide - 1)
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
            row = [re.sub(r"</?\w+/?>|\$|\^|~", " ", cell) for cell in row]
            grids[-1].append([" ".join(re.sub(r"\\([\\*_|])", r"\1", c).split()) for c in row])
    return grids


def _csv(path: Path) -> list[Grid]:
    """Separated by what the first lines hold most of; Excel's `="…"` is unwrapped."""
    text = read_text(path)
    mark = max(",;\t", key=text[:5000].count)
    rows = csv_rows(path, text, mark)
    return [[[re.sub(r'^="?(.*?)"?$', r"\1", c.strip()) for c in row] for _, row in rows]]


def _archive(path: Path) -> zipfile.ZipFile:
    """Open a zip file that unpacks to a bounded size."""
    archive = zipfile.ZipFile(path)
    if sum(entry.file_size for entry in archive.infolist()) > 10 * LARGEST:
        raise InputError(f"{path}: unpacks to more than {10 * LARGEST:,} bytes; keep the tables")
    return archive


def _word(path: Path) -> list[Grid]:
    """Tables of a .docx; declarations of entities are refused."""
    with _archive(path) as archive:
        text = archive.read("word/document.xml")
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise InputError(f"{path}: declares entities, as no word processor does; refused")
    root = ElementTree.fromstring(text)
    tables = root.iter(f"{WORD}tbl")
    return [[_word_row(line) for line in table.iter(f"{WORD}tr")] for table in tables]


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
        sheets = load_workbook(file, read_only=True).worksheets
        for far in (s for s in sheets if (s.max_row or 0) * (s.max_column or 0) > LARGEST):
            told = f"something stands in row {far.max_row}, far from the table; delete it"
            raise InputError(f"{path}, sheet {far.title}: {told}")
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
