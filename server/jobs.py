"""Files on their way into the library, over HTTP: list, look at, call off."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from index.jobs import Jobs
from server.caller import Uploader
from server.schemas import JobOut, Problem

_Identity = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$", examples=["0f3a5b7c9d1e2f40"])]
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem}, 422: {"model": Problem}}


def jobs_router(jobs: Jobs) -> APIRouter:
    """Routes over the queue of a library."""
    router = APIRouter(prefix="/api/jobs", tags=["收录任务"])

    @router.get("", summary="最近的收录任务，新的在前", responses={422: {"model": Problem}})
    def listing(
        caller: Uploader, limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> list[JobOut]:
        return [JobOut.model_validate(job) for job in jobs.all(limit, caller.owns)]

    @router.get("/{identity}", summary="一个任务的进度与结果", responses=_NOT_FOUND)
    def read(identity: _Identity, caller: Uploader) -> JobOut:
        return JobOut.model_validate(jobs.get(identity, caller.owns))

    @router.delete(
        "/{identity}", summary="取消任务；已经完成的不受影响", status_code=202, responses=_NOT_FOUND
    )
    def cancel(identity: _Identity, caller: Uploader) -> JobOut:
        return JobOut.model_validate(jobs.cancel(identity, caller.owns))

    return router
