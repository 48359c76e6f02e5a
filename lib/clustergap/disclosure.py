"""Statistical disclosure control: which numbers of real counties may be published.

Cells of one to four counties are suppressed (primary suppression), and so are cells from which a
published total would give them away (complementary suppression). Synthetic counties are nobody's:
with ``private=False`` everything is written.
"""

from __future__ import annotations

import pandas as pd

MIN_CELL_COUNTIES = 5
"""Smallest number of real counties that a published table tells."""
SUPPRESSED = "withheld"


def suppress(sizes: pd.Series, private: bool = True) -> pd.Series:
    """Which groups of counties, by their sizes, may not be told apart (boolean, same index)."""
    return _not_alone((sizes > 0) & (sizes < MIN_CELL_COUNTIES) & private, sizes)


def may_show_cohorts(panel: pd.DataFrame, private: bool = True) -> bool:
    """Whether every cohort may be told; if not, no count may be published that gives one away."""
    cohorts = panel.drop_duplicates("county")["cohort"].fillna(0)
    return not suppress(cohorts.value_counts(), private).any()


def format_count(number: int, private: bool = True) -> str:
    """Write one number of counties, clusters or treated county-years."""
    few = private and 0 < number < MIN_CELL_COUNTIES
    return f"fewer than {MIN_CELL_COUNTIES}" if few else f"{number:,d}"


def format_counts(table: pd.DataFrame, private: bool = True) -> pd.DataFrame:
    """Write whole numbers of which the first column counts all and the others its parts.

    A row with a small part keeps its whole only, and if it is one alone, so does the smallest
    other, or a column's sum would give it away; a group that is suppressed keeps nothing.
    """
    written, whole = table.map("{:,d}".format), table.iloc[:, 0]
    groups = suppress(whole, private)
    small = ((table > 0) & (table < MIN_CELL_COUNTIES)).any(axis=1) & private
    for part in table.columns[1:]:
        written[part] = written[part].mask(_not_alone(groups | small, whole), SUPPRESSED)
    written.loc[groups] = SUPPRESSED
    return written


def _not_alone(hidden: pd.Series, sizes: pd.Series) -> pd.Series:
    """If one group alone is hidden, the smallest other that is not empty as well."""
    others = sizes[~hidden & (sizes > 0)]
    if hidden.sum() == 1 and len(others):
        return hidden | (sizes.index == others.idxmin())
    return hidden
