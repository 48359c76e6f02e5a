"""What real files look like: each fault is a clear error or a reported repair, N never changes
unsaid."""

import csv
import io
import re
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from realistic import labelled, with_codes

from bookkit.paths import DATA
from yearbooks import mapping as said
from yearbooks.contract import TABLES, ContractError
from yearbooks.intake import read_folder


@pytest.fixture(scope="session")
def small(raw_tables):
    """Thirteen counties with real-looking codes, as text, as a file would hold them."""
    counties = raw_tables["yearbook"]["county"].drop_duplicates().iloc[::100]
    tables = {name: t[t["county"].isin(counties)] for name, t in raw_tables.items()}
    return {name: text(t) for name, t in with_codes(tables).items()}


@pytest.fixture
def folder(tmp_path, small):
    write(small, tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def clean_yearbook(tmp_path_factory, small):
    folder = tmp_path_factory.mktemp("clean")
    write({"yearbook": small["yearbook"]}, folder)
    return read_folder(folder, ["yearbook"]).tables["yearbook"].drop(columns="county_name")


def text(table):
    return pd.read_csv(io.StringIO(table.to_csv(index=False)), dtype=str, keep_default_na=False)


def write(tables, folder):
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)


def load(folder, name="yearbook"):
    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)


def save(frame, folder, name="yearbook", **options):
    if "\r" in frame.to_csv(index=False, lineterminator="\n"):  # pandas would not quote it
        options.setdefault("quoting", csv.QUOTE_ALL)
    frame.to_csv(folder / f"{name}.csv", index=False, **options)


def cell(column, value, row=3, name="yearbook"):
    """Spoil one cell; ``value`` may be a function of the old one."""

    def spoil(folder):
        frame = load(folder, name)
        old = frame.loc[row, column]
        frame.loc[row, column] = value(old) if callable(value) else value
        save(frame, folder, name)

    return spoil


def whole(column, change, name="yearbook"):
    """Change a whole column."""

    def spoil(folder):
        frame = load(folder, name)
        frame[column] = frame[column].map(change)
        save(frame, folder, name)

    return spoil


def head(old, new, name="yearbook"):
    """Rename a heading."""

    def spoil(folder):
        save(load(folder, name).rename(columns={old: new}), folder, name)

    return spoil


def line(values, name="yearbook", where="end"):
    """Add a row that is like the first but for some values."""

    def spoil(folder):
        frame = load(folder, name)
        row = frame.iloc[[0]].assign(**values)
        save(pd.concat([frame, row] if where == "end" else [row, frame]), folder, name)

    return spoil


def mapping(words):
    def spoil(folder):
        (folder / "mapping.yml").write_text(words, encoding="utf-8")

    return spoil


def raw(change, name="yearbook"):
    """Change the bytes of a file."""

    def spoil(folder):
        path = folder / f"{name}.csv"
        path.write_bytes(change(path.read_bytes()))

    return spoil


def both(*steps):
    def spoil(folder):
        for step in steps:
            step(folder)

    return spoil


def drop(column, name="yearbook"):
    return lambda folder: save(load(folder, name).drop(columns=column), folder, name)


def delete(name):
    return lambda folder: (folder / f"{name}.csv").unlink()


def excel(change=lambda frame: frame, name="yearbook", **options):
    def spoil(folder):
        change(load(folder, name)).to_excel(folder / f"{name}.xlsx", index=False, **options)
        (folder / f"{name}.csv").unlink()

    return spoil


def two_sheets(folder):
    with pd.ExcelWriter(folder / "yearbook.xlsx") as book:
        load(folder).to_excel(book, sheet_name="甲", index=False)
        load(folder).to_excel(book, sheet_name="乙", index=False)
    (folder / "yearbook.csv").unlink()


def stata(folder):
    frame = load(folder, "terrain").assign(ruggedness=lambda t: t["ruggedness"].astype(float))
    frame = frame.rename(columns={"ruggedness": "qfd"})
    labels = {"qfd": "地形起伏度"}
    frame.to_stata(folder / "terrain.dta", write_index=False, variable_labels=labels, version=118)
    (folder / "terrain.csv").unlink()


def split_by_year(folder):
    frame = load(folder)
    for year, part in frame.groupby("year"):
        save(part, folder, f"yearbook_{year}")
    (folder / "yearbook.csv").unlink()


def beside(folder):
    """The yearbook in two files of other columns, gdp in the first and its parts in the second."""
    frame = load(folder)
    at = frame.columns.get_loc("gdp") + 1
    save(frame.iloc[:, :at], folder, "yearbook_a")
    save(frame[["county", "year", *frame.columns[at:]]], folder, "yearbook_b")
    (folder / "yearbook.csv").unlink()


def of_no_province(code):
    return f"99{code[2:]}"


def clusters_by_name(folder):
    """Names of which each is one county's; clusters.csv gives them in place of codes."""
    frame, listed = load(folder), load(folder, "clusters")
    save(frame.assign(county_name="县" + frame["county"]), folder)
    save(listed.assign(county="县" + listed["county"]), folder, "clusters")


def renamed_division(folder):
    """One county changes its code, and nothing else, in the last three years."""
    frame = load(folder)
    first = frame["county"] == frame["county"][0]
    frame.loc[first & (frame["year"] >= "2020"), "county"] = frame["county"][0][:4] + "99"
    save(frame, folder)


def unit_row(folder):
    frame = load(folder)
    units = dict.fromkeys(frame.columns, "") | {"gdp": "万元", "population": "人"}
    save(pd.concat([pd.DataFrame([units]), frame]), folder)


def shares(unit, factor=100.0, sign=""):
    """The urban share instead of the two populations."""

    def spoil(folder):
        frame = load(folder)
        share = frame["urban_population"].astype(float) / frame["population"].astype(float)
        frame["城镇化率" + unit] = (factor * share).map("{:.10f}".format) + sign
        save(frame.drop(columns=["urban_population", "rural_population"]), folder)

    return spoil


def scaled(column, factor, heading=None):
    """A column in another unit, said in its heading or not at all."""

    def spoil(folder):
        frame = load(folder)
        frame[column] = (frame[column].replace("", "nan").astype(float) * factor).map(repr)
        save(frame.rename(columns={column: heading or column}), folder)

    return spoil


def another_year(folder):
    """The last year in a file of its own, beside the one named after the table."""
    frame = load(folder)
    save(frame[frame["year"] != "2022"], folder)
    save(frame[frame["year"] == "2022"], folder, "yearbook_2022")


def uncomputed(formula="=1+1"):
    """A workbook by a program that writes formulas and computes none."""

    def spoil(folder):
        frame = load(folder).astype({"gdp": object})
        frame.loc[3, "gdp"] = formula
        frame.to_excel(folder / "yearbook.xlsx", index=False)
        (folder / "yearbook.csv").unlink()

    return spoil


def computed_as_nothing(folder):
    """A formula that Excel has computed, and whose value is empty text."""
    uncomputed('=IF(1,"","")')(folder)
    path = folder / "yearbook.xlsx"
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = re.sub(rb'(<c r="\w+")(?=><f>)', rb'\1 t="str"', sheet)
    with zipfile.ZipFile(path, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part)


def read_spoiled(folder, spoil):
    """Spoil a folder and read the tables that it concerns: all, if only mapping.yml tells."""

    def content():
        return {p.name: p.read_bytes() for p in folder.iterdir() if p.name != "mapping.yml"}

    before = content()
    spoil(folder)
    changed = {name for name, _ in before.items() ^ content().items()}
    concerned = [t for t in TABLES if any(name.startswith(t) for name in changed)]
    return read_folder(folder, concerned or TABLES)


ERRORS = {
    "code too short": (cell("county", "1301"), r"yearbook.csv, line 5, column county.*six digits"),
    "code of letters": (cell("county", "北京市"), r"yearbook.csv, line 5, column county"),
    "code of no province in one of two files": (
        both(beside, cell("county", of_no_province, name="yearbook_b")),
        r"^yearbook_b.csv, line 5, column county, value '99\d+': .*the first two of a province$"),
    "code of no province of a county that others name": (
        both(clusters_by_name, lambda f: whole("county", lambda code: of_no_province(code)
             if code == load(f, "yearbook")["county"].iloc[-1] else code)(f)),
        r"^(yearbook.csv, line \d+, column county, value '99.*\n){8}yearbook.csv: cells .*: 9$"),
    "more industry than GDP, in another file": (
        both(beside, cell("secondary_value_added", "5e12", name="yearbook_b")),
        r"yearbook_b.csv, line 5 and yearbook_a.csv, line 5: .* must be at most gdp: second"),
    "a file that is cut off": (
        raw(lambda b: b[:-60]), r"yearbook.csv, line \d+: the last row, alone, has fewer cells"),
    "one byte that is no text": (
        raw(lambda b: b.replace(b"\r", b"").replace(b"\n", b"\n\xff", 4)),
        r"yearbook.csv, line 2: not text in utf-8 or gb18030"),
    "a unit of words": (
        mapping("tables: {yearbook: {units: {county_name: 人}}}"), r"county_name: unknown; use"),
    "code empty": (cell("county", ""), r"yearbook.csv, line 5, column county"),
    "code of seven digits": (cell("county", "1301021"), r"line 5, column county"),
    "year in words": (
        cell("year", "二〇一九"),
        r"line 5, column year.*expected a year of four digits"),
    "year of two digits": (cell("year", "19"), r"line 5, column year.*calendar year"),
    "year with a fraction": (cell("year", "2019.5"), r"line 5, column year.*whole number"),
    "year as a date": (
        cell("year", "2019-12-31"),
        r"year holds dates, such as '2019-12-31' in yearbook.csv, line 5.*\n.*\{year: date"),
    "year empty": (cell("year", ""), r"line 5, column year.*must not be empty"),
    "negative income": (cell("urban_income", "-5"), r"line 5.*urban_income.*more than zero"),
    "zero population": (cell("population", "0"), r"line 5.*population.*more than zero"),
    "words in a number": (cell("gdp", "约三百"), r"line 5.*gdp.*'约三百': expected a number"),
    "number with a unit": (cell("gdp", lambda v: v + "万元"), r"line 5.*gdp.*expected a number"),
    "decimal comma": (cell("gdp", '12,5'), r"line 5.*gdp.*'12,5': expected a number"),
    "infinite": (cell("gdp", "inf"), r"line 5.*gdp.*'inf': expected a number"),
    "too large for a float": (cell("gdp", "1e999"), r"line 5.*gdp.*'1e999': expected a number"),
    "underscores": (cell("gdp", "1_000"), r"line 5.*gdp.*expected a number"),
    "Excel error": (cell("gdp", "#DIV/0!"), r"line 5.*gdp.*expected a number"),
    "Excel reference error": (cell("gdp", "#REF!"), r"line 5.*gdp.*expected a number"),
    "percent of an amount": (cell("gdp", "45%"), r"line 5.*gdp.*expected a number"),
    "accounting negative": (cell("gdp", "(123)"), r"line 5.*gdp.*expected a number"),
    "formula as text": (cell("gdp", "=A1+B1"), r"line 5.*gdp.*expected a number"),
    "populations do not add up": (
        cell("urban_population", "1"), r"line 5: urban_population \+ rural_population"),
    "more industry than GDP": (
        cell("secondary_value_added", "1e12"), r"line 5.*must be at most gdp"),
    "doubled rows": (
        line({}),
        r"csv, line 2 and yearbook.csv, line \d+: 2 rows share their key .* the same; keep one"),
    "doubled county in terrain": (
        line({}, "terrain"),
        r"terrain.csv, line 2 and .* 2 rows share their key"),
    "unknown type": (
        cell("cluster_type", "茶叶", name="clusters"),
        r"clusters.csv, line 5.*grain or high_value"),
    "type empty": (
        cell("cluster_type", "", name="clusters"), r"clusters.csv, line 5.*must not be empty"),
    "half a firm": (
        cell("auxiliary", "2.5", name="registrations"), r"registrations.csv, line 5.*whole number"),
    "negative firms": (
        cell("auxiliary", "-1", name="registrations"), r"registrations.csv, line 5.*not negative"),
    "count missing": (
        cell("auxiliary", "…", name="registrations"), r"registrations.csv, line 5.*not be empty"),
    "column missing": (drop("gdp"), r"column gdp \(地区生产总值\) missing"),
    "heading unknown": (
        head("gdp", "产值总计"), r"column gdp .* missing; headings not used: 产值总计"),
    "net income for disposable": (
        head("rural_income", "农民人均纯收入"), r"not the same as rural_income \(net income"),
    "deposits for loans": (head("loans", "住户储蓄存款余额"), r"deposits, not loans"),
    "two headings for one column": (
        head("county_name", "国内生产总值"), r"may both be gdp.*\n.*columns: \{gdp"),
    "no heading": (
        raw(lambda b: b.split(b"\n", 1)[1]), r"no heading row found"),
    "empty file": (raw(lambda b: b""), r"yearbook.csv is empty \(0 bytes\)"),
    "heading only": (raw(lambda b: b.split(b"\n")[0]), r"no rows below the heading"),
    "a list without rows": (
        raw(lambda b: b.split(b"\n")[0], name="capaa"),
        r"capaa.csv.*: no rows below the heading; fill it in, or, without any: absent: \[capaa\]"),
    "only totals": (
        whole("county", lambda c: "130000"), r"all rows have codes of prefectures or provinces"),
    "a row with too many cells": (
        raw(lambda b: b + b"1" + b",2" * 40 + b"\n"), r"line \d+: 41 cells below 19 headings"),
    "binary rubbish": (raw(lambda b: b"\xff\xfe\x00\x01\x02"), r"yearbook.csv"),
    "cut in a character": (
        raw(lambda b: b.replace(b"county", "县".encode()[:2], 1) + b"\xff\xff"), r"not text in"),
    "quote never closed": (raw(lambda b: b + b'"110121,2014'), r"cannot be read"),
    "an image named csv": (raw(lambda b: b"\x89PNG\r\n\x1a\n\x00\x00"), r"yearbook.csv"),
    "damaged Excel": (
        both(lambda f: (f / "yearbook.csv").rename(f / "yearbook.xlsx")), r"xlsx cannot be read"),
    "damaged Stata": (
        both(lambda f: (f / "terrain.csv").rename(f / "terrain.dta")), r"dta cannot be read"),
    "old Excel": (
        lambda f: (f / "terrain.csv").rename(f / "terrain.xls"), r"terrain.xls cannot be read"),
    "two sheets": (two_sheets, r"which of the sheets 甲, 乙\? Answer in mapping.yml"),
    "two files of one table": (
        lambda f: (f / "yearbook.tsv").write_bytes((f / "yearbook.csv").read_bytes()),
        r"yearbook.csv and yearbook.tsv both hold yearbook"),
    "a year beside the whole": (
        another_year,
        r"yearbook.csv and yearbook_2022.csv both hold yearbook: which, or all\?.*\n.*"
        r"\{file: \[yearbook.csv, yearbook_2022.csv\]\}"),
    "a prefecture in a list": (
        cell("county", "130100", name="clusters"),
        r"clusters.csv, line 5, column county, value '130100': no county; list those that it"),
    "a province in a list": (
        cell("county", "130000.0", name="capaa"), r"capaa.csv, line 5.*'130000.0': no county"),
    "a whole city in a list": (
        cell("county", "全市", name="clusters"), r"clusters.csv, line 5.*'全市': no county; list"),
    "a formula never computed": (
        uncomputed(), r"yearbook.xlsx, cell \w+5: a formula without a value; open the file in"),
    "a fault below a heading of two lines": (
        both(head("county_name", "a\nb"), cell("gdp", "x")), r"yearbook.csv, line 6, column gdp"),
    "yearbook absent": (delete("yearbook"), r"yearbook.csv is missing in"),
    "terrain absent, unsaid": (
        delete("terrain"), r"terrain.csv is missing.*\n.*absent: \[terrain\]"),
    "GDP in yuan, unsaid": (
        scaled("gdp", 1e4),
        r"column gdp: in all years the median over population.*\n.*units: \{gdp: '元'"),
    "GDP in 100 million, unsaid": (
        scaled("gdp", 1e-4),
        r"units: \{gdp: '亿元'\}.*\n.*right as it is: \{units: \{gdp: \{all: '10,000 yuan'"),
    "incomes in 10,000 yuan, unsaid": (
        scaled("urban_income", 1e-4), r"column urban_income: in all years.*万元 would fit"),
    "grain in 10,000 tonnes, unsaid": (scaled("grain_output", 1e-4), r"column grain_output: in"),
    "lines in 10,000, unsaid": (scaled("telephones", 1e-4), r"column telephones: in all"),
    "power in 10,000 kW, unsaid": (scaled("machinery_power", 1e-4), r"machinery_power: in"),
    "pupils in 10,000, unsaid": (scaled("secondary_students", 1e-4), r"secondary_students: in"),
    "one year in another unit": (
        lambda f: save(load(f).assign(loans=lambda t: np.where(
            t["year"] == "2019", (t["loans"].astype(float) / 1e4).map(repr), t["loans"])), f),
        r"column loans: in 2019 the median over gdp"),
    "unit of another kind": (
        head("gdp", "地区生产总值（吨）"), r"column gdp: '吨' is not a unit of it; one of .*万元"),
    "percent or share, unsaid": (shares(""), r"percentages or shares\? Values reach"),
    "share above one": (shares("（比例）"), r"is not between 0 and 1 after conversion"),
    "some with a percent sign": (
        both(shares("", sign="%"), cell("城镇化率", lambda v: v.rstrip("%"))),
        r"line 5, column urban_share.*has no % as others do"),
    "mapping of no YAML": (mapping("tables: [1, 2"), r"mapping.yml is not YAML"),
    "mapping with a line separator": (mapping("codes: a\u2028b\n  c: ["), r"is not YAML, line 3"),
    "mapping with a tab": (mapping("codes:\u2028\n\tx: 1"), r"line 3: a tab stands there"),
    "mapping without an end": (mapping("codes: " + "[" * 1000), r"mapping.yml is not YAML"),
    "mapping of no time": (mapping("absent: [!!timestamp x]"), r"mapping.yml is not YAML"),
    "mapping that holds itself": (mapping("codes: &a {x: *a}"), r"line 1: an alias"),
    "mapping that is a folder": (
        lambda f: (f / "mapping.yml").mkdir(), r"mapping.yml is not read: take the folder away"),
    "units of no group": (
        mapping("tables: {yearbook: {units: {gdp: {abcd: 万元}}}}"), r"13/2020.*; not for abcd"),
    "mapping that is a list": (mapping("- a\n- b\n"), r"mapping.yml: expected 'key: value'"),
    "mapping with an unknown key": (mapping("tabels: {}"), r"mapping.yml: tabels: unknown; use"),
    "mapping of an unknown table": (
        mapping("tables: {yearbok: {}}"), r"mapping.yml: tables: yearbok: unknown; use yearbook"),
    "mapping of an unknown column": (
        mapping("tables: {yearbook: {columns: {gpd: x}}}"), r"columns: gpd: unknown; use county"),
    "mapping of an absent heading": (
        mapping("tables: {yearbook: {columns: {gdp: 产值}}}"), r"gdp: '产值' heads no column$"),
    "mapping of an absent file": (
        mapping("tables: {yearbook: {file: x.csv}}"), r"file x.csv is not in the folder"),
    "mapping that leaves the folder": (
        mapping("tables: {yearbook: {file: ../x.csv}}"), r"file x.csv is not in the folder"),
    "mapping with an unknown unit": (
        mapping("tables: {yearbook: {units: {gdp: 贝壳}}}"), r"'贝壳' is not a unit of it"),
    "mapping of the unit of no column": (
        mapping("tables: {yearbook: {units: {gpd: 元}}}"), r"units: gpd: unknown; use year"),
    "mapping of words that is none": (
        mapping("tables: {clusters: {values: {cluster_type: 粮食}}}"),
        r"cluster_type: '粮食' is of the wrong kind"),
    "mapping of an absent list": (
        mapping("absent: [[terrain]]"), r"\['terrain'\] cannot be left out"),
    "mapping of the wrong kind": (
        mapping("tables: {yearbook: {units: 万元}}"), r"units: expected 'key: value' lines, found"),
    "yearbook declared absent": (mapping("absent: [yearbook]"), r"'yearbook' cannot be left out"),
    "an encoding that is none": (
        mapping("tables: {yearbook: {encoding: klingon}}"), r"not text in klingon"),
    "a recoding that doubles": (
        lambda f: mapping(
            f"codes: {{'{load(f)['county'].iloc[-1]}': '{load(f)['county'][0]}'}}")(f),
        r"rows share their key"),
}  # fmt: skip

# what it is: how it is made, the table and what the report says, rows lost
REPAIRS = {
    "codes as numbers": (whole("county", lambda c: c + ".0"), r"county codes that were numbers", 0),
    "codes with an apostrophe": (whole("county", "'{}".format), r"county codes that were", 0),
    "codes of twelve digits": (whole("county", "{}000000".format), r"nine or twelve digits", 0),
    "codes in scientific notation": (
        whole("county", lambda c: f"{float(c):.5E}"), r"county codes that were numbers", 0),
    "a total by name": (line({"county_name": "合计", "county": ""}), r"totals dropped: 合计", 1),
    "a total with spaces": (line({"county_name": "总 计", "county": ""}), r"totals dropped", 1),
    "a total in the code": (line({"county": "全省"}), r"totals dropped: 全省", 1),
    "a province": (line({"county": "130000"}), r"totals dropped: 130000", 1),
    "a prefecture": (line({"county": "130100"}), r"totals dropped: 130100", 1),
    "a note below": (
        raw(lambda b: b + "注：2020年为快报数\n".encode()), r"note rows dropped", 1),
    "a source below": (
        raw(lambda b: b + "资料来源：县统计局,,\n".encode()), r"note rows dropped", 1),
    "the heading again": (
        raw(lambda b: b + b.split(b"\n")[0] + b"\n"), r"repeated heading rows dropped", 1),
    "a title above": (
        raw(lambda b: "2-1 各县主要指标\n\n".encode() + b), r"title above the heading left out", 0),
    "a row of units": (unit_row, r"row of units below the heading read", 0),
    "thousands separators": (
        whole("gdp", lambda v: f"{float(v):,.0f}"), r"gdp: thousands separators removed", 0),
    "thousands by spaces": (
        whole("gdp", lambda v: f"{float(v):,.0f}".replace(",", " ")), r"gdp: thousands", 0),
    "a footnote mark": (cell("gdp", lambda v: v + "①"), r"gdp: footnote marks removed", 0),
    "a superscript": (cell("gdp", lambda v: v + "²"), r"gdp: footnote marks removed", 0),
    "a star": (cell("gdp", lambda v: v + "*"), r"gdp: footnote marks removed", 0),
    "a footnote in brackets": (cell("gdp", lambda v: v + "[1]"), r"gdp: footnote marks", 0),
    "full-width digits": (
        cell("gdp", lambda v: "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in v)),
        r"gdp: full-width digits made plain", 0),
    "a dash": (cell("loans", "-"), r"loans: - read as missing", 0),
    "a long dash": (cell("loans", "——"), r"loans: —— read as missing", 0),
    "dots": (cell("loans", "…"), r"loans: … read as missing", 0),
    "Stata's dot": (cell("loans", "."), r"loans: . read as missing", 0),
    "n/a": (cell("loans", "N/A"), r"loans: N/A read as missing", 0),
    "income missing": (cell("urban_income", ""), r"urban_income empty: the gap cannot be", 1),
    "population a dash": (cell("population", "—"), r"population empty: the gap cannot be", 1),
    "year with 年": (whole("year", "{}年".format), r"year: 年 removed", 0),
    "Chinese headings": (
        lambda f: save(load(f).rename(columns=labelled("yearbook")), f),
        r"headings read as columns of .*: 县代码", 0),
    "English headings": (head("gdp", "Gross Domestic Product"), r"Gross Domestic Product → gdp", 0),
    "a synonym": (head("gdp", "国内生产总值(万元)"), r"国内生产总值\(万元\) → gdp", 0),
    "a heading with a footnote": (head("gdp", "地区生产总值（万元）①"), r"→ gdp", 0),
    "a heading over two lines": (head("gdp", "地区\n生产总值\n（万元）"), r"→ gdp", 0),
    "a unit after a comma": (head("gdp", "地区生产总值，万元"), r"→ gdp", 0),
    "a bare Chinese heading": (
        head("gdp", "地区生产总值"), r"units not stated, taken to be the codebook's .*: gdp", 0),
    "GDP in yuan": (scaled("gdp", 1e4, "地区生产总值（元）"), r"gdp: 元 converted", 0),
    "GDP in 100 million": (scaled("gdp", 1e-4, "地区生产总值（亿元）"), r"gdp: 亿元 converted", 0),
    "grain in 10,000 tonnes": (
        scaled("grain_output", 1e-4, "粮食产量（万吨）"), r"万吨 converted", 0),
    "units in the mapping": (
        both(scaled("gdp", 1e-4), mapping("tables: {yearbook: {units: {gdp: 100 million yuan}}}")),
        r"gdp: 100 million yuan converted", 0),
    "columns in the mapping": (
        both(head("gdp", "产值"), mapping("tables: {yearbook: {columns: {gdp: 产值}}}")),
        r"产值 → gdp", 0),
    "percent in the heading": (shares("（%）"), r"urban_population computed as urban_share", 0),
    "percent in the cells": (shares("", sign="%"), r"urban_share: % converted", 0),
    "share in the heading": (shares("（比例）", 1.0), r"urban_population computed as", 0),
    "rural population absent": (drop("rural_population"), r"rural_population computed as", 0),
    "a row cut short": (
        raw(lambda b: re.sub(rb"(\n.*),.*(\n.*\n)$", rb"\1\2", b)),
        r"rows with fewer cells than the", 0),
    "other columns": (head("county_name", "备忘"), r"columns not used: 备忘", 0),
    "GB18030": (
        raw(lambda b: b.decode().encode("gb18030")), r"read as gb18030", 0),
    "a byte order mark": (raw(lambda b: b"\xef\xbb\xbf" + b), r"read as utf-8-sig", 0),
    "UTF-16": (raw(lambda b: b.decode().encode("utf-16")), r"read as utf-16", 0),
    "semicolons": (raw(lambda b: b.replace(b",", b";")), r"columns are split by ';'", 0),
    "tabs": (raw(lambda b: b.replace(b",", b"\t")), r"columns are split by", 0),
    "Excel": (
        excel(lambda t: t.rename(columns=labelled("yearbook"))),
        r"headings read as columns of .*: 县代码", 0),
    "Excel with a title": (excel(startrow=2), "", 0),
    "a chosen sheet": (
        both(two_sheets, mapping("tables: {yearbook: {sheet: 乙}}")), "", 0),
    "Stata labels": (
        stata, r"terrain.dta: headings read as columns of .*: qfd → ruggedness", 0),
    "a file a year": (split_by_year, "", 0),
    "a year beside the whole, in the mapping": (
        both(another_year,
             mapping("tables: {yearbook: {file: [yearbook.csv, yearbook_2022.csv]}}")), "", 0),
    "a sum below a list": (
        line({"county": "合计"}, "clusters"), r"clusters.csv: rows of totals dropped: 合计", 1),
    "a formula whose value is empty": (computed_as_nothing, "", 0),
    "terrain declared absent": (
        both(delete("terrain"), mapping("absent: [terrain]")),
        r"terrain declared absent: chapters 4.3", 0),
    "machinery declared absent": (
        both(drop("machinery_power"), mapping("absent: [machinery_power]")), "", 0),
    "a changed division": (
        renamed_division, r"a county has two codes.*has the codes \d+ and \d+", 0),
    "a changed division mapped": (
        both(renamed_division,
             lambda f: mapping(
                 f"codes: {{{load(f)['county'][0][:4]}99: {load(f)['county'][0]}}}")(f)),
        r"county codes of changed divisions replaced", 0),
    "a missing year": (
        lambda f: save(load(f).query("year != '2017'"), f), r"no county has the year \[2017\]", 0),
    "an unbalanced panel": (
        lambda f: save(load(f).drop(index=[5, 6]), f), r"counties that lack a year: 1; rows", 0),
    "types in Chinese": (
        whole("cluster_type", {"grain": "粮食", "high_value": "高值"}.get, "clusters"),
        r"cluster_type: Chinese or mapped words translated", 0),
    "types in the mapping": (
        both(whole("cluster_type", {"grain": "稻米", "high_value": "水果"}.get, "clusters"),
             mapping("tables: {clusters: {values: {cluster_type: "
                     "{稻米: grain, 水果: high_value}}}}")),
        r"cluster_type: Chinese or mapped words translated", 0),
    "mobile lines beside": (
        head("county_name", "移动电话用户"), r"columns not used: 移动电话用户", 0),
}  # fmt: skip


@pytest.mark.parametrize("kind", ERRORS)
def test_a_fault_is_a_clear_error(folder, kind):
    spoil, words = ERRORS[kind]
    with pytest.raises(ContractError, match=words) as caught:
        read_spoiled(folder, spoil)
    assert "Traceback" not in str(caught.value)
    assert re.search(r"\.(csv|yml|xlsx?|dta|tsv)", str(caught.value))


@pytest.mark.slow
@pytest.mark.parametrize("kind", REPAIRS)
def test_a_repair_is_reported_and_n_is_accounted_for(folder, small, kind):
    spoil, words, lost = REPAIRS[kind]
    expected = len(small["yearbook"])
    if words.startswith(("urban_income empty", "population empty")):
        expected -= 1
    counties = small["yearbook"]["county"].nunique()
    expected -= {"a missing year": counties, "an unbalanced panel": 2}.get(kind, 0)
    loaded = read_spoiled(folder, spoil)
    told = [note.words for note in loaded.notes]
    assert not words or any(re.search(words, line) for line in told), told
    assert len(loaded.tables.get("yearbook", range(expected))) == expected
    assert sum(r.lost for r in loaded.notes) == lost
    for name, table in loaded.tables.items():
        assert list(table.columns) == list(TABLES[name].columns)


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    [k for k, (_, words, lost) in REPAIRS.items() if lost or re.search(
        "thousands|footnote|full-width|converted|numbers|split|read as (gb|utf)|→|computed", words
    )],
)  # fmt: skip
def test_a_repair_gives_the_values_of_the_clean_file(folder, clean_yearbook, kind):
    spoil, _, _ = REPAIRS[kind]
    clean = clean_yearbook
    spoil(folder)
    made = read_folder(folder, ["yearbook"]).tables["yearbook"].drop(columns="county_name")
    clean = clean[clean.set_index(["county", "year"]).index.isin(
        made.set_index(["county", "year"]).index)]  # fmt: skip
    keys = ["county", "year"]
    pd.testing.assert_frame_equal(
        made.sort_values(keys, ignore_index=True),
        clean.sort_values(keys, ignore_index=True),
        rtol=1e-12,  # a multiplication and a division
    )


def test_at_least_sixty_kinds_are_tried():
    assert len(ERRORS) >= 60 and len(REPAIRS) >= 60


@pytest.mark.slow
def test_shipped_tables_come_through_unchanged(raw_tables):
    loaded = read_folder(DATA / "synthetic")
    for name, table in raw_tables.items():
        pd.testing.assert_frame_equal(loaded.tables[name], table, check_exact=True)
    assert loaded.notes == ()


def test_all_faults_of_all_files_are_told_at_once(folder):
    cell("gdp", "x")(folder)
    cell("ruggedness", "y", name="terrain")(folder)
    delete("capaa")(folder)
    with pytest.raises(ContractError) as caught:
        read_folder(folder)
    for word in ("column gdp", "column ruggedness", "capaa.csv is missing"):
        assert word in str(caught.value)


def test_a_superscript_is_not_read_as_a_digit(folder):
    clean = read_folder(folder).tables["yearbook"]["gdp"][3]
    cell("gdp", lambda value: value.removesuffix(".0") + "²")(folder)
    assert read_folder(folder).tables["yearbook"]["gdp"][3] == clean


def test_reading_changes_no_file(folder):
    before = {p: p.read_bytes() for p in folder.iterdir()}
    read_folder(folder)
    assert {p: p.read_bytes() for p in folder.iterdir()} == before


CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["", "-", "…", "1,234", "１２", "5①", "1e5", "-3", "NaN", "0", "3%", "'", '"']),
    st.floats().map(repr),
    st.integers(-(10**9), 10**9).map(str),
)
QUIET = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def accounted(folder, rows):
    """Read the yearbook; either a clear error or every row is accounted for."""
    try:
        loaded = read_folder(folder, ["yearbook"])
    except ContractError as error:
        assert str(error).strip() and "Traceback" not in str(error)
        return
    table = loaded.tables["yearbook"]
    assert len(table) == rows - sum(r.lost for r in loaded.notes)
    assert not np.isinf(table[["gdp", "population"]]).any(axis=None)


@pytest.mark.slow
@given(data=st.data())
@QUIET
def test_whatever_stands_in_cells_no_row_goes_unsaid(folder, small, data):
    frame = small["yearbook"].head(30).copy()
    for _ in range(data.draw(st.integers(1, 4))):
        row = data.draw(st.integers(0, 29))
        frame.loc[row, data.draw(st.sampled_from(list(frame.columns)))] = data.draw(CELLS)
    try:
        save(frame, folder)
    except (UnicodeEncodeError, ValueError):  # lone surrogates cannot be written
        return
    accounted(folder, 30)


@pytest.mark.slow
@given(heads=st.lists(st.text(max_size=10), min_size=1, max_size=4), data=st.data())
@QUIET
def test_whatever_the_headings_it_is_an_error_or_all_rows(folder, small, heads, data):
    frame = small["yearbook"].head(30)
    chosen = data.draw(st.permutations(list(frame.columns)))[: len(heads)]
    try:
        save(frame.rename(columns=dict(zip(chosen, heads, strict=True))), folder)
    except (UnicodeEncodeError, ValueError):
        return
    accounted(folder, 30)


@given(content=st.binary(max_size=300))
@QUIET
def test_whatever_the_bytes_it_is_a_clear_error(folder, content):
    for name in ("yearbook.csv", "yearbook.xlsx", "yearbook.dta"):
        for old in folder.glob("yearbook.*"):
            old.unlink()
        (folder / name).write_bytes(content)
        with pytest.raises(ContractError):
            read_folder(folder, ["yearbook"])


@given(words=st.text(max_size=60))
@QUIET
def test_whatever_the_mapping_says_it_is_an_error_or_read(folder, small, words):
    try:
        (folder / "mapping.yml").write_text(words, encoding="utf-8")
    except UnicodeEncodeError:
        return
    accounted(folder, len(small["yearbook"]))


def test_the_template_is_a_mapping_that_says_nothing(folder):
    (folder / "mapping.yml").write_bytes(said.TEMPLATE.read_bytes())
    assert read_folder(folder).tables
