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
from ingest.evidence import word_across
from ingest.join import choose_joins
from ingest.repeat import find_repeats
from ingest.sentence import is_open


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
    repeats = other_copies(blocks, set(find_repeats(blocks)))
    return [current for at, current in enumerate(blocks) if at not in repeats], len(repeats)


def other_copies(blocks: Sequence[Block], repeats: set[int]) -> set[int]:
    """Of copies of a cut paragraph drop the one that its own continuation does not follow."""
    first: dict[str, int] = {}
    for at, current in enumerate(blocks):
        kept = first.setdefault(current.text, at)
        if (
            kept != at
            and at in repeats
            and kept not in repeats
            and _goes_on(blocks, at)
            and not _goes_on(blocks, kept)
        ):
            repeats ^= {at, kept}
            first[current.text] = at
    return repeats


def _goes_on(blocks: Sequence[Block], at: int) -> bool:
    """Whether a word stands across the end of a block and the beginning of the next."""
    text = blocks[at].text
    return is_open(text) and at + 1 < len(blocks) and bool(word_across(text, blocks[at + 1].text))
