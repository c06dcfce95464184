"""The page's own scripts and styles: the files of ``static``, by name, and no others."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Header, Path
from fastapi.responses import Response

from huiwen.errors import NotFoundError

_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


def assets_router() -> APIRouter:
    """The route of each file; browsers ask whether theirs is the present one."""
    router = APIRouter(include_in_schema=False)
    found = {
        entry.name: (entry.read_bytes(), media_type)
        for entry in files("ui").joinpath("static").iterdir()
        for suffix, media_type in _TYPES.items()
        if entry.name.endswith(suffix)
    }
    tags = {name: f'"{sha256(data).hexdigest()[:16]}"' for name, (data, _) in found.items()}

    @router.get("/ui/{name}")
    def asset(
        name: Annotated[str, Path(max_length=64)],
        if_none_match: Annotated[str, Header(max_length=200)] = "",
    ) -> Response:
        if name not in found:
            raise NotFoundError(f"页面没有名为 {name} 的文件；请刷新页面。")
        headers = {
            "ETag": tags[name],
            "Cache-Control": "no-cache",
            "X-Content-Type-Options": "nosniff",
        }
        if tags[name] in if_none_match:
            return Response(status_code=304, headers=headers)
        data, media_type = found[name]
        return Response(data, media_type=media_type, headers=headers)

    return router
