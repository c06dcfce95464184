"""Rows and cells of a Word table, through the wrappers that may stand around them."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ingest.readers.package import on
from ingest.readers.word_styles import VAL, W, is_shaded

_ROW = f"{W}tr"
_CELL = f"{W}tc"
# Content controls, and changes tracked around whole blocks.
WRAPPERS = frozenset(f"{W}{tag}" for tag in ("sdt", "sdtContent", "customXml", "ins", "moveTo"))


def rows(table: etree._Element) -> Iterator[etree._Element]:
    """The rows of a ``w:tbl``."""
    for child in table:
        if child.tag == _ROW:
            yield child
        elif child.tag in WRAPPERS:
            yield from rows(child)


def cells(row: etree._Element) -> Iterator[etree._Element]:
    """The cells of a ``w:tr``."""
    for child in row:
        if child.tag == _CELL:
            yield child
        elif child.tag in WRAPPERS:
            yield from cells(child)


def deleted(row: etree._Element) -> bool:
    """Whether a tracked change takes the row away."""
    return row.find(f"{W}trPr/{W}del") is not None


def declared_header(lines: list[etree._Element]) -> int | None:
    """How many rows at the top are marked as header; None where none is."""
    depth = 0
    for row in lines:
        mark = row.find(f"{W}trPr/{W}tblHeader")
        if mark is None or not on(mark.get(VAL)):
            break
        depth += 1
    return depth or None


def cell_shaded(cell: etree._Element) -> bool:
    """Whether a cell is coloured, so that white text in it is read."""
    return is_shaded(cell.find(f"{W}tcPr/{W}shd"))
