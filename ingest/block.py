"""A stretch of a file between reading and repair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huiwen.types import Box, ParagraphKind, Span


@dataclass(frozen=True, slots=True)
class Block:
    """What a reader found: spans of the file's text and, where known, what it is.

    ``level`` is the depth of a heading (1 is outermost), 0 otherwise;
    ``text`` is the concatenation of the spans. ``boxes`` and ``quality`` are
    those of the paragraph it becomes.
    """

    text: str
    spans: tuple[Span, ...]
    kind: ParagraphKind = ParagraphKind.BODY
    level: int = 0
    boxes: tuple[Box, ...] = ()
    quality: float = 1.0


def block(
    source: str,
    spans: Sequence[Span],
    kind: ParagraphKind = ParagraphKind.BODY,
    level: int = 0,
) -> Block:
    """Build a block, so that its text is always what its spans say."""
    text = "".join(source[span.start : span.end] for span in spans)
    return Block(text, tuple(spans), kind, level)


def joined(first: Block, second: Block) -> Block:
    """The two as one paragraph of the first one's kind."""
    return Block(
        first.text + second.text,
        first.spans + second.spans,
        first.kind,
        first.level,
        first.boxes + second.boxes,
        min(first.quality, second.quality),
    )


def needs_space(before: str, after: str) -> bool:
    """Whether a line break between two characters stands for a space (Latin words)."""
    return before.isascii() and before.isalnum() and after.isascii() and after.isalnum()
