"""Checks of the exercises in chapter 1; each says what is wrong."""

import numpy as np


def check_1(answer, urban, rural):
    first, last = urban.index[0], urban.index[-1]
    assert answer > last, "the year must lie in the future"
    years = np.array([-2, -1, 0]) + answer - last
    town, country = (
        income[last]
        * (income[last] / income[first]) ** (years / (last - first))
        for income in (urban, rural)
    )
    gap = town - country
    assert gap[2] < gap[1], "in that year the gap still grows"
    assert gap[1] > gap[0], "it shrank already in the year before"


def check_2(answer, urban, rural):
    first, last = urban.index[0], urban.index[-1]
    assert answer < 1, "give a rate, not a percentage or a factor"
    reached = rural[first] * (1 + answer) ** (last - first)
    missed = (urban[last] - reached) / (urban[first] - rural[first]) - 1
    assert abs(missed) < 0.005, (
        f"at that rate the gap in yuan would be {missed:+.1%} off its first value"
    )


def check_3(answer, urban, rural):
    assert list(answer.index) == list(urban.index), "one value a year, please"
    assert np.allclose((answer + 1) * rural, urban), (
        "rural income times (1 + share) should give back urban income"
    )
