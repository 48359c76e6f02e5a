"""What stands behind an agreement with a printed number: four kinds, of which one is evidence."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import pandas as pd

from bookkit.ledger import PUBLISHED
from printcheck.verdicts import Verdict


class Provenance(StrEnum):
    """What the number that is set beside a printed one rests on."""

    SETTING = "setting"  # the book does, or has, what the paper says
    PANEL = "panel"  # computed from the county panel
    PUBLIC = "public"  # public statistics and lists: independent of the paper
    PAPER = "paper"  # read from the paper itself
    NONE = "none"  # no source of its own was found


def words(synthetic: bool) -> dict[Provenance, str]:
    """What each kind is called on a page, for the panel at hand."""
    return {
        Provenance.PUBLIC: "public data, independent of the paper",
        Provenance.PANEL: "the synthetic panel, calibrated to it" if synthetic else "county tables",
        Provenance.SETTING: "echo of our own setting",
        Provenance.PAPER: "read from the paper itself",
        Provenance.NONE: "no source of its own",
    }


def read(path: Path = PUBLISHED / "provenance.csv") -> pd.Series:
    """Kind of each number of the paper's prose, by its key in ``data/published/text.csv``.

    Raises
    ------
    ValueError
        If a key is repeated or a kind is none of `Provenance`.
    """
    table = pd.read_csv(path)
    if repeated := table.loc[table["key"].duplicated(), "key"].tolist():
        raise ValueError(f"{path}: repeated {repeated}; keep one line for each")
    if unknown := sorted(set(table["rests_on"]) - set(Provenance)):
        raise ValueError(f"{path}: rests_on {unknown}; choose from {[*Provenance]}")
    return table.set_index("key")["rests_on"]


def with_provenance(comparison: pd.DataFrame) -> pd.DataFrame:
    """Add the column ``rests_on`` to a comparison: every cell of a table rests on the panel.

    Parameters
    ----------
    comparison
        As `printcheck.verdicts.compare` gives it, the prose included or not.

    Returns
    -------
    DataFrame
        The same rows; ``rests_on`` is categorical, of `Provenance`.

    Raises
    ------
    ValueError
        If a number of the prose has no line in ``data/published/provenance.csv``.
    """
    found = comparison["row"].map(read())
    found = found.where(comparison["exhibit"] == "text", Provenance.PANEL.value)
    if missing := comparison.loc[found.isna(), "row"].tolist():
        raise ValueError(f"provenance.csv lacks {missing}: say what these numbers rest on")
    kinds = pd.CategoricalDtype([kind.value for kind in Provenance])
    return comparison.assign(rests_on=found.astype(kinds))


def verified(comparison: pd.DataFrame) -> pd.Series:
    """Which printed numbers are exact *and* rest on public data: boolean, of the same index."""
    exact = comparison["verdict"] == Verdict.EXACT.value
    return exact & (comparison["rests_on"] == Provenance.PUBLIC.value)
