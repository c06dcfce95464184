"""Entity tags: what has not changed is not sent again, what has changed is not deleted unseen."""

from __future__ import annotations

import hashlib
from typing import Any

from fastapi import Request, Response

import huiwen
from huiwen.errors import ChangedError

NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "没有变化（If-None-Match 与 ETag 相同）"}
}
HEADER = {"ETag": {"description": "内容的标记，可用于 If-None-Match", "schema": {"type": "string"}}}


def tag_of(*parts: str) -> str:
    """A tag that changes with any of the parts, and with the version that shows them."""
    digest = hashlib.sha256("\0".join((huiwen.__version__, *parts)).encode())
    return f'"{digest.hexdigest()[:32]}"'


def unchanged(request: Request, tag: str) -> Response | None:
    """A 304 where the client has this already; else the tag is for the caller to set."""
    if _named(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers={"ETag": tag})
    return None


def require_match(request: Request, tag: str) -> None:
    """Raises ChangedError where the client asked for another version to be meant."""
    wanted = request.headers.get("if-match", "")
    if wanted and not _named(wanted, tag):
        raise ChangedError("文件在此期间已经改变，没有执行；请重新读取后再试。")


def _named(header: str, tag: str) -> bool:
    named = {part.strip().removeprefix("W/") for part in header.split(",")}
    return "*" in named or tag in named
