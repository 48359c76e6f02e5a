"""The page of the audit: each finding whole, its arithmetic in a few lines that a reader sees."""

import re

import jupytext
import pytest
import yaml

from bookkit.contents import NOTEBOOKS
from bookkit.ledger import PUBLISHED

FEW = range(3, 7)  # lines of a cell that a reader takes in at a glance, and may change
WORDS = ("title", "where", "claim", "brief", "answer", "settled", "strength", "stake")
FOLDED = {"hide-input", "remove-input", "remove-cell"}


def missing(cells, key):
    """What the section of one finding lacks: label, claim, lines in sight, verdict."""
    starts = [i for i, c in enumerate(cells) if f"(audit-{key.replace('_', '-')})=" in c.source]
    if not starts:
        return [f"{key}: no section"]
    ends = (i for i, c in enumerate(cells) if c.source == f'verdict("{key}")')
    if not (end := next(ends, None)):
        return [f"{key}: no verdict"]
    section = cells[starts[0] : end]
    code = [c for c in section if c.cell_type == "code" and not FOLDED & set(c.metadata["tags"])]
    lengths = [len(cell.source.splitlines()) for cell in code]
    words = section[0].source.split(")=")[-1]
    return [
        *([] if re.match(r"\n## \d+\. .+\n\n\*\*Claim\.\*\*", words) else [f"{key}: no claim"]),
        *([] if lengths else [f"{key}: no lines in sight"]),
        *(f"{key}: {n} lines in sight" for n in lengths if n not in FEW),
    ]


@pytest.fixture(scope="module")
def cells():
    found = jupytext.read(NOTEBOOKS / "90_audit.py").cells
    for cell in found:
        cell.metadata.setdefault("tags", [])
    return found


@pytest.fixture(scope="module")
def findings():
    return yaml.safe_load((PUBLISHED / "findings.yml").read_text("utf-8"))["findings"]


def test_each_finding_has_claim_lines_answer_verdict_and_remedy(cells, findings):
    assert [m for key in findings for m in missing(cells, key)] == []
    for key, finding in findings.items():
        assert all(len(finding[word]) > 3 for word in WORDS), key


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("**Claim.**", "Claim.", "level: no claim"),
        ('verdict("level")', "None", "level: no verdict"),
        ("least, at_share", "least\n\nat_share", "level: 7 lines in sight"),
        ("(audit-level)=", "", "level: no section"),
    ],
)
def test_a_finding_that_lacks_something_is_found(cells, old, new, fault):
    changed = [cell.copy() for cell in cells]
    for cell in changed:
        cell.source = cell.source.replace(old, new)
    assert missing(changed, "level") == [fault]
