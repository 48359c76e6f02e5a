"""First drafts of cells and roles from grids of strings, with all that could not be read."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

import yaml

from printcheck.cells import Cell
from printcheck.readers import Grid

MODEL_ROWS = {
    "n": r"n|no\.? ?(of )?obs.*|obs\.?|observations?|num\.? ?obs\.?|number of obs.*|样本量|观测值",
    "r2": r"r ?[2²]|r-?squared?|r-sq\.?|overall r ?[2²]",
    "r2_within": r"within r.*|r ?[2²] within",
    "r2_adj": r"adj.*r.*|r.*adj.*", "clusters": r"(no\.? of |number of |num\.? )?(clusters|groups)",
    "cragg_donald_f": r"cragg.?donald.*", "kleibergen_paap_f": r"kleibergen.?paap.* f.*",
    "f": r"f|f.?stat.*",
}  # fmt: skip
CONSTANT = re.compile(r"_?cons(tant)?|\(?intercept\)?|常数项", re.IGNORECASE)
SUMMARY = {
    "n": r"n|obs.*",
    "mean": r"mean|均值",
    "sd": r"s\.?d\.?|std.*|标准差",
    "min": r"min.*",
    "max": r"max.*",
}
EMPTY = {"", "-", "--", "—", "–", "...", "n.a.", "na", "n/a", "."}
FLAG = {"yes": True, "y": True, "✓": True, "x": True, "no": False, "n": False}
SUFFIX = re.compile(r"\s*([*]{1,4})?\s*([†‡§a-e]|[¹²³])?$")


@dataclass
class Draft:
    """What a file gave: cells, a skeleton of roles, and notes on what a person must look at."""

    cells: list[Cell] = field(default_factory=list)
    columns: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    summary: str = ""
    seen: set[tuple[str, ...]] = field(default_factory=set)

    def roles(self) -> str:
        """The skeleton as YAML, notes first as comments."""
        roles = {"paper": "", **({"summary": self.summary} if self.summary else {}),
                 "columns": self.columns}  # fmt: skip
        notes = "".join(f"# {note}\n" for note in self.notes)
        return notes + yaml.safe_dump(roles, sort_keys=False, allow_unicode=True, width=100)


def tidy(text: str) -> str:
    """One form for minus signs, spaces, digits, brackets and stars."""
    text = text.replace("²", "\0").replace("³", "\1")
    text = unicodedata.normalize("NFKC", text).replace("\0", "²").replace("\1", "³")
    text = re.sub(r"[−‒–—](?=\s?[\d.])", "-", re.sub(r"[∗⁎]", "*", text))
    return re.sub(r"\*\s+(?=\*)", "*", " ".join(text.split()))


def number(text: str, comma: bool) -> str | None:
    """The number in plain form, or None; `comma`: decimals stand behind a comma."""
    if comma:
        text = text.translate(str.maketrans(".,", ",."))
    text = re.sub(r"^(-?)\.(?=\d)", r"\g<1>0.", text.replace("- ", "-"))
    if re.fullmatch(r"-?[1-9]\d{0,2}([, ']\d{3})+(\.\d+)?", text):
        text = re.sub("[, ']", "", text)
    return text if re.fullmatch(r"-?\d+(\.\d+)?", text) else None


def _numeric(cell: str, comma: bool) -> bool:
    """Tell whether a cell begins with a number."""
    return number(SUFFIX.sub("", re.split(r"[(\[{]", cell)[0].strip()), comma) is not None


def decimal_comma(grid: Grid) -> bool:
    """Whether the table writes 0,123: no point beside digits, and a comma after a leading zero."""
    words = [tidy(cell) for row in grid for cell in row[1:]]
    point = any(re.search(r"(^|\D)0?\.\d|\d\.(\d\d?|\d{4,})(\D|$)", word) for word in words)
    return not point and any(re.search(r"(^|\D)0,\d", word) for word in words)


def draft(grids: list[Grid], brackets: str = "se", first: int = 1) -> Draft:
    """Read grids as tables `table_1`, `table_2`, …; what stands in brackets is declared.

    Parameters
    ----------
    grids
        As `read_grids` gives them.
    brackets
        "se", "t", "p" or "ci".
    first
        Number of the first table.
    """
    found = Draft()
    for place, grid in enumerate(grids, start=first):
        _table(
            found,
            [[tidy(cell) for cell in row] for row in grid if any(row)],
            f"table_{place}",
            brackets,
        )
    if any(cell.statistic == brackets for cell in found.cells):
        found.notes.append(
            f"brackets are read as {brackets}; if they are not: --brackets se|t|p|ci"
        )
    return found


def _table(out: Draft, grid: Grid, exhibit: str, brackets: str) -> None:
    """Read one table, row by row."""
    comma, width = decimal_comma(grid), max(map(len, grid))
    if comma:
        out.notes.append(f"{exhibit}: commas are read as decimal points")
    for head in grid[:3]:
        kinds = {
            i: k
            for i, c in enumerate(head)
            for k, p in SUMMARY.items()
            if i and re.fullmatch(p, c.lower())
        }
        if "mean" in kinds.values():
            return _summary(out, grid[grid.index(head) + 1 :], exhibit, kinds, comma)
    names, label, heads = {i: str(i) for i in range(1, width)}, "", True
    for row in grid:
        marks = {
            i: c.strip("()")
            for i, c in enumerate(row)
            if i and re.fullmatch(r"\(?\d{1,2}[a-z]?\)", c)
        }
        if marks and not any(c for i, c in enumerate(row) if i and i not in marks):
            names = marks
            continue
        if re.match(r"panel\b", row[0], re.IGNORECASE) and not any(row[1:]):
            letter = [*row[0].split(), "x"][1].strip(".:").lower()
            exhibit = f"{exhibit.partition('_panel_')[0]}_panel_{letter}"
            continue
        heads = heads and not any(_numeric(cell, comma) for cell in row[1:])
        if heads:
            for i, c in enumerate(row):
                if i and c:
                    out.notes.append(f"{exhibit}, column {names.get(i, i)}: headed {c!r}")
            continue
        label = row[0] or label
        _row(
            out,
            exhibit,
            label,
            {names[i]: c for i, c in enumerate(row) if i in names},
            brackets,
            comma,
        )
    return None


def _summary(out: Draft, rows: Grid, exhibit: str, kinds: dict[int, str], comma: bool) -> None:
    """Read a table of means and deviations."""
    out.summary = f"{exhibit}/main"
    for row in rows:
        for i, kind in kinds.items():
            text = row[i] if i < len(row) else ""
            if (value := number(text, comma)) is not None:
                _put(out, Cell(exhibit, "main", row[0], kind, value, len(value.partition(".")[2])))
            elif text.lower() not in EMPTY:
                out.notes.append(f"{exhibit}, {row[0]}, {kind}: could not read {text!r}")


def _row(
    out: Draft, exhibit: str, label: str, cells: dict[str, str], brackets: str, comma: bool
) -> None:
    """Read one row: a statistic of the columns, flags, coefficients, or what is in brackets."""
    kind = next((k for k, p in MODEL_ROWS.items() if re.fullmatch(p, label.lower())), "")
    for column, text in cells.items():
        blank = {"outcome": "", "estimator": "", "vcov": "", "sample": ""}
        lists: dict[str, Any] = {"regressors": [], "fixed": []}
        spec = out.columns.setdefault(f"{exhibit}/{column}", blank | lists)
        if text.lower() in EMPTY or (text.lower() in FLAG and not FLAG[text.lower()]):
            continue
        if text.lower() in FLAG:
            spec["fixed"].append(label)
            continue
        where = f"{exhibit}, column {column}, {label}"
        for part in re.findall(r"[(\[{][^)\]}]*[)\]}]|[^(\[{]+", text):
            if not _part(out, (exhibit, column, label), part.strip(), kind, brackets, comma):
                out.notes.append(f"{where}: could not read {part.strip()!r}")
    for column in cells:
        spec = out.columns[f"{exhibit}/{column}"]
        if (exhibit, column, label, "estimate") in out.seen and label not in spec["regressors"]:
            if CONSTANT.fullmatch(label):
                spec["intercept"] = label
            else:
                spec["regressors"].append(label)


def _part(
    out: Draft, place: tuple[str, str, str], part: str, kind: str, brackets: str, comma: bool
) -> bool:
    """Read a number, with its stars, or what is in brackets; tell whether it could be read."""
    if not part or not re.search(r"\d", part):
        return not part or part.strip("*") == ""
    if part[0] in "([{":
        inner = SUFFIX.sub("", part[1:-1].strip())
        values = [
            number(v.strip(), comma)
            for v in (re.split(r"[;,]\s+|;", inner) if brackets == "ci" else [inner])
        ]
        kinds = ("ci_low", "ci_high") if brackets == "ci" else (brackets,)
        if len(values) != len(kinds) or None in values:
            return False
        return all([_put(out, Cell(*place, k, str(v), len(str(v).partition(".")[2])))
                    for k, v in zip(kinds, values, strict=True)])  # fmt: skip
    suffix = SUFFIX.search(part)
    value = number(part[: suffix.start()].strip() if suffix else part, comma)
    if value is None:
        return False
    if suffix and suffix[2]:
        out.notes.append(f"{' '.join(place)}: footnote mark {suffix[2]!r} left out")
    decimals, stars = len(value.partition(".")[2]), len(suffix[1] or "") if suffix else 0
    if kind:
        return _put(out, Cell(place[0], place[1], "model", kind, value, decimals))
    return _put(out, Cell(*place, "estimate", value, decimals, stars))


def _put(out: Draft, cell: Cell) -> bool:
    """Keep a cell; a second one of one address is not, and is told."""
    if cell[:4] in out.seen:
        told = f"{cell.printed} left out, the address has a number already"
        out.notes.append(f"{' '.join(cell[:4])}: {told}")
        return True
    out.seen.add(cell[:4])
    out.cells.append(cell)
    return True
