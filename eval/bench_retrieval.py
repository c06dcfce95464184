"""Retrieval measured stage by stage: ``python -m eval.bench_retrieval --set drcd --set news``.

Writes ``docs/bench_retrieval.md``. Vectors are kept in a cache outside the
repository, so that re-runs take seconds.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from eval.datasets import SETS
from eval.machine import this_machine
from eval.ranking import MEASURES, Mean, means, measures
from eval.stages import Found, Pool, fused, fused_by_rank, places
from eval.vectors import DEFAULT_CACHE, VectorCache
from huiwen.errors import NotFoundError
from huiwen.settings import load_settings
from index.embedder import load_embedder
from index.features import NAMES
from index.rerank import (
    FeatureReranker,
    Reranker,
    fit_command,
    fitted_weights,
    load_reranker,
)

_REPORT = Path(__file__).parent.parent / "docs" / "bench_retrieval.md"
_BUILT_IN = "＋重排（builtin）"
Stage = Callable[[Found], list[int]]


@dataclass(frozen=True, slots=True)
class Line:
    """One stage on one set: its means and what it alone takes, milliseconds per question."""

    stage: str
    means: tuple[Mean, ...]
    took_ms: float


@dataclass(frozen=True, slots=True)
class Table:
    """All stages on one set."""

    name: str
    passages: int
    questions: int
    lines: tuple[Line, ...]


def stages(pool: Pool, chosen: Reranker | None, name: str) -> dict[str, Stage]:
    """Every stage by its label; each of the later ones builds on the fused list."""
    built_in = FeatureReranker()
    table: dict[str, Stage] = {
        "仅向量": lambda found: places(found.dense),
        "仅词面（BM25）": lambda found: places(found.lexical),
        "名次融合（RRF）": fused_by_rank,
        "分数融合": fused,
        _BUILT_IN: lambda found: pool.reranked(found, built_in),
    }
    for at, feature in enumerate(NAMES):
        without = FeatureReranker([0.0 if at == i else w for i, w in enumerate(fitted_weights())])
        table[f"　不用 {feature}"] = lambda found, one=without: pool.reranked(found, one)  # type: ignore[misc]
    if chosen is not None and not isinstance(chosen, FeatureReranker):
        table[f"＋重排（{name}）"] = lambda found: pool.reranked(found, chosen)
    return table


def measure(pool: Pool, table: dict[str, Stage]) -> Iterator[Line]:
    """Run every stage on every question of the pool."""
    topics = pool.collection.topics
    searches = [pool.found(at) for at in range(len(topics))]
    for label, stage in table.items():
        start = time.perf_counter()
        rankings = [stage(found) for found in searches]
        took = time.perf_counter() - start
        rows = np.array([measures(r, t.relevant) for r, t in zip(rankings, topics, strict=True)])
        yield Line(label, tuple(means(rows)), 1000 * took / len(topics))


def report(tables: Sequence[Table], command: str, embedder: str) -> str:
    """The tables as Markdown."""
    machine = this_machine()
    parts = [
        "# 检索质量\n",
        f"{datetime.now(UTC):%Y-%m-%d}，`{command}`，向量模型 `{embedder}`，"
        f"{machine.cores} 核 {machine.cpu}。\n",
        "方括号内是按问题重抽样的 95 % 区间。命中@k：前 k 段里至少有一段相关；"
        "cmrc、drcd 每问只有一段相关，命中即召回。用时是该阶段自身的（不含取得候选），毫秒/问。"
        "“不用 …”各行是去掉内置重排的一项依据（权重不重新拟合）。\n",
        f"内置重排的权重由 `{fit_command()}` 拟合，其中没有的集合没有参与"
        "（cmrc-cut 与 cmrc 同源）。\n",
    ]
    for table in tables:
        parts.append(f"## {table.name}：{table.passages:,} 段，{table.questions:,} 问\n")
        heads = ["阶段", *(m.replace("hit", "命中").replace("recall", "召回") for m in MEASURES)]
        parts.append("| " + " | ".join([*heads, "用时"]) + " |\n|" + "---|" * (len(heads) + 1))
        for line in table.lines:
            cells = [f"{m.value:.3f} [{m.low:.3f}, {m.high:.3f}]" for m in line.means]
            parts.append("| " + " | ".join([line.stage, *cells, f"{line.took_ms:.2f}"]) + " |")
        parts.append(f"\n{verdict(table)}\n")
    return "\n".join(parts)


def verdict(table: Table) -> str:
    """First places missed by the better single search and by the whole, and their ratio."""
    first = {line.stage: line.means[0].value for line in table.lines}
    single = max(first["仅向量"], first["仅词面（BM25）"])
    missed, left = 1 - single, 1 - first[_BUILT_IN]
    ratio = f"，是其 {left / missed:.2f} 倍" if missed else ""
    return f"首位出错：单路较好者 {missed:.2%}，整条流水线 {left:.2%}{ratio}。"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the chosen sets and write the report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--set", action="append", choices=sorted(SETS), dest="sets")
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE)
    parser.add_argument("--report", type=Path, default=_REPORT)
    chosen = parser.parse_args(arguments)
    settings = load_settings()
    embedder = load_embedder(settings)
    vectors = VectorCache(chosen.cache, embedder)
    reranker = load_reranker(settings)
    tables = []
    names = chosen.sets or ["cmrc", "drcd", "rgb"]
    for name in names:
        try:
            collection = SETS[name](settings.data)
        except NotFoundError as error:
            sys.stderr.write(f"跳过 {name}：{error}\n")
            continue
        pool = Pool(collection, vectors)
        lines = tuple(measure(pool, stages(pool, reranker, settings.reranker)))
        tables.append(Table(name, len(collection.passages), len(collection.topics), lines))
        sys.stdout.write(f"{name} {verdict(tables[-1])}\n")
    command = "python -m eval.bench_retrieval " + " ".join(f"--set {name}" for name in names)
    chosen.report.write_text(report(tables, command, embedder.fingerprint), "utf-8")


if __name__ == "__main__":
    main()
