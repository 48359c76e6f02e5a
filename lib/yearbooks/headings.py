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
    """Take a heading's footnote marks, widths, spaces and capitals off.

    Parameters
    ----------
    text
        As the file has it.

    Returns
    -------
    str
        To be compared with other plain headings.
    """
    text = re.sub(FOOTNOTE, "", str(text).strip())
    return re.sub(r"[\s_]+", "", unicodedata.normalize("NFKC", text)).lower()


def unit_of(word: str) -> tuple[str, float] | None:
    """Read a unit.

    Parameters
    ----------
    word
        Such as ``万元`` or ``10,000 yuan``.

    Returns
    -------
    tuple or None
        As in `UNITS`; None if the word is no unit.
    """
    return UNITS.get(re.sub(",|单位:?", "", plain(word)))


def split(heading: str) -> tuple[str, str]:
    """Part a heading from the unit that it names.

    Parameters
    ----------
    heading
        Such as ``地区生产总值（万元）``.

    Returns
    -------
    tuple
        ``地区生产总值`` and ``万元``, both plain; no unit is empty text.
    """
    text = plain(heading).translate(str.maketrans("【[】]", "(())"))
    parts = re.match(r"(.+?)(?:\(([^()]*)\)|[:,/、-]([^():,/、-]+))$", text)
    unit = (parts[2] or parts[3] or "") if parts else ""
    return (parts[1], unit) if parts and unit_of(unit) else (text, "")


@cache
def known(table: str) -> dict[str, str]:
    """List the headings that need no mapping.

    Parameters
    ----------
    table
        Of the contract.

    Returns
    -------
    dict
        Plain heading to contract name: names, labels, synonyms, and shares to compute from.
    """
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
