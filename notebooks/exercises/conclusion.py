"""Checks of the exercises in chapter 6."""

import numpy as np
from scipy import stats

import clustergap as cg


def check_1(answer, panel, effect):
    """Rise of rural income, or fall of urban income, that the effect stands for."""
    ratio, (rise, fall) = panel["income_ratio"].median(), answer
    assert 0 < rise and 0 < fall < 1, (
        "two positive shares: a rise, then a fall"
    )
    for after, what in (
        ((ratio, 1 + rise), "the rise of rural income"),
        ((ratio * (1 - fall), 1.0), "the fall of urban income"),
    ):
        drop = cg.theil(*after, 1, 1) - cg.theil(ratio, 1.0, 1, 1)
        assert abs(drop / effect - 1) < 0.01, (
            f"{what} changes the index by {drop:.4f}, not by the effect"
        )


def check_2(answer, treated, effect):
    """Effect relative to the counterfactual, by cohort."""
    assert sorted(answer.index) == sorted(treated["cohort"].unique()), (
        "one value for each cohort"
    )
    for start, relative in answer.items():
        seen = treated.loc[treated["cohort"] == start, "gap"].mean()
        assert np.isclose(seen / (1 + relative) + effect, seen, rtol=1e-6), (
            f"{start:.0f}: relative to what would have been, not to what is"
        )


def check_3(answer, se):
    """The effect that a test finds four times in five."""
    assert answer > 0, "give the size of the effect"
    beyond = stats.norm.cdf(answer / se - np.array([1.96, -1.96]))
    power = 1 - (beyond[1] - beyond[0])
    assert power > 0.79, (
        f"such an effect is found with probability {power:.2f} only"
    )
    assert power < 0.81, f"a smaller one would do: this has power {power:.2f}"
