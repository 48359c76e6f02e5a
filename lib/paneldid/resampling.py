"""Resampling of a two-way fixed-effects regression: placebo, wild bootstrap, leave-one-out.

The regression is ``outcome~treatment+controls|county+year`` with errors clustered by county
or by something coarser. With M the projection off the controls and both fixed effects, and
d̃ = Md, ỹ = My (Frisch and Waugh 1933; Lovell 1963), the coefficient is β = d̃'ỹ / d̃'d̃ and
its clustered variance is that of Liang and Zeger (1986), Σ_g s_g² / (d̃'d̃)², with the score
s_g = Σ_{i∈g} d̃_i'(ỹ_i − βd̃_i) and the small-sample factor of fixest and reghdfe. No draw
touches the rows of the panel again: every score is linear in sums that a county brings along,
so a draw costs a gather of those sums and one small matrix product.

Draws come in blocks, each with its own child of the seed, and one BLAS thread computes them slice
by slice. So the numbers depend on the data and the seed alone: not on the number of workers, their
backend or the number of draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Protocol

import joblib
import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import stdtr
from threadpoolctl import ThreadpoolController
from tqdm import tqdm

from paneldid.partialling import (
    NOT_IDENTIFIED,
    SINGULAR,
    TwoWay,
    deviations,
    gram,
    once,
    run_sums,
    small_sample_factor,
    two_way,
)
from paneldid.permutation import (
    BLOCK,
    SLICE,
    cohort_paths,
    deal,
    observed_cohorts,
    placebo_core,
)

TASK = 10_000
"""Draws a worker makes at a time."""
WILD = 50
"""Draws of the wild bootstrap that share one random stream, and are computed at once."""
SUPPORT = {
    "rademacher": np.array([-1.0, 1.0]),
    "webb": np.array([-(1.5**0.5), -1.0, -(0.5**0.5), 0.5**0.5, 1.0, 1.5**0.5]),
}
"""Values of the wild bootstrap weights, each as likely as the others (Webb 2014)."""

_blas = ThreadpoolController()  # knows numpy's and scipy's: both are imported
one_thread = _blas.wrap(limits=1, user_api="blas")


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
    seed: int | np.random.SeedSequence | None = None,
    draws: int = 1000,
    strata: str | None = None,
    unit: str = "county",
    assignments: pd.DataFrame | None = None,
    cluster: str = "county",
    workers: int | None = None,
) -> Draws:
    """Give the cohorts to counties at random and estimate the same regression again.

    Cohorts keep their sizes and never overlap; a county keeps its outcome and controls. A
    draw's coefficient, standard error, t and p are those of a new fit by pyfixest.

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
        Column, say province: each of its values keeps its own number of units a cohort.
    unit
        Column whose counties move together, say an industrial cluster's: cohorts change hands
        between units, and a cohort keeps its number of units, not of counties.
    assignments
        Instead of a seed: the cohorts (counties, draws) to estimate with, index county.
    cluster
        Column by which errors are clustered. Counties are nested in it.
    workers
        Processes, as joblib's ``n_jobs``, without influence on the numbers; None is one, or what
        ``joblib.parallel_config`` says.

    Raises
    ------
    ValueError
        If formula, columns or treatment are not as said.
    """
    if (seed is None) == (assignments is None):
        raise ValueError("either a seed or assignments: one of the two")
    of_units = [unit] * (unit != "county")
    panel = two_way(data, fml, cluster, "cohort", *of_units, *([strata] if strata else []))
    start = observed_cohorts(panel)
    given = np.empty((0, len(start))) if assignments is None else _given(panel, assignments)
    label, paths = cohort_paths(panel, np.vstack([start, given]))
    member, first = None, np.arange(len(start))
    if of_units:
        member, first = _members(panel, unit)
        once(panel.rows["cohort"], member[panel.county], unit)
    stratum = _codes(panel, strata, member, unit) if strata else None
    core = placebo_core(panel, paths, deal(label[0][first], stratum), member)
    observed, df = core.fit_labels(label[:1]), len(panel.lead) - 1
    if assignments is None:
        return _draw(core, observed, df, draws, seed, workers)
    coefficients, ses = core.fit_labels(label[1:])
    return Draws(coefficients, ses, df, *_identified(observed))


def draw_assignments(
    cohort: pd.Series,
    *,
    seed: int | np.random.SeedSequence,
    draws: int,
    strata: pd.Series | None = None,
) -> pd.DataFrame:
    """Cohorts dealt at random, (counties, draws): those of `placebo` with the same seed.

    ``cohort`` and ``strata`` are indexed by county; missing is never treated. The same draws come
    out as in `placebo` if counties are sorted and all are used there.
    """
    numbers, years = cohort.factorize(sort=True)
    codes = None if strata is None else strata.reindex(cohort.index).factorize()[0]
    dealt = deal(numbers + 1, codes)
    values = np.append(np.nan, np.asarray(years, float))
    table = np.zeros((draws, len(cohort)), int)
    for block, child in enumerate(_root(seed).spawn(-(-draws // BLOCK))):
        rows = table[block * BLOCK : (block + 1) * BLOCK]
        units = dealt.draw(np.random.default_rng(child), len(rows))
        np.put_along_axis(rows, units, np.broadcast_to(dealt.treated, units.shape), axis=1)
    return pd.DataFrame(values[table.T], cohort.index)


def _given(panel: TwoWay, assignments: pd.DataFrame) -> np.ndarray:
    """Cohorts (draws, n) of the panel's counties, infinite if never treated."""
    counties = panel.rows["county"].iloc[panel.first]
    if assignments.index.has_duplicates:
        raise ValueError("assignments name a county twice: keep one row for each")
    if len(lost := counties[~counties.isin(assignments.index)]):
        raise ValueError(f"assignments lack county {lost.iloc[0]}: they need one row for each")
    values = assignments.loc[counties].to_numpy(float).T
    return np.where(np.isnan(values), np.inf, values)


def _members(panel: TwoWay, unit: str) -> tuple[np.ndarray, np.ndarray]:
    """Unit of each county, and a county of each unit."""
    codes = _codes(panel, unit)
    return codes, np.unique(codes, return_index=True)[1]


def _codes(
    panel: TwoWay, column: str, member: np.ndarray | None = None, unit: str = "county"
) -> np.ndarray:
    """Codes of a column that is constant within counties, or within units with these members."""
    group = panel.county if member is None else member[panel.county]
    codes = once(panel.rows[column], group, unit).factorize()[0]
    if codes.min() < 0:
        raise ValueError(f"missing values in {column}: fill or drop them")
    return codes


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
    products, size = gram(Z, start), np.diff(start, append=len(Z))
    d = deviations(panel.treatment, panel.first)
    fit = partial(_fit_subset, products, size, Z.shape[1], d @ d)
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


# --- wild cluster bootstrap


@dataclass(frozen=True)
class _WildCore:
    """Sums of each of G clusters; W is an orthonormal basis of year effects and controls."""

    width: int  # G
    dy: np.ndarray  # (G,) d̃'ỹ
    dd: np.ndarray  # (G,) d̃'d̃
    Wd: np.ndarray  # (G, q) W'd̃
    Wy: np.ndarray  # (G, q) W'ỹ
    factor: float
    support: np.ndarray  # values of the weights
    block = WILD

    def draw(self, rng: np.random.Generator, wanted: int) -> np.ndarray:
        step, found = _rows(self.width), []
        for a in range(0, wanted, step):
            size = min(step, self.block - a)
            drawn = rng.integers(0, len(self.support), (size, self.width), dtype=np.int8)
            found.append(_fit_wild(self, self.support[drawn]))
        return np.hstack(found)[:, :wanted]


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


class _Core(Protocol):
    """What draws need of the data."""

    @property
    def block(self) -> int:
        """Draws that share one random stream."""

    def draw(self, rng: np.random.Generator, wanted: int) -> np.ndarray:
        """Coefficients and standard errors of the first draws of a block, (2, wanted)."""


def _root(seed: int | np.random.SeedSequence) -> np.random.SeedSequence:
    """The seed's sequence, without children yet."""
    if not isinstance(seed, np.random.SeedSequence):
        return np.random.SeedSequence(seed)
    return np.random.SeedSequence(seed.entropy, spawn_key=seed.spawn_key)


def _identified(observed: np.ndarray) -> tuple[float, float]:
    coefficient, se = observed[:, 0].tolist()
    if np.isnan(coefficient):
        raise ValueError(NOT_IDENTIFIED)
    return coefficient, se


def _draw(
    core: _Core,
    observed: np.ndarray,
    df: int,
    draws: int,
    seed: int | np.random.SeedSequence | None,
    workers: int | None,
) -> Draws:
    """Compute all draws, task by task; a bar shows once that has taken two seconds."""
    coefficient, se = _identified(observed)
    if draws < 1:
        raise ValueError(f"{draws} draws: ask for one or more")
    root = _root(0 if seed is None else seed)
    step = max(TASK // core.block, 1) * core.block
    compute = joblib.delayed(_compute)
    calls = (
        compute(core, root.entropy, root.spawn_key, a, min(a + step, draws))
        for a in range(0, draws, step)
    )
    found = []
    with tqdm(total=draws, delay=2, smoothing=0) as bar:
        for estimates in joblib.Parallel(n_jobs=workers, return_as="generator")(calls):
            found.append(estimates)
            bar.update(estimates.shape[1])
    coefficients, ses = np.hstack(found)
    return Draws(coefficients, ses, df, coefficient, se)


@one_thread
def _compute(
    core: _Core, entropy: int | list[int], spawn_key: tuple[int, ...], start: int, end: int
) -> np.ndarray:
    """Draws from start, where a block begins, to end, (2, draws); a block has its own child."""
    estimates = []
    for a in range(start, end, core.block):
        child = np.random.SeedSequence(entropy, spawn_key=(*spawn_key, a // core.block))
        estimates.append(core.draw(np.random.default_rng(child), min(core.block, end - a)))
    return np.hstack(estimates)


def _rows(width: int) -> int:
    """Draws computed at once: by the data alone, so that rounding is always the same."""
    return int(np.clip(SLICE // width, 1, WILD))
