"""A library whose catalogue is on PostgreSQL and whose engine is Milvus answers as any other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from huiwen.errors import StoreError
from huiwen.settings import Settings
from huiwen.types import Filters
from index.database import Database
from index.library import Change, Library
from index.tables import TABLES
from tests.fakes import HashEmbedder
from tests.index.test_library import A, B


@pytest.fixture
def milvus(settings: Settings) -> Iterator[Settings]:
    """Settings with Milvus Lite for an engine."""
    pytest.importorskip("milvus_lite", reason="pip install 'huiwen[milvus]'")
    from milvus_lite.server_manager import server_manager_instance

    path = str(settings.store / "milvus.db")
    settings.store.mkdir(parents=True)
    yield settings.model_copy(update={"engine": "milvus", "milvus_uri": path})
    server_manager_instance.release_server(path)


@pytest.fixture
def elsewhere(milvus: Settings, postgres: str) -> Settings:
    """Settings with nothing of a library in its folder."""
    emptied = Database(postgres)
    with emptied.write() as db:
        TABLES.drop_all(db)
    emptied.close()
    return milvus.model_copy(update={"catalog_url": postgres})


def found(library: Library, question: str, filters: Filters = Filters()) -> str:  # noqa: B008
    return "".join(hit.passage.text for hit in library.search(question, 5, filters))


def test_added_replaced_deleted_and_reopened(elsewhere: Settings) -> None:
    with Library(elsewhere, HashEmbedder()) as library:
        identity = library.add("a.txt", A.encode()).info.id
        second = library.add("b.txt", B.encode()).info.id
        assert library.add("a.txt", A.encode()).change is Change.UNCHANGED
        assert "9600" in found(library, "新增学位多少个")
        assert "120" in found(library, "管网改造多少公里")
        assert "120" not in found(library, "管网改造多少公里", Filters(document_id=second))
        library.add("a.txt", A.replace("120", "250").encode())
        texts = found(library, "管网改造多少公里")
        assert "250" in texts
        assert "120" not in texts
        assert library.mentions("250公里")
    with Library(elsewhere, HashEmbedder()) as library:
        assert found(library, "管网改造多少公里") == texts
        library.delete(identity)
        assert "管网" not in found(library, "甲市管网改造250公里")
    assert not (elsewhere.store / "catalog.sqlite").exists()


def test_two_services_see_each_other(elsewhere: Settings) -> None:
    with Library(elsewhere, HashEmbedder()) as ours, Library(elsewhere, HashEmbedder()) as theirs:
        identity = ours.add("a.txt", A.encode()).info.id
        theirs.add("b.txt", B.encode())
        assert "9600" in found(ours, "新增学位")
        assert "管网" in found(theirs, "管网改造")
        ours.delete(identity)
        assert "管网" not in found(theirs, "管网改造")


def test_another_engine_needs_no_new_ingestion(settings: Settings, milvus: Settings) -> None:
    with Library(settings, HashEmbedder()) as library:
        library.add("a.txt", A.encode())
        library.add("b.txt", B.encode())
        before = library.search("管网改造多少公里", 5)
    with Library(milvus, HashEmbedder()) as library:
        after = library.search("管网改造多少公里", 5)
        assert [hit.passage for hit in after] == [hit.passage for hit in before]
        library.add("c.txt", "丙市会议\n\n丙市植树900亩。\n".encode())
    with Library(settings, HashEmbedder()) as library:
        assert "900" in found(library, "植树多少亩")


def test_another_embedder_fills_the_engine_anew(elsewhere: Settings) -> None:
    with Library(elsewhere, HashEmbedder()) as library:
        library.add("a.txt", A.encode())
    with Library(elsewhere, HashEmbedder(dimension=96)) as library:
        assert library.reindex() > 0
        assert "管网" in found(library, "管网改造")


def test_milvus_away_while_storing_loses_nothing(elsewhere: Settings) -> None:
    from milvus_lite.server_manager import server_manager_instance

    with Library(elsewhere, HashEmbedder()) as library:
        library.add("a.txt", A.encode())
        server_manager_instance.release_server(elsewhere.milvus_uri)
        assert library.add("b.txt", B.encode()).change is Change.ADDED
        with pytest.raises(StoreError, match="Milvus"):
            library.search("新增学位多少个", 3)
    with Library(elsewhere, HashEmbedder()) as library:
        assert library.add("b.txt", B.encode()).change is Change.UNCHANGED
        assert "9600" in found(library, "新增学位多少个")
