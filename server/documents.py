"""Documents over HTTP: upload, list, read, delete."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Header, Path, Response, UploadFile

from huiwen.groups import checked_groups, who_may_see
from huiwen.settings import Settings
from index.jobs import Jobs
from index.library import Change, Library
from ingest.source import upload_source
from server.caller import Admin, Asker, Uploader
from server.origin import current
from server.schemas import (
    DocumentOut,
    DocumentTextOut,
    GroupsIn,
    JobOut,
    Problem,
    UploadOut,
    document_out,
    text_out,
)

# Room for the multipart envelope around a file of the allowed size.
ENVELOPE = 64 * 1024
_Identity = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$", examples=["0f3a5b7c9d1e2f40"])]
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem}, 422: {"model": Problem}}


def documents_router(library: Library, jobs: Jobs, settings: Settings) -> APIRouter:
    """Routes over the documents of a library."""
    router = APIRouter(prefix="/api/documents", tags=["文件"])

    @router.post(
        "",
        summary="上传一个文件；同名文件会被替换",
        status_code=201,
        max_body_size=settings.max_upload_mb * 2**20 + ENVELOPE,
        responses={
            200: {"model": UploadOut, "description": "替换了旧版本，或内容没有变化"},
            202: {
                "model": JobOut,
                "description": "已保存，在后台收录（请求带有 Prefer: respond-async）；"
                "Location 是查看进度的地址",
            },
            403: {"model": Problem},
            413: {"model": Problem},
            415: {"model": Problem},
            422: {"model": Problem},
            503: {"model": Problem},
        },
    )
    def upload(
        file: Annotated[UploadFile, File()],
        response: Response,
        caller: Uploader,
        prefer: Annotated[
            str, Header(description="respond-async：先存下，在后台收录", max_length=200)
        ] = "",
        groups: Annotated[
            str | None,
            Form(
                description="只给这些组看，以逗号分隔；* 为所有人；不给出时已有的文件不变，"
                "新文件按配置 new_files_for",
                examples=["办公室,财务"],
                max_length=2000,
            ),
        ] = None,
    ) -> UploadOut | JobOut:
        source, data = upload_source(file.filename or ""), file.file.read()
        sharing = caller.sharing(None if groups is None else who_may_see(groups))
        current().noted["source"] = source
        if "respond-async" in prefer:
            library.require_sharing(source, sharing)
            job = jobs.submit(source, data, caller.identity, sharing)
            response.status_code = 202
            response.headers["Location"] = f"/api/jobs/{job.id}"
            return JobOut.model_validate(job)
        outcome = library.add(source, data, sharing=sharing)
        if outcome.change is not Change.ADDED:
            response.status_code = 200
        return UploadOut(change=outcome.change.value, document=document_out(outcome.info))

    @router.get("", summary="列出文件")
    def listing(caller: Asker) -> list[DocumentOut]:
        return [document_out(info) for info in library.documents(caller.sees)]

    @router.get("/{identity}", summary="一个文件的段落", responses=_NOT_FOUND)
    def read(identity: _Identity, caller: Asker) -> DocumentTextOut:
        return text_out(
            library.info(identity, caller.sees), library.document(identity, caller.sees)
        )

    @router.delete("/{identity}", summary="删除文件", status_code=204, responses=_NOT_FOUND)
    def delete(identity: _Identity, caller: Uploader) -> None:
        current().noted["source"] = library.info(identity, caller.sees).source
        library.delete(identity, caller.sees)

    @router.patch("/{identity}", summary="改变谁可以看这个文件", responses=_NOT_FOUND)
    def change(identity: _Identity, body: GroupsIn, _: Admin) -> DocumentOut:
        groups = checked_groups(body.groups)
        noted = current().noted
        noted["source"] = library.info(identity).source
        noted["groups"] = ",".join(sorted(groups))
        return document_out(library.set_groups(identity, groups))

    return router
