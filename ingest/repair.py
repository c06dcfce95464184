"""Repair of recovered text: captions marked, cut paragraphs rejoined, repeats dropped.

Nothing is invented and whole paragraphs stay where they are; a join needs
evidence, and what has none is left as it was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from huiwen.types import ParagraphKind
from ingest.block import Block, joined
from ingest.caption import mark_captions
from ingest.join import choose_joins
from ingest.repeat import find_repeats


@dataclass(frozen=True, slots=True)
class Repaired:
    """Blocks in reading order and how many of each fault were mended."""

    blocks: tuple[Block, ...]
    rejoined: int
    repeated: int


def repair(blocks: Sequence[Block]) -> Repaired:
    """Mend blocks of a recovered text file."""
    single, repeated = _without_repeats(mark_captions(blocks))
    joins = choose_joins(single)
    continued = {target for target, _ in joins.values()}
    whole: list[Block] = []
    for at, current in enumerate(single):
        if at in continued:
            continue
        tail = at
        while tail in joins:
            tail, sure = joins[tail]
            quality = min(current.quality, single[tail].quality, round(sure, 2))
            current = replace(
                joined(current, single[tail]), kind=ParagraphKind.BODY, level=0, quality=quality
            )
        whole.append(current)
    # A paragraph mended here may stand whole elsewhere.
    mended, again = _without_repeats(whole) if joins else (whole, 0)
    return Repaired(tuple(mended), len(joins), repeated + again)


def _without_repeats(blocks: Sequence[Block]) -> tuple[list[Block], int]:
    repeats = find_repeats(blocks)
    return [current for at, current in enumerate(blocks) if at not in repeats], len(repeats)
