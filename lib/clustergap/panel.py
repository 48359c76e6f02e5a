"""From raw county tables to the panel of the paper, with an account of every row."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from bookkit.paths import DATA
from clustergap.indices import gini, theil
from paneldid.identified import collinear
from yearbooks.contract import EASTERN, TABLES, ContractError, read_tables
from yearbooks.intake import Loaded, read_folder

CONTROLS = ("pgdp", "pgra", "ind", "serv", "fiscal", "edu", "financial", "com")
SYNTHETIC = "synthetic panel (made-up counties, no evidence)"
"""Source of the panel that ships, as it stands below every exhibit and inside every file."""
MECHANISMS = ("atl", "chain_aux", "chain_process", "brand")

_SHIPPED = "data/synthetic, the raw tables that ship with the project:"
_RESTORE = "`git checkout data/synthetic` brings it back; tables of your own go to another folder"
Step = tuple[str, int, int, str]
"""What was done, rows kept, rows lost, why; a row of the report."""

_WORDS = yaml.safe_load(Path(__file__).with_name("variables.yml").read_text(encoding="utf-8"))
VARIABLES = {name: (meaning, unit) for name, (unit, meaning, _) in _WORDS["variables"].items()}
"""Definition and unit of each panel variable, for the codebook and Table 1."""
VARIABLES_ZH: dict[str, str] = {name: zh for name, (*_, zh) in _WORDS["variables"].items()}
"""The same variables in Chinese, for the codebook; units are translated there."""
LABELS: dict[str, str] = _WORDS["labels"]
"""Treatment and controls in a few words, for tables of regressions."""
OPTIONAL_VARIABLES: dict[str, str] = _WORDS["may_lack"]
"""Variables that a panel may be without, and the raw tables that hold them."""

_ALWAYS = (*CONTROLS, "loans", "cluster_type")  # there unless declared absent


@dataclass(frozen=True)
class Study:
    """A panel, an account of every row, and where they come from.

    ``panel`` has one row a county and year, sorted, and the columns county, year and those of
    ``VARIABLES``, less the ``OPTIONAL_VARIABLES`` that the raw tables do not give; ``report`` one
    row a step of reading and assembly (``step, rows, lost, why``). ``source`` are the words under
    every exhibit. A ``synthetic`` panel is evidence of nothing but the code. ``fingerprint`` is
    the first twelve hexadecimal digits of the raw tables' common sha256.
    """

    panel: pd.DataFrame
    report: pd.DataFrame
    source: str
    synthetic: bool
    fingerprint: str

    @property
    def controls(self) -> tuple[str, ...]:
        """The controls that these data hold and that say something (`uninformative`)."""
        return tuple(c for c in CONTROLS if c in self.panel and c not in self.uninformative)

    @cached_property
    def uninformative(self) -> dict[str, str]:
        """Controls without a coefficient beside the others and the fixed effects, and why."""
        held = [control for control in CONTROLS if control in self.panel]
        return collinear(self.panel, held)

    @property
    def controls_note(self) -> str:
        """Which of the paper's controls are not in the models, and why; or nothing."""
        reasons = {c: "which these data do not hold" for c in CONTROLS if c not in self.panel}
        reasons |= {c: f"which {why}" for c, why in self.uninformative.items()}
        left = "; ".join(f"`{control}`, {why}" for control, why in reasons.items())
        return f" Not among the controls: {left}." if left else ""

    @property
    def private(self) -> bool:
        """Whether the rules of `disclosure` apply, as to all real counties."""
        return not self.synthetic


def load(data: str | Path = "synthetic") -> Study:
    """Read a folder of raw tables, check them, and assemble the panel.

    Parameters
    ----------
    data
        ``"synthetic"`` for the panel that ships with the project, or the path of a
        folder that meets the contract (see :mod:`yearbooks.contract`).

    Raises
    ------
    ContractError
        If a table does not meet the contract; the message lists every fault.
    """
    import paneldid.pyfixest_fix  # noqa: F401  whoever loads a panel estimates, whatever came first

    if data == "synthetic":
        folder = DATA / "synthetic"
        files = tuple(folder / f"{name}.csv" for name in TABLES)
        if absent := [p.name for p in (*files, folder / "manifest.json") if not p.is_file()]:
            raise ContractError(f"{_SHIPPED} {', '.join(absent)} is not there: {_RESTORE}")
        sums = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
        for path in files:
            if hashlib.sha256(path.read_bytes()).hexdigest() != sums[path.name]["sha256"]:
                raise ContractError(f"{_SHIPPED} {path.name} has changed: {_RESTORE}")
        panel, report = assemble(read_tables(folder))
        return _study(panel, report, files, folder)
    return study_of(read_folder(data), data)


def study_of(loaded: Loaded, folder: str | Path) -> Study:
    """Assemble what was read from a folder; the report tells nothing that stands in a table."""
    panel, report = assemble(loaded.tables, loaded.absent)
    if panel["county"].nunique() < 2:
        raise ContractError("yearbook: one county only; an effect takes several to compare")
    notes = [(f"{n.table}: {n.what}", n.rows, n.lost, "as read") for n in loaded.notes]
    report = pd.concat([pd.DataFrame(notes, columns=report.columns), report], ignore_index=True)
    return _study(panel, report, loaded.files, folder)


def _study(
    panel: pd.DataFrame, report: pd.DataFrame, files: tuple[Path, ...], folder: str | Path
) -> Study:
    sums = b"".join(hashlib.sha256(path.read_bytes()).digest() for path in files)
    fingerprint = hashlib.sha256(sums).hexdigest()[:12]
    synthetic = bool(panel["county"].str[2].eq("S").all())
    name = re.sub(r"[^\w.-]+", " ", Path(folder).resolve().name)
    source = SYNTHETIC if synthetic else f"own data {name}, fingerprint {fingerprint}"
    return Study(panel, report, source, synthetic, fingerprint)


def assemble(
    tables: dict[str, pd.DataFrame], absent: Collection[str] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Build the panel from checked raw tables.

    The yearbook decides which county-years exist. Every other table is merged onto it
    one to one; what finds no partner on either side is counted in the report, and a
    missing value stays missing. Nothing is filled in. A control that is computed from a raw column
    declared ``absent`` is not there. Raises `ContractError` unless two years of the yearbook have
    all the others.
    """
    steps: list[Step] = []
    panel = tables["yearbook"].sort_values(["county", "year"], ignore_index=True)
    steps.append(("county-years in the yearbook", len(panel), 0, ""))
    panel = _with_controls(_with_outcomes(panel))
    gone = [
        c
        for c in OPTIONAL_VARIABLES
        if set(re.findall(r"\w+", OPTIONAL_VARIABLES[c])[1:]) & {*absent}
    ]
    panel[[c for c in CONTROLS if c in gone]] = np.nan
    held = [control for control in CONTROLS if control not in gone]
    complete = panel[held].notna().all(axis=1)
    _require_years(panel, complete, held)
    last_year = panel.loc[complete, "year"].max()
    panel = _with_treatment(panel, tables["clusters"], last_year, steps)
    panel = _with_capaa(panel, tables["capaa"], steps)
    for name in ("registrations", "gi_products", "terrain"):
        panel = _merged(panel, tables[name], name, steps)
    panel = _with_mechanisms(panel)
    for control in held:
        if missing := int(panel[control].isna().sum()):
            steps.append((f"{control} missing", len(panel), missing, "a raw value is empty"))
    panel = panel[complete].reset_index(drop=True)
    lost = int((~complete).sum())
    steps.append(("county-years with all controls", len(panel), lost, "a control is missing"))
    sizes = panel.groupby("county").size()
    uneven = int((sizes < panel["year"].nunique()).sum())
    steps.append(("counties observed in every year", len(sizes) - uneven, uneven, "kept"))
    kept = [
        name
        for name in VARIABLES
        if name not in gone
        and (name not in OPTIONAL_VARIABLES or name in _ALWAYS or panel[name].notna().any())
    ]
    report = pd.DataFrame(steps, columns=["step", "rows", "lost", "why"])
    return panel[["county", "year", *kept]], report


def _with_outcomes(panel: pd.DataFrame) -> pd.DataFrame:
    names = ("urban_income", "rural_income", "urban_population", "rural_population")
    groups, province = [panel[name] for name in names], panel["county"].str[:2]
    return panel.assign(
        gap=theil(*groups),
        gini=gini(*groups),
        income_ratio=panel["urban_income"] / panel["rural_income"],
        urban_share=groups[2] / (groups[2] + groups[3]),
        province=province,
        region=np.where(province.isin(EASTERN), "eastern", "central_western"),
    )


def _require_years(panel: pd.DataFrame, complete: pd.Series, controls: list[str]) -> None:
    """Raise unless two years are left once county-years that lack a control are left out."""
    if (years := panel.loc[complete, "year"].nunique()) > 1:
        return
    lacking = [
        f" {control} ({VARIABLES[control][0]}) is missing in {missing:,} of {len(panel):,} "
        "county-years: fill in the columns that it is computed from, or declare one of them absent."
        for control in controls
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
    in_order = clusters[~later].sort_values(["batch_year", "cluster"])
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
        industrial_cluster=panel["county"].map(in_order.groupby("county")["cluster"].first()),
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
