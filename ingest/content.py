"""What a reader makes of a file: its text, and blocks that point into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from huiwen.types import Box, Metadata, ParagraphKind, Span
from ingest.block import Block


@dataclass(frozen=True, slots=True)
class Content:
    """A file as its reader found it, before repair.

    ``recovered`` tells that paragraphs may be cut, displaced or repeated, as
    in text taken from a printed page, so that repair is due. ``metadata`` is
    what the format itself says outside the text (a portal's head, a mail's
    headers). ``dropped`` and ``hidden`` are as in IngestReport.
    """

    text: str
    blocks: tuple[Block, ...]
    encoding: str = ""
    pages: int = 0
    recovered: bool = False
    dropped: int = 0
    hidden: int = 0
    title: str = ""
    metadata: Metadata = field(default_factory=Metadata)
    warnings: tuple[str, ...] = ()


# Raises InputError kinds, and nothing else, for what it cannot read.
Reader = Callable[[str, bytes], Content]


class Draft:
    """Collects the paragraphs of a format that is not text; makes text and spans agree."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._length = 0
        self.blocks: list[Block] = []

    def add(
        self,
        text: str,
        kind: ParagraphKind = ParagraphKind.BODY,
        level: int = 0,
        boxes: Sequence[Box] = (),
        quality: float = 1.0,
    ) -> None:
        """Append a paragraph, trimmed; a blank one is left out."""
        text = text.strip()
        if not text:
            return
        span = Span(self._length, self._length + len(text))
        self.blocks.append(Block(text, (span,), kind, level, tuple(boxes), quality))
        self._texts.append(text)
        self._length = span.end + 1

    @property
    def text(self) -> str:
        """All paragraphs so far, one a line, as the blocks' spans count."""
        return "\n".join(self._texts)
