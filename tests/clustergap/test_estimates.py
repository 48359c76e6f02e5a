"""The book's estimates, on the shipped panel, against independent implementations."""

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
from linearmodels.iv import IV2SLS
from linearmodels.panel import PanelOLS

from clustergap.panel import CONTROLS, assemble, load
from paneldid.eventstudy import window_event_time
from paneldid.reghdfe import WithConstant, reghdfe_constant

AGREE = 1e-8  # two correct implementations differ by accumulated rounding only
X = "+".join(CONTROLS)
BY_COUNTY = {"CRV1": "county"}


@pytest.fixture(scope="module")
def panel():
    return load().panel


def within(panel, columns):
    """Balanced two-way within transformation, in closed form: (N, k)."""
    t = panel["year"].nunique()
    values = panel[list(columns)].to_numpy(float).reshape(-1, t, len(columns))
    values = (
        values
        - values.mean(axis=1, keepdims=True)
        - values.mean(axis=0, keepdims=True)
        + values.mean(axis=(0, 1), keepdims=True)
    )
    return values.reshape(-1, len(columns))


def least_squares(panel, outcome, regressors):
    """Coefficients, and standard errors clustered by county as reghdfe counts degrees."""
    n, t = panel["county"].nunique(), panel["year"].nunique()
    x, y = within(panel, regressors), within(panel, [outcome])[:, 0]
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ y
    scores = (x * (y - x @ beta)[:, None]).reshape(n, t, -1).sum(axis=1)
    k = len(regressors) + t  # county effects are nested in the clusters; the constant counts
    factor = n / (n - 1) * (n * t - 1) / (n * t - k)
    return beta, np.sqrt(factor * np.diag(bread @ scores.T @ scores @ bread))


def test_baseline_equals_the_closed_form(panel):
    fit = pf.feols(f"gap~did+{X}|county+year", panel, vcov=BY_COUNTY)
    beta, se = least_squares(panel, "gap", ["did", *CONTROLS])
    np.testing.assert_allclose(fit.coef(), beta, rtol=AGREE)
    np.testing.assert_allclose(fit.se(), se, rtol=AGREE)


def test_event_study_equals_linearmodels(panel):
    data = panel.assign(k=window_event_time(panel["event_time"]).astype(int))
    fit = pf.feols(f"gap~i(k,ref=-1)+{X}|county+year", data, vcov=BY_COUNTY)
    times = [k for k in range(-7, 3) if k != -1]
    dummies = pd.DataFrame({f"k::{k}": (data["k"] == k).astype(float) for k in times})
    frame = pd.concat([data, dummies], axis=1)
    frame["entity"] = pd.factorize(frame["county"])[0]
    frame = frame.set_index(["entity", "year"])
    regressors = [*dummies, *CONTROLS]
    twin = PanelOLS(frame["gap"], frame[regressors], entity_effects=True, time_effects=True).fit()
    np.testing.assert_allclose(fit.coef()[regressors], twin.params[regressors], rtol=AGREE)
    _, se = least_squares(frame.reset_index().assign(county=data["county"]), "gap", regressors)
    np.testing.assert_allclose(fit.se()[regressors], se, rtol=AGREE)


def test_2sls_equals_linearmodels(panel):
    fit = pf.feols(f"gap~{X}|county+year|did~ruggedness_trend", panel, vcov=BY_COUNTY)
    columns = ["gap", "did", "ruggedness_trend", *CONTROLS]
    frame = pd.DataFrame(within(panel, columns), columns=columns)
    clusters = pd.factorize(panel["county"])[0]
    twin = IV2SLS(frame["gap"], frame[list(CONTROLS)], frame["did"], frame["ruggedness_trend"]).fit(
        cov_type="clustered", clusters=clusters, debiased=False
    )
    assert fit.coef()["did"] == pytest.approx(twin.params["did"], rel=AGREE)
    n, t = panel["county"].nunique(), panel["year"].nunique()
    factor = n / (n - 1) * (n * t - 1) / (n * t - (1 + len(CONTROLS) + t))
    plain = twin.std_errors["did"]  # linearmodels applies no small-sample factor here
    assert fit.se()["did"] == pytest.approx(plain * np.sqrt(factor), rel=AGREE)


def test_the_constant_is_that_of_a_regression_with_the_means_added_back(panel):
    fit = pf.feols(f"gap~did+{X}|county+year", panel, vcov=BY_COUNTY)
    columns = ["gap", "did", *CONTROLS]
    frame = pd.DataFrame(within(panel, columns), columns=columns) + panel[columns].mean()
    twin = pf.feols(f"gap~did+{X}", frame.assign(county=panel["county"]), vcov=BY_COUNTY)
    constant, se = reghdfe_constant(fit, panel)
    assert constant == pytest.approx(twin.coef()["Intercept"], rel=AGREE)
    n, t = panel["county"].nunique(), panel["year"].nunique()
    mine, theirs = len(columns) - 1 + t, len(columns)
    ratio = np.sqrt((n * t - theirs) / (n * t - mine))
    assert se == pytest.approx(twin.se()["Intercept"] * ratio, rel=AGREE)


def test_altering_one_countys_outcome_changes_the_estimates(raw_tables):
    before, _ = assemble(raw_tables)
    yearbook = raw_tables["yearbook"].copy()
    treated = before.loc[before["did"] == 1, "county"].iloc[0]
    rows = yearbook["county"].eq(treated) & (yearbook["year"] == 2022)
    yearbook.loc[rows, "rural_income"] *= 1.5
    after, _ = assemble(raw_tables | {"yearbook": yearbook})
    fits = [pf.feols(f"gap~did+{X}|county+year", p, vcov=BY_COUNTY) for p in (before, after)]
    assert abs(fits[0].coef()["did"] - fits[1].coef()["did"]) > 1e-6


def test_a_county_seen_once_changes_no_constant(panel):
    """The fit drops it, and so does the constant."""
    few = panel[panel["county"].isin(panel["county"].unique()[::20])].copy()
    first = few["county"] == few["county"].iloc[30]
    single = few[~first | (few["year"] == 2016)]
    formula = f"gap~did+{'+'.join(CONTROLS)}|county+year"
    fits = [
        WithConstant(pf.feols(formula, rows, vcov={"CRV1": "county"}), rows)
        for rows in (single, few[~first])
    ]
    assert fits[0]._N == fits[1]._N
    np.testing.assert_allclose(fits[0].coef(), fits[1].coef(), rtol=1e-10)
    np.testing.assert_allclose(fits[0].pvalue()["Intercept"], fits[1].pvalue()["Intercept"])
