"""Whether values can be what they are called: typical values by year and province, and jumps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from yearbooks.contract import TABLES
from yearbooks.headings import WORDS, unit_of

JUMP = 6.0
"""Factor by which a typical county does not change from one year to the next."""
ODD = 100.0
"""Factor by which a county's value does not differ from its usual one."""
ENOUGH = 3
"""Counties of a province in a year whose median says something."""
Ask = Callable[[str, str, str], None]
"""Takes a question, the line that answers it, and the line that says all is right as it is."""


@dataclass(frozen=True)
class Said:
    """What the files say of the columns: headings and units by column; and mapping.yml of units."""

    heads: dict[str, str]
    stated: dict[str, str]
    mapped: dict[str, Any]


@dataclass(frozen=True)
class Keys:
    """What the rows are grouped by, and their order by county and year."""

    county: pd.Series
    year: pd.Series
    province: pd.Series
    order: pd.Index

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Keys:
        """Keys of a yearbook."""
        year = frame["year"].astype("category").cat.rename_categories("{:g}".format)
        province = frame["county"].str[:2].astype("category")
        order = frame.sort_values(["county", "year"]).index
        return cls(frame["county"].astype("category"), year, province, order)


def doubts(frame: pd.DataFrame, said: Said, ask: Ask) -> None:
    """Ask about each column whose unit cannot be right, unless mapping.yml has settled it.

    A column is not asked about where the one that it is divided by is in doubt itself. What a
    group of rows is to be (a year, a province, both, or all) only an answer for it settles.
    """
    doubtful: set[str] = set()
    frame = frame.reset_index(drop=True)
    keys = Keys.of(frame)
    for column, (base, low, high) in WORDS["plausible"].items():
        if base in doubtful:
            doubtful.add(column)
            continue
        ratio = (frame[column] / (frame[base] if base else 1)).replace([np.inf, -np.inf], np.nan)
        bounds = (low, high)
        over: str | None = f" over {base}" if base else ""
        groups = _out_of_range(ratio, keys, low, high)
        if not groups:
            groups, bounds, over = _jumps(frame[column], keys), (1 / JUMP, JUMP), None
        mapped = said.mapped.get(column)
        settled = set(map(str, mapped)) if isinstance(mapped, dict) else set()
        if groups:
            doubtful.add(column)
        if open_ := {g: v for g, v in groups.items() if not {g, *g.split("/")} & settled}:
            _ask(column, over, bounds, open_, said, ask)
    typical = (frame["urban_income"] / frame["rural_income"]).median()
    if typical < 1 and not {"urban_income", "rural_income"} & (doubtful | set(said.mapped)):
        urban, rural = (said.heads.get(c, c) for c in ("urban_income", "rural_income"))
        ask(
            f"urban_income is below rural_income, their median ratio is {typical:.2f}: are the two "
            "headings swapped",
            f"columns: {{urban_income: {rural!r}, rural_income: {urban!r}}}",
            "units: {urban_income: yuan}",
        )


def _out_of_range(ratio: pd.Series, keys: Keys, low: float, high: float) -> dict[str, float]:
    """Groups whose median is out of range: all years, some, a province, or it in some years."""

    def wrong(by: list[pd.Series], least: int = 1) -> tuple[dict[str, float], int]:
        found = ratio.groupby(by, observed=True).agg(["median", "count"])
        typical = found["median"][found["count"] >= least]
        out = typical[(typical > 0) & ~typical.between(low, high)]
        names = ["/".join(k if isinstance(k, tuple) else (k,)) for k in out.index]
        return dict(zip(names, out, strict=True)), len(typical)

    years, number = wrong([keys.year])
    if years:
        return {"all": next(iter(years.values()))} if len(years) == number else years
    provinces, _ = wrong([keys.province], ENOUGH)
    return provinces or wrong([keys.province, keys.year], ENOUGH)[0]


def _jumps(values: pd.Series, keys: Keys) -> dict[str, float]:
    """Years whose typical county is a multiple of the others, by county; overall or by province."""
    values = values[keys.order]
    values = np.log(values[values > 0])
    step = values.groupby(keys.county[values.index], observed=True).diff().dropna()
    year, province = keys.year[step.index], keys.province[step.index]
    if found := _odd_years(step.groupby(year, observed=True).median()):
        return found
    table = step.groupby([province, year], observed=True).agg(["median", "count"])
    for name, group in table.groupby(level=0, observed=True):
        odd = _odd_years(group["median"].droplevel(0)) if group["count"].max() >= ENOUGH else {}
        if odd:
            return {f"{name}/{when}": times for when, times in odd.items()}
    return {}


def _odd_years(step: pd.Series) -> dict[str, float]:
    """Years that lie a jump above or below most others, and how many times as much they have."""
    level = pd.concat(
        [pd.Series({"first": 0.0}), step.where(step.abs() > np.log(JUMP), 0)]
    ).cumsum()
    far = np.abs(np.subtract.outer(level.to_numpy(), level.to_numpy())) > np.log(JUMP)
    level -= level.iloc[int(far.sum(axis=0).argmin())]
    return {str(year): float(np.exp(v)) for year, v in level.items() if abs(v) > np.log(JUMP)}


def _ask(
    column: str, over: str | None, bounds: tuple[float, float], groups: dict[str, float],
    said: Said, ask: Ask,
) -> None:  # fmt: skip
    unit = TABLES["yearbook"].columns[column].metadata["unit"]
    now = said.stated.get(column, unit)
    better = _fitting(unit, now, bounds, list(groups.values()))
    value, whole = next(iter(groups.values())), "all" in groups
    where = "in all years" if whole else f"in {', '.join(list(groups)[:6])}"
    if over is None:
        what = f"{where} the typical county has {value:.3g} times what it has in other years"
    else:
        what = (f"{where} the median{over} is {value:.3g} if the unit is {now}; expected "
                f"{bounds[0]:g} to {bounds[1]:g}")  # fmt: skip
    what += f" ({better} would fit)" if better else " (no unit would fit: mend the values)"
    what += "" if whole else "; the other rows fit"
    asked = "in which unit is it" if whole else "in which unit are these rows"
    asked = asked if better else "or is it right as it is"

    def units(word: str) -> str:
        return f"units: {{{column}: {{{', '.join(f'{g}: {word!r}' for g in groups)}}}}}"

    answer = f"units: {{{column}: {better!r}}}" if whole else units(better)
    ask(f"column {column}: {what}; {asked}", answer if better else "", units(now))


def _fitting(unit: str, now: str, bounds: tuple[float, float], values: list[float]) -> str:
    """The word for a unit in which all the values fit; empty text if there is none."""
    kind, size = unit_of(now) or ("", 1.0)
    middle = np.sqrt(bounds[0] * bounds[1])
    fits = {
        other: abs(np.log(np.median(values) * other / size / middle))
        for other in WORDS["units"].get(kind, {})
        if all(bounds[0] <= value * other / size <= bounds[1] for value in values)
    }
    usual = [other for other in fits if float(np.log10(other)) % 4 == 0] or list(fits)
    return str(WORDS["units"][kind][min(usual, key=fits.__getitem__)][0]) if usual else ""


def odd_cells(frame: pd.DataFrame) -> pd.Series:
    """Numbers of cells a column that are a hundred times a county's usual value, or a hundredth."""
    columns = list(WORDS["plausible"])
    usual = frame.groupby("county")[columns].transform("median")
    ratio = frame[columns] / usual
    return ((ratio > ODD) | (ratio < 1 / ODD) & (frame[columns] > 0)).sum()
