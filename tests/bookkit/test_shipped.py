"""The build holds every data file that ships against its checksum, and names what differs."""

import fcntl
import runpy
import shutil
import subprocess
import sys
from hashlib import sha256

import pytest

from bookkit import paths
from bookkit.build import BuildError
from bookkit.downloads import BUNDLED
from bookkit.paths import DATA, ROOT

SUMS = {"manifest.json", "sources.yml"}


@pytest.fixture(scope="module")
def shipped():
    return runpy.run_path(str(ROOT / "dodo.py"))["shipped"]


@pytest.fixture
def data(tmp_path):
    return shutil.copytree(DATA, tmp_path / "data")


def test_what_ships_is_what_it_says(shipped, data):
    shipped(data)


@pytest.mark.parametrize(
    "name",
    ["validation/references.json", "validation/mpdta.csv", "validation/printcheck.json",
     "published/cells.csv", "synthetic/yearbook.csv", "official/clusters.csv"],
)  # fmt: skip
@pytest.mark.parametrize("gone", [False, True])
def test_a_changed_or_deleted_file_is_named(shipped, data, name, gone):
    path = data / name
    path.unlink() if gone else path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(BuildError) as told:
        shipped(data)
    words = str(told.value).splitlines()
    assert words[1].startswith(f"data/{name}: " + ("not there" if gone else "its sha256 is "))
    assert len(words) == 3 and "git checkout data" in words[2]


def test_a_private_table_among_them_is_refused_and_beside_them_stays_at_home(
    shipped, data, monkeypatch
):
    (data / "private").mkdir()
    (data / "private" / "county.csv").write_text("canary", encoding="utf-8")
    shipped(data)
    monkeypatch.setattr(paths, "ROOT", data.parent)
    assert not [p for p in paths.files(BUNDLED) if "private" in p.parts]
    assert data / "official" / "clusters.csv" in paths.files(BUNDLED)
    (data / "official" / "county.csv").write_text("canary", encoding="utf-8")
    with pytest.raises(BuildError, match=r"data/official/county.csv: none of them; tables of your"):
        shipped(data)


def test_a_second_build_of_a_folder_says_that_one_is_running(tmp_path):
    (tmp_path / "work").mkdir()
    command = [sys.executable, "-m", "doit", f"out={tmp_path}", "list"]
    with (tmp_path / "work" / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode and said.stderr.strip() == (
        f"another build of {tmp_path} is running: wait until it has ended"
    )


def test_no_table_that_ships_is_without_a_checksum():
    files = [p for p in DATA.rglob("*") if p.suffix in (".csv", ".json") and p.name not in SUMS]
    said = "".join(p.read_text("utf-8") for p in DATA.rglob("*") if p.suffix in (".yml", ".json"))
    assert not [p.name for p in files if sha256(p.read_bytes()).hexdigest() not in said]
