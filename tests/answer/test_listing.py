"""Questions for all of something: the document's own count, whole, in its words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from answer.engine import Answerer
from answer.evidence import select_evidence
from answer.listing import asks_decisions, list_all
from huiwen.settings import Settings
from huiwen.types import Answer, AnswerStatus, Hit, Passage, Piece
from index.embedder import load_embedder
from index.library import Library

SAMPLES = Path(__file__).parents[2] / "samples" / "documents"


def passage(text: str, title: str = "供水改造专题会议纪要", **told: object) -> Passage:
    pieces = []
    for line in text.split("\n"):
        pieces.append(Piece(line, 0, len(line), text.index(line)))
    return Passage(text, "d", f"{title}.txt", title, (), text, tuple(pieces), **told)  # type: ignore[arg-type]


def listed(question: str, *passages: Passage) -> list[str]:
    evidence = select_evidence(question, [Hit(one, 1.0) for one in passages])
    found = list_all(question, evidence)
    for one in found:
        (citation,) = one.citations
        text = evidence[citation.number - 1].passage.text
        quoted = text[citation.quote.start : citation.quote.end]
        assert one.text.rstrip("。；") in quoted
    return [one.text for one in found]


PROBLEMS = passage(
    "会议认为，工程总体顺利，但仍存在三个突出问题：一是管网老旧，漏损率18.4%；"
    "二是两处养殖场尚未搬迁；三是配套资金到位率仅为61%。会议要求立即整改。"
)


def test_items_counted_within_a_sentence() -> None:
    assert listed("供水改造存在哪些突出问题？", PROBLEMS) == [
        "一是管网老旧，漏损率18.4%；",
        "二是两处养殖场尚未搬迁；",
        "三是配套资金到位率仅为61%。",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "今年要做三件事：第一，投资1.85亿元建平台；第二，逐处会诊；第三，关停4家企业。",
        "今年要做三件事：1.投资1.85亿元建平台；2.逐处会诊；3.关停4家企业。",
        "今年要做三件事：（一）投资1.85亿元建平台。（二）逐处会诊。（三）关停4家企业。",
        "今年要做三件事：\n投资1.85亿元建平台。\n逐处会诊。\n关停4家企业。",
    ],
)
def test_each_way_of_counting(text: str) -> None:
    found = listed("供水改造今年要做哪三件事？", passage(text))
    assert len(found) == 3
    assert "1.85亿元建平台" in found[0]
    assert "关停4家企业。" in found[2]


def test_another_number_of_items_than_asked_for_is_no_answer() -> None:
    assert listed("供水改造存在哪两个突出问题？", PROBLEMS) == []


@pytest.mark.parametrize(
    "question",
    [
        "供水改造有哪些成绩？",  # counted are problems
        "乡村振兴工作存在哪些突出问题？",  # of something else
        "供水改造存在哪些突出问题？谁来整改？",  # more than a list
        "配套资金到位率是多少？",
    ],
)
def test_what_is_not_asked_for_is_not_listed(question: str) -> None:
    assert listed(question, PROBLEMS) == []


def test_a_count_that_does_not_begin_at_one_is_none() -> None:
    text = "供水改造存在的突出问题还有：二是管网老旧；三是资金不足。"
    assert listed("供水改造存在哪些突出问题？", passage(text)) == []


def test_of_a_long_item_its_first_sentence() -> None:
    long = "（一）加快管网改造。" + "由石浦区政府牵头，" * 12 + "。"
    text = f"{long}\n（二）整治水源地。"
    found = listed("供水改造专题会议议定了哪些事项？", passage(text, decision=True))
    assert found == ["（一）加快管网改造。", "（二）整治水源地。"]


def test_decisions_about_one_thing_are_not_all_decisions() -> None:
    decided = passage("（一）加快管网改造。\n（二）整治南屏镇水源地。", decision=True)
    assert asks_decisions("供水改造会议议定了哪些事项？", decided)
    assert not asks_decisions("会议对南屏镇水源地养殖场决定了什么？", decided)


@pytest.fixture(scope="module")
def library(real_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    settings = real_settings.model_copy(update={"store": tmp_path_factory.mktemp("listing")})
    with Library(settings, load_embedder(settings)) as library:
        for path in sorted(SAMPLES.iterdir()):
            library.add(path.name, path.read_bytes())
        yield library


def told(library: Library, question: str) -> Answer:
    # Without a model: what is counted up needs none.
    return Answerer(library, None, Settings()).answer(question)


def test_all_decisions_of_real_minutes_in_their_order(library: Library) -> None:
    answer = told(library, "供水一体化改造的专题会议议定了哪些事项？")
    assert answer.status is AnswerStatus.ANSWERED
    assert [one.text[:3] for one in answer.statements[:5]] == [f"（{n}）" for n in "一二三四五"]
    assert "应急备用水源" in answer.statements[5].text
    shown = {item.number: item for item in answer.evidence}
    for one in answer.statements:
        assert all(shown[citation.number].passage.decision for citation in one.citations)


def test_the_problems_of_another_meeting(library: Library) -> None:
    answer = told(library, "望溪县一网通办存在哪些问题？")
    assert answer.status is AnswerStatus.ANSWERED
    assert len(answer.statements) == 3
    assert "电子证照归集不全" in answer.statements[0].text


def test_a_short_enumeration_is_left_to_the_model(library: Library) -> None:
    assert told(library, "哪两家景区要争创国家5A级？").status is AnswerStatus.EXTRACTIVE


NTH = (
    passage("第一项硬措施，是“一厂一码”。每个厂都要有。"),
    passage("第三项硬措施，是“举报重奖”。\n第二项硬措施，是“夜查暗访”。不打招呼。"),
)


def test_items_told_one_by_one_in_several_passages() -> None:
    assert listed("局长说的三项硬措施是哪三项？", *NTH) == [
        "第一项硬措施，是“一厂一码”。",
        "第二项硬措施，是“夜查暗访”。",
        "第三项硬措施，是“举报重奖”。",
    ]
    # One of them is not at hand, or something else is counted.
    assert listed("局长说的三项硬措施是哪三项？", NTH[1]) == []
    assert listed("局长说的四项硬措施是哪四项？", *NTH) == []
    assert listed("局长说的三条红线是哪三条？", *NTH) == []


def test_a_count_in_the_lead_speaks_for_the_lines_below() -> None:
    text = (
        "已完成整改21个，其中3个滞后于时序进度：\n石灰窑堆渣清运；\n餐厨垃圾厂异味；\n"
        "小清沟返黑返臭。\n期间移交信访件417件。"
    )
    found = listed("督察反馈的问题里哪三个进度落后了？", passage(text, "督察反馈问题整改简报"))
    assert found == ["石灰窑堆渣清运；", "餐厨垃圾厂异味；", "小清沟返黑返臭。"]


def test_what_a_speaker_counts_up_is_a_list() -> None:
    text = "程局长归拢大家的意见：一，从补建设转向补运营；二，补贴按季度结算；三，食堂先整改。"
    assert listed("程局长归拢大家的意见有哪几条？", passage(text)) == [
        "一，从补建设转向补运营；",
        "二，补贴按季度结算；",
        "三，食堂先整改。",
    ]
