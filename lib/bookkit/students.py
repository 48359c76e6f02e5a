"""Makes the students' notebooks: a chapter with blanks for solutions, in plain Jupyter's words."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, read, v4, writes
from pybtex.database import parse_file

from bookkit.downloads import with_install_cell
from bookkit.paths import ROOT

EXERCISE = re.compile(r"^### Exercise (\d+): (predict|change|explain)$", re.MULTILINE)
BLANK = "# Exercise {0}: your code here\nanswer_{0} = ..."
WORDS = "*Exercise {0}: your answer here.*"
STILL_BLANK = "Exercise {0} is still blank: fill in the cell above"
GUARD = f'assert answer_{{0}} is not ..., "{STILL_BLANK}"\n\n'
NOTE = (
    "*A student's notebook: the chapter, then its exercises, each with a blank and a check that "
    "stops the run until the answer is right. It needs the book's environment (see the README).*"
)
SCRAP = "application/papermill.record/text/plain"


def notebooks(executed: Mapping[str, Path], pages: Path) -> dict[str, bytes]:
    """Files for the book's folder ``students``: a notebook for each chapter that has solutions.

    Parameters
    ----------
    executed
        Names of the chapters, and the files that hold them executed.
    pages
        Folder of the rendered pages; what they say in the place of a role is read from there.

    Returns
    -------
    dict
        File name to content.
    """
    found = {}
    for name, path in executed.items():
        chapter = read(path, as_version=4)
        if any("solution" in _tags(cell) for cell in chapter.cells):
            page = (pages / f"{name}.html").read_text(encoding="utf-8")
            made = student(chapter, pasted_values(chapter), references(page))
            found[f"{name}.ipynb"] = (writes(made) + "\n").encode()
    return found


def student(chapter: NotebookNode, pasted: dict[str, Any], labels: dict[str, str]) -> NotebookNode:
    """Return a chapter with a blank for each solution, checks that notice it, and no outputs.

    Parameters
    ----------
    chapter
        The chapter, executed or not.
    pasted, labels
        What its roles stand for: see `pasted_values` and `references`.

    Returns
    -------
    NotebookNode
        A new notebook; the chapter stays as it is.
    """
    cells, number, blanks = [v4.new_markdown_cell(NOTE)], "", set[str]()
    for cell in with_install_cell(chapter).cells:
        if found := EXERCISE.search(cell.source):
            number = found[1]
        code, metadata = cell.cell_type == "code", dict[str, Any]()
        if "solution" in _tags(cell):
            if number in blanks:
                continue  # words after a solution in code explain that code
            blanks.add(number)
            source = (BLANK if code else WORDS).format(number)
        elif not code:
            source = plain(cell.source, pasted, labels)
        elif "check" in _tags(cell):  # JupyterLab folds it, for it tells how the answer can be had
            source = GUARD.format(number) + cell.source
            metadata = cell.metadata | {"jupyter": {"source_hidden": True}}
        else:
            source, metadata = cell.source, cell.metadata
        new = v4.new_code_cell if code else v4.new_markdown_cell
        cells.append(new(source, metadata=metadata))
    for place, cell in enumerate(cells):
        cell["id"] = f"cell-{place:03d}"
    return v4.new_notebook(cells=cells, metadata=chapter.metadata)


def _tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def pasted_values(chapter: NotebookNode) -> dict[str, Any]:
    """Return the values that an executed chapter's cells glued, by name.

    Parameters
    ----------
    chapter
        Executed; otherwise it has none.

    Returns
    -------
    dict
        Name to number or text.
    """
    return {
        output.metadata["scrapbook"]["name"]: ast.literal_eval(output.data[SCRAP])
        for cell in chapter.cells
        for output in cell.get("outputs", [])
        if SCRAP in output.get("data", {})
    }


def references(page: str) -> dict[str, str]:
    """Return the words by which a rendered page refers to tables, equations and pages.

    Parameters
    ----------
    page
        Its HTML.

    Returns
    -------
    dict
        Label, or name of a page, to words such as "Table 3".
    """
    words = r'(?:<span class="(?:std std-numref|doc std std-doc)">)?([^<]+)<'
    link = rf'<a class="reference internal" href="(?:[^"#]*#(?:equation-)?)?([^"#]+)">{words}'
    return {to.removesuffix(".html"): html.unescape(said) for to, said in re.findall(link, page)}


def plain(text: str, pasted: dict[str, Any], labels: dict[str, str]) -> str:
    """Turn MyST's roles, display equations and lists of terms into what plain Jupyter shows.

    Parameters
    ----------
    text
        MyST.
    pasted, labels
        As `pasted_values` and `references` give them.

    Returns
    -------
    str
        Markdown.

    Raises
    ------
    KeyError
        A citation is not in the bibliography.
    """

    def value(body: str) -> str:
        name, _, form = body.partition(":")
        return format(pasted[name], form) if name in pasted else name

    def reference(body: str) -> str:
        words, _, target = body.removesuffix(">").rpartition("<")
        return words.strip() or labels.get(target, target)

    def cited(body: str, form: str = "{} ({})") -> str:
        return "; ".join(form.format(*_author_year()[key.strip()]) for key in body.split(","))

    roles = {"glue:text": value, "cite:t": cited, "cite:p": lambda b: f"({cited(b, '{} {}')})"}
    roles |= dict.fromkeys(("numref", "eq", "doc", "term"), reference)
    role = rf"\{{({'|'.join(roles)})\}}`([^`]+)`"
    text = re.sub(role, lambda m: roles[m[1]](" ".join(m[2].split())), text)
    text = re.sub(r"```\{math\}\n(?::label:[^\n]*\n)?(.*?)```", r"$$\n\1$$", text, flags=re.DOTALL)
    return re.sub(r"^(\S.*)\n: ", r"- **\1.** ", text, flags=re.MULTILINE)


@cache
def _author_year() -> dict[str, tuple[str, str]]:
    """Return family names and year of each entry in the book's bibliography."""
    found = {}
    for key, entry in parse_file(ROOT / "book" / "references.bib").entries.items():
        authors = entry.persons.get("author", [])
        people = [" ".join(map(str, p.rich_prelast_names + p.rich_last_names)) for p in authors]
        short = " and ".join(people) if len(people) < 3 else f"{people[0]} et al."
        found[key] = short, entry.fields.get("year", "no year")
    return found
