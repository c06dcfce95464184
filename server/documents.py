"""Documents over HTTP: upload, list, read, delete."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Header, Path, Query, Request, Response, UploadFile
from pydantic import BaseModel, TypeAdapter

from huiwen.groups import checked_groups, who_may_see
from huiwen.settings import Settings
from huiwen.types import DocumentInfo
from index.jobs import Jobs
from index.library import Change, Library
from ingest.source import upload_source
from server import etag
from server.caller import Admin, Asker, Uploader
from server.origin import current
from server.paging import LINK, Cursor, link_next, page_of
from server.replies import Replies
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
IfNoneMatch = Annotated[str, Header(max_length=1000, description="已有的 ETag，相同时返回 304")]
IfMatch = Annotated[str, Header(max_length=1000, description="所指版本的 ETag，不同时返回 412")]
_LIST = TypeAdapter(list[DocumentOut])
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem}, 422: {"model": Problem}}


def documents_router(library: Library, jobs: Jobs, settings: Settings) -> APIRouter:
    """Routes over the documents of a library."""
    router = APIRouter(prefix="/api/documents", tags=["文件"])
    replies = Replies(settings.store)

    @router.post(
        "",
        summary="上传一个文件；同名文件会被替换",
        status_code=201,
        response_model=UploadOut,
        max_body_size=settings.max_upload_mb * 2**20 + ENVELOPE,
        responses={
            200: {"model": UploadOut, "description": "替换了旧版本，或内容没有变化"},
            202: {
                "model": JobOut,
                "description": "已保存，在后台收录（请求带有 Prefer: respond-async）；"
                "Location 是查看进度的地址",
            },
            400: {"model": Problem},
            403: {"model": Problem},
            409: {"model": Problem, "description": "带有同一个幂等键的请求正在处理"},
            413: {"model": Problem},
            415: {"model": Problem},
            422: {"model": Problem},
            503: {"model": Problem},
        },
    )
    def upload(
        file: Annotated[UploadFile, File()],
        caller: Uploader,
        prefer: Annotated[
            str, Header(description="respond-async：先存下，在后台收录", max_length=200)
        ] = "",
        idempotency_key: Annotated[
            str,
            Header(
                description="自定的键：24 小时内重复同一请求，得到同一答复，不再执行",
                max_length=255,
                pattern=r"^[\x21-\x7e]*$",
            ),
        ] = "",
        collection: Annotated[
            str,
            Form(
                description="放进这个资料集；同名文件在不同的资料集里互不替换",
                examples=["常务会议"],
                max_length=200,
            ),
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
    ) -> Response:
        source, data = upload_source(file.filename or "", collection), file.file.read()
        sharing = caller.sharing(None if groups is None else who_may_see(groups))
        current().noted["source"] = source

        def work() -> Response:
            if "respond-async" in prefer:
                library.require_sharing(source, sharing)
                job = jobs.submit(source, data, caller.identity, sharing)
                headers = {"Location": f"/api/jobs/{job.id}"}
                return _json(JobOut.model_validate(job), 202, headers)
            outcome = library.add(source, data, sharing=sharing)
            out = UploadOut(change=outcome.change.value, document=document_out(outcome.info))
            return _json(out, 201 if outcome.change is Change.ADDED else 200)

        if not idempotency_key:
            return work()
        told = (source, prefer, repr(groups))
        digest = sha256(b"\0".join((*(part.encode() for part in told), data))).hexdigest()
        return replies.once(caller.identity, idempotency_key, digest, work)

    @router.get(
        "",
        summary="列出文件，按文件名",
        response_model=list[DocumentOut],
        responses={
            200: {"headers": {**LINK, **etag.HEADER}},
            **etag.NOT_MODIFIED,
            422: {"model": Problem},
        },
    )
    def listing(
        request: Request,
        caller: Asker,
        limit: Annotated[
            int | None, Query(ge=1, le=1000, description="一页的项数，不给出时全部列出")
        ] = None,
        cursor: Cursor = "",
        _: IfNoneMatch = "",
    ) -> Response:
        documents = library.documents(caller.sees)
        found, more = page_of(documents, lambda info: info.id, limit, cursor)
        body = _LIST.dump_json([document_out(info) for info in found])
        tag = etag.tag_of(body.decode(), str(more))
        response = etag.unchanged(request, tag) or Response(body, media_type="application/json")
        response.headers["ETag"] = tag
        if more:
            link_next(request, response, found[-1].id)
        return response

    @router.get(
        "/{identity}",
        summary="一个文件的段落",
        response_model=DocumentTextOut,
        responses={200: {"headers": etag.HEADER}, **etag.NOT_MODIFIED, **_NOT_FOUND},
    )
    def read(request: Request, identity: _Identity, caller: Asker, _: IfNoneMatch = "") -> Response:
        info = library.info(identity, caller.sees)
        tag = _tag(info)
        if same := etag.unchanged(request, tag):
            return same
        text = text_out(info, library.document(identity, caller.sees))
        return _json(text, 200, {"ETag": tag})

    @router.delete(
        "/{identity}",
        summary="删除文件；带 If-Match 时，只删除所指的那一版",
        status_code=204,
        responses={**_NOT_FOUND, 412: {"model": Problem}},
    )
    def delete(request: Request, identity: _Identity, caller: Uploader, _: IfMatch = "") -> None:
        info = library.info(identity, caller.sees)
        etag.require_match(request, _tag(info))
        current().noted["source"] = info.source
        library.delete(identity, caller.sees)

    @router.patch("/{identity}", summary="改变谁可以看这个文件", responses=_NOT_FOUND)
    def change(identity: _Identity, body: GroupsIn, _: Admin) -> DocumentOut:
        groups = checked_groups(body.groups)
        noted = current().noted
        noted["source"] = library.info(identity).source
        noted["groups"] = ",".join(sorted(groups))
        return document_out(library.set_groups(identity, groups))

    return router


def _tag(info: DocumentInfo) -> str:
    return etag.tag_of(document_out(info).model_dump_json())


def _json(body: BaseModel, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(body.model_dump_json(), status, headers, media_type="application/json")
