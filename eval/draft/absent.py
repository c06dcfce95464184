"""Questions no document answers, made from those some do: a year, name or place is changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from answer.premise import anchors, looks_like_place
from eval.draft.candidate import Candidate

# Invented people and far places; one is used only where no document has it.
_NAMES = ("贺兰川", "卓明远", "尉迟青", "温如海", "岳清和", "柴子安", "滕一诺", "靳长风")
_PLACES = ("伊宁市", "漠河市", "三沙市", "日喀则市", "瑞丽市", "嘉峪关市", "格尔木市", "满洲里市")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)\s?年")
_IN = re.compile(r"^《.*?》里，")
_FURTHEST = 12
Mentioned = Callable[[str], bool]


def absent(candidates: Sequence[Candidate], mentioned: Mentioned) -> Iterator[Candidate]:
    """Variants that no document answers; ``mentioned`` says whether a text stands in any.

    A year, person or place that no document has is put in place of the
    question's own, or added where it names none. The document is not named:
    it would be about something else. Of one candidate one variant comes.
    """
    names = [name for name in _NAMES if not mentioned(name)]
    places = [place for place in _PLACES if not mentioned(place.removesuffix("市"))]
    for at, candidate in enumerate(candidates):
        if candidate.type == "who-said":
            made = _stranger(candidate, names[at % len(names)]) if names else None
        elif at % 2 and places:
            made = _elsewhere(candidate, places[at // 2 % len(places)])
        else:
            made = _other_year(candidate, mentioned)
        if made:
            yield made


def _stranger(candidate: Candidate, name: str) -> Candidate:
    said = re.sub(r"^是谁说到(“.*”)？$", r"\1", candidate.question)
    return _refused(
        candidate,
        f"{name}说到{said}时，还提了什么要求？",
        f"资料里没有“{name}”这个人。",
        "false-premise",
    )


def _other_year(candidate: Candidate, mentioned: Mentioned) -> Candidate | None:
    bare = _IN.sub("", candidate.question)
    found = _YEAR.search(bare) or _YEAR.search(candidate.question) or _YEAR.search(candidate.quote)
    if not found:
        return None
    year = int(found[1])
    other = next(
        (
            str(near)
            for step in range(1, _FURTHEST)
            for near in (year - step, year + step)
            if not mentioned(str(near))
        ),
        None,
    )
    if other is None:
        return None
    asked = bare.replace(found[1], other) if found[1] in bare else f"{other}年，{bare}"
    return _refused(candidate, asked, f"资料里没有 {other} 年，原文说的是 {year} 年。")


def _elsewhere(candidate: Candidate, place: str) -> Candidate:
    bare = _IN.sub("", candidate.question)
    own = next((word for word in anchors(bare) if looks_like_place(word)), "")
    if own and not own.isdigit():
        asked, note = bare.replace(own, place), f"原文说的是“{own}”"
    else:
        asked, note = f"{place}{bare}", "原题没有地名"
    return _refused(candidate, asked, f"资料里没有“{place}”，{note}。")


def _refused(
    candidate: Candidate, question: str, note: str, kind: str = "unanswerable"
) -> Candidate:
    return replace(candidate, question=question, type=kind, answers=(), note=note)
