"""Chapters on raw tables unlike the paper's: computed, or a page with the reason why not."""

import re

import pytest
import unusual

from bookkit.contents import NOTEBOOKS, chapters
from clustergap import check_data

NO_EFFECT = "No county-year of these data is treated"
COMPUTED = ""
PANELS = {
    # name: maker, {chapter: why it is not computed}, {chapter: words on its page}
    "one cohort": (
        unusual.one_cohort,
        {"04_6": COMPUTED, "07_5": COMPUTED, "07_a": COMPUTED},
        {"04_6": r"Not shown: \(2\) Grain\. All counties of this sample join",
         "07_5": "Not shown: sample before the last start"},
    ),
    "nobody never treated": (
        unusual.no_never_treated,
        {"04_4": COMPUTED, "04_5": COMPUTED, "04_6": COMPUTED,
         "07_1": COMPUTED, "07_2": COMPUTED, "07_a": COMPUTED},
        {"04_4": r"Not shown: \(3\) PSM-DID\. .*all counties are of one kind",
         "04_6": "Not shown: High-value and Grain. Every county",
         "07_1": "takes the last cohort for never treated", "07_2": "Until 2021",
         "07_a": "takes the last cohort for never treated"},
    ),
    "nobody treated": (
        unusual.no_treated,
        {"04_1": NO_EFFECT, "04_5": NO_EFFECT, "04_6": NO_EFFECT, "07_3": NO_EFFECT,
         "07_a": NO_EFFECT}, {},
    ),
    "two cohorts": (unusual.two_cohorts, {"04_2": COMPUTED, "07_1": COMPUTED}, {}),
    "other years": (
        unusual.other_years, {"04_2": COMPUTED, "07_1": COMPUTED}, {"04_2": "runs from −6 to 4"}),
    "unbalanced": (
        unusual.unbalanced,
        {"04_4": COMPUTED, "04_5": COMPUTED, "07_5": COMPUTED, "07_a": COMPUTED}, {}),
    "no capaa": (
        unusual.without("capaa"), {"04_4": COMPUTED},
        {"04_4": r"Not shown: \(4\) CAPAA\. It takes `capaa`"}),
    "no GI": (
        unusual.without("gi_products"), {"04_5": COMPUTED},
        {"04_5": "table `gi_products`.*as three tests of one hypothesis"}),
    "no registrations": (
        unusual.without("registrations"),
        {"03": COMPUTED, "04_5": COMPUTED}, {"04_5": "table `registrations`"}),
    "no mechanism": (
        unusual.without("registrations", "gi_products", "machinery_power"),
        {"04_5": COMPUTED}, {"04_5": r"no Table 5 on these data.*incomes and people"}),
    "no telephones": (
        unusual.without("telephones"), {"04_1": COMPUTED, "04_3": COMPUTED, "07_b": COMPUTED},
        {name: "Not among the controls: `com`" for name in ("04_1", "04_3", "07_b")}),
    "treated from the start": (
        unusual.from_the_start,
        {name: COMPUTED for name in ("04_2", "04_3", "07_1", "07_3", "07_6", "07_a")}, {}),
    "no terrain": (unusual.without("terrain"), {"04_3": "table `terrain`"}, {}),
    "one province": (
        unusual.one_province, {"03": COMPUTED, "07_4": COMPUTED, "07_8": COMPUTED},
        {"07_4": "Not shown: the estimate without each province.*one province only",
         "07_8": "Not shown: the jackknife by province"}),
    "three years": (
        unusual.three_years,
        {"04_3": COMPUTED, "07_3": COMPUTED, "07_b": COMPUTED, "07_a": "Trends before the policy"},
        {"04_3": "Not shown: the test. Trends before the policy take two years",
         "07_3": "Not shown: the reduced form before the policy"}),
    "gaps in years": (
        unusual.gaps_in_years, {"07_1": COMPUTED}, {"07_1": "Not shown: Local projections. They"}),
    "long after": (
        unusual.long_after, {"04_5": COMPUTED, "07_1": COMPUTED, "07_2": COMPUTED},
        {"04_5": r"Not shown: column 2\. .* explain the treatment completely|is treated"}),
    "no cluster": (
        unusual.no_cluster, {"04_6": COMPUTED, "07_4": COMPUTED},
        {"04_6": r"Not shown: \(1\) High-value and \(2\) Grain\. It takes `cluster_type`.*"
                 r"Two splits are two tests.*The four samples of Table 6 \(dots\)\.",
         "07_4": "It takes `industrial_cluster`"}),
    "singletons": (unusual.singletons, {"04_1": COMPUTED, "07_6": COMPUTED}, {}),
    "no controls": (
        unusual.without(*unusual.RAW_CONTROLS),
        {"04_1": COMPUTED, "04_4": COMPUTED, "07_1": COMPUTED, "07_4": COMPUTED,
         "07_b": "none of the paper's controls"},
        {"04_1": "Not among the controls: `pgdp`, which"}),
    "few counties": (
        unusual.few_counties,
        {name: COMPUTED for name in ("04_4", "04_6", "07_2", "07_5", "07_b")},
        {"04_6": "Not shown: .*fewer than 5 counties"}),
    "small cells": (
        unusual.small_cells,
        {name: COMPUTED for name in ("03", "04_1", "04_2", "07_1", "07_4")}
        | {"07_6": "A cohort has fewer than 5 counties"},
        {"03": "withheld", "04_1": "Not shown: column 1 and the constants",
         "04_2": "withheld", "07_1": "Not shown: the decomposition", "07_4": "withheld"},
    ),
}  # fmt: skip
EVERY_TIME = {("nobody treated", "04_1"), ("no telephones", "04_1"), ("no telephones", "07_b"),
              ("no GI", "04_5"),
              ("small cells", "03")}  # fmt: skip
CASES = [
    pytest.param(kind, name, marks=() if (kind, name) in EVERY_TIME else pytest.mark.weekly)
    for kind, (_, expected, _) in PANELS.items()
    for name in expected
]


@pytest.fixture(scope="module")
def some():
    return unusual.some(unusual.whole())


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "name"), CASES)
def test_a_chapter_is_computed_or_says_why_not(some, kind, name, tmp_path):
    maker, expected, words = PANELS[kind]
    tables = maker(some)
    chapter = next(n for n in chapters() if n.startswith(name))
    book = unusual.execute(chapter, unusual.write(tables, tmp_path / "tables"), tmp_path)
    page, why = unusual.text_of(book), book.metadata.get("ended", "")
    assert re.search(expected[name], why) and bool(why) is bool(expected[name]), why
    assert not re.search(r"\w+Error\b|Traceback|\bnan\b", page)
    assert str(tmp_path) not in page
    assert re.search(words.get(name, ""), page, re.DOTALL)
    if kind == "small cells":
        no_small_cell_is_told(tables, page)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind, (_, chapters_, _) in PANELS.items() for name, why in chapters_.items()
     if why],
)  # fmt: skip
def test_a_chapter_that_is_not_computed_is_foreseen(some, kind, name, tmp_path):
    report = check_data.check(unusual.write(PANELS[kind][0](some), tmp_path / "tables"))
    number = re.sub(r"^0(\d)_(\w+)", lambda m: m[1] + "." * m[2].isdecimal() + m[2], name)
    told = report.text().split("What was read")[0]
    assert f"{number}" in told or report.head.startswith("The book would lack a main table")


# the codebook of variables, an exercise, and the demonstration of software need no such note
WITHOUT_NOTE = {"03_data", "06_conclusion", "07_8_tools"}


def test_every_chapter_that_uses_the_controls_says_which_are_missing():
    texts = {path.stem: path.read_text("utf-8") for path in NOTEBOOKS.glob("*.py")}
    using = {name for name, text in texts.items() if re.search(r"\bstudy\.controls\b", text)}
    assert using - {n for n, text in texts.items() if "study.controls_note" in text} == WITHOUT_NOTE


def no_small_cell_is_told(tables, page):
    """Neither the first cohort's size nor what would give it away by subtraction."""
    page = re.sub("<[^>]*>", " ", page)
    sizes = tables["clusters"].groupby("batch_year").size()
    assert sizes[2020] == 3
    rows = len(tables["yearbook"])
    told = {
        "N without event time -8": f"{rows - sizes[2022]:,}",
        "treated county-years": f"{int((2023 - sizes.index) @ sizes)}",
        "rows of the high-value sample": f"{rows - 18:,}",
    }
    whole = r"(?<![\d.,−-]){}(?![.,]?\d)"
    found = {
        what: [s for s in page.split("\n") if re.search(whole.format(re.escape(number)), s)]
        for what, number in told.items()
    }
    assert {what: lines for what, lines in found.items() if lines} == {}
