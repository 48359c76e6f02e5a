"""Randomisation within strata against every deal written out, and its interval against a loop."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest

from paneldid.randomisation import SMALLEST, deal_within

SAME = 1e-8  # pyfixest's demeaning stops at that


@pytest.fixture
def panel():
    """Two strata of four and five units, one treated in each, and a stratum without any."""
    rng = np.random.default_rng(11)
    units = pd.DataFrame({"county": range(12), "province": [1] * 4 + [2] * 5 + [3] * 3})
    units["cohort"] = np.nan
    units.loc[units["county"] == 1, "cohort"] = 2003
    units.loc[units["county"] == 6, "cohort"] = 2004
    rows = units.merge(pd.DataFrame({"year": range(2000, 2006)}), how="cross")
    rows["did"] = (rows["year"] >= rows["cohort"]).astype(float)
    drift = 0.3 * rows["province"] * (rows["year"] - 2000)
    return rows.assign(y=drift + 0.5 * rows["did"] + rng.normal(size=len(rows)))


def every_deal(panel):
    """The coefficient under each of the 4 × 5 assignments, one regression each."""
    units = panel.drop_duplicates("county")
    places = [units.loc[units["province"] == p, "county"] for p in (1, 2)]
    found = {}
    for chosen in product(*(combinations(place, 1) for place in places)):
        start = {chosen[0][0]: 2003, chosen[1][0]: 2004}
        fake = panel["year"] >= panel["county"].map(start)
        rows = panel.assign(did=fake.astype(float), cell=panel["province"] * 10000 + panel["year"])
        fit = pf.feols("y~did|county+cell", rows, vcov="iid")
        found[chosen] = fit.coef()["did"]
    return found


def test_deals_are_all_assignments_within_strata_and_no_others(panel):
    dealt = deal_within(panel, "y", "province", seed=1, draws=1000)
    twins = np.sort(list(every_deal(panel).values()))
    found = np.unique(dealt.coefficients.round(9))
    assert len(found) == len(twins) == 20
    np.testing.assert_allclose(found, twins, atol=SAME)
    real = every_deal(panel)[(1,), (6,)]
    assert dealt.observed == pytest.approx(real, abs=SAME)


def test_an_effect_of_one_is_picked_up_whole_by_the_real_deal(panel):
    dealt = deal_within(panel, "y", "province", seed=1, draws=1000)
    real = np.isclose(dealt.coefficients, dealt.observed, atol=1e-9)
    np.testing.assert_allclose(dealt.picked_up[real], 1, atol=SAME)
    assert (dealt.picked_up[~real] < 1 - 1e-3).all()


def test_the_interval_is_where_the_test_of_the_outcome_less_the_effect_does_not_reject(panel):
    level = 0.8  # with twenty deals no test rejects at 5 %
    dealt = deal_within(panel, "y", "province", seed=3, draws=400)
    low, high = dealt.interval(level)
    step = 2 * 8 * dealt.coefficients.std() / 4000
    for effect, kept in (
        (low + step / 4, True), (low - 2 * step, False), (high - step / 4, True),
        (high + 2 * step, False), (dealt.observed, True),
    ):  # fmt: skip
        without = panel.assign(y=panel["y"] - effect * panel["did"])
        test = deal_within(without, "y", "province", seed=3, draws=400).test
        assert (test.p > 1 - level) == kept, effect
    assert SMALLEST < 1
