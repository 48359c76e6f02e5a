"""Checks of the exercises in chapter 7.3."""

from dataclasses import replace

import numpy as np
import pyfixest as pf

import clustergap as cg
from paneldid.weakiv import anderson_rubin_set, reduced_forms


def check_1(answer):
    """Exercise 1."""
    # In large samples t² is 1/(1/AR + 1/F) if the errors are not correlated.
    ar, strength = np.random.default_rng(1).standard_normal((2, 100_000))
    ar, strength = ar**2, (strength + 1) ** 2
    large = (1 / (1 / ar + 1 / strength) > 1.96**2).mean()
    words = "too often" if large > 0.05 else "too rarely"
    words = "about right" if 0.04 < large < 0.06 else words
    assert answer == words, (
        "A hundred thousand draws of the two statistics say otherwise. Is the "
        'answer one of "too often", "about right", "too rarely"?'
    )
    print(f"Right: {answer}, in {large:.1%} of all samples.")


def check_2(answer, panel, f):
    """Exercise 2."""

    packaged = pf.feols(
        f"did~ruggedness_trend+{'+'.join(cg.CONTROLS)}|county+region^year",
        panel,
        vcov={"CRV1": "county"},
    )
    squared_t = packaged.tstat()["ruggedness_trend"] ** 2
    assert abs(answer / squared_t - 1) < 0.01, (
        "pyfixest's first stage has another squared t ratio. Is it clustered by "
        "county, with the controls, and without the common year effects?"
    )
    print(f"Right: {answer:.1f}, against {f:.1f} with common year effects.")


def check_3(answer, iv, f):
    """Exercise 3."""

    true_forms = reduced_forms(iv.data)
    for times, bounded in ((0.99, False), (1.01, True)):
        factor = np.sqrt(answer * times / f)
        weaker = replace(
            true_forms, first_stage=factor * true_forms.first_stage
        )
        pieces = anderson_rubin_set(iv.data, weaker).intervals
        assert bool(np.isfinite(pieces).all()) == bounded, (
            f"With an F of {answer * times:.2f} the set is "
            f"{'un' * bounded}bounded. The limit lies elsewhere."
        )
    print(f"Right: {answer:.2f}.")
