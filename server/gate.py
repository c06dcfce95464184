"""Nothing of the service is reached but by a caller we know; here every request passes."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from huiwen.errors import ForbiddenError, HuiwenError, TooManyError, UnauthenticatedError
from server.caller import Caller
from server.identity import Identities
from server.limit import Limits
from server.origin import current
from server.problem import respond

# What anybody may reach: that the process lives, the way in, and the question box of portals.
PUBLIC = frozenset({"/api/health", "/login", "/widget.js"})
# What the page is made of is no work: all else counts against the caller's limit.
_FREE = ("/assets/", "/ui/", "/static/", "/svelte/", "/gradio_api/heartbeat/")
_FREE_EXACT = frozenset({
    "/", "/logout", "/config", "/theme.css", "/favicon.ico", "/manifest.json", "/source/",
    "/gradio_api/queue/data", "/gradio_api/info", "/gradio_api/startup-events",
    "/gradio_api/theme.css", "/gradio_api/upload_progress", "/gradio_api/reset",
    "/gradio_api/cancel",
})  # fmt: skip
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# What a portal's page may have done without a key: to ask, which changes nothing.
_FOR_GUESTS = frozenset({"/api/ask", "/v1/chat/completions"})
# What browsers say of where a request comes from: our own page, or the user's own hand.
_OWN_SITE = frozenset({"same-origin", "none"})
_AT_ONCE = 8


class Gate:
    """Finds out who sends each request, and lets it through, or answers 401, 403 or 429.

    Routes find the caller with ``caller_of``. What a caller may do there is
    said by the routes. Pages of ``guests`` (origins) may ask without a cookie.
    """

    def __init__(self, app: ASGIApp, identities: Identities, guests: Sequence[str] = ()) -> None:
        self._app = app
        self._guests = frozenset(guests)
        self._identities = identities
        self._limits = Limits()
        self._limiter: CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            try:
                await self._app(scope, receive, send)
            finally:
                self._identities.close()
            return
        if scope["type"] != "http":
            # Nothing here speaks WebSocket, so that no caller of one has to be known.
            await send({"type": "websocket.close", "code": 1008})
            return
        request = Request(scope)
        try:
            await self._admit(request)
        except HuiwenError as error:
            await _refusal(request, error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _admit(self, request: Request) -> None:
        self._require_same_site(request)
        path = request.scope["path"]
        if path in PUBLIC:
            return
        if self._limiter is None:
            # Of its own: who asks is known also while all other threads wait for the model.
            self._limiter = CapacityLimiter(_AT_ONCE)
        caller = await to_thread.run_sync(self._identities.of, request, limiter=self._limiter)
        if caller is None:
            raise UnauthenticatedError(
                "请求没有带有效的密钥或登录；接口请带请求头 Authorization: Bearer 密钥，"
                "页面请先登录。密钥由管理员用 huiwen keys add 发给。"
            )
        request.state.caller = caller
        current().who = caller.name
        if not path.startswith(_FREE) and path not in _FREE_EXACT:
            self._count(caller)

    def _count(self, caller: Caller) -> None:
        after = self._limits.take(caller.identity, caller.per_minute)
        if after:
            raise TooManyError(
                f"“{caller.name}”每分钟最多 {caller.per_minute} 次请求；请 {after} 秒后再试。",
                after,
            )

    def _require_same_site(self, request: Request) -> None:
        """Raises ForbiddenError for what a page elsewhere has a browser send in its user's name.

        A key or token of ours in a header is no such thing: browsers add none by
        themselves, as they do passwords and tickets meant for the gateway, nor
        does a page elsewhere get to add the forwarded host.
        """
        headers = request.headers
        if request.method in _SAFE or self._identities.named_by_bearer(request):
            return
        origin, site = headers.get("origin"), headers.get("sec-fetch-site", "same-origin")
        if origin is None and site in _OWN_SITE:
            return
        if origin in self._guests and "cookie" not in headers:
            if request.scope["path"] in _FOR_GUESTS:
                return
            raise ForbiddenError(
                "别的网站的页面没有带密钥，只可以提问；请带请求头 Authorization: Bearer 密钥。"
            )
        hosts = headers.get("host"), headers.get("x-forwarded-host")
        if site not in _OWN_SITE or urlsplit(origin or "").netloc not in hosts:
            raise ForbiddenError("请求来自别的网站，没有执行；请在会问自己的页面上操作。")


def _refusal(request: Request, error: HuiwenError) -> Response:
    wants_page = "text/html" in request.headers.get("accept", "")
    if error.status == 401 and wants_page and request.method in _SAFE:
        return RedirectResponse("/login", 303, {"Cache-Control": "no-store"})
    response = respond(request, error.status, error.slug, error.title, str(error))
    if isinstance(error, UnauthenticatedError):
        response.headers["WWW-Authenticate"] = 'Bearer realm="huiwen"'
    if isinstance(error, TooManyError):
        response.headers["Retry-After"] = str(error.after_s)
    return response
