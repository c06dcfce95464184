"""Reader of DOC and WPS: Word 97-2003 files, their text in the order a reader sees."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from huiwen.errors import InputError
from huiwen.types import ParagraphKind
from ingest.content import Content, Draft
from ingest.readers.legacy_container import DEFECTS, Container, damaged
from ingest.readers.legacy_field import Code, field_code
from ingest.readers.legacy_format import Styles, character_runs, paragraph_runs
from ingest.readers.legacy_look import Shape, looked, shaped
from ingest.readers.legacy_numbering import numbering
from ingest.readers.legacy_pieces import Header, Pieces, joined
from ingest.readers.legacy_table import CELL_MARK, Paragraph, Rows
from ingest.readers.outline import Item, settled
from ingest.readers.table import line, table_texts

_PIECE_TABLE = 33
_NOTE_MARK = "\x02"
_PARAGRAPH = re.compile(r"[^\r\x07\x0c]*(?:[\r\x07\x0c]|$)")
_PICTURES = "\x01\x08"
_SYMBOL = "("
_SHOWN = str.maketrans(
    {"\x0b": "\n", "\x0e": "\n", "\x1e": "-", "\x1f": None, "\t": "\t", "\xa0": "\xa0"}
    | {chr(code): None for code in range(32) if code not in (9, 10, 11, 14, 30)}
)
_BREAKS = re.compile(r"\s*\n\s*")
_TITLE_CHARS = 80
_COLUMNS = 200
# A file of pictures with a few words is a scan, and its reader should know.
_CHARS_PER_PICTURE = 100
_PRIVATE = range(0xE000, 0xF900)
_SURROGATES = range(0xD800, 0xE000)
_TITLE, _SUBTITLE, _CAPTION = 62, 74, 34
_CONTENTS = range(19, 28)
_HEADINGS = range(1, 10)
_ROLES = {
    _TITLE: ParagraphKind.TITLE,
    _SUBTITLE: ParagraphKind.BYLINE,
    _CAPTION: ParagraphKind.CAPTION,
}


def read_legacy_word(name: str, data: bytes) -> Content:
    """A Word 97-2003 file. Hidden text, deletions, comments, running heads are not part of it."""
    container = Container(name, data)
    try:
        return _Reader(name, Header(container)).content()
    except DEFECTS as error:
        raise damaged(name) from error


class _Reader:
    def __init__(self, name: str, header: Header) -> None:
        self._name = name
        self._pieces = Pieces(header.main, header.part(_PIECE_TABLE))
        self._styles = Styles(header)
        self._characters = character_runs(header)
        self._paragraphs = paragraph_runs(header)
        self._numbering = numbering(header)
        self._stories = list(header.stories.ranges())
        self._text = self._pieces.text
        if self._stories[-1][1] > len(self._text):
            raise ValueError("stories longer than the text")
        self._items: list[Item] = []
        self._carried = ""
        self._dropped = 0
        self._hidden = 0
        self._pictures = 0

    def content(self) -> Content:
        main, footnotes, headers, _, _, endnotes, boxes = self._stories
        self._body(*main)
        self._notes(*footnotes)
        self._notes(*endnotes)
        at = len(self._items)
        self._body(*boxes)
        self._items[at:] = [
            replace(item, kind=item.kind or ParagraphKind.BODY) for item in self._items[at:]
        ]
        self._dropped += self._margin_lines(*headers)
        draft = Draft()
        for item in settled(self._items):
            draft.add(item.text, item.kind or ParagraphKind.BODY, item.level)
        if not draft.blocks:
            raise InputError(
                f"文件“{self._name}”里没有文字；"
                "若内容是图片，请导出为 PDF 或图片后上传，以便识别文字。"
            )
        return Content(
            draft.text,
            tuple(draft.blocks),
            dropped=self._dropped,
            hidden=self._hidden,
            warnings=tuple(self._warnings(len(draft.text))),
        )

    def _warnings(self, characters: int) -> Iterator[str]:
        if self._hidden:
            yield (
                f"文件“{self._name}”有 {self._hidden} 处隐藏文字（设为隐藏、白色或极小字号），"
                "没有收录；若属正文，请取消隐藏后重新上传。"
            )
        if self._pictures * _CHARS_PER_PICTURE > characters:
            yield (
                f"文件“{self._name}”以图片为主（{self._pictures} 幅），图片里的文字没有收录；"
                "请导出为 PDF 后上传，以便识别文字。"
            )

    def _split(self, start: int, end: int) -> Iterator[Paragraph]:
        end = min(end, len(self._text))
        while start < end:
            match = _PARAGRAPH.match(self._text, start, end)
            stop = match.end() if match else end
            mark = self._text[stop - 1]
            if mark not in "\r\x07\x0c":
                mark = ""
            runs = self._paragraphs.at(self._pieces.place(stop - 1))
            style = self._styles.paragraph(int.from_bytes(runs[:2], "little"))
            shape = shaped(style.shape, runs[2:])
            yield Paragraph(start, stop - len(mark), mark, style, shape)
            start = stop

    def _body(self, start: int, end: int) -> None:
        """A story with tables."""
        code = field_code(self._text[start:end], start)
        rows = Rows()
        for paragraph in self._split(start, end):
            if paragraph.shape.in_table or paragraph.mark == CELL_MARK:
                rows.add(paragraph)
                continue
            self._table(rows, code)
            rows = Rows()
            self._paragraph(paragraph, code)
        self._table(rows, code)
        if self._carried.strip():
            self._items.append(Item(self._carried.strip()))
        self._carried = ""

    def _paragraph(self, paragraph: Paragraph, code: Code, *, shaded: bool = False) -> None:
        text, hidden = self._read(paragraph, code, shaded=shaded)
        text = self._carried + text
        self._carried = ""
        if paragraph.mark == "\r" and self._mark_deleted(paragraph):
            self._carried = text
            return
        if text.strip() or not (hidden or paragraph.mark == "\x0c"):
            label = self._label(paragraph.shape)
            text = label + text.lstrip() if text.strip() else ""
        if paragraph.style.built_in in _CONTENTS:
            self._dropped += bool(text.strip())
        else:
            self._items.extend(_told(text, paragraph))

    def _label(self, shape: Shape) -> str:
        if not shape.list_number:
            return ""
        return self._numbering.label(str(shape.list_number), shape.indent)

    def _mark_deleted(self, paragraph: Paragraph) -> bool:
        changes = self._characters.at(self._pieces.place(paragraph.end))
        return looked(paragraph.style.look, changes).deleted

    def _read(self, paragraph: Paragraph, code: Code, *, shaded: bool) -> tuple[str, bool]:
        """What is seen of a paragraph, and whether part of it is hidden."""
        shaded = shaded or paragraph.shape.shaded
        shown: list[str] = []
        hidden = was_hidden = False
        for text, changes in self._stretches(paragraph, code):
            look = looked(paragraph.style.look, changes)
            if look.deleted:
                continue
            self._pictures += sum(text.count(mark) for mark in _PICTURES)
            if text == _SYMBOL and look.symbol:
                text = _symbol(look.symbol)
            text = joined(text).translate(_SHOWN)
            if not look.hidden(shaded=shaded):
                shown.append(text)
                was_hidden = was_hidden and not text.strip()
            elif text.strip():
                self._hidden += not was_hidden
                hidden = was_hidden = True
        return "".join(shown), hidden

    def _stretches(self, paragraph: Paragraph, code: Code) -> Iterator[tuple[str, bytes]]:
        """Text of one look, without the code of fields."""
        for piece in self._pieces.stretches(paragraph.start, paragraph.end):
            start = piece.start
            while start < piece.end:
                place = piece.at + (start - piece.start) * piece.width
                length = -(-(self._characters.until(place) - place) // piece.width)
                end = min(start + max(length, 1), piece.end)
                yield code.without(self._text, start, end), self._characters.at(place)
                start = end

    def _table(self, table: Rows, code: Code) -> None:
        rows = table.finished()
        if max((len(cells) for _, cells in rows), default=0) <= 1:
            # One column is a frame around text, not a table.
            for shape, cells in rows:
                for cell in cells:
                    for paragraph in cell:
                        self._paragraph(paragraph, code, shaded=shape.row_shaded)
            return
        grid: list[list[str]] = []
        above: list[str] = []
        for shape, cells in rows:
            texts = [self._cell(cell, code, shape) for cell in cells[:_COLUMNS]]
            for column in shape.merged:
                if column < min(len(texts), len(above)) and not texts[column]:
                    # What is merged downwards is said in every row.
                    texts[column] = above[column]
            grid.append(texts)
            above = texts
        depth = 0
        while depth < len(rows) and rows[depth][0].header:
            depth += 1
        texts_ = table_texts(grid, depth or None)
        self._items.extend(Item(text, ParagraphKind.TABLE) for text in texts_)

    def _cell(self, cell: Sequence[Paragraph], code: Code, row: Shape) -> str:
        texts: list[str] = []
        for paragraph in cell:
            text = self._read(paragraph, code, shaded=row.row_shaded)[0].strip()
            texts.append(self._label(paragraph.shape) + text if text else "")
        return line([" ".join(filter(None, texts))])

    def _notes(self, start: int, end: int) -> None:
        """Foot- or endnotes; each begins with its mark and may have several paragraphs."""
        code = field_code(self._text[start:end], start)
        notes: list[str] = []
        for paragraph in self._split(start, end):
            text = line([self._read(paragraph, code, shaded=False)[0]])
            if _NOTE_MARK in self._text[paragraph.start : paragraph.end] or not notes:
                notes.append(text)
            elif text:
                notes[-1] = f"{notes[-1]} {text}".strip()
        self._items.extend(Item(note, ParagraphKind.NOTE) for note in notes if note)

    def _margin_lines(self, start: int, end: int) -> int:
        """How many paragraphs running heads and feet have."""
        hidden, pictures = self._hidden, self._pictures
        code = field_code(self._text[start:end], start)
        lines = sum(
            bool(self._read(paragraph, code, shaded=False)[0].strip())
            for paragraph in self._split(start, end)
        )
        self._hidden, self._pictures = hidden, pictures
        return lines


def _told(text: str, paragraph: Paragraph) -> Iterator[Item]:
    align = paragraph.shape.align
    kind, level = _kind(paragraph)
    if kind is None and not (align == "center" and len(text) <= _TITLE_CHARS):
        # A line break parts paragraphs in files made from web pages and by hand.
        for piece in text.split("\n"):
            if piece.strip():
                aside = align == "right" or piece.startswith("•")
                yield Item(piece.strip(), aside=aside)
    elif text.strip():
        yield Item(_BREAKS.sub("", text.strip()), kind, level, centred=align == "center")


def _kind(paragraph: Paragraph) -> tuple[ParagraphKind | None, int]:
    built_in, outline = paragraph.style.built_in, paragraph.shape.outline
    if built_in in _ROLES:
        return _ROLES[built_in], 0
    if outline < len(_HEADINGS):
        return ParagraphKind.HEADING, outline + 1
    return (ParagraphKind.HEADING, built_in) if built_in in _HEADINGS else (None, 0)


def _symbol(code: int) -> str:
    """A character of a symbol font, where it is one of Unicode's."""
    return "" if code in _PRIVATE or code in _SURROGATES or code < 32 else chr(code)
