"""Checks of two-group Theil and Gini indices: which incomes can have printed such numbers."""

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from printcheck.checks import Finding, Some, finding, hull
from printcheck.intervals import Interval

STEEPEST = 4.541594  # ratio at which `highest_theil` over (ratio - 1) is largest


def theil_terms(p: Any, r: Any) -> tuple[Any, Any]:
    """Urban and rural term of the Theil index at urban share of people p and income ratio r."""
    return _terms(p, p * r / (1 + p * (r - 1)))


def _terms(p: Any, s: Any) -> tuple[Any, Any]:
    """Both terms at urban shares of people p and of incomes s."""
    return s * np.log(s / p), (1 - s) * np.log((1 - s) / (1 - p))


FORMULAS: dict[str, Callable[[Any, Any], Any]] = {  # of the urban share and the income ratio
    "as defined": lambda p, r: sum(theil_terms(p, r)),
    "urban term only": lambda p, r: theil_terms(p, r)[0],
    "sum of absolute terms": lambda p, r: theil_terms(p, r)[0] - theil_terms(p, r)[1],
    "incomes per head as totals": lambda p, r: sum(_terms(p, r / (1 + r))),
}
"""The index, and slips that are easily made in computing it."""


def slope_in_gini(formula: Callable[[Any, Any], Any], p: Any, r: Any) -> Any:
    """Change of a formula over that of the Gini coefficient s − p, as r moves at fixed p."""
    step = 1e-5 * r
    gini = p * (1 - p) / (1 + p * (r - 1)) ** 2
    return (formula(p, r + step) - formula(p, r - step)) / (2 * step) / gini


def highest_theil(r: float) -> float:
    """Largest Theil index at income ratio r, over all urban shares (closed form)."""
    mean_income = r * math.log(r) / (r - 1)  # where the derivative in the share is zero
    return sum(theil_terms((mean_income - 1) / (r - 1), r))


def lowest_ratio(theil: float) -> float:
    """Smallest income ratio that can give a Theil index, at any urban share."""
    from scipy.optimize import brentq  # loaded here: it takes longer than all other imports

    return brentq(lambda r: highest_theil(r) - theil, 1 + 1e-6, 1e9)


def theil_level(mean: Interval, stated: Interval) -> Finding:
    """Which income ratios a mean Theil index needs, beside the ratios stated elsewhere."""
    if mean.lo <= 0:
        return finding("the mean cannot be told from zero", None)
    lowest = mean.map(lowest_ratio)
    average = lowest.lo
    if average < STEEPEST:  # a mean stays below the chord from (1, 0) that touches the curve there
        average = 1 + mean.lo / highest_theil(STEEPEST) * (STEEPEST - 1)
    words = f"{mean:.3f} needs a ratio of {lowest:.2f} at any urban share; stated {stated:.2f}"
    condition = f"the rows' ratio averages {average:.2f} or more"
    return finding(words, lowest.lo <= stated.hi, condition, lowest=lowest, average=average)


def ratio_for(formula: Callable[[Any, Any], Any], level: float, p: float) -> float:
    """Income ratio above one at which a formula has this level at urban share p; NaN if none."""
    from scipy.optimize import brentq

    highest = 1e4
    if not formula(p, 1 + 1e-9) < level < formula(p, highest):
        return math.nan
    return brentq(lambda r: float(formula(p, r)) - level, 1 + 1e-9, highest)


def fieller(a: float, b: float, errors: tuple[float, float], correlation: float) -> Interval:
    """Values of a / b that 95 % confidence leaves (Fieller 1954); unbounded if b may be 0."""
    z2 = 1.959963984540054**2
    va, vb, cov = errors[0] ** 2, errors[1] ** 2, correlation * errors[0] * errors[1]
    bb, ab, aa = b * b - z2 * vb, a * b - z2 * cov, a * a - z2 * va
    if bb <= 0:
        return Interval(-math.inf, math.inf)
    root = math.sqrt(max(ab * ab - aa * bb, 0.0))
    return Interval((ab - root) / bb, (ab + root) / bb)


def two_indices(theil: Some, gini: Some, stated: Interval) -> Finding:
    """Income ratio that effects on Theil and Gini imply: at fixed shares dT/dG = ln(ratio).

    `theil` and `gini` are (estimate, se). `ratio` follows from rounding alone, `sampled` from
    sampling errors beside it, whatever the correlation of the two estimates from 0 to 0.9.
    """
    if 0 in theil[0] or 0 in gini[0]:
        return finding("an effect cannot be told from zero", None)
    slope = theil[0] / gini[0]
    cases = product(theil[0].ends, gini[0].ends, theil[1].ends, gini[1].ends, (0.0, 0.9))
    sets = [fieller(a, b, (se_a, se_b), rho).ends for a, b, se_a, se_b, rho in cases]
    sampled = hull(np.array(sets))
    ratio, wide = (part.map(lambda end: math.exp(min(end, 700.0))) for part in (slope, sampled))
    words = f"dT/dG is {slope:.2f}, a ratio of {ratio:.1f}, {wide:.1f} with sampling errors; "
    words += f"stated {stated:.2f}"
    condition = "ratios are that high, or urban shares differ with the policy or by chance, "
    condition += "or another formula was computed"
    return finding(words, bool(wide & stated), condition, slope=slope, ratio=ratio, sampled=wide)


def two_errors(theil: Some, gini: Some, sd: Interval) -> Finding:
    """Spread of the Gini coefficient that its error implies, if clustering acts on both alike.

    Rows and regressors are the same, so that se² over sd² (1 - R²) differs between the two indices
    only by the design effects. At fixed shares the Theil index spreads more where ratios exceed e.
    """
    t, u = (abs(estimate) / se for estimate, se, _ in (theil, gini))
    spread = sd * gini[1] / theil[1] * ((1 - theil[2]).sqrt() / (1 - gini[2]).sqrt())
    words = f"|t| is {t:.1f} on Theil, {u:.1f} on Gini; under one design effect Gini's standard "
    words += f"deviation is {spread:.2f}, Theil's {sd:.3f}"
    design = (spread / sd).square()
    condition = "the Gini coefficient spreads more than the Theil index, or clustering inflates "
    condition += f"its variance {design.lo:.1f} times as much or more"
    numbers = {"theil_t": t, "gini_t": u, "spread": spread, "design": design}
    return finding(words, spread.lo <= sd.hi, condition, **numbers)
