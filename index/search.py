"""Search from end to end: candidates of both kinds, fused, the best of them put in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from huiwen.types import Filters, Hit, Passage
from index.embedder import Vectors
from index.engine import Candidates, SearchEngine
from index.features import Candidate
from index.fusion import score_fusion, spread_factor
from index.query import Query
from index.rerank import Reranker

# Candidates looked for in each document or of each speaker that the question names.
_NAMED = 10
# Of the candidates, some may be repeats or have been deleted meanwhile.
_SPARE = 10


@dataclass(frozen=True, slots=True)
class Search:
    """How questions are searched: over an engine, in the words of a catalogue.

    ``passages`` gives those of the numbers that are still there; ``narrowed``
    the numbers that filters let through. ``weighed`` says that the cosines are
    of the model that all weights were fitted with; others are scaled to its
    spread, search by search.
    """

    engine: SearchEngine
    passages: Callable[[Iterable[int]], dict[int, Passage]]
    narrowed: Callable[[Filters], Sequence[int]]
    reranker: Reranker | None
    weighed: bool = True

    def hits(
        self,
        query: Query,
        vector: Vectors,
        k: int,
        count: int,
        among: Sequence[int] | None = None,
    ) -> list[Hit]:
        """The best ``k``, best first: the reranked, then the rest as fused.

        ``count`` candidates of each kind are looked at, of ``among`` if given.
        Passages of the same text (a document kept twice) are shown once.
        """
        found = self.engine.search(vector, query.words, count, among)
        found = self._with_named(found, query, vector, among)
        factor = 1.0 if self.weighed else spread_factor(found.dense)
        fused = score_fusion([(n, factor * c) for n, c in found.dense], found.lexical)
        order = sorted(fused, key=lambda number: (-fused[number], number))
        # Reading passages is dear: no more of them than can come to be shown.
        order = order[: max(k, self.reranker.depth if self.reranker else 0) + _SPARE]
        passages = self.passages(order)
        order = _once([number for number in order if number in passages], passages)
        scores = fused
        if self.reranker is not None and order:
            told = self._told(query, vector, order[: self.reranker.depth], passages, factor)
            order, scores = _reranked(self.reranker, query, told, order, fused)
        cosine = dict(found.dense)
        dense = {number: rank for rank, (number, _) in enumerate(found.dense, start=1)}
        lexical = {number: rank for rank, (number, _) in enumerate(found.lexical, start=1)}
        return [
            Hit(passages[n], scores[n], cosine.get(n), dense.get(n), lexical.get(n))
            for n in order[:k]
        ]

    def _with_named(
        self, found: Candidates, query: Query, vector: Vectors, among: Sequence[int] | None
    ) -> Candidates:
        """Candidates with the best of what the question names, which may rank far behind."""
        dense, lexical = dict(found.dense), dict(found.lexical)
        allowed = None if among is None else set(among)
        for filters in query.narrowings:
            numbers = self.narrowed(filters)
            if allowed is not None:
                numbers = [number for number in numbers if number in allowed]
            more = self.engine.search(vector, query.words, _NAMED, numbers)
            dense.update(more.dense)
            lexical.update(more.lexical)
        return Candidates(_best_first(dense), _best_first(lexical))

    def _told(
        self,
        query: Query,
        vector: Vectors,
        numbers: Sequence[int],
        passages: dict[int, Passage],
        factor: float,
    ) -> list[Candidate]:
        """Candidates with both scores, also where only one side had returned them."""
        told = self.engine.search(vector, query.words, len(numbers), numbers)
        cosine = {number: factor * value for number, value in told.dense}
        bm25 = dict(told.lexical)
        return [Candidate(passages[n], cosine.get(n), bm25.get(n, 0.0)) for n in numbers]


def _reranked(
    reranker: Reranker,
    query: Query,
    candidates: Sequence[Candidate],
    order: list[int],
    fused: dict[int, float],
) -> tuple[list[int], dict[int, float]]:
    """Order and scores with the first of ``order`` judged anew."""
    top, rest = order[: len(candidates)], order[len(candidates) :]
    judged = dict(zip(top, reranker.scores(query, candidates), strict=True))
    top.sort(key=lambda number: (-judged[number], number))
    # The rest goes on below the last judged, a cosine apart as fused.
    below = judged[top[-1]] - fused[rest[0]] - 1.0 if rest else 0.0
    return top + rest, judged | {number: below + fused[number] for number in rest}


def _best_first(scores: dict[int, float]) -> list[tuple[int, float]]:
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def _once(order: Sequence[int], passages: dict[int, Passage]) -> list[int]:
    """The numbers without those whose text stands before them already."""
    first: dict[str, int] = {}
    for number in order:
        first.setdefault(passages[number].text, number)
    return list(first.values())
