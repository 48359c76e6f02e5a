"""The raw-table contract: what a folder of county data must hold, declared once.

The synthetic tables meet it, and so must private data. The codebook page is generated
from it; :func:`read_tables` checks a folder against it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa

EASTERN = frozenset({"11", "12", "13", "21", "31", "32", "33", "35", "37", "44", "46"})
"""Province codes of the eastern region; every other province is central-western."""

CLUSTER_TYPES = ("grain", "high_value")

COUNTS = ("agro_processing", "auxiliary", "gi_products")

COUNTY_CODE = r"^\d{2}(?:\d{4}|S\d{3})$"
"""Six characters: real codes are digits, synthetic ones carry an S after the province."""


class ContractError(ValueError):
    """Raw tables that do not meet the contract; says file, row, column, value and remedy."""


_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """Show characters that steer a terminal, or turn the text after them round, as �.

    Parameters
    ----------
    text
        Of whatever origin.

    Returns
    -------
    str
        Same length; line breaks and tabs stay.
    """
    return _STEERING.sub("\ufffd", text)


def _column(
    kind: type, zh: str, en: str, unit: str, *checks: pa.Check, nullable: bool = False
) -> pa.Column:
    return pa.Column(
        kind, list(checks), nullable=nullable, coerce=True, title=en,
        metadata={"zh": zh, "unit": unit},
    )  # fmt: skip


def _county() -> pa.Column:
    return _column(
        str, "县代码", "county", "six-character code",
        pa.Check.str_matches(COUNTY_CODE, error="six digits, or two digits, S and three digits"),
    )  # fmt: skip


def _whole(zh: str, en: str, unit: str, *checks: pa.Check) -> pa.Column:
    """A whole number, read as float so that 2.5 is refused and not cut to 2."""
    whole = pa.Check(lambda values: values % 1 == 0, error="a whole number")
    return _column(float, zh, en, unit, whole, *checks)


def _year(zh: str = "年份", en: str = "year") -> pa.Column:
    return _whole(
        zh, en, "calendar year", pa.Check.in_range(1949, 2100, error="a calendar year")
    )  # fmt: skip


def _amount(
    zh: str, en: str, unit: str, *, nullable: bool = True, above: bool = False
) -> pa.Column:
    """A quantity that cannot be negative (``above``: nor zero)."""
    check = (
        pa.Check.gt(0, error="more than zero") if above else pa.Check.ge(0, error="not negative")
    )
    return _column(float, zh, en, unit, check, nullable=nullable)


def _count(zh: str, en: str, unit: str) -> pa.Column:
    return _whole(zh, en, unit, pa.Check.ge(0, error="not negative"))


def _close(parts: list[str], whole: str, *, at_most: bool, slack: float = 0.005) -> pa.Check:
    """Parts add up to the whole (or to no more), up to the rounding of yearbooks."""

    def holds(frame: pd.DataFrame) -> pd.Series:
        total, limit = frame[parts].sum(axis=1, skipna=False), frame[whole]
        excess = total - limit
        wrong = excess > slack * limit if at_most else excess.abs() > slack * limit
        return ~wrong

    sign = "at most" if at_most else ""
    return pa.Check(holds, error=f"{' + '.join(parts)} must be {sign} {whole}".replace("  ", " "))


TABLES: dict[str, pa.DataFrameSchema] = {
    "yearbook": pa.DataFrameSchema(
        {
            "county": _county(),
            "county_name": _column(str, "县名", "county name", "text", nullable=True),
            "year": _year(),
            "population": _amount(
                "年末总人口", "total population, year end", "persons", nullable=False, above=True
            ),
            "urban_population": _amount(
                "城镇人口", "urban population", "persons", nullable=False, above=True
            ),
            "rural_population": _amount(
                "乡村人口", "rural population", "persons", nullable=False, above=True
            ),
            "registered_population": _amount(
                "户籍人口", "registered population", "persons", above=True
            ),
            "urban_income": _amount(
                "城镇居民人均可支配收入", "disposable income per urban resident", "yuan",
                nullable=False, above=True,
            ),
            "rural_income": _amount(
                "农村居民人均可支配收入", "disposable income per rural resident", "yuan",
                nullable=False, above=True,
            ),
            "gdp": _amount("地区生产总值", "gross domestic product", "10,000 yuan", above=True),
            "secondary_value_added": _amount(
                "第二产业增加值", "value added of industry and construction", "10,000 yuan"
            ),
            "tertiary_value_added": _amount(
                "第三产业增加值", "value added of services", "10,000 yuan"
            ),
            "grain_output": _amount("粮食总产量", "grain output", "tonnes"),
            "fiscal_revenue": _amount(
                "地方一般公共预算收入", "general public budget revenue", "10,000 yuan"
            ),
            "fiscal_expenditure": _amount(
                "地方一般公共预算支出", "general public budget expenditure", "10,000 yuan",
                above=True,
            ),
            "secondary_students": _amount(
                "普通中学在校学生数", "students in regular secondary schools", "persons"
            ),
            "loans": _amount(
                "年末金融机构各项贷款余额", "loans of financial institutions, year end",
                "10,000 yuan",
            ),
            "telephones": _amount("固定电话用户", "fixed-line telephone subscribers", "lines"),
            "machinery_power": _amount(
                "农业机械总动力", "total power of agricultural machinery", "kilowatts"
            ),
        },
        checks=[
            _close(["urban_population", "rural_population"], "population", at_most=False),
            _close(["secondary_value_added", "tertiary_value_added"], "gdp", at_most=True),
        ],
        unique=["county", "year"],
        title="county statistical yearbook",
        metadata={"zh": "县域统计年鉴"},
        description="One row a county and year: people, incomes, economy, public budget.",
    ),
    "clusters": pa.DataFrameSchema(
        {
            "county": _county(),
            "batch_year": _year("批次年份", "year the cluster was approved"),
            "cluster": _column(str, "产业集群", "name of the cluster", "text"),
            "product": _column(str, "产品", "product", "text"),
            "cluster_type": _column(
                str, "类型", "type of the cluster", "grain or high_value",
                pa.Check.isin(CLUSTER_TYPES, error="grain or high_value"),
            ),
        },
        unique=["county", "cluster", "batch_year"],
        title="counties covered by a cluster",
        metadata={"zh": "产业集群覆盖的县"},
        description="One row a county and cluster; a county may be in several clusters.",
    ),
    "capaa": pa.DataFrameSchema(
        {"county": _county(), "year": _year("认定年份", "year of designation")},
        unique=["county", "year"],
        title="characteristic agricultural product advantageous areas",
        metadata={"zh": "特色农产品优势区"},
        description="One row a county and designation (CAPAA).",
    ),
    "registrations": pa.DataFrameSchema(
        {
            "county": _county(),
            "year": _year(),
            "agro_processing": _count(
                "新增农产品加工企业", "new agricultural processing enterprises", "enterprises"
            ),
            "auxiliary": _count(
                "新增农林牧渔辅助性企业",
                "new auxiliary enterprises of agriculture, forestry, husbandry and fishery",
                "enterprises",
            ),
        },
        unique=["county", "year"],
        title="new enterprises",
        metadata={"zh": "新增企业"},
        description="One row a county and year: firms registered in the year.",
    ),
    "gi_products": pa.DataFrameSchema(
        {
            "county": _county(),
            "year": _year(),
            "gi_products": _count(
                "地理标志农产品", "agricultural products with a geographical indication", "products"
            ),
        },
        unique=["county", "year"],
        title="geographical indications",
        metadata={"zh": "地理标志"},
        description="One row a county and year: products protected at the year's end.",
    ),
    "terrain": pa.DataFrameSchema(
        {
            "county": _county(),
            "ruggedness": _amount(
                "地形起伏度", "terrain ruggedness", "index of relief", nullable=False
            ),
        },
        unique=["county"],
        title="terrain",
        metadata={"zh": "地形"},
        description="One row a county; does not change over time.",
    ),
}  # fmt: skip


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Read and check the six raw tables of a folder.

    Parameters
    ----------
    folder
        Holds ``yearbook.csv``, ``clusters.csv``, ``capaa.csv``, ``registrations.csv``,
        ``gi_products.csv`` and ``terrain.csv`` (UTF-8).

    Returns
    -------
    dict
        Table name to DataFrame with the contract's columns and types.

    Raises
    ------
    ContractError
        Names every fault found in all files at once, so that one pass mends them.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ContractError(f"{folder} is not a folder: give the folder that holds the raw tables")
    tables, faults = {}, []
    for name in TABLES:
        try:
            tables[name] = _read(folder / f"{name}.csv", name)
        except ContractError as error:
            faults.append(str(error))
    if faults:
        raise ContractError("\n".join(faults))
    return tables


def _read(path: Path, name: str) -> pd.DataFrame:
    if not path.is_file():
        raise ContractError(
            f"{path.name} is missing in {path.parent}: the contract asks for "
            + ", ".join(f"{table}.csv" for table in TABLES)
        )
    try:
        frame = pd.read_csv(path, dtype={"county": str, "county_name": str})
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ContractError(
            f"{path.name} cannot be read as UTF-8 CSV ({error}): save it again"
        ) from error
    return check_table(frame, name, path.name)


def check_table(
    frame: pd.DataFrame, name: str, file: str | None = None, places: list[str] | None = None
) -> pd.DataFrame:
    """Check one raw table.

    Parameters
    ----------
    frame
        The table as read.
    name
        Of the table in ``TABLES``.
    file
        What to call the file in messages.
    places
        Where each row stands, if not in line after line below a heading.

    Returns
    -------
    DataFrame
        A copy with the contract's types and column order.

    Raises
    ------
    ContractError
        With file, line (the heading is line 1), column, value and what is expected.
    """
    file, schema = file or f"{name}.csv", TABLES[name]
    absent = [column for column in schema.columns if column not in frame.columns]
    if absent:
        raise ContractError(
            f"{file}: column {', '.join(absent)} missing; "
            f"found {', '.join(map(str, frame.columns))}"
        )
    if frame.empty:
        raise ContractError(f"{file}: no rows below the heading; fill it in")
    frame = frame[list(schema.columns)].reset_index(drop=True)
    try:
        checked = schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        places = places or [f"{file}, line {row + 2}" for row in range(len(frame))]
        raise ContractError(_explain(errors.failure_cases, frame, file, places)) from None
    whole = [name for name in schema.columns if name.endswith("year") or name in COUNTS]
    return checked.astype(dict.fromkeys(whole, "int64"))


def _explain(
    cases: pd.DataFrame, frame: pd.DataFrame, file: str, places: list[str], most: int = 8
) -> str:
    """Turn pandera's failure cases into lines that a person can act on."""
    lines: list[str] = []
    for check, group in cases.rename(columns={"index": "row"}).groupby("check", sort=False):
        rows = group["row"].dropna().astype(int).drop_duplicates()
        if str(check).startswith("multiple_fields_uniqueness"):
            columns = list(dict.fromkeys(group["column"]))
            key = frame.loc[rows.iloc[0], columns].to_dict()
            lines.append(
                f"{file}: {len(rows)} rows share their key, the first in "
                f"{places[rows.iloc[0]]}: {key}; keep one row for each"
            )
            continue
        for case in group.drop_duplicates(["column", "row"]).head(most).itertuples():
            place = file if pd.isna(case.row) else places[int(case.row)]
            lines.append(f"{place}{_cell(case)}: {_wanted(str(case.check))}")
        if len(rows) > most:
            lines.append(f"{file}: {len(rows) - most} more rows fail '{_wanted(str(check))}'")
    return "\n".join(dict.fromkeys(lines))


def _cell(case: Any) -> str:
    if case.schema_context == "DataFrameSchema":
        return ""
    return f", column {case.column}, value {case.failure_case!r}"


def _wanted(check: str) -> str:
    if check.startswith("coerce_dtype") or check.startswith("dtype"):
        kind = check.split("'")[1] if "'" in check else check
        return f"expected a number of type {kind}; mend the value, or leave the cell empty"
    if check == "not_nullable":
        return "must not be empty; fill it in, or leave the whole county-year out"
    return f"expected {check}"


def codebook() -> pd.DataFrame:
    """The contract as a table: file, column, English and Chinese label, unit, may be empty.

    Returns
    -------
    DataFrame
        One row a column of a table.
    """
    return pd.DataFrame(
        [
            {
                "table": table,
                "column": name,
                "label": column.title,
                "label_zh": column.metadata["zh"],
                "unit": column.metadata["unit"],
                "may_be_empty": column.nullable,
                "key": name in (schema.unique or []),
            }
            for table, schema in TABLES.items()
            for name, column in schema.columns.items()
        ]
    )


def region(county: pd.Series) -> pd.Series:
    """``eastern`` or ``central_western``, from the province digits of the county code.

    Parameters
    ----------
    county
        Codes.

    Returns
    -------
    Series
        Of strings, same index.
    """
    eastern = county.str[:2].isin(EASTERN)
    return eastern.map({True: "eastern", False: "central_western"})
