"""The book never calls itself a replication without saying, in the same breath, what it runs on."""

import re

import pytest

from bookkit.build import _source
from bookkit.contents import NOTEBOOKS, parameters, scripts
from bookkit.paths import ROOT

CLAIM = re.compile(r"literate\s+replication", re.IGNORECASE)
FILES = [ROOT / name for name in ("README.md", "CITATION.cff", ".zenodo.json", "pyproject.toml")]
FILES += [ROOT / "_config.yml", ROOT / "book" / "_assets" / "clustergap.css", *scripts()]
FILES += [*(ROOT / "book").glob("*.md"), *(ROOT / "lib").rglob("*.py")]


def bare_claims(text: str) -> list[str]:
    """Sentences, titles and lines of configuration with the claim and without the caveat."""
    text = re.sub(r"\n#\s?(?=\S)", " ", text)  # a paragraph of a chapter is one line
    parts = re.split(r"\n\s*\n|(?<=[.!?])\**\s+(?=[A-Z*])|\",?\n", text)
    return [part.strip() for part in parts if CLAIM.search(part) and "synthetic" not in part]


def test_wherever_it_calls_itself_a_replication_it_says_that_the_panel_is_synthetic():
    said = {path.name: bare_claims(path.read_text(encoding="utf-8")) for path in FILES}
    assert {name: claims for name, claims in said.items() if claims} == {}


@pytest.mark.parametrize(
    "text",
    [
        "# %% [markdown]\n# *A literate replication of\n# “Can clusters”.* The panel is synthetic.",
        '"title": "Clusters? A literate replication",\n"notes": "synthetic data"',
        "A Literate Replication, in Python.\n\nSynthetic counties.",
    ],
)
def test_a_bare_claim_is_found(text):
    assert bare_claims(text)


def test_the_claim_with_its_caveat_passes():
    assert bare_claims("A literate replication on a synthetic county panel. More follows.") == []


def above_the_banner(text: str) -> list[str]:
    """Computed numbers that a chapter about the panel tells before it says what the panel is."""
    head, banner, _ = text.partition("page.banner()")
    return re.findall(r"\{glue:text\}`([^`]+)`", head) if banner else []


ABOUT_THE_PANEL = [
    path for path in scripts()
    if "DATA" in parameters(path.with_suffix(".ipynb")) and path.stem != "index"
]  # fmt: skip
"""But the landing page, whose numbers are printed or public."""


@pytest.mark.parametrize("script", ABOUT_THE_PANEL, ids=lambda path: path.stem)
def test_the_banner_stands_above_every_computed_number(script):
    assert above_the_banner(script.read_text(encoding="utf-8")) == []


def test_a_number_above_the_banner_is_found():
    assert above_the_banner("# {glue:text}`x:.1f`\npage.banner()\n# {glue:text}`y`") == ["x:.1f"]


CALLED_SYNTHETIC = re.compile(r"synthetic county panel|panel (here )?is synthetic|面板是合成的")


def test_no_passage_that_own_data_keep_calls_their_panel_synthetic():
    kept = {script.stem: _source(script.stem, {"DATA": "own"}).cells for script in scripts()}
    words = {n: [c.source for c in kept[n] if c.cell_type == "markdown"] for n in kept}
    said = {n: found for n in words if (found := CALLED_SYNTHETIC.findall("\n".join(words[n])))}
    assert said == {} and CALLED_SYNTHETIC.search((NOTEBOOKS / "index.py").read_text("utf-8"))
