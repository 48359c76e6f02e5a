"""The house: which package may import which, no cycle, no hook, and small enough for one person."""

import ast
import importlib
import runpy
import sys
from pathlib import Path

import pyfixest as pf
import pytest

import clustergap as cg
from bookkit.ledger import Ledger, published
from bookkit.paths import ROOT
from printcheck.verdicts import compare

GROUND = {"paneldid", "printcheck", "yearbooks"}
MAY_IMPORT = {
    **{name: set() for name in GROUND},
    "bookkit": {"printcheck"},
    "clustergap": GROUND | {"bookkit"},
    "countysim": GROUND | {"bookkit", "clustergap"},
}
ROOMS = {
    "paneldid": 3_475,
    "printcheck": 2_305,
    "yearbooks": 1_710,
    "bookkit": 3_320,
    "clustergap": 1_300,
    "countysim": 1_250,
}
"""Lines that each package may have, blank ones and docstrings too."""
SCRIPTS = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("benchmarks", "examples", "book/_ext", "docs", ".ci")
    for path in (ROOT / folder).rglob("*.py")
)
LONGEST_MODULE = 500
LONGER = {"lib/bookkit/display.py"}  # to be shortened; no others


def modules(folder: Path) -> dict[str, ast.Module]:
    """Every module below a folder, by its dotted name."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = ast.parse(path.read_text("utf-8"))
    return found


def imported(tree: ast.Module) -> set[str]:
    """Dotted names that a module imports anywhere in it; of `from a import b`, a and a.b."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def forbidden(house: dict[str, ast.Module]) -> list[str]:
    """Imports that point upwards, or sideways."""
    return [
        f"{name} imports {other}"
        for name, tree in house.items()
        for other in sorted({n.split(".")[0] for n in imported(tree)} & MAY_IMPORT.keys())
        if other != name.split(".")[0] and other not in MAY_IMPORT[name.split(".")[0]]
    ]


def is_there(module: str, name: str) -> bool:
    """Whether a module, or a package, has something of that name."""
    try:
        return hasattr(importlib.import_module(module), name) or bool(
            importlib.import_module(f"{module}.{name}")
        )
    except ModuleNotFoundError:
        return False


def dangling(tree: ast.Module) -> list[str]:
    """Names that a script imports from our packages and that are not there."""
    return [
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ROOMS
        for alias in node.names
        if not is_there(node.module, alias.name)
    ]


def cycles(house: dict[str, ast.Module]) -> list[str]:
    """Modules that come to themselves again by following imports, deferred ones too."""
    arrows = {name: imported(tree) & house.keys() - {name} for name, tree in house.items()}
    for name, targets in arrows.items():  # a package's own __init__ is the door, not a wall
        arrows[name] = {t for t in targets if not name.startswith(f"{t}.")}

    def reached(name, seen):
        for target in arrows[name] - seen:
            seen = reached(target, seen | {target})
        return seen

    return [name for name in house if name in reached(name, set())]


def hooks(house: dict[str, ast.Module]) -> list[str]:
    """Modules that answer for names that they do not have, or get between others' imports."""
    found = []
    for name, tree in house.items():
        lazy = any(isinstance(n, ast.FunctionDef) and n.name == "__getattr__" for n in tree.body)
        patch = any(
            isinstance(n, ast.Attribute) and n.attr in ("meta_path", "path_hooks")
            for n in ast.walk(tree)
        )
        found += [name] if lazy or patch else []
    return found


@pytest.fixture(scope="module")
def house():
    return modules(ROOT / "lib")


def test_packages_import_only_what_lies_below(house):
    assert {name.split(".")[0] for name in house} == MAY_IMPORT.keys()
    assert forbidden(house) == []


def test_there_is_no_cycle_and_no_hook(house):
    assert cycles(house) == []
    assert hooks(house) == []


def lines(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for path in folder.rglob("*.py")
    }


def test_the_house_is_small():
    assert {n for n, size in lines(ROOT / "lib").items() if size > LONGEST_MODULE} <= LONGER
    sizes = {name: sum(lines(ROOT / "lib" / name).values()) for name in ROOMS}
    assert {n: size for n, size in sizes.items() if size > ROOMS[n]} == {}


@pytest.mark.parametrize("script", ["dodo.py", *SCRIPTS])
def test_scripts_that_no_test_runs_import_what_is_there(script):
    assert dangling(ast.parse((ROOT / script).read_text("utf-8"))) == []


def test_a_name_that_has_moved_away_is_found():
    tree = ast.parse("from bookkit.record import machine, gone\nfrom os import path")
    assert dangling(tree) == ["bookkit.record.gone"]


@pytest.mark.parametrize(
    ("files", "check", "found"),
    [
        ({"paneldid/a.py": "import clustergap.panel"}, forbidden,
         ["paneldid.a imports clustergap"]),
        ({"bookkit/a.py": "def f():\n    from yearbooks import intake"}, forbidden,
         ["bookkit.a imports yearbooks"]),
        ({"clustergap/a.py": "from bookkit import build"}, forbidden, []),
        ({"x/a.py": "from x import b", "x/b.py": "def f():\n    import x.a"}, cycles,
         ["x.a", "x.b"]),
        ({"x/__init__.py": "from x.a import f", "x/a.py": "f = 1"}, cycles, []),
        ({"x/a.py": "def __getattr__(name): ..."}, hooks, ["x.a"]),
        ({"x/a.py": "import sys\nsys.meta_path.insert(0, 1)"}, hooks, ["x.a"]),
    ],
)  # fmt: skip
def test_what_is_forbidden_is_found(tmp_path, files, check, found):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert check(modules(tmp_path)) == found


CHAPTER = """# %% [markdown]
# # A chapter
#
# Words.

# %% tags=["parameters"]
DATA = "synthetic"

# %%
import clustergap as cg
from bookkit import Page

study = cg.load(DATA)
page = Page("one", study)

# %%
# the regression
formula = f"gap~did+{CONTROLS}"
fit = pf.feols(
    formula, study.panel
)
rows = {"N": f"{fit._N:,}"}
page.tell(beta=fit.coef()["did"])

# %% [markdown]
# Last words.
#
# ## Exercises
#
# ### Exercise 1: predict

# %% tags=["solution"]
answer_1 = 1
"""


def test_lines_of_a_chapter_are_counted_by_kind(tmp_path):
    counted = runpy.run_path(str(Path(__file__).with_name("count_lines.py")))["kinds_of"]
    (tmp_path / "one.py").write_text(CHAPTER, encoding="utf-8")
    kinds = counted(tmp_path / "one.py")
    assert kinds == {"narrative": 3, "calculation": 6, "plumbing": 6, "exercises": 3}


LONGEST_WALK = 40


def test_a_number_passes_few_functions_from_its_raw_table_to_its_verdict():
    walked = set()

    def note(frame, event, _):
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(str(ROOT / "lib")):
            walked.add((code.co_filename, code.co_qualname))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        study = cg.load()
        formula = f"gap~did+{'+'.join(cg.CONTROLS)}|county+year"
        fit = pf.feols(formula, study.panel, vcov={"CRV1": "county"})
        book = Ledger("one", study.source)
        book.record_fit("table_2", 3, fit)
        compared = compare(book.records.values(), published())
    finally:
        sys.setprofile(before)
    address = (compared[["exhibit", "column", "row"]] == ["table_2", "3", "did"]).all(axis=1)
    assert (compared[address]["verdict"] == "exact").all() and address.any()
    walked = {step for step in walked if "<" not in step[1].replace("<locals>", "")}
    assert 20 < len(walked) <= LONGEST_WALK, sorted(walked)
