"""Statistical disclosure control: which numbers of real counties may be published.

One rule: a split of counties with a part of one to four is withheld whole, so that no sum or
difference of what is told leads to the small part (Hundepool et al. 2012, chapter 4). Where the
split by cohort is, so is every count and weight that follows from its sizes.
Synthetic counties are nobody's: with ``private=False`` everything is written.
"""

from __future__ import annotations

import pandas as pd

MIN_CELL_COUNTIES = 5
"""Smallest number of real counties that a published table tells."""
SUPPRESSED = "withheld"


def suppress(sizes: pd.Series, private: bool = True) -> bool:
    """Whether a split of counties, by the sizes of its groups, may not be told."""
    return private and bool(((sizes > 0) & (sizes < MIN_CELL_COUNTIES)).any())


def may_show_cohorts(panel: pd.DataFrame, private: bool = True) -> bool:
    """Whether every cohort may be told; if not, no count may be published that gives one away."""
    cohorts = panel.drop_duplicates("county")["cohort"].fillna(0)
    return not suppress(cohorts.value_counts(), private)


def format_count(number: int, private: bool = True) -> str:
    """Write one number of counties, clusters or treated county-years."""
    few = private and 0 < number < MIN_CELL_COUNTIES
    return f"fewer than {MIN_CELL_COUNTIES}" if few else f"{number:,d}"


def format_counts(table: pd.DataFrame, private: bool = True) -> pd.DataFrame:
    """Write whole numbers of which the first column counts all and the others its parts.

    One small part, and no part is told; one small whole, and nothing is.
    """
    written = table.map("{:,d}".format)
    if suppress(table.stack(), private):
        first = 0 if suppress(table.iloc[:, 0], private) else 1
        written[written.columns[first:]] = SUPPRESSED
    return written


def format_report(report: pd.DataFrame, panel: pd.DataFrame, private: bool = True) -> pd.DataFrame:
    """Write an account of rows; where cohorts are suppressed, numbers of clusters are, too."""
    written = report.assign(rows=[format_count(n, private) for n in report["rows"]])
    written["lost"] = report["lost"].map("{:,d}".format)
    of_clusters = report["step"].str.contains("cluster")
    if not may_show_cohorts(panel, private):
        written.loc[of_clusters, ["rows", "lost"]] = SUPPRESSED
    return written
