"""What the book says about this paper's data: the codebook page, and the list of data sets."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Any

import yaml

from bookkit.paths import DATA, ROOT, read_json
from bookkit.text import pipe_table
from clustergap.panel import VARIABLES, VARIABLES_ZH
from yearbooks.contract import TABLES, Table
from yearbooks.headings import UNITS, WORDS, unit_of

HERE = Path(__file__).parent
UNITS_ZH = yaml.safe_load((HERE / "units.yml").read_text(encoding="utf-8"))


def codebook() -> str:
    """Return the codebook page: raw tables, panel variables, headings that are read."""
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
    parts = dict(
        raw_tables=[line for name, schema in TABLES.items() for line in _raw_table(name, schema)],
        variables=pipe_table(("variable", "definition", "中文", "unit 单位"), variables),
        headings=pipe_table(("column", "headings 可识别的表头"), headings),
        lookalikes=pipe_table(("heading 表头", "is not", "but is"), lookalikes),
    )
    template = Template((HERE / "codebook.md").read_text(encoding="utf-8"))
    return template.substitute({part: "\n".join(lines) for part, lines in parts.items()})


def _raw_table(name: str, schema: Table) -> list[str]:
    cells = [
        (f"`{column}`", about.title, _zh(about.metadata["zh"]), _unit(about.metadata["unit"]),
         "yes" if column in schema.unique else "", "yes" if about.nullable else "no")
        for column, about in schema.columns.items()
    ]  # fmt: skip
    checks = [f"- {parts} must be {whole}" for parts, whole in schema.sums.items()]
    return [
        f"### `{name}.csv`: {schema.title}", "",
        f"{_zh(schema.metadata['zh'])}. {schema.description}", "",
        *pipe_table(("column", "meaning", "中文", "unit 单位", "key", "may be empty"), cells),
        *checks, *([""] if checks else []),
    ]  # fmt: skip


def unit_zh(unit: str) -> str:
    """Return the Chinese word for a unit: the first that intake reads as the same measure."""
    measure = unit_of(unit)
    same = (word for word, known in UNITS.items() if known == measure and not word.isascii())
    if word := next(same, None) or UNITS_ZH.get(unit):
        return word
    raise ValueError(f"unit {unit!r} has no Chinese word: give it one in units.yml")


def _unit(unit: str) -> str:
    return unit if unit_zh(unit) == unit else f"{unit} {_zh(unit_zh(unit))}"


def _zh(words: str) -> str:
    """Mark words as Chinese, for fonts, line breaks and screen readers."""
    return f"[{words}]{{.language-zh-hans}}"


def datasets(own: str = "") -> list[tuple[str, ...]]:
    """Return every data file read, a reader's own by their source: what, kind and rows, whose."""
    notes = sorted((DATA / "official").rglob("*.yml"))
    rows = [_about(path.with_suffix(".csv"), _yaml(path)) for path in notes]
    validation = _yaml(DATA / "validation" / "sources.yml")
    rows += [_about(DATA / "validation" / about["file"], about) for about in validation.values()]
    about = {"class": "synthetic", "publisher": "this project, from a seed", "rights": "CC BY 4.0"}
    rows += [(f"county tables: `{own}`", "own", "you (read, not copied)")] if own else []
    for name, schema in () if own else TABLES.items():
        title = {"title": f"{schema.title} (made by a program)"}
        rows.append(_about(DATA / "synthetic" / f"{name}.csv", about | title))
    about = {"title": "numbers and claims that the paper prints", "class": "transcription"}
    about |= {"publisher": "Li, Xue and Geng", "rights": "facts, quoted with attribution"}
    files = read_json(DATA / "published" / "manifest.json")["files"]
    return [*rows, *(_about(DATA / "published" / name, about) for name in files)]


def _about(path: Path, about: dict[str, Any]) -> tuple[str, ...]:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    rows = f", {lines - 1:,}" if path.suffix == ".csv" else ""
    what = f"{about['title']} `{path.relative_to(ROOT).as_posix()}`"
    return what, f"{about['class']}{rows}", f"{about['publisher']} ({about['rights']})"


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
