"""The heading path of every paragraph: headings, run-in headings and articles above it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from huiwen.types import ParagraphKind
from ingest.block import Block
from ingest.heading import run_in
from ingest.numbering import ARTICLE, Number, numbered
from ingest.numeral import value

_APART = (ParagraphKind.TABLE, ParagraphKind.CAPTION, ParagraphKind.NOTE)
# What ends a list of points: the meeting's closing words and who was there.
_CLOSING = re.compile(
    r"会议(?:强调|要求|指出|认为|还|最后)|"
    r"(?:出席|列席|参加|参会|缺席|请假|记录|主持|抄送|主送|分送|送|报|发)[\u4e00-\u9fff]{0,4}\s*[：:]"
)
# Recognised and copied text loses the space after 第一条; then its place in the row tells.
_BARE_ARTICLE = re.compile(
    r"第([一二三四五六七八九十百零〇]{1,8})条(?![规款第的、，。和及至与或所中件例线])"
)
_OPENING = re.compile(r"第一条(?:为|根据|依据|按照|本)")
_ARTICLE = re.compile(r"第[^\s条]+条(?:\s*[（(【][^）)】\n]{2,20}[）)】])?")


@dataclass(frozen=True, slots=True)
class _Entry:
    text: str
    level: int
    number: Number | None
    heading: bool


class HeadingPath:
    """Told of the blocks of a file in their order, knows the path each stands under.

    A heading of its own line holds until one of its level or above; a run-in
    heading or article holds until the next number of its depth, and stands in
    the path of its own paragraph too.
    """

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._articles = 0

    def under(self, block: Block) -> tuple[str, ...]:
        """The path of the next block."""
        number = numbered(block.text) or self._bare_article(block.text)
        if number and number.level == ARTICLE:
            self._articles = number.place
        if block.kind is ParagraphKind.HEADING:
            self._entries = [entry for entry in self._entries if entry.level < block.level]
            path = self._path
            self._entries.append(_Entry(block.text, block.level, number, heading=True))
            return path
        if block.kind not in _APART:
            self._pass(block.text, number)
        return self._path

    def _bare_article(self, text: str) -> Number | None:
        match = _BARE_ARTICLE.match(text)
        place = value(match[1].replace("〇", "零")) if match else None
        if match and place and (place == self._articles + 1 > 1 or _OPENING.match(text)):
            return Number(ARTICLE, place, -1, match.end())
        return None

    @property
    def _path(self) -> tuple[str, ...]:
        return tuple(entry.text for entry in self._entries)

    def _pass(self, text: str, number: Number | None) -> None:
        if number is None:
            if _CLOSING.match(text):
                self._entries = [entry for entry in self._entries if not _inner(entry)]
            return
        while self._entries and _ends(self._entries[-1], number):
            self._entries.pop()
        article = _ARTICLE.match(text) if number.level == ARTICLE else None
        label = article[0] if article else run_in(text)
        if label:
            level = max(number.level, self._entries[-1].level + 1 if self._entries else 0)
            self._entries.append(_Entry(label, level, number, heading=False))


def _inner(entry: _Entry) -> bool:
    """Whether an entry is a point of a list rather than a part of the file."""
    return not entry.heading and entry.number is not None and entry.number.level > ARTICLE


def _ends(entry: _Entry, number: Number) -> bool:
    """Whether a paragraph of this number stands no more under the entry."""
    if entry.number is None:
        return False
    if entry.heading:
        # Lists under a heading may count from 1 in its own style; only the next number ends it.
        return (entry.number.style, entry.number.place + 1) == (number.style, number.place)
    return entry.number.level >= number.level
