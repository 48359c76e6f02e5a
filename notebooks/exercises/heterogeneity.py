"""Checks of the exercises in chapter 4.6."""

import numpy as np
import pyfixest as pf

CONTROLS = "pgdp+pgra+ind+serv+fiscal+edu+financial+com"


def check_1(answer, panel, fits):
    """The high-value sample without counties that never join."""
    wanted = panel[panel["cluster_type"] == "high_value"]
    wanted = wanted[wanted.groupby("county")["year"].transform("size") > 1]
    rest = pf.feols(f"did~{CONTROLS}|county+year", wanted, vcov="iid").resid()
    column_1 = fits["(1) High-value"].coef()["did"]
    assert not np.isclose(answer, column_1, rtol=1e-3), (
        "this is column 1: the never-treated counties are still in"
    )
    assert np.isclose(
        answer * (rest @ rest), rest @ wanted["gap"], rtol=1e-3
    ), "not the baseline formula on the counties of high-value clusters alone"


def check_2(answer, panel):
    """Sizes of the two samples of a split by county."""
    years = panel["year"].nunique()
    assert sum(answer) == len(panel), (
        "the two samples should make up the panel"
    )
    assert all(n % years == 0 for n in answer), (
        "a county is still on both sides: the split must be by county"
    )
    by_year = panel.pivot(index="county", columns="year", values="loans")
    middle = np.median(by_year, axis=1)
    above = int((middle > np.median(middle)).sum())
    assert answer[0] == above * years, (
        "above the median of the counties' medians"
    )


def check_3(answer, panel):
    """Whether the policy enlarges loans."""
    wide = panel.pivot(index="county", columns="year")
    moving = wide["did"].sub(wide["did"].mean(axis=1), axis=0)
    moving = moving - moving.mean()  # exact in a balanced panel
    loans = np.log(wide["loans"])
    by_hand = (moving * loans).sum().sum() / (moving**2).sum().sum()
    assert np.isclose(answer, by_hand, rtol=1e-3), (
        "not the two-way coefficient: log of loans, both effects, no controls"
    )


def check_4(answer, differences):
    """Holm's adjusted p-values: a split is rejected if every group with it is."""
    p = {name: fit.pvalue()["did_side"] for name, fit in differences.items()}
    assert sorted(answer.index) == sorted(p), "one value for each split"
    three = list(p)
    groups = [
        [n for i, n in enumerate(three) if bits >> i & 1]
        for bits in range(1, 8)
    ]
    for name in three:
        worst = max(
            len(g) * min(p[n] for n in g) for g in groups if name in g
        )
        assert np.isclose(answer[name], min(worst, 1), rtol=1e-6, atol=0), (
            f"{name}: is each p-value multiplied by its rank's number, and in order?"
        )
