"""Re-estimates every printed table cell with pyfixest and says which are met."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pyfixest as pf
from scipy import stats

from clustergap.assemble import CONTROLS, MECHANISMS
from clustergap.constant import reghdfe_constant
from clustergap.ledger import KEY, Ledger, Verdict, compare, stars_of
from clustergap.matching import match
from clustergap.weakiv import weak_iv

X = "+".join(CONTROLS)
CLUSTER = {"CRV1": "county"}
WINSORISED = 0.01
"""Share of county-years beyond each quantile at which Table 4's column 2 clips."""


def winsorised(panel: pd.DataFrame) -> pd.DataFrame:
    """Gap and controls clipped at their pooled quantiles.

    Parameters
    ----------
    panel
        An assembled panel.

    Returns
    -------
    DataFrame
        A copy.
    """
    columns = panel[["gap", *CONTROLS]]
    bounds = columns.quantile(WINSORISED), columns.quantile(1 - WINSORISED)
    return panel.assign(**columns.clip(*bounds, axis=1))


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


def attainment(panel: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Compare each printed cell with its re-estimate.

    Parameters
    ----------
    panel
        An assembled panel.
    cells
        Printed cells, as `clustergap.ledger.published` gives them.

    Returns
    -------
    DataFrame
        As `clustergap.ledger.compare` gives it, with ``met``: the verdict is exact.
    """
    printed = set(cells[KEY].itertuples(index=False, name=None))
    records = _estimates(panel).records.values()
    result = compare((record for record in records if record.key in printed), cells)
    return result.assign(met=result["verdict"] == Verdict.EXACT)


def _estimates(panel: pd.DataFrame) -> Ledger:
    """Every printed cell's counterpart, and what the same regressions give beside."""
    book = Ledger("attainment", "")
    described = panel[["gap", *CONTROLS, *MECHANISMS]]
    for statistic, method in {"n": "count", "mean": "mean", "sd": "std"}.items():
        for row, value in described.agg(method).items():
            book.record("table_1", "main", row, statistic, value)
    _record_table_2(book, panel)
    _record_table_3(book, panel)
    for exhibit, column, outcome, rows, extra in _did_columns(panel):
        fit = pf.feols(f"{outcome}~did+{X}{extra}|county+year", rows, vcov=CLUSTER)
        book.record_model(exhibit, column, fit, {"did": "did"})
    return book


def _record_table_2(book: Ledger, panel: pd.DataFrame) -> None:
    """Columns 1 and 2 with unclustered errors: the printed ones fit no clustered error."""
    formulas = {"1": "gap~did", "2": f"gap~did+{X}", "3": f"gap~did+{X}|county+year"}
    for column, formula in formulas.items():
        fit = pf.feols(formula, panel, vcov=CLUSTER if column == "3" else "iid")
        book.record_model("table_2", column, fit)
    constant, se = reghdfe_constant(fit, panel)
    p_value = 2 * stats.t.sf(abs(constant / se), panel["county"].nunique() - 1)
    book.record("table_2", "3", "constant", "estimate", constant, se=se, stars=stars_of(p_value))


def _record_table_3(book: Ledger, panel: pd.DataFrame) -> None:
    first = pf.feols(f"did~ruggedness_trend+{X}|county+year", panel, vcov=CLUSTER)
    book.record_model("table_3", "1", first, {"ruggedness_trend": "ruggedness"})
    strength = weak_iv(panel, "gap", "did", "ruggedness_trend", CONTROLS)
    for statistic in ("cragg_donald_f", "kleibergen_paap_f"):
        book.record("table_3", "1", "model", statistic, getattr(strength, statistic))
    second = pf.feols(f"gap~{X}|county+year|did~ruggedness_trend", panel, vcov=CLUSTER)
    book.record_model("table_3", "2", second, {"did": "did"})


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
