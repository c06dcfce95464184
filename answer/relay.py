"""A blocking producer in a thread, read as an iterator with a deadline."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

from answer.stop import Stream
from huiwen.errors import GenerationError

Emit = Callable[[str], bool]


def relay(produce: Callable[[Emit], None], timeout_s: float) -> Stream:
    """Yield what ``produce(emit)`` emits, running it in a thread of its own.

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
            try:
                piece = pieces.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
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
