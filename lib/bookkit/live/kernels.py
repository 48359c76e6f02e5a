"""What pyfixest 0.60 compiles from Rust, in numpy: in the browser this file is its `_core_impl`.

Each function has the name, arguments and return value of the compiled one (pyfixest_core 0.60),
and `tests/bookkit/test_kernels.py` compares the two. What the book never calls says so.
"""

from __future__ import annotations

from typing import Any

import numpy as np

NOT_HERE = "is compiled and has no stand-in in the page: run the notebook on your computer"


class Preconditioner:
    """Only its name is needed, for pyfixest's type hints and checks."""


def _group_means(x: np.ndarray, ids: np.ndarray, weights: np.ndarray, sums: np.ndarray) -> Any:
    return (np.bincount(ids, weights * x, len(sums)) / sums)[ids]


def _demean_rs(
    x: np.ndarray, flist: np.ndarray, weights: np.ndarray, tol: float = 1e-8, maxiter: int = 100_000
) -> tuple[np.ndarray, bool]:
    """Alternating projections, column by column, until no element moves by `tol`."""
    groups = [np.asarray(column).astype(np.intp) for column in flist.T]  # wasm counts in 32 bits
    with np.errstate(divide="ignore", invalid="ignore"):  # numbers that no row carries
        sums = [np.bincount(ids, weights) for ids in groups]
        columns = [_project(column, groups, weights, sums, tol, maxiter) for column in x.T]
    demeaned = np.column_stack([column for column, _ in columns]) if columns else x.copy()
    return demeaned, all(converged for _, converged in columns)


def _project(
    current: np.ndarray,
    groups: list[np.ndarray],
    weights: np.ndarray,
    sums: list[np.ndarray],
    tol: float,
    maxiter: int,
) -> tuple[np.ndarray, bool]:
    before = current - 1.0
    for _ in range(maxiter):
        for ids, total in zip(groups, sums, strict=True):
            current = current - _group_means(current, ids, weights, total)
        if (np.abs(current - before) < tol).all():
            return current, True
        before = current
    return current, False


def _demean_within_rs(*_: Any) -> Any:
    raise NotImplementedError(f"pyfixest's LSMR demeaner {NOT_HERE}")


def _find_collinear_variables_rs(x: np.ndarray, tol: float = 1e-10) -> tuple[np.ndarray, int, bool]:
    """A Cholesky decomposition of X'X that leaves out each column whose pivot is below `tol`."""
    k = len(x)
    factor, excluded = np.zeros((k, k)), np.zeros(k, dtype=bool)
    for j in range(k):
        pivot = x[j, j] - factor[:j, j] @ factor[:j, j]
        if pivot < tol:
            excluded[j] = True
            continue
        factor[j, j] = np.sqrt(pivot)
        factor[j, j + 1 :] = (x[j + 1 :, j] - factor[:j, j] @ factor[:j, j + 1 :]) / factor[j, j]
    return excluded, int(excluded.sum()), bool(excluded.all())


def _cluster_sums(scores: np.ndarray, cluster_col: np.ndarray) -> np.ndarray:
    _, ids = np.unique(cluster_col, return_inverse=True)
    return np.stack([np.bincount(ids, column) for column in scores.T], axis=1)


def _crv1_meat_loop_rs(
    scores: np.ndarray, clustid: np.ndarray, cluster_col: np.ndarray
) -> np.ndarray:
    """Sum over clusters of the outer product of a cluster's summed scores."""
    sums = _cluster_sums(scores, cluster_col)
    return np.asarray(sums.T @ sums)


def _crv1_vcov_loop_qreg_rs(*_: Any) -> Any:
    raise NotImplementedError(f"clustering of quantile regressions {NOT_HERE}")


def _count_fixef_fully_nested_all_rs(
    all_fixef_array: np.ndarray,
    cluster_colnames: np.ndarray,
    cluster_data: np.ndarray,
    fe_data: np.ndarray,
) -> tuple[np.ndarray, int]:
    """Which fixed effects are a cluster, or lie each within one cluster."""
    nested = np.array(
        [
            name in cluster_colnames or any(_within(effect, one) for one in cluster_data.T)
            for name, effect in zip(all_fixef_array, fe_data.T, strict=False)
        ],
        dtype=bool,
    )
    return nested, int(nested.sum())


def _within(effect: np.ndarray, cluster: np.ndarray) -> bool:
    pairs = np.unique(np.column_stack([effect, cluster]), axis=0)
    return len(pairs) == len(np.unique(effect))


def _detect_singletons_rs(ids: np.ndarray) -> np.ndarray:
    """Rows that are alone in a group, again and again until no group loses a row."""
    single, kept = np.zeros(len(ids), dtype=bool), -1
    while kept != (kept := int((~single).sum())):
        for column in ids.T.astype(np.intp):
            counts = np.bincount(column[~single], minlength=int(column.max(initial=0)) + 1)
            single |= counts[column] == 1
    return single


def _bartlett(sums: np.ndarray, lag: int) -> np.ndarray:
    """Newey and West's (1987) sum of autocovariances, rows in the order of time."""
    meat = sums.T @ sums
    for step in range(1, min(lag, len(sums) - 1) + 1):
        gamma = sums[step:].T @ sums[:-step]
        meat = meat + (1 - step / (lag + 1)) * (gamma + gamma.T)
    return np.asarray(meat)


def _nw_meat_time_rs(scores: np.ndarray, time_arr: np.ndarray, lag: int) -> np.ndarray:
    return _bartlett(scores[np.argsort(time_arr, kind="stable")], lag)


def _nw_meat_panel_rs(
    scores: np.ndarray, starts: np.ndarray, counts: np.ndarray, lag: int
) -> np.ndarray:
    units = zip(starts.astype(int), counts.astype(int), strict=True)
    return np.asarray(sum(_bartlett(scores[a : a + n], lag) for a, n in units))


def _dk_meat_panel_rs(scores: np.ndarray, idx: np.ndarray, lag: int) -> np.ndarray:
    return _bartlett(np.add.reduceat(scores, idx.astype(np.intp)), lag)
