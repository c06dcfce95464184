"""Which engine searches a library: one per value of the setting ``engine``."""

from __future__ import annotations

from collections.abc import Callable

from huiwen.settings import Settings
from index.catalog import Catalog
from index.engine import SearchEngine
from index.local_engine import LocalEngine
from index.milvus_engine import MilvusEngine


def _local(settings: Settings, catalog: Catalog, dimension: int) -> SearchEngine:
    root = settings.store / "index"
    return LocalEngine(root, dimension, catalog.library, lambda: catalog.generation)


def _milvus(settings: Settings, catalog: Catalog, dimension: int) -> SearchEngine:
    collection = f"huiwen_{catalog.library}"
    engine = MilvusEngine(settings.milvus_uri, settings.milvus_token, collection, dimension)
    # The catalogue is asked second, so that it cannot be behind by being old news: it
    # has been put back to an earlier state, and what came after never happened.
    if engine.generation > catalog.generation:
        engine.reset()
    return engine


ENGINES: dict[str, Callable[[Settings, Catalog, int], SearchEngine]] = {
    "local": _local,
    "milvus": _milvus,
}


def open_engine(settings: Settings, catalog: Catalog, dimension: int) -> SearchEngine:
    """The configured engine of the catalogue's library, as far behind as it may be.

    Raises ConfigError or StoreError where it cannot be reached.
    """
    return ENGINES[settings.engine](settings, catalog, dimension)
