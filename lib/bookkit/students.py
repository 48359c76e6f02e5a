"""Makes the students' notebooks: a chapter with blanks for solutions, in plain Jupyter's words."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode, reads, v4, writes

from bookkit.downloads import with_install_cell

EXERCISE = re.compile(r"^### Exercise (\d+): (predict|change|explain)$", re.MULTILINE)
BLANK = "# Exercise {0}: your code here\nanswer_{0} = ..."
WORDS = "*Exercise {0}: your answer here.*"
STILL_BLANK = "Exercise {0} is still blank: fill in the cell above"
GUARD = f'assert answer_{{0}} is not ..., "{STILL_BLANK}"\n\n'
NOTE = (
    "*A student's notebook: the chapter, then its exercises, each with a blank and a check that "
    "stops the run until the answer is right. Its first code cell finds or fetches what it needs.*"
)
ADMONITION = re.compile(r"^:::\{admonition\} (.+)\n(?::\w+:.*\n)*((?:.*\n)*?):::$", re.MULTILINE)
SCRAP = "application/papermill.record/text/plain"


def notebooks(executed: Mapping[str, str]) -> dict[str, bytes]:
    """Files for the book's folder ``students``, from executed chapters: those with solutions."""
    found = {}
    for name, text in executed.items():
        chapter = reads(text, as_version=4)
        if any("solution" in _tags(cell) for cell in chapter.cells):
            found[f"{name}.ipynb"] = (writes(student(chapter)) + "\n").encode()
    return found


def student(chapter: NotebookNode) -> NotebookNode:
    """Return a chapter with a blank for each solution, checks that notice it, and no outputs."""
    values = pasted_values(chapter)
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
            source = plain(cell.source, values)
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
    """Return the values that an executed chapter's cells glued, by name."""
    return {
        output.metadata["scrapbook"]["name"]: ast.literal_eval(output.data[SCRAP])
        for cell in chapter.cells
        for output in cell.get("outputs", [])
        if SCRAP in output.get("data", {})
    }


def plain(text: str, values: Mapping[str, Any]) -> str:
    """Turn MyST into what plain Jupyter shows: numbers for glue, the words of other roles."""

    def words(match: re.Match[str]) -> str:
        said = " ".join(match[2].split())
        name, _, form = said.partition(":")
        if match[1].startswith("glue"):
            return format(values[name], form) if name in values else name
        return said.rpartition("<")[0].strip() or said

    def quoted(match: re.Match[str]) -> str:
        lines = f"**{match[1]}**\n\n{match[2].strip()}".splitlines()
        return "".join(f"> {line}".rstrip() + "\n" for line in lines)

    text = re.sub(r"\{([\w:]+)\}`([^`]+)`", words, text)
    text = re.sub(r"```\{math\}\n(?::label:[^\n]*\n)?(.*?)```", r"$$\n\1$$", text, flags=re.DOTALL)
    text = re.sub(r"^(\S.*)\n: ", r"- **\1.** ", text, flags=re.MULTILINE)
    return ADMONITION.sub(quoted, text)
