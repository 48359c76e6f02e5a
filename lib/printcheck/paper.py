"""A paper's printed numbers as intervals, with the roles that its columns play."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from printcheck import checks
from printcheck.cells import Cell, InputError, column_specs
from printcheck.checks import FEWEST_DF, Finding, finding, place
from printcheck.intervals import Interval
from printcheck.report import Item

Column = tuple[str, str]


class MissingError(Exception):
    """A check needs a number that is not printed."""


class Paper:
    """A paper's cells as intervals, the roles they play, and the findings so far."""

    def __init__(self, cells: Iterable[Cell], roles: Mapping[str, Any]) -> None:
        self.cells = list(cells)
        self.x = checks.intervals(self.cells)
        self.roles, self.specs = roles, column_specs(roles)
        self.stars = {
            key: int(cell.stars)
            for key, cell in zip(self.x, self.cells, strict=True)
            if key[3] == "estimate" and cell.stars is not None and cell.stars == cell.stars
        }
        self.items: list[Item] = []
        self._refuse_unknown_columns()

    def _refuse_unknown_columns(self) -> None:
        """Say which address of the roles file no cell has."""
        known = {key[:2] for key in self.x}
        for column in self.specs:
            if column not in known:
                some = ", ".join("/".join(name) for name in sorted(known)[:8])
                raise InputError(
                    f"roles: no cell has the column {'/'.join(column)}; there are {some}"
                )

    def add(
        self, check: str, name: str, where: str, build: Callable[..., Finding | None], *args: Any
    ) -> None:
        """Run a check; one that lacks a printed number is NOT_TESTABLE, and says which."""
        try:
            found = build(*args)
        except MissingError as lack:
            found = finding(f"needs {lack}, which is not printed", None)
        if found is not None:
            self.items.append(Item(check, name, where, found))

    def at(self, column: Column, row: str, *statistics: str) -> list[Interval]:
        """Intervals of one row of one column."""
        for name in statistics:
            if (*column, row, name) not in self.x:
                raise MissingError(f"{place((*column, row))} {name}")
        return [self.x[(*column, row, name)] for name in statistics]

    def one(self, column: Column, row: str, statistic: str) -> Interval:
        """Interval of one number."""
        return self.at(column, row, statistic)[0]

    def spec(self, column: Column) -> dict[str, Any]:
        """Role of a column, empty if the roles file does not name it."""
        return self.specs.get(column, {})

    def column(self, address: str) -> Column:
        """Split `table/column`, and refuse one that is not declared."""
        exhibit, _, name = str(address).partition("/")
        if (exhibit, name) not in self.specs:
            raise InputError(f"roles: {address} is used, but columns does not declare it")
        return exhibit, name

    def summary(self, name: str, *statistics: str) -> list[Interval]:
        """Summary statistics of a variable."""
        exhibit, _, column = str(self.roles.get("summary", "")).partition("/")
        return self.at((exhibit, column), name, *statistics)

    def rows(self, column: Column) -> int:
        """Number of observations of a column."""
        return int(self.one(column, "model", "n").lo)

    def df(self, column: Column) -> float:
        """Least degrees of freedom of a column's t ratios."""
        spec = self.spec(column)
        if "clusters" in spec:
            return max(int(spec["clusters"]) - 1, 1)
        count = self.x.get((*column, "model", "n"))
        used = sum(key[:2] == column and key[3] == "estimate" for key in self.x) + 1
        return max(min(FEWEST_DF, count.lo - used if count else FEWEST_DF), 1)

    def dof(self, column: Column) -> int:
        """Rows less parameters, with the effects of a balanced panel's units and periods."""
        spec = self.spec(column)
        effects = sum(self.panel()[:2]) - 1 if spec.get("fixed") else 1
        return max(self.rows(column) - effects - len(spec["regressors"]), 1)

    def panel(self) -> tuple[int, int, int]:
        """Units, periods and first period of a balanced panel."""
        panel = self.roles.get("panel", {})
        if not {"units", "first", "last"} <= set(panel):
            raise MissingError("panel: units, first and last in the roles file")
        return int(panel["units"]), int(panel["last"] - panel["first"] + 1), int(panel["first"])

    def kinds(self, kind: str) -> list[str]:
        """Variables of a kind."""
        named = self.roles.get("variables", {}).items()
        return [name for name, is_kind in named if is_kind == kind]

    def linear(self) -> list[Column]:
        """Columns of least squares on the rows of the summary table."""
        return [
            c for c, s in self.specs.items() if s.get("estimator") == "ols" and self._of_summary(c)
        ]

    def _of_summary(self, column: Column) -> bool:
        """Tell whether a column has the summary table's rows: by name if declared, else by N."""
        spec = self.spec(column)
        if "summary_sample" in self.roles:
            return spec.get("sample") == self.roles["summary_sample"]
        try:
            return self.summary(spec.get("outcome", ""), "n")[0] == self.one(column, "model", "n")
        except MissingError:
            return False
