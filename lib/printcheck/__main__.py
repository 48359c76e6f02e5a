"""`init` drafts cells and roles, `check` checks them, `explain` says what a check does."""

import argparse
import csv
import io
import os
import re
import sys
from pathlib import Path

from printcheck.cells import FIELDS, InputError, read_cells, read_roles, read_text, role_keys
from printcheck.drafts import BRACKETS, Draft, draft
from printcheck.engine import check
from printcheck.readers import read_grids
from printcheck.report import explanations


def main(arguments: list[str] | None = None) -> int:
    """Run one command; bad input is one line on standard error, and 2."""
    parser = argparse.ArgumentParser("printcheck", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    init = commands.add_parser("init", help="draft cells.csv and roles.yml from a file with tables")
    init.add_argument("file", type=Path, help=".tex, .html, .md, .docx, .csv or .xlsx")
    init.add_argument("--out", type=Path, default=Path(), help="folder; nothing is replaced")
    checks = commands.add_parser("check", help="check printed cells", epilog=_check.__doc__)
    checks.add_argument("file", type=Path, help="cells.csv, or a file that init reads")
    checks.add_argument("--roles", type=Path, help="roles.yml: what each column is")
    checks.add_argument("--format", choices=("text", "markdown", "html", "json"), default="text")
    checks.add_argument("--junit", type=Path, help="also write a JUnit file")
    for reads in (init, checks):
        told = "what stands in brackets; if not said, what the table's note says, or else se"
        reads.add_argument("--brackets", choices=BRACKETS, help=told)
    explain = commands.add_parser("explain", help="say what a check needs, assumes and computes")
    explain.add_argument("check", nargs="?", help="its name, or roles; without, all names")
    for reads, run in ((init, _init), (checks, _check), (explain, _explain)):
        reads.set_defaults(run=run)
    given = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal shows what it can, files are UTF-8
        coding = None if getattr(given, "format", "text") == "text" else "utf-8"
        sys.stdout.reconfigure(encoding=coding, errors="replace")
    try:
        code = given.run(given)
        print(end="", flush=True)
        return code
    except InputError as error:
        told = str(error)
    except OSError as error:  # of what is written; a pipe that closes has no name
        told = f"{error.filename or 'standard output'}: {error.strerror}; name another place"
        if not error.filename:  # or Python would try again when it ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    print(f"printcheck: {told}", file=sys.stderr)
    return 2


def _draft(given: argparse.Namespace) -> Draft:
    """Cells, roles and notes of a file with tables."""
    text = read_text(given.file) if re.search(r"\.(tex|html?|md)$", str(given.file), re.I) else ""
    made = draft(read_grids(given.file), given.brackets, text)
    if not made.cells:
        told = "; ".join(made.notes)[:300] or "numbers stand right of a first column of labels"
        raise InputError(f"{given.file}: no number could be read; {told}")
    return made


def _init(given: argparse.Namespace) -> int:
    made, lines = _draft(given), io.StringIO()
    # a spreadsheet runs what begins so
    safe = ([f"'{v}" if str(v)[:1] in tuple("=+@\t") else v for v in cell] for cell in made.cells)
    csv.writer(lines, lineterminator="\n").writerows([FIELDS, *safe])
    files = {"cells.csv": lines.getvalue(), "roles.yml": made.roles()}
    if there := [str(given.out / name) for name in files if (given.out / name).exists()]:
        raise InputError(f"{' and '.join(there)} exists; move it, or say --out another-folder")
    given.out.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (given.out / name).write_text(text, encoding="utf-8")
    told = f"{len(made.cells)} numbers read; fill in the empty roles. To look at:"
    print(told, *made.notes or ["nothing"], sep="\n  ")
    return 0


def _check(given: argparse.Namespace) -> int:
    """It ends with 0 if nothing is INCONSISTENT, with 1 if something is, with 2 on bad input."""
    text = read_text(given.file) if given.file.suffix.lower() == ".csv" else ""
    if tuple(re.findall(r"\w+", text[:200])[:4]) == FIELDS[:4]:
        made = Draft(read_cells(given.file))
    else:
        made = _draft(given)
    report = check(made.cells, read_roles(given.roles) if given.roles else {"stars": made.stars})
    colour = [sys.stdout.isatty()] if given.format == "text" and sys.stdout else []
    written = getattr(report, given.format)(*colour)
    sys.stderr.writelines(f"note: {note}\n" for note in made.notes)
    print(written, end="")
    if given.junit:
        given.junit.write_text(report.junit(), encoding="utf-8", errors="replace")
    return report.exit_code


def _explain(given: argparse.Namespace) -> int:
    known = explanations()
    if given.check == "roles":
        for part, keys in role_keys().items():
            told = (f"{key}: {says} ({kind})" for key, (kind, says) in keys.items())
            print(f"Keys of a {part}:", *told, sep="\n  ")
    elif not given.check:
        print(*(f"{name}: {words['title']}" for name, words in known.items()), sep="\n")
    elif given.check in known:
        title, *more = known[given.check].items()
        print(f"{given.check}: {title[1]}", *(f"  {k}: {v}" for k, v in more), sep="\n")
    else:
        raise InputError(f"no check {given.check!r}; there are roles, {', '.join(known)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
