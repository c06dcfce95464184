"""Exact match and F1 of short answers, by the definitions of the CMRC 2018 evaluation script.

Source: ``squad-style-data/cmrc2018_evaluate.py`` (v5, ymcui/cmrc2018, Cui et al.,
EMNLP 2019), which is used for DRCD too. Written anew from its definitions.
The script cuts what is not Chinese with NLTK's ``word_tokenize``; here a
regular expression stands in for it (see ``segments``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# The script's list of punctuation, its two-character "……" left out: it compares
# single characters, so that entry never matches there.
_PUNCTUATION = frozenset("-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』")
_CHINESE = re.compile(r"[\u4e00-\u9fa5]")
# As the Penn Treebank cuts: a comma stays with the digit after it, a full stop inside
# stays, at the end it is a unit of its own; marks are units.
_FOREIGN = re.compile(
    r"""\.{2,}|(?:,(?=\d)|\.(?!\.|\s*$)|'(?=\w)|[^\s.,;—–@#$%&?!"'()\[\]{}<>])+|\S"""
)


def segments(text: str) -> list[str]:
    """Lower-case units of ``text`` without punctuation.

    Every Chinese character is one unit; in between, words and numbers as
    NLTK's tokeniser cuts them, contractions and rare marks aside.
    """
    found: list[str] = []
    foreign = ""
    for character in text.lower().strip():
        if character in _PUNCTUATION:
            continue
        if _CHINESE.match(character):
            found += _FOREIGN.findall(foreign)
            found.append(character)
            foreign = ""
        else:
            foreign += character
    return found + _FOREIGN.findall(foreign)


def bare(text: str) -> str:
    """Lower-case ``text`` without the script's punctuation."""
    return "".join(c for c in text.lower().strip() if c not in _PUNCTUATION)


def exact_match(references: Iterable[str], prediction: str) -> float:
    """1 where ``prediction`` is one of ``references``, punctuation and case aside, else 0."""
    said = bare(prediction)
    return float(any(bare(reference) == said for reference in references))


def f1(references: Iterable[str], prediction: str) -> float:
    """The best F1 over ``references``, in ``[0, 1]``.

    Precision and recall are of the longest common run of units: the script
    calls it LCS, but it is contiguous.
    """
    said = segments(prediction)
    return max((_f1(segments(reference), said) for reference in references), default=0.0)


def _f1(wanted: Sequence[str], said: Sequence[str]) -> float:
    common = _longest_run(wanted, said)
    if not common:
        return 0.0
    precision, recall = common / len(said), common / len(wanted)
    return 2 * precision * recall / (precision + recall)


def _longest_run(a: Sequence[str], b: Sequence[str]) -> int:
    longest = 0
    above = [0] * (len(b) + 1)
    for unit in a:
        row = [0] * (len(b) + 1)
        for at, other in enumerate(b):
            if unit == other:
                row[at + 1] = above[at] + 1
                longest = max(longest, row[at + 1])
        above = row
    return longest
