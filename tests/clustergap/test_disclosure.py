"""Small groups of real counties are not told apart, and reasons are given in words."""

import pandas as pd
import pytest

from clustergap import requirements
from clustergap.disclosure import (
    MIN_CELL_COUNTIES,
    format_count,
    may_show_cohorts,
    suppress,
)
from clustergap.panel import Study
from paneldid.identified import NotEstimable


def panel(cohorts, years=range(2014, 2020)):
    """A county for each cohort, None if never treated."""
    rows = [(f"{i:06d}", year, cohort) for i, cohort in enumerate(cohorts) for year in years]
    frame = pd.DataFrame(rows, columns=["county", "year", "cohort"]).astype({"cohort": float})
    post = (frame["year"] >= frame["cohort"]).astype(int)
    return frame.assign(treat=frame["cohort"].notna().astype(int), post=post, did=post)


def study_of(cohorts, synthetic=False):
    return Study(panel(cohorts), pd.DataFrame(), "", synthetic, "")


def test_one_small_cohort_and_no_size_is_told():
    frame, whole = panel([None] * 9 + [2016] * 3 + [2017] * 6), panel([None] * 5 + [2016] * 5)
    assert not may_show_cohorts(frame) and may_show_cohorts(whole)
    assert not may_show_cohorts(panel([None] * 4 + [2016] * 5))  # few that are never treated
    assert may_show_cohorts(frame, private=False)
    assert suppress(pd.Series([3, 0, 40])) and not suppress(pd.Series([5, 0, 40]))
    few, many = study_of([None] * 9 + [2016] * 4), study_of([None] * 9 + [2016] * 5)
    for study, rows in ((few, many.panel), (many, few.panel)):  # of all counties, and of some
        with pytest.raises(NotEstimable, match="fewer than 5 counties, or so few are without"):
            requirements.require_cohorts_told(study, rows)
    requirements.require_cohorts_told(many, many.panel)
    assert format_count(3, private=False) == "3"


@pytest.mark.parametrize("number", range(8))
def test_one_count(number):
    few = 0 < number < MIN_CELL_COUNTIES
    assert format_count(number) == ("fewer than 5" if few else str(number))


def test_a_sample_of_few_counties_is_not_told_and_nor_is_the_rest():
    study = study_of([None] * 9 + [2016] * 4)
    few, rest = (study.panel[study.panel["treat"] == t] for t in (1, 0))
    for samples in ((few, rest), (rest, few)):
        with pytest.raises(NotEstimable, match="fewer than 5 counties"):
            requirements.require_told(study, *samples)
    requirements.require_told(study, rest, study.panel)
    requirements.require_told(study_of([None] * 9 + [2016] * 4, synthetic=True), few, rest)


def test_a_variable_that_is_not_held_names_its_table():
    frame = panel([2016, None])
    requirements.require(frame, "did", "cohort")
    with pytest.raises(NotEstimable, match=r"`brand` \(agricultural products.*table `gi_products`"):
        requirements.require(frame, "did", "brand")


@pytest.mark.parametrize(
    ("cohorts", "error", "words", "said"),
    [
        ([2016, None], "NotEstimable", "Nobody is left.", "Nobody is left."),
        ([None, None], "KeyError", "'did'", "No county-year of these data is treated"),
        ([2016, None], "FactorEvaluationError", "cannot evaluate `brand`", "It takes `brand`"),
        ([2016, None], "KeyError", "'brands'", ""),
    ],
)
def test_why_a_chapter_failed(monkeypatch, cohorts, error, words, said):
    monkeypatch.setattr(requirements, "load", lambda data: study_of(cohorts))
    found = requirements.reason(error, words, "folder")
    assert found.startswith(said) and bool(found) is bool(said)
