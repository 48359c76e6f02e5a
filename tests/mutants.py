"""Mutation testing: change one thing in the library at a time; then a test must fail.

`make mutants` runs it and writes docs/mutation.md. Every mutant is a fork of a process that has
imported the heavy packages: a second instead of five. (mutmut leaves module level alone and works
on a copy of the project, cosmic-ray starts a new process each time.)
"""

import ast
import importlib
import os
import re
import resource
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULES = ("indices", "ledger", "audit")  # each with its own file of tests
HEAVY = "numpy pandas pandera.pandas scipy.stats scipy.optimize pyfixest hypothesis pytest yaml"
JOBS, LIMIT, WANTED = os.cpu_count() or 1, 60, 85  # at a time; seconds, then it counts as found; %
SWAPS = """Add Sub, Sub Add, Mult Div, Div Mult, Pow Mult, FloorDiv Mult, Mod Mult, BitAnd BitOr,
    BitOr BitAnd, And Or, Or And, Eq NotEq, NotEq Eq, In NotIn, NotIn In, Is IsNot, IsNot Is,
    Lt LtE, Lt GtE, LtE Lt, LtE Gt, Gt GtE, Gt LtE, GtE Gt, GtE Lt"""
EQUIVALENT = {
    ('if number["kind"] in SIGNED and value != 0 and (value < 0) == printed.is_signed():',
        "Lt → LtE"): "the value is not zero there",
    ("paths = (np.arange(periods) >= first).astype(float)", "GtE → Lt"):
        "one less the path, demeaned, is the path with the other sign, and all is squared",
    **dict.fromkeys([
        ("if low <= value <= high and (pd.isna(stars) or stars == record.stars):", "LtE → Lt"),
        ("if record.interval and record.interval[0] <= high and record.interval[1] >= low:",
         "LtE → Lt"),
        ("if record.interval and record.interval[0] <= high and record.interval[1] >= low:",
         "GtE → Gt"),
        ("if se and abs(value - printed) <= Decimal(se) + slack:", "LtE → Lt"),
    ], "no binary fraction lies on an end: the slack, 1e-6 of a unit, has powers of five in it"),
}  # fmt: skip
"""(line of code, change) to why no test can tell."""
HEAD = f"""# Mutation testing: would the tests notice?

Written by `make mutants` (`tests/mutants.py`), which changes one operator, constant, condition or
returned value at a time and runs the module's tests; at least {WANTED} % of the changes must make
one fail. What is listed below was not noticed. Most of it makes no difference that tests could see;
it counts as not noticed all the same, but for what is marked as left out, with its reason.

| module | changes | noticed | share | left out |
|---|---:|---:|---:|---:|"""


def places(node, parent=None):
    """Yield every node whose change matters, with its parent: no annotations nor decorators."""
    yield node, parent
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns", "decorator_list"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from places(child, node)


def swapped(operator):
    pairs = (pair.split() for pair in SWAPS.split(","))
    return [getattr(ast, new)() for old, new in pairs if old == type(operator).__name__]


def changes(node, parent):
    """Yield what can be done to a node: in words, attribute, new value."""
    if isinstance(node, (ast.BinOp, ast.AugAssign, ast.BoolOp)):
        for new in swapped(node.op):
            yield f"{type(node.op).__name__} → {type(new).__name__}", "op", new
    elif isinstance(node, ast.Compare):
        for i, old in enumerate(node.ops):
            for new in swapped(old):
                words = f"{type(old).__name__} → {type(new).__name__}"
                yield words, "ops", [*node.ops[:i], new, *node.ops[i + 1 :]]
    elif isinstance(node, ast.UnaryOp):
        yield f"{type(node.op).__name__} gone", "operand", ast.UnaryOp(node.op, node.operand)
    elif isinstance(node, ast.Constant) and not isinstance(parent, (ast.Expr, ast.JoinedStr)):
        old = node.value
        if isinstance(old, (int, float)):
            yield f"{old} → {(new := not old if isinstance(old, bool) else old + 1)}", "value", new
        elif isinstance(old, str) and re.fullmatch(r"[\w.-]+", old):  # else words of a message
            yield f"{old!r} → {old + 'x'!r}", "value", old + "x"
    elif isinstance(node, ast.Return) and node.value is not None:
        yield "return None", "value", ast.Constant(None)
    elif isinstance(node, (ast.If, ast.IfExp)):
        yield "condition turned round", "test", ast.UnaryOp(ast.Not(), node.test)


def mutants(tree, source):
    """Change the tree, yield what was done, and change it back: line number, line, change."""
    lines = source.splitlines()
    for node, parent in list(places(tree)):
        for words, field, new in changes(node, parent):
            old = getattr(node, field)
            setattr(node, field, new)
            yield node.lineno, lines[node.lineno - 1].strip(), words
            setattr(node, field, old)


class Injected(MetaPathFinder, Loader):
    """Imports one module from a changed tree."""

    def __init__(self, name, tree):
        self.name, self.tree = name, tree

    def find_spec(self, name, path=None, target=None):
        return ModuleSpec(name, self) if name == self.name else None

    def exec_module(self, module):
        exec(compile(ast.fix_missing_locations(self.tree), self.name, "exec"), vars(module))


def start(module, tree):
    """Fork a process that imports the tree as the module and runs its tests."""
    if pid := os.fork():
        return pid
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1), os.dup2(quiet, 2)
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))  # whatever else the machine does
    sys.meta_path.insert(0, Injected(f"clustergap.{module}", tree))
    options = ["-x", "-q", "-m", "not slow", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
    pytest = importlib.import_module("pytest")
    os._exit(int(pytest.main([*options, str(ROOT / "tests" / f"test_{module}.py")])))


def survivors(module):
    """Return how many mutants there are, those that no test found, and those left out."""
    source = (ROOT / "lib" / "clustergap" / f"{module}.py").read_text(encoding="utf-8")
    tree, running, alive, left_out, count = ast.parse(source), {}, [], [], 0
    if os.waitpid(start(module, tree), 0)[1]:
        sys.exit(f"test_{module}.py fails on the code as it is: mend that first")
    for place in mutants(tree, source):
        if place[1:] in EQUIVALENT:
            left_out.append(place)
            continue
        if len(running) == JOBS:
            reap(running, alive)
        running[start(module, tree)], count = place, count + 1
    while running:
        reap(running, alive)
    return count, sorted(alive), left_out


def reap(running, alive):
    pid, status = os.wait()
    place = running.pop(pid)
    if status == 0:
        alive.append(place)
        print(f"  not noticed, line {place[0]}, {place[2]}: {place[1]}", flush=True)


def report(results):
    """Write docs/mutation.md; return the share of changes that are found, in per cent."""
    rows = [(f"`{m}`", n, n - len(alive), len(out)) for m, (n, alive, out) in results.items()]
    rows.append(("all", *(sum(row[i] for row in rows) for i in (1, 2, 3))))
    lines = [f"| {name} | {n} | {k} | {100 * k / n:.1f} % | {out} |" for name, n, k, out in rows]
    for module, (_, alive, left_out) in results.items():
        found = "changes that no test notices" if alive else "no change goes unnoticed"
        lines.append(f"\n## `{module}`: {found}\n")
        lines += [f"- line {n}, {words}: `{line}`" for n, line, words in alive]
        lines += [
            f"- left out, line {n}, {words}: `{line}`: {EQUIVALENT[line, words]}"
            for n, line, words in left_out
        ]
    (ROOT / "docs" / "mutation.md").write_text("\n".join([HEAD, *lines]) + "\n", "utf-8")
    return 100 * rows[-1][2] / rows[-1][1]


def main():
    for package in HEAVY.split():
        importlib.import_module(package)
    results = {}
    for module in MODULES:
        print(module, flush=True)
        results[module] = survivors(module)
    share = report(results)
    print(f"{share:.1f} % of the changes are noticed")
    sys.exit(int(share < WANTED))


if __name__ == "__main__":
    main()
