"""A book on data that do not carry it whole: a page with a reason, passages without numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bookkit.text import visible

ENDED = """:::{{admonition}} Not on these data
:class: warning

**This chapter cannot be computed on these data.** {}
:::"""
LEFT_OUT = "\n*A passage is left out: these data do not give, or may not tell, its numbers.*"
GLUE = re.compile(r"\{glue:\w+\}`([^`:]+)[^`]*`")
LABEL = r":(?:name|label): ([\w-]+)"  # how an exhibit or an equation gets its own


def page_of_reason(notebook: Path, reason: str) -> Any:
    """Return a chapter of its title and the reason why the data at hand do not give it."""
    import nbformat

    book = nbformat.read(notebook, as_version=4)
    title = re.match(r"(\(.+\)=\n)?# .*", book.cells[0].source)
    words = [title[0] if title else f"# {notebook.stem}", ENDED.format(visible(reason))]
    book.cells = [
        nbformat.v4.new_markdown_cell(text, id=f"cell-{at:03d}") for at, text in enumerate(words)
    ]
    book.metadata["ended"] = reason
    return book


def leave_out_gaps(book: Any) -> None:
    """Leave out each paragraph or list item of a missing number, and what programs warn of."""
    for cell in (cell for cell in book.cells if "outputs" in cell):
        cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    known = {
        output.metadata["scrapbook"]["name"]
        for output in (output for cell in book.cells for output in cell.get("outputs", []))
        if "scrapbook" in output.get("metadata", {})
        and not {"nan", "inf", "-inf"} & set(map(str, output.data.values()))
    }
    for cell in (cell for cell in book.cells if cell.cell_type == "markdown"):
        blocks = re.split(r"\n(?=\n|[-*] |\d+\. )", cell.source)
        kept = [block for block in blocks if set(GLUE.findall(block)) <= known]
        cell.source = "\n".join(kept + [LEFT_OUT] * (len(kept) < len(blocks)))


def ended(texts: Mapping[str, str]) -> list[str]:
    """Name those chapters, of executed ones as JSON, that are a page with a reason."""
    import json

    return [name for name, text in texts.items() if "ended" in json.loads(text)["metadata"]]


def without_dead_references(texts: Mapping[str, str]) -> dict[str, str]:
    """Turn references to tables and figures that no chapter made into words."""
    known = set(re.findall(LABEL, _lines(texts.values())))

    def words(match: re.Match[str]) -> str:
        kind = "figure" if match[1].startswith("fig-") else "table"
        return match[0] if match[1] in known else f"a {kind} that these data do not give"

    role = re.compile(r"\{numref\}`([^`<]+)`")
    return {name: role.sub(words, text) for name, text in texts.items()}


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(texts).replace("\\n", "\n")
