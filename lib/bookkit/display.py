"""How results look: one palette, one figure style, one table, one data banner.

`figure`, `table` and `banner` return an object for the last line of a cell. It carries two
forms of the same thing: MyST for the book (numbered, cross-referenced, follows dark mode)
and HTML for JupyterLab, Colab or VS Code, where MyST is unknown.

Captions and notes are the author's and may hold MyST (math, citations). Whatever comes from
data - cells, heads, the source line - is escaped.
"""

from __future__ import annotations

import base64
import html
import io
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler

from bookkit.text import visible
from printcheck.verdicts import stars_of

# Okabe and Ito's hues, moved until lines reach a contrast of 3 to 1 on the page. The style sheet
# holds them as ``--cg-<name>``, with a lighter one each for dark pages.
COLOURS: dict[str, str] = {
    "blue": "#0072b2",
    "vermillion": "#c65300",
    "green": "#00805c",
    "purple": "#a8517f",
    "orange": "#966400",
    "grey": "#6b7280",
}
INK = "#1b1b1d"  # text, axes and grid: becomes the page's text colour
SOURCE_LINE, LETTER = 11, 4.7  # points: height of a line that names the data, width of a letter
PAIR = 12  # characters, below which numbers of one cell, as 5.6 (1.7) or 3 to 5, stay on a line
PAPER = "#fefefd"  # hollow markers and halos: becomes the page's background

FILES = "application/vnd.bookkit.files+json"
"""MIME type under which an output hands files to the build, name to text."""

STARS_NOTE = (
    "Standard errors, clustered by county, are in parentheses; "
    "\\*\u00a0p\u00a0<\u00a00.1, \\*\\*\u00a0p\u00a0<\u00a00.05, \\*\\*\\*\u00a0p\u00a0<\u00a00.01."
)

# The ledger's verdicts in a reader's words; hyphenated, they are the style sheet's classes.
VERDICTS: dict[str, str] = {
    "exact": "exact",
    "within_rounding_of_inputs": "within rounding",
    "within_one_se": "within one SE",
    "same_sign": "same sign",
    "different": "different",
    "not_run": "not run",
}

_NUMBER = re.compile(
    r"(?P<digits>[(\[]?(?:[<>≤≥] ?)?[-+−±]?\d[\d,]*(?:\.\d+)?)(?P<tail>[)\]%]?\*{0,3}(?: †)?)"
)
_NUMBERS = re.compile(r"(?:[-+−±≤≥<>–\d\s.,;%*†()\[\]]|to)+")
_BRACKETED = re.compile(r"[(\[].*\d.*[)\]]")
_FILLERS = {"", "Yes", "No", "–", "—"}
_COUNT = re.compile(r"(?!(?:19|20)\d\d$|\d{6}$)\d{4,}")  # but no year, and no county code
_POWER = re.compile(r"(?:\b1|(\b\d[\d.]*))e([+-]\d+)")
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_ROLE = re.compile(r"\{\w+\}`([^`<]+?)(?: ?<[^`]*)?`")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Rendered:
    """One result in the forms a front end may want; the richest it knows is displayed.

    Attributes
    ----------
    markdown
        MyST, which the book renders.
    html
        A stand-alone fallback for notebooks.
    text
        Plain words, for terminals and tests.
    """

    markdown: str
    html: str
    text: str
    files: Mapping[str, str] = field(default_factory=dict)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        forms = {"text/markdown": self.markdown, "text/html": self.html, "text/plain": self.text}
        return forms | ({FILES: dict(self.files)} if self.files else {})


def use_style() -> None:
    """Set matplotlib and seaborn up once: transparent, text as text, the same bytes every run.

    Fonts are measured with the typeface that matplotlib ships, never with one that only some
    machines have; the page then sets the text in its own, narrower face.
    """
    mpl.rcdefaults()
    plt.style.use(Path(__file__).with_name("style.mplstyle"))
    for group in ("text", "xtick", "ytick", "grid"):
        mpl.rc(group, color=INK)
    mpl.rc("axes", edgecolor=INK, labelcolor=INK, prop_cycle=cycler(color=[*COLOURS.values()]))
    mpl.rc("patch", edgecolor=PAPER)


def figure(fig: Figure, *, name: str, caption: str, alt: str, source: str) -> Rendered:
    """Show a figure with number, caption, alternative text and the source of its data.

    The figure as drawn is handed to the build as ``figures/<name>.svg``.

    Parameters
    ----------
    fig
        A figure drawn after `use_style`; it is closed here.
    name
        The label for ``{numref}``, unique in the book: ``fig-event-study``.
    caption
        One paragraph of MyST.
    alt
        What a reader who cannot see the figure should know.
    source
        Where the data come from: `Study.source`.
    """
    drawn = raw_svg(fig, source)
    picture = page_svg(drawn, name, alt)
    frame = framed(picture, name=name, caption=caption, alt=alt, source=source)
    return replace(frame, files={f"figures/{_checked(name)}.svg": drawn})


def framed(
    picture: str, *, name: str, caption: str, alt: str, source: str, below: str = ""
) -> Rendered:
    """Give an ``<svg>`` a number, a caption and its source; ``below`` stands before the caption."""
    legend = f"{' '.join(caption.split())} *Source:* {_markdown(source)}."
    markdown = f"```````{{svg-figure}}\n:name: {name}\n\n{legend}\n{picture}{below}\n```````"
    words = f"{caption} Source: {source}."
    # JupyterLab removes <svg> from notebooks that it does not trust, but shows this
    fallback = (
        f'<figure><img style="background:#fff;max-width:100%" alt="{html.escape(alt)}" '
        f'src="{_data_uri("image/svg+xml", picture)}"><figcaption>{_html(words)}</figcaption>'
        "</figure>"
    )
    return Rendered(markdown, fallback, f"{words} {alt}")


def table(
    frame: pd.DataFrame, *, name: str, caption: str, source: str, notes: str = "",
    targets: Sequence[str] = (),
) -> Rendered:  # fmt: skip
    """Show a frame of ready strings as a numbered table with CSV and LaTeX to download.

    Numbers and their stars are set so that digits align; a column of numbers is flush right;
    a thin rule follows the last row of standard errors (no label, brackets). A cell that is one of
    `VERDICTS` becomes a badge. The index is the first column unless it only counts rows.

    Parameters
    ----------
    frame
        Shape (rows, columns), every cell a string as it should be read, hyphens for minus.
    name
        The label for ``{numref}``, unique in the book: ``tbl-baseline``. The files are
        ``tables/<name>.csv`` and ``.tex`` among the results; the page carries copies.
    caption
        One paragraph of MyST.
    source
        Where the data come from: `Study.source`.
    notes
        MyST below the table; `STARS_NOTE` for regressions.
    targets
        A label of the book for each row, to which its first cell then leads.

    Returns
    -------
    Rendered
        For the last line of a cell: words instead of a table where the frame has no cells.

    Raises
    ------
    TypeError
        If a cell is not a string.
    """
    body = frame
    if not isinstance(frame.index, pd.RangeIndex):
        body = frame.reset_index(names=str(frame.index.name or ""))
    if body.empty:
        return prose(f"*{' '.join(caption.split())}*: nothing of it can be shown. {notes}".strip())
    for column, cells in body.items():
        for row, cell in cells.items():
            if not isinstance(cell, str):
                raise TypeError(
                    f"table {name!r}, row {row}, column {column!r}: {cell!r} is not a string; "
                    "format every number before it is shown"
                )
    body = body.replace({"nan": "–", "(nan)": "–", "inf": "∞"})  # what is not there
    body = body.map(_one_line).rename(columns=lambda head: _one_line(str(head)))
    safe = body.map(_no_formula).rename(columns=_no_formula)
    # each row of a file that leaves the book says what its numbers are
    csv = safe.assign(source=_no_formula(source)).to_csv(index=False, lineterminator="\n")
    latex = _latex(body, name, caption, source, notes)
    links = _download(f"{_checked(name)}.csv", "CSV", csv)
    links += " " + _download(f"{name}.tex", "LaTeX", latex)
    markdown = (
        f":::{{table}} {' '.join(caption.split())}\n:name: {name}\n\n"
        + "\n".join(_pipe_table(body, targets))
        + "\n:::\n\n:::{container} table-note\n"
        + f"{notes} *Source:* {_markdown(source)}. {links}".strip()
        + "\n:::\n"
    )
    foot = f"{notes} Source: {source}.".replace("\\*", "*").strip()
    fallback = (
        f"<p>{html.escape(caption)}</p>{body.to_html(index=False, border=0)}"
        f"<p>{_html(foot)} {links}</p>"
    )
    text = f"{caption}\n{body.to_string(index=False)}\n{foot}"
    files = {f"tables/{name}.csv": csv, f"tables/{name}.tex": latex}
    return Rendered(markdown, fallback, text, files)


def starred(estimate: float, pvalue: float) -> str:
    """Write an estimate with the paper's stars, ``-0.186***``: below .1, .05, .01."""
    return f"{estimate:.3f}{'*' * (stars_of(pvalue) or 0)}"


def reads_p(p: float, places: int = 3) -> str:
    """Write a p-value for prose: ``= 0.043``, or ``< 0.001`` where it would read as zero."""
    least = 10.0**-places
    return f"< {least:g}" if p < least else f"= {p:.{places}f}"


def out_of(some: int, whole: int) -> str:
    """Write how many of a whole for prose: ``none of the 6``, ``2 of the 6``, ``all 6``."""
    if some == whole > 0:
        return f"all {whole:,}"
    return f"{f'{some:,}' if some else 'none'} of the {whole:,}"


def counted(number: int, what: str) -> str:
    """Write a number of things for prose: ``no controls``, ``one control``, ``eight controls``."""
    words = "no one two three four five six seven eight nine ten eleven twelve".split()
    return f"{dict(enumerate(words)).get(number, f'{number:,}')} {what}{'s' * (number != 1)}"


def regression_table(
    fits: Mapping[str, Any], labels: Mapping[str, str],
    extra: Mapping[str, Sequence[str]] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Lay pyfixest fits side by side as the paper does, ready for `table`.

    Parameters
    ----------
    fits
        Column head to fit: ``{"(1)": pooled, "(2)": two_way}``.
    labels
        Coefficient name to row label, in the order of the rows; others are left out.
    extra
        Further rows, one string a column, put above the fixed effects: what a fit does not
        hold, such as ``{"Controls": ["No", "Yes"]}``.

    Raises
    ------
    KeyError
        If a label names a coefficient that no fit has.
    """
    for name, label in labels.items():
        if not any(name in fit.coef().index for fit in fits.values()):
            raise KeyError(f"no fit has a coefficient {name!r}: correct or drop {label!r}")
    extra = extra or {}
    rows = [words for label in labels.values() for words in (label, "")]
    rows += [*extra, "County FE", "Year FE", "N", "R²"]
    columns = {
        head: _column(fit, labels, [cells[place] for cells in extra.values()])
        for place, (head, fit) in enumerate(fits.items())
    }
    return pd.DataFrame(columns, index=pd.Index(rows, name="Variable"))


def _column(fit: Any, names: Iterable[str], extra: Sequence[str]) -> list[str]:
    """One fit from top to bottom."""
    cells: list[str] = []
    beta, se, pvalue = fit.coef(), fit.se(), fit.pvalue()
    for name in names:
        held = name in beta.index
        cells += [starred(beta[name], pvalue[name]), f"({se[name]:.3f})"] if held else ["", ""]
    effects = re.split(r"\W+", fit._fixef or "")
    absorbed = ["Yes" if effect in effects else "No" for effect in ("county", "year")]
    return [*cells, *extra, *absorbed, f"{fit._N:,}", f"{fit._r2:.3f}"]


def banner(study: Any) -> Rendered:
    """Say at the head of a page what its numbers were computed from."""
    code = re.sub(r"\W", "", study.fingerprint)
    label = study.source.removesuffix(f", fingerprint {study.fingerprint}")
    if study.synthetic:
        head, css, colour = "SYNTHETIC DATA", "synthetic", COLOURS["vermillion"]
        words = (
            "The county figures on this page are made up. They were calibrated to the numbers "
            "that the paper prints, so agreement with the paper shows only that calibration and "
            "chapters run the same regressions. It is no evidence for the paper's findings."
        )
    else:
        head, css, colour = "County data", "real-data", COLOURS["green"]
        words = "The results on this page were computed from the county tables named here."
    markdown = (
        f":::{{admonition}} {head}\n:class: {css} language-en\n\n{words}\n\n"
        f"*Data:* {_markdown(label)}, fingerprint `{code}`.\n:::\n"
    )
    fallback = (
        f'<div role="note" style="border:2px solid {colour};padding:.6em 1em;margin:1em 0">'
        f"<strong>{head}</strong><br>{words}<br>Data: {_html(label)}, fingerprint {code}.</div>"
    )
    return Rendered(markdown, fallback, f"{head}. {words} Data: {label}, fingerprint {code}.")


def prose(words: str) -> Rendered:
    """Show words (MyST) that a chapter chose by its data."""
    return Rendered(f"{words}\n", f"<p>{html.escape(words)}</p>", words)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r}: a label is lower-case letters and digits joined by hyphens")
    return name


def _markdown(text: str) -> str:
    """Escape every mark that MyST could read; line breaks become spaces."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", visible(" ".join(str(text).split())))


def _html(text: str) -> str:
    return html.escape(_one_line(text))


def _one_line(text: str) -> str:
    return visible(re.sub(r"[\r\n\u2028\u2029]+", " ", text))


def _no_formula(text: str) -> str:
    """Keep a spreadsheet from computing what is no number: ``=cmd|…`` becomes ``'=cmd|…``."""
    return f"'{text}" if re.match(r"[=+@\t-]", text) and not _NUMBERS.fullmatch(text) else text


def _minus(text: str, sign: str = "−") -> str:
    """Set the hyphen before a number as a minus sign, but not the one inside 2014-2022."""
    return re.sub(r"(?<![\w.])-(?=\d)", sign, text)


def typeset(text: str) -> str:
    """One form for numbers in tables and words: 11,583; −0.03; 5%; 8.3 × 10⁻²³."""
    if _COUNT.fullmatch(text):
        return f"{int(text):,}"
    text = _POWER.sub(_power, text)
    return _minus(re.sub(r"(?<=\d)\s%", "%", text))


def _power(found: re.Match[str]) -> str:
    power = f"10{str(int(found[2])).translate(_SUPERSCRIPT)}"
    return f"{found[1]} × {power}" if found[1] else power


def raw_svg(fig: Figure, source: str) -> str:
    """Return a figure as matplotlib writes it, a line below that names its data, and close it.

    The same bytes every run. The line is part of the picture: who takes it takes the line along.
    """
    stream = io.BytesIO()
    fig.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(fig)
    drawn = stream.getvalue().decode()
    box = drawn.split('viewBox="0 0 ', 1)[1].split('"')[0]
    width, height = (float(side) for side in box.split())
    lines = textwrap.wrap(f"Data: {visible(source)}", int(width / LETTER))
    taller = f"{height + SOURCE_LINE * len(lines) + 2:g}"
    for old in (f'height="{height:g}pt"', f'viewBox="0 0 {box}"'):
        if old not in drawn:
            raise ValueError(f"matplotlib wrote no {old}: the figure cannot be labelled")
        drawn = drawn.replace(old, old.replace(f"{height:g}", taller), 1)
    style = f"font: 9px 'DejaVu Sans', sans-serif; text-anchor: end; fill: {INK}"
    line = "".join(
        f'<text x="{width - 2:g}" y="{height + SOURCE_LINE * (at + 0.8):g}" style="{style}">'
        f"{html.escape(words)}</text>\n"
        for at, words in enumerate(lines)
    )
    return drawn.rpartition("</svg>")[0] + line + "</svg>\n"


def page_svg(drawn: str, name: str, alt: str) -> str:
    """Turn matplotlib's document into an element for a page: own ids, the page's colours."""
    if not alt.strip():
        raise ValueError(f"figure {name!r} has no alternative text: say what it shows")
    if "<tspan" in drawn:  # set glyph by glyph for another face, so it would fall apart
        raise ValueError(
            f"figure {name!r} holds mathtext: write Unicode such as β, ×10⁻³ instead of $...$, "
            "and on a log axis set a plain formatter such as '{x:g}'"
        )
    text = drawn[drawn.index("<svg") :]
    text = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", text)
    text = re.sub(r"'DejaVu Sans'[^;\"]*", "var(--cg-figure-font, sans-serif)", text)
    for key, colour in {**COLOURS, "paper": PAPER}.items():
        text = text.replace(f": {colour}", f": var(--cg-{key}, {colour})")
    text = text.replace(f": {INK}", ": currentColor")
    text, alt = (re.sub(r"(?<=\d) %", "%", words) for words in (text, alt))
    root = f'<svg role="img" aria-label="{html.escape(alt)}" style="max-width:100%;height:auto"'
    return re.sub(r"\n\s*", "\n", text.replace("<svg", root, 1)).strip()


def _is_flush_right(cells: Sequence[str]) -> bool:
    """Whether a column holds numbers, and beside them only brackets and fillers."""
    others = [c for c in map(typeset, cells) if not _NUMBER.fullmatch(c)]
    second = (c in _FILLERS or _BRACKETED.fullmatch(c) for c in others)
    return len(others) < len(cells) and all(second)


def _pipe_table(body: pd.DataFrame, targets: Sequence[str] = ()) -> list[str]:
    rows = body.to_numpy().tolist()
    is_error = [row[0] == "" and any(_BRACKETED.fullmatch(c) for c in row) for row in rows]
    after_errors = len(rows) - is_error[::-1].index(True) if any(is_error) else None
    lines = [[_markdown(typeset(head)) for head in body.columns]]
    lines.append(["---:" if _is_flush_right(list(c)) else ":---" for _, c in body.items()])
    for i, row in enumerate(rows):
        cells = [_cell(cell) for cell in row]
        if is_error[i]:
            cells = [f"[{cell}]{{.se}}" if cell else "" for cell in cells]
        if i == after_errors:
            cells[0] = f"[{cells[0]}]{{.rule}}"
        if targets:
            cells[0] = f"[{cells[0]}](#{_checked(targets[i])})"
        lines.append(cells)
    return ["| " + " | ".join(cells) + " |" for cells in lines]


def _cell(text: str) -> str:
    """Typeset one cell: true minus, marks after the digits hanging, verdicts as badges."""
    if text in VERDICTS:
        css = VERDICTS[text].lower().replace(" ", "-")
        return f"[{VERDICTS[text]}]{{.verdict .verdict-{css}}}"
    if number := _NUMBER.fullmatch(text):
        css = ".hang .dagger" if len(number["tail"]) > 3 else ".hang"  # a dagger after stars
        tail = f"[{_markdown(number['tail'])}]{{{css}}}" if number["tail"] else ""
        return _markdown(typeset(number["digits"])).replace(" ", "\u00a0") + tail
    words = _markdown(typeset(text))
    return words.replace(" ", "\u00a0") if len(text) < PAIR and _NUMBERS.fullmatch(text) else words


def _latex(body: pd.DataFrame, name: str, caption: str, source: str, notes: str) -> str:
    """Write a booktabs table: data escaped, the author's caption left as it is, notes below."""
    flush = "".join("r" if _is_flush_right(list(c)) else "l" for _, c in body.items())
    origin = re.sub(r"[\\~^]", " ", visible(source))
    origin = re.sub(r"[&%$#_{}]", r"\\\g<0>", origin)
    legend = f"{' '.join(caption.split()).removesuffix('.')}. Source: {origin}."
    words = _ROLE.sub(r"\1", " ".join(notes.replace(r"\*", "*").split()))
    below = re.sub(r"[&%#_]", r"\\\g<0>", words)
    text = body.to_latex(index=False, escape=True, column_format=flush, caption="@", label=name)
    text = _minus(text, "$-$").replace(r"\caption{@}", rf"\caption{{{legend}}}", 1)
    if below:
        text = text.replace("\n\\end{table}", f"\n\\par\\footnotesize {below}\n\\end{{table}}", 1)
    return text.replace("²", "$^2$")


def _download(name: str, kind: str, text: str) -> str:
    """Link to a copy of a table's file inside the page: it works offline, unbroken."""
    href = _data_uri("text/plain;charset=utf-8", text)
    return f'<a class="table-download" download="{name}" href="{href}">{kind}</a>'


def _data_uri(media: str, text: str) -> str:
    return f"data:{media};base64,{base64.b64encode(text.encode()).decode()}"
