"""Nearest vectors: FAISS, of a kind that follows the size."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.delta import Scored, best

# Its own annotations leave out half of what it has.
_faiss: Any = faiss
Matrix = NDArray[np.float16]
Rows = NDArray[np.int64]
_SAMPLE = 50_000
_LISTS_READ = 128
# Bounded so that a search reads a few hundred rows of the exact vectors, whatever the size.
_RESCORED = 3
# Below this many rows (or this share) a scan of just them beats a walk that must avoid the rest.
_SCANNED_ROWS, _SCANNED_SHARE = 4000, 0.02


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to index: how to make it (dimension, rows) and how to search it (k, selector)."""

    make: Callable[[int, int], Any]
    parameters: Callable[[int, dict[str, Any]], Any]


def _graph(dimension: int, _count: int) -> Any:
    # 32 links and 8 bits a component: docs/bench_search.md has the other choices.
    index = _faiss.IndexHNSWSQ(
        dimension, _faiss.ScalarQuantizer.QT_8bit, 32, _faiss.METRIC_INNER_PRODUCT
    )
    index.hnsw.efConstruction = 80
    return index


def _codes(dimension: int, count: int) -> Any:
    lists = max(1, min(int(4 * math.sqrt(count)), count // 40))
    index = _faiss.index_factory(
        dimension, f"IVF{lists},PQ{dimension // 8}", _faiss.METRIC_INNER_PRODUCT
    )
    index.nprobe = max(1, lists // 8)
    return index


def _graph_walk(k: int, selector: dict[str, Any]) -> Any:
    return _faiss.SearchParametersHNSW(efSearch=max(512, 2 * k), **selector)


def _lists_read(_k: int, selector: dict[str, Any]) -> Any:
    return _faiss.SearchParametersIVF(nprobe=_LISTS_READ, **selector)


KINDS = {"hnsw": Kind(_graph, _graph_walk), "ivfpq": Kind(_codes, _lists_read)}
# A graph of more passages than this wants more memory than a small server has: 0.65 kB each.
_GRAPH_ROWS = 2_000_000


def kind_for(count: int) -> str:
    return "hnsw" if count <= _GRAPH_ROWS else "ivfpq"


def write_nearest(matrix: Matrix, kind: str, path: Path) -> None:
    """Index the rows of ``matrix``, shape ``(n, d)``, and write the index to ``path``."""
    count, dimension = matrix.shape
    index = KINDS[kind].make(dimension, count)
    pick = np.random.default_rng(0).permutation(count)[:_SAMPLE]
    index.train(matrix[np.sort(pick)].astype(np.float32))
    for start in range(0, count, _SAMPLE):
        index.add(matrix[start : start + _SAMPLE].astype(np.float32))
    _faiss.write_index(index, str(path))


class Nearest:
    """Search over rows of a matrix that stays on disk. Safe for threads.

    The index proposes, from coded vectors; the exact half-precision vectors
    decide the order.
    """

    def __init__(self, path: Path, kind: str, matrix: Matrix) -> None:
        self._index: Any = _faiss.read_index(str(path))
        self._kind = KINDS[kind]
        self._matrix = matrix

    def search(self, vector: NDArray[np.float32], k: int, rows: NDArray[np.bool_] | None) -> Scored:
        """The ``k`` nearest of the rows marked (all if None) as ``(row, product)``, best first."""
        count = len(self._matrix)
        if rows is not None:
            marked = int(np.count_nonzero(rows))
            if marked <= max(_SCANNED_ROWS, _SCANNED_SHARE * count):
                return self._exact(np.flatnonzero(rows), vector, k)
        wanted = min(_RESCORED * k, count)
        selector: dict[str, Any] = {}
        if rows is not None:
            selector["sel"] = _faiss.IDSelectorBitmap(np.packbits(rows, bitorder="little"))
        parameters = self._kind.parameters(wanted, selector)
        _, found = self._index.search(vector.reshape(1, -1), wanted, params=parameters)
        return self._exact(np.sort(found[0][found[0] >= 0]), vector, k)

    def _exact(self, rows: Rows, vector: NDArray[np.float32], k: int) -> Scored:
        return best(rows, self._matrix[rows].astype(np.float32) @ vector, k)
