"""Clean articles made into damaged newspaper pages, with the truth of what was done.

As on a real recovered page: paragraphs are cut where columns end, even inside
a word, columns are read out of order, captions and subheads stand in between,
and paragraphs come twice, exactly, nearly, or broken off.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval.caption_maker import make_caption
from eval.stray_maker import make_stray
from ingest.sentence import is_open, sentences

_SUBHEADS = (
    "凝心聚力 共谋发展",
    "压实责任见成效",
    "绿色发展谱新篇",
    "惠民生 解难题",
    "勇担当 抓落实",
)
_UNCLEAN = re.compile(
    r"记者|责任编辑|查看更多|原标题|来源[:：]|图[:：]|摄|https?:|www|\s|声明|资料图"
)
_NO_LINE_START = "，、。；：！？”’）》】％%…,;:!?)"
_OPENERS = "“‘（《【("
_DROPPED = "的了，"
# Share of cut sentences of which one half is lost.
_LOST = 0.08
# Paragraphs grow sentence by sentence until they are about so long.
_LENGTHS = (20, 60, 100, 150, 200, 250)


@dataclass(frozen=True, slots=True)
class Piece:
    """One block of a page. ``start``/``end`` are where it stands in its article."""

    text: str
    role: str = "body"
    article: int = -1
    start: int = 0
    end: int = 0
    copy: str = ""  # exact, near, broken: of the piece numbered ``of``
    number: int = -1
    of: int = -1


@dataclass(frozen=True, slots=True)
class Page:
    """Blocks in the order they are read; ``cuts`` are (article, offset) of cut sentences."""

    pieces: tuple[Piece, ...]
    cuts: frozenset[tuple[int, int]]

    @property
    def text(self) -> str:
        return "\n\n".join(piece.text for piece in self.pieces)


def load_articles(path: Path) -> Iterator[list[str]]:
    """Articles as lists of sentences; their first and last, which carry page furniture, go."""
    for line in path.read_text("utf-8").splitlines():
        body = line.split("正文：", 1)[-1]
        spans = list(sentences(body))[1:-1]
        parts = [body[span.start : span.end] for span in spans]
        parts = [part for part in parts if not _UNCLEAN.search(part) and not is_open(part)]
        if len(parts) >= 6 and 300 <= sum(map(len, parts)) <= 1600:
            yield parts


def scramble(articles: Sequence[Sequence[str]], rng: random.Random, *, held: bool) -> Page:
    """A damaged page of these articles; the last one only lends clauses to captions."""
    stream = whole(articles[:-1], rng)
    cuts: set[tuple[int, int]] = set()
    columns: list[list[Piece]] = [[]]
    for piece in stream:
        at = _cut(piece.text, rng) if rng.random() < 0.4 and piece.role == "body" else 0
        if at:
            middle = piece.start + at
            cuts.add((piece.article, middle))
            columns[-1].append(replace(piece, text=piece.text[:at], end=middle))
            columns.append([replace(piece, text=piece.text[at:], start=middle)])
        else:
            columns[-1].append(piece)
            if rng.random() < 0.08:
                columns.append([])
    columns = _reorder([column for column in columns if column], rng)
    pieces = _with_captions(columns, articles[-1], rng, held)
    pieces = [replace(piece, number=at) for at, piece in enumerate(pieces)]
    return Page(tuple(_with_repeats(pieces, rng)), frozenset(cuts))


def astray(page: Page, lender: Sequence[str], rng: random.Random, *, held: bool) -> Page:
    """The page with halves of sentences lost, and whole lines in it that have no full stop."""
    pieces, cuts = list(page.pieces), set(page.cuts)
    copied = {piece.of for piece in pieces if piece.copy}
    for cut in sorted(page.cuts):
        if rng.random() < _LOST:
            ends = [p for p in pieces if (p.article, p.end) == cut and p.role == "body"]
            starts = [p for p in pieces if (p.article, p.start) == cut and p.role == "body"]
            lost = rng.choice((ends, starts))
            if len(lost) == 1 and not lost[0].copy and lost[0].number not in copied:
                pieces.remove(lost[0])
                cuts.discard(cut)
    return Page(tuple(with_lines(pieces, lender, rng, held=held)), frozenset(cuts))


def with_lines(
    pieces: Sequence[Piece], lender: Sequence[str], rng: random.Random, *, held: bool
) -> list[Piece]:
    """The blocks with whole lines without a full stop between them."""
    result = list(pieces)
    # The same line twice is a repeat, and rightly dropped.
    seen = {piece.text.rstrip("。") for piece in pieces}
    for _ in range(rng.choice((0, 1, 2, 3))):
        at = rng.randint(0, len(result)) if rng.random() < 0.8 else 0
        for _ in range(rng.choice((1, 1, 1, 3))):
            # Lists come several lines together.
            text = make_stray(rng, lender, held)
            if text not in seen:
                result.insert(at, Piece(text, "stray"))
                seen.add(text)
    return result


def whole(articles: Sequence[Sequence[str]], rng: random.Random) -> list[Piece]:
    """The articles as their papers have them: titles, paragraphs, subheads, nothing cut."""
    stream: list[Piece] = []
    for number, article in enumerate(articles):
        stream.append(Piece(f"新闻综述 {rng.choice(_SUBHEADS)}", "title"))
        stream.extend(_paragraphs(article, number, rng))
    return stream


def _paragraphs(article: Sequence[str], number: int, rng: random.Random) -> Iterator[Piece]:
    text, start, target = "", 0, rng.choice(_LENGTHS)
    for at, sentence in enumerate(article):
        text += sentence
        if len(text) >= target or at == len(article) - 1:
            yield Piece(text, "body", number, start, start + len(text))
            start += len(text)
            text, target = "", rng.choice(_LENGTHS)
            if rng.random() < 0.1 and at < len(article) - 1:
                yield Piece(rng.choice(_SUBHEADS), "subhead")


def _cut(text: str, rng: random.Random) -> int:
    """Where a column's last line ends inside a sentence of ``text``, or 0."""
    if len(text) < 40:
        return 0
    for _ in range(20):
        at = rng.randint(12, len(text) - 12)
        while _unbroken(text, at):
            at += 1
            if at > len(text) - 6:
                break
        else:
            if may_cut(text, at):
                return at
    return 0


def may_cut(text: str, at: int) -> bool:
    """Whether a column may end before ``text[at]``, inside a sentence."""
    return (
        not _unbroken(text, at)
        and is_open(text[max(0, at - 8) : at])
        and text[at - 1] not in _OPENERS
    )


def _unbroken(text: str, at: int) -> bool:
    """Whether type is never set with a new line before ``text[at]``."""
    return text[at] in _NO_LINE_START or (text[at - 1].isascii() and text[at].isascii())


def _reorder(columns: list[list[Piece]], rng: random.Random) -> list[list[Piece]]:
    if rng.random() < 0.35:
        return columns
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(columns))
        moved = columns.pop(at)
        columns.insert(max(0, min(len(columns), at + rng.choice((-3, -2, -1, 1, 2, 3)))), moved)
    return columns


def _with_captions(
    columns: list[list[Piece]], lender: Sequence[str], rng: random.Random, held: bool
) -> list[Piece]:
    clauses = [s for s in lender if 12 <= len(s) <= 45 and not re.search(r"[，；：“]", s)]
    pieces: list[Piece] = []
    for column in columns:
        for at, piece in enumerate(column):
            pieces.append(piece)
            last = at == len(column) - 1
            for _ in range(rng.choice((1, 1, 2))):
                if rng.random() < (0.35 if last else 0.03):
                    lent = clauses and rng.random() < 0.2
                    text = rng.choice(clauses) if lent else make_caption(rng, held)
                    pieces.append(Piece(text, "caption"))
    return pieces


def _with_repeats(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    result = list(pieces)
    bodies = [p for p in pieces if p.role == "body" and len(p.text) >= 30]
    rng.shuffle(bodies)
    for piece in bodies[: rng.choice((0, 1, 1, 2))]:
        kind = rng.choice(("exact", "exact", "near", "broken"))
        if kind == "broken" and (is_open(piece.text) or len(piece.text) < 60):
            kind = "exact"
        copy = replace(piece, copy=kind, of=piece.number, number=-1)
        if kind == "near":
            copy = replace(copy, text=_misread(piece.text, rng))
        if kind == "broken":
            at = _cut(piece.text, rng) or len(piece.text) // 2
            copy = replace(copy, text=piece.text[:at], end=-1)
        result.insert(_near(result, piece, rng), copy)
    twins = [p for p in bodies[2:] if re.search(r"\d", p.text) and not is_open(p.text)]
    for piece in twins[: rng.choice((0, 0, 1))]:
        text = re.sub(r"\d", lambda m: str((int(m[0]) + 3) % 10), piece.text)
        # Same wording, other figures: a statement of its own, to be kept.
        result.insert(_near(result, piece, rng), Piece(text, "body"))
    return result


def _near(result: list[Piece], piece: Piece, rng: random.Random) -> int:
    at = result.index(piece) + rng.randint(-8, 9)
    return max(1, min(len(result), at))


def _misread(text: str, rng: random.Random) -> str:
    """A few characters as a second recognition would have them."""
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(3, len(text) - 3)
        if text[at] in _DROPPED:
            text = text[:at] + text[at + 1 :]
        elif text[at] in "，、":
            text = text[:at] + {"，": ",", "、": "，"}[text[at]] + text[at + 1 :]
        else:
            at = next((i for i in range(3, len(text) - 3) if text[i] in _DROPPED), 0)
            text = text[:at] + text[at + 1 :] if at else text
    return text
