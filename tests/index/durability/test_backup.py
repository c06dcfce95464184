"""A backup is whole or none, made while others write; restored, it is the library."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from huiwen.errors import ConfigError, InputError, StoreError
from index.backup import CATALOG, JOBS, MANIFEST, back_up, restore
from index.jobs import Jobs
from ingest.parse import document_id
from tests.index.durability.damage import Injury
from tests.index.durability.world import (
    check,
    compact,
    opened,
    parsing_here,
    settings_of,
    text_of,
    truth_of,
)


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
    return tmp_path / "store"


def test_what_was_backed_up_comes_back(store: Path, tmp_path: Path) -> None:
    made = back_up(settings_of(store), tmp_path / "copy")
    assert (made.documents, made.passages) == (2, 6)
    restore(settings_of(tmp_path / "new"), made.folder)
    with opened(tmp_path / "new") as library:
        check(library, [{"a.txt": 1, "b.txt": 1}])


def test_into_a_folder_that_is_there_goes_a_dated_one(store: Path, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    made = back_up(settings_of(store), tmp_path / "backups")
    assert [made.folder] == list((tmp_path / "backups").iterdir())
    with pytest.raises(InputError, match="已经存在"):
        back_up(settings_of(store), made.folder / MANIFEST)


def test_a_restored_library_does_not_use_the_index_of_the_one_it_replaces(
    store: Path, tmp_path: Path
) -> None:
    made = back_up(settings_of(store), tmp_path / "copy")
    with opened(store) as library:
        library.delete(document_id("a.txt"))
        library.add("c.txt", text_of("c.txt", 1))
        compact(library)
    with pytest.raises(StoreError, match="--force"):
        restore(settings_of(store), made.folder)
    restore(settings_of(store), made.folder, force=True)
    with opened(store) as library:
        assert library._engine.generation == 0
        # The same generation as the index on disk, of another history.
        library.add("d.txt", text_of("d.txt", 1))
        library.add("e.txt", text_of("e.txt", 1))
    with opened(store) as library:
        check(library, [{"a.txt": 1, "b.txt": 1, "d.txt": 1, "e.txt": 1}])
    assert (store / "catalog.before-restore.sqlite").exists()


def test_a_library_in_use_is_not_replaced(store: Path, tmp_path: Path) -> None:
    made = back_up(settings_of(store), tmp_path / "copy")
    with opened(store) as library:
        with pytest.raises(StoreError, match="正被使用"):
            restore(settings_of(store), made.folder, force=True)
        check(library, [{"a.txt": 1, "b.txt": 1}])


def test_a_damaged_library_is_replaced(store: Path, tmp_path: Path) -> None:
    made = back_up(settings_of(store), tmp_path / "copy")
    (store / CATALOG).write_bytes(b"damaged" * 1000)
    (store / f"{CATALOG}-wal").write_bytes(b"left over" * 1000)
    restore(settings_of(store), made.folder, force=True)
    with opened(store) as library:
        check(library, [{"a.txt": 1, "b.txt": 1}])


def test_made_while_another_writes(store: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        with opened(store) as library:
            version = 1
            while not stop.is_set():
                version += 1
                library.add("b.txt", text_of("b.txt", version))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [back_up(settings_of(store), tmp_path / f"copy{at}") for at in range(5)]
    finally:
        stop.set()
        writer.join()
    for at, backup in enumerate(made):
        restore(settings_of(tmp_path / f"new{at}"), backup.folder)
        with opened(tmp_path / f"new{at}") as library:
            there = truth_of(library)
            assert there.keys() == {"a.txt", "b.txt"}
            check(library, [there])


def test_it_is_made_while_a_write_is_open(store: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(store / CATALOG, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("DELETE FROM documents")
        assert back_up(settings_of(store), tmp_path / "copy").documents == 2
        db.execute("ROLLBACK")


def test_files_waiting_are_backed_up(store: Path, tmp_path: Path) -> None:
    with opened(store) as library, Jobs(library, settings_of(store)) as jobs:
        job = jobs.submit("c.txt", text_of("c.txt", 1))
        while not jobs.get(job.id).over:
            pass
        made = back_up(settings_of(store), tmp_path / "copy")
    restore(settings_of(tmp_path / "new"), made.folder)
    with opened(tmp_path / "new") as library, Jobs(library, settings_of(tmp_path / "new")) as jobs:
        assert [each.id for each in jobs.all()] == [job.id]


@pytest.mark.parametrize("name", [CATALOG, JOBS, MANIFEST])
def test_a_damaged_backup_is_refused(store: Path, tmp_path: Path, name: str) -> None:
    with opened(store) as library, Jobs(library, settings_of(store)):
        made = back_up(settings_of(store), tmp_path / "copy")
    path = made.folder / name
    whole = path.read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 40)):
        for cut in (False, True):
            Injury(path, at, cut, mask=0x80).inflict()
            with pytest.raises(InputError, match="备份"):
                restore(settings_of(tmp_path / "new"), made.folder)
            path.write_bytes(whole)
    assert not (tmp_path / "new").exists()


def test_a_damaged_library_is_not_backed_up(store: Path, tmp_path: Path) -> None:
    size = (store / CATALOG).stat().st_size
    data = bytearray((store / CATALOG).read_bytes())
    data[size // 2 :] = b"\xa5" * (size - size // 2)
    (store / CATALOG).write_bytes(data)
    with pytest.raises(StoreError, match="备份"):
        back_up(settings_of(store), tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_nothing_to_back_up_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="store"):
        back_up(settings_of(tmp_path / "none"), tmp_path / "copy")


def test_postgresql_has_its_own_tools(store: Path, tmp_path: Path) -> None:
    elsewhere = settings_of(store).model_copy(update={"catalog_url": "postgresql:///huiwen"})
    with pytest.raises(ConfigError, match="pg_dump"):
        back_up(elsewhere, tmp_path / "copy")
    with pytest.raises(ConfigError, match="pg_restore"):
        restore(elsewhere, tmp_path / "copy")
