"""The way in for browsers: a key once, then a session in a cookie that no script can read."""

from __future__ import annotations

from html import escape
from string import Template
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from server.identity import COOKIE, Identities

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
}
_PAGE = Template("""<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>会问 · 登录</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.6 "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
  max-width: 26rem; margin: 15vh auto; padding: 0 1rem; }
input, button { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; }
button { margin-top: .75rem; cursor: pointer; }
[role=alert] { color: #c33; }
</style></head><body>
<h1>会问</h1>
$notice
<form method="post" action="/login">
<label for="key">密钥（由管理员发给）</label>
<input id="key" name="key" type="password" autocomplete="current-password" required autofocus>
<button>登录</button>
</form>
</body></html>
""")
_WRONG = "密钥不对，或已被撤销；请核对，或向管理员申请。"


def login_router(identities: Identities) -> APIRouter:
    """Pages to log in and out."""
    router = APIRouter(include_in_schema=False)

    @router.get("/login")
    def page() -> HTMLResponse:
        return _page()

    @router.post("/login", max_body_size=4096)
    async def login(request: Request, key: Annotated[str, Form(max_length=200)]) -> Response:
        keys = identities.keys
        found = await run_in_threadpool(keys.find, key.strip()) if keys else None
        if keys is None or found is None:
            return _page(_WRONG, 401)
        token = await run_in_threadpool(keys.begin_session, found)
        response = RedirectResponse("/", 303, {"Cache-Control": "no-store"})
        response.set_cookie(
            COOKIE, token, max_age=keys.session_s, httponly=True, samesite="lax",
            secure=_is_https(request),
        )  # fmt: skip
        return response

    @router.post("/logout")
    def logout(request: Request) -> RedirectResponse:
        token = request.cookies.get(COOKIE)
        if identities.keys and token:
            identities.keys.end_session(token)
        response = RedirectResponse("/login", 303)
        response.delete_cookie(COOKIE)
        return response

    return router


def _is_https(request: Request) -> bool:
    # Set by whoever forwards; who sets it himself only makes his own cookie stricter.
    return "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))


def _page(notice: str = "", status: int = 200) -> HTMLResponse:
    shown = f'<p role="alert">{escape(notice)}</p>' if notice else ""
    return HTMLResponse(_PAGE.substitute(notice=shown), status, _HEADERS)
