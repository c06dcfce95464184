"""Any OpenAI-compatible endpoint: vLLM, Ollama, SGLang and the like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import openai

from answer.generator import Message
from answer.relay import Emit, relay
from answer.stop import Stream
from huiwen.errors import GenerationError
from huiwen.settings import Settings

# A service that does not even take the connection is not there.
_CONNECT_S = 10.0


class OpenAIGenerator:
    """Chat completions over HTTP with retries before the first token and one deadline."""

    def __init__(self, settings: Settings) -> None:
        self._model = settings.llm
        self._url = settings.openai_base_url
        self._key = settings.openai_api_key
        self._timeout_s = settings.llm_timeout_s
        self._client = openai.OpenAI(
            base_url=settings.openai_base_url,
            # The client insists on a key even where the endpoint asks for none.
            api_key=settings.openai_api_key or "none",
            timeout=openai.Timeout(settings.llm_timeout_s, connect=_CONNECT_S),
            max_retries=settings.openai_retries,
        )

    @property
    def name(self) -> str:
        return f"openai/{self._model}"

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()
    ) -> Stream:
        turns: Any = [message.as_dict() for message in messages]

        def produce(emit: Emit) -> None:
            try:
                self._read(turns, max_tokens, stop, emit)
            except GenerationError:
                raise
            # What is no stream of chunks makes the client stumble anywhere, and its transport
            # has errors of its own.
            except Exception as error:
                raise self._failed(f"出错：{error}") from error

        return relay(produce, self._timeout_s)

    def _read(self, turns: Any, max_tokens: int, stop: Sequence[str], emit: Emit) -> None:
        ended = False
        with self._client.chat.completions.create(
            model=self._model,
            messages=turns,
            max_tokens=max_tokens,
            temperature=0,
            stop=list(stop) or openai.omit,
            stream=True,
        ) as chunks:
            for chunk in chunks:
                choice = chunk.choices[0] if chunk.choices else None
                ended = ended or bool(choice and choice.finish_reason)
                if emit((choice and choice.delta.content) or ""):
                    return  # leaving closes the connection, which stops the service
        if not ended:
            raise self._failed("的回答中途断了")

    def _failed(self, what: str) -> GenerationError:
        said = f"语言模型服务 {self._url}（模型 {self._model}）{what}。"
        if self._key:  # services quote the key they refuse
            said = said.replace(self._key, "***")
        return GenerationError(
            f"{said}请检查服务是否在运行、配置 openai_base_url 与 llm 是否正确。"
        )
