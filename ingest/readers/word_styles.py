"""Styles of a Word file: what they make a paragraph, and what they hide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from lxml import etree

from ingest.readers.package import on, whole

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
VAL = f"{W}val"
_CHAIN = 20
_HEADING_NAME = re.compile(r"(?:heading|标题)\s*([1-9])$", re.I)
_TITLE_NAMES = frozenset({"title", "标题", "文档标题", "文件标题", "公文标题"})
_SUBTITLE_NAMES = frozenset({"subtitle", "副标题"})
_CAPTION_NAMES = frozenset({"caption", "题注"})
_CONTENTS_NAME = re.compile(r"(?:toc|目录)\s*(?:\d|heading|标题)?$|table of figures$", re.I)
# A run of one point or less is there for machines, not for readers.
_TINY_HALF_POINTS = 2


class Look(NamedTuple):
    """How a run looks, as far as it tells whether it is seen; None is not said here."""

    vanish: bool | None = None
    white: bool | None = None
    tiny: bool | None = None
    shaded: bool | None = None

    def over(self, base: Look) -> Look:
        """This look where it says something, ``base`` elsewhere."""
        return Look(*(b if own is None else own for own, b in zip(self, base, strict=True)))

    def hides(self, *, shaded: bool) -> bool:
        """Whether text that looks so, on a background that is ``shaded`` or not, is unseen."""
        if self.vanish or self.tiny:
            return True
        return bool(self.white) and not (shaded or self.shaded)


PLAIN = Look()


@dataclass(frozen=True, slots=True)
class Style:
    """A style with what it inherits. ``outline`` is 1 for an outermost heading, 0 for body."""

    role: str = ""  # "title", "subtitle", "caption", "contents" or ""
    outline: int = 0
    number: str = ""
    indent: int = 0
    look: Look = PLAIN
    align: str = ""
    shaded: bool = False


def run_look(properties: etree._Element) -> Look:
    """What a ``w:rPr`` says itself."""
    vanish = white = tiny = shaded = None
    for child in properties:
        tag = child.tag
        if tag == _VANISH:
            vanish = on(child.get(VAL))
        elif tag == _COLOR:
            white = is_white(child.get(VAL, "auto"))
        elif tag == _SIZE:
            tiny = 0 <= whole(child.get(VAL), 21) <= _TINY_HALF_POINTS
        elif tag == _SHADE:
            shaded = is_shaded(child)
        elif tag == _HIGHLIGHT:
            shaded = child.get(VAL) not in ("none", "white")
    return Look(vanish, white, tiny, shaded)


def is_white(colour: str) -> bool:
    """Whether RRGGBB is white, or so near that nobody tells it from white."""
    return (
        len(colour) == 6
        and all(colour[at].lower() == "f" for at in (0, 2, 4))
        and all(colour[at].lower() in "abcdef" for at in (1, 3, 5))
    )


def is_shaded(shade: etree._Element | None) -> bool:
    """Whether a ``w:shd`` makes white text readable."""
    if shade is None:
        return False
    fill = shade.get(f"{W}fill", "auto")
    pattern = shade.get(VAL, "clear")
    return (fill != "auto" and not is_white(fill)) or pattern not in ("clear", "nil")


class Styles:
    """The styles of one file, resolved when asked for."""

    def __init__(self, root: etree._Element | None) -> None:
        self._raw: dict[str, etree._Element] = {}
        self._known: dict[str, Style] = {}
        self._defaults = PLAIN
        self._default_paragraph = ""
        for style in root.iter(f"{W}style") if root is not None else ():
            identity = style.get(f"{W}styleId", "")
            self._raw.setdefault(identity, style)
            if style.get(f"{W}type") == "paragraph" and style.get(f"{W}default") in ("1", "true"):
                self._default_paragraph = identity
        defaults = root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr") if root is not None else None
        if defaults is not None:
            self._defaults = run_look(defaults)

    def paragraph(self, identity: str | None) -> Style:
        """A paragraph style, the default one where none is named; its look is complete."""
        return self._resolved(identity or self._default_paragraph, self._defaults)

    def run(self, identity: str) -> Look:
        """What a character style says, as far as it says it."""
        return self._resolved(identity, PLAIN).look

    def table_shaded(self, identity: str) -> bool:
        """Whether a table style colours cells somewhere."""
        return self._resolved(identity, PLAIN).shaded

    def _resolved(self, identity: str, look: Look) -> Style:
        known = self._known.get(identity)
        if known is None:
            known = self._known[identity] = self._resolve(identity, look)
        return known

    def _resolve(self, identity: str, look: Look) -> Style:
        role, outline, number, indent, align, shaded = "", None, "", None, "", False
        chain = list(self._chain(identity))
        for style in chain:
            name = style.find(f"{W}name")
            if not role and outline is None:
                role, outline = _role((name.get(VAL, "") if name is not None else "").strip())
            shaded = shaded or any(is_shaded(shade) for shade in style.iter(_SHADE))
            properties = style.find(f"{W}pPr")
            if properties is None:
                continue
            if outline is None and (found := properties.find(f"{W}outlineLvl")) is not None:
                level = whole(found.get(VAL), 9)
                outline = level + 1 if 0 <= level < 9 else 0
            numbered = properties.find(f"{W}numPr")
            if numbered is not None:
                number = number or child_value(numbered, "numId")
                if indent is None and (own := child_value(numbered, "ilvl")):
                    indent = whole(own)
            align = align or child_value(properties, "jc")
        for style in reversed(chain):
            run = style.find(f"{W}rPr")
            if run is not None:
                look = run_look(run).over(look)
        return Style(role, outline or 0, number, indent or 0, look, align, shaded)

    def _chain(self, identity: str) -> Iterator[etree._Element]:
        for _ in range(_CHAIN):
            style = self._raw.get(identity)
            if style is None:
                return
            yield style
            identity = child_value(style, "basedOn")


def child_value(element: etree._Element | None, child: str) -> str:
    """The ``w:val`` of a child, empty where there is none."""
    found = element.find(W + child) if element is not None else None
    return found.get(VAL, "") if found is not None else ""


def _role(name: str) -> tuple[str, int | None]:
    lower = name.lower()
    heading = _HEADING_NAME.match(name)
    if heading:
        return "", int(heading[1])
    if lower in _TITLE_NAMES:
        return "title", None
    if lower in _SUBTITLE_NAMES:
        return "subtitle", None
    if lower in _CAPTION_NAMES:
        return "caption", None
    return ("contents", None) if _CONTENTS_NAME.match(name) else ("", None)


_VANISH = f"{W}vanish"
_COLOR = f"{W}color"
_SIZE = f"{W}sz"
_SHADE = f"{W}shd"
_HIGHLIGHT = f"{W}highlight"
