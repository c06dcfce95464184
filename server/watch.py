"""An answerer that is watched: every question on every way in passes here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Protocol, cast

from answer.engine import Answerer
from answer.generator import Generator
from huiwen.settings import Settings
from huiwen.types import AnswerEvent, Exchange, Filters
from index.library import Library
from server.origin import Origin, current


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was asked."""

    question: str
    filters: Filters
    origin: Origin


class Course(Protocol):
    """What watches one question."""

    def saw(self, event: AnswerEvent) -> None:
        """Called before ``event`` is given on; raises to keep it back and end the course."""
        ...

    def ended(self, error: BaseException | None) -> None:
        """Called once: without an error after the answer, GeneratorExit where the reader left."""
        ...


class Watcher(Protocol):
    """What watches all questions."""

    def course(self, asked: Asked) -> Course: ...


class WatchedAnswerer(Answerer):
    """An Answerer that shows its questions and events to watchers, in their order."""

    def __init__(
        self,
        library: Library,
        generator: Generator | None,
        settings: Settings,
        watchers: Sequence[Watcher],
    ) -> None:
        super().__init__(library, generator, settings)
        self._watchers = watchers

    def ask(
        self,
        question: str,
        filters: Filters = Filters(),  # noqa: B008 - frozen
        history: Sequence[Exchange] = (),
    ) -> Iterator[AnswerEvent]:
        asked = Asked(question, filters, current())
        courses = [watcher.course(asked) for watcher in self._watchers]
        try:
            events = super().ask(question, filters, history)
        except BaseException as error:
            _end(courses, error)
            raise
        return _watched(events, courses)


def _watched(events: Iterator[AnswerEvent], courses: Sequence[Course]) -> Iterator[AnswerEvent]:
    try:
        with closing(cast("Any", events)):
            for event in events:
                for course in courses:
                    course.saw(event)
                yield event
    except BaseException as error:
        _end(courses, error)
        raise
    _end(courses, None)


def _end(courses: Sequence[Course], error: BaseException | None) -> None:
    for course in courses:
        course.ended(error)
