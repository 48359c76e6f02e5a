"""Edges: what every estimator says of rows, years, cohorts and values that it cannot use."""

import numpy as np
import pandas as pd
import pytest

from paneldid.decomposition import extended_two_way, gelbach
from paneldid.few_clusters import small_sample_errors
from paneldid.matching import match
from paneldid.resampling import leave_one_out, placebo, wild_cluster_bootstrap
from paneldid.spec_curve import lead_tests, specification_curve
from paneldid.staggered import att_gt, balanced
from paneldid.weakiv import weak_iv

FML = "gap~did+x|county+year"
CURVE = {"outcomes": ["gap"], "controls": {"x": ["x"]}, "fixed_effects": ["county+year"]}


@pytest.fixture
def panel():
    rng = np.random.default_rng(1)
    cohort = np.repeat(np.resize([2017.0, 2018.0, np.nan, np.nan], 40), 6)
    rows = pd.DataFrame({"county": np.repeat(np.arange(40), 6), "cohort": cohort})
    rows["year"] = np.tile(np.arange(2014, 2020), 40)
    rows["event_time"] = rows["year"] - rows["cohort"]
    rows["did"] = (rows["event_time"] >= 0).astype(float)
    rows["treat"] = rows["cohort"].notna().astype(int)
    rows[["gap", "x", "z"]] = rng.normal(size=(240, 3)) + rows[["did"]].to_numpy()
    return rows


TWO_WAY = {
    "placebo": lambda p: placebo(p, FML, seed=1, draws=2),
    "wild bootstrap": lambda p: wild_cluster_bootstrap(p, FML, seed=1, draws=2),
    "leave one out": lambda p: leave_one_out(p, FML),
    "CR2": lambda p: small_sample_errors(p, "gap", "did", ["x"]),
    "Gelbach": lambda p: gelbach(p, "gap", "did", ["x"]),
}
COHORTS = {
    "group-time effects": lambda p: att_gt(p, "gap", ["x"]),
    "extended two-way": lambda p: extended_two_way(
        p.assign(x=p["county"] * p["x"] ** 0), "gap", ["x"]
    ),
}
OTHERS = {
    "curve": lambda p: specification_curve({"all": p}, treatment="did", **CURVE),
    "leads": lambda p: lead_tests({"all": p}, **CURVE),
    "weak instruments": lambda p: weak_iv(p, "gap", "did", "z", ["x"]),
    "matching": lambda p: match(p, ["x"]),
}
EVERYONE = TWO_WAY | COHORTS | OTHERS


@pytest.mark.parametrize("name", EVERYONE)
def test_the_panel_is_fine_as_it_is(panel, name):
    before = panel.copy()
    assert EVERYONE[name](panel) is not None
    pd.testing.assert_frame_equal(panel, before)


@pytest.mark.parametrize("name", EVERYONE)
def test_no_rows_are_told(panel, name):
    with pytest.raises(ValueError, match=r"no rows|No county"):
        EVERYONE[name](panel[:0])


@pytest.mark.parametrize("name", TWO_WAY | OTHERS)
def test_rows_without_any_value_are_told(panel, name):
    with pytest.raises(ValueError, match=r"no rows|fewer than two values|missing values"):
        EVERYONE[name](panel.assign(x=np.nan))


@pytest.mark.parametrize("name", sorted({*EVERYONE} - {"extended two-way"}))
@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_an_infinite_covariate_is_told(panel, name, value):
    panel.loc[7, "x"] = value
    with pytest.raises(ValueError, match=r"infinite values among x \(county 1, 2015\)"):
        EVERYONE[name](panel)


def test_an_infinite_outcome_is_told(panel):
    panel.loc[7, "gap"] = np.inf
    for name in sorted({*EVERYONE} - {"matching"}):
        with pytest.raises(ValueError, match="infinite values among gap"):
            EVERYONE[name](panel)


@pytest.mark.parametrize("name", sorted({*EVERYONE} - {"extended two-way"}))
def test_text_and_absent_columns_are_told(panel, name):
    with pytest.raises(ValueError, match="column x holds no numbers but, for example, 'a'"):
        EVERYONE[name](panel.assign(x="a"))
    with pytest.raises(ValueError, match="no column x in the data"):
        EVERYONE[name](panel.drop(columns="x"))


@pytest.mark.parametrize("name", TWO_WAY | COHORTS)
def test_years_in_text_and_duplicates_are_told(panel, name):
    with pytest.raises(ValueError, match="column year holds no numbers but, for example, '2014'"):
        EVERYONE[name](panel.astype({"year": str}))
    with pytest.raises(ValueError, match="keep one row"):
        EVERYONE[name](pd.concat([panel, panel.iloc[[9]]], ignore_index=True))


@pytest.mark.parametrize("name", COHORTS | {"placebo": TWO_WAY["placebo"]})
def test_zero_is_not_never_and_a_cohort_does_not_change(panel, name):
    with pytest.raises(ValueError, match=r"cohort is 0 \(county 2, 2014\): .* never treated"):
        EVERYONE[name](panel.assign(cohort=panel["cohort"].fillna(0)))
    panel.loc[3, "cohort"] = 2018.0
    with pytest.raises(ValueError, match=r"cohort varies|'cohort' must be constant"):
        EVERYONE[name](panel)


@pytest.mark.parametrize("name", COHORTS | {"placebo": TWO_WAY["placebo"]})
def test_an_infinite_cohort_is_never_treated(panel, name):
    never = panel.assign(cohort=panel["cohort"].fillna(np.inf))
    found, expected = EVERYONE[name](never), EVERYONE[name](panel)
    for attribute in ("observed", "overall"):
        if hasattr(found, attribute):
            assert getattr(found, attribute) == getattr(expected, attribute)
    if hasattr(found, "influence"):
        np.testing.assert_array_equal(found.influence, expected.influence)


def test_missing_covariates_are_not_taken_for_separation(panel):
    panel.loc[7, "x"] = np.nan
    with pytest.raises(ValueError, match=r"x is missing in 1 rows \(county 1, 2015\)"):
        att_gt(panel, "gap", ["x"])
    assert len(balanced(panel, ["gap", "x"])) == len(panel) - 6


def test_a_balanced_panel_has_every_county_before_its_start(panel):
    first = panel["county"].iloc[0]
    early = panel["cohort"].where(panel["county"] != first, panel["year"].min())
    kept = balanced(panel.assign(cohort=early), ["gap"])
    assert set(panel["county"]) - set(kept["county"]) == {first}
