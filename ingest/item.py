"""Items of minutes: what a meeting took up, and what it decided on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from huiwen.types import Paragraph, ParagraphKind
from ingest.form_line import is_form
from ingest.heading import run_in
from ingest.numbering import PART, Number, numbered
from ingest.numeral import value
from ingest.sentence import sentences

_HEAD = 8
_MARK_CHARS = 40
_MINUTES = re.compile(r"纪\s*要|会\s*议\s*记\s*录|会议决议|议定事项")
_RECORDED = re.compile(r"纪要(?:如下|于下)|议定(?:以下|如下)?事项")
# What a meeting does that binds somebody; 会议决定的事项 only speaks of it.
_DECIDE = (
    r"(?:议定|商定|决定|决议|确定|明确|同意|原则同意|通过|批准|核准|要求|责成|"
    r"(?:形成|达成|作出|做出|提出)[^，。]{0,8}(?:意见|共识|决定|决议|安排|部署))(?!的|事项落实)"
)
_MANNER = (
    r"(?:并|原则|原则上|一致|经[^，。：]{0,12}|研究|讨论|认真|审议|表决|最后|还|对[^，。：]{2,20})"
)
_DECIDES = re.compile(
    rf"(?:经[^。：]{{0,16}}，)?(?:会议|全会){_MANNER}{{0,4}}[，,]?{_DECIDE}|"
    rf"(?:会议|全会)(?:听取|研究|审议|讨论|传达|强调|通报)(?!通过的)[^。；：]{{2,60}}，(?:并|会议)?(?:原则)?(?:要求|同意|决定|明确|通过)"
)
# Within an item the meeting need not be named: 决定：在镇卫生院体检。
_DECIDES_HERE = re.compile(
    r"(?:经[^。：，]{0,16}，(?:\d+[人票]|一致|原则)?(?:决定|同意|议定|确定|通过)|"
    r"(?:一致|原则|研究)?(?:决定|同意|议定|确定|通过)(?:事项)?[：:，,由将对该])"
)
# Somebody's words on the matter, also where the office follows the name: 李明副市长指出，
_SAYS = re.compile(
    r"[^，。；：:]{2,20}(?:指出|强调|表示|介绍|汇报|认为|提出|建议|补充|说明|通报|问|答|说)[，：:]"
)
_MEETING = re.compile(r"(?:会议|全会|会后|会前|会上|与会)")
# A line that opens a list of decisions.
_OPENS = re.compile(
    rf"{_DECIDE}[^。；]{{0,20}}[：:]$|(?:议定|决定)(?:以下|如下)?事项[^。；]{{0,8}}[：:。]?$"
)
_AGREED = re.compile(
    r"(?:议定|决定|决议|一致意见|共识|(?:形成|达成|提出)[^，。]{0,8}意见)[^。]{0,12}(?:[。，]?现?(?:将[^。]{0,12})?纪要)?"
    r"(?:如下|于下)?[：:。]$"
)
_PRESENTS = re.compile(r"(?:(?:汇报|列席|主汇报|承办)(?:人|单位|部门)|表决(?:情况|结果))\s*[：:]")
# A heading may say what became of its item: 一、审议通过《…》.
_PASSES = re.compile(r"(?:会议)?(?:审议)?(?:并|原则|一致|上)*(?:通过|同意|批准|决定)")
# What comes after the business: 会后，…, 会议于11时结束, the printer's line.
_OVER = re.compile(
    r"会后|未尽事宜|以上(?:事项|意见)|会议[^，。]{0,12}结束|.{0,40}\d{4}年\d{1,2}月\d{1,2}日(?:印发)?$"
)
_AGENDA = re.compile(
    r"(?:会议|基本|主要|审议|研究|讨论|有关)*(?:议题|议程|内容|事项|情况)(?:如下)?[：:]?$"
)
_DECISIONS = re.compile(
    r"(?:会议|主要|有关|经研究)*(?:议定|决定|决议|明确|形成)(?:如下|以下|的)*(?:事项|意见|内容|情况)?(?:如下)?[：:]?$"
)
_TAKES_UP = re.compile(
    r"会议(?P<more>还)?(?:书面)?(?:分别)?(?:审议|研究|讨论|听取|传达|学习|通报)"
    r"(?:并(?:原则)?(?:审议|通过|学习))?(?:学习|通过)?了?[^。；，：]{3,50}"
)
_POINT = re.compile(r"(?:第?([一二三四五六七八九十]{1,3})(?:是|，|、))")
_LABEL_CHARS = 48
# A comma inside the title of a paper ends no clause.
_CLAUSE = re.compile(r"[。；，](?![^《]*》)")


def with_items(title: str, paragraphs: Sequence[Paragraph]) -> tuple[Paragraph, ...]:
    """The paragraphs with the item of the meeting each belongs to and whether it decides.

    Only minutes have items. An item reads as the minutes have it, ``一、审议…``;
    a numbered decision adds its number, ``一、审议… › 议定事项 2``.
    """
    if not _is_minutes(title, paragraphs):
        return tuple(
            replace(p, decision=True) if _told(p) and _decides(p.text) else p for p in paragraphs
        )
    found = _Minutes(paragraphs).found
    return tuple(
        replace(paragraph, item=here.item, decision=here.decision)
        for paragraph, here in zip(paragraphs, found, strict=True)
    )


def _is_minutes(title: str, paragraphs: Sequence[Paragraph]) -> bool:
    head = [p.text for p in paragraphs[:_HEAD]]
    return any(
        len(text) <= _MARK_CHARS and _MINUTES.search(text) and not text.endswith("。")
        for text in (title, *head)
    ) or any(_RECORDED.search(text[-_MARK_CHARS:]) for text in head)


def _told(paragraph: Paragraph) -> bool:
    return paragraph.kind is ParagraphKind.BODY


def _decides(text: str) -> bool:
    return any(_DECIDES.match(text, span.start, span.end) for span in sentences(text))


@dataclass(frozen=True, slots=True)
class _Found:
    """What a paragraph was found to be; ``explicit`` where it says itself that it decides."""

    agenda: str
    place: int = 0
    decision: bool = False
    explicit: bool = False

    @property
    def item(self) -> str:
        numbered_ = f"议定事项 {self.place}" if self.place else ""
        return " › ".join(part for part in (self.agenda, numbered_) if part)


class _Minutes:
    """Reads minutes in their order: which item is on, and whether a list of decisions is."""

    def __init__(self, paragraphs: Sequence[Paragraph]) -> None:
        self._agenda = ""
        self._style: int | None = None  # how the items are numbered, and how deep
        self._level = 0
        self._awaiting = False  # an agenda was announced: its numbers are the items'
        self._all_agreed = False  # the minutes begin: what follows was agreed
        self._section = False  # a section of decisions was opened by its heading
        self._open = False  # a list of decisions was announced
        self._list_style: int | None = None
        self._place = 0
        self._carried = False  # the paragraph before decided
        counted = [n for p in paragraphs if (n := numbered(p.text)) and not _formal(p.text, n)]
        unnumbered = sum(bool(_TAKES_UP.match(p.text)) for p in paragraphs)
        self._topics = unnumbered > 1 and not any(n.level == PART for n in counted)
        self.found = _weighed([self._next(paragraph) for paragraph in paragraphs])

    def _next(self, paragraph: Paragraph) -> _Found:
        text, number = paragraph.text, numbered(paragraph.text)
        if paragraph.kind is ParagraphKind.TABLE:
            return self._now(decision=self._open or (self._carried and bool(self._agenda)))
        if paragraph.kind not in (ParagraphKind.BODY, ParagraphKind.HEADING):
            return _Found("")
        bare = text[number.end :].strip() if number else text
        if _PRESENTS.match(bare):
            self._carried = False
            return self._now(decision=False)
        if is_form(bare) or _OVER.match(bare):
            self._close()
            return _Found("")
        if _AGENDA.fullmatch(bare):
            self._close()
            self._awaiting = True
            return _Found("")
        if _DECISIONS.fullmatch(bare):
            return self._announce(number, lead=text.endswith(("：", ":")))
        if self._is_item(paragraph, number):
            return self._begin(paragraph, number)
        if number and self._style is not None and number.level < self._level:
            # A part of the minutes above their items: what comes next is in none of them.
            self._close()
        if number:
            return self._numbered(text, number)
        return self._plain(paragraph)

    def _close(self) -> None:
        self._agenda, self._section = "", False
        self._close_list()

    def _close_list(self) -> None:
        self._open, self._carried, self._place, self._list_style = self._section, False, 0, None

    def _now(self, *, decision: bool, explicit: bool = False) -> _Found:
        return _Found(self._agenda, self._place, decision, explicit)

    def _announce(self, number: Number | None, *, lead: bool) -> _Found:
        """A heading or line that opens a list of decisions: 二、议定事项, 会议决定：."""
        if number:
            self._agenda = ""
            if number.style != self._style:
                self._style = None
        self._section = self._section or not lead
        self._close_list()
        self._open, self._awaiting = True, False
        return self._now(decision=lead, explicit=lead)

    def _is_item(self, paragraph: Paragraph, number: Number | None) -> bool:
        text = paragraph.text
        if number is None:
            taken = _TAKES_UP.match(text)
            return bool(taken and (self._topics or taken["more"]))
        if self._awaiting:
            self._style, self._level, self._awaiting = number.style, number.level, False
            return True
        if number.style == self._style:
            return number.style != self._list_style
        if self._style is not None or number.style == self._list_style:
            return False
        heading = paragraph.kind is ParagraphKind.HEADING
        topic = heading or run_in(text) or _MEETING.match(text, number.end)
        if self._open and not (self._all_agreed and topic):
            return False
        if heading or number.level == PART:
            self._style, self._level = number.style, number.level
            return True
        return False

    def _begin(self, paragraph: Paragraph, number: Number | None) -> _Found:
        self._close()
        text, self._agenda = paragraph.text, _label(paragraph)
        self._open = self._all_agreed
        bare = text[number.end :] if number else text
        if paragraph.kind is ParagraphKind.HEADING:
            self._carried = bool(_PASSES.match(bare))
            return self._now(decision=self._carried)
        explicit = _decides(bare)
        self._carried = explicit
        told = _MEETING.match(text, number.end if number else 0)
        agreed = explicit or (self._all_agreed and not told)
        return self._now(decision=agreed, explicit=explicit)

    def _numbered(self, text: str, number: Number) -> _Found:
        bare = text[number.end :]
        explicit = _decides(bare) or bool(self._agenda and _DECIDES_HERE.match(bare))
        if self._open:
            if self._list_style is None:
                self._list_style = number.style
            if number.style == self._list_style:
                self._place = number.place
            agreed = explicit or not _MEETING.match(bare.lstrip())
            return self._now(decision=agreed, explicit=explicit)
        self._carried = explicit or (self._carried and bool(self._agenda))
        return self._now(decision=self._carried, explicit=explicit)

    def _plain(self, paragraph: Paragraph) -> _Found:
        text = paragraph.text
        if not self._agenda and not _MEETING.match(text) and _AGREED.search(text):
            self._open = self._all_agreed = True
            return _Found("")
        if paragraph.kind is ParagraphKind.HEADING:
            return self._now(decision=False)
        if _decides(text) or (self._agenda and _DECIDES_HERE.match(text)):
            self._close_list()
            opens = bool(_OPENS.search(text))
            self._open, self._carried = self._open or opens, True
            if opens and self._topics:
                # Unnumbered items end without a word; a list for the whole meeting ends them.
                self._agenda = ""
            return self._now(decision=True, explicit=True)
        if _MEETING.match(text) or paragraph.speaker or _SAYS.match(text):
            self._close_list()
            return self._now(decision=False)
        if self._open:
            if point := _POINT.match(text):
                self._place = value(point[1]) or 0
            return self._now(decision=True)
        return self._now(decision=self._carried and bool(self._agenda))


def _weighed(found: Sequence[_Found]) -> list[_Found]:
    """What stands in an item before its first plain decision is what it was decided on."""
    out = list(found)
    decided = ""
    for at in range(len(out) - 1, -1, -1):
        current = out[at]
        if current.explicit:
            decided = current.agenda
        elif (
            current.decision and current.agenda and current.agenda == decided and not current.place
        ):
            before = any(f.explicit and f.agenda == decided for f in found[:at])
            out[at] = current if before else replace(current, decision=False)
    return out


def _formal(text: str, number: Number) -> bool:
    bare = text[number.end :].strip()
    return bool(is_form(bare) or _AGENDA.fullmatch(bare) or _DECISIONS.fullmatch(bare))


def _label(paragraph: Paragraph) -> str:
    """How an item is cited: its heading, else the first clause that begins it."""
    text = paragraph.text
    if paragraph.kind is ParagraphKind.HEADING:
        return text
    label = run_in(text) or _CLAUSE.split(text[: 2 * _LABEL_CHARS], maxsplit=1)[0]
    return label if len(label) <= _LABEL_CHARS else f"{label[:_LABEL_CHARS]}…"
