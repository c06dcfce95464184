"""Rows of the catalogue to domain types."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar

import numpy as np

from huiwen.errors import StoreError
from huiwen.types import (
    Box,
    Document,
    DocumentInfo,
    IngestReport,
    Metadata,
    Paragraph,
    ParagraphKind,
    Passage,
    Piece,
    Span,
)
from index.embedder import Vectors
from index.words import words
from ingest.normalise import fold


@dataclass(frozen=True, slots=True)
class Stored:
    """A passage with what is searched of it: its vector, shape ``(d,)``, and its words."""

    passage: Passage
    vector: Vectors
    words: Sequence[str]


def embedded(passage: Passage) -> str:
    """What stands for a passage in vector space: its place, then its words."""
    return fold(passage.placed)


def to_store(passages: Iterable[Passage], vectors: Iterable[Vectors]) -> list[Stored]:
    """Passages with their vectors, one for each, and the words of their context and text."""
    return [
        Stored(passage, vector, words(passage.placed))
        for passage, vector in zip(passages, vectors, strict=True)
    ]


Read = TypeVar("Read")
Rows = TypeVar("Rows")


def readable(read: Callable[[Rows], Read]) -> Callable[[Rows], Read]:
    """What cannot be read was damaged on disk: SQLite does not notice all of it."""

    @wraps(read)
    def checked(rows: Rows) -> Read:
        try:
            return read(rows)
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise StoreError(
                f"资料库里有内容已损坏，无法读出（{error}）；"
                "请运行 huiwen doctor 查看，并从备份恢复。"
            ) from error

    return checked


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


@readable
def report_of(text: str) -> IngestReport:
    data = json.loads(text)
    data["warnings"] = tuple(data["warnings"])
    return IngestReport(**data)


@readable
def metadata_of(text: str) -> Metadata:
    return Metadata(**json.loads(text))


@readable
def info_of(row: Sequence[Any]) -> DocumentInfo:
    *fields, report, metadata, groups = row
    facts = report_of(report), metadata_of(metadata), tuple(groups)
    return DocumentInfo(*fields, *facts)  # type: ignore[call-arg]


@readable
def vector_of(blob: bytes) -> Vectors:
    return np.frombuffer(blob, dtype=np.float32)


@readable
def paragraphs_of(rows: Iterable[Sequence[Any]]) -> tuple[Paragraph, ...]:
    return tuple(
        Paragraph(
            identity,
            text,
            tuple(Span(*span) for span in json.loads(spans)),
            ParagraphKind(kind),
            tuple(json.loads(headings)),
            tuple(Box(*box) for box in json.loads(boxes)),
            speaker,
            office,
            quality,
            item,
            bool(decision),
        )
        for (
            identity,
            text,
            spans,
            kind,
            headings,
            boxes,
            speaker,
            office,
            quality,
            item,
            decision,
        ) in rows
    )


@readable
def passage_of(row: Sequence[Any]) -> Passage:
    identity, document_id, name, title, headings, text, pieces, *rest = row
    speaker, office, date, page, item, decision = rest
    return Passage(
        identity,
        document_id,
        name,
        title,
        tuple(json.loads(headings)),
        text,
        tuple(Piece(*piece) for piece in json.loads(pieces)),
        speaker,
        office,
        date,
        page,
        item,
        bool(decision),
    )


def document_row(document: Document, recipe: str) -> dict[str, Any]:
    return {
        "id": document.id,
        "source": document.source,
        "name": document.name,
        "title": document.title,
        "sha256": document.sha256,
        "recipe": recipe,
        "format": document.format,
        "encoding": document.encoding,
        "text": document.text,
        "report": as_json(asdict(document.report)),
        "metadata": as_json(asdict(document.metadata)),
        "added_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def paragraph_row(document_id: str, ordinal: int, paragraph: Paragraph) -> dict[str, Any]:
    return {
        "document_id": document_id,
        "ordinal": ordinal,
        "id": paragraph.id,
        "text": paragraph.text,
        "spans": as_json([[span.start, span.end] for span in paragraph.spans]),
        "kind": paragraph.kind.value,
        "headings": as_json(paragraph.headings),
        "boxes": as_json([astuple(box) for box in paragraph.boxes]),
        "speaker": paragraph.speaker,
        "office": paragraph.office,
        "quality": paragraph.quality,
        "item": paragraph.item,
        "decision": paragraph.decision,
    }


def passage_row(ordinal: int, entry: Stored, generation: int) -> dict[str, Any]:
    passage = entry.passage
    return {
        "document_id": passage.document_id,
        "ordinal": ordinal,
        "id": passage.id,
        "text": passage.text,
        "headings": as_json(passage.headings),
        "pieces": as_json([astuple(piece) for piece in passage.pieces]),
        "speaker": passage.speaker,
        "office": passage.office,
        "date": passage.date,
        "page": passage.page,
        "item": passage.item,
        "decision": passage.decision,
        "vector": entry.vector.astype(np.float32).tobytes(),
        "words": " ".join(entry.words),
        "born": generation,
    }
