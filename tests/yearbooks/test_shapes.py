"""What people have, by kind: a shape gives the clean table, a doubt one clear question."""

import re
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from openpyxl.styles import Alignment

from yearbooks import cells, headings, plausible
from yearbooks.contract import TABLES, ContractError, check_table
from yearbooks.files import Sheet
from yearbooks.intake import ReadingError, read_folder

YEARS = range(2018, 2023)
CODES = ["130121", "130123", "130125", "410122", "410223", "410225"]
NAMES = ["甲县", "乙县", "丙县", "丁县", "甲县", "己县"]  # one name in two provinces
ZH = {column: about.metadata["zh"] for column, about in TABLES["yearbook"].columns.items()}


@pytest.fixture(scope="module")
def book():
    """Six counties in five years, round numbers, as text."""
    rng = np.random.default_rng(11)
    rows = [(c, n, y) for c, n in zip(CODES, NAMES, strict=True) for y in YEARS]
    frame = pd.DataFrame(rows, columns=["county", "county_name", "year"])
    people = 10_000 * (30 + 2 * frame.index % 7)
    town = people * 4 // 10
    made = {
        "population": people, "urban_population": town, "rural_population": people - town,
        "registered_population": people + 10_000, "urban_income": 30_000, "rural_income": 12_000,
        "gdp": 1_200_000, "secondary_value_added": 500_000, "tertiary_value_added": 400_000,
        "grain_output": 200_000, "fiscal_revenue": 60_000, "fiscal_expenditure": 200_000,
        "secondary_students": 15_000, "loans": 700_000, "telephones": 20_000,
        "machinery_power": 400_000,
    }  # fmt: skip
    noise = rng.integers(0, 1000, (len(frame), len(made)))
    noise[:, :3] = 0
    return frame.assign(**{c: v + noise[:, n] for n, (c, v) in enumerate(made.items())})


def save(frame, folder, name="yearbook.csv", **options):
    frame.to_csv(folder / name, index=False, **options)


def workbook(folder, rows, merged=(), percent=(), name="yearbook.xlsx", sheets=None):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, grid in (sheets or {"Sheet1": rows}).items():
        sheet = book.create_sheet(title)
        for row in grid:
            sheet.append([value.item() if hasattr(value, "item") else value for value in row])
        for area in merged:
            sheet.merge_cells(area)
            sheet[area.split(":")[0]].alignment = Alignment(horizontal="center")
        for column in percent:
            for cell in sheet[column][1:]:
                cell.number_format = "0.00%"
    book.save(folder / name)


def grid(frame, *heads):
    return [*heads, *frame.itertuples(index=False, name=None)]


def says(folder, words):
    (folder / "mapping.yml").write_text(words, encoding="utf-8")


def read(folder):
    return read_folder(folder, ["yearbook"])


def fault(folder, names=("yearbook",)):
    with pytest.raises(ContractError) as caught:
        read_folder(folder, names)
    return str(caught.value)


# --- shapes ----------------------------------------------------------------------------


def as_sheets_by_year(book, folder):
    parts = {f"{y}年": grid(p, [ZH[c] for c in p]) for y, p in book.groupby("year")}
    workbook(folder, [], sheets=parts)


def as_sheets_without_year(book, folder):
    parts = {str(y): p.drop(columns="year") for y, p in book.groupby("year")}
    workbook(folder, [], sheets={y: grid(p, [ZH[c] for c in p]) for y, p in parts.items()})


def as_files_without_year(book, folder):
    for year, part in book.groupby("year"):
        save(part.drop(columns="year"), folder, f"yearbook_{year}.csv")


def as_columns_by_year(book, folder):
    wide = book.pivot(index=["county", "county_name"], columns="year")
    wide.columns = [f"{ZH[column]}{year}" for column, year in wide.columns]
    save(wide.reset_index(), folder)


def as_columns_by_year_in_front(book, folder):
    wide = book.pivot(index=["county", "county_name"], columns="year")
    wide.columns = [f"{year}年{ZH[column]}" for column, year in wide.columns]
    save(wide.reset_index(), folder)


def as_a_file_an_indicator(book, folder):
    for column in book.columns[3:]:
        wide = book.pivot(index=["county", "county_name"], columns="year", values=column)
        save(wide.reset_index(), folder, f"yearbook_{ZH[column]}.csv")


def as_long(book, folder):
    long = book.melt(["county", "county_name", "year"], var_name="指标", value_name="数值")
    save(long.assign(指标=long["指标"].map(ZH)), folder)


def as_files_by_columns(book, folder):
    keys = ["county", "year"]
    for name, columns in {"人口": book.columns[3:7], "收入": book.columns[7:9],
                          "经济": book.columns[9:]}.items():  # fmt: skip
        save(book[[*keys, *columns]].sample(frac=1, random_state=1), folder, f"yearbook_{name}.csv")


def as_groups_above_headings(book, folder):
    top = ["", "", "", *["人口"] * 4, *["收入"] * 2, *["经济"] * 10]
    leaves = [ZH[c] for c in book]
    merged = ["D1:G1", "H1:I1", "J1:S1", "A1:A2", "B1:B2", "C1:C2"]
    rows = grid(book, [*leaves[:3], *top[3:]], ["", "", "", *leaves[3:]])
    workbook(folder, rows, merged)


def as_names_split_between_two_rows(book, folder):
    """城镇居民人均 above 可支配收入, and no merged cells, as a CSV has them."""
    leaves = [ZH[c] for c in book]
    groups = [""] * len(leaves)
    groups[7:9], leaves[7:9] = ["城镇居民", "农村居民"], ["人均可支配收入"] * 2
    text = ",".join(groups) + "\n" + ",".join(leaves) + "\n"
    (folder / "yearbook.csv").write_text(text + book.to_csv(index=False, header=False), "utf-8")


def as_codes_labels_units(book, folder):
    names = [f"Ind{n}" for n in range(len(book.columns))]
    units = ["没有单位"] * 3 + [
        TABLES["yearbook"].columns[c].metadata["unit"] for c in book.columns[3:]
    ]
    workbook(folder, grid(book, names, [ZH[c] for c in book], units))


def as_counties_merged(book, folder):
    frame = book.astype(object).copy()
    frame.loc[frame["year"] != 2018, ["county", "county_name"]] = None
    areas = [f"{c}{n}:{c}{n + 4}" for c in "AB" for n in range(2, 32, 5)]
    workbook(folder, grid(frame, list(book)), areas)


def as_stata(book, folder):
    frame = book.rename(columns={"urban_income": "inc_u"}).astype({"year": "int32"})
    labels = {"inc_u": "城镇居民人均可支配收入", "gdp": "地区生产总值"}
    frame.to_stata(folder / "yearbook.dta", write_index=False, variable_labels=labels, version=118)


def as_openxlsx(book, folder):
    """A drawing that is named and not there."""
    workbook(folder, grid(book, list(book)))
    path = folder / "yearbook.xlsx"
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(
        b"</worksheet>",
        b'<drawing xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
        b'r:id="rId1"/></worksheet>',
    )
    parts["xl/worksheets/_rels/sheet1.xml.rels"] = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        b'relationships/drawing" Target="../drawings/drawing1.xml"/></Relationships>'
    )
    with zipfile.ZipFile(path, "w") as new:
        for name, part in parts.items():
            new.writestr(name, part)


def as_web_page(book, folder):
    """Zero-width and no-break spaces, full-width brackets and digits."""
    heads = {c: f"\u200b{ZH[c]}\u00a0\ufeff" for c in book}
    frame = book.rename(columns=heads).astype(str)
    frame.iloc[3, 2] = "２０２１\u200b"
    save(frame, folder)


def as_dates(book, folder):
    save(book.assign(year=book["year"].map("{}-12-31".format)), folder)
    says(folder, "tables: {yearbook: {units: {year: date}}}")


def as_serial_days(book, folder):
    days = (
        pd.to_datetime(book["year"].astype(str) + "-12-31") - pd.Timestamp("1899-12-30")
    ).dt.days
    save(book.assign(year=days), folder)
    says(folder, "tables: {yearbook: {units: {year: date}}}")


def as_a_unit_line_above(book, folder):
    money = ["gdp", "secondary_value_added", "tertiary_value_added", "loans", "fiscal_revenue",
             "fiscal_expenditure"]  # fmt: skip
    frame = book.assign(**{c: book[c] * 10 for c in money})
    workbook(folder, grid(frame, ["县市主要指标"], ["单位：千元、人"], [ZH[c] for c in book]))
    says(folder, "tables: {yearbook: {units: {urban_income: 元, rural_income: 元}}}")


def as_percent_cells(book, folder):
    share = book["urban_population"] / book["population"]
    frame = book.drop(columns=["urban_population", "rural_population"]).assign(城镇化率=share)
    workbook(folder, grid(frame, list(frame)), percent=["R"])


def as_a_unit_of_one_year(book, folder):
    now = book["year"] == 2020
    save(book.assign(gdp=(book["gdp"] / np.where(now, 1e4, 1)).map(repr)), folder)
    says(folder, "tables: {yearbook: {units: {gdp: {2020: 亿元}}}}")


def as_of_which_below_unmerged_groups(book, folder):
    """A yearbook's way: nothing below the headings of the keys, "of which" marks, a short row."""
    people = ["population", "urban_population", "rural_population"]
    keys = ["county_name", "county", "year"]
    frame = book[[*keys, *people, *(c for c in book if c not in (*keys, *people))]]
    top = ["县（市）", "行政区划代码", "年份", *["人口"] * 3, *(ZH[c] for c in frame.columns[6:])]
    workbook(folder, grid(frame, top, ["", "", "", "常住人口", "#城镇人口", "其中：乡村人口"]))


def as_a_mapping_of_several_files(book, folder):
    as_files_by_columns(book.rename(columns={"gdp": "产值", "urban_income": "收入"}), folder)
    says(folder, "tables: {yearbook: {columns: {gdp: 产值, urban_income: 收入}}}")


def as_one_heading_for_two(book, folder):
    frame = book.drop(columns="registered_population").rename(columns={"population": "total"})
    save(frame, folder)
    both = "{population: total, registered_population: total}"
    says(folder, f"tables: {{yearbook: {{columns: {both}}}}}")


SHAPES = {f.__name__.removeprefix("as_"): f for f in (
    as_sheets_by_year, as_sheets_without_year, as_files_without_year, as_columns_by_year,
    as_columns_by_year_in_front, as_a_file_an_indicator, as_long, as_files_by_columns,
    as_groups_above_headings, as_names_split_between_two_rows, as_codes_labels_units,
    as_counties_merged, as_stata, as_openxlsx, as_web_page, as_dates, as_serial_days,
    as_a_unit_line_above, as_percent_cells, as_a_unit_of_one_year, as_one_heading_for_two,
    as_of_which_below_unmerged_groups, as_a_mapping_of_several_files,
)}  # fmt: skip
LOSSY = {"one_heading_for_two": ["registered_population"]}


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_gives_the_clean_table(book, tmp_path, shape):
    SHAPES[shape](book, tmp_path)
    loaded = read(tmp_path)
    assert sum(note.lost for note in loaded.notes) == 0
    found = loaded.tables["yearbook"].sort_values(["county", "year"], ignore_index=True)
    but = [*LOSSY.get(shape, []), "county_name"]
    clean = check_table(book.astype({"county": str}), "yearbook")
    clean = clean.sort_values(["county", "year"], ignore_index=True)
    pd.testing.assert_frame_equal(
        found.drop(columns=but), clean.drop(columns=but), rtol=1e-9, check_dtype=False
    )


def test_a_table_without_years_may_have_a_row_an_indicator(tmp_path):
    long = pd.DataFrame({"county": CODES, "指标": "地形起伏度", "数值": range(6)})
    save(long, tmp_path, "terrain.csv")
    found = read_folder(tmp_path, ["terrain"]).tables["terrain"]
    assert found["ruggedness"].tolist() == [0, 1, 2, 3, 4, 5]


def test_a_unit_may_stand_in_the_group_above_or_in_a_label(book, tmp_path):
    people = {c: book[c] / 10_000 for c in ("population", "urban_population", "rural_population")}
    frame = book.assign(**people)
    top = ["人口（万人）" if c in people else "经济" if c == "gdp" else "" for c in frame]
    workbook(tmp_path, grid(frame, top, [ZH[c] for c in frame]))
    assert read(tmp_path).tables["yearbook"]["population"].tolist() == book["population"].tolist()
    (tmp_path / "yearbook.xlsx").unlink()
    frame = frame.astype({"year": "int32"})
    labels = {c: f"{ZH[c]}（万人）" for c in people}
    frame.to_stata(
        tmp_path / "yearbook.dta", write_index=False, variable_labels=labels, version=118
    )
    assert read(tmp_path).tables["yearbook"]["population"].tolist() == book["population"].tolist()


def test_a_column_a_year_in_two_units_is_a_fault(book, tmp_path):
    wide = book.pivot(index=["county", "county_name"], columns="year")
    units = {
        ("gdp", 2020): "（亿元）",
        **{("gdp", year): "（万元）" for year in (2018, 2019, 2021)},
    }
    wide.columns = [f"{ZH[c]}{year}{units.get((c, year), '')}" for c, year in wide.columns]
    save(wide.reset_index(), tmp_path)
    assert "'地区生产总值' has the units 万元, 亿元; make them one" in fault(tmp_path)


def test_a_unit_of_a_year_in_a_table_without_years_changes_nothing(tmp_path):
    save(pd.DataFrame({"county": CODES, "ruggedness": range(6)}), tmp_path, "terrain.csv")
    says(tmp_path, "tables: {terrain: {units: {ruggedness: {2020: index of relief}}}}")
    assert read_folder(tmp_path, ["terrain"]).tables["terrain"]["ruggedness"].sum() == 15
    says(tmp_path, "tables: {terrain: {units: {ruggedness: 米}}}")
    assert "'米' is not a unit of it; one of index of relief?" in fault(tmp_path, ["terrain"])


def test_of_many_columns_with_one_heading_the_mapping_names_one(book, tmp_path):
    frame = book.assign(x=1, y=2).rename(columns=dict.fromkeys(("gdp", "x", "y"), "地区生产总值"))
    save(frame, tmp_path)
    says(tmp_path, "tables: {yearbook: {columns: {gdp: column J}}}")
    assert read(tmp_path).tables["yearbook"]["gdp"].tolist() == book["gdp"].tolist()


def test_a_letter_that_means_another_column_in_each_file_is_a_fault(book, tmp_path):
    as_files_by_columns(book, tmp_path)
    says(tmp_path, "tables: {yearbook: {columns: {gdp: column D}}}")
    found = fault(tmp_path)
    assert "gdp: 'column D' is " in found and found.endswith(": write the heading")
    assert found.count("\n") == 0


def test_the_units_of_things_that_are_counted_are_no_row(book, tmp_path):
    save(book, tmp_path)
    firms = book[["county", "year"]].assign(agro_processing=3, auxiliary=4)
    heads = ["县代码", "统计年度", "新增农产品加工企业", "新增农林牧渔辅助性企业"]
    units = ["没有单位", "没有单位", "家", "家"]
    workbook(tmp_path, grid(firms, heads, units), name="registrations.xlsx")
    found = read_folder(tmp_path, ["yearbook", "registrations"]).tables["registrations"]
    assert len(found) == len(firms) and found["agro_processing"].eq(3).all()


def test_a_note_merged_over_the_table_is_one_and_a_way_back_is_no_way_out(
    book, tmp_path, monkeypatch
):
    (tmp_path / "here").mkdir()
    (tmp_path / "tables").mkdir()
    rows = [*grid(book, [ZH[c] for c in book]), ["2. 人口为常住人口"]]
    workbook(tmp_path / "tables", rows, ["A32:S32"], name="县域.xlsx")
    says(tmp_path / "tables", "tables: {yearbook: {file: 县域.xlsx}}")
    monkeypatch.chdir(tmp_path / "here")
    assert len(read("../tables").tables["yearbook"]) == len(book)


def test_old_excel_is_read(tmp_path, book):
    """The file is made by LibreOffice where there is one; calamine reads all Excel alike."""
    from yearbooks.files import READERS, _excel

    assert {".xls", ".xlsb", ".ods"} <= {s for s, reader in READERS.items() if reader is _excel}


# --- questions and faults ---------------------------------------------------------------


def in_units(folder, frame, words=""):
    save(frame, folder)
    if words:
        says(folder, words)
    return folder


def other(column, factor, rows=slice(None)):
    def change(book):
        made = book.astype({column: float})
        made.loc[rows(book) if callable(rows) else rows, column] *= factor
        return made

    return change


def of(year=None, province=None):
    return lambda book: book["year"] == year if year else book["county"].str.startswith(province)


DOUBTS = {
    "a year in 亿元": (
        other("gdp", 1e-4, of(2020)),
        "",
        r"in 2020 .*亿元 would fit.*\n.*\{2020: '亿元'\}",
    ),
    "a province in 亿元": (
        other("loans", 1e-4, of(province="41")),
        "",
        r"in 41 .*\n.*loans: \{41: '亿元'\}",
    ),
    "a year's income a month's": (
        other("rural_income", 1 / 12, of(2020)),
        "",
        r"in 2020 the typical county has 0\.08\d* times",
    ),
    "an answer for all years about one": (
        other("gdp", 1e-4, of(2020)),
        "tables: {yearbook: {units: {gdp: 万元}}}",
        r"in 2020 .*亿元",
    ),
    "the implausible answer": (
        lambda b: other("gdp", 1e-4)(b),
        "tables: {yearbook: {units: {gdp: 万元}}}",
        r"in all years .*if the unit is 万元.*亿元 would fit.*\n.*units: \{gdp: '亿元'\}",
    ),
    "heading and mapping differ": (
        lambda b: b.rename(columns={"gdp": "地区生产总值（亿元）"}),
        "tables: {yearbook: {units: {gdp: 万元}}}",
        r"the file says '亿元', mapping.yml says '万元'",
    ),
    "incomes swapped": (
        lambda b: b.rename(
            columns={"urban_income": "rural_income", "rural_income": "urban_income"}
        ),
        "",
        r"swapped\? .*\n.*\{urban_income: 'rural_income', rural_income: 'urban_income'",
    ),
    "dates": (
        lambda b: b.assign(year=b["year"].map("{}年12月31日".format)),
        "",
        r"holds dates, such as '2018年12月31日'.*\n.*units: \{year: date\}",
    ),
    "empty throughout": (
        lambda b: b.assign(urban_income=""),
        "",
        r"urban_income is empty in all 30 rows",
    ),
    "a city yearbook": (
        lambda b: b.assign(county=b["county"].str[:4] + "00"),
        "",
        r"all rows have codes of prefectures",
    ),
    "no telephones": (
        lambda b: b.drop(columns="telephones"),
        "",
        r"telephones.*missing.*\n.*\n.*absent: \[telephones\]",
    ),
    "the same heading twice": (
        lambda b: b.assign(x=1).rename(columns={"x": "地区生产总值", "gdp": "地区生产总值"}),
        "",
        r"column J.*column T.*rename or remove one.*\n.*\{gdp: column J\}",
    ),
    "the same row twice": (
        lambda b: pd.concat([b, b.iloc[[3]]]),
        "",
        r"line 5 and yearbook.csv, line 32: 2 rows share .* and are the same; keep one",
    ),
    "another row of the same key": (
        lambda b: pd.concat([b, b.iloc[[3]].assign(gdp=1_200_001)]),
        "",
        r"line 5 .*line 32.* differ in gdp",
    ),
    "Excel's number for an error": (
        lambda b: b.assign(loans=b["loans"].where(b.index != 7, -2146826273) / 1e4).rename(
            columns={"loans": "贷款余额（亿元）"}
        ),
        "tables: {yearbook: {columns: {loans: 贷款余额（亿元）}}}",
        r"line 9, column loans \(贷款余额（亿元）\), value '-214682.6273': expected not negative",
    ),
    "populations that do not add up": (
        lambda b: b.assign(urban_population=b["urban_population"] * 2),
        "",
        r"urban_population \+ rural_population must be population: urban_population is [\d,]+, "
        r"rural_population is [\d,]+, population is [\d,]+",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", DOUBTS)
def test_a_doubt_is_one_clear_question(book, tmp_path, kind):
    change, words, expected = DOUBTS[kind]
    found = fault(in_units(tmp_path, change(book), words))
    assert re.search(expected, found), found
    questions = re.split(r"\n(?! {4})", found)
    assert len(questions) == 1 or kind.startswith("populations"), found  # one fault for one mistake


ANSWERED = [
    "a year in 亿元",
    "a province in 亿元",
    "the implausible answer",
    "incomes swapped",
    "dates",
    "no telephones",
    "the same heading twice",
]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ANSWERED)
def test_what_a_question_offers_answers_it(book, tmp_path, kind):
    change, words, _ = DOUBTS[kind]
    lines = fault(in_units(tmp_path, change(book), words)).split("\n")[1:]
    offered = lines[-1].split("absent:")[1] if kind == "no telephones" else lines[0]
    says(tmp_path, f"absent:{offered}" if kind == "no telephones" else offered.strip())
    found = read(tmp_path).tables["yearbook"]
    assert len(found) == 30
    middle = found["gdp"].median()
    assert kind == "the same heading twice" or 1.19e6 < middle < 1.21e6


@pytest.mark.parametrize("kind", ["a province in 亿元"])
def test_what_is_right_as_it_is_can_be_said(book, tmp_path, kind):
    change, words, _ = DOUBTS[kind]
    right = fault(in_units(tmp_path, change(book), words)).split("right as it is: ")[1]
    says(tmp_path, f"tables: {{yearbook: {right}}}")
    assert len(read(tmp_path).tables["yearbook"]) == 30


def test_whole_ten_thousands_add_up_within_their_rounding(book, tmp_path):
    people = ["population", "urban_population", "rural_population"]
    frame = book.assign(urban_population=book["urban_population"] + 4000,
                        rural_population=book["rural_population"] - 4000)  # fmt: skip
    rounded = frame.assign(**{c: (frame[c] / 1e4).round() for c in people})
    save(rounded.rename(columns={c: f"{ZH[c]}（万人）" for c in people}), tmp_path)
    assert len(read(tmp_path).tables["yearbook"]) == 30


def test_columns_by_two_files_with_a_row_more_are_told(book, tmp_path):
    as_files_by_columns(book, tmp_path)
    frame = pd.read_csv(tmp_path / "yearbook_收入.csv").iloc[:-1]
    save(frame, tmp_path, "yearbook_收入.csv")
    notes = [n for n in read(tmp_path).notes if n.doubt and "one of them only: 1" in n.words]
    assert notes


# --- names, codes, labels ----------------------------------------------------------------


def lists(folder, *counties, **columns):
    frame = pd.DataFrame({"county": counties, "batch_year": 2020, "cluster": "a", "product": "b",
                          "cluster_type": "grain"} | columns)  # fmt: skip
    save(frame, folder, "clusters.csv")


def clusters_of(folder):
    return read_folder(folder, ["yearbook", "clusters"]).tables["clusters"]["county"].tolist()


def test_counties_by_name_are_looked_up(book, tmp_path):
    save(book, tmp_path)
    lists(tmp_path, "乙县", "石家庄市丙县", "河南省甲县")
    assert clusters_of(tmp_path) == ["130123", "130125", "410223"]
    lists(tmp_path, "甲县", "甲县", 省份=["河北省", "河南"])
    assert clusters_of(tmp_path) == ["130121", "410223"]


def test_a_name_that_is_not_one_county_is_a_question(book, tmp_path):
    save(book, tmp_path)
    lists(tmp_path, "甲县", "庚县")
    found = fault(tmp_path, ["yearbook", "clusters"])
    assert "line 2, column county, value '甲县': a county of this name has the codes" in found
    assert "line 3, column county, value '庚县': a county of this name is not in" in found
    assert "codes: {庚县" in found and "S and three" not in found


def test_of_a_yearbook_with_faults_only_they_are_told_and_no_name(book, tmp_path):
    save(book.drop(columns="county"), tmp_path, "yearbook.csv")
    says(tmp_path, "tables: {yearbook: {columns: {gdp: 产值}}}")
    lists(tmp_path, "乙县", "庚县")
    found = fault(tmp_path, ["yearbook", "clusters"])
    assert found == "mapping.yml: tables: yearbook: columns: gdp: '产值' heads no column"


def test_a_code_that_moves_between_prefectures_is_noticed(book, tmp_path):
    late = (book["county"] == "130123") & (book["year"] > 2020)
    save(book.assign(county=book["county"].mask(late, "130823")), tmp_path)
    assert any("130123 and 130823" in note.words for note in read(tmp_path).notes)


def test_codes_that_no_row_has_are_told(book, tmp_path):
    save(book, tmp_path)
    lists(tmp_path, "130121")
    says(
        tmp_path,
        "codes: {'139999': '130121'}\nabsent: [capaa, registrations, gi_products, terrain]",
    )
    assert [n.detail for n in read_folder(tmp_path).notes if n.doubt] == ["139999"]


def test_stata_names_tell_labels_apart_and_stale_labels_are_told(book, tmp_path):
    frame = book.astype({"year": "int32"}).assign(gdp_old=1.0, inc_r=book["rural_income"])
    labels = {"gdp_old": "gdp", "urban_income": "农村居民人均可支配收入"}
    frame.to_stata(
        tmp_path / "yearbook.dta", write_index=False, variable_labels=labels, version=118
    )
    says(tmp_path, "tables: {yearbook: {columns: {gdp: gdp, rural_income: inc_r}}}")
    loaded = read(tmp_path)
    assert loaded.tables["yearbook"]["gdp"].min() > 1e6
    assert any(n.doubt and "urban_income: rural_income" in n.detail for n in loaded.notes)


# --- files that are not read, and files that are too much ---------------------------------


@pytest.mark.parametrize(("name", "content", "words"), [
    ("yearbook.sav", b"x", r"\.sav is not read .*save it as Stata"),
    ("yearbook.parquet", b"x", r"read_parquet\('yearbook.parquet'\)"),
    ("yearbook.zip", b"x", "unpack it"),
    ("yearbook.csv", b"", r"is empty \(0 bytes\)"),
    ("mapping.yml.txt", b"absent: []", "mapping.yml.txt is not read: rename it"),
    ("mapping.yaml", b"absent: []", "mapping.yaml is not read"),
    ("mapping.yml", b"tables:\n\tyearbook:\n\t\tfile: x", r"^mapping.yml is not .* line 2: a tab"),
    ("mapping.yml", b"codes: {a: b}\ncodes: {c: d}", r"line 2: 'codes' stands twice"),
    ("mapping.yml", b"a\x00b", "mapping.yml is not YAML"),
    ("yearbook.csv", b'county,year,gdp\n130121,2018,1\n130121,"2019,2\n', r"line 3: .*quote opens"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_says_what_to_do(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    found = fault(tmp_path)
    assert re.search(words, found) and "\n" not in found.strip()


def test_a_named_file_of_a_format_that_is_not_read(tmp_path):
    (tmp_path / "年鉴.sav").write_bytes(b"x")
    says(tmp_path, "tables: {yearbook: {file: 年鉴.sav}}")
    assert ".sav is not read" in fault(tmp_path)


def test_a_link_is_followed_whatever_its_name(book, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "tables").mkdir()
    save(book, tmp_path / "elsewhere", "x.csv")
    (tmp_path / "tables" / "nj.csv").symlink_to(tmp_path / "elsewhere" / "x.csv")
    says(tmp_path / "tables", "tables: {yearbook: {file: nj.csv}}")
    assert len(read(tmp_path / "tables").tables["yearbook"]) == 30


def test_a_stray_file_of_two_gigabytes_is_not_read(book, tmp_path):
    save(book, tmp_path)
    with (tmp_path / "backup.csv").open("wb") as stray:
        stray.truncate(2_000_000_000)  # takes no room on the disk
    assert len(read(tmp_path).tables["yearbook"]) == 30
    (tmp_path / "backup.csv").rename(tmp_path / "yearbook_old.csv")
    (tmp_path / "yearbook.csv").rename(tmp_path / "yearbook_new.csv")
    assert "yearbook_old.csv has 2.0 GB" in fault(tmp_path)


def test_a_cell_in_the_last_row_and_an_error_value_are_told(book, tmp_path):
    workbook(tmp_path, grid(book, list(book)))
    sheet = openpyxl.load_workbook(tmp_path / "yearbook.xlsx")
    sheet.active["J4"] = "#DIV/0!"
    sheet.save(tmp_path / "yearbook.xlsx")
    assert "line 4, column gdp, value '#DIV/0!': expected a number" in fault(tmp_path)
    sheet.active["A1048576"] = "x"
    sheet.save(tmp_path / "yearbook.xlsx")
    assert "something stands in row 1048576, far from the table" in fault(tmp_path)
    sheet.active["XFD2"] = "x"
    sheet.save(tmp_path / "yearbook.xlsx")
    assert "something stands in cell XFD2" in fault(tmp_path)


@pytest.mark.slow
def test_a_bomb_is_not_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "yearbook.xlsx", "w", zipfile.ZIP_DEFLATED) as bomb:
        with bomb.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(600):
                part.write(bytes(1_000_000))
    assert "unpacks to 0.6 GB" in fault(tmp_path)


def test_a_sheet_that_is_named_is_read_and_the_others_are_told(book, tmp_path):
    as_sheets_by_year(book, tmp_path)
    says(tmp_path, "tables: {yearbook: {sheet: 2018年}}")
    loaded = read(tmp_path)
    assert len(loaded.tables["yearbook"]) == 6
    assert any("2019年" in n.detail and n.doubt for n in loaded.notes)
    says(tmp_path, "tables: {yearbook: {sheet: 2017}}")
    assert "which of the sheets" in fault(tmp_path) and "sheet: all" in fault(tmp_path)


def test_repairs_are_told_on_failure_too(book, tmp_path):
    (tmp_path / "yearbook.csv").write_bytes(
        book.astype({"gdp": object}).assign(gdp="x").to_csv(index=False).encode("gb18030")
    )
    with pytest.raises(ReadingError) as caught:
        read(tmp_path)
    assert any("gb18030" in note.words for note in caught.value.notes)


def test_no_word_of_a_table_stands_in_what_a_book_shows(book, tmp_path):
    """Titles, headings, names and codes are for the owner of the tables only."""
    canary = "金丝雀"
    frame = book.assign(**{canary: "x"}).rename(columns={"gdp": f"{canary}gdp"})
    frame.loc[0, "county_name"] = canary
    total = frame.iloc[[0]].assign(county="000000", county_name=f"{canary}合计")
    rows = grid(pd.concat([frame, total]), [f"{canary} 电话 123"], list(frame))
    workbook(tmp_path, rows, name=f"{canary}.xlsx")
    named = f"columns: {{gdp: {canary}gdp}}"
    says(tmp_path, f"tables: {{yearbook: {{file: {canary}.xlsx, {named}}}}}")
    notes = read(tmp_path).notes
    assert sum(canary in note.words for note in notes) > 3
    assert not [note for note in notes if canary in note.what + note.table]


# --- small parts -------------------------------------------------------------------------


def test_headings_part_into_name_unit_and_year():
    assert headings.of_year("地区生产总值2018（万元）") == ("地区生产总值", "万元", "2018")
    assert headings.of_year("2018年地区生产总值（万元）") == ("地区生产总值", "万元", "2018")
    assert headings.of_year("gdp_2018") == ("gdp", "", "2018")
    assert headings.of_year("人口") == ("人口", "", "")


def test_rounding_is_half_a_unit_of_the_last_digit():
    text = pd.Series(["40.0", "7.0", "33.0"])
    assert cells.rounding(text, 1e4 * text.astype(float)) == 5000
    assert cells.rounding(pd.Series(["40.25"]), pd.Series([402500.0])) == 50
    assert cells.rounding(pd.Series(["1,234", "x"]), pd.Series([1234.0, np.nan])) == 0.5
    assert cells.rounding(pd.Series(["x"]), pd.Series([np.nan])) == 0


def test_a_county_whose_value_is_a_hundred_times_the_usual_is_counted(book):
    frame, notes = book.assign(gdp=book["gdp"].where(book.index != 3, book["gdp"] * 1000)), []
    sheet = Sheet(Path("yearbook.csv"), "yearbook", {}, notes, [])
    plausible.doubts(frame, [sheet])
    assert [(n.what.partition(":")[0], n.rows) for n in notes] == [("gdp", 1)]
