"""Plays a researcher's folder: six raw files in the shapes that people have, of made-up counties.

    python examples/own-data/make_tables.py my-tables
    make check-data DATA=my-tables
    make book DATA=my-tables

The numbers are simulated (`countysim.simulate`), with an effect of -0.05 on the Theil index. Codes
and names belong to nobody. docs/own-data.md walks through what happens.
"""

import shutil
import sys
from pathlib import Path

import numpy as np
import openpyxl

import countysim
from yearbooks.contract import PROVINCES, TABLES

SEED, COUNTIES, EFFECT = 20, 37, -0.05
PEOPLE = ["population", "urban_population", "rural_population", "registered_population"]
INCOMES = ["urban_income", "rural_income"]
MONEY = ["gdp", "secondary_value_added", "tertiary_value_added", "loans"]
OTHER = ["grain_output", "fiscal_revenue", "fiscal_expenditure", "secondary_students"]
ZH = {c: about.metadata["zh"] for c, about in TABLES["yearbook"].columns.items()}
KEYS = ["county", "year"]


def tables():
    """Simulated raw tables of some counties, half of them in clusters, under codes of no county."""
    raw = countysim.simulate(SEED, countysim.Truth(effect=EFFECT))
    rng = np.random.default_rng(SEED)
    codes = raw["terrain"]["county"]
    ever = codes.isin(raw["clusters"]["county"])
    kept = [rng.choice(codes[ever], COUNTIES // 2, False),
            rng.choice(codes[~ever], COUNTIES - COUNTIES // 2, False)]  # fmt: skip
    real = {c: f"{c[:2]}99{n:02d}" for n, c in enumerate(sorted(np.concatenate(kept)), start=1)}
    few = {n: t[t["county"].isin(list(real))] for n, t in raw.items()}
    few = {n: t.assign(county=t["county"].map(real)) for n, t in few.items()}
    names = {code: f"{chr(0x4E00 + 7 * n)}{chr(0x6C34)}县" for n, code in enumerate(real.values())}
    few["yearbook"] = few["yearbook"].assign(county_name=few["yearbook"]["county"].map(names))
    return few, names


def sheet(book, title, rows):
    """Add a sheet with these rows."""
    page = book.create_sheet(title)
    for row in rows:
        page.append([v.item() if hasattr(v, "item") else v for v in row])
    return page


def write(folder):
    """Write the six files and mapping.yml."""
    few, names = tables()
    book = few["yearbook"]
    # 1. people: a sheet a year, a title and a line of units above the headings, two decimals
    people = openpyxl.Workbook()
    people.remove(people.active)
    for year, part in book.groupby("year"):
        rows = part[["county", "county_name"]].assign(
            **{c: (part[c] / 1e4).round(2) for c in PEOPLE}
        )
        heads = ["行政区划代码", "县（市）", *(ZH[c] for c in PEOPLE)]
        page = sheet(people, f"{year}年", [["各县（市）人口"], ["单位：万人"], heads,
                                         *rows.itertuples(index=False)])  # fmt: skip
        page.merge_cells("A1:F1")
    people.save(folder / "yearbook_人口.xlsx")
    # 2. incomes: a column a year, as old exports have them, in GB18030
    wide = book.pivot(index="county", columns="year", values=INCOMES)
    wide.columns = [f"{ZH[column]}{year}（元）" for column, year in wide.columns]
    wide.reset_index().to_csv(folder / "yearbook_收入.csv", index=False, encoding="gb18030")
    # 3. money: three rows of headings: names of variables, labels, units
    money = openpyxl.Workbook()
    money.remove(money.active)
    rows = book[[*KEYS, *MONEY]]
    sheet(money, "Sheet1", [["AreaCode", "SgnYear", "Ind01", "Ind02", "Ind03", "Ind04"],
                            ["行政区划代码", "年份", *(ZH[c] for c in MONEY)],
                            ["没有单位", "没有单位", *["万元"] * 4],
                            *rows.itertuples(index=False)])  # fmt: skip
    money.save(folder / "yearbook_经济.xlsx")
    # 4. the rest: a row an indicator, years as dates
    units = {c: TABLES["yearbook"].columns[c].metadata["unit"] for c in OTHER}
    long = book.melt(KEYS, OTHER, "指标", "数值")
    long = long.assign(单位=long["指标"].map(units), 指标=long["指标"].map(ZH))
    long["year"] = long["year"].map("{}-12-31".format)
    long.rename(columns={"county": "区县代码", "year": "统计截止日期"}).to_csv(
        folder / "yearbook_其他.csv", index=False
    )
    # 5. clusters: counties by name, as the published lists have them
    kinds = {"grain": "粮食", "high_value": "高值"}
    clusters = few["clusters"].assign(
        province=lambda t: t["county"].str[:2].map(PROVINCES),
        county=lambda t: t["county"].map(names),
        cluster_type=lambda t: t["cluster_type"].map(kinds),
    )
    heads = {"county": "县", "batch_year": "批次", "cluster": "产业集群", "product": "主导产品",
             "cluster_type": "类型", "province": "省份"}  # fmt: skip
    clusters.rename(columns=heads).to_excel(folder / "clusters.xlsx", index=False)
    # 6. new firms, in Stata
    few["registrations"].assign(county=lambda t: t["county"].astype("int32")).to_stata(
        folder / "registrations.dta", write_index=False, version=118
    )
    shutil.copy(Path(__file__).with_name("mapping.yml"), folder / "mapping.yml")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    write(target)
    print(f"six files and mapping.yml written to {target}: make check-data DATA={target}")
