"""Errors as RFC 9457 problem details."""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huiwen.complaint import complaints
from huiwen.errors import HuiwenError
from server.chat_schemas import error_out
from server.origin import HEADER, current
from server.schemas import Problem

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
# Said here too: an unexpected error is answered outside of what adds them elsewhere.
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
}
_UNREADABLE = "请求正文无法解析；请检查 JSON 或表单的格式与编码（UTF-8）。"
_TITLES = {
    400: "请求有误",
    401: "请先登录",
    403: "没有权限",
    404: "未找到",
    405: "不支持的方法",
    412: "内容已经改变",
    413: "文件过大",
    415: "不支持的格式",
    422: "请求有误",
}


def install(app: FastAPI) -> None:
    """Answer every error of ``app`` with problem details in Chinese."""

    app.add_middleware(_TooLargeAsProblem)

    @app.exception_handler(HuiwenError)
    def _ours(request: Request, error: HuiwenError) -> JSONResponse:
        response = respond(request, error.status, error.slug, error.title, str(error))
        if error.retry_after_s is not None:
            response.headers["Retry-After"] = str(error.retry_after_s)
        return response

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        wrong = complaints(error.errors())
        return respond(request, 422, "invalid-request", _TITLES[422], f"请求有误：{wrong}。")

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> JSONResponse:
        status = error.status_code
        title = _TITLES.get(status, HTTPStatus(status).phrase)
        # The framework knows one reason for a 400 and says it in English.
        detail = _UNREADABLE if status == 400 else str(error.detail)
        return respond(request, status, "http", title, detail)

    @app.exception_handler(Exception)
    def _unexpected(request: Request, error: Exception) -> JSONResponse:
        log.error("unhandled error at %s", request.scope["path"], exc_info=error)
        detail = f"服务内部出错，已写入日志；请把请求编号 {current().request_id} 告诉管理员。"
        response = respond(request, 500, "internal", "服务内部错误", detail)
        # Made outside of the middleware that names requests.
        response.headers[HEADER] = current().request_id
        return response


def respond(request: Request, status: int, slug: str, title: str, detail: str) -> JSONResponse:
    """A problem details response; in OpenAI's shape where its clients are answered."""
    path = request.scope["path"]
    if path.startswith("/v1/"):
        status, body = error_out(status, slug, detail)
        return JSONResponse(body.model_dump(), status, _HEADERS)
    problem = describe(path, status, slug, title, detail)
    return JSONResponse(problem.model_dump(), status, _HEADERS, media_type=MEDIA_TYPE)


def describe(path: str, status: int, slug: str, title: str, detail: str) -> Problem:
    return Problem(
        type=f"urn:huiwen:problem:{slug}",
        title=title,
        status=status,
        detail=detail,
        instance=path,
    )


class _TooLargeAsProblem:
    """Says 413 our way: the framework's body limit answers in plain English text."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        replaced = False

        async def sending(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and message["status"] == 413:
                replaced = dict(message["headers"]).get(b"content-type") != MEDIA_TYPE.encode()
                if replaced:
                    detail = "请求超过大小上限；请拆分文件，或请管理员调大配置 max_upload_mb。"
                    response = respond(Request(scope), 413, "too-large", _TITLES[413], detail)
                    await response(scope, receive, send)
            if not replaced:
                await send(message)

        await self._app(scope, receive, sending)
