"""What pydantic finds wrong with what somebody gave, in Chinese."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Context = Mapping[str, Any]

_SAYING: dict[str, Callable[[Context], str]] = {
    "missing": lambda _: "没有给出",
    "extra_forbidden": lambda _: "没有这一项",
    "int_parsing": lambda _: "应为整数",
    "int_type": lambda _: "应为整数",
    "int_from_float": lambda _: "应为整数",
    "float_parsing": lambda _: "应为数字",
    "float_type": lambda _: "应为数字",
    "bool_parsing": lambda _: "应为 true 或 false",
    "bool_type": lambda _: "应为 true 或 false",
    "string_type": lambda _: "应为文字",
    "list_type": lambda _: "应为数组",
    "dict_type": lambda _: "应为对象",
    "model_attributes_type": lambda _: "应为对象",
    "json_invalid": lambda _: "不是有效的 JSON",
    "literal_error": lambda c: f"只能是 {c['expected'].replace(' or ', '、').replace(', ', '、')}",
    "enum": lambda c: f"只能是 {c['expected'].replace(' or ', '、').replace(', ', '、')}",
    "greater_than_equal": lambda c: f"不得小于 {c['ge']:g}",
    "greater_than": lambda c: f"应大于 {c['gt']:g}",
    "less_than_equal": lambda c: f"不得大于 {c['le']:g}",
    "less_than": lambda c: f"应小于 {c['lt']:g}",
    "string_too_long": lambda c: f"最多 {c['max_length']} 字",
    "string_too_short": lambda c: f"至少 {c['min_length']} 字",
    "too_long": lambda c: f"最多 {c['max_length']} 项",
    "too_short": lambda c: f"至少 {c['min_length']} 项",
    "string_pattern_mismatch": lambda c: f"形式不对，应符合 {c['pattern']}",
}


def complaints(issues: Iterable[Mapping[str, Any]], known: Iterable[str] = ()) -> str:
    """All of ``errors()`` in one line; a name not ``known`` is shown with the nearest that is."""
    names = list(known)
    return "；".join(_complaint(issue, names) for issue in issues)


def _complaint(issue: Mapping[str, Any], known: list[str]) -> str:
    place = [str(part) for part in issue["loc"]]
    saying = _SAYING.get(issue["type"])
    said = saying(issue.get("ctx", {})) if saying else issue["msg"]
    if issue["type"] == "extra_forbidden":
        near = difflib.get_close_matches(place[-1], known, 1)
        said += f"，是不是 {near[0]}？" if near else ""
    elif isinstance(given := issue.get("input"), str | int | float) and saying:
        said += f"，现在是 {str(given)[:40]!r}" if issue["type"] != "missing" else ""
    return f"{'.'.join(place)}：{said}"
