"""Numbers compared by value."""

import pytest

from answer.number import numbers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("审批1,450个，共1450个", ["1450", "1450"]),
        ("为36μg/m³，改善7.70%", ["36", "7.7"]),
        ("PM_{2.5}与CO2", []),
        ("１２．５亿元", ["12.5"]),
        ("2月26日", ["2", "26"]),
        ("007号", ["7"]),
        ("没有数字", []),
    ],
)
def test_numbers(text: str, expected: list[str]) -> None:
    assert numbers(text) == expected
