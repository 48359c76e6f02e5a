"""What a check of a paper found: as text, Markdown, HTML, JSON and JUnit."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from textwrap import TextWrapper
from typing import Any

import yaml

from printcheck.checks import Finding, Outcome

SCHEMA = "printcheck.report/1"
WRAPPED = TextWrapper(width=78, initial_indent="    ", subsequent_indent="      ")
COLOURS = {"CONSISTENT": 32, "NOT_TESTABLE": 90, "CONSISTENT_ONLY_IF": 33, "INCONSISTENT": 31}


@cache
def explanations() -> dict[str, dict[str, str]]:
    """Title, needs, assumption, arithmetic and possible answer of every check."""
    text = resources.files("printcheck").joinpath("checks.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


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
        parts = {
            "Assumption": words["assumption"],
            "Arithmetic": self.finding.arithmetic,
            "Only if": self.finding.condition,
            "An author could answer": words["answer"] if misfit else "",
        }
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
        """One line: cells, checks, and how many have which outcome."""
        told = ", ".join(f"{count} {name}" for name, count in self.counts.items() if count)
        return f"{self.cells} printed numbers, {len(self.items)} checks: {told or 'none'}"

    def text(self, colour: bool = False) -> str:
        """For a terminal; checks that pass take one line."""
        blocks = [f"{self.paper}\n{self.head}".strip()]
        for item in self:
            mark = f"\033[{COLOURS[item.finding.outcome]}m" if colour else ""
            rows = [f"{mark}{item.title}{mark and chr(27) + '[0m'}  [{item.id}]"]
            if item.finding.outcome != Outcome.CONSISTENT:
                for name, words in item.lines.items():
                    rows.append(WRAPPED.fill(f"{name}: {words}"))
            blocks.append("\n".join(rows))
        return "\n\n".join(blocks) + "\n"

    def markdown(self) -> str:
        """Sections by finding; characters with a meaning in Markdown are escaped."""
        blocks = [f"# {_plain(self.paper or 'Printed tables, checked')}", self.head]
        for item in self:
            body = [f"- *{name}*: {_plain(words)}" for name, words in item.lines.items()]
            blocks += [f"## {_plain(item.title)}", "\n".join(body)]
        return "\n\n".join(blocks) + "\n"

    def html(self) -> str:
        """One page without scripts, styles of its own, readable in the dark."""
        rows = []
        for item in self:
            body = "".join(
                f"<dt>{name}</dt><dd>{html.escape(words)}</dd>"
                for name, words in item.lines.items()
            )
            rows.append(f"<h2>{html.escape(item.title)}</h2><dl>{body}</dl>")
        title = html.escape(self.paper or "Printed tables, checked")
        style = ":root{color-scheme:light dark}body{font:1rem/1.5 sans-serif;max-width:50rem;margin:auto;padding:1rem}h2{font-size:1rem;margin-top:1.5rem}dt{font-style:italic}"  # noqa: E501
        return (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
            f'<meta name="viewport" content="width=device-width"><style>{style}</style>'
            f"<h1>{title}</h1><p>{html.escape(self.head)}</p>{''.join(rows)}</html>\n"
        )

    def document(self) -> dict[str, Any]:
        """What `json` writes; its schema is `report.schema.json` beside this module."""
        items = [
            {
                "id": item.id, "check": item.check, "where": item.where,
                "outcome": str(item.finding.outcome), "arithmetic": item.finding.arithmetic,
                "condition": item.finding.condition,
                "numbers": {k: list(map(_finite, v.ends)) for k, v in item.finding.numbers.items()},
            }
            for item in self.items
        ]  # fmt: skip
        return {"schema": SCHEMA, "paper": self.paper, "cells": self.cells,
                "data": "printed numbers only", "counts": self.counts, "items": items}  # fmt: skip

    def json(self) -> str:
        """The document as text."""
        return json.dumps(self.document(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def junit(self) -> str:
        """A test suite for continuous integration: INCONSISTENT fails, NOT_TESTABLE is skipped."""
        cases = []
        for item in self.items:
            name, words = (html.escape(t, quote=True) for t in (item.id, item.finding.arithmetic))
            inner = {"INCONSISTENT": f'<failure message="{words}"/>', "NOT_TESTABLE": "<skipped/>"}
            body = inner.get(item.finding.outcome, "")
            cases.append(f'<testcase classname="printcheck" name="{name}">{body}</testcase>')
        counts = self.counts
        return (f'<testsuite name="printcheck" tests="{len(cases)}" '
                f'failures="{counts["INCONSISTENT"]}" skipped="{counts["NOT_TESTABLE"]}">'
                f"{''.join(cases)}</testsuite>\n")  # fmt: skip


def _plain(text: str) -> str:
    """Escape what Markdown would read as its own."""
    return "".join(f"\\{c}" if c in r"\`*_{}[]<>#|$" else c for c in text.replace("\n", " "))


def _finite(value: float) -> float | None:
    """None for an end that is infinite."""
    return float(value) if math.isfinite(value) else None
