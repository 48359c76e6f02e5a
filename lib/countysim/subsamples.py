"""Draws arranged so that subsamples have chosen numbers of rows: support, loans, grain."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
import pandas as pd
import statsmodels.api as sm

Array = np.ndarray

BOUNDARY = 0.03
"""Distance, on the logit's index, that exchanged counties keep from the edge of the support."""
MAX_ROUNDS = 12


def propensity(controls: Array, treat: Array) -> tuple[Array, Array]:
    """Index of the pooled logit of ``treat`` on the controls, and its slopes."""
    spread = controls.std(axis=0)
    x = sm.add_constant((controls - controls.mean(axis=0)) / spread)
    beta = sm.Logit(treat, x).fit(disp=0).params
    return x @ beta, beta[1:] / spread


def off_support(index: Array, treat: Array) -> Array:
    """County-years outside the other group's range of indices, in either group."""
    groups = index[treat == 1], index[treat == 0]
    return (index < max(g.min() for g in groups)) | (index > min(g.max() for g in groups))


def lost_rows(off: Array, county: Array) -> int:
    """Rows that a fixed-effects regression loses: off support, or alone in their county."""
    left = np.bincount(county[~off], minlength=county.max() + 1)
    return int(off.sum() + (left == 1).sum())


def swap_for_support(controls: Array, treat: Array, county: Array, off: int) -> Array:
    """Exchange the controls of counties until the ``off`` highest indices are all treated.

    A county without a cluster that falls among the highest treated county-years changes
    places with the treated county that is most like it and stays below them.
    """
    paths = controls.reshape(county.max() + 1, -1, controls.shape[1]).copy()
    treated = treat.reshape(len(paths), -1)[:, 0] == 1
    for _ in range(4):
        index = propensity(paths.reshape(controls.shape), treat)[0].reshape(len(paths), -1)
        edge = np.sort(index[treated].ravel())[-off - 1] - BOUNDARY
        highest, mean = index.max(axis=1), index.mean(axis=1)
        free = np.flatnonzero(treated & (highest < edge))
        for code in np.flatnonzero(~treated & (highest >= edge)):
            partner = free[np.argmin(np.abs(mean[free] - mean[code]))]
            free = free[free != partner]
            paths[[code, partner]] = paths[[partner, code]]
    return paths.reshape(controls.shape)


def trim_support(
    controls: Array, treat: Array, county: Array, off: int, mobile: Array
) -> tuple[Array, bool]:
    """Move the few rows that stand in the way of losing exactly ``off`` treated rows.

    Untreated rows above the place where the support must end are lowered to it, or the
    highest one is raised to it; and the lowest row of all is made a treated one, so that no
    untreated row is off support: whether controls are trimmed or not then makes no difference.
    Rows move in the controls that are ``mobile`` (boolean, k). Says whether a row moved.
    """
    controls, moved = controls.copy(), False
    for _ in range(MAX_ROUNDS):
        index, slopes = propensity(controls, treat)
        outside = off_support(index, treat)
        if lost_rows(outside, county) == off and not (outside & (treat == 0)).any():
            break
        bottom = (treat == 1) & (index < index[treat == 0].min())
        if not bottom.any():
            row = np.flatnonzero(treat == 1)[[np.argmin(index[treat == 1])]]
            _move(controls, row, index[treat == 0].min() - BOUNDARY - index[row], slopes * mobile)
        else:
            place = _edge(index, treat, county, bottom, off)
            rows = np.flatnonzero((treat == 0) & (index > place))
            if not len(rows):
                rows = np.flatnonzero(treat == 0)[[np.argmax(index[treat == 0])]]
            _move(controls, rows, place - index[rows], slopes * mobile)
        moved = True
    return controls, moved


def _move(controls: Array, rows: Array, distance: Array, slopes: Array) -> None:
    """Shift rows on the index by a distance, at the smallest relative change; in place."""
    direction = controls[rows] ** 2 * slopes
    step = distance / (direction @ slopes)
    controls[rows] = np.maximum(controls[rows] + step[:, None] * direction, 0.3 * controls[rows])


def _edge(index: Array, treat: Array, county: Array, bottom: Array, off: int) -> float:
    """Place between two treated indices where the support must end."""
    order = -np.sort(-index[treat == 1])

    def lost(count: int) -> int:
        return lost_rows(bottom | ((treat == 1) & (index >= order[count])), county)

    count = bisect_left(range(len(order) - 1), off, key=lost)
    return float(order[count : count + 2].mean())


def scale_for_loans(loans: Array, above: int, single_high: int, single_low: int) -> Array:
    """Factors (counties,) on loans (counties, years) that give the median split its counts.

    After scaling, ``above`` county-years lie above the pooled median; ``single_high`` counties
    do so in one year only, and ``single_low`` in all years but one. A factor is a larger or
    smaller population: nothing that is measured per person or per yuan changes.
    """
    paths = -np.sort(-np.log(loans), axis=1)
    t = paths.shape[1]
    ordered = -np.sort(-paths.ravel())
    cut = (ordered[above - 1] + ordered[above]) / 2
    edges = np.column_stack([paths[:, 0] + 0.1, paths, paths[:, -1] - 0.1])
    shifts = cut - (edges[:, :-1] + edges[:, 1:]) / 2  # to lie above the cut in 0, …, t years
    found = (paths > cut).sum(axis=1)
    wanted = found.copy()

    def move(source: tuple[int, ...], goal: int, number: int) -> None:
        """Let the counties nearest to it change the number of their years above the cut."""
        rows = np.flatnonzero(np.isin(wanted, source))
        order = np.argsort(np.abs(shifts[rows, goal]), kind="stable")
        wanted[rows[order[: max(number, 0)]]] = goal

    for k, inner, number in ((1, 2, single_high), (t - 1, t - 2, single_low)):
        outer, surplus = (0 if k == 1 else t), int((wanted == k).sum()) - number
        move((k,), inner, surplus)
        move((outer, inner), k, -surplus)
    while excess := int(wanted.sum()) - above:
        for source in range(3, t - 2) if excess > 0 else range(2, t - 3):
            excess = int(wanted.sum()) - above
            move((source,), source - int(np.sign(excess)), min(abs(excess), 5))
    near = np.abs(paths - cut).min(axis=1) < 1e-5
    change = (wanted != found) | near
    return np.exp(np.where(change, shifts[np.arange(len(paths)), wanted], 0.0))


def with_grain_rows(clusters: pd.DataFrame, rows: int, years: int) -> pd.DataFrame:
    """Let grain clusters cover the counties that a subsample of ``rows`` county-years implies.

    As many counties as needed for whole series; what is then too much is taken from one
    county, which joins a high-value cluster in the last years and changes its type.
    """
    counties = -(-rows // years)
    kinds = clusters["cluster_type"]
    excess = int(kinds.eq("grain").sum()) - counties
    source, goal = ("grain", "high_value") if excess > 0 else ("high_value", "grain")
    key = clusters["county"].str[:2] + clusters["batch_year"].astype(str)
    offers = clusters[kinds == goal].assign(key=key).drop_duplicates("key").set_index("key")
    turned = clusters.index[(kinds == source) & key.isin(offers.index)][: abs(excess)]
    columns = ["cluster", "product", "cluster_type"]
    clusters = clusters.copy()
    clusters.loc[turned, columns] = offers.loc[key[turned], columns].to_numpy()
    return _with_change_of_type(clusters, counties * years - rows)


def _with_change_of_type(clusters: pd.DataFrame, short: int) -> pd.DataFrame:
    if short == 0:
        return clusters
    since = clusters["batch_year"].max() + 1 - short
    province, kinds = clusters["county"].str[:2], clusters["cluster_type"]
    offers = clusters[kinds.eq("high_value") & (clusters["batch_year"] == since)]
    able = kinds.eq("grain") & (clusters["batch_year"] < since)
    joins = clusters[able & province.isin(offers["county"].str[:2])].iloc[0]["county"]
    second = offers[offers["county"].str[:2] == joins[:2]].iloc[[0]].assign(county=joins)
    return pd.concat([clusters, second]).sort_values(["county", "batch_year"], ignore_index=True)
