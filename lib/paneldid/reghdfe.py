"""The constant that Stata's reghdfe prints beside absorbed fixed effects."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

NESTED = 1e-6
"""Cluster sums of residuals, relative to the residuals: zero when fixed effects nest."""


def reghdfe_constant(fit: Any, panel: pd.DataFrame) -> tuple[float, float]:
    r"""Constant and its standard error as reghdfe reports them.

    reghdfe adds the means back to the demeaned variables and runs least squares with a
    constant, so the constant is :math:`\bar y - \bar x'\hat\beta`. The residuals of each
    cluster add up to zero when a fixed effect is nested in the clusters; the constant's
    variance is then :math:`\bar x' V \bar x`, with *V* the clustered variance of the slopes.

    ``fit`` is a pyfixest fit with fixed effects, clustered by one of them (or by a coarser unit),
    ``panel`` the rows that it used, singletons dropped. If no fixed effect is nested in the
    clusters, the formula does not hold: a ValueError.
    """
    residuals = np.asarray(fit.resid()).ravel()
    sums = pd.Series(residuals).groupby(panel[fit._clustervar[0]].to_numpy()).sum()
    if np.abs(sums).max() > NESTED * np.abs(residuals).sum():
        raise ValueError("residuals do not add up to zero within clusters: cluster by the county")
    means = panel[fit._coefnames].mean().to_numpy()
    constant = panel[fit._depvar].mean() - means @ fit.coef().to_numpy()
    return float(constant), float(np.sqrt(means @ fit._vcov @ means))
