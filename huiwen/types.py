"""Domain types shared by every package; this module imports nothing of ours.

All offsets are half-open ranges counted in Unicode code points.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Span:
    """Range ``[start, end)`` of code points in the text it is documented for."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start


class ParagraphKind(StrEnum):
    """What a paragraph is on the page; headings reach passages as their context."""

    TITLE = "title"
    HEADING = "heading"
    BYLINE = "byline"
    BODY = "body"
    TABLE = "table"
    CAPTION = "caption"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph as a reader should see it.

    ``text`` is exactly the concatenation of ``spans`` of the document's text,
    so that every character shown can be traced to the file. ``id`` depends on
    the document and the paragraph's own text only: edits elsewhere keep it.
    """

    id: str
    text: str
    spans: tuple[Span, ...]
    kind: ParagraphKind
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What ingestion did to one file."""

    paragraphs: int = 0
    rejoined: int = 0
    repeated: int = 0
    captions: int = 0
    passages: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file. ``source`` identifies it across versions; ``sha256`` is of its bytes."""

    id: str
    source: str
    name: str
    sha256: str
    encoding: str
    text: str
    title: str
    paragraphs: tuple[Paragraph, ...]
    report: IngestReport


@dataclass(frozen=True, slots=True)
class Piece:
    """Where a stretch of a passage comes from.

    ``start``/``end`` are offsets into the paragraph's text, ``at`` is the
    offset of the same characters in the passage's text.
    """

    paragraph_id: str
    start: int
    end: int
    at: int


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of retrieval: whole sentences of one document under one heading."""

    id: str
    document_id: str
    document_name: str
    title: str
    headings: tuple[str, ...]
    text: str
    pieces: tuple[Piece, ...]

    @property
    def context(self) -> str:
        """Title and heading path, the line that tells where the passage stands."""
        return " › ".join(dict.fromkeys(part for part in (self.title, *self.headings) if part))

    def locate(self, start: int, end: int) -> Iterator[tuple[str, Span]]:
        """Yield ``(paragraph_id, span in that paragraph)`` for a range of the passage."""
        for piece in self.pieces:
            low = max(start, piece.at)
            high = min(end, piece.at + piece.end - piece.start)
            if low < high:
                shift = piece.start - piece.at
                yield piece.paragraph_id, Span(low + shift, high + shift)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a query.

    ``score`` is the fused score (higher is better, comparable within one
    query only); ``similarity`` is the cosine of query and passage in
    ``[-1, 1]``, or ``None`` where the dense side did not return the passage.
    """

    passage: Passage
    score: float
    similarity: float | None = None
    dense_rank: int | None = None
    lexical_rank: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A hit shown to the user and to the model under ``number`` (from 1).

    ``quote`` is the stretch of the passage that speaks to the question most.
    """

    number: int
    hit: Hit
    quote: Span

    @property
    def passage(self) -> Passage:
        return self.hit.passage

    @property
    def quote_text(self) -> str:
        return self.passage.text[self.quote.start : self.quote.end]


@dataclass(frozen=True, slots=True)
class Citation:
    """A statement's pointer to a passage of the same request.

    ``quote`` is the supporting range in the passage's text.
    """

    number: int
    passage_id: str
    document_id: str
    quote: Span


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer with what it rests on."""

    text: str
    citations: tuple[Citation, ...]
    unsupported_numbers: tuple[str, ...] = ()


class AnswerStatus(StrEnum):
    """How an answer came about."""

    ANSWERED = "answered"
    REFUSED = "refused"
    EXTRACTIVE = "extractive"  # the model was missing or late: passages only


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds from the arrival of the question; ``None`` where it did not come to that."""

    evidence: float
    first_token: float | None
    total: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer. A refused one carries the reason and the closest evidence."""

    question: str
    status: AnswerStatus
    statements: tuple[Statement, ...]
    evidence: tuple[Evidence, ...]
    reason: str
    model: str
    timings: Timings

    @property
    def text(self) -> str:
        """The answer with its citation marks, or the reason of a refusal."""
        if not self.statements:
            return self.reason
        return "".join(
            statement.text + "".join(f"[{c.number}]" for c in statement.citations)
            for statement in self.statements
        )


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """First event of a request: what was retrieved, before the model has read it."""

    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the model's draft; the checked answer that follows replaces the draft."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerReady:
    """Last event of a request."""

    answer: Answer


AnswerEvent = EvidenceFound | TextDelta | AnswerReady


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A stored document without its text, as lists show it."""

    id: str
    source: str
    name: str
    title: str
    sha256: str
    encoding: str
    characters: int
    added_at: str
    report: IngestReport = field(default_factory=IngestReport)
