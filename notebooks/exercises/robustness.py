"""Checks of the exercises in chapter 4.4."""

import numpy as np

CONTROLS = "pgdp pgra ind serv fiscal edu financial com".split()


def without_means(x, panel):
    """Take county and year means out (which is exact in a balanced panel)."""
    by_county = x.groupby(panel["county"]).transform("mean")
    by_year = x.groupby(panel["year"]).transform("mean")
    return x - by_county - by_year + x.mean()


def check_1(answer):
    """Number of draws for p of 0.0001."""
    claim = 0.0001 * (1 + 1e-9)
    assert answer == int(answer), "a number of draws is whole"
    assert 1 / (1 + answer) <= claim, "with so few draws p stays above 0.0001"
    assert 1 / answer > claim, "one draw less would do as well"


def check_2(answer, panel):
    """Coefficients after winsorising at three shares."""
    assert list(answer.index) == [0.01, 0.05, 0.10], (
        "the index should be the three shares"
    )
    values = panel[["gap", *CONTROLS]]
    for share, coefficient in answer.items():
        low, high = np.quantile(values, [share, 1 - share], axis=0)
        cut = values.clip(low, high, axis=1).assign(did=panel["did"])
        cut = without_means(cut, panel)
        right = cut[["did", *CONTROLS]].to_numpy()
        by_hand = np.linalg.lstsq(right, cut["gap"].to_numpy())[0][0]
        assert np.isclose(coefficient, by_hand, rtol=1e-3), (
            f"{share}: is that share cut in each tail, of outcome and controls?"
        )


def check_3(answer, panel):
    """What the policy does to three controls, in standard deviations."""
    assert sorted(answer.index) == ["financial", "ind", "serv"], (
        "the index should hold the three controls"
    )
    moving = without_means(panel["did"], panel)
    for name, moved in answer.items():
        by_hand = (moving @ panel[name]) / (moving @ moving)
        assert np.isclose(moved * panel[name].std(), by_hand, rtol=1e-3), (
            f"{name}: not the two-way coefficient over the standard deviation"
        )
