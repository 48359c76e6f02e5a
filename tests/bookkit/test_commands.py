"""The commands that make runs, in this process: what they write, say, and refuse."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest

from bookkit import pairs
from bookkit.paths import ROOT
from clustergap import check_data as check
from paneldid import spec_curve, weakiv
from paneldid.reghdfe import reghdfe_constant
from yearbooks import intake
from yearbooks.contract import ContractError, check_table

SCRIPT = """# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %%
1 + 1
"""


def call(main, monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["command", *map(str, arguments)])
    return main()


def test_check_data_writes_a_page_and_says_by_its_status_whether_all_is_well(
    raw_folder, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(check, "output_folder", lambda data: tmp_path / "own")
    with pytest.raises(SystemExit) as left:
        call(check.main, monkeypatch, raw_folder)
    assert left.value.code == 0 and "Ready: " in capsys.readouterr().out
    assert "<h1>Check of the data</h1>" in (tmp_path / "own" / "check.html").read_text("utf-8")
    assert (tmp_path / "own").stat().st_mode & 0o777 == 0o700
    (raw_folder / "terrain.csv").unlink()
    with pytest.raises(SystemExit) as left:
        call(check.main, monkeypatch, raw_folder)
    assert left.value.code == 1 and "terrain.csv is missing" in capsys.readouterr().out


def test_check_data_asks_which_folder(monkeypatch, capsys):
    with pytest.raises(SystemExit) as left:
        call(check.main, monkeypatch, "")
    assert left.value.code == 2 and "say which folder" in capsys.readouterr().err


def test_make_takes_a_folders_name_as_it_is_and_from_the_command_line_only(tmp_path):
    def said(*arguments):
        command = ["make", "-s", "check-data", "PY=echo", *arguments]
        environment = os.environ | {"DATA": "elsewhere", "HOST": "x", "VENV": "x"}
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        ).stdout

    marks = [tmp_path / "of make", tmp_path / "of the shell"]
    odd = f"a `touch '{marks[1]}'` $HOME $(x) $(shell touch '{marks[0]}') 'c"
    assert said(f"DATA={odd}") == f"-m clustergap.check_data {odd}\n"
    assert not [mark for mark in marks if mark.exists()], "the name was run"
    assert said() == "-m clustergap.check_data \n"


def test_settings_of_a_users_python_do_not_reach_what_make_runs(tmp_path):
    (tmp_path / "python").write_text("#!/bin/sh\nenv")
    (tmp_path / "python").chmod(0o700)
    names = ["PYTHONWARNINGS", "PYTHONSTARTUP", "PIP_TARGET"]
    said = subprocess.run(
        ["make", "-s", "check-data", f"PY={tmp_path}/python"], cwd=ROOT, text=True, check=True,
        env=os.environ | dict.fromkeys(names, "a user's"), capture_output=True,
    ).stdout  # fmt: skip
    assert "OWN=" in said and "a user's" not in said


def test_init_data_wants_a_folder(monkeypatch, tmp_path):
    with pytest.raises(SystemExit, match="no folder"):
        call(check.main, monkeypatch, "--init", tmp_path / "nowhere")


def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(ContractError, match="is not a folder"):
        intake.read_folder(tmp_path / "nowhere")


def test_pairs_commands_say_by_their_status_whether_all_is_well(monkeypatch):
    with pytest.raises(SystemExit) as left:
        call(pairs.main, monkeypatch, "--check")
    assert left.value.code is None
    monkeypatch.setattr(pairs, "all_differences", lambda: ["one: cell 1"])
    with pytest.raises(SystemExit, match="one: cell 1"):
        call(pairs.main, monkeypatch, "--check")


def test_other_chapter_metadata_are_a_difference(tmp_path):
    script = tmp_path / "one.py"
    script.write_text(SCRIPT, encoding="utf-8")
    pairs.write_pair(script)
    marked = SCRIPT.replace("# ---\n\n", "#   clustergap:\n#     reads_results: true\n# ---\n\n")
    script.write_text(marked, encoding="utf-8")
    assert "the headers differ" in pairs.differences(script)[0]


def test_a_long_list_of_faults_is_cut_and_counted():
    bad = pd.DataFrame({"county": ["110101"] * 1, "ruggedness": [-1.0]})
    many = pd.concat([bad.assign(county=f"1101{i:02d}") for i in range(1, 21)], ignore_index=True)
    with pytest.raises(ContractError, match="rows in all that fail 'expected not negative': 20"):
        check_table(many, "terrain")


@pytest.fixture
def panel():
    rng = np.random.default_rng(1)
    rows = pd.MultiIndex.from_product([range(12), range(6)], names=["county", "year"])
    frame = rows.to_frame(index=False)
    return frame.assign(y=rng.normal(size=72), x=rng.normal(size=72), z=rng.normal(size=72))


def test_a_constant_beside_effects_that_do_not_nest_is_refused(panel):
    panel = panel.assign(other=np.arange(len(panel)) % 5)
    fit = pf.feols("y~x|county+year", panel, vcov={"CRV1": "other"})
    with pytest.raises(ValueError, match="cluster by the county"):
        reghdfe_constant(fit, panel)


def test_effects_that_cannot_be_taken_out_are_an_error(panel, monkeypatch):
    monkeypatch.setattr("pyfixest.estimation.demean", lambda x, *others: (x, False))
    with pytest.raises(ValueError, match="did not converge"):
        weakiv.residualise(panel, "y", "x", "z")
    with pytest.raises(ValueError, match="did not converge"):
        spec_curve.specification_curve({"all": panel}, ["y"], "x", {"none": []}, ["county+year"])
