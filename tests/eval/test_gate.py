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
