"""The text of a Word 97-2003 file: its header (FIB) and its table of pieces."""

from __future__ import annotations

import codecs
import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from huiwen.errors import InputError, UnsupportedFormatError
from ingest.readers.legacy_container import Container

_MAGIC = 0xA5EC
_OLD_MAGICS = (0xA5DC, 0xA699, 0xA697)
_WORD_97 = 0x00C1
_ENCRYPTED = 0x0100
_SECOND_TABLE = 0x0200
_COMPRESSED = 0x40000000
_PIECES = 2
# Windows-1252; the five bytes it leaves open stand for themselves.
_CHARACTERS = "".join(
    bytes([byte]).decode("cp1252") if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(byte)
    for byte in range(256)
)


@dataclass(frozen=True, slots=True)
class Stories:
    """How many characters each part of the text has, in the order they follow each other."""

    main: int
    footnotes: int
    headers: int
    macros: int
    annotations: int
    endnotes: int
    boxes: int

    def ranges(self) -> Iterator[tuple[int, int]]:
        """Start and end of every part."""
        at = 0
        for length in (
            self.main,
            self.footnotes,
            self.headers,
            self.macros,
            self.annotations,
            self.endnotes,
            self.boxes,
        ):
            yield at, at + length
            at += length


class Header:
    """The FIB: where in the file everything is. Raises InputError for what is not readable."""

    def __init__(self, container: Container) -> None:
        name = container.name
        self.main = container.stream("WordDocument")
        magic, version = struct.unpack_from("<2H", self.main, 0)
        (flags,) = struct.unpack_from("<H", self.main, 10)
        if magic in _OLD_MAGICS or (magic == _MAGIC and version < _WORD_97):
            raise UnsupportedFormatError(
                f"文件“{name}”是 Word 95 或更早的文档；请用 Word 或 WPS 另存为 DOCX 后再上传。"
            )
        if magic != _MAGIC:
            raise ValueError("no Word document")
        if flags & _ENCRYPTED:
            raise InputError(
                f"文件“{name}”带有密码，无法读取；请在 Word 或 WPS 里去掉密码后再上传。"
            )
        self.table = container.stream("1Table" if flags & _SECOND_TABLE else "0Table")
        (words,) = struct.unpack_from("<H", self.main, 32)
        longs_at = 34 + 2 * words
        (longs,) = struct.unpack_from("<H", self.main, longs_at)
        counts = struct.unpack_from("<7i", self.main, longs_at + 2 + 12)
        if min(counts) < 0:
            raise ValueError("negative length")
        self.stories = Stories(*counts)
        self._pairs_at = longs_at + 2 + 4 * longs + 2

    def part(self, index: int) -> bytes:
        """The ``index``-th part of the table stream; empty where the file has none."""
        at, length = self.extent(index)
        return self.table[at : at + length]

    def extent(self, index: int) -> tuple[int, int]:
        """Where that part begins in the table stream and how long it is."""
        at, length = struct.unpack_from("<2I", self.main, self._pairs_at + 8 * index)
        if at + length > len(self.table):
            raise ValueError("part outside of its stream")
        return at, length


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters ``start`` to ``end`` of the text stand at byte ``at``, ``width`` bytes each."""

    start: int
    end: int
    at: int
    width: int


class Pieces:
    """The text by character position, and the byte each character stands at.

    A character here is a UTF-16 unit, as the file counts them: ``text`` has
    the halves of a surrogate pair apart. ``joined`` puts them together.
    """

    def __init__(self, main: bytes, clx: bytes) -> None:
        self._pieces = list(_pieces(clx))
        if sum(piece.end - piece.start for piece in self._pieces) > len(main):
            # Pieces never share bytes, so more text than bytes is a bomb.
            raise ValueError("more text than bytes")
        self._starts = [piece.start for piece in self._pieces]
        self.text = "".join(_characters(main, piece) for piece in self._pieces)

    def place(self, character: int) -> int:
        """Byte of the main stream at which a character stands."""
        piece = self._pieces[max(bisect_right(self._starts, character) - 1, 0)]
        return piece.at + (character - piece.start) * piece.width

    def stretches(self, start: int, end: int) -> Iterator[Piece]:
        """The parts of the pieces that make up characters ``start`` to ``end``."""
        at = max(bisect_right(self._starts, start) - 1, 0)
        for number in range(at, len(self._pieces)):
            piece = self._pieces[number]
            if piece.start >= end:
                return
            first = max(piece.start, start)
            offset = (first - piece.start) * piece.width
            yield Piece(first, min(piece.end, end), piece.at + offset, piece.width)


def joined(text: str) -> str:
    """Surrogate pairs made one character each; halves without their other half replaced."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _pieces(clx: bytes) -> Iterator[Piece]:
    at = 0
    while clx[at] != _PIECES:
        # Property lists of fast-saved files come first.
        at += 3 + int.from_bytes(clx[at + 1 : at + 3], "little")
    (length,) = struct.unpack_from("<I", clx, at + 1)
    table = clx[at + 5 : at + 5 + length]
    count = (len(table) - 4) // 12
    bounds = struct.unpack_from(f"<{count + 1}I", table, 0)
    for number in range(count):
        start, end = bounds[number], bounds[number + 1]
        if start >= end or (number == 0 and start):
            raise ValueError("pieces out of order")
        (place,) = struct.unpack_from("<I", table, 4 * (count + 1) + 8 * number + 2)
        if place & _COMPRESSED:
            yield Piece(start, end, (place & ~_COMPRESSED) // 2, 1)
        else:
            yield Piece(start, end, place, 2)


def _characters(main: bytes, piece: Piece) -> str:
    length = piece.end - piece.start
    data = main[piece.at : piece.at + length * piece.width]
    if len(data) != length * piece.width:
        raise ValueError("piece outside of the stream")
    if piece.width == 1:
        return codecs.charmap_decode(data, "strict", _CHARACTERS)[0]
    text = data.decode("utf-16-le", "surrogatepass")
    if len(text) == length:
        return text
    return "".join(map(chr, struct.unpack(f"<{length}H", data)))
