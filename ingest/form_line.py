"""Lines of the form of minutes rather than of their business: 出席：…, 时间  2025年…, 签名：."""

from __future__ import annotations

import re

_ROLES = r"主\s*持|出\s*席|列\s*席|参\s*加|参\s*会|缺\s*席|请\s*假|记\s*录|整\s*理"
_FORM = re.compile(
    rf"(?:(?:会议)?(?:召开)?(?:(?:{_ROLES})(?:人员|单位|同志|人|部门|领导)?|时\s*间|地\s*点|名称|结束时间)|"
    r"抄\s*送|主\s*送|分\s*送|报\s*送|发至|附件|送|发|报|[^，。：]{0,6}签[名字到发])(?:[：:]|\s|$)"
)


def is_form(text: str) -> bool:
    """Whether ``text`` is such a line."""
    return bool(_FORM.match(text))
