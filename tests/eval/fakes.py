"""A scripted answerer and short ways to build what it says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eval.machine import Machine
from eval.run import Cited, Claim, Row, Run
from huiwen.types import (
    Answer,
    AnswerEvent,
    AnswerReady,
    AnswerStatus,
    Citation,
    Evidence,
    EvidenceFound,
    Hit,
    Passage,
    Span,
    Statement,
    TextDelta,
    Timings,
)

MACHINE = Machine(cpu="测试处理器", cores=2, memory=2**34, system="Linux", python="3.11")


def passage(text: str, number: int = 1) -> Passage:
    return Passage(f"p{number}", "d1", "会议.txt", "标题", (), text, ())


def evidence(*texts: str) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(number, Hit(passage(text, number), 1 / number), Span(0, len(text)))
        for number, text in enumerate(texts, start=1)
    )


def statement(text: str, *cited: int, unsupported: Sequence[str] = ()) -> Statement:
    citations = tuple(Citation(number, f"p{number}", "d1", Span(0, 1)) for number in cited)
    return Statement(text, citations, tuple(unsupported))


def answered(
    shown: tuple[Evidence, ...],
    *statements: Statement,
    status: AnswerStatus = AnswerStatus.ANSWERED,
) -> list[AnswerEvent]:
    answer = Answer("", status, statements, shown, "", "fake", Timings(0, 0, 0))
    return [EvidenceFound(shown), TextDelta("草"), TextDelta("稿"), AnswerReady(answer)]


def refused(shown: tuple[Evidence, ...] = (), reason: str = "资料中没有。") -> list[AnswerEvent]:
    answer = Answer("", AnswerStatus.REFUSED, (), shown, reason, "fake", Timings(0, None, 0))
    return [EvidenceFound(shown), AnswerReady(answer)]


class Scripted:
    """Says what the script has for a question; an exception in it is raised there."""

    def __init__(self, script: dict[str, list[AnswerEvent | Exception]]) -> None:
        self.script = script

    def ask(self, question: str) -> Iterator[AnswerEvent]:
        for event in self.script[question]:
            if isinstance(event, Exception):
                raise event
            yield event


class Ticks:
    """A clock that moves one second per reading."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def row(
    name: str = "q1",
    *,
    ranks: Sequence[int | None] = (),
    answerable: bool = True,
    correct: bool = False,
    status: AnswerStatus | None = AnswerStatus.ANSWERED,
    claims: Sequence[Sequence[bool]] = (),
    total_s: float | None = None,
    text: str = "",
    question: str = "问",
) -> Row:
    """A row; ``claims`` gives, per statement, whether each of its citations is supported."""
    return Row(
        id=name,
        question=question,
        type="fact" if answerable else "unanswerable",
        answerable=answerable,
        expected=(("答",),) if answerable else (),
        quotes=tuple(f"依据{index}" for index in range(len(ranks))),
        status=status,
        text=text,
        correct=correct,
        ranks=tuple(ranks),
        claims=tuple(
            Claim("句", tuple(Cited(1, supported) for supported in cited)) for cited in claims
        ),
        total_s=total_s,
    )


def run(*rows: Row, started_at: str = "2026-11-24T15:00:00+08:00") -> Run:
    return Run(started_at, "0.1.0", "gold.jsonl", "0" * 64, MACHINE, tuple(rows))
