"""What browsers are told about every answer: load nothing from elsewhere, be framed by few."""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huiwen.errors import ConfigError
from huiwen.groups import listed
from huiwen.settings import Settings

_ORIGIN = re.compile(r"https?://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?")
# Gradio writes its configuration and its styles into the page and makes functions of text
# to fill in HTML. Nothing of a page may reach another machine, so that no answer can carry
# anything there.
_PAGE = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'"
)
_NO_PAGE = "default-src 'none'"
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def embed_origins(settings: Settings) -> list[str]:
    """Sites whose pages may have ours in a frame, as ``https://portal.example``.

    Raises ConfigError for what is no origin.
    """
    origins = listed(settings.embed_origins)
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ConfigError(
                f"配置 embed_origins 里的“{origin}”不是网站来源；请写成 https://portal.example.gov.cn"
                "（协议、主机、端口，没有路径），多个以逗号分隔。"
            )
    return origins


class SecurityHeaders:
    """Adds to every answer what protects browsers; an answer's own policy is kept."""

    def __init__(self, app: ASGIApp, origins: list[str]) -> None:
        self._app = app
        self._framed = "frame-ancestors " + " ".join(["'self'", *origins])
        self._always = dict(_ALWAYS)
        if not origins:
            # For browsers that know no frame-ancestors.
            self._always["X-Frame-Options"] = "SAMEORIGIN"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message))
            await send(message)

        await self._app(scope, receive, sending)

    def _add(self, headers: MutableHeaders) -> None:
        for name, value in self._always.items():
            headers.setdefault(name, value)
        is_page = headers.get("content-type", "").startswith("text/html")
        policy = headers.get("content-security-policy", _PAGE if is_page else _NO_PAGE)
        headers["Content-Security-Policy"] = f"{policy}; {self._framed}"
