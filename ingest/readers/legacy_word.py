"""Reader of Word 97–2003 files (DOC), which is what WPS Writer's WPS files are too."""

from __future__ import annotations

import io
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass

import olefile

from huiwen.errors import InputError, UnsupportedFormatError
from huiwen.types import ParagraphKind
from ingest.content import Content, Draft
from ingest.readers.legacy_text import Char, LegacyText
from ingest.readers.outline import Item, settled
from ingest.readers.table import table_texts

# What olefile raises on damaged containers, found by fuzzing.
_BROKEN = (OSError, ValueError, IndexError, TypeError, AttributeError, KeyError, OverflowError,
           RecursionError)  # fmt: skip
_PARAGRAPH, _CELL, _LINE, _PAGE, _COLUMN = "\r", "\x07", "\x0b", "\x0c", "\x0e"
_FIELD_BEGIN, _FIELD_RESULT, _FIELD_END = "\x13", "\x14", "\x15"
_HYPHENS = {"\x1e": "-", "\x1f": ""}
_TITLE_STYLE = 62
_FOREIGN = {
    "Workbook": ("旧版 Excel 工作簿", "XLSX"),
    "Book": ("旧版 Excel 工作簿", "XLSX"),
    "PowerPoint Document": ("旧版 PowerPoint 演示文稿", "PPTX"),
}


@dataclass(slots=True)
class _Run:
    """Characters up to a mark that ends a paragraph or a cell."""

    text: str
    mark: str
    style: int
    in_table: bool
    row_end: bool


def read_legacy_word(name: str, data: bytes) -> Content:
    """A DOC or WPS file; raises InputError kinds for damaged, locked or foreign ones."""
    document, tables = _streams(name, data)
    text = LegacyText(name, document, tables)
    draft = Draft()
    hidden = _Hidden()
    items = list(_items(_runs(text.main(), hidden)))
    for item in settled(items):
        draft.add(item.text, item.kind or ParagraphKind.BODY, item.level)
    for run in _runs(text.text_boxes(), hidden):
        draft.add(run.text)
    for run in _runs(text.notes(), hidden):
        draft.add(run.text, ParagraphKind.NOTE)
    if not draft.blocks:
        raise InputError(f"文件“{name}”里没有文字；若内容是图片，请导出为 PDF 后上传。")
    warnings = []
    if hidden.count:
        warnings.append(f"文件“{name}”有 {hidden.count} 处隐藏文字，没有收录。")
    return Content(
        draft.text,
        tuple(draft.blocks),
        dropped=sum(bool(run.text.strip()) for run in _runs(text.headers(), _Hidden())),
        hidden=hidden.count,
        warnings=tuple(warnings),
    )


def _streams(name: str, data: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The main stream and the table streams there are."""
    try:
        with olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_FATAL) as container:
            names = {"/".join(entry): entry for entry in container.listdir(streams=True)}
            if "WordDocument" not in names:
                raise _foreign(name, names.keys())
            main = container.openstream("WordDocument").read()
            tables: dict[str, bytes] = {
                table: container.openstream(table).read()
                for table in ("0Table", "1Table")
                if table in names
            }
    except _BROKEN as error:
        raise InputError(
            f"文件“{name}”已损坏（{error}）；请用 Word 或 WPS 打开并另存为 DOCX 后再上传。"
        ) from error
    return main, tables


def _foreign(name: str, names: Container[str]) -> InputError:
    for stream, (kind, target) in _FOREIGN.items():
        if stream in names:
            return UnsupportedFormatError(f"文件“{name}”是{kind}；请另存为 {target} 后再上传。")
    if "EncryptedPackage" in names:
        return InputError(f"文件“{name}”设有密码；请去掉密码后再上传。")
    return UnsupportedFormatError(f"文件“{name}”不是 Word 或 WPS 文档；请另存为 DOCX 后再上传。")


class _Hidden:
    """Counts stretches of hidden text."""

    def __init__(self) -> None:
        self.count = 0
        self._inside = False

    def shows(self, char: Char) -> bool:
        if char.hidden and not self._inside and char.text.strip():
            self.count += 1
        self._inside = char.hidden
        return not char.hidden


def _runs(chars: Iterator[Char], hidden: _Hidden) -> Iterator[_Run]:
    """Paragraphs and cells; of fields the result, of everything else what can be read."""
    text: list[str] = []
    depth: list[bool] = []  # of each open field, whether its result has begun
    for char in chars:
        symbol = char.text
        if symbol == _FIELD_BEGIN:
            depth.append(False)
        elif symbol == _FIELD_RESULT and depth:
            depth[-1] = True
        elif symbol == _FIELD_END:
            if depth:
                depth.pop()
        elif symbol in (_PARAGRAPH, _CELL, _PAGE):
            yield _Run(_clean(text), symbol, char.style, char.in_table, char.row_end)
            text.clear()
        elif all(depth) and not char.deleted and hidden.shows(char):
            text.append(_HYPHENS.get(symbol, symbol))
    if text:
        yield _Run(_clean(text), _PARAGRAPH, 0, in_table=False, row_end=False)


def _clean(text: list[str]) -> str:
    whole = "".join(text).replace(_LINE, "\n").replace(_COLUMN, "\n").replace("\xa0", " ")
    return re.sub(r"[\x00-\x08\x0c-\x1f\ufffc]", "", whole)


def _items(runs: Iterator[_Run]) -> Iterator[Item]:
    rows: list[list[str]] = []
    row: list[str] = []
    cell: list[str] = []
    for run in runs:
        if run.row_end:
            rows.append(row)
            row = []
        elif run.mark == _CELL:
            row.append(" ".join((*cell, run.text)))
            cell = []
        elif run.in_table:
            cell.append(run.text)
        else:
            yield from _table([*rows, row])
            rows, row = [], []
            if text := run.text.strip():
                yield _item(text, run.style)
    yield from _table([*rows, [*row, *cell]])


def _table(rows: list[list[str]]) -> Iterator[Item]:
    return (Item(text, ParagraphKind.TABLE) for text in table_texts(rows))


def _item(text: str, style: int) -> Item:
    if style == _TITLE_STYLE:
        return Item(text, ParagraphKind.TITLE)
    if 1 <= style <= 9:
        return Item(text, ParagraphKind.HEADING, style)
    return Item(text)
