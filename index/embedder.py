"""Text to vectors."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from huiwen.errors import ModelError
from huiwen.models.store import ModelStore, Role
from huiwen.settings import Settings
from index.ray_embedder import CPUS_PER_ACTOR, RayEmbedder
from index.vector_cache import VectorCache

log = logging.getLogger(__name__)
Vectors = NDArray[np.float32]
Progress = Callable[[int, int], None]
# Characters of a batch once padded, about 6,000 tokens: more gains nothing on a
# CPU, and what is on the way to the cache is lost when the process is killed.
_BATCH_CHARS = 8192
_BATCH_TEXTS = 64
_RECENT_QUERIES = 256
_SMALL_FILE = 2**20


class Embedder(Protocol):
    """What the index needs of an embedding model.

    ``fingerprint`` changes whenever vectors of the same text would: vectors
    of different fingerprints are never compared.
    """

    @property
    def fingerprint(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def embed_query(self, text: str) -> Vectors:
        """Vector of a question, shape ``(dimension,)``, float32, unit length."""
        ...

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of passages, shape ``(len(texts), dimension)``, float32, unit length."""
        ...

    def embed_few(self, texts: Sequence[str]) -> Vectors:
        """As ``embed_passages``, for sentences somebody waits for: not kept, never queued."""
        ...


class Encoder(Protocol):
    """A model on a runtime; vectors are float32 of unit length, fingerprints as above."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def query(self, text: str) -> Vectors:
        """Shape ``(dimension,)``; safe for threads."""
        ...

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Shape ``(len(texts), dimension)``; texts are of like length, longest first."""
        ...


class BatchingEmbedder:
    """An encoder fed well: equal texts once, like lengths together, nothing twice after a crash.

    Safe for threads. Recent questions are remembered, since one question is
    often asked of several views. With a cache, a job that is started again
    goes on where it was cut off.
    """

    def __init__(self, encoder: Encoder, cache: VectorCache | None = None) -> None:
        self._encoder = encoder
        self._cache = cache
        # Several files at once would only share the same cores.
        self._ingesting = threading.Lock()
        self._recent: OrderedDict[str, Vectors] = OrderedDict()
        self._recalling = threading.Lock()

    @property
    def fingerprint(self) -> str:
        return self._encoder.fingerprint

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    def embed_query(self, text: str) -> Vectors:
        with self._recalling:
            known = self._recent.get(text)
            if known is not None:
                self._recent.move_to_end(text)
                return known.copy()
        vector = self._encoder.query(text)
        with self._recalling:
            self._recent[text] = vector
            if len(self._recent) > _RECENT_QUERIES:
                self._recent.popitem(last=False)
        return vector.copy()

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        places: dict[str, list[int]] = {}
        for at, text in enumerate(texts):
            places.setdefault(text, []).append(at)
        out = np.empty((len(texts), self.dimension), dtype=np.float32)
        done = 0
        for batch in batches(list(places)):
            vectors = self._passages(batch)
            for text, vector in zip(batch, vectors, strict=True):
                out[places[text]] = vector
                done += len(places[text])
            if progress:
                progress(done, len(texts))
        return out

    def embed_few(self, texts: Sequence[str]) -> Vectors:
        order = sorted(range(len(texts)), key=lambda at: -len(texts[at]))
        out = np.empty((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(order), _BATCH_TEXTS):
            places = order[start : start + _BATCH_TEXTS]
            out[places] = self._encoder.passages([texts[at] for at in places])
        return out

    def _passages(self, batch: list[str]) -> Vectors:
        if self._cache is None:
            with self._ingesting:
                return self._encoder.passages(batch)
        known = self._cache.read(self.fingerprint, self.dimension, batch)
        fresh = [text for text in batch if text not in known]
        if fresh:
            with self._ingesting:
                vectors = self._encoder.passages(fresh)
            self._cache.write(self.fingerprint, fresh, vectors)
            known.update(zip(fresh, vectors, strict=True))
        return np.stack([known[text] for text in batch])


def batches(texts: Sequence[str]) -> Iterator[list[str]]:
    """The texts, longest first, in groups of a bounded padded size."""
    batch: list[str] = []
    for text in sorted(texts, key=len, reverse=True):
        # The first is the longest: the others are padded to it.
        full = batch and (len(batch) + 1) * len(batch[0]) > _BATCH_CHARS
        if full or len(batch) == _BATCH_TEXTS:
            yield batch
            batch = []
        batch.append(text)
    if batch:
        yield batch


def digest(folder: Path) -> str:
    """Short digest of a model directory: its small files (prompts, pooling) and big ones' sizes.

    Hashing the weights themselves would take seconds at every start; they do
    not change without their size or their configuration doing so.
    """
    found = hashlib.sha256()
    for file in sorted(folder.rglob("*.json")) + sorted(folder.rglob("*.safetensors")):
        size = file.stat().st_size
        found.update(f"{file.relative_to(folder)} {size}\n".encode())
        if size < _SMALL_FILE:
            found.update(file.read_bytes())
    return found.hexdigest()[:12]


def load_embedder(settings: Settings) -> Embedder:
    """The configured embedder from the local store; raises ModelError when it is not there."""
    if settings.embed_jobs == "ray":
        # What a node has embedded stays in its memory: its disk is not ours.
        plain: dict[str, object] = {"embed_jobs": "local", "vector_cache_mb": 0}
        # A node runs several actors: each keeps to its share of the cores.
        plain["embedder_threads"] = settings.embedder_threads or CPUS_PER_ACTOR
        alone = partial(load_embedder, settings.model_copy(update=plain))
        gpus = int(settings.embedder_device.startswith("cuda"))
        return RayEmbedder(alone(), alone, settings.ray_address, gpus)
    limit = settings.vector_cache_mb * 2**20
    cache = VectorCache(settings.store / "vector_cache.sqlite", limit) if limit else None
    return BatchingEmbedder(load_encoder(settings), cache)


def load_encoder(settings: Settings) -> Encoder:
    """The model on its best runtime here; raises ModelError."""
    from index.torch_encoder import TorchEncoder

    store = ModelStore(settings)
    path = store.resolve(Role.EMBEDDER, settings.embedder)
    threads, device = settings.embedder_threads, settings.embedder_device
    if settings.embedder_backend == "torch" or (
        settings.embedder_backend == "auto" and device != "cpu"
    ):
        return TorchEncoder(path, device, threads)
    try:
        return _int8(store, path, settings)
    except ModelError as error:
        if settings.embedder_backend == "onnx":
            raise
        log.warning("向量模型改用 torch 运行，会慢一些：%s", error)
        return TorchEncoder(path, device, threads)


def _int8(store: ModelStore, path: Path, settings: Settings) -> Encoder:
    from index.int8_encoder import Int8Encoder

    lack = store.int8_lack(settings.embedder)
    if lack:
        raise ModelError(lack)
    return Int8Encoder(path, settings.embedder_threads)
