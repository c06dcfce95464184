"""Files waiting to be taken in: on disk before they are acknowledged, done in the background."""

from __future__ import annotations

import logging
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any

from huiwen.errors import BusyError, CancelledError, HuiwenError, NotFoundError, StoreError
from huiwen.settings import Settings
from index.library import Library
from index.sharing import Sharing
from ingest.sandbox import workers

log = logging.getLogger(__name__)
# Finished jobs kept for those who ask how theirs went.
_KEPT = 1000
_RETRY_S = 2.0
# After about so long some of a full queue has been taken in.
_ROOM_S = 60
_COLUMNS = "id, source, state, change, document_id, problem, created_at, finished_at"


class JobState(StrEnum):
    """How far a job is; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Job:
    """A file on its way into the library.

    ``done`` of ``total`` passages are embedded (0 of 0 until it is parsed).
    ``change`` and ``document_id`` tell what a done job did, ``problem`` why a
    failed one failed.
    """

    id: str
    source: str
    state: JobState
    change: str
    document_id: str
    problem: str
    created_at: str
    finished_at: str
    done: int = 0
    total: int = 0

    @property
    def name(self) -> str:
        return PurePosixPath(self.source).name

    @property
    def over(self) -> bool:
        return self.state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class Jobs:
    """The queue of a library. Safe for threads; one process at a time works on it.

    What was queued or running when the process ended is done at the next
    start: taking a file in twice does nothing the second time.
    """

    def __init__(self, library: Library, settings: Settings) -> None:
        self._library = library
        self._path: Path = settings.store / "jobs.sqlite"
        self._limit = settings.jobs_waiting
        self._lock = threading.RLock()
        self._wake = threading.Condition(self._lock)
        self._closing = False
        self._off: set[str] = set()
        self._progress: dict[str, tuple[int, int]] = {}
        with self._saying("打开"):
            self._db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute(files("index").joinpath("jobs.sql").read_text("utf-8"))
            self._complete()
            self._db.execute("UPDATE jobs SET state = 'queued' WHERE state = 'running'")
        self._threads = [
            threading.Thread(target=self._work, name="huiwen-job", daemon=True)
            for _ in range(workers(settings))
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Jobs:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop working; what is not finished stays queued for the next start."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        for thread in self._threads:
            thread.join()
        self._db.close()

    def submit(
        self,
        source: str,
        data: bytes,
        owner: str = "",
        sharing: Sharing = Sharing(),  # noqa: B008 - frozen
    ) -> Job:
        """Queue a file; once this returns it is on disk and will be taken in.

        ``owner`` is who brings it. Raises StoreError where it cannot be written,
        BusyError where as many as ``jobs_waiting`` wait already.
        """
        identity = secrets.token_hex(8)
        with self._saying("写入"), self._wake:
            self._require_room()
            self._db.execute(
                "INSERT INTO jobs (id, source, state, created_at, data, owner, sharing) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (identity, source, JobState.QUEUED, _now(), data, owner, sharing.to_json()),
            )
            self._wake.notify()
        return self.get(identity)

    def _require_room(self) -> None:
        (waiting,) = self._db.execute("SELECT count(*) FROM jobs WHERE state = 'queued'").fetchone()
        if waiting >= self._limit:
            raise BusyError(
                f"已有 {waiting} 个文件在等待收录，达到上限；请过几分钟再上传，"
                "或请管理员调大配置 jobs_waiting。",
                retry_after_s=_ROOM_S,
            )

    def get(self, identity: str, owner: str | None = None) -> Job:
        """A job, of this owner where one is given; raises NotFoundError."""
        with self._saying("读取"), self._lock:
            row = self._db.execute(
                f"SELECT {_COLUMNS} FROM jobs WHERE id = ? AND owner = ifnull(?, owner)",  # noqa: S608
                (identity, owner),
            ).fetchone()
        if row is None:
            raise NotFoundError(f"没有编号为 {identity} 的收录任务；较早的任务不再保留。")
        return self._job(row)

    def all(self, limit: int = 100, owner: str | None = None, before: str = "") -> list[Job]:
        """The latest jobs, of this owner where one is given, newest first.

        With ``before``, those older than that job.
        """
        with self._saying("读取"), self._lock:
            rows = self._db.execute(
                f"SELECT {_COLUMNS} FROM jobs WHERE owner = ifnull(?, owner) AND (? = '' "  # noqa: S608
                "OR number < (SELECT number FROM jobs WHERE id = ?)) ORDER BY number DESC LIMIT ?",
                (owner, before, before, limit),
            ).fetchall()
        return [self._job(row) for row in rows]

    def cancel(self, identity: str, owner: str | None = None) -> Job:
        """Call a job off; one that is over stays as it is. Raises NotFoundError as ``get``."""
        with self._saying("写入"), self._lock:
            job = self.get(identity, owner)
            if job.state is JobState.QUEUED:
                self._finish(identity, JobState.CANCELLED)
            elif job.state is JobState.RUNNING:
                self._off.add(identity)
            return self.get(identity)

    def _complete(self) -> None:
        """Give a table of an earlier version the columns it lacks."""
        there = {row[1] for row in self._db.execute("PRAGMA table_info(jobs)")}
        for column in ("owner", "sharing"):
            if column not in there:
                self._db.execute(f"ALTER TABLE jobs ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")

    def _work(self) -> None:
        while claimed := self._next():
            self._run_until_written(*claimed)

    def _next(self) -> tuple[str, str, bytes, str] | None:
        """The next file, waited for; None when closing."""
        with self._wake:
            while not self._closing:
                try:
                    if claimed := self._claim():
                        return claimed
                    self._wake.wait()
                except sqlite3.Error as error:
                    self._wait_for_room(error)
        return None

    def _run_until_written(self, identity: str, *given: Any) -> None:
        """Run a job; on a full disk until what became of it is on disk, or at the next start."""
        while True:
            try:
                self._run(identity, *given)
            except sqlite3.Error as error:
                with self._wake:
                    if not self._closing:
                        self._wait_for_room(error)
                        continue
            return

    def _wait_for_room(self, error: sqlite3.Error) -> None:
        log.warning("jobs cannot be written, trying again: %s", error)
        self._wake.wait(_RETRY_S)

    def _claim(self) -> tuple[str, str, bytes, str] | None:
        row: tuple[str, str, bytes, str] | None = self._db.execute(
            "UPDATE jobs SET state = 'running' WHERE number = "
            "(SELECT min(number) FROM jobs WHERE state = 'queued') "
            "RETURNING id, source, data, sharing"
        ).fetchone()
        return row

    def _run(self, identity: str, source: str, data: bytes, sharing: str) -> None:
        def check() -> None:
            if self._closing or identity in self._off:
                raise CancelledError("已取消。")

        def report(done: int, total: int) -> None:
            self._progress[identity] = (done, total)

        try:
            outcome = self._library.add(source, data, report, check, _sharing(sharing))
        except CancelledError:
            with self._lock:
                if identity in self._off:
                    self._finish(identity, JobState.CANCELLED)
                else:
                    self._db.execute("UPDATE jobs SET state = 'queued' WHERE id = ?", (identity,))
        except HuiwenError as error:
            self._finish(identity, JobState.FAILED, problem=str(error))
        except Exception:
            log.exception("taking in %s failed", source)
            self._finish(identity, JobState.FAILED, problem="服务内部出错，已写入日志。")
        else:
            self._finish(
                identity,
                JobState.DONE,
                change=outcome.change.value,
                document_id=outcome.info.id,
            )

    def _finish(
        self,
        identity: str,
        state: JobState,
        *,
        change: str = "",
        document_id: str = "",
        problem: str = "",
    ) -> None:
        with self._written() as db:
            db.execute(
                "UPDATE jobs SET state = ?, change = ?, document_id = ?, problem = ?, "
                "finished_at = ?, data = NULL WHERE id = ?",
                (state, change, document_id, problem, _now(), identity),
            )
            db.execute(
                "DELETE FROM jobs WHERE finished_at <> '' AND number <= "
                "(SELECT max(number) FROM jobs) - ?",
                (_KEPT,),
            )
        self._off.discard(identity)

    @contextmanager
    def _written(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def _saying(self, doing: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(
                f"收录任务 {self._path} 无法{doing}：{error}。请检查磁盘空间与目录权限；"
                "文件损坏时停止服务，移走它，再上传没有收录的文件。"
            ) from error

    def _job(self, row: Sequence[Any]) -> Job:
        identity, source, state, *rest = row
        done, total = self._progress.get(identity, (0, 0))
        return Job(identity, source, JobState(state), *rest, done, total)  # type: ignore[call-arg]


def _sharing(text: str) -> Sharing:
    return Sharing.from_json(text) if text else Sharing()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
