"""Live pages in Chromium, every other host cut off: their numbers, speed, and manners."""

import ast
import json
import re
import subprocess
import sys
from contextlib import contextmanager

import nbformat
import psutil
import pytest
from browser import HTML, PATIENCE, browsing, served

from bookkit.live import assemble
from bookkit.students import pasted_values

EQUAL = 1e-10  # of a number, or of its size: sums in another order, another linear algebra
OFFER = "document.querySelector('.live-intro button')"
SAID = "document.querySelector('.live-said').textContent"
ERRORS = "[...document.querySelectorAll('.live-error')].map(e => e.textContent).join()"
OUTCOME = """import json
from IPython.display import HTML
from bookkit.live.runtime import handed, told
HTML("JSON" + json.dumps([handed, {name: repr(value) for name, value in told.items()}]))"""
MEMORY = """import pyodide_js
print(pyodide_js._module.HEAP8.length)"""
pytestmark = [pytest.mark.live, pytest.mark.browser, pytest.mark.usefixtures("live_book")]


@pytest.fixture(scope="session")
def live_book(built_book):
    """The built book, whose pages must have been given their live part."""
    if not (HTML / "live").is_dir():
        pytest.fail("the pages have no live part: run make live, or make test-live")


@pytest.fixture(autouse=True)
def _cut_off(monkeypatch):
    """All but this machine is behind a proxy that is not there: who needs another host fails."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")


@contextmanager
def page(chapter, where=None):
    """A chapter in a browser of its own, served from the root of a host or as `where` does."""
    with where or served(HTML) as base, browsing() as browser:
        browser.report = browser.visit(f"{base}/{chapter}.html")
        yield browser


def begin(browser):
    """Click the offer and wait for the first result."""
    browser.evaluate(f"{OFFER}.click()")
    browser.wait_for("!!document.querySelector('.live-note')")


def idle(browser):
    """Wait until no cell runs, and return what the page says."""
    browser.wait_for("!!self.livePage && !livePage.busy && !document.querySelector('.live-intro')")
    return browser.evaluate(SAID)


def run(browser, index, everything=False):
    """Run cells up to this one."""
    browser.evaluate(f"livePage.run(livePage.cells[{index}], {json.dumps(everything)})")


def execute(browser, source):
    """What a cell of this source puts into the page."""
    return browser.evaluate(f"livePage.send({json.dumps(source)}, 'a test')")["html"]


def edit(browser, index, source):
    browser.evaluate(f"""(editor => {{ editor.value = {json.dumps(source)};
      editor.dispatchEvent(new Event("input")) }})(livePage.cells[{index}].editor)""")


def differences(want, have, path=""):
    """Where two documents differ, numbers by more than EQUAL."""
    if isinstance(want, dict) and isinstance(have, dict) and want.keys() == have.keys():
        return [d for key in want for d in differences(want[key], have[key], f"{path}/{key}")]
    if isinstance(want, list) and isinstance(have, list) and len(want) == len(have):
        pairs = enumerate(zip(want, have, strict=True))
        return [d for place, both in pairs for d in differences(*both, f"{path}/{place}")]
    if isinstance(want, float) and isinstance(have, float):
        same = abs(want - have) <= EQUAL * max(1, abs(want))
    else:
        same = want == have
    return [] if same else [f"{path}: {want!r} is {have!r} in the page"]


def test_a_number_that_moves_is_told():
    want = {"a": [1.0, {"b": 2.5, "c": "x"}]}
    assert differences(want, {"a": [1.0 + 1e-12, {"b": 2.5, "c": "x"}]}) == []
    assert len(differences(want, {"a": [1.0 + 1e-9, {"b": 2.6, "c": "y"}]})) == 3
    assert len(differences(want, {"a": [1.0]})) == 1


@pytest.mark.parametrize("chapter", assemble.chapters())
def test_every_cell_runs_and_every_number_is_the_books(chapter):
    with page(chapter) as browser:
        begin(browser)
        idle(browser)
        last = browser.evaluate("livePage.cells.length - 1")
        run(browser, last, everything=True)
        assert browser.evaluate(SAID) == "done", browser.evaluate(ERRORS)
        assert browser.evaluate("livePage.cells.every(cell => cell.state === 'done')")
        handed, told = json.loads(execute(browser, OUTCOME).removeprefix("JSON"))
        kept = {n: (HTML.parent / "results" / n).read_text(encoding="utf-8") for n in handed}
        documents = [name for name in handed if name.endswith(".json")]
        for name in documents:
            assert differences(json.loads(kept[name]), json.loads(handed[name])) == [], name
        executed = nbformat.read(HTML.parent / "work" / "book" / f"{chapter}.ipynb", 4)
        told = {name: ast.literal_eval(value) for name, value in told.items()}
        assert differences(pasted_values(executed), told) == []
        assert told or documents or (handed and handed == kept)  # a table of words and numbers
        megabytes = int(re.search(r"\d+", execute(browser, MEMORY))[0]) / 1e6
        assert megabytes < 1000
        assert browser.barriers() == []
        browser.prefer(dark=True)
        browser.wait_for("document.documentElement.dataset.theme === 'dark'")
        assert browser.barriers("color-contrast") == []
        assert browser.report.faults() == []


BASELINE = "04_1_baseline"
REGRESSION = "livePage.cells.findIndex(c => c.source.includes('simple = pf.feols'))"
EXERCISE = "document.querySelector('.live-exercise')"


@contextmanager
def isolated():
    """The book as `make serve` serves it: pages may share memory with their worker."""
    command = [sys.executable, "-u", "-m", "bookkit.live.serve", str(HTML), "127.0.0.1", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield server.stdout.readline().split()[0].replace("localhost", "127.0.0.1")
        finally:
            server.terminate()


@contextmanager
def below():
    """The book in a folder of a host, as project pages are."""
    with served(HTML.parent) as base:
        yield f"{base}/{HTML.name}"


def sizes():
    """Bytes of what a first run fetches, compressed as hosts do, by file."""
    (folder,) = (HTML / "live").iterdir()
    scripts = assemble.PARTS["scripts"]
    names = [
        p for p in folder.iterdir() if p.is_file() and p.name not in scripts and p.suffix != ".md"
    ]
    return {path.name: assemble.compressed(path.read_bytes()) for path in names}


def busiest_thread():
    """Seconds that the worker has computed: what a reader waits if nothing else is to be done."""
    processes = psutil.Process().children(recursive=True)
    return max(t.user_time + t.system_time for p in processes for t in p.threads())


def test_the_first_run_fetches_little_and_soon_shows_a_result():
    assert sum(sizes().values()) <= 36e6
    with page(BASELINE) as browser:
        before = [name for name in browser.report.requests if "/live/" in name]
        assert [name.rpartition("/")[2] for name in before] == ["offer.js"]
        begin(browser)
        assert busiest_thread() <= 20
        assert idle(browser) == "done"
        regression = browser.evaluate(REGRESSION)
        source = browser.evaluate(f"livePage.cells[{regression}].source")
        edit(browser, regression, source.replace("gap~did+{controls}|", "gini~did+{controls}|"))
        before = busiest_thread()
        run(browser, regression)
        assert busiest_thread() - before <= 1.5
        states = browser.evaluate("livePage.cells.map(c => c.state)")
        assert states[regression] == "done"
        assert "stale" in states[regression + 1 :], "what is below was computed before the edit"


def test_an_edit_is_kept_and_undone_below_a_folder():
    with page(BASELINE, below()) as browser:
        begin(browser)
        idle(browser)
        browser.evaluate("document.querySelectorAll('.live-tools button')[1].click()")
        edit(browser, 0, "DATA = 'synthetic'\n1 / 0")
        run(browser, 0)
        assert "line 2: ZeroDivisionError: division by zero" in browser.evaluate(ERRORS)
        assert "cell 1 stopped" in browser.evaluate(SAID)
        assert browser.barriers() == []
        browser.page.reload()
        browser.evaluate(f"{OFFER}.click()")
        browser.wait_for(f"{ERRORS} !== ''")
        first = "livePage.cells[0].text"
        assert browser.evaluate(first).endswith("1 / 0")
        idle(browser)
        browser.evaluate("document.querySelectorAll('.live-bar button')[2].click()")
        assert browser.evaluate(first) == browser.evaluate("livePage.cells[0].source")
        kept = browser.evaluate("Object.keys(localStorage)")  # the theme keeps its own
        assert not [name for name in kept if name.startswith("live:")]
        assert browser.evaluate(ERRORS) == ""


def test_a_second_tab_runs_beside_the_first():
    with page(BASELINE) as browser:
        begin(browser)
        second = browser.page.context.new_page()
        second.set_default_timeout(PATIENCE)
        second.goto(browser.page.url)
        second.evaluate(f"{OFFER}.click()")
        second.wait_for_function(f"!document.querySelector('.live-intro') && {SAID} === 'done'")
        assert idle(browser) == "done"


@pytest.mark.parametrize("where", [None, isolated], ids=["any host", "make serve"])
def test_a_reader_can_stop_and_go_on(where):
    with page(BASELINE, where and where()) as browser:
        begin(browser)
        idle(browser)
        assert browser.evaluate("self.crossOriginIsolated") is bool(where)
        edit(browser, 0, "DATA = 'synthetic'\nwhile True: pass")
        browser.evaluate("livePage.run(livePage.cells[0]) && 0")
        browser.wait_for("livePage.cells[0].state === 'running'")
        browser.evaluate("document.querySelectorAll('.live-bar button')[1].click()")
        idle(browser)
        assert "stopped" in browser.evaluate(SAID)
        assert "by you" in browser.evaluate(SAID)
        edit(browser, 0, "DATA = 'synthetic'")
        run(browser, 0)
        assert browser.evaluate("livePage.cells[0].state") == "done"


def test_exercises_are_checked_in_the_page():
    with page(BASELINE) as browser:
        begin(browser)
        idle(browser)
        solution = "livePage.cells.find(c => c.tags.includes('solution'))"
        right = browser.evaluate(f"{solution}.source")
        for answer, verdict in {
            "answer_1 =": "line 1: SyntaxError",
            "answer_1 = ...": "Not yet: ",
            right: "Right.",
        }.items():
            browser.evaluate(f"""(() => {{
              const box = {EXERCISE}.querySelector("textarea");
              box.value = {json.dumps(answer)}; box.dispatchEvent(new Event("input"));
              {EXERCISE}.querySelector("button").click() }})()""")
            said = f"{EXERCISE}.querySelector('.live-verdict').textContent"
            browser.wait_for(said)
            assert browser.evaluate(said).startswith(verdict), (answer, browser.evaluate(said))
        score = browser.evaluate("document.querySelector('.live-score').textContent")
        assert re.fullmatch(r"Exercises solved: 1 of \d here, 1 in the book\.", score)


def test_an_exhibit_keeps_number_look_and_colours():
    look = """(table => JSON.stringify([table.id, table.querySelector("caption").textContent,
      [...table.querySelectorAll("td")].map(cell => cell.textContent),
      [...table.querySelectorAll("td")].map(cell => getComputedStyle(cell).textAlign)]))
      (document.querySelector("#tbl-2"))"""
    with page(BASELINE) as browser:
        before = json.loads(browser.evaluate(look))
        begin(browser)
        idle(browser)
        after = json.loads(browser.evaluate(look))
        assert after[0] == before[0]
        assert after[1] == before[1].removesuffix("#")
        assert after[2:] == before[2:]


def test_a_figures_controls_answer():
    with page("02_background") as browser:
        begin(browser)
        assert idle(browser) == "done"
        box = "document.querySelector('.live-output .explorer-controls')"
        assert browser.evaluate(f"!!{box}.querySelector('input, select')")
        style = f"{box}.querySelector('style').textContent"
        assert browser.evaluate(style) == ""
        browser.evaluate(f"""(input => {{ input.value = 1;
          for (const kind of ["input", "change"]) input.dispatchEvent(new Event(kind)) }})
          ({box}.querySelector("input, select"))""")
        assert "display" in browser.evaluate(style)


def test_from_the_disk_a_page_is_whole_and_says_how_to_serve_it():
    with browsing() as browser:
        browser.visit((HTML / f"{BASELINE}.html").as_uri())
        words = browser.evaluate("document.querySelector('.live-intro').textContent")
        assert "http.server" in words
        assert browser.evaluate(OFFER) is None
        assert browser.evaluate("document.querySelectorAll('table').length") > 2


@pytest.mark.parametrize("chapter", assemble.STILL)
def test_a_page_that_cannot_run_says_why(chapter):
    text = (HTML / f"{chapter}.html").read_text(encoding="utf-8")
    assert assemble.STILL[chapter] in text
    assert "offer.js" not in text
