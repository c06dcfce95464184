"""A conversation as it goes into a file: questions, answers, and what they rest on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from huiwen.errors import InputError
from huiwen.types import Answer, AnswerStatus, Evidence, Groups
from index.library import Library
from server.history import Turn
from server.label import of_file
from server.record import content_number, shown

BADGES = {
    AnswerStatus.REFUSED: "资料未载",
    AnswerStatus.EXTRACTIVE: "仅列原文",
}
# What XML cannot hold, and what a page cannot show.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage an answer rests on: where it stands and what it says."""

    number: int
    document: str
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A question and its answer as it may be shown now; ``badge`` is empty for plain answers."""

    question: str
    meant: str
    badge: str
    text: str
    quotes: tuple[Quote, ...]
    notices: tuple[str, ...]
    asked_at: str
    model: str
    number: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """What is written to a file; moments are of the server's own clock.

    ``label`` is what its metadata says of its being generated, as JSON.
    """

    title: str
    made_at: str
    entries: tuple[Entry, ...]
    label: str


def transcript(
    title: str, turns: Iterable[Turn], library: Library, sees: Groups, producer: str
) -> Transcript:
    """The answered turns; raises InputError where there are none.

    ``producer`` is the setting of that name.
    """
    entries = tuple(_entries(turns, library, sees))
    if not entries:
        raise InputError("这里还没有答完的问题，无可导出；请先提问。")
    made_at = f"{datetime.now().astimezone():%Y-%m-%d %H:%M}"
    label = of_file((entry.number for entry in entries), producer)
    return Transcript(_clean(title), made_at, entries, _clean(label))


def _entries(turns: Iterable[Turn], library: Library, sees: Groups) -> Iterator[Entry]:
    for turn in turns:
        if not turn.record:
            continue
        now = shown(turn.question, turn.record, library, sees)
        yield Entry(
            _clean(turn.question),
            _clean(turn.rewritten),
            BADGES.get(now.answer.status, ""),
            _clean(_text(now.answer)),
            tuple(_quotes(now.answer)),
            tuple(map(_clean, now.notices)),
            f"{datetime.fromisoformat(turn.asked_at).astimezone():%Y-%m-%d %H:%M}",
            now.answer.model,
            content_number(turn.rewritten or turn.question, turn.record),
        )


def _text(answer: Answer) -> str:
    """The answer, its reason after it; numbers that are not in the passages marked as such."""
    said = "".join(
        statement.text
        + "".join(f"[{citation.number}]" for citation in statement.citations)
        + "".join(
            f"（⚠ 数字 {number} 未在所引段落中找到）" for number in statement.unsupported_numbers
        )
        for statement in answer.statements
    )
    return "\n".join(part for part in (said, answer.reason) if part)


def _quotes(answer: Answer) -> Iterator[Quote]:
    """Each cited stretch once; of a refusal the closest passage."""
    evidence = {item.number: item for item in answer.evidence}
    spans = dict.fromkeys(
        (c.number, c.quote) for statement in answer.statements for c in statement.citations
    )
    if not answer.statements and answer.evidence:
        spans = {(answer.evidence[0].number, answer.evidence[0].quote): None}
    for number, span in spans:
        item = evidence[number]
        passage = item.passage
        text = passage.text[span.start : span.end]
        yield Quote(number, _clean(passage.document_name), _clean(_where(item)), _clean(text))


def _where(item: Evidence) -> str:
    passage = item.passage
    page = f"第 {passage.page} 页" if passage.page else ""
    return " · ".join(part for part in (passage.context, passage.date, page) if part)


def _clean(text: str) -> str:
    return _CONTROLS.sub("", text)
