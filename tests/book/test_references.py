"""The list of references: all that the paper cites, marked, and cited in this book as well."""

import importlib.util
import re

from pybtex.backends.plaintext import Backend
from pybtex.database import BibliographyData, parse_file

from bookkit.contents import scripts
from bookkit.paths import ROOT

BIBLIOGRAPHY = parse_file(ROOT / "book" / "references.bib")
PAPERS_LIST = """
Beck 2010; Birthal 2020; Briones 2015; Castriota 2015; Chatterjee 2016; Chen 2022; Dureti 2023;
Frick 2013; Galvez-Nogales 2017; Guo 2022; He 2020; Hui 2022; Joffre 2019; Khuntonthong 2013;
Lazzeretti 2012; Li 2010; Li 2016; Menapace 2012; Molero-Simarro 2017; Neeman 2019; Negi 2018; Ng
2017; Otsuka 2020; Poulton 2010; Qi 2024; Qie 2023; Rathee 2023; Sehrawat 2016; Shahid 2024;
Tabe-Ojong 2023; Theil 1967; Wan 2023; Wardhana 2017; Yang 1999; Yu 2021; Zeleke 2024; Zeng 2019;
Zhang 2014; Zhang 2023
"""
"""First author and year of each work in the paper's list, as this book corrects them."""


def marked(bibliography: BibliographyData) -> dict[str, str]:
    """First author and year, to the key, of the entries that are marked as the paper's."""
    return {
        f"{entry.persons['author'][0].last_names[0]} {entry.fields['year']}": key
        for key, entry in bibliography.entries.items()
        if entry.fields.get("keywords") == "paper"
    }


def cited(text: str) -> set[str]:
    """Keys of all citations in a chapter."""
    found = re.findall(r"\{cite:[a-z]+\}`([^`]+)`", text)
    return {key.strip() for keys in found for key in keys.split(",")}


def test_all_39_works_of_the_paper_are_there_and_no_other_is_marked_as_its():
    listed = {" ".join(work.split()) for work in PAPERS_LIST.split(";")}
    assert len(listed) == 39
    assert set(marked(BIBLIOGRAPHY)) == listed


def test_each_of_them_is_cited_in_a_chapter():
    here = set().union(*(cited(path.read_text(encoding="utf-8")) for path in scripts()))
    assert sorted(set(marked(BIBLIOGRAPHY).values()) - here) == []


def test_titles_hold_no_marks_of_latex_that_a_page_would_show():
    titles = [entry.fields["title"] for entry in BIBLIOGRAPHY.entries.values()]
    assert [title for title in titles if re.search(r"[$`\\\\]|''|\w\^", title)] == []


def test_citations_are_found():
    assert cited("as {cite:t}`yang1999` and {cite:p}`li2010, qi2024` say") == {
        "yang1999",
        "li2010",
        "qi2024",
    }


def test_the_list_reads_as_the_text_cites_author_year_title():
    path = ROOT / "book" / "_ext" / "author_year.py"
    spec = importlib.util.spec_from_file_location("author_year", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    shown = {
        entry.key: entry.text.render(Backend())
        for entry in module.AuthorYear().format_bibliography(BIBLIOGRAPHY)
    }
    assert len(shown) == len(BIBLIOGRAPHY.entries)
    first = [re.split("[,.(]", text)[0].lower() for text in shown.values()]
    assert first == sorted(first)
    assert shown["theil1967"] == (
        "Theil, Henri (1967). Economics and Information Theory. North-Holland, Amsterdam."
    )
    assert "(2023). A more credible approach" in shown["rambachan2023"]
    assert shown["rambachan2023"].endswith("https://doi.org/10.1093/restud/rdad018")
    for key, entry in BIBLIOGRAPHY.entries.items():
        assert f"({entry.fields['year']})" in shown[key] if "year" in entry.fields else shown[key]
