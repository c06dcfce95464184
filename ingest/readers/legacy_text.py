"""The text of a Word 97–2003 file: its pieces in order, with what each character looks like.

After the published specification [MS-DOC]; names of structures are its own.
"""

from __future__ import annotations

import bisect
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from huiwen.errors import InputError

_MAGIC = 0xA5EC
_WORD_97 = 0x00C1
_ENCRYPTED, _TABLE_1 = 0x0100, 0x0200
# Pairs of FibRgFcLcb97 by their index.
_CHPX, _PAPX, _CLX = 12, 13, 33
_PAGE = 512
_MAX_CHARS = 20_000_000
_MAX_PAGES = 200_000
# sprms, [MS-DOC] 2.6.1 and 2.6.2.
_VANISH, _DELETED, _SIZE, _COLOUR_INDEX, _COLOUR = 0x083C, 0x0800, 0x4A43, 0x2A42, 0x6870
_IN_TABLE, _TABLE_ROW_END = 0x2416, 0x2417
_OPERAND = {0: 1, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2, 7: 3}
_WHITE_INDEX = 8
# Bytes 0x80 to 0x9F of compressed pieces, [MS-DOC] 2.9.73: as in Windows-1252.
_COMPRESSED = "cp1252"


@dataclass(frozen=True, slots=True)
class Char:
    """A character; ``style`` is its paragraph's istd, known at the mark that ends it."""

    text: str
    hidden: bool
    deleted: bool
    style: int
    in_table: bool
    row_end: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    offset: int
    compressed: bool


@dataclass(frozen=True, slots=True)
class _Look:
    hidden: bool = False
    deleted: bool = False


class LegacyText:
    """Gives the characters of each part of the document; raises InputError where it cannot."""

    def __init__(self, name: str, document: bytes, tables: Mapping[str, bytes]) -> None:
        self._name = name
        self._document = document
        try:
            self._read_fib(tables)
        except (struct.error, IndexError, ValueError) as error:
            raise self._damaged() from error

    def main(self) -> Iterator[Char]:
        return self._part(0, self._counts[0])

    def notes(self) -> Iterator[Char]:
        text, foot, head, notes, end, *_ = self._counts
        yield from self._part(text, foot)
        yield from self._part(text + foot + head + notes, end)

    def headers(self) -> Iterator[Char]:
        text, foot, head, *_ = self._counts
        return self._part(text + foot, head)

    def text_boxes(self) -> Iterator[Char]:
        *before, boxes = self._counts
        return self._part(sum(before), boxes)

    def _damaged(self) -> InputError:
        return InputError(
            f"文件“{self._name}”已损坏；请用 Word 或 WPS 打开并另存为 DOCX 后再上传。"
        )

    def _read_fib(self, tables: Mapping[str, bytes]) -> None:
        data = self._document
        magic, version = struct.unpack_from("<HH", data, 0)
        (flags,) = struct.unpack_from("<H", data, 0x0A)
        if magic != _MAGIC or version < _WORD_97:
            raise InputError(
                f"文件“{self._name}”是 Word 97 之前的格式或已损坏；"
                "请用 Word 或 WPS 另存为 DOCX 后再上传。"
            )
        if flags & _ENCRYPTED:
            raise InputError(f"文件“{self._name}”设有密码；请去掉密码后再上传。")
        (words,) = struct.unpack_from("<H", data, 0x20)
        longs_at = 0x22 + 2 * words
        (longs,) = struct.unpack_from("<H", data, longs_at)
        counts = struct.unpack_from("<7i", data, longs_at + 2 + 12)
        text, foot, head, _, notes, end, boxes = counts
        self._counts = (text, foot, head, notes, end, boxes)
        if min(self._counts) < 0 or sum(self._counts) > _MAX_CHARS:
            raise ValueError("lengths of the parts make no sense")
        self._pairs_at = longs_at + 2 + 4 * longs + 2
        table = tables.get("1Table" if flags & _TABLE_1 else "0Table")
        if table is None:
            raise ValueError("no table stream")
        self._pieces = _pieces(self._slice(table, _CLX))
        self._starts = [piece.start for piece in self._pieces]
        self._looks = _Ranges(self._character_looks(table))
        self._ends = dict(self._paragraph_ends(table))

    def _slice(self, table: bytes, pair: int) -> bytes:
        offset, length = struct.unpack_from("<II", self._document, self._pairs_at + 8 * pair)
        return table[offset : offset + length]

    def _part(self, start: int, length: int) -> Iterator[Char]:
        stop = start + length
        at = max(0, bisect.bisect_right(self._starts, start) - 1)
        for piece in self._pieces[at:]:
            low, high = max(start, piece.start), min(stop, piece.end)
            if low < high:
                yield from self._chars(piece, low, high)

    def _chars(self, piece: _Piece, low: int, high: int) -> Iterator[Char]:
        width = 1 if piece.compressed else 2
        offset = piece.offset + (low - piece.start) * width
        raw = self._document[offset : offset + (high - low) * width]
        text = raw.decode(_COMPRESSED if piece.compressed else "utf-16-le", "replace")
        if not piece.compressed and len(text) != len(raw) // 2:
            # Characters beyond the first plane take two units: keep one place for each.
            units = (raw[n : n + 2] for n in range(0, len(raw), 2))
            text = "".join(unit.decode("utf-16-le", "replace") for unit in units)
        for count, symbol in enumerate(text):
            at = offset + count * width
            look = self._looks.at(at)
            end = self._ends.get(at + width, (0, False, False))
            yield Char(symbol, look.hidden, look.deleted, *end)

    def _pages(self, table: bytes, pair: int) -> Iterator[bytes]:
        """Formatted disk pages that a PlcBte lists."""
        plc = self._slice(table, pair)
        count = min((len(plc) - 4) // 8, _MAX_PAGES)
        for at in range(count):
            (number,) = struct.unpack_from("<I", plc, 4 * (count + 1) + 4 * at)
            page = self._document[(number & 0x3FFFFF) * _PAGE :][:_PAGE]
            if len(page) == _PAGE:
                yield page

    def _character_looks(self, table: bytes) -> Iterator[tuple[int, int, _Look]]:
        for page in self._pages(table, _CHPX):
            count = page[-1]
            edges = struct.unpack_from(f"<{count + 1}I", page)
            for at in range(count):
                where = page[4 * (count + 1) + at] * 2
                if where:
                    look = _look(page[where + 1 : where + 1 + page[where]])
                    if look.hidden or look.deleted:
                        yield edges[at], edges[at + 1], look

    def _paragraph_ends(self, table: bytes) -> Iterator[tuple[int, tuple[int, bool, bool]]]:
        """Where paragraphs end in the file: style, whether in a table, whether a row's end."""
        for page in self._pages(table, _PAPX):
            count = page[-1]
            edges = struct.unpack_from(f"<{count + 1}I", page)
            for at in range(count):
                where = page[4 * (count + 1) + 13 * at] * 2
                if not where or where + 2 > len(page):
                    continue
                length = page[where] * 2 - 1
                begin = where + 1
                if page[where] == 0:
                    length, begin = page[where + 1] * 2, where + 2
                body = page[begin : begin + length]
                if len(body) >= 2:
                    sprms = dict(_sprms(body[2:]))
                    flags = (sprms.get(sprm) == b"\1" for sprm in (_IN_TABLE, _TABLE_ROW_END))
                    yield edges[at + 1], (int.from_bytes(body[:2], "little"), *flags)  # type: ignore[misc]


class _Ranges:
    """Looks of stretches of the file; what no stretch covers looks plain."""

    def __init__(self, ranges: Iterator[tuple[int, int, _Look]]) -> None:
        self._ranges = sorted(ranges, key=lambda one: one[0])
        self._starts = [start for start, *_ in self._ranges]
        self._plain = _Look()

    def at(self, offset: int) -> _Look:
        found = bisect.bisect_right(self._starts, offset) - 1
        if found >= 0 and offset < self._ranges[found][1]:
            return self._ranges[found][2]
        return self._plain


def _look(grpprl: bytes) -> _Look:
    sprms = dict(_sprms(grpprl))
    white = sprms.get(_COLOUR, b"")[:4] == b"\xff\xff\xff\0"
    white = white or sprms.get(_COLOUR_INDEX, b"")[:1] == bytes([_WHITE_INDEX])
    size = int.from_bytes(sprms.get(_SIZE, b"\x18\0")[:2], "little")
    vanish = sprms.get(_VANISH, b"\0")[:1] in (b"\1", b"\x81")
    return _Look(vanish or white or size <= 2, sprms.get(_DELETED, b"\0")[:1] == b"\1")


def _sprms(grpprl: bytes) -> Iterator[tuple[int, bytes]]:
    """Properties as ``(opcode, operand)``."""
    at = 0
    while at + 2 <= len(grpprl):
        opcode = int.from_bytes(grpprl[at : at + 2], "little")
        at += 2
        kind = opcode >> 13
        if kind in _OPERAND:
            length = _OPERAND[kind]
        elif at < len(grpprl):
            length = grpprl[at] + 1
        else:
            return
        yield opcode, grpprl[at : at + length]
        at += length


def _pieces(clx: bytes) -> list[_Piece]:
    """The piece table; raises ValueError where there is none."""
    at = 0
    while at < len(clx) and clx[at] == 1:
        at += 3 + int.from_bytes(clx[at + 1 : at + 3], "little")
    if at >= len(clx) or clx[at] != 2:
        raise ValueError("no piece table")
    (length,) = struct.unpack_from("<I", clx, at + 1)
    table = clx[at + 5 : at + 5 + length]
    count = (len(table) - 4) // 12
    if count < 1:
        raise ValueError("empty piece table")
    edges = struct.unpack_from(f"<{count + 1}I", table)
    pieces = []
    for number in range(count):
        (fc,) = struct.unpack_from("<I", table, 4 * (count + 1) + 8 * number + 2)
        compressed = bool(fc & 0x40000000)
        offset = (fc & 0x3FFFFFFF) // 2 if compressed else fc & 0x3FFFFFFF
        if edges[number] > edges[number + 1]:
            raise ValueError("pieces out of order")
        pieces.append(_Piece(edges[number], edges[number + 1], offset, compressed))
    return pieces
