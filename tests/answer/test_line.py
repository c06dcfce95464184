"""The line in front of the model: order, places, limits, leaving."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer import line as module
from answer.engine import Answerer
from answer.line import Line
from huiwen.errors import BusyError
from huiwen.settings import Settings
from huiwen.types import AnswerReady, AnswerStatus, EvidenceFound, Queued, TextDelta
from index.library import Library
from tests.fakes import HashEmbedder, ScriptedGenerator

TEXT = "河口市会议\n\n2023年，河口市完成管网改造120公里，总投资3.5亿元。\n"
QUESTION = "河口市完成管网改造多少公里？"


def test_first_come_first_served() -> None:
    line = Line(1, 2)
    with ExitStack() as first, ExitStack() as second:
        assert list(first.enter_context(line.turn())) == []
        places = second.enter_context(line.turn())
        assert next(places) == 1
        with line.turn() as last:
            assert next(last) == 2
            assert (line.answering, line.waiting) == (1, 2)
            first.close()
            assert list(places) == []
            assert next(last) == 1
            second.close()
            assert list(last) == []
    assert (line.answering, line.waiting) == (0, 0)


def test_who_leaves_frees_the_place() -> None:
    line = Line(1, 2)
    with line.turn() as first, ExitStack() as leaving:
        assert list(first) == []
        assert next(leaving.enter_context(line.turn())) == 1
        with line.turn() as last:
            assert next(last) == 2
            leaving.close()
            assert next(last) == 1


def test_a_full_line_lets_nobody_in_and_says_when_to_come_back() -> None:
    line = Line(2, 1)
    with line.turn(), line.turn(), line.turn():
        with pytest.raises(BusyError, match="llm_waiting") as error:
            line.admit()
        assert error.value.retry_after_s > 0
        with pytest.raises(BusyError), line.turn():
            pass
    line.admit()


def test_a_closed_line_answers_those_in_it() -> None:
    line = Line(1, 5)
    with line.turn() as first:
        assert list(first) == []
        line.close()
        with pytest.raises(BusyError, match="停止"):
            line.admit()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BEAT_S", 0.001)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=60), st.integers(1, 3))
def test_places_are_as_a_list_has_them(actions: list[tuple[bool, int]], at_once: int) -> None:
    line = Line(at_once, 4)
    standing: list[tuple[ExitStack, Iterator[int]]] = []
    for come, at in actions:
        if come:
            stack = ExitStack()
            try:
                standing.append((stack, stack.enter_context(line.turn())))
            except BusyError:
                assert len(standing) == at_once + 4
        elif standing:
            standing.pop(at % len(standing))[0].close()
        places = [next(places, 0) for _, places in standing]
        # An iterator that has ended stays at 0: nobody is put back into the line.
        assert places == [max(0, n + 1 - at_once) for n in range(len(standing))]
    for stack, _ in standing:
        stack.close()
    assert line.answering == line.waiting == 0


def test_many_threads_never_hold_the_model_together() -> None:
    line, inside, most = Line(2, 50), [], []

    def stand() -> None:
        with line.turn() as places:
            list(places)
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    threads = [threading.Thread(target=stand) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(most) == 40
    assert max(most) <= 2


@pytest.fixture
def answerer(settings: Settings) -> Iterator[Answerer]:
    with Library(settings, HashEmbedder()) as library:
        library.add("会议.txt", TEXT.encode())
        model = ScriptedGenerator("完成管网改造120公里[1]。")
        yield Answerer(library, model, settings.model_copy(update={"llm_waiting": 1}))


def test_a_question_that_waits_is_told_its_place(answerer: Answerer) -> None:
    first, second = answerer.ask(QUESTION), answerer.ask(QUESTION)
    assert isinstance(next(first), EvidenceFound)
    assert isinstance(next(first), TextDelta)
    assert isinstance(next(second), EvidenceFound)
    assert next(second) == Queued(1)
    with pytest.raises(BusyError):
        answerer.ask(QUESTION)
    first.close()  # type: ignore[attr-defined]
    last = list(second)[-1]
    assert isinstance(last, AnswerReady)
    assert last.answer.status is AnswerStatus.ANSWERED
    assert answerer.line.answering == 0


def test_who_came_just_before_it_filled_gets_passages(answerer: Answerer) -> None:
    asked = [answerer.ask(QUESTION) for _ in range(3)]
    for events in asked[:2]:
        next(events)
        next(events)
    last = list(asked[2])[-1]
    assert isinstance(last, AnswerReady)
    assert last.answer.status is AnswerStatus.EXTRACTIVE
    assert "排队" in last.answer.reason
