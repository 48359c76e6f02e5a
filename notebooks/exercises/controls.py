"""Checks of the exercises in chapter 7b."""

import numpy as np
import pyfixest as pf

from paneldid.sensitivity import with_confounder


def left(panel, variable, regressors):
    """What regressors, county and year effects leave of a variable."""
    formula = f"{variable}~{'+'.join(regressors) or '1'}|county+year"
    return pf.feols(formula, panel, vcov="iid").resid()


def check_1(answer, panel, controls, largest):
    """The estimate without one control, by the formula for an omitted variable."""
    others = [c for c in controls if c != largest]
    own = left(panel, largest, ["did", *others])
    slope = own @ panel["gap"] / (own @ own)
    moving = left(panel, "did", others)
    along = moving @ panel[largest] / (moving @ moving)
    rest = left(panel, "did", controls)
    full = rest @ panel["gap"] / (rest @ rest)
    assert not np.isclose(answer, full, rtol=1e-5), (
        f"That is the estimate with all controls: leave {largest} out."
    )
    assert np.isclose(answer, full + slope * along, rtol=1e-5), (
        f"Not the estimate without {largest}: keep the other controls, "
        "and county and year effects."
    )
    print(f"Right: {answer:.4f}; with all controls it is {full:.4f}.")


def explained(panel, outcome, regressors, variable):
    """Partial R² from two sums of squares."""
    without = left(panel, outcome, regressors)
    beside = left(panel, outcome, [*regressors, variable])
    return 1 - beside @ beside / (without @ without)


def check_2(answer, panel, controls, largest):
    """Partial R² by sums of squares, and the bound of the paper's section 4.4 by hand."""
    others = [c for c in controls if c != largest]
    with_did = explained(panel, "did", others, largest)
    with_gap = explained(panel, "gap", ["did", *others], largest)
    r2_did = with_did / (1 - with_did)
    along = with_did**2 / (1 - with_did) ** 2
    strength = (1 + np.sqrt(along)) / np.sqrt(1 - along)
    r2_gap = strength**2 * with_gap / (1 - with_gap)
    moving, rest = (
        left(panel, "did", controls),
        left(panel, "gap", controls),
    )
    estimate = moving @ rest / (moving @ moving)
    alone = rest - estimate * moving
    spread = np.sqrt(alone @ alone / (moving @ moving))
    bias = spread * np.sqrt(r2_gap * r2_did / (1 - r2_did))
    right = np.sign(estimate) * (abs(estimate) - bias)
    assert np.isclose(answer, right, rtol=1e-4), (
        "Partial R² from sums of squares give another bound. Are the errors "
        "classical, and is the treatment left out where it is the outcome?"
    )
    print(f"Right: {answer:.4f} in place of {estimate:.4f}.")


def check_3(answer, estimate, se, df):
    """A confounder of that strength must bring the estimate to zero."""
    assert 0 < answer < 1, "a share, between zero and one"
    left_over = with_confounder(estimate, 2 * se, df / 4, answer, answer)
    assert abs(left_over.estimate) < 1e-6 * abs(estimate), (
        "A variable of that strength does not bring this estimate to zero: "
        "halve t, and take a quarter of the degrees of freedom."
    )
    print(f"Right: {answer:.1%}, as in the paper's own sample.")
