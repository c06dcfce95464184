"""Where columns of a recovered page end, and what that tells of a sentence cut there.

A column is moved as a whole: the rest of a sentence stands first in a column,
and few columns away from its beginning. Captions stand between columns.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence

from huiwen.types import ParagraphKind
from ingest.block import Block
from ingest.sentence import is_open, sentences

# Of the order of the whole page, as the network sees it.
ORDER_NAMES = ("in_order", "out_of_order", "swapped", "swapped_back")
NAMES = (
    "column_first", "page_first", "next_column", "columns", "columns_back", "first_near",
    "long_sentence", "short_end", "length_start", "lone", "lone_beside", "open_start",
)  # fmt: skip
_SEPARATOR = re.compile(r"[，,、；;：:]")
_STOP = re.compile(r"[。！？!?；;]")
_SCENE_CHARS = 45


class Columns:
    """The blocks of a page by column; ``cut`` are the fragments, each of which ends one."""

    def __init__(self, blocks: Sequence[Block], cut: Collection[int]) -> None:
        self._caption = [current.kind is ParagraphKind.CAPTION for current in blocks]
        self._texts = [current.text for current in blocks]
        self._number: list[int] = []
        self._first: list[bool] = []
        self._lone = [_lone(text) for text in self._texts]
        self._beside = [
            any(0 <= near < len(blocks) and self._caption[near] for near in (at - 1, at + 1))
            for at in range(len(blocks))
        ]
        number, first = 0, True
        for at in range(len(blocks)):
            self._number.append(number)
            self._first.append(first)
            if at in cut:
                number, first = number + 1, True
            elif not self._caption[at]:
                first = False

    def features(self, at: int, target: int) -> tuple[float, ...]:
        """What their places and lengths say of ``target`` going on from ``at``; see ``NAMES``."""
        before, after = self._texts[at], self._texts[target]
        first = self._first[target]
        apart = self._number[target] - self._number[at] - 1
        length = len(_STOP.split(before)[-1]) + len(_STOP.split(after, maxsplit=1)[0])
        return (
            float(first),
            float(first and self._number[target] == 0),
            float(first and apart == 0),
            math.log1p(abs(apart)),
            float(apart < 0),
            float(first and abs(apart) <= 3),
            max(0, length - 60) / 40,
            float(len(before) < 24),
            math.log(len(after) + 1) / 4,
            float(self._lone[target]),
            float(self._lone[target] and self._beside[target]),
            float(is_open(after)),
        )

    def order(
        self, pairs: Sequence[tuple[int, int]], chances: Sequence[float]
    ) -> list[tuple[float, ...]]:
        """What the other pairs of the page say of each pair; see ``ORDER_NAMES``.

        Where the others go on in the next column, this one does, too; and where a
        column was moved, what ends in it goes on where it was taken away.
        ``chances`` is how likely each pair is by itself.
        """
        places = [
            (self._number[at], self._number[target] if self._first[target] else -1)
            for at, target in pairs
        ]
        likely: dict[tuple[int, int], float] = {}
        for place, chance in zip(places, chances, strict=True):
            likely[place] = max(chance, likely.get(place, 0.0))
        columns = {column for column, _ in places}
        ordered = {column: likely.get((column, column + 1), 0.0) for column in columns}
        total = sum(ordered.values())
        found: list[tuple[float, ...]] = []
        for column, goal in places:
            others = (total - ordered[column] + 0.5) / len(columns)
            next_one = goal == column + 1
            moved = goal >= 0 and not next_one
            found.append(
                (
                    others if next_one else 0.0,
                    0.0 if next_one else others,
                    likely.get((goal, column + 1), 0.0) if moved else 0.0,
                    likely.get((goal - 1, column), 0.0) if moved else 0.0,
                )
            )
        return found


def _lone(text: str) -> bool:
    """One clause and nothing else, as captions are."""
    return (
        len(text) <= _SCENE_CHARS
        and not _SEPARATOR.search(text)
        and len(list(sentences(text))) == 1
    )
