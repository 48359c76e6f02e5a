"""Whether values can be what they are called: typical values by year and province, and jumps."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yearbooks.contract import TABLES
from yearbooks.files import Sheet
from yearbooks.headings import WORDS, unit_of

JUMP = 6.0
"""Factor by which a typical county does not change from one year to the next."""
ODD = 100.0
"""Factor by which a county's value does not differ from its usual one."""
ENOUGH = 3
"""Counties of a province in a year whose median says something."""


def doubts(frame: pd.DataFrame, sheets: list[Sheet]) -> None:
    """Ask about each column whose unit cannot be right, unless mapping.yml has settled it.

    A column is not asked about where the one that it is divided by is in doubt itself. What a
    group of rows is to be (a year, a province, both, or all) only an answer for it settles.
    Cells that are odd for their county are noted.
    """
    sheet, heads = sheets[0], {name: head for s in sheets for name, head in s.heads.items()}
    doubtful: set[str] = set()
    mapped = sheet.said.get("units", {})
    frame = frame.reindex(columns=list(TABLES["yearbook"].columns))
    frame = frame.sort_values(["county", "year"], ignore_index=True)
    by = {"province": frame["county"].str[:2], "year": frame["year"].map("{:g}".format)}
    keys = frame[["county"]].assign(**by).astype("category")
    for column, (base, low, high) in WORDS["plausible"].items():
        if base in doubtful:
            doubtful.add(column)
            continue
        over, bounds = f"the median{f' over {base}' if base else ''} is", (low, high)
        ratio = (frame[column] / (frame[base] if base else 1)).replace([np.inf, -np.inf], np.nan)
        fits = ratio.dropna().between(low, high).all()
        groups = {} if fits else _out_of_range(ratio, keys, low, high)
        if not groups:
            groups, over, bounds = _jumps(frame[column], keys), "", (1 / JUMP, JUMP)
        if groups:
            doubtful.add(column)
        settled = set(map(str, mapped[column])) if isinstance(mapped.get(column), dict) else set()
        if open_ := {g: v for g, v in groups.items() if not {g, *g.split("/")} & settled}:
            taken = heads[column].taken if column in heads else ""
            _ask(column, open_, over, bounds, taken or "", sheet)
    typical = (frame["urban_income"] / frame["rural_income"]).median()
    if typical < 1 and not {"urban_income", "rural_income"} & (doubtful | set(mapped)):
        urban, rural = (heads[column].shown for column in ("urban_income", "rural_income"))
        swapped = f"columns: {{urban_income: {rural!r}, rural_income: {urban!r}}}"
        what = (
            f"urban_income is {typical:.2f} times rural_income (median): are the headings swapped"
        )
        sheet.question(what, swapped, "units: {urban_income: yuan}")
    values = frame[list(WORDS["plausible"])]
    ratio = values / values.groupby(frame["county"]).transform("median")
    odd = (ratio > ODD) | (ratio < 1 / ODD) & (values > 0)
    for column, number in odd.sum().items():
        what = "cells a hundred times, or a hundredth of, what is usual for their county"
        sheet.note(f"{column}: {what}", number, doubt=True)


def _out_of_range(
    ratio: pd.Series, keys: pd.DataFrame, low: float, high: float
) -> dict[str, float]:
    """Groups whose median is out of range: all years, some, a province, or it in some years."""
    for by, least in ((["year"], 1), (["province"], ENOUGH), (["province", "year"], ENOUGH)):
        found = ratio.groupby([keys[key] for key in by], observed=True).agg(["median", "count"])
        typical = found.loc[found["count"] >= least, "median"]
        out = typical[(typical > 0) & ~typical.between(low, high)]
        if by == ["year"] and 0 < len(out) == len(typical):
            return {"all": out.iloc[0]}
        if len(out):
            return {k if isinstance(k, str) else "/".join(k): v for k, v in out.items()}
    return {}


def _jumps(values: pd.Series, keys: pd.DataFrame) -> dict[str, float]:
    """Years whose typical county is a multiple of the others, by county; overall or by province."""
    step = np.log(values[values > 0]).groupby(keys["county"], observed=True).diff().dropna()
    if step.abs().max() <= np.log(JUMP):
        return {}
    for of in (pd.Series("", step.index), keys["province"]):
        table = step.groupby([of, keys["year"]], observed=True).agg(["median", "count"])
        for name, group in table.groupby(level=0, observed=True):
            if (group["count"].max() >= ENOUGH or not name) and (
                found := _odd_years(group["median"].droplevel(0))
            ):
                return {f"{name}/{year}".lstrip("/"): times for year, times in found.items()}
    return {}


def _odd_years(step: pd.Series) -> dict[str, float]:
    """Years that lie a jump above or below most others, and how many times as much they have."""
    if not (step.abs() > np.log(JUMP)).any():
        return {}
    level = pd.concat([pd.Series({"first": 0.0}), step.where(step.abs() > np.log(JUMP), 0)])
    level = level.cumsum()
    far = np.abs(np.subtract.outer(level.to_numpy(), level.to_numpy())) > np.log(JUMP)
    level -= level.iloc[int(far.sum(axis=0).argmin())]
    return {str(year): float(np.exp(v)) for year, v in level.items() if abs(v) > np.log(JUMP)}


def _ask(
    column: str, groups: dict[str, float], over: str, bounds: tuple[float, float], now: str,
    sheet: Sheet,
) -> None:  # fmt: skip
    unit = TABLES["yearbook"].columns[column].metadata["unit"]
    now, value, whole = now or unit, next(iter(groups.values())), "all" in groups
    better = _fitting(unit, now, bounds, list(groups.values()))
    what = f"in all years {over}" if whole else f"in {', '.join(list(groups)[:6])} {over}"
    if over:
        what += f" {value:.3g} if the unit is {now}; expected {bounds[0]:g} to {bounds[1]:g}"
    else:
        what += f"the typical county has {value:.3g} times what it has in other years"
    what += f" ({better} would fit)" if better else " (no unit would fit: mend the values)"
    what += "" if whole else "; the other rows fit"
    asked = "in which unit is it" if whole else "in which unit are these rows"
    asked = asked if better else "or is it right as it is"

    def units(word: str) -> str:
        return f"units: {{{column}: {{{', '.join(f'{g}: {word!r}' for g in groups)}}}}}"

    answer = f"units: {{{column}: {better!r}}}" if whole else units(better)
    sheet.question(f"column {column}: {what}; {asked}", answer if better else "", units(now))


def _fitting(unit: str, now: str, bounds: tuple[float, float], values: list[float]) -> str:
    """The word for a unit in which all the values fit; empty text if there is none."""
    kind, size = unit_of(now) or ("", 1.0)
    low, high = bounds
    fits = {
        words[0]: abs(np.log(np.median(values) * other / size / np.sqrt(low * high)))
        + 100 * (float(np.log10(other)) % 4 != 0)  # what is not usual only if nothing usual fits
        for other, words in WORDS["units"].get(kind, {}).items()
        if all(low <= value * other / size <= high for value in values)
    }
    return min(fits, key=fits.__getitem__, default="")
