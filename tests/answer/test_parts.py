"""Questions that ask one thing after the other, and what an answer leaves out."""

from __future__ import annotations

import pytest

from answer.parts import left_out, parts


def test_what_is_asked_one_after_the_other() -> None:
    first, second = parts("会议由谁主持？是哪天召开的？")
    assert (first.words, second.words) == ("会议由谁主持？", "是哪天召开的？")
    assert second.question == "会议是哪天召开的？"


def test_a_clause_that_asks_nothing_goes_with_the_next() -> None:
    assert [part.words for part in parts("根据纪要，总投资是多少？")] == [
        "根据纪要，总投资是多少？"
    ]


@pytest.mark.parametrize(
    ("question", "said", "missing"),
    [
        ("会议由谁主持？是哪天开的？", "顾清源", ["是哪天开的？"]),
        ("会议由谁主持？是哪天开的？", "顾清源，4月15日", []),
        ("谁负责调度？多久开一次会？", "沈月柔", ["多久开一次会？"]),
        ("漏损率是多少？在全市排第几？", "12.4%，全市第二", []),
        ("工资从多少提高到多少？", "3600元", ["工资从多少提高到多少？"]),
        ("工资从多少提高到多少？", "由3100元提高到3600元", []),
        ("谁作了总结？他的职务是什么？", "葛青", ["他的职务是什么？"]),
    ],
)
def test_what_an_answer_leaves_out(question: str, said: str, missing: list[str]) -> None:
    assert [part.words for part in left_out(parts(question), said)] == missing


def test_a_fraction_is_a_figure() -> None:
    asked = parts("总产量是多少亿斤？占全省多大比例？")
    assert left_out(asked, "96.7亿斤，占全省的六分之一。") == []
    assert left_out(asked, "96.7亿斤。")


def test_colloquial_questions_have_their_parts() -> None:
    asked = parts("项目卡在哪儿了？供电那边最晚啥时候弄完？")
    assert [part.words for part in asked] == ["项目卡在哪儿了？", "供电那边最晚啥时候弄完？"]
    assert [part.words for part in left_out(asked, "高压线迁改")] == ["供电那边最晚啥时候弄完？"]
