"""The build on a small book: what is made again, what stops it, what an interruption leaves."""

import json
import os
import re
import resource
import runpy
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pandas as pd
import psutil
import pytest

from bookkit import build, contents, reasons
from bookkit.page import Page
from bookkit.paths import ROOT, write_atomically

CHAPTER = """# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # {title}

# %% tags=["parameters"]
{parameters}

# %%
{code}
"""
HANDS_ON = """from IPython.display import display
display({{"application/vnd.bookkit.files+json": {{"value.json": "{}"}}}}, raw=True)
print("first version")"""
READS = """from pathlib import Path
print("gathered", Path(RESULTS, "value.json").read_text())"""


def write_chapter(folder, name, title, code, parameters='DATA = "synthetic"'):
    script = folder / "notebooks" / f"{name}.py"
    text = CHAPTER.format(title=title, code=code, parameters=parameters)
    script.write_text(text, encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "bookkit.pairs"], cwd=folder, env=environment(folder),
        check=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def environment(folder):
    return os.environ | {"PYTHONPATH": str(folder / "lib"), "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def project(tmp_path):
    """A book of two chapters, and a landing page that reads their results."""
    for name in ("lib", "data"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dodo.py", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("notebooks", "book"):
        (tmp_path / name).mkdir()
    (tmp_path / "_config.yml").write_text(
        'title: Small\nonly_build_toc_files: true\nexecute: {execute_notebooks: "off"}\n'
        'repository: {url: ""}\n'
    )
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters:\n- file: one\n- file: two\n"
        "- file: _generated/codebook\n- file: _generated/record\n"
    )
    write_chapter(tmp_path, "index", "Small", READS, 'RESULTS = "../build/results"')
    write_chapter(tmp_path, "one", "One", HANDS_ON.format(1))
    write_chapter(tmp_path, "two", "Two", "print('a')\nprint('b')")
    return tmp_path


def start(folder, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "doit", *arguments], cwd=folder, env=environment(folder), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip


def run(folder, succeeds=True):
    process = start(folder)
    output = process.communicate()[0]
    assert (process.returncode == 0) is succeeds, output
    return output


def page(folder, name):
    return (folder / "build/html" / f"{name}.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_what_changed_is_made_again_and_a_failing_cell_stops_it(project):
    first = run(project)
    assert "gathered 1" in page(project, "index") and "first version" in page(project, "one")
    assert "value.json" in page(project, "_generated/record")
    assert (project / "build/results/value.json").read_text() == "1"
    assert first.index("chapter:one") < first.index("chapter:index")

    assert run(project).strip() == "", "nothing changed"

    before = page(project, "two")
    write_chapter(project, "two", "Two", "left = 1\nright = 0\nleft / right")
    output = run(project, succeeds=False)
    for word in ("chapter two failed in cell 3", "left / right", "ZeroDivisionError", "make book"):
        assert word in output
    assert page(project, "two") == before

    write_chapter(project, "two", "Two", "print('mended')")
    write_chapter(project, "one", "One", HANDS_ON.format(2))
    output = run(project)
    assert "mended" in page(project, "two") and "gathered 2" in page(project, "index")


@pytest.mark.weekly  # half a minute of Sphinx
def test_pages_show_numbers_of_others_as_a_clean_build_does_and_what_is_damaged_is_made_again(
    project,
):
    table = "\n#\n# ```{{list-table}} A table\n# :name: tbl-{0}\n# * - a\n# ```"
    write_chapter(project, "index", "Small {numref}`tbl-two`", "pass", "SEED = 1")
    write_chapter(project, "two", f"Two{table.format('two')}", "pass")
    run(project)
    write_chapter(project, "one", f"One{table.format('one')}", HANDS_ON.format(1))
    run(project)
    built = whole(project)
    shutil.rmtree(project / "build/work/sphinx")
    (project / "build/html/index.html").unlink()
    run(project)
    assert whole(project) == built

    chapter, made = project / "build/work/chapters/one/chapter.ipynb", project / "build/html"
    chapter.write_text("{}")
    (made / "searchindex.js").write_text("cut")
    (project / "build/results/value.json").unlink()
    next(made.glob("_static/*.css")).unlink()
    assert "chapter:one" in run(project)
    assert whole(project) == built
    assert run(project).strip() == ""


def whole(folder):
    """Files of pages and results but what tells times; a reused Sphinx adds versions to sheets."""
    found = {p for n in ("html", "results") for p in (folder / "build" / n).rglob("*")}
    timed = ("record.html", "record.md", "searchindex.js")
    kept = (path for path in found if path.is_file() and path.name not in timed)
    return {path: re.sub(rb"\?v=\w+", b"", path.read_bytes()) for path in kept}


@pytest.mark.slow
def test_settings_of_a_users_ipython_change_no_page(project, tmp_path, monkeypatch):
    profile = tmp_path / "ipython" / "profile_default"
    (profile / "startup").mkdir(parents=True)
    (profile / "startup" / "1.py").write_text("changed = 'by a start-up file'")
    setting = "c.InteractiveShell.ast_node_interactivity = 'all'"
    (profile / "ipython_config.py").write_text(setting)
    monkeypatch.setenv("IPYTHONDIR", str(profile.parent))
    write_chapter(project, "two", "Two", "1\n'changed' in dir()")
    said = start(project, "chapter:two").communicate()[0]
    book = nbformat.read(project / "build/work/chapters/two/chapter.ipynb", as_version=4)
    assert [o.data["text/plain"] for o in book.cells[-1].outputs] == ["False"], said


@pytest.mark.weekly
def test_a_warning_or_a_kill_while_pages_are_made_leaves_the_old_ones(project):
    run(project)
    before = {name: page(project, name) for name in ("index", "one", "two")}
    write_chapter(project, "two", "Two {doc}`nowhere`", "print(2)")
    assert "nowhere" in run(project, succeeds=False)
    write_chapter(project, "two", "Two", "print('new version')")
    process = start(project)
    while line := process.stdout.readline():
        if line.startswith(".  pages"):
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert {name: page(project, name) for name in before} == before
    run(project)
    assert "new version" in page(project, "two")


def test_an_interruption_leaves_each_page_old_or_new(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_text("old")
    wanted = {Path("a"): b"new", Path("b"): tmp_path / "not there"}
    with pytest.raises(FileNotFoundError):
        build.mirror(wanted, tmp_path)
    assert (tmp_path / "a").read_text() == "new" and (tmp_path / "b").read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


def test_pages_hold_just_what_is_wanted(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "gone").write_text("x")
    build.mirror({Path("kept"): b"y"}, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["kept"]


# --- chapters --------------------------------------------------------------------------


@pytest.mark.slow
def test_parameters_are_read_from_their_cell(project):
    write_chapter(project, "two", "Two", "SEED = 2", 'DATA = "x"  # SEED = 3\nSEED = 1')
    found = contents.parameters(project / "notebooks" / "two.ipynb")
    assert found == {"DATA": "x", "SEED": 1}


def test_a_chapter_outside_the_contents_stops_the_build(monkeypatch):
    monkeypatch.setattr(contents, "scripts", lambda: [Path("90_audit.py"), Path("three.py")])
    with pytest.raises(ValueError, match="leaves out the chapters three"):
        contents.chapters()


def output_of(files):
    return nbformat.v4.new_output("display_data", {build.FILES: files})


def book_of(*outputs):
    cell = nbformat.v4.new_code_cell("1", outputs=list(outputs))
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# One"), cell])


def executed(monkeypatch, tmp_path, outcome, reason=lambda error, words: ""):
    """What `execute` keeps of a chapter whose run ends in this way."""
    import papermill

    def run(*arguments, **options):
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(papermill, "execute_notebook", run)
    given = {"DATA": "/home/x/my tables"}
    build.execute("04_1_baseline", tmp_path, given, reason)
    folder = build.chapter_folder("04_1_baseline", tmp_path)
    book = nbformat.read(folder / "chapter.ipynb", as_version=4)
    return book, json.loads((folder / "files.json").read_text(encoding="utf-8"))


def test_files_that_cells_hand_on_are_taken_out_and_the_last_one_counts(monkeypatch, tmp_path):
    outcome = book_of(output_of({"a.json": "1", "tables/b.csv": "x"}), output_of({"a.json": "2"}))
    outcome.cells[1].metadata["tags"] = ["injected-parameters"]
    outcome.cells[1].source = 'DATA = "/home/x/my tables"'
    book, files = executed(monkeypatch, tmp_path, outcome)
    assert files == {"a.json": "2", "tables/b.csv": "x"}
    assert book.cells[1].outputs == [] and book.cells[1].source == 'DATA = "path/to/my tables"'
    assert "remove-input" in book.cells[1].metadata["tags"]
    build.gather(["04_1_baseline", "not_yet"], tmp_path)
    assert (tmp_path / "results/tables/b.csv").read_text() == "x"


@pytest.mark.parametrize("name", ["../out.json", "/tmp/out.json"])
def test_a_file_outside_the_results_is_refused(monkeypatch, tmp_path, name):
    with pytest.raises(build.BuildError, match="outside the results"):
        executed(monkeypatch, tmp_path, book_of(output_of({name: ""})))


def failed(name, value):
    from papermill.exceptions import PapermillExecutionError

    return PapermillExecutionError(1, 2, "code", name, value, ["a traceback"])


def test_on_own_data_a_reason_becomes_a_page_and_any_other_error_stops_the_build(
    monkeypatch, tmp_path, capsys
):
    error = failed("NotEstimable", "Nobody is left: add some.\x1b[2J")
    book, files = executed(monkeypatch, tmp_path, error, lambda name, words: f"{name}. {words}")
    assert [c.cell_type for c in book.cells] == ["markdown", "markdown"] and files == {}
    assert book.cells[0].source.startswith("# ")
    assert "NotEstimable. Nobody is left" in book.cells[1].source
    assert "\x1b" not in book.cells[1].source and "Nobody is left" in capsys.readouterr().out
    with pytest.raises(build.BuildError, match=r"failed in cell 2[\s\S]*make book"):
        executed(monkeypatch, tmp_path, error)


def test_references_to_what_was_not_made_become_words():
    page = "{numref}`tbl-here`, {numref}`fig-gone`, {numref}`tbl-gone`, {eq}`eq-gap`"
    texts = reasons.without_dead_references({"a": page, "b": '":name: tbl-here\\n"'})
    assert texts["a"] == (
        "{numref}`tbl-here`, a figure that these data do not give, a table that these data do not "
        "give, {eq}`eq-gap`"
    )


def glued(name, value):
    data = {"application/papermill.record/text/plain": repr(value)}
    return nbformat.v4.new_output("display_data", data, metadata={"scrapbook": {"name": name}})


def test_a_passage_without_its_numbers_is_left_out():
    text = "A.\n\nIt is {glue:text}`a:.1f`.\n\n- is {glue:text}`b`\n- and {glue:text}`c`\n\nZ."
    book = book_of(glued("a", 1.5), glued("b", float("nan")), glued("c", 2))
    book.cells[0].source = text
    reasons.leave_out_gaps(book)
    left = book.cells[0].source
    assert "{glue:text}`a:.1f`" in left and "{glue:text}`c`" in left and "`b`" not in left
    assert "A passage is left out" in left and "Z." in left
    book = book_of(glued("a", 1), glued("b", 2), glued("c", 2))
    book.cells[0].source = text
    reasons.leave_out_gaps(book)
    assert book.cells[0].source == text


@pytest.mark.parametrize("cell", ["nan", "(nan)", "-0.1 (nan)", "inf"])
def test_a_number_that_is_none_is_an_error_on_data_that_ship(cell):
    frame = pd.DataFrame({"effect": ["0.1", cell], "kind": ["infant", "nanny"]})
    shown = {"name": "tbl-one", "caption": "One"}
    for study in (None, SimpleNamespace(private=False)):
        with pytest.raises(ValueError, match="table 'tbl-one', row 1 holds a number that is none"):
            Page("one", study, "somewhere").table(frame, **shown)
        Page("one", study, "somewhere").table(frame[:1], **shown)
    Page("one", SimpleNamespace(private=True), "own data").table(frame, **shown)


def test_own_data_have_an_output_folder_of_their_own(tmp_path):
    assert build.output_folder() == ROOT / "build"
    one, other = (build.output_folder(str(tmp_path / name)) for name in ("a", "b"))
    assert one != other and one.parent == ROOT / "build" and one.name.startswith("own-")


@pytest.mark.parametrize(
    ("argument", "environment", "words"),
    [
        ("data=/no/such/folder", {}, "/no/such/folder is not a folder: give DATA"),
        ("out={0}/file", {}, "{0}/file/work: Not a directory; the book is built in a folder there"),
        ("out={0}", {"TMPDIR": "{0}/" + "x" * 90}, "TMPDIR is too long for the sockets"),
    ],
)
def test_a_build_that_cannot_begin_says_why_in_one_line(tmp_path, argument, environment, words):
    (tmp_path / "file").touch()
    (tmp_path / ("x" * 90)).mkdir()
    said = subprocess.run(
        [sys.executable, "-m", "doit", argument.format(tmp_path), "list"], cwd=ROOT, text=True,
        env=os.environ | {name: value.format(tmp_path) for name, value in environment.items()},
        capture_output=True, check=False,
    )  # fmt: skip
    assert said.returncode and said.stderr.startswith(words.format(tmp_path)), said.stderr
    assert said.stderr.count("\n") == 1


def test_the_library_of_another_clone_does_not_build_that_one(tmp_path):
    shutil.copy(ROOT / "dodo.py", tmp_path)
    with pytest.raises(SystemExit, match=f"bookkit is that of {ROOT}: use the .venv of this"):
        runpy.run_path(str(tmp_path / "dodo.py"))


def test_a_file_that_changes_during_a_build_is_read_again_by_the_next(tmp_path, capsys):
    made = runpy.run_path(str(ROOT / "dodo.py"))
    checker, path = made["Checker"](), tmp_path / "table.csv"
    path.write_text("1")
    made["SEEN"][str(path)] = path.stat().st_mtime_ns
    state = checker.get_state(str(path), None)
    assert not checker.check_modified(str(path), path.stat(), state)
    path.write_text("2")
    path.write_text("1")  # restored
    os.utime(path, ns=(1, 1))
    state = checker.get_state(str(path), None)
    assert checker.check_modified(str(path), path.stat(), state)
    assert "table.csv changed during the build: build again" in capsys.readouterr().out


def test_of_a_full_disk_the_file_is_named(tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    (tmp_path / "page.html").write_text("old")
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
        with pytest.raises(OSError, match=r"page\.html"):
            write_atomically(tmp_path / "page.html", "new and long")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize(
    ("code", "known", "guess"),
    [
        (-signal.SIGKILL, "was killed by signal 9 (Killed)", True),
        (-signal.SIGSEGV, "was killed by signal 11 (Segmentation fault)", False),
        (3, "ended with exit code 3", False),
        (0, "ended with exit code 0", False),
        (None, "does not answer", False),
    ],
)
def test_how_a_kernel_ended_is_what_its_exit_code_tells(code, known, guess):
    said = build.how_ended(code)
    assert known in said and ("want of memory" in said) is guess


def test_a_dead_kernel_is_named(monkeypatch, tmp_path):
    from nbclient.exceptions import DeadKernelError

    for error in DeadKernelError("gone"), RuntimeError("Kernel died before replying"):
        with pytest.raises(build.BuildError, match="04_1_baseline: its kernel does not answer"):
            executed(monkeypatch, tmp_path, error)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("death", "said"),
    [("os.kill(os.getpid(), 15)", r"signal 15 \(Terminated\)$"), ("os._exit(3)", "exit code 3,")],
)
def test_how_a_kernel_died_is_known(monkeypatch, tmp_path, death, said):
    cell = nbformat.v4.new_code_cell(f"import os\n{death}")
    kind = {"kernelspec": {"name": "python3", "display_name": "", "language": "python"}}
    book = nbformat.v4.new_notebook(cells=[cell], metadata=kind)
    monkeypatch.setattr(build, "_source", lambda *_: book)
    with pytest.raises(build.BuildError, match=said):
        build.execute("04_1_baseline", tmp_path, {})


def test_jupyter_book_that_stops_is_quoted(monkeypatch, tmp_path):
    import jupyter_book.cli.main as cli

    def stop(*arguments, **options):
        print("WARNING: nowhere")
        raise RuntimeError("1")

    monkeypatch.setattr(cli, "build", SimpleNamespace(main=stop))
    with pytest.raises(build.BuildError, match=r"WARNING: nowhere[\s\S]*Jupyter Book stopped: 1"):
        build._sphinx(tmp_path, "", strict=True)
    assert not (tmp_path / "work" / "sphinx-trusted").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sign", "to"),
    [
        (signal.SIGKILL, os.kill),
        pytest.param(signal.SIGTERM, os.kill, marks=pytest.mark.weekly),
        pytest.param(signal.SIGINT, os.killpg, marks=pytest.mark.weekly),
    ],
)
def test_with_the_build_end_all_its_kernels(project, sign, to):
    wait = (
        "import multiprocessing, os, subprocess, time\n"
        "assert multiprocessing.get_start_method() == multiprocessing.get_all_start_methods()[0]\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        "open('kernel', 'w').write(str(os.getpid()))\ntime.sleep(600)"
    )
    write_chapter(project, "two", "Two", wait)
    process, note = start(project, "chapter:two"), project / "notebooks/kernel"
    deadline = time.monotonic() + 120
    while not (note.is_file() and note.read_text()):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    family = psutil.Process(process.pid).children(recursive=True)
    assert int(note.read_text()) in [member.pid for member in family]
    to(process.pid, sign)
    process.communicate()
    assert psutil.wait_procs(family, timeout=60)[1] == []
