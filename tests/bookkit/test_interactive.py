"""Figures with controls: what they hold, and what they do in a reader's browser."""

from __future__ import annotations

import re

import matplotlib.pyplot as plt
import nbformat
import pytest
from browser import browsing, served

import clustergap as cg
from bookkit.build import WIDGETS, _name_widgets
from bookkit.display import use_style
from bookkit.interactive import WIDGET_VIEW, Selector, at, figure_with_controls, when
from bookkit.paths import ROOT

HTML = ROOT / "build" / "html"
CONTROLS = (
    Selector("a", "Size", ["1", "2", "3"], 1),
    Selector("b", "Kind", ["all", "x", "y"], 0, "menu", all_at=0),
)
PAGES = {  # page, figure, words before, moves (control, key), words after
    "indices": ("03_data", "fig-indices", "Town earns 3 times", "Town earns 3.5 times"),
    "tiles": ("02_background", "fig-tiles", "2022", "2021"),
    "draws": ("04_4_robustness", "fig-placebo-grows", "1,000 draws", "500 draws"),
    "honest": ("07_2_honest", "fig-honest-explorer", "magnitude 1.00", "magnitude 1.25"),
}
MENUS = {
    "estimators": ("07_1_staggered", "fig-event-explorer", "CS never", "CS not yet"),
    "measures": ("02_background", "fig-tiles", "ratio, town", "difference, thousand"),
    "restrictions": ("07_2_honest", "fig-honest-explorer", "relative magnitude", "smoothness"),
}


def made(controls=CONTROLS, source="made up <b>"):
    use_style()
    fig, axes = plt.subplots()
    axes.plot([0, 1], [0, 1])  # belongs to all positions
    for i in range(3):
        with at(axes, a=i):
            axes.scatter([0], [i])
        with at(axes, a=i, b=2):
            axes.annotate(f"mark {i}", (0, i))
    words = "".join(when(f"size {i}", a=i) for i in range(3))
    return figure_with_controls(
        fig, controls, words=words, name="fig-made",
        caption="A caption.", alt="A circle of three sizes", source=source,
    )  # fmt: skip


def test_a_position_hides_the_others_and_all_hides_none():
    size, kind = CONTROLS
    assert size.rule(".f", 2) == '.f [data-a]:not([data-a="2"]){display:none}'
    assert kind.rule(".f", 0) == ""


def test_what_is_drawn_at_a_position_is_marked_and_nothing_else_is():
    picture = made().shown.markdown
    for i in range(3):
        assert picture.count(f'<g data-a="{i}">') == 1
        assert picture.count(f'<g data-a="{i}" data-b="2">') == 1
    assert picture.count("<g data-") == 6
    assert "mark 2" in picture


def test_the_figure_holds_its_first_state_its_words_and_its_controls():
    shown = made().shown
    assert CONTROLS[0].rule(".fig-made", 1) in shown.markdown
    assert 'role="img" aria-label="A circle of three sizes"' in shown.markdown
    assert 'aria-live="polite"' in shown.markdown and WIDGET_VIEW in shown.markdown
    assert "<b>" not in shown.markdown + shown.html


def test_a_control_moves_its_sheets_in_a_kernel_too():
    _, panel, *_ = made().widget.children
    slider, menu, sheets, _ = panel.children
    assert (slider.description, slider.index, menu.index) == ("Size", 1, 0)
    assert sheets.selected_index == 1
    assert 'data-a="2"' in sheets.children[2].value
    assert all("@media screen" in frame.value for frame in sheets.children)


def test_a_control_without_a_choice_and_a_key_used_twice_are_refused():
    with pytest.raises(ValueError, match="'Size' of fig-made has fewer than two options"):
        made([Selector("a", "Size", ["1"])])
    with pytest.raises(ValueError, match="same key"):
        made([CONTROLS[0], CONTROLS[0]])


def test_a_control_that_moves_nothing_is_refused():
    with pytest.raises(ValueError, match="nothing of fig-made belongs to control 'Other'"):
        made([*CONTROLS, Selector("z", "Other", ["1", "2"])])


def executed() -> nbformat.NotebookNode:
    """Build a notebook as a kernel leaves it: random names, and models in no order."""
    from ipywidgets.embed import dependency_state
    from ipywidgets.widgets.widget import _instances

    before = set(_instances)
    shown = made()
    state = dependency_state([w for k, w in _instances.items() if k not in before])
    output = nbformat.v4.new_output("display_data", shown._repr_mimebundle_())
    cell = nbformat.v4.new_code_cell("pass", outputs=[output], id="one")
    shuffled = {key: state[key] for key in sorted(state)}
    metadata = {"widgets": {WIDGETS: {"state": shuffled, "version_major": 2}}}
    return nbformat.v4.new_notebook(cells=[cell], metadata=metadata)


def test_two_runs_give_the_same_bytes_and_only_models_of_the_page():
    one, two = _name_widgets(executed()), _name_widgets(executed())
    assert one == two
    state = nbformat.reads(one, as_version=4).metadata.widgets[WIDGETS]["state"]
    names = [model["model_name"] for model in state.values()]
    assert names.count("LinkModel") == 2, "a control that is linked to nothing does nothing"
    assert names.count("HTMLModel") == 6, "the sheets; the live picture is left out"
    assert WIDGET_VIEW not in nbformat.reads(one, as_version=4).cells[0].outputs[0].data
    assert set(re.findall(r"IPY_MODEL_(\w+)", one)) <= set(state)


def test_a_notebook_without_widgets_is_left_alone():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("a" * 32, id="x")])
    assert _name_widgets(notebook) == nbformat.writes(notebook)


def test_what_chapter_2_says_of_the_provinces_is_so():
    incomes = cg.load_official("province_income")
    incomes["ratio"] = incomes["urban_income_yuan"] / incomes["rural_income_yuan"]
    incomes["difference"] = incomes["urban_income_yuan"] - incomes["rural_income_yuan"]
    ratio, difference = (
        incomes.pivot(index="province", columns="year", values=v) for v in ("ratio", "difference")
    )
    assert (ratio[2022] < ratio[2014]).all() and (difference[2022] > difference[2014]).all()
    assert (ratio[2019] < ratio[2014]).sum() > ratio[2019].notna().sum() / 2


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def browser():
    if not HTML.is_dir():
        pytest.skip("the book is not built: make book")
    with served(HTML) as base, browsing() as opened:
        opened.base = base
        yield opened


def open_at(browser, page, width, control):
    report = browser.visit(f"{browser.base}/{page}.html", width=width, settled=False)
    browser.wait_for(f"!!document.querySelector('{control}')")  # scripts put it there
    assert report.faults() == []


def words(browser, figure):
    return browser.evaluate(f"document.querySelector('#{figure} .explorer-words').innerText")


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, pytest.param(390, marks=pytest.mark.weekly)])
@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=pytest.mark.weekly if case in ("draws", "honest") else ())
        for case in PAGES
    ],
)
def test_a_slider_answers_to_arrow_keys_and_to_the_mouse(browser, case, width):
    page, figure, before, after = PAGES[case]
    open_at(browser, page, width, f"#{figure} .noUi-handle")
    handle = f"document.querySelector('#{figure} .noUi-handle')"
    assert before in words(browser, figure)
    browser.evaluate(f"{handle}.focus()")
    browser.press("ArrowLeft" if case in ("tiles", "draws") else "ArrowRight")
    assert after in words(browser, figure)
    names = browser.evaluate(f"[{handle}.ariaLabel, {handle}.ariaValueText]")
    read = browser.evaluate(f"document.querySelector('#{figure} .widget-readout').textContent")
    assert names[0] and names[1] == read
    browser.evaluate(f"{handle}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
    x, y = browser.evaluate(
        f"(r => [r.x + 1, r.y + r.height / 2])(document.querySelector('#{figure} .slider')"
        ".getBoundingClientRect())"
    )
    browser.page.mouse.click(x, y)
    assert after not in words(browser, figure) and before not in words(browser, figure)
    at_end = browser.evaluate(f"{handle}.getAttribute('aria-valuenow')")
    assert float(at_end) == 0


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, pytest.param(390, marks=pytest.mark.weekly)])
@pytest.mark.parametrize("case", MENUS)
def test_a_menu_changes_the_picture(browser, case, width):
    page, figure, before, after = MENUS[case]
    open_at(browser, page, width, f"#{figure} select")
    visible = (
        f"[...document.querySelectorAll('#{figure} svg g')].filter(g => g.getClientRects().length)"
        ".map(g => g.outerHTML).join()"
    )
    shapes = browser.evaluate(visible)
    assert before in words(browser, figure)
    browser.evaluate(f"document.querySelector('#{figure} select').focus()")
    browser.press("ArrowDown")
    assert after in words(browser, figure)
    assert browser.evaluate(visible) != shapes


@pytest.mark.browser
@pytest.mark.slow
def test_the_curve_shows_and_counts_the_models_with_the_chosen_options(browser):
    open_at(browser, "07_5_specification_curve", 1280, "#fig-curve-explorer select")
    dots = (
        "[...document.querySelectorAll('#fig-curve-explorer svg g[data-a] use')]"
        ".filter(c => c.getClientRects().length).length"
    )

    def counted():
        nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
        texts = [n.get("name", {}).get("value", "") for n in nodes]
        return int(texts[next(i for i, t in enumerate(texts) if "models with these" in t) - 1])

    every = browser.evaluate(dots)
    assert counted() == every
    menus = "document.querySelectorAll('#fig-curve-explorer select')"
    parts = []
    for place in range(1, browser.evaluate(f"{menus}[0].options.length")):
        browser.evaluate(f"{menus}[0].focus()")
        browser.press("ArrowDown")
        assert browser.evaluate(f"{menus}[0].selectedIndex") == place
        parts.append(browser.evaluate(dots))
        assert counted() == parts[-1]
    assert every > 100 and sum(parts) == every and 0 < min(parts) < every


@pytest.mark.browser
@pytest.mark.slow
def test_paper_and_pages_without_scripts_show_the_first_state(browser):
    open_at(browser, "03_data", 1280, "#fig-indices .noUi-handle")
    browser.evaluate("document.querySelector('#fig-indices .noUi-handle').focus()")
    browser.press("ArrowRight")
    assert "3.5 times" in words(browser, "fig-indices")
    browser.page.emulate_media(media="print")
    assert "3 times" in words(browser, "fig-indices")
    assert not browser.evaluate(
        "document.querySelector('#fig-indices .widget-subarea').checkVisibility()"
    )
    browser.visit(f"{browser.base}/03_data.html", scripts=False)
    assert "3 times" in words(browser, "fig-indices")
