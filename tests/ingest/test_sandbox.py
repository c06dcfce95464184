"""Files are parsed elsewhere: within bounds, and what happens there does not reach us."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from huiwen.errors import CancelledError, InputError, ParseFailedError, UnsupportedFormatError
from huiwen.settings import Settings
from ingest import sandbox as module
from ingest.parse import parse
from ingest.sandbox import Sandbox

TEXT = "某市召开会议\n\n一、任务\n\n会议要求年底前完成三项任务。\n".encode()
# A worker that does not parse but misbehaves, run in place of ours.
STUB = """
import json, sys, time, os
from ingest import worker
def say(data): sys.stdout.buffer.write(worker.frame(data)); sys.stdout.buffer.flush()
say(b"1")
asked, data = worker.read_frame(sys.stdin.buffer), worker.read_frame(sys.stdin.buffer)
{act}
time.sleep(60)
"""


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[Sandbox]:
    with Sandbox(settings) as made:
        yield made


def test_the_document_is_the_same_as_parsed_here(sandbox: Sandbox) -> None:
    assert sandbox.parse("a/会议.txt", TEXT) == parse("a/会议.txt", TEXT)


def test_refusals_keep_their_kind_and_message(sandbox: Sandbox) -> None:
    with pytest.raises(UnsupportedFormatError, match=r"坏\.txt.*RTF"):
        sandbox.parse("坏.txt", b"{\\rtf1}")
    assert sandbox.parse("好.txt", TEXT).name == "好.txt"


def test_many_at_once(sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(8) as pool:
        names = [f"{n}.txt" for n in range(40)]
        found = list(pool.map(lambda name: sandbox.parse(name, TEXT).name, names))
    assert found == names


def misbehaving(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, act: str, timeout_s: float = 1.0
) -> Sandbox:
    run = module.subprocess.Popen

    def popen(command: list[str], **options: object) -> object:
        return run([command[0], "-c", STUB.replace("{act}", act)], **options)

    monkeypatch.setattr(module.subprocess, "Popen", popen)
    return Sandbox(settings.model_copy(update={"parse_timeout_s": timeout_s}))


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("time.sleep(60)", "1 秒内没有解析完"),
        ("os.kill(os.getpid(), 11)", "异常退出"),
        ("os._exit(0)", "异常退出"),
        ("say(worker.MEMORY)", "内存超过上限"),
        ("say(worker.DOCUMENT + b'{}')", "无法解析"),
        ("say(worker.BROKEN + json.dumps('Traceback').encode())", "无法解析"),
        ("sys.stdout.buffer.write((2**50).to_bytes(8, 'big')); sys.stdout.flush()", "文字过多"),
    ],
)
def test_a_process_that_fails_is_a_typed_error(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, act: str, said: str
) -> None:
    with (
        misbehaving(monkeypatch, settings, act) as made,
        pytest.raises(ParseFailedError, match=rf"毒\.txt.*{said}"),
    ):
        made.parse("毒.txt", TEXT)


def test_only_errors_about_input_cross_over(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    act = "say(worker.REFUSED + json.dumps(['StoreError', 'x']).encode())"
    with misbehaving(monkeypatch, settings, act) as made, pytest.raises(InputError):
        made.parse("毒.txt", TEXT)


def test_it_can_be_called_off(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    stop = threading.Event()

    def check() -> None:
        if stop.is_set():
            raise CancelledError("已取消。")

    threading.Timer(0.3, stop.set).start()
    with (
        misbehaving(monkeypatch, settings, "pass", timeout_s=60) as made,
        pytest.raises(CancelledError),
    ):
        made.parse("慢.txt", TEXT, check)


def test_a_dead_process_is_replaced(sandbox: Sandbox) -> None:
    sandbox.parse("a.txt", TEXT)
    dead = sandbox._idle[0]
    os.kill(dead._process.pid, signal.SIGKILL)
    dead._process.wait()
    assert sandbox.parse("a.txt", TEXT).name == "a.txt"


def test_our_secrets_do_not_reach_the_parser(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUIWEN_OPENAI_API_KEY", "secret")
    sandbox.parse("a.txt", TEXT)
    pid = sandbox._idle[0]._process.pid
    with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123 - not a file of ours
        assert b"secret" not in file.read()
