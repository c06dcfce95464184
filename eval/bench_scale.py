"""What vector indexes cost per vector and per query, to extrapolate from.

``python -m eval.bench_scale --count 1000000 --threads 1`` writes a table to
standard output and, with ``--out``, to a JSON file; docs/scale.md quotes it.
The vectors are synthetic (clusters of low intrinsic dimension, unit length):
sizes and times hold for any vectors, recall holds for these only.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Annotated, Any

import faiss
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from eval.machine import this_machine
from index.embedder import Vectors

DIMENSION = 384
_CLUSTERS, _INTRINSIC, _SPREAD, _NOISE = 2_000, 48, 0.08, 0.3
_CHUNK = 200_000
_TRAIN_PER_LIST = 50
_QUERIES = 100
_K = 10
# Of the codes, so many times k are scored again with vectors of full precision.
_AGAIN = 10
console = Console(width=140)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one index. Times in seconds or, where the name says so, milliseconds."""

    name: str
    probed: int
    bytes_per_vector: float
    build_s: float
    p50_ms: float
    p95_ms: float
    scanned_per_s: float
    recall: float
    recall_again: float


def made(count: int, seed: int, world: int = 7) -> Iterator[Vectors]:
    """Unit vectors in chunks, shape ``(<= 200000, 384)``, of one world for every seed."""
    fixed = np.random.default_rng(world)
    centres = fixed.standard_normal((_CLUSTERS, DIMENSION), dtype=np.float32)
    mixing = fixed.standard_normal((_INTRINSIC, DIMENSION), dtype=np.float32)
    rng = np.random.default_rng(seed)
    for start in range(0, count, _CHUNK):
        size = min(_CHUNK, count - start)
        inner = rng.standard_normal((size, _INTRINSIC), dtype=np.float32) @ mixing
        out = centres[rng.integers(0, _CLUSTERS, size)] + inner * np.float32(_SPREAD)
        out += rng.standard_normal((size, DIMENSION), dtype=np.float32) * np.float32(_NOISE)
        faiss.normalize_L2(out)
        yield out


def _flat(kind: str) -> Callable[[int], Any]:
    return lambda lists: faiss.index_factory(DIMENSION, kind, faiss.METRIC_INNER_PRODUCT)


def _inverted(code: str) -> Callable[[int], Any]:
    return lambda lists: faiss.index_factory(
        DIMENSION, f"IVF{lists},{code}", faiss.METRIC_INNER_PRODUCT
    )


# Name to (maker, shares of the lists that are probed).
INDEXES: dict[str, tuple[Callable[[int], Any], tuple[float, ...]]] = {
    "Flat": (_flat("Flat"), (1,)),
    "SQ8": (_flat("SQ8"), (1,)),
    "IVF,SQ8": (_inverted("SQ8"), (1 / 64, 1 / 16)),
    "IVF,RaBitQ": (_inverted("RaBitQ"), (1 / 64, 1 / 16)),
    "IVF,PQ96x4fs": (_inverted("PQ96x4fs"), (1 / 64, 1 / 16)),
}


def lists_for(count: int) -> int:
    """Number of inverted lists: a power of two near ``2 * sqrt(count)``, within faiss' advice."""
    return int(2 ** round(np.log2(2 * np.sqrt(count))))


def measured(name: str, vectors: Vectors, queries: Vectors, truth: np.ndarray) -> Iterator[Cost]:
    """Costs of the index ``name`` over ``vectors``, one per number of lists probed."""
    make, shares = INDEXES[name]
    lists = lists_for(len(vectors))
    began = time.perf_counter()
    index = make(lists)
    if not index.is_trained:
        sample = np.random.default_rng(1).permutation(len(vectors))[: lists * _TRAIN_PER_LIST]
        index.train(vectors[np.sort(sample)])
    index.add(vectors)
    build = time.perf_counter() - began
    size = len(faiss.serialize_index(index)) / len(vectors)
    for share in shares:
        probed = max(1, round(share * lists))
        inverted = hasattr(index, "nprobe")
        if inverted:
            index.nprobe = probed
        times, hits, again = [], 0, 0
        for query, best in zip(queries, truth, strict=True):
            began = time.perf_counter()
            found = index.search(query[None], _K * _AGAIN)[1][0]
            times.append(time.perf_counter() - began)
            found = found[found >= 0]
            hits += len(np.intersect1d(found[:_K], best))
            order = np.argsort(-(vectors[found] @ query))[:_K]
            again += len(np.intersect1d(found[order], best))
        p50 = median(times)
        yield Cost(
            name=name,
            probed=probed if inverted else 0,
            bytes_per_vector=round(size, 1),
            build_s=round(build, 1),
            p50_ms=round(p50 * 1e3, 3),
            p95_ms=round(quantiles(times, n=20)[-1] * 1e3, 3),
            scanned_per_s=round(len(vectors) * (share if inverted else 1) / p50),
            recall=round(hits / truth.size, 3),
            recall_again=round(again / truth.size, 3),
        )


def main(
    count: Annotated[int, typer.Option(help="向量数")] = 100_000,
    threads: Annotated[int, typer.Option(help="线程数")] = 1,
    only: Annotated[str, typer.Option(help="只测这些索引，以分号分隔")] = ";".join(INDEXES),
    out: Annotated[Path | None, typer.Option(help="结果写入此 JSON 文件")] = None,
) -> None:
    """测量各种向量索引每个向量的字节数、建立用时与检索用时。"""
    faiss.omp_set_num_threads(threads)
    vectors = np.concatenate(list(made(count, seed=1)))
    queries = next(made(_QUERIES, seed=2))
    exact = faiss.IndexFlatIP(DIMENSION)
    exact.add(vectors)
    truth = exact.search(queries, _K)[1]
    del exact
    costs: list[Cost] = []
    table = Table(*(field for field in Cost.__slots__), title=f"{count:,} × {DIMENSION}")
    for name in only.split(";"):
        for cost in measured(name, vectors, queries, truth):
            costs.append(cost)
            table.add_row(*(str(value) for value in asdict(cost).values()))
    console.print(table)
    if out:
        data = {
            "machine": asdict(this_machine()),
            "count": count,
            "threads": threads,
            "lists": lists_for(count),
            "costs": [asdict(cost) for cost in costs],
        }
        out.write_text(json.dumps(data, ensure_ascii=False, indent=1), "utf-8")


if __name__ == "__main__":
    typer.run(main)
