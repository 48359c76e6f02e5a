"""Data that cannot carry a chapter whole: sections end with a reason, the rest goes on."""

import json
import os
import re

import nbformat
import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
import unusual

from bookkit import build, pairs, sections
from clustergap import requirements
from clustergap.panel import MIN_CELL_COUNTIES, Study
from paneldid import identified as estimable
from paneldid.identified import Gaps, NotEstimable

SEED = 11


# --- what a panel cannot answer --------------------------------------------------------


def panel(cohorts, years=range(2014, 2020)):
    """A county for each cohort, None if never treated."""
    frame = pd.DataFrame(
        [(f"{i:06d}", year, cohort) for i, cohort in enumerate(cohorts) for year in years],
        columns=["county", "year", "cohort"],
    ).astype({"cohort": float})
    treat = frame["cohort"].notna().astype(int)
    post = (frame["year"] >= frame["cohort"]).astype(int)
    return frame.assign(
        treat=treat, post=post, did=post, event_time=frame["year"] - frame["cohort"]
    )


@pytest.mark.parametrize(
    ("cohorts", "words"),
    [
        ([None, None, None], "No county-year of the sample is treated"),
        ([2014, 2013, 2012], "Every county-year of the sample is treated"),
        ([2016, 2016, 2016], "all in the same year"),
        ([2030, 2030, None], "No county-year"),
        ([2010, None, 2012], "explain the treatment completely"),
        ([2016, None], ""),
        ([2016, 2018], ""),
    ],
)
def test_why_there_is_no_effect(cohorts, words):
    said = estimable.without_effect(panel(cohorts), "the sample")
    assert words in said and bool(words) is bool(said)
    if words:
        with pytest.raises(NotEstimable, match=words):
            estimable.require_effect(panel(cohorts), "the sample")


def test_no_rows_and_counties_seen_once():
    frame = panel([2016, 2016, None])
    assert "There is no county-year" in estimable.without_effect(frame.head(0))
    once = frame[(frame["treat"] == 1) | (frame["year"] == 2014)]
    assert "all in the same year" in estimable.without_effect(once)


@pytest.mark.filterwarnings("ignore")
def test_there_is_an_effect_if_and_only_if_pyfixest_has_a_coefficient():
    rng = np.random.default_rng(SEED)
    answers = set()
    for _ in range(60):
        chosen = [None, 2012, 2016, 2016, 2018][: rng.integers(2, 6)]
        cohorts = [chosen[i] for i in rng.integers(0, len(chosen), rng.integers(2, 5))]
        frame = panel(cohorts)
        frame = frame[rng.random(len(frame)) > 0.15]
        frame["y"] = rng.standard_normal(len(frame))
        if not frame["did"].any():
            continue
        try:
            fit = pf.feols("y~did|county+year", frame, vcov="iid", fixef_rm="singleton")
            has = "did" in fit.coef().index and np.isfinite(fit.coef()["did"])
        except (ValueError, ZeroDivisionError):
            has = False
        assert (estimable.without_effect(frame) == "") is bool(has), cohorts
        answers.add(bool(has))
    assert answers == {True, False}


def test_a_variable_that_is_not_held_names_its_table():
    frame = panel([2016, None])
    requirements.require(frame, "did", "cohort")
    with pytest.raises(NotEstimable, match=r"`brand` \(agricultural products.*table `gi_products`"):
        requirements.require(frame, "did", "brand")


def test_never_treated_and_several():
    estimable.require_never(panel([2016, None]))
    with pytest.raises(NotEstimable, match="sooner or later"):
        estimable.require_never(panel([2016, 2018]))
    estimable.require_several(panel([2016, None]), "county", "year")
    with pytest.raises(NotEstimable, match="one county only"):
        estimable.require_several(panel([2016]), "year", "county")


def test_the_last_cohort_stands_in_for_the_never_treated():
    mixed = panel([2016, None])
    same, words = estimable.with_comparison(mixed)
    assert same is mixed and words == ""
    frame = panel([2016, 2017, 2018])
    before = frame.copy()
    shorter, words = estimable.with_comparison(frame)
    pd.testing.assert_frame_equal(frame, before)
    assert "Until 2017" in words and shorter["year"].max() == 2017
    late = shorter[shorter["county"] == "000002"]
    assert not late[["treat", "post", "did"]].any(axis=None)
    assert late[["cohort", "event_time"]].isna().all(axis=None)
    pd.testing.assert_frame_equal(
        shorter[shorter["county"] != "000002"],
        frame[(frame["county"] != "000002") & (frame["year"] < 2018)],
    )
    with pytest.raises(NotEstimable, match="sooner or later"):
        estimable.with_comparison(panel([2016, 2016]))


def test_all_that_start_after_the_shorter_panel_are_untreated_in_it():
    frame = panel([2016, 2017, 2018], years=(2014, 2015, 2016, 2019))
    shorter, _ = estimable.with_comparison(frame)
    assert shorter["year"].max() == 2016
    assert shorter.groupby("county")["treat"].max().tolist() == [1, 0, 0]
    assert shorter.groupby("county")["cohort"].max().notna().tolist() == [True, False, False]


def test_a_column_that_cannot_be_filled_is_left_out_and_named():
    gaps, made = Gaps(), []
    for name in ("(1)", "(2)", "(3)"):
        with gaps.column(name):
            if name == "(2)":
                raise NotEstimable("Nobody is left.")
            made.append(name)
    assert made == ["(1)", "(3)"] and gaps.note == " Not shown: (2). Nobody is left."
    assert Gaps().note == ""
    with pytest.raises(ValueError, match="a fault"), gaps.column("(4)"):
        raise ValueError("a fault")


# --- sections --------------------------------------------------------------------------

CHAPTER = (
    ("markdown", "# One\n\nHead."),
    ("code", "import math\npanel = 1"),
    ("markdown", "## First\n\nWords.\n\n### Second\n\nMore."),
    ("code", "fits = 1"),
    ("code", "table(fits)\nlost = 2"),
    ("markdown", "It is {glue:text}`beta:.2f`."),
    ("markdown", "## Third"),
    ("code", "def shown(own):\n    return lost + own"),
    ("markdown", "## Fourth\n\nSee {numref}`tbl-first` and {numref}`tbl-fourth`."),
    ("code", "lost = 3\nprint(lost)"),
    ("code", "print(lost)"),
)


def notebook():
    kinds = {"markdown": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}
    return nbformat.v4.new_notebook(cells=[kinds[kind](text) for kind, text in CHAPTER])


def run(book, failing, name="NotEstimable", words="Nobody is left.", absent=(), effect=""):
    """Drive the hooks as nbclient does; a cell whose text holds ``failing`` fails."""
    sections.split(book)
    skipping = sections.Skipping(list(absent), effect)
    for at, cell in enumerate(book.cells):
        skipping.before(cell, at)
        if cell.cell_type != "code" or "skip-execution" in cell.metadata.get("tags", []):
            continue
        cell.execution_count = at
        if failing in cell.source:
            cell.outputs = [nbformat.v4.new_output("error", ename=name, evalue=words)]
            skipping.failed(cell, at, {"content": {"ename": name, "evalue": words}})
    return skipping


def test_sections_are_split_at_their_headings():
    book = notebook()
    sections.split(book)
    heads = [c.source.split("\n")[0] for c in book.cells if c.cell_type == "markdown"]
    assert heads == ["# One", "## First", "### Second", "It is {glue:text}`beta:.2f`.", "## Third",
                     "## Fourth"]  # fmt: skip
    assert len({cell.id for cell in book.cells}) == len(book.cells)
    words = "\n\n".join(c.source for c in book.cells if c.cell_type == "markdown")
    assert words == "\n\n".join(text for kind, text in CHAPTER if kind == "markdown")


@pytest.mark.parametrize(
    ("cell", "made", "needed"),
    [
        ("rows = rows[rows > 1]", "rows", "rows"),
        ("rows += 1", "rows", "rows"),
        ("rows = 1\nrows += own", "rows", "own"),
        ("print(rows)\nrows = 2", "rows", "rows print"),
        ("import math\nimport a.b as c\nfrom d import e as f", "math c f", ""),
        ("class A:\n    size = rows\n\n    def f(self):\n        return own", "A", "rows own"),
        ("@d\ndef f(n: int, r=r):\n    x = n\n    return f(x, own)", "f", "d int r own"),
        ("def f():\n    return name + own\nfor name in own: f()", "f name", "own"),
        ("def f(x):\n    def g(y): return x + y\n    return g", "f", ""),
        ("for name, fit in fits: print(name, fit)", "name fit", "fits print"),
        ("made = [rows + own for rows in sets if rows]", "made", "sets own"),
        ("rows = sum(r for r in own if r in rows)", "rows", "sum own rows"),
        ("rows = own.assign(x=lambda own: own.x + rows.x)", "rows", "own rows"),
        ("with open(own) as file: (n := file.read())\nn", "file n", "open own"),
        ("%matplotlib inline", "", ""),
    ],
)
def test_names_that_a_cell_makes_and_needs(cell, made, needed):
    names = sections._Names(cell)
    assert (names.made, names.needed) == (set(made.split()), set(needed.split()))


def test_a_lost_name_is_missed_by_whatever_uses_it_and_not_by_what_makes_it_anew():
    cells = {"A": "rows = fail", "B": "rows = rows[1:]", "C": "rows += 1", "D": "import rows",
             "E": "rows"}  # fmt: skip
    parts = [part for head, code in cells.items() for part in (f"## {head}", code)]
    kinds = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    made = [kinds[at % 2](part) for at, part in enumerate(parts)]
    skipping = run(nbformat.v4.new_notebook(cells=made), "fail")
    assert set(skipping.reasons) == {"A", "B", "C"}
    assert "“A”, which ended early" in skipping.reasons["B"]


def test_answers_about_the_data_that_ship_are_left_out():
    book = notebook()
    book.cells[3].metadata["tags"], book.cells[4].metadata["tags"] = ["solution"], ["check", "x"]
    sections.split(book)
    code = [cell.source for cell in book.cells if cell.cell_type == "code"]
    assert "fits = 1" not in code and "table(fits)\nlost = 2" not in code and len(code) == 4


def test_a_section_ends_and_what_does_not_build_on_it_goes_on():
    book = notebook()
    skipping = run(book, "table(fits)")
    assert skipping.reasons == {
        "Second": "Nobody is left.",
        "Third": "It builds on the section “Second”, which ended early.",
    }
    sections.tell(book, skipping.reasons)
    sources = [cell.source for cell in book.cells]
    assert "fits = 1" in sources and "table(fits)\nlost = 2" not in sources
    assert "**This section ends here.** Nobody is left." in sources[5]
    assert sources[-1] == "print(lost)" and "def shown" not in "".join(sources)
    assert set(book.metadata["clustergap_ended"]) == {"Second", "Third"}
    assert not any("section" in cell.metadata for cell in book.cells)
    nbformat.validate(book)


def test_a_chapter_whose_head_fails_ends_there():
    book = notebook()
    skipping = run(book, "panel = 1")
    sections.tell(book, skipping.reasons)
    assert [cell.cell_type for cell in book.cells] == ["markdown", "markdown"]
    assert "**This chapter ends here.** Nobody is left." in book.cells[1].source


def test_the_same_reason_is_not_repeated():
    book = notebook()
    skipping = run(book, "lost")
    sections.tell(book, skipping.reasons)
    ends = [cell.source for cell in book.cells if "ends here" in cell.source]
    assert sum("Nobody is left" in words for words in ends) == 1
    assert any("For the same reason as above" in words for words in ends)


def test_cells_after_a_kernel_died_say_so():
    book = notebook()
    sections.split(book)
    for cell in book.cells[:5]:
        cell.execution_count = 1
    sections.tell(book, {})
    ended = book.metadata["clustergap_ended"]
    assert set(ended) == {"Second", "Third", "Fourth"} and set(ended.values()) == {sections.DIED}


@pytest.mark.parametrize(
    ("name", "said", "told"),
    [
        ("NotEstimable", "Nobody is left: add some.", "^Nobody is left: add some.$"),
        ("KeyError", "\"['capaa'] not in index\"", "It takes `capaa`.*add the table `capaa`"),
        ("KeyError", "'ruggedness_trend'", "It takes `ruggedness_trend`.*table `terrain`"),
        ("ValueError", "capaas /home/x", "for a reason that the book does not foresee"),
    ],
)
def test_what_a_program_says_is_never_what_the_page_says(name, said, told):
    absent = ["capaa", "ruggedness", "ruggedness_trend"]
    skipping = run(notebook(), "table(fits)", name, said, absent)
    assert re.search(told, skipping.reasons["Second"])
    assert name == "NotEstimable" or said not in skipping.reasons["Second"]
    foreseen = "does not foresee" not in skipping.reasons["Second"]
    assert skipping.unforeseen == ({} if foreseen else {"Second": f"{name}: {said}"})


def test_where_there_is_no_effect_at_all_that_is_the_reason():
    skipping = run(notebook(), "table(fits)", "KeyError", "'did'", effect="No county is treated.")
    assert skipping.reasons["Second"] == "No county is treated." and skipping.unforeseen == {}


def glued(name, value):
    data = {"application/papermill.record/text/plain": repr(value)}
    meta = {"scrapbook": {"name": name}}
    return nbformat.v4.new_output("display_data", data=data, metadata=meta)


def test_a_passage_without_its_numbers_is_left_out():
    text = "A.\n\nIt is {glue:text}`a:.1f`.\n\n- is {glue:text}`b`\n- and {glue:text}`c`\n\nZ."
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("1"), nbformat.v4.new_markdown_cell(text)]
    )
    warning = nbformat.v4.new_output("stream", name="stderr", text="/home/x.py: a warning")
    book.cells[0].execution_count = 1
    book.cells[0].outputs = [glued("a", 1.5), glued("b", float("nan")), glued("c", 2), warning]
    sections.split(book)
    sections.tell(book, {})
    left = book.cells[1].source
    assert "{glue:text}`a:.1f`" in left and "{glue:text}`c`" in left and "`b`" not in left
    assert "A passage is left out" in left and "Z." in left
    assert len(book.cells[0].outputs) == 3
    assert sections._without_gaps(text, {"a", "b", "c"}, told=False) == text


@pytest.mark.parametrize("path", ["/home/x/my tables", r"C:\\Users\\x\\my tables"])
def test_the_folder_of_the_tables_is_named_without_its_path(path):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f'DATA = "{path}"')])
    book.cells[0].metadata["tags"], book.cells[0].execution_count = ["injected-parameters"], 1
    sections.tell(book, {})
    assert book.cells[0].source == 'DATA = "path/to/my tables"'


def test_references_to_what_was_not_made_become_words():
    text = "{numref}`tbl-here`, {numref}`fig-gone`, {numref}`tbl-gone`, {eq}`eq-gap`"
    made = sections.labels('":name: tbl-here\\n"')
    assert made == {"tbl-here"}
    assert sections.heal(text, made) == (
        "{numref}`tbl-here`, a figure that these data do not give, a table that these data do not "
        "give, {eq}`eq-gap`"
    )


# --- small cells -----------------------------------------------------------------------


def study_of(cohorts, synthetic=False):
    return Study(panel(cohorts), pd.DataFrame(), "", synthetic, "")


def test_one_small_cohort_takes_the_next_smallest_along():
    study = study_of([None] * 9 + [2016] * 3 + [2017] * 6 + [2018] * 7)
    sizes = study.panel.drop_duplicates("county")["cohort"].fillna(0).value_counts()
    assert set(sizes.index[study.withheld(sizes)]) == {2016, 2017}
    assert not study.may_show_cohorts() and study_of([None] * 5 + [2016] * 5).may_show_cohorts()
    two = study.withheld(pd.Series({"a": 2, "b": 3, "c": 9, "d": 0}))
    assert two.tolist() == [True, True, False, False]
    assert study.withheld(pd.Series([3, 0, 40])).tolist() == [True, False, True]
    assert study.withheld(pd.Series([3, 0])).tolist() == [True, False]
    synthetic = study_of([None, 2016], synthetic=True)
    assert synthetic.may_show_cohorts() and synthetic.count(3) == "3"


@pytest.mark.parametrize("number", range(8))
def test_one_count(number):
    few = 0 < number < MIN_CELL_COUNTIES
    assert study_of([None]).count(number) == ("fewer than 5" if few else str(number))


def test_a_sample_of_few_counties_is_not_told_and_nor_is_the_rest():
    study = study_of([None] * 9 + [2016] * 4)
    few, rest = (study.panel[study.panel["treat"] == t] for t in (1, 0))
    for samples in ((few, rest), (rest, few)):
        with pytest.raises(NotEstimable, match="fewer than 5 counties"):
            requirements.require_told(study, *samples)
    requirements.require_told(study, rest, study.panel)
    requirements.require_told(study_of([None] * 9 + [2016] * 4, synthetic=True), few, rest)


# --- the chapters on unusual panels ----------------------------------------------------

NO_EFFECT = "No county-year of these data is treated"
BUILDS = "builds on the section|same reason|No county-year"
PANELS = {
    # name: maker, {chapter: {section that ends: reason}}, {chapter: words on the page}
    "one cohort": (
        unusual.one_cohort,
        {"04_6": {"Who is compared with whom in the grain sample?": "all in the same year"},
         "07_5": {}, "07_6": {}},
        {"04_6": r"Not shown: \(2\) Grain\. All counties of this sample join.*Grain \| – \|",
         "07_5": "Not shown: sample no last cohort"},
    ),
    "nobody never treated": (
        unusual.no_never_treated,
        {"04_4": {"What matching does": "joins a cluster sooner or later"},
         "04_5": {},
         "04_6": {"Beyond the paper: both types against the never treated": "sooner or later"},
         "07_1": {}, "07_2": {}, "07_6": {}},
        {"04_4": r"Not shown: \(3\) PSM-DID", "07_1": "takes the last cohort for never treated",
         "07_2": "Until 2021", "07_6": "Until 2021"},
    ),
    "nobody treated": (
        unusual.no_treated,
        {"04_1": {"Three regressions": NO_EFFECT, "Printed and re-estimated": BUILDS,
                  "Which standard errors?": BUILDS},
         "04_5": {"From cluster to mechanism": NO_EFFECT, "Printed and re-estimated": BUILDS,
                  "What is missing between the arrows": NO_EFFECT,
                  "Beyond the paper: which income moves?": BUILDS},
         "04_6": {"Six samples": NO_EFFECT,
                  "Who is compared with whom in the grain sample?": "There is no county-year",
                  "Beyond the paper: both types against the never treated": NO_EFFECT},
         "06": {"How much, in words that can be checked": NO_EFFECT},
         "07_3": {"all": NO_EFFECT},
         "80": {"Robustness": "Chapter 7.5 ended early",
                "Estimators for staggered adoption": "Chapter 7.1 ended early",
                "Credibility": "Chapter 90 ended early"}},
        {"06": "follows if", "80": "Fidelity"},
    ),
    "two cohorts": (unusual.two_cohorts, {"04_2": {}, "07_1": {}}, {}),
    "other years": (
        unusual.other_years, {"04_2": {}, "07_1": {}}, {"04_2": "runs from -6 to 4"}),
    "unbalanced": (unusual.unbalanced, {"04_4": {}, "04_5": {}, "04_6": {}, "07_5": {}}, {}),
    "no capaa": (
        unusual.without("capaa"), {"04_4": {}},
        {"04_4": r"Not shown: \(4\) CAPAA\. It takes `capaa`"}),
    "no GI": (
        unusual.without("gi_products"), {"04_5": {}}, {"04_5": "Not shown: column 4. It takes"}),
    "no registrations": (
        unusual.without("registrations"), {"03": {}, "04_5": {}}, {"04_5": "Not shown: column 2"}),
    "no terrain": (
        unusual.without("terrain"),
        {"04_3": {"The idea": "add the table `terrain`", "Printed and re-estimated": BUILDS,
                  "Is the instrument strong?": BUILDS, "Intervals that hold if it is weak": BUILDS},
         "07_3": {"all": "add the table `terrain`"}},
        {"04_3": "Strong is not valid"},
    ),
    "one province": (
        unusual.one_province,
        {"07_4": {"Which province carries it?": "one province only"},
         "07_8": {"pyfixest: the jackknife's factor": "one province only"}},
        {"07_4": "Not shown: clusters by province"},
    ),
    "small cells": (
        unusual.small_cells,
        {"03": {}, "04_2": {}, "07_1": {},
         "04_6": {"Who is compared with whom in the grain sample?": ".",
                  "Beyond the paper: both types against the never treated": "fewer than 5"}},
        {"04_6": r"Not shown: \(1\) High-value\. This sample.*Not shown: \(2\) Grain\. This",
         "04_2": "withheld", "03": "withheld"},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def some():
    return unusual.some(unusual.whole())


def executed(tables, names, folder):
    """The named chapters, executed by the pipeline on these tables: name to notebook."""
    os.environ.update({name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")})
    data = unusual.write(tables, folder / "tables")
    site = build.Site(data, folder / "work", folder / "html")
    chapters = [
        build._chapter(site, pairs.FOLDER / f"{name}.ipynb", "test")
        for name in build._names()
        if name.split("_")[0] in names or "_".join(name.split("_")[:2]) in names
    ]
    for late in (False, True):
        now = [c for c in chapters if build._reads_results(c.notebook) is late]
        build._execute(now, site, 2)
        build._gather_results(now, site)
    return {
        next(name for name in names if c.name.startswith(name)): nbformat.read(
            c.executed, as_version=4
        )
        for c in chapters
    }


def text_of(book):
    """What a page will show: prose and outputs, without the code."""
    parts = [cell.source for cell in book.cells if cell.cell_type == "markdown"]
    for cell in book.cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error" and output.get("name") != "stderr"
            if "scrapbook" not in output.get("metadata", {}):
                parts += output.get("data", {}).get("text/markdown", ""), output.get("text", "")
    return "\n".join(parts)


@pytest.mark.slow
@pytest.mark.parametrize("kind", PANELS)
def test_chapters_on_unusual_panels(some, kind, tmp_path):
    maker, expected, words = PANELS[kind]
    tables = maker(some)
    books = executed(tables, list(expected), tmp_path)
    for stamp in (tmp_path / "work").glob("chapters/*/*/stamp.json"):
        assert json.loads(stamp.read_text(encoding="utf-8"))["unforeseen"] == []
    for name, ends in expected.items():
        page, ended = text_of(books[name]), books[name].metadata["clustergap_ended"]
        assert set(ended) == set(ends), (name, dict(ended))
        for section, why in ends.items():
            assert re.search(why, ended[section]), (name, section, ended[section])
        assert not re.search(r"\w+Error\b|Traceback|does not foresee|\bnan\b", page), name
        assert str(tmp_path) not in page
        assert re.search(words.get(name, ""), page, re.DOTALL), name
    if kind == "small cells":
        no_small_cell_is_told(tables, books)


@pytest.mark.slow
def test_an_error_that_nobody_foresaw_fails_the_build_once_the_pages_are_there(some, tmp_path):
    data = unusual.write(some, tmp_path / "tables")
    site = build.Site(data, tmp_path / "work", tmp_path / "html")
    cells = ["import clustergap as cg", "cg.load(DATA)", "raise RuntimeError('odd')", "after = 1"]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    book.cells.insert(0, nbformat.v4.new_code_cell("DATA = ''", metadata={"tags": ["parameters"]}))
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    nbformat.write(book, tmp_path / "odd.ipynb")
    chapter = build.Chapter("odd", tmp_path / "odd.ipynb", tmp_path / "work/odd/key")
    build._execute([chapter], site, 1)
    page = nbformat.read(chapter.executed, as_version=4)
    assert "does not foresee" in page.cells[-1].source
    with pytest.raises(build.BuildError, match=r"odd, at its head: RuntimeError: odd"):
        build._refuse_unforeseen([chapter])


def no_small_cell_is_told(tables, books):
    """Neither the first cohort's size nor what would give it away by subtraction."""
    page = re.sub("<[^>]*>", " ", "\n".join(text_of(book) for book in books.values()))
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
    assert re.search(r"\| 2020 \| withheld .*\n.*\n\| 2022 \| withheld ", page)
    assert {what: lines for what, lines in found.items() if lines} == {}
