"""Smallest changes to a draw that make its statistics take chosen values.

Coefficients are linear in the outcome; standard errors, R² and standard deviations are smooth
in it. :data:`Moments` give values and their gradients, and :func:`shape` takes weighted
minimal-norm Gauss-Newton steps until every value lies in its interval.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from paneldid.partialling import deviations, first_rows, run_sums, small_sample_factor

Array = np.ndarray
Moments = Callable[[Array], tuple[Array, Array]]
"""Maps a vector (n,) to the values (m,) and gradients (m, n) of m statistics."""

INNER, REACHED = 0.6, 0.85
"""Parts of an interval: steps aim inside the first; a value inside the second is good enough."""
TRUST = 0.08
"""Largest root-mean-square relative move of the elements in one step."""
SLACK = 0.1
"""Part of an interval that a step may leave open, traded against its size."""
MAX_STEPS = 80


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
        """Residuals of an outcome."""
        within = self._demeaned(outcome)
        return within - self.design @ (self.operator @ within)

    def transposed(self, values: Array) -> Array:
        """Apply the transpose of the matrix that makes residuals of an outcome."""
        within = self._demeaned(values)
        return within - self.operator.T @ (self.design.T @ within)

    def _demeaned(self, values: Array) -> Array:
        return values if self.county is None else deviations(values, first_rows(self.county))


def pooled(regressors: Array) -> Regression:
    """Fix a regression on all rows, with a constant (the last coefficient) and no effects."""
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
    """Fix a regression with county and year effects on some rows of a panel sorted by county."""
    rows = np.full(len(county), True) if rows is None else rows
    sizes = np.bincount(county[rows], minlength=county.max() + 1)
    used = np.flatnonzero(rows & (sizes[county] > 1))
    codes = np.unique(county[used], return_inverse=True)[1]
    years = np.unique(year[used])
    dummies = (year[used, None] == years[1:]).astype(float)
    first = first_rows(codes)
    design = deviations(np.column_stack([regressors[used], dummies]), first)
    if instruments is None:
        operator = np.linalg.pinv(design)
    else:
        z = deviations(np.column_stack([instruments[used], dummies]), first)
        operator = np.linalg.solve(z.T @ design, z.T)
    # pyfixest's default: county effects are nested in the clusters and cost one parameter.
    parameters = regressors.shape[1] + len(years)
    factor = small_sample_factor(len(used), len(first), parameters)
    return Regression(used, codes, design, operator, factor)


def linear(weights: Array) -> Moments:
    """Weighted sums of the outcome, as coefficients and means are."""
    return lambda outcome: (weights @ outcome, weights)


def standard_errors(fit: Regression, weights: Array) -> Moments:
    """Standard errors of weighted sums of the outcome, clustered if counties are absorbed."""
    county, length = fit.county, np.linalg.norm(weights, axis=1)

    def unclustered(outcome: Array) -> tuple[Array, Array]:
        residual = fit.residuals(outcome)
        spread = np.sqrt(fit.factor * residual @ residual)
        return length * spread, np.outer(length, fit.factor * residual / spread)

    if county is None:
        return unclustered

    def clustered(outcome: Array) -> tuple[Array, Array]:
        sums = run_sums((weights * fit.residuals(outcome)).T, first_rows(county))
        errors = np.sqrt(fit.factor * (sums**2).sum(axis=0))
        slope = fit.transposed(weights.T * sums[county])
        return errors, (slope * (fit.factor / errors)).T

    return clustered


def r_squared(fit: Regression) -> Moments:
    """Share of the outcome's variance that regressors and effects explain."""

    def moments(outcome: Array) -> tuple[Array, Array]:
        residual, deviation = fit.residuals(outcome), outcome - outcome.mean()
        total, left = deviation @ deviation, residual @ residual
        gradient = 2 * (left / total * deviation - residual) / total
        return np.array([1 - left / total]), gradient[None]

    return moments


def mean_and_sd(outcome: Array) -> tuple[Array, Array]:
    """Moments of an outcome: mean, and standard deviation (denominator n - 1)."""
    n, mean, sd = len(outcome), outcome.mean(), outcome.std(ddof=1)
    slope = (outcome - mean) / (n - 1) / sd
    return np.array([mean, sd]), np.vstack([np.full(n, 1 / n), slope])


def control_moments(
    did: Array, counties: int, slopes: Array, total: float, sigma: float, within: float
) -> Moments:
    """Moments of the controls that `countysim.calibrate.shape_controls` aims at, in its order."""
    n, k = len(did), len(slopes) - 1
    deviation = did - did.mean()
    share = deviation / (deviation @ deviation)

    def moments(vector: Array) -> tuple[Array, Array]:
        x = vector.reshape(n, k)
        mean, centred = x.mean(axis=0), x - x.mean(axis=0)
        spread = np.sqrt((centred**2).sum(axis=0) / (n - 1))
        own = np.eye(k)[:, None, :]
        pooled = np.column_stack([did, x, np.ones(n)])
        two_way = _two_way(pooled[:, :-1], counties)
        wanted = np.vstack([np.eye(k + 1)[1:], np.append(did.mean(), mean)])
        errors, slope = _errors_of(pooled, np.eye(k + 2), sigma, k)
        errors_within, slope_within = _errors_of(two_way, wanted, within, k)
        # The constant's weights are the means themselves, which move with the controls.
        inverse = np.linalg.solve(two_way.T @ two_way, wanted[-1])[1:]
        slope_within[-1] += within**2 / errors_within[-1] * inverse / n
        fitted = np.column_stack([deviation, centred]) @ slopes
        omitted, explained = share @ x @ slopes[1:], fitted @ fitted / total
        values = [mean, spread, errors, errors_within, [omitted, explained]]
        gradients = [
            np.broadcast_to(own / n, (k, n, k)),
            own * (centred / (n - 1) / spread),
            slope,
            slope_within,
            (share[:, None] * slopes[1:])[None],
            (2 / total * fitted[:, None] * slopes[1:])[None],
        ]
        return np.concatenate(values), np.concatenate(gradients).reshape(-1, n * k)

    return moments


def _errors_of(design: Array, wanted: Array, sigma: float, k: int) -> tuple[Array, Array]:
    """Unclustered errors of combinations ``wanted`` (m, p) and gradients (m, n, k).

    The derivative of ``u'(P'P)^-1 u`` with respect to the regressors P is ``-2 (P v) v'`` with
    ``v = (P'P)^-1 u``; the controls stand in columns 1 to k.
    """
    inverse = np.linalg.solve(design.T @ design, wanted.T)
    errors = sigma * np.sqrt(np.einsum("mp,pm->m", wanted, inverse))
    slope = (design @ inverse).T[:, :, None] * inverse[1 : k + 1].T[:, None, :]
    return errors, slope * (-(sigma**2) / errors)[:, None, None]


def _two_way(values: Array, counties: int) -> Array:
    """Deviations from county and year means in a balanced panel."""
    paths = values.reshape(counties, -1, values.shape[1])
    paths = paths - paths.mean(axis=1, keepdims=True)
    return (paths - paths.mean(axis=0)).reshape(values.shape)


def of_rows(moments: Moments, rows: Array) -> Moments:
    """Moments of some rows of an outcome; the others have no gradient."""

    def of_all(outcome: Array) -> tuple[Array, Array]:
        values, slope = moments(outcome[rows])
        gradient = np.zeros((len(values), len(outcome)))
        gradient[:, rows] = slope
        return values, gradient

    return of_all


def of_winsorised(moments: Moments, share: float) -> Moments:
    """Moments of the outcome clipped at its quantiles; clipped elements have no gradient."""

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
    """Move a vector as little as needed for every moment to lie in its interval."""
    for _ in range(MAX_STEPS):
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
    """Which values lie in the part of their interval that counts as reached."""
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
