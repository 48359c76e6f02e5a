"""Nothing that is published lets a small number of real counties be solved for."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from clustergap.disclosure import (
    MIN_CELL_COUNTIES,
    SUPPRESSED,
    format_count,
    format_counts,
    format_report,
    may_show_cohorts,
    suppress,
)


def bounds_of(shown, truth):
    """Solve the system of all published counts: lowest and highest value of each hidden cell.

    Unknown are all cells of the table (whole and parts of each row). Known are those that are
    shown, that each whole is the sum of its parts, and the total of every column.
    """
    rows, columns = truth.shape
    at = np.arange(rows * columns).reshape(rows, columns)
    equations, values = [], []

    def know(cells, signs, value):
        row = np.zeros(rows * columns)
        row[list(cells)] = signs
        equations.append(row)
        values.append(value)

    for r in range(rows):
        if columns > 1:
            know(at[r], [1, *[-1] * (columns - 1)], 0)
        for c in range(columns):
            if shown[r][c] != SUPPRESSED:
                know([at[r, c]], [1], truth[r, c])
    for c in range(columns):
        know(at[:, c], 1, truth[:, c].sum())
    found = {}
    for r, c in zip(*np.nonzero(np.array(shown) == SUPPRESSED), strict=True):
        aim = np.zeros(rows * columns)
        aim[at[r, c]] = 1
        ends = [s * linprog(s * aim, A_eq=np.array(equations), b_eq=values).fun for s in (1, -1)]
        found[r, c] = ends
    return found


def solved(table):
    shown = format_counts(table).to_numpy().tolist()
    truth = table.to_numpy()
    return [
        (cell, ends)
        for cell, ends in bounds_of(shown, truth).items()
        if 0 < truth[cell] < MIN_CELL_COUNTIES and ends[1] - ends[0] < MIN_CELL_COUNTIES - 1
        and not all(SUPPRESSED in row for row in shown)
    ]  # fmt: skip


COHORTS = st.lists(st.integers(0, 12), min_size=2, max_size=4)


@pytest.mark.slow
@given(east=COHORTS, west=COHORTS, never=st.integers(20, 60))
@settings(max_examples=60)
def test_no_hidden_cell_can_be_solved_from_the_totals(east, west, never):
    parts = [(never // 2, never - never // 2), *zip(east, west, strict=False)]
    table = pd.DataFrame([(e + w, e, w) for e, w in parts], columns=["counties", "east", "west"])
    assert solved(table) == []
    assert solved(table[["counties"]]) == []


@pytest.mark.parametrize("cohorts", [[1, 1, 1], [4, 4, 4], [4, 4], [1, 5], [2], [3, 3, 40]])
def test_cohorts_of_few_counties_are_not_given_away(cohorts):
    sizes = pd.Series([90, *cohorts])
    hidden = suppress(sizes)
    small = (sizes > 0) & (sizes < MIN_CELL_COUNTIES)
    assert hidden[small].all()
    assert hidden.sum() > small.sum()  # or all that are hidden would be known to be small
    assert sizes[hidden].sum() - hidden.sum() >= MIN_CELL_COUNTIES
    assert not suppress(sizes, private=False).any()


def panel(sizes):
    cohorts = [c for cohort, n in sizes.items() for c in [cohort] * n]
    return pd.DataFrame({"county": range(len(cohorts)), "cohort": cohorts})


def test_where_cohorts_are_hidden_so_are_the_numbers_of_clusters():
    steps = ["county-years in the yearbook", "county-cluster pairs"]
    report = pd.DataFrame({"step": steps, "rows": [900, 9], "lost": [0, 2], "why": ""})
    few, many = panel({np.nan: 90, 2020: 3, 2021: 6}), panel({np.nan: 90, 2020: 30})
    assert not may_show_cohorts(few) and may_show_cohorts(many)
    assert format_report(report, few)["rows"].tolist() == ["900", SUPPRESSED]
    assert format_report(report, many)["rows"].tolist() == ["900", "9"]
    assert format_report(report, few, private=False)["rows"].tolist() == ["900", "9"]
    assert format_count(3) == "fewer than 5" and format_count(3, private=False) == "3"
