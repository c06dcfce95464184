"""The int8 embedder beside plain ``SentenceTransformer.encode``, of the same weights, in one run.

``python -m eval.bench_embed`` writes docs/bench_embed.md. Texts are those of
CMRC 2018 trial and DRCD dev (setting ``data``). The two take turns, a few
texts each, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console

from eval.machine import this_machine
from huiwen.models.store import ModelStore, Role
from huiwen.settings import Settings, load_settings
from index.embedder import BatchingEmbedder, Encoder, Vectors, load_encoder
from index.vector_cache import VectorCache

_SETS = {"CMRC 2018 trial": "cmrc2018_trial.json", "DRCD dev": "drcd_dev.json"}
_ROUND = 32  # the default batch of SentenceTransformer.encode
_SHORT_CHARS = 10
_PAUSE_S = 0.3
_CACHE_BYTES = 2**28
console = Console(stderr=True)
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pool:
    """Paragraphs, questions, and which paragraph answers each."""

    name: str
    contexts: tuple[str, ...]
    questions: tuple[str, ...]
    answers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """The same measured with both: seconds or vectors."""

    plain: Numbers | Vectors
    ours: Numbers | Vectors


def pool(name: str, path: Path, size: int, questions: int) -> Pool:
    """``size`` paragraphs chosen by chance, and at most so many questions about them."""
    articles = json.loads(path.read_text("utf-8"))["data"]
    about = {
        str(paragraph["context"]): [str(qa["question"]) for qa in paragraph["qas"]]
        for article in articles
        for paragraph in article["paragraphs"]
    }
    chance = random.Random(0)  # noqa: S311 - a sample, no secret
    contexts = chance.sample(sorted(about), min(size, len(about)))
    asked = [(q, at) for at, context in enumerate(contexts) for q in about[context]]
    chosen = chance.sample(asked, min(questions, len(asked)))
    return Pool(name, tuple(contexts), tuple(q for q, _ in chosen), tuple(at for _, at in chosen))


def alternate(
    turns: Sequence[Sequence[Sequence[str]]],
    plain: Callable[[Sequence[str]], Vectors],
    ours: Callable[[Sequence[str]], Vectors],
) -> tuple[Pair, Pair]:
    """Seconds per part, and all vectors; who goes first changes with each turn."""
    seconds: dict[str, list[float]] = {"plain": [], "ours": []}
    vectors: dict[str, list[Vectors]] = {"plain": [], "ours": []}
    both = [("plain", plain), ("ours", ours)]
    for number, turn in enumerate(turns):
        for name, embed in both if number % 2 else both[::-1]:
            # torch's threads spin for a while after their work, on the others' cores.
            time.sleep(_PAUSE_S)
            for part in turn:
                begun = time.perf_counter()
                vectors[name].append(np.atleast_2d(embed(part)))
                seconds[name].append(time.perf_counter() - begun)
    return (
        Pair(np.asarray(seconds["plain"]), np.asarray(seconds["ours"])),
        Pair(np.concatenate(vectors["plain"]), np.concatenate(vectors["ours"])),
    )


class Bench:
    """Both embedders, loaded and warm."""

    def __init__(self, settings: Settings) -> None:
        from sentence_transformers import SentenceTransformer

        path = ModelStore(settings).resolve(Role.EMBEDDER, settings.embedder)
        self._plain = SentenceTransformer(str(path), device="cpu", local_files_only=True)
        self.encoder = load_encoder(settings)
        self.ours = BatchingEmbedder(self.encoder)
        for text in ("会议", "会议" * 200):
            self.plain_passages([text])
            self.ours.embed_passages([text])
            self.plain_query([text])
            self.encoder.query(text)

    def plain_passages(self, texts: Sequence[str]) -> Vectors:
        found = self._plain.encode(
            list(texts), prompt_name="document", normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(found, np.float32)

    def plain_query(self, texts: Sequence[str]) -> Vectors:
        found = self._plain.encode_query(
            texts[0], normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(found, np.float32)

    def plain_queries(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.plain_query([text]) for text in texts])

    def ours_queries(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.encoder.query(text) for text in texts])

    def ours_alone(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.encoder.passages([text])[0] for text in texts])

    def passages(self, texts: Sequence[str]) -> tuple[Pair, Pair]:
        turns = [[texts[start : start + _ROUND]] for start in range(0, len(texts), _ROUND)]
        return alternate(turns, self.plain_passages, self.ours.embed_passages)

    def queries(self, texts: Sequence[str]) -> tuple[Pair, Pair]:
        parts = [[text] for text in texts]
        turns = [parts[start : start + _ROUND] for start in range(0, len(parts), _ROUND)]
        return alternate(turns, self.plain_query, lambda part: self.encoder.query(part[0]))


def alone(bench: Bench, texts: Sequence[str], queries: Sequence[str]) -> list[str]:
    """Rows of CPU time on one thread, which other work on the machine hardly moves."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    rows = []
    for name, work, plain, ours in (
        ("段落", texts, bench.plain_passages, bench.ours_alone),
        ("问题", queries, bench.plain_queries, bench.ours_queries),
    ):
        used = []
        for embed in (plain, ours):
            begun = time.process_time()
            embed(work)
            used.append(1000 * (time.process_time() - begun) / len(work))
        rows.append(
            f"| {name}，CPU 毫秒，一个线程 | {used[0]:.1f} | {used[1]:.1f} | "
            f"{used[0] / used[1]:.2f} |"
        )
    torch.set_num_threads(threads)
    return rows


def resumed(encoder: Encoder, texts: Sequence[str], folder: Path) -> tuple[float, float]:
    """Seconds to embed texts for the first time, and after an interruption at the very end."""
    seconds = []
    for _ in range(2):
        again = BatchingEmbedder(encoder, VectorCache(folder / "cache", _CACHE_BYTES))
        begun = time.perf_counter()
        again.embed_passages(texts)
        seconds.append(time.perf_counter() - begun)
    return seconds[0], seconds[1]


def recall(queries: Vectors, passages: Vectors, answers: Sequence[int], k: int) -> Numbers:
    """Whether each question's paragraph is among its ``k`` nearest."""
    nearest = np.argsort(-(queries @ passages.T), axis=1, kind="stable")[:, :k]
    return np.asarray((nearest == np.asarray(answers)[:, None]).any(axis=1), np.float64)


def quality(one: Pool, passages: Pair, queries: Pair) -> list[str]:
    """Rows of the table of one data set."""
    p, o = passages, queries
    cosine = {
        "段落": np.sum(p.plain * p.ours, axis=1),
        "问题": np.sum(o.plain * o.ours, axis=1),
    }
    rows = [
        f"| {one.name} | {name}余弦（平均，最小） | 1 | {c.mean():.4f}，{c.min():.4f} |"
        for name, c in cosine.items()
    ]
    for k in (1, 10):
        plain = recall(o.plain, p.plain, one.answers, k)  # type: ignore[arg-type]
        ours = recall(o.ours, p.ours, one.answers, k)  # type: ignore[arg-type]
        rows.append(f"| {one.name} | recall@{k} | {plain.mean():.3f} | {ours.mean():.3f} |")
    first = [np.argmax(q @ d.T, axis=1) for q, d in ((o.plain, p.plain), (o.ours, p.ours))]
    rows.append(f"| {one.name} | 首位相同的问题 | 1 | {np.mean(first[0] == first[1]):.3f} |")
    return rows


def speed(passages: Pair, queries: Pair, count: int) -> list[str]:
    """Rows of the table of speeds."""
    rates = count / passages.plain.sum(), count / passages.ours.sum()
    ratios = np.sort(passages.plain / passages.ours)
    rows = [
        f"| 段落，每秒 | {rates[0]:.2f} | {rates[1]:.2f} | "
        f"{rates[1] / rates[0]:.2f}（各轮 {ratios[0]:.2f} – {ratios[-1]:.2f}） |"
    ]
    for share in (50, 95):
        plain, ours = (1000 * np.percentile(each, share) for each in (queries.plain, queries.ours))
        rows.append(f"| 问题，p{share}（毫秒） | {plain:.1f} | {ours:.1f} | {plain / ours:.2f} |")
    return rows


def main(
    size: Annotated[int, typer.Option(help="每个数据集的段落数")] = 128,
    questions: Annotated[int, typer.Option(help="每个数据集的问题数")] = 300,
    output: Annotated[Path, typer.Option(help="结果表")] = Path("docs/bench_embed.md"),
) -> None:
    """Measure and write the tables."""
    settings = load_settings()
    load = os.getloadavg()[0]
    bench = Bench(settings)
    pools = [
        pool(name, settings.data / "datasets" / file, size, questions)
        for name, file in _SETS.items()
    ]
    measured = [(one, bench.passages(one.contexts), bench.queries(one.questions)) for one in pools]
    texts = [context for one in pools for context in one.contexts]
    short = [text[:_SHORT_CHARS] for text in texts]
    _, brief = bench.passages(short)
    brief_cosine = np.sum(brief.plain * brief.ours, axis=1)
    doubled = time.perf_counter()
    bench.ours.embed_passages(texts[:_ROUND] * 2)
    doubled = time.perf_counter() - doubled
    with TemporaryDirectory() as folder:
        first, again = resumed(bench.encoder, texts[:_ROUND], Path(folder))
    machine = this_machine()
    lines = [
        "# 向量计算的速度与一致程度",
        "",
        f"`python -m eval.bench_embed --size {size} --questions {questions}`，"
        f"{machine.cores} 核 {machine.cpu}，"
        f"开始时系统负载 {load:.1f}（别的程序也在用）。{len(texts)} 个段落，平均 "
        f"{np.mean([*map(len, texts)]):.0f} 字；"
        f"{sum(len(one.questions) for one in pools)} 个问题，平均 "
        f"{np.mean([len(q) for one in pools for q in one.questions]):.0f} 字。"
        f"对照是 `SentenceTransformer.encode`（torch，fp32，每批 {_ROUND} 段，默认线程数），"
        "同一份权重，同一次运行里交替进行；绝对值随机器忙闲而变，看比值。",
        "",
        "| 速度 | torch fp32 | 会问 int8 | 倍数 |",
        "|---|---|---|---|",
    ]
    seconds = Pair(*(np.concatenate([getattr(p[0], who) for _, p, _ in measured])
                     for who in ("plain", "ours")))  # fmt: skip
    asked = Pair(*(np.concatenate([getattr(q[0], who) for _, _, q in measured])
                   for who in ("plain", "ours")))  # fmt: skip
    lines += speed(seconds, asked, len(texts))
    lines += alone(bench, texts[:_ROUND], pools[0].questions[:_ROUND])
    lines += ["", "| 数据 | 一致程度 | torch fp32 | 会问 int8 |", "|---|---|---|---|"]
    for one, passages, queries in measured:
        lines += quality(one, passages[1], queries[1])
    lines += [
        f"| 段落的前 {_SHORT_CHARS} 字 | 余弦（平均，最小） | 1 | "
        f"{brief_cosine.mean():.4f}，{brief_cosine.min():.4f} |",
        "",
        f"{_ROUND} 段各出现两次：{doubled:.1f} 秒；各一次并写入缓存：{first:.1f} 秒；"
        f"中断后再来，全部从缓存取：{again:.3f} 秒。",
        "",
    ]
    output.write_text("\n".join(lines), "utf-8")
    console.print("\n".join(lines))


if __name__ == "__main__":
    typer.run(main)
