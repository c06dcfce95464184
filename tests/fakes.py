"""Deterministic stand-ins for the models, for unit tests only."""

from __future__ import annotations

import time
import zlib
from collections.abc import Sequence

import numpy as np

from answer.generator import Message
from answer.stop import Stream
from huiwen.errors import GenerationError
from index.embedder import Progress, Vectors


class HashEmbedder:
    """Texts sharing character pairs have near vectors; ``embedded`` counts passages."""

    def __init__(self, dimension: int = 64) -> None:
        self._dimension = dimension
        self.embedded = 0

    @property
    def fingerprint(self) -> str:
        return f"hash/{self._dimension}"

    @property
    def dimension(self) -> int:
        return self._dimension

    def embed_query(self, text: str) -> Vectors:
        vector = np.full(self._dimension, 1e-3, dtype=np.float32)
        for at in range(len(text) - 1):
            vector[zlib.crc32(text[at : at + 2].encode()) % self._dimension] += 1
        return vector / np.float32(np.linalg.norm(vector))

    def embed_few(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.embed_query(text) for text in texts])

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        out = np.empty((len(texts), self._dimension), dtype=np.float32)
        for at, text in enumerate(texts):
            out[at] = self.embed_query(text)
            self.embedded += 1
            if progress:
                progress(at + 1, len(texts))
        return out


class ScriptedGenerator:
    """Says what it was told to, a few characters at a time; ``prompts`` keeps what it was asked.

    ``then`` is said from the second time on; ``pause_s`` is the wait before each
    piece; with ``fails_after`` it breaks off after that many pieces.
    ``closed`` tells that a reader went away early.
    """

    def __init__(
        self,
        reply: str,
        *,
        then: str | None = None,
        pause_s: float = 0.0,
        fails_after: int | None = None,
    ) -> None:
        self._reply = reply
        self._then = reply if then is None else then
        self._pause_s = pause_s
        self._fails_after = fails_after
        self.prompts: list[Sequence[Message]] = []
        self.closed = False

    @property
    def name(self) -> str:
        return "scripted/test"

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()
    ) -> Stream:
        reply = self._then if self.prompts else self._reply
        self.prompts.append(messages)
        try:
            for count, at in enumerate(range(0, len(reply), 4)):
                if self._fails_after is not None and count >= self._fails_after:
                    raise GenerationError("语言模型出错：测试所需。")
                time.sleep(self._pause_s)
                yield reply[at : at + 4]
        except GeneratorExit:
            self.closed = True
            raise
