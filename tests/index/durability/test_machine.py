"""Whatever is done to a library, in whatever order: it is as a dict would be."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from index import local_engine
from index.library import Library
from ingest.parse import document_id
from tests.index.durability.damage import Injury, files_of
from tests.index.durability.world import check, compact, opened, parsing_here, text_of

FILES = st.sampled_from([f"{letter}.txt" for letter in "abcdefgh"])


class LibraryMachine(RuleBasedStateMachine):
    """Two processes' worth of libraries on one store, and the dict."""

    @initialize(base_rows=st.sampled_from([1, 5, 10_000]))
    def begin(self, base_rows: int) -> None:
        local_engine.BASE_ROWS = base_rows
        self.folder = Path(tempfile.mkdtemp(prefix="huiwen-machine-"))
        self.store = self.folder / "store"
        self.truth: dict[str, int] = {}
        self.version = 0
        self.ours, self.theirs = opened(self.store), opened(self.store)

    @rule(source=FILES, other=st.booleans())
    def add_or_replace(self, source: str, other: bool) -> None:
        self.version += 1
        self._one(other).add(source, text_of(source, self.version))
        self.truth[source] = self.version

    @rule(source=FILES, other=st.booleans())
    def delete(self, source: str, other: bool) -> None:
        if self.truth.pop(source, None):
            self._one(other).delete(document_id(source))

    @rule(other=st.booleans())
    def compact(self, other: bool) -> None:
        compact(self._one(other))

    @rule()
    def reindex(self) -> None:
        self.ours.reindex()

    @rule()
    def reopen(self) -> None:
        self.ours.close()
        self.ours = opened(self.store)

    @rule(which=st.integers(0, 10**6), at=st.integers(0, 10**9), cut=st.booleans())
    def damage_and_reopen(self, which: int, at: int, cut: bool) -> None:
        self._close()
        if files := [p for p in files_of(self.store / "index") if p.stat().st_size]:
            path = files[which % len(files)]
            Injury(path, at % path.stat().st_size, cut).inflict()
        self.ours, self.theirs = opened(self.store), opened(self.store)

    @rule(source=FILES)
    def go_back(self, source: str) -> None:
        """The catalogue is put back to an earlier copy by hand; the index stays ahead."""
        self._close()
        copy = self.folder / "copy.sqlite"
        shutil.copy(self.store / "catalog.sqlite", copy)
        with opened(self.store) as later:
            later.add(source, text_of(source, self.version + 1))
            compact(later)
        shutil.copy(copy, self.store / "catalog.sqlite")
        self.ours, self.theirs = opened(self.store), opened(self.store)

    @invariant()
    def both_have_the_truth(self) -> None:
        for library in (self.ours, self.theirs):
            check(library, [self.truth])

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self._close()
            shutil.rmtree(self.folder)

    def _one(self, other: bool) -> Library:
        return self.theirs if other else self.ours

    def _close(self) -> None:
        self.ours.close()
        self.theirs.close()


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(local_engine, "BASE_ROWS", local_engine.BASE_ROWS)
    with parsing_here():
        yield


LibraryMachine.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.usefixtures("_here")
class TestLibraryMachine(LibraryMachine.TestCase):  # type: ignore[misc, name-defined]
    """As unittest runs it."""
