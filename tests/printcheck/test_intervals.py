import math
from fractions import Fraction
from operator import add, mul, sub, truediv

import numpy as np
import pytest

from printcheck.intervals import Interval, as_interval, outward

DRAWS = 2000  # enough that an end rounded inward shows: every second product would miss


@pytest.mark.parametrize(
    ("printed", "decimals", "lo", "hi"),
    [
        ("0.372", 3, 0.3715, 0.3725),
        ("-0.186", 3, -0.1865, -0.1855),
        ("0.000", 3, -0.0005, 0.0005),
        ("-0.000", 3, -0.0005, 0.0),
        ("3.3", 1, 3.25, 3.35),
        ("11583", 0, 11583, 11583),
    ],
)
def test_rounding_interval_by_hand(printed, decimals, lo, hi):
    found = Interval.from_printed(printed, decimals)
    assert (found.lo, found.hi) == pytest.approx((lo, hi), abs=1e-15)
    assert found.lo <= lo and hi <= found.hi  # outward, never inward


@pytest.mark.parametrize(("printed", "decimals"), [("0.37", 3), ("11583", 1), ("0.372", 0)])
def test_wrong_number_of_decimals_is_refused(printed, decimals):
    with pytest.raises(ValueError, match="decimals"):
        Interval.from_printed(printed, decimals)


def test_ends_in_the_wrong_order_or_missing_are_refused():
    for ends in [(1.0, 0.0), (math.nan, 1.0), (0.0, math.nan)]:
        with pytest.raises(ValueError, match="not an interval"):
            Interval(*ends)


def test_operations_by_hand():
    a, b = Interval(1, 2), Interval(-3, 4)
    assert (a + b).ends == pytest.approx((-2, 6))
    assert (a - b).ends == pytest.approx((-3, 5))
    assert (a * b).ends == pytest.approx((-6, 8))
    assert (1 - a).ends == pytest.approx((-1, 0))
    assert (2 * a).ends == pytest.approx((2, 4))
    assert (b / a).ends == pytest.approx((-3, 4))
    assert abs(b).ends == (0, 4)
    assert abs(-a).ends == (1, 2)
    assert b.square().ends == pytest.approx((0, 16))
    assert b.sqrt().ends == pytest.approx((0, 2))
    assert a.map(math.log).ends == pytest.approx((0, math.log(2)))


def test_division_by_zero_is_unbounded_where_it_must_be():
    one = as_interval(1.0)
    assert (one / Interval(-1, 1)).ends == (-math.inf, math.inf)
    assert (one / as_interval(0.0)).ends == (-math.inf, math.inf)
    assert (one / Interval(0, 2)).ends == pytest.approx((0.5, math.inf))
    assert (one / Interval(-2, 0)).ends == pytest.approx((-math.inf, -0.5))
    assert (Interval(0, 1) / Interval(0, 2)).hi == math.inf


def test_sets():
    assert Interval(0, 2) & Interval(1, 3) == Interval(1, 2)
    assert Interval(0, 1) & Interval(2, 3) is None
    assert 1.0 in Interval(0, 1) and 1.1 not in Interval(0, 1)


def test_format_shows_one_value_when_both_ends_print_alike():
    assert f"{Interval(0.371, 0.374):.2f}" == "0.37"
    assert f"{Interval(-0.2, 0.1):.1f}" == "−0.2 to 0.1"


def test_every_operation_contains_the_exact_result():
    """Brute force with exact fractions of the same floating-point numbers."""
    rng = np.random.default_rng(11)
    for a, b in rng.normal(size=(DRAWS, 2)) * 10.0 ** rng.integers(-4, 4, (DRAWS, 2)):
        for operation in (add, sub, mul, truediv):
            exact = operation(Fraction(a), Fraction(b))
            found = operation(as_interval(a), as_interval(b))
            assert Fraction(found.lo) < exact < Fraction(found.hi)
            # and no wider than two steps either side of the rounded value
            near = float(exact)
            assert found.hi - found.lo <= 8 * math.ulp(near)
        root = as_interval(abs(a)).sqrt()
        assert Fraction(root.lo) ** 2 < Fraction(abs(a)) < Fraction(root.hi) ** 2


def test_members_stay_members():
    """Any numbers inside the operands give a result inside the interval."""
    rng = np.random.default_rng(12)
    for ends in rng.normal(size=(DRAWS, 4)):
        a, b = Interval(*sorted(ends[:2])), Interval(*sorted(ends[2:]))
        u, v = rng.uniform(a.lo, a.hi), rng.uniform(b.lo, b.hi)
        for operation in (add, sub, mul, truediv):
            assert operation(u, v) in operation(a, b)
        assert u * u in a.square() and abs(u) in abs(a)


def test_outward_moves_both_ends():
    found = outward(1.0, 1.0)
    assert found.lo < 1.0 < found.hi
