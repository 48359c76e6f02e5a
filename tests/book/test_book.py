"""The built book, page by page, as a reader's browser meets it."""

import base64
import functools
import html
import io
import os
import re
import zipfile
from urllib.parse import quote, urljoin
from urllib.request import urlopen

import nbclient
import nbformat
import pytest
from browser import HTML, Links, browsing, served

from bookkit.contents import NOTEBOOKS, chapters, parameters, toc_files
from bookkit.paths import ROOT

PLAIN_LIMIT, WIDGET_LIMIT = 1_300_000, 2_000_000  # bytes of a first load, compressed
NARROW = 360  # CSS pixels: the narrowest telephone in common use
WIDE = ["index", "04_1_baseline"]
"""Pages seen at 1280 px and in the dark too: landing, tables and exercises."""
WIDE += [
    pytest.param(name, marks=pytest.mark.weekly)  # sliders, menus, reports, the longest
    for name in ("03_data", "07_5_specification_curve", "92_check_a_table", "90_audit")
]
SEARCHED = """/^(Search finished|Your search did not)/.test(
  document.querySelector(".search-summary")?.innerText)"""
SEARCH_RESULTS = "[...document.querySelectorAll('#search-results li a')].map(a => a.href)"
FOCUSED = "(e => e.getAttribute('aria-label') || e.textContent.trim())(document.activeElement)"
SOUGHT = {"Anderson-Rubin": "07_3_weak_instruments", "winsor": "04_4_robustness"}
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("built_book")]


BROKEN_NUMBERS = """[...document.querySelectorAll(".bd-article td")].filter(cell => {
  if (!/^([<>≤≥]\\s?)?[−±-]?[0-9.,]+%?[*]*$/.test(cell.textContent.trim())) return false;
  const inside = document.createRange();
  inside.selectNodeContents(cell);
  const tops = [...inside.getClientRects()].map(line => line.top);
  return Math.max(...tops) - Math.min(...tops) > 12;
}).map(cell => cell.textContent)"""
"""Numbers in tables that go on in another line."""

SPILLED_CELLS = """[...document.querySelectorAll(".bd-article :is(td, th)")].filter(cell => {
  const inside = document.createRange();
  inside.selectNodeContents(cell);
  const [text, room] = [inside, cell].map(box => box.getBoundingClientRect());
  return text.width && text.right > room.right + 1;
}).map(cell => cell.textContent)"""
"""Cells whose text runs into the next column."""

SMALL_LETTERS = """[...document.querySelectorAll("figure svg[viewBox] text")].filter(text => {
  const picture = text.ownerSVGElement;
  const scale = picture.getBoundingClientRect().width / picture.viewBox.baseVal.width;
  return scale && parseFloat(getComputedStyle(text).fontSize) * scale < 6;
}).map(text => text.textContent)"""
"""Letters of figures that are less than six pixels high as shown."""


SCROLLING = """[...document.querySelectorAll(".pst-scrollable-table-container")].filter(
  box => box.scrollWidth > box.clientWidth).map(box => box.innerText.slice(0, 60))"""
"""Tables wider than their column of text."""


@functools.cache
def links(path):
    parser = Links()
    parser.feed(path.read_text(encoding="utf-8"))
    return parser


@pytest.mark.browser
@pytest.mark.parametrize("half", [0, 1])  # one for each worker
def test_no_page_asks_for_anything_outside_or_fails_to_show(half):
    faults, reports = [], {}
    with served(HTML) as base, browsing() as browser:
        for name in [*toc_files(), "search", "genindex"][half::2]:
            reports[name] = browser.visit(f"{base}/{name}.html", width=NARROW, settled=False)
            browser.unfold()
            found = [f"breaks {n}" for n in browser.evaluate(BROKEN_NUMBERS)]
            if (wider := browser.overflow()) > 0:
                found.append(f"is {wider} px wider than the window with all open")
            found += [f"{c} runs on" for c in browser.evaluate(SPILLED_CELLS)]
            found += [f"sets {c} too small" for c in browser.evaluate(SMALL_LETTERS)]
            faults += [f"{name} {f}" for f in found]
        browser.page.wait_for_load_state("networkidle")
    for name, report in reports.items():
        widgets = "widget-view" in (HTML / f"{name}.html").read_text(encoding="utf-8")
        size = report.compressed_bytes(HTML)
        heavy = size > (WIDGET_LIMIT if widgets else PLAIN_LIMIT)
        faults += [f"{name} {f}" for f in report.faults()]
        faults += [f"{name} loads {size:,} bytes"] if heavy else []
    assert faults == []


@pytest.mark.browser
@pytest.mark.weekly
def test_on_a_wide_window_no_table_scrolls():
    with served(HTML) as base, browsing() as browser:
        for name in toc_files():
            browser.visit(f"{base}/{name}.html", settled=False)
            assert browser.evaluate(SCROLLING) == [], name
        browser.visit(f"{base}/90_audit.html", width=NARROW)
        assert browser.evaluate(SCROLLING) != []  # it can be seen


@pytest.mark.browser
@pytest.mark.weekly  # pages of each kind are tried every time: see below
@pytest.mark.parametrize("half", [0, 1])
def test_no_page_keeps_a_reader_out(half):
    with served(HTML) as base, browsing() as browser:
        for name in [*toc_files(), "search", "genindex"][half::2]:
            browser.visit(f"{base}/{name}.html", width=NARROW)
            assert browser.barriers() == [], name


@pytest.mark.browser
@pytest.mark.parametrize("name", WIDE)
def test_pages_of_each_kind_are_whole_in_a_wide_window_and_in_the_dark(name):
    with served(HTML) as base, browsing() as browser:
        found = browser.visit(f"{base}/{name}.html").faults() + browser.barriers()
        found += [f"{c} runs on" for c in browser.evaluate(SPILLED_CELLS)]
        browser.prefer(dark=True)  # the open page follows, in a frame or two
        browser.wait_for("document.documentElement.dataset.theme === 'dark'")
        found += [f"dark: {b}" for b in browser.barriers("color-contrast")]
    assert found == []


@pytest.mark.browser
def test_the_search_finds_the_page_and_the_keyboard_does():
    with served(HTML) as base, browsing() as browser:
        # words of two and of four characters inside a sentence
        chinese = [
            (words, name)
            for name in toc_files()
            if "_zh_" in name
            for words in ("优势", "优势特色", "基准")
        ]
        for words, page in [*SOUGHT.items(), *chinese]:
            on_disk = [HTML.as_uri()] if words in ("winsor", "优势") else []
            for start in (base, *on_disk):
                browser.visit(f"{start}/search.html?q={quote(words)}", settled=False)
                browser.wait_for(SEARCHED)
                found = browser.evaluate(f"{SEARCH_RESULTS}.slice(0, 5)")
                assert any(page in address for address in found), f"{words}: {found}"
        browser.visit(f"{base}/04_1_baseline.html")
        browser.press("Control+k")
        assert browser.evaluate("document.querySelector('#pst-search-dialog').open")
        browser.page.keyboard.insert_text("winsor")
        with browser.page.expect_navigation():
            browser.press("Enter")
        browser.wait_for(SEARCHED)
        assert "search.html?q=winsor" in browser.evaluate("location.href")
        assert any("04_4_robustness" in address for address in browser.evaluate(SEARCH_RESULTS))


@pytest.mark.browser
def test_a_page_works_without_a_mouse():
    with served(HTML) as base, browsing() as browser:
        browser.visit(f"{base}/04_1_baseline.html", settled=False)
        browser.press("Control+k")
        browser.press("Escape")
        assert not browser.evaluate("document.querySelector('#pst-search-dialog').open")

        browser.visit(f"{base}/04_1_baseline.html", settled=False)
        browser.press("Tab")
        assert browser.evaluate(FOCUSED) == "Skip to main content"
        browser.press("Enter")
        assert browser.evaluate("location.hash") == "#main-content"
        browser.press("Tab")
        inside = "document.querySelector('main').contains(document.activeElement)"
        assert browser.evaluate(inside), "the link skips to the text"

        browser.visit(f"{base}/04_1_baseline.html", settled=False)
        reached = []
        for _ in range(150):
            browser.press("Tab")
            reached.append(browser.evaluate(FOCUSED))
            if browser.evaluate("!!document.activeElement.closest('article')"):
                break
        else:
            raise AssertionError(f"Tab never comes to the text: {reached}")
        assert "Color mode" in reached

        browser.evaluate("document.querySelector('.theme-switch-button').focus()")
        themes = []
        for _ in range(3):
            browser.press("Enter")
            themes.append(browser.evaluate("document.documentElement.dataset.mode"))
        assert sorted(themes) == ["auto", "dark", "light"]


def test_what_pages_offer_to_download_is_there_and_is_what_it_says():
    offered = set()
    with served(HTML) as base:
        for name in toc_files():
            page = links(HTML / f"{name}.html")
            for target in page.targets:
                address = urljoin(f"{base}/{name}.html", target)
                if target.startswith("data:"):
                    head, _, body = target.partition(",")
                    assert head == "data:text/plain;charset=utf-8;base64"
                    assert base64.b64decode(body, validate=True).decode("utf-8").strip()
                elif address.startswith(base) and not re.search(r"(\.html|/)(#|$)", address):
                    offered.add(address.partition("#")[0])
        assert any(address.endswith(".ipynb") for address in offered)
        for address in sorted(offered):
            with urlopen(address) as answer:  # an error raises
                kind, content = answer.headers["Content-Type"], answer.read()
            match address.rpartition(".")[2]:
                case "ipynb":
                    nbformat.validate(nbformat.reads(content.decode("utf-8"), as_version=4))
                case "py":
                    compile(content, address, "exec")
                case "zip":
                    assert kind == "application/zip"
                    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
                case "pdf":
                    assert kind == "application/pdf" and content.startswith(b"%PDF")
                case other:
                    raise AssertionError(f"{address}: nobody has said what a .{other} must be")


@pytest.mark.parametrize(
    "name", ["04_1_baseline", pytest.param("07_7_validation", marks=pytest.mark.weekly)]
)
def test_a_downloaded_notebook_executes(tmp_path, name):
    notebook = nbformat.read(HTML / "downloads" / f"{name}.ipynb", as_version=4)
    with zipfile.ZipFile(HTML / "downloads" / "clustergap-project.zip") as bundle:
        bundle.extractall(tmp_path)
    folder = tmp_path / "clustergap-project"
    environment = os.environ | {"PYTHONPATH": str(folder / "lib")}
    client = nbclient.NotebookClient(
        notebook, resources={"metadata": {"path": str(folder / "notebooks")}}
    )
    client.execute(env=environment)  # a failing cell raises
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code if cell.source)


def test_every_chapter_says_what_it_is_about_in_its_head_and_every_page_its_edition():
    edition = re.search(r"^version: (\S+)", (ROOT / "CITATION.cff").read_text("utf-8"), re.M)[1]
    about = {}
    for name in toc_files():
        page = (HTML / f"{name}.html").read_text(encoding="utf-8")
        assert f"; version {edition} of " in page, name
        words = re.findall(r'<meta name="description" content="([^"]+)"', page)
        about[name] = [html.unescape(text) for text in words]
    written = {name: words for name, words in about.items() if name in chapters()}
    assert {name: words for name, words in written.items() if len(words) != 1} == {}
    assert all(60 < len(words) <= 200 for (words,) in written.values())
    assert len({words for (words,) in written.values()}) == len(written)


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


def test_every_page_with_solutions_links_its_students_notebook_in_plain_words():
    made = {path.stem for path in (HTML / "students").iterdir()}
    for name in toc_files():
        page = HTML / f"{name}.html"
        assert (name in made) == ("tag_solution" in page.read_text(encoding="utf-8")), name
        if name in made:
            assert f"students/{name}.ipynb" in links(page).targets
            for cell in nbformat.read(HTML / "students" / f"{name}.ipynb", as_version=4).cells:
                myst = re.search(r"\{[\w:-]+\}`|^```\{|^:::", cell.source, flags=re.MULTILINE)
                assert cell.cell_type == "code" or not myst, cell.source


def test_buttons_say_what_they_fold_and_no_check_tells_the_answer():
    for name in toc_files():
        page = (HTML / f"{name}.html").read_text(encoding="utf-8")
        assert "Show code cell" not in page, name
        checks = re.findall(r'<div class="cell[^"]*tag_check[^"]*"[^>]*>\s*(<\w+)', page)
        assert set(checks) == ({"<details"} if "tag_check" in page else set()), name


def test_what_sphinx_and_the_theme_add_to_a_chinese_page_is_chinese():
    page = (HTML / "96_zh_summary.html").read_text(encoding="utf-8")
    body = page[page.index('lang="zh') : page.index("</article>")]
    labels = re.findall(r'caption-number">([^<]+?) ?<', body)
    assert labels and all(re.match(r"[表图] ", label) for label in labels)
    assert "上一页" in page and ">previous<" not in page
    words = html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"<pre.*?</pre>", "", body, flags=re.S)))
    spaced = re.findall(r"[，。；：、（）] [\u3400-\u9fff]|[\u3400-\u9fff] [\u3400-\u9fff]", words)
    assert spaced == []


IN_OTHER_WORDS = {
    # these two show no number of the panel, and speak of it all the same
    "index": "A literate replication on a synthetic county panel",
    "00_what_is_real": "Why the county panel is synthetic",
    "96_zh_summary": "不构成支持论文结论的任何证据",
}
ABOUT_THE_PANEL = "91_synthetic_panel"
"""Loads it whatever DATA says, so it has no such parameter."""


def test_every_page_with_synthetic_numbers_says_so():
    for name in toc_files():
        notebook = NOTEBOOKS / f"{name}.ipynb"
        if not notebook.is_file():
            continue
        uses_the_panel = "DATA" in parameters(notebook) or name == ABOUT_THE_PANEL
        page = (HTML / f"{name}.html").read_text(encoding="utf-8")
        if mark := IN_OTHER_WORDS.get(name):
            assert uses_the_panel and mark in page, name
        else:
            assert uses_the_panel == ("SYNTHETIC DATA" in page), name


def test_executed_chapters_hold_no_warning_and_no_path_of_this_machine():
    executed = sorted((ROOT / "build" / "work" / "chapters").glob("*/chapter.ipynb"))
    assert len(executed) == len(list(NOTEBOOKS.glob("*.ipynb")))
    for path in executed:
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                assert output.get("name") != "stderr", f"{path.parent.name}: {output.get('text')}"
        text = path.read_text(encoding="utf-8")
        assert str(ROOT) not in text and "site-packages" not in text, path.parent.name


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


def test_the_reference_shows_words_and_types_but_no_values():
    page = (HTML / "api.html").read_text(encoding="utf-8")
    types = re.findall(r'class="field-odd">Type<.*?<dd class="field-odd"><p>(.*?)</p>', page, re.S)
    assert types and not [t for t in types if re.match(r"[A-Z]\w+ \w|[A-Z]\w+$", t)]
    assert "<em>before</em>" in page and not re.findall(r"\s\*\w+\*\s", page)
    assert "clustergap.panel.VARIABLES" in page and "Loans at the year" not in page
