"""The constant that Stata's reghdfe prints beside absorbed fixed effects."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

NESTED = 1e-6
"""Largest sum of a cluster's residuals, relative to all residuals, that counts as zero."""


def reghdfe_constant(fit: Any, panel: pd.DataFrame) -> tuple[float, float]:
    r"""Constant and its standard error as reghdfe reports them.

    reghdfe adds the means back to the demeaned variables and runs least squares with a
    constant, so the constant is :math:`\bar y - \bar x'\hat\beta`. The residuals of each
    cluster add up to zero when a fixed effect is nested in the clusters; the constant's
    variance is then :math:`\bar x' V \bar x`, with *V* the clustered variance of the slopes.

    ``fit`` is a pyfixest fit with fixed effects, clustered by one of them (or by a coarser unit),
    ``panel`` what it was given: rows that it dropped, such as singletons, are left out here, too.
    If no fixed effect is nested in the clusters, the formula does not hold: a ValueError.
    """
    panel = rows_used(fit, panel)
    residuals = np.asarray(fit.resid()).ravel()
    sums = pd.Series(residuals).groupby(panel[fit._clustervar[0]].to_numpy()).sum()
    if np.abs(sums).max() > NESTED * np.abs(residuals).sum():
        raise ValueError("residuals do not add up to zero within clusters: cluster by the county")
    means = panel[fit._coefnames].mean().to_numpy()
    constant = panel[fit._depvar].mean() - means @ fit.coef().to_numpy()
    return float(constant), float(np.sqrt(means @ fit._vcov @ means))


def rows_used(fit: Any, panel: pd.DataFrame) -> pd.DataFrame:
    """Rows of a panel that a pyfixest fit has used, of those that it was given."""
    return panel if len(panel) == fit._N else panel.iloc[fit._data.index]  # it counts rows from 0


class WithConstant:
    """A pyfixest fit with fixed effects that also has reghdfe's constant, as ``Intercept``.

    Everything else is the fit's own. It stands in tables beside fits that have a constant.

    Parameters
    ----------
    fit, panel
        As in `reghdfe_constant`.

    Raises
    ------
    ValueError
        As in `reghdfe_constant`.
    """

    def __init__(self, fit: Any, panel: pd.DataFrame) -> None:
        self._fit = fit
        constant, error = reghdfe_constant(fit, panel)
        groups = rows_used(fit, panel)[fit._clustervar[0]].nunique()
        p = 2 * stats.t.sf(abs(constant / error), groups - 1)
        self._constant = {"coef": constant, "se": error, "pvalue": p}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fit, name)

    def _with_constant(self, what: str) -> pd.Series:
        found = getattr(self._fit, what)()
        return pd.concat([found, pd.Series({"Intercept": self._constant[what]})])

    def coef(self) -> pd.Series:
        """Estimates by coefficient, the constant last."""
        return self._with_constant("coef")

    def se(self) -> pd.Series:
        """Standard errors, in the order of `coef`."""
        return self._with_constant("se")

    def pvalue(self) -> pd.Series:
        """P-values, in the order of `coef`; the constant's from t with clusters - 1 degrees."""
        return self._with_constant("pvalue")
