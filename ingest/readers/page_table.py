"""Tables of a page: which are data, and their cells as a grid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from ingest.readers.page_furniture import Measures

_COLUMNS = 200
_ROWS = 1000
# What is merged downwards is said in every row, unless it is long.
_REPEATED_CHARS = 100
_PROSE_CELL = 500
_PROSE_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text and how many columns and rows it covers."""

    text: str
    columns: int = 1
    rows: int = 1
    header: bool = False

    @classmethod
    def of(cls, element: etree._Element, text: str) -> Cell:
        """The cell of a ``td`` or ``th``."""
        row = element.getparent()
        section = row.getparent() if row is not None else None
        head = section is not None and section.tag == "thead"
        return cls(
            text,
            _count(element.get("colspan"), _COLUMNS),
            _count(element.get("rowspan"), _ROWS),
            element.tag == "th" or head,
        )


def rows_of(table: etree._Element) -> Iterator[etree._Element]:
    """The table's own rows."""
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from child.iterchildren("tr")


def is_layout(table: etree._Element, measures: Mapping[etree._Element, Measures]) -> bool:
    """Whether a table only places text on the page."""
    own = measures[table]
    if own.tables or own.strong or own.headings or table.get("role") == "presentation":
        return True
    rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in rows_of(table)]
    if max(map(len, rows), default=0) <= 1:
        return True
    largest = max((measures[cell].characters for row in rows for cell in row), default=0)
    return largest >= _PROSE_CELL and largest >= _PROSE_SHARE * own.characters


def grid(cells: Sequence[Sequence[Cell]]) -> tuple[list[list[str]], int | None]:
    """Texts by row and column, and how many rows at the top are a header (None: not told)."""
    rows: list[list[str]] = []
    below: dict[int, tuple[int, str]] = {}  # column: rows still covered, and by what
    for row in cells:
        texts: list[str] = []
        for cell in row:
            _covered(texts, below)
            if len(texts) >= _COLUMNS:
                break
            columns = min(cell.columns, _COLUMNS - len(texts))
            repeated = cell.text if len(cell.text) <= _REPEATED_CHARS else ""
            for number in range(columns):
                if cell.rows > 1:
                    below[len(texts)] = (cell.rows - 1, "" if number else repeated)
                texts.append("" if number else cell.text)
        _covered(texts, below)
        rows.append(texts)
    header = 0
    while header < len(cells) and cells[header] and all(cell.header for cell in cells[header]):
        header += 1
    return rows, header or None


def _covered(texts: list[str], below: dict[int, tuple[int, str]]) -> None:
    while len(texts) in below:
        left, text = below.pop(len(texts))
        if left > 1:
            below[len(texts)] = (left - 1, text)
        texts.append(text)


def _count(value: str | None, limit: int) -> int:
    bare = (value or "").strip()
    return (
        max(1, min(int(bare), limit)) if bare.isascii() and bare.isdigit() and len(bare) < 9 else 1
    )
