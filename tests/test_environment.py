"""The environment is declared once: pyproject, lock and environment.yml agree."""

import re
import tomllib
from importlib.metadata import version

import pytest
import yaml

from clustergap.project import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DIRECT = PROJECT["dependencies"]
EXTRAS = [
    pin
    for pins in PROJECT["optional-dependencies"].values()
    for pin in pins
    if not pin.startswith("clustergap")
]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def test_conda_environment_equals_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    pip = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    assert sorted(pip) == sorted([*DIRECT, "-e ."])


@pytest.mark.parametrize("pin", DIRECT + EXTRAS)
def test_declared_versions_are_exact_locked_and_installed(pin):
    name, number = pin.split("==")
    name = name.split("[")[0]
    assert re.search(rf"^{re.escape(name)}=={re.escape(number)}[ \\]", LOCK, flags=re.MULTILINE)
    assert version(name) == number


def test_every_locked_package_has_a_checksum_and_no_address():
    blocks = re.split(r"\n(?=\S)", LOCK.strip())
    assert len(blocks) > 100
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in LOCK
