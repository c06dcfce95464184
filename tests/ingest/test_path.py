"""Where a paragraph stands: headings, run-in headings and articles above it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiwen.types import ParagraphKind
from ingest.chunk import chunk
from ingest.heading import run_in
from ingest.numbering import numbered
from ingest.parse import parse

RULES = """会议费管理办法

第一章　总则

第一条　为加强会议费管理，制定本办法。

第二章　审批

第一节　分类

第二条　会议分为两类：

（一）一类会议，以市政府名义召开；

（二）其他会议。

前款第（二）项会议由主办单位审批。

第二节　程序

第三条【时限】会议应当提前十日报批。

第三条规定的期限，节假日顺延。

第三章　附则

第四条　本办法自公布之日起施行。
"""


def paths(text: str) -> dict[str, tuple[str, ...]]:
    return {p.text[:6]: p.headings for p in parse("a.txt", text.encode()).paragraphs}


def test_chapters_and_sections_are_headings_and_articles_are_labels() -> None:
    document = parse("办法.txt", RULES.encode())
    headings = [p.text for p in document.paragraphs if p.kind is ParagraphKind.HEADING]
    assert headings == [
        "第一章　总则", "第二章　审批", "第一节　分类", "第二节　程序", "第三章　附则",
    ]  # fmt: skip
    found = paths(RULES)
    assert found["第一条　为加"] == ("第一章　总则", "第一条")
    assert found["第二条　会议"] == ("第二章　审批", "第一节　分类", "第二条")
    for under in ("（一）一类会", "（二）其他会", "前款第（二）"):
        assert found[under] == ("第二章　审批", "第一节　分类", "第二条"), under
    assert found["第三条【时限"][-2:] == ("第二节　程序", "第三条【时限】")
    assert found["第四条　本办"] == ("第三章　附则", "第四条")


def test_an_article_that_is_cited_begins_none() -> None:
    assert paths(RULES)["第三条规定的"][-1] == "第三条【时限】"
    assert paths("某市通报\n\n第三条线路昨天建成通车，市民点赞。\n")["第三条线路昨"] == ()


def test_articles_without_a_space_are_told_by_their_row() -> None:
    text = (
        "某市办法\n\n第一条为加强管理，制定本办法。\n\n第二条本办法适用于机关。\n\n"
        "第二条线路不在此列，另行规定。\n\n第三条违反规定的，依法处理。\n"
    )
    found = {p.text[:4]: p.headings for p in parse("a.txt", text.encode()).paragraphs}
    assert found["第一条为"] == ("第一条",)
    assert found["第二条本"] == found["第二条线"] == ("第二条",)
    assert found["第三条违"] == ("第三条",)


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("一、加强领导。要成立工作专班，明确责任。", "一、加强领导"),
        ("（二）扎实推进项目建设，形成合力。各单位要抓紧。", "（二）扎实推进项目建设，形成合力"),
        ("3.责任分工：市水利局负责技术审查。", "3.责任分工"),
        ("（一）由市财政局统筹资金。不足部分自筹。", ""),
        ("2．市住建局负责验收资料补正。消防部分另行评估。", ""),
        ("（三）6月底前完成整改。逾期约谈。", ""),
        ("（一）会议指出：要抓好春灌工作。", ""),
        ("一、没有下文。", ""),
        ("加强领导。要成立工作专班，明确责任。", ""),
        ("第三条　本办法自公布之日起施行。由市财政局解释。", ""),
    ],
)
def test_run_in_headings(text: str, heading: str) -> None:
    assert run_in(text) == heading


SPEECH = """全市工作会议讲话

一、提高认识。安全生产责任重大，各级各部门必须高度重视。

事故教训十分深刻，大家要引以为戒。

二、突出重点。要抓住三个环节，确保万无一失。

（一）抓好排查。对所有企业开展一轮拉网式排查工作。

（二）由市应急管理局每月通报一次，逾期的约谈主要负责人。

三、强化保障。各级财政要安排专项经费，足额到位。
"""


def test_a_run_in_heading_leads_its_own_paragraph_and_what_follows_it() -> None:
    document = parse("讲话.txt", SPEECH.encode())
    found = {p.text[:4]: p.headings for p in document.paragraphs}
    assert found["一、提高"] == found["事故教训"] == ("一、提高认识",)
    assert found["（一）抓"] == ("二、突出重点", "（一）抓好排查")
    assert found["（二）由"] == ("二、突出重点",)
    assert found["三、强化"] == ("三、强化保障",)
    text = next(p.text for p in document.paragraphs if p.text.startswith("一、"))
    assert text == "一、提高认识。安全生产责任重大，各级各部门必须高度重视。"
    contexts = [p.context for p in chunk(document, 320) if "拉网式" in p.text]
    assert contexts == ["全市工作会议讲话 › 二、突出重点 › （一）抓好排查"]


def test_closing_words_stand_under_no_point_of_a_list() -> None:
    text = (
        "会议纪要\n\n一、关于供水\n\n（一）资金安排。由财政统筹解决八百万元。\n\n"
        "会议强调，要按期完工。\n\n二、关于排水\n\n另行研究。\n"
    )
    assert paths(text)["会议强调，要"] == ("一、关于供水",)


@pytest.mark.parametrize(
    ("text", "level", "place"),
    [
        ("第二章 审批", 1, 2), ("第十二节 程序", 2, 12), ("第二十一条 略", 3, 21),
        ("十一、其他", 2, 11), ("议题三：审议", 2, 3), ("第二项议题：研究", 2, 2),
        ("（三）甲", 4, 3), ("㈢甲", 4, 3), ("3.甲", 5, 3), ("１．甲", 5, 1), ("1.2024年甲", 5, 1),
        ("3、7月1日起", 5, 3),
        ("（3）甲", 6, 3), ("⑶甲", 6, 3), ("③甲", 6, 3),
    ],
)  # fmt: skip
def test_numbers_tell_depth_and_place(text: str, level: int, place: int) -> None:
    found = numbered(text)
    assert found is not None
    assert (found.level, found.place) == (level, place)


@pytest.mark.parametrize(
    "text",
    [
        "2.5万元",
        "1、2号楼",
        "1、2、3号楼",
        "一般认为",
        "第三条规定",
        "第一批",
        "36.5度",
        "议题一致",
    ],
)
def test_what_only_looks_numbered(text: str) -> None:
    assert numbered(text) is None


@given(st.text("第一十百〇1２条章节项议题（）().、： ③⑶㈢", max_size=12))
def test_any_number_counts_something_or_nothing(text: str) -> None:
    found = numbered(text)
    assert found is None or (0 <= found.place < 10_000 and 0 < found.end <= len(text))


def test_numbers_without_end_are_none() -> None:
    assert numbered(f"第{'9' * 5000}条 略") is None
