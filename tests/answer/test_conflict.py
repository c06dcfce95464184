"""Documents that tell different figures of one thing."""

from __future__ import annotations

import pytest

from answer.conflict import with_conflicts
from huiwen.types import Citation, Evidence, Hit, Passage, Span, Statement


def item(number: int, text: str, date: str, document: str = "") -> Evidence:
    passage = Passage(
        f"p{number}",
        document or f"d{number}",
        f"{number}.txt",
        f"纪要{number}",
        (),
        text,
        (),
        date=date,
    )
    return Evidence(number, Hit(passage, 1.0), Span(0, len(text)))


def texts(stated: str, *evidence: Evidence) -> list[tuple[str, int]]:
    first = evidence[0]
    quote = Citation(1, "p1", first.passage.document_id, first.quote)
    found = with_conflicts([Statement(stated, (quote,))], evidence)
    return [(statement.text, statement.citations[0].number) for statement in found]


OLD = "滨河路改造工程总投资为2,840万元。"
NEW = "滨河路改造工程总投资为3,100万元。"


def test_the_newer_document_comes_first() -> None:
    shown = texts("2,840万元。", item(1, OLD, "2024-03-01"), item(2, NEW, "2024-06-01"))
    assert shown == [
        ("《纪要2》（2024-06-01）的说法不同：滨河路改造工程总投资为3,100万元。", 2),
        ("《纪要1》（2024-03-01）：2,840万元。", 1),
    ]


def test_the_answer_stays_first_where_it_is_the_newer() -> None:
    shown = texts("2,840万元。", item(1, OLD, "2024-06-01"), item(2, NEW, "2024-03-01"))
    assert [number for _, number in shown] == [1, 2]


@pytest.mark.parametrize(
    "other",
    [
        item(2, OLD, "2024-06-01"),
        item(2, "环城路绿化工程总投资为900万元，明年开工。", "2024-06-01"),
        item(2, "滨河路改造工程工期为180天。", "2024-06-01"),
        item(2, "2023年滨河路改造工程总投资为3,100万元。", "2024-06-01"),
        item(2, NEW, "2024-06-01", document="d1"),
        item(2, "滨河路改造工程总投资为0.284亿元。", "2024-06-01"),
    ],
    ids=["same figure", "other work", "other unit", "other year", "same document", "same value"],
)
def test_what_is_no_contradiction_is_left_alone(other: Evidence) -> None:
    assert texts("2,840万元。", item(1, OLD, "2024-03-01"), other) == [("2,840万元。", 1)]
