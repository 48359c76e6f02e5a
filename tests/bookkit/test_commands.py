"""The commands that make runs, in this process: what they write, say, and refuse."""

import signal
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest

from bookkit import build, kernels, pairs
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
    page = SimpleNamespace(html=tmp_path / "own" / "html")
    monkeypatch.setattr(check.Site, "of", lambda data: page)
    with pytest.raises(SystemExit) as left:
        call(check.main, monkeypatch, raw_folder)
    assert left.value.code == 0 and "Ready: " in capsys.readouterr().out
    assert "<h1>Check of the data</h1>" in (tmp_path / "own" / "check.html").read_text("utf-8")
    (raw_folder / "terrain.csv").unlink()
    with pytest.raises(SystemExit) as left:
        call(check.main, monkeypatch, raw_folder)
    assert left.value.code == 1 and "terrain.csv is missing" in capsys.readouterr().out


def test_check_data_asks_which_folder(monkeypatch, capsys):
    with pytest.raises(SystemExit) as left:
        call(check.main, monkeypatch, "")
    assert left.value.code == 2 and "say which folder" in capsys.readouterr().err


def test_init_data_wants_a_folder(monkeypatch, tmp_path):
    with pytest.raises(SystemExit, match="no folder"):
        call(check.main, monkeypatch, "--init", tmp_path / "nowhere")


def test_folders_that_are_none(tmp_path):
    nowhere = tmp_path / "nowhere"
    with pytest.raises(ContractError, match="is not a folder"):
        intake.read_folder(nowhere)
    with pytest.raises(build.BuildError, match="is not a folder"):
        build._key(build.Site.of(str(nowhere)))


def test_pairs_are_checked_and_stripped(monkeypatch, tmp_path):
    script = tmp_path / "one.py"
    script.write_text(SCRIPT, encoding="utf-8")
    pairs.write_pair(script)
    clean = script.with_suffix(".ipynb").read_bytes()
    assert pairs.all_differences(tmp_path) == []
    executed = clean.replace(b'"execution_count": null', b'"execution_count": 7')
    assert executed != clean
    script.with_suffix(".ipynb").write_bytes(executed)
    assert "holds outputs" in pairs.all_differences(tmp_path)[0]
    pairs.strip(tmp_path)
    assert script.with_suffix(".ipynb").read_bytes() == clean
    edited = executed.replace(b"1 + 1", b"1 + 2")
    script.with_suffix(".ipynb").write_bytes(edited)
    pairs.strip(tmp_path)  # somebody's work is not thrown away
    assert script.with_suffix(".ipynb").read_bytes() == edited
    assert pairs.REMEDY in pairs.all_differences(tmp_path)[-1]


def test_pairs_commands_say_by_their_status_whether_all_is_well(monkeypatch):
    call(pairs.main, monkeypatch, "--strip")
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
    assert "the clustergap metadata differ" in pairs.differences(script)[0]


def test_where_no_process_can_be_forked_kernels_start_anew(monkeypatch):
    monkeypatch.setattr(kernels.multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    assert kernels.warm_context() is None


def test_a_forked_kernel_is_ended_like_any_process(monkeypatch):
    sent = []
    monkeypatch.setattr(kernels.os, "kill", lambda pid, number: sent.append((pid, number)))
    alive = SimpleNamespace(pid=7, is_alive=lambda: True, exitcode=None)
    for number in (signal.SIGTERM, signal.SIGKILL):
        kernels._Forked(alive).send_signal(number)
    kernels._Forked(SimpleNamespace(pid=8, is_alive=lambda: False)).send_signal(signal.SIGKILL)
    assert sent == [(7, signal.SIGTERM), (7, signal.SIGKILL)]

    def gone(pid, number):
        raise ProcessLookupError

    monkeypatch.setattr(kernels.os, "kill", gone)
    kernels._Forked(alive).send_signal(signal.SIGKILL)


def test_a_long_list_of_faults_is_cut_and_counted():
    bad = pd.DataFrame({"county": ["110101"] * 1, "ruggedness": [-1.0]})
    many = pd.concat([bad.assign(county=f"1101{i:02d}") for i in range(1, 21)], ignore_index=True)
    with pytest.raises(ContractError, match="12 more rows fail 'expected not negative'"):
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
