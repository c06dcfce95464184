"""Abbreviations are taken from documents as they introduce them, and only there."""

from __future__ import annotations

import pytest

from index.synonyms import Synonym, Thesaurus, synonyms


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("由海州市生态环境局（以下简称环境局）负责。", "环境局", "海州市生态环境局"),
        ("新建东河至西岭高速铁路（以下简称“东西高铁”）", "东西高铁", "东河至西岭高速铁路"),
        (
            "印发《海州市湾长制实施办法》（以下简称《实施办法》）",
            "实施办法",
            "海州市湾长制实施办法",
        ),
        ("生态环境部(简称:环境部)", "环境部", "生态环境部"),
        ("市海洋环境监测中心站（下称“监测站”）", "监测站", "市海洋环境监测中心站"),
    ],
)
def test_a_short_name_and_what_it_stands_for(text: str, short: str, long: str) -> None:
    assert synonyms(text) == [Synonym(short, long)]


def test_two_short_names_of_one_thing() -> None:
    found = synonyms("海州市海洋环境监测中心站（下称“中心站”或“监测站”）")
    assert [pair.short for pair in found] == ["中心站", "监测站"]


@pytest.mark.parametrize(
    "text",
    ["会议由王明主持（以下简称“三线一单”）。", "投资（万元）", "甲市（下称“甲市”）", "没有括号"],
)
def test_what_does_not_look_like_its_long_name_is_left(text: str) -> None:
    assert synonyms(text) == []


def test_either_name_expands_to_the_other() -> None:
    thesaurus = Thesaurus([Synonym("环境局", "海州市生态环境局")])
    assert list(thesaurus.expand("环境局的职责")) == [("环境局", "海州市生态环境局")]
    # The long name contains the short one: whoever says it says both.
    assert list(thesaurus.expand("海州市生态环境局的职责")) == []
    other = Thesaurus([Synonym("监测站", "海洋环境监测中心站")])
    assert list(other.expand("海洋环境监测中心站在哪")) == [("海洋环境监测中心站", "监测站")]


def test_a_short_name_of_many_things_stands_for_none() -> None:
    pairs = [Synonym("公司", f"{name}股份有限公司") for name in ("甲", "乙", "丙")]
    assert list(Thesaurus(pairs).expand("公司的利润")) == []


@pytest.mark.parametrize(
    ("text", "name", "other"),
    [
        ("十四五规划的目标", "十四五", "第十四个五年规划"),
        ("第十四个五年规划的目标", "第十四个五年规划", "十四五"),
    ],
)
def test_five_year_plans_have_two_names(text: str, name: str, other: str) -> None:
    assert list(Thesaurus().expand(text)) == [(name, other)]


@pytest.mark.parametrize("text", ["二十四五个人", "十五年", "四五十人"])
def test_other_numbers_are_no_plans(text: str) -> None:
    assert list(Thesaurus().expand(text)) == []
