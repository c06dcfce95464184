"""A server that writes down who asks it: what must ask nobody is tested with it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


class Recording(BaseHTTPRequestHandler):
    """Answers with nothing and keeps the path in the server's ``asked``."""

    def do_GET(self) -> None:
        server: Any = self.server
        server.asked.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler] = Recording) -> Iterator[Any]:
    """A server on this machine with its ``url``, and the paths ``asked`` of it."""
    server: Any = HTTPServer(("127.0.0.1", 0), handler)
    server.asked = []
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
