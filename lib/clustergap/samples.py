"""The paper's samples: winsorised values, and the columns of Table 6."""

from __future__ import annotations

import pandas as pd

from clustergap.panel import CONTROLS

WINSORISED = 0.01
"""Share of county-years beyond each quantile at which Table 4's column 2 clips."""


def winsorised(panel: pd.DataFrame) -> pd.DataFrame:
    """Gap and controls clipped at their pooled quantiles."""
    columns = panel[["gap", *CONTROLS]]
    bounds = columns.quantile(WINSORISED), columns.quantile(1 - WINSORISED)
    return panel.assign(**columns.clip(*bounds, axis=1))


def table_6_samples(panel: pd.DataFrame) -> dict[str, pd.Series]:
    """Rows of each column of Table 6."""
    grain = panel["cluster_type"].eq("grain")
    eastern = panel["region"].eq("eastern")
    high = panel["loans"] > panel["loans"].median()
    return dict(zip("123456", (~grain, grain, eastern, ~eastern, high, ~high), strict=True))
