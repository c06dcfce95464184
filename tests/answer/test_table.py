"""Cells of tables, by the row and the column a question names."""

from __future__ import annotations

import pytest

from answer.table import look_up
from tests.answer.test_check import evidence

BUDGET = (
    "| 指标 | 2022年 | 2023年 | 2024年目标 |\n|---|---|---|---|\n"
    "| 一般公共预算收入（亿元） | 91.8 | 97.3 | 102.6 |\n"
    "| 粮食总产量（万吨） | 18.4 | 18.7 | 18.9 |"
)
UNITS = "指标名称 | 单位 | 西岭区 | 沙塘区\n常住人口 | 万人 | 41.2 | 38.5\n社区食堂 | 个 | 12 | 9"


TASKS = (
    "| 序号 | 任务内容 | 完成时限 | 责任领导 |\n| --- | --- | --- | --- |\n"
    "| 1 | 适老化改造 | 8月底前 | 崔立群 |\n| 2 | 助餐点建设 | 9月底前 | 倪卓然 |"
)


@pytest.mark.parametrize(
    ("question", "table", "text"),
    [
        (
            "桐城2022年的一般公共预算收入是多少？",
            BUDGET,
            "2022年一般公共预算收入：91.8亿元",
        ),
        ("2024年粮食总产量目标是多少吨？", BUDGET, None),
        ("2023年的粮食总产量有多少？", BUDGET, "2023年粮食总产量：18.7万吨"),
        ("沙塘区的常住人口有多少？", UNITS, "沙塘区常住人口：38.5万人"),
        ("西岭区有几个社区食堂？", UNITS, "西岭区社区食堂：12个"),
        ("西岭区的社区食堂有几个？", UNITS, "西岭区社区食堂：12个"),
        ("2023年的粮食总产量增长了多少？", BUDGET, None),
        ("2021年的粮食总产量是多少？", BUDGET, None),
        ("2024年5月底沙塘区的常住人口有多少？", UNITS, None),
        ("沙塘区的常住人口有多少？社区食堂有几个？", UNITS, None),
        ("西岭区和沙塘区的常住人口是多少？", UNITS, None),
        ("谁管西岭区的社区食堂？", UNITS, None),
        ("西岭区的社区食堂谁管？", UNITS, None),
        ("西岭区的社区食堂什么时候开放？", UNITS, None),
        ("西岭区的社区食堂哪家最好吃？", UNITS, None),
        ("助餐点建设的责任领导的秘书是谁？", TASKS, None),
        ("助餐点建设的完成时限还有多少天？", TASKS, None),
        ("助餐点建设的责任领导是哪位", TASKS, "助餐点建设责任领导：倪卓然"),
        ("助餐点建设的完成时限是什么时候？", TASKS, "助餐点建设完成时限：9月底前"),
    ],
)
def test_the_cell_that_is_named_is_given(question: str, table: str, text: str | None) -> None:
    items = evidence(question, table)
    found = look_up(question, items)
    assert (found.text if found else None) == text
    if found and text:
        quote = found.citations[0].quote
        row = items[0].passage.text[quote.start : quote.end]
        assert "\n" not in row
        assert text.rpartition("：")[2].rstrip("亿元万吨人个") in row
