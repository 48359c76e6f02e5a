"""What a chapter shows, says and records: one object a chapter, made from its data."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from IPython.core.getipython import get_ipython
from matplotlib.figure import Figure
from myst_nb import glue

from bookkit import display, interactive
from bookkit.display import FILES, STARS_NOTE, Rendered, typeset
from bookkit.interactive import Selector
from bookkit.ledger import Ledger, beside_printed
from printcheck.verdicts import NAMES, Interval, level_reached

NO_NUMBER = re.compile(r"\b(nan|inf)\b")


class Page:
    """A chapter's page; methods return an object for the last line of a cell.

    Parameters
    ----------
    chapter
        Name of the notebook, ``"04_1_baseline"``.
    study
        What was loaded (`clustergap.Study`), or None for a page without county data.
    source
        Where the numbers come from, below every exhibit; by default the study's.
    """

    STARS = STARS_NOTE
    STARS_ONLY = STARS_NOTE.replace(", clustered by county,", "")

    def __init__(self, chapter: str, study: Any = None, source: str = "") -> None:
        self.chapter, self.study = chapter, study
        self.source: str = source or study.source
        self.ledger = Ledger(chapter, self.source)
        display.use_style()

    def banner(self) -> Rendered:
        """Say at the head of the page what its numbers were computed from."""
        return display.banner(self.study)

    def words(self, synthetic: str = "", own: str = "") -> Rendered | None:
        """Say what is true of one kind of panel only (MyST), or nothing."""
        return self.say(synthetic if self.study.synthetic else own)

    def say(self, words: str) -> Rendered | None:
        """Say what a chapter chose by its data (MyST), or nothing if that is empty."""
        return display.prose(typeset(words)) if words else None

    # --- numbers ---

    def tell(self, **numbers: Any) -> None:
        """Name numbers (or words) that the prose may use: ``{glue:text}`name:.3f```."""
        for name, value in numbers.items():
            value = value.item() if isinstance(value, np.generic) else value
            glue(name, typeset(value) if isinstance(value, str) else value, display=False)

    def tell_fit(self, name: str, fit: Any, coefficient: str = "did") -> None:
        """Name ``beta_``, ``se_``, ``p_``, ``low_``, ``high_``, ``r2_`` and ``n_`` of a fit."""
        low, high = fit.confint().loc[coefficient]
        found = {"beta": fit.coef()[coefficient], "se": fit.se()[coefficient]}
        found |= {"p": fit.pvalue()[coefficient], "low": low, "high": high}
        found |= {"r2": fit._r2, "n": fit._N}
        self.tell(**{f"{what}_{name}": value for what, value in found.items()})

    def record(self, intervals: Mapping[str, Interval] | None = None, /, **numbers: float) -> None:
        """Record numbers of the paper's prose, by their keys in ``data/published/text.csv``.

        Parameters
        ----------
        intervals
            Key to the values that fit the rounding of the inputs, where there are any.
        numbers
            Key to what was computed here.
        """
        for key, value in numbers.items():
            self.ledger.record_number(key, value, (intervals or {}).get(key))
        self.export(self.ledger.file)

    def export(self, files: Mapping[str, str]) -> None:
        """Hand files (name to text) to the build, inside the output of this cell."""
        export(files)

    def export_json(self, name: str, schema: str, **content: Any) -> None:
        """Hand a JSON file to the build: schema, chapter, source of the data, and the content."""
        document = {"schema": f"clustergap.{schema}", "version": 1, "chapter": self.chapter}
        document |= {"source": self.source, **content}
        self.export({name: json.dumps(document, indent=1, ensure_ascii=False) + "\n"})

    # --- exhibits ---

    def exhibit(
        self, exhibit: str, fits: Mapping[str, Any], rows: Mapping[str, str],
        extra: Mapping[str, Sequence[str]] | None = None, *,
        record: Mapping[str, str] | None = None, columns: Sequence[str | int] | None = None,
        levels: Sequence[int] = (), model: Sequence[str] = ("n", "r2"),
        statistics: Mapping[str, float] | None = None, **words: Any,
    ) -> Rendered:  # fmt: skip
        """Show fits as one of the paper's tables, printed beside computed, and record them.

        Parameters
        ----------
        exhibit
            Its address in ``data/published``: ``"table_2"``.
        fits
            Column head to fit.
        rows
            Coefficient to row label, in order; others are not shown.
        extra
            Further rows above the fixed effects, one string a column.
        record
            Coefficient to its row in ``data/published``, one or more a fit; by default all.
        columns
            The exhibit's columns that the fits fill; by default 1, 2, …
        levels
            Columns of whose first coefficient the paper's text states a level of significance.
        model
            Which of n and r2 the exhibit prints; the others are not shown.
        statistics
            Further statistics that the exhibit prints of its first column, by key.
        words
            caption and notes, as in `table`.
        """
        columns = columns or range(1, len(fits) + 1)
        for column, fit in zip(columns, fits.values(), strict=True):
            held = record and ({n: record[n] for n in record if n in fit.coef()} or record)
            self.ledger.record_fit(exhibit, column, fit, held, model=model)
            if int(column) in levels:
                p = next(fit.pvalue()[name] for name in rows if name in fit.pvalue())
                key = f"significance_{exhibit}_column_{column}"
                self.ledger.record_number(key, level_reached(p))
        extra, also = {**(extra or {})}, statistics or {}
        for key, value in also.items():
            self.ledger.record(exhibit, columns[0], "model", key, value)
            extra[NAMES[key]] = [f"{value:.3f}", *[""] * (len(fits) - 1)]
        self.export(self.ledger.file)
        frame = display.regression_table(fits, rows, extra)
        names = [(record or {"Intercept": "constant"}).get(name, name) for name in rows]
        known: list[tuple[str, str] | None] = [(n, s) for n in names for s in ("estimate", "se")]
        known += [None] * (len(extra) - len(also)) + [("model", key) for key in also]
        known += [None, None, ("model", "n"), ("model", "r2")]
        if "r2" not in model:
            frame, known = frame.drop(index="R²"), known[:-1]
        shown = beside_printed(frame, known, columns, self.ledger.records.values(), exhibit)
        if shown.map(lambda cell: cell.endswith("†")).any(axis=None):
            words["notes"] += " † does not round to the printed number, or has other stars."
        name = f"tbl-{exhibit.removeprefix('table_')}"
        return self.table(shown, name=name, source=f"the paper; {self.source}", **words)

    def table(self, frame: pd.DataFrame, *, name: str, caption: str, **words: Any) -> Rendered:
        """Show a frame of ready strings as a numbered table: see `display.table`.

        On own data a number that could not be computed is set as a dash; on data that ship with
        the project it is a fault of ours, and a ValueError names the table.
        """
        lost = frame.map(lambda cell: bool(NO_NUMBER.search(str(cell))))
        if not (self.study and self.study.private) and lost.any(axis=None):
            row = frame.index[lost.any(axis=1)][0]
            raise ValueError(
                f"table {name!r}, row {row!r} holds a number that is none: say in its cell why"
            )
        return display.table(frame, name=name, caption=caption, **({"source": self.source} | words))

    def figure(self, fig: Figure, *, name: str, caption: str, alt: str, **words: str) -> Rendered:
        """Show a figure with number, caption, text alternative and source: see `display.figure`."""
        words = {"source": self.source} | words
        return display.figure(fig, name=name, caption=caption, alt=alt, **words)

    def interactive(
        self, fig: Figure, controls: Sequence[Selector], **about: str
    ) -> interactive.Interactive:
        """Show a figure that answers to controls: see `interactive.figure_with_controls`."""
        return interactive.figure_with_controls(fig, controls, **{"source": self.source} | about)


def export(files: Mapping[str, str]) -> None:
    """Hand files (name to text) to the build, inside the output of the cell that runs."""
    if shell := get_ipython():
        shell.display_pub.publish({FILES: dict(files)})
