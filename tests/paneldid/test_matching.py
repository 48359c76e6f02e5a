"""Matching against hand-made cases and slow, literal twins.

EXACT: double precision. CONVERGED: where the twin's Newton steps stop.

Not repeated here, as the data are not ours to ship: on MatchIt's lalonde data the scores average
0.5774 and 0.1822 and the covariates 25.8162 and 28.0303 (age) up to 1532.06 and 2466.48 (re75), as
printed in MatchIt's vignette; matching with replacement uses 80 controls, effective sample size
43.488, as a Python port of MatchIt finds.
"""

import numpy as np
import pandas as pd
import pytest

from paneldid import matching

EXACT = 1e-12
CONVERGED = 1e-8
COVARIATES = ["pgdp", "ind", "com"]


def simulate(seed, n=400, pull=1.0):
    """Rows whose treatment depends on two of three covariates of very different scales."""
    rng = np.random.default_rng(seed)
    panel = pd.DataFrame(rng.normal(size=(n, 3)), columns=COVARIATES)
    chance = 1 / (1 + np.exp(1 - pull * panel["pgdp"] + 0.5 * panel["ind"]))
    panel["treat"] = (rng.uniform(size=n) < chance).astype(int)
    panel["ind"] = 0.4 + 0.1 * panel["ind"]
    panel["pgdp"] = 5e4 + 2e4 * panel["pgdp"]
    panel.index = pd.Index(rng.permutation(n) + 1000, name="row")
    return panel


def test_score_of_a_binary_covariate_is_the_share_treated():
    panel = pd.DataFrame({"treat": [1, 0, 0, 0, 1, 1, 1, 0], "coastal": [0, 0, 0, 0, 1, 1, 1, 1]})
    score = matching.propensity_score(panel, ["coastal"])
    np.testing.assert_allclose(score, [0.25] * 4 + [0.75] * 4, atol=CONVERGED)


def test_score_solves_the_likelihood_equations():
    panel = simulate(1)
    x = np.column_stack([np.ones(len(panel)), panel[COVARIATES].to_numpy() / [1e4, 1, 1]])
    beta = np.zeros(4)
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ beta))
        beta += np.linalg.solve(x.T * (p * (1 - p)) @ x, x.T @ (panel["treat"] - p))
    score = matching.propensity_score(panel, COVARIATES)
    np.testing.assert_allclose(score, 1 / (1 + np.exp(-x @ beta)), atol=CONVERGED)
    assert score.index.equals(panel.index)


SCORE = pd.Series([0.05, 0.1, 0.5, 0.8, 0.9, 0.2, 0.5, 0.8, 0.01, 0.6])
TREATED = pd.Series([True] * 5 + [False] * 5)


def test_support_by_hand():
    # controls reach from .01 to .8, treated from .05 to .9
    outside = matching._outside(SCORE, TREATED)
    assert outside[outside != ""].to_dict() == {4: "above the support", 8: "below the support"}


def test_neighbours_by_hand():
    """.05 -> .01, .1 -> .01 (nearer than .2), .5 -> .5, .8 -> .8; .9 is off the support."""
    weight = matching._nearest_neighbour_weights(SCORE, TREATED, pd.Series(SCORE < 0.85))
    assert list(weight) == [1, 1, 1, 1, 0, 0, 1, 1, 2, 0]


def test_ties_go_to_the_lower_score_and_the_first_control():
    score = pd.Series([0.5, 0.75, 0.25, 0.75, 0.25])
    treated = pd.Series([True, False, False, False, False])
    everybody = pd.Series(True, index=score.index)
    weight = matching._nearest_neighbour_weights(score, treated, everybody)
    assert list(weight) == [1, 0, 1, 0, 0]


def test_match_is_the_double_loop():
    panel = simulate(2, pull=2.5)
    found = matching.match(panel, COVARIATES)
    score, treated = found.score, panel["treat"] == 1
    support, weight = {}, dict.fromkeys(panel.index, 0.0)
    for row in panel.index:
        other = score[treated != treated[row]]
        support[row] = bool(other.min() <= score[row] <= other.max())
    controls = [row for row in panel.index if not treated[row] and support[row]]
    for row in panel.index:
        if treated[row] and support[row]:
            weight[row] = 1.0
            weight[min(controls, key=lambda c: abs(score[c] - score[row]))] += 1.0
    assert found.on_support.to_dict() == support
    assert found.weight.to_dict() == weight
    assert not found.on_support.all()


def test_every_row_has_one_fate_and_the_rule_says_so():
    panel = simulate(3, pull=2.5)
    found = matching.match(panel, COVARIATES)
    assert found.tally.sum() == len(panel)
    off = found.tally[found.tally.index.str.contains("support")]
    assert off.sum() == (~found.on_support).sum() > 0
    assert {"treated rows above the support", "controls below the support"} <= set(off.index)
    assert found.tally["controls matched"] == ((found.weight > 0) & (panel["treat"] == 0)).sum()
    assert found.weight[panel["treat"] == 0].sum() == found.tally["treated rows matched"]
    text = str(found)
    assert "logit of treat on pgdp, ind, com; treated and controls outside" in text
    assert f"{off.iloc[0]} {off.index[0]}" in text


def test_balance_by_hand():
    panel = pd.DataFrame({"treat": [1, 1, 0, 0, 0], "pgdp": [4.0, 6.0, 1.0, 2.0, 6.0]})
    weight = pd.Series([1.0, 1.0, 0.0, 1.0, 3.0])
    row = matching.balance(panel, ["pgdp"], weight).loc["pgdp"]
    scale = np.sqrt((2 + 7) / 2)  # variances 2 and 7 before matching
    expected = [5, 3, 2 / scale, 5, 5, 0]
    np.testing.assert_allclose(row, expected, atol=EXACT)


def test_matching_balances_what_drives_treatment():
    panel = simulate(4, n=3000)
    found = matching.match(panel, COVARIATES)
    table = matching.balance(panel, COVARIATES, found.weight)
    gaps = table.filter(like="standardised").abs()
    assert gaps.loc["pgdp", "standardised_difference_before"] > 0.5
    assert gaps["standardised_difference_after"].max() < 0.1
    trimmed = matching.balance(panel, COVARIATES, found.on_support)
    assert trimmed.loc["pgdp", "standardised_difference_after"] > 0.5


def test_the_panel_is_not_changed():
    panel = simulate(5)
    before = panel.copy()
    found = matching.match(panel, COVARIATES)
    matching.balance(panel, COVARIATES, found.weight)
    pd.testing.assert_frame_equal(panel, before)


def test_unusable_covariates_are_named():
    panel = simulate(6).assign(flat=1.0)
    panel["holes"] = panel["com"].where(panel["com"] > 0)
    with pytest.raises(ValueError, match=r"\['flat', 'holes'\]"):
        matching.match(panel, ["pgdp", "flat", "holes"])
    with pytest.raises(ValueError, match=r"\['pgdp', 'twice'\] are collinear"):
        matching.match(panel.assign(twice=2 * panel["pgdp"]), ["pgdp", "twice"])


@pytest.mark.filterwarnings("ignore")
def test_separation_is_refused():
    panel = simulate(7)
    panel["pgdp"] = panel["treat"] + 0.1 * panel["pgdp"].rank(pct=True)
    with pytest.raises(ValueError, match="separate treated from untreated"):
        matching.propensity_score(panel, ["pgdp"])


def test_nobody_on_the_common_support_is_not_estimable():
    # controls surround the treated: none lies in the range of their scores
    panel = pd.DataFrame({"treat": [0, 0, 1, 1, 1, 0], "ind": [0.0, 0.0, 0.4, 0.5, 0.6, 9.0]})
    with pytest.raises(ValueError, match="do not overlap"):
        matching.match(panel, ["ind"])
