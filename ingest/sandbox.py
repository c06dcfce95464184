"""Parsing in processes of its own, within bounds of time, memory and output."""

from __future__ import annotations

import json
import logging
import os
import select
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path, PurePosixPath
from typing import TypeVar

from huiwen import errors
from huiwen.errors import InputError, ParseFailedError
from huiwen.settings import Settings
from huiwen.types import Box, Document
from ingest import worker
from ingest.wire import unpack

log = logging.getLogger(__name__)
# Raises to call the parsing off; called every so often while a file is parsed.
Check = Callable[[], None]
Result = TypeVar("Result")
_POLL_S = 0.05
_START_S = 60.0
_MAX_REPLY = 512 * 2**20
# Libraries leak a little; a fresh process now and then keeps it little.
_FILES_PER_PROCESS = 500
# All a parser needs of our environment; keys and passwords stay out of its reach.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "OPENBLAS_CORETYPE", "TMPDIR")
_ROOT = Path(__file__).resolve().parent.parent


class Sandbox:
    """A pool of parser processes. Safe for threads; each call has a process to itself.

    A file that takes too long, too much memory or the process down with it
    ends in ParseFailedError, and the next file gets a fresh process.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._idle: list[_Process] = []
        # Also where the owner forgets to close: no process outlives its pool.
        self.close = weakref.finalize(self, _kill_all, self._idle)
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(workers(settings))

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def parse(self, source: str, data: bytes, check: Check | None = None) -> Document:
        """As ``ingest.parse.parse``; raises its InputError kinds and ParseFailedError."""
        return self._with(lambda process: process.parse(source, data, check or (lambda: None)))

    def page_image(self, name: str, data: bytes, page: int, boxes: Sequence[Box]) -> bytes:
        """As ``ingest.page_image.page_image``; raises InputError and ParseFailedError."""
        return self._with(lambda process: process.page_image(name, data, page, boxes))

    def _with(self, work: Callable[[_Process], Result]) -> Result:
        """What ``work`` makes of a process that nobody else has meanwhile."""
        with self._places:
            process = self._take()
            try:
                made = work(process)
            except InputError as error:
                self._give(process, fit=not isinstance(error, ParseFailedError))
                raise
            except BaseException:
                self._give(process, fit=False)
                raise
            self._give(process, fit=True)
            return made

    def _take(self) -> _Process:
        while True:
            with self._lock:
                if not self._idle:
                    break
                process = self._idle.pop()
            if process.alive:
                return process
            process.kill()
        return _Process(self._settings)

    def _give(self, process: _Process, *, fit: bool) -> None:
        if fit and process.files < _FILES_PER_PROCESS and self.close.alive:
            with self._lock:
                self._idle.append(process)
        else:
            process.kill()


def _kill_all(processes: list[_Process]) -> None:
    while processes:
        processes.pop().kill()


def workers(settings: Settings) -> int:
    """How many files are parsed at once."""
    return settings.parse_workers or os.cpu_count() or 1


class _Process:
    """One parser process and the conversation with it."""

    def __init__(self, settings: Settings) -> None:
        self._timeout_s = settings.parse_timeout_s
        self._memory_mb = settings.parse_memory_mb
        self.files = 0
        known = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "ingest.worker", str(self._memory_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**known, "PYTHONPATH": str(_ROOT), "OMP_NUM_THREADS": "1"},
        )
        try:
            confined = self._reply("", time.monotonic() + _START_S, lambda: None)
        except BaseException:
            self.kill()
            raise
        if confined != b"1":
            log.warning("本机内核不支持 seccomp，解析进程没有断网；其余限制仍然有效。")

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def parse(self, source: str, data: bytes, check: Check) -> Document:
        name = PurePosixPath(source).name
        kind, body = self._ask(name, {"source": source}, data, check)
        if kind == worker.DOCUMENT:
            try:
                return unpack(body)
            except ValueError as error:
                log.error("parser sent no document for %s: %s", name, error)
        raise self._failed(name, kind, body)

    def page_image(self, name: str, data: bytes, page: int, boxes: Sequence[Box]) -> bytes:
        asked = {"source": name, "page": page, "boxes": [astuple(box) for box in boxes]}
        kind, body = self._ask(name, asked, data, lambda: None)
        if kind == worker.PICTURE:
            return body
        raise self._failed(name, kind, body)

    def _ask(
        self, name: str, asked: dict[str, object], data: bytes, check: Check
    ) -> tuple[bytes, bytes]:
        """The kind of the reply and its body."""
        self.files += 1
        request = json.dumps({**asked, "cpu_s": int(self._timeout_s * 4) + 10})
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(worker.frame(request.encode()) + worker.frame(data))
            self._process.stdin.flush()
        except OSError:
            raise self._died(name) from None
        reply = self._reply(name, time.monotonic() + self._timeout_s, check)
        return reply[:1], reply[1:]

    def _failed(self, name: str, kind: bytes, body: bytes) -> InputError:
        """The error that a reply without a result stands for."""
        if kind == worker.REFUSED:
            return _refusal(body)
        if kind == worker.MEMORY:
            return self._out_of_memory(name)
        if kind == worker.BROKEN:
            log.error("parsing %s failed:\n%s", name, json.loads(body or b'""'))
        return ParseFailedError(
            f"文件“{name}”无法解析，原因已写入日志；请用原来的程序另存后再上传，或告诉管理员。"
        )

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                # What was not yet written is of no use to anybody.
                with suppress(OSError):
                    stream.close()

    def _reply(self, name: str, deadline: float, check: Check) -> bytes:
        """The next frame from the process, waiting for it no longer than until ``deadline``."""
        assert self._process.stdout is not None
        source = self._process.stdout.fileno()
        received = bytearray()
        wanted: int | None = None
        while wanted is None or len(received) < wanted:
            ready, _, _ = select.select([source], [], [], _POLL_S)
            if ready:
                piece = os.read(source, 2**20)
                if not piece:
                    raise self._died(name)
                received += piece
                if wanted is None and len(received) >= 8:
                    wanted = int.from_bytes(received[:8], "big") + 8
                    if wanted > _MAX_REPLY:
                        raise ParseFailedError(f"文件“{name}”里的文字过多；请拆分后再上传。")
            elif time.monotonic() > deadline:
                raise ParseFailedError(
                    f"文件“{name}”在 {self._timeout_s:g} 秒内没有解析完；"
                    "请拆分文件，或调大配置 parse_timeout_s。"
                )
            check()
        return bytes(received[8:])

    def _died(self, name: str) -> ParseFailedError:
        code = self._process.wait()
        log.error("parser process ended with %s while at %s", code, name)
        if not name:
            return ParseFailedError("解析进程无法启动；请检查安装是否完整、内存是否足够。")
        return ParseFailedError(
            f"解析文件“{name}”的进程异常退出（代码 {code}），多半是文件已损坏或需要的内存超过上限"
            f"（{self._memory_mb} MB）；请用原来的程序另存，或调大配置 parse_memory_mb。"
        )

    def _out_of_memory(self, name: str) -> ParseFailedError:
        return ParseFailedError(
            f"解析文件“{name}”需要的内存超过上限（{self._memory_mb} MB）；"
            "请拆分文件，或调大配置 parse_memory_mb。"
        )


def _refusal(body: bytes) -> InputError:
    """The error the parser raised, by its name; only kinds of InputError cross over."""
    kind, message = json.loads(body)
    found = getattr(errors, str(kind), InputError)
    if not (isinstance(found, type) and issubclass(found, InputError)):
        found = InputError
    return found(str(message))
