"""How good ranked lists are, as TREC counts it, with bootstrap intervals over questions."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.metrics import LEVEL, RESAMPLES

MEASURES = ("hit@1", "hit@5", "hit@10", "recall@10", "mrr", "ndcg@10")
_SEED = 20180


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over questions with its 95 % interval."""

    value: float
    low: float
    high: float


def measures(ranking: Sequence[int], relevant: Collection[int]) -> tuple[float, ...]:
    """The ``MEASURES`` of one ranking.

    ``hit@k`` is 1 where any relevant item is among the first k (trec_eval's
    success), which is recall where a question has one relevant item; ``mrr``
    is of the whole ranking; nDCG has gain 1 for every relevant item.
    """
    ranks = [rank for rank, item in enumerate(ranking, start=1) if item in relevant]
    first = ranks[0] if ranks else math.inf
    ten = [rank for rank in ranks if rank <= 10]
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(10, len(relevant)) + 1))
    return (
        float(first <= 1),
        float(first <= 5),
        float(first <= 10),
        len(ten) / len(relevant),
        1 / first,
        sum(1 / math.log2(rank + 1) for rank in ten) / ideal,
    )


def means(rows: NDArray[np.float64]) -> list[Mean]:
    """Mean of every column of ``rows`` (questions by measures) with percentile bootstrap."""
    rng = np.random.default_rng(_SEED)
    total = len(rows)
    drawn = np.stack([rows[rng.integers(0, total, total)].mean(axis=0) for _ in range(RESAMPLES)])
    margin = (100 - LEVEL) / 2
    low, high = np.percentile(drawn, [margin, 100 - margin], axis=0)
    return [
        Mean(float(value), float(a), float(b))
        for value, a, b in zip(rows.mean(axis=0), low, high, strict=True)
    ]
