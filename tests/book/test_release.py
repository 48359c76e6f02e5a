"""What a data editor reads and unpacks: README, version, archive, safety of the code."""

import ast
import json
import os
import re
import runpy
import subprocess
import sys
import zipfile

import pytest
import yaml

from bookkit import archive, reproduce
from bookkit.pairs import scripts
from bookkit.paths import ROOT

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def slug(head):
    return re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-")


def dead_links(text):
    """Links to files or headings that are not there."""
    heads = {slug(head) for head in re.findall(r"^#+ (.*)", text, re.MULTILINE)}
    dead = []
    for target in re.findall(r"\]\(([^)]+)\)", text):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        if path and not (ROOT / path).exists():
            dead.append(target)
        elif anchor and not path and anchor not in heads:
            dead.append(target)
        elif anchor and path.endswith(".md"):
            others = (ROOT / path).read_text(encoding="utf-8")
            if anchor not in {slug(h) for h in re.findall(r"^#+ (.*)", others, re.MULTILINE)}:
                dead.append(target)
    return dead


def test_every_link_of_the_readme_leads_somewhere():
    assert dead_links(TEXT) == []
    assert dead_links("[a](nowhere.md) [b](#no-such) [c](docs/own-data.md#none)") == [
        "nowhere.md", "#no-such", "docs/own-data.md#none",
    ]  # fmt: skip


# --- version ---------------------------------------------------------------------------


def test_one_version_everywhere():
    version = archive.version()
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == version
    assert json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))["version"] == version
    log = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$", log, re.MULTILINE)
    assert released[0] == (version, str(citation["date-released"]))
    assert log.index("## [Unreleased]") < log.index(f"## [{version}]")


# --- archive ---------------------------------------------------------------------------

TWO_CHAPTERS = """
from pathlib import Path
from bookkit import archive
from bookkit.build import execute
here, table = Path.cwd(), "results/tables/tbl-2.csv"  # papermill's threads change the folder
execute(["01_introduction", "04_1_baseline"], here / "build" / "two")
assert (here / "build/two" / table).read_bytes() == (here / "build" / table).read_bytes()
archive.pack(here / "again")
"""


@pytest.mark.slow
def test_the_archive_works_in_an_awkward_folder_without_git(built_book, tmp_path):
    packed = archive.pack(tmp_path)
    root = archive.unpack(packed, tmp_path / archive.AWKWARD)
    assert not (root / ".git").exists()
    environment = os.environ | {"PYTHONPATH": str(root / "lib")}
    run = [sys.executable, "-c", TWO_CHAPTERS]
    said = subprocess.run(
        run, cwd=root, env=environment, check=True, text=True, stdout=subprocess.PIPE
    ).stdout
    assert "04_1_baseline" in said
    assert (root / "again" / packed.name).read_bytes() == packed.read_bytes()  # packed once more


@pytest.mark.slow
def test_a_damaged_archive_is_found(built_book, tmp_path):
    packed = archive.pack(tmp_path)
    with zipfile.ZipFile(packed) as whole:
        content = {name: whole.read(name) for name in whole.namelist()}
    content[f"{packed.stem}/data/official/clusters.csv"] += b"one line more\n"
    del content[f"{packed.stem}/LICENSE"]
    with zipfile.ZipFile(packed, "w") as spoilt:
        for name, data in content.items():
            spoilt.writestr(name, data)
    with pytest.raises(SystemExit, match=r"2 files .*LICENSE.*clusters\.csv"):
        archive.unpack(packed, tmp_path / "unpacked")


def test_a_file_that_is_no_archive_of_ours_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("other/README.md", "")
    with pytest.raises(SystemExit, match=r"other\.zip holds no other/SHA256SUMS"):
        archive.unpack(tmp_path / "other.zip", tmp_path)


def test_times_are_recorded_of_a_whole_run_only(built_book, tmp_path, monkeypatch):
    for name in ("CHECKSUMS", "CONTENTS", "TIMES", "RUNTIMES"):
        monkeypatch.setattr(reproduce, name, tmp_path / name)
    taken = {"commands": {"make reproduce-min": {}}, "machine": {}}
    for whole in ({}, {"chapters": {"index": 1.2}}):
        reproduce.RUNTIMES.write_text(json.dumps(taken | whole), encoding="utf-8")
        reproduce.record(built_book)
        assert reproduce.TIMES.is_file() == bool(whole)


# --- safety ----------------------------------------------------------------------------

FORBIDDEN = re.compile(
    r"(eval|exec|compile|__import__|input)|(pickle|cPickle|dill|cloudpickle|marshal|shelve)\..*"
    r"|yaml\.(load|load_all|unsafe_load|full_load)|(pd|pandas)\.read_pickle|os\.(system|popen)"
    r"|joblib\.(load|Memory)|subprocess\.getoutput"
)
UNSAFE_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve"}


def unsafe(source):
    """Calls and imports that could run what a data file says."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            shell = any(k.arg == "shell" and ast.unparse(k.value) != "False" for k in node.keywords)
            pickles = any(
                k.arg == "allow_pickle" and ast.unparse(k.value) != "False" for k in node.keywords
            )
            found += [name] if FORBIDDEN.fullmatch(name) or shell or pickles else []
        elif isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.split(".")[0] in UNSAFE_MODULES]
        elif isinstance(node, ast.ImportFrom):
            found += [node.module] if (node.module or "").split(".")[0] in UNSAFE_MODULES else []
    return found


@pytest.mark.parametrize(
    "path",
    [*sorted((ROOT / "lib").rglob("*.py")), *scripts(), ROOT / ".ci" / "audit.py"],
    ids=lambda path: path.stem,
)
def test_no_code_runs_what_a_data_file_says(path):
    assert unsafe(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle", "from pickle import loads", "pickle.loads(b)", "eval('1')", "exec(code)",
        "yaml.load(f)", "yaml.load(f, Loader=yaml.Loader)", "yaml.unsafe_load(f)",
        "pd.read_pickle(p)", "np.load(p, allow_pickle=True)", "os.system('ls')", "joblib.load(p)",
        "joblib.Memory(p)",
        "subprocess.run('ls', shell=True)", "import dill as json",
    ],
)  # fmt: skip
def test_an_unsafe_line_is_found(line):
    assert unsafe(f"def f():\n    {line}\n")


def test_safe_lines_pass():
    assert unsafe("yaml.safe_load(f)\nre.compile('a')\npanel.eval('a+b')\nnp.load(p)\n") == []


JUDGED = runpy.run_path(str(ROOT / ".ci" / "audit.py"))["judged"]
FINE = {"name": "fine", "version": "1", "vulns": []}
FAULTY = {"name": "faulty", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}
UNKNOWN = {"name": "unknown", "skip_reason": "not there"}


@pytest.mark.parametrize(
    ("packages", "status", "words"),
    [
        ([FINE, FINE], 0, "2 packages looked up, 0 known"),
        ([FINE, FAULTY], 1, "faulty 2: CVE-1; mended in 3"),
        ([FINE, UNKNOWN], 0, "not in the database: unknown"),
        ([UNKNOWN, UNKNOWN], 75, "SKIPPED"),
    ],
)
def test_the_audit_tells_safe_from_unsafe_and_from_unknown(packages, status, words, capsys):
    assert JUDGED({"dependencies": packages}) == status
    said = capsys.readouterr()
    assert words in said.out + said.err
