"""Reasons, manners and whether something is so are told in the documents' own sentences."""

from __future__ import annotations

import pytest

from answer.account import asks_account, asks_whether, in_full
from answer.check import check_draft
from tests.answer.test_check import evidence

TEXT = "铁工村因管线权属未移交，可延至2025年3月底前完工。一楼业主原则上不分摊费用。"


@pytest.mark.parametrize(
    "question",
    ["为啥可以晚点完工？", "怎么分担？", "一楼要不要出钱？", "通过了没有？", "谁主持？哪天开的？"],
)
def test_these_are_answered_by_sentences(question: str) -> None:
    assert asks_account(question)


@pytest.mark.parametrize("question", ["总投资是多少？", "谁主持会议？", "哪天完工？"])
def test_a_single_fact_is_not(question: str) -> None:
    assert not asks_account(question)


def test_what_was_cut_out_is_given_with_its_sentence() -> None:
    question = "铁工村为啥可以晚完工？"
    items = evidence(question, TEXT)
    told = in_full(question, check_draft(question, "管线权属未移交", items), items)
    assert [one.text for one in told] == ["铁工村因管线权属未移交，可延至2025年3月底前完工。"]
    quote = told[0].citations[0].quote
    assert items[0].passage.text[quote.start : quote.end] == told[0].text


def test_of_whether_the_sentence_alone_tells() -> None:
    question = "一楼业主要不要分摊费用？"
    items = evidence(question, TEXT)
    told = in_full(question, check_draft(question, "一楼业主要分摊费用的", items), items)
    assert [one.text for one in told] in ([], ["一楼业主原则上不分摊费用。"])


def test_what_is_said_in_other_words_stands_before_its_sentence() -> None:
    question = "铁工村最晚哪天完工？为什么？"
    items = evidence(question, TEXT)
    told = in_full(question, check_draft(question, "铁工村最晚2025年3月底", items), items)
    assert (
        told[0].text == "铁工村最晚2025年3月底（铁工村因管线权属未移交，可延至2025年3月底前完工。）"
    )


def test_the_reason_that_follows_is_given_too() -> None:
    question = "投资怎么没完成？"
    text = "2024年计划投资3.2亿元，没有完成。原因：一是连续暴雨；二是设计变更。试运行推迟。"
    items = evidence(question, text)
    told = in_full(question, check_draft(question, "没有完成", items), items)
    assert [one.text for one in told] == [text.removesuffix("试运行推迟。")]


def test_figures_of_the_question_are_left_to_the_sentence() -> None:
    question = "过渡费一个月多少？75岁的老人呢？"
    items = evidence(question, "过渡费每人每月600元，七十岁以上老人另加100元。")
    told = in_full(question, check_draft(question, "600元；75岁老人另加100元", items), items)
    assert [(one.text, one.unsupported_numbers) for one in told] == [
        ("过渡费每人每月600元，七十岁以上老人另加100元。", ())
    ]


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("学生坐公交是不是免费？", True),
        ("打工的人能领补贴吗？", True),
        ("市里点头了没有？", True),
        ("补贴怎么发，是一次给清吗？", False),
        ("能不能改食堂，最晚得在哪天答复？", False),
        ("项目是否已经开工，何时完工？", False),
        ("能不能补办，咋办理？", False),
        ("您知道会议时间吗？", False),
        ("总投资是多少？", False),
    ],
)
def test_what_asks_whether_and_nothing_else(question: str, asks: bool) -> None:
    assert asks_whether(question) is asks
