"""Telling titles, headings and bylines from body text in files without markup."""

from __future__ import annotations

import re

from huiwen.types import ParagraphKind
from ingest.numbering import ARTICLE, numbered
from ingest.sentence import is_open

_BYLINE = re.compile(r"^(?:[◆●■▲★□◇○]|本报记者|本刊记者|记者|通讯员|作者|撰文|文[/／])")
_DATED = re.compile(r"^[（(]?(?:\d{4}|[〇零一二三四五六七八九]{4})年|\d{4}年\d{1,2}月\d{1,2}日")
_NUMBERED_PAPER = re.compile(r"[〔\[［]\d{4}[〕\]］].{0,4}\d+\s*号")
_WORDING = re.compile(r"[^\W_]")
HEADING_CHARS = 30
NUMBERED_HEADING_CHARS = 45
_TITLE_CHARS = 50
# A run-in heading: 一、加强领导。要…… or （二）资金安排：……; where a colon ends it, shorter.
_RUN_IN = re.compile(r"(?P<head>[^。：:；;！？!?\n]{2,24})(?P<end>[。：:])(?=\S{6})")
_COLON_CHARS = 14
# What such a first sentence says, it says as a statement: it tells figures or who shall act.
_STATEMENT = re.compile(
    r"[\d%％“”]|^(?:会议|要|由|同意|原则|各|请|对|经|将|在|从|为|凡|自|此)|[要须应将]于|"
    r"[局委办厅院司镇县区道会处](?:要|应|须|负责|牵头|会同|指导|做好|制定|组织|统筹)|"
    r"(?:负责|牵头|配合|如下|认为|指出|要求|同志|通过|执行|落实到位)$"
)


def numbering_level(text: str) -> int:
    """Depth of the leading number of ``text``, 0 where there is none."""
    number = numbered(text)
    return number.level if number else 0


def run_in(text: str) -> str:
    """The heading a numbered paragraph begins with, its number included; empty for none."""
    number = numbered(text)
    if number is None or number.level == ARTICLE:
        return ""
    match = _RUN_IN.match(text, number.end)
    if match is None or _STATEMENT.search(match["head"]):
        return ""
    if match["end"] != "。" and (len(match["head"]) > _COLON_CHARS or "，" in match["head"]):
        return ""
    return text[: match.end("head")]


def classify(text: str, *, first: bool) -> tuple[ParagraphKind, int]:
    """Kind and heading level of a stand-alone paragraph; ``first`` of the file or not."""
    number = numbered(text)
    level = number.level if number else 0
    if not _WORDING.search(text):
        # A line drawn with dashes divides the page and heads nothing.
        return ParagraphKind.BODY, 0
    if level == ARTICLE:
        # An article is what a regulation says, not what it is divided by.
        return ParagraphKind.BODY, 0
    short = is_open(text) and len(text) <= NUMBERED_HEADING_CHARS
    if number and short and not _listing(text[number.end :]):
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
