"""Honest tables from public data sets are never called inconsistent; faults in them are seen."""

import json

import numpy as np
import pytest
from honest_sets import data_sets, draw, faults, tables

from bookkit.paths import ROOT
from printcheck import check
from printcheck.checks import Outcome


def wrong(cells, roles):
    found = check(cells, roles).findings.items()
    return {key for key, finding in found if finding.outcome == Outcome.INCONSISTENT}


def check_honest(count, seed):
    names = set()
    for name, cells, roles in tables(count, seed):
        names.add(name)
        assert not wrong(cells, roles), check(cells, roles).text()
    return names


@pytest.mark.slow
def test_sixty_honest_tables():
    assert len(check_honest(60, 41)) >= 50


@pytest.mark.weekly
def test_three_thousand_honest_tables_of_sixty_data_sets():
    assert len(check_honest(3000, 42)) >= 60


@pytest.mark.slow
def test_every_kind_of_fault_is_seen_somewhere_and_a_table_differs_by_it_only():
    seen = {}
    for number, (_, cells, roles) in enumerate(tables(25, 43)):
        for kind, copy in faults(cells, np.random.default_rng(number)):
            changed = sum(a != b for a, b in zip(cells, copy, strict=True))
            assert 1 <= changed <= 2, kind
            seen.setdefault(kind, []).append(bool(wrong(copy, roles)))
    assert len(seen) == 12
    assert all(any(hits) for hits in seen.values()), {k: sum(v) for k, v in seen.items()}


@pytest.mark.slow
def test_errors_without_clusters_said_to_be_clustered_raise_a_question():
    """They exist, so that they are not INCONSISTENT; the design effect they allow is told."""
    asked = []
    for name, cells, roles in tables(45, 44):
        specs = roles["columns"].values()
        if {spec["vcov"] for spec in specs} == {"iid"} and name in data_sets():
            for spec in specs:
                spec |= {"vcov": "cluster", "clusters": 30}
            items = [i for i in check(cells, roles).items if i.check == "least_errors"]
            asked += [i.finding.outcome == Outcome.CONSISTENT_ONLY_IF for i in items]
    assert len(asked) > 20 and np.mean(asked) > 0.5


def test_the_record_of_the_validation_holds_what_it_says():
    record = json.loads((ROOT / "data/validation/printcheck.json").read_text(encoding="utf-8"))
    assert record["tables"] >= 3000 and record["data_sets"] >= 60
    assert record["falsely_inconsistent"] == len(record["accused"]) == 0
    assert record["interval"][1] == pytest.approx(1 - 0.025 ** (1 / record["tables"]), abs=1e-5)
    for row in record["detection"]:
        assert row["interval"][0] <= row["seen"] / row["cases"] <= row["interval"][1]


@pytest.mark.slow
def test_a_draw_is_the_same_twice():
    name = sorted(data_sets())[0]
    first, second = (draw(name, np.random.default_rng(3)) for _ in range(2))
    assert first == second is not None
