"""Ending a stream of text at a stop string that may arrive in pieces."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence

Stream = Generator[str, None, None]


def until_stop(pieces: Iterable[str], stop: Sequence[str]) -> Stream:
    """Yield ``pieces`` up to the first of ``stop``, never a part of it; empty ones as they are."""
    held = ""
    for piece in pieces:
        if not piece:
            yield piece
        held += piece
        cuts = [at for mark in stop if (at := held.find(mark)) >= 0]
        if cuts:
            if min(cuts):
                yield held[: min(cuts)]
            return
        keep = max((_overlap(held, mark) for mark in stop), default=0)
        if len(held) > keep:
            yield held[: len(held) - keep]
            held = held[len(held) - keep :]
    if held:
        yield held


def _overlap(text: str, mark: str) -> int:
    """Length of the longest end of ``text`` that begins ``mark``."""
    return next(
        (n for n in range(min(len(mark) - 1, len(text)), 0, -1) if text.endswith(mark[:n])), 0
    )
