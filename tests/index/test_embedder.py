"""Batches, equal texts, recent questions, and going on after a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from huiwen.errors import CancelledError
from huiwen.settings import Settings
from index.embedder import BatchingEmbedder, Vectors, batches
from index.library import Library
from index.vector_cache import VectorCache
from tests.conftest import ROOT

LIMIT = 2**20


class CountingEncoder:
    """A vector for each text, telling of the text; ``asked`` keeps every batch."""

    fingerprint = "counting/8"
    dimension = 8

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def query(self, text: str) -> Vectors:
        self.asked.append([text])
        return self._vector(f"query {text}")

    def passages(self, texts: Sequence[str]) -> Vectors:
        self.asked.append(list(texts))
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> Vectors:
        seed = int.from_bytes(text.encode()[-8:], "big")
        vector = np.random.default_rng(seed).normal(size=self.dimension).astype(np.float32)
        return np.asarray(vector / np.linalg.norm(vector), np.float32)


@hypothesis_settings(deadline=None)
@given(st.lists(st.text(alphabet="会议", max_size=300) | st.just("长" * 9000), max_size=200))
def test_batches_hold_every_text_once_longest_first_and_are_bounded(texts: list[str]) -> None:
    found = list(batches(texts))
    flat = [text for batch in found for text in batch]
    assert sorted(flat) == sorted(texts)
    assert [len(text) for text in flat] == sorted(map(len, texts), reverse=True)
    for batch in found:
        assert len(batch) == 1 or len(batch) * len(batch[0]) <= 8192
        assert 1 <= len(batch) <= 64


def test_equal_texts_are_embedded_once_and_every_place_gets_its_own_vector() -> None:
    encoder = CountingEncoder()
    texts = ["同意", "会议纪要", "同意", "同意", "", "会议纪要"]
    seen: list[tuple[int, int]] = []
    vectors = BatchingEmbedder(encoder).embed_passages(texts, lambda *step: seen.append(step))
    assert sorted(text for batch in encoder.asked for text in batch) == ["", "会议纪要", "同意"]
    assert np.array_equal(vectors, CountingEncoder().passages(texts))
    assert seen[-1] == (len(texts), len(texts))


def test_no_texts_are_no_vectors() -> None:
    assert BatchingEmbedder(CountingEncoder()).embed_passages([]).shape == (0, 8)


def test_a_question_asked_again_is_not_embedded_again() -> None:
    encoder = CountingEncoder()
    embedder = BatchingEmbedder(encoder)
    first = embedder.embed_query("何时")
    first[:] = 0  # what a caller does to its vector is its own business
    again = embedder.embed_query("何时")
    assert np.array_equal(again, CountingEncoder().query("何时"))
    assert len(encoder.asked) == 1
    for number in range(300):
        embedder.embed_query(str(number))
    embedder.embed_query("何时")
    assert encoder.asked[-1] == ["何时"]


def test_threads_share_an_embedder(tmp_path: Path) -> None:
    embedder = BatchingEmbedder(CountingEncoder(), VectorCache(tmp_path / "c", LIMIT))
    texts = [f"段落{number}" * 20 for number in range(300)]
    expected = CountingEncoder().passages(texts)
    failures: list[str] = []

    def work(offset: int) -> None:
        mine = texts[offset:] + texts[:offset]
        found = embedder.embed_passages(mine)
        if not np.array_equal(found, np.roll(expected, -offset, axis=0)):
            failures.append(f"{offset}")

    threads = [threading.Thread(target=work, args=(at * 31,)) for at in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_cancelled_job_goes_on_where_it_was(tmp_path: Path) -> None:
    texts = [f"{number:03}" * 200 for number in range(60)]

    def cancel(done: int, total: int) -> None:
        if done >= 26:
            raise KeyboardInterrupt

    first = CountingEncoder()
    with pytest.raises(KeyboardInterrupt):
        BatchingEmbedder(first, VectorCache(tmp_path / "c", LIMIT)).embed_passages(texts, cancel)
    second = CountingEncoder()
    embedder = BatchingEmbedder(second, VectorCache(tmp_path / "c", LIMIT))
    assert np.array_equal(embedder.embed_passages(texts), CountingEncoder().passages(texts))
    done = {text for batch in first.asked for text in batch}
    left = {text for batch in second.asked for text in batch}
    assert done.isdisjoint(left)
    assert done | left == set(texts)


def test_adding_a_large_file_again_goes_on_where_it_was_called_off(settings: Settings) -> None:
    data = "".join(
        f"第{n}条，" + f"责任单位{n}按期完成。" * 20 + "\n\n" for n in range(90)
    ).encode()

    def call_off(done: int, total: int) -> None:
        if done > total // 2:
            raise CancelledError("停")

    def library(encoder: CountingEncoder) -> Library:
        cache = VectorCache(settings.store / "vector_cache.sqlite", LIMIT)
        return Library(settings, BatchingEmbedder(encoder, cache))

    first, second, third = CountingEncoder(), CountingEncoder(), CountingEncoder()
    with library(first) as opened, pytest.raises(CancelledError):
        opened.add("会议纪要.txt", data, call_off)
    with library(second) as opened:
        opened.add("会议纪要.txt", data)
    done = {text for batch in first.asked for text in batch}
    left = {text for batch in second.asked for text in batch}
    assert done
    assert left
    assert done.isdisjoint(left)
    with library(third) as opened:
        assert opened.reindex() >= len(done | left)
    assert third.asked == []


_JOB = """
import sys, time
from pathlib import Path
from huiwen.errors import CancelledError
from huiwen.settings import Settings
from index.embedder import BatchingEmbedder
from index.library import Library
from index.vector_cache import VectorCache
from tests.index.test_embedder import CountingEncoder, LIMIT

class Slow(CountingEncoder):
    def passages(self, texts):
        for text in texts:
            print(text[:3], flush=True)
        time.sleep(0.05)
        return super().passages(texts)

texts = [f"{number:03}" * 200 for number in range(200)]
BatchingEmbedder(Slow(), VectorCache(Path(sys.argv[1]), LIMIT)).embed_passages(texts)
print("done", flush=True)
"""


def test_a_killed_job_embeds_again_only_the_batch_it_was_at(tmp_path: Path) -> None:
    per_batch = 8192 // 600
    runs: list[list[str]] = []
    for lines in (30, 60, 45, None):
        with subprocess.Popen(
            [sys.executable, "-c", _JOB, str(tmp_path / "cache")],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            said: list[str] = []
            for line in process.stdout:
                said.append(line.strip())
                if lines is not None and len(said) == lines:
                    process.send_signal(signal.SIGKILL)
                    break
            said += [line.strip() for line in process.stdout]
        runs.append(said)
    assert runs[-1].pop() == "done"
    everything = [text for run in runs for text in run]
    assert len(set(everything)) == 200
    repeated = len(everything) - 200
    # Each of the three kills loses at most what was on the way.
    assert repeated <= 3 * per_batch
    assert len(runs[-1]) < 200 - 3 * 2 * per_batch + repeated
