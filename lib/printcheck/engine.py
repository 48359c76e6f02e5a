"""Which checks a paper's cells and roles allow, and what each of them finds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from printcheck import checks, designs, inequality
from printcheck.cells import Cell, InputError
from printcheck.checks import CONVENTIONS, Finding, Key, Levels, Outcome, finding, place
from printcheck.intervals import Interval
from printcheck.paper import Column, MissingError, Paper
from printcheck.report import Report


def check(cells: Iterable[Cell], roles: Mapping[str, Any] | None = None) -> Report:
    """Every check that a paper's cells, and the roles they play, allow.

    Parameters
    ----------
    cells
        As `read_cells` gives them, or rows of a frame with the same names.
    roles
        As `read_roles` gives them; without, only checks that need none.

    Returns
    -------
    Report
        One item a check; `ranges` alone if a number is impossible, as others would compute with it.

    Raises
    ------
    InputError
        If the roles name a column that no cell has.
    """
    paper = Paper(cells, roles or {})
    iv = [column for column, spec in paper.specs.items() if spec.get("estimator") == "iv"]
    paper.add("ranges", "", "all tables", checks.ranges, paper.x, iv)
    if paper.items[0].finding.outcome != Outcome.INCONSISTENT:
        _without_roles(paper)
        try:
            for group in (_columns, _samples, _instruments, _indices, _claims):
                group(paper)
        except MissingError as lack:
            raise InputError(
                f"roles: {lack} is needed, but not there; add it, or drop the role"
            ) from None
        except KeyError as lack:
            raise InputError(
                f"roles: a role lacks its {lack}; `explain` says what it needs"
            ) from None
    return Report(str(paper.roles.get("paper", "")), len(paper.cells), paper.items)


def _without_roles(paper: Paper) -> None:
    """Checks that every table allows."""
    df = {column: paper.df(column) for column in {key[:2] for key in paper.x}}
    for exhibit in sorted({key[0] for key in paper.stars}):
        stars = {
            k: n for k, n in paper.stars.items() if k[0] == exhibit and (*k[:3], "se") in paper.x
        }
        if stars:
            name = exhibit if len({key[0] for key in paper.stars}) > 1 else ""
            paper.add("stars", name, place((exhibit, "main")), _stars, paper, stars, df)
    for name in ("t", "p", "ci_low"):
        paper.add("retold", name, "all tables", checks.repeated_tests, paper.x, df, name)
    paper.add("nested", "", "all tables", _nested, paper)
    told = {
        " ".join((place(c[:3]), c.statistic)): c.printed
        for c in paper.cells
        if c.statistic not in ("n", "min", "max")
    }
    told |= {name: str(value) for name, value in paper.roles.get("statistics", {}).items()}
    paper.add("repeated", "", "all tables", checks.same_number_twice, told)


def _stars(paper: Paper, stars: Mapping[Key, int], df: Mapping[Column, float]) -> Finding:
    """Compare stars under the declared levels, or under the convention that fits best."""
    free = {key: df[key[:2]] for key in stars}
    declared = tuple(map(float, paper.roles.get("stars", ())))
    conventions: tuple[Levels, ...] = (declared,) if declared else CONVENTIONS
    found = [checks.all_stars(paper.x, stars, free, levels) for levels in conventions]
    return min(found, key=lambda f: list(Outcome).index(f.outcome))


def _nested(paper: Paper) -> Finding | None:
    """R² of declared columns that nest one another; else of columns that seem to."""
    specs = {c: s for c, s in paper.specs.items() if (*c, "model", "r2") in paper.x}
    chains, words = 0, []
    same = ("outcome", "estimator", "sample")
    for a, small in specs.items():
        for b, large in specs.items():
            parts = [(set(s["regressors"]), set(s["fixed"])) for s in (small, large)]
            alike = all(small.get(name) == large.get(name) for name in same)
            grows = all(p <= q for p, q in zip(*parts, strict=True)) and parts[0] != parts[1]
            if alike and grows and small.get("estimator") == "ols":
                chains += 1
                low, high = (paper.one(c, "model", "r2") for c in (a, b))
                if high.hi < low.lo:
                    words.append(f"{place(a)} {low:.3f}, {place(b)} {high:.3f}")
    if not chains:
        return checks.unroled_r2(paper.x)
    return finding(
        f"{chains} pairs of nested columns; R² falls in {'; '.join(words) or 'none'}", not words
    )


def _columns(paper: Paper) -> None:
    """What means, deviations and R² say about a column's coefficients and errors."""
    known = {key[2] for key in paper.x if key[3] == "mean"}
    shares = {
        name: paper.summary(name, "mean", "sd") for name in paper.kinds("share") if name in known
    }
    if shares:
        sums = [p for p in paper.roles.get("sums", ()) if set(p) <= set(shares)]
        n = int(paper.summary(next(iter(shares)), "n")[0].lo)
        paper.add("moments", "", "summary", checks.moments, shares, sums, n)
    logs = [name for name in paper.kinds("log_count") if name in known]
    if logs:
        counts = {name: paper.summary(name, "n", "mean", "sd") for name in logs}
        rows = max(int(n.hi) for n, *_ in counts.values())
        paper.add("logarithms", "", "summary", checks.logarithms, counts, rows)
    for c in paper.linear():
        name, where, spec = f"{c[0]}_{c[1]}", place(c), paper.spec(c)
        if not spec.get("intercept"):
            continue
        if len(spec["regressors"]) == 1 and spec["regressors"][0] not in known:
            paper.add("treated_share", name, where, _treated, paper, c)
        elif (*c, spec["regressors"][-1], "estimate") in paper.x:
            paper.add("plane", name, where, _plane, paper, c)
        if not spec["fixed"] and spec.get("vcov"):
            paper.add("least_errors", name, where, _least, paper, c, known)
    paper.add("clustering", "", "columns said to be clustered", _clustering, paper)


def _treated(paper: Paper, c: Column) -> Finding:
    """Rows with a lone dummy at one."""
    spec = paper.spec(c)
    fit = [
        *paper.at(c, spec["regressors"][0], "estimate"),
        *paper.at(c, spec["intercept"], "estimate"),
    ]
    limit = rows = paper.rows(c)
    if adoption := paper.roles.get("adoption"):
        units, periods, first = paper.panel()
        limit = min(rows, units * max(first + periods - year for year in adoption["cohorts"]))
    moments, r2 = paper.summary(spec["outcome"], "mean", "sd"), paper.at(c, "model", "r2")
    return checks.treated_share(moments, [*fit, *r2], rows, limit)


def treated_rows(paper: Paper) -> Interval:
    """Treated rows as the lone-dummy column tells them, else from one to all."""
    found = [i.finding for i in paper.items if i.check == "treated_share"]
    for item in found:
        if "treated" in item.numbers:
            return item.numbers["treated"]
    units, periods, first = paper.panel()
    longest = max(first + periods - year for year in paper.roles["adoption"]["cohorts"])
    return Interval(1, units * longest)


def _mean(paper: Paper, name: str, rows: int) -> list[Interval]:
    """Mean and deviation of a regressor; of the treatment from its treated rows."""
    if name == paper.roles.get("adoption", {}).get("treatment"):
        p = treated_rows(paper) * (1 / rows)
        return [p, (p * (1 - p)).sqrt()]
    return paper.summary(name, "mean", "sd")


def _plane(paper: Paper, c: Column) -> Finding:
    """Solve for the coefficient whose rounding matters most."""
    spec, rows = paper.spec(c), paper.rows(c)
    terms = [
        [*paper.at(c, name, "estimate"), *_mean(paper, name, rows)] for name in spec["regressors"]
    ]
    slack = [(b.hi - b.lo) * abs(mean).hi for b, mean, _ in terms]
    hidden = terms.pop(slack.index(max(slack)))
    (mean,), (constant,) = (
        paper.summary(spec["outcome"], "mean"),
        paper.at(c, spec["intercept"], "estimate"),
    )
    return checks.plane(mean, constant, [term[:2] for term in terms], hidden)


def _least(paper: Paper, c: Column, known: set[str]) -> Finding | None:
    """Errors of regressors whose deviations are printed."""
    spec, rows, dof = paper.spec(c), paper.rows(c), paper.dof(c)
    r2, sd = paper.one(c, "model", "r2"), paper.summary(spec["outcome"], "sd")[0]
    errors = {}
    for name in spec["regressors"]:
        if name in known and (*c, name, "se") in paper.x:
            own, printed = paper.summary(name, "sd")[0], paper.one(c, name, "se")
            spread = own.square() * ((rows - 1) / rows)
            if spread.lo > 0:
                errors[name] = (printed, checks.unclustered_se(sd, r2, rows, dof, spread))
    classical = spec["vcov"] == "iid"
    lone = classical and len(spec["regressors"]) == 1
    return checks.least_errors(errors, classical, lone) if errors else None


def _clustering(paper: Paper) -> Finding | None:
    """Printed against unclustered errors of lone dummies, and of the treatment of a panel."""
    plain: dict[str, tuple[Interval, Interval]] = {}
    treatment = paper.roles.get("adoption", {}).get("treatment")
    for c in paper.linear():
        spec = paper.spec(c)
        if spec.get("vcov") != "cluster" or treatment not in spec["regressors"]:
            continue
        if not spec.get("intercept") or (*c, treatment, "se") not in paper.x:
            continue
        rows, p = paper.rows(c), treated_rows(paper) * (1 / paper.rows(c))
        r2, (sd,) = paper.one(c, "model", "r2"), paper.summary(spec["outcome"], "sd")
        if spec["fixed"]:
            spreads = {treatment: paths(paper)["variance"]}
        elif spec["regressors"] == [treatment]:
            spreads = {spec["intercept"]: 1 - p, treatment: p * (1 - p)}
        else:
            continue
        for row, spread in spreads.items():
            printed = paper.one(c, row, "se")
            se = checks.unclustered_se(sd, r2, rows, paper.dof(c), spread)
            plain[place((*c, row))] = (printed, se)
    return checks.clustering(plain) if plain else None


def paths(paper: Paper, ratio: Interval = checks.POSITIVE) -> checks.Named:
    """What cohorts imply for the treatment's variance, see `designs.staggered`."""
    units, periods, first = paper.panel()
    lengths = [first + periods - year for year in paper.roles["adoption"]["cohorts"]]
    return designs.staggered(units, periods, lengths, treated_rows(paper), ratio)


def _samples(paper: Paper) -> None:
    """Columns of one sample, and samples that are parts of another."""
    full: dict[str, list[Column]] = {}
    for c, spec in paper.specs.items():
        if spec.get("sample") and (*c, "model", "n") in paper.x:
            full.setdefault(spec["sample"], []).append(c)
    same = {
        place(c): (paper.rows(c), paper.rows(columns[0]))
        for columns in full.values()
        for c in columns[1:]
    }
    if columns := full.get(paper.roles.get("summary_sample", ""), []):
        summary = tuple(paper.roles["summary"].split("/"))
        counts = {k: n for k, n in paper.x.items() if k[:2] == summary and k[3] == "n"}
        same |= {place(k): (int(n.lo), paper.rows(columns[0])) for k, n in counts.items()}
    if same:
        paper.add("rows", "", "columns of one sample", checks.agree, same)
    for name, split in paper.roles.get("splits", {}).items():
        _split(paper, name, split)


def _split(paper: Paper, name: str, split: Mapping[str, Any]) -> None:
    """A whole sample and the parts that should make it up."""
    whole, parts = paper.column(split["whole"]), [paper.column(p) for p in split["parts"]]
    spec, where = paper.spec(whole), ", ".join(map(place, (whole, *parts)))
    row = spec["regressors"][0]
    if paper.roles.get("panel"):
        counts = [paper.rows(c) for c in parts]
        periods = paper.panel()[1]
        paper.add("split", name, where, lambda: designs.split(paper.rows(whole), counts, periods))
    if len(parts) != 2:
        return
    a, b = parts
    apart = bool(split.get("apart", True))
    paper.add("difference", name, where, lambda: checks.difference(
        paper.at(a, row, "estimate", "se"), paper.at(b, row, "estimate", "se"), apart))  # fmt: skip

    def effect(c: Column) -> Interval:
        return paper.one(c, row, "estimate")

    paper.add("pooled", name, where,
              lambda: designs.pooled(effect(whole), [effect(a), effect(b)]))  # fmt: skip
    if apart and spec["fixed"] and paper.roles.get("panel"):
        free = paper.panel()[1] - 1 + len(spec["regressors"])
        r2s = [(paper.one(c, "model", "r2"), paper.rows(c)) for c in parts]
        paper.add("parts_r2", name, where, lambda: designs.parts_r2(
            paper.one(whole, "model", "r2"), r2s, free, paper.dof(whole)))  # fmt: skip


def _instruments(paper: Paper) -> None:
    """First stages, and the size and error of what two-stage least squares gives."""
    for name, iv in paper.roles.get("instruments", {}).items():
        _instrument(
            paper, name, {key: paper.column(iv[key]) for key in ("first", "second", "ols")}, iv
        )


def _instrument(paper: Paper, name: str, at: Mapping[str, Column], iv: Mapping[str, Any]) -> None:
    """One instrument: its first stage, its estimate, and the errors of both."""
    first, second, ols = at["first"], at["second"], at["ols"]
    where, spec = f"{place(first)}, {place(second)}", paper.spec(ols)
    row, rows, dof = spec["regressors"][0], paper.rows(ols), paper.dof(ols)
    exact = Interval(dof / rows, rows / dof)  # small-sample factors that may lie between two F

    def effect(column: Column) -> Interval:
        return paper.one(column, row, "estimate")

    def fs(key: str) -> Interval:
        return paper.one(first, "model", iv[key])

    def left() -> Interval:
        (sd,) = paper.summary(spec["outcome"], "sd")
        return sd.square() * (1 - paper.one(ols, "model", "r2"))

    def ratio() -> Finding:
        b, se = paper.at(first, name, "estimate", "se")
        return designs.first_stage(b, se, fs("f"), exact)

    paper.add("first_stage", name, where, ratio)
    paper.add("iv_scale", name, where, lambda: designs.iv_scale(
        effect(second), effect(ols), *paper.summary(spec["outcome"], "mean", "sd")))  # fmt: skip
    if "plain_f" in iv and paper.roles.get("adoption"):
        paper.add("iv_error", name, where, lambda: designs.iv_error(
            effect(second) - effect(ols), left(), paths(paper)["variance"], fs("plain_f"),
            paper.one(second, row, "se"), rows, dof))  # fmt: skip
    if "plain_f" in iv and iv.get("trend") and paper.roles.get("adoption"):
        paper.add("variance_ratio", name, where, lambda: _variance_ratio(
            paper, fs("plain_f"), fs("f"), dof / rows))  # fmt: skip


def _variance_ratio(paper: Paper, plain_f: Interval, f: Interval, least: float) -> Finding:
    """Either F may count fixed effects as parameters, or not."""
    either = Interval(least, 1.0)
    found = dict(paths(paper, plain_f / f / either))
    scaled = {name: found[name] * either for name in ("clustered", "robust")}
    return designs.variance_ratio(plain_f, f, scaled | {"share": found["share"]})


def _indices(paper: Paper) -> None:
    """Mechanisms, and the Theil and Gini indices of two groups."""
    if chain := paper.roles.get("mediation"):
        of = paper.column(chain["of"])
        row, outcome = paper.spec(of)["regressors"][0], paper.spec(of)["outcome"]
        columns = {paper.spec(c)["outcome"]: c for c in map(paper.column, chain["columns"])}
        where = ", ".join(map(place, columns.values()))
        paper.add("ceilings", "", where, lambda: checks.ceilings(
            paper.one(of, row, "estimate"),
            (*paper.summary(outcome, "sd"), *paper.at(of, "model", "r2")),
            {name: (*paper.at(c, row, "estimate"), *paper.summary(name, "sd"),
                    *paper.at(c, "model", "r2")) for name, c in columns.items()}))  # type: ignore[misc]  # fmt: skip
    if not (pair := paper.roles.get("indices")):
        return
    stated = hull_of([str(ratio) for ratio in pair["ratio"]])
    theil, gini = (paper.column(pair[key]) for key in ("theil", "gini"))
    row, where = paper.spec(theil)["regressors"][0], f"{place(theil)}, {place(gini)}"

    def effect(column: Column) -> list[Interval]:
        return paper.at(column, row, "estimate", "se")

    def moment(statistic: str) -> Interval:
        return paper.summary(paper.spec(theil)["outcome"], statistic)[0]

    paper.add("theil_level", "", "summary",
              lambda: inequality.theil_level(moment("mean"), stated))  # fmt: skip
    paper.add("two_indices", "", where,
              lambda: inequality.two_indices(effect(theil), effect(gini), stated))  # fmt: skip

    def errors() -> Finding:
        t, g = ([*effect(c), *paper.at(c, "model", "r2")] for c in (theil, gini))
        return inequality.two_errors(t, g, moment("sd"))

    paper.add("two_errors", "", where, errors)


def hull_of(printed: Iterable[str]) -> Interval:
    """From the least to the greatest that printed numbers can have been."""
    ends = [Interval.from_printed(text, len(text.partition(".")[2])) for text in printed]
    return Interval(min(end.lo for end in ends), max(end.hi for end in ends))


def _claims(paper: Paper) -> None:
    """What sentences say, beside the tables and the calendar."""
    said: dict[str, tuple[Any, Any]] = {}
    for number, claim in enumerate(paper.roles.get("claims", ())):
        exhibit, column, row = str(claim["cell"]).split("/")
        c, key = (exhibit, column), (exhibit, column, row, "estimate")
        estimate = paper.one(c, row, "estimate")
        if "percent" in claim:
            size = hull_of([str(claim["percent"])])
            base = paper.summary(paper.spec(c)["outcome"], "mean", "sd")
            name = "" if number == 0 else str(number)
            paper.add(
                "percent",
                name,
                place(key),
                checks.percent,
                estimate,
                *base,
                size,
            )
        elif "level" in claim:
            levels = [100 * float(level) for level in paper.roles["stars"]]
            printed = paper.stars.get(key, 0)
            told = f"{levels[printed - 1]:g} %" if 0 < printed <= len(levels) else "none"
            said[f"{place(key)} level"] = (told, f"{float(claim['level']):g} %")
        else:
            size = hull_of([str(claim["says"])])
            said[place(key)] = (f"{estimate:.4f}", f"{size:.4f}")
    if said:
        paper.add("words", "", "sentences", checks.agree, said)
    if spans := paper.roles.get("periods"):
        units, periods, _ = paper.panel()
        pairs = {
            f"{where}, {units} × {b - a + 1}": (units * (b - a + 1), units * periods)
            for where, (a, b) in spans.items()
        }
        paper.add("period", "", ", ".join(spans), checks.agree, pairs)
    adoption = paper.roles.get("adoption", {})
    if "event_times" in adoption:
        _, periods, first = paper.panel()
        span = (first, first + periods - 1)
        paper.add("event_window", "", "event study", lambda: designs.event_window(
            span, adoption["cohorts"], adoption["event_times"]))  # fmt: skip
