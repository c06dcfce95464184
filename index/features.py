"""What speaks for a passage answering a question, as numbers.

Everything is counted among the candidates of one search: how rare a pair of
characters is there says how much it tells them apart, and no statistics of
the whole library are needed.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from huiwen.types import Passage
from index.query import Query
from ingest.normalise import normalise
from ingest.sentence import sentences

_HAN = re.compile(r"[\u3400-\u9fff]+")
_WHOLE = re.compile(r"\d+(?:\.\d+)*%?|[a-z][a-z0-9]*(?:[.\-/][a-z0-9]+)*")
# What a question asks with is not what its answer says.
ASKING = re.compile(
    r"请问|是否|哪[一些个位家种里儿年月天日座]*|什么(?:时候|时间|地方)?|何[时地处者人种]|为[何什]么?"
    r"|如何|怎[么样]+|多少|几[个名位次种年月日天]?|谁|吗|呢|啥(?:时候|地方)?|咋"
)
NAMES = ("cosine", "bm25", "characters", "window", "runs", "wholes")
# A run of n characters in common counts n ** 1.5: longer runs are rarer by far than their parts.
_RUN_POWER = 1.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage found, with its cosine to the question and its BM25 score.

    A score is None where that side of the search did not return the passage.
    """

    passage: Passage
    similarity: float | None
    lexical: float | None


@dataclass(frozen=True, slots=True)
class _Reading:
    """Normalised text of a passage and where its sentences end."""

    text: str
    ends: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Units:
    """What is looked for: neighbouring Han characters, single ones, numbers and Latin names."""

    pairs: tuple[str, ...]
    characters: tuple[str, ...]
    wholes: tuple[str, ...]


_Places = Mapping[str, Sequence[int]]


def features(query: Query, candidates: Sequence[Candidate]) -> NDArray[np.float64]:
    """The numbers of every candidate, shape ``(len(candidates), len(NAMES))``.

    ``cosine`` and ``bm25`` (as a share of the best) are the two searches',
    ``characters`` how many of the question's characters the best sentence
    has, ``window`` how many of its pairs, numbers and names the best two
    neighbouring sentences have, ``runs`` how long the stretches in common
    are, ``wholes`` how many of its numbers and names the passage has; all but
    ``runs`` weighted by rarity and as shares.
    """
    readings = [_read(candidate.passage) for candidate in candidates]
    units = _units(query.plain)
    others = dict(query.names)
    pairs, characters, wholes = (
        [_places(kind, reading.text, others) for reading in readings]
        for kind in (units.pairs, units.characters, units.wholes)
    )
    rare = {**_rarity(units.pairs, pairs), **_rarity(units.wholes, wholes)}
    rare_characters = _rarity(units.characters, characters)
    out = np.zeros((len(candidates), len(NAMES)))
    out[:, 0], out[:, 1] = _searches(candidates)
    for at, reading in enumerate(readings):
        both = {**pairs[at], **wholes[at]}
        out[at, 2] = _window(characters[at], rare_characters, reading.ends, 1)
        out[at, 3] = _window(both, rare, reading.ends, 2)
        out[at, 4] = _runs(query.plain, reading.text)
        out[at, 5] = _share([unit for unit in units.wholes if wholes[at][unit]], units.wholes, rare)
    return out


def _searches(candidates: Sequence[Candidate]) -> tuple[list[float], list[float]]:
    """Cosines and shares of the best BM25; what a side did not return is as good as its last."""
    cosines = [c.similarity for c in candidates if c.similarity is not None]
    scores = [c.lexical for c in candidates if c.lexical is not None]
    least, floor = min(cosines, default=0.0), min(scores, default=0.0)
    best = max(scores, default=0.0) or 1.0
    return (
        [least if c.similarity is None else c.similarity for c in candidates],
        [(floor if c.lexical is None else c.lexical) / best for c in candidates],
    )


@lru_cache(maxsize=8192)
def _read(passage: Passage) -> _Reading:
    parts = [normalise(passage.text[span.start : span.end]) for span in sentences(passage.text)]
    ends, at = [], 0
    for part in parts:
        at += len(part) + 1
        ends.append(at)
    return _Reading("\n".join(parts), tuple(ends))


def _units(plain: str) -> _Units:
    runs = [run[0] for run in _HAN.finditer(ASKING.sub("\n", plain))]
    pairs = dict.fromkeys(run[at : at + 2] for run in runs for at in range(len(run) - 1))
    wholes = dict.fromkeys(match[0] for match in _WHOLE.finditer(plain))
    return _Units(tuple(pairs), tuple(dict.fromkeys("".join(runs))), tuple(wholes))


def _places(units: Sequence[str], text: str, others: Mapping[str, str]) -> dict[str, list[int]]:
    """Where every unit stands; the other name of a thing has the units of the name asked with."""
    found = {unit: _find(unit, text) for unit in units}
    for name, other in others.items():
        if places := _find(other, text):
            for unit in units:
                if unit in name:
                    found[unit] = [*found[unit], *places]
    return found


def _find(unit: str, text: str) -> list[int]:
    """Where ``unit`` begins; a number only where it is the whole number."""
    if unit.isascii():
        whole = rf"(?<![\da-z.]){re.escape(unit)}(?![\da-z%]|\.\d)"
        return [match.start() for match in re.finditer(whole, text)]
    found, at = [], text.find(unit)
    while at >= 0:
        found.append(at)
        at = text.find(unit, at + 1)
    return found


def _rarity(units: Sequence[str], places: Sequence[_Places]) -> dict[str, float]:
    """The idf of BM25 (never negative, as Lucene has it), over the candidates."""
    total = len(places)
    rarity = {}
    for unit in units:
        having = sum(bool(of[unit]) for of in places)
        rarity[unit] = math.log1p((total - having + 0.5) / (having + 0.5))
    return rarity


def _window(places: _Places, rare: Mapping[str, float], ends: Sequence[int], length: int) -> float:
    """The share of the units that the best ``length`` sentences in a row have."""
    held = [0.0] * (len(ends) + length)
    for unit, found in places.items():
        sentences_with = {bisect_right(ends, at) for at in found}
        starts = {at + back for at in sentences_with for back in range(length)}
        for start in starts:
            held[start] += rare[unit]
    return max(held) / (sum(rare[unit] for unit in places) or 1.0)


def _share(found: Sequence[str], units: Sequence[str], rare: Mapping[str, float]) -> float:
    return sum(rare[unit] for unit in found) / (sum(rare[unit] for unit in units) or 1.0)


def _runs(plain: str, text: str) -> float:
    """Stretches of the question found in the text, longer ones for more, per character asked."""
    total, at = 0.0, 0
    while at < len(plain) - 1:
        end = at + 2
        if not _HAN.match(plain[at]) or plain[at:end] not in text:
            at += 1
            continue
        while end < len(plain) and plain[at : end + 1] in text:
            end += 1
        total += (end - at) ** _RUN_POWER
        at = end
    return total / max(1, len(plain))
