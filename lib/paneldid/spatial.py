"""Errors that neighbours share: Conley's standard errors, and how far residuals reach."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

EARTH = 6371.0088  # km, mean radius of the earth (IUGG)

Array = np.ndarray


def great_circle(longitude: Array, latitude: Array) -> Array:
    """Distances between all pairs of places.

    Parameters
    ----------
    longitude, latitude
        Degrees, shape (n,).

    Returns
    -------
    ndarray, shape (n, n)
        Kilometres, by the haversine formula.
    """
    east, north = np.radians(np.asarray(longitude)), np.radians(np.asarray(latitude))
    across = np.sin(np.subtract.outer(east, east) / 2) ** 2
    along = np.sin(np.subtract.outer(north, north) / 2) ** 2
    h = along + np.outer(np.cos(north), np.cos(north)) * across
    distance: Array = 2 * EARTH * np.arcsin(np.sqrt(np.minimum(h, 1)))
    return distance


def conley(
    treatment: Array, residual: Array, unit: Array, places: pd.DataFrame, cutoffs: Sequence[float]
) -> pd.Series:
    """Standard errors of one coefficient when units near each other are dependent (Conley, 1999).

    A unit's score is the sum over its years of residualised treatment times residual, so that its
    years may depend on each other in any way. The scores of two units count together with the
    weight 1 − distance/cut-off (Bartlett), and not at all beyond the cut-off. No small-sample
    factor: at cut-off 0 this is clustering by unit without one.

    Parameters
    ----------
    treatment
        Shape (n,): the regressor less what fixed effects and other regressors explain of it
        (Frisch and Waugh).
    residual
        Shape (n,): of the regression.
    unit
        Shape (n,): who each row belongs to.
    places
        Columns longitude and latitude, degrees; the index holds every unit once.
    cutoffs
        Kilometres.

    Returns
    -------
    Series
        Cut-off to standard error; missing where the estimated variance is negative, which this
        kernel does not rule out on a sphere.

    Raises
    ------
    ValueError
        A unit has no place.
    """
    score = pd.Series(np.asarray(treatment) * np.asarray(residual)).groupby(np.asarray(unit)).sum()
    distance, s = great_circle(*_located(score.index, places)), score.to_numpy()
    meat = [s @ np.maximum(1 - distance / c, 0) @ s if c > 0 else s @ s for c in cutoffs]
    variance = np.array(meat) / np.square(treatment).sum() ** 2
    return pd.Series(np.sqrt(np.where(variance >= 0, variance, np.nan)), list(cutoffs))


def correlogram(
    residual: Array, unit: Array, year: Array, places: pd.DataFrame, edges: Sequence[float]
) -> pd.DataFrame:
    """Correlation of residuals of the same year, by distance between units.

    Parameters
    ----------
    residual, unit, year
        Shape (n,), at most one row a unit and year.
    places
        As in `conley`.
    edges
        Ends of the bands of distance, kilometres, ascending.

    Returns
    -------
    DataFrame
        near, far (ends of the band), pairs (of units with a year in common), correlation: mean
        product over pairs and years, over the mean square of all residuals.
    """
    rows = pd.DataFrame({"e": residual, "u": unit, "t": year})
    wide = rows.pivot(index="u", columns="t", values="e")
    distance = great_circle(*_located(wide.index, places))
    e, seen = wide.fillna(0).to_numpy(), wide.notna().to_numpy(float)
    product, common = e @ e.T, seen @ seen.T
    size, found = np.mean(np.square(residual)), []
    for near, far in pairwise(edges):
        band = np.triu((distance >= near) & (distance < far) & (common > 0), k=1)
        mean = product[band].sum() / common[band].sum() if band.any() else np.nan
        found.append((near, far, int(band.sum()), mean / size))
    return pd.DataFrame(found, columns=["near", "far", "pairs", "correlation"])


def _located(units: pd.Index, places: pd.DataFrame) -> Array:
    """Longitudes and latitudes of units, shape (2, n); refuses one that has none."""
    where: Array = places.reindex(units)[["longitude", "latitude"]].to_numpy(float).T
    if np.isnan(where).any():
        lost = units[np.isnan(where).any(axis=0)].tolist()
        raise ValueError(f"no coordinates for {lost}: add them to places, or leave out these units")
    return where
