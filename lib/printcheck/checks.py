"""Checks of printed regression tables that need no data, and what they are made of.

Checks take printed numbers as rounding intervals and name no table. INCONSISTENT means: no
unrounded numbers exist that round to the printed ones under the stated assumption.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from printcheck.intervals import Interval, as_interval

Some = Sequence[Interval]
Named = Mapping[str, Interval]
Errors = Mapping[str, tuple[Interval, Interval]]  # printed, and unclustered
Key = tuple[str, str, str, str]  # exhibit, column, row, statistic
Levels = tuple[float, ...]  # p-values below which an estimate has one star, two stars, ...
ERRORS = ("se", "sd")
POSITIVE = Interval(0.0, math.inf)
UNIT = Interval(0.0, 1.0)
BOUNDS = {"n": Interval(1, math.inf), "r2": UNIT, "r2_adj": Interval(-math.inf, 1.0), "p": UNIT,
          "f": POSITIVE, "se": POSITIVE, "sd": POSITIVE}  # fmt: skip
CONVENTIONS: tuple[Levels, ...] = ((0.1, 0.05, 0.01), (0.05, 0.01, 0.001))
FEWEST_DF = 10  # of a t ratio, where the table's reader does not declare the clusters
SMALL_DESIGN = 1.5  # a design effect of grouped data below this is worth a question


class Outcome(StrEnum):
    """What printed numbers can say about themselves, from best to worst."""

    CONSISTENT = "CONSISTENT"
    NOT_TESTABLE = "NOT_TESTABLE"
    CONSISTENT_ONLY_IF = "CONSISTENT_ONLY_IF"
    INCONSISTENT = "INCONSISTENT"


@dataclass(frozen=True)
class Finding:
    """What one check found: the outcome that the printed numbers allow, the computation in words.

    `condition` is what must hold for CONSISTENT_ONLY_IF, else empty; `numbers` are the intervals
    behind it, by name.
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


def intervals(cells: Iterable[Any]) -> dict[Key, Interval]:
    """Give every cell its rounding interval, by address."""
    found = {}
    for cell in cells:
        value = Interval.from_printed(str(cell.printed), int(cell.decimals))
        if cell.statistic in ERRORS:  # a rounded zero hides a small positive number
            value = value & POSITIVE or value  # printed with a minus: impossible, but kept
        found[cell.exhibit, str(cell.column), cell.row, cell.statistic] = value
    return found


def hull(values: NDArray[np.float64]) -> Interval:
    """Give the smallest interval that holds all values."""
    return Interval(values.min(), values.max())


def hull_of(printed: Iterable[str]) -> Interval:
    """From the least to the greatest that printed numbers can have been."""
    ends = [Interval.from_printed(text, len(text.partition(".")[2])).ends for text in printed]
    return hull(np.array(ends))


def inside(values: NDArray[np.float64], interval: Interval) -> NDArray[np.bool_]:
    """Tell which values lie in an interval, its ends included."""
    return (interval.lo <= values) & (values <= interval.hi)


def star_count(
    estimate: Interval, se: Interval, printed: int, df: float, levels: Levels = CONVENTIONS[0]
) -> Finding:
    """Compare stars with |estimate| / se, by the normal and by Student's t."""
    t, tails = abs(estimate) / se, 1 - np.array(levels) / 2
    fewest = int((t.lo > stdtrit(df, tails)).sum())
    most = int((t.hi > ndtri(tails)).sum())
    words = f"|t| is {t:.2f}, {fewest} to {most} stars, {printed} printed"
    if t.lo <= 0 and t.hi == math.inf:
        return finding("estimate and standard error print as zero", None)
    condition = f"the unrounded |t| earns {printed} stars" if fewest <= printed <= most else ""
    return finding(words, fewest == most == printed, condition, t=t)


def all_stars(
    x: Mapping[Key, Interval], stars: Mapping[Key, int],
    df: Mapping[tuple[str, str], float] | float, levels: Levels = CONVENTIONS[0],
) -> Finding:  # fmt: skip
    """Apply `star_count` to every estimate, and name the cases to look at."""
    cases: dict[Outcome, list[str]] = {outcome: [] for outcome in Outcome}
    for key, printed in stars.items():
        free = df if isinstance(df, int | float) else df[key[:2]]
        error, t, p = (x.get((*key[:3], name)) for name in ("se", "t", "p"))
        if not error and not t and p:  # a p-value needs no degrees of freedom
            t, free = -(p & UNIT or UNIT).map(lambda end: float(ndtri(end / 2))), math.inf
        ratio = (x[key], error) if error else (t or POSITIVE, Interval(1.0, 1.0))
        found = star_count(*ratio, printed, free, levels)
        cases[found.outcome].append(f"{place(key)}: {found.arithmetic}")
    counts = {outcome.lower(): len(found) for outcome, found in cases.items()}
    fit, *others = cases.values()
    words = f"{len(fit)} of {len(stars)} fit at any rounding. {'; '.join(chain(*others))}"
    wrong, maybe = cases[Outcome.INCONSISTENT], cases[Outcome.CONSISTENT_ONLY_IF]
    condition = "" if wrong else "each |t| named lies where its stars need it"
    return finding(words, not wrong + maybe, condition, coefficients=len(stars), **counts)


def place(key: Sequence[str]) -> str:
    """Name an address as a reader would: "Table 2 (1) did"."""
    exhibit, column, *row = key
    words = [exhibit.replace("_", " ").capitalize(), f"({column})", *row[:1]]
    return " ".join(word for word in words if word not in ("(main)", "model"))


def ranges(x: Mapping[Key, Interval], negative_r2: Iterable[tuple[str, str]] = ()) -> Finding:
    """Check that every number lies where its statistic can; R² of 2SLS may be negative."""
    free = set(negative_r2)
    bounded = [key for key in x if key[3] in BOUNDS and not (key[3] == "r2" and key[:2] in free)]
    outside = [" ".join(key) for key in bounded if not x[key] & BOUNDS[key[3]]]
    words = f"{len(bounded)} bounded, outside: {', '.join(outside) if outside else 'none'}"
    return finding(words, not outside)


def repeated_tests(
    x: Mapping[Key, Interval], df: Mapping[tuple[str, str], float], statistic: str
) -> Finding | None:
    """Compare every printed t ratio, p-value or confidence interval with estimate and error."""
    cases = [key[:3] for key in x if key[3] == statistic and (*key[:3], "estimate") in x]
    cases = [key for key in cases if statistic != "p" or (*key, "se") in x]
    below = [{k[:2] for k in x if k[3] == s and x[k].hi < 0} for s in ("estimate", "t")]
    off, signed = [], below[0] & below[1]  # no |t|, and no e to the estimate
    for key in cases:
        b, se = x[(*key, "estimate")], x.get((*key, "se"), POSITIVE)
        size, free = abs(b / se), df.get(key[:2], FEWEST_DF)
        if statistic == "t":
            t, ratio = (v if key[:2] in signed else abs(v) for v in (x[(*key, "t")], b / se))
            fits = bool(t & ratio)
        elif statistic == "p":
            ends = 2 * ndtr(-size.hi), 2 * stdtr(free, -size.lo)
            fits = bool(x[(*key, "p")] & Interval(min(ends), max(ends)))
        else:  # estimate ± c × error at 90, 95 or 99 per cent
            widths = (b - x[(*key, "ci_low")]) / se, (x[(*key, "ci_high")] - b) / se
            critical = [Interval(ndtri(p), stdtrit(free, p)) for p in (0.95, 0.975, 0.995)]
            fits = any(widths[0] & c and widths[1] & c for c in critical)
        known = f"|t| is {size:.2f}" if (*key, "se") in x else f"the estimate is {b:.4f}"
        off += [] if fits else [f"{place(key)}: {known}"]
    words = "; ".join([f"{len(cases)} compared, {len(off)} differ", *off])
    return finding(words, not off, compared=len(cases), differ=len(off)) if cases else None


def nested_r2(
    pairs: Sequence[tuple[str, Interval, str, Interval]], condition: str = ""
) -> Finding | None:
    """Check that R² does not fall from columns to those with more regressors."""
    falls = [f"{a} {low:.3f}, {b} {high:.3f}" for a, low, b, high in pairs if high.hi < low.lo]
    words = f"{len(pairs)} pairs of nested columns; R² falls in {'; '.join(falls) or 'none'}"
    return finding(words, not falls, condition) if pairs else None


def unroled_r2(x: Mapping[Key, Interval]) -> Finding | None:
    """Check R² of columns of one table and one N whose rows hold those of another column."""
    n, r2 = ({k[:2]: v for k, v in x.items() if k[2:] == ("model", s)} for s in ("n", "r2"))
    rows: dict[tuple[str, str], set[str]] = {}
    for *column, row, statistic in x:
        if statistic == "estimate" and (key := (column[0], column[1])) in n.keys() & r2.keys():
            rows.setdefault(key, set()).add(row)
    pairs = [(place(a), r2[a], place(b), r2[b]) for a, b in permutations(rows, 2)
             if a[0] == b[0] and n[a] == n[b] and rows[a] < rows[b]]  # fmt: skip
    other = "the columns named have other outcomes, estimators, weights or fixed effects"
    return nested_r2(pairs, other)


def same_number_twice(numbers: Mapping[str, str]) -> Finding:
    """Look for numbers of four or more digits that bear two names, by place to printed string."""
    seen: dict[str, list[str]] = {}
    for where, printed in numbers.items():
        if len(printed.strip("-0.").replace(".", "")) >= 4:
            seen.setdefault(printed, []).append(where)
    twice = [f"{printed}: {' and '.join(names)}" for printed, names in seen.items() if names[1:]]
    condition = "one is in the other's place, or both agree by chance"
    words = f"{len(seen)} numbers of four or more digits; twice: " + ("; ".join(twice) or "none")
    return finding(words, not twice, condition, twice=len(twice))


def moments(variables: Mapping[str, Some], sums: Iterable[Sequence[str]], rows: int) -> Finding:
    """Check means and deviations of shares: within [0, 1], sd² ≤ m (1 − m), parts at most one."""
    off = []
    for name, (mean, sd) in variables.items():
        inside_unit = mean & UNIT
        most = (inside_unit * (1 - inside_unit) * (rows / (rows - 1))).sqrt() if inside_unit else 0
        if not inside_unit or sd.lo > as_interval(most).hi:
            off.append(name)
    for parts in sums:
        if as_interval(sum(variables[part][0] for part in parts)).lo > 1:
            off.append(" + ".join(parts))
    words = f"{len(variables)} shares, impossible: {', '.join(off) or 'none'}"
    return finding(words, not off)


def treated_share(outcome: Some, fit: Some, rows: int, limit: int, condition: str = "") -> Finding:
    """Solve for the share p of ones of a lone 0/1 regressor, by the means and by R².

    p = (mean - constant) / slope, and p (1 - p) is R² times the outcome's variance over slope².
    The condition saves a misfit, if the regressor is not known to be one of zeros and ones.
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
        return finding(f"{words}no common number", False, condition)
    counts = np.flatnonzero(fits) + 1
    treated = Interval(int(counts[0]), int(counts[-1]))
    return finding(f"{words}{treated:.0f}", True, treated=treated, level=constant + slope)


def plane(
    mean: Interval, constant: Interval, terms: Iterable[Some], hidden: Some, name: str = "it"
) -> Finding:
    """Solve for a coefficient that rounding hides: the plane passes through the means."""
    printed, hidden_mean, hidden_sd = hidden
    rest = mean - constant - sum(b * m for b, m in terms)
    implied = rest / hidden_mean
    both = implied & printed
    words = f"the plane through the other numbers needs {name} to be {implied:.3g}"
    if both is None:
        return finding(f"{words}, printed is {printed:.4f}", False)
    known = 0 not in printed or both == printed
    words += f"; one standard deviation moves the outcome by {both * hidden_sd:.3f}"
    return finding(words, known, f"it is {both:.1e}", coefficient=both, per_sd=both * hidden_sd)


def unclustered_se(sd: Interval, r2: Interval, rows: int, dof: int, spread: Interval) -> Interval:
    """Give the standard error without clustering, from the outcome's sd and the column's R².

    se² = sd² (1 - R²) (rows - 1) / dof / (rows × spread); spread is the regressor's variance net of
    the others, for a constant the share of zeros.
    """
    return (sd.square() * (1 - r2) * ((rows - 1) / dof) / (spread * rows)).sqrt()


def clustering(errors: Errors) -> Finding:
    """Compare errors said to be clustered with their unclustered values."""
    effects = {name: (printed / plain).square() for name, (printed, plain) in errors.items()}
    alike = [name for name, (printed, plain) in errors.items() if printed & plain]
    words = "; ".join(f"{name}: {a:.4f}, unclustered {b:.5f}" for name, (a, b) in errors.items())
    bounds = ", ".join(f"{effects[name].hi:.2f} ({name})" for name in alike)
    return finding(words, not alike, f"the design effect is at most {bounds}", **effects)


def least_errors(errors: Errors, classical: bool, lone: bool = False) -> Finding:
    """Bound design effect × variance inflation by printed and least unclustered errors.

    (printed / least)² bounds the design effect from above. It is one for `classical` errors of a
    `lone` regressor, and one or more with other regressors.
    """
    bounds = {name: (printed / least).square() for name, (printed, least) in errors.items()}
    least = 1.0 if classical else SMALL_DESIGN
    small = [n for n, b in bounds.items() if b.hi < least or (lone and b.lo > 1)]
    words = "; ".join(f"{name}: {bound:.2f}" for name, bound in bounds.items())
    named = ", ".join(f"{bounds[name].hi:.2f} ({name})" for name in small)
    condition = "" if classical else f"the design effect is at most {named}"
    return finding(f"(printed / least error)² {words}", not small, condition, **bounds)


def percent(estimate: Interval, mean: Interval, sd: Interval, claimed: Interval) -> Finding:
    """Compare a percentage claimed for an effect with the effect over the outcome's mean."""
    of_mean, of_sd = (100 * (abs(estimate) / base) for base in (mean, sd))
    base = 100 * abs(estimate) / claimed
    words = f"{of_mean:.1f} % of the mean, {of_sd:.1f} % of a standard deviation; "
    words += f"{claimed:.1f} % would need a base of {base:.2f}"
    return finding(words, bool(of_mean & claimed), of_mean=of_mean, of_sd=of_sd, base=base)


def difference(a: Some, b: Some, apart: bool) -> Finding:
    """Test whether two estimates differ at 5 per cent."""
    se = (a[1].square() + b[1].square()).sqrt() if apart else a[1] + b[1]
    z = abs(a[0] - b[0]) / se
    words = f"z is {z:.2f}" + ("" if apart else ", were the covariance the least favourable")
    condition = "the difference is meant as a description"
    return finding(words, bool(z.lo > ndtri(0.975)), condition, z=z)


def ceilings(effect: Interval, outcome: Some, mediators: Mapping[str, Some]) -> Finding:
    """Bound the share of an effect that mediators can carry, each alone and all together.

    A mediator's own coefficient is a slope between two residuals, at most the ratio of their
    standard deviations (Cauchy and Schwarz). All together carry at most √(a'R⁻¹a) of the shares a,
    R being the correlations of what the regressors leave of the mediators: √Σa² if they are zero.
    `outcome` is (sd, R²), a mediator (effect of the treatment on it, sd, R²).
    """
    left = outcome[0] * (1 - outcome[1]).sqrt()
    shares = {name: abs(path) * left / (sd * (1 - r2).sqrt()) / abs(effect)
              for name, (path, sd, r2) in mediators.items()}  # fmt: skip
    joint = as_interval(sum(share.square() for share in shares.values())).sqrt()
    words = "; ".join(f"{name} at most {100 * share:.0f} %" for name, share in shares.items())
    words += f"; all at most {100 * joint:.0f} % if what is left of them is uncorrelated"
    condition = "they carry a part only, or what is left of them correlates negatively"
    return finding(words, joint.lo >= 1, condition, joint=joint, **shares)


def agree(pairs: Mapping[str, tuple[Any, Any]]) -> Finding:
    """Check that things said twice are the same."""
    off = [f"{place}: {a} / {b}" for place, (a, b) in pairs.items() if a != b]
    words = "; ".join([f"{len(off)} of {len(pairs)} differ", *off])
    return finding(words, not off, compared=len(pairs), differ=len(off))


def logarithms(counts: Mapping[str, Some], rows: int) -> Finding:
    """Check that logarithms of counts lack the rows whose count is zero."""
    below = {name: (-(mean / sd)).map(ndtr) for name, (_, mean, sd) in counts.items()}
    shares = ", ".join(f"{100 * share:.2f} % ({name})" for name, share in below.items())
    words = ", ".join(f"{n:.0f} of {rows} rows ({name})" for name, (n, *_) in counts.items())
    words += f"; a normal distribution has a count below one in {shares}"
    condition = "no row has a count of zero, or one was added before taking logarithms"
    return finding(words, all(n.hi < rows for n, *_ in counts.values()), condition, **below)
