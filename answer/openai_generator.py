"""Any OpenAI-compatible endpoint: vLLM, Ollama, SGLang and the like."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import openai

from answer.generator import Message
from answer.stop import Stream
from huiwen.errors import GenerationError
from huiwen.settings import Settings


class OpenAIGenerator:
    """Chat completions over HTTP with retries before the first token and one deadline."""

    def __init__(self, settings: Settings) -> None:
        self._model = settings.llm
        self._url = settings.openai_base_url
        self._timeout_s = settings.llm_timeout_s
        self._client = openai.OpenAI(
            base_url=settings.openai_base_url,
            # The client insists on a key even where the endpoint asks for none.
            api_key=settings.openai_api_key or "none",
            timeout=settings.llm_timeout_s,
            max_retries=settings.openai_retries,
        )

    @property
    def name(self) -> str:
        return f"openai/{self._model}"

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()
    ) -> Stream:
        deadline = time.monotonic() + self._timeout_s
        turns: Any = [message.as_dict() for message in messages]
        try:
            with self._client.chat.completions.create(
                model=self._model,
                messages=turns,
                max_tokens=max_tokens,
                temperature=0,
                stop=list(stop) or openai.omit,
                stream=True,
            ) as chunks:
                for chunk in chunks:
                    if time.monotonic() > deadline:
                        raise GenerationError(
                            f"语言模型服务 {self._url} 在 {self._timeout_s:g} 秒内没有答完；"
                            "可调大配置 llm_timeout_s。"
                        )
                    text = chunk.choices[0].delta.content if chunk.choices else None
                    if text:
                        yield text
        except (openai.OpenAIError, ValueError) as error:
            raise GenerationError(
                f"语言模型服务 {self._url}（模型 {self._model}）出错：{error}。"
                "请检查服务是否在运行、配置 openai_base_url 与 llm 是否正确。"
            ) from error
