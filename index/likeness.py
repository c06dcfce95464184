"""How alike sentences are to a question in meaning, told by the embedder."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from index.embedder import Embedder, Vectors
from index.query import understand

# Some 6 MB of 384 numbers each: questions on one matter look at the same sentences.
_REMEMBERED = 4096


class Likeness:
    """Cosines between a question and texts. Safe for threads; recent texts are remembered."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._recent: OrderedDict[str, Vectors] = OrderedDict()
        self._recalling = threading.Lock()

    def __call__(self, question: str, texts: Sequence[str]) -> list[float]:
        """One cosine a text, -1 to 1."""
        if not texts:
            return []
        vector = self._embedder.embed_query(understand(question).text)
        return [float(one) for one in self._vectors(texts) @ vector]

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        with self._recalling:
            known = {text: self._recent[text] for text in texts if text in self._recent}
        fresh = [text for text in dict.fromkeys(texts) if text not in known]
        if fresh:
            known.update(zip(fresh, self._embedder.embed_few(fresh), strict=True))
        with self._recalling:
            for text in texts:
                self._recent[text] = known[text]
                self._recent.move_to_end(text)
            while len(self._recent) > _REMEMBERED:
                self._recent.popitem(last=False)
        return np.stack([known[text] for text in texts])
