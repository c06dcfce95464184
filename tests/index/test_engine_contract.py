"""What every search engine behind the seam does, run against each of them."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from huiwen.errors import StoreError
from index.embedder import Vectors
from index.engine import Candidates, Change, Entry, SearchEngine
from index.local_engine import LocalEngine

D = 8
# Opens the engine of one library again and again.
Opener = Callable[[], SearchEngine]
Changes = Callable[[int], Iterator[Change]]
# Done to an engine after every change.
Settle = Callable[[SearchEngine, Changes], None]


def unit(*values: float) -> Vectors:
    vector = np.zeros(D, dtype=np.float32)
    vector[: len(values)] = values
    return vector / np.float32(np.linalg.norm(vector))


def entry(number: int, vector: Vectors, text: str) -> Entry:
    return Entry(number, vector, tuple(text.split()))


LIBRARY = (
    entry(1, unit(1), "海州市 管网 改造 120 公里"),
    entry(2, unit(0.9, 0.1), "海州市 学校 8 所 新增 学位"),
    entry(3, unit(0, 1), "临江县 管网 投资 3.5 亿元"),
    entry(4, unit(0, 0, 1), "海政发 2024-5号 气象 值守"),
)


class Followed:
    """An engine and the truth it follows, as a library keeps them."""

    def __init__(self, reopen: Opener, settle: Settle) -> None:
        self._reopen = reopen
        self._settle = settle
        self._generation = 0
        self._born: dict[int, tuple[int, Entry]] = {}
        self._gone: dict[int, int] = {}
        self.engine = reopen()

    def apply(self, change: Change) -> None:
        self._generation = change.generation
        for number in change.removed:
            del self._born[number]
            self._gone[number] = change.generation
        self._born |= {entry.number: (change.generation, entry) for entry in change.added}
        self.engine.apply(change)
        self._settle(self.engine, self.changes)

    def changes(self, since: int) -> Iterator[Change]:
        removed = [n for n, generation in self._gone.items() if generation > since and since]
        added = [entry for generation, entry in self._born.values() if generation > since]
        yield Change(since, removed, added)
        yield Change(self._generation, (), ())

    def restart(self) -> None:
        self.engine.close()
        self.engine = self._reopen()
        for change in self.changes(self.engine.generation):
            self.engine.apply(change)

    def search(
        self, vector: Vectors, words: Sequence[str], k: int, among: Sequence[int] | None = None
    ) -> Candidates:
        return self.engine.search(vector, words, k, among)


def as_it_is(engine: SearchEngine, changes: Changes) -> None:
    """Leave the engine as its changes made it."""


class EngineContract:
    """Inherited by a class per engine that gives the ``reopen`` fixture."""

    @pytest.fixture
    def settle(self) -> Settle:
        return as_it_is

    @pytest.fixture
    def engine(self, reopen: Opener, settle: Settle) -> Iterator[Followed]:
        followed = Followed(reopen, settle)
        yield followed
        followed.engine.close()

    @pytest.fixture
    def filled(self, engine: Followed) -> Followed:
        engine.apply(Change(1, (), LIBRARY))
        return engine

    def test_an_empty_one_finds_nothing(self, engine: Followed) -> None:
        assert engine.engine.generation == 0
        found = engine.search(unit(1), ["管网"], 5)
        assert (found.dense, found.lexical) == ([], [])

    def test_by_cosine_best_first(self, filled: Followed) -> None:
        dense = filled.search(unit(1), [], 3).dense
        assert [number for number, _ in dense] == [1, 2, 3]
        expected = [float(unit(1) @ e.vector) for e in LIBRARY[:3]]
        assert [score for _, score in dense] == pytest.approx(expected, abs=1e-3)

    def test_by_words_best_first(self, filled: Followed) -> None:
        lexical = filled.search(unit(1), ["管网", "临江县"], 5).lexical
        assert [number for number, _ in lexical] == [3, 1]
        assert lexical[0][1] > lexical[1][1] > 0

    def test_words_are_whole(self, filled: Followed) -> None:
        for word, number in (("3.5", 3), ("2024-5号", 4), ("8", 2)):
            assert [n for n, _ in filled.search(unit(1), [word], 5).lexical] == [number]

    def test_what_is_no_word_of_any_finds_nothing(self, filled: Followed) -> None:
        for word in ("5", "2024", "号", "无此词", '"', "a OR b", "*", ""):
            assert filled.search(unit(1), [word], 5).lexical == []

    def test_no_more_than_asked_for(self, filled: Followed) -> None:
        found = filled.search(unit(1, 1, 1), ["海州市", "管网"], 2)
        assert (len(found.dense), len(found.lexical)) == (2, 2)

    def test_ties_by_number(self, engine: Followed) -> None:
        same = [entry(number, unit(1, 1), "汛期 值守") for number in (9, 7, 8)]
        engine.apply(Change(1, (), same))
        found = engine.search(unit(1, 1), ["值守"], 3)
        assert [number for number, _ in found.dense] == [7, 8, 9]
        assert [number for number, _ in found.lexical] == [7, 8, 9]

    def test_only_among_the_filtered(self, filled: Followed) -> None:
        found = filled.search(unit(1), ["管网", "海州市"], 5, among=[2, 3, 77])
        assert {number for number, _ in found.dense} == {2, 3}
        assert {number for number, _ in found.lexical} == {2, 3}
        nothing = filled.search(unit(1), ["管网"], 5, among=[])
        assert (nothing.dense, nothing.lexical) == ([], [])

    def test_among_very_many(self, filled: Followed) -> None:
        many = [3, *range(1_001, 61_001, 2)]
        found = filled.search(unit(1), ["管网"], 5, among=many)
        assert [number for number, _ in found.dense] == [3]
        assert [number for number, _ in found.lexical] == [3]

    def test_among_all_but_a_few(self, engine: Followed) -> None:
        many = [entry(n, unit(1, n / 50), f"管网 号{n}") for n in range(1, 31)]
        engine.apply(Change(1, (), many))
        engine.apply(Change(2, (4,), (entry(40, unit(1), "管网 号40"),)))
        everything = set(range(1, 31)) - {4} | {40}
        for left_out in ({1}, {1, 2, 3}, {40, 30}, {1, 3, 5, 7, 9, 11, 13}, everything - {9}):
            among = sorted(everything - left_out)
            for k in (1, 5, 50):
                found = engine.search(unit(1), ["管网", "号1"], k, among=among)
                assert len(found.dense) == len(found.lexical) == min(k, len(among))
                assert {n for n, _ in [*found.dense, *found.lexical]} <= set(among)

    def test_what_is_deleted_never_comes_back(self, filled: Followed) -> None:
        filled.apply(Change(2, (1,), ()))
        filled.apply(Change(3, (), (entry(5, unit(1), "管网 巡查"),)))
        for restarts in range(3):
            if restarts:
                filled.restart()
            for k in (1, 5, 100):
                found = filled.search(unit(1), ["管网", "120", "公里"], k)
                assert 1 not in dict(found.dense)
                assert 1 not in dict(found.lexical)
            assert filled.search(unit(1), ["公里"], 5, among=[1]) == Candidates([], [])

    def test_a_replaced_passage_is_found_by_its_new_self(self, filled: Followed) -> None:
        filled.apply(Change(2, (1, 2), (entry(5, unit(0, 0, 0, 1), "管网 改造 250 公里"),)))
        found = filled.search(unit(0, 0, 0, 1), ["120", "250"], 5)
        assert found.dense[0][0] == 5
        assert [number for number, _ in found.lexical] == [5]
        assert {number for number, _ in found.dense} == {3, 4, 5}

    def test_the_same_number_with_another_vector(self, filled: Followed) -> None:
        filled.apply(Change(2, (), (entry(3, unit(0, 0, 0, 1), "临江县 管网"),)))
        dense = filled.search(unit(0, 0, 0, 1), [], 5).dense
        assert dense[0] == (3, pytest.approx(1.0, abs=1e-3))
        assert len(dense) == len(LIBRARY)

    def test_applied_twice_is_applied_once(self, filled: Followed) -> None:
        before = filled.search(unit(1), ["管网"], 5)
        filled.engine.apply(Change(1, (), LIBRARY))
        assert_same(filled.search(unit(1), ["管网"], 5), before)

    def test_after_a_restart_all_is_as_before(self, filled: Followed) -> None:
        filled.apply(Change(7, (2,), ()))
        before = filled.search(unit(1), ["管网", "海州市"], 5)
        for _ in range(2):
            filled.restart()
            assert filled.engine.generation == 7
            assert_same(filled.search(unit(1), ["管网", "海州市"], 5), before)

    def test_caught_up_from_nothing(self, reopen: Opener) -> None:
        engine = reopen()
        for start in range(0, len(LIBRARY), 2):
            engine.apply(Change(0, (), LIBRARY[start : start + 2]))
        engine.apply(Change(12, (), ()))
        assert engine.generation == 12
        assert len(engine.search(unit(1), [], 9).dense) == len(LIBRARY)
        engine.close()

    def test_any_history_ends_as_a_dict_does(self, engine: Followed) -> None:
        rng = np.random.default_rng(11)
        there: dict[int, Entry] = {}
        fresh = 1
        for generation in range(1, 31):
            removed = [n for n in there if rng.random() < 0.3]
            added = [
                entry(number, unit(*rng.standard_normal(D)), f"词{number % 5} 号{number}")
                for number in range(fresh, fresh + int(rng.integers(0, 9)))
            ]
            fresh += len(added)
            for number in removed:
                del there[number]
            there |= {one.number: one for one in added}
            engine.apply(Change(generation, removed, added))
            query = unit(*rng.standard_normal(D))
            found = engine.search(query, ["词3"], fresh)
            by_cosine = sorted(there, key=lambda n: -float(there[n].vector @ query))
            assert [number for number, _ in found.dense] == by_cosine
            assert sorted(n for n, _ in found.lexical) == [n for n in sorted(there) if n % 5 == 3]
            if generation % 7 == 0:
                engine.restart()


def assert_same(found: Candidates, expected: Candidates) -> None:
    """The same passages in the same order, scores but for their last digits."""
    for ours, theirs in ((found.dense, expected.dense), (found.lexical, expected.lexical)):
        assert [number for number, _ in ours] == [number for number, _ in theirs]
        assert [s for _, s in ours] == pytest.approx([s for _, s in theirs], abs=1e-3)


class TestLocal(EngineContract):
    """All of it in memory, as before the first base."""

    @pytest.fixture
    def reopen(self, tmp_path: Path) -> Opener:
        return lambda: LocalEngine(tmp_path, D, "library", lambda: 10**6)


def compacted(engine: SearchEngine, changes: Changes) -> None:
    assert isinstance(engine, LocalEngine)
    assert engine.compact(changes) == any(change.added for change in changes(0))


class TestLocalBase(TestLocal):
    """Written to disk after every change."""

    @pytest.fixture
    def settle(self) -> Settle:
        return compacted


def every_other(engine: SearchEngine, changes: Changes) -> None:
    if engine.generation % 2:
        compacted(engine, changes)


class TestLocalBoth(TestLocal):
    """Partly on disk, partly in memory."""

    @pytest.fixture
    def settle(self) -> Settle:
        return every_other


class TestMilvus(EngineContract):
    """Milvus Lite, which speaks the protocol of the cluster."""

    @pytest.fixture
    def reopen(self, tmp_path: Path) -> Iterator[Opener]:
        pytest.importorskip("milvus_lite", reason="pip install 'huiwen[milvus]'")
        from milvus_lite.server_manager import server_manager_instance

        from index.milvus_engine import MilvusEngine

        path = str(tmp_path / "milvus.db")

        def reopen() -> SearchEngine:
            # Its server outlives its clients: ended, so that it reads its files again.
            server_manager_instance.release_server(path)
            return MilvusEngine(path, "", "library", D)

        yield reopen
        server_manager_instance.release_server(path)

    def test_vectors_of_another_dimension_begin_anew(
        self, tmp_path: Path, filled: Followed
    ) -> None:
        from index.milvus_engine import MilvusEngine

        filled.engine.close()
        other = MilvusEngine(str(tmp_path / "milvus.db"), "", "library", D + 4)
        assert other.generation == 0
        assert other.search(np.ones(D + 4, dtype=np.float32), ["管网"], 5).lexical == []
        other.close()

    def test_two_libraries_in_one_place(self, tmp_path: Path, filled: Followed) -> None:
        from index.milvus_engine import MilvusEngine

        other = MilvusEngine(str(tmp_path / "milvus.db"), "", "second", D)
        other.apply(Change(1, (), (entry(1, unit(0, 1), "乙市"),)))
        assert filled.search(unit(1), ["乙市"], 5).lexical == []
        other.reset()
        assert other.generation == 0
        assert other.search(unit(0, 1), ["乙市"], 5) == Candidates([], [])
        assert len(filled.search(unit(1), [], 5).dense) == len(LIBRARY)
        other.close()

    def test_a_long_passage_keeps_its_first_words(self, engine: Followed) -> None:
        engine.apply(Change(1, (), (entry(1, unit(1), "开头 " + "中间 " * 20_000 + "末尾"),)))
        assert engine.search(unit(1), ["开头"], 5).lexical
        assert engine.search(unit(1), ["末尾"], 5).lexical == []

    def test_a_lost_collection_is_said_with_what_to_do(self, filled: Followed) -> None:
        filled.engine._client.drop_collection("library")  # type: ignore[attr-defined]
        with pytest.raises(StoreError, match=r"集合 library.*milvus_uri"):
            filled.search(unit(1), ["管网"], 5)

    def test_no_server_is_said_with_what_to_do(self, reopen: Opener) -> None:
        from index.milvus_engine import MilvusEngine

        with pytest.raises(StoreError, match=r"127\.0\.0\.1:9.*milvus_uri"):
            MilvusEngine("http://127.0.0.1:9", "", "library", D)

    def test_a_server_that_says_nothing_is_given_up(
        self, reopen: Opener, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from index import milvus_engine

        monkeypatch.setattr(milvus_engine, "_ASKING_S", 0.3)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
            with pytest.raises(StoreError, match="连接失败"):
                milvus_engine.MilvusEngine(uri, "", "library", D)
