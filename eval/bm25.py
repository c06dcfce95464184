"""Plain BM25 over words held in memory: what the engine of a library scores, for measuring only."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index import delta
from index.delta import K1, B


class BM25:
    """BM25 with the idf of Lucene, ``ln(1 + (N - n + 0.5) / (n + 0.5))``."""

    def __init__(self, texts: Sequence[Sequence[str]], k1: float = K1, b: float = B) -> None:
        lengths = np.array([len(text) for text in texts], dtype=np.float64)
        norms = k1 * (1 - b + b * lengths / max(float(lengths.mean()), 1.0))
        counts: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for at, text in enumerate(texts):
            for word, count in Counter(text).items():
                counts[word].append((at, count))
        self._total = len(texts)
        self._postings: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
        for word, held in counts.items():
            places = np.array([at for at, _ in held])
            frequency = np.array([count for _, count in held], dtype=np.float64)
            idf = math.log1p((self._total - len(held) + 0.5) / (len(held) + 0.5))
            gain = idf * frequency * (k1 + 1) / (frequency + norms[places])
            self._postings[word] = (places, gain)

    def scores(self, query: Sequence[str]) -> NDArray[np.float64]:
        """The score of every text, shape ``(texts,)``; a word asked twice counts twice."""
        out = np.zeros(self._total)
        for word in query:
            if posting := self._postings.get(word):
                out[posting[0]] += posting[1]
        return out


def best(
    scores: NDArray[np.float64] | NDArray[np.float32], k: int, least: float = -math.inf
) -> list[tuple[int, float]]:
    """The ``k`` highest of ``scores`` above ``least`` as ``(place, score)``, ties by place."""
    places = np.flatnonzero(scores > least)
    return delta.best(places, scores[places], k)
