"""What each step of the build does; dodo.py says which steps there are and what each needs."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import io
import json
import os
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bookkit import downloads
from bookkit.contents import NOTEBOOKS
from bookkit.paths import ROOT, files, output_folder, read_json, write_atomically
from bookkit.reasons import LABEL, ended, leave_out_gaps, page_of_reason, without_dead_references
from bookkit.warm import end_with_the_build

LOOKS = (
    "book/_assets/**/*", "book/_ext/**/*", "book/_templates/**/*", "book/*.bib", "_config.yml",
    "_toc.yml",
)  # fmt: skip
"""Files that Sphinx does not watch, or whose change touches every page."""

PAGE_INPUTS = (*LOOKS, *downloads.BUNDLED, "book/*.md")
"""Files whose change re-renders the pages without executing anything."""

PANEL = ("on a synthetic county panel", "on county tables of your own")
"""What the title says of the book that ships, and of one on own data."""

FILES = "application/vnd.bookkit.files+json"
"""MIME type of the files that what a cell shows brings along: path to text."""
WIDGETS = "application/vnd.jupyter.widget-state+json"
MODEL = re.compile(r"[0-9a-f]{32}")


class BuildError(RuntimeError):
    """The build stopped; the message says where and what to do."""


def chapter_folder(name: str, out: Path) -> Path:
    """Where a chapter is kept: executed without its files, its files, and how long it took."""
    return out / "work" / "chapters" / name


# --- executing -------------------------------------------------------------------------


def execute(
    name: str, out: Path, given: Mapping[str, str],
    reason: Callable[[str, str], str] = lambda error, words: "", gaps: bool = False,
) -> None:  # fmt: skip
    """Execute a chapter; ``reason`` makes an error's name and words a page's, or is empty.

    With ``gaps``, as on own data, passages go whose numbers are missing.

    Raises
    ------
    BuildError
        A cell failed or the kernel died; the message names chapter, cell and remedy.
    """
    import papermill
    from papermill.exceptions import PapermillExecutionError

    end_with_the_build()
    folder, started = chapter_folder(name, out), time.perf_counter()
    kernels: list[Any] = []
    try:
        with tempfile.TemporaryDirectory(prefix="kernel-") as sockets:
            book = papermill.execute_notebook(
                _source(name, given), None, given, progress_bar=False, cwd=NOTEBOOKS,
                kernel_manager_class=_manager(sockets, kernels),
                # no start-up file or setting of a user's IPython, and nothing in its history
                extra_arguments=["--log-level=CRITICAL", f"--ipython-dir={sockets}"],
                coalesce_streams=True,  # how a kernel cuts what a cell prints depends on the clock
            )  # fmt: skip
    except PapermillExecutionError as error:
        if not (why := reason(error.ename, error.evalue)):
            raise BuildError(_said(name, error)) from None
        book = page_of_reason(NOTEBOOKS / f"{name}.ipynb", why)
        print(f"   {name} cannot be computed on these data: {why}", flush=True)
    except RuntimeError:  # a kernel that never answered, or a DeadKernelError
        code = kernels[-1].poll() if kernels else None
        raise BuildError(f"chapter {name}: its kernel {how_ended(code)}") from None
    seconds = round(time.perf_counter() - started, 2)
    made = _take_files(book)
    if gaps:
        leave_out_gaps(book)
    write_atomically(folder / "files.json", json.dumps(made, indent=0, sort_keys=True))
    write_atomically(folder / "chapter.ipynb", _without_run_facts(book, given) + "\n")
    write_atomically(folder / "seconds.json", json.dumps(seconds))
    print(f"   {name}  {seconds:.1f} s", flush=True)


def _source(name: str, given: Mapping[str, str]) -> Any:
    """Read a chapter; on own data without its answers and what else is about those that ship."""
    import nbformat

    book = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    if "DATA" in given:
        shipped = {"solution", "check", "synthetic"}
        book.cells = [c for c in book.cells if not shipped & set(c.metadata.get("tags", []))]
    return book


def how_ended(code: int | None) -> str:
    """Say how a kernel ended, as far as its exit code tells: minus N is signal N."""
    if code is None:
        return "does not answer, though it has not ended"
    if code >= 0:
        return f"ended with exit code {code}, by itself or by something that a cell called"
    words = f"was killed by signal {-code} ({signal.strsignal(-code)})"
    guess = ", perhaps by the system for want of memory: close other programs and build again"
    return words + guess * (-code == signal.SIGKILL)


def _manager(sockets: str, kernels: list[Any]) -> type:
    """Return a manager on sockets in a folder (two may find one port); it lists its processes."""
    from jupyter_client.manager import AsyncKernelManager

    class Manager(AsyncKernelManager):
        provisioner: Any

        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs, transport="ipc", ip=f"{sockets}/socket")
            if self.kernel_spec:
                warm = {"provisioner_name": "bookkit-warm"}
                self.kernel_spec.metadata = {"kernel_provisioner": warm}

        async def start_kernel(self, **kwargs: Any) -> None:  # type: ignore[override]
            await super().start_kernel(**kwargs)
            kernels.append(self.provisioner.process)

    return Manager


def _said(name: str, error: Any) -> str:
    return (
        f"chapter {name} failed in cell {error.cell_index + 1}:\n\n{error.source}\n\n"
        + "\n".join(error.traceback)
        + f"\nMend notebooks/{name}.py and run `make book` again; nothing else was lost"
    )


def _take_files(book: Any) -> dict[str, str]:
    """Take the files out of what cells show; a later cell's file replaces an earlier one."""
    made: dict[str, str] = {}
    for cell in book.cells:
        for output in cell.get("outputs", []):
            made |= output.get("data", {}).pop(FILES, {})
        if "outputs" in cell:
            cell.outputs = [o for o in cell.outputs if o.get("data", True)]
    for name in made:
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise BuildError(f"a cell wants to write {name}, outside the results")
    return made


def _without_run_facts(book: Any, given: Mapping[str, str]) -> str:
    """Write a notebook without times and paths: the same results, the same bytes."""
    book.metadata.pop("papermill", None)
    for cell in book.cells:
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.metadata.tags.append("remove-input")
            for path in given.values():
                cell.source = cell.source.replace(path, f"path/to/{Path(path).name}")
    return _name_widgets(book)


def _name_widgets(notebook: Any) -> str:
    """Write a notebook, its widgets named by their place instead of by a random number.

    An output with Markdown is shown as that, so models that only its widget needs are left out.
    """
    import nbformat

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


def gather(names: Iterable[str], out: Path) -> None:
    """Bring the files of all chapters that are there together in the folder of results."""
    made = (chapter_folder(name, out) / "files.json" for name in names)
    found = [read_json(path) for path in made if path.is_file()]
    (out / "results").mkdir(parents=True, exist_ok=True)
    mirror({Path(n): text.encode() for one in found for n, text in one.items()}, out / "results")


# --- rendering -------------------------------------------------------------------------


def render(names: Sequence[str], out: Path, generated: Mapping[str, str], own: bool) -> None:
    """Turn executed chapters and generated pages (name to MyST) into the pages of the book.

    Raises
    ------
    BuildError
        Jupyter Book warned of something; the message holds its words.
    """
    texts = {n: (chapter_folder(n, out) / "chapter.ipynb").read_text("utf-8") for n in names}
    if lost := ended(texts):
        texts = without_dead_references(texts)
    book = ROOT / "book"
    wanted: dict[Path, Path | bytes] = {
        path.relative_to(book): path for path in files(PAGE_INPUTS) if path.is_relative_to(book)
    }
    config = (ROOT / "_config.yml").read_text("utf-8").replace(PANEL[0], PANEL[own])
    wanted[Path("../_config.yml")] = config.encode()
    wanted |= {Path(f"{name}.ipynb"): text.encode() for name, text in texts.items()}
    wanted |= {Path(f"_generated/{name}.md"): text.encode() for name, text in generated.items()}
    mirror(wanted, out / "work" / "book")
    rendered = _sphinx(out, _shown_elsewhere(texts.values()), strict=not lost)
    made: dict[Path, Path | bytes] = {
        p.relative_to(rendered): p for p in sorted(rendered.rglob("*")) if p.is_file()
    }
    made |= {Path("downloads") / name: file for name, file in downloads.downloads().items()}
    if out == output_folder():
        from bookkit import students

        made |= {Path("students") / name: f for name, f in students.notebooks(texts).items()}
    mirror(made, out / "html")
    print(f"   {os.path.relpath(out / 'html' / 'index.html', ROOT)} is ready", flush=True)


def _shown_elsewhere(texts: Iterable[str]) -> str:
    """Checksum of what other pages show of chapters: titles, labels in their order, citations."""
    found = list[str]()
    for text in texts:
        cells = json.loads(text)["cells"]
        words = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        found += re.findall(r"(?m)^#+ .*|^\(.+\)=|\{cite:\w+\}`[^`]+`", words)
        found += re.findall(LABEL, text)
    found.append(digest(files(("book/*.md",))))
    return hashlib.sha256("\n".join(found).encode()).hexdigest()


def _sphinx(out: Path, shown_elsewhere: str, strict: bool) -> Path:
    """Run Jupyter Book, warnings as errors, upon its last run unless that cannot be trusted.

    A run that was cut short may have left half a page that looks up to date; and Sphinx does
    not notice changed style sheets. In these cases it starts afresh; else it reads what changed,
    and sets every page if that changed what pages show of each other. Where a chapter ended,
    references to what it would have shown lead nowhere: then (``strict=False``) a warning is no
    error.
    """
    from click.exceptions import ClickException
    from jupyter_book.cli.main import build as jupyter_book_build

    output, trusted = out / "work" / "sphinx", out / "work" / "sphinx-trusted"
    now = [digest(files(LOOKS)), shown_elsewhere]
    before = trusted.read_text(encoding="utf-8").split() if trusted.is_file() else []
    if before[:1] != now[:1]:
        shutil.rmtree(output, ignore_errors=True)
    trusted.unlink(missing_ok=True)  # until this run has ended well
    for page in output.rglob("*.html") if before != now else ():
        page.unlink()
    arguments = [
        str(out / "work" / "book"), "--path-output", str(output), "-q",
        "--config", str(out / "work" / "_config.yml"), "--toc", str(ROOT / "_toc.yml"),
        *(("-W", "-n", "--keep-going") if strict else ()),
    ]  # fmt: skip
    said = io.StringIO()
    gc.set_threshold(100_000, 50, 1000)  # Sphinx keeps its trees: looking for waste is a third
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            jupyter_book_build.main(arguments, standalone_mode=False)
    except (RuntimeError, ClickException, SystemExit) as error:
        raise BuildError(
            f"{said.getvalue()}\nJupyter Book stopped: {error}. Its warnings above say why"
        ) from None
    write_atomically(trusted, "\n".join(now))
    return output / "_build" / "html"


# --- files -----------------------------------------------------------------------------


def digest(paths: Iterable[Path]) -> str:
    """Return one checksum of some files' names and contents."""
    found = hashlib.sha256()
    for path in paths:
        found.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def mirror(wanted: Mapping[Path, Path | bytes], folder: Path) -> None:
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
