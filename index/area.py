"""Towns and districts by the names that offices, issuers and titles begin with."""

from __future__ import annotations

import re

_AREA = re.compile(r"(?P<name>[\u3400-\u9fff]{2,5}?)(?P<kind>自治[区州县旗]|[省市县区州盟旗镇乡])")
# What is written like a name and says which, not what it is called, or is a word and a half.
_NO_NAME = re.compile(
    r"^(?:[各我本该城新老郊灾山社园景省市县区州]|县级|地级|设区|直辖|开发|高新|示范|保税|经济)|全"
)


def areas(text: str) -> tuple[str, ...]:
    """The areas that ``text`` begins with, the widest first: ``临泽湾市``, ``石浦区``."""
    found = []
    at = 0
    while (match := _AREA.match(text, at)) and not _NO_NAME.search(match["name"]):
        found.append(match[0])
        at = match.end()
    return tuple(found)


def stem(area: str) -> str:
    """What a text calls an area too: ``威海`` for ``威海市``."""
    match = _AREA.fullmatch(area)
    return match["name"] if match else area
