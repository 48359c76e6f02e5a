"""What yearbooks call things: headings and the units that they name, as ``headings.yml`` says."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

import yaml

from yearbooks.contract import TABLES

WORDS = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
"""The file says what each part is."""
UNITS = {
    word: (kind, float(factor))
    for kind, factors in WORDS["units"].items()
    for factor, words in factors.items()
    for word in words
}
"""Kind of a unit, and how many basic units it is."""
FOOTNOTE = r"(?:[*†‡①-⑳¹²³⁰⁴-⁹]|[\[［【]\d{1,2}[\]］】])+$"


def plain(text: str) -> str:
    """Take a heading's footnote marks, widths, spaces and capitals off."""
    text = re.sub(FOOTNOTE, "", str(text).strip())
    return re.sub(r"[\s_]+", "", unicodedata.normalize("NFKC", text)).lower()


def unit_of(word: str) -> tuple[str, float] | None:
    """Read a unit."""
    return UNITS.get(re.sub(",|单位:?", "", plain(word)))


def split(heading: str) -> tuple[str, str]:
    """Part a heading from the unit that it names."""
    text = plain(heading).translate(str.maketrans("【[】]", "(())"))
    parts = re.match(r"(.+?)(?:\(([^()]*)\)|[:,/、-]([^():,/、-]+))$", text)
    unit = (parts[2] or parts[3] or "") if parts else ""
    return (parts[1], unit) if parts and unit_of(unit) else (text, "")


@cache
def known(table: str) -> dict[str, str]:
    """List the headings that need no mapping."""
    names: dict[str, str] = {}
    columns, synonyms = TABLES[table].columns, WORDS["synonyms"]
    for column, schema in columns.items():
        words = [column, schema.title, schema.metadata["zh"]]
        words += synonyms.get(column, []) + synonyms.get(f"{table}.{column}", [])
        names |= dict.fromkeys(map(plain, words), column)
    for share, (target, _, words) in WORDS["derived"].items():
        if target in columns:
            names |= dict.fromkeys(map(plain, (share, *words)), share)
    return names
