"""The bulk of an index: written once, read from disk, never changed."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from index.delta import Scored, Statistics
from index.embedder import Vectors
from index.engine import Entry
from index.lexical import Lexical, write_lexical
from index.nearest import Matrix, Nearest, kind_for, write_nearest

# Up to this share of passages that a filter leaves out are skipped among the hits.
_SKIPPED_SHARE = 0.2
_VECTORS, _NUMBERS, _NEAREST, _WORDS = "vectors.f16", "numbers.npy", "nearest.faiss", "words"


def write_base(
    folder: Path, entries: Iterable[Entry], dimension: int, kind: str = ""
) -> dict[str, Any]:
    """Write entries, one at least, into ``folder``; returns the facts that ``Base`` wants back.

    Memory stays at one entry and the FAISS index: vectors and words go to
    disk as they come.
    """
    numbers = array("q")
    length = 0

    def passing(vectors: BinaryIO) -> Iterator[tuple[int, Sequence[str]]]:
        nonlocal length
        for entry in entries:
            vectors.write(entry.vector.astype(np.float16).tobytes())
            numbers.append(entry.number)
            length += len(entry.words)
            yield entry.number, entry.words

    with (folder / _VECTORS).open("wb") as vectors:
        write_lexical(passing(vectors), folder / _WORDS)
    np.save(folder / _NUMBERS, np.array(numbers, dtype=np.int64))
    kind = kind or kind_for(len(numbers))
    write_nearest(_matrix(folder, len(numbers), dimension), kind, folder / _NEAREST)
    return {"kind": kind, "length": length}


def _matrix(folder: Path, count: int, dimension: int) -> Matrix:
    return np.memmap(folder / _VECTORS, dtype=np.float16, mode="r", shape=(count, dimension))


class Base:
    """Search over what ``write_base`` wrote, but for those that died since. Safe for threads.

    ``forget`` makes a new one that shares everything but the dead, so that a
    search under way goes on undisturbed.
    """

    def __init__(self, folder: Path, facts: Mapping[str, Any]) -> None:
        self._numbers: NDArray[np.int64] = np.load(folder / _NUMBERS)
        # Vectors come in whatever order the catalogue gave: by number here.
        self._order = np.argsort(self._numbers, kind="stable")
        self._sorted = self._numbers[self._order]
        matrix = _matrix(folder, len(self._numbers), int(facts["dimension"]))
        self._nearest = Nearest(folder / _NEAREST, str(facts["kind"]), matrix)
        self._lexical = Lexical(folder / _WORDS)
        self._length = int(facts["length"])
        self.dead: frozenset[int] = frozenset()
        self._alive: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self._numbers)

    def forget(self, numbers: Iterable[int]) -> Base:
        """This base without the passages of these numbers; those it has not are ignored."""
        rows = self._rows(np.fromiter(numbers, dtype=np.int64))
        if not len(rows):
            return self
        other = Base.__new__(Base)
        other.__dict__.update(self.__dict__)
        other.dead = self.dead | {int(n) for n in self._numbers[rows]}
        alive = np.ones(len(self), dtype=bool) if self._alive is None else self._alive.copy()
        alive[rows] = False
        other._alive = alive
        return other

    def nearest(self, vector: Vectors, k: int, among: NDArray[np.int64] | None) -> Scored:
        """The ``k`` of greatest inner product as ``(number, product)``, best first."""
        rows = self._alive
        if among is not None:
            rows = np.zeros(len(self), dtype=bool)
            rows[self._rows(among)] = True
            if self._alive is not None:
                rows &= self._alive
        found = self._nearest.search(vector, k, rows)
        return [(int(self._numbers[row]), score) for row, score in found]

    def matching(self, words: Sequence[str], k: int, among: NDArray[np.int64] | None) -> Scored:
        """The ``k`` best by BM25 as ``(number, score)``, best first."""
        if among is not None and 2 * len(among) > len(self):
            # Nearly all of them: those left out are soon skipped, so many are slow to name.
            out = np.setdiff1d(self._sorted, among, assume_unique=True)
            if len(out) <= _SKIPPED_SHARE * len(self):
                return self._lexical.search(words, k, None, self.dead | set(out.tolist()))
        return self._lexical.search(words, k, among, self.dead)

    def statistics(self, words: Sequence[str]) -> Statistics:
        with_word = {word: self._lexical.with_word(word) for word in words}
        return Statistics(len(self), self._length, with_word)

    def _rows(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        at = np.searchsorted(self._sorted, numbers).clip(max=len(self._sorted) - 1)
        rows: NDArray[np.int64] = self._order[at[self._sorted[at] == numbers]]
        return rows


def merged(lists: Sequence[Scored], k: int) -> Scored:
    """The ``k`` best of several scored lists, best first, ties by number."""
    return sorted(chain.from_iterable(lists), key=lambda hit: (-hit[1], hit[0]))[:k]
