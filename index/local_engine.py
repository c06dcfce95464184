"""Search on this machine: a base on disk and what came since in memory."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from huiwen.errors import StoreError
from index.base import Base, merged, write_base
from index.delta import Delta, Statistics
from index.embedder import Vectors
from index.engine import Candidates, Change, Changes, Entry
from index.generation import building, publish, published, withdraw

log = logging.getLogger(__name__)
# An exact scan of so many vectors takes about 2 ms on one core, so no base is built below it.
BASE_ROWS = 10_000
# A base is built anew when what came or went since is this share of it.
_SHARE = 0.2


class LocalEngine:
    """FAISS and tantivy for the bulk, an exact scan for the rest. Safe for threads.

    The bulk is a published generation of files; whatever is not in one that
    is whole, is searched exactly until ``upkeep`` has written it. So a lost,
    damaged or stale file costs time and never an answer.

    Args:
        root: folder of the index files.
        dimension: of the vectors.
        library: names the catalogue's history; files of another are not used.
        present: asks for the catalogue's generation; files ahead of it are
            thrown away: the catalogue was put back to an earlier state, and
            would reach their generation again with another content.
    """

    def __init__(
        self, root: Path, dimension: int, library: str, present: Callable[[], int]
    ) -> None:
        self._root = root
        self._dimension = dimension
        self._library = library
        # Held for moments: searches of the base and builds go on without it.
        self._lock = threading.Lock()
        self._compacting = threading.Lock()
        self._base: Base | None = None
        self._delta = Delta(dimension)
        self._generation = 0
        # How often anything was applied: tells a build that what it read is old.
        self._applied = 0
        self._open(present)

    @property
    def generation(self) -> int:
        return self._generation

    def apply(self, change: Change) -> None:
        """Take a change in; an entry whose number is known replaces it."""
        numbers = [entry.number for entry in change.added]
        with self._lock:
            if self._base is not None:
                self._base = self._base.forget([*change.removed, *numbers])
            self._delta.remove(change.removed)
            self._delta.add(change.added)
            self._generation = change.generation
            self._applied += 1

    def search(
        self, vector: Vectors, words: Sequence[str], k: int, among: Sequence[int] | None = None
    ) -> Candidates:
        chosen = None if among is None else np.unique(np.asarray(among, dtype=np.int64))
        if chosen is not None and not len(chosen):
            return Candidates([], [])
        with self._lock:
            base = self._base
            statistics = base.statistics(words) if base and len(self._delta) else Statistics()
            near = self._delta.nearest(vector, k, chosen)
            matching = self._delta.matching(words, k, statistics, chosen)
        if base is not None:
            near = merged([near, base.nearest(vector, k, chosen)], k)
            matching = merged([matching, base.matching(words, k, chosen)], k)
        return Candidates(near, matching)

    def upkeep(self, changes: Changes) -> None:
        """Build a new base when so much came or went that searches would be faster over it."""
        with self._lock:
            size = len(self._base) if self._base else 0
            dead = len(self._base.dead) if self._base else 0
            changed = self._delta.used + dead
        if changed > max(BASE_ROWS, _SHARE * size):
            self.compact(changes)

    def compact(self, changes: Changes, kind: str = "") -> bool:
        """Write everything into a new base and search that; whether it was done.

        Not done where another thread or process is at it, or there is nothing
        to write.
        """
        if not self._compacting.acquire(blocking=False):
            return False
        try:
            with building(self._root) as alone:
                return alone and self._rebuild(changes, kind)
        except (OSError, RuntimeError, ValueError, MemoryError, StoreError) as error:
            # FAISS and tantivy have no errors of their own for a full disk. The catalogue
            # holds everything and the delta answers: only speed is lost.
            log.warning("index not written: %s", error)
            return False
        finally:
            self._compacting.release()

    def close(self) -> None:
        """Wait for a build under way."""
        with self._compacting:
            pass

    def _rebuild(self, changes: Changes, kind: str) -> bool:
        facts: dict[str, Any] = {"library": self._library, "dimension": self._dimension}

        def everything() -> Iterator[Entry]:
            for change in changes(0):
                facts["generation"] = change.generation
                yield from change.added

        entries = everything()
        first = next(entries, None)
        if first is None:
            return False

        def write(folder: Path) -> None:
            facts.update(write_base(folder, chain([first], entries), self._dimension, kind))

        made = publish(self._root, facts, write)
        self._swap(Base(made.folder, made.facts), int(facts["generation"]), changes)
        return True

    def _swap(self, base: Base, reached: int, changes: Changes) -> None:
        """Search ``base`` and what changed since it was read.

        Where something was applied meanwhile, even a part of a change, it is
        not known to be in what was read here: read on from there.
        """
        delta = Delta(self._dimension)
        while True:
            applied = self._applied
            for change in changes(reached):
                base = base.forget([*change.removed, *(entry.number for entry in change.added)])
                delta.remove(change.removed)
                delta.add(change.added)
                reached = change.generation
            with self._lock:
                if applied == self._applied:
                    self._base, self._delta, self._generation = base, delta, reached
                    return

    def _open(self, present: Callable[[], int]) -> None:
        def ahead(facts: Mapping[str, Any]) -> bool:
            # The catalogue is asked second: another process may be writing both.
            return bool(facts["library"] == self._library and facts["generation"] > present())

        def fits(facts: Mapping[str, Any]) -> bool:
            wanted = self._library, self._dimension
            return (facts["library"], facts["dimension"]) == wanted

        withdraw(self._root, ahead)
        for found in published(self._root, fits):
            try:
                self._base = Base(found.folder, found.facts)
            except (OSError, RuntimeError, ValueError, KeyError) as error:
                log.warning("index %s cannot be read: %s", found.folder, error)
                continue
            self._generation = int(found.facts["generation"])
            return
