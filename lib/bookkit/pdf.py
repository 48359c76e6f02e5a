"""Prints the built pages as one PDF: title page, contents with page numbers, every chapter.

Chromium does the work: the pages are put together in one of them (book/_paper/paper.js) and
printed twice, since only the first print tells on which page a chapter begins.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from bookkit.build import Site, toc_parts
from bookkit.chromium import Chromium, served
from bookkit.paths import ROOT, write_atomically

NAME = "clustergap.pdf"
MARK = "<!-- the whole book as PDF -->"
"""Where the landing page says that there is a PDF, once there is; see book/_ext."""

SOURCES = ROOT / "book" / "_paper"
TEXT_WIDTH = 627  # CSS pixels between the margins of paper.css: 166 mm
KIND = "A literate replication, in Python"
FOLDED = (
    "Printed from the built pages. What they fold away is left out here: hints, solutions, and "
    "code that only lays out a table or a figure. Sliders stand where they start. Tables as CSV "
    "and LaTeX, and notebooks that run, are on the pages."
)
NO_CHINESE = (
    "Chinese prints as empty boxes: this machine has no typeface for it. Install one, for example "
    "`apt-get install fonts-wqy-microhei`, and print again"
)


def print_book(html: Path) -> tuple[bytes, list[str]]:
    """Print a folder of built pages.

    Parameters
    ----------
    html
        The folder that `build` returned.

    Returns
    -------
    tuple
        The PDF, tagged and with an outline; and what is wrong with it, in words: what did not
        fit on the paper, or Chinese for which the machine has no typeface.

    Raises
    ------
    FileNotFoundError
        If there is no Chromium; the message says how to get one.
    """
    parts = [{"caption": caption, "pages": names} for caption, names in toc_parts().items()]
    with served(html) as base, Chromium() as browser:
        browser.resize(TEXT_WIDTH, 900)
        browser.open(f"{base}/{_with_equations(html, parts)}.html")
        browser.call("Emulation.setEmulatedMedia", media="print")
        browser.evaluate((SOURCES / "paper.js").read_text(encoding="utf-8") + ";0")
        browser.evaluate(f"assemble({json.dumps(parts)}, {json.dumps(_title())})")
        browser.settle()
        faults = [f"wider than the paper: {what}" for what in browser.evaluate("fit()")]
        faults += [NO_CHINESE] if browser.evaluate("printsBoxes()") else []
        pages = _page_of_place(browser.pdf(printBackground=True))
        browser.evaluate(f"number({json.dumps(pages)})")
        content = browser.pdf(
            printBackground=True, generateTaggedPDF=True, generateDocumentOutline=True
        )
    return content, faults


def publish(content: bytes, html: Path) -> Path:
    """Put the PDF among the pages, and a link to it on the landing page.

    A build that makes other pages drops both again: they are no part of it.

    Parameters
    ----------
    content
        The PDF.
    html
        Folder of the built pages.

    Returns
    -------
    Path
        Of the PDF.
    """
    path, landing = html / NAME, html / "index.html"
    write_atomically(path, content)
    link = f'{MARK}<p class="book-pdf"><a href="{NAME}">The whole book as PDF</a></p>'
    text = landing.read_text(encoding="utf-8")
    if link not in text:
        write_atomically(landing, text.replace(MARK, link, 1))
    return path


def _with_equations(html: Path, parts: list[dict[str, Any]]) -> str:
    """Name a page that loads MathJax, so that the book put together there has it."""
    names = [name for part in parts for name in part["pages"]]
    loads = (n for n in names if "tex-chtml" in (html / f"{n}.html").read_text("utf-8"))
    return next(loads, names[0])


def _title() -> dict[str, str | list[str]]:
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    lines = [config["author"], time.strftime("%Y-%m-%d"), FOLDED, f"© {config['copyright']}"]
    css = (SOURCES / "paper.css").read_text(encoding="utf-8")
    return {"name": config["title"], "kind": KIND, "lines": lines, "css": css}


def _page_of_place(content: bytes) -> dict[str, int]:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(content))
    places = reader.named_destinations.items()
    return {k.lstrip("/"): (reader.get_destination_page_number(v) or 0) + 1 for k, v in places}


def main() -> None:
    """``python -m bookkit.pdf``: what ``make pdf`` runs after ``make book``."""
    parser = argparse.ArgumentParser(description="Print the built book as one PDF.")
    parser.add_argument("--data", help="folder of raw tables whose book to print")
    started, html = time.perf_counter(), Site.of(parser.parse_args().data or None).html
    try:
        content, faults = print_book(html)
    except FileNotFoundError as error:
        sys.exit(f"no PDF: {error}")
    print("".join(f"{fault}\n" for fault in faults), end="", file=sys.stderr)
    path = publish(content, html)
    print(f"PDF ready ({time.perf_counter() - started:.1f} s): {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
