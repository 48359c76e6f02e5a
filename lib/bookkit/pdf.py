"""Prints the built pages as one PDF: title page, contents with page numbers, every chapter.

Chromium does the work: the pages are put together in one of them (book/_paper/paper.js) and
printed twice, since only the first print tells on which page a chapter begins.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from pathlib import Path

import yaml

from bookkit.browser import TYPESET, chromium, served
from bookkit.contents import toc_parts
from bookkit.paths import ROOT, output_folder, write_atomically

NAME = "clustergap.pdf"
MARK = "<!-- the whole book as PDF -->"
"""Where the landing page says that there is a PDF, once there is; see book/_ext."""

SOURCES = ROOT / "book" / "_paper"
TEXT_WIDTH = 627  # CSS pixels between the margins of paper.css: 166 mm
PATIENCE = 300_000  # milliseconds, for a whole book printed on a busy machine
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
    """Print a folder of built pages; return the PDF, and in words what is wrong with it."""
    parts = [{"caption": caption, "pages": names} for caption, names in toc_parts().items()]
    names = [name for names in toc_parts().values() for name in names]
    texts = ((name, (html / f"{name}.html").read_text(encoding="utf-8")) for name in names)
    with_equations = next((name for name, text in texts if "tex-chtml" in text), names[0])
    with served(html) as base, chromium() as browser:
        page = browser.new_page(viewport={"width": TEXT_WIDTH, "height": 900})
        page.set_default_timeout(PATIENCE)
        page.goto(f"{base}/{with_equations}.html", wait_until="networkidle")
        page.emulate_media(media="print")
        page.add_script_tag(path=SOURCES / "paper.js")
        page.evaluate("([parts, title]) => assemble(parts, title)", [parts, _title(html)])
        page.evaluate(TYPESET)
        page.wait_for_load_state("networkidle")
        faults = [f"wider than the paper: {what}" for what in page.evaluate("fit()")]
        faults += [NO_CHINESE] if page.evaluate("printsBoxes()") else []
        paper = {"print_background": True, "prefer_css_page_size": True}
        page.evaluate("pages => number(pages)", _page_of_place(page.pdf(**paper)))
        return page.pdf(**paper, tagged=True, outline=True), faults


def publish(content: bytes, html: Path) -> Path:
    """Put the PDF among the pages and link it; a build that makes other pages drops both again."""
    path, landing = html / NAME, html / "index.html"
    write_atomically(path, content)
    link = f'{MARK}<p class="book-pdf"><a href="{NAME}">The whole book as PDF</a></p>'
    text = landing.read_text(encoding="utf-8")
    if link not in text:
        write_atomically(landing, text.replace(MARK, link, 1))
    return path


def _title(html: Path) -> dict[str, str | list[str]]:
    config = yaml.safe_load((html.parent / "work/_config.yml").read_text(encoding="utf-8"))
    lines = [config["author"], time.strftime("%Y-%m-%d"), FOLDED, f"© {config['copyright']}"]
    css = (SOURCES / "paper.css").read_text(encoding="utf-8")
    kind = config["title"].partition("? ")[2]
    return {"name": config["title"], "kind": kind, "lines": lines, "css": css}


def _page_of_place(content: bytes) -> dict[str, int]:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(content))
    places = reader.named_destinations.items()
    return {k.lstrip("/"): (reader.get_destination_page_number(v) or 0) + 1 for k, v in places}


def main() -> None:
    """``python -m bookkit.pdf``: what ``make pdf`` runs after ``make book``."""
    parser = argparse.ArgumentParser(description="Print the built book as one PDF.")
    parser.add_argument("--data", default="", help="folder of raw tables whose book to print")
    html = output_folder(parser.parse_args().data) / "html"
    try:
        content, faults = print_book(html)
    except FileNotFoundError as error:
        sys.exit(f"no PDF: {error}")
    print("".join(f"{fault}\n" for fault in faults), end="", file=sys.stderr)
    print(f"PDF ready: {publish(content, html).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
