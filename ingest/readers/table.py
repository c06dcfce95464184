"""Tables as text: a line a row, and the header with every group of rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

SEPARATOR = " | "
# A group of rows is one passage, so it stays below the length of one.
GROUP_CHARS = 280
_HEADER_CELL_CHARS = 25
_FIGURE = re.compile(r"[-+]?[\d,.]+%?$|\d{4}[-/年]\d{1,2}")
_SPACE = re.compile(r"\s+")


def table_texts(rows: Sequence[Sequence[str]], header: int | None = None) -> Iterator[str]:
    """Rows of cells as the texts of one or more TABLE blocks.

    ``header`` is how many rows at the top are one; None lets the cells tell. A
    table too long for one passage becomes several texts, each beginning with
    the header, so that every row is understood alone.
    """
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    depth = header_rows(rows) if header is None else min(header, max(len(rows) - 1, 0))
    head = [line(row) for row in rows[:depth]]
    used = sum(map(len, head))
    group, size = list(head), used
    for row in rows[depth:]:
        text = line(row)
        if len(group) > len(head) and size + len(text) > GROUP_CHARS:
            yield "\n".join(group)
            group, size = list(head), used
        group.append(text)
        size += len(text)
    if group:
        yield "\n".join(group)


def line(row: Sequence[str]) -> str:
    """A row as one line; empty cells at its end are left out."""
    cells = [_SPACE.sub(" ", cell).strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return SEPARATOR.join(cells)


def header_rows(rows: Sequence[Sequence[str]]) -> int:
    """1 where the first row names the columns: short words, all different, no figures."""
    if len(rows) < 2:
        return 0
    cells = [cell.strip() for cell in rows[0]]
    named = [cell for cell in cells if cell]
    names = (
        len(named) >= 2
        and len(named) >= len(cells) - 1
        and len(set(named)) == len(named)
        and all(len(cell) <= _HEADER_CELL_CHARS and not _FIGURE.match(cell) for cell in named)
    )
    # Forms ("时间 | 3月18日") have a label in the first column instead of a header.
    return 1 if names and (len(cells) > 2 or len(rows) > 3) else 0
