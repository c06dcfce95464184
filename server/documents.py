"""Documents over HTTP: upload, list, read, delete."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Header, Path, Response, UploadFile

from huiwen.settings import Settings
from index.jobs import Jobs
from index.library import Change, Library
from ingest.source import upload_source
from server.origin import current
from server.schemas import (
    DocumentOut,
    DocumentTextOut,
    JobOut,
    Problem,
    UploadOut,
    document_out,
    text_out,
)

# Room for the multipart envelope around a file of the allowed size.
_ENVELOPE = 64 * 1024
_Identity = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$", examples=["0f3a5b7c9d1e2f40"])]
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem}, 422: {"model": Problem}}


def documents_router(library: Library, jobs: Jobs, settings: Settings) -> APIRouter:
    """Routes over the documents of a library."""
    router = APIRouter(prefix="/api/documents", tags=["文件"])

    @router.post(
        "",
        summary="上传一个文件；同名文件会被替换",
        status_code=201,
        max_body_size=settings.max_upload_mb * 2**20 + _ENVELOPE,
        responses={
            200: {"model": UploadOut, "description": "替换了旧版本，或内容没有变化"},
            202: {
                "model": JobOut,
                "description": "已保存，在后台收录（请求带有 Prefer: respond-async）；"
                "Location 是查看进度的地址",
            },
            413: {"model": Problem},
            415: {"model": Problem},
            422: {"model": Problem},
            503: {"model": Problem},
        },
    )
    def upload(
        file: Annotated[UploadFile, File()],
        response: Response,
        prefer: Annotated[
            str, Header(description="respond-async：先存下，在后台收录", max_length=200)
        ] = "",
    ) -> UploadOut | JobOut:
        source, data = upload_source(file.filename or ""), file.file.read()
        current().noted["source"] = source
        if "respond-async" in prefer:
            job = jobs.submit(source, data)
            response.status_code = 202
            response.headers["Location"] = f"/api/jobs/{job.id}"
            return JobOut.model_validate(job)
        outcome = library.add(source, data)
        if outcome.change is not Change.ADDED:
            response.status_code = 200
        return UploadOut(change=outcome.change.value, document=document_out(outcome.info))

    @router.get("", summary="列出文件")
    def listing() -> list[DocumentOut]:
        return [document_out(info) for info in library.documents()]

    @router.get("/{identity}", summary="一个文件的段落", responses=_NOT_FOUND)
    def read(identity: _Identity) -> DocumentTextOut:
        return text_out(library.info(identity), library.document(identity))

    @router.delete("/{identity}", summary="删除文件", status_code=204, responses=_NOT_FOUND)
    def delete(identity: _Identity) -> None:
        current().noted["source"] = library.info(identity).source
        library.delete(identity)

    return router
