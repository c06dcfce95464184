"""What a question takes for granted, and whether the documents know of it at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import rjieba

from answer.language import Language, language_of, simplified
from huiwen.types import Evidence
from ingest.normalise import normalise
from ingest.surname import is_surname

YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:年度?|(?=[-—至到]))")
# Days, and 会上: of 座谈会上古大爷 it makes 上古.
_DAY = re.compile(r"\d{1,2}月(?:\d{1,2}[日号])?|\d{1,2}[日号]|(?<=会)上(?![午半旬次届级年])")
# What is measured of air and water: one is not told of by another.
_SUBSTANCE = re.compile(
    r"二氧化[硫氮碳]|一氧化碳|氮氧化物|臭氧|氨氮|总[磷氮]|化学需氧量|细颗粒物|可吸入颗粒物|挥发性有机物|甲烷|重金属"
)
# The head of an area, whom papers without one do not speak of.
_HEAD = re.compile(
    r"(?:(?<![城副全我本各])[省市县镇乡]|(?<![社园景副全我本各])区)长"
    r"(?=[是的在讲说作对要强谁、，。？?都有没什会为]|$)"
)
_FRONT = re.compile(r"^(?:请问|关于|目前|现在|去年|今年|前年)+")
# What stands in the documents as it does in the question, or is not told of there: on 4,526
# questions of CMRC and DRCD this refused three wrongly.
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9]+(?:\.\d+)?")
# Abbreviations that papers write out, as ``normalise`` leaves them.
_WRITTEN_OUT = {
    "gdp": ("生产总值",), "cpi": ("消费价格",), "r&d": ("研发", "研究与试验发展"),
    "ai": ("人工智能",), "epc": ("总承包",), "ppp": ("社会资本",), "app": ("客户端", "小程序"),
    "cod": ("化学需氧量",), "vocs": ("挥发性有机物",), "icu": ("重症",), "ct": ("计算机断层",),
    "二氧化硫": ("so2",), "二氧化氮": ("no2",), "臭氧": ("o3",), "so2": ("二氧化硫",),
    "no2": ("二氧化氮",), "o3": ("臭氧",), "co": ("一氧化碳",), "一氧化碳": ("co",),
    "细颗粒物": ("pm2.5",), "可吸入颗粒物": ("pm10",), "挥发性有机物": ("vocs",),
    "化学需氧量": ("cod",), "二氧化碳": ("co2", "碳排放"), "led": ("发光二极管",),
    "pm2.5": ("细颗粒物",), "pm10": ("可吸入颗粒物",),
}  # fmt: skip
_TITLE = re.compile(r"[《“「]([^》”」，。、；！？]{2,16})[》”」]")
_COUNT = re.compile(r"[两二三四五六七八九十\d]+[个大项条点]")
_ORDINAL = re.compile(
    r"第[一二三四五六七八九十百]+(?:[轮届次批期]|季(?!度))"
    r"|(?<![一二三四五六七八九十\d第])[一二三四五六七八九]期(?=[工项建整治改的和与什何哪几]|$)"
    r"|第\d+(?:轮|届|次|批|期)|\d+号线"
)
# A place that no dictionary has, where a question begins: of 83 such in CMRC and DRCD all
# stand in the passage that answers.
_AREA_FIRST = re.compile(
    r"(?![各全我本该城新老哪中在今某此这那小每当给对向把将由被从比按为让]|地[级区]|县级)[\u4e00-\u9fff]"
    r"(?![山灾园景社城地小老库矿林牧郊校厂辖片专特]区)[\u4e00-\u9fff][省市县区](?![场区级长委政])"
)
# 沐河二桥 where the papers know 澜砚大桥: what was built is called by the same words.
_WORKS = re.compile(
    r"(?<![\u4e00-\u9fff])(?P<own>(?:(?![几多每全各这那我本新老旧大小市省县区镇乡村里座个建修在有的些哪])[\u4e00-\u9fff]){2})"
    r"(?P<kind>[大一二三四新老]桥|水库|隧道|电站|水厂|泵站|体育[馆场]|图书馆|博物馆|公园|产业园)"
)
_PLACE_SUFFIX = re.compile(r"(?:省|市|县|区|州|地区|自治区|特别行政区)$")
# Titles are looked for as they are.
_LONG_NAME = 5
_NO_PLACE = frozenset(("新建", "东西", "两国", "中国", "海港", "叶子", "长度"))
PERSON, PLACE = "nr", "ns"  # the tags jieba's dictionary uses


def anchors(question: str) -> list[str]:
    """Years, titles, Latin names, ordinals, persons and places in ``question``, simplified."""
    question = simplified(question)
    found = [match[1] for match in YEAR.finditer(question)]
    found += titles(question)
    found += [match[0] for match in _ORDINAL.finditer(question)]
    found += latin_names(question)
    found += _SUBSTANCE.findall(question)
    found += _HEAD.findall(question)
    if area := _AREA_FIRST.match(question):
        found.append(area[0])
    found += works(question)
    # A year or a day in front of a word misleads the segmenter.
    for word, tag in rjieba.tag(_DAY.sub("，", YEAR.sub("，", question)), True):
        if (tag == PLACE and looks_like_place(word)) or (tag == PERSON and looks_like_name(word)):
            found.append(word)
    return list(dict.fromkeys(found))


def works(question: str) -> list[str]:
    """The names of what was built, two characters and what it is: ``沐河二桥``."""
    plain = _FRONT.sub("，", YEAR.sub("，", question))
    return [match[0] for match in _WORKS.finditer(plain) if _is_own(match["own"])]


def _is_own(name: str) -> bool:
    """Whether two characters are no word but a name: 沐河 is, 什么 and 附近 are not."""
    tagged = rjieba.tag(name, False)
    return len(tagged) > 1 or tagged[0][1] in (PLACE, PERSON, "nz")


def latin_names(question: str) -> list[str]:
    """Names in Latin letters in a question that is not all English."""
    if language_of(question) is Language.ENGLISH:
        return []
    return _LATIN.findall(question)


def is_measure(name: str) -> bool:
    """Whether a name is one of those that papers write out, GDP or PM2.5."""
    return normalise(name) in _WRITTEN_OUT


def missing_anchors(question: str, evidence: Sequence[Evidence], texts: Iterable[str]) -> list[str]:
    """Anchors of the question found neither in the evidence nor in ``texts``.

    ``texts`` are the whole documents the evidence is from; they are read only
    when the evidence alone does not settle it.
    """
    return absent(anchors(question), evidence, texts)


def titles(text: str) -> list[str]:
    """What stands in brackets of titles and in quotation marks, without them, simplified.

    How many there are (哪“三个点”) is the asker's own count.
    """
    return [
        match[1]
        for match in _TITLE.finditer(simplified(text))
        if not (_COUNT.match(match[1]) and text[: match.start()].endswith("哪"))
    ]


def absent(
    wanted: Iterable[str], evidence: Sequence[Evidence], texts: Iterable[str] = ()
) -> list[str]:
    """The anchors among ``wanted`` that stand neither in the evidence nor in ``texts``."""
    left = {anchor: stem(anchor) for anchor in wanted}
    for item in evidence:
        left = _left(left, item.passage.placed)
    if left:
        for text in texts:
            left = _left(left, text)
    return list(left)


def _left(wanted: dict[str, str], text: str) -> dict[str, str]:
    if not wanted:
        return wanted
    # Line breaks of a wrapped file may stand inside a name.
    compact = re.sub(r"\s+", "", normalise(text))
    return {
        anchor: stem
        for anchor, stem in wanted.items()
        if not any(form in compact for form in (stem, *_WRITTEN_OUT.get(stem, ())))
        and not _has_works(anchor, compact)
    }


def _has_works(anchor: str, text: str) -> bool:
    """Whether ``anchor`` is the name of something built that stands in ``text``, if longer."""
    built = _WORKS.fullmatch(anchor)
    return bool(built and re.search(rf"{built['own']}.{{0,4}}{built['kind']}", text))


def looks_like_name(word: str) -> bool:
    """Words of grammar that are surnames too, or glued to a name, make none."""
    glued = word[0] in "和都会从" or word[-1] in "会要能将是有在的得"
    return len(word) in (2, 3) and is_surname(word[0]) and not glued


def looks_like_place(word: str) -> bool:
    """A suffix alone names no place: ``城市`` and ``地区`` are tagged as places too.

    So are some words for anything, and what goes without saying in Chinese papers.
    """
    return (
        word not in _NO_PLACE and word[-1] not in "得了" and len(_PLACE_SUFFIX.sub("", word)) >= 2
    )


def stem(anchor: str) -> str:
    """What must be found: ``河南`` for ``河南省``, and of a long name its first two characters.

    A segmenter often glues the next word to a name it does not know; the check
    shall miss a stranger rather than refuse for somebody who is there.
    """
    if _LATIN.fullmatch(anchor) or _ORDINAL.fullmatch(anchor) or len(anchor) > _LONG_NAME:
        return re.sub(r"\s+", "", normalise(anchor))
    if looks_like_name(anchor):
        return normalise(anchor[:2])
    stem = _PLACE_SUFFIX.sub("", anchor)
    return normalise(stem if len(stem) >= 2 else anchor)
