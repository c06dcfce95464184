"""Numbers in front of paragraphs: their depth, their place in their list, and where they end."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from ingest.numeral import value

_NUMERAL = "[一二三四五六七八九十百〇零]{1,8}"
_ANY = rf"({_NUMERAL}|\d{{1,4}})"
CHAPTER, SECTION, PART, ARTICLE = 1, 2, 2, 3
# GB/T 9704 counts 一、 then （一） then 1. then （1）; regulations count 章, 节 and 条,
# and an article's own parts again from （一）.
_PATTERNS = (
    (re.compile(rf"第{_ANY}[编章部]"), CHAPTER),
    (re.compile(rf"第{_ANY}节"), SECTION),
    # What goes on at once cites the article of some law: 第三条规定……
    (re.compile(rf"第{_ANY}条(?=[\s:：（(【]|$)"), ARTICLE),
    (re.compile(rf"({_NUMERAL})、"), PART),
    # Minutes of party committees count their topics: 议题一：, 第二项议题：.
    (re.compile(rf"(?:议题|议程){_ANY}[：:、\s]\s*"), PART),
    (re.compile(rf"第{_ANY}[项个](?:议题|议程|议项)[：:、\s]\s*"), PART),
    (re.compile(rf"[（(]({_NUMERAL})[）)]"), 4),
    (re.compile(r"([\u3220-\u3229])"), 4),
    # 2.5万元 and 1、2号楼 are no numbers of paragraphs, 1.2024年 and 3、7月15日起 begin with one.
    (re.compile(r"(\d{1,2})(?:[.．](?!\d(?!\d{3}年))|、(?!\d{1,2}[、.号和及至]))"), 5),
    (re.compile(r"[（(](\d{1,2})[）)]"), 6),
    (re.compile(r"([\u2460-\u2473\u2474-\u2487])"), 6),
)


@dataclass(frozen=True, slots=True)
class Number:
    """The number a text begins with: ``text[:end]``.

    ``level`` is its depth (1 is outermost), ``place`` what it counts (0 where
    the numeral spells no number), ``style`` tells one way of writing from another.
    """

    level: int
    place: int
    style: int
    end: int


def numbered(text: str) -> Number | None:
    """The number that ``text`` begins with."""
    for style, (pattern, level) in enumerate(_PATTERNS):
        if match := pattern.match(text):
            return Number(level, _place(match[1]), style, match.end())
    return None


def _place(numeral: str) -> int:
    """What a numeral counts; circled and bracketed ones fold to plain ones."""
    plain = unicodedata.normalize("NFKC", numeral).strip("()").replace("〇", "零")
    return int(plain) if plain.isdecimal() else value(plain) or 0
