"""Of Gradio's many routes those that the page uses; the others are shut.

Among the shut are those that give out files by path, fetch addresses, and run
functions by name.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from server.problem import respond

_FOLDERS = ("/assets/", "/static/", "/svelte/", "/gradio_api/heartbeat/")
_ROUTES = frozenset({
    "/", "/config", "/theme.css", "/favicon.ico", "/manifest.json", "/robots.txt",
    "/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/run/predict",
    "/gradio_api/upload", "/gradio_api/upload_progress", "/gradio_api/info",
    "/gradio_api/startup-events", "/gradio_api/theme.css", "/gradio_api/reset",
    "/gradio_api/cancel",
})  # fmt: skip


class Shut:
    """Answers 404 on every route of the page's app but those it is known to need."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        path = scope["path"]
        if path in _ROUTES or path.startswith(_FOLDERS):
            await self._app(scope, receive, send)
            return
        response = respond(request, 404, "http", "未找到", "没有这个地址；请检查拼写。")
        await response(scope, receive, send)
