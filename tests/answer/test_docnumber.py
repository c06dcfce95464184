"""Numbers of documents: of the one that is named, from where it is told."""

from __future__ import annotations

import pytest

from answer.engine import Answerer
from huiwen.settings import Settings
from huiwen.types import AnswerStatus
from index.library import Library
from tests.fakes import HashEmbedder

RULES = """望江市城乡建设局文件

望建规〔2024〕7号

关于印发《望江市口袋公园管护办法》的通知

第一条　口袋公园由各区园林中心管护，每年安排经费。

《望江市绿地管理暂行规定》（望建发〔2016〕12号）同时废止。
"""
SPEECH = """在全市消防工作会上的讲话

今年是消防安全治本攻坚三年行动的头一年。市里的方案上个月印发了，文号是望安委〔2024〕3号，请对照落实。
"""


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("望江市口袋公园管护办法的文号是多少？", "望建规〔2024〕7号"),
        ("望江市绿地管理暂行规定的发文字号是什么？", "望建发〔2016〕12号"),
        ("消防治本攻坚三年行动方案是哪个文？", "望安委〔2024〕3号"),
        ("望江市校车安全管理规定的文号是多少？", ""),
    ],
)
def test_the_number_of_the_document_that_is_named(
    settings: Settings, question: str, number: str
) -> None:
    with Library(settings, HashEmbedder()) as library:
        library.add("通知.txt", RULES.encode())
        library.add("讲话.txt", SPEECH.encode())
        answer = Answerer(library, None, settings).answer(question)
        if not number:
            assert answer.status is AnswerStatus.REFUSED
            return
        assert answer.status is AnswerStatus.ANSWERED
        (statement,) = answer.statements
        assert statement.text == number
        (citation,) = statement.citations
        passage = library.passage(citation.passage_id)
        assert number in passage.text[citation.quote.start : citation.quote.end]
