"""The service in a process of its own, with stand-ins for the embedder only: ``python -m`` this."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from answer.engine import Answerer
from answer.generator import load_generator
from huiwen.settings import Settings, load_settings
from index.jobs import Jobs
from index.library import Library
from server.app import create_app
from server.run import run
from tests.conftest import ROOT
from tests.fakes import HashEmbedder

TEXT = (
    "河口市会议\n\n2023年，河口市完成管网改造120公里，总投资3.5亿元。\n\n会议由周立新主持召开。\n"
)
QUESTION = "河口市完成管网改造多少公里？"


@contextmanager
def service(folder: Path, **environment: object) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Address and process of a service with one document; ``environment`` are its settings."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"STORE": folder / "store", "PORT": port, "LLM_BACKEND": "openai", **environment}
    log = folder / "service.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.server.service"],
            env={**os.environ, **{f"HUIWEN_{name}": str(v) for name, v in settings.items()}},
            cwd=ROOT, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 120
        while True:
            try:
                httpx.get(f"{url}/api/health")
                break
            except httpx.TransportError:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
        yield url, process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def serve(settings: Settings) -> None:
    with Library(settings, HashEmbedder()) as library, Jobs(library, settings) as jobs:
        library.add("会议.txt", TEXT.encode())
        answerer = Answerer(library, load_generator(settings), settings)
        run(create_app(library, jobs, answerer, settings), answerer.line, settings)


if __name__ == "__main__":
    try:
        serve(load_settings())
    finally:
        print("closed")  # noqa: T201 - what the tests read
