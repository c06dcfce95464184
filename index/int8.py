"""Text to vectors with the int8 form of the built-in model, on onnxruntime."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from huiwen.errors import ModelError
from huiwen.models.int8 import GRAPH, RECIPE, folder_of
from index.embedder import Progress, Vectors, digest

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_REPORT_EVERY = 16


class Int8Embedder:
    """The model directory's own tokenizer, prompts and limits around the int8 graph.

    Texts run one by one, a core each: nothing is padded, a vector depends on
    nothing but its text (a batch would share one activation scale), and two
    cores on two texts never wait for each other as they do on one.
    """

    def __init__(self, path: Path, threads: int = 0) -> None:
        from tokenizers import Tokenizer

        threads = threads or len(os.sched_getaffinity(0))
        try:
            prompts = _json(path / "config_sentence_transformers.json")["prompts"]
            limit = int(_json(path / "sentence_bert_config.json")["max_seq_length"])
            self._dimension = int(
                _json(path / "1_Pooling" / "config.json")["word_embedding_dimension"]
            )
            self._query_prompt, self._passage_prompt = prompts["query"], prompts["document"]
            self._tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
            self._tokenizer.enable_truncation(limit)
            self._alone = _session(folder_of(path) / GRAPH, threads)
            self._beside = _session(folder_of(path) / GRAPH, 1)
        except Exception as error:
            # onnxruntime and tokenizers raise errors of their own, which share no base.
            raise ModelError(
                f"向量模型“{path.name}”的 int8 形式无法加载：{error}。请运行 huiwen models verify "
                "检查，或把配置 embedder_backend 设为 torch。"
            ) from error
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="embed")
        # Several files at once would only share the same cores.
        self._ingesting = threading.Lock()
        self._fingerprint = f"{path.name}/{self._dimension}/{digest(path)}-int8.{RECIPE}"

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    @property
    def dimension(self) -> int:
        return self._dimension

    def embed_query(self, text: str) -> Vectors:
        return self._embed(self._alone, self._query_prompt + text)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        # Equal texts are embedded once; the longest first, so that no core is left with one alone.
        order = sorted(set(texts), key=len, reverse=True)
        found: dict[str, Vectors] = {}
        for start in range(0, len(order), _REPORT_EVERY):
            batch = order[start : start + _REPORT_EVERY]
            with self._ingesting:
                found.update(zip(batch, self._pool.map(self._passage, batch), strict=True))
            if progress:
                progress(len(found), len(order))
        out = np.empty((len(texts), self._dimension), dtype=np.float32)
        for at, text in enumerate(texts):
            out[at] = found[text]
        return out

    def _passage(self, text: str) -> Vectors:
        return self._embed(self._beside, self._passage_prompt + text)

    def _embed(self, session: InferenceSession, text: str) -> Vectors:
        ids = np.asarray([self._tokenizer.encode(text).ids], np.int64)
        (tokens,) = session.run(None, {"input_ids": ids})
        vector = tokens[0].mean(axis=0, dtype=np.float32)
        return np.asarray(vector / np.linalg.norm(vector), np.float32)


def _session(path: Path, threads: int) -> InferenceSession:
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = threads
    return InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _json(path: Path) -> dict[str, object]:
    found = json.loads(path.read_bytes())
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} 的内容不对")
    return found
