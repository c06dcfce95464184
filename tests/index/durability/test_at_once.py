"""Several at once: no read waits for a write, nothing that changes amid a build is lost."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from huiwen.errors import StoreError
from index import local_engine
from index.engine import Change, Entry
from index.library import Library
from index.local_engine import LocalEngine
from ingest.parse import document_id
from tests.fakes import HashEmbedder
from tests.index.durability.world import (
    check,
    compact,
    found,
    numbers_of,
    opened,
    parsing_here,
    settings_of,
    text_of,
    truth_of,
)

D = 4


@pytest.fixture(autouse=True)
def _here() -> Iterator[None]:
    with parsing_here():
        yield


@pytest.fixture
def store(tmp_path: Path) -> Path:
    with opened(tmp_path / "store") as library:
        library.add("a.txt", text_of("a.txt", 1))
        library.add("b.txt", text_of("b.txt", 1))
        compact(library)
        library.add("c.txt", text_of("c.txt", 1))
    return tmp_path / "store"


def test_opening_and_searching_wait_for_no_writer(store: Path) -> None:
    with closing(sqlite3.connect(store / "catalog.sqlite", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("DELETE FROM documents")
        # Whoever wanted to write now would wait 30 seconds and fail.
        with opened(store) as library:
            check(library, [{"a.txt": 1, "b.txt": 1, "c.txt": 1}])
        db.execute("ROLLBACK")


def test_searching_an_empty_library_waits_for_no_writer(tmp_path: Path) -> None:
    with opened(tmp_path / "store") as library:
        path = tmp_path / "store" / "catalog.sqlite"
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            assert library.search("编号", 5) == []
            db.execute("ROLLBACK")


class Held:
    """Something that waits in the middle until it is let go."""

    def __init__(self, act: Callable[..., Any]) -> None:
        self._act = act
        self.reached, self.go_on = threading.Event(), threading.Event()

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.reached.set()
        assert self.go_on.wait(60)
        return self._act(*arguments, **named)


def test_writes_and_searches_go_on_during_a_compaction(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(local_engine.write_base)
    monkeypatch.setattr(local_engine, "write_base", held)
    with opened(store) as library, opened(store) as other:
        thread = threading.Thread(target=compact, args=(library,))
        thread.start()
        assert held.reached.wait(60)
        check(library, [{"a.txt": 1, "b.txt": 1, "c.txt": 1}])
        library.delete(document_id("a.txt"))
        library.add("b.txt", text_of("b.txt", 2))
        other.add("d.txt", text_of("d.txt", 1))
        expected = {"b.txt": 2, "c.txt": 1, "d.txt": 1}
        check(library, [expected])
        check(other, [expected])
        # Another process compacts: the one that came first goes on, the other does not wait.
        engine = other._engine
        assert isinstance(engine, LocalEngine)
        assert not engine.compact(other._changes)
        held.go_on.set()
        thread.join()
        check(library, [expected])
        check(other, [expected])
    with opened(store) as library:
        assert library._engine.generation > 0
        check(library, [expected])


def test_closing_waits_for_a_compaction(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(local_engine.write_base)
    monkeypatch.setattr(local_engine, "write_base", held)
    monkeypatch.setattr(local_engine, "BASE_ROWS", 1)
    library = opened(store)
    library.add("d.txt", text_of("d.txt", 1))
    assert held.reached.wait(60)
    closing_ = threading.Thread(target=library.close)
    closing_.start()
    assert closing_.is_alive()
    held.go_on.set()
    closing_.join()
    with opened(store) as library:
        assert library._engine.generation == library.generation
        check(library, [{"a.txt": 1, "b.txt": 1, "c.txt": 1, "d.txt": 1}])


def entry(number: int) -> Entry:
    return Entry(number, np.eye(D, dtype=np.float32)[number % D], (f"词{number}",))


def test_a_build_that_ends_amid_a_change_loses_none_of_it(tmp_path: Path) -> None:
    """The change is of two parts; the base takes over when one of them has come."""
    engine = LocalEngine(tmp_path, D, "library", lambda: 10)
    engine.apply(Change(1, (), [entry(1)]))
    parts = [Change(1, (), [entry(2)]), Change(2, (), [entry(3)])]
    asked = 0

    def changes(since: int) -> Iterator[Change]:
        nonlocal asked
        asked += 1
        if since == 0:
            yield Change(1, (), [entry(1)])
        elif asked == 2:
            # The catalogue was at generation 1 when it was read; then the first part comes.
            engine.apply(parts[0])
            yield Change(1, (), ())
        else:
            yield from [Change(1, (), [entry(2)]), Change(2, (), [entry(3)])]

    assert engine.compact(changes)
    engine.apply(parts[1])
    hits = engine.search(np.ones(D, dtype=np.float32), [], 10)
    assert sorted(number for number, _ in hits.dense) == [1, 2, 3]


def write_and_delete(store: Path, name: str, rounds: int) -> None:
    with parsing_here(), opened(store) as library:
        for version in range(1, rounds + 1):
            library.add(f"{name}.txt", text_of(f"{name}.txt", version))
            library.add(f"{name}-kept.txt", text_of(f"{name}-kept.txt", version))
            library.delete(document_id(f"{name}.txt"))


def test_threads_and_processes_at_once(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_engine, "BASE_ROWS", 3)
    spawned = multiprocessing.get_context("spawn").Process(
        target=write_and_delete, args=(store, "p", 8)
    )
    spawned.start()
    problems: list[BaseException] = []
    done = threading.Event()

    def safely(act: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                act()
            except BaseException as error:
                problems.append(error)

        return threading.Thread(target=run)

    with opened(store) as library:

        def write(name: str) -> Callable[[], None]:
            def act() -> None:
                for version in range(1, 9):
                    library.add(f"{name}.txt", text_of(f"{name}.txt", version))
                    assert numbers_of(f"{name}.txt", version) <= found(library)
                    library.delete(document_id(f"{name}.txt"))
                    assert not numbers_of(f"{name}.txt", version) & found(library)

            return act

        def read() -> None:
            while not done.is_set():
                # What nobody touches is there at every moment.
                assert numbers_of("a.txt", 1) | numbers_of("c.txt", 1) <= found(library)

        writers = [safely(write(name)) for name in "xy"]
        readers = [safely(read) for _ in range(2)]
        for thread in (*writers, *readers):
            thread.start()
        for thread in writers:
            thread.join()
        spawned.join()
        done.set()
        for thread in readers:
            thread.join()
        assert not problems
        assert spawned.exitcode == 0
        expected = {"a.txt": 1, "b.txt": 1, "c.txt": 1, "p-kept.txt": 8}
        assert truth_of(library) == expected
        check(library, [expected])
    with opened(store) as library:
        check(library, [expected])


def test_reindex_takes_along_what_another_adds_meanwhile(store: Path) -> None:
    class Interrupted(HashEmbedder):
        """Another model, during whose work a file arrives."""

        fingerprint = "another/32"  # type: ignore[assignment]
        arrived = False

        def embed_passages(self, texts: Any, progress: Any = None) -> Any:
            if not self.arrived:
                self.arrived = True
                with opened(store) as other:
                    other.add("late.txt", text_of("late.txt", 1))
            return super().embed_passages(texts, progress)

    embedder = Interrupted(32)
    with Library(settings_of(store), embedder) as library:
        assert library.reindex() == 12
        assert embedder.embedded == 12
        check(library, [{"a.txt": 1, "b.txt": 1, "c.txt": 1, "late.txt": 1}])
    with opened(store) as old, pytest.raises(StoreError, match="reindex"):
        old.add("later.txt", text_of("later.txt", 1))
