"""Checks of the exercises in chapter 7.5."""

import numpy as np
import pyfixest as pf
from scipy import optimize, stats
from scipy.special import expit

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


def check_2(answer, panel, assignments, controls):
    """Exercise 2."""
    # the same scores by another route: the likelihood itself, minimised
    treated = panel["county"].map(assignments[0].notna()).to_numpy()
    z = stats.zscore(panel[list(controls)].to_numpy())
    x = np.column_stack([np.ones(len(z)), z])
    best = optimize.minimize(
        lambda b: np.logaddexp(0, x @ b).sum() - (x @ b)[treated].sum(),
        np.zeros(x.shape[1]),
        jac=lambda b: x.T @ (expit(x @ b) - treated),
        method="BFGS",
        options={"gtol": 1e-6},
    )
    score = expit(x @ best.x)
    low = max(score[treated].min(), score[~treated].min())
    high = min(score[treated].max(), score[~treated].max())
    kept = int(((score >= low) & (score <= high)).sum())
    assert answer == kept, (
        "Another way to the scores leaves another number. Is a county treated "
        "in all its years if the placebo gives it a cohort?"
    )
    print(f"Right: {answer:,} of {len(panel):,} county-years.")


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
