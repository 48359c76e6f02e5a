"""Synthetic raw tables whose panel gives the paper's printed numbers.

A draw of :func:`countysim.simulate` is changed as little as possible, first the
controls, then ruggedness, then the outcomes, until every printed cell lies inside its rounding
interval (:mod:`countysim.moments` does the moving). The printed cells are an argument;
nothing about them is stored here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy
import yaml
from scipy.optimize import brentq
from threadpoolctl import threadpool_limits

from bookkit.ledger import PUBLISHED, published
from bookkit.paths import DATA
from clustergap.indices import theil_from_shares
from clustergap.panel import CONTROLS, MECHANISMS, assemble
from clustergap.samples import WINSORISED, table_6_samples, winsorised
from countysim import draw
from countysim import moments as shaping
from countysim import subsamples as samples
from countysim.moments import Moments, Regression, regression
from paneldid.matching import match
from paneldid.partialling import first_rows, run_sums, small_sample_factor
from printcheck.verdicts import KEY, Key
from yearbooks.contract import check_table

Array = np.ndarray

SEED = 20200311
INFLATION = 1.1
"""Clustered over unclustered standard errors within counties, as the draw has them."""
MAX_PASSES = 12
ROUNDINGS, MAX_FLIPS = 4, 400
SECTORS = np.isin(CONTROLS, ("ind", "serv"))
"""Which controls are shares of GDP: what they leave is agriculture."""
OUTCOMES: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("outcomes.yml").read_text(encoding="utf-8")
)
"""Where outcomes are printed, and how they may move."""
UNBOUNDED = 1e3
"""Half the interval of a moment that nothing is printed about."""
T_RANGE = {0: (0.0, 1.64), 1: (1.66, 1.95), 2: (1.98, 2.56), 3: (2.6, 1e6)}
"""Absolute t-ratios that give no star, one, two, three, a little inside the exact limits."""
EVENT_TIMES = (-7, -6, -5, -4, -3, -2, 0, 1, 2)
T_BEFORE, T_AFTER = (-1.3, 1.3), (-12.0, -3.0)
"""What Figure 1 is said to show, as t-ratios: nothing before, a narrower gap from then on."""


def printed(cells: pd.DataFrame) -> pd.DataFrame:
    """Printed cells (see data/published) as numbers, by exhibit, column, row and statistic."""
    cells = cells.set_index(KEY)
    return pd.DataFrame(
        {
            "value": cells["printed"].astype(float),
            "half": 0.5 * 10.0 ** -cells["decimals"],
            "negative": cells["printed"].str.startswith("-"),
            "stars": cells["stars"],
        }
    )


@threadpool_limits.wrap(limits=1, user_api="blas")  # more add in another order: other last digits
def calibrate(cells: pd.DataFrame, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """Raw tables of the contract whose assembled panel gives the printed cells.

    ``cells`` holds exhibit, column, row, statistic, printed (text), decimals, stars: one row a
    cell. Table 1 (means and spreads), the coefficients, errors and R² of Tables 2 to 6, and the
    numbers of observations that depend on the data are used; the Cragg-Donald F is not (see the
    chapter on the synthetic panel). A target out of reach is no error: re-estimate to see it. Any
    seed gives a panel with the same printed numbers; the same seed, the same bytes.
    """
    want = printed(cells)
    numbers = want["value"].xs("n", level="statistic").astype(int)
    counties = [numbers["table_6", column, "model"] // len(draw.YEARS) for column in "34"]
    rng = np.random.default_rng([seed, 1])
    truth = draw.Truth(effect=want.value["table_2", "3", "did", "estimate"])
    tables = draw.simulate(seed, truth, dict(zip(draw.COUNTIES, counties, strict=True)))
    tables["clusters"] = samples.with_grain_rows(
        tables["clusters"], numbers["table_6", "2", "model"], len(draw.YEARS)
    )
    panel, _ = assemble(tables)
    outcomes = panel[["gap", *MECHANISMS]]
    frame = _frame_with_controls(panel, tables["yearbook"], want)
    registered = int(rng.integers(2**32))
    tables["yearbook"] = draw.yearbook(frame, np.random.default_rng(registered))
    # From here on the regressors are those of the raw tables, roundings included.
    panel = assemble(tables)[0].assign(**outcomes)
    tables["terrain"] = pd.DataFrame(
        {"county": panel["county"].unique(), "ruggedness": shape_ruggedness(panel, want)}
    )
    panel = assemble(tables)[0].assign(**outcomes)
    gap = shaped("gap", panel["gap"].to_numpy(), gap_sheet(panel), want)
    gini = shape_gini(panel, gap, want, rng)
    machinery = shaped("atl", panel["atl"].to_numpy(), did_sheet(panel, "atl"), want)
    frame = frame.assign(gap=gap, urban_share=urban_share_for(gap, gini), atl=machinery)
    tables["yearbook"] = draw.yearbook(frame, np.random.default_rng(registered))
    tables |= _counts(tables, panel, want, rng)
    return {name: check_table(table, name) for name, table in tables.items()}


# ---------------------------------------------------------------- controls and the samples


def _frame_with_controls(
    panel: pd.DataFrame, raw: pd.DataFrame, want: pd.DataFrame
) -> pd.DataFrame:
    """County-years with controls and population in their final state, outcomes pending."""
    n = len(panel)
    county, _ = codes(panel)
    did, treat = panel["did"].to_numpy(float), panel["treat"].to_numpy()
    off = n - int(want.value["table_4", "3", "model", "n"])
    controls = samples.swap_for_support(panel[[*CONTROLS]].to_numpy(), treat, county, off)
    for _ in range(MAX_PASSES):
        controls = shape_controls(controls, did, county.max() + 1, want)
        controls, moved = samples.trim_support(controls, treat, county, off, ~SECTORS)
        if not moved:
            break
    frame = panel[["county", "year"]].assign(gap=0.3, urban_share=0.3, atl=1.0)
    frame[[*CONTROLS]] = controls
    population = raw.sort_values(["county", "year"])["population"].to_numpy()
    loans = (frame["financial"] * frame["pgdp"] * population).to_numpy()
    above = n // 2
    high, low = (int(want.value["table_6", c, "model", "n"]) for c in "56")
    paths = loans.reshape(county.max() + 1, -1)
    factor = samples.scale_for_loans(paths, above, above - high, n - above - low)
    return frame.assign(population=population * factor[county])


def codes(panel: pd.DataFrame) -> tuple[Array, Array]:
    """County codes 0, 1, … and years of a panel sorted by county."""
    return panel["county"].factorize()[0], panel["year"].to_numpy()


def shape_controls(controls: Array, did: Array, counties: int, want: pd.DataFrame) -> Array:
    """Give the controls (n, 8) the moments that Tables 1 and 2 print or imply.

    Means and standard deviations; column 2's unclustered standard errors, which with R² fix
    the inverse of the regressors' second moments; the omitted-variable identity that links
    columns 1 and 2; column 2's R²; and the spread within counties that column 3's standard
    errors ask for.
    """
    n, k = controls.shape
    total = want.value["table_1", "main", "gap", "sd"] ** 2 * (n - 1)
    r2 = {column: want.value["table_2", column, "model", "r2"] for column in "23"}
    rows = ["did", *CONTROLS, "constant"]
    slopes = np.array([want.value["table_2", "2", row, "estimate"] for row in rows[:-1]])
    targets = [
        *(("table_1", "main", row, s) for s in ("mean", "sd") for row in CONTROLS),
        *(("table_2", "2", row, "se") for row in rows),
        *(("table_2", "3", row, "se") for row in rows[1:]),
    ]
    omitted = want.value["table_2", "1", "did", "estimate"] - slopes[0]
    middle = np.append(want.value[targets], [omitted, r2["2"]])
    half = np.append(want.half[targets], [0.0004, 0.0004])
    moments = shaping.control_moments(
        did, counties, slopes, total,
        np.sqrt((1 - r2["2"]) * total / (n - k - 2)),
        INFLATION * np.sqrt((1 - r2["3"]) * total / n),
    )  # fmt: skip
    largest, smallest = 4 * controls.max(axis=0), 0.02 * controls.mean(axis=0)
    largest[CONTROLS.index("fiscal")] = 1.2

    def weight(vector: Array) -> Array:
        """Relative moves are equally likely; sectors move less where agriculture is small."""
        x = vector.reshape(n, k)
        variance = np.minimum(x, 3 * x.mean(axis=0)) ** 2
        agriculture = 1 - x[:, SECTORS].sum(axis=1, keepdims=True)
        variance[:, SECTORS] *= (agriculture / (agriculture + 0.1)) ** 2
        return variance.ravel()

    def project(vector: Array) -> Array:
        x = np.clip(vector.reshape(n, k), smallest, largest)
        x[:, SECTORS] /= np.maximum(x[:, SECTORS].sum(axis=1, keepdims=True) / 0.985, 1)
        return x.ravel()

    # Well inside: the outcome's stage cannot mend what the regressors fix.
    shaped = shaping.shape(
        controls.ravel(), moments, lambda _: (middle, half), weight, project, reached=0.8
    )
    return shaped.reshape(n, k)


def shape_ruggedness(panel: pd.DataFrame, want: pd.DataFrame) -> Array:
    """Ruggedness (counties,) with the printed first-stage coefficient and Kleibergen-Paap F.

    Ever-treated counties are made more or less rugged by one factor until F is as printed;
    the unit of measurement then sets the coefficient.
    """
    county, year = codes(panel)
    fit = regression(county, year, panel[[*CONTROLS]].to_numpy())
    did = fit.residuals(panel["did"].to_numpy(float))
    of_county = panel.groupby("county").head(1)
    wanted = want.value["table_3", "1", "model", "kleibergen_paap_f"]
    first = first_rows(county)
    # ivreg2's correction: neither the nested county effects nor the constant are counted.
    factor = small_sample_factor(len(did), len(first), 1 + fit.design.shape[1])

    def tilted(tilt: float) -> Array:
        return of_county["ruggedness"].to_numpy() * np.exp(tilt * of_county["treat"].to_numpy())

    def first_stage(ruggedness: Array) -> tuple[float, float]:
        z = fit.residuals(ruggedness[county] * (year - year.min() + 1))
        slope = z @ did / (z @ z)
        sums = run_sums(z * (did - slope * z), first)
        return slope, slope * abs(slope) * (z @ z) ** 2 / (factor * (sums @ sums))

    tilt = brentq(lambda a: first_stage(tilted(a))[1] - wanted, -1.5, 1.5, xtol=1e-13)
    unit = first_stage(tilted(tilt))[0] / want.value["table_3", "1", "ruggedness", "estimate"]
    return (tilted(tilt) * unit).round(7)


# ---------------------------------------------------------------------------- the outcomes


@dataclass(frozen=True)
class Sheet:
    """Moments of an outcome with their addresses: printed cells, or what Figure 1 shows.

    Attributes
    ----------
    keys
        Addresses, figure_1 among the exhibits.
    parts
        Groups of moments, in the order of the keys.
    """

    keys: list[Key] = field(default_factory=list)
    parts: list[Moments] = field(default_factory=list)

    def moments(self, outcome: Array) -> tuple[Array, Array]:
        """Moments of the outcome, in the order of the keys."""
        values, gradients = zip(*(part(outcome) for part in self.parts), strict=True)
        return np.concatenate(values), np.vstack(gradients)

    def describe(self, row: str) -> None:
        """Add mean and standard deviation."""
        self.keys.extend(("table_1", "main", row, statistic) for statistic in ("mean", "sd"))
        self.parts.append(shaping.mean_and_sd)

    def regress(
        self,
        exhibit: str,
        column: str,
        fit: Regression,
        rows: Iterable[str] = ("did",),
        weights: Array | None = None,
        r2: bool = True,
    ) -> None:
        """Add estimates, standard errors and R² of a column."""
        rows = list(rows)
        weights = fit.operator[: len(rows)] if weights is None else weights
        moments = {
            "estimate": (rows, shaping.linear(weights)),
            "se": (rows, shaping.standard_errors(fit, weights)),
        }
        if r2:
            moments["r2"] = (["model"], shaping.r_squared(fit))
        for statistic, (names, part) in moments.items():
            self.keys.extend((exhibit, column, name, statistic) for name in names)
            self.parts.append(shaping.of_rows(part, fit.rows))


def gap_sheet(panel: pd.DataFrame) -> Sheet:
    """All moments of the gap in Tables 1 to 4 and 6, and of the event study."""
    names = ["did", *CONTROLS]
    x = panel[names].to_numpy(float)
    controls = x[:, 1:]

    def within(*regressors: Array, **options: Array) -> Regression:
        return regression(*codes(panel), np.column_stack(regressors), **options)

    sheet, clipped = Sheet(), Sheet()
    sheet.describe("gap")
    sheet.regress("table_2", "1", shaping.pooled(x[:, :1]), ["did", "constant"])
    sheet.regress("table_2", "2", shaping.pooled(x), [*names, "constant"])
    baseline = within(x)
    slopes = baseline.operator[: len(names)]
    # reghdfe's constant: mean outcome less fitted mean of the regressors
    constant = 1 / len(x) - x.mean(axis=0) @ slopes
    sheet.regress("table_2", "3", baseline, [*names, "constant"], np.vstack([slopes, constant]))
    instruments = np.column_stack([panel["ruggedness_trend"], controls])
    sheet.regress("table_3", "2", within(x, instruments=instruments), r2=False)
    clipped.regress("table_4", "2", within(x[:, 0], winsorised(panel)[[*CONTROLS]]))
    sheet.keys.extend(clipped.keys)
    sheet.parts.append(shaping.of_winsorised(clipped.moments, WINSORISED))
    sheet.regress("table_4", "3", within(x, rows=match(panel, CONTROLS).on_support.to_numpy()))
    sheet.regress("table_4", "4", within(x, panel["capaa"]))
    for column, used in table_6_samples(panel).items():
        sheet.regress("table_6", column, within(x, rows=used.to_numpy()))
    event_time = panel["event_time"].clip(lower=min(EVENT_TIMES)).to_numpy()
    leads_lags = event_time[:, None] == np.array(EVENT_TIMES)
    sheet.regress("figure_1", "", within(leads_lags, controls), map(str, EVENT_TIMES), r2=False)
    return sheet


def did_sheet(panel: pd.DataFrame, outcome: str) -> Sheet:
    """Moments of another outcome: its baseline regression; its line in Table 1, if it has one."""
    sheet, x = Sheet(), panel[["did", *CONTROLS]].to_numpy(float)
    printed_in = OUTCOMES[outcome]
    sheet.regress(printed_in["exhibit"], printed_in["column"], regression(*codes(panel), x))
    if outcome in MECHANISMS:
        sheet.describe(outcome)
    return sheet


def intervals(keys: list[Key], want: pd.DataFrame) -> Callable[[Array], tuple[Array, Array]]:
    """Where each moment must lie: the rounding interval, and the t-ratios its stars allow."""
    aims = want.reindex(pd.MultiIndex.from_tuples(keys))
    low, high = (
        (aims["value"] + sign * aims["half"]).fillna(sign * UNBOUNDED).to_numpy()
        for sign in (-1, 1)
    )
    place = {key: i for i, key in enumerate(keys)}
    ratios: list[tuple[int, int, float, float]] = []
    for key, i in place.items():
        if key[3] != "estimate":
            continue
        if key[0] == "figure_1":
            ends = T_BEFORE if int(key[2]) < 0 else T_AFTER
        else:
            least, most = T_RANGE[int(want.stars[key])]
            ends = (-most, -least) if want.negative[key] else (least, most)
        ratios.append((i, place[*key[:3], "se"], *ends))

    def bounds(values: Array) -> tuple[Array, Array]:
        lower, upper = low.copy(), high.copy()
        for i, error, least, most in ratios:
            lower[i] = max(lower[i], least * values[error])
            upper[i] = min(upper[i], most * values[error])
        return (lower + upper) / 2, (upper - lower) / 2

    return bounds


def shaped(
    name: str, start: Array, sheet: Sheet, want: pd.DataFrame, offset: Array | float = 0.0
) -> Array:
    """Shape an outcome until its moments are as printed.

    The gap's are all of Tables 1 to 4 and 6 that rest on it, at once, and Figure 1.
    """
    most, extra, least = (OUTCOMES[name][what] for what in ("most", "extra", "least"))

    def moments(outcome: Array) -> tuple[Array, Array]:
        values, gradient = sheet.moments(outcome)
        return values + offset, gradient

    return shaping.shape(
        start,
        moments,
        intervals(sheet.keys, want),
        lambda outcome: (np.clip(outcome, 0, most) + extra) ** 2,
        lambda outcome: np.maximum(outcome, least),
    )


def mirrored_gini(gap: Array) -> Array:
    """Gini coefficient G of a Theil index T where the income share is 1 - p: ``T = 2 G artanh G``.

    It is close to the largest Gini coefficient that the Theil index allows.
    """
    grid = np.linspace(0, 0.999999, 200_001)
    return np.interp(gap, 2 * grid * np.arctanh(grid), grid)


def urban_share_for(gap: Array, gini: Array) -> Array:
    """Urban share p of people at which Theil index and Gini coefficient are both as given.

    At a given Gini coefficient G, below ``p = (1 - G) / 2`` the Theil index falls in p, from
    infinity to no more than ``gap`` if G is at most :func:`mirrored_gini`. (A second root above
    has incomes ten to a thousand times apart.)
    """
    from scipy.optimize import elementwise  # a live page's scipy, 1.14, has none

    bracket = np.full_like(gap, np.finfo(float).tiny), (1 - gini) / 2
    return elementwise.find_root(
        lambda urban, gini, gap: theil_from_shares(urban + gini, urban) - gap,
        bracket,
        args=(gini, gap),
    ).x


def shape_gini(
    panel: pd.DataFrame, gap: Array, want: pd.DataFrame, rng: np.random.Generator
) -> Array:
    """Gini coefficients beside the gaps: column 1 of Table 4, attainable in every county-year.

    The start has a steady urban share, larger in counties with a larger gap and growing.
    """
    county, year = codes(panel)
    top = mirrored_gini(gap)
    mean = gap.reshape(county.max() + 1, -1).mean(axis=1)
    rank = mean.argsort(kind="stable").argsort(kind="stable") / len(mean)
    level = 0.10 + 0.12 * rank + 0.05 * rng.standard_normal(len(mean))
    urban = np.maximum(level[county] * (1 + 0.02 * (year - year.mean())), 0.02)
    urban = np.minimum(urban, 0.97 * (1 - top) / 2)
    sheet, bounds = did_sheet(panel, "gini"), (0.4 * top, 0.99 * top)
    return shaping.shape(
        np.clip(draw.income_share_for(gap, urban) - urban, *bounds),
        sheet.moments,
        intervals(sheet.keys, want),
        lambda gini: (np.minimum(gini - bounds[0], bounds[1] - gini) + 0.002) ** 2,
        lambda gini: np.clip(gini, *bounds),
    )


def _counts(
    tables: Mapping[str, pd.DataFrame],
    panel: pd.DataFrame,
    want: pd.DataFrame,
    rng: np.random.Generator,
) -> dict[str, pd.DataFrame]:
    """Registrations and protected products: columns 2 to 4 of Table 5."""
    # R² with so small a standard error leaves a stock that jumps up and down: see the chapter.
    jumpy = panel["brand"] + 0.7 * rng.standard_normal(len(panel))
    counts = {
        column: shape_counts(name, start.to_numpy(), did_sheet(panel, name), want)
        for column, name, start in (
            ("auxiliary", "chain_aux", panel["chain_aux"]),
            ("agro_processing", "chain_process", panel["chain_process"]),
            ("gi_products", "brand", jumpy),
        )
    }
    county_years = panel[["county", "year"]].assign(**counts)
    return {name: county_years[[*tables[name]]] for name in ("registrations", "gi_products")}


def shape_counts(name: str, start: Array, sheet: Sheet, want: pd.DataFrame) -> Array:
    """Whole numbers that have an outcome's moments, in ``ln(1 + count)`` but for brands.

    What rounding changes is added to the aim a few times; single counts then move by one.
    """
    smooth, offset = start, np.zeros(len(sheet.keys))
    value, count = (np.asarray, np.asarray) if name == "brand" else (np.log1p, np.expm1)
    for _ in range(ROUNDINGS):
        smooth = shaped(name, smooth, sheet, want, offset)
        counts = np.rint(np.maximum(count(smooth), 0))
        offset = sheet.moments(value(counts))[0] - sheet.moments(smooth)[0]
    return _polished(counts, value, sheet.moments, intervals(sheet.keys, want)).astype(int)


def _polished(
    counts: Array, value: Callable[[Array], Array], moments: Moments, bounds: Moments
) -> Array:
    """Move counts by one, one after the other and none twice, each time the one that helps most."""
    counts, moved = counts.copy(), np.zeros(len(counts), bool)
    steps = np.array([[1.0], [-1.0]])
    for _ in range(MAX_FLIPS):
        found, gradient = moments(value(counts))
        middle, half = bounds(found)
        if shaping.inside(found, middle, half).all():
            break
        change = value(np.maximum(counts + steps, 0)) - value(counts)
        away = (found - middle)[:, None, None] + gradient[:, None, :] * change
        miss = ((away / half[:, None, None]) ** 2).sum(axis=0)
        step, row = np.unravel_index(np.where(moved, np.inf, miss).argmin(), miss.shape)
        counts[row], moved[row] = max(counts[row] + steps[step, 0], 0), True
    return counts


def main() -> None:
    """Write data/synthetic from data/published: what ``make data`` runs."""
    made_by = {
        "function": "countysim.calibrate.calibrate",
        "seed": SEED,
        "cells_sha256": hashlib.sha256((PUBLISHED / "cells.csv").read_bytes()).hexdigest(),
        "versions": {module.__name__: module.__version__ for module in (np, scipy, pd)},
    }
    draw.write(calibrate(published()), DATA / "synthetic", made_by)


if __name__ == "__main__":
    main()
