"""Fit the judgement of ``answer.answerable``: ``python -m eval.fit_answerable``.

Fitted on CMRC, looked at on DRCD. A question with the passages found for it
is answerable; the same question with its own text taken away from them is
not, for all that the other passages have in common with it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from sklearn.linear_model import LogisticRegression

import answer
from answer.answerable import FEATURES, features
from answer.evidence import select_evidence
from answer.prompt import FIRST_LOOK
from answer.snippet import select_snippets
from eval.datasets import SETS
from eval.stages import Pool
from eval.vectors import DEFAULT_CACHE, VectorCache
from huiwen.settings import Settings, load_settings
from huiwen.types import Hit
from index.embedder import load_embedder
from index.rerank import FeatureReranker

# Share of answerable questions the threshold may turn away.
_TURNED_AWAY = 0.01
_FIT, _LOOK = ("cmrc-cut", 1), ("drcd-cut", 5)
Rows = NDArray[np.float64]


def examples(name: str, step: int, settings: Settings, vectors: VectorCache) -> tuple[Rows, Rows]:
    """Features of answerable and of unanswerable questions, shape ``(n, len(FEATURES))`` each."""
    pool = Pool(SETS[name](settings.data), vectors)
    answerable, not_answerable = [], []
    for at in track(range(0, len(pool.collection.topics), step), description=name):
        topic = pool.collection.topics[at]
        order = pool.reranked(pool.found(at), FeatureReranker())
        own = {pool.collection.passages[place].document_id for place in topic.relevant}
        if topic.relevant & set(order[: settings.evidence]):
            answerable.append(_features(pool, topic.question, order[: settings.evidence]))
        others = [p for p in order if pool.collection.passages[p].document_id not in own]
        not_answerable.append(_features(pool, topic.question, others[: settings.evidence]))
    return np.array(answerable), np.array(not_answerable)


def _features(pool: Pool, question: str, places: list[int]) -> tuple[float, ...]:
    hits = [Hit(pool.collection.passages[place], 0.0) for place in places]
    evidence = select_evidence(question, hits)
    return features(question, evidence, select_snippets(question, evidence, FIRST_LOOK))


def fit(answerable: Rows, not_answerable: Rows) -> dict[str, float]:
    """Weights by name, bias and threshold."""
    rows = np.vstack([answerable, not_answerable])
    labels = np.r_[np.ones(len(answerable)), np.zeros(len(not_answerable))]
    model = LogisticRegression().fit(rows, labels)
    threshold = np.quantile(model.decision_function(answerable), _TURNED_AWAY)
    weights = dict(zip(FEATURES, (round(float(w), 4) for w in model.coef_[0]), strict=True))
    bias = round(float(model.intercept_[0]), 4)
    return {**weights, "bias": bias, "threshold": round(float(threshold), 4)}


def report(name: str, fitted: dict[str, float], rows: tuple[Rows, Rows]) -> Iterator[str]:
    weights = np.array([fitted[feature] for feature in FEATURES])
    for kind, part in zip(("answerable", "not answerable"), rows, strict=True):
        away = (part @ weights + fitted["bias"] < fitted["threshold"]).mean()
        yield f"{name} {kind}: {len(part)}, turned away {away:.3f}"


def main() -> None:
    settings = load_settings()
    vectors = VectorCache(DEFAULT_CACHE, load_embedder(settings))
    rows = examples(*_FIT, settings, vectors)
    fitted = fit(*rows)
    place = Path(answer.__file__).parent / "answerable.json"
    place.write_text(json.dumps(fitted, indent=2) + "\n", encoding="utf-8")
    looked = examples(*_LOOK, settings, vectors)
    lines = [f"{place}: {fitted}", *report(_FIT[0], fitted, rows)]
    sys.stdout.write("\n".join([*lines, *report(_LOOK[0], fitted, looked)]) + "\n")


if __name__ == "__main__":
    main()
