"""The typed numbers of the paper and the bibliography are complete, consistent and untouched."""

import csv
import hashlib
import importlib.util
import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from pybtex.database import parse_file

from bookkit.ledger import PUBLISHED, published, published_text
from printcheck.verdicts import KEY

ROOT = Path(__file__).parents[2]
BIBLIOGRAPHY = ROOT / "book" / "references.bib"
# Counted on the pages of the paper: Table 1 has 13 variables x (N, mean, standard deviation).
PRINTED = {"table_1": 39, "table_2": 50, "table_3": 8, "table_4": 16, "table_5": 16, "table_6": 24}
STATISTICS = {"estimate", "se", "n", "r2", "mean", "sd", "cragg_donald_f", "kleibergen_paap_f"}
KINDS = {
    *("count", "year", "date", "figure", "statistic", "coefficient", "setting", "event_time"),
    *("significance_level", "upper_bound", "lower_bound"),
}
CONTROLS = "pgdp pgra ind serv fiscal edu financial com".split()


def manifest_faults(folder):
    """Name the files of a folder that its manifest does not describe as they are."""
    files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    faults = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            head, *body = csv.reader(file)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if files.get(path.name) != {"sha256": digest, "rows": len(body), "columns": head}:
            faults.append(path.name)
    return faults + sorted(set(files) - {path.name for path in folder.glob("*.csv")})


def test_every_printed_number_of_the_tables_is_there():
    cells = published()
    assert Counter(cells["exhibit"]) == PRINTED
    assert len(cells) == 153
    assert not cells.duplicated(KEY).any()


def test_addresses_use_the_closed_vocabularies():
    cells = published()
    assert set(cells["statistic"]) == STATISTICS
    regressors = {"did", "constant", "ruggedness", *CONTROLS}
    summarised = {"gap", "atl", "chain_aux", "chain_process", "brand", *CONTROLS}
    in_table_1 = cells["exhibit"] == "table_1"
    assert set(cells.loc[in_table_1, "row"]) == summarised
    assert set(cells.loc[~in_table_1, "row"]) == regressors | {"model"}
    of_column = cells["statistic"].isin(["n", "r2", "cragg_donald_f", "kleibergen_paap_f"])
    assert (of_column == (cells["row"] == "model"))[~in_table_1].all()


def test_only_estimates_have_stars_and_each_has_a_standard_error():
    cells = published()
    assert (cells["stars"].notna() == (cells["statistic"] == "estimate")).all()
    assert set(cells["stars"].dropna()) <= {0, 1, 2, 3}
    addresses = {s: set(map(tuple, g[KEY[:3]].values)) for s, g in cells.groupby("statistic")}
    assert addresses["estimate"] == addresses["se"]


@pytest.mark.parametrize(
    ("key", "printed", "stars"),
    [
        (("table_1", "main", "pgra", "sd"), "585.671", None),
        (("table_2", "2", "pgra", "estimate"), "0.000", 0),
        (("table_2", "3", "pgra", "estimate"), "-0.000", 3),
        (("table_3", "1", "model", "kleibergen_paap_f"), "28.987", None),
        (("table_5", "3", "did", "estimate"), "0.043", 1),
        (("table_6", "2", "model", "n"), "782", None),
    ],
)
def test_spot_checks_against_the_page(key, printed, stars):
    cell = published().set_index(KEY).loc[key]
    assert cell["printed"] == printed
    assert stars is None or cell["stars"] == stars


def test_prose_repeats_the_coefficients_of_table_6():
    text = published_text().set_index("key")["printed"]
    cells = published().set_index(KEY)["printed"]
    for column, name in enumerate(["high_value", "grain", "eastern", "central_western"], start=1):
        assert text[f"coefficient_{name}"] == cells["table_6", str(column), "did", "estimate"]


def test_prose_and_figures_are_described():
    text = published_text()
    assert text["key"].is_unique
    assert text["key"].str.fullmatch(r"[a-z][a-z0-9_]*").all()
    assert set(text["kind"]) == KINDS
    assert (text["quote_hint"].str.split().str.len() <= 8).all()
    with (PUBLISHED / "figures.csv").open(encoding="utf-8", newline="") as file:
        figures = list(csv.DictReader(file))
    times = {int(row["value"]): row["claim"] for row in figures if row["exhibit"] == "figure_1"}
    assert times == dict.fromkeys(range(-7, -1), "not_significant") | {-1: "base"} | dict.fromkeys(
        range(3), "significant_negative"
    )


def test_second_pass_reads_a_markdown_table_with_stars_brackets_and_page_breaks():
    path = PUBLISHED / "check_transcription.py"
    spec = importlib.util.spec_from_file_location("check_transcription", path)
    checker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(checker)
    page = (
        "Table 4. Robustness\n\n| | (1) | (2) |\n|---|---|---|\n| DID | -0.013*** | 0.043* |\n\n"
        "| DID | (0.004) | 0.024 |\n| N | 11,583 | 782 |\n\n**Note(s):** p < 0.1\n| x | 9 |\n"
    )
    numbers = [("-0.013", 3), ("0.043", 1), ("0.004", 0), ("0.024", 0), ("11583", 0), ("782", 0)]
    assert checker.regression_numbers(page, 4) == numbers


def test_manifest_describes_the_files():
    assert manifest_faults(PUBLISHED) == []


def test_manifest_check_notices_one_changed_digit(tmp_path):
    folder = shutil.copytree(PUBLISHED, tmp_path / "published")
    path = folder / "cells.csv"
    path.write_bytes(path.read_bytes().replace(b"-0.033", b"-0.034"))
    assert manifest_faults(folder) == ["cells.csv"]


def test_bibliography_parses_with_unique_regular_keys_and_formats():
    entries = parse_file(str(BIBLIOGRAPHY)).entries  # pybtex raises at a repeated key
    undated = {key for key, entry in entries.items() if not entry.fields.get("year", "").isdigit()}
    assert undated == {"lixuegeng", "jupyterbook", "papermill", "pyfixest"}
    assert all(re.fullmatch(r"[a-z]+\d{4}[a-z]?", key) for key in entries if key not in undated)
    assert all(key.endswith(entries[key].fields["year"]) for key in entries if key not in undated)


def test_a_repeated_key_does_not_parse(tmp_path):
    text = BIBLIOGRAPHY.read_text(encoding="utf-8")
    path = tmp_path / "twice.bib"
    path.write_text(text + "\n@misc{theil1967, title={Twice}}\n", encoding="utf-8")
    with pytest.raises(Exception, match="repeated bib"):
        parse_file(str(path))
