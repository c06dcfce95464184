"""Figures that are compared: found one by one, subtracted by us."""

from __future__ import annotations

import pytest

from answer.difference import asks_difference, difference, extremes
from answer.evidence import select_evidence
from huiwen.types import Evidence, Hit, Passage

PLAN = "2024年计划改造老旧小区64个，涉及居民2.1万户。"
EARLIER = "2023年全市计划改造老旧小区86个，总投资9.4亿元。"
RATES = "截至9月底，安检率88.4%，其中临砚区92.1%、云岫区83.5%、沐河新区94.0%、苇塘县81.2%。"


def evidence(*texts: str) -> tuple[Evidence, ...]:
    passages = [Passage(f"p{n}", f"d{n}", f"{n}.txt", "", (), t, ()) for n, t in enumerate(texts)]
    return select_evidence("", [Hit(passage, 1.0) for passage in passages])


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("2024年比2023年少改造多少个小区？", True),
        ("补贴跟去年比是多了还是少了，差多少钱？", True),
        ("完成比例掉了几个百分点？", True),
        ("送到家比自己去吃每次多补多少钱？", True),
        ("增速是快了还是慢了，两年各是多少？", True),
        ("优良天数比例是多少？", False),
        ("改造了多少个小区？", False),
        ("县长和局长讲了几点意见？", False),
        ("和平街道增加了多少个车位？", False),
        ("优良比例提高到多少？", False),
        ("占比降到多少了？", False),
    ],
)
def test_what_asks_for_a_difference(question: str, asks: bool) -> None:
    assert asks_difference(question) is asks


def test_both_figures_are_given_with_their_passages_and_subtracted() -> None:
    draft = "2024年计划改造老旧小区64个；2023年计划改造老旧小区86个"
    first, second, apart = difference(draft, evidence(PLAN, EARLIER))
    assert [first.citations[0].number, second.citations[0].number] == [1, 2]
    assert apart.text == "前者比后者少22个（由上述数字相减得出）。"
    assert {one.number for one in apart.citations} == {1, 2}


@pytest.mark.parametrize(
    "draft",
    [
        "2024年计划改造老旧小区64个",
        "2024年计划改造老旧小区64个；2023年计划改造老旧小区85个",
        "2024年计划改造老旧小区64个；2023年总投资9.4亿元",
        "2022年计划改造老旧小区64个；2023年计划改造老旧小区86个",
        "64-86=22个",
    ],
)
def test_what_does_not_stand_gives_no_difference(draft: str) -> None:
    assert difference(draft, evidence(PLAN, EARLIER)) == ()


def test_shares_differ_by_points() -> None:
    (*_, apart) = difference("临砚区92.1%；云岫区83.5%", evidence(RATES))
    assert "高8.6个百分点" in apart.text


def test_both_ends_of_a_list_are_found_without_a_model() -> None:
    question = "安检率查得最全的和查得最差的地方各是哪个，差几个百分点？"
    ends, apart = extremes(question, evidence(PLAN, RATES))
    assert ends.text == "最全的是沐河新区94%，最差的是苇塘县81.2%。"
    assert "12.8个百分点" in apart.text
    assert ends.citations[0].number == 2


def test_the_kind_of_area_that_is_asked_for_is_chosen_from() -> None:
    text = "投诉件数：云岫区7120件、临砚区5940件、沐河新区1310件、苇塘县1340件。"
    ends, apart = extremes("投诉件数最多的那个区和最少的那个县差多少件？", evidence(text))
    assert "云岫区7120件" in ends.text
    assert "苇塘县1340件" in ends.text
    assert apart.text.startswith("相差5780件")


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("哪个区最高？", RATES),
        (
            "投诉件数最多的区和最少的区差多少件？",
            "投诉件数：云岫区71件，其中重复件3件；临砚区59件，沐河区13件，南塘区9件。",
        ),
        (
            "农民收入最高的区和最低的县差多少？",
            "会议通报了农民收入。信访件数：云岫区71件、临砚区59件、苇塘县13件。",
        ),
        ("空气质量最好的区和最差的区差多少？", "空气质量：甲区28微克、乙区35微克、丙区41微克。"),
        ("安检率增速最高和最低差几个百分点？", "安检率：甲区下降5%、乙区下降2%、丙区下降3%。"),
        ("人均收入最高的县和最低的县差多少？", RATES),
        ("2021年安检率最高的区和最低的区差几个百分点？", "2024年" + RATES),
        ("安检率最高的区和最低的县差几个百分点？", "安检率：临砚区9%、云岫区8%、沐河区7%。"),
        ("安检率增速最高和最低差几个百分点？", "安检率：甲区下降5%、乙区增长2%、丙区增长3%。"),
        ("最高的和最低的差多少户？", RATES),
        ("最高的和最低的差多少个百分点？", "临砚区92.1%、云岫区83.5%。"),
    ],
)
def test_without_two_ends_or_a_list_there_are_none(question: str, text: str) -> None:
    assert extremes(question, evidence(text)) == ()


def test_the_whole_is_no_member_of_its_list() -> None:
    text = "全市受理投诉157件，其中云岫区71件、临砚区59件、苇塘县13件。"
    ends, _ = extremes("受理投诉最多的区和最少的县差多少件？", evidence(text))
    assert ends.text == "最多的是云岫区71件，最少的是苇塘县13件。"


def test_what_counts_otherwise_is_not_subtracted() -> None:
    items = evidence("提高5个百分点，改造小区64个，绿地2平方公里，广场300平方米。")
    assert difference("提高5个百分点；改造小区64个", items) == ()
    assert difference("绿地2平方公里；广场300平方米", items) == ()


def test_the_list_of_the_year_asked_about_is_taken() -> None:
    text = (
        "2023年安检率：临砚区90%、云岫区80%、沐河区70%。"
        "2024年安检率：临砚区95%、云岫区92%、沐河区91%。"
    )
    ends, _ = extremes("2024年安检率最高的区和最低的区差几个百分点？", evidence(text))
    assert ends.text == "最高的是临砚区95%，最低的是沐河区91%。"
