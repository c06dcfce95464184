"""Nothing that comes from outside reaches the page as markup."""

from __future__ import annotations

import pytest

from answer.evidence import select_evidence
from huiwen.types import (
    Answer,
    AnswerStatus,
    Citation,
    Evidence,
    Hit,
    Passage,
    Span,
    Statement,
    Timings,
)
from ui import render

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'>&${alert(3)}![x](http://evil/)"


def evidence(text: str = "会议召开。完成120公里。", name: str = "a.txt") -> tuple[Evidence, ...]:
    passage = Passage("p1", "d1", name, "题", ("一、节",), text, ())
    return select_evidence("120公里", [Hit(passage, 1.0)])


def answered(*statements: Statement, **changes: object) -> Answer:
    fields: dict[str, object] = {
        "question": "问", "status": AnswerStatus.ANSWERED, "statements": statements,
        "evidence": evidence(), "reason": "", "model": "m", "timings": Timings(0.05, 1.0, 2.0),
    }  # fmt: skip
    return Answer(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_citation_links_to_its_sentence_in_the_frame() -> None:
    html = render.answer(
        answered(Statement("完成120公里。", (Citation(1, "p1", "d1", Span(5, 13)),)))
    )
    assert 'href="/source/d1?passage=p1&amp;start=5&amp;end=13#hit"' in html
    assert f'target="{render.FRAME}"' in html
    assert "[1]</a>" in html


def test_every_answer_is_labelled_as_generated() -> None:
    for status in AnswerStatus:
        assert "人工智能生成" in render.answer(answered(status=status, reason="因为"))


def test_flags_badges_and_the_closest_passage() -> None:
    flagged = render.answer(answered(Statement("完成。", (), ("2024",))))
    assert "⚠ 数字 2024" in flagged
    refused = render.answer(answered(status=AnswerStatus.REFUSED, reason="没有提到。"))
    assert "资料未载" in refused
    assert "完成120公里" in refused
    assert "仅列原文" in render.answer(answered(status=AnswerStatus.EXTRACTIVE))


def test_the_quote_is_marked_in_its_card() -> None:
    assert "<mark>完成120公里。</mark>" in render.cards(evidence())


def test_a_card_tells_the_item_and_that_it_was_decided() -> None:
    passage = Passage("p1", "d1", "a.txt", "题", ("一、审议",), "会议同意。", (), item="一、审议",
                      decision=True)  # fmt: skip
    html = render.cards(select_evidence("同意", [Hit(passage, 1.0)]))
    assert "题 › 一、审议 · 议定事项" in html
    assert html.count("一、审议") == 1


@pytest.mark.parametrize(
    "html",
    [
        render.turn(HOSTILE, ""),
        render.draft(HOSTILE),
        render.problem(HOSTILE),
        render.cards(evidence(HOSTILE, HOSTILE)),
        render.answer(answered(Statement(HOSTILE, (), (HOSTILE,)), reason=HOSTILE)),
        render.answer(answered(status=AnswerStatus.REFUSED, evidence=evidence(HOSTILE, HOSTILE))),
    ],
)
def test_hostile_text_stays_text(html: str) -> None:
    for markup in ("<img", "<script", 'href="http', "src=x"):
        assert markup not in html.replace("src=x onerror=alert(1)&gt;", "")
    assert "&lt;img" in html
