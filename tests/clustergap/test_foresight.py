"""Ready means ready: what the book will lack is told before anyone builds it."""

import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import unusual

from bookkit.paths import ROOT
from clustergap import check_data
from clustergap.panel import CONTROLS
from paneldid.identified import collinear
from yearbooks.contract import ContractError

sys.path.append(str(ROOT / "examples" / "own-data"))


@pytest.fixture(scope="module")
def some():
    """Forty counties of a simulated panel."""
    tables = unusual.some(unusual.whole())
    counties = tables["yearbook"]["county"].drop_duplicates()
    ever = counties.isin(tables["clusters"]["county"])
    kept = [*counties[ever][:20], *counties[~ever][:20]]
    return {name: t[t["county"].isin(kept)] for name, t in tables.items()}


def changed(tables, **columns):
    return tables | {"yearbook": tables["yearbook"].assign(**columns)}


def seen_once(tables):
    book = tables["yearbook"]
    return tables | {
        "yearbook": book[(book["county"] != book["county"].iloc[0]) | (book["year"] == 2014)]
    }


def one_control_ends(tables):
    book = tables["yearbook"]
    return changed(tables, telephones=book["telephones"].where(book["year"] < 2018))


def no_code_matches(tables):
    return tables | {"clusters": tables["clusters"].head(1).assign(county="659001")}


def three_years(tables):
    return {n: t[t["year"] > 2019] if n == "yearbook" else t for n, t in tables.items()}


# what it is: how the tables are made, whether the head line says Ready, what is told
CASES = {
    "nothing": (lambda t: t, True, None),
    "treated from the start": (
        unusual.from_the_start, True, "treated from the first year observed"),
    "seen once": (seen_once, True, "1 county is seen in one year only"),
    "constant control": (
        lambda t: changed(t, grain_output=0.0), True,
        "pgra is left out of every model: it is the same"),
    "one control ends early": (
        one_control_ends, False, r"com is missing .* every treated one: declare telephones absent"),
    "no cluster code matches": (
        no_code_matches, False, r"clusters: none of its [\d,]+ rows has a county of the yearbook"),
    "no treated": (unusual.no_treated, False, "clusters: none of its"),
    "three years": (three_years, True, "3 years: event studies"),
    "no terrain": (unusual.without("terrain"), True, "no terrain: chapters 4.3 and 7.3"),
    "a small cohort": (unusual.small_cells, True, r"column 1 of Table 2, .* and 7\.6 is not"),
    "gaps in years": (
        lambda t: t | {"yearbook": t["yearbook"][t["yearbook"]["year"] != 2016]}, True,
        r"no county has the year \[2016\]"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", CASES)
def test_what_the_book_will_lack_is_told(some, kind, tmp_path):
    change, ready, words = CASES[kind]
    report = check_data.check(unusual.write(change(some), tmp_path / "tables"))
    assert report.ready and report.head.startswith("Ready") is ready, report.head
    told = report.text()
    if words is None:
        assert "What the book will lack" not in told
    else:
        assert re.search(words, told), told
        assert ready or re.search(words, report.head)


def test_one_county_is_no_panel(some, tmp_path):
    first = some["yearbook"]["county"].iloc[0]
    one = {name: t[t["county"] == first] if name == "yearbook" else t for name, t in some.items()}
    report = check_data.check(unusual.write(one, tmp_path / "tables"))
    assert not report.ready and "one county only" in report.faults[0]


def test_all_that_is_optional_may_be_absent_together(some, tmp_path):
    folder = unusual.write({n: some[n] for n in ("yearbook", "clusters")}, tmp_path / "tables")
    clusters = pd.read_csv(folder / "clusters.csv", dtype=str)
    clusters[["county", "batch_year"]].drop_duplicates().to_csv(
        folder / "clusters.csv", index=False
    )
    book = pd.read_csv(folder / "yearbook.csv", dtype=str)
    book.drop(columns=["telephones", "machinery_power"]).to_csv(
        folder / "yearbook.csv", index=False
    )
    absent = "capaa registrations gi_products terrain machinery_power telephones"
    absent += " cluster product cluster_type"
    (folder / "mapping.yml").write_text(f"absent: [{', '.join(absent.split())}]", encoding="utf-8")
    from clustergap.panel import load

    study = load(folder)
    assert study.controls == tuple(c for c in CONTROLS if c != "com")
    assert not {"com", "cluster_type", "atl", "brand", "capaa", "ruggedness"} & set(study.panel)
    assert len(study.panel) == len(some["yearbook"])


def test_a_control_that_others_explain_is_found():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"county": np.repeat(range(9), 5), "year": np.tile(range(5), 9)})
    frame["a"], frame["b"] = rng.normal(size=(2, 45))
    frame = frame.assign(
        c=frame["a"] - 2 * frame["b"] + frame["year"], d=1.0, e=frame["county"] ** 2.0
    )
    found = collinear(frame, list("abcde"))
    assert list(found) == ["c", "d", "e"]
    assert found["d"] == "is the same in every county-year" and "explained by" in found["c"]


def test_a_terminal_in_gbk_gets_the_faults(some, tmp_path, monkeypatch, capsys):
    bad = changed(some, gdp="about twelve")
    folder = unusual.write(bad, tmp_path / "tables")
    monkeypatch.setattr(sys, "argv", ["check_data", str(folder)])
    monkeypatch.setattr(check_data, "output_folder", lambda _: tmp_path / "out")
    monkeypatch.setattr(type(sys.stdout), "encoding", "gbk", raising=False)
    with pytest.raises(SystemExit):
        check_data.main()
    printed = capsys.readouterr().out
    printed.encode("gbk")
    assert "x yearbook.csv, line 2, column gdp" in printed


def test_checking_tables_loads_no_estimator_and_draws_nothing(some, tmp_path):
    folder = unusual.write(some, tmp_path / "tables")
    code = f"""import sys, clustergap.check_data as c; print(c.check({str(folder)!r}).ready)
heavy = {{"pyfixest", "pandera", "matplotlib", "statsmodels", "IPython", "scipy.stats"}}
print(*heavy & {{*sys.modules}}, sep="")"""
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout == "True\n\n"


@pytest.mark.parametrize(
    ("name", "init"),
    [("read_folder", []), ("write_atomically", []), ("write_atomically", ["--init"])],
)
def test_a_place_that_nobody_may_read_or_write_is_told(tmp_path, monkeypatch, name, init):
    def refuse(path, *content):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(check_data, name, refuse)
    monkeypatch.setattr(check_data, "output_folder", lambda _: tmp_path / "out")
    monkeypatch.setattr(sys, "argv", ["check_data", str(tmp_path), *init])
    with pytest.raises(SystemExit, match="Permission denied; make it yours"):
        check_data.main()


@pytest.mark.slow
def test_the_example_is_read_as_the_guide_says(tmp_path):
    import make_tables

    guide = (ROOT / "docs" / "own-data.md").read_text(encoding="utf-8")
    first, second, third = re.findall(r"```text\n(.*?)```", guide, re.DOTALL)
    answers = re.search(r"```yaml\n(.*?)```", guide, re.DOTALL)[1]
    folder = tmp_path / "my-tables"
    folder.mkdir()
    make_tables.write(folder)
    ours = (folder / "mapping.yml").read_text(encoding="utf-8")
    for mapping, told in (("", first), (answers, second), (ours, third)):
        (folder / "mapping.yml").write_text(mapping, encoding="utf-8")
        printed = check_data.check(folder).text().splitlines()
        if told is third:  # the fingerprint is of files that hold the time when they were written
            printed, told = ([re.sub("Fingerprint .*", "", x) for x in lines] for lines in
                             (printed, told.splitlines()))  # fmt: skip
        else:
            told = told.splitlines()
        assert not set(told) - set(printed), "\n".join(printed[:20])


def test_shipped_tables_are_checked_against_their_manifest(tmp_path, monkeypatch):
    import shutil

    from bookkit.paths import DATA
    from clustergap import panel

    shutil.copytree(DATA / "synthetic", tmp_path / "synthetic")
    monkeypatch.setattr(panel, "DATA", tmp_path)
    changed_file = tmp_path / "synthetic" / "terrain.csv"
    changed_file.write_text(changed_file.read_text("utf-8").replace("1", "2", 1), "utf-8")
    with pytest.raises(ContractError, match=r"terrain.csv has changed: `git checkout data/synth"):
        panel.load()
    changed_file.unlink()
    with pytest.raises(ContractError, match=r"terrain.csv is not there: `git checkout"):
        panel.load()


def test_a_reader_that_has_seen_enough_is_no_fault(tmp_path, monkeypatch):
    def refuse(_):
        raise BrokenPipeError

    monkeypatch.setattr(check_data, "_check", refuse)
    monkeypatch.setattr(check_data.os, "_exit", sys.exit)  # which pytest outlives
    monkeypatch.setattr(sys, "argv", ["check_data", str(tmp_path)])
    with pytest.raises(SystemExit, match=r"^1$"):
        check_data.main()
