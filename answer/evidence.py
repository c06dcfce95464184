"""Hits to numbered evidence: which stretch of each passage speaks to the question."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from huiwen.types import Evidence, Hit, Span
from index.words import words
from ingest.sentence import clauses, sentences


def select_evidence(question: str, hits: Sequence[Hit]) -> tuple[Evidence, ...]:
    """Number the hits from 1 and mark in each the clause closest to the question."""
    weights = _weights(question, hits)
    return tuple(
        Evidence(number, hit, _closest(hit.passage.text, weights))
        for number, hit in enumerate(hits, start=1)
    )


def excerpt(evidence: Evidence, limit: int) -> str:
    """Whole sentences of the passage around the quote, at most ``limit`` characters.

    The sentence of the quote is given even where it alone is longer. Left-out
    text shows as ``……``.
    """
    text = evidence.passage.text
    if len(text) <= limit:
        return text
    parts = list(sentences(text))
    first = last = next(
        (at for at, part in enumerate(parts) if part.end > evidence.quote.start), len(parts) - 1
    )
    while True:
        # What follows a sentence explains it more often than what precedes it.
        if last + 1 < len(parts) and parts[last + 1].end - parts[first].start <= limit:
            last += 1
        elif first > 0 and parts[last].end - parts[first - 1].start <= limit:
            first -= 1
        else:
            break
    before = "……" if first > 0 else ""
    after = "……" if last + 1 < len(parts) else ""
    return before + text[parts[first].start : parts[last].end] + after


def coverage(question: str, evidence: Evidence) -> float:
    """Share of the question's words, by length, that the passage or its place has, 0 to 1.

    It is 0 where a number of the question is missing: another year's figures
    look alike in every other word.
    """
    wanted = set(words(question))
    found = set(words(evidence.passage.placed))
    if any(word[0].isdigit() and word not in found for word in wanted):
        return 0.0
    total = sum(map(len, wanted))
    return sum(len(word) for word in wanted & found) / total if total else 0.0


def _weights(question: str, hits: Sequence[Hit]) -> dict[str, float]:
    """Weight of each word of the question: rare among the hits and long counts more."""
    wanted = set(words(question))
    seen: Counter[str] = Counter()
    for hit in hits:
        seen.update(wanted & set(words(hit.passage.text)))
    return {
        word: math.log(1 + (len(hits) + 1) / (seen[word] + 1)) * math.sqrt(len(word))
        for word in wanted
    }


def _closest(text: str, weights: dict[str, float]) -> Span:
    best, best_score = Span(0, len(text)), -1.0
    for span in clauses(text):
        found = set(words(text[span.start : span.end]))
        score = sum(weight for word, weight in weights.items() if word in found)
        if score > best_score:
            best, best_score = span, score
    return best
