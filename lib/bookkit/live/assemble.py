"""`make live`: puts what runs a chapter beside the built pages, and the offer to run into them."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import metadata
from pathlib import Path

import nbformat

from bookkit.downloads import SHIPPED
from bookkit.live.parts import PARTS, PartsError, environment, packed, parts, trimmed
from bookkit.paths import ROOT, write_atomically

HERE = Path(__file__).parent
HTML = ROOT / "build" / "html"
CACHE = ROOT / "build" / "parts"
OWN = (
    "lib/*/**/*", "notebooks/exercises/*", *SHIPPED, "benchmarks/results/*",
    "build/results/*.[cj]s*",
)  # fmt: skip
STILL = {
    "07_1_staggered": "diff-diff has no build for browsers",
    "07_7_validation": "diff-diff has no build for browsers",
    "07_8_tools": "diff-diff has no build for browsers",
    "91_synthetic_panel": "the calibration needs a newer scipy than there is for browsers",
}
"""Chapters that no browser can run, and why."""
SUMMARIES = ("index", "89_audit_brief", "95_performance", "96_zh_summary")
"""Pages that only tell what other chapters found: nothing on them is for a reader to change."""


def chapters() -> list[str]:
    """Chapters whose pages can run their cells."""
    names = sorted(path.stem for path in (ROOT / "notebooks").glob("*.py"))
    return [name for name in names if name not in (*STILL, *SUMMARIES)]


def library() -> bytes:
    """One zip: the book's own code and data, and every pure-Python package it needs."""
    files = {f"site/{name}": data for name, data in environment(PARTS["environment"])}
    files["site/pyfixest/core/_core_impl.py"] = (HERE / "kernels.py").read_bytes()
    for pattern in OWN:
        for path in ROOT.glob(pattern):
            if path.is_file() and "__pycache__" not in path.parts:
                files[path.relative_to(ROOT).as_posix()] = path.read_bytes()
    return packed(files.items())


def pyodide(have: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Pyodide's files as the page fetches them: trimmed, with a lock file of their own."""
    lock: dict[str, object] = {}
    for name, data in have.items():
        stem, _, rest = name.partition("-")
        if name.endswith(".asm.wasm"):
            yield f"{name}.z", gzip.compress(data, 9, mtime=0)
        elif not rest:
            yield name, data
        else:
            small = trimmed(data)
            shared = name.endswith(".zip")
            lock[stem] = {
                "name": stem,
                "version": rest.removesuffix(".zip").split("-")[0],
                "file_name": name,
                "install_dir": "dynlib" if shared else "site",
                "sha256": hashlib.sha256(small).hexdigest(),
                "package_type": "shared_library" if shared else "package",
                "imports": [] if shared else [stem],
                "depends": PARTS["depends"].get(stem, []),
            }
            yield name, small
    whole = {"info": PARTS["lock"], "packages": lock}
    yield "pyodide-lock.json", json.dumps(whole, sort_keys=True).encode()


def licences() -> bytes:
    """Who made what the page computes with, and under which terms."""
    lines = ["# What the live pages compute with", ""]
    lines += [f"- {name}: {terms}" for name, terms in PARTS["licences"].items()]
    for name in PARTS["environment"]:
        about = metadata(name).json
        terms = about.get("license_expression") or about.get("license") or "see its own files"
        lines.append(f"- {name} {about['version']}: {str(terms).splitlines()[0]}")
    lines += ["", "The packages' own licence texts are inside book.zip and the wheels.", ""]
    return "\n".join(lines).encode()


def cells(chapter: str) -> list[dict[str, object]]:
    """A chapter's code cells: source and tags."""
    notebook = nbformat.read(ROOT / "notebooks" / f"{chapter}.ipynb", 4)
    return [
        {"source": cell.source, "tags": cell.metadata.get("tags", [])}
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def offered(page: str, chapter: str, folder: str, size: int) -> str:
    """A page with the offer to run it, in place of the one it may hold; or why it stays still."""
    start, end = "<!-- live -->", "<!-- /live -->"
    before, _, rest = page.partition(start)
    page = before + rest.partition(end)[2] if rest else page
    if chapter in STILL:
        mark = (
            f'{start}<p class="live-intro">The cells of this page run in its notebook, not in the '
            f"page: {STILL[chapter]}.</p>{end}"
        )
        return page.replace("</h1>", f"</h1>{mark}", 1)
    script = f'<script defer src="{folder}/offer.js" data-page="{chapter}" data-bytes="{size}">'
    return page.replace("</body>", f"{start}{script}</script>{end}</body>", 1)


def compressed(data: bytes) -> int:
    """Bytes that a file takes on its way: hosts compress what is not packed yet."""
    return min(len(data), len(gzip.compress(data, 6, mtime=0)))


def main() -> None:
    """Assemble the live part beside the built pages."""
    have = parts(CACHE, os.environ.get("PYODIDE") or None)
    live = chapters()
    files = dict(pyodide(have)) | {"book.zip": library(), "LICENCES.md": licences()}
    fetched = sum(compressed(data) for name, data in files.items() if name != "LICENCES.md")
    files |= {name: (HERE / name).read_bytes() for name in PARTS["scripts"]}
    files |= {f"cells/{c}.json": json.dumps(cells(c)).encode() for c in live}
    digest = hashlib.sha256(b"".join(n.encode() + files[n] for n in sorted(files))).hexdigest()
    folder = f"live/{digest[:10]}"
    for name, data in files.items():
        write_atomically(HTML / folder / name, data)
    for chapter in [*live, *STILL]:
        path = HTML / f"{chapter}.html"
        page = path.read_text(encoding="utf-8")
        write_atomically(path, offered(page, chapter, folder, fetched))
    for old in (HTML / "live").iterdir():  # no page leads there any more
        if old != HTML / folder:
            shutil.rmtree(old)
    print(f"{len(live)} chapters live in {HTML}: {fetched / 1e6:.1f} MB on the first click")


if __name__ == "__main__":
    try:
        main()
    except PartsError as error:
        sys.exit(f"make live: {error}")
