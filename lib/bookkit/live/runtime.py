"""Runs a page's cells inside the worker, and turns what they show into the page's own HTML."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import linecache
import re
import sys
import traceback
from importlib.metadata import version
from typing import Any

from markdown_it import MarkdownIt
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

from bookkit.live import standins

FILES = "application/vnd.bookkit.files+json"
KINDS = ("text/markdown", "text/html", "image/svg+xml", "text/plain")
"""Forms that the page can show, best first."""

TEXTS = {"HTML": "text/html", "Markdown": "text/markdown", "SVG": "image/svg+xml"}
namespace: dict[str, Any] = {"__name__": "__main__"}
shown: list[str] = []
handed: dict[str, str] = {}
"""Files that cells hand to the build, by name: here only the tests read them, and `told`."""
told: dict[str, Any] = {}
"""Numbers that cells name for the prose, which stays the book's."""


def start() -> str:
    """Put the stand-ins in place, and say in JSON what computes here."""
    texts = {name: _text(form) for name, form in TEXTS.items()}
    standins.install_all(show, publish, told, texts)
    versions = [f"{name} {version(name)}" for name in ("numpy", "pandas", "pyfixest")]
    python = ".".join(map(str, sys.version_info[:3]))
    line = (
        f"Computed in this page by Python {python} (Pyodide), {', '.join(versions)}; "
        "pyfixest's compiled kernels are replaced by numpy ones, tested equal."
    )
    return json.dumps({"line": line})


def _text(form: str) -> type:
    """One of IPython's types of text: `HTML`, `Markdown`, `SVG`."""

    def init(self: Any, data: str) -> None:
        self.data = data

    def bundle(self: Any) -> dict[str, str]:
        return {form: self.data}

    return type(form, (), {"__init__": init, "_repr_mimebundle_": bundle})


def run(source: str, name: str) -> str:
    """Execute a cell as Jupyter does; JSON with its output (HTML) and, if it failed, its error."""
    shown.clear()
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    words = io.StringIO()
    error = None
    with contextlib.redirect_stdout(words), contextlib.redirect_stderr(words):
        try:
            _execute(ast.parse(source, name), name)
            _show_figures()
        except BaseException as problem:  # an interrupt too must reach the page
            error = _told(problem, name)
    printed = f"<pre>{_escape(words.getvalue())}</pre>" if words.getvalue() else ""
    return json.dumps({"html": printed + "".join(shown), "error": error})


def _execute(tree: ast.Module, name: str) -> None:
    """Run the statements, and show the value of a last one that is an expression."""
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        exec(compile(tree, name, "exec"), namespace)  # noqa: S102  a cell of the page
        return
    exec(compile(ast.Module(tree.body[:-1], []), name, "exec"), namespace)  # noqa: S102
    value = eval(compile(ast.Expression(last.value), name, "eval"), namespace)  # noqa: S307
    if value is not None:
        show(value)


def show(*values: Any) -> None:
    """Show objects in the richest form that they have and the page knows: IPython's `display`."""
    for value in values:
        publish({"text/plain": repr(value)} | _forms(value))


def publish(forms: dict[str, Any]) -> None:
    """Show one object by the best of its forms, and keep the files that it carries."""
    handed.update(forms.get(FILES, {}))
    kind = next((kind for kind in KINDS if forms.get(kind)), None)
    if kind == "text/markdown":
        shown.append(MYST.render(forms[kind]))
    elif kind == "text/plain":
        shown.append(f"<pre>{_escape(forms[kind])}</pre>")
    elif kind:
        shown.append(forms[kind])


def _forms(value: Any) -> dict[str, Any]:
    if hasattr(value, "_repr_mimebundle_"):
        return value._repr_mimebundle_()
    ways = {"text/html": "_repr_html_", "image/svg+xml": "_repr_svg_"}
    forms = {kind: getattr(value, way)() for kind, way in ways.items() if hasattr(value, way)}
    return {kind: text.replace("dataframe", "table") for kind, text in forms.items() if text}


def _show_figures() -> None:
    """Figures left open at the end of a cell, as SVG."""
    if plt := sys.modules.get("matplotlib.pyplot"):
        for number in plt.get_fignums():
            stream = io.StringIO()
            plt.figure(number).savefig(stream, format="svg")
            plt.close(number)
            shown.append(stream.getvalue()[stream.getvalue().index("<svg") :])


def _told(problem: BaseException, name: str) -> dict[str, str]:
    """What went wrong in one line, and where, as far as the reader's own cells go."""
    head = "".join(traceback.format_exception_only(problem)).strip()
    frames = traceback.extract_tb(problem.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == name]
    if isinstance(problem, SyntaxError):
        lines = [problem.lineno]
    own = [frame for frame in frames if frame.filename != __file__]
    if isinstance(problem, KeyboardInterrupt):
        head = "stopped by you"
    return {
        "head": str(problem) if isinstance(problem, AssertionError) else head.splitlines()[-1],
        "line": f"line {lines[-1]}" if lines else "",
        "trace": "".join(traceback.format_list(own)) + head,
    }


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# --- MyST, as far as the book's tables, figures and notes use it ------------------------


def _directive(self: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    """A fence or colon fence: the book's four directives, else code."""
    token = tokens[place]
    found = re.match(r"\{([\w-]+)\}\s*(.*)", token.info.strip())
    if not found:
        return f"<pre>{_escape(token.content)}</pre>"
    kind, argument = found[1], found[2]
    given = dict(re.findall(r"^:(\w+):[ ]*(.*)$", token.content, re.MULTILINE))
    body = re.sub(r"\A(:\w+:.*\n)+", "", token.content)
    name = given.get("name", "")
    match kind:
        case "table":
            words = f"<caption>{_caption(argument)}</caption>"
            table = MYST.render(body).replace(
                "<table>", f'<table class="table" id="{name}">{words}'
            )
            return f'<div class="pst-scrollable-table-container">{table}</div>'
        case "svg-figure":
            words, _, picture = body.partition("<svg")
            words = f"<figcaption><p>{_caption(words)}</p></figcaption>"
            figure = f'<figure class="svg-figure align-default" id="{name}">'
            return f"{figure}<svg{picture}{words}</figure>"
        case "container":
            return f'<div class="{argument} docutils container">{MYST.render(body)}</div>'
    head = f'<p class="admonition-title">{MYST.renderInline(argument or kind.title())}</p>'
    return f'<div class="admonition {given.get("class", kind)}">{head}{MYST.render(body)}</div>'


def _caption(words: str) -> str:
    """Words of a caption; the page puts the exhibit's number before them."""
    return f'<span class="caption-text">{MYST.renderInline(words.strip())}</span>'


def _role(self: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    """A reference, to which the page gives the exhibit's number; other roles give their words."""
    name, content = tokens[place].meta["name"], tokens[place].content
    words, _, target = content.rstrip(">").partition("<")
    if name in ("numref", "ref"):
        return f'<a class="live-ref" href="#{_escape(content)}">{_escape(content)}</a>'
    if name == "doc" and target:
        return f'<a href="{_escape(target)}.html">{_escape(words.strip())}</a>'
    return _escape(words.strip())


def _code(self: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    return f'<code class="docutils literal notranslate">{_escape(tokens[place].content)}</code>'


def _cell(self: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    token = tokens[place]
    side = "right" if "right" in str(token.attrs.get("style")) else "left"
    return f'<{token.tag} class="text-{side}"><p>' if token.nesting == 1 else f"</p></{token.tag}>"


def _math(self: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    formula = _escape(tokens[place].content)
    return f'<span class="math notranslate nohighlight">\\({formula}\\)</span>'


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "typographer": True})
    parser.enable(["table", "smartquotes"])
    for plugin in (attrs_plugin, colon_fence_plugin, dollarmath_plugin, myst_role_plugin):
        parser.use(plugin, **({"spans": True} if plugin is attrs_plugin else {}))
    for render, rules in {
        _directive: ("fence", "colon_fence"),
        _role: ("myst_role",),
        _math: ("math_inline",),
        _code: ("code_inline",),
        _cell: ("td_open", "td_close", "th_open", "th_close"),
    }.items():
        for rule in rules:
            parser.add_render_rule(rule, render)
    return parser


MYST = _parser()
