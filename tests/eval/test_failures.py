from collections.abc import Sequence
from dataclasses import replace

import pytest

from eval.failures import cause_of, causes, failures
from eval.gold import GoldQuestion
from eval.judge import Reply, judge
from eval.run import Row
from eval.task import Task
from huiwen.types import Answer, AnswerStatus, Timings
from tests.eval.fakes import evidence, row, statement


def asked(
    said: str,
    *shown: str,
    answers: Sequence[Sequence[str]] = (("36微克",),),
    quotes: Sequence[str] = ("浓度为36微克",),
    status: AnswerStatus = AnswerStatus.ANSWERED,
) -> Row:
    found = evidence(*shown)
    groups = tuple(tuple(group) for group in answers)
    gold = GoldQuestion("q", "问", "number", groups, tuple(quotes))
    statements = (statement(said, 1),) if said else ()
    answer = Answer("问", status, statements, found, "无", "fake", Timings(0, 0, 0))
    task = Task(gold, references=groups[0] if groups else ())
    return judge(task, Reply(found, answer))


HELD, OTHER = "平均浓度为36微克。", "乙县平均浓度为12微克。"


@pytest.mark.parametrize(
    ("failed", "cause"),
    [
        (asked("36微克", HELD), None),
        (asked("经查阅资料可知，甲县去年全年的平均浓度为36微克。", HELD), "extra_words"),
        (asked("12微克", OTHER), "not_retrieved"),
        (asked("", OTHER, status=AnswerStatus.REFUSED), "not_retrieved"),
        (asked("", OTHER, HELD, status=AnswerStatus.REFUSED), "refused"),
        (asked("12微克", OTHER, HELD), "not_first"),
        (asked("12微克", HELD), "wrong_number"),
        (asked("空气很好", HELD), "wrong_span"),
        (asked("甲", "甲和乙", answers=(("甲",), ("乙",)), quotes=()), "incomplete"),
        (asked("丙", "丙", answers=(("甲",),), quotes=()), "not_retrieved"),
        (asked("丙", "丙", "歐洲", answers=(("欧洲",),), quotes=()), "not_first"),
        (asked("8天", "甲", answers=(), quotes=()), "invented"),
        (asked("", "甲", answers=(), quotes=(), status=AnswerStatus.REFUSED), None),
        (row(status=None), "error"),
    ],
)
def test_causes(failed: Row, cause: str | None) -> None:
    assert cause_of(failed) == cause


def test_a_short_answer_is_not_too_long() -> None:
    long = asked("经查阅资料可知，甲县去年全年的平均浓度为36微克。", HELD)
    assert cause_of(replace(long, short="36微克")) is None


def test_failures_are_grouped_in_order() -> None:
    rows = [asked("36微克", HELD), asked("12微克", HELD), row(status=None), asked("12微克", HELD)]
    assert list(failures(rows)) == ["error", "wrong_number"]
    assert causes(rows) == {"error": 1, "wrong_number": 2}
