"""Lists of Word 97-2003 files, said as WordprocessingML, which ``Numbering`` counts by."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from lxml import etree

from ingest.readers.legacy_pieces import Header, joined
from ingest.readers.word_numbering import Numbering
from ingest.readers.word_styles import VAL, W

_LISTS, _OVERRIDES = 73, 74
_MOST = 4096
_LEVELS = 9
_LIST_BYTES = 28
_OVERRIDE_BYTES = 16
_LEVEL_BYTES = 28
_SUFFIXES = ("tab", "space", "nothing")
_FORMATS = {
    0: "decimal",
    1: "upperRoman",
    2: "lowerRoman",
    3: "upperLetter",
    4: "lowerLetter",
    10: "ideographDigital",
    11: "japaneseCounting",
    14: "decimalFullWidth",
    18: "decimalEnclosedCircle",
    19: "decimalFullWidth2",
    22: "decimalZero",
    23: "bullet",
    26: "decimalEnclosedFullstop",
    27: "decimalEnclosedParen",
    28: "decimalEnclosedCircleChinese",
    30: "ideographTraditional",
    31: "ideographZodiac",
    33: "taiwaneseCounting",
    35: "taiwaneseCountingThousand",
    37: "chineseCounting",
    38: "chineseLegalSimplified",
    39: "chineseCountingThousand",
    255: "none",
}


def numbering(header: Header) -> Numbering:
    """The file's lists; a list that is damaged gives no numbers rather than no text."""
    root = etree.Element(f"{W}numbering")
    try:
        root.extend(_definitions(header))
        root.extend(_instances(header.part(_OVERRIDES)))
    except (struct.error, IndexError, ValueError):
        return Numbering(None)
    return Numbering(root)


def _definitions(header: Header) -> Iterator[etree._Element]:
    at, length = header.extent(_LISTS)
    if not length:
        return
    (count,) = struct.unpack_from("<H", header.table, at)
    # The levels stand behind the part that declares the lists.
    levels = _Levels(header.table, at + 2 + _LIST_BYTES * count)
    for number in range(min(count, _MOST)):
        place = at + 2 + _LIST_BYTES * number
        (identity,) = struct.unpack_from("<I", header.table, place)
        simple = header.table[place + 26] & 1
        definition = etree.Element(f"{W}abstractNum", {f"{W}abstractNumId": str(identity)})
        for indent in range(1 if simple else _LEVELS):
            definition.append(levels.next(indent))
        yield definition


def _instances(part: bytes) -> Iterator[etree._Element]:
    if not part:
        return
    (count,) = struct.unpack_from("<I", part, 0)
    count = min(count, _MOST)
    levels = _Levels(part, 4 + _OVERRIDE_BYTES * count)
    for number in range(count):
        place = 4 + _OVERRIDE_BYTES * number
        (identity,) = struct.unpack_from("<I", part, place)
        instance = etree.Element(f"{W}num", {f"{W}numId": str(number + 1)})
        _child(instance, "abstractNumId", str(identity))
        levels.at += 4
        for _ in range(min(part[place + 12], _LEVELS)):
            start, flags = struct.unpack_from("<2I", part, levels.at)
            levels.at += 8
            override = etree.SubElement(instance, f"{W}lvlOverride", {f"{W}ilvl": str(flags & 15)})
            if flags & 32:
                override.append(levels.next(flags & 15))
            elif flags & 16:
                _child(override, "startOverride", str(start))
        yield instance


class _Levels:
    """Levels of lists, one after another from byte ``at``."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self.at = at

    def next(self, indent: int) -> etree._Element:
        """The next one, as level ``indent``."""
        head = self._data[self.at : self.at + _LEVEL_BYTES]
        start, number_format, flags = struct.unpack_from("<i2B", head, 0)
        self.at += _LEVEL_BYTES + head[24] + head[25]
        (length,) = struct.unpack_from("<H", self._data, self.at)
        text = self._data[self.at + 2 : self.at + 2 + 2 * length].decode("utf-16-le", "replace")
        self.at += 2 + 2 * length
        level = etree.Element(f"{W}lvl", {f"{W}ilvl": str(indent)})
        _child(level, "start", str(start))
        _child(level, "numFmt", _FORMATS.get(number_format, "decimal"))
        _child(level, "lvlText", "".join(map(_shown, joined(text))))
        _child(level, "suff", _SUFFIXES[min(head[15], 2)])
        if flags & 4:
            _child(level, "isLgl", "1")
        if flags & 8:
            _child(level, "lvlRestart", str(head[26]))
        return level


def _shown(character: str) -> str:
    """A character of a number's text: the first nine stand for the numbers of the levels."""
    if ord(character) < _LEVELS:
        return f"%{ord(character) + 1}"
    return character if character.isprintable() or character == "\u3000" else ""


def _child(parent: etree._Element, tag: str, value: str) -> None:
    etree.SubElement(parent, f"{W}{tag}", {VAL: value})
