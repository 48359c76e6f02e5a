"""The paper's printed tables: which cells play which part in which check."""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd

from clustergap.panel import CONTROLS, MECHANISMS
from printcheck.checks import (
    ERRORS,
    POSITIVE,
    Finding,
    agree,
    all_stars,
    ceiling,
    clustering,
    difference,
    event_window,
    finding,
    first_stage,
    intervals,
    iv_scale,
    logarithms,
    nested_r2,
    percent,
    plane,
    pooled,
    split,
    staggered,
    theil_level,
    treated_share,
    two_errors,
    two_indices,
    unclustered_se,
    variance_ratio,
)
from printcheck.intervals import Interval

SHOWN = [name for name in CONTROLS if name != "pgra"]  # whose coefficients survive rounding


COUNTED = {"auxiliary firms": "chain_aux", "processing firms": "chain_process"}  # and then logged


SPLITS = {"type": (1, 2), "region": (3, 4), "finance": (5, 6)}  # columns of Table 6


def check_paper(cells: pd.DataFrame, text: pd.DataFrame) -> dict[str, Finding]:
    """Every check on this paper's cells and on the numbers in its prose, by the check's id."""
    x = intervals(cells)
    told = {n.key: Interval.from_printed(str(n.printed), n.decimals) for n in text.itertuples()}
    whole = {key: int(value.lo) for key, value in told.items() if value.lo == value.hi}

    bounds = {"n": Interval(1, math.inf), "r2": Interval(0, 1)} | dict.fromkeys(ERRORS, POSITIVE)
    bounded = [key for key in x if key[3] in bounds]
    outside = [" ".join(key) for key in bounded if not x[key] & bounds[key[3]]]
    words = f"{len(bounded)} bounded, outside: {', '.join(outside) if outside else 'none'}"
    found = {"range": finding(words, not outside)}
    if outside:  # the other checks would compute with an impossible number
        return found

    def at(table: int, column: int | str, row: str, *statistics: str) -> list[Interval]:
        return [x[f"table_{table}", str(column), row, name] for name in statistics]

    (mean, sd, n), units = at(1, "main", "gap", "mean", "sd", "n"), whole["counties_data"]
    rows, first, last = int(n.lo), whole["first_year_data"], whole["last_year_data"]
    periods = max(rows // units, 1)
    cohorts = [whole[f"cluster_list_{nth}_year"] for nth in ("first", "second", "third")]
    stated = Interval(told["income_ratio_2024"].lo, told["income_ratio_2014"].hi)
    r2 = {column: at(2, column, "model", "r2")[0] for column in (1, 2, 3)}
    (slope, se1), (level, se0) = (at(2, 1, v, "estimate", "se") for v in ("did", "constant"))
    effect, se3 = at(2, 3, "did", "estimate", "se")
    dof = max(rows - units - periods - len(CONTROLS), 1)
    lengths = [last - cohort + 1 for cohort in cohorts]
    limit = min(rows, units * max(lengths))
    found["treated_share"] = treated_share((mean, sd), (slope, level, r2[1]), rows, limit)
    treated = found["treated_share"].numbers.get("treated", Interval(1, limit))
    p = treated * (1 / rows)
    cragg_donald, f = at(3, 1, "model", "cragg_donald_f", "kleibergen_paap_f")
    either = Interval(dof / rows, 1.0)  # whether fixed effects count as parameters or not
    paths = staggered(units, periods, lengths, treated, cragg_donald / f / either)
    stars = {key: int(n) for key, n in zip(x, cells.stars, strict=True) if key[3] == "estimate"}
    found["stars"] = all_stars(x, stars, units - 1)
    for column in (2, 3):
        did, constant = (at(2, column, row, "estimate")[0] for row in ("did", "constant"))
        means = [(*at(2, column, v, "estimate"), *at(1, "main", v, "mean")) for v in SHOWN]
        hidden = (*at(2, column, "pgra", "estimate"), *at(1, "main", "pgra", "mean", "sd"))
        found[f"plane_{column}"] = plane(mean, constant, [(did, p), *means], hidden)
    plain = {"Table 2 (1) constant": (se0, unclustered_se(sd, r2[1], rows, rows - 2, 1 - p))}
    plain["Table 2 (1) did"] = (se1, unclustered_se(sd, r2[1], rows, rows - 2, p * (1 - p)))
    plain["Table 2 (3) did"] = (se3, unclustered_se(sd, r2[3], rows, dof, paths["variance"]))
    found["clustering"] = clustering(plain)
    found["percent"] = percent(effect, mean, sd, told["reduction_percent"])
    found["nested_r2"] = nested_r2([*r2.values(), *at(4, 4, "model", "r2")])
    for name, columns in SPLITS.items():
        parts = [at(6, column, "did", "estimate", "se") for column in columns]
        found[f"difference_{name}"] = difference(parts[0], parts[1], apart=name != "finance")
        found[f"pooled_{name}"] = pooled(effect, [part[0] for part in parts])
        counts = [int(at(6, column, "model", "n")[0].lo) for column in columns]
        found[f"split_{name}"] = split(rows, counts, periods)
    for column, mediator in enumerate(MECHANISMS, start=1):
        spread = (*at(1, "main", mediator, "sd"), *at(5, column, "model", "r2"))
        path = at(5, column, "did", "estimate")[0]
        found[f"ceiling_{mediator}"] = ceiling(effect, path, (sd, r2[3]), spread)
    found["matched"] = split(rows, [int(at(4, 3, "model", "n")[0].lo)], periods)
    spans = [key.removeprefix("first_year_") for key in whole if key.startswith("first_year_")]
    years = {k: whole[f"last_year_{k}"] - whole[f"first_year_{k}"] + 1 for k in spans}
    found["period"] = agree({f"{k}, {units} × {n}": (units * n, rows) for k, n in years.items()})
    full = [k for k in x if k[3] == "n" and k[0] != "table_6" and k[:2] != ("table_4", "3")]
    found["rows"] = agree({" ".join(k): (int(x[k].lo), rows) for k in full})
    said: dict[str, tuple[Any, Any]] = {}
    for key in text.key[text.kind == "significance_level"]:
        table, *places = re.findall(r"\d+", key)
        for place in places:
            row = "ruggedness" if (table, place) == ("3", "1") else "did"
            printed = stars[f"table_{table}", place, row, "estimate"]
            said[f"Table {table} ({place}) stars"] = (printed, {1: 3, 5: 2, 10: 1}[whole[key]])
    for column, name in enumerate(("high_value", "grain", "eastern", "central_western"), start=1):
        pair = (at(6, column, "did", "estimate")[0], told[f"coefficient_{name}"])
        said[name] = (f"{pair[0]:.4f}", f"{pair[1]:.4f}")
    found["words"] = agree(said)
    named = text.key[text.kind == "event_time"].map(whole)
    found["event_window"] = event_window((first, last), cohorts, named)
    found["theil_level"] = theil_level(mean, stated)
    found["two_indices"] = two_indices(effect, at(4, 1, "did", "estimate")[0], mean, stated)
    theil, gini = (
        [*at(table, column, "did", "estimate", "se"), *at(table, column, "model", "r2")]
        for table, column in ((2, 3), (4, 1))
    )
    found["two_errors"] = two_errors(theil, gini, sd)
    logs = {kind: at(1, "main", name, "n", "mean", "sd") for kind, name in COUNTED.items()}
    found["logarithms"] = logarithms(logs, rows)
    found["iv_scale"] = iv_scale(at(3, 2, "did", "estimate")[0], effect, mean, sd)
    pi, se_pi = at(3, 1, "ruggedness", "estimate", "se")
    found["first_stage"] = first_stage(pi, se_pi, f, Interval(dof / rows, rows / dof))
    scaled = {name: paths[name] * either for name in ("clustered", "robust")}
    scaled["share"] = paths["share"]
    found["variance_ratio"] = variance_ratio(cragg_donald, f, scaled)
    lm, coincidence = (
        told["kleibergen_paap_lm"],
        "one is in the other's place, or both agree by chance",
    )
    found["names"] = finding(f"F {f:.3f}, LM {lm:.3f}", f != lm, coincidence)
    return found
