"""Checks of the exercises in chapter 4.1."""

import numpy as np
import pyfixest as pf

from paneldid.reghdfe import rows_used

CONTROLS = "pgdp+pgra+ind+serv+fiscal+edu+financial+com"


def left_of_did(panel, controls=CONTROLS):
    """What controls and fixed effects leave of `did`, and the rows of it: no singletons."""
    held = "+".join(c for c in controls.split("+") if c in panel)
    fit = pf.feols(f"did~{held}|county+year", panel, vcov="iid")
    return fit.resid(), rows_used(fit, panel)


def check_1(answer, panel, baseline):
    """The product by which the coefficient moves when `ind` is dropped."""
    left, rows = left_of_did(panel, CONTROLS.replace("+ind", ""))
    short = (left @ rows["gap"]) / (left @ left)
    assert not np.isclose(answer, short, rtol=1e-3), (
        "this is the coefficient without `ind`, not the change"
    )
    assert np.isclose(answer, short - baseline.coef()["did"], rtol=1e-3), (
        "the coefficient without `ind` is not column 3's plus this product"
    )


def check_2(answer, panel):
    """Three outcomes in standard deviations."""
    assert sorted(answer.index) == ["gap", "gini", "income_ratio"], (
        "the index should hold the three outcomes"
    )
    left, rows = left_of_did(panel)
    for name, value in answer.items():
        points = value * panel[name].std()
        assert np.isclose(
            points * (left @ left), left @ rows[name], rtol=1e-3
        ), (
            f"{name}: not the coefficient over the outcome's standard deviation"
        )


def check_3(answer, panel, baseline):
    """R² of the fixed effects alone."""
    assert 0 < answer < baseline._r2, (
        "it must be positive, and below the R² of column 3"
    )
    wide = panel.pivot(index="county", columns="year", values="gap")
    if wide.isna().any(axis=None):
        return  # what follows is exact in a balanced panel only
    level, path = wide.mean(axis=1), wide.mean() - wide.mean().mean()
    missed = wide.sub(level, axis=0) - path
    spread = panel["gap"].var() * (len(panel) - 1)
    assert np.isclose(
        1 - answer, (missed**2).sum().sum() / spread, rtol=1e-4
    ), "that is not what county and year effects explain by themselves"


def check_4(answer, panel):
    """The relative change of a regression in logarithms."""
    assert answer > -1, "a gap cannot fall by more than all of itself"
    left, rows = left_of_did(panel)
    log_points = (left @ np.log(rows["gap"])) / (left @ left)
    assert not np.isclose(answer, log_points, rtol=1e-3), (
        "these are log points: turn them into a relative change"
    )
    assert np.isclose(np.log(1 + answer), log_points, rtol=1e-3), (
        "not the relative change: is the outcome in logs, and all else as it was?"
    )
