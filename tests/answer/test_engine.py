"""The course of a request, with models that do as they are told."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from answer.engine import Answerer
from answer.generator import Generator, Message, Piece
from answer.stop import Stream
from huiwen.errors import InputError
from huiwen.settings import Settings
from huiwen.types import (
    Answer,
    AnswerReady,
    AnswerStatus,
    EvidenceFound,
    Exchange,
    Rewritten,
    TextDelta,
)
from index.library import Library
from tests.fakes import HashEmbedder, ScriptedGenerator

TEXT = (
    "河口市会议\n\n2023年，河口市完成管网改造120公里，总投资3.5亿元。\n\n会议由周立新主持召开。\n"
)
QUESTION = "河口市完成管网改造多少公里？"


@pytest.fixture
def library(settings: Settings) -> Library:
    library = Library(settings, HashEmbedder())
    library.add("a.txt", TEXT.encode())
    return library


def ask(
    library: Library, settings: Settings, generator: Generator | None, question: str = QUESTION
) -> Answer:
    return Answerer(library, generator, settings).answer(question)


def test_evidence_then_draft_then_the_checked_answer(library: Library, settings: Settings) -> None:
    generator = ScriptedGenerator("河口市完成管网改造120公里[1]。")
    events = list(Answerer(library, generator, settings).ask(QUESTION))
    assert isinstance(events[0], EvidenceFound)
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == generator._reply
    assert isinstance(events[-1], AnswerReady)
    answer = events[-1].answer
    assert (answer.status, answer.text) == (
        AnswerStatus.ANSWERED,
        "河口市完成管网改造120公里。[1]",
    )
    assert answer.timings.first_token is not None
    assert answer.timings.evidence <= answer.timings.first_token <= answer.timings.total


def test_the_model_sees_only_this_requests_evidence(library: Library, settings: Settings) -> None:
    generator = ScriptedGenerator("资料中没有提到")
    ask(library, settings, generator)
    assert "120公里" in generator.prompts[0][-1].content


def test_a_model_that_finds_nothing_is_a_refusal(library: Library, settings: Settings) -> None:
    answer = ask(library, settings, ScriptedGenerator("资料中没有提到。"))
    assert answer.status is AnswerStatus.REFUSED
    assert not answer.statements
    assert answer.evidence


def test_a_timid_model_is_asked_again_about_the_one_passage(
    library: Library, settings: Settings
) -> None:
    generator = ScriptedGenerator("资料中没有提到。", then="120公里。")
    answer = ask(library, settings, generator)
    assert answer.status is AnswerStatus.ANSWERED
    assert "120公里" in answer.text
    first, second = (prompt[-1].content for prompt in generator.prompts)
    assert len(second) < len(first)


def test_what_the_passages_are_far_from_is_refused_without_the_model(
    library: Library, settings: Settings
) -> None:
    generator = ScriptedGenerator("不该问到我")
    answer = ask(library, settings, generator, "办护照带什么材料？")
    assert answer.status is AnswerStatus.REFUSED
    assert answer.evidence
    assert not generator.prompts


def test_a_figure_of_another_thing_is_looked_at_again(settings: Settings) -> None:
    library = Library(settings, HashEmbedder())
    library.add("a.txt", "河口市会议\n\n2023年，河口市完成管网改造120公里。\n".encode())
    library.add("b.txt", "临江区会议\n\n临江区疏浚河道79公里，新建泵站三座。\n".encode())
    generator = ScriptedGenerator("79公里。", then="120公里。")
    answer = ask(library, settings, generator)
    assert answer.text.startswith("120公里")
    assert len(generator.prompts) == 2


class Guessing(ScriptedGenerator):
    """As the other, but hardly sure of a word."""

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()
    ) -> Stream:
        for piece in super().stream(messages, max_tokens=max_tokens, stop=stop):
            yield Piece(piece, (-4.0,))


def test_a_guess_at_the_figure_of_another_thing_is_not_given(settings: Settings) -> None:
    library = Library(settings, HashEmbedder())
    library.add("a.txt", "管网会议\n\n管网改造完成多少，年底公布。\n".encode())
    library.add("b.txt", "河道会议\n\n疏浚河道79公里，新建泵站三座。\n".encode())
    generator = Guessing("79公里。", then="没有提到。")
    question = "管网改造完成多少？"
    assert ask(library, settings, generator, question).status is AnswerStatus.REFUSED


def test_the_same_question_over_the_same_evidence_is_not_asked_twice(
    library: Library, settings: Settings
) -> None:
    generator = ScriptedGenerator("120公里。", then="不该问到我")
    answerer = Answerer(library, generator, settings)
    first = answerer.answer(QUESTION)
    again = answerer.answer(f"请问{QUESTION.rstrip('？')}呢")
    assert again.text == first.text
    assert len(generator.prompts) == 1


def test_an_answer_is_remembered_for_its_own_language(library: Library, settings: Settings) -> None:
    generator = ScriptedGenerator("总投资3.5亿元。")
    answerer = Answerer(library, generator, settings)
    assert answerer.answer("管网改造的总投资是多少？").text.startswith("总投资3.5亿元")
    assert answerer.answer("管網改造的總投資是多少？").text.startswith("總投資3.5億元")


def test_an_answer_is_forgotten_with_what_it_rests_on(library: Library, settings: Settings) -> None:
    generator = ScriptedGenerator("120公里。", then="150公里。")
    answerer = Answerer(library, generator, settings)
    assert "120" in answerer.answer(QUESTION).text
    library.add("a.txt", TEXT.replace("120", "150").encode())
    assert "150" in answerer.answer(QUESTION).text
    assert len(generator.prompts) == 2


def test_what_the_model_could_not_answer_is_not_remembered(
    library: Library, settings: Settings
) -> None:
    generator = ScriptedGenerator("120公里。", fails_after=0)
    answerer = Answerer(library, generator, settings)
    assert answerer.answer(QUESTION).status is AnswerStatus.EXTRACTIVE
    answerer.answer(QUESTION)
    assert len(generator.prompts) == 2


def test_talk_is_answered_without_searching(library: Library, settings: Settings) -> None:
    generator = ScriptedGenerator("不该问到我")
    events = list(Answerer(library, generator, settings).ask("你好"))
    (ready,) = events
    assert isinstance(ready, AnswerReady)
    assert ready.answer.status is AnswerStatus.TALK
    assert not generator.prompts


def test_several_things_are_asked_one_by_one_and_put_together(settings: Settings) -> None:
    library = Library(settings, HashEmbedder())
    library.add("a.txt", "滨河路改造工程会议\n\n滨河路改造工程总投资2840万元。\n".encode())
    library.add("b.txt", "环城路改造工程会议\n\n环城路改造工程总投资160万元。\n".encode())
    generator = ScriptedGenerator("2840万元。", then="160万元。")
    answer = ask(library, settings, generator, "滨河路改造工程和环城路改造工程的总投资一共是多少？")
    assert answer.status is AnswerStatus.ANSWERED
    assert [statement.text for statement in answer.statements] == [
        "滨河路改造工程：2840万元。",
        "环城路改造工程：160万元。",
        "合计3000万元（由上述数字相加得出）。",
    ]
    assert {c.document_id for c in answer.statements[-1].citations} == {
        item.passage.document_id for item in answer.evidence
    }


def test_the_part_that_is_not_told_is_named(settings: Settings) -> None:
    library = Library(settings, HashEmbedder())
    library.add("a.txt", "滨河路改造工程会议\n\n滨河路改造工程总投资2840万元。\n".encode())
    generator = ScriptedGenerator("2840万元。", then="资料中没有提到。")
    answer = ask(library, settings, generator, "滨河路改造工程和青云桥的总投资相差多少？")
    assert "2840万元" in answer.text
    assert "没有提到青云桥的情况" in answer.text
    assert "相差" not in answer.text


def test_a_question_in_traditional_characters_is_answered_in_them(
    library: Library, settings: Settings
) -> None:
    answer = ask(
        library, settings, ScriptedGenerator("总投资3.5亿元。"), "管網改造的總投資是多少？"
    )
    assert answer.text.startswith("總投資3.5億元。")


def test_traditional_papers_are_asked_and_quoted_in_their_own_characters(
    settings: Settings,
) -> None:
    library = Library(settings, HashEmbedder())
    library.add("a.txt", "元代制度\n\n1285年，元朝在奴兒干地方設置東征元帥府。\n".encode())
    generator = ScriptedGenerator("奴儿干地方")
    events = list(Answerer(library, generator, settings).ask("東征元帥府是1285年在哪裡設置的？"))
    ready = events[-1]
    assert isinstance(ready, AnswerReady)
    assert "設置的" in generator.prompts[0][-1].content
    assert "奴兒干地方設置東征" in generator.prompts[0][-1].content
    assert ready.answer.question == "東征元帥府是1285年在哪裡設置的？"
    assert ready.answer.text.startswith("奴兒干地方")


def test_a_follow_up_in_traditional_characters_is_said_in_full_in_them(
    library: Library, settings: Settings
) -> None:
    answerer = Answerer(library, ScriptedGenerator("总投资3.5亿元。"), settings)
    history = [Exchange("煙臺市2022年的總投資是多少？", "總投資3.5億元。")]
    first = next(answerer.ask("那麼威海市呢？", history=history))
    assert first == Rewritten("威海市2022年的總投資是多少？")
    assert answerer.answer("謝謝").status is AnswerStatus.TALK


def test_what_is_listed_without_a_model_stays_as_it_is(settings: Settings) -> None:
    library = Library(settings, HashEmbedder())
    library.add("a.txt", "会议纪要\n\n会议由于范县副县长余海主持，岳丰里参加。\n".encode())
    answer = Answerer(library, None, settings).answer("會議由誰主持？")
    assert answer.status is AnswerStatus.EXTRACTIVE
    assert "余海" in answer.text


def test_an_english_question_is_asked_for_in_english(library: Library, settings: Settings) -> None:
    generator = ScriptedGenerator("The total investment is 350 million yuan.")
    answer = ask(library, settings, generator, "What is the total investment of the pipes?")
    assert answer.status is AnswerStatus.ANSWERED
    assert "in English" in generator.prompts[0][0].content
    assert "3.5亿元" in answer.evidence[answer.statements[0].citations[0].number - 1].passage.text


def test_an_english_answer_with_another_figure_is_withdrawn(
    library: Library, settings: Settings
) -> None:
    generator = ScriptedGenerator("The total investment is 35 million yuan.")
    answer = ask(library, settings, generator, "What is the total investment of the pipes?")
    assert answer.status is AnswerStatus.REFUSED
    assert answer.reason.startswith("The documents do not tell.")


def test_a_refusal_is_in_the_characters_of_the_question(
    library: Library, settings: Settings
) -> None:
    answer = ask(library, settings, ScriptedGenerator("资料中没有提到。"), "管網改造由誰驗收？")
    assert answer.status is AnswerStatus.REFUSED
    assert "資料中沒有提到" in answer.reason


def test_an_invention_is_withdrawn(library: Library, settings: Settings) -> None:
    answer = ask(library, settings, ScriptedGenerator("河口市完成管网改造999公里[1]。"))
    assert answer.status is AnswerStatus.REFUSED
    assert "撤回" in answer.reason


@pytest.mark.parametrize("named", ["2031年", "张三局长", "海南省"])
def test_an_unknown_premise_is_refused_without_the_model(
    library: Library, settings: Settings, named: str
) -> None:
    generator = ScriptedGenerator("不该问到我")
    answer = ask(library, settings, generator, f"{named}管网改造多少公里？")
    assert answer.status is AnswerStatus.REFUSED
    assert not generator.prompts


@pytest.mark.parametrize("pieces", [None, 0, 1])
def test_without_the_model_the_passages_are_the_answer(
    library: Library, settings: Settings, pieces: int | None
) -> None:
    generator = None if pieces is None else ScriptedGenerator("河口市完成", fails_after=pieces)
    answer = ask(library, settings, generator)
    assert answer.status is AnswerStatus.EXTRACTIVE
    assert "仅列原文" in answer.reason
    assert "120公里" in answer.statements[0].text
    assert all(statement.citations for statement in answer.statements)


def test_an_empty_library_says_so(settings: Settings) -> None:
    answer = ask(Library(settings, HashEmbedder()), settings, ScriptedGenerator("字"))
    assert answer.status is AnswerStatus.REFUSED
    assert "上传" in answer.reason


@pytest.mark.parametrize("question", ["", "  \n ", "问" * 501])
def test_unusable_questions(library: Library, settings: Settings, question: str) -> None:
    with pytest.raises(InputError):
        Answerer(library, None, settings).ask(question)


def test_a_deleted_document_answers_no_more(library: Library, settings: Settings) -> None:
    library.delete(library.documents()[0].id)
    library.add("b.txt", "别的会议\n\n会议研究了植树工作。\n".encode())
    answer = ask(library, settings, None, "管网改造多少公里")
    assert "120" not in answer.text


def test_a_reader_going_away_closes_the_model(library: Library, settings: Settings) -> None:
    generator = ScriptedGenerator("河口市完成管网改造120公里。")
    events = Answerer(library, generator, settings).ask(QUESTION)
    next(events)
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert generator.closed


def test_the_figure_of_another_town_is_not_taken(settings: Settings) -> None:
    library = Library(settings, HashEmbedder())
    library.add("a.txt", "全省旅游会议\n\n全省接待游客4316万人次，同比增长一成。\n".encode())
    library.add("b.txt", "霁川市旅游会议\n\n霁川市建成夜市18处，文旅融合成效明显。\n".encode())
    generator = ScriptedGenerator("4316万人次。")
    answer = ask(library, settings, generator, "霁川市和澄江市的接待游客人次分别是多少？")
    assert answer.status is AnswerStatus.REFUSED
    assert "霁川市" in answer.reason


def test_a_follow_up_of_a_follow_up_is_completed(library: Library, settings: Settings) -> None:
    history = [
        Exchange("管网改造工程的总投资是多少？", "3.5亿元。[1]"),
        Exchange("什么时候完成？", "2023年。[1]"),
    ]
    events = Answerer(library, None, settings).ask("由谁负责？", history=history)
    assert next(iter(events)) == Rewritten("管网改造工程由谁负责？")


def test_a_model_is_warmed_with_what_stands_before_every_question(
    library: Library, settings: Settings
) -> None:
    generator = ScriptedGenerator("河口市完成管网改造120公里。")
    answerer = Answerer(library, generator, settings)
    answerer.warm()
    answerer.answer(QUESTION)
    warming, asking = generator.prompts
    assert warming[0] == asking[0]
    assert answerer.line.answering == 0


def test_a_model_that_cannot_be_warmed_still_leaves_the_passages(
    library: Library, settings: Settings
) -> None:
    answerer = Answerer(library, ScriptedGenerator("没有", fails_after=0), settings)
    answerer.warm()
    assert answerer.answer(QUESTION).status is AnswerStatus.EXTRACTIVE


class Doubting:
    """Answers with one sentence, and says of every answer what it is told to say."""

    name = "doubting"

    def __init__(self, answer: str, said: str) -> None:
        self._answer, self._said = answer, said

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()
    ) -> Stream:
        asked = "【回答】" in messages[-1].content
        yield Piece(self._said if asked else self._answer, (-0.05,))


@pytest.mark.parametrize(
    ("said", "status"), [("是", AnswerStatus.ANSWERED), ("否", AnswerStatus.REFUSED)]
)
def test_what_the_model_denies_afterwards_is_not_given(
    library: Library, settings: Settings, said: str, status: AnswerStatus
) -> None:
    model = Doubting("河口市完成管网改造120公里。", said)
    assert Answerer(library, model, settings).answer(QUESTION).status is status


def test_whether_something_is_so_is_told_by_the_sentence_that_decides_it(
    settings: Settings,
) -> None:
    library = Library(settings, HashEmbedder())
    library.add("a.txt", "公交会议\n\n老年人继续免费。中小学生凭学生卡乘公交车半价。\n".encode())
    generator = ScriptedGenerator("学生卡乘公交车半价")
    answer = ask(library, settings, generator, "学生卡乘公交车是不是免费？")
    assert answer.text.startswith("中小学生凭学生卡乘公交车半价。")
    assert len(generator.prompts) == 1


class Comparing:
    """Answers with what no passage has, and names two figures where it is asked for them."""

    name = "comparing"

    def __init__(self, named: str) -> None:
        self._named = named

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()
    ) -> Stream:
        yield self._named if "要比较的两个数" in messages[0].content else "差999个。"


def test_figures_that_are_compared_are_named_by_the_model_and_subtracted_by_us(
    settings: Settings,
) -> None:
    library = Library(settings, HashEmbedder())
    library.add("a.txt", "改造会议\n\n2024年计划改造老旧小区64个。\n".encode())
    library.add("b.txt", "改造会议\n\n2023年计划改造老旧小区86个。\n".encode())
    question = "计划改造的老旧小区2024年比2023年少了多少个？"
    model = Comparing("2024年计划改造老旧小区64个；2023年计划改造老旧小区86个")
    answer = Answerer(library, model, settings).answer(question)
    assert [one.text for one in answer.statements] == [
        "2024年计划改造老旧小区64个。",
        "2023年计划改造老旧小区86个。",
        "前者比后者少22个（由上述数字相减得出）。",
    ]
    invented = Comparing("2024年计划改造老旧小区64个；2023年计划改造老旧小区99个")
    assert Answerer(library, invented, settings).answer(question).status is AnswerStatus.REFUSED


def test_a_bare_no_gives_the_clause_that_is_closest(settings: Settings) -> None:
    library = Library(settings, HashEmbedder())
    library.add("a.txt", "助餐点会议\n\n助餐点每月开放20天。禁止助餐点售卖保健品。\n".encode())
    answer = ask(library, settings, ScriptedGenerator("不可以。"), "助餐点可以售卖保健品吗？")
    assert answer.text.startswith("禁止助餐点售卖保健品。")
