"""Every estimate of the book is the same to the last bit, whatever the process's hash seed."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from clustergap.pairs import scripts

PROGRAM = """
import runpy, sys
for script in sys.argv[1:]:
    runpy.run_path(script)
"""
SEEDS = range(10)


def estimates(seed, folder):
    """Run every chapter that records estimates, in one process, and read its ledgers."""
    chapters = [str(s) for s in scripts() if ".save()" in s.read_text(encoding="utf-8")]
    assert len(chapters) >= 2
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
    return {path.name: path.read_bytes() for path in sorted(folder.glob("ledger_*.json"))}


@pytest.mark.slow
def test_ten_hash_seeds_give_the_same_ledgers(tmp_path):
    folders = [tmp_path / str(seed) for seed in SEEDS]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(2) as pool:
        ledgers = list(pool.map(estimates, SEEDS, folders))
    assert sum(len(json.loads(text)["records"]) for text in ledgers[0].values()) >= 87
    for seed, ledger in zip(SEEDS, ledgers, strict=True):
        assert ledger == ledgers[0], f"hash seed {seed} changes an estimate"
