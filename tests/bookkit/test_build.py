"""The pipeline on a small project: what it keeps, what stops it, what survives a kill."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from bookkit.paths import ROOT

pytestmark = pytest.mark.slow

CHAPTER = """# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3{metadata}
# ---

# %% [markdown]
# # {title}

# %% tags=["parameters"]
DATA = "synthetic"

# %%
{code}
"""
LEDGER = """from bookkit.page import export
export({"ledger_one.json": '{"value": 1}'})
print("first version")"""
READS = """
#   clustergap:
#     reads_results: true"""
LATE = """from pathlib import Path
print("gathered", Path("../build/results/ledger_one.json").read_text()[10:11])"""


def write_chapter(folder, name, title, code, metadata=""):
    script = folder / "notebooks" / f"{name}.py"
    script.write_text(CHAPTER.format(title=title, code=code, metadata=metadata), encoding="utf-8")


@pytest.fixture
def project(tmp_path):
    """A book of two chapters and a landing page that reads their results."""
    shutil.copytree(ROOT / "lib", tmp_path / "lib")
    for folder in ("notebooks", "book", "data/synthetic", "data/official"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "data/synthetic/terrain.csv").write_text("county,ruggedness\n", encoding="utf-8")
    (tmp_path / "requirements.lock").write_text("", encoding="utf-8")
    (tmp_path / "_config.yml").write_text(
        'title: Small\nonly_build_toc_files: true\nexecute: {execute_notebooks: "off"}\n'
    )
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters:\n- file: one\n- file: two\n"
        "- file: _generated/codebook\n- file: _generated/status\n"
    )
    write_chapter(tmp_path, "index", "Small", LATE, READS)
    write_chapter(tmp_path, "one", "One", LEDGER)
    write_chapter(tmp_path, "two", "Two", "print(2)")
    return tmp_path


def start(folder):
    environment = os.environ | {"PYTHONPATH": str(folder / "lib"), "PYTHONDONTWRITEBYTECODE": "1"}
    program = "from bookkit import pairs, build; pairs.main(); build.main()"
    return subprocess.Popen(
        [sys.executable, "-c", program], cwd=folder, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip


def run(folder, succeeds=True):
    process = start(folder)
    output = process.communicate(timeout=300)[0]
    assert (process.returncode == 0) is succeeds, output
    return output


def page(folder, name):
    return (folder / "build/html" / f"{name}.html").read_text(encoding="utf-8")


def test_only_what_changed_is_executed_again(project):
    first = run(project)
    assert "executing 2 of 2 chapters" in first and "executing 1 of 1" in first
    assert "first version" in page(project, "one")
    assert "gathered 1" in page(project, "index")

    assert "nothing changed" in run(project)

    write_chapter(project, "two", "Two", "print('second version')")
    second = run(project)
    assert "executing 1 of 2 chapters" in second and "one" not in second.split("index")[0]
    assert "second version" in page(project, "two")

    write_chapter(project, "one", "One", LEDGER.replace('"value": 1', '"value": 2'))
    run(project)
    assert "gathered 2" in page(project, "index")

    (project / "data/synthetic/terrain.csv").write_text("county,ruggedness\n13S001,1\n")
    assert "executing 2 of 2 chapters" in run(project)

    (project / "lib/clustergap/indices.py").open("a").write("\n# a change in the library\n")
    assert "executing 2 of 2 chapters" in run(project)


def test_what_a_cell_prints_is_one_output_however_the_kernel_cuts_it(project):
    write_chapter(project, "two", "Two", "import time\nprint('a')\ntime.sleep(1)\nprint('b')")
    run(project)
    executed = json.loads((project / "build/html/_sources/two.ipynb").read_text(encoding="utf-8"))
    assert [o["text"] for o in executed["cells"][-1]["outputs"]] == [["a\n", "b\n"]]


def test_a_failing_cell_stops_the_build_and_names_the_place(project):
    run(project)
    before = page(project, "two")
    write_chapter(project, "two", "Two", "left = 1\nright = 0\nleft / right")
    output = run(project, succeeds=False)
    for word in ("chapter two failed in cell 3", "left / right", "ZeroDivisionError"):
        assert word in output
    assert page(project, "two") == before
    write_chapter(project, "two", "Two", "print('mended')")
    run(project)
    assert "mended" in page(project, "two")


def test_a_warning_of_the_page_build_stops_it(project):
    write_chapter(project, "two", "Two {doc}`nowhere`", "print(2)")
    assert "nowhere" in run(project, succeeds=False)
    assert not (project / "build/html/two.html").exists()


def test_a_chapter_outside_the_contents_and_a_drifted_pair_stop_it(project):
    write_chapter(project, "three", "Three", "print(3)")
    assert "leaves out the chapters three" in run(project, succeeds=False)
    (project / "notebooks/three.py").unlink()
    (project / "notebooks/three.ipynb").unlink()
    run(project)
    path = project / "notebooks/two.ipynb"
    path.write_text(path.read_text().replace("print(2)", "print(3)"))
    environment = os.environ | {"PYTHONPATH": str(project / "lib")}
    process = subprocess.run(
        [sys.executable, "-m", "bookkit.build"], cwd=project, env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert process.returncode != 0 and "two: cell 3: the sources differ" in process.stderr


def test_killed_at_any_moment_it_leaves_whole_pages_and_can_go_on(project):
    run(project)
    old = {name: page(project, name) for name in ("index", "one", "two")}
    code = "import time\ntime.sleep(1)\nprint('new version')"
    version = 0
    for seconds in (0.3, 1.5, 3.0, 4.5, 6.0, 7.5, 9.0):
        version += 1
        write_chapter(project, "two", "Two", code.replace("new", f"new {version}"))
        process = start(project)
        time.sleep(seconds)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        for name in old:
            text = page(project, name)
            assert text.rstrip().endswith("</html>"), f"half a page after {seconds} s"
        for path in (project / "build/results").glob("*.json"):
            json.loads(path.read_text())
    run(project)
    assert f"new {version} version" in page(project, "two")
    leftovers = [p for p in (project / "build").rglob("*.partial") if "html" in p.parts]
    assert leftovers == []
