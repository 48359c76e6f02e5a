"""`init` drafts cells and roles, `check` checks them, `explain` says what a check does."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from printcheck.cells import FIELDS, Cell, InputError, read_cells, read_roles
from printcheck.report import Report, explanations

EPILOG = (
    "check ends with 0 if nothing is INCONSISTENT, with 1 if something is, with 2 on bad input."
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; bad input is one line on standard error, and 2."""
    parser = argparse.ArgumentParser("printcheck", description=__doc__, epilog=EPILOG)
    commands = parser.add_subparsers(dest="command", required=True)
    init = commands.add_parser("init", help="draft cells.csv and roles.yml from a file with tables")
    init.add_argument("file", type=Path, help=".tex, .html, .md, .docx, .csv or .xlsx")
    init.add_argument(
        "--out", type=Path, default=Path(), help="folder for both; nothing is replaced"
    )
    init.add_argument("--brackets", choices=("se", "t", "p", "ci"), default="se")
    check = commands.add_parser("check", help="check printed cells", epilog=EPILOG)
    check.add_argument("cells", type=Path, help="cells.csv, or a file that init reads")
    check.add_argument("--roles", type=Path, help="roles.yml: what each column is")
    check.add_argument("--brackets", choices=("se", "t", "p", "ci"), default="se")
    check.add_argument("--format", choices=("text", "markdown", "html", "json"), default="text")
    check.add_argument("--junit", type=Path, help="also write a JUnit file")
    explain = commands.add_parser("explain", help="say what a check needs, assumes and computes")
    explain.add_argument("check", nargs="?", help="its name; without, all names")
    given = parser.parse_args(arguments)
    try:
        return {"init": _init, "check": _check, "explain": _explain}[given.command](given)
    except InputError as error:
        print(f"printcheck: {error}", file=sys.stderr)
        return 2


def _draft(given: argparse.Namespace, path: Path) -> tuple[list[Cell], str, list[str]]:
    """Cells, roles and notes of a file with tables."""
    from printcheck.drafts import draft
    from printcheck.readers import read_grids

    made = draft(read_grids(path), given.brackets)
    if not made.cells:
        raise InputError(f"{path}: no number could be read; {'; '.join(made.notes[:3])}")
    return made.cells, made.roles(), made.notes


def _init(given: argparse.Namespace) -> int:
    cells, roles, notes = _draft(given, given.file)
    lines = [",".join(FIELDS)]
    lines += [",".join(_quoted("" if v is None else str(v)) for v in cell) for cell in cells]
    for name, text in {"cells.csv": "\n".join(lines) + "\n", "roles.yml": roles}.items():
        if (path := given.out / name).exists():
            raise InputError(f"{path} exists; move it, or say --out another-folder")
        given.out.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    print(f"{len(cells)} numbers read; fill in the empty roles. To look at:", *notes or ["nothing"],
          sep="\n  ")  # fmt: skip
    return 0


def _quoted(text: str) -> str:
    """A field of a CSV that no spreadsheet takes for a formula."""
    text = f"'{text}" if text[:1] in ("=", "+", "@", "\t") else text
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\n') else text


def _check(given: argparse.Namespace) -> int:
    from printcheck.engine import check

    notes: list[str] = []
    if given.cells.suffix == ".csv" and _is_cells(given.cells):
        cells = read_cells(given.cells)
    else:
        cells, _, notes = _draft(given, given.cells)
    report: Report = check(cells, read_roles(given.roles) if given.roles else None)
    written = {"text": lambda: report.text(sys.stdout.isatty()), "markdown": report.markdown,
               "html": report.html, "json": report.json}[given.format]()  # fmt: skip
    print(*(f"note: {note}" for note in notes), sep="\n", file=sys.stderr, end="\n" * bool(notes))
    sys.stdout.write(written)
    if given.junit:
        given.junit.write_text(report.junit(), encoding="utf-8")
    return report.exit_code


def _is_cells(path: Path) -> bool:
    """Tell printed cells from a table in CSV by the heading."""
    from printcheck.cells import read_text

    return read_text(path).split("\n", 1)[0].startswith(",".join(FIELDS[:4]))


def _explain(given: argparse.Namespace) -> int:
    known = explanations()
    if given.check and given.check not in known:
        raise InputError(f"no check {given.check!r}; there are {', '.join(known)}")
    for name in [given.check] if given.check else known:
        print(f"{name}: {known[name]['title']}")
        if given.check:
            print(*(f"  {k}: {v}" for k, v in known[name].items() if k != "title"), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
