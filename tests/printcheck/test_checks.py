"""The audit: identities by hand, every outcome of every check, honest tables, planted errors."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import brentq
from scipy.special import stdtr

from bookkit.ledger import published, published_text
from clustergap import indices, printed_cells
from clustergap.panel import CONTROLS, MECHANISMS
from printcheck import checks as audit
from printcheck.checks import Outcome
from printcheck.intervals import Interval, as_interval

YES, OPEN = Outcome.CONSISTENT, Outcome.CONSISTENT_ONLY_IF
NO, UNKNOWN = Outcome.INCONSISTENT, Outcome.NOT_TESTABLE


def printed(value, decimals=3):
    return Interval.from_printed(f"{value:.{decimals}f}", decimals)


@pytest.fixture(scope="module")
def paper():
    return published(), published_text()


@pytest.fixture(scope="module")
def found(paper):
    return printed_cells.check_paper(*paper)


# The paper's own numbers, against hand computation


def test_treated_rows_of_the_paper_by_hand(found):
    """By means p is in [0.0150 / 0.1865, 0.0170 / 0.1855]; R² narrows it from both sides."""
    low = (1 - math.sqrt(1 - 4 * 0.0795 * (0.1855 / 0.1865) ** 2 * 11582 / 11583)) / 2
    high = (1 - math.sqrt(1 - 4 * 0.0805 * (0.1865 / 0.1855) ** 2 * 11582 / 11583)) / 2
    treated = found["treated_share"].numbers["treated"]
    assert treated.ends == (math.ceil(low * 11583), math.floor(high * 11583)) == (997, 1034)


def test_hidden_coefficients_of_the_paper_by_hand(found):
    rest = 0.356 - 0.754 + 0.171 * 1016 / 11583 + 0.009 * 5.286 + 0.145 * 0.401 + 0.376 * 0.426
    rest += 0.126 * 0.333 + 1.148 * 0.050 + 0.026 * 0.837 - 0.009 * 0.088
    assert rest / 585.045 == pytest.approx(5.5e-6, rel=0.02)
    assert rest / 585.045 in found["plane_2"].numbers["coefficient"]
    assert found["plane_3"].numbers["coefficient"].hi < 0  # its sign and three stars fit
    assert -6.9e-5 in found["plane_3"].numbers["coefficient"]


def test_paper_outcomes(found):
    """All outcomes in one place, so that a changed check cannot change one unnoticed."""
    assert {k for k, r in found.items() if r.outcome == NO} == {"period", "percent"}
    fits = "range treated_share nested_r2 rows words first_stage pooled_region pooled_finance"
    fits += " split_region difference_type difference_region difference_finance"
    assert {k for k, r in found.items() if r.outcome == YES} == set(fits.split())
    assert all(item.condition for item in found.values() if item.outcome == OPEN)


def test_paper_numbers_named_in_the_literature_of_the_page(found):
    numbers = {key: item.numbers for key, item in found.items()}
    assert 9.27 in numbers["percent"]["of_mean"] and 17.7 in numbers["percent"]["of_sd"]
    assert numbers["theil_level"]["lowest"].ends == pytest.approx((5.58, 5.60), abs=0.01)
    assert numbers["two_indices"]["ratio"].ends == pytest.approx((11.1, 14.6), abs=0.05)
    assert 23.4 in numbers["iv_scale"]["times"]
    assert numbers["first_stage"]["t"].ends == pytest.approx((5.384, 5.384), abs=0.001)
    assert 1.4848 in numbers["variance_ratio"]["ratio"]
    assert numbers["difference_region"]["z"].ends == pytest.approx((2.40, 3.22), abs=0.01)
    assert 2.07 in numbers["clustering"]["Table 2 (1) constant"]


# Every outcome of every check, on numbers made for it


@pytest.mark.parametrize(
    ("estimate", "se", "stars", "outcome"),
    [
        (0.100, 0.010, 3, YES),
        (0.100, 0.010, 2, NO),
        (0.100, 0.100, 1, NO),
        (0.100, 0.100, 0, YES),
        (0.004, 0.001, 3, OPEN),
        (0.004, 0.001, 1, NO),
        (0.000, 0.000, 3, UNKNOWN),
    ],
)
def test_star_count(estimate, se, stars, outcome):
    se = printed(se)
    read = audit.star_count(printed(estimate), Interval(max(se.lo, 0), se.hi), stars, 100)
    assert read.outcome == outcome


def test_star_count_by_hand():
    read = audit.star_count(printed(0.004), printed(0.001), 3, 1286)
    assert read.numbers["t"].ends == pytest.approx((0.0035 / 0.0015, 0.0045 / 0.0005))


def test_all_stars_takes_the_worst():
    key, other = ("table_2", "1", "did", "estimate"), ("table_2", "1", "ind", "estimate")
    x = {k: printed(0.1) for k in (key, other)} | {
        (*k[:3], "se"): printed(0.01) for k in (key, other)
    }
    assert audit.all_stars(x, {key: 3, other: 3}, 100).outcome == YES
    bad = audit.all_stars(x, {key: 3, other: 1}, 100)
    assert bad.outcome == NO and "ind" in bad.arithmetic
    x[key], x[*key[:3], "se"] = printed(0.004), printed(0.001)
    assert audit.all_stars(x, {key: 3, other: 3}, 100).outcome == OPEN


def share_of(mean, sd, slope, constant, r2, limit=999):
    cells = [printed(value) for value in (mean, sd, slope, constant, r2)]
    return audit.treated_share(cells[:2], cells[2:], 1000, limit)


def test_treated_share_outcomes():
    p, slope, sd = 0.3, -0.5, 0.4
    r2 = slope**2 * p * (1 - p) * 1000 / 999 / sd**2
    good = share_of(1 + slope * p, sd, slope, 1.0, r2)
    assert good.outcome == YES and 300 in good.numbers["treated"]
    assert share_of(1 + slope * p, sd, slope, 1.0, r2 + 0.05).outcome == NO
    assert share_of(1 + slope * p, sd, slope, 1.0, 0.99).outcome == NO  # p (1 - p) above 1/4
    assert share_of(1.2, sd, slope, 1.0, r2).outcome == NO  # a negative share
    assert share_of(1 + slope * p, sd, slope, 1.0, r2, limit=250).outcome == NO
    assert share_of(1.0, sd, 0.0, 1.0, r2).outcome == UNKNOWN


def test_treated_share_above_one_half():
    read = share_of(1.8, 1.0, 1.0, 1.0, 0.8 * 0.2 * 1000 / 999)
    assert read.outcome == YES and 800 in read.numbers["treated"]


def test_plane_outcomes():
    """y = 1 + 2 x + b z with means 3 and 100."""
    terms = [(printed(2.0), printed(3.0))]
    hidden = (printed(0.0), printed(100.0), printed(50.0))
    read = audit.plane(printed(7.01), printed(1.0), terms, hidden)
    assert read.outcome == OPEN and 0.0001 in read.numbers["coefficient"]
    assert 0.005 in read.numbers["per_sd"]
    assert audit.plane(printed(8.0), printed(1.0), terms, hidden).outcome == NO
    shown = (printed(0.5), printed(2.0), printed(1.0))
    assert audit.plane(printed(8.0), printed(1.0), terms, shown).outcome == YES


def test_unclustered_se_is_the_textbook_one():
    rng = np.random.default_rng(1)
    d = (rng.random(500) < 0.2).astype(float)
    y = 1 - 0.5 * d + rng.normal(size=500)
    fit = stats.linregress(d, y)
    sd, r2, share = (as_interval(v) for v in (y.std(ddof=1), fit.rvalue**2, d.mean()))
    slope = audit.unclustered_se(sd, r2, 500, 498, share * (1 - share))
    constant = audit.unclustered_se(sd, r2, 500, 498, 1 - share)
    assert slope.ends == pytest.approx((fit.stderr,) * 2, rel=1e-12)
    assert constant.ends == pytest.approx((fit.intercept_stderr,) * 2, rel=1e-12)


def test_clustering_outcomes():
    alike = audit.clustering({"a": (printed(0.002), Interval(0.0017, 0.0018))})
    assert alike.outcome == OPEN
    assert alike.numbers["a"].ends == pytest.approx(
        ((0.0015 / 0.0018) ** 2, (0.0025 / 0.0017) ** 2)
    )
    assert audit.clustering({"a": (printed(0.004), Interval(0.0017, 0.0018))}).outcome == YES


def test_percent_outcomes():
    assert (
        audit.percent(printed(-0.033), printed(0.356), printed(0.2), printed(9.3, 1)).outcome == YES
    )
    read = audit.percent(printed(-0.033), printed(0.356), printed(0.2), printed(3.3, 1))
    assert read.outcome == NO and 1.0 in read.numbers["base"]


def test_nested_r2_outcomes():
    assert audit.nested_r2([printed(v) for v in (0.1, 0.2, 0.2)]).outcome == YES
    assert audit.nested_r2([printed(v) for v in (0.1, 0.2, 0.198)]).outcome == NO


def test_difference_outcomes():
    a, b = (printed(-0.041), printed(0.006)), (printed(-0.021), printed(0.004))
    apart = audit.difference(a, b, apart=True)
    assert apart.outcome == YES and 0.02 / math.sqrt(0.006**2 + 0.004**2) in apart.numbers["z"]
    shared = audit.difference(a, b, apart=False)
    assert shared.outcome == OPEN and 2.0 in shared.numbers["z"]


def test_pooled_outcomes():
    parts = [printed(-0.041), printed(-0.021)]
    assert audit.pooled(printed(-0.033), parts).outcome == YES
    assert audit.pooled(printed(-0.019), parts).outcome == OPEN
    for likely, outcome in ((Interval(0.60, 0.70), YES), (Interval(0.26, 0.38), OPEN)):
        assert audit.pooled(printed(-0.033), parts, likely).outcome == outcome
    outside = audit.pooled(printed(-0.019), parts, Interval(-1.0, 2.0))
    assert outside.outcome == OPEN and "range" in outside.condition
    assert audit.pooled(printed(-0.033), [printed(-0.033)] * 2).numbers == {}


def test_weight_of_a_part_by_hand():
    """(-0.033 + 0.021) / (-0.041 + 0.021) = 0.6; rounding makes it 11/20 to 13/20."""
    parts = [printed(-0.041), printed(-0.021)]
    read = audit.pooled(printed(-0.033), parts, Interval(0.26, 0.38))
    assert read.numbers["weight"].ends == pytest.approx((0.55, 0.65))
    assert read.condition.startswith("the first part carries 55 to 65 % of the weight")


def test_two_errors_outcomes():
    """The same residual share and error on both: Gini would spread as Theil does."""
    theil, sd = [printed(-0.030), printed(0.004), printed(0.800)], printed(0.200)
    for se, outcome in ((0.004, YES), (0.002, YES), (0.008, OPEN)):
        gini = [printed(-0.010), printed(se), printed(0.800)]
        assert audit.two_errors(theil, gini, sd).outcome == outcome


def test_two_errors_by_hand():
    """0.2 · (0.006 / 0.004) · √(0.36 / 0.09) = 0.6, three times Theil's: design effect 9."""
    theil, gini = (
        [*map(as_interval, part)] for part in ((-0.03, 0.004, 0.64), (-0.012, 0.006, 0.91))
    )
    read = audit.two_errors(theil, gini, as_interval(0.2))
    found = {name: number.lo for name, number in read.numbers.items()}
    assert found == pytest.approx({"theil_t": 7.5, "gini_t": 2.0, "spread": 0.6, "design": 9.0})
    assert read.outcome == OPEN and "9.0 times" in read.condition


def test_logarithms_outcomes():
    def of(n):
        return [as_interval(n), as_interval(2.0), as_interval(1.0)]

    assert audit.logarithms({"a": of(980), "b": of(999)}, 1000).outcome == YES
    read = audit.logarithms({"a": of(980), "b": of(1000)}, 1000)
    assert read.outcome == OPEN and "one was added" in read.condition
    assert read.numbers["a"].lo == pytest.approx(0.02275, abs=1e-5)  # standard normal below -2


def test_ceiling_is_a_bound_and_reached():
    """Mediation by brute force: the share carried never exceeds the bound, and can equal it."""
    rng = np.random.default_rng(2)
    d = (rng.random(300) < 0.5).astype(float)
    e = rng.normal(size=300)
    for noise in (1.0, 0.0):
        m = 0.5 * d + e
        y = 0.3 * d + 0.8 * m + noise * rng.normal(size=300)
        total, path = np.polyfit(d, y, 1)[0], np.polyfit(d, m, 1)[0]
        b = np.linalg.lstsq(np.column_stack([d, m, np.ones(300)]), y)[0][1]
        spread = [(v.std(), np.corrcoef(d, v)[0, 1] ** 2) for v in (y, m)]
        spread = [tuple(as_interval(v) for v in pair) for pair in spread]
        share = audit.ceiling(as_interval(total), as_interval(path), *spread).numbers["share"]
        assert path * b / total <= share.hi
        reached = path * b / total == pytest.approx(share.lo, rel=1e-9)
        assert reached == (noise == 0)  # without noise the mediator explains every residual


def test_ceiling_outcomes():
    spread = (printed(1.0), printed(0.5))
    assert audit.ceiling(printed(0.1), printed(0.2), spread, spread).outcome == YES
    assert audit.ceiling(printed(0.1), printed(0.05), spread, spread).outcome == OPEN


@pytest.mark.parametrize(
    ("parts", "outcome", "hint"),
    [
        ([450, 450], YES, ""),
        ([450, 459], NO, ""),
        ([450, 441], OPEN, "9 rows belong to no part: 1 whole"),
        ([810, 89], OPEN, "lone rows"),
        ([440, 455], OPEN, "by unit and period"),
    ],
)
def test_split_outcomes(parts, outcome, hint):
    read = audit.split(900, parts, 9)
    assert read.outcome == outcome and hint in read.condition


def test_event_window_outcomes():
    every = [-3, -2, 0, 1]
    assert audit.event_window((2018, 2021), [2020, 2021], every).outcome == YES
    lacking = audit.event_window((2018, 2021), [2020, 2021], every[1:])
    assert lacking.outcome == OPEN and "-3" in lacking.condition
    assert audit.event_window((2018, 2021), [2020, 2021], [*every, 2]).outcome == NO


def test_agree_outcomes():
    assert audit.agree({"a": (1, 1), "b": ("x", "x")}).outcome == YES
    read = audit.agree({"a": (1, 1), "b": ("x", "y")})
    assert read.outcome == NO and "x / y" in read.arithmetic


def test_theil_terms_by_hand_and_slopes_by_differences():
    """p = 1/2, ratio 3: s = 3/4, T = 3/4 ln(3/2) + 1/4 ln(1/2)."""
    urban, rural = audit.theil_terms(0.5, 3.0)[0]
    assert (urban, rural) == pytest.approx((0.75 * math.log(1.5), 0.25 * math.log(0.5)))
    assert urban + rural == pytest.approx(indices.theil(3.0, 1.0, 0.5, 0.5))
    step = 1e-6
    p, r = 0.3, 2.5
    gini = lambda ratio: p * ratio / (1 + p * (ratio - 1)) - p  # noqa: E731
    ahead, behind = audit.theil_terms(p, r + step)[0], audit.theil_terms(p, r - step)[0]
    width = gini(r + step) - gini(r - step)
    slopes = [(a - b) / width for a, b in zip(ahead, behind, strict=True)]
    assert audit.theil_terms(p, r)[1] == pytest.approx(slopes, rel=1e-6)
    assert sum(slopes) == pytest.approx(math.log(r), rel=1e-6)


def test_highest_theil_against_a_search_over_shares():
    p = np.linspace(1e-4, 1 - 1e-4, 200_001)
    for r in (1.5, 2.75, 5.59, 13.0):
        assert audit.highest_theil(r) == pytest.approx(
            sum(audit.theil_terms(p, r)[0]).max(), abs=1e-9
        )
        assert audit.lowest_ratio(audit.highest_theil(r)) == pytest.approx(r)


def test_bound_on_the_average_ratio_holds_for_random_counties():
    """The mean Theil index of any counties, at their best shares, obeys the bound."""
    rng = np.random.default_rng(3)
    for spread in rng.uniform(0.1, 3, 200):
        ratios = 1 + rng.lognormal(rng.uniform(-1, 2), spread, 50)
        mean = np.mean([audit.highest_theil(r) for r in ratios])
        read = audit.theil_level(as_interval(mean), Interval(1.0, 1.01))
        assert read.numbers["average"].lo <= ratios.mean() * (1 + 1e-9)


def test_theil_level_outcomes():
    stated = Interval(2.3, 2.75)
    assert audit.theil_level(printed(0.08), stated).outcome == YES
    assert audit.theil_level(printed(0.356), stated).outcome == OPEN
    assert audit.theil_level(printed(0.0), stated).outcome == UNKNOWN


def test_formula_fits_finds_the_point_that_made_the_numbers():
    for name, (p, r) in {"as printed": (0.4, 3.0), "sum of absolute terms": (0.15, 2.5)}.items():
        terms, slopes = audit.theil_terms(p, r)
        level, slope = (audit.FORMULAS[name](*pair) for pair in (terms, slopes))
        ratio, share = audit.formula_fits(as_interval(level), Interval(slope - 0.1, slope + 0.1))[
            name
        ]
        assert r in ratio and p in share


def test_two_indices_outcomes():
    mean, stated = printed(0.1), Interval(2.3, 2.75)
    assert audit.two_indices(printed(-0.0120, 4), printed(-0.0130, 4), mean, stated).outcome == YES
    assert audit.two_indices(printed(-0.033), printed(-0.013), mean, stated).outcome == OPEN
    assert audit.two_indices(printed(0.0), printed(-0.013), mean, stated).outcome == UNKNOWN


def test_iv_scale_outcomes():
    mean, sd, ols = printed(0.356), printed(0.186), printed(-0.033)
    assert audit.iv_scale(printed(-0.2), ols, mean, sd).outcome == YES
    assert audit.iv_scale(printed(-0.772), ols, mean, sd).outcome == OPEN


def test_first_stage_outcomes():
    exact = Interval(1.0, 1.0)
    assert audit.first_stage(printed(0.009), printed(0.002), printed(28.987), exact).outcome == YES
    assert audit.first_stage(printed(0.009), printed(0.002), printed(45.0), exact).outcome == NO


def test_variance_ratio_outcomes():
    paths = {"clustered": Interval(2.4, 6.0), "robust": Interval(1.1, 2.2)}
    paths["share"] = Interval(0.4, 0.6)
    assert audit.variance_ratio(printed(43.0), printed(10.0), paths).outcome == YES
    read = audit.variance_ratio(printed(43.0), printed(29.0), paths)
    assert read.outcome == OPEN and "not clustered" in read.condition
    assert "at least 40 %" in read.condition and "controls" in read.condition
    other = audit.variance_ratio(printed(43.0), printed(43.0), paths)
    assert other.outcome == OPEN and "not clustered" not in other.condition


def test_staggered_against_first_stages_on_a_panel():
    """The ratios' bounds hold for a simulated instrument 'constant × trend' unrelated to timing."""
    rng = np.random.default_rng(4)
    units, periods = 900, 9
    start = np.full(units, 99)
    start[:120], start[120:240], start[240:360] = 6, 7, 8
    d = (np.arange(periods) >= start[:, None]).astype(float)
    bounds = audit.staggered(units, periods, [3, 2, 1], as_interval(d.sum()))
    net = d - d.mean(axis=1, keepdims=True) - d.mean(axis=0) + d.mean()
    assert (net**2).mean() in bounds["variance"]
    ratios = []
    for _ in range(40):
        z = np.outer(rng.normal(size=units), np.arange(periods) - (periods - 1) / 2)
        z -= z.mean(axis=0)
        scores, plain = z * net, (net**2).mean() * (z**2).sum()
        ratios.append(((scores.sum(axis=1) ** 2).sum() / plain, (scores**2).sum() / plain))
    clustered, robust = np.mean(ratios, axis=0)
    assert clustered in bounds["clustered"] and robust in bounds["robust"]
    assert bounds["robust"].hi < bounds["clustered"].lo  # the two can be told apart


# What a change of one sign or constant would spoil


def test_outcomes_are_called_what_files_and_pages_call_them():
    assert [str(outcome) for outcome in Outcome] == [
        *("CONSISTENT", "NOT_TESTABLE", "CONSISTENT_ONLY_IF", "INCONSISTENT")
    ]


def test_a_rounded_error_or_deviation_is_not_negative_but_an_estimate_may_be():
    row = {"exhibit": "table_2", "column": 1, "row": "did", "printed": "0.000", "decimals": 3}
    cells = pd.DataFrame([row | {"statistic": s} for s in ("se", "sd", "estimate")])
    se, sd, estimate = audit.intervals(cells).values()
    assert se.lo == sd.lo == 0 and estimate.lo < 0
    assert next(iter(audit.intervals(cells))) == ("table_2", "1", "did", "se")


def test_an_error_that_prints_as_zero_leaves_stars_open_and_a_zero_estimate_does_not():
    hidden = Interval(0.0, 0.0005)  # t may be anything from one on
    assert audit.star_count(printed(0.001), hidden, 3, 100).outcome == OPEN
    assert audit.star_count(printed(0.000), printed(0.004), 0, 100).outcome == YES


def test_all_stars_names_every_case_that_is_not_plain():
    place = ("table_2", "3", "did"), ("table_2", "3", "ind"), ("table_2", "3", "edu")
    values = {
        place[0]: (printed(0.1), printed(0.01)),
        place[1]: (printed(0.004), printed(0.001)),
        place[2]: (printed(0.0), Interval(0.0, 0.0005)),
    }
    x = {
        (*p, s): v
        for p, pair in values.items()
        for s, v in zip(("estimate", "se"), pair, strict=True)
    }
    read = audit.all_stars(x, {(*place[0], "estimate"): 2, (*place[1], "estimate"): 3,
                               (*place[2], "estimate"): 3}, 100)  # fmt: skip
    assert read.outcome == NO  # one wrong and one open do not cancel
    assert read.arithmetic.startswith("0 of 3 fit")
    for words in ("Table 2 (3) did: |t|", "Table 2 (3) ind: |t|", "Table 2 (3) edu: estimate and"):
        assert words in read.arithmetic
    counts = {name: number.lo for name, number in read.numbers.items()}
    assert counts == {"coefficients": 3, "consistent": 0, "not_testable": 1,
                      "consistent_only_if": 1, "inconsistent": 1}  # fmt: skip


def test_treated_share_by_hand():
    """Exact numbers: sd² R² / slope² · (n − 1)/n = p (1 − p), with p = 0.2 and few rows."""
    p, slope, rows = 0.2, 0.5, 10
    r2 = as_interval(slope**2 * p * (1 - p) * rows / (rows - 1))
    exact = [as_interval(value) for value in (1 + slope * p, 1.0, slope, 1.0)]
    read = audit.treated_share(exact[:2], [*exact[2:], r2], rows, rows - 1)
    # the root's interval is a few 1e-16 wide, so only the whole number in it counts
    assert "p(1 − p) is 0.1600" in read.arithmetic
    nowhere = audit.treated_share(exact[:2], [*exact[2:], r2 * 9], rows, rows)
    assert nowhere.outcome == NO and "no common number" in nowhere.arithmetic


def test_the_share_a_mediator_carries_by_hand():
    """0.1 · √(1 − 0) · 1 / (√(1 − 0.75) · 1) / 0.25 = 0.8, and √0.1 of it."""
    one = as_interval(1.0)
    read = audit.ceiling(as_interval(0.25), as_interval(0.1), (one, as_interval(0.0)),
                         (one, as_interval(0.75)))  # fmt: skip
    assert read.numbers["share"].lo == pytest.approx(0.8)
    assert read.numbers["tenth"].hi == pytest.approx(0.8 * math.sqrt(0.1))
    assert read.arithmetic == "at most 80 %; 25 % at a partial R² of a tenth"


@pytest.mark.parametrize("mean", [0.02, 0.08, 0.15, 0.356])
def test_average_ratio_is_that_of_the_best_mixture(mean):
    """Some rows at ratio r, the others without a gap: the least average that has the mean."""
    ratios = np.geomspace(1.001, 60, 40_000)
    index = np.array([audit.highest_theil(r) for r in ratios])
    share = mean / index
    best = (1 + share * (ratios - 1))[share <= 1].min()
    read = audit.theil_level(as_interval(mean), Interval(1.0, 1.01))
    assert read.numbers["average"].lo == pytest.approx(best, rel=1e-3)  # the grid's step
    assert read.numbers["lowest"].lo == pytest.approx(ratios[index >= mean][0], rel=1e-3)


def test_formula_fits_keeps_to_the_slope_on_both_sides():
    level = as_interval(0.1)
    wide = audit.formula_fits(level, Interval(0.0, 5.0))["as printed"]
    low = audit.formula_fits(level, Interval(0.0, 1.2))["as printed"]
    high = audit.formula_fits(level, Interval(1.2, 5.0))["as printed"]
    # at fixed shares the slope is ln(ratio), so both lie on their side of e^1.2
    assert low[0].hi <= math.exp(1.25) and high[0].lo >= math.exp(1.15)
    assert wide[0].lo == low[0].lo and wide[0].hi == high[0].hi
    for ratio, share in (low, high):  # ends of the contour, not of the grid
        for p in share.ends:
            assert any(
                sum(audit.theil_terms(p, r)[0]) == pytest.approx(0.1, abs=0.01)
                for r in np.linspace(*ratio.ends, 200)
            )


def test_two_indices_need_both_effects():
    mean, stated = printed(0.1), Interval(2.3, 2.75)
    for pair in ((printed(0.0), printed(-0.1)), (printed(-0.1), printed(0.0))):
        assert audit.two_indices(*pair, mean, stated).outcome == UNKNOWN


def test_a_positive_effect_can_be_of_any_size():
    mean, sd = printed(0.1), printed(0.1)
    assert audit.iv_scale(printed(0.5), printed(-0.03), mean, sd).outcome == YES
    assert audit.iv_scale(printed(-0.5), printed(-0.03), mean, sd).outcome == OPEN


def test_bounds_are_open_where_period_effects_absorb_the_treatment():
    # every unit is treated in every period but the first: nothing is left of the treatment
    open_ended = Interval(0.0, math.inf)
    found = audit.staggered(10, 5, [4], Interval(40, 40))
    assert found == dict.fromkeys(("variance", "clustered", "robust", "share"), open_ended)


def test_staggered_by_hand():
    """Half the units treated in the last of two periods: ±1/4 in each cell, so 1/16 and 1."""
    found = audit.staggered(10, 2, [1], Interval(5, 5))
    assert found["variance"].ends == pytest.approx((1 / 16, 1 / 16))
    # two periods: the trend is ±1/2, so clustered is (1/4)² / (1/16 · 1/2), robust half of it
    assert found["clustered"].ends == pytest.approx((2.0, 2.0))
    assert found["robust"].ends == pytest.approx((1.0, 1.0))


def test_a_percentage_by_hand():
    """0.02 of a mean of 0.4 is 5 per cent, of a deviation of 0.1 20; 8 per cent are of 0.25."""
    numbers = audit.percent(*map(as_interval, (-0.02, 0.4, 0.1, 8.0))).numbers
    assert [numbers[name].lo for name in ("of_mean", "of_sd", "base")] == pytest.approx(
        [5, 20, 0.25]
    )


def test_r2_may_stay_as_it_is():
    assert audit.nested_r2([as_interval(0.5), as_interval(0.5)]).outcome == YES


# Exact ends, and twins that count everything


def test_an_interval_holds_its_ends():
    values = np.array([0.0, 1.0, 2.0, 3.0])
    assert audit.inside(values, Interval(1.0, 2.0)).tolist() == [False, True, True, False]


T_VALUES = [1.64, 1.65, 1.95, 1.97, 2.57, 2.58]  # beside the normal's 1.645, 1.960 and 2.576


@pytest.mark.parametrize(("t", "stars"), [*zip(T_VALUES, [0, 1, 1, 2, 2, 3], strict=True)])
def test_stars_turn_at_the_known_critical_values(t, stars):
    for sign in (1.0, -1.0):
        read = audit.star_count(as_interval(sign * t), as_interval(1.0), stars, 1e6)
        assert read.outcome == YES


def test_few_clusters_leave_stars_open_between_the_normal_and_students_t():
    """With 5 degrees of freedom t(0.95) is 2.015: at 1.8 a program may print one star or none."""
    outcomes = [audit.star_count(*map(as_interval, (1.8, 1.0)), n, 5).outcome for n in range(4)]
    assert outcomes == [OPEN, OPEN, NO, NO]


def test_treated_share_counts_every_whole_number_that_fits():
    """p (1 - p) from 0.16 to 0.25 leaves 2 to 8 of ten rows, the means at most 3, a limit less."""
    exact = [as_interval(value) for value in (1.0, 0.5, 1.0)]  # sd, slope, constant
    r2 = Interval(0.25 * 0.16, 0.25 * 0.25) * (10 / 9)
    wide, narrow = Interval(1.04, 1.5), Interval(1.04, 1.16)
    for mean, limit, treated in ((wide, 10, (2, 8)), (narrow, 10, (2, 3)), (narrow, 2, (2, 2))):
        read = audit.treated_share((mean, exact[0]), (*exact[1:], r2), 10, limit)
        assert read.numbers["treated"].ends == treated
        assert read.numbers["level"].lo == pytest.approx(1.5)
    assert audit.treated_share((narrow, exact[0]), (*exact[1:], r2), 10, 1).outcome == NO
    one = Interval(0.25 * 0.09, 0.25 * 0.09 * 1.01) * (10 / 9)  # one row of ten is enough
    assert audit.treated_share((narrow, exact[0]), (*exact[1:], one), 10, 9).numbers[
        "treated"
    ].ends == (1, 1)


def test_a_hidden_coefficient_that_its_print_shows_already():
    """0.001 as printed lies inside what the plane needs: nothing is learnt, nothing is wrong."""
    hidden = (printed(0.0), Interval(-1.0, 1.0), as_interval(2.0))
    read = audit.plane(as_interval(1.0), as_interval(1.0), [], hidden)
    assert read.outcome == YES and read.numbers["coefficient"] == printed(0.0)
    shown = (printed(0.5), as_interval(2.0), as_interval(4.0))
    read = audit.plane(as_interval(2.0), as_interval(1.0), [], shown)
    assert "moves the outcome by 2.000" in read.arithmetic  # 0.5 times 4


def test_split_by_hand():
    assert audit.split(11583, [10800, 782], 9).arithmetic == (
        "10800 = 1200 × 9 + 0, 782 = 86 × 9 + 8; they lack 1 of 11583 rows"
    )
    moved = audit.split(900, [449, 451], 9)  # all rows are there, but not whole units
    assert moved.outcome == OPEN and "0 rows fell out" in moved.condition
    lacking = audit.split(900, [450, 432], 9)
    assert lacking.numbers["missing"].ends == (18, 18)
    assert lacking.condition.endswith(
        "rows belong to no part: 2 whole units, or rows of more units"
    )


def test_level_is_fine_up_to_the_stated_ratio():
    lowest = audit.theil_level(as_interval(0.1), Interval(1.0, 9.0)).numbers["lowest"].lo
    for stated, outcome in ((lowest, YES), (math.nextafter(lowest, 0), OPEN)):
        assert audit.theil_level(as_interval(0.1), Interval(1.0, stated)).outcome == outcome


def test_the_chord_touches_the_curve_where_it_is_steepest():
    ratios = np.linspace(4, 5, 10_001)
    slopes = [audit.highest_theil(r) / (r - 1) for r in ratios]
    assert ratios[np.argmax(slopes)] == pytest.approx(audit.STEEPEST, abs=1e-3)


def test_formulas_by_hand():
    combined = {name: combine(0.5, -0.25) for name, combine in audit.FORMULAS.items()}
    assert combined == {
        "as printed": 0.25,
        "urban term only": 0.5,
        "sum of absolute terms": 0.75,
    }


@pytest.mark.parametrize("level", [0.001, 0.02, 0.1, 0.356])
@pytest.mark.parametrize("name", ["as printed", "urban term only"])
def test_formula_fits_against_a_root_for_every_share(name, level):
    """Of shares in steps of half a per cent, and of ratios to half a step of the grid, 1 %."""
    roots = {}
    for p in np.arange(1, 191) / 200:
        excess = lambda r, p=p: audit.FORMULAS[name](*audit.theil_terms(p, r)[0]) - level  # noqa: E731
        if excess(1.05) < 0 < excess(60):
            roots[p] = brentq(excess, 1.05, 60)
    ratio, share = audit.formula_fits(as_interval(level), Interval(-99.0, 99.0))[name]
    assert share.ends == pytest.approx((min(roots), max(roots)))
    assert ratio.ends == pytest.approx((min(roots.values()), max(roots.values())), rel=0.011)
    # and with a slope that only some shares have
    slopes = {p: audit.FORMULAS[name](*audit.theil_terms(p, r)[1]) for p, r in roots.items()}
    middle = float(np.median(list(slopes.values())))
    steep = [p for p, slope in slopes.items() if slope >= middle]
    share = audit.formula_fits(as_interval(level), Interval(middle, 99.0))[name][1]
    assert share.ends == pytest.approx((min(steep), max(steep)), abs=0.016)


def test_a_ratio_beyond_all_floats_is_still_a_ratio():
    """Effects of 0.9 and 0.001 need e^1800: a very large number, not an error."""
    read = audit.two_indices(printed(0.9), printed(0.001), printed(0.1), Interval(2.3, 2.75))
    assert read.outcome == OPEN and math.isfinite(read.numbers["ratio"].hi)


GRID = 0.01  # `staggered` looks at twentieths, and whole units may lie between them


def double_demeaned(starts, periods):
    d = (np.arange(periods) >= np.array(starts)[:, None]).astype(float)
    return d - d.mean(axis=1, keepdims=True) - d.mean(axis=0) + d.mean()


@pytest.mark.parametrize(("units", "treated"), [(10, 16), (20, 16)])
def test_staggered_against_every_panel(units, treated):
    """Cohorts of one and two treated periods, in all whole numbers that give the treated rows."""
    trend, found = np.arange(5) - 2, []
    for late in range(0, treated + 1, 2):
        early = (treated - late) // 2
        if late + early <= units:
            net = double_demeaned([4] * late + [3] * early + [9] * (units - late - early), 5)
            variance = (net**2).mean()
            over = variance * units * (trend @ trend)
            clustered, robust = ((net @ trend) ** 2).sum() / over, (net**2 @ trend**2).sum() / over
            found.append((variance, clustered, robust))
    bounds = audit.staggered(units, 5, [1, 2], as_interval(treated))
    assert len(found) == {10: 3, 20: 9}[units]  # with ten units, late cohorts are cut off
    names = ("variance", "clustered", "robust")
    for values, name in zip(zip(*found, strict=True), names, strict=True):
        assert bounds[name].ends == pytest.approx((min(values), max(values)), rel=GRID)


def test_least_share_of_one_cohort_by_hand():
    """Of nine units, three treated last of three periods, the others never.

    Net of effects the treated have 2/3 of (-1, -1, 2)/3, the never treated -1/3 of it: trend
    sums 2/3 and -1/3, a variance of 4/81 and 2 for the trend, so inflations 9/2 and 9/8.
    """
    for ratio, share in ((9 / 8, 1), (9 / 2, 0), (9 / 4, 2 / 3), (1.0, 1), (99.0, 0)):
        found = audit.staggered(9, 3, [1], as_interval(3), as_interval(ratio))
        assert found["share"].ends == pytest.approx((share, share), abs=1e-6)
    both = audit.staggered(9, 3, [1], as_interval(3), Interval(9 / 4, 9 / 2))
    assert both["share"].ends == pytest.approx((0, 2 / 3), abs=1e-6)


def test_no_spread_over_cohorts_has_the_ratio_with_less_in_one_of_them():
    counts, ratio = np.array([100, 20, 18, 24]), 1.5  # a half, 3/10 and 1/5 of 120 treated rows
    net, trend = double_demeaned(np.repeat([99, 6, 7, 8], counts), 9), np.arange(9) - 4
    inflation = (net @ trend) ** 2 / ((net**2).mean() * (trend @ trend))
    *others, last = inflation[np.cumsum(counts) - 1]
    bound = audit.staggered(162, 9, [3, 2, 1], as_interval(120), as_interval(ratio))["share"].lo
    mean = np.random.default_rng(5).dirichlet(np.full(3, 0.3), 1000) @ others
    needed = (mean - ratio) / (mean - last)  # part of the cohort treated last
    assert last < ratio < mean.min() and needed.min() >= bound > 0.4


def test_staggered_takes_both_ends_of_the_treated_rows():
    both = audit.staggered(20, 5, [1, 2], Interval(8, 16))
    ends = [audit.staggered(20, 5, [1, 2], as_interval(rows)) for rows in (8, 16)]
    for name, bounds in both.items():
        assert bounds.lo == min(end[name].lo for end in ends)
        assert bounds.hi == max(end[name].hi for end in ends)


def test_first_stage_by_hand():
    """If t is -3, F is 9 times a factor between a half and three; F = 16 needs an se of 3/4."""
    reads = {f: audit.first_stage(*map(as_interval, (-3.0, 1.0, f)), Interval(0.5, 3.0))
             for f in (4.0, 16.0, 26.0, 28.0)}  # fmt: skip
    assert [read.outcome for read in reads.values()] == [NO, YES, YES, NO]
    assert reads[16.0].numbers["se"].lo == pytest.approx(0.75)
    assert reads[16.0].numbers["t"].lo == pytest.approx(4.0)


def test_variance_ratio_by_hand():
    paths = {"clustered": Interval(2.0, 4.0), "robust": Interval(1.0, 1.5)}
    paths["share"] = Interval(0.0, 1.0)
    numbers = audit.variance_ratio(as_interval(24.0), as_interval(8.0), paths).numbers
    assert numbers["ratio"].lo == pytest.approx(3.0)
    assert numbers["clustered_f"].ends == pytest.approx((6.0, 12.0))


def test_scale_of_an_iv_estimate_by_hand():
    numbers = audit.iv_scale(*map(as_interval, (-0.8, -0.1, 0.4, 0.2))).numbers
    assert [numbers[name].lo for name in ("times", "means", "sds")] == pytest.approx([8, 2, 4])


def test_event_window_names_the_first_and_every_missing_or_extra_time():
    """Cohorts of 2020 and 2021 seen from 2018 to 2021 run from -3 to 1, and -1 is the base."""
    read = audit.event_window((2018, 2021), [2020, 2021], [-4, -2, 0])
    assert read.outcome == NO and read.numbers["first"].lo == -3
    assert read.arithmetic.endswith("from -3 to 1; not named: -3, 1; named, but not there: -4")


# What the paper's cells feed


def misprint(cells, exhibit, column, row, statistic, printed):
    address = {"exhibit": exhibit, "column": column, "row": row, "statistic": statistic}
    place = (cells[list(address)] == pd.Series(address)).all(axis=1)
    assert place.sum() == 1
    return cells.assign(printed=cells.printed.mask(place, printed))


@pytest.mark.parametrize(
    ("address", "impossible", "extreme"),
    [
        (("table_2", "1", "did", "se"), "-0.006", "0.000"),
        (("table_1", "main", "edu", "sd"), "-0.014", "0.000"),
        (("table_2", "3", "model", "r2"), "1.001", "1.000"),
        (("table_2", "3", "model", "r2"), "-0.001", "0.000"),
        (("table_6", "2", "model", "n"), "0", "1"),
        (("table_1", "main", "gap", "n"), "0", "1"),
    ],
)
def test_an_impossible_number_stops_the_other_checks(paper, address, impossible, extreme):
    cells, text = paper
    found = printed_cells.check_paper(misprint(cells, *address, impossible), text)
    assert set(found) == {"range"} and found["range"].outcome == NO
    assert " ".join(address) in found["range"].arithmetic
    found = printed_cells.check_paper(misprint(cells, *address, extreme), text)
    assert len(found) > 1 and found["range"].outcome == YES


def test_numbers_of_the_paper_by_hand(paper, found):
    """Each check's number from the printed cells in the middle of their rounding intervals."""
    cells, _ = paper
    keys = cells[["exhibit", "column", "row", "statistic"]].itertuples(index=False, name=None)
    cell = dict(zip(keys, cells.printed.astype(float), strict=True))

    def in_table(number, column, row="did", statistic="estimate"):
        return cell[f"table_{number}", str(column), row, statistic]

    effect, numbers = in_table(2, 3), {key: read.numbers for key, read in found.items()}
    left = 0.186 * math.sqrt(1 - 0.827)
    for column, name in enumerate(MECHANISMS, start=1):
        sd, r2 = in_table(1, "main", name, "sd"), in_table(5, column, "model", "r2")
        share = in_table(5, column) * left / (sd * math.sqrt(1 - r2)) / effect
        assert abs(share) in numbers[f"ceiling_{name}"]["share"]
    for name, (a, b) in {"type": (1, 2), "region": (3, 4), "finance": (5, 6)}.items():
        errors = [in_table(6, column, "did", "se") for column in (a, b)]
        se = sum(errors) if name == "finance" else math.hypot(*errors)
        assert abs(in_table(6, a) - in_table(6, b)) / se in numbers[f"difference_{name}"]["z"]
        ends = sorted((in_table(6, a), in_table(6, b)))
        assert f"{ends[0] - 0.0005:.4f} to {ends[1] + 0.0005:.4f} in parts".replace("-", "−") in (
            found[f"pooled_{name}"].arithmetic
        )
        lacking = 11583 - in_table(6, a, "model", "n") - in_table(6, b, "model", "n")
        assert numbers[f"split_{name}"]["missing"].lo == lacking
    assert numbers["matched"]["missing"].lo == 11583 - in_table(4, 3, "model", "n")
    assert in_table(2, 3) / in_table(4, 1) in numbers["two_indices"]["slope"]
    assert -in_table(3, 2) / 0.356 in numbers["iv_scale"]["means"]
    assert -in_table(3, 2) / 0.186 in numbers["iv_scale"]["sds"]
    assert 0.372 - 0.186 in numbers["treated_share"]["level"]
    assert 1.0 in numbers["percent"]["base"]
    assert numbers["event_window"]["first"].lo == 2014 - 2022
    assert numbers["period"]["compared"].lo == 4 and numbers["rows"]["compared"].lo == 25
    se = [in_table(table, column, statistic="se") for table, column in ((4, 1), (2, 3))]
    r2 = [in_table(table, column, "model", "r2") for table, column in ((4, 1), (2, 3))]
    spread = 0.186 * se[0] / se[1] * math.sqrt((1 - r2[1]) / (1 - r2[0]))
    assert spread in numbers["two_errors"]["spread"] and spread > 0.187
    assert 0.033 / se[1] in numbers["two_errors"]["theil_t"]
    assert 0.013 / se[0] in numbers["two_errors"]["gini_t"]
    assert (0.033 - 0.021) / (0.041 - 0.021) in numbers["pooled_region"]["weight"]
    assert stats.norm.cdf(-2.704 / 1.071) in numbers["logarithms"]["processing firms"]
    assert numbers["variance_ratio"]["share"].ends == pytest.approx((0.416, 0.548), abs=0.001)
    assert numbers["stars"]["coefficients"].lo == 38 and numbers["words"]["compared"].lo == 17


def test_clustering_of_the_paper_by_hand(found):
    """Textbook errors from the ends of all rounding intervals; 997 to 1034 rows are treated."""
    n, (few, many) = 11583, (997 / 11583, 1034 / 11583)
    design = found["clustering"].numbers
    # the interval of p (1 - p) takes the two factors at different p
    variance = {"constant": (1 - many, 1 - few), "did": (few * (1 - many), many * (1 - few))}
    for (name, spread), se in zip(variance.items(), (0.002, 0.006), strict=True):
        unit = n * (n - 2) / (n - 1)
        lo = (se - 0.0005) ** 2 * unit * spread[0] / (0.1865**2 * (1 - 0.0795))
        hi = (se + 0.0005) ** 2 * unit * spread[1] / (0.1855**2 * (1 - 0.0805))
        assert design[f"Table 2 (1) {name}"].ends == pytest.approx((lo, hi))
    paths = audit.staggered(1287, 9, [3, 2, 1], Interval(997, 1034))
    dof = n - 1287 - 8 - 1 - len(CONTROLS)  # counties, years but one, the treatment, controls
    unit = n * dof / (n - 1)
    lo = 0.0035**2 * unit * paths["variance"].lo / (0.1865**2 * (1 - 0.8265))
    hi = 0.0045**2 * unit * paths["variance"].hi / (0.1855**2 * (1 - 0.8275))
    assert design["Table 2 (3) did"].ends == pytest.approx((lo, hi))
    scaled = found["variance_ratio"].numbers
    for name in ("clustered", "robust"):  # with fixed effects counted as parameters, or not
        ends = (paths[name].lo * dof / n, paths[name].hi)
        assert scaled[name].ends == pytest.approx(ends)
    assert found["first_stage"].numbers["se"].lo == pytest.approx(0.0085 / math.sqrt(28.9875))
    assert "t² is 10.3 to 45.2" in found["first_stage"].arithmetic  # 11.56 dof / n, 40.11 n / dof
    assert found["theil_level"].arithmetic.endswith("stated 2.33 to 2.76")
    assert found["nested_r2"].arithmetic == (
        "R² 0.0795 to 0.0805, then 0.2365 to 0.2375, then 0.8265 to 0.8275, then 0.8265 to 0.8275"
    )


def test_where_print_does_not_tell_any_rows_of_the_longest_cohort_may_be_treated(paper):
    cells, text = paper
    found = printed_cells.check_paper(
        misprint(cells, "table_2", "1", "did", "estimate", "0.186"), text
    )
    assert found["treated_share"].outcome == NO  # it would be negative
    unit = 11583 * 11581 / 11582
    least = 0.0015**2 * unit * (1 - 3 / 9) / (0.1865**2 * (1 - 0.0795))
    most = 0.0025**2 * unit * (1 - 1 / 11583) / (0.1855**2 * (1 - 0.0805))
    design = found["clustering"].numbers["Table 2 (1) constant"]
    assert design.ends == pytest.approx((least, most))


def test_stars_have_one_degree_of_freedom_less_than_counties(paper):
    cells, text = paper
    few = text.assign(printed=text.printed.mask(text.key == "counties_data", "3"))
    x = audit.intervals(cells)
    counts = zip(x, cells.stars, strict=True)
    stars = {key: int(count) for key, count in counts if key[3] == "estimate"}
    found = printed_cells.check_paper(cells, few)["stars"]
    assert found == audit.all_stars(x, stars, 2) != audit.all_stars(x, stars, 3)
    assert found != audit.all_stars(x, stars, 1)


def test_fewer_rows_than_counties_are_one_period(paper):
    cells, text = paper
    found = printed_cells.check_paper(misprint(cells, "table_1", "main", "gap", "n", "1158"), text)
    assert found["split_region"].arithmetic.startswith("4446 = 4446 × 1 + 0")
    assert found["split_region"].outcome == NO  # its parts have more rows than all


def test_prose_that_contradicts_a_table_is_named(paper):
    cells, text = paper
    altered = misprint(cells, "table_3", "2", "model", "n", "11584")
    read = printed_cells.check_paper(altered, text)["rows"]
    assert read.outcome == NO and read.arithmetic.endswith("table_3 2 model n: 11584 / 11583")
    stars = {("3", "1", "ruggedness"): "Table 3 (1)", ("6", "4", "did"): "Table 6 (4)"}
    for (table, column, row), place in stars.items():
        at = (cells.exhibit == f"table_{table}") & (cells.column == column) & (cells.row == row)
        altered = cells.assign(stars=cells.stars.mask(at & (cells.statistic == "estimate"), 1))
        read = printed_cells.check_paper(altered, text)["words"]
        assert read.outcome == NO and read.arithmetic == f"1 of 17 differ; {place} stars: 1 / 3"
    for column, name in enumerate(("high_value", "grain", "eastern", "central_western"), start=1):
        altered = misprint(cells, "table_6", str(column), "did", "estimate", "-0.111")
        read = printed_cells.check_paper(altered, text)["words"]
        assert read.arithmetic.startswith(f"1 of 17 differ; {name}: −0.1115 to −0.1105 /")


# Honest tables


def cluster_ols(y, x, county):
    """Coefficients, clustered covariance and residuals."""
    bread = np.linalg.inv(x.T @ x)
    b = bread @ (x.T @ y)
    e = y - x @ b
    groups = np.unique(county, return_inverse=True)[1]
    scores = np.zeros((groups.max() + 1, x.shape[1]))
    np.add.at(scores, groups, x * e[:, None])
    g, (n, k) = len(scores), x.shape
    vcov = bread @ (scores.T @ scores) @ bread * g / (g - 1) * (n - 1) / (n - k)
    return b, vcov, e


def within(values, county, year):
    """Net of county and year effects, exactly, for any pattern of rows."""
    groups = np.unique(county, return_inverse=True)[1]
    counts = np.bincount(groups)[:, None]

    def off_county(v):
        sums = np.zeros((len(counts), v.shape[1]))
        np.add.at(sums, groups, v)
        return v - (sums / counts)[groups]

    dummies = off_county((year[:, None] == np.unique(year)[1:]).astype(float))
    values = off_county(values)
    return values - dummies @ np.linalg.lstsq(dummies, values)[0]


def honest_panel(rng, units):
    """Rows of a balanced panel, 2014-2022, with county effects, shared trends and a policy."""
    periods, n_rows = 9, units * 9
    county, year = np.repeat(np.arange(units), periods), np.tile(np.arange(2014, 2023), units)
    rug = rng.lognormal(0, 0.7, units)
    treated = rng.permutation(units)[: rng.integers(units // 4, units // 2)]
    cohort = np.full(units, 9999)
    cohort[treated] = rng.choice([2020, 2021, 2022], len(treated))
    did = (year >= cohort[county]).astype(float)
    effect = rng.normal(size=(12, units))
    noise = rng.normal(size=(12, n_rows))
    draws = 0.8 * effect[:, county] + 0.5 * noise
    scale = np.array([4, 500, 0.12, 0.1, 0.2, 0.015, 0.5, 0.06, 1, 1, 1, 2])[:, None]
    centre = np.array([8, 1200, 0.4, 0.4, 0.6, 0.05, 1.2, 0.2, 1.4, 3.6, 2.7, 1.7])[:, None]
    x = centre + scale * draws / 2
    x[8:] += rng.uniform(-0.2, 0.4, 4)[:, None] * did
    log_ratio = 0.9 + 0.15 * rng.normal(size=units)[county] - 0.02 * (year - 2014)
    log_ratio += rng.uniform(-0.3, 0.1) * did + 0.1 * draws[3] + 0.05 * rng.normal(size=n_rows)
    share = 1 / (1 + np.exp(-0.5 * rng.normal(size=units)[county] - 0.03 * (year - 2018)))
    ratio = np.exp(log_ratio)
    names = [*CONTROLS, *MECHANISMS]
    frame = pd.DataFrame(dict(zip(names, x, strict=True)) | {"county": county, "year": year})
    frame["gap"] = sum(audit.theil_terms(share, ratio)[0])
    frame["gini"] = share * ratio / (1 + share * (ratio - 1)) - share
    frame["did"], frame["ruggedness"] = did, rug[county] * (year - 2013)
    frame["treated"] = np.isin(county, treated)
    return frame


class Printer:
    """Collects cells, rounded as the paper's tables are."""

    def __init__(self, units):
        self.cells, self.df = [], units - 1

    def put(self, table, column, row, statistic, value, stars=None):
        counted = statistic == "n"
        text = f"{value:.0f}" if counted else f"{value:.3f}"
        self.cells.append(
            (f"table_{table}", str(column), row, statistic, text, 0 if counted else 3, stars)
        )

    def regression(self, table, column, rows, fit, n, r2=None):
        b, vcov = fit[:2]
        for row, value, se in zip(rows, b, np.sqrt(np.diag(vcov)), strict=False):
            p = 2 * stdtr(self.df, -abs(value) / se)
            self.put(
                table, column, row, "estimate", value, sum(p < level for level in (0.1, 0.05, 0.01))
            )
            self.put(table, column, row, "se", se)
        self.put(table, column, "model", "n", n)
        if r2 is not None:
            self.put(table, column, "model", "r2", r2)

    def frame(self):
        columns = ["exhibit", "column", "row", "statistic", "printed", "decimals", "stars"]
        return pd.DataFrame(self.cells, columns=columns)


def two_way(frame, outcome, extra=()):
    """Two-way fixed effects with controls: fit, R², constant through the means."""
    names = ["did", *CONTROLS, *extra]
    county, year = frame.county.to_numpy(), frame.year.to_numpy()
    values = frame[[outcome, *names]].to_numpy()
    net, mean = within(values, county, year), values.mean(axis=0)
    b, vcov, e = cluster_ols(net[:, 0], net[:, 1:], county)
    total = ((values[:, 0] - mean[0]) ** 2).sum()
    return b, vcov, 1 - (e @ e) / total, mean[0] - mean[1:] @ b


def no_singletons(frame):
    return frame[np.bincount(frame.county)[frame.county] > 1]


def honest_tables(rng, text):
    """All cells of a paper like ours, and its prose, from one honest random panel."""
    units = int(rng.integers(80, 140))
    panel = honest_panel(rng, units)
    page, n = Printer(units), len(panel)
    for name in ["gap", *CONTROLS, *MECHANISMS]:
        page.put(1, "main", name, "n", n)
        page.put(1, "main", name, "mean", panel[name].mean())
        page.put(1, "main", name, "sd", panel[name].std())
    y, county = panel.gap.to_numpy(), panel.county.to_numpy()
    ones = np.ones(n)
    for column, names in ((1, ["did"]), (2, ["did", *CONTROLS])):
        x = np.column_stack([panel[names].to_numpy(), ones])
        fit = cluster_ols(y, x, county if rng.random() < 0.5 else np.arange(n))
        page.regression(2, column, [*names, "constant"], fit, n, 1 - fit[2].var() / y.var())
    names = ["did", *CONTROLS]
    b, vcov, r2, constant = two_way(panel, "gap")
    level_se = 0.02 + 0.05 * rng.random()  # the constant's error is of no use to any check
    wide = np.zeros((len(b) + 1,) * 2)
    wide[:-1, :-1], wide[-1, -1] = vcov, level_se**2
    page.regression(2, 3, [*names, "constant"], (np.append(b, constant), wide), n, r2)
    effect = b[0]

    columns = ["gap", "did", "ruggedness", *CONTROLS]
    net = within(panel[columns].to_numpy(), county, panel.year.to_numpy())
    x = net[:, 3:]
    y_net, d, z = (net[:, :3] - x @ np.linalg.lstsq(x, net[:, :3])[0]).T
    first = cluster_ols(d, z[:, None], county)
    dof = n - units - 8 - 9
    page.regression(3, 1, ["ruggedness"], first, n)
    f = first[0][0] ** 2 / first[1][0, 0]
    cragg_donald = first[0][0] ** 2 * (z @ z) / (first[2] @ first[2]) * dof
    page.put(3, 1, "model", "cragg_donald_f", cragg_donald)
    page.put(3, 1, "model", "kleibergen_paap_f", f)
    iv = (z @ y_net) / (z @ d)
    u = y_net - iv * d
    sums = np.bincount(county, weights=z * u)
    page.regression(3, 2, ["did"], ([iv], np.array([[(sums @ sums) / (z @ d) ** 2]])), n)

    # the matched sample: whole counties off the support, or single rows
    drop = rng.choice(units, 3, replace=False)
    kept = panel[~panel.county.isin(drop)] if rng.random() < 0.5 else panel.drop(index=[1, 12, 30])
    clipped = panel.assign(gap=panel.gap.clip(*panel.gap.quantile([0.01, 0.99])))
    other = panel.assign(capaa=(rng.random(n) < 0.1).astype(float))
    robustness = [
        (panel, "gini", ()),
        (clipped, "gap", ()),
        (kept, "gap", ()),
        (other, "gap", ["capaa"]),
    ]
    for column, (frame, outcome, extra) in enumerate(robustness, start=1):
        fit = two_way(frame, outcome, extra)
        page.regression(4, column, ["did"], fit, len(frame), fit[2])
    for column, mediator in enumerate(MECHANISMS, start=1):
        fit = two_way(panel, mediator)
        page.regression(5, column, ["did"], fit, n, fit[2])

    grain = panel.treated & (panel.county % 3 == 0)
    if rng.random() < 0.5:  # one county is high-value in its first year
        first_row = grain.idxmax()
        grain = grain & (panel.index != first_row)
    east = panel.county < units // 3
    rich = panel.financial > panel.financial.median()
    for start, flag in ((1, ~grain), (3, east), (5, rich)):
        for column, part in ((start, panel[flag]), (start + 1, panel[~flag])):
            part = no_singletons(part)
            fit = two_way(part, "gap")
            page.regression(6, column, ["did"], fit, len(part), fit[2])
    cells = page.frame()
    return cells, honest_text(text, cells, units, effect / panel.gap.mean(), f)


def honest_text(text, cells, units, relative_effect, f):
    """The paper's prose with this panel's numbers in it."""
    printed = text.set_index("key").printed.astype(object).copy()
    printed["counties_data"] = str(units)
    for key in printed.index[printed.index.str.startswith("first_year_")]:
        printed[key] = "2014"
    printed["reduction_percent"] = f"{100 * abs(relative_effect):.1f}"
    printed["kleibergen_paap_lm"] = f"{0.9 * f:.3f}"
    index = cells.set_index(["exhibit", "column", "row", "statistic"])
    names = ("high_value", "grain", "eastern", "central_western")
    for column, name in enumerate(names, start=1):
        printed[f"coefficient_{name}"] = index.printed["table_6", str(column), "did", "estimate"]
    kept = text.assign(printed=printed.to_numpy())
    return kept[~kept.key.str.startswith("significance_")]  # this prose makes no such claims


def wrong(cells, text):
    return {
        key for key, item in printed_cells.check_paper(cells, text).items() if item.outcome == NO
    }


def check_honest(text, draws, seed):
    for number, child in enumerate(np.random.SeedSequence(seed).spawn(draws)):
        cells, prose = honest_tables(np.random.default_rng(child), text)
        assert len(cells) == 153
        assert not wrong(cells, prose), (
            f"honest table {number}: {printed_cells.check_paper(cells, prose)}"
        )


def test_honest_tables_are_never_called_inconsistent(paper):
    check_honest(paper[1], 100, 20)


@pytest.mark.weekly
def test_a_thousand_honest_tables(paper):
    check_honest(paper[1], 1000, 21)


# Planted errors


def change_digit(printed, rng):
    """One digit of a printed number replaced by another."""
    places = [i for i, character in enumerate(printed) if character.isdigit()]
    place = rng.choice(places)
    other = rng.choice([digit for digit in "0123456789" if digit != printed[place]])
    return f"{printed[:place]}{other}{printed[place + 1 :]}"


def plant(cells, kind, rng):
    """A copy of the cells with one changed digit, or one changed star count."""
    row = rng.choice(np.flatnonzero(cells.statistic == ("estimate" if kind == "stars" else kind)))
    cells = cells.copy()
    if kind == "stars":
        was = int(cells.stars.iloc[row])
        cells.iloc[row, cells.columns.get_loc("stars")] = rng.choice(
            [s for s in range(4) if s != was]
        )
    else:
        column = cells.columns.get_loc("printed")
        cells.iloc[row, column] = change_digit(cells.iloc[row, column], rng)
    return cells


def caught(text, draws, seed):
    """Share of planted errors that turn some check INCONSISTENT, by kind."""
    kinds = ("estimate", "se", "n", "r2", "stars")
    hits = dict.fromkeys(kinds, 0)
    for child in np.random.SeedSequence(seed).spawn(draws):
        rng = np.random.default_rng(child)
        cells, prose = honest_tables(rng, text)
        for kind in kinds:
            hits[kind] += bool(wrong(plant(cells, kind, rng), prose))
    return {kind: count / draws for kind, count in hits.items()}


# A third of the rates measured on 1,000 tables (estimate 0.61, se 0.44, n 0.88, r2 0.32, stars
# 0.85): far enough below for chance, and still a test that notices a check gone dead.
LEAST_CAUGHT = {"estimate": 0.20, "se": 0.14, "n": 0.29, "r2": 0.10, "stars": 0.28}


@pytest.mark.parametrize(
    ("draws", "seed"), [(60, 23), pytest.param(200, 22, marks=pytest.mark.weekly)]
)
def test_planted_errors_are_caught(paper, draws, seed):
    rates = caught(paper[1], draws, seed)
    assert all(rates[kind] >= least for kind, least in LEAST_CAUGHT.items()), rates
