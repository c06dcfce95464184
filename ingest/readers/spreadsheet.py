"""Reader of XLSX: every visible sheet as tables whose rows are understood alone."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from lxml import etree

from huiwen.errors import FileTooLargeError, InputError
from huiwen.types import ParagraphKind
from ingest.content import Content, Draft
from ingest.readers.package import Package, on, whole
from ingest.readers.properties import core_title
from ingest.readers.table import header_rows, table_texts
from ingest.readers.workbook import S, Sheet, Workbook

MAX_CELLS = 300_000
# Cells with the empty ones between them: a few far apart must not cost memory.
MAX_AREA = 3_000_000
MAX_COLUMN = 16_384
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DEFAULT_NAME = re.compile(r"(?:sheet|工作表|表)\s*\d+$", re.I)
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})$")
_TITLE_CHARS = 60
_LEADING_ROWS = 3

Rows = dict[int, dict[int, str]]


def read_spreadsheet(name: str, data: bytes) -> Content:
    """A workbook. Hidden sheets, rows, columns and cells are counted and left out."""
    return _Reader(Package(name, data)).content()


class _Reader:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._book = Workbook(package)
        self._draft = Draft()
        self._cells = 0
        self._hidden = 0
        self._uncomputed = 0

    def content(self) -> Content:
        shown = [sheet for sheet in self._book.sheets if not sheet.hidden]
        for sheet in self._book.sheets:
            if not self._package.has(sheet.part):
                continue
            rows = self._rows(self._package.part(sheet.part), sheet)
            if sheet.hidden:
                self._hidden += any(rows.values())
            else:
                boxes = self._text_boxes(sheet.part)
                named = len(shown) > 1 or not _DEFAULT_NAME.match(sheet.name)
                if named and (boxes or any(rows.values())):
                    self._draft.add(sheet.name, ParagraphKind.HEADING, 1)
                self._sheet(rows, 2 if named else 1)
                for text in boxes:
                    self._draft.add(text)
        if not self._draft.blocks:
            raise InputError(
                f"文件“{self._package.name}”里没有可见的内容；请检查是否选错了文件，或取消隐藏。"
            )
        return Content(
            self._draft.text,
            tuple(self._draft.blocks),
            hidden=self._hidden,
            title=core_title(self._package),
            warnings=tuple(self._warnings()),
        )

    def _warnings(self) -> Iterator[str]:
        name = self._package.name
        if self._hidden:
            yield (
                f"文件“{name}”有 {self._hidden} 处隐藏的工作表、行、列或单元格，没有收录；"
                "若需收录，请取消隐藏后重新上传。"
            )
        if self._uncomputed:
            yield (
                f"文件“{name}”有 {self._uncomputed} 个公式没有保存结果，没有收录；"
                "请用 Excel 或 WPS 打开并保存后重新上传。"
            )

    def _rows(self, root: etree._Element, sheet: Sheet) -> Rows:
        """Visible text by row and column number."""
        columns = _hidden_columns(root)
        unseen_columns: set[int] = set()
        rows: Rows = {}
        number = 0
        for row in root.iter(f"{S}row"):
            number = whole(row.get("r"), number + 1)
            cells = self._row(row)
            unseen_columns |= cells.keys() & columns
            if on(row.get("hidden", "0")):
                self._hidden += bool(cells) and not sheet.hidden
                cells = {}
            elif not cells:
                continue
            # Kept though it has nothing to show: a table goes on across a hidden row.
            seen = {at: text for at, text in cells.items() if at not in columns}
            rows.setdefault(number, {}).update(seen)
        self._hidden += 0 if sheet.hidden else len(unseen_columns)
        self._spread_merged(root, rows)
        return dict(sorted(rows.items()))

    def _row(self, row: etree._Element) -> dict[int, str]:
        cells: dict[int, str] = {}
        column = 0
        for cell in row.iter(f"{S}c"):
            self._cells += 1
            if self._cells > MAX_CELLS:
                raise FileTooLargeError(
                    f"文件“{self._package.name}”的单元格超过上限 {MAX_CELLS} 个；请拆分后再上传。"
                )
            column = _position(cell.get("r", ""), (column + 1, 0))[0]
            style = self._book.style(cell)
            text = self._book.text(cell, style).strip()
            if not text:
                self._uncomputed += _uncomputed(cell)
            elif style.hidden:
                self._hidden += 1
            elif 0 < column <= MAX_COLUMN:
                cells[column] = text
        return cells

    def _spread_merged(self, root: etree._Element, rows: Rows) -> None:
        """What is merged downwards is said in every row."""
        numbers = sorted(rows)
        budget = MAX_CELLS
        for merged in root.iter(f"{S}mergeCell"):
            first, _, last = merged.get("ref", "").partition(":")
            column, top = _position(first, (0, 0))
            bottom = _position(last, (0, 0))[1]
            text = rows.get(top, {}).get(column, "")
            if not text or bottom <= top:
                continue
            low, high = bisect_right(numbers, top), bisect_right(numbers, bottom)
            budget -= high - low + 1
            if budget < 0:
                return
            for number in numbers[low:high]:
                if rows[number]:
                    rows[number].setdefault(column, text)

    def _text_boxes(self, part: str) -> list[str]:
        """Paragraphs of the shapes that float over a sheet."""
        texts = []
        for drawing in self._package.related(part, "drawing"):
            for paragraph in self._package.part(drawing).iter(f"{_DRAWING}p"):
                text = "".join(run.text or "" for run in paragraph.iter(f"{_DRAWING}t"))
                texts += [text.strip()] if text.strip() else []
        return texts

    def _sheet(self, rows: Rows, level: int) -> None:
        header: list[list[str]] = []
        for region in _regions(rows):
            grid = self._grid(region)
            grid = self._titled(grid, level)
            if not grid:
                continue
            lead = _leading(grid)
            depth = lead + header_rows(grid[lead:])
            if depth > lead:
                header = grid[:depth]
            elif header and len(header[-1]) == len(grid[0]):
                grid, depth = header + grid, len(header)
            for text in table_texts(grid, depth):
                self._draft.add(text, ParagraphKind.TABLE)

    def _grid(self, region: list[dict[int, str]]) -> list[list[str]]:
        columns = sorted({column for row in region for column in row})
        if len(columns) * len(region) > MAX_AREA:
            raise FileTooLargeError(
                f"文件“{self._package.name}”的表格过大（{len(region)} 行 {len(columns)} 列）；"
                "请拆分后再上传。"
            )
        return [[row.get(column, "") for column in columns] for row in region]

    def _titled(self, grid: list[list[str]], level: int) -> list[list[str]]:
        """The table without the line above it that names it, which becomes a heading."""
        first = [cell for cell in grid[0] if cell]
        if len(first) != 1 or len(grid[0]) < 2 or len(grid) < 2 or len(first[0]) > _TITLE_CHARS:
            return grid
        self._draft.add(" ".join(first[0].split()), ParagraphKind.HEADING, level)
        return grid[1:]


def _leading(grid: list[list[str]]) -> int:
    """Rows above the header with a single cell, such as the unit of all figures."""
    rows = 0
    while rows < min(_LEADING_ROWS, len(grid) - 2) and sum(map(bool, grid[rows])) == 1:
        rows += 1
    return rows if rows < _LEADING_ROWS and len(grid[0]) > 1 else 0


def _regions(rows: Rows) -> Iterator[list[dict[int, str]]]:
    """Rows that follow each other; an empty one parts tables."""
    region: list[dict[int, str]] = []
    last = 0
    for number, row in rows.items():
        if region and number > last + 1:
            yield region
            region = []
        if row:
            region.append(row)
        last = number
    if region:
        yield region


def _hidden_columns(root: etree._Element) -> set[int]:
    columns: set[int] = set()
    for entry in root.iterfind(f"{S}cols/{S}col"):
        if on(entry.get("hidden", "0")):
            last = min(whole(entry.get("max")), MAX_COLUMN)
            columns.update(range(max(1, whole(entry.get("min"))), last + 1))
    return columns


def _uncomputed(cell: etree._Element) -> bool:
    """Whether an empty cell is a formula nobody computed, rather than one that found nothing."""
    return cell.find(f"{S}f") is not None and cell.get("t") != "str"


def _position(reference: str, default: tuple[int, int]) -> tuple[int, int]:
    """Column and row of a reference such as ``AB12``, counted from 1."""
    match = _REFERENCE.match(reference)
    if not match:
        return default
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return column, int(match[2])
