"""Resampling of a two-way fixed-effects regression: placebo, bootstraps, leave-one-out.

The regression is ``outcome~treatment+controls|county+year`` with errors clustered by county
or by something coarser. With M the projection off the controls and both fixed effects, and
d̃ = Md, ỹ = My (Frisch and Waugh 1933; Lovell 1963), the coefficient is β = d̃'ỹ / d̃'d̃ and
its clustered variance is that of Liang and Zeger (1986), Σ_g s_g² / (d̃'d̃)², with the score
s_g = Σ_{i∈g} d̃_i'(ỹ_i − βd̃_i) and the small-sample factor of fixest and reghdfe. No draw
touches the rows of the panel again: every score is linear in sums that a county brings along,
so a draw costs a gather of those sums and one small matrix product.

Draws come in blocks of ``BLOCK``, each with its own child of the seed. A block is always
computed whole and with one BLAS thread, so the numbers depend on the data and the seed alone:
not on the number of workers, their backend, the batch size or the number of draws.
"""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy import stats
from scipy.special import stdtr
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from clustergap.project import write_atomically

BLOCK = 50
"""Draws that share one random stream."""
SLICE = 2**22
"""Draws times counties computed at once: bounds memory to a few arrays of 32 MB. Like
``BLOCK`` it is part of what a seed means: above 83,886 counties other slices draw otherwise."""
COLLINEAR = 1e-9
"""A variable is left out if fixed effects and earlier variables leave less of its spread."""
SINGULAR = 1e-12
"""The same for squares, in a draw."""
SUPPORT = {
    "rademacher": np.array([-1.0, 1.0]),
    "webb": np.array([-(1.5**0.5), -1.0, -(0.5**0.5), 0.5**0.5, 1.0, 1.5**0.5]),
}
"""Values of the wild bootstrap weights, each as likely as the others (Webb 2014)."""

one_thread = threadpool_limits.wrap(limits=1, user_api="blas")


@dataclass(frozen=True)
class Options:
    """What every function of this module takes besides its own parameters.

    Attributes
    ----------
    county, year
        Names of the two columns of fixed effects.
    cluster
        Column by which errors are clustered, default the county. Counties are nested in it.
    workers
        Processes, as joblib's ``n_jobs``; None is one, or what ``joblib.parallel_config`` says.
        This and what follows has no influence on the numbers.
    batch
        Draws a task and a stored part.
    folder
        Where finished parts are kept; a run starts from those that are there already.
    """

    county: str = "county"
    year: str = "year"
    cluster: str | None = None
    workers: int | None = None
    batch: int = 10_000
    folder: str | Path | None = None


@dataclass(frozen=True)
class TailP:
    """Monte Carlo p-value: how rarely a draw is as far from zero as the observed statistic.

    Attributes
    ----------
    exceed, draws
        Draws at least as far out, and all draws.
    p
        (exceed + 1) / (draws + 1): never zero, and exact for a randomisation test (Phipson
        and Smyth 2010). The bootstrap literature prints ``exceed / draws``.
    low, high
        Exact interval of the p-value that infinitely many draws would give.
    """

    exceed: int
    draws: int
    p: float
    low: float
    high: float


@dataclass(frozen=True)
class Draws:
    """Estimates of every draw beside the observed one.

    Attributes
    ----------
    coefficients, ses
        Shape (draws,): the treatment's coefficient and its clustered standard error, missing
        where a draw does not identify it.
    df
        Degrees of freedom of t, clusters minus one; shape (draws,) for leave-one-out.
    observed, observed_se, observed_df
        The same from the data as they are.
    settings
        What was asked for, the seed included.
    labels
        What each draw leaves out, for leave-one-out.
    """

    coefficients: np.ndarray
    ses: np.ndarray
    df: int | np.ndarray
    observed: float
    observed_se: float
    observed_df: int
    settings: dict[str, Any]
    labels: np.ndarray | None = None

    @cached_property
    def t(self) -> np.ndarray:
        """The t statistic of every draw against zero, shape (draws,)."""
        return self.coefficients / self.ses

    @cached_property
    def p(self) -> np.ndarray:
        """Its two-sided p-value, shape (draws,)."""
        return 2 * stdtr(self.df, -np.abs(self.t))

    @property
    def observed_t(self) -> float:
        """The observed t statistic against zero."""
        return self.observed / self.observed_se

    def tail(self, statistic: str = "coefficient", level: float = 0.95) -> TailP:
        """Monte Carlo p-value of the observed statistic among the draws.

        Parameters
        ----------
        statistic
            ``coefficient`` or ``t``.
        level
            Of the p-value's interval.

        Returns
        -------
        TailP
            See `tail_p`.

        Raises
        ------
        ValueError
            If the draws are not made under a hypothesis.
        """
        if self.settings["kind"] in ("block bootstrap", "leave one out"):
            raise ValueError(f"a {self.settings['kind']} draws under no hypothesis: no p-value")
        drawn = {"coefficient": (self.coefficients, self.observed), "t": (self.t, self.observed_t)}
        return tail_p(*drawn[statistic], level)


def tail_p(statistics: np.ndarray, observed: float, level: float = 0.95) -> TailP:
    """Two-sided Monte Carlo p-value with the interval of Clopper and Pearson (1934).

    A draw that equals the observed statistic but for rounding counts as being as far out.

    Parameters
    ----------
    statistics
        Of the draws, shape (draws,).
    observed
        The same from the data.
    level
        Of the interval.

    Returns
    -------
    TailP
        With its interval.

    Raises
    ------
    ValueError
        If a draw has no statistic.
    """
    if np.isnan(statistics).any():
        raise ValueError("some draws have no statistic: decide what they mean and drop them")
    draws, outside = len(statistics), (1 - level) / 2
    exceed = int(np.sum(np.abs(statistics) >= abs(observed) * (1 - 1e-9)))
    low = stats.beta.ppf(outside, exceed, draws - exceed + 1) if exceed else 0.0
    high = stats.beta.ppf(1 - outside, exceed + 1, draws - exceed) if exceed < draws else 1.0
    return TailP(exceed, draws, (exceed + 1) / (draws + 1), float(low), float(high))


@one_thread
def placebo(
    data: pd.DataFrame,
    fml: str,
    *,
    seed: int | np.random.SeedSequence,
    draws: int = 1000,
    cohort: str = "cohort",
    within: str | None = None,
    unit: str | None = None,
    **options: Any,
) -> Draws:
    """Give the cohorts to counties at random and estimate the same regression again.

    Cohorts keep their sizes and never overlap; a county keeps its outcome and controls. A
    draw's coefficient, standard error, t and p are those of a new fit by pyfixest.

    Parameters
    ----------
    data
        One row a county and year. Rows with a missing variable are left out and, as pyfixest
        does, counties and years with a single row, and collinear controls.
    fml
        ``outcome~treatment+controls|county+year``; the treatment is 1 from the cohort year on
        and 0 elsewhere.
    seed
        A number or a SeedSequence, which is not changed.
    draws
        How many.
    cohort
        Column with the first treated year, missing if never treated.
    within
        Column, say province: each of its values keeps its own number of counties a cohort.
    unit
        Column, say city: whole units get a cohort. The number of units in each cohort is kept,
        that of counties varies.
    options
        See ``Options``.

    Returns
    -------
    Draws
        Of the treatment's coefficient.

    Raises
    ------
    ValueError
        If formula, columns or treatment are not as said, or ``folder`` holds another run.
    """
    chosen = Options(**options)
    panel = _read(data, fml, chosen, [c for c in (cohort, within, unit) if c])
    core = _placebo_core(panel, cohort, within, unit)
    settings = {"kind": "placebo", "cohort": cohort, "within": within, "unit": unit}
    return _draw(_placebo_block, core, panel, settings, draws, seed, chosen)


@one_thread
def wild_cluster_bootstrap(
    data: pd.DataFrame,
    fml: str,
    *,
    seed: int | np.random.SeedSequence,
    draws: int = 9999,
    weights: str = "rademacher",
    **options: Any,
) -> Draws:
    """Multiply residuals cluster by cluster, under the hypothesis of a zero coefficient.

    The restricted wild cluster bootstrap (Cameron, Gelbach and Miller 2008; its fast form: Roodman,
    MacKinnon, Nielsen and Webb 2019). Its p-value is ``result.tail("t")``. The treatment may be any
    variable.

    Parameters
    ----------
    data, fml, seed, draws, options
        See ``placebo``.
    weights
        ``rademacher`` or ``webb``.

    Returns
    -------
    Draws
        Under the hypothesis.

    Raises
    ------
    ValueError
        If the weights are others; and as ``placebo``.
    """
    if weights not in SUPPORT:
        raise ValueError(f"weights are {' or '.join(SUPPORT)}, not {weights!r}")
    chosen = Options(**options)
    panel = _read(data, fml, chosen)
    core = _cluster_core(panel, SUPPORT[weights])
    settings = {"kind": "wild cluster bootstrap", "weights": weights}
    return _draw(_wild_block, core, panel, settings, draws, seed, chosen)


@one_thread
def block_bootstrap(
    data: pd.DataFrame,
    fml: str,
    *,
    seed: int | np.random.SeedSequence,
    draws: int = 1000,
    **options: Any,
) -> Draws:
    """Draw whole clusters, by default counties, with replacement and estimate again.

    A cluster drawn twice counts as two. The standard deviation of the coefficients is the
    bootstrap's standard error, their quantiles its interval. The treatment may be any variable.

    Parameters
    ----------
    data, fml, seed, draws, options
        See ``placebo``.

    Returns
    -------
    Draws
        Under no hypothesis.
    """
    chosen = Options(**options)
    panel = _read(data, fml, chosen)
    settings = {"kind": "block bootstrap"}
    return _draw(_block_block, _cluster_core(panel), panel, settings, draws, seed, chosen)


@one_thread
def leave_one_out(data: pd.DataFrame, fml: str, *, by: str | None = None, **options: Any) -> Draws:
    """Estimate again without each value of a column, say province, or without each cluster.

    Parameters
    ----------
    data, fml, options
        See ``placebo``.
    by
        Column, constant within clusters; by default the clusters.

    Returns
    -------
    Draws
        Its ``labels`` are the values left out.
    """
    chosen = Options(**options)
    by = by or chosen.cluster or chosen.county
    panel = _read(data, fml, chosen, [by])
    core = _cluster_core(panel)
    of_county = np.repeat(np.arange(core.width), np.diff(panel.lead, append=len(panel.first)))
    group, labels = pd.factorize(_once(panel.fixed[by], of_county, by, "cluster"), sort=True)
    step = _rows(core.width)
    slices = [np.arange(a, min(a + step, len(labels))) for a in range(0, len(labels), step)]
    fits = [_fit_weights(core, (group != left_out[:, None]).astype(float)) for left_out in slices]
    coefficients, ses = np.hstack(fits)
    settings = {"kind": "leave one out", "by": by} | panel.settings
    df = core.width - np.bincount(group) - 1
    return Draws(
        coefficients, ses, df, *core.observed, core.width - 1, settings, np.asarray(labels)
    )


# --- the panel


@dataclass(frozen=True)
class _Panel:
    """Rows by cluster, county and year: N rows, n counties, T years, G clusters."""

    y: np.ndarray  # (N,) outcome, less its county means
    X: np.ndarray  # (N, controls) the same, over the variable's spread
    treatment: np.ndarray  # (N,) as in the data
    year: np.ndarray  # (N,) codes 0 … T−1
    first: np.ndarray  # (n,) first row of each county
    lead: np.ndarray  # (G,) first county of each cluster
    counties: np.ndarray  # (n,) names
    years: np.ndarray  # (T,) values
    fixed: dict[str, np.ndarray]  # (n,) columns that are constant within counties
    settings: dict[str, str]


def _parse(fml: str, county: str, year: str) -> list[str]:
    """Outcome, treatment and controls of a formula with both fixed effects."""
    parts = re.fullmatch(r"(\w+)~([\w+]+)\|([\w+]+)", re.sub(r"\s", "", fml))
    if not parts or set(parts[3].split("+")) != {county, year}:
        raise ValueError(
            f"formula {fml!r} is not outcome~treatment+controls|{county}+{year}: make a column of "
            "every interaction or transformation first"
        )
    return [parts[1], *parts[2].split("+")]


def _read(data: pd.DataFrame, fml: str, chosen: Options, fixed: Sequence[str] = ()) -> _Panel:
    """Take the formula's variables out of the data, sorted, and take county means off."""
    county, year, cluster = chosen.county, chosen.year, chosen.cluster or chosen.county
    names = _parse(fml, county, year)
    used = list(dict.fromkeys([*names, county, year, cluster]))
    if absent := [c for c in (*used, *fixed) if c not in data.columns]:
        raise ValueError(f"no column {', '.join(absent)} in the data: add or rename it")
    rows = data[list(dict.fromkeys([*used, *fixed]))].dropna(subset=used)
    while True:
        codes = {c: pd.factorize(rows[c], sort=True) for c in {cluster, county, year}}
        alone = [np.bincount(codes[c][0])[codes[c][0]] == 1 for c in (county, year)]
        if not np.any(alone):
            break
        rows = rows[~np.any(alone, axis=0)]  # as pyfixest does: a fixed effect fits them
    order = np.lexsort([codes[c][0] for c in (year, county, cluster)])
    county_code, year_code = codes[county][0][order], codes[year][0][order]
    if (twice := (np.diff(county_code) == 0) & (np.diff(year_code) == 0)).any():
        row = rows.iloc[order[np.flatnonzero(twice)[0]]]
        raise ValueError(f"{county} {row[county]} has {year} {row[year]} twice: keep one row")
    once = {
        c: _once(rows[c].to_numpy()[order], county_code, c, county)
        for c in {cluster, *fixed} - {county}
    }
    first = np.flatnonzero(np.diff(county_code, prepend=-1))
    by_place = county_code[first]
    counties = np.asarray(codes[county][1])[by_place]
    values = rows[names].to_numpy(float)[order]
    if not np.isfinite(values).all():
        raise ValueError(f"infinite values among {', '.join(names)}: find and mend them")
    spread = np.linalg.norm(values - values.mean(axis=0), axis=0)
    return _Panel(
        y=_within(values[:, 0], first),
        X=_within(values[:, 2:] / np.where(spread > 0, spread, 1)[2:], first),
        treatment=values[:, 1],
        year=year_code,
        first=first,
        lead=np.flatnonzero(np.diff(codes[cluster][0][order][first], prepend=-1)),
        counties=counties,
        years=np.asarray(codes[year][1]),
        fixed={c: values[by_place] for c, values in once.items()} | {county: counties},
        settings={"formula": fml, "cluster": cluster},
    )


def _once(values: np.ndarray, group: np.ndarray, column: str, of: str) -> np.ndarray:
    """Take the one value that all rows of each group 0, 1, … have, or that all lack."""
    codes = pd.factorize(values)[0]
    first = np.unique(group, return_index=True)[1]
    if (other := codes != codes[first][group]).any():
        row = np.flatnonzero(other)[0]
        raise ValueError(
            f"column {column!r} must be constant within each {of}, but one has both "
            f"{values[first[group[row]]]} and {values[row]}"
        )
    return values[first]


def _within(values: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Deviations from the means of runs of rows that start at ``first``."""
    size = np.diff(first, append=len(values))
    means = np.add.reduceat(values, first, axis=0).T / size
    return values - np.repeat(means, size, axis=-1).T


def _basis(columns: np.ndarray) -> np.ndarray:
    """Orthonormal basis of the columns; one that is collinear with earlier ones is left out.

    Columns are over their spread before fixed effects, so a diagonal of R is the share of it
    that is left.
    """
    Q, R = np.linalg.qr(columns)
    kept = np.abs(np.diag(R)) > COLLINEAR
    return Q if kept.all() else _basis(columns[:, kept])


def _year_dummies(panel: _Panel) -> np.ndarray:
    """All years but the first, less county means; shape (N, T − 1)."""
    dummies = panel.year[:, None] == np.arange(1, len(panel.years))
    return _within(dummies / np.sqrt(len(panel.y)), panel.first)


def _residual(values: np.ndarray, basis: np.ndarray) -> np.ndarray:
    return values - basis @ (basis.T @ values)


def _gram(Z: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Z'Z of each run of rows, its upper triangle; shape (runs, q(q + 1)/2)."""
    parts = [np.add.reduceat(Z[:, i:] * Z[:, [i]], first, axis=0) for i in range(Z.shape[1])]
    return np.hstack(parts)


def _ssc(rows: Any, clusters: Any, parameters: Any) -> Any:
    """Small-sample factor of a clustered variance, as in fixest and reghdfe."""
    return clusters / (clusters - 1) * (rows - 1) / (rows - parameters)


# --- placebo


@dataclass(frozen=True)
class _Core(ABC):
    """What draws need of the data."""

    @property
    @abstractmethod
    def width(self) -> int:
        """Counties or clusters."""

    @abstractmethod
    def actual(self) -> np.ndarray:
        """Coefficient and standard error of the data as they are, shape (2, 1)."""

    @property
    def observed(self) -> tuple[float, float]:
        """The same as numbers; an error if there are none."""
        coefficient, se = self.actual()[:, 0].tolist()
        if np.isnan(coefficient):
            raise ValueError("the treatment is collinear with controls and fixed effects: drop one")
        return coefficient, se

    def __sizeof__(self) -> int:  # dask sends what is large once, and the rest with every task
        return sum(int(np.asarray(getattr(self, f.name)).nbytes) for f in fields(self))


@dataclass(frozen=True)
class _PlaceboCore(_Core):
    """What a draw needs of a county; q sums, n counties, K cohorts.

    The residualised treatment of a county on path k is P_k − Wπ, where P_k is the path less
    its county mean, W an orthonormal basis of what else is projected off, and π = W'd.
    On a balanced panel with cohorts of fixed size the year means of the treatment are the
    same in every draw: they are taken off P_k in closed form, and W holds only the controls.
    Otherwise W holds the year dummies too.
    """

    paths: np.ndarray  # ((K + 1)n, 2 + p) P_k'ỹ, P_k'P_k, W'P_k of a county, less path 0's
    sums: np.ndarray  # (2 + p,) the same of path 0, over all counties
    shared: np.ndarray  # (q, n) path 0's, then ỹ'W and the triangle of W'W of each county
    lead: np.ndarray  # (G,)
    factor: float
    label: np.ndarray  # (n,) actual cohort numbers; 0 is never treated
    unit: np.ndarray | None  # (n,) the unit of a county, if not the county itself
    units: np.ndarray  # (units,) stratum by stratum
    slots: np.ndarray  # (units,) their cohort numbers
    strata: np.ndarray  # (strata + 1,) where strata begin and end

    @property
    def width(self) -> int:
        return self.shared.shape[1]

    def actual(self) -> np.ndarray:
        return _fit_paths(self, np.arange(self.width)[None], self.label)


def _placebo_core(panel: _Panel, cohort: str, within: str | None, unit: str | None) -> _PlaceboCore:
    label, paths = _paths(panel, cohort)
    of_unit, order, slots, bounds = _units(panel, label, within, unit)
    balanced = unit is None and len(panel.y) == len(panel.first) * len(panel.years)
    y, X, year_means = panel.y, panel.X, np.zeros(len(panel.years))
    if balanced:
        shape = len(panel.first), len(panel.years)
        y = y - y.reshape(shape).mean(axis=0)[panel.year]
        X = X - X.reshape(*shape, X.shape[1]).mean(axis=0)[panel.year]
        year_means = _within(panel.treatment, panel.first).reshape(shape).mean(axis=0)
    W = _basis(X if balanced else np.hstack([_year_dummies(panel), X]))
    y = _residual(y, W)

    def sums(path: np.ndarray) -> np.ndarray:
        P = _within(path[panel.year], panel.first) - year_means[panel.year]
        rows = np.column_stack([P * y, P**2, P[:, None] * W])
        return np.add.reduceat(rows, panel.first, axis=0)

    never = sums(np.zeros(len(panel.years)))
    regressors = W.shape[1] + 1 + (len(panel.years) if balanced else 1)
    yW = np.add.reduceat(y[:, None] * W, panel.first, axis=0)
    return _PlaceboCore(
        paths=np.vstack([never - never, *(sums(path) - never for path in paths)]),
        sums=never.sum(axis=0),
        shared=np.hstack([never, yW, _gram(W, panel.first)]).T.copy(),
        lead=panel.lead,
        factor=_ssc(len(panel.y), len(panel.lead), regressors),
        label=label,
        unit=of_unit if unit else None,
        units=order,
        slots=slots,
        strata=bounds,
    )


def _paths(panel: _Panel, cohort: str) -> tuple[np.ndarray, np.ndarray]:
    """Cohort number of each county, 0 if never treated, and the cohorts' paths (K, T)."""
    start = pd.to_numeric(pd.Series(panel.fixed[cohort])).to_numpy(float, na_value=np.nan)
    start = np.where(start <= panel.years[-1], start, np.nan)
    cohorts = np.unique(start[np.isfinite(start)])
    if not len(cohorts):
        raise ValueError(f"no county has a {cohort} up to {panel.years[-1]}: nothing to draw")
    label = np.where(np.isfinite(start), np.searchsorted(cohorts, start) + 1, 0)
    paths = (panel.years >= cohorts[:, None]).astype(float)
    county = np.repeat(np.arange(len(label)), np.diff(panel.first, append=len(panel.y)))
    implied = np.vstack([np.zeros(len(panel.years)), paths])[label[county], panel.year]
    if (other := implied != panel.treatment).any():
        row = np.flatnonzero(other)[0]
        raise ValueError(
            f"the treatment is {panel.treatment[row]:g} in {panel.counties[county[row]]}, "
            f"{panel.years[panel.year[row]]}, but {cohort} implies {implied[row]:g}: it must be 1 "
            f"from {cohort} on and 0 elsewhere"
        )
    return label, paths


def _units(
    panel: _Panel, label: np.ndarray, within: str | None, unit: str | None
) -> tuple[np.ndarray, ...]:
    """Each county's unit; units by stratum; their cohort numbers; where strata begin and end.

    A draw shuffles units within strata and deals the cohorts anew.
    """
    of_unit = pd.factorize(panel.fixed[unit])[0] if unit else np.arange(len(label))
    stratum = pd.factorize(panel.fixed[within])[0] if within else np.zeros(len(label), int)
    if min(of_unit.min(), stratum.min()) < 0:
        raise ValueError(f"missing values in {unit or within}: fill or drop them")
    cohort_of = _once(label, of_unit, "cohort number", unit or "county")
    stratum_of = _once(stratum, of_unit, within or "", unit or "county")
    order = np.argsort(stratum_of, kind="stable")
    bounds = np.flatnonzero(np.diff(stratum_of[order], prepend=-1, append=-1))
    return of_unit, order, cohort_of[order], bounds


def _placebo_block(core: _PlaceboCore, rng: np.random.Generator, size: int) -> np.ndarray:
    drawn = np.tile(core.units, (size, 1))
    for a, b in pairwise(core.strata):
        rng.permuted(drawn[:, a:b], axis=1, out=drawn[:, a:b])
    if core.unit is None:
        treated = np.flatnonzero(core.slots)
        return _fit_paths(core, drawn[:, treated], core.slots[treated])
    labels = np.empty_like(drawn)
    np.put_along_axis(labels, drawn, core.slots[None], axis=1)
    return _fit_paths(core, np.tile(np.arange(core.width), (size, 1)), labels[:, core.unit])


def _fit_paths(core: _PlaceboCore, county: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Coefficients and standard errors, (2, B), with some counties (B, m) on paths (B, m).

    All others are never treated. With u, v a county's d̃'ỹ and d̃'d̃, its score is u − βv, and
    with its P and W, u = P'ỹ − π'W'ỹ and v = P'P − 2π'W'P + π'W'Wπ.
    """
    B, n = len(county), core.width
    rows = core.paths.take(county + n * label, axis=0)
    sums = core.sums + (np.ones((1, rows.shape[1])) @ rows)[:, 0]
    pi = sums[:, 2:]
    dd = sums[:, 1] - np.einsum("bj,bj->b", pi, pi)
    dd = np.where(dd > SINGULAR * sums[:, 1], dd, np.nan)
    beta = (sums[:, 0] / dd)[:, None]
    own = np.hstack([np.ones((B, 1)), -beta, 2 * beta * pi])
    i, j = np.triu_indices(pi.shape[1])
    quadratic = -beta * np.where(i == j, 1, 2) * pi[:, i] * pi[:, j]
    scores = np.hstack([own, -pi, quadratic]) @ core.shared
    place = (county + n * np.arange(B)[:, None]).ravel()
    scores.ravel()[place] += (rows @ own[:, :, None]).ravel()
    if len(core.lead) < n:
        scores = np.add.reduceat(scores, core.lead, axis=1)
    meat = np.einsum("bg,bg->b", scores, scores)
    return np.array([beta[:, 0], np.sqrt(core.factor * meat) / dd])


# --- wild and block bootstrap, leave-one-out


@dataclass(frozen=True)
class _ClusterCore(_Core):
    """Cross-products of Z = [d̃, W, ỹ] of each cluster; W spans year dummies and controls."""

    gram: np.ndarray  # (G, q(q + 1)/2)
    columns: int  # q
    size: np.ndarray  # (G,) rows
    spread: float  # of the treatment less county means, squared
    support: np.ndarray  # values of the wild weights

    @property
    def width(self) -> int:
        return len(self.gram)

    def actual(self) -> np.ndarray:
        return _fit_weights(self, np.ones((1, self.width)))


def _cluster_core(panel: _Panel, support: np.ndarray = SUPPORT["rademacher"]) -> _ClusterCore:
    W = _basis(np.hstack([_year_dummies(panel), panel.X]))
    d = _within(panel.treatment, panel.first)
    Z = np.column_stack([_residual(d, W), W, _residual(panel.y, W)])
    start = panel.first[panel.lead]
    size = np.diff(start, append=len(Z))
    return _ClusterCore(_gram(Z, start), Z.shape[1], size, d @ d, support)


def _wild_block(core: _ClusterCore, rng: np.random.Generator, size: int) -> np.ndarray:
    """Bootstrap coefficients and standard errors, (2, B).

    With weights w, u = d̃'ỹ, v = d̃'d̃, h = W'd̃ and b = W'ỹ of each cluster, the coefficient
    is β* = Σwu / Σv and a score wu − h'(Σwb) − β*v.
    """
    w = core.support[rng.integers(0, len(core.support), (size, core.width), dtype=np.int8)]
    q = core.columns
    with_d = core.gram[:, :q]
    with_y = core.gram[:, np.cumsum(np.arange(q, 0, -1)) - 1]
    v, h, u, b = with_d[:, 0], with_d[:, 1:-1], with_d[:, -1], with_y[:, 1:-1]
    beta = w @ u / v.sum()
    scores = w * u - (w @ b) @ h.T - beta[:, None] * v
    factor = _ssc(core.size.sum(), core.width, q)
    return np.array([beta, np.sqrt(factor * np.einsum("bg,bg->b", scores, scores)) / v.sum()])


def _block_block(core: _ClusterCore, rng: np.random.Generator, size: int) -> np.ndarray:
    G = core.width
    drawn = rng.integers(0, G, (size, G)) + G * np.arange(size)[:, None]
    return _fit_weights(core, np.bincount(drawn.ravel(), minlength=size * G).reshape(size, G))


def _fit_weights(core: _ClusterCore, weights: np.ndarray) -> np.ndarray:
    """Coefficients and standard errors, (2, B), with each cluster taken weights (B, G) times.

    A score is l'(Z'Z)r of a cluster, l the weights of Z in the residualised treatment and r
    those in the regression's residual.
    """
    B, q = len(weights), core.columns
    i, j = np.triu_indices(q)
    ZZ = np.empty((B, q, q))
    ZZ[:, i, j] = ZZ[:, j, i] = weights @ core.gram
    value, vector = np.linalg.eigh(ZZ[:, 1:-1, 1:-1])
    kept = value > SINGULAR
    inverse = (vector / np.where(kept, value, np.inf)[:, None]) @ vector.transpose(0, 2, 1)
    pi, gamma = np.moveaxis(inverse @ ZZ[:, 1:-1, [0, -1]], 2, 0)
    dd = ZZ[:, 0, 0] - np.einsum("bj,bj->b", ZZ[:, 0, 1:-1], pi)
    dy = ZZ[:, 0, -1] - np.einsum("bj,bj->b", ZZ[:, 0, 1:-1], gamma)
    dd = np.where(dd > SINGULAR * core.spread, dd, np.nan)[:, None]
    beta = dy[:, None] / dd
    left = np.hstack([np.ones((B, 1)), -pi, np.zeros((B, 1))])
    right = np.hstack([-beta, beta * pi - gamma, np.ones((B, 1))])
    pairs = (left[:, i] * right[:, j] + left[:, j] * right[:, i]) * np.where(i == j, 0.5, 1)
    meat = np.einsum("bg,bg->b", weights, (pairs @ core.gram.T) ** 2)
    factor = _ssc(weights @ core.size, weights.sum(axis=1), kept.sum(axis=1) + 2)
    return np.array([beta[:, 0], np.sqrt(factor * meat) / dd[:, 0]])


# --- draws, in parallel and in parts


_Job = tuple[Callable[..., np.ndarray], _Core, np.random.SeedSequence]


def _draw(
    block: Callable[..., np.ndarray],
    core: _Core,
    panel: _Panel,
    settings: dict[str, Any],
    draws: int,
    seed: int | np.random.SeedSequence,
    chosen: Options,
) -> Draws:
    """Compute all blocks, part by part; a bar shows once that has taken two seconds."""
    observed, df = core.observed, len(panel.lead) - 1
    root = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
    step, blocks = max(1, chosen.batch // BLOCK), -(-draws // BLOCK)
    parts = [range(a, min(a + step, blocks)) for a in range(0, blocks, step)]
    job, folder = (block, core, root), Path(chosen.folder) if chosen.folder else None
    done = _stored(folder, parts, job) if folder else {}
    todo = [part for part in parts if part not in done]
    tasks = (delayed(_compute)(*job, part) for part in todo)
    estimates = Parallel(n_jobs=chosen.workers, return_as="generator")(tasks)
    with tqdm(total=draws, delay=2, smoothing=0) as bar:
        bar.update(min(draws, BLOCK * sum(map(len, done))))
        for part, found in zip(todo, estimates, strict=True):
            done[part] = found
            if folder:
                _save(folder / _name(part), found)
            bar.update(min(BLOCK * len(part), draws - BLOCK * part.start))
    coefficients, ses = np.hstack([done[part] for part in parts])[:, :draws]
    settings = settings | panel.settings | {"seed": root.entropy, "spawn_key": root.spawn_key}
    return Draws(coefficients, ses, df, *observed, df, settings)


@one_thread
def _compute(
    block: Callable[..., np.ndarray], core: Any, root: np.random.SeedSequence, part: range
) -> np.ndarray:
    """All draws of some blocks, (2, draws); block b draws from child b of the seed."""
    step, estimates = _rows(core.width), []
    for b in part:
        child = np.random.SeedSequence(root.entropy, spawn_key=(*root.spawn_key, b))
        rng = np.random.default_rng(child)
        estimates += [block(core, rng, min(step, BLOCK - a)) for a in range(0, BLOCK, step)]
    return np.hstack(estimates)


def _rows(width: int) -> int:
    """Draws computed at once: by the data alone, so that rounding is always the same."""
    return int(np.clip(SLICE // width, 1, BLOCK))


def _name(part: range) -> str:
    return f"{part.start:08d}-{part.stop:08d}.npz"


def _stored(folder: Path, parts: list[range], job: _Job) -> dict[range, np.ndarray]:
    """Parts that the same run, and no other, has left in the folder."""
    block, core, root = job
    data = hashlib.sha256()
    for field in fields(core):
        value = getattr(core, field.name)
        data.update(b"-" if value is None else np.ascontiguousarray(value).data)
    identity = (
        f"{block.__name__} in blocks of {BLOCK}\nseed {root.entropy} {root.spawn_key}\n"
        f"data {data.hexdigest()}\n"
    )
    mark = folder / "run.txt"
    if not mark.exists():
        write_atomically(mark, identity)
    elif mark.read_text(encoding="utf-8") != identity:
        raise ValueError(
            f"{folder} holds parts of another run, with other data, settings or seed: give "
            "another folder, or delete this one"
        )
    found = {part: folder / _name(part) for part in parts}
    return {part: _load(path, part) for part, path in found.items() if path.exists()}


def _save(path: Path, estimates: np.ndarray) -> None:
    """Write a part so that a reader finds all of it or nothing."""
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(file, estimates=estimates)  # an archive with a checksum
    partial.replace(path)


def _load(path: Path, part: range) -> np.ndarray:
    try:
        with np.load(path) as stored:
            estimates = stored["estimates"]
        if estimates.shape != (2, BLOCK * len(part)):
            raise ValueError(f"shape {estimates.shape}")
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise ValueError(f"part {path} is damaged ({error}): delete it, run again") from error
    return estimates
