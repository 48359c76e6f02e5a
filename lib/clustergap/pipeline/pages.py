"""Pages that are generated: the codebook from the contract, the status of the last build."""

from __future__ import annotations

import platform
import re
from importlib.metadata import version
from itertools import groupby

from clustergap.assemble import VARIABLES, VARIABLES_ZH
from clustergap.contract import TABLES
from clustergap.contract import codebook as contract_codebook
from clustergap.own.intake import UNITS, WORDS

PACKAGES = ("numpy", "pandas", "pyfixest", "scipy", "statsmodels", "papermill", "jupyter-book")


UNITS_ZH = {
    "0/1": "0/1", "calendar year": "年份", "code": "代码", "enterprises": "家",
    "grain or high_value": "grain 为粮食类，high_value 为高价值类", "index": "指数",
    "index of relief": "起伏度指数", "log count": "个数的对数", "products": "个", "ratio": "比值",
    "six-character code": "六位代码", "text": "文本", "year": "年份", "years": "年",
}  # fmt: skip
"""Units that measure nothing; intake knows the words of those that do."""


def codebook() -> str:
    """Codebook page, English and Chinese: raw tables, panel variables, headings that are read."""
    lines = [
        "# Codebook", "",
        "This page is generated from the declarations in `lib/clustergap/contract.py` and",
        "`lib/clustergap/assemble.py`; the build checks every raw table against the first.",
        "It describes what the files must hold, so nothing on it depends on the data at hand.", "",
        ":::{div} language-zh-hans",
        "本页由代码中的声明自动生成，列出原始表与面板的全部变量、中文含义与单位；"
        "构建时逐表核对，与所用数据无关。",
        ":::", "",
        "## Raw tables", "",
    ]  # fmt: skip
    rows = contract_codebook().itertuples()
    for name, columns in groupby(rows, key=lambda row: row.table):
        schema = TABLES[name]
        lines += [f"### `{name}.csv`: {schema.title}", ""]
        lines += [f"{_zh(schema.metadata['zh'])}. {schema.description}", ""]
        cells = [
            (f"`{c.column}`", c.label, _zh(c.label_zh), _unit(c.unit), "yes" if c.key else "",
             "yes" if c.may_be_empty else "no")
            for c in columns
        ]  # fmt: skip
        lines += _table(("column", "meaning", "中文", "unit 单位", "key", "may be empty"), cells)
        lines += [f"- {check.error}" for check in schema.checks]
        lines += [""] if schema.checks else []
    lines += ["## Variables of the panel", "", "One row a county and year.", ""]
    cells = [
        (f"`{name}`", meaning, _zh(VARIABLES_ZH[name]), _unit(unit))
        for name, (meaning, unit) in VARIABLES.items()
    ]
    lines += _table(("variable", "definition", "中文", "unit 单位"), cells)
    lines += [
        "## Headings that are read", "",
        "Your own files may use other headings than the names above. These are understood, with or",
        "without a unit in brackets; for any other, `mapping.yml` says what it means.", "",
    ]  # fmt: skip
    cells = [(f"`{name}`", _zh("、".join(words))) for name, words in WORDS["synonyms"].items()]
    cells += [
        (f"`{share}`, for `{target}`", _zh("、".join(words)))
        for share, (target, _, words) in WORDS["derived"].items()
    ]
    lines += _table(("column", "headings 可识别的表头"), cells)
    lines += ["These are easily taken for a column and are refused unless you insist.", ""]
    cells = [
        (_zh(heading), f"`{column}`", why) for heading, (column, why) in WORDS["lookalikes"].items()
    ]
    lines += _table(("heading 表头", "is not", "but is"), cells)
    return "\n".join(lines) + "\n"


def unit_zh(unit: str) -> str:
    """Chinese word for a unit: the first that intake reads as the same measure, else ours."""
    known = UNITS.get(re.sub(r"[\s,]", "", unit).lower())
    same = (word for word, measure in UNITS.items() if measure == known and not word.isascii())
    return next(same, None) or UNITS_ZH[unit]


def _unit(unit: str) -> str:
    return unit if unit_zh(unit) == unit else f"{unit} {_zh(unit_zh(unit))}"


def _zh(words: str) -> str:
    """Mark words as Chinese, for fonts, line breaks and screen readers."""
    return f"[{words}]{{.language-zh-hans}}"


def status(seconds: dict[str, float]) -> str:
    """Status page: how long each chapter took when it was last executed, and the versions."""
    lines = [
        "# Build status", "",
        "Every chapter below was executed from its first cell to its last; a failing cell",
        "stops the build. The times are those of the last execution, on the machine that",
        "built these pages.", "",
    ]  # fmt: skip
    lines += _table(
        ("chapter", "seconds"),
        [(f"{{doc}}`/{name}`", f"{taken:.1f}") for name, taken in seconds.items()],
    )
    lines += ["## Versions", ""]
    lines += _table(
        ("software", "version"),
        [("python", platform.python_version()), *((name, version(name)) for name in PACKAGES)],
    )
    return "\n".join(lines) + "\n"


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Markdown table, as lines, with a blank line after it."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return ["| " + " | ".join(cells) + " |" for cells in lines] + [""]
