"""The looks of results, the files that pages load, and a small book in a real browser."""

from __future__ import annotations

import html
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import ipywidgets
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pyfixest as pf
import pypdf
import pytest
import yaml
from browser import browsing, find_browser, served
from hypothesis import example, given
from hypothesis import strategies as st
from ipywidgets.embed import dependency_state
from markdown_it.renderer import RendererHTML
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from bookkit import build
from bookkit import display as style
from bookkit import pdf as paper
from clustergap.panel import Study

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "book" / "_assets"
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
CSS = (ASSETS / "clustergap.css").read_text(encoding="utf-8")

LINE_CONTRAST = 3.0  # WCAG 2.2, success criterion 1.4.11: graphics
TEXT_CONTRAST = 4.5  # WCAG 2.2, success criterion 1.4.3: text, level AA
PAGE_BYTES = 1_300_000  # a chapter's first load on a slow line: about ten seconds at 1 Mbit/s
WIDGET_PAGE_BYTES = 2_000_000


# ---------------------------------------------------------------- colours


def css_colours(theme: str) -> dict[str, str]:
    block = re.search(rf'html\[data-theme="{theme}"\] \{{(.*?)\}}', CSS, re.DOTALL)[1]
    return dict(re.findall(r"--cg-([\w-]+): (#\w+);", block))


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_black_on_white_is_21_as_the_standard_defines():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_code_and_the_style_sheet_hold_one_palette_that_can_be_read(theme):
    colours = css_colours(theme)
    for name, light in style.COLOURS.items():
        assert (colours[name] == light) is (theme == "light")
        assert contrast(colours[name], colours["paper"]) >= LINE_CONTRAST
    for name in ("ink", "soft-ink", "link", "vermillion"):
        assert contrast(colours[name], colours["paper"]) >= TEXT_CONTRAST, name
    for name in ("ink", "soft-ink", "link"):
        assert contrast(colours[name], colours["wash"]) >= TEXT_CONTRAST, name


def test_every_verdict_has_words_and_a_shape_in_the_style_sheet():
    for words in style.VERDICTS.values():
        assert f".verdict-{words.lower().replace(' ', '-')}::before {{ content:" in CSS


# ---------------------------------------------------------------- escaping

MYST = create_md_parser(
    MdParserConfig(enable_extensions=set(CONFIG["parse"]["myst_enable_extensions"])), RendererHTML
)
NASTY = [
    "<script>alert(1)</script>",
    "a | b \\| c",
    "$x$ and $$y$$",
    "{ref}`x` {{ name }} [a](b){.c}",
    "*bold* _it_ `code` ~~no~~ # head",
    "\\begin{align} x \\end{align}",
    ":::{note}",
    "&amp; &lt; &#42;",
    "two\nlines",
    "(not a number) - [ ] *",
]


def cell_as_read(text: str) -> str:
    frame = pd.DataFrame({"a": ["x"], "b": [text]})
    page = MYST.render("\n".join(style._pipe_table(frame)))
    cells = re.findall(r"<td[^>]*>(.*?)</td>", page, re.DOTALL)
    return html.unescape(re.sub(r"</?span[^>]*>", "", cells[1]))


@pytest.mark.parametrize("text", NASTY)
def test_a_cell_reads_as_the_data_say_whatever_they_say(text):
    assert cell_as_read(text) == " ".join(text.split())


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z", "Nd"]), min_size=1))
@example("same_sign")
def test_a_cell_of_any_text_reads_as_that_text(text):
    expected = style.VERDICTS.get(text, text)  # a verdict becomes a badge, in a reader's words
    assert cell_as_read(text) == " ".join(expected.split())


def test_a_table_without_cells_is_words():
    shown = style.table(
        pd.DataFrame(index=pd.Index([], name="x")), name="tbl-x", caption="Some counties",
        source="none", notes="Not shown: (1). No county is treated.",
    )  # fmt: skip
    assert "table" not in shown.markdown and "Not shown: (1)" in shown.markdown
    assert "Some counties" in shown.text


def test_data_cannot_leave_the_table_the_note_or_the_fallback():
    frame = pd.DataFrame({"<b>": ["<i>"]})
    shown = style.table(frame, name="tbl-x", caption="c", source="<u>\n:::\n# x")
    assert "<i>" not in shown.markdown + shown.html
    assert "<u>" not in shown.markdown + shown.html
    assert "\n# x" not in shown.markdown
    banner = style.banner(Study(None, None, "<u>`", True, "12`<u>"))
    assert "<u>" not in banner.markdown + banner.html


# ---------------------------------------------------------------- formulas

INLINE = re.compile(r"(?<![$\\])\$([^$\n]+)\$(?!\$)")
RELATION = re.compile(r"=|<|>|\\le\b|\\ge\b|\\approx\b")
LONGEST = 40  # characters of TeX between two relations, where alone a formula in a line may break


def unbroken(text: str) -> list[str]:
    """Formulas in a line of prose with a part too long for the narrowest telephone."""
    first, *cells = re.split(r"^# %%", text, flags=re.MULTILINE)
    prose = "".join([first, *(cell for cell in cells if cell.startswith(" [markdown]"))])
    text = re.sub(r"\n# ?", " ", prose)
    return [f for f in INLINE.findall(text) if max(map(len, RELATION.split(f))) > LONGEST]


def test_no_formula_in_a_line_is_wider_than_a_narrow_window():
    pages = [*(ROOT / "notebooks").glob("*.py"), *(ROOT / "book").glob("*.md")]
    assert [f for path in pages for f in unbroken(path.read_text("utf-8"))] == []
    long = r"sd_T\,(se_G/se_T)\sqrt{(1-R^2_T)/(1-R^2_G)}"
    text = f"# %% [markdown]\n# A $sd_G = {long}$ b\n\n# %%\nprint('${long}$')\n"
    assert unbroken(text) == [f"sd_G = {long}"]


# ---------------------------------------------------------------- tables


def numbers() -> pd.DataFrame:
    index = pd.Index(["DID", "", "N", "R²"], name="Variable")
    return pd.DataFrame({"(1)": ["-0.033***", "(0.004)", "11,583", "0.827"]}, index=index)


def test_a_column_of_numbers_is_flush_right_with_marks_hanging_and_true_minus():
    head, flush, did, se, n, r2 = style._pipe_table(numbers().reset_index())
    assert head == r"| Variable | \(1\) |"
    assert flush == "| :--- | ---: |"
    assert did == r"| DID | −0\.033[\*\*\*]{.hang} |"
    assert se == r"|  | [\(0\.004[\)]{.hang}]{.se} |"
    assert n == r"| [N]{.rule} | 11\,583 |", "a rule follows the last standard error"
    assert r2 == r"| R² | 0\.827 |"


def test_only_rows_without_a_label_are_standard_errors():
    labelled = pd.DataFrame({"Column": ["(1)", "(2)"], "N": ["5", "6"]})
    assert not re.search(r"\.se|\.rule", "".join(style._pipe_table(labelled)))


def test_words_are_flush_left_and_years_keep_their_hyphen():
    lines = style._pipe_table(pd.DataFrame({"a": ["2014-2022", "x"], "b": ["1", "Yes"]}))
    assert lines[1] == "| :--- | ---: |"
    assert cell_as_read("2014-2022") == "2014-2022"
    assert cell_as_read("[-0.1, -0.2]") == "[−0.1, −0.2]"


@pytest.mark.parametrize(
    "cells", [["46 %", "7 %"], ["0.8612", "< 0.0001"], ["1e-06", "0.5"], ["≤ 0.0005", "±0.01"]]
)
def test_a_column_is_flush_right_by_how_its_numbers_are_read(cells):
    is_power = "e" in cells[0]  # 10⁻⁶ has no digits to align
    assert style._is_flush_right(cells) is not is_power


def test_numbers_of_one_cell_stay_on_a_line_and_words_may_break():
    for pair in ("5.6 (1.7)", "8.3 to 8.6", "[-0.1, 0.2]"):
        assert "\u00a0" in style._cell(pair) and " " not in style._cell(pair)
    assert "\u00a0" not in style._cell("counties of every year, 2015 to 2022")
    assert " " in style._cell("0.12345 (0.00012)"), "too long for a table of many columns"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("11583", "11,583"),
        ("4446", "4,446"),
        ("2022", "2022"),
        ("110121", "110121"),
        ("0.1234", "0.1234"),
        ("-0.033", "−0.033"),
        ("46 %", "46%"),
        ("usual 95 % interval", "usual 95% interval"),
        ("8.27e-23", "8.27 × 10⁻²³"),
        ("below 1e-12", "below 10⁻¹²"),
        ("1e-06", "10⁻⁶"),
    ],
)
def test_numbers_of_all_tables_have_one_form(written, read):
    assert cell_as_read(written) == read


def test_the_downloads_hold_the_table():
    caption = r"Base, if $\beta=-1$"
    shown = style.table(numbers(), name="tbl-base", caption=caption, source="made_up & co")
    file = io.StringIO(shown.files["tables/tbl-base.csv"])
    csv = pd.read_csv(file, dtype=str, keep_default_na=False)
    assert (csv.pop("source") == "made_up & co").all()
    assert csv.to_dict("list") == numbers().reset_index().to_dict("list")
    tex = shown.files["tables/tbl-base.tex"]
    assert r"DID & $-$0.033*** \\" in tex
    assert rf"\caption{{{caption}. Source: made\_up \& co.}}" in tex
    assert shown.markdown.count("download=") == 2
    bundle = shown._repr_mimebundle_()
    assert set(bundle) == {"text/markdown", "text/html", "text/plain", build.FILES}
    assert bundle[build.FILES] == shown.files


def test_notes_go_along_into_latex_as_latex():
    notes = r"\* p < 0.1, 95 % of {term}`units <unit>` and {term}`x_1`."
    shown = style.table(numbers(), name="tbl-x", caption="c", source="s", notes=notes)
    tex = shown.files["tables/tbl-x.tex"]
    assert tex.endswith(
        "\\end{tabular}\n\\par\\footnotesize * p < 0.1, 95 \\% of units and x\\_1.\n\\end{table}\n"
    )


def test_rows_lead_to_their_targets():
    frame = pd.DataFrame({"Finding": ["a [b]", "c"], "n": ["1", "2"]})
    page = MYST.render("\n".join(style._pipe_table(frame, ["one-a", "two"])))
    assert re.findall(r'href="#([^"]*)"[^>]*>([^<]*)<', page) == [("one-a", "a [b]"), ("two", "c")]
    with pytest.raises(ValueError, match="joined by hyphens"):
        style._pipe_table(frame, ["a) [x](", "two"])


def test_a_number_that_nobody_formatted_is_refused():
    with pytest.raises(TypeError, match=r"column 'b': 0\.1 is not a string"):
        style.table(pd.DataFrame({"b": [0.1]}), name="tbl-x", caption="c", source="s")


def test_a_label_that_sphinx_would_change_is_refused():
    with pytest.raises(ValueError, match="joined by hyphens"):
        style.table(numbers(), name="Tbl_1", caption="c", source="s")


@pytest.mark.parametrize(
    ("pvalue", "stars"),
    [(0.0099, "***"), (0.01, "**"), (0.05, "*"), (0.0999, "*"), (0.1, ""), (np.nan, "")],
)
def test_stars_begin_below_each_level(pvalue, stars):
    assert style.starred(-0.0325, pvalue) == f"-0.033{stars}"


def test_regression_table_has_the_papers_layout():
    def fit(fixef, **coefficients):
        values = pd.DataFrame(coefficients, index=["beta", "se", "p"])
        rows = {k: (lambda k=k: values.loc[k]) for k in values.index}
        return SimpleNamespace(
            coef=rows["beta"], se=rows["se"], pvalue=rows["p"], _fixef=fixef, _N=11583, _r2=0.82701
        )

    fits = {
        "(1)": fit(None, Intercept=[0.372, 0.002, 0.0], did=[-0.186, 0.006, 0.0]),
        "(2)": fit("county+year", did=[-0.03349, 0.0041, 0.02]),
    }
    labels = {"did": "DID", "Intercept": "Constant"}
    got = style.regression_table(fits, labels, extra={"Controls": ["No", "Yes"]})
    assert got.reset_index().to_numpy().tolist() == [
        ["DID", "-0.186***", "-0.033**"],
        ["", "(0.006)", "(0.004)"],
        ["Constant", "0.372***", ""],
        ["", "(0.002)", ""],
        ["Controls", "No", "Yes"],
        ["County FE", "No", "Yes"],
        ["Year FE", "No", "Yes"],
        ["N", "11,583", "11,583"],
        ["R²", "0.827", "0.827"],
    ]
    with pytest.raises(KeyError, match="no fit has a coefficient 'dod'"):
        style.regression_table(fits, {"dod": "DID"})


def test_regression_table_reads_real_fits():
    rng = np.random.default_rng(7)
    data = pd.DataFrame({"county": np.repeat(range(20), 5), "year": np.tile(range(5), 20)})
    data["did"] = rng.integers(0, 2, len(data)).astype(float)
    data["gap"] = data["did"] + rng.normal(size=len(data))
    fit = pf.feols("gap~did|county+year", data=data, vcov={"CRV1": "county"})
    got = style.regression_table({"(1)": fit}, {"did": "DID"})["(1)"]
    assert got.iloc[0].startswith(f"{fit.coef()['did']:.3f}*")
    assert got.loc[["County FE", "Year FE", "N"]].tolist() == ["Yes", "Yes", "100"]


# ---------------------------------------------------------------- figures

DRAW = """
import matplotlib; matplotlib.use("Agg")
import matplotlib.pyplot as plt
from bookkit import display as style
style.use_style()
fig, ax = plt.subplots()
ax.plot([0, 1], [-1, 1], "o-", mfc=style.PAPER, label="a & b")
ax.fill_between([0, 1], [0, 1], color=style.COLOURS["vermillion"], hatch="/")
ax.legend()
"""


def drawn(name: str = "fig-one", alt: str = 'Rises "fast"') -> str:
    names: dict = {}
    exec(DRAW, names)
    shown = style.figure(names["fig"], name=name, caption="One.", alt=alt, source="none")
    return re.search("<svg.*</svg>", shown.markdown, re.DOTALL)[0]


@pytest.mark.slow
def test_a_figure_is_the_same_bytes_in_another_process():
    script = (
        DRAW + "shown = style.figure(fig, name='fig-one', caption='One.', alt='Rises \"fast\"', "
        "source='none')\nprint(shown.markdown)"
    )
    other = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    run = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONHASHSEED": other, "PYTHONPATH": str(ROOT / "lib")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert drawn() in run.stdout


def test_a_figure_takes_its_colours_and_face_from_the_page():
    picture = drawn()
    assert 'role="img" aria-label="Rises &quot;fast&quot;"' in picture
    assert "currentColor" in picture and style.INK not in picture
    for name in ("blue", "vermillion"):
        assert f"var(--cg-{name}, {style.COLOURS[name]})" in picture
    assert "DejaVu" not in picture and ">a &amp; b</text>" in picture
    assert not re.search(r"(fill|stroke): #(?!f{3,6}\b)", picture), "a colour outside the palette"


def test_two_figures_on_a_page_share_no_id():
    one, two = (set(re.findall(r'id="([^"]+)"', drawn(n))) for n in ("fig-one", "fig-two"))
    assert one and not one & two
    links = re.findall(r'(?:href="#|url\(#)([^")]+)', drawn())
    assert links and set(links) <= one


def test_a_figure_without_alternative_text_is_refused():
    with pytest.raises(ValueError, match="no alternative text"):
        drawn(alt=" ")


def test_a_figure_with_mathtext_is_refused():
    style.use_style()
    fig, ax = plt.subplots()
    ax.set_xlabel(r"$\beta$")
    with pytest.raises(ValueError, match="write Unicode"):
        style.figure(fig, name="fig-one", caption="One.", alt="x", source="none")


def test_style_leaves_nothing_of_an_earlier_style():
    plt.rcParams["lines.linewidth"] = 9
    style.use_style()
    assert plt.rcParams["lines.linewidth"] == 1.8


# ---------------------------------------------------------------- files


def test_every_file_that_pages_name_is_in_the_repository():
    sphinx = CONFIG["sphinx"]["config"]
    named = [sphinx["mathjax_path"], *sphinx["nb_ipywidgets_js"], *sphinx["html_css_files"]]
    named += re.findall(r'url\("([^"]+)"\)', CSS)
    missing = [name for name in named if not (ASSETS / name).is_file()]
    assert not missing


def test_our_own_assets_name_no_server():
    ours = [p for p in ASSETS.iterdir() if p.is_file()]
    ours += list((ROOT / "book" / "_templates").rglob("*.html"))
    ours += list((ROOT / "book" / "_paper").iterdir())
    for path in ours:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "//" not in re.sub(r"^\s*// .*$", "", text, flags=re.MULTILINE), path.name


def test_what_the_tests_bring_along_has_its_licence():
    for folder in (ROOT / "tests" / "vendor").iterdir():
        assert (folder / "LICENSE").is_file(), folder.name


def test_vendored_folders_have_licence_and_an_entry():
    readme = (ASSETS / "vendor" / "README.md").read_text(encoding="utf-8")
    folders = [p for p in (ASSETS / "vendor").iterdir() if p.is_dir()]
    assert folders
    for folder in folders:
        assert (folder / "LICENSE").is_file(), folder.name
        assert f"`{folder.name}`" in readme, folder.name


# ---------------------------------------------------------------- in a browser


def test_without_a_browser_the_remedy_is_named(monkeypatch):
    monkeypatch.setenv("CLUSTERGAP_BROWSER", "no-such-browser")
    with pytest.raises(FileNotFoundError, match="install Chromium"):
        find_browser()


@pytest.mark.slow
@pytest.mark.browser
def test_the_browser_check_finds_each_kind_of_fault(tmp_path):
    (tmp_path / "good.html").write_text("<!doctype html><link rel=icon href='data:,'><p>Good</p>")
    (tmp_path / "bad.html").write_text(
        "<!doctype html><link rel=icon href='data:,'><script src='https://outside.invalid/x.js'>"
        "</script><script>console.error('oops'); missing()</script><img src='gone.png'>"
        "<div style='width: 3000px'>wide</div>"
    )
    with served(tmp_path) as base, browsing() as browser:
        good = browser.visit(f"{base}/good.html")
        bad = browser.visit(f"{base}/bad.html")
    assert good.faults() == []
    assert good.compressed_bytes(tmp_path) > 0
    assert bad.outside == ["https://outside.invalid/x.js"]
    assert [Path(url).name for url in bad.failed] == ["gone.png"]
    assert [Path(url).name for url in bad.broken_images] == ["gone.png"]
    assert {"oops", "missing"} <= set(re.findall("oops|missing", " ".join(bad.errors)))
    assert bad.overflow > 1000


GOOD_PAGE = """<!doctype html><html lang=en><title>Good</title><link rel=icon href='data:,'>
<main><h1>Good</h1><button>Close</button><table><tr><th>a</th></tr><tr><td>1</td></tr></table>
<details><summary>More</summary><p style='color: #555'>Folded</p></details></main>"""
PLANTED = {
    "button-name": ("<button>Close</button>", "<button></button>"),
    "color-contrast": ("#555", "#ccc"),
    "html-has-lang": (" lang=en", ""),
    "image-alt": ("</main>", "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='></main>"),
    "label": ("</main>", "<input></main>"),
    "region": ("<main>", "<p>Outside</p><main>"),
    "scrollable-region-focusable": (
        "</main>",
        f"<div style='width: 90px; overflow: auto'>{'long' * 99}</div></main>",
    ),
}


@pytest.mark.weekly
@pytest.mark.browser
def test_the_check_finds_each_planted_barrier_and_none_where_there_is_none(tmp_path):
    pages = {"good": GOOD_PAGE} | {n: GOOD_PAGE.replace(*p, 1) for n, p in PLANTED.items()}
    found = {}
    with served(tmp_path) as base, browsing() as browser:
        for name, page in pages.items():
            (tmp_path / f"{name}.html").write_text(page)
            browser.visit(f"{base}/{name}.html", settled=False)
            found[name] = {barrier.split(" ")[0] for barrier in browser.barriers()}
            if name == "color-contrast":
                assert browser.barriers("region") == [], "only what was asked for"
    assert found == {"good": set()} | {name: {name} for name in PLANTED}


@pytest.fixture(scope="module")
def small_book(tmp_path_factory) -> Path:
    """A book of two pages, built as the real one is; its notebook comes with outputs."""
    folder = tmp_path_factory.mktemp("small")
    source = folder / "book"
    source.mkdir()
    for name in ("_assets", "_templates"):
        (source / name).symlink_to(ROOT / "book" / name)
    (source / "references.bib").write_text("@misc{abc, title={Abc}, author={A. Bc}, year=2020}\n")
    words = "{numref}`tbl-base`, {numref}`fig-one`, {cite:t}`abc`."
    (source / "index.md").write_text(f"# Small\n\n{words}\n\n```{{bibliography}}\n```\n")
    names: dict = {}
    exec(DRAW, names)
    shown = [
        style.banner(Study(None, None, "made up", True, "abc123")),
        style.table(numbers(), name="tbl-base", caption="Base, $x$: 'a'", source="made up",
                    notes=style.STARS_NOTE),
        style.figure(names["fig"], name="fig-one", caption="A figure: of $x$", alt="It rises",
                     source="made up"),
    ]  # fmt: skip
    frames = [ipywidgets.HTML(drawn(f"frame-{i}", f"Frame {i}")) for i in range(2)]
    stack = ipywidgets.Stack(frames, selected_index=0)
    slider = ipywidgets.IntSlider(0, 0, 1, description="$s$")
    box = ipywidgets.VBox([slider, stack])
    link = ipywidgets.jslink((slider, "value"), (stack, "selected_index"))
    bundles = [item._repr_mimebundle_() for item in shown] + [box._repr_mimebundle_()]
    for bundle in bundles:
        bundle.pop(style.FILES, None)  # the build takes them
    cells = [nbformat.v4.new_markdown_cell("# Chapter\n\nHere $\\beta$.")]
    for bundle in bundles:
        output = nbformat.v4.new_output("display_data", bundle)
        cells.append(nbformat.v4.new_code_cell("pass", outputs=[output], execution_count=1))
    state = {"version_major": 2, "version_minor": 0, "state": dependency_state([box, link])}
    mime = "application/vnd.jupyter.widget-state+json"
    metadata = {"widgets": {mime: state}, "language_info": {"name": "python"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.write(notebook, source / "chapter.ipynb")
    toc = folder / "_toc.yml"
    toc.write_text("format: jb-book\nroot: index\nchapters:\n- file: chapter\n")
    command = ["jupyter-book", "build", str(source), "--config", str(ROOT / "_config.yml")]
    command += ["--toc", str(toc), "--path-output", str(folder), "-W", "-n", "--keep-going"]
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    run = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    return folder / "_build" / "html"


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "dark"), [(360, False), pytest.param(1280, True, marks=pytest.mark.weekly)]
)
def test_a_small_book_is_whole_light_for_the_line_and_follows_dark_mode(small_book, width, dark):
    ink = css_colours("dark" if dark else "light")["ink"]
    with served(small_book) as base, browsing() as browser:
        index = browser.visit(f"{base}/index.html", width=width, dark=dark)
        words = browser.evaluate("document.querySelector('.bd-article').innerText")
        chapter = browser.visit(f"{base}/chapter.html", width=width, dark=dark)
        colour = browser.evaluate("getComputedStyle(document.querySelector('figure svg')).color")
        caption = browser.evaluate("document.querySelector('figcaption').innerText")
        visible = (
            "[...document.querySelectorAll('.widget-html svg')].filter(s => s.checkVisibility())"
        )
        labels = f"{visible}.map(s => s.getAttribute('aria-label'))"
        before = browser.evaluate(labels)
        browser.evaluate(
            "document.querySelector('.noUi-handle').dispatchEvent("
            "new KeyboardEvent('keydown', {key: 'Right', bubbles: true}))"
        )
        after = browser.evaluate(labels)
        typeset = browser.evaluate(
            "document.querySelectorAll('.widget-label mjx-container').length"
        )
    assert index.faults() == [] and chapter.faults() == []
    assert "Table chapter-A, Figure chapter-A, Bc" in words, "exhibits are lettered by page"
    assert not re.search("mathjax|thebe|embed", " ".join(index.requests)), "a page needs it first"
    assert index.compressed_bytes(small_book) < PAGE_BYTES
    assert chapter.compressed_bytes(small_book) < WIDGET_PAGE_BYTES
    red, green, blue = (int(ink[i : i + 2], 16) for i in (1, 3, 5))
    assert colour == f"rgb({red}, {green}, {blue})"
    assert caption.startswith("Figure chapter-A")
    assert caption.rstrip("#").endswith("Source: made up.")
    assert (before, after) == (["Frame 0"], ["Frame 1"])
    assert typeset == 1


@pytest.mark.browser
@pytest.mark.weekly
def test_on_paper_a_widget_stands_where_it_starts(small_book, monkeypatch):
    monkeypatch.setattr(paper, "toc_parts", lambda: {"": ["index", "chapter"]})
    content, faults = paper.print_book(small_book)
    text = "".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(content)).pages)
    assert faults == []
    assert text.count("a & b") == 2, "the figure, and the first of the widget's two frames"
