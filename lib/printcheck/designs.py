"""Checks that need a design: samples and their parts, adoption in cohorts, instruments."""

import math
from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np
from scipy.special import chdtri

from printcheck.checks import POSITIVE, Finding, Named, Some, finding, hull
from printcheck.intervals import Interval


def pooled(whole: Interval, parts: Some) -> Finding:
    """Check that the whole sample's coefficient lies between those of its two parts."""
    span = hull(np.array([part.ends for part in parts]))
    words = f"{whole:.4f} in all, {span:.4f} in parts"
    condition = "pooling year effects and controls takes some part's effect out of the parts' range"
    if parts[0] & parts[1]:
        return finding(words, bool(whole & span), condition)
    corners = product(whole.ends, *(part.ends for part in parts))
    weight = hull(np.array([(all_ - b) / (a - b) for all_, a, b in corners]))
    return finding(words, bool(whole & span), condition, weight=weight)


def parts_r2(whole: Interval, parts: Sequence[tuple[Interval, int]], restrictions: int,
             dof: int) -> Finding:  # fmt: skip
    """Compare what a pooled fit leaves unexplained with what separate fits of its parts leave.

    F of the restrictions that pooling imposes (common year effects and slopes), if the parts hold
    of the outcome's squares what they hold of the rows (`f`), and at the least (`least`).
    """
    rows = sum(n for _, n in parts)
    apart = sum((1 - r2) * (n / rows) for r2, n in parts)
    most = max((1 - r2).hi for r2, _ in parts)
    scale = (dof - restrictions) / restrictions
    f, least = (((1 - whole) / base - 1) * scale for base in (apart, Interval(most, most)))
    critical = float(chdtri(restrictions, 0.01)) / restrictions
    words = f"pooling leaves {(1 - whole) / apart:.3f} times the squares, F({restrictions}) {f:.0f}"
    condition = "the parts differ in year effects or slopes, which the whole forces to be alike"
    return finding(words, f.lo <= critical, condition, f=f, least=least, critical=critical)


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
    words, unnamed = f"event times run from {min(exist)} to {max(exist)}", str(missing)[1:-1]
    words += f"; not named: {unnamed}" if missing else ""
    words += f"; named, but not there: {str(extra)[1:-1]}" if extra else ""
    condition = "" if extra else f"{unnamed} joined another period, or the base beside −1"
    return finding(words, not missing and not extra, condition, first=min(exist))


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
    units: int, periods: int, lengths: Sequence[int], treated: Interval,
    ratio: Interval = POSITIVE, mix: Sequence[float] | None = None,
) -> Named:  # fmt: skip
    """Bounds over all ways to spread treated rows over cohorts, in twentieths of them.

    Parameters
    ----------
    units, periods, lengths
        Of a balanced panel, and the treated periods of each cohort.
    treated
        Treated rows in all.
    ratio
        A clustered variance of the first stage, over unclustered.
    mix
        Units of each cohort, if their proportions are known.

    Returns
    -------
    dict
        `variance`, the treatment's net of unit and period effects; for an instrument 'constant ×
        trend' unrelated to timing, the first stage's variance `clustered` or `robust`, over
        unclustered; `share`, the least part of the instrument's variation that one cohort (or the
        never treated) must hold for `clustered` to be `ratio`.
    """
    steps = np.argwhere(np.indices((21,) * len(lengths)).sum(axis=0) == 20) / 20
    if mix:
        steps = np.array([mix]) * np.array(lengths) / np.dot(mix, lengths)
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


def iv_error(
    difference: Interval, left: Interval, variance: Interval, plain_f: Interval, se: Interval,
    rows: int, dof: int,
) -> Finding:  # fmt: skip
    """Design effect of a printed 2SLS error with one instrument, over the unclustered one.

    σ² = sd² (1 − R²) + (2SLS − OLS)² V, V the treatment's variance net of everything; and
    π² z'z = F N V / (dof + F). Controls that absorb treatment make V and the design effect smaller.
    `difference` is 2SLS less OLS, `left` sd² (1 − R²), `variance` V, `plain_f` the unclustered
    first-stage F, `se` the printed 2SLS error; `dof` are rows less parameters.
    """
    ends = [(left + difference.square() * v) * (rows / dof) * (plain_f + dof) / (plain_f * rows * v)
            for v in variance.ends]  # fmt: skip
    plain = hull(np.array([end.ends for end in ends])).sqrt()
    design = (se / plain).square()
    words = f"unclustered {plain:.4f}, printed {se:.4f}, design effect {design:.2f}"
    condition = f"clustering multiplies the variance of 2SLS by {design:.2f} only"
    return finding(words, design.lo > 2, condition, design=design, plain=plain)
