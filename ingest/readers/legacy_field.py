"""Fields of Word 97-2003 files: which of their characters are code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate

_MARKS = re.compile(r"[\x13-\x15]")


@dataclass(frozen=True, slots=True)
class Code:
    """Which characters of a story, which begins at ``start``, are code of fields."""

    start: int
    flags: bytearray

    def without(self, text: str, start: int, end: int) -> str:
        """Characters ``start`` to ``end`` of the text, less code."""
        flags = self.flags[start - self.start : end - self.start]
        if not any(flags):
            return text[start:end]
        kept = zip(text[start:end], flags, strict=True)
        return "".join(character for character, flag in kept if not flag)


def field_code(text: str, start: int) -> Code:
    """Find the code of every field that has an end; its result is text."""
    if "\x13" not in text:
        return Code(start, bytearray(len(text)))
    changes = [0] * (len(text) + 1)
    open_: list[list[int]] = []
    for match in _MARKS.finditer(text):
        if match[0] == "\x13":
            open_.append([match.start()])
        elif open_ and match[0] == "\x14":
            open_[-1].append(match.start())
        elif open_:
            begin, *separator = open_.pop()
            stop = separator[0] if separator else match.start()
            changes[begin] += 1
            changes[stop + 1] -= 1
    return Code(start, bytearray(depth > 0 for depth in accumulate(changes[:-1])))
