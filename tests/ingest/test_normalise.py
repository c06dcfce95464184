"""What differs in writing only is found all the same; what is shown stays as written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer.number import numbers
from index.words import words
from ingest.normalise import fold, normalise
from ingest.parse import parse

MIXED = "零一二两三十百千万亿点分之第年月日元成类號會ⅢＡ％．_{}〔〕5·〇"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＰＭ_{2.5}浓度", "pm2.5浓度"),
        ("３６．５％", "36.5%"),
        ("百分之七", "7%"),
        ("百分之九十三点五", "93.5%"),
        ("百分之7.5", "7.5%"),
        ("千分之三", "3‰"),
        ("投资二十三亿元", "投资23亿元"),
        ("三千五百公里", "3500公里"),
        ("二〇二四年三月十八日", "2024年3月18日"),
        ("第十二次会议", "第12次会议"),
        ("提高三成", "提高30%"),
        ("Ⅲ类水体", "III类水体"),
        ("Ⅲ类水体", "三类水体"),
        ("會議決定", "会议决定"),
        ("海政发【2024】5号", "海政发〔2024〕5号"),
        ("阿依古丽·买买提", "阿依古丽•买买提"),
        ("会\u200b议", "会议"),
        ("\ue78d", "\ufe10"),
        ("污水\u3000处理", "污水 处理"),
    ],
)
def test_one_form_for_what_is_the_same(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    "text",
    [
        "一般",
        "统一",
        "三农",
        "一把手",
        "十四五规划",
        "万一",
        "千万不要",
        "一带一路",
        "成立三成员小组",
    ],
)
def test_words_that_look_like_numbers_stay(text: str) -> None:
    assert normalise(text) == text


@given(
    st.text(
        alphabet=st.sampled_from("零一二两三十百千万亿点分之第年月日元成类號會ⅢＡ％．_{}〔〕5·〇"),
        max_size=24,
    )
)
def test_doing_it_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert normalise(normalise(text)) == normalise(text)


def test_what_is_shown_is_as_written() -> None:
    written = "會議指出，ＰＭ_{2.5}濃度下降百分之七，〇五號斷面達到Ⅲ類。"
    document = parse("a.txt", f"某市會議\n\n{written}\n".encode())
    assert document.paragraphs[-1].text == written


def test_the_number_of_a_paper_is_one_word() -> None:
    assert "2024-5号" in words("依据海政发〔2024〕5号文件")
    assert "2024-5号" in words("海政发[2024]5号说了什么")
    assert "2024-5号" not in words("海政发〔2024〕15号")


def test_a_written_out_rate_supports_the_same_rate_in_digits() -> None:
    assert numbers("下降百分之七") == numbers("下降7%")
