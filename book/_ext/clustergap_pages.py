"""What the book adds to Sphinx, above all numbered figures whose SVG is part of the page.

An image file cannot take the page's colours; inline SVG can, so it follows dark mode.
"""

from __future__ import annotations

import html
import re
import textwrap
from itertools import pairwise

import yaml
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import search
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.search.en import SearchEnglish
from sphinx.util.docutils import SphinxDirective

from bookkit.paths import ROOT

ACCESSIBLE = {
    # the name hid the words that are seen, "Show code cell source"
    '<summary aria-label="Toggle hidden content">': "<summary>",
    # a role that browsers dropped, in a list that had no items otherwise
    'role="doc-biblioentry"': 'role="listitem"',
}
CHINESE = {
    "Table": "表",
    "Figure": "图",
    "previous": "上一页",
    "previous page": "上一页",
    "next": "下一页",
    "next page": "下一页",
}
"""The words that Sphinx and the theme add to a page, for a page in Chinese."""
_NUMBERED = re.compile(r'(<span class="(?:caption-number|std std-numref)">)(Table|Figure)')
SENTENCE = 60  # characters, of which a first paragraph has more
WIDE = 480  # points, beyond which a phone would shrink a figure's letters to nothing
PDF_MARK = "<!-- the whole book as PDF -->"
BUNDLE = "clustergap-project"
LAB = "http://localhost:8888/lab/tree/"
BINDER = "https://mybinder.org/v2/gh"
_SIGNS = "\u3400-\u9fff"
"""Chinese characters."""
_HAN = rf"\u3000-\u303f{_SIGNS}\uff00-\uffef"
"""The same and full-width marks."""
_TO_DROP = re.compile(
    rf"(?<=[，。；：、）])\n|(?<=[{_HAN}])\n(?=[{_HAN}“])|(?<=[”…—])\n(?=[{_HAN}])|(?<=\d) (?=%)"
    rf"|(?<=[，。；：、）]) (?=[{_HAN}])"
)
"""White space of the source that must not show."""


class SearchBothLanguages(SearchEnglish):
    """Index Chinese, which sets no spaces between words, by every two characters that meet.

    Sphinx takes a whole clause for one word, and looks inside words for three letters or more;
    the common Chinese word has two.
    """

    js_splitter_code = rf"""
function splitQuery(query) {{
  const runs = query.match(/[{_SIGNS}]+|(?:(?![{_SIGNS}])[\p{{Letter}}\p{{Number}}_])+/gu) ?? [];
  const pairs = (run) => [...run].slice(1).map((sign, i) => run[i] + sign);
  return runs.flatMap((run) => (/[{_SIGNS}]{{2}}/.test(run) ? pairs(run) : [run]));
}}
"""

    def split(self, input: str) -> list[str]:
        """Split a page's text into what can be searched for."""
        words = []
        for run in re.findall(rf"[{_SIGNS}]+|[^\W{_SIGNS}]+", input):
            pairs = [a + b for a, b in pairwise(run)] if re.match(f"[{_SIGNS}]", run) else []
            words += pairs or [run]
        return words


class SvgFigure(SphinxDirective):
    """``{svg-figure}`` with a ``:name:``; its body is a caption (MyST), then an ``<svg>``."""

    has_content = True
    option_spec = {"name": directives.unchanged_required}  # noqa: RUF012 - docutils' own form

    def run(self) -> list[nodes.Node]:
        """Build the figure node, which Sphinx numbers and `numref` finds."""
        caption, mark, picture = "\n".join(self.content).partition("<svg")
        if not mark or not caption.strip() or 'aria-label=""' in picture:
            raise self.error("svg-figure: needs a caption and one <svg> with a text alternative")
        picture = mark + picture
        width = re.match(r'<svg[^>]*? width="(\d+)', picture)
        if width and int(width[1]) > WIDE and picture.rstrip().endswith("</svg>"):
            picture = f'<div class="wide">{picture}</div>'
        figure = nodes.figure("", nodes.raw("", picture, format="html"))
        figure["classes"].append("svg-figure")
        text, messages = self.parse_inline(caption.strip())
        figure += nodes.caption(caption, "", *text)
        self.set_source_info(figure)
        self.add_name(figure)
        return [figure, *messages]


def tidy(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Give numbers glued into the prose a true minus; drop the settings of unused live code."""
    for pasted in doctree.findall(nodes.inline):
        if "pasted-text" in pasted["classes"] and re.fullmatch(r"-[\d.,]+%?", pasted.astext()):
            pasted[:] = [nodes.Text("−" + pasted.astext()[1:])]
    _tidy_text(doctree)
    for formula in doctree.findall(nodes.math):
        _keep_with_marks(formula)
    for raw in list(doctree.findall(nodes.raw)):
        if "text/x-thebe-config" in raw.astext()[:60]:
            raw.parent.remove(raw)


def _keep_with_marks(formula: nodes.math) -> None:
    """Let no line end between a formula and the bracket or full stop that it touches.

    A browser may break beside MathJax's boxes even there, unless a word joiner stands between.
    """
    parent, at = formula.parent, formula.parent.index(formula)
    for place, touches in ((at - 1, r"[(\[]$"), (at + 1, r"^[)\].,;:]")):
        text = parent[place] if 0 <= place < len(parent) else None
        if isinstance(text, nodes.Text) and re.search(touches, text):
            words = f"{text}\u2060" if place < at else f"\u2060{text}"
            parent[place] = nodes.Text(words)


STUDENT = (
    '<p class="student-notebook">Do them in the <a href="{up}students/{page}.ipynb" '
    'download="{file}_student.ipynb">student’s notebook</a>: this chapter with blanks in place '
    "of the solutions, and a check below each.</p>"
)


def fold(app: Sphinx, doctree: nodes.document) -> None:
    """Fold the checks of exercises, which tell the answer; name what each fold holds.

    Link the notebook to do the exercises in, which the build makes for each chapter that has
    solutions; on own data no chapter has.
    """
    cells = [c for c in doctree.findall(nodes.container) if c.get("nb_element") == "cell_code"]
    for cell in cells:
        if "tag_check" in cell["classes"]:
            cell["hide_mode"] = "all"
        if cell.get("hide_mode"):
            cell["prompt_show"] = cell["prompt_hide"] = _folded(cell)
    if any("tag_solution" in cell["classes"] for cell in cells):
        page = app.env.docname
        up, file = "../" * page.count("/"), page.rpartition("/")[2]
        link = nodes.raw("", STUDENT.format(up=up, page=page, file=file), format="html")
        section = next(s for s in doctree.findall(nodes.section) if "exercises" in s["ids"])
        section.insert(1, link)


def _folded(cell: nodes.container) -> str:
    """Say what a folded cell of a chapter holds, for its button."""
    for tag, words in (("tag_solution", "Solution in code"), ("tag_check", "Check")):
        if tag in cell["classes"]:
            return words
    for kind, words in ((nodes.table, "table"), (nodes.figure, "figure")):
        if any(cell.findall(kind)):
            return f"Code of this {words}" if cell["hide_mode"] == "input" else f"The {words}"
    imports = re.match(r"(import|from) ", cell.astext())
    return "Set-up" if imports else "Code of the next numbers"


def _tidy_text(doctree: nodes.document) -> None:
    """Write 5%, not 5 %, as computed numbers come; mark Chinese terms.

    Let no line break of the source become a space in a Chinese sentence.
    """
    texts = (text for text in doctree.findall(nodes.Text) if re.search(r"\n| %|^ ", text))
    for parent in list({id(text.parent): text.parent for text in texts}.values()):
        if isinstance(parent, nodes.FixedTextElement | nodes.literal | nodes.math):
            continue
        words = [child.astext() for child in parent]
        for at, child in enumerate(parent):
            if isinstance(child, nodes.Text):
                before, after = "".join(words[:at])[-1:], "".join(words[at + 1 :])[:1]
                tidied = _TO_DROP.sub("", before + child + after)
                parent[at] = nodes.Text(tidied.removeprefix(before).removesuffix(after))
    for term in doctree.findall(nodes.term):
        if re.search(f"[{_HAN}]", term.astext()):
            term["classes"].append("language-zh-hans")


def drop_unused(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Leave out scripts that a page has no use for.

    Jupyter Book always loads sphinx-thebe, for live code in the page, which this book does not
    offer; it names a public server and is written twice, an error in the browser. Sphinx gives
    MathJax to a page without equations if a page below it in the contents has some.
    """
    unused = ["thebe"]
    if doctree is None or not any(doctree.findall(_is_math)):
        unused.append("mathjax")
    for kind in ("script_files", "css_files"):
        context[kind][:] = [file for file in context[kind] if not _names(file, unused)]


def accessible(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Mend what a screen reader or a voice command would stumble over in others' HTML."""
    for theirs, ours in ACCESSIBLE.items():
        context["body"] = context.get("body", "").replace(theirs, ours)
    if re.search(r'<section [^>]*lang="zh', context["body"]):
        context["body"] = _NUMBERED.sub(lambda m: m[1] + CHINESE[m[2]], context["body"])
        context["_"] = lambda words: CHINESE.get(words, words)
    if page == app.config.root_doc:  # `make pdf` writes its link here
        context["body"] = context["body"].replace("</h1>", f"</h1>\n{PDF_MARK}", 1)


def describe(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Give search engines and messengers a page's first words, and its title."""
    texts = (p.astext() for p in doctree.findall(nodes.paragraph)) if doctree else iter(())
    if first := next((text for text in texts if len(text) > SENTENCE), ""):
        words = html.escape(textwrap.shorten(first, 200, placeholder=" …"))
        title = html.escape(re.sub("<.*?>", "", context["title"]))
        context["metatags"] += (
            f'\n<meta name="description" content="{words}" />'
            f'\n<meta property="og:title" content="{title}" />'
            f'\n<meta property="og:description" content="{words}" />'
        )


def edition(app: Sphinx, config: Config) -> None:
    """Name the edition in the footer of each page."""
    about = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    config.copyright += f"; version {about['version']} of {about['date-released']}"


def name_once(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Take the checksum off a style sheet whose name holds one already.

    Whether Sphinx adds it depends on whether an earlier run has left the file: a page made
    again would differ from the same page made afresh.
    """
    tag = context["css_tag"]
    context["css_tag"] = lambda css: re.sub(r"(\.[0-9a-f]{64}\.css)\?v=\w+", r"\1", tag(css))


def offer(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Put on a chapter's page what can be taken away, and where it can be opened.

    The theme would offer the executed notebook, which runs only inside the project. Binder needs
    the project's address, `repository: url:` in _config.yml.
    """
    groups = [g for g in context["header_buttons"] if g.get("label") != "download-buttons"]
    away, opened = [("fas fa-print", "Print this page", None)], []
    if str(context.get("sourcename", "")).endswith(".ipynb"):
        files = context["pathto"]("downloads", 1)
        away[:0] = [
            ("fas fa-download", "Notebook (.ipynb)", f"{files}/{page}.ipynb"),
            ("fas fa-download", "Script (.py)", f"{files}/{page}.py"),
            ("fas fa-download", "Library, data, chapters (.zip)", f"{files}/{BUNDLE}.zip"),
        ]
        notebook = f"notebooks/{page}.ipynb"
        opened = [("fas fa-play", "JupyterLab (after make lab)", LAB + f"{page}.ipynb")]
        if address := app.config.html_theme_options.get("repository_url"):
            name = address.removeprefix("https://github.com/")
            link = f"{BINDER}/{name}/HEAD?urlpath=lab/tree/{notebook}"
            opened.append(("fas fa-play", "Binder", link))
    for label, words, icon, offers in (
        ("launch-buttons", "Open this chapter", "fas fa-rocket", opened),
        ("download-buttons", "Take this page away", "fas fa-download", away),
    ):
        if offers:
            buttons = [_button(*one) for one in offers]
            groups.append(
                {
                    "type": "group",
                    "label": label,
                    "tooltip": words,
                    "icon": icon,
                    "buttons": buttons,
                }
            )
    context["header_buttons"] = groups


def _button(icon: str, text: str, url: str | None) -> dict[str, str]:
    does = {"type": "link", "url": url} if url else {"type": "javascript", "javascript": "print()"}
    return {**does, "icon": icon, "text": text, "tooltip": text}


def docstring_as_text(
    app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    """Let stars and bars in docstrings be what they are, |t|, -0.03***, but for an *emphasis*."""
    markup = re.compile(r"(`+[^`]*`+|(?<![\w*])\*\w+\*(?![\w*]))|([*|])")
    lines[:] = [markup.sub(lambda m: m[1] or f"\\{m[2]}", line) for line in lines]


def _is_math(node: nodes.Node) -> bool:
    return isinstance(node, nodes.math | nodes.math_block)


def _names(file: object, words: list[str]) -> bool:
    """Look at a file's name and the beginning of an inline script, never at a page's data."""
    start = getattr(file, "attributes", {}).get("body", "")[:30]
    return any(word in f"{file} {start}".lower() for word in words)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive and the filters."""
    search.languages["en"] = SearchBothLanguages
    app.add_directive("svg-figure", SvgFigure)
    app.connect("autodoc-process-docstring", docstring_as_text, priority=400)  # before napoleon
    app.connect("config-inited", edition, priority=100)
    app.connect("doctree-read", fold)
    app.connect("doctree-resolved", tidy, priority=900)
    app.connect("html-page-context", drop_unused, priority=900)
    app.connect("html-page-context", accessible, priority=900)
    app.connect("html-page-context", name_once, priority=900)
    app.connect("html-page-context", describe, priority=900)
    app.connect("html-page-context", offer, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
