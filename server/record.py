"""What is kept of an answer, and what of it may be shown again.

No text of a document is kept, only where it stood: a document that is deleted
is gone from earlier answers too, and one that has changed is not quoted wrongly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from huiwen.errors import NotFoundError
from huiwen.types import (
    Answer,
    AnswerStatus,
    Evidence,
    Groups,
    Hit,
    Passage,
    Span,
    Statement,
    Timings,
)
from index.library import Library
from server import label

WITHHELD = "（这句话所依据的文件已经删除或不再公开，不再显示。）"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a piece of evidence stood."""

    number: int
    passage_id: str
    document_id: str
    document_name: str
    quote: Span


@dataclass(frozen=True, slots=True)
class Record:
    """An answer without its evidence's text; ``generation`` is the library's at the time."""

    status: AnswerStatus
    statements: tuple[Statement, ...]
    sources: tuple[Source, ...]
    reason: str
    model: str
    timings: Timings
    generation: int


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer as it may be shown now; ``notices`` say what has changed since, in Chinese."""

    answer: Answer
    notices: tuple[str, ...]


_RECORD = TypeAdapter(Record)


def record_of(answer: Answer, generation: int) -> Record:
    """What is kept of an answer."""
    sources = tuple(
        Source(e.number, e.passage.id, e.passage.document_id, e.passage.document_name, e.quote)
        for e in answer.evidence
    )
    return Record(
        answer.status,
        answer.statements,
        sources,
        answer.reason,
        answer.model,
        answer.timings,
        generation,
    )


def content_number(question: str, record: Record) -> str:
    """That of the answer as it was given, whatever may still be shown of it."""
    given = Answer(
        question, record.status, record.statements, (), record.reason, record.model, record.timings
    )
    passages = [source.passage_id for source in record.sources]
    return label.number_of(question, given.text, record.model, passages)


def dump(record: Record) -> str:
    return _RECORD.dump_json(record).decode()


def load(text: str) -> Record:
    return _RECORD.validate_json(text)


def shown(question: str, record: Record, library: Library, sees: Groups) -> Shown:
    """The answer with the evidence that is still there, read from the library anew.

    Statements all of whose documents were deleted, or are not shown to ``sees``
    any more, lose their text; of changed documents the statement stays without
    its citation, and a notice says so.
    """
    found = {source.number: _passage(library, source, sees) for source in record.sources}
    lost = [source for source in record.sources if not found[source.number]]
    lost_by = {source.number: source for source in lost}
    gone = {source.number for source in lost if not _exists(library, source.document_id, sees)}
    deleted = {n for n in gone if not _exists(library, lost_by[n].document_id, None)}
    statements = tuple(_statement(statement, found, gone) for statement in record.statements)
    evidence = tuple(
        Evidence(source.number, Hit(passage, 0.0), source.quote)
        for source in record.sources
        if (passage := found[source.number])
    )
    answer = Answer(
        question,
        record.status,
        statements,
        evidence,
        record.reason,
        record.model,
        record.timings,
    )
    return Shown(answer, _notices(record, lost, gone, deleted, library.generation))


def _statement(statement: Statement, found: dict[int, Passage | None], gone: set[int]) -> Statement:
    numbers = [citation.number for citation in statement.citations]
    if numbers and all(number in gone for number in numbers):
        return replace(statement, text=WITHHELD, citations=(), unsupported_numbers=())
    kept = tuple(citation for citation in statement.citations if found.get(citation.number))
    return replace(statement, citations=kept)


def _notices(
    record: Record, lost: Sequence[Source], gone: set[int], deleted: set[int], generation: int
) -> tuple[str, ...]:
    """A document that is only hidden is not named."""
    cited = {c.number for statement in record.statements for c in statement.citations}
    names = [(source.number, source.document_name) for source in lost if source.number in cited]
    notices = [
        f"所依据的“{name}”已从资料库删除，依据它的话不再显示。"
        for name in dict.fromkeys(name for number, name in names if number in deleted)
    ]
    if any(number in gone - deleted for number, _ in names):
        notices.append("所依据的文件不再对您公开，依据它的话不再显示。")
    notices += [
        f"“{name}”在这次回答之后更新过，所引的段落已经改动；请重新提问，以新的原文为准。"
        for name in dict.fromkeys(name for number, name in names if number not in gone)
    ]
    if record.status is AnswerStatus.REFUSED and generation != record.generation:
        notices.append("这次回答之后资料库有过变动，现在也许已有答案；可以重新提问。")
    return tuple(notices)


def _passage(library: Library, source: Source, sees: Groups) -> Passage | None:
    try:
        return library.passage(source.passage_id, sees)
    except NotFoundError:
        return None


def _exists(library: Library, document_id: str, sees: Groups) -> bool:
    try:
        library.info(document_id, sees)
    except NotFoundError:
        return False
    return True
