"""An invented portal on a port of its own, as strict about what it loads as portals are."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_PAGE = """<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>云岭市政务网</title>
<link rel="stylesheet" href="/portal.css"></head>
<body><h1>云岭市人民政府</h1><p>政务公开</p><div id="box"></div>{tag}</body></html>"""
_STYLE = "* { color: rgb(255, 0, 0) !important; display: block; font-size: 40px; }"


class Portal:
    """``tag`` is what stands on its page; ``service`` the origin its policy lets in."""

    def __init__(self) -> None:
        self.tag = ""
        self.service = ""
        self.url = ""

    def policy(self) -> str:
        return (
            f"default-src 'none'; style-src 'self'; script-src {self.service}; "
            f"connect-src {self.service}; base-uri 'none'; form-action 'none'"
        )


@contextmanager
def portal() -> Iterator[Portal]:
    site = Portal()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            style = self.path == "/portal.css"
            body = (_STYLE if style else _PAGE.format(tag=site.tag)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/css" if style else "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", site.policy())
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield site
        server.shutdown()
