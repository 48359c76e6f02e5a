"""Weak-instrument statistics against pyfixest, linearmodels, brute-force twins and simulation.

EXACT: the same number by two algorithms in double precision; 1e-8 leaves room for the tolerance of
pyfixest's own within-transformation. PRINTED: half a unit of the last printed digit, or, where a
published value was itself simulated, the noise that its authors' replications leave.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
from linearmodels.iv import IV2SLS
from scipy import stats

from paneldid import weakiv

EXACT = 1e-8
CONTROLS = ["pgdp", "serv"]
INSTRUMENTS = ["z0", "z1"]


def simulate(seed, n_counties=60, n_years=9, strength=0.5, missing=False):
    """Two-way panel with an endogenous regressor, effect -0.7, and two instruments."""
    rng = np.random.default_rng(seed)
    n = n_counties * n_years
    county = np.repeat(np.arange(n_counties), n_years)
    panel = pd.DataFrame(
        {"county": county.astype(str), "year": np.tile(range(n_years), n_counties)}
    )
    shock = rng.normal(size=n_counties)[county] * np.tile(np.linspace(-1, 1, n_years), n_counties)
    instruments = rng.normal(size=(n, 2)) + shock[:, None]
    panel[INSTRUMENTS] = instruments
    panel[CONTROLS] = rng.normal(size=(n, 2)) + 0.3 * instruments[:, [0]]
    confounder = rng.normal(size=n) + rng.normal(size=n_counties)[county]
    panel["did"] = instruments @ [strength, strength] + panel["pgdp"] + confounder
    panel["gap"] = -0.7 * panel["did"] + panel["serv"] + confounder + 0.5 * shock
    panel["province"] = panel["county"].str[:1]
    if missing:
        panel.loc[rng.choice(n, 40, replace=False), "gap"] = np.nan
    return panel


def fit(panel, instrument="z0"):
    return weakiv.weak_iv(panel, "gap", "did", instrument, CONTROLS)


def system(panel, instrument="z0"):
    data = weakiv.residualise(panel, "gap", "did", instrument, CONTROLS)
    return data, weakiv.reduced_forms(data)


# --- agreement with other implementations -----------------------------------------------------


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_second_stage_is_pyfixests(instrument, missing):
    panel = simulate(1, missing=missing)
    ours = fit(panel, instrument)
    formula = f"gap~pgdp+serv|county+year|did~{instrument}"
    theirs = pf.feols(formula, panel, vcov={"CRV1": "county"}).tidy().loc["did"]
    expected = theirs[["Estimate", "Std. Error", "t value", "Pr(>|t|)", "2.5%", "97.5%"]]
    np.testing.assert_allclose(ours.second_stage, expected.astype(float), rtol=EXACT, atol=EXACT)
    assert len(ours.data.outcome) == panel["gap"].notna().sum()


@pytest.mark.parametrize("dependent", ["did", "gap"])
def test_first_stage_and_reduced_form_are_pyfixests(dependent):
    panel = simulate(2, missing=True).dropna()
    ours = {"did": "first_stage", "gap": "reduced_form"}[dependent]
    formula = f"{dependent}~z0+pgdp+serv|county+year"
    theirs = pf.feols(formula, panel, vcov={"CRV1": "county"}).tidy().loc["z0"]
    table = getattr(fit(panel), ours)
    np.testing.assert_allclose(table["estimate"], theirs["Estimate"], rtol=EXACT)
    np.testing.assert_allclose(table["se"], theirs["Std. Error"], rtol=EXACT)


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_second_stage_is_linearmodels(instrument):
    """linearmodels on explicit dummies, no correction; the factor is counted by hand."""
    panel = simulate(3)
    dummies = pd.get_dummies(panel[["county", "year"]].astype(str), drop_first=True, dtype=float)
    exogenous = pd.concat([panel[CONTROLS], dummies], axis=1).assign(constant=1.0)
    model = IV2SLS(panel["gap"], exogenous, panel["did"], panel[instrument])
    theirs = model.fit(cov_type="clustered", clusters=panel["county"].astype(int))
    ours = fit(panel, instrument).second_stage
    parameters = 1 + 2 + 8 + 1  # did, controls, years less one, constant; counties are nested
    factor = np.sqrt(60 / 59 * 539 / (540 - parameters))
    np.testing.assert_allclose(ours["estimate"], theirs.params["did"], rtol=EXACT)
    np.testing.assert_allclose(ours["se"], theirs.std_errors["did"] * factor, rtol=EXACT)


def test_partial_r2_is_linearmodels():
    panel = simulate(4)
    dummies = pd.get_dummies(panel[["county", "year"]].astype(str), drop_first=True, dtype=float)
    exogenous = pd.concat([panel[CONTROLS], dummies], axis=1).assign(constant=1.0)
    theirs = IV2SLS(panel["gap"], exogenous, panel["did"], panel["z0"]).fit().first_stage
    expected = theirs.diagnostics.loc["did", "partial.rsquared"]
    assert fit(panel).partial_r2 == pytest.approx(expected, rel=EXACT)


def test_cragg_donald_is_the_f_test_of_the_instrument_but_for_nested_counties():
    panel = simulate(5)
    rows = [
        pf.feols(f"did~{rhs}+C(county)+C(year)", panel, vcov="iid")._u_hat
        for rhs in ("pgdp+serv+z0", "pgdp+serv")
    ]
    unrestricted, restricted = (float(u @ u) for u in rows)
    textbook = (restricted - unrestricted) / (unrestricted / (540 - 3 - 68))
    expected = textbook * (540 - 3 - 8) / (540 - 3 - 68)  # of 68 effects, Stata counts the years
    assert fit(panel).cragg_donald_f == pytest.approx(expected, rel=EXACT)


# --- degrees of freedom -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fixed_effects", "cluster", "expected"),
    [
        (["county", "year"], "county", (9, 8)),  # counties nested, one constant
        (["county"], "county", (1, 1)),  # ivreghdfe counts at least one
        (["county", "year"], "province", (9, 8)),  # counties lie in provinces
        (["province", "year"], "county", (14, 14)),  # six provinces contain the clusters
    ],
)
def test_absorbed_parameters_counted_by_hand(fixed_effects, cluster, expected):
    panel = simulate(6)
    panel["province"] = (panel["county"].astype(int) // 10).astype(str)
    data = weakiv.residualise(panel, "gap", "did", "z0", (), fixed_effects, cluster)
    assert (data.n_absorbed, data.n_absorbed_stata) == expected


def test_a_collinear_control_costs_no_degree_of_freedom():
    panel = simulate(7).assign(twice=lambda d: 2 * d["pgdp"] + 1)
    data = weakiv.residualise(panel, "gap", "did", "z0", [*CONTROLS, "twice"])
    assert data.n_controls == 2


# --- rank tests ---------------------------------------------------------------------------------


def test_kleibergen_paap_is_cragg_donald_under_the_homoskedastic_variance():
    data, forms = system(simulate(8))
    residual = data.endogenous - data.instrument * forms.first_stage
    df = len(residual) - 1 - 2 - data.n_absorbed
    plain = residual @ residual / df / (data.instrument @ data.instrument)
    textbook = replace(forms, v_xx=plain)
    cragg_donald = weakiv.cragg_donald_f(data)
    assert weakiv.kleibergen_paap_f(data, textbook) == pytest.approx(cragg_donald, rel=EXACT)
    assert weakiv.kleibergen_paap_f(data, forms) != pytest.approx(cragg_donald, rel=0.01)


def rank_statistic(z, x, clusters, rank, null):
    """Kleibergen and Paap (2006), eqs 3-9, word for word: chi-squared test of rank(Pi) = rank.

    z (n, K), x (n, m); clustered variance without any correction; with ``null`` the variance of the
    LM form. Normalised as Stata's ranktest does, by the second moments of z and x.
    """
    n, k, m = len(z), z.shape[1], x.shape[1]
    pi = np.linalg.solve(z.T @ z, z.T @ x)
    v = x if null else x - z @ pi
    g = np.linalg.cholesky(z.T @ z / n).T
    f = np.linalg.inv(np.linalg.cholesky(x.T @ x / n))
    scores = np.einsum("nm,nk->nmk", v, z).reshape(n, m * k)
    sums = pd.DataFrame(scores).groupby(clusters).sum().to_numpy()
    bread = np.kron(np.eye(m), np.linalg.inv(z.T @ z))
    v_pi = bread @ sums.T @ sums @ bread
    theta, transform = g @ pi @ f.T, np.kron(f, g)
    u, _, vt = np.linalg.svd(theta)
    u22, v22 = u[rank:, rank:], vt.T[rank:, rank:]

    def root(a):
        values, vectors = np.linalg.eigh(a)
        return vectors @ np.diag(np.sqrt(values)) @ vectors.T

    a_perp = u[:, rank:] @ np.linalg.inv(u22) @ root(u22 @ u22.T)
    b_perp = root(v22 @ v22.T) @ np.linalg.inv(v22.T) @ vt[rank:]
    lam = (a_perp.T @ theta @ b_perp.T).flatten(order="F")
    side = np.kron(b_perp, a_perp.T)
    return float(lam @ np.linalg.solve(side @ transform @ v_pi @ transform.T @ side.T, lam))


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_rank_tests_are_the_svd_formula(instrument):
    panel = simulate(9)
    data, _ = system(panel, instrument)
    z, x = data.instrument[:, None], data.endogenous[:, None]
    ours = fit(panel, instrument)
    lm = rank_statistic(z, x, data.clusters, 0, null=True)
    wald = rank_statistic(z, x, data.clusters, 0, null=False)
    assert ours.kleibergen_paap_lm == pytest.approx(lm, rel=EXACT)
    assert ours.kleibergen_paap_lm_p == pytest.approx(stats.chi2.sf(lm, 1), rel=EXACT)
    # ivreg2.ado: rkf = chi2/(N-1) * (N-iv_ct-sdofminus) * (N_clust-1)/N_clust / exex_ct
    rkf = wald / 539 * (540 - 1 - 2 - 8) * 59 / 60
    assert ours.kleibergen_paap_f == pytest.approx(rkf, rel=EXACT)
    assert ours.kleibergen_paap_lm != pytest.approx(wald, rel=0.01)


def test_the_svd_twin_has_the_right_size():
    """The twin itself: at rank 1 of 2, with chi-squared(2) from three instruments."""
    rng = np.random.default_rng(10)
    statistics = []
    for _ in range(400):
        z = rng.normal(size=(300, 3))
        x = z[:, [0]] @ np.ones((1, 2)) + rng.normal(size=(300, 2))
        statistics.append(rank_statistic(z, x, np.arange(300), 1, null=True))
    assert stats.kstest(statistics, stats.chi2(2).cdf).pvalue > 0.01


def test_effective_f_on_an_instrument_of_length_one():
    data, forms = system(simulate(11))
    q = data.instrument / np.linalg.norm(data.instrument)
    pi = q @ data.endogenous
    scores = pd.Series(q * (data.endogenous - q * pi)).groupby(data.clusters).sum()
    noise = 60 / 59 * 539 / (540 - 1 - 2 - 9) * (scores**2).sum()
    assert weakiv.effective_f(data, forms) == pytest.approx(pi**2 / noise, rel=EXACT)


def test_effective_f_is_t_squared():
    result = fit(simulate(12))
    t = result.first_stage["t"]
    assert result.effective_f == pytest.approx(t**2, rel=EXACT)
    assert result.kleibergen_paap_f == pytest.approx(
        t**2 * (540 - 3 - 8) / (540 - 3 - 9), rel=EXACT
    )


# --- Anderson-Rubin -----------------------------------------------------------------------------


@pytest.mark.parametrize("effect", [0.0, -0.7, 2.0])
def test_anderson_rubin_is_the_regression_of_the_adjusted_outcome(effect):
    panel = simulate(13)
    data, forms = system(panel)
    adjusted = panel.assign(adjusted=panel["gap"] - effect * panel["did"])
    theirs = pf.feols("adjusted~z0+pgdp+serv|county+year", adjusted, vcov={"CRV1": "county"})
    f, p = weakiv.anderson_rubin(data, forms, effect)
    assert f == pytest.approx(theirs.tstat()["z0"] ** 2, rel=EXACT)
    assert p == pytest.approx(theirs.pvalue()["z0"], rel=EXACT)


@pytest.mark.parametrize(
    ("strength", "confounded", "shape"),
    [(0.5, True, "interval"), (0.0, False, "whole line"), (0.0, True, "rays")],
)
def test_anderson_rubin_set_is_the_inverted_test(strength, confounded, shape):
    panel = simulate(17, n_counties=40, strength=strength)
    if not confounded:
        panel["gap"] = np.random.default_rng(16).normal(size=len(panel))
    data, forms = system(panel)
    found = weakiv.anderson_rubin_set(data, forms)
    grid = np.concatenate([np.linspace(-5, 5, 2001), [-1e6, 1e6]])
    accepted = np.array([weakiv.anderson_rubin(data, forms, b)[1] >= 0.05 for b in grid])
    np.testing.assert_array_equal(accepted, [b in found for b in grid])
    ends = np.isinf(found.intervals).sum(), len(found.intervals)
    assert ends == {"interval": (0, 1), "whole line": (2, 1), "rays": (2, 2)}[shape]
    for edge in np.ravel(found.intervals)[np.isfinite(np.ravel(found.intervals))]:
        assert weakiv.anderson_rubin(data, forms, edge)[1] == pytest.approx(0.05, rel=1e-6)


@pytest.mark.parametrize(
    ("quadratic", "expected", "printed"),
    [
        ((1, -3, 2), ((1, 2),), "[1.000, 2.000]"),
        ((-1, 3, -2), ((-np.inf, 1), (2, np.inf)), "(-∞, 1.000] ∪ [2.000, ∞)"),
        ((-1, 0, -1), ((-np.inf, np.inf),), "(-∞, ∞)"),
        ((1, -2, 1 + 1e-15), ((1, 1),), "[1.000, 1.000]"),  # a point, but for rounding
    ],
)
def test_the_four_shapes_of_a_confidence_set(quadratic, expected, printed):
    found = weakiv._where_not_positive(*quadratic)
    assert found.intervals == expected
    assert str(found) == printed
    assert (3.0 in found) is (quadratic[0] == -1)


# --- published tables ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "critical"), [(4.0, 18.66), (10.0, 3.43), (104.7, 1.96), (300, 1.96)]
)
def test_tf_factor_gives_the_published_critical_values(f, critical):
    """Lee et al. (2022): 3.43 at F = 10 and 1.96 from 104.7 on are in the abstract and Table 3."""
    assert 1.96 * weakiv.tf_factor(f) == pytest.approx(critical, abs=0.005)


# The same function in another printing, by the first stage's |t| in steps of 0.1 from 2 to 10.3 and
# rounded up to two digits: R package ivDiag (Lal, Lockhart, Xu and Zu, 2024), function tF.
CRITICAL_BY_T = np.array(
    """18.66 9.74 7.37 6.18 5.43 4.92 4.54 4.25 4.01 3.82 3.65 3.51 3.39 3.29 3.19 3.11 3.03
    2.97 2.91 2.85 2.80 2.75 2.71 2.67 2.63 2.60 2.57 2.54 2.51 2.48 2.46 2.43 2.41 2.39 2.37
    2.35 2.33 2.32 2.30 2.29 2.27 2.26 2.24 2.23 2.22 2.21 2.20 2.19 2.17 2.16 2.16 2.15 2.14
    2.13 2.12 2.11 2.10 2.10 2.09 2.08 2.08 2.07 2.06 2.06 2.05 2.04 2.04 2.03 2.03 2.02 2.02
    2.01 2.01 2.00 2.00 1.99 1.99 1.99 1.98 1.98 1.97 1.97 1.97 1.96""".split(),
    dtype=float,
)


def test_tf_table_agrees_with_another_printing_of_it():
    t = np.linspace(2, 10.3, 84)
    ours = np.array([1.96 * weakiv.tf_factor(v**2) for v in t])
    assert np.all(ours <= CRITICAL_BY_T + 0.006)  # interpolation of the convex curve
    assert np.all(ours >= CRITICAL_BY_T - 0.01)
    # the published factors are equally spaced in logs: a digit out of place would stand out
    np.testing.assert_allclose(weakiv._TF_FACTOR, np.geomspace(9.519, 1, 100), atol=0.001)
    assert np.all(np.diff(np.log(np.diff(weakiv._TF_F))[60:]) > 0)


def test_tf_factor_has_no_finite_value_below_the_published_table():
    assert weakiv.tf_factor(3.99) == np.inf
    assert str(weakiv.tf_set(1.0, 0.1, 3.0)) == "(-∞, ∞)"


def tf_rejection(first_stage_t, factor):
    """Size of the tF test in the worst case, errors perfectly correlated, by integration.

    There the 2SLS t ratio is ``z * f / f0`` with ``f = f0 + z``, z standard normal, f0 the mean of
    the first-stage t (Lee et al., 2022, sec. II).
    """
    z = np.linspace(-9, 9, 200_001)
    f = first_stage_t + z
    critical = 1.96 * np.array([factor(v) for v in f**2])
    return float(
        np.sum(stats.norm.pdf(z) * (np.abs(z * f / first_stage_t) > critical)) * (z[1] - z[0])
    )


@pytest.mark.slow
@pytest.mark.parametrize("first_stage_t", [1.0, 2.0, 3.0, 5.4, 9.0])
def test_tf_has_size_five_percent_where_wald_does_not(first_stage_t):
    # interpolation and the three printed digits push the rate down, never up
    assert 0.043 < tf_rejection(first_stage_t, weakiv.tf_factor) < 0.0501
    if 1 < first_stage_t < 9:
        assert tf_rejection(first_stage_t, lambda f: 1.0) > 0.06


def test_tf_set_scales_the_wald_interval():
    result = fit(simulate(18))
    f = result.first_stage["t"] ** 2
    ((low, high),) = result.tf_set.intervals
    assert (high - low) / 2 == pytest.approx(
        1.959964 * weakiv.tf_factor(f) * result.second_stage["se"], rel=1e-6
    )
    assert (high + low) / 2 == pytest.approx(result.second_stage["estimate"], rel=EXACT)


def wald_size(concentration, along):
    """Size of the 5% Wald test of 2SLS in the worst case, errors perfectly correlated.

    Weak-instrument asymptotics of Stock and Yogo (2005, sec. 3) with ``v = e``: along (draws,) is
    the part of Z'v in the first stage's direction, for one instrument all of it.
    """
    root = np.sqrt(concentration)
    bias = along / (root + along)
    t2 = bias**2 * (root + along) ** 2 / (1 - bias) ** 2
    return float(np.mean(t2 > stats.chi2.ppf(0.95, 1)))


def test_the_stock_yogo_value_follows_from_its_definition():
    """The concentration at which the size is 10%, then the 95% quantile of F there.

    Theirs was simulated, ours is integrated: they differ by 3% at most.
    """
    along = stats.norm.ppf(stats.qmc.Sobol(1, seed=np.random.default_rng(19)).random_base2(17))
    low, high = 0.01, 400.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if wald_size(middle, along) > 0.1 else (low, middle)
    assert stats.ncx2.ppf(0.95, 1, low) == pytest.approx(weakiv.STOCK_YOGO_10, rel=0.032)


# --- plausibly exogenous ------------------------------------------------------------------------


def test_plausibly_exogenous_is_2sls_of_the_cleaned_outcome():
    panel = simulate(20)
    result = fit(panel)
    table = weakiv.plausibly_exogenous(result.data, [0.0, 0.2])
    pd.testing.assert_series_equal(
        table.loc[0].drop("direct_effect"), result.second_stage, check_names=False
    )
    cleaned = fit(panel.assign(gap=panel["gap"] - 0.2 * panel["z0"]))
    pd.testing.assert_series_equal(
        table.loc[1].drop("direct_effect"), cleaned.second_stage, check_names=False
    )


def test_the_union_finds_the_truth_that_2sls_misses():
    panel = simulate(21, n_counties=200).assign(gap=lambda d: d["gap"] + 0.5 * d["z0"])
    result = fit(panel)
    assert not result.second_stage["lower"] < -0.7 < result.second_stage["upper"]
    table = weakiv.plausibly_exogenous(result.data, np.linspace(0, 0.8, 9))
    assert table["lower"].min() < -0.7 < table["upper"].max()


# --- bad input ----------------------------------------------------------------------------------


def test_an_instrument_that_fixed_effects_absorb_is_refused():
    panel = simulate(22)
    panel["ruggedness"] = panel.groupby("county")["z0"].transform("mean")
    with pytest.raises(ValueError, match="interacted with time"):
        fit(panel, "ruggedness")
    with pytest.raises(ValueError, match="no variation of its own"):
        fit(panel.assign(ruggedness=0.0), "ruggedness")
    panel["trend"] = panel["ruggedness"] * (panel["year"] + 1)
    assert len(fit(panel, "trend").data.outcome) == 540
    with pytest.raises(ValueError, match="redundant"):
        fit(panel.assign(again=2 * panel["serv"] + panel["pgdp"]), "again")


def test_an_endogenous_variable_that_fixed_effects_absorb_is_refused():
    panel = simulate(26, missing=True)
    panel["did"] = (panel["year"] > 4).astype(float)
    with pytest.raises(ValueError, match="endogenous variable 'did' has no variation"):
        fit(panel)


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match="no column slope"):
        fit(simulate(23), "slope")


def test_the_panel_is_not_changed_and_its_order_does_not_matter():
    panel = simulate(24, missing=True)
    before = panel.copy()
    ours = fit(panel)
    pd.testing.assert_frame_equal(panel, before)
    shuffled = fit(panel.sample(frac=1, random_state=np.random.default_rng(25)))
    np.testing.assert_allclose(shuffled.second_stage, ours.second_stage, rtol=EXACT)


def test_a_county_seen_once_is_left_out_as_in_pyfixest():
    panel = simulate(26).drop(index=range(1, 9))
    assert len(fit(panel).data.outcome) == 531


# --- size by simulation -------------------------------------------------------------------------


@pytest.mark.slow
def test_anderson_rubin_keeps_its_size_with_a_weak_instrument_and_wald_does_not():
    """First-stage F about 1, strong endogeneity, 100 clusters of 4 with common shocks."""
    rng, reps, clusters = np.random.default_rng(27), 1500, np.repeat(np.arange(100), 4)
    rejected = np.zeros((reps, 3))
    for r in range(reps):
        z = rng.normal(size=100)[clusters] + rng.normal(size=400)
        v = rng.normal(size=100)[clusters] + rng.normal(size=400)
        x = 0.03 * z + v
        y = 0.98 * v + 0.2 * rng.normal(size=400)
        data = weakiv.Residualised(y, x, z, clusters, 0, 1, 1)
        forms = weakiv.reduced_forms(data)
        wald = weakiv.two_stage_least_squares(data)
        first_f = forms.first_stage**2 / forms.v_xx
        rejected[r] = (
            weakiv.anderson_rubin(data, forms, 0.0)[1] < 0.05,
            wald["p"] < 0.05,
            0.0 not in weakiv.tf_set(wald["estimate"], wald["se"], first_f),
        )
    anderson_rubin, wald, tf = rejected.mean(axis=0)
    margin = 3 * np.sqrt(0.05 * 0.95 / reps)
    assert abs(anderson_rubin - 0.05) < margin
    assert wald > 0.2
    assert tf < 0.05 + margin


# --- what print leaves open ---------------------------------------------------------------------


@pytest.mark.parametrize("seed", [31, 32])
def test_printed_numbers_and_one_correlation_give_the_reduced_form(seed):
    found = fit(simulate(seed))
    forms, effect = weakiv.reduced_forms(found.data), found.second_stage["estimate"]
    covariance = forms.v_xy - effect * forms.v_xx  # of the first stage and ρ − βπ
    v_uu = forms.v_yy - 2 * effect * forms.v_xy + effect**2 * forms.v_xx
    t, printed = weakiv.anderson_rubin_from_print(
        effect,
        found.second_stage["se"],
        found.first_stage["t"] ** 2,
        found.data.n_clusters,
        covariance / np.sqrt(v_uu * forms.v_xx),
    )
    assert abs(t) == pytest.approx(abs(found.reduced_form["t"]), rel=EXACT)
    np.testing.assert_allclose(printed.intervals, found.anderson_rubin_set.intervals, rtol=EXACT)


def test_the_papers_reduced_form_is_significant_whatever_it_did_not_print():
    """Table 3: −0.772 (0.152), F 28.987, all roundings, every correlation: a review's bounds."""
    t, low, high = [], [], []
    for effect in (-0.7725, -0.7715):
        for se in (0.1515, 0.1525):
            for correlation in np.linspace(-1, 1, 201):
                ratio, found = weakiv.anderson_rubin_from_print(
                    effect, se, 28.987, 1287, correlation
                )
                ((a, b),) = found.intervals
                t.append(abs(ratio)), low.append(a), high.append(b)
    assert min(t) == pytest.approx(2.61, abs=0.005)
    assert (min(low), max(low)) == pytest.approx((-1.24, -0.99), abs=0.01)
    assert (min(high), max(high)) == pytest.approx((-0.56, -0.30), abs=0.01)


@pytest.mark.parametrize("correlation", [0.95, 0.75, 0.5])
def test_wald_rejects_as_often_as_simulated(correlation):
    rng = np.random.default_rng(33)
    v = rng.standard_normal(400_000)
    u = correlation * v + np.sqrt(1 - correlation**2) * rng.standard_normal(len(v))
    slope = 1.0 + v  # concentration one
    off = u / slope
    t = u / np.sqrt(1 - 2 * correlation * off + off**2)
    exact = weakiv.wald_rejection(1.0, correlation)
    assert np.mean(t**2 > stats.chi2.isf(0.05, 1)) == pytest.approx(exact, abs=0.002)
    assert weakiv.wald_rejection(1e6, correlation) == pytest.approx(0.05, abs=1e-3)


def test_what_cannot_have_been_printed_is_refused():
    with pytest.raises(ValueError, match="cannot be"):
        weakiv.anderson_rubin_from_print(-0.7, 0.1, 20, 1287, 1.1)
    with pytest.raises(ValueError, match="cannot be"):
        weakiv.wald_rejection(1.0, 1.0)
