"""Which other sites may call the API from their pages (CORS): those listed, no other."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

_EXPOSED = ["ETag", "Link", "Location", "Retry-After"]


def install(app: FastAPI, origins: Sequence[str]) -> None:
    """Let pages of ``origins`` call the API.

    No cookie travels: a page elsewhere acts with the key it was given, never
    as whoever is logged in. Goes outside of all other middleware, as the
    browser's question before a request bears no key.
    """
    if not origins:
        return
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-None-Match"],
        expose_headers=_EXPOSED,
        max_age=600,
    )
