"""What a question takes for granted, and whether the documents know of it at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import rjieba

from huiwen.types import Evidence
from ingest.normalise import normalise

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:年度?|(?=[-—至到]))")
_PLACE_SUFFIX = re.compile(r"(?:省|市|县|区|州|地区|自治区|特别行政区)$")
_PERSON, _PLACE = "nr", "ns"  # the tags jieba's dictionary uses
# Segmenters take many a word for a name; a Chinese name begins with a surname.
_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段漕钱汤尹黎易常武乔贺赖龚文"
    "庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜"
    "詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉"
    "饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖"
    "糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙伏岑习胥保和蔺"
)


def anchors(question: str) -> list[str]:
    """Years, persons and places named in ``question``, as they are written there."""
    found = [match[1] for match in _YEAR.finditer(question)]
    # A year in front of a name misleads the segmenter.
    for word, tag in rjieba.tag(_YEAR.sub("，", question), True):
        if (tag == _PLACE and _looks_like_place(word)) or (
            tag == _PERSON and _looks_like_name(word)
        ):
            found.append(word)
    return list(dict.fromkeys(found))


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


def _looks_like_name(word: str) -> bool:
    return len(word) in (2, 3) and word[0] in _SURNAMES


def _looks_like_place(word: str) -> bool:
    """A suffix alone names no place: ``城市`` and ``地区`` are tagged as places too."""
    return len(_PLACE_SUFFIX.sub("", word)) >= 2


def _stem(anchor: str) -> str:
    """What must be found: ``河南`` for ``河南省``, and of a long name its first two characters.

    A segmenter often glues the next word to a name it does not know; the check
    shall miss a stranger rather than refuse for somebody who is there.
    """
    if _looks_like_name(anchor):
        return normalise(anchor[:2])
    stem = _PLACE_SUFFIX.sub("", anchor)
    return normalise(stem if len(stem) >= 2 else anchor)
