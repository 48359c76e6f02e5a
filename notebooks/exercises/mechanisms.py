"""Checks of the exercises in chapter 4.5."""

import numpy as np
import pyfixest as pf

CONTROLS = "pgdp+pgra+ind+serv+fiscal+edu+financial+com"
MECHANISMS = ["atl", "chain_aux", "chain_process", "brand"]


def from_rest(panel, x, others, outcome):
    """Coefficient of x beside others: what they leave of x gives it alone."""
    rest = pf.feols(f"{x}~{others}|county+year", panel, vcov="iid").resid()
    return (rest @ panel[outcome]) / (rest @ rest)


def check_1(answer, panel, total):
    """Direct and indirect effect without controls."""
    assert len(answer) == 2, "two numbers: direct, then by way of mechanisms"
    assert not np.isclose(sum(answer), total, rtol=1e-4), (
        "they add up to the total with controls: leave the controls out everywhere"
    )
    moving = pf.feols("did~1|county+year", panel, vcov="iid").resid()
    alone = (moving @ panel["gap"]) / (moving @ moving)
    assert np.isclose(sum(answer), alone, rtol=1e-4), (
        "they do not add up to the effect without controls and mechanisms"
    )
    direct = from_rest(panel, "did", "+".join(MECHANISMS), "gap")
    assert np.isclose(answer[0], direct, rtol=1e-3), (
        "the sum is right, but the direct part is not"
    )


def check_2(answer, panel, total):
    """Share that the income ratio takes as a fifth mechanism."""
    a = from_rest(panel, "did", CONTROLS, "income_ratio")
    others = f"did+{'+'.join(MECHANISMS)}+{CONTROLS}"
    through = a * from_rest(panel, "income_ratio", others, "gap")
    assert not np.isclose(answer * total, 100 * through, rtol=1e-3), (
        "give a share, not a percentage"
    )
    assert np.isclose(answer * total, through, rtol=1e-3), (
        "not a × b over the total: b belongs to the regression with all five"
    )


def check_3(answer, fits, long):
    """T-values of the four products."""
    assert sorted(answer.index) == sorted(MECHANISMS), (
        "one t-value for each of the four mechanisms"
    )
    for m, t in answer.items():
        t_a, t_b = fits[m].tstat()["did"], long.tstat()[m]
        assert t * t_a * t_b > 0, f"{m}: the sign should be that of a × b"
        assert abs(t) < min(abs(t_a), abs(t_b)), (
            f"{m}: a chain cannot be stronger than its weaker link"
        )
        assert np.isclose(t**-2, t_a**-2 + t_b**-2, rtol=1e-3), (
            f"{m}: mind which coefficient goes with which standard error"
        )
