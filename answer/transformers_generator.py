"""Language models on transformers: a directory, a hub name already here, or a GGUF file."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from answer.generator import Message
from answer.relay import Emit, relay
from answer.stop import Stream, until_stop
from huiwen.errors import GenerationError, ModelError
from huiwen.models.store import ModelStore, Role
from huiwen.settings import Settings


class TransformersGenerator:
    """A causal model with its own chat template, on CPU or GPU."""

    def __init__(self, path: Path, settings: Settings) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        gguf = {"gguf_file": path.name} if path.suffix == ".gguf" else {}
        folder = str(path.parent if gguf else path)
        # Half precision is slow on most CPUs and right on every GPU.
        dtype = torch.float32 if settings.llm_device == "cpu" else torch.bfloat16
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, **gguf)
            self._model = AutoModelForCausalLM.from_pretrained(
                folder, local_files_only=True, dtype=dtype, use_safetensors=True, **gguf
            ).to(settings.llm_device)
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise ModelError(
                f"transformers 无法加载 {path}：{error}。请运行 huiwen models verify 检查文件，"
                "并确认内存足够。"
            ) from error
        self._model.eval()
        # One request at a time: two at once would only halve each other's speed.
        self._lock = threading.Lock()
        self._name = f"transformers/{path.stem if gguf else path.name}"
        self._timeout_s = settings.llm_timeout_s
        self._context = settings.llm_context

    @property
    def name(self) -> str:
        return self._name

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()
    ) -> Stream:
        def produce(emit: Emit) -> None:
            with self._lock:
                try:
                    self._generate(messages, max_tokens, emit)
                except (RuntimeError, ValueError) as error:
                    raise GenerationError(f"语言模型出错：{error}。") from error

        return until_stop(relay(produce, self._timeout_s), stop)

    def _generate(self, messages: Sequence[Message], max_tokens: int, emit: Emit) -> None:
        from transformers import StoppingCriteriaList

        prompt = self._tokenizer.apply_chat_template(
            [message.as_dict() for message in messages],
            add_generation_prompt=True,
            return_tensors="pt",
            return_dict=True,
        ).to(self._model.device)
        length = prompt["input_ids"].shape[1]
        if length + max_tokens > self._context:
            raise ValueError(f"prompt of {length} tokens does not fit in {self._context}")
        streamer = _Streamer(self._tokenizer, emit)
        self._model.generate(
            **prompt,
            max_new_tokens=max_tokens,
            do_sample=False,
            temperature=None,
            top_p=None,
            top_k=None,
            streamer=streamer,
            stopping_criteria=StoppingCriteriaList([streamer.abandoned]),
        )


class _Streamer:
    """Decodes tokens as they come; holds back bytes of a character not yet whole."""

    def __init__(self, tokenizer: Any, emit: Emit) -> None:
        self._tokenizer = tokenizer
        self._emit = emit
        self._tokens: list[int] = []
        self._sent = 0
        self._prompt = True
        self._gone = False

    def put(self, value: Any) -> None:
        if self._prompt:
            self._prompt = False
            return
        self._tokens.extend(value.reshape(-1).tolist())
        text = self._tokenizer.decode(self._tokens, skip_special_tokens=True)
        if not text.endswith("\ufffd"):
            self._gone = self._emit(text[self._sent :]) or self._gone
            self._sent = len(text)

    def end(self) -> None:
        text = self._tokenizer.decode(self._tokens, skip_special_tokens=True)
        self._emit(text[self._sent :])

    def abandoned(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        import torch

        return torch.full((input_ids.shape[0],), self._gone, device=input_ids.device)


def load_transformers(settings: Settings) -> TransformersGenerator:
    """The configured language model on transformers."""
    return TransformersGenerator(ModelStore(settings).resolve(Role.LLM, settings.llm), settings)
