"""Both languages: the glossary, the Chinese summary, the codebook."""

import ast
import re

import pytest
import yaml

from bookkit.contents import scripts
from bookkit.paths import ROOT
from clustergap import codebook
from clustergap.panel import VARIABLES, VARIABLES_ZH
from yearbooks.contract import TABLES
from yearbooks.headings import UNITS

HAN = re.compile("[\u4e00-\u9fff]")
GLOSSARY = (ROOT / "book" / "glossary.md").read_text(encoding="utf-8")
SUMMARY = (ROOT / "notebooks" / "96_zh_summary.py").read_text(encoding="utf-8")
NAMES = ("UTF-8", "GB18030")
"""What may stand in Chinese prose although it holds digits, beside years and code."""


def entries(text: str) -> list[tuple[str, str, str]]:
    """English term, Chinese term and definition of every entry."""
    body = text.partition("```{glossary}\n")[2].rpartition("```")[0]
    found = []
    for block in re.split(r"\n\n(?=\S)", body.strip()):
        english, chinese, *definition = block.split("\n")
        found.append((english, chinese, "\n".join(definition)))
    return found


def faults(text: str) -> list[str]:
    """What is wrong with the entries of a glossary."""
    found, said = entries(text), []
    for english, chinese, definition in found:
        ours, _, theirs = definition.partition("\n\n")
        if HAN.search(english) or not HAN.search(chinese):
            said.append(f"{english}: one English term, then one Chinese")
        if not ours.strip() or not HAN.search(theirs):
            said.append(f"{english}: not defined in both languages")
        if "{doc}`" not in ours:
            said.append(f"{english}: no chapter")
    names = [english for english, *_ in found]
    if names != sorted(names, key=str.lower):
        said.append("not sorted")
    return said


def test_every_entry_has_both_languages_and_a_chapter_and_the_page_is_sorted():
    assert len(entries(GLOSSARY)) > 40
    assert faults(GLOSSARY) == []


def test_a_faulty_glossary_is_noticed():
    good = "Theil index\n泰尔指数\n  A measure. → {doc}`03_data`\n\n  [指标。]{.language-zh-hans}"
    assert faults(f"```{{glossary}}\n{good}\n```") == []
    assert faults(f"```{{glossary}}\n{good}\n\n{good.replace('Theil', 'Gini')}\n```") == [
        "not sorted"
    ]
    for broken in ("泰尔指数", "指标", "{doc}`03_data`"):
        assert faults(f"```{{glossary}}\n{good.replace(broken, 'x')}\n```") != []


def test_every_term_that_a_chapter_links_has_an_entry_and_few_are_linked_twice():
    known = {
        term.lower() for english, chinese, _ in entries(GLOSSARY) for term in (english, chinese)
    }
    linked = []
    for script in scripts():
        words = " ".join(script.read_text(encoding="utf-8").replace("\n#", "").split())
        for label in re.findall(r"\{term\}`([^`]+)`", words):
            target = re.search(r"<(.+)>$", label)
            linked.append((target[1] if target else label).lower())
    assert sorted(set(linked) - known) == []
    assert len(set(linked)) >= 25


# --- the Chinese summary ---------------------------------------------------------------


def typed_numbers(script: str) -> list[str]:
    """Digits typed into Chinese prose: of markdown cells, and of strings in the code."""
    cells = re.split(r"^# %%", script, flags=re.MULTILINE)[1:]
    prose = []
    for cell in cells:
        head, _, body = cell.partition("\n")
        if "[markdown]" in head:
            prose.append(re.sub(r"^# ?", "", body, flags=re.MULTILINE))
            continue
        for node in ast.walk(ast.parse(body)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                prose.append(node.value)
    found = []
    for text in prose:
        text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)  # code
        text = re.sub(r"\{[\w:-]+\}`[^`]*`|`[^`]*`|\\\d|[{[][^}\]]*[}\]]", "", text)
        for name in NAMES:
            text = text.replace(name, "")
        lines = [line for line in text.splitlines() if HAN.search(line)]
        found += re.findall(r"(?<!\d)(?!(?:19|20)\d\d(?!\d))\d[\d.,]*", "\n".join(lines))
    return found


def test_the_chinese_page_holds_no_number_typed_by_hand():
    assert HAN.search(SUMMARY)
    assert typed_numbers(SUMMARY) == []


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("# %% [markdown]\n# 共有 1287 个县。", "1287"),
        ("# %% [markdown]\n# 下降了3.3%。", "3.3"),
        ('# %%\nstyle.prose("均值为 0.356。")', "0.356"),
    ],
)
def test_a_number_typed_into_chinese_prose_is_found(cell, number):
    assert typed_numbers(cell) == [number]


def test_years_code_and_computed_numbers_may_stand_in_chinese_prose():
    cell = "# %% [markdown]\n# 自 2020 年起，`Python ≥ 3.11`，共 {glue:text}`n_1:.2f` 个县。"
    assert typed_numbers(cell) == []


def test_the_summary_is_marked_as_chinese_and_says_that_the_panel_is_synthetic():
    assert "{rst-class} language-zh-hans" in SUMMARY
    assert ":class: synthetic" in SUMMARY and "合成数据" in SUMMARY
    assert "if study.synthetic" in SUMMARY
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    assert {"96_zh_summary", "glossary"} <= set(listed)
    assert "中文摘要 <96_zh_summary>" in (ROOT / "notebooks" / "index.py").read_text("utf-8")


# Loan words of the English page, coinages, and an "only if" that means "merely".
AVOIDED = ("刊载", "所刊", "记分牌", "审计", "崩溃值", "聚类野自助", "分批实施的", "只要", "见见")


def avoided(text: str) -> list[str]:
    """Words that a reader of Chinese econometrics would stumble over."""
    return [word for word in AVOIDED if word in text]


def test_chinese_terms_are_those_of_the_field():
    assert avoided(SUMMARY) == []
    assert avoided(GLOSSARY) == []


def test_a_term_to_avoid_is_noticed():
    assert avoided("见记分牌") == ["记分牌"]


def test_marks_between_chinese_words_are_chinese():
    cells = re.split(r"^# %%.*\n", SUMMARY, flags=re.MULTILINE)
    prose = "\n".join(c for c in cells if c.startswith("# ") and "```" not in c)
    prose = re.sub(r"\{[a-z:-]+\}`[^`]*`|`[^`]*`|\*", "", prose)
    assert re.findall(r"[\u4e00-\u9fff][,;:.?!()][\u4e00-\u9fff]?", prose) == []


# --- the codebook ----------------------------------------------------------------------


def test_every_variable_has_a_chinese_label_and_a_chinese_unit():
    columns = {(t, n): c for t, s in TABLES.items() for n, c in s.columns.items()}
    for (table, name), column in columns.items():
        assert HAN.search(column.metadata["zh"]), (table, name)
        assert codebook.unit_zh(column.metadata["unit"]), (table, name)
    assert list(VARIABLES_ZH) == list(VARIABLES)
    for name, (_, unit) in VARIABLES.items():
        assert HAN.search(VARIABLES_ZH[name]), name
        assert HAN.search(codebook.unit_zh(unit)) or unit == "0/1", name
    assert all(HAN.search(schema.metadata["zh"]) for schema in TABLES.values())


def test_a_raw_column_that_enters_the_panel_keeps_its_label():
    for name in ("loans", "urban_income", "rural_income"):
        assert VARIABLES_ZH[name] == TABLES["yearbook"].columns[name].metadata["zh"]
    assert VARIABLES_ZH["ruggedness"] == TABLES["terrain"].columns["ruggedness"].metadata["zh"]


@pytest.mark.parametrize(
    ("unit", "word"), [("10,000 yuan", "万元"), ("yuan", "元"), ("persons", "人"), ("tonnes", "吨")]
)
def test_units_are_those_that_intake_reads(unit, word):
    assert codebook.unit_zh(unit) == word
    assert UNITS[word] == UNITS[unit.replace(",", "").replace(" ", "")]


def test_a_unit_that_nobody_translated_is_an_error():
    with pytest.raises(ValueError, match="furlongs"):
        codebook.unit_zh("furlongs")


def test_the_codebook_page_shows_every_label_and_every_heading_that_is_read():
    page = codebook.codebook()
    for column in (c for s in TABLES.values() for c in s.columns.values()):
        assert f"[{column.metadata['zh']}]{{.language-zh-hans}}" in page
    for label in VARIABLES_ZH.values():
        assert label in page
    assert "城镇化率" in page and "农民人均纯收入" in page
