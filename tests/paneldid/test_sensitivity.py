"""Sensitivity from print: published examples, regressions with the confounder in, populations."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from paneldid.resampling import wild_cluster_bootstrap
from paneldid.sensitivity import (
    benchmark,
    oster_delta,
    partial_r2,
    robustness_value,
    romano_wolf,
    with_confounder,
)

TWIN = 1e-8
DARFUR = {"estimate": 0.09731582, "se": 0.02325654, "df": 783}  # Cinelli and Hazlett's example
PRINTED = 5e-5


def test_the_published_example():
    t = DARFUR["estimate"] / DARFUR["se"]
    assert partial_r2(t, 783) == pytest.approx(0.02187, abs=PRINTED)
    assert robustness_value(t, 783) == pytest.approx(0.13878, abs=PRINTED)
    assert robustness_value(t, 783, level=0.05) == pytest.approx(0.07626, abs=PRINTED)
    assert robustness_value(1.0, 783, level=0.05) == 0


def least_squares(y, *columns):
    X = np.column_stack([*columns, np.ones(len(y))])
    slopes, left = np.linalg.lstsq(X, y)[:2]
    df = len(y) - X.shape[1]
    error = np.sqrt(left[0] / df * np.diag(np.linalg.inv(X.T @ X)))
    return slopes, error, df


def test_a_confounder_of_known_strength_gives_the_regression_with_it():
    rng = np.random.default_rng(1)
    x, z = rng.normal(size=(2, 300))
    d = 0.5 * x + 0.6 * z + rng.normal(size=300)
    y = d + x + 0.8 * z + rng.normal(size=300)
    (short, *_), (error, *_), df = least_squares(y, d, x)
    (long, _, of_z, _), (long_se, _, z_se, _), long_df = least_squares(y, d, x, z)
    (on_z, *_), (on_z_se, *_), z_df = least_squares(d, z, x)
    found = with_confounder(
        short, error, df, partial_r2(on_z / on_z_se, z_df), partial_r2(of_z / z_se, long_df)
    )
    assert short > long > 0  # the confounder pulls towards zero
    assert (found.estimate, found.se) == pytest.approx((long, long_se), rel=TWIN)
    assert found.t == pytest.approx(long / long_se, rel=TWIN)


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_the_robustness_value_is_just_enough(share):
    estimate, se, df = DARFUR.values()
    value = robustness_value(estimate / se, df, share)
    left = with_confounder(estimate, se, df, value, value).estimate
    assert left == pytest.approx((1 - share) * estimate, abs=TWIN)


def test_a_confounder_at_the_level_is_just_insignificant():
    from scipy import stats

    estimate, se, df = DARFUR.values()
    value = robustness_value(estimate / se, df, level=0.05)
    t = with_confounder(estimate, se, df, value, value).t
    assert t == pytest.approx(stats.t.isf(0.025, df - 1), rel=TWIN)


def test_a_benchmark_as_strong_as_a_control_is_that_controls_twin():
    """Two independent confounders of the same strength: one seen, one not (section 4.4)."""
    rng = np.random.default_rng(2)
    n = 200
    base = np.linalg.qr(rng.normal(size=(n, 5)) - 0)[0] * np.sqrt(n)
    base -= base.mean(axis=0)
    base = np.linalg.qr(base)[0] * np.sqrt(n)  # orthonormal, means zero
    seen, unseen, noise, error = base[:, :4].T
    d = 0.4 * seen + 0.4 * unseen + noise
    y = d + 0.7 * seen + 0.7 * unseen + error
    (short, of_seen, _), (se, seen_se, _), df = least_squares(y, d, seen)
    (on_seen, _), (on_se, _), seen_df = least_squares(d, seen)
    bound = benchmark(
        short, se, df, partial_r2(on_seen / on_se, seen_df), partial_r2(of_seen / seen_se, df)
    )
    (long, *_), _, _ = least_squares(y, d, seen, unseen)
    assert bound.estimate == pytest.approx(long, rel=0.02)
    assert (
        benchmark(short, se, df, 0.01, 0.05, times=3).estimate
        < benchmark(short, se, df, 0.01, 0.05).estimate
    )
    with pytest.raises(ValueError, match="all of the treatment"):
        benchmark(short, se, df, 0.4, 0.05, times=3)


@pytest.mark.parametrize("delta", [-0.5, 0.4, 1.0, 2.5])
@pytest.mark.parametrize("effect", [0.0, 0.7])
def test_osters_delta_is_that_of_the_population(delta, effect):
    """Y = effect·X + W1 + W2 + e, with cov(X, W2)/var(W2) = delta·cov(X, W1)/var(W1)."""
    v1, v2, noise, c1 = 1.0, 0.5, 0.3, 0.4
    c2 = delta * c1 * v2 / v1
    x = 2.0
    outcome = effect**2 * x + v1 + v2 + noise + 2 * effect * (c1 + c2)
    xy = effect * x + c1 + c2
    short, short_r2 = xy / x, xy**2 / x / outcome
    second = np.array([[x, c1], [c1, v1]])
    cross = np.array([xy, effect * c1 + v1])
    long = np.linalg.solve(second, cross)
    found = oster_delta(
        short, short_r2, long[0], cross @ long / outcome, 1 - noise / outcome,
        (outcome, x, x - c1**2 / v1), target=effect,
    )  # fmt: skip
    assert found == pytest.approx(delta, rel=TWIN)


def test_osters_approximation_is_the_ratio_that_she_prints():
    assert oster_delta(-0.2, 0.1, -0.15, 0.3, 0.39) == pytest.approx(0.15 * 0.2 / (0.05 * 0.09))
    with pytest.raises(ValueError, match="must rise"):
        oster_delta(-0.2, 0.3, -0.15, 0.2, 0.39)


@pytest.mark.parametrize(
    ("formula", "ranges"),
    [
        (lambda b, se: robustness_value(b / se, 500), [(-0.0335, -0.0325), (0.0035, 0.0045)]),
        (lambda b, se: robustness_value(b / se, 500, level=0.05), [(0.9, 1.1), (0.2, 0.3)]),
        (lambda b, se: partial_r2(b / se, 500), [(0.9, 1.1), (0.2, 0.3)]),
        (
            lambda s, s2, b, b2: oster_delta(s, s2, b, b2, min(1.3 * b2, 1)),
            [(-0.19, -0.18), (0.07, 0.09), (-0.04, -0.03), (0.76, 0.78)],
        ),
    ],
)
def test_over_the_roundings_of_their_inputs_the_extremes_are_at_the_corners(formula, ranges):
    """What chapter 7b takes for granted: monotone in each input, inside and at the ends."""
    corners = [formula(*ends) for ends in product(*ranges)]
    low, high = np.array(ranges).T
    drawn = np.random.default_rng(6).uniform(low, high, (300, len(ranges)))
    inside = [formula(*numbers) for numbers in drawn]
    assert min(corners) <= min(inside) < max(inside) <= max(corners)


def test_outcomes_of_one_seed_get_the_same_draws():
    """So that a row of `romano_wolf` is one resample: an outcome's mirror image has mirrored t."""
    rng = np.random.default_rng(7)
    panel = pd.DataFrame({"county": np.repeat(range(30), 4), "year": np.tile(range(4), 30)})
    panel["did"] = ((panel["county"] < 12) & (panel["year"] > 1)).astype(int)
    panel["one"], panel["other"] = rng.normal(size=(2, 120))
    panel["mirror"] = -3 * panel["one"]
    one, mirror, other = (
        wild_cluster_bootstrap(panel, f"{y}~did|county+year", seed=1, draws=99)
        for y in ("one", "mirror", "other")
    )
    np.testing.assert_allclose(mirror.t, -one.t, rtol=TWIN)
    assert abs(np.corrcoef(other.t, one.t)[0, 1]) < 0.9
    twice = romano_wolf(np.array([one.observed_t] * 2), np.column_stack([one.t, mirror.t]))
    np.testing.assert_allclose(twice, one.tail("t").p)  # the same test twice costs nothing


def test_step_down_by_hand():
    observed = np.array([3.0, -2.0, 0.5])
    draws = np.array([[0.1, 2.5, 0.2], [1.0, 0.4, 2.2], [-3.5, 0.0, 0.0], [0.2, 0.1, 0.6]])
    # 3.0 against the largest of three: one of four; 2.0 against two: 2.5 and 2.2; 0.5: 2.2 and 0.6
    np.testing.assert_allclose(romano_wolf(observed, draws), [2 / 5, 3 / 5, 3 / 5])
    with pytest.raises(ValueError, match="a column each"):
        romano_wolf(observed, draws[:, :2])


def test_step_down_holds_the_familywise_rate_where_single_tests_do_not():
    rng = np.random.default_rng(5)
    root = np.linalg.cholesky(0.3 + 0.7 * np.eye(4))
    families = []
    for _ in range(400):
        draws = rng.standard_normal((199, 4)) @ root.T
        observed = root @ rng.standard_normal(4)
        families.append((romano_wolf(observed, draws).min() <= 0.05, np.abs(observed).max() > 1.96))
    joint, single = np.mean(families, axis=0)
    assert abs(joint - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 400)
    assert single > 0.1
