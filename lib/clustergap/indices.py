"""Two-group inequality between town and country: the Theil index and the Gini coefficient."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import kl_div

Floats = NDArray[np.float64]


def shares(
    urban_income: ArrayLike,
    rural_income: ArrayLike,
    urban_population: ArrayLike,
    rural_population: ArrayLike,
) -> tuple[Floats, Floats]:
    """Urban share of income and urban share of population.

    Parameters
    ----------
    urban_income, rural_income
        Disposable income per person, any one currency unit; any shapes that broadcast.
    urban_population, rural_population
        Persons, any one unit.

    Returns
    -------
    tuple of arrays
        ``(income_share, urban_share)``, both in [0, 1].

    Raises
    ------
    ValueError
        If a value is negative, or a county has no people or no income: the indices
        are undefined there, and a silent NaN would lose the county from a regression.
    """
    incomes = _nonnegative(urban_income=urban_income, rural_income=rural_income)
    people = _nonnegative(urban_population=urban_population, rural_population=rural_population)
    urban_total = incomes[0] * people[0]
    total = urban_total + incomes[1] * people[1]
    population = people[0] + people[1]
    for name, values in {"total income": total, "total population": population}.items():
        _refuse(name, values, values == 0, "zero", "leave such county-years out")
    return urban_total / total, people[0] / population


def theil(
    urban_income: ArrayLike,
    rural_income: ArrayLike,
    urban_population: ArrayLike,
    rural_population: ArrayLike,
) -> Floats:
    r"""Theil index between town and country, equation (1) of the paper.

    .. math:: T = s \ln(s/p) + (1-s) \ln\bigl((1-s)/(1-p)\bigr)

    with *s* the urban share of income and *p* the urban share of population. It is the
    between-group part of the county's Theil index (Theil 1967): inequality inside town and
    inside country does not enter. Missing values stay missing; errors as in :func:`shares`.

    Arguments as in :func:`shares`; unit-free, from 0 to -ln p where the town is the richer, or else
    to -ln(1 - p).
    """
    return theil_from_shares(
        *shares(urban_income, rural_income, urban_population, rural_population)
    )


def gini(
    urban_income: ArrayLike,
    rural_income: ArrayLike,
    urban_population: ArrayLike,
    rural_population: ArrayLike,
) -> Floats:
    r"""Gini coefficient between town and country, equation (2) of the paper.

    .. math:: G = p (1-p)\,|u_1 - u_2| / u = |s - p|

    The right-hand form follows from :math:`s = p u_1 / u`; it is what is computed. Errors as in
    :func:`shares`.

    Arguments as in :func:`shares`; unit-free, in [0, 1].
    """
    income_share, urban_share = shares(
        urban_income, rural_income, urban_population, rural_population
    )
    return np.abs(income_share - urban_share)


def theil_from_shares(income_share: ArrayLike, urban_share: ArrayLike) -> Floats:
    """Theil index, equation (1), from the urban shares of income and of population.

    ``kl_div(s, p) = s ln(s/p) - s + p`` is never negative, and the extra terms cancel in the sum:
    near equal incomes it keeps the digits that the textbook form cancels away.
    """
    s, p = np.asarray(income_share, float), np.asarray(urban_share, float)
    return np.maximum(kl_div(s, p) + kl_div(1 - s, 1 - p), 0.0)


def _nonnegative(**named: ArrayLike) -> list[Floats]:
    arrays = {name: np.asarray(values, dtype=float) for name, values in named.items()}
    for name, values in arrays.items():
        remedy = "incomes and populations cannot be; mend the raw table"
        _refuse(name, values, values < 0, "negative", remedy)
    return list(arrays.values())


def _refuse(name: str, values: Floats, wrong: NDArray[np.bool_], what: str, remedy: str) -> None:
    if np.any(wrong):
        first = int(np.argmax(wrong))
        value = float(np.ravel(values)[first])
        raise ValueError(f"{name} is {what} ({value!r}) at position {first}: {remedy}")
