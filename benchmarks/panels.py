"""Simulated panels of any size for the benchmarks."""

import numpy as np
import pandas as pd

CONTROLS = ("pgdp", "pgra", "ind", "serv", "fiscal", "edu", "financial", "com")
FML = f"gap~did+{'+'.join(CONTROLS)}|county+year"
SHARES = (175 / 1287, 175 / 1287, 140 / 1287)


def panel(counties: int = 1287, years: int = 9, seed: int = 0) -> pd.DataFrame:
    """A balanced panel with the paper's shares of counties in three last-years cohorts."""
    rng = np.random.default_rng(seed)
    year = np.arange(2023 - years, 2023)
    cohort = np.full(counties, np.nan)
    sizes = [round(share * counties) for share in SHARES]
    groups = np.split(rng.permutation(counties)[: sum(sizes)], np.cumsum(sizes)[:-1])
    for first, members in zip(year[-3:], groups, strict=True):
        cohort[members] = first
    code = np.array([f"{11 + c % 31}S{c:07d}" for c in range(counties)])
    data = {
        "county": np.repeat(code, years),
        "year": np.tile(year, counties),
        "cohort": np.repeat(cohort, years),
    }
    data["did"] = (data["year"] >= data["cohort"]).astype(float)
    for name in CONTROLS:
        level = np.repeat(rng.normal(size=counties), years)
        data[name] = level + 0.1 * (data["year"] - year[0]) + rng.normal(size=counties * years)
    shock = 0.03 * rng.normal(size=(counties, years)).cumsum(axis=1).ravel()
    data["gap"] = 0.4 - 0.03 * data["did"] + 0.01 * data["pgdp"] + shock
    return pd.DataFrame(data)
