"""Measure the resampling engine against its peers, and what its cost depends on.

``python benchmarks/bench.py`` runs every section, each in a fresh process, and writes a dated
CSV and JSON to benchmarks/results. ``--quick`` takes smaller sizes and only prints;
``--only peers large`` runs some sections.
"""

import argparse
import datetime
import importlib.metadata
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import peers
import pyfixest as pf
from joblib.externals.loky import get_reusable_executor
from panels import FML, panel
from threadpoolctl import threadpool_info, threadpool_limits

from bookkit.record import machine
from paneldid.resampling import BLOCK, leave_one_out, placebo
from paneldid.resampling import wild_cluster_bootstrap as wild

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("numpy", "scipy", "pandas", "joblib", "pyfixest", "linearmodels")


def seconds(call: Callable[[], Any]) -> float:
    """Wall time of a call, or what the call itself counts."""
    start = time.perf_counter()
    counted = call()
    return counted if isinstance(counted, float) else time.perf_counter() - start


def record(name: str, times: list[float], *, draws: int, **more: Any) -> dict[str, Any]:
    row = {
        "name": name,
        "counties": 1287,
        "periods": 9,
        "draws": draws,
        "workers": 1,
        "runs": len(times),
        "seconds": statistics.median(times),
        "seconds_min": min(times),
        "seconds_max": max(times),
        "load": round(os.getloadavg()[0], 2),  # above the workers: others ran at the same time
    }
    return row | more


def peak_mb(workers: int = 0) -> float:
    """Largest memory of this process, plus that of the largest worker for each."""
    own, child = (
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return (own + workers * child) / 1024


def section_peers(quick: bool) -> Iterator[dict[str, Any]]:
    """Each round times everyone in turn; ratios are per draw and within a round.

    Everyone has one BLAS thread, and pyfixest's own pool one (RAYON_NUM_THREADS): on these small
    matrices two are slower.
    """
    data, scale, rounds = panel(), 5 if quick else 1, 2 if quick else 7
    competitors = {
        "clustergap": (peers.clustergap, 1000),
        "pyfixest loop": (peers.pyfixest_loop, 100 // scale),
        "pyfixest's demean, 100 columns at once": (peers.pyfixest_demean, 100),
        "numpy loop, residualise once": (peers.numpy_loop, 200),
        "numpy loop, residualise once, balanced only": (peers.numpy_balanced_loop, 1000),
        "linearmodels loop": (peers.linearmodels_loop, 10 // scale),
    }
    if peers.has_numba():
        competitors["pyfixest ritest, fast (another null, no errors)"] = (
            peers.pyfixest_ritest,
            1000 // scale,
        )
    if peers.has_fixest():
        competitors["R fixest loop, one thread"] = (peers.fixest_loop, 100 // scale)
    times: dict[str, list[float]] = {name: [] for name in competitors}
    with threadpool_limits(1, "blas"):
        for function, _ in competitors.values():
            function(data, 2, seed=0)
        for seed in range(rounds):
            for name, (function, draws) in competitors.items():
                times[name].append(seconds(lambda f=function, d=draws, s=seed: f(data, d, s)))
    for name, (_, draws) in competitors.items():
        per_draw = [t / draws for t in times[name]]
        ours = [t / competitors["clustergap"][1] for t in times["clustergap"]]
        ratios = [a / b for a, b in zip(per_draw, ours, strict=True)]
        yield record(
            name,
            times[name],
            draws=draws,
            seconds_per_1000=1000 * statistics.median(per_draw),
            ratio=statistics.median(ratios),
            ratio_min=min(ratios),
            ratio_max=max(ratios),
        )


def section_draws(quick: bool) -> Iterator[dict[str, Any]]:
    data = panel()
    placebo(data, FML, seed=0, draws=1)
    for power in range(2, 5 if quick else 6):
        runs = [
            seconds(lambda d=10**power, s=s: placebo(data, FML, seed=s, draws=d)) for s in range(3)
        ]
        yield record("placebo", runs, draws=10**power)


def section_counties(quick: bool) -> Iterator[dict[str, Any]]:
    """The fewest draws show the set-up."""
    plan = {10**3: 1000, 10**4: 1000, 10**5: 5 * BLOCK, 10**6: 2 * BLOCK}
    for counties, most in list(plan.items())[: 2 if quick else None]:
        data = panel(counties)
        for draws in (BLOCK, most):
            runs = [
                seconds(lambda d=draws, s=s, x=data: placebo(x, FML, seed=s, draws=d))
                for s in range(3 if counties < 10**5 else 1)
            ]
            yield record("placebo", runs, draws=draws, counties=counties, peak_mb=peak_mb())


def section_periods(quick: bool) -> Iterator[dict[str, Any]]:
    """A tenth of the rows missing takes the general path, whose cost depends on the periods."""
    for periods in (5, 10) if quick else (5, 10, 20, 40, 80):
        data = panel(years=periods)
        for name, sample in (
            ("placebo", data),
            ("placebo, unbalanced", data.sample(frac=0.9, random_state=0)),
        ):
            runs = [
                seconds(lambda x=sample, s=s: placebo(x, FML, seed=s, draws=1000)) for s in range(3)
            ]
            yield record(name, runs, draws=1000, periods=periods)


def section_bootstraps(quick: bool) -> Iterator[dict[str, Any]]:
    data = panel()
    data["province"] = data["county"].str[:2]
    calls = {
        "wild cluster bootstrap": (9999, lambda s: wild(data, FML, seed=s, draws=9999)),
        "wild cluster bootstrap, Webb": (
            9999,
            lambda s: wild(data, FML, seed=s, draws=9999, weights="webb"),
        ),
        "placebo within provinces": (
            1000,
            lambda s: placebo(data, FML, seed=s, draws=1000, strata="province"),
        ),
        "leave one province out": (31, lambda s: leave_one_out(data, FML, by="province")),
        "leave one county out": (1287, lambda s: leave_one_out(data, FML)),
    }
    for name, (draws, call) in calls.items():
        runs = [seconds(lambda c=call, s=s: c(s)) for s in range(2 if quick else 5)]
        yield record(name, runs, draws=draws)


def section_million(quick: bool) -> Iterator[dict[str, Any]]:
    """Two workers; the time holds their start, the memory all three processes."""
    data, draws = panel(), 10**5 if quick else 10**6
    run = seconds(lambda: placebo(data, FML, seed=0, draws=draws, workers=2))
    get_reusable_executor().shutdown(wait=True)  # only ended processes tell their peak memory
    yield record("placebo", [run], draws=draws, workers=2, peak_mb=peak_mb(workers=2))


def section_large(quick: bool) -> Iterator[dict[str, Any]]:
    """A panel of 1.2 million rows, step by step; the peak so far after each."""
    counties = 13334 if quick else 133334
    data = panel(counties)
    event_time = (data["year"] - data["cohort"]).clip(-6).fillna(-1).astype(int)
    data = data.assign(event_time=event_time)
    event_study = FML.replace("did", "i(event_time,ref=-1)")
    steps = {
        "baseline, pyfixest": (0, lambda: pf.feols(FML, data, vcov={"CRV1": "county"})),
        "event study, pyfixest": (0, lambda: pf.feols(event_study, data, vcov={"CRV1": "county"})),
        "placebo": (1000, lambda: placebo(data, FML, seed=0, draws=1000)),
    }
    total = 0.0
    for name, (draws, call) in steps.items():
        run = seconds(call)
        total += run
        yield record(name, [run], draws=draws, counties=counties, peak_mb=peak_mb())
    yield record("all three", [total], draws=1000, counties=counties, peak_mb=peak_mb())


SECTIONS = {
    name.removeprefix("section_"): function
    for name, function in list(globals().items())
    if name.startswith("section_")
}


def environment() -> dict[str, Any]:
    """What the numbers depend on; nothing that names the machine."""
    libraries = [p for p in threadpool_info() if p["user_api"] == "blas"]
    blas = next((p for p in libraries if "numpy" in p["filepath"]), {})
    return machine() | {
        "blas": f"{blas.get('internal_api')} {blas.get('version')} {blas.get('architecture')}",
        "not run": [
            name
            for name, there in (
                ("pyfixest ritest (needs numba)", peers.has_numba()),
                ("R fixest", peers.has_fixest()),
            )
            if not there
        ],
        **{name: importlib.metadata.version(name) for name in PACKAGES},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller sizes, print only")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--section", choices=SECTIONS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.section:
        for row in SECTIONS[options.section](options.quick):
            print(json.dumps(row), flush=True)
        return
    setting, rows = environment(), []
    for section in options.only:
        command = [sys.executable, "-W", "ignore", __file__, "--section", section]
        command += ["--quick"] * options.quick
        run = subprocess.run(
            command,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ
            | {"TQDM_DISABLE": "1"}
            | ({"RAYON_NUM_THREADS": "1"} if section == "peers" else {}),
        )
        found = [{"section": section} | json.loads(line) for line in run.stdout.splitlines()]
        print(pd.DataFrame(found).to_string(index=False), "\n", flush=True)
        rows += found
    if not options.quick:
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{datetime.date.today():%Y-%m-%d}"
        pd.DataFrame(rows).to_csv(path.with_suffix(".csv"), index=False, float_format="%.6g")
        text = json.dumps({"machine": setting, "rows": rows}, indent=1)
        path.with_suffix(".json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
