"""What a data editor reads and unpacks: README, version, archive, safety of the code."""

import ast
import json
import os
import re
import runpy
import subprocess
import sys
import zipfile
from collections import Counter

import pytest
import yaml

from clustergap.contract import TABLES
from clustergap.pipeline import archive, readme, reproduce
from clustergap.pipeline.build import toc_files
from clustergap.pipeline.pairs import FOLDER, scripts
from clustergap.project import DATA, ROOT

TEXT = readme.README.read_text(encoding="utf-8")
SECTIONS = [
    "Overview", "Data availability and provenance statements", "Statement about rights",
    "Licence for data", "Summary of availability", "Details on each data source", "Dataset list",
    "Computational requirements", "Software requirements", "Controlled randomness",
    "Memory, runtime, storage requirements", "Description of programs",
    "Instructions to replicators", "List of exhibits", "References",
]  # fmt: skip


# --- README ----------------------------------------------------------------------------


def test_the_readme_is_true():
    assert readme.renewed(TEXT) == TEXT, "README.md has drifted: run `make readme`"


@pytest.mark.parametrize("block", sorted(readme.BLOCKS))
def test_drift_of_each_generated_part_is_found(block):
    mark = f"<!-- generated: {block} -->\n"
    assert readme.renewed(TEXT.replace(mark, mark + "| drift |\n")) == TEXT


def test_a_generated_part_that_was_taken_out_is_found():
    with pytest.raises(ValueError, match="seeds"):
        readme.renewed(TEXT.replace("<!-- generated: seeds -->", ""))


def test_the_template_is_followed_in_its_order():
    heads = re.findall(r"^#{2,3} (.*)", TEXT, re.MULTILINE)
    assert [head for head in heads if head in SECTIONS] == SECTIONS


def test_the_first_screen_is_the_newcomers():
    first = "\n".join(TEXT.splitlines()[:30])
    for words in ("make book", "make test", "docs/images/book.png", "is synthetic", "no evidence"):
        assert words in first


def test_every_data_file_is_listed_and_every_raw_table_has_a_source():
    about = {".yml", ".md", ".py", ""}  # sidecars, notes, the check of the transcription
    for path in DATA.rglob("*"):
        name = path.relative_to(ROOT).as_posix()
        if path.is_file() and path.suffix not in about and path.name != "manifest.json":
            assert "__pycache__" in path.parts or f"| `{name}` |" in TEXT, name
    for table in TABLES:
        assert re.search(rf"^\| `{table}` \| .{{10,}} \| .{{10,}} \|$", TEXT, re.MULTILINE), table


def test_times_are_there_for_both_commands_and_every_chapter():
    times = json.loads(reproduce.TIMES.read_text(encoding="utf-8"))
    assert {"make reproduce", "make reproduce-min"} <= times["commands"].keys()
    assert all(took["seconds"] > 0 for took in times["commands"].values())
    assert times["machine"]["cores"] and times["machine"]["memory_gb"]
    chapters = {name for name in toc_files() if (FOLDER / f"{name}.py").is_file()}
    lacking = chapters - times["chapters"].keys()
    assert not lacking, f"no times for {lacking}: make reproduce, then make readme"


def test_every_seed_of_the_chapters_is_told():
    told = "\n".join(readme.seeds())
    for script in scripts():
        if "default_rng(" in (text := script.read_text(encoding="utf-8")) or "SEED =" in text:
            assert f"notebooks/{script.name}" in told, script.name


def test_every_exhibit_of_the_paper_is_there_once():
    rows = [line.split(" | ")[0].strip("| ") for line in readme.exhibits()[2:-1]]
    assert rows == [*(f"Table {n}" for n in range(1, 7)), "Figure 1", "Figure 2"]
    counts = Counter(key for row in readme.numbers() for key in re.findall(r"`(\w+)`", row))
    keys = {line.split(",")[0] for line in (DATA / "published" / "text.csv").open(encoding="utf-8")}
    assert keys - {"key"} <= counts.keys()


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
from clustergap.pipeline import archive
from clustergap.pipeline.build import execute
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
