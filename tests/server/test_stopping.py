"""A real server process: readers that go away, and the end of the process itself."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from eval.openai_stub import Fault, Script, endpoint
from tests.server.service import QUESTION, service

REPLY = "完成管网改造120公里[1]。"


def eventually(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def events(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("fault", [Fault.DRIP, Fault.HANG])
def test_a_closed_connection_stops_the_model(tmp_path: Path, fault: Fault, stream: bool) -> None:
    script = Script("字", 0.05, fault)
    with (
        endpoint(script) as model,
        service(tmp_path, OPENAI_BASE_URL=model, LLM_WAITING=0, OPENAI_RETRIES=0, LLM_AT_ONCE=1)
        as (url, _),
    ):  # fmt: skip
        body = {"question": QUESTION, "stream": stream}
        leaving = httpx.Timeout(60, read=1.5) if not stream else httpx.Timeout(60)
        with (
            suppress(httpx.ReadTimeout),
            httpx.stream("POST", f"{url}/api/ask", json=body, timeout=leaving) as response,
        ):
            for _ in response.iter_lines():
                if script.requests:
                    break
        assert script.requests == 1
        if fault is Fault.DRIP:
            assert script.gone.wait(30)
        script.fault = Fault.NONE
        script.reply = REPLY
        eventually(lambda: httpx.post(f"{url}/api/ask", json=body).status_code == 200)


def test_a_full_line_answers_503_and_those_who_wait_see_their_place(tmp_path: Path) -> None:
    script = Script("字", 0.05, Fault.DRIP)
    settings = {"LLM_WAITING": 1, "LLM_AT_ONCE": 1, "OPENAI_RETRIES": 0}
    with (
        endpoint(script) as model,
        service(tmp_path, OPENAI_BASE_URL=model, **settings) as (url, _),
    ):
        body = {"question": QUESTION, "stream": True}
        with httpx.stream("POST", f"{url}/api/ask", json=body, timeout=60) as first:
            course = events(first.iter_lines())
            assert next(name for name, _ in course if name != "evidence") == "delta"
            with httpx.stream("POST", f"{url}/api/ask", json=body, timeout=60) as second:
                waiting = events(second.iter_lines())
                assert next(data for name, data in waiting if name == "queue") == {"place": 1}
                full = httpx.post(f"{url}/api/ask", json=body)
                assert full.status_code == 503
                assert int(full.headers["retry-after"]) > 0
                assert full.headers["content-type"] == "application/problem+json"
                assert full.json()["type"] == "urn:huiwen:problem:busy"
                # Searching waits for nobody.
                assert httpx.get(f"{url}/api/search", params={"q": "管网"}).status_code == 200
                first.close()
                assert next(name for name, _ in waiting if name != "queue") == "delta"


def ended(process: subprocess.Popen[bytes], folder: Path) -> str:
    assert process.wait(60) == 0
    return (folder / "service.log").read_text()


def test_told_to_end_it_answers_first(tmp_path: Path) -> None:
    script = Script(REPLY, 0.15)
    with endpoint(script) as model, service(tmp_path, OPENAI_BASE_URL=model) as (url, process):
        found: list[dict[str, Any]] = []

        def ask() -> None:
            body = {"question": QUESTION}
            found.append(httpx.post(f"{url}/api/ask", json=body, timeout=60).json())

        asking = threading.Thread(target=ask)
        asking.start()
        eventually(lambda: script.pieces > 0)
        process.send_signal(signal.SIGTERM)
        asking.join(30)
        assert found[0]["status"] == "answered"
        assert "closed" in ended(process, tmp_path)


def test_told_to_end_it_waits_no_longer_than_configured(tmp_path: Path) -> None:
    script = Script("字", 0.05, Fault.DRIP)
    with (
        endpoint(script) as model,
        service(tmp_path, OPENAI_BASE_URL=model, STOP_WITHIN_S=0.5) as (url, process),
    ):
        body = {"question": QUESTION, "stream": True}
        with httpx.stream("POST", f"{url}/api/ask", json=body, timeout=60) as response:
            assert next(name for name, _ in events(response.iter_lines()) if name == "delta")
            process.send_signal(signal.SIGTERM)
            ended(process, tmp_path)
        assert script.gone.wait(30)
