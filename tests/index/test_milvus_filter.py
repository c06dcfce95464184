"""Filter expressions of Milvus let through what they are made from, once each."""

from __future__ import annotations

import random

import pytest

from index.milvus_filter import expressions


def passed(expression: str, number: int) -> bool:
    return bool(eval(expression, {"__builtins__": {}}, {"number": number}))


@pytest.mark.parametrize(
    "among",
    [
        [],
        [5],
        [9, 3, 4, 5, 6, 3],
        list(range(10, 200, 2)),
        [*range(1, 50), 60, *range(70, 73)],
        sorted(random.Random(3).sample(range(2_000), 1_200)),
        [number for start in range(0, 2_000, 20) for number in range(start, start + 9)],
    ],
)
def test_exactly_these_pass_once(among: list[int]) -> None:
    made = list(expressions(among))
    wanted = set(among)
    for number in range(-1, 2_010):
        assert sum(passed(e, number) for e in made) == (number in wanted)


def test_a_document_is_one_range() -> None:
    assert list(expressions(range(100, 160))) == ["(number >= 100 and number <= 159)"]


def test_long_lists_are_split() -> None:
    assert len(list(expressions(range(0, 60_000, 2)))) == 3
