"""Invented lines that are whole without a full stop: signatures, lists, notes of editors."""

from __future__ import annotations

import random
from collections.abc import Sequence

# The second of each pair is kept for the report, as in ``eval.caption_maker``.
_BODIES = (
    ("云溪镇人民政府办公室", "市水务局规划建设科", "县农业农村局", "望江区退役军人事务局"),
    ("青禾县教育体育局", "北山市生态环境局监测中心", "省交通运输厅综合规划处", "湖东街道办事处"),
)
_PEOPLE = (
    ("林远", "步云鹤", "席暮雨", "尹川柏", "周水根", "李大明", "乐正宁"),
    ("郑一舟", "顾南星", "苏简", "韩立冬", "贺知秋", "魏长河", "欧阳青"),
)
_MATTERS = (
    ("灌区改造", "防汛物资储备", "老旧小区改造", "农村公路养护", "校园食堂管理", "河道清淤"),
    (
        "职业技能培训",
        "养老服务设施建设",
        "污水管网排查",
        "种子市场检查",
        "古树名木保护",
        "公交优化",
    ),
)
_SHAPES = (
    (
        "{body}{date}",
        "{body}、{other_body}",
        "（作者单位：{body}）",
        "本报记者{name}、通讯员{other}综合报道",
        "{name}、{other}、{third}等参加会议",
        "推进{matter}和{other_matter}",
        "{matter}工作进展情况",
        "（一）关于{matter}，由{body}负责",
        "{body}：{name}，{other}，{third}",
        "附件：1.{matter}实施方案",
        "关于印发{matter}方案的通知",
        "{body}{matter}会议纪要",
        "{matter}座谈会发言汇编",
        "全市{matter}专题协调会",
        "（{body}根据录音整理　整理人：{name}）",
        "{matter}、{other_matter}责任单位：{body}",
        "据{body}、{other_body}消息整理",
        "联系人：{name}，联系电话：8{number}",
    ),
    (
        "{body}，{date}印发",
        "{body} {other_body}",
        "（本版稿件由{body}提供）",
        "本版编辑：{name}　校对：{other}",
        "调研组成员：{name}、{other}、{third}",
        "加快{matter}，统筹{other_matter}",
        "{matter}任务分工表",
        "牵头单位：{body}，配合单位：{other_body}",
        "—— {matter}的调查与思考",
        "{body}关于{matter}有关情况的说明",
        "咨询电话：8{number}，受理部门：{body}",
        "{body}{matter}座谈会记录",
        "（{name}、{other}整理，未经本人审阅）",
        "主题词：{matter}，{other_matter}，通知",
        "新华社北山{date}电",
        "{name}（{body}）、{other}（{other_body}）",
    ),
)


def make_stray(rng: random.Random, lender: Sequence[str], held: bool) -> str:
    """One line; half of them are sentences of ``lender`` set as headlines or items are."""
    short = [s for s in lender if 13 <= len(s) <= 60 and s[-1] == "。"]
    if short and rng.random() < 0.5:
        return rng.choice(short)[:-1]
    row = int(held)
    name, other, third = rng.sample(_PEOPLE[row], 3)
    body, other_body = rng.sample(_BODIES[row], 2)
    matter, other_matter = rng.sample(_MATTERS[row], 2)
    return rng.choice(_SHAPES[row]).format(
        name=name, other=other, third=third, body=body, other_body=other_body,
        matter=matter, other_matter=other_matter,
        date=f"2023年{rng.randint(1, 12)}月{rng.randint(1, 28)}日",
        number=rng.randint(1000000, 9999999),
    )  # fmt: skip
