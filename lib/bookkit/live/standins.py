"""Modules that the page's Python cannot have, as far as the chapters use them.

A compiled one: statsmodels' logit is Newton's method in numpy, compared with it by the tests. The
others belong to Jupyter, whose part the page plays itself.
"""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

VIEW = "application/vnd.jupyter.widget-view+json"


def install(path: str, **content: Any) -> None:
    """Make a module of this content importable, and the packages it lies in."""
    module = sys.modules.setdefault(path, ModuleType(path))
    vars(module).update(content)
    package, _, last = path.rpartition(".")
    if package:
        install(package, **{last: module})


class Logit:
    """Logistic regression by maximum likelihood, as `statsmodels.api.Logit` gives it."""

    def __init__(self, endog: Any, exog: Any) -> None:
        self.y, self.x = np.asarray(endog, float), np.asarray(exog, float)
        self.names = getattr(exog, "columns", None)

    def fit(self, disp: int = 0, maxiter: int = 35) -> Any:
        """Newton's method from zero until no coefficient moves."""
        beta = np.zeros(self.x.shape[1])
        for _ in range(maxiter):
            p = 1 / (1 + np.exp(-self.x @ beta))
            step = np.linalg.solve(self.x.T * (p * (1 - p)) @ self.x, self.x.T @ (self.y - p))
            beta = beta + step
            if small := bool(np.abs(step).max() < 1e-10):
                break
        params = pd.Series(beta, self.names) if self.names is not None else beta
        return SimpleNamespace(
            params=params,
            mle_retvals={"converged": small},
            predict=lambda x: 1 / (1 + np.exp(-x @ beta)),
        )


def add_constant(data: Any) -> Any:
    """A column of ones before the others, named const in a frame."""
    if isinstance(data, pd.DataFrame):
        return pd.concat([pd.Series(1.0, data.index, name="const"), data], axis=1)
    return np.column_stack([np.ones(len(data)), data])


class Widget:
    """One widget of `bookkit.interactive`: keeps what the page needs to draw native controls."""

    def __init__(self, *given: Any, **named: Any) -> None:
        self.given, self.named = given, named
        self.stack: Widget | None = None
        self.style: Any = None

    def add_class(self, name: str) -> Widget:
        """Return the widget; classes are the page's."""
        return self

    def _repr_mimebundle_(self) -> dict[str, Any]:
        parts = self.given[0] if self.given else ()
        return {VIEW: [part.described(part.stack) for part in parts if part.stack]}

    def described(self, stack: Widget) -> dict[str, Any]:
        """Label, options, start and one style sheet a position."""
        sheets = [sheet.given[0] for sheet in stack.given[0]]
        keep = ("options", "index", "description")
        return {"kind": type(self).__name__, "sheets": sheets} | {k: self.named[k] for k in keep}


class SelectionSlider(Widget):
    """Becomes a range input."""


class Dropdown(Widget):
    """Becomes a select."""


def jslink(source: tuple[Widget, str], target: tuple[Widget, str]) -> None:
    """Let a selector know the stack whose page it turns."""
    source[0].stack = target[0]


def nothing(*given: Any, **named: Any) -> None:
    """Take anything, do nothing."""


class Absent:
    """Stands for what pyfixest imports but the book never calls."""

    def __init__(self, *given: Any, **named: Any) -> None:
        raise NotImplementedError("is not in the page: run the notebook on your computer")


def install_all(display: Any, publish: Any, told: dict[str, Any], texts: dict[str, type]) -> None:
    """Put every stand-in in place.

    `display` shows objects, `publish` takes forms of one (by type), `told` receives what is glued,
    `texts` are IPython's types of text by name.
    """

    def glue(name: str, value: Any, display: bool = True) -> None:
        told[name] = value

    shell = SimpleNamespace(display_pub=SimpleNamespace(publish=publish))
    # matplotlib asks whether to draw into a window
    install("IPython", get_ipython=nothing, version_info=(8, 24))
    install("IPython.core.getipython", get_ipython=lambda: shell)
    install("IPython.display", display=display, **texts)
    install("myst_nb", glue=glue)
    install("maketables", ETable=Absent, DTable=Absent, MTable=Absent)
    install("statsmodels.api", Logit=Logit, add_constant=add_constant)
    boxes = dict.fromkeys(("Widget", "Box", "VBox", "HTML", "Layout", "Stack"), Widget)
    install("ipywidgets", SelectionSlider=SelectionSlider, Dropdown=Dropdown, jslink=jslink)
    install("ipywidgets", **boxes)
