import pytest

from eval.compare import Difference, compare
from eval.run import Row
from huiwen.types import AnswerStatus
from tests.eval.fakes import row, run


def rows(*right: bool) -> list[Row]:
    return [row(f"q{index}", correct=good) for index, good in enumerate(right)]


def difference(name: str, before: list[Row], after: list[Row]) -> Difference:
    found = compare(run(*before), run(*after)).differences
    return next(one for one in found if one.name == name)


def test_questions_that_changed_are_listed() -> None:
    comparison = compare(run(*rows(True, False, False)), run(*rows(False, True, False)))
    assert [change.after.id for change in comparison.fixed] == ["q1"]
    assert [change.after.id for change in comparison.broken] == ["q0"]
    assert comparison.shared == 3
    assert comparison.unpaired == 0


def test_only_questions_of_both_runs_with_the_same_gold_count() -> None:
    before = [*rows(True, True), row("old", correct=True)]
    after = [row("q0", correct=True), row("q1", question="改过的问题"), row("new")]
    comparison = compare(run(*before), run(*after))
    assert comparison.shared == 1
    assert comparison.unpaired == 4
    assert not comparison.broken


def test_an_even_change_of_uneven_questions_has_no_width() -> None:
    """Pairing matters: unpaired samples of questions this uneven would differ by themselves."""
    before = [row(f"q{i}", ranks=(1, 1 if i % 2 else None, None, None)) for i in range(10)]
    after = [row(f"q{i}", ranks=(1, 1, 1 if i % 2 else None, None)) for i in range(10)]
    found = difference("recall@1", before, after)
    assert (found.before, found.after, found.delta) == (0.375, 0.625, 0.25)
    assert (found.low, found.high) == pytest.approx((0.25, 0.25))
    assert found.certain
    assert found.better is True


def test_a_mixed_change_is_uncertain() -> None:
    found = difference("accuracy", rows(True, False, True, False), rows(False, True, True, True))
    assert found.delta == pytest.approx(0.25)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high
    assert not found.certain


def test_more_refusals_of_answerable_questions_are_worse() -> None:
    after = [row("q0", status=AnswerStatus.REFUSED)]
    found = difference("over_refusal", rows(True), after)
    assert found.delta == 1.0
    assert found.better is False


def test_runs_with_nothing_in_common() -> None:
    comparison = compare(run(row("a")), run(row("b")))
    assert comparison.shared == 0
    assert all(one.delta is None and one.better is None for one in comparison.differences)


def test_a_metric_without_questions_has_no_difference() -> None:
    found = difference("refusal", rows(True), rows(False))
    assert (found.before, found.after, found.delta) == (None, None, None)
