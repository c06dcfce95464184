"""What speaks for one fragment going on in another, as numbers.

The statistics here come from the document itself or from the dictionary of the
word cutter; ``ingest.continuation`` adds what a network learnt from news.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import rjieba

from huiwen.types import ParagraphKind
from ingest.block import Block
from ingest.heading import numbering_level
from ingest.sentence import sentences

_EDGE = 24
_CONTEXT = 8
_PLACES = 30
_HAN = re.compile(r"[\u4e00-\u9fff]+")
# What no paragraph begins with: a rate, closing punctuation, a particle.
ORPHAN = re.compile(r"^(?:[\d.]+(?:%|％|个百分点)|[，,、；;。）)”》%％]|[的地得了着过等们])")
_SPEAKER = re.compile(r"^.{0,30}?(?:指出|表示|强调|介绍|说|认为|要求)[,，:：]")
_DATED = re.compile(r"^(?:\d{4}年|\d{1,2}月|近日|日前|目前|今年|此外|同时|据|“)")
_UNIT = re.compile(r"[个张台套辆名户家所座条项件次亩吨米元万亿间只头株处场期位%％]")
# A label mostly opens a line of its own ("列席：…"), and no sentence is cut before one.
_LABEL = re.compile(r"^[^，,。；;]{1,10}[：:]")
_CLAUSE = re.compile(r"[，,、；;：:。！？!?]")
_PAIRS = {"“": "”", "（": "）", "《": "》", "(": ")", "【": "】", "‘": "’"}
_CLOSING = {closer: opener for opener, closer in _PAIRS.items()}
_COMMA = ("，", ",")
_RATE = re.compile(r"\d+(?:\.\d+)?[%％]")
_TOTAL = 6e7  # occurrences the dictionary's frequencies were counted over

_FUNCTION = ("x", "p", "c", "u", "d", "r", "m", "f", "v")

NAMES = (
    "bias", "word_across", "word_log", "two_chars", "run", "tags", "tags_seen", "orphan",
    "first_tag", "bracket", "adjacent", "over_captions", "distance", "backwards", "shared",
    "around", "comma", "comma_speaker", "speaker", "dated", "label", "numbered", "after_open",
    "pause", "clause", "enclosed", "parallel", "bare_last", "bare_first", "heading", "caption",
    "short_rest", "other_open", "after_caption", "figures", "alike",
)  # fmt: skip
Features = tuple[float, ...]


class Statistics:
    """Counts over a document that judge how well two edges fit."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.texts = [current.text for current in blocks]
        self._whole = "\n".join(self.texts)
        self._places: dict[str, list[int]] = {}
        for at in range(len(self._whole) - 1):
            places = self._places.setdefault(self._whole[at : at + 2], [])
            if len(places) < _PLACES:
                places.append(at)
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._tags: Counter[str] = Counter()
        self._starts: Counter[str] = Counter()
        self._grams: Counter[str] = Counter()
        for text in self.texts:
            self._count(text)
        self._total = max(1, self._tags.total())
        self._shared: dict[tuple[int, int], float] = {}
        self._of_block = [bigrams(text) for text in self.texts]
        for grams in self._of_block:
            self._grams.update(grams)

    def _count(self, text: str) -> None:
        previous = "^"
        for _, tag in rjieba.tag(text, False):
            self._pairs[previous, tag] += 1
            self._tags[tag] += 1
            previous = tag
        for span in sentences(text):
            tagged = rjieba.tag(text[span.start : span.start + 8], False)
            self._starts[tagged[0][1]] += 1

    def attraction(self, before: str, after: str) -> float:
        """Log ratio of how often two tags stand together to how often by chance."""
        expected = self._tags[before] * self._tags[after] / self._total
        return math.log((self._pairs[before, after] + 1) / (expected + 1))

    def firstness(self, tag: str) -> float:
        """Log ratio of how often sentences open with a tag to how often it occurs."""
        expected = self._tags[tag] / self._total * max(1, self._starts.total())
        return math.log((self._starts[tag] + 0.5) / (expected + 0.5))

    def run_across(self, before: str, after: str) -> int:
        """Length of the longest string over the cut that stands elsewhere, 0 under 2."""
        best = 0
        for at in self._places.get(before[-1:] + after[:1], ()):
            left = right = 1
            while (
                left < _CONTEXT
                and at >= left
                and self._whole[at - left : at + 1] == before[-left - 1 :]
            ):
                left += 1
            while (
                right < _CONTEXT
                and right < len(after)
                and self._whole[at + 1 + right : at + 2 + right] == after[right]
            ):
                right += 1
            best = max(best, left + right)
        return best

    def shared(self, one: int, other: int) -> float:
        """How much two blocks speak of the same rare things."""
        pair = (one, other) if one < other else (other, one)
        if pair not in self._shared:
            self._shared[pair] = self._compare(*pair)
        return self._shared[pair]

    def _compare(self, one: int, other: int) -> float:
        common = self._of_block[one] & self._of_block[other]
        size = math.sqrt(len(self._of_block[one]) * len(self._of_block[other])) or 1.0
        count = len(self.texts)
        weight = sum(
            math.log(count / self._grams[g]) for g in common if self._grams[g] <= count / 2
        )
        return weight / size

    def shared_around(self, at: int, target: int) -> float:
        """As ``shared``, of what stands before the one and after the other: columns hold articles.

        A short fragment has few words of its own.
        """
        last = len(self.texts) - 1
        before, after = max(0, at - 1), min(last, target + 1)
        pairs = {(before, target), (at, after), (before, after)}
        apart = [self.shared(*pair) for pair in pairs if pair[0] != pair[1]]
        return sum(apart) / len(apart) if apart else 0.0


def bigrams(text: str) -> frozenset[str]:
    """All pairs of Chinese characters."""
    return frozenset(run[at : at + 2] for run in _HAN.findall(text) for at in range(len(run) - 1))


def word_across(before: str, after: str) -> str:
    """The dictionary word over the cut (``优|良``, ``工|作``), or nothing."""
    head, tail = before[-_CONTEXT:], after[:_CONTEXT]
    position = 0
    for word in rjieba.cut(head + tail, False):
        if position < len(head) < position + len(word):
            return word if word.isalpha() else ""
        position += len(word)
    return ""


@lru_cache(maxsize=20000)
def _log_frequency(word: str) -> float:
    return math.log(max(1, rjieba.suggest_freq(word)) / _TOTAL)


def _strength(word: str, before: str, after: str) -> float:
    """How much likelier the word is than its two sides standing next to each other."""
    head = next(n for n in range(len(word) - 1, 0, -1) if before.endswith(word[:n]))
    left, right = word[:head], word[head:]
    if not after.startswith(right):
        return 0.0
    return _log_frequency(word) - _log_frequency(left) - _log_frequency(right)


def open_brackets(text: str) -> list[str]:
    """Brackets of the text that are not closed in it, outermost first."""
    stack: list[str] = []
    for char in text:
        if char in _PAIRS:
            stack.append(char)
        elif char in _CLOSING and stack and stack[-1] == _CLOSING[char]:
            stack.pop()
    return stack


def unopened(text: str) -> str:
    """The opener that the first unmatched closer of the text asks for, or nothing."""
    depth: Counter[str] = Counter()
    for char in text:
        if char in _PAIRS:
            depth[char] += 1
        elif char in _CLOSING:
            opener = _CLOSING[char]
            if depth[opener] == 0:
                return opener
            depth[opener] -= 1
    return ""


class Edges:
    """Both ends of every block, read once."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.last: list[str] = []
        self.first: list[str] = []
        self.bare_last: list[bool] = []
        self.bare_first: list[bool] = []
        self.open: list[str] = []
        self.closes: list[str] = []
        self.kinds = [current.kind for current in blocks]
        for current in blocks:
            text = current.text
            word, tag = rjieba.tag(text[-_EDGE:], False)[-1]
            self.last.append(tag)
            self.bare_last.append(len(word) == 1 and not tag.startswith(_FUNCTION))
            word, tag = rjieba.tag(text[:_EDGE], False)[0]
            self.first.append(tag)
            self.bare_first.append(len(word) == 1 and not tag.startswith(_FUNCTION))
            self.open.append("".join(open_brackets(text))[-1:])
            self.closes.append(unopened(text))


def unit_follows(before: str, after: str) -> bool:
    """Whether a text ends in a bare number and the other begins with what is counted by it."""
    return before[-1:].isdigit() and bool(_UNIT.match(after))


def features(
    statistics: Statistics, edges: Edges, at: int, target: int, *, over: bool, after_open: bool
) -> Features:
    """What speaks for block ``at`` going on in ``target``, in the order of ``NAMES``.

    ``over`` tells that only captions stand between them, ``after_open`` that
    the block before ``target`` is another fragment. What the network says is
    not among them.
    """
    before, after = statistics.texts[at], statistics.texts[target]
    last, first = edges.last[at], edges.first[target]
    word = word_across(before, after)
    comma = before.endswith(_COMMA)
    opened, closed = edges.open[at], edges.closes[target]
    tail, head = _CLAUSE.split(before)[-1], _CLAUSE.split(after, maxsplit=1)[0]
    run = statistics.run_across(before, after)
    speaker = bool(_SPEAKER.match(after))
    attraction = statistics.attraction(last, first)
    length = len(tail) + len(head)
    return (
        1.0,
        float(bool(word)),
        _strength(word, before, after) / 10 if word else 0.0,
        float(run == 2),
        min(max(0, run - 2), 4) / 2,
        attraction,
        float(attraction > 0),
        float(bool(ORPHAN.match(after))),
        statistics.firstness(first),
        (1.0 if opened == closed else -1.0) if closed else (-0.3 if opened else 0.0),
        float(target == at + 1),
        float(over and target != at + 1),
        math.log(abs(target - at)),
        float(target < at),
        min(statistics.shared(at, target), 1.5),
        min(statistics.shared_around(at, target), 1.5),
        float(comma),
        float(comma and speaker),
        float(speaker),
        float(bool(_DATED.match(after))),
        float(bool(_LABEL.match(after))),
        float(bool(numbering_level(before))),
        float(after_open),
        float(before.endswith("、")),
        max(0, length - 20) / 20,
        float(bool(closed)),
        float(len(bigrams(_last_clause(before)) & bigrams(_first_clauses(after))) > 0),
        float(edges.bare_last[at] and not word),
        float(edges.bare_first[target] and not word),
        float(edges.kinds[at] is not ParagraphKind.BODY),
        float(edges.kinds[target] is ParagraphKind.CAPTION),
        float(len(after) < 30),
        float(bool(opened) and not closed and opened in "（(《"),
        float(target > 0 and edges.kinds[target - 1] is ParagraphKind.CAPTION),
        float(bool(_RATE.search(tail or before[-20:]) and _RATE.search(head))),
        min(3, len(bigrams(_last_clause(before)) & bigrams(_first_clauses(after)))) / 3,
    )


def _last_clause(text: str) -> str:
    return text.rstrip("，,、")[-30:]


def _first_clauses(text: str) -> str:
    return text[:30]
