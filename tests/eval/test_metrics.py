import dataclasses
import math

import numpy as np
import pytest

from eval.metrics import (
    METRICS,
    interval,
    latencies,
    ndcg,
    recall_at,
    reciprocal_rank,
    resample,
    scores,
    tally,
)
from eval.run import Claim, Row
from huiwen.types import AnswerStatus
from tests.eval.fakes import row

LOG3 = 1 / math.log2(3)

# ranks of the gold quotes, recall at 1, 3, 5, 10, reciprocal rank, nDCG@10
TABLE = [
    ((1,), (1, 1, 1, 1), 1.0, 1.0),
    ((2,), (0, 1, 1, 1), 0.5, LOG3),
    ((4,), (0, 0, 1, 1), 0.25, 1 / math.log2(5)),
    ((10,), (0, 0, 0, 1), 0.1, 1 / math.log2(11)),
    ((11,), (0, 0, 0, 0), 1 / 11, 0.0),
    ((None,), (0, 0, 0, 0), 0.0, 0.0),
    ((1, 2), (0.5, 1, 1, 1), 1.0, 1.0),
    ((1, 1), (1, 1, 1, 1), 1.0, 1.0),
    ((1, None), (0.5, 0.5, 0.5, 0.5), 1.0, 1 / (1 + LOG3)),
    ((None, 3), (0, 0.5, 0.5, 0.5), 1 / 3, 0.5 / (1 + LOG3)),
    ((1, 3), (0.5, 1, 1, 1), 1.0, 1.5 / (1 + LOG3)),
]


@pytest.mark.parametrize(("ranks", "recalls", "reciprocal", "gain"), TABLE)
def test_retrieval_by_hand(
    ranks: tuple[int | None, ...], recalls: tuple[float, ...], reciprocal: float, gain: float
) -> None:
    one = row(ranks=ranks)
    assert [recall_at(one, k) for k in (1, 3, 5, 10)] == pytest.approx(recalls)
    assert reciprocal_rank(one) == pytest.approx(reciprocal)
    assert ndcg(one) == pytest.approx(gain)


def test_retrieval_equals_pytrec_eval() -> None:
    """With each quote in a passage of its own, quotes are TREC's relevant documents."""
    pytrec_eval = pytest.importorskip("pytrec_eval")
    rows = {
        f"q{index}": row(ranks=ranks)
        for index, (ranks, *_) in enumerate(TABLE)
        if len(set(ranks)) == len(ranks)
    }
    qrels, found = {}, {}
    for name, one in rows.items():
        qrels[name] = {f"gold{index}": 1 for index in range(len(one.ranks))}
        found[name] = {f"other{rank}": 1 / rank for rank in range(1, 13) if rank not in one.ranks}
        found[name] |= {f"gold{index}": 1 / rank for index, rank in enumerate(one.ranks) if rank}
    measures = {"recip_rank", "ndcg_cut.10", "recall.1,5,10"}
    results = pytrec_eval.RelevanceEvaluator(qrels, measures).evaluate(found)
    for name, one in rows.items():
        expected = results[name]
        assert reciprocal_rank(one) == pytest.approx(expected["recip_rank"])
        assert ndcg(one) == pytest.approx(expected["ndcg_cut_10"])
        for k in (1, 5, 10):
            assert recall_at(one, k) == pytest.approx(expected[f"recall_{k}"])


def refusal(**options: bool) -> Row:
    return row(status=AnswerStatus.REFUSED, **options)


ROWS = [
    row(correct=True, ranks=(1,), claims=[[True, False], [True]]),
    row(correct=False, ranks=(2, None), claims=[[False], []]),
    row(correct=True, claims=[[True]]),
    refusal(),
    row(status=None),
    refusal(answerable=False),
    refusal(answerable=False),
    row(answerable=False, claims=[[False]]),
]


def test_rates_by_hand() -> None:
    found = {name: score.value for name, score in scores(ROWS).items()}
    assert found == pytest.approx(
        {
            "accuracy": 2 / 5,
            "refusal": 2 / 3,
            "over_refusal": 1 / 5,
            "em": None,
            "f1": None,
            "em_short": None,
            "f1_short": None,
            "recall@1": 1 / 2,
            "recall@3": 1.5 / 2,
            "recall@5": 1.5 / 2,
            "recall@10": 1.5 / 2,
            "mrr": 1.5 / 2,
            "ndcg@10": (1 + LOG3 / (1 + LOG3)) / 2,
            "citation_precision": 3 / 5,
            "citation_recall": 3 / 5,
            "alce_recall": None,
            "alce_precision": None,
        }
    )
    assert list(found) == list(METRICS)


def test_questions_a_metric_applies_to_are_counted() -> None:
    found = scores(ROWS)
    assert found["accuracy"].questions == 5
    assert found["refusal"].questions == 3
    assert found["mrr"].questions == 2
    assert found["citation_precision"].questions == 3


def test_a_metric_without_questions_has_no_value() -> None:
    for rows in ([], [row(correct=True)]):
        score = scores(rows)["refusal"]
        assert (score.value, score.low, score.high, score.questions) == (None, None, None, 0)


def test_interval_is_the_bootstrap_of_the_mean() -> None:
    """Of 40 questions half right, the binomial's own quantiles bound the rate."""
    rows = [row(correct=index % 2 == 0) for index in range(40)]
    score = scores(rows)["accuracy"]
    deviation = 1.96 * math.sqrt(0.25 / 40)
    assert score.value == 0.5
    assert score.low == pytest.approx(0.5 - deviation, abs=0.03)
    assert score.high == pytest.approx(0.5 + deviation, abs=0.03)
    assert scores(rows)["accuracy"] == score


def test_interval_keeps_questions_whole() -> None:
    """Citations of one answer stand or fall together: few questions, a wide interval."""
    together = [row(claims=[[good] * 20]) for good in (True, False, True, False)]
    apart = [row(claims=[[index % 2 == 0]]) for index in range(80)]
    wide, narrow = (scores(rows)["citation_precision"] for rows in (together, apart))
    assert wide.value == narrow.value == 0.5
    assert (wide.low, wide.high) == (0.0, 1.0)
    assert narrow.low is not None
    assert narrow.low > 0.3


def test_resamples_without_a_denominator_are_left_out() -> None:
    samples = resample(np.array([[[1.0, 1.0]], [[0.0, 0.0]]]))
    assert np.isnan(samples).any()
    assert interval(samples[:, 0]) == (1.0, 1.0)
    assert interval(np.array([np.nan])) is None


def test_latency_quantiles() -> None:
    rows = [row(total_s=float(second)) for second in range(1, 101)] + [row(status=None)]
    total = latencies(rows)["total"]
    assert (total.p50, total.p95, total.count) == (pytest.approx(50.5), pytest.approx(95.05), 100)
    assert latencies(rows)["first_token"].p50 is None


def test_tally_counts_numbers_of_answers_only() -> None:
    claim = Claim("句", (), ("8", "9"))
    rows = [
        dataclasses.replace(row(), claims=(claim,)),
        dataclasses.replace(refusal(), claims=(claim,)),
        row(status=AnswerStatus.EXTRACTIVE),
        row(status=None),
    ]
    counted = tally(rows)
    assert (counted.unsupported_numbers, counted.extractive, counted.errors) == (2, 1, 1)
