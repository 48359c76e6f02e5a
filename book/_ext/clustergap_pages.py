"""What the book adds to Sphinx, above all numbered figures whose SVG is part of the page.

An image file cannot take the page's colours; inline SVG can, so it follows dark mode.
"""

from __future__ import annotations

import re

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


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


def set_minus(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Give numbers glued into the prose the minus sign that tables and figures have."""
    for pasted in doctree.findall(nodes.inline):
        if "pasted-text" in pasted["classes"] and re.fullmatch(r"-[\d.,]+", pasted.astext()):
            pasted[:] = [nodes.Text("−" + pasted.astext()[1:])]


def drop_thebe(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Leave out the scripts of sphinx-thebe, which Jupyter Book always loads.

    They serve live code in the page, which this book does not offer, name a public server, and
    are written twice, which is an error in the browser.
    """
    for kind in ("script_files", "css_files"):
        files = context[kind]
        files[:] = [f for f in files if "thebe" not in f"{f}{getattr(f, 'attributes', '')}".lower()]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive and the two filters."""
    app.add_directive("svg-figure", SvgFigure)
    app.connect("doctree-resolved", set_minus)
    app.connect("html-page-context", drop_thebe, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
