"""The search engines there are, by the name that settings give them."""

from __future__ import annotations

from collections.abc import Callable

from huiwen.settings import Settings
from index.catalog import Catalog
from index.engine import SearchEngine
from index.local_engine import LocalEngine

Opener = Callable[[Settings, Catalog, int], SearchEngine]


def _local(settings: Settings, catalog: Catalog, dimension: int) -> SearchEngine:
    return LocalEngine(settings.store / "index", dimension, catalog.library, catalog.generation)


def _milvus(settings: Settings, catalog: Catalog, dimension: int) -> SearchEngine:
    # Its package is an extra.
    from index.milvus_engine import MilvusEngine

    name = f"huiwen_{catalog.library}"
    engine = MilvusEngine(settings.milvus_uri, settings.milvus_token, name, dimension)
    # The catalogue, asked second, is behind only where it was put back to an earlier
    # state: what the engine knows beyond that never happened.
    if engine.generation > catalog.generation:
        engine.reset()
    return engine


ENGINES: dict[str, Opener] = {"local": _local, "milvus": _milvus}


def open_engine(settings: Settings, catalog: Catalog, dimension: int) -> SearchEngine:
    """The configured engine over a catalogue's passages; it may be behind the catalogue."""
    return ENGINES[settings.engine](settings, catalog, dimension)
