"""Numbers compared by value."""

import pytest

from answer.number import missing, numbers, quantities


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


@pytest.mark.parametrize(
    ("stated", "found", "agrees"),
    [
        ("39500万元", "3.95亿元", True),
        ("28.4 million yuan", "总投资2,840万元", True),
        ("2840万元", "（单位：万元）总投资 2840", True),
        ("2840亿元", "2840万元", False),
        ("36%", "36微克", False),
        ("36μg/m³", "36微克", True),
        ("16个", "16处", False),
        ("16", "16处", True),
    ],
)
def test_figures_agree_by_value_and_unit(stated: str, found: str, agrees: bool) -> None:
    assert (not missing(quantities(stated), quantities(found))) is agrees
