"""What chapters name for their prose, and what the prose says: the same, both ways."""

import re

import nbformat
import pytest

from bookkit.contents import scripts
from bookkit.students import pasted_values

ROLE = re.compile(r"\{glue:\w+\}`\s*([^`:\s]+)")
OF_A_FIT = re.compile(r"(?:beta|se|p|low|high|r2|n)_(\w+)")  # what `Page.tell_fit` names at once


def unspoken_and_unknown(chapter):
    """Names that no sentence uses, and names that no cell has told.

    A fit is told whole, so one of its numbers is enough.
    """
    told = set(pasted_values(chapter))
    texts = [cell.source for cell in chapter.cells if cell.cell_type == "markdown"]
    for cell in chapter.cells:
        for output in cell.get("outputs", []):
            texts.append("".join(output.get("data", {}).get("text/markdown", "")))
    said = set(ROLE.findall("\n".join(texts)))
    fits = {found[1] for name in said if (found := OF_A_FIT.fullmatch(name))}
    whole = {n for n in told - said if (found := OF_A_FIT.fullmatch(n)) and found[1] in fits}
    return sorted(told - said - whole), sorted(said - told)


def test_a_number_told_in_vain_and_one_never_told_are_both_found():
    def told(name):
        metadata = {"scrapbook": {"name": name}}
        data = {"application/papermill.record/text/plain": "1.5"}
        return nbformat.v4.new_output("display_data", data, metadata=metadata)

    names = ("a", "vain", "beta_x", "se_x", "se_y", "b")
    shown = nbformat.v4.new_output("display_data", {"text/markdown": "{glue:text}`b`"})
    chapter = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("", outputs=[*map(told, names), shown]),
            nbformat.v4.new_markdown_cell(
                "{glue:text}`a:.1f`, {glue:text}`beta_x`, {glue:text}`c`"
            ),
        ]
    )
    assert unspoken_and_unknown(chapter) == (["se_y", "vain"], ["c"])


@pytest.mark.slow
def test_every_number_told_is_said_and_every_one_said_is_told(built_book):
    pages = built_book / "work" / "book"
    found = {
        script.stem: unspoken_and_unknown(
            nbformat.read(pages / f"{script.stem}.ipynb", as_version=4)
        )
        for script in scripts()
    }
    assert {name: names for name, names in found.items() if any(names)} == {}
