"""The OpenAI-compatible API: chat completions over the same answers, and the list of models.

Content is the checked answer only: clients of this protocol cannot take back
what they have shown, so the draft travels beside it in the extension field.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse, Response

from answer.engine import Answerer
from huiwen.errors import HuiwenError, NotFoundError
from huiwen.types import Answer, AnswerEvent, AnswerReady, EvidenceFound, Queued, TextDelta
from server import label
from server.caller import Asker
from server.chat_schemas import (
    MODEL,
    ChatIn,
    ChatOut,
    ChoiceOut,
    ErrorOut,
    MessageOut,
    ModelOut,
    ModelsOut,
    content,
    error_out,
    huiwen_out,
    usage,
)
from server.course import answered, followed, streamed
from server.schemas import evidence_out

_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorOut} for status in (400, 404, 503)
}
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_CHUNKS = (
    'data: {"object": "chat.completion.chunk", "choices": [{"index": 0, '
    '"delta": {"role": "assistant", "content": ""}}], "huiwen": {"evidence": […]}}\n\n'
    'data: {…, "choices": [{"index": 0, "delta": {}}], "huiwen": {"draft": "会议于"}}\n\n'
    'data: {…, "choices": [{"index": 0, "delta": {"content": "会议于2月26日召开。[1]"}}]}\n\n'
    'data: {…, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], '
    '"huiwen": {"status": "answered", "citations": […], "evidence": […], …}}\n\n'
    "data: [DONE]\n\n"
)


def chat_router(answerer: Answerer, producer: str) -> APIRouter:
    """Routes that clients of OpenAI's API call; ``producer`` is the setting of that name."""
    router = APIRouter(prefix="/v1", tags=["OpenAI 兼容"])

    @router.post(
        "/chat/completions",
        summary="对话补全：回答末尾的用户消息",
        response_model=ChatOut,
        max_body_size=1024 * 1024,
        responses={
            200: {
                "description": "核对过的回答；stream 为真时逐块返回。正文只有核对过的句子，"
                "草稿、依据与引用在 huiwen 字段里",
                "content": {"text/event-stream": {"example": _CHUNKS}},
            },
            **_ERRORS,
        },
    )
    async def complete(request: Request, body: ChatIn, caller: Asker) -> Response:
        _require(body.model)
        filters = body.huiwen.filters.filters(caller.sees)
        events = answerer.ask(body.question(), filters, body.exchanges())
        if body.stream:
            return streamed(_chunks(request, body, events, producer), producer)
        answer = await answered(request, events)
        if answer is None:
            return Response(status_code=499)  # the client has gone away, nobody reads this
        completion = _completion(body, answer, producer)
        return JSONResponse(completion.model_dump(mode="json"), headers=label.headers(producer))

    @router.get("/models", summary="可用的模型：只有 huiwen")
    def models(_: Asker) -> ModelsOut:
        return ModelsOut(data=[ModelOut()])

    @router.get(
        "/models/{model}",
        summary="一个模型",
        responses={s: {"model": ErrorOut} for s in (400, 404)},
    )
    def model_of(model: Annotated[str, Path(max_length=200)], _: Asker) -> ModelOut:
        _require(model)
        return ModelOut()

    @router.api_route("/{rest:path}", methods=_METHODS, include_in_schema=False)
    def nothing(rest: str) -> None:
        raise NotFoundError(
            f"没有 /v1/{rest} 这个接口；有 POST /v1/chat/completions 与 GET /v1/models。"
        )

    return router


def _require(model: str) -> None:
    if model != MODEL:
        raise NotFoundError(f"没有名为 {model} 的模型；请用 {MODEL}，见 GET /v1/models。")


def _completion(body: ChatIn, answer: Answer, producer: str) -> ChatOut:
    text = content(answer)
    message = MessageOut(content=text, huiwen=huiwen_out(answer, producer))
    return ChatOut(
        id=_identity(),
        created=int(time.time()),
        choices=[ChoiceOut(message=message)],
        usage=usage(body, text),
    )


async def _chunks(
    request: Request, body: ChatIn, events: Iterator[AnswerEvent], producer: str
) -> AsyncIterator[str]:
    """Encode events as chunks as they come."""
    chunk = _Chunks()
    try:
        async with aclosing(followed(request, events)) as course:
            async for event in course:
                for encoded in _encoded(chunk, body, event, producer):
                    yield encoded
        yield "data: [DONE]\n\n"
    except HuiwenError as error:
        _, problem = error_out(error.status, error.slug, str(error))
        yield f"data: {problem.model_dump_json()}\n\n"


def _encoded(chunk: _Chunks, body: ChatIn, event: AnswerEvent, producer: str) -> Iterator[str]:
    match event:
        case EvidenceFound(evidence):
            found = [evidence_out(item).model_dump(mode="json") for item in evidence]
            yield chunk({"role": "assistant", "content": ""}, {"evidence": found})
        case Queued(place):
            yield chunk({}, {"place": place})
        case TextDelta(""):
            yield ": keepalive\n\n"
        case TextDelta(text):
            yield chunk({}, {"draft": text})
        case AnswerReady(answer):
            for piece in _pieces(answer):
                yield chunk({"content": piece})
            yield chunk({}, huiwen_out(answer, producer).model_dump(mode="json"), finish="stop")
            if body.stream_options and body.stream_options.include_usage:
                yield chunk.usage(usage(body, content(answer)).model_dump())


def _pieces(answer: Answer) -> Iterator[str]:
    """The parts that make up ``content(answer)``, a statement each."""
    if not answer.statements:
        yield answer.text
        return
    if answer.reason:
        yield answer.reason + "\n"
    for one in answer.statements:
        yield one.text + "".join(f"[{c.number}]" for c in one.citations)


class _Chunks:
    """Makes the chunks of one completion."""

    def __init__(self) -> None:
        self._head = {
            "id": _identity(),
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": MODEL,
        }

    def __call__(
        self,
        delta: dict[str, str],
        huiwen: dict[str, Any] | None = None,
        finish: str | None = None,
    ) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return self._encoded({"choices": [choice], **({"huiwen": huiwen} if huiwen else {})})

    def usage(self, counted: dict[str, int]) -> str:
        return self._encoded({"choices": [], "usage": counted})

    def _encoded(self, rest: dict[str, Any]) -> str:
        return f"data: {json.dumps(self._head | rest, ensure_ascii=False)}\n\n"


def _identity() -> str:
    return f"chatcmpl-{secrets.token_hex(8)}"
