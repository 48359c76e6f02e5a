"""Checks of the exercises in chapter 7.8."""

import numpy as np


def check_1(answer, g):
    """Exercise 1."""

    def too_large(groups):
        right, wrong = (groups - 1) / groups, groups / (groups - 1)
        return np.sqrt(wrong / right) - 1

    assert too_large(answer) < 0.01 - 1e-12, (
        f"With {answer} clusters it is still {too_large(answer):.2%}."
    )
    assert too_large(answer - 1) > 0.01 - 1e-12, "Fewer clusters are enough."
    print(
        f"Right: {answer}; with the {g} provinces it is {too_large(g):.1%}."
    )


def check_2(answer):
    """Exercise 2."""
    true, draws, size = 0.3, 4000, 20_000
    found = np.random.default_rng(2).binomial(draws, true, size) / draws
    printed = 1.645 * np.sqrt(found * (1 - found) / draws)
    covers = np.mean(np.abs(found - true) <= 1.645 * printed)
    assert abs(answer - covers) < 0.003, (
        f"Of {size:,} simulated p-values {covers:.1%} had the truth in their "
        "interval. Is it the coverage, as a share of one?"
    )
    print(f"Right: {answer:.1%}.")


def check_3(answer):
    """Exercise 3."""
    x = np.linspace(-12, 15, 20_001)
    density = np.exp(-(x**2) / 2) / np.exp(-(x**2) / 2).sum()
    spreads = [
        np.sqrt(density @ (np.exp(s * x - s**2 / 2) - 1) ** 2)
        for s in (0.5, 1.5)
    ]
    assert abs(answer * spreads[0] / spreads[1] - 1) < 1e-4, (
        "Adding up over the normal density gives another ratio. Is it one of "
        "standard deviations, the large shift over the small one?"
    )
    print(f"Right: {answer:.2f}.")
