"""Search measured by size, and beside what a user would take instead.

``python -m eval.bench_search --sizes 10000,100000,200000 --peers VENV``.
Passages are windows of the public news articles; vectors are real ones from
the cache of ``eval.bench_retrieval`` and, beyond those, mixtures of two of
them. Writes ``docs/bench_search.md``.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from eval.bench_scale import DIMENSION, made
from eval.datasets import SETS
from eval.datasets.news import load_articles
from eval.machine import this_machine
from eval.peer_search import PEERS, K
from eval.vectors import DEFAULT_CACHE
from huiwen.settings import load_settings
from index.embedder import Vectors
from index.engine import Change, Entry
from index.local_engine import LocalEngine
from index.words import words

_REPORT = Path(__file__).parent.parent / "docs" / "bench_search.md"
_WINDOW = 150  # words, about 320 characters
_QUESTIONS = 200
_DIGEST = 16
_PEER_LIMIT_S = 900
_CANDIDATES = 50


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one way to search; times in milliseconds, of both kinds of search together."""

    name: str
    passages: int
    built_s: float
    p50: float
    p95: float
    recall: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """Passages' words and vectors, shape ``(n, 384)``, and the same of questions."""

    texts: list[list[str]]
    vectors: Vectors
    questions: list[list[str]]
    queries: Vectors

    def first(self, count: int) -> Material:
        return Material(self.texts[:count], self.vectors[:count], self.questions, self.queries)

    def exact(self) -> NDArray[np.int64]:
        """Places of the ``K`` nearest of every query, shape ``(queries, K)``."""
        return np.array(
            [np.argsort(-(self.vectors @ query), kind="stable")[:K] for query in self.queries]
        )


def material(count: int, data: Path) -> Material:
    """``count`` passages of the news and the questions of all sets."""
    found = load_articles(data)
    with ProcessPoolExecutor(2) as pool:
        counted = list(pool.map(words, found, chunksize=200))
    stride = max(1, sum(map(len, counted)) // count)
    texts = [
        text[start : start + _WINDOW] for text in counted for start in range(0, len(text), stride)
    ][:count]
    asked = [topic.question for name in ("news", "drcd") for topic in SETS[name](data).topics]
    vectors = _vectors(len(texts) + _QUESTIONS)
    questions = [words(question) for question in asked[:_QUESTIONS]]
    return Material(texts, vectors[: len(texts)], questions, vectors[len(texts) :])


def _vectors(count: int) -> Vectors:
    """Unit vectors: real ones as far as there are any, then mixtures of two."""
    rng = np.random.default_rng(0)
    record = np.dtype([("digest", f"S{_DIGEST}"), ("vector", np.float32, (DIMENSION,))])
    files = sorted(DEFAULT_CACHE.glob("*.vectors"), key=lambda path: path.stat().st_size)
    if not files:
        return np.concatenate(list(made(count, 1)))
    real = np.fromfile(files[-1], dtype=record)["vector"]
    real = rng.permutation(real)
    missing = max(0, count - len(real))
    one, other = rng.integers(0, len(real), (2, missing))
    share = rng.uniform(0.5, 0.9, (missing, 1)).astype(np.float32)
    mixed = share * real[one] + (1 - share) * real[other]
    mixed += rng.normal(0, 0.01, mixed.shape).astype(np.float32)
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    # Mixed through, so that questions are of both kinds.
    everything: Vectors = rng.permutation(np.concatenate([real[:count], mixed]))
    return everything


def ours(given: Material, exact: NDArray[np.int64]) -> Iterator[Cost]:
    """The engine with all in the base, and once more with a tenth of it behind the base."""
    entries = [
        Entry(at + 1, vector, tuple(text))
        for at, (vector, text) in enumerate(zip(given.vectors, given.texts, strict=True))
    ]
    for name, behind in (("会问", 0), ("会问，一成还不在底座", len(entries) // 10)):
        with TemporaryDirectory() as folder:
            engine = LocalEngine(Path(folder), DIMENSION, "bench", lambda: 1)
            base, rest = entries[: len(entries) - behind], entries[len(entries) - behind :]
            began = time.perf_counter()
            engine.compact(partial(_changes, base))
            built = time.perf_counter() - began
            engine.apply(Change(2, (), rest))
            times, recall = _asked(engine, given, exact)
            disk = sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file())
            engine.close()
        note = f"磁盘 {disk / len(base):.0f} 字节/段"
        yield _cost(name, len(entries), built, times, recall, note)


def _changes(entries: Sequence[Entry], since: int) -> Iterator[Change]:
    """What a catalogue tells that has had one change."""
    return iter([Change(1, (), () if since else entries)])


def _asked(
    engine: LocalEngine, given: Material, exact: NDArray[np.int64]
) -> tuple[list[float], float]:
    times, found = [], 0
    for round_ in (False, True):  # the first warms up
        for at, (question, query) in enumerate(zip(given.questions, given.queries, strict=True)):
            began = time.perf_counter()
            dense = engine.search(query, question, _CANDIDATES).dense
            if round_:
                times.append(time.perf_counter() - began)
                found += len({number - 1 for number, _ in dense[:K]} & set(exact[at].tolist()))
    return times, found / exact.size


def floor(given: Material) -> Cost:
    """What reading every vector once costs: the least of any exact scan in full precision."""
    times = []
    for query in given.queries[:50]:
        began = time.perf_counter()
        np.max(given.vectors @ query)
        times.append(time.perf_counter() - began)
    rate = given.vectors.nbytes / min(times) / 1e9
    note = f"至少读 {given.vectors.nbytes / 1e6:.0f} MB，{rate:.1f} GB/s"
    return _cost("精确扫描（fp32）", len(given.texts), 0, times, 1.0, note)


def peer(name: str, venv: Path, given: Material, exact: NDArray[np.int64]) -> Cost:
    """One peer in a process of its own."""
    script = Path(__file__).with_name("peer_search.py")
    with TemporaryDirectory() as folder:
        _write(given, Path(folder))
        command = [str(venv / "bin" / "python"), str(script), name, folder]
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=_PEER_LIMIT_S)
        except subprocess.TimeoutExpired:
            return Cost(name, len(given.texts), 0, 0, 0, None, f"{_PEER_LIMIT_S} 秒内没有做完")
    if run.returncode:
        return Cost(name, len(given.texts), 0, 0, 0, None, run.stderr.strip()[-200:])
    told = json.loads(run.stdout.strip().splitlines()[-1])
    hits = [len(set(found) & set(exact[at].tolist())) for at, found in enumerate(told["found"])]
    recall = sum(hits) / exact.size if any(told["found"]) else None
    return _cost(name, len(given.texts), told["built"], told["times"], recall)


def _write(given: Material, folder: Path) -> None:
    (folder / "passages.json").write_text(json.dumps(given.texts), "utf-8")
    (folder / "questions.json").write_text(json.dumps(given.questions), "utf-8")
    np.save(folder / "vectors.npy", given.vectors)
    np.save(folder / "queries.npy", given.queries)


def _cost(
    name: str,
    passages: int,
    built: float,
    times: Sequence[float],
    recall: float | None,
    note: str = "",
) -> Cost:
    p50, p95 = np.percentile(times, [50, 95]) * 1e3
    return Cost(name, passages, built, float(p50), float(p95), recall, note)


def report(costs: Sequence[Cost], command: str) -> str:
    """The measurements as Markdown."""
    machine = this_machine()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    lines = [
        "# 检索速度",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}，`{command}`，{machine.cores} 核 {machine.cpu}，"
        f"本进程内存峰值 {peak:.1f} GB（含测试数据本身）。",
        "",
        f"每问同时做向量与词面检索（各取 {_CANDIDATES}，别家各取 {K}），不含问题的向量计算；"
        f"{_QUESTIONS} 个问题，先全部问一遍预热。召回是向量检索前 {K} 名与精确扫描之比。"
        "段落是公开新闻的窗口，向量是内置模型算出的真实向量及其两两混合。",
        "",
        "| 方式 | 段落 | 建立（秒） | p50 ms | p95 ms | 召回@10 | 备注 |",
        "|---|---|---|---|---|---|---|",
    ]
    for cost in costs:
        recall = "–" if cost.recall is None else f"{cost.recall:.3f}"
        lines.append(
            f"| {cost.name} | {cost.passages:,} | {cost.built_s:.1f} | {cost.p50:.2f} | "
            f"{cost.p95:.2f} | {recall} | {cost.note} |"
        )
    return "\n".join(lines) + "\n"


def main(
    sizes: Annotated[str, typer.Option(help="passages, with commas")] = "10000,100000,200000",
    peers: Annotated[Path | None, typer.Option(help="virtual environment with the peers")] = None,
    peer_size: Annotated[int, typer.Option(help="passages given to the peers")] = 50_000,
) -> None:
    counts = [int(size) for size in sizes.split(",")]
    whole = material(max([*counts, peer_size if peers else 0]), load_settings().data)
    costs: list[Cost] = []
    for count in counts:
        given = whole.first(count)
        exact = given.exact()
        for cost in (floor(given), *ours(given, exact)):
            typer.echo(cost)
            costs.append(cost)
    if peers:
        given = whole.first(peer_size)
        exact = given.exact()
        costs += ours(given, exact)
        for name in PEERS:
            costs.append(peer(name, peers, given, exact))
            typer.echo(costs[-1])
    _REPORT.write_text(
        report(costs, f"python -m eval.bench_search {' '.join(sys.argv[1:])}"), "utf-8"
    )


if __name__ == "__main__":
    typer.run(main)
