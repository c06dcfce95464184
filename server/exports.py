"""Answers and conversations as files to keep."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query
from fastapi.responses import Response

from huiwen.errors import NotFoundError
from index.library import Library
from server.caller import Asker
from server.conversations import NOT_FOUND, Identity
from server.history import History
from server.pdf_file import pdf_file
from server.transcript import transcript
from server.word_file import word_file

_WRITERS = {
    "docx": (
        word_file,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "pdf": (pdf_file, "application/pdf"),
}


def exports_router(history: History, library: Library, producer: str) -> APIRouter:
    """The route that writes files; ``producer`` is the setting of that name."""
    router = APIRouter(tags=["对话"])

    @router.get(
        "/api/conversations/{identity}/export",
        summary="导出对话或其中一个回答，连同所依据的原文",
        response_class=Response,
        responses={
            200: {"content": {media_type: {} for _, media_type in _WRITERS.values()}},
            **NOT_FOUND,
        },
    )
    def export(
        identity: Identity,
        caller: Asker,
        kind: Annotated[Literal["docx", "pdf"], Query(alias="format")] = "docx",
        answer: Annotated[
            str, Query(pattern=r"^([0-9a-f]{16})?$", description="只导出这个回答；空为全部")
        ] = "",
    ) -> Response:
        turns = history.turns(caller.identity, identity)
        title = history.get(caller.identity, identity).title or "对话"
        if answer:
            turns = [turn for turn in turns if turn.id == answer]
            if not turns:
                raise NotFoundError(f"这个对话里没有编号为 {answer} 的回答；请重新打开对话。")
            title = turns[0].question
        write, media_type = _WRITERS[kind]
        return Response(
            write(transcript(title, turns, library, caller.sees, producer)),
            media_type=media_type,
            headers={"Content-Disposition": f"attachment; filename*=UTF-8''{_name(title)}.{kind}"},
        )

    return router


def _name(title: str) -> str:
    """A title as part of a file's name, percent-encoded."""
    kept = "".join(c for c in title if c.isprintable() and c not in '\\/:*?"<>|')
    return quote(kept.strip(" .")[:60] or "对话", safe="")
