"""From raw county tables to the panel of the paper, with an account of every row."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from bookkit.paths import DATA
from clustergap.indices import gini, theil
from yearbooks.contract import TABLES, ContractError, read_tables, region

CONTROLS = ("pgdp", "pgra", "ind", "serv", "fiscal", "edu", "financial", "com")
MECHANISMS = ("atl", "chain_aux", "chain_process", "brand")
MIN_CELL_COUNTIES = 5
"""Smallest number of real counties that a published table tells."""

Step = tuple[str, int, int, str]
"""A row of the report: what was done, rows kept, rows lost, why."""

_WORDS = yaml.safe_load(Path(__file__).with_name("variables.yml").read_text(encoding="utf-8"))
VARIABLES = {name: (meaning, unit) for name, (unit, meaning, _) in _WORDS["variables"].items()}
"""Panel variables: definition and unit, for the codebook and Table 1."""
VARIABLES_ZH: dict[str, str] = {name: zh for name, (*_, zh) in _WORDS["variables"].items()}
"""The same variables in Chinese, for the codebook; units are translated there."""
OPTIONAL_VARIABLES: dict[str, str] = _WORDS["may_lack"]
"""Variables that a panel may be without, and the raw tables that hold them."""


@dataclass(frozen=True)
class Study:
    """A panel and where it comes from.

    Attributes
    ----------
    panel
        One row a county and year, sorted; the columns are those of ``VARIABLES`` with
        ``county`` and ``year``, less
        those of ``OPTIONAL_VARIABLES`` that the raw tables do not give.
    report
        What assembly did: one row a step, with rows in, rows out and why.
    source
        The words that stand under every table and figure.
    synthetic
        True if the county codes are synthetic ones; such a panel is evidence of nothing
        but the code.
    fingerprint
        First twelve hexadecimal digits of the raw tables' common sha256.
    """

    panel: pd.DataFrame
    report: pd.DataFrame
    source: str
    synthetic: bool
    fingerprint: str

    def withheld(self, sizes: pd.Series) -> pd.Series:
        """Which groups are too small to be told apart: numbers of counties to booleans.

        On private data those below ``MIN_CELL_COUNTIES``; if it is one alone, the smallest other
        that is not empty as well, or a sum would give it away. On synthetic data none.

        Parameters
        ----------
        sizes
            Numbers of counties, one a group.

        Returns
        -------
        Series
            Boolean, with the index of ``sizes``.
        """
        return _not_alone((sizes > 0) & (sizes < MIN_CELL_COUNTIES) & (not self.synthetic), sizes)

    def may_show_cohorts(self) -> bool:
        """Whether every cohort is large enough to be told; else no count may give one away.

        Returns
        -------
        bool
            Always true on synthetic data.
        """
        units = self.panel.drop_duplicates("county")
        return not self.withheld(units["cohort"].fillna(0).value_counts()).any()

    def count(self, number: int) -> str:
        """Write one number of counties, clusters or treated county-years for publication.

        Parameters
        ----------
        number
            Whole, zero or more.

        Returns
        -------
        str
            The number, or on private data that it is less than ``MIN_CELL_COUNTIES``.
        """
        few = 0 < number < MIN_CELL_COUNTIES and not self.synthetic
        return f"fewer than {MIN_CELL_COUNTIES}" if few else f"{number:,d}"

    def counts(self, table: pd.DataFrame) -> pd.DataFrame:
        """Write counts for publication: first column the whole, the others its parts.

        A row with a small part keeps its whole only, and if it is one alone, so does the smallest
        other, or a column's sum would give it away; a group that is `withheld` keeps nothing.

        Parameters
        ----------
        table
            Whole numbers; the first column counts all, the others its parts.

        Returns
        -------
        DataFrame
            Of strings, same shape; synthetic counts are all written.
        """
        written, whole = table.map("{:,d}".format), table.iloc[:, 0]
        groups = self.withheld(whole)
        small = ((table > 0) & (table < MIN_CELL_COUNTIES)).any(axis=1) & (not self.synthetic)
        for part in table.columns[1:]:
            written[part] = written[part].mask(_not_alone(groups | small, whole), "withheld")
        written.loc[groups] = "withheld"
        return written


def _not_alone(hidden: pd.Series, sizes: pd.Series) -> pd.Series:
    """If one group alone is hidden, the smallest other that is not empty as well."""
    others = sizes[~hidden & (sizes > 0)]
    if hidden.sum() == 1 and len(others):
        return hidden | (sizes.index == others.idxmin())
    return hidden


def load(data: str | Path = "synthetic") -> Study:
    """Read a folder of raw tables, check them, and assemble the panel.

    Parameters
    ----------
    data
        ``"synthetic"`` for the panel that ships with the project, or the path of a
        folder that meets the contract (see :mod:`yearbooks.contract`).

    Returns
    -------
    Study
        Panel, report and source.

    Raises
    ------
    ContractError
        If a table does not meet the contract; the message lists every fault.
    """
    if data == "synthetic":
        folder = DATA / "synthetic"
        panel, report = assemble(read_tables(folder))
        files = tuple(folder / f"{name}.csv" for name in TABLES)
    else:
        from yearbooks.intake import read_tables as take_in

        taken = take_in(data)
        panel, report = assemble(taken.tables)
        files = taken.files
        told = [(f"{r.file}: {r.what}", r.rows, r.lost, "as read") for r in taken.repairs]
        report = pd.concat([pd.DataFrame(told, columns=report.columns), report], ignore_index=True)
    sums = b"".join(hashlib.sha256(path.read_bytes()).digest() for path in files)
    fingerprint = hashlib.sha256(sums).hexdigest()[:12]
    synthetic = bool(panel["county"].str[2].eq("S").all())
    name = re.sub(r"[^\w.-]+", " ", Path(data).resolve().name)
    source = "synthetic panel" if synthetic else f"own data {name}, fingerprint {fingerprint}"
    return Study(panel, report, source, synthetic, fingerprint)


def assemble(tables: dict[str, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Build the panel from checked raw tables.

    The yearbook decides which county-years exist. Every other table is merged onto it
    one to one; what finds no partner on either side is counted in the report, and a
    missing value stays missing. Nothing is filled in.

    Parameters
    ----------
    tables
        The contract's six tables by name, as :func:`yearbooks.contract.read_tables` gives
        them.

    Returns
    -------
    tuple
        The panel and the report (columns ``step``, ``rows``, ``lost``, ``why``).

    Raises
    ------
    ContractError
        If fewer than two years of the yearbook have a county-year with all controls.
    """
    steps: list[Step] = []
    panel = tables["yearbook"].sort_values(["county", "year"], ignore_index=True)
    steps.append(("county-years in the yearbook", len(panel), 0, ""))
    panel = _with_controls(_with_outcomes(panel))
    complete = panel[list(CONTROLS)].notna().all(axis=1)
    _require_years(panel, complete)
    last_year = panel.loc[complete, "year"].max()
    panel = _with_treatment(panel, tables["clusters"], last_year, steps)
    panel = _with_capaa(panel, tables["capaa"], steps)
    for name in ("registrations", "gi_products", "terrain"):
        panel = _merged(panel, tables[name], name, steps)
    panel = _with_mechanisms(panel)
    for control in CONTROLS:
        if missing := int(panel[control].isna().sum()):
            steps.append((f"{control} missing", len(panel), missing, "a raw value is empty"))
    panel = panel[complete].reset_index(drop=True)
    lost = int((~complete).sum())
    steps.append(("county-years with all controls", len(panel), lost, "a control is missing"))
    sizes = panel.groupby("county").size()
    uneven = int((sizes < panel["year"].nunique()).sum())
    steps.append(("counties observed in every year", len(sizes) - uneven, uneven, "kept"))
    held = [
        name for name in VARIABLES if name not in OPTIONAL_VARIABLES or panel[name].notna().any()
    ]
    report = pd.DataFrame(steps, columns=["step", "rows", "lost", "why"])
    return panel[["county", "year", *held]], report


def _with_outcomes(panel: pd.DataFrame) -> pd.DataFrame:
    names = ("urban_income", "rural_income", "urban_population", "rural_population")
    groups = [panel[name] for name in names]
    return panel.assign(
        gap=theil(*groups),
        gini=gini(*groups),
        income_ratio=panel["urban_income"] / panel["rural_income"],
        urban_share=groups[2] / (groups[2] + groups[3]),
        province=panel["county"].str[:2],
        region=region(panel["county"]),
    )


def _require_years(panel: pd.DataFrame, complete: pd.Series) -> None:
    """Raise unless two years are left once county-years that lack a control are left out."""
    if (years := panel.loc[complete, "year"].nunique()) > 1:
        return
    lacking = [
        f" {control} ({VARIABLES[control][0]}) is missing in {missing:,} of {len(panel):,} "
        "county-years: fill in the columns that it is computed from."
        for control in CONTROLS
        if (missing := int(panel[control].isna().sum()))
    ]
    raise ContractError(
        f"yearbook.csv: {'only one' if years else 'no'} year with all controls; a panel needs at "
        f"least two.{''.join(lacking)}"
    )


def _with_treatment(
    panel: pd.DataFrame, clusters: pd.DataFrame, last_year: int, steps: list[Step]
) -> pd.DataFrame:
    """Cohort, event time and cluster type of each county-year, by the clusters up to a year."""
    clusters = _known(clusters, panel, "county-cluster pairs", steps)
    later = clusters["batch_year"] > last_year
    if number := int(later.sum()):
        what = f"county-cluster pairs that start after {last_year}"
        steps.append((what, number, 0, "not treated by them within the panel"))
    clusters = _one_type_a_batch(clusters[~later], steps)
    cohort = panel["county"].map(clusters.groupby("county")["batch_year"].min()).astype(float)
    treat = cohort.notna().astype(int)
    post = (panel["year"] >= cohort).astype(int)
    return panel.assign(
        cohort=cohort,
        treat=treat,
        post=post,
        did=treat * post,
        event_time=panel["year"] - cohort,
        cluster_type=_type_to_date(panel, clusters),
    )


def _known(table: pd.DataFrame, panel: pd.DataFrame, what: str, steps: list[Step]) -> pd.DataFrame:
    """Rows of the panel's counties; the others are counted as lost."""
    known = table["county"].isin(panel["county"])
    lost = int((~known).sum())
    steps.append((what, len(table) - lost, lost, "county not in the yearbook"))
    return table[known]


def _one_type_a_batch(clusters: pd.DataFrame, steps: list[Step]) -> pd.DataFrame:
    """One row a county and batch; with a grain cluster in it, of type grain.

    The paper's note 5 lists the grain crops and leaves the high-value type to all others.
    """
    key = ["county", "batch_year", "cluster_type"]
    types = clusters[key].drop_duplicates().sort_values(key)  # grain before high_value
    second = types.duplicated(key[:2])
    if number := int(second.sum()):
        what = "counties in both types of cluster in one batch"
        steps.append((what, number, 0, "counted as grain"))
    return types[~second]


def _type_to_date(panel: pd.DataFrame, clusters: pd.DataFrame) -> pd.Series:
    """Type of the latest cluster to date; before the first cluster, of the first."""
    latest = pd.merge_asof(
        panel[["county", "year"]].sort_values("year"),
        clusters.sort_values("batch_year"),
        left_on="year", right_on="batch_year", by="county",
    ).sort_values(["county", "year"], ignore_index=True)["cluster_type"]  # fmt: skip
    first = panel["county"].map(clusters.groupby("county")["cluster_type"].first())
    return latest.fillna(first.astype(latest.dtype))


def _with_capaa(panel: pd.DataFrame, capaa: pd.DataFrame, steps: list[Step]) -> pd.DataFrame:
    known = _known(capaa, panel, "CAPAA designations", steps)
    if capaa.empty:  # declared absent: not known is not zero
        return panel.assign(capaa=np.nan)
    since = panel["county"].map(known.groupby("county")["year"].min())
    return panel.assign(capaa=(panel["year"] >= since).astype(int))


def _merged(panel: pd.DataFrame, table: pd.DataFrame, name: str, steps: list[Step]) -> pd.DataFrame:
    keys = TABLES[name].unique
    how = "one_to_one" if "year" in keys else "many_to_one"
    merged = panel.merge(table, on=keys, how="left", validate=how, indicator="_found")
    unmatched = len(table) - len(table.merge(panel[keys].drop_duplicates(), on=keys))
    without = int((merged["_found"] == "left_only").sum())
    steps.append((f"{name} rows", len(table) - unmatched, unmatched, "not in the yearbook"))
    if without:
        steps.append((f"county-years without {name}", without, 0, "left missing"))
    return merged.drop(columns="_found")


def _with_controls(panel: pd.DataFrame) -> pd.DataFrame:
    """The controls, in the units of ``VARIABLES``."""
    return panel.assign(
        pgdp=panel["gdp"] / panel["population"],
        pgra=1000 * panel["grain_output"] / panel["population"],
        ind=panel["secondary_value_added"] / panel["gdp"],
        serv=panel["tertiary_value_added"] / panel["gdp"],
        fiscal=panel["fiscal_revenue"] / panel["fiscal_expenditure"],
        edu=panel["secondary_students"] / panel["registered_population"],
        financial=panel["loans"] / panel["gdp"],
        com=panel["telephones"] / panel["population"],
    )


def _with_mechanisms(panel: pd.DataFrame) -> pd.DataFrame:
    """Mechanism outcomes and the instrument, in the units of ``VARIABLES``."""
    return panel.assign(
        atl=panel["machinery_power"] / panel["rural_population"],
        # The paper takes the logarithm of the count and loses no county-year; one plus the
        # count keeps the counties without a new enterprise.
        chain_aux=np.log1p(panel["auxiliary"]),
        chain_process=np.log1p(panel["agro_processing"]),
        brand=panel["gi_products"],
        ruggedness_trend=panel["ruggedness"] * (panel["year"] - panel["year"].min() + 1),
    )
