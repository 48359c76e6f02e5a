"""Smallest changes to a draw that make its statistics take chosen values.

Coefficients are linear in the outcome; standard errors, R² and standard deviations are smooth
in it. Each :class:`Moment` gives a value and its gradient, and :func:`shape` takes weighted
minimal-norm Gauss-Newton steps until every value lies in its interval.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
        ``(X'X)^-1 X'``, shape (k, n): a row times the outcome is a coefficient.
    factor
        Small-sample factor of a clustered variance.
    """

    rows: Array
    county: Array | None
    design: Array
    operator: Array
    factor: float

    @property
    def clusters(self) -> Array:
        """Codes of the counties; only errors of a regression that absorbs them are clustered."""
        assert self.county is not None
        return self.county

    def demean(self, values: Array) -> Array:
        """Deviations from the county mean; the values themselves in a pooled regression.

        Parameters
        ----------
        values
            Shape (n,) or (n, m).

        Returns
        -------
        array
            Same shape.
        """
        return values if self.county is None else demean(values, self.county)

    def residuals(self, outcome: Array) -> Array:
        """Residuals of an outcome (n,) or of several (n, m).

        Parameters
        ----------
        outcome
            As said.

        Returns
        -------
        array
            Same shape.
        """
        within = self.demean(outcome)
        return within - self.design @ (self.operator @ within)


def demean(values: Array, county: Array) -> Array:
    """Deviations from the means of consecutive groups, along the first axis.

    Parameters
    ----------
    values
        Shape (n,) or (n, m).
    county
        Codes (n,), non-decreasing.

    Returns
    -------
    array
        Same shape.
    """
    starts = np.flatnonzero(np.diff(county, prepend=-1))
    sizes = np.diff(np.append(starts, len(county)))
    sums = np.add.reduceat(values, starts, axis=0)
    shape = (-1,) + (1,) * (values.ndim - 1)
    return values - np.repeat(sums / sizes.reshape(shape), sizes, axis=0)


def regression(
    county: Array, year: Array, regressors: Array, rows: Array, fixed_effects: bool = True
) -> Regression:
    """Fix a regression on some rows of a panel sorted by county.

    Parameters
    ----------
    county, year
        Both (n,).
    regressors
        Shape (n, k), without year dummies and constant; both are added where they belong.
    rows
        Which to use, boolean (n,).
    fixed_effects
        Whether county and year effects are absorbed; else pooled.

    Returns
    -------
    Regression
        Counties with a single used row are dropped, as pyfixest does.
    """
    if not fixed_effects:
        used = np.flatnonzero(rows)
        design = np.column_stack([regressors[used], np.ones(len(used))])
        return Regression(used, None, design, np.linalg.pinv(design), np.nan)
    sizes = np.bincount(county[rows], minlength=county.max() + 1)
    used = np.flatnonzero(rows & (sizes[county] > 1))
    codes = np.unique(county[used], return_inverse=True)[1]
    years = np.unique(year[used])
    dummies = (year[used, None] == years[1:]).astype(float)
    design = demean(np.column_stack([regressors[used], dummies]), codes)
    groups, n = codes.max() + 1, len(used)
    # pyfixest's default: county effects are nested in the clusters and cost one parameter.
    factor = groups / (groups - 1) * (n - 1) / (n - regressors.shape[1] - len(years))
    return Regression(used, codes, design, np.linalg.pinv(design), factor)


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


def estimates(fit: Regression, which: Iterable[int], n: int) -> Moments:
    """Coefficients ``which``: linear, so the gradient is the operator's row.

    Parameters
    ----------
    fit, n
        Regression, and length of the outcome.
    which
        Positions of the coefficients.

    Returns
    -------
    callable
        Moments of the outcome.
    """
    gradient = np.zeros((len(list(which)), n))
    gradient[:, fit.rows] = fit.operator[list(which)]
    return lambda outcome: (gradient @ outcome, gradient)


def standard_errors(fit: Regression, weights: Array, n: int) -> Moments:
    """Clustered standard errors of linear combinations ``weights`` (m, k) of coefficients.

    Parameters
    ----------
    fit, n
        Regression, and length of the outcome.
    weights
        Shape (m, k).

    Returns
    -------
    callable
        Moments of the outcome.
    """
    influence = (weights @ fit.operator).T

    def moments(outcome: Array) -> tuple[Array, Array]:
        residual = fit.residuals(outcome[fit.rows])
        sums = cluster_sums(influence * residual[:, None], fit.clusters)
        errors = np.sqrt(fit.factor * (sums**2).sum(axis=0))
        slope = fit.residuals(influence * sums[fit.clusters])
        gradient = np.zeros((len(weights), n))
        gradient[:, fit.rows] = (slope * (fit.factor / errors)).T
        return errors, gradient

    return moments


def simple_errors(fit: Regression, n: int) -> Moments:
    """Unclustered standard errors of all coefficients of a pooled regression.

    Parameters
    ----------
    fit, n
        Regression, and length of the outcome.

    Returns
    -------
    callable
        Moments of the outcome.
    """
    spread = np.sqrt((fit.operator**2).sum(axis=1) / (len(fit.rows) - len(fit.operator)))

    def moments(outcome: Array) -> tuple[Array, Array]:
        residual = fit.residuals(outcome[fit.rows])
        norm = np.sqrt(residual @ residual)
        gradient = np.zeros((len(spread), n))
        gradient[:, fit.rows] = np.outer(spread, residual / norm)
        return spread * norm, gradient

    return moments


def constant(fit: Regression, means: Array, n: int) -> Moments:
    """Constant beside absorbed effects: mean outcome less fitted mean of the regressors.

    Parameters
    ----------
    fit, n
        Regression, and length of the outcome.
    means
        Of the regressors.

    Returns
    -------
    callable
        Moments of the outcome.
    """
    gradient = np.zeros((1, n))
    gradient[0, fit.rows] = 1 / len(fit.rows) - means @ fit.operator[: len(means)]
    return lambda outcome: (gradient @ outcome, gradient)


def of_winsorised(moments: Moments, share: float = 0.01) -> Moments:
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


def r_squared(fit: Regression, n: int) -> Moments:
    """Share of the outcome's variance that regressors and effects explain.

    Parameters
    ----------
    fit, n
        Regression, and length of the outcome.

    Returns
    -------
    callable
        Moments of the outcome.
    """

    def moments(outcome: Array) -> tuple[Array, Array]:
        used = outcome[fit.rows]
        residual, deviation = fit.residuals(used), used - used.mean()
        total, left = deviation @ deviation, residual @ residual
        gradient = np.zeros((1, n))
        gradient[0, fit.rows] = 2 * (left / total * deviation - residual) / total
        return np.array([1 - left / total]), gradient

    return moments


def two_stage(
    fit: Regression, instrument: Array, endogenous: Array, n: int
) -> tuple[Moments, Moments]:
    """2SLS estimate, and its clustered standard error; ``fit`` holds the included regressors.

    Parameters
    ----------
    fit, n
        Regression on the included regressors, and length of the outcome.
    instrument, endogenous
        Both (n,).

    Returns
    -------
    tuple of callable
        Moments of the outcome.
    """
    z, d = fit.residuals(instrument[fit.rows]), fit.residuals(endogenous[fit.rows])
    influence, groups = z / (z @ d), fit.clusters[-1] + 1
    scale = groups / (groups - 1) * (len(d) - 1)
    factor = scale / (scale / fit.factor - 1)  # one more regressor, the endogenous one

    def estimate(outcome: Array) -> tuple[Array, Array]:
        gradient = np.zeros((1, n))
        gradient[0, fit.rows] = influence
        return gradient @ outcome, gradient

    def error(outcome: Array) -> tuple[Array, Array]:
        used = outcome[fit.rows]
        sums = cluster_sums(
            influence * (fit.residuals(used) - (influence @ used) * d), fit.clusters
        )
        se = np.sqrt(factor * sums @ sums)
        moved = influence * sums[fit.clusters]
        gradient = np.zeros((1, n))
        gradient[0, fit.rows] = (fit.residuals(moved) - influence * (d @ moved)) * factor / se
        return np.array([se]), gradient

    return estimate, error


def mean_and_sd(n: int) -> tuple[Moments, Moments]:
    """Mean, and standard deviation (denominator n - 1).

    Parameters
    ----------
    n
        Length of the outcome.

    Returns
    -------
    tuple of callable
        Moments of the outcome.
    """

    def mean(outcome: Array) -> tuple[Array, Array]:
        return np.array([outcome.mean()]), np.full((1, n), 1 / n)

    def spread(outcome: Array) -> tuple[Array, Array]:
        deviation = outcome - outcome.mean()
        sd = np.sqrt(deviation @ deviation / (n - 1))
        return np.array([sd]), (deviation / (n - 1) / sd)[None]

    return mean, spread


def stack(parts: Iterable[Moments]) -> Moments:
    """Several groups of moments as one.

    Parameters
    ----------
    parts
        In order.

    Returns
    -------
    callable
        Their values and gradients, one after the other.
    """
    parts = list(parts)

    def moments(outcome: Array) -> tuple[Array, Array]:
        values, gradients = zip(*(part(outcome) for part in parts), strict=True)
        return np.concatenate(values), np.vstack(gradients)

    return moments


@dataclass(frozen=True)
class Shaped:
    """Outcome of :func:`shape`.

    Attributes
    ----------
    vector, values
        The vector and its moments.
    reached
        Which moments lie where they should.
    steps
        How many were taken.
    """

    vector: Array
    values: Array
    reached: Array
    steps: int


def shape(
    vector: Array,
    moments: Moments,
    interval: Callable[[Array], tuple[Array, Array]],
    weight: Callable[[Array], Array],
    project: Callable[[Array], Array],
    reached: float = REACHED,
    most: int = 80,
) -> Shaped:
    """Move a vector as little as needed for every moment to lie in its interval.

    Parameters
    ----------
    vector
        Starting values (n,).
    moments
        The statistics and their gradients.
    interval
        Lower and upper ends given the current values (an interval may depend on another
        moment: a star asks for a t-ratio).
    weight
        Variance (n,) each element may move by, given the vector: steps minimise the sum of
        squared moves over it. Zero holds an element still.
    project
        Brings a vector back to its bounds; called after each step.
    reached
        Part of an interval that counts as reached.
    most
        Steps at most.

    Returns
    -------
    Shaped
        The last vector, reached or not.
    """
    vector = np.array(vector, float)
    for steps in range(most + 1):
        values, gradient = moments(vector)
        bounds = interval(values)
        good = inside(values, bounds, reached)
        if good.all() or steps == most:
            break
        middle, half = _middle_and_half(bounds)
        aim = np.clip(values, middle - INNER * half, middle + INNER * half)
        variance = weight(vector)
        step = _minimal_step(gradient, aim - values, SLACK * half, variance)
        size = np.sqrt(np.mean(step**2 / variance))
        vector = project(vector + min(1, TRUST / size) * step)
    return Shaped(vector, values, good, steps)


def inside(values: Array, bounds: tuple[Array, Array], reached: float = REACHED) -> Array:
    """Which values lie in the part of their interval that counts as reached.

    Parameters
    ----------
    values, bounds
        Moments (m,), lower and upper ends (m,) each.
    reached
        Part of an interval that counts.

    Returns
    -------
    array
        Boolean (m,).
    """
    middle, half = _middle_and_half(bounds)
    return np.abs(values - middle) <= reached * half


def _middle_and_half(bounds: tuple[Array, Array]) -> tuple[Array, Array]:
    return (bounds[0] + bounds[1]) / 2, (bounds[1] - bounds[0]) / 2


def _minimal_step(gradient: Array, gap: Array, slack: Array, variance: Array) -> Array:
    """Step that closes the gaps of the moments, at the least weighted squared size.

    Ridge: a moment may miss its aim by a part of its interval where that saves much. This
    also settles moments that depend on each other.
    """
    weighted = gradient * variance
    gram = weighted @ gradient.T + np.diag(slack**2)
    scale = np.sqrt(np.diag(gram))
    return np.linalg.solve(gram / np.outer(scale, scale), gap / scale) / scale @ weighted
