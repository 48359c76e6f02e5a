"""What controls do to an estimate: Gelbach's decomposition, and Wooldridge's regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from paneldid.checks import check_columns, check_panel
from paneldid.identified import NotEstimable
from paneldid.partialling import (
    ABSORBED,
    NOT_IDENTIFIED,
    TwoWay,
    basis,
    deviations,
    residual,
    run_sums,
    small_sample_factor,
    two_way,
)

Array = np.ndarray


def gelbach(
    panel: pd.DataFrame,
    outcome: str,
    treatment: str,
    controls: Sequence[str],
    *,
    cluster: str = "county",
) -> pd.DataFrame:
    """What each control contributes to the change of an estimate as all enter (Gelbach, 2016).

    The coefficient without controls less that with them is, exactly and in whatever order they
    enter, the sum over controls of (control on treatment) × (outcome on control): columns moved,
    slope and contribution, with clustered errors by the delta method, all with county and year
    effects. Index: the controls, then all; rows with a missing value are left out of both.
    """
    fml = f"{outcome}~{'+'.join([treatment, *controls])}|county+year"
    rows = two_way(panel, fml, cluster, *controls)
    d, y = deviations(rows.treatment, rows.first), rows.y
    years = basis(rows.year_dummies)
    d, y, X = (residual(v, years) for v in (d, y, rows.X))
    if d @ d <= ABSORBED**2 * len(d) * rows.treatment.var():
        raise ValueError(NOT_IDENTIFIED)
    moved = d @ X / (d @ d)
    both = np.column_stack([d, X])
    inverse = np.linalg.pinv(both.T @ both, rcond=ABSORBED**2, hermitian=True)
    slopes = inverse @ (both.T @ y)
    long = both * (y - both @ slopes)[:, None] @ inverse  # influence of a row on the slopes
    short = d[:, None] * (X - np.outer(d, moved)) / (d @ d)
    first = rows.first[rows.lead]
    psi_moved, psi_slopes = run_sums(short, first), run_sums(long[:, 1:], first)
    psi = moved * psi_slopes + slopes[1:] * psi_moved
    factor = small_sample_factor(len(y), len(first), both.shape[1] + len(rows.years))
    raw = rows.rows[list(controls)].to_numpy(float)
    spread = np.linalg.norm(raw - raw.mean(axis=0), axis=0)
    table = pd.DataFrame(
        {
            "moved": moved * spread,
            "moved_se": _se(psi_moved, factor) * spread,
            "slope": slopes[1:] / spread,
            "slope_se": _se(psi_slopes, factor) / spread,
            "contribution": moved * slopes[1:],
            "se": _se(psi, factor),
        },
        pd.Index(controls, name="control"),
    )
    total = {"contribution": table["contribution"].sum(), "se": _se(psi.sum(axis=1), factor)}
    return pd.concat([table, pd.DataFrame(total, ["all"])])


def _se(influence: Array, factor: float) -> Array:
    return np.sqrt(factor * (influence**2).sum(axis=0))


@dataclass(frozen=True)
class ExtendedTwoWay:
    """Effects of each cohort in each year, and their mean over treated county-years."""

    cells: pd.DataFrame  # cohort, year, estimate, se, n
    overall: float
    overall_se: float


def extended_two_way(
    panel: pd.DataFrame, outcome: str, covariates: Sequence[str] = ()
) -> ExtendedTwoWay:
    """Wooldridge's (2025) two-way regression with a dummy for every treated cohort and year.

    ``covariates`` do not change within counties (say, base-year values): each enters times the
    year dummies, and, less the mean of the cell's counties (in a balanced panel: of the cohort's),
    times each treated cell, so that a cell's coefficient is its mean effect. On a balanced panel
    this is imputation from a regression of the untreated on county effects, year effects and
    covariates times years. Errors take those means as known.
    """
    check_panel(panel, adoption=True)
    check_columns(panel, [], [outcome, *covariates])
    kept = panel.dropna(subset=[outcome, *covariates])
    first = kept.groupby("county")["cohort"].transform("first").to_numpy(float)
    year = kept["year"].to_numpy()
    treated = year >= first
    if not treated.any() or treated.all():
        raise NotEstimable("All county-years or none are treated: there is nobody to compare with.")
    if len(early := kept["county"][first <= year.min()]):
        raise NotEstimable(f"County {early.iloc[0]} is treated from the first year: leave it out.")
    cells, code = np.unique(np.column_stack([first, year])[treated], axis=0, return_inverse=True)
    dummies = np.zeros((len(kept), len(cells)))
    dummies[np.flatnonzero(treated), code] = 1
    x = kept[list(covariates)].to_numpy(float)
    by_county = kept.groupby("county")[list(covariates)]
    if len(covariates) and (by_county.nunique() > 1).any(axis=None):
        raise ValueError("a covariate changes within a county: give its value in one base year")
    means = dummies.T @ x / dummies.sum(axis=0)[:, None]
    centred = x - dummies @ means
    years = np.unique(year)[1:]
    design = [dummies, *(dummies * c[:, None] for c in centred.T)]
    design += [(year[:, None] == years) * c[:, None] for c in x.T]
    names = [f"v{i}" for i in range(sum(d.shape[1] for d in design))]
    frame = pd.DataFrame(np.column_stack(design), kept.index, names)
    frame = pd.concat([kept[["county", "year", outcome]], frame], axis=1)
    rows = two_way(frame, f"{outcome}~{'+'.join(names)}|county+year", "county", *names)
    return _averaged(rows, cells, rows.rows[names].to_numpy())


def _averaged(rows: TwoWay, cells: Array, design: Array) -> ExtendedTwoWay:
    """Least squares on the cells' dummies and the rest, and the mean of the cells by size."""
    sizes = design[:, : len(cells)].sum(axis=0)
    X = deviations(design, rows.first)
    years = basis(rows.year_dummies)
    X, y = residual(X, years), residual(rows.y, years)
    inverse = np.linalg.pinv(X.T @ X, rcond=ABSORBED**2, hermitian=True)
    slopes = inverse @ (X.T @ y)
    own = slice(0, len(cells))
    unidentified = (
        np.abs((inverse @ (X.T @ X))[own] - np.eye(len(slopes))[own]).max(axis=1) > ABSORBED
    )
    if unidentified.any():
        g, t = cells[unidentified.argmax()].astype(int)
        raise NotEstimable(
            f"The effect of cohort {g} in {t} is not identified: use fewer covariates."
        )
    start = rows.first[rows.lead]
    psi = run_sums(X * (y - X @ slopes)[:, None], start) @ inverse[:, own]
    rank = int(np.linalg.matrix_rank(X.T @ X, rtol=ABSORBED**2, hermitian=True))
    factor = small_sample_factor(len(y), len(start), rank + len(rows.years))
    weight = sizes / sizes.sum()
    table = pd.DataFrame(cells.astype(int), columns=["cohort", "year"])
    table = table.assign(estimate=slopes[own], se=_se(psi, factor), n=sizes)
    return ExtendedTwoWay(table, float(weight @ slopes[own]), float(_se(psi @ weight, factor)))
