"""Real counties: income ratios, census populations and the paper's two indices. None is made up.

The files lie in a folder of their own (`official.COUNTIES`), because the sources of some state no
licence: the book does without them, and its chapters on them then say so.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from clustergap import official
from clustergap.indices import gini, theil
from clustergap.official import TakenOut, load_official

CENSUSES = (2010, 2020)
JUMP = 0.25  # relative change of the ratio since the county's last year, beyond which it is flagged
CHONGQING = 50  # a municipality: its districts are what prefectures are elsewhere
OFF_LIST = 620102  # Chengguan of Lanzhou; the list of poor counties has Lhasa's
SOURCE = "real public data: county statistics, censuses (data/official/counties)"


def load_counties(folder: Path | None = None) -> pd.DataFrame:
    """Real counties that were once listed as poor: income ratio, urban share and indices by year.

    Urban shares lie on a straight line through the censuses of 2010 and 2020, and go on along it
    to 2022; hence the index at the fixed share of 2020, and the log ratio, which needs no share.

    Returns
    -------
    DataFrame
        One row a county and year, 2014 to 2022, unbalanced: what the files hold, and
        ``unit`` (prefecture; county, where it has none), ``urban_share``, ``theil`` and ``gini``
        (missing for two counties without the census of 2010), ``theil_2020`` (share of 2020),
        ``log_ratio``, ``relief_trend`` (standard deviations of relief over counties with an index,
        times years since 2014), ``jump`` (the ratio moved by more than a quarter since its last
        year) and ``every_year`` (the county has all years from 2015 to 2022).

    Raises
    ------
    TakenOut
        There is no such folder.
    """
    folder = folder or official.COUNTIES
    if not folder.is_dir():
        raise TakenOut(
            "The county files were taken out of this copy of the project, since some of their "
            "sources state no licence: put the folder data/official/counties back to compute this."
        )
    ratios = load_official("county_income_ratio", folder)
    rows = ratios.merge(load_official("county_places", folder), on="county", validate="m:1")
    first, last = (_urban_share(rows, year) for year in CENSUSES)
    share = first + (last - first) * (rows["year"] - CENSUSES[0]) / (CENSUSES[1] - CENSUSES[0])
    ratio = rows["income_ratio"]
    before = rows.sort_values("year").groupby("county")["income_ratio"].shift()
    since = rows[rows["year"] >= 2015].groupby("county")["year"].nunique()
    direct = rows["prefecture"] // 100 % 100 >= 90  # counties directly below the province
    relief = rows[first.notna()].drop_duplicates("county")["relief"]
    return rows.assign(
        unit=rows["county"].where(direct | (rows["province"] == CHONGQING), rows["prefecture"]),
        urban_share=share,
        theil=theil(ratio, 1, share, 1 - share),
        gini=gini(ratio, 1, share, 1 - share),
        theil_2020=theil(ratio, 1, last, 1 - last),
        log_ratio=np.log(ratio),
        relief_trend=rows["relief"] / relief.std() * (rows["year"] - 2014),
        jump=(ratio / before - 1).abs() > JUMP,
        every_year=rows["county"].map(since) == 2022 - 2015 + 1,
    )


def _urban_share(rows: pd.DataFrame, year: int) -> pd.Series:
    urban = rows[f"urban_{year}"]
    return urban / (urban + rows[f"rural_{year}"])


def sensitivity_samples(panel: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """What is left out, in words, to the rows that stay: no result should depend on it."""
    jumped = panel.groupby("county")["jump"].transform("any")
    town = panel["name_zh"].str[-1].isin(["区", "市"])
    return {
        "all county-years": panel,
        "without counties whose ratio jumps": panel[~jumped],
        "without extrapolated shares (2021, 2022)": panel[panel["year"] <= CENSUSES[1]],
        "without districts and cities (among them the renamed)": panel[~town],
        "counties of every year, 2015 to 2022": panel[panel["every_year"] & (panel["year"] > 2014)],
        "without Chengguan of Lanzhou": panel[panel["county"] != OFF_LIST],
    }
