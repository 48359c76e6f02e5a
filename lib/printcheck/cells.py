"""Printed cells and the roles they play: the two files that a check of a paper needs."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import yaml

FIELDS = ("exhibit", "column", "row", "statistic", "printed", "decimals", "stars")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
KINDS = {"mapping": dict, "list": list, "text": str}
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
        raise InputError(f"{path}: {error.strerror}") from None


def read_cells(path: Path) -> list[Cell]:
    """Read printed cells from a CSV with the columns of `FIELDS`; others are ignored.

    Raises InputError, naming the line, if a column is missing, a number is none, decimals are not
    those printed, stars are no count, or an address stands twice.
    """
    lines = csv.DictReader(read_text(path).splitlines())
    if missing := ", ".join(n for n in FIELDS[:5] if n not in (lines.fieldnames or ())):
        raise InputError(f"{path}, line 1: no column {missing}; write {','.join(FIELDS)}")
    found: dict[tuple[str, ...], Cell] = {}
    for line in lines:
        where = f"{path}, line {lines.line_num}"
        printed, stars = (line["printed"] or "").strip(), (line.get("stars") or "").strip()
        if not NUMBER.fullmatch(printed):
            told = "is no number with a point; write it as -1234.5, or leave the line out"
            raise InputError(f"{where}: printed {printed!r} {told}")
        decimals = len(printed.partition(".")[2])
        if (line.get("decimals") or str(decimals)).strip() != str(decimals):
            raise InputError(f"{where}: {printed!r} has not {line['decimals']} decimals")
        if not re.fullmatch(r"\d?", stars):
            raise InputError(f"{where}: stars {stars!r} is no count; write 0, 1, 2 or 3")
        exhibit, column, row, kind = ((line[name] or "").strip() for name in FIELDS[:4])
        address = (exhibit, column, row, kind)
        if address in found:
            raise InputError(f"{where}: {' '.join(address)} stands above already; keep one")
        found[address] = Cell(*address, printed, decimals, int(stars) if stars else None)
    return list(found.values())


def read_roles(path: Path) -> dict[str, Any]:
    """Read a roles file; unknown keys and wrong kinds are errors, with the nearest known key."""
    try:
        roles = yaml.safe_load(read_text(path))
    except yaml.YAMLError as error:
        raise InputError(f"{path}: not YAML: {error}") from None
    if not isinstance(roles, dict):
        raise InputError(f"{path}: not a mapping; begin with `paper: …`")
    keys = role_keys()
    _known(path, "", roles, keys["file"])
    for key, value in roles.items():
        if not isinstance(value, KINDS[kind := keys["file"][key][0]]):
            raise InputError(f"{path}: {key} is {value!r}, not a {kind}")
    for name, spec in {"defaults": roles.get("defaults", {}), **roles.get("columns", {})}.items():
        if not isinstance(spec, dict):
            raise InputError(f"{path}: columns {name}: {spec!r} is not a mapping")
        _known(path, f"{name}: ", spec, keys["column"])
    return roles


def _known(path: Path, where: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse a key that nobody knows."""
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(str(key), list(known), 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            raise InputError(f"{path}: {where}{key} is no key; {hint}")
