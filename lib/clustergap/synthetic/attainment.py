"""Re-estimates every printed table cell with pyfixest and says which are met."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyfixest as pf
from scipy import stats

from clustergap.assemble import CONTROLS, MECHANISMS
from clustergap.constant import reghdfe_constant
from clustergap.ledger import STAR_LEVELS
from clustergap.matching import match
from clustergap.weakiv import weak_iv

X = "+".join(CONTROLS)
CLUSTER = {"CRV1": "county"}

Record = tuple[str, str, str, str, float, float]


def winsorised(panel: pd.DataFrame, share: float = 0.01) -> pd.DataFrame:
    """Gap and controls clipped at their pooled quantiles ``share`` and ``1 - share``.

    Parameters
    ----------
    panel
        An assembled panel.
    share
        Of rows beyond each quantile.

    Returns
    -------
    DataFrame
        A copy.
    """
    columns = ["gap", *CONTROLS]
    low, high = panel[columns].quantile(share), panel[columns].quantile(1 - share)
    return panel.assign(**panel[columns].clip(low, high, axis=1))


def table_6_samples(panel: pd.DataFrame) -> dict[str, pd.Series]:
    """Rows of each column of Table 6.

    Parameters
    ----------
    panel
        An assembled panel.

    Returns
    -------
    dict
        Column to a boolean Series.
    """
    grain = panel["cluster_type"].eq("grain")
    eastern = panel["region"].eq("eastern")
    high = panel["loans"] > panel["loans"].median()
    return dict(zip("123456", (~grain, grain, eastern, ~eastern, high, ~high), strict=True))


def estimates(panel: pd.DataFrame) -> pd.DataFrame:
    """Every printed cell's counterpart: exhibit, column, row, statistic, value, pvalue.

    Parameters
    ----------
    panel
        An assembled panel.

    Returns
    -------
    DataFrame
        One row a statistic.
    """
    records = [*_table_1(panel), *_table_2(panel), *_table_3(panel)]
    for exhibit, column, outcome, rows, extra in _did_columns(panel):
        fit = pf.feols(f"{outcome}~did+{X}{extra}|county+year", rows, vcov=CLUSTER)
        records += [*_coefficients(fit, exhibit, column, ["did"]), *_model(fit, exhibit, column)]
    columns = ["exhibit", "column", "row", "statistic", "value", "pvalue"]
    return pd.DataFrame(records, columns=columns)


def _table_1(panel: pd.DataFrame) -> Iterator[Record]:
    for row in ("gap", *CONTROLS, *MECHANISMS):
        for statistic, value in (
            ("n", panel[row].count()),
            ("mean", panel[row].mean()),
            ("sd", panel[row].std()),
        ):
            yield "table_1", "main", row, statistic, float(value), np.nan


def _table_2(panel: pd.DataFrame) -> Iterator[Record]:
    """Columns 1 and 2 with unclustered errors: the printed ones fit no clustered error."""
    formulas = {"1": "gap~did", "2": f"gap~did+{X}", "3": f"gap~did+{X}|county+year"}
    for column, formula in formulas.items():
        fit = pf.feols(formula, panel, vcov=CLUSTER if column == "3" else "iid")
        yield from _coefficients(fit, "table_2", column, fit._coefnames)
        yield from _model(fit, "table_2", column)
    constant, se = reghdfe_constant(fit, panel)
    degrees = panel["county"].nunique() - 1
    p = float(2 * stats.t.sf(abs(constant / se), degrees))
    yield "table_2", "3", "constant", "estimate", constant, p
    yield "table_2", "3", "constant", "se", se, np.nan


def _table_3(panel: pd.DataFrame) -> Iterator[Record]:
    first = pf.feols(f"did~ruggedness_trend+{X}|county+year", panel, vcov=CLUSTER)
    yield from _coefficients(first, "table_3", "1", ["ruggedness_trend"], "ruggedness")
    yield "table_3", "1", "model", "n", float(first._N), np.nan
    strength = weak_iv(panel, "gap", "did", "ruggedness_trend", CONTROLS)
    for statistic in ("cragg_donald_f", "kleibergen_paap_f"):
        yield "table_3", "1", "model", statistic, float(getattr(strength, statistic)), np.nan
    second = pf.feols(f"gap~{X}|county+year|did~ruggedness_trend", panel, vcov=CLUSTER)
    yield from _coefficients(second, "table_3", "2", ["did"])
    yield "table_3", "2", "model", "n", float(second._N), np.nan


def _did_columns(panel: pd.DataFrame) -> Iterator[tuple[str, str, str, pd.DataFrame, str]]:
    """Exhibit, column, outcome, rows and extra control of Tables 4 to 6."""
    yield "table_4", "1", "gini", panel, ""
    yield "table_4", "2", "gap", winsorised(panel), ""
    yield "table_4", "3", "gap", panel[match(panel, CONTROLS).on_support], ""
    yield "table_4", "4", "gap", panel, "+capaa"
    for column, outcome in zip("1234", MECHANISMS, strict=True):
        yield "table_5", column, outcome, panel, ""
    for column, rows in table_6_samples(panel).items():
        yield "table_6", column, "gap", panel[rows], ""


def _coefficients(
    fit: Any, exhibit: str, column: str, names: Iterable[str], label: str | None = None
) -> Iterator[Record]:
    for name in names:
        row = label or {"Intercept": "constant"}.get(name, name)
        yield exhibit, column, row, "estimate", float(fit.coef()[name]), float(fit.pvalue()[name])
        yield exhibit, column, row, "se", float(fit.se()[name]), np.nan


def _model(fit: Any, exhibit: str, column: str) -> Iterator[Record]:
    yield exhibit, column, "model", "n", float(fit._N), np.nan
    yield exhibit, column, "model", "r2", float(fit._r2), np.nan


def attainment(panel: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Compare each printed cell with its re-estimate.

    Parameters
    ----------
    panel
        An assembled panel.
    cells
        Printed cells: exhibit, column, row, statistic, printed, decimals, stars.

    Returns
    -------
    DataFrame
        The cells with ``value``, ``rounded``, ``found_stars`` and ``met``: the rounded
        string equals the printed one, and so do the stars.
    """
    keys = ["exhibit", "column", "row", "statistic"]
    joined = cells.merge(estimates(panel), on=keys, how="left", validate="one_to_one")
    rounded = [f"{v:.{d}f}" for v, d in zip(joined["value"], joined["decimals"], strict=True)]
    stars = sum((joined["pvalue"] < level).astype(int) for level in STAR_LEVELS)
    met = (joined["printed"] == rounded) & (joined["stars"].isna() | (joined["stars"] == stars))
    return joined.assign(rounded=rounded, found_stars=stars, met=met)
