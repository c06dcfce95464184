"""Positioned glyphs to lines, lines to reading order, lines to paragraphs.

Lengths are points; ``y`` grows downwards.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from huiwen.types import Box
from ingest.block import needs_space

_GAP = 1.5  # in sizes: wider than this lies between columns or cells
_SHORT = 3.2  # in sizes: punctuation kept off a line's start leaves up to three characters free
_INDENT = 1.2
_COLUMN_ROWS = 4


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character on its baseline."""

    char: str
    x0: float
    x1: float
    baseline: float
    size: float


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of a row without wide gaps; ``left`` and ``right`` are its column's margins.

    ``alone`` marks what never runs on into another line; ``cells`` is set
    where the line is a row of a table.
    """

    text: str
    page: int
    x0: float
    x1: float
    y0: float
    y1: float
    size: float
    alone: bool = False
    left: float = 0.0
    right: float = 0.0
    cells: tuple[str, ...] = ()

    @property
    def centred(self) -> bool:
        """Whether it stands in the middle of its column, touching neither margin."""
        before, after = self.x0 - self.left, self.right - self.x1
        return min(before, after) > 2.5 * self.size and abs(before - after) < 1.5 * self.size


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that are one paragraph, and its text."""

    lines: tuple[Line, ...]
    text: str

    @property
    def boxes(self) -> tuple[Box, ...]:
        """One box for each page and column it stands in."""
        parts: dict[tuple[int, float], list[Line]] = {}
        for line in self.lines:
            parts.setdefault((line.page, line.left), []).append(line)
        return tuple(
            Box(
                page,
                round(min(line.x0 for line in part), 1),
                round(min(line.y0 for line in part), 1),
                round(max(line.x1 for line in part), 1),
                round(max(line.y1 for line in part), 1),
            )
            for (page, _), part in parts.items()
        )


def lines_of(page: int, glyphs: Iterable[Glyph]) -> list[Line]:
    """Glyphs to stretches of rows, from the top down and from left to right."""
    found: list[Line] = []
    for row in _rows(sorted(glyphs, key=lambda glyph: (glyph.baseline, glyph.x0))):
        part: list[Glyph] = []
        for glyph in _without_doubles(sorted(row, key=lambda glyph: glyph.x0)):
            if glyph.char.isspace():
                continue
            if part and glyph.x0 - part[-1].x1 > _GAP * max(glyph.size, part[-1].size):
                found.append(_line(page, part))
                part = []
            part.append(glyph)
        if part:
            found.append(_line(page, part))
    return found


def _rows(glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    row: list[Glyph] = []
    base = 0.0
    for glyph in glyphs:
        if row and glyph.baseline - base > 0.4 * max(row[-1].size, glyph.size):
            yield row
            row = []
        if not row:
            base = glyph.baseline
        row.append(glyph)
    if row:
        yield row


def _without_doubles(glyphs: Iterable[Glyph]) -> Iterator[Glyph]:
    """Bold is sometimes made by printing a character twice, a hair apart."""
    last: list[Glyph] = []
    for glyph in glyphs:
        last = [one for one in last if glyph.x0 - one.x0 < 0.25 * glyph.size]
        if not any(one.char == glyph.char for one in last):
            yield glyph
        last.append(glyph)


def _line(page: int, glyphs: Sequence[Glyph]) -> Line:
    text = glyphs[0].char
    for before, glyph in pairwise(glyphs):
        apart = glyph.x0 - before.x1
        if apart > 0.15 * glyph.size and needs_space(before.char, glyph.char):
            text += " "
        elif apart > 0.8 * glyph.size:
            text += "\u3000"
        text += glyph.char
    size = statistics.median(glyph.size for glyph in glyphs)
    base = max(glyph.baseline for glyph in glyphs)
    x1 = max(glyph.x1 for glyph in glyphs)
    return Line(text, page, glyphs[0].x0, x1, base - size, base + 0.2 * size, size)


def ordered(lines: Sequence[Line]) -> list[Line]:
    """A page's lines in reading order: column by column, and rows of tables put together."""
    if not lines:
        return []
    lines = sorted(lines, key=lambda line: (line.y1, line.x0))
    gutter = _gutter(lines)
    if gutter is None:
        return [_row_line(row) for row in _level(lines)]
    left, right, out = [], [], []
    for line in lines:
        if line.x1 <= gutter:
            left.append(line)
        elif line.x0 >= gutter:
            right.append(line)
        else:
            out += _columns(left, right)
            left, right = [], []
            out.append(line)
    return out + _columns(left, right)


def _columns(left: Sequence[Line], right: Sequence[Line]) -> list[Line]:
    return [_row_line(row) for side in (left, right) for row in _level(side)]


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where a page's two columns of running text part, if it has them."""
    x0, x1 = min(line.x0 for line in lines), max(line.x1 for line in lines)
    size = statistics.median(line.size for line in lines)
    middle = (x0 + x1) / 2
    left = [line for line in lines if line.x1 < middle + size]
    right = [line for line in lines if line.x0 > middle - size]
    if min(len(left), len(right)) < _COLUMN_ROWS or len(left) + len(right) < 0.6 * len(lines):
        return None
    start, end = max(line.x1 for line in left), min(line.x0 for line in right)
    if end - start < 0.5 * size:
        return None
    # Cells of a table leave room at their right; running text fills its lines.
    for side, width in ((left, start - x0), (right, x1 - end)):
        full = sum(line.x1 - line.x0 > 0.8 * width for line in side)
        if full < 0.5 * len(side):
            return None
    return (start + end) / 2


def _level(lines: Sequence[Line]) -> Iterator[list[Line]]:
    row: list[Line] = []
    for line in lines:
        if row and line.y1 - row[0].y1 > 0.5 * min(line.size, row[0].size):
            yield row
            row = []
        row.append(line)
    if row:
        yield row


def _row_line(row: list[Line]) -> Line:
    if len(row) == 1:
        return row[0]
    row = sorted(row, key=lambda line: line.x0)
    return Line(
        "\u3000".join(line.text for line in row),
        row[0].page,
        row[0].x0,
        max(line.x1 for line in row),
        min(line.y0 for line in row),
        max(line.y1 for line in row),
        max(line.size for line in row),
        alone=True,
        cells=tuple(line.text for line in row),
    )


def with_margins(lines: Sequence[Line]) -> list[Line]:
    """The lines with the margins of their columns, taken from all pages together.

    Columns begin at the places where many lines do; a line belongs to the
    last one that begins at or before it.
    """
    running = [line for line in lines if not line.alone]
    if not running:
        return list(lines)
    size = statistics.median(line.size for line in running)
    counts = Counter(round(line.x0 / size * 2) for line in running)
    starts: list[float] = []
    for place, count in sorted(counts.items()):
        near = count + counts[place - 1] + counts[place + 1]
        x = place * size / 2
        if near >= max(_COLUMN_ROWS, 0.15 * len(running)) and (
            not starts or x - starts[-1] > 8 * size
        ):
            starts.append(x)
    starts = starts or [min(line.x0 for line in running)]
    rights = [_right(running, starts, at) for at in range(len(starts))]
    out = []
    for line in lines:
        at = sum(start <= line.x0 + 0.5 * size for start in starts) - 1
        right = max(rights[max(at, 0)], line.x1) if len(starts) == 1 else rights[max(at, 0)]
        out.append(replace(line, left=starts[max(at, 0)], right=right))
    return out


def _right(lines: Sequence[Line], starts: Sequence[float], at: int) -> float:
    end = starts[at + 1] if at + 1 < len(starts) else float("inf")
    ends = sorted(line.x1 for line in lines if starts[at] - 1 <= line.x0 < end and line.x1 <= end)
    # A few lines stick out (hanging punctuation); the margin is where most full ones end.
    return ends[int(0.95 * (len(ends) - 1))] if ends else max(line.x1 for line in lines)


def paragraphs(lines: Sequence[Line]) -> list[Group]:
    """Lines in reading order to paragraphs, joined across lines, columns and pages."""
    groups: list[list[Line]] = []
    leading = _leading(lines)
    for line in lines:
        if groups and _goes_on(groups[-1], line, leading):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [Group(tuple(group), _joined(group)) for group in groups]


def _goes_on(group: Sequence[Line], line: Line, leading: float) -> bool:
    last = group[-1]
    size = max(last.size, line.size)
    if last.alone or line.alone or abs(last.size - line.size) > 0.1 * size:
        return False
    near = line.page == last.page and line.y1 - last.y1 > 0
    if near and line.y1 - last.y1 > max(1.6 * leading, 2.2 * size):
        return False
    if last.centred or line.centred:
        # A heading of two lines; body text that fills its line is never centred.
        return last.centred and line.centred and near and last.text[-1] not in "。！？；："
    if last.right - last.x1 > _SHORT * size:
        return False
    return line.x0 - line.left < _INDENT * size


def _leading(lines: Sequence[Line]) -> float:
    steps = [
        after.y1 - before.y1
        for before, after in pairwise(lines)
        if before.page == after.page and 0 < after.y1 - before.y1 < 4 * after.size
    ]
    return statistics.median(steps) if steps else 0.0


def _joined(lines: Sequence[Line]) -> str:
    text = lines[0].text
    for line in lines[1:]:
        # A number cut by the line's end is one number.
        cut = text[-1].isdigit() and line.text[0].isdigit()
        text += (" " if needs_space(text[-1], line.text[0]) and not cut else "") + line.text
    return text
