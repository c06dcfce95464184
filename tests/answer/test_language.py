"""Languages of questions and answers, and what is only talk."""

from __future__ import annotations

import pytest

from answer.language import Language, in_simplified, language_of, put_into
from answer.talk import small_talk


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("会议是哪一天召开的？", Language.SIMPLIFIED),
        ("會議是哪一天召開的？", Language.TRADITIONAL),
        ("When was the meeting held?", Language.ENGLISH),
        ("PM2.5 浓度是多少？", Language.SIMPLIFIED),
        ("AI 和 IT 产业投资多少？", Language.SIMPLIFIED),
        ("36？", Language.SIMPLIFIED),
    ],
)
def test_language_of_a_question(text: str, language: Language) -> None:
    assert language_of(text) is language


def test_an_answer_is_put_into_the_questions_characters() -> None:
    assert put_into("总投资2840万元", Language.TRADITIONAL) == "總投資2840萬元"
    assert put_into("總投資2840萬元", Language.TRADITIONAL) == "總投資2840萬元"
    assert put_into("总投资2840万元", Language.SIMPLIFIED) == "总投资2840万元"


def test_what_was_taken_from_a_source_is_spelled_as_there() -> None:
    source = "1908年，台灣縱貫鐵路全線通車。"
    assert put_into("台湾纵贯铁路", Language.TRADITIONAL) == "臺灣縱貫鐵路"
    assert put_into("台湾纵贯铁路", Language.TRADITIONAL, [source]) == "台灣縱貫鐵路"
    mixed = "为了运输（1908年，台灣縱貫鐵路全線通車。）"
    assert put_into(mixed, Language.TRADITIONAL, [source]) == f"爲了運輸（{source}）"
    # A simplified source tells nothing of traditional spelling.
    assert put_into("总投资", Language.TRADITIONAL, ["总投资2840万元"]) == "總投資"


def test_only_traditional_text_is_simplified() -> None:
    assert in_simplified("奴兒干地方設置") == "奴儿干地方设置"
    assert in_simplified("副市长王昇出席会议并讲话") == "副市长王昇出席会议并讲话"


@pytest.mark.parametrize(
    "text", ["你好", "您好！", "谢谢你", "你是谁？", "你能做什么？", "Hello!", "好的"]
)
def test_small_talk_is_answered_without_documents(text: str) -> None:
    assert small_talk(text)


@pytest.mark.parametrize(
    "text",
    [
        "谢谢你帮我查一下总投资",
        "你好，会议是哪天开的？",
        "早教中心有几个？",
        "好的做法有哪些？",
        "他是谁？",
        "",
    ],
)
def test_questions_are_no_small_talk(text: str) -> None:
    assert not small_talk(text)
