"""Search words: names and numbers whole, ways of writing folded."""

from __future__ import annotations

import pytest

from index.words import words
from ingest.normalise import fold, normalise


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("PM_{2.5}浓度", "PM2.5浓度"),
        ("Ⅲ类水体", "III类水体"),
        ("１２．５％", "12.5%"),
        ("ＧＤＰ（亿元）", "gdp(亿元)"),
    ],
)
def test_ways_of_writing_are_one(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


def test_fold_keeps_case() -> None:
    assert fold("VOCs") == "VOCs"


def test_numbers_and_names_stay_whole() -> None:
    found = words("全省PM_{2.5}平均浓度36，改善7.7%，鲁环发〔2023〕5号")
    assert {"pm2.5", "36", "7.7%", "7.7", "2023", "5"} <= set(found)


def test_question_words_do_not_count() -> None:
    assert words("是什么？") == []


def test_a_name_shares_its_parts_however_it_was_cut() -> None:
    # What stands around a name changes where the model cuts it.
    asked, told = words("侯翠荣说了什么"), words("厅长侯翠荣强调")
    assert set(asked) & set(told) & set("侯翠荣") == set("侯翠荣")
