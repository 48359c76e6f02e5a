"""Event-study helpers against explicit dummies, numpy closed forms and simulation.

EXACT: the same number by two algorithms in double precision. DRAWS: three standard errors of a 95%
quantile simulated with 100,000 draws.
"""

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
from scipy import stats

from paneldid import eventstudy

EXACT = 1e-8
DRAWS = 0.02
CRV = {"CRV1": "county"}


def simulate(seed, n_counties=60, effect=0.0):
    """Counties 2014-2022; thirds first treated in 2020-2022, half never; effect grows with time."""
    rng = np.random.default_rng(seed)
    county = np.repeat(np.arange(n_counties), 9)
    cohorts = np.resize([2020.0, np.nan, 2021.0, np.nan, 2022.0, np.nan], n_counties)
    panel = pd.DataFrame(
        {"county": county.astype(str), "year": np.tile(range(2014, 2023), n_counties)}
    )
    panel["cohort"] = cohorts[county]
    panel["years_since"] = panel["year"] - panel["cohort"]
    panel["pgdp"] = rng.normal(size=len(panel))
    panel["gap"] = (
        effect * (panel["years_since"] + 1).clip(lower=0).fillna(0)
        + 0.5 * panel["pgdp"]
        + rng.normal(size=n_counties)[county]
        + rng.normal(size=len(panel))
    )
    return panel


def fit(panel, outside="bin"):
    panel = panel.assign(
        event_time=eventstudy.window_event_time(panel["years_since"], outside=outside)
    )
    return pf.feols("gap~i(event_time,ref=-1)+pgdp|county+year", panel, vcov=CRV)


# --- the window ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outside", "expected"),
    [
        ("bin", [-7, -7, -1, 2, -1]),
        ("own", [-8, -7, -1, 2, -1]),
        ("drop", [None, -7, -1, 2, -1]),
    ],
)
def test_window_by_hand(outside, expected):
    event_time = pd.Series([-8.0, -7.0, -1.0, 2.0, np.nan], index=list("abcde"))
    found = eventstudy.window_event_time(event_time, outside=outside)
    pd.testing.assert_series_equal(
        found, pd.Series(expected, index=list("abcde"), dtype="Int64"), check_names=False
    )
    assert event_time.isna().sum() == 1


def test_window_bins_the_far_end_and_refuses_nonsense():
    event_time = pd.Series([3.0, 1.0])
    assert list(eventstudy.window_event_time(event_time)) == [2, 1]
    with pytest.raises(ValueError, match="'bin', 'own' or 'drop'"):
        eventstudy.window_event_time(event_time, outside="cut")


def test_only_the_cohort_of_2022_reaches_minus_eight():
    panel = simulate(1)
    assert fit(panel, "drop")._N == 540 - 10
    assert -8 in set(eventstudy.coefficients(fit(panel, "own"))["event_time"])
    lost = panel[eventstudy.window_event_time(panel["years_since"], outside="drop").isna()]
    assert set(zip(lost["cohort"], lost["year"], strict=True)) == {(2022.0, 2014)}


# --- the coefficients ---------------------------------------------------------------------------


@pytest.mark.parametrize("outside", ["bin", "own", "drop"])
def test_coefficients_are_those_of_explicit_dummies(outside):
    """All dummies by hand, of event time, county and year; plain least squares."""
    panel = simulate(2, effect=-0.3)
    k = panel["years_since"]
    if outside == "drop":
        panel, k = panel[~(k < -7)], k[~(k < -7)]
    if outside == "bin":
        k = k.clip(lower=-7)
    times = [t for t in range(-8, 3) if t != -1 and (k == t).any()]
    fixed = pd.get_dummies(panel[["county", "year"]].astype(str), drop_first=True, dtype=float)
    x = np.column_stack([*[(k == t) for t in times], panel["pgdp"], fixed, np.ones(len(panel))])
    beta, *_ = np.linalg.lstsq(x.astype(float), panel["gap"].to_numpy())
    table = eventstudy.coefficients(fit(panel, outside)).query("event_time != -1")
    assert list(table["event_time"]) == times
    np.testing.assert_allclose(table["estimate"], beta[: len(times)], rtol=EXACT, atol=EXACT)


def test_coefficients_carry_pyfixests_inference_and_the_base_is_zero():
    model = fit(simulate(3))
    table = eventstudy.coefficients(model, level=0.9).set_index("event_time")
    assert list(table.index) == list(range(-7, 3))
    assert (table.loc[-1] == 0).all()
    tidy = model.tidy(alpha=0.1).loc["event_time::2"]
    expected = tidy[["Estimate", "Std. Error", "5.0%", "95.0%"]].astype(float)
    np.testing.assert_allclose(table.loc[2], expected, rtol=EXACT)


def test_a_model_without_event_time_is_refused():
    model = pf.feols("gap~pgdp|county+year", simulate(4), vcov=CRV)
    with pytest.raises(ValueError, match="event_time::"):
        eventstudy.coefficients(model)


# --- the joint test -----------------------------------------------------------------------------


def test_joint_test_is_the_f_test_of_restricted_least_squares():
    """With iid errors the Wald F is the textbook comparison of residual sums of squares."""
    panel = simulate(5)
    model = fit(panel)
    model.vcov("iid")
    short = panel.assign(
        event_time=panel["years_since"].where(panel["years_since"] >= 0).fillna(-1)
    )
    restricted = pf.feols("gap~i(event_time,ref=-1)+pgdp|county+year", short, vcov="iid")
    full, less = float(model._u_hat @ model._u_hat), float(restricted._u_hat @ restricted._u_hat)
    df = 540 - 10 - 68
    found = eventstudy.joint_test(model, range(-7, -1))
    assert found.statistic == pytest.approx((less - full) / 6 / (full / df), rel=EXACT)
    assert found.df == (6, df)
    assert found.p == pytest.approx(stats.f.sf(found.statistic, 6, df), rel=EXACT)


def test_joint_test_of_everything_is_pyfixests():
    """Where R is the identity pyfixest does give F, with clusters less one."""
    panel = simulate(6).assign(event_time=lambda d: eventstudy.window_event_time(d["years_since"]))
    model = pf.feols("gap~i(event_time,ref=-1)|county+year", panel, vcov=CRV)
    ours = eventstudy.joint_test(model, [k for k in range(-7, 3) if k != -1])
    theirs = model.wald_test(distribution="F")
    assert ours.statistic == pytest.approx(theirs["statistic"], rel=EXACT)
    assert ours.p == pytest.approx(theirs["pvalue"], rel=EXACT)
    assert ours.df == (9, 59)


def test_joint_test_of_one_is_the_t_test():
    model = fit(simulate(7))
    found = eventstudy.joint_test(model, [-3])
    assert found.p == pytest.approx(model.pvalue()["event_time::-3"], rel=EXACT)
    assert found.df == (1, 59)


def test_joint_test_names_what_is_absent():
    model = fit(simulate(8))
    with pytest.raises(ValueError, match=r"\[-1, -9\]"):
        eventstudy.joint_test(model, [-2, -1, -9])
    with pytest.raises(ValueError, match="nothing to test"):
        eventstudy.joint_test(model, [])


def test_joint_test_sees_a_broken_pre_trend():
    panel = simulate(9)
    assert eventstudy.joint_test(fit(panel), range(-7, -1)).p > 0.05
    panel["gap"] += np.where(panel["years_since"] == -5, 2.0, 0.0)
    assert eventstudy.joint_test(fit(panel), range(-7, -1)).p < 0.001


# --- uniform bands ------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [1, 2, 9])
def test_critical_value_of_independent_estimates(p):
    """P(max |Z| <= c) = (2 Phi(c) - 1)^p, whatever the scales."""
    variance = np.diag(np.arange(1.0, p + 1) ** 2)
    found = eventstudy.sup_t_critical_value(variance, 0.95, np.random.default_rng(10))
    assert found == pytest.approx(stats.norm.ppf((1 + 0.95 ** (1 / p)) / 2), abs=DRAWS)


def test_critical_value_of_perfectly_dependent_estimates_is_the_pointwise_one():
    scale = np.array([1.0, -2.0, 3.0])
    found = eventstudy.sup_t_critical_value(np.outer(scale, scale), 0.9, np.random.default_rng(11))
    assert found == pytest.approx(stats.norm.ppf(0.95), abs=DRAWS)


def test_bands_are_the_critical_value_times_the_errors():
    model = fit(simulate(12))
    table = eventstudy.sup_t(model, np.random.default_rng(13))
    critical = eventstudy.sup_t_critical_value(model._vcov[:9, :9], 0.95, np.random.default_rng(13))
    np.testing.assert_allclose(
        table["sup_upper"] - table["estimate"], critical * table["se"], rtol=EXACT
    )
    np.testing.assert_allclose(
        table["estimate"] - table["sup_lower"], critical * table["se"], rtol=EXACT
    )
    assert critical > stats.t.ppf(0.975, 59)
    assert (table.set_index("event_time").loc[-1] == 0).all()


def test_bands_are_reproducible_and_leave_the_global_generator_alone():
    model = fit(simulate(14))
    before = np.random.get_state()[1].copy()
    first = eventstudy.sup_t(model, np.random.default_rng(15))
    second = eventstudy.sup_t(model, np.random.default_rng(15))
    pd.testing.assert_frame_equal(first, second)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.weekly
def test_bands_cover_the_whole_path_and_pointwise_intervals_do_not():
    """200 panels, no effect at any event time: zero must lie inside all nine intervals."""
    rng = np.random.default_rng(16)
    reps, covered = 200, []
    for seed in range(reps):
        table = eventstudy.sup_t(fit(simulate(1000 + seed, n_counties=120)), rng)
        pointwise = ((table["lower"] <= 0) & (table["upper"] >= 0)).all()
        uniform = ((table["sup_lower"] <= 0) & (table["sup_upper"] >= 0)).all()
        covered.append((uniform, pointwise))
    uniform, pointwise = np.mean(covered, axis=0)
    assert abs(uniform - 0.95) < 3 * np.sqrt(0.95 * 0.05 / reps)
    assert pointwise < 0.88
