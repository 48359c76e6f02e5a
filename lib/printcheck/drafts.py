"""First drafts of cells and roles from grids of strings, with all that could not be read."""

import re
import unicodedata
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import yaml

from printcheck.cells import NUMBER, Cell, beside
from printcheck.readers import Grid

LABELS = yaml.safe_load(beside("labels.yml"))
COLUMN = re.compile(r"\(?\d{1,2}[a-z]?\)")
LEGEND, LISTED, CLAUSE = (re.compile(LABELS["notes"][k], re.I) for k in ("star", "stars", "said"))
NEGATIVE = r"[^a-zA-Z]*[(\[]-\d*[.,]?\d+[)\]]\W*$"
BLANK = {"outcome": "", "estimator": "", "vcov": "", "sample": ""}
SUFFIX = re.compile(r"\s*([*]{1,4})?\s*([†‡§+a-e]|[¹²³])?$")
BRACKETS = ("se", "t", "p", "ci")
BETWEEN = (r";|,\s|\sto\s|\s-\s", r",(?=-?\d*\.)")  # both ends of an interval
NUMERALS = [str(column) for column in range(1, 100)]
TESTS = ("se", "t", "p", "ci_low", "ratio")


@dataclass
class Draft:
    """What a file gave: cells, a skeleton of roles, and notes on what a person must look at."""

    cells: list[Cell] = field(default_factory=list)
    columns: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    summary: str = ""
    legends: set[tuple[float, ...]] = field(default_factory=set)

    @property
    def stars(self) -> list[float]:
        """Levels of the stars, if the tables have one legend, and it names all stars."""
        levels, *others = self.legends or [()]
        most = max((c.stars or 0 for c in self.cells), default=0)
        return [] if others or len(levels) < most else list(levels)

    def roles(self) -> str:
        """The skeleton as YAML, notes first as comments."""
        told = {"summary": self.summary, "stars": self.stars}
        roles = {"paper": "", **{k: v for k, v in told.items() if v}, "defaults": BLANK,
                 "columns": self.columns}  # fmt: skip
        how = "what each key means: python -m printcheck explain roles"
        notes = "".join(f"# {note}\n" for note in (*self.notes, how))
        return notes + yaml.safe_dump(roles, sort_keys=False, allow_unicode=True, width=100)


def tidy(text: str) -> str:
    """One form for minus signs, digits, brackets and stars."""
    text = "".join(c if c in "²³" else unicodedata.normalize("NFKC", c) for c in text)
    text = re.sub(r"[−‒–—](?=\s?[\d.])", "-", re.sub(r"[∗⁎]", "*", text))
    return re.sub(r"\*\s+(?=\*)", "*", text)


def number(text: str, comma: bool) -> str | None:
    """The number in plain form, or None; `comma`: decimals stand behind a comma."""
    if comma:
        text = text.translate(str.maketrans(".,", ",."))
    text = re.sub(r"^(-?)\.(?=\d)", r"\g<1>0.", text.replace("- ", "-"))
    if re.fullmatch(r"-?[1-9]\d{0,2}([, ']\d{3})+(\.\d+)?", text):
        text = re.sub("[, ']", "", text)
    return text if NUMBER.fullmatch(text) else None


def decimal_comma(grid: Grid) -> bool:
    """Whether the table writes 0,12: no point before other than three digits, but such a comma."""
    text = "\n".join(cell for row in grid for cell in row[1:])
    point = re.search(r"(^|\D)0?\.\d|\d\.(\d\d?|\d{4,})(\D|$)", text)
    return not point and re.search(r"(^|\D)0,\d|\d,(\d\d?|\d{4,})(?![\d,])", text) is not None


def draft(grids: list[Grid], brackets: str | None = None, text: str = "") -> Draft:
    """Read grids, as `read_grids` gives them, as tables `table_1`, `table_2` and so on.

    `brackets` says what stands in them: "se", "t", "p" or "ci". Without it a table's note does,
    such as "t statistics in parentheses", or one in the `text` around it; else they are errors.
    """
    found = Draft()
    lines = [unescape(re.sub(r"</?[a-zA-Z][^>]*>|\\[a-zA-Z]+", " ", k)) for k in text.splitlines()]
    around = {_kind("brackets", tidy(re.sub(r"[$\\{}*_]", "", line))) for line in lines} - {""}
    for place, grid in enumerate(grids, start=1):
        rows = [[tidy(cell) for cell in row] for row in grid if any(row)]
        cells = [cell for row in rows for cell in row]
        said = {_kind("brackets", cell) for cell in cells} - {""} or around
        kind = "".join(said) if len(said) == 1 else "se"
        below, above = (sum(bool(re.match(p, c)) for c in cells) for p in (NEGATIVE, "-"))
        if not said and 0 < below == above:
            kind = "t"  # neither an error nor a p-value is negative
        if not brackets and kind == "se" and any(_kind("ratio", cell) for cell in cells):
            kind = "ratio"
            found.notes.append(f"table_{place}: errors of ratios, such as of odds, are not checked")
        _Table(found, f"table_{place}", decimal_comma(rows), brackets or kind).read(rows)
    found.legends = found.legends or {_levels(re.sub(r"[$\\{}_^]", "", k)) for k in lines} - {()}
    if len(found.legends) > 1:
        found.notes.append("legends of stars differ between tables: usual levels are tried")
    for kind in dict.fromkeys(c.statistic for c in found.cells if c.statistic in BRACKETS):
        told = f"brackets are read as {kind}; if they are not: --brackets {'|'.join(BRACKETS)}"
        found.notes.append(told)
    return found


def _levels(text: str) -> tuple[float, ...]:
    """The p-values below which a legend's stars stand; empty if it is none."""
    found = {(mark, float(p or int(percent) / 100)) for mark, p, percent in LEGEND.findall(text)}
    if listed := LISTED.search(text):
        unit = 100 if re.search("%|per ?cent", listed[2]) else 1
        numbers = (float(level) / unit for level in re.findall(r"\d*\.?\d+", listed[2]))
        found = set(zip(re.findall(r"\*+", listed[1]), numbers, strict=False))
    levels = tuple(p for _, p in sorted(found))
    return levels if [*levels] == sorted({*levels}, reverse=True) and levels < (0.2,) else ()


def _kind(words: str, label: str) -> str:
    """What a label is called among such words of `labels.yml`; empty if nothing."""
    text = (CLAUSE.search(label) or [""])[0] if words == "brackets" else label.rstrip(":")
    return next((kind for kind, p in LABELS[words].items() if re.fullmatch(p, text.lower())), "")


class _Table:
    """One table, or a panel of one, as it is read into a draft; `comma`: decimals' mark."""

    def __init__(self, out: Draft, exhibit: str, comma: bool, brackets: str) -> None:
        self.out, self.exhibit, self.comma, self.brackets = out, exhibit, comma, brackets
        self.cells: dict[tuple[str, ...], Cell] = {}
        self.columns: dict[tuple[str, str], dict[str, Any]] = {}
        self.starred = False

    def note(self, text: str) -> None:
        """Tell what a person must look at."""
        self.out.notes.append(f"{self.exhibit}{text}")

    def put(self, column: str, row: str, kind: str, value: str, stars: int | None = None) -> None:
        """Keep a number; a second one of one address is not, and is told."""
        cell = Cell(self.exhibit, column, row, kind, value, len(value.partition(".")[2]), stars)
        if self.cells.setdefault(cell[:4], cell) is not cell:
            told = f"{value} left out, the address has a number already"
            self.note(f" {' '.join(cell[1:4])}: {told}")

    def read(self, grid: Grid) -> None:
        """Read row by row."""
        if self.comma:
            self.note(": commas are read as decimal points")
        for place, head in enumerate(grid[:3], start=1):
            named = ((i, _kind("summary", cell.strip("()"))) for i, cell in enumerate(head) if i)
            kinds = {i: kind for i, kind in named if kind}
            if "mean" in kinds.values():
                self._summary(grid[place:], kinds)
                break
        else:
            self._columns(grid)
            self._declare()
        self.out.cells += self.cells.values()

    def _summary(self, rows: Grid, kinds: dict[int, str]) -> None:
        """Read a table of means and deviations."""
        self.out.summary = f"{self.exhibit}/main"
        for row in rows:
            for i, kind in kinds.items():
                text = row[i] if i < len(row) else ""
                shown = text.strip("()[]") if kind == "sd" else text
                if (value := number(shown, self.comma)) is not None:
                    self.put("main", row[0], kind, value)
                elif _kind("cell", text) != "empty":
                    self.note(f", {row[0]}, {kind}: could not read {text!r}")

    def _columns(self, grid: Grid) -> None:
        """Read a table of regressions: what names its columns, panels, its rows, a legend."""
        names, label, heads = {i: str(i) for i in range(1, max(map(len, grid)))}, "", True
        for row in grid:
            for i in range(2, len(row)):  # stars that have a column of their own
                if row[i - 1] and re.fullmatch(r"\*+", row[i]):
                    row[i - 1 : i + 1] = [row[i - 1] + row[i], ""]
            cells = {i: c for i, c in enumerate(row) if i and c}
            marks = {i: c.strip("()") for i, c in cells.items() if COLUMN.fullmatch(c)}
            if heads and not row[0] and [*cells.values()] == NUMERALS[: len(cells)]:
                marks = cells
            legend = _levels(" ".join(row))
            if marks and len(marks) == len(cells):
                names = self._unique(marks)
            elif re.match(r"panel\b", row[0], re.IGNORECASE) and not cells:
                letter = [*row[0].split(), "x"][1].strip(".:").lower()
                self.exhibit = f"{self.exhibit.partition('_panel_')[0]}_panel_{letter}"
            elif legend:
                self.starred = True
                self.out.legends.add(legend)
            elif heads := heads and not any(map(self._numeric, cells.values())):
                for i, c in cells.items():
                    self.note(f", column {names.get(i, i)}: headed {c!r}")
            else:
                if not (_kind("below", row[0]) and all(c[0] in "([{" for c in cells.values())):
                    label = row[0] or label
                if lost := [c for i, c in cells.items() if i not in names]:
                    self.note(f", {label}: in no marked column, left out: {', '.join(lost)}")
                self._row(label, {names[i]: c for i, c in enumerate(row) if i in names})

    def _unique(self, marks: dict[int, str]) -> dict[int, str]:
        """Names of columns; one marked like an earlier one gets a letter more, and is told."""
        names: dict[int, str] = {}
        for i, mark in marks.items():
            names[i] = mark
            while list(names.values()).count(names[i]) > 1:
                names[i] += "b"
                self.note(f": a further column marked {mark} is read as {names[i]}")
        return names

    def _numeric(self, cell: str) -> bool:
        """Tell whether a cell begins with a number."""
        return number(SUFFIX.sub("", re.split(r"[(\[{]", cell)[0].strip()), self.comma) is not None

    def _row(self, label: str, cells: dict[str, str]) -> None:
        """Read one row: a statistic of the columns, flags, coefficients, or what is in brackets."""
        kind, texts = _kind("model", label), dict.fromkeys(filter(None, cells.values()))
        if texts and not any(re.search(r"\d|^\W*$", t) or _kind("cell", t) for t in texts):
            return self.note(f", {label}: says {', '.join(texts)}")
        for column, text in cells.items():
            blank: dict[str, Any] = {"regressors": [], "fixed": []}
            spec = self.columns.setdefault((self.exhibit, column), blank)
            if (said := _kind("cell", text)) == "present":
                spec["fixed"].append(label)
            elif not said:
                for part in map(str.strip, re.findall(r"[(\[{][^)\]}]*[)\]}]|[^(\[{]+", text)):
                    if not self._part(column, label, part, kind):
                        self.note(f", column {column}, {label}: could not read {part!r}")
        return None

    def _part(self, column: str, label: str, part: str, kind: str) -> bool:
        """Read a number, with its stars, or what is in brackets; tell whether it could be read."""
        if not re.search(r"\d", part):
            self._star(column, label, part)
            return part.strip("*") == ""
        if part[0] in "([{":
            inner = SUFFIX.sub("", part[1:-1].strip())
            self._star(column, label, part[1 + len(inner) : -1])
            kinds, texts = [self.brackets], [inner]
            if self.brackets == "ci":
                splits = (re.split(mark, inner) for mark in BETWEEN)
                kinds, texts = ["ci_low", "ci_high"], next((s for s in splits if len(s) == 2), [])
            values = [value for text in texts if (value := number(text.strip(), self.comma))]
            if len(values) == len(kinds):
                for name, value in zip(kinds, values, strict=True):
                    self.put(column, label, name, value)
            return len(values) == len(kinds)
        (stars, mark), *_ = SUFFIX.findall(part)
        if (value := number(SUFFIX.sub("", part).strip(), self.comma)) is None:
            return False
        if mark:
            self.note(f" {column} {label}: footnote mark {mark!r} left out")
        if kind:
            self.put(column, "model", kind, value)
        else:
            self.starred |= bool(stars)
            self.put(column, label, "estimate", value, len(stars))
        return True

    def _star(self, column: str, label: str, after: str) -> None:
        """Stars in or behind a bracket are those of the estimate before it."""
        key, stars = (self.exhibit, column, label, "estimate"), after.count("*")
        if stars and key in self.cells:
            self.cells[key], self.starred = self.cells[key]._replace(stars=stars), True

    def _declare(self) -> None:
        """Say what columns are made of, as far as their rows tell.

        Tests, and rows with nothing in brackets where others have it, are no coefficients. Where
        neither a star nor a legend stands, the lack of stars says nothing.
        """
        tested = {(c.exhibit, c.row) for c in self.cells.values() if c.statistic in TESTS}
        bare = set()
        for key, c in self.cells.items():
            if c.statistic != "estimate":
                continue
            spec, stars = self.columns[c.exhibit, c.column], c.stars if self.starred else None
            self.cells[key] = c._replace(stars=stars)
            if _kind("constant", c.row):
                spec["intercept"] = c.row
            elif (not tested or (c.exhibit, c.row) in tested) and not _kind("test", c.row):
                spec["regressors"].append(c.row)
            else:
                self.cells[key] = c._replace(statistic="other", stars=None)
                bare.add((c.exhibit, c.row))
        for exhibit, row in sorted(bare):
            why = "is named like a test" if _kind("test", row) else "has nothing in brackets"
            self.out.notes.append(f"{exhibit}, {row}: {why}, so it is read as another statistic")
        if tested and not self.starred:
            self.note(": has no stars, and no legend of them, so that they are not checked")
        numbered = {key[:2] for key in self.cells}
        self.out.columns |= {"/".join(k): spec for k, spec in self.columns.items() if k in numbered}
