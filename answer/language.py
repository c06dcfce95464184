"""The language a question is asked in, and answers put into it."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache

import opencc

_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]+")
_HAN = re.compile(r"[\u3400-\u9fff]")


class Language(StrEnum):
    """What answers are given in."""

    SIMPLIFIED = "zh-Hans"
    TRADITIONAL = "zh-Hant"
    ENGLISH = "en"


def language_of(text: str) -> Language:
    """The language of a question; names and units in Latin letters do not make it English."""
    if len(_LATIN_WORD.findall(text)) >= 2 and len(_HAN.findall(text)) <= len(text) / 10:
        return Language.ENGLISH
    traditional, simplified = _changed(text, "t2s"), _changed(text, "s2t")
    return Language.TRADITIONAL if traditional > simplified else Language.SIMPLIFIED


def put_into(text: str, language: Language) -> str:
    """``text`` in the characters of ``language``; what has them already comes back as it is."""
    if language is Language.TRADITIONAL and _changed(text, "s2t") > _changed(text, "t2s"):
        converted: str = _converter("s2t").convert(text)
        return converted
    return text


def _changed(text: str, table: str) -> int:
    return sum(a != b for a, b in zip(text, _converter(table).convert(text), strict=False))


@cache
def _converter(table: str) -> opencc.OpenCC:
    return opencc.OpenCC(table)
