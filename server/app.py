"""The HTTP application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI

import huiwen
from answer.engine import Answerer
from huiwen.settings import Settings
from index.jobs import Jobs
from index.library import Library
from server import embed, openapi, problem
from server.ask import ask_router
from server.audit import Audit
from server.body import Patience
from server.caller import Asker
from server.chat import chat_router
from server.conversations import conversations_router
from server.deeds import Deeds
from server.documents import ENVELOPE, documents_router
from server.exports import exports_router
from server.feedback import feedback_router
from server.gate import Gate
from server.headers import SecurityHeaders, embed_origins
from server.history import History
from server.identity import Identities
from server.jobs import jobs_router
from server.login import login_router
from server.metrics import Metrics, metrics_router
from server.origin import Origins
from server.schemas import HealthOut, Problem, ReadyOut
from server.suggestions import suggestions_router
from server.traffic import Traffic

_DESCRIPTION = """
依据本单位会议资料回答问题，每句话都注明所依据的原文；资料里没有的，会明说没有。

错误一律以 RFC 9457 问题详情（`application/problem+json`）返回。
"""


# What the gate and the patience with requests may answer to any of them.
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "请求正文无法解析"},
    401: {"model": Problem, "description": "没有带有效的密钥或登录"},
    403: {"model": Problem, "description": "没有这样做的权限"},
    408: {"model": Problem, "description": "请求没有按时发完"},
    413: {"model": Problem, "description": "请求过大"},
    429: {
        "model": Problem,
        "description": "请求过于频繁；Retry-After 是再试之前要等的秒数",
        "headers": {"Retry-After": {"schema": {"type": "integer"}}},
    },
}


def create_app(
    library: Library,
    jobs: Jobs,
    answerer: Answerer,
    settings: Settings,
    metrics: Metrics | None = None,
    audit: Audit | None = None,
) -> FastAPI:
    """The API over a library, its queue and an answerer that the caller opens and closes.

    ``metrics`` are those that watch the answerer, so that /metrics tells of its answers;
    ``audit`` is where uploads and deletions are recorded.
    """
    history = History(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        history.close()

    metrics = metrics or Metrics()
    metrics.watch_state(library, jobs, answerer, settings)
    app = FastAPI(
        title="会问 Huiwen",
        version=huiwen.__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        responses=_REFUSALS,
        # Their pages load scripts from outside; a service without internet has none.
        docs_url=None,
        redoc_url=None,
    )
    problem.install(app)
    openapi.install(app)
    identities = Identities(settings)
    sites = embed_origins(settings)
    # Each around those before it: who asks is known to the record of what is done, and
    # what is refused at the gate is counted and has its number as well.
    if audit:
        app.add_middleware(Deeds, audit=audit)
    app.add_middleware(Gate, identities=identities, guests=sites)
    app.add_middleware(Patience, limit=settings.max_upload_mb * 2**20 + ENVELOPE)
    app.add_middleware(Traffic, metrics=metrics)
    app.add_middleware(SecurityHeaders, origins=sites)
    app.add_middleware(Origins)
    app.include_router(login_router(identities))
    app.include_router(ask_router(library, answerer, settings.producer))
    app.include_router(conversations_router(history, library, answerer, settings.producer))
    app.include_router(exports_router(history, library, settings.producer))
    app.include_router(feedback_router(history))
    app.include_router(suggestions_router(library))
    app.include_router(chat_router(answerer, settings.producer))
    app.include_router(documents_router(library, jobs, settings))
    app.include_router(jobs_router(jobs))
    app.include_router(_status_router(library, answerer))
    app.include_router(metrics_router(metrics))
    embed.install(app, sites)
    return app


def _status_router(library: Library, answerer: Answerer) -> APIRouter:
    router = APIRouter(tags=["状态"])

    @router.get("/api/health", summary="进程是否存活")
    def health() -> HealthOut:
        return HealthOut(version=huiwen.__version__)

    @router.get("/api/ready", summary="是否可以回答", responses={503: {"model": Problem}})
    def ready(_: Asker) -> ReadyOut:
        library.search("就绪检查", 1)
        return ReadyOut(
            documents=len(library.documents()),
            embedder=library.embedder.fingerprint,
            model=answerer.model,
        )

    return router
