"""The stages of retrieval over a pool, each on its own and one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.bm25 import BM25, best
from eval.datasets import Collection
from eval.vectors import VectorCache
from index.embedder import Vectors
from index.features import Candidate
from index.fusion import reciprocal_rank_fusion, score_fusion
from index.query import Query, understand
from index.rerank import Reranker
from index.rows import embedded
from index.words import words
from ingest.normalise import fold

# The default of the setting ``candidates``.
CANDIDATES = 50


@dataclass(frozen=True, slots=True)
class Found:
    """What both searches return for one question, best first, as ``(place, score)``.

    ``cosines`` and ``scores`` are those of every passage of the pool.
    """

    query: Query
    dense: list[tuple[int, float]]
    lexical: list[tuple[int, float]]
    cosines: Vectors
    scores: NDArray[np.float32]


class Pool:
    """A collection with its passages embedded and their words counted."""

    def __init__(self, collection: Collection, vectors: VectorCache) -> None:
        self.collection = collection
        self._passages = vectors.passages([embedded(p) for p in collection.passages])
        self._questions = vectors.queries([fold(t.question) for t in collection.topics])
        self._bm25 = BM25([words(p.placed) for p in collection.passages])

    def found(self, at: int) -> Found:
        """Both searches for the topic of that place."""
        query = understand(self.collection.topics[at].question)
        cosines: Vectors = np.asarray(self._passages @ self._questions[at], np.float32)
        scores = np.asarray(self._bm25.scores(query.words), np.float32)
        dense, lexical = best(cosines, CANDIDATES), best(scores, CANDIDATES, least=0.0)
        return Found(query, dense, lexical, cosines, scores)

    def candidates(self, found: Found, depth: int) -> tuple[list[int], list[Candidate]]:
        """The ``depth`` best of both searches fused, best first, with the scores of both."""
        order = fused(found)[:depth]
        return order, [
            Candidate(
                self.collection.passages[at], float(found.cosines[at]), float(found.scores[at])
            )
            for at in order
        ]

    def reranked(self, found: Found, reranker: Reranker) -> list[int]:
        """Fused, the best of it put in order by the reranker."""
        order, candidates = self.candidates(found, reranker.depth)
        scores = reranker.scores(found.query, candidates)
        first = [at for _, at in sorted(zip(scores, order, strict=True), key=lambda p: -p[0])]
        return first + fused(found)[len(first) :]


def fused(found: Found) -> list[int]:
    """Both searches put together by score."""
    return by_score(score_fusion(found.dense, found.lexical))


def fused_by_rank(found: Found) -> list[int]:
    """Both searches put together by reciprocal rank."""
    rankings = [[at for at, _ in found.dense], [at for at, _ in found.lexical]]
    return by_score(reciprocal_rank_fusion(rankings))


def by_score(scores: dict[int, float]) -> list[int]:
    """Items best first, ties by number."""
    return sorted(scores, key=lambda at: (-scores[at], at))


def places(ranking: Sequence[tuple[int, float]]) -> list[int]:
    """The items of a ranking without their scores."""
    return [at for at, _ in ranking]
