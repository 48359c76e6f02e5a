"""Resampling of a two-way fixed-effects regression: placebo, wild bootstrap, leave-one-out.

The regression is ``outcome~treatment+controls|county+year`` with errors clustered by county
or by something coarser. With M the projection off the controls and both fixed effects, and
d̃ = Md, ỹ = My (Frisch and Waugh 1933; Lovell 1963), the coefficient is β = d̃'ỹ / d̃'d̃ and
its clustered variance is that of Liang and Zeger (1986), Σ_g s_g² / (d̃'d̃)², with the score
s_g = Σ_{i∈g} d̃_i'(ỹ_i − βd̃_i) and the small-sample factor of fixest and reghdfe. No draw
touches the rows of the panel again: every score is linear in sums that a county brings along,
so a draw costs a gather of those sums and one small matrix product.

Draws come in blocks of ``BLOCK``, each with its own child of the seed. A block is always
computed whole and with one BLAS thread, so the numbers depend on the data and the seed alone:
not on the number of workers, their backend or the number of draws.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import pairwise

import joblib
import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import stdtr
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from paneldid.partialling import (
    NOT_IDENTIFIED,
    SINGULAR,
    TwoWay,
    basis,
    deviations,
    once,
    residual,
    run_sums,
    small_sample_factor,
    two_way,
)

BLOCK = 50
"""Draws that share one random stream."""
BLOCKS_A_TASK = 200
SLICE = 2**22
"""Draws times counties computed at once: bounds memory to a few arrays of 32 MB. Like
``BLOCK`` it is part of what a seed means: above 83,886 counties other slices draw otherwise."""
SUPPORT = {
    "rademacher": np.array([-1.0, 1.0]),
    "webb": np.array([-(1.5**0.5), -1.0, -(0.5**0.5), 0.5**0.5, 1.0, 1.5**0.5]),
}
"""Values of the wild bootstrap weights, each as likely as the others (Webb 2014)."""

one_thread = threadpool_limits.wrap(limits=1, user_api="blas")


@dataclass(frozen=True)
class PValue:
    """Monte Carlo p-value: how rarely a draw is as far from zero as the observed statistic.

    ``p`` is (exceed + 1) / (draws + 1): never zero, and exact for a randomisation test (Phipson
    and Smyth 2010); the bootstrap literature prints ``exceed / draws``. ``low`` and ``high`` are
    the exact interval of the p-value that infinitely many draws would give.
    """

    exceed: int
    draws: int
    p: float
    low: float
    high: float


@dataclass(frozen=True)
class Draws:
    """Estimates of every draw beside the observed one.

    A draw that does not identify the effect has neither coefficient nor error. ``labels`` are what
    each draw leaves out, for leave-one-out, which draws under no hypothesis.
    """

    coefficients: np.ndarray  # (draws,) of the treatment
    ses: np.ndarray  # (draws,) clustered
    df: int | np.ndarray  # of t: clusters less one; (draws,) for leave-one-out
    observed: float
    observed_se: float
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

    def tail(self, statistic: str = "coefficient", level: float = 0.95) -> PValue:
        """Monte Carlo p-value of the observed ``coefficient`` or ``t`` among the draws."""
        if self.labels is not None:
            raise ValueError("leaving one out draws under no hypothesis: no p-value")
        drawn = {"coefficient": (self.coefficients, self.observed), "t": (self.t, self.observed_t)}
        if statistic not in drawn:
            raise ValueError(f"the statistic is coefficient or t, not {statistic!r}")
        return monte_carlo_p(*drawn[statistic], level)


def monte_carlo_p(statistics: np.ndarray, observed: float, level: float = 0.95) -> PValue:
    """Two-sided Monte Carlo p-value with the interval of Clopper and Pearson (1934).

    ``statistics`` (draws,) are compared in absolute value; a draw that equals the observed one but
    for rounding counts as being as far out. A draw without a statistic is a ValueError.
    """
    if np.isnan(statistics).any():
        raise ValueError("some draws have no statistic: decide what they mean and drop them")
    draws, outside = len(statistics), (1 - level) / 2
    exceed = int(np.sum(np.abs(statistics) >= abs(observed) * (1 - 1e-9)))
    low = stats.beta.ppf(outside, exceed, draws - exceed + 1) if exceed else 0.0
    high = stats.beta.ppf(1 - outside, exceed + 1, draws - exceed) if exceed < draws else 1.0
    return PValue(exceed, draws, (exceed + 1) / (draws + 1), float(low), float(high))


@one_thread
def placebo(
    data: pd.DataFrame,
    fml: str,
    *,
    seed: int | np.random.SeedSequence,
    draws: int = 1000,
    strata: str | None = None,
    together: str | None = None,
    cluster: str = "county",
    workers: int | None = None,
) -> Draws:
    """Give the cohorts to counties at random and estimate the same regression again.

    Cohorts keep their sizes and never overlap; a county keeps its outcome and controls. A
    draw's coefficient, standard error, t and p are those of a new fit by pyfixest. A formula,
    column or treatment that is not as said is a ValueError.

    Parameters
    ----------
    data
        One row a county and year, with a column cohort: the first treated year, missing if never
        treated. Rows with a missing variable are left out and, as pyfixest does, counties and
        years with a single row, and collinear controls.
    fml
        ``outcome~treatment+controls|county+year``; the treatment is 1 from the cohort year on
        and 0 elsewhere.
    seed
        A number or a SeedSequence, which is not changed.
    strata
        Column, say province: each of its values keeps its own number of counties a cohort.
    together
        Column, say of neighbourhoods: whole groups are drawn, until cohorts have their sizes.
    cluster
        Column by which errors are clustered. Counties are nested in it.
    workers
        Processes, as joblib's ``n_jobs``; the numbers do not depend on it.
    """
    if strata and together:
        raise ValueError("strata or together, not both")
    panel = two_way(data, fml, cluster, "cohort", *filter(None, [strata, together]))
    label, paths = _paths(panel)
    core = _placebo_core(panel, label, paths, strata)
    observed = _fit_paths(core, np.arange(core.width)[None], label)
    if together:
        groups = once(panel.rows[together], panel.county, "county").factorize()[0]
        core = replace(core, groups=groups, slots=np.sort(label)[::-1])
    return _draw(core, observed, len(panel.lead) - 1, draws, seed, workers)


@one_thread
def wild_cluster_bootstrap(
    data: pd.DataFrame,
    fml: str,
    *,
    seed: int | np.random.SeedSequence,
    draws: int = 9999,
    weights: str = "rademacher",
    cluster: str = "county",
    workers: int | None = None,
) -> Draws:
    """Multiply residuals cluster by cluster, under the hypothesis of a zero coefficient.

    The restricted wild cluster bootstrap (Cameron, Gelbach and Miller 2008; its fast form: Roodman,
    MacKinnon, Nielsen and Webb 2019), with ``rademacher`` or ``webb`` weights. Its p-value is
    ``result.tail("t")``. Arguments as `placebo`, but the treatment may be any variable.
    """
    if weights not in SUPPORT:
        raise ValueError(f"weights are {' or '.join(SUPPORT)}, not {weights!r}")
    core = _wild_core(two_way(data, fml, cluster), SUPPORT[weights])
    observed = _fit_wild(core, np.ones((1, core.width)))  # these weights change nothing
    return _draw(core, observed, core.width - 1, draws, seed, workers)


@one_thread
def leave_one_out(
    data: pd.DataFrame, fml: str, *, by: str | None = None, cluster: str = "county"
) -> Draws:
    """Estimate again without each value of a column, say province, or without each cluster.

    ``by`` is constant within clusters, and by default the clusters themselves; the result's
    ``labels`` are its values. Else as `placebo`, but the treatment may be any variable.
    """
    by = by or cluster
    panel = two_way(data, fml, cluster, by)
    Z, start = np.column_stack(panel.residualised()), panel.first[panel.lead]
    gram, size = _gram(Z, start), np.diff(start, append=len(Z))
    d = deviations(panel.treatment, panel.first)
    fit = partial(_fit_subset, gram, size, Z.shape[1], d @ d)
    of_cluster = np.repeat(np.arange(len(size)), size)
    group, labels = once(panel.rows[by], of_cluster, cluster).factorize(sort=True)
    if group.min() < 0:
        raise ValueError(f"missing values in {by}: fill or drop them")
    step = _rows(len(size))
    slices = [np.arange(a, min(a + step, len(labels))) for a in range(0, len(labels), step)]
    fits = [fit((group != left_out[:, None]).astype(float)) for left_out in slices]
    coefficients, ses = np.hstack(fits)
    observed, observed_se = fit(np.ones((1, len(size))))[:, 0].tolist()
    df = len(size) - np.bincount(group) - 1
    return Draws(coefficients, ses, df, observed, observed_se, np.asarray(labels))


# --- placebo


@dataclass(frozen=True)
class _Core(ABC):
    """What draws need of the data."""

    width: int  # counties or clusters

    @abstractmethod
    def draw(self, rng: np.random.Generator, size: int) -> np.ndarray:
        """Coefficients and standard errors of some draws, (2, size)."""


@dataclass(frozen=True)
class _PlaceboCore(_Core):
    """What a draw needs of a county; q sums, n counties, K cohorts.

    The residualised treatment of a county on path k is P_k − Wπ, where P_k is the path less
    its county mean, W an orthonormal basis of what else is projected off, and π = W'd.
    On a balanced panel the year means of the treatment are the same in every draw: they are
    taken off P_k in closed form, and W holds only the controls. Otherwise W holds the year
    dummies too.
    """

    paths: np.ndarray  # ((K + 1)n, 2 + p) P_k'ỹ, P_k'P_k, W'P_k of a county, less path 0's
    sums: np.ndarray  # (2 + p,) the same of path 0, over all counties
    shared: np.ndarray  # (q, n) path 0's, then ỹ'W and the triangle of W'W of each county
    lead: np.ndarray  # (G,)
    factor: float
    counties: np.ndarray  # (n,) stratum by stratum
    slots: np.ndarray  # (n,) their cohort numbers; 0 is never treated
    strata: np.ndarray  # (strata + 1,) where strata begin and end
    groups: np.ndarray | None = None  # (n,) which counties are drawn together

    def draw(self, rng: np.random.Generator, size: int) -> np.ndarray:
        drawn = np.tile(self.counties, (size, 1))
        if self.groups is not None:
            turn = rng.random((size, self.groups.max() + 1))
            drawn = turn[:, self.groups].argsort(axis=1, kind="stable")
        for a, b in pairwise(self.strata) if self.groups is None else ():
            rng.permuted(drawn[:, a:b], axis=1, out=drawn[:, a:b])
        treated = np.flatnonzero(self.slots)
        return _fit_paths(self, drawn[:, treated], self.slots[treated])


def _paths(panel: TwoWay) -> tuple[np.ndarray, np.ndarray]:
    """Cohort number of each county, 0 if never treated, and the cohorts' paths (K, T)."""
    years = panel.years
    start = pd.to_numeric(once(panel.rows["cohort"], panel.county, "county"))
    start = start.to_numpy(float, na_value=np.nan)
    start = np.where(start <= years[-1], start, np.inf)
    if not np.isfinite(start).any():
        raise ValueError(f"no county has a cohort up to {years[-1]}: nothing to draw")
    implied = (years[panel.year] >= start[panel.county]).astype(float)
    if (other := implied != panel.treatment).any():
        row = np.flatnonzero(other)[0]
        raise ValueError(
            f"the treatment is {panel.treatment[row]:g} in {panel.rows['county'][row]}, "
            f"{years[panel.year[row]]}, but cohort implies {implied[row]:g}: it must be 1 "
            "from cohort on and 0 elsewhere"
        )
    cohorts = np.unique(start[np.isfinite(start)])
    label = np.where(np.isfinite(start), np.searchsorted(cohorts, start) + 1, 0)
    return label, (years >= cohorts[:, None]).astype(float)


def _placebo_core(
    panel: TwoWay, label: np.ndarray, paths: np.ndarray, strata: str | None
) -> _PlaceboCore:
    order, bounds = _strata(panel, strata)
    n, T = len(panel.first), len(panel.years)
    balanced = len(panel.y) == n * T
    y, X, path_means = panel.y, panel.X, np.zeros(T)

    def by_year(values: np.ndarray) -> np.ndarray:
        return values.reshape(n, T, *values.shape[1:]).mean(axis=0)

    if balanced:
        y, X = y - by_year(y)[panel.year], X - by_year(X)[panel.year]
        path_means = by_year(deviations(panel.treatment, panel.first))
    W = basis(X if balanced else np.hstack([panel.year_dummies, X]))
    y = residual(y, W)

    def sums(path: np.ndarray) -> np.ndarray:
        P = deviations(path[panel.year], panel.first) - path_means[panel.year]
        rows = np.column_stack([P * y, P**2, P[:, None] * W])
        return run_sums(rows, panel.first)

    never = sums(np.zeros(T))
    yW = run_sums(y[:, None] * W, panel.first)
    parameters = W.shape[1] + 1 + (T if balanced else 1)
    return _PlaceboCore(
        width=n,
        paths=np.vstack([np.zeros_like(never), *(sums(path) - never for path in paths)]),
        sums=never.sum(axis=0),
        shared=np.hstack([never, yW, _gram(W, panel.first)]).T.copy(),
        lead=panel.lead,
        factor=small_sample_factor(len(y), len(panel.lead), parameters),
        counties=order,
        slots=label[order],
        strata=bounds,
    )


def _strata(panel: TwoWay, column: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Counties by stratum, and where strata begin and end; a draw shuffles inside them."""
    n = len(panel.first)
    stratum = np.zeros(n, int)
    if column:
        stratum = once(panel.rows[column], panel.county, "county").factorize()[0]
    if stratum.min() < 0:
        raise ValueError(f"missing values in {column}: fill or drop them")
    order = np.argsort(stratum, kind="stable")
    return order, np.flatnonzero(np.diff(stratum[order], prepend=-1, append=-1))


def _gram(Z: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Z'Z of each run of rows, its upper triangle; shape (runs, q(q + 1)/2)."""
    parts = [run_sums(Z[:, i:] * Z[:, [i]], first) for i in range(Z.shape[1])]
    return np.hstack([np.empty((len(first), 0)), *parts])


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


# --- wild cluster bootstrap


@dataclass(frozen=True)
class _WildCore(_Core):
    """Sums of each of G clusters; W is an orthonormal basis of year effects and controls."""

    dy: np.ndarray  # (G,) d̃'ỹ
    dd: np.ndarray  # (G,) d̃'d̃
    Wd: np.ndarray  # (G, q) W'd̃
    Wy: np.ndarray  # (G, q) W'ỹ
    factor: float
    support: np.ndarray  # values of the weights

    def draw(self, rng: np.random.Generator, size: int) -> np.ndarray:
        drawn = rng.integers(0, len(self.support), (size, self.width), dtype=np.int8)
        return _fit_wild(self, self.support[drawn])


def _wild_core(panel: TwoWay, support: np.ndarray) -> _WildCore:
    d, W, y = panel.residualised()
    rows = np.column_stack([d * y, d * d, d[:, None] * W, y[:, None] * W])
    sums = run_sums(rows, panel.first[panel.lead])
    Wd, Wy = np.split(sums[:, 2:], 2, axis=1)
    factor = small_sample_factor(len(y), len(sums), W.shape[1] + 2)
    return _WildCore(len(sums), sums[:, 0], sums[:, 1], Wd, Wy, factor, support)


def _fit_wild(core: _WildCore, w: np.ndarray) -> np.ndarray:
    """Bootstrap coefficients and standard errors, (2, B), with weights (B, G).

    The coefficient is β* = Σ w d̃'ỹ / Σ d̃'d̃, a score w d̃'ỹ − d̃'W Σ(w W'ỹ) − β* d̃'d̃.
    """
    norm = core.dd.sum()
    beta = w @ core.dy / norm
    scores = w * core.dy - (w @ core.Wy) @ core.Wd.T - beta[:, None] * core.dd
    return np.array([beta, np.sqrt(core.factor * np.einsum("bg,bg->b", scores, scores)) / norm])


# --- leave-one-out


def _fit_subset(
    gram: np.ndarray, size: np.ndarray, q: int, spread: float, taken: np.ndarray
) -> np.ndarray:
    """Coefficients and standard errors, (2, B), of the clusters that are taken (B, G), 1 or 0.

    Of each cluster, ``gram`` (G, q(q + 1)/2) holds the cross-products of Z = [d̃, W, ỹ], where W
    spans year dummies and controls, and ``size`` (G,) the rows; ``spread`` is the sum of squares of
    the treatment less county means. A score is l'(Z'Z)r of a cluster, l the weights of Z in the
    residualised treatment and r those in the regression's residual.
    """
    B = len(taken)
    i, j = np.triu_indices(q)
    ZZ = np.empty((B, q, q))
    ZZ[:, i, j] = ZZ[:, j, i] = taken @ gram
    value, vector = np.linalg.eigh(ZZ[:, 1:-1, 1:-1])
    kept = value > SINGULAR
    inverse = (vector / np.where(kept, value, np.inf)[:, None]) @ vector.transpose(0, 2, 1)
    pi, gamma = np.moveaxis(inverse @ ZZ[:, 1:-1, [0, -1]], 2, 0)
    dd = ZZ[:, 0, 0] - np.einsum("bj,bj->b", ZZ[:, 0, 1:-1], pi)
    dy = ZZ[:, 0, -1] - np.einsum("bj,bj->b", ZZ[:, 0, 1:-1], gamma)
    dd = np.where(dd > SINGULAR * spread, dd, np.nan)[:, None]
    beta = dy[:, None] / dd
    left = np.hstack([np.ones((B, 1)), -pi, np.zeros((B, 1))])
    right = np.hstack([-beta, beta * pi - gamma, np.ones((B, 1))])
    pairs = (left[:, i] * right[:, j] + left[:, j] * right[:, i]) * np.where(i == j, 0.5, 1)
    meat = np.einsum("bg,bg->b", taken, (pairs @ gram.T) ** 2)
    clusters = taken.sum(axis=1)
    clusters = np.where(clusters > 1, clusters, np.nan)  # one has no variance
    factor = small_sample_factor(taken @ size, clusters, kept.sum(axis=1) + 2)
    return np.array([beta[:, 0], np.sqrt(factor * meat) / dd[:, 0]])


# --- draws, in parallel


def _draw(
    core: _Core,
    observed: np.ndarray,
    df: int,
    draws: int,
    seed: int | np.random.SeedSequence,
    workers: int | None,
) -> Draws:
    """Compute all blocks, task by task; a bar shows once that has taken two seconds."""
    coefficient, se = observed[:, 0].tolist()
    if np.isnan(coefficient):
        raise ValueError(NOT_IDENTIFIED)
    if draws < 1:
        raise ValueError(f"{draws} draws: ask for one or more")
    root = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
    blocks = range(-(-draws // BLOCK))
    tasks = [blocks[a : a + BLOCKS_A_TASK] for a in blocks[::BLOCKS_A_TASK]]
    compute = joblib.delayed(_compute)
    calls = (compute(core, root.entropy, root.spawn_key, task) for task in tasks)
    found = []
    with tqdm(total=draws, delay=2, smoothing=0) as bar:
        for estimates in joblib.Parallel(n_jobs=workers, return_as="generator")(calls):
            found.append(estimates)
            bar.update(min(estimates.shape[1], draws - bar.n))
    coefficients, ses = np.hstack(found)[:, :draws]
    return Draws(coefficients, ses, df, coefficient, se)


def _compute(
    core: _Core, entropy: int | list[int], spawn_key: tuple[int, ...], blocks: range
) -> np.ndarray:
    """All draws of some blocks, (2, draws); block b has child b of the seed."""
    step, estimates = _rows(core.width), []
    with threadpool_limits(1, "blas"):
        for block in blocks:
            child = np.random.SeedSequence(entropy, spawn_key=(*spawn_key, block))
            rng = np.random.default_rng(child)
            estimates += [core.draw(rng, min(step, BLOCK - a)) for a in range(0, BLOCK, step)]
    return np.hstack(estimates)


def _rows(width: int) -> int:
    """Draws computed at once: by the data alone, so that rounding is always the same."""
    return int(np.clip(SLICE // width, 1, BLOCK))
