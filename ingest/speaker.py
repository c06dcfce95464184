"""Who says a paragraph, and what that person is: names are taken only where they surely speak."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from huiwen.types import Paragraph, ParagraphKind
from ingest.sentence import sentences
from ingest.surname import is_compound, looks_like_name

_OFFICE = (
    r"(?:书记|[局厅市省区县镇乡州处科组司部院校所站台会队村总]长|秘书长|检察长|主任|主席|巡视员|调研员|"
    r"总工程师|总工|总经理|经理|董事长|负责人|成员|委员|院士|教授|研究员|代表)"
)
_SAY = (
    r"(?:指出|强调|表示|介绍|说|要求|认为|提出|谈到|坦言|建议|补充|汇报|通报|透露|称|回应|"
    r"反映|承诺|提醒|解释)"
)
_AFTER_NAME = (
    rf"(?=同志|先生|女士|在|作|{_SAY}|主持|还|也|再次|进一步|最后|代表|对|就|围绕|结合|：|:|[（(])"
)
_NAMED = re.compile(rf"{_OFFICE}(?P<name>[\u4e00-\u9fff]{{2,4}}?){_AFTER_NAME}")
_LABELLED = re.compile(
    r"^\**(?P<name>[\u4e00-\u9fff]{2,4}?)\**(?P<comrade>同志|先生|女士)?\**"
    r"(?:[（(](?P<office>[^（）()]{2,40})[）)])?\**[：:]"
)
_SPEECH_HEADING = re.compile(
    rf"(?P<office>[^\s、.．）)]*?[^，。]*?{_OFFICE})(?P<name>[\u4e00-\u9fff]{{2,4}}?)"
    r"(?:同志)?(?:作?(?:通报|发言|讲话|汇报|介绍|交流|总结|报告|点评|表态)\S{0,8})$"
)
_NUMBERING = re.compile(
    r"^(?:第?[一二三四五六七八九十]+[、章节]|[（(][一二三四五六七八九十\d]+[）)]|\d+[.．、])"
)
# The verb may stand this far behind the name: 在经验交流中介绍, 作会议总结时强调.
_REACH = 30
_OFFICE_CHARS = 45
_BEFORE_OFFICE = re.compile(r"[，,。；;！!？?“”\"：:（）()\n]")
_LEADING = re.compile(r"^(?:会议由|由|据|经|请|和|与|及|会上|随后|最后|同时|日前|近日)+")
_MEETING_SAYS = re.compile(rf"会议{_SAY}|会议(?:议定|决定|明确|审议|听取|研究|原则)")
# Somebody without an office: 登记中心南宫絮同志补充：
_COMRADE = re.compile(rf"^(?P<who>[\u4e00-\u9fff]{{2,24}})同志{_SAY}[：:，,]")
# A leader's speech goes on in paragraphs that tell people what to do.
_DIRECTIVE = re.compile(
    r"^(?:要|必须|各[市县区级部单]|[一二三四五六七八九]是|第[一二三四五六]，|在[^，。]{2,30}[上中面]，要)"
)


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person and the office in which they speak."""

    name: str
    office: str


def with_speakers(paragraphs: Sequence[Paragraph], *, ordered: bool) -> tuple[Paragraph, ...]:
    """The paragraphs with their speakers told.

    ``ordered`` says that the paragraphs follow one another as they were
    written; only then does a speech run on into the next one.
    """
    known: dict[str, str] = {}
    out: list[Paragraph] = []
    carried: Speaker | None = None
    for at, paragraph in enumerate(paragraphs):
        found = _speaker(paragraph, known)
        if found is None and carried and ordered and _goes_on(paragraphs[at - 1], paragraph):
            found = carried
        carried = found
        out.append(
            replace(paragraph, speaker=found.name, office=found.office) if found else paragraph
        )
    return tuple(out)


def _speaker(paragraph: Paragraph, known: dict[str, str]) -> Speaker | None:
    text = paragraph.text
    if paragraph.kind not in (ParagraphKind.BODY, ParagraphKind.HEADING):
        return None
    mentions = list(_mentions(text))
    for mention in mentions:
        known.setdefault(mention.name, mention.office)
    if paragraph.kind is ParagraphKind.HEADING:
        return None
    labelled = _LABELLED.match(text)
    if labelled and looks_like_name(labelled["name"]):
        name, office = labelled["name"], labelled["office"] or known.get(labelled["name"], "")
        if labelled["comrade"] or office:
            known.setdefault(name, office)
            return Speaker(name, known[name] or office)
    if _MEETING_SAYS.match(text):
        return None
    comrade = _COMRADE.match(text)
    if comrade and (found := _comrade(comrade["who"], known)):
        return found
    for span in sentences(text):
        found = _says(text[span.start : span.end], known)
        if found:
            return found
    return _of_heading(paragraph.headings)


def _comrade(who: str, known: dict[str, str]) -> Speaker | None:
    """The name at the end of ``who``, the longest that can be one; before it the office."""
    compound = [length for length in (4, 3) if is_compound(who[-length : 2 - length or None])]
    for length in (*compound, 3, 2):
        name = who[-length:]
        if looks_like_name(name):
            return Speaker(name, who[:-length] or known.get(name, ""))
    return None


def _mentions(text: str) -> Iterator[Speaker]:
    """Persons named with their office."""
    for match in _NAMED.finditer(text):
        if looks_like_name(match["name"]):
            yield Speaker(match["name"], _office(text, match.start("name")))


def _office(text: str, end: int) -> str:
    """The words before a name back to the nearest stop: ``甲市乙局党组书记、局长``."""
    before = text[max(0, end - _OFFICE_CHARS) : end]
    start = max((match.end() for match in _BEFORE_OFFICE.finditer(before)), default=0)
    return _LEADING.sub("", _NUMBERING.sub("", before[start:]))


def _says(sentence: str, known: dict[str, str]) -> Speaker | None:
    """The person who says the sentence: named with an office, or known by name from before."""
    for match in _NAMED.finditer(sentence):
        name = match["name"]
        if looks_like_name(name) and _spoken(sentence[match.end() :]):
            return Speaker(name, _office(sentence, match.start("name")))
    start = re.match(r"(?:“[^”]*”)?(?:在会上|会上|最后)?[，,]?", sentence)
    rest = sentence[start.end() if start else 0 :]
    for length in (4, 3, 2):
        name = rest[:length]
        if name in known and _spoken(rest[length:]):
            return Speaker(name, known[name])
    return None


def _spoken(after: str) -> bool:
    """Whether what follows a name is the announcement of their words."""
    reach = re.split(r"[，,。；;：:]", after[:_REACH], maxsplit=1)[0]
    return bool(re.search(rf"{_SAY}(?:了|道)?$", reach)) or bool(
        re.match(r"(?:同志|先生|女士)?[：:]", after)
    )


def _of_heading(headings: Sequence[str]) -> Speaker | None:
    """The speaker whose speech the nearest heading announces."""
    for heading in reversed(headings):
        match = _SPEECH_HEADING.search(_NUMBERING.sub("", heading))
        if match and looks_like_name(match["name"]):
            return Speaker(match["name"], match["office"])
    return None


def _goes_on(before: Paragraph, paragraph: Paragraph) -> bool:
    return (
        paragraph.kind is ParagraphKind.BODY
        and before.kind is ParagraphKind.BODY
        and before.headings == paragraph.headings
        and bool(_DIRECTIVE.match(paragraph.text))
    )
