"""Search from end to end over an engine of known answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from huiwen.types import Filters, Passage
from index.embedder import Vectors
from index.engine import Candidates, Change
from index.features import Candidate
from index.query import Query
from index.rerank import Reranker
from index.search import Search
from tests.index.passages import passage

VECTOR = np.zeros(2, np.float32)


@dataclass
class FixedEngine:
    """Has a cosine and a BM25 score for every number, whatever is asked."""

    cosines: dict[int, float]
    scores: dict[int, float]
    generation: int = 0
    asked: list[Sequence[int] | None] = field(default_factory=list)

    def apply(self, change: Change) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def search(
        self, vector: Vectors, words: Sequence[str], k: int, among: Sequence[int] | None = None
    ) -> Candidates:
        self.asked.append(among)

        def top(table: dict[int, float]) -> list[tuple[int, float]]:
            rows = [row for row in table.items() if among is None or row[0] in among]
            return sorted(rows, key=lambda row: -row[1])[:k]

        return Candidates(top(self.cosines), top(self.scores))


class ByText:
    """Judges by how often 好 stands in a passage; ``given`` is what it was last shown."""

    depth = 3
    given: Sequence[Candidate] = ()

    def scores(self, query: Query, candidates: Sequence[Candidate]) -> list[float]:
        self.given = candidates
        return [float(candidate.passage.text.count("好")) for candidate in candidates]


def search(
    texts: dict[int, str],
    engine: FixedEngine,
    reranker: Reranker | None = None,
    narrowed: dict[Filters, list[int]] | None = None,
) -> Search:
    def passages(numbers: Iterable[int]) -> dict[int, Passage]:
        return {n: passage(texts[n]) for n in numbers if n in texts}

    return Search(engine, passages, lambda filters: (narrowed or {})[filters], reranker)


QUERY = Query("问", "问", ("问",))
TEXTS = {1: "甲", 2: "乙好", 3: "丙好好", 4: "丁好好好"}
ENGINE = {"cosines": {1: 0.9, 2: 0.8, 3: 0.7, 4: 0.6}, "scores": {2: 5.0}}


def texts_of(made: Search, count: int = 10, query: Query = QUERY) -> list[str]:
    return [hit.passage.text for hit in made.hits(query, VECTOR, 10, count)]


def test_without_a_reranker_the_fused_order_stands() -> None:
    made = search(TEXTS, FixedEngine(**ENGINE))
    hits = made.hits(QUERY, VECTOR, 10, 10)
    # Words are worth 0.08 of cosine here, and 1 is taken to be as good as the last with words.
    assert [hit.passage.text for hit in hits] == ["甲", "乙好", "丙好好", "丁好好好"]
    assert (hits[1].similarity, hits[1].dense_rank, hits[1].lexical_rank) == (0.8, 2, 1)
    assert hits[0].lexical_rank is None


def test_the_reranker_orders_the_best_few_and_scores_fall() -> None:
    made = search(TEXTS, FixedEngine(**ENGINE), ByText())
    hits = made.hits(QUERY, VECTOR, 10, 10)
    assert [hit.passage.text for hit in hits] == ["丙好好", "乙好", "甲", "丁好好好"]
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)


def test_the_reranker_is_told_both_scores() -> None:
    reranker = ByText()
    engine = FixedEngine({1: 0.9, 2: 0.8, 3: 0.1}, {1: 1.0, 3: 9.0})
    search(TEXTS, engine, reranker).hits(QUERY, VECTOR, 1, 1)
    told = {c.passage.text: (c.similarity, c.lexical) for c in reranker.given}
    assert told == {"甲": (0.9, 1.0), "丙好好": (0.1, 9.0)}


def test_a_text_kept_twice_is_shown_once() -> None:
    made = search({1: "同", 2: "同", 3: "异"}, FixedEngine({1: 0.9, 2: 0.8, 3: 0.7}, {}))
    assert texts_of(made) == ["同", "异"]


def test_what_is_gone_meanwhile_is_left_out() -> None:
    made = search({2: "乙", 3: "丙"}, FixedEngine({1: 0.9, 2: 0.8, 3: 0.7}, {}), ByText())
    assert texts_of(made) == ["乙", "丙"]


def test_what_the_question_names_is_looked_for() -> None:
    query = Query("问", "问", ("问",), documents=frozenset({"d"}))
    narrowed = {Filters(document_id="d"): [4]}
    made = search(TEXTS, FixedEngine(**ENGINE), None, narrowed)
    assert "丁好好好" not in texts_of(made, 2)
    assert "丁好好好" in texts_of(made, 2, query)


def test_a_filter_holds_for_what_is_named_too() -> None:
    query = Query("问", "问", ("问",), documents=frozenset({"d"}))
    engine = FixedEngine(**ENGINE)
    made = search(TEXTS, engine, None, {Filters(document_id="d"): [4]})
    hits = made.hits(query, VECTOR, 10, 2, among=[1, 2])
    assert {hit.passage.text for hit in hits} == {"甲", "乙好"}


@pytest.mark.parametrize("reranker", [None, ByText()])
def test_nothing_found(reranker: Reranker | None) -> None:
    assert search({}, FixedEngine({}, {}), reranker).hits(QUERY, VECTOR, 5, 5) == []


def test_cosines_of_another_model_are_scaled_to_the_spread_weighed() -> None:
    # Spread so widely, 0.08 for the best words would never make up for a cosine.
    wide = FixedEngine({1: 0.9, 2: 0.7, 3: 0.1, 4: -0.5}, {2: 5.0})
    raw = search(TEXTS, wide)
    assert texts_of(raw)[0] == "甲"
    told = FixedEngine({1: 0.9, 2: 0.7}, {1: 1.0, 2: 5.0})
    assert texts_of(Search(told, raw.passages, raw.narrowed, None, weighed=False)) == ["乙好", "甲"]
    assert texts_of(Search(told, raw.passages, raw.narrowed, None)) == ["甲", "乙好"]
