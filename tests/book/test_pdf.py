"""The book on paper: what `make pdf` prints, and the link that leads to it."""

import io
import re
import shutil
import unicodedata

import pypdf
import pytest
import yaml
from browser import HTML, Links

from bookkit import build
from bookkit import pdf as paper
from bookkit.browser import chromium, find_browser
from bookkit.contents import toc_files
from bookkit.paths import ROOT


@pytest.fixture(scope="module")
def printed(built_book):
    """The book, printed: a PDF reader and the faults."""
    content, faults = paper.print_book(HTML)
    return pypdf.PdfReader(io.BytesIO(content)), faults


def heading(name):
    page = (HTML / f"{name}.html").read_text(encoding="utf-8")
    words = re.search(r"<h1>(.*)<a class=\"headerlink\"", page)[1]
    return " ".join(re.sub("<[^>]*>", "", words).split())


def words(page):
    """Text of a printed page; some typefaces give 文 the code of the radical that looks alike."""
    return unicodedata.normalize("NFKC", page.extract_text())


def begins(reader):
    """Page number, from zero, on which each chapter begins."""
    places = reader.named_destinations
    return {n: reader.get_destination_page_number(places[f"/{n}--top"]) for n in toc_files()}


@pytest.mark.weekly
@pytest.mark.browser
def test_every_chapter_is_there_in_order_and_nothing_is_cut_off(printed):
    reader, faults = printed
    assert faults == []
    first = begins(reader)
    assert list(first.values()) == sorted(set(first.values()))
    for name in toc_files()[1:]:
        text = " ".join(words(reader.pages[first[name]]).split())
        assert heading(name)[:20] in text, name


@pytest.mark.weekly
@pytest.mark.browser
def test_the_contents_name_the_pages_where_chapters_begin(printed):
    reader, _ = printed
    first = begins(reader)
    front = range(1, first["index"])
    contents = " ".join(" ".join(words(reader.pages[i]).split()) for i in front)
    for name in toc_files()[1:]:
        assert re.search(rf"{re.escape(heading(name))} ?{first[name] + 1}\b", contents), name


@pytest.mark.weekly
@pytest.mark.browser
def test_every_chapter_with_synthetic_numbers_says_so_on_paper(printed):
    reader, _ = printed
    first = begins(reader)
    ends = [*list(first.values())[1:], len(reader.pages)]
    for (name, start), end in zip(first.items(), ends, strict=True):
        says = any("SYNTHETIC DATA" in words(reader.pages[i]) for i in range(start, end))
        page = (HTML / f"{name}.html").read_text(encoding="utf-8")
        assert says == ("SYNTHETIC DATA" in page), name


@pytest.mark.weekly
@pytest.mark.browser
def test_it_has_title_language_tags_outline_and_links_that_work(printed):
    reader, _ = printed
    catalog = reader.root_object
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert reader.metadata.title == config["title"]
    assert catalog["/Lang"] == "en" and catalog["/MarkInfo"]["/Marked"]
    outline = [" ".join(o.title.split()) for o in reader.outline if not isinstance(o, list)]
    assert outline[1:] == ["At a glance", *(heading(name) for name in toc_files()[1:])]
    inside = 0
    for page in reader.pages:
        for note in page.get("/Annots", []):
            note = note.get_object()
            address = str(note.get("/A", {}).get("/URI", ""))
            assert not re.search(r"127\.0\.0\.1|localhost", address), address
            if not address:
                inside += 1
                assert note["/Dest"] in reader.named_destinations
    assert inside > 200


def landing(folder, words="words"):
    page = f"<h1>Title</h1>\n{paper.MARK}<p>{words}</p>"
    (folder / "index.html").write_text(page, encoding="utf-8")
    return folder


def linked(folder):
    page = Links()
    page.feed((folder / "index.html").read_text(encoding="utf-8"))
    return page.targets


def test_the_landing_page_links_to_the_pdf_once_there_is_one(tmp_path):
    assert linked(landing(tmp_path)) == []
    for content in (b"%PDF one", b"%PDF two"):
        path = paper.publish(content, tmp_path)
        assert path.read_bytes() == content
        assert linked(tmp_path) == [path.name]
    assert sorted(p.name for p in tmp_path.iterdir()) == [paper.NAME, "index.html"]


def test_other_pages_take_the_pdf_and_its_link_away(tmp_path):
    for folder in ("made", "html"):
        (tmp_path / folder).mkdir()
    paper.publish(b"%PDF", landing(tmp_path / "html"))
    made = landing(tmp_path / "made")
    build.mirror({p.relative_to(made): p for p in made.iterdir()}, tmp_path / "html")
    assert [p.name for p in (tmp_path / "html").iterdir()] == ["index.html"]
    assert linked(tmp_path / "html") == []


def test_the_extension_leaves_the_mark_where_the_link_belongs():
    assert paper.MARK in (ROOT / "book/_ext/clustergap_pages.py").read_text(encoding="utf-8")


@pytest.mark.slow
def test_without_a_browser_the_remedy_is_named(monkeypatch, capsys):
    monkeypatch.setenv("CLUSTERGAP_BROWSER", "no-such-browser")
    monkeypatch.setattr("sys.argv", ["paper"])
    with pytest.raises(FileNotFoundError):
        find_browser()
    with pytest.raises(SystemExit, match=r"no PDF: no browser found .* install Chromium"):
        paper.main()


@pytest.mark.slow
@pytest.mark.browser
def test_what_is_wider_than_the_paper_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(paper, "toc_parts", lambda: {"": ["index"]})
    wide = "<article class='bd-article'><h1>T</h1><div style='width: 900px'>Wide</div></article>"
    for folder in ("html", "work"):
        (tmp_path / folder).mkdir()
    shutil.copy(ROOT / "_config.yml", tmp_path / "work")
    (tmp_path / "html/index.html").write_text(f"<!doctype html>{wide}", encoding="utf-8")
    _, faults = paper.print_book(tmp_path / "html")
    (fault,) = faults
    assert fault.startswith("wider than the paper: ") and "Wide" in fault


@pytest.mark.slow
@pytest.mark.browser
def test_characters_that_print_as_boxes_are_noticed():
    """No typeface has these two: they look the same, as Chinese does where none has it."""
    with chromium() as browser:
        page = browser.new_page()
        page.add_script_tag(path=paper.SOURCES / "paper.js")
        assert page.evaluate(r'printsBoxes(["\u{ffffe}", "\u{10fffe}"])')
        assert not page.evaluate('printsBoxes(["a", "b"])')
