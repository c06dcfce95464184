"""A cell of a table, where a question names its row and its column.

A small model reads the wrong column of a row; the row and the column that a
question names can be found without one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from answer.kind import is_of_kind
from answer.premise import YEAR
from huiwen.types import Citation, Evidence, Span, Statement
from index.features import ASKING
from ingest.normalise import normalise

_ASKS_FIGURE = re.compile(r"(?:多少|几)[^，,。？?]{0,6}[？?。]?$")
_ASKS_CELL = re.compile(
    r"(?:谁|哪[一]?[位名个家]|何时|(?:什么|啥)时[候间]|几月|哪[天月])[^，,。？?]{0,6}[？?。]?$"
)
# What a question may say beside them.
_FILLING = re.compile(r"(?:请问|的|是|为|由|在|有|要|定|于)+")
_COUNT = re.compile(r"[\d.,]+[^年月日号时底前\d]*")
_NUMBERS_ROWS = ("序号", "编号", "No.", "#")
# What is asked of the figures and not for one of them.
_ABOUT_FIGURES = re.compile(
    r"[增减升降涨跌]|最|还有|还剩|超过|比|相差|占|排|第几|合计|一共|总共|平均|各[是为]?多少|分别|新[老旧]|前后"
)
_BRACKETS = re.compile(r"[（(]([^）)]*)[）)]")
_RULE = re.compile(r"^[\s|:：-]+$")
_UNIT_COLUMN = ("单位", "计量单位")
_UNIT = re.compile(r"[%‰\u3400-\u9fff/]{1,8}")
_MARKS = re.compile(r"[\s*_—-]+")
# A table of another year or month has the same rows.
_TIME = re.compile(r"(?:19|20)\d\d年|\d{1,2}月")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class _Row:
    span: Span
    cells: tuple[str, ...]


def look_up(question: str, evidence: Sequence[Evidence]) -> Statement | None:
    """The cell whose row and column ``question`` names, cited with its row.

    None where it names none or several, or asks for what is to be made of the
    figures.
    """
    asked = _bare(normalise(question))
    if (
        not (_ASKS_FIGURE.search(asked) or _ASKS_CELL.search(asked))
        or len(ASKING.findall(asked)) > 1
    ):
        return None
    times = set(_TIME.findall(asked))
    for item in evidence:
        if not times <= set(_TIME.findall(_bare(normalise(item.passage.placed)))):
            continue
        for table in _tables(item.passage.text):
            header, *rows = table
            # The first column may but number the rows.
            label = int(header.cells[0] in _NUMBERS_ROWS)
            named = [row for row in rows if _names(asked, row.cells[label])]
            columns = _columns(asked, header)
            if len(named) == 1 and len(columns) == 1:
                return _statement(asked, item, header, named[0], (label, columns[0]))
    return None


def _statement(
    asked: str, item: Evidence, header: _Row, row: _Row, at: tuple[int, int]
) -> Statement | None:
    """The cell in words; None where it is empty, has no figure or more is asked of it.

    ``at`` are the columns of what names the row and of the cell.
    """
    named, column = at
    if column >= len(row.cells) or not row.cells[column] or column == named:
        return None
    cell = row.cells[column]
    label, head = _core(row.cells[named]), _core(header.cells[column])
    rest = asked.replace(_bare(label), "").replace(_bare(head), "")
    if _ABOUT_FIGURES.search(rest):
        return None
    if _ASKS_FIGURE.search(asked):
        if not _DIGIT.search(cell):
            return None
    # Who, which and when a cell tells only where no more is asked than its row and column.
    elif (
        _COUNT.fullmatch(cell)
        or not is_of_kind(asked, cell, cell)
        or _FILLING.sub("", _ASKS_CELL.sub("", rest))
    ):
        return None
    value = cell + _unit(header, row, column)
    citation = Citation(item.number, item.passage.id, item.passage.document_id, row.span)
    told = [_outside_brackets(header.cells[column]), _outside_brackets(row.cells[named])]
    # A task has its date; of a year it is the figure that is told.
    shown = "".join(reversed(told) if named else told)
    return Statement(f"{shown}：{value}", (citation,))


def _unit(header: _Row, row: _Row, column: int) -> str:
    """The unit that the column for units, the row's or the column's brackets tell."""
    if not _DIGIT.search(row.cells[column][-1:]):
        return ""
    cells = zip(header.cells, row.cells, strict=False)
    told = [cell for head, cell in cells if _bare(head) in _UNIT_COLUMN]
    for cell in (header.cells[column], row.cells[0]):
        told += _BRACKETS.findall(normalise(cell))
    return next((unit for unit in told if _UNIT.fullmatch(unit)), "")


def _columns(asked: str, header: _Row) -> list[int]:
    """The columns that the question names; a year is named by itself."""
    named = [at for at, cell in enumerate(header.cells) if at and _names(asked, cell)]
    years = set(YEAR.findall(asked))
    with_year = [at for at in named if years & set(YEAR.findall(_bare(header.cells[at])))]
    return with_year or named


def _names(asked: str, cell: str) -> bool:
    core = _bare(_core(cell))
    return len(core) > 1 and core in asked


def _core(cell: str) -> str:
    """A cell's words without what stands in brackets, to be compared."""
    return _outside_brackets(normalise(cell))


def _outside_brackets(cell: str) -> str:
    return _BRACKETS.sub("", cell).strip()


def _bare(text: str) -> str:
    return _MARKS.sub("", text)


def _tables(text: str) -> Iterator[list[_Row]]:
    """Rows below one another with a header of as many cells."""
    table: list[_Row] = []
    for line in re.finditer(r"[^\n]+", text):
        if "|" in line[0] and _RULE.match(line[0]):
            continue
        cells = tuple(cell.strip() for cell in line[0].strip().strip("|").split("|"))
        if len(cells) > 1 and (not table or len(cells) == len(table[0].cells)):
            table.append(_Row(Span(line.start(), line.end()), cells))
            continue
        if len(table) > 1:
            yield table
        table = [_Row(Span(line.start(), line.end()), cells)] if len(cells) > 1 else []
    if len(table) > 1:
        yield table
