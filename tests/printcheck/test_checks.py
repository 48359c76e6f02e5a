"""Every check by hand, with every outcome it can have."""

import math

import numpy as np
import pytest
from scipy import stats

from clustergap import indices
from printcheck import Cell, checks, designs, inequality
from printcheck.checks import Outcome
from printcheck.intervals import Interval, as_interval

YES, OPEN = Outcome.CONSISTENT, Outcome.CONSISTENT_ONLY_IF
NO, UNKNOWN = Outcome.INCONSISTENT, Outcome.NOT_TESTABLE


def printed(value, decimals=3):
    return Interval.from_printed(f"{value:.{decimals}f}", decimals)


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
    read = checks.star_count(printed(estimate), Interval(max(se.lo, 0), se.hi), stars, 100)
    assert read.outcome == outcome


def test_star_count_by_hand():
    read = checks.star_count(printed(0.004), printed(0.001), 3, 1286)
    assert read.numbers["t"].ends == pytest.approx((0.0035 / 0.0015, 0.0045 / 0.0005))


def test_all_stars_takes_the_worst():
    key, other = ("table_2", "1", "did", "estimate"), ("table_2", "1", "ind", "estimate")
    x = {k: printed(0.1) for k in (key, other)} | {
        (*k[:3], "se"): printed(0.01) for k in (key, other)
    }
    assert checks.all_stars(x, {key: 3, other: 3}, 100).outcome == YES
    bad = checks.all_stars(x, {key: 3, other: 1}, 100)
    assert bad.outcome == NO and "ind" in bad.arithmetic
    x[key], x[*key[:3], "se"] = printed(0.004), printed(0.001)
    assert checks.all_stars(x, {key: 3, other: 3}, 100).outcome == OPEN


def share_of(mean, sd, slope, constant, r2, limit=999):
    cells = [printed(value) for value in (mean, sd, slope, constant, r2)]
    return checks.treated_share(cells[:2], cells[2:], 1000, limit)


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
    read = checks.plane(printed(7.01), printed(1.0), terms, hidden)
    assert read.outcome == OPEN and 0.0001 in read.numbers["coefficient"]
    assert 0.005 in read.numbers["per_sd"]
    missed = checks.plane(printed(8.0), printed(1.0), terms, hidden, "z")
    assert missed.outcome == NO and "needs z to be 0.0099" in missed.arithmetic
    shown = (printed(0.5), printed(2.0), printed(1.0))
    assert checks.plane(printed(8.0), printed(1.0), terms, shown).outcome == YES


def test_unclustered_se_is_the_textbook_one():
    rng = np.random.default_rng(1)
    d = (rng.random(500) < 0.2).astype(float)
    y = 1 - 0.5 * d + rng.normal(size=500)
    fit = stats.linregress(d, y)
    sd, r2, share = (as_interval(v) for v in (y.std(ddof=1), fit.rvalue**2, d.mean()))
    slope = checks.unclustered_se(sd, r2, 500, 498, share * (1 - share))
    constant = checks.unclustered_se(sd, r2, 500, 498, 1 - share)
    assert slope.ends == pytest.approx((fit.stderr,) * 2, rel=1e-12)
    assert constant.ends == pytest.approx((fit.intercept_stderr,) * 2, rel=1e-12)


def test_clustering_outcomes():
    alike = checks.clustering({"a": (printed(0.002), Interval(0.0017, 0.0018))})
    assert alike.outcome == OPEN
    assert alike.numbers["a"].ends == pytest.approx(
        ((0.0015 / 0.0018) ** 2, (0.0025 / 0.0017) ** 2)
    )
    assert checks.clustering({"a": (printed(0.004), Interval(0.0017, 0.0018))}).outcome == YES


def test_percent_outcomes():
    assert (
        checks.percent(printed(-0.033), printed(0.356), printed(0.2), printed(9.3, 1)).outcome
        == YES
    )
    read = checks.percent(printed(-0.033), printed(0.356), printed(0.2), printed(3.3, 1))
    assert read.outcome == NO and 1.0 in read.numbers["base"]


def test_difference_outcomes():
    a, b = (printed(-0.041), printed(0.006)), (printed(-0.021), printed(0.004))
    apart = checks.difference(a, b, apart=True)
    assert apart.outcome == YES and 0.02 / math.sqrt(0.006**2 + 0.004**2) in apart.numbers["z"]
    shared = checks.difference(a, b, apart=False)
    assert shared.outcome == OPEN and 2.0 in shared.numbers["z"]


def test_pooled_outcomes():
    parts = [printed(-0.041), printed(-0.021)]
    assert designs.pooled(printed(-0.033), parts).outcome == YES
    outside = designs.pooled(printed(-0.019), parts)
    assert outside.outcome == OPEN and "range" in outside.condition
    assert designs.pooled(printed(-0.033), [printed(-0.033)] * 2).numbers == {}


def test_weight_of_a_part_by_hand():
    """(-0.033 + 0.021) / (-0.041 + 0.021) = 0.6; rounding makes it 11/20 to 13/20."""
    parts = [printed(-0.041), printed(-0.021)]
    read = designs.pooled(printed(-0.033), parts)
    assert read.numbers["weight"].ends == pytest.approx((0.55, 0.65))


def test_two_errors_outcomes():
    """The same residual share and error on both: Gini would spread as Theil does."""
    theil, sd = [printed(-0.030), printed(0.004), printed(0.800)], printed(0.200)
    for se, outcome in ((0.004, YES), (0.002, YES), (0.008, OPEN)):
        gini = [printed(-0.010), printed(se), printed(0.800)]
        assert inequality.two_errors(theil, gini, sd).outcome == outcome


def test_two_errors_by_hand():
    """0.2 · (0.006 / 0.004) · √(0.36 / 0.09) = 0.6, three times Theil's: design effect 9."""
    theil, gini = (
        [*map(as_interval, part)] for part in ((-0.03, 0.004, 0.64), (-0.012, 0.006, 0.91))
    )
    read = inequality.two_errors(theil, gini, as_interval(0.2))
    found = {name: number.lo for name, number in read.numbers.items()}
    assert found == pytest.approx({"theil_t": 7.5, "gini_t": 2.0, "spread": 0.6, "design": 9.0})
    assert read.outcome == OPEN and "9.0 times" in read.condition


def test_logarithms_outcomes():
    def of(n):
        return [as_interval(n), as_interval(2.0), as_interval(1.0)]

    assert checks.logarithms({"a": of(980), "b": of(999)}, 1000).outcome == YES
    read = checks.logarithms({"a": of(980), "b": of(1000)}, 1000)
    assert read.outcome == OPEN and "one was added" in read.condition
    assert read.numbers["a"].lo == pytest.approx(0.02275, abs=1e-5)  # standard normal below -2


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
    read = designs.split(900, parts, 9)
    assert read.outcome == outcome and hint in read.condition


def test_event_window_outcomes():
    every = [-3, -2, 0, 1]
    assert designs.event_window((2018, 2021), [2020, 2021], every).outcome == YES
    lacking = designs.event_window((2018, 2021), [2020, 2021], every[1:])
    assert lacking.outcome == OPEN and "-3" in lacking.condition
    assert designs.event_window((2018, 2021), [2020, 2021], [*every, 2]).outcome == NO


def test_agree_outcomes():
    assert checks.agree({"a": (1, 1), "b": ("x", "x")}).outcome == YES
    read = checks.agree({"a": (1, 1), "b": ("x", "y")})
    assert read.outcome == NO and "x / y" in read.arithmetic


def test_highest_theil_against_a_search_over_shares():
    p = np.linspace(1e-4, 1 - 1e-4, 200_001)
    for r in (1.5, 2.75, 5.59, 13.0):
        assert inequality.highest_theil(r) == pytest.approx(
            sum(inequality.theil_terms(p, r)).max(), abs=1e-9
        )
        assert inequality.lowest_ratio(inequality.highest_theil(r)) == pytest.approx(r)


def test_bound_on_the_average_ratio_holds_for_random_counties():
    """The mean Theil index of any counties, at their best shares, obeys the bound."""
    rng = np.random.default_rng(3)
    for spread in rng.uniform(0.1, 3, 200):
        ratios = 1 + rng.lognormal(rng.uniform(-1, 2), spread, 50)
        mean = np.mean([inequality.highest_theil(r) for r in ratios])
        read = inequality.theil_level(as_interval(mean), Interval(1.0, 1.01))
        assert read.numbers["average"].lo <= ratios.mean() * (1 + 1e-9)


def test_theil_level_outcomes():
    stated = Interval(2.3, 2.75)
    assert inequality.theil_level(printed(0.08), stated).outcome == YES
    assert inequality.theil_level(printed(0.356), stated).outcome == OPEN
    assert inequality.theil_level(printed(0.0), stated).outcome == UNKNOWN


def test_iv_scale_outcomes():
    mean, sd, ols = printed(0.356), printed(0.186), printed(-0.033)
    assert designs.iv_scale(printed(-0.2), ols, mean, sd).outcome == YES
    assert designs.iv_scale(printed(-0.772), ols, mean, sd).outcome == OPEN


def test_first_stage_outcomes():
    exact = Interval(1.0, 1.0)
    assert (
        designs.first_stage(printed(0.009), printed(0.002), printed(28.987), exact).outcome == YES
    )
    assert designs.first_stage(printed(0.009), printed(0.002), printed(45.0), exact).outcome == NO


def test_variance_ratio_outcomes():
    paths = {"clustered": Interval(2.4, 6.0), "robust": Interval(1.1, 2.2)}
    paths["share"] = Interval(0.4, 0.6)
    assert designs.variance_ratio(printed(43.0), printed(10.0), paths).outcome == YES
    read = designs.variance_ratio(printed(43.0), printed(29.0), paths)
    assert read.outcome == OPEN and "not clustered" in read.condition
    assert "at least 40 %" in read.condition and "controls" in read.condition
    other = designs.variance_ratio(printed(43.0), printed(43.0), paths)
    assert other.outcome == OPEN and "not clustered" not in other.condition


def test_staggered_against_first_stages_on_a_panel():
    """The ratios' bounds hold for a simulated instrument 'constant × trend' unrelated to timing."""
    rng = np.random.default_rng(4)
    units, periods = 900, 9
    start = np.full(units, 99)
    start[:120], start[120:240], start[240:360] = 6, 7, 8
    d = (np.arange(periods) >= start[:, None]).astype(float)
    bounds = designs.staggered(units, periods, [3, 2, 1], as_interval(d.sum()))
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
    cells = [Cell("table_2", "1", "did", s, "0.000", 3) for s in ("se", "sd", "estimate")]
    se, sd, estimate = checks.intervals(cells).values()
    assert se.lo == sd.lo == 0 and estimate.lo < 0
    assert next(iter(checks.intervals(cells))) == ("table_2", "1", "did", "se")


def test_an_error_that_prints_as_zero_leaves_stars_open_and_a_zero_estimate_does_not():
    hidden = Interval(0.0, 0.0005)  # t may be anything from one on
    assert checks.star_count(printed(0.001), hidden, 3, 100).outcome == OPEN
    assert checks.star_count(printed(0.000), printed(0.004), 0, 100).outcome == YES


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
    read = checks.all_stars(x, {(*place[0], "estimate"): 2, (*place[1], "estimate"): 3,
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
    read = checks.treated_share(exact[:2], [*exact[2:], r2], rows, rows - 1)
    # the root's interval is a few 1e-16 wide, so only the whole number in it counts
    assert "p(1 − p) is 0.1600" in read.arithmetic
    nowhere = checks.treated_share(exact[:2], [*exact[2:], r2 * 9], rows, rows)
    assert nowhere.outcome == NO and "no common number" in nowhere.arithmetic


@pytest.mark.parametrize("mean", [0.02, 0.08, 0.15, 0.356])
def test_average_ratio_is_that_of_the_best_mixture(mean):
    """Some rows at ratio r, the others without a gap: the least average that has the mean."""
    ratios = np.geomspace(1.001, 60, 40_000)
    index = np.array([inequality.highest_theil(r) for r in ratios])
    share = mean / index
    best = (1 + share * (ratios - 1))[share <= 1].min()
    read = inequality.theil_level(as_interval(mean), Interval(1.0, 1.01))
    assert read.numbers["average"].lo == pytest.approx(best, rel=1e-3)  # the grid's step
    assert read.numbers["lowest"].lo == pytest.approx(ratios[index >= mean][0], rel=1e-3)


def test_a_positive_effect_can_be_of_any_size():
    mean, sd = printed(0.1), printed(0.1)
    assert designs.iv_scale(printed(0.5), printed(-0.03), mean, sd).outcome == YES
    assert designs.iv_scale(printed(-0.5), printed(-0.03), mean, sd).outcome == OPEN


def test_bounds_are_open_where_period_effects_absorb_the_treatment():
    # every unit is treated in every period but the first: nothing is left of the treatment
    open_ended = Interval(0.0, math.inf)
    found = designs.staggered(10, 5, [4], Interval(40, 40))
    assert found == dict.fromkeys(("variance", "clustered", "robust", "share"), open_ended)


def test_staggered_by_hand():
    """Half the units treated in the last of two periods: ±1/4 in each cell, so 1/16 and 1."""
    found = designs.staggered(10, 2, [1], Interval(5, 5))
    assert found["variance"].ends == pytest.approx((1 / 16, 1 / 16))
    # two periods: the trend is ±1/2, so clustered is (1/4)² / (1/16 · 1/2), robust half of it
    assert found["clustered"].ends == pytest.approx((2.0, 2.0))
    assert found["robust"].ends == pytest.approx((1.0, 1.0))


def test_a_percentage_by_hand():
    """0.02 of a mean of 0.4 is 5 per cent, of a deviation of 0.1 20; 8 per cent are of 0.25."""
    numbers = checks.percent(*map(as_interval, (-0.02, 0.4, 0.1, 8.0))).numbers
    assert [numbers[name].lo for name in ("of_mean", "of_sd", "base")] == pytest.approx(
        [5, 20, 0.25]
    )


# Exact ends, and twins that count everything


def test_an_interval_holds_its_ends():
    values = np.array([0.0, 1.0, 2.0, 3.0])
    assert checks.inside(values, Interval(1.0, 2.0)).tolist() == [False, True, True, False]


T_VALUES = [1.64, 1.65, 1.95, 1.97, 2.57, 2.58]  # beside the normal's 1.645, 1.960 and 2.576


@pytest.mark.parametrize(("t", "stars"), [*zip(T_VALUES, [0, 1, 1, 2, 2, 3], strict=True)])
def test_stars_turn_at_the_known_critical_values(t, stars):
    for sign in (1.0, -1.0):
        read = checks.star_count(as_interval(sign * t), as_interval(1.0), stars, 1e6)
        assert read.outcome == YES


def test_few_clusters_leave_stars_open_between_the_normal_and_students_t():
    """With 5 degrees of freedom t(0.95) is 2.015: at 1.8 a program may print one star or none."""
    outcomes = [checks.star_count(*map(as_interval, (1.8, 1.0)), n, 5).outcome for n in range(4)]
    assert outcomes == [OPEN, OPEN, NO, NO]


def test_treated_share_counts_every_whole_number_that_fits():
    """p (1 - p) from 0.16 to 0.25 leaves 2 to 8 of ten rows, the means at most 3, a limit less."""
    exact = [as_interval(value) for value in (1.0, 0.5, 1.0)]  # sd, slope, constant
    r2 = Interval(0.25 * 0.16, 0.25 * 0.25) * (10 / 9)
    wide, narrow = Interval(1.04, 1.5), Interval(1.04, 1.16)
    for mean, limit, treated in ((wide, 10, (2, 8)), (narrow, 10, (2, 3)), (narrow, 2, (2, 2))):
        read = checks.treated_share((mean, exact[0]), (*exact[1:], r2), 10, limit)
        assert read.numbers["treated"].ends == treated
        assert read.numbers["level"].lo == pytest.approx(1.5)
    assert checks.treated_share((narrow, exact[0]), (*exact[1:], r2), 10, 1).outcome == NO
    one = Interval(0.25 * 0.09, 0.25 * 0.09 * 1.01) * (10 / 9)  # one row of ten is enough
    assert checks.treated_share((narrow, exact[0]), (*exact[1:], one), 10, 9).numbers[
        "treated"
    ].ends == (1, 1)


def test_a_hidden_coefficient_that_its_print_shows_already():
    """0.001 as printed lies inside what the plane needs: nothing is learnt, nothing is wrong."""
    hidden = (printed(0.0), Interval(-1.0, 1.0), as_interval(2.0))
    read = checks.plane(as_interval(1.0), as_interval(1.0), [], hidden)
    assert read.outcome == YES and read.numbers["coefficient"] == printed(0.0)
    shown = (printed(0.5), as_interval(2.0), as_interval(4.0))
    read = checks.plane(as_interval(2.0), as_interval(1.0), [], shown)
    assert "moves the outcome by 2.000" in read.arithmetic  # 0.5 times 4


def test_split_by_hand():
    assert designs.split(11583, [10800, 782], 9).arithmetic == (
        "10800 = 1200 × 9 + 0, 782 = 86 × 9 + 8; they lack 1 of 11583 rows"
    )
    moved = designs.split(900, [449, 451], 9)  # all rows are there, but not whole units
    assert moved.outcome == OPEN and "0 rows fell out" in moved.condition
    lacking = designs.split(900, [450, 432], 9)
    assert lacking.numbers["missing"].ends == (18, 18)
    assert lacking.condition.endswith(
        "rows belong to no part: 2 whole units, or rows of more units"
    )


def test_level_is_fine_up_to_the_stated_ratio():
    lowest = inequality.theil_level(as_interval(0.1), Interval(1.0, 9.0)).numbers["lowest"].lo
    for stated, outcome in ((lowest, YES), (math.nextafter(lowest, 0), OPEN)):
        assert inequality.theil_level(as_interval(0.1), Interval(1.0, stated)).outcome == outcome


def test_the_chord_touches_the_curve_where_it_is_steepest():
    ratios = np.linspace(4, 5, 10_001)
    slopes = [inequality.highest_theil(r) / (r - 1) for r in ratios]
    assert ratios[np.argmax(slopes)] == pytest.approx(inequality.STEEPEST, abs=1e-3)


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
    bounds = designs.staggered(units, 5, [1, 2], as_interval(treated))
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
        found = designs.staggered(9, 3, [1], as_interval(3), as_interval(ratio))
        assert found["share"].ends == pytest.approx((share, share), abs=1e-6)
    both = designs.staggered(9, 3, [1], as_interval(3), Interval(9 / 4, 9 / 2))
    assert both["share"].ends == pytest.approx((0, 2 / 3), abs=1e-6)


def test_no_spread_over_cohorts_has_the_ratio_with_less_in_one_of_them():
    counts, ratio = np.array([100, 20, 18, 24]), 1.5  # a half, 3/10 and 1/5 of 120 treated rows
    net, trend = double_demeaned(np.repeat([99, 6, 7, 8], counts), 9), np.arange(9) - 4
    inflation = (net @ trend) ** 2 / ((net**2).mean() * (trend @ trend))
    *others, last = inflation[np.cumsum(counts) - 1]
    bound = designs.staggered(162, 9, [3, 2, 1], as_interval(120), as_interval(ratio))["share"].lo
    mean = np.random.default_rng(5).dirichlet(np.full(3, 0.3), 1000) @ others
    needed = (mean - ratio) / (mean - last)  # part of the cohort treated last
    assert last < ratio < mean.min() and needed.min() >= bound > 0.4


def test_staggered_takes_both_ends_of_the_treated_rows():
    both = designs.staggered(20, 5, [1, 2], Interval(8, 16))
    ends = [designs.staggered(20, 5, [1, 2], as_interval(rows)) for rows in (8, 16)]
    for name, bounds in both.items():
        assert bounds.lo == min(end[name].lo for end in ends)
        assert bounds.hi == max(end[name].hi for end in ends)


def test_first_stage_by_hand():
    """If t is -3, F is 9 times a factor between a half and three; F = 16 needs an se of 3/4."""
    reads = {f: designs.first_stage(*map(as_interval, (-3.0, 1.0, f)), Interval(0.5, 3.0))
             for f in (4.0, 16.0, 26.0, 28.0)}  # fmt: skip
    assert [read.outcome for read in reads.values()] == [NO, YES, YES, NO]
    assert reads[16.0].numbers["se"].lo == pytest.approx(0.75)
    assert reads[16.0].numbers["t"].lo == pytest.approx(4.0)


def test_variance_ratio_by_hand():
    paths = {"clustered": Interval(2.0, 4.0), "robust": Interval(1.0, 1.5)}
    paths["share"] = Interval(0.0, 1.0)
    numbers = designs.variance_ratio(as_interval(24.0), as_interval(8.0), paths).numbers
    assert numbers["ratio"].lo == pytest.approx(3.0)
    assert numbers["clustered_f"].ends == pytest.approx((6.0, 12.0))


def test_scale_of_an_iv_estimate_by_hand():
    numbers = designs.iv_scale(*map(as_interval, (-0.8, -0.1, 0.4, 0.2))).numbers
    assert [numbers[name].lo for name in ("times", "means", "sds")] == pytest.approx([8, 2, 4])


def test_event_window_names_the_first_and_every_missing_or_extra_time():
    """Cohorts of 2020 and 2021 seen from 2018 to 2021 run from -3 to 1, and -1 is the base."""
    read = designs.event_window((2018, 2021), [2020, 2021], [-4, -2, 0])
    assert read.outcome == NO and read.numbers["first"].lo == -3
    assert read.arithmetic.endswith("from -3 to 1; not named: -3, 1; named, but not there: -4")


# Shares of an effect, formulas of an index, errors beside the least ones


def test_ceilings_are_bounds_and_reached():
    """Mediation by brute force: no share carried exceeds its bound; without noise one equals it."""
    rng = np.random.default_rng(2)
    d = (rng.random(300) < 0.5).astype(float)
    e = rng.normal(size=300)
    for noise in (1.0, 0.0):
        m = 0.5 * d + e
        y = 0.3 * d + 0.8 * m + noise * rng.normal(size=300)
        total, path = np.polyfit(d, y, 1)[0], np.polyfit(d, m, 1)[0]
        b = np.linalg.lstsq(np.column_stack([d, m, np.ones(300)]), y)[0][1]
        (sd_y, r2_y), (sd_m, r2_m) = (
            [as_interval(x) for x in (v.std(), np.corrcoef(d, v)[0, 1] ** 2)] for v in (y, m)
        )
        read = checks.ceilings(
            as_interval(total), (sd_y, r2_y), {"m": (as_interval(path), sd_m, r2_m)}
        )
        share = read.numbers["m"]
        assert path * b / total <= share.hi and read.numbers["joint"].hi >= share.hi
        reached = path * b / total == pytest.approx(share.lo, rel=1e-9)
        assert reached == (noise == 0)  # without noise the mediator explains every residual


def test_joint_ceiling_is_reached_by_two_uncorrelated_mediators():
    """Two orthogonal residuals make up all that is left of the outcome: √(a² + b²) is carried."""
    rng = np.random.default_rng(6)
    d = np.repeat([0.0, 1.0], 200)
    x = np.column_stack([np.ones(400), d])
    raw = rng.normal(size=(400, 2))
    residual, _ = np.linalg.qr(raw - x @ np.linalg.lstsq(x, raw)[0])  # exactly uncorrelated
    mediators = residual * 20 + np.outer(d, [0.4, 0.3])
    y = mediators @ [0.8, 0.6]
    outcome = [as_interval(v) for v in (y.std(), np.corrcoef(d, y)[0, 1] ** 2)]
    each = {
        name: tuple(as_interval(v) for v in (path, m.std(), np.corrcoef(d, m)[0, 1] ** 2))
        for name, path, m in zip("ab", (0.4, 0.3), mediators.T, strict=True)
    }
    read = checks.ceilings(as_interval(np.polyfit(d, y, 1)[0]), outcome, each)
    assert read.numbers["joint"].lo == pytest.approx(1.0)
    assert read.numbers["a"].lo == pytest.approx(0.8) and read.numbers["b"].lo == pytest.approx(0.6)


def test_ceilings_outcomes():
    spread = (printed(1.0), printed(0.5))
    for path, outcome in ((0.2, YES), (0.05, OPEN)):
        read = checks.ceilings(printed(0.1), spread, {"m": (printed(path), *spread)})
        assert read.outcome == outcome


def test_theil_terms_and_slopes_by_hand():
    """p = 1/2, ratio 3: s = 3/4, T = 3/4 ln(3/2) + 1/4 ln(1/2); at fixed shares dT/dG is ln 3."""
    urban, rural = inequality.theil_terms(0.5, 3.0)
    assert (urban, rural) == pytest.approx((0.75 * math.log(1.5), 0.25 * math.log(0.5)))
    assert urban + rural == pytest.approx(indices.theil(3.0, 1.0, 0.5, 0.5))
    defined = inequality.FORMULAS["as defined"]
    assert inequality.slope_in_gini(defined, 0.3, 3.0) == pytest.approx(math.log(3.0), rel=1e-6)


def test_formulas_by_hand():
    """Urban share 1/2, ratio 3, so 3/4 of income; per head the urban part is 3/(1 + 3), too."""
    urban, rural = 0.75 * math.log(1.5), 0.25 * math.log(0.5)
    by_hand = {"as defined": urban + rural, "urban term only": urban,
               "sum of absolute terms": urban - rural,
               "incomes per head as totals": urban + rural}  # fmt: skip
    found = {name: float(formula(0.5, 3.0)) for name, formula in inequality.FORMULAS.items()}
    assert found == pytest.approx(by_hand)
    assert inequality.FORMULAS["incomes per head as totals"](0.25, 3.0) == pytest.approx(
        0.75 * math.log(3.0) + 0.25 * math.log(1 / 3)
    )


@pytest.mark.parametrize("name", inequality.FORMULAS)
def test_ratio_for_inverts_every_formula(name):
    formula = inequality.FORMULAS[name]
    ratio = inequality.ratio_for(formula, float(formula(0.3, 4.0)), 0.3)
    assert formula(0.3, ratio) == pytest.approx(float(formula(0.3, 4.0)))
    assert math.isnan(inequality.ratio_for(inequality.FORMULAS["as defined"], 3.0, 0.9))


def test_two_indices_outcomes():
    stated, se = Interval(2.3, 2.75), printed(0.0001, 4)
    near = ([printed(-0.0120, 4), se], [printed(-0.0130, 4), se])
    far = ([printed(-0.033), se], [printed(-0.013), se])
    noisy = ([printed(-0.033), printed(0.020)], [printed(-0.013), printed(0.020)])
    for pair, outcome in ((near, YES), (far, OPEN), (noisy, YES)):
        assert inequality.two_indices(*pair, stated).outcome == outcome
    zero = [printed(0.0), se]
    for pair in ((zero, near[1]), (near[0], zero)):
        assert inequality.two_indices(*pair, stated).outcome == UNKNOWN


def test_a_ratio_beyond_all_floats_is_still_a_ratio():
    """Effects of 0.9 and 0.001 need e^1800: a very large number, not an error."""
    se = printed(0.0001, 4)
    read = inequality.two_indices([printed(0.9), se], [printed(0.001), se], Interval(2.3, 2.75))
    assert read.outcome == OPEN and math.isfinite(read.numbers["ratio"].hi)


def test_fieller_covers_and_is_the_delta_method_for_small_errors():
    found = inequality.fieller(-0.033, -0.013, (0.004, 0.004), 0.0)
    assert found.ends == pytest.approx((1.4675, 6.5112), abs=1e-4)
    small = inequality.fieller(2.0, 1.0, (1e-4, 1e-4), 0.5)
    delta = 1.96 * math.sqrt(1e-8 * (1 + 4 - 2 * 0.5 * 2))
    assert small.ends == pytest.approx((2 - delta, 2 + delta), abs=1e-7)
    assert inequality.fieller(1.0, 0.1, (0.1, 0.1), 0.0).hi == math.inf
    rng, rho = np.random.default_rng(7), 0.6
    draws = rng.multivariate_normal([2.0, 1.0], 0.04 * np.array([[1, rho], [rho, 1]]), 2000)
    held = [2.0 in inequality.fieller(a, b, (0.2, 0.2), rho) for a, b in draws]
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)  # three standard errors


def test_least_errors_outcomes():
    least, ten = Interval(0.09, 0.091), Interval(0.1995, 0.2005)
    assert checks.least_errors({"a": (ten, least)}, classical=False).outcome == YES
    read = checks.least_errors({"a": (ten, least), "b": (printed(0.1), least)}, classical=False)
    assert read.outcome == OPEN and "(b)" in read.condition and "(a)" not in read.condition
    below = {"a": (printed(0.05), least)}
    assert checks.least_errors(below, classical=True).outcome == NO
    assert checks.least_errors({"a": (ten, least)}, classical=True).outcome == YES
    assert checks.least_errors({"a": (ten, least)}, classical=True, lone=True).outcome == NO


def test_the_least_error_is_reached_without_other_regressors():
    rng = np.random.default_rng(8)
    x = rng.normal(size=200)
    y = 1 + x + rng.normal(size=200)
    fit = stats.linregress(x, y)
    sd, r2, own = (as_interval(v) for v in (y.std(ddof=1), fit.rvalue**2, x.std(ddof=1)))
    least = checks.unclustered_se(sd, r2, 200, 198, own.square() * (199 / 200))
    assert fit.stderr in least


def test_parts_r2_by_hand():
    """A pooled fit that leaves 0.2 where parts leave 0.1: twice, so F is dof over restrictions."""
    parts = [(as_interval(0.9), 50), (as_interval(0.9), 50)]
    read = designs.parts_r2(as_interval(0.8), parts, 5, 90)
    assert read.numbers["f"].lo == pytest.approx(85 / 5) and read.outcome == OPEN
    assert designs.parts_r2(as_interval(0.9), parts, 5, 90).outcome == YES
    assert read.numbers["critical"].lo == pytest.approx(stats.chi2.isf(0.01, 5) / 5)


def test_iv_error_is_the_unclustered_one_of_a_simulated_panel():
    rng = np.random.default_rng(9)
    z = rng.normal(size=4000)
    u = rng.normal(size=4000)
    d = 0.2 * z + 0.7 * u + rng.normal(size=4000)
    y = -0.5 * d + u
    z, d, y = z - z.mean(), d - d.mean(), y - y.mean()
    dof, n = 3998, 4000
    first, iv, ols = (z @ d) / (z @ z), (z @ y) / (z @ d), (d @ y) / (d @ d)
    left_d, residual = d - first * z, y - iv * d
    plain_f = first**2 * (z @ z) / (left_d @ left_d / dof)
    se = math.sqrt(residual @ residual / dof / (first**2 * (z @ z)))
    left = ((y - ols * d) ** 2).mean()
    exact = [as_interval(v) for v in (iv - ols, left, d @ d / n, plain_f, se)]
    read = designs.iv_error(*exact, n, dof)
    assert read.numbers["plain"].lo == pytest.approx(se, rel=1e-9)
    assert read.numbers["design"].hi == pytest.approx(1, rel=1e-9) and read.outcome == OPEN
    double = designs.iv_error(*exact[:4], as_interval(2 * se), n, dof)
    assert double.outcome == YES and double.numbers["design"].lo == pytest.approx(4)


def test_a_mix_of_cohorts_lies_within_the_bounds_over_all_mixes():
    treated = Interval(997, 1034)
    every = designs.staggered(1287, 9, [3, 2, 1], treated)
    known = designs.staggered(1287, 9, [3, 2, 1], treated, mix=[50, 50, 40])
    for name in ("variance", "clustered", "robust"):
        assert every[name].lo - 1e-9 <= known[name].lo <= known[name].hi <= every[name].hi + 1e-9


# Checks that need no roles


def table(**columns):
    """Cells of one table from {column: {(row, statistic): printed}}."""
    return [
        Cell("table_1", name, row, kind, text, len(text.partition(".")[2]))
        for name, column in columns.items()
        for (row, kind), text in column.items()
    ]


def fit(b="0.100", se="0.050", **more):
    return {("x", "estimate"): b, ("x", "se"): se} | {("x", k): v for k, v in more.items()}


@pytest.mark.parametrize(
    ("statistic", "told", "outcome"),
    [
        ("t", {"t": "2.00"}, YES),
        ("t", {"t": "-2.00"}, YES),  # of the other sign of an estimate: size is compared
        ("t", {"t": "2.50"}, NO),
        ("p", {"p": "0.046"}, YES),
        ("p", {"p": "0.146"}, NO),
        ("ci_low", {"ci_low": "0.002", "ci_high": "0.198"}, YES),
        ("ci_low", {"ci_low": "0.018", "ci_high": "0.182"}, YES),  # of 90 %
        ("ci_low", {"ci_low": "0.002", "ci_high": "0.298"}, NO),
    ],
)
def test_what_is_told_twice(statistic, told, outcome):
    x = checks.intervals(table(a=fit(**told)))
    read = checks.repeated_tests(x, {("table_1", "a"): 1000.0}, statistic)
    assert read.outcome == outcome


def test_nothing_told_twice_is_no_check():
    assert checks.repeated_tests(checks.intervals(table(a=fit())), {}, "t") is None


@pytest.mark.parametrize(("second", "outcome"), [("0.300", YES), ("0.200", YES), ("0.100", OPEN)])
def test_r2_of_columns_that_seem_nested(second, outcome):
    model = {("model", "n"): "100", ("model", "r2"): "0.200"}
    larger = fit() | {("z", "estimate"): "1.000"} | model | {("model", "r2"): second}
    read = checks.unroled_r2(checks.intervals(table(a=fit() | model, b=larger)))
    assert read.outcome == outcome


def test_columns_with_other_rows_are_not_nested():
    model = {("model", "n"): "100", ("model", "r2"): "0.200"}
    other = fit() | {("z", "estimate"): "1.000", ("model", "n"): "99", ("model", "r2"): "0.100"}
    assert checks.unroled_r2(checks.intervals(table(a=fit() | model, b=other))) is None


def test_one_number_under_two_names():
    read = checks.same_number_twice({"F": "28.987", "LM": "28.987", "a": "0.827", "b": "0.827"})
    assert read.outcome == OPEN and "28.987: F and LM" in read.arithmetic
    assert "0.827" not in read.arithmetic  # three digits agree easily
    assert checks.same_number_twice({"F": "28.987", "LM": "28.988"}).outcome == YES


def test_means_and_deviations_of_shares():
    good = {"a": [printed(0.4), printed(0.1)], "b": [printed(0.5), printed(0.2)]}
    assert checks.moments(good, [("a", "b")], 100).outcome == YES
    for bad in ({"a": [printed(1.2), printed(0.1)]}, {"a": [printed(0.5), printed(0.55)]}):
        assert checks.moments(bad, [], 100).outcome == NO
    over = {"a": [printed(0.6), printed(0.1)], "b": [printed(0.5), printed(0.1)]}
    assert checks.moments(over, [("a", "b")], 100).outcome == NO


def test_the_largest_deviation_of_a_share_is_that_of_a_dummy():
    rows = np.repeat([0.0, 1.0], [30, 70])
    dummy = {"a": [as_interval(rows.mean()), as_interval(rows.std(ddof=1))]}
    assert checks.moments(dummy, [], 100).outcome == YES
    assert checks.moments({"a": [dummy["a"][0], dummy["a"][1] * 1.001]}, [], 100).outcome == NO


def test_ranges_leave_r2_of_two_stage_least_squares_below_zero():
    x = checks.intervals(table(a={("model", "r2"): "-0.200"}))
    assert checks.ranges(x).outcome == NO
    assert checks.ranges(x, [("table_1", "a")]).outcome == YES
