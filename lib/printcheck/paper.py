"""A paper's printed numbers as intervals, with the roles that its columns play."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from printcheck import checks
from printcheck.cells import Cell, InputError
from printcheck.checks import FEWEST_DF, Finding, finding, place
from printcheck.intervals import Interval
from printcheck.report import Item


class MissingError(Exception):
    """A check needs a number that is not printed."""


@dataclass(frozen=True)
class Column:
    """A column of a table: what it prints, and the role it plays (empty if not declared)."""

    paper: "Paper"
    address: tuple[str, str]
    spec: Mapping[str, Any]

    def __str__(self) -> str:
        return place(self.address)

    def has(self, row: str, statistic: str) -> bool:
        """Tell whether a number is printed."""
        return (*self.address, row, statistic) in self.paper.x

    def at(self, row: str, *statistics: str) -> list[Interval]:
        """Intervals of one row."""
        for name in statistics:
            if not self.has(row, name):
                raise MissingError(f"{place((*self.address, row))} {name}")
        return [self.paper.x[(*self.address, row, name)] for name in statistics]

    def one(self, row: str, statistic: str = "estimate") -> Interval:
        """Interval of one number."""
        return self.at(row, statistic)[0]

    def outcome(self, *statistics: str) -> list[Interval]:
        """Summary statistics of the outcome."""
        return self.paper.means.at(self.spec["outcome"], *statistics)

    @property
    def row(self) -> str:
        """The regressor whose effect the column is about: the first one."""
        if not self.spec.get("regressors"):
            raise KeyError("regressors")
        return self.spec["regressors"][0]

    @property
    def rows(self) -> int:
        """Number of observations."""
        return int(self.one("model", "n").lo)

    @property
    def df(self) -> float:
        """Least degrees of freedom of the t ratios."""
        if "clusters" in self.spec:
            return max(int(self.spec["clusters"]) - 1, 1)
        used = sum(key[:2] == self.address and key[3] == "estimate" for key in self.paper.x) + 1
        known = {"n": used, "clusters": 1}
        left = [self.one("model", k).lo - v for k, v in known.items() if self.has("model", k)]
        return max(min([FEWEST_DF, *left]), 1)

    @property
    def dof(self) -> int:
        """Rows less parameters, with the effects of a balanced panel's units and periods."""
        effects = sum(self.paper.panel()[:2]) - 1 if self.spec.get("fixed") else 1
        return max(self.rows - effects - len(self.spec["regressors"]), 1)

    def errors(self, spreads: Mapping[str, Interval]) -> dict[str, tuple[Interval, Interval]]:
        """Printed and unclustered errors of regressors, by their variances net of the others."""
        (sd,), r2, rows, dof = self.outcome("sd"), self.one("model", "r2"), self.rows, self.dof
        plain = {k: checks.unclustered_se(sd, r2, rows, dof, v) for k, v in spreads.items()}
        return {row: (self.one(row, "se"), se) for row, se in plain.items()}

    @property
    def linear(self) -> bool:
        """Least squares on the rows of the summary table: declared so, or of the same N."""
        if self.spec.get("estimator") != "ols":
            return False
        if "summary_sample" in self.paper.roles:
            return self.spec.get("sample") == self.paper.roles["summary_sample"]
        both = self.paper.means.has(str(self.spec.get("outcome")), "n") and self.has("model", "n")
        return both and self.outcome("n")[0] == self.one("model", "n")


class Paper:
    """A paper's cells as intervals, the roles they play, and the findings so far."""

    def __init__(self, cells: Iterable[Cell], roles: Mapping[str, Any]) -> None:
        self.cells, self.roles = list(cells), roles
        self.x = checks.intervals(self.cells)
        told = zip(self.x, (c.stars for c in self.cells), strict=True)
        self.stars = {k: int(n) for k, n in told if k[3] == "estimate" and n is not None and n == n}
        self.items: list[Item] = []
        self.treated: Interval | None = None
        self.adoption: Mapping[str, Any] = roles.get("adoption", {})
        self.columns = self._columns()
        self.means = self.any_column(*roles.get("summary", "").partition("/")[::2])

    def _columns(self) -> dict[str, Column]:
        """The declared columns, with defaults and sets of regressors filled in."""
        sets, found = self.roles.get("sets", {}), {}
        printed = {"/".join(key[:2]) for key in self.x}
        for name, given in self.roles.get("columns", {}).items():
            if str(name) not in printed:
                some = ", ".join(sorted(printed)[:8])
                raise InputError(f"roles: no cell has the column {name}; there are {some}")
            spec = {**self.roles.get("defaults", {}), **given}
            for kind in ("regressors", "fixed"):
                spec[kind] = [v for item in spec.get(kind) or [] for v in sets.get(item, [item])]
            found[name] = Column(self, name.partition("/")[::2], spec)
        return found

    def column(self, address: str) -> Column:
        """A declared column, by `table/column`."""
        if address not in self.columns:
            raise InputError(f"roles: {address} is used, but columns does not declare it")
        return self.columns[address]

    def any_column(self, exhibit: str, column: str) -> Column:
        """A column, declared or not."""
        address = exhibit, column
        return self.columns.get("/".join(address), Column(self, address, {}))

    @contextmanager
    def check(
        self, check: str, where: object, name: str = ""
    ) -> Iterator[Callable[[Finding | None], None]]:
        """Run a check; one that lacks a printed number is NOT_TESTABLE, and says which."""
        found: list[Finding | None] = []
        try:
            yield found.append
        except MissingError as lack:
            found.append(finding(f"needs {lack}, which is not printed", None))
        self.items += [Item(check, name, str(where), f) for f in found if f is not None]

    def add(self, check: str, where: object, build: Callable[..., Finding | None], *numbers: Any,
            name: str = "") -> None:  # fmt: skip
        """Run a check that is one call."""
        with self.check(check, where, name) as keep:
            keep(build(*numbers))

    def panel(self) -> tuple[int, int, int]:
        """Units, periods and first period of a balanced panel."""
        panel = self.roles.get("panel", {})
        if not {"units", "first", "last"} <= set(panel):
            raise MissingError("panel: units, first and last in the roles file")
        return int(panel["units"]), int(panel["last"] - panel["first"] + 1), int(panel["first"])

    def treated_periods(self) -> list[int]:
        """In how many periods each cohort is treated."""
        _, periods, first = self.panel()
        return [first + periods - year for year in self.adoption["cohorts"]]

    def treated_rows(self) -> Interval:
        """Treated rows as a column with the treatment alone tells them, else from one to all."""
        return self.treated or Interval(1, self.panel()[0] * max(self.treated_periods()))
