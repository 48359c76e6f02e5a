"""Honest difference-in-differences: what a finding survives if trends were not parallel.

Rambachan and Roth (2023). An event study gives estimates at times -P, ..., -1 and 1, ..., K around
a reference time 0 whose coefficient is zero; each is an effect plus a violation of parallel
trends. Two restrictions link the violations after the start to those before:

- relative magnitudes: no step from one period to the next after the start is larger than ``mbar``
  times the largest step before it;
- smoothness: the slope of the violation changes by no more than ``m`` from period to period.

In all functions ``estimates`` (P+K,) and ``variance`` (P+K, P+K) leave out the reference, ``n_pre``
is P, and ``weights`` (K,) picks the parameter: by default the effect of the first period. P and K
are at least one. Confidence is 95% and significance 5% throughout.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from scipy import stats
from scipy.optimize import brentq, minimize_scalar
from scipy.special import ndtr

SIZE = 0.05
FIRST_STAGE = 0.1 * SIZE  # error probability spent on the least favourable test, as in R
LEAST_FAVOURABLE_DRAWS = 10_000
GRID_SE = 20  # standard errors on either side that the grid adds to the identified set
TOLERANCE = 1e-9
MAX_KNOTS = 1000  # against cycling at ties; a path cut short gives a valid, longer interval

Array = np.ndarray


@dataclass(frozen=True)
class Bounds:
    """A robust confidence interval and the identified set at the point estimates."""

    lower: float  # infinite where the grid's end is still accepted, as is upper
    upper: float
    identified_lower: float  # NaN if the restriction rejects the estimates, as is upper
    identified_upper: float
    step: float  # distance of the values that were tested; zero for an exact interval

    def __contains__(self, value: float) -> bool:
        return self.lower <= value <= self.upper


def _chosen(
    weights: Array | None, n_pre: int, variance: Array, estimates: Array, limit: float = 0.0
) -> Array:
    """Weights (K,) of the parameter, by default on the first period after the start."""
    n_post = len(variance) - n_pre
    if n_pre < 1 or n_post < 1:
        raise ValueError(f"{n_pre} periods before and {n_post} after the start: one is needed")
    if variance.shape != (len(estimates),) * 2:
        raise ValueError(f"variance of shape {variance.shape} for {len(estimates)} estimates")
    if not (np.isfinite(estimates).all() and np.isfinite(variance).all()):
        raise ValueError("missing or infinite estimates or variances: leave those periods out")
    if not 0 <= limit < np.inf:
        raise ValueError(f"violations of at most {limit}: the limit is a number from zero on")
    chosen = np.eye(n_post)[0] if weights is None else np.asarray(weights, float)
    if chosen.shape != (n_post,) or not (np.isfinite(chosen).all() and chosen.any()):
        raise ValueError(f"{len(chosen)} weights, some not zero, for {n_post} periods, finite")
    return chosen


def relative_magnitudes(
    estimates: Array,
    variance: Array,
    n_pre: int,
    mbar: float,
    rng: np.random.Generator,
    *,
    weights: Array | None = None,
    points: int = 1000,
) -> Bounds:
    """Confidence set if violations after the start are at most ``mbar`` times those before.

    The conditional test with a least favourable first stage (C-LF) of Andrews, Roth and Pakes
    (2023), inverted on a grid for each of the 2P polyhedra whose union the restriction is. The
    nuisance parameters are removed by the vertices of the dual programme, of which there are K + 2,
    so that every quantity of the test is a product of small matrices, however many periods.

    Parameters
    ----------
    estimates, variance, n_pre, weights
        See the module.
    mbar
        Zero is parallel trends after the start; one allows the worst step seen before.
    rng
        Source of the least favourable draws.
    points
        Values tested.
    """
    chosen = _chosen(weights, n_pre, variance, estimates, mbar)
    before = np.append(estimates[:n_pre], 0.0)  # the reference is zero
    centre = float(chosen @ estimates[n_pre:])
    half = float(mbar * np.abs(np.diff(before)).max() * np.abs(chosen[::-1].cumsum()).sum())
    se = float(np.sqrt(chosen @ variance[n_pre:, n_pre:] @ chosen))
    grid = centre + np.linspace(-1, 1, points) * (half + GRID_SE * se)
    draws = rng.standard_normal((LEAST_FAVOURABLE_DRAWS, len(estimates)))
    accepted = _accepted_by_any(estimates, variance, n_pre, mbar, chosen, grid, draws)
    ends = grid[accepted]
    low = -np.inf if accepted[0] else ends.min(initial=np.inf)
    high = np.inf if accepted[-1] else ends.max(initial=-np.inf)
    return Bounds(float(low), float(high), centre - half, centre + half, float(grid[1] - grid[0]))


def relative_breakdown(
    estimates: Array,
    variance: Array,
    n_pre: int,
    largest: float,
    rng: np.random.Generator,
    *,
    weights: Array | None = None,
) -> float:
    """Smallest ``mbar`` at which `relative_magnitudes` does not reject an effect of zero.

    The middle of a bracket a thousandth of ``largest`` wide; infinite if it is beyond. Only zero is
    tested, so there is no grid, and the draws are the same at every ``mbar``.
    """
    chosen = _chosen(weights, n_pre, variance, estimates, largest)
    draws = rng.standard_normal((LEAST_FAVOURABLE_DRAWS, len(estimates)))

    def holds_zero(mbar: float) -> bool:
        zero = np.zeros(1)
        return bool(_accepted_by_any(estimates, variance, n_pre, mbar, chosen, zero, draws)[0])

    return _bisect(holds_zero, largest)


def _accepted_by_any(
    estimates: Array, variance: Array, n_pre: int, mbar: float, weights: Array,
    grid: Array, draws: Array,
) -> Array:  # fmt: skip
    """Whether one of the polyhedra of the restriction accepts each value."""
    if np.linalg.eigvalsh(variance)[0] <= 0:
        raise ValueError("the variance has a direction without any: leave out what is collinear")
    steps = np.diff(np.eye(len(estimates) + 1), axis=0)
    steps = np.delete(steps, n_pre, axis=1)
    accepted = np.zeros(len(grid), bool)
    for largest in np.vstack([steps[:n_pre], -steps[:n_pre]]):
        moments = np.vstack([steps[n_pre:], -steps[n_pre:]]) - mbar * largest
        accepted |= _accepted(moments, estimates, variance, weights, grid, draws)
    return accepted


def _accepted(
    moments: Array, estimates: Array, variance: Array, weights: Array, grid: Array, draws: Array
) -> Array:
    """Whether the C-LF test accepts each value: ``moments @ violations <= 0`` is the null."""
    of_post = moments[:, -len(weights) :]
    covariance = moments @ variance @ moments.T
    vertices = _vertices(np.sqrt(np.diag(covariance)), weights[::-1].cumsum()[::-1])
    gram = vertices @ covariance @ vertices.T
    shift = of_post @ weights / (weights @ weights)
    scaled = vertices @ ((moments @ estimates)[:, None] - np.outer(shift, grid))  # (vertices, grid)
    best, eta = scaled.argmax(axis=0), scaled.max(axis=0)
    # where mbar is zero some vertices have no variance; their value is zero, which never rejects
    with np.errstate(divide="ignore", invalid="ignore"):
        sigma = np.sqrt(np.maximum(np.diag(gram), 0))[best]
        slope = (gram / np.diag(gram)[:, None])[best].T  # of a vertex's value on the best one's
        crossing = (scaled - slope * eta) / (1 - slope)
        low = np.where(slope < 1 - TOLERANCE, crossing, -np.inf).max(axis=0)
        high = np.where(slope > 1 + TOLERANCE, crossing, np.inf).min(axis=0)

        def holds(high: Array) -> Array:
            tail = [ndtr(-bound / sigma) for bound in (eta, low, high)]
            p = (tail[0] - tail[2]) / (tail[1] - tail[2])
            return (eta <= TOLERANCE) | (p >= (SIZE - FIRST_STAGE) / (1 - FIRST_STAGE))

        if not (accepted := holds(high)).any():
            return accepted  # a first stage makes p smaller still: it need not be simulated
        root = np.linalg.cholesky(variance)
        null = (draws @ (vertices @ moments @ root).T).max(axis=1)
        least_favourable = np.quantile(null, 1 - FIRST_STAGE)
        return (eta <= least_favourable) & holds(np.minimum(high, least_favourable))


def _vertices(sd: Array, direction: Array) -> Array:
    """Vertices (K+2, 2K) of the multipliers {g >= 0, g'sd = 1} that no nuisance parameter moves.

    The moments are steps up and the same steps down, whose multipliers may differ only along the
    ``direction`` (K,) of the steps that moves the parameter alone: all multipliers are mixtures of
    that direction, its opposite, and one step up together with the same step down.
    """
    along = np.concatenate([direction.clip(0), (-direction).clip(0)])
    k = len(direction)
    rays = np.vstack([along, np.roll(along, k), np.tile(np.eye(k), 2)])
    return rays / (rays @ sd)[:, None]


def smoothness(
    estimates: Array, variance: Array, n_pre: int, m: float, *, weights: Array | None = None
) -> Bounds:
    """Fixed-length confidence interval if the slope of the violation changes by at most ``m``.

    The interval is centred at the linear estimator with the shortest length (Armstrong and
    Kolesár, 2018; Rambachan and Roth, 2023, section 4.1). Written in the second differences of
    the violation, an estimator's worst bias is ``m`` times the sum of absolute coefficients, so
    the best compromise of bias and variance lies on the path of a lasso.

    ``m`` is the largest change of slope; zero lets a linear trend go on.
    """
    chosen = _chosen(weights, n_pre, variance, estimates, m)
    n_post = len(chosen)
    ahead = np.arange(1, n_post + 1)
    late = [abs(np.maximum(ahead - k, 0) @ chosen) for k in range(n_post)]
    back = np.arange(n_pre, 0, -1)  # distances of the periods before, in their order
    to_differences = np.maximum(back - np.arange(n_pre)[:, None], 0)
    lead = np.linalg.inv(to_differences)  # columns: unit coefficients on second differences
    fixed = np.concatenate([(ahead @ chosen) * lead[:, 0], chosen])
    free = np.vstack([lead[:, 1:], np.zeros((n_post, n_pre - 1))])
    knots = _lasso_path(free.T @ variance @ free, free.T @ variance @ fixed)

    def half_length(coefficients: Array) -> float:
        estimator = fixed + free @ coefficients
        sd = np.sqrt(estimator @ variance @ estimator)
        bias = m * (sum(late) + np.abs(coefficients).sum())
        return float(sd * _folded_quantile(bias / sd))

    between = [_best_between(half_length, a, b) for a, b in pairwise(knots)]
    best = min([knots[0], *between], key=half_length)
    centre, half = float((fixed + free @ best) @ estimates), half_length(best)
    middle = float(fixed @ estimates)  # the last slope before the start, carried on
    around = np.concatenate([estimates[:n_pre], [0.0]])
    possible = n_pre == 1 or np.abs(np.diff(around, 2)).max() <= m
    reach = float(m * sum(late)) if possible else np.nan
    return Bounds(centre - half, centre + half, middle - reach, middle + reach, 0.0)


def _folded_quantile(mean: float) -> float:
    """95% quantile of |N(mean, 1)|; scipy's ``foldnorm.ppf`` is some fifty times slower."""
    return brentq(lambda c: ndtr(c - mean) - ndtr(-c - mean) - (1 - SIZE), 0.0, mean + 10)


def _best_between(length: Callable[[Array], float], start: Array, end: Array) -> Array:
    found = minimize_scalar(
        lambda share: length(start + share * (end - start)), bounds=(0, 1), method="bounded"
    )
    inner = start + found.x * (end - start)
    return min((start, inner, end), key=length)


def _lasso_path(q: Array, linear: Array) -> list[Array]:
    """Knots of the minimisers of x'qx/2 + linear'x + penalty |x|, penalty from large to zero.

    The path is linear between knots, where one coefficient leaves zero or returns to it
    (Osborne, Presnell and Turlach, 2000).
    """
    x, gradient, penalty = np.zeros(len(q)), linear.copy(), np.abs(linear).max(initial=0.0)
    sign = np.zeros(len(q))  # of the active coefficients; zero for the others
    knots, last, before = [x], -1, 0.0  # the latest event's coefficient and its former sign
    if penalty > 0:
        last = int(np.abs(linear).argmax())
        sign[last] = -np.sign(linear[last])
    while penalty > 0 and len(knots) < MAX_KNOTS:
        active = sign != 0
        direction = np.zeros(len(q))  # of x as the penalty falls by one
        direction[active] = np.linalg.solve(q[np.ix_(active, active)], sign[active])
        change = q @ direction
        events = [(penalty, -1, 0.0)]
        for j in np.flatnonzero(active & (direction * sign < 0)).tolist():
            if j != last:
                events.append((-x[j] / direction[j], j, 0.0))
        for j, s in product(np.flatnonzero(~active).tolist(), (1.0, -1.0)):
            # gradient + fall * change = s * (penalty - fall)
            if (j, -s) != (last, before) and s * change[j] + 1 > TOLERANCE:
                events.append(((penalty - s * gradient[j]) / (s * change[j] + 1), j, -s))
        fall, last, new_sign = min((max(fall, 0.0), j, s) for fall, j, s in events)
        x, gradient, penalty = x + fall * direction, gradient + fall * change, penalty - fall
        if last >= 0:
            before, sign[last] = sign[last], new_sign
            x[last] = 0.0  # a coefficient enters at zero and leaves at zero
        knots.append(x)
    return knots


def breakdown(bounds: Callable[[float], Bounds], largest: float) -> float:
    """Smallest violation at which the interval covers zero.

    ``bounds`` maps ``mbar`` or ``m`` to its interval, with the same draws every time. Returns the
    middle of a bracket a thousandth of ``largest`` wide; infinite if it is beyond.
    """
    return _bisect(lambda size: 0 in bounds(size), largest)


def _bisect(holds_zero: Callable[[float], bool], largest: float) -> float:
    low, high = 0.0, largest
    if holds_zero(low):
        return 0.0
    if not holds_zero(high):
        return float("inf")
    while high - low > 0.001 * largest:
        middle = (low + high) / 2
        low, high = (low, middle) if holds_zero(middle) else (middle, high)
    return (low + high) / 2


@dataclass(frozen=True)
class PretrendPower:
    """What a linear drift does to a pre-trend test and to what is published after it."""

    slope: float  # drift a period
    power: float  # chance that at least one estimate before the start is significant by itself
    bias: float  # of the estimate with ``weights``
    bias_if_passed: float  # given that none was significant
    joint: float  # power of the Wald test that all estimates before the start are zero, at 5%
    sup_t: float  # of the test by the largest absolute t ratio, at 5%
    best: float  # of the best unbiased test against a linear drift, at 5%


def pretrend_power(
    variance: Array,
    n_pre: int,
    slope: float,
    rng: np.random.Generator,
    *,
    weights: Array | None = None,
    draws: int = 20_000,
) -> PretrendPower:
    """Power of the usual look at pre-trends against a linear drift (Roth, 2022).

    The look asks whether any estimate is significant by itself, so that without a drift it finds
    something in more than 5% of samples. Three tests that do not are beside it. ``slope`` is the
    drift a period; ``variance``, ``n_pre`` and ``weights`` as in the module.
    """
    chosen = _chosen(weights, n_pre, variance, np.diag(variance))
    times = np.concatenate([np.arange(-n_pre, 0), np.arange(1, len(chosen) + 1)])
    noise = rng.standard_normal((draws, len(times))) @ np.linalg.cholesky(variance).T
    drawn, sd = slope * times + noise, np.sqrt(np.diag(variance))[:n_pre]
    ratio = (np.abs(drawn[:, :n_pre]) / sd).max(axis=1)
    critical = np.quantile((np.abs(noise[:, :n_pre]) / sd).max(axis=1), 1 - SIZE)
    passed = ratio < stats.norm.ppf(1 - SIZE / 2)
    after = drawn[:, n_pre:] @ chosen
    conditional = float(after[passed].mean()) if passed.any() else float("nan")
    leads = times[:n_pre]
    signal = slope**2 * leads @ np.linalg.solve(variance[:n_pre, :n_pre], leads)
    joint, best = (
        stats.ncx2.sf(stats.chi2.isf(SIZE, df), df, signal) if signal else SIZE for df in (n_pre, 1)
    )
    return PretrendPower(
        slope=slope,
        power=float(1 - passed.mean()),
        bias=slope * float(chosen @ times[n_pre:]),
        bias_if_passed=conditional,
        joint=float(joint),
        sup_t=float((ratio > critical).mean()),
        best=float(best),
    )


def slope_with_power(variance: Array, n_pre: int, power: float, seed: int) -> float:
    """Linear drift a period that the look at pre-trends detects with this probability."""
    low, high = 0.0, 10 * float(np.sqrt(np.diag(variance)).max())
    while high - low > 1e-3 * high:
        middle = (low + high) / 2
        found = pretrend_power(variance, n_pre, middle, np.random.default_rng(seed))
        low, high = (middle, high) if found.power < power else (low, middle)
    return (low + high) / 2
