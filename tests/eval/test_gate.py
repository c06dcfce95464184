from dataclasses import replace

import pytest

from eval.gate import check_minimums, parse_limits
from huiwen.errors import InputError
from huiwen.types import AnswerStatus
from tests.eval.fakes import row, run

RUN = run(
    row("a", correct=True),
    row("b", correct=True),
    row("c", correct=False),
    row("d", status=AnswerStatus.REFUSED),
)


def test_limits_that_are_kept() -> None:
    assert check_minimums(RUN, {"accuracy": 0.5, "over_refusal": 0.25}) == []


def test_limits_that_are_missed_are_named() -> None:
    low, high, none = check_minimums(RUN, {"accuracy": 0.6, "over_refusal": 0.2, "refusal": 0})
    assert "accuracy" in low
    assert "0.500" in low
    assert "over_refusal" in high
    assert "上限" in high
    assert "没有可评的题" in none


def test_options_are_read() -> None:
    assert parse_limits(["accuracy=0.8", "recall@5=1"]) == {"accuracy": 0.8, "recall@5": 1.0}


@pytest.mark.parametrize("option", ["accuracy", "accuracy=high", "accuracy=80", "accuracy=nan"])
def test_bad_values_are_refused(option: str) -> None:
    with pytest.raises(InputError, match="门槛"):
        parse_limits([option])


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="ndcg@10"):
        parse_limits(["acuracy=0.8"])
    with pytest.raises(InputError, match="ndcg@10"):
        check_minimums(RUN, {"acuracy": 0.8})


def test_a_part_has_limits_of_its_own() -> None:
    parts = run(
        replace(row("a", correct=True), part="noise-0.4"),
        replace(row("b", correct=False), part="noise-0.8"),
    )
    assert check_minimums(parts, {"noise-0.4:accuracy": 1, "accuracy": 0.5}) == []
    low, absent = check_minimums(parts, {"noise-0.8:accuracy": 0.5, "noise-9:accuracy": 0})
    assert "noise-0.8:accuracy" in low
    assert "没有可评的题" in absent
    assert parse_limits(["noise-0.4:f1=0.7"]) == {"noise-0.4:f1": 0.7}


def test_times_and_counts_are_ceilings() -> None:
    slow = run(row("a", total_s=4.0), row("b", total_s=8.0), row("c", status=None))
    assert parse_limits(["total_p50=7.5", "errors=0"]) == {"total_p50": 7.5, "errors": 0}
    (late, broken) = check_minimums(slow, {"total_p50": 5, "total_p95": 9, "errors": 0})
    assert "total_p50" in late
    assert "errors" in broken
    assert len(check_minimums(slow, {"first_token_p50": 5})) == 1
    with pytest.raises(InputError, match="不小于 0"):
        parse_limits(["total_p50=-1"])
