"""The whole service as it is started: a process of its own, the built-in models, HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from huiwen.settings import Settings
from tests.conftest import ROOT

pytestmark = [pytest.mark.real, pytest.mark.timeout(1200)]
QUESTION = "竹岭村2024年村集体收入有多少？"


@pytest.fixture(scope="module")
def environment(
    tmp_path_factory: pytest.TempPathFactory, real_settings: Settings
) -> dict[str, str]:
    store = tmp_path_factory.mktemp("service") / "store"
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith("HUIWEN_")},
        "HUIWEN_STORE": str(store),
        "HUIWEN_MODELS_DIR": str(real_settings.models_dir),
        "HUIWEN_MODEL_SOURCE": "none",
        "HUIWEN_LLM_TIMEOUT_S": "600",
        # Nothing may be asked of the network: names do not resolve, ports do not answer.
        "HF_HUB_OFFLINE": "1",
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
        "no_proxy": "127.0.0.1",
    }


def huiwen(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "huiwen", *arguments],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def url(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("log") / "serve.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "huiwen", "serve", "--samples", "samples/documents"],
            env={**environment, "HUIWEN_PORT": str(port)}, cwd=ROOT, stdout=output, stderr=output,
        )  # fmt: skip
        try:
            deadline = time.monotonic() + 300
            while True:
                try:
                    if httpx.get(f"http://127.0.0.1:{port}/api/ready").status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.5)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(60) in (0, 130, -signal.SIGINT), log.read_text()


def test_an_answer_with_its_citation(url: str) -> None:
    answer = httpx.post(f"{url}/api/ask", json={"question": QUESTION}, timeout=600).json()
    assert answer["status"] == "answered", answer
    assert "780" in answer["text"]
    (citation, *_) = answer["statements"][0]["citations"]
    assert "780万元" in citation["quote"]["text"]
    page = httpx.get(url + citation["url"].split("#")[0])
    assert "780万元" in page.text.split('<mark id="hit">')[1].split("</mark>")[0]


def test_events_of_the_real_thing(url: str) -> None:
    names: list[str] = []
    body = {"question": "今年前四个月旅游市场的罚没款一共多少？", "stream": True}
    with httpx.stream("POST", f"{url}/api/ask", json=body, timeout=600) as response:
        for line in response.iter_lines():
            if line.startswith("event: "):
                names.append(line.removeprefix("event: "))
            elif line.startswith("data: ") and names[-1] == "answer":
                answer = json.loads(line.removeprefix("data: "))
    assert names[0] == "evidence"
    assert "delta" in names
    assert names[-1] == "answer"
    assert "215.6" in answer["text"]


def test_what_no_document_knows_is_refused(url: str) -> None:
    body = {"question": "李建国局长在文旅大会上讲了什么？"}
    answer = httpx.post(f"{url}/api/ask", json=body, timeout=600).json()
    assert answer["status"] == "refused"
    assert answer["evidence"]


def test_the_command_line_beside_the_running_service(
    url: str, environment: dict[str, str], tmp_path: Path
) -> None:
    document = tmp_path / "植树会议.txt"
    document.write_text("植树工作会议\n\n会议决定在凤鸣岭植树八千六百棵，由林业站负责。\n", "utf-8")
    added = huiwen(environment, "ingest", str(document))
    assert added.returncode == 0, added.stderr
    found = httpx.get(f"{url}/api/search", params={"q": "凤鸣岭植树", "k": 1}).json()
    assert "凤鸣岭" in found[0]["text"]
    listed = huiwen(environment, "list")
    assert found[0]["document_id"][:8] in listed.stdout
    assert huiwen(environment, "delete", found[0]["document_id"]).returncode == 0
    again = httpx.get(f"{url}/api/search", params={"q": "凤鸣岭植树", "k": 5}).json()
    assert not any("凤鸣岭" in hit["text"] for hit in again)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ingest", "/nowhere.txt"], "/nowhere.txt"),
        (["delete", "0123456789abcdef"], "0123456789abcdef"),
        (["eval", "/nowhere.jsonl"], "/nowhere.jsonl"),
    ],
)
def test_errors_are_a_message_not_a_traceback(
    environment: dict[str, str], arguments: list[str], said: str
) -> None:
    done = huiwen(environment, *arguments)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_watched_folder_and_the_library_stay_alike(
    url: str, environment: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "来文"
    folder.mkdir()
    (folder / "一.txt").write_text("防汛会议\n\n会议要求清河水库六月底前完成除险加固。\n", "utf-8")

    def found(question: str, word: str) -> bool:
        hits = httpx.get(f"{url}/api/search", params={"q": question, "k": 5}).json()
        return any(word in hit["text"] for hit in hits)

    def eventually(question: str, word: str, *, there: bool) -> None:
        deadline = time.monotonic() + 120
        while found(question, word) is not there:
            assert watching.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.3)

    watching = subprocess.Popen(
        [sys.executable, "-m", "huiwen", "sync", "--watch", str(folder)],
        env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        eventually("清河水库何时完成除险加固", "清河水库", there=True)
        later = "供暖会议\n\n会议决定北苑小区十月十五日开始试供暖。\n"
        (folder / "二.txt").write_text(later, "utf-8")
        eventually("北苑小区何时试供暖", "北苑小区", there=True)
        (folder / "一.txt").unlink()
        eventually("清河水库何时完成除险加固", "清河水库", there=False)
        assert found("北苑小区何时试供暖", "北苑小区")
    finally:
        watching.send_signal(signal.SIGINT)
        assert watching.wait(60) in (0, 130, -signal.SIGINT)
    again = huiwen(environment, "sync", str(folder))
    assert again.returncode == 0
    assert "没有变化" in again.stderr
