"""Figures over the rows of a run.

Every rate is a ratio of sums over questions, so that a resample of questions
gives its interval whether it counts questions, statements or citations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.exactness import exact_match, f1
from eval.run import Claim, Row
from huiwen.types import AnswerStatus

CUTOFFS = (1, 3, 5, 10)
RESAMPLES = 2000
LEVEL = 95.0
_SEED = 20180
_CHUNK = 100  # resamples weighed at once: bounds memory on large sets

Counts = Callable[[Row], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Metric:
    """A rate in ``[0, 1]``; ``counts`` gives a row's part of numerator and denominator.

    A denominator of 0 says that the metric does not apply to the row.
    """

    name: str
    label: str
    meaning: str
    counts: Counts
    higher_is_better: bool = True


@dataclass(frozen=True, slots=True)
class Score:
    """A metric's value with its bootstrap interval, all ``None`` where it applies to no row.

    ``questions`` counts the rows it applies to.
    """

    value: float | None
    low: float | None
    high: float | None
    questions: int


@dataclass(frozen=True, slots=True)
class Latency:
    """Quantiles in seconds over ``count`` questions, ``None`` where there are none."""

    p50: float | None
    p95: float | None
    count: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Plain counts. Unsupported numbers are counted over answers, not refusals."""

    unsupported_numbers: int
    extractive: int
    errors: int


def recall_at(row: Row, k: int) -> float:
    """Share of the gold quotes held by the first ``k`` passages."""
    return sum(rank is not None and rank <= k for rank in row.ranks) / len(row.ranks)


def reciprocal_rank(row: Row) -> float:
    """1 over the rank of the first passage that holds any gold quote, else 0."""
    ranks = [rank for rank in row.ranks if rank is not None]
    return 1 / min(ranks) if ranks else 0.0


def ndcg(row: Row, k: int = 10) -> float:
    """Binary nDCG in which a passage gains where it brings a quote not seen before it.

    So a repeat of a passage earns nothing and one passage may bring several
    quotes. The ideal ranks those passages first, followed by one passage for
    each quote that was not found.
    """
    gains = {rank for rank in row.ranks if rank is not None}
    missing = sum(rank is None for rank in row.ranks)
    found = sum(1 / math.log2(rank + 1) for rank in gains if rank <= k)
    best = min(len(gains) + missing, k)
    return found / sum(1 / math.log2(rank + 1) for rank in range(1, best + 1))


def _retrieval(value: Callable[[Row], float]) -> Counts:
    def counts(row: Row) -> tuple[float, float]:
        return (value(row), 1.0) if row.answerable and row.ranks else (0.0, 0.0)

    return counts


def _recall(k: int) -> Metric:
    return Metric(
        f"recall@{k}",
        f"依据召回率@{k}",
        f"前 {k} 个片段含有的标准依据所占比例",
        _retrieval(lambda row: recall_at(row, k)),
    )


def _accuracy(row: Row) -> tuple[float, float]:
    return float(row.correct), float(row.answerable)


def _refusal(row: Row) -> tuple[float, float]:
    return float(row.refused and not row.answerable), float(not row.answerable)


def _over_refusal(row: Row) -> tuple[float, float]:
    return float(row.refused and row.answerable), float(row.answerable)


def _claims(row: Row) -> tuple[Claim, ...]:
    return row.claims if row.answerable and not row.refused else ()


def _citation_precision(row: Row) -> tuple[float, float]:
    cited = [citation.supported for claim in _claims(row) for citation in claim.citations]
    return float(sum(cited)), float(len(cited))


def _citation_recall(row: Row) -> tuple[float, float]:
    backed = [any(citation.supported for citation in claim.citations) for claim in _claims(row)]
    return float(sum(backed)), float(len(backed))


def _alce_recall(row: Row) -> tuple[float, float]:
    backed = [claim.backed for claim in _claims(row) if claim.backed is not None]
    return (sum(backed) / len(backed), 1.0) if backed else (0.0, 0.0)


def _alce_precision(row: Row) -> tuple[float, float]:
    if not any(claim.backed is not None for claim in _claims(row)):
        return 0.0, 0.0
    needed = [bool(citation.needed) for claim in _claims(row) for citation in claim.citations]
    return (sum(needed) / len(needed) if needed else 0.0), 1.0


def _against(score: Callable[[Iterable[str], str], float], short: bool) -> Counts:
    """EM or F1 of the whole answer, or of the answer proper where the answerer tells one."""

    def counts(row: Row) -> tuple[float, float]:
        said = row.short if short else row.plain
        if not row.references or said is None:
            return 0.0, 0.0
        return score(row.references, said), 1.0

    return counts


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "答案正确率", "可答的题中，回答说出每一项标准答案的比例", _accuracy),
        Metric("refusal", "正确拒答率", "不可答的题中，拒绝回答的比例", _refusal),
        Metric("over_refusal", "误拒率", "可答的题中，拒绝回答的比例", _over_refusal, False),
        Metric(
            "em", "EM", "回答与标准答案一字不差（标点除外）的比例", _against(exact_match, False)
        ),
        Metric("f1", "F1", "回答与标准答案最长公共片段的 F1", _against(f1, False)),
        Metric("em_short", "EM（答案）", "只看答案本身的 EM", _against(exact_match, True)),
        Metric("f1_short", "F1（答案）", "只看答案本身的 F1", _against(f1, True)),
        *(_recall(k) for k in CUTOFFS),
        Metric("mrr", "MRR", "第一个含标准依据的片段的名次之倒数", _retrieval(reciprocal_rank)),
        Metric("ndcg@10", "nDCG@10", "前 10 个片段的折损累计增益", _retrieval(ndcg)),
        Metric(
            "citation_precision", "引用准确率", "引用的片段支持其句子的比例", _citation_precision
        ),
        Metric("citation_recall", "引用覆盖率", "至少有一处引用支持的句子比例", _citation_recall),
        Metric(
            "alce_recall",
            "ALCE 引用召回",
            "每个回答中，所引各段合起来支持的句子比例，按回答平均",
            _alce_recall,
        ),
        Metric(
            "alce_precision",
            "ALCE 引用精确",
            "每个回答中，所在句有支持且并非可有可无的引用比例，按回答平均",
            _alce_precision,
        ),
    )
}


def counts_of(rows: Sequence[Row]) -> NDArray[np.float64]:
    """Counts of all METRICS, shape (rows, metrics, 2)."""
    return np.array(
        [[metric.counts(row) for metric in METRICS.values()] for row in rows], dtype=np.float64
    ).reshape(len(rows), len(METRICS), 2)


def ratios(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Numerator over denominator along the last axis; nan where the denominator is 0."""
    result = np.full(sums.shape[:-1], np.nan)
    np.divide(sums[..., 0], sums[..., 1], out=result, where=sums[..., 1] > 0)
    return result


def resample(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ratios of RESAMPLES bootstrap samples of the rows, shape (RESAMPLES, …).

    Seeded: the same number of rows always gives the same samples, which is
    what makes a comparison of two runs a paired one.
    """
    generator = np.random.default_rng(_SEED)
    rows = len(counts)
    chunks = []
    for first in range(0, RESAMPLES, _CHUNK):
        size = min(_CHUNK, RESAMPLES - first)
        weights = generator.multinomial(rows, np.full(rows, 1 / rows), size=size)
        chunks.append(ratios(np.tensordot(weights.astype(np.float64), counts, axes=1)))
    return np.concatenate(chunks)


def interval(samples: NDArray[np.float64]) -> tuple[float, float] | None:
    """Middle LEVEL percent of ``samples``; ``None`` where all are nan.

    A percentile interval has no width where every row agrees, and is too
    narrow on few rows.
    """
    known = samples[~np.isnan(samples)]
    if not len(known):
        return None
    tail = (100 - LEVEL) / 2
    low, high = np.percentile(known, [tail, 100 - tail])
    return float(low), float(high)


def scores(rows: Sequence[Row]) -> dict[str, Score]:
    """Every metric over ``rows`` by name."""
    if not rows:
        return {name: Score(None, None, None, 0) for name in METRICS}
    counts = counts_of(rows)
    values, samples = ratios(counts.sum(axis=0)), resample(counts)
    result = {}
    for index, name in enumerate(METRICS):
        bounds = interval(samples[:, index])
        applies = int((counts[:, index, 1] > 0).sum())
        if bounds is None or not applies:
            result[name] = Score(None, None, None, 0)
        else:
            result[name] = Score(float(values[index]), *bounds, applies)
    return result


def latencies(rows: Iterable[Row]) -> dict[str, Latency]:
    """p50 and p95 of the time to first evidence, first token and the checked answer."""
    rows = tuple(rows)
    return {
        "evidence": _latency(row.evidence_s for row in rows),
        "first_token": _latency(row.first_token_s for row in rows),
        "total": _latency(row.total_s for row in rows),
    }


def tally(rows: Iterable[Row]) -> Tally:
    """Count what no rate shows."""
    rows = tuple(rows)
    return Tally(
        unsupported_numbers=sum(
            len(claim.unsupported_numbers)
            for row in rows
            if not row.refused
            for claim in row.claims
        ),
        extractive=sum(row.status is AnswerStatus.EXTRACTIVE for row in rows),
        errors=sum(row.status is None for row in rows),
    )


def _latency(values: Iterable[float | None]) -> Latency:
    known = [value for value in values if value is not None]
    if not known:
        return Latency(None, None, 0)
    p50, p95 = np.percentile(known, [50, 95])
    return Latency(float(p50), float(p95), len(known))
