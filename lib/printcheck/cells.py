"""Printed cells and the roles they play: the two files that a check of a paper needs."""

import csv
import difflib
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from reprlib import repr as short
from typing import Any, NamedTuple

import yaml

FIELDS = ("exhibit", "column", "row", "statistic", "printed", "decimals", "stars")
NUMBER = re.compile(r"-?\d{1,40}(\.\d{1,40})?")
KINDS = {"mapping": dict, "list": list, "text": str, "number": int}
LARGEST = 5_000_000  # bytes of a text file; a table of 10,000 rows has a tenth of it


class InputError(ValueError):
    """A file that cannot be used as it is; the message says where, what and how to mend it."""


class Cell(NamedTuple):
    """One printed number: its address, the string, its decimals, and stars of an estimate."""

    exhibit: str
    column: str
    row: str
    statistic: str
    printed: str
    decimals: int
    stars: int | None = None


def beside(name: str) -> str:
    """Text of a file that lies beside this module."""
    return resources.files("printcheck").joinpath(name).read_text(encoding="utf-8")


def role_keys() -> dict[str, dict[str, list[str]]]:
    """Keys of a roles `file` and of a `column` in it: their kind, and what they say."""
    return yaml.safe_load(beside("roles.yml"))


def read_text(path: Path) -> str:
    """Read a text file of bounded size in UTF-8, with or without a mark, or say why not."""
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"{path}: larger than {LARGEST:,} bytes; give one file a table")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: byte {error.start} is not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; name a file that can be read") from None


def visible(text: str) -> str:
    """The text with single spaces, without what has no width or would steer a terminal."""
    shown = ("" if unicodedata.category(c) == "Cf" else c if c.isprintable() else " " for c in text)
    return " ".join("".join(shown).split())


def csv_rows(path: Path, text: str, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Rows of separated text, each with the line at which it ends."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        yield from ((rows.line_num, row) for row in rows)
    except csv.Error as error:
        told = f"cannot be read ({error}); a quote may open there and not close"
        raise InputError(f"{path}, line {rows.line_num}: {told}") from None


def read_cells(path: Path) -> list[Cell]:
    """Read printed cells from a CSV with the columns of `FIELDS`; others are ignored.

    Raises InputError, naming the line, if a column is missing, a number is none, decimals are not
    those printed, stars are no count, or an address stands twice.
    """
    rows = csv_rows(path, read_text(path))
    names = next(rows, (1, []))[1]
    if missing := ", ".join(n for n in FIELDS[:5] if names.count(n) != 1):
        raise InputError(f"{path}, line 1: not one column {missing}; write {','.join(FIELDS)}")
    found: dict[tuple[str, ...], Cell] = {}
    for number, row in ((n, row) for n, row in rows if row):
        where, line = f"{path}, line {number}", dict(zip(names, map(visible, row), strict=False))
        exhibit, column, name, kind, printed = (line.get(n, "") for n in FIELDS[:5])
        address = exhibit, column, name, kind
        if not NUMBER.fullmatch(printed):
            told = "is no number with a point; write it as -1234.5, or leave the line out"
            raise InputError(f"{where}: printed {short(printed)} {told}")
        decimals, stars = len(printed.partition(".")[2]), line.get("stars", "")
        if (line.get("decimals") or str(decimals)) != str(decimals):
            raise InputError(f"{where}: {printed!r} has not {line['decimals']} decimals")
        if not re.fullmatch(r"\d?", stars):
            raise InputError(f"{where}: stars {short(stars)} is no count; write 0, 1, 2 or 3")
        if address in found:
            raise InputError(f"{where}: {' '.join(address)} stands above already; keep one")
        found[address] = Cell(*address, printed, decimals, int(stars) if stars else None)
    if not found:
        raise InputError(f"{path}: no number below the heading; write a line a number")
    return list(found.values())


def read_roles(path: Path) -> dict[str, Any]:
    """Read a roles file; unknown keys and wrong kinds are errors, with the nearest known key."""
    text = read_text(path)
    try:
        roles = yaml.safe_load(text)
    except Exception as error:  # yaml raises whatever its constructors raise
        raise InputError(f"{path}: not YAML: {visible(str(error))}") from None
    keys = role_keys()
    roles = _known(path, "", roles, keys["file"])
    columns = roles.get("columns", {}).items()
    made = {name: _known(path, f"columns {name}: ", spec, keys["column"]) for name, spec in columns}
    defaults = _known(path, "defaults: ", roles.get("defaults", {}), keys["column"])
    return {**roles, "defaults": defaults, "columns": made}


def _known(path: Path, where: str, given: Any, known: Mapping[str, list[str]]) -> dict[str, Any]:
    """What was given, without empty keys; unknown ones and wrong kinds are refused."""
    if not isinstance(given, dict):
        raise InputError(f"{path}: {where}{short(given)} is not a mapping, `key: value` lines")
    for key, value in given.items():
        if key not in known:
            near = difflib.get_close_matches(str(key), list(known), 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            raise InputError(f"{path}: {where}{short(key)} is no key; {hint}")
        if value is not None and not isinstance(value, KINDS[kind := known[key][0]]):
            raise InputError(f"{path}: {where}{key} is {short(value)}, not a {kind}")
    return {key: value for key, value in given.items() if value is not None}
