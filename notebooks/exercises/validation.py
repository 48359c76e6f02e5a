"""Checks of the exercises in chapter 7.7."""

import numpy as np


def check_1(answer, reference):
    """Exercise 1."""
    in_r = reference["mpdta_cs_nocov"]
    ratio = in_r["dynamic"]["overall"] / in_r["simple"]["overall"]
    assert abs(answer - ratio) < 1e-4, (
        "R's two means have another ratio. Is it the mean over event times "
        "over that over county-years?"
    )
    print(f"Right: {answer:.3f}.")


def check_2(answer, mpdta, plain):
    """Exercise 2."""
    starts = mpdta["cohort"].dropna().unique()
    others = plain.cells.apply(
        lambda c: ((starts != c["cohort"]) & (starts > c["year"])).sum(),
        axis=1,
    )
    assert answer == (others == 0).sum(), (
        "Count the cells in whose year no other cohort is still untreated."
    )
    print(f"Right: {answer} of {len(others)}.")


def check_3(answer, beta, n_pre, sigma):
    """Exercise 3."""
    moves = np.abs(np.diff(np.append(beta[:n_pre], 0.0)))
    reach = 0.5 * moves.max() + 20 * np.sqrt(sigma[n_pre, n_pre])
    assert abs(answer - 2 * reach / 99) < 1e-9, (
        "A hundred values make 99 steps, over the identified set and twenty "
        "standard errors on either side of it. Is it the first year, at 0.5?"
    )
    print(f"Right: {answer:.4f}.")
