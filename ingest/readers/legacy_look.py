"""Properties of characters and paragraphs in Word 97-2003 files, as far as a reader sees them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

_TABLE_DEFINITION = 0xD608
_TABS = 0xC615
_SIZES = (1, 1, 2, 4, 2, 2, 0, 3)
_WHITE = 0xFFFFFF
_WHITE_INDEX = 8
_TINY_HALF_POINTS = 2
_COLUMNS = 200
_ALIGNED = {1: "center", 2: "right"}


@dataclass(frozen=True, slots=True)
class Look:
    """How a run of characters is shown; ``symbol`` is shown in its place, where not 0."""

    vanish: bool = False
    white: bool = False
    tiny: bool = False
    shaded: bool = False
    deleted: bool = False
    symbol: int = 0

    def hidden(self, *, shaded: bool) -> bool:
        """Whether nobody sees it; ``shaded`` tells that its surroundings have a colour."""
        return self.vanish or self.tiny or (self.white and not (shaded or self.shaded))


@dataclass(frozen=True, slots=True)
class Shape:
    """What a paragraph is; ``merged`` tells, by column, which cells go on from above."""

    in_table: bool = False
    row_end: bool = False
    depth: int = 0
    align: str = ""
    outline: int = 9
    list_number: int = 0
    indent: int = 0
    shaded: bool = False
    row_shaded: bool = False
    header: bool = False
    merged: tuple[int, ...] = ()


def looked(look: Look, changes: bytes) -> Look:
    """The look with a list of changes (sprms) applied."""
    base = look
    for code, value in _changes(changes):
        number = int.from_bytes(value[:4], "little")
        match code:
            case 0x0800:
                look = replace(look, deleted=bool(number))
            case 0x083C:
                # 0x80 is what the style says, 0x81 its opposite.
                vanish = base.vanish ^ bool(number & 1) if number & 0x80 else bool(number)
                look = replace(look, vanish=vanish)
            case 0x6870:
                look = replace(look, white=number == _WHITE)
            case 0x2A42:
                look = replace(look, white=number == _WHITE_INDEX)
            case 0x4A43:
                look = replace(look, tiny=number <= _TINY_HALF_POINTS)
            case 0xCA71 | 0x4866:
                look = replace(look, shaded=_shading(value))
            case 0x6A09:
                look = replace(look, symbol=number >> 16)
    return look


def shaped(shape: Shape, changes: bytes) -> Shape:
    """The shape with a list of changes (sprms) applied."""
    for code, value in _changes(changes):
        number = int.from_bytes(value[:4], "little")
        match code:
            case 0x2416:
                shape = replace(shape, in_table=bool(number))
            case 0x2417:
                shape = replace(shape, row_end=bool(number))
            case 0x6649:
                shape = replace(shape, depth=number)
            case 0x2403 | 0x2461:
                shape = replace(shape, align=_ALIGNED.get(number, ""))
            case 0x2640:
                shape = replace(shape, outline=number)
            case 0x460B:
                shape = replace(shape, list_number=number)
            case 0x260A:
                shape = replace(shape, indent=number)
            case 0xC64D | 0x442D:
                shape = replace(shape, shaded=_shading(value))
            case 0x3404:
                shape = replace(shape, header=bool(number))
            case 0xD609:
                cells = (value[at : at + 2] for at in range(0, len(value), 2))
                shape = replace(shape, row_shaded=any(map(_shading, cells)))
            case 0xD612:
                cells = (value[at : at + 10] for at in range(0, len(value), 10))
                shape = replace(shape, row_shaded=any(map(_shading, cells)))
            case 0xD608:
                shape = replace(shape, merged=_merged(value))
    return shape


def _changes(changes: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 3 <= len(changes):
        (code,) = struct.unpack_from("<H", changes, at)
        at += 2
        size = _SIZES[code >> 13]
        if code == _TABLE_DEFINITION:
            size = int.from_bytes(changes[at : at + 2], "little") - 1
            at += 2
        elif code == _TABS and changes[at] == 255:
            # Its length has to be computed; nothing we need comes after it.
            return
        elif not size:
            size = changes[at]
            at += 1
        yield code, changes[at : at + max(size, 0)]
        at += max(size, 0)


def _shading(value: bytes) -> bool:
    """Whether a shading (of either generation) has a colour of its own behind the text."""
    if len(value) == 2:
        number = int.from_bytes(value, "little")
        return number != 0xFFFF and (number >> 5 & 31 not in (0, _WHITE_INDEX) or number >> 10 > 0)
    if len(value) < 10:
        return False
    _, back, pattern = struct.unpack_from("<2IH", value, 0)
    return pattern not in (0, 0xFFFF) or not (back >> 24 or back == _WHITE)


def _merged(value: bytes) -> tuple[int, ...]:
    """The columns whose cell is the continuation of the one above."""
    if not value:
        return ()
    columns = min(value[0], _COLUMNS)
    at = 1 + 2 * (value[0] + 1)
    return tuple(
        column
        for column in range(columns)
        if int.from_bytes(value[at + 20 * column : at + 20 * column + 2], "little") >> 5 & 3 == 1
    )
