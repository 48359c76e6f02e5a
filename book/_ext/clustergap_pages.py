"""What the book adds to Sphinx, above all numbered figures whose SVG is part of the page.

An image file cannot take the page's colours; inline SVG can, so it follows dark mode.
"""

from __future__ import annotations

import re

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

BUNDLE = "clustergap-project"
LAB = "http://localhost:8888/lab/tree/"
BINDER = "https://mybinder.org/v2/gh"
COLAB = "https://colab.research.google.com/github"


class SvgFigure(SphinxDirective):
    """``{svg-figure}`` with a ``:name:``; its body is a caption (MyST), then an ``<svg>``."""

    has_content = True
    option_spec = {"name": directives.unchanged_required}  # noqa: RUF012 - docutils' own form

    def run(self) -> list[nodes.Node]:
        """Build the figure node, which Sphinx numbers and `numref` finds."""
        caption, mark, picture = "\n".join(self.content).partition("<svg")
        if not mark or not caption.strip() or 'aria-label=""' in picture:
            raise self.error("svg-figure: needs a caption and one <svg> with a text alternative")
        figure = nodes.figure("", nodes.raw("", mark + picture, format="html"))
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
    for raw in list(doctree.findall(nodes.raw)):
        if "text/x-thebe-config" in raw.astext()[:60]:
            raw.parent.remove(raw)


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

    The theme would offer the executed notebook, which runs only inside the project. Binder and
    Colab need the project's address, `repository: url:` in _config.yml (`make address`).
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
            opened += [
                ("fas fa-play", "Binder", f"{BINDER}/{name}/HEAD?urlpath=lab/tree/{notebook}"),
                ("fas fa-play", "Colab", f"{COLAB}/{name}/blob/main/{notebook}"),
            ]
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


def _is_math(node: nodes.Node) -> bool:
    return isinstance(node, nodes.math | nodes.math_block)


def _names(file: object, words: list[str]) -> bool:
    """Look at a file's name and the beginning of an inline script, never at a page's data."""
    start = getattr(file, "attributes", {}).get("body", "")[:30]
    return any(word in f"{file} {start}".lower() for word in words)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive and the filters."""
    app.add_directive("svg-figure", SvgFigure)
    app.connect("doctree-resolved", tidy, priority=900)
    app.connect("html-page-context", drop_unused, priority=900)
    app.connect("html-page-context", name_once, priority=900)
    app.connect("html-page-context", offer, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
