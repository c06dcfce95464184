"""Which paragraphs of an office file are titles and headings where no style says so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from huiwen.types import ParagraphKind
from ingest.heading import classify, numbering_level

# Most office files begin with marks (份号, 密级, 紧急程度) and a masthead before their title.
_FRONT_MARK = re.compile(
    r"(?:绝密|机密|秘密|内部|特急|加急|平急|急件|份号|\d{6}$|附件\s*\d*\s*[:：]?$|.{0,22}文件$)"
)
_FRONT_PARAGRAPHS = 8
_PROSE_CHARS = 50
_TITLE_CHARS = 60
_NAME_CHARS = 6


@dataclass(frozen=True, slots=True)
class Item:
    """A paragraph or table of a file; ``kind`` is None where it has to be told by its text.

    ``aside`` marks what stands at the right margin or in a list of bullets,
    which is never a heading; ``centred`` what stands in the middle of its line.
    """

    text: str
    kind: ParagraphKind | None = None
    level: int = 0
    aside: bool = False
    centred: bool = False
    guessed: bool = False


def settled(items: Sequence[Item]) -> list[Item]:
    """The items with every kind told."""
    styled = sum(item.kind is ParagraphKind.HEADING for item in items) >= 2
    titled = any(item.kind is ParagraphKind.TITLE for item in items)
    told: list[Item] = []
    front = not titled
    outer = 0
    for item in items:
        if item.kind is None:
            item = _guess(
                item, first=front and _may_be_title(item.text), styled=styled, outer=outer
            )
        elif item.kind is ParagraphKind.HEADING:
            outer = item.level
        front = (
            front
            and len(told) < _FRONT_PARAGRAPHS
            and item.kind in (ParagraphKind.BODY, ParagraphKind.BYLINE)
            and len(item.text) <= _PROSE_CHARS
        )
        told.append(item)
    return _promoted(_demoted(_whole_title(told)))


def _may_be_title(text: str) -> bool:
    return not _FRONT_MARK.match(text)


def _guess(item: Item, *, first: bool, styled: bool, outer: int) -> Item:
    kind, level = classify(item.text, first=first)
    if kind is ParagraphKind.HEADING:
        numbered = numbering_level(item.text)
        if item.aside or (styled and not numbered) or _FRONT_MARK.match(item.text):
            kind, level = ParagraphKind.BODY, 0
        elif styled:
            level = max(level, outer + 1)
    elif kind is ParagraphKind.TITLE and item.aside:
        kind = ParagraphKind.BODY
    return replace(item, kind=kind, level=level, guessed=True)


def _whole_title(items: list[Item]) -> list[Item]:
    """A long title is broken by hand into centred lines, each its own paragraph."""
    at = next((n for n, item in enumerate(items) if item.kind is ParagraphKind.TITLE), None)
    if at is None or not items[at].guessed:
        return items
    title, after = items[at], at + 1
    while after < len(items) and _continues(title, items[after]):
        title = replace(title, text=title.text + items[after].text)
        after += 1
    return [*items[:at], title, *items[after:]]


def _continues(title: Item, line: Item) -> bool:
    return (
        title.centred
        and line.centred
        and line.guessed
        and line.kind is ParagraphKind.HEADING
        and not numbering_level(line.text)
        # The speaker's name or （讨论稿） stands under a title and is no part of it.
        and len(line.text) > _NAME_CHARS
        and line.text[0] not in "（(—"
        and len(title.text) + len(line.text) <= _TITLE_CHARS
    )


def _demoted(items: list[Item]) -> list[Item]:
    """Guessed headings with nothing under them are items of a list: their text must be found."""
    kept: list[Item] = []
    listed = 0  # level of the list the last item belongs to
    for at, item in enumerate(items):
        if not item.guessed or item.kind is not ParagraphKind.HEADING:
            listed = 0
        else:
            below = items[at + 1] if at + 1 < len(items) else None
            empty = below is None or (
                below.kind is ParagraphKind.HEADING and below.level <= item.level
            )
            listed = item.level if empty or listed == item.level else 0
            if listed:
                item = replace(item, kind=ParagraphKind.BODY, level=0)
        kept.append(item)
    return kept


def _promoted(items: list[Item]) -> list[Item]:
    """A file that begins with its only outermost, unnumbered heading has that for its title."""
    if not items or items[0].kind is not ParagraphKind.HEADING:
        return items
    first = items[0]
    alone = all(
        item.kind is not ParagraphKind.TITLE
        and (item.kind is not ParagraphKind.HEADING or item.level > first.level)
        for item in items[1:]
    )
    if alone and not numbering_level(first.text):
        items[0] = replace(first, kind=ParagraphKind.TITLE, level=0)
    return items
