"""Questions over several things: taken apart, and put together from checked figures."""

from __future__ import annotations

import pytest

from answer.several import Several, Way, conclude, several
from huiwen.types import Citation, Span, Statement


@pytest.mark.parametrize(
    ("question", "things", "attribute", "way"),
    [
        ("城东水厂和城西水厂的日供水量哪个更大？", ("城东水厂", "城西水厂"), "日供水量", Way.MORE),
        ("济南、威海两市的臭氧浓度哪个低？", ("济南", "威海"), "臭氧浓度", Way.LESS),
        ("教育支出与卫生支出相差多少？", ("教育支出", "卫生支出"), "", Way.DIFFERENCE),
        (
            "滨河路工程、环城路工程和南湖桥工程的总投资一共是多少万元？",
            ("滨河路工程", "环城路工程", "南湖桥工程"),
            "总投资",
            Way.SUM,
        ),
        ("甲镇和乙镇的低保户数分别是多少？", ("甲镇", "乙镇"), "低保户数", Way.EACH),
        ("教育局和水利局谁的预算更多？", ("教育局", "水利局"), "预算", Way.MORE),
    ],
)
def test_taken_apart(question: str, things: tuple[str, ...], attribute: str, way: Way) -> None:
    assert several(question) == Several(things, attribute, way)


@pytest.mark.parametrize(
    "question",
    [
        "会议提出了哪些要求？",
        "教育和卫生工作有哪些安排？",
        "管网改造工程的总投资是多少？",
        "谁的投资更多？",
        "水利局和县政府办公室主任会议联合开展的行动哪个更多？",
    ],
)
def test_other_questions_stay_whole(question: str) -> None:
    assert several(question) is None


def told(*texts: str) -> list[Statement]:
    return [
        Statement(text, (Citation(n, f"p{n}", f"d{n}", Span(0, 1)),))
        for n, text in enumerate(texts, start=1)
    ]


def concluded(way: Way, *texts: str) -> str | None:
    asked = Several(tuple("甲乙丙"[: len(texts)]), "投资", way)
    found = conclude(asked, told(*texts))
    return found.text if found else None


def test_a_sum_is_ours_with_every_citation() -> None:
    asked = Several(("甲", "乙"), "投资", Way.SUM)
    found = conclude(asked, told("甲的投资2,840万元。", "乙的投资160万元。"))
    assert found is not None
    assert found.text == "合计3000万元（由上述数字相加得出）。"
    assert [citation.number for citation in found.citations] == [1, 2]


@pytest.mark.parametrize(
    ("way", "texts", "conclusion"),
    [
        (Way.MORE, ("1.2亿元", "9,800万元"), "甲的投资最高。"),
        (Way.LESS, ("36微克", "21微克", "40微克"), "乙的投资最低。"),
        (Way.DIFFERENCE, ("3.5%", "1.2%"), "相差2.3个百分点（由上述数字相减得出）。"),
        (Way.SUM, ("1.2亿元", "9,800万元"), "合计218000000元（由上述数字相加得出）。"),
        (Way.MORE, ("5个", "5个"), "甲、乙的投资相同。"),
    ],
)
def test_conclusions(way: Way, texts: tuple[str, ...], conclusion: str) -> None:
    assert concluded(way, *texts) == conclusion


@pytest.mark.parametrize(
    "texts",
    [("36微克", "21%"), ("没有数字", "21微克"), ("由36微克降到30微克", "21微克")],
    ids=["units differ", "no figure", "which of two"],
)
def test_nothing_follows_from_figures_that_cannot_be_compared(texts: tuple[str, ...]) -> None:
    assert concluded(Way.MORE, *texts) is None


def test_a_year_is_not_the_figure() -> None:
    assert concluded(Way.MORE, "2022年为36微克", "2022年为21微克") == "甲的投资最高。"
