"""Files on their way into the library, over HTTP: list, look at, call off."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from index.jobs import Jobs
from server.caller import Uploader
from server.paging import LINK, Cursor, link_next
from server.schemas import JobOut, Problem

_Identity = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$", examples=["0f3a5b7c9d1e2f40"])]
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem}, 422: {"model": Problem}}


def jobs_router(jobs: Jobs) -> APIRouter:
    """Routes over the queue of a library."""
    router = APIRouter(prefix="/api/jobs", tags=["收录任务"])

    @router.get(
        "",
        summary="最近的收录任务，新的在前",
        responses={200: {"headers": LINK}, 422: {"model": Problem}},
    )
    def listing(
        request: Request,
        response: Response,
        caller: Uploader,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        cursor: Cursor = "",
    ) -> list[JobOut]:
        found = jobs.all(limit + 1, caller.owns, cursor)
        if len(found) > limit:
            link_next(request, response, found[limit - 1].id)
        return [JobOut.model_validate(job) for job in found[:limit]]

    @router.get("/{identity}", summary="一个任务的进度与结果", responses=_NOT_FOUND)
    def read(identity: _Identity, caller: Uploader) -> JobOut:
        return JobOut.model_validate(jobs.get(identity, caller.owns))

    @router.delete(
        "/{identity}", summary="取消任务；已经完成的不受影响", status_code=202, responses=_NOT_FOUND
    )
    def cancel(identity: _Identity, caller: Uploader) -> JobOut:
        return JobOut.model_validate(jobs.cancel(identity, caller.owns))

    return router
