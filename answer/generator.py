"""Messages to a stream of text: the seam every language model stands behind."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from answer.stop import Stream
from huiwen.errors import ModelError
from huiwen.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str

    def as_dict(self) -> dict[str, str]:
        return {"role": self.role, "content": self.content}


class Piece(str):
    """A piece of a reply with the natural logarithm of each of its tokens' probability."""

    __slots__ = ("logprobs",)
    logprobs: tuple[float, ...]

    def __new__(cls, text: str, logprobs: tuple[float, ...]) -> Piece:
        piece = super().__new__(cls, text)
        piece.logprobs = logprobs
        return piece


class Generator(Protocol):
    """A language model. Implementations are safe for threads."""

    @property
    def name(self) -> str:
        """Backend and model, as answers and reports name it."""
        ...

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()
    ) -> Stream:
        """Yield the reply to ``messages`` piece by piece, decoded greedily.

        It ends at the model's end of turn, before the first of ``stop``, or
        after ``max_tokens``. Pieces are Piece where the backend tells how likely
        it held them. Empty ones tell that it is at work, and let the
        reader close the iterator, which stops the model. Raises
        GenerationError when the model fails or is later than configured.
        """
        ...


def _llamacpp(settings: Settings) -> Generator:
    from answer.llamacpp_generator import load_llamacpp

    return load_llamacpp(settings)


def _transformers(settings: Settings) -> Generator:
    from answer.transformers_generator import load_transformers

    return load_transformers(settings)


def _openai(settings: Settings) -> Generator:
    from answer.openai_generator import OpenAIGenerator

    return OpenAIGenerator(settings)


# Imported when chosen: each backend brings libraries the others do without.
BACKENDS: dict[str, Callable[[Settings], Generator]] = {
    "llamacpp": _llamacpp,
    "transformers": _transformers,
    "openai": _openai,
}


def load_generator(settings: Settings) -> Generator | None:
    """The configured language model, None where the configuration asks for none.

    ``auto`` falls back from llama.cpp to transformers, slower, and says so.
    Raises ModelError when no backend can run the model.
    """
    if settings.llm_backend == "none":
        return None
    if settings.llm_backend != "auto":
        return BACKENDS[settings.llm_backend](settings)
    try:
        return _llamacpp(settings)
    except ModelError as error:
        log.warning("llama.cpp 不可用（%s），改用 transformers 运行同一模型，速度会慢许多。", error)
        return _transformers(settings)
