"""The seam behind which passages are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from index.embedder import Vectors


@dataclass(frozen=True, slots=True)
class Entry:
    """What an engine knows of a passage: its number, its vector, shape ``(d,)``, its words."""

    number: int
    vector: Vectors
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What brings an engine to ``generation`` of the catalogue."""

    generation: int
    removed: Sequence[int]
    added: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages found: ``(number, cosine)`` and ``(number, BM25 score)``, both best first."""

    dense: list[tuple[int, float]]
    lexical: list[tuple[int, float]]


# All changes of the catalogue since a generation, in batches, of one moment.
Changes = Callable[[int], Iterator[Change]]


class SearchEngine(Protocol):
    """Finds passages by vector and by words; follows the catalogue, which is the truth."""

    @property
    def generation(self) -> int: ...

    def apply(self, change: Change) -> None: ...

    def search(
        self, vector: Vectors, words: Sequence[str], k: int, among: Sequence[int] | None = None
    ) -> Candidates: ...

    def upkeep(self, changes: Changes) -> None:
        """Do what makes later searches fast, if it is due; ``changes`` gives all since one.

        Called behind every change, in a thread of its own: searches and
        changes go on meanwhile.
        """
        ...

    def close(self) -> None: ...
