"""The book is the same to the last bit, whatever the hash seed, the workers and the folder."""

import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bookkit import reproduce
from bookkit.archive import sources
from bookkit.pairs import scripts
from bookkit.paths import ROOT
from bookkit.reproduce import paper_chapters

PROGRAM = """
import runpy, sys
for script in sys.argv[1:]:
    runpy.run_path(script)
"""
SEEDS, THROUGHOUT = range(4), (0, 1)


def results(seed, folder):
    """Run chapters that compute estimates, in one process, and read all they have written.

    Two seeds run all of them, the others those that mirror the paper: the minutes are better spent.
    """
    chapters = [
        str(script)
        for script in scripts()
        if "results_folder" in (text := script.read_text(encoding="utf-8")) or "style." in text
        if "reads_results: true" not in text and script.stem != "91_synthetic_panel"
    ]  # chapter 91 calibrates a panel: tests/test_calibrate.py has its own test of determinism
    assert len(chapters) >= 18
    if seed not in THROUGHOUT:
        chapters = [script for script in chapters if Path(script).stem in paper_chapters()]
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
def test_four_hash_seeds_give_the_same_estimates_tables_and_figures(tmp_path):
    folders = [tmp_path / str(seed) for seed in SEEDS]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(2) as pool:
        first, *others = pool.map(results, SEEDS, folders)
    ledgers = [json.loads(text) for name, text in first.items() if name.startswith("ledger_")]
    assert sum(len(ledger["records"]) for ledger in ledgers) >= 153
    assert {name.rpartition(".")[2] for name in first} == {"json", "csv", "tex", "svg"}
    for seed, found in enumerate(others, start=1):
        assert found.keys() <= first.keys() and (seed not in THROUGHOUT or len(found) == len(first))
        assert sum(name.startswith("ledger_") for name in found) >= 9
        assert [name for name in found if found[name] != first[name]] == [], f"hash seed {seed}"


# --- twice the whole book, and the record ----------------------------------------------


TIMES = re.compile(r"\b\d+\.\d\b")
EXPLAINED = {
    "_generated/status.html": "it shows how long each chapter took",
    "_sources/_generated/status.md": "its source",
    "searchindex.js": "the words of that page: its times",
}
"""Files of the pages that two builds may have different, and why."""


def differing(one, other):
    """Files that are not the same in two folders, or are in one of them only."""
    found, wanted = reproduce.checksums(one), reproduce.checksums(other)
    return {name for name in found | wanted if found.get(name) != wanted.get(name)}


@pytest.mark.slow
def test_built_twice_every_file_is_the_same(built_book, tmp_path):
    # The book under test was built by as many workers as there are cores, with any hash seed.
    copy = tmp_path / "somewhere else ü 中文" / "deeper" / "copy"
    for name in sources():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy / name)
    environment = os.environ | {"PYTHONPATH": str(copy / "lib"), "PYTHONHASHSEED": "4711"}
    subprocess.run(
        [sys.executable, "-m", "bookkit.build", "--jobs", "1"],
        cwd=copy, env=environment, check=True,
    )  # fmt: skip
    assert len(reproduce.checksums(copy / "build" / "results")) > 100
    assert differing(copy / "build" / "results", built_book / "results") == set()
    pages, others = copy / "build" / "html", built_book / "html"
    assert differing(pages, others) <= EXPLAINED.keys()
    for name in ("_generated/status.html", "_sources/_generated/status.md"):
        texts = [(html / name).read_text(encoding="utf-8") for html in (pages, others)]
        assert len({TIMES.sub("", text) for text in texts}) == 1, f"more than times: {name}"


def test_a_difference_of_one_byte_is_found(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name / "sub").mkdir(parents=True)
        (tmp_path / name / "sub" / "table.csv").write_text("a,b\n1,2\n")
    assert differing(tmp_path / "one", tmp_path / "other") == set()
    (tmp_path / "other" / "sub" / "table.csv").write_text("a,b\n1,3\n")
    (tmp_path / "other" / "more").write_text("")
    assert differing(tmp_path / "one", tmp_path / "other") == {"sub/table.csv", "more"}


@pytest.mark.slow
def test_the_record_is_that_of_this_book(built_book):
    found = reproduce.checksums(built_book / "results")
    lines, reproduced = reproduce.verdict(found, reproduce.recorded())
    assert reproduced, "\n".join([*lines, "if the change is meant: make record"])
    recorded = json.loads(reproduce.CONTENTS.read_text(encoding="utf-8"))
    assert reproduce.contents(built_book) == recorded, "run make record"


WANTED = {"ledger_one.json": "a", "tables/tbl-1.csv": "b", "summary.csv": "c"}


@pytest.mark.parametrize(
    ("change", "reproduced", "words"),
    [
        ({}, True, "3 of 3"),
        ({"ledger_one.json": "x"}, True, "another kind of processor"),
        ({"tables/tbl-1.csv": "x"}, False, "differs: tables/tbl-1.csv"),
        ({"summary.csv": "x"}, False, "differs: summary.csv"),
        ({"tables/tbl-1.csv": None}, False, "missing: tables/tbl-1.csv"),
        ({"extra.json": "x"}, False, "not in the record: extra.json"),
    ],
)
def test_what_counts_as_reproduced(change, reproduced, words):
    found = {name: digest for name, digest in (WANTED | change).items() if digest}
    lines, verdict = reproduce.verdict(found, WANTED)
    assert verdict is reproduced
    assert words in "\n".join(lines)


def test_checksums_are_written_and_read_as_sha256sum_does(tmp_path):
    (tmp_path / "a name.txt").write_bytes(b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, B.1
    assert reproduce.checksums(tmp_path) == {"a name.txt": digest}
    listing = tmp_path / "list"
    listing.write_text(f"{digest}  a name.txt\n", encoding="utf-8")
    assert reproduce.recorded(listing) == {"a name.txt": digest}


def test_the_minimum_is_the_chapters_that_are_compared_with_the_paper():
    made = json.loads(reproduce.CONTENTS.read_text(encoding="utf-8"))
    compared = {table["chapter"] for table in made["tables"].values()}
    compared |= made["text"].keys() - {"none"}
    assert compared <= set(reproduce.paper_chapters())
    assert len(reproduce.paper_chapters()) == 10
