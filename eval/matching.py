"""When two spellings say the same: aliases in answers, gold quotes in passages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

OVERLAP = 0.8  # share of a quote that must stand in one stretch of a passage

_MARK = re.compile(r"[\[［【]\s*\d{1,2}(?:\s*[,，、;；-]\s*\d{1,2})*\s*[\]］】]")
# Compatibility folding would glue an enclosed digit to the number after it.
_ENCLOSED = re.compile(r"[\u2460-\u249b\u24ea-\u24ff\u2776-\u2793]")
# Done before folding: a full-width comma separates items, never thousands.
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_BRACED = re.compile(r"[_^]\s*\{\s*([^{}]*?)\s*\}")
_SCRIPT = re.compile(r"(?<=[a-z])[_^](?=\d)")
_PARTICLES = re.compile(r"pm\s+(?=\d)")
_MICROGRAM = re.compile(r"(?<![a-z])ug(?=/)")
_EMPHASIS = re.compile(r"\*\*|__|`")
_DASHES = re.compile(r"-+")
_BLANKS = re.compile(r"\s+")
# A blank after a letter or digit and before a digit keeps two things apart.
_BLANK = re.compile(r"(?<![a-z\d]) | (?!\d)")
_FOLD = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»「」『』〝〞", '"'),
        **dict.fromkeys("‘’‚‛", "'"),
        **dict.fromkeys("‐‑‒–—―−─", "-"),
        **dict.fromkeys("〜∼", "~"),
        **dict.fromkeys("•・‧∙⋅", "·"),
        **dict.fromkeys("〔【〖", "["),
        **dict.fromkeys("〕】〗", "]"),
    }
)
_NUMBER = re.compile(r"(?<![a-z\d.])\d+(?:\.\d+)?(?!\d)")
_DIGITS = frozenset("零〇一二两三四五六七八九")
_UNITS = frozenset("十百千万亿")
_MAGNITUDES = frozenset("万亿")


def strip_marks(text: str) -> str:
    """Replace citation marks such as ``[1]`` or ``【2,3】`` by a blank."""
    return _MARK.sub(" ", text)


def normalise(text: str) -> str:
    """Fold what spells the same thing differently.

    Width, case, blanks, dashes and quotation marks, ``PM_{2.5}`` and
    ``PM₂.₅``, the two code points of μ, thousands separators.
    """
    text = _ENCLOSED.sub(lambda match: f" {match[0]} ", text)
    text = _THOUSANDS.sub(lambda match: match[0].replace(",", ""), text)
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text).casefold())
    text = _SCRIPT.sub("", _BRACED.sub(r"\1", text))
    text = _DASHES.sub("-", text.translate(_FOLD))
    text = _MICROGRAM.sub("μg", _PARTICLES.sub("pm", text))
    return _BLANK.sub("", _BLANKS.sub(" ", text).strip())


def has_alias(alias: str, answer: str) -> bool:
    """Whether ``answer`` says ``alias``; a number never matches a part of a longer one.

    ``8`` is not found in ``48``, ``8.5``, ``8万`` or ``CO2``-like names, nor
    ``三个`` in ``十三个``. An empty alias is found nowhere.
    """
    wanted, text = normalise(alias), normalise(answer)
    start = text.find(wanted) if wanted else -1
    while start >= 0:
        if not _cuts_number(text, start) and not _cuts_number(text, start + len(wanted)):
            return True
        start = text.find(wanted, start + 1)
    return False


def has_all(groups: Iterable[Sequence[str]], answer: str) -> bool:
    """Whether ``answer``, its citation marks aside, matches an alias of every group."""
    said = strip_marks(answer)
    return all(any(has_alias(alias, said) for alias in group) for group in groups)


def has_quote(quote: str, passage: str) -> bool:
    """Whether ``passage`` holds ``quote``, blanks and spelling aside.

    A passage may have been repaired, so one common stretch of at least
    ``OVERLAP`` of the quote's characters is enough.
    """
    wanted, text = _squash(quote), _squash(passage)
    if not wanted:
        return False
    if wanted in text:
        return True
    match = SequenceMatcher(None, text, wanted, autojunk=False).find_longest_match()
    return match.size >= OVERLAP * len(wanted)


def numbers(text: str) -> frozenset[str]:
    """Arabic numbers of ``text``; the digits of names such as PM2.5 or m3 are none."""
    return frozenset(_NUMBER.findall(normalise(text)))


def _squash(text: str) -> str:
    # A quote is copied from the file, where Markdown may set words apart; a passage is read.
    return _EMPHASIS.sub("", normalise(text)).replace(" ", "")


def _cuts_number(text: str, at: int) -> bool:
    """Whether the boundary before ``text[at]`` lies inside a number or a name with digits."""
    if at <= 0 or at >= len(text):
        return False
    left, right = text[at - 1], text[at]
    if right.isdigit():
        decimal = left == "." and text[at - 2 : at - 1].isdigit()
        return left.isdigit() or decimal or ("a" <= left <= "z")
    if left.isdigit():
        fraction = right == "." and text[at + 1 : at + 2].isdigit()
        return fraction or right in _MAGNITUDES
    numerals = _DIGITS | _UNITS
    return left in numerals and right in numerals and (left in _UNITS or right in _UNITS)
