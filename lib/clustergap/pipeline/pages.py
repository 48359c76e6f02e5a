"""Pages that are generated: the codebook from the contract, the status of the last build."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import version
from itertools import groupby

from clustergap.assemble import VARIABLES
from clustergap.contract import TABLES
from clustergap.contract import codebook as contract_codebook

PACKAGES = ("numpy", "pandas", "pyfixest", "scipy", "statsmodels", "papermill", "jupyter-book")


def codebook() -> str:
    """Codebook page: the raw tables of the contract, then the panel's variables.

    Returns
    -------
    str
        MyST.
    """
    lines = [
        "# Codebook", "",
        "This page is generated from the declarations in `lib/clustergap/contract.py` and",
        "`lib/clustergap/assemble.py`; the build checks every raw table against the first.",
        "It describes what the files must hold, so nothing on it depends on the data at hand.", "",
        "## Raw tables", "",
    ]  # fmt: skip
    rows = contract_codebook().itertuples()
    for name, columns in groupby(rows, key=lambda row: row.table):
        schema = TABLES[name]
        lines += [f"### `{name}.csv`: {schema.title}", "", schema.description, ""]
        cells = [
            (f"`{c.column}`", c.label, c.label_zh, c.unit, "yes" if c.key else "",
             "yes" if c.may_be_empty else "no")
            for c in columns
        ]  # fmt: skip
        lines += _table(("column", "meaning", "中文", "unit", "key", "may be empty"), cells)
        lines += [f"- {check.error}" for check in schema.checks]
        lines += [""] if schema.checks else []
    lines += ["## Variables of the panel", "", "One row a county and year.", ""]
    defined = [(f"`{name}`", meaning, unit) for name, (meaning, unit) in VARIABLES.items()]
    lines += _table(("variable", "definition", "unit"), defined)
    return "\n".join(lines) + "\n"


def status(seconds: dict[str, float]) -> str:
    """Status page: how long each chapter took when it was last executed, and the versions.

    Parameters
    ----------
    seconds
        Chapter to duration.

    Returns
    -------
    str
        MyST.
    """
    lines = [
        "# Build status", "",
        "Every chapter below was executed from its first cell to its last; a failing cell",
        "stops the build. The times are those of the last execution, on the machine that",
        "built these pages.", "",
    ]  # fmt: skip
    lines += _table(
        ("chapter", "seconds"),
        [(f"{{doc}}`/{name}`", f"{taken:.1f}") for name, taken in seconds.items()],
    )
    lines += ["## Versions", ""]
    lines += _table(
        ("software", "version"),
        [("python", platform.python_version()), *((name, version(name)) for name in PACKAGES)],
    )
    return "\n".join(lines) + "\n"


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Markdown table, as lines, with a blank line after it."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return ["| " + " | ".join(cells) + " |" for cells in lines] + [""]
