"""What style does to a page's text: which elements no reader of the page can see."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lxml import etree

_SHEET_CHARS = 200_000
_RULES = 5000
_STYLE_CHARS = 2000
_COMMENT = re.compile(r"/\*.*?\*/", re.S)
# One class, identity or element; what depends on neighbours is not followed.
_SIMPLE = re.compile(r"[a-z][a-z0-9]*(?:[.#][\w-]+)?|[.#][\w-]+", re.I)
_LENGTH = re.compile(r"(-?\d{0,9}(?:\.\d{0,6})?)\s*(px|pt|em|rem|%|cm|mm|in|vw|vh|)")
_PIXELS = {
    "px": 1.0,
    "": 1.0,
    "pt": 1.33,
    "em": 16.0,
    "rem": 16.0,
    "%": 0.16,
    "cm": 37.8,
    "mm": 3.78,
    "in": 96.0,
    "vw": 10.0,
    "vh": 8.0,
}
_SMALLEST = 1.0
_OFF = -500.0
_PALE = 0xF0
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})(?:[0-9a-f]{0,2})$")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+([\d.]+))?")
_NO_COLOUR = frozenset({"transparent", "none", "inherit", "initial", "unset", "currentcolor"})
_CLIPPED = re.compile(r"rect\(\s*0(?:px)?[\s,]+0(?:px)?[\s,]+0(?:px)?[\s,]+0|inset\(\s*(?:50|100)%")
_SHRUNK = re.compile(r"(?:scale[xy]?\(\s*0(?:\.0+)?\s*[,)]|translate[xy]?\(\s*-\d{4,})")

Declarations = dict[str, str]


@dataclass(frozen=True, slots=True)
class Look:
    """What a place inherits: an element is read with the look of its parent."""

    gone: bool = False  # nothing inside can be seen, whatever it says itself
    invisible: bool = False
    tiny: bool = False
    pale: bool = False
    backed: bool = False

    @property
    def hidden(self) -> bool:
        """Whether text here is not to be seen."""
        return self.gone or self.invisible or self.tiny or (self.pale and not self.backed)


class Styles:
    """The page's own ``<style>`` rules of one class, identity or element each."""

    def __init__(self, sheets: list[str]) -> None:
        self._rules: dict[str, Declarations] = {}
        for sheet in sheets:
            self._read(_COMMENT.sub("", sheet[:_SHEET_CHARS]))

    def look(self, element: etree._Element, parent: Look) -> Look:
        """The look inside ``element``."""
        if parent.gone:
            return parent
        said = self._said(element)
        look = parent
        if "hidden" in element.attrib or _gone(said):
            look = replace(look, gone=True)
        visibility = said.get("visibility", "")
        if visibility:
            look = replace(look, invisible=visibility in ("hidden", "collapse"))
        size = _size(said.get("font-size", ""), tiny=look.tiny)
        if size is not None:
            look = replace(look, tiny=size)
        colour = said.get("color") or element.get("color", "").strip().lower()
        if colour:
            look = replace(look, pale=_is_pale(colour))
        if _is_backed(said, element):
            look = replace(look, backed=True)
        return look

    def _said(self, element: etree._Element) -> Declarations:
        tag = str(element.tag)
        said: Declarations = {}
        if self._rules:
            keys = [tag]
            for name in element.get("class", "").split()[:20]:
                keys += (f".{name}", f"{tag}.{name}")
            identity = element.get("id")
            if identity:
                keys += (f"#{identity}", f"{tag}#{identity}")
            for key in keys:
                said.update(self._rules.get(key, {}))
        inline = element.get("style")
        if inline:
            said.update(_declarations(inline))
        return said

    def _read(self, sheet: str) -> None:
        at = 0
        while len(self._rules) < _RULES:
            opening = sheet.find("{", at)
            if opening < 0:
                return
            selector = sheet[at:opening]
            if "@" in selector:
                # Rules for printers, small screens and animations tell nothing of the page.
                at = _closing(sheet, opening)
                continue
            closing = sheet.find("}", opening)
            closing = closing if closing >= 0 else len(sheet)
            said = _declarations(sheet[opening + 1 : closing])
            for one in selector.split(",") if said else ():
                one = one.strip()
                if _SIMPLE.fullmatch(one):
                    self._rules.setdefault(_folded(one), {}).update(said)
            at = closing + 1


def _folded(selector: str) -> str:
    """Element names are written in either case, classes and identities are not."""
    cut = next((n for n, char in enumerate(selector) if char in ".#"), len(selector))
    return selector[:cut].lower() + selector[cut:]


def _closing(sheet: str, opening: int) -> int:
    """One past the brace that closes the one at ``opening``."""
    depth = 0
    for found in re.finditer(r"[{}]", sheet[opening:]):
        depth += 1 if found[0] == "{" else -1
        if depth == 0:
            return opening + found.end()
    return len(sheet)


def _declarations(text: str) -> Declarations:
    said = {}
    for declaration in text[:_STYLE_CHARS].lower().split(";"):
        key, colon, value = declaration.partition(":")
        if colon:
            said[key.strip()] = value.replace("!important", "").strip()
    return said


def _gone(said: Declarations) -> bool:
    return (
        said.get("display") == "none"
        or _number(said.get("opacity", "")) == 0
        or _is_off(said)
        or _is_shut(said)
        or bool(_CLIPPED.search(said.get("clip", "") + said.get("clip-path", "")))
        or bool(_SHRUNK.search(said.get("transform", "")))
    )


def _is_off(said: Declarations) -> bool:
    keys = ["text-indent", "margin-left", "margin-top"]
    if said.get("position") in ("absolute", "fixed", "relative"):
        keys += ["left", "top", "right", "bottom"]
    return any((_pixels(said.get(key, "")) or 0) <= _OFF for key in keys)


def _is_shut(said: Declarations) -> bool:
    """Of no height or width, with what does not fit cut off."""
    if said.get("overflow") not in ("hidden", "clip"):
        return False
    sizes = (_pixels(said.get(key, "")) for key in ("height", "width", "max-height", "max-width"))
    return any(size is not None and size <= 1 for size in sizes)


def _size(value: str, *, tiny: bool) -> bool | None:
    """Whether the font size is too small to be read; None where it is as around it."""
    pixels = _pixels(value)
    if pixels is None:
        return None
    relative = value.endswith(("em", "%")) and not value.endswith("rem")
    return pixels <= _SMALLEST or (relative and tiny)


def _pixels(value: str) -> float | None:
    found = _LENGTH.match(value)
    number = _number(found[1]) if found else None
    return None if found is None or number is None else number * _PIXELS[found[2]]


def _number(value: str) -> float | None:
    try:
        return float(value.rstrip("%"))
    except ValueError:
        return None


def _is_pale(colour: str) -> bool:
    """White or near it, or letting all light through."""
    if colour in ("white", "transparent", "snow", "ghostwhite", "floralwhite"):
        return True
    found = _HEX.match(colour)
    if found:
        digits = found[1] if len(found[1]) == 6 else "".join(c * 2 for c in found[1])
        return all(int(digits[n : n + 2], 16) >= _PALE for n in (0, 2, 4))
    rgb = _RGB.match(colour)
    if rgb is None:
        return False
    clear = rgb[4] is not None and _number(rgb[4]) == 0
    return clear or all(int(part) >= _PALE for part in rgb.groups()[:3])


def _is_backed(said: Declarations, element: etree._Element) -> bool:
    """Whether something other than white lies behind the text."""
    if "url(" in said.get("background", "") + said.get("background-image", ""):
        return True
    if "gradient(" in said.get("background", "") + said.get("background-image", ""):
        return True
    if element.get("background"):
        return True
    colours = [said.get("background-color", ""), said.get("background", "")]
    colours.append(element.get("bgcolor", "").strip().lower())
    for value in colours:
        first = value if value.startswith("rgb") else value.partition(" ")[0]
        if first and first not in _NO_COLOUR and not _is_pale(first):
            return True
    return False
