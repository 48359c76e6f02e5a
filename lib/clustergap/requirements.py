"""What a section of the book needs of the panel at hand, or says why it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from clustergap.panel import MIN_CELL_COUNTIES, OPTIONAL_VARIABLES, VARIABLES, Study
from paneldid.identified import NotEstimable


def require_told(study: Study, *samples: pd.DataFrame) -> None:
    """Raise `NotEstimable` if one of the samples has too few real counties to be told apart.

    Parameters
    ----------
    study
        Whose data they are; synthetic counties may always be told apart.
    *samples
        Each with a column county.

    Raises
    ------
    NotEstimable
        A sample is withheld: see `Study.withheld`.
    """
    sizes = pd.Series([rows["county"].nunique() for rows in samples])
    if study.withheld(sizes).any():
        raise NotEstimable(
            f"This sample, or what is left without it, has fewer than {MIN_CELL_COUNTIES} "
            "counties, and so few are not told apart on private data."
        )


def require(panel: pd.DataFrame, *variables: str) -> None:
    """Raise `NotEstimable` unless the panel holds the variables (`panel.OPTIONAL_VARIABLES`).

    Parameters
    ----------
    panel
        One row a county and year.
    *variables
        Names in ``OPTIONAL_VARIABLES``.

    Raises
    ------
    NotEstimable
        One of them is not there; the message names the raw table that it takes.
    """
    for variable in variables:
        if variable not in panel:
            raise NotEstimable(not_held(variable))


def not_held(variable: str) -> str:
    """Say that a variable is not there, and which raw table would bring it.

    Parameters
    ----------
    variable
        A name in ``OPTIONAL_VARIABLES``.

    Returns
    -------
    str
        One sentence.
    """
    meaning = VARIABLES[variable][0]
    return (
        f"It takes `{variable}` ({meaning[0].lower()}{meaning[1:]}), which these data do not hold: "
        f"add the table `{OPTIONAL_VARIABLES[variable]}`."
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
    path = Path(folder) / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
