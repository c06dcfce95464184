"""What the catalogue keeps and forgets, run against every database it may be in."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from huiwen.errors import StoreError
from huiwen.types import (
    Box,
    Document,
    Filters,
    IngestReport,
    Metadata,
    Paragraph,
    ParagraphKind,
    Passage,
    Piece,
    Span,
)
from index.catalog import Catalog
from index.database import Database, sqlite_url
from index.embedder import Vectors
from index.engine import Entry
from index.rows import Stored
from index.synonyms import Synonym
from index.tables import TABLES

D = 4


def document(identity: str, said: str, date: str = "2024-03-01") -> Document:
    paragraph = Paragraph(
        f"{identity}-p", said, (Span(0, len(said)),), ParagraphKind.BODY, ("一、要求",),
        (Box(1, 0.5, 1, 2, 3),), "李明", "局长", 0.9, f"一、{said}", "120" in said,
    )  # fmt: skip
    return Document(
        identity, f"/文件/{identity}.txt", f"{identity}.txt", "0" * 64, "txt", "utf-8", said,
        "海州市会议纪要", (paragraph,), IngestReport(paragraphs=1, passages=1, warnings=("某处",)),
        Metadata(date=date, issuer="海州市政府"),
    )  # fmt: skip


def passages(of: Document, speaker: str = "李明") -> list[Passage]:
    paragraph = of.paragraphs[0]
    said = paragraph.text
    return [
        Passage(
            f"{of.id}-{at}-{said}", of.id, of.name, of.title, paragraph.headings, said,
            (Piece(paragraph.id, 0, len(said), 0),), speaker, "局长", of.metadata.date, 1,
            paragraph.item, paragraph.decision,
        )
        for at in range(2)
    ]  # fmt: skip


def vectors(count: int, seed: int = 0) -> Vectors:
    return np.random.default_rng(seed).standard_normal((count, D)).astype(np.float32)


def stored(of: Sequence[Passage], seed: int = 0) -> list[Stored]:
    made = vectors(len(of), seed)
    return [Stored(p, v, ("海州市", p.text)) for p, v in zip(of, made, strict=True)]


def put(catalog: Catalog, made: Document, seed: int = 0) -> list[int]:
    return catalog.put(made, stored(passages(made), seed), f"{made.text}/1")[0]


def told(catalog: Catalog, since: int = 0) -> tuple[int, list[int], list[Entry]]:
    """Generation reached, numbers removed and entries added since ``since``."""
    parts = list(catalog.changes(since, D))
    assert [part.generation for part in parts[:-1]] == [since] * (len(parts) - 1)
    removed = [number for part in parts for number in part.removed]
    return parts[-1].generation, removed, [entry for part in parts for entry in part.added]


def numbers_of(catalog: Catalog) -> list[int]:
    return [entry.number for entry in told(catalog)[2]]


def vectors_of(catalog: Catalog) -> Vectors:
    return np.stack([entry.vector for entry in told(catalog)[2]])


A, B = document("a", "管网改造120公里。"), document("b", "新建学校8所。", date="")


class CatalogContract:
    """Inherited by a class per database that gives the ``url`` of an empty one."""

    @pytest.fixture
    def catalog(self, url: str) -> Iterator[Catalog]:
        catalog = Catalog(url)
        yield catalog
        catalog.close()

    def test_what_was_put_is_there_also_after_reopening(self, url: str, catalog: Catalog) -> None:
        numbers = put(catalog, A)
        catalog.close()
        again = Catalog(url)
        assert again.document("a") == A
        assert again.passages(numbers) == dict(zip(numbers, passages(A), strict=True))
        assert again.passage(passages(A)[1].id) == passages(A)[1]
        assert [info.name for info in again.documents()] == ["a.txt"]
        assert again.recipe("a") == f"{A.text}/1"
        generation, removed, entries = told(again)
        assert (generation, removed) == (again.generation, [])
        assert [(e.number, e.words) for e in entries] == [
            (number, ("海州市", A.text)) for number in numbers
        ]
        np.testing.assert_array_equal(vectors_of(again), vectors(2))
        assert set(again.known_vectors("a", D)) == {p.id for p in passages(A)}
        again.close()

    def test_what_is_not_there(self, catalog: Catalog) -> None:
        assert catalog.document("x") is catalog.info("x") is catalog.passage("x") is None
        assert catalog.recipe("x") is catalog.delete("x") is catalog.meta("x") is None
        assert catalog.passages([1, 2]) == {}
        assert told(catalog) == (0, [], [])
        assert catalog.size == 0

    def test_every_write_is_a_generation(self, catalog: Catalog) -> None:
        seen = [catalog.generation]
        put(catalog, A)
        seen.append(catalog.generation)
        put(catalog, B)
        seen.append(catalog.generation)
        catalog.delete("a")
        seen.append(catalog.generation)
        assert seen == [0, 1, 2, 3]

    def test_numbers_grow_and_are_never_given_again(self, catalog: Catalog) -> None:
        first = put(catalog, A)
        second = put(catalog, B)
        catalog.delete("b")
        third = put(catalog, B)
        assert first == sorted(first)
        assert max(first) < min(second) <= max(second) < min(third)

    def test_a_new_version_takes_the_place_of_the_old(self, catalog: Catalog) -> None:
        old = put(catalog, A)
        changed = replace(document("a", "管网改造250公里。"))
        numbers, removed, _ = catalog.put(changed, stored(passages(changed)), "新")
        assert removed == old
        assert catalog.passages(old) == {}
        assert catalog.document("a") == changed
        assert not catalog.contains("120")
        assert catalog.contains("250公里")
        assert len(catalog.passages(numbers)) == 2

    def test_what_is_deleted_is_gone(self, catalog: Catalog) -> None:
        numbers = put(catalog, A)
        put(catalog, B)
        assert catalog.delete("a") == (numbers, 3)
        assert catalog.document("a") is catalog.passage(passages(A)[0].id) is None
        assert catalog.passages(numbers) == {}
        assert not catalog.contains("管网")

    def test_filters(self, catalog: Catalog) -> None:
        a, b = put(catalog, A), put(catalog, B)
        for filters, expected in (
            (Filters(document_id="a"), a),
            (Filters(speaker="李明"), a + b),
            (Filters(speaker="王"), []),
            (Filters(since="2024-03-01"), a),
            (Filters(since="2024-03-02"), []),
            (Filters(until="2024-03-01"), a),
            (Filters(until="2024-02-29"), []),
            (Filters(document_id="b", since="2000-01-01"), []),
            (Filters(item="改造"), a),
            (Filters(item="%"), []),
            (Filters(decisions=True), a),
            (Filters(collection="文件"), a + b),
            (Filters(collection="件"), []),
            (Filters(collection="%"), []),
            (Filters(collection="文件", document_id="b"), b),
        ):
            assert sorted(catalog.narrowed(filters)) == expected

    @pytest.mark.parametrize("said", ["100%_达标'\"\\", "甲\u3000乙😀", "ＡＢ½㎡", "x" * 100_000])
    def test_any_text_comes_back_as_it_was(self, catalog: Catalog, said: str) -> None:
        made = document("t", said)
        put(catalog, made)
        assert catalog.document("t") == made
        assert catalog.contains(said)
        assert catalog.contains("xyz%") is catalog.contains("_x_") is False

    def test_literally_means_also_in_case(self, catalog: Catalog) -> None:
        put(catalog, document("t", "PM2.5 Good"))
        assert catalog.contains("PM2.5")
        assert not catalog.contains("pm2.5")

    def test_new_vectors_for_all(self, catalog: Catalog) -> None:
        numbers = put(catalog, A)
        catalog.replace_vectors(numbers, vectors(2, seed=5), "other/4")
        np.testing.assert_array_equal(vectors_of(catalog), vectors(2, seed=5))
        assert catalog.meta("embedder") == "other/4"
        assert catalog.generation == 2

    def test_abbreviations_and_speakers_come_and_go_with_their_documents(
        self, catalog: Catalog
    ) -> None:
        put(catalog, document("c", "由海州市生态环境局（以下简称环境局）负责。"))
        put(catalog, document("d", "由海州市生态环境局（以下简称环境局）牵头。"))
        assert catalog.synonyms() == [Synonym("环境局", "海州市生态环境局")]
        assert catalog.distinct("speaker") == ["李明"]
        catalog.delete("c")
        assert catalog.synonyms() == [Synonym("环境局", "海州市生态环境局")]
        put(catalog, document("d", "由环境局牵头。"))
        assert catalog.synonyms() == []
        catalog.delete("d")
        assert catalog.distinct("speaker") == []

    def test_changes_bring_an_engine_up_to_date(self, catalog: Catalog) -> None:
        a = put(catalog, A)
        b = put(catalog, B)
        catalog.delete("a")
        assert told(catalog)[:2] == (3, [])
        assert numbers_of(catalog) == b
        for since, removed, added in ((1, a, b), (2, a, []), (3, [], []), (9, [], [])):
            generation, gone, entries = told(catalog, since)
            assert (generation, sorted(gone), [e.number for e in entries]) == (3, removed, added)
        catalog.replace_vectors(b, vectors(2, seed=9), "other/4")
        generation, gone, entries = told(catalog, 3)
        assert (generation, gone, [e.number for e in entries]) == (4, [], b)

    def test_changes_are_of_one_moment(self, catalog: Catalog) -> None:
        many = [replace(passages(A)[0], id=f"a-{at}", page=at) for at in range(4_500)]
        numbers, _, _ = catalog.put(A, stored(many), "多")
        parts = catalog.changes(0, D)
        seen = [entry.number for entry in next(parts).added]
        put(catalog, B)
        catalog.delete("a")
        rest = list(parts)
        assert seen + [e.number for part in rest for e in part.added] == numbers
        assert rest[-1].generation == 1

    def test_vectors_of_another_dimension_are_left_out(self, catalog: Catalog) -> None:
        put(catalog, A)
        assert [entry for part in catalog.changes(0, D + 1) for entry in part.added] == []

    def test_more_passages_than_one_statement_takes(self, catalog: Catalog) -> None:
        many = [replace(passages(A)[0], id=f"a-{at}", page=at) for at in range(1_203)]
        numbers, _, _ = catalog.put(A, stored(many), "多")
        found = catalog.passages([*numbers, 10**9])
        assert [found[number].page for number in numbers] == list(range(1_203))
        np.testing.assert_array_equal(vectors_of(catalog), vectors(1_203))

    def test_writers_at_once_leave_whole_documents(self, url: str, catalog: Catalog) -> None:
        def write(writer: int) -> None:
            own = Catalog(url)
            for version in range(6):
                put(own, document(f"w{writer}", f"第{version}版"))
            own.close()

        threads = [threading.Thread(target=write, args=(writer,)) for writer in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert catalog.generation == 18
        assert [info.id for info in catalog.documents()] == ["w0", "w1", "w2"]
        assert catalog.size == len(numbers_of(catalog)) == 6
        assert catalog.contains("第5版")
        assert not catalog.contains("第4版")

    def test_a_failed_write_changes_nothing(self, catalog: Catalog) -> None:
        put(catalog, A)
        twice = [passages(B)[0], passages(B)[0]]
        with pytest.raises(StoreError, match="无法写入"):
            catalog.put(B, stored(twice), "重")
        assert catalog.generation == 1
        assert catalog.document("b") is None

    def test_another_version_of_the_store_is_refused(self, url: str, catalog: Catalog) -> None:
        catalog.set_meta("schema", "1")
        with pytest.raises(StoreError, match="版本是 1"):
            Catalog(url)


class TestSqlite(CatalogContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return sqlite_url(tmp_path / "store" / "catalog.sqlite")

    def test_a_file_that_is_no_database_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "bad.sqlite").write_bytes(b"not a database at all" * 100)
        with pytest.raises(StoreError, match=r"bad\.sqlite.*备份"):
            Catalog(sqlite_url(tmp_path / "bad.sqlite"))


class TestPostgres(CatalogContract):
    @pytest.fixture
    def url(self, postgres: str) -> str:
        emptied = Database(postgres)
        with emptied.write() as db:
            TABLES.drop_all(db)
        emptied.close()
        return postgres

    def test_a_reader_does_not_wait_for_a_writer(self, url: str, catalog: Catalog) -> None:
        put(catalog, A)
        other = Database(url)
        with other.write() as db:
            db.execute(text("UPDATE documents SET name = 'changed'"))
            assert catalog.documents()[0].name == "a.txt"
        assert catalog.documents()[0].name == "changed"
        other.close()
