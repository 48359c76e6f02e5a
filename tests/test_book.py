"""The built book, page by page, as a reader's browser meets it."""

import re
from html.parser import HTMLParser

import nbformat
import pytest
from browser import Browser, served

from clustergap.pipeline.build import toc_files
from clustergap.pipeline.pairs import FOLDER
from clustergap.project import ROOT

HTML = ROOT / "build" / "html"
PLAIN_LIMIT, WIDGET_LIMIT = 1_300_000, 2_000_000  # bytes of a first load, compressed
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("built_book")]


class Links(HTMLParser):
    """Every address a page points to, and every anchor it has."""

    def __init__(self):
        super().__init__()
        self.targets, self.anchors = [], set()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.anchors |= {found[key] for key in ("id", "name") if found.get(key)}
        if tag == "a" and found.get("href"):
            self.targets.append(found["href"])


def links(path):
    parser = Links()
    parser.feed(path.read_text(encoding="utf-8"))
    return parser


@pytest.mark.browser
def test_no_page_asks_for_anything_outside_or_fails_to_show():
    faults = []
    with served(HTML) as base, Browser() as browser:
        for name in toc_files():
            for width, dark in ((1280, False), (1280, True), (390, False)):
                report = browser.visit(f"{base}/{name}.html", width=width, dark=dark, root=HTML)
                faults += [f"{name} ({width} px, dark={dark}) {f}" for f in report.faults()]
            widgets = "widget-view" in (HTML / f"{name}.html").read_text(encoding="utf-8")
            if report.compressed_bytes > (WIDGET_LIMIT if widgets else PLAIN_LIMIT):
                faults.append(f"{name} loads {report.compressed_bytes:,} bytes")
    assert faults == []


def test_every_link_inside_the_book_leads_somewhere():
    pages = {name: links(HTML / f"{name}.html") for name in toc_files()}
    dead = []
    for name, page in pages.items():
        for target in page.targets:
            if re.match(r"[a-z]+:", target):
                continue
            address, _, anchor = target.partition("#")
            path = (HTML / name).parent / address if address else HTML / f"{name}.html"
            path = path.resolve()
            if not path.is_file():
                dead.append(f"{name} → {target}")
            elif anchor and path.suffix == ".html" and anchor not in links(path).anchors:
                dead.append(f"{name} → {target} (no such place)")
    assert dead == []


def test_every_page_with_synthetic_numbers_says_so():
    for name in toc_files():
        notebook = FOLDER / f"{name}.ipynb"
        if not notebook.is_file():
            continue
        uses_the_panel = "cg.load(" in notebook.read_text(encoding="utf-8")
        page = (HTML / f"{name}.html").read_text(encoding="utf-8")
        assert uses_the_panel == ("SYNTHETIC DATA" in page), name


def test_executed_chapters_hold_no_warning_and_no_path_of_this_machine():
    for path in sorted((ROOT / "book").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                assert output.get("name") != "stderr", f"{path.stem}: {output.get('text')}"
        text = path.read_text(encoding="utf-8")
        assert str(ROOT) not in text and "site-packages" not in text, path.stem


def test_every_figure_has_words_and_every_table_a_caption():
    for name in toc_files():
        page = (HTML / f"{name}.html").read_text(encoding="utf-8")
        for drawing in re.findall(r"<svg [^>]*role=\"img\"[^>]*>", page):
            words = re.search(r'aria-label="([^"]*)"', drawing)
            assert words and len(words[1]) > 20, name
        for table in re.findall(r"<table[^>]*id=\"tbl[^>]*>.*?</table>", page, flags=re.DOTALL):
            assert "<caption>" in table, name


def test_the_comparison_covers_every_printed_number():
    import pandas as pd

    comparison = pd.read_csv(ROOT / "build" / "results" / "comparison.csv")
    cells = comparison[comparison["exhibit"] != "text"]
    assert len(cells) == 153
    assert (cells["verdict"] != "not_run").all()
    words = comparison[comparison["exhibit"] == "text"]
    assert list(words.loc[words["verdict"] == "not_run", "row"]) == ["policy_approval_day"]
