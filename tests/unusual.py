"""Raw tables that are not like the paper's: one cohort, nobody never treated, other years, …"""

import numpy as np
from realistic import with_codes

import countysim as synthetic

SEED = 7
NEVER, EVER = 130, 110  # counties kept, so that a chapter takes a second or two


def _subset(tables, counties):
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
    return _subset(tables, np.concatenate(kept))


def _with_batches(tables, batches):
    clusters = tables["clusters"].assign(batch_year=lambda t: t["batch_year"].map(batches))
    return tables | {"clusters": clusters.drop_duplicates(["county", "cluster", "batch_year"])}


def one_cohort(tables):
    return _with_batches(tables, lambda _: 2021)


def two_cohorts(tables):
    return _with_batches(tables, lambda year: min(year, 2021))


def no_never_treated(tables):
    return _subset(tables, set(tables["clusters"]["county"]))


def no_treated(tables):
    return tables | {"clusters": tables["clusters"].head(1).assign(county="990199")}


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


def small_cells(tables):
    """Three counties in the first cohort, and two in grain clusters."""
    clusters = tables["clusters"].drop_duplicates("county").reset_index(drop=True)
    first = clusters.index[clusters["batch_year"] == 2020]
    grain = clusters.index[clusters["cluster_type"] == "grain"]
    clusters.loc[first[3:], "batch_year"] = 2021
    clusters.loc[grain[2:], "cluster_type"] = "high_value"
    return tables | {"clusters": clusters}


def without(*names):
    """Tables of a researcher who lacks some of them, or columns of the yearbook."""

    def change(tables):
        kept = {n: t for n, t in tables.items() if n not in names}
        return kept | {"yearbook": kept["yearbook"].drop(columns=list(names), errors="ignore")}

    return change


def from_the_start(tables):
    """Counties of three clusters are treated in every year observed."""
    first = tables["clusters"].index[:3]
    clusters = tables["clusters"].assign(
        batch_year=lambda t: t["batch_year"].mask(t.index.isin(first), 2014)
    )
    return tables | {"clusters": clusters}


def write(tables, folder):
    """Write the tables as CSV; what is not there is declared absent."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    from yearbooks.contract import TABLES

    absent = [name for name in TABLES if name not in tables]
    absent += [c for c in TABLES["yearbook"].columns if c not in tables["yearbook"]]
    if absent:
        (folder / "mapping.yml").write_text(f"absent: [{', '.join(absent)}]\n", encoding="utf-8")
    return folder
