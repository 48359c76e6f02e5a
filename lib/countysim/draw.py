"""Synthetic county tables from a parametric process whose true effects the caller chooses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from scipy import stats
from scipy.signal import lfilter

from bookkit.paths import write_atomically
from clustergap.indices import theil_from_shares
from clustergap.official import load_official
from yearbooks.contract import EASTERN, TABLES, check_table

YEARS = tuple(range(2014, 2023))
COUNTIES = {"eastern": 494, "central_western": 793}
TREATED = {2020: 175, 2021: 175, 2022: 140}
GRAIN_WEIGHT = 1.75
"""A grain cluster covers more counties than another: fields are wider than orchards."""
DEVELOPED = 0.3
"""How strongly clusters go to developed counties: treated and untreated differ in controls."""
SELECTION = -0.8
"""Log level of the gap in ever-treated counties less that in others: pooled estimates mislead."""
VARIABLES: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("variables.yml").read_text(encoding="utf-8")
)
"""How each variable is drawn, and how the gap depends on it."""


@dataclass(frozen=True)
class Truth:
    """What is true in a simulated panel, in points of the Theil index."""

    effect: float = -0.03  # of being in a cluster, from the first cluster year on
    # added to it at 0, 1, 2, … years since the first cluster year, and for the cohort of a year
    by_event_time: Mapping[int, float] = field(default_factory=dict)
    by_cohort: Mapping[int, float] = field(default_factory=dict)
    pretrend: float = 0.0  # yearly drift of the ever treated: not zero violates parallel trends
    exclusion: float = 0.0  # direct effect of ruggedness times trend: the instrument is invalid

    def at(self, cohort: np.ndarray, year: np.ndarray) -> np.ndarray:
        """Effect in each county-year; zero before the cohort year and where cohort is NaN."""
        event_time = year - cohort
        added = pd.Series(event_time).map(dict(self.by_event_time)).fillna(0)
        added = added + pd.Series(cohort).map(dict(self.by_cohort)).fillna(0)
        return np.where(event_time >= 0, self.effect + added, 0.0)


def simulate(
    seed: int,
    truth: Truth | None = None,
    counties: Mapping[str, int] = COUNTIES,
    relevance: float = 0.25,
) -> dict[str, pd.DataFrame]:
    """Draw the six raw tables of the contract, by name.

    Provinces, batches, products and types are those of the real cluster lists; which
    counties a cluster covers is drawn, and so is everything else. The gap of a county-year
    is a county level (lower in ever-treated and in rich counties), a common year path, a
    linear function of the controls, the true effect, and a serially correlated shock; urban
    and rural incomes are then those at which the Theil index of equation (1) is exactly that
    gap (up to rounding to yuan).

    Parameters
    ----------
    seed
        The same seed gives the same tables, byte for byte.
    truth
        The true effects; the default is a constant one.
    counties
        Number of counties of the two regions.
    relevance
        How strongly clusters go to rugged counties: zero makes ruggedness a weak instrument,
        one a strong one.
    """
    truth = truth or Truth()
    draw, place, cover = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(3))
    terrain = _places(counties, place)
    development = draw.standard_normal((len(terrain), 1))
    pull = relevance * terrain["ruggedness"] + DEVELOPED * development[:, 0]
    clusters = _cover(terrain["county"], pull, cover)
    years = np.array(YEARS)
    cohort = terrain["county"].map(clusters.groupby("county")["batch_year"].min()).to_numpy(float)
    values = _variables(development, years, draw)
    gap = _gap(values, cohort, terrain["ruggedness"].to_numpy(), years, truth, draw)
    grid = terrain[["county"]].merge(pd.DataFrame({"year": years}), how="cross")
    frame = grid.assign(gap=gap.ravel(), **{name: v.ravel() for name, v in values.items()})
    did = years >= cohort[:, None]
    tables = {
        "yearbook": yearbook(frame, draw),
        "clusters": clusters,
        "capaa": _capaa(terrain["county"], cover),
        "registrations": _registrations(grid, did, draw),
        "gi_products": _gi_products(grid, did, draw),
        "terrain": terrain,
    }
    return {name: check_table(table, name) for name, table in tables.items()}


def _places(counties: Mapping[str, int], rng: np.random.Generator) -> pd.DataFrame:
    """Counties by province, in proportion to rural population in 2020, with ruggedness."""
    official = load_official("province_income").query("year == 2020").set_index("code")
    rural = official["population_10k"] * (1 - official["urban_share"])
    need = _clusters_to_2022().groupby("code")["batch_year"].size() * 5
    sizes = []
    for region_name, total in counties.items():
        inside = rural.index.isin(EASTERN) == (region_name == "eastern")
        floor = need.reindex(rural.index[inside], fill_value=0)
        sizes.append(_apportion(rural[inside], floor, total))
    county = [f"{code}S{1 + i:03d}" for code, n in pd.concat(sizes).items() for i in range(n)]
    ruggedness = rng.gamma(1.6, 0.6, len(county)).round(4)
    return pd.DataFrame({"county": county, "ruggedness": ruggedness})


def _apportion(weight: pd.Series, floor: pd.Series | int, total: int) -> pd.Series:
    """Split a total by weight, none below its floor, by largest remainder."""
    spare = total - int(np.sum(floor))
    if spare < 0:
        raise ValueError(f"{total} counties are too few: the clusters need {total - spare}")
    exact = spare * weight / weight.sum()
    size = np.floor(exact).astype(int)
    size[(exact - size).nlargest(spare - int(size.sum())).index] += 1
    return size + floor


@cache
def _clusters_to_2022() -> pd.DataFrame:
    """The real clusters of the paper's three batches: province code, product, type and name."""
    clusters = load_official("clusters").query("batch_year <= 2022")
    provinces = load_official("province_income")[["province", "code"]].drop_duplicates()
    clusters = clusters.merge(provinces, on="province", validate="many_to_one")
    names = clusters[["cluster_name", "province_zh"]].itertuples(index=False)
    product = [name.removesuffix("产业集群").removeprefix(province) for name, province in names]
    return clusters.assign(cluster=clusters["cluster_name"], product=product)


def _cover(county: pd.Series, pull: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    """Give each real cluster counties of its province, none of them twice.

    Counties come in the order of their pull plus noise (a Gumbel draw each, so that
    ``exp(pull)`` is a county's weight); the last of a list goes first.
    """
    county = county[(pull + rng.gumbel(size=len(county))).sort_values().index]
    free = {code: list(group) for code, group in county.groupby(county.str[:2])}
    clusters = _clusters_to_2022()
    weight = clusters["cluster_type"].map({"grain": GRAIN_WEIGHT, "high_value": 1.0})
    batches = weight.groupby(clusters["batch_year"])
    sizes = pd.concat([_apportion(batch, 0, TREATED[year]) for year, batch in batches])
    rows = clusters.loc[sizes.index.repeat(sizes)]
    rows = rows.assign(county=[free[code].pop() for code in rows["code"]])
    rows = rows.sort_values(["county", "batch_year"], ignore_index=True)
    return rows[[*TABLES["clusters"].columns]]


def _variables(
    development: np.ndarray, years: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Variables (n, t) in the panel's units, each with a distribution that suits its nature.

    Behind each is a standard normal path: mostly a county's level, partly a moving deviation.
    All share the factor of development (n, 1), so that rich counties are rich in industry,
    credit and revenue as well.
    """
    n, t = len(development), len(years)
    trend = (years - years.mean()) / 4
    values = {}
    for name, variable in VARIABLES.items():
        weight = variable["development"]
        level = weight * development + np.sqrt(1 - weight**2) * rng.standard_normal((n, 1))
        path = np.sqrt(0.85) * level + np.sqrt(0.15) * _ar1(n, t, 0.6, rng)
        if name == "population":
            values[name] = np.exp(12.9 + 0.6 * path.mean(axis=1, keepdims=True) + 0 * path)
            continue
        rank = stats.norm.cdf(path + variable.get("shift", 0) * trend)
        distribution = getattr(stats, variable["distribution"])
        value = distribution.ppf(rank, *variable["shapes"], scale=variable.get("scale", 1))
        values[name] = value * np.exp(variable.get("growth", 0) * trend)
    values["serv"] *= 1 - values["ind"]
    return values


def _ar1(n: int, t: int, rho: float, rng: np.random.Generator) -> np.ndarray:
    """Stationary first-order autoregressions of unit variance, shape (n, t)."""
    shocks = rng.standard_normal((n, t))
    shocks[:, 1:] *= np.sqrt(1 - rho**2)
    return lfilter([1.0], [1.0, -rho], shocks, axis=1)


def _gap(
    values: dict[str, np.ndarray],
    cohort: np.ndarray,
    ruggedness: np.ndarray,
    years: np.ndarray,
    truth: Truth,
    rng: np.random.Generator,
) -> np.ndarray:
    """Theil index of each county-year, shape (n, t)."""
    n, t = values["pgdp"].shape
    treated = ~np.isnan(cohort)[:, None]
    # A floor and a lognormal part: gaps stay positive, so that nothing true is cut off.
    standing = SELECTION * treated + 0.6 * rng.standard_normal((n, 1))
    moved: np.ndarray | float = 0.0
    for name, variable in VARIABLES.items():
        mean = values[name].mean(axis=1, keepdims=True)
        standing = standing + variable.get("between", 0) * (mean - mean.mean())
        moved = moved + variable.get("within", 0) * (values[name] - values[name].mean())
    level = 0.16 + 0.2 * np.exp(standing)
    path = -0.018 * (years - years.mean())
    effect = truth.at(np.repeat(cohort, t), np.tile(years, n)).reshape(n, t)
    drift = truth.pretrend * treated * (years - years[0])
    direct = truth.exclusion * ruggedness[:, None] * (years - years[0] + 1)
    shock = 0.082 * _ar1(n, t, 0.2, rng)
    ceiling = -np.log(values["urban_share"])
    return np.clip(level + path + moved + effect + drift + direct + shock, 0.005, 0.9 * ceiling)


def income_share_for(gap: np.ndarray, urban_share: np.ndarray) -> np.ndarray:
    """Urban share of income at which the Theil index of equation (1) equals ``gap``.

    The index grows with the income share from zero at equal incomes to ``-ln p``.
    """
    from scipy.optimize import elementwise  # a live page's scipy, 1.14, has none

    if np.any((gap < 0) | (gap >= -np.log(urban_share))):
        raise ValueError("a gap outside [0, -ln p) has no income share")
    return elementwise.find_root(
        lambda share, gap, urban_share: theil_from_shares(share, urban_share) - gap,
        (urban_share, np.ones_like(urban_share)),
        args=(gap, urban_share),
    ).x


def yearbook(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Raw yearbook columns at which the panel's variables take the values of ``frame``."""
    population = frame["population"].round()
    urban = (population * frame["urban_share"]).round()
    share = income_share_for(frame["gap"].to_numpy(), (urban / population).to_numpy())
    income = 12000 * np.exp(0.075 * (frame["year"] - 2014) + 0.2 * np.log(frame["pgdp"] / 4))
    rural = population - urban
    registered = (population * rng.uniform(0.98, 1.15, len(frame))).round()
    gdp = (frame["pgdp"] * population).round()
    spending = (0.25 * gdp * (population / gdp) ** 0.3).round()
    return pd.DataFrame(
        {
            "county": frame["county"],
            "county_name": "synthetic " + frame["county"],
            "year": frame["year"],
            "population": population,
            "urban_population": urban,
            "rural_population": rural,
            "registered_population": registered,
            "urban_income": (income * share * population / urban).round(),
            "rural_income": (income * (1 - share) * population / rural).round(),
            "gdp": gdp,
            "secondary_value_added": (frame["ind"] * gdp).round(),
            "tertiary_value_added": (frame["serv"] * gdp).round(),
            "grain_output": (frame["pgra"] * population / 1000).round(),
            "fiscal_revenue": (frame["fiscal"] * spending).round(),
            "fiscal_expenditure": spending,
            "secondary_students": (frame["edu"] * registered).round(),
            "loans": (frame["financial"] * gdp).round(),
            "telephones": (frame["com"] * population).round(),
            "machinery_power": (frame["atl"] * rural).round(),
        }
    )


def _registrations(grid: pd.DataFrame, did: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Poisson counts around a county's own level, higher in cluster counties from then on."""
    n, t = did.shape
    counts = {}
    for name, level, effect in (("agro_processing", 2.7, 0.05), ("auxiliary", 3.6, 0.1)):
        mean = level + 0.97 * rng.standard_normal((n, 1)) + 0.45 * _ar1(n, t, 0.3, rng)
        counts[name] = rng.poisson(np.exp(mean + effect * did)).ravel()
    return grid.assign(**counts)


def _gi_products(grid: pd.DataFrame, did: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Products protected so far: a county's stock and what each year adds."""
    stock = rng.negative_binomial(0.8, 0.36, (len(did), 1))
    added = rng.poisson(0.06 + 0.04 * did).cumsum(axis=1)
    return grid.assign(gi_products=(stock + added).ravel())


def _capaa(county: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    """As many designations a batch as the real lists count, spread over the counties."""
    counts = load_official("capaa_counts")
    year = counts["year"].repeat(counts["designated"])
    chosen = rng.choice(county.to_numpy(), len(year), replace=False)
    table = pd.DataFrame({"county": chosen, "year": year.to_numpy()})
    return table.sort_values("county", ignore_index=True)


def write(tables: dict[str, pd.DataFrame], folder: Path, made_by: Mapping[str, object]) -> None:
    """Write raw tables as CSV and, last, the manifest that vouches for them.

    Numbers of whole value are written without a decimal point. The manifest names the
    kind, how the tables were made, and each file's rows and sha256.
    """
    files = {}
    for name, table in tables.items():
        text = table.convert_dtypes().to_csv(index=False, lineterminator="\n")
        write_atomically(folder / f"{name}.csv", text)
        checksum = hashlib.sha256(text.encode()).hexdigest()
        files[f"{name}.csv"] = {"rows": len(table), "sha256": checksum}
    manifest = {
        "kind": "synthetic",
        "warning": "Made by a program. No row describes a real county.",
        "made_by": dict(made_by),
        "files": files,
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    write_atomically(folder / "manifest.json", text)
