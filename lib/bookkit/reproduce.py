"""Compares built results with the committed record, or makes them the record.

``docs/results.sha256`` holds checksums, which ``sha256sum -c`` reads too; ``docs/results.json``
says which chapter makes what, and how many printed numbers are met; ``docs/results.zip`` holds
the files whose numbers have all their digits.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np

from bookkit.paths import ROOT, read_json, write_atomically, zipped

CHECKSUMS = ROOT / "docs" / "results.sha256"
CONTENTS = ROOT / "docs" / "results.json"
DIGITS = ROOT / "docs" / "results.zip"
SHAPE = re.compile(r"\b[mp][0-9a-f]{10}\b")
"""A name in a figure: the checksum of what it stands for."""
NUMBER = re.compile(r"-?\d+\.?\d*(?:e[-+]?\d+)?")


def checksums(folder: Path) -> dict[str, str]:
    """Map each file below a folder to its SHA-256, in order."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files
    }


def recorded(path: Path = CHECKSUMS) -> dict[str, str]:
    """Read a file of lines as sha256sum writes them: file to checksum."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def rounded(name: str) -> bool:
    """Whether a file holds rounded numbers only, which are the same on any machine."""
    return name.startswith("tables/") or name == "summary.csv"


def alike(one: str, other: str, absolute: float = 1e-12) -> bool:
    """Whether texts differ in no more than their numbers, and these by a millionth at most."""
    one, other = (SHAPE.sub("", text) for text in (one, other))
    a, b = (np.array(NUMBER.findall(text), float) for text in (one, other))
    same = NUMBER.sub("0", one) == NUMBER.sub("0", other)
    return same and np.allclose(a, b, rtol=1e-6, atol=absolute)


def verdict(
    found: Mapping[str, str], wanted: Mapping[str, str], close: Callable[[str], bool]
) -> tuple[list[str], bool]:
    """Compare checksums; return what to say, and whether all is reproduced.

    Files that are not `rounded` hold all digits of the estimates, and the last may depend on
    the kind of processor: ``close`` says of a file's name whether only these differ.
    """
    changed = [name for name in sorted(wanted.keys() & found.keys()) if found[name] != wanted[name]]
    last = [name for name in changed if not rounded(name) and close(name)]
    wrong = {
        "missing": sorted(wanted.keys() - found.keys()),
        "not in the record": sorted(found.keys() - wanted.keys()),
        "differs": [name for name in changed if name not in last],
        "differs in the last digits": last,
    }
    same = len(wanted) - len(wrong["missing"]) - len(changed)
    grave = any(names for names in wrong.values() if names is not last)
    lines = [f"{same} of {len(wanted)} result files are those of the record, byte for byte"]
    lines += [f"  {what}: {name}" for what, names in wrong.items() for name in names]
    if changed and not grave:
        lines += [
            "All tables and verdicts are the same. What differs holds every digit of estimates:",
            "they agree to a millionth, and on another kind of processor the last may differ.",
        ]
    return lines, not grave


def contents(out: Path) -> dict[str, Any]:
    """Say which chapter makes which file, and each exhibit's counts of verdicts."""
    made = sorted((out / "work" / "chapters").glob("*/files.json"))
    counts: dict[str, Counter[str]] = {}
    with (out / "results" / "comparison.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            counts.setdefault(row["exhibit"], Counter())[row["verdict"]] += 1
    return {"files": {n: p.parent.name for p in made for n in read_json(p)}, "verdicts": counts}


def record(out: Path = ROOT / "build") -> None:
    """Make the built results the record."""
    sums = checksums(out / "results")
    write_atomically(CHECKSUMS, "".join(f"{digest}  {name}\n" for name, digest in sums.items()))
    write_atomically(CONTENTS, json.dumps(contents(out), indent=1, sort_keys=True) + "\n")
    full = {n: (out / "results" / n).read_bytes() for n in sums if not rounded(n)}
    write_atomically(DIGITS, zipped(full, "results"))


def close_in(results: Path) -> Callable[[str], bool]:
    """Return whether a file of some results has the numbers of the record but for rounding."""

    def close(name: str) -> bool:
        with ZipFile(DIGITS) as record:
            wanted = record.read(f"results/{name}").decode()
        places = {"absolute": 2e-6} if name.endswith(".svg") else {}  # figures have six decimals
        return alike((results / name).read_text("utf-8"), wanted, **places)

    return close


def main() -> None:
    """``python -m bookkit.reproduce``: what ``make reproduce`` runs after a build from nothing."""
    parser = argparse.ArgumentParser(description="Compare built results with the record.")
    parser.add_argument("--record", action="store_true", help="make the built results the record")
    parser.add_argument("--out", type=Path, default=ROOT / "build", help="where they were built")
    arguments = parser.parse_args()
    if arguments.record:
        return record(arguments.out)
    wanted, found = recorded(), checksums(arguments.out / "results")
    if arguments.out != ROOT / "build":  # some chapters only
        made = {p.parent.name for p in (arguments.out / "work" / "chapters").glob("*/files.json")}
        makers = read_json(CONTENTS)["files"]
        wanted = {name: wanted[name] for name in wanted if makers[name] in made}
    lines, reproduced = verdict(found, wanted, close_in(arguments.out / "results"))
    print("\n".join(lines))
    if (summary := arguments.out / "results" / "summary.csv").is_file():
        print(f"\nprinted numbers by verdict:\n{summary.read_text(encoding='utf-8')}")
    print("\nREPRODUCED" if reproduced else "\nNOT REPRODUCED: see the lines above")
    sys.exit(not reproduced)


if __name__ == "__main__":
    main()
