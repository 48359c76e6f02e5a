"""Honest bounds: R's HonestDiD on the Medicaid panel, linear programmes, coverage, power."""

import json
from itertools import combinations

import numpy as np
import pytest
from scipy import stats
from scipy.linalg import null_space
from scipy.optimize import linprog, minimize

from bookkit.paths import DATA
from paneldid.honest import (
    Bounds,
    _lasso_path,
    _vertices,
    breakdown,
    pretrend_power,
    relative_breakdown,
    relative_magnitudes,
    slope_with_power,
    smoothness,
)

R = json.loads((DATA / "validation" / "references.json").read_text(encoding="utf-8"))[
    "honest_medicaid"
]
BETA = np.array([row["coef"] for row in R["twfe"].values()])
SIGMA = np.array(R["sigma"])
N_PRE = 5
R_POINTS = 1000  # R's grid: twenty standard errors to either side
R_SIMULATION = 1e-4  # R simulates the folded normal's quantile; a fiftieth of a standard error


def step_of_r(weights):
    se = np.sqrt(weights @ SIGMA[N_PRE:, N_PRE:] @ weights)
    return 40 * se / (R_POINTS - 1)


@pytest.mark.parametrize(("key", "weights"), [("RM", (1, 0)), ("RM_avg", (0.5, 0.5))])
def test_relative_magnitudes_agree_with_r_within_a_grid_step(key, weights):
    weights, reference = np.array(weights, float), R[key]
    for i, mbar in enumerate(reference["Mbar"]):
        ours = relative_magnitudes(
            BETA, SIGMA, N_PRE, mbar, np.random.default_rng(0), weights=weights
        )
        tolerance = step_of_r(weights) + ours.step / 2
        assert ours.lower == pytest.approx(reference["lb"][i], abs=tolerance)
        assert ours.upper == pytest.approx(reference["ub"][i], abs=tolerance)


def test_smoothness_agrees_with_r():
    for i, m in enumerate(R["SD_FLCI"]["M"]):
        ours = smoothness(BETA, SIGMA, N_PRE, m)
        assert ours.lower == pytest.approx(R["SD_FLCI"]["lb"][i], abs=R_SIMULATION)
        assert ours.upper == pytest.approx(R["SD_FLCI"]["ub"][i], abs=R_SIMULATION)


def differences(order, n_pre=N_PRE, n_post=2):
    matrix = np.diff(np.eye(n_pre + 1 + n_post), order, axis=0)
    return np.delete(matrix, n_pre, axis=1)


def extremes(inequalities, bounds, weights):
    """Least and largest weighted violation after the start, by linear programmes."""
    pre = np.eye(len(BETA))[:N_PRE]
    goal = np.concatenate([np.zeros(N_PRE), weights])
    found = [
        linprog(s * goal, inequalities, bounds, pre, BETA[:N_PRE], (None, None)) for s in (1, -1)
    ]
    return (found[0].fun, -found[1].fun) if all(f.status == 0 for f in found) else None


@pytest.mark.parametrize("weights", [(1.0, 0.0), (0.5, 0.5), (0.0, 1.0)])
def test_identified_sets_are_the_linear_programmes(weights):
    weights = np.array(weights)
    centre = weights @ BETA[N_PRE:]
    steps, bends = differences(1), differences(2)
    largest = np.abs(steps[:N_PRE] @ BETA).max()
    for mbar in (0.0, 0.7, 2.0):
        ours = relative_magnitudes(
            BETA, SIGMA, N_PRE, mbar, np.random.default_rng(0), weights=weights, points=3
        )
        post = np.vstack([steps[N_PRE:], -steps[N_PRE:]])
        low, high = extremes(post, np.full(4, mbar * largest), weights)
        assert ours.identified_lower == pytest.approx(centre - high, abs=1e-9)
        assert ours.identified_upper == pytest.approx(centre - low, abs=1e-9)
    for m in (0.005, 0.02, 0.05):
        ours = smoothness(BETA, SIGMA, N_PRE, m, weights=weights)
        found = extremes(np.vstack([bends, -bends]), np.full(2 * len(bends), m), weights)
        if found is None:
            assert np.isnan(ours.identified_lower)
        else:
            assert ours.identified_lower == pytest.approx(centre - found[1], abs=1e-9)
            assert ours.identified_upper == pytest.approx(centre - found[0], abs=1e-9)


def test_vertices_solve_the_dual_programme():
    rng = np.random.default_rng(3)
    for k in (1, 2, 3, 6, 12):
        sd, weights, moments = (
            rng.uniform(0.5, 2, 2 * k),
            rng.normal(size=k),
            rng.normal(size=2 * k),
        )
        steps = np.eye(k) - np.eye(k, k=-1)
        nuisance = np.vstack([steps, -steps]) @ null_space(weights[None, :])
        equations = np.column_stack([sd, nuisance]).T
        best = linprog(-moments, A_eq=equations, b_eq=np.eye(k)[0])
        found = _vertices(sd, weights[::-1].cumsum()[::-1]) @ moments
        assert found.max() == pytest.approx(-best.fun, abs=1e-6)


def test_lasso_path_satisfies_the_optimality_conditions():
    rng = np.random.default_rng(0)
    for _ in range(100):
        k = rng.integers(1, 8)
        a, linear = rng.normal(size=(k + 2, k)), 3 * rng.normal(size=k)
        q = a.T @ a
        knots = _lasso_path(q, linear)
        np.testing.assert_allclose(knots[-1], -np.linalg.solve(q, linear), atol=1e-7)
        for x in knots:
            gradient = q @ x + linear
            penalty, on = np.abs(gradient).max(), np.abs(x) > 1e-9
            np.testing.assert_allclose(gradient[on], -penalty * np.sign(x[on]), atol=1e-6)


@pytest.mark.slow
def test_smoothness_interval_is_not_beaten_by_direct_search():
    """Nelder and Mead over all unbiased-under-linearity estimators find nothing shorter."""
    m, back = 0.01, np.arange(N_PRE, 0, -1)
    ours = smoothness(BETA, SIGMA, N_PRE, m)

    def half_length(free):
        last = (1 - back[:-1] @ free) / back[-1]
        estimator = np.concatenate([free, [last], [1, 0]])
        bends = np.maximum(back - np.arange(N_PRE)[:, None], 0) @ estimator[:N_PRE]
        sd = np.sqrt(estimator @ SIGMA @ estimator)
        return sd * stats.foldnorm.ppf(0.95, m * np.abs(bends).sum() / sd)

    options = {"maxiter": 4000, "xatol": 1e-8, "fatol": 1e-10}
    found = minimize(half_length, np.zeros(N_PRE - 1), method="Nelder-Mead", options=options)
    half = (ours.upper - ours.lower) / 2
    assert half <= found.fun + 1e-7
    assert half == pytest.approx(found.fun, rel=0.02)


@pytest.mark.parametrize("method", ["relative", "smooth"])
@pytest.mark.weekly
def test_intervals_cover_the_worst_violation(method):
    """True effect zero, the largest allowed violation: coverage at least nominal."""
    n, rng = 150, np.random.default_rng(8)
    if method == "relative":
        violation = np.array([0.0, 0.02, 0.02, 0.01, 0.01, 0.02, 0.04])
    else:
        times = np.array([-5, -4, -3, -2, -1, 1, 2.0])
        violation = 0.01 * np.maximum(times, 0) + 0.004 * times
    root, covered = np.linalg.cholesky(SIGMA), 0
    for _ in range(n):
        drawn = violation + root @ rng.standard_normal(7)
        bounds = (
            relative_magnitudes(drawn, SIGMA, 5, 1.0, rng, points=201)
            if method == "relative"
            else smoothness(drawn, SIGMA, 5, 0.01)
        )
        covered += bounds.lower - bounds.step <= 0 <= bounds.upper + bounds.step
    assert covered / n > 0.95 - 4 * np.sqrt(0.05 * 0.95 / n)


def test_breakdown_is_where_zero_enters():
    mbar = breakdown(
        lambda m: relative_magnitudes(BETA, SIGMA, N_PRE, m, np.random.default_rng(0)), 4.0
    )
    assert 1.5 < mbar < 2.05  # R: zero enters between 1.5 and 2
    assert breakdown(lambda m: smoothness(BETA * 100, SIGMA, N_PRE, m), 0.01) == np.inf
    assert breakdown(lambda m: smoothness(BETA * 0, SIGMA, N_PRE, m), 0.01) == 0


def test_breakdown_is_not_off_to_either_side():
    """Zero enters at a known size: the answer is within half a thousandth, and centred on it."""
    largest, off = 4.0, []
    for truth in np.linspace(0.1, 3.9, 200):
        found = breakdown(lambda m, t=truth: Bounds(t - m, np.inf, 0, 0, 0), largest)
        off.append(found - truth)
    assert np.abs(off).max() <= 0.0005 * largest
    assert abs(np.mean(off)) < 0.0001 * largest


@pytest.mark.slow
@pytest.mark.parametrize(("n_pre", "n_post", "seed"), [(1, 1, 1), (3, 2, 2), (6, 4, 3), (5, 12, 4)])
def test_the_breakdown_of_zero_alone_is_that_of_the_whole_intervals(n_pre, n_post, seed):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(n_pre + n_post,) * 2) * 0.2 + np.eye(n_pre + n_post)
    variance = root @ root.T * 1e-4
    weights = np.full(n_post, 1 / n_post)
    path = np.concatenate([rng.normal(0, 0.01, n_pre), np.full(n_post, 0.15)])

    def interval(mbar):
        draws = np.random.default_rng(seed)
        return relative_magnitudes(path, variance, n_pre, mbar, draws, weights=weights, points=4001)

    whole = breakdown(interval, 20.0)
    alone = relative_breakdown(
        path, variance, n_pre, 20.0, np.random.default_rng(seed), weights=weights
    )
    assert 0 < alone < 20
    # brackets of 0.02, and a step of the grid, by which the interval's end may be too early
    step = interval(whole).step / (interval(whole).identified_upper - path[-1]) * whole
    assert abs(alone - whole) < 0.04 + 2 * step
    draws = np.random.default_rng(seed)
    assert relative_breakdown(0 * path, variance, n_pre, 20.0, draws, weights=weights) == 0
    far = np.where(np.arange(len(path)) < n_pre, path * 1e-3, 1e3)
    assert np.isinf(relative_breakdown(far, variance * 1e-6, n_pre, 20.0, draws, weights=weights))


def test_forty_years_after_the_start_are_no_obstacle():
    n_pre, n_post = 8, 40
    times = np.concatenate([np.arange(-n_pre, 0), np.arange(1, n_post + 1)])
    variance = (0.5 ** np.abs(np.subtract.outer(times, times)) + 0.5) * 1e-4
    path = np.where(times > 0, -0.3, 0.002 * np.cos(times))
    found = [
        relative_magnitudes(path, variance, n_pre, mbar, np.random.default_rng(0), points=201)
        for mbar in (0.0, 0.5, 1.0)
    ]
    lengths = [bounds.upper - bounds.lower for bounds in found]
    assert all(-0.3 in bounds for bounds in found)
    assert sorted(lengths) == lengths and np.isfinite(lengths).all()


@pytest.mark.parametrize("slope", [0.0, 0.01, 0.03])
def test_tests_of_a_drift_reject_as_often_as_they_do_when_simulated(slope):
    """Twin: each statistic draw by draw; without a drift they keep 5%, the look does not."""
    found = pretrend_power(SIGMA, N_PRE, slope, np.random.default_rng(5), draws=100_000)
    leads, variance = np.arange(-N_PRE, 0), SIGMA[:N_PRE, :N_PRE]
    rng = np.random.default_rng(6)
    drawn = rng.multivariate_normal(slope * leads, variance, 100_000)
    precision = np.linalg.inv(variance)
    wald = np.einsum("bi,ij,bj->b", drawn, precision, drawn)
    line = drawn @ precision @ leads / np.sqrt(leads @ precision @ leads)
    ratios = np.abs(drawn / np.sqrt(np.diag(variance))).max(axis=1)
    z = stats.norm.ppf(0.975)
    margin = 0.007  # four simulation errors
    assert found.joint == pytest.approx(np.mean(wald > stats.chi2.isf(0.05, N_PRE)), abs=margin)
    assert found.best == pytest.approx(np.mean(np.abs(line) > z), abs=margin)
    assert found.power == pytest.approx(np.mean(ratios > z), abs=margin)
    if slope == 0:
        assert found.sup_t == pytest.approx(0.05, abs=0.001)  # its quantile is of these draws
        assert (found.joint, found.best) == (0.05, 0.05)
        assert found.power > 0.1
    assert found.best >= max(found.joint, found.sup_t) - margin
    assert found.power >= found.sup_t


def test_power_of_one_estimate_in_closed_form():
    """One period before the start: a two-sided normal test."""
    variance, slope = np.array([[0.04, 0.01], [0.01, 0.05]]), 0.3
    found = pretrend_power(variance, 1, slope, np.random.default_rng(1), draws=200_000)
    z = stats.norm.ppf(0.975)
    power = stats.norm.sf(z - slope / 0.2) + stats.norm.cdf(-z - slope / 0.2)
    assert found.power == pytest.approx(power, abs=0.005)  # four simulation errors
    assert found.bias == pytest.approx(slope)
    assert found.bias_if_passed > found.bias  # Roth (2022), proposition 1: correlated errors
    slope = slope_with_power(variance, 1, 0.5, 1)
    assert pretrend_power(variance, 1, slope, np.random.default_rng(1)).power == pytest.approx(
        0.5, abs=0.01
    )


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match="3 weights, some not zero, for 2 periods"):
        smoothness(BETA, SIGMA, N_PRE, 0.1, weights=np.ones(3))
    with pytest.raises(ValueError, match="7 periods before and 0 after"):
        relative_magnitudes(BETA, SIGMA, 7, 1.0, np.random.default_rng(0))
    with pytest.raises(ValueError, match="0 periods before and 7 after"):
        smoothness(BETA, SIGMA, 0, 0.1)
    with pytest.raises(ValueError, match="0 periods before and 7 after"):
        pretrend_power(SIGMA, 0, 0.1, np.random.default_rng(0))


def enumerated_vertices(sd, nuisance):
    """Slow twin: every basis of the two sets of equations, as a simplex method would meet them."""
    equations = np.column_stack([sd, nuisance]).T
    found = []
    for basis in combinations(range(len(sd)), len(equations)):
        square = equations[:, basis]
        if np.linalg.cond(square) < 1e9:
            solution = np.linalg.solve(square, np.eye(len(equations))[0])
            if solution.min() >= -1e-9 * np.abs(solution).max():
                found.append(np.zeros(len(sd)))
                found[-1][list(basis)] = solution
    return np.unique(np.round(found, 8), axis=0)


@pytest.mark.parametrize("weights", [[1.0], [0.5, 0.5], [0, 1, 0], [0.2, -0.7, 1.5, 0.1]])
def test_vertices_are_those_of_the_dual_programme(weights):
    weights, k = np.array(weights), len(weights)
    sd = np.random.default_rng(3).uniform(1, 2, 2 * k)
    steps = np.eye(k) - np.eye(k, k=-1)
    nuisance = np.vstack([steps, -steps]) @ null_space(weights[None, :])
    direction = weights[::-1].cumsum()[::-1]
    found = _vertices(sd, direction)
    assert len(found) == k + 2
    np.testing.assert_allclose(found @ sd, 1, atol=1e-12)
    np.testing.assert_allclose(found @ nuisance, 0, atol=1e-12)
    if np.count_nonzero(direction) == 1:  # its step up and down together is a mixture: no vertex
        found = np.delete(found, 2 + np.flatnonzero(direction), axis=0)
    np.testing.assert_allclose(
        np.unique(np.round(found, 8), axis=0), enumerated_vertices(sd, nuisance), atol=2e-8
    )


def test_many_periods_after_the_start_take_no_time():
    k = 40
    variance = 0.01 * np.eye(3 + k) + 0.001
    bounds = relative_magnitudes(
        np.zeros(3 + k), variance, 3, 0.5, np.random.default_rng(1), weights=np.ones(k) / k
    )
    assert 0 in bounds


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda e, v: relative_magnitudes(e, v, 2, -1, np.random.default_rng(1)), "at most -1"),
        (lambda e, v: smoothness(e, v, 2, -0.1), "at most -0.1"),
        (lambda e, v: smoothness(e, v, 2, np.nan), "at most nan"),
        (lambda e, v: smoothness(e * np.nan, v, 2, 0), "missing or infinite estimates"),
        (lambda e, v: smoothness(e[:3], v, 2, 0), r"\(4, 4\) for 3 estimates"),
        (lambda e, v: smoothness(e, v, 2, 0, weights=np.zeros(2)), "2 weights, some not zero"),
        (lambda e, v: smoothness(e, v, 4, 0), "one is needed"),
    ],
)
def test_bad_limits_and_shapes_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.zeros(4), np.eye(4))


@pytest.mark.parametrize(
    ("weights", "variance", "words"),
    [([np.nan, 1.0], np.eye(4), "finite"), (None, np.ones((4, 4)), "without any")],
)
def test_what_has_no_breakdown_is_refused(weights, variance, words):
    with pytest.raises(ValueError, match=words):
        relative_breakdown(
            np.arange(4.0), variance, 2, 5.0, np.random.default_rng(1), weights=weights
        )
