"""Text to vectors with the int8 form of the built-in model, on onnxruntime."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from huiwen.errors import ModelError
from huiwen.models.int8 import GRAPH, RECIPE, folder_of
from index.embedder import Vectors, digest

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


class Int8Encoder:
    """The model directory's own tokenizer, prompts and limits around the int8 graph.

    Texts run one by one, each on one core: nothing is padded, a vector depends
    on its own text alone (a batch would share the scales of its activations),
    and two cores on two texts never wait for each other as they do on one,
    which on a busy machine halves the speed. torch's threads are not involved.
    """

    def __init__(self, path: Path, threads: int = 0) -> None:
        from tokenizers import Tokenizer

        try:
            prompts = _json(path / "config_sentence_transformers.json")["prompts"]
            limit = _json(path / "sentence_bert_config.json")["max_seq_length"]
            pooling = _json(path / "1_Pooling" / "config.json")
            self._query_prompt, self._passage_prompt = prompts["query"], prompts["document"]
            self._dimension = int(pooling["word_embedding_dimension"])
            self._tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
            self._tokenizer.enable_truncation(limit)
            self._session = _session(folder_of(path) / GRAPH)
        except Exception as error:
            # onnxruntime and tokenizers raise errors of their own, which share no base.
            raise ModelError(
                f"向量模型“{path.name}”的 int8 形式无法加载：{error}。请运行 huiwen models verify "
                "检查，或把配置 embedder_backend 设为 torch。"
            ) from error
        self._pool = ThreadPoolExecutor(threads or _cores(), thread_name_prefix="embed")
        self._fingerprint = f"{path.name}/{self._dimension}/{digest(path)}-int8.{RECIPE}"

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    @property
    def dimension(self) -> int:
        return self._dimension

    def query(self, text: str) -> Vectors:
        return self._encode(self._query_prompt + text)

    def passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([*self._pool.map(self._encode, [self._passage_prompt + t for t in texts])])

    def _encode(self, text: str) -> Vectors:
        ids = np.asarray([self._tokenizer.encode(text).ids], np.int64)
        (tokens,) = self._session.run(None, {"input_ids": ids})
        vector = tokens[0].mean(axis=0, dtype=np.float32)
        return np.asarray(vector / np.linalg.norm(vector), np.float32)


def _session(path: Path) -> InferenceSession:
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = 1
    return InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _cores() -> int:
    # A container may be given fewer cores than the machine has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found
