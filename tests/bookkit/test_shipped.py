"""The build holds every data file that ships against its checksum, and names what differs."""

import runpy
import shutil

import pytest

from bookkit.build import BuildError
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


def test_no_table_that_ships_is_without_a_checksum():
    files = [p for p in DATA.rglob("*") if p.suffix in (".csv", ".json") and p.name not in SUMS]
    said = "".join(p.read_text("utf-8") for p in DATA.rglob("*") if p.suffix in (".yml", ".json"))
    from hashlib import sha256

    assert not [p.name for p in files if sha256(p.read_bytes()).hexdigest() not in said]
