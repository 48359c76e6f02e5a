"""Which checks a paper's cells and roles allow, and what each of them finds."""

from collections.abc import Iterable, Mapping
from itertools import permutations
from typing import Any

from printcheck import checks, designs, inequality
from printcheck.cells import Cell, InputError
from printcheck.checks import CONVENTIONS, Finding, Key, Outcome, hull_of, place
from printcheck.intervals import Interval
from printcheck.paper import Column, MissingError, Paper
from printcheck.report import Report


def check(cells: Iterable[Cell], roles: Mapping[str, Any] | None = None) -> Report:
    """Every check that a paper's cells, and the roles they play, allow.

    `cells` are as `read_cells` gives them, or rows of a frame with the same names, `roles` as
    `read_roles` gives them. The report has one item a check; `ranges` alone if a number is
    impossible, as others would compute with it. Raises InputError if the roles name a column that
    no cell has, or lack what they must say.
    """
    try:
        paper = Paper(cells, roles or {})
        iv = [c.address for c in paper.columns.values() if c.spec.get("estimator") == "iv"]
        paper.add("ranges", "all tables", checks.ranges, paper.x, iv)
        if paper.items[0].finding.outcome != Outcome.INCONSISTENT:
            for group in (_alone, _columns, _samples, _splits, _instruments, _indices, _claims):
                group(paper)
        return Report(str(paper.roles.get("paper", "")), len(paper.cells), paper.items)
    except MissingError as lack:
        told = f"{lack} is needed, but not there; add it, or drop the role"
    except KeyError as lack:
        told = f"a role lacks its {lack}; `explain roles` lists them"
    except (TypeError, ValueError, AttributeError, IndexError, ArithmeticError) as error:
        if not roles or isinstance(error, InputError):
            raise
        told = f"a value is not what its key takes ({error}); `explain roles` lists them"
    raise InputError(f"roles: {told}")


def _alone(paper: Paper) -> None:
    """Checks that every table allows."""
    df = {column: paper.any_column(*column).df for column in {key[:2] for key in paper.x}}
    errors = {key[:3] for key in paper.x if key[3] in ("se", "t", "p")}
    tested = {k: n for k, n in paper.stars.items() if k[:3] in errors}
    tables = sorted({key[0] for key in paper.stars})
    for exhibit in tables:
        if stars := {k: n for k, n in tested.items() if k[0] == exhibit}:
            name = exhibit if len(tables) > 1 else ""
            paper.add("stars", place((exhibit, "main")), _stars, paper, stars, df, name=name)
    for name in ("t", "p", "ci_low"):
        paper.add("retold", "all tables", checks.repeated_tests, paper.x, df, name, name=name)
    paper.add("nested", "all tables", _nested, paper)
    once = {(c[0], c[2], c.printed) if c.statistic == "other" else c: c for c in paper.cells
            if c.statistic not in ("n", "min", "max", "outcome_mean")}  # fmt: skip
    told = {f"{place(c[:3])} {c.statistic}": c.printed for c in once.values()}
    told |= {name: str(value) for name, value in paper.roles.get("statistics", {}).items()}
    paper.add("repeated", "all tables", checks.same_number_twice, told)


def _stars(paper: Paper, stars: Mapping[Key, int], df: Mapping[tuple[str, str], float]) -> Finding:
    """Compare stars under the declared levels, or under the convention that fits best."""
    declared = tuple(map(float, paper.roles.get("stars", ())))
    conventions = [declared] if declared else CONVENTIONS
    found = [checks.all_stars(paper.x, stars, df, levels) for levels in conventions]
    return min(found, key=lambda f: list(Outcome).index(f.outcome))


def _nested(paper: Paper) -> Finding | None:
    """R² of declared columns that nest one another; else of columns that seem to."""
    pairs = []
    for a, b in permutations((c for c in paper.columns.values() if c.has("model", "r2")), 2):
        parts = [(set(c.spec["regressors"]), set(c.spec["fixed"])) for c in (a, b)]
        grows = all(p <= q for p, q in zip(*parts, strict=True)) and parts[0] != parts[1]
        alike = all(a.spec.get(k) == b.spec.get(k) for k in ("outcome", "estimator"))
        rows = [c.spec.get("sample") or paper.x.get((*c.address, "model", "n")) for c in (a, b)]
        if alike and grows and rows[0] and rows[0] == rows[1] and a.spec.get("estimator") == "ols":
            pairs.append((str(a), a.one("model", "r2"), str(b), b.one("model", "r2")))
    return checks.nested_r2(pairs) if pairs else checks.unroled_r2(paper.x)


def _columns(paper: Paper) -> None:
    """What means, deviations and R² say about a column's coefficients and errors."""
    known = {key[2] for key in paper.x if key[3] == "mean"}
    kinds = {name: kind for name, kind in paper.roles.get("variables", {}).items() if name in known}
    shares = {n: paper.means.at(n, "mean", "sd") for n, kind in kinds.items() if kind == "share"}
    if shares:
        sums = [p for p in paper.roles.get("sums", ()) if set(p) <= set(shares)]
        rows = int(paper.means.one(next(iter(shares)), "n").lo)
        paper.add("moments", "summary", checks.moments, shares, sums, rows)
    logs = {n: paper.means.at(n, "n", "mean", "sd") for n, k in kinds.items() if k == "log_count"}
    if logs:
        most = max(int(n.hi) for n, *_ in logs.values())
        paper.add("logarithms", "summary", checks.logarithms, logs, most)
    for c in (c for c in paper.columns.values() if c.linear and c.spec.get("intercept")):
        name, names = "_".join(c.address), c.spec["regressors"]
        if len(names) == 1 and names[0] not in known:
            paper.add("treated_share", c, _treated, c, name=name)
        elif c.has(names[-1], "estimate"):
            paper.add("plane", c, _plane, c, name=name)
        if not c.spec["fixed"] and c.spec.get("vcov"):
            paper.add("least_errors", c, _least, c, known, name=name)
    paper.add("clustering", "columns said to be clustered", _clustering, paper)


def _treated(c: Column) -> Finding:
    """Rows with a lone dummy at one; those of the treatment are kept for later checks."""
    fit = [c.one(c.row), c.one(c.spec["intercept"]), c.one("model", "r2")]
    outcome, paper = c.outcome("mean", "sd"), c.paper
    if c.row != paper.adoption.get("treatment"):
        condition = f"{c.row} takes other values than zero and one"
        return checks.treated_share(outcome, fit, c.rows, c.rows, condition)
    limit = min(c.rows, paper.panel()[0] * max(paper.treated_periods()))
    found = checks.treated_share(outcome, fit, c.rows, limit)
    paper.treated = paper.treated or found.numbers.get("treated")
    return found


def _plane(c: Column) -> Finding:
    """Solve for the coefficient whose rounding matters most."""
    terms = {}
    for name in c.spec["regressors"]:
        if name == c.paper.adoption.get("treatment"):  # from its treated rows
            p = c.paper.treated_rows() * (1 / c.rows)
            terms[name] = [c.one(name), p, (p * (1 - p)).sqrt()]
        else:
            terms[name] = [c.one(name), *c.paper.means.at(name, "mean", "sd")]
    slack = {name: (b.hi - b.lo) * abs(mean).hi for name, (b, mean, _) in terms.items()}
    hidden = terms.pop(worst := max(slack, key=slack.__getitem__))
    (mean,), constant = c.outcome("mean"), c.one(c.spec["intercept"])
    return checks.plane(mean, constant, [term[:2] for term in terms.values()], hidden, worst)


def _least(c: Column, known: set[str]) -> Finding | None:
    """Errors of regressors whose deviations are printed."""
    names, classical = c.spec["regressors"], c.spec["vcov"] == "iid"
    shown = [name for name in names if name in known and c.has(name, "se")]
    spreads = {n: c.paper.means.one(n, "sd").square() * ((c.rows - 1) / c.rows) for n in shown}
    errors = c.errors({name: spread for name, spread in spreads.items() if spread.lo > 0})
    return checks.least_errors(errors, classical, classical and len(names) == 1) if errors else None


def _clustering(paper: Paper) -> Finding | None:
    """Printed against unclustered errors of lone dummies, and of the treatment of a panel."""
    treatment = str(paper.adoption.get("treatment"))
    errors: dict[str, tuple[Interval, Interval]] = {}
    for c in (c for c in paper.columns.values() if c.linear):
        clustered = c.spec.get("vcov") == "cluster" and treatment in c.spec["regressors"]
        if not (clustered and c.spec.get("intercept") and c.has(treatment, "se")):
            continue
        p, spreads = paper.treated_rows() * (1 / c.rows), {}
        if c.spec["fixed"]:
            spreads = {treatment: _paths(paper)["variance"]}
        elif c.spec["regressors"] == [treatment]:
            spreads = {c.spec["intercept"]: 1 - p, treatment: p * (1 - p)}
        errors |= {place((*c.address, row)): both for row, both in c.errors(spreads).items()}
    return checks.clustering(errors) if errors else None


def _paths(paper: Paper, ratio: Interval = checks.POSITIVE) -> checks.Named:
    """What cohorts imply for the treatment's variance, see `designs.staggered`."""
    units, periods, _ = paper.panel()
    return designs.staggered(units, periods, paper.treated_periods(), paper.treated_rows(), ratio)


def _samples(paper: Paper) -> None:
    """Columns of one sample have one number of rows."""
    full: dict[str, list[Column]] = {}
    for c in paper.columns.values():
        if c.spec.get("sample") and c.has("model", "n"):
            full.setdefault(c.spec["sample"], []).append(c)
    same = {str(c): (c.rows, first.rows) for first, *more in full.values() for c in more}
    if columns := full.get(paper.roles.get("summary_sample", "")):
        described = paper.means.address
        counts = {k: n for k, n in paper.x.items() if k[:2] == described and k[3] == "n"}
        same |= {place(k): (int(n.lo), columns[0].rows) for k, n in counts.items()}
    if same:
        paper.add("rows", "columns of one sample", checks.agree, same)


def _splits(paper: Paper) -> None:
    """A whole sample and the parts that should make it up; `apart`: no unit is in two of them."""
    for name, split in paper.roles.get("splits", {}).items():
        whole, *parts = map(paper.column, (split["whole"], *split["parts"]))
        where, row = ", ".join(map(str, (whole, *parts))), whole.row
        apart = split.get("apart", True)
        if panel := paper.roles.get("panel"):
            counts, periods = [part.rows for part in parts], paper.panel()[1]
            paper.add("split", where, designs.split, whole.rows, counts, periods, name=name)
        if len(parts) != 2:
            continue
        with paper.check("difference", where, name) as keep:
            a, b = (part.at(row, "estimate", "se") for part in parts)
            keep(checks.difference(a, b, bool(apart)))
        with paper.check("pooled", where, name) as keep:
            keep(designs.pooled(whole.one(row), [part.one(row) for part in parts]))
        if apart and panel and whole.spec["fixed"]:
            with paper.check("parts_r2", where, name) as keep:
                free = periods - 1 + len(whole.spec["regressors"])
                fits = [(part.one("model", "r2"), part.rows) for part in parts]
                keep(designs.parts_r2(whole.one("model", "r2"), fits, free, whole.dof))


def _instruments(paper: Paper) -> None:
    """First stages, and the size and error of what two-stage least squares gives."""
    for name, iv in paper.roles.get("instruments", {}).items():
        first, second, ols = (paper.column(iv[key]) for key in ("first", "second", "ols"))
        where, row, rows, dof = f"{first}, {second}", ols.row, ols.rows, ols.dof
        with paper.check("first_stage", where, name) as keep:
            exact = Interval(dof / rows, rows / dof)  # small-sample factors between the two F
            b, se = first.at(name, "estimate", "se")
            keep(designs.first_stage(b, se, first.one("model", iv["f"]), exact))
        with paper.check("iv_scale", where, name) as keep:
            mean, sd = ols.outcome("mean", "sd")
            keep(designs.iv_scale(second.one(row), ols.one(row), mean, sd))
        if not ("plain_f" in iv and paper.adoption):
            continue
        with paper.check("iv_error", where, name) as keep:
            left = ols.outcome("sd")[0].square() * (1 - ols.one("model", "r2"))
            difference, variance = second.one(row) - ols.one(row), _paths(paper)["variance"]
            plain_f, se = first.one("model", iv["plain_f"]), second.one(row, "se")
            keep(designs.iv_error(difference, left, variance, plain_f, se, rows, dof))
        if iv.get("trend"):
            with paper.check("variance_ratio", where, name) as keep:
                plain_f, f = first.one("model", iv["plain_f"]), first.one("model", iv["f"])
                either = Interval(dof / rows, 1.0)  # either F may count fixed effects, or not
                paths = {**_paths(paper, plain_f / f / either)}
                del paths["variance"]
                paths |= {key: paths[key] * either for key in ("clustered", "robust")}
                keep(designs.variance_ratio(plain_f, f, paths))


def _indices(paper: Paper) -> None:
    """Mechanisms, and the Theil and Gini indices of two groups."""
    if chain := paper.roles.get("mediation"):
        of, columns = paper.column(chain["of"]), [*map(paper.column, chain["columns"])]
        with paper.check("ceilings", ", ".join(map(str, columns))) as keep:
            (effect, *outcome), *paths = (
                [c.one(of.row), *c.outcome("sd"), c.one("model", "r2")] for c in (of, *columns)
            )
            names = [c.spec["outcome"] for c in columns]
            keep(checks.ceilings(effect, outcome, dict(zip(names, paths, strict=True))))
    if pair := paper.roles.get("indices"):
        stated = hull_of(map(str, pair["ratio"]))
        theil, gini = both = [paper.column(pair[name]) for name in ("theil", "gini")]
        with paper.check("theil_level", "summary") as keep:
            keep(inequality.theil_level(theil.outcome("mean")[0], stated))
        with paper.check("two_indices", f"{theil}, {gini}") as keep:
            t, g = (c.at(theil.row, "estimate", "se") for c in both)
            keep(inequality.two_indices(t, g, stated))
        with paper.check("two_errors", f"{theil}, {gini}") as keep:
            t, g = ([*c.at(theil.row, "estimate", "se"), c.one("model", "r2")] for c in both)
            keep(inequality.two_errors(t, g, theil.outcome("sd")[0]))


def _claims(paper: Paper) -> None:
    """What sentences say, beside the tables and the calendar."""
    said: dict[str, tuple[Any, Any]] = {}
    for number, claim in enumerate(paper.roles.get("claims", ())):
        exhibit, column, row = str(claim["cell"]).split("/")
        c, key = paper.any_column(exhibit, column), (exhibit, column, row, "estimate")
        estimate = c.one(row)
        if "percent" in claim:
            mean, sd = c.outcome("mean", "sd")
            numbers = estimate, mean, sd, hull_of([str(claim["percent"])])
            paper.add("percent", place(key), checks.percent, *numbers, name=str(number or ""))
        elif "level" in claim:
            levels = [100 * float(level) for level in paper.roles["stars"]]
            printed = paper.stars.get(key, 0)
            told = f"{levels[printed - 1]:g} %" if 0 < printed <= len(levels) else "none"
            said[f"{place(key)} level"] = (told, f"{float(claim['level']):g} %")
        else:
            said[place(key)] = (f"{estimate:.4f}", f"{hull_of([str(claim['says'])]):.4f}")
    if said:
        paper.add("words", "sentences", checks.agree, said)
    if spans := paper.roles.get("periods"):
        units, periods, _ = paper.panel()
        pairs = {f"{where}, {units} × {b - a + 1}": (units * (b - a + 1), units * periods)
                 for where, (a, b) in spans.items()}  # fmt: skip
        paper.add("period", ", ".join(spans), checks.agree, pairs)
    if "event_times" in paper.adoption:
        _, periods, first = paper.panel()
        span, adopted = (first, first + periods - 1), paper.adoption
        times = adopted["cohorts"], adopted["event_times"]
        paper.add("event_window", "event study", designs.event_window, span, *times)
