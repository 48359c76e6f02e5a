"""Parallel in what: the functions of chapters 7a and 7.5 on panels whose answer is known."""

import ast

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from bookkit.contents import NOTEBOOKS
from bookkit.paths import read_json
from paneldid.spec_curve import lead_tests

EXACT = 1e-8  # two routes to the same sums
SURE = 5  # standard errors: never by chance


def function_of(chapter, name, **given):
    """A function that a chapter defines, with the chapter's variables that it reads."""
    tree = ast.parse((NOTEBOOKS / f"{chapter}.py").read_text(encoding="utf-8"))
    parts = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name]
    names = {"np": np, "pd": pd, **given}
    exec(compile(ast.Module(parts, []), chapter, "exec"), names)
    return names[name]


def panel_of(treated, others):
    """Two years; of each group the outcome before and after, without any effect."""
    joins = np.repeat([1, 0], [len(treated[0]), len(others[0])])
    values = np.concatenate([np.column_stack(treated), np.column_stack(others)])
    return pd.DataFrame(
        {
            "county": np.repeat(np.arange(len(joins)), 2),
            "year": np.tile([2014, 2019], len(joins)),
            "treat": np.repeat(joins, 2),
            "gap": values.ravel(),
        }
    )


def worlds():
    """Untreated outcomes: by lot, still, moving together from apart."""
    rng = np.random.default_rng(3)
    low, high, like_high = rng.normal([[0.3], [0.5], [0.5]], 0.1, (3, 3000))
    fall = rng.normal(-0.1, 0.02, (2, 3000))
    again = rng.normal([[0.3], [0.5]], 0.1, (2, 3000))
    return {
        "drawn by lot": panel_of((like_high, like_high + fall[0]), (high, high + fall[1])),
        "standing still": panel_of((low, again[0]), (high, again[1])),
        "parallel in levels": panel_of((low, low + fall[0]), (high, high + fall[1])),
    }


@pytest.fixture(scope="module")
def implied():
    found = {}
    for name, panel in worlds().items():
        shares = function_of("07_a_functional_form", "implied_shares", panel=panel)(2014, 2019)
        later = panel[panel["year"] == 2019].set_index("county")
        edges = np.quantile(panel["gap"], np.arange(1, 10) / 10)
        own = np.searchsorted(edges, later.loc[later["treat"] == 1, "gap"])
        found[name] = shares, np.bincount(own, minlength=10) / len(own)
    return found


def test_implied_shares_are_the_true_ones_if_trends_are_parallel_in_every_unit(implied):
    for name in ("drawn by lot", "standing still"):
        shares, actual = implied[name]
        assert (abs(shares["share"] - actual) < SURE * shares["se"]).all(), name


def test_implied_shares_sum_to_one_and_turn_negative_where_groups_move_from_apart(implied):
    for shares, _ in implied.values():
        assert shares["share"].sum() == pytest.approx(1, abs=EXACT)
    shares, _ = implied["parallel in levels"]
    assert (shares["share"] < -SURE * shares["se"]).any()


def test_the_error_of_an_implied_share_is_that_of_a_regression_on_both_groups():
    panel = worlds()["parallel in levels"].query("county % 7 == 0")
    shares = function_of("07_a_functional_form", "implied_shares", panel=panel)(2014, 2019)
    wide = panel.pivot(index="county", columns="year", values="gap")
    group = panel.groupby("county")["treat"].first().to_numpy()
    edges = [-np.inf, *np.quantile(wide, np.arange(1, 10) / 10), np.inf]
    for k in range(10):
        old, new = ((wide[y] > edges[k]) & (wide[y] <= edges[k + 1]) for y in (2014, 2019))
        y = np.where(group == 1, old, new.astype(float) - old)
        fit = sm.OLS(y, np.column_stack([group, 1 - group])).fit(cov_type="HC0")
        both = fit.t_test([[1, 1]])
        assert shares["share"][k] == pytest.approx(both.effect.item(), abs=EXACT)
        assert shares["se"][k] == pytest.approx(both.sd.item(), abs=EXACT)


def test_trends_parallel_in_one_unit_are_a_drift_in_another():
    """Whichever it is: leads are rejected in the other unit, and only there."""
    rng = np.random.default_rng(4)
    years, counties = np.arange(2014, 2023), np.arange(400)
    rows = pd.MultiIndex.from_product([counties, years], names=["county", "year"])
    frame = rows.to_frame(index=False).assign(treat=lambda d: d["county"] % 2)
    start = np.where(frame["treat"] == 1, 0.3, 0.5)
    since, noise = frame["year"] - 2014, rng.normal(0, 0.005, len(frame))
    frame["event_time"] = (frame["year"] - 2020).where(frame["treat"] == 1)
    for parallel, gap in {
        "level": start - 0.015 * since + noise,
        "log": start * np.exp(-0.05 * since + 2 * noise),
    }.items():
        data = frame.assign(level=gap, log=np.log(gap))
        found = lead_tests({"all": data}, ["level", "log"], {"none": []}, ["county+year"])
        p = found.set_index("outcome")["p"]
        assert p[parallel] > 0.01 and p.drop(parallel).item() < 1e-6


def test_options_are_compared_in_pairs_of_models_that_are_otherwise_equal():
    """A choice that exists for one half of the models gets no blame for that half."""
    reference = {"outcome": "a", "estimator": "two-way"}
    cells = [("a", "two-way", 1.0), ("b", "two-way", 3.0), ("a", "never", 0.9)]
    rows = pd.DataFrame(cells, columns=["outcome", "estimator", "relative"])
    in_pairs = function_of("07_5_specification_curve", "in_pairs", REFERENCE=reference)
    found = {key: pairs.tolist() for key, pairs in in_pairs(rows).items()}
    assert found.keys() == {("outcome", "b"), ("estimator", "never")}
    assert found["outcome", "b"] == [2.0]
    assert found["estimator", "never"] == pytest.approx([-0.1])
    assert in_pairs(rows[rows["outcome"] == "b"]) == {}  # nothing to compare with


@pytest.mark.slow
def test_the_naive_share_stands_beside_that_of_models_whose_leads_are_not_rejected(built_book):
    results = built_book / "results"
    curve = read_json(results / "robustness.json")
    sizes = [curve[k]["models"] for k in ("admissible", "two_way", "reasonable", "feasible")]
    assert sizes == sorted(sizes) and 0 < sizes[0] < sizes[1]
    assert set(curve["joint_test"]["p"].values()) <= {1 / (curve["joint_test"]["draws"] + 1)}
    quoted = pd.read_csv(results / "tables" / "tbl-robustness.csv", dtype=str)
    assert [int(n.replace(",", "")) for n in quoted["number"]] == sizes
