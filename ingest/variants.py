"""Characters that are one in meaning and several in writing: a table for search."""

from __future__ import annotations

from functools import cache

import opencc

# GB 18030-2022 gives real code points to what GBK and earlier editions kept in
# the private use area, where Python's codec still puts some of it.
_VERTICAL_FORMS = "\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19"
_FROM_E815 = (
    "\u2e81\U00020087\U00020089\U000200cc\u2e84\u3473\u3447\u2e88\u2e8b\u9fb4\u359e\u361a\u360e"
    "\u2e8c\u2e97\u396e\u3918\u9fb5\u39cf\u39df\u3a73\u39d0\u9fb6\u9fb7\u3b4e\u3c6e\u3ce0\u2ea7"
    "\U000215d7\u9fb8\u2eaa\u4056\u415f\u2eae\u4337\u2eb3\u2eb6\u2eb7\U0002298f\u43b1\u43ac"
    "\u2ebb\u43dd\u44d6\u4661\u464c\u9fb9\u4723\u4729\u477c\u478d\u2eca\u4947\u497a\u497d\u4982"
    "\u4983\u4985\u4986\u499f\u499b\u49b7\u49b6\u9fba\U000241fe\u4ca3\u4c9f\u4ca0\u4ca1\u4c77"
    "\u4ca2\u4d13\u4d14\u4d15\u4d16\u4d17\u4d18\u4d19\u4dae\u9fbb"
)
_SAME = {
    "·": "•‧・∙⋅･",
    "-": "‐‑‒–—―−",
    "~": "〜～∼",
    '"': "“”„‟〝〞「」『』«»",
    "'": "‘’‚‛",
    "[": "〔【",
    "]": "〕】",
    "零": "〇",
}
# Soft hyphen, zero-width characters, direction marks, byte order mark.
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e"
# Traditional characters that GB 2312 has as well, for rare words of their own.
_ALSO_SIMPLIFIED = "於徵"


def private_use() -> dict[int, str]:
    """Private-use code points of GBK and GB 18030 and the characters they stand for."""
    table = {0xE78D + at: char for at, char in enumerate(_VERTICAL_FORMS)}
    table |= {0xE815 + at: char for at, char in enumerate(_FROM_E815)}
    table |= {0xE7C7: "\u1e3f", 0xE7C8: "\u01f9", 0xE7E7: "\u303e"}
    table |= {0xE7E8 + at: chr(0x2FF0 + at) for at in range(12)}
    return table


@cache
def variants() -> dict[int, str | None]:
    """Translation table to one way of writing, for ``str.translate``."""
    table: dict[int, str | None] = dict(private_use())
    for char, others in _SAME.items():
        table.update(dict.fromkeys(map(ord, others), char))
    table.update(dict.fromkeys(map(ord, _INVISIBLE), None))
    return table


@cache
def simplified() -> dict[int, str]:
    """Traditional characters to simplified ones, one by one.

    Character by character on purpose: a query of two characters must come out
    as the same two characters do inside a long paragraph. What simplified
    text uses too (``著``, ``乾``) is left alone.
    """
    convert = opencc.OpenCC("t2s").convert
    candidates = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    converted = convert("\n".join(candidates)).split("\n")
    return {
        ord(char): simple
        for char, simple in zip(candidates, converted, strict=True)
        if char != simple and len(simple) == 1 and (char in _ALSO_SIMPLIFIED or not _common(char))
    }


def _common(char: str) -> bool:
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
