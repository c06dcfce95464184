"""Invented photo captions: wordings to develop on, and others kept for the report."""

from __future__ import annotations

import random

_WHO = (
    ("工作人员", "执法人员", "志愿者", "参赛选手", "游客", "几名工人", "村民李大明", "监测人员"),
    ("技术员", "孩子们", "社区民警", "市民", "货车司机", "医护人员", "农户周水根", "巡护队员"),
)
_WHERE = (
    ("城东污水处理厂", "青禾村大棚内", "展厅", "三号码头", "望江公园", "新区政务大厅"),
    ("北山林场", "云溪镇果园", "高铁站候车室", "实验室", "河口湿地", "纺织车间"),
)
_WHAT = (
    ("开展监督帮扶", "采摘西红柿", "体验新设备", "检修管道", "拍照留念", "向群众讲解政策"),
    ("查看水质数据", "参加徒步活动", "挑选花卉", "进行设备调试", "为老人测量血压", "清理淤泥"),
)
_SCENE = (
    ("夜色中的滨江大桥", "收割机正在麦田里作业", "整装待发的救援车队", "大会开幕式现场"),
    ("航拍建设中的环城公路", "改造后的老街灯火通明", "一列动车驶过油菜花田", "签约仪式现场"),
)
_SHAPES = (
    (
        "{who}在{where}{what}",
        "{scene}",
        "图为{where}{scene}",
        "{date}，{who}在{where}{what}",
        "{where}一角",
        "{who}（右一）在{where}{what}",
        "{who}{what}。林远 摄",
    ),
    (
        "{who}正在{where}{what}",
        "{scene}",
        "这是{where}外景",
        "{date}拍摄的{where}",
        "在{where}，{who}{what}",
        "{who}（左二）{what}",
        "{scene}（资料照片）",
        "{where}内，{who}忙着{what}",
    ),
)


def make_caption(rng: random.Random, held: bool) -> str:
    """One caption; ``held`` picks wordings that were never tuned on."""
    row = int(held)
    text = rng.choice(_SHAPES[row]).format(
        who=rng.choice(_WHO[row]),
        where=rng.choice(_WHERE[row]),
        what=rng.choice(_WHAT[row]),
        scene=rng.choice(_SCENE[row]),
        date=f"{rng.randint(1, 12)}月{rng.randint(1, 28)}日",
    )
    # Papers end captions either way.
    return text if text[-1] in "摄）" or rng.random() < 0.3 else f"{text}。"
