"""What a passage costs in the catalogue, on whichever database it is kept.

``python -m eval.bench_catalog [postgresql://…]`` cuts public news (setting
``data``) as a library does, stores it with vectors made up, and reads passages
back fifty at a time; docs/scale.md quotes it. Nothing is embedded. A
PostgreSQL database must be an empty one of the bench's own.
"""

from __future__ import annotations

import random
import time
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer

from eval.bench_ingest import articles
from huiwen.settings import load_settings
from huiwen.types import Document
from index.catalog import Catalog
from index.database import Database, sqlite_url
from index.rows import Stored
from index.words import words
from ingest.chunk import chunk
from ingest.parse import parse

DIMENSION = 384
_FETCHED, _TIMES = 50, 400


def main(
    url: Annotated[str, typer.Argument(help="数据库地址；空为临时的 SQLite 文件")] = "",
    documents: Annotated[int, typer.Option(help="文件数，每个约十页")] = 400,
) -> None:
    """测量资料库每个片段占用的字节数、写入速度与取回片段的用时。"""
    settings = load_settings()
    texts = articles(settings.data / "datasets" / "news")
    made = [
        parse(f"/news/{number:05}.txt", f"第{number}期\n\n{texts[number % len(texts)]}".encode())
        for number in range(documents)
    ]
    rng = np.random.default_rng(0)
    cut = [
        (
            document,
            [
                Stored(
                    passage,
                    rng.standard_normal(DIMENSION, dtype=np.float32),
                    words(passage.placed),
                )
                for passage in chunk(document, settings.passage_chars)
            ],
        )
        for document in made
    ]
    with TemporaryDirectory() as folder:
        where = url or sqlite_url(Path(folder) / "catalog.sqlite")
        _measure(where, cut)


def _measure(url: str, cut: list[tuple[Document, list[Stored]]]) -> None:
    catalog = Catalog(url)
    numbers: list[int] = []
    began = time.perf_counter()
    for document, passages in cut:
        numbers += catalog.put(document, passages, "bench")[0]
    stored = time.perf_counter() - began
    times = []
    for _ in range(_TIMES):
        wanted = random.sample(numbers, _FETCHED)
        began = time.perf_counter()
        catalog.passages(wanted)
        times.append((time.perf_counter() - began) * 1e3)
    catalog.close()
    everything = [one for _, passages in cut for one in passages]
    n = len(everything)
    characters = sum(len(one.passage.text) for one in everything) / n
    typer.echo(f"{n} passages of {characters:.0f} characters")
    typer.echo(
        f"words a passage: {sum(len(one.words) for one in everything) / n:.1f}, "
        f"different ones {sum(len(set(one.words)) for one in everything) / n:.1f}"
    )
    typer.echo(f"stored: {len(cut) / stored:.1f} documents, {n / stored:.0f} passages a second")
    typer.echo(f"bytes a passage: {_bytes(url) / n:.0f}")
    typer.echo(
        f"{_FETCHED} passages: p50 {median(times):.2f} ms, p95 {quantiles(times, n=20)[-1]:.2f} ms"
    )


def _bytes(url: str) -> int:
    database = Database(url)
    with database.read() as db:
        if database.is_sqlite:
            pages = int(db.exec_driver_sql("PRAGMA page_count").scalar_one())
            size = pages * int(db.exec_driver_sql("PRAGMA page_size").scalar_one())
        else:
            sizes = "SELECT pg_database_size(current_database())"
            size = int(db.exec_driver_sql(sizes).scalar_one())
    database.close()
    return size


if __name__ == "__main__":
    typer.run(main)
