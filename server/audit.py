"""The audit log: every question and what was shown for it, each record sealed by the next.

The hash of a record is over its text and the hash of the one before, so a
record that is changed, deleted or moved is found by recomputing the chain.
Who can write the file can also write a whole new chain: that is found by
comparing with a hash that was noted down elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from huiwen.errors import HuiwenError

log = logging.getLogger("huiwen.audit")
NAME = "audit.sqlite"
ORIGIN = "0" * 64
_BUSY_S = 30.0
_ALL = "SELECT number, body, hash FROM records ORDER BY number"


class AuditError(HuiwenError):
    """What is asked cannot be recorded, so it is not answered."""

    status = 503
    slug = "audit"
    title = "审计日志不可用"


@dataclass(frozen=True, slots=True)
class Seal:
    """Number and hash of a record."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found; ``problems`` is empty where the chain holds."""

    records: int
    pruned: int
    head: Seal
    problems: tuple[str, ...]


class Audit:
    """The log of a library. Safe for threads and for several processes.

    Records older than ``keep_days`` are dropped, from the oldest on; a record
    of the drop keeps the hash at which the rest begins.
    """

    def __init__(self, path: Path, keep_days: int) -> None:
        self._path = path
        self._keep = timedelta(days=keep_days)
        self._lock = threading.Lock()
        self._pruned_on = ""
        with self._saying("打开"):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(
                path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
            # FULL syncs every commit: WAL alone may lose the last ones in a power cut.
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(files("server").joinpath("audit.sql").read_text("utf-8"))
            path.chmod(0o600)

    def __enter__(self) -> Audit:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    def append(self, kind: str, facts: dict[str, Any], at: datetime | None = None) -> Seal:
        """Add a record; once this returns it is on disk. Raises AuditError where it cannot be."""
        moment = at or datetime.now(UTC)
        with self._saying("写入"), self._writing():
            seal = self._add(kind, facts, moment)
            if self._pruned_on != (today := moment.date().isoformat()):
                self._prune(moment)
                self._pruned_on = today
                # Once a day where logs are sent elsewhere: what shows later that nothing
                # was written anew.
                log.info("record %d", seal.number, extra={"facts": {"hash": seal.hash}})
        return seal

    def head(self) -> Seal:
        """The latest record; noted down elsewhere, it shows later that nothing was rewritten."""
        with self._reading() as db:
            return _seal(db, "head")

    def records(self, since: str = "", until: str = "") -> Iterator[dict[str, Any]]:
        """Records of the days from ``since`` to ``until`` (ISO 8601, both included), with hash."""
        with self._reading() as db:
            for _, body, digest in db.execute(_ALL):
                record = json.loads(body)
                day = record["at"][:10]
                if (not since or day >= since) and (not until or day <= until):
                    yield {**record, "hash": digest}

    def verify(self, known: str = "") -> Verdict:
        """Recompute the whole chain; ``known`` is a hash noted earlier that must be in it."""
        problems: list[str] = []
        with self._reading() as db:
            anchor, head = _seal(db, "anchor"), _seal(db, "head")
            at, found, dropped, count = anchor, known in ("", anchor.hash), Seal(0, ORIGIN), 0
            for number, body, digest in db.execute(_ALL):
                count += 1
                found = found or digest == known
                if number != at.number + 1:
                    problems.append(f"第 {at.number + 1} 至 {number - 1} 条记录不见了")
                if fault := _fault(number, body, digest, at.hash):
                    problems.append(f"第 {number} 条记录{fault}")
                elif (record := json.loads(body))["kind"] == "pruned":
                    dropped = Seal(record["through"], record["hash_through"])
                at = Seal(number, digest)
        if at.number != head.number or at.hash != head.hash:
            problems.append(f"最后一条应是第 {head.number} 条，现在是第 {at.number} 条或已被改动")
        if anchor.number and dropped != anchor:
            problems.append("较早记录的清理没有相符的清理记录，开头可能被删去")
        if not found:
            problems.append(f"链上没有哈希为 {known} 的记录：日志被整个改写过，或这不是同一个日志")
        return Verdict(count, anchor.number, head, tuple(problems))

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """One state of the log, on a connection of its own: reading must not hold up writing."""
        with (
            self._saying("读取"),
            closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as db,
        ):
            db.execute("BEGIN")
            yield db

    def _add(self, kind: str, facts: dict[str, Any], moment: datetime) -> Seal:
        head = _seal(self._db, "head")
        number = head.number + 1
        at = moment.astimezone(UTC).isoformat(timespec="milliseconds")
        body = json.dumps(
            {"number": number, "at": at, "kind": kind, **facts}, ensure_ascii=False, sort_keys=True
        )
        seal = Seal(number, _digest(head.hash, body))
        self._db.execute("INSERT INTO records VALUES (?, ?, ?)", (number, body, seal.hash))
        self._db.execute("UPDATE seals SET number = ?, hash = ? WHERE name = 'head'", _pair(seal))
        return seal

    def _prune(self, now: datetime) -> None:
        before = (now - self._keep).astimezone(UTC).isoformat(timespec="milliseconds")
        last: Seal | None = None
        rows = self._db.execute(_ALL)
        for number, body, digest in rows:
            if json.loads(body)["at"] >= before:
                break
            last = Seal(number, digest)
        rows.close()
        if last is None:
            return
        self._add("pruned", {"through": last.number, "hash_through": last.hash}, now)
        self._db.execute("UPDATE seals SET number = ?, hash = ? WHERE name = 'anchor'", _pair(last))
        self._db.execute("DELETE FROM records WHERE number <= ?", (last.number,))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _saying(self, doing: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise AuditError(
                f"审计日志 {self._path} 无法{doing}：{error}。没有记录就不能回答；"
                "请检查磁盘空间与目录权限，文件损坏时移走它并保存好，服务会另建一个。"
            ) from error


def _seal(db: sqlite3.Connection, name: str) -> Seal:
    row = db.execute("SELECT number, hash FROM seals WHERE name = ?", (name,)).fetchone()
    return Seal(*row)


def _digest(before: str, body: str) -> str:
    return hashlib.sha256(f"{before}\n{body}".encode()).hexdigest()


def _fault(number: int, body: str, digest: str, before: str) -> str:
    """What is wrong with a record that should follow the one with hash ``before``; else empty."""
    if _digest(before, body) != digest:
        return "被改动过，或它前面的记录被改动、删去、调换"
    if json.loads(body)["number"] != number:
        return "不在原来的位置"
    return ""


def _pair(seal: Seal) -> tuple[int, str]:
    return seal.number, seal.hash
