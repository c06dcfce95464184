"""What a question asks for one after the other, and what of it an answer leaves out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from answer.followup import ASKING, standalone
from answer.kind import has_somebody, may_be_somebody
from answer.number import UNASKED, quantities
from huiwen.types import Exchange
from ingest.normalise import normalise

_STOP = re.compile(r"(?<=[？?；;。，,])")
_WHEN = re.compile(r"何时|(?:什么|啥)时[候间]|哪一?[年月日天]|几[月号]|多久|多长时间|时间")
_FIGURE = re.compile(
    rf"多少|(?<![{UNASKED}])几(?=[个名次种天处家条项人户座所台公万亿成倍])|第几|多[大长高远重快]"
)
_RANK = re.compile(r"第[一二三四五六七八九十]|首位|末位|居首")
_FRACTION = re.compile(
    r"[一二三四五六七八九十]分之[一二三四五六七八九十]|[一二三四五六七八九]成|一半"
)
_WHO = re.compile(r"谁|哪[一]?[位名]|何人")
_TIME = re.compile(
    r"(?:\d+年)?(?:\d+月)?(?:\d+[日号])?(?:\d+[时点](?:\d+分)?)?(?<=[年月日号时点分])"
    r"|每?[半一两双单][年月周日天]|每[年月周日天]|\d+(?:个月|小时|分钟|周|天|个星期)|[年月]底|年初|[年月]内|季度"
)
_BETWEEN = re.compile(r"[、，,；;：:和\s]")
_ONE_THING = 8
# Shares of several (``6:4``) are one thing said.
_SHARES = re.compile(r"\d+(?:[:：]\d+)+")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing a question asks: its words, and the same as a question by itself."""

    words: str
    question: str


def parts(question: str) -> list[Part]:
    """What ``question`` asks one after the other; of a question that asks once, itself.

    ``谁主持会议？是哪天开的？`` has two; a clause that asks nothing goes with the next.
    """
    found: list[str] = []
    held = ""
    for clause in _STOP.split(question):
        held += clause
        if re.search(ASKING, clause):
            found.append(held)
            held = ""
    if held and found:
        found[-1] += held
    if len(found) < 2:
        return [Part(question, question)]
    first = found[0]
    return [
        Part(first, first),
        *(Part(words, standalone(words, [Exchange(first, "")])) for words in found[1:]),
    ]


def left_out(asked: Sequence[Part], said: str) -> list[Part]:
    """The parts that nothing in ``said`` can be the answer to, judged by kind and number."""
    text = normalise(said)
    times = [match[0] for match in _TIME.finditer(text) if match[0]]
    rest = _SHARES.sub(" ", _TIME.sub(" ", text))
    figures = len({one.written for one in quantities(rest)}) + len(_RANK.findall(rest))
    figures += len(_FRACTION.findall(text))
    things = [word for word in _BETWEEN.split(re.sub(r"[\d.%‰]+", " ", rest).strip("。 ")) if word]
    lacking = []
    for part in asked:
        if _WHEN.search(part.words):
            if times:
                times.pop()
            else:
                lacking.append(part)
        elif wanted := len(_FIGURE.findall(part.words)):
            if figures < wanted:
                lacking.append(part)
            figures -= wanted
        elif _WHO.search(part.words):
            # Beside other things a noun tells nothing.
            if not any(map(has_somebody if len(asked) > 1 else may_be_somebody, things)):
                lacking.append(part)
        elif not things or (part is not asked[0] and len(text) <= _ONE_THING and len(things) < 2):
            lacking.append(part)
    return lacking
