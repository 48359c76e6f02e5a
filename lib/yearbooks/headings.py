"""What yearbooks call things: headings and the units that they name, as ``headings.yml`` says."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
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
FOOTNOTE = re.compile(r"(?:[*†‡①-⑳¹²³⁰⁴-⁹]|[\[［【]\d{1,2}[\]］】])+$")
INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
"""Characters that have no width, such as those that web pages leave in a copied table."""
DERIVED = WORDS["derived"]
"""Shares: the column that is computed from each, and what it is a share of."""
NO_UNIT = {"", *map(str, WORDS["no_unit"])}
LONG = {word: part for part, words in WORDS["long"].items() for word in words}
"""Headings of tables with a row an indicator: which of indicator, value and unit they mean."""
_YEAR = re.compile(r"(.*?)[(_-]?((?:19|20)\d\d)(?:年度?)?\)?|((?:19|20)\d\d)年?度?[-_]?(.*)")


@cache
def plain(text: str) -> str:
    """Take footnote marks, "of which", widths, spaces and capitals off a heading, to compare it."""
    text = unicodedata.normalize("NFKC", FOOTNOTE.sub("", str(text).strip()))
    return re.sub(r"^(?:#|其中:?)|[\s_]+", "", text).lower()


def unit_of(word: str) -> tuple[str, float] | None:
    """Read a unit such as ``万元`` or ``10,000 yuan`` as in `UNITS`; None if it is none."""
    return UNITS.get(re.sub(",|(计量)?单位:?", "", plain(word)))


@cache
def split(heading: str) -> tuple[str, str]:
    """Part ``地区生产总值（万元）`` into its name and the unit that it names, both plain."""
    text = plain(heading).translate(str.maketrans("【[】]", "(())"))
    parts = re.match(r"(.+?)(?:\(([^()]*)\)|[:,/、-]([^():,/、-]+))$", text)
    unit = (parts[2] or parts[3] or "") if parts else ""
    return (parts[1], unit) if parts and unit_of(unit) else (text, "")


@cache
def of_year(heading: str) -> tuple[str, str, str]:
    """Part ``地区生产总值2018（万元）`` into name, unit and year; no year is empty text."""
    text, unit = split(heading)
    if not (found := _YEAR.fullmatch(text)):
        return text, unit, ""
    name, inner = split(found[1] or found[4] or "")
    return name, unit or inner, found[2] or found[3]


@cache
def known(table: str) -> dict[str, str]:
    """Headings that need no mapping, plain, to contract names and shares to compute from."""
    columns, synonyms = TABLES[table].columns, WORDS["synonyms"]
    words = {share: [share, *more] for share, (of, _, more) in DERIVED.items() if of in columns}
    words["province"] = WORDS["province_headings"]
    if "county_name" not in columns:  # a list may give counties by name
        words = {"county_name": synonyms["county_name"]} | words
    for column, schema in columns.items():
        own = [column, schema.title, schema.metadata["zh"], *synonyms.get(column, [])]
        words[column] = own + synonyms.get(f"{table}.{column}", [])
    return {plain(word): column for column, own in words.items() for word in own}


def meaning(heading: str, table: str) -> str:
    """The contract's name of a heading, or empty text."""
    understood = known(table)
    return understood.get(split(heading)[0]) or understood.get(plain(heading)) or ""


@dataclass
class Head:
    """One column: the names it answers to, best first, its letter, and the unit it states.

    ``taken`` is the unit in which its numbers were read, empty if that is only assumed.
    """

    names: list[str]
    letter: str = ""
    unit: str = ""
    taken: str | None = None

    @classmethod
    def at(cls, position: int, names: list[str], *units: str) -> Head:
        """The column at a position, with the unit of its names or else the first given one."""
        letter = (chr(64 + position // 26) if position >= 26 else "") + chr(65 + position % 26)
        stated = filter(None, (*(split(name)[1] for name in names), *units))
        return cls(list(dict.fromkeys(names)), f"column {letter}", next(stated, ""))

    @property
    def shown(self) -> str:
        """Its heading, as a person would call it."""
        return next(filter(None, self.names), "")
