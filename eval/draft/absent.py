"""Questions the documents cannot answer, made from those they can: a year, name or place changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from answer.premise import anchors, looks_like_place
from eval.draft.candidate import Candidate

# Invented people and far places; one is used only where no document has it.
_NAMES = ("贺兰川", "卓明远", "尉迟青", "温如海", "岳清和", "柴子安", "滕一诺", "靳长风")
_PLACES = ("伊宁市", "漠河市", "三沙市", "日喀则市", "瑞丽市", "嘉峪关市", "格尔木市", "满洲里市")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)年")
_FURTHEST = 12
Mentioned = Callable[[str], bool]


def absent(candidates: Sequence[Candidate], mentioned: Mentioned) -> Iterator[Candidate]:
    """Variants that no document answers; ``mentioned`` says whether a text stands in any.

    A year, person or place that no document has is put in place of the
    question's own. Of one candidate one variant comes.
    """
    names = [name for name in _NAMES if not mentioned(name)]
    places = [place for place in _PLACES if not mentioned(place.removesuffix("市"))]
    for at, candidate in enumerate(candidates):
        if candidate.type == "who-said" and names:
            yield _stranger(candidate, names[at % len(names)])
        elif made := _other_year(candidate, mentioned) or _elsewhere(candidate, places, at):
            yield made


def _stranger(candidate: Candidate, name: str) -> Candidate:
    said = re.sub(r"^是谁说到(“.*”)？$", r"\1", candidate.question)
    return replace(
        candidate,
        question=f"{name}说到{said}时，还提了什么要求？",
        type="false-premise",
        answers=(),
        note=f"资料里没有“{name}”这个人。",
    )


def _other_year(candidate: Candidate, mentioned: Mentioned) -> Candidate | None:
    found = _YEAR.search(candidate.question)
    if not found:
        return None
    year = int(found[1])
    for step in range(1, _FURTHEST):
        for other in (year - step, year + step):
            if not mentioned(str(other)):
                return replace(
                    candidate,
                    question=candidate.question.replace(found[1], str(other)),
                    type="unanswerable",
                    answers=(),
                    note=f"资料里没有 {other} 年，原题问的是 {year} 年。",
                )
    return None


def _elsewhere(candidate: Candidate, places: Sequence[str], at: int) -> Candidate | None:
    own = [anchor for anchor in anchors(candidate.question) if looks_like_place(anchor)]
    own = [anchor for anchor in own if not anchor.isdigit()]
    if not own or not places:
        return None
    other = places[at % len(places)]
    return replace(
        candidate,
        question=candidate.question.replace(own[0], other),
        type="unanswerable",
        answers=(),
        note=f"资料里没有“{other}”，原题问的是“{own[0]}”。",
    )
