"""`make serve`: the built book on this computer, with the headers that let a reader stop Python."""

from __future__ import annotations

import functools
import http.server
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files to pages that are isolated, so that they may share memory with their worker."""

    extensions_map = {  # noqa: RUF012 - the base class's own form
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
    }

    def end_headers(self) -> None:
        """Add the two headers to every answer."""
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()


if __name__ == "__main__":
    folder, host, port = sys.argv[1:]
    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer((host, int(port)), handler) as server:
        name = "localhost" if host == "127.0.0.1" else host
        print(f"http://{name}:{server.server_port}  (Ctrl-C ends)")
        server.serve_forever()
