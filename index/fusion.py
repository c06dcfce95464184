"""Putting ranked lists together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

# The constant of Cormack, Clarke and Buettcher (SIGIR 2009), who found the
# result insensitive to it around 60.
RRF_K = 60


def reciprocal_rank_fusion(rankings: Sequence[Sequence[int]], k: int = RRF_K) -> dict[int, float]:
    """Score of every item: the sum of ``1 / (k + rank)`` over the lists it is in, rank from 1."""
    scores: defaultdict[int, float] = defaultdict(float)
    for ranking in rankings:
        for rank, item in enumerate(ranking, start=1):
            scores[item] += 1 / (k + rank)
    return dict(scores)
