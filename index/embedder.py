"""Text to vectors."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from huiwen.errors import ModelError
from huiwen.models.store import ModelStore, Role
from huiwen.settings import Settings
from index.ray_embedder import RayEmbedder

Vectors = NDArray[np.float32]
Progress = Callable[[int, int], None]
_BATCH = 16
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


class SentenceTransformerEmbedder:
    """Any sentence-transformers model; its own prompts for queries and passages are used."""

    def __init__(self, path: Path | str, device: str = "cpu") -> None:
        # Importing it takes seconds that `huiwen --help` should not.
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        try:
            self._model = SentenceTransformer(str(path), device=device, local_files_only=True)
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(
                f"向量模型“{path}”无法加载：{error}。请运行 huiwen models verify 检查，"
                "或在配置 embedder 中换一个模型。"
            ) from error
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise ModelError(f"向量模型“{path}”没有说明向量维数，无法使用；请换一个模型。")
        self._dimension = int(dimension)
        # Several files at once would only share the same cores.
        self._ingesting = threading.Lock()
        self._fingerprint = f"{Path(path).name}/{self._dimension}/{_digest(Path(path))}"

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    @property
    def dimension(self) -> int:
        return self._dimension

    def embed_query(self, text: str) -> Vectors:
        vector = self._model.encode_query(
            text, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        return np.asarray(vector, dtype=np.float32)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        out = np.empty((len(texts), self._dimension), dtype=np.float32)
        # Like lengths together: padding is work thrown away.
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            with self._ingesting:
                out[batch] = self._model.encode_document(
                    [texts[at] for at in batch],
                    batch_size=_BATCH,
                    normalize_embeddings=True,
                    show_progress_bar=False,
                    convert_to_numpy=True,
                )
            if progress:
                progress(min(start + _BATCH, len(order)), len(order))
        return out


def _digest(folder: Path) -> str:
    """Short digest of a model directory: its small files (prompts, pooling) and big ones' sizes.

    Hashing the weights themselves would take seconds at every start; they do
    not change without their size or their configuration doing so.
    """
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.json")) + sorted(folder.rglob("*.safetensors")):
        size = file.stat().st_size
        digest.update(f"{file.relative_to(folder)} {size}\n".encode())
        if size < _SMALL_FILE:
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def load_embedder(settings: Settings) -> Embedder:
    """The configured embedder from the local store; raises ModelError when it is not there."""
    if settings.embed_jobs == "ray":
        alone = partial(load_embedder, settings.model_copy(update={"embed_jobs": "local"}))
        gpus = int(settings.embedder_device.startswith("cuda"))
        return RayEmbedder(alone(), alone, settings.ray_address, gpus)
    path = ModelStore(settings).resolve(Role.EMBEDDER, settings.embedder)
    return SentenceTransformerEmbedder(path, settings.embedder_device)
