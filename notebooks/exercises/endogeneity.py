"""Checks of the exercises in chapter 4.3."""

import numpy as np
import pyfixest as pf

CONTROLS = "pgdp+pgra+ind+serv+fiscal+edu+financial+com"


def check_1(answer, panel, first, second):
    """First stage and 2SLS with ruggedness in another unit."""
    old_stage = first.coef()["ruggedness_trend"]
    assert len(answer) == 2, "two numbers: first stage, then 2SLS"
    mean = panel["ruggedness"].mean()
    assert np.isclose(answer[0] * mean / 10, old_stage * mean, rtol=1e-4), (
        "first stage: a county of average ruggedness should be predicted as before"
    )
    assert np.isclose(answer[1], second.coef()["did"], rtol=1e-4), (
        "2SLS: should the effect of clusters depend on how mountains are measured?"
    )


def check_2(answer, panel, reduced):
    """The reduced form of counties that never join a cluster."""
    assert not np.isclose(answer, reduced.coef()["ruggedness_trend"]), (
        "this is the reduced form of all counties: leave out those that join"
    )
    outside = panel[panel.groupby("county")["did"].transform("max") == 0]
    formula = f"ruggedness_trend~{CONTROLS}|county+year"
    steeper = pf.feols(formula, outside, vcov="iid").resid()
    assert np.isclose(
        answer * (steeper @ steeper), steeper @ outside["gap"], rtol=1e-3
    ), "not the reduced form of the counties without a cluster"


def check_3(answer, panel, first, second):
    """Bias by a programme that runs along ruggedness."""
    freed = panel.assign(gap=panel["gap"] + 0.002 * panel["ruggedness_trend"])
    formula = f"gap~ruggedness_trend+{CONTROLS}|county+year"
    numerator, denominator = (
        fit.coef()["ruggedness_trend"]
        for fit in (pf.feols(formula, freed, vcov="iid"), first)
    )
    truth, estimate = numerator / denominator, second.coef()["did"]
    assert not np.isclose(estimate + answer, truth, rtol=1e-3), (
        "the size is right, the sign is not: estimate less truth"
    )
    assert np.isclose(estimate - answer, truth, rtol=1e-3), (
        "take the programme out of the gap, and 2SLS should move by your answer"
    )
