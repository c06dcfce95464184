"""GGUF models on llama.cpp: the prebuilt xllamacpp, or llama-cpp-python where that is built."""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from answer.generator import Generator, Message, Piece
from answer.relay import Emit, relay
from answer.stop import Stream, until_stop
from huiwen.errors import GenerationError, ModelError
from huiwen.models.store import ModelStore, Role
from huiwen.settings import Settings

# States of earlier prompts kept in memory for reuse; the library's own default is 8 GiB.
_PROMPT_CACHE_MIB = 512
# Prompt tokens computed in one go; the reader's patience ends between two such batches.
_BATCH = 512


class XLlamaCppGenerator:
    """llama.cpp's own server engine in this process: chat template, prompt cache, batching."""

    def __init__(self, path: Path, settings: Settings) -> None:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx = settings.llm_context
        params.n_parallel = 1
        params.n_batch = _BATCH
        params.cache_ram_mib = _PROMPT_CACHE_MIB
        threads = settings.llm_threads or os.cpu_count() or 1
        params.cpuparams.n_threads = threads
        params.cpuparams_batch.n_threads = threads
        params.verbosity = -1
        # The engine also listens on a loopback port; nobody but us shall be served there.
        params.api_keys = [secrets.token_urlsafe(32)]
        params.ui = False
        params.endpoint_slots = False
        try:
            self._server = xllamacpp.Server(params)
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelError(
                f"llama.cpp 无法加载 {path}：{error}。请运行 huiwen models verify 检查文件，"
                "并确认内存足够。"
            ) from error
        self._name = f"llamacpp/{path.stem}"
        self._timeout_s = settings.llm_timeout_s

    @property
    def name(self) -> str:
        return self._name

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()
    ) -> Stream:
        request = {
            "messages": [message.as_dict() for message in messages],
            "max_tokens": max_tokens,
            "temperature": 0,
            "stream": True,
            "cache_prompt": True,
            "logprobs": True,
            "top_logprobs": 1,
            **({"stop": list(stop)} if stop else {}),
        }

        def produce(emit: Emit) -> None:
            failed: list[str] = []

            def receive(chunk: Any) -> bool:
                data = json.loads(chunk) if isinstance(chunk, str | bytes) else chunk
                if error := data.get("error"):
                    failed.append(str(error.get("message", error)))
                    return True
                choice = (data.get("choices") or [{}])[0]
                tokens = (choice.get("logprobs") or {}).get("content") or []
                said = choice.get("delta", {}).get("content") or ""
                return emit(Piece(said, tuple(token["logprob"] for token in tokens)))

            self._server.handle_chat_completions(request, receive)
            if failed:
                raise GenerationError(f"语言模型出错：{failed[0]}。")

        return relay(produce, self._timeout_s)


class LlamaCppGenerator:
    """The same models through llama-cpp-python, for platforms without a prebuilt engine."""

    def __init__(self, path: Path, settings: Settings) -> None:
        import llama_cpp

        threads = settings.llm_threads or os.cpu_count() or 1
        try:
            self._model = llama_cpp.Llama(
                str(path),
                n_ctx=settings.llm_context,
                n_threads=threads,
                n_threads_batch=threads,
                verbose=False,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelError(
                f"llama.cpp 无法加载 {path}：{error}。请运行 huiwen models verify 检查文件。"
            ) from error
        # One context: a second request would overwrite the first one's state.
        self._lock = threading.Lock()
        self._name = f"llamacpp/{path.stem}"
        self._timeout_s = settings.llm_timeout_s

    @property
    def name(self) -> str:
        return self._name

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()
    ) -> Stream:
        def produce(emit: Emit) -> None:
            with self._lock:
                try:
                    chunks = self._model.create_chat_completion(
                        [message.as_dict() for message in messages],
                        max_tokens=max_tokens,
                        temperature=0.0,
                        stream=True,
                    )
                    for chunk in chunks:
                        if emit(chunk["choices"][0]["delta"].get("content") or ""):
                            break
                except (RuntimeError, ValueError) as error:
                    raise GenerationError(f"语言模型出错：{error}。") from error

        return until_stop(relay(produce, self._timeout_s), stop)


_ENGINES: dict[str, type[XLlamaCppGenerator | LlamaCppGenerator]] = {
    "xllamacpp": XLlamaCppGenerator,
    "llama_cpp": LlamaCppGenerator,
}


def load_llamacpp(settings: Settings) -> Generator:
    """The configured GGUF on the first llama.cpp binding that is installed."""
    path = ModelStore(settings).resolve(Role.LLM, settings.llm)
    if path.suffix != ".gguf":
        raise ModelError(
            f"llama.cpp 只能运行 GGUF 文件，而 {settings.llm} 不是；"
            "请把配置 llm_backend 设为 transformers。"
        )
    for engine in _ENGINES.values():
        try:
            return engine(path, settings)
        except ImportError:
            continue
    raise ModelError(
        "没有安装 llama.cpp：请运行 pip install 'huiwen[llama]'；"
        "若本机架构没有预编译包，用 pip install 'huiwen[llama-source]'（需要 gcc 与 cmake）。"
    )
