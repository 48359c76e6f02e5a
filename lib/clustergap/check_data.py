"""Says in seconds whether a folder of raw tables will do: what is fine, wrong, dropped."""

from __future__ import annotations

import argparse
import gc
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from jinja2 import Template

from bookkit.ledger import published
from bookkit.paths import output_folder, write_atomically
from bookkit.text import visible
from clustergap.disclosure import format_counts
from clustergap.foresight import lacks
from clustergap.panel import Study, study_of
from yearbooks.contract import ContractError
from yearbooks.files import Note
from yearbooks.intake import read_folder
from yearbooks.mapping import MAPPING, TEMPLATE


@dataclass(frozen=True)
class Report:
    """Outcome of a check: a line that sums it up, faults, and tables by title."""

    ready: bool
    head: str
    faults: tuple[str, ...]
    tables: dict[str, pd.DataFrame]

    def text(self, mark: str = "✗") -> str:
        """The report for a terminal."""
        parts = [self.head, *(f"  {mark} {fault}" for fault in self.faults)]
        for title, table in self.tables.items():
            whole = "\n".join(f"  - {line}" for line in (table[""] if list(table) == [""] else ()))
            parts += ["", title, whole or table.to_string(index=False, max_colwidth=150)]
        return visible("\n".join(parts))

    def page(self) -> str:
        """The report as a page of its own; whatever comes from the data is escaped."""
        template = Template(Path(__file__).with_suffix(".html").read_text("utf-8"), autoescape=True)
        return visible(template.render(vars(self))) + "\n"


def check(folder: Path | str) -> Report:
    """Read and assemble a folder as the book would, and report instead of stopping."""
    folder = Path(folder).expanduser().absolute()
    notes: tuple[Note, ...] = ()
    try:
        notes = (loaded := read_folder(folder)).notes
        study = study_of(loaded, folder)
    except ContractError as error:
        notes = notes or getattr(error, "notes", ())
        faults = tuple(re.split(r"\n(?! {4})", str(error)))  # an answer is indented below it
        tables = {"Until then, read and repaired": _told(notes)} if notes else {}
        head = f"{len(faults)} thing{'s' * (len(faults) != 1)} to mend before the book can run"
        return Report(False, head, faults, tables)
    panel = study.panel
    size = (
        f"{len(panel):,} county-years, {panel['county'].nunique():,} counties, "
        f"{panel['year'].min()} to {panel['year'].max()}. Fingerprint {study.fingerprint}"
    )
    grave, small = lacks(study, loaded)
    doubts = [f"{n.words} ({n.rows:,} rows)" for n in notes if n.doubt]
    head = f"Ready: {size}"
    if grave:
        first = grave[0] + (f" (and {len(grave) - 1} more)" if grave[1:] else "")
        head = f"The book would lack a main table. {first}. As it is: {size}"
    assembly = study.report.iloc[len(notes) :].drop(columns="why")
    tables = {
        "What the book will lack, and why": pd.DataFrame({"": [*grave, *small]}),
        "Look at these": pd.DataFrame({"": doubts}),
        "What was read, repaired and left out": pd.concat([_told(notes), assembly]),
        "Beside the paper's Table 1": beside_table_1(study),
        "Counties by first cluster year": cohorts(study),
    }
    return Report(True, head, (), {t: table for t, table in tables.items() if len(table)})


def _told(notes: tuple[Note, ...]) -> pd.DataFrame:
    """What reading did, with the words of the files: for their owner only."""
    rows = [(n.words, n.rows, n.lost) for n in notes]
    return pd.DataFrame(rows, columns=["step", "rows", "lost"])


def beside_table_1(study: Study) -> pd.DataFrame:
    """Mean and standard deviation of each variable beside the printed ones, and their distance."""
    table_1 = published().query("exhibit == 'table_1'")
    printed = table_1.pivot(index="row", columns="statistic", values="printed")
    names = [name for name in study.panel.columns if name in printed.index]
    here = study.panel[names].astype(float).agg(["count", "mean", "std"]).T
    printed, paper = printed.loc[names], printed.loc[names].astype(float)
    far = ~((here["mean"] - paper["mean"]).abs() / paper["sd"] < 1)  # also if there is none
    table = {
        "variable": here.index,
        "N here": here["count"].map("{:,.0f}".format),
        "N printed": paper["n"].map("{:,.0f}".format),
        "mean here": here["mean"].map("{:.3f}".format),
        "mean printed": printed["mean"],
        "SD here": here["std"].map("{:.3f}".format),
        "SD printed": printed["sd"],
        "": far.map({True: "far from it: unit?", False: ""}),
    }
    return pd.DataFrame(table).reset_index(drop=True)


def cohorts(study: Study) -> pd.DataFrame:
    """Counties by first cluster year, and as they may be published (`disclosure`)."""
    sizes = study.panel.drop_duplicates("county")["cohort"].fillna(0).value_counts().sort_index()
    written = format_counts(sizes.to_frame("in the book"), study.private)
    written.insert(0, "first cluster year", [f"{y:.0f}" if y else "never" for y in sizes.index])
    return written.assign(counties=sizes.array)


def main() -> None:
    """``python -m clustergap.check_data``: what ``make check-data`` and ``make init-data`` run."""
    parser = argparse.ArgumentParser(description="Check a folder of raw tables.")
    parser.add_argument("data", help="folder of raw tables")
    parser.add_argument("--init", action="store_true", help=f"only write {MAPPING} into it")
    arguments = parser.parse_args()
    if not arguments.data:
        parser.error("say which folder: DATA=path/to/folder")
    folder = Path(arguments.data).expanduser()
    try:
        _init(folder) if arguments.init else _check(folder)
    except BrokenPipeError:
        os._exit(1)  # `head` has seen enough; the page is written
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}; make it yours to read and write")


def _init(folder: Path) -> None:
    target = folder / MAPPING
    if not folder.is_dir() or target.exists():
        sys.exit(f"{target} is there already" if target.exists() else f"{folder}: no folder")
    write_atomically(target, TEMPLATE.read_text(encoding="utf-8"))
    print(f"{target} written: take the # away from the lines that you need")


def _check(folder: Path) -> None:
    report = check(folder)
    page = output_folder(str(folder)) / "check.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.parent.chmod(0o700)  # it shows faulty cells
    write_atomically(page, report.page())
    coding = sys.stdout.encoding or "ascii"
    text = report.text("✗" if "✗".encode(coding, "ignore") else "x")
    print(f"{text}\n\nThe same as a page: {page}".encode(coding, "replace").decode(coding))
    sys.exit(0 if report.ready else 1)


if __name__ == "__main__":
    gc.disable()  # cells by the million and nothing to collect: a fifth of the time
    main()
