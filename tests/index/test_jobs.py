"""Queued files are done in the background, survive a crash, and can be called off."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from huiwen.errors import NotFoundError
from huiwen.settings import Settings
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
