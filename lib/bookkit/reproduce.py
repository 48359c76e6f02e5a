"""Reproduces all results, or the paper's own, from nothing, and compares them with the record.

The record is committed: ``docs/results.sha256`` (checksums, which ``sha256sum -c`` reads too) and
``docs/results.json`` (which chapter makes what, and how many printed numbers are met).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from bookkit import ledger
from bookkit.build import BuildError, build, execute, toc_files
from bookkit.paths import ROOT, read_json, write_atomically
from printcheck import verdicts

CHECKSUMS = ROOT / "docs" / "results.sha256"
CONTENTS = ROOT / "docs" / "results.json"
TIMES = ROOT / "docs" / "runtimes.json"
RUNTIMES = ROOT / "build" / "runtimes.json"
PRINTED = ("comparison.csv", "results.json", "summary.csv")
"""The comparison with the paper's printed numbers; it needs the paper's own chapters only."""


def paper_chapters() -> list[str]:
    """Chapters 1 to 6: those that recompute what the paper prints.

    Returns
    -------
    list
        Their names, in the book's order.
    """
    return [name for name in toc_files() if "01" <= name[:2] <= "06"]


def checksums(folder: Path) -> dict[str, str]:
    """Map each file below a folder to its SHA-256, in order.

    Parameters
    ----------
    folder
        Searched to any depth.

    Returns
    -------
    dict
        Path relative to the folder, to 64 hexadecimal digits.
    """
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files
    }


def listing(sums: Mapping[str, str]) -> str:
    """Write checksums as sha256sum does, a line a file.

    Parameters
    ----------
    sums
        As `checksums` gives them.

    Returns
    -------
    str
        What `recorded` and ``sha256sum -c`` read.
    """
    return "".join(f"{digest}  {name}\n" for name, digest in sums.items())


def recorded(path: Path = CHECKSUMS) -> dict[str, str]:
    """Read a file of lines as sha256sum writes them: file to checksum.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    dict
        As `checksums` gives it.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def verdict(found: Mapping[str, str], wanted: Mapping[str, str]) -> tuple[list[str], bool]:
    """Compare checksums; return what to say, and whether tables and verdicts are reproduced.

    Tables hold rounded numbers, so they must be the same on any machine. The other files hold
    all digits of the estimates, and the last may depend on the kind of processor.

    Parameters
    ----------
    found, wanted
        File to checksum: what was made, and the record.

    Returns
    -------
    tuple
        Lines to print, and the answer.
    """
    changed = [name for name in sorted(wanted.keys() & found.keys()) if found[name] != wanted[name]]
    wrong = {
        "missing": sorted(wanted.keys() - found.keys()),
        "not in the record": sorted(found.keys() - wanted.keys()),
        "differs": changed,
    }
    grave = [n for n in changed if n.startswith("tables/") or n == "summary.csv"]
    grave += wrong["missing"] + wrong["not in the record"]
    same = len(wanted) - len(wrong["missing"]) - len(changed)
    lines = [f"{same} of {len(wanted)} result files are those of the record, byte for byte"]
    lines += [f"  {what}: {name}" for what, names in wrong.items() for name in names]
    if changed and not grave:
        lines += [
            "All tables and verdicts are the same. What differs holds every digit of estimates;",
            "on another kind of processor the last of them may differ.",
        ]
    return lines, not grave


def reproduce() -> Path:
    """Build the whole book from nothing; return its results.

    Returns
    -------
    Path
        The folder of the results.

    Raises
    ------
    BuildError
        As in `build`.
    """
    for name in ("work", "results"):
        shutil.rmtree(ROOT / "build" / name, ignore_errors=True)
    timed("make reproduce", build)
    stamps = (ROOT / "build" / "work" / "chapters").glob("*/*/stamp.json")
    seconds = {s["chapter"]: s["seconds"] for s in map(read_json, sorted(stamps))}
    write_atomically(RUNTIMES, _json(read_json(RUNTIMES) | {"chapters": seconds}))
    return ROOT / "build" / "results"


def reproduce_paper() -> Path:
    """Compute what the paper prints, and no more, without pages; return the results.

    Returns
    -------
    Path
        The folder of the results.

    Raises
    ------
    BuildError
        If a cell fails.
    """
    folder = ROOT / "build" / "min"
    shutil.rmtree(folder, ignore_errors=True)
    results = timed("make reproduce-min", lambda: execute(paper_chapters(), folder))
    records = ledger.read_records(results)
    comparison = verdicts.compare(records, ledger.published(), ledger.published_text())
    for name, text in ledger.result_files(comparison).items():
        write_atomically(results / name, text)
    return results


def timed(command: str, run: Callable[[], Any]) -> Any:
    """Run something; note how long it took, on what machine, and what else the machine did.

    Parameters
    ----------
    command
        The name to note it under, in ``RUNTIMES``; seconds and the load before it are noted.
    run
        Called without arguments.

    Returns
    -------
    Any
        Its result.
    """
    load, started = os.getloadavg()[0], time.perf_counter()
    result = run()
    entry = {"seconds": round(time.perf_counter() - started), "load_before": round(load, 1)}
    known = read_json(RUNTIMES) if RUNTIMES.is_file() else {"commands": {}}
    known |= {"machine": machine(), "commands": known["commands"] | {command: entry}}
    write_atomically(RUNTIMES, _json(known))
    return result


def machine() -> dict[str, Any]:
    """What run times depend on; nothing that names the machine.

    Returns
    -------
    dict
        Processor, number of cores, memory in GiB, system, and version of Python.
    """
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def record(build_folder: Path = ROOT / "build") -> None:
    """Write the record of a built book, and the times taken here, if `reproduce` took them.

    Parameters
    ----------
    build_folder
        Where the book was built.
    """
    write_atomically(CHECKSUMS, listing(checksums(build_folder / "results")))
    write_atomically(CONTENTS, _json(contents(build_folder)))
    if RUNTIMES.is_file() and "chapters" in (times := read_json(RUNTIMES)):
        write_atomically(TIMES, _json(times))


def contents(build_folder: Path) -> dict[str, Any]:
    """Say which chapter makes which result files, and how many printed numbers are met.

    Parameters
    ----------
    build_folder
        Where the book was built.

    Returns
    -------
    dict
        ``files``: result file to chapter. ``tables``: exhibit to chapter and counts of verdicts.
        ``text``: chapter to verdict to keys of the numbers in the paper's text.
    """
    made = (build_folder / "work" / "chapters").glob("*/*/results")
    files = {name: folder.parents[1].name for folder in made for name in checksums(folder)}
    comparison = pd.read_csv(build_folder / "results" / "comparison.csv", keep_default_na=False)
    words = comparison["exhibit"] == "text"
    tables = {
        exhibit: {"chapter": chapter, "verdicts": numbers["verdict"].value_counts().to_dict()}
        for (exhibit, chapter), numbers in comparison[~words].groupby(["exhibit", "chapter"])
    }
    text: dict[str, dict[str, list[str]]] = {}
    for (chapter, kind), numbers in comparison[words].groupby(["chapter", "verdict"]):
        text.setdefault(chapter or "none", {})[kind] = sorted(numbers["row"])
    return {"files": files, "tables": tables, "text": text}


def _json(content: Any) -> str:
    return json.dumps(content, indent=1, sort_keys=True) + "\n"


def main() -> None:
    """``python -m bookkit.reproduce``: what ``make reproduce`` runs."""
    parser = argparse.ArgumentParser(description="Reproduce the results from nothing.")
    parser.add_argument("--paper", action="store_true", help="only what the paper prints")
    parser.add_argument("--record", action="store_true", help="make the built results the record")
    arguments = parser.parse_args()
    if arguments.record:
        return record()
    try:
        results = reproduce_paper() if arguments.paper else reproduce()
    except BuildError as error:
        sys.exit(f"\n{error}")
    wanted = recorded()
    if arguments.paper:
        makers = read_json(CONTENTS)["files"]
        kept = {name for name, chapter in makers.items() if chapter in paper_chapters()}
        wanted = {name: wanted[name] for name in wanted if name in kept or name in PRINTED}
    lines, reproduced = verdict(checksums(results), wanted)
    print("\n".join(lines))
    counts = pd.read_csv(results / "summary.csv", index_col="exhibit")
    print(f"\nprinted numbers by verdict, on the synthetic panel:\n{counts.to_string()}")
    print("\nREPRODUCED" if reproduced else "\nNOT REPRODUCED: see the lines above")
    sys.exit(not reproduced)


if __name__ == "__main__":
    main()
