"""A page as the lines its reader sees, each with where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lxml import etree

from huiwen.types import ParagraphKind
from ingest.readers.page_furniture import (
    CONTROLS,
    UNSEEN,
    Measures,
    is_furniture,
    is_link_list,
    is_strong,
    is_tool_line,
    measured,
)
from ingest.readers.page_style import Look, Styles
from ingest.readers.page_table import Cell, grid, is_layout, rows_of
from ingest.readers.table import table_texts

_INLINE = frozenset(
    {
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn",
        "em", "font", "i", "img", "ins", "kbd", "label", "mark", "nobr", "q", "rp", "rt", "ruby",
        "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u",
        "ucapcontent", "ucaptitle", "var", "wbr",
    }
)  # fmt: skip
_LEVELS = {f"h{level}": level for level in range(1, 7)}
_CAPTIONS = frozenset({"figcaption", "caption"})
_ATTACHED = re.compile(r"\.(?:docx?|wps|et|xlsx?|pptx?|pdf|ofd|zip|rar|txt|jpe?g)(?:$|[?#&])", re.I)
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3001-\u303f\u2018-\u201d"
# A line end of the source between Chinese characters is no space.
_SOURCE_BREAK = re.compile(rf"(?<=[{_WIDE}])[ \t]*\n[ \t\n]*(?=[{_WIDE}])")
_SPACE = re.compile(r"[ \t\n\f\v\u00a0]+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_REMARK = re.compile(r"[\u4e00-\u9fff]")
# Authors of templates comment in a few words ("正文开始"); a sentence is something else.
_REMARK_CHARS = 12
_HEADING_CHARS = 150
_REMARK_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph or a group of table rows. ``owner`` is the block it stands in.

    ``linked`` counts its characters in links; ``kept`` is False in furniture;
    ``cells`` are the rows of its table, for those who look for labels.
    """

    text: str
    owner: etree._Element
    linked: int = 0
    kept: bool = True
    kind: ParagraphKind | None = None
    level: int = 0
    aside: bool = False
    centred: bool = False
    cells: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    look: Look
    owner: etree._Element
    kept: bool = True
    inside: bool = False
    linked: bool = False
    raw: bool = False
    kind: ParagraphKind | None = None
    level: int = 0
    aside: bool = False
    centred: bool = False


@dataclass(slots=True)
class _Run:
    """The inline text since the last block began or ended."""

    parts: list[str] = field(default_factory=list)
    linked: int = 0


class Lines:
    """Walks a body once; ``lines`` and ``hidden`` (where hidden text stands) are the result."""

    def __init__(
        self, body: etree._Element, elements: list[etree._Element], styles: Styles, *, whole: bool
    ) -> None:
        self.lines: list[Line] = []
        self.hidden: list[etree._Element] = []
        self.lost = 0  # characters of hidden elements outside furniture
        self.measures = measured(body, elements)
        self._styles = styles
        self._whole = whole
        self._body = self.measures[body]
        self._run = _Run()
        self._unseen = False  # the last text was hidden: what follows belongs to that stretch
        place = _Place(styles.look(body, Look()), body, inside=whole)
        self._inner(body, place)
        self._flush(place)

    def _inner(self, element: etree._Element, place: _Place) -> None:
        self._text(element.text, place)
        count = 0
        for child in element:
            if child in self.measures:
                count += child.tag == "li"
                self._child(child, place, count)
            elif _is_remark(child):
                self.hidden.append(place.owner)
            self._text(child.tail, place)

    def _child(self, child: etree._Element, outer: _Place, count: int) -> None:
        tag = child.tag
        if tag in ("br", "hr"):
            if outer.kind is None or outer.kind is ParagraphKind.BODY:
                self._flush(outer)
            return
        measures = self.measures[child]
        if tag in CONTROLS or (tag == "dialog" and "open" not in child.attrib):
            return
        look = self._styles.look(child, outer.look)
        if look.hidden and self._is_text(child, measures):
            # Shown by a script once the page is loaded.
            look = outer.look
        if tag in UNSEEN or look.gone:
            if measures.characters and outer.kept:
                self.hidden.append(outer.owner)
                self.lost += measures.plain if tag not in UNSEEN else 0
            return
        place = replace(outer, look=look, linked=outer.linked or _is_link(child))
        if tag in _INLINE:
            self._inner(child, place)
            return
        self._flush(outer)
        place = self._placed(child, place, measures)
        if tag == "table" and not is_layout(child, self.measures):
            self._table(child, place)
        else:
            if tag == "li" and _is_numbered(child) and measures.characters:
                self._run.parts.append(f"{count}. ")
            self._inner(child, place)
            self._flush(place)

    def _placed(self, child: etree._Element, place: _Place, measures: Measures) -> _Place:
        """Where the text of a block stands."""
        tag = str(child.tag)
        kept = place.kept
        if kept and not self._whole:
            kept = not is_furniture(child, measures, self._body, inside=place.inside)
            kept = kept and (place.inside or not is_link_list(measures) or _has_attachments(child))
        kind, level = place.kind, place.level
        # A heading that was never closed swallows the text after it.
        if tag in _LEVELS and measures.characters <= _HEADING_CHARS:
            kind, level = ParagraphKind.HEADING, _LEVELS[tag]
        elif tag in _CAPTIONS:
            kind, level = ParagraphKind.CAPTION, 0
        align = child.get("align", "").lower()
        style = child.get("style", "").lower().replace(" ", "")
        centred = align == "center" or "text-align:center" in style or tag == "center"
        aside = tag in ("li", "dd") or align == "right" or "text-align:right" in style
        return replace(
            place,
            owner=child,
            kept=kept,
            inside=place.inside or is_strong(child),
            raw=place.raw or tag == "pre",
            kind=kind,
            level=level,
            centred=centred or (place.centred and not align and "text-align" not in style),
            aside=aside or place.aside,
        )

    def _is_text(self, element: etree._Element, measures: Measures) -> bool:
        """Whether an element is a known container that holds most of the page's text."""
        return 2 * measures.plain > self._body.plain and is_strong(element)

    def _text(self, text: str | None, place: _Place) -> None:
        if not text:
            return
        blank = not text.strip()
        if place.look.hidden:
            if not blank and place.kept and not self._unseen:
                self.hidden.append(place.owner)
            self._unseen = self._unseen or not blank
            return
        self._unseen = self._unseen and blank
        first, *rest = text.split("\n") if place.raw else (text,)
        self._add(first, place)
        for part in rest:
            self._flush(place)
            self._add(part, place)

    def _add(self, text: str, place: _Place) -> None:
        self._run.parts.append(text)
        if place.linked:
            self._run.linked += len("".join(text.split()))

    def _flush(self, place: _Place) -> None:
        run, self._run = self._run, _Run()
        text = shown("".join(run.parts))
        if not text:
            return
        kept = place.kept and (self._whole or not is_tool_line(text, inside=place.inside))
        self.lines.append(
            Line(
                text,
                place.owner,
                run.linked,
                kept,
                place.kind,
                place.level,
                place.aside,
                place.centred,
            )
        )

    def _table(self, table: etree._Element, place: _Place) -> None:
        cells: list[list[Cell]] = []
        linked = 0
        for row in rows_of(table):
            look = self._styles.look(row, place.look)
            if look.gone:
                if self.measures[row].characters and place.kept:
                    self.hidden.append(place.owner)
                continue
            cells.append([])
            for cell in row:
                if cell.tag in ("td", "th"):
                    text, links = self._cell(cell, replace(place, look=look))
                    linked += links
                    cells[-1].append(Cell.of(cell, text))
        for caption in table.iterchildren("caption"):
            self._child(caption, place, 0)
        table_rows, header = grid(cells)
        given = tuple(tuple(cell.text for cell in row) for row in cells)
        for number, text in enumerate(table_texts(table_rows, header)):
            self.lines.append(
                Line(
                    text,
                    place.owner,
                    0 if number else linked,
                    place.kept,
                    ParagraphKind.TABLE,
                    cells=() if number else given,
                )
            )

    def _cell(self, cell: etree._Element, place: _Place) -> tuple[str, int]:
        look = self._styles.look(cell, place.look)
        if look.gone:
            if self.measures[cell].characters and place.kept:
                self.hidden.append(place.owner)
            return "", 0
        before, self.lines = self.lines, []
        inner = replace(place, look=look, kind=None, inside=True)
        self._inner(cell, inner)
        self._flush(inner)
        found, self.lines = self.lines, before
        return " ".join(line.text for line in found), sum(line.linked for line in found)


def shown(text: str) -> str:
    """Inline text as a browser would set it on one line."""
    text = _SOURCE_BREAK.sub("", _INVISIBLE.sub("", text))
    return _SPACE.sub(" ", text).strip()


def _is_link(element: etree._Element) -> bool:
    return element.tag == "a" and bool(element.get("href"))


def _is_numbered(item: etree._Element) -> bool:
    parent = item.getparent()
    return parent is not None and parent.tag == "ol"


def _is_remark(comment: etree._Element) -> bool:
    """Whether a comment says something to somebody, rather than name a part of the page."""
    text = (comment.text or "")[:_REMARK_LIMIT].lstrip()
    return len(_REMARK.findall(text)) >= _REMARK_CHARS and not text.startswith("[if")


def _has_attachments(element: etree._Element) -> bool:
    return any(_ATTACHED.search(target) for target in _targets(element))


def _targets(element: etree._Element) -> Iterator[str]:
    for link in element.iter("a"):
        yield link.get("href", "")[-200:]
