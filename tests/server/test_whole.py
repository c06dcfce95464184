"""``huiwen serve`` as it is started, with the built-in embedder and a stub for the model."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from eval.openai_stub import Script, endpoint
from huiwen.settings import Settings
from tests.conftest import ROOT

pytestmark = pytest.mark.real
QUESTION = "竹岭村2024年村集体收入有多少？"


@contextmanager
def serving(
    environment: dict[str, str], log: Path
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "huiwen", "serve", "--samples", "samples/documents"],
            env={**environment, "HUIWEN_PORT": str(port)}, cwd=ROOT, stdout=output, stderr=output,
        )  # fmt: skip
    url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 300
    try:
        while True:
            try:
                if httpx.get(f"{url}/api/ready").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.3)
        yield url, process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def test_a_question_leaves_its_traces_everywhere(tmp_path: Path, real_settings: Settings) -> None:
    log = tmp_path / "log"
    script = Script("竹岭村2024年村集体收入780万元[1]。")
    with endpoint(script) as model:
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("HUIWEN_")},
            "HUIWEN_STORE": str(tmp_path / "store"),
            "HUIWEN_MODELS_DIR": str(real_settings.models_dir),
            "HUIWEN_MODEL_SOURCE": "none",
            "HUIWEN_LLM_BACKEND": "openai",
            "HUIWEN_OPENAI_BASE_URL": model,
            "HUIWEN_LOG_FORMAT": "json",
        }
        with serving(environment, log) as (url, process):
            response = httpx.post(
                f"{url}/api/ask", json={"question": QUESTION}, headers={"X-Request-ID": "req-42"},
                timeout=60,
            )  # fmt: skip
            answer = response.json()
            assert answer["status"] == "answered", answer
            figures = httpx.get(f"{url}/metrics").text
            assert 'huiwen_questions_total{outcome="answered"} 1.0' in figures
            assert "huiwen_store_documents 3.0" in figures
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, log.read_text()
        arguments = [sys.executable, "-m", "huiwen", "audit"]
        run = {"env": environment, "cwd": ROOT, "capture_output": True, "text": True}
        verified = subprocess.run([*arguments, "verify"], check=True, **run)  # type: ignore[call-overload]
        assert "2 条记录" in verified.stdout
        exported = subprocess.run([*arguments, "export"], check=True, **run)  # type: ignore[call-overload]
    question, told = map(json.loads, exported.stdout.splitlines())
    assert (question["request"], question["question"]) == ("req-42", QUESTION)
    assert told["content"] == answer["aigc"]["ProduceID"]
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    ours = [line for line in lines if line["request"] == "req-42"]
    by_logger = {line["logger"]: line for line in ours}
    assert set(by_logger) == {"huiwen.ask", "huiwen.access", "huiwen.audit"}
    head = by_logger["huiwen.audit"]
    assert len(head["hash"]) == 64
    assert QUESTION not in log.read_text()
