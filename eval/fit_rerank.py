"""Fit the weights of ``index.rerank``: ``python -m eval.fit_rerank cmrc rgb=0.1``.

Every set may have a weight beside its name (1 by default). The loss is that
of choosing a relevant candidate first (softmax over the candidates of a
question), so that questions whose answer is not among them do not count.
The weights go to ``index/rerank.json`` with the command that made them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from eval.datasets import SETS
from eval.stages import Pool
from eval.vectors import DEFAULT_CACHE, VectorCache
from huiwen.settings import load_settings
from index.embedder import load_embedder
from index.features import NAMES, features
from index.rerank import FeatureReranker

_PENALTY = 0.01
_TARGET = Path(__file__).parent.parent / "index" / "rerank.json"


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidates of one question as features, which are relevant, and how much it counts."""

    features: NDArray[np.float64]
    relevant: NDArray[np.bool_]
    weight: float


def choices(pool: Pool, weight: float) -> list[Choice]:
    """The questions of a pool from which there is something to learn."""
    found = []
    for at, topic in enumerate(pool.collection.topics):
        search = pool.found(at)
        order, candidates = pool.candidates(search, FeatureReranker.depth)
        relevant = np.array([place in topic.relevant for place in order])
        if relevant.any() and not relevant.all():
            found.append(Choice(features(search.query, candidates), relevant, weight))
    share = 1 / len(pool.collection.topics)
    return [Choice(c.features, c.relevant, c.weight * share) for c in found]


def fit(rows: Sequence[Choice], penalty: float = _PENALTY) -> NDArray[np.float64]:
    """Weights of the features; the penalty is on weights of features scaled to deviation 1."""
    centred = np.concatenate([row.features - row.features.mean(axis=0) for row in rows])
    scale = centred.std(axis=0) + 1e-9
    depth = max(len(row.relevant) for row in rows)
    inputs = torch.zeros(len(rows), depth, scale.size, dtype=torch.float64)
    absent = torch.full((len(rows), depth), -1e9, dtype=torch.float64)
    wrong = torch.full((len(rows), depth), -1e9, dtype=torch.float64)
    for at, row in enumerate(rows):
        count = len(row.relevant)
        inputs[at, :count] = torch.from_numpy(row.features / scale)
        absent[at, :count] = 0
        wrong[at, :count][torch.from_numpy(row.relevant)] = 0
    counts = torch.tensor([row.weight for row in rows], dtype=torch.float64)
    counts /= counts.sum()
    weights = torch.zeros(scale.size, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        scores = inputs @ weights + absent
        missed = torch.logsumexp(scores, 1) - torch.logsumexp(scores + wrong, 1)
        value = (counts * missed).sum() + penalty * (weights**2).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return np.asarray(weights.detach().numpy() / scale)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit on the named sets and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sets", nargs="+", metavar="set[=weight]")
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE)
    chosen = parser.parse_args(arguments)
    settings = load_settings()
    embedder = load_embedder(settings)
    vectors = VectorCache(chosen.cache, embedder)
    rows: list[Choice] = []
    for entry in chosen.sets:
        name, _, weight = entry.partition("=")
        rows.extend(choices(Pool(SETS[name](settings.data), vectors), float(weight or 1)))
    weights = dict(zip(NAMES, (round(float(w), 3) for w in fit(rows)), strict=True))
    command = f"python -m eval.fit_rerank {' '.join(chosen.sets)}"
    table = {"command": command, "embedder": embedder.fingerprint}
    _TARGET.write_text(json.dumps({**table, "weights": weights}, indent=2) + "\n", "utf-8")
    sys.stdout.write(f"{weights}\n")


if __name__ == "__main__":
    main()
