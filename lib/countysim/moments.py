"""Smallest changes to a draw that make its statistics take chosen values.

Coefficients are linear in the outcome; standard errors, R² and standard deviations are smooth
in it. :data:`Moments` give values and their gradients, and :func:`shape` takes weighted
minimal-norm Gauss-Newton steps until every value lies in its interval.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Array = np.ndarray
Moments = Callable[[Array], tuple[Array, Array]]
"""Maps a vector (n,) to the values (m,) and gradients (m, n) of m statistics."""

INNER, REACHED = 0.6, 0.85
"""Parts of an interval: steps aim inside the first; a value inside the second is good enough."""
TRUST = 0.08
"""Largest root-mean-square relative move of the elements in one step."""
SLACK = 0.1
"""Part of an interval that a step may leave open, traded against its size."""
MOST_STEPS = 80


@dataclass(frozen=True)
class Regression:
    """A linear regression with regressors fixed, county effects absorbed or none.

    Attributes
    ----------
    rows
        Positions of the used county-years in the panel, singletons dropped.
    county
        Codes 0, …, G-1 of ``rows``, non-decreasing; None for a pooled regression.
    design
        Regressors (n, k), demeaned by county if it is absorbed; year dummies among them.
    operator
        ``(Z'X)^-1 Z'``, shape (k, n), Z the instruments or X itself: a row times the outcome is
        a coefficient.
    factor
        Of the variance: the small-sample factor if clustered, else one over the degrees of
        freedom.
    """

    rows: Array
    county: Array | None
    design: Array
    operator: Array
    factor: float

    def residuals(self, outcome: Array) -> Array:
        """Residuals of an outcome.

        Parameters
        ----------
        outcome
            Shape (n,).

        Returns
        -------
        array
            Same shape.
        """
        within = self._demeaned(outcome)
        return within - self.design @ (self.operator @ within)

    def transposed(self, values: Array) -> Array:
        """Apply the transpose of the matrix that makes residuals of an outcome.

        Parameters
        ----------
        values
            Shape (n,) or (n, m).

        Returns
        -------
        array
            Same shape.
        """
        within = self._demeaned(values)
        return within - self.operator.T @ (self.design.T @ within)

    def _demeaned(self, values: Array) -> Array:
        return values if self.county is None else demean(values, self.county)


def demean(values: Array, county: Array) -> Array:
    """Deviations from the means of consecutive groups, along the first axis.

    Parameters
    ----------
    values
        Shape (n,) or (n, m).
    county
        Codes 0, …, G-1 (n,), non-decreasing.

    Returns
    -------
    array
        Same shape.
    """
    return values - (cluster_sums(values, county).T / np.bincount(county)).T[county]


def cluster_sums(scores: Array, county: Array) -> Array:
    """Sum consecutive groups, along the first axis.

    Parameters
    ----------
    scores
        Shape (n,) or (n, m).
    county
        Codes (n,), non-decreasing.

    Returns
    -------
    array
        Shape (groups,) or (groups, m).
    """
    return np.add.reduceat(scores, np.flatnonzero(np.diff(county, prepend=-1)), axis=0)


def pooled(regressors: Array) -> Regression:
    """Fix a regression on all rows, with a constant (the last coefficient) and no effects.

    Parameters
    ----------
    regressors
        Shape (n, k), without constant.

    Returns
    -------
    Regression
        Its errors are unclustered.
    """
    design = np.column_stack([regressors, np.ones(len(regressors))])
    n, k = design.shape
    return Regression(np.arange(n), None, design, np.linalg.pinv(design), 1 / (n - k))


def regression(
    county: Array,
    year: Array,
    regressors: Array,
    rows: Array | None = None,
    instruments: Array | None = None,
) -> Regression:
    """Fix a regression with county and year effects on some rows of a panel sorted by county.

    Parameters
    ----------
    county, year
        Both (n,).
    regressors
        Shape (n, k), without year dummies, which are added behind them.
    rows
        Which to use, boolean (n,); by default all.
    instruments
        For two-stage least squares: as many as regressors (n, k), exogenous regressors being
        their own.

    Returns
    -------
    Regression
        Counties with a single used row are dropped, as pyfixest does.
    """
    rows = np.full(len(county), True) if rows is None else rows
    sizes = np.bincount(county[rows], minlength=county.max() + 1)
    used = np.flatnonzero(rows & (sizes[county] > 1))
    codes = np.unique(county[used], return_inverse=True)[1]
    years = np.unique(year[used])
    dummies = (year[used, None] == years[1:]).astype(float)
    design = demean(np.column_stack([regressors[used], dummies]), codes)
    if instruments is None:
        operator = np.linalg.pinv(design)
    else:
        z = demean(np.column_stack([instruments[used], dummies]), codes)
        operator = np.linalg.solve(z.T @ design, z.T)
    groups, n = codes.max() + 1, len(used)
    # pyfixest's default: county effects are nested in the clusters and cost one parameter.
    factor = groups / (groups - 1) * (n - 1) / (n - regressors.shape[1] - len(years))
    return Regression(used, codes, design, operator, factor)


def linear(weights: Array) -> Moments:
    """Weighted sums of the outcome, as coefficients and means are.

    Parameters
    ----------
    weights
        Shape (m, n).

    Returns
    -------
    callable
        Moments of the outcome.
    """
    return lambda outcome: (weights @ outcome, weights)


def standard_errors(fit: Regression, weights: Array) -> Moments:
    """Standard errors of weighted sums of the outcome, clustered if counties are absorbed.

    Parameters
    ----------
    fit
        Regression whose residuals count.
    weights
        Shape (m, n): rows of the operator, or combinations of them.

    Returns
    -------
    callable
        Moments of the regression's outcome.
    """
    county, length = fit.county, np.linalg.norm(weights, axis=1)

    def unclustered(outcome: Array) -> tuple[Array, Array]:
        residual = fit.residuals(outcome)
        spread = np.sqrt(fit.factor * residual @ residual)
        return length * spread, np.outer(length, fit.factor * residual / spread)

    if county is None:
        return unclustered

    def clustered(outcome: Array) -> tuple[Array, Array]:
        sums = cluster_sums((weights * fit.residuals(outcome)).T, county)
        errors = np.sqrt(fit.factor * (sums**2).sum(axis=0))
        slope = fit.transposed(weights.T * sums[county])
        return errors, (slope * (fit.factor / errors)).T

    return clustered


def r_squared(fit: Regression) -> Moments:
    """Share of the outcome's variance that regressors and effects explain.

    Parameters
    ----------
    fit
        By least squares.

    Returns
    -------
    callable
        Moments of the regression's outcome.
    """

    def moments(outcome: Array) -> tuple[Array, Array]:
        residual, deviation = fit.residuals(outcome), outcome - outcome.mean()
        total, left = deviation @ deviation, residual @ residual
        gradient = 2 * (left / total * deviation - residual) / total
        return np.array([1 - left / total]), gradient[None]

    return moments


def mean_and_sd(outcome: Array) -> tuple[Array, Array]:
    """Moments of an outcome: mean, and standard deviation (denominator n - 1).

    Parameters
    ----------
    outcome
        Shape (n,).

    Returns
    -------
    tuple of array
        Values (2,) and gradients (2, n).
    """
    n, mean, sd = len(outcome), outcome.mean(), outcome.std(ddof=1)
    slope = (outcome - mean) / (n - 1) / sd
    return np.array([mean, sd]), np.vstack([np.full(n, 1 / n), slope])


def of_rows(moments: Moments, rows: Array) -> Moments:
    """Moments of some rows of an outcome; the others have no gradient.

    Parameters
    ----------
    moments
        Of the outcome in these rows.
    rows
        Positions.

    Returns
    -------
    callable
        Moments of the complete outcome.
    """

    def of_all(outcome: Array) -> tuple[Array, Array]:
        values, slope = moments(outcome[rows])
        gradient = np.zeros((len(values), len(outcome)))
        gradient[:, rows] = slope
        return values, gradient

    return of_all


def of_winsorised(moments: Moments, share: float) -> Moments:
    """Moments of the outcome clipped at its quantiles; clipped elements have no gradient.

    Parameters
    ----------
    moments
        Of an outcome.
    share
        Of elements beyond each quantile.

    Returns
    -------
    callable
        Moments of the outcome before clipping.
    """

    def of_clipped(outcome: Array) -> tuple[Array, Array]:
        low, high = np.quantile(outcome, [share, 1 - share])
        values, gradient = moments(np.clip(outcome, low, high))
        return values, gradient * ((outcome >= low) & (outcome <= high))

    return of_clipped


def shape(
    vector: Array,
    moments: Moments,
    interval: Callable[[Array], tuple[Array, Array]],
    weight: Callable[[Array], Array],
    project: Callable[[Array], Array],
    reached: float = REACHED,
) -> Array:
    """Move a vector as little as needed for every moment to lie in its interval.

    Parameters
    ----------
    vector
        Starting values (n,).
    moments
        The statistics and their gradients.
    interval
        Middles and half lengths given the current values (an interval may depend on another
        moment: a star asks for a t-ratio).
    weight
        Variance (n,) each element may move by, given the vector: steps minimise the sum of
        squared moves over it. Zero holds an element still.
    project
        Brings a vector back to its bounds; called after each step.
    reached
        Part of an interval that counts as reached.

    Returns
    -------
    array
        The vector (n,) after the last step, its moments reached or not.
    """
    for _ in range(MOST_STEPS):
        values, gradient = moments(vector)
        middle, half = interval(values)
        if inside(values, middle, half, reached).all():
            break
        aim = np.clip(values, middle - INNER * half, middle + INNER * half)
        variance = weight(vector)
        step = _minimal_step(gradient, aim - values, SLACK * half, variance)
        size = np.sqrt(np.mean(step**2 / variance))
        vector = project(vector + min(1, TRUST / size) * step)
    return vector


def inside(values: Array, middle: Array, half: Array, reached: float = REACHED) -> Array:
    """Which values lie in the part of their interval that counts as reached.

    Parameters
    ----------
    values, middle, half
        Moments (m,), middles and half lengths of the intervals (m,) each.
    reached
        Part of an interval that counts.

    Returns
    -------
    array
        Boolean (m,).
    """
    return np.abs(values - middle) <= reached * half


def _minimal_step(gradient: Array, gap: Array, slack: Array, variance: Array) -> Array:
    """Step that closes the gaps of the moments, at the least weighted squared size.

    Ridge: a moment may miss its aim by a part of its interval where that saves much. This
    also settles moments that depend on each other.
    """
    weighted = gradient * variance
    gram = weighted @ gradient.T + np.diag(slack**2)
    scale = np.sqrt(np.diag(gram))
    return np.linalg.solve(gram / np.outer(scale, scale), gap / scale) / scale @ weighted
