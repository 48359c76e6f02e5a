"""The mutation runner changes what it says, one thing at a time, and leaves the code as it was."""

import ast
from pathlib import Path

import mutants as runner
from mutants import mutants

SOURCE = '''"""Words are left alone."""
def f(x: int = 1) -> bool:
    """So are these."""
    if x > 2 and not x == -3.5:
        raise ValueError(f"no good: {x + 1}")
    return x in "a b", True, "key"
'''


def test_changes_by_hand():
    tree = ast.parse(SOURCE)
    before, found = ast.dump(tree), {}
    for line, text, words in mutants(tree, SOURCE):
        assert SOURCE.splitlines()[line - 1].strip() == text
        found.setdefault(line, []).append((words, ast.unparse(tree)))
    assert ast.dump(tree) == before
    said = {line: sorted(words for words, _ in changes) for line, changes in found.items()}
    assert said == {
        2: ["1 → 2"],
        4: sorted([
            *("condition turned round", "And → Or", "Gt → GtE", "Gt → LtE", "2 → 3", "Not gone"),
            *("Eq → NotEq", "USub gone", "3.5 → 4.5"),
        ]),
        5: ["1 → 2", "Add → Sub"],
        6: sorted(["return None", "In → NotIn", "True → False", "'key' → 'keyx'"]),
    }  # fmt: skip
    assert "x >= 2" in dict(found[4])["Gt → GtE"] and "return None" in dict(found[6])["return None"]
    codes = {code for changes in found.values() for _, code in changes}
    assert len(codes) == sum(map(len, found.values()))  # every mutant is another program


def test_what_is_left_out_is_still_in_the_library():
    library = Path(runner.ROOT, "lib", "clustergap")
    sources = [(library / f"{module}.py").read_text("utf-8") for module in runner.MODULES]
    lines = {line.strip() for source in sources for line in source.splitlines()}
    assert {line for line, _ in runner.EQUIVALENT} <= lines


def test_the_report_counts_what_is_left_out_apart(tmp_path, monkeypatch):
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr(runner, "ROOT", tmp_path)
    left_out = next(iter(runner.EQUIVALENT))
    results = {"one": (3, [(7, "x < 1", "Lt → LtE")], [(9, *left_out)]), "two": (1, [], [])}
    assert runner.report(results) == 75
    text = (tmp_path / "docs" / "mutation.md").read_text(encoding="utf-8")
    assert (
        "| `one` | 3 | 2 | 66.7 % | 1 |\n| `two` | 1 | 1 | 100.0 % | 0 |\n| all | 4 | 3 |" in text
    )
    assert "- line 7, Lt → LtE: `x < 1`" in text and runner.EQUIVALENT[left_out] in text
