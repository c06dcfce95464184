"""The script that puts a question box on a page of another site."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter
from fastapi.responses import Response

# Portals keep the tag for years: what it loads is looked at anew each hour.
_HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def widget_router() -> APIRouter:
    """Serves ``/widget.js``; it holds nothing secret and needs no key."""
    router = APIRouter(include_in_schema=False)
    script = files("ui").joinpath("static/widget.js").read_bytes()

    @router.get("/widget.js")
    def widget() -> Response:
        return Response(script, media_type="text/javascript", headers=_HEADERS)

    return router
