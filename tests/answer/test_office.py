"""Who holds an office: the name beside the title, of the right body."""

from __future__ import annotations

import pytest

from answer.office import asked_title, holds_office, names_holder, with_holder, with_others

MINUTES = (
    "会议由市教育局党组书记、局长温见微主持，副市长宁采薇讲话，桐渚县教育局局长岑望山发言，"
    "向远山（桐渚县县长）出席。"
)


@pytest.mark.parametrize(
    ("question", "said", "holds"),
    [
        ("市教育局局长是谁？", "温见微", True),
        ("市教育局的局长是哪位？", "局长温见微。", True),
        ("桐渚县教育局局长是哪位？", "岑望山", True),
        ("桐渚县教育局局长是哪位？", "温见微", False),
        ("副市长是谁？", "宁采薇", True),
        ("市长是谁？", "宁采薇", False),
        ("市长是谁？", "温见微", False),
        ("桐渚县县长叫什么？", "向远山", True),
        # Nothing is asked about an office, or no name can be read.
        ("会议由谁主持？", "温见微", True),
        ("市教育局局长是谁？", "没有人", True),
        # The head of another body, a title without a name.
        ("市公安局局长是谁？", "温见微", False),
        ("市委书记叫什么？", "宁市长", False),
        ("市教育局局长是谁？", "市教育局职教科冉晓梅", False),
    ],
)
def test_the_name_beside_the_title(question: str, said: str, holds: bool) -> None:
    assert holds_office(question, said, [MINUTES]) is holds


@pytest.mark.parametrize(
    ("question", "said", "given"),
    [
        ("记录人是谁？", "市数据局综合科", "市数据局综合科单于晴"),
        ("记录人是谁？", "市数据局综合科。", "市数据局综合科单于晴。"),
        ("由谁记录？", "市数据局", "市数据局"),
        ("由哪个科记录？", "市数据局综合科", "市数据局综合科"),
    ],
)
def test_a_name_right_behind_the_office_belongs_to_it(question: str, said: str, given: str) -> None:
    assert with_holder(question, said, ["记录人：市数据局综合科 单于晴"]) == given


@pytest.mark.parametrize(
    ("question", "said", "given"),
    [
        ("主演是谁？", "张丹", "张丹、张昊"),
        ("主演是谁？", "张昊。", "张丹、张昊。"),
        ("由谁主持？", "宋见山", "宋见山"),
        ("哪个单位？", "张丹", "张丹"),
    ],
)
def test_names_that_stand_together_are_given_together(question: str, said: str, given: str) -> None:
    assert with_others(question, said, ["影片由张丹、张昊主演，宋见山主持首映。"]) == given


def test_a_byline_is_given_whole() -> None:
    line = "◆周雁凌 季英德 董若义 人勤春来早，奋进正当时。"
    assert with_others("这篇报道是谁写的？", "季英德", [line]) == "周雁凌、季英德、董若义"
    assert with_others("谁参加？", "周雁凌", ["局长周雁凌 科技处负责"]) == "周雁凌"


def test_a_name_stands_right_behind_its_title() -> None:
    assert asked_title("桐渚县教育局局长是哪位？") == "局长"
    assert not asked_title("桐渚县教育局有几个人？")
    assert names_holder("局长", "桐渚县教育局局长岑望山：把学校办小")
    assert not names_holder("局长", "桐渚县教育局副局长岑望山")
    assert not names_holder("局长", "局长办公会议研究了三件事")


def test_an_office_may_be_given_by_a_clause() -> None:
    text = "首任校长由一中副校长秦牧之兼任。"
    assert holds_office("松涛中学校长是谁？", "秦牧之", [text])
    assert not holds_office("区委书记叫什么？", "区委书记叫秦牧之。", [text])
