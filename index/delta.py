"""Passages that came since the base: few, in memory, searched exactly."""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.embedder import Vectors
from index.engine import Entry

# Of BM25, as the engine of the base has them (Robertson and Zaragoza 2009, section 3.2).
K1, B = 1.2, 0.75
_ROOM = 256
Scored = list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Statistics:
    """What BM25 has to know of the passages elsewhere: how many, words in all, and with a word."""

    passages: int = 0
    length: int = 0
    with_word: dict[str, int] | None = None


class Delta:
    """Vectors and words of some passages, by number. Not thread-safe: the owner locks.

    Removing leaves a hole that is never filled: the owner makes a new one
    before holes matter.
    """

    def __init__(self, dimension: int) -> None:
        self._matrix = np.empty((_ROOM, dimension), dtype=np.float32)
        self._numbers = np.empty(_ROOM, dtype=np.int64)
        self._lengths = np.empty(_ROOM, dtype=np.int32)
        self._alive = np.zeros(_ROOM, dtype=bool)
        self._rows: dict[int, int] = {}
        self._used = 0
        self._rows_with: defaultdict[str, array[int]] = defaultdict(lambda: array("i"))
        self._times: defaultdict[str, array[int]] = defaultdict(lambda: array("i"))

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def used(self) -> int:
        """Rows taken, holes included."""
        return self._used

    def add(self, entries: Iterable[Entry]) -> None:
        """Add passages; one already here is replaced."""
        for entry in entries:
            self.remove([entry.number])
            if self._used == len(self._numbers):
                self._grow()
            row = self._used
            self._matrix[row] = entry.vector
            self._numbers[row] = entry.number
            self._lengths[row] = len(entry.words)
            self._alive[row] = True
            self._rows[entry.number] = row
            self._used += 1
            for word, times in Counter(entry.words).items():
                self._rows_with[word].append(row)
                self._times[word].append(times)

    def remove(self, numbers: Iterable[int]) -> None:
        """Remove passages; numbers that are not here are ignored."""
        for number in numbers:
            row = self._rows.pop(number, None)
            if row is not None:
                self._alive[row] = False

    def nearest(self, vector: Vectors, k: int, among: NDArray[np.int64] | None = None) -> Scored:
        """The ``k`` of greatest inner product as ``(number, product)``, best first."""
        rows = self._open(among)
        if not len(rows):
            return []
        whole = len(rows) == self._used
        matrix = self._matrix[: self._used] if whole else self._matrix[rows]
        return best(self._numbers[rows], matrix @ vector, k)

    def matching(
        self,
        words: Sequence[str],
        k: int,
        elsewhere: Statistics,
        among: NDArray[np.int64] | None = None,
    ) -> Scored:
        """The ``k`` best by BM25 as ``(number, score)``, with the statistics of all passages."""
        scores = np.zeros(self._used, dtype=np.float32)
        total = elsewhere.passages + len(self)
        length = elsewhere.length + int(
            self._lengths[: self._used][self._alive[: self._used]].sum()
        )
        average = max(length / total, 1.0) if total else 1.0
        for word in dict.fromkeys(words):
            if word not in self._rows_with:
                continue
            rows = np.array(self._rows_with[word], dtype=np.int64)
            times = np.array(self._times[word], dtype=np.float32)
            found = int(self._alive[rows].sum()) + (elsewhere.with_word or {}).get(word, 0)
            rarity = math.log(1 + (total - found + 0.5) / (found + 0.5))
            norm = K1 * (1 - B + B * self._lengths[rows] / average)
            scores[rows] += rarity * times * (K1 + 1) / (times + norm)
        rows = self._open(among)
        rows = rows[scores[rows] > 0]
        return best(self._numbers[rows], scores[rows], k)

    def _open(self, among: NDArray[np.int64] | None) -> NDArray[np.int64]:
        rows = np.flatnonzero(self._alive[: self._used])
        if among is None:
            return rows
        return rows[np.isin(self._numbers[rows], among)]

    def _grow(self) -> None:
        for name in ("_matrix", "_numbers", "_lengths", "_alive"):
            old = getattr(self, name)
            new = np.zeros((2 * len(old), *old.shape[1:]), dtype=old.dtype)
            new[: len(old)] = old
            setattr(self, name, new)


def best(
    numbers: NDArray[np.int64], scores: NDArray[np.float32] | NDArray[np.float64], k: int
) -> Scored:
    """The ``k`` of the highest scores, best first, ties by number."""
    if not len(numbers):
        return []
    if k < len(numbers):
        # Everything that ties with the last place may belong there.
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        near = scores >= least
        numbers, scores = numbers[near], scores[near]
    order = np.lexsort((numbers, -scores))[:k]
    return [(int(numbers[at]), float(scores[at])) for at in order]
