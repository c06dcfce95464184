import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.exactness import exact_match, f1, segments


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2018年，GDP增长6.6%。", ["2018", "年", "gdp", "增", "长", "6.6", "%"]),
        ("約翰·史密斯", ["約", "翰", "史", "密", "斯"]),
        ("1,200人 in New-York", ["1,200", "人", "in", "newyork"]),
        ("《》，。", []),
    ],
)
def test_segments(text: str, wanted: list[str]) -> None:
    assert segments(text) == wanted


def test_punctuation_and_case_do_not_matter_to_a_match() -> None:
    assert exact_match(["《三国演义》"], "三国演义。") == 1
    assert exact_match(["WTO"], "wto") == 1
    assert exact_match(["三国"], "三国演义") == 0


def test_f1_is_of_the_longest_run() -> None:
    # 4 of 4 wanted units in one run of 6 said.
    assert f1(["1969年七月"], "于1969年七月间") == pytest.approx(2 * (4 / 6) / (4 / 6 + 1))
    # 甲…乙 share two units, but in no run longer than one.
    assert f1(["甲乙"], "甲丙乙") == pytest.approx(2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2))
    assert f1(["丁"], "甲") == 0
    assert f1(["丁", "甲"], "甲") == 1


@given(st.text("甲乙丙a1，.。", max_size=8), st.text("甲乙丙a1，.。", max_size=8))
def test_f1_is_symmetric_and_bounded(a: str, b: str) -> None:
    assert 0 <= f1([a], b) <= 1
    assert f1([a], b) == f1([b], a)
    assert f1([a], a) == (1.0 if segments(a) else 0.0)
