"""Libraries of the texts of a suite, kept between runs: a run costs only its answers."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from eval.datasets.collection import lone_document
from eval.vectors import VectorCache
from huiwen.settings import Settings
from index.catalog import Catalog
from index.database import sqlite_url
from index.embedder import Embedder
from index.library import Library
from index.rows import embedded, to_store
from ingest.chunk import chunk

FOLDER = Path.home() / ".cache" / "huiwen" / "suites"
_KEY = 12


def open_library(
    name: str,
    texts: Sequence[str],
    embedder: Embedder,
    vectors: VectorCache,
    settings: Settings,
    folder: Path,
) -> Library:
    """A library with every text as a document without a title, cut as the settings say.

    It is built once for the same texts, embedder and length of passages. The
    texts are not parsed: there is nothing in them to repair, and their titles
    are not told to the answerer.
    """
    told = "\n".join([embedder.fingerprint, str(settings.passage_chars), *texts])
    key = hashlib.sha256(told.encode()).hexdigest()[:_KEY]
    store = folder / f"{name}-{key}"
    if not store.exists():
        _build(store, texts, embedder, vectors, settings.passage_chars)
    return Library(library_settings(settings, store), embedder)


def library_settings(settings: Settings, store: Path) -> Settings:
    """The settings with a store of its own on this machine, whatever serves the office."""
    return settings.model_copy(update={"store": store, "catalog_url": "", "engine": "local"})


def _build(
    store: Path, texts: Sequence[str], embedder: Embedder, vectors: VectorCache, limit: int
) -> None:
    draft = store.with_name(store.name + ".partial")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    documents = [lone_document(text) for text in texts]
    cut = [chunk(document, limit) for document in documents]
    made = iter(vectors.passages([embedded(passage) for parts in cut for passage in parts]))
    catalog = Catalog(sqlite_url(draft / "catalog.sqlite"))
    try:
        for document, parts in zip(documents, cut, strict=True):
            stored = to_store(parts, [next(made) for _ in parts])
            catalog.put(document, stored, document.sha256, embedder.fingerprint)
    finally:
        catalog.close()
    draft.rename(store)
