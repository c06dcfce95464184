"""Questions made of a document's own sentences by leaving out what they tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from eval.draft.candidate import Candidate
from huiwen.types import Document, Paragraph, ParagraphKind
from ingest.sentence import sentences

_PARTS = re.compile(r"(?:[^，,；;：:。！？!?]|(?<=\d),(?=\d{3}))+")
_DATE = re.compile(r"(?:(\d{4})\s*年\s*)?(\d{1,2})\s*月\s*(\d{1,2})\s*日")
_DEADLINE = re.compile(
    r"((?:\d{4}年)?\d{1,2}月(?:\d{1,2}日|底)|(?:\d{4}年|今年)?年底)前(?=[^，。；]{4,})"
)
_UNITS = (
    "个百分点|个工作日|平方公里|平方千米|立方米|平方米|公顷|公里|千米|千瓦时|千瓦|"
    "万人次|人次|小时|分钟|公斤|毫米|厘米|微克|毫克"
)
# Not those of dates, ordinals or names such as PM2.5.
_NUMBER = re.compile(
    rf"(?<![\dA-Za-z.,第〔\[-])(\d+(?:,\d{{3}})*(?:\.\d+)?)\s?([万亿]{{0,2}})"
    rf"({_UNITS}|%|％|(?![年月日时点号届级版期条款章会室房楼路街])[\u4e00-\u9fa5])"
)
_LEADS = re.compile(r"由([^，。；、“”由]{2,16}?)(?:牵头|具体负责|组织实施|会同)")
_ORDINAL = re.compile(
    r"^\s*(?:[（(]?[一二三四五六七八九十\d]+[）)、.．]|第[一二三四五六七八九十\d]+[，、])\s*"
)
# What begins so leans on the part before it.
_LEANS = re.compile(
    r"^(?:占|比|同比|环比|增长|下降|达|提高|降|高出|高于|低于|为|并|其中|较|共|约|完成|实现|累计|折合)"
)
_POINTS_BACK = re.compile(r"^(?:其|该|这|此|他|她|它|上述|以上)")
_LONGEST, _LEAST = 60, 6
_SAID = (14, 42)
# Cells of a table, or a line set with spaces, such as who printed it when.
_LAID_OUT = re.compile(r"\||\s{3,}")
_WORDS = re.compile(r"[\u4e00-\u9fa5]")


def draft(document: Document) -> Iterator[Candidate]:
    """Questions on who said what, figures, days, and what was decided, as the document goes."""
    place = f"《{document.title or document.name}》里，"
    for paragraph in document.paragraphs:
        if paragraph.kind is not ParagraphKind.BODY:
            continue
        for question, kind, answers, quote in (
            *_said(paragraph),
            *_decided(paragraph),
            *_dates(paragraph),
            *_figures(paragraph),
        ):
            told = question if kind == "who-said" else f"{place}{question}"
            yield Candidate(told, kind, (answers,), quote, document.name)


Made = tuple[str, str, tuple[str, ...], str]


def _said(paragraph: Paragraph) -> Iterator[Made]:
    """Who said what: one part of speech with the speaker's name left out, the longest."""
    if not paragraph.speaker:
        return
    parts = [
        (part, sentence)
        for sentence in _sentences(paragraph)
        for part in _PARTS.findall(sentence)
        if _SAID[0] <= len(part) <= _SAID[1]
        and paragraph.speaker not in part
        and not re.search(r"[“”\"]", part)
        and not _LEANS.match(part)
    ]
    if parts:
        part, sentence = max(parts, key=lambda found: len(found[0]))
        yield f"是谁说到“{part.strip()}”？", "who-said", (paragraph.speaker,), sentence


def _decided(paragraph: Paragraph) -> Iterator[Made]:
    """Who leads what was decided, and by when it is due."""
    if not paragraph.decision:
        return
    first, *rest = _sentences(paragraph) or [""]
    topic = _ORDINAL.sub("", first).rstrip("。：:")
    if not rest or not _LEAST <= len(topic) <= 30:
        return
    for sentence in rest:
        if lead := _LEADS.search(sentence):
            yield f"会议议定的“{topic}”由哪个单位牵头？", "who", (lead[1],), sentence
        if due := _DEADLINE.search(sentence):
            task = _PARTS.findall(sentence[due.end() :])[0]
            yield (
                f"会议议定的“{topic}”，什么时候前要{_plain(task)}？",
                "date",
                _day(due[1]),
                sentence,
            )


def _dates(paragraph: Paragraph) -> Iterator[Made]:
    """What happened on the day a sentence names, if it names only one."""
    for sentence in _sentences(paragraph):
        found = list(_DATE.finditer(sentence))
        if len(found) != 1 or sentence[found[0].end() :].startswith("前"):
            continue
        stretch = _around(sentence, found[0].start())
        day = _DATE.search(stretch)
        if day and _tells(stretch[: day.start()] + stretch[day.end() :]):
            asked = f"{stretch[: day.start()]}哪一天{stretch[day.end() :]}"
            yield f"{_plain(asked)}？", "date", _day(day[0]), sentence


def _figures(paragraph: Paragraph) -> Iterator[Made]:
    """How much or how many, of parts of sentences with one figure."""
    for sentence in _sentences(paragraph):
        for found in _NUMBER.finditer(sentence):
            stretch = _around(sentence, found.start())
            inside = list(_NUMBER.finditer(stretch))
            if len(inside) != 1 or _DATE.search(stretch):
                continue
            before, after = stretch[: inside[0].start()], stretch[inside[0].end() :]
            if not _tells(before + after):
                continue
            value, size, unit = inside[0].groups()
            asked = "多少" if unit in "%％" else f"多少{unit}"
            aliases = dict.fromkeys((value + size + unit, value + size))
            yield f"{_plain(before.rstrip() + asked + after)}？", "number", tuple(aliases), sentence


def _tells(rest: str) -> bool:
    """Whether a question still says enough once what it asks for is left out."""
    return len(_WORDS.findall(rest)) >= _LEAST and not _LAID_OUT.search(rest)


def _sentences(paragraph: Paragraph) -> Sequence[str]:
    text = paragraph.text
    return [text[span.start : span.end] for span in sentences(text)]


def _around(sentence: str, at: int) -> str:
    """The part of the sentence around ``at``, with a neighbour where it says little alone.

    Empty where it points back to what was said earlier or would be too long.
    """
    spans = [match.span() for match in _PARTS.finditer(sentence)]
    own = next((n for n, (start, end) in enumerate(spans) if start <= at < end), None)
    if own is None:
        return ""
    part = _ORDINAL.sub("", sentence[slice(*spans[own])])
    little = len(_WORDS.findall(part)) < 2 * _LEAST
    first = own - 1 if own and (_LEANS.match(part) or little) else own
    last = own + 1 if little and first == own and own + 1 < len(spans) else own
    stretch = _ORDINAL.sub("", sentence[spans[first][0] : spans[last][1]].strip())
    return "" if len(stretch) > _LONGEST or _POINTS_BACK.match(stretch) else stretch


def _plain(text: str) -> str:
    return _ORDINAL.sub("", text.strip("“”\"' ，。"))


def _day(told: str) -> tuple[str, ...]:
    """A day as written, and without its year."""
    return tuple(dict.fromkeys((told, re.sub(r"^\d{4}年", "", told))))
