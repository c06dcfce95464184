"""What is asked for, and what cannot be it."""

from __future__ import annotations

import pytest

from answer.kind import is_of_kind


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("会议由谁主持？", "副市长顾清源"),
        ("由谁承建？", "青禾建设集团"),
        ("这一定律是谁发现的？", "牛顿"),
        ("什么时候开工？", "明年初"),
        ("哪一年建成？", "二〇二一年"),
        ("总投资多少？", "三千万元"),
        ("哪家酒店？", "迎宾酒店"),
        ("哪家单位牵头？", "县水利局"),
        ("会议提出了什么要求？", "落实责任"),
        ("优良天数比例是多少？", "73.2%"),
        ("造成多少人受灾？", "1.2万人，占三成，即30%"),
        ("在哪里举办？", "青禾县"),
        ("全县经济增长了多少？", "4.8%"),
        ("财政收入增长多少？", "增加2.3亿元"),
        ("覆盖率达到多少？", "87.1%"),
        ("由哪家公司承建？", "青禾建设集团"),
        ("获评优秀的是哪几个市？", "雁浦市、麓津市"),
        ("哪一项还没启动？", "公积金异地贷款"),
        ("记录人是谁？", "市数据局综合科"),
        ("有多少人参加？", "120名"),
        ("引进几家企业？", "3个"),
        ("建成多少台充电桩？", "420"),
        ("每天多少人次？", "3.2万次"),
        ("咨询电话是多少？", "0598-6758802"),
        ("哪家施工单位中标？", "青禾建设集团"),
    ],
)
def test_what_can_be_the_answer(question: str, answer: str) -> None:
    assert is_of_kind(question, answer, answer)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("会议由谁主持？", "会议指出"),
        ("什么时候开工？", "抓紧推进"),
        ("总投资多少？", "投资很大"),
        ("在哪家酒店开会？", "县水利局"),
        ("造成多少人受灾？", "81%"),
        ("在哪里举办？", "8月26日"),
        ("全县经济增长了多少？", "18270元"),
        ("覆盖率达到多少？", "400万人"),
        ("由哪家公司承建？", "县水利局"),
        ("有多少人享受补贴？", "35家"),
        ("总投资多少钱？", "4万吨"),
        ("院长电话多少？", "1683名"),
        ("施工单位是哪家？", "市第二人民医院"),
        ("会议是几点开始的？", "2月26日"),
        ("甲市以什么为龙头？", "甲市生态环境局党组书记、局长陈云龙"),
        ("平阴分局的执法人员在什么地方帮扶？", "乙市生态环境局驻平阴分局"),
    ],
)
def test_what_cannot(question: str, answer: str) -> None:
    assert not is_of_kind(question, answer, answer)


def test_a_body_alone_is_no_reason() -> None:
    assert not is_of_kind("满意度为什么最高？", "市民政局调研组", "市民政局调研组，2025年9月")
    assert is_of_kind("满意度为什么最高？", "服务态度好，离家近", "主要是服务态度好，离家近")


def test_what_is_counted_one_by_one_has_no_fractions() -> None:
    assert not is_of_kind("民宿多了几家？", "21.1", "民宿登记数 | 家 | 71 | 86 | 21.1")
    assert is_of_kind("民宿有多少家？", "86", "民宿登记数 | 家 | 71 | 86 | 21.1")
    assert is_of_kind("有多少户？", "2.36", "户数（万户） | 2.36")


def test_money_is_in_yuan() -> None:
    assert not is_of_kind("全市的地区生产总值是多少？", "528万人次", "接待528万人次")
    assert is_of_kind("全市的地区生产总值是多少？", "528亿元", "实现528亿元")
    assert is_of_kind("一般公共预算收入是多少？", "91.8", "收入（亿元） | 91.8")


def test_numbers_in_words_count() -> None:
    assert is_of_kind("连续几年达标？", "连续两年", "连续两年达标")
    assert is_of_kind("会议几点开始？", "上午9时", "上午9时")
    assert is_of_kind("会议几点开始？", "九时三十分", "九时三十分")
    assert is_of_kind("讲了几点要求？", "四个要求", "四个要求")
    assert not is_of_kind("新开工几个项目？", "进一步加快项目建设", "进一步加快项目建设")
    assert is_of_kind("教育局局长叫什么？", "县教育局局长王建国", "县教育局局长王建国")
    assert is_of_kind("新建的是什么桥？", "宜昌市长江大桥", "宜昌市长江大桥")
    assert not is_of_kind("连续几年达标？", "连年达标", "连年达标")
