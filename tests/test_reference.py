"""The reference page holds every public name, and marks in docstrings stay text."""

import ast

import clustergap
from clustergap import assemble, indices, resample
from clustergap.pipeline import pages

SOURCE = '''
class Sum:
    """A sum of `a` and ``b_c``, see :func:`add`: |x| < *y*, $z_1$.

    Attributes
    ----------
    total, rest : float
        Of all.
    """

    @property
    def half(self):
        """Half."""

    def _hidden(self):
        """Not shown."""

    def add(self, a: float, *rest: float, scale: float = 1.0, **options: str) -> float:
        """Add up.

        More about it.

        Returns
        -------
        float
            The sum,
            in full.

        Raises
        ------
        ValueError
            Nothing to add.
        """
'''
SHOWN = r"""`class Sum`
: A sum of `a` and `b_c`, see `add`: \|x\| \< \*y\*, \$z\_1\$.

  - `total`, `rest`: Of all.

`Sum.half`
: Half.


`Sum.add(a, *rest, scale=1.0, **options) → float`
: Add up.

  - returns `float`: The sum, in full.
  - raises `ValueError`: Nothing to add.
"""


def test_entries_by_hand():
    assert "\n".join(pages._entries(ast.parse(SOURCE).body)) == SHOWN


def test_every_public_function_and_class_has_an_entry():
    page = pages.api()
    for module in (assemble, indices, resample):
        named = [
            n for n, o in vars(module).items() if getattr(o, "__module__", "") == module.__name__
        ]
        assert named
        for name in named:
            shown = f"`{name}(" in page or f"`class {name}`" in page
            assert shown != name.startswith("_"), name
    for room in ("", ".pipeline", ".own", ".synthetic"):
        assert f"## `clustergap{room}`" in page
    assert clustergap.__doc__.split("\n")[0] in page
