"""The two indices: values by hand, properties, and a slow twin from individuals."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clustergap.indices import gini, shares, theil, theil_from_shares

ROUNDING = 1e-12  # a handful of floating-point operations on numbers of order one
SMALL_GROUP = 1e-9  # a share within 1e-6 of one has lost six of its sixteen digits
income = st.floats(1.0, 1e6)
people = st.floats(1.0, 1e7)
scale = st.floats(1e-3, 1e3)


def test_theil_by_hand():
    # Two in town with 3 each, two in the country with 1 each: s = 6/8, p = 1/2.
    expected = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    assert theil(3, 1, 2, 2) == pytest.approx(expected, abs=ROUNDING)


def test_gini_by_hand():
    # p (1 - p) |3 - 1| / 2 = 1/4.
    assert gini(3, 1, 2, 2) == pytest.approx(0.25, abs=ROUNDING)


def test_gini_is_that_of_individuals():
    # Mean absolute difference over twice the mean, person by person.
    incomes = np.array([3.0] * 4 + [1.0] * 6)
    twin = np.abs(incomes[:, None] - incomes).mean() / (2 * incomes.mean())
    assert gini(3, 1, 4, 6) == pytest.approx(twin, abs=ROUNDING)


def test_theil_is_that_of_individuals():
    incomes = np.array([3.0] * 4 + [1.0] * 6)
    relative = incomes / incomes.mean()
    twin = (relative * np.log(relative)).mean()
    assert theil(3, 1, 4, 6) == pytest.approx(twin, abs=ROUNDING)


@given(income, people, people)
def test_equal_incomes_are_zero(u, urban, rural):
    assert theil(u, u, urban, rural) == pytest.approx(0, abs=ROUNDING)
    assert theil(u, u, urban, rural) >= 0
    assert gini(u, u, urban, rural) == pytest.approx(0, abs=ROUNDING)


@given(income, income, people, people, scale, scale)
def test_only_ratios_matter(u1, u2, p1, p2, money, heads):
    same = (u1 * money, u2 * money, p1 * heads, p2 * heads)
    assert theil(*same) == pytest.approx(theil(u1, u2, p1, p2), rel=1e-9, abs=ROUNDING)
    assert gini(*same) == pytest.approx(gini(u1, u2, p1, p2), rel=1e-9, abs=ROUNDING)


@given(income, income, people, people)
def test_gini_is_income_share_less_population_share(u1, u2, p1, p2):
    s, p = shares(u1, u2, p1, p2)
    assert gini(u1, u2, p1, p2) == abs(s - p)
    mean = (u1 * p1 + u2 * p2) / (p1 + p2)
    paper = p * (1 - p) * abs(u1 - u2) / mean
    assert gini(u1, u2, p1, p2) == pytest.approx(paper, rel=1e-6, abs=1e-9)


@given(income, income, people, people)
def test_theil_is_at_least_twice_gini_squared(u1, u2, p1, p2):
    assert theil(u1, u2, p1, p2) >= 2 * gini(u1, u2, p1, p2) ** 2 - ROUNDING


@given(income, income, people, people)
def test_naming_the_groups_differently_changes_nothing(u1, u2, p1, p2):
    swapped = theil(u2, u1, p2, p1)
    assert theil(u1, u2, p1, p2) == pytest.approx(swapped, abs=SMALL_GROUP)


@given(st.floats(1.05, 30.0), st.floats(0.05, 0.95))
def test_slope_against_gini_is_the_log_of_the_income_ratio(ratio, urban_share):
    # Central difference in the income share, people held fixed; G moves one for one with s.
    s, p = shares(ratio, 1.0, urban_share, 1 - urban_share)
    step = 1e-5 * min(s, 1 - s)
    assume(s - step > p)
    slope = (theil_from_shares(s + step, p) - theil_from_shares(s - step, p)) / (2 * step)
    assert slope == pytest.approx(math.log(ratio), rel=1e-4)


def test_broadcasts_and_keeps_missing_values():
    result = theil([3.0, np.nan], 1.0, 2.0, 2.0)
    assert result.shape == (2,)
    assert np.isnan(result[1]) and not np.isnan(result[0])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([3.0, 0.0, -1.0], 1, 2, 2), "urban_income is negative .*-1.0.* position 2"),
        ((3, 1, -2, 2), "urban_population is negative"),
        ((0, 0, 2, 2), "total income is zero .*position 0"),
        ((3, 1, 0, 0), "zero"),
    ],
)
def test_impossible_input_is_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        theil(*arguments)


def test_input_is_left_alone():
    incomes = np.array([3.0, 2.0])
    theil(incomes, 1.0, 2.0, 2.0)
    assert incomes.tolist() == [3.0, 2.0]
