"""Passage numbers as filter expressions of Milvus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

FIELD = "number"
# An expression is parsed by recursion, a list is not: few ranges, long lists.
_RANGES = 64
_SINGLES = 10_000
# Shorter runs are as well written out.
_RUN = 4


def expressions(among: Sequence[int]) -> Iterator[str]:
    """Expressions that together let exactly ``among`` through, each passage by one of them.

    A document's passages have consecutive numbers, so that what a filter lets
    through is mostly a few ranges; the rest are lists of at most 10,000.
    """
    ranges: list[str] = []
    singles: list[int] = []
    for first, last in _runs(among):
        if last - first + 1 < _RUN:
            singles.extend(range(first, last + 1))
        else:
            ranges.append(f"({FIELD} >= {first} and {FIELD} <= {last})")
        if len(ranges) >= _RANGES or len(singles) >= _SINGLES:
            yield _either(ranges, singles)
            ranges, singles = [], []
    if ranges or singles:
        yield _either(ranges, singles)


def _either(ranges: Sequence[str], singles: Sequence[int]) -> str:
    listed = [f"{FIELD} in {list(singles)}"] if singles else []
    return " or ".join([*ranges, *listed])


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    ordered = sorted(set(numbers))
    start = 0
    for at in range(1, len(ordered) + 1):
        if at == len(ordered) or ordered[at] != ordered[at - 1] + 1:
            yield ordered[start], ordered[at - 1]
            start = at
