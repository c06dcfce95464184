"""Vectors kept in a file between runs: embedding a pool takes minutes, measuring it seconds."""

from __future__ import annotations

import fcntl
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embedder import Embedder, Vectors

# Outside the repository; re-runs find what earlier ones embedded.
DEFAULT_CACHE = Path.home() / ".cache" / "huiwen" / "bench"
_BLOCK = 64
_DIGEST = 16


class VectorCache:
    """An append-only file per embedder: a digest of the text, then its vector (float32).

    What was written before an interruption is kept: a record cut short at the
    end is written anew.
    """

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self._embedder = embedder
        self._record = np.dtype(
            [("digest", f"S{_DIGEST}"), ("vector", np.float32, (embedder.dimension,))]
        )
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / (re.sub(r"[^\w.-]", "-", embedder.fingerprint) + ".vectors")
        self._known: dict[bytes, NDArray[np.float32]] = {}
        if self.path.exists():
            for row in np.fromfile(self.path, dtype=self._record, count=self._whole()):
                self._known[bytes(row["digest"])] = row["vector"]

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, shape ``(len(texts), dimension)``."""
        return self._vectors("query", texts)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, shape ``(len(texts), dimension)``."""
        return self._vectors("passage", texts)

    def _vectors(self, role: str, texts: Sequence[str]) -> Vectors:
        keys = [_digest(role, text) for text in texts]
        fresh = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        # Like lengths together, so that a block is one padded batch or few.
        missing = sorted(fresh, key=lambda key: len(fresh[key]))
        for start in range(0, len(missing), _BLOCK):
            block = missing[start : start + _BLOCK]
            wanted = [fresh[key] for key in block]
            vectors = (
                self._embedder.embed_passages(wanted)
                if role == "passage"
                else [self._embedder.embed_query(text) for text in wanted]
            )
            self._append(block, vectors)
        out = np.empty((len(texts), self._embedder.dimension), dtype=np.float32)
        for at, key in enumerate(keys):
            out[at] = self._known[key]
        return out

    def _append(self, keys: Sequence[bytes], vectors: Sequence[Vectors] | Vectors) -> None:
        rows = np.zeros(len(keys), dtype=self._record)
        for row, key, vector in zip(rows, keys, vectors, strict=True):
            row["digest"], row["vector"] = key, vector
            self._known[key] = np.asarray(vector, dtype=np.float32)
        with self.path.open("ab", buffering=0) as file:
            # Several runs may embed into one file: a block goes in whole or not at all.
            fcntl.flock(file, fcntl.LOCK_EX)
            file.truncate(self._whole() * self._record.itemsize)
            file.write(rows.tobytes())

    def _whole(self) -> int:
        """How many records are in the file, not counting one cut short."""
        size = self.path.stat().st_size if self.path.exists() else 0
        return size // self._record.itemsize


def _digest(role: str, text: str) -> bytes:
    # Hexadecimal, because NumPy drops zero bytes at the end of byte strings.
    return hashlib.sha256(f"{role}\n{text}".encode()).hexdigest()[:_DIGEST].encode()
