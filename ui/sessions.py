"""A conversation of the page belongs to who began it.

Gradio finds it by a name that the browser makes up; whoever knew that name
could read along and go on in it.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from urllib.parse import unquote

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.caller import caller_of
from server.problem import respond

_HEARTBEAT = "/gradio_api/heartbeat/"
_NAMED_IN_BODY = frozenset({
    "/gradio_api/queue/join", "/gradio_api/run/predict", "/gradio_api/cancel",
})  # fmt: skip
# Questions and choices; files go another way.
_MOST_BYTES = 2**20
_MOST_SESSIONS = 10_000


class OwnSessions:
    """Answers 404 where a request names a session that another caller began."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._owners: OrderedDict[str, str] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        path = scope["path"]
        name = request.query_params.get("session_hash")
        if path.startswith(_HEARTBEAT):
            name = unquote(path.removeprefix(_HEARTBEAT))
        elif path in _NAMED_IN_BODY:
            body = await _body(receive)
            if body is None:
                problem = respond(
                    request, 413, "too-large", "请求过大", "请求超过 1 MB；请缩短后再试。"
                )
                await problem(scope, receive, send)
                return
            name, receive = _session(body), _again(body, receive)
        if name is not None and not self._owns(name, caller_of(request).identity):
            problem = respond(request, 404, "not-found", "未找到", "没有这个会话；请刷新页面。")
            await problem(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _owns(self, name: str, identity: str) -> bool:
        with self._lock:
            owner = self._owners.setdefault(name, identity)
            if owner == identity:
                self._owners.move_to_end(name)
            if len(self._owners) > _MOST_SESSIONS:
                self._owners.popitem(last=False)
        return owner == identity


async def _body(receive: Receive) -> bytes | None:
    """The whole body, None where it is too large."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _MOST_BYTES:
            return None
        if not message.get("more_body"):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives the body, then what else comes."""
    given = False

    async def receiving() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving


def _session(body: bytes) -> str | None:
    try:
        name = json.loads(body)["session_hash"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None  # which names no session for Gradio either
    return name if isinstance(name, str) else None
