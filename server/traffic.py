"""Every request counted, timed and written to the log, once its last byte is sent."""

from __future__ import annotations

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.metrics import Metrics
from server.origin import current

log = logging.getLogger("huiwen.access")
# Of the pages and their files, and of addresses that are not ours: there may be any number.
_OTHERS = "other"


class Traffic:
    """Middleware; must be inside of Origins, which knows where a request comes from."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            self._note(scope, status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        method, route = scope["method"], getattr(scope.get("route"), "path", _OTHERS) or _OTHERS
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.request_seconds.labels(method, route).observe(seconds)
        if route == _OTHERS and status < 400:
            return  # the page asks for dozens of files
        origin = current()
        # The query is left out: it may be somebody's question.
        facts = {
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "who": origin.who,
            "address": origin.address,
        }
        log.info("%s %s %d %.1f ms", method, route, status, seconds * 1000, extra={"facts": facts})
