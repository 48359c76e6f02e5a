"""Raw tables that are not like the paper's: one cohort, nobody never treated, other years, …"""

import os

import nbformat
import numpy as np
import pandas as pd
from realistic import with_codes

import countysim as synthetic
from bookkit import build
from bookkit.contents import NOTEBOOKS, parameters
from clustergap.requirements import reason

SEED = 7
RAW_CONTROLS = (
    "gdp grain_output secondary_value_added tertiary_value_added fiscal_revenue fiscal_expenditure "
    "secondary_students registered_population loans telephones"
).split()
NEVER, EVER = 130, 110  # counties kept, so that a chapter takes a second or two


def subset(tables, counties):
    """The same tables of some counties only."""
    return {name: t[t["county"].isin(counties)] for name, t in tables.items()}


def whole():
    """All counties of a simulated panel with an effect."""
    return with_codes(synthetic.simulate(SEED, synthetic.Truth(effect=-0.05)))


def some(tables):
    """A sample of its counties, drawn apart from the ever and the never treated."""
    rng = np.random.default_rng(SEED)
    counties = tables["yearbook"]["county"].drop_duplicates()
    ever = counties.isin(tables["clusters"]["county"])
    kept = [rng.choice(counties[~ever], NEVER, False), rng.choice(counties[ever], EVER, False)]
    return subset(tables, np.concatenate(kept))


def _with_batches(tables, batches):
    clusters = tables["clusters"].assign(batch_year=lambda t: t["batch_year"].map(batches))
    return tables | {"clusters": clusters.drop_duplicates(["county", "cluster", "batch_year"])}


def one_cohort(tables):
    return _with_batches(tables, lambda _: 2021)


def two_cohorts(tables):
    return _with_batches(tables, lambda year: min(year, 2021))


def no_never_treated(tables):
    return subset(tables, set(tables["clusters"]["county"]))


def no_treated(tables):
    return tables | {"clusters": tables["clusters"].head(1).assign(county="659099")}


def other_years(tables):
    """2010 to 2018, with cohorts of 2014 and 2016."""
    moved = {name: t.assign(year=t["year"] - 4) if "year" in t else t for name, t in tables.items()}
    return _with_batches(moved, {2020: 2014, 2021: 2016, 2022: 2016}.get)


def unbalanced(tables):
    """Fifteen per cent of the county-years are not there."""
    kept = np.random.default_rng(SEED).random(len(tables["yearbook"])) > 0.15
    return tables | {"yearbook": tables["yearbook"][kept]}


def one_province(tables):
    """The province with most counties."""
    provinces = whole()["yearbook"]["county"].str[:2]
    code = provinces.value_counts().idxmax()
    return {name: t[t["county"].str.startswith(code)] for name, t in whole().items()}


def small_cells(tables, first=3, grain=2):
    """A few counties in the first cohort, and a few in grain clusters."""
    clusters = tables["clusters"].drop_duplicates("county").reset_index(drop=True)
    in_first = clusters.index[clusters["batch_year"] == 2020]
    in_grain = clusters.index[clusters["cluster_type"] == "grain"]
    clusters.loc[in_first[first:], "batch_year"] = 2021
    clusters.loc[in_grain[grain:], "cluster_type"] = "high_value"
    return tables | {"clusters": clusters}


def without(*names):
    """Tables of a researcher who lacks some of them, or columns of the yearbook."""

    def change(tables):
        kept = {n: t for n, t in tables.items() if n not in names}
        return kept | {"yearbook": kept["yearbook"].drop(columns=list(names), errors="ignore")}

    return change


def from_the_start(tables):
    """Six counties are treated in every year observed: fewer would be withheld."""
    first = tables["clusters"].index[:6]
    clusters = tables["clusters"].assign(
        batch_year=lambda t: t["batch_year"].mask(t.index.isin(first), 2014)
    )
    return tables | {"clusters": clusters}


def three_years(tables):
    """One year before the first cluster, and two after."""
    book = tables["yearbook"]
    return tables | {"yearbook": book[book["year"].between(2019, 2021)]}


def few_counties(tables):
    """Twelve counties, half of them in clusters."""
    counties = tables["yearbook"]["county"].drop_duplicates()
    ever = counties.isin(tables["clusters"]["county"])
    capaa = counties.isin(tables["capaa"]["county"])
    return subset(tables, {*counties[ever & capaa][:6], *counties[~ever][:6]})


def gaps_in_years(tables):
    """Nobody has 2016 and 2021."""
    book = tables["yearbook"]
    return tables | {"yearbook": book[~book["year"].isin([2016, 2021])]}


def dull_controls(tables):
    """One control is a constant, another is a multiple of a third."""
    book = tables["yearbook"]
    same = book.assign(grain_output=0.0, telephones=book["gdp"] / 10)
    return tables | {"yearbook": same}


def long_after(tables):
    """Eighteen years, 2005 to 2022, and clusters from 2008 to 2010: up to fifteen years treated."""
    book = tables["yearbook"]
    long = _with_batches(tables, lambda year: year - 12)
    noise = np.exp(0.03 * np.random.default_rng(SEED).normal(size=len(book)))
    early = book.assign(year=book["year"] - 9, rural_income=book["rural_income"] * noise)
    return long | {"yearbook": pd.concat([early, book])}


def singletons(tables):
    """A third of the counties is seen once, and every other one lacks a year."""
    book = tables["yearbook"]
    rng = np.random.default_rng(SEED)
    counties = book["county"].drop_duplicates()
    year = book["county"].map(dict(zip(counties, rng.choice(book["year"].unique(), len(counties)),
                                       strict=True)))  # fmt: skip
    once = book["county"].isin(rng.choice(counties, len(counties) // 3, False))
    return tables | {"yearbook": book[once == (book["year"] == year)]}


def no_cluster(tables):
    """A policy with counties and years of start, and no more."""
    starts = tables["clusters"].groupby("county", as_index=False)["batch_year"].min()
    return tables | {"clusters": starts}


def write(tables, folder):
    """Write the tables as CSV; what is not there is declared absent."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    from yearbooks.contract import TABLES

    absent = [name for name in TABLES if name not in tables]
    absent += [c for n, table in tables.items() for c in TABLES[n].columns if c not in table]
    if absent:
        (folder / "mapping.yml").write_text(f"absent: [{', '.join(absent)}]\n", encoding="utf-8")
    return folder


def execute(name, data, folder):
    """Execute a chapter on these tables as the build does it; the results lie in the folder."""
    os.environ.update({name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")})
    given = {"DATA": str(data), "RESULTS": str(folder / "results")}
    asked = parameters(NOTEBOOKS / f"{name}.ipynb")
    mine = {key: value for key, value in given.items() if key in asked}
    build.execute(name, folder, mine, lambda error, words: reason(error, words, data), gaps=True)
    path = build.chapter_folder(name, folder) / "chapter.ipynb"
    return nbformat.read(path, as_version=4)


def text_of(book):
    """What a page will show: prose and outputs, without the code."""
    parts = [cell.source for cell in book.cells if cell.cell_type == "markdown"]
    for cell in book.cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error" and output.get("name") != "stderr"
            if "scrapbook" not in output.get("metadata", {}):
                parts += output.get("data", {}).get("text/markdown", ""), output.get("text", "")
    return "\n".join(parts)
