from eval.support import supports

PASSAGE = "潍坊市争取中央、省级生态环保资金3.95亿元，审批环评文件1450个。"


def test_a_passage_with_a_gold_quote_supports() -> None:
    assert supports("完全换了说法", PASSAGE, ["审批环评文件1450个"])


def test_numbers_and_most_bigrams_of_the_statement_support() -> None:
    assert supports("潍坊市审批了环评文件1,450个[1]。", PASSAGE, [])


def test_a_number_missing_from_the_passage_is_no_support() -> None:
    assert not supports("潍坊市审批环评文件1451个。", PASSAGE, [])


def test_another_subject_is_no_support() -> None:
    assert not supports("济南市有1450个城镇饮用水源地达到标准。", PASSAGE, [])


def test_the_share_of_bigrams_decides() -> None:
    # 甲乙 乙丙 丙丁 丁戊 戊己: three of five are enough, two are not.
    assert supports("甲乙丙丁戊己", "甲乙丙丁", [])
    assert not supports("甲乙丙丁戊己", "甲乙丙", [])


def test_nothing_said_is_not_supported() -> None:
    assert not supports("[1]。", PASSAGE, [])


def test_traditional_passages_support_simplified_statements() -> None:
    passage = "教條神學派是伊斯蘭教的教派，創立於1204年。"
    assert supports("教条神学派是伊斯兰教的教派", passage, ())
    assert not supports("教条神学派创立于1205年", passage, ())
