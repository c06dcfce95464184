"""Vectors already paid for, on disk: an embedding job cut off goes on where it was."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

log = logging.getLogger(__name__)
Vectors = NDArray[np.float32]
_SCHEMA = """
CREATE TABLE IF NOT EXISTS vector (
    number INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    made_at REAL NOT NULL,
    value BLOB NOT NULL
) STRICT;
"""
_BUSY_S = 30.0
# A finished job's vectors are in the catalogue; those of one not taken up again
# for so long, or of texts since deleted, need not stay.
_KEPT_S = 7 * 86400.0
_OVERHEAD_BYTES = 120  # of a row beside its vector, measured: key, its index, page slack
_UNIT = 1e-3
# The schema is text in the file: damaged, it may not be UTF-8, which is no sqlite3.Error,
# or name another table, which is a plain SQLITE_ERROR.
_FAILURES = (sqlite3.Error, OSError, UnicodeDecodeError)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


class VectorCache:
    """Vectors by model fingerprint and SHA-256 of the text.

    Safe for threads and for several processes. It is never needed for a right
    answer: what cannot be read is embedded again, what cannot be written is
    not kept, and a damaged file is thrown away, with a warning each.
    """

    def __init__(self, path: Path, limit: int) -> None:
        """``limit`` is in bytes; beyond it the oldest go."""
        self._path = path
        self._limit = limit
        self._lock = threading.Lock()
        self._ready = False

    def read(self, fingerprint: str, dimension: int, texts: Sequence[str]) -> dict[str, Vectors]:
        """Vectors of those of the texts that are here, each ``(dimension,)``, unit length."""
        wanted = {_key(fingerprint, text): text for text in texts}
        marks = ",".join("?" * len(wanted))
        query = f"SELECT key, value FROM vector WHERE key IN ({marks})"  # noqa: S608 - marks only
        found: dict[str, Vectors] = {}
        try:
            with self._lock, closing(self._connect()) as connection:
                for key, value in connection.execute(query, list(wanted)):
                    vector = _vector(value, dimension)
                    if vector is not None:
                        found[wanted[key]] = vector
        except _FAILURES as error:
            self._give_up(error)
            return {}
        return found

    def write(self, fingerprint: str, texts: Sequence[str], vectors: Vectors) -> None:
        """Keep ``vectors[i]`` for ``texts[i]``; on disk once this returns, if anything is."""
        now = time.time()
        rows = [
            (_key(fingerprint, text), now, np.asarray(vector, "<f4").tobytes())
            for text, vector in zip(texts, vectors, strict=True)
        ]
        most = self._limit // (vectors.shape[1] * 4 + _OVERHEAD_BYTES)
        try:
            with self._lock, closing(self._connect()) as connection, connection:
                connection.execute("BEGIN IMMEDIATE")
                # A row that could not be read, of whatever cause, is replaced.
                connection.executemany(
                    "INSERT OR REPLACE INTO vector (key, made_at, value) VALUES (?, ?, ?)", rows
                )
                connection.execute("DELETE FROM vector WHERE made_at < ?", (now - _KEPT_S,))
                connection.execute(
                    "DELETE FROM vector WHERE number <= (SELECT max(number) FROM vector) - ?",
                    (most,),
                )
        except _FAILURES as error:
            self._give_up(error)

    def _connect(self) -> sqlite3.Connection:
        if not self._ready:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None)
        try:
            # In WAL, NORMAL loses at most the last commits to a power cut, and nothing to a kill.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            if not self._ready:
                connection.execute(_SCHEMA)
                self._ready = True
        except BaseException:
            connection.close()
            raise
        return connection

    def _give_up(self, error: Exception) -> None:
        log.warning(
            "向量缓存 %s 这次没有用上：%s；不影响结果，只是中断后要重算。", self._path, error
        )
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if isinstance(error, UnicodeDecodeError) or code in _DAMAGED:
            with suppress(OSError):
                for ending in ("", "-wal", "-shm"):
                    self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
        self._ready = False


def _key(fingerprint: str, text: str) -> bytes:
    return hashlib.sha256(f"{fingerprint}\n{text}".encode("utf-8", "surrogatepass")).digest()


def _vector(value: object, dimension: int) -> Vectors | None:
    """None for what is no vector of that dimension and of unit length."""
    if not isinstance(value, bytes) or len(value) != 4 * dimension:
        return None
    vector = np.frombuffer(value, "<f4").astype(np.float32)
    length = float(np.linalg.norm(vector.astype(np.float64)))
    return vector if abs(length - 1) < _UNIT else None
