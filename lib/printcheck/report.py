"""What a check of a paper found: as text, Markdown, HTML, JSON and JUnit."""

import html
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from string import Template
from textwrap import TextWrapper
from xml.etree.ElementTree import Element, SubElement, tostring

import yaml

from printcheck.cells import beside
from printcheck.checks import Finding, Outcome

SCHEMA = "printcheck.report/1"
WRAPPED = TextWrapper(width=78, initial_indent="    ", subsequent_indent="      ")
COLOURS = {"CONSISTENT": 32, "NOT_TESTABLE": 90, "CONSISTENT_ONLY_IF": 33, "INCONSISTENT": 31}


@cache
def explanations() -> dict[str, dict[str, str]]:
    """Title, needs, assumption, arithmetic and possible answer of every check."""
    return yaml.safe_load(beside("checks.yml"))


@dataclass(frozen=True)
class Item:
    """One finding, with the check that made it and where it looked."""

    check: str
    name: str
    where: str
    finding: Finding

    @property
    def id(self) -> str:
        """Name of the check and, if it ran more than once, of what it looked at."""
        return f"{self.check}_{self.name}" if self.name else self.check

    @property
    def lines(self) -> dict[str, str]:
        """What a reader wants to know, empty parts left out."""
        words, misfit = explanations()[self.check], self.finding.outcome != Outcome.CONSISTENT
        parts = {"Assumption": words["assumption"], "Arithmetic": self.finding.arithmetic,
                 "Only if": self.finding.condition,
                 "An author could answer": words["answer"] if misfit else ""}  # fmt: skip
        return {name: text for name, text in parts.items() if text}

    @property
    def title(self) -> str:
        """Outcome, what was checked, and where."""
        return f"{self.finding.outcome}: {explanations()[self.check]['title']} ({self.where})"


@dataclass(frozen=True)
class Report:
    """All findings on one paper, gravest first when written."""

    paper: str
    cells: int
    items: list[Item] = field(default_factory=list)

    def __getitem__(self, name: str) -> Finding:
        return next(item.finding for item in self.items if item.id == name)

    def __iter__(self) -> Iterator[Item]:
        order = list(Outcome)[::-1]
        return iter(sorted(self.items, key=lambda item: order.index(item.finding.outcome)))

    @property
    def findings(self) -> dict[str, Finding]:
        """Finding by id of its check."""
        return {item.id: item.finding for item in self.items}

    @property
    def counts(self) -> dict[str, int]:
        """How many checks have each outcome, gravest first."""
        found = [item.finding.outcome for item in self.items]
        return {outcome: found.count(outcome) for outcome in list(Outcome)[::-1]}

    @property
    def exit_code(self) -> int:
        """1 if a check is INCONSISTENT, else 0."""
        return int(self.counts[Outcome.INCONSISTENT] > 0)

    @property
    def head(self) -> str:
        """Cells, checks, and how many have which outcome, in one line."""
        told = ", ".join(f"{count} {name}" for name, count in self.counts.items() if count)
        return f"{self.cells} printed numbers, {len(self.items)} checks: {told or 'none'}"

    def text(self, colour: bool = False) -> str:
        """For a terminal; checks that pass take one line."""
        blocks = [f"{self.paper}\n{self.head}".strip()]
        for item in self:
            outcome = item.finding.outcome
            title = f"\033[{COLOURS[outcome]}m{item.title}\033[0m" if colour else item.title
            lines = item.lines.items() if outcome != Outcome.CONSISTENT else ()
            rows = [WRAPPED.fill(f"{name}: {words}") for name, words in lines]
            blocks.append("\n".join([f"{title}  [{item.id}]", *rows]))
        return "\n\n".join(blocks) + "\n"

    def markdown(self) -> str:
        """Sections by finding; characters with a meaning in Markdown are escaped."""
        blocks = [f"# {_plain(self.paper or 'Printed tables, checked')}", self.head]
        for item in self:
            body = "\n".join(f"- *{name}*: {_plain(text)}" for name, text in item.lines.items())
            blocks += [f"## {_plain(item.title)}", body]
        return "\n\n".join(blocks) + "\n"

    def html(self) -> str:
        """One page without scripts, styles of its own, readable in the dark."""
        rows = ""
        for item in self:
            body = (f"<dt>{name}</dt><dd>{html.escape(t)}</dd>" for name, t in item.lines.items())
            rows += f"<h2>{html.escape(item.title)}</h2><dl>{''.join(body)}</dl>"
        title, head = map(html.escape, (self.paper or "Printed tables, checked", self.head))
        return Template(beside("report.html")).substitute(title=title, head=head, rows=rows)

    def json(self) -> str:
        """A document with all numbers; its schema is `report.schema.json` beside this module."""
        items = []
        for item in self.items:
            found = item.finding
            numbers = {name: [float(end) if math.isfinite(end) else None for end in number.ends]
                       for name, number in found.numbers.items()}  # fmt: skip
            items.append({"id": item.id, "check": item.check, "where": item.where,
                          "outcome": str(found.outcome), "arithmetic": found.arithmetic,
                          "condition": found.condition, "numbers": numbers})  # fmt: skip
        told = {"schema": SCHEMA, "paper": self.paper, "cells": self.cells,
                "data": "printed numbers only", "counts": self.counts, "items": items}  # fmt: skip
        return json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def junit(self) -> str:
        """A test suite for continuous integration: INCONSISTENT fails, NOT_TESTABLE is skipped."""
        counts = {"tests": len(self.items), "failures": self.counts[Outcome.INCONSISTENT],
                  "skipped": self.counts[Outcome.NOT_TESTABLE]}  # fmt: skip
        suite = Element("testsuite", {k: str(n) for k, n in counts.items()}, name="printcheck")
        for item in self.items:
            case = SubElement(suite, "testcase", classname="printcheck", name=item.id)
            if item.finding.outcome == Outcome.INCONSISTENT:
                SubElement(case, "failure", message=item.finding.arithmetic)
            elif item.finding.outcome == Outcome.NOT_TESTABLE:
                SubElement(case, "skipped")
        return tostring(suite, encoding="unicode") + "\n"


def _plain(text: str) -> str:
    """Escape what Markdown would read as its own."""
    return "".join(f"\\{c}" if c in r"\`*_{}[]<>#|$" else c for c in text.replace("\n", " "))
