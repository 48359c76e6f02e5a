"""Makes pyfixest's clustered standard errors independent of PYTHONHASHSEED."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from types import ModuleType

FAULTY = "pyfixest.estimation.formula.utils"


def guard() -> None:
    """Let pyfixest keep the fixed effects in the order of the formula.

    pyfixest 0.50 to 0.60 splits ``county+year`` with ``set(...)``, so the order of the
    fixed-effect columns follows the hash seed of the process, while the count of fixed
    effects nested in clusters goes by the order of the formula. With the two orders
    crossed, the small-sample factor takes the wrong degrees of freedom. In that one
    module, ``set`` now keeps order; nothing else uses it there. The tests say whether
    the installed version still needs it. Whether pyfixest is imported before or
    after does not matter, and importing it is left to whoever needs it.
    """
    if FAULTY in sys.modules:
        _mend(sys.modules[FAULTY])
    elif not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def _mend(module: ModuleType) -> None:
    vars(module)["set"] = dict.fromkeys


class _Finder(MetaPathFinder):
    """Finds the one faulty module, as Python would, and mends it once it has run."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        found = PathFinder.find_spec(name, path, target) if name == FAULTY else None
        if found is None or found.origin is None:
            return None
        return spec_from_file_location(name, loader=_Mending(name, found.origin))


class _Mending(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        _mend(module)
