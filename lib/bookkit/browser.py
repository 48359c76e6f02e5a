"""The system's Chromium, driven by Playwright, and built pages served to it."""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
TYPESET = "Promise.all([document.fonts.ready, window.MathJax?.startup?.promise]).then(() => 0)"


def find_browser() -> str:
    """Return the path of a Chromium; the environment's CLUSTERGAP_BROWSER overrides the search."""
    named = os.environ.get("CLUSTERGAP_BROWSER")
    for name in (named,) if named else BROWSERS:
        if path := shutil.which(name):
            return path
    raise FileNotFoundError(
        f"no browser found (looked for {named or ', '.join(BROWSERS)}): install Chromium, for "
        "example `apt-get install chromium`, or set CLUSTERGAP_BROWSER to its path"
    )


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """Yield Playwright's browser: one headless Chromium with a fresh profile."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder of built pages from 127.0.0.1; yield the address, without a last slash."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with server:
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
