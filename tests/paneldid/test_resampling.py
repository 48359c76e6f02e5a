"""Resampling engine: every draw against a new fit by pyfixest, and runs that must agree."""

from itertools import combinations

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
from joblib import parallel_config

from paneldid import permutation
from paneldid import resampling as resample
from paneldid.resampling import (
    BLOCK,
    SUPPORT,
    WILD,
    draw_assignments,
    leave_one_out,
    monte_carlo_p,
    placebo,
    wild_cluster_bootstrap,
)

FML = "gap~did+pgdp+ind+edu|county+year"
COEFFICIENT = 1e-12  # absolute, of coefficients about 0.01: what double precision leaves
SE = 1e-10  # relative
T = 1e-9  # absolute, of t statistics up to 30 and of p-values
EXACT_DEMEANING = pf.MapDemeaner(fixef_tol=1e-13)  # its default stops at 1e-6


def simulate(counties=120, years=6, sizes=(20, 15, 10), missing=0.0, seed=0):
    """A panel with county and year effects, serially correlated shocks, an effect of −0.03."""
    rng = np.random.default_rng(seed)
    year = np.arange(2014, 2014 + years)
    cohort = np.full(counties, np.nan)
    treated = np.split(rng.permutation(counties)[: sum(sizes)], np.cumsum(sizes)[:-1])
    for first, members in zip(year[-len(sizes) :], treated, strict=True):
        cohort[members] = first
    panel = pd.DataFrame(
        {
            "county": np.repeat([f"{11 + c % 7}{c:04d}" for c in range(counties)], years),
            "year": np.tile(year, counties),
            "cohort": np.repeat(cohort, years),
        }
    )
    panel["province"] = panel["county"].str[:2]
    panel["did"] = (panel["year"] >= panel["cohort"]).astype(float)
    for name in ("pgdp", "ind", "edu"):
        level = np.repeat(rng.normal(size=counties), years)
        panel[name] = level + 0.1 * (panel["year"] - 2014) + rng.normal(size=len(panel))
    shock = 0.03 * rng.normal(size=(counties, years)).cumsum(axis=1).ravel()
    panel["gap"] = 0.4 - 0.03 * panel["did"] + 0.01 * panel["pgdp"] + shock
    return panel[rng.random(len(panel)) >= missing].sample(frac=1, random_state=1)


def refit(panel, cluster="county", fml=FML):
    fit = pf.feols(fml, panel, vcov={"CRV1": cluster}, demeaner=EXACT_DEMEANING)
    return np.array([fit.coef()["did"], fit.se()["did"], fit.tstat()["did"], fit.pvalue()["did"]])


def reassigned(panel, cohort_of):
    """The panel with the cohorts of another assignment, county code to year."""
    cohort = panel["county"].map(cohort_of)
    return panel.assign(cohort=cohort, did=(panel["year"] >= cohort).astype(float))


def assignments(panel, draws, seed, strata=None, **arguments):
    """A placebo run, and the cohort of each county in each of its draws."""
    result = placebo(panel, FML, seed=seed, draws=draws, strata=strata, **arguments)
    counties = panel.groupby("county")
    of_strata = counties[strata].first() if strata else None
    dealt = draw_assignments(counties["cohort"].first(), seed=seed, draws=draws, strata=of_strata)
    return result, dealt.T


def same(result, draw, expected):
    assert result.coefficients[draw] == pytest.approx(expected[0], abs=COEFFICIENT)
    assert result.ses[draw] == pytest.approx(expected[1], rel=SE)
    assert result.t[draw] == pytest.approx(expected[2], abs=T)
    assert result.p[draw] == pytest.approx(expected[3], abs=T)


@pytest.mark.slow
@pytest.mark.parametrize("missing", [0.0, 0.15], ids=["balanced", "unbalanced"])
@pytest.mark.parametrize("cluster", ["county", "province"])
def test_a_placebo_draw_is_a_refit(missing, cluster):
    panel = simulate(missing=missing)
    result, drawn = assignments(panel, 12, seed=3, cluster=cluster)
    observed = refit(panel, cluster)
    assert result.observed == pytest.approx(observed[0], abs=COEFFICIENT)
    assert result.observed_se == pytest.approx(observed[1], rel=SE)
    assert result.observed_t == pytest.approx(observed[2], abs=T)
    for draw in range(12):
        same(result, draw, refit(reassigned(panel, drawn.loc[draw]), cluster))


@pytest.mark.parametrize("missing", [0.0, 0.05], ids=["balanced", "unbalanced"])
def test_a_placebo_draw_is_a_refit_in_a_panel_of_the_papers_size(missing):
    panel = simulate(1287, 9, (175, 175, 140), missing)
    result, drawn = assignments(panel, 3, seed=4)
    for draw in range(3):
        same(result, draw, refit(reassigned(panel, drawn.loc[draw])))


def shuffled(uniform, units):
    """Fisher and Yates' shuffle of a list, from its last place on, as far as there are numbers."""
    units, places = list(units), []
    for u in uniform:
        places.append(units.pop(i := int(u * len(units))))
        if i < len(units):  # the last unit moves to the gap
            units.insert(i, units.pop())
    return places


def test_a_draw_shuffles_the_counties_with_a_child_of_the_seed():
    panel = simulate()
    result = placebo(panel, FML, seed=5, draws=BLOCK + 2)
    cohort = panel.groupby("county")["cohort"].first().sort_index()
    treated = cohort.dropna()
    for block, child in enumerate(np.random.SeedSequence(5).spawn(2)):
        uniform = np.random.default_rng(child).random((2, len(treated)))[1]
        dealt = dict(zip(shuffled(uniform, cohort.index), treated, strict=True))
        same(result, block * BLOCK + 1, refit(reassigned(panel, dealt)))


def test_given_assignments_are_estimated_with():
    panel = simulate(missing=0.1)
    result, drawn = assignments(panel, 70, seed=3)
    given = placebo(panel, FML, assignments=drawn.T)
    assert (given.observed, given.observed_se, given.df) == (
        result.observed, result.observed_se, result.df,
    )  # fmt: skip
    np.testing.assert_allclose(given.coefficients, result.coefficients, rtol=0, atol=COEFFICIENT)
    np.testing.assert_allclose(given.ses, result.ses, rtol=SE)
    early = drawn.T.replace(drawn.T.max().max(), 2016.0)  # a cohort that the data do not have
    same(placebo(panel, FML, assignments=early), 0, refit(reassigned(panel, early[0])))


@pytest.mark.parametrize("strata", [None, "size"])
def test_whole_units_of_counties_move_together(strata):
    panel = simulate(counties=90, sizes=(12, 12))
    counties = np.sort(panel["county"].unique())
    unit = pd.Series(np.repeat(np.arange(30), np.tile([2, 4], 15)), counties)
    starts = pd.Series(np.nan, range(30))
    starts[[0, 1, 8, 9]], starts[[2, 3, 20, 21]] = 2018.0, 2019.0
    panel = reassigned(panel.assign(unit=panel["county"].map(unit)), unit.map(starts))
    panel["size"] = panel["unit"] % 2
    result = placebo(panel, FML, seed=4, draws=60, unit="unit", strata=strata)
    of_strata = pd.Series(np.arange(30) % 2) if strata else None
    dealt = draw_assignments(starts, seed=4, draws=60, strata=of_strata)
    treated = dealt.notna().loc[unit].sum()
    assert (dealt.notna().sum() == 8).all()
    assert (treated == 24).all() if strata else treated.nunique() > 1
    by_county = dealt.loc[unit].set_axis(unit.index)
    given = placebo(panel, FML, assignments=by_county)
    np.testing.assert_allclose(result.coefficients, given.coefficients, rtol=0, atol=COEFFICIENT)
    np.testing.assert_allclose(result.ses, given.ses, rtol=SE)
    same(result, 7, refit(reassigned(panel, by_county[7])))


def test_an_unbalanced_panel_of_many_years_is_refitted_too():
    panel = simulate(counties=60, years=40, missing=0.3)
    result, drawn = assignments(panel, 2, seed=3)
    same(result, 1, refit(reassigned(panel, drawn.loc[1])))


@pytest.mark.filterwarnings("ignore:.*singleton fixed effect:UserWarning")
@pytest.mark.filterwarnings(r"ignore:\s*1 variables dropped due to multicoll:UserWarning")
def test_rows_that_pyfixest_leaves_out_are_left_out():
    panel = simulate(missing=0.1)
    lonely, gone = panel["county"].unique()[:2]
    panel = panel.drop(panel.index[panel["county"] == lonely][1:])
    panel.loc[panel["county"] == gone, "pgdp"] = np.nan
    panel["twice"] = 2 * panel["ind"] + 1
    fml = FML.replace("edu", "edu+twice")
    result, expected = placebo(panel, fml, seed=1, draws=1), refit(panel, fml=fml)
    assert result.observed == pytest.approx(expected[0], abs=COEFFICIENT)
    assert result.observed_se == pytest.approx(expected[1], rel=SE)
    assert result.df == panel["county"].nunique() - 3


def test_cohorts_keep_their_sizes_and_strata_keep_them_in_each_province():
    panel = simulate()
    by_county = panel.groupby("county")["cohort"].first()
    total = by_county.value_counts().sort_index()
    per_province = by_county.groupby(by_county.index.str[:2]).value_counts().sort_index()
    for strata in (None, "province"):
        result, drawn = assignments(panel, 6, seed=2, strata=strata)
        kept = []
        for draw in range(6):
            pseudo = drawn.loc[draw]
            assert pseudo.value_counts().sort_index().to_dict() == total.to_dict()
            counts = pseudo.groupby(pseudo.index.str[:2]).value_counts().sort_index()
            kept.append(counts.to_dict() == per_province.to_dict())
        assert all(kept) if strata else not any(kept)
        same(result, 0, refit(reassigned(panel, drawn.loc[0])))


@pytest.mark.parametrize("missing", [0.0, 0.15], ids=["balanced", "unbalanced"])
def test_a_regression_without_controls(missing):
    panel = simulate(missing=missing)
    result = placebo(panel, "gap~did|county+year", seed=3, draws=50)
    expected = refit(panel, fml="gap~did|county+year")
    assert (result.observed, result.observed_se) == pytest.approx(expected[:2], rel=SE)


def test_the_order_of_categories_means_nothing():
    """Nor that of counties with which a categorical column declares them, nor of years."""
    panel = simulate()
    shuffled = panel.astype({"county": "category", "year": "category"})
    for name in ("county", "year"):
        shuffled[name] = shuffled[name].cat.reorder_categories(shuffled[name].cat.categories[::-1])
    found, expected = (placebo(p, FML, seed=3, draws=50).coefficients for p in (shuffled, panel))
    assert (found == expected).all()


@pytest.mark.slow
def test_the_randomisation_p_value_agrees_with_all_assignments():
    panel = simulate(counties=9, years=4, sizes=(3,), seed=8)
    counties, year = sorted(panel["county"].unique()), panel["cohort"].max()
    every = [
        refit(reassigned(panel, dict.fromkeys(chosen, year)))[0]
        for chosen in combinations(counties, 3)
    ]
    result = placebo(panel, FML, seed=1, draws=4000)
    exact = np.mean(np.abs(every) >= abs(result.observed) * (1 - 1e-9))
    tail = result.tail(level=0.999)
    assert tail.low <= exact <= tail.high
    assert monte_carlo_p(result.coefficients, 2 * result.observed, 0.999).high < exact


@pytest.mark.slow
@pytest.mark.parametrize("weights", ["rademacher", "webb"])
@pytest.mark.parametrize("cluster", ["county", "province"])
def test_the_wild_bootstrap_is_its_brute_force_twin(weights, cluster):
    panel = simulate(counties=42, sizes=(6, 6), missing=0.1).reset_index(drop=True)
    draws = 40
    result = wild_cluster_bootstrap(
        panel, FML, seed=6, draws=draws, weights=weights, cluster=cluster
    )
    restricted = pf.feols(
        FML.replace("did+", ""), panel, vcov={"CRV1": cluster}, demeaner=EXACT_DEMEANING
    )
    residual = restricted.resid()
    codes = pd.factorize(panel[cluster], sort=True)[0]
    rng = np.random.default_rng(np.random.SeedSequence(6).spawn(1)[0])
    support, observed = SUPPORT[weights], refit(panel, cluster)
    assert result.observed == pytest.approx(observed[0], abs=COEFFICIENT)
    assert result.observed_se == pytest.approx(observed[1], rel=SE)
    drawn = support[rng.integers(0, len(support), (WILD, codes.max() + 1), dtype=np.int8)]
    t = []
    for draw in range(draws):
        again = panel.assign(gap=panel["gap"] - residual + drawn[draw, codes] * residual)
        expected = refit(again, cluster)
        same(result, draw, expected)
        t.append(expected[2])
    # with few clusters, some draws keep or flip every residual: ties with the observed t
    exceed = int(np.sum(np.abs(t) >= abs(observed[2]) - T))
    assert result.tail("t").exceed == exceed
    assert result.tail("t").p == (exceed + 1) / (draws + 1)


def test_wild_weights_have_mean_zero_and_variance_one():
    for support in SUPPORT.values():
        assert support.mean() == pytest.approx(0, abs=1e-15)
        assert (support**2).mean() == pytest.approx(1, abs=1e-15)


@pytest.mark.slow
@pytest.mark.parametrize("missing", [0.0, 0.1], ids=["balanced", "unbalanced"])
@pytest.mark.parametrize(
    ("by", "cluster"), [("province", "county"), (None, "county"), (None, "province")]
)
def test_leaving_one_out_is_a_refit_without_it(by, cluster, missing):
    panel = simulate(counties=42, sizes=(6, 6), missing=missing)
    result = leave_one_out(panel, FML, by=by, cluster=cluster)
    left_out = panel[by or cluster]
    assert list(result.labels) == sorted(left_out.unique())
    for draw, label in enumerate(result.labels):
        same(result, draw, refit(panel[left_out != label], cluster))


def test_a_draw_that_does_not_identify_the_effect_says_so():
    panel = simulate(counties=42, sizes=(14, 14))
    cohort = panel["cohort"].where(panel["province"] == "12")
    panel = panel.assign(cohort=cohort, did=(panel["year"] >= cohort).astype(float))
    result = leave_one_out(panel, FML, by="province")
    assert np.isnan(result.coefficients).tolist() == (result.labels == "12").tolist()
    with pytest.raises(ValueError, match="no statistic"):
        monte_carlo_p(result.coefficients, result.observed)
    with pytest.raises(ValueError, match="no p-value"):
        result.tail()


def test_one_cluster_that_is_left_has_no_error():
    panel = simulate()
    panel["half"] = panel["province"].map(lambda code: "b" if code == "17" else "a")
    assert np.isnan(leave_one_out(panel, FML, by="half", cluster="half").ses).all()


def test_a_year_that_only_one_province_has_is_not_counted_without_it():
    panel = simulate(counties=42, sizes=(6, 6))
    panel = panel[(panel["year"] > 2014) | (panel["province"] == "13")]
    result = leave_one_out(panel, FML, by="province")
    for draw, label in enumerate(result.labels):
        same(result, draw, refit(panel[panel["province"] != label]))


def test_p_values_and_intervals_by_hand():
    none = monte_carlo_p(np.full(19, 0.5), -1.0)
    assert (none.exceed, none.draws, none.p, none.low) == (0, 19, 1 / 20, 0.0)
    assert none.high == pytest.approx(1 - 0.025 ** (1 / 19), rel=1e-12)
    every = monte_carlo_p(np.full(19, -2.0), 1.0, level=0.9)
    assert (every.p, every.high) == (1.0, 1.0)
    assert every.low == pytest.approx(0.05 ** (1 / 19), rel=1e-12)
    # 3 of 10 is a standard example of the Clopper–Pearson interval: 6.67 % to 65.25 %
    some = monte_carlo_p(np.array([3.0, -4, 2] + [0.1] * 7), 2.0)
    assert (some.exceed, round(some.low, 4), round(some.high, 4)) == (3, 0.0667, 0.6525)
    assert monte_carlo_p(np.array([1 - 1e-12, 0.9]), 1.0).exceed == 1


def test_placebos_centre_on_zero_and_the_true_effect_is_far_out():
    result = placebo(simulate(), FML, seed=11)
    noise = result.coefficients.std() / np.sqrt(len(result.coefficients))
    assert abs(result.coefficients.mean()) < 4 * noise
    assert result.tail().p < 0.01
    assert result.tail("t").p < 0.01


RUNS = {
    "placebo": lambda panel, **run: placebo(panel, FML, seed=9, **run),
    "strata": lambda panel, **run: placebo(panel, FML, seed=9, strata="province", **run),
    "wild": lambda panel, **run: wild_cluster_bootstrap(panel, FML, seed=9, **run),
}


def identical(a, b):
    n = min(len(a.ses), len(b.ses))
    return all(
        np.array_equal(getattr(a, name)[:n], getattr(b, name)[:n])
        for name in ("coefficients", "ses", "t", "p")
    )


MISSING = pytest.mark.parametrize("missing", [0.0, 0.1], ids=["balanced", "unbalanced"])


@MISSING
@pytest.mark.parametrize("kind", RUNS)
def test_the_same_seed_gives_the_same_numbers_in_any_tasks(kind, missing, monkeypatch):
    panel, run = simulate(missing=missing), RUNS[kind]
    one = run(panel, draws=300)
    assert identical(one, run(panel, draws=200))
    assert not identical(one, placebo(panel, FML, seed=10, draws=300))
    monkeypatch.setattr(resample, "TASK", 1)
    assert identical(one, run(panel, draws=300))


@pytest.mark.slow
def test_the_same_seed_gives_the_same_numbers_on_two_workers(monkeypatch):
    panel = simulate()
    one = placebo(panel, FML, seed=9, draws=300)
    monkeypatch.setattr(resample, "TASK", 100)
    assert identical(one, placebo(panel, FML, seed=9, draws=300, workers=2))


@pytest.mark.weekly  # starts four processes
@MISSING
@pytest.mark.parametrize("kind", RUNS)
def test_the_same_seed_gives_the_same_numbers_under_dask(kind, missing, monkeypatch):
    distributed = pytest.importorskip("distributed")
    panel, run = simulate(missing=missing), RUNS[kind]
    one = run(panel, draws=300)
    monkeypatch.setattr(resample, "TASK", 100)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as two,
        distributed.Client(two),
        parallel_config(backend="dask"),
    ):
        assert identical(one, run(panel, draws=300))


@pytest.mark.slow
@pytest.mark.parametrize("at_once", [7, 70])
def test_a_large_panel_is_computed_slice_by_slice(at_once, monkeypatch):
    panel = simulate()
    monkeypatch.setattr(resample, "SLICE", at_once * 120)
    monkeypatch.setattr(permutation, "SLICE", at_once * 120)
    for run in RUNS.values():
        assert identical(run(panel, draws=100), run(panel, draws=200))
    result, drawn = assignments(panel, 80, seed=3)
    for draw in (0, 6, 7, 11, 79):
        same(result, draw, refit(reassigned(panel, drawn.loc[draw])))


def test_a_seed_sequence_is_not_used_up_and_data_are_not_changed():
    panel, seed = simulate(), np.random.SeedSequence(9)
    before = panel.copy()
    first = placebo(panel, FML, seed=seed, draws=100)
    assert identical(first, placebo(panel, FML, seed=seed, draws=100))
    assert identical(first, placebo(panel, FML, seed=9, draws=100))
    assert not identical(first, placebo(panel, FML, seed=seed.spawn(1)[0], draws=100))
    pd.testing.assert_frame_equal(panel, before)


def test_the_bar_counts_all_draws_and_stays_away_from_short_runs(monkeypatch, capsys):
    bars = []

    class Bar(resample.tqdm):
        def __init__(self, *args, **settings):
            super().__init__(*args, **settings)
            bars.append(self)

    monkeypatch.setattr(resample, "tqdm", Bar)
    monkeypatch.setattr(resample, "TASK", 100)
    placebo(simulate(), FML, seed=9, draws=310)
    assert [(bar.n, bar.total) for bar in bars] == [(310, 310)]
    assert capsys.readouterr().err == ""


def alter(panel, row, **values):
    panel = panel.reset_index(drop=True)
    for column, value in values.items():
        panel.loc[row, column] = value
    return panel


@pytest.mark.parametrize(
    ("change", "fml", "options", "message"),
    [
        (lambda p: alter(p, 5, did=0.5), FML, {}, "the treatment is 0.5 in .* implies [01]"),
        (lambda p: alter(p, 5, cohort=2015.0), FML, {}, "'cohort' must be constant within each"),
        (lambda p: pd.concat([p, p.iloc[[3]]]), FML, {}, "twice: keep one row"),
        (lambda p: alter(p, 5, ind=np.inf), FML, {}, "infinite values among"),
        (lambda p: p.assign(cohort=np.nan, did=0.0), FML, {}, "nothing to draw"),
        (lambda p: p.assign(same=p["did"]), FML.replace("edu", "same"), {}, "is collinear"),
        (lambda p: p, FML.replace("edu", "size"), {}, "no column size"),
        (lambda p: p, FML.replace("edu", "log(edu)"), {}, "make a column of every"),
        (lambda p: p, "gap~did|county", {}, "not outcome~treatment"),
        (lambda p: p, FML, {"cluster": "year"}, "'year' must be constant within each county"),
        (lambda p: p.assign(region=np.nan), FML, {"strata": "region"}, "missing values in region"),
        (lambda p: p.assign(ind=np.nan), FML, {}, "fewer than two values of county"),
        (lambda p: p[p["year"] == 2014], FML, {}, "fewer than two values of county"),
        (lambda p: p.assign(one=1), FML, {"cluster": "one"}, "fewer than two values of one"),
        (lambda p: p, FML, {"draws": 0}, "0 draws"),
        (lambda p: p, FML, {"seed": None}, "either a seed or assignments"),
        (lambda p: p, FML, {"unit": "province"}, "'cohort' must be constant within each province"),
        (
            lambda p: p,
            FML,
            {"seed": None, "assignments": pd.DataFrame({0: [2018.0]}, ["a"])},
            "lack county 110000",
        ),
    ],
)
def test_bad_input_is_named(change, fml, options, message):
    with pytest.raises(ValueError, match=message):
        placebo(change(simulate()), fml, **{"seed": 1, "draws": 10} | options)


def test_bad_options_are_named():
    panel = simulate()
    with pytest.raises(TypeError, match="worker"):
        placebo(panel, FML, seed=1, worker=2)
    with pytest.raises(ValueError, match="rademacher or webb"):
        wild_cluster_bootstrap(panel, FML, seed=1, weights="mammen")
    with pytest.raises(ValueError, match="'county' must be constant within each province"):
        leave_one_out(panel, FML, by="county", cluster="province")
    with pytest.raises(ValueError, match="missing values in cohort"):
        leave_one_out(panel, FML, by="cohort")
    with pytest.raises(ValueError, match="coefficient or t, not 'beta'"):
        placebo(panel, FML, seed=1, draws=10).tail("beta")
    with pytest.raises(ValueError, match="is collinear"):
        leave_one_out(panel.assign(same=panel["did"]), FML.replace("edu", "same"))
