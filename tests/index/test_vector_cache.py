"""The cache gives back what it was given or nothing, whatever happens to its file."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index import vector_cache
from index.embedder import Vectors
from index.vector_cache import VectorCache
from tests.conftest import ROOT

MODEL, DIMENSION, LIMIT = "model/8", 8, 2**20


def vectors(count: int, seed: int = 0) -> Vectors:
    found = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def texts(count: int) -> list[str]:
    return [f"段落{number}" for number in range(count)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store" / "vector_cache.sqlite"


def rows(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM vector").fetchone()[0])


def test_what_was_written_is_read_in_another_process_too(path: Path) -> None:
    VectorCache(path, LIMIT).write(MODEL, texts(5), vectors(5))
    found = VectorCache(path, LIMIT).read(MODEL, DIMENSION, [*texts(5), "别的"])
    assert sorted(found) == texts(5)
    assert np.array_equal(np.stack([found[text] for text in texts(5)]), vectors(5))


def test_another_model_has_other_vectors(path: Path) -> None:
    cache = VectorCache(path, LIMIT)
    cache.write(MODEL, texts(2), vectors(2))
    assert cache.read("model/8-int8", DIMENSION, texts(2)) == {}
    assert cache.read(MODEL, DIMENSION + 1, texts(2)) == {}


@pytest.mark.parametrize(
    "value",
    [b"", b"\0" * 32, np.full(8, np.nan, "<f4").tobytes(), np.full(8, np.inf, "<f4").tobytes(),
     np.full(8, 1, "<f4").tobytes(), vectors(1).tobytes()[:-1]],
)  # fmt: skip
def test_what_is_no_vector_is_embedded_again(path: Path, value: bytes) -> None:
    cache = VectorCache(path, LIMIT)
    cache.write(MODEL, texts(2), vectors(2))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE vector SET value = ? WHERE number = 1", (value,))
    assert list(cache.read(MODEL, DIMENSION, texts(2))) == ["段落1"]
    cache.write(MODEL, texts(1), vectors(1))
    assert len(cache.read(MODEL, DIMENSION, texts(2))) == 2


@pytest.mark.parametrize("damage", ["head", "all", "empty", "folder"])
def test_a_damaged_file_costs_only_time(path: Path, damage: str, caplog: Any) -> None:
    VectorCache(path, LIMIT).write(MODEL, texts(200), vectors(200))
    data = path.read_bytes()
    if damage == "head":
        path.write_bytes(b"\xff" * 200 + data[200:])
    elif damage == "all":
        path.write_bytes(bytes(byte ^ 0x5A for byte in data))
    elif damage == "empty":
        path.write_bytes(b"")
    else:
        path.unlink()
        path.mkdir()
    cache = VectorCache(path, LIMIT)
    assert cache.read(MODEL, DIMENSION, texts(3)) == {}
    cache.write(MODEL, texts(3), vectors(3))
    if damage == "folder":
        assert "不影响结果" in caplog.text
    else:
        assert len(cache.read(MODEL, DIMENSION, texts(3))) == 3


def test_every_flipped_byte_gives_the_vector_or_none(path: Path) -> None:
    VectorCache(path, LIMIT).write(MODEL, texts(3), vectors(3))
    whole = path.read_bytes()
    expected = vectors(3)
    for at in range(0, len(whole), 41):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        found = VectorCache(path, LIMIT).read(MODEL, DIMENSION, texts(3))
        for number, text in enumerate(texts(3)):
            if text in found:
                assert found[text] @ expected[number] > 0.99
        for ending in ("", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)


def test_it_stays_within_its_limit_and_keeps_the_newest(path: Path) -> None:
    limit = 64 * 1024
    cache = VectorCache(path, limit)
    everything = texts(3000)
    for start in range(0, 3000, 50):
        cache.write(MODEL, everything[start : start + 50], vectors(50, start))
    assert 100 < rows(path) <= limit // (4 * DIMENSION)
    assert len(cache.read(MODEL, DIMENSION, everything[-50:])) == 50
    assert cache.read(MODEL, DIMENSION, everything[:50]) == {}
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert path.stat().st_size <= 1.5 * limit


def test_what_was_not_taken_up_for_long_goes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = VectorCache(path, LIMIT)
    with monkeypatch.context() as patch:
        patch.setattr(vector_cache.time, "time", lambda: 1000.0)
        cache.write(MODEL, texts(2), vectors(2))
    cache.write(MODEL, ["新的"], vectors(1))
    assert rows(path) == 1


_WRITER = """
import sys
from pathlib import Path
from index.vector_cache import VectorCache
from tests.index.test_vector_cache import LIMIT, MODEL, texts, vectors
cache = VectorCache(Path(sys.argv[1]), LIMIT)
for start in range(0, 400, 8):
    cache.write(MODEL, texts(400)[start : start + 8], vectors(400)[start : start + 8])
"""


def test_several_processes_write_at_once(path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path)], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for writer in writers:
        assert writer.communicate()[1] == ""
        assert writer.returncode == 0
    found = VectorCache(path, LIMIT).read(MODEL, DIMENSION, texts(400))
    assert np.array_equal(np.stack([found[text] for text in texts(400)]), vectors(400))
