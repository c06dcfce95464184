"""What speaks for a passage answering a question, as numbers.

Everything is counted among the candidates of one search: how rare a pair of
characters is there says how much it tells them apart, and no statistics of
the whole library are needed.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from huiwen.types import Passage
from ingest.normalise import normalise
from ingest.sentence import sentences

_HAN = re.compile(r"[\u3400-\u9fff]+")
_WHOLE = re.compile(r"\d+(?:\.\d+)*%?|[a-z][a-z0-9]*(?:[.\-/][a-z0-9]+)*")
# What a question asks with is not what its answer says.
_ASKING = re.compile(
    r"请问|是否|哪[一些个位家种里儿年月天日座]*|什么(?:时候|时间|地方)?|甚么|何[时地处者人种]|为[何什]么?|如何|怎[么样]+"
    r"|多少|几[个名位次种年月日天]?|谁|吗|呢"
)
_K1, _B = 1.2, 0.75


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage found, with its cosine to the question and its BM25 score.

    A score is None where that side of the search did not return the passage.
    """

    passage: Passage
    similarity: float | None
    lexical: float | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A passage made ready for counting: its plain text and where its sentences end."""

    head: str
    text: str
    ends: tuple[int, ...]


@lru_cache(maxsize=4096)
def read(passage: Passage) -> Reading:
    """Normalised head (title, headings, speaker) and text of a passage."""
    text = passage.text
    parts = [normalise(text[span.start : span.end]) for span in sentences(text)]
    ends, at = [], 0
    for part in parts:
        at += len(part) + 1
        ends.append(at)
    return Reading(normalise(passage.context), "\n".join(parts), tuple(ends))


def units(question: str) -> tuple[list[str], list[str], list[str]]:
    """``(pairs, characters, wholes)`` of a question: pairs of neighbouring Han, numbers and names.

    Words that only ask are left out.
    """
    plain = normalise(question)
    told = _ASKING.sub("\n", plain)
    runs = [run[0] for run in _HAN.finditer(told)]
    pairs = dict.fromkeys(run[at : at + 2] for run in runs for at in range(len(run) - 1))
    chars = dict.fromkeys("".join(runs))
    wholes = dict.fromkeys(match[0] for match in _WHOLE.finditer(plain))
    return list(pairs), list(chars), list(wholes)


def places(unit: str, text: str) -> list[int]:
    """Where ``unit`` begins in ``text``; a number only where no digit goes on."""
    if unit.isascii():
        return [m.start() for m in re.finditer(rf"(?<![\w.]){re.escape(unit)}(?![\d%])", text)]
    found, at = [], text.find(unit)
    while at >= 0:
        found.append(at)
        at = text.find(unit, at + 1)
    return found
