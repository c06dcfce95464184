"""Reader of CSV: rows of cells in whatever encoding and with whatever separator."""

from __future__ import annotations

import csv
import io
from collections import Counter

from huiwen.errors import FileTooLargeError, InputError
from huiwen.types import ParagraphKind
from ingest.content import Content, Draft
from ingest.decode import decode
from ingest.readers.table import table_texts

MAX_CELLS = 300_000
_SEPARATORS = ",\t;|，"
_SAMPLE_LINES = 50


def read_delimited(name: str, data: bytes) -> Content:
    """A CSV file as a table; one without a separator is read line by line."""
    text, encoding = decode(name, data)
    separator = _separator(text)
    rows: list[list[str]] = []
    cells = 0
    try:
        for row in csv.reader(io.StringIO(text), delimiter=separator):
            cells += max(1, len(row))
            if cells > MAX_CELLS:
                raise FileTooLargeError(
                    f"文件“{name}”的单元格超过上限 {MAX_CELLS} 个；请拆分后再上传。"
                )
            rows.append(row)
    except csv.Error as error:
        raise InputError(
            f"文件“{name}”不是完好的 CSV（{error}）；请用 Excel 或 WPS 另存为 XLSX 后再上传。"
        ) from error
    draft = Draft()
    if max(map(len, rows), default=0) > 1:
        for table in table_texts(rows):
            draft.add(table, ParagraphKind.TABLE)
    else:
        for row in rows:
            draft.add("".join(row))
    if not draft.blocks:
        raise InputError(f"文件“{name}”里没有文字；请检查是否选错了文件。")
    return Content(draft.text, tuple(draft.blocks), encoding)


def _separator(text: str) -> str:
    """The separator that most lines have equally often."""
    lines = [line for line in text.split("\n", _SAMPLE_LINES)[:_SAMPLE_LINES] if line.strip()]

    def agreement(separator: str) -> tuple[int, int]:
        counts = Counter(line.count(separator) for line in lines)
        counts.pop(0, None)
        number, lines_alike = max(counts.items(), key=lambda item: item[1], default=(0, 0))
        return lines_alike, number

    return max(_SEPARATORS, key=agreement)
