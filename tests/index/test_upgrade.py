"""Stores of every released format open in the present program, with all that is in them."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from huiwen.errors import StoreError
from huiwen.settings import Settings
from huiwen.types import Filters
from index.backup import back_up, restore
from index.catalog import SCHEMA_VERSION
from index.doctor import Level, examine
from index.embedder import Progress, Vectors
from index.jobs import Jobs, JobState
from index.library import Change, Library
from tests.data.make_store import MINUTES, NAMES, STORES
from tests.fakes import HashEmbedder
from tests.index.test_jobs import finished

RELEASED = sorted(path.name for path in STORES.iterdir())
OFFICE = frozenset({"办公室"})


@pytest.fixture(params=RELEASED)
def released(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def old(released: str, settings: Settings) -> Settings:
    """Settings of a store as a released version left it."""
    settings.store.mkdir(parents=True)
    for name in NAMES:
        with closing(sqlite3.connect(settings.store / name)) as db:
            db.executescript((STORES / released / f"{name}.sql").read_text("utf-8"))
    return settings


def test_the_present_format_is_among_them() -> None:
    assert SCHEMA_VERSION in RELEASED, "python -m tests.data.make_store"


def test_all_that_was_in_it_is_found(old: Settings) -> None:
    with Library(old, HashEmbedder()) as library:
        assert {info.name for info in library.documents()} == {"纪要.txt", "通知.txt"}
        best = library.search("今年改造管网多少公里", 1)[0].passage
        assert "120公里" in best.text
        assert best.decision
        assert best.item.startswith("二、研究管网改造")
        assert best.date == "2024-03-18"
        narrowed = library.search("办法", 5, Filters(item="河道管理", decisions=True))
        assert narrowed
        assert all("河道管理" in hit.passage.item for hit in narrowed)
        for info in library.documents():
            document = library.document(info.id)
            for paragraph in document.paragraphs:
                spans = (document.text[span.start : span.end] for span in paragraph.spans)
                assert "".join(spans) == paragraph.text


def test_it_goes_on_to_be_written(old: Settings) -> None:
    with Library(old, HashEmbedder()) as library, Jobs(library, old) as jobs:
        changed = MINUTES.replace("120公里", "130公里").encode()
        assert library.add("上传/纪要.txt", changed).change is Change.REPLACED
        assert (
            library.add("上传/新.txt", "新的会议\n\n会议议定修桥。\n".encode()).change
            is Change.ADDED
        )
        assert "130公里" in library.search("今年改造管网多少公里", 1)[0].passage.text
        notice = next(info for info in library.documents() if info.name == "通知.txt")
        library.delete(notice.id)
        assert not any("凤鸣岭" in hit.passage.text for hit in library.search("凤鸣岭植树", 9))
        jobs.submit("上传/再.txt", "再开的会议\n\n会议议定铺路。\n".encode())


def test_its_queue_is_worked_off_and_its_documents_can_be_given_to_groups(old: Settings) -> None:
    waiting = "INSERT INTO jobs (id, source, state, created_at, data) VALUES (?, ?, ?, ?, ?)"
    file = "乙会议\n\n会议决定修堤。\n".encode()
    with closing(sqlite3.connect(old.store / "jobs.sqlite")) as db, db:
        db.execute(waiting, ("0123456789abcdef", "上传/乙.txt", "queued", "2026-11-25", file))
    with Library(old, HashEmbedder()) as library, Jobs(library, old) as jobs:
        assert finished(jobs, "0123456789abcdef").state is JobState.DONE
        (broken,) = (job.id for job in jobs.all() if job.name == "坏.txt")
        assert "RTF" in finished(jobs, broken).problem
        documents = library.documents(frozenset())
        assert [info.name for info in documents] == ["乙.txt", "纪要.txt", "通知.txt"]
        assert all(info.groups == () for info in documents)
        library.set_groups(documents[1].id, OFFICE)
    with Library(old, HashEmbedder()) as library, Jobs(library, old) as jobs:
        assert library.documents()[1].groups == tuple(OFFICE)
        for groups, seen in ((OFFICE, True), (frozenset({"财务"}), False)):
            hits = library.search("今年改造管网多少公里", 9, Filters(groups=groups))
            assert any("120公里" in hit.passage.text for hit in hits) is seen
        assert len(jobs.all()) == 2


def test_its_backup_is_restored(old: Settings, released: str, tmp_path: Path) -> None:
    made = back_up(old, tmp_path / "backup")
    path = made.folder / "backup.json"
    manifest = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**manifest, "schema": released}), "utf-8")  # as it wrote it
    chosen = Settings(store=tmp_path / "fresh")
    restore(chosen, made.folder)
    with Library(chosen, HashEmbedder()) as library:
        assert len(library.documents(frozenset())) == 2


def test_the_doctor_finds_nothing_wrong_in_it(old: Settings) -> None:
    with Library(old, HashEmbedder()):
        pass
    wrong = [f for f in examine(old, HashEmbedder) if f.level is Level.WRONG]
    # Models are of the machine, not of the store.
    assert [f for f in wrong if "模型" not in f.subject] == []


def test_a_store_of_a_later_program_is_refused_and_left_as_it_is(old: Settings) -> None:
    path = old.store / "catalog.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
        db.commit()
        before = list(db.iterdump())
    with pytest.raises(StoreError, match="99"):
        Library(old, HashEmbedder())
    with closing(sqlite3.connect(path)) as db:
        assert list(db.iterdump()) == before


class SlowEmbedder(HashEmbedder):
    """Embeds when told to go on; ``other`` makes it another model than the one before."""

    def __init__(self, *, other: bool) -> None:
        super().__init__()
        self._other = other
        self.begun, self.go_on = threading.Event(), threading.Event()

    @property
    def fingerprint(self) -> str:
        return "hash/other" if self._other else super().fingerprint

    def embed_passages(self, texts: list[str], progress: Progress | None = None) -> Vectors:  # type: ignore[override]
        self.begun.set()
        assert self.go_on.wait(60)
        return super().embed_passages(texts, progress)


@pytest.fixture
def serving(old: Settings) -> Iterator[Library]:
    with Library(old, HashEmbedder()) as library:
        yield library


@pytest.mark.parametrize("other", [False, True])
def test_questions_are_answered_while_another_process_reindexes(
    serving: Library, old: Settings, other: bool
) -> None:
    def found() -> bool:
        return "120公里" in serving.search("今年改造管网多少公里", 1)[0].passage.text

    slow = SlowEmbedder(other=other)
    with Library(old, slow) as second:
        reindexing = threading.Thread(target=second.reindex)
        reindexing.start()
        assert slow.begun.wait(60)
        assert all(found() for _ in range(20))
        # Nor does it keep documents from being added, which it takes along.
        serving.add("上传/新.txt", "新的会议\n\n会议议定修桥三座。\n".encode())
        assert "修桥" in serving.search("修桥几座", 1)[0].passage.text
        slow.go_on.set()
        while reindexing.is_alive():
            try:
                assert found()
            except StoreError:
                assert other
        reindexing.join()
        assert "修桥" in second.search("修桥几座", 1)[0].passage.text
    if other:
        # The vectors are another model's now: restarting with it is all that is left to do.
        with pytest.raises(StoreError, match="reindex"):
            serving.search("修桥", 1)
    else:
        assert found()
