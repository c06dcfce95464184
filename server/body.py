"""Patience with requests: how large a body may be, and how slow."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.problem import respond

# Without a byte for so long, or slower than this once the first moments are over.
IDLE_S = 15.0
GRACE_S = 30.0
LEAST_BYTES_S = 4096
# The page sends several files at once.
PAGE_UPLOAD = "/gradio_api/upload"
_PAGE_FILES = 10


@dataclass(frozen=True, slots=True)
class _Failure:
    status: int
    slug: str
    title: str
    detail: str


_TOO_SLOW = _Failure(408, "too-slow", "请求太慢", "请求没有按时发完，已断开；请检查网络后重试。")


class Patience:
    """Answers 413 to a body over ``limit`` bytes and 408 to one that comes too slowly.

    Both before the whole of it was taken in; routes may have lower limits of
    their own.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        watched = _Watched(receive, self._limit_of(scope["path"]))
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > watched.limit:
            watched.failure = watched.too_large()
            await self._refuse(request, watched.failure, receive, send)
            return
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            # What the app says of a body that was broken off here is not the reason.
            if watched.failure is None or started:
                started = True
                await send(message)

        try:
            await self._app(scope, watched, sending)
        except Exception:
            if watched.failure is None:
                raise
        if watched.failure and not started:
            await self._refuse(request, watched.failure, receive, send)

    def _limit_of(self, path: str) -> int:
        return self._limit * (_PAGE_FILES if path == PAGE_UPLOAD else 1)

    @staticmethod
    async def _refuse(request: Request, failure: _Failure, receive: Receive, send: Send) -> None:
        response = respond(request, failure.status, failure.slug, failure.title, failure.detail)
        # The rest of the body is not waited for.
        response.headers["Connection"] = "close"
        await response(request.scope, receive, send)


class _Watched:
    """Receives for the app; once something is wrong, the client is gone for it."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._began = time.monotonic()
        self._taken = 0
        self._whole = False
        self.limit = limit
        self.failure: _Failure | None = None

    def too_large(self) -> _Failure:
        return _Failure(
            413, "too-large", "请求过大",
            f"请求超过上限 {self.limit // 2**20} MB；请拆分文件，"
            "或请管理员调大配置 max_upload_mb。",
        )  # fmt: skip

    async def __call__(self) -> Message:
        if self._whole:
            return await self._receive()
        if self.failure is None:
            try:
                message = await asyncio.wait_for(self._receive(), IDLE_S)
            except TimeoutError:
                self.failure = _TOO_SLOW
            else:
                self._judge(message)
                if self.failure is None:
                    return message
        return {"type": "http.disconnect"}

    def _judge(self, message: Message) -> None:
        self._taken += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        took = time.monotonic() - self._began
        if self._taken > self.limit:
            self.failure = self.too_large()
        elif not self._whole and took > GRACE_S and self._taken < took * LEAST_BYTES_S:
            self.failure = _TOO_SLOW
