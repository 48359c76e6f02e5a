"""From raw county tables to the panel of the paper, with an account of every row."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from clustergap.contract import TABLES, ContractError, read_tables, region
from clustergap.indices import gini, theil
from clustergap.project import DATA

CONTROLS = ("pgdp", "pgra", "ind", "serv", "fiscal", "edu", "financial", "com")
LEAST = 5
"""Smallest number of real counties that a published table tells."""
MECHANISMS = ("atl", "chain_aux", "chain_process", "brand")

Step = tuple[str, int, int, str]
"""A row of the report: what was done, rows kept, rows lost, why."""

MAY_LACK = {
    "atl": "yearbook, machinery_power",
    "chain_aux": "registrations",
    "chain_process": "registrations",
    "brand": "gi_products",
    "capaa": "capaa",
    "ruggedness": "terrain",
    "ruggedness_trend": "terrain",
}
"""Variables that a panel may be without, and the raw tables that hold them."""

VARIABLES: dict[str, tuple[str, str]] = {
    "gap": ("Urban–rural income gap: Theil index of equation (1)", "index"),
    "gini": ("Urban–rural income gap: Gini coefficient of equation (2)", "index"),
    "income_ratio": ("Disposable income per person, urban over rural", "ratio"),
    "urban_income": ("Disposable income per urban resident", "yuan"),
    "rural_income": ("Disposable income per rural resident", "yuan"),
    "urban_share": ("Urban over urban and rural population", "share"),
    "did": ("1 in a cluster county from its first cluster year on", "0/1"),
    "treat": ("1 in a county that is ever in a cluster", "0/1"),
    "post": ("1 from the county's first cluster year on", "0/1"),
    "cohort": ("First cluster year; missing if never in a cluster", "year"),
    "event_time": ("Years since the first cluster year; missing if never", "years"),
    "pgdp": ("GDP per person", "10,000 yuan"),
    "pgra": ("Grain output per person", "kilograms"),
    "ind": ("Value added of industry and construction over GDP", "share"),
    "serv": ("Value added of services over GDP", "share"),
    "fiscal": ("Budget revenue over budget expenditure", "ratio"),
    "edu": ("Secondary-school students over registered population", "share"),
    "financial": ("Loans at the year's end over GDP", "ratio"),
    "com": ("Fixed-line telephone subscribers over population", "share"),
    "atl": ("Agricultural machinery power per rural resident", "kilowatts"),
    "chain_aux": ("ln(1 + new auxiliary agricultural enterprises)", "log count"),
    "chain_process": ("ln(1 + new agricultural processing enterprises)", "log count"),
    "brand": ("Agricultural products with a geographical indication", "products"),
    "capaa": ("1 from the county's first CAPAA designation on", "0/1"),
    "ruggedness": ("Terrain ruggedness", "index"),
    "ruggedness_trend": ("Ruggedness times years since the first year, plus one", "index"),
    "cluster_type": ("Type of the county's latest cluster to date, before: of its first", "text"),
    "loans": ("Loans of financial institutions at the year's end", "10,000 yuan"),
    "region": ("eastern or central_western, from the province digits", "text"),
    "province": ("First two digits of the county code", "code"),
}
"""Panel variables: definition and unit, for the codebook and Table 1."""

VARIABLES_ZH: dict[str, str] = {
    "gap": "城乡收入差距：泰尔指数（式 1）",
    "gini": "城乡收入差距：基尼系数（式 2）",
    "income_ratio": "城乡居民人均可支配收入之比",
    "urban_income": "城镇居民人均可支配收入",
    "rural_income": "农村居民人均可支配收入",
    "urban_share": "城镇人口占城乡人口之和的比重",
    "did": "集群县自首个批次年份起为 1",
    "treat": "曾被任一集群覆盖的县为 1",
    "post": "自该县首个批次年份起为 1",
    "cohort": "首个批次年份；从未入选则缺失",
    "event_time": "距首个批次年份的年数；从未入选则缺失",
    "pgdp": "人均地区生产总值",
    "pgra": "人均粮食产量",
    "ind": "第二产业增加值占地区生产总值的比重",
    "serv": "第三产业增加值占地区生产总值的比重",
    "fiscal": "一般公共预算收入与支出之比",
    "edu": "普通中学在校学生数与户籍人口之比",
    "financial": "年末金融机构各项贷款余额与地区生产总值之比",
    "com": "固定电话用户数与总人口之比",
    "atl": "农业机械总动力与乡村人口之比",
    "chain_aux": "ln(1 + 新增农林牧渔辅助性企业数)",
    "chain_process": "ln(1 + 新增农产品加工企业数)",
    "brand": "地理标志农产品数",
    "capaa": "自首次认定为特色农产品优势区起为 1",
    "ruggedness": "地形起伏度",
    "ruggedness_trend": "地形起伏度乘以（距首年的年数加一）",
    "cluster_type": "截至当年最近一个集群的类型；入选之前取首个集群的类型",
    "loans": "年末金融机构各项贷款余额",
    "region": "按省级代码划分的东部或中西部地区",
    "province": "县代码的前两位",
}
"""The same variables in Chinese, for the codebook; units are translated there."""


@dataclass(frozen=True)
class Study:
    """A panel and where it comes from.

    Attributes
    ----------
    panel
        One row a county and year, sorted; the columns are those of ``VARIABLES`` with
        ``county`` and ``year``, less those of ``MAY_LACK`` that the raw tables do not give.
    report
        What assembly did: one row a step, with rows in, rows out and why.
    source
        The words that stand under every table and figure.
    synthetic
        True if any county code is a synthetic one; such a panel is evidence of nothing
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

        On private data those below ``LEAST``; and if it is one alone, the smallest other as well,
        or a sum would give it away. On synthetic data none.

        Parameters
        ----------
        sizes
            Numbers of counties, one a group.

        Returns
        -------
        Series
            Boolean, with the index of ``sizes``.
        """
        small = (sizes > 0) & (sizes < LEAST) & (not self.synthetic)
        if small.sum() == 1 and len(sizes) > 1:
            small = small | (sizes.index == sizes[~small].idxmin())
        return small

    def tells_cohorts(self) -> bool:
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
            The number, or on private data that it is less than ``LEAST``.
        """
        few = 0 < number < LEAST and not self.synthetic
        return f"fewer than {LEAST}" if few else f"{number:,d}"

    def counts(self, table: pd.DataFrame) -> pd.DataFrame:
        """Write counts for publication: first column the whole, the others its parts.

        A row with a small part keeps its whole only; a group that is `withheld` keeps nothing.

        Parameters
        ----------
        table
            Whole numbers; the first column counts all, the others its parts.

        Returns
        -------
        DataFrame
            Of strings, same shape; synthetic counts are all written.
        """
        written = table.map("{:,d}".format)
        small = ((table > 0) & (table < LEAST)).any(axis=1) & (not self.synthetic)
        for part in table.columns[1:]:
            written[part] = written[part].mask(small, "withheld")
        written.loc[self.withheld(table.iloc[:, 0])] = "withheld"
        return written


def load(data: str | Path = "synthetic") -> Study:
    """Read a folder of raw tables, check them, and assemble the panel.

    Parameters
    ----------
    data
        ``"synthetic"`` for the panel that ships with the project, or the path of a
        folder that meets the contract (see :mod:`clustergap.contract`).

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
        files: Iterable[Path] = (folder / f"{name}.csv" for name in TABLES)
    else:
        from clustergap.own.intake import read_tables as take_in

        taken = take_in(data)
        panel, report = assemble(taken.tables)
        files = taken.files
        told = [(f"{r.file}: {r.what}", r.rows, r.lost, "as read") for r in taken.repairs]
        report = pd.concat([pd.DataFrame(told, columns=report.columns), report], ignore_index=True)
    fingerprint = fingerprint_of(files)
    synthetic = bool(panel["county"].str[2].eq("S").any())
    name = re.sub(r"[^\w.-]+", " ", Path(data).resolve().name)
    source = "synthetic panel" if synthetic else f"own data {name}, fingerprint {fingerprint}"
    return Study(panel, report, source, synthetic, fingerprint)


def fingerprint_of(files: Iterable[Path]) -> str:
    """Short common checksum of raw tables.

    Parameters
    ----------
    files
        Paths, in the order that counts.

    Returns
    -------
    str
        Twelve hexadecimal digits.
    """
    digest = hashlib.sha256()
    for path in files:
        digest.update(hashlib.sha256(Path(path).read_bytes()).digest())
    return digest.hexdigest()[:12]


def assemble(tables: dict[str, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Build the panel from checked raw tables.

    The yearbook decides which county-years exist. Every other table is merged onto it
    one to one; what finds no partner on either side is counted in the report, and a
    missing value stays missing. Nothing is filled in.

    Parameters
    ----------
    tables
        The contract's six tables by name, as :func:`clustergap.contract.read_tables` gives
        them.

    Returns
    -------
    tuple
        The panel and the report (columns ``step``, ``rows``, ``lost``, ``why``).

    Raises
    ------
    ContractError
        If the yearbook holds one year only.
    """
    steps: list[Step] = []
    panel = tables["yearbook"].sort_values(["county", "year"], ignore_index=True)
    if not panel["year"].nunique() > 1:
        raise ContractError("yearbook.csv: only one year; a panel needs at least two")
    steps.append(("county-years in the yearbook", len(panel), 0, ""))
    panel = _with_outcomes(panel)
    panel = _with_treatment(panel, tables["clusters"], steps)
    panel = _with_capaa(panel, tables["capaa"], steps)
    for name, keys in (
        ("registrations", ["county", "year"]),
        ("gi_products", ["county", "year"]),
        ("terrain", ["county"]),
    ):
        panel = _merged(panel, tables[name], name, keys, steps)
    panel = _with_derived(panel)
    complete = panel[list(CONTROLS)].notna().all(axis=1)
    for control in CONTROLS:
        if missing := int(panel[control].isna().sum()):
            steps.append((f"{control} missing", len(panel), missing, "a raw value is empty"))
    panel = panel[complete].reset_index(drop=True)
    lost = int((~complete).sum())
    steps.append(("county-years with all controls", len(panel), lost, "a control is missing"))
    sizes = panel.groupby("county").size()
    uneven = int((sizes < panel["year"].nunique()).sum())
    steps.append(("counties observed in every year", len(sizes) - uneven, uneven, "kept"))
    held = [name for name in VARIABLES if name not in MAY_LACK or panel[name].notna().any()]
    report = pd.DataFrame(steps, columns=["step", "rows", "lost", "why"])
    return panel[["county", "year", *held]], report


def _with_outcomes(panel: pd.DataFrame) -> pd.DataFrame:
    groups = (
        panel["urban_income"],
        panel["rural_income"],
        panel["urban_population"],
        panel["rural_population"],
    )
    return panel.assign(
        gap=theil(*groups),
        gini=gini(*groups),
        income_ratio=panel["urban_income"] / panel["rural_income"],
        urban_share=groups[2] / (groups[2] + groups[3]),
        province=panel["county"].str[:2],
        region=region(panel["county"]),
    )


def _with_treatment(panel: pd.DataFrame, clusters: pd.DataFrame, steps: list[Step]) -> pd.DataFrame:
    """Cohort, event time and cluster type of each county-year."""
    known = clusters["county"].isin(panel["county"])
    steps.append(
        (
            "county-cluster pairs",
            int(known.sum()),
            int((~known).sum()),
            "county not in the yearbook",
        )
    )
    clusters = clusters[known].sort_values(["county", "batch_year", "cluster"])
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


def _type_to_date(panel: pd.DataFrame, clusters: pd.DataFrame) -> pd.Series:
    """Type of the latest cluster to date; before the first cluster, of the first."""
    latest = pd.merge_asof(
        panel[["county", "year"]].sort_values("year"),
        clusters[["county", "batch_year", "cluster_type"]].sort_values("batch_year"),
        left_on="year", right_on="batch_year", by="county",
    ).sort_values(["county", "year"], ignore_index=True)["cluster_type"]  # fmt: skip
    first = panel["county"].map(clusters.groupby("county")["cluster_type"].first())
    return latest.fillna(first.astype(latest.dtype))


def _with_capaa(panel: pd.DataFrame, capaa: pd.DataFrame, steps: list[Step]) -> pd.DataFrame:
    known = capaa["county"].isin(panel["county"])
    steps.append(
        ("CAPAA designations", int(known.sum()), int((~known).sum()), "county not in the yearbook")
    )
    if capaa.empty:  # declared absent: not known is not zero
        return panel.assign(capaa=np.nan)
    since = panel["county"].map(capaa.groupby("county")["year"].min())
    return panel.assign(capaa=(panel["year"] >= since).astype(int))


def _merged(
    panel: pd.DataFrame, table: pd.DataFrame, name: str, keys: list[str], steps: list[Step]
) -> pd.DataFrame:
    how = "one_to_one" if "year" in keys else "many_to_one"
    merged = panel.merge(table, on=keys, how="left", validate=how, indicator="_found")
    unmatched = len(table) - len(table.merge(panel[keys].drop_duplicates(), on=keys))
    without = int((merged["_found"] == "left_only").sum())
    steps.append((f"{name} rows", len(table) - unmatched, unmatched, "not in the yearbook"))
    if without:
        steps.append((f"county-years without {name}", without, 0, "left missing"))
    return merged.drop(columns="_found")


def _with_derived(panel: pd.DataFrame) -> pd.DataFrame:
    """Controls, mechanism outcomes and the instrument, in the units of ``VARIABLES``."""
    return panel.assign(
        pgdp=panel["gdp"] / panel["population"],
        pgra=1000 * panel["grain_output"] / panel["population"],
        ind=panel["secondary_value_added"] / panel["gdp"],
        serv=panel["tertiary_value_added"] / panel["gdp"],
        fiscal=panel["fiscal_revenue"] / panel["fiscal_expenditure"],
        edu=panel["secondary_students"] / panel["registered_population"],
        financial=panel["loans"] / panel["gdp"],
        com=panel["telephones"] / panel["population"],
        atl=panel["machinery_power"] / panel["rural_population"],
        # The paper takes the logarithm of the count and loses no county-year; one plus the
        # count keeps the counties without a new enterprise.
        chain_aux=np.log1p(panel["auxiliary"]),
        chain_process=np.log1p(panel["agro_processing"]),
        brand=panel["gi_products"],
        ruggedness_trend=panel["ruggedness"] * (panel["year"] - panel["year"].min() + 1),
    )
