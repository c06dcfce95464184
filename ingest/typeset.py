"""Rows of pages to paragraphs: where one begins, what is a title, what is a table."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from huiwen.types import Box, ParagraphKind
from ingest.block import needs_space
from ingest.content import Draft
from ingest.facts import is_masthead
from ingest.heading import classify, numbering_level
from ingest.layout import Region, Row, Sheet, merged, regions, spanned, without_running_heads
from ingest.sentence import is_open

_TITLE_CHARS, _TITLE_SIZE = 80, 1.2
_HEADING_CHARS, _HEADING_SIZE = 45, 1.12
_SAME_SIZE = 0.12
_INDENT = 0.8
# What cannot be broken at a line's end: a word or number, or a character with its punctuation.
_FIRST_TOKEN = re.compile(r"[\w.%/-]+|.[，。、；：！？”’）》%]*", re.ASCII)


@dataclass(slots=True)
class _Paragraph:
    text: str
    boxes: list[Box]
    size: float
    first: Row
    last: Row
    region: Region
    score: float
    kind: ParagraphKind | None = None
    cells: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Typeset:
    """Paragraphs of pages as a Draft; ``columns`` tells that some page had several."""

    draft: Draft
    dropped: int
    columns: bool


def typeset(sheets: Sequence[Sheet], draft: Draft | None = None) -> Typeset:
    """Put the lines of pages into paragraphs, across columns and pages, at the draft's end."""
    sheets, dropped = without_running_heads(
        [replace(sheet, lines=tuple(merged(sheet.lines))) for sheet in sheets]
    )
    arranged = [regions(sheet.lines) for sheet in sheets]
    body = _body_size(sheets)
    paragraphs: list[_Paragraph] = []
    for region in (region for page in arranged for region in page):
        _add_region(paragraphs, region, body)
    draft = draft or Draft()
    for paragraph in _titled(paragraphs, body):
        kind, level = _kind(paragraph, body, first=not draft.blocks)
        text = "\n".join(paragraph.cells) if paragraph.cells else paragraph.text
        draft.add(text, kind, level, paragraph.boxes, paragraph.score)
    return Typeset(draft, dropped, any(len(page) > 2 for page in arranged))


def _body_size(sheets: Sequence[Sheet]) -> float:
    """The size most characters have."""
    counts: dict[float, int] = {}
    for sheet in sheets:
        for line in sheet.lines:
            size = round(line.size * 2) / 2
            counts[size] = counts.get(size, 0) + len(line.text)
    return max(counts, key=lambda size: counts[size]) if counts else 1.0


def _add_region(paragraphs: list[_Paragraph], region: Region, body: float) -> None:
    rows = region.rows
    gap = _usual_gap(rows)
    tabular = _tabular(rows)
    for at, row in enumerate(rows):
        before = rows[at - 1] if at else None
        if tabular[at]:
            _add_table_row(paragraphs, row, region, continued=at > 0 and tabular[at - 1])
            continue
        target = paragraphs[-1] if before else _open_body(paragraphs, body)
        if target is None or target.cells or _begins(target, row, region, before, gap):
            paragraphs.append(
                _Paragraph(row.text, [row.box], row.size, row, row, region, _score(row))
            )
        else:
            _extend(target, row, region)


def _usual_gap(rows: Sequence[Row]) -> float:
    gaps = [max(0.0, b.box.y0 - a.box.y1) for a, b in pairwise(rows)]
    return statistics.median_low(gaps) if gaps else 0.0


def _tabular(rows: Sequence[Row]) -> list[bool]:
    """Which rows are a table's: two or more in a row with several cells under one another."""
    several = [len(row.cells) > 1 for row in rows]
    beside = [False, *several, False]
    return [here and (beside[at] or beside[at + 2]) for at, here in enumerate(several)]


def _add_table_row(
    paragraphs: list[_Paragraph], row: Row, region: Region, *, continued: bool
) -> None:
    text = " | ".join(cell.text for cell in row.cells)
    if continued and paragraphs and paragraphs[-1].cells:
        table = paragraphs[-1]
        table.cells.append(text)
        table.boxes[-1] = spanned([table.boxes[-1], row.box])
        return
    paragraphs.append(
        _Paragraph(
            text, [row.box], row.size, row, row, region, _score(row), ParagraphKind.TABLE, [text]
        )
    )


def _open_body(paragraphs: Sequence[_Paragraph], body: float) -> _Paragraph | None:
    """The paragraph that a new column or page may continue: the last one in the body's size."""
    for paragraph in reversed(paragraphs[-4:]):
        if not paragraph.cells and abs(paragraph.size - body) <= _SAME_SIZE * body:
            return paragraph
    return None


def _begins(target: _Paragraph, row: Row, region: Region, before: Row | None, gap: float) -> bool:
    """Whether a row begins a paragraph rather than going on with ``target``."""
    size = row.size
    if abs(target.size - size) > _SAME_SIZE * max(target.size, size):
        return True
    if before is not None and row.box.y0 - before.box.y1 > gap + 0.45 * size:
        return True
    if numbering_level(row.text) and not is_open(target.text):
        return True
    if _short(target, row):
        return True
    indent = row.box.x0 - region.left
    if indent <= _INDENT * size:
        return False
    earlier = target.last.box.x0 - target.region.left
    # Lines set in alike, as a quotation is, go on; a closed one before an indent does not.
    return abs(indent - earlier) > 0.3 * size or not is_open(target.text)


def _short(target: _Paragraph, row: Row) -> bool:
    """Whether the line before stopped although the next word had room on it."""
    match = _FIRST_TOKEN.match(row.text)
    token = match[0] if match else row.text[:1]
    room = target.region.right - target.last.box.x1
    return room > _width(token, row.size) + 0.5 * row.size


def _width(text: str, size: float) -> float:
    return sum(0.55 if char.isascii() else 1.0 for char in text) * size


def _extend(target: _Paragraph, row: Row, region: Region) -> None:
    target.text = _joined(target.text, row.text)
    last = target.boxes[-1]
    if target.region is region and last.page == row.box.page:
        target.boxes[-1] = spanned([last, row.box])
    else:
        target.boxes.append(row.box)
    target.last, target.region = row, region
    target.score = min(target.score, _score(row))


def _joined(before: str, after: str) -> str:
    if before.endswith("-") and before[-2:-1].isalpha() and after[:1].islower():
        return before[:-1] + after
    # Numbers are cut at a line's end, words are not.
    digits = before[-1].isdigit() and after[0].isdigit()
    return before + (" " if needs_space(before[-1], after[0]) and not digits else "") + after


def _score(row: Row) -> float:
    return min(cell.score for cell in row.cells)


def _titled(paragraphs: list[_Paragraph], body: float) -> list[_Paragraph]:
    """The largest print of the first page is the title; its lines become one."""
    page = paragraphs[0].boxes[0].page if paragraphs else 0
    first = [
        p for p in paragraphs if p.boxes[0].page == page and not p.cells and not is_masthead(p.text)
    ]
    largest = max((p.size for p in first), default=0.0)
    if largest < _TITLE_SIZE * body:
        return paragraphs
    at = next(n for n, p in enumerate(paragraphs) if p in first and p.size == largest)
    title, after = paragraphs[at], at + 1
    while after < len(paragraphs) and abs(paragraphs[after].size - largest) <= 0.5:
        if len(title.text) + len(paragraphs[after].text) > _TITLE_CHARS:
            break
        title.text += paragraphs[after].text
        title.boxes += paragraphs[after].boxes
        after += 1
    title.kind = ParagraphKind.TITLE
    return [*paragraphs[:at], title, *paragraphs[after:]]


def _kind(paragraph: _Paragraph, body: float, *, first: bool) -> tuple[ParagraphKind, int]:
    if paragraph.kind is not None:
        return paragraph.kind, 0
    text = paragraph.text
    kind, level = classify(text, first=first)
    large = paragraph.size >= _HEADING_SIZE * body and len(text) <= _HEADING_CHARS
    if kind is ParagraphKind.BODY and large and is_open(text):
        return ParagraphKind.HEADING, numbering_level(text) or 1
    return kind, level
