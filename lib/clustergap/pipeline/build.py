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

from clustergap.pipeline import downloads, pairs
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

LOOKS = (
    "book/_assets/**/*", "book/_ext/**/*", "book/_templates/**/*", "book/*.bib", "_config.yml",
    "_toc.yml",
)  # fmt: skip
"""Files that Sphinx does not watch, or whose change touches every page."""

WIDGETS = "application/vnd.jupyter.widget-state+json"

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
    """A notebook of the book, the key of everything it depends on, and where its result is.

    Attributes
    ----------
    name, notebook
        Stem and path.
    last
        Whether it reads the results of all others.
    key
        Digest of everything it depends on.
    folder
        Where its execution is kept.
    """

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
    _refuse_unforeseen(chapters)
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

    Returns
    -------
    Path
        The folder ``results``.

    Raises
    ------
    BuildError
        If a cell fails.
    """
    logging.getLogger("papermill").setLevel(logging.WARNING)
    site = Site(None, folder / "work", folder / "html")
    common = _digest(_files(INPUTS) + _data_files(site))
    chapters = [_chapter(site, name, common) for name in names]
    _execute(chapters, site, jobs)
    _gather_results(chapters, site)
    return site.results


def _refuse_unforeseen(chapters: list[Chapter]) -> None:
    stamps = [json.loads((c.folder / "stamp.json").read_text(encoding="utf-8")) for c in chapters]
    if faults := [f"  {s['chapter']}, {said}" for s in stamps for said in s.get("unforeseen", [])]:
        head = "The pages are written, but cells failed for reasons that the book does not foresee:"
        last = "These are faults of the book, not of the data; their sections end there"
        raise BuildError("\n".join([head, *faults, last]))


# --- what there is to do ---------------------------------------------------------------


def _check_pairs() -> None:
    if problems := pairs.all_differences():
        raise BuildError("\n".join(problems))


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
    chapter: Chapter, site: Site, context: Any, limits: tuple[list[str], str]
) -> float:
    """Execute one chapter in a staging folder, and rename that folder when it is whole."""
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from clustergap.pipeline.kernels import kernel_manager

    staging = chapter.folder.with_name(f".{chapter.key}.partial")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    environment = os.environ | {
        "CLUSTERGAP_RESULTS": str(staging / "results"),
        "CLUSTERGAP_GATHERED": str(site.results),
    }
    source, executed = chapter.notebook, staging / "chapter.ipynb"
    hooks: dict[str, Any] = {}
    unforeseen = []
    if own := site.data is not None and reads_data(chapter.notebook):
        from clustergap.own import sections

        source, skipping = staging / "split.ipynb", sections.Skipping(*limits)
        sections.split(notebook := nbformat.read(chapter.notebook, as_version=4))
        write_atomically(source, nbformat.writes(notebook) + "\n")
        hooks = {"on_cell_start": skipping.before, "on_cell_error": skipping.failed}
        hooks["allow_errors"] = True  # each ends its section, and fails the build if unforeseen
    started = time.perf_counter()
    try:
        papermill.execute_notebook(
            source,
            executed,
            parameters=site.parameters if own else {},
            progress_bar=False,
            cwd=pairs.FOLDER,
            kernel_manager_class=kernel_manager(context, environment),
            **hooks,
        )
    except PapermillExecutionError as error:
        if not own:
            raise BuildError(_failure(chapter, error, executed)) from None
    except DeadKernelError:
        if not own:
            raise BuildError(
                f"chapter {chapter.name}: its kernel died; too little memory?"
            ) from None
        unforeseen.append("its kernel died; too little memory, or an empty sample?")
    seconds = round(time.perf_counter() - started, 2)
    if own:
        sections.tell(notebook := nbformat.read(executed, as_version=4), skipping.reasons)
        write_atomically(executed, nbformat.writes(notebook) + "\n")
        unforeseen += [f"{s or 'at its head'}: {said}" for s, said in skipping.unforeseen.items()]
    _strip_run_facts(executed)
    stamp = {"chapter": chapter.name, "key": chapter.key, "seconds": seconds}
    stamp |= {"unforeseen": unforeseen} if unforeseen else {}
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


def reads_data(notebook: Path) -> bool:
    """Whether a chapter is about the panel that DATA names.

    Parameters
    ----------
    notebook
        Its file, script or notebook.

    Returns
    -------
    bool
        True if it loads the panel.
    """
    return "cg.load(DATA)" in notebook.read_text(encoding="utf-8")


def _limits(site: Site) -> tuple[list[str], str]:
    """Variables that own data do not hold, and why they have no effect at all, if so."""
    if site.data is None:
        return [], ""
    from clustergap.assemble import VARIABLES, load
    from clustergap.contract import ContractError
    from clustergap.estimable import without_effect

    try:
        panel = load(site.data).panel
    except ContractError as error:
        raise BuildError(f"{error}\n\nmake check-data shows the same as a page") from None
    return [name for name in VARIABLES if name not in panel], without_effect(panel)


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
        for model in re.findall(r"[0-9a-f]{32}", json.dumps(node, sort_keys=True)):
            if model in state and model not in names:
                names[model] = f"{len(names):032x}"
                keep(state[model])

    def named(text: str) -> str:
        return re.sub(r"[0-9a-f]{32}", lambda found: names.get(found[0], found[0]), text)

    keep(outputs)
    links = {  # nothing refers to a link, but it refers to both its ends
        named(json.dumps(state[model])): model
        for model in state
        if model not in names
        and (ends := re.findall(r"IPY_MODEL_(\w+)", json.dumps(state[model])))
        and all(end in names for end in ends)
        and state[model]["model_name"].endswith("LinkModel")
    }
    keep([links[text] for text in sorted(links)])
    for model in list(state):  # files are written in the order of the names
        content = state.pop(model)
        if model in names:
            state[names[model]] = content
    return named(nbformat.writes(notebook))


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
    from clustergap.pipeline import students

    made = [
        chapter.folder / name for chapter in chapters for name in ("chapter.ipynb", "stamp.json")
    ]
    key = _digest(made + _files(INPUTS) + _files(PAGE_INPUTS))
    stamp = site.work / "pages.json"
    if stamp.is_file() and json.loads(stamp.read_text()) == key and not _missing_pages(site.html):
        return False
    _fill_source(chapters, site)
    ended = {c.name: why for c in chapters if (why := _ended(c.folder / "chapter.ipynb"))}
    for name, sections in ended.items():
        for section, reason in sections.items():
            print(f"  {name} ends early ({section}): {reason}", flush=True)
    print("rendering the pages", flush=True)
    rendered = _sphinx(site, key, strict=not ended)
    if missing := _missing_pages(rendered):
        raise BuildError(f"Jupyter Book made no page for {', '.join(missing)}; see its log above")
    if site.data is None:
        students.write([(c.name, c.folder / "chapter.ipynb") for c in chapters], rendered)
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
    texts = {c.name: (c.folder / "chapter.ipynb").read_text(encoding="utf-8") for c in chapters}
    if site.data is not None:
        from clustergap.own import sections

        made = set().union(*map(sections.labels, texts.values()))
        texts = {name: sections.heal(text, made) for name, text in texts.items()}
    for name, text in texts.items():
        _write(site.source / f"{name}.ipynb", text)
    known = {chapter.name for chapter in chapters}
    for stale in site.source.glob("*.ipynb"):
        if stale.stem not in known:
            stale.unlink()
    seconds = {
        c.name: json.loads((c.folder / "stamp.json").read_text())["seconds"] for c in chapters
    }
    generated = {"codebook.md": pages.codebook(), "status.md": pages.status(seconds)}
    generated["api.md"] = pages.api()
    for name, text in generated.items():
        _write(site.source / "_generated" / name, text)


def _downloads(site: Site) -> dict[Path, Path]:
    """Write what pages offer to take away; by the place in the book where it belongs."""
    folder = site.work / "downloads"
    folder.mkdir(parents=True, exist_ok=True)
    contents = downloads.downloads()
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {Path("downloads") / name: folder / name for name in contents}


def _ended(path: Path) -> dict[str, str]:
    return nbformat.read(path, as_version=4).metadata.get("clustergap_ended", {})


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


def _write(path: Path, text: str) -> None:
    """Write a file unless it holds the same text."""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_atomically(path, text)


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
