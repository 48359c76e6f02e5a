"""Grids of strings from tables in LaTeX, HTML, Markdown, Word, CSV and Excel files."""

import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

from printcheck.cells import LARGEST, InputError, csv_rows, read_text, visible

Grid = list[list[str]]
Spanning = tuple[str, int, int]  # a cell's text, and how many columns and rows it takes
WORD = {"namespaces": {"w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main"}}
HIDDEN = ("script", "style", "{*}instrText", "{*}delText", "{*}drawing", "{*}pict")
LINES = ("div", "li", "{*}p", "{*}br", "{*}tab")  # each begins a line of a cell
WIDEST = 200  # columns of a table, or that one cell may span
TABULARS = r"\\(begin|end)\{(tabular[x*y]?|xltabular|longtable|(?:long)?tblr|NiceTabular)\}"
RULES = r"\\c(?:mid)?(?:rule|line)\s*(?:\([^)]*\))?\{[^}]*\}"
SPANS = r"\\multi(?:column|row)\s*(?:\[[^\]]*\])?\{[^}]*\}\s*\{[^}]*\}"
SIGNS = {"ast": "*", "times": "×", "textminus": "-", "minus": "-", "dagger": "†", "quad": " ",
         "qquad": " ", "checkmark": "Yes"}  # fmt: skip


def read_grids(path: Path) -> list[Grid]:
    """Read every table of a file, as rows of strings; the name's end says what it is.

    Raises InputError if the kind is not known, the file cannot be read or is hostile, or it holds
    no table.
    """
    if (kind := path.suffix.lower()) not in READERS:
        raise InputError(f"{path}: not one of {', '.join(READERS)}; save the table as one of them")
    try:
        found = [[list(map(visible, row)) for row in grid] for grid in READERS[kind](path)]
    except InputError:
        raise
    except Exception as error:  # parsers raise whatever their insides raise
        told = f"{type(error).__name__}: {visible(str(error))[:200]}"
        raise InputError(f"{path}: cannot be opened ({told}); save it again") from None
    grids = [grid for grid in found if any(map(any, grid))]
    if not grids:
        raise InputError(f"{path}: no table found; give a file with the table itself in it")
    if any(any(row[WIDEST:]) for grid in grids for row in grid):
        raise InputError(f"{path}: more than {WIDEST} columns; leave out what is no table")
    return grids


def _in_columns(rows: Iterable[Iterable[Spanning]]) -> Grid:
    """Cells in their columns, beside those that reach down; one N for two columns is in both."""
    grid: Grid = []
    down: Counter[int] = Counter()  # rows that cells above still take, by column
    for cells in rows:
        row: list[str] = []
        for text, wide, high in cells:
            while down[len(row)] > 0:
                down[len(row)] -= 1
                row.append("")
            wide = max(min(wide, WIDEST), 1)
            down.update(dict.fromkeys(range(len(row), len(row) + wide), high - 1))
            bare = row and re.fullmatch(r"\s*-?\d[\d\s.,]*", text)
            row += [text] + [text if bare else ""] * (wide - 1)
        grid.append(row)
    return grid


def _latex(path: Path) -> list[Grid]:
    """Tabulars, booktabs, and what estout, etable and modelsummary write."""
    text = re.sub(r"(?<!\\)%.*", "", read_text(path))
    grids: list[Grid] = []
    start, depth = 0, 0
    for mark in re.finditer(TABULARS, text):
        depth = max(depth + (1 if mark[1] == "begin" else -1), 0)
        if mark[1] == "begin" and depth == 1:  # one inside a cell belongs to that cell
            start = mark.end()
        elif start and not depth:
            groups = 2 if mark[2] in ("tabularx", "tabular*", "tabulary", "xltabular") else 1
            grids.append(_in_columns(_latex_rows(text[start : mark.start()], groups)))
            start = 0
    return grids


def _latex_rows(body: str, groups: int) -> Iterator[Iterator[Spanning]]:
    """Rows of one tabular; position, width and column specification go."""
    while groups and (start := body.lstrip())[:1] in ("{", "["):
        groups -= start[0] == "{"
        body = start[_closing(start) + 1 :]
    for line in re.split(r"\\\\\s*(?:\[[^\]]*\])?|\\tabularnewline\b", _stacked(body)):
        cells = re.split(r"(?<!\\)&", line)
        spans = [re.search(r"\\multicolumn\s*\{(\d+)\}", cell) for cell in cells]
        widths = [int(span[1]) if span else 1 for span in spans]
        yield ((_untex(cell), wide, 1) for cell, wide in zip(cells, widths, strict=True))


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
    cell = re.sub(rf"{RULES}|{SPANS}|\\(?:label|cite\w*|footnote(?:mark)?)\{{[^}}]*\}}", "", cell)
    signs = rf"\\({'|'.join(SIGNS)})(?![a-zA-Z])"
    cell = re.sub(r"\\[,;!: ]|(?<!\\)~", " ", re.sub(signs, lambda sign: SIGNS[sign[1]], cell))
    cell = re.sub(r"\\[()]|\\[a-zA-Z]+\*?(?:\[[^\]]*\])?|(?<!\\)[{}$^]", "", cell)
    return re.sub(r"\\([&%_#$])", r"\1", cell)


def _html(path: Path) -> list[Grid]:
    """Tables of a page; superscripts stay."""
    from lxml import html  # loaded only where a file needs it

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    page = html.document_fromstring(read_text(path).encode(), parser)
    if fatal := parser.error_log.filter_from_fatals():
        raise InputError(f"{path}, line {fatal[0].line}: {fatal[0].message}; keep the tables only")
    return _innermost(page)


def _innermost(root: Any) -> list[Grid]:
    """Tables of an HTML or Word tree that hold no other table."""
    from lxml.etree import strip_elements

    strip_elements(root, *HIDDEN, with_tail=False)
    for start in root.iter(*LINES):
        start.text = f" {start.text or ''}"
    inner = [t for t in root.iter("{*}table", "{*}tbl") if not t.xpath(".//table|.//w:tbl", **WORD)]
    rows = ([_spanning(line) for line in t.iter("{*}tr")] for t in inner)
    after = (takewhile(lambda e: str(e.tag).endswith("}p"), t.itersiblings()) for t in inner)
    notes = ([[s] for p in ps if (s := "".join(p.itertext()).strip())][:3] for ps in after)  # Word
    return [_in_columns(table) + below for table, below in zip(rows, notes, strict=True)]


def _spanning(line: Any) -> Iterator[Spanning]:
    """Cells of a row of an HTML or Word table."""
    for cell in line.iter("{*}td", "{*}th", "{*}tc"):
        spans = (re.match(r"\d{1,4}", cell.get(n, "")) for n in ("colspan", "rowspan"))
        wide, high = (int(span[0]) if span else 1 for span in spans)
        for told in cell.xpath("w:tcPr/w:gridSpan/@w:val", **WORD):
            wide = int(told)
        yield "".join(cell.itertext()), wide, min(high, WIDEST)


def _markdown(path: Path) -> list[Grid]:
    """Pipe tables; a line without a pipe ends one."""
    grids: list[Grid] = [[]]
    for line in read_text(path).splitlines():
        if "|" not in line:
            grids.append([])
        elif not re.fullmatch(r"[\s|:+-]+", line):
            row = re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))
            row = [re.sub(r"</?\w+/?>|\$|\^|~", " ", cell).strip() for cell in row]
            row[0] = re.sub(r"^(\*\*|__)([^*]+)\1$", r"\2", row[0])  # a label in bold
            grids[-1].append([re.sub(r"\\([\\*_|])", r"\1", cell) for cell in row])
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
    from lxml import etree  # loaded only where a file needs it

    with _archive(path) as archive:
        text = archive.read("word/document.xml")
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise InputError(f"{path}: declares entities, as no word processor does; refused")
    return _innermost(etree.fromstring(text, etree.XMLParser(remove_blank_text=True)))


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
        raise InputError(f"{path}, {cell.parent.title}!{cell.coordinate}: a formula; save values")
    shown = re.match(r"[#,]*0\.(0+)", str(getattr(cell, "number_format", "")))
    if shown and isinstance(cell.value, int | float):
        return f"{cell.value:.{len(shown[1])}f}"
    return "" if cell.value is None else str(cell.value)


READERS: dict[str, Callable[[Path], list[Grid]]] = {
    ".tex": _latex, ".html": _html, ".htm": _html, ".md": _markdown, ".csv": _csv, ".docx": _word,
    ".xlsx": _excel,
}  # fmt: skip
