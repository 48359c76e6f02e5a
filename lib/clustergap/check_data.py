"""Says in seconds whether a folder of raw tables will do: what is fine, wrong, dropped."""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from jinja2 import Template

from bookkit.build import output_folder
from bookkit.ledger import published
from bookkit.paths import write_atomically
from bookkit.text import visible
from clustergap.disclosure import format_counts
from clustergap.panel import Study, load
from yearbooks.contract import ContractError
from yearbooks.intake import MAPPING, TEMPLATE

PAGE = Path(__file__).with_suffix(".html")


@dataclass(frozen=True)
class Report:
    """Outcome of a check: a line that sums it up, faults, and tables by title."""

    ready: bool
    head: str
    faults: tuple[str, ...]
    tables: dict[str, pd.DataFrame]

    def text(self) -> str:
        """The report for a terminal."""
        parts = [self.head, *(f"  ✗ {fault}" for fault in self.faults)]
        for title, table in self.tables.items():
            parts += ["", title, table.to_string(index=False, max_colwidth=100)]
        return visible("\n".join(parts))

    def page(self) -> str:
        """The report as a page of its own; whatever comes from the data is escaped."""
        template = Template(PAGE.read_text(encoding="utf-8"), autoescape=True)
        return visible(template.render(vars(self))) + "\n"


def check(folder: Path | str) -> Report:
    """Read and assemble a folder as the book would, and report instead of stopping."""
    try:
        study = load(Path(folder).resolve())
    except ContractError as error:
        faults = tuple(re.split(r"\n(?! {4})", str(error)))  # an answer is indented below it
        return Report(False, f"{len(faults)} things to mend before the book can run", faults, {})
    panel = study.panel
    head = (
        f"Ready: {len(panel):,} county-years, {panel['county'].nunique():,} counties, "
        f"{panel['year'].min()} to {panel['year'].max()}. Fingerprint {study.fingerprint}"
    )
    tables = {
        "What was read, repaired and left out": study.report.drop(columns="why"),
        "Beside the paper's Table 1": beside_table_1(study),
        "Counties by first cluster year": cohorts(study),
    }
    return Report(True, head, (), tables)


def beside_table_1(study: Study) -> pd.DataFrame:
    """Mean and standard deviation of each variable beside the printed ones, and their distance."""
    printed = published().query("exhibit == 'table_1'").pivot(
        index="row", columns="statistic", values="printed"
    )  # fmt: skip
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
    """Counties by first cluster year, as they may be published (`disclosure`)."""
    units = study.panel.drop_duplicates("county")["cohort"].fillna(0)
    sizes = units.value_counts().sort_index()
    named = [f"{year:.0f}" if year else "never" for year in sizes.index]
    written = format_counts(sizes.to_frame("counties"), not study.synthetic)
    return written.assign(**{"first cluster year": named})[["first cluster year", "counties"]]


def main() -> None:
    """``python -m clustergap.check_data``: what ``make check-data`` and ``make init-data`` run."""
    parser = argparse.ArgumentParser(description="Check a folder of raw tables.")
    parser.add_argument("data", help="folder of raw tables")
    parser.add_argument("--init", action="store_true", help=f"only write {MAPPING} into it")
    arguments = parser.parse_args()
    if not arguments.data:
        parser.error("say which folder: DATA=path/to/folder")
    folder = Path(arguments.data).expanduser()
    if arguments.init:
        target = folder / MAPPING
        if not folder.is_dir() or target.exists():
            sys.exit(f"{target} is there already" if target.exists() else f"{folder}: no folder")
        write_atomically(target, TEMPLATE.read_text(encoding="utf-8"))
        print(f"{target} written: take the # away from the lines that you need")
        return
    report = check(folder)
    page = output_folder(str(folder)) / "check.html"
    write_atomically(page, report.page())
    print(f"{report.text()}\n\nThe same as a page: {page}")
    sys.exit(0 if report.ready else 1)


if __name__ == "__main__":
    main()
