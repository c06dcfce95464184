import pytest

from eval.draft.absent import absent
from eval.draft.candidate import Candidate
from eval.draft.command import in_turn
from eval.draft.rules import draft
from eval.matching import has_alias
from huiwen.types import Document
from ingest.parse import parse

MINUTES = """云岭县人民政府常务会议纪要

2031年4月15日上午，县长祁远山在县政府第一会议室主持召开常务会议，研究管网改造工作。

一、关于工程总体进展

会议指出，城乡管网改造工程概算总投资12.86亿元。截至3月底，全县管网漏损率为18.4%，高出全市平均水平6.1个百分点。

二、议定事项

（一）加快老城片区管网改造。由石桥镇政府牵头，县住房城乡建设局配合，2031年9月30日前完成片区内43.5公里老旧管网更换。

其中第3条的要求自508会议室发布。
"""
SPEECH = """全县工作推进会发言

祁远山（县水务局局长）：我们在老城片区安装了远传水表并且接入统一平台。漏损率降到了9%。
"""


def document(text: str) -> Document:
    return parse("材料.txt", text.encode())


def made(text: str) -> list[Candidate]:
    return list(draft(document(text)))


@pytest.mark.parametrize(
    ("asked", "answers"),
    [
        ("工程概算总投资多少元？", ("12.86亿元", "12.86亿")),
        ("全县管网漏损率为多少？", ("18.4%", "18.4")),
        ("哪一天上午，县长祁远山", ("2031年4月15日", "4月15日")),
        ("会议议定的“加快老城片区管网改造”由哪个单位牵头？", ("石桥镇政府",)),
        ("什么时候前要完成片区内43.5公里老旧管网更换？", ("2031年9月30日", "9月30日")),
    ],
)
def test_what_a_sentence_tells_is_asked(asked: str, answers: tuple[str, ...]) -> None:
    (found,) = [one for one in made(MINUTES) if asked in one.question]
    assert found.answers == (answers,)
    assert found.question.startswith("《云岭县人民政府常务会议纪要》里，")


def test_answers_stand_in_their_quotes_and_not_in_the_question() -> None:
    for one in made(MINUTES) + made(SPEECH):
        for group in one.answers:
            assert any(has_alias(alias, one.quote) for alias in group)
            assert not any(has_alias(alias, one.question) for alias in group[:1])


def test_rooms_and_articles_are_no_figures() -> None:
    assert not [one for one in made(MINUTES) if "508" in one.quote]


def test_who_said_it() -> None:
    (found,) = [one for one in made(SPEECH) if one.type == "who-said"]
    assert found.question == "是谁说到“我们在老城片区安装了远传水表并且接入统一平台”？"
    assert found.answers == (("祁远山",),)


def test_what_no_document_has_is_refused() -> None:
    text = MINUTES + SPEECH
    known = lambda words: words in text  # noqa: E731
    candidates = made(MINUTES) + made(SPEECH)
    found = list(absent(candidates, known))
    assert {one.type for one in found} == {"unanswerable", "false-premise"}
    for one in found:
        assert one.answers == ()
        assert one.note.startswith("资料里没有")
        assert one.question not in {candidate.question for candidate in candidates}
    years = [one for one in found if "2030" in one.question]
    assert years
    assert "2031" not in years[0].question
    (stranger,) = [one for one in found if one.type == "false-premise"]
    assert stranger.question.partition("说到")[0] not in text


def test_a_name_that_is_known_is_no_stranger() -> None:
    said = [one for one in made(SPEECH) if one.type == "who-said"]
    (one,) = absent(said, lambda words: words == "贺兰川")
    assert "卓明远" in one.question
    assert list(absent(said, lambda _: True)) == []


def test_documents_and_kinds_take_turns() -> None:
    ones = [
        Candidate(f"{document}{kind}{n}？", kind, (("答",),), f"{document}{kind}{n}", document)
        for document in ("甲", "乙")
        for kind, count in (("number", 9), ("date", 2))
        for n in range(count)
    ]
    ordered = in_turn(ones)
    assert len(ordered) == len(ones)
    assert {(one.document, one.type) for one in ordered[:4]} == {
        ("甲", "number"),
        ("甲", "date"),
        ("乙", "number"),
        ("乙", "date"),
    }
    assert in_turn(ones) == ordered
    assert len(in_turn(ones + ones)) == len(ones)
