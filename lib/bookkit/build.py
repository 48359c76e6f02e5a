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
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import yaml

from bookkit import downloads, pairs
from bookkit.paths import ROOT, files, read_json, write_atomically

INPUTS = (
    "lib/**/*", "data/official/*", "data/published/*", "data/validation/*",
    "benchmarks/results/*", "requirements.lock",
)  # fmt: skip
"""Files whose change re-executes every chapter, beside the chapter itself and its data."""

LOOKS = (
    "book/_assets/**/*", "book/_ext/**/*", "book/_templates/**/*", "book/*.bib", "_config.yml",
    "_toc.yml",
)  # fmt: skip
"""Files that Sphinx does not watch, or whose change touches every page."""

FILES = "application/vnd.bookkit.files+json"
WIDGETS = "application/vnd.jupyter.widget-state+json"
MODEL = re.compile(r"[0-9a-f]{32}")

PAGE_INPUTS = (*LOOKS, *downloads.BUNDLED, "book/*.md")
"""Files whose change re-renders the pages without executing anything."""


class BuildError(RuntimeError):
    """The build stopped; the message says where and what to do."""


@dataclass(frozen=True)
class Site:
    """Where one book is built: the default one, or the book on a reader's own data.

    Attributes
    ----------
    data
        Folder of raw tables; None for the synthetic ones that ship.
    work, html
        Working files, and the pages.
    """

    data: Path | None
    work: Path
    html: Path

    @classmethod
    def of(cls, data: str | None) -> Site:
        """The book that ships, or one on own data in an output folder of its own.

        Parameters
        ----------
        data
            Folder of raw tables, or None.

        Returns
        -------
        Site
            Nothing is made on disk.
        """
        if data is None:
            return cls(None, ROOT / "build" / "work", ROOT / "build" / "html")
        folder = Path(data).expanduser().resolve()
        base = ROOT / "build" / f"own-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"
        return cls(folder, base / "work", base / "html")

    @property
    def parameters(self) -> dict[str, str]:
        """What papermill injects: nothing for the book that ships."""
        return {} if self.data is None else {"DATA": str(self.data), "RESULTS": str(self.results)}

    @property
    def results(self) -> Path:
        """Estimates, tables and figures of all chapters."""
        return self.work.parent / "results"


@dataclass(frozen=True)
class Chapter:
    """A notebook of the book, and where its execution is kept.

    Attributes
    ----------
    name, notebook
        Stem and path.
    folder
        Named by a digest of everything that the execution depends on.
    """

    name: str
    notebook: Path
    folder: Path

    @property
    def executed(self) -> Path:
        """The notebook with its outputs."""
        return self.folder / "chapter.ipynb"

    @property
    def stamp(self) -> Path:
        """Is there once the chapter has been executed whole; says how long it took."""
        return self.folder / "stamp.json"


def build(data: str | None = None, jobs: int | None = None) -> Path:
    """Bring the book up to date and return the folder of its pages.

    Parameters
    ----------
    data
        Folder of raw tables; ``None`` for the synthetic ones that ship.
    jobs
        Chapters executed at a time; by default one a core.

    Returns
    -------
    Path
        Of the pages.

    Raises
    ------
    BuildError
        If a pair differs, a cell fails, or a page is missing. On own data a cell that fails ends
        its section; if the book does not foresee why, the pages are written, and then this is
        raised.
    """
    started = time.perf_counter()
    site = Site.of(data)
    if problems := pairs.all_differences():
        raise BuildError("\n".join(problems))
    key, paths = _key(site), [pairs.FOLDER / f"{name}.ipynb" for name in _names()]
    first = [_chapter(site, path, key) for path in paths if not _reads_results(path)]
    _execute(first, site, jobs)
    _gather_results(first, site)
    key += _digest(p for c in first for p in sorted(c.folder.glob("results/**/*.json")))
    late = [_chapter(site, path, key) for path in paths if _reads_results(path)]
    _execute(late, site, jobs)
    chapters = sorted(first + late, key=lambda chapter: paths.index(chapter.notebook))
    _gather_results(chapters, site)
    said = "book ready" if _render(chapters, site) else "nothing changed"
    page = site.html.relative_to(ROOT) / "index.html"
    print(f"{said} ({time.perf_counter() - started:.1f} s): {page}")
    _refuse_unforeseen(chapters)
    return site.html


def execute(names: list[str], folder: Path) -> Path:
    """Execute some chapters of the book that ships, without pages; return their results.

    Parameters
    ----------
    names
        Chapters that read no other chapter's results.
    folder
        Gets the folders ``work`` and ``results``.

    Returns
    -------
    Path
        The folder ``results``.

    Raises
    ------
    BuildError
        If a cell fails.
    """
    site = Site(None, folder / "work", folder / "html")
    key = _key(site)
    chapters = [_chapter(site, pairs.FOLDER / f"{name}.ipynb", key) for name in names]
    _execute(chapters, site)
    _gather_results(chapters, site)
    return site.results


def _refuse_unforeseen(chapters: list[Chapter]) -> None:
    faults = [f"  {c.name}, {said}" for c in chapters for said in read_json(c.stamp)["unforeseen"]]
    if faults:
        head = "The pages are written, but cells failed for reasons that the book does not foresee:"
        last = "These are faults of the book, not of the data; their sections end there"
        raise BuildError("\n".join([head, *faults, last]))


# --- what there is to do ---------------------------------------------------------------


def toc_parts() -> dict[str, list[str]]:
    """Pages of _toc.yml by the caption of their part, in order; the landing page has none.

    Returns
    -------
    dict
        Caption to paths without suffix.
    """
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    parts = {part.get("caption", ""): _files_below(part) for part in toc.get("parts", [])}
    return {"": [toc["root"], *_files_below(toc.get("chapters", []))], **parts}


def toc_files() -> list[str]:
    """Every page of _toc.yml, in order.

    Returns
    -------
    list
        Paths without suffix.
    """
    return [name for names in toc_parts().values() for name in names]


def _files_below(node: Any) -> list[str]:
    if isinstance(node, dict):
        here = [node["file"]] if "file" in node else []
        return here + _files_below(list(node.values()))
    children = node if isinstance(node, list) else []
    return [name for child in children for name in _files_below(child)]


def _names() -> list[str]:
    names = [name for name in toc_files() if (pairs.FOLDER / f"{name}.ipynb").is_file()]
    if left_out := {script.stem for script in pairs.scripts()} - set(names):
        raise BuildError(f"_toc.yml leaves out the chapters {', '.join(sorted(left_out))}")
    return names


def _reads_results(notebook: Path) -> bool:
    return read_json(notebook)["metadata"].get("clustergap", {}).get("reads_results", False)


def _key(site: Site) -> str:
    """Digest of everything that all chapters depend on."""
    folder = site.data or ROOT / "data" / "synthetic"
    if not folder.is_dir():
        raise BuildError(f"{folder} is not a folder: give DATA the folder of the raw tables")
    inputs = _digest([*files(INPUTS), *_below(folder).values()])
    return inputs + json.dumps(site.parameters) + platform.python_version()


def _chapter(site: Site, notebook: Path, key: str) -> Chapter:
    own = hashlib.sha256((key + _digest([notebook])).encode()).hexdigest()[:16]
    return Chapter(notebook.stem, notebook, site.work / "chapters" / notebook.stem / own)


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


# --- executing -------------------------------------------------------------------------


def _execute(chapters: list[Chapter], site: Site, jobs: int | None = None) -> None:
    """Execute the chapters that are not done, several at a time, slowest of last time first."""
    jobs = jobs or os.cpu_count() or 1
    os.environ.update({name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")})
    logging.getLogger("papermill").setLevel(logging.WARNING)
    todo = [chapter for chapter in chapters if not chapter.stamp.is_file()]
    if not todo:
        return
    from bookkit.kernels import warm_context

    context, limits = warm_context(), _limits(site)
    print(f"executing {len(todo)} of {len(chapters)} chapters, {jobs} at a time", flush=True)
    with ThreadPoolExecutor(jobs) as pool:
        running = {
            pool.submit(_execute_one, chapter, site, context, limits): chapter.name
            for chapter in sorted(todo, key=_last_seconds, reverse=True)
        }
        import jupyter_book.cli.main  # noqa: F401  takes a second, while the kernels work

        try:
            for finished, future in enumerate(as_completed(running), start=1):
                said = f"{running[future]}  {future.result():.1f} s"
                print(f"  [{finished}/{len(todo)}] {said}", flush=True)
        finally:
            pool.shutdown(cancel_futures=True)


def _last_seconds(chapter: Chapter) -> float:
    stamps = chapter.folder.parent.glob("*/stamp.json")
    return max((read_json(stamp)["seconds"] for stamp in stamps), default=1e9)


def _execute_one(
    chapter: Chapter, site: Site, context: Any, limits: tuple[list[str], str]
) -> float:
    """Execute one chapter in a staging folder, and rename that folder when it is whole."""
    import papermill

    from bookkit.kernels import kernel_manager

    staging = chapter.folder.with_name(f".{chapter.folder.name}.partial")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    executed = staging / chapter.executed.name
    run = partial(
        papermill.execute_notebook,
        output_path=executed,
        progress_bar=False,
        cwd=pairs.FOLDER,
        coalesce_streams=True,  # how a kernel cuts what a cell prints depends on the clock
        kernel_manager_class=kernel_manager(context, dict(os.environ)),
    )
    started, unforeseen = time.perf_counter(), list[str]()
    if site.data is not None and _reads_data(chapter.notebook):
        run = partial(run, parameters=site.parameters)
        unforeseen = _run_by_section(chapter.notebook, executed, run, limits)
    else:
        _run_whole(chapter, executed, run)
    seconds = round(time.perf_counter() - started, 2)
    _take_files(executed, staging / "results")
    _strip_run_facts(executed)
    stamp = {"chapter": chapter.name, "seconds": seconds, "unforeseen": unforeseen}
    write_atomically(staging / chapter.stamp.name, json.dumps(stamp) + "\n")
    shutil.rmtree(chapter.folder, ignore_errors=True)
    staging.rename(chapter.folder)
    for old in chapter.folder.parent.iterdir():
        if old != chapter.folder:
            shutil.rmtree(old)
    return seconds


def _run_whole(chapter: Chapter, executed: Path, run: Callable[..., Any]) -> None:
    """Run a chapter of which every cell must succeed."""
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    try:
        run(chapter.notebook)
    except PapermillExecutionError as error:
        raise BuildError(
            f"chapter {chapter.name} failed in cell {error.cell_index + 1}:\n\n{error.source}\n\n"
            + "\n".join(error.traceback)
            + f"\nThe run so far is in {executed.relative_to(ROOT)}. "
            f"Mend notebooks/{chapter.name}.py and run `make book` again; nothing else was lost"
        ) from None
    except DeadKernelError:
        raise BuildError(f"chapter {chapter.name}: its kernel died; too little memory?") from None


def _run_by_section(
    notebook: Path, executed: Path, run: Callable[..., Any], limits: tuple[list[str], str]
) -> list[str]:
    """Let a failing cell end its section only; return the failures that nobody foresaw."""
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from bookkit import sections

    skipping, unforeseen = sections.Skipping(*limits), []
    sections.split(book := nbformat.read(notebook, as_version=4))
    hooks = {"on_cell_start": skipping.before, "on_cell_error": skipping.failed}
    try:
        run(book, allow_errors=True, **hooks)
    except PapermillExecutionError:
        pass  # it is raised at the end for any cell that failed
    except DeadKernelError:
        unforeseen = ["its kernel died; too little memory, or an empty sample?"]
    sections.tell(book := nbformat.read(executed, as_version=4), skipping.reasons)
    write_atomically(executed, nbformat.writes(book) + "\n")
    return unforeseen + [f"{s or 'at its head'}: {said}" for s, said in skipping.unforeseen.items()]


def _reads_data(notebook: Path) -> bool:
    """Whether a chapter is about the panel that DATA names."""
    return "cg.load(DATA)" in notebook.read_text(encoding="utf-8")


def _limits(site: Site) -> tuple[list[str], str]:
    """Variables that own data do not hold, and why they have no effect at all, if so."""
    if site.data is None:
        return [], ""
    from clustergap.panel import VARIABLES, load
    from paneldid.identified import without_effect
    from yearbooks.contract import ContractError

    try:
        panel = load(site.data).panel
    except ContractError as error:
        raise BuildError(f"{error}\n\nmake check-data shows the same as a page") from None
    return [name for name in VARIABLES if name not in panel], without_effect(panel)


def _take_files(path: Path, folder: Path) -> None:
    """Write the files that the cells of an executed notebook hand on, and take them out of it."""
    notebook = nbformat.read(path, as_version=4)
    files: dict[str, str] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            files |= output.get("data", {}).pop(FILES, {})
        if "outputs" in cell:
            cell.outputs = [o for o in cell.outputs if "data" not in o or o["data"]]
    for name, text in files.items():
        write_atomically(folder / name, text)
    write_atomically(path, nbformat.writes(notebook) + "\n")


def _strip_run_facts(path: Path) -> None:
    """Take times and paths out of an executed notebook: the same results, the same bytes."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
    write_atomically(path, _name_widgets(notebook) + "\n")


def _name_widgets(notebook: nbformat.NotebookNode) -> str:
    """Write a notebook, its widgets named by their place instead of by a random number.

    An output with Markdown is shown as that, so models that only its widget needs are left out.
    """
    state = notebook.metadata.get("widgets", {}).get(WIDGETS, {}).get("state", {})
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    for output in outputs:
        if "text/markdown" in output.get("data", {}):
            output["data"].pop("application/vnd.jupyter.widget-view+json", None)
    names: dict[str, str] = {}

    def keep(node: Any) -> None:
        for model in MODEL.findall(json.dumps(node, sort_keys=True)):
            if model in state and model not in names:
                names[model] = f"{len(names):032x}"
                keep(state[model])

    def named(text: str) -> str:
        return MODEL.sub(lambda found: names.get(found[0], found[0]), text)

    keep(outputs)
    links = [  # nothing refers to a link, but it refers to both its ends
        model
        for model, content in state.items()
        if content["model_name"].endswith("LinkModel")
        and set(re.findall(r"IPY_MODEL_(\w+)", json.dumps(content))) <= names.keys()
    ]
    keep(sorted(links, key=lambda link: named(json.dumps(state[link]))))
    kept = {names[model]: state[model] for model in names}
    state.clear()
    state.update(kept)
    return named(nbformat.writes(notebook))


def _gather_results(chapters: list[Chapter], site: Site) -> None:
    """Bring all chapters' results together in one folder, file by file."""
    wanted: dict[Path, Path | bytes] = {}
    for chapter in chapters:
        wanted |= _below(chapter.folder / "results")
    _mirror(wanted, site.results)


# --- rendering -------------------------------------------------------------------------


def _render(chapters: list[Chapter], site: Site) -> bool:
    """Turn executed chapters into pages; False if all pages are as they should be already."""
    key = _digest([p for c in chapters for p in (c.executed, c.stamp)])
    key += _digest(files(INPUTS) + files(PAGE_INPUTS))
    stamp = site.work / "pages.json"
    there = all((site.html / f"{name}.html").is_file() for name in toc_files())
    if there and stamp.is_file() and read_json(stamp) == key:
        return False
    _fill_source(chapters, site)
    facts = {c.name: read_json(c.executed)["metadata"] for c in chapters}
    ended = {name: about.get("clustergap_ended", {}) for name, about in facts.items()}
    for name, sections in ended.items():
        for section, reason in sections.items():
            print(f"  {name} ends early ({section}): {reason}", flush=True)
    print("rendering the pages", flush=True)
    rendered = _sphinx(site, strict=not any(ended.values()))
    made: dict[Path, Path | bytes] = {**_below(rendered)}
    made |= {Path("downloads") / name: file for name, file in downloads.downloads().items()}
    if site.data is None:
        from bookkit import students

        notebooks = students.notebooks({c.name: c.executed for c in chapters}, rendered)
        made |= {Path("students") / name: file for name, file in notebooks.items()}
    _mirror(made, site.html)
    write_atomically(stamp, json.dumps(key))
    return True


def _fill_source(chapters: list[Chapter], site: Site) -> None:
    """Put all that Jupyter Book reads into one folder: book/, executed chapters, made pages."""
    from bookkit import pages

    book = ROOT / "book"
    wanted: dict[Path, Path | bytes] = {
        path.relative_to(book): path for path in files(PAGE_INPUTS) if path.is_relative_to(book)
    }
    texts = {c.name: c.executed.read_text(encoding="utf-8") for c in chapters}
    if site.data is not None:
        from bookkit import sections

        made = set().union(*map(sections.labels, texts.values()))
        texts = {name: sections.heal(text, made) for name, text in texts.items()}
    wanted |= {Path(f"{name}.ipynb"): text.encode() for name, text in texts.items()}
    seconds = {c.name: read_json(c.stamp)["seconds"] for c in chapters}
    generated = {"codebook": pages.codebook(), "status": pages.status(seconds), "api": pages.api()}
    wanted |= {Path(f"_generated/{name}.md"): text.encode() for name, text in generated.items()}
    _mirror(wanted, site.work / "book")


def _sphinx(site: Site, strict: bool) -> Path:
    """Run Jupyter Book, warnings as errors, upon its last run unless that cannot be trusted.

    A run that was cut short may have left half a page that looks up to date; and Sphinx does
    not notice changed style sheets, nor a new title in the contents beside every page. In
    these cases it starts afresh. Where a chapter ended early, references to what it would have
    shown lead nowhere: then (``strict=False``) a warning is no error.
    """
    from click.exceptions import ClickException
    from jupyter_book.cli.main import build as jupyter_book_build

    output, trusted = site.work / "sphinx", site.work / "sphinx-trusted"
    looks = _digest(files(LOOKS)) + _titles()
    if not trusted.is_file() or trusted.read_text(encoding="utf-8") != looks:
        shutil.rmtree(output, ignore_errors=True)
    trusted.unlink(missing_ok=True)  # until this run has ended well
    arguments = [
        str(site.work / "book"), "--path-output", str(output), "-q",
        "--config", str(ROOT / "_config.yml"), "--toc", str(ROOT / "_toc.yml"),
        *(("-W", "-n", "--keep-going") if strict else ()),
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
    return output / "_build" / "html"


def _titles() -> str:
    """Headings of all chapters, as they stand in the contents beside every page."""
    lines = (line for script in pairs.scripts() for line in script.read_text("utf-8").splitlines())
    return "\n".join(line for line in lines if line.startswith("# # "))


# --- files -----------------------------------------------------------------------------


def _below(folder: Path) -> dict[Path, Path]:
    """Files below a folder, by their place in it."""
    return {p.relative_to(folder): p for p in sorted(folder.rglob("*")) if p.is_file()}


def _mirror(wanted: Mapping[Path, Path | bytes], folder: Path) -> None:
    """Make a folder hold just the wanted files; each is the old one or the new, never a part."""
    for relative, content in wanted.items():
        path = folder / relative
        new = content if isinstance(content, bytes) else content.read_bytes()
        if not path.is_file() or path.read_bytes() != new:
            write_atomically(path, new)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() and path.relative_to(folder) not in wanted:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def main() -> None:
    """``python -m bookkit.build``: what ``make book`` runs."""
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
