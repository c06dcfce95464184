"""Whether what was found can answer a question at all, judged before a model reads it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from answer.evidence import coverage
from answer.snippet import Snippet
from huiwen.types import Evidence
from index.words import words

FEATURES = ("sentences", "passage", "missing")


def features(
    question: str, evidence: Sequence[Evidence], snippets: Sequence[Snippet]
) -> tuple[float, ...]:
    """The numbers of FEATURES, each 0 to 1.

    ``sentences`` is the best coverage of a snippet, ``passage`` that of a whole
    passage, ``missing`` the share of the question's words of two characters
    and more that no passage has.
    """
    wanted = {word for word in words(question) if len(word) > 1}
    found: set[str] = set()
    for item in evidence:
        found.update(words(item.passage.placed))
    return (
        max((snippet.coverage for snippet in snippets), default=0.0),
        max((coverage(question, item) for item in evidence), default=0.0),
        len(wanted - found) / len(wanted) if wanted else 0.0,
    )


def is_hopeless(question: str, evidence: Sequence[Evidence], snippets: Sequence[Snippet]) -> bool:
    """Whether the passages are so far from the question that a model would only guess.

    A logistic model of ``features``; weights and threshold are those of
    ``python -m eval.fit_answerable``: questions of CMRC with their own article
    taken away count as unanswerable, and the threshold lets 99 of 100
    answerable ones of CMRC pass.
    """
    fitted = _fitted()
    values = features(question, evidence, snippets)
    score = fitted["bias"] + math.fsum(
        fitted[name] * value for name, value in zip(FEATURES, values, strict=True)
    )
    return score < fitted["threshold"]


@cache
def _fitted() -> dict[str, float]:
    fitted: dict[str, float] = json.loads(
        files("answer").joinpath("answerable.json").read_text("utf-8")
    )
    return fitted
