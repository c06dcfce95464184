"""What was answered under an Idempotency-Key, so that a repeated upload is not done twice."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi import Response

from huiwen.errors import CancelledError, InputError, StoreError

_KEPT_S = 24 * 3600
_TABLE = """
CREATE TABLE IF NOT EXISTS replies (
    owner TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, at REAL NOT NULL,
    status INTEGER NOT NULL, location TEXT NOT NULL, content BLOB NOT NULL,
    PRIMARY KEY (owner, key)
) WITHOUT ROWID
"""


class KeyReusedError(InputError):
    """The key came with another request before."""

    slug = "idempotency-key-reused"
    title = "幂等键已用于别的请求"


class UnderWayError(CancelledError):
    """The request this one repeats is not done yet."""

    slug = "idempotency-under-way"
    title = "同一请求正在处理"
    retry_after_s = 1


class Replies:
    """Replies of the last 24 hours, on disk. Safe for threads.

    Kept apart for each ``owner``, so that nobody reads another's reply by
    guessing a key. One process writes: what was under way when it ended is
    forgotten, and doing it again is harmless, as a file is taken in once.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = folder / "replies.sqlite"
        self._clock = clock
        self._lock = threading.Lock()
        self._under_way: set[tuple[str, str]] = set()

    def once(self, owner: str, key: str, body: str, work: Callable[[], Response]) -> Response:
        """The reply of ``work``, which is done once for a key; ``body`` is the request's digest.

        Raises KeyReusedError for another body under the same key and
        UnderWayError while the first is at work. Work that raises is not kept.
        """
        name = (owner, key)
        with self._lock:
            if name in self._under_way:
                raise UnderWayError(f"带有幂等键 {key} 的请求正在处理；请稍后重试。")
            if kept := self._read(owner, key, body):
                return kept
            self._under_way.add(name)
        try:
            reply = work()
            with self._lock:
                self._keep(owner, key, body, reply)
            return reply
        finally:
            with self._lock:
                self._under_way.discard(name)

    def _read(self, owner: str, key: str, body: str) -> Response | None:
        with self._opened() as db:
            row = db.execute(
                "SELECT body, status, location, content FROM replies "
                "WHERE owner = ? AND key = ? AND at > ?",
                (owner, key, self._clock() - _KEPT_S),
            ).fetchone()
        if row is None:
            return None
        if row[0] != body:
            raise KeyReusedError(
                f"幂等键 {key} 在 24 小时内已用于另一个请求；新的请求请换一个新的键。"
            )
        headers = {"Location": row[2]} if row[2] else {}
        return Response(row[3], row[1], headers, media_type="application/json")

    def _keep(self, owner: str, key: str, body: str, reply: Response) -> None:
        location = reply.headers.get("location", "")
        row = (owner, key, body, self._clock(), reply.status_code, location, bytes(reply.body))
        with self._opened() as db:
            db.execute("DELETE FROM replies WHERE at <= ?", (self._clock() - _KEPT_S,))
            db.execute("INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own each time: none is left open, uploads are rare."""
        try:
            db = sqlite3.connect(self._path)
            try:
                db.execute("PRAGMA synchronous = FULL")
                with db:
                    db.execute(_TABLE)
                    yield db
            finally:
                db.close()
        except sqlite3.Error as error:
            raise StoreError(
                f"上传记录 {self._path} 无法读写：{error}。请检查磁盘空间与目录权限。"
            ) from error
