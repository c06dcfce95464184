"""Where the formatting of a Word 97-2003 file is: pages of runs, and the style sheet."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

from ingest.readers.legacy_look import Look, Shape, looked, shaped
from ingest.readers.legacy_pieces import Header

_PAGE = 512
_PAGE_NUMBER = 0x3FFFFF
_STYLE_SHEET, _CHARACTER_RUNS, _PARAGRAPH_RUNS = 1, 12, 13
_NO_STYLE = 0xFFF
_PARAGRAPH_STYLE = 1
_STYLES = 4096
# A thousand pages have a tenth of this.
_RUNS = 1_000_000
# Styles are based on styles; no honest file goes deeper.
_DEPTH = 12
_SHAPE, _LOOK = Shape(), Look()


class Runs:
    """Formatting by the byte it begins at, gathered from the pages of one kind."""

    def __init__(self, header: Header, part: int, read: Callable[[bytes, int], bytes]) -> None:
        index = header.part(part)
        count = max(len(index) - 4, 0) // 8
        numbers = struct.unpack_from(f"<{count}I", index, 4 * (count + 1))
        self._main, self._read = header.main, read
        runs: dict[int, tuple[int, int]] = {}
        # A page is read once, however often it is pointed to.
        for number in dict.fromkeys(number & _PAGE_NUMBER for number in numbers):
            page = header.main[number * _PAGE : (number + 1) * _PAGE]
            if len(page) < _PAGE:
                continue
            length = page[-1]
            if 4 * (length + 1) >= _PAGE:
                continue
            bounds = struct.unpack_from(f"<{length + 1}I", page, 0)
            for run in range(length):
                runs[bounds[run]] = (number, run)
            if len(runs) > _RUNS:
                raise ValueError("too many runs")
        self._starts = sorted(runs)
        self._values = [runs[start] for start in self._starts]

    def at(self, place: int) -> bytes:
        """The formatting of the byte at ``place``."""
        number = bisect_right(self._starts, place) - 1
        if number < 0:
            return b""
        page, run = self._values[number]
        return self._read(self._main[page * _PAGE : (page + 1) * _PAGE], run)

    def until(self, place: int) -> int:
        """Where the run that holds ``place`` ends; 2**32 where nothing follows."""
        number = bisect_right(self._starts, place)
        return self._starts[number] if number < len(self._starts) else 2**32


def character_runs(header: Header) -> Runs:
    """The changes of every run of characters."""
    return Runs(header, _CHARACTER_RUNS, _character)


def paragraph_runs(header: Header) -> Runs:
    """The style number (two bytes) and changes of every paragraph."""
    return Runs(header, _PARAGRAPH_RUNS, _paragraph)


def _character(page: bytes, run: int) -> bytes:
    at = 2 * page[4 * (page[-1] + 1) + run]
    return page[at + 1 : at + 1 + page[at]] if at else b""


def _paragraph(page: bytes, run: int) -> bytes:
    at = 2 * page[4 * (page[-1] + 1) + 13 * run]
    if not at:
        return b""
    if page[at]:
        return page[at + 1 : at + 2 * page[at]]
    return page[at + 2 : at + 2 + 2 * page[at + 1]]


@dataclass(frozen=True, slots=True)
class Style:
    """A style with all it inherits; ``built_in`` is the number Word knows it by."""

    built_in: int = _NO_STYLE
    shape: Shape = _SHAPE
    look: Look = _LOOK


@dataclass(frozen=True, slots=True)
class _Record:
    built_in: int
    base: int
    shape: bytes
    look: bytes


class Styles:
    """The style sheet; what it lacks is the plain style."""

    def __init__(self, header: Header) -> None:
        self._records = _records(header.part(_STYLE_SHEET))
        self._known: dict[int, Style] = {}

    def paragraph(self, number: int) -> Style:
        """The style of that number."""
        if number not in self._known:
            self._known[number] = self._resolved(number)
        return self._known[number]

    def _resolved(self, number: int) -> Style:
        chain: list[_Record] = []
        while len(chain) < _DEPTH and (record := self._records.get(number)) is not None:
            chain.append(record)
            number = record.base
        shape, look = Shape(), Look()
        for record in reversed(chain):
            shape, look = shaped(shape, record.shape), looked(look, record.look)
        return Style(chain[0].built_in if chain else _NO_STYLE, shape, look)


def _records(sheet: bytes) -> dict[int, _Record]:
    found: dict[int, _Record] = {}
    if len(sheet) < 6:
        return found
    head, count, fixed = struct.unpack_from("<3H", sheet, 0)
    at = 2 + head
    for number in range(min(count, _STYLES)):
        if at + 2 > len(sheet):
            break
        (length,) = struct.unpack_from("<H", sheet, at)
        record = sheet[at + 2 : at + 2 + length]
        at += 2 + length
        if len(record) > fixed + 2 and fixed >= 10:
            found[number] = _record(record, fixed)
    return found


def _record(record: bytes, fixed: int) -> _Record:
    name, kind, parts = struct.unpack_from("<3H", record, 0)
    (letters,) = struct.unpack_from("<H", record, fixed)
    at = fixed + 2 + 2 * (letters + 1)
    changes: list[bytes] = []
    for _ in range(min(parts & 15, 2)):
        at += at & 1
        if at + 2 > len(record):
            break
        (length,) = struct.unpack_from("<H", record, at)
        changes.append(record[at + 2 : at + 2 + length])
        at += 2 + length
    if kind & 15 != _PARAGRAPH_STYLE:
        return _Record(name & 0xFFF, _NO_STYLE, b"", b"")
    changes += [b""] * (2 - len(changes))
    return _Record(name & 0xFFF, kind >> 4, changes[0][2:], changes[1])
