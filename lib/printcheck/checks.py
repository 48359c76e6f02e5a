"""What printed numbers alone reveal: checks that need a paper's tables and no data.

Checks take printed numbers as rounding intervals and name no table. INCONSISTENT means: no
unrounded numbers exist that round to the printed ones under the stated assumption.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise, product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri, stdtrit

from printcheck.intervals import Interval, as_interval

Some = Sequence[Interval]
Named = Mapping[str, Interval]
Key = tuple[str, str, str, str]  # exhibit, column, row, statistic
STEEPEST = 4.541594  # ratio at which `highest_theil` over (ratio - 1) is largest
ERRORS = ("se", "sd")
POSITIVE = Interval(0.0, math.inf)
UPPER_TAILS = 1 - np.array([0.1, 0.05, 0.01]) / 2  # one, two, three stars


class Outcome(StrEnum):
    """What printed numbers can say about themselves, from best to worst."""

    CONSISTENT = "CONSISTENT"
    NOT_TESTABLE = "NOT_TESTABLE"
    CONSISTENT_ONLY_IF = "CONSISTENT_ONLY_IF"
    INCONSISTENT = "INCONSISTENT"


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes
    ----------
    outcome
        What the printed numbers allow.
    arithmetic
        The computation, in words.
    condition
        What must hold for CONSISTENT_ONLY_IF; else empty.
    numbers
        Intervals behind it, by name.
    """

    outcome: Outcome
    arithmetic: str
    condition: str
    numbers: Named


def finding(words: str, fits: bool | None, condition: str = "", **numbers: Any) -> Finding:
    """Make a finding; a misfit with a condition is CONSISTENT_ONLY_IF, `fits=None` NOT_TESTABLE."""
    misfit = Outcome.CONSISTENT_ONLY_IF if condition else Outcome.INCONSISTENT
    outcome = Outcome.NOT_TESTABLE if fits is None else Outcome.CONSISTENT if fits else misfit
    values = {name: as_interval(value) for name, value in numbers.items()}
    return Finding(outcome, words, "" if fits else condition, values)


def intervals(cells: pd.DataFrame) -> dict[Key, Interval]:
    """Give every cell its rounding interval."""
    found = {}
    for cell in cells.itertuples():
        value = Interval.from_printed(str(cell.printed), int(cell.decimals))
        if cell.statistic in ERRORS:  # a rounded zero hides a small positive number
            value = value & POSITIVE or value  # printed with a minus: impossible, but kept
        found[cell.exhibit, str(cell.column), cell.row, cell.statistic] = value
    return found


def hull(values: NDArray[np.float64]) -> Interval:
    """Give the smallest interval that holds all values."""
    return Interval(values.min(), values.max())


def inside(values: NDArray[np.float64], interval: Interval) -> NDArray[np.bool_]:
    """Tell which values lie in an interval, its ends included."""
    return (interval.lo <= values) & (values <= interval.hi)


def star_count(estimate: Interval, se: Interval, printed: int, df: float) -> Finding:
    """Compare stars with |estimate| / se, by the normal and by Student's t."""
    t = abs(estimate) / se
    fewest = int((t.lo > stdtrit(df, UPPER_TAILS)).sum())
    most = int((t.hi > ndtri(UPPER_TAILS)).sum())
    words = f"|t| is {t:.2f}, {fewest} to {most} stars, {printed} printed"
    if t.lo <= 0 and t.hi == math.inf:
        return finding("estimate and standard error print as zero", None)
    condition = f"the unrounded |t| earns {printed} stars" if fewest <= printed <= most else ""
    return finding(words, fewest == most == printed, condition, t=t)


def all_stars(x: Mapping[Key, Interval], stars: Mapping[Key, int], df: float) -> Finding:
    """Apply `star_count` to every estimate, and name the cases to look at."""
    cases: dict[Outcome, list[str]] = {outcome: [] for outcome in Outcome}
    for key, printed in stars.items():
        found = star_count(x[key], x[(*key[:3], "se")], printed, df)
        place = f"{key[0].replace('_', ' ').capitalize()} ({key[1]}) {key[2]}"
        cases[found.outcome].append(f"{place}: {found.arithmetic}")
    counts = {outcome.lower(): len(found) for outcome, found in cases.items()}
    named = [case for outcome in list(Outcome)[1:] for case in cases[outcome]]
    words = f"{counts['consistent']} of {len(stars)} fit at any rounding. {'; '.join(named)}"
    wrong, maybe = counts["inconsistent"], counts["consistent_only_if"]
    condition = "" if wrong else "each |t| named lies where its stars need it"
    return finding(words, not wrong + maybe, condition, coefficients=len(stars), **counts)


def treated_share(outcome: Some, fit: Some, rows: int, limit: int) -> Finding:
    """Solve for the share p of ones of a lone 0/1 regressor, by the means and by R².

    p = (mean - constant) / slope, and p (1 - p) is R² times the outcome's variance over slope².
    """
    (mean, sd), (slope, constant, r2) = outcome, fit
    if 0 in slope:
        return finding("the slope cannot be told from zero", None)
    by_means = (mean - constant) / slope
    spread = r2 * sd.square() / slope.square() * ((rows - 1) / rows)
    share = np.arange(1, limit + 1) / rows
    fits = inside(share, by_means) & inside(share * (1 - share), spread)
    words = f"p is {by_means:.4f} by the means; p(1 − p) is {spread:.4f} by R²; treated rows: "
    if not fits.any():
        return finding(f"{words}no common number", False)
    counts = np.flatnonzero(fits) + 1
    treated = Interval(int(counts[0]), int(counts[-1]))
    return finding(f"{words}{treated:.0f}", True, treated=treated, level=constant + slope)


def plane(mean: Interval, constant: Interval, terms: Iterable[Some], hidden: Some) -> Finding:
    """Solve for a coefficient that rounding hides: the plane passes through the means."""
    printed, hidden_mean, hidden_sd = hidden
    rest = mean - constant - sum((b * m for b, m in terms), Interval(0.0, 0.0))
    implied = rest / hidden_mean
    both, words = implied & printed, f"the plane needs {implied:.1e}"
    if both is None:
        return finding(f"{words}, printed is {printed:.4f}", False)
    known = 0 not in printed or both == printed
    words += f"; one standard deviation moves the outcome by {both * hidden_sd:.3f}"
    return finding(words, known, f"it is {both:.1e}", coefficient=both, per_sd=both * hidden_sd)


def unclustered_se(sd: Interval, r2: Interval, rows: int, dof: int, spread: Interval) -> Interval:
    """Give the standard error without clustering, from the outcome's sd and the column's R².

    se² = sd² (1 - R²) (rows - 1) / dof / (rows × spread), the textbook formula of least squares.

    Parameters
    ----------
    sd, r2
        Of the outcome, and of the column.
    rows, dof
        Rows, and rows less parameters.
    spread
        The regressor's variance net of the others; for a constant the share of zeros.

    Returns
    -------
    Interval
        The standard error.
    """
    return (sd.square() * (1 - r2) * ((rows - 1) / dof) / (spread * rows)).sqrt()


def clustering(errors: Mapping[str, tuple[Interval, Interval]]) -> Finding:
    """Compare errors said to be clustered with their unclustered values."""
    effects = {name: (printed / plain).square() for name, (printed, plain) in errors.items()}
    alike = [name for name, (printed, plain) in errors.items() if printed & plain]
    words = "; ".join(f"{name}: {a:.4f}, unclustered {b:.5f}" for name, (a, b) in errors.items())
    bounds = ", ".join(f"{effects[name].hi:.2f} ({name})" for name in alike)
    return finding(words, not alike, f"the design effect is at most {bounds}", **effects)


def percent(estimate: Interval, mean: Interval, sd: Interval, claimed: Interval) -> Finding:
    """Compare a percentage claimed for an effect with the effect over the outcome's mean."""
    of_mean, of_sd = (100 * (abs(estimate) / base) for base in (mean, sd))
    base = 100 * abs(estimate) / claimed
    words = f"{of_mean:.1f} % of the mean, {of_sd:.1f} % of a standard deviation; "
    words += f"{claimed:.1f} % would need a base of {base:.2f}"
    return finding(words, bool(of_mean & claimed), of_mean=of_mean, of_sd=of_sd, base=base)


def nested_r2(r2s: Some) -> Finding:
    """Check that R² does not fall when regressors are added on the same rows."""
    falls = any(after.hi < before.lo for before, after in pairwise(r2s))
    return finding("R² " + ", then ".join(f"{r2:.4f}" for r2 in r2s), not falls)


def difference(a: Some, b: Some, apart: bool) -> Finding:
    """Test whether two estimates differ at 5 per cent."""
    se = (a[1].square() + b[1].square()).sqrt() if apart else a[1] + b[1]
    z = abs(a[0] - b[0]) / se
    words = f"z is {z:.2f}" + ("" if apart else ", were the covariance the least favourable")
    condition = "the difference is meant as a description"
    return finding(words, bool(z.lo > ndtri(0.975)), condition, z=z)


def pooled(whole: Interval, parts: Some, likely: Interval | None = None) -> Finding:
    """Check that the whole sample's coefficient lies between those of its two parts."""
    span = hull(np.array([part.ends for part in parts]))
    words = f"{whole:.4f} in all, {span:.4f} in parts"
    condition = "pooling year effects and controls takes some part's effect out of the parts' range"
    if parts[0] & parts[1]:
        return finding(words, bool(whole & span), condition)
    corners = product(whole.ends, *(part.ends for part in parts))
    weight = hull(np.array([(all_ - b) / (a - b) for all_, a, b in corners]))
    if likely and whole & span:
        words += f"; the first has a weight of {weight:.2f}, {likely:.2f} is likely"
        condition = f"the first part carries {100 * weight:.0f} % of the weight, "
        condition += "or pooling year effects and controls moves the coefficient"
        return finding(words, bool(weight & likely), condition, weight=weight)
    return finding(words, bool(whole & span), condition, weight=weight)


def ceiling(effect: Interval, path: Interval, outcome: Some, mediator: Some) -> Finding:
    """Bound the share of an effect that a mediator can carry.

    The mediator's own coefficient is a slope between two residuals, at most the ratio of their
    standard deviations (Cauchy and Schwarz).
    """
    residuals = [sd * (1 - r2).sqrt() for sd, r2 in (outcome, mediator)]
    share = abs(path) * residuals[0] / residuals[1] / abs(effect)
    tenth = share * math.sqrt(0.1)
    words = f"at most {100 * share:.0f} %; {100 * tenth:.0f} % at a partial R² of a tenth"
    return finding(words, share.lo >= 1, "it carries a part only", share=share, tenth=tenth)


def split(rows: int, parts: Sequence[int], periods: int) -> Finding:
    """Check that parts of a balanced panel add up to it, each with whole units."""
    missing, short = rows - sum(parts), [-part % periods for part in parts]
    sizes = ", ".join(f"{n} = {n // periods} × {periods} + {n % periods}" for n in parts)
    lost = f"{missing} row{'s' * (missing != 1)}"
    condition = f"{lost} belong to no part: {missing // periods} whole units, or rows of more units"
    if any(short):
        condition = f"the split is by unit and period, and {lost} fell out"
    if sum(short) == missing and 0 in short:  # the part that is not whole would be, with them
        condition = f"{lost} got lost, or fell out as lone rows of a unit in both parts"
    words = f"{sizes}; they lack {missing} of {rows} rows"
    fits = missing == 0 and not any(short)
    return finding(words, fits, condition if missing >= 0 else "", missing=missing)


def event_window(span: tuple[int, int], cohorts: Sequence[int], printed: Iterable[int]) -> Finding:
    """Check that the event times that years and cohorts generate are named, but for the base -1."""
    exist = {year - cohort for cohort in cohorts for year in range(span[0], span[1] + 1)}
    missing, extra = sorted(exist - {*printed, -1}), sorted({*printed} - exist)
    words = f"event times run from {min(exist)} to {max(exist)}"
    for what, times in {"not named": missing, "named, but not there": extra}.items():
        words += f"; {what}: {', '.join(map(str, times))}" if times else ""
    unnamed = ", ".join(map(str, missing))
    condition = "" if extra else f"{unnamed} joined another period, or the base beside −1"
    return finding(words, not missing and not extra, condition, first=min(exist))


def agree(pairs: Mapping[str, tuple[Any, Any]]) -> Finding:
    """Check that things said twice are the same."""
    off = [f"{place}: {a} / {b}" for place, (a, b) in pairs.items() if a != b]
    words = f"{len(off)} of {len(pairs)} differ" + "".join(f"; {case}" for case in off)
    return finding(words, not off, compared=len(pairs), differ=len(off))


def theil_terms(p: Any, r: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Urban and rural term of the Theil index, equation (1), at rural income one."""
    s = p * r / (1 + p * (r - 1))
    urban, rural = np.log(s / p), np.log((1 - s) / (1 - p))
    return (s * urban, (1 - s) * rural), (urban + 1, -rural - 1)


FORMULAS = {  # how the two terms are combined
    "as printed": lambda urban, rural: urban + rural,
    "urban term only": lambda urban, rural: urban,
    "sum of absolute terms": lambda urban, rural: urban - rural,
}


def highest_theil(r: float) -> float:
    """Largest Theil index at income ratio r, over all urban shares (closed form)."""
    mean_income = r * math.log(r) / (r - 1)  # where the derivative in the share is zero
    return sum(theil_terms((mean_income - 1) / (r - 1), r)[0])


def lowest_ratio(theil: float) -> float:
    """Smallest income ratio that can give a Theil index, at any urban share."""
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


def formula_fits(mean: Interval, slope: Interval) -> dict[str, tuple[Interval, Interval]]:
    """Ratios and urban shares at which a formula has the printed level and a slope in `slope`.

    Follows the level's contour over a grid; a formula without such a point is left out.
    """
    p, r = np.linspace(0.005, 0.95, 190)[:, None], np.geomspace(1.05, 60, 200)[None, :]
    fits, terms = {}, theil_terms(p, r)[0]
    for name, combine in FORMULAS.items():
        above = combine(*terms) > (mean.lo + mean.hi) / 2
        i, j = np.nonzero(above[:, 1:] != above[:, :-1])
        share, ratio = p[i, 0], np.sqrt(r[0, j] * r[0, j + 1])
        slopes = combine(*theil_terms(share, ratio)[1])
        if (fit := inside(slopes, slope)).any():
            fits[name] = hull(ratio[fit]), hull(share[fit])
    return fits


def two_indices(theil: Interval, gini: Interval, mean: Interval, stated: Interval) -> Finding:
    """Income ratio that effects on Theil and Gini imply: at fixed shares dT/dG = ln(ratio)."""
    if 0 in theil or 0 in gini:
        return finding("an effect cannot be told from zero", None)
    slope = theil / gini
    ratio, fits = slope.map(lambda end: math.exp(min(end, 700))), formula_fits(mean, slope)
    words = f"dT/dG is {slope:.2f}, a ratio of {ratio:.1f}; stated {stated:.2f}. Level and slope: "
    words += "; ".join(f"{name}, ratio {r:.1f}, share {p:.2f}" for name, (r, p) in fits.items())
    condition = "ratios are that high, or urban shares moved, or another formula was computed"
    return finding(words, bool(ratio & stated), condition, slope=slope, ratio=ratio)


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
    condition = (
        "the Gini coefficient spreads more than the Theil index, or clustering inflates its "
    )
    condition += f"variance {design.lo:.1f} times as much or more"
    numbers = {"theil_t": t, "gini_t": u, "spread": spread, "design": design}
    return finding(words, spread.lo <= sd.hi, condition, **numbers)


def logarithms(counts: Mapping[str, Some], rows: int) -> Finding:
    """Check that logarithms of counts lack the rows whose count is zero."""
    below = {name: (-(mean / sd)).map(ndtr) for name, (_, mean, sd) in counts.items()}
    shares = ", ".join(f"{100 * share:.2f} % ({name})" for name, share in below.items())
    words = ", ".join(f"{n:.0f} of {rows} rows ({name})" for name, (n, *_) in counts.items())
    words += f"; a normal distribution has a count below one in {shares}"
    condition = "no row has a count of zero, or one was added before taking logarithms"
    return finding(words, all(n.hi < rows for n, *_ in counts.values()), condition, **below)


def iv_scale(iv: Interval, ols: Interval, mean: Interval, sd: Interval) -> Finding:
    """Size of a 2SLS estimate beside an outcome that cannot be negative."""
    times, means, sds = (abs(iv) / abs(base) for base in (ols, mean, sd))
    words = f"{times:.1f} times OLS, {means:.1f} means, {sds:.1f} standard deviations"
    condition = f"untreated, the compliers would average {abs(iv):.3f} or more"
    fits = (-iv / abs(mean)).lo < 1  # the outcome can fall by its mean at most, rise by any size
    return finding(words, fits, condition, times=times, means=means, sds=sds)


def first_stage(estimate: Interval, se: Interval, f: Interval, correction: Interval) -> Finding:
    """Check that F is t squared, with one instrument."""
    squared, t = (estimate / se).square() * correction, f.sqrt()
    words = f"t² is {squared:.1f}, F is {f:.3f}, so |t| is {t:.2f}"
    return finding(words, bool(squared & f), t=t, se=abs(estimate) / t, squared=squared)


def staggered(
    units: int, periods: int, lengths: Sequence[int], treated: Interval, ratio: Interval = POSITIVE
) -> Named:
    """Bounds over all ways to spread treated rows over cohorts, in twentieths of them."""
    steps = np.argwhere(np.indices((21,) * len(lengths)).sum(axis=0) == 20) / 20
    counts = np.vstack([steps * rows / np.array(lengths) for rows in treated.ends])
    counts = counts[counts.sum(axis=1) <= units + 1e-6]
    shares = np.column_stack([units - counts.sum(axis=1), counts]) / units
    first = periods - np.array([0, *lengths])[:, None]
    paths = (np.arange(periods) >= first).astype(float)
    paths -= paths.mean(axis=1, keepdims=True)
    net = paths - (shares @ paths)[:, None, :]
    trend = np.arange(periods) - (periods - 1) / 2
    variance = (shares * (net**2).mean(axis=2)).sum(axis=1)
    varied = variance > 1e-9  # elsewhere period effects absorb the treatment
    if not varied.any():
        return dict.fromkeys(("variance", "clustered", "robust", "share"), POSITIVE)
    shares, net, scale = shares[varied], net[varied], variance[varied] * (trend @ trend)
    inflation = (net @ trend) ** 2 / scale[:, None]
    clustered = (shares * inflation).sum(axis=1)
    robust = (shares * (net**2 @ trend**2)).sum(axis=1) / scale
    found = {"variance": variance[varied], "clustered": clustered, "robust": robust}
    # an instrument's ratio is a mean of inflations, weighted by each group's part in its variation
    lowest, second = np.sort(np.where(shares > 0, inflation, math.inf), axis=1)[:, :2].T
    apart = np.maximum(second - lowest, 1e-9)
    found["share"] = np.array([((second - end) / apart).clip(0, 1).min() for end in ratio.ends])
    return {name: hull(values) for name, values in found.items()}


def variance_ratio(plain_f: Interval, f: Interval, paths: Named) -> Finding:
    """Find which variance fits the ratio of the unclustered to the printed first-stage F."""
    ratio, clustered, robust = plain_f / f, paths["clustered"], paths["robust"]
    words = f"ratio {ratio:.3f}; {clustered:.1f} if clustered by unit, {robust:.1f} if robust only"
    other = "the variance is robust but not clustered, or " if ratio & robust else ""
    condition = f"{other}one cohort holds at least {100 * paths['share'].lo:.0f} % of the "
    condition += "instrument's variation, or the controls take up much of the treatment"
    numbers = {"ratio": ratio, "clustered_f": plain_f / clustered, **paths}
    return finding(words, bool(ratio & clustered), condition, **numbers)
