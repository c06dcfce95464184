"""What a question asks for, told by its words."""

from __future__ import annotations

import re

from ingest.normalise import fold

# The first that matches decides: 为什么 holds 什么, 哪年 holds 哪.
_RULES = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("why", "为什么|为何|何以|什么原因|原因[是为]|因何|缘何|为了什么|什么缘故"),
        ("list", "哪些|哪几|哪两|哪三|分别|哪[二四五六七八九十]|包括什么"),
        (
            "when",
            "什么时候|何时|哪[一]?[个]?(?:年|天|日|月|世纪|时期|朝代|时代)|几[年月日]|几点"
            "|(?:什么|哪段)时间|时间[是为]|时间$|日期|年份|什么(?:年代|时期|朝代|世纪)|何年|何月|何日",
        ),
        (
            "number",
            "多少|几[个人名次项条家座位种所部万亿倍岁分米级届区]|多[大长高久远深重宽]|比例|数量|百分之几"
            "|第几|几成|人数|[率量额值度]是|[率量额]$",
        ),
        ("who", "谁|何人|哪[一]?[位人]|哪个人|什么人|人物|人名"),
        (
            "where",
            "哪里|哪儿|在哪(?:举|召)|何处|什么地方|何地|地点|位于|哪[一]?[个座]?(?:国家?|地区|地方|城市?|省份?|市|县|区|岛|州|洲|镇)",
        ),
        ("yes-no", "[吗嘛]|是不是|有没有|是否|能否|可否|会不会"),
    )
)
OTHER = "what"


def kind_of(question: str) -> str:
    """One of why, list, when, number, who, where, yes-no and what."""
    plain = fold(question).strip(" ？?。")
    return next((name for name, pattern in _RULES if pattern.search(plain)), OTHER)
