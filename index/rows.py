"""Rows of the catalogue to domain types."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from huiwen.types import (
    Box,
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


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def report_of(text: str) -> IngestReport:
    data = json.loads(text)
    data["warnings"] = tuple(data["warnings"])
    return IngestReport(**data)


def metadata_of(text: str) -> Metadata:
    return Metadata(**json.loads(text))


def info_of(row: Sequence[Any]) -> DocumentInfo:
    *fields, report, metadata = row
    return DocumentInfo(*fields, report_of(report), metadata_of(metadata))  # type: ignore[call-arg]


def vector_of(blob: bytes) -> Vectors:
    return np.frombuffer(blob, dtype=np.float32)


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
