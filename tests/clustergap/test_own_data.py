"""A researcher's own tables, end to end: checked, assembled, estimated, built; nothing gets out."""

import json
import os
import re
import shutil
import subprocess
import sys

import pandas as pd
import pyfixest as pf
import pytest
from realistic import with_codes, write_as_yearbooks

import countysim as synthetic
from bookkit import display as style
from bookkit.paths import ROOT
from clustergap import CONTROLS
from clustergap import check_data as check
from clustergap.disclosure import MIN_CELL_COUNTIES, format_counts
from clustergap.panel import Study, load
from yearbooks.contract import TABLES, ContractError

TRUTH = -0.05
SEED = 20200522


@pytest.fixture(scope="module")
def tables():
    return with_codes(synthetic.simulate(SEED, synthetic.Truth(effect=TRUTH)))


@pytest.fixture(scope="module")
def folder(tables, tmp_path_factory):
    """Chinese headings, GB18030, Excel, Stata, other units, totals: as yearbooks come."""
    folder = tmp_path_factory.mktemp("raw") / "county tables"
    write_as_yearbooks(tables, folder)
    return folder


@pytest.fixture(scope="module")
def study(folder):
    return load(folder)


@pytest.mark.slow
def test_the_truth_is_recovered_from_raw_yearbooks(study):
    fit = pf.feols(
        f"gap~did+{'+'.join(CONTROLS)}|county+year", study.panel, vcov={"CRV1": "county"}
    )
    low, high = fit.confint().loc["did"]
    assert low <= TRUTH <= high


def test_the_panel_is_that_of_the_clean_tables(study, tables):
    from clustergap.panel import assemble

    clean, _ = assemble(tables)
    pd.testing.assert_frame_equal(study.panel, clean, rtol=1e-9, check_dtype=False)


def test_own_data_are_never_called_synthetic(study):
    shown = style.banner(study)
    for words in (*shown._repr_mimebundle_().values(), study.source):
        assert "synthetic" not in words.lower()
    assert "county tables" in shown.text and study.fingerprint in shown.text


def test_repairs_stand_in_the_account_of_every_row(study):
    steps = " ".join(study.report["step"])
    for words in ("read as gb18030", "万人 converted", "rows of totals dropped"):
        assert words in steps


@pytest.mark.slow
def test_the_check_says_ready_and_compares_with_table_1(folder):
    report = check.check(folder)
    assert report.ready and "11,583 county-years" in report.head
    table = report.tables["Beside the paper's Table 1"]
    assert len(table) == 13
    assert "Table 1" in report.text() and "<table" in report.page()


@pytest.mark.slow
def test_the_check_lists_what_to_mend_and_escapes_it(folder, tmp_path):
    bad = shutil.copytree(folder, tmp_path / "bad")
    terrain = pd.DataFrame({"county": ["110121"], "ruggedness": ["<script>alert(1)</script>"]})
    terrain.to_csv(bad / "terrain.csv", index=False)
    (bad / "capaa.csv").unlink()
    report = check.check(bad)
    assert not report.ready and len(report.faults) == 2
    assert "<script>" not in report.page() and "&lt;script&gt;" in report.page()


def test_a_variable_far_from_the_papers_is_marked(study):
    panel = study.panel.assign(pgra=study.panel["pgra"] * 1000)
    changed = Study(panel, study.report, study.source, False, study.fingerprint)
    marked = check.beside_table_1(changed).set_index("variable")[""]
    assert marked["pgra"] and not marked["gap"]


@pytest.mark.slow
def test_the_template_is_written_once_and_never_over_something(tmp_path):
    command = [sys.executable, "-m", "clustergap.check_data", "--init", str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "lib")}
    first = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert first.returncode == 0 and (tmp_path / "mapping.yml").is_file()
    assert again.returncode != 0 and "is there already" in again.stderr


# --- privacy ---------------------------------------------------------------------------


def counted(rows, synthetic_data=False):
    table = pd.DataFrame(rows, columns=["counties", "eastern", "central-western"])
    return format_counts(table, private=not synthetic_data)


def test_of_a_split_with_a_small_part_no_part_is_told():
    written = counted([[20, 3, 17], [30, 12, 18], [200, 80, 120], [0, 0, 0]])
    assert written.iloc[:, 0].tolist() == ["20", "30", "200", "0"]
    assert written.iloc[:, 1:].eq("withheld").all(axis=None)


def test_beside_a_small_group_nothing_is_told():
    assert counted([[2, 1, 1], [60, 20, 40], [50, 25, 25]]).eq("withheld").all(axis=None)
    assert counted([[60, 20, 40], [50, 50, 0]]).iloc[1].tolist() == ["50", "50", "0"]


def test_one_synthetic_code_does_not_switch_privacy_off(raw_folder):
    for path in raw_folder.glob("*.csv"):
        path.write_text(path.read_text("utf-8").replace("S", "0"), "utf-8")
    text = (raw_folder / "yearbook.csv").read_text("utf-8")
    code = text.split("\n", 2)[1][:6]
    left_over = text.replace(code, f"{code[:2]}S{code[3:]}")
    (raw_folder / "yearbook.csv").write_text(left_over, "utf-8")
    with pytest.raises(
        ContractError, match=r"yearbook.csv, line 2, column county, value '\d\dS\d+'"
    ):
        load(raw_folder)


def test_synthetic_counties_are_all_told():
    assert counted([[2, 1, 1]], synthetic_data=True).iloc[0].tolist() == ["2", "1", "1"]
    assert MIN_CELL_COUNTIES == 5


def test_no_chapter_shows_rows_of_the_panel():
    shows = re.compile(r"^(study\.)?panel(\.(head|tail|sample)\(.*\))?$|print\(panel", re.MULTILINE)
    for script in sorted((ROOT / "notebooks").glob("*.py")):
        assert not shows.search(script.read_text(encoding="utf-8")), script.name
    assert shows.search("panel.head(3)")


# --- firms -----------------------------------------------------------------------------


def registered():
    return pd.DataFrame(
        {
            "区县代码": "130102 130102000000 130102 130103 13 . 130103 130100".split(),
            "成立日期": "2019-03-01 2019 2020-01-01 20190506 2019 2019 soon 2019".split(),
            "行业代码": ["A0511", "1311", "0512", "F5110", "0511", "0511", "0511", "0511"],
        }
    )


def test_the_sql_of_the_guide_names_the_columns_of_the_contract():
    """DuckDB is no dependency: the statement is run where it happens to be installed."""
    guide = (ROOT / "docs" / "own-data.md").read_text(encoding="utf-8")
    query = re.search(r"```sql\n(.*?)```", guide, re.DOTALL)[1]
    for column in TABLES["registrations"].columns:
        assert re.search(rf"\b{column}\b", query)
    duckdb = pytest.importorskip("duckdb")
    firms = registered()  # DuckDB finds it by its name
    query = query.replace("read_parquet('firms/*.parquet')", "firms")
    found = duckdb.sql(re.search(r"COPY \((.*)\) TO", query, re.DOTALL)[1]).fetchall()
    assert found == [("130102", 2019, 1, 1), ("130102", 2020, 0, 1), ("130103", 2019, 0, 0)]
    firms = firms.replace({"0512": "512"})
    with pytest.raises(duckdb.Error, match="without its leading zero: 512"):
        duckdb.sql(re.search(r"COPY \((.*)\) TO", query, re.DOTALL)[1]).fetchall()


# --- the whole book --------------------------------------------------------------------

CALLED_SYNTHETIC = re.compile(
    "SYNTHETIC DATA|on a synthetic county panel|panel (here )?is synthetic|面板是合成的"
    "|path/to/county tables"
)


def snapshot(folder, leave_out):
    return {
        path: (path.stat().st_mtime_ns, path.stat().st_size)
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(leave_out) for part in path.parts)
    }


@pytest.fixture(scope="module")
def built(folder, tmp_path_factory):
    """The book on own data, in a copy of the project and with a home of its own."""
    project = tmp_path_factory.mktemp("project")
    home = tmp_path_factory.mktemp("home")
    for name in ("lib", "notebooks", "book", "data", "benchmarks"):
        unwanted = shutil.ignore_patterns("__pycache__", "_generated", "[0-9]*.ipynb.tmp")
        shutil.copytree(ROOT / name, project / name, ignore=unwanted)
    for name in ("_config.yml", "_toc.yml", "dodo.py", "requirements.lock", "CITATION.cff"):
        shutil.copy(ROOT / name, project / name)
    before = snapshot(project, "own-"), snapshot(folder, "own-")
    environment = os.environ | {
        "PYTHONPATH": str(project / "lib"), "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(home),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "doit", f"data={folder}"],
        cwd=project, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall(r"(\w+) cannot be computed", done.stdout) == ["91_synthetic_panel"]
    after = snapshot(project, "own-"), snapshot(folder, "own-")
    return next((project / "build").glob("own-*")), home, before, after


@pytest.mark.slow
@pytest.mark.weekly
def test_the_whole_book_on_own_data(built, tables, study):
    """One test, so that two workers do not build it twice."""
    output, home, before, after = built
    for old, new in zip(before, after, strict=True):
        assert not dict(new.items() ^ old.items()), (
            "something was written outside the output folder"
        )
    names = sorted(set(tables["yearbook"]["county_name"]))
    assert no_county_in(home, names)
    assert no_county_in(output / "html", names) and no_county_in(output / "results", names)
    page = (output / "html" / "04_1_baseline.html").read_text(encoding="utf-8")
    assert study.fingerprint in page and "county tables" in page
    own = [p for p in (output / "html").glob("*.html") if "91_" not in p.name]
    assert not [p.name for p in own if CALLED_SYNTHETIC.search(p.read_text(encoding="utf-8"))]
    ledger = (output / "results" / "ledger_04_1_baseline.json").read_text(encoding="utf-8")
    codes = "|".join(sorted(set(tables["yearbook"]["county"])))
    assert not re.search(rf"(?<![\d.])({codes})(?![\d.])", ledger)
    found = {
        r["statistic"]: r["value"]
        for r in json.loads(ledger)["records"]
        if (r["exhibit"], r["column"], r["row"]) == ("table_2", "3", "did")
    }
    assert abs(found["estimate"] - TRUTH) <= 1.96 * found["se"]


def no_county_in(folder, names):
    """Whether no file of a folder holds the name of a county."""
    found = re.compile("|".join(names).encode())
    return not [p for p in folder.rglob("*") if p.is_file() and found.search(p.read_bytes())]


def test_a_county_would_be_found(tmp_path):
    (tmp_path / "page.html").write_text("… 甲0121县 …", encoding="utf-8")
    assert not no_county_in(tmp_path, ["甲0121县"])
