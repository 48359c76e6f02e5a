"""Docstrings say what signatures do: parameters, results, errors; and the test can tell."""

import ast
import re
from pathlib import Path

import pytest

from clustergap.project import ROOT

LIBRARY = ROOT / "lib" / "clustergap"
MODULES = sorted(LIBRARY.rglob("*.py"))
SECTION = re.compile(r"^(Parameters|Attributes|Returns|Yields|Raises)\n-+\n", re.MULTILINE)
HEAD = re.compile(r"^\S.*$", re.MULTILINE)


def sections(docstring):
    """Name of each numpy section to the words at its left edge: names, types or errors."""
    parts = SECTION.split(docstring)
    found = {}
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        body = re.split(r"\n\S+\n-+\n", text)[0]
        heads = [line.split(" : ")[0] for line in HEAD.findall(body)]
        found[name] = [word.strip().lstrip("*") for head in heads for word in head.split(",")]
    return found


def parameters(function):
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    named += [a for a in (arguments.vararg, arguments.kwarg) if a]
    return [a.arg for a in named if a.arg not in ("self", "cls")]


def raised(function):
    """Errors that the function raises itself, not in functions inside it."""
    names, inside = set(), [*function.body]
    while inside:
        node = inside.pop()
        if isinstance(node, (ast.FunctionDef, ast.Lambda)):
            continue
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            names.add(ast.unparse(node.exc.func))
        inside += ast.iter_child_nodes(node)
    return names


def function_faults(function, said):
    wanted, given = parameters(function), said.get("Parameters", [])
    faults = [f"parameter {name} is not described" for name in wanted if name not in given]
    faults += [f"describes {name}, which it does not take" for name in given if name not in wanted]
    decorators = {ast.unparse(d).split(".")[-1] for d in function.decorator_list}
    answers = ast.unparse(function.returns) if function.returns else "None"
    speaks = answers != "None" and not decorators & {"property", "cached_property"}
    if speaks and not {"Returns", "Yields"} & set(said):
        faults.append(f"does not say what it returns ({answers})")
    if answers == "None" and "Returns" in said:
        faults.append("describes a result, but returns none")
    missing = sorted(raised(function) - set(said.get("Raises", [])))
    return faults + [f"does not say that it raises {error}" for error in missing]


def class_faults(node, said):
    fields = [n.target.id for n in node.body if isinstance(n, ast.AnnAssign)]
    fields = [name for name in fields if not name.startswith("_")]
    given = said.get("Attributes", []) if fields else []
    faults = [f"attribute {name} is not described" for name in fields if name not in given]
    return faults + [f"describes {name}, not an attribute" for name in given if name not in fields]


def faults_of(source, name="module"):
    """Everything in a module's public docstrings that is missing or says too much."""
    found = []

    def look(nodes, path):
        for node in nodes:
            if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or node.name.startswith("_"):
                continue
            place, text = f"{path}.{node.name}", ast.get_docstring(node)
            if text is None:
                found.append(f"{place}: no docstring")
                continue
            check = class_faults if isinstance(node, ast.ClassDef) else function_faults
            found.extend(f"{place}: {fault}" for fault in check(node, sections(text)))
            if isinstance(node, ast.ClassDef):
                look(node.body, place)

    tree = ast.parse(source)
    first = (ast.get_docstring(tree) or "").split("\n")[0]
    if len(first.split()) < 4 or not first.endswith("."):
        found.append(f"{name}: its first line does not say what it is for")
    look(tree.body, name)
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(LIBRARY)))
def test_docstrings_say_what_signatures_do(path):
    assert not faults_of(Path(path).read_text(encoding="utf-8"), path.stem)


GOOD = '''"""Adds numbers up, carefully and in order."""

def add(a: float, b: float = 0.0, *rest: float, **options: str) -> float:
    """Add numbers up.

    Parameters
    ----------
    a, b
        Numbers, any unit.
    *rest : float
        More of them.
    options
        See there.

    Returns
    -------
    float
        The sum.

    Raises
    ------
    ValueError
        Nothing to add.
    """
    if not rest:
        raise ValueError("nothing")
    return a

class Sum:
    """A sum.

    Attributes
    ----------
    total : float
        Of all.
    """

    total: float

    @property
    def half(self) -> float:
        """Half of it."""
        return self.total / 2
'''


def test_good_docstrings_pass():
    assert faults_of(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("b: float = 0.0", "c: float = 0.0", "parameter c is not described"),
        ("b: float = 0.0, ", "", "describes b, which it does not take"),
        ("    options\n        See there.\n", "", "parameter options is not described"),
        ("    Returns\n    -------\n    float\n        The sum.\n", "", "what it returns"),
        (") -> float:\n    \"\"\"Add", ") -> None:\n    \"\"\"Add", "returns none"),
        ("    ValueError\n        Nothing", "    KeyError\n        Nothing", "raises ValueError"),
        ("    total : float\n        Of all.\n", "", "attribute total is not described"),
        ("    total: float\n", "    whole: float\n", "describes total, not an attribute"),
        ('        """Half of it."""\n', "", "no docstring"),
        ("Adds numbers up, carefully and in order.", "Sums.", "what it is for"),
    ],
)  # fmt: skip
def test_a_docstring_that_is_wrong_is_found(old, new, fault):
    assert GOOD.count(old) == 1
    assert any(fault in found for found in faults_of(GOOD.replace(old, new)))
