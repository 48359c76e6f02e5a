"""What the book is made from, step by step: `doit` runs the steps that are out of date.

pairs → chapters → results → chapters that read results → pages. `make book` calls it;
`doit list --all` shows the steps, `doit chapter:04_1_baseline` runs one and what it needs.
"""

import fcntl
import functools
import os
import platform
import sys
import tempfile
from hashlib import sha256
from importlib.metadata import distributions
from pathlib import Path

import yaml
from doit import get_var
from doit.dependency import MD5Checker
from doit.exceptions import TaskFailed
from doit.tools import config_changed

from bookkit import build
from bookkit.contents import NOTEBOOKS, chapters, parameters, toc_files
from bookkit.paths import ROOT, files, read_json

if ROOT != Path(__file__).resolve().parent:  # the library of another clone would build that one
    sys.exit(f"bookkit is that of {ROOT}: use the .venv of this folder, which `make env` sets up")
DATA = get_var("data", "")  # folder of a reader's own raw tables
if DATA and not Path(DATA).expanduser().is_dir():
    sys.exit(f"{DATA} is not a folder: give DATA the folder of the raw tables")
OUT = Path(get_var("out", "") or build.output_folder(DATA)).resolve()
INPUTS = files(("lib/**/*", "notebooks/exercises/*.py", "data/**/*", "benchmarks/results/*"))
INPUTS.append(ROOT / "requirements.lock")
INSTALLED = sorted(f"{d.name} {d.version}" for d in distributions())  # used, whatever is locked
OWN = []
if DATA:
    from yearbooks.files import MOST_BYTES  # a larger file is no table: not to be hashed either

    found = (path for path in Path(DATA).expanduser().rglob("[!.]*") if path.is_file())
    OWN = sorted(path for path in found if path.stat().st_size <= MOST_BYTES)
SEEN = {str(p): p.stat().st_mtime_ns for p in [*INPUTS, *OWN, *files(build.PAGE_INPUTS)]}
RESULTS = os.path.relpath(OUT / "results", NOTEBOOKS)

if not __debug__:  # checks of the chapters hang on it
    sys.exit("Python runs without assertions: unset PYTHONOPTIMIZE, or leave out -O")
CHAPTERS = chapters()
ASKED = {name: parameters(NOTEBOOKS / f"{name}.ipynb") for name in CHAPTERS}
EARLY = [name for name in CHAPTERS if "RESULTS" not in ASKED[name]]
LATE = [name for name in CHAPTERS if "RESULTS" in ASKED[name]]
PAPER = [name for name in CHAPTERS if name[:2] in ("01", "02", "03", "04", "06")]

# two chapters on two cores: more threads get in each other's way, and change the last digits
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))
if len(os.fsencode(tempfile.gettempdir())) > 70:  # an address has 107 bytes at most
    sys.exit(f"TMPDIR is too long for the sockets of kernels: {tempfile.gettempdir()}; give /tmp")
try:
    (OUT / "work").mkdir(parents=True, exist_ok=True)
    if "doit" in sys.argv[0]:  # two builds of one folder would take each other's files away
        LOCK = os.open(OUT / "work" / "lock", os.O_RDWR | os.O_CREAT)
        fcntl.flock(LOCK, fcntl.LOCK_EX | fcntl.LOCK_NB)  # ends with the process, however it ends
except BlockingIOError:
    sys.exit(f"another build of {OUT} is running: wait until it has ended")
except OSError as error:
    sys.exit(f"{error.filename}: {error.strerror}; the book is built in a folder there")
if DATA:
    OUT.chmod(0o700)  # what is made of private tables is for their owner


class Checker(MD5Checker):
    """A file that changed while the build ran counts as changed the next time, restored or not."""

    tell = staticmethod(functools.cache(print))  # once, though many steps need it

    def get_state(self, dep, current_state):
        """State to remember of a file that a step has read."""
        if SEEN.get(dep, at := os.stat(dep).st_mtime_ns) != at:
            self.tell(f"{os.path.relpath(dep, ROOT)} changed during the build: build again")
            return 0, -1, ""  # of no file
        return super().get_state(dep, current_state)


DOIT_CONFIG = {
    "check_file_uptodate": Checker,
    "default_tasks": ["chapter", "pages"],
    "backend": "sqlite3",  # a kill or a full disk leaves it whole
    "dep_file": str(OUT / "work" / "doit.sqlite"),
    "num_process": os.cpu_count(),
    "reporter": "executed-only",
    "verbosity": 2,
}


def readable(step, *arguments):
    """Run a step; of an error that it foresees, show the words and no traceback."""
    try:
        step(*arguments)
    except (build.BuildError, ValueError, OSError) as error:
        return TaskFailed(f"\n{error}")


def intact(task, values):
    """What the step made is as it left it, but pages, which `make live` and `make pdf` change."""

    def made():
        found = (path for to in task.targets for path in [Path(to), *Path(to).rglob("*")])
        kept = (path for path in found if path.is_file() and path.suffix != ".html")
        return {str(path): build.digest([path]) for path in kept}

    task.value_savers.append(lambda: {"made": made()})
    return values.get("made", {}).items() <= made().items()


def reason(error, words):
    """Why a chapter fails on own data; the one on the data that ships may lack a folder only."""
    from clustergap.requirements import reason

    return words if error == "TakenOut" else DATA and reason(error, words, DATA)


def made(names, file):
    """Where the file of that name lies for each chapter."""
    return [build.chapter_folder(name, OUT) / file for name in names]


def task_pair():
    """The script and the notebook of each chapter are the same."""

    def same(script):
        from bookkit import pairs

        if problems := pairs.differences(script):
            raise build.BuildError("\n".join([*problems, pairs.REMEDY]))

    for name in CHAPTERS:
        pair = [NOTEBOOKS / f"{name}.py", NOTEBOOKS / f"{name}.ipynb"]
        yield {"name": name, "file_dep": pair, "actions": [(readable, [same, pair[0]])]}


DESCRIBING = {".yml", ".md", ".py", ".pyc"}


def shipped(folder):
    """Hold each file that ships against the checksum beside it; the error names what differs."""
    said = {}
    for about in (*folder.glob("official/**/*.yml"), *ROOT.glob("lib/paneldid/*.yml")):
        said[about.with_suffix(".csv")] = yaml.safe_load(about.read_text("utf-8"))
    for about in yaml.safe_load((folder / "validation/sources.yml").read_text("utf-8")).values():
        said[folder / "validation" / about["file"]] = about
    for name in ("published", "synthetic"):
        listed = read_json(folder / name / "manifest.json")["files"]
        said |= {folder / name / file: about for file, about in listed.items()}
    wrong = [
        f"{os.path.relpath(path, folder.parent)}: "
        + (f"its sha256 is {found}" if found else "not there")
        for path, about in said.items()
        if (found := path.is_file() and sha256(path.read_bytes()).hexdigest()) != about["sha256"]
    ]
    wrong += [  # all in these folders is bundled with the book
        f"{os.path.relpath(path, folder.parent)}: none of them; tables of your own go elsewhere"
        for name in ("official", "published", "synthetic", "validation")
        for path in folder.glob(f"{name}/**/*")
        if path.is_file() and path.suffix not in DESCRIBING and path not in said
        if path.name != "manifest.json" and path.name[0] != "."
    ]
    if wrong:
        raise build.BuildError(
            "Not the data that ship:\n" + "\n".join(sorted(wrong)) + "\n`git checkout data` brings "
            "them back; a change that is meant goes, with its sha256, into the file that describes "
            "it (NAME.yml, sources.yml or manifest.json)"
        )


def task_data():
    """The data that ship are what they say, and own raw tables can be read."""

    def read():
        shipped(ROOT / "data")
        if DATA:
            from clustergap.panel import load

            load(DATA)

    return {"file_dep": [*INPUTS, *OWN], "actions": [(readable, [read])]}


def task_chapter():
    """Each chapter, executed; the slowest stand last in the book and are begun first."""
    given = {"DATA": str(Path(DATA).expanduser().resolve())} if DATA else {}
    given |= {"RESULTS": RESULTS} if OUT != build.output_folder() else {}
    for name in [*reversed(EARLY), *LATE]:
        needs = made(EARLY, "files.json") if name in LATE else []
        mine = {key: value for key, value in given.items() if key in ASKED[name]}
        yield {
            "name": name,
            "file_dep": [NOTEBOOKS / f"{name}.ipynb", *INPUTS, *OWN, *needs],
            "task_dep": [f"pair:{name}", "data", *(["results:early"] if name in LATE else [])],
            "targets": [*made([name], "chapter.ipynb"), *made([name], "files.json")],
            "uptodate": [
                config_changed(f"{mine} {platform.python_version()} {INSTALLED}"),
                intact,
            ],
            "actions": [(readable, [build.execute, name, OUT, mine, reason, bool(DATA)])],
        }


def task_results():
    """All chapters' results in one folder: first for the chapters that read them, then whole."""
    for name, chapters_ in {"early": EARLY, "all": CHAPTERS}.items():
        yield {
            "name": name,
            "file_dep": made(chapters_, "files.json"),
            "targets": [OUT / "results"] if name == "all" else [],
            "uptodate": [intact],
            "actions": [(readable, [build.gather, CHAPTERS, OUT])],
        }


def generated():
    """Pages that a program writes, as MyST; what is about this paper comes from its package."""
    from bookkit.record import record
    from clustergap.codebook import codebook, datasets
    from clustergap.panel import load

    own = load(DATA).source if DATA else ""
    return {"codebook": codebook(), "record": record(CHAPTERS, OUT, datasets(own))}


def task_pages():
    """The pages of the book, in build/html."""
    return {
        "file_dep": [*made(CHAPTERS, "chapter.ipynb"), *files(build.PAGE_INPUTS), *INPUTS],
        "task_dep": ["results:all"],
        "targets": [OUT / "html", *(OUT / "html" / f"{name}.html" for name in toc_files())],
        "uptodate": [intact],
        "actions": [(readable, [lambda: build.render(CHAPTERS, OUT, generated(), bool(DATA))])],
    }


def task_paper():
    """What the paper prints, and no more: chapters 1 to 6, compared, without pages."""
    return {
        "file_dep": made(PAPER, "files.json"),
        "actions": [(readable, [build.gather, PAPER, OUT])],
    }
