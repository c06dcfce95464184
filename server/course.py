"""The events of an answer, followed for a client that may go away."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from functools import partial

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Request
from fastapi.responses import StreamingResponse

from huiwen.types import Answer, AnswerEvent, AnswerReady
from server import label


async def followed(request: Request, events: Iterator[AnswerEvent]) -> AsyncGenerator[AnswerEvent]:
    """Give ``events`` on; once the client has gone away they are closed, which frees the model."""
    # A thread beside the pool: those who wait for the model must not take the threads that
    # searches run in. The line in front of the model limits how many there are.
    limiter = CapacityLimiter(1)
    try:
        while not await request.is_disconnected():
            event = await run_sync(partial(next, events, None), limiter=limiter)
            if event is None:
                return
            yield event
    finally:
        close = getattr(events, "close", None)
        if close:
            close()


async def answered(request: Request, events: Iterator[AnswerEvent]) -> Answer | None:
    """The answer that ``events`` end in; None where the client has gone away before."""
    answer = None
    async with aclosing(followed(request, events)) as course:
        async for event in course:
            if isinstance(event, AnswerReady):
                answer = event.answer
    return answer


def streamed(chunks: AsyncIterator[bytes] | AsyncIterator[str], producer: str) -> StreamingResponse:
    """Server-sent events of an answer, labelled, that no proxy on the way holds back."""
    return StreamingResponse(
        chunks,
        media_type="text/event-stream",
        headers={
            "Cache-Control": "no-cache",
            "X-Accel-Buffering": "no",
            **label.headers(producer),
        },
    )
