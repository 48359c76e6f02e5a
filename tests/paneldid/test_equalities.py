"""What chapter 7.1 calls equal, and what different: by algebra, on panels of any numbers."""

from dataclasses import replace

import diff_diff as dd
import numpy as np
import pandas as pd
import pyfixest as pf
import pytest

from paneldid.decomposition import extended_two_way
from paneldid.eventstudy import coefficients, window_event_time
from paneldid.staggered import aggregate, att_gt, doubly_robust

TWIN = 1e-8
COLUMNS = {"outcome": "gap", "unit": "county", "time": "year", "first_treat": "first"}
STARTS = (2018.0, 2019.0, 2021.0)

pytestmark = pytest.mark.filterwarnings("ignore:.*aggregate=.*deprecated")


@pytest.fixture(scope="module", params=[3, 4])
def panel(request):
    """Heterogeneous effects, a trend in one cohort, cohorts of unequal size."""
    rng = np.random.default_rng(request.param)
    years, first = np.arange(2014, 2022), rng.choice([*STARTS, np.nan], 70, p=[0.2, 0.2, 0.1, 0.5])
    rows = pd.DataFrame(
        {
            "county": np.repeat([f"{i:03d}" for i in range(70)], len(years)),
            "year": np.tile(years, 70),
            "cohort": np.repeat(first, len(years)),
        }
    )
    rows["did"] = (rows["year"] >= rows["cohort"]).astype(int)
    rows["event_time"] = rows["year"] - rows["cohort"]
    rows["first"] = rows["cohort"].fillna(0).astype(int)
    rows["k"] = window_event_time(rows["event_time"], outside="own").astype(int)
    rows["x"] = rng.normal(size=len(rows)).cumsum() / 10
    rows["gap"] = rng.normal(size=len(rows)) + rows["did"] * (rows["year"] - 2016)
    rows["gap"] += 0.3 * (rows["cohort"] == 2019) * (rows["year"] - 2014)
    return rows


def path(effects):
    return pd.Series({int(e): v["effect"] for e, v in effects.items()}).sort_index()


def callaway(panel, control, base="universal"):
    table = aggregate(att_gt(panel, "gap", control=control, base=base)).table
    return table.set_index("at")["estimate"]


def same(one, other):
    both = pd.concat([one, other], axis=1).dropna()
    assert len(both) > 4
    np.testing.assert_allclose(both.iloc[:, 0], both.iloc[:, 1], atol=TWIN)


def imputed(panel, kind):
    fit = kind(pretrends=True).fit(panel, aggregate="event_study", **COLUMNS)
    return path(fit.event_study_effects), fit.overall_att


def test_sun_abraham_is_callaway_santanna_with_the_never_treated(panel):
    same(path(dd.SunAbraham().fit(panel, **COLUMNS).event_study_effects), callaway(panel, "never"))


def test_reweighted_local_projections_are_callaway_santanna_with_the_not_yet_treated(panel):
    fit = dd.LPDiD(pre_window=4, post_window=2, reweight=True)
    fit = fit.fit(panel, "gap", "county", "year", "did").event_study
    same(fit.set_index("horizon")["coefficient"].drop(-1), callaway(panel, "not_yet"))


def test_two_stage_is_imputation_after_the_start_and_not_before(panel):
    imputation, overall = imputed(panel, dd.ImputationDiD)
    gardner, its_overall = imputed(panel, dd.TwoStageDiD)
    np.testing.assert_allclose(gardner.loc[0:], imputation.loc[0:], atol=TWIN)
    assert its_overall == pytest.approx(overall, abs=TWIN)
    assert (gardner.loc[:-2] - imputation.loc[:-2]).abs().max() > 0.01
    assert extended_two_way(panel, "gap").overall == pytest.approx(overall, abs=TWIN)


def test_imputation_before_the_start_is_the_regression_of_untreated_rows(panel):
    imputation, _ = imputed(panel, dd.ImputationDiD)
    fit = pf.feols("gap~i(k,ref=-1)|county+year", panel[panel["did"] == 0])
    leads = coefficients(fit, variable="k").set_index("event_time")["estimate"]
    same(leads, imputation.loc[:-1])


@pytest.mark.parametrize("slope", [0.01, -2.0])
def test_only_the_universal_base_draws_a_steady_drift_as_a_line(panel, slope):
    """Roth (2024): without any effect, other references make a kink or a jump at the start."""
    drift = panel.assign(gap=slope * panel["event_time"].fillna(0))
    straight = callaway(drift, "never")
    np.testing.assert_allclose(straight, slope * (straight.index + 1), atol=TWIN)
    kinked = callaway(drift, "never", "varying")
    np.testing.assert_allclose(kinked.loc[:-1], slope, atol=TWIN)  # flat, then the same line
    np.testing.assert_allclose(kinked.loc[0:], straight.loc[0:], atol=TWIN)
    jumping, _ = imputed(drift, dd.ImputationDiD)
    np.testing.assert_allclose(jumping.loc[:-1], slope * (jumping.loc[:-1].index + 1), atol=TWIN)
    assert (jumping.loc[0] - straight.loc[0]) / slope > 1  # a year of drift, and more


@pytest.mark.parametrize("ahead", [1, 2])
def test_an_earlier_start_measures_since_an_earlier_base(panel, ahead):
    """The chapter's shift of cohorts, against differences of four means."""
    effects = att_gt(panel.assign(cohort=panel["cohort"] - ahead), "gap", base="universal")
    at_start = effects.cells["event_time"] - ahead
    found = replace(effects, cells=effects.cells.assign(event_time=at_start))
    means = panel.groupby(["first", "year"])["gap"].mean()
    by_hand, sizes = [], []
    for start in map(int, STARTS):
        size = panel.loc[panel["first"] == start, "county"].nunique()
        for year in range(start, 2022):
            change = means[:, year] - means[:, start - 1 - ahead]
            by_hand.append(change[start] - change[0])
            sizes.append(size)
    overall = aggregate(found, "simple").overall
    assert overall == pytest.approx(np.average(by_hand, weights=sizes), abs=TWIN)


def test_covariates_are_those_of_the_base_year_before_the_start_too(panel):
    """R's did takes the earlier of the two years for a universal base; this takes the base."""
    effects = att_gt(panel, "gap", ["x"], base="universal").cells
    wide = panel.pivot(index="county", columns="year", values=["gap", "x", "first"])
    first = wide["first"].iloc[:, 0]
    for g, t, _, estimate, _ in effects.itertuples(index=False):
        chosen = first.isin([0, g])
        change = (wide["gap"][t] - wide["gap"][g - 1])[chosen].to_numpy()
        treated = (first == g)[chosen].to_numpy()
        for year, agrees in ((g - 1, True), (min(t, g - 1), t >= g)):
            x = wide["x"][[year]][chosen].to_numpy()
            twin, _ = doubly_robust(change, treated, x)
            assert (abs(twin - estimate) < TWIN) == agrees
