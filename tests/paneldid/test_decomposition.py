"""Gelbach's decomposition and Wooldridge's regression, against dense twins and imputation."""

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest

from paneldid.decomposition import extended_two_way, gelbach
from paneldid.identified import NotEstimable

TWIN = 1e-8
CONTROLS = ["a", "b", "c"]


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(1)
    n, years = 80, np.arange(2014, 2021)
    cohort = np.repeat(rng.choice([2017.0, 2019.0, np.nan], n, p=[0.25, 0.25, 0.5]), len(years))
    rows = pd.DataFrame({"county": np.repeat(np.arange(n), len(years)), "cohort": cohort})
    rows["year"] = np.tile(years, n)
    rows["did"] = (rows["year"] >= rows["cohort"]).astype(float)
    rows["x"], rows["z"] = (np.repeat(rng.normal(size=n), len(years)) for _ in range(2))
    for i, name in enumerate(CONTROLS):
        rows[name] = 100**i * (rng.normal(size=len(rows)) + (i - 1) * rows["did"])
    trend = 0.1 * rows["x"] * (rows["year"] - 2014)
    rows["gap"] = 0.5 * rows["a"] - 0.3 * rows["b"] / 100 + trend + rng.normal(size=len(rows))
    rows["gap"] += rows["did"] * (1 + rows["x"])
    return rows.sample(frac=1, random_state=2)


@pytest.fixture(scope="module")
def gappy(panel):
    return panel.drop(index=range(3, 560, 10))


def weighted(panel, w):
    """Contributions by dense least squares with a weight for each row, complex ones too."""
    dummies = pd.get_dummies(panel[["county", "year"]].astype(str), drop_first=True, dtype=float)
    fixed = np.column_stack([np.ones(len(panel)), dummies])
    X, d, y = panel[CONTROLS].to_numpy() / [1, 100, 10_000], panel["did"], panel["gap"]

    def coefs(design, target):
        design = design.astype(w.dtype)
        return np.linalg.solve(design.T @ (w[:, None] * design), design.T @ (w * target))

    moved = [coefs(np.column_stack([d, fixed]), x)[0] for x in X.T]
    slopes = coefs(np.column_stack([d, X, fixed]), y.to_numpy())[1:4]
    return np.array(moved) * slopes


def test_contributions_add_up_to_the_change(gappy):
    table = gelbach(gappy, "gap", "did", CONTROLS)
    short = pf.feols("gap~did|county+year", gappy)
    long = pf.feols(f"gap~did+{'+'.join(CONTROLS)}|county+year", gappy)
    change = short.coef()["did"] - long.coef()["did"]
    assert table.loc["all", "contribution"] == pytest.approx(change, abs=TWIN)
    np.testing.assert_allclose(table.loc[CONTROLS, "slope"], long.coef()[CONTROLS], rtol=TWIN)
    for name in CONTROLS:
        fit = pf.feols(f"{name}~did|county+year", gappy)
        assert table.loc[name, "moved"] == pytest.approx(fit.coef()["did"], rel=TWIN)


def test_errors_are_those_of_the_clusters_influence(gappy):
    """Infinitesimal jackknife: derivative of the contributions in each county's weight."""
    table = gelbach(gappy, "gap", "did", CONTROLS)
    ones = np.ones(len(gappy), complex)
    np.testing.assert_allclose(
        table.loc[CONTROLS, "contribution"], weighted(gappy, ones).real, rtol=TWIN
    )
    step, influence = 1e-30, []
    for county in gappy["county"].unique():
        nudged = ones + step * 1j * (gappy["county"] == county).to_numpy()
        influence.append(weighted(gappy, nudged).imag / step)
    influence = np.array(influence)
    influence = np.column_stack([influence, influence.sum(axis=1)])
    g, n, k = len(influence), len(gappy), 4 + 7
    factor = g / (g - 1) * (n - 1) / (n - k)
    np.testing.assert_allclose(table["se"], np.sqrt(factor * (influence**2).sum(axis=0)), rtol=1e-7)


def imputed(panel, covariates):
    """Effects of each treated row, from a regression of the untreated rows."""
    fixed = pd.get_dummies(panel[["county", "year"]].astype(str), drop_first=True, dtype=float)
    extra = [(panel["year"] == t) * panel[c] for t in range(2015, 2021) for c in covariates]
    design = np.column_stack([np.ones(len(panel)), fixed, *extra])
    free = (panel["did"] == 0).to_numpy()
    fitted = design @ np.linalg.lstsq(design[free], panel["gap"].to_numpy()[free])[0]
    effects = panel.assign(effect=panel["gap"] - fitted)[~free]
    return effects.groupby(["cohort", "year"])["effect"].mean(), effects["effect"].mean()


@pytest.mark.parametrize("covariates", [[], ["x"], ["x", "z"]])
def test_extended_two_way_is_imputation(panel, covariates):
    found = extended_two_way(panel, "gap", covariates)
    cells, overall = imputed(panel, covariates)
    np.testing.assert_allclose(found.cells["estimate"], cells, atol=TWIN)
    assert found.overall == pytest.approx(overall, abs=TWIN)


def test_extended_two_way_has_pyfixests_errors(gappy):
    panel = gappy
    data = panel.assign(cell=(panel["cohort"].fillna(0) * 10_000 + panel["year"]) * panel["did"])
    data["dot"] = data["x"] - data.groupby("cell")["x"].transform("mean")
    formula = "gap~i(cell,ref=0)+i(cell,dot,ref=0)+i(year,x,ref=2014)|county+year"
    fit = pf.feols(formula, data, vcov={"CRV1": "county"})
    names = [n for n in fit._coefnames if n.startswith("cell::") and not n.endswith("dot")]
    found = extended_two_way(panel, "gap", ["x"])
    np.testing.assert_allclose(found.cells["estimate"], fit.coef()[names], atol=1e-7)
    np.testing.assert_allclose(found.cells["se"], fit.se()[names], rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p.assign(did=0.0, cohort=np.nan), "nobody to compare with"),
        (lambda p: p.assign(cohort=p["cohort"].replace(2017, 2014)), "treated from the first year"),
        (lambda p: p.assign(x=p["a"]), "changes within a county"),
    ],
)
def test_what_cannot_be_estimated_is_named(panel, change, message):
    with pytest.raises(ValueError, match=message) as found:
        extended_two_way(change(panel), "gap", ["x"])
    assert isinstance(found.value, NotEstimable) == ("changes" not in message)
