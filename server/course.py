"""The events of an answer, followed for a client that may go away."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from functools import partial

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Request

from huiwen.types import AnswerEvent


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
