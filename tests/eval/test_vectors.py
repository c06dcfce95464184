"""Vectors are embedded once, also over an interruption."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from eval.vectors import VectorCache
from tests.fakes import HashEmbedder


def test_each_text_is_embedded_once(tmp_path: Path) -> None:
    embedder = HashEmbedder()
    first = VectorCache(tmp_path, embedder).passages(["甲乙", "丙丁", "甲乙"])
    assert embedder.embedded == 2
    again = VectorCache(tmp_path, embedder).passages(["丙丁", "甲乙"])
    assert embedder.embedded == 2
    assert np.array_equal(again, first[[1, 0]])


def test_questions_are_kept_apart_from_passages(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, HashEmbedder())
    cache.queries(["甲乙"])
    assert len(cache.passages(["甲乙"])) == 1
    assert cache.path.stat().st_size % 2 == 0


def test_a_record_cut_short_is_written_anew(tmp_path: Path) -> None:
    embedder = HashEmbedder()
    cache = VectorCache(tmp_path, embedder)
    whole = cache.passages(["甲乙", "丙丁"])
    data = cache.path.read_bytes()
    cache.path.write_bytes(data[:-7])
    again = VectorCache(tmp_path, embedder).passages(["甲乙", "丙丁"])
    assert np.array_equal(again, whole)
    assert embedder.embedded == 3
    assert cache.path.read_bytes() == data


def test_another_model_has_a_file_of_its_own(tmp_path: Path) -> None:
    one = VectorCache(tmp_path, HashEmbedder(32)).path
    assert one != VectorCache(tmp_path, HashEmbedder(64)).path
