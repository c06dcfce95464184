"""The stages of an answer, told from its events."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from huiwen.types import AnswerEvent, AnswerReady, EvidenceFound, Queued, TextDelta

EVIDENCE, QUEUE, FIRST_TOKEN, GENERATION, CHECK = (
    "evidence", "queue", "first_token", "generation", "check",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage that is over; times are nanoseconds since the epoch."""

    name: str
    start: int
    end: int

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / 1e9


class Stages:
    """Follows one answer: evidence, queue, first token, generation, check; some may be left out."""

    def __init__(self, clock: Callable[[], int] = time.time_ns) -> None:
        self._clock = clock
        self.began = self._at = self._last_piece = clock()
        self._name = EVIDENCE

    def saw(self, event: AnswerEvent) -> Iterator[Stage]:
        """The stages that ``event`` ends."""
        now = self._clock()
        match event:
            case EvidenceFound():
                yield self._over(now, CHECK)
            case Queued():
                self._name = QUEUE
            case TextDelta(text):
                if self._name == QUEUE:
                    yield self._over(now, FIRST_TOKEN)
                if self._name in (CHECK, FIRST_TOKEN):
                    self._name = FIRST_TOKEN
                    if text:
                        yield self._over(now, GENERATION)
                self._last_piece = now
            case AnswerReady():
                if self._name == GENERATION:
                    yield self._over(self._last_piece, CHECK)
                yield self._over(now, "")
            case _:
                pass

    def _over(self, at: int, following: str) -> Stage:
        stage = Stage(self._name, self._at, at)
        self._name, self._at = following, at
        return stage
