"""Many users at once on the whole service, the language model replaced by a stub.

``python -m eval.bench_load --users 200 --seconds 300`` starts ``huiwen serve``
in a process of its own on a store of the texts of CMRC 2018 (setting ``data``)
and the stub in another. Each user thinks, then searches or asks, and reads the
answer to its end before thinking again. docs/bench_load.md quotes it.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import httpx
import numpy as np
import typer

from eval.datasets.reading import load_cmrc
from eval.machine import this_machine
from eval.openai_stub import Script, endpoint
from huiwen.settings import load_settings

_ASKING_SHARE = 0.25
_START_S = 300.0
_FIRST = re.compile(r"\[1\](?:（[^）]*）)?\s*([^。！？\n]{4,40})")


@dataclass
class Tally:
    """What the users met; times are seconds."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    outcomes: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Load:
    """How many come, how long, and how they behave."""

    users: int
    seconds: float
    think_s: float


def main(
    users: Annotated[int, typer.Option(help="同时在线的用户数")] = 200,
    seconds: Annotated[float, typer.Option(help="持续多少秒；另有十分之一预热，不计入")] = 300,
    think: Annotated[float, typer.Option(help="两次请求之间平均想多少秒")] = 10,
    pause: Annotated[float, typer.Option(help="替身模型每个字用多少秒")] = 0.025,
    at_once: Annotated[int, typer.Option(help="配置 llm_at_once")] = 64,
    waiting: Annotated[int, typer.Option(help="配置 llm_waiting")] = 200,
) -> None:
    """测量许多用户同时使用时的错误、检索与回答的用时。"""
    reading = load_cmrc(load_settings().data)
    # One of them is empty, which is refused, and rightly.
    questions = [one.question for one in reading.questions if one.question.strip()]
    with TemporaryDirectory() as folder, _stub(pause) as model:
        documents = Path(folder) / "documents"
        documents.mkdir()
        for number, text in enumerate(reading.contexts):
            (documents / f"{number:04}.txt").write_text(f"第{number}篇\n\n{text}\n", "utf-8")
        environment = {
            **os.environ,
            "HUIWEN_STORE": f"{folder}/store",
            "HUIWEN_PORT": str(_free_port()),
            "HUIWEN_LLM_BACKEND": "openai",
            "HUIWEN_OPENAI_BASE_URL": model,
            "HUIWEN_LLM_AT_ONCE": str(at_once),
            "HUIWEN_LLM_WAITING": str(waiting),
        }
        with _service(environment, documents) as (url, process):
            watch = _Usage(process)
            load = Load(users, seconds, think)
            tally = asyncio.run(_run(url, questions, load, watch))
        _print(tally, load, watch, at_once, pause, len(reading.contexts))


@contextmanager
def _stub(pause_s: float) -> Iterator[str]:
    """The base URL of a stub in a process of its own, which answers from the prompt's passage 1."""
    context = multiprocessing.get_context("spawn")
    port, ended = _free_port(), context.Event()
    process = context.Process(target=_serve_stub, args=(port, pause_s, ended), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        ended.set()
        process.join()


def _serve_stub(port: int, pause_s: float, ended: Event) -> None:
    with endpoint(Script(_echo, pause_s), port):
        ended.wait()


def _echo(prompt: str) -> str:
    found = _FIRST.search(prompt)
    return f"{found[1]}[1]。" if found else "资料中没有提到。"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _service(
    environment: dict[str, str], documents: Path
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    log = documents.parent / "service.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "huiwen", "serve", "--samples", str(documents)],
            env=environment, stdout=output, stderr=output,
        )  # fmt: skip
        url = f"http://127.0.0.1:{environment['HUIWEN_PORT']}"
        try:
            until = time.monotonic() + _START_S
            while not _ready(url):
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit(log.read_text("utf-8"))
                time.sleep(0.5)
            yield url, process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(120)


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/ready").status_code == 200
    except httpx.TransportError:
        return False


async def _run(url: str, questions: list[str], load: Load, watch: _Usage) -> Tally:
    warm, tally = Tally(), Tally()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=load.users)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        await _crowd(client, questions, Load(load.users, load.seconds / 10, load.think_s), warm)
        watch.start()
        await _crowd(client, questions, load, tally)
        watch.stop()
    return tally


async def _crowd(client: httpx.AsyncClient, questions: list[str], load: Load, tally: Tally) -> None:
    until = time.monotonic() + load.seconds
    users = (
        _user(client, questions, random.Random(number), load.think_s, until, tally)  # noqa: S311
        for number in range(load.users)
    )
    await asyncio.gather(*users)


async def _user(
    client: httpx.AsyncClient,
    questions: list[str],
    chance: random.Random,
    think_s: float,
    until: float,
    tally: Tally,
) -> None:
    while True:
        await asyncio.sleep(chance.expovariate(1 / think_s))
        if time.monotonic() >= until:
            return
        question = chance.choice(questions)
        asking = chance.random() < _ASKING_SHARE
        try:
            await (_ask if asking else _search)(client, question, tally)
        except (httpx.HTTPError, ValueError) as error:
            tally.errors[type(error).__name__] += 1


async def _search(client: httpx.AsyncClient, question: str, tally: Tally) -> None:
    began = time.perf_counter()
    response = await client.get("/api/search", params={"q": question, "k": 5})
    if response.status_code != 200 or not response.json():
        tally.errors[f"search {response.status_code}"] += 1
        return
    tally.times["search"].append(time.perf_counter() - began)


async def _ask(client: httpx.AsyncClient, question: str, tally: Tally) -> None:
    began, name, seen = time.perf_counter(), "", set[str]()
    body = {"question": question, "stream": True}
    async with client.stream("POST", "/api/ask", json=body) as response:
        if response.status_code != 200:
            tally.errors[f"ask {response.status_code}"] += 1
            return
        async for line in response.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
                if name not in seen and name in ("evidence", "delta", "answer"):
                    tally.times[name].append(time.perf_counter() - began)
                seen.add(name)
            elif line.startswith("data: ") and name == "answer":
                tally.outcomes[json.loads(line.removeprefix("data: "))["status"]] += 1
    if "answer" not in seen:
        tally.errors["no answer"] += 1


class _Usage:
    """Processor time and the most memory of a process between start and stop."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._stat = Path(f"/proc/{process.pid}")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self.cores = self.memory_mb = 0.0

    def start(self) -> None:
        self._began, self._cpu = time.perf_counter(), self._seconds()
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()
        self.cores = (self._seconds() - self._cpu) / (time.perf_counter() - self._began)

    def _follow(self) -> None:
        while not self._ended.wait(1):
            pages = int((self._stat / "statm").read_text("ascii").split()[1])
            memory_mb = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
            self.memory_mb = max(self.memory_mb, memory_mb)

    def _seconds(self) -> float:
        fields = (self._stat / "stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _print(
    tally: Tally, load: Load, watch: _Usage, at_once: int, pause_s: float, documents: int
) -> None:
    machine = this_machine()
    out = [
        f"{machine.cpu}，{machine.cores} 核，Python {machine.python}；{documents} 个文件；",
        f"{load.users} 个用户，{load.seconds:g} 秒，平均想 {load.think_s:g} 秒；"
        f"llm_at_once {at_once}，替身模型 {pause_s * 1e3:g} 毫秒一字",
        "",
        "| 用时（毫秒） | 次数 | p50 | p95 | p99 | 最长 |",
        "|---|---|---|---|---|---|",
    ]
    names = {
        "search": "检索",
        "evidence": "提问到依据",
        "delta": "提问到首字",
        "answer": "提问到回答",
    }
    for name, said in names.items():
        times = np.array(tally.times[name] or [0.0]) * 1e3
        p50, p95, p99 = np.percentile(times, [50, 95, 99])
        figures = f"{p50:.0f} | {p95:.0f} | {p99:.0f} | {times.max():.0f}"
        out.append(f"| {said} | {len(tally.times[name])} | {figures} |")
    answers = len(tally.times["answer"])
    requests = answers + len(tally.times["search"])
    errors = f"{sum(tally.errors.values())} {dict(tally.errors) or ''}".rstrip()
    out += [
        "",
        f"请求 {requests / load.seconds:.1f} 次/秒，回答 {answers / load.seconds:.2f} 个/秒；"
        f"结果 {dict(tally.outcomes)}；错误 {errors}",
        f"服务进程用 {watch.cores:.2f} 核，内存峰值 {watch.memory_mb:.0f} MB",
    ]
    sys.stdout.write("\n".join(out) + "\n")


if __name__ == "__main__":
    typer.run(main)
