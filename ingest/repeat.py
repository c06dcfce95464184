"""Paragraphs that stand in a file more than once, exactly, nearly, or broken off."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

import rjieba

from huiwen.types import ParagraphKind
from ingest.block import Block
from ingest.heading import HEADING_CHARS
from ingest.sentence import is_open

# Shorter repeats ("会议要求：") are how minutes are written, not a fault of recovery.
_REPEAT_CHARS = 15
_NEAR_CHARS = 30
_CLAUSE_CHARS = 6
# A clause in more paragraphs than this is a set phrase and tells nothing.
_SET_PHRASE = 6
_CHANGED_SHARE = 0.04
_CHANGED_CHARS = 3
_CLAUSE = re.compile(r"[,。;:!?、]")
_FIGURE = re.compile(r"[\da-zA-Z%零〇一二三四五六七八九十百千万亿两半]")
_HARMLESS = re.compile(r"[^\w]*|[的地得了着]")
_NAME_TAGS = ("nr", "ns", "nt", "nz", "m", "t")
_COPIED = (ParagraphKind.BODY, ParagraphKind.CAPTION)


def key_of(text: str) -> str:
    """The text as compared: widths and spaces make no difference."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def find_repeats(blocks: Sequence[Block]) -> dict[int, int]:
    """Map each repeat to the paragraph that is kept in its stead.

    Figures or names that differ make another statement, not a repeat.
    """
    keys = [key_of(current.text) for current in blocks]
    repeats: dict[int, int] = {}
    first: dict[str, int] = {}
    for at, (current, key) in enumerate(zip(blocks, keys, strict=True)):
        if len(key) < _REPEAT_CHARS or current.kind is ParagraphKind.TABLE:
            continue
        if key in first:
            repeats[at] = first[key]
        else:
            first[key] = at
    singles = [at for at in first.values() if blocks[at].kind in _COPIED]
    for one, other in _alike(singles, keys):
        if one in repeats or other in repeats:
            continue
        part, whole = sorted((one, other), key=lambda at: len(keys[at]))
        if _part_of(blocks[part], keys[part], keys[whole]):
            repeats[part] = whole
        elif _nearly(keys[one], keys[other]):
            repeats[max(one, other)] = min(one, other)
    return repeats


def _alike(singles: Sequence[int], keys: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs that share a clause which is no set phrase."""
    holders: dict[str, list[int]] = defaultdict(list)
    for at in singles:
        for clause in {c for c in _CLAUSE.split(keys[at]) if len(c) >= _CLAUSE_CHARS}:
            holders[clause].append(at)
        if len(keys[at]) > HEADING_CHARS:
            holders[f"^{keys[at][:_REPEAT_CHARS]}"].append(at)
            holders[f"{keys[at][-_REPEAT_CHARS:]}$"].append(at)
    pairs = {
        (one, other)
        for found in holders.values()
        if 2 <= len(found) <= _SET_PHRASE
        for rank, one in enumerate(found)
        for other in found[rank + 1 :]
    }
    yield from sorted(pairs)


def _part_of(part: Block, key: str, whole: str) -> bool:
    """Whether a fragment stands whole elsewhere; letterheads are too short to tell."""
    if len(key) <= HEADING_CHARS or len(key) >= len(whole):
        return False
    if is_open(part.text):
        return whole.startswith(key)
    before = whole[: len(whole) - len(key)]
    return whole.endswith(key) and is_open(before) and before[-1].isalpha()


def _nearly(one: str, other: str) -> bool:
    """Whether two keys differ as two recognitions of one print do."""
    if min(len(one), len(other)) < _NEAR_CHARS:
        return False
    allowed = max(_CHANGED_CHARS, int(_CHANGED_SHARE * max(len(one), len(other))))
    if abs(len(one) - len(other)) > allowed:
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.quick_ratio() < 1 - 2 * _CHANGED_SHARE:
        return False
    changed = 0
    for tag, a0, a1, b0, b1 in matcher.get_opcodes():
        if tag == "equal":
            continue
        changed += max(a1 - a0, b1 - b0)
        if changed > allowed or not _misreading(one, a0, a1, other, b0, b1):
            return False
    return True


def _misreading(one: str, a0: int, a1: int, other: str, b0: int, b1: int) -> bool:
    """Whether a difference breaks a word on one side and changes no figure or name."""
    gone, came = one[a0:a1], other[b0:b1]
    if _HARMLESS.fullmatch(gone) and _HARMLESS.fullmatch(came):
        return not (_figure_at(one, a0, a1) and _figure_at(other, b0, b1))
    if _FIGURE.search(gone + came):
        return False
    words = (_word_over(one, a0, a1), _word_over(other, b0, b1))
    # Two good words ("增加", "减少") say two things; of a misreading one is no word.
    return sum(words) == 1


def _figure_at(text: str, start: int, end: int) -> bool:
    return bool(re.search(r"\d$", text[:start]) and re.match(r"\d", text[end:]))


def _word_over(text: str, start: int, end: int) -> bool:
    """Whether a dictionary word that is no name covers the range and reaches beyond it."""
    low = max(0, start - 8)
    position = low
    for word, tag in rjieba.tag(text[low : end + 8], False):
        stop = position + len(word)
        if position <= start < max(end, start + 1) <= stop and stop - position > end - start:
            return len(word) > 1 and not tag.startswith(_NAME_TAGS)
        position = stop
    return False
