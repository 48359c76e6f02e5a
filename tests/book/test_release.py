"""What a data editor reads: README and its links, one version; the look-up of vulnerabilities."""

import json
import re
import runpy
import tomllib

import pytest
import yaml

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
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == version
    assert json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))["version"] == version
    log = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$", log, re.MULTILINE)
    assert released[0] == (version, str(citation["date-released"]))
    assert log.index("## [Unreleased]") < log.index(f"## [{version}]")


# --- known vulnerabilities --------------------------------------------------------------

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
