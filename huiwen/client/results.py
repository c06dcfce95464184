"""What the service answers with. Fields of later versions are left out, not refused."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Result(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Quote(_Result):
    """A range ``[start, end)`` of a passage's text, in code points, and what stands there."""

    start: int
    end: int
    text: str


class Hit(_Result):
    """A passage found; dates are ISO 8601, ``page`` is 0 in files without pages."""

    document_id: str
    document_name: str
    passage_id: str
    title: str
    headings: tuple[str, ...]
    text: str
    score: float
    speaker: str = ""
    office: str = ""
    date: str = ""
    page: int = 0
    item: str = ""
    decision: bool = False


class Evidence(Hit):
    """A passage of this answer under its number; ``url`` is a path of the service."""

    number: int
    quote: Quote
    url: str


class Citation(_Result):
    """Where a statement stands; ``url`` is the path of the original with it highlighted."""

    number: int
    document_id: str
    document_name: str
    passage_id: str
    quote: Quote
    url: str


class Statement(_Result):
    """A sentence and what supports it."""

    text: str
    citations: tuple[Citation, ...]
    unsupported_numbers: tuple[str, ...] = ()


class Answer(_Result):
    """A checked answer. ``extractive`` is passages only, as the model was missing or late."""

    question: str
    status: Literal["answered", "refused", "extractive"] | str
    text: str
    statements: tuple[Statement, ...]
    evidence: tuple[Evidence, ...]
    reason: str
    model: str
    ai_generated: bool = True
    ai_label: str = ""

    @property
    def citations(self) -> tuple[Citation, ...]:
        return tuple(citation for one in self.statements for citation in one.citations)


class Rewritten(_Result):
    """A follow-up as it was understood."""

    question: str


class Found(_Result):
    """What was retrieved, before the model has read it."""

    evidence: tuple[Evidence, ...]


class Draft(_Result):
    """A piece of the draft; the Answer that comes last replaces it."""

    text: str


Event = Rewritten | Found | Draft | Answer


class Report(_Result):
    """What ingestion did to the file."""

    pages: int
    paragraphs: int
    passages: int
    warnings: tuple[str, ...]


class Document(_Result):
    """A stored document."""

    id: str
    source: str
    name: str
    title: str
    sha256: str
    format: str
    characters: int
    added_at: str
    report: Report
    collection: str = ""


class Paragraph(_Result):
    """A paragraph of a document."""

    id: str
    kind: str
    headings: tuple[str, ...]
    text: str
    speaker: str = ""
    office: str = ""
    item: str = ""
    decision: bool = False


class DocumentText(_Result):
    """A document with its paragraphs."""

    document: Document
    paragraphs: tuple[Paragraph, ...]


class Upload(_Result):
    """What an upload did: ``added``, ``replaced`` or ``unchanged``."""

    change: str
    document: Document


class Job(_Result):
    """A file on its way in: ``done`` of ``total`` passages are embedded."""

    id: str
    name: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    done: int
    total: int
    change: str
    document_id: str
    problem: str

    @property
    def over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")
