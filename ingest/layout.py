"""Positioned text of pages to lines in reading order: rows, columns, running heads."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from huiwen.types import Box

# Characters closer than this many of their sizes are one stretch; wider gaps part
# cells and columns. Titles are often set with a blank between characters.
_STRETCH_GAP = 1.3
_SPACE_GAP = 0.2
# Bold is sometimes made by printing a character twice, a hair apart.
_DOUBLE = 0.25
_MARGIN_SHARE = 0.1
_PAGE_NUMBER = re.compile(
    r"[-—–―_·•.\s]*(?:第\s*)?(?:\d{1,4}|[ivxlIVXL]{1,6})(?:\s*页)?"
    r"(?:\s*[/／,，]?\s*(?:共\s*)?\d{1,4}\s*页?)?[-—–―_·•.\s]*"
)
# A column holds prose: this many lines at least, of this many characters in the middle.
_COLUMN_LINES, _COLUMN_CHARS = 4, 7
_CROSSING_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of text on one baseline. ``size`` is the font's in points, ``score`` 0 to 1."""

    text: str
    box: Box
    size: float
    score: float = 1.0

    @property
    def width(self) -> float:
        return self.box.x1 - self.box.x0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of ``width`` by ``height`` points; its lines in any order."""

    number: int
    width: float
    height: float
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """What stands side by side in one column: one cell is a line of prose, more are a table's."""

    cells: tuple[Line, ...]

    @property
    def text(self) -> str:
        return " ".join(cell.text for cell in self.cells)

    @property
    def box(self) -> Box:
        return spanned([cell.box for cell in self.cells])

    @property
    def size(self) -> float:
        return max(self.cells, key=lambda cell: len(cell.text)).size


@dataclass(frozen=True, slots=True)
class Region:
    """Rows of one column, from top to bottom, with the column's edges."""

    rows: tuple[Row, ...]
    left: float
    right: float


def spanned(boxes: Sequence[Box]) -> Box:
    """The smallest box around boxes of one page."""
    return Box(
        boxes[0].page,
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )


def without_running_heads(sheets: Sequence[Sheet]) -> tuple[list[Sheet], int]:
    """The pages without page numbers and what recurs in their margins, and how many those were."""
    seen: Counter[str] = Counter()
    for sheet in sheets:
        seen.update({_pattern(line.text) for line in sheet.lines if _in_margin(sheet, line)})
    often = max(2, len(sheets) / 3)
    kept = []
    dropped = 0
    for sheet in sheets:
        lines = [
            line
            for line in sheet.lines
            if not _in_margin(sheet, line)
            or not (_PAGE_NUMBER.fullmatch(line.text) or seen[_pattern(line.text)] >= often)
        ]
        dropped += len(sheet.lines) - len(lines)
        kept.append(replace(sheet, lines=tuple(lines)))
    return kept, dropped


def _in_margin(sheet: Sheet, line: Line) -> bool:
    middle = (line.box.y0 + line.box.y1) / 2
    share = middle / sheet.height if sheet.height else 0.5
    return share < _MARGIN_SHARE or share > 1 - _MARGIN_SHARE


def _pattern(text: str) -> str:
    return re.sub(r"\d+", "#", re.sub(r"\s", "", text))


def merged(lines: Iterable[Line]) -> list[Line]:
    """Stretches of one baseline that touch put together, from top to bottom."""
    out: list[Line] = []
    for row in _baselines(lines):
        run = row[0]
        for before, line in pairwise(row):
            if line.text == before.text and line.box.x0 - before.box.x0 < _DOUBLE * line.size:
                continue
            gap = line.box.x0 - run.box.x1
            if gap <= _STRETCH_GAP * min(run.size, line.size):
                run = _appended(run, line, gap)
            else:
                out.append(run)
                run = line
        out.append(run)
    return out


def _appended(run: Line, line: Line, gap: float) -> Line:
    space = " " if gap > _SPACE_GAP * line.size and _latin(run.text[-1:], line.text[:1]) else ""
    return Line(
        run.text + space + line.text,
        spanned([run.box, line.box]),
        run.size if len(run.text) >= len(line.text) else line.size,
        min(run.score, line.score),
    )


def _latin(before: str, after: str) -> bool:
    return before.isascii() and after.isascii() and before.isalnum() and after.isalnum()


def _baselines(lines: Iterable[Line]) -> list[list[Line]]:
    """Lines grouped by height on the page, each group from left to right."""
    groups: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.box.y0 + line.box.y1) / 2):
        if groups and _level(groups[-1][0], line):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [sorted(group, key=lambda line: line.box.x0) for group in groups]


def _level(one: Line, other: Line) -> bool:
    """Whether two stretches stand on one line: they share half the height of the lower one."""
    shared = min(one.box.y1, other.box.y1) - max(one.box.y0, other.box.y0)
    return shared > 0.5 * min(one.box.y1 - one.box.y0, other.box.y1 - other.box.y0)


def regions(lines: Sequence[Line]) -> list[Region]:
    """Reading order of a page: columns from left to right between what spans them."""
    if not lines:
        return []
    gutter = _gutter(lines)
    if gutter is None:
        return [_region(lines)]
    crossing = [line for line in lines if line.box.x0 < gutter < line.box.x1]
    beside = [line for line in lines if not line.box.x0 < gutter < line.box.x1]
    out: list[Region] = []
    for band in _bands(crossing, beside):
        if band[0] in crossing:
            out.append(_region(band))
        else:
            out += regions([line for line in band if line.box.x1 <= gutter])
            out += regions([line for line in band if line.box.x0 >= gutter])
    return out


def _bands(crossing: Sequence[Line], beside: Sequence[Line]) -> list[list[Line]]:
    """Stretches of the page from top to bottom, each all crossing lines or all others."""
    wide = set(map(id, crossing))
    bands: list[list[Line]] = []
    for line in sorted([*crossing, *beside], key=lambda line: (line.box.y0 + line.box.y1) / 2):
        if bands and (id(bands[-1][0]) in wide) == (id(line) in wide):
            bands[-1].append(line)
        else:
            bands.append([line])
    return bands


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where two columns of prose part, None where there is one column or a table."""
    best: tuple[int, int, float] | None = None
    for edge in sorted({round(line.box.x1 / 2) * 2 + 1.0 for line in lines}):
        left = [line for line in lines if line.box.x1 <= edge]
        right = [line for line in lines if line.box.x0 >= edge]
        crossing = len(lines) - len(left) - len(right)
        if crossing > _CROSSING_SHARE * len(lines) or not _prose(left):
            continue
        if not (_prose(right) or (_full(left) and _full_columns(right))):
            continue
        if not _side_by_side(left, right):
            continue
        key = (-crossing, min(len(left), len(right)), edge)
        if best is None or key > best:
            best = key
    return best[2] if best else None


def _prose(lines: Sequence[Line]) -> bool:
    """Whether lines fill a column: long enough, and most of them as wide as it is."""
    if len(lines) < _COLUMN_LINES:
        return False
    width = max(line.box.x1 for line in lines) - min(line.box.x0 for line in lines)
    return (
        statistics.median(len(line.text) for line in lines) >= _COLUMN_CHARS
        and statistics.median(line.width for line in lines) >= 0.6 * width
    )


def _full(lines: Sequence[Line]) -> bool:
    """Whether most lines reach both edges, as a narrow column's do and a table's cells do not."""
    left, right = min(line.box.x0 for line in lines), max(line.box.x1 for line in lines)
    reach = sum(line.width >= 0.9 * (right - left) for line in lines)
    return reach >= 0.6 * len(lines)


def _full_columns(lines: Sequence[Line]) -> bool:
    """Whether lines are columns with nothing across their gutters, each filled with prose."""
    columns: list[list[Line]] = []
    edge = 0.0
    for line in sorted(lines, key=lambda line: line.box.x0):
        if columns and line.box.x0 < edge:
            columns[-1].append(line)
        else:
            columns.append([line])
        edge = max(edge, line.box.x1)
    return len(columns) > 1 and all(_prose(column) and _full(column) for column in columns)


def _side_by_side(left: Sequence[Line], right: Sequence[Line]) -> bool:
    one, other = spanned([line.box for line in left]), spanned([line.box for line in right])
    shared = min(one.y1, other.y1) - max(one.y0, other.y0)
    return shared >= 0.4 * min(one.y1 - one.y0, other.y1 - other.y0)


def _region(lines: Sequence[Line]) -> Region:
    rows = tuple(Row(tuple(group)) for group in _baselines(lines))
    return Region(rows, min(line.box.x0 for line in lines), max(line.box.x1 for line in lines))


def listed(numbers: Sequence[int]) -> str:
    """Page numbers as a reader wants them: ``1—3、7`` for 1, 2, 3, 7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return "、".join(f"{run[0]}—{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
