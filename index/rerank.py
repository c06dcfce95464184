"""The second stage: the best few dozen in a better order."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from huiwen.errors import ModelError
from huiwen.settings import Settings
from index.features import NAMES, Candidate, features
from index.query import Query

# What a match of document, speaker, area or day is worth beside the fitted weights: a standard
# deviation of the cosine among candidates. No public set has such names, so it is set, not fitted.
NAMED_WEIGHT = 1.0


class Reranker(Protocol):
    """Judges passages against a question; ``depth`` is how many candidates it is worth giving."""

    @property
    def depth(self) -> int: ...

    def scores(self, query: Query, candidates: Sequence[Candidate]) -> list[float]:
        """One number a candidate, higher is better, comparable within one call."""
        ...


class FeatureReranker:
    """A weighted sum of ``index.features``; the weights are those of ``eval.fit_rerank``."""

    depth = 30

    def __init__(self, weights: Sequence[float] | None = None) -> None:
        self._weights = np.asarray(fitted_weights() if weights is None else weights)

    def scores(self, query: Query, candidates: Sequence[Candidate]) -> list[float]:
        if not candidates:
            return []
        named = np.array([query.matches(candidate.passage) for candidate in candidates])
        scores = features(query, candidates) @ self._weights + NAMED_WEIGHT * named
        return [float(score) for score in scores]


class CrossEncoderReranker:
    """A cross-encoder of sentence-transformers, from a directory or the local cache."""

    depth = 30

    def __init__(self, model: str, device: str = "cpu") -> None:
        from sentence_transformers import CrossEncoder

        try:
            self._model = CrossEncoder(model, device=device, local_files_only=True)
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(
                f"重排模型“{model}”无法加载：{error}。请检查配置 reranker 所写的目录，"
                "或改为 builtin（内置重排）、none（不重排）。"
            ) from error

    def scores(self, query: Query, candidates: Sequence[Candidate]) -> list[float]:
        pairs = [(query.text, candidate.passage.placed) for candidate in candidates]
        scores = self._model.predict(pairs, show_progress_bar=False) if pairs else []
        return [float(score) for score in scores]


_BUILT_IN: dict[str, Callable[[], Reranker | None]] = {
    "builtin": FeatureReranker,
    "none": lambda: None,
}


def load_reranker(settings: Settings) -> Reranker | None:
    """The configured reranker, None for ``none``; raises ModelError where it cannot be loaded."""
    if make := _BUILT_IN.get(settings.reranker):
        return make()
    named = settings.models_dir / settings.reranker
    model = named if named.is_dir() else Path(settings.reranker)
    return CrossEncoderReranker(str(model), settings.reranker_device)


def fitted_weights() -> list[float]:
    """The weights of the features in the order of their names."""
    return [float(_table()["weights"][name]) for name in NAMES]


def fit_command() -> str:
    """The command that made the weights; it names the sets they were fitted on."""
    return str(_table()["command"])


def fitted_with(fingerprint: str) -> bool:
    """Whether the weights were fitted on vectors of this model, on whichever runtime."""
    return fingerprint.split("/")[0] == str(_table()["embedder"]).split("/")[0]


def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(files("index").joinpath("rerank.json").read_text("utf-8"))
    return table
