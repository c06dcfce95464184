"""Where a question comes from: request, person, address. Known to everything done for it."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"
# What others may name a request: nothing that could break a log line or a header.
_NAMED = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(slots=True)
class Origin:
    """Who asks and by which way. ``who`` is filled in by whatever knows the person.

    ``noted`` is what a route tells of its doing for the audit log.
    """

    request_id: str = field(default_factory=lambda: secrets.token_hex(8))
    who: str = ""
    address: str = ""
    route: str = ""
    traceparent: str = ""
    noted: dict[str, str] = field(default_factory=dict)


_CURRENT: ContextVar[Origin | None] = ContextVar("origin", default=None)


def current() -> Origin:
    """The origin of what is being done now; an empty one outside of any request."""
    return _CURRENT.get() or Origin(request_id="")


def begin(origin: Origin) -> None:
    """All that follows in this context is done for ``origin``."""
    _CURRENT.set(origin)


class Origins:
    """Middleware: each request has an origin, and its answer carries the request's id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        origin = Origin(
            address=scope["client"][0] if scope.get("client") else "",
            route=f"{scope['method']} {scope['path']}",
        )
        headers = Headers(scope=scope)
        origin.traceparent = headers.get("traceparent", "")
        given = headers.get(HEADER, "")
        if _NAMED.fullmatch(given):
            origin.request_id = given

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = origin.request_id
            await send(message)

        # Never taken back: a request has a context of its own, in which its errors are logged too.
        begin(origin)
        await self._app(scope, receive, sending)
