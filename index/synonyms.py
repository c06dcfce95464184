"""Abbreviations as documents themselves introduce them: 海州市生态环境局（以下简称环境局）."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ingest.normalise import normalise

# Normalised text: full-width punctuation and curly quotes have become ASCII.
_QUOTES = {'"': '"', "'": "'", "》": "《", "」": "「", "』": "『", "”": "“", "’": "‘"}
_MARKS = "".join({*_QUOTES, *_QUOTES.values()})
_BRACKET = re.compile(
    r"(?P<before>[^;:!?。\n]{2,80}?)\((?:以下|下文)?(?:统一|统)?(?:简称|下称|称)(?:为)?[:：]?"
    r"(?P<short>[^()。\n]{2,30})\)"
)
# What a name that is not quoted follows.
_LEAD = re.compile(
    r"[,、\s]|[由对与和及向在从经据将把被的了是为至]|按照|根据|贯彻|印发|发布|出台|制定|举办|开通|收到|参加"
    r"|召开|联合|关于|以及|原告|被告|新建|共同|主办|转诊"
)
_FIVE_YEARS = re.compile(
    r"第?(十[一二三四五六七八九]?)个五年规划|(?<![一二三四五六七八九])(十[一二三四五六七八九])五(?!年)"
)
_MOST_LONGS = 2
_SHORTEST, _LONGEST = 2, 40
_KEPT = 0.7


@dataclass(frozen=True, slots=True)
class Synonym:
    """Two ways of naming one thing, both normalised."""

    short: str
    long: str


def synonyms(text: str) -> list[Synonym]:
    """The abbreviations that ``text`` introduces, in order, each once.

    Only names that look like it are taken: most characters of the short one
    must stand in the long one, in their order.
    """
    found: dict[Synonym, None] = {}
    for match in _BRACKET.finditer(normalise(text)):
        for part in re.split(r"或者?|、", match["short"]):
            short = part.strip(_MARKS + " ,")
            long = _long(match["before"].rstrip(), short)
            if _SHORTEST <= len(short) < len(long) <= _LONGEST:
                found[Synonym(short, long)] = None
    return list(found)


def _long(before: str, short: str) -> str:
    """The name at the end of ``before`` that ``short`` may stand for, empty where there is none."""
    if before and before[-1] in _QUOTES:
        start = before.rfind(_QUOTES[before[-1]], 0, len(before) - 1)
        name = before[start + 1 : -1]
        return name if start >= 0 and _first(name, short) is not None else ""
    first = _first(before, short)
    if first is None:
        return ""
    start = max((lead.end() for lead in _LEAD.finditer(before, 0, first)), default=0)
    return before[start:]


def _first(name: str, short: str) -> int | None:
    """Where in ``name`` the short name begins, read backwards; None where too little is there."""
    at, first, met = len(name), len(name), 0
    for char in reversed(short):
        place = name.rfind(char, 0, at)
        if place >= 0:
            at, first, met = place, place, met + 1
    return first if met >= _KEPT * len(short) else None


class Thesaurus:
    """The synonyms of a library, ready for questions.

    A short name that stands for several things (公司 in most contracts) stands
    for none: it says nothing outside its own document.
    """

    def __init__(self, pairs: Iterable[Synonym] = ()) -> None:
        longs: defaultdict[str, set[str]] = defaultdict(set)
        for pair in pairs:
            longs[pair.short].add(pair.long)
        self._other: defaultdict[str, list[str]] = defaultdict(list)
        for short, names in sorted(longs.items()):
            if len(names) <= _MOST_LONGS:
                for name in sorted(names):
                    self._other[short].append(name)
                    self._other[name].append(short)
        self._longest = max(map(len, self._other), default=0)

    def expand(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield ``(name in text, its other name)`` of normalised ``text``, longest names first.

        A name inside a longer one that was found is not looked at again.
        """
        start = 0
        while start < len(text):
            for end in range(min(len(text), start + self._longest), start + 1, -1):
                name = text[start:end]
                if name in self._other:
                    for other in self._other[name]:
                        if other not in text:
                            yield name, other
                    start = end - 1
                    break
            start += 1
        for match in _FIVE_YEARS.finditer(text):
            ordinal = match[1] or match[2]
            other = f"{ordinal}五" if match[1] else f"第{ordinal}个五年规划"
            yield match[0], other
