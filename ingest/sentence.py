"""Where sentences and clauses end in Chinese official prose."""

from __future__ import annotations

import re
from collections.abc import Iterator

from huiwen.types import Span

_CLOSERS = "”’」』》）)】\"'"
# An English full stop ends a sentence only before a space or the end: 36.5 and PM2.5 do not;
# nor does that of a list's number at the beginning of a line.
_STOP = r"(?<!^\d)(?<!^\d\d)(?<!\n\d)(?<!\n\d\d)\.(?=\s|$)"
_SENTENCE_END = re.compile(rf"(?:[。！？!?]+[{_CLOSERS}]*|{_STOP}|\n+)")
_CLAUSE_END = re.compile(rf"(?:[。！？!?；;]+[{_CLOSERS}]*|{_STOP}|\n+)")
_TERMINAL = "。！？!?…；;：:."


def sentences(text: str) -> Iterator[Span]:
    """Spans of the sentences of ``text``, blank ones skipped, surrounding space trimmed."""
    return _split(text, _SENTENCE_END)


def sentence_at(text: str, at: int) -> Span:
    """The sentence of ``text`` that ``at`` stands in; from ``at`` to the end where none does."""
    return next((span for span in sentences(text) if span.end > at), Span(at, len(text)))


def clauses(text: str) -> Iterator[Span]:
    """Like sentences, but a semicolon ends one too: official lists are written that way."""
    return _split(text, _CLAUSE_END)


def is_open(text: str) -> bool:
    """Whether ``text`` stops before its sentence does."""
    bare = text.rstrip().rstrip(_CLOSERS)
    return bool(bare) and bare[-1] not in _TERMINAL


def _split(text: str, end: re.Pattern[str]) -> Iterator[Span]:
    start = 0
    for match in end.finditer(text):
        yield from _trimmed(text, start, match.end())
        start = match.end()
    yield from _trimmed(text, start, len(text))


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield Span(start, end)
