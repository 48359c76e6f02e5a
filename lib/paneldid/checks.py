"""One policy for all estimators: what a panel must be, and an error that names what is not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd


def check_columns(data: pd.DataFrame, columns: Sequence[str], numeric: Sequence[str] = ()) -> None:
    """Raise ValueError unless the columns exist, rows are left, and numbers are finite or missing.

    ``numeric`` columns must hold numbers; a year in text is told by name, as it is often met.
    """
    if absent := [c for c in dict.fromkeys([*columns, *numeric]) if c not in data.columns]:
        raise ValueError(f"no column {', '.join(absent)} in the data: add or rename it")
    if data.empty:
        raise ValueError("no rows in the data: look at the filters before this estimate")
    for name in dict.fromkeys(numeric):
        values = data[name]
        if isinstance(values.dtype, pd.CategoricalDtype):  # of years, say
            values = values.astype(values.cat.categories.dtype)
        if not pd.api.types.is_numeric_dtype(values.dtype):
            example = next(iter(values.dropna()), None)
            raise ValueError(
                f"column {name} holds no numbers but, for example, {example!r}: mend what is no "
                "number, and convert the column by pd.to_numeric"
            )
        infinite = np.isinf(values.to_numpy(float, na_value=np.nan))
        if name != "cohort" and infinite.any():  # an infinite cohort is never treated
            raise ValueError(f"infinite values among {name}{_place(data, infinite)}: mend them")


def check_panel(
    data: pd.DataFrame, complete: Sequence[str] = (), *, adoption: bool = False
) -> None:
    """Raise ValueError unless there is one row a county and year, with the columns ``complete``.

    With ``adoption``, a column cohort must hold each county's first treated year, missing or
    infinite if never treated: 0 for "never" is refused, since it reads as "always".
    """
    cohort = ["cohort"] * adoption
    check_columns(data, ["county", "year", *cohort], ["year", *complete, *cohort])
    for name in ("county", "year", *complete):
        if (missing := data[name].isna().to_numpy()).any():
            raise ValueError(
                f"column {name} is missing in {missing.sum()} rows{_place(data, missing)}: fill "
                "them or leave them out first"
            )
    if (twice := data.duplicated(["county", "year"]).to_numpy()).any():
        raise ValueError(f"two rows{_place(data, twice)}: keep one row a county and year")
    if adoption:
        check_cohort(data)


def check_cohort(data: pd.DataFrame) -> None:
    """Raise ValueError unless cohort is one year, or none, in each county."""
    cohort = data["cohort"]
    if (zero := (cohort <= 0).to_numpy(bool, na_value=False)).any():
        raise ValueError(
            f"cohort is {cohort[zero].iloc[0]:g}{_place(data, zero)}: it is a county's first "
            "treated year, and missing if it is never treated"
        )
    filled, county = cohort.astype(float).fillna(np.inf).to_numpy(), data["county"].factorize()[0]
    if (other := filled != filled[np.unique(county, return_index=True)[1]][county]).any():
        raise ValueError(f"cohort varies{_place(data, other)}: give each county one first year")


def _place(data: pd.DataFrame, rows: np.ndarray) -> str:
    """Where the first of some rows is, in words."""
    if not {"county", "year"} <= set(data.columns):
        return ""
    row = data[["county", "year"]].iloc[int(np.flatnonzero(rows)[0])]
    return f" (county {row['county']}, {row['year']})"
