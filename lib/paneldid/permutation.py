"""Placebo policies: who gets which cohort in a draw, and a draw's estimate from county sums.

The residualised treatment of a county on path k is P_k − Dγ − Wπ: P_k is the path less its county
mean, D the year dummies less theirs, and W an orthonormal basis of the controls, free of both fixed
effects; γ and π are its coefficients. On a balanced panel the year means of the treatment are the
same in every draw: they are taken off P_k in closed form, and there is no γ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from paneldid.checks import check_cohort
from paneldid.partialling import (
    SINGULAR,
    TwoWay,
    basis,
    cluster_sums,
    deviations,
    once,
    residual,
    small_sample_factor,
)

BLOCK = 250
"""Draws that share one random stream."""
FIT = 125
"""Draws fitted at once: half a block, so that their sums stay near the processor."""
SLICE = 2**22
"""Draws times counties computed at once: bounds memory to a few arrays of 32 MB. Like
``BLOCK`` it is part of what a seed means: above 16,777 counties other slices draw otherwise."""
FEW = 64
"""With fewer draws at once, a shuffle of each is faster than shuffling all place by place."""

Array = np.ndarray


@dataclass(frozen=True)
class Deal:
    """Units, stratum by stratum, and the cohorts dealt to them in every draw."""

    units: Array  # (U,)
    slots: Array  # (U,) their cohort numbers; 0 is never treated
    strata: Array  # (strata + 1,) where strata begin and end

    @property
    def treated(self) -> Array:
        """Cohort numbers of the treated places, stratum by stratum, as `draw` fills them."""
        return np.concatenate([s[s > 0] for s in map(self.slots.__getitem__, self._slices())])

    def _slices(self) -> Iterator[slice]:
        return (slice(a, b) for a, b in pairwise(self.strata.tolist()))

    def draw(self, rng: np.random.Generator, size: int) -> Array:
        """Which unit takes each treated place, (size, places): the first draws of a stream."""
        step = int(np.clip(SLICE // len(self.units), 1, BLOCK))
        deal = self._by_place if step >= FEW else self._by_draw
        drawn = [deal(rng, min(step, size - a)) for a in range(0, size, step)]
        return np.vstack(drawn).astype(np.intp, order="C")

    def _by_draw(self, rng: np.random.Generator, size: int) -> Array:
        """Shuffle draw by draw, and keep the treated places."""
        found = []
        for _ in range(size):
            shuffled = [rng.permutation(self.units[s]) for s in self._slices()]
            found.append(np.concatenate(shuffled)[self.slots > 0])
        return np.array(found)

    def _by_place(self, rng: np.random.Generator, size: int) -> Array:
        """Fisher and Yates' shuffle of all draws at once, place by place, no further than needed.

        Which of the units left takes a place is the product of their number and a uniform number
        of 53 bits: none is likelier than another by more than one part in 10¹².
        """
        counts = [int((self.slots[s] > 0).sum()) for s in self._slices()]
        uniform = np.split(rng.random((size, sum(counts))), np.cumsum(counts)[:-1], axis=1)
        return np.hstack(
            [_first_places(self.units[s], u) for s, u in zip(self._slices(), uniform, strict=True)]
        )


def deal(label: Array, stratum: Array | None) -> Deal:
    """Deal of the cohort numbers (U,) among units 0 … U−1 within strata (U,)."""
    stratum = np.zeros(len(label), int) if stratum is None else stratum
    order = np.argsort(stratum, kind="stable")
    bounds = np.flatnonzero(np.diff(stratum[order], prepend=-1, append=-1))
    return Deal(order, label[order], bounds)


def _first_places(units: Array, uniform: Array) -> Array:
    """Units on the first places of shuffles by uniform numbers (size, places), of that shape."""
    n, (size, places) = len(units), uniform.shape
    small = units.astype(np.int16 if units.max() < 2**15 else np.int32)
    rows = np.repeat(small[:, None], size, axis=1)
    flat, left = rows.reshape(-1), n - np.arange(places)
    swaps = (uniform * left).T.astype(np.intp, order="C")
    swaps *= size
    swaps += np.arange(size)
    dealt = np.empty((places, size), small.dtype)
    for row, swap, drawn in zip(rows[::-1], swaps, dealt, strict=False):  # from the last place on
        flat.take(swap, out=drawn, mode="clip")  # all are inside; to check it would cost a copy
        flat[swap] = row
    return dealt.T


@dataclass(frozen=True)
class PlaceboCore:
    """What a draw needs of n counties: K cohorts, p controls, T years or none if balanced."""

    deal: Deal
    member: Array | None  # (n,) unit of each county; None if units are counties
    paths: Array  # ((K + 1)n, 2 + p + T) P_k'ỹ, P_k'P_k, W'P_k, P_k of a county, less path 0's
    sums: Array  # (2 + p + T,) the same of path 0, over all counties
    shared: Array  # (q, n) a county's sums, in the order of their coefficients in `fit`
    inverse: Array  # (T, T) of D'D
    seen: Array  # (T, n) years in which each county is observed, over the root of their number
    lead: Array  # (G,) first county of each cluster
    factor: float

    @property
    def width(self) -> int:
        """Number of counties, n."""
        return self.shared.shape[1]

    @property
    def step(self) -> int:
        """Draws fitted at once: by the data alone, so that rounding is always the same."""
        return int(np.clip(SLICE // self.width, 1, FIT))

    @property
    def block(self) -> int:
        """Draws that share one random stream."""
        return BLOCK

    def draw(self, rng: np.random.Generator, wanted: int) -> Array:
        """Coefficients and standard errors of the first draws of a block, (2, wanted)."""
        whole = -(-wanted // self.step) * self.step  # no slice is cut: a draw's rounding stays
        units, label = self.deal.draw(rng, whole), self.deal.treated
        if self.member is None:
            return self.fit(units, np.broadcast_to(label, units.shape))[:, :wanted]
        of_unit = np.zeros((len(units), len(self.deal.units)), int)
        np.put_along_axis(of_unit, units, np.broadcast_to(label, units.shape), axis=1)
        return self.fit_labels(of_unit[:, self.member])[:, :wanted]

    def fit_labels(self, label: Array) -> Array:
        """As `fit`, with the path number of every county (B, n)."""
        return self.fit(np.broadcast_to(np.arange(self.width), label.shape), label)

    def fit(self, county: Array, label: Array) -> Array:
        """Coefficients and errors, (2, B), with some counties (B, m) on paths (B, m)."""
        slices = (slice(a, a + self.step) for a in range(0, len(county), self.step))
        return np.hstack([_fit_paths(self, county[s], label[s]) for s in slices])


def placebo_core(panel: TwoWay, paths: Array, deal: Deal, member: Array | None) -> PlaceboCore:
    """Sums of each county for cohorts with these paths (K, T)."""
    n, T = len(panel.first), len(panel.years)
    y, X, path_means, inverse, rank = panel.y, panel.X, np.zeros(T), np.empty((0, 0)), T - 1
    seen, balanced = np.empty((0, n)), len(y) == n * T

    def year_means(values: Array) -> Array:
        return np.full(n, 1 / n) @ values.T.reshape(*values.shape[:0:-1], n, T)

    if balanced:
        y, X = (v - np.tile(year_means(v), n).T for v in (y, X))
        path_means = year_means(deviations(panel.treatment, panel.first))
    else:
        seen, inverse, rank = _years(panel)
        y, X = (_off_years(panel, v, inverse) for v in (y, X))
    W = basis(X)
    every_path = np.vstack([np.zeros(T), paths]).T  # from here on, county by county
    there = _wide(panel, np.ones(len(y)))
    county_means = (there @ every_path) / there.sum(axis=1, keepdims=True)
    P = there[:, :, None] * (every_path - county_means[:, None] - path_means[:, None])
    yW = _wide(panel, np.column_stack([residual(y, W), W]))
    i, j = 1 + np.array(np.triu_indices(W.shape[1]))
    del X, W  # with many counties, as much memory as all that follows
    of_path, own = P.transpose(0, 2, 1) @ yW, yW.transpose(0, 2, 1) @ yW
    sums = [of_path[:, :, :1], np.einsum("ntk,ntk->nk", P, P)[:, :, None], of_path[:, :, 1:]]
    shared = [*(v[:, 0] for v in sums), own[:, 0, 1:], own[:, i, j] * np.where(i == j, 1, 2)]
    if not balanced:
        sums += [P.transpose(0, 2, 1)]
        shared += [yW[:, :, 0], there, yW[:, :, 1:].transpose(0, 2, 1).reshape(n, -1)]
    by_path = np.concatenate(sums, axis=2).transpose(1, 0, 2)
    return PlaceboCore(
        deal=deal,
        member=member,
        paths=(by_path - by_path[0]).reshape(-1, by_path.shape[2]),
        sums=by_path[0].sum(axis=0),
        shared=np.hstack(shared).T.copy(),
        inverse=inverse,
        seen=seen,
        lead=panel.lead,
        factor=small_sample_factor(len(y), len(panel.lead), yW.shape[2] + 1 + rank),
    )


def _years(panel: TwoWay) -> tuple[Array, Array, int]:
    """`PlaceboCore.seen`, the inverse of D'D, and its rank."""
    seen = _wide(panel, np.ones(len(panel.y)))
    scaled = seen / np.sqrt(seen.sum(axis=1, keepdims=True))
    gram = np.diag(seen.sum(axis=0)) - scaled.T @ scaled
    rank = np.linalg.matrix_rank(gram, rtol=SINGULAR, hermitian=True)
    return scaled.T.copy(), np.linalg.pinv(gram, rcond=SINGULAR, hermitian=True), int(rank)


def _off_years(panel: TwoWay, values: Array, inverse: Array) -> Array:
    """Take the year dummies off values (N, …) that are free of county means."""
    fitted = inverse @ cluster_sums(values, panel.year)
    return values - deviations(fitted[panel.year], panel.first)


def _wide(panel: TwoWay, values: Array) -> Array:
    """Values (N, …) by county and year, (n, T, …), zero where there is no row."""
    wide = np.zeros((len(panel.first), len(panel.years), *values.shape[1:]))
    wide[panel.county, panel.year] = values
    return wide


def _fit_paths(core: PlaceboCore, county: Array, label: Array) -> Array:
    """Coefficients and standard errors, (2, B), of one slice; all other counties are on path 0.

    With u, v a county's d̃'ỹ and d̃'d̃, its score is u − βv, where u = P'ỹ − π'W'ỹ − γ'D'ỹ and
    v = P'P − 2π'W'P − 2γ'D'P + π'W'Wπ + 2γ'D'Wπ + γ'D'Dγ.
    """
    B, n, T = len(county), core.width, len(core.inverse)
    rows = core.paths.take(county + n * label, axis=0)
    sums = core.sums + (np.ones((1, rows.shape[1])) @ rows)[:, 0]
    pi, by_year = np.split(sums[:, 2:], [sums.shape[1] - 2 - T], axis=1)
    gamma = by_year @ core.inverse
    dd = sums[:, 1] - np.einsum("bj,bj->b", pi, pi) - np.einsum("bt,bt->b", gamma, by_year)
    dd = np.where(dd > SINGULAR * sums[:, 1], dd, np.nan)
    beta = (sums[:, 0] / dd)[:, None]
    own = np.hstack([np.ones((B, 1)), -beta, 2 * beta * pi, 2 * beta * gamma])
    i, j = np.triu_indices(pi.shape[1])
    coefs = [own[:, : own.shape[1] - T], -pi, -beta * pi[:, i] * pi[:, j]]
    if T:
        both = (pi[:, :, None] * gamma[:, None, :]).reshape(B, -1)
        coefs += [-gamma, -beta * gamma**2, -2 * beta * both]
    scores = np.hstack(coefs) @ core.shared
    if T:
        scores += beta * (gamma @ core.seen) ** 2
    place = (county + n * np.arange(B)[:, None]).ravel()
    scores.ravel()[place] += (rows @ own[:, :, None]).ravel()
    if len(core.lead) < n:
        scores = np.add.reduceat(scores, core.lead, axis=1)
    meat = np.einsum("bg,bg->b", scores, scores)
    return np.array([beta[:, 0], np.sqrt(core.factor * meat) / dd])


def cohort_paths(panel: TwoWay, cohorts: Array) -> tuple[Array, Array]:
    """Numbers of cohorts (…), 0 if they start after the last year, and the paths (K, T)."""
    years = panel.years
    start = np.where(cohorts <= years[-1], cohorts, np.inf)
    different = np.unique(start[np.isfinite(start)])
    label = np.where(np.isfinite(start), np.searchsorted(different, start) + 1, 0)
    return label, (years >= different[:, None]).astype(float)


def observed_cohorts(panel: TwoWay) -> Array:
    """First treated year of each county (n,), infinite if never, checked against the treatment."""
    start = pd.to_numeric(once(panel.rows["cohort"], panel.county, "county"))
    start = start.to_numpy(float, na_value=np.nan)
    check_cohort(panel.rows.iloc[panel.first])
    start = np.where(start <= panel.years[-1], start, np.inf)
    if not np.isfinite(start).any():
        raise ValueError(f"no county has a cohort up to {panel.years[-1]}: nothing to draw")
    implied = (panel.years[panel.year] >= start[panel.county]).astype(float)
    if (other := implied != panel.treatment).any():
        row = np.flatnonzero(other)[0]
        raise ValueError(
            f"the treatment is {panel.treatment[row]:g} in {panel.rows['county'][row]}, "
            f"{panel.years[panel.year[row]]}, but cohort implies {implied[row]:g}: it must be 1 "
            "from cohort on and 0 elsewhere"
        )
    return start
