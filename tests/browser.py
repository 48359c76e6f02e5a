"""Open built pages in headless Chromium and report what a reader's browser would do.

The DevTools protocol runs over a pipe, so no driver package is needed: only a Chromium.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import functools
import gzip
import http.server
import itertools
import json
import os
import select
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET_SECONDS = 0.5  # a page is done when nothing was asked for this long after its load event
PATIENCE_SECONDS = 60
ALREADY_COMPRESSED = {".woff", ".woff2", ".png", ".jpg", ".jpeg"}


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


def find_browser() -> str:
    """Return the path of a Chromium; CLUSTERGAP_BROWSER overrides the search."""
    named = os.environ.get("CLUSTERGAP_BROWSER")
    for name in (named,) if named else BROWSERS:
        if path := shutil.which(name):
            return path
    raise FileNotFoundError(
        f"no browser found (looked for {named or ', '.join(BROWSERS)}): install Chromium, for "
        "example `apt-get install chromium`, or set CLUSTERGAP_BROWSER to its path"
    )


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder of built pages from 127.0.0.1; yield the address, without a last slash."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Browser:
    """One headless Chromium with a fresh profile: a context manager."""

    def __enter__(self) -> Browser:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        # Chromium reads commands from descriptor 3 and writes answers to 4
        high = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (theirs_in, theirs_out)]
        command = [find_browser(), "--headless", "--no-sandbox", "--disable-gpu"]
        command += ["--no-first-run", "--disable-background-networking", "--disable-sync"]
        command += ["--disable-component-update", "--hide-scrollbars", "--remote-debugging-pipe"]
        command += [f"--user-data-dir={self._profile.name}", "about:blank"]
        self._process = subprocess.Popen(
            command,
            pass_fds=(3, 4, *high),
            preexec_fn=lambda: (os.dup2(high[0], 3), os.dup2(high[1], 4)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for end in (theirs_in, theirs_out, *high):
            os.close(end)
        self._in, self._out = ours_in, ours_out
        self._buffer, self._numbers = b"", itertools.count(1)
        self._events: list[dict[str, Any]] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._call(f"{domain}.enable")
        return self

    def __exit__(self, *args: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=PATIENCE_SECONDS)
        os.close(self._in)
        os.close(self._out)
        self._profile.cleanup()

    def visit(
        self, url: str, *, width: int = 1280, height: int = 900, dark: bool = False, root: Path
    ) -> PageReport:
        """Load a page of the folder `root` in a window of this size and wait until it is quiet."""
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self._call("Emulation.setEmulatedMedia", features=scheme)
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                   deviceScaleFactor=1, mobile=width < 600)  # fmt: skip
        self._width = width
        self._call("Network.setCacheDisabled", cacheDisabled=True)
        self._events.clear()
        self._call("Page.navigate", url=url)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not any(e["method"] == "Page.loadEventFired" for e in self._events):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{url} did not load within {PATIENCE_SECONDS} s")
            self._read(1.0)
        while self._read(QUIET_SECONDS):
            pass
        return self._report(url, root)

    def evaluate(self, script: str) -> Any:
        """Return the JSON value of a script run in the page; promises are awaited."""
        answer = self._call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(f"script failed in the page: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        """Write what the window shows, or the whole page, as a PNG."""
        if whole:
            size = self._call("Page.getLayoutMetrics")["cssContentSize"]
            self._call("Emulation.setDeviceMetricsOverride", width=self._width,
                       height=int(size["height"]), deviceScaleFactor=1, mobile=False)  # fmt: skip
        answer = self._call("Page.captureScreenshot")
        path.write_bytes(base64.b64decode(answer["data"]))

    def pdf(self, path: Path) -> None:
        """Write the page as it prints."""
        answer = self._call("Page.printToPDF", preferCSSPageSize=True, printBackground=False)
        path.write_bytes(base64.b64decode(answer["data"]))

    def _report(self, url: str, root: Path) -> PageReport:
        origin = "{0.scheme}://{0.netloc}/".format(urlsplit(url))
        report = PageReport()
        for event in self._events:
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
        report.overflow = self.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        files = {unquote(urlsplit(asked).path).lstrip("/") for asked in report.requests}
        report.compressed_bytes = sum(_compressed_size(root / name) for name in files)
        return report

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if hasattr(self, "_session"):
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = self._read(PATIENCE_SECONDS)
            if answer and answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
        raise TimeoutError(f"the browser did not answer {method} within {PATIENCE_SECONDS} s")

    def _read(self, timeout: float) -> dict[str, Any] | None:
        """Return the next message, events kept aside as well; None if none came in time."""
        while b"\0" not in self._buffer:
            if not select.select([self._in], [], [], timeout)[0]:
                return None
            chunk = os.read(self._in, 1 << 20)
            if not chunk:
                raise RuntimeError("the browser ended; see whether it starts from a shell")
            self._buffer += chunk
        raw, self._buffer = self._buffer.split(b"\0", 1)
        message = json.loads(raw)
        if "method" in message:
            self._events.append(message)
        return message


def _compressed_size(path: Path) -> int:
    if path.is_dir():
        path /= "index.html"
    if not path.is_file():
        return 0
    content = path.read_bytes()
    if path.suffix in ALREADY_COMPRESSED:
        return len(content)
    return len(gzip.compress(content, 6, mtime=0))
