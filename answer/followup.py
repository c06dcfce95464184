"""A question that leans on the one before, said in full."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import rjieba

from answer.premise import PERSON, PLACE, looks_like_name, looks_like_place
from huiwen.types import Exchange
from ingest.surname import looks_like_name as is_full_name

_ASKING = (
    r"什么时候|什么|多少|多大|多长|多久|多高|几|何时|何地|何人"
    r"|怎么|怎样|如何|为何|为什么|哪|谁|是不是|是否|有没有|吗"
)
# 那2022年呢？ 威海又如何？ 还有青岛呢
_SWAP = re.compile(
    r"^(?:那么?|还有|至于|另外|再问)?[，,]?(?P<other>[^，,。？?]{1,20}?)(?:又|则)?"
    r"(?:呢|如何|怎么样|怎样|是多少呢|的呢)[？?。]?$"
)
_LEAD = re.compile(r"^(?:那么?|还有|另外|再问一下|请问)[，,]?(?=.{3})")
# 他 is a person's, the rest a thing's; 其他, 其中 and 其余 stand for nothing.
_PERSONAL = re.compile(r"(?<!其)[他她](?!们|人|乡)")
_IMPERSONAL = re.compile(
    r"(?<![其])它(?!们)|(?<![与尤])其(?=[总投工完负金面建规时承项目])"
    r"|(?:上述|该|这个|那个|这项|那项|这次|那次|此)(?P<noun>项目|工程|会议|方案|工作|任务|公司|单位|办法|资金|活动)?"
)
_BARE = re.compile(rf"^(?:(?:又|还|都|共|一共|总共|具体|后来|主要|由|是|在|从|到)*)(?:{_ASKING})")
_PREDICATE = re.compile(
    r"(?:(?:完成|提出|介绍|安排|采取|实现|建成|投入|争取|获得|采用|开展|下达|明确|要求|需要)了?"
    rf"|是|为|有|在|由|于|达到?|共|一共|总共|将|要|会|能|计划|预计|应当?)*(?:{_ASKING})"
)
# 毕建康介绍了…: a name the dictionary takes for words of its own.
_SAYER = re.compile(
    r"([\u4e00-\u9fff]{2,3}?)(?:同志)?(?=(?:在.{0,8}?[上中会])?(?:是什么职务|是谁|说|介绍|提出|要求|主持|担任|强调))"
)
_DISTRICT = re.compile(r"[\u4e00-\u9fff]{2,3}?[省市县区州镇乡]")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d年?度?")
_MONTH = re.compile(r"\d{1,2}月(?:\d{1,2}[日号])?|[上下]半年|[一二三四]季度")


def standalone(question: str, history: Sequence[Exchange]) -> str:
    """``question`` with what it leaves to the exchange before it put in.

    Works by rules on the last exchange only and without a model, in well under
    a millisecond. A question that stands by itself, and one the rules cannot
    complete, comes back as it was.
    """
    if not history:
        return question
    before = history[-1]
    swap = _SWAP.match(question)
    if swap and not re.search(_ASKING, swap["other"]):
        return _swapped(before.question, swap["other"].removesuffix("的")) or question
    plain = _LEAD.sub("", question)
    filled = _filled(plain, before)
    if filled != plain:
        return filled
    if _BARE.match(plain) and (subject := _subject(before.question)) and subject not in plain:
        return f"{subject}{plain}"
    return question


@dataclass(frozen=True, slots=True)
class Named:
    """A part of a question that another of its kind can take the place of."""

    kind: str
    text: str


def named(text: str) -> list[Named]:
    """Years, months, persons and places in ``text``."""
    found = [Named("year", match[0]) for match in _YEAR.finditer(text)]
    found += [Named("month", match[0]) for match in _MONTH.finditer(text)]
    # A place the dictionary does not know is known by its suffix where a question begins.
    places = [match[0]] if (match := _DISTRICT.match(text)) else []
    # A year in front of a name misleads the segmenter.
    tagged = rjieba.tag(_YEAR.sub("，", text), True)
    for (word, tag), (after, after_tag) in zip(tagged, [*tagged[1:], ("", "")], strict=True):
        if tag == PLACE and looks_like_place(word):
            places.append(word)
        elif tag == PERSON and looks_like_name(word):
            # The segmenter leaves the last character of names it does not know behind.
            rest = after if len(word) == 2 and len(after) == 1 and after_tag[0] in "nagz" else ""
            found.append(Named("person", word + rest))
    found += [Named("place", place) for place in dict.fromkeys(places)]
    match = _SAYER.match(text)
    if match and is_full_name(match[1]) and not _is_word(match[1]):
        found.append(Named("person", match[1]))
    return found


def _is_word(text: str) -> bool:
    return rjieba.cut(text, False) == [text]


def _swapped(before: str, other: str) -> str:
    """The question before with ``other`` in the place of what is of its kind, or empty."""
    coming = named(other)
    rest = other
    full = before
    for part in coming:
        old = next((was for was in named(full) if was.kind == part.kind), None)
        if old is None:
            continue
        full = full.replace(old.text, _like(part, old), 1)
        rest = rest.replace(part.text, "", 1)
    rest = rest.strip("的，, ")
    if not rest:
        return full
    return _headed(full, rest)


def _like(part: Named, old: Named) -> str:
    """``2023`` for ``2022年`` is 2023年."""
    return f"{part.text}年" if old.text.endswith("年") and part.text[-1:].isdigit() else part.text


def _headed(before: str, head: str) -> str:
    """The question before, asked of ``head`` instead of what it was asked of, or empty.

    ``济南的平均浓度是多少`` and ``优良天数`` make ``济南的优良天数是多少``.
    """
    predicate = _PREDICATE.search(before)
    if not predicate or predicate.start() == 0:
        return ""
    front = before[: predicate.start()]
    ends = [front.rfind(part.text) + len(part.text) for part in named(front)]
    owner = front[: max([front.rfind("的") + 1, *ends])]
    if similar := _same_kind(front, head, 1 if not owner or owner == front else 2):
        return before.replace(similar, head, 1)
    return f"{owner}{head}{before[predicate.start() :]}"


def _same_kind(front: str, head: str, least: int) -> str:
    """The part of ``front`` that ends as ``head`` does, ``least`` characters alike, or empty.

    So another 局 takes the place of a 局.
    """
    for size in range(3, least - 1, -1):
        tail = head[-size:]
        at = front.rfind(tail)
        if len(head) > size and at > 0:
            ends = [front.find(part.text) + len(part.text) for part in named(front)]
            marks = [front.rfind(mark, 0, at) + 1 for mark in "的，"]
            begin = max(edge for edge in (*marks, *ends) if edge <= at)
            return front[begin : at + size]
    return ""


def _filled(question: str, before: Exchange) -> str:
    """``question`` with its pronouns put into words."""
    if _PERSONAL.search(question):
        for text in (before.question, before.answer):
            people = [part.text for part in named(text) if part.kind == "person"]
            if people:
                return _PERSONAL.sub(people[-1], question)
        return question
    match = _IMPERSONAL.search(question)
    if match and (subject := _subject(before.question)):
        noun = match["noun"] or ""
        said = subject if not noun or noun in subject else f"{subject}{noun}"
        return question[: match.start()] + said + question[match.end() :]
    return question


def _subject(question: str) -> str:
    """What a question is about: all before its predicate, or its first owner, or empty."""
    predicate = _PREDICATE.search(question)
    front = question[: predicate.start()] if predicate else ""
    if not front:
        return ""
    return front[: front.index("的")] if "的" in front else front
