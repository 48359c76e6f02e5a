"""The parametric process: reproducible, within the contract, and its truths are recoverable."""

import hashlib
import json

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest

import countysim as synthetic
from clustergap import load_official
from clustergap.indices import theil_from_shares
from clustergap.panel import CONTROLS, assemble
from countysim import TREATED, Truth, income_share_for, simulate
from paneldid.weakiv import weak_iv
from yearbooks.contract import check_table

X = "+".join(CONTROLS)
BY_COUNTY = {"CRV1": "county"}
SEEDS = range(6)
# Mean of six independent t-ratios: beyond four of its own standard errors is no chance.
LIMIT = 4 / np.sqrt(len(SEEDS))


def panels(truth=None, **options):
    return [assemble(simulate(seed, truth, **options))[0] for seed in SEEDS]


def ratio(fits, name, truth):
    """Mean distance of the estimates from the truth, in standard errors."""
    return float(np.mean([(fit.coef()[name] - truth) / fit.se()[name] for fit in fits]))


def baseline(panel, formula=f"gap~did+{X}|county+year"):
    return pf.feols(formula, panel, vcov=BY_COUNTY)


@pytest.fixture(scope="module")
def tables():
    return simulate(1)


@pytest.fixture(scope="module")
def valid():
    return panels()


def test_a_seed_is_a_panel(tables):
    again, other = simulate(1), simulate(2)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, again[name])
    assert not tables["yearbook"].equals(other["yearbook"])


def test_structure_is_the_real_one(tables):
    clusters, official = tables["clusters"], load_official("clusters").query("batch_year <= 2022")
    assert clusters["batch_year"].value_counts().to_dict() == TREATED
    assert set(clusters["cluster"]) <= set(official["cluster_name"])
    assert clusters["county"].is_unique  # no county twice
    codes = load_official("province_income").drop_duplicates("province").set_index("province")
    home = official.drop_duplicates("cluster_name").set_index("cluster_name")["province"]
    assert (clusters["cluster"].map(home).map(codes["code"]) == clusters["county"].str[:2]).all()
    assert len(tables["capaa"]) == load_official("capaa_counts")["designated"].sum()


def test_variables_respect_their_nature(tables):
    panel, _ = assemble(tables)
    for share in ("ind", "serv", "edu", "com"):
        assert panel[share].between(0, 1).all()
    assert (panel["ind"] + panel["serv"] < 1).all()
    assert panel[["pgdp", "pgra", "atl", "financial"]].skew().gt(1).all()
    between = (
        panel.groupby("county")[[*CONTROLS]].transform("mean").var() / panel[[*CONTROLS]].var()
    )
    assert between.gt(0.5).all()  # counties stay what they are


@pytest.mark.slow
def test_constant_effect_and_slopes_are_recovered(valid):
    fits = [baseline(panel) for panel in valid]
    assert abs(ratio(fits, "did", Truth().effect)) < LIMIT
    assert abs(ratio(fits, "ind", synthetic.VARIABLES["ind"]["within"])) < LIMIT
    assert abs(ratio(fits, "did", 0.0)) > LIMIT  # a wrong truth is told apart


def test_pooled_comparison_is_misled_by_selection(valid):
    fits = [pf.feols("gap~did", panel, vcov=BY_COUNTY) for panel in valid]
    assert ratio(fits, "did", Truth().effect) < -10


@pytest.mark.slow
def test_dynamic_effects_are_recovered():
    truth = Truth(effect=-0.02, by_event_time={1: -0.02, 2: -0.05})
    fits = [
        baseline(
            panel.assign(k=panel["event_time"].clip(lower=-7).fillna(-1).astype(int)),
            f"gap~i(k,ref=-1)+{X}|county+year",
        )
        for panel in panels(truth)
    ]
    for k, effect in {-3: 0.0, 0: -0.02, 1: -0.04, 2: -0.07}.items():
        assert abs(ratio(fits, f"k::{k}", effect)) < LIMIT


@pytest.mark.weekly
def test_effects_by_cohort_are_recovered():
    truth = Truth(effect=-0.02, by_cohort={2022: -0.04})
    drawn = [p[(p["cohort"] == 2022) | p["cohort"].isna()] for p in panels(truth)]
    assert abs(ratio([baseline(panel) for panel in drawn], "did", -0.06)) < LIMIT


@pytest.mark.weekly
def test_pretrend_violates_parallel_trends(valid):
    """The year 2019 against 2014, ever-treated against others: nothing happened in between."""

    def leads(drawn):
        before = [p[p["year"].isin([2014, 2019])] for p in drawn]
        before = [p.assign(late=p["treat"] * (p["year"] == 2019)) for p in before]
        return [baseline(p, f"gap~late+{X}|county+year") for p in before]

    assert abs(ratio(leads(valid), "late", 0.0)) < LIMIT
    assert abs(ratio(leads(panels(Truth(pretrend=-0.01))), "late", -0.05)) < LIMIT


def second_stage(panel):
    return pf.feols(f"gap~{X}|county+year|did~ruggedness_trend", panel, vcov=BY_COUNTY)


@pytest.mark.weekly
def test_instrument_is_valid_unless_exclusion_fails():
    drawn = panels(relevance=0.6)
    assert abs(ratio([second_stage(p) for p in drawn], "did", Truth().effect)) < LIMIT
    invalid = panels(Truth(exclusion=-0.005), relevance=0.6)
    assert ratio([second_stage(p) for p in invalid], "did", Truth().effect) < -LIMIT


@pytest.mark.weekly
def test_relevance_makes_the_instrument_weak_or_strong():
    def strength(relevance):
        drawn = [assemble(simulate(s, relevance=relevance))[0] for s in (1, 2)]
        one = [weak_iv(p, "gap", "did", "ruggedness_trend", CONTROLS) for p in drawn]
        return max(w.kleibergen_paap_f for w in one), min(w.kleibergen_paap_f for w in one)

    assert strength(0.0)[0] < 10 < 100 < strength(1.0)[1]  # ten: the old rule of thumb


def test_income_share_is_the_root():
    gap, urban = np.array([0.0, 0.05, 0.3, 0.9]), np.array([0.5, 0.2, 0.4, 0.35])
    share = income_share_for(gap, urban)
    np.testing.assert_allclose(theil_from_shares(share, urban), gap, atol=1e-12)
    assert (share >= urban).all()
    with pytest.raises(ValueError, match="no income share"):
        income_share_for(np.array([0.8]), np.array([0.5]))  # above -ln 0.5


def test_too_few_counties_are_refused():
    with pytest.raises(ValueError, match="too few"):
        simulate(1, counties={"eastern": 20, "central_western": 793})


def test_written_tables_are_vouched_for(tables, tmp_path):
    synthetic.write(tables, tmp_path, {"function": "a test"})
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    for name, facts in manifest["files"].items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == facts["sha256"]
    line = (tmp_path / "yearbook.csv").read_text(encoding="utf-8").splitlines()[1]
    assert "." not in line  # whole numbers are written whole
    read = pd.read_csv(tmp_path / "yearbook.csv", dtype={"county": str})
    pd.testing.assert_frame_equal(check_table(read, "yearbook"), tables["yearbook"])
