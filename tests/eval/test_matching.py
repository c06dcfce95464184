import pytest

from eval.matching import has_alias, has_all, has_quote, normalise, numbers, strip_marks


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("PM_{2.5}", "PM2.5"),
        ("PM₂.₅", "pm 2.5"),
        ("36µg/m³", "36μg/m3"),
        ("36 ug/m^{3}", "36μg/m³"),
        ("７．７％", "7.7%"),
        ("（次），", "(次),"),
        ("1,450个", "1450个"),
        ("“消劣Ｖ”", '"消劣v"'),
        ("2021—2025年", "2021-2025年"),
        ("生态\n环境 厅", "生态环境厅"),
        ("生态\u200b环境", "生态环境"),
    ],
)
def test_spellings_that_are_one(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("8 5", "85"), ("2022，300个", "2022300个"), ("①8个", "18个"), ("VOCs 8家", "VOCs8家")],
)
def test_spellings_that_stay_apart(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize(
    ("alias", "answer"),
    [
        ("8", "共8个县入选"),
        ("8", "入选的是８个。"),
        ("8", "8"),
        ("8", "共48个，其中8个获奖"),
        ("8", "结果为8."),
        ("16个", "有16个水源地"),
        ("2月26日", "2023年2月26日召开"),
        ("21μg/m³", "浓度为21 μg/m³。"),
        ("5597", "5,597个行政村"),
        ("1.5万", "1.5万家(次)"),
        ("一级巡视员", "省厅一级巡视员"),
        ("三个", "统一三个标准"),
        ("pm2.5", "PM_{2.5}浓度"),
        ("8", "涉VOCs 8家"),
    ],
)
def test_alias_is_found(alias: str, answer: str) -> None:
    assert has_alias(alias, answer)


@pytest.mark.parametrize(
    ("alias", "answer"),
    [
        ("8", "共48个"),
        ("8", "8.5个百分点"),
        ("8", "3.8个百分点"),
        ("8", "85个"),
        ("8", "8万个"),
        ("5", "PM_{2.5}浓度"),
        ("2", "CO2排放"),
        ("16个", "116个水源地"),
        ("2月26日", "12月26日"),
        ("450", "1,450个"),
        ("三个", "十三个"),
        ("百分之十", "百分之十五"),
        ("银奖", "金奖"),
        ("", "什么都行"),
        (" ", "什么都行"),
    ],
)
def test_alias_is_not_found(alias: str, answer: str) -> None:
    assert not has_alias(alias, answer)


def test_every_group_is_needed_and_any_alias_will_do() -> None:
    groups = (("36μg/m³", "36微克"), ("7.7%",))
    assert has_all(groups, "平均浓度36微克每立方米[1]，改善7.7%[2]。")
    assert not has_all(groups, "平均浓度36微克每立方米[1]。")


def test_citation_marks_are_no_answer_and_do_not_join_numbers() -> None:
    assert not has_all((("1",),), "获得银奖[1]。")
    assert has_all((("36",), ("8个",)), "浓度为36[1]8个县入选[2,3]")
    assert strip_marks("甲[1][2]乙【3】丙［4，5］").replace(" ", "") == "甲乙丙"
    assert strip_marks("〔2023〕1号[2023]") == "〔2023〕1号[2023]"


def test_quote_in_a_repaired_passage() -> None:
    quote = "全省PM_{2.5}平均浓度为36μg/m³,同比改善7.7%,"
    assert has_quote(quote, "去年，全省PM2.5平均浓度为36μg/m³，同\n比改善7.7%，优良天数")


def test_quote_needs_four_fifths_in_one_stretch() -> None:
    quote = "甲乙丙丁戊己庚辛壬癸"
    assert has_quote(quote, "前甲乙丙丁戊己庚辛后")
    assert not has_quote(quote, "前甲乙丙丁戊己庚后")
    assert not has_quote(quote, "甲乙丙丁戊—己庚辛壬癸")
    assert not has_quote("", "任何片段")


def test_a_quote_may_have_the_emphasis_of_its_file() -> None:
    assert has_quote("所需经费由市、县按 **6:4** 分担", "所需经费由市、县按 6:4 分担，7 月起执行。")


def test_numbers_leave_out_names() -> None:
    assert numbers("PM_{2.5}为36μg/m³，改善7.7%，共1,450个") == {"36", "7.7", "1450"}
