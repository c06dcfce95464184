"""Text to vectors with any sentence-transformers model on torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from huiwen.errors import ModelError
from index.embedder import Vectors, digest


class TorchEncoder:
    """The model's own prompts for queries and passages are used.

    On CUDA the weights are halved to fp16, which its fingerprint tells.
    """

    def __init__(self, path: Path, device: str = "cpu", threads: int = 0) -> None:
        # Importing it takes seconds that `huiwen --help` should not.
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        if threads:
            torch.set_num_threads(threads)
        half = device.startswith("cuda")
        try:
            self._model = SentenceTransformer(str(path), device=device, local_files_only=True)
            if half:
                self._model.half()
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(
                f"向量模型“{path}”无法加载：{error}。请运行 huiwen models verify 检查，"
                "或在配置 embedder 中换一个模型。"
            ) from error
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise ModelError(f"向量模型“{path}”没有说明向量维数，无法使用；请换一个模型。")
        self._dimension = int(dimension)
        precision = "-fp16" if half else ""
        self._fingerprint = f"{path.name}/{self._dimension}/{digest(path)}{precision}"

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    @property
    def dimension(self) -> int:
        return self._dimension

    def query(self, text: str) -> Vectors:
        vector = self._model.encode_query(
            text, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        return _unit(vector)

    def passages(self, texts: Sequence[str]) -> Vectors:
        vectors = self._model.encode_document(
            list(texts),
            batch_size=len(texts),
            normalize_embeddings=True,
            show_progress_bar=False,
            convert_to_numpy=True,
        )
        return _unit(vectors)


def _unit(vectors: object) -> Vectors:
    """As float32 of unit length, which fp16 vectors are not quite."""
    found = np.asarray(vectors, dtype=np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=-1, keepdims=True), np.float32)
