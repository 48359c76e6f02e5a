"""Checks of the exercises about the synthetic panel; each says what is wrong."""

import numpy as np
import pyfixest as pf


def levels_and_slopes(panel, baseline, controls):
    """Mean and spread of the gap, then slopes and constants of Table 2."""
    found = [panel["gap"].mean(), panel["gap"].std()]
    for names in (["did"], ["did", *controls]):
        design = panel[names].assign(constant=1.0)
        found.extend(np.linalg.lstsq(design, panel["gap"])[0])
    within = pf.feols(baseline, panel, vcov="iid").coef()
    means = panel[["gap", *within.index]].mean()
    found.append(means["gap"] - means[within.index] @ within)
    return np.array([*found, *within])


def check_1(answer, panel, baseline, controls):
    raised = levels_and_slopes(
        panel.assign(gap=panel["gap"] + 0.01), baseline, controls
    )
    moved = abs(raised - levels_and_slopes(panel, baseline, controls)) > 1e-6
    assert answer == moved.sum(), (
        "Regressions with the raised gap say otherwise. Slopes and spreads do "
        "not move; what does?"
    )
    print(f"Right: {answer}.")


def check_2(answer, panel, baseline, controls):
    was, becomes = (
        pf.feols(baseline, panel.assign(gap=values), vcov="iid").coef()["did"]
        for values in (panel["gap"], answer)
    )
    assert abs(becomes + 0.05) < 1e-6, (
        f"With your gap the coefficient is {becomes:.4f}."
    )
    shift = answer - panel["gap"]
    idle = panel[[*controls]].corrwith(shift).abs().max()
    spent = shift @ shift - (becomes - was) * (shift @ panel["did"])
    assert idle < 1e-4 and abs(spent) < 1e-4, (
        "A smaller change would do: a part of yours does not move the "
        "coefficient, because controls or fixed effects take it up."
    )
    print(f"Right: a county-year changes by at most {shift.abs().max():.3f}.")


def check_3(answer, panel, baseline):
    trial = panel.assign(
        shift=answer - panel["gap"], lead=panel["event_time"].eq(-1) * 1.0
    )
    seen, path = (
        pf.feols(f"shift~{lead}{baseline[4:]}", trial, vcov="iid").coef()
        for lead in ("", "lead+")
    )
    assert abs(seen).max() < 1e-6, (
        "The baseline regression has noticed: a coefficient has moved."
    )
    step = path["lead"]
    assert abs(step + 0.02) < 1e-6, (
        f"Beside `did`, the year before the start has moved by {step:+.4f}."
    )
    print(
        f"Right: the year before falls by {-step:.2f}, the baseline by nothing."
    )
