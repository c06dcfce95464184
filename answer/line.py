"""The line in front of a language model that answers few at a time."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from huiwen.errors import BusyError

# How often those who wait are shown to be waiting, and so found to have gone away.
_BEAT_S = 0.5
# Until a first answer is done nobody knows how long one takes.
_FIRST_GUESS_S = 10.0
_LONGEST_RETRY_S = 120


class Line:
    """First come, first served: ``at_once`` are answered, up to ``waiting`` wait. Safe for threads.

    Places count from 1, for the next to be answered; 0 is being answered.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self._at_once = at_once
        self._waiting = waiting
        # The first ``at_once`` are being answered.
        self._tickets: list[object] = []
        self._moved = threading.Condition()
        self._closed = False
        self._usual_s = _FIRST_GUESS_S

    @property
    def answering(self) -> int:
        return min(len(self._tickets), self._at_once)

    @property
    def waiting(self) -> int:
        return max(0, len(self._tickets) - self._at_once)

    def admit(self) -> None:
        """Raises BusyError where nobody else can be taken in; takes no place."""
        with self._moved:
            self._require_room()

    def close(self) -> None:
        """Let nobody in any more; those in the line are answered."""
        with self._moved:
            self._closed = True

    @contextmanager
    def turn(self) -> Iterator[Iterator[int]]:
        """Stand in the line, and hold the model from the end of the iterator to the end of this.

        The iterator gives the place at once and twice a second until it is
        0: a reader that stops reading it can leave at each. Raises BusyError
        where the line is full.
        """
        ticket = object()
        with self._moved:
            self._require_room()
            self._tickets.append(ticket)
        began: list[float] = []
        try:
            yield self._places(ticket, began)
        finally:
            with self._moved:
                self._tickets.remove(ticket)
                if began:
                    self._usual_s += (time.monotonic() - began[0] - self._usual_s) / 4
                self._moved.notify_all()

    def _places(self, ticket: object, began: list[float]) -> Iterator[int]:
        while place := self._place(ticket):
            yield place
            with self._moved:
                self._moved.wait_for(lambda at=place: self._place(ticket) != at, _BEAT_S)  # type: ignore[misc]
        began.append(time.monotonic())

    def _place(self, ticket: object) -> int:
        with self._moved:
            return max(0, self._tickets.index(ticket) + 1 - self._at_once)

    def _require_room(self) -> None:
        if self._closed:
            raise BusyError("服务正在停止，不再接受新的问题；请稍候再问。", retry_after_s=10)
        if len(self._tickets) < self._at_once + self._waiting:
            return
        retry = math.ceil(self._usual_s * max(1, self._waiting) / self._at_once)
        retry = min(max(1, retry), _LONGEST_RETRY_S)
        raise BusyError(
            f"正在回答 {self.answering} 个问题，另有 {self.waiting} 个在排队，已到上限；"
            f"请约 {retry} 秒后再问。管理员可调大配置 llm_waiting 或 llm_at_once。",
            retry_after_s=retry,
        )
