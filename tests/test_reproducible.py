"""Every estimate of the book is the same to the last bit, whatever the process's hash seed."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from clustergap.pipeline.pairs import scripts

PROGRAM = """
import runpy, sys
for script in sys.argv[1:]:
    runpy.run_path(script)
"""
SEEDS = range(10)


def results(seed, folder):
    """Run every chapter that computes estimates, in one process, and read all it has written."""
    chapters = [
        str(script)
        for script in scripts()
        if "results_folder" in (text := script.read_text(encoding="utf-8")) or "style." in text
        if "reads_results: true" not in text and script.stem != "91_synthetic_panel"
    ]  # chapter 91 calibrates a panel: tests/test_calibrate.py has its own test of determinism
    assert len(chapters) >= 18
    environment = os.environ | {
        "PYTHONHASHSEED": str(seed),
        "CLUSTERGAP_RESULTS": str(folder),
        "OMP_NUM_THREADS": "1",
        "MPLBACKEND": "agg",
    }
    subprocess.run(
        [sys.executable, "-c", PROGRAM, *chapters],
        env=environment, cwd=folder, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.slow
def test_ten_hash_seeds_give_the_same_estimates_tables_and_figures(tmp_path):
    folders = [tmp_path / str(seed) for seed in SEEDS]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(2) as pool:
        first, *others = pool.map(results, SEEDS, folders)
    ledgers = [json.loads(text) for name, text in first.items() if name.startswith("ledger_")]
    assert sum(len(ledger["records"]) for ledger in ledgers) >= 153
    assert {name.rpartition(".")[2] for name in first} == {"json", "csv", "tex", "svg"}
    for seed, found in enumerate(others, start=1):
        assert found.keys() == first.keys()
        assert [name for name in first if found[name] != first[name]] == [], f"hash seed {seed}"
