"""Which other sites may show the service: CORS and ``frame-ancestors`` for those, for no other."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_CSP = b"content-security-policy"
_SELF = b"frame-ancestors 'self'"
_EXPOSED = ["ETag", "Link", "Location", "Retry-After"]


def install(app: FastAPI, origins: Sequence[str]) -> None:
    """Let pages of ``origins`` call the API with a key and frame what allows framing at all.

    No cookie travels: a page elsewhere acts with the key it was given, never
    as whoever is logged in. Goes outside of all other middleware, as the
    browser's question before a request bears no key.
    """
    if not origins:
        return
    app.add_middleware(_Framing, origins=origins)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-None-Match"],
        expose_headers=_EXPOSED,
        max_age=600,
    )


class _Framing:
    """Adds the origins wherever a page says that it may be framed by its own."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._app = app
        self._allowed = b" ".join([_SELF, *(origin.encode() for origin in origins)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    (name, value.replace(_SELF, self._allowed) if name == _CSP else value)
                    for name, value in message["headers"]
                ]
            await send(message)

        await self._app(scope, receive, sending)
