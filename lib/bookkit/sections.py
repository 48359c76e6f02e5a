"""A chapter on data that cannot carry it whole: a section ends where it must, the rest goes on.

The build splits a chapter at its headings and lets it run. Where a cell fails, the rest of its
section is skipped, and so is, later, every cell that uses what the skipped ones would have made.
Each such section then ends with the reason; a passage whose numbers are missing is left out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import nbformat

from bookkit.text import visible
from clustergap.requirements import not_held

FRONT = ""
"""The section before the first heading: data and packages, on which all others build."""
DIED = (
    "The program that computes this chapter broke down at this step: some estimators do so where a "
    "sample is empty. `make book` says where."
)
_END = """:::{{admonition}} Not on these data
:class: warning

**This {} ends here.** {}
:::"""
_ANSWERS = {"solution", "check"}
_GLUE = re.compile(r"\{glue:\w+\}`([^`:]+)[^`]*`")


def split(notebook: nbformat.NotebookNode) -> None:
    """Give every section cells of its own, which know its heading.

    What answers an exercise is left out: the answers are about the data that ship.

    Parameters
    ----------
    notebook
        Changed in place: its cells get ``section`` among their metadata.
    """
    section, cells = FRONT, []
    for cell in notebook.cells:
        if _ANSWERS & _tags(cell):
            continue
        parts = [cell.source]
        if prose := cell.cell_type == "markdown":
            parts = re.split(r"^(?=#{2,} )", cell.source, flags=re.MULTILINE)
        for number, part in enumerate(parts):
            if prose and (heading := re.match(r"#{2,} (.+)", part)):
                section = heading[1].strip()
            if part.strip():
                piece = cell | {"source": part.strip(), "id": f"{cell.id}-{number}"}
                piece["metadata"] = cell.metadata | {"section": section}
                cells.append(nbformat.from_dict(piece))
    notebook.cells = cells


def _tags(cell: nbformat.NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


class Skipping:
    """Hooks of nbclient that skip what cannot run, and remember why: section to reason.

    Parameters
    ----------
    absent
        Variables that the data do not hold.
    effect
        Why the data show no effect at all; empty if they do.
    """

    def __init__(self, absent: list[str], effect: str):
        self.absent, self.effect = absent, effect
        self.reasons: dict[str, str] = {}
        self.unforeseen: dict[str, str] = {}
        self._lost: dict[str, str] = {}  # name that was not made -> its section

    def before(self, cell: nbformat.NotebookNode, cell_index: int) -> None:
        """Skip a cell of an ended section, or one that needs what an ended section did not make.

        Parameters
        ----------
        cell
            About to run; changed in place if it must not.
        cell_index
            Its place, which nbclient gives; not used.
        """
        section = cell.metadata.get("section")
        if section is None or cell.cell_type != "code":
            return
        names = _Names(cell.source)
        if section not in self.reasons and (missing := sorted(names.needed & set(self._lost))):
            source = self._lost[missing[0]]
            self.reasons[section] = f"It builds on the section “{source}”, which ended early."
        if section in self.reasons or FRONT in self.reasons:
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), "skip-execution"]
            self._lost |= dict.fromkeys(names.made, section)
        else:
            self._lost = {name: of for name, of in self._lost.items() if name not in names.made}

    def failed(self, cell: nbformat.NotebookNode, cell_index: int, execute_reply: Any) -> None:
        """End the section of a cell that failed.

        Parameters
        ----------
        cell
            The one that failed.
        cell_index
            Its place, which nbclient gives; not used.
        execute_reply
            Jupyter's message with the error's name and words.
        """
        section = cell.metadata.get("section", FRONT)
        said = execute_reply["content"]
        self.reasons[section] = self._why(said["ename"], said["evalue"], section)
        self._lost |= dict.fromkeys(_Names(cell.source).made, section)

    def _why(self, name: str, words: str, section: str) -> str:
        if name == "NotEstimable":
            return words
        for variable in self.absent:
            if re.search(rf"(?<!\w){variable}(?!\w)", words):
                return not_held(variable)
        if self.effect:
            return self.effect
        self.unforeseen[section] = visible(f"{name}: {words}")
        return (
            "These data do not allow its next step, for a reason that the book does not foresee; "
            "`make book` prints what the program said."
        )


class _Names(ast.NodeVisitor):
    """Names that a cell makes, and names that it needs before it has made them."""

    RUN_FIRST = ("generators", "value", "iter", "defaults", "kw_defaults", "decorator_list")
    """Parts of a node that run before those that are written in front of them, in this order."""

    def __init__(self, source: str):
        self.made: set[str] = set()
        self.needed: set[str] = set()
        steps: list[ast.stmt] = []
        with suppress(SyntaxError):
            steps = ast.parse(source).body
        functions = [step for step in steps if isinstance(step, ast.FunctionDef)]
        for step in steps:
            if isinstance(step, ast.FunctionDef):
                self.made.add(step.name)
            else:
                self.visit(step)
        for function in functions:  # they run when they are called
            self.visit(function)

    def generic_visit(self, node: ast.AST) -> None:
        first = [name for name in self.RUN_FIRST if name in node._fields]
        for name in [*first, *(name for name in node._fields if name not in first)]:
            part = getattr(node, name, None)
            for one in part if isinstance(part, list) else [part]:
                if isinstance(one, ast.AST):
                    self.visit(one)

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.made.add(node.id)
        elif node.id not in self.made:
            self.needed.add(node.id)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.visit(ast.Name(node.target.id, ast.Load()))
        self.generic_visit(node)

    def visit_alias(self, node: ast.alias) -> None:
        self.made.add((node.asname or node.name).split(".")[0])

    def visit_arg(self, node: ast.arg) -> None:
        self.generic_visit(node)
        self.made.add(node.arg)

    def _scope(self, node: ast.AST) -> None:
        outside = self.made | ({node.name} if hasattr(node, "name") else set())
        self.made = set(outside)
        self.generic_visit(node)
        self.made = outside

    visit_FunctionDef = visit_ClassDef = visit_Lambda = _scope  # noqa: N815
    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _scope  # noqa: N815


def tell(notebook: nbformat.NotebookNode, reasons: Mapping[str, str]) -> None:
    """End each section of ``reasons`` before its first cell that did not run; mend the prose.

    Parameters
    ----------
    notebook
        Executed, its cells as `split` made them; changed in place.
    reasons
        Section to reason, as `Skipping` keeps them.
    """
    cells: list[nbformat.NotebookNode] = []
    ended: dict[str, str] = {}
    for cell in notebook.cells:
        section = cell.metadata.get("section", FRONT)
        if "papermill-error-cell-tag" in _tags(cell) or {section, FRONT} & set(ended):
            continue
        failed = any(o.output_type == "error" for o in cell.get("outputs", []))
        if failed or (cell.cell_type == "code" and not cell.execution_count):
            why = reasons.get(section, DIED)
            told = "For the same reason as above." if why in ended.values() else why
            ended[section] = why
            words = _END.format("section" if section else "chapter", told)
            cells.append(nbformat.v4.new_markdown_cell(words, id=f"{cell.id}-end"))
            continue
        if "injected-parameters" in _tags(cell):  # no path of this machine
            cell.source = re.sub(r'"[^"]*[/\\\\]([^"/\\\\]+)"', r'"path/to/\1"', cell.source)
        if "outputs" in cell:  # warnings name such paths, too
            cell.outputs = [o for o in cell.outputs if o.get("name") != "stderr"]
        cells.append(cell)
    known = _glued(cells)
    for cell in cells:
        section = cell.metadata.pop("section", FRONT)
        if cell.cell_type == "markdown":
            cell.source = _without_gaps(cell.source, known, told=section in ended)
    notebook.cells = cells
    notebook.metadata["clustergap_ended"] = {s or "all": ended[s] for s in sorted(ended)}


def _glued(cells: list[nbformat.NotebookNode]) -> set[str]:
    """Names of the numbers that cells have put aside for the prose, without those that are none."""
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return {
        output.metadata["scrapbook"]["name"]
        for output in outputs
        if "scrapbook" in output.get("metadata", {})
        and not {"nan", "inf", "-inf"} & set(map(str, output.data.values()))
    }


def _without_gaps(source: str, known: set[str], told: bool) -> str:
    """Leave out each paragraph or list item that would show a number which is not there."""
    blocks = re.split(r"\n(?=\n|[-*] |\d+\. )", source)
    kept = [b for b in blocks if set(_GLUE.findall(b)) <= known]
    if len(kept) < len(blocks) and not told:
        kept.append("\n*A passage is left out here, because these data do not give its numbers.*")
    return "\n".join(kept)


def heal(source: str, labels: set[str]) -> str:
    """Turn references to tables and figures that were not made into words.

    Parameters
    ----------
    source
        Text of a chapter.
    labels
        Those that any page defines.

    Returns
    -------
    str
        The text; references to known labels stay.
    """

    def words(match: re.Match[str]) -> str:
        kind = "figure" if match[1].startswith("fig-") else "table"
        return match[0] if match[1] in labels else f"a {kind} that these data do not give"

    return re.sub(r"\{numref\}`([^`<]+)`", words, source)


def labels(text: str) -> set[str]:
    """Labels that a page defines.

    Parameters
    ----------
    text
        Of the page: MyST, or a notebook's JSON.

    Returns
    -------
    set
        Such as ``tbl-baseline``.
    """
    return set(re.findall(r":(?:name|label): ([\w-]+)", text.replace("\\n", "\n")))
