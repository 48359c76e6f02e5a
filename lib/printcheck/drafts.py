"""First drafts of cells and roles from grids of strings, with all that could not be read."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import yaml

from printcheck.cells import NUMBER, Cell, beside, visible
from printcheck.readers import Grid

LABELS = yaml.safe_load(beside("labels.yml"))
COLUMN = re.compile(r"\(?\d{1,2}[a-z]?\)")
LEGEND = re.compile(r"(\*+) ?p ?< ?(0?\.\d+)", re.IGNORECASE)
BLANK = {"outcome": "", "estimator": "", "vcov": "", "sample": ""}
SUFFIX = re.compile(r"\s*([*]{1,4})?\s*([†‡§a-e]|[¹²³])?$")


@dataclass
class Draft:
    """What a file gave: cells, a skeleton of roles, and notes on what a person must look at."""

    brackets: str = "se"
    cells: list[Cell] = field(default_factory=list)
    columns: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    summary: str = ""
    stars: list[float] = field(default_factory=list)
    seen: set[tuple[str, ...]] = field(default_factory=set)

    def roles(self) -> str:
        """The skeleton as YAML, notes first as comments."""
        whole = len(self.stars) >= max((c.stars or 0 for c in self.cells), default=0)
        told = {"summary": self.summary, "stars": self.stars if whole else []}
        roles = {"paper": "", **{k: v for k, v in told.items() if v}, "defaults": BLANK,
                 "columns": self.columns}  # fmt: skip
        how = "what each key means: python -m printcheck explain roles"
        notes = "".join(f"# {note}\n" for note in (*self.notes, how))
        return notes + yaml.safe_dump(roles, sort_keys=False, allow_unicode=True, width=100)

    def put(
        self, address: tuple[str, str, str], kind: str, value: str, stars: int | None = None
    ) -> bool:
        """Keep a number; a second one of one address is not, and is told."""
        if (*address, kind) in self.seen:
            told = f"{value} left out, the address has a number already"
            self.notes.append(f"{' '.join(address)} {kind}: {told}")
        else:
            self.seen.add((*address, kind))
            self.cells.append(Cell(*address, kind, value, len(value.partition(".")[2]), stars))
        return True


def tidy(text: str) -> str:
    """One form for minus signs, spaces, digits, brackets and stars."""
    text = text.replace("²", "\0").replace("³", "\1")
    text = unicodedata.normalize("NFKC", text).replace("\0", "²").replace("\1", "³")
    text = re.sub(r"[−‒–—](?=\s?[\d.])", "-", re.sub(r"[∗⁎]", "*", visible(text)))
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
    """Whether the table writes 0,123: no point beside digits, and a comma after a leading zero."""
    words = [cell for row in grid for cell in row[1:]]
    point = any(re.search(r"(^|\D)0?\.\d|\d\.(\d\d?|\d{4,})(\D|$)", word) for word in words)
    return not point and any(re.search(r"(^|\D)0,\d", word) for word in words)


def draft(grids: list[Grid], brackets: str = "se", first: int = 1) -> Draft:
    """Read grids, as `read_grids` gives them, as tables `table_1`, `table_2`, … from `first` on.

    `brackets` says what stands in them: "se", "t", "p" or "ci".
    """
    found = Draft(brackets)
    for place, grid in enumerate(grids, start=first):
        rows = [[tidy(cell) for cell in row] for row in grid if any(row)]
        _Table(found, f"table_{place}", decimal_comma(rows)).read(rows)
    if any(cell.statistic == brackets for cell in found.cells):
        told = f"brackets are read as {brackets}; if they are not: --brackets se|t|p|ci"
        found.notes.append(told)
    return found


def _is(word: str, label: str) -> bool:
    """Tell whether a label is a word of `labels.yml`."""
    return re.fullmatch(LABELS[word], label.lower()) is not None


def _kind(words: str, label: str) -> str:
    """Which statistic a label names; empty if none."""
    return next((k for k, p in LABELS[words].items() if re.fullmatch(p, label.lower())), "")


def _with_stars(row: list[str]) -> list[str]:
    """Join stars that have a column of their own to the number on their left."""
    joined = row[:1]
    for left, cell in pairwise(row):
        alone = len(joined) > 1 and bool(left) and re.fullmatch(r"\*+", cell) is not None
        if alone:
            joined[-1] += cell
        joined.append("" if alone else cell)
    return joined


@dataclass
class _Table:
    """One table, or a panel of one, as it is read into a draft; `comma`: decimals' mark."""

    out: Draft
    exhibit: str
    comma: bool

    def note(self, text: str) -> None:
        self.out.notes.append(f"{self.exhibit}{text}")

    def read(self, grid: Grid) -> None:
        """Read row by row."""
        if self.comma:
            self.note(": commas are read as decimal points")
        first = len(self.out.cells)
        for place, head in enumerate(grid[:3], start=1):
            kinds = {i: kind for i, c in enumerate(head) if i and (kind := _kind("summary", c))}
            if "mean" in kinds.values():
                return self._summary(grid[place:], kinds)
        names, label, heads = {i: str(i) for i in range(1, max(map(len, grid)))}, "", True
        for row in map(_with_stars, grid):
            cells = {i: c for i, c in enumerate(row) if i and c}
            marks = {i: c.strip("()") for i, c in cells.items() if COLUMN.fullmatch(c)}
            if marks and len(marks) == len(cells):
                names = self._unique(marks)
            elif re.match(r"panel\b", row[0], re.IGNORECASE) and not cells:
                letter = [*row[0].split(), "x"][1].strip(".:").lower()
                self.exhibit = f"{self.exhibit.partition('_panel_')[0]}_panel_{letter}"
            elif heads := heads and not any(map(self._numeric, cells.values())):
                for i, c in cells.items():
                    self.note(f", column {names.get(i, i)}: headed {c!r}")
            else:
                label = row[0] or label
                if lost := [c for i, c in cells.items() if i not in names]:
                    self.note(f", {label}: in no marked column, left out: {', '.join(lost)}")
                self._row(label, {names[i]: c for i, c in enumerate(row) if i in names})
            legend = sorted(LEGEND.findall(" ".join(row)))
            self.out.stars = [float(level) for _, level in legend] or self.out.stars
        return self._bare_rows(first)

    def _unique(self, marks: dict[int, str]) -> dict[int, str]:
        """Names of columns; one marked like an earlier one gets a letter more, and is told."""
        names: dict[int, str] = {}
        for i, mark in marks.items():
            names[i] = mark
            while list(names.values()).count(names[i]) > 1:
                names[i] += "b"
                self.note(f": a further column marked {mark} is read as {names[i]}")
        return names

    def _bare_rows(self, first: int) -> None:
        """Rows with nothing in brackets, where others have it, are no coefficients."""
        cells = self.out.cells[first:]
        tested = {(c.exhibit, c.row) for c in cells if c.statistic in ("se", "t", "p", "ci_low")}
        bare = {(c.exhibit, c.row) for c in cells if c.statistic == "estimate"} - tested
        bare = {(exhibit, row) for exhibit, row in bare if not _is("constant", row)}
        if not tested or not bare:
            return
        for i, c in enumerate(cells, start=first):
            if (c.exhibit, c.row) in bare and c.statistic == "estimate":
                self.out.cells[i] = c._replace(statistic="other", stars=None)
                names = self.out.columns[f"{c.exhibit}/{c.column}"]["regressors"]
                names[:] = [name for name in names if name != c.row]
        for exhibit, row in sorted(bare):
            told = "has nothing in brackets, so it is read as another statistic"
            self.out.notes.append(f"{exhibit}, {row}: {told}")

    def _numeric(self, cell: str) -> bool:
        """Tell whether a cell begins with a number."""
        return number(SUFFIX.sub("", re.split(r"[(\[{]", cell)[0].strip()), self.comma) is not None

    def _summary(self, rows: Grid, kinds: dict[int, str]) -> None:
        """Read a table of means and deviations."""
        self.out.summary = f"{self.exhibit}/main"
        for row in rows:
            for i, kind in kinds.items():
                text = row[i] if i < len(row) else ""
                if (value := number(text, self.comma)) is not None:
                    self.out.put((self.exhibit, "main", row[0]), kind, value)
                elif not _is("empty", text):
                    self.note(f", {row[0]}, {kind}: could not read {text!r}")

    def _row(self, label: str, cells: dict[str, str]) -> None:
        """Read one row: a statistic of the columns, flags, coefficients, or what is in brackets."""
        kind, texts = _kind("model", label), dict.fromkeys(filter(None, cells.values()))
        if texts and not any(re.search(r"\d|^\W*$", t) or _is("flag", t) for t in texts):
            return self.note(f", {label}: says {', '.join(texts)}")
        for column, text in cells.items():
            address = (self.exhibit, column, label)
            blank: dict[str, Any] = {"regressors": [], "fixed": []}
            spec = self.out.columns.setdefault(f"{self.exhibit}/{column}", blank)
            if _is("empty", text) or _is("absent", text):
                continue
            if _is("present", text):
                spec["fixed"].append(label)
                continue
            for part in map(str.strip, re.findall(r"[(\[{][^)\]}]*[)\]}]|[^(\[{]+", text)):
                if not self._part(address, part, kind):
                    self.note(f", column {column}, {label}: could not read {part!r}")
            if (*address, "estimate") in self.out.seen and label not in spec["regressors"]:
                if _is("constant", label):
                    spec["intercept"] = label
                else:
                    spec["regressors"].append(label)

    def _part(self, address: tuple[str, str, str], part: str, kind: str) -> bool:
        """Read a number, with its stars, or what is in brackets; tell whether it could be read."""
        if not re.search(r"\d", part):
            return part.strip("*") == ""
        if part[0] in "([{":
            ci, inner = self.out.brackets == "ci", SUFFIX.sub("", part[1:-1].strip())
            values = [number(v.strip(), self.comma)
                      for v in (re.split(r"[;,]\s+|;", inner) if ci else [inner])]  # fmt: skip
            kinds = ("ci_low", "ci_high") if ci else (self.out.brackets,)
            read = len(values) == len(kinds) and None not in values
            return read and all([self.out.put(address, k, str(v))
                                 for k, v in zip(kinds, values, strict=True)])  # fmt: skip
        suffix = SUFFIX.search(part)
        stars, mark = (suffix[1] or "", suffix[2]) if suffix else ("", None)
        if (value := number(SUFFIX.sub("", part).strip(), self.comma)) is None:
            return False
        if mark:
            self.out.notes.append(f"{' '.join(address)}: footnote mark {mark!r} left out")
        if kind:
            return self.out.put((*address[:2], "model"), kind, value)
        return self.out.put(address, "estimate", value, len(stars))
