"""The results are the same to the last bit, whatever the hash seed and the folder; the record."""

import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

from bookkit import reproduce
from bookkit.contents import NOTEBOOKS, chapters, parameters
from bookkit.paths import ROOT

PROGRAM = """
import sys
from pathlib import Path
import nbformat
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from bookkit.build import FILES
from bookkit.paths import write_atomically

shell, folder = InteractiveShell.instance(), Path(sys.argv[1])
for name in sys.argv[2:]:
    shell.reset(new_session=False)
    for cell in nbformat.read(f"{name}.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            with capture_output() as shown:
                done = shell.run_cell(cell.source)
            done.raise_error()
            made = [output.data for output in shown.outputs]
            if hasattr(done.result, "_repr_mimebundle_"):  # what the cell's last line shows
                made.append(done.result._repr_mimebundle_())
            for data in made:
                for file, text in data.get(FILES, {}).items():
                    write_atomically(folder / file, text)
"""
OTHER_SEED = "4711"


@pytest.mark.weekly  # each build draws a seed of its own, and is compared with the record
def test_another_hash_seed_gives_the_same_results_as_the_book(built_book, tmp_path):
    """Chapters in one process, one after the other: in the book each has a process of its own."""
    names = [n for n in chapters() if "RESULTS" not in parameters(NOTEBOOKS / f"{n}.ipynb")]
    subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path), *names], cwd=NOTEBOOKS, check=True,
        env=os.environ | {"PYTHONHASHSEED": OTHER_SEED, "MPLBACKEND": "agg"},
    )  # fmt: skip
    found, wanted = (reproduce.checksums(f) for f in (tmp_path, built_book / "results"))
    ledgers = [json.loads(p.read_text("utf-8")) for p in tmp_path.glob("ledger_*.json")]
    assert sum(len(ledger["records"]) for ledger in ledgers) >= 153
    assert {name.rpartition(".")[2] for name in found} == {"json", "csv", "tex", "svg"}
    makers = reproduce.contents(built_book)["files"]
    assert found.keys() == {name for name, chapter in makers.items() if chapter in names}
    assert [name for name in found if found[name] != wanted[name]] == []


DIFFERENT = {
    "_generated/record.html": "it shows how long each chapter took",
    "_sources/_generated/record.md": "its source",
    "searchindex.js": "the words of that page: its times",
}
"""Files of the pages that two builds may have different, and why."""


def differing(one, other):
    """Files that are not the same in two folders, or are in one of them only."""
    found, wanted = reproduce.checksums(one), reproduce.checksums(other)
    return {name for name in found | wanted if found.get(name) != wanted.get(name)}


@pytest.mark.weekly
def test_built_twice_every_file_is_the_same(built_book, tmp_path):
    copy = tmp_path / "somewhere else ü 中文" / "deeper" / "copy"
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
    for name in tracked.stdout.decode().rstrip("\0").split("\0"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy / name)
    environment = os.environ | {"PYTHONPATH": str(copy / "lib"), "PYTHONHASHSEED": OTHER_SEED}
    if (built_book / "html" / "live").is_dir():  # `make live` adds to the pages of a build
        (built_book / "html" / "index.html").unlink()
        subprocess.run([sys.executable, "-m", "doit"], cwd=ROOT, check=True)
    subprocess.run([sys.executable, "-m", "doit", "-n", "1"], cwd=copy, env=environment, check=True)
    assert len(reproduce.checksums(copy / "build" / "results")) > 100
    assert differing(copy / "build" / "results", built_book / "results") == set()
    assert differing(copy / "build" / "html", built_book / "html") <= DIFFERENT.keys()


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
    close = reproduce.close_in(built_book / "results")
    lines, reproduced = reproduce.verdict(found, reproduce.recorded(), close)
    assert reproduced, "\n".join([*lines, "if the change is meant: make record"])
    recorded = json.loads(reproduce.CONTENTS.read_text(encoding="utf-8"))
    assert reproduce.contents(built_book) == recorded, "run make record"


WANTED = {"ledger_one.json": "a", "tables/tbl-1.csv": "b", "summary.csv": "c"}


@pytest.mark.parametrize(
    ("change", "reproduced", "words"),
    [
        ({}, True, "3 of 3"),
        ({"ledger_one.json": "last digits"}, True, "another kind of processor"),
        ({"ledger_one.json": "x"}, False, "differs: ledger_one.json"),
        ({"tables/tbl-1.csv": "last digits"}, False, "differs: tables/tbl-1.csv"),
        ({"tables/tbl-1.csv": "x"}, False, "differs: tables/tbl-1.csv"),
        ({"summary.csv": "x"}, False, "differs: summary.csv"),
        ({"tables/tbl-1.csv": None}, False, "missing: tables/tbl-1.csv"),
        ({"extra.json": "x"}, False, "not in the record: extra.json"),
    ],
)
def test_what_counts_as_reproduced(change, reproduced, words):
    found = {name: digest for name, digest in (WANTED | change).items() if digest}
    lines, verdict = reproduce.verdict(found, WANTED, lambda name: found[name] == "last digits")
    assert verdict is reproduced
    assert words in "\n".join(lines)


@pytest.mark.parametrize(
    ("change", "close"),
    [
        (("0.1", "0.10000000000000001"), True),
        (("0.1", "0.1001"), False),  # as one raw cell may change an estimate
        (("-2e-05", "-2.0000000001e-05"), True),
        (("-2e-05", "2e-05"), False),
        (("12", "1 2"), False),
        (("null", "NaN"), False),
    ],
)
def test_only_the_last_digits_may_differ(change, close):
    text = '{"a": 0.1, "b": -2e-05, "n": 12, "c": null}'
    assert reproduce.alike(text.replace(*change), text) is close


def test_the_record_holds_every_digit_and_says_of_a_figure_what_moved(tmp_path):
    with zipfile.ZipFile(reproduce.DIGITS) as record:
        files = {n.removeprefix("results/"): record.read(n) for n in record.namelist()}
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    wanted = {n: digest for n, digest in reproduce.recorded().items() if not reproduce.rounded(n)}
    assert sums == wanted
    name = min(n for n in files if n.endswith(".svg"))
    (tmp_path / "figures").mkdir()
    text = files[name].decode()
    for old, new, close in [("m[0-9a-f]{10}", "m0123456789", True), (r"\d+\.\d{6}", "1", False)]:
        changed = re.sub(rf"\b{old}\b", new, text)
        assert changed != text
        (tmp_path / name).write_text(changed, encoding="utf-8")
        assert reproduce.close_in(tmp_path)(name) is close


def test_checksums_are_written_and_read_as_sha256sum_does(tmp_path, monkeypatch):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "a name.txt").write_bytes(b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, B.1
    assert reproduce.checksums(tmp_path / "results") == {"a name.txt": digest}
    (tmp_path / "results" / "comparison.csv").write_text("exhibit,verdict\ntable_2,exact\n")
    made = tmp_path / "work" / "chapters" / "one"
    made.mkdir(parents=True)
    (made / "files.json").write_text('{"a name.txt": "abc"}')
    for name in ("CHECKSUMS", "CONTENTS", "DIGITS"):
        monkeypatch.setattr(reproduce, name, tmp_path / name)
    reproduce.record(tmp_path)
    assert f"{digest}  a name.txt\n" in (tmp_path / "CHECKSUMS").read_text(encoding="utf-8")
    assert reproduce.recorded(tmp_path / "CHECKSUMS")["a name.txt"] == digest
    content = {"files": {"a name.txt": "one"}, "verdicts": {"table_2": {"exact": 1}}}
    assert json.loads((tmp_path / "CONTENTS").read_text(encoding="utf-8")) == content


def test_the_command_says_by_its_status_whether_all_is_reproduced(tmp_path, monkeypatch, capsys):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "one.json").write_bytes(b"abc")
    made = tmp_path / "work" / "chapters" / "one"
    made.mkdir(parents=True)
    (made / "files.json").write_text('{"one.json": "abc"}')
    sums = tmp_path / "sums"
    monkeypatch.setattr(reproduce, "recorded", lambda: reproduce.checksums(tmp_path / "results"))
    monkeypatch.setattr(reproduce, "CONTENTS", sums)
    sums.write_text('{"files": {"one.json": "one"}}', encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["reproduce", "--out", str(tmp_path)])
    with pytest.raises(SystemExit) as left:
        reproduce.main()
    assert left.value.code is False and "REPRODUCED" in capsys.readouterr().out
    with zipfile.ZipFile(tmp_path / "digits", "w") as file:
        file.writestr("results/one.json", "xyz")
    monkeypatch.setattr(reproduce, "DIGITS", tmp_path / "digits")
    monkeypatch.setattr(reproduce, "recorded", lambda: {"one.json": "x", "other.json": "y"})
    sums.write_text('{"files": {"one.json": "one", "other.json": "one"}}', encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        reproduce.main()
    assert left.value.code is True and "NOT REPRODUCED" in capsys.readouterr().out


@pytest.mark.slow
def test_the_minimum_is_the_chapters_that_are_compared_with_the_paper(built_book):
    with (built_book / "results" / "comparison.csv").open(encoding="utf-8", newline="") as file:
        compared = {row["chapter"] for row in csv.DictReader(file)} - {""}
    paper = {name for name in chapters() if name[:2] in ("01", "02", "03", "04", "06")}
    assert compared <= paper and len(paper) == 10
