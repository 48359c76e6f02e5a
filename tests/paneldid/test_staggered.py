"""Estimators for staggered adoption: R's results on real panels, slow twins, known truths."""

import hashlib
import json
import tracemalloc

import diff_diff as dd
import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
import statsmodels.api as sm
import yaml

import clustergap as cg
from bookkit.paths import DATA
from paneldid.eventstudy import joint_test
from paneldid.few_clusters import small_sample_errors
from paneldid.identified import NotEstimable
from paneldid.resampling import draw_assignments, leave_one_out, monte_carlo_p
from paneldid.spec_curve import (
    joint_inference,
    lead_tests,
    placebo_specification_curve,
    specification_curve,
)
from paneldid.staggered import (
    aggregate,
    att_gt,
    balanced,
    cell_weights,
    doubly_robust,
    linear_estimates,
)

FOLDER = DATA / "validation"
R = json.loads((FOLDER / "references.json").read_text(encoding="utf-8"))

EXACT = 1e-9  # twelve digits of R's results are stored; without covariates nothing is iterated
LOGIT = 1e-9  # R's glm stops when the deviance changes by less than 1e-8 of itself
TWIN = 1e-9  # the same sums in another order
PACKAGE = 1e-5  # diff-diff does not normalise the comparison weights: see docs/upstream
MONTE_CARLO = 4  # standard errors of a simulated mean: a false alarm once in 16,000


@pytest.fixture(scope="module")
def mpdta():
    return pd.read_csv(FOLDER / "mpdta.csv")


@pytest.fixture(scope="module")
def panel():
    """Every fourth county of the synthetic panel, with a mild imbalance in its cohorts."""
    whole = cg.load().panel
    return whole[whole["county"].isin(whole["county"].unique()[::4])].reset_index(drop=True)


@pytest.mark.parametrize("name", ["mpdta", "medicaid", "castle", "references"])
def test_validation_data_match_their_sidecar(name):
    about = yaml.safe_load((FOLDER / "sources.yml").read_text(encoding="utf-8"))[name]
    content = (FOLDER / about["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == about["sha256"]
    assert about["rights"]


@pytest.mark.parametrize(
    ("covariates", "name"), [((), "mpdta_cs_nocov"), (("lpop",), "mpdta_cs_lpop_dr")]
)
class TestAgreesWithR:
    """The R package did: group-time effects, four aggregations, analytic standard errors."""

    def test_group_time_effects(self, mpdta, covariates, name):
        ours = att_gt(mpdta, "lemp", covariates).cells
        theirs = pd.DataFrame(R[name]["att_gt"])
        assert (
            ours[["cohort", "year"]].to_numpy().tolist() == theirs[["group", "t"]].values.tolist()
        )
        np.testing.assert_allclose(ours["estimate"], theirs["att"], rtol=0, atol=LOGIT)
        np.testing.assert_allclose(ours["se"], theirs["se"], rtol=LOGIT)

    @pytest.mark.parametrize(
        ("by", "kind"),
        [
            ("event_time", "dynamic"),
            ("cohort", "group"),
            ("year", "calendar"),
            ("simple", "simple"),
        ],
    )
    def test_aggregates(self, mpdta, covariates, name, by, kind):
        ours, theirs = aggregate(att_gt(mpdta, "lemp", covariates), by), R[name][kind]
        assert ours.overall == pytest.approx(theirs["overall"], abs=LOGIT)
        assert ours.overall_se == pytest.approx(theirs["overall_se"], rel=LOGIT)
        if by != "simple":
            assert ours.table["at"].tolist() == theirs["egt"]
            np.testing.assert_allclose(ours.table["estimate"], theirs["att"], rtol=0, atol=LOGIT)
            np.testing.assert_allclose(ours.table["se"], theirs["se"], rtol=LOGIT)
            variance = np.sqrt(np.diag(ours.variance))
            np.testing.assert_allclose(variance, ours.table["se"], rtol=EXACT)


@pytest.mark.parametrize("control", ["never", "not_yet"])
@pytest.mark.parametrize(("covariates", "tolerance"), [((), EXACT), (("lpop",), PACKAGE)])
def test_universal_base_and_comparison_groups_agree_with_a_package(
    mpdta, control, covariates, tolerance
):
    theirs = dd.CallawaySantAnna(control_group=f"{control}_treated", base_period="universal").fit(
        mpdta.assign(g=mpdta["cohort"].fillna(0)), outcome="lemp", unit="county", time="year",
        first_treat="g", covariates=list(covariates) or None,
    )  # fmt: skip
    effects = att_gt(mpdta, "lemp", covariates, control=control, base="universal")
    ours = aggregate(effects).table.set_index("at")
    path = theirs.aggregate("event_study")
    for event_time, att, se in zip(path.event_time, path.att, path.se, strict=True):
        if event_time != -1:
            assert ours.loc[event_time, "estimate"] == pytest.approx(att, abs=tolerance)
            assert ours.loc[event_time, "se"] == pytest.approx(se, abs=tolerance)
    assert aggregate(effects, "simple").overall == pytest.approx(theirs.overall_att, abs=tolerance)


def test_packages_agree_with_r_on_mpdta(mpdta):
    """What chapter 7.1 takes from packages: Sun-Abraham, two-stage, Bacon, two-way."""
    data = mpdta.assign(g=mpdta["cohort"].fillna(0).astype(int))
    columns = {"outcome": "lemp", "unit": "county", "time": "year", "first_treat": "g"}
    sunab = dd.SunAbraham().fit(data, **columns)
    for name, row in R["mpdta_sunab"]["event"].items():
        found = sunab.event_study_effects[int(name.removeprefix("year::"))]
        assert found["effect"] == pytest.approx(row["coef"], abs=EXACT)
        assert found["se"] == pytest.approx(row["se"], rel=EXACT)
    assert sunab.overall_att == pytest.approx(R["mpdta_sunab"]["att"]["ATT"]["coef"], abs=EXACT)
    gardner = dd.TwoStageDiD().fit(data, **columns)
    reference = R["mpdta_did2s"]["post::1"]
    assert gardner.overall_att == pytest.approx(reference["coef"], abs=1e-5)  # R: iterated FE
    assert gardner.overall_se == pytest.approx(reference["se"], rel=1e-5)
    two_way = pf.feols("lemp~did|county+year", data, vcov={"CRV1": "county"})
    reference = R["mpdta_twfe"]["post"]
    assert two_way.coef()["did"] == pytest.approx(reference["coef"], abs=EXACT)
    assert two_way.se()["did"] == pytest.approx(reference["se"], rel=EXACT)
    cells = dd.BaconDecomposition(weights="exact").fit(data, **columns).to_dataframe()
    ours = {(str(r.treated_group), str(r.control_group)): r for r in cells.itertuples()}
    for row in R["mpdta_bacon"]["cells"]:
        other = "never_treated" if row["untreated"] is None else str(row["untreated"])
        found = ours[str(row["treated"]), other]
        assert found.estimate == pytest.approx(row["estimate"], abs=EXACT)
        assert found.weight == pytest.approx(row["weight"], abs=EXACT)


def test_doubly_robust_is_right_if_either_model_is():
    """Truth one; the other model leaves out the covariate that drives selection and change."""
    rng = np.random.default_rng(4)
    n = 40_000
    x = rng.normal(size=(n, 1))
    treated = rng.random(n) < 1 / (1 + np.exp(-x[:, 0]))
    change = treated + x[:, 0] + rng.normal(size=n)
    naive = change[treated].mean() - change[~treated].mean()
    estimate, psi = doubly_robust(change, treated, x)
    se = psi.std() / np.sqrt(n)
    assert abs(estimate - 1) < MONTE_CARLO * se < 0.1
    assert naive > 1.5
    curved = (
        treated + np.exp(x[:, 0]) + rng.normal(size=n)
    )  # the regression is wrong, the logit right
    estimate, psi = doubly_robust(curved, treated, x)
    assert abs(estimate - 1) < MONTE_CARLO * psi.std() / np.sqrt(n)


@pytest.mark.slow
def test_influence_functions_match_a_bootstrap(mpdta):
    """Brute-force twin of the standard error, covariates and estimated weights included."""
    rng = np.random.default_rng(1)
    units = mpdta["county"].unique()
    by_unit = mpdta.set_index("county")
    drawn = []
    for _ in range(150):
        chosen = rng.choice(units, len(units))
        rows = by_unit.loc[chosen].reset_index(drop=True)
        rows = rows.assign(county=np.repeat(np.arange(len(units)), 5))
        drawn.append(aggregate(att_gt(rows, "lemp", ["lpop"]), "cohort").overall)
    analytic = aggregate(att_gt(mpdta, "lemp", ["lpop"]), "cohort").overall_se
    assert np.std(drawn) == pytest.approx(analytic, rel=0.2)  # 150 draws: 6 % standard error


def test_att_gt_names_what_is_wrong(mpdta):
    with pytest.raises(ValueError, match="balance the panel"):
        att_gt(mpdta.iloc[1:], "lemp")
    with pytest.raises(ValueError, match="control='nobody'"):
        att_gt(mpdta, "lemp", control="nobody")
    with pytest.raises(ValueError, match="nobody to compare with"):
        att_gt(mpdta[mpdta["cohort"] == 2004], "lemp")
    giveaway = mpdta.assign(x=mpdta["cohort"].fillna(0))
    with pytest.raises(ValueError, match="separate"):
        att_gt(giveaway, "lemp", ["x"])


def paths_of(panel, outcome="gap"):
    wide = panel.pivot(index="county", columns="year", values=outcome)
    first = panel.groupby("county")["cohort"].first().fillna(np.inf)
    sizes = first.value_counts().sort_index().to_dict()
    return wide, pd.Index(sizes).get_indexer(first), sizes


@pytest.mark.slow
def test_cell_weights_reproduce_every_estimator(panel):
    wide, cohort, sizes = paths_of(panel)
    weights = cell_weights(sizes, wide.columns)
    estimates, errors = linear_estimates(wide.to_numpy(), cohort, weights)
    data = panel.assign(g=panel["cohort"].fillna(0).astype(int))
    columns = {"outcome": "gap", "unit": "county", "time": "year", "first_treat": "g"}
    two_way = pf.feols("gap~did|county+year", panel, vcov={"CRV1": "county"})
    assert estimates["two-way"] == pytest.approx(two_way.coef()["did"], abs=TWIN)
    for control in ("never", "not_yet"):
        effects = aggregate(att_gt(panel, "gap", control=control), "simple")
        name = control.replace("_", " ")
        assert estimates[name] == pytest.approx(effects.overall, abs=TWIN)
    imputed = dd.ImputationDiD().fit(data, **columns)
    assert estimates["imputation"] == pytest.approx(imputed.overall_att, abs=TWIN)
    # another small-sample factor, and for R's influence functions estimated cohort shares
    assert errors["two-way"] == pytest.approx(two_way.se()["did"], rel=0.03)
    assert errors["never"] == pytest.approx(
        aggregate(att_gt(panel, "gap"), "simple").overall_se, rel=0.03
    )


@pytest.mark.parametrize("each", [1, 3])
def test_errors_by_group_are_those_of_a_regression_on_cohorts_clustered_by_group(panel, each):
    """Twin: a unit's weighted sum on cohort dummies, G/(G-1) taken cohort by cohort."""
    wide, cohort, sizes = paths_of(panel)
    weights, paths = cell_weights(sizes, wide.columns), wide.to_numpy()
    rank = pd.Series(cohort).groupby(cohort).cumcount().to_numpy()
    group = pd.factorize(pd.Series(list(zip(cohort, rank // each, strict=True))))[0]
    _, errors = linear_estimates(paths, cohort, weights, group)
    no_factors = pf.ssc(k_adj=False, G_adj=False)
    for name, w in weights.items():
        frame = pd.DataFrame({"y": (paths * w[cohort]).sum(axis=1), "group": group})
        variance = 0.0
        for code in range(len(sizes)):
            of_cohort = frame[cohort == code]
            fit = pf.feols("y~1", of_cohort, vcov={"CRV1": "group"}, ssc=no_factors)
            count = of_cohort["group"].nunique()
            variance += fit.se()["Intercept"] ** 2 * count / (count - 1)
        assert errors[name] == pytest.approx(np.sqrt(variance), rel=1e-8)


def test_cell_weights_find_a_constant_effect_and_ignore_fixed_effects():
    sizes, years = {2020.0: 5, 2021.0: 3, np.inf: 7}, range(2016, 2023)
    rng = np.random.default_rng(0)
    cohort = np.repeat([0, 1, 2], list(sizes.values()))
    treated = np.array(years) >= np.array(list(sizes))[cohort][:, None]
    paths = rng.normal(size=(15, 1)) + rng.normal(size=7) + 2.5 * treated
    estimates, errors = linear_estimates(paths, cohort, cell_weights(sizes, years))
    np.testing.assert_allclose(estimates, 2.5, atol=TWIN)
    np.testing.assert_allclose(errors, 0, atol=TWIN)


def test_two_way_is_biased_by_growing_effects_and_imputation_is_not():
    sizes, years = {2018.0: 5, 2021.0: 5, np.inf: 2}, range(2016, 2023)
    cohort = np.repeat([0, 1, 2], list(sizes.values()))
    first = np.array(list(sizes))[cohort][:, None]
    treated = np.array(years) >= first
    effect = np.where(treated, np.array(years) - first + 1, 0)
    estimates, _ = linear_estimates(effect.astype(float), cohort, cell_weights(sizes, years))
    truth = effect[treated].mean()
    np.testing.assert_allclose(estimates[["never", "not yet", "imputation"]], truth, atol=TWIN)
    assert estimates["two-way"] < truth - 0.3


@pytest.mark.parametrize("cluster", ["county", "province"])
def test_cr3_is_the_jackknife(panel, cluster):
    controls = ["pgdp", "ind"]
    ours = small_sample_errors(panel, "gap", "did", controls, cluster=cluster)
    loo = leave_one_out(panel, f"gap~did+{'+'.join(controls)}|county+year", cluster=cluster)
    g = len(loo.coefficients)
    jackknife = np.sqrt((g - 1) / g * ((loo.coefficients - loo.observed) ** 2).sum())
    assert ours.loc["CR3", "se"] == pytest.approx(jackknife, rel=1e-6)
    assert ours.loc["CR3", "estimate"] == pytest.approx(loo.observed, rel=TWIN)


def test_cr2_by_brute_force(panel):
    """Full dummies, full hat matrix, a symmetric root of each cluster's block."""
    rows = panel[panel["province"].isin(panel["province"].unique()[:8])].reset_index(drop=True)
    ours = small_sample_errors(rows, "gap", "did", ["ind"], cluster="province").loc["CR2"]
    dummies = [pd.get_dummies(rows["county"]), pd.get_dummies(rows["year"]).iloc[:, 1:]]
    x = pd.concat([rows[["did", "ind"]], *dummies], axis=1).to_numpy(float)
    bread = np.linalg.inv(x.T @ x)
    hat = np.eye(len(x)) - x @ bread @ x.T
    residuals = hat @ rows["gap"]
    p, scores = [], []
    for index in rows.groupby("province").indices.values():
        values, vectors = np.linalg.eigh(hat[np.ix_(index, index)])
        roots = np.where(values > 1e-9, values, np.inf) ** -0.5  # a pseudo-inverse of the root
        a = vectors @ (roots[:, None] * vectors.T) @ x[index] @ bread[:, 0]
        scores.append(a @ residuals[index])
        p.append(hat[:, index] @ a)
    gram = np.array(p) @ np.array(p).T
    assert ours["se"] == pytest.approx(np.sqrt(np.square(scores).sum()), rel=1e-7)
    assert ours["df"] == pytest.approx(np.trace(gram) ** 2 / (gram**2).sum(), rel=1e-6)


def test_small_sample_errors_take_no_matrix_of_all_pairs_of_clusters():
    counties = 4_000
    rows = pd.MultiIndex.from_product([range(counties), range(3)], names=["county", "year"])
    treated = rows.get_level_values("county") % 3 < rows.get_level_values("year")
    many = rows.to_frame(index=False).assign(did=treated.astype(float))
    many["gap"] = np.random.default_rng(5).normal(size=len(many))
    tracemalloc.start()
    small_sample_errors(many, "gap", "did")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * counties**2 / 2


CHOICES = {
    "outcomes": ["gap", "gini"],
    "controls": {"none": [], "two": ["pgdp", "ind"]},
    "fixed_effects": ["year", "county+year", "county+region^year"],
}


@pytest.mark.slow
def test_curve_equals_pyfixest(panel):
    samples = {"all": panel, "early": panel[panel["cohort"] != 2022]}
    found = specification_curve(
        samples, treatment="did", clusters=["county", "province"], **CHOICES
    )
    assert len(found) == 2 * 2 * 2 * 3 * 2
    for row in found.itertuples():
        tail = "".join(f"+{c}" for c in CHOICES["controls"][row.controls])
        fit = pf.feols(
            f"{row.outcome}~did{tail}|{row.fixed_effects}",
            samples[row.sample],
            vcov={"CRV1": row.cluster},
        )
        assert row.estimate == pytest.approx(fit.coef()["did"], rel=TWIN)
        assert row.se == pytest.approx(fit.se()["did"], rel=TWIN)
        assert row.p == pytest.approx(fit.pvalue()["did"], rel=1e-6, abs=1e-12)


def test_curve_uses_the_rows_that_pyfixest_would(panel):
    """Missing values and a county with a single year left: the same rows, the same errors."""
    holes = panel.copy()
    holes.loc[holes.index[::50], "ind"] = np.nan
    lonely = holes.index[holes["county"] == holes["county"].iloc[0]][1:]
    holes.loc[lonely, "gini"] = np.nan
    found = specification_curve({"all": holes}, treatment="did", **CHOICES).query(
        "controls == 'two'"
    )
    rows = holes.dropna(subset=["gini", "ind"])
    for row in found.itertuples():
        fml = f"{row.outcome}~did+pgdp+ind|{row.fixed_effects}"
        fit = pf.feols(fml, rows, vcov={"CRV1": "county"})
        assert row.n == fit._N < len(holes)
        assert row.estimate == pytest.approx(fit.coef()["did"], rel=TWIN)
        assert row.se == pytest.approx(fit.se()["did"], rel=TWIN)


@pytest.mark.filterwarnings("ignore:.*singleton fixed effect:UserWarning")
@pytest.mark.filterwarnings(r"ignore:\s*1 variables dropped due to multicoll:UserWarning")
def test_curve_counts_parameters_as_pyfixest_does(panel):
    """A control that is collinear, and a region of one row: neither costs a degree of freedom."""
    rows = panel.assign(twice=2 * panel["ind"] + 1).reset_index(drop=True)
    rows.loc[0, "region"] = "alone"
    fml, effects = "gap~did+ind+twice", "county+region^year"
    found = specification_curve({"all": rows}, ["gap"], "did", {"all": ["ind", "twice"]}, [effects])
    fit = pf.feols(f"{fml}|{effects}", rows, vcov={"CRV1": "county"})
    assert found["n"][0] == fit._N == len(rows) - 1
    assert found["se"][0] == pytest.approx(fit.se()["did"], rel=TWIN)


def test_small_sample_errors_leave_out_what_says_nothing(panel):
    """Constant within counties, or collinear: the errors are those without it."""
    more = panel.assign(
        twice=2 * panel["ind"] + 1, fixed=panel["county"].astype("category").cat.codes
    )
    found = small_sample_errors(more, "gap", "did", ["ind", "twice", "fixed"])
    expected = small_sample_errors(panel, "gap", "did", ["ind"])
    pd.testing.assert_frame_equal(found, expected, rtol=TWIN)


def test_small_sample_errors_do_not_answer_for_another_variable(panel):
    for nothing in (panel["year"] >= 2018, panel["county"] > "5"):
        with pytest.raises(ValueError, match="the treatment is collinear"):
            small_sample_errors(panel.assign(did=nothing.astype(float)), "gap", "did", ["ind"])


def test_small_sample_errors_where_one_cluster_alone_tells_the_effect(panel):
    """Without it there is none: no jackknife, as leaving it out says; CR2 is unmoved by order."""
    one = panel["province"] == panel.loc[panel["cohort"].notna(), "province"].iloc[0]
    rows = panel.assign(did=panel["did"] * one)
    found = small_sample_errors(rows, "gap", "did", ["ind"], cluster="province")
    again = small_sample_errors(
        rows.sample(frac=1, random_state=1), "gap", "did", ["ind"], cluster="province"
    )
    left = leave_one_out(rows, "gap~did+ind|county+year", cluster="province")
    assert np.isnan(left.coefficients).sum() == 1
    assert np.isnan(found.loc["CR3", ["se", "t", "p"]].astype(float)).all()
    assert np.isfinite(found.loc["CR2"].astype(float)).all()
    pd.testing.assert_frame_equal(found, again, rtol=TWIN)


def test_small_sample_errors_leave_out_rows_without_a_cluster(panel):
    holes = panel.assign(province=panel["province"].where(panel.index % 50 > 0))
    found = small_sample_errors(holes, "gap", "did", ["ind"], cluster="province")
    expected = small_sample_errors(
        holes.dropna(subset=["province"]), "gap", "did", ["ind"], cluster="province"
    )
    pd.testing.assert_frame_equal(found, expected)


def test_curve_leaves_out_controls_and_treatments_that_fixed_effects_absorb(panel):
    """On an unbalanced panel the projections leave noise of them; it is no variation."""
    rows = panel[panel.index % 7 > 0].reset_index(drop=True)
    county = rows["county"].astype("category").cat.codes
    rows = rows.assign(fixed=np.sin(county) + rows["year"] ** 2, late=rows["year"] >= 2018.0)
    found, expected = (
        specification_curve({"all": rows}, ["gap"], "did", {"all": c}, ["county+year"])
        for c in (["ind", "fixed"], ["ind"])
    )
    assert found["se"][0] == pytest.approx(expected["se"][0], rel=1e-12)
    late = specification_curve({"all": rows}, ["gap"], "late", {"all": ["ind"]}, ["county+year"])
    assert late[["estimate", "se", "p"]].isna().all(axis=None)


def test_curve_leaves_out_rows_without_a_cluster(panel):
    holes = panel.assign(province=panel["province"].where(panel.index % 50 > 0))
    choices = {"outcomes": ["gap"], "treatment": "did", "controls": {"one": ["ind"]}}
    choices |= {"fixed_effects": ["county+year"], "clusters": ["province"]}
    found = specification_curve({"all": holes}, **choices)
    pd.testing.assert_frame_equal(
        found, specification_curve({"all": holes.dropna(subset="province")}, **choices)
    )


def test_cohorts_after_the_last_year_are_never_treated(panel):
    """As in R's did; the official list goes on to batches of 2023 and 2024."""
    later = panel["county"].isin(panel.loc[panel["cohort"].isna(), "county"].unique()[::4])
    rows = panel.assign(cohort=panel["cohort"].mask(later, 2024).astype("Int64"))
    found, expected = (aggregate(att_gt(p, "gap")) for p in (rows, panel))
    pd.testing.assert_frame_equal(found.table, expected.table)
    sizes, years = {2020.0: 3, np.inf: 8}, range(2018, 2023)
    found = cell_weights({2020.0: 3, 2024.0: 2, np.inf: 6}, years)
    for name, weights in cell_weights(sizes, years).items():
        assert found[name][1:].sum(axis=0) == pytest.approx(weights[1], abs=TWIN)


def test_estimators_say_what_they_cannot_answer(panel):
    first = panel["year"].min()
    with pytest.raises(NotEstimable, match="No county joins after 2014"):
        att_gt(panel.assign(cohort=panel["cohort"].where(panel["cohort"].isna(), first)), "gap")
    with pytest.raises(NotEstimable, match="starts in 2018, the first year"):
        cell_weights({2018.0: 2, np.inf: 2}, range(2018, 2023))
    with pytest.raises(NotEstimable, match="All units are treated"):
        cell_weights({2020.0: 2, 2021.0: 2}, range(2018, 2023))
    with pytest.raises(NotEstimable, match="cohort of one county"):
        weights = cell_weights({2020.0: 1, np.inf: 2}, range(2018, 2023))
        linear_estimates(np.zeros((3, 5)), np.array([0, 1, 1]), weights)


def test_untreated_units_that_are_nearly_certain_to_be_treated_count_for_nothing():
    """DRDID trims scores from 0.995 on; one such unit would carry all the weight."""
    rng = np.random.default_rng(4)
    x = np.append(rng.normal(size=600), 4)
    treated = np.append(rng.random(600) < 1 / (1 + np.exp(-2 * x[:-1])), False)
    change = rng.normal(size=601) + 3 * x**2
    design = sm.add_constant(x)
    score = sm.Logit(treated.astype(float), design).fit(disp=0).predict()
    assert score[-1] > 0.995
    left = change - design @ sm.OLS(change[~treated], design[~treated]).fit().params
    effects = {}
    for kept in (score < 0.995, score < 2):
        odds = (score / (1 - score))[~treated] * kept[~treated]
        effects[kept.all()] = left[treated].mean() - odds @ left[~treated] / odds.sum()
    found, _ = doubly_robust(change, treated, x[:, None])
    assert found == pytest.approx(effects[False], rel=1e-6)
    assert abs(found - effects[True]) > 1


def test_balanced_keeps_whole_counties_only(panel):
    holes = panel.drop(index=panel.index[3])
    holes.loc[panel.index[20], "gap"] = np.nan
    kept = balanced(holes, ["gap"])
    lost = set(panel.loc[[panel.index[3], panel.index[20]], "county"])
    assert set(panel["county"]) - set(kept["county"]) == lost
    assert kept.groupby("county").size().nunique() == 1


def test_placebo_curve_equals_a_refit_and_has_the_right_size(panel):
    cohort = panel.groupby("county")["cohort"].first()
    assignments = draw_assignments(cohort, seed=5, draws=400)
    estimates, t = placebo_specification_curve({"all": panel}, assignments=assignments, **CHOICES)
    placebos = panel["year"].ge(panel["county"].map(assignments[0])).astype(float)
    refit = specification_curve({"all": panel.assign(fake=placebos)}, treatment="fake", **CHOICES)
    np.testing.assert_allclose(estimates[0], refit["estimate"], rtol=1e-7)
    np.testing.assert_allclose(t[0], refit["estimate"] / refit["se"], rtol=1e-7)
    by_county_effects = (refit["fixed_effects"] != "year").to_numpy()
    rejected = (np.abs(t[:, by_county_effects]) > 1.96).mean()
    assert 0.03 < rejected < 0.08  # nominal 5 %; draws of one panel are correlated across models


def test_a_sample_that_depends_on_the_treated_is_rebuilt_in_every_draw(panel):
    """Without the last cohort, whoever is in it in the draw."""
    assignments = draw_assignments(panel.groupby("county")["cohort"].first(), seed=6, draws=3)
    last = panel["cohort"].max()

    def early(cohort):
        return panel[panel["county"].map(cohort) != last]

    estimates, t = placebo_specification_curve(
        {"all": panel, "early": early}, assignments=assignments, **CHOICES
    )
    for draw in range(3):
        dealt = panel["county"].map(assignments[draw])
        fake = panel.assign(fake=panel["year"].ge(dealt).astype(float))
        refit = specification_curve(
            {"all": fake, "early": fake[dealt != last]}, treatment="fake", **CHOICES
        )
        np.testing.assert_allclose(estimates[draw], refit["estimate"], rtol=1e-7)
        np.testing.assert_allclose(t[draw], refit["estimate"] / refit["se"], rtol=1e-7)


@pytest.mark.slow
def test_lead_tests_are_those_of_each_models_event_study(panel):
    data = panel.assign(event_time=panel["year"] - panel["cohort"])
    clusters = ("county", "province")
    found = lead_tests({"all": data}, clusters=clusters, **CHOICES)
    curve = specification_curve({"all": data}, treatment="did", clusters=clusters, **CHOICES)
    choices = ["sample", "fixed_effects", "controls", "outcome", "cluster", "n"]
    pd.testing.assert_frame_equal(found[choices], curve[choices])
    data["k"] = data["event_time"].fillna(-1).astype(int)
    for row in found.itertuples():
        terms = "+".join(["i(k,ref=-1)", *CHOICES["controls"][row.controls]])
        fit = pf.feols(
            f"{row.outcome}~{terms}|{row.fixed_effects}", data, vcov={"CRV1": row.cluster},
            demeaner=pf.MapDemeaner(fixef_tol=1e-10),
        )  # fmt: skip
        times = [int(n.removeprefix("k::")) for n in fit._coefnames if n.startswith("k::")]
        expected = joint_test(fit, [k for k in times if k < 0], "k")
        assert row.leads == expected.df[0]
        assert row.f == pytest.approx(expected.statistic, rel=1e-6)
        assert row.p == pytest.approx(expected.p, rel=1e-5, abs=1e-12)


def test_joint_statistics_by_hand():
    t = np.array([-3.0, -2.0, -1.0])
    placebos = np.array([[1.0, 0.5, -0.2], [-4.0, -3.0, -2.5], [0.1, 0.2, 0.3], [-2.5, 0.0, 0.0]])
    found = joint_inference(0.1 * t, t, 0.1 * placebos, placebos)
    assert found["observed"].tolist() == pytest.approx([-0.2, 2 / 3, -6 / np.sqrt(3)])
    # medians 0.05, -0.3, 0.02, 0; shares 0, 1, 0, 1/3; sums 1.3, -9.5, 0.6, -2.5
    assert found["p"].tolist() == pytest.approx([2 / 5] * 3)
    expected = monte_carlo_p(placebos.sum(axis=1), -6.0)
    assert (found.loc["Stouffer's Z", ["low", "high"]] == [expected.low, expected.high]).all()


def test_groups_of_any_codes_and_of_one_cohort_each():
    rng = np.random.default_rng(5)
    paths, cohort = rng.standard_normal((8, 2)), np.repeat([0, 1], 4)
    weights = {"change": np.array([[-1.0, 1.0], [1.0, -1.0]])}
    group = np.repeat(np.arange(4), 2)
    wanted = linear_estimates(paths, cohort, weights, group)[1]["change"]
    for codes in (group * 7 + 1000, np.array(["d", "b", "c", "a"])[group]):
        assert linear_estimates(paths, cohort, weights, codes)[1]["change"] == pytest.approx(wanted)
    with pytest.raises(ValueError, match="several cohorts"):
        linear_estimates(paths, cohort, weights, np.repeat([0, 1, 0, 1], 2))
