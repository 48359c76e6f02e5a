"""Staggered adoption: group-time effects, and estimators as weights on cohort-by-year means.

`att_gt` and `aggregate` are the group-time effects of Callaway and Sant'Anna (2021) with their
influence functions, doubly robust (Sant'Anna and Zhao, 2020) with or without covariates.
`cell_weights` are the weights that an estimator gives to each cohort and year: they turn a Monte
Carlo study of several estimators into a few matrix products.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from paneldid.checks import check_columns, check_panel
from paneldid.identified import NotEstimable
from paneldid.partialling import cluster_sums

NEWTON_STEPS = 50
NEWTON_TOLERANCE = 1e-10  # of the logit's largest step, in standard deviations of a covariate
TRIM = 0.995  # of the score, above which an untreated unit counts for nothing: as in DRDID
NO_BEFORE = "an effect needs a year before the start, so add earlier years or later cohorts."

Array = np.ndarray


@dataclass(frozen=True)
class GroupTime:
    """Average effects of each cohort in each year; event times below zero are placebos."""

    cells: pd.DataFrame  # cohort, year, event_time, estimate, se
    influence: Array  # (units, cells): estimate less truth is a column's mean, to first order
    cohorts: Array  # (units,) first treated year, infinite for the never treated


@dataclass(frozen=True)
class Effects:
    """Averages of group-time effects."""

    table: pd.DataFrame  # at (event time, cohort or year), estimate, se
    variance: Array  # (rows, rows) clustered by unit
    overall: float
    overall_se: float


def balanced(panel: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Rows of counties seen whole every year, and before their cohort; `NotEstimable` if none."""
    check_columns(panel, ["county", "year", *columns])
    whole = panel.dropna(subset=list(columns))
    seen = whole.groupby("county")["year"].transform("nunique")
    kept = whole[seen == panel["year"].nunique()]
    if "cohort" in kept:  # those treated from the first year on were never seen without
        kept = kept[~(kept["cohort"] <= panel["year"].min())]
    if kept.empty:
        raise NotEstimable(
            "No county is observed in every year, and before it is treated. These estimators need "
            "a balanced panel: leave out the years that most counties lack."
        )
    return kept


def att_gt(
    panel: pd.DataFrame,
    outcome: str,
    covariates: Sequence[str] = (),
    *,
    control: str = "never",
    base: str = "varying",
) -> GroupTime:
    """Estimate the group-time effects of Callaway and Sant'Anna (2021), doubly robust.

    Each cohort's change since the year before its start is compared with the change of counties
    without treatment; covariates take their values of that base year. Without covariates this
    is a difference of two mean changes. Comparison groups, base years and analytic standard errors
    are those of the R package did. With covariates and a universal base its effects *before* the
    start are others: did takes covariates of the earlier year, here one base serves all.

    Parameters
    ----------
    panel
        Balanced, one row a county and year; ``cohort`` is missing for the never treated, whom a
        start after the last year leaves among them.
    covariates
        Columns; may be none.
    control : {"never", "not_yet"}
        Compare with the never treated, or with all that are not treated yet.
    base : {"varying", "universal"}
        Placebo effects relative to the year before (R's default), or to the last year before
        the start, as in an event study.

    Raises
    ------
    ValueError
        The panel is not balanced, or an option is unknown.
    NotEstimable
        No cohort has a year before its start, nobody is left to compare with, or the covariates
        separate treated from untreated units.
    """
    if control not in ("never", "not_yet") or base not in ("varying", "universal"):
        raise ValueError(f"control={control!r}, base={base!r}: see the documentation")
    check_panel(panel, list(covariates), adoption=True)
    check_columns(panel, [], [outcome])
    wide = panel.pivot(index="county", columns="year", values=outcome)
    if wide.isna().any(axis=None):
        raise ValueError(f"{outcome!r} misses some county-year pairs: balance the panel first")
    years = wide.columns.to_numpy()
    first = panel.groupby("county")["cohort"].first().reindex(wide.index).to_numpy(float)
    first = np.where(first <= years[-1], first, np.inf)
    if not (later := np.isfinite(first) & (first > years[0])).any():
        raise NotEstimable(f"No county joins after {years[0]} and up to {years[-1]}: {NO_BEFORE}")
    by_year = panel.set_index("county").groupby("year")[list(covariates)]
    covariate = {year: x.loc[wide.index] for year, x in by_year}
    rows, influence = [], []
    for g in np.unique(first[later]):
        for t, since in _compared_years(years, g, base):
            # comparison units must be untreated in both years (R did: G > max(t, base))
            free = np.isinf(first) if control == "never" else first > max(t, since)
            chosen = (first == g) | free
            change = (wide[t] - wide[since]).to_numpy()[chosen]
            x = covariate[since][chosen].to_numpy(float)
            estimate, psi = doubly_robust(change, first[chosen] == g, x)
            column = np.zeros(len(first))
            column[chosen] = psi * len(first) / chosen.sum()
            rows.append((g, t, t - g, estimate))
            influence.append(column)
    table = pd.DataFrame(rows, columns=["cohort", "year", "event_time", "estimate"]).astype(
        {"cohort": int, "year": int, "event_time": int}
    )
    stacked = np.column_stack(influence)
    return GroupTime(table.assign(se=_errors(stacked)), stacked, first)


def _compared_years(years: Array, start: float, base: str) -> list[tuple[int, int]]:
    """Each year, and the year since which a cohort's change is measured."""
    last_before = years[years < start][-1]
    if base == "universal":
        return [(t, last_before) for t in years if t != last_before]
    return [(t, last_before if t >= start else before) for before, t in pairwise(years)]


def doubly_robust(change: Array, treated: Array, covariates: Array) -> tuple[float, Array]:
    """Doubly robust effect on the treated and its influence function (n,).

    Sant'Anna and Zhao (2020), equation 3.1 and theorem A.1, with a logit for the propensity
    score and least squares for the untreated change: R's ``DRDID::drdid_panel``, whose trimming
    of untreated units by their score is followed as well. ``change`` (n,) is the outcome after less
    before, ``covariates`` (n, k) have no constant. If one group is empty, too small for the
    covariates or separated by them, `NotEstimable`.
    """
    d = treated.astype(float)
    if d.sum() in (0, len(d)):
        raise NotEstimable(
            "In some year, all counties or none are treated: there is nobody to compare with. Add "
            "counties that join later or never, or leave out the years after the last start."
        )
    scale = covariates.std(axis=0)
    scaled = (covariates - covariates.mean(axis=0)) / np.where(scale > 0, scale, 1)
    x = np.column_stack([np.ones(len(d)), scaled])
    p, information = _logit(x, d)
    slopes = np.linalg.lstsq(x[d == 0], change[d == 0])[0]
    residual = change - x @ slopes
    p = np.minimum(p, 1 - 1e-6)
    odds = p * (1 - d) / (1 - p) * (p < TRIM)
    mean_treated = (d * residual).mean() / d.mean()
    mean_control = (odds * residual).mean() / odds.mean()
    untreated = (x * (1 - d)[:, None]).T @ x / len(d)
    try:
        bread, logit_bread = np.linalg.inv(untreated), np.linalg.inv(information / len(d))
    except np.linalg.LinAlgError:
        raise NotEstimable(
            "A cohort has too few counties to compare with for so many controls, or some controls "
            "are collinear: use fewer of them."
        ) from None
    of_slopes = (x * ((1 - d) * residual)[:, None]) @ bread
    of_logit = (x * (d - p)[:, None]) @ logit_bread
    psi_treated = d * (residual - mean_treated) - of_slopes @ (d[:, None] * x).mean(axis=0)
    psi_control = (
        odds * (residual - mean_control)
        + of_logit @ ((odds * (residual - mean_control))[:, None] * x).mean(axis=0)
        - of_slopes @ (odds[:, None] * x).mean(axis=0)
    )
    psi = psi_treated / d.mean() - psi_control / odds.mean()
    return float(mean_treated - mean_control), psi


def _logit(x: Array, d: Array) -> tuple[Array, Array]:
    """Fitted probabilities of a logit, and its information matrix (Newton)."""
    slopes = np.zeros(x.shape[1])
    for _ in range(NEWTON_STEPS):
        p = 1 / (1 + np.exp(-x @ slopes))
        information = (x * (p * (1 - p))[:, None]).T @ x
        step = np.linalg.lstsq(information, x.T @ (d - p))[0]
        slopes = slopes + step
        if np.abs(step).max() < NEWTON_TOLERANCE:
            return p, information
    raise NotEstimable(
        "The controls separate a cohort from its comparison counties, so that nobody is "
        "comparable: use fewer controls."
    )


def _errors(influence: Array) -> Array:
    """Standard errors of estimates whose influence functions are the columns."""
    return np.sqrt((influence**2).sum(axis=0)) / len(influence)


def aggregate(effects: GroupTime, by: str = "event_time") -> Effects:
    """Average group-time effects as Callaway and Sant'Anna (2021), section 3, propose.

    ``by`` is event_time, cohort, year or simple: the table's rows. Cohorts weigh by their size,
    whose sampling error counts. Overall: the mean over event times from 0 on; the size-weighted
    mean over cohorts; the mean over years; for ``simple`` the mean over all treated unit-years.
    """
    cells = effects.cells
    if by != "event_time":
        cells = cells[cells["event_time"] >= 0]
    groups = {"all": cells.index} if by == "simple" else cells.groupby(by).groups
    averages = []
    for group in groups.values():
        estimate, cohort = cells.loc[group, ["estimate", "cohort"]].to_numpy().T
        psi = effects.influence[:, group]
        if by == "cohort":
            averages.append(_equally(estimate, psi))
        else:
            averages.append(_by_size(estimate, psi, cohort, effects.cohorts))
    names, influence = np.array(list(groups)), np.column_stack([psi for _, psi in averages])
    table = pd.DataFrame({"at": names, "estimate": [estimate for estimate, _ in averages]})
    table["se"] = _errors(influence)
    estimates = table["estimate"].to_numpy()
    if by == "cohort":
        overall, psi = _by_size(estimates, influence, names, effects.cohorts)
    else:
        after = names >= 0 if by == "event_time" else np.ones(len(names), bool)
        overall, psi = _equally(estimates[after], influence[:, after])
    variance = influence.T @ influence / len(influence) ** 2
    return Effects(table, variance, overall, float(_errors(psi[:, None])[0]))


def _equally(estimates: Array, influence: Array) -> tuple[float, Array]:
    """Mean of some estimates, with its influence function."""
    return float(estimates.mean()), influence.mean(axis=1)


def _by_size(
    estimates: Array, influence: Array, cohorts: Array, of_unit: Array
) -> tuple[float, Array]:
    """Mean weighted by the size of each estimate's cohort, which is estimated itself."""
    member = of_unit[:, None] == cohorts
    share = member.mean(axis=0)
    weight = share / share.sum()
    surplus = member - share
    total = surplus.sum(axis=1, keepdims=True)
    of_weights = surplus / share.sum() - total * share / share.sum() ** 2
    return float(weight @ estimates), influence @ weight + of_weights @ estimates


# --- every estimator as weights on cohort-by-year means ----------------------------------------


def cell_weights(sizes: Mapping[float, int], years: Sequence[int]) -> dict[str, Array]:
    """Weights with which estimators without covariates add up cohort-by-year means.

    In a balanced panel each of them is linear in those means. ``two-way`` is the coefficient of
    the two-way regression, whose weights Goodman-Bacon (2021) and de Chaisemartin and
    D'Haultfœuille (2020) take apart. The others target the mean effect over treated unit-years:
    ``never`` is Callaway and Sant'Anna's, Sun and Abraham's or Wooldridge's estimator with the
    never treated as comparison, ``not yet`` Callaway and Sant'Anna's with all that are untreated,
    and ``imputation`` Borusyak, Jaravel and Spiess's, which is also Gardner's and Wooldridge's.

    ``sizes`` holds the units of each cohort; the never treated have cohort infinity, or one after
    the last year. Returns name to weights (cohorts, years), cohorts in the order of ``sizes``. A
    cohort that starts in the first year, or nobody never treated, is `NotEstimable`.
    """
    cohorts, calendar = np.array(list(sizes), float), np.asarray(years)
    cohorts = np.where(cohorts > calendar[-1], np.inf, cohorts)
    if cohorts.min() <= calendar[0]:
        raise NotEstimable(f"A cohort starts in {calendar[0]}, the first year: {NO_BEFORE}")
    if np.isfinite(cohorts).all():
        raise NotEstimable("All units are treated in the end: these estimators need others.")
    n = np.array(list(sizes.values()), float)
    treated = calendar >= cohorts[:, None]
    per_cell = np.where(treated, n[:, None], 0.0) / (treated * n[:, None]).sum()
    of_cohort = np.kron(np.eye(len(n)), np.ones((len(years), 1)))
    effects = np.hstack([of_cohort, np.tile(np.eye(len(years)), (len(n), 1))])
    by_size = np.repeat(n, len(years))
    regression = _projection(np.column_stack([treated.ravel(), effects]), by_size)[0]
    fitted = effects @ _projection(effects, by_size * ~treated.ravel())
    imputed = per_cell.ravel() @ (np.eye(len(fitted)) - fitted)
    shape = treated.shape
    return {
        "two-way": regression.reshape(shape),
        "never": _long_differences(cohorts, n, calendar, per_cell, "never"),
        "not yet": _long_differences(cohorts, n, calendar, per_cell, "not_yet"),
        "imputation": imputed.reshape(shape),
    }


def _projection(design: Array, weight: Array) -> Array:
    """Map outcomes to weighted least squares coefficients."""
    return np.linalg.pinv((design * weight[:, None]).T @ design) @ (design * weight[:, None]).T


def _long_differences(
    cohorts: Array, n: Array, years: Array, per_cell: Array, control: str
) -> Array:
    total = np.zeros_like(per_cell)
    for g, t in np.argwhere(per_cell > 0):
        base = np.flatnonzero(years < cohorts[g])[-1]
        free = n * (np.isinf(cohorts) if control == "never" else cohorts > years[t])
        for year, sign in ((t, 1), (base, -1)):
            total[g, year] += sign * per_cell[g, t]
            total[:, year] -= sign * per_cell[g, t] * free / free.sum()
    return total


def linear_estimates(
    paths: Array, cohort: Array, weights: Mapping[str, Array], group: Array | None = None
) -> tuple[pd.Series, pd.Series]:
    """Estimates of `cell_weights` for one panel, and errors clustered by unit with sizes fixed.

    ``paths`` (units, years) are outcomes, ``cohort`` (units,) the row of the weights that belongs
    to each unit, ``weights`` name to (cohorts, years). The error comes from how the units' weighted
    sums differ within a cohort; with a ``group`` (units,) of any codes, each within a cohort,
    from how those of groups do. A cohort of a single one has no variance: `NotEstimable`.
    """
    member = np.eye(cohort.max() + 1)[cohort]
    sizes = member.sum(axis=0)[:, None]
    group = np.arange(len(cohort)) if group is None else np.unique(group, return_inverse=True)[1]
    of_group = np.zeros(group.max() + 1, int)
    of_group[group] = cohort
    if (of_group[group] != cohort).any():
        raise ValueError("a group has units of several cohorts: its effect has no single start")
    count = np.bincount(of_group)[:, None]
    if count.min() < 2:
        raise NotEstimable("A cohort of one county has no variance: merge it, or leave it out.")
    sums = np.column_stack([(paths * w[cohort]).sum(axis=1) for w in weights.values()])
    means = member.T @ sums / sizes
    apart = cluster_sums((sums - means[cohort]) / sizes[cohort], group)
    variance = ((count / (count - 1))[of_group] * apart**2).sum(axis=0)
    names = list(weights)
    return pd.Series(means.sum(axis=0), names), pd.Series(np.sqrt(variance), names)
