"""What a reader's browser would do with a built page: requests, faults, barriers."""

from __future__ import annotations

import base64
import functools
import gzip
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bookkit.chromium import PATIENCE_SECONDS, Chromium, find_browser, served
from bookkit.paths import ROOT

__all__ = ["HTML", "Browser", "Links", "PageReport", "find_browser", "served"]

HTML = ROOT / "build" / "html"

ALREADY_COMPRESSED = {".woff", ".woff2", ".png", ".jpg", ".jpeg"}
AXE = Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js"
KEYS = {"Tab": 9, "Enter": 13, "Escape": 27}  # as Windows numbers them
BARRIERS = """
axe.run(document, {resultTypes: ["violations"], elementRef: false, ...OPTIONS}).then(r =>
  r.violations.filter(v => v.impact !== "minor").map(v =>
    `${v.id} (${v.impact}): ${v.nodes.length} × ${v.nodes[0].html.slice(0, 120)}`))
"""


@dataclass
class PageReport:
    """What one page load did."""

    requests: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    broken_images: list[str] = field(default_factory=list)
    overflow: int = 0  # CSS pixels by which the page is wider than the window
    compressed_bytes: int = 0

    def faults(self) -> list[str]:
        """Every reason not to publish the page, in words; empty if there is none."""
        return [
            *(f"asks for {url}, outside the book" for url in self.outside),
            *(f"cannot load {url}" for url in self.failed),
            *(f"console: {text}" for text in self.errors),
            *(f"broken image {url}" for url in self.broken_images),
            *([f"is {self.overflow} px wider than the window"] if self.overflow > 0 else []),
        ]


class Browser(Chromium):
    """A Chromium that reports on the pages it opens."""

    def visit(
        self, url: str, *, root: Path, width: int = 1280, height: int = 900, dark: bool = False
    ) -> PageReport:
        """Load a page of the folder `root` in such a window and say what happened."""
        self.prefer(dark=dark)
        self.resize(width, height)
        self.call("Network.setCacheDisabled", cacheDisabled=True)
        self.open(url)
        self._width = width
        return self._report(url, root)

    def prefer(self, *, dark: bool) -> None:
        """Have the reader's system ask for light or dark pages, and for no motion."""
        wishes = {"color-scheme": "dark" if dark else "light", "reduced-motion": "reduce"}
        features = [{"name": f"prefers-{k}", "value": v} for k, v in wishes.items()]
        self.call("Emulation.setEmulatedMedia", features=features)

    def overflow(self) -> int:
        """CSS pixels by which the open page is wider than the window."""
        root = "document.documentElement"
        return self.evaluate(f"{root}.scrollWidth - {root}.clientWidth")

    def barriers(self, *rules: str) -> list[str]:
        """What axe finds in the open page that keeps readers out, all but the minor.

        What is folded away is opened first, or it would be passed over. With `rules`, only
        these are looked at.
        """
        self.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        self.evaluate(f"{_axe()};0")
        options = f"{{runOnly: {list(rules)}}}" if rules else "{}"
        return self.evaluate(BARRIERS.replace("OPTIONS", options))

    def press(self, key: str, modifier: str | None = None) -> None:
        """Press a key as a reader would, perhaps with Control held."""
        code = KEYS.get(key) or ord(key.upper())
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code,
                      text="\r" if (kind, key) == ("keyDown", "Enter") else "",
                      modifiers=2 if modifier == "Control" else 0)  # fmt: skip

    def wait_for(self, condition: str) -> None:
        """Wait until a script's value is true: what a page builds after its load event."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.evaluate(condition):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{condition} is not true after {PATIENCE_SECONDS} s")
            time.sleep(0.05)

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        """Write what the window shows, or the whole page, as a PNG."""
        if whole:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            self.resize(self._width, int(size["height"]))
        answer = self.call("Page.captureScreenshot")
        path.write_bytes(base64.b64decode(answer["data"]))

    def _report(self, url: str, root: Path) -> PageReport:
        origin = "{0.scheme}://{0.netloc}/".format(urlsplit(url))
        report = PageReport()
        for event in self.events:
            what = event["params"]
            match event["method"]:
                case "Network.requestWillBeSent":
                    asked = what["request"]["url"]
                    if asked.startswith(origin):
                        report.requests.append(asked)
                    elif not asked.startswith(("data:", "blob:", "about:")):
                        report.outside.append(asked)
                case "Network.webSocketCreated":
                    report.outside.append(what["url"])
                case "Network.responseReceived" if what["response"]["status"] >= 400:
                    report.failed.append(what["response"]["url"])
                case "Runtime.exceptionThrown":
                    detail = what["exceptionDetails"]
                    report.errors.append(str(detail.get("exception", detail).get("description")))
                case "Runtime.consoleAPICalled" if what["type"] in {"error", "assert"}:
                    report.errors.append(" ".join(str(a.get("value")) for a in what["args"]))
                case "Log.entryAdded" if what["entry"]["level"] == "error":
                    report.errors.append(what["entry"]["text"])
        report.broken_images = self.evaluate(
            "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
        )
        report.overflow = self.overflow()
        files = {unquote(urlsplit(asked).path).lstrip("/") for asked in report.requests}
        report.compressed_bytes = sum(_compressed_size(root / name) for name in files)
        return report


@functools.cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


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
