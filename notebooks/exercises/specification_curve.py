"""Checks of the exercises in chapter 7.5."""

import numpy as np
import pyfixest as pf

import clustergap as cg


def check_1(answer, panel):
    """Exercise 1."""

    regression = f"gap~did+{'+'.join(cg.CONTROLS)}|county+year"
    west, whole = (
        pf.feols(regression, rows, vcov="iid").coef()["did"]
        for rows in (panel[~panel["region"].eq("eastern")], panel)
    )
    assert abs(answer * whole / west - 1) < 1e-4, (
        "pyfixest gives another ratio. Which counties are left, and do all "
        "eight controls and both fixed effects enter?"
    )
    print(f"Right: {answer:.2f} times the baseline.")


def check_2(answer, models, unreasonable, controls):
    """Exercise 2."""
    beside = models.loc[
        ~models["fixed_effects"].isin(unreasonable)
        & models["controls"].isin(set(controls) - {"paper"}),
        "relative",
    ]
    below, above = (beside < answer).mean(), (beside > answer).mean()
    middle = beside.sort_values().iloc[
        [(len(beside) - 1) // 2, len(beside) // 2]
    ]
    assert abs(answer - middle.mean()) < 1e-6, (
        f"{below:.0%} of these models lie below your number and {above:.0%} "
        "above: it is not their median."
    )
    print(f"Right: {answer:.2f}, from {len(beside)} models.")


def check_3(answer, placebo_estimates, deviation):
    """Exercise 3."""
    covariance = np.cov((placebo_estimates / deviation).T)
    ratio = np.sqrt(covariance.sum() / np.trace(covariance))
    assert abs(answer - ratio) < 1e-6, (
        "The covariances of the models give another ratio. Are effects divided "
        "by their outcome's deviation, and is it one of standard deviations?"
    )
    at_most = np.sqrt(len(covariance))
    print(f"Right: {answer:.1f} (identical models: {at_most:.1f}).")
