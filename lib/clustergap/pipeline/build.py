"""Builds the book: executes what changed, then Jupyter Book, and only whole pages move in."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import logging
import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import yaml

from clustergap.pipeline import pairs
from clustergap.project import ROOT, write_atomically

INPUTS = (
    "lib/clustergap/**/*",
    "data/official/*",
    "data/published/*",
    "data/validation/*",
    "benchmarks/results/*",
    "requirements.lock",
)
"""Files whose change re-executes every chapter, beside the chapter itself and its data."""

LOOKS = ("book/_assets/**/*", "book/_ext/**/*", "book/_templates/**/*", "_config.yml", "_toc.yml")
"""Files that Sphinx does not watch, or whose change touches every page."""

BUNDLED = ("README.md", "LICENSE", "CITATION.cff", "pyproject.toml")
"""Files that the book offers to take away, beside those above."""

PAGE_INPUTS = (*LOOKS, *BUNDLED, "book/*.md", "book/*.bib")
"""Files whose change re-renders the pages without executing anything."""


class BuildError(RuntimeError):
    """The build stopped; the message says where and what to do."""


@dataclass(frozen=True)
class Site:
    """Where one book is built: the default one, or the book on a reader's own data."""

    data: Path | None
    work: Path
    html: Path

    @classmethod
    def of(cls, data: str | None) -> Site:
        """``None`` is the book that ships; a folder gives its book an output folder of its own."""
        if data is None:
            return cls(None, ROOT / "build" / "work", ROOT / "build" / "html")
        folder = Path(data).expanduser().resolve()
        base = ROOT / "build" / f"own-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"
        return cls(folder, base / "work", base / "html")

    @property
    def parameters(self) -> dict[str, str]:
        """What papermill injects: nothing for the book that ships."""
        return {} if self.data is None else {"DATA": str(self.data)}

    @property
    def results(self) -> Path:
        """Estimates, tables and figures of all chapters."""
        return self.work.parent / "results"

    @property
    def source(self) -> Path:
        """The Sphinx source folder: book/, with the executed chapters moved in."""
        return ROOT / "book" if self.data is None else self.work / "book"


@dataclass(frozen=True)
class Chapter:
    """A notebook of the book, the key of everything it depends on, and where its result is."""

    name: str
    notebook: Path
    last: bool
    key: str
    folder: Path

    @property
    def done(self) -> bool:
        """Whether this very chapter has been executed whole."""
        return (self.folder / "stamp.json").is_file()


def build(data: str | None = None, jobs: int | None = None) -> Path:
    """Bring the book up to date and return the folder of its pages.

    Parameters
    ----------
    data
        Folder of raw tables; ``None`` for the synthetic ones that ship.
    jobs
        Chapters executed at a time; by default one a core.

    Raises
    ------
    BuildError
        If a pair differs, a cell fails, or a page is missing.
    """
    started = time.perf_counter()
    logging.getLogger("papermill").setLevel(logging.WARNING)
    site = Site.of(data)
    _check_pairs()
    names = _names()
    common = _digest(_files(INPUTS) + _data_files(site))
    first = [c for name in names if not (c := _chapter(site, name, common)).last]
    _execute(first, site, jobs)
    results = _digest(p for c in first for p in sorted(c.folder.glob("results/**/*.json")))
    late = [c for name in names if (c := _chapter(site, name, common + results)).last]
    _gather_results(first, site)
    _execute(late, site, jobs)
    chapters = sorted(first + late, key=lambda chapter: names.index(chapter.name))
    _gather_results(chapters, site)
    said = "book ready" if _render(chapters, site) else "nothing changed"
    print(f"{said} ({time.perf_counter() - started:.1f} s): {_shown(site.html)}/index.html")
    return site.html


def execute(names: list[str], folder: Path, jobs: int | None = None) -> Path:
    """Execute some chapters of the book that ships, without pages; return their results.

    Parameters
    ----------
    names
        Chapters that read no other chapter's results.
    folder
        Gets the folders ``work`` and ``results``.
    jobs
        As in `build`.
    """
    logging.getLogger("papermill").setLevel(logging.WARNING)
    site = Site(None, folder / "work", folder / "html")
    common = _digest(_files(INPUTS) + _data_files(site))
    chapters = [_chapter(site, name, common) for name in names]
    _execute(chapters, site, jobs)
    _gather_results(chapters, site)
    return site.results


# --- what there is to do ---------------------------------------------------------------


def _check_pairs() -> None:
    if problems := [p for script in pairs.scripts() for p in pairs.differences(script)]:
        raise BuildError("\n".join([*problems, f"The pairs differ: {pairs.REMEDY}"]))


def toc_files() -> list[str]:
    """Every page of _toc.yml, in order."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    found = [toc["root"]]

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "file" in node:
                found.append(node["file"])
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk({key: value for key, value in toc.items() if key != "root"})
    return found


def _names() -> list[str]:
    names = [name for name in toc_files() if (pairs.FOLDER / f"{name}.ipynb").is_file()]
    if left_out := {script.stem for script in pairs.scripts()} - set(names):
        raise BuildError(f"_toc.yml leaves out the chapters {', '.join(sorted(left_out))}")
    return names


def _chapter(site: Site, name: str, common: str) -> Chapter:
    notebook = pairs.FOLDER / f"{name}.ipynb"
    metadata = nbformat.read(notebook, as_version=4).metadata
    last = bool(metadata.get("clustergap", {}).get("reads_results", False))
    parts = [common, json.dumps(site.parameters), platform.python_version()]
    key = hashlib.sha256("".join([*parts, _digest([notebook])]).encode()).hexdigest()[:16]
    return Chapter(name, notebook, last, key, site.work / "chapters" / name / key)


def _files(patterns: Iterable[str]) -> list[Path]:
    found = (p for pattern in patterns for p in ROOT.glob(pattern) if p.is_file())
    return sorted(p for p in found if "__pycache__" not in p.parts)


def _data_files(site: Site) -> list[Path]:
    folder = site.data or ROOT / "data" / "synthetic"
    if not folder.is_dir():
        raise BuildError(f"{folder} is not a folder: give DATA the folder of the raw tables")
    return sorted(p for p in folder.rglob("*") if p.is_file())


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


# --- executing -------------------------------------------------------------------------


def _execute(chapters: list[Chapter], site: Site, jobs: int | None) -> None:
    """Execute the chapters that are not done, several at a time, slowest of last time first."""
    jobs = jobs or os.cpu_count() or 1
    os.environ.update({name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")})
    todo = sorted((c for c in chapters if not c.done), key=_last_seconds, reverse=True)
    if not todo:
        return
    from clustergap.pipeline.kernels import warm_context

    context, limits = warm_context(), _limits(site)
    print(f"executing {len(todo)} of {len(chapters)} chapters, {jobs} at a time", flush=True)
    with ThreadPoolExecutor(jobs) as pool:
        running: dict[Future[float], Chapter] = {
            pool.submit(_execute_one, chapter, site, context, limits): chapter for chapter in todo
        }
        import jupyter_book.cli.main  # noqa: F401  takes a second, while the kernels work

        finished = 0
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                chapter, finished = running.pop(future), finished + 1
                if error := future.exception():
                    for other in running:
                        other.cancel()
                    raise error
                print(
                    f"  [{finished}/{len(todo)}] {chapter.name}  {future.result():.1f} s",
                    flush=True,
                )


def _last_seconds(chapter: Chapter) -> float:
    stamps = chapter.folder.parent.glob("*/stamp.json")
    return max((json.loads(s.read_text())["seconds"] for s in stamps), default=1e9)


def _execute_one(
    chapter: Chapter, site: Site, context: Any, limits: tuple[list[str], bool]
) -> float:
    """Execute one chapter in a staging folder, and rename that folder when it is whole."""
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from clustergap.pipeline.kernels import kernel_manager

    absent, mixed = limits
    staging = chapter.folder.with_name(f".{chapter.key}.partial")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    environment = os.environ | {
        "CLUSTERGAP_RESULTS": str(staging / "results"),
        "CLUSTERGAP_GATHERED": str(site.results),
    }
    started = time.perf_counter()
    try:
        papermill.execute_notebook(
            _without(absent, chapter, staging),
            staging / "chapter.ipynb",
            parameters=site.parameters,
            progress_bar=False,
            cwd=pairs.FOLDER,
            kernel_manager_class=kernel_manager(context, environment),
        )
    except PapermillExecutionError as error:
        if site.data is None:
            raise BuildError(_failure(chapter, error, staging / "chapter.ipynb")) from None
        _end_at_error(staging / "chapter.ipynb", error, mixed)
    except DeadKernelError:
        raise BuildError(f"chapter {chapter.name}: its kernel died; too little memory?") from None
    seconds = round(time.perf_counter() - started, 2)
    _strip_run_facts(staging / "chapter.ipynb")
    stamp = {"chapter": chapter.name, "key": chapter.key, "seconds": seconds}
    write_atomically(staging / "stamp.json", json.dumps(stamp) + "\n")
    shutil.rmtree(chapter.folder, ignore_errors=True)
    staging.rename(chapter.folder)
    for old in chapter.folder.parent.iterdir():
        if old != chapter.folder:
            shutil.rmtree(old)
    return seconds


def _failure(chapter: Chapter, error: Any, executed: Path) -> str:
    return (
        f"chapter {chapter.name} failed in cell {error.cell_index + 1}:\n\n{error.source}\n\n"
        + "\n".join(error.traceback)
        + f"\nThe run so far is in {_shown(executed)}. "
        f"Mend notebooks/{chapter.name}.py and run `make book` again; nothing else was lost"
    )


def _limits(site: Site) -> tuple[list[str], bool]:
    """Variables that own data do not hold at all, and whether some counties only are treated.

    The first are found before a chapter runs: pyfixest does not survive an empty column.
    """
    if site.data is None:
        return [], True
    from clustergap.assemble import VARIABLES, load
    from clustergap.contract import ContractError

    try:
        panel = load(site.data).panel
    except ContractError as error:
        raise BuildError(f"{error}\n\nmake check-data shows the same as a page") from None
    return [v for v in VARIABLES if panel[v].isna().all()], panel["treat"].nunique() > 1


def _without(absent: list[str], chapter: Chapter, staging: Path) -> Path:
    """Notebook to execute: the chapter, ended before the first cell that needs what is absent."""
    notebook = nbformat.read(chapter.notebook, as_version=4)
    if not any("load(DATA)" in cell.source for cell in notebook.cells):
        return chapter.notebook  # it is about other data
    for at, cell in enumerate(notebook.cells):  # beside a space it is a word of prose
        named = [name for name in absent if re.search(rf"(?<![\w ]){name}(?![\w ])", cell.source)]
        if cell.cell_type == "code" and named:
            end_at(notebook, at, f"It needs {', '.join(named)}, which these data do not hold.")
            write_atomically(staging / "shorter.ipynb", nbformat.writes(notebook) + "\n")
            return staging / "shorter.ipynb"
    return chapter.notebook


def _end_at_error(path: Path, error: Any, mixed: bool) -> None:
    """End an executed chapter before the cell that failed, and say what it said."""
    notebook = nbformat.read(path, as_version=4)
    marked = "papermill-error-cell-tag"  # cells that papermill puts in
    notebook.cells = [c for c in notebook.cells if marked not in c.metadata.get("tags", [])]
    outputs = ([o.output_type for o in c.get("outputs", [])] for c in notebook.cells)
    at = next(place for place, kinds in enumerate(outputs) if "error" in kinds)
    said = " ".join(f"{error.ename}: {error.evalue}".split()).replace("`", "'")[:300]
    said = re.sub(r"'[^']*/([^/']+)'", r"'\1'", said)  # no paths of this machine
    why = "" if mixed else "Here all counties join a cluster, or none does. "
    if error.ename == "KeyError":  # what pyfixest drops is missing among the coefficients
        why += "In one of the samples a coefficient cannot be told from county and year effects. "
    if error.ename == "FileNotFoundError":
        why += "It needs the results of a chapter that ended early. "
    end_at(notebook, at, f"{why}These data do not allow the next step, which says: `{said}`")
    write_atomically(path, nbformat.writes(notebook) + "\n")


def end_at(notebook: nbformat.NotebookNode, at: int, why: str) -> None:
    """Cut a notebook off before a cell, and put the reason there."""
    words = f":::{{warning}}\n**This chapter ends here.** {why}\n:::"
    notebook.cells[at:] = [nbformat.v4.new_markdown_cell(words, id="cell-end")]
    notebook.metadata["clustergap_ended"] = why


def _strip_run_facts(path: Path) -> None:
    """Take times and paths out of an executed notebook: the same results, the same bytes."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
    write_atomically(path, nbformat.writes(notebook) + "\n")


def _gather_results(chapters: list[Chapter], site: Site) -> None:
    """Bring all chapters' results together in one folder, file by file."""
    wanted = {
        path.relative_to(chapter.folder / "results"): path
        for chapter in chapters
        for path in sorted((chapter.folder / "results").glob("**/*"))
        if path.is_file()
    }
    _mirror(wanted, site.results)


# --- rendering -------------------------------------------------------------------------


def _render(chapters: list[Chapter], site: Site) -> bool:
    """Turn executed chapters into pages; False if all pages are as they should be already."""
    made = [
        chapter.folder / name for chapter in chapters for name in ("chapter.ipynb", "stamp.json")
    ]
    key = _digest(made + _files(INPUTS) + _files(PAGE_INPUTS))
    stamp = site.work / "pages.json"
    if stamp.is_file() and json.loads(stamp.read_text()) == key and not _missing_pages(site.html):
        return False
    _fill_source(chapters, site)
    ended = {c.name: why for c in chapters if (why := _ended(c.folder / "chapter.ipynb"))}
    for name, why in ended.items():
        print(f"  {name} ends early: {why}", flush=True)
    print("rendering the pages", flush=True)
    rendered = _sphinx(site, key, strict=not ended)
    if missing := _missing_pages(rendered):
        raise BuildError(f"Jupyter Book made no page for {', '.join(missing)}; see its log above")
    pages_made = {p.relative_to(rendered): p for p in rendered.rglob("*") if p.is_file()}
    pages_made |= _downloads(site)
    _mirror(pages_made, site.html)
    write_atomically(stamp, json.dumps(key))
    return True


def _fill_source(chapters: list[Chapter], site: Site) -> None:
    """Put executed chapters and generated pages into the Sphinx source folder."""
    from clustergap.pipeline import pages  # needs pandera, which a build without changes does not

    if site.data is not None:
        book = ROOT / "book"
        own = {p.relative_to(book): p for p in _files(PAGE_INPUTS) if p.is_relative_to(book)}
        _mirror(own, site.source, keep="*.ipynb")
    for chapter in chapters:
        _copy(chapter.folder / "chapter.ipynb", site.source / f"{chapter.name}.ipynb")
    known = {chapter.name for chapter in chapters}
    for stale in site.source.glob("*.ipynb"):
        if stale.stem not in known:
            stale.unlink()
    seconds = {
        c.name: json.loads((c.folder / "stamp.json").read_text())["seconds"] for c in chapters
    }
    generated = {"codebook.md": pages.codebook(), "status.md": pages.status(seconds)}
    for name, text in generated.items():
        path = site.source / "_generated" / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            write_atomically(path, text)


def _downloads(site: Site) -> dict[Path, Path]:
    """Write what pages offer to take away; by the place in the book where it belongs."""
    from clustergap.pipeline.downloads import downloads

    folder = site.work / "downloads"
    folder.mkdir(parents=True, exist_ok=True)
    contents = downloads()
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {Path("downloads") / name: folder / name for name in contents}


def _ended(path: Path) -> str:
    return nbformat.read(path, as_version=4).metadata.get("clustergap_ended", "")


def _sphinx(site: Site, key: str, strict: bool = True) -> Path:
    """Run Jupyter Book, warnings as errors, upon its last run unless that cannot be trusted.

    A run that was cut short may have left half a page that looks up to date; and Sphinx does
    not notice changed style sheets, nor a new title in the contents beside every page. In
    these cases it starts afresh. Where a chapter ended early, references to what it would have
    shown lead nowhere: then (``strict=False``) a warning is no error.
    """
    from click.exceptions import ClickException
    from jupyter_book.cli.main import build as jupyter_book_build

    output, running, trusted = (site.work / f"sphinx{end}" for end in ("", "-running", "-trusted"))
    looks = _digest(_files(LOOKS)) + _titles()
    if running.is_file() or not trusted.is_file() or trusted.read_text() != looks:
        shutil.rmtree(output, ignore_errors=True)
    running.parent.mkdir(parents=True, exist_ok=True)
    running.write_text(key)
    arguments = [
        str(site.source), "--config", str(ROOT / "_config.yml"), "--toc", str(ROOT / "_toc.yml"),
        "--path-output", str(output), "-q", *(("-W", "-n", "--keep-going") if strict else ()),
    ]  # fmt: skip
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            jupyter_book_build.main(arguments, standalone_mode=False)
    except (RuntimeError, ClickException, SystemExit) as error:
        raise BuildError(
            f"{said.getvalue()}\nJupyter Book stopped: {error}. Its warnings above say why"
        ) from None
    write_atomically(trusted, looks)
    running.unlink()
    return output / "_build" / "html"


def _titles() -> str:
    """Headings of all chapters, as they stand in the contents beside every page."""
    lines = (line for script in pairs.scripts() for line in script.read_text("utf-8").splitlines())
    return "\n".join(line for line in lines if line.startswith("# # "))


def _missing_pages(html: Path) -> list[str]:
    return [name for name in toc_files() if not (html / f"{name}.html").is_file()]


# --- files -----------------------------------------------------------------------------


def _copy(source: Path, target: Path) -> None:
    """Copy a file unless the target has the same bytes; never leave half of it."""
    content = source.read_bytes()
    if target.is_file() and target.read_bytes() == content:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    partial.write_bytes(content)
    partial.replace(target)


def _mirror(wanted: dict[Path, Path], folder: Path, keep: str | None = None) -> None:
    """Make a folder hold just the wanted files; each is the old one or the new, never a part."""
    for relative, path in wanted.items():
        _copy(path, folder / relative)
    for path in sorted(folder.rglob("*"), reverse=True):
        relative = path.relative_to(folder)
        if path.is_file() and relative not in wanted and not (keep and path.match(keep)):
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def main() -> None:
    """``python -m clustergap.pipeline.build``: what ``make book`` runs."""
    parser = argparse.ArgumentParser(description="Build the book.")
    parser.add_argument("--data", help="folder of raw tables (default: the synthetic ones)")
    parser.add_argument("--jobs", type=int, help="chapters executed at a time (default: cores)")
    arguments = parser.parse_args()
    try:
        build(arguments.data or None, arguments.jobs)
    except BuildError as error:
        sys.exit(f"\n{error}")


if __name__ == "__main__":
    main()
