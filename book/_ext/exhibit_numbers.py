"""Numbers of figures and tables: the paper's exhibits keep theirs, the book's are lettered.

Table 2 of the paper is Table 2; the book's own are Table 4.1-A, 4.1-B … by chapter.
"""

from __future__ import annotations

import re

from sphinx.application import Sphinx
from sphinx.builders import Builder


def letter(place: int) -> str:
    """Write 0, 1 and so on as A, B … Z, AA, AB."""
    first, last = divmod(place, 26)
    return ("" if not first else letter(first - 1)) + chr(ord("A") + last)


def prefix(page: str, named: dict[str, str]) -> str:
    """Chapter of a page: as configured, else its number (4.1 of 04_1_baseline, 7b of 07_b_x)."""
    if page in named:
        return named[page]
    found = re.match(r"(\d+)(?:_(?:(\d+)|([a-z])))?_", page)
    if not found:
        return page
    chapter, section, beside = found.groups(default="")
    return f"{int(chapter)}" + (f".{int(section)}" if section else beside)


def number(app: Sphinx, builder: Builder) -> None:
    """Replace Sphinx's running numbers by those of the book.

    Only for writing: kept between builds they would differ from Sphinx's own, and all pages
    would be written again each time.
    """
    paper, named = app.config.paper_exhibits, app.config.exhibit_prefixes
    for page, kinds in app.env.toc_fignumbers.items():
        for kind in ("figure", "table"):
            own = [one for one in kinds.get(kind, {}) if one not in paper]
            for place, one in enumerate(own):
                kinds[kind][one] = (f"{prefix(page, named)}-{letter(place)}",)
            for one in kinds.get(kind, {}).keys() & paper.keys():
                kinds[kind][one] = (str(paper[one]),)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the two settings and the numbering."""
    app.add_config_value("paper_exhibits", {}, "env")
    app.add_config_value("exhibit_prefixes", {}, "env")
    app.connect("write-started", number)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
