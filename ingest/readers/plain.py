"""Reader of plain text: one paragraph a line, or hard-wrapped lines put together again."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator

from huiwen.types import ParagraphKind, Span
from ingest.block import Block, block, needs_space
from ingest.content import Content
from ingest.decode import decode
from ingest.heading import classify

_INDENT = re.compile(r"(?:\u3000+| {2,}|\t)")
_TABLE_ROW = re.compile(r"^[^\t|]+(?:[\t|][^\t|]*){2,}$")
# Old exports wrap at 30 to 45 full-width characters; nobody wraps narrower or wider.
_WRAP_WIDTHS = range(24, 61)


def read_plain(name: str, data: bytes) -> Content:
    """A plain text file; its paragraphs may need repair."""
    text, encoding = decode(name, data)
    return Content(text, tuple(plain_blocks(text)), encoding, recovered=True)


def plain_blocks(text: str) -> list[Block]:
    """Blocks of plain text in its order, headings classified."""
    lines = list(_lines(text))
    width = _wrap_width(text, lines)
    groups: list[list[Span]] = []
    for line, indented, after_blank in lines:
        starts = (
            not groups
            or indented
            or after_blank
            or width is None
            or len(groups[-1][-1]) < 0.8 * width
            or _kind(text[line.start : line.end], first=False)[0] is not ParagraphKind.BODY
        )
        if starts:
            groups.append([line])
        else:
            groups[-1].extend(_glue(text, groups[-1][-1], line))
    blocks: list[Block] = []
    for spans in groups:
        whole = block(text, spans)
        kind, level = _kind(whole.text, first=not blocks)
        blocks.append(Block(whole.text, whole.spans, kind, level))
    return blocks


def _kind(text: str, *, first: bool) -> tuple[ParagraphKind, int]:
    if _TABLE_ROW.match(text):
        return ParagraphKind.TABLE, 0
    return classify(text, first=first)


def _lines(text: str) -> Iterator[tuple[Span, bool, bool]]:
    """Trimmed non-blank lines with whether they are indented and follow a blank line."""
    position = 0
    after_blank = False
    for raw in text.split("\n"):
        bare = raw.strip()
        if bare:
            start = position + raw.index(bare[0])
            yield Span(start, start + len(bare)), bool(_INDENT.match(raw)), after_blank
        after_blank = not bare
        position += len(raw) + 1


def _wrap_width(text: str, lines: list[tuple[Span, bool, bool]]) -> int | None:
    """The column at which the file is hard-wrapped, or None where lines are paragraphs.

    Evidence: most lines that stop before their sentence does are of one length.
    """
    unfinished = [len(line) for line, _, _ in lines if text[line.end - 1] not in "。！？!?：:；;”"]
    full = [length for length in unfinished if length >= _WRAP_WIDTHS.start]
    if len(full) < 5 or len(full) < 0.3 * len(lines):
        return None
    width = int(statistics.median(full))
    near = sum(abs(length - width) <= 4 for length in full)
    return width if width in _WRAP_WIDTHS and near >= 0.8 * len(full) else None


def _glue(text: str, before: Span, after: Span) -> list[Span]:
    """The spans to add: a line break between two Latin words stays as their space."""
    if needs_space(text[before.end - 1], text[after.start]):
        return [Span(before.end, before.end + 1), after]
    return [after]
