"""Shapes of a slide: where they are, what they say, and whether anybody sees them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from huiwen.types import Box
from ingest.readers.numeral import numeral
from ingest.readers.package import on, whole

P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_EMU_PER_POINT = 12_700
_TINY_HUNDREDTHS = 100
# Numbers of buAutoNum: how they count, what surrounds them.
_COUNTS = {
    "arabic": "decimal", "alphaLc": "lowerLetter", "alphaUc": "upperLetter",
    "romanLc": "lowerRoman", "romanUc": "upperRoman", "ea1Chs": "chineseCounting",
    "ea1Cht": "chineseCounting", "circleNum": "decimalEnclosedCircle",
}  # fmt: skip
_AROUND = {"Period": "{}. ", "ParenR": "{}) ", "ParenBoth": "({}) ", "Plain": "{} "}


@dataclass(frozen=True, slots=True)
class Frame:
    """How coordinates inside a group map to the slide: ``x * scale + offset``, in EMU."""

    scale_x: float = 1.0
    scale_y: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def place(self, transform: etree._Element | None) -> tuple[float, float, float, float] | None:
        """Corners of a shape with that ``a:xfrm`` on the slide."""
        offset = transform.find(f"{A}off") if transform is not None else None
        extent = transform.find(f"{A}ext") if transform is not None else None
        if offset is None or extent is None:
            return None
        x0 = whole(offset.get("x")) * self.scale_x + self.x
        y0 = whole(offset.get("y")) * self.scale_y + self.y
        return (
            x0,
            y0,
            x0 + whole(extent.get("cx")) * self.scale_x,
            y0 + whole(extent.get("cy")) * self.scale_y,
        )

    def inner(self, transform: etree._Element | None) -> Frame:
        """The frame inside a group with that ``a:xfrm``."""
        place = self.place(transform)
        start = transform.find(f"{A}chOff") if transform is not None else None
        size = transform.find(f"{A}chExt") if transform is not None else None
        if place is None or start is None or size is None:
            return self
        across, down = whole(size.get("cx")), whole(size.get("cy"))
        scale_x = (place[2] - place[0]) / across if across else 1.0
        scale_y = (place[3] - place[1]) / down if down else 1.0
        return Frame(
            scale_x,
            scale_y,
            place[0] - whole(start.get("x")) * scale_x,
            place[1] - whole(start.get("y")) * scale_y,
        )


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape with its corners in EMU; ``holder`` is the kind of a placeholder."""

    element: etree._Element
    corners: tuple[float, float, float, float] | None
    holder: str = ""
    hidden: bool = False

    def box(self, page: int) -> tuple[Box, ...]:
        """Where the shape is on the page, in points."""
        if self.corners is None:
            return ()
        x0, y0, x1, y1 = (round(corner / _EMU_PER_POINT, 1) for corner in self.corners)
        return (Box(page, x0, y0, x1, y1),)


def shapes(tree: etree._Element, inherited: dict[str, Shape]) -> Iterator[Shape]:
    """Shapes of a ``p:spTree``, groups opened, in the order they were drawn."""
    yield from _shapes(tree, Frame(), inherited, hidden=False)


def _shapes(
    tree: etree._Element, frame: Frame, inherited: dict[str, Shape], *, hidden: bool
) -> Iterator[Shape]:
    for child in tree:
        if child.tag == f"{_MC}AlternateContent":
            branch = child.find(f"{_MC}Choice")
            if branch is not None:
                yield from _shapes(branch, frame, inherited, hidden=hidden)
            continue
        about = next(iter(child), None)
        own = about.find(f"{P}cNvPr") if about is not None else None
        unseen = hidden or (own is not None and on(own.get("hidden", "0")))
        if child.tag == f"{P}grpSp":
            inner = frame.inner(child.find(f"{P}grpSpPr/{A}xfrm"))
            yield from _shapes(child, inner, inherited, hidden=unseen)
        elif child.tag in (f"{P}sp", f"{P}graphicFrame"):
            yield _shape(child, frame, inherited, hidden=unseen)


def _shape(
    element: etree._Element, frame: Frame, inherited: dict[str, Shape], *, hidden: bool
) -> Shape:
    holder = next(element.iter(f"{P}ph"), None)
    transform = element.find(f"{P}spPr/{A}xfrm")
    if transform is None:
        transform = element.find(f"{P}xfrm")
    corners = frame.place(transform)
    kind = holder.get("type", "body") if holder is not None else ""
    if corners is None and holder is not None:
        model = inherited.get(f"#{holder.get('idx')}") or inherited.get(kind)
        corners = model.corners if model else None
    return Shape(element, corners, kind, hidden)


def placeholders(tree: etree._Element, inherited: dict[str, Shape]) -> dict[str, Shape]:
    """Placeholders of a layout or master by index and kind, over those it inherits."""
    found = dict(inherited)
    for shape in shapes(tree, inherited):
        if shape.holder:
            holder = next(shape.element.iter(f"{P}ph"))
            found[shape.holder] = shape
            if holder.get("idx"):
                found[f"#{holder.get('idx')}"] = shape
    return found


def lines(body: etree._Element) -> tuple[list[str], int]:
    """Paragraphs of a text body with their automatic numbers, and how many were unseen."""
    texts: list[str] = []
    unseen = 0
    counters: dict[tuple[int, str], int] = {}
    for paragraph in body.iter(f"{A}p"):
        text, hidden = _line(paragraph)
        unseen += hidden
        if not text.strip():
            continue
        properties = paragraph.find(f"{A}pPr")
        depth = whole(properties.get("lvl")) if properties is not None else 0
        auto = properties.find(f"{A}buAutoNum") if properties is not None else None
        kind = auto.get("type", "") if auto is not None else ""
        # A list goes on past what is inset under it, and no further.
        counters = {
            key: count for key, count in counters.items() if key[0] < depth or key == (depth, kind)
        }
        if auto is not None:
            number = counters.get((depth, kind), whole(auto.get("startAt"), 1) - 1) + 1
            counters[depth, kind] = number
            text = _label(number, kind) + text.lstrip()
        texts.append(text.strip())
    return texts, unseen


def _line(paragraph: etree._Element) -> tuple[str, bool]:
    parts: list[str] = []
    hidden = False
    for child in paragraph:
        if child.tag == f"{A}br":
            parts.append("\n")
        elif child.tag in (f"{A}r", f"{A}fld"):
            properties, text = child.find(f"{A}rPr"), child.findtext(f"{A}t") or ""
            size = whole(properties.get("sz"), 1800) if properties is not None else 1800
            if size > _TINY_HUNDREDTHS:
                parts.append(text)
            else:
                hidden = hidden or bool(text.strip())
    return "".join(parts).replace("\v", "\n"), hidden


def _label(number: int, kind: str) -> str:
    for stem, style in _COUNTS.items():
        if kind.startswith(stem):
            text = numeral(number, style)
            if stem.startswith("ea1"):
                return f"{text}、"
            ending = next((end for end in _AROUND if kind.endswith(end)), "Plain")
            return _AROUND[ending].format(text)
    return ""
