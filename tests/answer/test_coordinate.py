"""Questions of two things at once, taken apart."""

from __future__ import annotations

import pytest

from answer.coordinate import coordinate


@pytest.mark.parametrize(
    ("question", "questions"),
    [
        (
            "青禾县和望溪县2024年的产值分别是多少？",
            ("青禾县2024年的产值是多少？", "望溪县2024年的产值是多少？"),
        ),
        (
            "水厂2023年和2024年的产量各是多少？",
            ("水厂2023年的产量是多少？", "水厂2024年的产量是多少？"),
        ),
        ("验收会的时间和地点", ("验收会的时间", "验收会的地点")),
        (
            "全县人口的出生率和死亡率是多少？",
            ("全县人口的出生率是多少？", "全县人口的死亡率是多少？"),
        ),
        ("招商谈判的时间和地点", ("招商谈判的时间", "招商谈判的地点")),
        ("PM2.5和PM10浓度分别是多少？", ("PM2.5浓度是多少？", "PM10浓度是多少？")),
    ],
)
def test_two_things_are_asked_one_by_one(question: str, questions: tuple[str, str]) -> None:
    found = coordinate(question)
    assert found is not None
    assert found.questions == questions


def test_towns_own_what_is_asked_and_time_and_place_do_not() -> None:
    towns = coordinate("青禾县和望溪县2024年的产值分别是多少？")
    asked = coordinate("验收会的时间和地点")
    assert towns is not None
    assert asked is not None
    assert towns.owners
    assert not asked.owners


@pytest.mark.parametrize(
    "question",
    [
        "省财政厅和省水利厅联合印发了什么文件？",
        "文化和旅游局局长是谁？",
        "谁负责资金筹措和工程建设？",
        "《水土保持和防汛办法》是哪年印发的？",
        "青禾县和望溪县之间相距多少公里？",
        "日本和美国的谈判是什么时候开始的？",
        "补贴的钱，市里和县里各出几成？",
        "总投资是多少？",
        "冬季供暖要的920万元，市和县各出几成？",
    ],
)
def test_what_is_one_question_stays_one(question: str) -> None:
    assert coordinate(question) is None
