"""Measures of rankings equal those of trec_eval."""

from __future__ import annotations

import numpy as np
import pytest

from eval.bm25 import BM25, best
from eval.ranking import MEASURES, means, measures

_TREC = ("success_1", "success_5", "success_10", "recall_10", "recip_rank", "ndcg_cut_10")


def test_measures_equal_pytrec_eval() -> None:
    pytrec_eval = pytest.importorskip("pytrec_eval")
    chance = np.random.default_rng(3)
    rankings, judged = {}, {}
    for topic in range(60):
        rankings[topic] = [int(at) for at in chance.permutation(40)[: chance.integers(1, 30)]]
        judged[topic] = {int(at) for at in chance.choice(40, chance.integers(1, 15), False)}
    evaluator = pytrec_eval.RelevanceEvaluator(
        {str(t): {str(at): 1 for at in found} for t, found in judged.items()},
        {"success", "recall", "recip_rank", "ndcg_cut"},
    )
    run = {
        str(t): {str(at): float(-rank) for rank, at in enumerate(found)}
        for t, found in rankings.items()
    }
    theirs = evaluator.evaluate(run)
    for topic, ranking in rankings.items():
        expected = [theirs[str(topic)][name] for name in _TREC]
        assert measures(ranking, judged[topic]) == pytest.approx(expected), topic
    assert len(_TREC) == len(MEASURES)


def test_nothing_found_earns_nothing() -> None:
    assert measures([], {1}) == (0.0,) * len(MEASURES)
    assert measures([2, 3], {1}) == (0.0,) * len(MEASURES)


def test_an_interval_holds_its_mean_and_narrows() -> None:
    chance = np.random.default_rng(5)
    few, many = (means(chance.integers(0, 2, (n, 1)).astype(float))[0] for n in (50, 5000))
    for mean in (few, many):
        assert mean.low < mean.value < mean.high
    assert many.high - many.low < few.high - few.low
    assert means(np.ones((10, 1)))[0].low == 1.0


def test_bm25_by_hand() -> None:
    index = BM25([["甲", "乙"], ["甲", "甲"], ["丙", "丁"]], k1=1.2, b=0.75)
    idf = np.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    assert index.scores(["甲"]) == pytest.approx([idf * 2.2 / 2.2, idf * 2 * 2.2 / (2 + 1.2), 0.0])
    assert index.scores(["戊"]).tolist() == [0.0, 0.0, 0.0]


def test_best_settles_ties_by_place() -> None:
    scores = np.array([1.0, 2.0, 2.0, 1.0, 0.0])
    assert [at for at, _ in best(scores, 3)] == [1, 2, 0]
    assert [at for at, _ in best(scores, 9, least=0.0)] == [1, 2, 0, 3]
