"""A blocking producer in a thread, read as an iterator with a deadline."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

from answer.stop import Stream
from huiwen.errors import GenerationError

Emit = Callable[[str], bool]
# How often a silent producer's reader gets a chance to go away.
_BEAT_S = 0.5


def relay(produce: Callable[[Emit], None], timeout_s: float) -> Stream:
    """Yield what ``produce(emit)`` emits, running it in a thread of its own.

    While it is silent an empty piece comes twice a second: the only moments
    at which a generator can be closed are those at which it has yielded.

    ``emit`` returns True once the reader has gone away or is too late; the
    producer must then stop. Whatever the producer raises is raised here;
    GenerationError when ``timeout_s`` seconds pass before it is done.
    """
    pieces: queue.Queue[str | BaseException | None] = queue.Queue()
    abandoned = threading.Event()

    def emit(text: str) -> bool:
        if text:
            pieces.put(text)
        return abandoned.is_set()

    def run() -> None:
        try:
            produce(emit)
        except BaseException as error:
            pieces.put(error)
        else:
            pieces.put(None)

    deadline = time.monotonic() + timeout_s
    threading.Thread(target=run, name="huiwen-generate", daemon=True).start()
    try:
        while True:
            left = deadline - time.monotonic()
            try:
                piece = pieces.get(timeout=min(max(0.0, left), _BEAT_S))
            except queue.Empty:
                if left > _BEAT_S:
                    yield ""
                    continue
                raise GenerationError(
                    f"语言模型在 {timeout_s:g} 秒内没有答完；可调大配置 llm_timeout_s，"
                    "或换用更快的模型。"
                ) from None
            if piece is None:
                return
            if isinstance(piece, BaseException):
                raise piece
            yield piece
    finally:
        abandoned.set()
