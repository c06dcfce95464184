"""What changes something is in the audit log before it is acknowledged: uploads, deletions."""

from __future__ import annotations

import logging
from functools import partial

from anyio.to_thread import run_sync
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.audit import Audit, AuditError
from server.origin import Origin, current
from server.problem import respond

log = logging.getLogger(__name__)
_SAFE = ("GET", "HEAD", "OPTIONS")
# Questions have records of their own.
_QUESTIONS = ("/api/ask", "/api/conversations/{identity}/ask")


class Deeds:
    """Middleware; must be inside of what finds out who sends a request."""

    def __init__(self, app: ASGIApp, audit: Audit) -> None:
        self._app = app
        self._audit = audit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in _SAFE:
            await self._app(scope, receive, send)
            return
        failed = False

        async def sending(message: Message) -> None:
            nonlocal failed
            if message["type"] == "http.response.start" and _is_deed(scope):
                try:
                    route = f"{scope['method']} {scope['path']}"
                    await run_sync(
                        partial(record, self._audit, current(), route, message["status"])
                    )
                except AuditError as error:
                    failed = True
                    log.error("not recorded: %s", error)
                    detail = f"操作可能已经执行，但没有能记录下来。{error}"
                    response = respond(
                        Request(scope), error.status, error.slug, error.title, detail
                    )
                    await response(scope, receive, send)
            if not failed:
                await send(message)

        await self._app(scope, receive, sending)


def record(audit: Audit, origin: Origin, route: str, status: int) -> None:
    """Put down what was done; raises AuditError where that cannot be."""
    facts = {
        "request": origin.request_id,
        "who": origin.who,
        "address": origin.address,
        "route": route,
        "status": status,
        "noted": origin.noted,
    }
    audit.append("deed", facts)


def _is_deed(scope: Scope) -> bool:
    route = getattr(scope.get("route"), "path", "")
    return route.startswith("/api/") and route not in _QUESTIONS
