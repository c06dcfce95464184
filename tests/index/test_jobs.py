"""Queued files are done in the background, survive a crash, and can be called off."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import threading
import time
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from huiwen.errors import BusyError, NotFoundError, StoreError
from huiwen.settings import Settings
from index import jobs as jobs_module
from index.embedder import Progress, Vectors
from index.jobs import Job, Jobs, JobState
from index.library import Library
from tests.fakes import HashEmbedder

TEXT = "甲市会议\n\n甲市完成管网改造120公里，总投资3.5亿元。\n".encode()


class GatedEmbedder(HashEmbedder):
    """Embeds nothing until the gate is opened; ``reached`` tells that it waits."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.reached = threading.Event(), threading.Event()

    def embed_passages(self, texts: list[str], progress: Progress | None = None) -> Vectors:  # type: ignore[override]
        self.reached.set()
        while not self.gate.wait(0.02):
            if progress:
                progress(0, len(texts))
        return super().embed_passages(texts, progress)


def finished(jobs: Jobs, identity: str) -> Job:
    deadline = time.monotonic() + 30
    while not (job := jobs.get(identity)).over:
        assert time.monotonic() < deadline, job
        time.sleep(0.02)
    return job


def test_a_queued_file_is_taken_in(settings: Settings) -> None:
    with Library(settings, HashEmbedder()) as library, Jobs(library, settings) as jobs:
        job = finished(jobs, jobs.submit("upload/a.txt", TEXT).id)
        assert (job.state, job.change, job.name) == (JobState.DONE, "added", "a.txt")
        assert library.info(job.document_id).name == "a.txt"
        assert (job.done, job.total) == (1, 1)
        assert [known.id for known in jobs.all()] == [job.id]


def test_a_bad_file_fails_with_its_reason(settings: Settings) -> None:
    with Library(settings, HashEmbedder()) as library, Jobs(library, settings) as jobs:
        job = finished(jobs, jobs.submit("upload/坏.txt", b"{\\rtf1}").id)
        assert job.state is JobState.FAILED
        assert "坏.txt" in job.problem
        assert not library.documents()


def test_an_unknown_job(settings: Settings) -> None:
    with Library(settings, HashEmbedder()) as library, Jobs(library, settings) as jobs:
        for call in (jobs.get, jobs.cancel):
            with pytest.raises(NotFoundError, match="abc"):
                call("abc")


def test_running_and_waiting_jobs_can_be_called_off(settings: Settings) -> None:
    embedder = GatedEmbedder()
    one = settings.model_copy(update={"parse_workers": 1})
    with Library(one, embedder) as library, Jobs(library, one) as jobs:
        running, waiting = jobs.submit("a.txt", TEXT).id, jobs.submit("b.txt", TEXT).id
        assert embedder.reached.wait(30)
        assert jobs.cancel(waiting).state is JobState.CANCELLED
        jobs.cancel(running)
        assert finished(jobs, running).state is JobState.CANCELLED
        assert not library.documents()
        embedder.gate.set()
        after = jobs.submit("c.txt", TEXT)
        assert finished(jobs, after.id).state is JobState.DONE
        assert jobs.cancel(after.id).state is JobState.DONE


def test_closing_leaves_unfinished_jobs_for_the_next_start(settings: Settings) -> None:
    embedder = GatedEmbedder()
    with Library(settings, embedder) as library, Jobs(library, settings) as jobs:
        identity = jobs.submit("a.txt", TEXT).id
        assert embedder.reached.wait(30)
    with Library(settings, HashEmbedder()) as library, Jobs(library, settings) as jobs:
        assert finished(jobs, identity).state is JobState.DONE


def _submit_and_hang(store: Path) -> None:
    settings = Settings(store=store)
    library = Library(settings, GatedEmbedder())
    jobs = Jobs(library, settings)
    identity = jobs.submit("upload/a.txt", TEXT).id
    (store / "accepted").write_text(identity)
    time.sleep(60)


def test_what_was_accepted_survives_a_kill(settings: Settings) -> None:
    process = multiprocessing.get_context("spawn").Process(
        target=_submit_and_hang, args=(settings.store,)
    )
    process.start()
    accepted = settings.store / "accepted"
    while not (accepted.exists() and accepted.read_text()):
        assert process.is_alive()
        time.sleep(0.02)
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with Library(settings, HashEmbedder()) as library, Jobs(library, settings) as jobs:
        assert finished(jobs, accepted.read_text()).state is JobState.DONE
        assert [info.name for info in library.documents()] == ["a.txt"]


def test_on_a_full_disk_a_file_is_refused_and_later_taken(settings: Settings) -> None:
    with Library(settings, HashEmbedder()) as library, Jobs(library, settings) as jobs:
        pages = jobs._db.execute("PRAGMA page_count").fetchone()[0]
        jobs._db.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreError, match="磁盘空间"):
            jobs.submit("upload/a.txt", b"x" * 100_000)
        assert jobs.all() == []
        jobs._db.execute("PRAGMA max_page_count = 1000000")
        assert finished(jobs, jobs.submit("upload/a.txt", TEXT).id).state is JobState.DONE


def test_what_became_of_a_job_is_written_when_there_is_room_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_module, "_RETRY_S", 0.01)
    refusals = iter(range(3))
    written = Jobs._written

    def full(self: Jobs) -> AbstractContextManager[sqlite3.Connection]:
        if next(refusals, None) is not None:
            raise sqlite3.OperationalError("database or disk is full")
        return written(self)

    monkeypatch.setattr(Jobs, "_written", full)
    with Library(settings, HashEmbedder()) as library, Jobs(library, settings) as jobs:
        job = finished(jobs, jobs.submit("upload/a.txt", TEXT).id)
        assert job.state is JobState.DONE
        assert next(refusals, None) is None
        assert [info.name for info in library.documents()] == ["a.txt"]


def test_a_full_queue_takes_no_more_until_some_is_done(settings: Settings) -> None:
    embedder = GatedEmbedder()
    few = settings.model_copy(update={"jobs_waiting": 2, "parse_workers": 1})
    with Library(few, embedder) as library, Jobs(library, few) as jobs:
        jobs.submit("upload/a.txt", TEXT)
        assert embedder.reached.wait(30)
        waiting = [jobs.submit(f"upload/{name}.txt", TEXT).id for name in "bc"]
        with pytest.raises(BusyError, match="jobs_waiting") as error:
            jobs.submit("upload/d.txt", TEXT)
        assert error.value.retry_after_s > 0
        jobs.cancel(waiting[0])
        last = jobs.submit("upload/d.txt", TEXT).id
        embedder.gate.set()
        assert finished(jobs, last).state is JobState.DONE


def test_a_damaged_queue_is_said(settings: Settings) -> None:
    with Library(settings, HashEmbedder()) as library:
        (settings.store / "jobs.sqlite").write_bytes(b"no database" * 1000)
        with pytest.raises(StoreError, match=r"jobs\.sqlite.*移走"):
            Jobs(library, settings)
