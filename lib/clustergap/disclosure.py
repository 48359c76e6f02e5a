"""Statistical disclosure control: which numbers of real counties may be published.

Cells of one to four counties are suppressed (primary suppression), and with them as many others
as it takes that no published total narrows a suppressed cell down to fewer than five values
(complementary suppression, checked by solving for it; Hundepool et al. 2012, chapter 4).
Synthetic counties are nobody's: with ``private=False`` everything is written.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

MIN_CELL_COUNTIES = 5
"""Smallest number of real counties that a published table tells."""
SUPPRESSED = "withheld"


def suppress(sizes: pd.Series, private: bool = True) -> pd.Series:
    """Which groups of counties, by their sizes, may not be told apart (boolean, same index)."""
    hidden = (sizes > 0) & (sizes < MIN_CELL_COUNTIES) & private
    if hidden.any():
        hidden = _with_smallest(hidden, sizes)  # or all that are hidden would be known to be small
    while hidden.any() and not hidden[sizes > 0].all():
        if sizes[hidden].sum() - hidden.sum() >= MIN_CELL_COUNTIES:
            break
        hidden = _with_smallest(hidden, sizes)
    return hidden


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

    A row with a small part keeps its whole only; a group that is suppressed keeps nothing; and
    further rows lose their parts until the sums of columns give nothing away.
    """
    whole, parts = table.iloc[:, 0], table.columns[1:]
    groups = suppress(whole, private)
    small = ((table > 0) & (table < MIN_CELL_COUNTIES)).any(axis=1) & private
    hidden = groups | small
    if small.any() and len(parts):
        hidden = _with_smallest(hidden, whole) if hidden.sum() == 1 else hidden
        while not hidden[whole > 0].all() and _narrowed(table, hidden, groups):
            hidden = _with_smallest(hidden, whole)
    written = table.map("{:,d}".format)
    for column in table.columns:
        secret = groups if column == table.columns[0] else hidden
        written[column] = written[column].mask(secret, SUPPRESSED)
    return written


def format_report(report: pd.DataFrame, panel: pd.DataFrame, private: bool = True) -> pd.DataFrame:
    """Write an account of rows; where cohorts are suppressed, numbers of clusters are, too."""
    written = report.assign(rows=[format_count(n, private) for n in report["rows"]])
    written["lost"] = report["lost"].map("{:,d}".format)
    of_clusters = report["step"].str.contains("cluster")
    if not may_show_cohorts(panel, private):
        written.loc[of_clusters, ["rows", "lost"]] = SUPPRESSED
    return written


def _with_smallest(hidden: pd.Series, sizes: pd.Series) -> pd.Series:
    """Hide the smallest group that is not empty and not hidden as well."""
    others = sizes[~hidden & (sizes > 0)]
    return hidden | (sizes.index == others.idxmin()) if len(others) else hidden


def _narrowed(table: pd.DataFrame, hidden: pd.Series, groups: pd.Series) -> bool:
    """Whether sums of rows and columns bound a small hidden part to fewer than five values."""
    from scipy.optimize import linprog  # longer to load than most folders are to check

    cells = table.loc[hidden].iloc[:, 1:].to_numpy(float)
    rows, columns = cells.shape
    known = ~groups[hidden].to_numpy()
    by_row = np.kron(np.eye(rows), np.ones(columns))[known]
    by_column = np.kron(np.ones(rows), np.eye(columns))
    sums = np.concatenate([cells.sum(axis=1)[known], cells.sum(axis=0)])
    equations = np.vstack([by_row, by_column])
    for at in np.flatnonzero((cells > 0) & (cells < MIN_CELL_COUNTIES)):
        aim = np.eye(rows * columns)[at]
        low, high = (s * linprog(s * aim, A_eq=equations, b_eq=sums).fun for s in (1, -1))
        if high - low < MIN_CELL_COUNTIES - 1:
            return True
    return False
