"""Putting ranked lists together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from statistics import pstdev

Ranking = Sequence[tuple[int, float]]
# The constant of Cormack, Clarke and Buettcher (SIGIR 2009), who found the
# result insensitive to it around 60.
RRF_K = 60
# How much cosine the best BM25 score of a search is worth. The best of 0.01,
# 0.02, 0.04 and 0.08 on CMRC 2018 (see docs/bench_retrieval.md).
LEXICAL_WEIGHT = 0.08
# The mean standard deviation of the 50 best cosines of a question with multilingual-e5-small
# on CMRC 2018; the weight above and those of ``index.rerank`` are for cosines that spread so.
SPREAD = 0.0117


def spread_factor(dense: Ranking) -> float:
    """What cosines of another embedder are multiplied by to spread as those weighed here."""
    deviation = pstdev(cosine for _, cosine in dense) if len(dense) > 1 else 0.0
    return SPREAD / deviation if deviation > 0 else 1.0


def reciprocal_rank_fusion(rankings: Sequence[Sequence[int]], k: int = RRF_K) -> dict[int, float]:
    """Score of every item: the sum of ``1 / (k + rank)`` over the lists it is in, rank from 1."""
    scores: defaultdict[int, float] = defaultdict(float)
    for ranking in rankings:
        for rank, item in enumerate(ranking, start=1):
            scores[item] += 1 / (k + rank)
    return dict(scores)


def score_fusion(
    dense: Ranking, lexical: Ranking, weight: float = LEXICAL_WEIGHT
) -> dict[int, float]:
    """Score of every item: its cosine and ``weight`` times its BM25 as a share of the best BM25.

    Both lists are best first. What only one side returned is taken to be as
    good on the other as the last it returned: it can be no better.
    """
    cosine, bm25 = dict(dense), dict(lexical)
    least = dense[-1][1] if dense else 0.0
    best = lexical[0][1] if lexical else 0.0
    floor = lexical[-1][1] if lexical else 0.0
    scale = weight / best if best > 0 else 0.0
    return {
        item: cosine.get(item, least) + scale * bm25.get(item, floor)
        for item in dict.fromkeys([*cosine, *bm25])
    }
