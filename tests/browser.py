"""What a reader's browser would do with a built page: requests, faults, barriers."""

from __future__ import annotations

import contextlib
import functools
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bookkit.browser import TYPESET, chromium, find_browser, served
from bookkit.paths import ROOT

__all__ = ["HTML", "Browser", "Links", "PageReport", "browsing", "find_browser", "served"]

HTML = ROOT / "build" / "html"

PATIENCE = 300_000  # milliseconds, for the slowest answer on a busy machine
ALREADY_COMPRESSED = {".woff", ".woff2", ".png", ".jpg", ".jpeg"}
AXE = Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js"
BARRIERS = """options => axe
  .run(document, {resultTypes: ["violations"], elementRef: false, ...options})
  .then(r => r.violations.filter(v => v.impact !== "minor").map(v =>
    `${v.id} (${v.impact}): ${v.nodes.length} × ${v.nodes[0].html.slice(0, 120)}`))"""


@dataclass
class PageReport:
    """What one page load did."""

    requests: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    broken_images: list[str] = field(default_factory=list)
    overflow: int = 0  # CSS pixels by which the page is wider than the window

    def compressed_bytes(self, root: Path) -> int:
        """Bytes of what was asked for, in the folder `root`, as a server would send it."""
        files = {unquote(urlsplit(asked).path).lstrip("/") for asked in self.requests}
        return sum(_compressed_size(root / name) for name in files)

    def faults(self) -> list[str]:
        """Every reason not to publish the page, in words; empty if there is none."""
        return [
            *(f"asks for {url}, outside the book" for url in self.outside),
            *(f"cannot load {url}" for url in self.failed),
            *(f"console: {text}" for text in self.errors),
            *(f"broken image {url}" for url in self.broken_images),
            *([f"is {self.overflow} px wider than the window"] if self.overflow > 0 else []),
        ]


@contextlib.contextmanager
def browsing() -> Iterator[Browser]:
    """One headless Chromium that reports on the pages it opens."""
    with chromium() as browser:
        yield Browser(browser)


class Browser:
    """Opens pages one after the other; each visit has a fresh cache."""

    def __init__(self, browser):
        self._browser, self.page = browser, None

    def visit(
        self, url: str, *, width: int = 1280, dark: bool = False, scripts: bool = True,
        settled: bool = True,
    ) -> PageReport:  # fmt: skip
        """Load a page in such a window and say what happened.

        Unless it is waited for until ``settled``, what it asks for late enters the report while
        the next page is loaded.
        """
        before = self.page
        context = self._browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light", reduced_motion="reduce",
            is_mobile=width < 600, has_touch=width < 600, java_script_enabled=scripts,
        )  # fmt: skip
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        report = _listen(self.page, url)
        self.page.goto(url, wait_until="load")
        if scripts:
            self.evaluate(TYPESET)
        if settled:
            self.page.wait_for_load_state("networkidle")
        if before:
            before.context.close()
        report.broken_images = self.evaluate(
            "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
        )
        report.overflow = self.overflow()
        return report

    def evaluate(self, script: str):
        """Value of a script run in the open page."""
        return self.page.evaluate(script)

    def prefer(self, *, dark: bool) -> None:
        """Have the reader's system ask for light or dark pages."""
        self.page.emulate_media(color_scheme="dark" if dark else "light")

    def unfold(self) -> None:
        """Open all that is folded away."""
        self.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")

    def overflow(self) -> int:
        """CSS pixels by which the open page is wider than the window."""
        root = "document.documentElement"
        return self.evaluate(f"{root}.scrollWidth - {root}.clientWidth")

    def barriers(self, *rules: str) -> list[str]:
        """What axe finds in the open page that keeps readers out, all but the minor.

        What is folded away is opened first, or it would be passed over. With `rules`, only
        these are looked at.
        """
        self.unfold()
        self.evaluate(f"{_axe()};0")
        return self.page.evaluate(BARRIERS, {"runOnly": list(rules)} if rules else {})

    def press(self, key: str) -> None:
        """Press a key as a reader would: ``Tab``, ``Control+k``."""
        self.page.keyboard.press(key)

    def call(self, method: str, **params):
        """Ask for what Playwright has no word for, in the words of the DevTools protocol."""
        return self.page.context.new_cdp_session(self.page).send(method, params)

    def wait_for(self, condition: str) -> None:
        """Wait until a script's value is true: what a page builds after its load event."""
        self.page.wait_for_function(condition)


def _listen(page, url: str) -> PageReport:
    origin, report = "{0.scheme}://{0.netloc}/".format(urlsplit(url)), PageReport()

    def asked(request) -> None:
        if request.url.startswith(origin):
            report.requests.append(request.url)
        elif not request.url.startswith(("data:", "blob:", "about:")):
            report.outside.append(request.url)

    def answered(response) -> None:
        if response.status >= 400:
            report.failed.append(response.url)

    def said(message) -> None:
        if message.type in {"error", "assert"}:
            report.errors.append(message.text)

    page.on("request", asked)
    page.on("response", answered)
    page.on("websocket", lambda socket: report.outside.append(socket.url))
    page.on("console", said)
    page.on("pageerror", lambda error: report.errors.append(str(error)))
    return report


@functools.cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


@functools.cache
def _compressed_size(path: Path) -> int:
    if path.is_dir():
        path /= "index.html"
    if not path.is_file():
        return 0
    content = path.read_bytes()
    if path.suffix in ALREADY_COMPRESSED:
        return len(content)
    return len(gzip.compress(content, 6, mtime=0))


class Links(HTMLParser):
    """Every address a page points to, and every anchor it has."""

    def __init__(self):
        super().__init__()
        self.targets, self.anchors = [], set()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.anchors |= {found[key] for key in ("id", "name") if found.get(key)}
        if tag == "a" and found.get("href"):
            self.targets.append(found["href"])
