"""Follow-ups said in full, and questions that are left alone."""

from __future__ import annotations

import pytest

from answer.followup import standalone
from huiwen.types import Exchange

MONEY = Exchange("青禾县2024年教育支出是多少？", "3.2亿元。[1]")
ROAD = Exchange("滨河路改造工程的工期是多长？", "180天，由住建局局长罗文涛负责。[1]")
MEET = Exchange("第三次常务会议是哪一天召开的？", "5月8日。[1]")
ASKED = Exchange("财政局提出了哪些建议？", "两条。[1]")


@pytest.mark.parametrize(
    ("before", "question", "full"),
    [
        (MONEY, "那2023年呢？", "青禾县2023年教育支出是多少？"),
        (MONEY, "还有海州市呢？", "海州市2024年教育支出是多少？"),
        (MONEY, "卫生支出呢？", "青禾县2024年卫生支出是多少？"),
        (ROAD, "它的总投资是多少？", "滨河路改造工程的总投资是多少？"),
        (ROAD, "什么时候开工？", "滨河路改造工程什么时候开工？"),
        (ROAD, "该项目由谁负责？", "滨河路改造工程项目由谁负责？"),
        (ROAD, "他提出了什么要求？", "罗文涛提出了什么要求？"),
        (
            Exchange("南湖桥加固工程概算总投资是多少？", "960万元。[1]"),
            "它计划何时完工？",
            "南湖桥加固工程计划何时完工？",
        ),
        (MEET, "在哪里召开的？", "第三次常务会议在哪里召开的？"),
        (ASKED, "那发改局呢？", "发改局提出了哪些建议？"),
    ],
)
def test_a_follow_up_is_said_in_full(before: Exchange, question: str, full: str) -> None:
    assert standalone(question, [before]) == full


@pytest.mark.parametrize(
    "question",
    [
        "海州市的教育支出是多少？",
        "其他县区有哪些做法？",
        "其中用于学前教育的有多少？",
        "会议由谁主持？",
        "财政局局长是谁？",
        "他们提出了什么要求？",
    ],
)
def test_a_question_that_stands_by_itself_stays(question: str) -> None:
    assert standalone(question, [MONEY]) == question


def test_only_the_last_exchange_counts() -> None:
    assert standalone("那2023年呢？", [ROAD, MONEY]) == "青禾县2023年教育支出是多少？"


def test_without_history_nothing_is_added() -> None:
    assert standalone("那2023年呢？", []) == "那2023年呢？"


def test_what_cannot_be_completed_stays() -> None:
    assert standalone("那呢？", [Exchange("谢谢", "不客气")]) == "那呢？"
