"""Repair of recovered text: captions marked, cut paragraphs rejoined, repeats dropped.

Nothing is invented and whole paragraphs stay where they are; a join needs
evidence, and what has none is left as it was found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

import rjieba

from huiwen.types import ParagraphKind
from ingest.block import Block, joined
from ingest.heading import HEADING_CHARS, numbering_level
from ingest.sentence import is_open, sentences

_CAPTION_CUE = re.compile(
    r"图为|[（(][左右中前后](?:[一二三四五六七\d]|排)?[）)]|摄[）)]?[。]?$|现场[。]?$|资料图"
)
_CAPTION_CHARS = 80
_SEPARATOR = re.compile(r"[，,、；;]")
# A label opens a line of its own ("列席：…"); no sentence is cut before one.
_LABEL = re.compile(r"^[^，,。；;]{1,10}[：:]")
# What no paragraph begins with: a rate, closing punctuation, a particle.
_ORPHAN = re.compile(r"^(?:[\d.]+(?:%|％|个百分点)|[，,、；;。）)”》]|[的地得了着过等])")
# Shorter repeats ("会议要求：") are how minutes are written, not a fault of recovery.
_REPEAT_CHARS = 15

# Evidence for a join, strongest first; 0 is none.
_WORD_ACROSS = 3
_ADJACENT = 2
_SAME_TOPIC = 1


@dataclass(frozen=True, slots=True)
class Repaired:
    """Blocks in reading order and how many of each fault were mended."""

    blocks: tuple[Block, ...]
    rejoined: int
    repeated: int


def repair(blocks: Sequence[Block]) -> Repaired:
    """Mend blocks of a recovered text file."""
    marked = _mark_captions(list(blocks))
    joins = _choose_joins(marked)
    continued = set(joins.values())
    kept: list[Block] = []
    for at, current in enumerate(marked):
        if at in continued:
            continue
        tail = at
        while tail in joins:
            tail = joins[tail]
            current = joined(current, marked[tail])
        kept.append(current)
    unique = _drop_repeats(kept)
    return Repaired(tuple(unique), len(joins), len(kept) - len(unique))


def _mark_captions(blocks: list[Block]) -> list[Block]:
    """Captions show by their wording, or as a lone clause inside a broken sentence."""
    interrupted = False
    for at, current in enumerate(blocks):
        if current.kind is not ParagraphKind.BODY:
            continue
        text = current.text
        lone = len(text) <= _CAPTION_CHARS and len(list(sentences(text))) == 1
        cue = lone and _CAPTION_CUE.search(text)
        clause = (
            interrupted
            and lone
            and not is_open(text)
            and not _SEPARATOR.search(text)
            and not _ORPHAN.match(text)
            and not _LABEL.match(text)
        )
        if (cue or clause) and not _continues(blocks[at - 1].text if at else "", text):
            blocks[at] = replace(current, kind=ParagraphKind.CAPTION)
        else:
            interrupted = _fragment(current)
    return blocks


def _fragment(current: Block) -> bool:
    """Whether a paragraph was cut: long, body, and stopping inside a sentence."""
    return (
        current.kind is ParagraphKind.BODY
        and len(current.text) > HEADING_CHARS
        and is_open(current.text)
    )


def _choose_joins(blocks: list[Block]) -> dict[int, int]:
    """Map each cut paragraph to its continuation; every block continues at most one."""
    candidates: list[tuple[int, int, int]] = []
    keys = [_key(current.text) for current in blocks]
    for at, current in enumerate(blocks):
        if not _fragment(current) or _begins_another(keys[at], keys):
            continue
        following = _following(blocks, at)
        for target in {following, *_displaced(blocks)} - {None, at}:
            if target is None or blocks[target].text == current.text:
                continue
            evidence = _evidence(blocks, at, target, adjacent=target == following)
            if evidence:
                candidates.append((evidence, at, target))
    candidates.sort(key=lambda row: (-row[0], abs(row[1] - row[2]), row[1]))
    joins: dict[int, int] = {}
    joined_texts: set[str] = set()
    for _, at, target in candidates:
        # A repeated fragment has one continuation; its other copies wait to be dropped.
        if at in joins or target in joins.values() or blocks[at].text in joined_texts:
            continue
        if not _loops(joins, at, target):
            joins[at] = target
            joined_texts.add(blocks[at].text)
    return joins


def _loops(joins: dict[int, int], at: int, target: int) -> bool:
    while target in joins:
        target = joins[target]
    return target == at


def _following(blocks: list[Block], at: int) -> int | None:
    """The next body paragraph, captions in between passed over."""
    for after in range(at + 1, len(blocks)):
        if blocks[after].kind is ParagraphKind.BODY:
            return after
        if blocks[after].kind is not ParagraphKind.CAPTION:
            return None
    return None


def _displaced(blocks: list[Block]) -> list[int]:
    """Body paragraphs that follow a caption: where columns are cut, starts go missing."""
    return [
        at
        for at in range(1, len(blocks))
        if blocks[at].kind is ParagraphKind.BODY
        and blocks[at - 1].kind is ParagraphKind.CAPTION
        and not numbering_level(blocks[at].text)
    ]


def _evidence(blocks: list[Block], at: int, target: int, *, adjacent: bool) -> int:
    before, after = blocks[at].text, blocks[target].text
    if numbering_level(after) or _LABEL.match(after):
        return 0
    if _continues(before, after):
        return _WORD_ACROSS
    if target == at + 1:
        return _ADJACENT
    if adjacent and _ORPHAN.match(after):
        return _ADJACENT
    last, first = _last_sentence(before), _first_sentence(after)
    clauses_alike = _bigrams(_SEPARATOR.split(last)[-1]) & _bigrams(_SEPARATOR.split(first)[0])
    # Whole sentences share words by chance more easily than two clauses do.
    alike = clauses_alike or len(_bigrams(last) & _bigrams(first)) >= 3
    return _SAME_TOPIC if alike else 0


def _continues(before: str, after: str) -> bool:
    """Whether a dictionary word stands across the cut (``优|良``, ``工|作``)."""
    if not before or not after or not is_open(before):
        return False
    head, tail = before[-6:], after[:6]
    position = 0
    for word in rjieba.cut(head + tail, False):
        if position < len(head) < position + len(word):
            return word.isalpha()
        position += len(word)
    return False


def _first_sentence(text: str) -> str:
    span = next(sentences(text))
    return text[span.start : span.end]


def _last_sentence(text: str) -> str:
    *_, span = sentences(text)
    return text[span.start : span.end].rstrip("，,、")


def _bigrams(text: str) -> set[str]:
    han = re.sub(r"[^\u4e00-\u9fff]", " ", text)
    return {han[at : at + 2] for at in range(len(han) - 1) if " " not in han[at : at + 2]}


def _drop_repeats(blocks: list[Block]) -> list[Block]:
    """Keep the first of equal paragraphs, and no fragment that a whole one begins with."""
    keys = [_key(current.text) for current in blocks]
    kept: list[Block] = []
    seen: set[str] = set()
    for current, key in zip(blocks, keys, strict=True):
        long = len(key) >= _REPEAT_CHARS
        beginning = _fragment(current) and _begins_another(key, keys)
        if (long and key in seen) or beginning:
            continue
        seen.add(key)
        kept.append(current)
    return kept


def _begins_another(key: str, keys: Sequence[str]) -> bool:
    """Whether a cut paragraph stands whole elsewhere; letterheads are too short to tell."""
    return len(key) > HEADING_CHARS and any(
        key != other and other.startswith(key) for other in keys
    )


def _key(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
