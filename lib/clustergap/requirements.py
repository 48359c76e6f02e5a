"""What a section of the book needs of the panel at hand, or says why it ends."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from bookkit.ledger import found_results
from clustergap.disclosure import MIN_CELL_COUNTIES, may_show_cohorts, suppress
from clustergap.panel import OPTIONAL_VARIABLES, VARIABLES, Study, load
from paneldid.identified import NotEstimable, without_effect


def require_told(study: Study, *samples: pd.DataFrame) -> None:
    """Raise `NotEstimable` if one of the samples has too few real counties to be told apart."""
    sizes = pd.Series([rows["county"].nunique() for rows in samples])
    if suppress(sizes, study.private):
        raise NotEstimable(
            f"This sample, or what is left without it, has fewer than {MIN_CELL_COUNTIES} "
            "counties, and so few are not told apart on private data."
        )


def require_cohorts_told(study: Study, panel: pd.DataFrame) -> None:
    """Raise `NotEstimable` if what follows from the sizes of cohorts may not be told."""
    if not all(may_show_cohorts(p, study.private) for p in (study.panel, panel)):
        raise NotEstimable(
            f"A cohort has fewer than {MIN_CELL_COUNTIES} counties, or so few are without a "
            "cluster, and this would help to find out how many."
        )


def require(panel: pd.DataFrame, *variables: str) -> None:
    """Raise `NotEstimable` unless the panel holds the variables (`panel.OPTIONAL_VARIABLES`)."""
    for variable in variables:
        if variable not in panel:
            raise NotEstimable(not_held(variable))


def not_held(variable: str) -> str:
    """Say that a variable is not there, and which raw table would bring it."""
    meaning = VARIABLES[variable][0]
    table, _, columns = OPTIONAL_VARIABLES[variable].partition(", ")
    return (
        f"It takes `{variable}` ({meaning[0].lower()}{meaning[1:]}), which these data do not hold: "
        f"add {f'{columns} to ' if columns else ''}the table `{table}`."
    )


def before_policy(panel: pd.DataFrame) -> pd.DataFrame:
    """Rows before the first cluster, of counties not treated from the start; or `NotEstimable`."""
    panel = panel[~(panel["cohort"] <= panel["year"].min())]
    early = panel[panel["year"] < panel["cohort"].min()]
    if early["county"].duplicated().any():
        return early
    raise NotEstimable("Trends before the policy take two years without a cluster: add some.")


def left_out(panel: pd.DataFrame, columns: Mapping[str, str]) -> str:
    """Note under a table: columns (head to variable) that these data cannot fill, and why."""
    return "".join(
        f" Not shown: {head}. {not_held(variable)}"
        for head, variable in columns.items()
        if variable not in panel
    )


def results_of(folder: Path | str, name: str, chapter: str) -> dict[str, Any]:
    """Read a JSON file that another chapter has written, for a page that sums up.

    Raises
    ------
    NotEstimable
        If the chapter ended before it wrote any.
    """
    if not (found := results_at(folder, name)):
        raise NotEstimable(
            f"Chapter {chapter} ended early on these data, before it came to this; it says why."
        )
    return found


def results_at(folder: Path | str, name: str) -> dict[str, Any]:
    """Read a JSON file among the results of the other chapters; empty if there is none."""
    path = found_results(folder) / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def reason(error: str, words: str, data: str) -> str:
    """Why a chapter failed on own data, for its page; empty if that is a fault of the book."""
    if error == NotEstimable.__name__:
        return words
    panel = load(data).panel
    missed = (v for v in OPTIONAL_VARIABLES if v not in panel and re.search(rf"\b{v}\b", words))
    if (variable := next(missed, None)) is not None:
        return not_held(variable)
    return without_effect(panel)
