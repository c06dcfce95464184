"""Conversations over HTTP: create, list and search, read, rename, delete, ask in one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from typing import Annotated, Any, cast

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from answer.engine import Answerer
from huiwen.errors import HuiwenError
from huiwen.types import (
    AnswerEvent,
    AnswerReady,
    AnswerStatus,
    Exchange,
    Groups,
    Rewritten,
    TextDelta,
)
from index.library import Library
from server import label
from server.ask import sent, server_sent
from server.caller import Asker, Caller
from server.course import answered, streamed
from server.history import MAX_TITLE_CHARS, History, Turn, TurnState, Verdict
from server.question import FiltersIn
from server.record import record_of, shown
from server.schemas import AnswerOut, Problem, answer_out

Identity = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$", examples=["0f3a5b7c9d1e2f40"])]
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem}, 422: {"model": Problem}}
# Follow-ups lean on what was said last; more would crowd the passages out of the prompt.
_REMEMBERED = 4
_FAILED = "服务内部出错，已写入日志；请稍后再问，或把出错时间告诉管理员。"


class TitleIn(BaseModel):
    """What a conversation is called."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(
        default="", max_length=MAX_TITLE_CHARS, description="名称；空的以第一个问题为名"
    )


class ConversationOut(BaseModel):
    """A conversation as lists show it; moments are ISO 8601 in UTC."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    title: str = Field(examples=["管网改造完成了多少？"])
    created_at: str
    updated_at: str
    turns: int = Field(description="问答的次数")


class OpinionOut(BaseModel):
    """What the reader thought of an answer."""

    model_config = ConfigDict(from_attributes=True)

    verdict: Verdict
    reason: str
    given_at: str


class TurnOut(BaseModel):
    """A question with what came of it, as it may be shown now."""

    id: str = Field(description="回答的编号，评价与导出用它")
    question: str
    rewritten: str = Field(description="追问按上文补全之后的问题，没有补全的为空")
    filters: FiltersIn
    state: TurnState
    text: str = Field(description="回答的文字；停止的为未核对的草稿，失败的为原因")
    answer: AnswerOut | None
    notices: list[str] = Field(description="所引文件在此之后的变化")
    asked_at: str
    feedback: OpinionOut | None


class ConversationTextOut(BaseModel):
    """A conversation with its turns."""

    conversation: ConversationOut
    turns: list[TurnOut]


class QuestionIn(BaseModel):
    """A question within a conversation."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(description="要问的问题，最多 500 字；可以是承接上文的追问")
    stream: bool = Field(default=False, description="为真时以 SSE 逐步返回")
    filters: FiltersIn = Field(default_factory=FiltersIn, description="检索范围")
    replaces: str = Field(
        default="",
        pattern=r"^([0-9a-f]{16})?$",
        description="取代这个编号的问答及其后的全部：修改问题或重新回答",
    )


class TurnEvent(BaseModel):
    """First event: the question is on disk under this number."""

    id: str
    conversation_id: str


def conversations_router(
    history: History, library: Library, answerer: Answerer, producer: str
) -> APIRouter:
    """Routes over the caller's own conversations; ``producer`` is named in labels."""
    router = APIRouter(prefix="/api/conversations", tags=["对话"])

    @router.post("", summary="新建对话", status_code=201, responses={422: {"model": Problem}})
    def create(body: TitleIn, caller: Asker) -> ConversationOut:
        return ConversationOut.model_validate(history.create(caller.identity, body.title))

    @router.get("", summary="列出对话，新的在前；可在其中搜索", responses={422: {"model": Problem}})
    def listing(
        caller: Asker,
        q: Annotated[str, Query(max_length=100, description="名称、问题或回答里有此语的")] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    ) -> list[ConversationOut]:
        found = history.all(caller.identity, q, limit=limit, offset=offset)
        return [ConversationOut.model_validate(item) for item in found]

    @router.get("/{identity}", summary="一个对话的全部问答", responses=NOT_FOUND)
    def read(identity: Identity, caller: Asker) -> ConversationTextOut:
        return ConversationTextOut(
            conversation=ConversationOut.model_validate(history.get(caller.identity, identity)),
            turns=[
                turn_out(turn, library, caller.sees, producer)
                for turn in history.turns(caller.identity, identity)
            ],
        )

    @router.patch("/{identity}", summary="改名", responses=NOT_FOUND)
    def rename(identity: Identity, body: TitleIn, caller: Asker) -> ConversationOut:
        return ConversationOut.model_validate(history.rename(caller.identity, identity, body.title))

    @router.delete("/{identity}", summary="删除对话", status_code=204, responses=NOT_FOUND)
    def delete(identity: Identity, caller: Asker) -> None:
        history.delete(caller.identity, identity)

    @router.post(
        "/{identity}/ask",
        summary="在对话里提问，可承接上文",
        response_model=TurnOut,
        max_body_size=64 * 1024,
        responses={
            200: {
                "description": "核对过的回答；要求流式时依次为 turn、rewritten（追问才有）、"
                "evidence、delta、answer 事件",
                "content": {"text/event-stream": {}},
            },
            413: {"model": Problem},
            503: {"model": Problem},
            **NOT_FOUND,
        },
    )
    async def ask(
        identity: Identity,
        request: Request,
        body: QuestionIn,
        caller: Asker,
        accept: Annotated[str, Header()] = "",
    ) -> Response:
        turn, events = await run_in_threadpool(_begin, caller, identity, body)
        if body.stream or "text/event-stream" in accept:
            return streamed(_streamed(request, turn, events, producer), producer)
        await answered(request, events)
        turns = await run_in_threadpool(history.turns, caller.identity, identity)
        (done,) = [item for item in turns if item.id == turn.id]
        out = await run_in_threadpool(turn_out, done, library, caller.sees, producer)
        return JSONResponse(out.model_dump(mode="json"), headers=label.headers(producer))

    def _begin(
        caller: Caller, identity: str, body: QuestionIn
    ) -> tuple[Turn, Iterator[AnswerEvent]]:
        earlier = history.turns(caller.identity, identity)
        places = [at for at, item in enumerate(earlier) if item.id == body.replaces]
        before = earlier[: places[0]] if places else earlier
        sees = caller.sees
        leant_on = exchanges(before, library, sees)
        events = answerer.ask(body.question, body.filters.filters(sees), leant_on)
        question = " ".join(body.question.split())
        turn = history.begin(
            caller.identity, identity, question, body.filters.filters(None), body.replaces
        )
        return turn, recorded(history, turn, events, library.generation)

    return router


def turn_out(turn: Turn, library: Library, sees: Groups, producer: str) -> TurnOut:
    """A turn with what of its answer may be shown now."""
    now = (
        shown(turn.rewritten or turn.question, turn.record, library, sees) if turn.record else None
    )
    return TurnOut(
        id=turn.id,
        question=turn.question,
        rewritten=turn.rewritten,
        filters=FiltersIn.model_validate(turn.filters, from_attributes=True),
        state=turn.state,
        text=now.answer.text if now else turn.text,
        answer=answer_out(now.answer, producer) if now else None,
        notices=list(now.notices) if now else [],
        asked_at=turn.asked_at,
        feedback=OpinionOut.model_validate(turn.opinion) if turn.opinion else None,
    )


def exchanges(turns: list[Turn], library: Library, sees: Groups) -> list[Exchange]:
    """The last answered turns as a follow-up may lean on them, oldest first."""
    answered = [
        (turn, turn.record)
        for turn in turns
        if turn.record and turn.record.status is not AnswerStatus.TALK
    ][-_REMEMBERED:]
    return [
        Exchange(
            turn.rewritten or turn.question, shown(turn.question, kept, library, sees).answer.text
        )
        for turn, kept in answered
    ]


def recorded(
    history: History, turn: Turn, events: Iterator[AnswerEvent], generation: int
) -> Iterator[AnswerEvent]:
    """The events; how they end is on disk before the last of them is passed on.

    ``generation`` is the library's when the question came.
    """
    state, text, rewritten = TurnState.STOPPED, "", ""
    try:
        with closing(cast("Any", events)):
            for event in events:
                match event:
                    case Rewritten(full):
                        rewritten = full
                    case TextDelta(piece):
                        text += piece
                    case AnswerReady(answer):
                        state = TurnState.ANSWERED
                        kept = record_of(answer, generation)
                        history.finish(turn.id, state, answer.text, rewritten=rewritten, kept=kept)
                yield event
    except HuiwenError as error:
        state, text = TurnState.FAILED, str(error)
        raise
    except Exception:
        state, text = TurnState.FAILED, _FAILED
        raise
    finally:
        if state is not TurnState.ANSWERED:
            history.finish(turn.id, state, text, rewritten=rewritten)


async def _streamed(
    request: Request, turn: Turn, events: Iterator[AnswerEvent], producer: str
) -> AsyncIterator[bytes]:
    yield sent("turn", TurnEvent(id=turn.id, conversation_id=turn.conversation_id))
    async for event in server_sent(request, events, producer):
        yield event
