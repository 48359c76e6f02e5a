"""What several test modules need."""

import os
import subprocess
import sys

# Two workers on two cores: more threads in linear algebra only get in each other's way.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))

import pyfixest  # noqa: F401  before the library, which repairs what is loaded
import pytest
from hypothesis import settings

import countysim as synthetic
from bookkit.paths import DATA, ROOT

settings.register_profile("no times", deadline=None)  # a busy machine is no failure
settings.load_profile("no times")


@pytest.hookimpl(tryfirst=True)  # before those that -m names are chosen
def pytest_collection_modifyitems(items):
    """Whatever needs whole chapters or the book is slow."""
    for item in items:
        if {"chapters", "built_book"} & set(item.fixturenames):
            item.add_marker("slow")


@pytest.fixture(scope="session")
def raw_tables():
    """The shipped raw tables, checked."""
    from yearbooks.contract import read_tables

    return read_tables(DATA / "synthetic")


@pytest.fixture(scope="session")
def built_book():
    """Bring the book up to date; workers wait for each other. Returns the folder build."""
    import fcntl

    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    with (build / "test.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        subprocess.run([sys.executable, "-m", "doit"], cwd=ROOT, check=True)
    return build


@pytest.fixture
def raw_folder(tmp_path, raw_tables):
    """A folder with a copy of the first 40 counties' raw tables, to spoil."""
    counties = raw_tables["yearbook"]["county"].drop_duplicates().iloc[::32]
    small = {name: t[t["county"].isin(counties)] for name, t in raw_tables.items()}
    synthetic.write(small, tmp_path, {"function": "a test"})
    return tmp_path
