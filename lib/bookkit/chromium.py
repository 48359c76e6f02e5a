"""Drive headless Chromium: load built pages, run scripts in them, print them.

The DevTools protocol runs over a pipe, so no driver package is needed: only a Chromium.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import functools
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
from pathlib import Path
from typing import Any, Self

FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-sync --disable-component-update --hide-scrollbars --remote-debugging-pipe"
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET_SECONDS = 0.5  # a page is done when nothing was asked for this long after its load event
TYPESET = "Promise.all([document.fonts.ready, window.MathJax?.startup?.promise]).then(() => 0)"
PATIENCE_SECONDS = 300  # for the slowest answer, a whole book printed on a busy machine


def find_browser() -> str:
    """Return the path of a Chromium; CLUSTERGAP_BROWSER overrides the search.

    Returns
    -------
    str
        Path of the program.

    Raises
    ------
    FileNotFoundError
        There is none; the message says how to get one.
    """
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
    """Serve a folder of built pages from 127.0.0.1; yield the address, without a last slash.

    Parameters
    ----------
    folder
        Of the pages.

    Yields
    ------
    str
        Address: ``http://127.0.0.1:PORT``.
    """

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


class Chromium:
    """One headless Chromium with a fresh profile: a context manager."""

    def __enter__(self) -> Self:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        # Chromium reads commands from descriptor 3 and writes answers to 4
        high = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (theirs_in, theirs_out)]
        profile = f"--user-data-dir={self._profile.name}"
        self._process = subprocess.Popen(
            [find_browser(), *FLAGS.split(), profile, "about:blank"],
            pass_fds=(3, 4, *high),
            preexec_fn=lambda: (os.dup2(high[0], 3), os.dup2(high[1], 4)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for end in (theirs_in, theirs_out, *high):
            os.close(end)
        self._in, self._out = ours_in, ours_out
        self._buffer, self._numbers = b"", itertools.count(1)
        self.events: list[dict[str, Any]] = []
        try:
            target = self.call("Target.createTarget", url="about:blank")["targetId"]
            attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
            self._session = attached["sessionId"]
            for domain in ("Page", "Network", "Runtime", "Log"):
                self.call(f"{domain}.enable")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *args: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=PATIENCE_SECONDS)
        os.close(self._in)
        os.close(self._out)
        self._profile.cleanup()

    def open(self, url: str) -> None:
        """Load an address and wait until it asks for nothing more.

        Parameters
        ----------
        url
            The address.

        Raises
        ------
        TimeoutError
            The page did not load within ``PATIENCE_SECONDS``.
        """
        with self.loading(url):
            self.call("Page.navigate", url=url)

    @contextlib.contextmanager
    def loading(self, what: str) -> Iterator[None]:
        """Do something that leads to another page, then wait until that page is there.

        Parameters
        ----------
        what
            Names the page in the error.

        Yields
        ------
        None

        Raises
        ------
        TimeoutError
            No page loaded within ``PATIENCE_SECONDS``.
        """
        self.events.clear()
        yield
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not any(e["method"] == "Page.loadEventFired" for e in self.events):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what} did not load within {PATIENCE_SECONDS} s")
            self._read(1.0)
        self.settle()

    def settle(self) -> None:
        """Wait until the page's equations are set and it asks for nothing more."""
        self.evaluate(TYPESET)
        while self._read(QUIET_SECONDS):
            pass

    def resize(self, width: int, height: int) -> None:
        """Give the window this size in CSS pixels; a narrow one is a telephone's.

        Parameters
        ----------
        width, height
            In CSS pixels.
        """
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **size)

    def evaluate(self, script: str) -> Any:
        """Return the JSON value of a script run in the page; promises are awaited.

        Parameters
        ----------
        script
            JavaScript expression.

        Returns
        -------
        Any
            What JSON makes of its value; None for undefined.

        Raises
        ------
        RuntimeError
            The script failed.
        """
        answer = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(f"script failed in the page: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def pdf(self, **options: Any) -> bytes:
        """Return the page as it prints; the options are those of ``Page.printToPDF``.

        Parameters
        ----------
        **options
            JSON values, by the protocol's names.

        Returns
        -------
        bytes
            A PDF file.
        """
        answer = self.call("Page.printToPDF", preferCSSPageSize=True, **options)
        return base64.b64decode(answer["data"])

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Ask the browser for one thing of the DevTools protocol and return its answer.

        Parameters
        ----------
        method
            Domain and command: ``Page.navigate``.
        **params
            The command's parameters, JSON values.

        Returns
        -------
        dict
            The protocol's result; empty for many commands.

        Raises
        ------
        RuntimeError
            The browser refused or ended.
        TimeoutError
            It did not answer within ``PATIENCE_SECONDS``.
        """
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
            self.events.append(message)
        return message
