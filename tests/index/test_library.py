"""The library: unchanged files cost nothing, changed ones are replaced, deleted ones are gone."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from huiwen.errors import CancelledError, FileTooLargeError, InputError, NotFoundError, StoreError
from huiwen.settings import Settings
from huiwen.types import Filters
from index.library import Change, Library
from tests.fakes import HashEmbedder

A = "甲市会议\n\n甲市完成管网改造120公里，总投资3.5亿元。\n\n丙局长作了发言，强调汛期值守。\n"
B = "乙市会议\n\n乙市新建学校8所，新增学位9600个。\n"


@pytest.fixture
def library(settings: Settings) -> Library:
    return Library(settings, HashEmbedder())


def found(library: Library, question: str) -> list[str]:
    return [hit.passage.text for hit in library.search(question, 5)]


def test_what_was_added_is_found(library: Library) -> None:
    outcome = library.add("a.txt", A.encode())
    library.add("b.txt", B.encode())
    assert outcome.change is Change.ADDED
    assert outcome.info.report.passages == len(library.search("甲市", 50)) - 1
    assert "9600" in found(library, "新增学位多少个")[0]
    assert [info.name for info in library.documents()] == ["a.txt", "b.txt"]


def test_an_unchanged_file_does_nothing(library: Library) -> None:
    library.add("a.txt", A.encode())
    generation = library.generation
    assert library.add("a.txt", A.encode()).change is Change.UNCHANGED
    assert library.generation == generation


def test_a_changed_file_replaces_its_passages(library: Library) -> None:
    library.add("a.txt", A.encode())
    outcome = library.add("a.txt", A.replace("120", "250").encode())
    assert outcome.change is Change.REPLACED
    texts = "".join(found(library, "管网改造多少公里"))
    assert "250" in texts
    assert "120" not in texts
    assert len(library.documents()) == 1


def test_only_new_passages_are_embedded(settings: Settings) -> None:
    embedder = HashEmbedder()
    library = Library(settings, embedder)
    long = "。".join(f"第{n}项工作由第{n}处负责落实并按期完成上报" for n in range(60)) + "。"
    library.add("a.txt", f"题\n\n{long}\n".encode())
    before = embedder.embedded
    library.add("a.txt", f"题\n\n{long}\n\n新加的一段说明情况。\n".encode())
    assert embedder.embedded == before + 1


def test_other_settings_make_the_file_anew(settings: Settings) -> None:
    Library(settings, HashEmbedder()).add("a.txt", A.encode())
    smaller = settings.model_copy(update={"passage_chars": 80})
    assert Library(smaller, HashEmbedder()).add("a.txt", A.encode()).change is Change.REPLACED


def test_a_deleted_file_is_gone_everywhere(library: Library) -> None:
    identity = library.add("a.txt", A.encode()).info.id
    library.add("b.txt", B.encode())
    hit = library.search("管网改造", 1)[0]
    library.delete(identity)
    assert not any("管网" in text for text in found(library, "甲市管网改造120公里"))
    for gone in (library.info, library.document, library.delete):
        with pytest.raises(NotFoundError):
            gone(identity)
    with pytest.raises(NotFoundError):
        library.passage(hit.passage.id)


def test_a_copy_under_another_name_is_shown_once(library: Library) -> None:
    library.add("a.txt", A.encode())
    library.add("copy.txt", A.encode())
    texts = found(library, "管网改造")
    assert len(texts) == len(set(texts))


def test_everything_is_there_after_reopening(settings: Settings) -> None:
    with Library(settings, HashEmbedder()) as library:
        identity = library.add("a.txt", A.encode()).info.id
        library.add("b.txt", B.encode())
        before = library.search("学校", 5)
        document = library.document(identity)
    with Library(settings, HashEmbedder()) as library:
        assert library.search("学校", 5) == before
        assert library.document(identity) == document


def test_what_another_process_writes_is_seen(settings: Settings) -> None:
    ours, theirs = Library(settings, HashEmbedder()), Library(settings, HashEmbedder())
    ours.add("a.txt", A.encode())
    theirs.add("b.txt", B.encode())
    assert any("9600" in text for text in found(ours, "新增学位"))
    assert any("管网" in text for text in found(theirs, "管网改造"))
    ours.delete(next(info.id for info in ours.documents() if info.name == "b.txt"))
    assert not any("9600" in text for text in found(theirs, "新增学位"))


def test_another_embedder_is_refused_until_reindexed(settings: Settings) -> None:
    Library(settings, HashEmbedder()).add("a.txt", A.encode())
    other = Library(settings, HashEmbedder(dimension=96))
    with pytest.raises(StoreError, match="huiwen reindex"):
        other.search("管网", 5)
    assert other.reindex() > 0
    assert any("管网" in text for text in found(other, "管网改造"))


def test_bad_files_leave_the_library_as_it_was(library: Library) -> None:
    library.add("a.txt", A.encode())
    generation = library.generation
    with pytest.raises(InputError):
        library.add("a.txt", b"%PDF-1.4")
    with pytest.raises(FileTooLargeError, match="20 MB"):
        library.add("big.txt", b"a" * (20 * 2**20 + 1))
    assert library.generation == generation
    assert any("管网" in text for text in found(library, "管网改造"))


def test_hostile_queries_are_only_words(library: Library) -> None:
    library.add("a.txt", A.encode())
    for query in ('"', "NEAR(甲 乙)", "甲* OR 乙", "a\" OR tokens:'", "；DROP TABLE passages", "…"):
        library.search(query, 5)


def _add_forever(store: Path) -> None:
    library = Library(Settings(store=store), HashEmbedder())
    library.add("kept.txt", A.encode())
    (store / "ready").touch()
    for number in range(10_000):
        library.add("changing.txt", f"题\n\n第{number}版的内容说明。\n".encode())


def test_a_killed_writer_leaves_whole_documents(settings: Settings) -> None:
    process = multiprocessing.get_context("spawn").Process(
        target=_add_forever, args=(settings.store,)
    )
    process.start()
    while not (settings.store / "ready").exists():
        assert process.is_alive()
        process.join(0.05)
    process.join(0.4)
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with Library(settings, HashEmbedder()) as library:
        assert any("管网" in text for text in found(library, "管网改造"))
        for info in library.documents():
            document = library.document(info.id)
            assert len(document.paragraphs) == info.report.paragraphs
        assert len(library.search("版的内容", 50)) <= 4


@pytest.fixture
def narrowing(settings: Settings) -> Iterator[Library]:
    with Library(settings, HashEmbedder()) as library:
        library.add("a.txt", A.encode())
        library.add("b.txt", B.encode())
        yield library


def test_search_narrows_to_a_document(narrowing: Library) -> None:
    second = next(info for info in narrowing.documents() if info.name == "b.txt")
    hits = narrowing.search("甲市管网改造", 50, Filters(document_id=second.id))
    assert hits
    assert {hit.passage.document_id for hit in hits} == {second.id}


@pytest.mark.parametrize("filters", [Filters(speaker="无此人"), Filters(since="2999-01-01")])
def test_a_filter_nothing_passes_finds_nothing(narrowing: Library, filters: Filters) -> None:
    assert narrowing.search("甲市管网改造", 5, filters) == []


def test_calling_off_changes_nothing(narrowing: Library) -> None:
    before = narrowing.generation

    def check() -> None:
        raise CancelledError("已取消。")

    with pytest.raises(CancelledError):
        narrowing.add("c.txt", A.replace("甲", "丙").encode(), check=check)
    assert narrowing.generation == before


def test_a_changed_file_keeps_the_ids_of_what_did_not_change(library: Library) -> None:
    identity = library.add("a.txt", A.encode()).info.id
    before = {p.text: p.id for p in library.document(identity).paragraphs}
    library.add("a.txt", A.replace("120", "250").encode())
    after = {p.text: p.id for p in library.document(identity).paragraphs}
    same = before.keys() & after.keys()
    assert len(same) == len(before) - 1
    assert all(before[text] == after[text] for text in same)
