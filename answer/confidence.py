"""How likely an answer is right: the model's verdict and doubt, and how near passages are."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from answer.evidence import coverage
from answer.snippet import Snippet
from huiwen.types import Evidence

READ = ("verdict", "least", "sentences")
NEARNESS = ("sentences", "passage")
# The doubt of an answer is in its least likely fifth: a long one has more words to doubt.
_LEAST = 0.2
# Below this likelihood of a token (logarithm) nothing more is told by it.
_FLOOR = -4.0


def nearness(
    question: str, evidence: Sequence[Evidence], snippets: Sequence[Snippet]
) -> tuple[float, ...]:
    """The best coverage of the question by a snippet and by a passage, 0 to about 1."""
    return (
        max((snippet.coverage for snippet in snippets), default=0.0),
        max((coverage(question, item) for item in evidence), default=0.0),
    )


def doubt(logprobs: Sequence[float]) -> float:
    """Mean of the logarithms of the least likely fifth of tokens' likelihoods, to ``_FLOOR``."""
    bounded = sorted(max(one, _FLOOR) for one in logprobs)
    least = bounded[: math.ceil(len(bounded) * _LEAST)]
    return math.fsum(least) / len(least)


def closeness(near: Sequence[float]) -> float:
    """The probability, 0 to 1, that passages of this ``nearness`` answer, before any is read.

    A logistic model, fitted by ``python -m eval.fit_confidence``
    on answers that are right and on those that are wrong or ought not to be.
    """
    return _probability("unread", NEARNESS, near)


def confidence(verdict: float, near: Sequence[float], logprobs: Sequence[float]) -> float:
    """The probability, 0 to 1, that a checked answer of tokens so likely is right.

    A logistic model as ``closeness``, of the model's ``verdict`` (logarithm of
    the odds), of its ``doubt`` and of how near the best sentence is; fitted on
    public questions and, weighed alike, on those of three offices, where near
    misses are asked about (``python -m eval.fit_confidence``).
    """
    return _probability("read", READ, (verdict, doubt(logprobs), near[0]))


def _probability(model: str, names: Sequence[str], values: Sequence[float]) -> float:
    fitted = _fitted()[model]
    score = fitted["bias"] + math.fsum(
        fitted[name] * value for name, value in zip(names, values, strict=True)
    )
    return 1 / (1 + math.exp(-score))


@cache
def _fitted() -> dict[str, dict[str, float]]:
    fitted: dict[str, dict[str, float]] = json.loads(
        files("answer").joinpath("confidence.json").read_text("utf-8")
    )
    return fitted
