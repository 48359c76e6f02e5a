"""Re-estimates every printed table cell with pyfixest and says which are met."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pyfixest as pf
from scipy import stats

from bookkit.ledger import Ledger
from clustergap.panel import CONTROLS, MECHANISMS
from clustergap.samples import table_6_samples, winsorised
from paneldid.matching import match
from paneldid.reghdfe import reghdfe_constant
from paneldid.weakiv import weak_iv
from printcheck.verdicts import KEY, Verdict, compare, stars_of

X = "+".join(CONTROLS)
CLUSTER = {"CRV1": "county"}


def attainment(panel: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Compare each printed cell with its re-estimate."""
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
        book.record_fit(exhibit, column, fit, {"did": "did"})
    return book


def _record_table_2(book: Ledger, panel: pd.DataFrame) -> None:
    """Columns 1 and 2 with unclustered errors: the printed ones fit no clustered error."""
    formulas = {"1": "gap~did", "2": f"gap~did+{X}", "3": f"gap~did+{X}|county+year"}
    for column, formula in formulas.items():
        fit = pf.feols(formula, panel, vcov=CLUSTER if column == "3" else "iid")
        book.record_fit("table_2", column, fit)
    constant, se = reghdfe_constant(fit, panel)
    p_value = 2 * stats.t.sf(abs(constant / se), panel["county"].nunique() - 1)
    book.record("table_2", "3", "constant", "estimate", constant, se=se, stars=stars_of(p_value))


def _record_table_3(book: Ledger, panel: pd.DataFrame) -> None:
    first = pf.feols(f"did~ruggedness_trend+{X}|county+year", panel, vcov=CLUSTER)
    book.record_fit("table_3", "1", first, {"ruggedness_trend": "ruggedness"})
    strength = weak_iv(panel, "gap", "did", "ruggedness_trend", CONTROLS)
    for statistic in ("cragg_donald_f", "kleibergen_paap_f"):
        book.record("table_3", "1", "model", statistic, getattr(strength, statistic))
    second = pf.feols(f"gap~{X}|county+year|did~ruggedness_trend", panel, vcov=CLUSTER)
    book.record_fit("table_3", "2", second, {"did": "did"})


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
