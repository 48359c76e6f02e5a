"""Pages that are generated: codebook, reference of the library, status of the last build."""

from __future__ import annotations

import ast
import platform
import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from string import Template

import yaml
from pandera.pandas import DataFrameSchema

from bookkit.paths import ROOT
from clustergap.panel import VARIABLES, VARIABLES_ZH
from yearbooks.contract import TABLES
from yearbooks.headings import UNITS, WORDS, unit_of

SECTION = re.compile(
    r"^(Parameters|Attributes|Returns|Yields|Raises)\n-+\n(.*?)(?=\n\n\S|\Z)",
    re.MULTILINE | re.DOTALL,
)
ENTRY = re.compile(r"^(\S.*)\n?((?:\n? +.*)*)", re.MULTILINE)
TEMPLATES = Path(__file__).with_name("templates")
PACKAGES = ("numpy", "pandas", "pyfixest", "scipy", "statsmodels", "papermill", "jupyter-book")

UNITS_ZH = yaml.safe_load((TEMPLATES / "units.yml").read_text(encoding="utf-8"))


def codebook() -> str:
    """Codebook page, English and Chinese: raw tables, panel variables, headings that are read.

    Returns
    -------
    str
        MyST.
    """
    variables = [
        (f"`{name}`", meaning, _zh(VARIABLES_ZH[name]), _unit(unit))
        for name, (meaning, unit) in VARIABLES.items()
    ]
    headings = [(f"`{name}`", _zh("、".join(words))) for name, words in WORDS["synonyms"].items()]
    headings += [
        (f"`{share}`, for `{target}`", _zh("、".join(words)))
        for share, (target, _, words) in WORDS["derived"].items()
    ]
    lookalikes = [
        (_zh(heading), f"`{column}`", why) for heading, (column, why) in WORDS["lookalikes"].items()
    ]
    return _page(
        "codebook",
        raw_tables=[line for name, schema in TABLES.items() for line in _raw_table(name, schema)],
        variables=pipe_table(("variable", "definition", "中文", "unit 单位"), variables),
        headings=pipe_table(("column", "headings 可识别的表头"), headings),
        lookalikes=pipe_table(("heading 表头", "is not", "but is"), lookalikes),
    )


def _raw_table(name: str, schema: DataFrameSchema) -> list[str]:
    cells = [
        (f"`{column}`", about.title, _zh(about.metadata["zh"]), _unit(about.metadata["unit"]),
         "yes" if column in schema.unique else "", "yes" if about.nullable else "no")
        for column, about in schema.columns.items()
    ]  # fmt: skip
    checks = [f"- {check.error}" for check in schema.checks]
    return [
        f"### `{name}.csv`: {schema.title}", "",
        f"{_zh(schema.metadata['zh'])}. {schema.description}", "",
        *pipe_table(("column", "meaning", "中文", "unit 单位", "key", "may be empty"), cells),
        *checks, *([""] if checks else []),
    ]  # fmt: skip


def _page(name: str, **parts: list[str]) -> str:
    """Fill a page's template with lines."""
    template = Template((TEMPLATES / f"{name}.md").read_text(encoding="utf-8"))
    return template.substitute({part: "\n".join(lines) for part, lines in parts.items()})


def api() -> str:
    """Reference page: every public function and class, from signatures and docstrings.

    Returns
    -------
    str
        MyST.
    """
    lines = []
    for folder in sorted(path.parent for path in (ROOT / "lib").glob("*/__init__.py")):
        title = f"## `{folder.name}`"
        lines += [title, "", _first_paragraph(folder / "__init__.py"), ""]
        for path in sorted(folder.glob("[!_]*.py")):
            lines += [f"### `{path.stem}`", "", _first_paragraph(path), ""]
            lines += _entries(ast.parse(path.read_text(encoding="utf-8")).body)
    return _page("api", modules=lines)


def _first_paragraph(path: Path) -> str:
    return _prose(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "")


def _entries(nodes: Sequence[ast.stmt], owner: str = "") -> list[str]:
    """Definition list of the public names among the nodes, and of what classes hold."""
    lines: list[str] = []
    for node in nodes:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        docstring = ast.get_docstring(node) or ""
        lines += [f"`{_signature(node, owner)}`", f": {_prose(docstring)}", ""]
        for section, body in SECTION.findall(docstring):
            word = f"{section.lower()} " if section in {"Returns", "Yields", "Raises"} else ""
            for head, text in ENTRY.findall(body):
                names = ", ".join(f"`{name.strip()}`" for name in head.split(" : ")[0].split(","))
                lines.append(f"  - {word}{names}: {_prose(text)}")
        lines.append("")
        if isinstance(node, ast.ClassDef):
            lines += _entries(node.body, f"{node.name}.")
    return lines


def _signature(node: ast.FunctionDef | ast.ClassDef, owner: str) -> str:
    """Name, parameters without their types, and the type of the result."""
    if isinstance(node, ast.ClassDef):
        return f"class {node.name}"
    if any("property" in ast.unparse(mark) for mark in node.decorator_list):
        return owner + node.name
    given = node.args
    for parameter in [*given.args, *given.kwonlyargs, given.vararg, given.kwarg]:
        if parameter:
            parameter.annotation = None
    given.args = [a for a in given.args if a.arg not in ("self", "cls")]
    result = f" → {ast.unparse(node.returns)}" if node.returns else ""
    return f"{owner}{node.name}({ast.unparse(given)}){result}"


def _prose(docstring: str) -> str:
    """First paragraph as MyST: marks outside of code are text, roles become code."""
    paragraph = " ".join(docstring.split("\n\n")[0].split())
    parts = re.split(r"(?::\w+:)?(`+)(.+?)\1", paragraph)
    escaped = [re.sub(r"([*_$<>\[\]{}|~^\\#])", r"\\\1", text) for text in parts[::3]]
    code = [f"`{text}`" for text in parts[2::3]]
    return "".join(text for pair in zip(escaped, [*code, ""], strict=True) for text in pair)


def unit_zh(unit: str) -> str:
    """Chinese word for a unit: the first that intake reads as the same measure, else ours.

    Parameters
    ----------
    unit
        As the contract has it: ``10,000 yuan``.

    Returns
    -------
    str
        Simplified Chinese.

    Raises
    ------
    KeyError
        If there is none.
    """
    measure = unit_of(unit)
    same = (word for word, known in UNITS.items() if known == measure and not word.isascii())
    return next(same, None) or UNITS_ZH[unit]


def _unit(unit: str) -> str:
    return unit if unit_zh(unit) == unit else f"{unit} {_zh(unit_zh(unit))}"


def _zh(words: str) -> str:
    """Mark words as Chinese, for fonts, line breaks and screen readers."""
    return f"[{words}]{{.language-zh-hans}}"


def status(seconds: dict[str, float]) -> str:
    """Status page: how long each chapter took when it was last executed, and the versions.

    Parameters
    ----------
    seconds
        Chapter to duration.

    Returns
    -------
    str
        MyST.
    """
    times = [(f"{{doc}}`/{name}`", f"{taken:.1f}") for name, taken in seconds.items()]
    versions = [
        ("python", platform.python_version()),
        *((n, version(n)) for n in PACKAGES),
    ]
    return _page(
        "status",
        times=pipe_table(("chapter", "seconds"), times),
        versions=pipe_table(("software", "version"), versions),
    )


def pipe_table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Write a Markdown table.

    Parameters
    ----------
    heads
        Of the columns.
    rows
        Cells, ready as MyST.

    Returns
    -------
    list
        Lines, the last one blank.
    """
    lines = [heads, tuple("---" for _ in heads), *rows]
    return ["| " + " | ".join(cells) + " |" for cells in lines] + [""]
