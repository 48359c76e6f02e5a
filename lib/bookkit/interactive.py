"""Figures with controls: they answer in a page without a kernel, and in Jupyter with one.

A picture holds all its states at once, drawn by matplotlib or seaborn: artists made inside
``with at(axes, a=3):`` belong to position 3 of control ``a``. A control swaps style sheets of one
line, by ipywidgets that are linked in the browser. Paper, and pages without JavaScript, show the
positions that the controls start with.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import ipywidgets
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bookkit import display

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
KINDS = {"slider": ipywidgets.SelectionSlider, "menu": ipywidgets.Dropdown}
_GROUP = re.compile(r'<g id="[\w-]*?at((?:-[a-z]\d+)+)">')
_PLACE = re.compile(r"-([a-z])(\d+)")


@dataclass(frozen=True)
class Selector:
    """A choice that the reader makes.

    Attributes
    ----------
    key
        One lower-case letter, the keyword of `at` and `when`.
    label
        What is chosen; also the control's name for who cannot see it.
    options
        What each position reads; two or more.
    start
        Position at first, on paper, and without JavaScript.
    kind
        ``"slider"`` or ``"menu"``.
    all_at
        Position at which nothing is hidden, such as that of "all"; none by default.
    """

    key: str
    label: str
    options: Sequence[str]
    start: int = 0
    kind: str = "slider"
    all_at: int | None = None

    def rule(self, scope: str, position: int) -> str:
        """CSS that hides what belongs to another position, inside a selector such as ``.name``."""
        if position == self.all_at:
            return ""
        return f'{scope} [data-{self.key}]:not([data-{self.key}="{position}"]){{display:none}}'


@dataclass(frozen=True)
class Interactive:
    """A figure with controls: the book takes the first form, a live notebook the widget."""

    shown: display.Rendered
    widget: ipywidgets.Widget

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self.widget._repr_mimebundle_() | self.shown._repr_mimebundle_()


@contextmanager
def at(axes: Axes, **positions: int) -> Iterator[None]:
    """Let what is drawn on the axes inside the block belong to positions of controls.

    Parameters
    ----------
    axes
        Where it is drawn; artists that are there already stay as they are.
    positions
        Key of a control to one of its positions: ``at(axes, a=3, b=0)``.
    """
    before = set(axes.get_children())
    yield
    for artist in set(axes.get_children()) - before:
        belong(artist, **positions)


def belong(artist: Artist, **positions: int) -> None:
    """Let one artist, such as whole axes, belong to positions of controls: see `at`."""
    artist.set_gid("at" + "".join(f"-{key}{place}" for key, place in sorted(positions.items())))


def when(words: str, **positions: int) -> str:
    """Mark HTML of the words below a figure as belonging to positions of controls."""
    marks = " ".join(f'data-{key}="{place}"' for key, place in sorted(positions.items()))
    return f"<span {marks}>{words}</span>"


def figure_with_controls(
    fig: Figure, controls: Sequence[Selector], *, words: str, name: str, caption: str, alt: str,
    source: str,
) -> Interactive:  # fmt: skip
    """Show a figure whose parts were drawn inside `at`, with controls, number and caption.

    Parameters
    ----------
    fig
        For all positions; it is closed here.
    controls
        One or more; their keys differ.
    words
        HTML for below the picture: what it shows at each position (`when`). Read out on change.
    name, caption, alt, source
        As in `display.figure`.

    Raises
    ------
    ValueError
        If a control offers no choice, two share a key, or nothing was drawn for one.
    """
    for control in controls:
        if len(control.options) < 2:
            raise ValueError(f"control {control.label!r} of {name} has fewer than two options")
    if len({control.key for control in controls}) < len(controls):
        raise ValueError(f"two controls of {name} have the same key")
    drawn = display.raw_svg(fig, source)
    picture = _GROUP.sub(_placed, display.page_svg(drawn, name, alt))
    for control in controls:
        if f"data-{control.key}=" not in picture + words:
            raise ValueError(f"nothing of {name} belongs to control {control.label!r}")
    at_first = "".join(c.rule(f".{name}", c.start) for c in controls)
    picture = re.sub("<svg ", f'<svg class="{name}" ', picture, count=1)
    picture = re.sub(r"(<svg[^>]*>)", rf"\1<style>{at_first}</style>", picture, count=1)
    live = f'<div class="{name} explorer-words" aria-live="polite">{words}</div>'
    panel = _panel(name, controls)
    view = json.dumps(panel._repr_mimebundle_()[WIDGET_VIEW])
    script = f'<script type="{WIDGET_VIEW}">{view}</script>'
    frame = display.framed(
        picture, name=name, caption=caption, alt=alt, source=source, below=script + live
    )
    legend = ipywidgets.HTML(html.escape(f"{caption} Source: {source}."))
    parts = [ipywidgets.HTML(picture), panel, ipywidgets.HTML(live), legend]
    return Interactive(frame, ipywidgets.VBox(parts))


def _placed(group: re.Match[str]) -> str:
    marks = " ".join(f'data-{key}="{place}"' for key, place in _PLACE.findall(group[1]))
    return f"<g {marks}>"


def _panel(name: str, controls: Sequence[Selector]) -> ipywidgets.Box:
    """Selectors, each linked to a stack of style sheets, one of which is in the page."""
    scope = f".{name}" * 3
    layout, css = ipywidgets.Layout(), ipywidgets.HTML().style
    hidden = ipywidgets.Layout(display="none")
    selectors, stacks = [], []
    for control in controls:
        selector = KINDS[control.kind](
            options=control.options,
            index=control.start,
            description=control.label,
            style={"description_width": "initial"},
        )
        sheets = [
            # what the picture's own sheet hides is shown again first, by a stronger selector; what
            # another control hides stays hidden, by a still stronger one; never on paper
            f"<style>@media screen{{{scope} [data-{control.key}]{{display:revert}}"
            f"{control.rule(scope, position)}}}</style>"
            for position in range(len(control.options))
        ]
        frames = [ipywidgets.HTML(sheet, layout=layout, style=css) for sheet in sheets]
        stack = ipywidgets.Stack(frames, selected_index=control.start, layout=hidden)
        ipywidgets.jslink((selector, "index"), (stack, "selected_index"))
        selectors.append(selector)
        stacks.append(stack)
    return ipywidgets.VBox([*selectors, *stacks]).add_class("explorer-controls")
