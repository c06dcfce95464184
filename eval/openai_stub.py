"""An OpenAI-compatible endpoint without a model, that can also break in the ways services do."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Fault(StrEnum):
    """How the endpoint breaks."""

    NONE = "none"
    HANG = "hang"  # takes the request and says nothing
    DRIP = "drip"  # a character at a time, without end
    ERROR = "500"
    ONCE = "once"  # 500 at the first request only
    PAGE = "page"  # 200 with a web page, as gateways do
    GARBAGE = "garbage"  # 200 with events that are no JSON
    SHAPE = "shape"  # 200 with JSON that is no chunk
    DROP = "drop"  # the connection is reset after a few words
    END = "end"  # the stream ends in good order, but before the answer does


@dataclass
class Script:
    """What the endpoint says, ``pause_s`` before each piece, and what it has seen.

    ``reply`` may be made from the text of the last message.

    ``gone`` is set when a reader closed the connection before the end,
    ``release`` ends those that hang.
    """

    reply: str | Callable[[str], str] = "好的[1]。"
    pause_s: float = 0.0
    fault: Fault = Fault.NONE
    requests: int = 0
    pieces: int = 0
    gone: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)


@contextmanager
def endpoint(script: Script, port: int = 0) -> Iterator[str]:
    """The base URL of the endpoint, up until the end of the context."""
    handler = type("Handler", (_Handler,), {"script": script})
    server = _Server(("127.0.0.1", port), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        script.release.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


class _Handler(BaseHTTPRequestHandler):
    script: Script
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.close_connection = True
        script = self.script
        script.requests += 1
        reply = script.reply
        if not isinstance(reply, str):
            reply = reply(json.loads(body)["messages"][-1]["content"])
        try:
            self._answer(script, reply)
        except OSError:
            script.gone.set()

    def _answer(self, script: Script, reply: str) -> None:
        match script.fault:
            case Fault.HANG:
                self._wait_for_leaving(script)
            case Fault.ERROR:
                self.send_error(500, "broken")
            case Fault.ONCE if script.requests == 1:
                self.send_error(500, "broken")
            case Fault.PAGE:
                self._begin("text/html")
                self.wfile.write("<html><body>请先登录</body></html>".encode())
            case Fault.GARBAGE:
                self._begin()
                self.wfile.write(b"data: {not json\n\n")
            case Fault.SHAPE:
                self._begin()
                self.wfile.write(b'data: {"choices": "none", "id": 5}\n\ndata: [1]\n\n')
            case _:
                self._begin()
                self._stream(script, reply)

    def _begin(self, kind: str = "text/event-stream") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        self.end_headers()

    def _stream(self, script: Script, reply: str) -> None:
        for count, piece in enumerate(reply * (1000 if script.fault is Fault.DRIP else 1)):
            if count == 3 and script.fault is Fault.DROP:
                # Unread and lingering for no time: the reader sees a reset.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                return
            if count == 3 and script.fault is Fault.END:
                self.wfile.write(b"data: [DONE]\n\n")
                return
            time.sleep(script.pause_s)
            self._chunk({"content": piece})
            script.pieces += 1
        self._chunk({}, "stop")
        self.wfile.write(b"data: [DONE]\n\n")

    def _chunk(self, delta: dict[str, str], finish: str | None = None) -> None:
        choice: dict[str, Any] = {"index": 0, "delta": delta, "finish_reason": finish}
        chunk = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "stub"}
        self.wfile.write(f"data: {json.dumps({**chunk, 'choices': [choice]})}\n\n".encode())

    def _wait_for_leaving(self, script: Script) -> None:
        self.connection.settimeout(0.05)
        while not script.release.is_set():
            with suppress(TimeoutError):
                if not self.connection.recv(1):
                    script.gone.set()
                    return

    def log_message(self, *_: object) -> None:
        pass
