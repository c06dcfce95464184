"""Questions over HTTP: one JSON answer, or server-sent events as it comes about."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import JSONResponse, Response
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from pydantic import BaseModel

from answer.engine import Answerer
from huiwen.errors import HuiwenError
from huiwen.types import AnswerEvent, AnswerReady, EvidenceFound, Queued, Rewritten, TextDelta
from index.library import Library
from ingest.source import COLLECTION_CHARS
from server import label
from server.caller import Asker
from server.course import answered, followed, streamed
from server.problem import describe
from server.question import DATE, AskIn, FiltersIn
from server.schemas import (
    AnswerOut,
    EvidenceOut,
    HitOut,
    Problem,
    answer_out,
    evidence_out,
    hit_out,
)

_EVENTS = (
    'event: evidence\ndata: {"evidence": [{"number": 1, …}]}\n\n'
    'event: queue\ndata: {"place": 1}\n\n'
    'event: delta\ndata: {"text": "会议于"}\n\n'
    'event: answer\ndata: {"status": "answered", "text": "会议于2月26日召开。[1]", …}\n\n'
)


class RewrittenEvent(BaseModel):
    """First event of a follow-up: the question as it was understood."""

    question: str


class EvidenceEvent(BaseModel):
    """What was retrieved."""

    evidence: list[EvidenceOut]


class QueueEvent(BaseModel):
    """The question waits for the model; 1 is the next to be answered."""

    place: int


class DeltaEvent(BaseModel):
    """A piece of the draft."""

    text: str


def ask_router(library: Library, answerer: Answerer, producer: str) -> APIRouter:
    """Routes that answer and search; ``producer`` is the setting of that name."""
    router = APIRouter(tags=["问答"])

    @router.post(
        "/api/ask",
        summary="提问",
        response_model=AnswerOut,
        max_body_size=64 * 1024,
        responses={
            200: {
                "description": "核对过的回答；要求流式时依次为 evidence、queue（排队时）、"
                "delta、answer 事件",
                "content": {"text/event-stream": {"example": _EVENTS}},
            },
            400: {"model": Problem},
            413: {"model": Problem},
            422: {"model": Problem},
            503: {"model": Problem},
        },
    )
    async def ask(
        request: Request, body: AskIn, caller: Asker, accept: Annotated[str, Header()] = ""
    ) -> Response:
        events = answerer.ask(body.question, body.filters.filters(caller.sees), body.exchanges())
        if body.stream or "text/event-stream" in accept:
            return streamed(server_sent(request, events, producer), producer)
        answer = await answered(request, events)
        if answer is None:
            return Response(status_code=499)  # the client has gone away, nobody reads this
        told = answer_out(answer, producer).model_dump(mode="json")
        return JSONResponse(told, headers=label.headers(producer))

    @router.get(
        "/api/search",
        summary="只检索，不生成",
        response_model=list[HitOut],
        responses={422: {"model": Problem}, 503: {"model": Problem}},
    )
    def search(
        caller: Asker,
        q: Annotated[str, Query(min_length=1, max_length=500, examples=["供水改造的总投资"])],
        narrowing: Annotated[FiltersIn, Depends(_filters)],
        k: Annotated[int, Query(ge=1, le=50)] = 5,
    ) -> list[HitOut]:
        return [hit_out(hit) for hit in library.search(q, k, narrowing.filters(caller.sees))]

    return router


def _filters(
    document: Annotated[str, Query(max_length=64, description="只在这个文件里找")] = "",
    collection: Annotated[
        str, Query(max_length=COLLECTION_CHARS, description="只在这个资料集里找")
    ] = "",
    speaker: Annotated[str, Query(max_length=50, description="只找此人说的")] = "",
    since: Annotated[str, Query(pattern=DATE, description="文件日期不早于")] = "",
    until: Annotated[str, Query(pattern=DATE, description="文件日期不晚于")] = "",
    item: Annotated[str, Query(max_length=100, description="议题或议定事项含有此语")] = "",
    decisions: Annotated[bool, Query(description="只找会议议定、决定、要求的事")] = False,
) -> FiltersIn:
    return FiltersIn(
        document_id=document,
        collection=collection,
        speaker=speaker,
        since=since,
        until=until,
        item=item,
        decisions=decisions,
    )


async def server_sent(
    request: Request, events: Iterator[AnswerEvent], producer: str
) -> AsyncIterator[bytes]:
    """Encode events as they come; a client that goes away closes them and so stops the model."""
    try:
        async with aclosing(followed(request, events)) as course:
            async for event in course:
                yield _encoded(event, producer)
    except HuiwenError as error:
        # The status line is long gone: the problem travels as the last event.
        problem = describe(request.scope["path"], error.status, error.slug, error.title, str(error))
        yield sent("problem", problem)


def _encoded(event: AnswerEvent, producer: str) -> bytes:
    match event:
        case Rewritten(question):
            return sent("rewritten", RewrittenEvent(question=question))
        case EvidenceFound(evidence):
            return sent(
                "evidence", EvidenceEvent(evidence=[evidence_out(item) for item in evidence])
            )
        case Queued(place):
            return sent("queue", QueueEvent(place=place))
        case TextDelta(""):
            return KEEPALIVE_COMMENT
        case TextDelta(text):
            return sent("delta", DeltaEvent(text=text))
        case AnswerReady(answer):
            return sent("answer", answer_out(answer, producer))


def sent(name: str, data: BaseModel) -> bytes:
    """An event as it goes over the wire."""
    return format_sse_event(data_str=data.model_dump_json(), event=name)
