"""Telling titles, headings and bylines from body text in files without markup."""

from __future__ import annotations

import re

from huiwen.types import ParagraphKind
from ingest.sentence import is_open

_NUMERAL = "一二三四五六七八九十百〇零"
# Levels of GB/T 9704: 一、 then （一） then 1. then （1）; 第X章 stands above all.
_NUMBERED = (
    (re.compile(rf"第[{_NUMERAL}\d]+[编章部]"), 1),
    (re.compile(rf"第[{_NUMERAL}\d]+节"), 2),
    (re.compile(rf"[{_NUMERAL}]+、"), 2),
    (re.compile(rf"[（(][{_NUMERAL}]+[）)]"), 3),
    (re.compile(r"\d{1,2}[.．、](?!\d)"), 4),
    (re.compile(r"[（(]\d{1,2}[）)]"), 5),
)
_BYLINE = re.compile(r"^(?:[◆●■▲★□◇○]|本报记者|本刊记者|记者|通讯员|作者|撰文|文[/／])")
_DATED = re.compile(r"^[（(]?(?:\d{4}|[〇零一二三四五六七八九]{4})年|\d{4}年\d{1,2}月\d{1,2}日")
_NUMBERED_PAPER = re.compile(r"[〔\[［]\d{4}[〕\]］].{0,4}\d+\s*号")
HEADING_CHARS = 30
NUMBERED_HEADING_CHARS = 45
_TITLE_CHARS = 50


def numbering_level(text: str) -> int:
    """Depth of the leading number of ``text``, 0 where there is none."""
    return next((level for pattern, level in _NUMBERED if pattern.match(text)), 0)


def classify(text: str, *, first: bool) -> tuple[ParagraphKind, int]:
    """Kind and heading level of a stand-alone paragraph; ``first`` of the file or not."""
    level = numbering_level(text)
    if level and is_open(text) and len(text) <= NUMBERED_HEADING_CHARS and not _listing(text):
        return ParagraphKind.HEADING, level
    if len(text) <= _TITLE_CHARS and _BYLINE.match(text):
        return ParagraphKind.BYLINE, 0
    if not is_open(text) or level or _listing(text):
        return ParagraphKind.BODY, 0
    if first and len(text) <= _TITLE_CHARS:
        return ParagraphKind.TITLE, 0
    if len(text) <= HEADING_CHARS and text[-1] not in "，,、":
        return ParagraphKind.HEADING, 1
    return ParagraphKind.BODY, 0


def _listing(text: str) -> bool:
    """Lines such as ``时间：…``, dates and document numbers carry facts, not sections."""
    return bool(re.search(r"[：:；;]", text) or _DATED.search(text) or _NUMBERED_PAPER.search(text))
