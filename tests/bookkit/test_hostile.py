"""Own data that try to be more than text: markup, formulas, paths, characters that steer."""

import csv
import io
import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from docutils.core import publish_string
from myst_parser.parsers.docutils_ import Parser
from papermill.translators import PythonTranslator

from bookkit import build, reasons
from bookkit import display as style
from bookkit.contents import NOTEBOOKS
from bookkit.paths import ROOT
from bookkit.text import visible
from clustergap import check_data as check
from clustergap.panel import Study, load
from yearbooks import intake
from yearbooks.contract import ContractError

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "image": '"><img src=x onerror=alert(1)>',
    "jinja": "{{ config }} {% for x in y %}",
    "math": r"$\input{/etc/passwd}$",
    "link": "a](javascript:alert(1)) [b",
    "autolink": "<javascript:alert(1)>",
    "role": "{raw}`x` `y` ``z``",
    "directive": ":::{raw} html ```{include} x",
    "path": "../../etc/passwd",
    "formula": "=cmd|' /C calc'!A0",
    "sum": "-2+3+cmd|' /C calc'!A0",
    "pipe": "a | b || c",
    "attribute": "[x]{onclick=alert(1)}",
    "entity": "&lt;b&gt; &#60;",
    "turned": "abc\u202egnp.exe\u2066",
    "terminal": "\x1b[2J\x1b]0;title\x07",
    "breaks": "one\n\n# two\r\n:::\n",
    "tex": r"\write18{rm} % ~ ^ _ & #",
}
ANY = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
EXTENSIONS = ["amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath", "substitution",
              "tasklist"]  # fmt: skip
"""As in _config.yml, which a test below compares."""


class Page(HTMLParser):
    """Tags, attributes and words of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return plain("".join(self.words))


def plain(text):
    """What a reader sees: one line, the typeset minus as it was typed."""
    return " ".join(text.split()).replace("−", "-")


def wanted(text):
    return plain(visible(re.sub(r"[\r\n]+", " ", text)))


def rendered(markdown):
    settings = {"myst_enable_extensions": EXTENSIONS, "embed_stylesheet": False,
                "stylesheet_path": "", "report_level": 2, "halt_level": 2,
                "raw_enabled": True}  # fmt: skip
    page = publish_string(
        markdown, parser=Parser(), writer_name="html5", settings_overrides=settings
    )
    return Page(page.decode().split("<body", 1)[1].split(">", 1)[1])


def harmless(page):
    assert not {"script", "img", "iframe", "svg", "math", "object"} & set(page.tags)
    for name, value in page.attributes:
        assert not name.startswith("on")
        assert not (name in ("href", "src") and value.strip().lower().startswith("javascript"))


def shown_as_text(page, text):
    harmless(page)
    assert wanted(text) in page.text
    assert not re.search("[\x00-\x08\x0e-\x1f\u202a-\u202e\u2066-\u2069]", page.text)


def own_study(name):
    return Study(
        pd.DataFrame(), pd.DataFrame(), f"own data {name}, fingerprint 0a1b", False, "0a1b"
    )


def test_the_renderer_here_reads_what_the_book_reads():
    config = (build.ROOT / "_config.yml").read_text(encoding="utf-8")
    listed = re.search(r"myst_enable_extensions:\n((?:    +- .*\n)+)", config)[1]
    assert re.findall(r"- (\w+)", listed) == EXTENSIONS


def test_markup_that_is_not_escaped_is_found():
    for text in (HOSTILE["script"], HOSTILE["image"], '<a href=" javascript:alert(1)">a</a>'):
        for page in (Page(f"<p>{text}</p>"), rendered(text)):
            with pytest.raises(AssertionError):
                harmless(page)
    with pytest.raises(AssertionError):
        shown_as_text(rendered(HOSTILE["math"]), HOSTILE["math"])


@ANY
def test_cells_heads_and_row_names_of_a_table_are_text(text):
    frame = pd.DataFrame({text: ["1", text]}, index=pd.Index([text, "b"], name=f"n {text}"))
    shown = style.table(frame, name="tbl-x", caption="A table", source=f"own data {text}")
    shown_as_text(rendered(shown.markdown), text)
    fallback = Page(shown.html)
    shown_as_text(fallback, text)
    assert rendered(shown.markdown).text.count(wanted(text)) >= 4


@ANY
def test_no_cell_of_an_exported_table_is_a_formula(text):
    frame = pd.DataFrame({text: ["-0.186***", "-0.2 to -0.1", text]})
    files = style.table(frame, name="tbl-x", caption="A table", source="own data").files
    written = files["tables/tbl-x.csv"]
    (head, _), (first, _), (second, _), (last, _) = csv.reader(io.StringIO(written))
    assert first == "-0.186***" and second == "-0.2 to -0.1"  # numbers stay numbers
    for cell in (head, last):
        assert cell.lstrip("'") == visible(re.sub(r"[\r\n]+", " ", text))
        assert cell[0] not in "=+-@\t"
    tex = files["tables/tbl-x.tex"]
    assert "\\input" not in tex and "\\write" not in tex


@ANY
def test_the_banner_shows_the_folder_as_text(text):
    shown = style.banner(own_study(text))
    shown_as_text(Page(shown.html), text)
    shown_as_text(rendered(shown.markdown), text)


@ANY
def test_the_source_under_a_figure_is_text(text):
    import matplotlib.pyplot as plt

    shown = style.figure(
        plt.figure(), name="fig-x", caption="A figure.", alt=text, source=f"own data {text}"
    )
    legend = shown.markdown.split("\n\n")[1].split("\n<svg")[0]
    shown_as_text(rendered(legend), text)
    drawing = Page(shown.markdown[shown.markdown.index("<svg") :].removesuffix("```````"))
    assert drawing.tags.count("svg") == 1 and "script" not in drawing.tags
    assert not any(name.startswith("on") for name, _ in drawing.attributes)


@ANY
def test_the_check_report_shows_text(text):
    table = pd.DataFrame({text: [text]})
    report = check.Report(False, text, (f"yearbook.csv, line 2: {text}",), {text: table})
    page = Page(re.sub(r"<style>.*?</style>", "", report.page()))
    assert not {"script", "img"} & set(page.tags)
    shown_as_text(page, visible(text))
    assert not re.search("[\x00-\x08\x0e-\x1f\u202a-\u202e]", report.text())


@ANY
def test_a_reason_steers_nothing(text):
    book = reasons.page_of_reason(NOTEBOOKS / "04_1_baseline.ipynb", text)
    assert not re.search("[\x00-\x08\x0e-\x1f\u202a-\u202e]", book.cells[1].source)


@pytest.fixture
def own_folder(raw_folder):
    """Forty counties with real-looking codes, and every free text hostile."""
    texts = list(HOSTILE.values())
    for path in raw_folder.glob("*.csv"):
        frame = pd.read_csv(path, dtype=str)
        frame["county"] = frame["county"].str.replace("S", "1").str[:5] + "1"
        frame = frame.drop_duplicates(
            [c for c in ("county", "year", "cluster", "batch_year") if c in frame]
        )
        for column in {"county_name", "cluster", "product"} & set(frame):
            frame[column] = [texts[i % len(texts)] for i in range(len(frame))]
        if path.stem == "yearbook":
            frame[HOSTILE["script"]] = HOSTILE["formula"]
        frame.to_csv(path, index=False)
    (raw_folder / "manifest.json").unlink()
    return raw_folder.rename(raw_folder.with_name("<img src=x onerror=alert(1)> {{x}} $y$"))


def test_words_of_hostile_tables_stay_out_of_the_book_and_are_text_in_the_check(own_folder):
    study = load(own_folder)
    assert not study.synthetic and not re.search("[<>{}$]", study.source)
    shown = style.table(
        study.report.astype(str), name="tbl-x", caption="A table", source=study.source
    )
    book = rendered(shown.markdown)
    harmless(book)
    assert "columns not used" in book.text
    assert [text for text in HOSTILE.values() if wanted(text) in book.text] == []
    report = check.check(own_folder)
    assert report.ready, report.text()
    shown_as_text(Page(re.sub(r"<style>.*?</style>", "", report.page())), "<script>alert(1)")


@pytest.mark.parametrize("file", ["../secret.csv", "/etc/passwd", "x/../../secret.csv"])
def test_a_file_outside_the_folder_is_never_read(raw_folder, file):
    (raw_folder.parent / "secret.csv").write_text("county,ruggedness\n110101,1\n", "utf-8")
    (raw_folder / "mapping.yml").write_text(f"tables: {{terrain: {{file: {file}}}}}\n", "utf-8")
    with pytest.raises(ContractError, match="is not in the folder"):
        intake.read_folder(raw_folder)


def test_the_mapping_makes_no_objects(raw_folder):
    (raw_folder / "mapping.yml").write_text("codes: !!python/object/apply:os.getcwd []\n", "utf-8")
    with pytest.raises(ContractError, match="is not YAML"):
        intake.read_folder(raw_folder)


@ANY
def test_a_folder_of_any_name_gets_an_output_folder_of_plain_letters(text):
    folder = build.output_folder(f"/data/{text.replace(chr(0), '')}")
    assert re.fullmatch(r"own-[0-9a-f]{8}", folder.name) and folder.parent == ROOT / "build"
    assert eval(PythonTranslator.translate(text)) == text  # what becomes the DATA of a chapter
