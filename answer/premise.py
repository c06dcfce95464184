"""What a question takes for granted, and whether the documents know of it at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import rjieba

from huiwen.types import Evidence
from ingest.normalise import normalise
from ingest.surname import is_surname

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:年度?|(?=[-—至到]))")
_PLACE_SUFFIX = re.compile(r"(?:省|市|县|区|州|地区|自治区|特别行政区)$")
_KIND = re.compile(r"哪一?[家所座条款项部](?P<after>[\u3400-\u9fff]{1,6})")
_ANY_KIND = frozenset(
    (
        "单位",
        "机构",
        "部门",
        "企业",
        "公司",
        "地方",
        "组织",
        "工作",
        "内容",
        "方面",
        "规定",
        "措施",
        "任务",
        "要求",
        "问题",
        "事情",
        "法规",
        "法律",
        "文件",
        "作品",
        "书",
    )
)
_NO_KIND = frozenset("是在为有的被由负承提获将最")
PERSON, PLACE = "nr", "ns"  # the tags jieba's dictionary uses


def anchors(question: str) -> list[str]:
    """Years, persons and places named in ``question``, as they are written there."""
    found = [match[1] for match in _YEAR.finditer(question)]
    # A year in front of a name misleads the segmenter.
    for word, tag in rjieba.tag(_YEAR.sub("，", question), True):
        if (tag == PLACE and looks_like_place(word)) or (tag == PERSON and looks_like_name(word)):
            found.append(word)
    return list(dict.fromkeys(found))


def asked_kind(question: str) -> str:
    """The kind of thing asked for by ``哪家酒店`` or ``哪条路``; empty where none is named.

    Kinds that stand for others (单位, 地方) tell nothing of the answer's wording.
    """
    match = _KIND.search(question)
    if not match:
        return ""
    word: str = rjieba.cut(match["after"], True)[0]
    return "" if word in _ANY_KIND or word[0] in _NO_KIND else word


def missing_anchors(question: str, evidence: Sequence[Evidence], texts: Iterable[str]) -> list[str]:
    """Anchors of the question found neither in the evidence nor in ``texts``.

    ``texts`` are the whole documents the evidence is from; they are read only
    when the evidence alone does not settle it.
    """
    wanted = {anchor: _stem(anchor) for anchor in anchors(question)}
    for item in evidence:
        passage = item.passage
        wanted = _left(wanted, f"{passage.context}\n{passage.text}")
    if wanted:
        for text in texts:
            wanted = _left(wanted, text)
    return list(wanted)


def _left(wanted: dict[str, str], text: str) -> dict[str, str]:
    if not wanted:
        return wanted
    # Line breaks of a wrapped file may stand inside a name.
    compact = re.sub(r"\s+", "", normalise(text))
    return {anchor: stem for anchor, stem in wanted.items() if stem not in compact}


def looks_like_name(word: str) -> bool:
    return len(word) in (2, 3) and is_surname(word[0])


def looks_like_place(word: str) -> bool:
    """A suffix alone names no place: ``城市`` and ``地区`` are tagged as places too."""
    return len(_PLACE_SUFFIX.sub("", word)) >= 2


def _stem(anchor: str) -> str:
    """What must be found: ``河南`` for ``河南省``, and of a long name its first two characters.

    A segmenter often glues the next word to a name it does not know; the check
    shall miss a stranger rather than refuse for somebody who is there.
    """
    if looks_like_name(anchor):
        return normalise(anchor[:2])
    stem = _PLACE_SUFFIX.sub("", anchor)
    return normalise(stem if len(stem) >= 2 else anchor)
