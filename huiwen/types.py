"""Domain types shared by every package; this module imports nothing of ours.

All offsets are half-open ranges counted in Unicode code points.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

# Of documents, who may see them (none: everybody); of who asks, his; ``None`` sees everything.
Groups = frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Span:
    """Range ``[start, end)`` of code points in the text it is documented for."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Box:
    """Rectangle on a page: ``page`` counts from 1, lengths are points from its top left corner."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


class ParagraphKind(StrEnum):
    """What a paragraph is on the page; headings reach passages as their context."""

    TITLE = "title"
    HEADING = "heading"
    BYLINE = "byline"
    BODY = "body"
    TABLE = "table"
    CAPTION = "caption"
    NOTE = "note"  # footnotes and endnotes


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph as a reader should see it.

    ``text`` is exactly the concatenation of ``spans`` of the document's text,
    so that every character shown can be traced to the file. ``id`` depends on
    the document and the paragraph's own text only: edits elsewhere keep it.
    ``boxes`` tell where it stands in files that have pages. ``speaker`` is who
    said it and ``office`` what that person is, empty where nobody is named.
    ``item`` is the item of the minutes it belongs to, as they have it and with
    the number of the decision (``一、审议… › 议定事项 2``); ``decision`` tells that
    the meeting decided or demands what it says.
    ``quality`` is 1 for text taken as it stood and less for what was repaired
    or recognised from an image, down to 0.
    """

    id: str
    text: str
    spans: tuple[Span, ...]
    kind: ParagraphKind
    headings: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()
    speaker: str = ""
    office: str = ""
    quality: float = 1.0
    item: str = ""
    decision: bool = False


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known of a document as a whole; every field is empty where it is not told.

    Dates are ISO 8601 (``2023-02-26``). ``number`` is the 发文字号, ``secrecy``
    the 密级 with its period, ``index_number`` the 索引号 of a portal.
    """

    meeting: str = ""
    date: str = ""
    issuer: str = ""
    number: str = ""
    secrecy: str = ""
    place: str = ""
    published: str = ""
    index_number: str = ""


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What ingestion did to one file.

    ``repeated`` counts paragraphs that stood there more than once, ``dropped``
    what is on the page but not part of the text (running heads, page numbers),
    ``hidden`` stretches no reader of the file can see, which are not indexed.
    """

    pages: int = 0
    paragraphs: int = 0
    rejoined: int = 0
    repeated: int = 0
    captions: int = 0
    dropped: int = 0
    hidden: int = 0
    passages: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The figures as users read them, those that are 0 left out."""
        counts = (
            ("{} 页", self.pages),
            ("{} 段", self.paragraphs),
            ("接回断段 {} 处", self.rejoined),
            ("去重 {} 段", self.repeated),
            ("图注 {} 处", self.captions),
            ("略去页眉页脚等 {} 处", self.dropped),
            ("不收隐藏文字 {} 处", self.hidden),
            ("{} 个片段", self.passages),
        )
        return "，".join(text.format(count) for text, count in counts if count)


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file. ``source`` identifies it across versions; ``sha256`` is of its bytes.

    ``text`` is all the text of the file in its own order, before repair; for
    formats that are not text it is what their reader took out of them.
    """

    id: str
    source: str
    name: str
    sha256: str
    format: str
    encoding: str
    text: str
    title: str
    paragraphs: tuple[Paragraph, ...]
    report: IngestReport
    metadata: Metadata = field(default_factory=Metadata)


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
    """The unit of retrieval: whole sentences of one document under one heading.

    ``date`` is the document's (ISO 8601), ``page`` where the passage begins (0
    in files without pages).
    """

    id: str
    document_id: str
    document_name: str
    title: str
    headings: tuple[str, ...]
    text: str
    pieces: tuple[Piece, ...]
    speaker: str = ""
    office: str = ""
    date: str = ""
    page: int = 0
    item: str = ""
    decision: bool = False

    @property
    def context(self) -> str:
        """Title, heading path, item and speaker: the line that tells where the passage stands."""
        items = self.item.split(" › ")
        parts = (self.title, *self.headings, *items, f"{self.office}{self.speaker}")
        return " › ".join(dict.fromkeys(part for part in parts if part))

    @property
    def placed(self) -> str:
        """The context and, below it, the text: what is searched and answered from."""
        return f"{self.context}\n{self.text}"

    def locate(self, start: int, end: int) -> Iterator[tuple[str, Span]]:
        """Yield ``(paragraph_id, span in that paragraph)`` for a range of the passage."""
        for piece in self.pieces:
            low = max(start, piece.at)
            high = min(end, piece.at + piece.end - piece.start)
            if low < high:
                shift = piece.start - piece.at
                yield piece.paragraph_id, Span(low + shift, high + shift)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is narrowed to; an empty field does not narrow.

    ``collection`` is the folder a document is kept in, ``speaker`` the passage's;
    ``since`` and ``until`` bound the document's date (ISO 8601, both included): without
    one it is left out. ``item`` must stand in the passage's; ``decisions`` lets only those
    through, ``groups`` what somebody in them may see, None everything.
    """

    document_id: str = ""
    collection: str = ""
    speaker: str = ""
    since: str = ""
    until: str = ""
    item: str = ""
    decisions: bool = False
    groups: Groups = None

    def __bool__(self) -> bool:
        return self != Filters()


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
    TALK = "talk"  # a greeting or a question about the tool: documents were not asked


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
        said = "".join(
            statement.text + "".join(f"[{c.number}]" for c in statement.citations)
            for statement in self.statements
        )
        # A part of the question may have gone unanswered.
        return said + self.reason if self.status is AnswerStatus.ANSWERED else said


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question of a conversation and the answer it got, as text."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A follow-up as it was understood; comes before all other events where it differs."""

    question: str


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """What was retrieved, before the model has read it."""

    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Queued:
    """The question waits for the model; ``place`` 1 is the next to be answered.

    Comes again about twice a second until it is the question's turn.
    """

    place: int


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the draft the checked answer replaces; an empty one: still at it."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerReady:
    """Last event of a request."""

    answer: Answer


AnswerEvent = Rewritten | EvidenceFound | Queued | TextDelta | AnswerReady


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A stored document as lists show it; no ``groups`` is for everybody to see."""

    id: str
    source: str
    name: str
    title: str
    sha256: str
    format: str
    encoding: str
    characters: int
    added_at: str
    report: IngestReport = field(default_factory=IngestReport)
    metadata: Metadata = field(default_factory=Metadata)
    groups: tuple[str, ...] = ()
