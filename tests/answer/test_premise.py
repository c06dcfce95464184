"""Questions that take for granted what no document knows."""

import pytest

from answer.evidence import select_evidence
from answer.premise import anchors, missing_anchors
from huiwen.types import Hit, Passage

TEXT = "2023年，河口市召开会议，张立\n新局长作了发言。"
EVIDENCE = select_evidence("会议", [Hit(Passage("p", "d", "a.txt", "", (), TEXT, ()), 1.0)])


def test_years_persons_and_places_are_anchors() -> None:
    assert set(anchors("2024年张三局长在河南省讲了什么？")) == {"2024", "张三", "河南省"}


@pytest.mark.parametrize(
    "question", ["会议讲了什么", "投资多少亿元", "谁作了发言", "大会在哪个城市召开"]
)
def test_plain_questions_have_none(question: str) -> None:
    assert anchors(question) == []


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("2024年会议讲了什么", ["2024"]),
        ("2023年会议讲了什么", []),
        ("张三局长讲了什么", ["张三"]),
        ("张立新局长讲了什么", []),
        ("河南省的会议", ["河南省"]),
        ("《节水条例》讲了什么", ["节水条例"]),
        ("第二轮督查发现什么", ["第二轮"]),
        ("MU5735讲了什么", ["MU5735"]),
        ("管网一期工程投资多少", ["一期"]),
        ("二季度和第二季度完成多少", []),
        ("赤霞省接待多少游客", ["赤霞省"]),
        ("各地市区建成多少", []),
        ("到5月20日封了几个排污口", []),
        ("给山区乡镇配多少部", []),
        ("两个灾区各来了几人", []),
        ("What was said in the meeting?", []),
    ],
)
def test_missing(question: str, missing: list[str]) -> None:
    assert missing_anchors(question, EVIDENCE, []) == missing


def test_the_whole_document_is_asked_before_refusing() -> None:
    assert missing_anchors("2024年会议", EVIDENCE, ["计划于2024年完成"]) == []


def test_traditional_characters_are_cut_as_simplified_ones() -> None:
    for question in ("馬來西亞境內根據哪一個法令設州？", "伽利略在佛羅倫斯期間完成哪本著作？"):
        assert not [name for name in anchors(question) if "境" in name or "期" in name]


def test_what_is_said_at_a_meeting_is_no_place() -> None:
    assert "上古" not in anchors("座谈会上古大爷问了什么？")
    assert anchors("大会上午几点开始？") == []


def test_papers_write_abbreviations_out() -> None:
    passage = Passage("p", "d", "a.txt", "", (), "全年地区生产总值486亿元。", ())
    found = select_evidence("GDP", [Hit(passage, 1.0)])
    assert missing_anchors("GDP是多少？", found, []) == []
    assert missing_anchors("CPI是多少？", found, []) == ["CPI"]


def test_how_many_there_are_is_the_askers_count() -> None:
    assert anchors("要抓住哪“三个点”？") == []
    assert anchors("“六个必须”是什么？") == ["六个必须"]


def test_grammar_makes_no_name() -> None:
    assert "中得" not in anchors("全省在大练兵中得了第几名？")


def test_another_bridge_is_not_the_one_that_is_told_of() -> None:
    texts = ["沐河新区修缮澜砚大桥，栖云区体育馆开放，青石二库水库除险。"]
    assert missing_anchors("沐河二桥花了多少钱？", (), texts) == ["沐河二桥"]
    assert missing_anchors("澜砚大桥花了多少钱？", (), texts) == []
    assert missing_anchors("栖云体育馆什么时候开放？", (), texts) == []
    for question in (
        "什么水库出险了？",
        "附近公园免费吗？",
        "请问目前水库蓄水多少？",
        "加固水库花了多少？",
    ):
        assert missing_anchors(question, (), texts) == []
    assert missing_anchors("新建泵站几座？", (), texts) == []
    assert missing_anchors("县里图书馆几点关门？", (), texts) == []


def test_one_gas_is_not_told_of_by_another() -> None:
    texts = ["全省细颗粒物平均浓度36微克，臭氧改善，化学需氧量下降。"]
    assert missing_anchors("二氧化硫平均浓度是多少？", (), texts) == ["二氧化硫"]
    assert missing_anchors("臭氧和COD怎么样？", (), texts) == []
    assert missing_anchors("二氧化硫浓度是多少？", (), ["SO_{2}浓度12微克。"]) == []
    assert missing_anchors("PM2.5平均浓度是多少？", (), texts) == []


def test_the_head_of_an_area_must_be_spoken_of() -> None:
    texts = ["港岬市交通局局长韩帆介绍经验。"]
    assert missing_anchors("港岬市长作了什么发言？", (), texts) == ["市长"]
    assert missing_anchors("港岬市长作了什么发言？", (), ["市长顾延松讲话。"]) == []
    assert missing_anchors("城市长期规划是什么？", (), texts) == []
    assert missing_anchors("闵副市长要求什么？", (), texts) == []
    assert "省长" not in anchors("浙江省长兴县有多少个村？")
    for question in ("全县长寿老人有多少？", "全市长护险参保多少人？", "我市长三角一体化如何？"):
        assert not {"市长", "县长"} & set(anchors(question))
