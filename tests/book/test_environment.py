"""The environment is declared once: all files that name a version or a command agree."""

import json
import re
import sys
import tomllib
from importlib.metadata import version

import pytest
import yaml

from bookkit.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DIRECT = PROJECT["dependencies"]
EXTRAS = [
    pin
    for pins in PROJECT["optional-dependencies"].values()
    for pin in pins
    if not pin.startswith("clustergap")
]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def test_declared_versions_are_exact_locked_and_installed():
    for pin in DIRECT + EXTRAS:
        name, number = pin.split("==")
        name = name.split("[")[0]
        assert re.search(rf"^{re.escape(name)}=={re.escape(number)}[ \\]", LOCK, re.MULTILINE), pin
        assert version(name) == number


ENTRY = re.compile(
    r"[\w.-]+==[\w.+!-]+(?: ; [^\\]+)? \\"  # a name, one version, perhaps a condition
    r"(?:\n    --hash=sha256:[0-9a-f]{64} \\)*\n    --hash=sha256:[0-9a-f]{64}"
)


def unlocked(text):
    """Entries of a lock file that are not pinned to one version with checksums."""
    return [e for e in re.split(r"\n(?=\S)", text.strip()) if not ENTRY.fullmatch(e)]


def test_every_locked_package_has_a_checksum_and_no_address():
    assert LOCK.count("==") > 100
    assert unlocked(LOCK) == []
    assert "://" not in LOCK


@pytest.mark.parametrize(
    "entry",
    [
        "numpy==2.4.6",
        "numpy>=2.4.6 \\\n    --hash=sha256:" + 64 * "a",
        "numpy==2.4.6 \\\n    --hash=md5:" + 32 * "a",
        "numpy @ git+ssh:numpy \\\n    --hash=sha256:" + 64 * "a",
        "-e .",
        "--index-url somewhere",
    ],
)
def test_an_entry_without_pin_or_checksum_is_found(entry):
    good = "scipy==1.17.1 \\\n    --hash=sha256:" + 64 * "b"
    assert unlocked(good) == []
    assert unlocked(f"{good}\n{entry}\n") == [entry]


def minor(text):
    return tuple(int(part) for part in text.split(".")[:2])


OLDEST, BEYOND = (minor(n) for n in re.findall(r"3\.\d+", PROJECT["requires-python"]))
NEWEST = (BEYOND[0], BEYOND[1] - 1)


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_python_is_the_oldest_supported_one_wherever_a_version_is_named():
    environment = yaml.safe_load(read("environment.yml"))["dependencies"]
    assert f"python={OLDEST[0]}.{OLDEST[1]}" in environment
    (base,) = re.findall(
        r"^FROM \S+/python:([\d.]+)-slim-\w+ AS base$", read("Containerfile"), re.M
    )
    assert minor(base) == OLDEST
    assert f"not {OLDEST} <= sys.version_info[:2] <= {NEWEST}" in read("Makefile")


def test_continuous_integration_runs_the_oldest_and_the_newest():
    jobs = yaml.safe_load(read(".github/workflows/book.yml"))["jobs"]
    versions = jobs["build"]["strategy"]["matrix"]["python"]
    assert [minor(v) for v in versions] == [OLDEST, NEWEST]
    assert {"run": "bash .ci/run"} in jobs["build"]["steps"]


def test_this_python_is_supported():
    assert OLDEST <= sys.version_info[:2] <= NEWEST


def goals(text):
    """Every goal of make that a file asks for."""
    flat = re.sub(r'["\[\],]', " ", text)
    return set(re.findall(r"\bmake +([a-z-]+)", flat))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Containerfile", {"env", "book", "serve"}),
        (".devcontainer/devcontainer.json", {"book"}),
        (".ci/run", {"lint", "book", "test"}),
        ("README.md", {"book", "test"}),
        ("docs/replication.md", {"book", "reproduce", "reproduce-min", "archive"}),
        ("CONTRIBUTING.md", {"lint", "test", "test-all", "test-fast"}),
    ],
)
def test_every_command_named_is_one_of_the_makefile(name, wanted):
    makefile = set(re.findall(r"^([a-z-]+):.*## ", read("Makefile"), re.MULTILINE))
    commands = [line for line in read(name).splitlines() if not line.startswith((" &&", "RUN apt"))]
    found = goals("\n".join(commands).replace("GNU make", ""))
    assert wanted <= found <= makefile


def test_a_command_that_does_not_exist_is_found():
    assert goals('CMD ["make", "sevre"]') == {"sevre"}


def test_the_container_holds_the_locked_packages_and_no_others():
    lines = [line for line in read("Containerfile").splitlines() if line[:1].isupper()]
    assert not [line for line in lines if re.search(r"\b(pip|uv|conda)\b", line)]


def unchecked(text):
    """Every line of the Makefile's set-up that installs what no checksum vouches for."""
    lines = re.findall(
        r"^\t@.* pip install .*$", text.partition("$(VENV)/.ready:")[2], re.MULTILINE
    )
    safe = ("--require-hashes -r ", "--no-deps --no-build-isolation --editable .")
    assert len(lines) > 1
    return [line for line in lines if not any(words in line for words in safe)]


def test_the_set_up_installs_nothing_without_a_checksum():
    assert unchecked(read("Makefile")) == []
    assert len(unchecked(read("Makefile").replace(" --no-build-isolation", ""))) == 1
    assert len(unchecked(read("Makefile").replace("--require-hashes ", ""))) == 2


def moving(text):
    """Every step of a workflow that runs whatever a tag names today, not one commit."""
    used = re.findall(r"uses: *(\S+)", text)
    assert used
    return [action for action in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action)]


def test_every_action_of_continuous_integration_is_one_commit():
    assert moving(read(".github/workflows/book.yml")) == []
    assert moving("      - uses: actions/checkout@v4") == ["actions/checkout@v4"]


def test_the_development_container_is_built_from_the_same_file():
    build = json.loads(read(".devcontainer/devcontainer.json"))["build"]
    folder = ROOT / ".devcontainer"
    assert (folder / build["dockerfile"]).resolve() == ROOT / "Containerfile"
    assert f"AS {build['target']}\n" in read("Containerfile")
