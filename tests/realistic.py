"""Writes raw tables as yearbooks come: Chinese headings, other units, GB18030, Excel, totals."""

import numpy as np
import pandas as pd

from yearbooks.contract import TABLES

PEOPLE = ("population", "urban_population", "rural_population", "registered_population")
MONEY = ("gdp", "secondary_value_added", "tertiary_value_added", "loans")


def codes(county):
    """Real-looking six-digit codes, one for each synthetic code, no prefecture's or province's."""
    number = county.str[3:].astype(int) - 1
    return (
        county.str[:2] + (101 + number // 70).astype(str).str[1:] + (21 + number % 70).astype(str)
    )


def with_codes(tables):
    """The same tables with real-looking codes, and names that say nothing."""
    made = {name: table.assign(county=codes(table["county"])) for name, table in tables.items()}
    names = "甲" + made["yearbook"]["county"].str[2:] + "县"
    made["yearbook"] = made["yearbook"].assign(county_name=names)
    return made


def labelled(name, units=None):
    """Contract name to the codebook's Chinese heading, with a unit in brackets where given."""
    units = units or {}
    return {
        column: schema.metadata["zh"] + (f"（{units[column]}）" if column in units else "")
        for column, schema in TABLES[name].columns.items()
    }


def write_as_yearbooks(tables, folder):
    """All six tables: the yearbook in GB18030, a yearbook of later years in Excel, and the rest."""
    folder.mkdir(parents=True, exist_ok=True)
    book = tables["yearbook"].copy()
    for column in PEOPLE:
        book[column] = book[column] / 1e4
    book["fiscal_revenue"] /= 1e4
    book["fiscal_expenditure"] /= 1e4
    units = dict.fromkeys(PEOPLE, "万人") | dict.fromkeys(MONEY, "万元")
    units |= {"fiscal_revenue": "亿元", "fiscal_expenditure": "亿元", "urban_income": "元",
              "rural_income": "元", "grain_output": "吨", "secondary_students": "人",
              "telephones": "户", "machinery_power": "千瓦"}  # fmt: skip
    old = book[book["year"] < 2019].rename(columns=labelled("yearbook", units))
    total = dict.fromkeys(old.columns, "") | {"县代码": "000000", "县名": "全国"}
    old = pd.concat([old.astype(str), pd.DataFrame([total])])
    text = "县域统计年鉴（分县）,,\n" + old.to_csv(index=False) + "注：数据来自各县统计局\n"
    (folder / "yearbook_1.csv").write_bytes(text.encode("gb18030"))
    new = book[book["year"] >= 2019].rename(columns=labelled("yearbook", units))
    new = new.assign(县代码=new["县代码"].astype(float))
    new.to_excel(folder / "yearbook_2.xlsx", index=False)
    kinds = {"grain": "粮食", "high_value": "高值"}
    clusters = tables["clusters"].replace({"cluster_type": kinds})
    clusters.rename(columns=labelled("clusters")).to_excel(folder / "clusters.xlsx", index=False)
    capaa = tables["capaa"].rename(columns=labelled("capaa"))
    capaa.to_csv(folder / "capaa.csv", index=False, encoding="gb18030")
    registrations = tables["registrations"].assign(county=lambda t: t["county"].astype(np.int32))
    registrations.to_stata(folder / "registrations.dta", write_index=False, version=118)
    gi_products = tables["gi_products"].rename(columns=labelled("gi_products"))
    gi_products.to_csv(folder / "gi_products.csv", index=False, encoding="utf-8-sig")
    terrain = tables["terrain"].rename(columns=labelled("terrain"))
    terrain.to_csv(folder / "terrain.csv", index=False, encoding="utf-16", sep="\t")
