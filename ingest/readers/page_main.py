"""Where on a page its text stands."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml import etree

from huiwen.types import ParagraphKind
from ingest.readers.page_furniture import is_strong, names
from ingest.readers.page_lines import Line

_SIDE = re.compile(
    r"(?:.*[-_])?(?:right|left|side|sidebar|fr|fl|rt|lt|col|aside)(?:[-_]?(?:box|bar|con|list|\d+))?",
    re.I,
)
_CONTACT = re.compile(r"(?:联系)?(?:地址|电话|邮编|邮政编码|传真|邮箱|网址)\s*[:：]")
_PROSE_CHARS = 8
_ENDS = "。！？；：”）"
_KIN = 50
_STRONG_SHARE = 0.3
_MAIN_SHARE = 0.6


def main_element(
    body: etree._Element, elements: Sequence[etree._Element], lines: Sequence[Line]
) -> etree._Element:
    """The smallest element that holds the whole text, furniture aside.

    A container of a known name is where to begin, else the element most prose
    stands in; then outwards, as long as there is prose beside it.
    """
    weights = _weights(elements, lines)
    if not weights[body]:
        return body
    known = [element for element in elements if weights[element] and is_strong(element)]
    best = max(known, key=weights.__getitem__, default=None)
    if best is None or weights[best] < _STRONG_SHARE * weights[body]:
        best = _densest(body, weights)
    else:
        best = _around(best, [one for one in known if set(names(one)) & set(names(best)) - {""}])
    return _widened(best, body, weights)


def _weights(
    elements: Sequence[etree._Element], lines: Sequence[Line]
) -> dict[etree._Element, int]:
    """Characters of prose in every element."""
    weights = dict.fromkeys(elements, 0)
    for line in lines:
        if line.kept and _is_prose(line):
            weights[line.owner] += len(line.text) - line.linked
    for element in reversed(elements):
        parent = element.getparent()
        if weights[element] and parent is not None and parent in weights:
            weights[parent] += weights[element]
    return weights


def _is_prose(line: Line) -> bool:
    plain = len(line.text) - line.linked
    if plain < 0.5 * len(line.text) or line.kind is ParagraphKind.HEADING:
        return False
    if _CONTACT.match(line.text):
        return False
    return plain >= _PROSE_CHARS or line.text[-1] in _ENDS


def _around(element: etree._Element, kin: Sequence[etree._Element]) -> etree._Element:
    """The smallest element that holds all containers of one name: a text may be in several."""
    common = [element, *element.iterancestors()]
    for one in kin[:_KIN]:
        path = {one, *one.iterancestors()}
        common = [ancestor for ancestor in common if ancestor in path]
    return common[0]


def _densest(body: etree._Element, weights: dict[etree._Element, int]) -> etree._Element:
    at = body
    while True:
        heavy = [child for child in at if weights.get(child)]
        best = max(heavy, key=weights.__getitem__, default=None)
        if best is None or weights[best] < _MAIN_SHARE * weights[at]:
            return at
        rest = [child for child in heavy if child is not best]
        if weights[at] > sum(weights[child] for child in heavy) or not all(map(_is_side, rest)):
            return at
        if not rest and weights[best] == weights[at] and best.tag in ("p", "span", "table"):
            # The only paragraph: headings and lists around it are the text, too.
            return at
        at = best


def _widened(
    element: etree._Element, body: etree._Element, weights: dict[etree._Element, int]
) -> etree._Element:
    """The highest element around it that has prose of its own beside it."""
    found = at = element
    while at is not body:
        parent = at.getparent()
        if parent is None or parent not in weights:
            break
        others = [child for child in parent if child is not at and weights.get(child)]
        extra = weights[parent] - weights[at]
        if extra > weights[at] or (others and all(map(_is_side, others))):
            break
        if extra:
            found = parent
        at = parent
    return found


def _is_side(element: etree._Element) -> bool:
    """Whether an element stands beside others, not below them."""
    return element.tag == "td" or any(_SIDE.fullmatch(name) for name in names(element) if name)
