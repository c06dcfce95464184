"""The few clauses of the evidence that speak to a question: all that the model reads.

Reading is what a language model on a CPU is slow at, and a small one is led
astray by what it need not read.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from answer.number import UNASKED
from huiwen.types import Evidence, Span
from index.features import ASKING
from index.words import TOKEN
from ingest.normalise import normalise
from ingest.sentence import clauses, sentences

# What stands elsewhere in the passage or in its headings speaks for its sentences too, by half.
_NEARBY = 0.5
# A single character says little beside a pair.
_SINGLE = 0.3
# The best passage's sentences go first where others are as good: it is the right one in nine
# of ten. Chosen on CMRC by how often the answer is among the sentences shown.
_FIRST = 0.15
# What a question and a sentence have in common in meaning: the cosine's distance from the best
# one's counts so many times. On 132 questions of four offices the sentence that answers is shown
# in 0.95 instead of 0.87; on CMRC and DRCD, asked in the words of the text, nothing changes.
_ALIKE = 8.0
# The end of where a sentence stands, which it is compared with the question together with.
_PLACE_CHARS = 30
# Where meaning is not told: sentences with less of the question than this share of the best's
# are not worth reading.
_WORTH_READING = 0.4
# Once so many characters are chosen, only what is worth nearly as much as the best is read too:
# the rest costs 10 ms a character and misleads. On 346 questions of offices the answer is among
# 154 characters at 0.910 instead of 0.890 among 168, on 160 of CMRC and DRCD at 0.938 instead of
# 0.925 among 140.
_ENOUGH = 60
_CLOSE = 0.5
# A sentence longer than this is read by its clauses.
_LONG = 120
# 现纪要如下： says nothing.
_LEAD_IN = re.compile(r"现?.{0,10}如下[：:。]?")
# What a row of a table begins with; without its header it says nothing.
_CELL = "|"
# A sentence with a figure or a day, where one is asked for, is worth this much more.
_KIND = 0.15
_ASKS_FIGURE = re.compile(
    rf"多少|(?<![{UNASKED}])几[个名位次种年月日天处家条项人户]|比例|多[大长高久远重快]|占比|百分"
)
_ASKS_DAY = re.compile(r"何时|(?:什么|啥)时[候间]|哪[一]?[年月日天]|几[月日号点]|时间")
_ASKS_WHY = re.compile(r"为什么|为何|为啥|原因|怎么会")
_CAUSE = re.compile(r"因|由于|鉴于|为了|导致|造成|使得|受.{1,8}影响")
_DAY = re.compile(r"\d年|\d月|\d日|\d点|\d时|上午|下午|[昨今明]天")


# How alike texts are to a question in meaning, one cosine a text.
Alike = Callable[[str, Sequence[str]], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Snippet:
    """Sentences of one passage, in its order; ``coverage`` is the share of the question they and
    their surroundings have, by weight, 0 to 1, ``worth`` what they are chosen by."""

    evidence: Evidence
    spans: tuple[Span, ...]
    coverage: float
    worth: float

    @property
    def text(self) -> str:
        """The sentences, left-out text between them as ``……``."""
        whole = self.evidence.passage.text
        parts, end = [], 0
        for span in self.spans:
            gap = whole[end : span.start].strip() if end else ""
            parts.append(("……" if gap else "") + whole[span.start : span.end])
            end = span.end
        return "".join(parts)


@dataclass(frozen=True, slots=True)
class _Sentence:
    item: Evidence
    span: Span
    units: frozenset[str]
    near: frozenset[str]


def select_snippets(
    question: str, evidence: Sequence[Evidence], budget: int, alike: Alike | None = None
) -> list[Snippet]:
    """The best sentences of ``evidence`` for ``question``, at most ``budget`` characters in all.

    The best one is given even where it alone is longer, a row of a table with its
    header. Snippets come in the order of the evidence. Without ``alike`` only words
    are compared.
    """
    pool = [sentence for item in evidence for sentence in _sentences(item)]
    if not pool:
        return []
    scored = _scores(question, pool)
    meant = _meant(question, pool, alike)
    worth = [
        score + more + _FIRST * (sentence.item.number == 1)
        for score, more, sentence in zip(scored, meant, pool, strict=True)
    ]
    found: dict[int, list[int]] = {}
    least = max(worth) - _CLOSE if alike else max(worth) * _WORTH_READING
    chosen = _chosen(worth, pool, budget, least, _ENOUGH if alike else 0)
    for at in sorted({*chosen, *(_header(at, pool) for at in chosen)}):
        found.setdefault(pool[at].item.number, []).append(at)
    return [
        Snippet(
            pool[places[0]].item,
            tuple(pool[at].span for at in places),
            max(scored[at] for at in places),
            max(worth[at] for at in places),
        )
        for places in found.values()
    ]


def _chosen(
    worth: Sequence[float], pool: Sequence[_Sentence], budget: int, least: float, enough: int
) -> list[int]:
    """The places of the best sentences that fit, the best one in any case.

    Once ``enough`` characters are chosen, only of those worth ``least``.
    """
    order = sorted(range(len(pool)), key=lambda at: (-worth[at], at))
    chosen, used = [order[0]], len(pool[order[0]].span)
    for at in order[1:]:
        if worth[at] < least and used >= enough:
            break
        if used + len(pool[at].span) <= budget:
            chosen.append(at)
            used += len(pool[at].span)
    return chosen


def _header(at: int, pool: Sequence[_Sentence]) -> int:
    """The place of the first row of the table that ``at`` is a row of, or ``at`` itself."""
    while at and _is_row(pool[at]) and _is_row(pool[at - 1]) and pool[at].item is pool[at - 1].item:
        at -= 1
    return at


def _is_row(sentence: _Sentence) -> bool:
    return sentence.item.passage.text.startswith(_CELL, sentence.span.start)


def _meant(question: str, pool: Sequence[_Sentence], alike: Alike | None) -> list[float]:
    """How far every sentence is from the one most alike, 0 for it and less for the others."""
    if alike is None:
        return [0.0] * len(pool)
    cosines = alike(
        question,
        [
            f"{one.item.passage.context[-_PLACE_CHARS:]}\n"
            f"{one.item.passage.text[one.span.start : one.span.end]}"
            for one in pool
        ],
    )
    return [_ALIKE * (cosine - max(cosines)) for cosine in cosines]


def units(text: str) -> frozenset[str]:
    """Pairs and single Han characters, numbers and Latin names of ``text``, normalised."""
    found: set[str] = set()
    for match in TOKEN.finditer(normalise(text)):
        run = match[0]
        if run[0] >= "\u3400":
            found.update(run)
            found.update(run[at : at + 2] for at in range(len(run) - 1))
        else:
            found.add(run)
    return frozenset(found)


def _sentences(item: Evidence) -> Iterator[_Sentence]:
    passage = item.passage
    near = units(passage.placed)
    for span in _pieces(passage.text):
        yield _Sentence(item, span, units(passage.text[span.start : span.end]), near)


def _pieces(text: str) -> Iterator[Span]:
    """The sentences of ``text`` that say something, long ones in their clauses."""
    whole, halves = list(sentences(text)), list(clauses(text))
    for span in [one for one in whole if not _is_lead_in(text, one)] or whole:
        if span.end - span.start <= _LONG:
            yield span
        else:
            yield from (one for one in halves if span.start <= one.start < span.end)


def _is_lead_in(text: str, span: Span) -> bool:
    return bool(_LEAD_IN.fullmatch(text, span.start, span.end))


def _scores(question: str, pool: Sequence[_Sentence]) -> list[float]:
    wanted = units(ASKING.sub("\n", normalise(question)))
    seen = Counter(unit for sentence in pool for unit in wanted & sentence.units)
    weights = {
        unit: math.log(1 + (len(pool) + 1) / (seen[unit] + 1)) * (1.0 if len(unit) > 1 else _SINGLE)
        for unit in wanted
    }
    total = sum(weights.values()) or 1.0
    return [
        sum(
            weight * (1.0 if unit in sentence.units else _NEARBY)
            for unit, weight in weights.items()
            if unit in sentence.near
        )
        / total
        + _KIND * _fits(question, sentence)
        for sentence in pool
    ]


def _fits(question: str, sentence: _Sentence) -> bool:
    """Whether the sentence has the kind of thing that is asked for, where that can be told."""
    text = sentence.item.passage.text[sentence.span.start : sentence.span.end]
    if _ASKS_WHY.search(question):
        return bool(_CAUSE.search(text))
    if _ASKS_DAY.search(question):
        return bool(_DAY.search(text))
    if _ASKS_FIGURE.search(question):
        return any(character.isdigit() for character in normalise(text))
    return False
