"""Listening for requests: where it is allowed to, and with what patience."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from huiwen.errors import ConfigError
from huiwen.settings import Settings
from server.problem import respond

# From the connection, or the end of the answer before, to the end of a request's headers.
HEADERS_S = 15.0


def require_safe(settings: Settings) -> None:
    """Raises ConfigError where everybody in the network could read and delete everything."""
    if settings.access == "open" and not settings.open_to_network and not _is_local(settings.host):
        raise ConfigError(
            f"监听地址 {settings.host} 对网络开放，而 access 是 open：网络里的任何人都能读取和删除"
            '全部资料。请设置 access = "keys" 或 "gateway"（见 docs/access.md）；'
            "确要不分用户地开放，设置 open_to_network = true。"
        )


def guarded(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The app as it may be served. Raises ConfigError as ``require_safe``."""
    require_safe(settings)
    return LocalNames(app) if settings.access == "open" and not settings.open_to_network else app


class ImpatientProtocol(H11Protocol):
    """Closes connections on which the headers of a request do not come to an end."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.conn.trailing_data[0]:
            # The beginning of another request came with the one before.
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._calm()
        super().connection_lost(exc)

    @property
    def _waiting(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _watch(self) -> None:
        if not self._waiting:
            self._calm()
        elif self._late is None:
            self._late = self.loop.call_later(HEADERS_S, self._give_up)

    def _calm(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        self._late = None
        if self._waiting:
            self.transport.close()


class LocalNames:
    """Answers only to names of this machine, where anybody who reaches us may do all.

    A page elsewhere can have its own name lead to this machine (DNS
    rebinding), and browsers then let it read what we answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            name = _host(request.headers.get("host", ""))
            if not _is_local(name):
                detail = (
                    f"access 是 open 时只接受以本机地址访问，而请求访问的是“{name}”。多人使用请"
                    '设置 access = "keys" 或 "gateway"；确要不分用户，设置 open_to_network = true。'
                )
                response = respond(request, 403, "forbidden", "没有权限", detail)
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _host(header: str) -> str:
    """The name in a Host header, without its port; empty for what is none."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
