"""Given passages in place of a library: what the answerer sees of one, and no more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eval.bm25 import BM25, best
from eval.datasets.collection import lone_document
from eval.vectors import VectorCache
from huiwen.errors import NotFoundError
from huiwen.types import Document, Filters, Hit, Passage
from index.embedder import Embedder
from index.features import Candidate
from index.fusion import score_fusion
from index.likeness import Likeness
from index.query import understand
from index.rerank import Reranker
from index.rows import embedded
from index.words import words


class Shelf:
    """The passages of one question, all of them found for whatever is asked.

    They are scored and put in order as the library does with what it
    retrieves, BM25 counted over these few alone.
    """

    def __init__(
        self,
        passages: Sequence[Passage],
        embedder: Embedder,
        vectors: VectorCache,
        reranker: Reranker | None,
    ) -> None:
        self._passages = tuple(passages)
        self._embedder = embedder
        self.likeness = Likeness(embedder)
        self._reranker = reranker
        self._vectors = vectors.passages([embedded(passage) for passage in passages])
        self._bm25 = BM25([words(passage.text) for passage in passages]) if passages else None

    def search(self, query: str, k: int, filters: Filters = Filters()) -> list[Hit]:  # noqa: B008 - as the library's
        if self._bm25 is None:
            return []
        understood = understand(query)
        vector = self._embedder.embed_query(understood.text)
        cosines = np.asarray(self._vectors @ vector, np.float32)
        told = self._bm25.scores(understood.words)
        dense, lexical = best(cosines, len(cosines)), best(told, len(told), least=0.0)
        scores = score_fusion(dense, lexical)
        if self._reranker:
            order = sorted(scores)
            candidates = [
                Candidate(self._passages[at], float(cosines[at]), float(told[at])) for at in order
            ]
            scores = dict(zip(order, self._reranker.scores(understood, candidates), strict=True))
        dense_ranks = {at: rank for rank, (at, _) in enumerate(dense, start=1)}
        lexical_ranks = {at: rank for rank, (at, _) in enumerate(lexical, start=1)}
        return [
            Hit(
                self._passages[at],
                scores[at],
                float(cosines[at]),
                dense_ranks.get(at),
                lexical_ranks.get(at),
            )
            for at in sorted(scores, key=lambda at: (-scores[at], at))[:k]
        ]

    def document(self, identity: str) -> Document:
        """Raises NotFoundError."""
        for passage in self._passages:
            if passage.document_id == identity:
                return lone_document(passage.text)
        raise NotFoundError(f"没有编号为 {identity} 的文件。")

    def mentions(self, text: str) -> bool:
        return any(text in passage.text for passage in self._passages)
