"""FAISS against brute force, and publication that never shows a damaged file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.dense import DenseIndex
from index.embedder import Vectors


def unit(count: int, dimension: int = 16, seed: int = 0) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def filled(count: int = 200) -> tuple[DenseIndex, Vectors, np.ndarray]:
    vectors = unit(count)
    ids = np.arange(count, dtype=np.int64) * 3 + 1
    index = DenseIndex(16)
    index.add(ids, vectors)
    return index, vectors, ids


def test_same_as_brute_force() -> None:
    index, vectors, ids = filled()
    for query in unit(20, seed=1):
        expected = ids[np.argsort(-(vectors @ query), kind="stable")[:10]]
        assert [number for number, _ in index.search(query, 10)] == list(expected)


def test_scores_are_cosines() -> None:
    index, vectors, ids = filled()
    (number, score), *_ = index.search(vectors[5], 3)
    assert (number, score) == (ids[5], pytest.approx(1.0, abs=1e-5))


def test_removed_ids_are_gone_and_unknown_ones_ignored() -> None:
    index, vectors, ids = filled()
    index.remove(np.asarray([ids[5], 10**9]))
    assert ids[5] not in [number for number, _ in index.search(vectors[5], 200)]
    assert len(index) == 199


def test_an_empty_index_finds_nothing() -> None:
    assert DenseIndex(16).search(unit(1)[0], 5) == []


def test_round_trip(tmp_path: Path) -> None:
    index, vectors, _ = filled()
    index.publish(tmp_path, 4)
    loaded = DenseIndex.load(tmp_path, 4, 16)
    assert loaded is not None
    assert loaded.search(vectors[7], 5) == index.search(vectors[7], 5)


def test_another_generation_or_dimension_is_not_served(tmp_path: Path) -> None:
    filled()[0].publish(tmp_path, 4)
    assert DenseIndex.load(tmp_path, 5, 16) is None
    assert DenseIndex.load(tmp_path, 4, 32) is None


def test_two_generations_are_kept(tmp_path: Path) -> None:
    index, *_ = filled()
    for generation in (1, 2, 3):
        index.publish(tmp_path, generation)
    assert sorted(f.name for f in tmp_path.glob("*.faiss")) == ["dense-2.faiss", "dense-3.faiss"]


@pytest.mark.parametrize("name", ["dense-4.faiss", "MANIFEST.json"])
@pytest.mark.parametrize("damage", ["flip", "truncate", "remove", "empty"])
def test_every_damage_is_noticed(tmp_path: Path, name: str, damage: str) -> None:
    filled()[0].publish(tmp_path, 4)
    path = tmp_path / name
    data = bytearray(path.read_bytes())
    for at in range(0, len(data), max(1, len(data) // 25)):
        if damage == "flip":
            path.write_bytes(data[:at] + bytes([data[at] ^ 0x20]) + data[at + 1 :])
        elif damage == "truncate":
            path.write_bytes(data[:at])
        elif damage == "empty":
            path.write_bytes(b"")
        else:
            path.unlink(missing_ok=True)
        loaded = DenseIndex.load(tmp_path, 4, 16)
        assert loaded is None or len(loaded) == 200
        if name != "MANIFEST.json":
            assert loaded is None
