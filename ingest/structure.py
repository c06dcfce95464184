"""Paragraphs to a structured document: its facts, who says what in it, what was decided."""

from __future__ import annotations

from collections.abc import Sequence

from huiwen.types import Metadata, Paragraph
from ingest.facts import facts
from ingest.item import with_items
from ingest.speaker import with_speakers


def structured(
    title: str, paragraphs: Sequence[Paragraph], told: Metadata, *, ordered: bool
) -> tuple[tuple[Paragraph, ...], Metadata]:
    """The paragraphs with their speakers and items, and what is known of the document.

    ``told`` is what the format itself says of it; ``ordered`` whether the
    paragraphs are known to follow one another as they were written.
    """
    spoken = with_speakers(paragraphs, ordered=ordered)
    return with_items(title, spoken), facts(title, paragraphs, told)
