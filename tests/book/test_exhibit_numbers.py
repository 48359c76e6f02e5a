"""The paper's exhibits keep its numbers, the book's own cannot be taken for them."""

import re
import runpy

import pytest
import yaml

from bookkit.paths import ROOT

HTML = ROOT / "build" / "html"
PAPER = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["sphinx"]["config"]


@pytest.mark.slow
def test_only_the_papers_exhibits_bear_its_numbers(built_book):
    named = {}
    for page in HTML.glob("*.html"):
        text = page.read_text("utf-8")
        for kind, one, number in re.findall(
            r'<(figure|table)[^>]*? id="([\w-]+)".*?caption-number">(?:Figure|Table) (\S+) ',
            text,
            re.S,
        ):
            named.setdefault((kind, number), []).append(one)
    assert len(named) > 60
    assert all(len(ones) == 1 for ones in named.values()), "two exhibits with one number"
    paper = {one: number for (_, number), (one,) in named.items() if number.isdigit()}
    assert paper == {one: str(number) for one, number in PAPER["paper_exhibits"].items()}


@pytest.mark.parametrize(
    ("page", "number"),
    [("04_1_baseline", "4.1"), ("07_b_x", "7b"), ("03_data", "3"), ("api", "api"), ("09_p", "P")],
)
def test_exhibits_are_numbered_by_chapter_and_no_two_chapters_alike(page, number):
    prefix = runpy.run_path(str(ROOT / "book" / "_ext" / "exhibit_numbers.py"))["prefix"]
    assert prefix(page, {"09_p": "P"}) == number
