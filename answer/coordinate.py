"""Two things joined by 和 that one question asks about: asked of each by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

import rjieba

from answer.named import named

_AND = re.compile(r"以及|[和与及、]")
_QUOTED = re.compile(r"《[^》]*》|“[^”]*”|「[^」]*」")
_EACH = re.compile(r"分别的?|各自|各(?![市县区省州地级部门单位项类个种方界处])")
# What two do together is not asked of either.
_TOGETHER = re.compile(
    r"联合|共同|之间|相[距差比]|合作|一起|签|会谈|协[同作]|关系|区别|不同|合计|一共|总共|哪[个一]"
    r"|了还是"
)
# Nor is what stands between the two: 日本和美国的谈判.
_BETWEEN_THEM = re.compile(r"的?(?:谈判|商谈|交涉|战争|交战|冲突|边界)")
# What each level pays is told in one breath.
_LEVEL = re.compile(r"(?:中央|[国省市县区镇乡村])(?:里|级|级?财政)?$")
_WHAT = r"(?:[是为有达在由要到]|都|何时|谁|什么|多少|多[大长高]|几|哪|怎么|如何|[？?。]|$)"
_BEFORE_WHAT = re.compile(rf"^(?:的?(?:分别|各自|各|都))?{_WHAT}")
# A thing that is named does not reach over these.
_EDGE = re.compile(r"[的，,。？?：:]|^(?:分别|各自?是?|[是为由在有都于达要]|位于|属于)$")
# What is asked of much, where no common ending tells that two words are of a sort.
_ATTRIBUTES = frozenset(
    (
        "时间", "地点", "日期", "地址", "单位", "部门", "人数", "金额", "数量", "价格", "比例",
        "原因", "结果", "方式", "期限", "主题", "内容", "职务", "姓名", "主持人", "负责人",
    )
)  # fmt: skip
_NO_THING = re.compile(r"[多少谁什么何哪几]")
_YEAR = re.compile(r"(?:19|20)\d\d年?")
_YEAR_AT_END = re.compile(rf"{_YEAR.pattern}$")
_LONGEST = 12


@dataclass(frozen=True, slots=True)
class Coordinate:
    """``things`` and the question each is asked about by itself; ``owners`` where the things
    are what is asked about (two towns) and not what is asked of it (time and place)."""

    things: tuple[str, str]
    questions: tuple[str, str]
    owners: bool


def coordinate(question: str) -> Coordinate | None:
    """The two questions that one with a single 和 comes to, None where it is one question.

    ``上海和北京的产值分别是多少`` asks of 上海 and of 北京; what two do together is one question.
    """
    hidden = _QUOTED.sub(lambda match: "〇" * len(match[0]), question)
    joints = list(_AND.finditer(hidden))
    if len(joints) != 1 or _TOGETHER.search(hidden):
        return None
    before, after = hidden[: joints[0].start()], hidden[joints[0].end() :]
    found = _pair(before, after, bool(_EACH.search(after)))
    if found is None:
        return None
    (left, right), owners = found
    if _BETWEEN_THEM.match(after[len(right) :]) or (_LEVEL.match(left) and _LEVEL.match(right)):
        return None
    front = question[: len(before) - len(left)]
    things = (question[len(front) : len(before)], question[joints[0].end() :][: len(right)])
    back = _EACH.sub("", question[joints[0].end() + len(right) :], count=1)
    first = f"{things[0]}年" if right.endswith("年") and left.isdigit() else things[0]
    return Coordinate(
        (first, things[1]), (f"{front}{first}{back}", f"{front}{things[1]}{back}"), owners
    )


def _pair(before: str, after: str, each: bool) -> tuple[tuple[str, str], bool] | None:
    """The things on both sides, and whether they are owners."""
    if pair := _named_alike(before, after):
        return pair, True
    rights = [text for text in _heads(after) if not _NO_THING.search(text)]
    lefts = _tails(before)
    # The last words asked about: 时间和地点, 主演和导演是谁.
    ending = [text for text in rights if _BEFORE_WHAT.match(after[len(text) :])]
    alike = [
        (left, right)
        for left in lefts
        for right in (rights if each else ending)
        if left != right and min(len(left), len(right)) > 1 and _of_a_sort(left, right)
    ]
    if alike:
        pair = min(alike, key=lambda two: (abs(len(two[0]) - len(two[1])), len(two[0])))
        return pair, pair[1] not in ending
    # A single character (市和县各出几成) is no thing that can be asked about alone.
    rights = [text for text in rights if len(text) > 1]
    lefts = [text for text in lefts if len(text) > 1]
    ending = [text for text in ending if len(text) > 1]
    if not each or not lefts or not rights:
        return None
    if after[len(rights[0]) :].startswith("的"):
        return (lefts[0], rights[0]), True
    if ending and (_EDGE.search(before) or lefts[-1] == before):
        return (lefts[-1], ending[-1]), False
    if _tag(lefts[0]) == _tag(rights[0]):
        return (lefts[0], rights[0]), True
    return None


def _of_a_sort(left: str, right: str) -> bool:
    """Two words with one ending (出生率, 死亡率), or that end in what is asked of much."""
    if left[-1] == right[-1] or (left[0].isascii() and right.isascii()):
        return True
    return right in _ATTRIBUTES and any(left.endswith(word) for word in _ATTRIBUTES)


def _named_alike(before: str, after: str) -> tuple[str, str] | None:
    """Two years, places or persons on both sides."""
    year, other = _YEAR_AT_END.search(before), _YEAR.match(after)
    if year and other:
        return year[0], other[0]
    for left in named(before):
        for right in named(after):
            alike = left.kind == right.kind and left.kind in ("place", "person")
            if alike and before.endswith(left.text) and after.startswith(right.text):
                return left.text, right.text
    return None


def _tag(word: str) -> str:
    """The part of speech of a single word."""
    tagged: list[tuple[str, str]] = rjieba.tag(word, True)
    return tagged[0][1][:1]


def _tails(text: str) -> list[str]:
    """The ends of ``text`` that begin at a word, the shortest first, none over an edge."""
    words = _up_to_edge(reversed(rjieba.cut(text, True)))
    return ["".join(reversed(part)) for part in accumulate([word] for word in words)]


def _heads(text: str) -> list[str]:
    """The beginnings of ``text`` that end at a word, the shortest first, none over an edge."""
    return list(accumulate(_up_to_edge(rjieba.cut(text, True))))


def _up_to_edge(words: Iterable[str]) -> Iterator[str]:
    """The first of ``words`` that a thing may be made of."""
    length = 0
    for word in words:
        length += len(word)
        if _EDGE.search(word) or length > _LONGEST:
            return
        yield word
