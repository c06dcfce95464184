"""The text layer of one PDF page, character by character, as positioned lines."""

from __future__ import annotations

import ctypes
import functools
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from huiwen.types import Box
from ingest.layout import Line, Sheet, spanned

MAX_CHARS = 200_000
_TINY_POINTS = 1.0
_WHITE = 250
# Below this many characters a page that has images or drawings is taken for a scan.
_FEW_CHARS = 10
# A picture of this share of the page is a scan; fewer characters on it than these
# are a stamp or a scanner's advertisement, not its recognised text.
_SCAN_SHARE, _STAMP_CHARS = 0.5, 100
_SLANT_DEGREES = 10
_MAX_BAD_SHARE = 0.3
# Wider gaps are closed later, from left to right: files draw stretches in any order.
_TOUCHING = 0.35
# What pdfium makes of a hyphen at a line's end.
_HYPHEN = 2
_SAMPLED = 200
_DRAWINGS = (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_SHADING)
_BLANKS = frozenset(" \u00a0\u3000\t")


@dataclass(frozen=True, slots=True)
class PageText:
    """A page's lines; ``hidden`` counts stretches that nobody can see.

    ``readable`` is False where the text layer is missing or garbled, so that
    the page has to be recognised as an image. ``slanted`` counts characters of
    a watermark, which is no part of the text.
    """

    sheet: Sheet
    hidden: int
    readable: bool
    slanted: int = 0


@dataclass(frozen=True, slots=True)
class _Char:
    text: str
    box: Box
    size: float


def page_text(page: pdfium.PdfPage, number: int) -> PageText:
    """Read the text layer of a page; raises PdfiumError where there is none to be had."""
    width, height = page.get_size()
    text = page.get_textpage()
    try:
        count = min(raw.FPDFText_CountChars(text), MAX_CHARS)
        scan = _Scan(page, text, number, width, height)
        chars = list(scan.visible(count))
    finally:
        text.close()
    lines = tuple(_lines(chars))
    few = len(chars) < _FEW_CHARS and (scan.drawn or scan.slanted > 0)
    stamped = len(chars) < _STAMP_CHARS and scan.scanned
    garbled = scan.bad > _MAX_BAD_SHARE * max(1, len(chars) + scan.bad)
    sheet = Sheet(number, scan.width, scan.height, () if garbled else lines)
    return PageText(
        sheet, scan.hidden, readable=not (few or stamped or garbled), slanted=scan.slanted
    )


class _Scan:
    """One pass over a page's characters."""

    def __init__(
        self,
        page: pdfium.PdfPage,
        text: pdfium.PdfTextPage,
        number: int,
        width: float,
        height: float,
    ) -> None:
        self._page = page
        self._text = text
        self._number = number
        self._left, self._bottom, *_ = page.get_bbox()
        # Text is put upright whichever way it runs, so lines are always level.
        self._turn = _turn(text)
        self._across, self._up = (
            (height, width) if page.get_rotation() in (90, 270) else (width, height)
        )
        sideways = self._turn in (90, 270)
        self.width, self.height = (self._up, self._across) if sideways else (self._across, self._up)
        self._backdrops: list[tuple[float, float, float, float]] | None = None
        self.hidden = 0
        self.bad = 0
        self.slanted = 0

    @property
    def drawn(self) -> bool:
        """Whether there is anything on the page besides text."""
        return any(True for _ in self._page.get_objects(filter=_DRAWINGS, max_depth=3))

    @functools.cached_property
    def scanned(self) -> bool:
        """Whether images, or the strips of one, cover most of the page."""
        covered = 0.0
        for item in self._page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=3):
            left, bottom, right, top = item.get_bounds()
            covered += max(0.0, right - left) * max(0.0, top - bottom)
        return covered >= _SCAN_SHARE * self.width * self.height

    def visible(self, count: int) -> Iterator[_Char]:
        loose = raw.FS_RECTF()
        before_hidden = False
        for at in range(count):
            code = raw.FPDFText_GetUnicode(self._text, at)
            if code == _HYPHEN:
                code = ord("-")
            elif raw.FPDFText_IsGenerated(self._text, at) == 1 or code < 32:
                continue
            if code in (0xFFFD, 0xFFFE, 0xFFFF) or 0xE000 <= code <= 0xF8FF or code > 0x10FFFF:
                self.bad += 1
                continue
            if self._slants(at):
                self.slanted += 1
                continue
            raw.FPDFText_GetLooseCharBox(self._text, at, loose)
            box = self._box(loose)
            size = self._size(at, box)
            text = chr(code)
            if text not in _BLANKS and self._unseen(at, size, box, loose):
                self.hidden += not before_hidden
                before_hidden = True
                continue
            before_hidden = before_hidden and text in _BLANKS
            yield _Char(text, box, size)

    def _slants(self, at: int) -> bool:
        turned = math.degrees(raw.FPDFText_GetCharAngle(self._text, at)) % 90
        return _SLANT_DEGREES < turned < 90 - _SLANT_DEGREES

    def _box(self, loose: raw.FS_RECTF) -> Box:
        """From the page's coordinates, which begin at the bottom left, to upright ones."""
        x0, x1 = loose.left - self._left, loose.right - self._left
        y0, y1 = loose.bottom - self._bottom, loose.top - self._bottom
        across, up = self._across, self._up
        match self._turn:
            case 90:
                return Box(self._number, y0, x0, y1, x1)
            case 180:
                return Box(self._number, across - x1, y0, across - x0, y1)
            case 270:
                return Box(self._number, up - y1, across - x1, up - y0, across - x0)
        return Box(self._number, x0, up - y1, x1, up - y0)

    def _size(self, at: int, box: Box) -> float:
        """The size as printed: the font's own is of no use where the page is scaled."""
        height = box.y1 - box.y0
        size = float(raw.FPDFText_GetFontSize(self._text, at))
        return size if 0.5 * height <= size <= 2 * height else height

    def _unseen(self, at: int, size: float, box: Box, loose: raw.FS_RECTF) -> bool:
        if size <= _TINY_POINTS or box.y1 - box.y0 <= _TINY_POINTS:
            return True
        if box.x1 < 0 or box.y1 < 0 or box.x0 > self.width or box.y0 > self.height:
            return True
        if self._unpainted(at):
            return True
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        if not raw.FPDFText_GetFillColor(self._text, at, red, green, blue, alpha):
            return False
        if alpha.value == 0:
            return True
        pale = min(red.value, green.value, blue.value) >= _WHITE
        return pale and not self._on_something(loose)

    def _unpainted(self, at: int) -> bool:
        """Invisible by its render mode, which over a scan only marks recognised text."""
        item = raw.FPDFText_GetTextObject(self._text, at)
        invisible = raw.FPDF_TEXTRENDERMODE_INVISIBLE
        mode = raw.FPDFTextObj_GetTextRenderMode(item) if item else None
        return bool(mode == invisible and not self.scanned)

    def _on_something(self, loose: raw.FS_RECTF) -> bool:
        """Whether an image or a filled shape lies behind: white text shows on a dark bar."""
        if self._backdrops is None:
            objects = self._page.get_objects(filter=_DRAWINGS, max_depth=3)
            self._backdrops = [o.get_bounds() for o in objects if not _is_white(o)]
        x, y = (loose.left + loose.right) / 2, (loose.bottom + loose.top) / 2
        return any(
            left <= x <= right and bottom <= y <= top
            for left, bottom, right, top in self._backdrops
        )


def _turn(text: pdfium.PdfTextPage) -> int:
    """Which way most characters run: 0, 90, 180 or 270 degrees counter-clockwise."""
    count = min(raw.FPDFText_CountChars(text), _SAMPLED)
    angles = Counter(
        round(raw.FPDFText_GetCharAngle(text, at) / (math.pi / 2)) % 4 * 90
        for at in range(count)
        if raw.FPDFText_IsGenerated(text, at) == 0
    )
    return max(angles, key=lambda angle: (angles[angle], -angle)) if angles else 0


def _is_white(item: pdfium.PdfObject) -> bool:
    if item.type != raw.FPDF_PAGEOBJ_PATH:
        return False
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not raw.FPDFPageObj_GetFillColor(item, red, green, blue, alpha):
        return False
    return alpha.value == 0 or min(red.value, green.value, blue.value) >= _WHITE


def _lines(chars: list[_Char]) -> Iterator[Line]:
    """Characters that follow one another on one baseline, in the order the file draws them."""
    run: list[_Char] = []
    for char in chars:
        if run and not _follows(run[-1], char):
            yield from _line(run)
            run = []
        if run or char.text not in _BLANKS:
            run.append(char)
    yield from _line(run)


def _follows(before: _Char, char: _Char) -> bool:
    shared = min(before.box.y1, char.box.y1) - max(before.box.y0, char.box.y0)
    lower = min(before.box.y1 - before.box.y0, char.box.y1 - char.box.y0)
    gap = char.box.x0 - before.box.x1
    size = min(before.size, char.size)
    return shared >= 0.3 * lower and abs(gap) <= _TOUCHING * size


def _line(run: list[_Char]) -> Iterator[Line]:
    while run and run[-1].text in _BLANKS:
        run.pop()
    if not run:
        return
    text = run[0].text
    for before, char in pairwise(run):
        apart = char.box.x0 - before.box.x1 > 0.2 * char.size
        if apart and _word(before.text) and _word(char.text):
            text += " "
        text += char.text
    yield Line(text, spanned([char.box for char in run]), max(char.size for char in run))


def _word(char: str) -> bool:
    return char.isascii() and char.isalnum()
