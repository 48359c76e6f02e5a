"""What hand-made regressions share: rows, demeaning, cluster sums, the small-sample factor.

`absorb` takes any fixed effects off, by pyfixest's own iteration. `two_way` is for county and year
effects alone: it sorts the rows, so that county means are sums of runs, and year effects are a few
more columns to project off (Frisch and Waugh 1933; Lovell 1963).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from paneldid.checks import check_columns

COLLINEAR = 1e-9
"""A variable is left out if fixed effects and earlier variables leave less of its spread."""
SINGULAR = 1e-12
"""The same for squares."""
ABSORBED = 1e-6
"""The same after alternating projections, which leave noise of the size of their tolerance."""
NOT_IDENTIFIED = "the treatment is collinear with controls and fixed effects: drop one"


def small_sample_factor(rows: Any, clusters: Any, parameters: Any) -> Any:
    """Small-sample factor of a clustered variance, as in fixest, pyfixest and reghdfe.

    Of numbers or arrays; parameters without fixed effects nested in the clusters.
    """
    return clusters / (clusters - 1) * (rows - 1) / (rows - parameters)


def cluster_sums(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Sums of rows (N, …) by their codes 0 … G−1, in any order; shape (G, …)."""
    n = len(values)
    return sparse.csr_array((np.ones(n), (codes, np.arange(n)))) @ values


def first_rows(codes: np.ndarray) -> np.ndarray:
    """Where runs of equal codes (N,) begin; shape (runs,)."""
    return np.flatnonzero(np.diff(codes, prepend=-1))


def run_sums(values: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Sums of runs of rows (N, …) that begin at ``first``: `cluster_sums` of sorted rows."""
    return np.add.reduceat(values, first, axis=0)


# --- any fixed effects


def absorb(
    rows: pd.DataFrame, columns: Sequence[str], fixed_effects: Sequence[str], tolerance: float
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Take fixed effects, columns or several joined by ``^``, off some columns.

    Returns the rows that are not alone in a fixed effect (n), what is left of their columns
    (n, columns), zero if that is nothing, and codes of their fixed effects (n, fixed effects).
    Columns must have no missing values. No rows, infinite values, or projections that do not
    converge are a ValueError.
    """
    check_columns(rows, [], columns)
    from pyfixest.estimation import demean, detect_singletons  # a second that workers need not wait

    by = [rows.groupby(effect.split("^"), sort=False) for effect in fixed_effects]
    codes = np.column_stack([groups.ngroup() for groups in by])
    kept = ~detect_singletons(codes)
    if not kept.any():
        over = "+".join(fixed_effects)
        raise ValueError(f"no rows are left: each is alone in one of the fixed effects {over}")
    rows, codes = rows[kept], np.column_stack([pd.factorize(c)[0] for c in codes[kept].T])
    values = np.ascontiguousarray(rows[list(columns)].to_numpy(float))
    left, converged = demean(values, codes.astype(np.uint64), np.ones(len(rows)), tolerance)
    if not converged:
        over = "+".join(fixed_effects)
        raise ValueError(f"within-transformation over {over} did not converge")
    left[:, squares(left) <= ABSORBED**2 * squares(values - values.mean(axis=0))] = 0
    return rows, left, codes


def squares(columns: np.ndarray) -> np.ndarray:
    """Sum of squares of each column, without a second matrix."""
    return np.einsum("ij,ij->j", columns, columns)


def absorbed_parameters(effects: np.ndarray, clusters: np.ndarray) -> tuple[int, int]:
    """Count the parameters of fixed effects (n, effects), given clusters (n,), in two ways.

    As pyfixest counts for clustered errors (without effects nested in the clusters, but with one
    constant), and as ivreghdfe does for its F statistics.
    """
    levels = effects.max(axis=0) + 1
    by_cluster = pd.Series(clusters).groupby
    nested = np.array([(by_cluster(e).nunique() == 1).all() for e in effects.T])
    # one level of each further effect, and all but one of a nested effect, cost nothing
    counted = int(levels.sum()) - (len(levels) - 1) - int((levels[nested] - 1).sum())
    return counted, max(1, counted - bool(nested.any()))


# --- county and year effects


@dataclass(frozen=True)
class TwoWay:
    """Rows by cluster, county and year: N rows, n counties, T years, G clusters."""

    rows: pd.DataFrame  # county, year, cluster and what else was asked for
    y: np.ndarray  # (N,) the outcome less its county means
    X: np.ndarray  # (N, controls) the same, over each variable's spread
    treatment: np.ndarray  # (N,) as in the data
    county: np.ndarray  # (N,) codes 0 … n−1
    year: np.ndarray  # (N,) codes 0 … T−1
    years: np.ndarray  # (T,)
    first: np.ndarray  # (n,) first row of each county
    lead: np.ndarray  # (G,) first county of each cluster

    @property
    def year_dummies(self) -> np.ndarray:
        """All years but the first, less county means; shape (N, T − 1)."""
        dummies = self.year[:, None] == np.arange(1, len(self.years))
        return deviations(dummies / np.sqrt(len(self.y)), self.first)

    def residualised(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Treatment (N,), a basis (N, q) of controls and year effects, and outcome (N,), all free.

        Free of county means and of that basis; a treatment of which nothing is left is an error.
        """
        W = basis(np.hstack([self.year_dummies, self.X]))
        d = deviations(self.treatment, self.first)
        left = residual(d, W)
        if left @ left <= SINGULAR * (d @ d):
            raise ValueError(NOT_IDENTIFIED)
        return left, W, residual(self.y, W)


def two_way(data: pd.DataFrame, fml: str, cluster: str, *others: str) -> TwoWay:
    """Take a formula's variables out of the data, sorted, and take county means off.

    ``fml`` is ``outcome~treatment+controls|county+year``; counties are nested in ``cluster``;
    ``others`` are columns to keep that may have missing values. Rows with a missing variable are
    left out and, as pyfixest does, counties and years of a single row. ValueErrors say why.
    """
    plain = re.sub(r"\s|\+1(?=\|)", "", fml)  # "+1" are no controls
    parts = re.fullmatch(r"(\w+)~([\w+]+)\|(county\+year|year\+county)", plain)
    if not parts:
        raise ValueError(
            f"formula {fml!r} is not outcome~treatment+controls|county+year: make a column of "
            "every interaction or transformation first"
        )
    names, labels = [parts[1], *parts[2].split("+")], {cluster, "county", "year"}
    used = list(dict.fromkeys([*names, *sorted(labels)]))
    check_columns(data, [*used, *others], [*names, "year"])
    rows, values = data[list(labels.union(others))], data[names].to_numpy(float, na_value=np.nan)
    for c in labels:  # the order of categories is no order of counties or years
        if isinstance(rows[c].dtype, pd.CategoricalDtype):
            rows[c] = rows[c].astype(rows[c].cat.categories.dtype)
    while True:
        codes = {c: pd.factorize(rows[c].to_numpy(), sort=True) for c in labels}
        left = ~np.any([np.isnan(values).any(axis=1), *(k < 0 for k, _ in codes.values())], axis=0)
        for c in ("county", "year"):  # as pyfixest does: a fixed effect fits a single row
            left &= np.bincount(codes[c][0] + 1)[codes[c][0] + 1] > 1
        if left.all():
            break
        rows, values = rows[left], values[left]
    if codes[cluster][0].size == 0 or codes[cluster][0].max() == 0:
        raise ValueError(
            f"without missing values in {', '.join(used)}, fewer than two values of {cluster} are "
            "left to cluster by: fill the gaps, or cluster by something finer"
        )
    order = np.lexsort([codes[c][0] for c in ("year", "county", cluster)])
    rows = rows.iloc[order].reset_index(drop=True)
    values = values.T.take(order, axis=1).T  # column after column in memory: faster to sum
    county, year = codes["county"][0][order], codes["year"][0][order]
    starts = np.diff(county, prepend=-1) != 0
    if (twice := ~starts & (np.diff(year, prepend=-1) == 0)).any():
        row = rows.loc[twice.argmax()]
        raise ValueError(f"county {row['county']} has year {row['year']} twice: keep one row")
    if cluster != "county":
        once(rows[cluster], county, "county")
    spread = np.linalg.norm(values - values.mean(axis=0), axis=0)
    first = np.flatnonzero(starts)
    return TwoWay(
        rows=rows,
        y=deviations(values[:, 0], first),
        X=deviations(values[:, 2:] / np.where(spread > 0, spread, 1)[2:], first),
        treatment=values[:, 1],
        county=starts.cumsum() - 1,
        year=year,
        years=np.asarray(codes["year"][1]),
        first=first,
        lead=first_rows(codes[cluster][0][order][first]),
    )


def once(values: pd.Series, group: np.ndarray, of: str) -> pd.Series:
    """Take the one value that all rows of each group have, or that all lack."""
    codes = values.factorize()[0]
    first = np.unique(group, return_index=True)[1]
    if (other := codes != codes[first][group]).any():
        row = other.argmax()
        raise ValueError(
            f"column {values.name!r} must be constant within each {of}, but one has both "
            f"{values[first[group[row]]]} and {values[row]}"
        )
    return values[first]


def deviations(values: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Deviations from the means of runs of rows."""
    size = np.diff(first, append=len(values))
    means = run_sums(values, first).T / size
    return values - np.repeat(means, size, axis=-1).T


def basis(columns: np.ndarray) -> np.ndarray:
    """Orthonormal basis of columns; one that is collinear with earlier ones is left out."""
    Q, R = np.linalg.qr(columns)
    kept = np.abs(np.diag(R)) > COLLINEAR
    return Q if kept.all() else basis(columns[:, kept])


def residual(values: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """Take off what an orthonormal basis explains."""
    return values - basis @ (basis.T @ values)


def gram(Z: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Z'Z of each run of rows, its upper triangle; shape (runs, q(q + 1)/2)."""
    parts = [run_sums(Z[:, i:] * Z[:, [i]], first) for i in range(Z.shape[1])]
    return np.hstack([np.empty((len(first), 0)), *parts])
