"""Says in seconds whether a folder of raw tables will do: what is fine, wrong, dropped."""

from __future__ import annotations

import argparse
import html
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from clustergap.assemble import Study, load
from clustergap.contract import ContractError, visible
from clustergap.ledger import published
from clustergap.own.intake import MAPPING, TEMPLATE
from clustergap.pipeline.build import Site
from clustergap.project import write_atomically

STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;margin:1em 0}td,th{padding:.2em .7em;text-align:left;"
    "border-bottom:1px solid #ccc;vertical-align:top}.bad{color:#a33000}.good{color:#00694b}"
)


@dataclass(frozen=True)
class Report:
    """Outcome of a check: a line that sums it up, faults, and tables by title.

    Attributes
    ----------
    ready
        Whether the book can run.
    head
        The line that sums it up.
    faults
        Each with its remedy.
    tables
        By title.
    """

    ready: bool
    head: str
    faults: tuple[str, ...]
    tables: dict[str, pd.DataFrame]

    def text(self) -> str:
        """The report for a terminal.

        Returns
        -------
        str
            Lines.
        """
        parts = [self.head, *(f"  ✗ {fault}" for fault in self.faults)]
        for title, table in self.tables.items():
            parts += ["", title, table.to_string(index=False, max_colwidth=100)]
        return visible("\n".join(parts))

    def page(self) -> str:
        """The report as a page of its own; whatever comes from the data is escaped.

        Returns
        -------
        str
            HTML.
        """
        mood = "good" if self.ready else "bad"
        parts = [
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Check of the data</title>',
            f"<style>{STYLE}</style><h1>Check of the data</h1>",
            f'<p class="{mood}"><strong>{html.escape(self.head)}</strong></p>',
        ]
        if self.faults:
            items = "".join(f"<li><pre>{html.escape(fault)}</pre></li>" for fault in self.faults)
            parts.append(f"<h2>To mend</h2><ol>{items}</ol>")
        for title, table in self.tables.items():
            parts += [f"<h2>{html.escape(title)}</h2>", table.to_html(index=False, border=0)]
        return visible("\n".join(parts)) + "</html>\n"


def check(folder: Path | str) -> Report:
    """Read and assemble a folder as the book would, and report instead of stopping.

    Parameters
    ----------
    folder
        Of raw tables.

    Returns
    -------
    Report
        Whatever happens.
    """
    try:
        study = load(Path(folder).resolve())
    except ContractError as error:
        # A question spans lines: its answer is indented below it.
        faults = tuple(str(error).replace("\n    ", "\v    ").split("\n"))
        faults = tuple(fault.replace("\v", "\n") for fault in faults)
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
    """Mean and standard deviation of each variable beside the printed ones, and their distance.

    Parameters
    ----------
    study
        What was loaded.

    Returns
    -------
    DataFrame
        Of strings, one row a variable.
    """
    printed = published().query("exhibit == 'table_1'").pivot(
        index="row", columns="statistic", values="printed"
    )  # fmt: skip
    rows = []
    for name in [n for n in study.panel.columns if n in printed.index]:
        values, paper = study.panel[name].astype(float), printed.loc[name].astype(float)
        distance = abs(values.mean() - paper["mean"]) / paper["sd"]
        rows.append(
            {
                "variable": name,
                "N here": f"{values.count():,}",
                "N printed": f"{paper['n']:,.0f}",
                "mean here": f"{values.mean():.3f}",
                "mean printed": printed.loc[name, "mean"],
                "SD here": f"{values.std():.3f}",
                "SD printed": printed.loc[name, "sd"],
                "": "far from it: unit?" if not distance < 1 else "",
            }
        )
    return pd.DataFrame(rows)


def cohorts(study: Study) -> pd.DataFrame:
    """Counties by first cluster year, as they may be published (`Study.counts`).

    Parameters
    ----------
    study
        What was loaded.

    Returns
    -------
    DataFrame
        Of strings, one row a cohort.
    """
    units = study.panel.drop_duplicates("county")["cohort"].fillna(0)
    sizes = units.value_counts().sort_index()
    named = [f"{year:.0f}" if year else "never" for year in sizes.index]
    written = study.counts(sizes.to_frame("counties"))
    return written.assign(**{"first cluster year": named})[["first cluster year", "counties"]]


def main() -> None:
    """``python -m clustergap.own.check``: what ``make check-data`` and ``make init-data`` run."""
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
    page = Site.of(str(folder)).html.parent / "check.html"
    write_atomically(page, report.page())
    print(f"{report.text()}\n\nThe same as a page: {page}")
    sys.exit(0 if report.ready else 1)


if __name__ == "__main__":
    main()
