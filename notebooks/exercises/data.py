"""Checks of the exercises in chapter 3; each says what is wrong."""

import numpy as np


def theil_and_gini(urban_share):
    """Both indices by hand, where town earns three times as much as country."""
    p = urban_share
    s = 3 * p / (3 * p + 1 - p)
    theil = s * np.log(s / p) + (1 - s) * np.log((1 - s) / (1 - p))
    return np.array([theil, s - p])


def check_1(answer):
    assert len(answer) == 2, "two changes: of T, then of G"
    rural = 1 - 0.4
    moved = theil_and_gini(0.4 + 0.1 * rural) - theil_and_gini(0.4)
    assert np.array_equal(np.sign(answer), np.sign(moved)), (
        "a sign is wrong: after less before, with a larger share in town"
    )
    assert np.allclose(answer, moved, rtol=0.01), (
        "the signs are right, the sizes not: how many people moved?"
    )


def check_2(answer):
    assert 0 < answer < 1, "an urban share lies between 0 and 1"
    _, (less, here, more) = theil_and_gini(
        answer + np.array([-0.01, 0, 0.01])
    )
    assert less < here, "G is larger a little below that share"
    assert more < here, "G is larger a little above that share"


def check_3(answer, real):
    assert len(answer) == len(real), "one value for each row of `real`"
    assert (answer >= 1).all(), "the bound must hold in every province-year"
    p = real["urban_share"]
    mean_income = p * real["u"] + (1 - p) * real["r"]
    squared = (p * (real["u"] - mean_income) / mean_income) ** 2
    assert np.allclose(answer * squared * 2, real["theil"]), (
        "times 2G², your values should give back T"
    )


def check_4(answer):
    s, p = 2 / 3, 0.4  # urban shares of income and of people
    rise_of_s = 3 / (1 + 2 * p) ** 2  # as p grows by one
    rise_of_t = rise_of_s * np.log(3) + (1 - s) / (1 - p) - s / p
    assert len(answer) == 2, "two slopes: incomes move, then people move"
    assert abs(answer[0] - np.log(3)) < 0.01, (
        "with people in place the slope should be the log of the income ratio"
    )
    assert abs(answer[1] - rise_of_t / (rise_of_s - 1)) < 0.01, (
        "the second slope is off: move people, keep incomes, and keep the step tiny"
    )
