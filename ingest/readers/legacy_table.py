"""Paragraphs of Word 97-2003 files, and the tables that some of them make up."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.readers.legacy_format import Style
from ingest.readers.legacy_look import Shape

CELL_MARK = "\x07"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph as it stands in the file; ``mark`` ends it."""

    start: int
    end: int
    mark: str
    style: Style
    shape: Shape


@dataclass(slots=True)
class Rows:
    """The table being read: finished rows of cells of paragraphs, and the row begun."""

    rows: list[tuple[Shape, list[list[Paragraph]]]] = field(default_factory=list)
    cells: list[list[Paragraph]] = field(default_factory=list)
    cell: list[Paragraph] = field(default_factory=list)

    def add(self, paragraph: Paragraph) -> None:
        """Take the next paragraph; marks end cells and rows."""
        blank = paragraph.start == paragraph.end and not self.cell
        shape = paragraph.shape
        if paragraph.mark != CELL_MARK:
            self.cell.append(paragraph)
        elif shape.row_end or (not shape.in_table and blank and self.cells):
            self.rows.append((shape, self.cells))
            self.cells = []
        else:
            self.cells.append([*self.cell, paragraph])
            self.cell = []

    def finished(self) -> list[tuple[Shape, list[list[Paragraph]]]]:
        """All rows, the last one even where its end is missing."""
        rest = [*self.cells, self.cell] if self.cell else self.cells
        return [*self.rows, (Shape(), rest)] if rest else self.rows
