"""Documents to passages: whole sentences, one heading, a bounded length."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator

from huiwen.types import Document, Paragraph, ParagraphKind, Passage, Piece, Span
from ingest.sentence import sentences

# Paragraphs shorter than this share of the limit are put together with their neighbours.
_SMALL = 1 / 3


def chunk(document: Document, passage_chars: int) -> tuple[Passage, ...]:
    """Passages of a document in reading order.

    A paragraph longer than ``passage_chars`` is divided between sentences into
    parts of like length; a single sentence longer than that stays whole.
    Short paragraphs under one heading, of one speaker and item are put together.
    Captions stand alone. Every part of a divided table begins with its header.
    Title and headings go with every passage as its context; a document that
    has nothing else yields them as its text.
    """
    seen: Counter[str] = Counter()
    groups = list(_groups(document.paragraphs, passage_chars))
    if not groups:
        groups = [[(p, Span(0, len(p.text)))] for p in document.paragraphs]
    return tuple(_passage(document, group, seen) for group in groups)


def _groups(paragraphs: Iterable[Paragraph], limit: int) -> Iterator[list[tuple[Paragraph, Span]]]:
    group: list[tuple[Paragraph, Span]] = []
    size = 0
    for paragraph in paragraphs:
        if paragraph.kind in (ParagraphKind.TITLE, ParagraphKind.HEADING):
            continue
        mergeable = paragraph.kind is not ParagraphKind.CAPTION
        header = _header(paragraph)
        for part in _parts(paragraph, limit):
            fits = (
                group
                and mergeable
                and group[-1][0].kind is not ParagraphKind.CAPTION
                and _place(group[-1][0]) == _place(paragraph)
                and min(size, len(part)) < limit * _SMALL
                and size + len(part) <= limit
            )
            if group and not fits:
                yield group
                group, size = [], 0
            if header and part.start >= header.end:
                group.append((paragraph, header))
            group.append((paragraph, part))
            size += len(part)
    if group:
        yield group


def _place(paragraph: Paragraph) -> tuple[object, ...]:
    """What all paragraphs of a passage have in common: its context says it of every one."""
    return paragraph.headings, paragraph.speaker, paragraph.item, paragraph.decision


def _header(paragraph: Paragraph) -> Span | None:
    """The first row of a table: without it the rows further down say nothing."""
    end = paragraph.text.find("\n")
    return Span(0, end) if paragraph.kind is ParagraphKind.TABLE and end > 0 else None


def _parts(paragraph: Paragraph, limit: int) -> Iterator[Span]:
    length = len(paragraph.text)
    if length <= limit:
        yield Span(0, length)
        return
    target = length / -(-length // limit)
    start, previous = 0, 0
    for sentence in sentences(paragraph.text):
        if previous > start and sentence.end - start > limit:
            yield Span(start, previous)
            start = sentence.start
        previous = sentence.end
        if previous - start >= target:
            yield Span(start, previous)
            start = previous
    if previous > start:
        yield Span(start, previous)


def _passage(
    document: Document, group: list[tuple[Paragraph, Span]], seen: Counter[str]
) -> Passage:
    pieces, texts, at = [], [], 0
    for paragraph, part in group:
        text = paragraph.text[part.start : part.end]
        pieces.append(Piece(paragraph.id, part.start, part.end, at))
        texts.append(text)
        at += len(text) + 1
    text = "\n".join(texts)
    # The context is part of what is embedded, so a passage moved elsewhere is another.
    first = group[0][0]
    where = (document.id, document.title, *first.headings, first.speaker, first.item)
    place = "\n".join((*where, text))
    seen[place] += 1
    key = f"{place}\n{seen[place]}"
    return Passage(
        id=hashlib.sha256(key.encode()).hexdigest()[:16],
        document_id=document.id,
        document_name=document.name,
        title=document.title,
        headings=first.headings,
        text=text,
        pieces=tuple(pieces),
        speaker=first.speaker,
        office=first.office,
        date=document.metadata.date,
        page=next((box.page for box in first.boxes), 0),
        item=first.item,
        decision=first.decision,
    )
