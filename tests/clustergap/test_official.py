"""Public statistics: every table matches its sidecar, and a changed one is refused."""

import hashlib
import re
import shutil

import numpy as np
import pytest
import yaml

import clustergap as cg
from clustergap.official import COUNTIES, FOLDER, folder_of, load_official, sidecar

NAMES = sorted(path.stem for path in FOLDER.rglob("*.csv"))
FACTS = {
    "title", "class", "publisher", "rights", "coverage", "key", "rows", "sha256", "known_gaps",
    "used_by", "columns",
}  # fmt: skip


def test_every_table_has_a_sidecar_and_the_reverse():
    assert NAMES == sorted(path.stem for path in FOLDER.rglob("*.yml"))
    assert len(NAMES) == 10 and len(list(COUNTIES.glob("*.csv"))) == 5


@pytest.mark.parametrize("name", NAMES)
def test_tables_match_their_sidecars(name):
    about = sidecar(name)
    county = folder_of(name) == COUNTIES  # whose sources are not all publishers
    assert set(about) == FACTS | ({"source", "derived", "checked"} if county else set())
    assert len(load_official(name)) == about["rows"]
    assert all(column["unit"] for column in about["columns"].values())


@pytest.mark.parametrize("name", NAMES)
def test_sidecars_say_who_uses_the_table(name):
    """The chapters and rooms of the library that load it, found in their code."""
    library = FOLDER.parents[1] / "lib"
    programs = {p.stem: p for p in (FOLDER.parents[1] / "notebooks").glob("*.py")}
    programs |= {f"countysim/{p.stem}": p for p in library.glob("countysim/*.py")}
    programs["clustergap.counties"] = library / "clustergap" / "counties.py"
    call = f'load_official("{name}")'
    users = {
        s.split("/")[0]
        for s, p in programs.items()
        if call in p.read_text(encoding="utf-8").replace(", folder)", ")")
    }
    assert sorted(users) == sidecar(name)["used_by"]


@pytest.fixture
def copy(tmp_path):
    for suffix in ("csv", "yml"):
        shutil.copy(FOLDER / f"national_income.{suffix}", tmp_path)
    return tmp_path


def reseal(folder):
    """Put the checksum of the changed table into its sidecar."""
    about = sidecar("national_income", folder)
    content = (folder / "national_income.csv").read_bytes()
    about["sha256"] = hashlib.sha256(content).hexdigest()
    (folder / "national_income.yml").write_text(
        yaml.safe_dump(about, sort_keys=False), encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("pattern", "new", "words"),
    [
        ("28844.0", "28845.0", "sha256"),
        ("28844.0", "", "urban_income_yuan: 1 missing, declared 0"),
        ("2015,", "2014,", "not unique"),
        ("rural_income_yuan", "rural", "columns"),
        ("2014,.*\n", "", "10 rows, declared 11"),
    ],
)
def test_a_changed_table_is_refused(copy, pattern, new, words):
    path = copy / "national_income.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(pattern, new, text, count=1), encoding="utf-8")
    if words != "sha256":
        reseal(copy)
    with pytest.raises(ValueError, match=words):
        load_official("national_income", copy)


def test_provincial_theil_is_of_the_size_the_public_figures_give():
    # Computed here from shares, by the textbook form, not by the library.
    real = load_official("province_income").dropna(
        subset=["urban_income_yuan", "rural_income_yuan", "urban_share"]
    )
    p = real["urban_share"]
    s = p * real["urban_income_yuan"]
    s = s / (s + (1 - p) * real["rural_income_yuan"])
    twin = s * np.log(s / p) + (1 - s) * np.log((1 - s) / (1 - p))
    value = cg.theil(real["urban_income_yuan"], real["rural_income_yuan"], p, 1 - p)
    np.testing.assert_allclose(value, twin, atol=1e-12)
    by_year = twin.groupby(real["year"]).mean()
    assert round(twin.mean(), 2) == 0.08
    assert (round(by_year[2014], 3), round(by_year[2022], 3)) == (0.094, 0.063)
