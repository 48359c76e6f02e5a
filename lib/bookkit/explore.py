"""Figures with controls: they answer in a page without a kernel, and in Jupyter with one.

A picture holds all its states at once. What belongs to one position of a control lies inside
`when`, and the control swaps style sheets of one line, by ipywidgets that are linked in the
browser. Several controls nest, so that no picture is needed for each combination. Paper, and
pages without JavaScript, show the positions that the controls start with.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets
import numpy as np
from numpy.typing import ArrayLike

from bookkit import display as style

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
FONT = 13.5  # of the words in a picture 460 wide: ten pixels where a window has only 360
KINDS = {"slider": ipywidgets.SelectionSlider, "menu": ipywidgets.Dropdown}


@dataclass(frozen=True)
class Selector:
    """A choice that the reader makes.

    Attributes
    ----------
    key
        One lower-case letter, the first argument of `when`.
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

    def rules(self, scope: str, position: int) -> str:
        """Style sheet of a position: hide the others.

        Parameters
        ----------
        scope
            CSS selector of the picture: ``.name``.
        position
            Place among the options, from 0.

        Returns
        -------
        str
            CSS in one line.
        """
        mine = f"{scope} [data-{self.key}]"
        if position == self.all_at:
            return f"{mine}{{display:inline}}"
        return f'{mine}{{display:none}}{mine[:-1]}="{position}"]{{display:inline}}'


@dataclass(frozen=True)
class Explorer:
    """A figure with controls: the book takes the first form, a live notebook the widget.

    Attributes
    ----------
    shown
        The form for the book.
    widget
        Picture, controls and words, for Jupyter.
    """

    shown: style.Rendered
    widget: ipywidgets.Widget

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self.widget._repr_mimebundle_() | self.shown._repr_mimebundle_()


def when(key: str, position: int, content: str, tag: str = "g") -> str:
    """Mark SVG (or HTML, with ``tag="span"``) as belonging to one position of a control.

    Parameters
    ----------
    key
        The control's.
    position
        Place among its options, from 0.
    content
        SVG or HTML, ready to use.
    tag
        Element that is to hold it.

    Returns
    -------
    str
        The element.
    """
    return f'<{tag} data-{key}="{position}">{content}</{tag}>'


def figure_with_controls(
    drawing: str,
    *,
    controls: Sequence[Selector],
    size: tuple[float, float],
    words: str,
    name: str,
    caption: str,
    alt: str,
    source: str,
) -> Explorer:
    """Show a drawing with controls, number and caption.

    Parameters
    ----------
    drawing
        What is inside the ``<svg>``, for all positions.
    controls
        One or more; their keys differ.
    size
        Width and height of the drawing, in its own units.
    words
        HTML for below the picture: what it shows at each position. It is read out on change.
    name, caption, alt, source
        As in `style.figure`.

    Returns
    -------
    Explorer
        For the last line of a cell.

    Raises
    ------
    ValueError
        If a control offers no choice, or two share a key.
    """
    for control in controls:
        if len(control.options) < 2:
            raise ValueError(f"control {control.label!r} of {name} has fewer than two options")
    if len({control.key for control in controls}) < len(controls):
        raise ValueError(f"two controls of {name} have the same key")
    at_first = "".join(c.rules(f".{name}", c.start) for c in controls)
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{name}" role="img" '
        f'aria-label="{html.escape(alt)}" viewBox="0 0 {size[0]:g} {size[1]:g}" '
        f'width="{1.25 * size[0]:.0f}" style="max-width:100%;height:auto;fill:currentColor;'
        f'font:{FONT}px var(--cg-figure-font, sans-serif)">'
        f"<style>{at_first}</style>{drawing}</svg>"
    )
    live = f'<div class="{name} explorer-words" aria-live="polite">{words}</div>'
    panel = _panel(name, controls)
    view = json.dumps(panel._repr_mimebundle_()[WIDGET_VIEW])
    script = f'<script type="{WIDGET_VIEW}">{view}</script>'
    frame = style.framed(
        picture, name=name, caption=caption, alt=alt, source=source, below=script + live
    )
    legend = ipywidgets.HTML(html.escape(f"{caption} Source: {source}."))
    parts = [ipywidgets.HTML(picture), panel, ipywidgets.HTML(live), legend]
    return Explorer(frame, ipywidgets.VBox(parts))


def _panel(name: str, controls: Sequence[Selector]) -> ipywidgets.Box:
    """Selectors, each linked to a stack of style sheets, one of which is in the page."""
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
            # stronger than what the picture holds, and never on paper
            f"<style>@media screen{{{control.rules(f'.{name}.{name}', position)}}}</style>"
            for position in range(len(control.options))
        ]
        frames = [ipywidgets.HTML(sheet, layout=layout, style=css) for sheet in sheets]
        stack = ipywidgets.Stack(frames, selected_index=control.start, layout=hidden)
        ipywidgets.jslink((selector, "index"), (stack, "selected_index"))
        selectors.append(selector)
        stacks.append(stack)
    return ipywidgets.VBox([*selectors, *stacks]).add_class("explorer-controls")


# --- drawing ---------------------------------------------------------------------------


def paint(colour: str) -> str:
    """CSS colour of the book's palette.

    Parameters
    ----------
    colour
        A name in `style.COLOURS`.

    Returns
    -------
    str
        A CSS value that follows light and dark pages.

    Raises
    ------
    KeyError
        There is no such colour.
    """
    return f"var(--cg-{colour},{style.COLOURS[colour]})"


def text(x: float, y: float, words: str, css: str = "", anchor: str = "middle") -> str:
    """Words at a point of the drawing; data are escaped.

    Parameters
    ----------
    x, y
        The point, in the drawing's units.
    words
        Plain text.
    css
        Declarations.
    anchor
        Which part of the words is at the point: ``"start"``, ``"middle"`` or ``"end"``.

    Returns
    -------
    str
        SVG.
    """
    about = f' style="{css}"' if css else ""
    return (
        f'<text x="{x:.4g}" y="{y:.4g}" text-anchor="{anchor}"{about}>{html.escape(words)}</text>'
    )


def rect(x: float, y: float, width: float, height: float, css: str) -> str:
    """Rectangle with its upper left corner at a point of the drawing.

    Parameters
    ----------
    x, y
        The point, in the drawing's units.
    width, height
        In the same units.
    css
        Declarations.

    Returns
    -------
    str
        SVG.
    """
    return (
        f'<rect x="{x:.4g}" y="{y:.4g}" width="{width:.4g}" height="{height:.4g}" style="{css}"/>'
    )


@dataclass(frozen=True)
class Axes:
    """Linear axes inside a drawing.

    Attributes
    ----------
    x, y
        Data at the two ends of each axis.
    left, right, top, bottom
        Edges of the area, in the drawing's units.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    left: float
    right: float
    top: float
    bottom: float

    def to(self, x: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Points of the data in the drawing's units.

        Parameters
        ----------
        x, y
            Data: numbers, or arrays of any shape.

        Returns
        -------
        tuple
            How far to the right and how far down, each of its argument's shape.
        """
        across = (np.asarray(x, float) - self.x[0]) / (self.x[1] - self.x[0])
        up = (np.asarray(y, float) - self.y[0]) / (self.y[1] - self.y[0])
        return (
            self.left + across * (self.right - self.left),
            self.bottom - up * (self.bottom - self.top),
        )

    def line(self, x: ArrayLike, y: ArrayLike, css: str, closed: bool = False) -> str:
        """Polyline through points of the data, or the polygon that it closes.

        Parameters
        ----------
        x, y
            Shape (n,) each: data.
        css
            Declarations.
        closed
            Whether to draw the polygon.

        Returns
        -------
        str
            SVG.
        """
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(*self.to(x, y), strict=True))
        fill = "" if closed else "fill:none;"
        return f'<poly{"gon" if closed else "line"} points="{points}" style="{fill}{css}"/>'

    def dots(self, x: ArrayLike, y: ArrayLike, css: str, radius: float = 3.5) -> str:
        """Circles at points of the data.

        Parameters
        ----------
        x, y
            Shape (n,) each: data.
        css
            Declarations.
        radius
            In the drawing's units.

        Returns
        -------
        str
            SVG.
        """
        circles = (
            f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{radius:g}"/>'
            for a, b in zip(*self.to(x, y), strict=True)
        )
        return f'<g style="{css}">{"".join(circles)}</g>'

    def bars(self, x: ArrayLike, low: ArrayLike, high: ArrayLike, css: str) -> str:
        """Vertical lines between two values, one a point, as one path.

        Parameters
        ----------
        x, low, high
            Shape (n,) each: data.
        css
            Declarations.

        Returns
        -------
        str
            SVG.
        """
        (a, b), (_, c) = self.to(x, low), self.to(x, high)
        d = "".join(f"M{i:.1f} {j:.1f}V{k:.1f}" for i, j, k in zip(a, b, c, strict=True))
        return f'<path d="{d}" style="fill:none;{css}"/>'

    def frame(
        self, x: dict[float, str], y: dict[float, str], xlabel: str = "", ylabel: str = ""
    ) -> str:
        """Both axes: where the marks are and what they read, and what the axes are.

        Parameters
        ----------
        x, y
            Value of the data to what its mark reads.
        xlabel, ylabel
            What the axes are; plain text.

        Returns
        -------
        str
            SVG.
        """
        soft = "stroke:currentColor;stroke-opacity:.14"
        lines = [self.line(self.x, (at, at), soft) for at in y]
        lines.append(self.line(self.x, (self.y[0], self.y[0]), "stroke:currentColor"))
        across, _ = self.to(list(x), self.y[0])
        _, down = self.to(self.x[0], list(y))
        marks = [text(a, self.bottom + 17, at) for a, at in zip(across, x.values(), strict=True)]
        for d, at in zip(down, y.values(), strict=True):
            marks.append(text(self.left - 6, d + 4.5, at, anchor="end"))
        marks.append(text((self.left + self.right) / 2, self.bottom + 36, xlabel))
        marks.append(text(self.left - 30, self.top - 9, ylabel, anchor="start"))
        return "".join(lines + marks)
