"""The clause nearest to the question, and the excerpt around it."""

from answer.evidence import excerpt, select_evidence
from huiwen.types import Evidence, Hit, Passage

TEXT = "会议通报了情况。甲市完成改造120公里；乙市新建学校8所。会议要求抓好落实。散会。"


def one(question: str) -> Evidence:
    passage = Passage("p", "d", "a.txt", "题", (), TEXT, ())
    return select_evidence(question, [Hit(passage, 1.0)])[0]


def test_the_quote_is_the_nearest_clause() -> None:
    assert one("乙市新建学校多少所").quote_text == "乙市新建学校8所。"


def test_numbering_starts_at_one() -> None:
    assert one("会议").number == 1


def test_a_short_passage_is_given_whole() -> None:
    assert excerpt(one("学校"), 320) == TEXT


def test_an_excerpt_is_whole_sentences_around_the_quote() -> None:
    assert (
        excerpt(one("新建学校"), 32)
        == "……甲市完成改造120公里；乙市新建学校8所。会议要求抓好落实。……"
    )


def test_the_sentence_of_the_quote_is_never_cut() -> None:
    assert "甲市完成改造120公里；乙市新建学校8所。" in excerpt(one("新建学校"), 5)
