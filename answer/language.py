"""The language a question is asked in, and answers put into it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cache

import opencc

from huiwen.types import Evidence, Statement

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
    return Language.TRADITIONAL if is_traditional(text) else Language.SIMPLIFIED


def put_into(text: str, language: Language, sources: Iterable[str] = ()) -> str:
    """``text`` in the characters of ``language``; what has them already comes back as it is.

    What ``text`` took from traditional ``sources`` is spelled as it stands there:
    of the several characters that one simplified stands for, a table can only guess.
    """
    if language is not Language.TRADITIONAL:
        return text
    written = [source for source in sources if is_traditional(source)]
    if not written and _changed(text, "s2t") <= _changed(text, "t2s"):
        return text
    converted: str = _converter("s2t").convert(text)
    letters, said = list(converted), simplified(text)
    for source in written:
        plain = simplified(source)
        if len(plain) != len(source) or len(said) != len(letters):
            continue
        for same in SequenceMatcher(None, said, plain, autojunk=False).get_matching_blocks():
            if same.size > 1:
                letters[same.a : same.a + same.size] = source[same.b : same.b + same.size]
    return "".join(letters)


def spelled(one: Statement, evidence: Sequence[Evidence], language: Language) -> Statement:
    """A statement in the characters of ``language``, spelled as what it cites."""
    cited = {citation.number for citation in one.citations}
    sources = (item.passage.text for item in evidence if item.number in cited)
    return replace(one, text=put_into(one.text, language, sources))


def is_traditional(text: str) -> bool:
    """Whether ``text`` has more characters that only traditional writing has than the others."""
    return _changed(text, "t2s") > _changed(text, "s2t")


def simplified(text: str) -> str:
    """``text`` in simplified characters: segmenter, rules and small models know them best."""
    converted: str = _converter("t2s").convert(text)
    return converted


def in_simplified(text: str) -> str:
    """Traditional text in simplified characters, any other as it is.

    A few characters do not tell which it is: ask this of whole questions and passages.
    """
    return simplified(text) if is_traditional(text) else text


def _changed(text: str, table: str) -> int:
    return sum(a != b for a, b in zip(text, _converter(table).convert(text), strict=False))


@cache
def _converter(table: str) -> opencc.OpenCC:
    return opencc.OpenCC(table)
