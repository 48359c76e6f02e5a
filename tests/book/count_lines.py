"""Counts what chapters consist of: narrative, calculation, plumbing, exercises.

`python tests/book/count_lines.py [FOLDER]` prints non-blank lines of each chapter by kind, and all
of them. Plumbing is what serves the page and not the argument: parameters, imports, layout of
tables and figures, numbers handed to the prose, records, files. A statement is plumbing if
it imports, calls one of `SERVANTS`, draws, or writes words: formats numbers, or makes a text that
is no regression formula.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from pathlib import Path

import jupytext

KINDS = ("narrative", "calculation", "plumbing", "exercises")
SERVANTS = {"page", "style", "display", "glue", "export", "book", "interactive"}
SERVANTS |= {"fig", "ax", "axes", "plt", "sns", "Page", "Ledger", "ledger", "write_atomically"}
SERVED = {"page", "fig", "ax", "axes", "book", "shown", "caption", "notes", "words", "alt"}


def kinds_of(script: Path) -> Counter[str]:
    """Non-blank lines of a chapter by kind; marks of cells are not counted."""
    counts, exercises = Counter(), False
    for cell in jupytext.read(script).cells:
        lines = [line for line in cell.source.splitlines() if line.strip()]
        tags = set(cell.metadata.get("tags", []))
        if cell.cell_type == "markdown":
            head, mark, _ = f"\n{cell.source}".partition("\n## Exercises")
            before = 0 if exercises else _lines(head)
            exercises = exercises or bool(mark)
            counts["narrative"] += before
            counts["exercises"] += len(lines) - before
        elif exercises or tags & {"solution", "check"}:
            counts["exercises"] += len(lines)
        elif "parameters" in tags:
            counts["plumbing"] += len(lines)
        else:
            counts += _code(cell.source)
    return counts


def _lines(text: str) -> int:
    return sum(bool(line.strip()) for line in text.splitlines())


def _code(source: str) -> Counter[str]:
    """Lines of a cell's statements by kind; a comment goes with the statement below it."""
    counts, done, lines = Counter(), 0, source.splitlines()
    for step in ast.parse(source).body:
        span = "\n".join(lines[done : step.end_lineno])
        counts["plumbing" if serves(step) else "calculation"] += _lines(span)
        done = step.end_lineno
    counts["calculation"] += _lines("\n".join(lines[done:]))
    return counts


def writes_words(step: ast.stmt) -> bool:
    """Whether a statement formats numbers or makes a text, other than a formula."""
    formats = any(isinstance(n, ast.Attribute) and n.attr == "format" for n in ast.walk(step))
    texts = (n for n in ast.walk(step) if isinstance(n, ast.JoinedStr))
    return formats or any(
        not any(mark in ast.unparse(text) for mark in ("~", "+", "|")) for text in texts
    )


def serves(step: ast.stmt) -> bool:
    """Whether a statement serves the page: see the head of this file."""
    if not isinstance(step, ast.For | ast.With | ast.If) and writes_words(step):
        return True
    match step:
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.FunctionDef():
            names = {n.id for n in ast.walk(step) if isinstance(n, ast.Name)}
            return bool(names & (SERVANTS - {"ledger"}))
        case ast.If() if "synthetic" in ast.unparse(step.test):
            return True
        case ast.For() | ast.With() | ast.If():
            return all(serves(inner) for inner in step.body)
        case ast.Expr():
            return _served_by(step.value)
        case ast.Assign():
            made = {n.id for target in step.targets for n in ast.walk(target)
                    if isinstance(n, ast.Name)}  # fmt: skip
            return made <= SERVED or _served_by(step.value)
        case ast.AnnAssign() | ast.AugAssign():
            return False
    return False


def _served_by(value: ast.expr) -> bool:
    """Whether an expression is a call, or a conditional one, of something that serves the page."""
    if isinstance(value, ast.IfExp):
        return _served_by(value.body) or _served_by(value.orelse)
    while isinstance(value, ast.Call | ast.Attribute | ast.Subscript):
        value = value.func if isinstance(value, ast.Call) else value.value
    return isinstance(value, ast.Name) and value.id in SERVANTS


def main() -> None:
    """Print a line a chapter, and their sum."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2] / "notebooks")
    counts = {script.stem: kinds_of(script) for script in sorted(folder.glob("*.py"))}
    counts["all"] = sum(counts.values(), Counter())
    print(f"{'':24}{'lines':>7}" + "".join(f"{kind:>18}" for kind in KINDS))
    for name, kinds in counts.items():
        shares = "".join(f"{kinds[k]:>11} {kinds[k] / kinds.total():>5.0%} " for k in KINDS)
        print(f"{name:24}{kinds.total():>7}{shares}")


if __name__ == "__main__":
    main()
