"""The text objects of an OFD page, as positioned text in points from its top left corner."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from lxml import etree

from huiwen.errors import InputError
from huiwen.types import Box
from ingest.layout import Line
from ingest.readers.ofd_package import Page, Resources, children, local, numbers

_POINTS = 72 / 25.4
_MAX_GLYPHS = 200_000  # a page of any newspaper has less than a tenth of it
_MAX_NESTING = 4
_MAX_COMPOSITES = 2_000
_DESCENT = 0.2
_TINY_MM = 0.36  # one point: nobody can read that
_OBLIQUE = 0.09  # radians; watermarks lie aslant, scanned-in text hardly does

Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(slots=True)
class PageText:
    """What stands on a page: upright text glyph by glyph, turned or vertical runs whole."""

    lines: list[Line] = field(default_factory=list)
    hidden: int = 0
    aslant: int = 0
    images: list[str] = field(default_factory=list)
    composites: int = 0


def page_text(name: str, page: Page) -> PageText:
    """Text of a page and of the templates under it."""
    found = PageText()
    for root in (*page.templates, page.content):
        for content in children(root, "Content"):
            _collect(name, content, _shift(-page.box[0], -page.box[1]), page, found, 0)
    return found


def _collect(
    name: str, root: etree._Element, to_page: Matrix, page: Page, found: PageText, depth: int
) -> None:
    papers = _dark_areas(root, to_page, page.resources)
    for element in root.iter():
        kind = local(element)
        if kind == "TextObject":
            _text(element, to_page, page, found, papers)
            if len(found.lines) > _MAX_GLYPHS:
                raise InputError(
                    f"文件“{name}”第 {page.number} 页的文字多得不正常；请重新导出后再上传。"
                )
        elif kind == "ImageObject":
            image = page.resources.media.get(element.get("ResourceID", ""))
            if image:
                found.images.append(image)
        elif kind == "CompositeObject" and depth < _MAX_NESTING:
            found.composites += 1
            if found.composites > _MAX_COMPOSITES:
                raise InputError(
                    f"文件“{name}”第 {page.number} 页的图元多得不正常；请重新导出后再上传。"
                )
            unit = page.resources.units.get(element.get("ResourceID", ""))
            if unit is not None:
                placed = _times(to_page, _placement(element))
                _collect(name, unit, placed, page, found, depth + 1)


def _text(
    element: etree._Element,
    to_page: Matrix,
    page: Page,
    found: PageText,
    papers: Sequence[tuple[float, ...]],
) -> None:
    matrix = _times(to_page, _placement(element))
    size = next(iter(numbers(element.get("Size"))), 0.0)
    height = size * math.hypot(matrix[2], matrix[3])
    angle = math.atan2(matrix[1], matrix[0])
    unseen = _invisible(element, page.resources) or height < _TINY_MM
    white = _is_white(_colour(element, page.resources))
    for run in _runs(element, size):
        text = "".join(char for char, *_ in run)
        if not text.strip():
            continue
        spots = [_apply(matrix, x, y) for _, x, y, _ in run]
        on_paper = white and not any(_inside(spots[0], paper) for paper in papers)
        if unseen or on_paper or not _inside(spots[0], (0.0, 0.0, page.box[2], page.box[3])):
            found.hidden += 1
            continue
        off_axis = abs(angle - round(angle / (math.pi / 2)) * math.pi / 2)
        if off_axis > _OBLIQUE:
            found.aslant += 1
            continue
        vertical = len(spots) > 1 and abs(spots[-1][1] - spots[0][1]) > abs(
            spots[-1][0] - spots[0][0]
        )
        if vertical or abs(angle) > _OBLIQUE:
            found.lines.append(_standalone(text, spots, height, page.number))
            continue
        stretch = math.hypot(matrix[0], matrix[1]) * _POINTS
        size_pt = height * _POINTS
        for (char, _, _, width), (x, y) in zip(run, spots, strict=True):
            if char.isspace():
                continue
            left = x * _POINTS
            found.lines.append(
                _placed(char, page.number, left, left + width * stretch, y * _POINTS, size_pt)
            )


def _standalone(text: str, spots: Sequence[tuple[float, float]], height: float, page: int) -> Line:
    xs = [x * _POINTS for x, _ in spots]
    ys = [y * _POINTS for _, y in spots]
    size = height * _POINTS
    box = Box(page, min(xs), min(ys) - size, max(xs) + size, max(ys))
    return Line(text.strip(), box, size)


def _placed(text: str, page: int, x0: float, x1: float, baseline: float, size: float) -> Line:
    """A glyph in the space its font gives it above and below the baseline."""
    return Line(text, Box(page, x0, baseline - size, x1, baseline + _DESCENT * size), size)


def _runs(element: etree._Element, size: float) -> Iterator[list[tuple[str, float, float, float]]]:
    """Characters of each TextCode with place and width in the object's own millimetres."""
    scale = next(iter(numbers(element.get("HScale"))), 1.0) or 1.0
    x = y = 0.0
    for code in children(element, "TextCode"):
        x = next(iter(numbers(code.get("X"))), x)
        y = next(iter(numbers(code.get("Y"))), y)
        text = (code.text or "").translate({9: None, 10: None, 13: None})[:_MAX_GLYPHS]
        right = _deltas(code.get("DeltaX"), len(text))
        down = _deltas(code.get("DeltaY"), len(text))
        still = code.get("DeltaY") is not None or element.get("ReadDirection") in ("90", "270")
        run = []
        at_x, at_y = x, y
        for at, char in enumerate(text):
            width = size * scale * (0.5 if char.isascii() else 1.0)
            step = right[at] if at < len(right) else (0.0 if still else width)
            run.append((char, at_x, at_y, width))
            at_x += step
            if at < len(down):
                at_y += down[at]
            elif still and not right:
                at_y += size
        yield run


def _deltas(text: str | None, count: int) -> list[float]:
    """Offsets between ``count`` characters; ``g n d`` stands for n times d.

    Where there are too few, the last one goes on.
    """
    parts = iter((text or "").split())
    found: list[float] = []
    for part in parts:
        if len(found) >= count:
            break
        if part == "g":
            times, step = (numbers(value) for value in (next(parts, ""), next(parts, "")))
            if len(times) == len(step) == 1 and times[0] > 0:
                found.extend(step * min(int(times[0]), count))
        else:
            found.extend(numbers(part))
    if found and len(found) < count:
        found.extend([found[-1]] * (count - len(found)))
    return found[:count]


def _invisible(element: etree._Element, resources: Resources) -> bool:
    colour = _colour(element, resources)
    alphas = [element.get("Alpha"), None if colour is None else colour.get("Alpha")]
    return (
        element.get("Visible", "true").lower() in ("false", "0")
        or (
            element.get("Fill", "true").lower() in ("false", "0")
            and element.get("Stroke", "false").lower() in ("false", "0")
        )
        # 0 to 255; a few units of it cannot be seen on paper.
        or any(value[0] < 8 for alpha in alphas if (value := numbers(alpha)))
    )


def _colour(element: etree._Element, resources: Resources) -> etree._Element | None:
    own = next(children(element, "FillColor"), None)
    return own if own is not None else resources.colours.get(element.get("DrawParam", ""))


def _is_white(colour: etree._Element | None) -> bool:
    if colour is None:
        return False
    parts = [value for part in (colour.get("Value") or "").split() for value in _component(part)]
    if len(parts) == 4:
        return max(parts) <= 5
    return len(parts) in (1, 3) and min(parts) >= 250


def _component(part: str) -> tuple[float, ...]:
    if part.startswith("#"):
        try:
            return (float(int(part[1:9], 16)),)
        except ValueError:
            return ()
    return numbers(part)


def _dark_areas(
    root: etree._Element, to_page: Matrix, resources: Resources
) -> list[tuple[float, ...]]:
    """Filled shapes on which white text can be read, as x, y, width, height."""
    areas: list[tuple[float, ...]] = []
    paths = (element for element in root.iter() if local(element) == "PathObject")
    for path in islice(paths, 2_000):
        colour = _colour(path, resources)
        box = numbers(path.get("Boundary"))
        filled = path.get("Fill", "false").lower() in ("true", "1")
        if filled and len(box) == 4 and colour is not None and not _is_white(colour):
            areas.append((*_apply(to_page, box[0], box[1]), box[2], box[3]))
    return areas


def _inside(spot: tuple[float, float], box: Sequence[float]) -> bool:
    return box[0] <= spot[0] <= box[0] + box[2] and box[1] <= spot[1] <= box[1] + box[3]


def _placement(element: etree._Element) -> Matrix:
    """From an object's own coordinates to those around it: its CTM, then its boundary."""
    ctm = numbers(element.get("CTM"))
    inner: Matrix = _IDENTITY
    if len(ctm) == 6:
        inner = (ctm[0], ctm[1], ctm[2], ctm[3], ctm[4], ctm[5])
    box = numbers(element.get("Boundary"))
    return _times(_shift(box[0], box[1]), inner) if len(box) == 4 else inner


def _shift(x: float, y: float) -> Matrix:
    return (1.0, 0.0, 0.0, 1.0, x, y)


def _times(outer: Matrix, inner: Matrix) -> Matrix:
    """The matrix that applies ``inner`` first."""
    a, b, c, d, _, _ = inner
    e, f = _apply(outer, inner[4], inner[5])
    return (
        outer[0] * a + outer[2] * b,
        outer[1] * a + outer[3] * b,
        outer[0] * c + outer[2] * d,
        outer[1] * c + outer[3] * d,
        e,
        f,
    )


def _apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f
