"""Years, days, persons and places that a question names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import rjieba

from answer.premise import PERSON, PLACE, looks_like_name, looks_like_place, stem
from huiwen.types import Evidence
from ingest.normalise import normalise
from ingest.surname import looks_like_name as is_full_name

# 毕建康介绍了…: a name the dictionary takes for words of its own.
_SAYER = re.compile(
    r"([\u4e00-\u9fff]{2,4}?)(?:同志)?(?=(?:在.{0,8}?[上中会])?(?:是什么职务|是谁|说|介绍|提出|要求|主持|担任|强调))"
)
_DISTRICT = re.compile(r"[\u4e00-\u9fff]{2,3}?[省市县区州镇乡]")
# Only areas of the same sort stand in each other's place: a country is named beside its towns.
_AREAS = "省市县区州"
_AREA = re.compile(rf"[\u3400-\u9fff]{{2}}[{_AREAS}]")
# Neither ``年全市`` nor ``各县区`` is an area's name.
_NO_AREA = re.compile(
    r"[全各我本该每两几个省市县区州年月日在的和与及、由对从为是]|地级|设区|城市|直辖|自治|城区|小区|园区|社区|灾区|景区|山区"
)
_WHOLE = re.compile(rf"全([{_AREAS}])")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d年?度?")
_MONTH = re.compile(r"\d{1,2}月(?:\d{1,2}[日号])?|[上下]半年|[一二三四]季度")


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
    for at, (word, tag) in enumerate(tagged):
        if tag == PLACE and looks_like_place(word):
            places.append(word)
        elif tag == PERSON and looks_like_name(word):
            # The segmenter leaves the last character of names it does not know behind.
            rest, rest_tag = tagged[at + 1] if at + 1 < len(tagged) else ("", "")
            glued = len(word) == 2 and len(rest) == 1 and rest_tag[0] in "nagz"
            found.append(Named("person", word + rest if glued else word))
    found += [Named("place", place) for place in dict.fromkeys(places)]
    match = _SAYER.match(text)
    if match and is_full_name(match[1]) and not _is_word(match[1]):
        found.append(Named("person", match[1]))
    return found


def _is_word(text: str) -> bool:
    return rjieba.cut(text, False) == [text]


def speaking_of(question: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence without the passages that speak of others, or all of it.

    The figure of another town stands in much the same words: where some
    passages name the one asked about, those that name another in its place
    are not to be answered from. A passage that names nobody may go on about it.
    """
    wanted = [part for part in named(question) if part.kind in ("place", "person")]
    wanted += [
        Named("place", place) for place in _places_told_of(evidence) if place[:-1] in question
    ]
    if not any(all(mentions(item, part.text) for part in wanted) for item in evidence):
        return list(evidence)
    asked = normalise(question)
    return [item for item in evidence if not any(_of_another(asked, item, p) for p in wanted)]


def _places_told_of(evidence: Sequence[Evidence]) -> set[str]:
    """Areas by their suffix in the evidence: a question leaves it away, and no dictionary has
    every county."""
    return {place for item in evidence for place in areas_in(normalise(item.passage.placed))}


def areas_in(text: str) -> set[str]:
    """Areas by their suffix in ``text``: ``示范区`` is one of many, its name a word."""
    found = {place for place in _AREA.findall(text) if not _NO_AREA.search(place[:2])}
    return {place for place in found if not _is_common(place[:2])}


def _is_common(name: str) -> bool:
    tagged = rjieba.tag(name, False)
    return len(tagged) == 1 and tagged[0][1] not in (PLACE, PERSON, "nz", "nt")


def _of_another(asked: str, item: Evidence, part: Named) -> bool:
    """Whether a passage names another person or area where it should name ``part``."""
    if mentions(item, part.text):
        return False
    if part.kind == "place" and part.text[-1] not in _AREAS:
        return False
    others = [o.text for o in named(item.passage.placed) if o.kind == part.kind]
    if part.kind == "place":
        # What is told of the whole province is not told of the town; 全市 is the town itself.
        if any(level != part.text[-1] for level in _WHOLE.findall(item.passage.text)):
            return True
        others = [text for text in others if text[-1] in _AREAS] + list(_places_told_of([item]))
    return any(stem(text) not in asked for text in others)


def mentions(item: Evidence, name: str) -> bool:
    """Whether a passage or the line that tells where it stands has ``name``."""
    return stem(name) in normalise(item.passage.placed)
