"""The list of references as the text cites: author, year, title, and where it appeared."""

from __future__ import annotations

from typing import Any

from pybtex.plugin import register_plugin
from pybtex.style.formatting import toplevel
from pybtex.style.formatting.unsrt import Style, pages
from pybtex.style.sorting.author_year_title import SortingStyle
from pybtex.style.template import (
    Node,
    field,
    first_of,
    href,
    join,
    names,
    optional,
    sentence,
    tag,
)
from sphinx.application import Sphinx

KINDS = "article", "book", "incollection", "inproceedings", "misc", "techreport", "unpublished"


def _entry(self: Style, entry: Any) -> Node:
    """One form for all kinds of works; what an entry lacks is left out."""
    volume = join[field("volume"), optional["(", field("number"), ")"]]
    number = join[optional[field("type"), " "], field("number")]
    within = [optional[tag("em")[field(name)]] for name in ("journal", "booktitle")]
    report = (
        [optional[number]] if entry.type == "techreport" else [optional[volume], optional[pages]]
    )
    by = [optional[field(name)] for name in ("institution", "publisher", "address")]
    preprint = [optional["arXiv:", field("eprint")]]
    at_doi = join["https://doi.org/", field("doi", raw=True)]
    at_url = field("url", raw=True)
    title = tag("em")[field("title")] if entry.type in ("book", "techreport") else field("title")
    who = names("author", sep="; ", sep2=" and ", last_sep=" and ")
    return toplevel[
        join[who, optional[" (", field("year"), ")"], "."],
        sentence(capfirst=False)[title],
        optional[sentence(capfirst=False, sep=", ")[[*within, *report, *by, *preprint]]],
        optional[sentence(capfirst=False)[field("note")]],
        optional[first_of[optional[href(at_doi)[at_doi]], href(at_url)[at_url]]],
    ]


class ByName(SortingStyle):
    """Sorted by author, year and title; braces around an institution are no letters."""

    def person_key(self, person: Any) -> str:
        """What a name is sorted by."""
        return str(super().person_key(person)).replace("{", "")


class AuthorYear(Style):
    """Labels, which the page hides, differ across lists."""

    default_name_style = "lastfirst"
    default_sorting_style = ByName

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.format_labels = lambda entries: (entry.key for entry in entries)


for _kind in KINDS:
    setattr(AuthorYear, f"get_{_kind}_template", _entry)


def setup(app: Sphinx) -> dict[str, Any]:
    """Make the style known as ``author_year``."""
    register_plugin("pybtex.style.formatting", "author_year", AuthorYear)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
