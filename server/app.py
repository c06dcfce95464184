"""The HTTP application."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

import huiwen
from answer.engine import Answerer
from huiwen.settings import Settings
from index.jobs import Jobs
from index.library import Library
from server import embed, openapi, problem
from server.ask import ask_router
from server.audit import Audit
from server.chat import chat_router
from server.deeds import Deeds
from server.documents import documents_router
from server.jobs import jobs_router
from server.metrics import Metrics, metrics_router
from server.origin import Origins
from server.schemas import HealthOut, Problem, ReadyOut
from server.traffic import Traffic

_DESCRIPTION = """
依据本单位会议资料回答问题，每句话都注明所依据的原文；资料里没有的，会明说没有。

错误一律以 RFC 9457 问题详情（`application/problem+json`）返回。
"""


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
    metrics = metrics or Metrics()
    metrics.watch_state(library, jobs, answerer, settings)
    app = FastAPI(
        title="会问 Huiwen",
        version=huiwen.__version__,
        description=_DESCRIPTION,
        openapi_url="/api/openapi.json",
        # Their pages load scripts from outside; a service without internet has none.
        docs_url=None,
        redoc_url=None,
    )
    problem.install(app)
    openapi.install(app)
    if audit:
        app.add_middleware(Deeds, audit=audit)
    app.add_middleware(Traffic, metrics=metrics)
    app.add_middleware(Origins)
    app.include_router(ask_router(library, answerer, settings.producer))
    app.include_router(chat_router(answerer, settings.producer))
    app.include_router(documents_router(library, jobs, settings))
    app.include_router(jobs_router(jobs))
    app.include_router(_status_router(library, answerer))
    app.include_router(metrics_router(metrics))
    embed.install(app, settings.embed_origins)
    return app


def _status_router(library: Library, answerer: Answerer) -> APIRouter:
    router = APIRouter(tags=["状态"])

    @router.get("/api/health", summary="进程是否存活")
    def health() -> HealthOut:
        return HealthOut(version=huiwen.__version__)

    @router.get("/api/ready", summary="是否可以回答", responses={503: {"model": Problem}})
    def ready() -> ReadyOut:
        library.search("就绪检查", 1)
        return ReadyOut(
            documents=len(library.documents()),
            embedder=library.embedder.fingerprint,
            model=answerer.model,
        )

    return router
