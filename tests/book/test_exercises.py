"""The course: exercises that can be done, checks that notice wrong answers, nothing given away."""

import ast
import functools
import itertools
import re

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest

import clustergap as cg
from bookkit import students
from bookkit.contents import NOTEBOOKS, parameters, scripts
from bookkit.downloads import with_install_cell

SUMMARIES = {"89_audit_brief", "96_zh_summary"}  # no chapters: the audit and the book in brief
NUMBERED = sorted({p.stem for p in scripts() if p.stem[0].isdigit()} - SUMMARIES)
TAGS = {"parameters", "hide-input", "hide-cell", "hide-output", "remove-cell", "remove-input"}
TAGS |= {"remove-output", "solution", "check", "install", "synthetic"}
SHORTEST_LEAK = 20  # characters; shorter lines of code are anybody's
TOO_MUCH = 1.1  # a wrong number, ten per cent off


def tags(cell):
    return set(cell.metadata.get("tags", []))


def chapter(name):
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def exercises(notebook):
    """Cells of each exercise, by number: those from its heading to the next."""
    found, number = {}, None
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and "\n## Exercises" in f"\n{cell.source}":
            found, number = {}, 0
        elif heading := students.EXERCISE.search(cell.source):
            number = int(heading[1])
            assert number not in found, f"two exercises {number}"
            found[number] = []
        if number:
            found[number].append(cell)
    return found


def exercise_part(cell):
    return tags(cell) & {"solution", "check"}


def with_exercises():
    return [name for name in NUMBERED if exercises(chapter(name))]


# --- how they are written --------------------------------------------------------------


@pytest.mark.parametrize("name", NUMBERED)
def test_a_chapter_ends_with_two_to_four_whole_exercises(name):
    found = exercises(chapter(name))
    assert 2 <= len(found) <= 4, (
        f"{name}: {len(found)} exercises found, each heading opening a cell"
    )
    assert list(found) == [*range(1, len(found) + 1)]
    coded = 0
    for number, cells in found.items():
        where, kind = f"{name}, exercise {number}", students.EXERCISE.search(cells[0].source)[2]
        words = "\n".join(c.source for c in cells if c.cell_type == "markdown")
        assert words.count('<details class="hint"><summary>Hint</summary>\n\n') == 1, where
        assert words.count("\n\n</details>") == words.count("<details"), where
        code = [c for c in cells if c.cell_type == "code"]
        roles = [sorted(tags(c)) for c in code]
        assert [set(r) - {"hide-cell"} for r in roles] in ([{"solution"}, {"check"}], []), where
        told = [c for c in cells if c.cell_type == "markdown" and "solution" in tags(c)]
        assert len(told) <= 1 and (code or told), where
        assert code or kind == "explain", f"{where}: no code to check"
        for cell in told:
            assert cell.source.startswith(
                '<details class="solution"><summary>Solution</summary>\n\n'
            )
        if code:
            coded += 1
            assert f"answer_{number} =" in code[0].source, where
            assert f"answer_{number}" in code[1].source, where
            assert "assert " in code[1].source or f"check_{number}(" in code[1].source, where
    assert coded, f"{name}: a link to a notebook without blanks"


@pytest.mark.parametrize("path", scripts(), ids=lambda path: path.stem)
def test_every_tag_is_one_that_something_heeds(path):
    for cell in chapter(path.stem).cells:
        assert tags(cell) <= TAGS, f"unknown tag in {cell.source[:60]!r}"


def test_headings_of_exercises_are_spelled_as_the_pipeline_reads_them():
    for name in NUMBERED:
        for cell in chapter(name).cells:
            for line in re.findall(r"^#+ *[Ee]xercise\b.*", cell.source, re.MULTILINE):
                assert line == "## Exercises" or students.EXERCISE.fullmatch(line), (name, line)


# --- the students' notebooks -----------------------------------------------------------


def made(name):
    return students.student(chapter(name))


@pytest.mark.parametrize("name", with_exercises())
def test_no_solution_leaks_into_a_students_notebook(name):
    whole, given = chapter(name), nbformat.writes(made(name))
    kept = {x.strip() for cell in made(name).cells for x in cell.source.splitlines()}
    kept -= {x.strip() for c in whole.cells if not exercise_part(c) for x in c.source.splitlines()}
    for cell in (cell for cell in whole.cells if "solution" in tags(cell)):
        lines = {line.strip() for line in cell.source.splitlines()}
        assert not {x for x in lines & kept if len(x) >= SHORTEST_LEAK}
        for answer in re.findall(r"^answer_\d+ = (.+)", cell.source, re.MULTILINE):
            assert len(answer) < SHORTEST_LEAK or answer not in "\n".join(kept), answer
    assert '"solution"' not in given and 'class=\\"solution\\"' not in given


@pytest.mark.slow
@pytest.mark.parametrize("name", with_exercises())
def test_a_students_notebook_is_the_chapter_with_blanks_and_no_outputs(name):
    whole, given = chapter(name), made(name)
    nbformat.validate(given)
    assert all(not cell.get("outputs") and not cell.get("execution_count") for cell in given.cells)
    assert nbformat.writes(given) == nbformat.writes(made(name))
    expected = []
    for cell in with_install_cell(whole).cells:
        number = next(
            (n for n, cells in exercises(whole).items() if any(c.id == cell.id for c in cells)), 0
        )
        if cell.cell_type == "code":
            if "solution" in tags(cell):
                expected.append(students.BLANK.format(number))
            elif "check" in tags(cell):
                expected.append(students.GUARD.format(number) + cell.source)
            else:
                expected.append(cell.source)
    assert [c.source for c in given.cells if c.cell_type == "code"] == expected
    for number in exercises(whole):
        blanks = [c for c in given.cells if f"Exercise {number}: your" in c.source]
        assert len(blanks) == 1


def test_roles_become_what_plain_jupyter_shows():
    text = (
        "{glue:text}`gap:.2f` of {glue:text}`who` in the {doc}`code\nbook <_generated/codebook>`, "
        "the {term}`income ratio`.\n\n```{math}\n:label: eq-a\na = b\n```\n\nTerm\n: said\n  so"
        "\n\n:::{admonition} Mind\n:class: a b\n\nOne\n\n- two\n:::\nLast"
    )
    assert students.plain(text, {"gap": 0.126, "who": "all"}) == (
        "0.13 of all in the code book, the income ratio.\n\n$$\na = b\n$$\n\n- **Term.** said\n  so"
        "\n\n> **Mind**\n>\n> One\n>\n> - two\n\nLast"
    )


# --- done by a student, well and badly -------------------------------------------------


class Off:
    """A fit whose coefficients are ten per cent too large."""

    def __init__(self, fit):
        self._fit = fit

    def __getattr__(self, name):
        return getattr(self._fit, name)

    def coef(self):
        return self._fit.coef() * TOO_MUCH


def wrong(answer):
    """Yield answers like this one, and wrong: another size, sign, neighbour, word, entry."""
    if isinstance(answer, bool | np.bool_):
        yield not answer
    elif isinstance(answer, str):
        yield f"{answer}x"
        yield ""
    elif isinstance(answer, int | np.integer):
        yield from (answer + 1, answer - 1)
    elif isinstance(answer, float):
        yield from (answer * TOO_MUCH + (answer == 0), -answer - (answer == 0))
    elif isinstance(answer, pd.Series | pd.DataFrame) and len(answer):
        numeric = answer.select_dtypes("number") if answer.ndim == 2 else answer
        assert numeric.size, "an answer without a number"
        whole, one = answer.copy(), answer.copy()
        if answer.ndim == 2:
            whole[numeric.columns] = numeric * TOO_MUCH + (numeric == 0)
            one[numeric.columns[-1]] = [*numeric.iloc[:-1, -1], next(wrong(numeric.iloc[-1, -1]))]
        else:
            whole = pd.Series([next(wrong(v)) for v in answer], answer.index)
            one = pd.Series([*answer.iloc[:-1], next(wrong(answer.iloc[-1]))], answer.index)
        yield from (whole, one)
    elif isinstance(answer, tuple | list):
        for place, value in enumerate(answer):
            for other in wrong(value):
                yield type(answer)([*answer[:place], other, *answer[place + 1 :]])
    elif isinstance(answer, dict):
        for key, value in answer.items():
            for other in wrong(value):
                yield answer | {key: other}
    elif isinstance(answer, np.ndarray):
        yield answer * TOO_MUCH + (answer == 0)
    elif hasattr(answer, "coef"):
        yield Off(answer)
    else:
        raise TypeError(f"how to spoil a {type(answer).__name__}?")


def test_spoiled_answers_differ_from_the_answer():
    for answer in (3, 2.0, 0.0, "a", True, (1, "b"), {"a": 0.0}, np.float64(2), np.zeros(2)):
        assert all(not np.array_equal(other, answer) for other in wrong(answer))
        assert list(wrong(answer))
    series = pd.Series([1.0, 0.0])
    assert all(not other.equals(series) for other in wrong(series))


def binds_and_uses(source):
    """Names that a cell makes or changes, and names that it reads."""
    made, read = set(), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else made).add(node.id)
        elif isinstance(node, ast.FunctionDef):
            made.add(node.name)
        elif isinstance(node, ast.alias):
            made.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
            made |= {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
    return made, read


def what_leads_to(sources, wanted):
    """Those of a chapter's cells that make the wanted names, with what they need themselves."""
    kept = []
    for source in reversed(sources):
        made, read = binds_and_uses(source)
        if made & wanted:
            wanted = wanted | read
            kept.append(source)
    return kept[::-1]


def test_only_what_leads_to_a_name_is_run():
    cells = ["import numpy as np", "a = 1", "b = {}", "b[a] = np.pi", "c = b", "d = 2"]
    assert what_leads_to(cells, {"c"}) == cells[:5]
    assert what_leads_to(cells, {"d"}) == cells[5:]


@pytest.fixture(scope="module")
def load_once():
    """Let chapters share the panel that ships: reading it takes longer than most checks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cg, "load", functools.cache(cg.load))
        patch.chdir(NOTEBOOKS)
        yield


def reads_results(name):
    return "RESULTS" in parameters(NOTEBOOKS / f"{name}.ipynb")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            n, marks=pytest.mark.weekly if n == "07_5_specification_curve" else ()
        )  # slowest
        for n in with_exercises()
    ],
)
def test_right_answers_pass_and_spoiled_ones_are_told_what_is_wrong(name, load_once, request):
    """Each check, called with the solution and with spoiled ones, beside what the chapter has."""
    whole = chapter(name)
    if reads_results(name):
        request.getfixturevalue("built_book")  # with the results of the other chapters
    taught = [c.source for c in whole.cells if c.cell_type == "code" and not exercise_part(c)]
    parts = {
        number: [c.source for c in cells if c.cell_type == "code"]
        for number, cells in exercises(whole).items()
    }
    parts = {number: code for number, code in parts.items() if code}
    wanted = set().union(*(binds_and_uses(part)[1] for code in parts.values() for part in code))
    names = {"__name__": "__main__"}
    for source in what_leads_to(taught, wanted):
        exec(source, names)
    for number, (solution, check) in parts.items():
        variable, done = f"answer_{number}", dict(names)  # no exercise may need another one
        exec(solution, done)
        answer = done[variable]
        exec(check, names | {variable: answer})
        for spoiled in itertools.islice(wrong(answer), 20):
            with pytest.raises(AssertionError) as noticed:
                exec(check, names | {variable: spoiled})
            assert str(noticed.value), f"{variable}: a check without words"
    plt.close("all")


@pytest.mark.slow
def test_in_a_kernel_a_students_notebook_stops_at_its_first_blank(tmp_path):
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    given = made("01_introduction")
    client = NotebookClient(given, resources={"metadata": {"path": str(tmp_path)}})
    with pytest.raises(CellExecutionError, match=students.STILL_BLANK.format(1)):
        client.execute()
    codes = [c for c in given.cells if c.cell_type == "code" and c.source.strip()]
    done = [c for c in codes if c.execution_count]
    assert "check" in tags(done[-1]) and sum("check" in tags(c) for c in done) == 1
