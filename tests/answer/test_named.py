"""Passages of others are set aside where the question names somebody."""

from __future__ import annotations

from answer.evidence import select_evidence
from answer.named import named, speaking_of
from huiwen.types import Hit, Passage

QUESTION = "霁川2024年接待游客多少人次？"
ASKED = "霁川市2024年接待游客120万人次。"
OTHER = "澄江市2024年接待游客98万人次。"
WHOLE = "全省2024年接待游客2.31亿人次。"
NOBODY = "接待游客人次创历史新高。"


def spoken(*texts: str) -> list[str]:
    hits = [
        Hit(Passage(str(at), "d", "a.txt", "题", (), text, ()), 1.0)
        for at, text in enumerate(texts)
    ]
    return [item.passage.text for item in speaking_of(QUESTION, select_evidence(QUESTION, hits))]


def test_another_town_and_the_whole_are_set_aside() -> None:
    assert spoken(OTHER, ASKED, WHOLE) == [ASKED]


def test_a_passage_that_names_nobody_may_go_on_about_it() -> None:
    assert spoken(NOBODY, ASKED) == [NOBODY, ASKED]


def test_where_nobody_names_it_all_are_read() -> None:
    assert spoken(WHOLE, NOBODY) == [WHOLE, NOBODY]


def test_what_is_told_of_the_whole_town_is_told_of_the_town() -> None:
    question = "霁川市2024年接待游客多少人次？"
    whole = "2024年全市接待游客120万人次，市县两级联动。"
    hits = [
        Hit(Passage(str(at), "d", "a.txt", "题", (), text, ()), 1.0)
        for at, text in enumerate((whole, WHOLE, ASKED))
    ]
    near = speaking_of(question, select_evidence(question, hits))
    assert [item.passage.text for item in near] == [whole, ASKED]


def test_words_that_end_like_an_area_name_none() -> None:
    question = "2024年全市新增学位多少个？"
    told = "教育会议提出，2024年全市新增学位2.75万个。"
    other = "新增学位2.75万个，改造校舍9所。"
    hits = [
        Hit(Passage(str(at), "d", "a.txt", "题", (), text, ()), 1.0)
        for at, text in enumerate((other, told))
    ]
    assert len(speaking_of(question, select_evidence(question, hits))) == 2


def test_nothing_names_nothing() -> None:
    assert named("") == []
