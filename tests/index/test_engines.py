"""The configured engine is opened, and starts anew where the catalogue went back in time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from huiwen.settings import Settings
from index.catalog import Catalog
from index.database import sqlite_url
from index.engine import Change, Entry
from index.engines import ENGINES, open_engine
from index.local_engine import LocalEngine
from tests.index.test_catalog_contract import A, B, D, put

VECTOR = np.eye(D, dtype=np.float32)[0]


@pytest.fixture
def catalog(settings: Settings) -> Iterator[Catalog]:
    catalog = Catalog(sqlite_url(settings.store / "catalog.sqlite"))
    put(catalog, A)
    yield catalog
    catalog.close()


def test_every_engine_that_can_be_set_is_known() -> None:
    setting = Settings.model_fields["engine"].annotation
    assert set(ENGINES) == set(setting.__args__)  # type: ignore[union-attr]


def test_the_local_one(settings: Settings, catalog: Catalog) -> None:
    engine = open_engine(settings, catalog, D)
    assert isinstance(engine, LocalEngine)
    engine.close()


def test_milvus_starts_anew_where_the_catalogue_went_back(
    settings: Settings, catalog: Catalog
) -> None:
    pytest.importorskip("milvus_lite", reason="pip install 'huiwen[milvus]'")
    from milvus_lite.server_manager import server_manager_instance

    path = str(settings.store / "milvus.db")
    chosen = settings.model_copy(update={"engine": "milvus", "milvus_uri": path})
    engine = open_engine(chosen, catalog, D)
    for change in catalog.changes(engine.generation, D):
        engine.apply(change)
    engine.close()
    put(catalog, B)
    behind = open_engine(chosen, catalog, D)
    assert behind.generation == 1
    assert len(behind.search(VECTOR, [], 9).dense) == 2
    behind.apply(Change(99, (), (Entry(99, VECTOR, ("不曾有过",)),)))
    behind.close()
    anew = open_engine(chosen, catalog, D)
    assert anew.generation == 0
    assert anew.search(VECTOR, ["不曾有过"], 9).dense == []
    anew.close()
    server_manager_instance.release_server(path)
