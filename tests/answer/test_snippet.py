"""The sentences that the model reads."""

from __future__ import annotations

from collections.abc import Sequence

from answer.evidence import select_evidence
from answer.snippet import select_snippets
from huiwen.types import Evidence, Hit, Passage

PIPES = (
    "青禾县上半年各项工作平稳推进。管网改造工程完成120公里，总投资3.5亿元。"
    "下一步要抓紧验收。有关部门要加强值守，确保安全度汛。"
)
SCHOOLS = "全县新建学校8所，新增学位9600个。教育局负责招聘教师。"


def evidence(question: str, *texts: str) -> tuple[Evidence, ...]:
    passages = [Passage(f"p{n}", f"d{n}", f"{n}.txt", "", (), t, ()) for n, t in enumerate(texts)]
    return select_evidence(question, [Hit(passage, 1.0) for passage in passages])


def test_the_sentences_that_speak_to_the_question_are_taken() -> None:
    question = "管网改造工程的总投资是多少？"
    (snippet,) = select_snippets(question, evidence(question, PIPES, SCHOOLS), 30)
    assert snippet.text == "管网改造工程完成120公里，总投资3.5亿元。"
    assert snippet.evidence.number == 1


def test_left_out_sentences_show() -> None:
    question = "青禾县有关部门要确保什么？"
    (snippet,) = select_snippets(question, evidence(question, PIPES), 40)
    assert "……" in snippet.text
    assert snippet.text.endswith("确保安全度汛。")


def test_with_room_both_passages_are_read_in_the_order_of_the_evidence() -> None:
    question = "管网改造工程完成多少公里，新建学校几所？"
    found = select_snippets(question, evidence(question, PIPES, SCHOOLS), 1000)
    assert [snippet.text for snippet in found] == [PIPES, "全县新建学校8所，新增学位9600个。"]


def test_one_long_sentence_is_given_whole() -> None:
    question = "要做好什么？"
    text = "要" + "做好各项工作，" * 60 + "确保落实。"
    assert select_snippets(question, evidence(question, text), 50)[0].text == text


def test_sentences_that_say_nothing_of_the_question_are_left_out() -> None:
    question = "新增学位多少个？"
    (snippet,) = select_snippets(question, evidence(question, PIPES, SCHOOLS), 1000)
    assert snippet.text == SCHOOLS


def test_a_place_named_in_the_heading_counts() -> None:
    question = "威海市的浓度是多少？"
    here = Passage("a", "d", "d.txt", "", ("威海市",), "浓度为21微克。", ())
    there = Passage("b", "d", "d.txt", "", ("济南市",), "浓度为38微克。", ())
    items = select_evidence(question, [Hit(there, 1.0), Hit(here, 0.9)])
    found = {s.evidence.passage.id: s.coverage for s in select_snippets(question, items, 100)}
    assert found["a"] > found["b"]


def test_nothing_found_is_nothing_to_read() -> None:
    assert select_snippets("问", (), 100) == []


def test_a_row_comes_with_the_header_of_its_table() -> None:
    question = "沐河新区完成比例是多少？"
    table = "| 县区 | 项目数 | 完成比例 |\n| 临砚区 | 41 | 54.2% |\n| 沐河新区 | 35 | 48.6% |"
    (snippet,) = select_snippets(question, evidence(question, table), 25)
    assert snippet.text == "| 县区 | 项目数 | 完成比例 |……| 沐河新区 | 35 | 48.6% |"


def test_past_enough_only_what_is_nearly_as_good_is_read() -> None:
    question = "管网改造工程的总投资是多少？"
    long = f"{PIPES}{'各县要按时报送进度，' * 6}不得拖延。"
    items = evidence(question, long, SCHOOLS)

    def alike(_: str, texts: Sequence[str]) -> list[float]:
        return [0.9 if "投资" in text else 0.88 if "各县" in text else 0.7 for text in texts]

    (snippet,) = select_snippets(question, items, 1000, alike)
    assert "总投资3.5亿元" in snippet.text
    assert "青禾县" not in snippet.text


def test_words_that_only_lead_to_others_are_not_read() -> None:
    question = "会议纪要如下是什么？"
    (snippet,) = select_snippets(question, evidence(question, "现纪要如下：\n会议同意建桥。"), 100)
    assert snippet.text == "会议同意建桥。"
    (only,) = select_snippets(question, evidence(question, "现纪要如下："), 100)
    assert only.text == "现纪要如下："
