"""The paper's samples: winsorised values, and the columns of Table 6."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from clustergap.panel import CONTROLS, Study
from clustergap.requirements import require, require_told
from paneldid.identified import Gaps, require_effect, require_never

WINSORISED = 0.01  # share of county-years beyond each quantile at which Table 4's column 2 clips


def winsorised(panel: pd.DataFrame) -> pd.DataFrame:
    """Gap and controls clipped at their pooled quantiles."""
    columns = panel[["gap", *(c for c in CONTROLS if c in panel)]]
    bounds = columns.quantile(WINSORISED), columns.quantile(1 - WINSORISED)
    return panel.assign(**columns.clip(*bounds, axis=1))


def table_6_samples(panel: pd.DataFrame) -> dict[str, pd.Series]:
    """Rows of each column of Table 6."""
    grain = panel["cluster_type"].eq("grain")
    eastern = panel["region"].eq("eastern")
    high = panel["loans"] > panel["loans"].median()
    return dict(zip("123456", (~grain, grain, eastern, ~eastern, high, ~high), strict=True))


def estimable(
    study: Study, samples: Mapping[str, pd.DataFrame]
) -> tuple[dict[str, pd.DataFrame], Gaps]:
    """Samples in which an effect can be estimated and shown; of the others, why not.

    Left out is a sample whose treatment the fixed effects explain, and on private data one of too
    few counties, or that leaves too few. `NotEstimable` if the whole panel has no effect.

    Parameters
    ----------
    samples
        Name to rows of its panel.
    """
    require_effect(study.panel)
    carried, gaps = dict[str, pd.DataFrame](), Gaps()
    for name, rows in samples.items():
        with gaps.column(name):
            treated, rest = rows[rows["treat"] == 1], study.panel.drop(rows.index)
            require_told(study, rows, treated, rest)
            require_effect(rows, "this sample")
            carried[name] = rows
    return carried, gaps


def with_never(study: Study, **kinds: str) -> tuple[dict[str, pd.DataFrame], Gaps]:
    """County-years of each cluster type together with those that never join: see `estimable`.

    Parameters
    ----------
    kinds
        Value of ``cluster_type`` to the sample's name.
    """
    panel, gaps = study.panel, Gaps()
    with gaps.column(" and ".join(kinds.values())):
        require(panel, "cluster_type")
        require_never(panel)
        never = panel["treat"] == 0
        samples = {name: panel[panel["cluster_type"].eq(k) | never] for k, name in kinds.items()}
        return estimable(study, samples)
    return {}, gaps
